//! French, Spanish, Italian, Portuguese.

use super::{NONE, Vocabulary};

pub(super) const FRENCH: Vocabulary = Vocabulary {
    language: "fr",
    sets: &[
        (
            "W",
            "veux/veu/voudrais/voulais/aimerais/souhaite/souhaiterais/espere/prefere/prefererais/envie/besoin/hate/pret/prete/vais/voulu/desir/merite/vx/veut2/faudrait/devrais/rever/reve",
        ),
        ("S", "suicid*/suicde/siucide"),
        (
            "T",
            "medicaments/cachets/comprimes/somniferes/pilules/medocs/cachetons/boite/doliprane/antidepresseurs/gelules/anxiolytiques/xanax/paracetamol",
        ),
        (
            "D",
            "mourir/crever/creve/mourrir/mourire/mourrire/decede/disparaitre/claquer",
        ),
        (
            "K",
            "tuer/suicider/pendre/flinguer/noyer/foutre/jeter/butter/buter/tirer/ouvrir/supprimer/zigouiller/empoisonner/tue/suicide/pends/flingue/fous",
        ),
    ],
    fillers: "juste/vraiment/simplement/seulement/bien/aussi/tellement/trop/enfin/maintenant/toujours/parfois/meme/franchement/putain/de/d/deja/un/peu/euh/encore/souvent/vite/constamment/plus2/la/ce/soir/tres/tout",
    crisis: "W de? D, W de? etre mort/morte, W etre mort/morte, aimerais etre mort/morte, voudrais etre mort/morte, envie d etre mort/morte, envie den/detre/de en? finir/mort/morte/mourir, veux/vais/voudrais/aimerais en finir, en finir avec/pour/une/ce/maintenant/$/definitivement/tout la? vie/tout/ma/fois/soir, finir avec la/ma vie, envie d? en/den finir $/avec/avec/ce/maintenant/pour, plus/pas envie de/dvivre vivre/exister, plus/pas vivre, veux/veu/voudrais/peux plus/pas vivre/exister/etre/continuer la?/vivre?/$, jveux/jveu/chveux/jvx/jai/jvoudrais envie? de? D/plus/pas vivre?, jveux D, jai envie de? D, plus gout a/de la/vivre vie?, \
        plus/aucune/pas/aucun de? raison/raisons/sens/interet/but de/a/dans vivre/continuer/la/ma/etre vie?, vie n/na/a a? plus/pas/aucun de/aucun? sens/interet/but, vie ne/n? vaut plus/pas, vie vaut plus/pas/rien, fatigue/fatiguee/marre/lasse/las/ras de/d vivre/la/exister/etre/cette vie?, marre de vivre/la vie, \
        me/m K, vais/veux/voudrais/pense/penser/envie me/m K, mouvrir les veines, ouvrir les veines, me tirer/mettre une balle, me foutre/mettre en l air, me faire du? mal/mal, me/m scarifie/scarifier/mutile/mutiler/couper/taillader, mutile/scarifie, automutil*, pensees/idees/envies/pulsions/pensee/idee/envie suicidaire/suicidaires/noires, pensees/idees/envies/envie de/du S, suis/sens/deviens/etre suicidaire, commettre/commet/faire une? S/tentative, penser/pense/songe/envisage/pensais/planifie/prepare/reflechis/idee/tentative au/a/le/mon/de/du/un S, mon S, S est _ seule/solution/issue/option, \
        mettre/mets/mette fin a/aux mes/ma/cette/tout/mon/la vie/jours/existence/souffrance*/ca?/tout?, fin a mes jours, prendre/enlever/oter ma/la propre? vie, moter/mote/menlever la vie, !mieux sans moi, mieux si je/j etais/n/ne/netais/mourais/disparaissais/_ mort/morte/la/pas?, !sans moi _ mieux/heureux, si je/jetais/j etais/mourais/disparaissais _ mort/morte/personne/mieux, personne ne? remarquerait/pleurerait/regretterait/sapercevrait, manquerai/manquerais a personne, ne jamais/plus/pas me? reveiller/reveillerai, plus/jamais me? reveiller, jamais ne/nee naitre?, jamais du naitre, W de? D pour/a/definitivement/$, dormir pour toujours, endormir et/pour ne/plus jamais?, sauter/jeter/jette du/dun/de/par/sous/d la?/le?/un? pont/toit/fenetre/balcon/immeuble/train/metro/etage/falaise/rails, sous un/le train/metro/camion, \
        comment/moyen/facon/methode/maniere _ suicider/tuer/mourir sans/rapidement/vite/facilement/$/soi/souffrir/indolore, mourir sans souffrir/douleur, combien de T _ mourir/mortel/mortelle/tuer/pour, lettre/lettres/mot d/de/dadieu/adieu adieu?, dadieu, corde/T/arme prete/pret/prets/achete/achetee, adieu pour toujours, adieu a? tous/monde/tout, derniere nuit/soiree de/sur ma/terre vie?, ne serai plus/pas la/vivant/vivante/ demain?, plus de/la ce/cette/ monde/vie, quitter ce/cette monde/vie/terre, veux partir pour toujours, veux que ca/tout sarrete/cesse/finisse/s, je n veux/en peux plus de vivre/vie",
    act: "pris/avale/avaler/prendre/ingere/englouti/gobe/prend/bu/mange tous/toute/toutes/plein/trop/boite/tout/une/la/beaucoup/20/30/40/50/plusieurs/les/deux/trop de? _ T, avale tous/toute/les/mes/des/plein T, avale T, vide/vider la/une/ma/mes boite/boites de?, fait/pris une overdose, fait une? od, ouvert/coupe/taillade/tranche les/mes/le veines/poignets/poignet, suis/debout/assis/assise sur/au/devant _ bord/rebord/toit/pont/rails/voies/parapet/balcon du?/et?/$, corde au/autour cou/du, pistolet/arme/couteau/flingue sur/contre/dans/a la/ma/mon tempe/tete/gorge/bouche, bu/avale de la? javel",
    emergency: "gorge gonfle/enfle/gonflee/enflee/serre, peux/arrive plus/pas a? respirer, crise cardiaque, fais/fait un? avc/infarctus, il/elle/mari/copain/pere a/avec un couteau/arme/pistolet/fusil, va/veut/menace me/de me? tuer, appelle*/appelez _ ambulance/samu/pompiers/secours, respire plus/pas",
    hints: "bientot/tout fini/termine/finie/sera, merci pour/de tout, adieu, derniere fois/message, peux/peut plus $, en peux plus, jen peux plus, quand/si je/jserai serai/suis plus/partie/parti/mort/morte, dites/dis leur/lui/a _ aime, combien de T, dose mortelle/letale, sur le pont, aucune issue, W disparaitre, donne/donner mes/toutes/tout/mon affaires/chat/chien, plus la demain/longtemps",
    distress: "desespere/desesperee/seul/seule/triste/vide/inutile/depressif/depressive/depression/malheureux/malheureuse/souffre/souffrance/insupportable/brise/brisee/perdu/perdue/nul/nulle/fardeau/mal/pleure/douleur, en peux plus, jen peux plus, me deteste, deteste ma vie, plus despoir, personne ne? maime/comprend/m, aucun espoir, pardon a/maman/papa/tous, desole pour/de",
    friend: "ami/amie/frere/soeur/fils/fille/mere/pere/maman/papa/mari/femme/copain/copine/il/elle/collegue/voisin/voisine/cousin/cousine/pote/quelquun/enfant/eleve/compagnon/compagne/conjoint _ veut/voulait/pense/dit/menace/parle/envisage/va/essaye/essaie/tente/envie/souhaite _ mourir/suicider/tuer/vivre/suicide/finir/jours/suicidaire/mal/disparaitre, ami/amie/frere/soeur/fils/fille/mere/pere/mari/femme/copain/copine/il/elle/collegue est/a/se/sest suicidaire/pensees/idees/mutile/scarifie suicidaires?, veut/voulait/va se/sen suicider/tuer/pendre, il/elle/ami/amie/frere/soeur a/vient _ avale/pris _ T",
    calm: "mort/morte/mourir/meurs/creve/crever de/d rire/faim/soif/honte/peur/chaud/froid/fatigue/rire/ennui/chaleur/trouille/vieillesse, plutot/prefere/prefererais mourir que, a mourir de, mourir moins/riche/heureux/vieux/vieille/dans/tranquille de?, me tue, tuer le/a la? temps/tache, vivre a/en/avec/dans/chez/ici/ensemble/seul/sans/la, plus vivre a/avec/en/chez/dans, me jeter a/dans leau/la/l/les/bras, jeter un, S squad, prevention du, me tirer de/dici/vite, me tirer une balle dans le pied, en finir avec ce/les/cette/mes/le travail?, coupe en/avec me/un/cuisinant, couper les/mes/la/un cheveux/ongles, me faire mal au/en/a, trop mal au, cachets comme/avec/selon, T comme/avec/selon/du/ce prescrit/prescrits/matin/repas/prevu, mes T du/ce matin, m en remettre, disparaitre de/des/dans/sous reseaux/honte, mourrir de, jamais/pas me reveiller tard/a/avant, respirer tellement/de rire, crise cardiaque quand, failli faire",
    negation: "pas/jamais/aucune/aucun/sans/ni/nullement/non",
    links: "de/d/a/envie/du/tout/veux/vais/me/m/en/pense/penser/je/j/l/intention/que/plus2/des/idee/suis/avoir/mourir/la/vraiment",
    own: "je/j/jai/jveux/me/moi/mon/ma/mes",
    friends: "ami/amie/frere/soeur/fils/fille/mere/pere/maman/papa/mari/femme/copain/copine/il/elle/collegue/voisin/voisine/cousin/cousine/pote",
    others: "on/tu/vous/gens/ils/elles/quelquun/personne/nous/jeunes/patients/certains/chien/chat/plante/personnages/personnage",
    fiction: "dans/du/de/un/le/la/mon/une/ce/cette/ma/l film/roman/livre/chanson/serie/histoire/poeme/jeu/piece/episode/scenario/chapitre/nouvelle/etude/article/documentaire/manga/opera/scene/minecraft/these/expose, paroles, lhistoire, larticle, letude, dun/lun/cet film/roman/livre/article/etude/personnage/jeu, traduis*, traduire, traduction, protagoniste, personnage/heroine/heros, lheroine/lheros, jeu de role, citation, que veut dire, comment dit on, prevention, etude/article/statistiques, hamlet/shakespeare/romeo/juliette, minecraft, processus",
    recovery: "survecu, content/contente/heureux/heureuse d/detre/de/que, va mieux/bien, vais mieux/bien, gueri/guerie",
    past: "avant je, il y a _ ans/mois/longtemps, a lepoque, autrefois, quand jetais, quand j etais, adolescent/adolescente/ado, dans le passe",
    now: "encore/ce soir/revient/revenu/revenues/nouveau/aujourdhui/recommence, de retour",
    quoting_oneself: "je pense/dis/repete/pensais/entends/me, ma tete/voix, dans ma, mes pensees",
    ..NONE
};

pub(super) const SPANISH: Vocabulary = Vocabulary {
    language: "es",
    sets: &[
        (
            "W",
            "quiero/kiero/qiero/quisiera/queria/quise/deseo/desearia/ojala/ganas/gustaria/prefiero/preferiria/necesito/merezco/espero/pienso/intento/decidido/quero/deseando",
        ),
        (
            "G",
            "quiero/kiero/voy/pienso/pensando/pensado/quisiera/podria/debo/deberia/ganas/planeo/planeando/intentar/intente/intento/decidi/decidido/gustaria/necesito/a/de/en/queria/por/plan",
        ),
        ("S", "suicid*/suisid*/suicdio/suisidarme/siucidio"),
        (
            "T",
            "pastillas/pastilla/pildoras/medicamentos/medicinas/somniferos/tabletas/medicacion/remedios/ansioliticos/antidepresivos/paracetamol/clonazepam/rivotril/barbituricos",
        ),
    ],
    fillers: "ya/solo/simplemente/realmente/de/verdad/mas/muy/tan/tambien/ahora/siempre/a/veces/aun/hoy/noche/esta/misma/mismo/eh/em/pues/nomas/mejor/sinceramente/puto/puta/del/todo",
    crisis: "W que? morir/morirme/morirm/moriir/moir/moriri, W de? estar/star muerto/muerta, W estuviera/estuviese muerto/muerta, ojala _ muriera/muriese/muero/muerto/muerta/despertara/despertase/nacido/despierte/existiera/maten/desaparecer/acabara, W morir* _, no W seguir? vivir/viviendo/existir/existiendo/despertar/estar/seguir/vivo/viva viviendo?/aqui?/viva?/vivo?, no W vivir, no W seguir, no W despertar*, no tengo ganas de? vivir/seguir/existir, sin ganas/razones/razon/motivos de/para vivir/seguir/existir, no puedo seguir viviendo/asi/viva/vivo, no aguanto/soporto mas? la/esta/vivir/mi vida?, \
        no tengo/hay/veo/encuentro/queda/tiene/le/encontrar _ razon/razones/motivo/motivos/sentido/nada/ganas para/por/de/a/en/porque vivir/seguir/la/mi/que/estar/existir vida?/vivir?/viviendo?, vida no/ya/ha tiene/vale/no/merece/perdido sentido/nada/pena/tiene?/la?/el? sentido?/pena?, vida es? una? mierda? y quiero morir*, sin sentido vivir/la vida, no vale la pena vivir/seguir, no merece la pena vivir/seguir, cansado/cansada/harto/harta de vivir/la/mi/existir/estar vida?/vivo?/viva?, \
        G me? a? matarme/suicidarme/ahorcarme/colgarme/matar/suicidar/ahorcar/quitar/envenenarme/dispararme/tirarme/aventarme/lanzarme/cortarme/lastimarme/herirme/hacerme _ vida/dano/venas/puente/tren/$, me voy/quiero/kiero/quisiera a? matar/suicidar/ahorcar/colgar/morir/quitar/pegar/tirar/lanzar/aventar/cortar/envenenar, me mato/suicido/ahorco/quito, matarme, suicidarme, suisidarme, quitarme la vida, quitarme mi vida, quitarme la, pegarme un tiro, volarme los sesos/la, cortarme las/los venas/brazos/munecas, ahorcarme/colgarme, hacerme dano, autolesion*, me corto/lastimo/autolesiono/hago dano?/otra?/los?/para?, \
        acabar/terminar/poner/ponerle con/mi/fin/de a/con?/mi/todo/la vida/todo/mi/esto/sufrimiento/existencia/una, acabar/terminar con todo/mi/esto, terminar mi vida, acabar con esto/mi, poner/ponerle fin a, pensamientos/ideas/ideacion/tendencias/impulsos S/de?, me siento/soy/estoy suicida, cometer S, pensando/pensado/pienso/pensar/planeando/considerando/intentar en/el/de/cometer/un/mi S, S es _ unica/salida/solucion/opcion, mi S, !mejor/felices/bien sin mi, mejor si/muerto/muerta me?/yo?/no? muero/muriera/existiera/estuviera/muerta/muerto/desaparezco/$, estarian/estaran/seria/estaria mejor sin mi/muerto/muerta, mejor muerto/muerta, si me muero/muriera nadie/a, nadie me/se/le va/extranaria/daria/importaria/notaria/echaria/a extranar?/cuenta?/de?, \
        no haber nacido, nunca haber/hubiera/hubiese nacido, no volver a? despertar*, no despertar* nunca/mas/manana/jamas/$, dormir/dormirme/dormido para siempre/y no despertar*, dormir* y no despertar*, W desaparecer para/$/de/siempre/del, dejar de existir/vivir, tirarme/lanzarme/aventarme/saltar/arrojarme de/del/desde/a/al/por/debajo un?/el?/la?/las? puente/edificio/tren/metro/ventana/balcon/vias/azotea/techo/carro/coche, como/forma/manera/metodo _ suicidarse/suicidarme/matarse/matarme/morir sin/rapido/dolor/$/_, morir sin dolor/sufrir, cuantas T _ morir/mortal/matar*/para, carta/cartas/nota de? despedida/S, soga/cuerda/T/arma lista/listas/listo/preparada/comprada, adios para siempre, adios mundo cruel?, ultima/ultimo noche/dia de/en mi vida/la?/tierra?, ya no estare viva/vivo/aqui/manana, me quiero morir*/ir/matar/desaparecer, no quiero estar mas? viva/vivo/aqui/en, quiero que todo/esto/se termine/acabe/pare, quiero acabar/terminar con?",
    act: "tome/tomado/trague/tragado/tomar/tome2/ingeri/meti/tomando/comi toda/todas/todo/un/mucha/muchas/demasiadas/la/una/el/frasco/caja/bote/20/30/40/50/treinta/veinte/tantas/como/casi _ T, tome/trague/tomado/tragado/tomarme/tomar las/mis/todas/muchas T _ todas?/$, sobredosis de/con/me/tome T?, tome/tomado/hice una? sobredosis, corte/cortado/abierto/abri las/mis/los venas/munecas/muneca, estoy/parado/parada/sentado/sentada/aqui en/al/sobre/a _ borde/cornisa/azotea/vias/puente/barandilla, soga/cuerda en/al/alrededor/del _ cuello, pistola/arma/cuchillo/navaja en/contra/a la/mi/el cabeza/sien/boca/cuello/mano, tome/bebi/tomado cloro/lejia/veneno/raticida",
    emergency: "garganta se/esta/me _ hincha/hinchando/cerrando/cierra/inflamando, no puedo respirar, me falta el aire, infarto/paro estoy? teniendo, teniendo/dando un? infarto/derrame/ataque, el/ella/marido/novio/esposo tiene un/una cuchillo/pistola/arma, quiere/va/amenaza/amenazo a/con? matarme, llama/llamen/necesito _ ambulancia/112/911, no respira",
    hints: "pronto/ya todo? se? acabara/terminara/habra/acaba, gracias por todo, adios a? todos/mundo/$, ultima vez/mensaje, ya no puedo/aguanto/doy mas/$, no voy/estare a? estar?/aqui/manana, cuando me/yo/ya no? vaya/muera/este, dile/diganle/digan a/que _ quiero/amo, cuantas T, dosis letal/mortal, en el puente, no hay salida, W desaparecer/descansar/irme, regale/regalando/regalado mis/todas/todo cosas?/perro?, no hay vuelta",
    distress: "sola/solo/triste/desesperada/desesperado/deprimida/deprimido/depresion/vacio/vacia/inutil/dolor/sufro/sufriendo/sufrimiento/insoportable/rota/roto/perdida/carga/estorbo/miserable/lloro/llorando/fracaso, sin esperanza, no puedo mas, no aguanto, me odio, odio mi vida, nadie me quiere/entiende/ama, perdon mama/papa/a/por, lo siento mucho/por/mama",
    friend: "amigo/amiga/hermano/hermana/hijo/hija/madre/padre/mama/papa/esposo/esposa/marido/mujer/novio/novia/el/ella/companero/companera/primo/prima/vecino/vecina/alumno/alumna/tio/tia/sobrino/sobrina/alguien/pareja/nino _ quiere/queria/piensa/dice/dijo/amenaza/habla/intento/va/esta/desea/planea/confeso/tiene _ matar/matarse/suicidarse/morir/morirse/vivir/suicidio/suicidar/vida/suicida/suicidas/dano/cortarse/ahorcarse, se quiere/va/quiera a? matar/suicidar/morir, quiere/va/intento/piensa/planea a? suicidarse/matarse/morirse/quitarse, no quiere vivir/seguir, es/esta suicida, se corta/autolesiona, el/ella/amigo/amiga/hermano/hermana/hijo/hija se? tomo/trago _ T",
    calm: "muero/morir/morirme/morirse/muerta/muerto/muriendo de/del/por risa/hambre/sed/ganas/amor/verguenza/calor/frio/verte/miedo/sueno/saber/aburrimiento/la/viejo/vieja/celos/ternura/cansancio/ver/ir/envidia, me muero, muerto/muerta de, morir de, antes/prefiero/preferiria morir que/a/antes, vivir en/con/sin/aqui/alli/sola/solo/contigo/de/lejos/juntos/alla, no quiero vivir con/en/aqui/sin/sola/solo/lejos, matar el/al tiempo/gusanillo, mataria por, quiero matar a/el, me mata, matarme trabajando/estudiando/a/de, matarme de risa, de risa, matarme en el gimnasio, me mato trabajando/estudiando/de/en, cortarme el/las/un pelo/cabello/unas/flequillo, me corto el/las/un pelo/cabello/unas, me corte con/cocinando/afeitandome/el, hacerme dano en/con/jugando/la espalda?, escuadron S, S squad, prevencion del, desaparecer de/del las?/mapa/redes, despertar temprano/tarde/a/antes, quitarme la ropa/camisa/idea/duda/razon/chaqueta, T con/como/del/de/para/recetada el/la/desayuno/comida/receto/presion/alergia, muerto de, pegarme un bano, matarme el, infarto cuando/del, sin ganas de ir/trabajar, no tengo ganas de ir, quiero irme a/de, acabar/terminar con este/el/la/los trabajo/proyecto/libro/tarea/relacion, terminar todo el",
    negation: "no/nunca/jamas/sin/tampoco/ni/nadie",
    links: "quiero/voy/a/de/pienso/pensando/me/en/estoy/he/intencion/tengo/ganas/que/yo/ya/la/pensamientos/ideas/por/es/quisiera/suicidarme",
    own: "yo/me/mi/mis/conmigo/quiero/estoy/voy/tengo",
    friends: "amigo/amiga/hermano/hermana/hijo/hija/madre/padre/mama/papa/esposo/esposa/marido/novio/novia/ella/companero/companera/primo/prima/vecino/vecina/tio/tia",
    others: "uno/tu/usted/gente/personas/alguien/nadie/nosotros/ellos/ellas/ustedes/jovenes/pacientes/perro/gato/personaje/personajes/protagonista/te/se",
    fiction: "en/de/del/una/un/mi/el/la/esta/este pelicula/novela/libro/cancion/serie/historia/poema/juego/obra/episodio/capitulo/guion/cuento/estudio/articulo/documental/videojuego/escena/minecraft/letra/opera/telenovela, letra de, traduc*, protagonista, personaje, juego de rol, cita de, que significa, como se dice, prevencion/estadisticas, hamlet/shakespeare/romeo/julieta, minecraft, proceso",
    recovery: "sobrevivi, contento/contenta/feliz/agradecido/agradecida de que?, estoy mejor/bien, ya no, recuperado/recuperada",
    past: "antes yo?, hace _ anos/meses/tiempo, en el pasado, cuando era/tenia, en aquella/mi epoca/juventud/adolescencia, de adolescente/joven/nino/nina",
    now: "otra vez, de nuevo, hoy/noche/ultimamente/volvio/vuelto/vuelve/vuelven/ahora, ya no quiero/puedo/tengo/aguanto/vale/tiene/le/me/hay/soporto/veo/encuentro/estare",
    quoting_oneself: "pienso/digo/dije/repito/escucho, mi cabeza/mente/voz, me digo/repito",
    ..NONE
};

pub(super) const ITALIAN: Vocabulary = Vocabulary {
    language: "it",
    sets: &[
        (
            "W",
            "voglio/vorrei/volevo/desidero/spero/preferirei/preferisco/magari/merito/voglia/bisogno/desiderio/pronto/pronta/vojo/vogl",
        ),
        ("S", "suicid*/suicidio/sucidio/suicdio"),
        (
            "T",
            "pillole/pastiglie/compresse/medicine/farmaci/sonniferi/medicinali/pasticche/ansiolitici/antidepressivi/tachipirina/pillola/psicofarmaci",
        ),
        (
            "K",
            "uccidermi/ammazzarmi/suicidarmi/impiccarmi/spararmi/buttarmi/annegarmi/avvelenarmi/farmi/togliermi/tagliarmi/uccider/uccidere/lanciarmi/gettarmi/ferirmi/tagliare/sucidarmi",
        ),
    ],
    fillers: "solo/soltanto/davvero/veramente/proprio/piu2/anche/ora/adesso/finalmente/sempre/tanto/semplicemente/cosi/stasera/oggi/a/volte/ormai/di/gia/ehm/cazzo/troppo/la/molto",
    crisis: "W di? morire/morir/crepare, W di? essere morto/morta, vorrei/magari fossi/essere morto/morta, fossi morto/morta, voglio/vorrei essere morto/morta, non ho piu/nessuna/alcuna? voglia/motivo/ragione/motivi/ragioni/forza/desiderio di/per/a vivere/continuare/esistere/andare, non W piu? vivere/esistere/svegliarmi/esserci/continuare/stare, non ho _ voglia di vivere, non ce la faccio piu a vivere, non riesco piu a vivere, stanco/stanca/stufo/stufa di/della vivere/vita/esistere/questa/mia vita?, vita non ha/vale piu/nessun/alcun/la senso/pena/piu?, non ha piu/nessun/alcun? senso vivere/la/continuare/niente, non vale la pena vivere, nessun motivo per vivere, \
        K, mi uccido/ammazzo/suicido/impicco/butto/sparo/taglio/tolgo/ammazzero/uccidero, mi voglio/vorrei uccidere/ammazzare/suicidare, farla finita, finirla qui/con/per/una/$, faccio/facciamo finita, togliermi/togliersi la vita, tolgo la vita, mettere/metto/porre fine alla/a mia/vita/tutto/questa/la, fine alla mia, pensieri/idee/istinti/ideazione/tendenze di? S, penso/pensando/pensato/pensare/pianificando/sto al/di/a/il/un/mio S, commettere/tentare S, mi sento suicida, S e _ unica/soluzione/via/uscita, \
        !meglio senza di me, meglio senza me, !senza di me _ meglio/felici/bene, meglio se/morto/morta _ morissi/non/fossi/morto/sparissi/esistessi/$, se morissi/sparissi/non nessuno/_ accorgerebbe/mancherei/ci, nessuno _ accorgerebbe/mancherei/piangerebbe/noterebbe, mai essere/nato/nata nato/nata/$, non svegliarmi mai/piu/domani, non mi svegliassi piu, dormire per sempre, addormentarmi e non svegliarmi?, W sparire/scomparire per/$/nel/dal/sempre, smettere di esistere/vivere, buttarmi/lanciarmi/gettarmi dal/da/sotto/giu/dalla/in un?/il? ponte/finestra/treno/tetto/balcone/metro/palazzo, sotto un/il treno/metro, tagliarmi le/i vene/polsi, farmi del? male, mi faccio del male, mi taglio, autolesion*, \
        come/modo/metodo/maniera _ suicidarsi/uccidersi/morire/suicidarmi/uccidermi senza/velocemente/$/dolore/_, morire senza soffrire/dolore, quante T _ morire/mortale/letale/uccider*/per, lettera/lettere/biglietto d/di/daddio/addio addio?/suicidio?, corda/cappio/T/pistola pronta/pronte/pronto/comprata, addio per sempre, addio mondo crudele?, ultima/ultimo notte/giorno/sera della/di mia/vita?, voglio che tutto/questo finisca/smetta, non ci saro/sono piu domani, non voglio piu $, non voglio esserci",
    act: "preso/ingoiato/ingerito/mandato/bevuto/inghiottito/buttato/presa tutte/tutta/tutti/tutto/intera/troppe/troppi/scatola/flacone/una/un/tante/20/30/40/50/trenta/le/i/giu _ T, preso/ingoiato/ingerito tutte/tutti/le/i T, preso/fatto un? overdose, tagliato/tagliata le/i/mi vene/polsi, sono/sto/seduto/seduta/in sul/sulla/al/in _ bordo/cornicione/tetto/binari/ponte/ringhiera/parapetto, corda/cappio al/intorno/attorno _ collo, pistola/coltello/arma alla/in/contro/al/puntata _ testa/tempia/bocca/gola/mano, bevuto candeggina/veleno/acido",
    emergency: "gola si/mi/sta _ gonfia/gonfiando/chiudendo/chiude, non riesco a respirare, non respiro/respira, avendo/sto un? infarto/ictus/avendo, lui/marito/ragazzo/padre ha un coltello/pistola, vuole/minaccia/minacciato di? uccidermi/ammazzarmi, chiama*/serve _ ambulanza/118/112",
    hints: "presto sara/tutto finito/finita/finira, sara tutto finito, grazie di/per tutto, addio, ultima volta/messaggio, non ce la faccio, non ci saro, quando non ci/saro saro/sparito, dite/di a/che _ voglio/amo, quante T, dose letale/mortale, sul ponte, nessuna via, W sparire/scomparire, regalato/regalando tutte/tutto/le/mie",
    distress: "solo/sola/triste/disperato/disperata/depresso/depressa/depressione/vuoto/vuota/inutile/dolore/soffro/sofferenza/insopportabile/distrutto/distrutta/perso/persa/peso/fallito/fallita/piango, non ce la faccio, mi odio, odio la mia, nessuna speranza, senza speranza, nessuno mi ama/capisce/vuole, scusa mamma/papa, mi dispiace per",
    friend: "amico/amica/fratello/sorella/figlio/figlia/madre/padre/mamma/papa/marito/moglie/ragazzo/ragazza/fidanzato/fidanzata/lui/lei/collega/vicino/vicina/cugino/cugina/alunno/qualcuno/compagno/compagna _ vuole/voleva/pensa/dice/detto/minaccia/parla/tenta/sta/ha _ morire/suicidarsi/uccidersi/ammazzarsi/vivere/suicidio/vita/suicida/suicidi/male/finita, si vuole uccidere/ammazzare/suicidare, vuole/pensa/minaccia/sta di? _ suicidarsi/uccidersi/ammazzarsi, vuole farla finita, amico/amica/lui/lei e/ha suicida/pensieri, si taglia, lui/lei/amico/amica/sorella/fratello ha preso/ingoiato _ T",
    calm: "morire/morto/morta/muoio/morendo/moriro dal/di/dalla/da/per fame/sete/ridere/risate/caldo/freddo/sonno/noia/vergogna/paura/curiosita/voglia/te/vecchio/vecchia/invidia, morto/morta di/dal, sto morendo, mi uccide, mi ammazzo/uccido/ammazzi di/dalle/dal, ammazzarmi di, ammazzare il tempo, ucciderei per, piuttosto/preferisco/preferirei morire che/piuttosto, vivere a/in/con/senza/qui/la/sola/solo/insieme/da/all, mi butto sul/in/a, mi taglio i/le/la capelli/unghie/barba/frangia, tagliarmi i/le/la capelli/unghie/barba, tagliato cucinando/con/radendomi/facendo, farmi male al/giocando/in, buttarmi sul/in/a, S squad, prevenzione, svegliarmi presto/tardi/alle/prima, farmi la/una/un/i/le/il, togliermi la giacca/maglia/curiosita/soddisfazione/scarpe, sparire da/dai, T come/con/della/del/dopo, smettere di vivere a/con/in, respirare dal/dalle, infarto quando/dalla, finirla con/di il?",
    negation: "non/mai/nessuna/nessun/senza/nemmeno/neanche",
    links: "voglio/vorrei/ho/di/a/mai/intenzione/pensato/penso/sto/pensando/mi/che/l/volevo/io/ne/voglia/ci/piu/vorro/avrei/assolutamente/pensieri",
    own: "io/mi/mio/mia/miei/mie/me/voglio/sono/ho",
    friends: "amico/amica/fratello/sorella/figlio/figlia/madre/padre/mamma/papa/marito/moglie/ragazzo/ragazza/fidanzato/fidanzata/lui/lei/collega/cugino/cugina",
    others: "tu/voi/gente/persone/qualcuno/nessuno/noi/loro/si/giovani/pazienti/protagonista/personaggio/cane/gatto/uno/ti",
    fiction: "in/nel/del/nella/della/di/un/una/il/la/questo/questa/mio/mia/questa film/romanzo/libro/canzone/serie/storia/poesia/gioco/opera/episodio/capitolo/racconto/studio/articolo/documentario/videogioco/scena/copione/minecraft/sceneggiatura, testo della/di, traduc*, traduzione, protagonista, personaggio, gioco di ruolo, citazione, cosa significa, cosa vuol dire, come si dice, prevenzione/statistiche, amleto/shakespeare/giulietta, minecraft, processo",
    recovery: "sopravvissuto/sopravvissuta, felice/contento/contenta/grato/grata di/che, sto meglio/bene, guarito/guarita",
    past: "anni/mesi/tempo fa, in passato, una volta, quando ero/avevo, da adolescente/ragazzo/ragazza/bambino/giovane",
    now: "ancora/di nuovo, stasera/oggi/stanotte/ultimamente/tornato/tornati/torna/adesso",
    quoting_oneself: "penso/dico/ripeto/sento, mia testa/mente/voce, mi dico",
    ..NONE
};

pub(super) const PORTUGUESE: Vocabulary = Vocabulary {
    language: "pt",
    sets: &[
        (
            "W",
            "quero/qro/quiria/queria/gostaria/desejo/vontade/prefiro/preferia/mereco/espero/preciso/tomara/desejando/qria/quis",
        ),
        (
            "G",
            "quero/vou/penso/pensando/pensei/queria/vontade/preciso/planejo/planejando/tentar/tentei/decidi/devia/deveria/pretendo/pensar/a/de/em/to/tou/estou/tentando/quis/ideia/querendo/ia",
        ),
        ("S", "suicid*/suicidio/sucidio/suissidio"),
        (
            "T",
            "remedios/comprimidos/pilulas/medicamentos/calmantes/remedio/cartela/caixa/rivotril/antidepressivos/paracetamol/medicacao/soniferos",
        ),
    ],
    fillers: "so/realmente/simplesmente/mesmo/mais2/muito/tambem/agora/sempre/ja/hoje/noite/logo/as/vezes/tao/de/verdade/eu/apenas/ate/cada/vez/porra/esta/a/tipo/todo/dia",
    crisis: "W de? morrer/morre/morer, W de? estar morto/morta, queria estar/ter morto/morta/morrido, W sumir/desaparecer pra/para/$/do/da/de/desse/deste, nao/n/num W mais? viver/existir/acordar/continuar/estar/ficar viva?/vivo?/viver?/vivendo?/aqui?/nesse?, nao/n aguento/suporto/consigo mais? viver/existir/a/essa/esta vida?, nao/n tenho/ha/vejo/tem/faz/tenho mais? vontade/motivo/motivos/razao/razoes/sentido/porque/forcas de/para/pra/em/na/a viver/continuar/existir/vida/minha, sem vontade/motivo/razao/sentido de/para/pra/a viver/vida, vida nao/n tem/faz/vale mais? sentido/a/nada pena?, vida perdeu o sentido, nao/n vale a pena viver, cansado/cansada/farto/farta de/da viver/vida/existir/minha vida?, perdi a vontade de viver, \
        G me matar/suicidar/enforcar/mata/jogar/atirar/cortar/machucar/envenenar/afogar, matar me $, matar me hoje/agora/esta, suicidar me, enforcar me, atirar me de/da/do/para, me matar, me suicidar, me enforcar, me mato, vou me matar, matar a mim mesmo/mesma, mato me, tirar/tira/tirando a? minha/propria/a vida/propria?, acabar/terminar/por/dar/botar/colocar com/fim/um a/na/com/de?/fim? minha/tudo/isso/a/vida/esta vida?/sofrimento?/existencia?, acabar com tudo/minha/isso, por fim a, pensamentos/ideias/ideacao/tendencias suicidas/suicida/de S, sou/estou/sinto suicida, cometer S, pensando/penso/pensei/pensar/planejando/planeio/considerando em/no/o/um/meu S, meu S, S e _ unica/saida/solucao/opcao, !melhor sem mim, !sem mim _ melhor/felizes, melhor se eu/morto/morta _ morresse/morto/sumisse/existisse/nao/desaparecesse, melhor morto/morta, se eu morresse/sumisse/desaparecesse _ ninguem/melhor/notaria/falta, ninguem vai/iria/sentiria/ia _ falta/notar/perceber/ligar, nunca ter/tivesse nascido, nao ter/tivesse nascido, nao/nunca acordar mais/amanha/nunca/$, dormir e nao/nunca acordar, dormir para/pra sempre, deixar de existir/viver, \
        jogar/atirar/pular/lancar/me da/de/do/na/no/debaixo/dum/numa uma?/um?/frente? ponte/predio/janela/trem/comboio/metro/telhado/varanda/carro/linha, cortar os/meus pulsos, cortar as veias, me cortar, me corto, me machucar, me mutilar, automutil*, autolesao, como/jeito/forma/maneira/metodo _ suicidar/matar/morrer sem/rapido/$/dor/_, morrer sem dor/sofrer, quantos/quantas T _ morrer/matar/mortal/para, carta/cartas/bilhete de? despedida/S, corda/T/arma pronta/prontos/comprada/comprei, adeus para/pra sempre, adeus mundo cruel?, ultima/ultimo noite/dia da/de minha/vida?, nao vou estar viva/vivo, quero que tudo/isso acabe/pare/termine, nao quero mais $, nao quero estar mais? viva/vivo/aqui",
    act: "tomei/engoli/ingeri/tomar/tomado/engolir/bebi todos/todas/toda/tudo/um/uma/muitos/varios/cartela/caixa/os/as/20/30/40/50/trinta/vidro/o/mais _ T, tomei/engoli todos/todas/os/meus/uns T, tomei/tive uma? overdose, cortei os/meus/as/o pulsos/pulso/veias, estou/to/tou/parado/parada/sentado/sentada em/na/no/a/numa/num _ beira/beirada/parapeito/ponte/telhado/trilhos/borda/terraco/linha, corda no/em/a/ao _ pescoco, arma/faca/pistola na/no/contra/encostada/apontada _ cabeca/boca/pescoco/pulso/mao, bebi/tomei veneno/agua/chumbinho/lixivia",
    emergency: "garganta esta/ta/a _ inchando/fechando/inchar/fechar, nao/n consigo respirar, falta de ar, tendo/ter um infarto/avc/ataque/enfarte, ele/ela/marido/namorado/pai tem/esta _ faca/arma, quer/vai/ameacou/ameaca me matar, chama/chame/preciso _ ambulancia/samu/112, nao respira",
    hints: "logo/em vai/breve acabar/acaba/tudo/estara, vai acabar, obrigado/obrigada por tudo, adeus, ultima vez/mensagem, nao aguento mais, nao vou estar, quando eu nao/partir/for/morrer, digam/diga/fala a/pra/que _ amo, quantos T, dose letal/fatal, na ponte, sem saida, W sumir/desaparecer/descansar, dei/doei/dando todas/tudo/minhas",
    distress: "sozinho/sozinha/triste/desesperado/desesperada/deprimido/deprimida/depressao/vazio/vazia/inutil/dor/sofro/sofrimento/sofrendo/insuportavel/perdido/perdida/fardo/peso/fracasso/choro/chorando, sem esperanca, nao aguento, me odeio, odeio minha/a, ninguem me ama/entende/quer, desculpa mae/pai, me desculpem",
    friend: "amigo/amiga/irmao/irma/filho/filha/mae/pai/marido/mulher/esposa/esposo/namorado/namorada/ele/ela/colega/vizinho/vizinha/primo/prima/aluno/alguem/companheiro/tio/tia _ quer/queria/pensa/diz/disse/ameaca/ameacou/fala/falou/tentou/vai/esta/ta/pensando/tem _ matar/suicidar/morrer/viver/suicidio/vida/suicida/suicidas/machucar/cortar, quer/vai/tentou/pensa/ameacou em? se matar/suicidar/enforcar, quer/queria se matar, quer suicidar se, nao quer mais viver, ele/ela/amigo/amiga/irmao/irma tomou/engoliu _ T, esta/e suicida, se corta",
    calm: "morrer/morrendo/morri/morro/morta/morto/morre de/por/do/dos rir/fome/sede/vergonha/medo/calor/frio/amores/saudade/saudades/sono/tedio/raiva/velho/velha/ver/tanto/inveja/curiosidade, morto/morta de, to morrendo de, morrer velho/feliz, me mata/matando, matar a/o/aula fome/saudade/tempo/aula/saudades/sede, me matar de rir/trabalhar/estudar/tanto, me mato de trabalhar/estudar/rir, mataria por, prefiro morrer a/do/que, viver em/com/sem/aqui/la/no/na/sozinho/sozinha/de/longe/juntos, me cortar o/um cabelo, cortar o/a/as cabelo/unhas, me cortei cozinhando/fazendo/com, me machucar no/jogando/na, me jogar no/na/em sofa/cama/piscina, esquadrao S, S squad, prevencao, acordar cedo/tarde/as/antes/com, sumir das/dos/da redes/internet, T como/com/do/da/para/depois, nao quero mais viver com/em, nao quero viver com/em/aqui/sem, me atirar na piscina/de, infarto quando/do, respirar de tanto",
    negation: "nao/nunca/jamais/sem/nem/n/num/ninguem",
    links: "quero/vou/de/a/em/penso/pensando/me/estou/to/tenho/vontade/que/eu/intencao/ia/queria/mais/pretendo/pensei/iria/ideia",
    own: "eu/me/meu/minha/meus/minhas/mim/quero/vou/estou/to",
    friends: "amigo/amiga/irmao/irma/filho/filha/mae/pai/marido/mulher/esposa/esposo/namorado/namorada/ele/ela/colega/primo/prima/tio/tia",
    others: "voce/tu/gente/pessoas/alguem/ninguem/nos/eles/elas/voces/se/jovens/pacientes/personagem/cachorro/gato/te",
    fiction: "no/na/do/da/em/de/um/uma/o/a/este/esse/meu/minha/esta/essa filme/romance/livro/musica/serie/historia/poema/jogo/peca/episodio/capitulo/conto/estudo/artigo/documentario/novela/cena/roteiro/minecraft/cancao/letra, letra da/de, traduz*, traducao, protagonista, personagem, rpg, citacao, o que significa, como se diz, prevencao/estatisticas, hamlet/shakespeare/romeu/julieta, minecraft, processo",
    recovery: "sobrevivi, feliz/grato/grata por/que, estou melhor/bem, curado/curada",
    past: "antes eu, ha _ anos/meses, anos/meses/tempo atras, no passado, quando eu? era/tinha, na adolescencia/juventude/epoca, antigamente",
    now: "de novo, novamente/hoje/ultimamente/voltou/voltaram/agora/voltando, outra vez",
    quoting_oneself: "penso/digo/repito/escuto, minha cabeca/mente/voz, fico pensando",
    ..NONE
};

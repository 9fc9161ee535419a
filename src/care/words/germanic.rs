//! German and Dutch.

use super::{NONE, Vocabulary};

pub(super) const GERMAN: Vocabulary = Vocabulary {
    language: "de",
    sets: &[
        (
            "W",
            "will/wil/moechte/mochte/mocht/wollte/wuenschte/wunschte/wuensche/wunsche/hoffe/wuerde/wurde/lieber/liebsten/darf/wollen/sollte/bereit",
        ),
        (
            "S",
            "selbstmord*/suizid*/suicid*/freitod/selbstmort/selbst/suezid/suizit/selbsttotung/selbsttoetung",
        ),
        (
            "T",
            "tabletten/pillen/schlaftabletten/schlafmittel/medikamente/medis/tablette/schmerztabletten/antidepressiva/paracetamol/ibuprofen/schlafpillen",
        ),
        (
            "U",
            "umbringen/umzubringen/umgebracht/toeten/toten/tote/erhaengen/erhangen/aufhaengen/aufhangen/erschiessen/ertranken/ertraenken/vergiften/killen/killn/abstechen/ausloeschen/ausloschen/verbluten/ersticken/auszuloeschen/vergasen/erstechen",
        ),
        ("V", "verletzen/ritzen/schneiden/verletze/ritze/bestrafen"),
    ],
    fillers: "einfach/nur/wirklich/eigentlich/halt/so/mal/nun/doch/ja/auch/jetzt/endlich/gerne/gern/echt/immer/langsam/am/schon/ganz/aeh/ahm/also/ehrlich/manchmal/ich/dann/heute/mehr/sofort/selber/abend/bald/morgen/verdammt/gleich/irgendwie",
    crisis: "W _ sterben/krepieren/verrecken/abkratzen, W _ tot/gestorben/weg sein/ware/waere/bin, W _ tot, W den tod, W mir den? tod, ware/waere/war ich _ tot/gestorben/nie, wenn ich _ tot ware/waere/bin, sterben will/wil/mochte/moechte/wollen/wurde, todessehnsucht/todeswunsch, \
        W _ nicht/nie/nimmer/nimma/net/ned mehr/langer/laenger/wieder? leben/aufwachen/existieren/weiterleben/dasein/aufzuwachen, nicht/nimmer/net/ned/nie mehr/langer/laenger leben/weiterleben/existieren/weitermachen will/so/wil/mag/mochte/moechte/kann/wollen/konnen/$, nicht/net/ned mehr leben, mag/kann/will nicht/net/ned leben, nie/nicht mehr/wieder aufwachen/aufzuwachen/aufwache, W nicht aufwachen, W nicht mehr da/hier sein, \
        keine/keinen/kein/null lust/kraft/grund/sinn/willen/bock/lebenswillen/lebenswille/lebensmut/lebenssinn _ leben/weiterleben/weiterzuleben/mehr/$, leben _ keinen/kein/null sinn/wert/zweck, leben ist/hat _ sinnlos/wertlos/unertraglich, leben nicht lebenswert, nicht mehr? lebenswert, sinn _ leben nicht/verloren, lebensmude/lebensmuede, leben satt, \
        das/mein/mir leben nehmen/beenden/beende/zu/weg zunehmen?/nehmen?/beenden?, nehme/nehm mir das/mein leben, meinem/dem leben/ganzen/allem/leid _ ende setzen/machen/bereiten/zu/setze/mache, mit dem/meinem leben schluss/abgeschlossen, schluss _ mit dem/meinem leben, allem ein ende, ende setzen $, will dass es/alles _ aufhort/aufhoert/vorbei/endet, \
        mich _ U, mich selbst? U, bring/bringe/brachte/bringt mich _ um, mich _ um bringen/zubringen, erhange/erhaenge/erhang/erhaeng/toete/tote/erschiesse/erschiess/kill/kille/vergifte/ertranke/ersteche/hange/haenge/hang mich _ auf/heute/jetzt/selbst/morgen/$, sollte mich U, \
        suizidgedanken/selbstmordgedanken/suizidal/suizidal*/suizidgefahrdet*/selbstmordgefahrdet*/suizidplane/suizidplaene/selbstmordabsicht*, gedanken an/uber/ueber S, denk/denke/dachte/nachgedacht/nachdenken/nachdenke/uberlege/ueberlege/plane/plan/vorhabe _ S, S begehen/machen/begehe/begeh/verueben/veruben/plane/planen, mein/meinen S, S ist/ware/waere _ losung/loesung/ausweg/einzige, denk/denke _ an/uber/ueber den? tod/sterben, \
        vor den/einen/die/ne nachsten? zug/bahn/auto/lkw/ubahn/s/u, von/vom der/einer/dem/einem/hochhaus/dach/balkon brucke/bruecke/dach/hochhaus/balkon/turm/klippe/springen/springe, vom dach/hochhaus/balkon/turm springen/sturzen/stuerzen, aus dem fenster springen/sturzen/stuerzen/zu, in den tod springen/sturzen, vors auto, spring/springe/stuerz/stuerze/sturz/sturze/werf/werfe/huepf/hupf mich? von/vom/vor/aus/in der/dem/den/einem/einer/ein/ne? dach/brucke/bruecke/balkon/hochhaus/fenster/zug/bahn/klippe/turm/tod/haus/s/u/auto, !ohne mich _ besser/gluecklicher/glucklicher/leichter/gut/einfacher, !besser/leichter/glucklicher/gluecklicher _ ohne mich, besser dran/wenn _ ich tot/weg/nicht/ohne, \
        wenn ich nicht/nie mehr? da/geboren/existieren/leben/lebe/ware/waere, nie geboren, niemand/keiner/keinem/niemandem/keinen wurde/wuerde/wird/interessiert _ vermissen/merken/fehlen/wenn, fur/fuer immer/ewig verschwinden/schlafen/einschlafen/weg, W _ verschwinden $, einschlafen und nie/nicht/nimmer, \
        W mir _ wehtun/weh/antun/verletzen/schaden, mich _ V, tue/tu/tun mir _ an/weh, mir was/etwas an antun/tun?, ritze/ritz mich, pulsadern aufschneiden/aufzuschneiden/schneiden/auf, wie/am/art/weg/methode _ schmerzlos/schmerzlos*/leichtesten/schnellsten sterben/umbringen/U/zu/umzubringen, wie/methode bringt/kann/bring/bringe man/ich sich/mich _ um, wie viele T _ sterben/todlich/toedlich/umzubringen/tot/braucht, wieviele T _ sterben/todlich/toedlich, \
        abschiedsbrief*, strick/seil/schlinge _ bereit/gekauft/besorgt/hangt/haengt, T gesammelt/gehortet/bereit/besorgt, werde/wurde/will mir/mich _ erschiessen/aufhangen/aufhaengen, heute/letzte/letzter nacht/abend/tag meines/meiner lebens, lebe bald/nicht mehr nicht/lange, bald nicht/nimmer mehr leben, leb wohl fur/fuer immer, ich hab/habe mit dem/meinem leben abgeschlossen, kann und will nicht/nimmer mehr, hab/habe nichts mehr wofur/wofuer/zum/fur, kein/keinen/keine anderen?/andere?/anderer? ausweg/losung/loesung _ tod/sterben, einzige/einziger/einzigen ausweg/losung/loesung _ tod/sterben, mich aufzuhangen/aufzuhaengen/umzubringen/erhangen, mich zu erhangen/toten/erschiessen/ertranken",
    act: "alle/ganze/ganzen/viele/vielen/packung/schachtel/handvoll/ubrigen/dose/flasche/paar/zwanzig/dreissig/vierzig/20/30/40/50 _ T _ genommen/geschluckt/eingenommen/eingeworfen/intus/gegessen/drin/getrunken, alle T genommen/geschluckt/eingenommen, T geschluckt, schlucke/nehme/nehm gerade/jetzt alle T, uberdosis/ueberdosis genommen/geschluckt/eingenommen/intus, habe/hab mir/mich? die/meine? pulsadern/handgelenke/handgelenk _ aufgeschnitten/geschnitten, habe/hab mich vergiftet, pulsadern aufgeschnitten/offen, \
        steh*/sitz*/bin am/an rand/abgrund/kante/der _ dach*/klippe/brucke/bruecke/kante/hochhaus*/springe/spring/gelander, steh*/sitz* auf/an der/dem/einer/einem/den brucke/bruecke/dach/gleisen/gleis/gelander/schienen/bahngleisen und/_ springe/spring/will/springen/jetzt/gerade, steh* auf/an der/dem/einer/einem/den dach/gleisen/schienen/bahngleisen/bruckengelander, strick/schlinge/seil _ um den/meinen hals, pistole/waffe/messer/rasierklinge/klinge _ an/am/in/im kopf/mund/hals/der/meinem hand?/kopf?/mund?/hals?, bleiche/gift/reiniger getrunken",
    emergency: "hals/kehle/zunge/rachen schwillt/geschwollen/zugeschwollen, bekomme/krieg/kriege/bekomm/bekommt/kriegt keine luft, kann nicht/nimmer mehr? atmen, herzinfarkt/schlaganfall/herzstillstand, er/sie/mann/freund/vater hat/mit ein/eine/einem/einer messer/waffe/pistole, will/droht/wird mich _ umbringen/toeten/toten/umzubringen/erschiessen, bringt mich um $, atmet nicht/nimmer, ist bewusstlos, brauche/brauch/ruf/rufen _ krankenwagen/notarzt/rettungswagen",
    hints: "bald/gleich/dann vorbei/uberstanden/erlost/frei/ist, alles/es bald/endlich vorbei/enden, danke fur/fuer alles, lebt/leb wohl, letzte nachricht/mal/nacht, kann/will/mag nicht/nimmer mehr $, nicht mehr da/hier/lange/leben, wenn ich weg/tot/nicht, sag/sagt _ ich/dass _ lieb*, verschenkt/verschenke/verschenken _ meine/alle/alles/sachen/hund/katze, wieviele/viele T, todliche/toedliche dosis, auf der brucke/bruecke, keinen ausweg, testament, W verschwinden, ruhe haben/finden, W weg",
    distress: "hoffnungslos/verzweifelt/wertlos/depressiv/depression/einsam/allein/alleine/traurig/nutzlos/sinnlos/kaputt/ausweglos/unertraglich/unertraeglich/leer/versager/schmerz/schmerzen, kann/halte nicht/das/es nicht? mehr/aus/ausgehalten, hasse mich/mein/alles/das, keine hoffnung/kraft, niemand/keiner liebt/mag/versteht/interessiert, am ende, tut mir leid/so, geht nicht mehr, weine/heule",
    friend: "freund/freundin/bruder/schwester/sohn/tochter/mutter/vater/mama/papa/mann/frau/er/sie/kollege/kollegin/nachbar/nachbarin/cousin/cousine/mitbewohner/mitbewohnerin/partner/partnerin/oma/opa/kind/schuler/schulerin/bekannter/jemand/kumpel _ will/mochte/moechte/wollte/wolle/droht/hat/sagt/gesagt/spricht/redet/denkt/versucht/plant _ sich/sterben/S/nicht _ umbringen/umzubringen/U/leben/nehmen/mehr/begehen/gedroht/$/ritzen/antun/erhangen, \
        freund/freundin/bruder/schwester/sohn/tochter/mutter/vater/mama/papa/mann/frau/er/sie/kollege/kollegin/kind ist/will/wurde/mochte/moechte/hat _ suizidal/selbstmordgefahrdet/suizidgefahrdet/sterben/suizidgedanken/selbstmordgedanken/S, sich _ U/umbringen/umzubringen will/mochte/moechte/wollte/droht, sich das/ihr/sein leben nehmen, bringt sich _ um, er/sie/freund/freundin/bruder/schwester hat _ T genommen/geschluckt, ritzt sich",
    calm: "lach/lache/lachen mich _ tot/kaputt, totlachen, sterbe/sterben vor/an/fur/fuer, sterben vor/fur/fuer/an/lassen/scham, bringt mich _ um den, bringt mich noch/fast um, brachte/bringe/bring mich um den verstand/schlaf, todmude/todmuede, totmude, zu tode, S squad/pravention/rate, lieber sterben als, leben in/bei/mit/auf/hier/dort/ohne/von/alleine in/bei/mit/der/dem/einer/meinen?, nicht mehr in/bei/mit/zuhause/hier _ leben, leben will in/mit, verletze/verletzen mich beim/im/an, schneide/schneiden mich beim, umbringen lassen, die haare/zeit/zwiebel _ schneiden, aufwachen um/fruh/frueh/vor, nicht aufwachen wenn/weil/bevor, T wie/nach/zum/vom/mit/morgens verordnet/arzt/vorschrift/fruhstuck/fruehstueck/plan/essen/dem/abends, T genommen wie/zum/mit, wie verordnet/verschrieben, fur immer weg von/aus, sterben will in, wenn ich nicht da ware/bin, herzinfarkt bekommen/gekriegt/als/vor, fast _ herzinfarkt, keine luft _ lachen, vor lachen, wurde/wuerde/konnte/koennte fur/fuer ein/eine/einen/so/diese/dieses/diesen _ sterben, nehme/nehm/nimm mir das leben leichter/leicht, mutter/mama/chef/chefin/lehrerin bringt mich um",
    negation: "nicht/nie/niemals/kein/keine/keinen/keinerlei/net/ned/ohne/nimmer/weder/noch/keineswegs",
    links: "mehr/ich/vor/zu/mich/will/wollte/moechte/mochte/werde/wurde/wuerde/daran/denke/gedanken/habe/hab/dass/um/mir/das/einfach/absicht/hatte/bin/direkt/akut/an/den/dran/wirklich",
    own: "ich/mir/mich/mein/meine/meinen/meinem/meiner",
    friends: "freund/freundin/bruder/schwester/sohn/tochter/mutter/vater/mama/papa/mann/frau/er/sie/kollege/kollegin/nachbar/nachbarin/cousin/cousine/mitbewohner/mitbewohnerin/partner/partnerin/oma/opa/kind",
    others: "man/du/leute/menschen/jemand/niemand/viele/wir/ihr/jugendliche/patienten/alle/personen/katze/hund/pflanze",
    fiction: "im/in/aus/vom/von/einen/ein/einem/mein/meinem/meinen/den/dem/das/der/dieser/diesem/eine/einer/meiner/die roman*/film/buch/lied/song/serie/geschichte/gedicht/spiel/stuck/stueck/theaterstuck/kapitel/drehbuch/tatort/krimi/minecraft/videospiel/anime/oper/szene/folge/studie/artikel/referat/aufsatz/doku/nachrichten/lektion, roman, liedtext*, songtext*, lyrics, zitat, ubersetz*, uebersetz*, rollenspiel, hauptfigur*, protagonist*, figur, heldin, held, hamlet/goethe/werther, studie/artikel/referat/pravention/praevention/statistik, was bedeutet/heisst, wie sagt man, prozess/server/linux, minecraft",
    recovery: "uberlebt/ueberlebt, froh/dankbar/glucklich/gluecklich dass ich, geht es mir/mir besser, wieder gut, genesen",
    past: "fruher/frueher/damals, vor _ jahren/jahrzehnten, als jugendlich*, als ich _ war, als kind/teenager, in meiner jugend",
    now: "wieder/heute/zuruck/zurueck/aktuell/gerade/erneut",
    quoting_oneself: "ich denke/dachte/sage/sagte/habe/hab/hore/hoere, mein/meinem/meine kopf/stimme/gedanken, denke immer/oft/standig",
    ..NONE
};

pub(super) const DUTCH: Vocabulary = Vocabulary {
    language: "nl",
    sets: &[
        (
            "W",
            "wil/wou/wilde/zou/wens/wenste/hoop/liever/liefst/wilt/willen/mag/klaar/ga/moet",
        ),
        ("Z", "zelfmoord*/suicid*/zelfdoding*/zelfmoort"),
        (
            "T",
            "pillen/tabletten/slaappillen/medicijnen/medicatie/pil/paracetamol/pijnstillers/slaapmiddelen/slaaptabletten",
        ),
        ("M", "mezelf/mijzelf/mij/me/mn/mezelve/mijn"),
    ],
    fillers: "gewoon/alleen/echt/eigenlijk/maar/ook/nu/eindelijk/graag/zo/wel/al/ik/het/liefst/er/uh/soms/heel/constant/steeds/nog/even/vanavond/vandaag/straks/morgen/dan/toch",
    crisis: "W _ dood/sterven/doodgaan/overlijden/$ zijn?/gaan?/was?, W dood, dood wil/wou/wilde/zijn, was ik maar? dood, dat ik dood was, W niet/nooit/nie meer leven/wakker/bestaan/verder/doorgaan/hier, niet/nooit meer? leven/bestaan wil/wou/kan/hoef, niet meer leven, niet/nooit meer wakker worden, nooit wakker worden, geen zin/reden/doel/nut meer? in/om/van het? leven/te, geen zin/reden/doel meer om te leven, leven heeft/heb geen zin/nut/doel, leven is zinloos/waardeloos/niet, leven niet waard, levensmoe, klaar met leven/het/mijn leven?, leven zat/moe/beu, \
        Z plegen/pleeg/gedachten/overweeg/te/doen, zelfmoordgedachten/suicidaal/suicidale/suicidegedachten/zelfmoordneigingen, denk*/gedacht/nadenk*/plan/plannen aan/over/om/eraan/voor _ Z/dood/doodgaan, ik ben/voel suicidaal, pleeg/plegen Z, mijn Z, \
        M _ doden/ophangen/vermoorden/verdrinken/verhangen/doodschieten/neerschieten/vergiftigen/snijden/pijn/ombrengen/kant van?/doen?/maken?/leven beroven?, mezelf/mijzelf van kant/het kant/leven?, maak/maken me/mezelf van kant, hang/dood/vermoord/verhang mezelf/mijzelf/me op?, maak _ einde/eind aan, einde/eind _ aan mijn/het/mn/alles leven?, er _ einde/eind aan maken/te/maak, uit _ leven stappen, eruit stappen, stap* eruit/uit _ leven, einde maken, mijn/mn leven beeindigen/nemen/een, leven beeindigen, mezelf iets aan/aandoen, mezelf snijden/verwonden/krassen, \
        !beter af? zonder mij/me, !zonder mij _ beter/gelukkiger/af/makkelijker, beter af/als ik zonder/dood/er/niet, als ik er niet/dood meer/was/ben, niemand zou/zal/merkt me/mij/het/als missen/merken/ik, nooit geboren, voor altijd/eeuwig verdwijnen/slapen, W verdwijnen $, voor de/een trein/auto/metro, van de/een/het brug/dak/flat/balkon/gebouw springen/af/te/spring, polsen doorsnijden/snijden/door, afscheidsbrief*, pijnloos*/snelste/makkelijkste manier/sterven/dood om/te?, hoe kan/pleeg/maak ik/je _ Z/dood/einde/kant, hoeveel T _ dood/dodelijk/sterven/nodig, touw/strop/T klaar/gekocht/gespaard/opgespaard, laatste dag/nacht/avond van mijn/op leven/aarde, wil dat het/alles stopt/ophoudt/voorbij, ik wil niet meer $, wil er niet meer/langer zijn, er niet meer zijn, snij/snijd/kras mezelf/mijzelf, geen andere? uitweg/oplossing _ dood/sterven, enige uitweg/oplossing _ dood/sterven, mezelf/mijzelf/me op te hangen, mezelf/mijzelf te doden/verhangen/verdrinken/vergiftigen",
    act: "alle/hele/heel/veel/teveel/doosje/strip/pot/potje/handvol/doos/20/30/40/50 _ T _ ingenomen/genomen/geslikt/op/gepakt/gegeten/binnen, alle T ingenomen/genomen/geslikt, overdosis genomen/ingenomen/geslikt/pillen, polsen doorgesneden/opengesneden/gesneden, sta*/zit op/aan/bij de/een/het rand/dak/spoor/rails/brug/reling/afgrond, touw/strop om mijn/mn nek/hals, pistool/mes tegen/in/op mijn/mn hoofd/mond/keel/polsen, al mijn/de/die T ingenomen/geslikt/genomen",
    emergency: "keel zwelt/gezwollen/dik, krijg/kan geen/niet lucht/ademen/meer, hartaanval/hartinfarct/beroerte, hij/zij/man/vriend heeft/met een? mes/pistool/wapen, wil/gaat/dreigt me/mij _ vermoorden/doden, bel/bellen _ ambulance/112, ademt niet",
    hints: "bijna/snel/straks/binnenkort voorbij/over/klaar, bedankt/dank voor alles, vaarwel, laatste keer/bericht/nacht, kan niet/er niet? meer/tegen, er niet meer/lang, als ik weg/dood/er, hoeveel T, dodelijke dosis, op de brug, geen uitweg, W verdwijnen/weg, weggegeven",
    distress: "hopeloos/wanhopig/waardeloos/depressief/depressie/eenzaam/alleen/verdrietig/nutteloos/uitzichtloos/ondraaglijk/leeg/kapot/pijn, kan/hou/trek het niet, haat mezelf/mijn/alles, niemand houdt/geeft/om, het spijt me, sorry mama/papa/iedereen, huil/huilen",
    friend: "vriend/vriendin/broer/zus/zusje/zoon/dochter/moeder/vader/mama/papa/man/vrouw/hij/zij/ze/collega/buurman/buurvrouw/neef/nicht/kind/leerling/partner/iemand/maat _ wil/wilt/wou/wilde/zei/zegt/dreigt/gaat/denkt/probeerde/heeft _ dood/Z/zichzelf/zich/sterven/leven/suicidaal/einde _ doden/maken/plegen/kant/meer/$/snijden/ophangen/verhangen/doen/aan/gaan, vriend/vriendin/broer/zus/zoon/dochter/moeder/vader/hij/zij/ze/man/vrouw is/heeft/wil/voelt _ suicidaal/zelfmoordgedachten/dood/suicidegedachten/Z, zichzelf _ doden/kant/snijden/verhangen/ophangen wil/maken/?, zelfmoord wil plegen, hij/zij/ze/vriend/vriendin heeft _ T genomen/ingenomen/geslikt",
    calm: "lach me/mij dood/kapot, lach* dood, dood van/voor/aan de/het/mij/schaamte, ga* dood van, ga dood, sterf van/voor, sterven van, doodmoe/doodop, doodsbang, wil* liever dood dan, leven in/met/bij/zonder/van in/een/mijn/de, niet meer in/met/bij _ leven/wonen, mezelf pijn gedaan, gesneden aan/tijdens/met, dood gaan in/op, leven beteren, T volgens/bij/zoals/met/voor, wakker worden om/van/voor/morgen, wordt mijn dood, geen zin in/om het/te eten/werken/gaan/koken/werk, hartaanval van, lucht van _ lachen, dood wil in het spel, pijn doen aan, snij/snijd mezelf _ bij/aan/tijdens",
    negation: "niet/nooit/geen/niemand/zonder/nimmer",
    links: "meer/ik/van/plan/om/te/mezelf/me/wil/zou/ga/dat/aan/denk/gedachten/over/echt/heb/ben/zal/mijn/direct",
    own: "ik/mij/me/mijn/mezelf/mijzelf/mn",
    friends: "vriend/vriendin/broer/zus/zusje/zoon/dochter/moeder/vader/mama/papa/man/vrouw/hij/zij/ze/collega/buurman/buurvrouw/neef/nicht/kind/partner/oma/opa",
    others: "men/je/jij/mensen/iemand/niemand/wij/we/jullie/jongeren/patienten/iedereen/hond/kat/plant",
    fiction: "in/van/uit/over/een/de/het/mijn/dit/die roman/film/boek/liedje/lied/serie/verhaal/gedicht/spel/toneelstuk/hoofdstuk/scenario/game/minecraft/studie/artikel/onderzoek/nieuws/documentaire/aflevering/scene, songtekst*, lyrics, citaat, vertaal*, rollenspel, hoofdpersoon, personage, hamlet, studie/artikel/onderzoek/preventie/statistiek*, wat betekent, hoe zeg je, minecraft, proces",
    recovery: "overleefd, blij/dankbaar dat ik, gaat het beter/goed, hersteld",
    past: "vroeger, toen ik, jaren/maanden geleden, destijds, als kind/tiener",
    now: "weer/opnieuw/vandaag/vanavond/terug/nu",
    quoting_oneself: "ik denk/dacht/zeg/zei/hoor/heb, mijn hoofd/stem/gedachten",
    ..NONE
};

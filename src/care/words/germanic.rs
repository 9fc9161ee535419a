//! German and Dutch.

use super::vocabulary::{NONE, Vocabulary};

pub(super) const GERMAN: Vocabulary = Vocabulary {
    language: "de",
    sets: &[
        (
            "W",
            "bereit/darf/hoffe/lieber/liebsten/mocht/mochte/moechte/sollte/wil/will/wollen/wollte/wuensche/wuenschte/wuerde/wunsche/wunschte/wurde",
        ),
        (
            "S",
            "freitod/selbst/selbstmord*/selbstmort/selbsttoetung/selbsttotung/suezid/suicid*/suizid*/suizit",
        ),
        (
            "T",
            "antidepressiva/ibuprofen/medikamente/medis/paracetamol/pillen/schlafmittel/schlafpillen/schlaftabletten/schmerztabletten/tablette/tabletten",
        ),
        (
            "U",
            "abstechen/aufhaengen/aufhangen/ausloeschen/ausloschen/auszuloeschen/erhaengen/erhangen/erschiessen/erstechen/ersticken/ertraenken/ertranken/killen/killn/toeten/tote/toten/umbringen/umgebracht/umzubringen/verbluten/vergasen/vergiften",
        ),
        ("V", "bestrafen/ritze/ritzen/schneiden/verletze/verletzen"),
    ],
    fillers: "abend/aeh/ahm/also/am/auch/bald/dann/doch/echt/ehrlich/eigentlich/einfach/endlich/ganz/gern/gerne/gleich/halt/heute/ich/immer/irgendwie/ja/jetzt/langsam/mal/manchmal/mehr/morgen/nun/nur/schon/selber/so/sofort/verdammt/wirklich",
    crisis: "W _ abkratzen/krepieren/sterben/verrecken, W _ gestorben/tot/weg bin/sein/waere/ware, W _ tot, W den tod, W mir den? tod, waere/war/ware ich _ gestorben/nie/tot, wenn ich _ tot bin/waere/ware, sterben mochte/moechte/wil/will/wollen/wurde, todessehnsucht/todeswunsch, \
        W _ ned/net/nicht/nie/nimma/nimmer laenger/langer/mehr/wieder? aufwachen/aufzuwachen/dasein/existieren/leben/weiterleben, ned/net/nicht/nie/nimmer laenger/langer/mehr existieren/leben/weiterleben/weitermachen $/kann/konnen/mag/mochte/moechte/so/wil/will/wollen, ned/net/nicht mehr leben, kann/mag/will ned/net/nicht leben, nicht/nie mehr/wieder aufwache/aufwachen/aufzuwachen, W nicht aufwachen, W nicht mehr da/hier sein, \
        kein/keine/keinen/null bock/grund/kraft/lebensmut/lebenssinn/lebenswille/lebenswillen/lust/sinn/willen _ $/leben/mehr/weiterleben/weiterzuleben, leben _ kein/keinen/null sinn/wert/zweck, leben hat/ist _ sinnlos/unertraglich/wertlos, leben nicht lebenswert, nicht mehr? lebenswert, sinn _ leben nicht/verloren, lebensmude/lebensmuede, leben satt, \
        das/mein/mir leben beende/beenden/nehmen/weg/zu beenden?/nehmen?/zunehmen?, nehm/nehme mir das/mein leben, dem/meinem allem/ganzen/leben/leid _ ende bereiten/mache/machen/setze/setzen/zu, mit dem/meinem leben abgeschlossen/schluss, schluss _ mit dem/meinem leben, allem ein ende, ende setzen $, will dass alles/es _ aufhoert/aufhort/endet/vorbei, \
        mich _ U, mich selbst? U, brachte/bring/bringe/bringt mich _ um, mich _ um bringen/zubringen, erhaeng/erhaenge/erhang/erhange/erschiess/erschiesse/ersteche/ertranke/haenge/hang/hange/kill/kille/toete/tote/vergifte mich _ $/auf/heute/jetzt/morgen/selbst, sollte mich U, \
        selbstmordabsicht*/selbstmordgedanken/selbstmordgefahrdet*/suizidal/suizidal*/suizidgedanken/suizidgefahrdet*/suizidplaene/suizidplane, gedanken an/uber/ueber S, dachte/denk/denke/nachdenke/nachdenken/nachgedacht/plan/plane/uberlege/ueberlege/vorhabe _ S, S begeh/begehe/begehen/machen/plane/planen/veruben/verueben, mein/meinen S, S ist/waere/ware _ ausweg/einzige/loesung/losung, denk/denke _ an/uber/ueber den? sterben/tod, \
        vor den/die/einen/ne nachsten? auto/bahn/lkw/s/u/ubahn/zug, vom/von balkon/dach/dem/der/einem/einer/hochhaus balkon/brucke/bruecke/dach/hochhaus/klippe/springe/springen/turm, vom balkon/dach/hochhaus/turm springen/stuerzen/sturzen, aus dem fenster springen/stuerzen/sturzen/zu, in den tod springen/sturzen, vors auto, huepf/hupf/spring/springe/stuerz/stuerze/sturz/sturze/werf/werfe mich? aus/in/vom/von/vor dem/den/der/ein/einem/einer/ne? auto/bahn/balkon/brucke/bruecke/dach/fenster/haus/hochhaus/klippe/s/tod/turm/u/zug, !ohne mich _ besser/einfacher/glucklicher/gluecklicher/gut/leichter, !besser/glucklicher/gluecklicher/leichter _ ohne mich, besser dran/wenn _ ich nicht/ohne/tot/weg, \
        wenn ich nicht/nie mehr? da/existieren/geboren/lebe/leben/waere/ware, nie geboren, keinem/keinen/keiner/niemand/niemandem interessiert/wird/wuerde/wurde _ fehlen/merken/vermissen/wenn, fuer/fur ewig/immer einschlafen/schlafen/verschwinden/weg, W _ verschwinden $, einschlafen und nicht/nie/nimmer, \
        W mir _ antun/schaden/verletzen/weh/wehtun, mich _ V, tu/tue/tun mir _ an/weh, mir etwas/was an antun/tun?, ritz/ritze mich, pulsadern auf/aufschneiden/aufzuschneiden/schneiden, am/art/methode/weg/wie _ leichtesten/schmerzlos/schmerzlos*/schnellsten U/sterben/umbringen/umzubringen/zu, methode/wie bring/bringe/bringt/kann ich/man mich/sich _ um, wie viele T _ braucht/sterben/todlich/toedlich/tot/umzubringen, wieviele T _ sterben/todlich/toedlich, \
        abschiedsbrief*, schlinge/seil/strick _ bereit/besorgt/gekauft/haengt/hangt, T bereit/besorgt/gehortet/gesammelt, werde/will/wurde mich/mir _ aufhaengen/aufhangen/erschiessen, heute/letzte/letzter abend/nacht/tag meiner/meines lebens, lebe bald/nicht mehr lange/nicht, bald nicht/nimmer mehr leben, leb wohl fuer/fur immer, ich hab/habe mit dem/meinem leben abgeschlossen, kann und will nicht/nimmer mehr, hab/habe nichts mehr fur/wofuer/wofur/zum, kein/keine/keinen andere?/anderen?/anderer? ausweg/loesung/losung _ sterben/tod, einzige/einzigen/einziger ausweg/loesung/losung _ sterben/tod, mich aufzuhaengen/aufzuhangen/erhangen/umzubringen, mich zu erhangen/erschiessen/ertranken/toten",
    act: "20/30/40/50/alle/dose/dreissig/flasche/ganze/ganzen/handvoll/paar/packung/schachtel/ubrigen/viele/vielen/vierzig/zwanzig _ T _ drin/eingenommen/eingeworfen/gegessen/genommen/geschluckt/getrunken/intus, alle T eingenommen/genommen/geschluckt, T geschluckt, nehm/nehme/schlucke gerade/jetzt alle T, uberdosis/ueberdosis eingenommen/genommen/geschluckt/intus, hab/habe mich?/mir die/meine? handgelenk/handgelenke/pulsadern _ aufgeschnitten/geschnitten, hab/habe mich vergiftet, pulsadern aufgeschnitten/offen, \
        bin/sitz*/steh* am/an abgrund/der/kante/rand _ brucke/bruecke/dach*/gelander/hochhaus*/kante/klippe/spring/springe, sitz*/steh* an/auf dem/den/der/einem/einer bahngleisen/brucke/bruecke/dach/gelander/gleis/gleisen/schienen _/und gerade/jetzt/spring/springe/springen/will, steh* an/auf dem/den/der/einem/einer bahngleisen/bruckengelander/dach/gleisen/schienen, schlinge/seil/strick _ um den/meinen hals, klinge/messer/pistole/rasierklinge/waffe _ am/an/im/in der/hals/kopf/meinem/mund hals?/hand?/kopf?/mund?, bleiche/gift/reiniger getrunken",
    emergency: "hals/kehle/rachen/zunge geschwollen/schwillt/zugeschwollen, bekomm/bekomme/bekommt/krieg/kriege/kriegt keine luft, kann nicht/nimmer mehr? atmen, herzinfarkt/herzstillstand/schlaganfall, er/freund/mann/sie/vater hat/mit ein/eine/einem/einer messer/pistole/waffe, droht/wird mich _ erschiessen/toeten/toten/umbringen/umzubringen, bruder/er/ex/freund/jemand/mann/mutter/nachbar/sie/sohn/typ/vater will mich _ erschiessen/toeten/toten/umbringen, bringt mich um $, atmet nicht/nimmer, ist bewusstlos, brauch/brauche/ruf/rufen _ krankenwagen/notarzt/rettungswagen",
    hints: "bald/dann/gleich erlost/frei/ist/uberstanden/vorbei, alles/es bald/endlich enden/vorbei, danke fuer/fur alles, leb/lebt wohl, letzte mal/nachricht/nacht, kann/mag/will nicht/nimmer mehr $, nicht mehr da/hier/lange/leben, wenn ich nicht/tot/weg, sag/sagt _ dass/ich _ lieb*, verschenke/verschenken/verschenkt _ alle/alles/hund/katze/meine/sachen, viele/wieviele T, todliche/toedliche dosis, auf der brucke/bruecke, keinen ausweg, testament, W verschwinden, ruhe finden/haben, W weg",
    distress: "allein/alleine/ausweglos/depression/depressiv/einsam/hoffnungslos/kaputt/leer/nutzlos/schmerz/schmerzen/sinnlos/traurig/unertraeglich/unertraglich/versager/verzweifelt/wertlos, halte/kann das/es/nicht nicht? aus/ausgehalten/mehr, hasse alles/das/mein/mich, keine hoffnung/kraft, keiner/niemand interessiert/liebt/mag/versteht, am ende, tut mir leid/so, geht nicht mehr, heule/weine",
    friend: "bekannter/bruder/cousin/cousine/er/frau/freund/freundin/jemand/kind/kollege/kollegin/kumpel/mama/mann/mitbewohner/mitbewohnerin/mutter/nachbar/nachbarin/oma/opa/papa/partner/partnerin/schuler/schulerin/schwester/sie/sohn/tochter/vater _ denkt/droht/gesagt/hat/mochte/moechte/plant/redet/sagt/spricht/versucht/will/wolle/wollte _ S/nicht/sich/sterben _ $/U/antun/begehen/erhangen/gedroht/leben/mehr/nehmen/ritzen/umbringen/umzubringen, \
        bruder/er/frau/freund/freundin/kind/kollege/kollegin/mama/mann/mutter/papa/schwester/sie/sohn/tochter/vater hat/ist/mochte/moechte/will/wurde _ S/selbstmordgedanken/selbstmordgefahrdet/sterben/suizidal/suizidgedanken/suizidgefahrdet, sich _ U/umbringen/umzubringen droht/mochte/moechte/will/wollte, sich das/ihr/sein leben nehmen, bringt sich _ um, bruder/er/freund/freundin/schwester/sie hat _ T genommen/geschluckt, ritzt sich",
    calm: "lach/lache/lachen mich _ kaputt/tot, totlachen, sterbe/sterben an/fuer/fur/vor, sterben an/fuer/fur/lassen/scham/vor, bringt mich _ um den, bringt mich fast/noch um, brachte/bring/bringe mich um den schlaf/verstand, todmude/todmuede, totmude, zu tode, S pravention/rate/squad, lieber sterben als, leben alleine/auf/bei/dort/hier/in/mit/ohne/von bei/dem/der/einer/in/meinen?/mit, nicht mehr bei/hier/in/mit/zuhause _ leben, leben will in/mit, verletze/verletzen mich an/beim/im, schneide/schneiden mich beim, umbringen lassen, die haare/zeit/zwiebel _ schneiden, aufwachen frueh/fruh/um/vor, nicht aufwachen bevor/weil/wenn, T mit/morgens/nach/vom/wie/zum abends/arzt/dem/essen/fruehstueck/fruhstuck/plan/verordnet/vorschrift, T genommen mit/wie/zum, wie verordnet/verschrieben, fur immer weg aus/von, sterben will in, wenn ich nicht da bin/ware, herzinfarkt als/bekommen/gekriegt/vor, fast _ herzinfarkt, keine luft _ lachen, vor lachen, koennte/konnte/wuerde/wurde fuer/fur diese/diesen/dieses/ein/eine/einen/so _ sterben, nehm/nehme/nimm mir das leben leicht/leichter, chef/chefin/lehrerin/mama/mutter bringt mich um",
    negation: "kein/keine/keinen/keinerlei/keineswegs/ned/net/nicht/nie/niemals/nimmer/noch/ohne/weder",
    links: "absicht/akut/an/bin/daran/das/dass/den/denke/direkt/dran/einfach/gedanken/hab/habe/hatte/ich/mehr/mich/mir/mochte/moechte/um/vor/werde/will/wirklich/wollte/wuerde/wurde/zu",
    own: "ich/mein/meine/meinem/meinen/meiner/mich/mir",
    friends: "bruder/cousin/cousine/er/frau/freund/freundin/kind/kollege/kollegin/mama/mann/mitbewohner/mitbewohnerin/mutter/nachbar/nachbarin/oma/opa/papa/partner/partnerin/schwester/sie/sohn/tochter/vater",
    others: "alle/du/hund/ihr/jemand/jugendliche/katze/leute/man/menschen/niemand/patienten/personen/pflanze/viele/wir",
    fiction: "aus/das/dem/den/der/die/diesem/dieser/ein/eine/einem/einen/einer/im/in/mein/meinem/meinen/meiner/vom/von anime/artikel/aufsatz/buch/doku/drehbuch/film/folge/gedicht/geschichte/kapitel/krimi/lektion/lied/minecraft/nachrichten/oper/referat/roman*/serie/song/spiel/stuck/studie/stueck/szene/tatort/theaterstuck/videospiel, roman, liedtext*, songtext*, lyrics, zitat, ubersetz*, uebersetz*, rollenspiel, hauptfigur*, protagonist*, figur, heldin, held, goethe/hamlet/werther, artikel/praevention/pravention/referat/statistik/studie, was bedeutet/heisst, wie sagt man, linux/prozess/server, minecraft",
    recovery: "uberlebt/ueberlebt, dankbar/froh/glucklich/gluecklich dass ich, geht es mir besser, wieder gut, genesen",
    past: "damals/frueher/fruher, vor _ jahren/jahrzehnten, als jugendlich*, als ich _ war, als kind/teenager, in meiner jugend",
    now: "aktuell/erneut/gerade/heute/wieder/zuruck/zurueck",
    quoting_oneself: "ich dachte/denke/hab/habe/hoere/hore/sage/sagte, mein/meine/meinem gedanken/kopf/stimme, denke immer/oft/standig",
    ..NONE
};

pub(super) const DUTCH: Vocabulary = Vocabulary {
    language: "nl",
    sets: &[
        (
            "W",
            "ga/hoop/klaar/liefst/liever/mag/moet/wens/wenste/wil/wilde/willen/wilt/wou/zou",
        ),
        ("Z", "suicid*/zelfdoding*/zelfmoord*/zelfmoort"),
        (
            "T",
            "medicatie/medicijnen/paracetamol/pijnstillers/pil/pillen/slaapmiddelen/slaappillen/slaaptabletten/tabletten",
        ),
        ("M", "me/mezelf/mezelve/mij/mijn/mijzelf/mn"),
    ],
    fillers: "al/alleen/constant/dan/echt/eigenlijk/eindelijk/er/even/gewoon/graag/heel/het/ik/liefst/maar/morgen/nog/nu/ook/soms/steeds/straks/toch/uh/vanavond/vandaag/wel/zo",
    crisis: "W _ $/dood/doodgaan/overlijden/sterven gaan?/was?/zijn?, W dood, dood wil/wilde/wou/zijn, was ik maar? dood, dat ik dood was, W nie/niet/nooit meer bestaan/doorgaan/hier/leven/verder/wakker, niet/nooit meer? bestaan/leven hoef/kan/wil/wou, niet meer leven, niet/nooit meer wakker worden, nooit wakker worden, geen doel/nut/reden/zin meer? in/om/van het? leven/te, geen doel/reden/zin meer om te leven, leven heb/heeft geen doel/nut/zin, leven is niet/waardeloos/zinloos, leven niet waard, levensmoe, klaar met het/leven/mijn leven?, leven beu/moe/zat, \
        Z doen/gedachten/overweeg/pleeg/plegen/te, suicidaal/suicidale/suicidegedachten/zelfmoordgedachten/zelfmoordneigingen, denk*/gedacht/nadenk*/plan/plannen aan/eraan/om/over/voor _ Z/dood/doodgaan, ik ben/voel suicidaal, pleeg/plegen Z, mijn Z, \
        M _ doden/doodschieten/kant/neerschieten/ombrengen/ophangen/pijn/snijden/verdrinken/vergiftigen/verhangen/vermoorden doen?/leven/maken?/van? beroven?, mezelf/mijzelf van het/kant kant/leven?, maak/maken me/mezelf van kant, dood/hang/verhang/vermoord me/mezelf/mijzelf op?, maak _ eind/einde aan, eind/einde _ aan alles/het/mijn/mn leven?, er _ eind/einde aan maak/maken/te, uit _ leven stappen, eruit stappen, stap* eruit/uit _ leven, einde maken, mijn/mn leven beeindigen/een/nemen, leven beeindigen, mezelf iets aan/aandoen, mezelf krassen/snijden/verwonden, \
        !beter af? zonder me/mij, !zonder mij _ af/beter/gelukkiger/makkelijker, beter af/als ik dood/er/niet/zonder, als ik er dood/niet ben/meer/was, niemand merkt/zal/zou als/het/me/mij ik/merken/missen, nooit geboren, voor altijd/eeuwig slapen/verdwijnen, W verdwijnen $, voor de/een auto/metro/trein, van de/een/het balkon/brug/dak/flat/gebouw af/spring/springen/te, polsen door/doorsnijden/snijden, afscheidsbrief*, makkelijkste/pijnloos*/snelste dood/manier/sterven om/te?, hoe kan/maak/pleeg ik/je _ Z/dood/einde/kant, hoeveel T _ dodelijk/dood/nodig/sterven, T/strop/touw gekocht/gespaard/klaar/opgespaard, laatste avond/dag/nacht van mijn/op aarde/leven, wil dat alles/het ophoudt/stopt/voorbij, ik wil niet meer $, wil er niet langer/meer zijn, er niet meer zijn, kras/snij/snijd mezelf/mijzelf, geen andere? oplossing/uitweg _ dood/sterven, enige oplossing/uitweg _ dood/sterven, me/mezelf/mijzelf op te hangen, mezelf/mijzelf te doden/verdrinken/vergiftigen/verhangen",
    act: "20/30/40/50/alle/doos/doosje/handvol/heel/hele/pot/potje/strip/teveel/veel _ T _ binnen/gegeten/genomen/gepakt/geslikt/ingenomen/op, alle T genomen/geslikt/ingenomen, overdosis genomen/geslikt/ingenomen/pillen, polsen doorgesneden/gesneden/opengesneden, sta*/zit aan/bij/op de/een/het afgrond/brug/dak/rails/rand/reling/spoor, strop/touw om mijn/mn hals/nek, mes/pistool in/op/tegen mijn/mn hoofd/keel/mond/polsen, al de/die/mijn T genomen/geslikt/ingenomen",
    emergency: "keel dik/gezwollen/zwelt, kan/krijg geen/niet ademen/lucht/meer, beroerte/hartaanval/hartinfarct, hij/man/vriend/zij heeft/met een? mes/pistool/wapen, dreigt/gaat me/mij _ doden/vermoorden, broer/buurman/ex/hij/iemand/man/moeder/vader/vriend/ze/zij/zoon wil me/mij _ doden/vermoorden, bel/bellen _ 112/ambulance, ademt niet",
    hints: "bijna/binnenkort/snel/straks klaar/over/voorbij, bedankt/dank voor alles, vaarwel, laatste bericht/keer/nacht, kan er/niet niet? meer/tegen, er niet lang/meer, als ik dood/er/weg, hoeveel T, dodelijke dosis, op de brug, geen uitweg, W verdwijnen/weg, weggegeven",
    distress: "alleen/depressie/depressief/eenzaam/hopeloos/kapot/leeg/nutteloos/ondraaglijk/pijn/uitzichtloos/verdrietig/waardeloos/wanhopig, hou/kan/trek het niet, haat alles/mezelf/mijn, niemand geeft/houdt/om, het spijt me, sorry iedereen/mama/papa, huil/huilen",
    friend: "broer/buurman/buurvrouw/collega/dochter/hij/iemand/kind/leerling/maat/mama/man/moeder/neef/nicht/papa/partner/vader/vriend/vriendin/vrouw/ze/zij/zoon/zus/zusje _ denkt/dreigt/gaat/heeft/probeerde/wil/wilde/wilt/wou/zegt/zei _ Z/dood/einde/leven/sterven/suicidaal/zich/zichzelf _ $/aan/doden/doen/gaan/kant/maken/meer/ophangen/plegen/snijden/verhangen, broer/dochter/hij/man/moeder/vader/vriend/vriendin/vrouw/ze/zij/zoon/zus heeft/is/voelt/wil _ Z/dood/suicidaal/suicidegedachten/zelfmoordgedachten, zichzelf _ doden/kant/ophangen/snijden/verhangen ?/maken/wil, zelfmoord wil plegen, hij/vriend/vriendin/ze/zij heeft _ T genomen/geslikt/ingenomen",
    calm: "lach me/mij dood/kapot, lach* dood, dood aan/van/voor de/het/mij/schaamte, ga* dood van, ga dood, sterf van/voor, sterven van, doodmoe/doodop, doodsbang, wil* liever dood dan, leven bij/in/met/van/zonder de/een/in/mijn, niet meer bij/in/met _ leven/wonen, mezelf pijn gedaan, gesneden aan/met/tijdens, dood gaan in/op, leven beteren, T bij/met/volgens/voor/zoals, wakker worden morgen/om/van/voor, wordt mijn dood, geen zin in/om het/te eten/gaan/koken/werk/werken, hartaanval van, lucht van _ lachen, dood wil in het spel, pijn doen aan, snij/snijd mezelf _ aan/bij/tijdens",
    negation: "geen/niemand/niet/nimmer/nooit/zonder",
    links: "aan/ben/dat/denk/direct/echt/ga/gedachten/heb/ik/me/meer/mezelf/mijn/om/over/plan/te/van/wil/zal/zou",
    own: "ik/me/mezelf/mij/mijn/mijzelf/mn",
    friends: "broer/buurman/buurvrouw/collega/dochter/hij/kind/mama/man/moeder/neef/nicht/oma/opa/papa/partner/vader/vriend/vriendin/vrouw/ze/zij/zoon/zus/zusje",
    others: "hond/iedereen/iemand/je/jij/jongeren/jullie/kat/men/mensen/niemand/patienten/plant/we/wij",
    fiction: "de/die/dit/een/het/in/mijn/over/uit/van aflevering/artikel/boek/documentaire/film/game/gedicht/hoofdstuk/lied/liedje/minecraft/nieuws/onderzoek/roman/scenario/scene/serie/spel/studie/toneelstuk/verhaal, songtekst*, lyrics, citaat, vertaal*, rollenspel, hoofdpersoon, personage, hamlet, artikel/onderzoek/preventie/statistiek*/studie, wat betekent, hoe zeg je, minecraft, proces",
    recovery: "overleefd, blij/dankbaar dat ik, gaat het beter/goed, hersteld",
    past: "vroeger, toen ik, jaren/maanden geleden, destijds, als kind/tiener",
    now: "nu/opnieuw/terug/vanavond/vandaag/weer",
    quoting_oneself: "ik dacht/denk/heb/hoor/zeg/zei, mijn gedachten/hoofd/stem",
    ..NONE
};

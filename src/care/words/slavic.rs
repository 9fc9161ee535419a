//! Polish, Russian and Ukrainian.

use super::{NONE, Vocabulary};

pub(super) const POLISH: Vocabulary = Vocabulary {
    language: "pl",
    sets: &[
        (
            "W",
            "chce/chcialbym/chcialabym/chcialem/chcialam/wole/wolalbym/wolalabym/pragne/marze/ochote/mysle/zeby/zebym/powinienem/powinnam/zamierzam/musze/chcem",
        ),
        ("S", "samoboj*/samobuj*/suicyd*"),
        (
            "T",
            "tabletki/tabletek/tabletke/pigulki/pigulek/leki/lekow/prochy/proszki/proszkow/nasenne/opakowanie/xanax/paracetamol/prochow",
        ),
        (
            "K",
            "zabic/zabije/zabijam/powiesic/powiesze/zastrzelic/zastrzele/utopic/utopie/otruc/otruje/zabicie/zabiciu/zabicia/zajebac/zajebie/zabijac/skrzywdzic/okaleczyc/okaleczac/okaleczam/tne/ciac/pociac/rzucic/rzuce/zabil/zabila",
        ),
    ],
    fillers: "juz/po/prostu/tylko/naprawde/bardzo/wiecej/dluzej/teraz/znowu/tak/tez/dzis/dzisiaj/wieczorem/jutro/w/koncu/czasem/czasami/ciagle/o/sie/no/jakos/ja/dalej/caly/czas/wlasnie/mnie/kurwa/zawsze",
    crisis: "W umrzec/umierac/zdechnac/smierci, W byc martwy/martwa, wolalbym/wolalabym nie zyc, W sie nie urodzic, nie chce/chcialbym/chcialabym/moge/potrafie/umiem/mam/chcem zyc/istniec/byc/sily/ochoty/obudzic/po zyc?, nie chce mi zyc, chce mi nie zyc, odechcialo mi zyc, nie chce obudzic, nie obudzic sie, nigdy sie nie? obudzic/urodzic, nie mam sily/sil/ochoty/powodu/powodow/po/checi/celu co? zeby/do/na/aby? zyc/zycia/zycie/$, nie mam po co zyc, nie ma sensu zyc/zycie, zycie nie ma sensu, zycie jest/stracilo? bez/bezsensu/sens sensu, zycie stracilo sens, nie widze sensu/celu/powodu zycia/w/zeby/zyc zyciu?/zyc?, nie warto zyc, zmeczony/zmeczona zyciem, mam dosc zycia/zyc, dosc zycia, \
        K sie, sie K, ze sie K, targnac sie na, odebrac/odbiore/odbieram sobie zycie, zycie sobie odebrac/odbiore, skonczyc/koncze/skoncze z/ze tym/soba/zyciem/tego/swoim/moim zyciem?, z/ze soba/zyciem skonczyc/skoncze, zakonczyc swoje?/to?/moje? zycie/cierpienie/to/wszystko, skonczyc z soba, mysli/mysl/mam/tendencje/sklonnosci S mysli?, mysle/myslalem/myslalam/mysl/mysli/planuje/plan/rozwazam/popelnic/popelnie/proba/zamiar _ S, jestem S, moje/mojego/moim S, S to _ jedyne/wyjscie/rozwiazanie, zrobic/zrobie/robie cos?/krzywde? sobie krzywde/cos, zrobic sobie cos/krzywde, sobie krzywde, podciac/podetne/ciac/podciecie sobie? zyly, \
        !beze mnie _ lepiej/szczesliwsi/latwiej, !lepiej beze mnie, lepiej gdybym/jak/jakbym/zebym _ nie/umarl/umarla/zniknal/zniknela/istnial/istniala/zyl/zyla, gdybym umarl/umarla/zniknal/zniknela nikt/_, nikt _ zauwazy/zauwazylby/tesknil/teskni/plakal gdybym?, zasnac i sie? nigdy/nie, zniknac na/z zawsze/tego/swiata/powierzchni, W zniknac $, skoczyc/skocze/rzucic/rzuce z/pod/przez sie? mostu/pociag/dachu/okna/okno/balkonu/tory/metro/wiezowca/tramwaj, rzucic/rzuce sie pod/z, pod pociag, jak _ zabic/popelnic/umrzec bezbolesnie/szybko/sie/S/$, bezbolesna/bezbolesnie smierc/umrzec/zabic, ile T _ umrzec/zabic/smiertelna, list pozegnalny, listy pozegnalne, pozegnalny list, sznur/lina/petla/T gotowe/gotowy/gotowa/kupilem/kupilam/kupiony, zegnaj na zawsze, zegnaj swiecie, ostatni/ostatnia dzien/noc mojego/w zycia?, chce zeby/by/aby to/wszystko sie skonczylo, nie bedzie mnie jutro, nie _ innego/zadnego wyjscia/rozwiazania _ smierc/smierci/umrzec, jedyne/jedynym wyjscie/wyjsciem/rozwiazanie _ smierc/umrzec, skoczeniu/skoku z mostu/dachu/okna/wiezowca",
    act: "polknelam/polknalem/wzielam/wzialem/zazylam/zazylem/lyknelam/lyknalem/zjadlam/zjadlem/wypilam/polknolem/nalykalem/nalykalam/najadlem/najadlam wszystkie/cale/cala/caly/duzo/garsc/opakowanie/za/20/30/40/50/sie/wszystko/mnostwo _ T, przedawkowalem/przedawkowalam, podcielam/podcialem sobie? zyly, stoje/siedze/jestem na/przy/nad _ krawedzi/dachu/moscie/torach/barierce/parapecie, petla/sznur/lina na/wokol _ szyi, pistolet/noz/bron przy/na/w/do _ glowy/glowie/gardle/skroni/ustach, wypilem/wypilam wybielacz/trucizne/domestos",
    emergency: "gardlo mi/puchnie puchnie, puchnie mi gardlo, nie moge oddychac, nie moge zlapac oddechu/tchu, zawal/udar mam/serca, on/ona/maz/chlopak/ojciec ma noz/pistolet/bron, chce/grozi mnie/mi/ze zabic/zabije, wezwij/potrzebuje karetke/karetki, nie oddycha",
    hints: "niedlugo/wkrotce/zaraz/bedzie po/sie wszystkim/skonczy, dziekuje/dzieki za wszystko, zegnaj/zegnajcie, ostatni raz, nie dam/daje rady, jak/kiedy mnie nie/zabraknie bedzie?, powiedz/powiedzcie _ kocham, ile T, smiertelna dawka, na moscie, nie ma wyjscia, W zniknac, rozdalem/rozdalam/rozdaje wszystkie/swoje/wszystko",
    distress: "beznadziejna/beznadziejny/beznadziejnie/samotny/samotna/sam/sama/smutno/smutny/smutna/depresja/depresje/pusty/pusta/pustke/bezwartosciowy/bezwartosciowa/cierpie/cierpienie/bol/boli/rozpacz/placze/ciezarem/zalamany/zalamana, nie daje rady, nie dam rady, nienawidze siebie/swojego/zycia/sie, nikt mnie nie, mam dosc, przepraszam mamo/was/za",
    friend: "przyjaciel/przyjaciolka/kolega/kolezanka/brat/siostra/syn/corka/matka/ojciec/mama/tata/maz/zona/chlopak/dziewczyna/on/ona/kuzyn/kuzynka/sasiad/sasiadka/uczen/ktos/kumpel/partner _ chce/chcial/chciala/mysli/mowi/powiedzial/powiedziala/grozi/probuje/probowal/probowala/planuje/ma _ zabic/zabije/umrzec/S/zyc/zycie/zabiciu/powiesic/krzywde/mysli, chce/chcial/chciala sie zabic/powiesic, popelnic S, nie chce zyc, on/ona/siostra/brat/przyjaciolka/przyjaciel polknal/polknela/wzial/wziela _ T, tnie sie",
    calm: "umieram/umre/umrzec/umarlem/umarlam/padam z/ze/od smiechu/glodu/nudow/nudy/wstydu/ciekawosci/goraca/strachu/zmeczenia/pragnienia/starosci, zabija mnie, zabic czas, zabilbym/zabilabym za, smiertelnie zmeczony/zmeczona/powazny, wolalbym/wole/wolalabym umrzec niz, zyc w/z/tutaj/bez/na/sam/sama/tam w?/z?/bez?, zabic sie ze smiechu, zabije sie na/o, S squad, legion S, profilaktyka, tne wlosy/cebule, ciac wlosy, rzucic sie na/w/do, rzuce sie na/w, rzucic palenie, obudzic wczesnie/o/jutro/przed, obudzic sie wczesnie/o/przed, zniknac z internetu/facebooka, T zgodnie/po/jak/z/rano, mam dosc zycia w/na, oddychac ze smiechu, zawalu dostalem/dostane/dostalam",
    negation: "nie/nigdy/zaden/zadnych/bez/ani/wcale",
    links: "chce/sie/zamierzam/mysle/mam/o/mysli/zabic/planuje/juz/zamiaru/ja/ze/chcialem/chcialam/bym/nigdy/zadnych/jestem/ochoty",
    own: "ja/mnie/mi/moj/moja/moje",
    friends: "przyjaciel/przyjaciolka/kolega/kolezanka/brat/siostra/syn/corka/matka/ojciec/mama/tata/maz/zona/chlopak/dziewczyna/on/ona/kuzyn/kuzynka/sasiad/sasiadka/kumpel",
    others: "ty/ludzie/ktos/nikt/my/oni/one/wszyscy/mlodzi/pacjenci/bohater/bohaterka/pies/kot/czlowiek",
    fiction: "w/z/ten/ta/film/moja/moj/moim/mojej/tej/tym/pisze/ten/czytam/ogladam filmie/filmu/ksiazce/ksiazki/ksiazke/piosence/piosenki/serialu/powiesci/powiesc/opowiadaniu/opowiadanie/grze/gry/wierszu/odcinku/sztuce/scenie/artykule/artykul/badaniu/badanie/minecraft/film/scenariusz, tekst/slowa piosenki, przetlumacz, tlumaczenie, bohater/bohaterka/postac, cytat, co znaczy, jak powiedziec/sie mowi?, profilaktyka/zapobieganie/statystyki, hamlet, minecraft, proces",
    recovery: "przezylem/przezylam, ciesze sie ze, jest/czuje juz? lepiej, wyzdrowialem/wyzdrowialam",
    past: "kiedys, lat/lata temu, rok temu, w przeszlosci, jako nastolatek/nastolatka/dziecko, kiedy bylem/bylam/mialem/mialam, gdy bylem/bylam",
    now: "znowu/znow/dzis/dzisiaj/ostatnio/wrocily/wrocilo/wracaja/teraz",
    quoting_oneself: "mysle/mowie/powtarzam/slysze, moja glowa, mojej glowie, w glowie",
    ..NONE
};

pub(super) const RUSSIAN: Vocabulary = Vocabulary {
    language: "ru",
    sets: &[
        (
            "W",
            "хочу/хочется/хотел/хотела/хотелось/мечтаю/лучше/желаю/хотелбы/хачу/собираюсь/решил/решила/надо/пора/готов/готова/предпочел/предпочла/должен/должна",
        ),
        ("S", "самоубий*/суицид*/самаубий*/роскомнадзор*/самоубиться"),
        (
            "T",
            "таблетки/таблеток/таблетку/таблетками/снотворное/снотворного/снотворных/лекарства/лекарств/препараты/препаратов/колеса/пачку/пачка/упаковку/антидепрессанты/антидепрессантов/феназепам/феназепама",
        ),
        (
            "K",
            "убить/повесить/застрелить/утопить/убью/убивать/убил/убила/повешу/застрелю/отравить/отравлю/зарезать/зарежу/убъю/порезать/режу/резать/уничтожить/убиваю/прикончить",
        ),
        (
            "R",
            "повеситься/повешусь/застрелиться/застрелюсь/утопиться/утоплюсь/отравиться/отравлюсь/самоубиться/самоубьюсь/убиться/убьюсь/удавиться/удавлюсь/выпилиться/выпилюсь/порезаться/вскрыться/вскроюсь/покалечиться/режусь/порежусь",
        ),
    ],
    fillers: "просто/уже/очень/действительно/правда/только/больше/сейчас/так/тоже/сегодня/ночью/вечером/завтра/наконец/иногда/постоянно/снова/опять/честно/всегда/бы/блять/я/реально/скоро/все/же/чтобы/мне/ну/эм/вообще",
    crisis: "W умереть/сдохнуть/умирать/подохнуть/смерти/помереть/умиреть, W быть мертвым/мертвой, умереть хочу/хочется/хотела/хотел, сдохнуть хочу/хочется, W не быть/жить/просыпаться/проснуться/рождаться, не хочу/хочется/могу/хотел/хотела/хачу/буду/желаю жить/существовать/просыпаться/проснуться/быть, жить не хочу/хочется/могу/хочу/буду/хотела/хотел, не вижу/знаю/нет/имеет/осталось смысла/смысл/причин/зачем/причины жить/в/дальше/жизни жизни?/жить?, нет смысла/причин/желания/сил жить/в/дальше/для жизни?/жить?, жизнь не имеет смысла/стоит, жизнь потеряла смысл, жизнь бессмысленна/бессмыслена, незачем/зачем жить $, незачем жить, нет смысла в жизни, не стоит жить, устал/устала жить/от жизни?, устал/устала от жизни, надоело жить, надоела жизнь, нет сил/желания жить, сил нет жить, \
        покончить/покончу/кончать/закончить/кончу/покончила/покончил с собой/жизнью/этим/своей жизнью?, с собой покончить/покончу, жизнь самоубийством, жизнь свою закончить, лишить/лишу себя жизни, лишить/лишу себя, K себя/сибя, себя K, R, свести счеты с, свести счеты, наложить/наложу на себя руки, руки на себя, уйти из жизни/этого, ухожу из жизни, закончить/прекратить свою? жизнь/страдания/все/это свою?/жизнь?, закончить все это, с крыши/моста/балкона/окна/этажа прыгнуть/спрыгнуть/сброситься/прыгну/спрыгну/выброситься, прыгнуть/спрыгнуть/сброситься/прыгну/спрыгну/выброситься/брошусь/броситься/шагнуть/выйти/выпрыгнуть/лечь с/из/под/в крыши/моста/балкона/окна/поезд/машину/окно/метро/электричку/рельсы/высотки/этажа, вскрыть/вскрою/порезать/резать себе? вены/вены, вены вскрыть/вскрою/порезать, \
        мысли/думаю/думал/думала/мыслях/планирую/совершить/задумываюсь/попытка/размышляю/хочу _ S/смерти, суицидальные мысли, мысли о смерти, суицидальн*, склонна/склонен к суициду, S это/единственный _ выход/единственный, мой/мое S, !без меня _ лучше/легче/счастливее/проще, !лучше/легче _ без меня, лучше умереть/смерть/сдохнуть/если/бы _ не/меня/умру/умер/умерла/было/$, лучше бы я/меня _ умер/умерла/не/умереть/сдох/сдохла, если я/меня умру/умер/умерла/исчезну/не никто/_, никто не заметит/будет/расстроится, не просыпаться/проснуться никогда/завтра/утром/больше/$, уснуть/заснуть и никогда/не/больше, уснуть навсегда, исчезнуть навсегда/из/с, W исчезнуть $, никогда не рождаться/родиться, не рождался/рождалась/родился/родилась, \
        причинить/причиняю/сделать себе вред/боль/больно, себе больно/вред, наношу себе, селфхарм*, как безболезненно/легко/быстро/проще/лучше умереть/убить/покончить/S, как убить себя, как умереть безболезненно/быстро/без/$, как совершить S, сколько T _ умереть/смертельн*/чтобы, сколько нужно T, способ* умереть/S/покончить/убить, предсмертн*, прощальн* письмо/записк*/записка/письма, веревка/петля/T готова/готовы/купил/купила/приготовил/приготовила, купил/купила веревку, прощайте навсегда, прощай жестокий/навсегда, последний/последняя день/ночь в/моей жизни?, меня завтра/скоро не будет, меня больше не будет, хочу чтобы все/это закончилось/прекратилось, сделать роскомнадзор, не/нет _ другого/иного/никакого выхода _ смерти/смерть/умереть, единственный выход _ смерть/умереть, часть меня _ хочет/хотела умереть/сдохнуть",
    act: "выпил/выпила/наглоталась/наглотался/проглотил/проглотила/съел/съела/приняла/принял/наелась/наелся/напилась/напился/глотаю/пью все/всю/целую/много/пачку/горсть/весь/кучу/20/30/40/50/упаковку/флакон _ T, наглоталась/наглотался/напилась/напился T, T выпил/выпила/проглотил/проглотила, передозировк*/передоз, вскрыл/вскрыла/порезал/порезала/перерезал/перерезала себе? вены, вены порезал/порезала/вскрыл/вскрыла, стою/сижу/я на/у _ краю/крыше/мосту/подоконнике/рельсах/путях/карнизе/парапете, петля/веревка на/вокруг _ шее/шеи, пистолет/нож/ствол у/к/во/в приставил/приставила виска/голове/горла/рту/руках/виску, выпил/выпила хлорку/яд/уксус/отраву, выпил/выпила/принял/приняла/проглотил/проглотила/съел/съела слишком много T",
    emergency: "горло отекает/опухает/опухло/сдавило/распухло, не могу дышать, задыхаюсь, инфаркт/инсульт у/сердечный, у меня инфаркт/инсульт, у него/нее нож/пистолет, хочет/угрожает/собирается меня убить, убьет меня $, вызовите/вызови/нужна скорую/скорая, не дышит, отекает/отекло/опухает/опухло/распухло/сдавило горло",
    hints: "скоро все/это закончится/кончится/конец, все скоро закончится, спасибо за все, прощай/прощайте, последний раз, больше не могу, не могу больше, когда меня не/нестанет, скажите/скажи/передайте _ люблю, сколько T, смертельная доза, на мосту, нет выхода, W исчезнуть, раздал/раздала/раздаю все/свои/вещи",
    distress: "безнадежно/безнадега/одиноко/одинок/одинока/грустно/депрессия/депрессии/депрессию/пусто/пустота/никчемный/никчемная/больно/боль/страдаю/невыносимо/плачу/ненавижу/отчаяние/обуза/сломлен/сломлена/одна/один, не могу больше, больше не могу, никому не нужен/нужна, никто меня не, простите/прости меня/мама, нет сил, нет надежды",
    friend: "друг/подруга/брат/сестра/сын/дочь/дочка/мать/отец/мама/папа/муж/жена/парень/девушка/он/она/коллега/сосед/соседка/одноклассник/одноклассница/знакомый/знакомая/ученик/племянник/племянница/ребенок _ хочет/хотел/хотела/думает/говорит/сказал/сказала/угрожает/пытается/пытался/пыталась/собирается/планирует/написал/написала/мысли _ умереть/покончить/S/жить/убить/повеситься/сдохнуть/собой/R/суициде/самоубийстве/себя, не хочет жить, он/она/подруга/друг/сестра/брат выпил/выпила/наглотался/наглоталась _ T, режет себя/вены, склонен/склонна к, у подруги/друга/брата/сестры/него/нее/сына/дочери суицидальные мысли?",
    calm: "умираю/умереть/умру/умер/умерла/сдохнуть/сдохну/помираю/помру/подохнуть от/со/с смеха/смеху/голоду/голода/скуки/стыда/любопытства/жары/холода/страха/старости/жажды/усталости, убивает меня, меня убивает, убить время, убил/убила бы за, смертельно устал/устала, лучше умру чем, лучше умереть чем, жить в/с/на/здесь/тут/без/там/по/вместе/дальше, жить не хочу в/с, убиться об, отряд S, профилактик*, режу лук/хлеб/салат, порезать хлеб/салат/колбасу/овощи, убью себя за/если, просыпаться рано/в/утром, проснуться рано/в/завтра/раньше, исчезнуть из соцсетей, T по/как/от/после/утром, порезался/порезалась когда/ножом/бритвой, порезаться бритвой/ножом, дышать от смеха, чуть не, едва не, инфаркт получу/получил/получила",
    negation: "не/никогда/без/ни/вовсе/нет",
    links: "хочу/собираюсь/думаю/планирую/о/я/себя/буду/стал/стала/бы/мыслей/про/хотел/хотела/что/совершать/пытаюсь/намерен/намерена/мысли/желания/уже/никогда/не",
    own: "я/мне/меня/мой/моя/мою/мои/хочу",
    friends: "друг/подруга/брат/сестра/сын/дочь/дочка/мать/отец/мама/папа/муж/жена/парень/девушка/он/она/коллега/сосед/соседка/одноклассник/одноклассница",
    others: "ты/вы/люди/кто/никто/мы/они/все/подростки/пациенты/герой/героиня/персонаж/собака/кошка/человек/ктото",
    fiction: "в/из/этот/этой/моем/моей/пишу/читаю/смотрю/смотрел/смотрела/эта/мой/про/о фильме/фильма/книге/книги/книгу/песне/песни/песня/сериале/романе/роман/рассказе/рассказ/игре/игры/стихе/стихотворении/серии/пьесе/сцене/статье/статья/статью/исследовании/майнкрафте/фильм/сценарий, текст песни, переведи, перевод, герой/героиня/персонаж/героя, цитата, что значит, как сказать, как переводится, профилактика/статистика/исследование, гамлет/анна каренина/каренина?, майнкрафт*, процесс",
    recovery: "выжил/выжила, рад/рада/счастлив/счастлива что/теперь, мне лучше, стало лучше, вылечился/вылечилась",
    past: "раньше, лет/года/месяцев назад, год назад, в прошлом, когда мне было, когда я был/была, в детстве/юности, подростком",
    now: "опять/снова/сегодня/вернулись/вернулось/недавно/теперь хочу",
    quoting_oneself: "думаю/говорю/повторяю/слышу, моя голова, в голове, моей голове",
    ..NONE
};

pub(super) const UKRAINIAN: Vocabulary = Vocabulary {
    language: "uk",
    sets: &[
        (
            "W",
            "хочу/хочеться/хотів/хотіла/мрію/бажаю/краще/збираюся/хтів/хтіла/вирішив/вирішила",
        ),
        ("S", "самогуб*/суїцид*/суицид*"),
        (
            "T",
            "таблетки/таблеток/снодійне/ліки/ліків/пігулки/пігулок/снодійного",
        ),
    ],
    fillers: "просто/вже/дуже/справді/тільки/більше/зараз/так/сьогодні/нарешті/іноді/постійно/знову/я/б/би/завтра/собі",
    crisis: "W померти/здохнути/вмерти/помирати/вмирати/смерті, померти хочу, не хочу/хочеться/можу жити/існувати/прокидатися/прокинутися/бути, жити не хочу/хочеться, немає сенсу/причин/бажання жити/в/життя життя?/житті?, не бачу сенсу жити/в, життя не має сенсу, втомився/втомилася/втомилась жити/від життя?, покінчити/покінчу/закінчити з собою/життям, накласти/накладу на себе руки, вкоротити/вкорочу собі? віку, вбити/убити/повісити/вбю/убю/застрелити/поранити/порізати себе, повіситися/повішуся/повіситись/застрелитися/отруїтися/втопитися, позбавити себе життя, думаю/думки/думав/думала/планую/вчинити/скоїти/намір _ S/смерть/самогубство, суїцидальн*, !без мене _ краще/легше, !краще _ без мене, стрибнути/стрибну/кинутися/кинуся/вистрибнути з/під/із мосту/моста/даху/вікна/балкона/поїзд/потяг, різати/поріжу/вскрити вени, зникнути назавжди, заснути і не/ніколи, передсмертн*, прощальн* лист/записка, як безболісно померти, скільки T _ померти/вбити, не/немає _ іншого виходу _ смерті/смерть/померти, єдиний вихід _ смерть/померти, частина мене _ хоче померти/вмерти, краще б я _ помер/померла/вмер/вмерла",
    act: "випив/випила/наковтався/наковталася/проковтнув/проковтнула/зїв/зїла всі/усі/багато/цілу/пачку/купу/жменю _ T, наковтався/наковталася/наковталась T, порізав/порізала/перерізав/перерізала вени/собі вени?, стою/сиджу на/біля краю/даху/мосту/рейках/підвіконні, випив/випила/прийняв/прийняла/проковтнув/проковтнула забагато/надто/занадто багато? T",
    hints: "скоро все/усе закінчиться/скінчиться, дякую за все, прощавай/прощавайте, більше не можу",
    distress: "безнадійно/самотньо/самотній/самотня/сумно/депресія/порожньо/боляче/біль/нестерпно/плачу/ненавиджу, більше не можу, нікому не",
    friend: "друг/подруга/брат/сестра/син/донька/мама/тато/чоловік/дружина/хлопець/дівчина/він/вона/колега _ хоче/хотів/хотіла/думає/каже/сказав/сказала/погрожує/намагається/збирається _ померти/покінчити/S/жити/вбити/повіситися/самогубство/собою/себе, не хоче жити",
    calm: "помираю/вмираю/померти/помру/вмерти/здохну від/зі/з сміху/голоду/нудьги/сорому/цікавості/спеки, вбиває мене, вбити час, жити в/з/на/тут/без/у, загін S, профілактик*",
    negation: "не/ніколи/без/ні",
    links: "хочу/збираюся/думаю/планую/про/я/себе/буду/би/думок/хотів/хотіла/покінчити/з",
    own: "я/мені/мене/мій/моя/хочу",
    friends: "друг/подруга/брат/сестра/син/донька/мама/тато/чоловік/дружина/хлопець/дівчина/він/вона/колега",
    others: "ти/ви/люди/хтось/ніхто/ми/вони/герой/героїня/персонаж",
    fiction: "у/в/з/цей/моєму/моїй/пишу/читаю фільмі/книзі/пісні/серіалі/романі/оповіданні/грі/вірші/роман/статті/дослідженні, переклади, персонаж, що означає, профілактика",
    recovery: "вижив/вижила",
    past: "раніше/колись, років/роки тому, рік тому, коли я був/була, коли мені було",
    now: "знову/сьогодні/повернулися/повернулись",
    quoting_oneself: "думаю/кажу/повторюю, у голові",
    emergency: "горло набрякає/набрякло/опухає/опухло, набрякає/набрякло/опухає/опухло горло, не можу дихати, задихаюсь, задихаюся, у мене інфаркт/інсульт, у нього/неї ніж/пістолет, хоче/погрожує мене вбити, викличте/виклич/потрібна швидку/швидка, не дихає",
    ..NONE
};

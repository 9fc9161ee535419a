//! Polish, Russian and Ukrainian.

use super::vocabulary::{NONE, Vocabulary};

pub(super) const POLISH: Vocabulary = Vocabulary {
    language: "pl",
    sets: &[
        (
            "W",
            "chce/chcem/chcialabym/chcialam/chcialbym/chcialem/marze/musze/mysle/ochote/powinienem/powinnam/pragne/wolalabym/wolalbym/wole/zamierzam/zeby/zebym",
        ),
        ("S", "samoboj*/samobuj*/suicyd*"),
        (
            "T",
            "leki/lekow/nasenne/opakowanie/paracetamol/pigulek/pigulki/prochow/prochy/proszki/proszkow/tabletek/tabletke/tabletki/xanax",
        ),
        (
            "K",
            "ciac/okaleczac/okaleczam/okaleczyc/otruc/otruje/pociac/powiesic/powiesze/rzuce/rzucic/skrzywdzic/tne/utopic/utopie/zabic/zabicia/zabicie/zabiciu/zabijac/zabijam/zabije/zabil/zabila/zajebac/zajebie/zastrzele/zastrzelic",
        ),
    ],
    fillers: "bardzo/caly/ciagle/czas/czasami/czasem/dalej/dluzej/dzis/dzisiaj/ja/jakos/jutro/juz/koncu/kurwa/mnie/naprawde/no/o/po/prostu/sie/tak/teraz/tez/tylko/w/wiecej/wieczorem/wlasnie/zawsze/znowu",
    crisis: "W smierci/umierac/umrzec/zdechnac, W byc martwa/martwy, wolalabym/wolalbym nie zyc, W sie nie urodzic, nie chce/chcem/chcialabym/chcialbym/mam/moge/potrafie/umiem byc/istniec/obudzic/ochoty/po/sily/zyc zyc?, nie chce mi zyc, chce mi nie zyc, odechcialo mi zyc, nie chce obudzic, nie obudzic sie, nigdy sie nie? obudzic/urodzic, nie mam celu/checi/ochoty/po/powodow/powodu/sil/sily co? aby?/do/na/zeby $/zyc/zycia/zycie, nie mam po co zyc, nie ma sensu zyc/zycie, zycie nie ma sensu, zycie jest/stracilo? bez/bezsensu/sens sensu, zycie stracilo sens, nie widze celu/powodu/sensu w/zeby/zyc/zycia zyc?/zyciu?, nie warto zyc, zmeczona/zmeczony zyciem, mam dosc zyc/zycia, dosc zycia, \
        K sie, sie K, ze sie K, targnac sie na, odbieram/odbiore/odebrac sobie zycie, zycie sobie odbiore/odebrac, koncze/skoncze/skonczyc z/ze moim/soba/swoim/tego/tym/zyciem zyciem?, z/ze soba/zyciem skoncze/skonczyc, zakonczyc moje?/swoje?/to? cierpienie/to/wszystko/zycie, skonczyc z soba, mam/mysl/mysli/sklonnosci/tendencje S mysli?, mysl/myslalam/myslalem/mysle/mysli/plan/planuje/popelnic/popelnie/proba/rozwazam/zamiar _ S, jestem S, moim/moje/mojego S, S to _ jedyne/rozwiazanie/wyjscie, robie/zrobic/zrobie cos?/krzywde? sobie cos/krzywde, zrobic sobie cos/krzywde, sobie krzywde, ciac/podciac/podciecie/podetne sobie? zyly, \
        !beze mnie _ latwiej/lepiej/szczesliwsi, !lepiej beze mnie, lepiej gdybym/jak/jakbym/zebym _ istnial/istniala/nie/umarl/umarla/zniknal/zniknela/zyl/zyla, gdybym umarl/umarla/zniknal/zniknela _/nikt, nikt _ plakal/teskni/tesknil/zauwazy/zauwazylby gdybym?, zasnac i sie? nie/nigdy, zniknac na/z powierzchni/swiata/tego/zawsze, W zniknac $, rzuce/rzucic/skocze/skoczyc pod/przez/z sie? balkonu/dachu/metro/mostu/okna/okno/pociag/tory/tramwaj/wiezowca, rzuce/rzucic sie pod/z, pod pociag, jak _ popelnic/umrzec/zabic $/S/bezbolesnie/sie/szybko, bezbolesna/bezbolesnie smierc/umrzec/zabic, ile T _ smiertelna/umrzec/zabic, list pozegnalny, listy pozegnalne, pozegnalny list, T/lina/petla/sznur gotowa/gotowe/gotowy/kupilam/kupilem/kupiony, zegnaj na zawsze, zegnaj swiecie, ostatni/ostatnia dzien/noc mojego/w zycia?, chce aby/by/zeby to/wszystko sie skonczylo, nie bedzie mnie jutro, nie _ innego/zadnego rozwiazania/wyjscia _ smierc/smierci/umrzec, jedyne/jedynym rozwiazanie/wyjscie/wyjsciem _ smierc/umrzec, skoczeniu/skoku z dachu/mostu/okna/wiezowca",
    act: "lyknalem/lyknelam/najadlam/najadlem/nalykalam/nalykalem/polknalem/polknelam/polknolem/wypilam/wzialem/wzielam/zazylam/zazylem/zjadlam/zjadlem 20/30/40/50/cala/cale/caly/duzo/garsc/mnostwo/opakowanie/sie/wszystkie/wszystko/za _ T, przedawkowalam/przedawkowalem, podcialem/podcielam sobie? zyly, jestem/siedze/stoje na/nad/przy _ barierce/dachu/krawedzi/moscie/parapecie/torach, lina/petla/sznur na/wokol _ szyi, bron/noz/pistolet do/na/przy/w _ gardle/glowie/glowy/skroni/ustach, wypilam/wypilem domestos/trucizne/wybielacz",
    emergency: "gardlo mi/puchnie puchnie, puchnie mi gardlo, nie moge oddychac, nie moge zlapac oddechu/tchu, udar/zawal mam/serca, chlopak/maz/ojciec/on/ona ma bron/noz/pistolet, chce/grozi mi/mnie/ze zabic/zabije, potrzebuje/wezwij karetke/karetki, nie oddycha",
    hints: "bedzie/niedlugo/wkrotce/zaraz po/sie skonczy/wszystkim, dzieki/dziekuje za wszystko, zegnaj/zegnajcie, ostatni raz, nie daje/dam rady, jak/kiedy mnie nie/zabraknie bedzie?, powiedz/powiedzcie _ kocham, ile T, smiertelna dawka, na moscie, nie ma wyjscia, W zniknac, rozdaje/rozdalam/rozdalem swoje/wszystkie/wszystko",
    distress: "beznadziejna/beznadziejnie/beznadziejny/bezwartosciowa/bezwartosciowy/bol/boli/cierpie/cierpienie/ciezarem/depresja/depresje/placze/pusta/pustke/pusty/rozpacz/sam/sama/samotna/samotny/smutna/smutno/smutny/zalamana/zalamany, nie daje rady, nie dam rady, nienawidze sie/siebie/swojego/zycia, nikt mnie nie, mam dosc, przepraszam mamo/was/za",
    friend: "brat/chlopak/corka/dziewczyna/kolega/kolezanka/ktos/kumpel/kuzyn/kuzynka/mama/matka/maz/ojciec/on/ona/partner/przyjaciel/przyjaciolka/sasiad/sasiadka/siostra/syn/tata/uczen/zona _ chce/chcial/chciala/grozi/ma/mowi/mysli/planuje/powiedzial/powiedziala/probowal/probowala/probuje _ S/krzywde/mysli/powiesic/umrzec/zabic/zabiciu/zabije/zyc/zycie, chce/chcial/chciala sie powiesic/zabic, popelnic S, nie chce zyc, brat/on/ona/przyjaciel/przyjaciolka/siostra polknal/polknela/wzial/wziela _ T, tnie sie",
    calm: "padam/umarlam/umarlem/umieram/umre/umrzec od/z/ze ciekawosci/glodu/goraca/nudow/nudy/pragnienia/smiechu/starosci/strachu/wstydu/zmeczenia, zabija mnie, zabic czas, zabilabym/zabilbym za, smiertelnie powazny/zmeczona/zmeczony, wolalabym/wolalbym/wole umrzec niz, zyc bez/na/sam/sama/tam/tutaj/w/z bez?/w?/z?, zabic sie ze smiechu, zabije sie na/o, S squad, legion S, profilaktyka, tne cebule/wlosy, ciac wlosy, rzucic sie do/na/w, rzuce sie na/w, rzucic palenie, obudzic jutro/o/przed/wczesnie, obudzic sie o/przed/wczesnie, zniknac z facebooka/internetu, T jak/po/rano/z/zgodnie, mam dosc zycia na/w, oddychac ze smiechu, zawalu dostalam/dostalem/dostane",
    negation: "ani/bez/nie/nigdy/wcale/zaden/zadnych",
    links: "bym/chce/chcialam/chcialem/ja/jestem/juz/mam/mysle/mysli/nigdy/o/ochoty/planuje/sie/zabic/zadnych/zamiaru/zamierzam/ze",
    own: "ja/mi/mnie/moj/moja/moje",
    friends: "brat/chlopak/corka/dziewczyna/kolega/kolezanka/kumpel/kuzyn/kuzynka/mama/matka/maz/ojciec/on/ona/przyjaciel/przyjaciolka/sasiad/sasiadka/siostra/syn/tata/zona",
    others: "bohater/bohaterka/czlowiek/kot/ktos/ludzie/mlodzi/my/nikt/one/oni/pacjenci/pies/ty/wszyscy",
    fiction: "czytam/film/moim/moj/moja/mojej/ogladam/pisze/ta/tej/ten/tym/w/z artykul/artykule/badanie/badaniu/film/filmie/filmu/gry/grze/ksiazce/ksiazke/ksiazki/minecraft/odcinku/opowiadanie/opowiadaniu/piosence/piosenki/powiesc/powiesci/scenariusz/scenie/serialu/sztuce/wierszu, slowa/tekst piosenki, przetlumacz, tlumaczenie, bohater/bohaterka/postac, cytat, co znaczy, jak powiedziec/sie mowi?, profilaktyka/statystyki/zapobieganie, hamlet, minecraft, proces",
    recovery: "przezylam/przezylem, ciesze sie ze, czuje/jest juz? lepiej, wyzdrowialam/wyzdrowialem",
    past: "kiedys, lat/lata temu, rok temu, w przeszlosci, jako dziecko/nastolatek/nastolatka, kiedy bylam/bylem/mialam/mialem, gdy bylam/bylem",
    now: "dzis/dzisiaj/ostatnio/teraz/wracaja/wrocilo/wrocily/znow/znowu",
    quoting_oneself: "mowie/mysle/powtarzam/slysze, moja glowa, mojej glowie, w glowie",
    ..NONE
};

pub(super) const RUSSIAN: Vocabulary = Vocabulary {
    language: "ru",
    sets: &[
        (
            "W",
            "готов/готова/должен/должна/желаю/лучше/мечтаю/надо/пора/предпочел/предпочла/решил/решила/собираюсь/хачу/хотел/хотела/хотелбы/хотелось/хочется/хочу",
        ),
        ("S", "роскомнадзор*/самаубий*/самоубий*/самоубиться/суицид*"),
        (
            "T",
            "антидепрессантов/антидепрессанты/колеса/лекарств/лекарства/пачка/пачку/препаратов/препараты/снотворного/снотворное/снотворных/таблетками/таблетки/таблетку/таблеток/упаковку/феназепам/феназепама",
        ),
        (
            "K",
            "зарежу/зарезать/застрелить/застрелю/отравить/отравлю/повесить/повешу/порезать/прикончить/режу/резать/убивать/убиваю/убил/убила/убить/убъю/убью/уничтожить/утопить",
        ),
        (
            "R",
            "вскроюсь/вскрыться/выпилиться/выпилюсь/застрелиться/застрелюсь/отравиться/отравлюсь/повеситься/повешусь/покалечиться/порежусь/порезаться/режусь/самоубиться/самоубьюсь/убиться/убьюсь/удавиться/удавлюсь/утопиться/утоплюсь",
        ),
    ],
    fillers: "блять/больше/бы/вечером/вообще/все/всегда/действительно/же/завтра/иногда/мне/наконец/ночью/ну/опять/очень/постоянно/правда/просто/реально/сегодня/сейчас/скоро/снова/так/тоже/только/уже/честно/чтобы/эм/я",
    crisis: "W подохнуть/помереть/сдохнуть/смерти/умереть/умирать/умиреть, W быть мертвой/мертвым, умереть хотел/хотела/хочется/хочу, сдохнуть хочется/хочу, W не быть/жить/проснуться/просыпаться/рождаться, не буду/желаю/могу/хачу/хотел/хотела/хочется/хочу быть/жить/проснуться/просыпаться/существовать, жить не буду/могу/хотел/хотела/хочется/хочу, не вижу/знаю/имеет/нет/осталось зачем/причин/причины/смысл/смысла в/дальше/жизни/жить жизни?/жить?, нет желания/причин/сил/смысла в/дальше/для/жить жизни?/жить?, жизнь не имеет смысла/стоит, жизнь потеряла смысл, жизнь бессмыслена/бессмысленна, зачем/незачем жить $, незачем жить, нет смысла в жизни, не стоит жить, устал/устала жить/от жизни?, устал/устала от жизни, надоело жить, надоела жизнь, нет желания/сил жить, сил нет жить, \
        закончить/кончать/кончу/покончил/покончила/покончить/покончу с жизнью/своей/собой/этим жизнью?, с собой покончить/покончу, жизнь самоубийством, жизнь свою закончить, лишить/лишу себя жизни, лишить/лишу себя, K себя/сибя, себя K, R, свести счеты с, свести счеты, наложить/наложу на себя руки, руки на себя, уйти из жизни/этого, ухожу из жизни, закончить/прекратить свою? все/жизнь/страдания/это жизнь?/свою?, закончить все это, с балкона/крыши/моста/окна/этажа выброситься/прыгну/прыгнуть/сброситься/спрыгну/спрыгнуть, броситься/брошусь/выброситься/выйти/выпрыгнуть/лечь/прыгну/прыгнуть/сброситься/спрыгну/спрыгнуть/шагнуть в/из/под/с балкона/высотки/крыши/машину/метро/моста/окна/окно/поезд/рельсы/электричку/этажа, вскрою/вскрыть/порезать/резать себе? вены, вены вскрою/вскрыть/порезать, \
        думал/думала/думаю/задумываюсь/мысли/мыслях/планирую/попытка/размышляю/совершить/хочу _ S/смерти, суицидальные мысли, мысли о смерти, суицидальн*, склонен/склонна к суициду, S единственный/это _ выход/единственный, мое/мой S, !без меня _ легче/лучше/проще/счастливее, !легче/лучше _ без меня, лучше бы/если/сдохнуть/смерть/умереть _ $/было/меня/не/умер/умерла/умру, лучше бы меня/я _ не/сдох/сдохла/умер/умереть/умерла, если меня/я исчезну/не/умер/умерла/умру _/никто, никто не будет/заметит/расстроится, не проснуться/просыпаться $/больше/завтра/никогда/утром, заснуть/уснуть и больше/не/никогда, уснуть навсегда, исчезнуть из/навсегда/с, W исчезнуть $, никогда не родиться/рождаться, не родилась/родился/рождалась/рождался, \
        причинить/причиняю/сделать себе боль/больно/вред, себе больно/вред, наношу себе, селфхарм*, как безболезненно/быстро/легко/лучше/проще S/покончить/убить/умереть, как убить себя, как умереть $/без/безболезненно/быстро, как совершить S, сколько T _ смертельн*/умереть/чтобы, сколько нужно T, способ* S/покончить/убить/умереть, предсмертн*, прощальн* записк*/записка/письма/письмо, T/веревка/петля готова/готовы/купил/купила/приготовил/приготовила, купил/купила веревку, прощайте навсегда, прощай жестокий/навсегда, последний/последняя день/ночь в/моей жизни?, меня завтра/скоро не будет, меня больше не будет, хочу чтобы все/это закончилось/прекратилось, сделать роскомнадзор, не/нет _ другого/иного/никакого выхода _ смерти/смерть/умереть, единственный выход _ смерть/умереть, часть меня _ хотела/хочет сдохнуть/умереть",
    act: "выпил/выпила/глотаю/наглоталась/наглотался/наелась/наелся/напилась/напился/принял/приняла/проглотил/проглотила/пью/съел/съела 20/30/40/50/весь/все/всю/горсть/кучу/много/пачку/упаковку/флакон/целую _ T, наглоталась/наглотался/напилась/напился T, T выпил/выпила/проглотил/проглотила, передоз/передозировк*, вскрыл/вскрыла/перерезал/перерезала/порезал/порезала себе? вены, вены вскрыл/вскрыла/порезал/порезала, сижу/стою/я на/у _ карнизе/краю/крыше/мосту/парапете/подоконнике/путях/рельсах, веревка/петля вокруг/на _ шее/шеи, нож/пистолет/ствол в/во/к/у приставил/приставила виска/виску/голове/горла/рту/руках, выпил/выпила отраву/уксус/хлорку/яд, выпил/выпила/принял/приняла/проглотил/проглотила/съел/съела слишком много T",
    emergency: "горло опухает/опухло/отекает/распухло/сдавило, не могу дышать, задыхаюсь, инсульт/инфаркт сердечный/у, у меня инсульт/инфаркт, у него/нее нож/пистолет, собирается/угрожает/хочет меня убить, убьет меня $, вызови/вызовите/нужна скорая/скорую, не дышит, опухает/опухло/отекает/отекло/распухло/сдавило горло",
    hints: "скоро все/это закончится/конец/кончится, все скоро закончится, спасибо за все, прощай/прощайте, последний раз, больше не могу, не могу больше, когда меня не/нестанет, передайте/скажи/скажите _ люблю, сколько T, смертельная доза, на мосту, нет выхода, W исчезнуть, раздал/раздала/раздаю вещи/все/свои",
    distress: "безнадега/безнадежно/боль/больно/грустно/депрессии/депрессию/депрессия/невыносимо/ненавижу/никчемная/никчемный/обуза/один/одинок/одинока/одиноко/одна/отчаяние/плачу/пусто/пустота/сломлен/сломлена/страдаю, не могу больше, больше не могу, никому не нужен/нужна, никто меня не, прости/простите мама/меня, нет сил, нет надежды",
    friend: "брат/девушка/дочка/дочь/друг/жена/знакомая/знакомый/коллега/мама/мать/муж/одноклассник/одноклассница/он/она/отец/папа/парень/племянник/племянница/подруга/ребенок/сестра/сосед/соседка/сын/ученик _ говорит/думает/мысли/написал/написала/планирует/пытается/пыталась/пытался/сказал/сказала/собирается/угрожает/хотел/хотела/хочет _ R/S/жить/повеситься/покончить/самоубийстве/сдохнуть/себя/собой/суициде/убить/умереть, не хочет жить, брат/друг/он/она/подруга/сестра выпил/выпила/наглоталась/наглотался _ T, режет вены/себя, склонен/склонна к, у брата/дочери/друга/него/нее/подруги/сестры/сына суицидальные мысли?",
    calm: "подохнуть/помираю/помру/сдохну/сдохнуть/умер/умереть/умерла/умираю/умру от/с/со голода/голоду/жажды/жары/любопытства/скуки/смеха/смеху/старости/страха/стыда/усталости/холода, убивает меня, меня убивает, убить время, убил/убила бы за, смертельно устал/устала, лучше умру чем, лучше умереть чем, жить без/в/вместе/дальше/здесь/на/по/с/там/тут, жить не хочу в/с, убиться об, отряд S, профилактик*, режу лук/салат/хлеб, порезать колбасу/овощи/салат/хлеб, убью себя если/за, просыпаться в/рано/утром, проснуться в/завтра/рано/раньше, исчезнуть из соцсетей, T как/от/по/после/утром, порезалась/порезался бритвой/когда/ножом, порезаться бритвой/ножом, дышать от смеха, чуть не, едва не, инфаркт получил/получила/получу",
    negation: "без/вовсе/не/нет/ни/никогда",
    links: "буду/бы/думаю/желания/мыслей/мысли/намерен/намерена/не/никогда/о/планирую/про/пытаюсь/себя/собираюсь/совершать/стал/стала/уже/хотел/хотела/хочу/что/я",
    own: "меня/мне/мои/мой/мою/моя/хочу/я",
    friends: "брат/девушка/дочка/дочь/друг/жена/коллега/мама/мать/муж/одноклассник/одноклассница/он/она/отец/папа/парень/подруга/сестра/сосед/соседка/сын",
    others: "все/вы/героиня/герой/кошка/кто/ктото/люди/мы/никто/они/пациенты/персонаж/подростки/собака/ты/человек",
    fiction: "в/из/моей/моем/мой/о/пишу/про/смотрел/смотрела/смотрю/читаю/эта/этой/этот игре/игры/исследовании/книге/книги/книгу/майнкрафте/песне/песни/песня/пьесе/рассказ/рассказе/роман/романе/сериале/серии/статье/статью/статья/стихе/стихотворении/сценарий/сцене/фильм/фильма/фильме, текст песни, переведи, перевод, героиня/герой/героя/персонаж, цитата, что значит, как сказать, как переводится, исследование/профилактика/статистика, анна/гамлет каренина/каренина?, майнкрафт*, процесс",
    recovery: "выжил/выжила, рад/рада/счастлив/счастлива теперь/что, мне лучше, стало лучше, вылечилась/вылечился",
    past: "раньше, года/лет/месяцев назад, год назад, в прошлом, когда мне было, когда я был/была, в детстве/юности, подростком",
    now: "вернулись/вернулось/недавно/опять/сегодня/снова/теперь хочу",
    quoting_oneself: "говорю/думаю/повторяю/слышу, моя голова, в голове, моей голове",
    ..NONE
};

pub(super) const UKRAINIAN: Vocabulary = Vocabulary {
    language: "uk",
    sets: &[
        (
            "W",
            "бажаю/вирішив/вирішила/збираюся/краще/мрію/хотів/хотіла/хочеться/хочу/хтів/хтіла",
        ),
        ("S", "самогуб*/суицид*/суїцид*"),
        (
            "T",
            "ліки/ліків/пігулки/пігулок/снодійне/снодійного/таблетки/таблеток",
        ),
    ],
    fillers: "б/би/більше/вже/дуже/завтра/зараз/знову/нарешті/постійно/просто/собі/справді/сьогодні/так/тільки/я/іноді",
    crisis: "W вмерти/вмирати/здохнути/померти/помирати/смерті, померти хочу, не можу/хочеться/хочу бути/жити/прокидатися/прокинутися/існувати, жити не хочеться/хочу, немає бажання/причин/сенсу в/жити/життя життя?/житті?, не бачу сенсу в/жити, життя не має сенсу, втомився/втомилась/втомилася від/жити життя?, закінчити/покінчити/покінчу з життям/собою, накладу/накласти на себе руки, вкоротити/вкорочу собі? віку, вбити/вбю/застрелити/повісити/поранити/порізати/убити/убю себе, втопитися/застрелитися/отруїтися/повіситись/повіситися/повішуся, позбавити себе життя, вчинити/думав/думала/думаю/думки/намір/планую/скоїти _ S/самогубство/смерть, суїцидальн*, !без мене _ краще/легше, !краще _ без мене, вистрибнути/кинуся/кинутися/стрибну/стрибнути з/під/із балкона/вікна/даху/моста/мосту/потяг/поїзд, вскрити/поріжу/різати вени, зникнути назавжди, заснути і не/ніколи, передсмертн*, прощальн* записка/лист, як безболісно померти, скільки T _ вбити/померти, не/немає _ іншого виходу _ померти/смерть/смерті, єдиний вихід _ померти/смерть, частина мене _ хоче вмерти/померти, краще б я _ вмер/вмерла/помер/померла",
    act: "випив/випила/зїв/зїла/наковтався/наковталася/проковтнув/проковтнула багато/всі/жменю/купу/пачку/усі/цілу _ T, наковтався/наковталась/наковталася T, перерізав/перерізала/порізав/порізала вени/собі вени?, сиджу/стою біля/на даху/краю/мосту/підвіконні/рейках, випив/випила/прийняв/прийняла/проковтнув/проковтнула забагато/занадто/надто багато? T",
    hints: "скоро все/усе закінчиться/скінчиться, дякую за все, прощавай/прощавайте, більше не можу",
    distress: "безнадійно/боляче/біль/депресія/ненавиджу/нестерпно/плачу/порожньо/самотньо/самотня/самотній/сумно, більше не можу, нікому не",
    friend: "брат/вона/він/донька/друг/дружина/дівчина/колега/мама/подруга/сестра/син/тато/хлопець/чоловік _ думає/збирається/каже/намагається/погрожує/сказав/сказала/хотів/хотіла/хоче _ S/вбити/жити/повіситися/покінчити/померти/самогубство/себе/собою, не хоче жити",
    calm: "вмерти/вмираю/здохну/померти/помираю/помру від/з/зі голоду/нудьги/сміху/сорому/спеки/цікавості, вбиває мене, вбити час, жити без/в/з/на/тут/у, загін S, профілактик*",
    negation: "без/не/ні/ніколи",
    links: "би/буду/думаю/думок/з/збираюся/планую/покінчити/про/себе/хотів/хотіла/хочу/я",
    own: "мене/мені/моя/мій/хочу/я",
    friends: "брат/вона/він/донька/друг/дружина/дівчина/колега/мама/подруга/сестра/син/тато/хлопець/чоловік",
    others: "ви/вони/герой/героїня/люди/ми/ніхто/персонаж/ти/хтось",
    fiction: "в/з/моєму/моїй/пишу/у/цей/читаю вірші/грі/дослідженні/книзі/оповіданні/пісні/роман/романі/серіалі/статті/фільмі, переклади, персонаж, що означає, профілактика",
    recovery: "вижив/вижила",
    past: "колись/раніше, роки/років тому, рік тому, коли я був/була, коли мені було",
    now: "знову/повернулись/повернулися/сьогодні",
    quoting_oneself: "думаю/кажу/повторюю, у голові",
    emergency: "горло набрякає/набрякло/опухає/опухло, набрякає/набрякло/опухає/опухло горло, не можу дихати, задихаюсь, задихаюся, у мене інсульт/інфаркт, у неї/нього ніж/пістолет, погрожує/хоче мене вбити, виклич/викличте/потрібна швидка/швидку, не дихає",
    ..NONE
};

//! Words before a full stop that does not end a sentence, and words after one that show that it does.
//!
//! Entries are lower case and without their last dot. An entry with languages holds in those alone, because it is
//! an ordinary word elsewhere (`min`, `max`, `ok`). What the tables do not know is left to the general rules of
//! `boundary` (single letters, `x.y.` shapes, lower case after the stop).

/// What a known abbreviation says about the stop after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Always goes on (`Dr.`, `e.g.`).
    GoesOn,
    /// Goes on before a number (`No. 5`, `vol. II`), ends a sentence otherwise.
    BeforeNumber,
    /// Ends a sentence before a capital letter (`etc.`, `p.m.`).
    OftenEnds,
    /// Ends a sentence only before a word that begins sentences (`Inc.`, `Jr.`, `U.S.`).
    SeldomEnds,
}

type Row = (Habit, &'static str, &'static str);

/// (habit, languages or "" for all, words)
const ROWS: &[Row] = &[
    // Titles, and words that always lead on to what they speak of.
    (
        Habit::GoesOn,
        "",
        "dr mr mrs ms mx messrs prof profs mme mlle sra srta dra dña dott dhr mevr डॉ श्री प्रो ডা ডঃ ড",
    ),
    (
        Habit::GoesOn,
        "",
        "vs cf approx esp incl excl viz aka eg ie ca cca cfr resp bzw ggf ggfs evtl inkl exkl vgl sog zzgl",
    ),
    (
        Habit::GoesOn,
        "",
        "bspw insb insbes einschl bzgl zb dh aprox bijv tzn tzv tzw např напр δηλ πχ bkz esim",
    ),
    (Habit::GoesOn, "fr", "m mm"),
    (Habit::GoesOn, "es,pt,ca", "sr ej ud uds vd vds pej ex"),
    (Habit::GoesOn, "pl", "np tj ok"),
    (Habit::GoesOn, "de", "max min mind abs art st geb"),
    // Followed by names and the like, or last in their sentence.
    (
        Habit::SeldomEnds,
        "",
        "rev hon capt cpt lt sgt col cmdr gov sen supt msgr mgr fr br st ste mt ft hr frl hrn sr jr esq",
    ),
    (
        Habit::SeldomEnds,
        "",
        "sig sigra ing avv geom rag on drs phd dipl mag doc akad hl univ fam dept assn intl natl est",
    ),
    (
        Habit::SeldomEnds,
        "",
        "mrd tsd geb med jur rer séc inc ltd corp co bros llc plc ave blvd rd gmbh sa spa srl bv ua oä pej oa nl tj np mj pl ún kb",
    ),
    (
        Habit::SeldomEnds,
        "",
        "dvs bla feks ev kl av ul al godz ts ths pgs gs tp cía cia örn ee uu exmo excmo ilmo",
    ),
    (
        Habit::SeldomEnds,
        "en",
        "gen rep pres maj adm pvt cpl ofc det mdm",
    ),
    (
        Habit::SeldomEnds,
        "de",
        "str bd hrsg jh jhd gest verh std sek tel zt gem",
    ),
    (Habit::SeldomEnds, "fr", "env ex av apr bd chap éd fig p pp"),
    (
        Habit::SeldomEnds,
        "es,pt,it,ca",
        "pág págs núm art cap tel ex es pag gent",
    ),
    (Habit::SeldomEnds, "pt", "eng"),
    (Habit::SeldomEnds, "pl", "ks inż mgr śp zob por woj pt"),
    (Habit::SeldomEnds, "nl", "mr ir ing zgn jl mln mld"),
    (Habit::SeldomEnds, "ar", "د أ م"),
    (
        Habit::SeldomEnds,
        "",
        "см ср проф акад тов гр ул пр просп пл бул обл пос пер корп кв стр рис гл изд ред им ок",
    ),
    (
        Habit::SeldomEnds,
        "",
        "тыс млн млрд трлн мин сек г-н г-жа св прп тел доп англ нем фр лат греч рус вул буд див",
    ),
    (
        Habit::SeldomEnds,
        "",
        "г в д с т н э κ κα κος βλ σελ τηλ αρ αγ δρ καθ λεωφ",
    ),
    // Before numbers.
    (
        Habit::BeforeNumber,
        "",
        "no nos nr núm num nº pp vol vols fig figs eq eqs ch chap sec sect art pág págs pag tel ext",
    ),
    (
        Habit::BeforeNumber,
        "",
        "op ver bd abb tab kap rn jan feb mar apr jun jul aug sep sept oct okt nov dec dez př str",
    ),
    (
        Habit::BeforeNumber,
        "",
        "abs max env cap temp янв фев февр апр авг сен сент окт ноя нояб дек",
    ),
    (
        Habit::BeforeNumber,
        "",
        "p pg para par cl č čís nro dl rozdz poz lp № п пп ст табл",
    ),
    // Often last in their sentence.
    (
        Habit::OftenEnds,
        "",
        "etc usw ecc enz osv itd itp atd atp apod stb vb jne mfl mm ff hrs lbs др проч руб коп",
    ),
    (Habit::OftenEnds, "", "κλπ кг км год гг вв ін"),
    (Habit::OftenEnds, "en", "min mins secs"),
];

/// Dotted forms, with their inner dots, that never end a sentence. Other dotted forms (`U.S`, `Ph.D`) seldom do.
const DOTTED_GOES_ON: &str = "e.g i.e z.b d.h u.a o.ä u.u z.t i.d.r s.o s.u v.a m.e p.ej p.ex c.-à-d т.е т.к т.н т.ч p.es \
    m.in t.ex bl.a f.eks t.d n.b a.k.a q.v s.v o.a d.w.z t.z.t π.χ w.r.t c.f π.μ i.a b.v т.з ст.л";

/// Dotted forms that end a sentence before a capital letter.
const DOTTED_OFTEN_ENDS: &str =
    "a.m p.m a.c d.c p.s т.д т.п т.д и.т.д u.s.w u.v.m κ.λπ κ.ά κ.τ.λ н.э e.v и.т.п m.fl e.t.c π.μ μ.μ";

/// After `p.m.`: words with a capital letter that belong to the time before them.
const AFTER_TIME: &str = "monday tuesday wednesday thursday friday saturday sunday eastern pacific central mountain \
    greenwich january february march april may june july august september october november december";

/// Months, whose number before them has a dot in many languages (`3. Oktober`).
const MONTHS: &str = "januar jänner februar feber märz april mai juni juli august september oktober november dezember \
    januari februari mars maj juni juli augusti oktober marts maj december leden února ledna března dubna května června \
    července srpna září října listopadu prosince január február márc március április május június július augusztus \
    szeptember október tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta \
    lokakuuta marraskuuta joulukuuta stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października \
    listopada grudnia siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna studenoga prosinca \
    okt dez ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık";

/// Words that begin sentences much more often than names, in lower case.
const STARTERS: &[&str] = &[
    "the a an he she it i we you they this that these those there here his her my our your its their one some many most both either neither another more",
    "if when while where what who why how which but and so or yet then now also however in on at for from with as after",
    "before since because although though until unless once all each every no yes not let please is are was were do does",
    "did can could will would should maybe perhaps well oh okay ok first second next finally meanwhile instead still just",
    "i'm i've i'll it's that's there's he's she's we're you're they're don't let's what's i’m i’ve it’s that’s you’re let’s",
    "der die das ein eine er sie es wir ich ihr du und aber oder dann wenn weil dass wie was wer wo warum mit für nach vor",
    "bei im am in auf von zu als auch nur noch so da dies diese dieser dieses mein dein sein unser heute morgen gestern man",
    "le la les un une des il elle on nous vous ils elles je tu ce cette ces mais et ou donc car si quand où comme avec pour",
    "dans sur c'est j'ai puis el los las una unos él ella ellos yo tú nosotros pero y o si cuando donde como con para por",
    "en de es está hay muy qué cómo lo gli uno lui lei noi voi loro io ma e se quando dove come con per è c'è o os um uma",
    "ele ela eles nós eu mas quando onde com não het een hij zij wij ik jij maar en of dan als wat wie waar met voor",
    "он она оно они мы вы я ты это этот эта эти но и а или если когда где как что кто почему потом затем тогда сейчас",
    "в на с у к по за для от из до не да нет ще він вона вони ми ви це але і або якщо коли to jest ale i",
    "ona on oni my ja nie tak potem det den de han hun vi jag du men och og eller",
];

/// Words that begin sentences and names of several words alike.
const NAME_PARTICLES: &str =
    "le la les de du des del della di da do dos das den der el los las van von san saint st al mac o";

/// German words before an ordinal (`im 19. Jahrhundert`), which hardly stand before a number elsewhere.
const BEFORE_ORDINAL: &str = "im der dem den des zum zur vom beim";

/// Languages whose ordinals are a number and a dot.
const DOTTED_ORDINALS: &str = "de da nb nn no fi cs sk hu hr sl sr bs pl et lv tr is";

fn has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|entry| entry == word)
}

/// The habit of a word without inner dots, in lower case, in a text of `language` (`None` if unknown).
pub(super) fn habit_of(word: &str, language: Option<&str>) -> Option<Habit> {
    let in_language = |languages: &str| {
        // English where nothing is known.
        let language = language.unwrap_or("en");
        languages.is_empty() || languages.split(',').any(|entry| entry == language)
    };
    let row = ROWS
        .iter()
        .find(|(_, languages, words)| in_language(languages) && has(words, word));
    match (row, language) {
        // Ordinary words of English that other languages shorten to.
        (Some(_), None | Some("en")) if has("on pl ev es ok doc mag fam kl rag ing tab par", word) => None,
        (row, _) => row.map(|(habit, _, _)| *habit),
    }
}

/// The habit of a form with inner dots, in lower case (`u.s`, `e.g`).
pub(super) fn dotted_habit_of(word: &str) -> Habit {
    if has(DOTTED_GOES_ON, word) {
        Habit::GoesOn
    } else if has(DOTTED_OFTEN_ENDS, word) {
        Habit::OftenEnds
    } else {
        Habit::SeldomEnds
    }
}

/// Whether a word (lower case) begins sentences.
pub(super) fn is_starter(word: &str) -> bool {
    STARTERS.iter().any(|list| has(list, word))
}

/// Whether a word (lower case) may begin a name of several words.
pub(super) fn is_name_particle(word: &str) -> bool {
    has(NAME_PARTICLES, word)
}

/// Whether a capitalised word (lower case here) goes on with the time before it.
pub(super) fn goes_on_after_time(word: &str) -> bool {
    has(AFTER_TIME, word)
}

/// Whether a word (lower case) is a month of a language with dotted ordinals.
pub(super) fn is_month(word: &str) -> bool {
    has(MONTHS, word)
}

/// Whether a word (lower case) tells that the number after it, with a dot, is an ordinal.
pub(super) fn leads_to_ordinal(word: &str) -> bool {
    has(BEFORE_ORDINAL, word)
}

/// Whether a letter stands in Roman numbers as small as chapters and centuries have them.
pub(super) fn is_roman_digit(ch: char) -> bool {
    matches!(ch, 'I' | 'V' | 'X' | 'L' | 'C')
}

/// Whether a word is such a number; `I` alone is a word of its own.
pub(super) fn is_roman(word: &str) -> bool {
    word.len() > 1 && word.chars().all(is_roman_digit)
}

/// Whether a number with a dot is an ordinal in this language.
pub(super) fn has_dotted_ordinals(language: Option<&str>) -> bool {
    language.is_some_and(|language| has(DOTTED_ORDINALS, language))
}

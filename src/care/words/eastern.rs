//! Turkish, Arabic, Hindi (in both scripts).

use super::{NONE, Vocabulary};

pub(super) const TURKISH: Vocabulary = Vocabulary {
    language: "tr",
    sets: &[
        (
            "W",
            "istiyorum/istiyom/isterdim/isterim/istedim/istiyordum/istiorum/dusunuyorum/geliyor/planliyorum/niyetindeyim/lazim/istiyoruz/dusunuyom/var/keske",
        ),
        (
            "N",
            "istemiyorum/istemiyom/istemem/istemiorum/gelmiyor/kalmadi/yok/dayanamiyorum/bulamiyorum/istemez",
        ),
        ("S", "intihar*/inthar*"),
        (
            "T",
            "haplari/hap/ilaclari/ilac/haplarimi/ilaclarimi/uyku/ilaclarin/tablet/haplarin/ilacimi/antidepresan/parol",
        ),
        (
            "K",
            "oldurmek/oldurecegim/oldurucem/oldurecem/olduruyorum/oldurmeyi/asmak/asacagim/asicam/asacam/vurmak/vuracagim/vurucam/zehirlemek/kesmek/kesiyorum/kesecegim/atmak/atacagim/aticam/atacam/oldursem/oldurebilirim/yok/yakmak/bogmak/assam/atsam/oldururum",
        ),
    ],
    fillers: "artik/sadece/gercekten/cok/hic/bu/gece/simdi/hep/bazen/surekli/da/de/ya/aslinda/yani/bile/cidden/valla/vallahi/amk/bugun/yarin/sanirim/daha/bir/galiba",
    crisis: "olmek/olmeyi/gebermek/olmek/olumu W, olmek icin can atiyorum, keske olsem/olseydim/olsam/uyanmasam/dogmasaydim/dogmasam/geberse/gebersem/hic, olsem keske/de daha/iyi/kurtulsam/ne/$, olsem _ iyi/kimse/kurtulurum, yasamak/yasamaktan/yasamayi/yasamaya/var/nefes almak?/olmak?/biktim?/usandim?/N, yasamak N, yasamaktan biktim/yoruldum/usandim/nefret/sikildim, yasamaya N/deger/gucum/degmez, yasama sevincim/istegim/nedenim/sebebim kalmadi/yok, yasamak icin _ neden/sebep/sebebim/nedenim yok/kalmadi/goremiyorum, yasamanin anlami/manasi/bir yok/kalmadi/anlami yok?, hayatin/hayatimin/yasamanin _ anlami/manasi yok/kalmadi, hayattan biktim/yoruldum/usandim, hayat _ yasamaya degmez, \
        kendimi K, canima kiymak/kiyacagim/kiymayi/kiyicam/kiyacam/kiymak, kendi canima, hayatima/yasamima/canima/her son/seye vermek/verecegim/son/vermeyi/vericem/kiymak/kastetmek, hayatima son, her seye son, yasamima son, kendime zarar/bir vermek/veriyorum/verecegim/vericem/sey yapacagim?, S etmek/etmeyi/edecegim/edicem/edecem/ediyorum/edebilirim/dusunceleri/dusuncelerim/dusunuyorum/etmek/girisimi/etsem/mektubu/egilimim/planim/plani/ederim/etmeyi/notu, S dusun*, S _ dusunuyorum/aklimdan/geciyor/tek/cozum/planliyorum, !bensiz _ daha/iyi/mutlu, ben olmasam/olmasaydim/olsem/olunce/yokken _ iyi/mutlu/rahat/kimse, ben yok olsam, kimse _ ozlemez/umursamaz/fark/uzulmez olsem?, bir daha uyanmamak/uyanmasam/uyanmak, uyuyup _ uyanmamak/uyanmasam, hic uyanmamak/uyanmasam, uyanmamak W, uyanmak N, sonsuza dek/kadar uyumak/uyusam, yok olmak/olup W/gitmek/$, ortadan kaybolmak W, kaybolmak W $, \
        kopruden/catidan/camdan/balkondan/pencereden/binadan/ucurumdan/damdan atlamak/atlayacagim/atlicam/atlayacam/atlasam/atmak/kendimi/atlamayi, trenin/metronun/arabanin/kamyonun onune/altina atlamak/atmak/atlayacagim/kendimi/atlamayi, bileklerimi/bilegimi/damarlarimi kesmek/kesecegim/kesicem/kesmeyi/kessem, acisiz/aci nasil/cekmeden/olum/bir olmek/olunur/olum/olebilirim/olmenin/yolu, nasil S/olebilirim/olunur/acisiz edilir?/edebilirim?/$, kac T _ oldurur/olur/olmek/olurum, veda/intihar mektubu/mektuplari/notu, ip/silah/haplar/halat hazir/aldim/hazirladim, elveda _ dunya/sonsuza, son gecem/gunum/aksamim, hayatta kalmak/olmak N, dunyada/hayatta olmak/kalmak/yasamak N, her sey/seyin bitsin/bitmesini W, bitsin artik/bu hayat, canimi al allahim?, allahim/tanrim canimi al, gebersem/gebermek $, olumden baska _ cikis/care/yol/kurtulus/cozum, tek cikis/care/yol/cozum _ olum/olmek, kendimi asmaya/asmayi/oldurmeye/zehirlemeye",
    act: "butun/tum/hepsini/hepsi/bir/avuc/kutu/cok/fazla/20/30/40/50/biraz _ T _ ictim/yuttum/aldim/icmis, T hepsini/tamamini ictim/yuttum/aldim, butun/tum T ictim/yuttum/aldim, T yuttum, asiri/yuksek doz aldim, bileklerimi/bilegimi/damarlarimi kestim, catida/koprude/kopruden/balkonda/raylarda/catinin/kenarda/ucurumun/korkuluklarda/pencerenin _ duruyorum/oturuyorum/bekliyorum/kenarindayim/atliyorum/ayaktayim, catidayim/raylardayim, boynuma/boynumda ip/ipi/halat gecirdim?/var?, kafama/basima/agzima/sakagima silah/tabanca/dayadim, camasir/zehir suyu? ictim",
    emergency: "bogazim sisiyor/sisti/kapaniyor, nefes/soluk alamiyorum, kalp krizi/felc geciriyorum, beni oldurecek/oldurmek/olduruyor istiyor?/$, elinde/onda bicak/silah var, ambulans/112 cagirin/lazim/arayin/cagir, nefes almiyor",
    hints: "yakinda/birazdan _ bitecek/bitiyor/kurtulacagim, her sey _ bitecek, her sey icin tesekkurler/tesekkur/sagol, hoscakalin/elveda/hoscakal, son kez/mesajim, ben yokken/gidince/olunce, soyleyin/soyle _ seviyorum, kac T, oldurucu doz, koprudeyim, dayanamiyorum $, W kaybolmak, yarin/artik olmayacagim/yokum/burada olmayacagim?",
    distress: "umutsuz/umutsuzum/caresiz/caresizim/yalniz/yalnizim/uzgun/uzgunum/mutsuz/mutsuzum/depresyon/depresyondayim/degersiz/degersizim/aci/agliyorum/bosluk/yuk/bunaldim/tukendim/bittim, dayanamiyorum artik/_, artik dayanamiyorum, kendimden nefret, hayatimdan nefret, kimse beni sevmiyor/anlamiyor/istemiyor, umudum yok/kalmadi, affedin/ozur",
    friend: "arkadasim/arkadasimin/kardesim/ablam/abim/annem/babam/oglum/kizim/esim/karim/kocam/sevgilim/o/kuzenim/komsum/dostum/kankam/ogrencim/yegenim/biri _ intihar/olmek/kendini/yasamak/canina/hayatina _ istiyor/istedigini/istemiyor/ediyor/edecek/etmek/etmeyi/oldurmek/oldurecek/kiymak/son/dusunuyor/soyluyor/soyledi/olduruyor/kesiyor/etti/asmak, intihar etmek istiyor/istedigini/istiyormus, intihara meyilli/kalkisti, kendini oldurmek/asmak/oldurecek istiyor?/$/_, olmek istedigini soyledi/soyluyor, olmek istiyor/istiyormus, yasamak istemedigini, arkadasim/kardesim/annem/babam/o _ T ictim?/icti/yuttu",
    calm: "gulmekten/acliktan/sicaktan/soguktan/utancimdan/meraktan/sikintidan/yorgunluktan/susuzluktan/acimdan/ozlemden/mutluluktan/uykusuzluktan/korkudan/gulmeden olmek/oldum/oluyorum/olecegim/gebericem/bayilacagim/geberiyorum/olucem/olecem/ol/W, beni oldurdu/olduruyor, zaman oldurmek, olumune/olesiye yorgun, olmek icin erken, olmektense/olurum, yasamak istemiyorum _ burada/sehirde, bu sehirde/evde/ulkede/burada/istanbulda/onunla/yalniz/ailemle yasamak, koyde/sehirde/istanbulda yasamak, ile yasamak, S timi/ekibi, T doktorun/sabah/yemekten/duzenli, kendimi spora/ise/eve/kitaplara/denize atmak/verdim/attim, kendimi _ yataga/denize/koltuga/disari/havuza atmak/atacagim/aticam, kendimi yok saymak/sayiyorum, saclarimi/sogan kesmek, kendimi kesmek istemeden, kendimi oldurene kadar, var olmak, olmek uzere telefonum, erken/gec/yarin uyanmak, uyanmak istemiyorum erken/sabah, S etmeyi? _ dusunmedim/dusunmem/dusunmuyorum, annem/patronum/hocam/mudurum beni oldurecek",
    negation: "degil/asla",
    links: "",
    own: "ben/bana/benim/beni/kendimi/kendime",
    friends: "arkadasim/kardesim/ablam/abim/annem/babam/oglum/kizim/esim/karim/kocam/sevgilim/o/kuzenim/komsum/dostum/kankam",
    others: "sen/siz/insanlar/biri/kimse/onlar/herkes/gencler/hastalar/karakter/kahraman/kopek/kedi/insan",
    fiction: "filmde/filminde/kitapta/kitabinda/sarkida/sarkisinda/dizide/dizisinde/romanda/romanimda/hikayede/hikayemde/oyunda/oyununda/siirde/bolumde/makalede/arastirmada/minecraftta/senaryoda/sahnede/filmdeki/romandaki/hikayemdeki, sarki sozleri, sarkinin sozleri, cevir, cevirisi, karakter/karakteri/kahraman/kahramani, ne demek/anlama, nasil denir/soylenir, onleme/istatistik*/arastirma/calismasi, hamlet, minecraft, roman yaziyorum",
    recovery: "hayatta kaldim, atlattim, mutluyum ki, iyi ki, artik iyiyim, daha iyiyim",
    past: "eskiden, yil/yillar/sene/ay once, gecmiste, cocukken/gencken/ergenken, yasindayken",
    now: "yine/tekrar/bugun/bu gece, geri geldi, son zamanlarda",
    quoting_oneself: "dusunuyorum/diyorum/soyluyorum/duyuyorum, kafamda/icimdeki",
    ..NONE
};

pub(super) const ARABIC: Vocabulary = Vocabulary {
    language: "ar",
    sets: &[
        (
            "W",
            "اريد/اود/ابغي/ابي/بدي/عايز/عايزه/عاوز/عاوزه/نفسي/اتمني/ابغا/بغيت/بغيتي/ودي/حاب/حابه/ارغب/ليتني/نبي/محتاج/ابقي/بغي/يارب/قررت/راح/رح/اريدان",
        ),
        (
            "S",
            "انتحار*/الانتحار/انتحر/انتحاري/انتحاريه/للانتحار/بالانتحار/هانتحر/سانتحر/حانتحر/بنتحر/ننتحر/راحانتحر/اتتحر",
        ),
        (
            "T",
            "الحبوب/حبوب/الاقراص/اقراص/الادويه/ادويه/الدواء/حبوبي/ادويتي/المنومه/منوم/مهدئات/المهدئات/الدوا/برشام/البرشام/باراسيتامول/حبه/علبه/العلبه",
        ),
        ("D", "اموت/الموت/موت/نموت/مت/ميت/ميته/وفاتي/بموت"),
    ],
    fillers: "فقط/حقا/بس/انا/جدا/الان/هلق/دلوقتي/خلاص/كتير/كثيرا/اليوم/الليله/دائما/ايضا/حتي/يعني/والله/هسه/مره/اللهم/بعد/لو/كل/يوم/اني/في/ان/بجد/فعلا/غدا/بكره/بكرا",
    crisis: "W D, W ان D, W ان اكون ميت/ميته, W لو D/اكون/كنت ميت?/ميته?/D?, ليتني D/مت/كنت/لم/ما اولد?/ميت?/ميته?, ياليتني D/مت/ميت, لا/ما/مش/مو/لم/ماعد/معد/مابقيت ارغب/اريد/ابغي/ابي/بدي/عايز/عايزه/عاوز/عاوزه/اعد/قادر/قادره/عدت/اود/استطيع/ابغا/حابب/حابه/نفسي/فيني/ودي _ اعيش/العيش/الحياه/عيش/اكمل/استيقظ/اصحي/الاستمرار/حياتي/الوجود/كمل/اكون/نعيش/احيا, ما بدي/ابغي/ابي/عاد عيش/اعيش/كمل/حياه/بدي, مش عايز/عايزه/عاوز/عاوزه/قادر/قادره اعيش/العيش/حياه/اكمل/اصحي, مليت/تعبت/زهقت/سئمت/كرهت/طفشت/متعب/متعبه من? الحياه/حياتي/العيش/الدنيا/العيشه/عيشتي, لا معني/قيمه/فائده/جدوي/سبب/طعم/داعي _ للحياه/لحياتي/حياتي/الحياه/لاعيش/للعيش/لوجودي/يجعلني, ليس/ما/مافي/مفيش/لايوجد لحياتي/للحياه/سبب/لدي/فيه/في/عندي/حياتي/معني _ معني/للعيش/اعيش/سبب/قيمه/للحياه/لحياتي, حياتي/الحياه ليس/بلا/لا/ما/مالها/ملهاش/بدون _ معني/قيمه/لها/تستحق/طعم, الحياه لا تستحق, حياتي انتهت, \
        اقتل/ساقتل/هقتل/بقتل/حاقتل/اقتلت/قتل/اذبح/اشنق/ساشنق/اشنقت/هشنق/اموت/اخنق/اغرق/ارمي/سارمي/احرق/اطعن/هموت/حموت/راحاقتل/اذي/اؤذي/ااذي/ايذاء/اذيه/اجرح/هجرح/اعور/هاذي/رمي/ارمي/اقطع/تقطيع/جرح نفسي/حالي/روحي/شرايني/شراييني/جسدي/عروقي, اقتلني $, S, انهاء/انهي/سانهي/هنهي/بنهي/احط/اضع/حط/نهايه/اخلص/وضع/اختم/حانهي _ حياتي/حد/معاناتي/لحياتي/كل/نهايه/نفسي/عذابي/الالم لحياتي?/شيء?, انهي/انهاء حياتي, اتخلص/التخلص/اخلص من حياتي/نفسي/الحياه/روحي, افكر/فكرت/بفكر/نفكر/عندي/لدي/تراودني/خطه/اخطط/بخطط/محاوله/احاول/حاولت/افكار/الافكار _ S/D/الموت/اموت/انتحاريه, \
        افضل/احسن/اسعد/اريح/ارتاحوا/مرتاحين _ بدوني/من/بلاي/بلايا/دوني غيري?/دوني?, بدوني _ افضل/احسن, لن/ما/محدش/لا/مافي _ يفتقدني/يهتم/هيفتقدني/يلاحظ/يحس/هيزعل/حدا احد?/موتي?, لم/لو/ما/ياريت _ اولد/انولدت/اتولدت/خلقت, لا/ما/ولا/مش/ان انام/نام _ استيقظ/اصحي/اقوم/استيقظ, انام ولا/وما استيقظ/اصحي/اقوم/صحي, لا استيقظ ابدا/غدا/بعد/مجددا, W اختفي/الاختفاء/انام من/الي/للابد/$/نهائيا, اختفي للابد/من/نهائيا/عن الوجود?/الحياه?/العالم?, اقفز/ساقفز/انط/هنط/ارمي/القفز/اقفز/سارمي/بنط/القي _ جسر/سطح/الجسر/السطح/شباك/بلكون/القطار/النافذه/البلكونه/المبني/عماره/الدور/قطار/كوبري/الكوبري/البرج/البنايه/نافذه, قطع/اقطع/جرح شراييني/معصمي/عروقي/وريدي/شرايني/يدي/ايدي, كيف/كيفيه/طريقه/اسهل/طرق/ازاي/اسرع _ اموت/انتحر/الموت/الانتحار/للموت/S/للانتحار, كم/كام حبه/T/قرص/عدد _ اموت/للموت/يقتل/تقتل/تموت/مميت/مميته/لاموت, موت/الموت/اموت بلا/بدون/بلاالم/من/دون الم/وجع/غير, رساله/رسائل/رسالتي/ورقه وداع/انتحار/الوداع/الاخيره, وداعا للابد/الي/ايها/لكم/يا, اخر ليله/يوم/ليالي/ايامي/ايام لي/في/من حياتي?/الدنيا?, حبل/الحبل/مسدس/المسدس جاهز/اشتريت/معي/حضرت, يا? رب/رب خذني/خدني/اموت/تاخذني/تاخدني/خذ/ريحني, يارب خذني/خدني/تاخذني/اموت/تاخدني/ريحني, الموت ارحم/افضل/احسن/راحه/اريح/الحل/هو, خذ/خد روحي, مخرج*/خلاص*/سبيل غير/سوي/الا الموت",
    act: "بلعت/ابتلعت/تناولت/اخذت/شربت/اخدت/اكلت/خديت/خذيت/بلعت/خدت كل/جميع/كامل/علبه/العلبه/كميه/حبوب/الكثير/عدد/شريط/كتير/كثير/مجموعه/20/30/40/50/كله/العديد/نص _ T, بلعت/ابتلعت T, T كلها/كله/كامله بلعت?/اخذت?/$, جرعه زائده/زايده/زياده, تناولت/اخذت/اخدت جرعه, قطعت/جرحت شراييني/معصمي/عروقي/يدي/شرايني/وريدي, واقف/واقفه/اقف/جالس/جالسه/قاعد/قاعده/انا علي/فوق/في حافه/سطح/السطح/الجسر/جسر/الكوبري/الحافه/سكه/القضبان, الحبل/حبل/المسدس/مسدس/السكين/سكين حول/علي/في/براسي/الي/عند _ رقبتي/راسي/عنقي/فمي/يدي/حلقي, شربت كلور/سم/مبيد/كلوركس/السم/فلاش, تناولت/اخذت/بلعت/ابتلعت/شربت T/حبوبا كثير*",
    emergency: "حلقي/زوري/لساني _ يتورم/تورم/ينتفخ/متورم/يضيق, لا/مش/ما استطيع/قادر/قادره/اقدر/عارف/عم/بقدر _ التنفس/اتنفس, نوبه/ازمه/جلطه قلبيه, معه/معاه/عنده سكين/مسدس/سلاح, يريد/سيقتلني/بيهددني/يهددني/عايز/بده/يبي/هددني قتلي/يقتلني/بالقتل, سيقتلني/هيقتلني/راحيقتلني, اتصلوا/اتصل/اطلب _ اسعاف/الاسعاف/بالاسعاف",
    hints: "قريبا/سينتهي/هيخلص/كل _ سينتهي/شيء/ينتهي/انتهي/حاجه/هيخلص شيء?, شكرا علي كل, وداعا/الوداع, اخر مره/رساله, لم اعد احتمل/اتحمل/استطيع, عندما/لما/بعد ارحل/موتي/اموت/امشي/اروح, قولوا/قل/قولي _ احب*, كم حبه, جرعه قاتله/مميته, علي الجسر, لا مخرج/مفر, مش قادر/قادره, لن اكون هنا/موجود",
    distress: "يائس/يائسه/وحيد/وحيده/حزين/حزينه/مكتئب/مكتئبه/اكتئاب/فارغ/فاشل/فاشله/الم/وجع/تعبان/تعبانه/مكسور/مكسوره/ابكي/عبء/تعبت/انهار/منهار/ياس, لا امل, فقدت الامل, لا احد يحبني/يفهمني/يهتم, اكره نفسي/حياتي, سامحوني/سامحيني",
    friend: "صديقي/صديقتي/اخي/اختي/ابني/ابنتي/امي/ابي/والدي/والدتي/زوجي/زوجتي/هو/هي/زميلي/زميلتي/جاري/صاحبي/صاحبتي/بنتي/اخويا/حبيبي/حبيبتي/ولدي/طالب/قريبي _ يريد/تريد/يفكر/تفكر/قال/قالت/يقول/تقول/عايز/عايزه/بده/بدها/حاول/حاولت/يبي/تبي/يهدد/تهدد/يبغي/تبغي/يحاول/تحاول _ ينتحر/تنتحر/الانتحار/يموت/تموت/نفسه/نفسها/بالانتحار/يعيش/تعيش/الموت/حياته/حياتها/العيش/يقتل/تقتل, ينتحر/تنتحر, لا يريد/تريد العيش/ان يعيش?/تعيش?, يقتل نفسه, تقتل نفسها, يريد ان يموت, تريد ان تموت",
    calm: "D من/منه/جوع/عطش/في/ضحك/علي/ب الضحك/الجوع/الحر/البرد/العطش/كثره/التعب/الملل/الخجل/الخوف/الضحك/شده/ضحك, D جوعا/ضحكا/عطشا/شوقا/خوفا/بردا/مللا/خجلا, D من الضحك, D فيك/فيكي/عليك/عليكي/فيها/فيه/عليها/كبير/عجوز/شهيد/شهيدا, يقتلني/بيقتلني/قتلني, قتل الوقت/وقت, اقتل الوقت, S فرقه/مكافحه/الوقايه, فرقه S, الوقايه/مكافحه/منع/ضد من? S, عمليه/هجوم/تفجير/نسب/معدل/معدلات/ظاهره/تفجيرات S, اعيش في/مع/وحدي/هنا/عند/بدون/بعيدا, العيش في/مع/هنا/بدون/بعيدا/وحدي, استيقظ مبكرا/باكرا, اصحي بدري, تعبت من الحياه الجامعيه/العمليه, T حسب/كما/بعد/مع/الصباح/الموصوفه, T وصف*, اختفي من/عن فيسبوك/تويتر/مواقع, جرحت يدي وانا/بالسكين/بالغلط/اثناء, مصاص, اموت فيك, فيلم*/كتاب*/مقال*/برنامج*/وثايقي* _ S",
    negation: "لا/لن/لم/مش/مو/ما/ليس/لست/ابدا/بدون/مابدي/ولا/مستحيل",
    links: "اريد/افكر/في/ان/ابدا/انا/عايز/عايزه/بدي/ابي/ابغي/اود/ناوي/انوي/سوف/بفكر/يوما/عندي/لدي/افكار/اي/نيه",
    own: "انا/نفسي/اني/لي/عندي",
    friends: "صديقي/صديقتي/اخي/اختي/ابني/ابنتي/امي/والدي/والدتي/زوجي/زوجتي/هو/هي/زميلي/زميلتي/جاري/صاحبي/صاحبتي/بنتي/اخويا",
    others: "انت/الناس/احد/شخص/نحن/هم/كلنا/الشباب/المرضي/البطل/بطل/شخصيه/كلب/قطه/القطه/الكلب/البطله",
    fiction: "في/من/عن/هذا/هذه/اكتب/اقرا/شاهدت/قرات الفيلم/فيلم/الروايه/روايه/روايتي/القصه/قصه/قصتي/الاغنيه/اغنيه/المسلسل/مسلسل/الكتاب/كتاب/القصيده/قصيده/اللعبه/لعبه/المسرحيه/المقال/مقال/الدراسه/دراسه/ماينكرافت/الحلقه/المشهد/مقاله/بحث, كلمات الاغنيه/اغنيه, ترجم*, ترجمه, بطل/بطله/شخصيه الروايه/القصه/الفيلم, ما معني, ماذا تعني, دراسه/احصائيات/الوقايه/بحث/تقرير عن/من/حول, هاملت/شكسبير, اقتباس",
    recovery: "نجوت, سعيد/سعيده/ممتن لانني/اني/انني, انا بخير, تعافيت",
    past: "كنت _ سابقا/صغير/صغيره/مراهق/مراهقه/قبل/اريد, قبل سنوات/سنين/عام/سنه/اعوام, منذ سنوات/سنين/عام, في الماضي, زمان, كنت افكر",
    now: "مره اخري, مجددا/اليوم/الليله/الان/عادت/رجعت/رجع, من جديد",
    quoting_oneself: "اقول/افكر/اسمع/اكرر, في راسي, صوت",
    ..NONE
};

pub(super) const HINDI: Vocabulary = Vocabulary {
    language: "hi",
    sets: &[
        (
            "W",
            "चाहता/चाहती/चाहूं/चाहते/चाहूंगा/चाहूंगी/मन/इच्छा/रहा/रही/सोच/है/दिल/रहे/करता/करती/जी/chahta/chahti/chata/chati/chahata/chahati/chahu/mann/man/ichha/raha/rahi/soch/dil/karta/karti/chahte/jee/ji/chahiye/h/hai/hu/hoon",
        ),
        ("N", "नहीं/नही/ना/न/nahi/nahin/nhi/nai/ni/na/nahee"),
        (
            "S",
            "आत्महत्या/आत्महत्त्या/खुदकुशी/सुसाइड/सुइसाइड/खुदकुशी/आत्मघाती/suicide/khudkushi/khudkhushi/atmahatya/aatmahatya/atamhatya/khudkhusi/suside",
        ),
        (
            "T",
            "गोलियां/गोली/दवाइयां/दवाई/दवा/दवाएं/टैबलेट/गोलिया/दवाईयां/goliyan/goliya/goli/dawai/dawaiyan/dawa/tablet/tablets/pills/davai/goliyaan",
        ),
        (
            "M",
            "खुद/अपने/अपनी/स्वयं/खुदको/अपनेआप/khud/apne/apni/khudko/apneaap/apna/अपना",
        ),
        (
            "D",
            "मरना/मर/मरने/मौत/मरनेका/मरूं/marna/mar/marne/maut/mrna/marnaa/mrne",
        ),
    ],
    fillers: "बस/अब/मैं/सच/में/बहुत/और/आज/रात/कल/हमेशा/भी/ही/तो/को/का/की/के/से/आप/यार/बार/कभी/मुझे/bas/ab/main/mai/me/mein/sach/bahut/bohot/aur/aaj/raat/kal/hamesha/bhi/hi/to/toh/ko/ka/ki/ke/se/aap/yaar/baar/kabhi/mujhe/muje/mujhse/nahi2/mera/meri/मेरा/मेरी/ho/हो/kar/कर/रोज/roz/और/बारे/bare/baare",
    crisis: "मरना/मरने/marna/marne/mrna/मरनेका W/चाहिए, मरने का W, मर जाना/जाऊं/जाऊंगा/जाऊंगी/जाने W/चाहिए, मर जाऊं/जाना/जाऊंगा/जाऊंगी $, mar jana/jau/jaun/jaana/jaau/jaunga/jaungi/jaaun/jane W/$, काश _ मर/मरा/पैदा _ जाऊं/जाता/जाती/होता/होती, kash _ mar/paida _ jau/jaun/jata/jati/jaata/jaati/hota/hoti, मौत चाहता/चाहती/आ/दे/मांग/चाहिए, maut chahta/chahti/aa/de/maang/chahiye, मरूंगा/मरूंगी $, जीना/जीने/जिंदा/जिंदा/जीवन/जिंदगी/जिन्दगी/zinda/jinda/jeena/jina/jeene/jine/zindagi/jindagi/jivan रहना?/rehna?/rahna?/की?/का?/जीना?/jeena? N W, जीना/jeena/jina/जिंदा/zinda N, W जीने N, जीने/jeene/jine/जीवन/जिंदगी/zindagi/jindagi/jivan _ मन/इच्छा/वजह/मतलब/फायदा/कारण/मकसद/अर्थ/man/mann/ichha/wajah/vajah/matlab/fayda/karan/maksad/faida/wajha N/खत्म/khatam, नहीं/नही/nahi/nhi/nahin जीना/जीनी/jeena/jina/jini/jeeni W/चाहता/चाहती/मुझे/$, N जी सकता/सकती/पाऊंगा/पा/paunga/sakta/sakti, जिंदगी/जीवन/zindagi/jindagi/jivan _ खत्म/समाप्त/अंत/khatam/khatm/तंग/tang/थक/thak/ऊब/हार/haar/परेशान _ करना/करने/कर/दूं/दूंगा/दूंगी/karna/karne/kar/doon/du/dunga/dungi/गया/गई/चुका/चुकी/gaya/gayi/gya/chuka/chuki/आ/aa, जीने/जिंदगी/jeene/zindagi/jine से थक/तंग/thak/tang, se thak/tang, जीकर/जीने/jeekar/jine क्या फायदा, \
        M _ मार/खत्म/नुकसान/चोट/काट/जान/फांसी/mar/maar/khatam/khatm/nuksan/chot/kaat/jaan/hurt/kill/मारने/मारना/काटना/काटता/काटती/marna/maarna/काटने _ लूं/लूंगा/लूंगी/डालूं/डालूंगा/डालूंगी/दूं/दूंगा/देना/देने/दे/ना/पहुंचाना/पहुंचा/करना/कर/लेना/lu/lun/lunga/lungi/dalu/dalunga/du/dunga/dena/de/na/karna/kar/lena/W/करने/karne/le, अपनी/apni जान/jaan/jan ले/दे/देना/लेना/le/de/dena/lena/दूं/लूं/लूंगा/दूंगा/दूंगी/lunga/dunga/du/lu/देने/लेने/लूंगी/lungi, जान दे दूं/देना/दूंगा/दूंगी/देने, jaan de du/dena/dunga/dungi/dene, \
        S कर/करना/करने/करूं/करूंगा/करूंगी/के/का/kar/karna/karne/karu/karun/karunga/karungi/ke/ka/krna/krne/kru/krlu/krlunga लूं?/लूंगा?/लूंगी?/W/lu/lunga/lungi/विचार/ख्याल/बारे/khayal/vichar/bare/baare/$/lun/thoughts/khyal, S करने, S करना, S के विचार/ख्याल/बारे, S thoughts, S _ सोच/ख्याल/विचार/soch/khayal/रास्ता/rasta/उपाय, फांसी लगा/लगाना/लगाने/लगाऊंगा, fansi/faansi/phansi laga/lagana/lagane/lga, फंदे/फंदा/fanda, मेरे/mere बिना/bina/बगैर _ खुश/बेहतर/अच्छा/ठीक/khush/behtar/acha/accha/achha/theek/अच्छी, मेरे मरने/जाने से/के, mere marne/jane se/ke, पैदा ही? नहीं/न होता/होती/हुआ, सो/सोकर/sokar/so _ कभी/kabhi N उठूं/उठना/जागूं/uthu/uthna/utho/jagu, कभी N उठूं/उठना/जागूं/जागना, kabhi na/nahi uthu/uthna/uthun, गायब हो जाना/जाऊं W/$, gayab ho jana/jau/jaun, \
        पुल/छत/बिल्डिंग/ट्रेन/ऊपर/ब्रिज/खिडकी/छज्जे/pul/chhat/chat/building/train/bridge/khidki/chatt से/के/se/ke _ कूद/कूदना/कूदने/छलांग/नीचे/आगे/सामने/kood/kud/koodna/kudna/niche/aage/samne/chalang/koodne/kudne, कलाई/नस/नसें/हाथ/kalai/nas/haath/nass काट/काटना/काटने/काटूं/kaat/kat/katna/kaatna/katne, बिना/bina दर्द/dard _ मर/मरने/मरना/मौत/mar/marne/marna/maut, कैसे/kaise _ S/मरूं/मर/maru/mare/मरा/marun, मरने/marne का/के/ka/ke आसान/तरीका/तरीके/aasan/tarika/tareeka, कितनी/kitni T _ मर/मौत/मरने/mar/maut/marne/jaan, अलविदा दुनिया/हमेशा, alvida duniya/hamesha, आखिरी/aakhri/akhri/aakhiri रात/दिन/raat/din, S नोट/नोटी/note/चिट्ठी, सब खत्म कर देना/दूं/दूंगा/दूंगी W?/$, sab khatam kar dena/du/dunga, जहर/जहर/zahar/jahar/zeher खा/पी/kha/pi/khana/khaane/peena/खाना लूं/लूंगा/लूंगी/लेना/lu/lunga/lungi/lena/kar/W, मौत/मरने/maut/marne के/ke अलावा/सिवा/सिवाय/alawa/siva/sivay _ रास्ता/चारा/उपाय/rasta/chara",
    act: "सारी/सभी/पूरी/बहुत/सब/20/30/40/50/ढेर/काफी/सारे/saari/sari/sabhi/poori/puri/bahut/bohot/sab/dher/sare/saare/पूरा/pura _ T _ खा/ले/निगल/kha/le/nigal/khali/खाली/leli _ ली/लीं/लिया/लिए/ली/li/liya/lin/lee/gaya/gayi/हैं/chuka/चुका/चुकी/hai/hain/$, T खा/निगल/kha/nigal ली/लीं/li/liya/lee _ सारी/सारे, ओवरडोज/overdose, नस/कलाई/हाथ/nas/kalai/haath काट/kaat/kat ली/लीं/लिया/दी/li/liya/di/lee, छत/पुल/पटरी/chhat/chat/pul/patri/ब्रिज/ट्रेन पर/की/के/par/pe/ki/ke _ खडा/खडी/बैठा/किनारे/khada/khadi/baitha/baithi/kinare, गले में फंदा/रस्सी, gale me/mein fanda/rassi, जहर/जहर/zahar/jahar/zeher/फिनाइल/phenyl/तेजाब/acid खा/पी/kha/pi/pee लिया/ली/liya/li/gaya/चुका/गया",
    emergency: "गला सूज/बंद/फूल, gala suj/band/sooj, सांस/saans/sans N आ/ले/aa/le, दिल/हार्ट दौरा/अटैक/का दौरा?, heart attack aa/aaya/ho, मुझे मार/जान से डालेगा/डालेंगे/मार/मारने, mujhe maar dalega/dega/dalenge/denge, एम्बुलेंस/ambulance बुलाओ/चाहिए/bulao/chahiye",
    hints: "सब खत्म/ठीक हो जाएगा/जायेगा, sab khatam ho jayega/jaega, सब कुछ के लिए धन्यवाद/शुक्रिया, thank you sab, अलविदा/alvida, आखिरी बार, akhri/aakhri baar, अब और नहीं, ab aur nahi, जब मैं नहीं/चला/चली रहूंगा/रहूंगी, कितनी T, kitni T, कोई रास्ता नहीं, koi rasta nahi, मेरे जाने के बाद, mere jane ke baad",
    distress: "निराश/अकेला/अकेली/उदास/दुखी/डिप्रेशन/बेकार/दर्द/तकलीफ/रोता/रोती/बोझ/हताश/टूट/परेशान/akela/akeli/udas/dukhi/depression/depressed/bekar/dard/takleef/rota/roti/bojh/hatash/toot/pareshan/थक/thak, कोई नहीं समझता/चाहता, koi nahi samajhta/chahta, खुद से नफरत, khud se nafrat, उम्मीद नहीं, umeed nahi, माफ करना, maaf karna",
    friend: "दोस्त/सहेली/भाई/बहन/बेटा/बेटी/मां/पापा/पिता/पति/पत्नी/वह/वो/गर्लफ्रेंड/बॉयफ्रेंड/पडोसी/छात्र/dost/saheli/bhai/behen/behan/beta/beti/maa/papa/pati/patni/woh/wo/vo/girlfriend/boyfriend/gf/bf/friend/wife/husband _ S/मरना/मर/खुद/जीना/जान/marna/mar/khud/jeena/jina/jaan _ चाहता/चाहती/कहता/कहती/रहा/रही/करना/कह/करने/कर/chahta/chahti/kehta/kehti/raha/rahi/karna/keh/karne/kar/bola/boli/bol/बोल/ले/le/मार/maar",
    calm: "हंसते/हंसते/हंस/भूख/प्यास/गर्मी/ठंड/शर्म/बोरियत/डर/थकान/hansi/haste/hanste/hasi/bhookh/bhukh/pyaas/garmi/thand/sharm/boriyat/has/hasते/hasते हंसते?/से/कर/haste?/hanste?/se/kar/ke के?/ke?/मारे?/मर/मरा/मरी/mar/mara/mari/mare/D _ गया/गई/रहा/रही/जाऊंगा/जाऊंगी/gaya/gayi/gye/raha/rahi/jaunga/jaungi/जाऊं, मर मिटना/मिटा, mar mita/mitna, टाइम/समय पास/मार, जान ले/लेगी लेगा/ली/रहा/रही, meri jaan le, गोली मार/मारो, goli maro/maar, S squad, S रोकथाम/दर/prevention, जीना N चाहता/चाहती _ में/साथ/यहां, दवा/दवाई/गोली/T समय/डॉक्टर/खाने/नाश्ते/time/doctor/subah/सुबह/khane/naste, डॉक्टर/doctor _ T, जल्दी/jaldi उठना/uthna, बाल/baal काट/kaat/कटवा, सब्जी काटते/काट/kaat, तुम/tum/tere/तेरे/tumhare/तुम्हारे पे/बिना/par/pe/bina/पर _ D, हंसी से/के, D _ तक/tak, S _ N सोचा/सोची/socha/sochi, शहर/घर/गांव/देश/shahar/ghar/gaon/desh में/me/mein जीना/jeena/jina",
    negation: "नहीं/नही/nahi/nhi/nahin/कभी2/mat/मत",
    links: "चाहता/चाहती/मैं/main/mai",
    own: "मैं/मुझे/मेरा/मेरी/मेरे/मैंने/main/mai/mujhe/mera/meri/mere/maine/muje/mene",
    friends: "दोस्त/सहेली/भाई/बहन/बेटा/बेटी/मां/पापा/पिता/पति/पत्नी/वह/वो/पडोसी/dost/saheli/bhai/behen/behan/beta/beti/maa/papa/pati/patni/woh/wo/vo/girlfriend/boyfriend/friend",
    others: "तुम/आप/लोग/कोई/हम/वे/सब/युवा/मरीज/हीरो/किरदार/tum/aap2/log/koi/hum/hero/heroine/कुत्ता/बिल्ली/लडकी/लडका/ladki/ladka",
    fiction: "फिल्म/फिल्म/मूवी/कहानी/उपन्यास/गाने/गाना/सीरियल/किताब/कविता/गेम/नाटक/एपिसोड/लेख/अध्ययन/सीन/शो/film/movie/kahani/novel/gaane/gana/serial/kitab/kavita/game/natak/article/scene/show/minecraft में/का/की/में/के/पढ/देख/me/mein/main/ka/ki/ke/के/लिख/likh, अनुवाद/translate, किरदार/पात्र/हीरो/hero/character, मतलब क्या/है, matlab kya, रोकथाम/आंकडे/रिपोर्ट/अध्ययन, गीत के बोल, lyrics, minecraft",
    recovery: "बचपन में, बच गया/गई, खुश हूं कि, khush hu ki, अब ठीक/बेहतर, ab theek/thik",
    past: "पहले _ था/थी/करता/सोचता, साल/महीने पहले, saal/sal/mahine pehle/pahle, bachpan me/mein, जब मैं _ था/थी",
    now: "फिर/दोबारा/आज/phir/fir/dobara/aaj/वापस/wapas",
    quoting_oneself: "सोचता/सोचती/कहता/कहती/sochta/sochti/kehta, मेरा दिमाग/मन, mera dimag/man, दिमाग में",
    ..NONE
};

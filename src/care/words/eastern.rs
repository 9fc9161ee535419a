//! Turkish, Arabic, Hindi (in both scripts).

use super::vocabulary::{NONE, Vocabulary};

pub(super) const TURKISH: Vocabulary = Vocabulary {
    language: "tr",
    sets: &[
        (
            "W",
            "dusunuyom/dusunuyorum/geliyor/istedim/isterdim/isterim/istiorum/istiyom/istiyordum/istiyorum/istiyoruz/keske/lazim/niyetindeyim/planliyorum/var",
        ),
        (
            "N",
            "bulamiyorum/dayanamiyorum/gelmiyor/istemem/istemez/istemiorum/istemiyom/istemiyorum/kalmadi/yok",
        ),
        ("S", "inthar*/intihar*"),
        (
            "T",
            "antidepresan/hap/haplari/haplarimi/haplarin/ilac/ilacimi/ilaclari/ilaclarimi/ilaclarin/parol/tablet/uyku",
        ),
        (
            "K",
            "asacagim/asacam/asicam/asmak/assam/atacagim/atacam/aticam/atmak/atsam/bogmak/kesecegim/kesiyorum/kesmek/oldurebilirim/oldurecegim/oldurecem/oldurmek/oldurmeyi/oldursem/oldurucem/oldururum/olduruyorum/vuracagim/vurmak/vurucam/yakmak/yok/zehirlemek",
        ),
    ],
    fillers: "amk/artik/aslinda/bazen/bile/bir/bu/bugun/cidden/cok/da/daha/de/galiba/gece/gercekten/hep/hic/sadece/sanirim/simdi/surekli/valla/vallahi/ya/yani/yarin",
    crisis: "gebermek/olmek/olmeyi/olumu W, olmek icin can atiyorum, keske dogmasam/dogmasaydim/geberse/gebersem/hic/olsam/olsem/olseydim/uyanmasam, olsem de/keske $/daha/iyi/kurtulsam/ne, olsem _ iyi/kimse/kurtulurum, nefes/var/yasamak/yasamaktan/yasamaya/yasamayi N/almak?/biktim?/olmak?/usandim?, yasamak N, yasamaktan biktim/nefret/sikildim/usandim/yoruldum, yasamaya N/deger/degmez/gucum, yasama istegim/nedenim/sebebim/sevincim kalmadi/yok, yasamak icin _ neden/nedenim/sebebim/sebep goremiyorum/kalmadi/yok, yasamanin anlami/bir/manasi anlami/kalmadi/yok yok?, hayatimin/hayatin/yasamanin _ anlami/manasi kalmadi/yok, hayattan biktim/usandim/yoruldum, hayat _ yasamaya degmez, \
        kendimi K, canima kiyacagim/kiyacam/kiyicam/kiymak/kiymayi, kendi canima, canima/hayatima/her/yasamima seye/son kastetmek/kiymak/son/verecegim/vericem/vermek/vermeyi, hayatima son, her seye son, yasamima son, kendime bir/zarar sey/verecegim/vericem/veriyorum/vermek yapacagim?, S dusunceleri/dusuncelerim/dusunuyorum/edebilirim/edecegim/edecem/ederim/edicem/ediyorum/egilimim/etmek/etmeyi/etsem/girisimi/mektubu/notu/plani/planim, S dusun*, S _ aklimdan/cozum/dusunuyorum/geciyor/planliyorum/tek, !bensiz _ daha/iyi/mutlu, ben olmasam/olmasaydim/olsem/olunce/yokken _ iyi/kimse/mutlu/rahat, ben yok olsam, kimse _ fark/ozlemez/umursamaz/uzulmez olsem?, bir daha uyanmak/uyanmamak/uyanmasam, uyuyup _ uyanmamak/uyanmasam, hic uyanmamak/uyanmasam, uyanmamak W, uyanmak N, sonsuza dek/kadar uyumak/uyusam, yok olmak/olup $/W/gitmek, ortadan kaybolmak W, kaybolmak W $, \
        balkondan/binadan/camdan/catidan/damdan/kopruden/pencereden/ucurumdan atlamak/atlamayi/atlasam/atlayacagim/atlayacam/atlicam/atmak/kendimi, arabanin/kamyonun/metronun/trenin altina/onune atlamak/atlamayi/atlayacagim/atmak/kendimi, bilegimi/bileklerimi/damarlarimi kesecegim/kesicem/kesmek/kesmeyi/kessem, aci/acisiz bir/cekmeden/nasil/olum olebilirim/olmek/olmenin/olum/olunur/yolu, nasil S/acisiz/olebilirim/olunur $/edebilirim?/edilir?, kac T _ oldurur/olmek/olur/olurum, intihar/veda mektubu/mektuplari/notu, halat/haplar/ip/silah aldim/hazir/hazirladim, elveda _ dunya/sonsuza, son aksamim/gecem/gunum, hayatta kalmak/olmak N, dunyada/hayatta kalmak/olmak/yasamak N, her sey/seyin bitmesini/bitsin W, bitsin artik/bu hayat, canimi al allahim?, allahim/tanrim canimi al, gebermek/gebersem $, olumden baska _ care/cikis/cozum/kurtulus/yol, tek care/cikis/cozum/yol _ olmek/olum, kendimi asmaya/asmayi/oldurmeye/zehirlemeye",
    act: "20/30/40/50/avuc/bir/biraz/butun/cok/fazla/hepsi/hepsini/kutu/tum _ T _ aldim/icmis/ictim/yuttum, T hepsini/tamamini aldim/ictim/yuttum, butun/tum T aldim/ictim/yuttum, T yuttum, asiri/yuksek doz aldim, bilegimi/bileklerimi/damarlarimi kestim, balkonda/catida/catinin/kenarda/koprude/kopruden/korkuluklarda/pencerenin/raylarda/ucurumun _ atliyorum/ayaktayim/bekliyorum/duruyorum/kenarindayim/oturuyorum, catidayim/raylardayim, boynuma/boynumda halat/ip/ipi gecirdim?/var?, agzima/basima/kafama/sakagima dayadim/silah/tabanca, camasir/zehir suyu? ictim",
    emergency: "bogazim kapaniyor/sisiyor/sisti, nefes/soluk alamiyorum, kalp felc/krizi geciriyorum, beni oldurecek/oldurmek/olduruyor $/istiyor?, elinde/onda bicak/silah var, 112/ambulans arayin/cagir/cagirin/lazim, nefes almiyor",
    hints: "birazdan/yakinda _ bitecek/bitiyor/kurtulacagim, her sey _ bitecek, her sey icin sagol/tesekkur/tesekkurler, elveda/hoscakal/hoscakalin, son kez/mesajim, ben gidince/olunce/yokken, soyle/soyleyin _ seviyorum, kac T, oldurucu doz, koprudeyim, dayanamiyorum $, W kaybolmak, artik/yarin burada/olmayacagim/yokum olmayacagim?",
    distress: "aci/agliyorum/bittim/bosluk/bunaldim/caresiz/caresizim/degersiz/degersizim/depresyon/depresyondayim/mutsuz/mutsuzum/tukendim/umutsuz/umutsuzum/uzgun/uzgunum/yalniz/yalnizim/yuk, dayanamiyorum _/artik, artik dayanamiyorum, kendimden nefret, hayatimdan nefret, kimse beni anlamiyor/istemiyor/sevmiyor, umudum kalmadi/yok, affedin/ozur",
    friend: "abim/ablam/annem/arkadasim/arkadasimin/babam/biri/dostum/esim/kankam/kardesim/karim/kizim/kocam/komsum/kuzenim/o/oglum/ogrencim/sevgilim/yegenim _ canina/hayatina/intihar/kendini/olmek/yasamak _ asmak/dusunuyor/edecek/ediyor/etmek/etmeyi/etti/istedigini/istemiyor/istiyor/kesiyor/kiymak/oldurecek/oldurmek/olduruyor/son/soyledi/soyluyor, intihar etmek istedigini/istiyor/istiyormus, intihara kalkisti/meyilli, kendini asmak/oldurecek/oldurmek $/_/istiyor?, olmek istedigini soyledi/soyluyor, olmek istiyor/istiyormus, yasamak istemedigini, annem/arkadasim/babam/kardesim/o _ T icti/ictim?/yuttu",
    calm: "acimdan/acliktan/gulmeden/gulmekten/korkudan/meraktan/mutluluktan/ozlemden/sicaktan/sikintidan/soguktan/susuzluktan/utancimdan/uykusuzluktan/yorgunluktan W/bayilacagim/gebericem/geberiyorum/ol/oldum/olecegim/olecem/olmek/olucem/oluyorum, beni oldurdu/olduruyor, zaman oldurmek, olesiye/olumune yorgun, olmek icin erken, olmektense/olurum, yasamak istemiyorum _ burada/sehirde, bu ailemle/burada/evde/istanbulda/onunla/sehirde/ulkede/yalniz yasamak, istanbulda/koyde/sehirde yasamak, ile yasamak, S ekibi/timi, T doktorun/duzenli/sabah/yemekten, kendimi denize/eve/ise/kitaplara/spora atmak/attim/verdim, kendimi _ denize/disari/havuza/koltuga/yataga atacagim/aticam/atmak, kendimi yok sayiyorum/saymak, saclarimi/sogan kesmek, kendimi kesmek istemeden, kendimi oldurene kadar, var olmak, olmek uzere telefonum, erken/gec/yarin uyanmak, uyanmak istemiyorum erken/sabah, S etmeyi? _ dusunmedim/dusunmem/dusunmuyorum, annem/hocam/mudurum/patronum beni oldurecek",
    negation: "asla/degil",
    links: "",
    own: "bana/ben/beni/benim/kendime/kendimi",
    friends: "abim/ablam/annem/arkadasim/babam/dostum/esim/kankam/kardesim/karim/kizim/kocam/komsum/kuzenim/o/oglum/sevgilim",
    others: "biri/gencler/hastalar/herkes/insan/insanlar/kahraman/karakter/kedi/kimse/kopek/onlar/sen/siz",
    fiction: "arastirmada/bolumde/dizide/dizisinde/filmde/filmdeki/filminde/hikayede/hikayemde/hikayemdeki/kitabinda/kitapta/makalede/minecraftta/oyunda/oyununda/romanda/romandaki/romanimda/sahnede/sarkida/sarkisinda/senaryoda/siirde, sarki sozleri, sarkinin sozleri, cevir, cevirisi, kahraman/kahramani/karakter/karakteri, ne anlama/demek, nasil denir/soylenir, arastirma/calismasi/istatistik*/onleme, hamlet, minecraft, roman yaziyorum",
    recovery: "hayatta kaldim, atlattim, mutluyum ki, iyi ki, artik iyiyim, daha iyiyim",
    past: "eskiden, ay/sene/yil/yillar once, gecmiste, cocukken/ergenken/gencken, yasindayken",
    now: "bu/bugun/tekrar/yine gece, geri geldi, son zamanlarda",
    quoting_oneself: "diyorum/dusunuyorum/duyuyorum/soyluyorum, icimdeki/kafamda",
    ..NONE
};

pub(super) const ARABIC: Vocabulary = Vocabulary {
    language: "ar",
    sets: &[
        (
            "W",
            "ابغا/ابغي/ابقي/ابي/اتمني/ارغب/اريد/اريدان/اود/بدي/بغي/بغيت/بغيتي/حاب/حابه/راح/رح/عاوز/عاوزه/عايز/عايزه/قررت/ليتني/محتاج/نبي/نفسي/ودي/يارب",
        ),
        (
            "S",
            "اتتحر/الانتحار/انتحار*/انتحاري/انتحاريه/انتحر/بالانتحار/بنتحر/حانتحر/راحانتحر/سانتحر/للانتحار/ننتحر/هانتحر",
        ),
        (
            "T",
            "ادويتي/ادويه/اقراص/الادويه/الاقراص/البرشام/الحبوب/الدوا/الدواء/العلبه/المنومه/المهدئات/باراسيتامول/برشام/حبه/حبوب/حبوبي/علبه/منوم/مهدئات",
        ),
        ("D", "الموت/اموت/بموت/مت/موت/ميت/ميته/نموت/وفاتي"),
    ],
    fillers: "الان/اللهم/الليله/اليوم/ان/انا/اني/ايضا/بجد/بس/بعد/بكرا/بكره/جدا/حتي/حقا/خلاص/دائما/دلوقتي/غدا/فعلا/فقط/في/كتير/كثيرا/كل/لو/مره/هسه/هلق/والله/يعني/يوم",
    crisis: "W D, W ان D, W ان اكون ميت/ميته, W لو D/اكون/كنت D?/ميت?/ميته?, ليتني D/كنت/لم/ما/مت اولد?/ميت?/ميته?, ياليتني D/مت/ميت, لا/لم/ما/مابقيت/ماعد/مش/معد/مو ابغا/ابغي/ابي/ارغب/اريد/استطيع/اعد/اود/بدي/حابب/حابه/عاوز/عاوزه/عايز/عايزه/عدت/فيني/قادر/قادره/نفسي/ودي _ احيا/استيقظ/اصحي/اعيش/اكمل/اكون/الاستمرار/الحياه/العيش/الوجود/حياتي/عيش/كمل/نعيش, ما ابغي/ابي/بدي/عاد اعيش/بدي/حياه/عيش/كمل, مش عاوز/عاوزه/عايز/عايزه/قادر/قادره اصحي/اعيش/اكمل/العيش/حياه, تعبت/زهقت/سئمت/طفشت/كرهت/متعب/متعبه/مليت من? الحياه/الدنيا/العيش/العيشه/حياتي/عيشتي, لا جدوي/داعي/سبب/طعم/فائده/قيمه/معني _ الحياه/حياتي/لاعيش/لحياتي/للحياه/للعيش/لوجودي/يجعلني, لايوجد/ليس/ما/مافي/مفيش حياتي/سبب/عندي/في/فيه/لحياتي/لدي/للحياه/معني _ اعيش/سبب/قيمه/لحياتي/للحياه/للعيش/معني, الحياه/حياتي بدون/بلا/لا/ليس/ما/مالها/ملهاش _ تستحق/طعم/قيمه/لها/معني, الحياه لا تستحق, حياتي انتهت, \
        اؤذي/ااذي/اجرح/احرق/اخنق/اذبح/اذي/اذيه/ارمي/اشنق/اشنقت/اطعن/اعور/اغرق/اقتل/اقتلت/اقطع/اموت/ايذاء/بقتل/تقطيع/جرح/حاقتل/حموت/راحاقتل/رمي/سارمي/ساشنق/ساقتل/قتل/هاذي/هجرح/هشنق/هقتل/هموت جسدي/حالي/روحي/شرايني/شراييني/عروقي/نفسي, اقتلني $, S, احط/اختم/اخلص/اضع/انهاء/انهي/بنهي/حانهي/حط/سانهي/نهايه/هنهي/وضع _ الالم/حد/حياتي/عذابي/كل/لحياتي/معاناتي/نفسي/نهايه شيء?/لحياتي?, انهاء/انهي حياتي, اتخلص/اخلص/التخلص من الحياه/حياتي/روحي/نفسي, احاول/اخطط/افكار/افكر/الافكار/بخطط/بفكر/تراودني/حاولت/خطه/عندي/فكرت/لدي/محاوله/نفكر _ D/S/الموت/اموت/انتحاريه, \
        احسن/ارتاحوا/اريح/اسعد/افضل/مرتاحين _ بدوني/بلاي/بلايا/دوني/من دوني?/غيري?, بدوني _ احسن/افضل, لا/لن/ما/مافي/محدش _ حدا/هيزعل/هيفتقدني/يحس/يفتقدني/يلاحظ/يهتم احد?/موتي?, لم/لو/ما/ياريت _ اتولدت/انولدت/اولد/خلقت, ان/لا/ما/مش/ولا انام/نام _ استيقظ/اصحي/اقوم, انام ولا/وما استيقظ/اصحي/اقوم/صحي, لا استيقظ ابدا/بعد/غدا/مجددا, W اختفي/الاختفاء/انام $/الي/للابد/من/نهائيا, اختفي عن/للابد/من/نهائيا الحياه?/العالم?/الوجود?, ارمي/اقفز/القفز/القي/انط/بنط/سارمي/ساقفز/هنط _ البرج/البلكونه/البنايه/الجسر/الدور/السطح/القطار/الكوبري/المبني/النافذه/بلكون/جسر/سطح/شباك/عماره/قطار/كوبري/نافذه, اقطع/جرح/قطع ايدي/شرايني/شراييني/عروقي/معصمي/وريدي/يدي, ازاي/اسرع/اسهل/طرق/طريقه/كيف/كيفيه _ S/الانتحار/الموت/اموت/انتحر/للانتحار/للموت, كام/كم T/حبه/عدد/قرص _ اموت/تقتل/تموت/لاموت/للموت/مميت/مميته/يقتل, الموت/اموت/موت بدون/بلا/بلاالم/دون/من الم/غير/وجع, رسائل/رسالتي/رساله/ورقه الاخيره/الوداع/انتحار/وداع, وداعا الي/ايها/لكم/للابد/يا, اخر ايام/ايامي/ليالي/ليله/يوم في/لي/من الدنيا?/حياتي?, الحبل/المسدس/حبل/مسدس اشتريت/جاهز/حضرت/معي, يا? رب اموت/تاخدني/تاخذني/خدني/خذ/خذني/ريحني, يارب اموت/تاخدني/تاخذني/خدني/خذني/ريحني, الموت احسن/ارحم/اريح/افضل/الحل/راحه/هو, خد/خذ روحي, خلاص*/سبيل/مخرج* الا/سوي/غير الموت",
    act: "ابتلعت/اخدت/اخذت/اكلت/بلعت/تناولت/خدت/خديت/خذيت/شربت 20/30/40/50/العديد/العلبه/الكثير/جميع/حبوب/شريط/عدد/علبه/كامل/كتير/كثير/كل/كله/كميه/مجموعه/نص _ T, ابتلعت/بلعت T, T كامله/كله/كلها $/اخذت?/بلعت?, جرعه زائده/زايده/زياده, اخدت/اخذت/تناولت جرعه, جرحت/قطعت شرايني/شراييني/عروقي/معصمي/وريدي/يدي, اقف/انا/جالس/جالسه/قاعد/قاعده/واقف/واقفه علي/فوق/في الجسر/الحافه/السطح/القضبان/الكوبري/جسر/حافه/سطح/سكه, الحبل/السكين/المسدس/حبل/سكين/مسدس الي/براسي/حول/علي/عند/في _ حلقي/راسي/رقبتي/عنقي/فمي/يدي, شربت السم/سم/فلاش/كلور/كلوركس/مبيد, ابتلعت/اخذت/بلعت/تناولت/شربت T/حبوبا كثير*",
    emergency: "حلقي/زوري/لساني _ تورم/متورم/يتورم/يضيق/ينتفخ, لا/ما/مش استطيع/اقدر/بقدر/عارف/عم/قادر/قادره _ اتنفس/التنفس, ازمه/جلطه/نوبه قلبيه, عنده/معاه/معه سكين/سلاح/مسدس, بده/بيهددني/سيقتلني/عايز/هددني/يبي/يريد/يهددني بالقتل/قتلي/يقتلني, راحيقتلني/سيقتلني/هيقتلني, اتصل/اتصلوا/اطلب _ اسعاف/الاسعاف/بالاسعاف",
    hints: "سينتهي/قريبا/كل/هيخلص _ انتهي/حاجه/سينتهي/شيء/هيخلص/ينتهي شيء?, شكرا علي كل, الوداع/وداعا, اخر رساله/مره, لم اعد اتحمل/احتمل/استطيع, بعد/عندما/لما ارحل/اروح/امشي/اموت/موتي, قل/قولوا/قولي _ احب*, كم حبه, جرعه قاتله/مميته, علي الجسر, لا مخرج/مفر, مش قادر/قادره, لن اكون موجود/هنا",
    distress: "ابكي/اكتئاب/الم/انهار/تعبان/تعبانه/تعبت/حزين/حزينه/عبء/فارغ/فاشل/فاشله/مكتئب/مكتئبه/مكسور/مكسوره/منهار/وجع/وحيد/وحيده/يائس/يائسه/ياس, لا امل, فقدت الامل, لا احد يحبني/يفهمني/يهتم, اكره حياتي/نفسي, سامحوني/سامحيني",
    friend: "ابنتي/ابني/ابي/اختي/اخويا/اخي/امي/بنتي/جاري/حبيبتي/حبيبي/زميلتي/زميلي/زوجتي/زوجي/صاحبتي/صاحبي/صديقتي/صديقي/طالب/قريبي/هو/هي/والدتي/والدي/ولدي _ بده/بدها/تبغي/تبي/تحاول/تريد/تفكر/تقول/تهدد/حاول/حاولت/عايز/عايزه/قال/قالت/يبغي/يبي/يحاول/يريد/يفكر/يقول/يهدد _ الانتحار/العيش/الموت/بالانتحار/تعيش/تقتل/تموت/تنتحر/حياته/حياتها/نفسه/نفسها/يعيش/يقتل/يموت/ينتحر, تنتحر/ينتحر, لا تريد/يريد العيش/ان تعيش?/يعيش?, يقتل نفسه, تقتل نفسها, يريد ان يموت, تريد ان تموت",
    calm: "D ب/جوع/ضحك/عطش/علي/في/من/منه البرد/التعب/الجوع/الحر/الخجل/الخوف/الضحك/العطش/الملل/شده/ضحك/كثره, D بردا/جوعا/خجلا/خوفا/شوقا/ضحكا/عطشا/مللا, D من الضحك, D شهيد/شهيدا/عجوز/عليك/عليكي/عليها/فيك/فيكي/فيه/فيها/كبير, بيقتلني/قتلني/يقتلني, قتل الوقت/وقت, اقتل الوقت, S الوقايه/فرقه/مكافحه, فرقه S, الوقايه/ضد/مكافحه/منع من? S, تفجير/تفجيرات/ظاهره/عمليه/معدل/معدلات/نسب/هجوم S, اعيش بدون/بعيدا/عند/في/مع/هنا/وحدي, العيش بدون/بعيدا/في/مع/هنا/وحدي, استيقظ باكرا/مبكرا, اصحي بدري, تعبت من الحياه الجامعيه/العمليه, T الصباح/الموصوفه/بعد/حسب/كما/مع, T وصف*, اختفي عن/من تويتر/فيسبوك/مواقع, جرحت يدي اثناء/بالسكين/بالغلط/وانا, مصاص, اموت فيك, برنامج*/فيلم*/كتاب*/مقال*/وثايقي* _ S",
    negation: "ابدا/بدون/لا/لست/لم/لن/ليس/ما/مابدي/مستحيل/مش/مو/ولا",
    links: "ابدا/ابغي/ابي/اريد/افكار/افكر/ان/انا/انوي/اود/اي/بدي/بفكر/سوف/عايز/عايزه/عندي/في/لدي/ناوي/نيه/يوما",
    own: "انا/اني/عندي/لي/نفسي",
    friends: "ابنتي/ابني/اختي/اخويا/اخي/امي/بنتي/جاري/زميلتي/زميلي/زوجتي/زوجي/صاحبتي/صاحبي/صديقتي/صديقي/هو/هي/والدتي/والدي",
    others: "احد/البطل/البطله/الشباب/القطه/الكلب/المرضي/الناس/انت/بطل/شخص/شخصيه/قطه/كلب/كلنا/نحن/هم",
    fiction: "اقرا/اكتب/شاهدت/عن/في/قرات/من/هذا/هذه اغنيه/الاغنيه/الحلقه/الدراسه/الروايه/الفيلم/القصه/القصيده/الكتاب/اللعبه/المسرحيه/المسلسل/المشهد/المقال/بحث/دراسه/روايتي/روايه/فيلم/قصتي/قصه/قصيده/كتاب/لعبه/ماينكرافت/مسلسل/مقال/مقاله, كلمات اغنيه/الاغنيه, ترجم*, ترجمه, بطل/بطله/شخصيه الروايه/الفيلم/القصه, ما معني, ماذا تعني, احصائيات/الوقايه/بحث/تقرير/دراسه حول/عن/من, شكسبير/هاملت, اقتباس",
    recovery: "نجوت, سعيد/سعيده/ممتن انني/اني/لانني, انا بخير, تعافيت",
    past: "كنت _ اريد/سابقا/صغير/صغيره/قبل/مراهق/مراهقه, قبل اعوام/سنه/سنوات/سنين/عام, منذ سنوات/سنين/عام, في الماضي, زمان, كنت افكر",
    now: "مره اخري, الان/الليله/اليوم/رجع/رجعت/عادت/مجددا, من جديد",
    quoting_oneself: "اسمع/افكر/اقول/اكرر, في راسي, صوت",
    ..NONE
};

pub(super) const HINDI: Vocabulary = Vocabulary {
    language: "hi",
    sets: &[
        (
            "W",
            "chahata/chahati/chahiye/chahta/chahte/chahti/chahu/chata/chati/dil/h/hai/hoon/hu/ichha/jee/ji/karta/karti/man/mann/raha/rahi/soch/इच्छा/करता/करती/चाहता/चाहती/चाहते/चाहूं/चाहूंगा/चाहूंगी/जी/दिल/मन/रहा/रही/रहे/सोच/है",
        ),
        ("N", "na/nahee/nahi/nahin/nai/nhi/ni/न/नही/नहीं/ना"),
        (
            "S",
            "aatmahatya/atamhatya/atmahatya/khudkhushi/khudkhusi/khudkushi/suicide/suside/आत्मघाती/आत्महत्त्या/आत्महत्या/खुदकुशी/सुइसाइड/सुसाइड",
        ),
        (
            "T",
            "davai/dawa/dawai/dawaiyan/goli/goliya/goliyaan/goliyan/pills/tablet/tablets/गोलिया/गोलियां/गोली/टैबलेट/दवा/दवाइयां/दवाई/दवाईयां/दवाएं",
        ),
        (
            "M",
            "apna/apne/apneaap/apni/khud/khudko/अपना/अपनी/अपने/अपनेआप/खुद/खुदको/स्वयं",
        ),
        (
            "D",
            "mar/marna/marnaa/marne/maut/mrna/mrne/मर/मरना/मरने/मरनेका/मरूं/मौत",
        ),
    ],
    fillers: "aaj/aap/ab/aur/baar/baare/bahut/bare/bas/bhi/bohot/hamesha/hi/ho/ka/kabhi/kal/kar/ke/ki/ko/mai/main/me/mein/mera/meri/muje/mujhe/mujhse/nahi2/raat/roz/sach/se/to/toh/yaar/अब/आज/आप/और/कभी/कर/कल/का/की/के/को/तो/बस/बहुत/बार/बारे/भी/मुझे/में/मेरा/मेरी/मैं/यार/रात/रोज/सच/से/हमेशा/ही/हो",
    crisis: "marna/marne/mrna/मरना/मरने/मरनेका W/चाहिए, मरने का W, मर जाऊं/जाऊंगा/जाऊंगी/जाना/जाने W/चाहिए, मर जाऊं/जाऊंगा/जाऊंगी/जाना $, mar jaana/jaau/jaaun/jana/jane/jau/jaun/jaunga/jaungi $/W, काश _ पैदा/मर/मरा _ जाऊं/जाता/जाती/होता/होती, kash _ mar/paida _ hota/hoti/jaata/jaati/jata/jati/jau/jaun, मौत आ/चाहता/चाहती/चाहिए/दे/मांग, maut aa/chahiye/chahta/chahti/de/maang, मरूंगा/मरूंगी $, jeena/jeene/jina/jinda/jindagi/jine/jivan/zinda/zindagi/जिंदगी/जिंदा/जिन्दगी/जीना/जीने/जीवन jeena?/rahna?/rehna?/का?/की?/जीना?/रहना? N W, jeena/jina/zinda/जिंदा/जीना N, W जीने N, jeene/jindagi/jine/jivan/zindagi/जिंदगी/जीने/जीवन _ faida/fayda/ichha/karan/maksad/man/mann/matlab/vajah/wajah/wajha/अर्थ/इच्छा/कारण/फायदा/मकसद/मतलब/मन/वजह N/khatam/खत्म, nahi/nahin/nhi/नही/नहीं jeena/jeeni/jina/jini/जीना/जीनी $/W/चाहता/चाहती/मुझे, N जी paunga/sakta/sakti/पा/पाऊंगा/सकता/सकती, jindagi/jivan/zindagi/जिंदगी/जीवन _ haar/khatam/khatm/tang/thak/अंत/ऊब/खत्म/तंग/थक/परेशान/समाप्त/हार _ aa/chuka/chuki/doon/du/dunga/dungi/gaya/gayi/gya/kar/karna/karne/आ/कर/करना/करने/गई/गया/चुका/चुकी/दूं/दूंगा/दूंगी, jeene/jine/zindagi/जिंदगी/जीने से tang/thak/तंग/थक, se tang/thak, jeekar/jine/जीकर/जीने क्या फायदा, \
        M _ chot/hurt/jaan/kaat/khatam/khatm/kill/maar/maarna/mar/marna/nuksan/काट/काटता/काटती/काटना/काटने/खत्म/चोट/जान/नुकसान/फांसी/मार/मारना/मारने _ W/dalu/dalunga/de/dena/du/dunga/kar/karna/karne/le/lena/lu/lun/lunga/lungi/na/कर/करना/करने/डालूं/डालूंगा/डालूंगी/दूं/दूंगा/दे/देना/देने/ना/पहुंचा/पहुंचाना/लूं/लूंगा/लूंगी/लेना, apni/अपनी jaan/jan/जान de/dena/du/dunga/le/lena/lu/lunga/lungi/दूं/दूंगा/दूंगी/दे/देना/देने/लूं/लूंगा/लूंगी/ले/लेना/लेने, जान दे दूं/दूंगा/दूंगी/देना/देने, jaan de dena/dene/du/dunga/dungi, \
        S ka/kar/karna/karne/karu/karun/karunga/karungi/ke/krlu/krlunga/krna/krne/kru/कर/करना/करने/करूं/करूंगा/करूंगी/का/के $/W/baare/bare/khayal/khyal/lu/lun/lunga/lungi/thoughts/vichar/ख्याल/बारे/लूं?/लूंगा?/लूंगी?/विचार, S करने, S करना, S के ख्याल/बारे/विचार, S thoughts, S _ khayal/rasta/soch/उपाय/ख्याल/रास्ता/विचार/सोच, फांसी लगा/लगाऊंगा/लगाना/लगाने, faansi/fansi/phansi laga/lagana/lagane/lga, fanda/फंदा/फंदे, mere/मेरे bina/बगैर/बिना _ accha/acha/achha/behtar/khush/theek/अच्छा/अच्छी/खुश/ठीक/बेहतर, मेरे जाने/मरने के/से, mere jane/marne ke/se, पैदा ही? न/नहीं हुआ/होता/होती, so/sokar/सो/सोकर _ kabhi/कभी N jagu/uthna/utho/uthu/उठना/उठूं/जागूं, कभी N उठना/उठूं/जागना/जागूं, kabhi na/nahi uthna/uthu/uthun, गायब हो जाऊं/जाना $/W, gayab ho jana/jau/jaun, \
        bridge/building/chat/chatt/chhat/khidki/pul/train/ऊपर/खिडकी/छज्जे/छत/ट्रेन/पुल/बिल्डिंग/ब्रिज ke/se/के/से _ aage/chalang/kood/koodna/koodne/kud/kudna/kudne/niche/samne/आगे/कूद/कूदना/कूदने/छलांग/नीचे/सामने, haath/kalai/nas/nass/कलाई/नस/नसें/हाथ kaat/kaatna/kat/katna/katne/काट/काटना/काटने/काटूं, bina/बिना dard/दर्द _ mar/marna/marne/maut/मर/मरना/मरने/मौत, kaise/कैसे _ S/mare/maru/marun/मर/मरा/मरूं, marne/मरने ka/ke/का/के aasan/tareeka/tarika/आसान/तरीका/तरीके, kitni/कितनी T _ jaan/mar/marne/maut/मर/मरने/मौत, अलविदा दुनिया/हमेशा, alvida duniya/hamesha, aakhiri/aakhri/akhri/आखिरी din/raat/दिन/रात, S note/चिट्ठी/नोट/नोटी, सब खत्म कर दूं/दूंगा/दूंगी/देना $/W?, sab khatam kar dena/du/dunga, jahar/zahar/zeher/जहर kha/khaane/khana/peena/pi/खा/खाना/पी W/kar/lena/lu/lunga/lungi/लूं/लूंगा/लूंगी/लेना, marne/maut/मरने/मौत ke/के alawa/siva/sivay/अलावा/सिवा/सिवाय _ chara/rasta/उपाय/चारा/रास्ता",
    act: "20/30/40/50/bahut/bohot/dher/poori/pura/puri/saare/saari/sab/sabhi/sare/sari/काफी/ढेर/पूरा/पूरी/बहुत/सब/सभी/सारी/सारे _ T _ kha/khali/le/leli/nigal/खा/खाली/निगल/ले _ $/chuka/gaya/gayi/hai/hain/lee/li/lin/liya/चुका/चुकी/लिए/लिया/ली/लीं/हैं, T kha/nigal/खा/निगल lee/li/liya/ली/लीं _ सारी/सारे, overdose/ओवरडोज, haath/kalai/nas/कलाई/नस/हाथ kaat/kat/काट di/lee/li/liya/दी/लिया/ली/लीं, chat/chhat/patri/pul/छत/ट्रेन/पटरी/पुल/ब्रिज ke/ki/par/pe/की/के/पर _ baitha/baithi/khada/khadi/kinare/किनारे/खडा/खडी/बैठा, गले में फंदा/रस्सी, gale me/mein fanda/rassi, acid/jahar/phenyl/zahar/zeher/जहर/तेजाब/फिनाइल kha/pee/pi/खा/पी gaya/li/liya/गया/चुका/लिया/ली",
    emergency: "गला फूल/बंद/सूज, gala band/sooj/suj, saans/sans/सांस N aa/le/आ/ले, दिल/हार्ट अटैक/का/दौरा दौरा?, heart attack aa/aaya/ho, मुझे जान/मार से डालेंगे/डालेगा/मार/मारने, mujhe maar dalega/dalenge/dega/denge, ambulance/एम्बुलेंस bulao/chahiye/चाहिए/बुलाओ",
    hints: "सब खत्म/ठीक हो जाएगा/जायेगा, sab khatam ho jaega/jayega, सब कुछ के लिए धन्यवाद/शुक्रिया, thank you sab, alvida/अलविदा, आखिरी बार, aakhri/akhri baar, अब और नहीं, ab aur nahi, जब मैं चला/चली/नहीं रहूंगा/रहूंगी, कितनी T, kitni T, कोई रास्ता नहीं, koi rasta nahi, मेरे जाने के बाद, mere jane ke baad",
    distress: "akela/akeli/bekar/bojh/dard/depressed/depression/dukhi/hatash/pareshan/rota/roti/takleef/thak/toot/udas/अकेला/अकेली/उदास/टूट/डिप्रेशन/तकलीफ/थक/दर्द/दुखी/निराश/परेशान/बेकार/बोझ/रोता/रोती/हताश, कोई नहीं चाहता/समझता, koi nahi chahta/samajhta, खुद से नफरत, khud se nafrat, उम्मीद नहीं, umeed nahi, माफ करना, maaf karna",
    friend: "behan/behen/beta/beti/bf/bhai/boyfriend/dost/friend/gf/girlfriend/husband/maa/papa/pati/patni/saheli/vo/wife/wo/woh/गर्लफ्रेंड/छात्र/दोस्त/पडोसी/पति/पत्नी/पापा/पिता/बहन/बेटा/बेटी/बॉयफ्रेंड/भाई/मां/वह/वो/सहेली _ S/jaan/jeena/jina/khud/mar/marna/खुद/जान/जीना/मर/मरना _ bol/bola/boli/chahta/chahti/kar/karna/karne/keh/kehta/kehti/le/maar/raha/rahi/कर/करना/करने/कह/कहता/कहती/चाहता/चाहती/बोल/मार/रहा/रही/ले",
    calm: "bhookh/bhukh/boriyat/garmi/hansi/hanste/has/hasi/haste/hasते/pyaas/sharm/thand/गर्मी/ठंड/डर/थकान/प्यास/बोरियत/भूख/शर्म/हंस/हंसते hanste?/haste?/kar/ke/se/कर/से/हंसते? D/ke?/mar/mara/mare/mari/के?/मर/मरा/मरी/मारे? _ gaya/gayi/gye/jaunga/jaungi/raha/rahi/गई/गया/जाऊं/जाऊंगा/जाऊंगी/रहा/रही, मर मिटना/मिटा, mar mita/mitna, टाइम/समय पास/मार, जान ले/लेगी रहा/रही/ली/लेगा, meri jaan le, गोली मार/मारो, goli maar/maro, S squad, S prevention/दर/रोकथाम, जीना N चाहता/चाहती _ में/यहां/साथ, T/गोली/दवा/दवाई doctor/khane/naste/subah/time/खाने/डॉक्टर/नाश्ते/समय/सुबह, doctor/डॉक्टर _ T, jaldi/जल्दी uthna/उठना, baal/बाल kaat/कटवा/काट, सब्जी kaat/काट/काटते, tere/tum/tumhare/तुम/तुम्हारे/तेरे bina/par/pe/पर/पे/बिना _ D, हंसी के/से, D _ tak/तक, S _ N socha/sochi/सोचा/सोची, desh/gaon/ghar/shahar/गांव/घर/देश/शहर me/mein/में jeena/jina/जीना",
    negation: "mat/nahi/nahin/nhi/कभी2/नही/नहीं/मत",
    links: "mai/main/चाहता/चाहती/मैं",
    own: "mai/main/maine/mene/mera/mere/meri/muje/mujhe/मुझे/मेरा/मेरी/मेरे/मैं/मैंने",
    friends: "behan/behen/beta/beti/bhai/boyfriend/dost/friend/girlfriend/maa/papa/pati/patni/saheli/vo/wo/woh/दोस्त/पडोसी/पति/पत्नी/पापा/पिता/बहन/बेटा/बेटी/भाई/मां/वह/वो/सहेली",
    others: "aap2/hero/heroine/hum/koi/ladka/ladki/log/tum/आप/किरदार/कुत्ता/कोई/तुम/बिल्ली/मरीज/युवा/लडका/लडकी/लोग/वे/सब/हम/हीरो",
    fiction: "article/film/gaane/game/gana/kahani/kavita/kitab/minecraft/movie/natak/novel/scene/serial/show/अध्ययन/उपन्यास/एपिसोड/कविता/कहानी/किताब/गाना/गाने/गेम/नाटक/फिल्म/मूवी/लेख/शो/सीन/सीरियल ka/ke/ki/likh/main/me/mein/का/की/के/देख/पढ/में/लिख, translate/अनुवाद, character/hero/किरदार/पात्र/हीरो, मतलब क्या/है, matlab kya, अध्ययन/आंकडे/रिपोर्ट/रोकथाम, गीत के बोल, lyrics, minecraft",
    recovery: "बचपन में, बच गई/गया, खुश हूं कि, khush hu ki, अब ठीक/बेहतर, ab theek/thik",
    past: "पहले _ करता/था/थी/सोचता, महीने/साल पहले, mahine/saal/sal pahle/pehle, bachpan me/mein, जब मैं _ था/थी",
    now: "aaj/dobara/fir/phir/wapas/आज/दोबारा/फिर/वापस",
    quoting_oneself: "kehta/sochta/sochti/कहता/कहती/सोचता/सोचती, मेरा दिमाग/मन, mera dimag/man, दिमाग में",
    ..NONE
};

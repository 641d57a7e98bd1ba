//! Words of seven languages, put together at random but always alike.

/// Names from this number on stand in no document.
pub const NAMES: u64 = 200;

/// A source of numbers that is the same in every run (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn of<'a>(&mut self, list: &'a [&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}

/// What texts of a language are made of.
#[derive(Debug)]
pub struct Language {
    /// BCP 47.
    pub tag: &'static str,
    /// Small words, every third word of a text.
    particles: &'static [&'static str],
    /// The beginnings of the other words; the first ones are the commonest.
    stems: &'static [&'static str],
    /// Their endings.
    endings: &'static [&'static str],
    /// What names are made of.
    syllables: &'static [&'static str],
    /// Between words.
    space: &'static str,
    /// Behind a sentence.
    stop: &'static str,
}

impl Language {
    /// A word; the commonest are far commoner than the rarest, as in any language.
    pub fn word(&self, random: &mut Random) -> String {
        let stems = self.stems.len() as u64;
        let rank = random.below(stems) * random.below(stems) / stems;
        format!("{}{}", self.stems[rank as usize], random.of(self.endings))
    }

    /// A sentence of about so many words, with `name` in it where there is one.
    pub fn sentence(&self, random: &mut Random, words: u64, name: Option<&str>) -> String {
        let count = words + random.below(words);
        let named = name.map(|name| (random.below(count), name));
        let mut out = String::new();
        for place in 0..count {
            if place > 0 {
                out.push_str(self.space);
            }
            match named {
                Some((at, name)) if at == place => out.push_str(name),
                _ if place % 3 == 1 => out.push_str(random.of(self.particles)),
                _ => out.push_str(&self.word(random)),
            }
        }
        out
    }

    /// Sentences up to about so many bytes; the first has `name` in it where there is one.
    pub fn text(&self, random: &mut Random, bytes: usize, name: Option<&str>) -> String {
        let mut out = self.sentence(random, 8, name);
        while out.len() < bytes {
            out.push_str(self.stop);
            out.push_str(self.space);
            out.push_str(&self.sentence(random, 8, None));
        }
        out.push_str(self.stop);
        out
    }

    /// Name `number`: every second one is a given name and a family name.
    pub fn name(&self, number: u64) -> String {
        let mut random = Random::new(number * 31 + self.tag.len() as u64);
        let mut part = |count: u64| (0..count).map(|_| random.of(self.syllables)).collect::<String>();
        let family = part(4);
        if number.is_multiple_of(2) { family } else { format!("{}{}{family}", part(2), self.space) }
    }
}

pub const LANGUAGES: [Language; 7] = [
    Language {
        tag: "en",
        particles: &["the", "of", "and", "to", "in", "a", "for", "on", "with", "by", "from", "after"],
        stems: &[
            "govern", "minist", "report", "elect", "market", "harbour", "nation", "council", "parlia", "secur",
            "negoti", "invest", "climat", "weather", "railw", "hospit", "teach", "econom", "journal", "scient",
            "labour", "export", "energ", "border", "committ", "vaccin", "transp", "cultur", "museum", "forest",
        ],
        endings: &["", "s", "er", "ed", "ing", "ment", "ion", "al", "ity", "ers"],
        syllables: &["bar", "ko", "lin", "mer", "dov", "ha", "ste", "ri", "vek", "no", "tal", "gus", "pe", "wyn"],
        space: " ",
        stop: ".",
    },
    Language {
        tag: "ar",
        particles: &["في", "من", "على", "إلى", "عن", "مع", "بعد", "قبل", "أن", "هذا", "التي", "كما"],
        stems: &[
            "حكوم",
            "وزار",
            "تقرير",
            "انتخاب",
            "سوق",
            "ميناء",
            "مجلس",
            "برلمان",
            "أمن",
            "مفاوض",
            "استثمار",
            "مناخ",
            "طقس",
            "قطار",
            "مستشفى",
            "معلم",
            "اقتصاد",
            "صحاف",
            "عالم",
            "عمال",
            "صادر",
            "طاق",
            "حدود",
            "لجن",
            "لقاح",
            "ثقاف",
            "متحف",
            "غاب",
            "رئيس",
            "مدين",
        ],
        endings: &["", "ة", "ات", "ي", "ية", "ون", "ين", "ها", "هم"],
        syllables: &["با", "كو", "لين", "مر", "دوف", "ها", "ست", "ري", "فيك", "نو", "تال", "جوس", "بي", "سام"],
        space: " ",
        stop: ".",
    },
    Language {
        tag: "ru",
        particles: &["в", "и", "на", "с", "по", "из", "для", "после", "от", "что", "как", "за"],
        stems: &[
            "правительств",
            "министр",
            "доклад",
            "выбор",
            "рын",
            "гаван",
            "народ",
            "совет",
            "парламент",
            "безопасн",
            "переговор",
            "инвестиц",
            "климат",
            "погод",
            "поезд",
            "больниц",
            "учител",
            "экономик",
            "журнал",
            "учен",
            "рабоч",
            "экспорт",
            "энерги",
            "границ",
            "комитет",
            "вакцин",
            "перевоз",
            "культур",
            "музе",
            "лес",
        ],
        endings: &["", "а", "ов", "ами", "ом", "ский", "ного", "ить", "или", "ость"],
        syllables: &["бар", "ко", "лин", "мер", "дов", "ха", "сте", "ри", "век", "но", "тал", "гус", "пе", "вин"],
        space: " ",
        stop: ".",
    },
    Language {
        tag: "zh",
        particles: &["的", "在", "和", "了", "是", "对", "与", "从", "为", "将"],
        stems: &[
            "政府",
            "部长",
            "报告",
            "选举",
            "市场",
            "港口",
            "国家",
            "议会",
            "安全",
            "谈判",
            "投资",
            "气候",
            "天气",
            "铁路",
            "医院",
            "教师",
            "经济",
            "记者",
            "科学",
            "工人",
            "出口",
            "能源",
            "边境",
            "委员会",
            "疫苗",
            "运输",
            "文化",
            "博物馆",
            "森林",
            "城市",
        ],
        endings: &["", "", "者", "家", "们", "性", "化"],
        syllables: &["巴", "科", "林", "梅", "多", "哈", "斯", "里", "维", "诺", "塔", "古", "佩", "温"],
        space: "",
        stop: "。",
    },
    Language {
        tag: "fr",
        particles: &["le", "de", "et", "à", "dans", "la", "pour", "sur", "avec", "par", "après", "été"],
        stems: &[
            "gouvern", "ministè", "rapport", "élect", "march", "port", "nation", "conseil", "parle", "sécur", "négoci",
            "invest", "climat", "mété", "chemin", "hôpit", "enseign", "économ", "journal", "scientif", "ouvri",
            "export", "énerg", "fronti", "comit", "vaccin", "transp", "cultur", "musé", "forêt",
        ],
        endings: &["", "s", "ée", "er", "ement", "ation", "al", "ité", "eurs", "ique"],
        syllables: &["bar", "cô", "lin", "mér", "dov", "ha", "sté", "ri", "vec", "nô", "tal", "gus", "pé", "ven"],
        space: " ",
        stop: ".",
    },
    Language {
        tag: "he",
        particles: &["של", "את", "על", "עם", "אל", "מן", "זה", "אחרי", "לפני", "כי"],
        stems: &[
            "ממשל",
            "שר",
            "דוח",
            "בחיר",
            "שוק",
            "נמל",
            "לאומ",
            "מועצ",
            "פרלמנט",
            "ביטחון",
            "משא",
            "השקע",
            "אקלים",
            "מזג",
            "רכב",
            "בית",
            "מור",
            "כלכל",
            "עיתונא",
            "מדע",
            "עובד",
            "יצוא",
            "אנרג",
            "גבול",
            "ועד",
            "חיסון",
            "תחבור",
            "תרבות",
            "מוזיאון",
            "יער",
        ],
        endings: &["", "ה", "ים", "ות", "י", "ית", "נו", "ת"],
        syllables: &["בר", "קו", "לין", "מר", "דוב", "הא", "סט", "רי", "וק", "נו", "טל", "גוס", "פה", "שם"],
        space: " ",
        stop: ".",
    },
    Language {
        tag: "hi",
        particles: &["के", "में", "की", "और", "से", "को", "पर", "है", "ने", "बाद"],
        stems: &[
            "सरकार",
            "मंत्री",
            "रिपोर्ट",
            "चुनाव",
            "बाज़ार",
            "बंदरगाह",
            "राष्ट्र",
            "परिषद",
            "संसद",
            "सुरक्षा",
            "वार्ता",
            "निवेश",
            "जलवायु",
            "मौसम",
            "रेल",
            "अस्पताल",
            "शिक्षक",
            "अर्थ",
            "पत्रकार",
            "विज्ञान",
            "मज़दूर",
            "निर्यात",
            "ऊर्जा",
            "सीमा",
            "समिति",
            "टीका",
            "परिवहन",
            "संस्कृति",
            "संग्रहालय",
            "वन",
        ],
        endings: &["", "ों", "ी", "ता", "िक", "ें", "वाद"],
        syllables: &["बा", "को", "लिन", "मेर", "दोव", "हा", "स्ते", "री", "वेक", "नो", "ताल", "गुस", "पे", "विन"],
        space: " ",
        stop: "।",
    },
];

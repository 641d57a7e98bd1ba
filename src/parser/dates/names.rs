//! Months, halves of the day and zones by their names.

use std::borrow::Cow;
use std::sync::LazyLock;

/// Names of the months in the languages that the web writes them in, genitives included; one string a month.
/// A word is a month when it is one of these, or three letters or more with which one of them begins.
const MONTHS: [&str; 12] = [
    "january januar jänner janvier enero janeiro gennaio januari tammikuuta tammikuu styczeń stycznia leden ledna \
     január ianuarie ocak ιανουάριος ιανουαρίου ιαν января январь січня січень януари يناير جانفي ינואר ژانویه tháng1 มกราคม",
    "february februar fevrier février febrero fevereiro febbraio februari helmikuuta helmikuu luty lutego únor února \
     február februarie şubat φεβρουάριος φεβρουαρίου φεβ февраля февраль лютого лютий февруари فبراير فيفري פברואר فوریه กุมภาพันธ์",
    "march märz maerz mrz mars marzo março maart maaliskuuta maaliskuu marzec marca březen března marec március martie \
     mart μάρτιος μαρτίου μαρ марта март березня березень مارس מרץ มีนาคม",
    "april avril abril aprile huhtikuuta huhtikuu kwiecień kwietnia duben dubna április aprilie nisan απρίλιος απριλίου \
     απρ апреля апрель квітня квітень април أبريل ابريل أفريل אפריל آوریل เมษายน",
    "may mai mayo maio maggio mei maj toukokuuta toukokuu maja květen května máj május mayıs μάιος μαΐου μαϊ μάι мая май \
     травня травень مايو ماي מאי مه พฤษภาคม",
    "june juni juin junio junho giugno kesäkuuta kesäkuu czerwiec czerwca červen června jún június iunie haziran ιούνιος \
     ιουνίου ιούν ιουν июня июнь червня червень юни يونيو جوان יוני ژوئن มิถุนายน",
    "july juli juillet julio julho luglio heinäkuuta heinäkuu lipiec lipca červenec července júl július iulie temmuz \
     ιούλιος ιουλίου ιούλ ιουλ июля июль липня липень юли يوليو جويلية יולי ژوئیه กรกฎาคม",
    "august août aout agosto augustus augusti elokuuta elokuu sierpień sierpnia srpen srpna augusztus ağustos αύγουστος \
     αυγούστου αύγ αυγ августа август серпня серпень أغسطس اغسطس أوت אוגוסט اوت สิงหาคม",
    "september sept septembre septiembre setiembre setembro settembre syyskuuta syyskuu wrzesień września září szeptember \
     septembrie eylül σεπτέμβριος σεπτεμβρίου σεπ сентября сентябрь вересня вересень септември سبتمبر ספטמבר سپتامبر กันยายน",
    "october oktober okt octobre octubre outubro ottobre oktober lokakuuta lokakuu październik października říjen října \
     október octombrie ekim οκτώβριος οκτωβρίου οκτ октября октябрь жовтня жовтень октомври أكتوبر اكتوبر אוקטובר اکتبر ตุลาคม",
    "november novembre noviembre novembro marraskuuta marraskuu listopad listopada listopadu noiembrie kasım νοέμβριος \
     νοεμβρίου νοέ νοε ноября ноябрь листопада ноември نوفمبر נובמבר نوامبر พฤศจิกายน",
    "december dezember dez decembre décembre diciembre dezembro dicembre joulukuuta joulukuu grudzień grudnia prosinec \
     prosince december decembrie aralık δεκέμβριος δεκεμβρίου δεκ декабря декабрь грудня грудень декември ديسمبر דצמבר دسامبر ธันวาคม",
];

/// The number of a month by its name, from 1.
pub(super) fn month(word: &str) -> Option<i64> {
    let word = word.to_lowercase();
    // Hebrew writes "in" at the head of the word.
    let word = word.strip_prefix('ב').filter(|rest| rest.chars().count() > 2).unwrap_or(&word);
    let names = &*BY_NAME;
    let from = names.partition_point(|(name, _)| *name < word);
    let exact = names.get(from).filter(|(name, _)| *name == word).map(|(_, month)| *month);
    let begun = || names[from..].iter().take_while(|(name, _)| name.starts_with(word)).map(|(_, month)| *month).min();
    exact.or_else(|| if word.chars().count() >= 3 { begun() } else { None })
}

/// The names in order, each with its month from 1.
static BY_NAME: LazyLock<Vec<(&str, i64)>> = LazyLock::new(|| {
    let named = |(names, month): (&'static str, i64)| names.split_ascii_whitespace().map(move |name| (name, month));
    let mut all: Vec<_> = MONTHS.into_iter().zip(1..).flat_map(named).collect();
    all.sort_unstable();
    all
});

/// Whether a word says "after noon" (`Some(true)`) or "before noon".
pub(super) fn afternoon(word: &str) -> Option<bool> {
    Some(match word.to_lowercase().as_str() {
        "am" | "a.m" | "a.m." | "오전" | "上午" | "午前" | "ص" | "πμ" | "π.μ." => false,
        "pm" | "p.m" | "p.m." | "오후" | "下午" | "午後" | "م" | "μμ" | "μ.μ." => true,
        _ => return None,
    })
}

/// The hour of 24 by the hour of 12.
pub(super) fn half_day(hour: i64, afternoon: bool) -> Option<i64> {
    match (hour, afternoon) {
        (12, false) => Some(0),
        (1..=11, true) => Some(hour + 12),
        // 14:05 PM says the same twice.
        (0..=24, _) => Some(hour),
        _ => None,
    }
}

/// Minutes east of UTC by the name of a zone. A word that names none is no reason to lose the date: zero.
pub(super) fn zone(name: &str) -> Option<i64> {
    let hours = |h: i64| Some(h * 60);
    match name.to_ascii_lowercase().as_str() {
        "nst" => Some(-210),
        "ndt" => Some(-150),
        "ast" | "clt" | "at" => hours(-4),
        "adt" | "brt" | "art" | "clst" | "uyt" => hours(-3),
        "est" | "et" | "cot" | "pet" => hours(-5),
        "edt" => hours(-4),
        "cst" | "ct" => hours(-6),
        "cdt" => hours(-5),
        "mst" | "mt" => hours(-7),
        "mdt" => hours(-6),
        "pst" | "pt" => hours(-8),
        "pdt" => hours(-7),
        "akst" => hours(-9),
        "akdt" => hours(-8),
        "hst" | "hast" => hours(-10),
        "bst" | "west" | "cet" | "met" | "mez" | "wat" => hours(1),
        "cest" | "mest" | "mesz" | "eet" | "sast" | "cat" => hours(2),
        "eest" | "msk" | "trt" | "eat" => hours(3),
        "msd" | "gst" | "samt" => hours(4),
        "pkt" | "yekt" => hours(5),
        "ist" => Some(330),
        "npt" => Some(345),
        "omst" => hours(6),
        "ict" | "wib" | "krat" => hours(7),
        "hkt" | "sgt" | "myt" | "pht" | "awst" | "wita" | "irkt" => hours(8),
        "jst" | "kst" | "wit" | "yakt" => hours(9),
        "acst" => Some(570),
        "aest" | "vlat" => hours(10),
        "acdt" => Some(630),
        "aedt" => hours(11),
        "nzst" => hours(12),
        "nzdt" => hours(13),
        _ => Some(0),
    }
}

/// Marks within words of scripts that write vowels as marks.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{E31}'..='\u{E4E}')
}

/// Digits of other scripts as ASCII, so that one reader serves all.
pub(super) fn western_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let western = |c: char| {
        let zero = match c as u32 {
            0x660..=0x669 => 0x660,
            0x6F0..=0x6F9 => 0x6F0,
            0x966..=0x96F => 0x966,
            0x9E6..=0x9EF => 0x9E6,
            0xE50..=0xE59 => 0xE50,
            0xFF10..=0xFF19 => 0xFF10,
            _ => return c,
        };
        char::from_digit(c as u32 - zero, 10).unwrap_or(c)
    };
    text.chars().map(western).collect()
}

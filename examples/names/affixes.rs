//! What names carry before and behind them, by script: a closed list from grammars, with shares learnt from how often known names
//! stand so in running text.

use std::collections::{BTreeSet, HashMap};

use feedwatch::matcher::names::letters::{Script, Symbol};
use feedwatch::matcher::names::model::Affix;

use super::corpus::symbols;

/// What may stand before a name, and what behind it (`a>b`: b in the place of a final a).
fn listed(script: Script) -> (&'static str, &'static str) {
    match script {
        Script::Arabic => ("و ف ب ك ل ال وال بال وبال لل ول وب وك فال", "ي ية ها"),
        Script::Hebrew => ("ו ה ב כ ל מ ש וב ול וש שב של שה כש ומ וה מה לה", ""),
        Script::Cyrillic => (
            "",
            "а у ом ым е ы и ем я ю і ою єм ом ові ові еві ів ого ому ами ов ой ей \
             а>ы а>и а>е а>у а>ой а>ою а>і а>ом я>и я>ю я>е я>ей я>ї я>ею \
             ь>я ь>ю ь>ем ь>е ь>и ь>ю ь>і ь>ем й>я й>ю й>ем й>е \
             ий>ого ий>ому ий>им ий>ом ій>ого ій>ому о>а о>у о>ом о>ою ин>ина",
        ),
        Script::Greek => ("", "ς ν υ ος>ου ος>ο ης>η ας>α ης>ης α>ας η>ης"),
        Script::Hangul => (
            "",
            "은 는 이 가 을 를 의 에 에서 에게 와 과 도 로 으로 만 까지 부터 처럼 보다 라 이라 이다 씨 측 는 의 라고 이라고 에도 에는 에서는 에게서 와의 과의 라는 이라는 이나 나 랑 이랑 였다 이었다 시 시의 시에 군 계 발 식",
        ),
        Script::Armenian => ("", "ը ն ի ին ից ով ում ու յի յին յից յում ի>ու ս իս"),
        Script::Georgian => (
            "",
            "ი ის ს მა მ ით თ ად დ მან ში ზე თან ისთვის სთვის დან იდან ელი ის>ი ი>ის ი>მა ი>ს ი>ში ი>ზე ა>ის ა>ამ ა>ას ე>ის",
        ),
        Script::Bengali => ("", "র ের কে তে ে ও ই রা টি দের য়ে য়ের"),
        Script::Tamil => ("", "ின் ில் ை ால் க்கு ுக்கு ஐ ும் இன் உக்கு வின் வில் யின் யில் விற்கு ்>ின் ்>ில் ்>ை ்>ுக்கு ்>ால்"),
        Script::Telugu => ("", "లో కు ను కి ని తో లోని"),
        Script::Devanagari => ("", ""),
        Script::Latin => (
            "",
            "s n in ia ia n ssa sta lla lta lle an en ssa issa ista illa ilta ille in a u om em owi owie a em ja je ju jem ov ova ovi ovou y",
        ),
        _ => ("", ""),
    }
}

/// Chance of an affix of which nothing is known.
const UNKNOWN: f32 = 0.01;

/// The affixes of a script with their costs. `known` are spellings of names, `rates` the words of running text with their share.
pub fn learn(script: Script, known: &BTreeSet<Vec<Symbol>>, rates: &HashMap<Vec<Symbol>, f32>) -> Vec<Affix> {
    let (fronts, backs) = listed(script);
    let sym = |s: &str| if s.is_empty() { Vec::new() } else { symbols(s, script, false).unwrap_or_default() };
    let mut fronts: Vec<Vec<Symbol>> = fronts.split_whitespace().map(sym).collect();
    fronts.insert(0, Vec::new());
    let mut backs: Vec<(Vec<Symbol>, Vec<Symbol>)> = backs
        .split_whitespace()
        .map(|b| match b.split_once('>') {
            Some((lost, back)) => (sym(lost), sym(back)),
            None => (Vec::new(), sym(b)),
        })
        .collect();
    backs.push((Vec::new(), Vec::new()));
    backs.sort();
    backs.dedup();
    let least = if script == Script::Hangul { 6 } else { 5 };
    // Few names are so rare that they are in no list; those that are count by the words that only a name explains.
    let names: Vec<&Vec<Symbol>> = known.iter().filter(|k| k.len() >= least).collect();
    let mut mass: HashMap<(usize, usize), (f32, u32)> = HashMap::new();
    let mut ending: HashMap<Vec<Symbol>, f32> = HashMap::new();
    let mut all = 0.0;
    for name in names {
        let mut own = 0.0;
        for (f, front) in fronts.iter().enumerate() {
            for (b, (lost, back)) in backs.iter().enumerate() {
                if !name.ends_with(lost) {
                    continue;
                }
                let word: Vec<Symbol> = [front, &name[..name.len() - lost.len()], back].concat();
                let Some(rate) = rates.get(&word) else { continue };
                if known.contains(&word) && (f > 0 || !back.is_empty()) {
                    continue;
                }
                let rate = rate.min(3e-6);
                own += rate;
                let slot = mass.entry((f, b)).or_default();
                *slot = (slot.0 + rate, slot.1 + 1);
            }
        }
        all += own;
        for (lost, _) in &backs {
            if !lost.is_empty() && name.ends_with(lost) {
                *ending.entry(lost.clone()).or_default() += own / backs.iter().filter(|b| b.0 == *lost).count() as f32;
            }
        }
    }
    let mut out = Vec::new();
    for (f, front) in fronts.iter().enumerate() {
        for (b, (lost, back)) in backs.iter().enumerate() {
            let bare = front.is_empty() && lost.is_empty() && back.is_empty();
            let base = if lost.is_empty() {
                all
            } else {
                ending.get(lost).copied().unwrap_or(0.0) * backs.iter().filter(|x| x.0 == *lost).count() as f32
            };
            let share = match mass.get(&(f, b)) {
                _ if all <= 0.0 => {
                    if bare {
                        0.6
                    } else {
                        UNKNOWN
                    }
                }
                Some((m, n)) if *n >= 5 => m / base.max(1e-12),
                _ if f > 0 && !back.is_empty() => continue,
                _ => UNKNOWN / 10.0,
            };
            let share = if bare { share.clamp(0.4, 0.95) } else { share.clamp(0.0005, 0.3) };
            out.push(Affix {
                front: front.clone().into(),
                lost: lost.clone().into(),
                back: back.clone().into(),
                cost: share.ln(),
            });
        }
    }
    out
}

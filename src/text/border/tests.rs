//! Where words end in scripts without spaces.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn clusters_are_those_of_the_segmenter(text in "[国人ーのカ\u{3099}กาำิ่เແລາຳ່໌]{0,12}") {
        let mut own = Vec::new();
        clusters(&text, fold::Table::get(), |i| own.push(i));
        own.dedup();
        let theirs: Vec<usize> = GraphemeClusterSegmenter::new().segment_str(&text).collect();
        prop_assert_eq!(own, theirs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2000), ..Default::default() })]

    #[test]
    fn what_no_word_runs_across_would_have_been_weighed_so(
        text in "(国|人|会|会議|中国|发展|国家|東京|都|の|カ|ー|か\u{3099}|ประ|เทศ|ไทย|กา|แฟ|ำ|ิ|เ|ລາ|ພາສາ|កម្ពុជា|န်|ﾞ){2,20}",
        from in any::<prop::sample::Index>(), length in 1..5_usize,
    ) {
        let places: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        let from = from.index(places.len() - 1);
        let (from, to) = (places[from], places[(from + length).min(places.len() - 1)]);
        let candidate = |left: usize, right: usize| Candidate {
            from, to, open: (from > left, to < right), left, right, run_end: text.len(),
        };
        let mut weigher = Weigher::new(&text, Memory::default());
        for c in [candidate(0, text.len()), candidate(from, text.len()), candidate(0, to)] {
            if (c.open.0 || c.open.1) && weigher.katakana(c).is_none() && weigher.is_apart(c) {
                prop_assert!(weigher.outweighs(c), "{}", &text[from..to]);
            }
        }
    }
}

fn stands(text: &str, term: &str) -> bool {
    let from = text.find(term).expect("the text holds the term");
    Weigher::new(text, Memory::default()).stands(0..text.len(), from, from + term.len(), (true, true))
}

#[test]
fn candidates_are_weighed_by_what_else_the_run_may_say() {
    for (text, term) in [
        ("两国领导人将在赫尔辛基举行会晤", "赫尔辛基"),
        ("特朗普与普京周一会谈", "普京"),
        ("法国总统选举结果公布", "选举"),
        ("联合国安理会召开紧急会议", "联合国"),
        ("峰会呼吁援助发展中国家", "发展中国家"),
        ("米大統領選挙の開票が始まった", "選挙"),
        ("北海道で大地震があった", "地震"),
        ("拜登上台", "拜登"),
        ("美国会议员", "国会"),
        ("首脳会談はヘルシンキで行われる", "ヘルシンキ"),
        ("ヘルシンキサミットが開幕", "ヘルシンキ"),
        ("ฝนตกหนักทั่วกรุงเทพเมื่อคืนนี้", "กรุงเทพ"),
        ("การเลือกตั้งจะมีขึ้นในเดือนหน้า", "เลือกตั้ง"),
        ("เดินทางมาประเทศไทยมากขึ้น", "ไทย"),
        ("对俄罗斯制裁升级", "俄罗斯"),
        ("他在北京大学任教", "大学"),
        ("南京市长江大桥", "长江"),
        ("เกิดน้ำท่วมใหญ่ในภาคใต้", "น้ำท่วม"),
        ("រដ្ឋាភិបាលកម្ពុជាបានប្រកាសច្បាប់ថ្មី", "កម្ពុជា"),
        ("ရန်ကုန်မြို့မှာ", "ရန်ကုန်"),
    ] {
        assert!(stands(text, term), "{term} in {text}");
    }
    for (text, term) in [
        ("峰会讨论发展中国家的债务问题", "中国"),
        ("罗马上周举行大规模抗议", "马上"),
        ("中国会议代表团抵达日内瓦", "国会"),
        ("東京都の小池知事が会見した", "京都"),
        ("パリティ法案が可決された", "パリ"),
        ("白俄罗斯总统", "俄罗斯"),
        ("南京市长江大桥", "市长"),
        ("国会議員が出席した", "会議"),
        ("インドネシア沖で船が沈没した", "インド"),
        ("พยานให้การต่อศาล", "ยา"),
        ("ตำรวจตามจับผู้ต้องหา", "ตา"),
        ("กาแฟราคาแพงขึ้น", "กา"),
    ] {
        assert!(!stands(text, term), "{term} in {text}");
    }
}

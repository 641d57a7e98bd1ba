//! Pairs of texts, and what a sketch survives.

use super::*;

#[test]
fn what_is_kept_is_what_was() {
    let text =
        "Ministers met in Helsinki on Tuesday, and 12 of them signed. 赫尔辛基三名部长签署了协议，会谈持续两天。";
    let sketch = Sketch::of("Talks in Helsinki end", text, "").expect("a sketch");
    assert_eq!(Sketch::from_bytes(&sketch.to_bytes()).as_ref(), Some(&sketch));
    let bytes = sketch.to_bytes();
    for cut in 0..bytes.len() {
        assert_eq!(Sketch::from_bytes(&bytes[..cut]), None);
    }
}

#[test]
fn what_says_nothing_has_no_sketch() {
    for text in ["", "Live updates", "…", "🎉🎉🎉🎉"] {
        assert_eq!(Sketch::of(text, "", ""), None, "{text}");
    }
}

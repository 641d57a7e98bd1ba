//! By what an item is known again in another feed: the page that its link leads to, and the sketch of its text.

use crate::model::Sameness;
use crate::model::ids::hash64;

use super::address::page;
use super::sketch::Sketch;

/// Page and sketch of an item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gist {
    /// Of the page's name.
    page: Option<u64>,
    sketch: Option<Sketch>,
}

impl Gist {
    /// Of an item; `None` where neither its link nor its text says enough.
    pub fn of(link: Option<&str>, title: &str, summary: &str, body: &str) -> Option<Self> {
        let gist =
            Self { page: link.and_then(page).map(|page| hash64(&page)), sketch: Sketch::of(title, summary, body) };
        (gist != Self::default()).then_some(gist)
    }

    /// Keys of an index. Two items that are the same have one of them in common, all but surely.
    pub fn bands(&self) -> Vec<u32> {
        let of_text = self.sketch.as_ref().map(Sketch::bands).unwrap_or_default();
        let of_page = self.page.map(|page| (page >> 32) as u32);
        of_page.into_iter().chain(of_text.iter().copied()).collect()
    }

    /// By what another item is the same, if it is.
    pub fn same(&self, other: &Self) -> Option<Sameness> {
        if self.page.is_some() && self.page == other.page {
            return Some(Sameness::Link);
        }
        let (own, others) = (self.sketch.as_ref()?, other.sketch.as_ref()?);
        own.is_near(others).then_some(Sameness::Text)
    }

    /// To be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![u8::from(self.page.is_some())];
        out.extend(self.page.unwrap_or_default().to_le_bytes());
        out.extend(self.sketch.as_ref().map(Sketch::to_bytes).unwrap_or_default());
        out
    }

    /// What was kept; `None` where it is no gist.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (flag, rest) = bytes.split_first()?;
        let (page, rest) = rest.split_first_chunk::<8>()?;
        let page = (*flag != 0).then_some(u64::from_le_bytes(*page));
        let sketch = if rest.is_empty() { None } else { Some(Sketch::from_bytes(rest)?) };
        Some(Self { page, sketch })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_or_one_text_is_the_same_and_what_is_kept_is_what_was() {
        let text =
            "Ministers who met in Helsinki on Tuesday left without a common paper, the hosts said after two days.";
        let gist = |link: Option<&str>, title, text| Gist::of(link, title, text, "").expect("a gist");
        let first = gist(Some("https://example.org/news/1"), "Talks end", text);
        for (other, same) in [
            (gist(Some("https://amp.example.org/news/1?utm_source=x"), "Live", ""), Some(Sameness::Link)),
            (gist(Some("https://other.example/9"), "No paper from the ministers", text), Some(Sameness::Text)),
            (gist(None, "Harbour to be rebuilt", "The city wants to rebuild its old harbour within ten years."), None),
        ] {
            assert_eq!((first.same(&other), other.same(&first)), (same, same), "{other:?}");
            assert_eq!(Gist::from_bytes(&other.to_bytes()).as_ref(), Some(&other));
            let met = first.bands().iter().any(|band| other.bands().contains(band));
            assert_eq!(met, same.is_some());
        }
        assert_eq!(Gist::of(Some("https://example.org/"), "Live", "", ""), None);
        assert_eq!(Gist::from_bytes(&[1, 2]), None);
    }
}

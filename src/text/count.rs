//! Numbers with their nouns, as a person says them.

/// `1 feed`, `2 feeds`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

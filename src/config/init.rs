//! The file that `feedwatch init` writes.

/// A commented configuration for somebody who begins: it loads as it stands, and each line says what to change.
pub fn template() -> &'static str {
    include_str!("starter.toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, load};

    #[test]
    fn what_init_writes_is_a_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feedwatch.toml");
        std::fs::write(&path, template()).unwrap();
        let variables = [("HOME".to_string(), folder.path().display().to_string())].into();
        let loaded = load(&path, &Environment { variables, strict_credentials: true, looks_closely: true });
        assert_eq!(loaded.problems, []);
        assert!(loaded.config.is_some());
    }
}

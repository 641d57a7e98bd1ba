//! Where the configuration is when nobody says, and where it was looked for when it is nowhere.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Environment;

/// No configuration was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// The paths that were tried, in order.
    pub tried: Vec<PathBuf>,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no configuration found; tried")?;
        for path in &self.tried {
            write!(f, "\n  {}", path.display())?;
        }
        f.write_str("\n`feedwatch init` writes a first one; `-c FILE` names another")
    }
}

impl std::error::Error for NotFound {}

/// The configuration to read: the one named (`-c`), that of `$FEEDWATCH_CONFIG`, `feedwatch.toml` in the working folder,
/// in the XDG configuration folder, in `/etc/feedwatch`. One that is named is given back whether it is there or not,
/// since taking another in its place would surprise.
pub fn find(explicit: Option<&Path>, environment: &Environment, cwd: &Path) -> Result<PathBuf, NotFound> {
    let set = |name: &str| environment.variables.get(name).filter(|v| !v.is_empty());
    if let Some(path) = explicit.map(Path::to_path_buf).or_else(|| set("FEEDWATCH_CONFIG").map(PathBuf::from)) {
        return Ok(path);
    }
    // The XDG specification: a relative path is ignored.
    let xdg = set("XDG_CONFIG_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let xdg = xdg.or_else(|| set("HOME").map(|home| Path::new(home).join(".config")));
    let mut tried = vec![cwd.join("feedwatch.toml")];
    tried.extend(xdg.map(|folder| folder.join("feedwatch/feedwatch.toml")));
    tried.push("/etc/feedwatch/feedwatch.toml".into());
    match tried.iter().find(|path| path.exists()) {
        Some(path) => Ok(path.clone()),
        None => Err(NotFound { tried }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn environment(variables: &[(&str, &Path)]) -> Environment {
        let variables = variables.iter().map(|(k, v)| (k.to_string(), v.display().to_string())).collect();
        Environment { variables, ..Environment::default() }
    }

    #[test]
    fn the_order_is_that_of_the_documentation() {
        let folder = tempfile::tempdir().unwrap();
        let (cwd, home) = (folder.path().join("cwd"), folder.path().join("home"));
        fs::create_dir_all(&cwd).unwrap();
        fs::create_dir_all(home.join(".config/feedwatch")).unwrap();
        let named = folder.path().join("named.toml");
        let with_home = environment(&[("HOME", &home)]);

        let said = find(None, &with_home, &cwd).unwrap_err();
        let tried = [
            cwd.join("feedwatch.toml"),
            home.join(".config/feedwatch/feedwatch.toml"),
            "/etc/feedwatch/feedwatch.toml".into(),
        ];
        assert_eq!(said.tried, tried);
        for path in &tried {
            assert!(said.to_string().contains(&path.display().to_string()));
        }
        assert!(said.to_string().contains("feedwatch init"));

        fs::write(&tried[1], "").unwrap();
        assert_eq!(find(None, &with_home, &cwd).unwrap(), tried[1]);
        fs::write(&tried[0], "").unwrap();
        assert_eq!(find(None, &with_home, &cwd).unwrap(), tried[0]);
        let with_variable = environment(&[("HOME", &home), ("FEEDWATCH_CONFIG", &named)]);
        assert_eq!(find(None, &with_variable, &cwd).unwrap(), named);
        assert_eq!(find(Some(Path::new("x.toml")), &with_variable, &cwd).unwrap(), Path::new("x.toml"));
    }
}

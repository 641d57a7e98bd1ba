//! Secrets: from a file, an environment variable or a systemd credential, or as written. None is ever part of a problem.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::reader::{Spot, Table};
use super::source::read_bounded;
use crate::model::Secret;

/// Bytes of a file that holds a secret: far more than any token, far less than a file named by mistake.
const SECRET_BYTES: u64 = 64 << 10;

/// A secret as far as it is at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// Here it is.
    Value(Secret),
    /// In a credential that systemd hands to the service alone; `check` runs without it.
    WithTheService,
}

impl Given {
    /// The secret; empty where only the service has it.
    pub fn secret(self) -> Secret {
        match self {
            Given::Value(secret) => secret,
            Given::WithTheService => Secret::new(""),
        }
    }
}

/// The path that a `…_file` key names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// A file.
    File {
        /// Absolute.
        path: PathBuf,
        /// Handed out by systemd, which sees to its permissions.
        credential: bool,
    },
    /// A credential, and `$CREDENTIALS_DIRECTORY` is not set.
    WithTheService,
}

/// A secret that stands at `key` or in the file that `key_file` names. `None`: neither is there, or the problem is told.
pub(super) fn secret(table: &Table<'_>, key: &str, key_file: &str) -> Option<Spot<Given>> {
    if table.has(key) && table.has(key_file) {
        let said = format!("`{key}` and `{key_file}` are both given");
        table.problems().error("given_twice", table.key_place(key_file), said, "keep one of the two".to_string());
        return None;
    }
    if let Some(text) = table.string(key) {
        let value = variable_or_text(table, text)?;
        return Some(Spot { value: Given::Value(value), place: text.place });
    }
    in_file(table, key_file, table.string(key_file)?)
}

/// The secret in a file that a key names. `None`: the problem is told.
pub(super) fn in_file(table: &Table<'_>, key: &str, file: Spot<&str>) -> Option<Spot<Given>> {
    let given = match path(table, key, file)? {
        Named::WithTheService => Given::WithTheService,
        Named::File { path, credential } => Given::Value(read(table, file, &path, !credential)?),
    };
    Some(Spot { value: given, place: file.place })
}

/// A value that may name an environment variable: `"$NAME"`. `"$$…"` is a text that begins with a dollar.
pub(super) fn variable_or_text(table: &Table<'_>, text: Spot<&str>) -> Option<Secret> {
    let problems = table.problems();
    let Some(name) = text.value.strip_prefix('$') else {
        if text.value.is_empty() {
            problems.error("empty", text.place, "an empty secret", None);
            return None;
        }
        return Some(Secret::new(text.value));
    };
    if name.starts_with('$') {
        return Some(Secret::new(name));
    }
    let dollar = "for a text that begins with a dollar, write it twice".to_string();
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(letters) || name.starts_with(|c: char| c.is_ascii_digit()) {
        let said = "a value that begins with `$` names an environment variable, and this is no name of one";
        problems.error("bad_variable", text.place, said, dollar);
        return None;
    }
    match table.reading().environment.variables.get(name) {
        Some(value) if !value.is_empty() => Some(Secret::new(value)),
        other => {
            let what = if other.is_some() { "is empty" } else { "is not set" };
            // `$hunter2` is more likely a password than a variable: only what looks like one is repeated.
            let named = super::mask::is_variable(text.value);
            let said = if named {
                format!("the environment variable `{name}` {what}")
            } else {
                format!("the environment variable named here {what}")
            };
            problems.error("unset_variable", text.place, said, if named { None } else { Some(dollar) });
            None
        }
    }
}

/// The path that a key names, relative to its file, or a credential. `None`: the problem is told.
pub(super) fn path(table: &Table<'_>, key: &str, text: Spot<&str>) -> Option<Named> {
    let problems = table.problems();
    let environment = table.reading().environment;
    if let Some(name) = text.value.strip_prefix("$CREDENTIALS_DIRECTORY/") {
        return match environment.variables.get("CREDENTIALS_DIRECTORY").filter(|d| !d.is_empty()) {
            Some(folder) => Some(Named::File { path: Path::new(folder).join(name), credential: true }),
            None => {
                let said = "$CREDENTIALS_DIRECTORY is not set: only the service has this credential";
                let hint = "systemd sets it: `LoadCredential=` in the unit".to_string();
                if environment.strict_credentials {
                    problems.error("no_credentials", text.place, said, hint);
                    return None;
                }
                problems.warning("no_credentials", text.place, said, hint);
                Some(Named::WithTheService)
            }
        };
    }
    if text.value.is_empty() || text.value.starts_with('$') {
        let said = format!("`{key}` names a file");
        let hint = "of variables only `$CREDENTIALS_DIRECTORY/NAME` may stand here".to_string();
        problems.error("bad_path", text.place, said, hint);
        return None;
    }
    Some(Named::File { path: table.source().resolve(text.value), credential: false })
}

/// The file that a `…_file` key names, which is read later (cookies, certificates): told now if it cannot be.
pub(super) fn file(table: &Table<'_>, key: &str, holds_secret: bool) -> Option<PathBuf> {
    let text = table.string(key)?;
    let Named::File { path, credential } = path(table, key, text)? else { return None };
    // Cookies and bundles of authorities are larger than a password, and still small.
    match read_bounded(&path, 4 << 20) {
        Err(said) => {
            table.problems().error("unreadable_file", text.place, format!("{} {said}", path.display()), None);
            None
        }
        Ok((_, metadata)) => {
            if holds_secret && !credential {
                warn_of_mode(table, text, &path, metadata.permissions().mode());
            }
            Some(path)
        }
    }
}

/// Further certificate authorities; a file without any is told now and not at the first connection.
pub(super) fn ca_file(table: &Table<'_>) -> Option<PathBuf> {
    let path = file(table, "ca_file", false)?;
    let text = table.string("ca_file")?;
    let (bytes, _) = read_bounded(&path, 4 << 20).ok()?;
    let marker = b"-----BEGIN CERTIFICATE-----";
    if !bytes.windows(marker.len()).any(|w| w == marker) {
        let said = format!("{} holds no certificate", path.display());
        table.problems().error("bad_certificate", text.place, said, "certificates are read in PEM form".to_string());
        return None;
    }
    Some(path)
}

fn read(table: &Table<'_>, text: Spot<&str>, path: &Path, check_mode: bool) -> Option<Secret> {
    let problems = table.problems();
    let shown = path.display();
    let (bytes, metadata) = match read_bounded(path, SECRET_BYTES) {
        Ok(read) => read,
        Err(said) => {
            problems.error("unreadable_file", text.place, format!("{shown} {said}"), None);
            return None;
        }
    };
    if check_mode {
        warn_of_mode(table, text, path, metadata.permissions().mode());
    }
    let Ok(secret) = String::from_utf8(bytes) else {
        problems.error("bad_secret", text.place, format!("{shown} is not UTF-8"), None);
        return None;
    };
    let trimmed = secret.strip_suffix('\n').unwrap_or(&secret);
    let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
    if trimmed.is_empty() {
        problems.error("empty", text.place, format!("{shown} is empty"), None);
        return None;
    }
    Some(Secret::new(trimmed))
}

fn warn_of_mode(table: &Table<'_>, text: Spot<&str>, path: &Path, mode: u32) {
    let who = match (mode & 0o040 != 0, mode & 0o004 != 0) {
        (false, false) => return,
        (_, true) => "everybody",
        (true, false) => "its group",
    };
    let said = format!("{} can be read by {who} (mode {:04o})", path.display(), mode & 0o7777);
    let hint = format!("chmod 600 {}", path.display());
    table.problems().warning("readable_secret", text.place, said, hint);
}

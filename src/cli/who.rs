//! Who types the command, for what is recorded with a name.

/// The user behind `sudo`, else the name of the user that the process runs as, else its number.
pub fn who() -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    let uid = rustix::process::getuid();
    if let Some(name) = variable("SUDO_USER").filter(|_| uid.is_root() || variable("SUDO_UID").is_some()) {
        return name;
    }
    let number = uid.as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    // A user of a directory service stands in no file here.
    name.or_else(|| variable("USER")).unwrap_or_else(|| format!("user {number}"))
}

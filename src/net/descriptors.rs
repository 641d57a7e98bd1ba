//! How many sockets the process may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit on open files as far as the system lets this process raise it, and says what it is then. Most systems
/// begin at 1,024 for the sake of very old programs, and let each have many times that.
pub fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    // Refused only where it is as high as may be already.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |current| usize::try_from(current).unwrap_or(usize::MAX))
}

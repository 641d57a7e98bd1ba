//! How one attempt at a delivery ended. The sender returns it; one place (`planner::retry`) decides what follows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the other side, or the way to it, said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The target took it.
    Accepted {
        /// What it said, for `explain` and `notify`.
        said: String,
    },
    /// The target refused this very message, and always will.
    Refused {
        /// What it said.
        said: String,
    },
    /// Trouble of the way: the same message again, later.
    Retry {
        /// What went wrong.
        said: String,
        /// Not before this long from now, as the target asked.
        after: Option<Duration>,
    },
    /// The target refused this message and every one to come (HTTP 410).
    Gone {
        /// What it said.
        said: String,
    },
    /// A mail: one verdict a recipient that was tried.
    Recipients {
        /// Address and verdict, in the order tried. None of these is itself `Recipients` or `Gone`.
        each: Vec<(String, Verdict)>,
    },
}

impl Verdict {
    /// Trouble of the way without a wish of the other side.
    pub fn retry(said: impl Into<String>) -> Self {
        Verdict::Retry { said: said.into(), after: None }
    }
}

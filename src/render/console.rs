//! Alerts for a person at a terminal or reading a log.

use crate::model::{Alert, Delivery};

/// What the output can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether escape codes for colour may be used.
    pub colour: bool,
    /// Columns of a line.
    pub width: usize,
}

/// The delivery as lines, each ended. Text from feeds cannot move the cursor or reorder the rest of a line.
pub fn text(delivery: &Delivery, alerts: &[Alert], style: Style) -> String {
    let _ = (delivery, alerts, style);
    todo!()
}

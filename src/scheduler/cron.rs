//! Cron expressions as Vixie's cron means them, on the `cron` crate, which means them as Quartz does.

use crate::model::Time;

/// A checked cron expression with its time zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Cron {
    expression: String,
    zone: chrono_tz::Tz,
}

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronError {
    /// A sentence for the user.
    pub message: String,
    /// The byte span within the expression.
    pub span: std::ops::Range<usize>,
}

impl Cron {
    /// Reads an expression of five fields (Vixie's meaning), six or seven (the `cron` crate's), or `@daily` and its like.
    pub fn parse(expression: &str, zone: chrono_tz::Tz) -> Result<Self, CronError> {
        let _ = (expression, zone);
        todo!()
    }

    /// The first firing after this moment; `None` only when there is none in the next years.
    pub fn next_after(&self, after: Time) -> Option<Time> {
        let _ = (after, &self.expression, self.zone);
        todo!()
    }
}

//! Targets (chỉ tiêu): a number to reach, and the pace it should be reached at.

use jiff::civil::Date;

use super::rules::Compare;

/// A number to reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// What is measured, e.g. `disbursement`; routes may ask for it.
    pub metric: String,
    /// `> 90`
    pub op: Compare,
    /// The number.
    pub value: f64,
    /// `%` or any word.
    pub unit: String,
    /// First day of the pace; default the deadline's `from`, else the dispatch date.
    pub from: Option<Date>,
    /// The value on that day; default the last figure by then, else 0.
    pub start: Option<f64>,
    /// Points of a pace that is not a straight line, by date.
    pub pace: Vec<(Date, f64)>,
}

/// A reported number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The day it describes.
    pub as_of: Date,
    /// The number.
    pub value: f64,
    /// When it was recorded, Unix milliseconds.
    pub recorded_at_ms: i64,
}

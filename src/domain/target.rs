//! Targets (chỉ tiêu): a number to reach, and the pace it should be reached at.

use jiff::civil::Date;

use super::calendar::WorkingCalendar;
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

/// The days a pace runs between.
#[derive(Clone, Copy, Debug)]
pub struct PaceSpan {
    /// Where it starts when the target itself does not say.
    pub from: Date,
    /// The deadline's last day; `None` leaves only the points of `target.pace`.
    pub to: Option<Date>,
}

impl Target {
    /// What the pace asks for on `day`: a line over working days, through the points of `target.pace` where there are any.
    /// `None` when the target has neither a deadline nor points.
    pub fn needed_on(&self, day: Date, span: PaceSpan, figures: &[Figure], calendar: &WorkingCalendar) -> Option<f64> {
        let from = self.from.unwrap_or(span.from);
        let start = self.start.unwrap_or_else(|| last_figure_by(figures, from).map_or(0.0, |figure| figure.value));
        let mut points = vec![(from, start)];
        points.extend(self.pace.iter().copied().filter(|(date, _)| *date > from));
        if let Some(to) = span.to
            && points.last().is_some_and(|(date, _)| *date < to)
        {
            points.push((to, self.value));
        }
        if points.len() < 2 {
            return None;
        }
        points.sort_by_key(|(date, _)| *date);
        let next = points.iter().position(|(date, _)| *date >= day);
        Some(match next {
            Some(0) => points[0].1,
            None => points[points.len() - 1].1,
            Some(index) => {
                let (low, high) = (points[index - 1], points[index]);
                let whole = f64::from(calendar.working_days_after_up_to(low.0, high.0));
                let part = f64::from(calendar.working_days_after_up_to(low.0, day));
                if whole == 0.0 { high.1 } else { low.1 + (high.1 - low.1) * part / whole }
            }
        })
    }

    /// How many points `figure` lies behind the pace: percentage points, for other units hundredths of `value`.
    /// Negative when ahead; `None` without a pace, and for targets that are a ceiling.
    pub fn points_behind(&self, figure: Figure, span: PaceSpan, figures: &[Figure], calendar: &WorkingCalendar) -> Option<f64> {
        if matches!(self.op, Compare::Less | Compare::AtMost) {
            return None;
        }
        let gap = self.needed_on(figure.as_of, span, figures, calendar)? - figure.value;
        if self.unit == "%" {
            Some(gap)
        } else if self.value == 0.0 {
            None
        } else {
            Some(gap * 100.0 / self.value)
        }
    }

    /// Whether that number reaches the target.
    pub fn is_reached_by(&self, value: f64) -> bool {
        self.op.holds(value, self.value)
    }
}

/// The figure with the latest as-of day on or before `day`.
pub fn last_figure_by(figures: &[Figure], day: Date) -> Option<Figure> {
    figures.iter().copied().filter(|figure| figure.as_of <= day).max_by_key(|figure| figure.as_of)
}

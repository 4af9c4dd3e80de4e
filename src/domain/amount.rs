//! A count of one unit of time, as administrators write it: "3 working days", "20 minutes".

/// What a step or a setting counts in. What says *working* counts working time, what does not counts the civil calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// ngày làm việc
    WorkingDays,
    /// giờ làm việc
    WorkingHours,
    /// ngày (civil days)
    Days,
    /// giờ (clock time)
    Hours,
    /// phút (clock time)
    Minutes,
}

/// A count of one [`Unit`], at most 9,999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    /// How many.
    pub count: u16,
    /// Of what.
    pub unit: Unit,
}

impl Amount {
    /// The largest count that is accepted.
    pub const COUNT_MAX: u16 = 9_999;

    /// `count` working days.
    pub const fn working_days(count: u16) -> Self {
        Self { count, unit: Unit::WorkingDays }
    }

    /// `count` working hours.
    pub const fn working_hours(count: u16) -> Self {
        Self { count, unit: Unit::WorkingHours }
    }
}

//! The Vietnamese lunar calendar (âm lịch) at UTC+7, from the moments of new moon and the sun's longitude.
//!
//! New moons and the sun's longitude follow J. Meeus, *Astronomical Algorithms* (2nd ed., chapters 49 and 25). A month
//! begins on the civil day of a new moon at UTC+7; month 11 holds the winter solstice; of thirteen months between two
//! months 11 the first in which the sun enters no new sign is the leap month. A Chinese table must never be used: it is
//! reckoned at UTC+8 and differs, for Tết in 2007, 2030 and 2053.

use std::sync::OnceLock;

use jiff::civil::Date;

/// A day of the lunar calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LunarDate {
    /// The civil year in which the lunar year begins.
    pub year: i16,
    /// 1 (Giêng) to 12 (Chạp).
    pub month: u8,
    /// Whether it is the leap month (tháng nhuận) that follows the month of that number.
    pub leap: bool,
    /// 1 to 30.
    pub day: u8,
}

/// One month of the table: numbered, with the Julian day number it begins on.
#[derive(Clone, Copy, Debug)]
struct Month {
    start: i32,
    year: i16,
    number: u8,
    leap: bool,
}

/// Lunar years of the table; the calendar asks for 1990 to 2149.
const YEAR_FIRST: i16 = 1980;
const YEAR_LAST: i16 = 2150;
/// Julian day of 01/01/2000.
const JULIAN_DAY_2000: i32 = 2_451_545;

/// The lunar date of a civil date from 1981 to 2149, `None` outside.
pub fn lunar_of(date: Date) -> Option<LunarDate> {
    let day = julian_day(date);
    let months = months();
    let next = months.partition_point(|month| month.start <= day);
    // The table's last month has no end, so a day in it has no date.
    if next == 0 || next == months.len() {
        return None;
    }
    let month = months[next - 1];
    let day = u8::try_from(day - month.start + 1).ok()?;
    Some(LunarDate { year: month.year, month: month.number, leap: month.leap, day })
}

/// The civil date of a lunar date; `None` for a month or day that year does not have, or outside the table.
pub fn civil_of(lunar: LunarDate) -> Option<Date> {
    let months = months();
    let from = months.partition_point(|month| month.year < lunar.year);
    let at = (from..months.len())
        .take_while(|&at| months[at].year == lunar.year)
        .find(|&at| months[at].number == lunar.month && months[at].leap == lunar.leap)?;
    let length = months.get(at + 1)?.start - months[at].start;
    let day = i32::from(lunar.day);
    (1..=length).contains(&day).then(|| civil_of_julian_day(months[at].start + day - 1))
}

/// Mùng 1 tháng Giêng: the first day of that lunar year.
pub fn new_year(year: i16) -> Option<Date> {
    civil_of(LunarDate { year, month: 1, leap: false, day: 1 })
}

/// The name of a lunar year in the cycle of sixty: "Giáp Thìn" for 2024.
pub fn year_name(year: i16) -> String {
    const STEMS: [&str; 10] = ["Canh", "Tân", "Nhâm", "Quý", "Giáp", "Ất", "Bính", "Đinh", "Mậu", "Kỷ"];
    const BRANCHES: [&str; 12] = ["Thân", "Dậu", "Tuất", "Hợi", "Tý", "Sửu", "Dần", "Mão", "Thìn", "Tỵ", "Ngọ", "Mùi"];
    let place = |length: i16| usize::try_from(year.rem_euclid(length)).unwrap_or(0);
    format!("{} {}", STEMS[place(10)], BRANCHES[place(12)])
}

/// The Julian day number of a civil date (the one that begins at its noon).
pub(super) fn julian_day(date: Date) -> i32 {
    let before_march = i32::from(date.month() <= 2);
    let year = i32::from(date.year()) + 4800 - before_march;
    let month = i32::from(date.month()) + 12 * before_march - 3;
    let centuries = year.div_euclid(100);
    i32::from(date.day()) + (153 * month + 2) / 5 + 365 * year + year.div_euclid(4) - centuries + centuries.div_euclid(4) - 32_045
}

/// The civil date of a Julian day number; the inverse of [`julian_day`].
pub(super) fn civil_of_julian_day(day: i32) -> Date {
    let shifted = day + 32_044;
    let centuries = (4 * shifted + 3).div_euclid(146_097);
    let in_century = shifted - (146_097 * centuries).div_euclid(4);
    let years = (4 * in_century + 3).div_euclid(1461);
    let in_year = in_century - (1461 * years).div_euclid(4);
    let month = (5 * in_year + 2) / 153;
    let year = 100 * centuries + years - 4800 + month / 10;
    let month_of_year = month + 3 - 12 * (month / 10);
    let day_of_month = in_year - (153 * month + 2) / 5 + 1;
    Date::new(
        i16::try_from(year).expect("only days of the years 1970 to 2160 are asked for"),
        i8::try_from(month_of_year).expect("1 to 12"),
        i8::try_from(day_of_month).expect("1 to 31"),
    )
    .expect("a Julian day is a valid civil day")
}

fn months() -> &'static [Month] {
    static MONTHS: OnceLock<Vec<Month>> = OnceLock::new();
    MONTHS.get_or_init(reckon_months)
}

/// All months from Giêng of [`YEAR_FIRST`] to Chạp of [`YEAR_LAST`].
fn reckon_months() -> Vec<Month> {
    let lunation_of = |year: i16| floor((f64::from(year) - 2000.0) * 12.3685);
    let starts: Vec<i32> = (lunation_of(YEAR_FIRST) - 16..lunation_of(YEAR_LAST) + 32).map(new_moon_day).collect();
    let signs: Vec<i32> = starts.iter().map(|&day| sun_sign(day)).collect();
    // The winter solstice is the sun's entry into the sign that begins at 270°.
    let elevenths: Vec<usize> =
        (0..starts.len() - 1).filter(|&at| signs[at] <= 8 && signs[at] >= 6 && signs[at + 1] >= 9).collect();
    let mut months = Vec::with_capacity(starts.len());
    for pair in elevenths.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let leap_at = (to - from == 13).then(|| (from + 1..to).find(|&at| signs[at] == signs[at + 1])).flatten();
        // A month 11 begins between late November and late December.
        let year = civil_of_julian_day(starts[from]).year();
        let mut number = 11;
        for (at, &start) in starts.iter().enumerate().take(to).skip(from) {
            let leap = leap_at == Some(at);
            if at > from && !leap {
                number += 1;
            }
            let (year, number) = if number > 12 { (year + 1, number - 12) } else { (year, number) };
            months.push(Month { start, year, number, leap });
        }
    }
    months.retain(|month| (YEAR_FIRST..=YEAR_LAST).contains(&month.year));
    months
}

/// The Julian day number of the civil day at UTC+7 on which lunation `k` begins; lunation 0 is January 2000.
fn new_moon_day(k: i32) -> i32 {
    let universal = new_moon(f64::from(k)) - delta_t_days(2000.0 + f64::from(k) / 12.3685);
    floor(universal + 0.5 + 7.0 / 24.0)
}

/// The thirty-degree sign (0 to 11) the sun stands in at the first midnight of that day at UTC+7.
fn sun_sign(day: i32) -> i32 {
    let universal = f64::from(day) - 0.5 - 7.0 / 24.0;
    let year = 2000.0 + f64::from(day - JULIAN_DAY_2000) / 365.25;
    floor(sun_longitude(universal + delta_t_days(year)) / 30.0)
}

/// Periodic terms of a new moon: days, power of the eccentricity factor, multiples of M, M', F.
const MOON_TERMS: [(f64, i32, f64, f64, f64); 24] = [
    (-0.407_20, 0, 0.0, 1.0, 0.0),
    (0.172_41, 1, 1.0, 0.0, 0.0),
    (0.016_08, 0, 0.0, 2.0, 0.0),
    (0.010_39, 0, 0.0, 0.0, 2.0),
    (0.007_39, 1, -1.0, 1.0, 0.0),
    (-0.005_14, 1, 1.0, 1.0, 0.0),
    (0.002_08, 2, 2.0, 0.0, 0.0),
    (-0.001_11, 0, 0.0, 1.0, -2.0),
    (-0.000_57, 0, 0.0, 1.0, 2.0),
    (0.000_56, 1, 1.0, 2.0, 0.0),
    (-0.000_42, 0, 0.0, 3.0, 0.0),
    (0.000_42, 1, 1.0, 0.0, 2.0),
    (0.000_38, 1, 1.0, 0.0, -2.0),
    (-0.000_24, 1, -1.0, 2.0, 0.0),
    (-0.000_07, 0, 2.0, 1.0, 0.0),
    (0.000_04, 0, 0.0, 2.0, -2.0),
    (0.000_04, 0, 3.0, 0.0, 0.0),
    (0.000_03, 0, 1.0, 1.0, -2.0),
    (0.000_03, 0, 0.0, 2.0, 2.0),
    (-0.000_03, 0, 1.0, 1.0, 2.0),
    (0.000_03, 0, -1.0, 1.0, 2.0),
    (-0.000_02, 0, -1.0, 1.0, -2.0),
    (-0.000_02, 0, 1.0, 3.0, 0.0),
    (0.000_02, 0, 0.0, 4.0, 0.0),
];

/// Planetary corrections: degrees at lunation 0, degrees a lunation, days.
const PLANET_TERMS: [(f64, f64, f64); 14] = [
    (299.77, 0.107_408, 0.000_325),
    (251.88, 0.016_321, 0.000_165),
    (251.83, 26.651_886, 0.000_164),
    (349.42, 36.412_478, 0.000_126),
    (84.66, 18.206_239, 0.000_110),
    (141.74, 53.303_771, 0.000_062),
    (207.14, 2.453_732, 0.000_060),
    (154.84, 7.306_860, 0.000_056),
    (34.52, 27.261_239, 0.000_047),
    (207.19, 0.121_824, 0.000_042),
    (291.34, 1.844_379, 0.000_040),
    (161.72, 24.198_154, 0.000_037),
    (239.56, 25.513_099, 0.000_035),
    (331.55, 3.592_518, 0.000_023),
];

/// The moment of new moon `k` as a Julian day in dynamical time (Meeus, chapter 49; good to some seconds).
fn new_moon(k: f64) -> f64 {
    let t = k / 1236.85;
    let mean = 2_451_550.097_66 + 29.530_588_861 * k + t * t * (0.000_154_37 + t * (-0.000_000_150 + t * 0.000_000_000_73));
    let eccentricity = 1.0 - t * (0.002_516 + t * 0.000_007_4);
    let sun = 2.5534 + 29.105_356_70 * k - t * t * (0.000_001_4 + t * 0.000_000_11);
    let moon = 201.5643 + 385.816_935_28 * k + t * t * (0.010_758_2 + t * (0.000_012_38 - t * 0.000_000_058));
    let latitude = 160.7108 + 390.670_502_84 * k - t * t * (0.001_611_8 + t * (0.000_002_27 - t * 0.000_000_011));
    let node = 124.7746 - 1.563_755_88 * k + t * t * (0.002_067_2 + t * 0.000_002_15);
    let periodic: f64 = MOON_TERMS
        .iter()
        .map(|&(days, power, of_sun, of_moon, of_latitude)| {
            days * eccentricity.powi(power) * sine(of_sun * sun + of_moon * moon + of_latitude * latitude)
        })
        .sum();
    let planets: f64 = PLANET_TERMS.iter().map(|&(at, per_lunation, days)| days * sine(at + per_lunation * k)).sum();
    mean + periodic + planets - 0.000_17 * sine(node)
}

/// The sun's apparent longitude in degrees at a Julian day in dynamical time (Meeus, chapter 25; good to 0.01°).
fn sun_longitude(day: f64) -> f64 {
    let t = (day - f64::from(JULIAN_DAY_2000)) / 36_525.0;
    let mean = 280.466_46 + t * (36_000.769_83 + t * 0.000_303_2);
    let anomaly = 357.529_11 + t * (35_999.050_29 - t * 0.000_153_7);
    let centre = (1.914_602 - t * (0.004_817 + t * 0.000_014)) * sine(anomaly)
        + (0.019_993 - t * 0.000_101) * sine(2.0 * anomaly)
        + 0.000_289 * sine(3.0 * anomaly);
    let node = 125.04 - 1934.136 * t;
    (mean + centre - 0.005_69 - 0.004_78 * sine(node)).rem_euclid(360.0)
}

/// Dynamical minus universal time in days. About a minute in all these years; only a new moon within seconds of midnight
/// could tell a better figure apart.
fn delta_t_days(year: f64) -> f64 {
    (64.0 + 0.3 * (year - 2000.0)).max(50.0) / 86_400.0
}

fn sine(degrees: f64) -> f64 {
    degrees.rem_euclid(360.0).to_radians().sin()
}

#[expect(clippy::cast_possible_truncation, reason = "day numbers and lunations of two centuries fit by far")]
fn floor(number: f64) -> i32 {
    number.floor() as i32
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    type MonthAndDay = (i8, i8);

    /// Year, mùng 1 tháng Giêng, 10 tháng 3 (month and day each).
    const TABLE: [(i16, MonthAndDay, MonthAndDay); 16] = [
        (2020, (1, 25), (4, 2)),
        (2021, (2, 12), (4, 21)),
        (2022, (2, 1), (4, 10)),
        (2023, (1, 22), (4, 29)),
        (2024, (2, 10), (4, 18)),
        (2025, (1, 29), (4, 7)),
        (2026, (2, 17), (4, 26)),
        (2027, (2, 6), (4, 16)),
        (2028, (1, 26), (4, 4)),
        (2029, (2, 13), (4, 23)),
        (2030, (2, 2), (4, 12)),
        (2031, (1, 23), (4, 1)),
        (2032, (2, 11), (4, 19)),
        (2033, (1, 31), (4, 9)),
        (2034, (2, 19), (4, 28)),
        (2035, (2, 8), (4, 17)),
    ];

    #[test]
    fn tet_and_the_tenth_of_the_third_fall_where_the_table_says() {
        for (year, (tet_month, tet_day), (gio_to_month, gio_to_day)) in TABLE {
            assert_eq!(new_year(year), Some(date(year, tet_month, tet_day)), "Tết {year}");
            let gio_to = LunarDate { year, month: 3, leap: false, day: 10 };
            assert_eq!(civil_of(gio_to), Some(date(year, gio_to_month, gio_to_day)), "10/3 {year}");
        }
    }

    #[test]
    fn the_years_in_which_hanoi_and_beijing_differ_follow_hanoi() {
        assert_eq!(new_year(1985), Some(date(1985, 1, 21)));
        assert_eq!(new_year(2007), Some(date(2007, 2, 17)));
        assert_eq!(new_year(2030), Some(date(2030, 2, 2)));
        assert_eq!(new_year(2053), Some(date(2053, 2, 18)));
    }

    #[test]
    fn leap_months_are_found() {
        let leap_months: Vec<(i16, u8)> =
            months().iter().filter(|month| month.leap).map(|month| (month.year, month.number)).collect();
        for expected in [(2004, 2), (2006, 7), (2009, 5), (2012, 4), (2014, 9), (2017, 6), (2020, 4), (2023, 2), (2025, 6)] {
            assert!(leap_months.contains(&expected), "{expected:?}");
        }
        for (year, month) in [(2028, 5), (2031, 3), (2033, 11), (2036, 6), (2039, 5), (2042, 2), (2044, 7)] {
            assert!(leap_months.contains(&(year, month)), "{year}/{month}");
        }
        assert_eq!(leap_months.iter().filter(|(year, _)| (2004..=2025).contains(year)).count(), 9);
    }

    #[test]
    fn chap_of_2024_to_2026_has_no_thirtieth() {
        for year in 2024..=2026 {
            assert_eq!(civil_of(LunarDate { year, month: 12, leap: false, day: 30 }), None, "{year}");
            assert!(civil_of(LunarDate { year, month: 12, leap: false, day: 29 }).is_some(), "{year}");
        }
    }

    #[test]
    fn what_lies_outside_the_table_has_no_date() {
        assert_eq!(lunar_of(date(1900, 1, 1)), None);
        assert_eq!(lunar_of(date(2200, 1, 1)), None);
        assert_eq!(civil_of(LunarDate { year: 2023, month: 5, leap: true, day: 1 }), None);
        assert_eq!(civil_of(LunarDate { year: 2023, month: 5, leap: false, day: 0 }), None);
    }

    #[test]
    fn years_bear_the_names_of_the_cycle_of_sixty() {
        assert_eq!(year_name(2020), "Canh Tý");
        assert_eq!(year_name(2024), "Giáp Thìn");
        assert_eq!(year_name(2026), "Bính Ngọ");
        assert_eq!(year_name(2027), "Đinh Mùi");
    }

    #[test]
    fn every_month_has_29_or_30_days_and_every_year_12_or_13_months() {
        for pair in months().windows(2) {
            assert!((29..=30).contains(&(pair[1].start - pair[0].start)), "{pair:?}");
        }
        for year in YEAR_FIRST..=YEAR_LAST {
            let of_year: Vec<&Month> = months().iter().filter(|month| month.year == year).collect();
            assert_eq!(of_year.iter().filter(|month| !month.leap).count(), 12, "{year}");
            assert!(of_year.iter().filter(|month| month.leap).count() <= 1, "{year}");
        }
    }

    proptest! {
        #[test]
        fn a_civil_date_comes_back_from_the_moon(day in 0_i32..58_440) {
            let civil = civil_of_julian_day(julian_day(date(1990, 1, 1)) + day);
            prop_assert_eq!(lunar_of(civil).and_then(civil_of), Some(civil));
        }

        #[test]
        fn julian_days_count_civil_days(year in 1980_i16..2155, month in 1_i8..=12, day in 1_i8..=28) {
            let civil = date(year, month, day);
            prop_assert_eq!(civil_of_julian_day(julian_day(civil)), civil);
            prop_assert_eq!(julian_day(civil.tomorrow().expect("in range")), julian_day(civil) + 1);
        }
    }
}

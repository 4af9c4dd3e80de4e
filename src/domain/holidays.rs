//! Public holidays of Việt Nam: announced years as a table, any other year computed.
//!
//! Labour Code 2019 art. 112: 1/1, five days at Tết, 10/3 of the lunar calendar, 30/4, 1/5, 2/9 and the day beside it;
//! art. 111.3: a holiday on a weekly rest day is made up for on the next working day. The Prime Minister's announcement
//! decides each year's five days of Tết, the day beside 2/9 and the swapped days, so a computed year is provisional.
//!
//! 24/11 (Ngày Văn hóa Việt Nam) is left out until an enacted text is published; `[[calendar.change]]` adds it.

use jiff::civil::{Date, Weekday, date};

use super::calendar::DayReason;
use super::lunar::{self, LunarDate};

/// The years whose announcements are built in.
const ANNOUNCED_FIRST: i16 = 2020;
const ANNOUNCED_LAST: i16 = 2026;

/// How many days after a holiday its day in lieu may be looked for.
const IN_LIEU_SEARCH_DAYS: i32 = 30;

/// Whether the announcement of that year is built in.
pub fn is_built_in(year: i16) -> bool {
    (ANNOUNCED_FIRST..=ANNOUNCED_LAST).contains(&year)
}

/// What sets days of that year apart: the table of a built-in year, else the computed one.
///
/// A built-in year is a fixed table, announced for Saturday and Sunday rest: its days off are off and its make-up
/// Saturdays are worked whatever the office's weekly rest days are. The days in lieu of a computed year follow
/// `working_days`, the weekdays that are worked.
pub fn of_year(year: i16, working_days: &[Weekday]) -> Vec<(Date, DayReason)> {
    if is_built_in(year) { built_in(year) } else { computed(year, working_days) }
}

/// The holidays by law and their days in lieu on the next working day; swaps are never guessed.
pub fn computed(year: i16, working_days: &[Weekday]) -> Vec<(Date, DayReason)> {
    let holidays = by_law(year);
    let mut days: Vec<(Date, DayReason)> = holidays.iter().map(|(day, name)| (*day, DayReason::Holiday(name.clone()))).collect();
    for (day, name) in &holidays {
        if working_days.contains(&day.weekday()) {
            continue;
        }
        let first = lunar::julian_day(*day) + 1;
        let in_lieu = (first..first + IN_LIEU_SEARCH_DAYS)
            .map(lunar::civil_of_julian_day)
            .find(|free| working_days.contains(&free.weekday()) && days.iter().all(|(taken, _)| taken != free));
        days.extend(in_lieu.map(|in_lieu| (in_lieu, DayReason::InLieu(in_lieu_name(name)))));
    }
    days
}

/// The holidays of a year by the law alone, in order of date. Two that share a day both stand.
fn by_law(year: i16) -> Vec<(Date, String)> {
    let tet = lunar::new_year(year).into_iter().flat_map(|first| {
        let first = lunar::julian_day(first);
        (first - 1..=first + 3).map(move |day| (lunar::civil_of_julian_day(day), tet_name(year)))
    });
    let gio_to = lunar::civil_of(LunarDate { year, month: 3, leap: false, day: 10 });
    let mut days = vec![(date(year, 1, 1), NEW_YEAR.to_owned())];
    days.extend(tet);
    days.extend(gio_to.map(|day| (day, GIO_TO.to_owned())));
    days.extend([(date(year, 4, 30), VICTORY.to_owned()), (date(year, 5, 1), LABOUR.to_owned())]);
    days.extend([date(year, 9, 1), date(year, 9, 2)].map(|day| (day, NATIONAL.to_owned())));
    days.sort_by_key(|(day, _)| *day);
    days
}

const NEW_YEAR: &str = "Tết Dương lịch";
const GIO_TO: &str = "Giỗ Tổ Hùng Vương (10/3 âm lịch)";
const VICTORY: &str = "Ngày Chiến thắng (30/4)";
const LABOUR: &str = "Ngày Quốc tế Lao động (1/5)";
const NATIONAL: &str = "Quốc khánh (2/9)";
/// 30/4 and 1/5 both fell on a weekend, or 10/3 and 30/4 did: two days in lieu stand for two holidays.
const VICTORY_AND_LABOUR: &str = "Ngày Chiến thắng (30/4) và Ngày Quốc tế Lao động (1/5)";
const GIO_TO_AND_VICTORY: &str = "Giỗ Tổ Hùng Vương (10/3 âm lịch) và Ngày Chiến thắng (30/4)";

fn tet_name(year: i16) -> String {
    format!("Tết Nguyên đán {}", lunar::year_name(year))
}

fn in_lieu_name(of: &str) -> String {
    format!("Nghỉ bù {of}")
}

/// One line of the table of announced years.
#[derive(Clone, Copy)]
enum Announced {
    /// A holiday with a name of its own.
    Named(&'static str),
    /// A day of Tết.
    Tet,
    /// A day in lieu of what is named.
    InLieuOf(&'static str),
    /// A day in lieu of a day of Tết.
    InLieuOfTet,
    /// A day off that is worked on another day: the swap in words.
    SwapOff(&'static str),
    /// A weekend day that is worked: the swap in words.
    SwapWorking(&'static str),
}

use Announced::{InLieuOf, InLieuOfTet, Named, SwapOff, SwapWorking, Tet};

/// Announced days: month, first and last day, what they are.
type Line = (i8, i8, i8, Announced);

const YEAR_2020: &[Line] = &[
    (1, 1, 1, Named(NEW_YEAR)),
    (1, 23, 27, Tet),
    (1, 28, 29, InLieuOfTet),
    (4, 2, 2, Named(GIO_TO)),
    (4, 30, 30, Named(VICTORY)),
    (5, 1, 1, Named(LABOUR)),
    (9, 2, 2, Named(NATIONAL)),
];
const YEAR_2021: &[Line] = &[
    (1, 1, 1, Named(NEW_YEAR)),
    (2, 10, 14, Tet),
    (2, 15, 16, InLieuOfTet),
    (4, 21, 21, Named(GIO_TO)),
    (4, 30, 30, Named(VICTORY)),
    (5, 1, 1, Named(LABOUR)),
    (5, 3, 3, InLieuOf(LABOUR)),
    (9, 2, 3, Named(NATIONAL)),
];
const YEAR_2022: &[Line] = &[
    (1, 1, 1, Named(NEW_YEAR)),
    (1, 3, 3, InLieuOf(NEW_YEAR)),
    (1, 31, 31, Tet),
    (2, 1, 4, Tet),
    (4, 10, 10, Named(GIO_TO)),
    (4, 11, 11, InLieuOf(GIO_TO)),
    (4, 30, 30, Named(VICTORY)),
    (5, 1, 1, Named(LABOUR)),
    (5, 2, 3, InLieuOf(VICTORY_AND_LABOUR)),
    (9, 1, 2, Named(NATIONAL)),
];
const YEAR_2023: &[Line] = &[
    (1, 1, 1, Named(NEW_YEAR)),
    (1, 2, 2, InLieuOf(NEW_YEAR)),
    (1, 20, 24, Tet),
    (1, 25, 26, InLieuOfTet),
    (4, 29, 29, Named(GIO_TO)),
    (4, 30, 30, Named(VICTORY)),
    (5, 1, 1, Named(LABOUR)),
    (5, 2, 3, InLieuOf(GIO_TO_AND_VICTORY)),
    (9, 1, 2, Named(NATIONAL)),
    (9, 4, 4, InLieuOf(NATIONAL)),
];
const YEAR_2024: &[Line] = &[
    (1, 1, 1, Named(NEW_YEAR)),
    (2, 8, 12, Tet),
    (2, 13, 14, InLieuOfTet),
    (4, 18, 18, Named(GIO_TO)),
    (4, 29, 29, SwapOff("Hoán đổi, làm bù thứ Bảy 04/5/2024 (2450/VPCP-KGVX ngày 12/4/2024)")),
    (4, 30, 30, Named(VICTORY)),
    (5, 1, 1, Named(LABOUR)),
    (5, 4, 4, SwapWorking("Làm bù cho thứ Hai 29/4/2024 (2450/VPCP-KGVX ngày 12/4/2024)")),
    (9, 2, 3, Named(NATIONAL)),
];
const YEAR_2025: &[Line] = &[
    (1, 1, 1, Named(NEW_YEAR)),
    (1, 27, 31, Tet),
    (4, 7, 7, Named(GIO_TO)),
    (4, 26, 26, SwapWorking("Làm bù cho thứ Sáu 02/5/2025")),
    (4, 30, 30, Named(VICTORY)),
    (5, 1, 1, Named(LABOUR)),
    (5, 2, 2, SwapOff("Hoán đổi, làm bù thứ Bảy 26/4/2025")),
    (9, 1, 2, Named(NATIONAL)),
];
const YEAR_2026: &[Line] = &[
    (1, 1, 1, Named(NEW_YEAR)),
    (1, 2, 2, SwapOff("Hoán đổi, làm bù thứ Bảy 10/01/2026 (12729/VPCP-KGVX ngày 25/12/2025)")),
    (1, 10, 10, SwapWorking("Làm bù cho thứ Sáu 02/01/2026 (12729/VPCP-KGVX ngày 25/12/2025)")),
    (2, 16, 20, Tet),
    (4, 26, 26, Named(GIO_TO)),
    (4, 27, 27, InLieuOf(GIO_TO)),
    (4, 30, 30, Named(VICTORY)),
    (5, 1, 1, Named(LABOUR)),
    (8, 22, 22, SwapWorking("Làm bù cho thứ Hai 31/8/2026")),
    (8, 31, 31, SwapOff("Hoán đổi, làm bù thứ Bảy 22/8/2026")),
    (9, 1, 2, Named(NATIONAL)),
];

/// From [`ANNOUNCED_FIRST`] on.
const ANNOUNCED: [&[Line]; 7] = [YEAR_2020, YEAR_2021, YEAR_2022, YEAR_2023, YEAR_2024, YEAR_2025, YEAR_2026];

fn built_in(year: i16) -> Vec<(Date, DayReason)> {
    let lines = usize::try_from(year - ANNOUNCED_FIRST).ok().and_then(|at| ANNOUNCED.get(at)).copied().unwrap_or_default();
    lines
        .iter()
        .flat_map(|&(month, first, last, what)| (first..=last).map(move |day| (date(year, month, day), what)))
        .map(|(day, what)| (day, reason_of(what, year)))
        .collect()
}

fn reason_of(what: Announced, year: i16) -> DayReason {
    match what {
        Named(name) => DayReason::Holiday(name.to_owned()),
        Tet => DayReason::Holiday(tet_name(year)),
        InLieuOf(name) => DayReason::InLieu(in_lieu_name(name)),
        InLieuOfTet => DayReason::InLieu(in_lieu_name(&tet_name(year))),
        SwapOff(swap) => DayReason::SwapOff(swap.to_owned()),
        SwapWorking(swap) => DayReason::SwapWorking(swap.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY_TO_FRIDAY: [Weekday; 5] =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

    fn off_weekdays(days: &[(Date, DayReason)]) -> Vec<Date> {
        let mut off: Vec<Date> = days
            .iter()
            .filter(|(day, reason)| {
                MONDAY_TO_FRIDAY.contains(&day.weekday()) && matches!(reason, DayReason::Holiday(_) | DayReason::InLieu(_))
            })
            .map(|(day, _)| *day)
            .collect();
        off.sort();
        off
    }

    #[test]
    fn the_computed_holidays_of_an_announced_year_are_those_announced() {
        // Tết of 2022 and 2026 was announced as the law's rule has it, and no day beside 2/9 but the first.
        for year in [2022, 2026] {
            assert_eq!(off_weekdays(&computed(year, &MONDAY_TO_FRIDAY)), off_weekdays(&built_in(year)), "{year}");
        }
    }

    #[test]
    fn tet_of_2027_starts_on_the_last_day_of_chap_and_is_made_up_for_on_the_next_working_days() {
        let tet: Vec<(Date, DayReason)> =
            computed(2027, &MONDAY_TO_FRIDAY).into_iter().filter(|(day, _)| day.month() == 2).collect();
        let name = "Tết Nguyên đán Đinh Mùi".to_owned();
        for day in 5..=9 {
            assert!(tet.contains(&(date(2027, 2, day), DayReason::Holiday(name.clone()))), "{day}");
        }
        // 6 and 7 February are a weekend.
        for day in 10..=11 {
            assert!(tet.contains(&(date(2027, 2, day), DayReason::InLieu(format!("Nghỉ bù {name}")))), "{day}");
        }
        assert_eq!(tet.len(), 7);
    }

    #[test]
    fn an_office_that_works_on_saturday_makes_up_for_sunday_only() {
        let mut monday_to_saturday = MONDAY_TO_FRIDAY.to_vec();
        monday_to_saturday.push(Weekday::Saturday);
        let in_lieu: Vec<Date> = computed(2027, &monday_to_saturday)
            .into_iter()
            .filter(|(_, reason)| matches!(reason, DayReason::InLieu(_)))
            .map(|(day, _)| day)
            .collect();
        // In 2027 only mùng 2 Tết (7 February) is a Sunday; 1 May, a Saturday, is simply off.
        assert_eq!(in_lieu, [date(2027, 2, 10)]);
    }

    #[test]
    fn an_office_without_working_days_has_no_days_in_lieu() {
        assert!(computed(2027, &[]).iter().all(|(_, reason)| matches!(reason, DayReason::Holiday(_))));
    }
}

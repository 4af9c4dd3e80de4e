//! A period of a recurring duty in words: "kỳ quý I/2026", and the days its figures cover.

use super::date::short;
use crate::channel::letter::PeriodLine;
use crate::domain::recurrence::{Cycle, Period};
use crate::domain::rules::Language;

const ROMAN: [&str; 4] = ["I", "II", "III", "IV"];

/// "kỳ tháng 03/2026"
pub fn period_words(period: Period, language: Language) -> String {
    let first = period.first_day();
    let (year, month) = (first.year(), first.month());
    let quarter = ROMAN[usize::from(month.unsigned_abs() - 1) / 3 % 4];
    match (period.cycle(), language) {
        (Cycle::Weekly, _) => {
            let week = first.iso_week_date();
            let word = match language {
                Language::Vi => "kỳ tuần",
                Language::En => "week",
            };
            format!("{word} {:02}/{}", week.week(), week.year())
        }
        (Cycle::Monthly, Language::Vi) => format!("kỳ tháng {month:02}/{year}"),
        (Cycle::Monthly, Language::En) => format!("month {month:02}/{year}"),
        (Cycle::Quarterly, Language::Vi) => format!("kỳ quý {quarter}/{year}"),
        (Cycle::Quarterly, Language::En) => format!("quarter {quarter}/{year}"),
        (Cycle::HalfYearly, Language::Vi) if month == 1 => format!("kỳ 6 tháng đầu năm {year}"),
        (Cycle::HalfYearly, Language::Vi) => format!("kỳ 6 tháng cuối năm {year}"),
        (Cycle::HalfYearly, Language::En) if month == 1 => format!("first half of {year}"),
        (Cycle::HalfYearly, Language::En) => format!("second half of {year}"),
        (Cycle::Yearly, Language::Vi) => format!("kỳ năm {year}"),
        (Cycle::Yearly, Language::En) => format!("year {year}"),
    }
}

/// "số liệu từ ngày 15/02/2026 đến ngày 14/03/2026"
pub(super) fn figures(line: &PeriodLine, language: Language) -> Option<String> {
    let (from, to) = line.figures.map(|(from, to)| (short(from), short(to)))?;
    Some(match language {
        Language::Vi => format!("số liệu từ ngày {from} đến ngày {to}"),
        Language::En => format!("figures from {from} to {to}"),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_period_is_called_as_officials_call_it() {
        let words = |cycle, day, language| period_words(Period::containing(cycle, day), language);
        let vi = |cycle, day| words(cycle, day, Language::Vi);
        assert_eq!(vi(Cycle::Weekly, date(2027, 1, 1)), "kỳ tuần 53/2026");
        assert_eq!(vi(Cycle::Monthly, date(2026, 3, 31)), "kỳ tháng 03/2026");
        assert_eq!(vi(Cycle::Quarterly, date(2026, 12, 1)), "kỳ quý IV/2026");
        assert_eq!(vi(Cycle::HalfYearly, date(2026, 6, 30)), "kỳ 6 tháng đầu năm 2026");
        assert_eq!(vi(Cycle::HalfYearly, date(2026, 7, 1)), "kỳ 6 tháng cuối năm 2026");
        assert_eq!(vi(Cycle::Yearly, date(2026, 7, 1)), "kỳ năm 2026");
        assert_eq!(words(Cycle::Quarterly, date(2026, 4, 1), Language::En), "quarter II/2026");
    }
}

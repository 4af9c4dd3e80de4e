//! Dates and times as offices write them: dd/MM/yyyy with the weekday, "07 giờ 30".

use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::domain::rules::Language;

/// `31/12/2023`
pub(super) fn short(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// `31/12`
pub(super) fn day_month(date: Date) -> String {
    format!("{:02}/{:02}", date.day(), date.month())
}

/// "thứ Sáu", "Chủ nhật"
pub(super) fn weekday(date: Date, language: Language) -> &'static str {
    match (language, date.weekday()) {
        (Language::Vi, Weekday::Monday) => "thứ Hai",
        (Language::Vi, Weekday::Tuesday) => "thứ Ba",
        (Language::Vi, Weekday::Wednesday) => "thứ Tư",
        (Language::Vi, Weekday::Thursday) => "thứ Năm",
        (Language::Vi, Weekday::Friday) => "thứ Sáu",
        (Language::Vi, Weekday::Saturday) => "thứ Bảy",
        (Language::Vi, Weekday::Sunday) => "Chủ nhật",
        (Language::En, Weekday::Monday) => "Monday",
        (Language::En, Weekday::Tuesday) => "Tuesday",
        (Language::En, Weekday::Wednesday) => "Wednesday",
        (Language::En, Weekday::Thursday) => "Thursday",
        (Language::En, Weekday::Friday) => "Friday",
        (Language::En, Weekday::Saturday) => "Saturday",
        (Language::En, Weekday::Sunday) => "Sunday",
    }
}

/// "Chủ nhật, ngày 31/12/2023", for sentences.
pub(super) fn long(date: Date, language: Language) -> String {
    match language {
        Language::Vi => format!("{}, ngày {}", weekday(date, language), short(date)),
        Language::En => format!("{}, {}", weekday(date, language), short(date)),
    }
}

/// "Chủ nhật, 31/12/2023", for lines.
pub(super) fn medium(date: Date, language: Language) -> String {
    format!("{}, {}", weekday(date, language), short(date))
}

/// "07 giờ 30"; `07:30` in English.
pub(super) fn clock(time: Time, language: Language) -> String {
    minute_of_day(u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs()), language)
}

/// The same from the minute of the day; 1440 is 24:00.
pub(super) fn minute_of_day(minute: u16, language: Language) -> String {
    let (hour, minute) = (minute / 60, minute % 60);
    match language {
        Language::Vi => format!("{hour:02} giờ {minute:02}"),
        Language::En => format!("{hour:02}:{minute:02}"),
    }
}

/// "07 giờ 30, thứ Tư, ngày 27/12/2023"
pub(super) fn moment(at: DateTime, language: Language) -> String {
    format!("{}, {}", clock(at.time(), language), long(at.date(), language))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn dates_carry_their_weekday() {
        assert_eq!(long(date(2023, 12, 31), Language::Vi), "Chủ nhật, ngày 31/12/2023");
        assert_eq!(medium(date(2023, 12, 29), Language::Vi), "thứ Sáu, 29/12/2023");
        assert_eq!(long(date(2024, 1, 2), Language::En), "Tuesday, 02/01/2024");
        assert_eq!(moment(date(2023, 12, 27).at(7, 30, 0, 0), Language::Vi), "07 giờ 30, thứ Tư, ngày 27/12/2023");
        assert_eq!(minute_of_day(1440, Language::Vi), "24 giờ 00");
    }
}

//! Small words: dates, widths, numbers.

use jiff::Timestamp;
use jiff::civil::Date;

pub use crate::cli::print::wrap;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::rules::Language;

/// The widest line of the demo.
pub const WIDTH: usize = 80;

/// `31/12/2023`
pub fn day(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// `31/12`
pub fn short_day(date: Date) -> String {
    format!("{:02}/{:02}", date.day(), date.month())
}

/// `27/12 07:30`
pub fn moment(at: Timestamp, calendar: &WorkingCalendar) -> String {
    let local = calendar.time_zone().to_datetime(at);
    format!("{} {:02}:{:02}", short_day(local.date()), local.hour(), local.minute())
}

/// "thứ Tư, 27/12/2023"
pub fn long_day(date: Date, language: Language) -> String {
    const VI: [&str; 7] = ["thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"];
    const EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let names = match language {
        Language::Vi => VI,
        Language::En => EN,
    };
    let index = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
    format!("{}, {}", names[index], day(date))
}

/// `62,5` in Vietnamese, `62.5` in English.
pub fn number(value: f64, language: Language) -> String {
    let text = format!("{value:.1}");
    match language {
        Language::Vi => text.replace('.', ","),
        Language::En => text,
    }
}

/// Filled up with spaces to that many letters; Vietnamese letters in NFC are one column each.
pub fn pad(text: &str, width: usize) -> String {
    let have = text.chars().count();
    format!("{text}{}", " ".repeat(width.saturating_sub(have)))
}

/// At most that many letters, the last an ellipsis when something was cut.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Safe between tags and in attributes of HTML.
pub fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_and_no_word_is_lost() {
        let text = "Thực hiện Công văn số 4988/UBND-CCHC ngày 05/10/2023 của UBND quận Gò Vấp";
        let wrapped = wrap(text, 20, "  ");
        assert!(wrapped.lines().all(|line| line.chars().count() <= 20), "{wrapped}");
        assert_eq!(wrapped.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn what_stands_in_columns_stays_in_columns() {
        assert_eq!(wrap("  05/10   Nhắc việc", 40, ""), "  05/10   Nhắc việc");
        assert_eq!(wrap("  05/10   Nhắc việc", 14, "    "), "  05/10   Nhắc\n    việc");
    }

    #[test]
    fn cutting_says_that_something_was_cut() {
        assert_eq!(cut("Phường 5", 8), "Phường 5");
        assert_eq!(cut("Phường 16", 8), "Phường…");
    }
}

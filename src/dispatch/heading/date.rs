//! The place and day of issue: "…, ngày 05 tháng 10 năm 2023", with blanks.

use jiff::civil::Date;

use crate::diagnostic::Span;
use crate::dispatch::layout::Line;
use crate::dispatch::passage::Passage;

/// A day of issue of which parts may be blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialDate {
    /// The day.
    pub day: Option<i8>,
    /// The month.
    pub month: Option<i8>,
    /// The year.
    pub year: Option<i16>,
    /// Where it stands.
    pub span: Span,
}

impl PartialDate {
    /// The date, when nothing is blank.
    pub fn whole(&self) -> Option<Date> {
        Date::new(self.year?, self.month?, self.day?).ok()
    }
}

/// The date of a heading.
pub fn find(lines: &[Passage]) -> Option<PartialDate> {
    lines.iter().find_map(read)
}

/// The date above the signature of papers that carry it there.
pub fn find_in_body(lines: &[Line], body: usize) -> Option<PartialDate> {
    lines
        .iter()
        .skip(body)
        .flat_map(|line| &line.parts)
        .filter(|part| is_date_line(part.words.text()))
        .find_map(|part| read(&part.words))
}

/// Whether a line is nothing but a place and a day.
pub fn is_date_line(text: &str) -> bool {
    let Some(at) = day_word(text) else { return false };
    let place = text[..at].trim();
    // A công điện names the hour: "…, hồi 08 giờ 30 phút ngày 26 tháng 9 năm 2022".
    let place = place.split(", hồi ").next().unwrap_or(place);
    let place =
        if place.contains(" giờ ") && place.contains(',') { place.split_inclusive(',').next().unwrap_or(place) } else { place };
    let short = place.chars().count() <= 40 && place.split_whitespace().count() <= 7;
    let placed = place.is_empty() || place.ends_with([',', '.']) || place.split_whitespace().count() <= 4;
    let tail = text[at..].to_lowercase();
    let (month, year) = (tail.find("tháng"), tail.find("năm"));
    let worded = month.zip(year).is_some_and(|(month, year)| month < 24 && year < 60 && tail[year..].chars().count() <= 24);
    let figures =
        tail.len() < 32 && (tail.matches('/').count() == 2 || tail.matches('-').count() == 2) && !place.is_empty() && placed;
    short && placed && !place.starts_with(['(', '-', '"']) && !starts_base(place) && (worded || figures)
}

/// "Căn cứ Công văn … ngày" is a base.
fn starts_base(place: &str) -> bool {
    ["Căn cứ", "Theo", "Thực hiện", "Công văn", "Quyết định", "Ban hành", "Kèm", "Từ", "Trước", "Đến", "Vào", "Thời gian"]
        .iter()
        .any(|word| place.starts_with(word))
}

/// Whether a part ends where a blank for a day, a month or a year follows.
pub fn ends_open(text: &str) -> bool {
    let last = text.trim_end().rsplit(' ').next().unwrap_or_default().to_lowercase();
    matches!(last.as_str(), "ngày" | "tháng" | "năm" | ",ngày")
}

fn day_word(text: &str) -> Option<usize> {
    ["ngày", "Ngày", "NGÀY"].into_iter().find_map(|word| text.find(word))
}

fn read(words: &Passage) -> Option<PartialDate> {
    let text = words.text();
    if !is_date_line(text) {
        return None;
    }
    let at = day_word(text)?;
    let tail = text[at + "ngày".len()..].to_lowercase();
    let span = words.span(at..text.len());
    let number = |part: &str| -> Option<i32> {
        let digits: String = part.chars().filter(char::is_ascii_digit).take(5).collect();
        digits.parse().ok()
    };
    if let Some((day, rest)) = tail.split_once("tháng") {
        let (month, year) = rest.split_once("năm")?;
        let digits: String = year
            .chars()
            .take_while(|letter| letter.is_ascii_digit() || letter.is_whitespace())
            .filter(char::is_ascii_digit)
            .collect();
        let year = number(&digits).filter(|year| (1900..2200).contains(year));
        return Some(PartialDate {
            day: number(day).and_then(|day| i8::try_from(day).ok()),
            month: number(month).and_then(|month| i8::try_from(month).ok()),
            year: year.and_then(|year| i16::try_from(year).ok()),
            span,
        });
    }
    let mut parts = tail.split(['/', '-']).map(number);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    Some(PartialDate {
        day: day.and_then(|day| i8::try_from(day).ok()),
        month: month.and_then(|month| i8::try_from(month).ok()),
        year: year.and_then(|year| i16::try_from(year).ok()),
        span,
    })
}

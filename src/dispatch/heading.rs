//! The heading of a dispatch: who issued what, when, about what and to whom.

mod addressee;
mod date;
mod issuer;
mod mark;
mod number;
mod story;

use std::ops::Range;

use jiff::civil::Date;

use super::Heading;
use super::layout::{Layout, Line, Row, Stamp};
use super::marker::{Level, marker_of};
use super::passage::Passage;
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::directive::Secrecy;
use crate::domain::rules::Language;
use crate::tree::say;
pub use addressee::is_addressee_line;
pub use date::PartialDate;
pub use mark::secrecy_of;

/// A heading and what is left to say about it.
#[derive(Debug, Default)]
pub struct Read {
    /// The heading.
    pub heading: Heading,
    /// The first line of the body.
    pub body: usize,
    /// The day of issue with its blanks.
    pub date: Option<PartialDate>,
    /// Where the blank number and day were taken from.
    pub stamp: Option<Stamp>,
}

impl Read {
    /// The day deadlines are read by: the day of issue, else the first of its month.
    pub fn ground(&self) -> Option<Date> {
        self.heading.date.or_else(|| {
            let date = self.date.as_ref()?;
            Date::new(date.year?, date.month.unwrap_or(1), date.day.unwrap_or(1)).ok()
        })
    }
}

/// The most lines of a heading.
const LINES_MAX: usize = 60;

/// Reads the heading off the first lines.
pub fn read(layout: &Layout) -> Read {
    let zone = zone_of(&layout.lines);
    let lines = columns(&layout.lines[..zone.end]);
    let mut read = Read { body: zone.body, ..Read::default() };
    let heading = &mut read.heading;
    heading.urgency = mark::urgency_of(&lines);
    heading.secrecy = Secrecy::default();
    let (number_at, number) = number::find(&lines);
    if let Some((typed, number)) = number {
        heading.number_as_typed = Some(typed);
        heading.number = number;
    }
    read.date = date::find(&lines).or_else(|| date::find_in_body(&layout.lines, zone.body));
    heading.date = read.date.as_ref().and_then(PartialDate::whole);
    if heading.number_as_typed.is_none()
        && let Some(told) = story::find(&layout.lines)
    {
        heading.number = Some(told.number.text.clone());
        heading.number_as_typed = Some(told.number);
        heading.date = heading.date.or(told.date);
    }
    heading.issuer = issuer::find(&lines, number_at);
    heading.subject = subject(&lines, number_at, zone.title.is_some());
    let (addressees, body) = addressee::find(&layout.lines, zone.body);
    heading.addressees = addressees;
    read.body = body;
    fill_from_stamp(&mut read, &layout.stamps);
    read
}

/// The lines of the heading.
struct Zone {
    /// The line after the last of the heading proper.
    end: usize,
    /// The line the addressees or the body begin with.
    body: usize,
    /// The line with the name of the type ("KẾ HOẠCH").
    title: Option<usize>,
}

fn zone_of(lines: &[Line]) -> Zone {
    let most = lines.len().min(LINES_MAX);
    let mut seen_number = false;
    for (index, line) in lines[..most].iter().enumerate() {
        let text = line.words.text();
        seen_number |=
            line.parts.iter().any(|part| number::begins_number(part.words.text()) || date::is_date_line(part.words.text()));
        if is_addressee_line(text) || (seen_number && opens_body(text)) {
            return Zone { end: index, body: index, title: None };
        }
        if mark::is_title(text) {
            let end = end_of_title(lines, index);
            return Zone { end, body: end, title: Some(index) };
        }
        if index > 0 && seen_number && line.row == Row::No && marker_of(text).is_some_and(|marker| marker.level < Level::Dash) {
            return Zone { end: index, body: index, title: None };
        }
    }
    if seen_number {
        Zone { end: most.min(24), body: most.min(24), title: None }
    } else {
        Zone { end: most.min(12), body: 0, title: None }
    }
}

/// The line after the subject that stands under the name of the type.
fn end_of_title(lines: &[Line], title: usize) -> usize {
    let mut end = title + 1;
    while let Some(line) = lines.get(end).filter(|_| end < title + 8) {
        let text = line.words.text();
        let first = end == title + 1;
        let blank = line.gap > super::layout::Gap::Next && !first && !continues_subject(text);
        if blank
            || is_addressee_line(text)
            || marker_of(text).is_some_and(|_| !first || !text.starts_with('"'))
            || (opens_body(text) && !first)
            || date::is_date_line(text)
        {
            break;
        }
        end += 1;
    }
    end
}

/// A subject goes on behind a blank line only with "(Kèm theo …)" or a small letter.
fn continues_subject(text: &str) -> bool {
    text.starts_with('(') || text.chars().next().is_some_and(char::is_lowercase)
}

/// The words a body begins with.
pub fn opens_body(text: &str) -> bool {
    const OPENINGS: [&str; 18] = [
        "Căn cứ ",
        "Thực hiện Công văn",
        "Thực hiện Kế hoạch",
        "Thực hiện Chỉ thị",
        "Thực hiện Quyết định",
        "Thực hiện Nghị quyết",
        "Thực hiện Thông báo",
        "Thực hiện ý kiến",
        "Thực hiện Văn bản",
        "Thực hiện Hướng dẫn",
        "Thực hiện Công điện",
        "Theo ",
        "Ngày ",
        "Để ",
        "Nhằm ",
        "Trong thời gian",
        "Tiếp theo ",
        "Xét ",
    ];
    OPENINGS.iter().any(|opening| text.starts_with(opening))
}

/// The lines of a heading in reading order, the left column before the right.
fn columns(lines: &[Line]) -> Vec<Passage> {
    let mut out = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        let wide: Vec<&Line> = lines[index..].iter().take_while(|line| !mark::is_title(line.words.text())).collect();
        let sides: Vec<Vec<(usize, Passage)>> = wide.iter().map(|line| sides_of(line)).collect();
        let border =
            sides.iter().filter(|parts| parts.len() > 1).filter_map(|parts| parts.last()).map(|(column, _)| *column).min();
        let mut right = Vec::new();
        for parts in sides {
            for (column, words) in parts {
                match border {
                    Some(border) if column + 4 >= border => right.push(words),
                    _ => out.extend(pieces(&words)),
                }
            }
        }
        out.append(&mut right);
        index += wide.len();
        while let Some(line) = lines.get(index).filter(|line| mark::is_title(line.words.text())) {
            out.push(line.words.clone());
            index += 1;
        }
    }
    out
}

/// "UBND XÃ … – Số: 145/TB-UBND – ngày 01 tháng 12 năm 2025": a heading on one line.
fn pieces(words: &Passage) -> Vec<Passage> {
    let text = words.text();
    if !text.split(" – ").skip(1).any(|piece| number::begins_number(piece) || date::is_date_line(piece)) {
        return vec![words.clone()];
    }
    let mut at = 0;
    let mut found = Vec::new();
    for piece in text.split(" – ") {
        found.push(words.slice(at..at + piece.len()));
        at += piece.len() + " – ".len();
    }
    found
}

/// The parts of a line that are columns: a blank left for a number or a day parts nothing.
fn sides_of(line: &Line) -> Vec<(usize, Passage)> {
    let mut sides: Vec<(usize, Passage)> = Vec::new();
    for part in line.parts.iter().filter(|part| !part.words.is_empty()) {
        let text = part.words.text();
        let goes_on = text.starts_with(['/', '-', ':', ';', '.']) || text.starts_with("tháng") || text.starts_with("năm");
        match sides.last_mut() {
            Some((_, last)) if goes_on || date::ends_open(last.text()) || number::ends_open(last.text()) => {
                last.join(&part.words);
            }
            _ => sides.push((part.column, part.words.clone())),
        }
    }
    sides
}

/// What it is about: behind "V/v", or under the name of the type.
fn subject(lines: &[Passage], number_at: Option<usize>, titled: bool) -> Option<String> {
    let title = lines.iter().position(|line| mark::is_title(line.text())).filter(|_| titled);
    let begins = |line: &Passage| about(line.text(), titled);
    let (first, from) = match title {
        Some(at) => {
            let rest = mark::behind_title(lines[at].text());
            if rest.is_some() { (at, rest?) } else { (at + 1, 0) }
        }
        None => lines.iter().enumerate().skip(number_at.unwrap_or(0)).find_map(|(at, line)| Some((at, begins(line)?)))?,
    };
    let mut words = Passage::default();
    for (index, line) in lines.iter().enumerate().skip(first) {
        let text = line.text();
        let from = if index == first { from.max(begins(line).unwrap_or(0)) } else { 0 };
        if index > first
            && (date::is_date_line(text) || mark::is_motto(text) || number::begins_number(text) || mark::is_mark(text))
        {
            break;
        }
        words.join(&line.slice(from..text.len()));
    }
    let text = words.text().trim_matches(['.', ' ', ':', '-', ';']);
    (!text.is_empty()).then(|| text.to_owned())
}

/// Where the subject begins behind "V/v" or "Về việc".
fn about(text: &str, titled: bool) -> Option<usize> {
    let lower = text.to_lowercase();
    let plain = if titled { "về việc " } else { "về " };
    let words = ["v/v", "vv:", "v/ v", "về việc ", plain];
    let begin = |word: &str| lower.find(word).filter(|at| *at == 0 || (text.starts_with("Số") && word != plain));
    let at = words.into_iter().find_map(|word| begin(word).map(|at| at + word.len()))?;
    let rest = text.get(at..)?;
    Some(at + rest.len() - rest.trim_start_matches([':', ' ', '.']).len())
}

/// A number or a day left blank may have come out of the page as a stamp.
fn fill_from_stamp(read: &mut Read, stamps: &[Stamp]) {
    let [stamp] = stamps else { return };
    let [number, rest @ ..] = stamp.numbers.as_slice() else { return };
    let typed = read.heading.number_as_typed.as_ref().map(|typed| typed.text.clone());
    let blank = read.heading.number.is_none();
    if let Some(filled) = typed.filter(|_| blank).and_then(|typed| number::fill(&typed, *number)) {
        read.heading.number = Some(filled);
        read.stamp = Some(stamp.clone());
    }
    if read.heading.date.is_none()
        && let Some(date) = &mut read.date
    {
        let mut rest = rest.iter().filter_map(|value| i8::try_from(*value).ok());
        date.day = date.day.or_else(|| rest.next());
        date.month = date.month.or_else(|| rest.next());
        read.heading.date = date.whole();
        if read.heading.date.is_some() {
            read.stamp = Some(stamp.clone());
        }
    }
}

/// Whether a line in capital letters names the type or an office and heads no section: "QUYẾT ĐỊNH:", "CHỦ TỊCH …".
pub fn is_fixed_line(text: &str) -> bool {
    mark::is_title(text) && text.ends_with(':')
        || mark::is_signature(text)
        || text.starts_with("ỦY BAN")
        || text.starts_with("UBND")
}

/// Whether a paragraph is a base, and no duty.
pub fn opens_base(text: &str) -> bool {
    text.starts_with("Căn cứ") || text.ends_with([';', ',']) && opens_body(text)
}

/// A stretch of lines that is read as one text.
pub struct BodyPart {
    /// Which lines.
    pub lines: Range<usize>,
    /// What the names of its clauses begin with: `PL` in an annex.
    pub prefix: &'static str,
}

/// The body, the paper attached to a decision, and annexes: each up to its recipients and signature.
pub fn parts(lines: &[Line], body: usize) -> Vec<BodyPart> {
    let mut parts = Vec::new();
    let mut start = body.min(lines.len());
    let mut prefix = "";
    loop {
        let next = (start + 1..lines.len()).find(|index| attached(lines, *index).is_some()).unwrap_or(lines.len());
        let end = start + end_of_body(&lines[start..next]);
        parts.push(BodyPart { lines: start..end, prefix });
        let Some(line) = lines.get(next) else { break };
        prefix = attached(lines, next).unwrap_or("");
        start = if line.words.text().to_uppercase().starts_with("PHỤ LỤC") { next + 1 } else { end_of_title(lines, next) }
            .min(lines.len());
    }
    parts
}

/// What an annex or an attached paper that begins with that line gives the names of its clauses.
fn attached(lines: &[Line], index: usize) -> Option<&'static str> {
    let line = &lines[index];
    let text = line.words.text();
    let upper = text.to_uppercase();
    let short = text.chars().count() < 90;
    let told = |words: &[&str]| {
        lines[index + 1..lines.len().min(index + 7)].iter().any(|line| words.iter().any(|word| line.words.text().contains(word)))
    };
    if upper.starts_with("PHỤ LỤC") && short && text.starts_with("PHỤ") {
        return Some("PL");
    }
    let title = mark::is_title(text) && !text.ends_with(':') && short && line.parts.len() == 1;
    (title && told(&["Ban hành kèm theo", "Kèm theo", "ban hành kèm theo", "kèm theo Quyết định"])).then_some("")
}

/// How many lines of a text there are before its recipients and signature.
fn end_of_body(lines: &[Line]) -> usize {
    let recipients = |line: &Line| line.parts.iter().any(|part| part.words.text().to_lowercase().starts_with("nơi nhận"));
    let end = lines.iter().position(recipients).unwrap_or(lines.len());
    let signed = |line: &Line| line.parts.iter().all(|part| mark::is_signature(part.words.text()));
    // What stands before "QUYẾT ĐỊNH:" or the last clause is the authority that decides, and no signature.
    let clause = |line: &Line| {
        let text = line.words.text();
        mark::is_title(text) || marker_of(text).is_some_and(|marker| marker.level < Level::Dash)
    };
    let last = lines[..end].iter().rposition(clause).map_or(0, |at| at + 1);
    let tail = end.saturating_sub(SIGNATURE_LINES_MAX).max(last);
    lines[tail..end].iter().position(signed).map_or(end, |at| tail + at)
}

/// The most lines between the first of a signature and the end.
const SIGNATURE_LINES_MAX: usize = 16;

/// Doubts about the heading.
pub fn doubts(read: &Read, language: Language) -> Vec<Diagnostic> {
    let heading = &read.heading;
    let mut doubts = Vec::new();
    let mut doubt = |code, span: Option<Span>, message: String, help: String| {
        let found = Diagnostic::warning(code, message).with_help(help);
        doubts.push(match span {
            Some(span) => found.at(0, span),
            None => found,
        });
    };
    let write = say!(language, "ghi vào trước khi xác nhận", "write it down before confirming");
    let typed = heading.number_as_typed.as_ref().map(|typed| typed.span);
    if let Some(stamp) = &read.stamp {
        let message = say!(
            language,
            "số hoặc ngày lấy từ dấu đóng trên trang giấy",
            "the number or the day was taken from a stamp on the page"
        );
        doubt(
            "heading-from-stamp",
            Some(stamp.span),
            message,
            say!(language, "đối chiếu với bản gốc", "compare with the original"),
        );
    }
    if heading.number.is_none() {
        let message = say!(language, "số văn bản để trống", "the number of the dispatch is blank");
        doubt("number-blank", typed, message, write.clone());
    }
    if heading.date.is_none() {
        let message = say!(language, "ngày ban hành để trống", "the day of issue is blank");
        doubt("date-blank", read.date.as_ref().map(|date| date.span), message, write.clone());
    }
    if heading.issuer.is_none() {
        doubt("issuer-unknown", None, say!(language, "không thấy tên cơ quan ban hành", "the issuing body was not found"), write);
    }
    doubts
}

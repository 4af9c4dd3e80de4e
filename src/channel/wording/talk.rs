//! The questions the bot asks one after another, and what it says of an answer it recorded.

use jiff::Timestamp;
use jiff::civil::Date;

use super::chat::with_ranges;
use super::date::{clock, long, short};
use super::pen::local;
use super::place::clause_short;
use super::state;
use super::text::{clean, count, cut, listed, measure, strong};
use super::timing::Timing;
use crate::channel::letter::{Brief, Speech};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::reply::ReplyKind;
use crate::domain::rules::{BeforeDate, Language};

/// Longest free text of an answer that is said again.
const QUOTE_CHARS_MAX: usize = 300;

/// In which language, by which calendar and at which instant the bot speaks.
#[derive(Clone, Copy, Debug)]
pub struct Voice<'a> {
    /// Which language.
    pub language: Language,
    /// For dates.
    pub calendar: &'a WorkingCalendar,
    /// How "trước ngày D" is counted.
    pub before_date: BeforeDate,
    /// When it is said.
    pub now: Timestamp,
}

impl Voice<'_> {
    pub(super) fn speech(marked: &str) -> Speech {
        let (text, bold) = with_ranges(marked);
        Speech { text, bold }
    }

    /// "hạn thứ Sáu, 29/12/2023; còn 05 ngày làm việc; đang thực hiện"
    pub(super) fn stance(&self, brief: &Brief) -> String {
        let language = self.language;
        let now = local(self.calendar, self.now);
        let timing = brief.deadline.as_ref().map_or(Timing::Undated, |deadline| Timing::at(deadline, now, self.before_date));
        let due = brief.deadline.as_ref().map(|deadline| match language {
            Language::Vi => format!("hạn {}", super::date::medium(deadline.last_day, language)),
            Language::En => format!("due {}", super::date::medium(deadline.last_day, language)),
        });
        let timing = if brief.work.is_completed() { None } else { Some(timing.stressed(language)) };
        [due, timing, Some(state::work(brief.work, language).to_owned())].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// "(điểm 1.e, 4988/UBND-CCHC)"
    pub(super) fn place(&self, brief: &Brief) -> String {
        let clauses: Vec<String> = brief.clauses.iter().map(|clause| clause_short(&clean(clause), self.language)).collect();
        format!("({}, {})", cut(&listed(&clauses, 4), 80), cut(&clean(&brief.dispatch_number), 60))
    }

    fn head(&self, brief: &Brief) -> String {
        format!("{} {}", strong(&cut(&clean(&brief.title), 160)), self.place(brief))
    }
}

/// The duty whose replies stand below as buttons.
pub fn menu(voice: &Voice<'_>, brief: &Brief) -> Speech {
    let ask = say(voice.language, "Đề nghị chọn nội dung phản hồi:", "Please choose the answer:");
    Voice::speech(&format!("{}\n{}; {}\n{ask}", voice.head(brief), cut(&clean(&brief.unit), 100), voice.stance(brief)))
}

/// What the bot asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// How much is done.
    Percent,
    /// The figure of the target.
    Figure {
        /// Its unit.
        unit: String,
    },
    /// The day a figure describes.
    AsOf,
    /// Until when an extension is asked.
    Until {
        /// The last day of the deadline in force.
        last_day: Option<Date>,
    },
    /// Why.
    Reason(ReplyKind),
    /// The document that reports the completion.
    Document,
    /// Whether the completion is really claimed.
    Done {
        /// The document.
        document: Option<String>,
    },
    /// Whose duty it is said to be.
    Unit,
    /// To whom the duty is handed.
    Person {
        /// This page, from 1.
        page: usize,
        /// Of so many.
        pages: usize,
    },
}

/// Asks it about one duty, or several that are answered together.
pub fn ask(voice: &Voice<'_>, question: &Question, brief: &Brief, duties: usize) -> Speech {
    let language = voice.language;
    let head = voice.head(brief);
    let head = if duties > 1 {
        let n = count(duties as u64, language);
        format!("{head} – {}", say(language, &format!("{n} nội dung"), &format!("{n} duties")))
    } else {
        head
    };
    let stop = match question {
        Question::Done { .. } | Question::Person { .. } => String::new(),
        _ => format!("\n{}", say(language, "Để dừng: /huy", "To stop: /cancel")),
    };
    Voice::speech(&format!("{head}\n{}{stop}", question_text(voice, question)))
}

fn question_text(voice: &Voice<'_>, question: &Question) -> String {
    let language = voice.language;
    match question {
        Question::Percent => say(
            language,
            "Đề nghị nhắn tỷ lệ đã thực hiện, từ 0 đến 100 (ví dụ: 60).",
            "Please send how much is done, from 0 to 100 (for example: 60).",
        ),
        Question::Figure { unit } => {
            let unit = cut(&clean(unit), 40);
            say(
                language,
                &format!("Đề nghị nhắn số liệu đã thực hiện, đơn vị tính: {unit} (ví dụ: 62,5)."),
                &format!("Please send the figure reached, in {unit} (for example: 62.5)."),
            )
        }
        Question::AsOf => say(
            language,
            "Số liệu tính đến ngày nào? Đề nghị nhắn ngày (ví dụ: 31/10) hoặc chọn Hôm nay.",
            "As of which day? Please send the day (for example: 31/10), or choose Today.",
        ),
        Question::Until { last_day } => {
            let present = last_day.map_or_else(String::new, |day| {
                let day = long(day, language);
                say(language, &format!("Thời hạn hiện tại: {day}. "), &format!("The present deadline: {day}. "))
            });
            let ask = say(
                language,
                "Đề nghị gia hạn đến ngày nào? (ví dụ: 20/12, thứ Sáu tuần sau, cuối tháng)",
                "Until when do you ask for an extension? (for example: 20/12, Friday)",
            );
            format!("{present}{ask}")
        }
        Question::Reason(ReplyKind::NotOurs) => say(
            language,
            "Đề nghị nhắn lý do nhiệm vụ không thuộc trách nhiệm của đơn vị.",
            "Please send why the duty is not your unit's.",
        ),
        Question::Reason(_) => say(language, "Đề nghị nhắn lý do gia hạn.", "Please send the reason for the extension."),
        Question::Document => say(
            language,
            "Đề nghị nhắn số, ký hiệu và ngày của văn bản báo cáo (ví dụ: 123/BC-PNV ngày 29/12/2023), hoặc chọn Không có văn bản.",
            "Please send number and date of the document that reports it, or choose No document.",
        ),
        Question::Done { document } => {
            let document = document.as_deref().map_or_else(
                || say(language, "không có văn bản", "without document"),
                |text| {
                    let text = cut(&clean(text), QUOTE_CHARS_MAX);
                    say(language, &format!("văn bản {text}"), &format!("document {text}"))
                },
            );
            say(
                language,
                &format!("Xác nhận báo cáo hoàn thành nhiệm vụ nêu trên ({document})?"),
                &format!("Report the duty above as done ({document})?"),
            )
        }
        Question::Unit => say(
            language,
            "Nếu biết, đề nghị nhắn tên đơn vị có trách nhiệm, hoặc chọn Không rõ.",
            "If you know, please send the name of the unit whose duty it is, or choose Not known.",
        ),
        Question::Person { page, pages } => {
            let place = if *pages > 1 {
                say(language, &format!(" (trang {page}/{pages})"), &format!(" (page {page}/{pages})"))
            } else {
                String::new()
            };
            say(language, &format!("Giao nhiệm vụ cho{place}:"), &format!("Hand the duty to{place}:"))
        }
    }
}

/// Why a text does not answer the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misread {
    /// No number.
    Number,
    /// No percentage.
    Percent,
    /// No day.
    Day,
    /// More than one day.
    AmbiguousDay,
    /// The day has passed.
    PastDay,
    /// A figure cannot be of a day ahead.
    DayAhead,
    /// Not after the deadline in force.
    NotLater,
    /// No text, or far too long a one.
    Text,
    /// No unit of that name, or several.
    Unit,
    /// The buttons answer it.
    Press,
}

/// Asks again, politely.
pub fn again(voice: &Voice<'_>, misread: Misread) -> Speech {
    let (vi, en) = match misread {
        Misread::Number => (
            "Hệ thống chưa đọc được số liệu. Đề nghị nhắn một số, ví dụ: 62,5.",
            "That is no number the system can read. Please send one, for example: 62.5.",
        ),
        Misread::Percent => (
            "Hệ thống chưa đọc được tỷ lệ. Đề nghị nhắn một số từ 0 đến 100, ví dụ: 60.",
            "That is no percentage. Please send a number from 0 to 100, for example: 60.",
        ),
        Misread::Day => (
            "Hệ thống chưa đọc được ngày. Đề nghị nhắn theo dạng ngày/tháng/năm, ví dụ: 20/12/2023.",
            "That is no day the system can read. Please send day/month/year, for example: 20/12/2023.",
        ),
        Misread::AmbiguousDay => (
            "Ngày này có thể hiểu theo nhiều cách. Đề nghị nhắn đủ ngày/tháng/năm, ví dụ: 20/12/2023.",
            "That may mean several days. Please send day/month/year, for example: 20/12/2023.",
        ),
        Misread::PastDay => (
            "Ngày này đã qua. Đề nghị nhắn một ngày từ hôm nay trở đi, ghi đủ ngày/tháng/năm.",
            "That day has passed. Please send a day from today on, with its year.",
        ),
        Misread::DayAhead => (
            "Số liệu không thể tính đến một ngày chưa đến. Đề nghị nhắn lại ngày.",
            "A figure cannot be of a day to come. Please send the day again.",
        ),
        Misread::NotLater => (
            "Ngày đề nghị gia hạn phải sau thời hạn hiện tại. Đề nghị nhắn lại ngày.",
            "The day must lie after the present deadline. Please send it again.",
        ),
        Misread::Text => {
            ("Đề nghị nhắn nội dung ngắn gọn, không quá 500 ký tự.", "Please send a short text of at most 500 characters.")
        }
        Misread::Unit => (
            "Hệ thống không tìm thấy đúng một đơn vị có tên này. Đề nghị nhắn lại tên đơn vị, hoặc chọn Không rõ.",
            "There is not exactly one unit of that name. Please send it again, or choose Not known.",
        ),
        Misread::Press => {
            ("Đề nghị trả lời bằng nút của câu hỏi trên. Để dừng: /huy", "Please answer with the buttons above. To stop: /cancel")
        }
    };
    Voice::speech(&say(voice.language, vi, en))
}

/// An answer as it was recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answered {
    /// Names of the lead units; repeated names are said once.
    pub units: Vec<String>,
    /// How many assignments.
    pub assignments: usize,
    /// Percent done.
    pub percent: Option<u8>,
    /// A figure and its unit.
    pub figure: Option<(f64, String)>,
    /// The day the figure describes.
    pub as_of: Option<Date>,
    /// Until when.
    pub until: Option<Date>,
    /// Why.
    pub note: Option<String>,
    /// The document.
    pub document: Option<String>,
    /// The person or unit it is given to.
    pub to: Option<String>,
}

/// "Đã ghi nhận: Phòng Nội vụ đề nghị gia hạn đến thứ Tư, ngày 20/12/2023 (lý do: …), lúc 08 giờ 05, ngày 02/10/2023."
pub fn answered(voice: &Voice<'_>, kind: ReplyKind, answer: &Answered) -> String {
    let language = voice.language;
    let what = what(kind, answer, language);
    let mut units: Vec<String> = Vec::new();
    for unit in answer.units.iter().map(|unit| cut(&clean(unit), 60)) {
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    let who = listed(&units, 4);
    let at = local(voice.calendar, voice.now);
    let (time, day) = (clock(at.time(), language), short(at.date()));
    let n = count(answer.assignments as u64, language);
    let many = if answer.assignments > 1 {
        say(language, &format!(" ({n} nhiệm vụ)"), &format!(" ({n} duties)"))
    } else {
        String::new()
    };
    let stands = match kind {
        ReplyKind::Extend => say(
            language,
            " Thời hạn hiện tại giữ nguyên cho đến khi có ý kiến.",
            " The present deadline stands until it is decided.",
        ),
        _ => String::new(),
    };
    say(
        language,
        &format!("Đã ghi nhận: {who} {what}{many}, lúc {time}, ngày {day}.{stands} Trân trọng cảm ơn."),
        &format!("Recorded: {who} {what}{many}, at {time} on {day}.{stands} Thank you."),
    )
}

fn what(kind: ReplyKind, answer: &Answered, language: Language) -> String {
    let quoted = |text: &String| cut(&clean(text), QUOTE_CHARS_MAX);
    let note = answer.note.as_ref().map(quoted);
    let why = note.map_or_else(String::new, |note| say(language, &format!(" (lý do: {note})"), &format!(" (because: {note})")));
    let until = answer.until.map_or_else(String::new, |day| long(day, language));
    match kind {
        ReplyKind::Progress => {
            let amount = match (&answer.figure, answer.percent) {
                (Some((value, unit)), _) => measure(*value, unit, language),
                (None, Some(percent)) => format!("{percent}%"),
                (None, None) => String::new(),
            };
            let as_of = answer.as_of.map_or_else(String::new, |day| {
                say(language, &format!(", tính đến {}", long(day, language)), &format!(", as of {}", long(day, language)))
            });
            say(language, &format!("cập nhật tiến độ {amount}{as_of}"), &format!("reports progress: {amount}{as_of}"))
        }
        ReplyKind::Done => {
            let document = answer.document.as_ref().map(quoted).map_or_else(String::new, |text| format!(" ({text})"));
            say(language, &format!("báo cáo hoàn thành nhiệm vụ{document}"), &format!("reports the duty done{document}"))
        }
        ReplyKind::Extend => {
            say(language, &format!("đề nghị gia hạn đến {until}{why}"), &format!("asks for an extension until {until}{why}"))
        }
        ReplyKind::NotOurs => {
            let to = answer.to.as_ref().map(quoted).map_or_else(String::new, |unit| {
                say(language, &format!("; cho biết thuộc trách nhiệm của {unit}"), &format!("; said to be the duty of {unit}"))
            });
            say(
                language,
                &format!("phản hồi nhiệm vụ không thuộc trách nhiệm của đơn vị{why}{to}"),
                &format!("says the duty is not theirs{why}{to}"),
            )
        }
        ReplyKind::Assign => {
            let to = answer.to.as_ref().map(quoted).unwrap_or_default();
            say(language, &format!("giao nhiệm vụ cho {to}"), &format!("hands the duty to {to}"))
        }
        _ => say(language, "tiếp nhận nhiệm vụ", "acknowledged the duty"),
    }
}

/// One of two texts.
pub(super) fn say(language: Language, vi: &str, en: &str) -> String {
    match language {
        Language::Vi => vi.to_owned(),
        Language::En => en.to_owned(),
    }
}

//! The six questions of `init`: on a terminal, through a pipe, or answered by flags.

use std::io::{BufRead, IsTerminal as _, Write as _};

use jiff::civil::Date;

use super::InitArgs;
use super::plan::mistakes;
use crate::cli::failure::Failure;
use crate::domain::rules::Language;
use crate::tree::say;

/// How often one question is asked before giving up.
const TRIES_MAX: usize = 5;

/// What `init` knows when it has asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) office: String,
    pub(super) monitor: String,
    pub(super) monitor_email: String,
    /// `None` while there is none: messages are written into a folder.
    pub(super) server: Option<String>,
    pub(super) from: String,
    pub(super) hours: String,
    pub(super) trial_to: String,
    pub(super) telegram: Telegram,
}

/// Whether Telegram is to be used; its token is written later, so its section waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telegram {
    No,
    Later,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            office: "Văn phòng HĐND và UBND phường (ĐIỀN tên)".to_owned(),
            monitor: "ĐIỀN Người theo dõi".to_owned(),
            monitor_email: "dien-theo-doi@example.gov.vn".to_owned(),
            server: None,
            from: "Theo dõi nhiệm vụ <dondoc@example.gov.vn>".to_owned(),
            hours: "07:30-11:30, 13:00-17:00".to_owned(),
            trial_to: "dien-theo-doi@example.gov.vn".to_owned(),
            telegram: Telegram::No,
        }
    }
}

/// One question.
struct Question {
    /// 1 to 6; one number may have two lines.
    number: u8,
    text: String,
    given: Option<String>,
    default: String,
}

/// Asks what no flag has answered; every answer is read by the same reader as the config.
///
/// # Errors
/// When an answer cannot be used, or the input ends before the last one.
pub(super) fn ask(args: &InitArgs, language: Language, today: Date) -> Result<Answers, Failure> {
    let mut asking = Asking { silent: args.yes.then_some(()), language, today, answers: Answers::default() };
    let defaults = Answers::default();
    let question =
        |number, text: String, given: &Option<String>, default: String| Question { number, text, given: given.clone(), default };
    let text = say!(language, "Tên văn phòng, như ghi ở cuối mỗi tin", "Name of the office, as it closes each message");
    asking.one(&question(1, text, &args.office, defaults.office), |answers, said| answers.office = said)?;
    let text = say!(language, "Họ tên người theo dõi", "Name of the person who monitors");
    asking.one(&question(2, text, &args.monitor, defaults.monitor), |answers, said| answers.monitor = said)?;
    let text = say!(language, "Thư điện tử của người đó", "Their email");
    asking.one(&question(2, text, &args.monitor_email, defaults.monitor_email), |answers, said| {
        // Its form is checked where an address stands in the config; the next question replaces it.
        answers.trial_to.clone_from(&said);
        answers.monitor_email = said;
    })?;
    let text = say!(
        language,
        "Máy chủ thư, ví dụ smtp://mail.example.gov.vn:587 (để trống: chưa gửi, chỉ ghi ra thư mục outbox)",
        "Mail server, e.g. smtp://mail.example.gov.vn:587 (empty: send nothing, write into the folder outbox)"
    );
    let domain = asking.answers.monitor_email.split_once('@').map_or("example.gov.vn", |(_, domain)| domain).to_owned();
    let from = format!("Theo dõi nhiệm vụ <dondoc@{domain}>");
    asking.answers.from.clone_from(&from);
    asking.one(&question(3, text, &args.server, String::new()), |answers, said| {
        answers.server = Some(said).filter(|server| !server.is_empty());
    })?;
    if asking.answers.server.is_some() {
        let text = say!(language, "Tên và địa chỉ gửi", "Name and address it sends from");
        asking.one(&question(3, text, &args.from, from), |answers, said| answers.from = said)?;
    }
    let text = say!(language, "Giờ làm việc", "Office hours");
    asking.one(&question(4, text, &args.hours, defaults.hours), |answers, said| answers.hours = said)?;
    let text = say!(
        language,
        "Hộp thư chạy thử: trong những ngày đầu mọi tin chỉ đến đây",
        "Trial mailbox: in the first days every message goes there only"
    );
    let mailbox = asking.answers.monitor_email.clone();
    asking.one(&question(5, text, &args.trial_to, mailbox), |answers, said| answers.trial_to = said)?;
    let text = say!(language, "Có dùng Telegram không (c/k)", "Use Telegram (y/n)");
    let no = say!(language, "k", "n");
    asking.one(&question(6, text, &args.telegram, no), |answers, said| {
        let yes = ["c", "có", "co", "y", "yes"].contains(&said.to_lowercase().as_str());
        answers.telegram = if yes { Telegram::Later } else { Telegram::No };
    })?;
    Ok(asking.answers)
}

struct Asking {
    /// `--yes`: defaults instead of questions.
    silent: Option<()>,
    language: Language,
    today: Date,
    answers: Answers,
}

impl Asking {
    fn one(&mut self, question: &Question, set: impl Fn(&mut Answers, String)) -> Result<(), Failure> {
        for _ in 0..TRIES_MAX {
            let is_given = question.given.is_some() || self.silent.is_some();
            let said = match &question.given {
                Some(given) => given.trim().to_owned(),
                None if is_given => question.default.clone(),
                None => self.read(question)?,
            };
            let mut tried = self.answers.clone();
            set(&mut tried, said);
            let Some(mistake) = mistakes(&tried, self.language, self.today).into_iter().next() else {
                self.answers = tried;
                return Ok(());
            };
            let help = mistake.help.clone().unwrap_or_default();
            // A pipe or a flag would say the same again.
            if is_given || !std::io::stdin().is_terminal() {
                return Err(Failure::refused(format!("{}: {}", question.text, mistake.message), help));
            }
            crate::cli::print::note(&format!("   {}; {help}\n", mistake.message));
        }
        Err(Failure::refused(question.text.clone(), say!(self.language, "chạy lại dondoc init", "run dondoc init again")))
    }

    /// The line somebody typed; empty takes the default.
    fn read(&self, question: &Question) -> Result<String, Failure> {
        let default = if question.default.is_empty() { String::new() } else { format!(" [{}]", question.default) };
        crate::cli::print::note(&format!("{}/6 {}{default}: ", question.number, question.text));
        // A prompt that cannot be shown is no reason to stop.
        let _ = std::io::stderr().flush();
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        if !matches!(read, Ok(1..)) {
            let message = say!(
                self.language,
                "chưa trả lời hết các câu hỏi; chưa ghi gì",
                "not every question was answered; nothing was written"
            );
            let help = say!(
                self.language,
                "chạy lại dondoc init, hoặc thêm --yes để dùng các giá trị mặc định",
                "run dondoc init again, or add --yes to take the defaults"
            );
            return Err(Failure::refused(message, help));
        }
        if !std::io::stdin().is_terminal() {
            crate::cli::print::note("\n");
        }
        let said = line.trim();
        Ok(if said.is_empty() { question.default.clone() } else { said.to_owned() })
    }
}

//! What `init` writes: the example config with the answers in it, and the first facts.

use jiff::civil::Date;

use super::ask::{Answers, Telegram};
use crate::config::{Config, Credentials, Surroundings};
use crate::diagnostic::Diagnostic;
use crate::domain::rules::Language;
use crate::engine::templates::starting_point;

const EXAMPLE: &str = include_str!("../../../config.example.toml");
const ORGANISATION: &str = include_str!("to-chuc.toml");
const DISPATCH: &str = include_str!("vi-du.toml");
const SECRETS: &str = include_str!("bi-mat.txt");

/// Where the head of the example ends: what stands before is said otherwise here.
const FIRST_KEY: &str = "timezone = ";

/// One file: where, and what stands in it.
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) text: String,
    pub(super) privacy: Privacy,
}

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Privacy {
    Everybody,
    OwnerOnly,
}

/// All of them but the store.
pub(super) fn files(answers: &Answers, language: Language, today: Date) -> Vec<File> {
    let file = |path, text| File { path, text, privacy: Privacy::Everybody };
    let organisation =
        ORGANISATION.replace("@MONITOR@", &quoted(&answers.monitor)).replace("@MONITOR_EMAIL@", &quoted(&answers.monitor_email));
    let month = today.saturating_add(jiff::SignedDuration::from_hours(24 * 30));
    let dispatch = DISPATCH.replace("@TODAY@", &today.to_string()).replace("@IN_A_MONTH@", &month.to_string());
    let mut files = vec![
        file("config.toml", config(answers, language)),
        file("du-lieu/to-chuc.toml", organisation),
        file("du-lieu/vi-du.toml", dispatch),
        File { path: "credentials/README.txt", text: SECRETS.to_owned(), privacy: Privacy::OwnerOnly },
    ];
    files.extend(starting_point().map(|(path, text)| file(path, text)));
    files
}

/// The example config with the answers; its comments, policies and routes stay.
pub(super) fn config(answers: &Answers, language: Language) -> String {
    let head = EXAMPLE.find(FIRST_KEY).unwrap_or(0);
    let mut text = String::from(
        "# Cấu hình của dondoc, do dondoc init ghi. Sửa bằng trình soạn thảo bất kỳ; kiểm tra trước khi dùng: dondoc check\n\
         # Xem trước thay đổi sẽ gửi gì: dondoc simulate --diff BẢN-MỚI.toml\n\
         #\n\
         # Mật khẩu, token và khóa không bao giờ ghi ở đây, xem credentials/README.txt.\n\n",
    );
    text.push_str(&EXAMPLE[head..]);
    if language == Language::En {
        set(&mut text, "language = \"vi\"", "language = \"en\"");
    }
    set_value(&mut text, "name = ", &quoted(&answers.office));
    set_value(&mut text, "monitor = ", "\"position:theo-doi@vp\"");
    set_value(&mut text, "operators = ", "[\"position:theo-doi@vp\"]");
    set_value(&mut text, "hours = ", &hours(&answers.hours));
    if let Some(server) = &answers.server {
        section(&mut text, "[outbox]", Turn::Off);
        section(&mut text, "[email]", Turn::On);
        set_value(&mut text, "server = ", &quoted(server));
        set_value(&mut text, "from = ", &quoted(&answers.from));
    }
    section(&mut text, "[trial]", Turn::On);
    set_value(&mut text, "to = ", &quoted(&answers.trial_to));
    if answers.telegram == Telegram::Later {
        set(
            &mut text,
            "# [telegram]\n",
            "# Dùng Telegram: ghi token vào credentials/telegram-token, rồi bỏ dấu # ở hai dòng đầu dưới đây.\n# [telegram]\n",
        );
    }
    text
}

/// What is wrong with these answers, as `check` would say it.
pub(super) fn mistakes(answers: &Answers, language: Language, today: Date) -> Vec<Diagnostic> {
    let within = Surroundings { folder: ".".into(), credentials: Credentials::default(), today, language: Some(language) };
    let (_, problems) = Config::parse(&config(answers, language), &within);
    problems.into_iter().filter(Diagnostic::is_error).collect()
}

/// A text as TOML writes it; a JSON string is one, once the controls are gone.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    serde_json::Value::from(plain).to_string()
}

/// `07:30-11:30, 13:00-17:00` as a list.
fn hours(text: &str) -> String {
    let windows: Vec<String> = text.split(',').map(|window| quoted(window.trim())).collect();
    format!("[{}]", windows.join(", "))
}

fn set(text: &mut String, old: &str, new: &str) {
    *text = text.replacen(old, new, 1);
}

/// Gives the first line that begins so another value; its comment stays.
fn set_value(text: &mut String, key: &str, value: &str) {
    let Some(start) = line_start(text, key) else { return };
    let end = text[start..].find('\n').map_or(text.len(), |end| start + end);
    let code = format!("{key}{value}");
    let line = text[start..end].split_once(" # ").map_or_else(|| code.clone(), |(_, comment)| aligned(&code, comment));
    text.replace_range(start..end, &line);
}

/// A line with its comment in the column of the others.
fn aligned(code: &str, comment: &str) -> String {
    format!("{:<40} # {}", code.trim_end(), comment.trim())
}

fn line_start(text: &str, begins: &str) -> Option<usize> {
    if text.starts_with(begins) {
        return Some(0);
    }
    text.find(&format!("\n{begins}")).map(|at| at + 1)
}

/// Whether a section is to hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    On,
    Off,
}

/// Takes the comment signs off a section and its keys, or puts them on.
fn section(text: &mut String, header: &str, turn: Turn) {
    let written = if turn == Turn::On { format!("# {header}") } else { header.to_owned() };
    let Some(start) = line_start(text, &written) else { return };
    let end = text[start..].find("\n\n").map_or(text.len(), |end| start + end);
    let lines = text[start..end].lines().map(|line| match (turn, line.strip_prefix("# ")) {
        (Turn::On, Some(bare)) if bare.starts_with('[') || is_needed(bare) => {
            bare.split_once(" # ").map_or_else(|| bare.to_owned(), |(code, comment)| aligned(code, comment))
        }
        (Turn::On, _) => line.to_owned(),
        (Turn::Off, _) => format!("# {line}"),
    });
    let lines = lines.collect::<Vec<_>>().join("\n");
    text.replace_range(start..end, &lines);
}

/// The keys `init` knows an answer to; the others of a section stay commented out.
fn is_needed(line: &str) -> bool {
    ["server = ", "from = ", "to = ", "live_units = "].iter().any(|key| line.starts_with(key))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn answers() -> Answers {
        Answers {
            office: "Văn phòng \"HĐND\" và UBND phường Thử".into(),
            monitor: "Lê Thử".into(),
            monitor_email: "le.thu@example.gov.vn".into(),
            server: Some("smtp://relay.example.gov.vn:587".into()),
            from: "Theo dõi nhiệm vụ <dondoc@example.gov.vn>".into(),
            hours: "08:00-12:00, 13:30-17:30".into(),
            trial_to: "van.thu@example.gov.vn".into(),
            telegram: Telegram::Later,
        }
    }

    fn parsed(answers: &Answers) -> Config {
        let within =
            Surroundings { folder: "/o".into(), credentials: Credentials::default(), today: date(2026, 11, 25), language: None };
        let (config, problems) = Config::parse(&config(answers, Language::Vi), &within);
        config.unwrap_or_else(|| panic!("{problems:#?}"))
    }

    #[test]
    fn every_answer_stands_in_the_config() {
        let read = parsed(&answers());
        assert_eq!(read.rules.office.name, "Văn phòng \"HĐND\" và UBND phường Thử");
        assert!(read.outbox.is_none());
        let email = read.email.expect("[email]");
        assert_eq!((email.host.as_str(), email.port), ("relay.example.gov.vn", 587));
        assert_eq!(email.from_address, "dondoc@example.gov.vn");
        let trial = read.rules.trial.expect("[trial]");
        assert_eq!((trial.to.as_str(), trial.live_units.len()), ("van.thu@example.gov.vn", 0));
        assert!(config(&answers(), Language::Vi).contains("hours = [\"08:00-12:00\", \"13:30-17:30\"]   #"));
        assert!(config(&answers(), Language::En).contains("language = \"en\""));
    }

    #[test]
    fn without_a_server_everything_goes_into_the_folder_and_the_trial_is_on() {
        let read = parsed(&Answers { server: None, telegram: Telegram::No, ..answers() });
        assert!(read.outbox.is_some() && read.email.is_none() && read.rules.trial.is_some());
    }

    #[test]
    fn an_answer_that_no_config_takes_is_told() {
        let wrong = Answers { hours: "17:00-08:00".into(), ..answers() };
        assert!(!mistakes(&wrong, Language::Vi, date(2026, 11, 25)).is_empty());
        let wrong = Answers { trial_to: "van thu".into(), ..answers() };
        assert!(!mistakes(&wrong, Language::Vi, date(2026, 11, 25)).is_empty());
        assert!(mistakes(&answers(), Language::Vi, date(2026, 11, 25)).is_empty());
    }
}

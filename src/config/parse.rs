//! The passes over one text.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::templates::digest;
use super::{Config, Credentials, StoreSettings, calendar, channels, check, office, policy, route};
use crate::diagnostic::{Diagnostic, nearest, quoted};
use crate::domain::calendar::{CalendarRules, WorkingCalendar};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::{Language, Rules, Trial};
use crate::tree::{At, Document, Table, Value, say};

/// What a config is read in: nothing of it stands in the file.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// What relative paths count from.
    pub folder: PathBuf,
    /// The secrets.
    pub credentials: Credentials,
    /// For what lies ahead.
    pub today: Date,
    /// Overrides the file's own `language`.
    pub language: Option<Language>,
}

impl Config {
    /// The config of a text, unless an error stops it, and everything that is wrong with the text, in file order.
    pub fn parse(text: &str, within: &Surroundings) -> (Option<Self>, Vec<Diagnostic>) {
        let document = Document::parse(text, 0, within.language);
        let root = document.root();
        let read = read(&root, text, within);
        root.finish();
        let sound = !document.problems().has_errors();
        (read.filter(|_| sound), document.finish())
    }
}

/// Reads every section, whatever is wrong with the others. `None` when something needed is not there.
fn read(root: &Table<'_>, text: &str, within: &Surroundings) -> Option<Config> {
    let problems = root.problems();
    let language = read_language(root, within);
    let time_zone = read_time_zone(root);
    let store = read_store(root, &within.folder);
    let office = office::read(root, language);
    let before_date = office::read_before_date(root);
    let calendar_rules = calendar::read(root, time_zone?, within.today);
    let policies = policy::read_all(root);
    let routes = route::read_all(root);
    let channels = channels::read(root, within);
    let trial = read_trial(root, &channels);
    check::policies(&policies, &office, &channels, problems);
    check::routes(&routes, &policies, problems);
    let rules = Rules {
        digest: digest(text, &[]),
        language,
        office,
        before_date,
        calendar: WorkingCalendar::new(calendar_rules),
        policies: policies.into_iter().map(|placed| placed.policy).collect(),
        routes: routes.into_iter().map(|placed| placed.route).collect(),
        trial,
    };
    Some(Config {
        rules,
        store: store?,
        email: channels.email,
        telegram: channels.telegram,
        outbox: channels.outbox,
        web: channels.web,
        link_key: within.credentials.link_key.clone(),
        webhook_key: within.credentials.webhook_key.clone(),
        templates: Vec::new(),
    })
}

fn read_language(root: &Table<'_>, within: &Surroundings) -> Language {
    let read =
        root.str("language").and_then(|word| one_of(root, &word, "language", &[("vi", Language::Vi), ("en", Language::En)]));
    within.language.or(read).unwrap_or_default()
}

fn read_time_zone(root: &Table<'_>) -> Option<TimeZone> {
    const DEFAULT: &str = CalendarRules::TIME_ZONE;
    let written = root.str("timezone");
    let name = written.as_ref().map_or(DEFAULT, |name| name.value.as_str());
    let found = TimeZone::get(name).ok();
    if found.is_none() {
        let problems = root.problems();
        let language = problems.language;
        let shown = quoted(name);
        let message = say!(language, "không có múi giờ {shown}", "unknown time zone {shown}");
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let near = nearest(name, known.iter().map(String::as_str)).unwrap_or(DEFAULT).to_owned();
        let help = say!(language, "có phải ý bạn là \"{near}\"?", "did you mean \"{near}\"?");
        problems.error_with_help(
            "unknown-timezone",
            root.get("timezone").map_or(root.span(), |value| value.span()),
            message,
            help,
        );
        // The other sections are still worth reading.
        return Some(TimeZone::UTC);
    }
    found
}

fn read_store(root: &Table<'_>, folder: &Path) -> Option<StoreSettings> {
    const FILE_DEFAULT: &str = "dondoc.db";
    let Some(store) = root.table("store") else { return Some(StoreSettings::Sqlite(folder.join(FILE_DEFAULT))) };
    let url = store.str("url");
    let read = match &url {
        None if store.has("url") => None,
        None => Some(StoreSettings::Sqlite(folder.join(FILE_DEFAULT))),
        Some(url) => store_of(&store, url, folder),
    };
    store.finish();
    read
}

fn store_of(store: &Table<'_>, url: &At<String>, folder: &Path) -> Option<StoreSettings> {
    let problems = store.problems();
    let language = problems.language;
    let lower = url.value.to_lowercase();
    if lower.starts_with("postgres://") || lower.starts_with("postgresql://") {
        if let Ok(parsed) = url::Url::parse(&url.value)
            && parsed.host_str().is_some_and(|host| !host.is_empty())
        {
            if parsed.password().is_some() {
                let message = say!(language, "địa chỉ cơ sở dữ liệu có mật khẩu", "the address of the database holds a password");
                let help = say!(
                    language,
                    "ghi mật khẩu vào tệp .pgpass (PGPASSFILE) và bỏ khỏi đây",
                    "keep it in a .pgpass file (PGPASSFILE) and remove it here"
                );
                problems.warning("password-in-url", url.span, message, help);
            }
            return Some(StoreSettings::Postgres(url.value.clone()));
        }
    } else if let Some(file) = url.value.strip_prefix("sqlite:")
        && let file = file.strip_prefix("//").unwrap_or(file)
        && !file.is_empty()
        && !file.starts_with(':')
    {
        return Some(StoreSettings::Sqlite(folder.join(file)));
    }
    let message = say!(language, "\"store.url\": không hiểu địa chỉ này", "\"store.url\" is not understood");
    let help = say!(
        language,
        "viết \"sqlite:dondoc.db\" hoặc \"postgres://máy-chủ/tên\"",
        "write \"sqlite:dondoc.db\" or \"postgres://host/name\""
    );
    problems.error_with_help("bad-store", url.span, message, help);
    None
}

/// A mistake in `[trial]` must not send real messages to people who are not to get them yet, so it stops the config.
fn read_trial(root: &Table<'_>, doors: &channels::Doors) -> Option<Trial> {
    let trial = root.table("trial")?;
    trial.require(&["to"]);
    let to = trial.str("to").and_then(|to| channels::mailbox(&to, trial.problems()));
    let live = trial.list_of("live_units", Value::str).unwrap_or_default();
    let (problems, span) = (trial.problems(), trial.span());
    let language = problems.language;
    trial.finish();
    if !doors.open.contains(&ChannelKind::Email) && problems.is_well_formed() {
        let message = say!(
            language,
            "đang chạy thử, nhưng không có [email] để gửi đến hộp thư chạy thử",
            "a trial is on, but there is no [email] to reach its mailbox by"
        );
        let help = say!(language, "thêm mục [email], hoặc [outbox] để chỉ ghi ra tệp", "add [email], or [outbox] to write files");
        problems.error_with_help("trial-without-mail", span, message, help);
        return None;
    }
    let to = to?;
    let message = say!(
        language,
        "đang chạy thử: tin của các đơn vị không có trong live_units chỉ đến hộp thư chạy thử",
        "a trial is on: messages for units that are not in live_units reach the trial mailbox only"
    );
    let help = say!(
        language,
        "thêm từng đơn vị vào live_units khi bắt đầu gửi thật, sau cùng bỏ mục [trial]",
        "add unit after unit to live_units to send for real, and remove [trial] in the end"
    );
    problems.warning("trial-on", span, message, help);
    Some(Trial { to: to.address, live_units: live.into_iter().map(|unit| unit.value).collect() })
}

/// The meaning of a word, or an error that names the nearest of the words that can stand here.
pub(super) fn one_of<T: Copy>(table: &Table<'_>, word: &At<String>, key: &str, known: &[(&str, T)]) -> Option<T> {
    let found = known.iter().find(|(known, _)| *known == word.value);
    if let Some((_, meaning)) = found {
        return Some(*meaning);
    }
    let language = table.problems().language;
    let shown = quoted(&word.value);
    let path = if table.path().is_empty() { key.to_owned() } else { format!("{}.{key}", table.path()) };
    let message = say!(language, "\"{path}\" không nhận giá trị {shown}", "\"{path}\" cannot be {shown}");
    let all = known.iter().map(|(known, _)| format!("\"{known}\"")).collect::<Vec<_>>().join(", ");
    let otherwise = say!(language, "các giá trị dùng được: {all}", "it can be {all}");
    let help = table.problems().did_you_mean(&word.value, known.iter().map(|(known, _)| *known), otherwise);
    table.problems().error_with_help("bad-value", word.span, message, help);
    None
}

//! The demo, run as a newcomer runs it: the binary, a folder, no config.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, LazyLock};

use dondoc::config::{Config, Credentials, Surroundings};
use dondoc::domain::calendar::{Hours, WorkingCalendar};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::rules::Rules;
use dondoc::engine::import::{Mode, import};
use dondoc::engine::simulate::{Range, simulate};
use dondoc::store::Store;
use jiff::Timestamp;
use jiff::civil::date;
use mail_parser::{Message, MessageParser};

const CONFIG: &str = include_str!("../src/cli/demo/rules.toml");
const FACTS: [&str; 2] =
    [include_str!("../examples/go-vap-2023/to-chuc.toml"), include_str!("../examples/go-vap-2023/cong-van-4988.toml")];

fn dondoc(within: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dondoc")).current_dir(within).args(args).output().expect("the binary starts")
}

struct Shown {
    place: tempfile::TempDir,
    text: String,
}

impl Shown {
    fn run(args: &[&str]) -> Self {
        let place = tempfile::tempdir().expect("a temporary folder");
        let output = dondoc(place.path(), &[&["demo", "--fast"], args].concat());
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{complaints}");
        assert_eq!(complaints, "");
        Self { place, text: String::from_utf8(output.stdout).expect("UTF-8") }
    }

    fn folder(&self) -> PathBuf {
        self.place.path().join("dondoc-demo")
    }

    fn files(&self, ending: &str) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.folder().join("outbox")).expect("an outbox");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths
            .filter(|path| path.extension().is_some_and(|found| found == ending))
            .map(|path| {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                (name, std::fs::read(&path).expect("a file"))
            })
            .collect()
    }

    fn index(&self) -> String {
        std::fs::read_to_string(self.folder().join("index.html")).expect("an index.html")
    }
}

/// One run serves the tests that only look.
static SHOWN: LazyLock<Shown> = LazyLock::new(|| Shown::run(&[]));

fn rules() -> Rules {
    let around = Surroundings {
        folder: PathBuf::from("."),
        credentials: Credentials::default(),
        today: date(2023, 10, 5),
        language: None,
    };
    let (config, problems) = Config::parse(CONFIG, &around);
    config.unwrap_or_else(|| panic!("{problems:?}")).rules
}

fn sent_at(mail: &Message<'_>) -> Timestamp {
    Timestamp::from_second(mail.date().expect("a date").to_timestamp()).expect("in range")
}

fn address(mail: &Message<'_>) -> String {
    mail.to().and_then(|to| to.first()).and_then(|to| to.address()).expect("one recipient").to_owned()
}

#[test]
fn the_first_line_says_that_names_are_made_up_and_when_it_plays() {
    let first = SHOWN.text.lines().next().expect("a line");
    assert!(first.contains("giả định") && first.contains("trước tháng 7/2025"), "{first}");
}

#[test]
fn three_acts_are_shown_each_on_one_screen() {
    for (act, next) in [("HỒI 1", "MỘT THƯ"), ("HỒI 2", "MỘT TIN TELEGRAM"), ("HỒI 3", "KẾT QUẢ")] {
        let from = SHOWN.text.find(act).unwrap_or_else(|| panic!("no {act}"));
        let screen = SHOWN.text[from..].split(next).next().expect("a screen");
        let lines = screen.trim_end_matches([' ', '─', '\n']).lines().count();
        assert!((8..=24).contains(&lines), "{act} has {lines} lines");
    }
    let wide: Vec<&str> = SHOWN.text.lines().filter(|line| line.chars().count() > 80).collect();
    assert_eq!(wide, Vec::<&str>::new());
    assert!(!SHOWN.text.contains('\u{1b}') && !SHOWN.text.contains('\r'), "control characters in a pipe");
}

#[test]
fn the_silent_ward_climbs_rung_by_rung_and_the_one_on_paper_does_not() {
    let act = |from: &str, to: &str| {
        let text = SHOWN.text.split(from).nth(1).expect("the act");
        text.split(to).next().expect("its end").to_owned()
    };
    let first = act("Phường 16, từng bậc:", "MỘT THƯ");
    let rungs = ["Nhiệm vụ mới", "Nhắc việc", "Đôn đốc", "Báo trước", "Báo cáo lãnh đạo phụ trách", "Báo cáo tuần"];
    let places: Vec<usize> = rungs.iter().map(|rung| first.find(rung).unwrap_or_else(|| panic!("no {rung}: {first}"))).collect();
    assert!(places.is_sorted(), "{first}");
    let third = act("HỒI 3", "KẾT QUẢ");
    assert!(third.contains("hoàn thành đúng hạn") && !third.contains("Báo cáo lãnh đạo phụ trách"), "{third}");
}

#[test]
fn index_html_lists_every_message_and_every_link_leads_to_a_file() {
    let (mails, chats) = (SHOWN.files("eml"), SHOWN.files("json"));
    assert!(mails.len() > 80 && chats.len() > 20, "{} mails, {} chats", mails.len(), chats.len());
    let index = SHOWN.index();
    for name in mails.keys().chain(chats.keys()) {
        assert_eq!(index.matches(&format!("href=\"outbox/{name}\"")).count(), 1, "{name}");
    }
    assert_eq!(index.matches("<details>").count(), mails.len() + chats.len());
    for part in index.split("src=\"").skip(1) {
        let file = part.split('"').next().expect("an end");
        assert!(SHOWN.folder().join(file).is_file(), "{file}");
    }
    assert!(!index.contains("http"), "the page needs no network");
}

#[test]
fn nothing_leaves_on_a_rest_day_or_outside_the_hours() {
    let calendar: WorkingCalendar = rules().calendar;
    for (name, bytes) in SHOWN.files("eml") {
        let mail = MessageParser::default().parse(&bytes).expect("a mail");
        let at = sent_at(&mail);
        assert!(calendar.is_open(&Hours::Office, at), "{name} left at {at}");
        assert_ne!(calendar.date_of(at), date(2024, 1, 1), "{name}");
    }
    assert!(!SHOWN.index().contains("01/01/2024</h2>"));
}

/// What follows a courtesy is on time then; announcements and reports to leaders are no reminders of the unit.
#[test]
fn the_report_to_the_leader_is_not_called_late_and_counts_only_real_reminders() {
    let mails = SHOWN.files("eml");
    let texts: Vec<String> = mails
        .values()
        .map(|bytes| MessageParser::default().parse(bytes).expect("a mail"))
        .filter(|mail| ["pct-dt@example.org", "ct@example.org"].contains(&address(mail).as_str()))
        .map(|mail| mail.body_text(0).expect("a text").into_owned())
        .collect();
    assert_eq!(texts.len(), 5, "one report, four weekly briefs");
    for text in texts {
        assert!(!text.contains("nay mới gửi được"), "{text}");
        let reminded = ["Hệ thống đã nhắc ngày 27/12/2023, 02/01/2024 nhưng", "đã nhắc 02 lần (27/12, 02/01)"];
        assert!(reminded.iter().any(|words| text.contains(words)), "{text}");
        assert!(!text.contains("UBND quận Ủy ban nhân dân"), "{text}");
    }
}

#[test]
fn two_demos_say_and_write_the_same() {
    let other = Shown::run(&[]);
    assert_eq!(other.text, SHOWN.text);
    assert_eq!(other.index(), SHOWN.index());
    assert_eq!(other.files("eml").into_keys().collect::<Vec<_>>(), SHOWN.files("eml").into_keys().collect::<Vec<_>>());
}

#[test]
fn it_speaks_english_too() {
    let shown = Shown::run(&["--lang", "en"]);
    assert!(shown.text.lines().next().is_some_and(|line| line.contains("made up") && line.contains("July 2025")));
    assert!(shown.text.contains("ACT 1") && shown.text.contains("Completed"), "{}", shown.text);
}

#[test]
fn a_dispatch_that_comes_in_is_read_and_left_for_a_person_to_agree_to() {
    let shown = Shown::run(&[]);
    assert!(shown.text.contains("đọc thành 14 nhiệm vụ dự thảo: 12 có thời hạn"), "{}", shown.text);
    assert!(shown.text.contains("“chậm nhất vào ngày 06/11/2026 (thứ Năm)” → thứ Sáu, 06/11/2026"), "{}", shown.text);
    let again = dondoc(shown.place.path(), &["import", "dondoc-demo/cong-van-312.txt", "--dry-run", "--json"]);
    let read: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(read["directives"].as_array().map(Vec::len), Some(14));
    let listed = dondoc(shown.place.path(), &["--config", "dondoc-demo/config.toml", "list", "--json"]);
    assert!(!String::from_utf8_lossy(&listed.stdout).contains("312/UBND-VP"), "nothing of it is recorded");
}

#[test]
fn the_store_it_leaves_passes_verification() {
    let output = dondoc(&SHOWN.folder(), &["verify"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_earlier_demo_is_replaced_and_anything_else_is_left_alone() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let own = place.path().join("own");
    std::fs::create_dir(&own).expect("a folder");
    std::fs::write(own.join("letter.txt"), "mine").expect("a file");
    let refused = dondoc(place.path(), &["demo", "--fast", "--folder", "own"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(own.join("letter.txt")).expect("still there"), "mine");
    assert_eq!(std::fs::read_dir(place.path()).expect("readable").count(), 1, "only the folder that was there");
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut demo = Command::new(env!("CARGO_BIN_EXE_dondoc"))
        .current_dir(place.path())
        .env("TMPDIR", scratch.path())
        .args(["demo"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(demo.stdout.take().expect("piped")).lines();
    // Once the first line is there, so is the folder.
    assert!(lines.next().expect("a line").expect("UTF-8").contains("giả định"));
    assert_eq!(std::fs::read_dir(place.path()).expect("readable").count(), 1);
    let told = Command::new("kill").args(["-INT", &demo.id().to_string()]).status().expect("kill runs");
    assert!(told.success());
    let ended = demo.wait().expect("it ends");
    let mut said = String::new();
    demo.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
    assert_eq!(ended.code(), Some(1), "{said}");
    assert!(said.contains("không để lại gì"), "{said}");
    assert_eq!(std::fs::read_dir(place.path()).expect("readable").count(), 0);
    assert_eq!(std::fs::read_dir(scratch.path()).expect("readable").count(), 0);
}

/// Where nobody answers, the demo must send exactly what `simulate` says: to the silent ward until the end, and to
/// everybody on the first morning.
#[tokio::test(flavor = "multi_thread")]
async fn the_part_without_answers_is_what_simulate_says() {
    let rules = Arc::new(rules());
    let store = Store::scratch().await.expect("a store");
    let sources = FACTS.map(|text| dondoc::diagnostic::Source::of_text("facts", text));
    let (facts, problems) = dondoc::facts::read(&sources, rules.language, &rules.calendar, &dondoc::facts::Known::default());
    assert_eq!(problems, vec![]);
    let now = "2024-03-01T00:00:00Z".parse().expect("an instant");
    import(&store, &facts, &rules, now, "test", Mode::Apply).await.expect("imported");
    let channels = [ChannelKind::Email, ChannelKind::Telegram];
    let range = Range { from: Some(date(2023, 10, 5)), to: Some(date(2024, 1, 31)) };
    let simulated = simulate(&store, &rules, &channels, range, now).await.expect("simulated");
    let of_ward = |to: &str| to == "p16-ct";
    let first_day = |at: Timestamp| rules.calendar.date_of(at) == date(2023, 10, 5);
    let mut expected: BTreeSet<(Timestamp, String, String)> = BTreeSet::new();
    for message in simulated.iter().filter(|message| message.channel == "email") {
        if of_ward(&message.to) || first_day(message.at) {
            expected.insert((message.at, message.to.clone(), message.subject.clone()));
        }
    }
    let mut found = BTreeSet::new();
    for bytes in SHOWN.files("eml").values() {
        let mail = MessageParser::default().parse(bytes).expect("a mail");
        let to = address(&mail).trim_end_matches("@example.org").to_owned();
        let at = sent_at(&mail);
        if of_ward(&to) || first_day(at) {
            found.insert((at, to, mail.subject().expect("a subject").to_owned()));
        }
    }
    assert!(found.len() > 25, "{}", found.len());
    assert_eq!(found, expected);
}

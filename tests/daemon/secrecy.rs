//! F72: a canary in every field of a secret dispatch people write words into, in every credential, and in what a clerk's file has
//! too much; and none of it anywhere afterwards.

use std::fmt::Write as _;
use std::path::Path;

use rust_xlsxwriter::Workbook;

use crate::archive::docx;
use crate::house::{House, Rules, dispatch, people, until};
use crate::postgres;
use crate::support::botapi::{Act as Answer, BotApi};
use crate::support::file::connected;
use crate::support::smtpd::{Act, Setup, Smtpd, Stage};

const CANARY: &str = "KIN-hoàng-yến-zqxv";
const DISPATCH: &str = "[[dispatch]]\nnumber = \"7/MAT\"\nissuer = \"UBND\"\ndate = 2023-10-05\nsecrecy = \"toi-mat\"\n";
const DIRECTIVE: &str = "[[directive]]\ndispatch = \"7/MAT\"\nclause = \"1\"\nlead = [\"u0\"]\ndeadline = \"hằng tháng, trước ngày 20\"\n\
     [[directive]]\ndispatch = \"7/MAT\"\nclause = \"2\"\nlead = [\"u0\"]\ndeadline = 2099-12-31\n";

/// The facts with one line more in the dispatch or in the first directive, or with one table more.
fn with_canary() -> Vec<(&'static str, String)> {
    let mut tried = Vec::new();
    for key in ["subject", "incoming_number", "note", "text", "monitor", "urgency", "received"] {
        tried.push((key, format!("{DISPATCH}{key} = \"{CANARY}\"\n{DIRECTIVE}")));
    }
    let keys = [
        "title",
        "text",
        "clause_as_typed",
        "deadline_set_by",
        "note",
        "source",
        "basis",
        "follow",
        "assignee",
        "until",
        "cutoff",
    ];
    for key in keys {
        let directive = DIRECTIVE.replacen("clause = \"1\"\n", &format!("clause = \"1\"\n{key} = \"{CANARY}\"\n"), 1);
        tried.push((key, format!("{DISPATCH}{directive}")));
    }
    for (from, to) in [
        ("deadline = 2099-12-31", format!("deadline = \"trước ngày 20/12/2099 {CANARY}\"")),
        ("deadline = 2099-12-31", format!("deadline = \"{CANARY}\\\" trước\"")),
        ("lead = [\"u0\"]", format!("lead = [\"u9\"] # {CANARY}")),
        ("lead = [\"u0\"]", format!("lead = [\"{CANARY}\"]")),
        ("deadline = 2099-12-31", format!("deadline = 2099-12-31\ntarget = {{ metric = \"{CANARY}\", op = \">\", value = 1 }}")),
        ("deadline = 2099-12-31", format!("deadline = 2099-12-31\n{CANARY} = 1")),
        ("deadline = 2099-12-31", format!("deadline = 2099-12-31\n{CANARY}")),
        ("deadline = 2099-12-31", format!("deadline = 2099-12-31\ntitle = \"\"\"{CANARY}")),
    ] {
        tried.push((from, format!("{DISPATCH}{}", DIRECTIVE.replace(from, &to))));
    }
    for table in [
        format!("[[figure]]\ndirective = \"7/MAT#2\"\nunit = \"u0\"\nas_of = 2023-10-31\nvalue = 1\nsource = \"{CANARY}\"\n"),
        format!("[[extension]]\ndirective = \"7 / MAT#2\"\ndeadline = 2099-12-31\nbasis = \"{CANARY}\"\n"),
        format!("[[directive]]\ndispatch = \"7/MAT\"\nclause = \"3\"\ntitle = \"{CANARY}\"\nlead = [\"u0\"]\n"),
    ] {
        tried.push(("another table", format!("{DISPATCH}{DIRECTIVE}{table}")));
        // The dispatch is known by then.
        tried.push(("another file", table));
    }
    tried
}

/// Whether bytes hold the canary: as it stands, or in the encodings mails and JSON give it.
fn sings(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let lines: String = text.lines().filter(|line| line.len() % 4 == 0 && !line.contains(' ')).collect();
    let mut decoded = Vec::new();
    for line in text.lines().chain([lines.as_str()]) {
        decoded.extend(data_encoding::BASE64.decode(line.trim().as_bytes()).unwrap_or_default());
    }
    let quoted = text.replace("=\r\n", "").replace("=\n", "");
    [text.as_ref(), &String::from_utf8_lossy(&decoded), &quoted].iter().any(|text| text.contains("KIN-") || text.contains("zqxv"))
}

#[track_caller]
fn assert_silent(what: &str, output: &std::process::Output) {
    assert!(!sings(&output.stdout) && !sings(&output.stderr), "{what}: {output:?}");
}

/// Every file of the house but the facts that were written for it.
fn assert_files_silent(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder of our own") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            assert_files_silent(&path);
        } else if path.file_name().is_some_and(|name| name != "facts.toml") && path.metadata().is_ok_and(|meta| meta.is_file()) {
            let bytes = std::fs::read(&path).expect("readable");
            assert!(!sings(&bytes), "{}", path.display());
        }
    }
}

fn live(house: &House) {
    house.import(&people(1, None));
    for json in [&["--json"][..], &[]] {
        // Before the secret dispatch is known, and after.
        for round in 0..2 {
            for (what, facts) in with_canary() {
                if round == 0 && what == "another file" {
                    continue;
                }
                let file = house.path("facts.toml");
                std::fs::write(&file, facts).expect("a folder of our own");
                let file = file.to_str().expect("a plain path");
                let words: Vec<&str> = ["import", file].iter().chain(json).copied().collect();
                let done = house.command(&words);
                assert_eq!(done.status.code(), Some(1), "{what}: {done:?}");
                assert_silent(what, &done);
            }
            house.import(&format!("{DISPATCH}{DIRECTIVE}"));
        }
    }
    let mut daemon = house.start();
    until("the duties are told", &daemon, || house.queued() == 0);
    let duty = "7/MAT#2@u0";
    let note = |words: &[&str]| {
        let words: Vec<&str> = ["reply", duty].iter().chain(words).copied().collect();
        let done = house.command(&words);
        assert!(done.status.success(), "{words:?}: {done:?}");
        assert_silent("a reply", &done);
    };
    note(&["progress", "--percent", "40", "--note", CANARY, "--as", "p0"]);
    note(&["extend", "--until", "2100-01-31", "--note", CANARY, "--as", "p0"]);
    note(&["grant", "--basis", CANARY, "--as", "monitor"]);
    note(&["not-ours", "--note", CANARY, "--as", "p0"]);
    note(&["done", "--document", CANARY, "--note", CANARY, "--as", "p0"]);
    note(&["return", "--note", CANARY, "--as", "monitor"]);
    note(&["withdraw", "--note", CANARY, "--as", "monitor"]);
    until("the answers are told", &daemon, || house.queued() == 0);
    for words in [
        &["list", "--json"][..],
        &["show", duty],
        &["show", duty, "--json"],
        &["show", "7/MAT#1", "--json"],
        &["status", "--json"],
        &["simulate", "--json"],
        &["simulate", "--from", "2023-10-01", "--to", "2024-02-01", "--json"],
        &["verify"],
        &["check"],
    ] {
        let done = house.command(words);
        assert!(done.status.success() && !done.stdout.is_empty(), "{words:?}: {done:?}");
        assert_silent("a command", &done);
    }
    let shown = house.command(&["show", duty, "--json"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("\"title\": \"7/MAT#2\""), "{shown:?}");
    assert!(std::fs::read_dir(house.path("outbox")).expect("an outbox").count() > 2, "messages left");
    // While it runs, what was written last still stands in the log of the database.
    assert_files_silent(&house.path("."));
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    assert_files_silent(&house.path("."));
}

#[test]
fn what_a_secret_dispatch_says_reaches_no_file_no_log_no_message_and_no_screen() {
    assert!(sings(CANARY.as_bytes()) && sings(data_encoding::BASE64.encode(CANARY.as_bytes()).as_bytes()));
    live(&House::new(&Rules { outbox: true, ..Rules::default() }));
}

#[test]
fn what_a_secret_dispatch_says_reaches_no_row_of_postgresql() {
    let Some(database) = postgres::database() else { return };
    let house = House::new(&Rules { outbox: true, store: Some(database.url.clone()), ..Rules::default() });
    live(&house);
    let dump = connected(&database.url, async |connection| {
        let tables = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await.expect("tables");
        let mut dump = String::new();
        for table in tables {
            let rows = sqlx::AssertSqlSafe(format!("SELECT CAST(t.* AS TEXT) FROM {table} t"));
            let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut *connection).await.expect("rows");
            let _ = writeln!(dump, "{table}: {}", rows.join("\n"));
        }
        dump
    });
    assert!(dump.contains("7/MAT#2") && !sings(dump.as_bytes()), "{dump}");
}

/// A workbook of one sheet.
fn workbook(sheet: &str, rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let written = book.add_worksheet().set_name(sheet).expect("a name");
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(*cells) {
            written.write_string(row, column, *text).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

/// Files of clerks: passwords in columns nobody asked for, and a secret dispatch as a document and as a table.
fn clerks_files() -> Vec<(&'static str, Vec<u8>)> {
    let lines = [
        "ỦY BAN NHÂN DÂN PHƯỜNG",
        "MẬT",
        "Số: 9/UBND-NC",
        &format!("V/v bàn giao tài khoản {CANARY}"),
        "Ngày 05 tháng 01 năm 2027",
        &format!("1. Giao Phòng 0 đổi mật khẩu {CANARY} trước ngày 20/02/2027."),
    ];
    let body: String = lines.iter().map(|line| format!("<w:p><w:r><w:t>{line}</w:t></w:r></w:p>")).collect();
    let duties = ["Số văn bản", "Ngày ban hành", "Độ mật", "Nội dung nhiệm vụ", "Đơn vị chủ trì", "Thời hạn"];
    vec![
        (
            "can-bo.xlsx",
            workbook(
                "Cán bộ",
                &[
                    &["Họ và tên", "Chức vụ", "Đơn vị", "Email", "Mật khẩu", "Token"],
                    &["Lê Văn Kho", "Chuyên viên", "Phòng 0", "kho@example.org", CANARY, CANARY],
                ],
            ),
        ),
        ("nhiem-vu.xlsx", workbook("Nhiệm vụ", &[&duties, &["9/UBND", "05/01/2027", "Mật", CANARY, "Phòng 0", "20/02/2027"]])),
        ("cong-van.docx", docx(&body)),
    ]
}

/// Each credential is a canary; mail server and Bot API refuse, throttle and break off, the config is broken and mended.
#[test]
fn f72_what_stands_in_credentials_and_in_files_with_too_much_reaches_no_log_no_screen_and_no_row() {
    let (user, password) = (format!("{CANARY}-user"), format!("{CANARY}-password"));
    let token = "123456:KIN-zqxv-token";
    let login = Some((user.clone(), password.clone()));
    let smtpd = Smtpd::start(Setup { login, mechanisms: "PLAIN LOGIN", ..Setup::default() });
    let api = BotApi::start(token);
    let rules = Rules { smtp_port: Some(smtpd.port()), api_url: Some(api.url()), ..Rules::default() };
    let house = House::new(&rules);
    // Beside the house, so that no file in it may hold them.
    let beside = tempfile::tempdir().expect("a temporary folder");
    let kept = beside.path().to_str().expect("a plain path");
    for (name, value) in [("smtp-user", &*user), ("smtp-password", &password), ("telegram-token", token)] {
        std::fs::write(beside.path().join(name), value).expect("a folder of our own");
    }
    let variables = [("CREDENTIALS_DIRECTORY", kept)];
    let run = |words: &[&str]| {
        let done = house.command_with(words, &variables);
        assert_silent(&words.join(" "), &done);
        done
    };
    smtpd.next(Stage::Auth, Act::say("535 5.7.8 wrong"));
    smtpd.next(Stage::Dot, Act::TakeAndHangUp);
    for act in [Answer::refuse(401, "Unauthorized"), Answer::retry_after(1)] {
        api.next("sendMessage", act);
    }
    // Three by mail, three by chat.
    let both = people(6, Some(7_001)).replacen("\"telegram\", \"email\"", "\"email\", \"telegram\"", 3);
    let facts = house.path("facts.toml");
    std::fs::write(&facts, both + &dispatch("1/UBND", 1, 6, "2099-12-31")).expect("a folder of our own");
    assert!(run(&["import", facts.to_str().expect("a plain path")]).status.success());
    let mut daemon = house.spawn_with(&variables);
    daemon.says("the daemon is ready");
    for (name, bytes) in clerks_files() {
        let file = beside.path().join(name);
        std::fs::write(&file, bytes).expect("a folder of our own");
        let file = file.to_str().expect("a plain path");
        for words in [&["import", file][..], &["import", file, "--dry-run"], &["import", file, "--json"]] {
            let done = run(words);
            assert!(!done.stdout.is_empty() || !done.stderr.is_empty(), "{words:?}");
        }
    }
    house.configure(&rules.text().replace("[office]", "[office]\nmonitr = 1"));
    daemon.signal("HUP");
    daemon.says("the config or a template beside it is not valid");
    house.configure(&rules.text());
    daemon.signal("HUP");
    daemon.says("the config is read again and valid");
    until("everybody is told", &daemon, || {
        let status: serde_json::Value = serde_json::from_slice(&run(&["status", "--json"]).stdout).expect("JSON");
        status["accepted"].as_u64() >= Some(6)
    });
    let name = "1/UBND#1@u0";
    for words in [
        &["check"][..],
        &["check", "--send", "p0"],
        &["check", "--json"],
        &["status"],
        &["list", "--json"],
        &["show", name, "--json"],
        &["export", name],
        &["simulate", "--json"],
        &["verify"],
    ] {
        let done = run(words);
        assert!(done.status.success(), "{words:?}: {done:?}");
    }
    assert!(smtpd.count("AUTH") > 1, "the password was used");
    assert_files_silent(&house.path("."));
    let login = data_encoding::BASE64.encode(format!("\0{user}\0{password}").as_bytes());
    assert!(!daemon.log().contains(&login) && daemon.log().contains(" accepted "), "{}", daemon.log());
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    assert_files_silent(&house.path("."));
}

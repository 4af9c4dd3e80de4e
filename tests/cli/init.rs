//! `init`: what it writes passes `check`, is imported and simulated; it overwrites nothing and leaves nothing half done.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const FILES: [&str; 10] = [
    "config.toml",
    "credentials/README.txt",
    "dondoc.db",
    "du-lieu/to-chuc.toml",
    "du-lieu/vi-du.toml",
    "templates/mail.txt",
    "templates/mail.html",
    "templates/brief.txt",
    "templates/brief.html",
    "templates/parts.html",
];

/// `dondoc init` in that folder with these arguments and answers.
fn init(folder: &Path, arguments: &[&str], answers: &str) -> Output {
    run(folder, &[&["init"], arguments].concat(), answers)
}

fn run(folder: &Path, arguments: &[&str], answers: &str) -> Output {
    use std::io::Write as _;
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("dondoc"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("CREDENTIALS_DIRECTORY")
        .env_remove("STATE_DIRECTORY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary");
    // It may end before it has read everything.
    let _ = child.stdin.take().expect("a pipe").write_all(answers.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file below a folder, by its path; what SQLite keeps beside a store is its own.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(folder).expect("below").display().to_string());
            }
        }
    }
    found.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm") && !name.contains("last-good"));
    found
}

fn all() -> BTreeSet<String> {
    FILES.map(str::to_owned).into()
}

#[test]
fn what_it_writes_without_a_question_is_checked_imported_and_simulated() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = init(folder.path(), &["--yes"], "");
    assert!(done.status.success(), "{}", text(&done.stderr));
    insta::assert_snapshot!("init_next_steps", text(&done.stdout));
    assert_eq!(files(folder.path()), all());
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode("credentials"), mode("credentials/README.txt")), (0o700, 0o600));

    let checked = run(folder.path(), &["check"], "");
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let imported = run(folder.path(), &["import", "du-lieu/to-chuc.toml", "du-lieu/vi-du.toml"], "");
    assert!(imported.status.success(), "{}{}", text(&imported.stdout), text(&imported.stderr));
    let checked = run(folder.path(), &["check", "--json"], "");
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let problems: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let codes: BTreeSet<&str> =
        problems["problems"].as_array().expect("a list").iter().filter_map(|problem| problem["code"].as_str()).collect();
    let known = ["outbox-only", "trial-on", "provisional-year"];
    assert!(codes.iter().all(|code| known.contains(code)), "the facts fit the rules: {codes:?}");
    let simulated = run(folder.path(), &["simulate", "--json"], "");
    assert!(simulated.status.success(), "{}", text(&simulated.stderr));
    let messages: serde_json::Value = serde_json::from_slice(&simulated.stdout).expect("JSON");
    let messages = messages.as_array().expect("a list");
    assert!(!messages.is_empty() && messages.iter().all(|message| message["trial"] == true), "{messages:?}");
}

#[test]
fn the_config_and_the_facts_are_as_they_were_reviewed() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = [
        "--yes",
        "--office",
        "Văn phòng HĐND và UBND phường An Nhơn",
        "--monitor",
        "Lê Thử Theo",
        "--monitor-email",
        "theo@annhon.example.gov.vn",
        "--server",
        "smtp://mail.example.gov.vn:587",
        "--telegram",
        "yes",
    ];
    let done = init(folder.path(), &flags, "");
    assert!(done.status.success(), "{}", text(&done.stderr));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("written");
    // The rest is the example config, which is reviewed where it stands.
    let config = read("config.toml");
    let example: BTreeSet<&str> = include_str!("../../config.example.toml").lines().collect();
    let own: Vec<&str> = config.lines().filter(|line| !example.contains(line)).collect();
    insta::assert_snapshot!("init_config", own.join("\n"));
    let organisation = read("du-lieu/to-chuc.toml");
    assert!(organisation.contains("name = \"Lê Thử Theo\"\nemail = \"theo@annhon.example.gov.vn\""), "{organisation}");
    assert!(run(folder.path(), &["check"], "").status.success());
}

#[test]
fn answers_come_through_a_pipe_and_a_folder_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let answers = "Văn phòng UBND xã Thử\nTrần Thử\ntran.thu@example.gov.vn\n\n08:00-12:00, 13:00-17:00\nthu@example.gov.vn\nc\n";
    let done = init(folder.path(), &["moi/van phong"], answers);
    assert!(done.status.success(), "{}", text(&done.stderr));
    insta::assert_snapshot!("init_questions", text(&done.stderr));
    let root = folder.path().join("moi/van phong");
    assert_eq!(files(&root), all());
    let config = std::fs::read_to_string(root.join("config.toml")).expect("a config");
    for part in ["name = \"Văn phòng UBND xã Thử\"", "hours = [\"08:00-12:00\", \"13:00-17:00\"]", "to = \"thu@example.gov.vn\""]
    {
        assert!(config.contains(part), "{part}");
    }
    assert!(config.contains("\n[outbox]\n"), "no server was named");
}

#[test]
fn its_templates_count_for_nothing_until_one_is_changed_and_check_tries_it() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(init(folder.path(), &["--yes"], "").status.success());
    let path = folder.path().join("templates/mail.html");
    let written = std::fs::read_to_string(&path).expect("written");
    assert!(written.starts_with("{# dondoc: ") && written.contains("<!DOCTYPE html>"), "{written}");
    let said = |arguments: &[&str]| {
        let done = run(folder.path(), arguments, "");
        (done.status.code(), text(&done.stdout), text(&done.stderr))
    };
    let (code, out, _) = said(&["check"]);
    assert!(code == Some(0) && !out.contains("mail.html"), "{out}");
    std::fs::write(&path, written.replace("{{ greeting }}", "Kính gửi: {{ greeting }}")).expect("ours");
    let (code, out, _) = said(&["check"]);
    assert!(code == Some(0) && out.contains("Mẫu thư của cơ quan, thay mẫu có sẵn: mail.html."), "{out}");
    std::fs::write(&path, written.replace("{{ greeting }}", "{{ greting }}")).expect("ours");
    let (code, out, told) = said(&["check"]);
    assert!(code == Some(1) && out.contains("không nạp được"), "{out}");
    assert!(told.contains("lỗi[bad-template]") && told.contains("templates/mail.html:") && told.contains("greting"), "{told}");
    let (_, json, _) = said(&["check", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let problem = json["problems"].as_array().expect("a list").iter().find(|problem| problem["code"] == "bad-template");
    let problem = problem.expect("it is told");
    let line =
        1 + std::fs::read_to_string(&path).expect("ours").lines().position(|line| line.contains("greting")).expect("there");
    assert_eq!((problem["severity"].as_str(), problem["line"].as_u64()), (Some("error"), Some(line as u64)));
    assert!(problem["file"].as_str().is_some_and(|file| file.ends_with("templates/mail.html")), "{problem}");
    assert!(json["ok"] == false && problem["column"].as_u64() > Some(1) && problem["help"].is_string(), "{problem}");
}

#[test]
fn english_asks_in_english_and_sets_the_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = init(folder.path(), &["--lang", "en"], "Office of the ward\n\n\n\n\n\n\n");
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("1/6 Name of the office"), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("dondoc import du-lieu/to-chuc.toml"), "{}", text(&done.stdout));
    let config = std::fs::read_to_string(folder.path().join("config.toml")).expect("a config");
    assert!(config.contains("language = \"en\"") && config.contains("Office of the ward"));
}

#[test]
fn nothing_that_exists_is_overwritten() {
    for there in ["config.toml", "dondoc.db", "du-lieu/to-chuc.toml", "credentials/README.txt"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(there);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, "mine").expect("written");
        let done = init(folder.path(), &["--yes"], "");
        assert_eq!(done.status.code(), Some(1), "{there}");
        let told = text(&done.stderr);
        assert!(told.contains(there) && told.contains("cách sửa"), "{told}");
        assert_eq!(files(folder.path()), BTreeSet::from([there.to_owned()]), "nothing else was written");
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "mine");
    }
}

#[test]
fn an_answer_that_cannot_be_used_or_an_input_that_ends_writes_nothing() {
    for (arguments, answers, told) in [
        (&["--yes", "--hours", "17:00-08:00"][..], "", "Giờ làm việc"),
        (&["--yes", "--trial-to", "van thu"], "", "Hộp thư chạy thử"),
        (&["--yes", "--server", "ftp://x"], "", "Máy chủ thư"),
        (&[], "Văn phòng\nTrần Thử\n", "chưa trả lời hết"),
        (&[], "Văn phòng\nTrần Thử\nkhông phải địa chỉ\n", "Thư điện tử"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let done = init(folder.path(), arguments, answers);
        assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
        assert!(text(&done.stderr).contains(told), "{}", text(&done.stderr));
        assert!(files(folder.path()).is_empty());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "").expect("written");
    let done = init(folder.path(), &["file/below", "--yes"], "");
    assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
    assert_eq!(files(folder.path()), BTreeSet::from(["file".to_owned()]));
}

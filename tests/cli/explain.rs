//! `why`, `why-not` and `export`: what was decided, read back by the binary.

use serde_json::{Value, json};

use super::explained;
use super::office::{Office, keys};

async fn office() -> Office {
    let office = Office::new();
    explained::history(office.folder.path()).await;
    office
}

/// The messages of an assignment: key, person and state.
fn messages(office: &Office, name: &str) -> Vec<(String, String, String)> {
    let shown = office.run(&["show", name, "--json"]).json(0);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let message = |one: &Value| (text(&one["key"]), text(&one["to"]), text(&one["state"]));
    shown["messages"].as_array().expect("a list").iter().map(message).collect()
}

#[tokio::test]
async fn a_message_is_explained_by_its_key_its_message_id_and_the_code_of_an_item() {
    let office = office().await;
    let found = messages(&office, "4988/UBND-VX#1@pnv");
    let (key, ..) = found.iter().find(|(_, to, state)| to == "an" && state == "accepted").expect("mail took over");
    let told = office.run(&["why", key, "--json"]).json(0);
    assert_eq!((&told["message"], &told["to"], &told["channel"]), (&json!(key), &json!("an"), &json!("email")));
    assert_eq!(told["other_channels"], json!([{ "channel": "telegram", "reason": "tried-before" }]));
    let item = &told["reminders"][0];
    assert_eq!(
        keys(item),
        [
            "assignment",
            "basis",
            "calendar_reason",
            "code",
            "config_digest",
            "due_at",
            "journal_row",
            "occurrence",
            "others",
            "reason",
            "recipient",
            "rule",
            "state_facts",
            "step",
            "title"
        ]
    );
    assert_eq!(item["rule"]["when"], "3 ngày làm việc trước hạn");
    assert_eq!(item["basis"], "recorded");
    assert_eq!(item["calendar_reason"]["from"], "2023-10-15");
    assert_eq!(item["calendar_reason"]["rest_days_count"], 2);
    assert_eq!(item["state_facts"]["work"], "not_acknowledged");
    assert_eq!(item["recipient"]["found"], json!([{ "role": "unit.head", "how": "holds", "position": "head", "unit": "pnv" }]));
    assert_eq!(told["config_digest"], item["config_digest"]);
    let believed = json!({ "believed": "wall", "doubted_because_of": null, "basis": "recomputed", "witnesses": [] });
    assert_eq!(told["clock"], believed, "nobody watches a virtual clock; no guard stood then");
    let message_id = format!("<{key}@example.org>");
    assert_eq!(office.run(&["why", &message_id, "--json"]).json(0), told);
    let code = item["code"].as_str().expect("a code");
    assert_eq!(office.run(&["why", code, "--json"]).json(0)["reminders"][0]["assignment"], "4988/UBND-VX#1@pnv");
    assert!(office.run(&["why", "khong-co"]).refused(1).contains("dondoc show"));
}

#[tokio::test]
async fn a_silence_is_explained_step_by_step_for_a_past_and_a_future_instant() {
    let office = office().await;
    let ask = |name: &str, at: &str| office.run(&["why-not", name, "--person", "lan", "--at", at, "--json"]).json(0);
    let told = ask("4988/UBND-VX#1@pnv", "2023-10-16T09:00");
    assert_eq!(
        keys(&told),
        [
            "assignment",
            "at",
            "basis",
            "clock",
            "config_digest",
            "config_digest_then",
            "guards",
            "known",
            "name",
            "person",
            "policy",
            "state_facts",
            "steps",
            "title",
            "told",
            "trial"
        ]
    );
    let step = |told: &Value, name: &str| {
        let steps = told["steps"].as_array().expect("a list").clone();
        steps.into_iter().find(|one| one["step"] == name).unwrap_or_else(|| panic!("{name}: {told}"))
    };
    assert_eq!((&told["told"], &told["at"]), (&json!(false), &json!("2023-10-16T09:00:00+07:00")));
    let held = step(&told, "don-doc");
    assert_eq!((&held["code"], &held["next_at"]), (&json!("held-by-promise"), &json!("2023-10-19T07:30:00+07:00")));
    let others = step(&told, "giao-viec");
    assert_eq!((&others["code"], &others["recipients"]), (&json!("not-a-recipient"), &json!(["chi"])));
    assert_eq!((&others["basis"], &held["basis"]), (&json!("recorded"), &json!("recomputed")));
    let later = ask("4988/UBND-VX#1@pnv", "2023-10-30");
    let away = later["steps"].as_array().expect("a list").iter().find(|one| one["code"] == "away").expect("she was away");
    assert_eq!((&away["step"], &away["recipients"]), (&json!("bao-cao"), &json!(["mai"])));
    assert_eq!(ask("4988/UBND-VX#1@pnv", "2023-09-01")["known"], false);
    let ahead = ask("4988/UBND-VX#2@pnv", "2030-01-15T08:00");
    assert_eq!((&ahead["basis"], &ahead["told"]), (&json!("simulated"), &json!(true)));
    let paused = office.run(&["pause", "--json"]).json(0);
    let noted = office.run(&["pause", "--note", "chuyển máy chủ", "--json"]).json(0);
    assert_eq!((&noted["note"], &noted["changed"]), (&json!("chuyển máy chủ"), &json!(true)), "what is said later is kept");
    assert_eq!(noted["since"], paused["since"]);
    assert_eq!(office.run(&["pause", "--note", "chuyển máy chủ", "--json"]).json(0)["changed"], false);
    let now = office.run(&["why-not", "4988/UBND-VX#2@pnv", "--person", "lan", "--json"]).json(0);
    assert_eq!((&now["guards"][0]["guard"], &now["guards"][0]["reason"]), (&json!("pause"), &json!("paused")));
    assert_eq!(ask("4988/UBND-VX#1@pnv", "2023-10-30")["guards"], json!([]));
    assert_eq!(ask("4988/UBND-VX#2@pnv", "2030-01-15T08:00")["guards"][0]["guard"], "pause");
    office.run(&["resume", "--json"]).json(0);
    assert_eq!(office.run(&["why-not", "4988/UBND-VX#2@pnv", "--person", "lan", "--json"]).json(0)["guards"], json!([]));
    assert!(office.run(&["why-not", "4988/UBND-VX#1@pnv", "--person", "x"]).refused(1).contains("[[person]]"));
    assert!(office.run(&["why-not", "4988/UBND-VX#9@pnv", "--person", "lan"]).refused(1).contains("#9@pnv"));
    office.run(&["why-not", "4988/UBND-VX#1@pnv", "--person", "lan", "--at", "sớm"]).refused(2);
}

#[tokio::test]
async fn the_record_of_an_assignment_is_readable_and_harmless_to_a_spreadsheet() {
    let office = office().await;
    let name = "4988/UBND-VX#1@pnv";
    let text = office.run(&["export", name]).out;
    for told in ["BIÊN BẢN THEO DÕI, ĐÔN ĐỐC", "Đỗ Minh Chi (email)", "xác nhận tiếp nhận", "60 %", "Phạm Thị Lan (email)"]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(office.run(&["export", name, "--lang", "en"]).out.contains("RECORD OF FOLLOW-UP"));
    let csv = office.run(&["export", name, "bien-ban.csv"]);
    assert_eq!((csv.code, csv.out.as_str()), (0, ""), "{}", csv.err);
    let csv = std::fs::read_to_string(office.path("bien-ban.csv")).expect("it was written");
    assert!(csv.starts_with("\u{feff}STT,Thời điểm,Việc,Bậc đôn đốc,Người,Kênh,Kết quả,Nội dung,Mã tin\r\n"), "{csv}");
    assert!(!csv.contains(",=") && !csv.contains(",\"="), "a formula: {csv}");
    assert_eq!(csv, office.run(&["export", name, "--csv"]).out);
    let json = office.run(&["export", name, "--json"]).json(0);
    assert_eq!(json["record"].as_array().expect("a list").len(), csv.matches("\r\n").count() - 1);
    for all in [&text, &csv, &json.to_string()] {
        assert!(!all.contains("@example.org") && !all.contains("1001"), "an address: {all}");
    }
    // The head at its end proves later that nothing before it was altered.
    let head = format!("{}:{}", json["journal"]["rows"], json["journal"]["hash"].as_str().expect("a hash"));
    assert!(text.contains(&head), "{text}");
    assert_eq!(office.run(&["verify", "--json"]).json(0)["head"], json!(head));
    assert_eq!(office.run(&["verify", "--head", &head]).code, 0);
    let longer = head.replacen(&json["journal"]["rows"].to_string(), "9999", 1);
    assert!(office.run(&["verify", "--head", &longer]).refused(1).contains("9999"));
    office.run(&["verify", "--head", "x"]).refused(2);
    assert!(office.run(&["export", "4988/UBND-VX#9@pnv"]).refused(1).contains("#9@pnv"));
}

#[tokio::test]
async fn an_explanation_reads_as_sentences_in_both_languages_and_names_no_address() {
    let office = office().await;
    let found = messages(&office, "4988/UBND-VX#1@pnv");
    let mut all = String::new();
    for (key, ..) in &found {
        for language in ["vi", "en"] {
            let told = office.run(&["why", key, "--lang", language]);
            assert_eq!(told.code, 0, "{}", told.err);
            all += &told.out;
        }
    }
    assert!(!all.contains('@') || !all.contains("example.org"), "an address: {all}");
    assert!(all.contains("Phạm Thị Lan vắng mặt, người này làm thay"), "{all}");
    assert!(all.contains("quá ngày đã hẹn") && all.contains("a promised date passed"), "{all}");
}

#[tokio::test]
async fn a_time_far_ahead_is_answered_as_far_as_the_engine_is_played() {
    let office = office().await;
    let told = office.run(&["why-not", "4988/UBND-VX#1@pnv", "--person", "an", "--at", "9999-12-27", "--json"]).json(0);
    let at: jiff::Timestamp = told["at"].as_str().expect("a time").parse().expect("an instant");
    let years = at.duration_since(dondoc::clock::Clock::System.now()).as_hours() / (24 * 365);
    assert!((2..=3).contains(&years), "{at}");
}

/// Addresses, chats and credentials stand in no record, whatever its form and language.
#[tokio::test]
async fn no_record_and_no_explanation_shows_an_address_a_chat_or_a_credential() {
    let office = office().await;
    let key = messages(&office, "4988/UBND-VX#1@pnv").first().expect("a message").0.clone();
    let name = "4988/UBND-VX#1@pnv";
    for language in ["vi", "en"] {
        for words in [
            &["export", name][..],
            &["export", name, "--csv"],
            &["export", name, "--json"],
            &["show", name],
            &["show", name, "--json"],
            &["why", &key],
            &["why", &key, "--json"],
            &["why-not", name, "--person", "an", "--json"],
        ] {
            let ran = office.run(&[words, &["--lang", language]].concat());
            assert_eq!(ran.code, 0, "{words:?}: {}", ran.err);
            for secret in ["@example.org", "1001", "smtp://"] {
                assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{words:?}: {secret}\n{}", ran.out);
            }
        }
    }
}

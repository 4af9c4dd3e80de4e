//! `why`, `why-not` and `export`: what was decided, read back by the binary.

use serde_json::{Value, json};

use dondoc::store::{Store, Where};

use super::explained;
use super::office::{FACTS, Office, keys, today};

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
    let soon = today().saturating_add(jiff::SignedDuration::from_hours(24 * 60)).to_string();
    let ahead = ask("4988/UBND-VX#2@pnv", &soon);
    assert_eq!((&ahead["basis"], &ahead["told"]), (&json!("simulated"), &json!(true)));
    let paused = office.run(&["pause", "--json"]).json(0);
    let noted = office.run(&["pause", "--note", "chuyển máy chủ", "--json"]).json(0);
    assert_eq!((&noted["note"], &noted["changed"]), (&json!("chuyển máy chủ"), &json!(true)), "what is said later is kept");
    assert_eq!(noted["since"], paused["since"]);
    assert_eq!(office.run(&["pause", "--note", "chuyển máy chủ", "--json"]).json(0)["changed"], false);
    let now = office.run(&["why-not", "4988/UBND-VX#2@pnv", "--person", "lan", "--json"]).json(0);
    assert_eq!((&now["guards"][0]["guard"], &now["guards"][0]["reason"]), (&json!("pause"), &json!("paused")));
    assert_eq!(ask("4988/UBND-VX#1@pnv", "2023-10-30")["guards"], json!([]));
    assert_eq!(ask("4988/UBND-VX#2@pnv", &soon)["guards"][0]["guard"], "pause");
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
    let dispatch = "số 4988/UBND-VX ngày 29/09/2023 của UBND quận: Công tác cải cách hành chính quý IV";
    assert!(text.contains(dispatch), "{text}");
    let csv = office.run(&["export", name, "bien-ban.csv"]);
    assert_eq!((csv.code, csv.out.as_str()), (0, ""), "{}", csv.err);
    let csv = std::fs::read_to_string(office.path("bien-ban.csv")).expect("it was written");
    assert!(csv.lines().last().is_some_and(|line| line.matches(',').count() >= 8), "a plain table, to its end: {csv}");
    let help = office.run(&["export", "--help"]).out;
    assert!(help.contains("Text and JSON end with the number and the hash") && help.contains("CSV is a plain table"), "{help}");
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
async fn a_time_too_far_ahead_is_refused_with_the_last_day_that_may_be_asked_about() {
    let office = office().await;
    let four_years = today().saturating_add(jiff::SignedDuration::from_hours(24 * 366 * 4)).to_string();
    for at in ["9999-12-31", &four_years] {
        let ran = office.run(&["why-not", "4988/UBND-VX#1@pnv", "--person", "an", "--at", at, "--lang", "vi"]);
        let said = ran.refused(1);
        let day = said.split("--at ").last().expect("a day").trim().trim_end_matches('.').to_owned();
        let day: jiff::civil::Date = day.get(..10).and_then(|day| day.parse().ok()).unwrap_or_else(|| panic!("{said}"));
        assert!(said.contains("ba năm"), "{said}");
        let years = (day - today()).get_days() / 365;
        assert_eq!(years, 3, "{day}");
    }
}

/// A message that comes late is told with the time it leaves, not with the time it was meant for.
#[tokio::test]
async fn what_is_caught_up_is_told_with_the_time_it_leaves() {
    let office = office().await;
    let soon = today().saturating_add(jiff::SignedDuration::from_hours(24 * 60)).to_string();
    let ask = ["why-not", "4988/UBND-VX#2@pnv", "--person", "lan", "--at", &soon];
    let told = office.run(&[&ask[..], &["--json"]].concat()).json(0);
    let steps = told["steps"].as_array().expect("a list");
    let step = steps.iter().find(|one| one["code"] == "told" && one["basis"] == "simulated").unwrap_or_else(|| panic!("{told}"));
    let day = |key: &str| -> jiff::Timestamp { step[key].as_str().expect("an instant").parse().expect("an instant") };
    assert!(day("told_at") > day("moment"), "{step}");
    let local = |at: jiff::Timestamp| {
        let zone = jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone");
        at.to_zoned(zone).strftime("%d/%m/%Y %H:%M").to_string()
    };
    let text = office.run(&ask).out;
    let said = format!("lúc {} (cho mốc {})", local(day("told_at")), local(day("moment")));
    assert!(text.contains(&said), "{said}: {text}");
    assert!(steps.iter().filter(|one| one["code"] != "told").all(|one| one["told_at"].is_null()), "{told}");
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

#[tokio::test]
async fn the_record_names_whom_the_duty_was_handed_to() {
    let office = office().await;
    let name = "4988/UBND-VX#2@pnv";
    assert_eq!(office.run(&["reply", name, "assign", "--to", "chi", "--as", "an"]).code, 0);
    for form in [&["--lang", "vi"][..], &["--lang", "vi", "--csv"]] {
        let told = office.run(&[&["export", name], form].concat()).out;
        assert!(told.contains("cho Đỗ Minh Chi"), "{told}");
    }
    let json = office.run(&["export", name, "--lang", "en", "--json"]).json(0);
    let record = json["record"].as_array().expect("a list");
    assert!(record.iter().any(|one| one["details"] == "to Đỗ Minh Chi"), "{json}");
}

/// Rows of the tables can be edited, and the journal's chain still holds: the record then says where it differs.
#[tokio::test]
async fn a_record_that_differs_from_the_journal_says_so() {
    let office = office().await;
    let name = "4988/UBND-VX#1@pnv";
    let asks = ["reply", name, "extend", "--until", "2027-03-31", "--note", "chờ ý kiến", "--as", "chi"];
    for words in [&asks[..], &["reply", name, "grant", "--as", "mai"], &["reply", name, "assign", "--to", "chi", "--as", "an"]] {
        assert_eq!(office.run(words).code, 0, "{words:?}");
    }
    assert_eq!(office.run(&["export", name, "--json"]).json(0)["differs"], json!([]));
    let store = Store::open(&Where::Sqlite(office.path("dondoc.db"))).await.expect("a store");
    let edits = [
        ("UPDATE reply SET note = 'đã xong' WHERE kind = 'extend'", "nội dung: bảng dữ liệu ghi đã xong, nhật ký ghi chờ ý kiến"),
        (
            "UPDATE reply SET person_id = (SELECT id FROM person WHERE code = 'lan') WHERE kind = 'progress'",
            "ghi lan, nhật ký ghi chi",
        ),
        ("DELETE FROM reply WHERE kind = 'acknowledge'", "bảng dữ liệu ghi không có, nhật ký ghi acknowledge"),
        ("UPDATE extension SET new_last_day = '2027-04-30'", "hạn mới: bảng dữ liệu ghi 2027-04-30, nhật ký ghi 2027-03-31"),
        (
            "UPDATE message SET settled_at_ms = settled_at_ms - 86400000 WHERE state = 'accepted' AND person_id = (SELECT id FROM person WHERE code = 'chi')",
            "thời điểm gửi: ",
        ),
        ("UPDATE message SET state = 'accepted' WHERE state = 'refused'", "bảng dữ liệu ghi accepted, nhật ký ghi refused"),
    ];
    for (place, (edit, _)) in edits.iter().enumerate() {
        let mut tx = store.begin().await.expect("a store");
        let done = sqlx::query(*edit).execute(&mut *tx).await.expect(edit);
        assert!(done.rows_affected() > 0, "{edit}");
        tx.commit().await.expect("a store");
        let ran = office.run(&["export", name, "--lang", "vi"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        let said = &ran.err;
        for (_, told) in &edits[..=place] {
            assert!(ran.out.contains("CẢNH BÁO") && ran.out.contains(told) && said.contains(told), "{told}: {}{said}", ran.out);
        }
        assert!(!edits[place + 1..].iter().any(|(_, told)| ran.out.contains(told)), "{}", ran.out);
    }
    assert_eq!(office.run(&["verify"]).code, 0, "the journal itself is whole");
    let csv = office.run(&["export", name, "bien-ban.csv", "--lang", "vi"]);
    assert!(csv.refused(1).contains("khác với nhật ký"), "{}", csv.err);
    assert!(office.path("bien-ban.csv").exists(), "it is written all the same");
}

#[test]
fn one_reply_is_told_as_one() {
    let office = Office::with_facts();
    let name = "12/UBND-VP#1@pnv";
    for (words, told) in [(["reply", name, "acknowledge"], "1 reply: "), (["reply", name, "progress"], "2 replies, the last: ")] {
        assert_eq!(office.run(&[&words[..], &["--as", "an"]].concat()).code, 0, "{words:?}");
        let out = office.run(&["why-not", name, "--person", "lan"]).out;
        assert!(out.contains(told), "{out}");
    }
}

/// Any answer of the unit silences a step that asks for one; "not ours" is one, and acknowledges nothing.
#[test]
fn what_any_answer_silences_is_not_said_to_be_acknowledged() {
    let office = Office::new();
    let to = "to = [\"assignee\", \"unit.head\"]";
    office.edit(to, &format!("{to}\nunless = \"acknowledged\""));
    office.write("facts.toml", FACTS);
    assert_eq!(office.run(&["import", "facts.toml"]).code, 0);
    let name = "12/UBND-VP#1@pnv";
    assert_eq!(office.run(&["reply", name, "not-ours", "--note", "việc của Văn phòng", "--as", "an"]).code, 0);
    for (language, state, why) in [
        ("en", "not acknowledged", "not called for: the unit has answered"),
        ("vi", "chưa tiếp nhận", "không cần nhắc vì đơn vị đã trả lời"),
    ] {
        let told = office.run(&["why-not", name, "--person", "an", "--lang", language]).out;
        assert!(told.contains(state) && told.contains(why), "{told}");
        assert!(!told.contains("not called for: acknowledged") && !told.contains("vì đã nhận"), "{told}");
    }
}

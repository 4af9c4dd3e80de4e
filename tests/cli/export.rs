//! `export`: what it vouches for, and the file it writes.

use dondoc::store::{Store, Where};
use serde_json::json;

use super::explained;
use super::office::{Office, Ran};

const NAME: &str = "4988/UBND-VX#1@pnv";
const FIGURES: &str = "12/UBND-VP#3@vp";

async fn office() -> Office {
    let office = Office::new();
    explained::history(office.folder.path()).await;
    assert_eq!(office.run(&["export", NAME, "--json"]).json(0)["differs"], json!([]));
    office
}

#[tokio::test]
async fn a_mail_that_was_refused_or_is_held_is_not_called_sent() {
    let office = office().await;
    edit(&office, "UPDATE message SET state = 'held' WHERE kind = 'copy'").await;
    let out = office.run(&["export", NAME, "--lang", "en"]).out;
    assert!(out.contains("  Message: ") && out.contains("  Copy: ") && !out.contains("sent: "), "{out}");
    let record = office.run(&["export", NAME, "--lang", "en", "--json"]).json(1);
    let refused = record["record"].as_array().expect("a list").iter().find(|one| one["outcome"].to_string().contains("403"));
    assert_eq!(refused.map(|one| &one["what"]), Some(&json!("Message")));
}

#[tokio::test]
async fn a_deadline_that_facts_corrected_is_told_in_record_and_timeline() {
    let office = office().await;
    office.write(
        "sua.toml",
        "[[directive]]\ndispatch = \"4988/UBND-VX\"\nclause = \"1\"\ntitle = \"Báo cáo kết quả rà soát thủ tục hành chính\"\n\
         lead = [\"pnv\"]\nassignee = \"chi\"\ndeadline = \"17 giờ ngày 20/12/2023\"\ncorrection = true\n",
    );
    let ran = office.run(&["import", "sua.toml"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let record = office.run(&["export", NAME, "--lang", "vi"]);
    assert_eq!(record.code, 0, "{}", record.err);
    let told = "  Đính chính thời hạn\n     từ 15/10/2023 đến 17:00 20/12/2023\n";
    assert!(record.out.contains(told), "{}", record.out);
    let table = office.run(&["export", NAME, "--lang", "en", "--csv"]).out;
    assert!(table.contains("Deadline corrected,,,,from 15/10/2023 to 17:00 20/12/2023,"), "{table}");
    let line =
        office.run(&["export", NAME, "--lang", "en", "--json"]).json(0)["record"].as_array().expect("a list").last().cloned();
    assert_eq!(line.expect("a line")["outcome"], "from 15/10/2023 to 17:00 20/12/2023");
    let shown = office.run(&["show", NAME, "--json"]).json(0);
    let (from, to) = (&shown["corrections"][0]["from"], &shown["corrections"][0]["to"]);
    assert_eq!((from, to, &shown["deadline"]), (&json!("2023-10-15"), &json!("2023-12-20 17:00"), &json!("2023-12-20T17:00:00")));
    let out = office.run(&["show", NAME, "--lang", "vi"]).out;
    assert!(out.contains("Đính chính thời hạn") && out.contains("15/10/2023 → 17:00 20/12/2023"), "{out}");
}

/// The accepted messages of the duty, from 0.
fn nth(place: usize) -> String {
    format!(
        "(SELECT m.id FROM message m JOIN message_item i ON i.message_id = m.id JOIN reminder r ON r.id = i.reminder_id
          WHERE r.assignment_id = 1 AND m.key IN (SELECT message_key FROM journal WHERE kind = 'message-accepted')
          ORDER BY m.id LIMIT 1 OFFSET {place})"
    )
}

async fn edit(office: &Office, sql: &str) {
    let store = Store::open(&Where::Sqlite(office.path("dondoc.db"))).await.expect("a store");
    let mut tx = store.begin().await.expect("a store");
    let done = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.expect(sql);
    assert!(done.rows_affected() > 0, "{sql}");
    tx.commit().await.expect("a store");
}

/// Makes one edit after the other; each must be told in record and standard error from then on, and not before.
async fn each_is_told(office: &Office, name: &str, edits: &[(&str, &str)]) {
    for (place, (sql, _)) in edits.iter().enumerate() {
        edit(office, sql).await;
        let Ran { code, out, err } = office.run(&["export", name, "--lang", "vi"]);
        assert_eq!(code, 1, "{sql}: {out}{err}");
        for (_, told) in &edits[..=place] {
            assert!(out.contains("CẢNH BÁO") && out.contains(told) && err.contains(told), "{sql}: {told}: {out}{err}");
        }
        assert!(!edits[place + 1..].iter().any(|(_, told)| out.contains(told)), "{sql}: {out}");
    }
    assert_eq!(office.run(&["verify"]).code, 0, "the journal itself is whole");
}

#[tokio::test]
async fn export_tells_an_outcome_that_was_edited_to_or_from_refused_or_held() {
    let (first, second) = (nth(0), nth(2));
    let edits = [
        (
            "UPDATE message SET reason = 'hộp thư đầy' WHERE state = 'refused'".to_owned(),
            "lý do: bảng dữ liệu ghi hộp thư đầy, nhật ký ghi 403 bot was blocked by the user",
        ),
        ("UPDATE message SET settled_at_ms = settled_at_ms + 60000 WHERE state = 'refused'".to_owned(), "thời điểm gửi: bảng"),
        (
            format!("UPDATE message SET state = 'held' WHERE id = {first}"),
            "kết quả gửi: bảng dữ liệu ghi held, nhật ký ghi accepted",
        ),
        (
            format!("UPDATE message SET state = 'refused' WHERE id = {second}"),
            "kết quả gửi: bảng dữ liệu ghi refused, nhật ký ghi accepted",
        ),
        (
            format!("UPDATE message SET kind = 'copy' WHERE kind = 'action' AND id = {first}"),
            "loại tin: bảng dữ liệu ghi copy, nhật ký ghi action",
        ),
    ];
    let office = office().await;
    each_is_told(&office, NAME, &edits.each_ref().map(|(sql, told)| (sql.as_str(), *told))).await;
    let refused = "UPDATE message SET state = 'held' WHERE reason = 'hộp thư đầy'";
    each_is_told(&office, NAME, &[(refused, "kết quả gửi: bảng dữ liệu ghi held, nhật ký ghi refused")]).await;
    let deferred = "UPDATE message SET state = 'deferred' WHERE reason = 'hộp thư đầy'";
    each_is_told(&office, NAME, &[(deferred, "kết quả gửi: bảng dữ liệu ghi deferred, nhật ký ghi refused")]).await;
}

#[tokio::test]
async fn export_tells_an_attempt_that_was_edited_added_or_taken_out() {
    let office = office().await;
    let edits = [
        (
            "UPDATE attempt SET reason = 'hộp thư đầy' WHERE verdict = 'refused'",
            "lần gửi 01, lý do: bảng dữ liệu ghi hộp thư đầy, nhật ký ghi 403 bot was blocked by the user",
        ),
        (
            "UPDATE attempt SET verdict = 'accepted' WHERE verdict = 'refused'",
            "lần gửi 01, kết quả gửi: bảng dữ liệu ghi accepted, nhật ký ghi refused",
        ),
        (
            &format!(
                "INSERT INTO attempt (message_id, number, started_at_ms, ended_at_ms, verdict, reason)
                 SELECT message_id, 2, started_at_ms, ended_at_ms, 'deferred', '451' FROM attempt WHERE message_id = {}",
                nth(0)
            ),
            "lần gửi 02, việc ghi nhận: bảng dữ liệu ghi deferred, nhật ký ghi không có",
        ),
        (
            "UPDATE attempt SET ended_at_ms = ended_at_ms + 1000 WHERE message_id = 3",
            "lần gửi 01, kết thúc lúc: bảng dữ liệu ghi",
        ),
        (
            &format!("DELETE FROM attempt WHERE message_id = {}", nth(3)),
            "lần gửi 01, việc ghi nhận: bảng dữ liệu ghi không có, nhật ký ghi",
        ),
    ];
    each_is_told(&office, NAME, &edits).await;
}

#[tokio::test]
async fn export_tells_a_reminder_whose_state_was_edited_or_that_was_added_or_taken_out() {
    let office = office().await;
    let of = "WHERE assignment_id = 1 AND step =";
    let edits = [
        (
            format!("UPDATE reminder SET state = 'undeliverable' {of} 'giao-viec'"),
            "Bậc giao-viec, kết quả gửi: bảng dữ liệu ghi undeliverable, nhật ký ghi delivered",
        ),
        (
            format!("UPDATE reminder SET state = 'missed' {of} 'nhac-3'"),
            "Bậc nhac-3, kết quả gửi: bảng dữ liệu ghi missed, nhật ký ghi delivered",
        ),
        (
            format!("UPDATE reminder SET state = 'carried' {of} 'don-doc'"),
            "Bậc don-doc, kết quả gửi: bảng dữ liệu ghi carried, nhật ký ghi delivered",
        ),
        (
            format!("UPDATE reminder SET moment_at_ms = moment_at_ms - 1000 {of} 'bao-cao' AND occurrence = 1"),
            "Bậc bao-cao, mốc: bảng dữ liệu ghi",
        ),
        (
            format!(
                "INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason)
                 SELECT assignment_id, step, anchor, 77, policy, moment_at_ms, due_at_ms, 'missed', why, reason
                 FROM reminder {of} 'nhac-3'"
            ),
            "Bậc nhac-3, lần 77, việc ghi nhận: bảng dữ liệu ghi missed, nhật ký ghi không có",
        ),
        (
            format!("UPDATE reminder SET occurrence = 99 {of} 'bao-cao' AND occurrence = 2"),
            "Bậc bao-cao, lần 02, việc ghi nhận: bảng dữ liệu ghi không có, nhật ký ghi",
        ),
    ];
    each_is_told(&office, NAME, &edits.each_ref().map(|(sql, told)| (sql.as_str(), *told))).await;
}

#[tokio::test]
async fn export_tells_a_figure_that_was_edited_where_the_journal_holds_it_and_says_where_it_does_not() {
    let office = Office::with_facts();
    let figure = |value: &str, day: &str| {
        format!("[[figure]]\ndirective = \"12/UBND-VP#3\"\nunit = \"vp\"\nas_of = {day}\nvalue = {value}\nsource = \"KBNN\"\n")
    };
    for (name, text) in
        [("first.toml", figure("10", "2023-10-31") + &figure("20", "2023-11-30")), ("second.toml", figure("25", "2023-11-30"))]
    {
        office.write(name, &text);
        assert_eq!(office.run(&["import", name]).code, 0);
    }
    let reported = ["reply", FIGURES, "progress", "--value", "62.5", "--as-of", "2023-12-15", "--as", "binh"];
    assert_eq!(office.run(&reported).code, 0);
    let record = office.run(&["export", FIGURES, "--lang", "vi"]);
    assert_eq!(record.code, 0, "{}", record.err);
    assert!(record.out.contains("Nhật ký không giữ"), "{}", record.out);
    assert!(record.out.contains("giá trị của số liệu nhập lần đầu"), "{}", record.out);
    let english = office.run(&["export", FIGURES, "--lang", "en"]).out;
    assert!(english.contains("The journal does not hold") && english.contains("the value of a figure"), "{english}");
    let edits = [
        (
            "UPDATE figure SET value = '90' WHERE as_of = '2023-12-15'",
            "số liệu ngày 15/12/2023, giá trị: bảng dữ liệu ghi 90, nhật ký ghi 62.5",
        ),
        (
            "UPDATE figure SET value = '95' WHERE as_of = '2023-11-30'",
            "số liệu ngày 30/11/2023, giá trị: bảng dữ liệu ghi 95, nhật ký ghi 25",
        ),
        (
            "INSERT INTO figure (directive_id, unit_id, as_of, value, source, recorded_at_ms)
             SELECT directive_id, unit_id, '2023-12-20', '99', source, recorded_at_ms FROM figure WHERE as_of = '2023-10-31'",
            "số liệu ngày 20/12/2023, việc ghi nhận: bảng dữ liệu ghi 99, nhật ký ghi không có",
        ),
    ];
    each_is_told(&office, FIGURES, &edits).await;
}

#[test]
fn export_writes_over_no_file_that_is_there() {
    let office = Office::with_facts();
    for name in ["bien-ban.csv", "bien-ban.txt"] {
        office.write(name, "mine");
        let ran = office.run(&["export", FIGURES, name]);
        let said = ran.refused(1);
        assert!(said.contains(name) && said.contains("is not overwritten"), "{said}");
        assert!(said.contains("choose another name"), "the mend: {said}");
        assert_eq!(std::fs::read_to_string(office.path(name)).expect("it is there"), "mine");
    }
    assert!(office.run(&["export", FIGURES, "bien-ban.csv", "--lang", "vi"]).refused(1).contains("không ghi đè"));
    assert!(office.run(&["export", FIGURES, "moi/bien-ban.csv"]).refused(1).contains("cannot write"));
    assert_eq!(office.run(&["export", FIGURES, "khac.csv"]).code, 0);
    assert!(office.run(&["export", "--help"]).out.contains("never written over"), "it says so");
}

//! The outbox folder and the tape.

use std::path::Path;

use dondoc::channel::folder::Folder;
use dondoc::channel::mime::Sender;
use dondoc::channel::recording::Recording;
use dondoc::channel::{Channel, Door};
use dondoc::clock::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::smtp::settings;
use super::support::smtpd::{Setup, Smtpd};
use super::{accepted, channel_fault, chat, mail, refused};

fn folder(path: &Path) -> Folder {
    Folder::new(path.to_owned(), Sender::new(Some("Theo dõi nhiệm vụ"), "dondoc@example.gov.vn").expect("an address"))
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(path)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_mail_becomes_the_file_a_server_would_have_got() {
    let temporary = tempfile::tempdir().expect("a folder");
    let path = temporary.path().join("made/on/demand");
    let mut folder = folder(&path);
    for _ in 0..2 {
        accepted(folder.send(&mail("k1", "an@example.org")).await);
    }
    assert_eq!(names(&path), ["k1.eml"]);
    let server = Smtpd::start(Setup::default());
    let mut email = dondoc::channel::email::Email::new(settings(server.port())).expect("good settings");
    accepted(email.send(&mail("k1", "an@example.org")).await);
    assert_eq!(std::fs::read(path.join("k1.eml")).expect("a file"), server.taken()[0].raw);
}

#[tokio::test]
async fn a_chat_message_becomes_the_call_that_would_have_been_made() {
    let temporary = tempfile::tempdir().expect("a folder");
    accepted(folder(temporary.path()).send(&chat("k2", "1001")).await);
    assert_eq!(names(temporary.path()), ["k2.json"]);
    let call: Value = serde_json::from_slice(&std::fs::read(temporary.path().join("k2.json")).expect("a file")).expect("JSON");
    assert_eq!(
        call,
        json!({
            "method": "sendMessage",
            "key": "k2",
            "chat_id": 1001,
            "text": "Đôn đốc: báo cáo *quý IV* <b>gấp</b>",
            "entities": [{ "type": "bold", "offset": 0, "length": 7 }],
            "link_preview_options": { "is_disabled": true },
            "reply_markup": { "inline_keyboard": [[{ "text": "Xác nhận tiếp nhận", "callback_data": "v1AAAAAAAAAAAAAAAAAAAAAA" }]] },
        })
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_the_channels_fault() {
    let temporary = tempfile::tempdir().expect("a folder");
    let file = temporary.path().join("file");
    std::fs::write(&file, "").expect("a file");
    let reason = channel_fault(folder(&file).send(&mail("k1", "an@example.org")).await);
    assert!(reason.starts_with("the outbox folder cannot be written: "), "{reason}");
}

#[tokio::test]
async fn a_key_never_leads_out_of_the_folder() {
    let temporary = tempfile::tempdir().expect("a folder");
    let path = temporary.path().join("outbox");
    for key in ["../k", "a/b", "", "..", ".hidden", "k\0", &"k".repeat(41)] {
        refused(folder(&path).send(&mail(key, "an@example.org")).await);
        refused(folder(&path).send(&chat(key, "1001")).await);
    }
    assert!(names(temporary.path()).is_empty());
}

#[tokio::test]
async fn the_tape_keeps_parcels_with_the_instant_of_the_clock() {
    let at: Timestamp = "2023-11-23T00:30:00Z".parse().expect("an instant");
    let recording = Recording::new(Clock::virtual_at(at));
    let mut door = Door::Recording(recording.clone());
    accepted(door.send(&mail("k1", "an@example.org")).await);
    accepted(door.another().send(&chat("k2", "1001")).await);
    assert_eq!(recording.take(), [(at, mail("k1", "an@example.org")), (at, chat("k2", "1001"))]);
    assert!(recording.take().is_empty());
}

//! Writes one mail and one chat message of each kind to `docs/gallery`: `cargo run --example gallery`.

#[path = "../tests/wording/facts.rs"]
mod facts;

use std::path::Path;

use anyhow::Context as _;
use dondoc::channel::letter::Worded;
use dondoc::channel::wording::{StoreTrouble, distress, in_trial, word};
use dondoc::domain::delivery::{Button, Target};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::rules::Language;
use serde_json::{Value, json};

const SHOWN: [&str; 16] = [
    "assignment",
    "reminder",
    "overdue",
    "escalation",
    "courtesy",
    "copy",
    "several",
    "digest",
    "review",
    "brief",
    "alarm-storm",
    "alarm-clone-over",
    "alarm-clock",
    "alarm-sent-log",
    "alarm-row",
    "alarm-round",
];

/// Calls of distress, which are mails alone.
const DISTRESS: [(&str, StoreTrouble); 2] = [("distress-full", StoreTrouble::Full), ("distress-away", StoreTrouble::Away)];

fn main() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gallery");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let scene = facts::Scene::new();
    for channel in [ChannelKind::Email, ChannelKind::Telegram] {
        for sample in scene.samples(Language::Vi, channel) {
            if SHOWN.contains(&sample.name) {
                let worded = word(&sample.letter)?;
                // The same reminder as the trial mailbox gets it, had it been meant for Telegram.
                if sample.name == "reminder" && channel == ChannelKind::Email {
                    let trial = in_trial(Language::Vi, &sample.letter.to, ChannelKind::Telegram, worded.clone());
                    for (ending, text) in files(&trial) {
                        std::fs::write(folder.join(format!("trial.{ending}")), text).context("write the mail of a trial")?;
                    }
                }
                for (ending, text) in files(&worded) {
                    let path = folder.join(format!("{}.{ending}", sample.name));
                    std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
                }
            }
        }
    }
    for (name, trouble) in DISTRESS {
        for (ending, text) in files(&distress(Language::Vi, "UBND phường An Bình", trouble)) {
            let path = folder.join(format!("{name}.{ending}"));
            std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        }
    }
    let path = folder.join("dialogues.txt");
    std::fs::write(&path, dialogues()?).with_context(|| format!("write {}", path.display()))
}

/// The conversations the tests of `tests/press` hold, `>` the person and `<` the bot.
const DIALOGUES: [(&str, &str); 11] = [
    ("Xác nhận tiếp nhận, Hủy thao tác", "dialogues__undo"),
    ("Cập nhật tiến độ", "dialogues__progress"),
    ("Cập nhật tiến độ: số liệu của chỉ tiêu", "dialogues__figure"),
    ("Đề nghị gia hạn", "dialogues__extension"),
    ("Báo cáo hoàn thành", "dialogues__done"),
    ("Không thuộc trách nhiệm", "dialogues__not-ours"),
    ("Giao cho …", "dialogues__assign-paged"),
    ("Nhiều nội dung trong một tin", "lists__numbers"),
    ("/viec", "lists__viec"),
    ("Liên kết tài khoản", "linking__linking"),
    ("In English", "english__english"),
];

fn dialogues() -> anyhow::Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/press/snapshots");
    let mut all = String::new();
    for (title, name) in DIALOGUES {
        let path = folder.join(format!("press__{name}.snap"));
        let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let body = text.splitn(3, "---\n").nth(2).unwrap_or_default();
        all += &format!("=== {title}\n\n{}\n\n", body.trim());
    }
    Ok(all)
}

/// A mail as its two parts, a chat message as the body of `sendMessage`.
fn files(worded: &Worded) -> Vec<(&'static str, String)> {
    match &worded.html {
        Some(html) => vec![("txt", format!("Subject: {}\n\n{}", worded.subject, worded.text)), ("html", html.clone())],
        None => vec![("json", format!("{:#}\n", chat(worded)))],
    }
}

fn chat(worded: &Worded) -> Value {
    let entities: Vec<Value> =
        worded.bold.iter().map(|(offset, length)| json!({"type": "bold", "offset": offset, "length": length})).collect();
    let keyboard: Vec<Vec<Value>> = worded.buttons.iter().map(|row| row.iter().map(button).collect()).collect();
    json!({"chat_id": 1001, "text": worded.text, "entities": entities, "reply_markup": {"inline_keyboard": keyboard}})
}

fn button(button: &Button) -> Value {
    match &button.target {
        Target::Token(token) => json!({"text": button.label, "callback_data": token}),
        Target::Page(address) => json!({"text": button.label, "url": address}),
    }
}

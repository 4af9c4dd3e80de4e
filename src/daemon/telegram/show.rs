//! What is shown in a chat once its act is committed. Nothing depends on it.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use crate::channel::telegram::{Telegram, Trouble, Update};
use crate::channel::wording;
use crate::domain::rules::Language;
use crate::engine::chat::{Edit, Heeded};

/// Chats that are shown something at the same time.
const CHATS_MAX: usize = 8;

/// What came in, and what is shown for it.
pub(super) struct Answer {
    pub(super) update: Update,
    pub(super) heeded: Heeded,
}

/// Shows everything: one chat after its order, some chats at a time.
pub(super) async fn all(door: &Telegram, answers: Vec<Answer>) {
    let mut by_account: BTreeMap<i64, Vec<Answer>> = BTreeMap::new();
    for answer in answers {
        by_account.entry(account(&answer.update)).or_default().push(answer);
    }
    let mut shown = JoinSet::new();
    for answers in by_account.into_values() {
        if shown.len() >= CHATS_MAX {
            shown.join_next().await;
        }
        let door = door.clone();
        shown.spawn(async move {
            for answer in answers {
                one(&door, answer).await;
            }
        });
    }
    while shown.join_next().await.is_some() {}
}

/// Who acted.
fn account(update: &Update) -> i64 {
    let pressed = update.callback.as_ref().map(|callback| callback.from_id);
    pressed.or_else(|| update.text.as_ref().map(|text| text.from_id)).unwrap_or_default()
}

async fn one(door: &Telegram, answer: Answer) {
    let Answer { update, heeded } = answer;
    if let Some(callback) = &update.callback {
        told("answer", door.answer_callback(&callback.id, &heeded.toast).await);
    }
    let pressed = update.callback.as_ref().and_then(|callback| callback.chat_id.zip(callback.message_id));
    for edit in &heeded.edits {
        let done = match (edit, pressed) {
            (Edit::Buttons { chat, message_id, buttons }, _) => door.edit_buttons(*chat, *message_id, buttons).await,
            (Edit::Pressed { text, buttons }, Some((chat, message))) => {
                door.edit_text(chat, message, text, &update.pressed_bold(), buttons).await
            }
            (Edit::Instead { speech, buttons }, Some((chat, message))) => {
                door.edit_text(chat, message, &speech.text, &speech.bold, buttons).await
            }
            (Edit::Pressed { .. } | Edit::Instead { .. }, None) => Ok(()),
        };
        told("edit", done);
    }
    for say in &heeded.says {
        told("say", door.say(say.chat, &say.speech.text, &say.speech.bold, &say.buttons).await);
    }
}

/// Has Telegram list the commands of the bot; when that does not work they work all the same.
pub(super) async fn commands(door: Telegram, language: Language) {
    if let Err(trouble) = door.set_commands(&wording::commands(language)).await {
        tracing::debug!(reason = %trouble, "the commands of the bot could not be listed");
    }
}

fn told(what: &'static str, shown: Result<(), Trouble>) {
    match shown {
        Ok(()) => {}
        Err(Trouble::Stale(reason)) => tracing::debug!(what, reason, "what is shown in a chat came too late"),
        Err(trouble) => {
            tracing::warn!(what, reason = %trouble, "what came of an answer could not be shown; what was recorded stays recorded");
        }
    }
}

//! A parcel as a chat message: teloxide's payloads, so that field names are theirs and not ours.

use serde_json::{Value, json};
use teloxide::payloads::{
    EditMessageReplyMarkup, EditMessageReplyMarkupSetters, EditMessageText, EditMessageTextSetters, SendMessage,
    SendMessageSetters,
};
use teloxide::types::{
    ChatId, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity, MessageId, ReplyMarkup,
};

use crate::domain::delivery::{Button, Parcel, Target};

/// UTF-16 units of a plain fallback; sources disagree how Telegram counts its 4,096.
const PLAIN_UNITS_MAX: usize = 3_500;

/// The chat of a parcel, when its address is one.
pub(super) fn chat_of(parcel: &Parcel) -> Option<i64> {
    parcel.address.trim().parse().ok()
}

/// `sendMessage`, with entities and never a parse mode: a title can then neither inject nor break markup.
pub(super) fn message(chat: i64, parcel: &Parcel) -> SendMessage {
    with_buttons(SendMessage::new(ChatId(chat), parcel.text.clone()), &parcel.buttons)
        .entities(entities(&parcel.bold))
        .link_preview_options(no_preview())
}

/// The same without anything Telegram could find fault with, for when it did.
pub(super) fn plain_message(chat: i64, parcel: &Parcel) -> SendMessage {
    with_buttons(SendMessage::new(ChatId(chat), cut(&parcel.text)), &parcel.buttons).link_preview_options(no_preview())
}

/// `editMessageText`; without buttons Telegram takes the old ones away.
pub(super) fn edit(chat: i64, message: i32, text: &str, bold: &[(u32, u32)], buttons: &[Vec<Button>]) -> EditMessageText {
    let edit =
        EditMessageText::new(ChatId(chat), MessageId(message), text).entities(entities(bold)).link_preview_options(no_preview());
    if buttons.is_empty() { edit } else { edit.reply_markup(keyboard(buttons)) }
}

/// A text of the bot's own.
pub(super) fn speech(chat: i64, text: &str, bold: &[(u32, u32)], buttons: &[Vec<Button>]) -> SendMessage {
    with_buttons(SendMessage::new(ChatId(chat), text), buttons).entities(entities(bold)).link_preview_options(no_preview())
}

/// `editMessageReplyMarkup`: other buttons under a message whose text stays; without any the old ones go.
pub(super) fn buttons_only(chat: i64, message: i32, buttons: &[Vec<Button>]) -> EditMessageReplyMarkup {
    let edit = EditMessageReplyMarkup::new(ChatId(chat), MessageId(message));
    if buttons.is_empty() { edit } else { edit.reply_markup(keyboard(buttons)) }
}

/// What the outbox folder keeps: the call as it would have been made.
pub(super) fn file_of(parcel: &Parcel) -> Option<Vec<u8>> {
    let mut call = serde_json::to_value(message(chat_of(parcel)?, parcel)).ok()?;
    call.as_object_mut()?.insert("method".to_owned(), json!("sendMessage"));
    call.as_object_mut()?.insert("key".to_owned(), Value::from(parcel.key.clone()));
    let mut bytes = serde_json::to_vec_pretty(&call).ok()?;
    bytes.push(b'\n');
    Some(bytes)
}

fn with_buttons(message: SendMessage, buttons: &[Vec<Button>]) -> SendMessage {
    if buttons.is_empty() { message } else { message.reply_markup(ReplyMarkup::InlineKeyboard(keyboard(buttons))) }
}

fn keyboard(buttons: &[Vec<Button>]) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new(buttons.iter().map(|row| row.iter().filter_map(button).collect::<Vec<_>>()))
}

/// A page whose address Telegram could not take has no button.
fn button(button: &Button) -> Option<InlineKeyboardButton> {
    match &button.target {
        Target::Token(token) => Some(InlineKeyboardButton::callback(&button.label, token)),
        Target::Page(address) => Some(InlineKeyboardButton::url(&button.label, address.parse().ok()?)),
    }
}

fn entities(bold: &[(u32, u32)]) -> Vec<MessageEntity> {
    bold.iter().map(|&(offset, length)| MessageEntity::bold(offset as usize, length as usize)).collect()
}

fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

fn cut(text: &str) -> String {
    let mut units = 0;
    text.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= PLAIN_UNITS_MAX
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_fallback_is_cut_between_letters() {
        assert_eq!(cut("ngắn"), "ngắn");
        assert_eq!(cut(&"đ".repeat(4_000)).chars().count(), 3_500);
        assert_eq!(cut(&"🂡".repeat(4_000)).encode_utf16().count(), 3_500);
    }
}

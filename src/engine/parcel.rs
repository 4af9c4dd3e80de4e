//! The parcel of a message as the store keeps it until the message is final: a line of JSON, and behind it the text and the page as they
//! are. Most of a parcel is its page, whose every quotation mark JSON would escape.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::EngineError;
use crate::channel::letter::Worded;
use crate::domain::delivery::{Button, Parcel, Target};
use crate::store::messages::MessageRow;

/// The line of a parcel.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// 2; in 1 everything stands in the line.
    v: u8,
    address: String,
    name: String,
    subject: String,
    bold: Vec<(u32, u32)>,
    /// Rows of label and token, or address.
    buttons: Vec<Vec<(String, String)>>,
    /// How much behind the line is the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text_bytes: Option<usize>,
    /// How much behind the text is the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    html_bytes: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// A failure of the JSON of a parcel, or of what it says of itself.
fn unread(source: serde_json::Error) -> EngineError {
    EngineError::Json { what: "parcel.content", source }
}

/// The line of a stored parcel, and what stands behind it.
fn taken_apart(stored: &str) -> Result<(Head, &str), EngineError> {
    let (line, rest) = stored.split_once('\n').unwrap_or((stored, ""));
    Ok((serde_json::from_str(line).map_err(unread)?, rest))
}

/// No database takes this character in a text, and no mail shows it.
fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "").into() } else { text.into() }
}

fn stored_buttons(buttons: &[Vec<Button>]) -> Vec<Vec<(String, String)>> {
    let pair = |button: &Button| (button.label.clone(), button.target.as_str().to_owned());
    buttons.iter().map(|row| row.iter().map(pair).collect()).collect()
}

fn read_buttons(stored: Vec<Vec<(String, String)>>) -> Vec<Vec<Button>> {
    let button = |(label, target): (String, String)| Button { label, target: Target::parse(&target) };
    stored.into_iter().map(|row| row.into_iter().map(button).collect()).collect()
}

/// The stored form of what was worded, for that address and that name beside it.
pub(super) fn stored(address: String, name: String, worded: Worded) -> Result<String, EngineError> {
    let Worded { subject, text, html, bold, buttons } = worded;
    let (text, html) = (storable(&text), html.as_deref().map(storable));
    let (text_bytes, html_bytes) = (Some(text.len()), html.as_ref().map(|html| html.len()));
    let buttons = stored_buttons(&buttons);
    let head = Head { v: 2, address, name, subject, bold, buttons, text_bytes, html_bytes, text: None, html: None };
    put_together(&head, [&text, html.as_deref().unwrap_or_default()])
}

fn put_together(head: &Head, rest: [&str; 2]) -> Result<String, EngineError> {
    let mut stored = serde_json::to_string(head).map_err(unread)?;
    stored.reserve_exact(1 + rest.iter().map(|part| part.len()).sum::<usize>());
    stored.push('\n');
    for part in rest {
        stored.push_str(part);
    }
    Ok(stored)
}

/// The parcel of a stored message.
pub(super) fn parcel(row: &MessageRow, stored: &str, attempt: u32) -> Result<Parcel, EngineError> {
    let (head, rest) = taken_apart(stored)?;
    let text_bytes = head.text_bytes.unwrap_or(0);
    let part = |from: usize, bytes: usize| {
        let part = rest.get(from..from.saturating_add(bytes)).map(str::to_owned);
        part.ok_or_else(|| unread(serde_json::Error::custom("shorter than its line says")))
    };
    let (text, html) = match head.text {
        Some(text) => (text, head.html),
        None => (part(0, text_bytes)?, head.html_bytes.map(|bytes| part(text_bytes, bytes)).transpose()?),
    };
    Ok(Parcel {
        key: row.key.clone(),
        channel: row.channel,
        address: head.address,
        name: head.name,
        subject: head.subject,
        text,
        html,
        bold: head.bold,
        buttons: read_buttons(head.buttons),
        packed_at_ms: row.packed_at_ms,
        attempt,
    })
}

/// The same parcel for another address.
pub(super) fn readdressed(stored: &str, address: String) -> Result<String, EngineError> {
    let (head, rest) = taken_apart(stored)?;
    put_together(&Head { address, ..head }, [rest, ""])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::MessageState;
    use crate::domain::policy::ChannelKind;

    fn row() -> MessageRow {
        MessageRow {
            id: 1,
            key: "k".to_owned(),
            person_id: 1,
            channel: ChannelKind::Email,
            kind: "action".to_owned(),
            policy: String::new(),
            state: MessageState::Queued,
            reason: String::new(),
            attempts: 0,
            incarnation: None,
            packed_at_ms: 5,
            available_at_ms: 5,
            first_attempt_at_ms: None,
            is_trial: false,
            traces: String::new(),
        }
    }

    fn worded(text: &str, html: Option<&str>) -> Worded {
        let button = Button { label: "Đã nhận".to_owned(), target: Target::parse("t") };
        Worded {
            subject: "Nhắc\nviệc".to_owned(),
            text: text.to_owned(),
            html: html.map(str::to_owned),
            bold: vec![(1, 2)],
            buttons: vec![vec![button]],
        }
    }

    #[test]
    fn a_parcel_reads_back_also_for_another_address() {
        for (text, html) in [("đ\n\"a\"\n", Some("<p class=\"ê\">\n</p>")), ("", None), ("x", Some("")), ("\n{", None)] {
            let stored = stored("a@x".to_owned(), "An".to_owned(), worded(text, html)).expect("stored");
            let read = parcel(&row(), &stored, 3).expect("read");
            let said = (read.text.as_str(), read.html.as_deref(), read.subject.as_str(), read.address.as_str());
            assert_eq!(said, (text, html, "Nhắc\nviệc", "a@x"));
            assert_eq!((read.bold, read.buttons.len(), read.attempt), (vec![(1, 2)], 1, 3));
            let moved = readdressed(&stored, "77".to_owned()).expect("readdressed");
            let read = parcel(&row(), &moved, 1).expect("read");
            assert_eq!((read.text.as_str(), read.html.as_deref(), read.address.as_str()), (text, html, "77"));
            let cut = parcel(&row(), &stored[..stored.len() - 1], 1);
            assert_eq!(cut.is_err(), (text, html) != ("", None), "what is cut short is no parcel");
        }
        let stored = stored(String::new(), String::new(), worded("a\0b", Some("\0"))).expect("stored");
        let read = parcel(&row(), &stored, 1).expect("read");
        assert_eq!((read.text.as_str(), read.html.as_deref()), ("ab", Some("")));
    }

    #[test]
    fn what_an_older_version_stored_reads_back() {
        let older =
            r#"{"v":1,"address":"a@x","name":"","subject":"s","text":"đ\n","html":"<p>","bold":[],"buttons":[[["n","t"]]]}"#;
        let read = parcel(&row(), older, 1).expect("read");
        assert_eq!((read.text.as_str(), read.html.as_deref(), read.buttons.len()), ("đ\n", Some("<p>"), 1));
        let read = parcel(&row(), &readdressed(older, "77".to_owned()).expect("readdressed"), 1).expect("read");
        assert_eq!((read.text.as_str(), read.address.as_str()), ("đ\n", "77"));
    }
}

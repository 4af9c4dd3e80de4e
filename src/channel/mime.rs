//! A parcel as a mail: the same bytes on every attempt, ASCII only, so that no server needs 8BITMIME or SMTPUTF8.

use std::borrow::Cow;

use data_encoding::BASE64;
use jiff::Timestamp;
use lettre::Address;

use super::SetupError;
use super::transfer::{Encoded, encoded};
use crate::domain::delivery::Parcel;
use crate::domain::hidden::{is_hidden, seen};

/// Who mails come from.
#[derive(Clone, Debug)]
pub struct Sender {
    name: Option<String>,
    address: Address,
}

impl Sender {
    /// From a display name and an address.
    pub fn new(name: Option<&str>, address: &str) -> Result<Self, SetupError> {
        let address = ascii_address(address).ok_or(SetupError::From)?;
        Ok(Self { name: name.map(one_line).filter(|name| !name.is_empty()), address })
    }

    /// The address alone.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// The Message-ID of the mail with that key, brackets included.
    pub fn message_id(&self, key: &str) -> String {
        format!("<{key}@{}>", self.address.domain())
    }
}

/// A mail ready to be written to a server or a file.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The one recipient.
    pub to: Address,
    /// Headers and body, CRLF, ASCII.
    pub mime: String,
}

/// Why a parcel cannot become a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MimeError {
    /// The recipient's address.
    #[error("the mail address is not one that servers take (ASCII, name@domain)")]
    Recipient,
    /// The key would not survive as Message-ID.
    #[error("the message key has letters that do not belong there")]
    Key,
    /// Something of it is not ASCII; cannot happen with a sender and one recipient.
    #[error("the mail could not be built")]
    Build,
}

/// Builds the mail of a parcel.
pub fn compose(sender: &Sender, parcel: &Parcel) -> Result<Mail, MimeError> {
    let to = ascii_address(&parcel.address).ok_or(MimeError::Recipient)?;
    if !is_key(&parcel.key) {
        return Err(MimeError::Key);
    }
    let length = parcel.text.len() * 3 / 2 + parcel.html.as_deref().map_or(0, |html| html.len() * 5 / 4);
    let mut mime = Vec::with_capacity(length + HEADERS_BYTES);
    header(&mut mime, "From", &mailbox(sender.name.as_deref(), &sender.address));
    header(&mut mime, "To", &mailbox(Some(&one_line(&parcel.name)), &to));
    header(&mut mime, "Subject", &unstructured(&one_line(&parcel.subject)));
    header(&mut mime, "Date", &packed_at(parcel));
    header(&mut mime, "Message-ID", &sender.message_id(&parcel.key));
    header(&mut mime, "Auto-Submitted", "auto-generated");
    header(&mut mime, "X-Dondoc-Message", &parcel.key);
    header(&mut mime, "MIME-Version", "1.0");
    match &parcel.html {
        None => part(&mut mime, "text/plain", &parcel.text),
        Some(html) => {
            let boundary = boundary(&parcel.key);
            // With a key of ours a line would be too long.
            header(&mut mime, "Content-Type", &format!("multipart/alternative;\r\n boundary=\"{boundary}\""));
            mime.extend_from_slice(b"\r\n");
            for (kind, text) in [("text/plain", parcel.text.as_str()), ("text/html", html)] {
                mime.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                part(&mut mime, kind, text);
            }
            mime.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        }
    }
    String::from_utf8(mime).ok().filter(|mime| mime.is_ascii()).map(|mime| Mail { to, mime }).ok_or(MimeError::Build)
}

/// What the headers take, and the lines around parts.
const HEADERS_BYTES: usize = 1_500;

fn header(mime: &mut Vec<u8>, name: &str, value: &str) {
    for piece in [name, ": ", value, "\r\n"] {
        mime.extend_from_slice(piece.as_bytes());
    }
}

/// Whether a text may be a message key: 1 to 40 of `[A-Za-z0-9._-]`, never only dots.
pub(super) fn is_key(key: &str) -> bool {
    (1..=40).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && !key.starts_with('.')
}

/// One line without control characters, blanks joined.
fn one_line(text: &str) -> String {
    let breaks = |c: char| c != ' ' && (c.is_whitespace() || c.is_control() || is_hidden(c));
    if text == text.trim() && !text.contains("  ") && !text.contains(breaks) {
        return text.to_owned();
    }
    let text: String = text.chars().filter(|c| c.is_control() || !is_hidden(*c)).collect();
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn ascii_address(text: &str) -> Option<Address> {
    // lettre also takes quoted local parts, in which blanks and controls could hide.
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\<>()[],;:".contains(&byte));
    (plain && text.len() <= 254).then(|| text.parse().ok()).flatten()
}

/// Coordinated time, as RFC 5322 writes it; its years have four digits.
fn packed_at(parcel: &Parcel) -> String {
    let ms = parcel.packed_at_ms.clamp(0, 253_402_300_799_000);
    Timestamp::from_millisecond(ms).unwrap_or_default().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// `=_` can stand in no quoted-printable or base64 text (RFC 2045, 6.7), so no body can end its part early.
fn boundary(key: &str) -> String {
    format!("=_{key}")
}

/// A part with its headers.
fn part(mime: &mut Vec<u8>, kind: &str, text: &str) {
    let (encoding, body) = match encoded(&printable(text)) {
        Encoded::Quoted(body) => ("quoted-printable", body),
        Encoded::Base64(body) => ("base64", body),
    };
    header(mime, "Content-Type", &format!("{kind}; charset=utf-8"));
    header(mime, "Content-Transfer-Encoding", encoding);
    mime.extend_from_slice(b"\r\n");
    mime.extend_from_slice(&body);
    mime.extend_from_slice(b"\r\n");
}

/// Lines end in LF, CRLF on the wire; of the controls only the tab stays, and nothing hidden.
fn printable(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        return seen(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned().into();
    }
    seen(text)
}

fn mailbox(name: Option<&str>, address: &Address) -> String {
    match name {
        None | Some("") => address.to_string(),
        // The address on a line of its own keeps every line short.
        Some(name) => format!("{}\r\n <{address}>", words(name, is_phrase)),
    }
}

fn unstructured(text: &str) -> String {
    words(text, |text| text.bytes().all(|byte| matches!(byte, b' '..=b'~')))
}

/// Letters, digits and blanks need no quoting anywhere (RFC 5322 atoms).
fn is_phrase(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
}

/// Bytes of text in one encoded word: a line of it stays under the 76 of RFC 2047, header name included.
const WORD_BYTES_MAX: usize = 39;

/// The text itself when it is short and cannot be taken for anything else, otherwise RFC 2047 encoded words, one a line: a title
/// `=?utf-8?…?=` that passed as it is would be decoded into something nobody wrote.
fn words(text: &str, is_plain: fn(&str) -> bool) -> String {
    if is_plain(text) && text.len() <= 60 && !text.contains("=?") {
        return text.to_owned();
    }
    let mut encoded = String::with_capacity(2 * text.len() + 32);
    let mut rest = text;
    while !rest.is_empty() {
        let (word, then) = rest.split_at(rest.floor_char_boundary(WORD_BYTES_MAX));
        encoded.push_str(if encoded.is_empty() { "=?utf-8?B?" } else { "\r\n =?utf-8?B?" });
        BASE64.encode_append(word.as_bytes(), &mut encoded);
        encoded.push_str("?=");
        rest = then;
    }
    encoded
}

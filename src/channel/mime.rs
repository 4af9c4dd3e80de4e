//! A parcel as a mail: the same bytes on every attempt, ASCII only, so that no server needs 8BITMIME or SMTPUTF8.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use data_encoding::BASE64;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, MultiPart, SinglePart};
use lettre::{Address, Message, address::Envelope};

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
    /// lettre refused; cannot happen with a sender and one recipient.
    #[error("the mail could not be built")]
    Build,
}

/// Builds the mail of a parcel.
pub fn compose(sender: &Sender, parcel: &Parcel) -> Result<Mail, MimeError> {
    let to = ascii_address(&parcel.address).ok_or(MimeError::Recipient)?;
    if !is_key(&parcel.key) {
        return Err(MimeError::Key);
    }
    let envelope = Envelope::new(Some(sender.address.clone()), vec![to.clone()]).map_err(|_| MimeError::Build)?;
    let builder = Message::builder()
        .envelope(envelope)
        .raw_header(mailbox("From", sender.name.as_deref(), &sender.address))
        .raw_header(mailbox("To", Some(&one_line(&parcel.name)), &to))
        .raw_header(unstructured("Subject", &one_line(&parcel.subject)))
        .date(packed_at(parcel))
        .raw_header(verbatim("Message-ID", sender.message_id(&parcel.key)))
        .raw_header(verbatim("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(verbatim("X-Dondoc-Message", parcel.key.clone()));
    let text = part(ContentType::TEXT_PLAIN, &parcel.text);
    let message = match &parcel.html {
        None => builder.singlepart(text),
        Some(html) => builder.multipart(
            MultiPart::alternative()
                .boundary(boundary(&parcel.key))
                .singlepart(text)
                .singlepart(part(ContentType::TEXT_HTML, html)),
        ),
    };
    let bytes = message.map_err(|_| MimeError::Build)?.formatted();
    String::from_utf8(bytes).ok().filter(|mime| mime.is_ascii()).map(|mime| Mail { to, mime }).ok_or(MimeError::Build)
}

/// Whether a text may be a message key: 1 to 40 of `[A-Za-z0-9._-]`, never only dots.
pub(super) fn is_key(key: &str) -> bool {
    (1..=40).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && !key.starts_with('.')
}

/// One line without control characters, blanks joined.
fn one_line(text: &str) -> String {
    let text: String = text.chars().filter(|c| c.is_control() || !is_hidden(*c)).collect();
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn ascii_address(text: &str) -> Option<Address> {
    // lettre also takes quoted local parts, in which blanks and controls could hide.
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\<>()[],;:".contains(&byte));
    (plain && text.len() <= 254).then(|| text.parse().ok()).flatten()
}

fn packed_at(parcel: &Parcel) -> SystemTime {
    // RFC 5322 dates have four-digit years.
    let ms = u64::try_from(parcel.packed_at_ms).unwrap_or(0).min(253_402_300_799_000);
    SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
}

/// `=_` can stand in no quoted-printable or base64 text (RFC 2045, 6.7), so no body can end its part early.
fn boundary(key: &str) -> String {
    format!("=_{key}")
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    let body = match encoded(&printable(text)) {
        Encoded::Quoted(text) => Body::dangerous_pre_encoded(text, ContentTransferEncoding::QuotedPrintable),
        Encoded::Base64(text) => Body::dangerous_pre_encoded(text, ContentTransferEncoding::Base64),
    };
    SinglePart::builder().header(kind).body(body)
}

/// Lines end in LF, CRLF on the wire; of the controls only the tab stays, and nothing hidden.
fn printable(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        return seen(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned().into();
    }
    seen(text)
}

fn verbatim(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

fn mailbox(header: &'static str, name: Option<&str>, address: &Address) -> HeaderValue {
    let value = match name {
        None | Some("") => address.to_string(),
        // The address on a line of its own keeps every line short.
        Some(name) => format!("{}\r\n <{address}>", words(name, is_phrase)),
    };
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(header), address.to_string(), value)
}

fn unstructured(header: &'static str, text: &str) -> HeaderValue {
    let value = words(text, |text| text.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(header), text.to_owned(), value)
}

/// Letters, digits and blanks need no quoting anywhere (RFC 5322 atoms).
fn is_phrase(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
}

/// Bytes of text in one encoded word: a line of it stays under the 76 of RFC 2047, header name included.
const WORD_BYTES_MAX: usize = 39;

/// The text itself when it is short and cannot be taken for anything else, otherwise RFC 2047 encoded words, one a line. lettre
/// lets ASCII words pass as they are, so a title `=?utf-8?…?=` would be decoded into something nobody wrote.
fn words(text: &str, is_plain: fn(&str) -> bool) -> String {
    if is_plain(text) && text.len() <= 60 && !text.contains("=?") {
        return text.to_owned();
    }
    let mut chunks = vec![String::new()];
    for c in text.chars() {
        if chunks.last().is_some_and(|chunk| chunk.len() + c.len_utf8() > WORD_BYTES_MAX) {
            chunks.push(String::new());
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(c);
        }
    }
    chunks.iter().map(|chunk| format!("=?utf-8?B?{}?=", BASE64.encode(chunk.as_bytes()))).collect::<Vec<_>>().join("\r\n ")
}

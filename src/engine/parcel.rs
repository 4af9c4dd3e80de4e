//! The parcel of a message as the store keeps it until the message is final.

use serde::{Deserialize, Serialize};

use super::EngineError;
use crate::channel::letter::Worded;
use crate::domain::delivery::{Button, Parcel, Target};
use crate::store::messages::MessageRow;

/// A parcel as stored until its message is final.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredParcel {
    v: u8,
    address: String,
    name: String,
    subject: String,
    text: String,
    html: Option<String>,
    bold: Vec<(u32, u32)>,
    /// Rows of label and token, or address.
    buttons: Vec<Vec<(String, String)>>,
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
    let stored = StoredParcel { v: 1, address, name, subject, text, html, bold, buttons: stored_buttons(&buttons) };
    serde_json::to_string(&stored).map_err(|source| EngineError::Json { what: "parcel.content", source })
}

/// The parcel of a stored message.
pub(super) fn parcel(row: &MessageRow, stored: &str, attempt: u32) -> Result<Parcel, EngineError> {
    let stored: StoredParcel =
        serde_json::from_str(stored).map_err(|source| EngineError::Json { what: "parcel.content", source })?;
    Ok(Parcel {
        key: row.key.clone(),
        channel: row.channel,
        address: stored.address,
        name: stored.name,
        subject: stored.subject,
        text: stored.text,
        html: stored.html,
        bold: stored.bold,
        buttons: read_buttons(stored.buttons),
        packed_at_ms: row.packed_at_ms,
        attempt,
    })
}

/// The same parcel for another address.
pub(super) fn readdressed(stored: &str, address: String) -> Result<String, EngineError> {
    let mut stored: StoredParcel =
        serde_json::from_str(stored).map_err(|source| EngineError::Json { what: "parcel.content", source })?;
    stored.address = address;
    serde_json::to_string(&stored).map_err(|source| EngineError::Json { what: "parcel.content", source })
}

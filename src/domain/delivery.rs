//! States of a message, verdicts of a channel and the retry curve.

use super::policy::ChannelKind;

/// The states of a message; see the crate documentation for the arrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// Packed, never transmitted or due to be transmitted again.
    Queued,
    /// An incarnation is transmitting it.
    Sending,
    /// Transmitted, the answer is not known.
    Uncertain,
    /// To be tried again later.
    Deferred,
    /// Final: the channel took responsibility.
    Accepted,
    /// Final: the channel refused it for good.
    Refused,
    /// Final: taken back before it left, with a reason.
    Cancelled,
    /// In a person's queue: released or cancelled by hand.
    Held,
}

impl MessageState {
    /// The word of store and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Uncertain => "uncertain",
            Self::Deferred => "deferred",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Held => "held",
        }
    }

    /// The state of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Queued, Self::Sending, Self::Uncertain, Self::Deferred, Self::Accepted, Self::Refused, Self::Cancelled, Self::Held]
            .into_iter()
            .find(|state| state.as_str() == word)
    }

    /// Accepted, refused and cancelled never change again.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::Refused | Self::Cancelled)
    }
}

/// What a channel answers to one transmission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Taken; `receipt` is what the channel calls it (a queue id, a Telegram message id).
    Accepted {
        /// The channel's own name of the message, when it gave one.
        receipt: Option<String>,
    },
    /// Not now.
    Deferred {
        /// What exactly, without addresses or secrets.
        reason: String,
        /// The wait the channel asked for; else the retry curve holds.
        retry_after_ms: Option<i64>,
        /// Whether the fault is the channel's rather than this message's.
        fault: Fault,
    },
    /// Never.
    Refused {
        /// What exactly.
        reason: String,
        /// What it says about the recipient.
        binding: Binding,
    },
    /// Transmitted, and the answer was lost.
    Uncertain {
        /// What happened.
        reason: String,
    },
}

/// Whose fault a deferral is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This message or its recipient; others go on.
    Message,
    /// The whole channel; the breaker opens.
    Channel,
    /// The daemon's own: it held the message back, and no door has seen it.
    Own,
}

/// What a refusal says of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The address still works for other messages.
    Kept,
    /// The address is dead (bot blocked, account deactivated); it is not used again until linked anew.
    Dead,
    /// The chat moved; the message goes there once.
    MovedTo(i64),
}

/// The most transmissions of one message because of uncertainty.
pub const TRANSMISSIONS_MAX: u32 = 3;

/// Waits before the next attempt, in minutes; then every 60.
const CURVE_MIN: [i64; 6] = [1, 2, 5, 10, 15, 30];

/// The wait before attempt `failed + 1`, with ±20 % jitter taken from `seed` so that the same message always waits the same.
pub fn retry_after_ms(failed: u32, seed: u64) -> i64 {
    let index = usize::try_from(failed.saturating_sub(1)).unwrap_or(usize::MAX);
    let base_ms = CURVE_MIN.get(index).copied().unwrap_or(60) * 60_000;
    let mixed = (seed ^ u64::from(failed)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
    let per_mille = i64::try_from(mixed % 401).unwrap_or(200) - 200;
    base_ms + base_ms * per_mille / 1000
}

/// A button under a chat message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// What it does.
    pub target: Target,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Comes back as this opaque token when it is pressed.
    Token(String),
    /// Opens that page.
    Page(String),
}

impl Target {
    /// The token or the address.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Token(text) | Self::Page(text) => text,
        }
    }

    /// Reads what [`Target::as_str`] writes: no token looks like an address.
    pub fn parse(text: &str) -> Self {
        let is_address = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
        if is_address { Self::Page(text.to_owned()) } else { Self::Token(text.to_owned()) }
    }
}

/// A message as a channel transmits it: one person, one address, rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The key in `X-Dondoc-Message`; the same on every attempt.
    pub key: String,
    /// The channel it goes over.
    pub channel: ChannelKind,
    /// Mail address or chat id.
    pub address: String,
    /// The person's name, for the mail header.
    pub name: String,
    /// Subject of a mail; first line of a chat message.
    pub subject: String,
    /// The text part, or the text of the chat message.
    pub text: String,
    /// The HTML part of a mail.
    pub html: Option<String>,
    /// Bold ranges of a chat message as (offset, length) in UTF-16 units.
    pub bold: Vec<(u32, u32)>,
    /// Rows of buttons of a chat message.
    pub buttons: Vec<Vec<Button>>,
    /// When it was packed, Unix milliseconds: the `Date` header, the same on every attempt.
    pub packed_at_ms: i64,
    /// The transmission this is, from 1.
    pub attempt: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_follows_the_promised_minutes_within_a_fifth() {
        for (failed, minutes) in [(1, 1), (2, 2), (3, 5), (4, 10), (5, 15), (6, 30), (7, 60), (400, 60)] {
            for seed in 0..200 {
                let wait = retry_after_ms(failed, seed);
                assert!((wait - minutes * 60_000).abs() <= minutes * 12_000, "{failed} {seed} {wait}");
            }
        }
    }

    #[test]
    fn the_jitter_really_spreads() {
        let waits: std::collections::BTreeSet<i64> = (0..50).map(|seed| retry_after_ms(1, seed)).collect();
        assert!(waits.len() > 20, "{waits:?}");
    }
}

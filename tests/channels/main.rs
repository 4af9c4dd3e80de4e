//! The doors against real servers on loopback: every way a transmission can end, and what it is called.

mod folder;
mod mail;
mod smtp;
mod smtp_tls;
#[path = "../support/mod.rs"]
mod support;
mod telegram;

use dondoc::domain::delivery::{Binding, Button, Fault, Parcel, Target, Verdict};
use dondoc::domain::policy::ChannelKind;

/// A mail as the engine hands it over.
fn mail(key: &str, to: &str) -> Parcel {
    Parcel {
        key: key.to_owned(),
        channel: ChannelKind::Email,
        address: to.to_owned(),
        name: "Nguyễn Văn Ân".to_owned(),
        subject: "[Nhắc việc 23/11] 02 quá hạn, 03 sắp đến hạn".to_owned(),
        text: "Kính gửi đồng chí Nguyễn Văn Ân,\n\n.\n..hai chấm\nTrân trọng.\n".to_owned(),
        html: Some("<p>Kính gửi đồng chí <b>Nguyễn Văn Ân</b></p>\n".to_owned()),
        bold: Vec::new(),
        buttons: Vec::new(),
        packed_at_ms: 1_700_701_200_000,
        attempt: 1,
    }
}

/// A chat message as the engine hands it over.
fn chat(key: &str, chat: &str) -> Parcel {
    Parcel {
        channel: ChannelKind::Telegram,
        text: "Đôn đốc: báo cáo *quý IV* <b>gấp</b>".to_owned(),
        html: None,
        bold: vec![(0, 7)],
        buttons: vec![vec![Button {
            label: "Xác nhận tiếp nhận".to_owned(),
            target: Target::Token("v1AAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        }]],
        ..mail(key, chat)
    }
}

/// The reason of a deferral that is the channel's fault.
#[track_caller]
fn channel_fault(verdict: Verdict) -> String {
    match verdict {
        Verdict::Deferred { reason, fault: Fault::Channel, retry_after_ms: None } => reason,
        other => panic!("expected a fault of the channel, got {other:?}"),
    }
}

/// The reason and the wait of a deferral of this one message.
#[track_caller]
fn deferred(verdict: Verdict) -> (String, Option<i64>) {
    match verdict {
        Verdict::Deferred { reason, fault: Fault::Message, retry_after_ms } => (reason, retry_after_ms),
        other => panic!("expected a deferred message, got {other:?}"),
    }
}

/// The reason of a refusal and what it says of the address.
#[track_caller]
fn refused(verdict: Verdict) -> (String, Binding) {
    match verdict {
        Verdict::Refused { reason, binding } => (reason, binding),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// The reason of an uncertain transmission.
#[track_caller]
fn uncertain(verdict: Verdict) -> String {
    match verdict {
        Verdict::Uncertain { reason } => reason,
        other => panic!("expected an uncertain transmission, got {other:?}"),
    }
}

/// The receipt of an accepted message.
#[track_caller]
fn accepted(verdict: Verdict) -> Option<String> {
    match verdict {
        Verdict::Accepted { receipt } => receipt,
        other => panic!("expected an accepted message, got {other:?}"),
    }
}

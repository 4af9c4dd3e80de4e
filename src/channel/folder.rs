//! `[outbox] folder`: every message becomes a file and nothing is sent elsewhere.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::mime::{self, Sender};
use super::{Channel, chat};
use crate::domain::delivery::{Binding, Fault, Parcel, Verdict};
use crate::domain::policy::ChannelKind;

/// Writes `KEY.eml` for mails and `KEY.json` for chat messages, each complete or not at all.
#[derive(Clone, Debug)]
pub struct Folder {
    folder: PathBuf,
    sender: Sender,
}

impl Folder {
    /// The folder is made with the first message; `sender` is whom mails come from.
    pub const fn new(folder: PathBuf, sender: Sender) -> Self {
        Self { folder, sender }
    }
}

impl Channel for Folder {
    async fn send(&mut self, parcel: &Parcel) -> Verdict {
        let (name, bytes) = match file_of(parcel, &self.sender) {
            Ok(file) => file,
            Err(reason) => return Verdict::Refused { reason, binding: Binding::Kept },
        };
        let folder = self.folder.clone();
        match tokio::task::spawn_blocking(move || write(&folder, &name, &bytes)).await {
            Ok(Ok(())) => Verdict::Accepted { receipt: None },
            Ok(Err(error)) => deferred(format!("the outbox folder cannot be written: {}", error.kind())),
            Err(_) => deferred("the outbox folder could not be written: the machine is shutting down".to_owned()),
        }
    }
}

fn file_of(parcel: &Parcel, sender: &Sender) -> Result<(String, Vec<u8>), String> {
    if !mime::is_key(&parcel.key) {
        return Err(mime::MimeError::Key.to_string());
    }
    if parcel.channel == ChannelKind::Telegram {
        let message = chat::file_of(parcel).ok_or("the chat id is not a number")?;
        return Ok((format!("{}.json", parcel.key), message));
    }
    let mail = mime::compose(sender, parcel).map_err(|error| error.to_string())?;
    Ok((format!("{}.eml", parcel.key), mail.mime.into_bytes()))
}

/// Whole or not at all, and on the disk before it is called accepted. Written again, it is the same file.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // The dot and the ending keep whoever watches for *.eml from reading half a file.
    let part = folder.join(format!(".{name}.part"));
    let mut file = std::fs::File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, folder.join(name))?;
    std::fs::File::open(folder)?.sync_all()
}

fn deferred(reason: String) -> Verdict {
    Verdict::Deferred { reason, retry_after_ms: None, fault: Fault::Channel }
}

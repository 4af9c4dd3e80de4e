//! What a program wrote to the files of one folder, as `fsfault.c` recorded it, and the disk a power cut leaves of it.
//!
//! A disk keeps what was synced. What was not may be lost, kept, or kept in part: single writes in any order, a write cut at a sector.
//! A name is kept once its folder was synced; names that were not are kept from the first to any one, as a file system with a journal
//! keeps them.

use std::collections::BTreeMap;
use std::path::Path;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// How long the ledger of the sink was when it began.
    pub ledger: usize,
    /// The file's name in its folder; `.` is the folder.
    pub name: String,
    pub kind: Kind,
}

/// What was done.
#[derive(Clone, Debug)]
pub enum Kind {
    Create,
    Write { at: usize, bytes: Vec<u8> },
    Size(usize),
    Sync,
    Unlink,
    Rename { to: String },
}

impl Kind {
    /// What was done, without what was written.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Create => "made",
            Self::Write { .. } => "written",
            Self::Size(_) => "cut",
            Self::Sync => "synced",
            Self::Unlink => "unlinked",
            Self::Rename { .. } => "renamed",
        }
    }
}

/// What becomes of what was not synced.
#[derive(Clone, Copy, Debug)]
pub enum Unsynced {
    Lost,
    Kept,
    /// Any part of it, by a seed.
    InPart(u64),
}

/// What was recorded so far, in order.
pub fn read(file: &Path) -> Vec<Operation> {
    let tape = std::fs::read(file).unwrap_or_default();
    let (mut rest, mut operations) = (&tape[..], Vec::new());
    // The last one may be in the middle of being written.
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = std::str::from_utf8(&rest[..end]).expect("a plain line");
        let words: Vec<&str> = line.splitn(6, ' ').collect();
        let [kind, ledger, at, size, length, name] = words[..] else { panic!("{line}") };
        let number = |word: &str| word.parse::<usize>().expect("a number");
        let Some(bytes) = rest.get(end + 1..end + 1 + number(length)) else { break };
        let kind = match kind {
            "create" => Kind::Create,
            "write" => Kind::Write { at: number(at), bytes: bytes.to_vec() },
            "size" => Kind::Size(number(size)),
            "sync" => Kind::Sync,
            "unlink" => Kind::Unlink,
            "rename" => Kind::Rename { to: String::from_utf8(bytes.to_vec()).expect("a plain name") },
            other => panic!("{other}"),
        };
        operations.push(Operation { ledger: number(ledger), name: name.to_owned(), kind });
        rest = &rest[end + 1 + number(length)..];
    }
    operations
}

/// A file, whatever its names.
#[derive(Default)]
struct Content {
    synced: Vec<u8>,
    pending: Vec<Kind>,
}

fn perform(content: &mut Vec<u8>, kind: &Kind) {
    match kind {
        Kind::Write { at, bytes } => {
            content.resize(content.len().max(at + bytes.len()), 0);
            content[*at..at + bytes.len()].copy_from_slice(bytes);
        }
        Kind::Size(size) => content.resize(*size, 0),
        Kind::Create | Kind::Sync | Kind::Unlink | Kind::Rename { .. } => {}
    }
}

#[derive(Clone, Debug)]
enum Naming {
    Set(String, usize),
    Gone(String),
}

type Names = BTreeMap<String, usize>;

fn name(names: &mut Names, naming: &Naming) {
    match naming {
        Naming::Set(name, file) => names.insert(name.clone(), *file),
        Naming::Gone(name) => names.remove(name),
    };
}

/// The files of the folder after the power was cut behind these operations.
pub fn files_after(operations: &[Operation], unsynced: Unsynced) -> BTreeMap<String, Vec<u8>> {
    let (mut contents, mut pending): (Vec<Content>, Vec<Naming>) = Default::default();
    let (mut now, mut synced) = (Names::new(), Names::new());
    for Operation { name: file, kind, .. } in operations {
        let known = now.get(file).copied();
        let mut rename = |now: &mut Names, naming: Naming| {
            name(now, &naming);
            pending.push(naming);
        };
        match kind {
            Kind::Create => {
                contents.push(Content::default());
                rename(&mut now, Naming::Set(file.clone(), contents.len() - 1));
            }
            Kind::Rename { to } => {
                rename(&mut now, Naming::Set(to.clone(), known.expect("a file that was made")));
                rename(&mut now, Naming::Gone(file.clone()));
            }
            Kind::Unlink => rename(&mut now, Naming::Gone(file.clone())),
            Kind::Sync if file == "." => pending.drain(..).for_each(|naming| name(&mut synced, &naming)),
            Kind::Sync => {
                let content = &mut contents[known.expect("a file that was made")];
                content.pending.drain(..).for_each(|kind| perform(&mut content.synced, &kind));
            }
            Kind::Write { .. } | Kind::Size(_) => {
                contents[known.expect("a file that was made")].pending.push(kind.clone());
            }
        }
    }
    let mut chance = fastrand::Rng::with_seed(if let Unsynced::InPart(seed) = unsynced { seed } else { 0 });
    let named = match unsynced {
        Unsynced::Lost => 0,
        Unsynced::Kept => pending.len(),
        Unsynced::InPart(_) => chance.usize(..=pending.len()),
    };
    pending[..named].iter().for_each(|naming| name(&mut synced, naming));
    for content in &mut contents {
        for kind in std::mem::take(&mut content.pending) {
            match unsynced {
                Unsynced::Lost => {}
                Unsynced::Kept => perform(&mut content.synced, &kind),
                Unsynced::InPart(_) => keep_in_part(&mut content.synced, &kind, &mut chance),
            }
        }
    }
    synced.into_iter().map(|(name, file)| (name, contents[file].synced.clone())).collect()
}

/// One of two operations is kept; of four that are, one is a write of which only some sectors are.
fn keep_in_part(content: &mut Vec<u8>, kind: &Kind, chance: &mut fastrand::Rng) {
    if chance.bool() {
        return;
    }
    match kind {
        Kind::Write { at, bytes } if chance.u8(..4) == 0 => {
            for (sector, part) in bytes.chunks(SECTOR).enumerate() {
                if chance.bool() {
                    perform(content, &Kind::Write { at: at + sector * SECTOR, bytes: part.to_vec() });
                }
            }
        }
        kind => perform(content, kind),
    }
}

//! Floor 1: the ZIP archive around a workbook or a document, looked at before anybody opens it: how large it is, and how
//! large it says and proves to be when it is inflated.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipFile;

/// Why an archive is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another container: an Office file of before 2007, or one under a password.
    OldOrLocked,
    /// No archive.
    None,
    /// It cannot be read to its end.
    Damaged,
    /// A file in it declares a document type.
    DocumentType,
    /// More files than anybody needs.
    Entries {
        /// How many it holds.
        found: usize,
        /// How many are taken.
        max: usize,
    },
    /// Larger than this many bytes once it is inflated.
    Inflated {
        /// The most bytes that are taken.
        max: u64,
    },
    /// More than so many times larger than it is packed.
    Ratio {
        /// The most times that is taken.
        max: u64,
    },
}

/// The most files in the archive; a workbook of fifty sheets has about a hundred.
const ENTRIES_MAX: usize = 1_000;
/// The most one file in it takes when it is inflated: 48 MiB.
const ENTRY_BYTES_MAX: u64 = 48 * 1024 * 1024;
/// The most all of them take: 64 MiB.
const TOTAL_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The most a list of sheets takes: 1 MiB, which is many thousand sheets.
const LIST_BYTES_MAX: u64 = 1024 * 1024;
/// How many times larger than its compressed form a file of more than a mebibyte may be. Sheets as offices have them are
/// packed 5 to 60 times; a bomb a thousand times.
const RATIO_MAX: u64 = 250;
/// Below this a ratio says nothing.
const RATIO_FROM_BYTES: u64 = 1024 * 1024;

/// Looks at every file of the archive. What each declares is looked at first; then each is inflated into nothing, a block
/// at a time, because what is declared may be a lie. Memory does not grow with what is inside. Gives the files in it by
/// their names in lower case with `/`, and their places.
pub fn check(bytes: &[u8]) -> Result<BTreeMap<String, usize>, Fault> {
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Fault::OldOrLocked);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Fault::None)?;
    if archive.len() > ENTRIES_MAX {
        return Err(Fault::Entries { found: archive.len(), max: ENTRIES_MAX });
    }
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| Fault::Damaged)?;
        let (packed, declared) = (entry.compressed_size(), entry.size());
        total = total.saturating_add(declared);
        let most = bytes_max(&name_of(&entry)?);
        if declared > most || total > TOTAL_BYTES_MAX {
            return Err(Fault::Inflated { max: most.min(TOTAL_BYTES_MAX) });
        }
        if declared > RATIO_FROM_BYTES && declared / packed.max(1) > RATIO_MAX {
            return Err(Fault::Ratio { max: RATIO_MAX });
        }
    }
    let mut left = TOTAL_BYTES_MAX;
    let mut names = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|_| Fault::Damaged)?;
        let name = name_of(&entry)?;
        let (packed, most) = (entry.compressed_size(), bytes_max(&name).min(left));
        let is_xml = [".xml", ".rels", ".vml"].iter().any(|ending| name.ends_with(ending));
        let inflated = inflate(&mut entry, packed, most, is_xml)?;
        left = left.saturating_sub(inflated);
        names.insert(name, index);
    }
    Ok(names)
}

/// In lower case, with the slashes of an archive.
fn name_of(entry: &ZipFile<'_, impl Read>) -> Result<String, Fault> {
    Ok(entry.name().map_err(|_| Fault::Damaged)?.to_ascii_lowercase().replace('\\', "/"))
}

fn bytes_max(name: &str) -> u64 {
    if name.ends_with("workbook.xml") { LIST_BYTES_MAX } else { ENTRY_BYTES_MAX }
}

/// How many bytes really come out; no more than `most`, no more than the ratio allows, and no document type among them:
/// entities are declared there, and Office files have none.
fn inflate(entry: &mut impl Read, packed: u64, most: u64, is_xml: bool) -> Result<u64, Fault> {
    const DOCTYPE: &[u8] = b"<!DOCTYPE";
    let mut block = vec![0_u8; 64 * 1024];
    let mut inflated = 0_u64;
    let mut kept = 0;
    loop {
        let read = entry.read(&mut block[kept..]).map_err(|_| Fault::Damaged)?;
        if read == 0 {
            return Ok(inflated);
        }
        inflated += u64::try_from(read).unwrap_or(u64::MAX);
        if inflated > most {
            return Err(Fault::Inflated { max: most });
        }
        if inflated > RATIO_FROM_BYTES && inflated / packed.max(1) > RATIO_MAX {
            return Err(Fault::Ratio { max: RATIO_MAX });
        }
        let filled = kept + read;
        if is_xml && block[..filled].windows(DOCTYPE.len()).any(|word| word.eq_ignore_ascii_case(DOCTYPE)) {
            return Err(Fault::DocumentType);
        }
        // The word may stand across two blocks.
        kept = filled.min(DOCTYPE.len() - 1);
        block.copy_within(filled - kept..filled, 0);
    }
}

//! The ZIP archive around a workbook, looked at before anybody opens it: how large it is, and how large it says and proves
//! to be when it is inflated.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::limit::{Limit, Refusal};

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
/// at a time, because what is declared may be a lie. Memory does not grow with what is inside.
pub(super) fn check(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Refusal::OldOrLocked);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::NoWorkbook)?;
    if archive.len() > ENTRIES_MAX {
        return Err(Refusal::TooLarge(Limit::Entries { found: archive.len(), max: ENTRIES_MAX }));
    }
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| Refusal::Damaged)?;
        let (packed, declared) = (entry.compressed_size(), entry.size());
        total = total.saturating_add(declared);
        let most = bytes_max(&name_of(&entry)?);
        if declared > most || total > TOTAL_BYTES_MAX {
            return Err(Refusal::TooLarge(Limit::Inflated { max: most.min(TOTAL_BYTES_MAX) }));
        }
        if declared > RATIO_FROM_BYTES && declared / packed.max(1) > RATIO_MAX {
            return Err(Refusal::TooLarge(Limit::Ratio { max: RATIO_MAX }));
        }
    }
    let mut left = TOTAL_BYTES_MAX;
    let mut has_workbook = false;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|_| Refusal::Damaged)?;
        let name = name_of(&entry)?;
        let (packed, most) = (entry.compressed_size(), bytes_max(&name).min(left));
        has_workbook |= name == "xl/workbook.xml";
        let is_xml = [".xml", ".rels", ".vml"].iter().any(|ending| name.ends_with(ending));
        let inflated = inflate(&mut entry, packed, most, is_xml)?;
        left = left.saturating_sub(inflated);
    }
    if has_workbook { Ok(()) } else { Err(Refusal::NoWorkbook) }
}

/// In lower case, with the slashes of an archive.
fn name_of(entry: &ZipFile<'_, impl Read>) -> Result<String, Refusal> {
    Ok(entry.name().map_err(|_| Refusal::Damaged)?.to_ascii_lowercase().replace('\\', "/"))
}

fn bytes_max(name: &str) -> u64 {
    if name.ends_with("workbook.xml") { LIST_BYTES_MAX } else { ENTRY_BYTES_MAX }
}

/// How many bytes really come out; no more than `most`, no more than the ratio allows, and no document type among them:
/// entities are declared there, and a workbook has none.
fn inflate(entry: &mut impl Read, packed: u64, most: u64, is_xml: bool) -> Result<u64, Refusal> {
    const DOCTYPE: &[u8] = b"<!DOCTYPE";
    let mut block = vec![0_u8; 64 * 1024];
    let mut inflated = 0_u64;
    let mut kept = 0;
    loop {
        let read = entry.read(&mut block[kept..]).map_err(|_| Refusal::Damaged)?;
        if read == 0 {
            return Ok(inflated);
        }
        inflated += u64::try_from(read).unwrap_or(u64::MAX);
        if inflated > most {
            return Err(Refusal::TooLarge(Limit::Inflated { max: most }));
        }
        if inflated > RATIO_FROM_BYTES && inflated / packed.max(1) > RATIO_MAX {
            return Err(Refusal::TooLarge(Limit::Ratio { max: RATIO_MAX }));
        }
        let filled = kept + read;
        if is_xml && block[..filled].windows(DOCTYPE.len()).any(|word| word.eq_ignore_ascii_case(DOCTYPE)) {
            return Err(Refusal::DocumentType);
        }
        // The word may stand across two blocks.
        kept = filled.min(DOCTYPE.len() - 1);
        block.copy_within(filled - kept..filled, 0);
    }
}

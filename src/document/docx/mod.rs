//! Word documents by their XML: the text as a reader of the paper sees it, and nothing that is not on the paper.

mod body;
mod heading;
mod numbering;
mod styles;
mod table;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::trouble::{Looks, Trouble};
use super::{Kind, TEXT_BYTES_MAX};
use crate::archive;
use body::Paper;
use numbering::Numbering;
use styles::Styles;
use xml::Element;

/// The largest part of a document that is read: 24 MiB of XML.
const PART_BYTES_MAX: u64 = 24 * 1024 * 1024;
/// The most headers and footers that are looked at for a mark.
const MARGINS_MAX: usize = 40;

/// The text of a document.
pub(super) fn text(bytes: &[u8]) -> Result<String, Trouble> {
    let names = archive::check(bytes)?;
    let mut parts = Parts { archive: ZipArchive::new(Cursor::new(bytes)).map_err(|_| DAMAGED)?, names };
    let Some(main) = parts.main() else { return Err(parts.other_kind()) };
    let folder = main.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let styles = Styles::of(parts.read(&format!("{folder}styles.xml"))?.as_ref());
    let numbering = Numbering::of(parts.read(&format!("{folder}numbering.xml"))?.as_ref(), &styles);
    let document = parts.read(&main)?.ok_or(DAMAGED)?;
    let body = document.child("body").ok_or(DAMAGED)?;
    let mut paper = Paper::new(&styles, numbering);
    paper.blocks(body);
    let text = paper.finish();
    let marks = parts.marks(&folder, &styles)?;
    if text.len() > TEXT_BYTES_MAX {
        return Err(Trouble::TextTooLong);
    }
    Ok(marks + &text)
}

const DAMAGED: Trouble = Trouble::Damaged(Kind::Docx);

/// The files inside.
struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    names: BTreeMap<String, usize>,
}

impl Parts<'_> {
    /// The document itself. Word calls it `word/document.xml`, some of its services `word/document2.xml`.
    fn main(&self) -> Option<String> {
        let is_main = |name: &str| {
            let rest = name.strip_prefix("word/document").and_then(|rest| rest.strip_suffix(".xml"));
            rest.is_some_and(|rest| rest.chars().all(|digit| digit.is_ascii_digit()))
        };
        self.names.keys().find(|name| is_main(name)).cloned()
    }

    /// What an archive without a document is.
    fn other_kind(&self) -> Trouble {
        if self.names.contains_key("xl/workbook.xml") {
            Trouble::WrongEnding(Looks::Workbook)
        } else if self.names.contains_key("content.xml") {
            Trouble::WrongEnding(Looks::OpenDocument)
        } else {
            Trouble::NoDocument
        }
    }

    /// One part as a tree; `None` when there is no such part.
    fn read(&mut self, name: &str) -> Result<Option<Element>, Trouble> {
        let Some(index) = self.names.get(name) else { return Ok(None) };
        let entry = self.archive.by_index(*index).map_err(|_| DAMAGED)?;
        let mut text = Vec::new();
        entry.take(PART_BYTES_MAX + 1).read_to_end(&mut text).map_err(|_| DAMAGED)?;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > PART_BYTES_MAX {
            return Err(Trouble::TextTooLong);
        }
        xml::parse(&text).map(Some)
    }

    /// Marks of secrecy and urgency in headers and footers, a line each; nothing else there belongs to the text.
    fn marks(&mut self, folder: &str, styles: &Styles) -> Result<String, Trouble> {
        let is_margin = |name: &&String| {
            let rest = name.strip_prefix(folder).unwrap_or_default();
            ["header", "footer"].iter().any(|kind| rest.starts_with(kind)) && rest.strip_suffix(".xml").is_some()
        };
        let margins: Vec<String> = self.names.keys().filter(is_margin).take(MARGINS_MAX).cloned().collect();
        let mut marks = BTreeSet::new();
        for name in margins {
            let Some(margin) = self.read(&name)? else { continue };
            let mut paper = Paper::new(styles, Numbering::default());
            paper.blocks(&margin);
            marks.extend(paper.finish().lines().filter_map(mark).map(str::to_owned));
        }
        Ok(marks.into_iter().map(|mark| format!("{mark}\n\n")).collect())
    }
}

/// A line that is a mark of secrecy or urgency and nothing else.
fn mark(line: &str) -> Option<&'static str> {
    const MARKS: [&str; 6] = ["TUYỆT MẬT", "TỐI MẬT", "MẬT", "THƯỢNG KHẨN", "HỎA TỐC", "KHẨN"];
    let plain = crate::tree::nfc(line).to_uppercase().replace("HOẢ", "HỎA");
    let words = plain.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    let plain = words.collect::<Vec<_>>().join(" ");
    let plain = plain.strip_prefix("ĐỘ ").unwrap_or(&plain);
    MARKS.into_iter().find(|mark| plain == *mark || plain.strip_prefix(mark).is_some_and(|rest| rest.starts_with(" HẸN GIỜ")))
}

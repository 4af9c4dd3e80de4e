//! Paragraphs and runs: which letters stand on the paper.

use super::heading;
use super::numbering::Numbering;
use super::styles::{Look, Styles};
use super::xml::Element;
use crate::document::TEXT_BYTES_MAX;

/// What has been read so far: one block for each paragraph and table.
#[derive(Debug)]
pub(super) struct Paper<'a> {
    pub(super) styles: &'a Styles,
    numbering: Numbering,
    blocks: Vec<String>,
    /// Letters of paragraphs whose mark was deleted: they belong to the next one.
    carried: String,
    /// Fields that are open, the innermost last.
    fields: Vec<Field>,
    bytes: usize,
}

/// Which part of a field is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// Its instruction, which is not on the paper.
    Instruction,
    /// What it shows.
    Result,
}

/// The text of one paragraph and the text boxes anchored in it.
#[derive(Default)]
struct Line<'e> {
    text: String,
    boxes: Vec<&'e Element>,
}

impl<'a> Paper<'a> {
    pub(super) fn new(styles: &'a Styles, numbering: Numbering) -> Self {
        Self { styles, numbering, blocks: Vec::new(), carried: String::new(), fields: Vec::new(), bytes: 0 }
    }

    /// The text: blocks with a blank line between them.
    pub(super) fn finish(mut self) -> String {
        let carried = std::mem::take(&mut self.carried);
        self.push(&carried);
        heading::parted(&mut self.blocks);
        self.blocks.iter().map(|block| format!("{block}\n\n")).collect()
    }

    /// Whether more than anybody takes has been read; the rest is not.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > TEXT_BYTES_MAX
    }

    /// Adds a block, unless nothing stands in it.
    pub(super) fn push(&mut self, block: &str) {
        let lines: Vec<&str> = block.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
        if !lines.is_empty() {
            let block = lines.join("\n");
            self.bytes = self.bytes.saturating_add(block.len() + 2);
            self.blocks.push(block);
        }
    }

    /// The blocks of an element, and nothing of what was read before it.
    pub(super) fn apart(&mut self, element: &Element) -> Vec<String> {
        let before = std::mem::take(&mut self.blocks);
        let carried = std::mem::take(&mut self.carried);
        self.blocks(element);
        let left = std::mem::replace(&mut self.carried, carried);
        self.push(&left);
        std::mem::replace(&mut self.blocks, before)
    }

    /// Paragraphs and tables below an element.
    pub(super) fn blocks(&mut self, element: &Element) {
        for child in &element.children {
            if self.is_full() {
                return;
            }
            match &*child.name {
                "p" => self.paragraph(child),
                "tbl" => self.table(child),
                "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo" | "smartTag" => self.blocks(child),
                "AlternateContent" => {
                    if let Some(chosen) = chosen(child) {
                        self.blocks(chosen);
                    }
                }
                _ => {}
            }
        }
    }

    fn paragraph(&mut self, paragraph: &Element) {
        let properties = paragraph.child("pPr");
        let style = properties.and_then(|properties| properties.value("pStyle"));
        let mut line = Line { text: std::mem::take(&mut self.carried), boxes: Vec::new() };
        self.runs(paragraph, self.styles.paragraph_look(style), &mut line);
        self.fields.retain(|field| *field == Field::Result);
        let mark = properties.and_then(|properties| properties.child("rPr"));
        if mark.is_some_and(|mark| mark.child("del").is_some() || mark.child("moveFrom").is_some()) {
            self.carried = line.text;
        } else {
            let number = self.list_of(properties, style).map(|(list, level)| self.numbering.next(list, level));
            if !line.text.trim().is_empty() {
                self.push(&format!("{}{}", number.unwrap_or_default(), line.text.trim()));
            }
        }
        for content in line.boxes {
            self.blocks(content);
        }
    }

    /// The list and the level of a paragraph.
    fn list_of(&self, properties: Option<&Element>, style: Option<&str>) -> Option<(i64, usize)> {
        let own = properties.and_then(|properties| properties.child("numPr"));
        let of_style = self.styles.list(style);
        let list = own.and_then(|own| own.number("numId")).or(of_style.map(|(list, _)| list))?;
        if list == 0 {
            return None;
        }
        let level = own.and_then(|own| own.number("ilvl")).or(of_style.and_then(|(_, level)| level));
        let level = match level {
            Some(level) => usize::try_from(level).unwrap_or(0),
            None => self.numbering.level_of_style(list, style).unwrap_or(0),
        };
        Some((list, level))
    }

    /// Runs below an element of a paragraph.
    fn runs<'e>(&mut self, element: &'e Element, look: Look, line: &mut Line<'e>) {
        for child in &element.children {
            match &*child.name {
                "r" => self.run(child, look, line),
                "hyperlink" | "smartTag" | "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo" | "fldSimple" | "dir"
                | "bdo" => {
                    self.runs(child, look, line);
                }
                "AlternateContent" => {
                    if let Some(chosen) = chosen(child) {
                        self.runs(chosen, look, line);
                    }
                }
                "oMath" | "oMathPara" => formula(child, &mut line.text),
                _ => {}
            }
        }
    }

    fn run<'e>(&mut self, run: &'e Element, paragraph: Look, line: &mut Line<'e>) {
        let properties = run.child("rPr");
        let style = properties.and_then(|properties| properties.value("rStyle"));
        let look = Look::of(properties).or(self.styles.look(style)).or(paragraph);
        if look.hidden != Some(true) {
            self.letters(run, look, line);
        }
    }

    fn letters<'e>(&mut self, run: &'e Element, look: Look, line: &mut Line<'e>) {
        for child in &run.children {
            if &*child.name == "fldChar" {
                self.field(child);
                continue;
            }
            if self.fields.contains(&Field::Instruction) {
                continue;
            }
            match &*child.name {
                "t" => {
                    let text = child.text.chars().filter(|letter| *letter != '\u{ad}');
                    let text: String = text.map(|letter| if letter == '\n' || letter == '\r' { ' ' } else { letter }).collect();
                    line.text.push_str(&if look.capitals == Some(true) { text.to_uppercase() } else { text });
                }
                "tab" | "ptab" => line.text.push('\t'),
                "br" | "cr" => line.text.push('\n'),
                "noBreakHyphen" => line.text.push('-'),
                "sym" => line.text.push_str(symbol(child)),
                "ruby" => {
                    if let Some(base) = child.child("rubyBase") {
                        self.runs(base, look, line);
                    }
                }
                "AlternateContent" => {
                    if let Some(chosen) = chosen(child) {
                        self.letters(chosen, look, line);
                    }
                }
                "drawing" | "pict" | "object" => boxes(child, &mut line.boxes),
                _ => {}
            }
        }
    }

    fn field(&mut self, mark: &Element) {
        match mark.attribute("fldCharType") {
            Some("begin") => self.fields.push(Field::Instruction),
            Some("separate") => {
                if let Some(field) = self.fields.last_mut() {
                    *field = Field::Result;
                }
            }
            _ => {
                self.fields.pop();
            }
        }
    }
}

/// What a program that knows everything shows of an alternative; the other branch says the same again.
fn chosen(alternative: &Element) -> Option<&Element> {
    alternative.child("Choice").or_else(|| alternative.child("Fallback"))
}

/// Text boxes inside a drawing, each once.
fn boxes<'e>(element: &'e Element, found: &mut Vec<&'e Element>) {
    for child in &element.children {
        match &*child.name {
            "txbxContent" => found.push(child),
            "AlternateContent" => {
                if let Some(chosen) = chosen(child) {
                    boxes(chosen, found);
                }
            }
            _ => boxes(child, found),
        }
    }
}

fn formula(element: &Element, text: &mut String) {
    for child in &element.children {
        if &*child.name == "t" {
            text.push_str(&child.text);
        } else {
            formula(child, text);
        }
    }
}

/// Letters of symbol fonts, as far as they mean something.
fn symbol(element: &Element) -> &'static str {
    match element.attribute("char").unwrap_or_default().to_ascii_uppercase().trim_start_matches("F0") {
        "B3" => "≥",
        "A3" => "≤",
        "B7" | "A7" | "D8" => "-",
        "B1" => "±",
        _ => " ",
    }
}

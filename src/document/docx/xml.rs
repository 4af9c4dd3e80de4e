//! One part of a document as a tree of elements, bounded while it is read.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::DAMAGED;
use crate::document::plain;
use crate::document::trouble::Trouble;

/// The most elements of one part with the attributes that are kept; a hundred pages have about a hundred thousand.
const ELEMENTS_MAX: usize = 1_000_000;
/// The attributes that are kept.
const READ: [&str; 10] = ["val", "ilvl", "numId", "abstractNumId", "styleId", "type", "default", "fldCharType", "char", "format"];
/// The deepest nesting.
const DEPTH_MAX: usize = 128;

/// An element without its namespace: `w:p` is `p`.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: Box<str>,
    attributes: Vec<(Box<str>, Box<str>)>,
    pub(super) children: Vec<Element>,
    /// Its characters; kept for elements that hold nothing else.
    pub(super) text: String,
}

impl Element {
    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| &*child.name == name)
    }

    /// The children of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| &*child.name == name)
    }

    /// The child of a child.
    pub(super) fn path(&self, names: &[&str]) -> Option<&Element> {
        names.iter().try_fold(self, |element, name| element.child(name))
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    /// `w:val` of the child of that name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name)?.attribute("val")
    }

    /// `w:val` of the child of that name as a number.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.value(name)?.trim().parse().ok()
    }

    /// A property that is on by being there, unless it says otherwise; `None` when it is not there.
    pub(super) fn toggle(&self, name: &str) -> Option<bool> {
        let child = self.child(name)?;
        Some(!matches!(child.attribute("val"), Some("0" | "false" | "off" | "none")))
    }
}

/// The tree of one part.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, Trouble> {
    let text = plain::text(bytes).map_err(|_| DAMAGED)?;
    let mut reader = Reader::from_str(&text);
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0_usize;
    loop {
        match reader.read_event().map_err(|_| DAMAGED)? {
            Event::Start(start) => {
                if open.len() >= DEPTH_MAX {
                    return Err(Trouble::Tangled);
                }
                open.push(element(&start, &mut count)?);
            }
            Event::Empty(start) => {
                let element = element(&start, &mut count)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::End(_) => {
                let element = open.pop().ok_or(DAMAGED)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::Text(text) => {
                if let Some(parent) = open.last_mut().filter(|parent| holds_text(&parent.name)) {
                    parent.text.push_str(&text.xml10_content());
                }
            }
            Event::CData(text) => {
                if let Some(parent) = open.last_mut().filter(|parent| holds_text(&parent.name)) {
                    parent.text.push_str(&text);
                }
            }
            Event::GeneralRef(name) => {
                let letter = match name.resolve_char_ref().map_err(|_| DAMAGED)? {
                    Some(letter) => Some(letter),
                    None => named(&name),
                };
                if let Some(parent) = open.last_mut().filter(|parent| holds_text(&parent.name)) {
                    // An entity nobody can have declared is left out: there is no document type.
                    parent.text.extend(letter);
                }
            }
            Event::Eof => return Err(DAMAGED),
            Event::DocType(_) => return Err(Trouble::DocumentType),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

/// `w:t` and `m:t`.
fn holds_text(name: &str) -> bool {
    name == "t"
}

fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

fn element(start: &BytesStart<'_>, count: &mut usize) -> Result<Element, Trouble> {
    let name = start.local_name().as_ref().into();
    let mut attributes = Vec::new();
    // Nobody looks for one that stands twice: that would cost the square of their number.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| DAMAGED)?;
        let key = attribute.key.local_name();
        if !READ.contains(&key.as_ref()) {
            continue;
        }
        *count += 1;
        let value = unescape(&attribute.value).unwrap_or_else(|_| attribute.value.clone());
        attributes.push((key.as_ref().into(), (*value).into()));
    }
    *count += 1;
    if *count > ELEMENTS_MAX {
        return Err(Trouble::Tangled);
    }
    Ok(Element { name, attributes, ..Element::default() })
}

//! What the styles of a document say that changes its text: numbering, hidden text, capitals, borders of tables.

use std::collections::HashMap;

use super::xml::Element;

/// How long a chain of styles may be.
const CHAIN_MAX: usize = 20;

/// The styles by their ids.
#[derive(Debug, Default)]
pub(super) struct Styles {
    by_id: HashMap<String, Style>,
    default_paragraph: Option<String>,
}

/// One style.
#[derive(Debug, Default)]
struct Style {
    based_on: Option<String>,
    list: Option<i64>,
    level: Option<i64>,
    look: Look,
    borders: Option<Borders>,
}

/// Properties of letters that change what is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) hidden: Option<bool>,
    pub(super) capitals: Option<bool>,
}

/// Whether a table has lines to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Borders {
    Drawn,
    None,
}

impl Look {
    /// Of `rPr`.
    pub(super) fn of(properties: Option<&Element>) -> Self {
        let toggle = |name| properties.and_then(|properties| properties.toggle(name));
        Self { hidden: toggle("vanish"), capitals: toggle("caps") }
    }

    /// What is said nearer to the letters holds.
    pub(super) fn or(self, further: Self) -> Self {
        Self { hidden: self.hidden.or(further.hidden), capitals: self.capitals.or(further.capitals) }
    }
}

impl Borders {
    /// Of `tblBorders` or `tcBorders`; `None` when nothing is said.
    pub(super) fn of(element: Option<&Element>) -> Option<Self> {
        let lines = &element?.children;
        let drawn = lines.iter().any(|line| !matches!(line.attribute("val"), None | Some("nil" | "none")));
        Some(if drawn { Self::Drawn } else { Self::None })
    }
}

impl Styles {
    /// Of `styles.xml`.
    pub(super) fn of(part: Option<&Element>) -> Self {
        let mut styles = Self::default();
        for element in part.iter().flat_map(|part| part.all("style")) {
            let Some(id) = element.attribute("styleId") else { continue };
            let paragraph = element.child("pPr");
            let list = paragraph.and_then(|paragraph| paragraph.child("numPr"));
            let style = Style {
                based_on: element.value("basedOn").map(ToOwned::to_owned),
                list: list.and_then(|list| list.number("numId")),
                level: list.and_then(|list| list.number("ilvl")),
                look: Look::of(element.child("rPr")),
                borders: Borders::of(element.path(&["tblPr", "tblBorders"])),
            };
            let is_default = matches!(element.attribute("default"), Some("1" | "true" | "on"));
            if is_default && element.attribute("type") == Some("paragraph") {
                styles.default_paragraph = Some(id.to_owned());
            }
            styles.by_id.insert(id.to_owned(), style);
        }
        styles
    }

    /// The style and those it is based on, nearest first.
    fn chain<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = &'a Style> {
        let first = id.and_then(|id| self.by_id.get(id));
        let next = |style: &&Style| style.based_on.as_ref().and_then(|id| self.by_id.get(id));
        std::iter::successors(first, next).take(CHAIN_MAX)
    }

    /// The look of the letters of a paragraph or a run of that style.
    pub(super) fn look(&self, id: Option<&str>) -> Look {
        self.chain(id).fold(Look::default(), |look, style| look.or(style.look))
    }

    /// The look of the letters of a paragraph of that style, or of one without a style.
    pub(super) fn paragraph_look(&self, id: Option<&str>) -> Look {
        self.look(id.or(self.default_paragraph.as_deref()))
    }

    /// The list a paragraph of that style belongs to, and the level when the style says it.
    pub(super) fn list(&self, id: Option<&str>) -> Option<(i64, Option<i64>)> {
        let id = id.or(self.default_paragraph.as_deref());
        let list = self.chain(id).find_map(|style| style.list)?;
        Some((list, self.chain(id).find_map(|style| style.level)))
    }

    /// Whether tables of that style have lines.
    pub(super) fn borders(&self, id: Option<&str>) -> Option<Borders> {
        self.chain(id).find_map(|style| style.borders)
    }
}

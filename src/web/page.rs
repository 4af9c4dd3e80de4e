//! What stands on the pages, made ready for the templates.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use askama::Template;
use sha2::{Digest as _, Sha256};

use super::fields::{self, Typed};
use super::words::{self, Fault, Words, words};
use crate::domain::reply::{Refusal, ReplyKind};
use crate::domain::rules::Language;
use crate::engine::answer::{Became, Sheet, SheetItem};

/// The style of every page, inside it: no second request.
const STYLE: &str = include_str!("templates/style.css");

/// Only our own style, only forms to ourselves, nothing else from anywhere.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = data_encoding::BASE64.encode(&Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
});

/// The items with their form.
#[derive(Template)]
#[template(path = "sheet.html", config = "src/web/templates/askama.toml")]
struct SheetPage<'a> {
    w: &'static Words,
    style: &'static str,
    sheet: &'a Sheet,
    alert: Option<String>,
    form: Option<&'a str>,
    all: Vec<Radio>,
    items: Vec<ItemView<'a>>,
}

struct ItemView<'a> {
    item: &'a SheetItem,
    error: Option<String>,
    waits: Option<String>,
    choices: Vec<ChoiceView>,
}

/// One button of a choice.
struct Radio {
    id: String,
    name: String,
    value: String,
    label: String,
    checked: bool,
    required: bool,
}

struct ChoiceView {
    radio: Radio,
    fields: Vec<FieldView>,
}

struct FieldView {
    id: String,
    name: String,
    label: String,
    shape: &'static str,
    value: String,
    hint: Option<String>,
    error: Option<String>,
    options: Vec<(String, String)>,
}

/// Something to say and nothing to fill in.
#[derive(Template)]
#[template(path = "note.html", config = "src/web/templates/askama.toml")]
struct NotePage<'a> {
    w: &'static Words,
    style: &'static str,
    office: &'a str,
    title: &'a str,
    text: &'a str,
    lines: Vec<String>,
    mark: &'static str,
    back: Option<String>,
}

/// A sheet on its way to a page.
pub(super) struct Shown<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) language: Language,
    /// What the form carries.
    pub(super) form: &'a str,
    /// What was typed before.
    pub(super) typed: &'a Typed,
    /// Why nothing was taken.
    pub(super) alert: Option<String>,
    /// What is wrong with fields.
    pub(super) faults: &'a BTreeMap<String, Fault>,
    /// Items without their choice.
    pub(super) unchosen: &'a [usize],
    /// Answers the house did not take.
    pub(super) refused: &'a [(usize, Refusal)],
}

impl Shown<'_> {
    /// The page.
    pub(super) fn html(&self) -> String {
        let w = words(self.language);
        let answerable = self.sheet.items.iter().filter(|item| !item.offers.is_empty()).count();
        let page = SheetPage {
            w,
            style: STYLE,
            sheet: self.sheet,
            alert: self.alert.clone(),
            form: (answerable > 0).then_some(self.form),
            all: self.all(w),
            items: self.sheet.items.iter().map(|item| self.item(item, answerable)).collect(),
        };
        render(&page)
    }

    fn value(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    fn all(&self, w: &'static Words) -> Vec<Radio> {
        if !fields::offers_all(self.sheet) {
            return Vec::new();
        }
        let label = self.sheet.items.iter().flat_map(|item| &item.offers).find(|(kind, _)| *kind == ReplyKind::Acknowledge);
        let label = label.map_or("", |(_, label)| label);
        let everything = match self.language {
            Language::Vi => format!("{label} tất cả"),
            Language::En => format!("{label} all"),
        };
        let radio = |value: &str, label: String| Radio {
            id: format!("all-{value}"),
            name: fields::ALL.to_owned(),
            value: value.to_owned(),
            label,
            checked: self.value(fields::ALL) == value,
            required: true,
        };
        vec![radio(ReplyKind::Acknowledge.as_str(), everything), radio(fields::EACH, w.each.to_owned())]
    }

    fn item<'b>(&self, item: &'b SheetItem, answerable: usize) -> ItemView<'b> {
        let refusal = self.refused.iter().find(|(number, _)| *number == item.number).map(|(_, refusal)| *refusal);
        let name = fields::choice_name(item.number);
        let chosen = self.value(&name);
        let beside_field = refusal.is_some_and(|refusal| place(refusal).is_some());
        let error = if self.unchosen.contains(&item.number) {
            Some(words(self.language).choose.to_owned())
        } else {
            let kind = ReplyKind::parse(chosen).unwrap_or(ReplyKind::Acknowledge);
            refusal.filter(|_| !beside_field).map(|refusal| words::refused(refusal, kind, self.language).to_owned())
        };
        let radio = |value: &str, label: &str| Radio {
            id: format!("{name}-{value}"),
            name: name.clone(),
            value: value.to_owned(),
            label: label.to_owned(),
            checked: chosen == value,
            required: answerable == 1,
        };
        let mut choices: Vec<ChoiceView> = Vec::new();
        for (kind, label) in &item.offers {
            let fields = fields::of(*kind, item).iter().map(|field| self.field(item, *kind, field, refusal));
            choices.push(ChoiceView { radio: radio(kind.as_str(), label), fields: fields.collect() });
        }
        if answerable > 1 && !choices.is_empty() {
            choices.push(ChoiceView { radio: radio(fields::NONE, words(self.language).no_answer), fields: Vec::new() });
        }
        ItemView { item, error, waits: item.waits.map(|label| words::waits(label, self.language)), choices }
    }

    fn field(&self, item: &SheetItem, kind: ReplyKind, field: &'static str, refusal: Option<Refusal>) -> FieldView {
        let language = self.language;
        let name = fields::field_name(item.number, kind, field);
        let chosen = self.value(&fields::choice_name(item.number)) == kind.as_str();
        let fault = self.faults.get(&name).map(|fault| words::fault(*fault, language).to_owned());
        let refused = refusal.filter(|refusal| chosen && place(*refusal).is_some_and(|places| places.contains(&field)));
        let label = words::field(field, kind, language);
        let unit = item.figure_unit.as_ref().filter(|_| field == "value").map(|unit| format!(" ({unit})"));
        let options = if field == "to" { item.colleagues.clone() } else { Vec::new() };
        FieldView {
            id: format!("{name}-input"),
            value: self.value(&name).to_owned(),
            label: format!("{label}{}", unit.unwrap_or_default()),
            shape: match field {
                "until" | "on" => "date",
                "percent" | "value" => "number",
                "note" => "long",
                "to" => "list",
                _ => "line",
            },
            hint: matches!(field, "until" | "on").then(|| words(language).date_hint.to_owned()),
            error: fault.or_else(|| refused.map(|refusal| words::refused(refusal, kind, language).to_owned())),
            options,
            name,
        }
    }
}

/// The fields a refusal is about.
const fn place(refusal: Refusal) -> Option<&'static [&'static str]> {
    match refusal {
        Refusal::NeedsDate | Refusal::DateTooEarly => Some(&["until"]),
        Refusal::DateInFuture => Some(&["on"]),
        Refusal::NotOfTheUnit => Some(&["to"]),
        _ => None,
    }
}

/// What came of a form.
pub(super) fn taken(sheet: &Sheet, became: &[(usize, Became)], recorded_at: &str, language: Language) -> String {
    let w = words(language);
    let weak = became.iter().any(|(_, became)| *became == Became::Waits);
    let line = |(number, outcome): &(usize, Became)| {
        let item = sheet.items.iter().find(|item| item.number == *number);
        let title = item.map_or("", |item| item.line.title.as_str());
        let head = if sheet.items.len() > 1 { format!("{number}. ") } else { String::new() };
        format!("{head}{title}: {}.", words::became(*outcome, language))
    };
    let (title, text) = if weak { (w.weak_title, w.weak_text) } else { (w.done_title, recorded_at) };
    let note = NotePage {
        w,
        style: STYLE,
        office: &sheet.office,
        title,
        text,
        lines: became.iter().map(line).collect(),
        mark: if weak { "warn" } else { "good" },
        back: Some(format!("?lang={}", w.lang)),
    };
    render(&note)
}

/// Something to say; `office` is empty where nothing may be told of the house.
pub(super) fn note(office: &str, title: &str, text: &str, language: Language) -> String {
    let lines = Vec::new();
    render(&NotePage { w: words(language), style: STYLE, office, title, text, lines, mark: "plain", back: None })
}

/// Templates are checked when they are compiled; writing to a string does not fail.
fn render(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "a page cannot be written");
        String::new()
    })
}

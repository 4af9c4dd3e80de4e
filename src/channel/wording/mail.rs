//! The text and HTML parts of a mail: sentences come from here, layout from the templates.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::WordingError;
use super::entry::Entry;
use super::letterhead::{
    answer_path, close, code_line, greeting, introduction, link, link_caution, link_label, link_lead, request,
};
use super::order::Group;
use super::pen::Pen;
use super::subject::subject;
use super::text::{Weight, capitalised, count, plain, runs};
use crate::channel::letter::{LetterKind, Worded};
use crate::domain::rules::Language;

/// The shipped templates, or why one of them does not parse.
static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(environment);

/// A template whose name ends in `.html` is escaped, the other is not.
fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "html")) => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    environment.add_template("mail.txt", include_str!("../templates/mail.txt"))?;
    environment.add_template("mail.html", include_str!("../templates/mail.html"))?;
    environment.add_template("parts.html", include_str!("../templates/parts.html"))?;
    Ok(environment)
}

/// The words of a mail.
pub(super) fn word(pen: &Pen<'_>) -> Result<Worded, WordingError> {
    let subject = subject(pen);
    let page = page(pen, &subject);
    let render = |name: &str| -> Result<String, WordingError> {
        let templates = TEMPLATES.as_ref().map_err(WordingError::ShippedTemplates)?;
        let template = templates.get_template(name).and_then(|template| template.render(page.clone()));
        template.map_err(|source| WordingError::Template { name: name.to_owned(), source: Box::new(source) })
    };
    let text = render("mail.txt")?;
    let html = render("mail.html")?;
    Ok(Worded { subject, text: tidy(&text), html: Some(html), bold: Vec::new(), buttons: Vec::new() })
}

/// At most one empty line in a row, none at the ends, no blanks before a line's end.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty_lines = 0;
    for line in text.trim().lines().map(str::trim_end) {
        empty_lines = if line.is_empty() { empty_lines + 1 } else { 0 };
        if empty_lines < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn page(pen: &Pen<'_>, subject: &str) -> Value {
    let entries: Vec<Entry> = pen.items.iter().map(|item| Entry::of(item, pen)).collect();
    let layout = match (pen.kind(), entries.len()) {
        (LetterKind::Digest, _) => "table",
        (_, 1) => "one",
        _ => "several",
    };
    let asked = match entries.as_slice() {
        [one] if layout == "one" => one.ask.join(" "),
        _ => request(pen),
    };
    context! {
        lang => match pen.language { Language::Vi => "vi", Language::En => "en" },
        subject => subject,
        layout => layout,
        banner => banner(pen),
        system => match pen.language {
            Language::Vi => "Hệ thống theo dõi nhiệm vụ",
            Language::En => "Follow-up system",
        },
        office => &pen.office,
        greeting => greeting(pen),
        introduction => if layout == "one" { rich("") } else { rich(&introduction(pen)) },
        groups => groups(&entries, pen.language),
        columns => columns(pen.language),
        remark_label => match pen.language { Language::Vi => "Lưu ý", Language::En => "Note" },
        asked => rich(&asked),
        answer => answer_path(pen).map(|path| rich(&path)),
        link => link(pen),
        link_label => link_label(pen.language),
        link_lead => link_lead(pen.language),
        link_caution => link_caution(pen.language),
        close => close(pen),
    }
}

fn banner(pen: &Pen<'_>) -> Option<&'static str> {
    match (pen.kind(), pen.language) {
        (LetterKind::Copy, Language::Vi) => Some("Để biết"),
        (LetterKind::Copy, Language::En) => Some("For information"),
        _ => None,
    }
}

fn columns(language: Language) -> Value {
    let names: [&str; 5] = match language {
        Language::Vi => ["STT", "Nội dung", "Đơn vị", "Thời hạn", "Tình trạng"],
        Language::En => ["No.", "Task", "Unit", "Deadline", "Status"],
    };
    names.into_iter().collect()
}

/// Items under the heading of their group, numbered through.
fn groups(entries: &[Entry], language: Language) -> Value {
    let mut groups: Vec<(Group, Vec<Value>)> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let worded = item(entry, at + 1, language);
        match groups.last_mut() {
            Some((group, members)) if *group == entry.group => members.push(worded),
            _ => groups.push((entry.group, vec![worded])),
        }
    }
    let worded = groups.into_iter().map(|(group, members)| {
        let n = count(members.len() as u64, language);
        context! { heading => format!("{} ({n})", capitalised(group.label(language))), entries => members }
    });
    worded.collect()
}

fn item(entry: &Entry, number: usize, language: Language) -> Value {
    let facts: Value = entry.facts.iter().map(|(label, text)| context! { label => *label, text => rich(text) }).collect();
    let state: Vec<String> = entry.time.iter().chain(&entry.state).cloned().collect();
    let (timing, due) = (plain(&entry.timing), capitalised(&entry.due_column));
    context! {
        number => number,
        basis => rich(&entry.basis),
        title => &entry.title,
        quote => &entry.quote,
        reference => &entry.reference,
        unit => &entry.unit,
        line => rich(&entry.line()),
        due => due,
        timing => timing,
        work => capitalised(entry.work),
        facts => facts,
        state => rich(&state.join(" ")),
        notes => entry.notes().iter().map(|note| rich(note)).collect::<Value>(),
        remarks => entry.remarks.iter().map(|remark| rich(remark)).collect::<Value>(),
        reason => &entry.reason,
        code => code_line(&entry.code, language),
    }
}

/// A text as the templates take it: plain, and in runs of one weight.
fn rich(marked: &str) -> Value {
    let runs: Value =
        runs(marked).into_iter().map(|run| context! { text => run.text, bold => run.bold == Weight::Bold }).collect();
    context! { plain => plain(marked), runs => runs }
}

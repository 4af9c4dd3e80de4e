//! The text and HTML parts of a mail: sentences come from here, layout from the templates.

use minijinja::context;
use minijinja::value::Value;

use super::WordingError;
use super::brief;
use super::entry::Entry;
use super::letterhead::{
    answer_path, close, code_line, greeting, introduction, link, link_caution, link_label, link_lead, request,
};
use super::order::Group;
use super::pen::Pen;
use super::subject::subject;
use super::templates::Templates;
use super::text::{Weight, capitalised, count, plain, runs};
use crate::channel::letter::{LetterKind, Worded};
use crate::domain::rules::Language;

/// The words of a mail.
pub(super) fn word(pen: &Pen<'_>, templates: &Templates) -> Result<Worded, WordingError> {
    let (subject, name, page) = laid_out(pen);
    let text = templates.render(&format!("{name}.txt"), &page)?;
    let html = templates.render(&format!("{name}.html"), &page)?;
    Ok(Worded { subject, text: tidy(&text), html: Some(html), bold: Vec::new(), buttons: Vec::new() })
}

/// Its subject, the name of the templates that lay it out, without ending, and what these are given.
pub(super) fn laid_out(pen: &Pen<'_>) -> (String, &'static str, Value) {
    let subject = subject(pen);
    let (name, page) = match &pen.brief {
        Some(brief) => ("brief", brief::page(brief, pen, &subject)),
        None => ("mail", page(pen, &subject)),
    };
    (subject, name, page)
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
        lang => tag(pen.language),
        subject => subject,
        layout => layout,
        banner => banner(pen),
        system => system(pen.language),
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

/// The language of a page.
pub(super) const fn tag(language: Language) -> &'static str {
    match language {
        Language::Vi => "vi",
        Language::En => "en",
    }
}

/// What speaks, at the head of a mail.
pub(super) const fn system(language: Language) -> &'static str {
    match language {
        Language::Vi => "Hệ thống theo dõi nhiệm vụ",
        Language::En => "Follow-up system",
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
pub(super) fn rich(marked: &str) -> Value {
    let runs: Value =
        runs(marked).into_iter().map(|run| context! { text => run.text, bold => run.bold == Weight::Bold }).collect();
    context! { plain => plain(marked), runs => runs }
}

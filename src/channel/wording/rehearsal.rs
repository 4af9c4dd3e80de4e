//! Templates are tried before they are used: sample letters of every kind in both languages, and what must stand in each.

mod letters;

use minijinja::value::Value;

use super::mail::laid_out;
use super::pen::Pen;
use super::templates::{Fault, TemplateFault, Templates};
use super::trial::in_trial;
use super::{WordingError, date, reason};
use crate::channel::letter::{Letter, Worded};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;

use letters::{HOSTILE, Sample, Scene};

/// What must stand in every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Must {
    /// The number of the dispatch.
    Number,
    /// The last day.
    Deadline,
    /// Why this person gets it.
    Reason,
    /// The short code `why` takes.
    Code,
    /// That it is a trial, and whom it would have reached.
    Heading,
}

/// Lays every sample out by these templates and says what is wrong with those that are not this build's: each fault once.
///
/// # Errors
/// When a template of this build is at fault.
pub fn rehearse(templates: &Templates) -> Result<Vec<TemplateFault>, WordingError> {
    let (tried, scene) = (templates.on_trial(), Scene::new());
    let mut faults: Vec<TemplateFault> = Vec::new();
    for language in [Language::Vi, Language::En] {
        for sample in scene.samples(language) {
            let pen = Pen::new(&sample.letter);
            let (_, kind, page) = laid_out(&pen);
            for ending in ["txt", "html"] {
                let Some(trial) = Trial::of(kind, ending, &tried, &faults) else { continue };
                for fault in trial.faults(&sample, &pen, &page)? {
                    if !faults.iter().any(|known| is_same(known, &fault)) {
                        faults.push(fault);
                    }
                }
            }
        }
    }
    Ok(faults)
}

/// What one template lacks is told of the first sample only.
fn is_same(known: &TemplateFault, fault: &TemplateFault) -> bool {
    match (&known.what, &fault.what) {
        (Fault::Lacks(one, _), Fault::Lacks(other, _)) => known.name == fault.name && one == other,
        _ => known == fault,
    }
}

/// One part of one mail to be laid out.
struct Trial<'a> {
    tried: &'a Templates,
    /// The template that lays it out.
    name: String,
    ending: &'a str,
    /// The replaced template its faults are of: itself, else the one it uses.
    blamed: String,
}

impl<'a> Trial<'a> {
    /// `None` when nothing of it was replaced, or enough is known of what was.
    fn of(kind: &str, ending: &'a str, tried: &'a Templates, faults: &[TemplateFault]) -> Option<Self> {
        let name = format!("{kind}.{ending}");
        let parts = (ending == "html").then(|| "parts.html".to_owned());
        let blamed = [name.clone()].into_iter().chain(parts).find(|name| tried.replaced().contains(name))?;
        let is_known = |fault: &TemplateFault| fault.name == blamed && matches!(fault.what, Fault::Costly | Fault::Unescaped);
        (!faults.iter().any(is_known)).then_some(Self { tried, name, ending, blamed })
    }

    fn fault(&self, what: Fault) -> TemplateFault {
        TemplateFault { name: self.blamed.clone(), range: None, line: None, what }
    }

    fn faults(&self, sample: &Sample<'_>, pen: &Pen<'_>, page: &Value) -> Result<Vec<TemplateFault>, WordingError> {
        let own = match self.tried.render(&self.name, page) {
            Ok(own) => delivered(sample, self.ending, own),
            Err(WordingError::Template { source, .. }) => {
                let found = TemplateFault::of(&source, &self.name);
                // A shipped template fails because of the one it uses.
                let is_own = self.tried.replaced().contains(&found.name);
                return Ok(vec![if is_own { found } else { self.fault(found.what) }]);
            }
            Err(error) => return Err(error),
        };
        if self.ending == "html" && own.to_lowercase().contains(HOSTILE) {
            return Ok(vec![self.fault(Fault::Unescaped)]);
        }
        let shipped = delivered(sample, self.ending, Templates::shipped()?.render(&self.name, page)?);
        let (own, shipped) = (read_by_people(&own, self.ending), read_by_people(&shipped, self.ending));
        let lacking = musts(sample, pen).into_iter().filter(|(_, words)| shipped.contains(words) && !own.contains(words));
        Ok(lacking.map(|(must, _)| self.fault(Fault::Lacks(must, sample.name.clone()))).collect())
    }
}

/// What leaves: in a trial with its heading.
fn delivered(sample: &Sample<'_>, ending: &str, laid_out: String) -> String {
    if !sample.in_trial {
        return laid_out;
    }
    let empty = Worded { subject: String::new(), text: String::new(), html: None, bold: Vec::new(), buttons: Vec::new() };
    let worded = match ending {
        "html" => Worded { html: Some(laid_out), ..empty },
        _ => Worded { text: laid_out, ..empty },
    };
    let Letter { language, to, .. } = &sample.letter;
    let headed = in_trial(*language, to, ChannelKind::Telegram, worded);
    headed.html.unwrap_or(headed.text)
}

/// What must stand in that letter as far as the shipped template says it, as [`read_by_people`] puts it.
fn musts(sample: &Sample<'_>, pen: &Pen<'_>) -> Vec<(Must, String)> {
    let late = pen.brief.iter().flat_map(|brief| &brief.late);
    let mut musts: Vec<(Must, String)> = Vec::new();
    for item in late.chain(&pen.items) {
        musts.push((Must::Number, item.dispatch_number.clone()));
        musts.extend(item.deadline.as_ref().map(|deadline| (Must::Deadline, date::short(deadline.last_day))));
        musts.push((Must::Reason, reason::sentence(item, pen)));
        musts.push((Must::Code, item.code.clone()));
    }
    if sample.in_trial {
        let heading = match sample.letter.language {
            Language::Vi => "Tin này chưa được gửi cho người nhận",
            Language::En => "This message was not sent to its recipient",
        };
        musts.push((Must::Heading, heading.to_owned()));
    }
    musts.into_iter().map(|(must, words)| (must, one_line(&words))).filter(|(_, words)| !words.is_empty()).collect()
}

/// The text in one line of small letters, as far as people see it.
fn read_by_people(laid_out: &str, ending: &str) -> String {
    if ending == "html" { one_line(&visible(laid_out)) } else { one_line(laid_out) }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What a reader sees of HTML: no tags, no comments, no head, no style; entities as they are shown.
fn visible(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        rest = after_tag(&rest[start..]);
    }
    text.push_str(rest);
    let entities = [("&#x2f;", "/"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&amp;", "&")];
    entities.into_iter().fold(text, |text, (entity, c)| text.replace(entity, c))
}

/// What follows a tag; after the head, a script, a style or a comment what follows its end.
fn after_tag(html: &str) -> &str {
    let after = |at: Option<usize>, end: &str| at.map_or("", |at| &html[at + end.len()..]);
    if html.starts_with("<!--") {
        return after(html.find("-->"), "-->");
    }
    let name: String = html[1..].chars().take_while(char::is_ascii_alphanumeric).collect();
    match name.to_ascii_lowercase().as_str() {
        unseen @ ("head" | "style" | "script") => {
            let end = format!("</{unseen}>");
            after(html.to_ascii_lowercase().find(&end), &end)
        }
        _ => after(html.find('>'), ">"),
    }
}

//! A proposal as TOML to edit: facts, with what a person must see in comments.

use std::fmt::Write as _;

use super::{Compared, Doubt, Earlier, Proposal, ProposedDirective, ProposedUnit};
use crate::domain::directive::Urgency;
use crate::domain::rules::Language;
use crate::tree::say;

/// Columns of a comment.
const WIDTH: usize = 110;

/// Doubts, each with the line it is about.
pub(super) fn doubts(doubts: &[Doubt], language: Language) -> Vec<String> {
    let one = |doubt: &Doubt| match doubt.line {
        Some(line) => {
            let text = &doubt.text;
            say!(language, "dòng {line}: {text}", "line {line}: {text}")
        }
        None => doubt.text.clone(),
    };
    doubts.iter().map(one).collect()
}

impl Proposal {
    /// The facts as TOML, none of them agreed to.
    pub fn to_toml(&self) -> String {
        let (language, file) = (self.language, &self.file);
        let mut out = String::new();
        comment(
            &mut out,
            &say!(language, "Dự thảo đọc từ {file}. Chưa có gì được ghi.", "Drafts read from {file}. Nothing is recorded yet."),
        );
        comment(
            &mut out,
            &say!(
                language,
                "Sửa chỗ chưa đúng và đổi agreed = false thành agreed = true ở những nhiệm vụ đồng ý, lưu rồi đóng. Nhiệm vụ để agreed = false không được ghi. Không lưu, hoặc xóa hết: không ghi gì.",
                "Mend what is wrong, turn agreed = false into agreed = true where you agree, save and close. What stays false is not recorded. Not saved, or emptied: nothing is."
            ),
        );
        for line in doubts(&self.doubts, language) {
            comment(&mut out, &format!("! {line}"));
        }
        for name in &self.gone {
            comment(
                &mut out,
                &say!(
                    language,
                    "! Đã nhập nhưng văn bản này không còn: {name}",
                    "! Recorded, but no longer in this dispatch: {name}"
                ),
            );
        }
        self.dispatch_row(&mut out);
        for unknown in &self.unknown {
            let name = &unknown.name;
            out.push('\n');
            let near: Vec<String> = unknown.near.iter().map(|unit| format!("{} = {}", unit.id, unit.name)).collect();
            let near = near.join("; ");
            comment(
                &mut out,
                &say!(
                    language,
                    "Chưa rõ \"{name}\" là đơn vị nào (gần nhất: {near}). Để tên này được nhớ, bỏ dấu # và ghi mã đơn vị:",
                    "No unit is known as \"{name}\" (nearest: {near}). To have the name remembered, uncomment and give the unit's id:"
                ),
            );
            let unit = unknown.near.first().map_or("", |unit| unit.id.as_str());
            let _ = write!(out, "# [[alias]]\n# name = {}\n# unit = {}\n", quoted(name), quoted(unit));
        }
        for directive in &self.directives {
            out.push('\n');
            self.directive_row(&mut out, directive);
        }
        out
    }

    fn dispatch_row(&self, out: &mut String) {
        let (dispatch, language) = (&self.dispatch, self.language);
        out.push('\n');
        if dispatch.earlier == Earlier::Recorded {
            comment(out, &say!(language, "Văn bản này đã nhập trước đây.", "This dispatch was imported before."));
        }
        if !dispatch.addressees.is_empty() {
            let list = dispatch.addressees.join("; ");
            comment(out, &say!(language, "Kính gửi: {list}", "To: {list}"));
        }
        out.push_str("[[dispatch]]\n");
        let text = |out: &mut String, key: &str, value: Option<&String>| {
            if let Some(value) = value {
                let _ = writeln!(out, "{key} = {}", quoted(value));
            }
        };
        let asked = |out: &mut String, key: &str, value: Option<String>| {
            let hint = say!(language, "  # chưa đọc được, cần điền", "  # not read, please fill in");
            let _ = match value {
                Some(value) => writeln!(out, "{key} = {value}"),
                None => writeln!(out, "{key} = \"\"{hint}"),
            };
        };
        asked(out, "number", dispatch.number.as_deref().map(quoted));
        asked(out, "issuer", dispatch.issuer.as_deref().map(quoted));
        asked(out, "date", dispatch.date.map(|date| date.to_string()));
        if let Some(date) = dispatch.received {
            let _ = writeln!(out, "received = {date}");
        }
        text(out, "incoming_number", dispatch.incoming_number.as_ref());
        text(out, "subject", dispatch.subject.as_ref());
        text(out, "monitor", dispatch.monitor.as_ref());
        text(out, "replaces", dispatch.replaces.as_ref());
        text(out, "supplements", dispatch.supplements.as_ref());
        if dispatch.urgency != Urgency::default() {
            text(out, "urgency", Some(&dispatch.urgency.as_str().to_owned()));
        }
    }

    fn directive_row(&self, out: &mut String, directive: &ProposedDirective) {
        let language = self.language;
        let quote = &directive.quote;
        for line in doubts(&directive.doubts, language) {
            comment(out, &format!("! {line}"));
        }
        match &directive.compared {
            Compared::New => {}
            Compared::Same => comment(out, &say!(language, "= đã nhập, không đổi", "= recorded, unchanged")),
            Compared::Changed(lines) => {
                let lines = lines.join("; ");
                comment(out, &say!(language, "~ khác với đã nhập: {lines}", "~ differs from what is recorded: {lines}"));
            }
        }
        out.push_str("[[directive]]\nagreed = false\n");
        let _ = writeln!(out, "clause = {}", quoted(&directive.clause));
        if let Some(typed) = &directive.clause_as_typed {
            let _ = writeln!(out, "clause_as_typed = {}", quoted(typed));
        }
        let _ = writeln!(out, "title = {}", quoted(&directive.title));
        units(out, "lead", &directive.lead, language);
        if !directive.coordinating.is_empty() {
            units(out, "coordinating", &directive.coordinating, language);
        }
        if let Some(deadline) = &directive.deadline {
            let (wording, understood) = (&deadline.wording, &deadline.understood);
            comment(out, &format!("“{wording}” → {understood}"));
            match &deadline.value {
                Some(value) => {
                    let _ = writeln!(out, "deadline = {}", quoted(value));
                }
                None => out.push_str("# deadline = \"\"\n"),
            }
            let _ = writeln!(out, "deadline_wording = {}", quoted(wording));
        }
        if let Some(target) = directive.target.as_deref().and_then(crate::facts::goal::goal) {
            let _ = writeln!(
                out,
                "target = {{ metric = {}, op = {}, value = {}, unit = {} }}",
                quoted(&target.metric),
                quoted(target.op),
                target.value,
                quoted(&target.unit)
            );
        }
        if directive.deadline.as_ref().is_none_or(|deadline| deadline.value.is_some()) {
            let _ = writeln!(out, "follow = \"{}\"", directive.follow.as_str());
        }
        let _ = write!(out, "quote = {{ text = {}", quoted(&quote.text));
        for (key, value) in [("file", &quote.file), ("digest", &quote.digest)] {
            if let Some(value) = value {
                let _ = write!(out, ", {key} = {}", quoted(value));
            }
        }
        for (key, value) in [("line", quote.line), ("start", quote.start), ("end", quote.end)] {
            if let Some(value) = value {
                let _ = write!(out, ", {key} = {value}");
            }
        }
        out.push_str(" }\n");
    }
}

/// A list of ids; what is not known is said beside it.
fn units(out: &mut String, key: &str, list: &[ProposedUnit], language: Language) {
    let mut ids: Vec<&str> = Vec::new();
    for unit in list.iter().flat_map(|one| &one.units) {
        if !ids.contains(&unit.id.as_str()) {
            ids.push(&unit.id);
        }
    }
    for one in list {
        let (written, count) = (&one.written, one.units.len());
        let names = one.units.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>().join("; ");
        comment(
            out,
            &match count {
                0 => say!(
                    language,
                    "{key}: \"{written}\" chưa rõ là đơn vị nào, ghi mã vào danh sách",
                    "{key}: no unit is known as \"{written}\", add its id to the list"
                ),
                1 => format!("{key}: \"{written}\" = {names}"),
                _ => say!(
                    language,
                    "{key}: \"{written}\" = {count} đơn vị: {names}",
                    "{key}: \"{written}\" = {count} units: {names}"
                ),
            },
        );
    }
    let ids = ids.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(", ");
    let _ = writeln!(out, "{key} = [{ids}]");
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string()
}

/// A text as comment lines.
fn comment(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() >= WIDTH && line.len() > 1 {
            out.push_str(&line);
            out.push('\n');
            "#  ".clone_into(&mut line);
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

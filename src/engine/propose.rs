//! `propose`: a dispatch as it was read, its units looked up in the directory, beside what is recorded of it; for a person
//! to look through. Nothing is armed here.

mod directory;
mod group;
mod name;
mod recorded;
mod understood;

use std::collections::BTreeMap;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use crate::diagnostic::{self, Diagnostic};
use crate::dispatch::{Draft, DraftDeadline, DraftTarget, Drafts, Firmness, Heading, LeadSource, Quote};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::deadline::DeadlineRule;
use crate::domain::directive::Follow;
use crate::domain::phrase::read_deadline;
use crate::domain::rules::Language;
use crate::facts::{
    DispatchFact, Doubt, Earlier, Known, Proposal, ProposedDeadline, ProposedDirective, ProposedDispatch, ProposedUnit,
    QuoteFact, TITLE_CHARS_MAX, Topic, UnknownName, normal_number,
};
use crate::store::rows::role_text;
use crate::tree::say;
use directory::{Meaning, Units};
use group::Sureness;
pub use recorded::{RecordedDirective, recorded};

/// A text that was read, and the file it came from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Name of the file, without its folder.
    pub file: &'a str,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: &'a str,
    /// What was read.
    pub text: &'a str,
}

/// The recorded dispatch of that heading: same year and number, and an issuer whose name says the same, however short.
pub fn recorded_dispatch<'k>(heading: &Heading, known: &'k Known) -> Option<&'k DispatchFact> {
    let (number, date) = (normal_number(heading.number.as_deref()?), heading.date?);
    let mut fits = known.dispatches.iter().filter(|one| one.number == number && one.date.year() == date.year());
    let issuer = heading.issuer.as_deref()?;
    let same = |one: &DispatchFact| {
        let (read, held) = (name::written_out(name::words(issuer)), name::written_out(name::words(&one.issuer)));
        // "UBND quận" is "Ủy ban nhân dân quận Gò Vấp" too.
        read == held || read.starts_with(&held) || held.starts_with(&read)
    };
    fits.find(|one| same(one))
}

/// Makes the proposal. `held` are the directives recorded of the same dispatch, by clause.
pub fn propose(
    drafts: &Drafts,
    diagnostics: &[Diagnostic],
    origin: Origin<'_>,
    known: &Known,
    held: &BTreeMap<String, RecordedDirective>,
    calendar: &WorkingCalendar,
    language: Language,
) -> Proposal {
    let heading = &drafts.heading;
    let earlier = recorded_dispatch(heading, known);
    let units = Units::on(&known.units, heading.date);
    let issuer = earlier.map(|one| one.issuer.clone()).or_else(|| heading.issuer.clone());
    let reading =
        Reading { origin, units, has_directory: !known.units.is_empty(), issuer, issued: heading.date, calendar, language };
    let mut counted: BTreeMap<&str, u16> = BTreeMap::new();
    let mut unknown: Vec<UnknownName> = Vec::new();
    let mut directives = Vec::new();
    for draft in &drafts.directives {
        let ordinal = counted.entry(&draft.clause).or_default();
        *ordinal += 1;
        let clause = if *ordinal == 1 { draft.clause.clone() } else { format!("{}~{ordinal}", draft.clause) };
        directives.push(reading.directive(draft, clause, held, &mut unknown));
    }
    let gone = held.values().filter(|one| !directives.iter().any(|read| read.clause == one.clause));
    let gone = gone.map(|one| format!("{} – {}", one.clause, one.title)).collect();
    let mut doubts: Vec<Doubt> = diagnostics.iter().map(|problem| reading.doubt(problem)).collect();
    if let Some(window) = &drafts.window {
        let (wording, line) = (&window.quote.text, reading.line(&window.quote));
        let text = say!(
            language,
            "“{wording}” nói về cả văn bản, chưa gắn với nhiệm vụ nào",
            "“{wording}” is about the whole dispatch and set for no duty"
        );
        doubts.push(Doubt::of_text(Some(line), text));
    }
    Proposal {
        language,
        file: origin.file.to_owned(),
        dispatch: heading_of(heading, earlier),
        directives,
        gone,
        unknown,
        doubts,
        units: reading.units.present.iter().map(|one| one.fact.clone()).collect(),
    }
}

fn heading_of(heading: &Heading, earlier: Option<&DispatchFact>) -> ProposedDispatch {
    let read = ProposedDispatch {
        number: heading.number.as_deref().map(normal_number),
        number_as_typed: heading.number_as_typed.as_ref().map(|quote| quote.text.clone()),
        issuer: heading.issuer.clone(),
        date: heading.date,
        subject: heading.subject.clone(),
        urgency: heading.urgency,
        addressees: heading.addressees.iter().map(|quote| quote.text.clone()).collect(),
        ..ProposedDispatch::default()
    };
    let Some(earlier) = earlier else { return read };
    ProposedDispatch {
        // Its name is what it is known by; what people entered by hand is kept.
        issuer: Some(earlier.issuer.clone()),
        received: earlier.received,
        incoming_number: earlier.incoming_number.clone(),
        monitor: earlier.monitor.as_ref().map(role_text),
        replaces: earlier.replaces.clone(),
        supplements: earlier.supplements.clone(),
        earlier: Earlier::Recorded,
        ..read
    }
}

/// What all duties of a dispatch are read with.
struct Reading<'a> {
    origin: Origin<'a>,
    units: Units<'a>,
    has_directory: bool,
    issuer: Option<String>,
    issued: Option<Date>,
    calendar: &'a WorkingCalendar,
    language: Language,
}

impl Reading<'_> {
    fn line(&self, quote: &Quote) -> usize {
        diagnostic::line_column(self.origin.text, quote.span.start).0
    }

    fn doubt(&self, problem: &Diagnostic) -> Doubt {
        let line = problem.span.map(|span| diagnostic::line_column(self.origin.text, span.start).0);
        // Its mend speaks of facts files; here the draft is what is mended.
        Doubt::of_text(line, problem.message.clone())
    }

    fn directive(
        &self,
        draft: &Draft,
        clause: String,
        held: &BTreeMap<String, RecordedDirective>,
        unknown: &mut Vec<UnknownName>,
    ) -> ProposedDirective {
        let language = self.language;
        let line = self.line(&draft.quote);
        let mut doubts: Vec<Doubt> = draft.diagnostics.iter().map(|problem| self.doubt(problem)).collect();
        let lead: Vec<ProposedUnit> =
            self.whole_names(&draft.lead_units).iter().map(|quote| self.unit(quote, &clause, &mut doubts, unknown)).collect();
        let mut beside = Vec::new();
        let coordinating = self.whole_names(&draft.coordinating_units);
        let coordinating = coordinating.iter().map(|quote| self.unit(quote, &clause, &mut beside, unknown)).collect();
        doubts.extend(beside.into_iter().map(|doubt: Doubt| {
            let text = &doubt.text;
            Doubt { text: say!(language, "phối hợp: {text}", "coordinating: {text}"), ..doubt }
        }));
        if lead.is_empty() {
            let text = say!(language, "không rõ đơn vị chủ trì", "no lead unit is named");
            doubts.push(Doubt::of_text(Some(line), text));
        } else if draft.lead_source == LeadSource::Addressees {
            let text = say!(
                language,
                "nhiệm vụ không nêu đơn vị, lấy theo nơi nhận \"Kính gửi\"",
                "no unit is named; the addressees are taken"
            );
            doubts.push(Doubt::of_text(Some(line), text));
        }
        let deadline = draft.deadline.as_ref().map(|deadline| self.deadline(deadline, &mut doubts));
        let target = draft.target.as_ref().and_then(|target| self.target(target, &draft.quote, &mut doubts));
        let rule = draft.deadline.as_ref().and_then(|deadline| deadline.rule.as_ref());
        let quote = QuoteFact {
            text: draft.quote.text.clone(),
            file: Some(self.origin.file.to_owned()),
            digest: Some(self.origin.digest.to_owned()),
            line: i64::try_from(line).ok(),
            start: i64::try_from(draft.quote.span.start).ok(),
            end: i64::try_from(draft.quote.span.end).ok(),
        };
        let recorded = held.get(&clause);
        // A title that a person worded is not taken from them by the next reading of the same words.
        let title = recorded.filter(|held| held.quote.as_deref() == Some(&quote.text)).map(|held| held.title.clone());
        let mut read = ProposedDirective {
            clause_as_typed: Some(draft.clause_as_typed.clone()).filter(|typed| *typed != draft.clause),
            clause,
            title: title.unwrap_or_else(|| title_of(&quote.text)),
            quote,
            lead,
            coordinating,
            follow: if rule.is_some() { Follow::Press } else { Follow::Review },
            deadline,
            target,
            doubts,
            compared: crate::facts::Compared::New,
        };
        let last_day = match rule {
            Some(DeadlineRule::Fixed(deadline)) => Some(deadline.last_day),
            _ => None,
        };
        read.compared = recorded::compare(&read, last_day, recorded, language);
        read
    }

    /// Names with an "và" or a comma of their own, which look like two: "Phòng Kinh tế, Hạ tầng và Đô thị". What the
    /// directory knows as one name is one.
    fn whole_names(&self, quotes: &[Quote]) -> Vec<Quote> {
        const PARTS_MAX: usize = 3;
        const GAP_BYTES_MAX: usize = 12;
        let is_one = |name: &str| matches!(self.units.find(name), Meaning::One(_));
        let mut out = Vec::new();
        let mut rest = quotes;
        while let Some((first, behind)) = rest.split_first() {
            let together = (2..=rest.len().min(PARTS_MAX)).rev().find_map(|count| {
                let parts = &rest[..count];
                let near = parts.windows(2).all(|pair| {
                    let gap = pair[1].span.start.checked_sub(pair[0].span.end);
                    gap.is_some_and(|gap| gap <= GAP_BYTES_MAX)
                });
                let span = diagnostic::Span { start: first.span.start, end: parts.last()?.span.end };
                let text = self.origin.text.get(span.start..span.end)?.split_whitespace().collect::<Vec<_>>().join(" ");
                let text: String = text.nfc().collect();
                let apart = parts.iter().all(|part| is_one(&part.text));
                (near && !apart && is_one(&text)).then_some((Quote { text, span }, count))
            });
            if let Some((quote, count)) = together {
                out.push(quote);
                rest = &rest[count..];
            } else {
                out.push(first.clone());
                rest = behind;
            }
        }
        out
    }

    /// A unit or a group of them, and every doubt about it.
    fn unit(&self, quote: &Quote, clause: &str, doubts: &mut Vec<Doubt>, unknown: &mut Vec<UnknownName>) -> ProposedUnit {
        let (language, written) = (self.language, quote.text.trim().trim_end_matches(['.', ',', ';', ':']).to_owned());
        let line = Some(self.line(quote));
        let mut say_so = |text: String| doubts.push(Doubt { line, text, topic: Topic::Units });
        if !self.has_directory {
            return ProposedUnit { written, units: Vec::new() };
        }
        if let Some(group) = group::group(&written, &self.units, self.issuer.as_deref()) {
            let found = group.units.len();
            match group.counted {
                Some(counted) if counted != found => say_so(say!(
                    language,
                    "“{written}”: văn bản ghi {counted:02}, danh mục có {found:02}; kiểm tra lại",
                    "“{written}”: the dispatch says {counted}, the directory has {found}; please check"
                )),
                _ if found == 0 => say_so(say!(
                    language,
                    "“{written}” là một nhóm, không rõ gồm những đơn vị nào; ghi từng đơn vị",
                    "“{written}” is a group; which units belong to it is not known, please name them"
                )),
                None if group.sureness == Sureness::ToBeChecked => say_so(say!(
                    language,
                    "“{written}” được hiểu là {found:02} đơn vị; kiểm tra lại danh sách",
                    "“{written}” is taken for {found} units; please look through them"
                )),
                _ => {}
            }
            return ProposedUnit { written, units: group.units.into_iter().map(|unit| self.units.named(unit)).collect() };
        }
        match self.units.find(&written) {
            Meaning::One(unit) => ProposedUnit { written, units: vec![self.units.named(unit)] },
            Meaning::NotThen(unit) => {
                let name = &unit.name;
                say_so(say!(
                    language,
                    "“{written}”: đơn vị {name} không tồn tại vào ngày văn bản; ghi đơn vị khác",
                    "“{written}”: the unit {name} did not exist on the day of the dispatch; name another"
                ));
                ProposedUnit { written, units: Vec::new() }
            }
            Meaning::Unknown(near) => {
                let near: Vec<_> = near.into_iter().map(|unit| self.units.named(unit)).collect();
                let list = near.iter().map(|unit| format!("{} ({})", unit.name, unit.id)).collect::<Vec<_>>().join("; ");
                say_so(if near.is_empty() {
                    say!(language, "chưa có đơn vị “{written}” trong danh mục", "the directory has no unit “{written}”")
                } else {
                    say!(
                        language,
                        "chưa rõ “{written}” là đơn vị nào; gần nhất: {list}",
                        "which unit “{written}” means is not known; nearest: {list}"
                    )
                });
                match unknown.iter_mut().find(|one| one.name == written) {
                    Some(one) if one.clauses.last().is_none_or(|last| last != clause) => one.clauses.push(clause.to_owned()),
                    Some(_) => {}
                    None => unknown.push(UnknownName { name: written.clone(), near, clauses: vec![clause.to_owned()] }),
                }
                ProposedUnit { written, units: Vec::new() }
            }
        }
    }

    fn deadline(&self, deadline: &DraftDeadline, doubts: &mut Vec<Doubt>) -> ProposedDeadline {
        let (language, wording) = (self.language, deadline.quote.text.clone());
        let line = Some(self.line(&deadline.quote));
        for flag in &deadline.flags {
            let text = flag.message(language);
            // The reader says so too, as a rule.
            if doubts.iter().any(|doubt| doubt.text.contains(&text)) {
                continue;
            }
            let doubt = Doubt::of_text(line, say!(language, "thời hạn “{wording}”: {text}", "the deadline “{wording}”: {text}"));
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
        let Some(rule) = &deadline.rule else {
            let understood = say!(language, "chưa xác định được ngày", "no day can be told");
            let text = say!(
                language,
                "thời hạn “{wording}” không cho biết ngày; ghi ngày nếu cần đôn đốc theo hạn",
                "the deadline “{wording}” names no day; give one if it is to be pressed"
            );
            doubts.push(Doubt::of_text(line, text));
            return ProposedDeadline { wording, value: None, understood };
        };
        let understood = understood::understood(rule, self.calendar, language);
        ProposedDeadline { value: self.value(rule, &wording), wording, understood }
    }

    /// A deadline as facts have it: its day, else the phrase it was read from.
    fn value(&self, rule: &DeadlineRule, wording: &str) -> Option<String> {
        let reads = |phrase: &str| {
            self.issued
                .is_some_and(|issued| read_deadline(phrase, issued, self.calendar).is_ok_and(|reading| reading.rule == *rule))
        };
        match rule {
            DeadlineRule::Fixed(deadline) => Some(match deadline.time {
                None => deadline.last_day.to_string(),
                Some(_) if reads(wording) => wording.to_owned(),
                Some(time) => format!("{}T{:02}:{:02}", deadline.last_day, time.hour(), time.minute()),
            }),
            _ if reads(wording) => Some(wording.to_owned()),
            // The words of several places: said again in the words of facts.
            rule => Some(understood::phrase(rule)).filter(|phrase| reads(phrase)),
        }
    }

    /// A target as a cell has it; one that is no plain number is asked about.
    fn target(&self, target: &DraftTarget, quote: &Quote, doubts: &mut Vec<Doubt>) -> Option<String> {
        let (language, wording) = (self.language, &target.quote.text);
        let mut say_so = |text: String| doubts.push(Doubt::of_text(Some(self.line(&target.quote)), text));
        let (Some(op), Some(value)) = (target.op, target.value) else {
            say_so(say!(
                language,
                "chỉ tiêu “{wording}” không có con số để so sánh; ghi nếu cần theo dõi",
                "the target “{wording}” has no number to compare with; give one if it is to be followed"
            ));
            return None;
        };
        match target.firmness {
            Firmness::Firm => {}
            Firmness::Soft => {
                say_so(say!(language, "chỉ tiêu “{wording}” là mức phấn đấu", "the target “{wording}” is one to strive for"));
            }
            Firmness::Approximate | Firmness::Change => {
                say_so(say!(
                    language,
                    "chỉ tiêu “{wording}” không phải con số xác định; ghi nếu cần theo dõi",
                    "the target “{wording}” is no definite number; give one if it is to be followed"
                ));
                return None;
            }
        }
        let metric = if quote.text.to_lowercase().contains("giải ngân") { "disbursement " } else { "" };
        let (op, unit) = (op.as_str(), if target.unit.is_empty() { "%" } else { target.unit.as_str() });
        Some(format!("{metric}{op} {value} {unit}"))
    }
}

/// The first words of a clause, cut at a word.
fn title_of(quote: &str) -> String {
    let line: String = quote.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect();
    // What ends the first sentence or part of it ends a title.
    let first = line
        .find(['.', ';'])
        .filter(|at| (40..400).contains(at) && line[at + 1..].starts_with(' '))
        .map_or(line.as_str(), |at| &line[..at]);
    let first = first.trim_end_matches([';', '.', ',', ':', '/']);
    if first.chars().count() <= TITLE_CHARS_MAX {
        return first.to_owned();
    }
    let cut: String = first.chars().take(TITLE_CHARS_MAX - 1).collect();
    let kept = cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept);
    format!("{}…", kept.trim_end_matches([',', ';', '.', ':']))
}

//! What was read of a dispatch, for a clerk to look through in a terminal.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::cli::row::day;
use crate::domain::directive::{Follow, Urgency};
use crate::domain::rules::Language;
use crate::facts::{Compared, Doubt, Earlier, Known, Proposal, ProposedDirective, ProposedUnit, Topic};
use crate::tree::say;

/// Columns where there is no terminal.
const WIDTH: u16 = 110;
/// The most characters of a quote that are shown; the draft has the whole.
const QUOTE_CHARS_MAX: usize = 180;

/// Heading, duties, doubts and counts.
pub(super) fn render(proposal: &Proposal, known: &Known) -> String {
    let language = proposal.language;
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::stdout().is_terminal() {
        table.set_width(WIDTH);
    }
    let width = usize::from(table.width().unwrap_or(WIDTH)).clamp(40, usize::from(WIDTH));
    let mut out = heading(proposal, width);
    for doubt in &proposal.doubts {
        let words = doubt_words(doubt, language);
        let _ = writeln!(out, "  {}", folded(&format!("! {words}"), 4, width));
    }
    table.set_header(match language {
        Language::Vi => ["Điểm", "Nội dung", "Chủ trì, phối hợp", "Thời hạn, chỉ tiêu"],
        Language::En => ["Clause", "Duty", "Lead, coordinating", "Deadline, target"],
    });
    let has_directory = !known.units.is_empty();
    for directive in &proposal.directives {
        table.add_row([
            directive.clause.clone(),
            words(directive, proposal),
            units(directive, has_directory, language),
            deadline(directive, language),
        ]);
    }
    if let Some(clause) = table.column_mut(0) {
        clause.set_constraint(ColumnConstraint::ContentWidth);
    }
    for index in [2, 3] {
        if let Some(column) = table.column_mut(index) {
            column.set_constraint(ColumnConstraint::UpperBoundary(Width::Percentage(26)));
        }
    }
    if !proposal.directives.is_empty() {
        let _ = writeln!(out, "{table}");
    }
    out += &names(proposal, width);
    out + &counts(proposal, width)
}

/// Groups, and names that are not certain: once each, however many clauses have them.
fn names(proposal: &Proposal, width: usize) -> String {
    let language = proposal.language;
    let mut groups: Vec<Vec<&ProposedUnit>> = Vec::new();
    let mut doubts: Vec<(&Doubt, Vec<&str>)> = Vec::new();
    for directive in &proposal.directives {
        for unit in directive.lead.iter().chain(&directive.coordinating).filter(|unit| unit.units.len() > 1) {
            match groups.iter_mut().find(|group| group[0].units == unit.units) {
                Some(group) if group.iter().any(|one| one.written == unit.written) => {}
                Some(group) => group.push(unit),
                None => groups.push(vec![unit]),
            }
        }
        for doubt in directive.doubts.iter().filter(|doubt| doubt.topic == Topic::Units) {
            match doubts.iter_mut().find(|(one, _)| one.text == doubt.text) {
                Some((_, clauses)) => clauses.push(&directive.clause),
                None => doubts.push((doubt, vec![&directive.clause])),
            }
        }
    }
    let mut out = String::new();
    for group in groups {
        let written = group.iter().map(|unit| format!("“{}”", unit.written)).collect::<Vec<_>>().join(", ");
        let units = &group[0].units;
        let count = units.len();
        let list = units.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>().join("; ");
        let line = say!(language, "{written} = {count:02} đơn vị: {list}", "{written} = {count} units: {list}");
        let _ = writeln!(out, "  {}", folded(&line, 4, width));
    }
    for (doubt, clauses) in doubts {
        let (words, clauses) = (doubt_words(doubt, language), clauses.join(", "));
        let line = say!(language, "! {words} (ở {clauses})", "! {words} (in {clauses})");
        let _ = writeln!(out, "  {}", folded(&line, 4, width));
    }
    out
}

fn heading(proposal: &Proposal, width: usize) -> String {
    let (dispatch, language) = (&proposal.dispatch, proposal.language);
    let blank = say!(language, "(chưa đọc được)", "(not read)");
    let number = dispatch.number.clone().or_else(|| dispatch.number_as_typed.as_ref().map(|typed| format!("{typed} {blank}")));
    let urgency = match (dispatch.urgency, language) {
        (Urgency::Thuong, _) => "",
        (Urgency::Khan, Language::Vi) => "Khẩn",
        (Urgency::ThuongKhan, Language::Vi) => "Thượng khẩn",
        (Urgency::HoaToc, Language::Vi) => "Hỏa tốc",
        (Urgency::Khan, Language::En) => "urgent (khẩn)",
        (Urgency::ThuongKhan, Language::En) => "very urgent (thượng khẩn)",
        (Urgency::HoaToc, Language::En) => "at once (hỏa tốc)",
    };
    let recorded = match dispatch.earlier {
        Earlier::New => String::new(),
        Earlier::Recorded => {
            say!(language, "đã nhập trước đây; dưới đây là điểm khác", "imported before; what differs is marked")
        }
    };
    let lines = [
        (say!(language, "Số, ký hiệu", "Number"), number.unwrap_or_else(|| blank.clone())),
        (say!(language, "Cơ quan", "Issuer"), dispatch.issuer.clone().unwrap_or_else(|| blank.clone())),
        (say!(language, "Ngày", "Date"), dispatch.date.map_or_else(|| blank.clone(), day)),
        (say!(language, "Trích yếu", "Subject"), dispatch.subject.clone().unwrap_or_default()),
        (say!(language, "Độ khẩn", "Urgency"), urgency.to_owned()),
        (say!(language, "Kính gửi", "To"), dispatch.addressees.join("; ")),
        (say!(language, "Hệ thống", "Store"), recorded),
    ];
    let wide = lines.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (label, text) in lines.iter().filter(|(_, text)| !text.is_empty()) {
        let fill = wide - label.chars().count();
        let _ = writeln!(out, "{label}:{:fill$} {}", "", folded(text, wide + 2, width));
    }
    out
}

/// A long text over several lines, the later ones below the first.
fn folded(text: &str, indent: usize, width: usize) -> String {
    let mut out = String::new();
    let mut column = indent;
    for word in text.split_whitespace() {
        let length = word.chars().count() + 1;
        if column + length > width {
            let _ = write!(out, "\n{:indent$}", "");
            column = indent;
        } else if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// The quote, what is recorded of it, and the doubts.
fn words(directive: &ProposedDirective, proposal: &Proposal) -> String {
    let language = proposal.language;
    let mut out = cut(&directive.quote.text);
    match &directive.compared {
        Compared::New if proposal.dispatch.earlier == Earlier::Recorded => {
            out += &say!(language, "\n+ mới, chưa nhập", "\n+ new, not recorded");
        }
        Compared::New => {}
        Compared::Same => out += &say!(language, "\n= đã nhập, không đổi", "\n= recorded, unchanged"),
        Compared::Changed(lines) => lines.iter().for_each(|line| out += &format!("\n~ {line}")),
    }
    for doubt in directive.doubts.iter().filter(|doubt| doubt.topic == Topic::Text) {
        out += &format!("\n! {}", doubt_words(doubt, language));
    }
    out
}

fn doubt_words(doubt: &Doubt, language: Language) -> String {
    let text = &doubt.text;
    match doubt.line {
        Some(line) => say!(language, "dòng {line}: {text}", "line {line}: {text}"),
        None => text.clone(),
    }
}

fn units(directive: &ProposedDirective, has_directory: bool, language: Language) -> String {
    let one = |unit: &ProposedUnit| match unit.units.as_slice() {
        [] if has_directory => format!("{} (?)", unit.written),
        [] => unit.written.clone(),
        [known] => known.name.clone(),
        several => {
            let (count, written) = (several.len(), &unit.written);
            say!(language, "{written} ({count:02} đơn vị)", "{written} ({count} units)")
        }
    };
    let mut lines: Vec<String> = directive.lead.iter().map(one).collect();
    if lines.is_empty() {
        lines.push("(?)".to_owned());
    }
    if !directive.coordinating.is_empty() {
        let list = directive.coordinating.iter().map(one).collect::<Vec<_>>().join("; ");
        lines.push(say!(language, "phối hợp: {list}", "coordinating: {list}"));
    }
    lines.join("\n")
}

fn deadline(directive: &ProposedDirective, language: Language) -> String {
    let mut lines = Vec::new();
    match &directive.deadline {
        Some(deadline) => lines.push(format!("“{}” → {}", cut(&deadline.wording), deadline.understood)),
        None => lines.push(match directive.follow {
            Follow::List => say!(language, "chưa có hạn, chỉ theo dõi", "undated, only listed"),
            Follow::Press | Follow::Review => say!(language, "chưa có hạn", "undated"),
        }),
    }
    if let Some(target) = &directive.target {
        lines.push(say!(language, "chỉ tiêu: {target}", "target: {target}"));
    }
    lines.join("\n")
}

fn cut(text: &str) -> String {
    if text.chars().count() <= QUOTE_CHARS_MAX {
        return text.to_owned();
    }
    let kept: String = text.chars().take(QUOTE_CHARS_MAX).collect();
    format!("{} […]", kept.rsplit_once(' ').map_or(kept.as_str(), |(kept, _)| kept))
}

fn counts(proposal: &Proposal, width: usize) -> String {
    let language = proposal.language;
    let all = proposal.directives.len();
    let count = |wanted: &dyn Fn(&ProposedDirective) -> bool| proposal.directives.iter().filter(|one| wanted(one)).count();
    let dated = count(&|one| one.deadline.as_ref().is_some_and(|deadline| deadline.value.is_some()));
    let undated = all - dated;
    let targets = count(&|one| one.target.is_some());
    let doubtful = count(&|one| !one.doubts.is_empty());
    let unknown = proposal.unknown.len();
    let line = say!(
        language,
        "{all:02} nhiệm vụ: {dated:02} có thời hạn, {undated:02} chưa có hạn; {targets:02} có chỉ tiêu; {doubtful:02} có nghi vấn; {unknown:02} tên chưa rõ đơn vị.",
        "{all} duties: {dated} dated, {undated} undated; {targets} with a target; {doubtful} with doubts; {unknown} names of no known unit."
    );
    let mut out = folded(&line, 2, width) + "\n";
    if proposal.dispatch.earlier == Earlier::Recorded {
        let new = count(&|one| one.compared == Compared::New);
        let same = count(&|one| one.compared == Compared::Same);
        let (changed, gone) = (all - new - same, proposal.gone.len());
        out += &say!(
            language,
            "So với đã nhập: {new:02} mới, {changed:02} khác, {same:02} không đổi, {gone:02} không còn.\n",
            "Beside what is recorded: {new} new, {changed} different, {same} unchanged, {gone} gone.\n"
        );
        for name in &proposal.gone {
            out += &say!(language, "  - không còn trong văn bản: {name}\n", "  - no longer in the dispatch: {name}\n");
        }
        if gone > 0 {
            out += &say!(
                language,
                "  Việc đã giao vẫn giữ nguyên; để thôi giao: dondoc reply 'SỐ#ĐIỂM@ĐƠN-VỊ' withdraw\n",
                "  What was assigned stays; to take it back: dondoc reply 'NUMBER#CLAUSE@UNIT' withdraw\n"
            );
        }
    }
    out
}

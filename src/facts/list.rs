//! A list of duties as an office keeps it: number, what is to be done, dispatch, date, deadline, who leads, who helps, the
//! leader in charge, how far it is, where it stands, the result, remarks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;

use super::branch::{Branch, Branches};
use super::cell::{DateCell, date_cell, day_within, one_line};
use super::goal::goal;
use super::known::{Known, KnownDirective};
use super::roster::Roster;
use super::sheet::{Line, Sheet};
use super::shelf::{DispatchKey, Shelf};
use super::slug::{fold, plain};
use super::state::{DOCUMENT_CHARS_MAX, NOTE_CHARS_MAX, Said, percent, said};
use super::{TITLE_CHARS_MAX, normal_number};
use crate::diagnostic::{Span, quoted};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::directive::Work;
use crate::domain::phrase::{PhraseErrorKind, read_deadline};
use crate::tree::{Problems, say};

/// The lists of one import.
pub(super) struct Lists<'k> {
    by_dispatch: BTreeMap<DispatchKey, Vec<&'k KnownDirective>>,
    /// Titles of this import by dispatch, to see whether a number has moved to another row.
    titles: BTreeMap<DispatchKey, BTreeSet<String>>,
}

impl<'k> Lists<'k> {
    pub(super) fn new(known: &'k Known) -> Self {
        let mut by_dispatch: BTreeMap<DispatchKey, Vec<&KnownDirective>> = BTreeMap::new();
        for one in &known.directives {
            by_dispatch.entry(one.dispatch.clone()).or_default().push(one);
        }
        Self { by_dispatch, titles: BTreeMap::new() }
    }

    /// Finds the dispatch of every row; the rows of one sheet in order.
    pub(super) fn shelve(&mut self, sheet: &Sheet<'_>, shelf: &mut Shelf<'_>, problems: &Problems) -> Vec<Option<DispatchKey>> {
        let keys: Vec<Option<DispatchKey>> = sheet.lines.iter().map(|line| shelf.of_line(line, problems)).collect();
        for (key, line) in keys.iter().zip(&sheet.lines) {
            if let (Some(key), Some(title)) = (key, line.text("title")) {
                self.titles.entry(key.clone()).or_default().insert(plain(&title_of(title).0));
            }
        }
        keys
    }

    /// The directives of one sheet.
    pub(super) fn write(
        &self,
        sheet: &Sheet<'_>,
        keys: &[Option<DispatchKey>],
        (shelf, roster): (&Shelf<'_>, &Roster<'_>),
        calendar: &WorkingCalendar,
        problems: &Problems,
        branches: &mut Branches,
    ) {
        let shares = has_shares(sheet);
        for (key, line) in keys.iter().zip(&sheet.lines) {
            let required: &[&str] =
                if sheet.agreed.is_some() { &["title", "lead", "clause"] } else { &["title", "number", "lead"] };
            let mut row = Branch::new(line, problems, required);
            if let Some(key) = key {
                row.put("dispatch", line.place("number"), shelf.name_of(key));
            }
            self.clause(&mut row, line, key.as_ref(), problems);
            let remark = state(&mut row, line, shares, problems);
            title(&mut row, line, remark);
            row.units("lead", &roster.units);
            row.units("coordinating", &roster.units);
            row.settle(&["lead", "coordinating"]);
            row.person("assignee", &roster.people);
            row.role("supervisor", &roster.people);
            deadline(&mut row, line, calendar, problems);
            target(&mut row, line, problems);
            row.texts(&["deadline_set_by", "clause_as_typed", "deadline_wording"]);
            quote(&mut row, line, problems);
            row.marks(&["follow"]);
            row.yes_no(&["correction"]);
            // Read already for the dispatch; here only what is wrong with them is told.
            row.given("number");
            row.given("issuer");
            if let Some((text, span)) = row.given("date")
                && date_cell(text) == DateCell::Other
            {
                row.no_date(text, span);
            }
            branches.push("directive", row);
        }
    }

    /// The clause: as given, as the text names it, else the number of the row.
    fn clause(&self, row: &mut Branch<'_, '_>, line: &Line<'_>, key: Option<&DispatchKey>, problems: &Problems) {
        if let Some((text, span)) = row.given("clause") {
            row.put("clause", span, spoken_clause(text).unwrap_or_else(|| one_line(text)));
            return;
        }
        if let Some(clause) = line.text("title").and_then(spoken_clause) {
            row.put("clause", line.place("title"), clause);
            return;
        }
        let at = line.place("order");
        let Some((order, _)) = row.given("order") else {
            // Without that column it stands at the row, where something else may be missing too.
            if line.cell("order").is_none() || !problems.has_error_at(at) {
                let language = problems.language;
                let message = say!(language, "không rõ điểm, khoản của dòng này", "the clause of this row is not known");
                let help = say!(
                    language,
                    "ghi STT, hoặc thêm cột \"Khoản, điểm\"",
                    "number the row, or add the column \"Khoản, điểm\" (clause)"
                );
                problems.error_with_help("blank-cell", at, message, help);
            }
            return;
        };
        let order = order.trim_matches(['.', ')', '(', ' ']);
        let own = match &line.section {
            Some(section) => format!("{section}.{order}"),
            None => order.to_owned(),
        };
        let title = plain(&title_of(line.text("title").unwrap_or_default()).0);
        let recorded = key.and_then(|key| self.by_dispatch.get(key)).map(Vec::as_slice).unwrap_or_default();
        // A list is numbered anew when a row is put in; the title says which directive it is.
        let same: Vec<&&KnownDirective> = recorded.iter().filter(|one| plain(&one.title) == title).collect();
        if let [one] = same[..] {
            row.put(
                "clause",
                at,
                match one.ordinal {
                    1 => one.clause.clone(),
                    ordinal => format!("{}~{ordinal}", one.clause),
                },
            );
            return;
        }
        let held = recorded.iter().find(|one| one.clause == own && one.ordinal == 1);
        if let Some(held) = held
            && !self.is_an_edit(key, &held.title, &title)
        {
            let (language, own, other) = (problems.language, quoted(&own), quoted(&held.title));
            let message = say!(
                language,
                "STT {own} của văn bản này đã nhập cho nội dung khác: {other}",
                "number {own} of this dispatch is recorded for another duty: {other}"
            );
            let help = say!(
                language,
                "giữ STT cũ cho nội dung cũ, ghi nội dung mới ở STT chưa dùng, hoặc thêm cột \"Khoản, điểm\"",
                "keep the old number for the old duty, give the new one an unused number, or add the column \"Khoản, điểm\" (clause)"
            );
            row.refuse("number-moved", at, message, help);
            return;
        }
        row.put("clause", at, own);
    }

    /// Whether a title is what became of another: the old one is gone from the list and half of its words are there.
    fn is_an_edit(&self, key: Option<&DispatchKey>, old: &str, new: &str) -> bool {
        let still_there = key.and_then(|key| self.titles.get(key)).is_some_and(|titles| titles.contains(&plain(old)));
        let (old, new) = (fold(old), fold(new));
        let words: BTreeSet<&str> = old.split(' ').collect();
        let kept = new.split(' ').collect::<BTreeSet<_>>().intersection(&words).count();
        !still_there && kept * 2 >= words.len()
    }
}

/// Percentages as shares of one: some lists hold 0,6 for 60 %.
fn has_shares(sheet: &Sheet<'_>) -> bool {
    let numbers = sheet.lines.iter().filter_map(|line| percent(line.text("progress")?));
    numbers.into_iter().any(|number| number > 0.0 && number < 1.0)
}

/// At most 160 characters, cut at a word; the whole when it was longer.
fn title_of(text: &str) -> (String, Option<&str>) {
    let line = one_line(text);
    if line.chars().count() <= TITLE_CHARS_MAX {
        return (line, None);
    }
    let cut: String = line.chars().take(TITLE_CHARS_MAX - 1).collect();
    let kept = cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept);
    (format!("{}…", kept.trim_end_matches([',', ';', '.'])), Some(text))
}

fn title(row: &mut Branch<'_, '_>, line: &Line<'_>, remark: Option<String>) {
    let Some((text, span)) = row.given("title") else { return };
    let (title, whole) = title_of(text);
    row.put("title", span, title);
    let given = row.given("text").map(|(text, span)| (text.to_owned(), span));
    let text = given.or_else(|| whole.map(|whole| (whole.to_owned(), span)));
    match (text, remark) {
        (Some((text, span)), Some(remark)) => row.put("text", span, format!("{text}\n{remark}")),
        (Some((text, span)), None) => row.put("text", span, text),
        (None, Some(remark)) => row.put("text", line.place("note"), remark),
        (None, None) => {}
    }
}

/// `điểm e khoản 1`, `Điểm 1.e`, `1.e) Rà soát …`, `khoản 2`: the clause a text begins with or speaks of.
fn spoken_clause(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '(' | ')')).filter(|w| !w.is_empty()).collect();
    let is_letter = |word: &str| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let is_number = |word: &str| word.len() <= 2 && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let pointed = |word: &str| {
        let word = word.trim_end_matches('.');
        let (number, letter) = word.rsplit_once('.')?;
        (number.split('.').all(is_number) && is_letter(letter)).then(|| word.to_owned())
    };
    for window in words.windows(4) {
        if let ["điểm", letter, "khoản", number] = window
            && is_letter(letter)
            && is_number(number.trim_end_matches('.'))
        {
            return Some(format!("{}.{letter}", number.trim_end_matches('.')));
        }
    }
    let after_point = words.windows(2).find_map(|pair| if pair[0] == "điểm" { pointed(pair[1]) } else { None });
    after_point.or_else(|| words.first().and_then(|word| pointed(word)))
}

/// A day, a phrase, or words that name no day.
fn deadline(row: &mut Branch<'_, '_>, line: &Line<'_>, calendar: &WorkingCalendar, problems: &Problems) {
    let Some((text, span)) = row.given("deadline") else { return };
    match date_cell(text) {
        DateCell::None => return,
        DateCell::Iso(iso) => {
            row.put("deadline", span, iso);
            return;
        }
        DateCell::Other => {}
    }
    let text = one_line(text);
    // Which day is issued does not matter for whether a day is named.
    let kind = read_deadline(&text, date(2024, 1, 15), calendar).err().map(|error| error.kind);
    match kind {
        Some(PhraseErrorKind::StandingDuty | PhraseErrorKind::Empty | PhraseErrorKind::MeansNone) => {}
        Some(PhraseErrorKind::Manner) => {
            let (language, shown) = (problems.language, quoted(&text));
            let message = say!(
                language,
                "{shown} không nêu ngày, nhiệm vụ được ghi là chưa có hạn",
                "{shown} names no day; the duty is taken as undated"
            );
            let help = say!(language, "ghi ngày nếu cần đôn đốc theo hạn", "give a date if it is to be pressed");
            problems.warning("undated", line.place("deadline"), message, help);
        }
        // Told here and not by the reader, which asks for the date of the dispatch first.
        Some(kind) => {
            let (language, shown) = (problems.language, quoted(&text));
            let what = kind.message(language);
            let message = say!(language, "thời hạn {shown}: {what}", "the deadline {shown}: {what}");
            let help = say!(
                language,
                "ghi ngày cụ thể, ví dụ 31/12/2026; để trống ô này nếu chưa có hạn",
                "write a day, e.g. 31/12/2026; leave the cell blank if there is no deadline"
            );
            row.refuse("bad-deadline", span, message, help);
        }
        None => row.put("deadline", span, text),
    }
}

/// The words of the dispatch and where they stand, as the draft has them.
fn quote<'l, 'c>(row: &mut Branch<'l, 'c>, line: &'l Line<'c>, problems: &'l Problems) {
    let Some((text, span)) = row.given("quote") else { return };
    let mut branch = Branch::new(line, problems, &[]);
    branch.put("text", span, text);
    for (column, key) in [("quote_file", "file"), ("quote_digest", "digest")] {
        if let Some((text, span)) = row.given(column) {
            branch.put(key, span, one_line(text));
        }
    }
    for (column, key) in [("quote_line", "line"), ("quote_start", "start"), ("quote_end", "end")] {
        if let Some((text, span)) = row.given(column) {
            branch.put(key, span, text);
        }
    }
    row.put_table("quote", span, branch);
}

/// The number to reach.
fn target<'l, 'c>(row: &mut Branch<'l, 'c>, line: &'l Line<'c>, problems: &'l Problems) {
    let Some((text, span)) = row.given("target") else { return };
    let Some(goal) = goal(text) else {
        let (language, shown) = (problems.language, quoted(text));
        let message = say!(language, "{shown} không nêu con số cần đạt", "{shown} names no number to reach");
        let help = say!(language, "viết như \"giải ngân > 90 %\"", "write it like \"disbursement > 90 %\"");
        row.refuse("bad-target", span, message, help);
        return;
    };
    let mut branch = Branch::new(line, problems, &[]);
    branch.put("metric", span, goal.metric);
    branch.put("op", span, goal.op);
    branch.put("value", span, goal.value.to_string());
    branch.put("unit", span, goal.unit);
    row.put_table("target", span, branch);
}

/// Where the row says the duty stands. Answers the remark that belongs to no state.
fn state<'l, 'c>(row: &mut Branch<'l, 'c>, line: &'l Line<'c>, shares: bool, problems: &'l Problems) -> Option<String> {
    let (status, progress) = (row.given("status"), row.given("progress"));
    let mut notes: Vec<String> = Vec::new();
    let mut work = None;
    if let Some((text, span)) = status {
        match said(text) {
            Said::Work(found) => work = Some(found),
            Said::Nothing => {}
            Said::Unknown => unknown_state(row, text, span, problems),
        }
    }
    let mut share = status.and_then(|(text, _)| percent(text).filter(|_| text.contains('%')));
    if let Some((text, span)) = progress {
        match (percent(text), said(text)) {
            (Some(found), _) => share = Some(if shares { found * 100.0 } else { found }),
            (None, Said::Work(found)) => work = work.or(Some(found)),
            (None, Said::Nothing) => {}
            (None, Said::Unknown) => notes.push(one_line(text)),
        }
        if share.is_some_and(|share| !(0.0..=100.0).contains(&share)) {
            let (language, shown) = (problems.language, quoted(text));
            let message = say!(language, "{shown} không phải phần trăm", "{shown} is no percentage");
            row.refuse("bad-percent", span, message, say!(language, "viết số từ 0 đến 100", "write a number from 0 to 100"));
            share = None;
        }
    }
    let result = row.given("result");
    let remark = row.given("note").map(|(text, _)| one_line(text));
    let done_on = row.given("done_on");
    if work == Some(Work::Accepted)
        && share.is_some_and(|share| share < 100.0)
        && status.is_some_and(|(text, _)| text.contains('%'))
    {
        work = Some(Work::InProgress);
    }
    let said_more = share.is_some_and(|share| share > 0.0) || result.is_some() || !notes.is_empty();
    let work = match work {
        None if said_more => Work::InProgress,
        // Nothing is said of it but a remark.
        None => {
            let label = say!(problems.language, "Ghi chú", "Remark");
            return remark.map(|remark| format!("{label}: {remark}"));
        }
        Some(work) => work,
    };
    let mut branch = Branch::new(line, problems, &[]);
    let at = [status, progress, result].into_iter().flatten().next().map_or(line.span(), |(_, span)| span);
    branch.put("work", at, work.as_str());
    let is_done = matches!(work, Work::Accepted | Work::ReportedDone);
    if let Some(share) = share {
        branch.put("percent", at, format!("{share:.0}"));
        if share >= 100.0 && !is_done && work != Work::Withdrawn {
            not_said_done(at, problems);
        }
    }
    if let Some((text, span)) = result {
        let text = one_line(text);
        let names_a_document =
            text.split_whitespace().any(|word| normal_number(word).contains('/') && word.contains(char::is_alphabetic));
        if is_done && names_a_document && text.chars().count() <= DOCUMENT_CHARS_MAX {
            branch.put("document", span, text);
        } else {
            notes.push(text);
        }
    }
    notes.extend(remark);
    if !notes.is_empty() {
        branch.put("note", at, notes.join("; ").chars().take(NOTE_CHARS_MAX).collect::<String>());
    }
    done_day(&mut branch, done_on, result, (is_done, at), problems);
    row.put_table("state", at, branch);
    None
}

/// The day it was done: as given, else the day of the document that reports it.
fn done_day(
    branch: &mut Branch<'_, '_>,
    done_on: Option<(&str, Span)>,
    result: Option<(&str, Span)>,
    (is_done, at): (bool, Span),
    problems: &Problems,
) {
    if done_on.is_some() {
        match done_on.map(|(text, span)| (date_cell(text), text, span)) {
            Some((DateCell::Iso(iso), _, span)) => branch.put("on", span, iso.get(..10).unwrap_or(&iso)),
            Some((DateCell::Other, text, span)) => branch.no_date(text, span),
            _ => {}
        }
        return;
    }
    if let Some((day, span)) = result.filter(|_| is_done).and_then(|(text, span)| Some((day_within(text)?, span))) {
        branch.put("on", span, day.to_string());
    } else if is_done {
        let language = problems.language;
        problems.warning(
            "done-without-date",
            at,
            say!(
                language,
                "đã hoàn thành nhưng không rõ ngày: được tính là báo cáo vào ngày nhập",
                "it is done, but not since when: the day of the import is taken"
            ),
            say!(
                language,
                "thêm cột \"Ngày hoàn thành\", hoặc ghi ngày của văn bản báo cáo ở cột \"Kết quả\"",
                "add the column \"Ngày hoàn thành\" (done_on), or give the date of the report in the result"
            ),
        );
    }
}

fn unknown_state(row: &Branch<'_, '_>, text: &str, span: Span, problems: &Problems) {
    let (language, shown) = (problems.language, quoted(text));
    let message =
        say!(language, "không rõ trạng thái {shown} nghĩa là đã xong hay chưa", "whether {shown} means done or not is not known");
    let help = say!(
        language,
        "dùng một trong: Chưa thực hiện, Đã tiếp nhận, Đang thực hiện, Đã báo cáo, Hoàn thành, Không còn hiệu lực",
        "use one of: Chưa thực hiện, Đã tiếp nhận, Đang thực hiện, Đã báo cáo, Hoàn thành, Không còn hiệu lực (or not started, acknowledged, in progress, reported, done, withdrawn)"
    );
    row.refuse("unknown-state", span, message, help);
}

fn not_said_done(at: Span, problems: &Problems) {
    let language = problems.language;
    problems.warning(
        "not-said-done",
        at,
        say!(
            language,
            "tiến độ 100 % nhưng trạng thái chưa ghi hoàn thành: vẫn được đôn đốc",
            "100 % is reached, but it is not said to be done: it is still pressed"
        ),
        say!(
            language,
            "ghi \"Hoàn thành\" ở cột \"Trạng thái\" nếu đã xong",
            "write \"Hoàn thành\" (done) as its state if it is"
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_is_found_in_words() {
        for (text, clause) in [
            ("Điểm e khoản 1: rà soát", Some("1.e")),
            ("điểm 1.đ", Some("1.đ")),
            ("1.e) Rà soát thủ tục", Some("1.e")),
            ("1.e", Some("1.e")),
            ("Rà soát theo điểm b khoản 3, báo cáo", Some("3.b")),
            ("1. Rà soát", None),
            ("Rà soát 12.5 ha", None),
        ] {
            assert_eq!(spoken_clause(text).as_deref(), clause, "{text}");
        }
    }

    #[test]
    fn a_long_duty_is_cut_at_a_word_and_kept_whole() {
        let long = "rà soát ".repeat(40);
        let (title, whole) = title_of(long.trim());
        let kept = title.strip_suffix('…').expect("a mark that it goes on");
        assert!(title.chars().count() <= TITLE_CHARS_MAX && long.starts_with(&format!("{kept} ")), "{title}");
        assert_eq!(whole, Some(long.trim()));
        assert_eq!(title_of("Rà soát\n thủ tục"), ("Rà soát thủ tục".to_owned(), None));
    }
}

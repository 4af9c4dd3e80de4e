//! Dispatches by number, as tables name them: number, symbol, date and issuer in one cell or in several, and whom to ask
//! when something is missing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::branch::no_date;
use super::cell::{DateCell, date_cell, day_within, one_line};
use super::heading::Kind;
use super::known::Known;
use super::sheet::{Line, Sheet};
use super::words::normal_number;
use super::{DispatchFact, Facts, Place, Row};
use crate::diagnostic::quoted;
use crate::domain::directive::{Secrecy, Urgency};
use crate::tree::{Problems, say};

/// A dispatch: issuer, year and number.
pub(super) type DispatchKey = (String, i16, String);

/// What a row says of its dispatch.
pub(super) struct Cited {
    number: String,
    date: Option<Date>,
}

/// The dispatches rows may mean.
pub(super) struct Shelf<'k> {
    known: &'k Known,
    /// By number: issuer and date.
    by_number: BTreeMap<String, Vec<(String, Date)>>,
    /// Those that stand as rows of their own, or were mentioned.
    given: BTreeSet<DispatchKey>,
    /// Those that lists of duties name: made, or recorded already.
    pub(super) mentioned: Vec<Row<DispatchFact>>,
}

impl<'k> Shelf<'k> {
    /// Everything that is known before the lists of duties are read.
    pub(super) fn gather(sheets: &[Sheet<'_>], known: &'k Known, facts: &Facts) -> Self {
        let mut shelf = Self { known, by_number: BTreeMap::new(), given: BTreeSet::new(), mentioned: Vec::new() };
        for fact in facts.dispatches.iter().map(|row| &row.value) {
            shelf.add(&fact.number, &fact.issuer, fact.date);
            shelf.given.insert((fact.issuer.clone(), fact.date.year(), fact.number.clone()));
        }
        for line in sheets.iter().filter(|sheet| sheet.kind == Kind::Dispatch).flat_map(|sheet| &sheet.lines) {
            if let (Some(cited), Some(issuer)) = (cited(line), line.text("issuer").map(one_line))
                && let Some(date) = cited.date
            {
                shelf.given.insert((issuer.clone(), date.year(), cited.number.clone()));
                shelf.add(&cited.number, &issuer, date);
            }
        }
        for fact in &known.dispatches {
            shelf.add(&fact.number, &fact.issuer, fact.date);
        }
        shelf
    }

    fn add(&mut self, number: &str, issuer: &str, date: Date) {
        let list = self.by_number.entry(number.to_owned()).or_default();
        if !list.iter().any(|(other, day)| other == issuer && day.year() == date.year()) {
            list.push((issuer.to_owned(), date));
        }
    }

    /// The dispatch of a row of duties, made when it is new; `None` beside what is wrong.
    pub(super) fn of_line(&mut self, line: &Line<'_>, problems: &Problems) -> Option<DispatchKey> {
        let cited = cited_or_told(line, problems)?;
        let at = Place { source: problems.source, span: line.place("number") };
        let issuer = line.text("issuer").map(one_line);
        let all = self.by_number.get(&cited.number).map(Vec::as_slice).unwrap_or_default();
        let fits: Vec<&(String, Date)> = all
            .iter()
            .filter(|(other, day)| {
                issuer.as_ref().is_none_or(|issuer| issuer == other) && cited.date.is_none_or(|date| date.year() == day.year())
            })
            .collect();
        let language = problems.language;
        match (&fits[..], cited.date) {
            ([(issuer, date)], given) => {
                if let Some(given) = given.filter(|given| given != date) {
                    let (shown, day, other) = (quoted(&cited.number), given.strftime("%d/%m/%Y"), date.strftime("%d/%m/%Y"));
                    let message = say!(
                        language,
                        "văn bản {shown} ghi ngày {day} ở đây, nhưng ở nơi khác hoặc đã nhập là ngày {other}",
                        "the dispatch {shown} is dated {day} here, but {other} elsewhere or as it is recorded"
                    );
                    let help = say!(
                        language,
                        "ghi một ngày; để sửa ngày đã nhập, ghi văn bản vào trang \"Văn bản\"",
                        "give one date; to mend a recorded one, give the dispatch a row of its own"
                    );
                    let span = line.place(if line.text("date").is_some() { "date" } else { "number" });
                    problems.error_with_help("two-dates", span, message, help);
                    problems.told(span);
                    return None;
                }
                let key = (issuer.clone(), date.year(), cited.number);
                self.mention(&key, *date, line, at);
                Some(key)
            }
            ([], Some(date)) => {
                let issuer = match issuer {
                    Some(issuer) => issuer,
                    None => self.assumed_issuer(&cited.number, at, problems)?,
                };
                let key = (issuer, date.year(), cited.number);
                self.add(&key.2, &key.0, date);
                self.mention(&key, date, line, at);
                Some(key)
            }
            ([], None) => {
                let span = line.place("date");
                if let Some(text) = line.text("date").filter(|text| date_cell(text) == DateCell::Other) {
                    no_date(text, span, problems);
                } else if !problems.has_error_at(span) {
                    let shown = quoted(&cited.number);
                    let message = say!(
                        language,
                        "chưa biết ngày ban hành của văn bản {shown}",
                        "the date of the dispatch {shown} is not known"
                    );
                    let help = say!(
                        language,
                        "ghi ngày ban hành, hoặc nhập văn bản đó trước hoặc cùng lúc",
                        "give its date, or import the dispatch before or together with this"
                    );
                    problems.error_with_help("unknown-dispatch", span, message, help);
                    problems.told(span);
                }
                None
            }
            _ => {
                let shown = quoted(&cited.number);
                let issuers =
                    fits.iter().map(|(issuer, day)| format!("{issuer} ({})", day.year())).collect::<Vec<_>>().join(", ");
                let message = say!(
                    language,
                    "{shown} là số của nhiều văn bản: {issuers}",
                    "{shown} is the number of several dispatches: {issuers}"
                );
                let help = say!(language, "ghi thêm ngày và cơ quan ban hành", "give the date and the issuer too");
                problems.error_with_help("ambiguous-dispatch", at.span, message, help);
                problems.told(at.span);
                None
            }
        }
    }

    fn assumed_issuer(&self, number: &str, at: Place, problems: &Problems) -> Option<String> {
        let (language, shown) = (problems.language, quoted(number));
        let help = say!(
            language,
            "thêm cột \"Cơ quan ban hành\", hoặc ghi văn bản vào trang \"Văn bản\"",
            "add the column \"Cơ quan ban hành\" (issuer), or give the dispatch a row of its own"
        );
        let Some(office) = &self.known.office else {
            let message =
                say!(language, "không rõ cơ quan ban hành văn bản {shown}", "the issuer of the dispatch {shown} is not known");
            problems.error_with_help("unknown-issuer", at.span, message, help);
            problems.told(at.span);
            return None;
        };
        let message = say!(
            language,
            "không ghi cơ quan ban hành văn bản {shown}, hiểu là {office}",
            "no issuer of the dispatch {shown} is given; {office} is taken"
        );
        problems.warning("issuer-assumed", at.span, message, help);
        Some(office.clone())
    }

    /// The recorded row as it stands, else a new one; once for each dispatch.
    fn mention(&mut self, key: &DispatchKey, date: Date, line: &Line<'_>, at: Place) {
        if !self.given.insert(key.clone()) {
            return;
        }
        let is_key = |fact: &&DispatchFact| fact.issuer == key.0 && fact.date.year() == key.1 && fact.number == key.2;
        let recorded = self.known.dispatches.iter().find(is_key).cloned();
        let received = line.text("received").and_then(|text| match date_cell(text) {
            DateCell::Iso(iso) => iso.get(..10)?.parse().ok(),
            _ => None,
        });
        let value = recorded.unwrap_or_else(|| DispatchFact {
            number: key.2.clone(),
            issuer: key.0.clone(),
            date,
            received,
            incoming_number: None,
            replaces: None,
            supplements: None,
            subject: line.text("subject").map(one_line),
            monitor: None,
            urgency: Urgency::default(),
            secrecy: Secrecy::default(),
        });
        self.mentioned.push(Row { value, at, keys: vec![("number", at.span)] });
    }

    /// The dispatch as rows name it: its number, in the long form where that fits several.
    pub(super) fn name_of(&self, (issuer, year, number): &DispatchKey) -> String {
        match self.by_number.get(number).map_or(0, Vec::len) {
            0 | 1 => number.clone(),
            _ => format!("{year}:{issuer}:{number}"),
        }
    }
}

/// Number and date of a row, as far as they can be read.
fn cited(line: &Line<'_>) -> Option<Cited> {
    let text = one_line(line.text("number")?);
    let (number, within) = split_number(&text);
    let date = line.text("date").and_then(|text| match date_cell(text) {
        DateCell::Iso(iso) => iso.get(..10)?.parse().ok(),
        DateCell::None | DateCell::Other => None,
    });
    (!number.is_empty()).then_some(Cited { number, date: date.or(within) })
}

fn cited_or_told(line: &Line<'_>, problems: &Problems) -> Option<Cited> {
    let found = cited(line)?;
    if !found.number.contains([';', '#', '@', ':', '~']) {
        return Some(found);
    }
    let (language, shown) = (problems.language, quoted(&found.number));
    let message = say!(language, "{shown} không phải số, ký hiệu của một văn bản", "{shown} is not the number of one dispatch");
    let help =
        say!(language, "mỗi dòng ghi một văn bản, ví dụ 4988/UBND-CCHC", "write one dispatch in each row, e.g. 4988/UBND-CCHC");
    problems.error_with_help("bad-number", line.place("number"), message, help);
    problems.told(line.place("number"));
    None
}

/// "Công văn số 4988/UBND-CCHC ngày 05/10/2023": the number in its normal form, and the day.
pub(super) fn split_number(text: &str) -> (String, Option<Date>) {
    let date = day_within(text);
    let lower = text.to_lowercase();
    let end = ["ngày", " ngay ", ", ngày"].iter().filter_map(|word| lower.find(word)).min();
    // Lower case may have other lengths; then the text is taken whole.
    let head = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let start = if head.contains('/') { head.find(|c: char| c.is_ascii_digit()).unwrap_or(0) } else { 0 };
    (normal_number(head[start..].trim_matches([' ', ',', '.', '('])), date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_cut_out_of_its_sentence() {
        let day = Some(jiff::civil::date(2023, 10, 5));
        for (text, number, date) in [
            ("4988/UBND-CCHC", "4988/UBND-CCHC", None),
            ("Công văn số 4988/UBND - CCHC ngày 05/10/2023", "4988/UBND-CCHC", day),
            ("CV 4988/UBND-CCHC, ngày 5/10/2023", "4988/UBND-CCHC", day),
            ("Nghị quyết 1685/NQ-UBTVQH15", "1685/NQ-UBTVQH15", None),
        ] {
            assert_eq!(split_number(text), (number.to_owned(), date), "{text}");
        }
    }
}

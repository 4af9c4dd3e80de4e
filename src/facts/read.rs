//! From sources to [`Facts`]: every row, and every mistake at once.

use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;

use super::known::Known;
use super::reference::{DispatchRef, KnownDispatch};
use super::secrecy::Marked;
use super::{Agreed, Facts, Place, Row, dispatch, organisation, table};
use crate::diagnostic::{self, Diagnostic, Source, Span, nearest, quoted};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::directive::Secrecy;
use crate::domain::rules::Language;
use crate::tree::{Document, Problems, Table, say};

/// The largest file that is read: 8 MiB.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The most rows of one import, over all files.
pub const ROWS_MAX: usize = 200_000;

/// Reads facts, pure. `known` is what is recorded already: phrases such as "trước ngày 15/12" need the date of their
/// dispatch, which may have come with an earlier import; tables name units and people in words.
///
/// Every row that can be understood is there, so that a caller may go on looking for mistakes; with any error among the
/// diagnostics nothing of it may be recorded. What is wrong with a source that bears a secrecy mark is said without a
/// place, so that no renderer shows a line of it.
pub fn read(sources: &[Source<'_>], language: Language, calendar: &WorkingCalendar, known: &Known) -> (Facts, Vec<Diagnostic>) {
    let texts = sources.iter().enumerate().filter(|(_, source)| source.cells.is_none());
    let mut documents: Vec<Document<'_>> =
        texts.map(|(index, source)| Document::parse_up_to(source.text, index, Some(language), FILE_BYTES_MAX)).collect();
    let mut facts = Facts::default();
    let mut rows = 0;
    let roots: Vec<Table<'_>> = documents.iter().map(Document::root).collect();
    for root in &roots {
        people_and_papers(root, &mut facts, &mut rows);
    }
    // Tables name units and people in words, which may stand in any of the files.
    let tables = table::documents(sources, language, calendar, known, &mut facts);
    let roots_of_tables: Vec<Table<'_>> = tables.iter().map(Document::root).collect();
    for root in &roots_of_tables {
        people_and_papers(root, &mut facts, &mut rows);
    }
    let roots: Vec<Table<'_>> = roots.into_iter().chain(roots_of_tables).collect();
    let listed = roots.iter().filter(|root| root.has("dispatch")).map(|root| root.problems().source);
    let dispatches = Dispatches::new(&facts, known, listed.collect());
    for root in &roots {
        let mut tables = |key| {
            let tables = root.tables(key);
            rows += tables.len();
            tables
        };
        let directives = tables("directive").into_iter().filter(|table| is_taken(table, &mut facts.agreed));
        let directives: Vec<Table<'_>> = directives.collect();
        let directives = directives.into_iter();
        facts.directives.extend(directives.filter_map(|table| dispatch::directive(table, &dispatches, calendar)));
        facts.figures.extend(tables("figure").into_iter().filter_map(|table| dispatch::figure(table, &dispatches)));
        let extensions = tables("extension").into_iter();
        facts.extensions.extend(extensions.filter_map(|table| dispatch::extension(table, &dispatches, calendar)));
    }
    roots.into_iter().for_each(Table::finish);
    documents.extend(tables);
    let mut problems: Vec<Diagnostic> = documents.into_iter().flat_map(Document::finish).collect();
    problems.extend(duplicates(&facts, language));
    if rows > ROWS_MAX {
        let message =
            say!(language, "{rows} dòng, tối đa {ROWS_MAX} một lần nhập", "{rows} rows, at most {ROWS_MAX} in one import");
        let help = say!(language, "chia thành nhiều lần nhập", "split it into several imports");
        problems.push(Diagnostic::error("too-many-rows", message).with_help(help));
    }
    let secret = facts.dispatches.iter().filter(|row| row.value.secrecy >= Secrecy::Mat).map(|row| row.at.source).collect();
    facts.marked = Marked::among(sources, &dispatches.secret_numbers(), &secret);
    diagnostic::sort(&mut problems);
    let problems = problems.into_iter().map(|problem| facts.marked.cover(problem, language)).collect();
    (facts, problems)
}

/// What the other rows name.
fn people_and_papers(root: &Table<'_>, facts: &mut Facts, rows: &mut usize) {
    let mut tables = |key| {
        let tables = root.tables(key);
        *rows += tables.len();
        tables
    };
    facts.units.extend(tables("unit").into_iter().filter_map(organisation::unit));
    facts.people.extend(tables("person").into_iter().filter_map(organisation::person));
    facts.appointments.extend(tables("appointment").into_iter().filter_map(organisation::appointment));
    facts.aliases.extend(tables("alias").into_iter().filter_map(organisation::alias));
    facts.substitutions.extend(tables("substitution").into_iter().filter_map(organisation::substitution));
    facts.dispatches.extend(tables("dispatch").into_iter().filter_map(dispatch::dispatch));
}

/// Whether a directive is no draft, or one that a person agreed to; what is wrong with one that nobody agreed to is no matter.
fn is_taken(table: &Table<'_>, agreed: &mut Option<Agreed>) -> bool {
    if !table.has("agreed") {
        return true;
    }
    let taken = table.bool("agreed").is_some_and(|agreed| agreed.value);
    let counted = agreed.get_or_insert_default();
    if taken {
        counted.yes += 1;
    } else {
        counted.no += 1;
    }
    taken
}

/// What a source says of dispatches.
pub(super) enum Alone {
    /// One.
    One(DispatchRef),
    /// Rows that could not be read; that was told.
    Unread,
    /// None, or several.
    No,
}

/// The dispatches rows may name: those of this import and those recorded, by number.
pub(super) struct Dispatches {
    by_number: BTreeMap<String, Vec<KnownDispatch>>,
    /// Of the sources that list dispatches, those that could be read.
    by_source: BTreeMap<usize, Vec<DispatchRef>>,
}

impl Dispatches {
    fn new(facts: &Facts, known: &Known, listed: Vec<usize>) -> Self {
        let mut by_source: BTreeMap<usize, Vec<DispatchRef>> = listed.into_iter().map(|source| (source, Vec::new())).collect();
        for row in &facts.dispatches {
            let (year, issuer) = (Some(row.value.date.year()), Some(row.value.issuer.clone()));
            let reference = DispatchRef { year, issuer, number: row.value.number.clone() };
            by_source.entry(row.at.source).or_default().push(reference);
        }
        let mut by_number: BTreeMap<String, Vec<KnownDispatch>> = BTreeMap::new();
        let given = facts.dispatches.iter().map(|row| KnownDispatch::from(&row.value));
        // Those of this import come first: they say what will hold.
        for one in given.chain(known.dispatches.iter().map(KnownDispatch::from)) {
            let list = by_number.entry(one.number.clone()).or_default();
            if !list.iter().any(|other| other.issuer == one.issuer && other.date.year() == one.date.year()) {
                list.push(one);
            }
        }
        Self { by_number, by_source }
    }

    /// The only dispatch that source lists.
    pub(super) fn alone_in(&self, source: usize) -> Alone {
        match self.by_source.get(&source).map(Vec::as_slice) {
            Some([one]) => Alone::One(one.clone()),
            Some([]) => Alone::Unread,
            _ => Alone::No,
        }
    }

    /// The one dispatch that is meant; what is wrong otherwise is reported at `span`.
    pub(super) fn find(&self, wanted: &DispatchRef, span: Span, problems: &Problems) -> Option<KnownDispatch> {
        let all = self.by_number.get(&wanted.number).map(Vec::as_slice).unwrap_or_default();
        let fits: Vec<&KnownDispatch> = all.iter().filter(|one| wanted.fits(&one.issuer, one.date.year(), &one.number)).collect();
        if let [one] = fits[..] {
            return Some(one.clone());
        }
        let (language, shown) = (problems.language, quoted(&wanted.to_string()));
        if fits.is_empty() {
            let near = nearest(&wanted.number, self.by_number.keys().map(String::as_str));
            let help = match near {
                Some(near) => say!(language, "có phải ý bạn là \"{near}\"?", "did you mean \"{near}\"?"),
                None => say!(
                    language,
                    "nhập mục [[dispatch]] của văn bản đó trước hoặc cùng lúc",
                    "import its [[dispatch]] before or together with this"
                ),
            };
            let message = say!(language, "chưa có văn bản {shown}", "there is no dispatch {shown}");
            problems.error_with_help("unknown-dispatch", span, message, help);
        } else {
            let forms: Vec<String> =
                fits.iter().map(|one| format!("\"{}:{}:{}\"", one.date.year(), one.issuer, one.number)).collect();
            let forms = forms.join(", ");
            let message = say!(language, "{shown} là tên của nhiều văn bản", "{shown} fits several dispatches");
            let help = say!(language, "viết dạng đầy đủ: {forms}", "write the long form: {forms}");
            problems.error_with_help("ambiguous-dispatch", span, message, help);
        }
        None
    }

    fn secret_numbers(&self) -> Vec<&str> {
        let secret = |list: &&Vec<KnownDispatch>| list.iter().any(|one| one.secrecy >= Secrecy::Mat);
        self.by_number.iter().filter(|(_, list)| secret(list)).map(|(number, _)| number.as_str()).collect()
    }
}

/// Rows that say the same thing twice.
fn duplicates(facts: &Facts, language: Language) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let mut twice = |code: &'static str, places: Vec<(Place, String)>| {
        for (at, shown) in places {
            let shown = quoted(&shown);
            let message = say!(language, "{shown} có hai lần trong lần nhập này", "{shown} stands twice in this import");
            let help = match code {
                "duplicate-directive" => say!(
                    language,
                    "giữ một dòng; nội dung thứ hai của cùng một điểm ghi clause = \"…~2\"",
                    "keep one; the second directive of one clause is written clause = \"…~2\""
                ),
                _ => say!(language, "giữ lại một dòng", "keep one of them"),
            };
            out.push(Diagnostic::error(code, message).at(at.source, at.span).with_help(help));
        }
    };
    twice("duplicate-id", again(&facts.units, "id", |unit| unit.id.clone(), |unit| unit.id.clone()));
    twice("duplicate-id", again(&facts.people, "id", |person| person.id.clone(), |person| person.id.clone()));
    twice(
        "duplicate-row",
        again(
            &facts.appointments,
            "person",
            |row| (row.person.clone(), row.unit.clone(), row.position.clone(), row.from),
            |row| format!("{} {}@{}", row.person, row.position, row.unit),
        ),
    );
    let away = |row: &super::SubstitutionFact| (row.person.clone(), row.from);
    twice("duplicate-row", again(&facts.substitutions, "person", away, |row| row.person.clone()));
    let dispatch = |row: &super::DispatchFact| (row.issuer.clone(), row.date.year(), row.number.clone());
    twice("duplicate-dispatch", again(&facts.dispatches, "number", dispatch, |row| row.number.clone()));
    let directive = |row: &super::DirectiveFact| (row.dispatch.clone(), row.clause.clone(), row.ordinal);
    let named = |row: &super::DirectiveFact| match row.ordinal {
        1 => format!("{}#{}", row.dispatch, row.clause),
        ordinal => format!("{}#{}~{ordinal}", row.dispatch, row.clause),
    };
    twice("duplicate-directive", again(&facts.directives, "clause", directive, named));
    let figure = |row: &super::FigureFact| (row.directive.clone(), row.unit.clone(), row.as_of);
    twice("duplicate-row", again(&facts.figures, "directive", figure, |row| format!("{} {}", row.directive, row.as_of)));
    out
}

/// Every row whose key stood before.
fn again<T, K: Hash + Eq>(
    rows: &[Row<T>],
    at: &'static str,
    key: impl Fn(&T) -> K,
    shown: impl Fn(&T) -> String,
) -> Vec<(Place, String)> {
    let mut seen = HashSet::with_capacity(rows.len());
    let mut out = Vec::new();
    for row in rows {
        if !seen.insert(key(&row.value)) {
            out.push((row.place(at, 0), shown(&row.value)));
        }
    }
    out
}

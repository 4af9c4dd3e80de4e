//! Tables and columns by the words people head them with, Vietnamese or English, with or without accents.

mod tables;

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::raw::RawRow;
use super::slug::fold;

pub(super) use tables::{Place, TABLES};

/// Rows in which headings are looked for.
const LOOK_AT_ROWS: usize = 40;

/// A table of the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Unit,
    Person,
    Appointment,
    Substitution,
    Alias,
    Dispatch,
    Directive,
    Figure,
    Extension,
}

type Words = HashMap<(Kind, String), &'static str>;

/// Every word of every column.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (kind, _, _, columns) in &TABLES {
        for column in *columns {
            let own = [column.key.replace('_', " "), fold(column.heading)].into_iter().filter(|word| !word.is_empty());
            for word in own.chain(column.words.iter().map(|word| (*word).to_owned())) {
                words.entry((*kind, word)).or_insert(column.key);
            }
        }
    }
    words
});

/// The key of a heading in that table; an empty one is a column nobody asks for, such as the number of the row.
pub(super) fn key_of(kind: Kind, heading: &str) -> Option<&'static str> {
    if kind == Kind::Figure && month_of(heading).is_some() {
        return Some("month");
    }
    // A hint in brackets belongs to no heading: "Thời hạn (ngày/tháng/năm)".
    let bare = heading.split('(').next().unwrap_or(heading);
    [heading, bare].iter().find_map(|text| WORDS.get(&(kind, fold(text))).copied())
}

/// The heading the template writes for a key.
pub(super) fn heading_of(kind: Kind, key: &str) -> Option<&'static str> {
    let (_, _, _, columns) = TABLES.iter().find(|(one, ..)| *one == kind)?;
    columns.iter().find(|column| column.key == key).map(|column| column.heading)
}

/// The name of a table's sheet, as the template has it.
pub(super) fn name_of(kind: Kind) -> &'static str {
    TABLES.iter().find(|(one, ..)| *one == kind).map_or("", |(_, name, ..)| *name)
}

/// The headings of a table, for a suggestion.
pub(super) fn headings(kind: Kind) -> impl Iterator<Item = &'static str> {
    let table = TABLES.iter().filter(move |(one, ..)| *one == kind);
    table
        .flat_map(|(_, _, _, columns)| columns.iter())
        .filter(|column| !column.key.is_empty() && column.place == Place::Anywhere)
        .map(|column| column.heading)
}

/// The row in which the headings stand: the one with most known words, the first of equals; `None` when none has any.
pub(super) fn find(rows: &[RawRow]) -> Option<usize> {
    let scored = rows.iter().take(LOOK_AT_ROWS).enumerate().map(|(index, row)| (known_cells(row), index));
    scored.filter(|(known, _)| *known > 0).max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, index)| index)
}

/// How many known words the headings have.
pub(super) fn known_words(rows: &[RawRow]) -> usize {
    rows.iter().take(LOOK_AT_ROWS).map(known_cells).max().unwrap_or(0)
}

/// Of the table that knows most of them.
fn known_cells(row: &RawRow) -> usize {
    let known = |kind: Kind| row.cells.iter().filter(|(_, text)| key_of(kind, text).is_some()).count();
    TABLES.iter().map(|(kind, ..)| known(*kind)).max().unwrap_or(0)
}

/// The table a sheet or a file is named after; numbers and years in the name do not matter.
pub(super) fn kind_by_name(name: &str) -> Option<Kind> {
    let folded = fold(name);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.chars().all(|c| c.is_ascii_digit())).collect();
    let bare = words.join(" ");
    let named = TABLES.iter().find(|(_, own, others, _)| fold(own) == bare || others.contains(&bare.as_str()));
    named.map(|(kind, ..)| *kind)
}

/// The table these headings can only belong to.
pub(super) fn kind_by_headings(headings: &[&str]) -> Option<Kind> {
    let keys = |kind| headings.iter().filter_map(|heading| key_of(kind, heading)).collect::<BTreeSet<_>>();
    let has = |kind, wanted: &[&str]| wanted.iter().all(|key| keys(kind).contains(key));
    let folded: BTreeSet<String> = headings.iter().map(|heading| fold(heading)).collect();
    let says = |words: &[&str]| words.iter().any(|word| folded.contains(*word));
    if has(Kind::Directive, &["title", "lead"]) {
        Some(Kind::Directive)
    } else if keys(Kind::Figure).contains("month") || (has(Kind::Figure, &["as_of", "value"]) && !says(&["ho va ten"])) {
        Some(Kind::Figure)
    } else if says(&["nguoi thay", "nguoi thay the"]) {
        Some(Kind::Substitution)
    } else if says(&["ho va ten", "ho ten"]) {
        Some(Kind::Person)
    } else if says(&["thoi han moi", "gia han den", "han moi"]) {
        Some(Kind::Extension)
    } else if has(Kind::Dispatch, &["number", "date"]) && says(&["trich yeu", "co quan ban hanh", "noi ban hanh", "issuer"]) {
        Some(Kind::Dispatch)
    } else if says(&["ten don vi", "ma don vi", "don vi cap tren"]) {
        Some(Kind::Unit)
    } else {
        None
    }
}

/// `Tháng 1`, `T1/2023`, `01/2023`, `Tháng 01 năm 2023`: the month, and the year when it stands there.
pub(super) fn month_of(heading: &str) -> Option<(i8, Option<i16>)> {
    // A date cell in the headings reads as ISO; its day says nothing.
    if let Some(date) = heading.get(..10).and_then(|text| text.parse::<jiff::civil::Date>().ok()) {
        return Some((date.month(), Some(date.year())));
    }
    let folded = fold(heading);
    let rest = folded.strip_prefix("thang").or_else(|| folded.strip_prefix("month")).or_else(|| folded.strip_prefix('t'));
    let named = rest.is_some();
    let words: Vec<&str> = rest.unwrap_or(&folded).split(' ').filter(|word| !word.is_empty() && *word != "nam").collect();
    let (month, year) = match words[..] {
        [month] if named => (month, None),
        [month, year] => (month, Some(year)),
        _ => return None,
    };
    let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    match year {
        None => Some((month, None)),
        Some(year) => year_of(year).map(|year| (month, Some(year))),
    }
}

/// Four digits of this or a near century.
pub(super) fn year_of(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| word.len() == 4 && (1990..=2149).contains(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_both_languages_and_however_they_are_typed() {
        for (heading, key) in [
            ("Đơn vị chủ trì", "lead"),
            ("DON VI CHU TRI", "lead"),
            ("lead", "lead"),
            ("Thời hạn (ngày)", "deadline"),
            ("TT", "order"),
        ] {
            assert_eq!(key_of(Kind::Directive, heading), Some(key), "{heading}");
        }
        assert_eq!(key_of(Kind::Person, "Địa chỉ email"), Some("email"));
        assert_eq!(key_of(Kind::Person, "STT"), Some(""));
        assert_eq!(key_of(Kind::Person, "Cân nặng"), None);
    }

    #[test]
    fn a_sheet_is_known_by_its_name_else_by_its_headings() {
        for (name, kind) in [
            ("Nhiệm vụ 2023", Kind::Directive),
            ("don-vi", Kind::Unit),
            ("people", Kind::Person),
            ("nguoi", Kind::Person),
            ("VĂN BẢN", Kind::Dispatch),
        ] {
            assert_eq!(kind_by_name(name), Some(kind), "{name}");
        }
        assert_eq!(kind_by_name("Sheet1"), None);
        let list = ["STT", "Nội dung", "Chủ trì", "Hạn"];
        assert_eq!(kind_by_headings(&list), Some(Kind::Directive));
        assert_eq!(kind_by_headings(&["Mặt hàng", "Giá"]), None);
    }

    #[test]
    fn no_word_means_two_columns_of_one_table() {
        for (kind, _, _, columns) in &TABLES {
            for column in *columns {
                for word in column.words {
                    assert_eq!(fold(word), *word, "words stand without accents");
                    assert_eq!(WORDS.get(&(*kind, (*word).to_owned())), Some(&column.key), "{kind:?} {word}");
                }
            }
        }
    }

    #[test]
    fn months_are_read_as_they_are_headed() {
        for (heading, month) in [
            ("Tháng 1", (1, None)),
            ("T12/2023", (12, Some(2023))),
            ("01/2023", (1, Some(2023))),
            ("Tháng 03 năm 2024", (3, Some(2024))),
            ("2023-05-01", (5, Some(2023))),
        ] {
            assert_eq!(month_of(heading), Some(month), "{heading}");
        }
        for other in ["Tháng", "13/2023", "TT", "Tổng", "5", "T"] {
            assert_eq!(month_of(other), None, "{other}");
        }
    }
}

//! Automatic numbering: the numbers Word draws before paragraphs, counted as Word counts them. The names of clauses hang on
//! them.

use std::collections::{HashMap, HashSet};

use super::styles::Styles;
use super::xml::Element;

/// Word has nine levels.
const LEVELS: usize = 9;
/// The largest number that is written in letters or Roman numerals.
const WRITTEN_MAX: i64 = 3_999;

/// The lists of a document and how far each has counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    /// By `numId`.
    lists: HashMap<i64, List>,
    /// By `abstractNumId`.
    shapes: HashMap<i64, Shape>,
    /// Counted by shape: lists of one shape go on in each other.
    counts: HashMap<i64, [Option<i64>; LEVELS]>,
    /// Lists that have begun: what a list overrides holds once.
    begun: HashSet<(i64, usize)>,
}

#[derive(Debug, Default)]
struct List {
    shape: i64,
    starts: HashMap<usize, i64>,
    levels: HashMap<usize, Level>,
}

#[derive(Debug, Default)]
struct Shape {
    levels: HashMap<usize, Level>,
    /// The style whose list this one takes.
    link: Option<String>,
}

#[derive(Clone, Debug)]
struct Level {
    start: i64,
    format: String,
    text: String,
    /// All numbers in figures.
    is_legal: bool,
    /// After which level (from 1) it begins anew; 0 never.
    restart: Option<i64>,
    style: Option<String>,
    has_gap: bool,
}

impl Level {
    fn of(element: &Element) -> Self {
        Self {
            start: element.number("start").unwrap_or(0),
            format: format_of(element),
            text: element.value("lvlText").unwrap_or_default().chars().take(60).collect(),
            is_legal: element.toggle("isLgl").unwrap_or(false),
            restart: element.number("lvlRestart"),
            style: element.value("pStyle").map(ToOwned::to_owned),
            has_gap: element.value("suff") != Some("nothing"),
        }
    }
}

/// A format Word 2010 knows and older ones do not stands in an alternative.
fn format_of(element: &Element) -> String {
    let newer = element.path(&["AlternateContent", "Choice"]).and_then(|choice| choice.child("numFmt"));
    let format = newer.or_else(|| element.child("numFmt"));
    let custom = format.and_then(|format| format.attribute("format"));
    match (format.and_then(|format| format.attribute("val")), custom) {
        (Some("custom"), Some(custom)) if custom.starts_with('0') => "decimalZero".to_owned(),
        (Some(format), _) => format.to_owned(),
        (None, _) => "decimal".to_owned(),
    }
}

fn level_index(element: &Element) -> Option<usize> {
    element.attribute("ilvl")?.parse().ok().filter(|level| *level < LEVELS)
}

impl Numbering {
    /// Of `numbering.xml`.
    pub(super) fn of(part: Option<&Element>, styles: &Styles) -> Self {
        let mut numbering = Self::default();
        let Some(part) = part else { return numbering };
        for element in part.all("abstractNum") {
            let id = element.attribute("abstractNumId").and_then(|id| id.parse().ok());
            let levels = element.all("lvl").filter_map(|level| Some((level_index(level)?, Level::of(level)))).collect();
            let link = element.value("numStyleLink").map(ToOwned::to_owned);
            numbering.shapes.extend(id.map(|id| (id, Shape { levels, link })));
        }
        for element in part.all("num") {
            let Some(id) = element.attribute("numId").and_then(|id| id.parse().ok()) else { continue };
            let mut list = List { shape: element.number("abstractNumId").unwrap_or(-1), ..List::default() };
            for change in element.all("lvlOverride") {
                let Some(level) = level_index(change) else { continue };
                list.starts.extend(change.number("startOverride").map(|start| (level, start)));
                list.levels.extend(change.child("lvl").map(|changed| (level, Level::of(changed))));
            }
            numbering.lists.insert(id, list);
        }
        numbering.follow_links(styles);
        numbering
    }

    /// A shape that only names a style stands for the shape of that style's list.
    fn follow_links(&mut self, styles: &Styles) {
        let real = |shape: i64| {
            let link = self.shapes.get(&shape)?.link.as_deref();
            let (list, _) = styles.list(Some(link?))?;
            Some(self.lists.get(&list)?.shape)
        };
        let found: Vec<(i64, i64)> = self.lists.iter().filter_map(|(id, list)| Some((*id, real(list.shape)?))).collect();
        for (id, shape) in found {
            if let Some(list) = self.lists.get_mut(&id) {
                list.shape = shape;
            }
        }
    }

    /// The level a paragraph of a style has in a list that does not say it itself.
    pub(super) fn level_of_style(&self, list: i64, style: Option<&str>) -> Option<usize> {
        let style = style?;
        let shape = self.shapes.get(&self.lists.get(&list)?.shape)?;
        shape.levels.iter().find(|(_, level)| level.style.as_deref() == Some(style)).map(|(level, _)| *level)
    }

    /// Counts one paragraph of a list and gives what stands before it, with a blank behind it; empty when nothing does.
    pub(super) fn next(&mut self, list: i64, level: usize) -> String {
        let level = level.min(LEVELS - 1);
        let Some(of_list) = self.lists.get(&list) else { return String::new() };
        let Some(shape) = self.shapes.get(&of_list.shape) else { return String::new() };
        let of_level = |level: usize| of_list.levels.get(&level).or_else(|| shape.levels.get(&level));
        let Some(this) = of_level(level) else { return String::new() };
        let counts = self.counts.entry(of_list.shape).or_default();
        let start =
            |level: usize| of_list.starts.get(&level).copied().unwrap_or_else(|| of_level(level).map_or(1, |level| level.start));
        // What a list says about its own beginning holds the first time it is met.
        for (changed, first) in &of_list.starts {
            if *changed >= level && self.begun.insert((list, *changed)) {
                counts[*changed] = Some(first.saturating_sub(1));
            }
        }
        // A level above that has not counted yet counts as begun.
        for (above, count) in counts.iter_mut().enumerate().take(level) {
            *count = count.or_else(|| Some(start(above)));
        }
        counts[level] = Some(counts[level].map_or_else(|| start(level), |count| count.saturating_add(1)));
        for (below, count) in counts.iter_mut().enumerate().skip(level + 1) {
            let restarts = match of_level(below).and_then(|level| level.restart) {
                Some(0) => false,
                Some(after) => i64::try_from(level).unwrap_or(0) < after,
                None => true,
            };
            if restarts {
                *count = None;
            }
        }
        let text = drawn(this, counts, |level| of_level(level).map_or("decimal", |level| &level.format));
        match text.trim() {
            "" => String::new(),
            text if this.has_gap => format!("{text} "),
            text => text.to_owned(),
        }
    }
}

/// The text of a level: `%2)` with its numbers filled in.
fn drawn<'a>(level: &Level, counts: &[Option<i64>; LEVELS], format: impl Fn(usize) -> &'a str) -> String {
    if level.format == "bullet" {
        return bullet(&level.text).to_owned();
    }
    if level.format == "none" {
        return level.text.split('%').next().unwrap_or_default().to_owned();
    }
    let mut out = String::new();
    let mut letters = level.text.chars().peekable();
    while let Some(letter) = letters.next() {
        let place = letters.peek().filter(|_| letter == '%').and_then(|digit| digit.to_digit(10));
        let place = place.and_then(|digit| usize::try_from(digit).ok()).filter(|place| (1..=LEVELS).contains(place));
        let Some(place) = place else {
            out.push(letter);
            continue;
        };
        letters.next();
        let number = counts[place - 1].unwrap_or(1);
        let format = if level.is_legal { "decimal" } else { format(place - 1) };
        out.push_str(&written(number, format));
    }
    out
}

/// Dispatches have dashes and crosses; the dots and squares of symbol fonts stand for a dash.
fn bullet(text: &str) -> &'static str {
    match text.trim() {
        "+" => "+",
        "*" => "*",
        "" => "",
        _ => "-",
    }
}

/// A number in that format; figures where it has none.
fn written(number: i64, format: &str) -> String {
    let fits = (1..=WRITTEN_MAX).contains(&number);
    match format {
        "decimalZero" => format!("{number:02}"),
        "lowerLetter" if fits => letters(number, b'a'),
        "upperLetter" if fits => letters(number, b'A'),
        "lowerRoman" if fits => roman(number).to_lowercase(),
        "upperRoman" if fits => roman(number),
        "none" => String::new(),
        _ => number.to_string(),
    }
}

/// a to z, then aa, bb: Word counts the Latin letters, without đ and with f, w and z.
fn letters(number: i64, first: u8) -> String {
    let index = u8::try_from((number - 1) % 26).unwrap_or(0);
    let times = usize::try_from((number - 1) / 26).unwrap_or(0) + 1;
    char::from(first + index).to_string().repeat(times)
}

fn roman(mut number: i64) -> String {
    const NUMERALS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut out = String::new();
    for (value, numeral) in NUMERALS {
        while number >= value {
            out.push_str(numeral);
            number -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::xml::parse;
    use super::*;

    fn numbering(inside: &str) -> Numbering {
        let part = parse(format!("<numbering>{inside}</numbering>").as_bytes()).expect("well formed");
        Numbering::of(Some(&part), &Styles::default())
    }

    fn level(index: usize, format: &str, text: &str, more: &str) -> String {
        format!("<lvl ilvl=\"{index}\"><start val=\"1\"/><numFmt val=\"{format}\"/><lvlText val=\"{text}\"/>{more}</lvl>")
    }

    #[test]
    fn levels_count_on_and_begin_anew_below_the_next() {
        let levels = [
            level(0, "upperRoman", "%1.", ""),
            level(1, "decimal", "%2.", ""),
            level(2, "lowerLetter", "%3)", ""),
            level(3, "decimal", "%1.%2.%4", "<isLgl/>"),
        ]
        .concat();
        let mut lists = numbering(&format!(
            "<abstractNum abstractNumId=\"7\">{levels}</abstractNum><num numId=\"1\"><abstractNumId val=\"7\"/></num>"
        ));
        let drawn: Vec<String> = [0, 1, 2, 2, 1, 2, 0, 1, 3].map(|level| lists.next(1, level)).into();
        assert_eq!(drawn, ["I. ", "1. ", "a) ", "b) ", "2. ", "a) ", "II. ", "1. ", "2.1.1 "]);
    }

    #[test]
    fn lists_of_one_shape_go_on_unless_one_says_where_it_begins() {
        let mut lists = numbering(&format!(
            "<abstractNum abstractNumId=\"0\">{}</abstractNum><num numId=\"1\"><abstractNumId val=\"0\"/></num>\
             <num numId=\"2\"><abstractNumId val=\"0\"/></num>\
             <num numId=\"3\"><abstractNumId val=\"0\"/><lvlOverride ilvl=\"0\"><startOverride val=\"5\"/></lvlOverride></num>",
            level(0, "decimal", "%1.", "")
        ));
        let drawn: Vec<String> = [1, 1, 2, 3, 3, 1].map(|list| lists.next(list, 0)).into();
        assert_eq!(drawn, ["1. ", "2. ", "3. ", "5. ", "6. ", "7. "]);
    }

    #[test]
    fn a_level_that_never_restarts_goes_on() {
        let levels =
            level(0, "decimal", "%1.", "") + &level(1, "decimal", "(%2)", "<lvlRestart val=\"0\"/><suff val=\"nothing\"/>");
        let mut lists = numbering(&format!(
            "<abstractNum abstractNumId=\"0\">{levels}</abstractNum><num numId=\"1\"><abstractNumId val=\"0\"/></num>"
        ));
        let drawn: Vec<String> = [0, 1, 1, 0, 1].map(|level| lists.next(1, level)).into();
        assert_eq!(drawn, ["1. ", "(1)", "(2)", "2. ", "(3)"]);
    }

    #[test]
    fn letters_and_numerals_are_those_of_word() {
        assert_eq!([1, 5, 6, 26, 27, 53].map(|number| written(number, "lowerLetter")), ["a", "e", "f", "z", "aa", "aaa"]);
        assert_eq!([4, 9, 14, 40].map(|number| written(number, "lowerRoman")), ["iv", "ix", "xiv", "xl"]);
        assert_eq!(written(0, "upperRoman"), "0");
        assert_eq!(written(3, "decimalZero"), "03");
        assert_eq!(["\u{f0b7}", "–", "+", ""].map(bullet), ["-", "-", "+", ""]);
    }
}

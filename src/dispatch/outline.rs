//! The clauses of a dispatch: their names, what stands above each, which paragraphs belong to them.

use std::collections::HashMap;

use super::block::{Block, ends_sentence};
use super::marker::{Level, letter_after};
use super::passage::Passage;
use super::table::Entry;

/// Where a block of the body stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Before the first clause.
    Opening,
    /// A clause, or a paragraph of one.
    Body,
    /// Behind the last clause, about all of them.
    Closing,
}

/// One clause, dash or paragraph.
#[derive(Clone, Debug)]
pub struct Clause {
    /// `I(2).3.d`; for dashes and paragraphs the name of the clause they belong to.
    pub name: String,
    /// The same with the markers as typed.
    pub typed: String,
    /// The level of its marker; `None` for a paragraph.
    pub level: Option<Level>,
    /// Its words without the marker.
    pub words: Passage,
    /// Index of what it stands under.
    pub parent: Option<usize>,
    /// Where it stands.
    pub role: Role,
    /// Its cells, when it is a row of a table.
    pub entry: Option<Entry>,
    /// Whether a clause before it has the same marker.
    pub marker: Sequence,
    own: (String, String),
}

/// How a marker follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// As it should.
    Sound,
    /// The same marker again.
    Repeated,
    /// One or more are left out.
    Skipped,
    /// A letter that the Vietnamese alphabet of points does not have.
    Foreign,
}

/// The name of the closing paragraph.
pub const CLOSING: &str = "(kết)";
/// The name of what stands in no clause.
pub const UNNAMED: &str = CLOSING;
/// A closing paragraph is looked for among so many.
const CLOSING_MAX: usize = 6;

/// The clauses in reading order.
pub fn read(blocks: Vec<Block>, prefix: &str) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::with_capacity(blocks.len());
    let mut open = Open::default();
    for block in blocks {
        let clause = open.place(&clauses, block);
        open.enter(&clauses, clause.level, clauses.len(), &clause);
        clauses.push(clause);
    }
    number_repeats(&mut clauses);
    name_all(&mut clauses, prefix);
    mark_closing(&mut clauses);
    clauses
}

/// What is open while reading.
#[derive(Default)]
struct Open {
    /// Marked clauses from the outermost to the innermost.
    stack: Vec<(Level, usize)>,
    /// The last dash, for the plus signs below it.
    dash: Option<usize>,
    /// A paragraph that opens a list.
    opener: Option<usize>,
    seen_marker: bool,
}

impl Open {
    fn place(&self, clauses: &[Clause], block: Block) -> Clause {
        let level = block.marker.as_ref().map(|marker| marker.level).or_else(|| heads(&block));
        let above = |level: Level| self.stack.iter().rev().find(|(open, _)| *open < level).map(|(_, index)| *index);
        let innermost = self.stack.last().map(|(_, index)| *index);
        let row = block.entry.is_some();
        let parent = match level {
            Some(_) if row => innermost,
            Some(Level::Plus) => self.dash.or(self.opener).or(innermost),
            Some(Level::Dash) => self.opener.or(innermost),
            Some(level) => above(level),
            None => innermost,
        };
        let typed = block.marker.as_ref().map(|marker| marker.name.clone()).unwrap_or_default();
        let (name, marker) = match level {
            Some(level) if !typed.is_empty() && !row => self.follow(clauses, level, &typed, parent),
            _ => (typed.clone(), Sequence::Sound),
        };
        let role = if self.seen_marker || level.is_some() { Role::Body } else { Role::Opening };
        Clause {
            name: String::new(),
            typed: String::new(),
            level,
            words: block.words,
            parent,
            role,
            entry: block.entry,
            marker,
            own: (name, typed),
        }
    }

    /// The name a marker has by its place, and whether it follows the one before it.
    fn follow(&self, clauses: &[Clause], level: Level, typed: &str, parent: Option<usize>) -> (String, Sequence) {
        let same = |(open, index): &(Level, usize)| (*open == level && clauses[*index].parent == parent).then_some(*index);
        let before = self.stack.iter().rev().find_map(same).map(|index| clauses[index].own.0.as_str());
        let single = |name: &str| {
            let mut letters = name.chars();
            letters.next().filter(|_| letters.as_str().is_empty())
        };
        match (level, single(typed), before) {
            (Level::Letter, Some(letter), Some(before)) if before == typed => {
                let name = letter_after(letter).map_or_else(|| typed.to_owned(), String::from);
                (name, Sequence::Repeated)
            }
            (Level::Letter, Some('f' | 'j' | 'w' | 'z'), _) => (typed.to_owned(), Sequence::Foreign),
            (Level::Number, _, before) => {
                let value = |name: &str| name.split('(').next().and_then(|name| name.parse::<u32>().ok());
                let last = before.map_or(Some(0), value);
                let skips = value(typed).zip(last).is_some_and(|(now, last)| now > last + 1);
                (typed.to_owned(), if skips { Sequence::Skipped } else { Sequence::Sound })
            }
            _ => (typed.to_owned(), Sequence::Sound),
        }
    }

    fn enter(&mut self, clauses: &[Clause], level: Option<Level>, index: usize, clause: &Clause) {
        match level {
            Some(Level::Dash) => self.dash = Some(index),
            _ if clause.entry.is_some() => self.seen_marker = true,
            Some(Level::Plus) => {}
            Some(level) => {
                self.stack.retain(|(open, _)| *open < level);
                self.stack.push((level, index));
                (self.dash, self.opener, self.seen_marker) = (None, None, true);
            }
            None => {
                self.dash = None;
                self.opener = (opens_list(clause) && !clauses.is_empty()).then_some(index);
            }
        }
    }
}

/// A paragraph that ends with a colon, or a short one without a stop, opens the dashes below it.
fn opens_list(clause: &Clause) -> bool {
    let text = clause.words.text();
    text.ends_with(':') || (!ends_sentence(text) && text.chars().count() < 100)
}

/// A heading in capital letters without a number closes what is open, like a Roman one.
fn heads(block: &Block) -> Option<Level> {
    let text = block.words.text();
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let capital = letters >= 6 && !text.chars().any(char::is_lowercase) && text.contains(' ');
    let signs = super::heading::is_fixed_line(text);
    (capital && !signs && block.entry.is_none() && text.chars().count() < 160).then_some(Level::Roman)
}

/// A second section `I` makes `I(1)` and `I(2)` of both.
fn number_repeats(clauses: &mut [Clause]) {
    let mut seen: HashMap<(Option<usize>, String), Vec<usize>> = HashMap::new();
    for (index, clause) in clauses.iter().enumerate() {
        if clause.own.0.is_empty() || clause.entry.is_some() || clause.level.is_none_or(|level| level >= Level::Dash) {
            continue;
        }
        let mut parent = clause.parent;
        while let Some(above) = parent.filter(|above| clauses[*above].own.0.is_empty()) {
            parent = clauses[above].parent;
        }
        seen.entry((parent, clause.own.0.clone())).or_default().push(index);
    }
    for places in seen.values().filter(|places| places.len() > 1) {
        for (count, index) in places.iter().enumerate() {
            let clause = &mut clauses[*index];
            clause.own.0 = format!("{}({})", clause.own.0, count + 1);
            if count > 0 {
                clause.marker = Sequence::Repeated;
            }
        }
    }
}

fn name_all(clauses: &mut [Clause], prefix: &str) {
    for index in 0..clauses.len() {
        let (level, own) = (clauses[index].level, clauses[index].own.clone());
        let numbered = clauses[index].entry.is_none() && matches!(level, Some(Level::Number2 | Level::Number3));
        let mut parent = clauses[index].parent;
        while let Some(above) = parent {
            let of_number = numbered && matches!(clauses[above].level, Some(Level::Number | Level::Number2));
            if !of_number {
                break;
            }
            parent = clauses[above].parent;
        }
        let of = |above: usize| (clauses[above].name.clone(), clauses[above].typed.clone());
        let above = parent.map_or_else(|| (prefix.to_owned(), prefix.to_owned()), of);
        let joined = |above: String, own: String| match (above.is_empty(), own.is_empty()) {
            (true, _) => own,
            (_, true) => above,
            _ => format!("{above}.{own}"),
        };
        let clause = &mut clauses[index];
        clause.name = joined(above.0, own.0);
        clause.typed = joined(above.1, own.1);
    }
    for clause in clauses.iter_mut().filter(|clause| clause.name.is_empty()) {
        UNNAMED.clone_into(&mut clause.name);
        UNNAMED.clone_into(&mut clause.typed);
    }
}

/// The paragraphs behind the last clause that speak about all of them.
fn mark_closing(clauses: &mut [Clause]) {
    let Some(last_marked) = clauses.iter().rposition(|clause| clause.level.is_some()) else { return };
    let first = last_marked + 1;
    if first >= clauses.len() || clauses.len() - first > CLOSING_MAX {
        return;
    }
    let title = clauses[last_marked].words.text();
    let marked = clauses[last_marked].level.is_some_and(|level| level < Level::Dash);
    let only_title = marked && (title.ends_with(':') || (!ends_sentence(title) && title.chars().count() < 120));
    let begins = (first..clauses.len()).find(|index| {
        let text = clauses[*index].words.text();
        let may = !only_title || *index > first;
        may && (opens_closing(text) || *index + 1 == clauses.len() || !only_title)
    });
    for clause in clauses.iter_mut().skip(begins.unwrap_or(usize::MAX)) {
        clause.role = Role::Closing;
        clause.parent = None;
        CLOSING.clone_into(&mut clause.name);
        CLOSING.clone_into(&mut clause.typed);
    }
}

/// The words a closing paragraph begins with.
fn opens_closing(text: &str) -> bool {
    const OPENINGS: [&str; 15] = [
        "Yêu cầu",
        "Đề nghị",
        "Trên đây",
        "Nhận được",
        "Trong quá trình",
        "Căn cứ nội dung",
        "Giao ",
        "Chỉ thị này",
        "Quyết định này",
        "Văn bản này",
        "Công văn này",
        "Trân trọng",
        "Kính đề nghị",
        "Rất mong",
        "Kế hoạch này",
    ];
    let asked = ["yêu cầu", "đề nghị"]
        .iter()
        .any(|word| text.find(word).is_some_and(|at| text[..at].chars().count() < 70 && !text[..at].contains([',', ';', ':'])));
    OPENINGS.iter().any(|opening| text.starts_with(opening)) || asked
}

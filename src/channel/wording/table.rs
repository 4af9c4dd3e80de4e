//! A table of numbers in plain text, for a letter that is read in a fixed-width face.

use unicode_normalization::char::is_combining_mark;

/// Widest name in the first column; a longer one goes on in the next line.
const NAME_WIDTH: usize = 26;

/// A head of several lines for each column of numbers, and the rows.
pub(super) struct Table<'a> {
    /// The head of the first column.
    pub(super) name: &'a str,
    /// The heads of the others, in lines.
    pub(super) heads: &'a [&'a [&'a str]],
    /// Name and numbers of each row.
    pub(super) rows: Vec<(String, Vec<String>)>,
    /// The row below the line.
    pub(super) total: Option<(String, Vec<String>)>,
}

impl Table<'_> {
    /// The lines, numbers to the right.
    pub(super) fn lines(&self) -> Vec<String> {
        let all = || self.rows.iter().chain(&self.total);
        let number_widths = (0..self.heads.len()).map(|at| {
            let head = self.heads[at].iter().map(|line| width(line)).max().unwrap_or(0);
            all().filter_map(|(_, cells)| cells.get(at)).map(|cell| width(cell)).max().unwrap_or(0).max(head)
        });
        let widths: Vec<usize> = number_widths.collect();
        let names = all().flat_map(|(name, _)| wrapped(name)).map(|line| width(&line)).max().unwrap_or(0);
        let name_width = names.max(width(self.name));
        let mut lines = self.head(name_width, &widths);
        let rule = "-".repeat(name_width + widths.iter().map(|width| width + 2).sum::<usize>());
        lines.push(rule.clone());
        for (name, cells) in &self.rows {
            row(name, cells, name_width, &widths, &mut lines);
        }
        if let Some((name, cells)) = &self.total {
            lines.push(rule);
            row(name, cells, name_width, &widths, &mut lines);
        }
        lines
    }

    fn head(&self, name_width: usize, widths: &[usize]) -> Vec<String> {
        let depth = self.heads.iter().map(|head| head.len()).max().unwrap_or(0);
        let line = |at: usize| {
            // The first column and short heads stand at the bottom.
            let name = if at + 1 == depth { self.name } else { "" };
            let mut line = left(name, name_width);
            for (head, width) in self.heads.iter().zip(widths) {
                let from = depth - head.len();
                let word = at.checked_sub(from).and_then(|at| head.get(at)).copied().unwrap_or("");
                line.push_str(&right(word, width + 2));
            }
            line.trim_end().to_owned()
        };
        (0..depth).map(line).collect()
    }
}

fn row(name: &str, cells: &[String], name_width: usize, widths: &[usize], lines: &mut Vec<String>) {
    for (at, part) in wrapped(name).iter().enumerate() {
        let mut line = left(part, name_width);
        if at == 0 {
            for (cell, width) in cells.iter().zip(widths) {
                line.push_str(&right(cell, width + 2));
            }
        }
        lines.push(line.trim_end().to_owned());
    }
}

/// The name in lines of at most [`NAME_WIDTH`], cut between words where that can be.
fn wrapped(name: &str) -> Vec<String> {
    const INDENT: &str = "  ";
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in name.split(' ') {
        let blank = usize::from(!line.trim().is_empty());
        if width(&line) + blank + width(word) <= NAME_WIDTH {
            line.push_str(&" ".repeat(blank));
            line.push_str(word);
            continue;
        }
        if blank > 0 {
            lines.push(std::mem::replace(&mut line, INDENT.to_owned()));
        }
        let mut rest = word;
        while width(&line) + width(rest) > NAME_WIDTH {
            let piece = head_of(rest, NAME_WIDTH - width(&line));
            rest = &rest[piece.len()..];
            line.push_str(piece);
            lines.push(std::mem::replace(&mut line, INDENT.to_owned()));
        }
        line.push_str(rest);
    }
    lines.push(line);
    lines
}

/// The longest head of a text that is at most so wide, at least one character.
fn head_of(text: &str, room: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += char_width(c);
        if used > room && at > 0 {
            return &text[..at];
        }
    }
    text
}

fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// How many columns of a terminal a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Marks take none, East Asian letters and pictures two, everything else (all of Vietnamese in its normal form) one.
fn char_width(c: char) -> usize {
    match c {
        c if is_combining_mark(c) || c == '\u{200d}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_under_their_heads_whatever_the_letters() {
        let table = Table {
            name: "Đơn vị",
            heads: &[&["Đúng", "hạn"], &["Tổng"]],
            rows: vec![
                ("Phòng Văn hóa, Khoa học và Thông tin".to_owned(), vec!["3".to_owned(), "12".to_owned()]),
                ("Uỷ ban".to_owned(), vec!["–".to_owned(), "1.204".to_owned()]),
            ],
            total: Some(("Tổng cộng".to_owned(), vec!["3".to_owned(), "1.216".to_owned()])),
        };
        let expected = [
            "                            Đúng",
            "Đơn vị                       hạn   Tổng",
            "---------------------------------------",
            "Phòng Văn hóa, Khoa học và     3     12",
            "  Thông tin",
            "Uỷ ban                         –  1.204",
            "---------------------------------------",
            "Tổng cộng                      3  1.216",
        ];
        assert_eq!(table.lines(), expected);
        assert_eq!(width("e\u{301}漢"), 3);
        assert!(wrapped(&"x".repeat(100)).iter().all(|line| width(line) <= NAME_WIDTH));
    }
}

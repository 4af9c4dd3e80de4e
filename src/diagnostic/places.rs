//! Line and column of many places of one text, without walking it for each.

/// How many bytes lie between two counts of characters.
const STRIDE_BYTES: usize = 1_024;

/// Where the lines of a text begin, and how many characters stand before each stretch of it.
#[derive(Debug)]
pub struct Places<'a> {
    text: &'a str,
    lines: Vec<usize>,
    characters: Vec<usize>,
}

impl<'a> Places<'a> {
    /// Walks the text once.
    pub fn new(text: &'a str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut characters = vec![0];
        for stretch in text.as_bytes().chunks(STRIDE_BYTES) {
            let before = characters.last().copied().unwrap_or(0);
            characters.push(before + count(stretch));
        }
        Self { text, lines, characters }
    }

    /// The same as [`super::line_column`].
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let mark = usize::from(line == 1 && self.text.starts_with('\u{feff}') && offset > 0);
        (line, self.characters_before(offset) - self.characters_before(start) + 1 - mark)
    }

    fn characters_before(&self, offset: usize) -> usize {
        let stretch = offset / STRIDE_BYTES;
        let rest = self.text.as_bytes().get(stretch * STRIDE_BYTES..offset).unwrap_or_default();
        self.characters.get(stretch).copied().unwrap_or(0) + count(rest)
    }
}

/// How many characters begin in those bytes.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0b1100_0000) != 0b1000_0000).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_agree_with_walking_the_text(text in "\u{feff}?[a-zơ\n]{0,2400}", offset in 0_usize..2_500) {
            let offset = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            prop_assert_eq!(Places::new(&text).line_column(offset), crate::diagnostic::line_column(&text, offset));
        }
    }
}

//! The target of a duty in one cell: `giải ngân > 90 %`, `đạt trên 95%`, `tối thiểu 15 bài`.

use super::slug::slug;

/// A target as a cell gives it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Goal {
    /// What is measured, as an id; `chi-tieu` when it is not said.
    pub(super) metric: String,
    /// `>`, `>=`, `=`, `<=`, `<`.
    pub(super) op: &'static str,
    pub(super) value: f64,
    /// `%` when none stands there.
    pub(super) unit: String,
}

/// Signs and words for what a number is to be, longer ones first.
const WORDS: [(&str, &str); 19] = [
    (">=", ">="),
    ("<=", "<="),
    ("≥", ">="),
    ("≤", "<="),
    (">", ">"),
    ("<", "<"),
    ("=", "="),
    ("không dưới", ">="),
    ("không thấp hơn", ">="),
    ("không vượt quá", "<="),
    ("không quá", "<="),
    ("ít nhất", ">="),
    ("tối thiểu", ">="),
    ("tối đa", "<="),
    ("đạt trên", ">"),
    ("trên", ">"),
    ("đạt dưới", "<"),
    ("dưới", "<"),
    ("đạt", "="),
];

/// Reads a cell; `None` when no number stands in it.
pub(super) fn goal(text: &str) -> Option<Goal> {
    let lower = text.to_lowercase();
    let found = WORDS.iter().find_map(|(word, op)| Some((lower.find(word)?, word.len(), *op)));
    let (before, after, op) = if let Some((at, length, op)) = found {
        (&lower[..at], &lower[at + length..], op)
    } else {
        let at = lower.find(|c: char| c.is_ascii_digit())?;
        (&lower[..at], &lower[at..], "=")
    };
    let after = after.trim();
    let end = after.find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.'))).unwrap_or(after.len());
    let value = super::cell::number(after[..end].trim_end_matches(['.', ',']))?;
    let unit = after[end..].trim().trim_end_matches(['.', ';']);
    let from_it_up = unit.ends_with("trở lên");
    let unit = unit.trim_end_matches("trở lên").trim();
    let metric = slug(before);
    Some(Goal {
        metric: if metric.is_empty() { "chi-tieu".to_owned() } else { metric },
        op: if from_it_up { ">=" } else { op },
        value,
        unit: if unit.is_empty() { "%".to_owned() } else { unit.chars().take(40).collect() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_as_people_put_it() {
        for (text, metric, op, value, unit) in [
            ("disbursement > 90 %", "disbursement", ">", 90.0, "%"),
            ("Giải ngân ≥ 95%", "giai-ngan", ">=", 95.0, "%"),
            ("đạt trên 95%", "chi-tieu", ">", 95.0, "%"),
            ("đạt 80% trở lên", "chi-tieu", ">=", 80.0, "%"),
            ("Tối thiểu 15 bài", "chi-tieu", ">=", 15.0, "bài"),
            ("100%", "chi-tieu", "=", 100.0, "%"),
            ("không quá 5%", "chi-tieu", "<=", 5.0, "%"),
            ("62,5", "chi-tieu", "=", 62.5, "%"),
        ] {
            let expected = Goal { metric: metric.into(), op, value, unit: unit.into() };
            assert_eq!(goal(text), Some(expected), "{text}");
        }
        assert_eq!(goal("hoàn thành"), None);
    }
}

//! Blanks inside words. Justified lines set letters apart, and what reads a PDF takes such a gap for a blank: "nhận đ ược",
//! "th ực hi ện". No Vietnamese word is a consonant alone, so a consonant before a vowel belongs to it.

/// Consonants a syllable begins with.
const BEGINNINGS: [&str; 28] = [
    "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "q", "qu", "r", "s",
    "t", "th", "tr", "v", "x",
];
/// Words before a letter that names something: "điểm c".
const NAMING: [&str; 10] = ["điểm", "khoản", "mục", "tiết", "ý", "loại", "hạng", "nhóm", "lớp", "bảng"];
/// So many blanks inside words are no accident.
const SYMPTOMS_MIN: usize = 3;

/// The text with such words whole again, when it has several.
pub(super) fn mended(text: &str) -> String {
    let gaps: Vec<usize> = gaps(text);
    if gaps.len() < SYMPTOMS_MIN {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for gap in gaps {
        out.push_str(&text[from..gap]);
        from = gap + 1;
    }
    out + &text[from..]
}

/// Where single blanks stand inside words.
fn gaps(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mut before = "";
        let mut begin = at;
        for token in line.split(' ') {
            let end = begin + token.len();
            let rest = &text[end..];
            let follows = rest.strip_prefix(' ').and_then(|rest| rest.chars().next());
            if follows.is_some_and(is_vowel) && is_beginning(token) && !is_named(before, token) {
                found.push(end);
            }
            before = if token.is_empty() { before } else { token };
            begin = end + 1;
        }
        at += line.len();
    }
    found
}

/// Whether a piece is the beginning of a syllable; it may begin a sentence or stand behind an opening mark.
fn is_beginning(token: &str) -> bool {
    let lower = token.trim_start_matches(['(', '"', '“']).to_lowercase();
    let is_name = token.chars().count() > 1 && token.chars().all(char::is_uppercase);
    !is_name && BEGINNINGS.contains(&lower.as_str())
}

/// "điểm c ưu tiên", "a, b, c ở trên": a letter that is a name.
fn is_named(before: &str, token: &str) -> bool {
    let before = before.to_lowercase();
    token.chars().count() == 1 && (NAMING.contains(&before.as_str()) || before.ends_with(',') && before.chars().count() == 2)
}

/// A small vowel, with whatever it bears.
fn is_vowel(letter: char) -> bool {
    use unicode_normalization::UnicodeNormalization as _;
    letter.is_lowercase() && letter.nfd().next().is_some_and(|base| "aeiouy".contains(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_set_apart_are_put_together() {
        assert_eq!(
            mended("ngày nhận đ ược văn b ản này;\n  Ch ủ tịch t ỷ l ệ h ồ s ơ (n ộp tr ực tuyến)   q uản lý"),
            "ngày nhận được văn bản này;\n  Chủ tịch tỷ lệ hồ sơ (nộp trực tuyến)   quản lý"
        );
    }

    #[test]
    fn letters_that_name_something_stay_apart() {
        let text = "th ực, điểm c ưu tiên; điểm a, b, c ở mục 1; b) ưu tiên; TH & TR; đ ược ng ười";
        assert_eq!(mended(text), "thực, điểm c ưu tiên; điểm a, b, c ở mục 1; b) ưu tiên; TH & TR; được người");
        let rare = "điểm này và c ở dưới";
        assert_eq!(mended(rare), rare, "one of them is none");
    }
}

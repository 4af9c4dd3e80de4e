//! Names of units as dispatches write them: abbreviations, words of rank before them, the place behind them.

use crate::facts::fold;

/// A name as words without accents; numbers without leading zeros, letters and digits apart: `P05` is `p 5`.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in fold(&text.replace('&', " và ")).split(' ').filter(|word| !word.is_empty()) {
        let mut part = String::new();
        for letter in word.chars() {
            if part.chars().next_back().is_some_and(|last| last.is_ascii_digit() != letter.is_ascii_digit()) {
                out.push(std::mem::take(&mut part));
            }
            part.push(letter);
        }
        out.push(part);
    }
    for word in &mut out {
        if word.starts_with('0') && word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_digit()) {
            *word = word.trim_start_matches('0').to_owned();
        }
    }
    out
}

/// Abbreviations that stand for one thing in every office.
const SHORT: [(&str, &str); 8] = [
    ("ubnd", "uy ban nhan dan"),
    ("hdnd", "hoi dong nhan dan"),
    ("mttq", "mat tran to quoc"),
    ("ubmttq", "uy ban mat tran to quoc"),
    ("ubmttqvn", "uy ban mat tran to quoc viet nam"),
    ("vp", "van phong"),
    ("thcs", "trung hoc co so"),
    ("thpt", "trung hoc pho thong"),
];

/// The same with those abbreviations written out.
pub(super) fn written_out(words: Vec<String>) -> Vec<String> {
    let whole = |word: String| match SHORT.iter().find(|(short, _)| *short == word) {
        Some((_, long)) => long.split(' ').map(str::to_owned).collect(),
        None => vec![word],
    };
    words.into_iter().flat_map(whole).collect()
}

/// Words of rank and of courtesy before a name.
const RANKS: [&[&str]; 20] = [
    &["cac", "dong", "chi"],
    &["dong", "chi"],
    &["thu", "truong"],
    &["nguoi", "dung", "dau"],
    &["pho", "chu", "tich"],
    &["chu", "tich"],
    &["pho", "giam", "doc"],
    &["giam", "doc"],
    &["pho", "hieu", "truong"],
    &["hieu", "truong"],
    &["pho", "bi", "thu"],
    &["bi", "thu"],
    &["chi", "huy", "truong"],
    &["tong", "giam", "doc"],
    &["cuc", "truong"],
    &["lanh", "dao"],
    &["giao"],
    &["ong"],
    &["ba"],
    &["d", "c"],
];

/// What "Trưởng" and "Chánh" stand before, which belongs to the name: "Trưởng phòng Nội vụ", "Chánh Văn phòng".
const HEADED: [&str; 8] = ["phong", "ban", "cong", "tram", "khoa", "doi", "van", "thanh"];

/// A name without the rank before it.
pub(super) fn without_rank(words: &[String]) -> &[String] {
    let mut rest = words;
    loop {
        let begins = |rank: &&&[&str]| rest.len() > rank.len() && rank.iter().zip(rest).all(|(a, b)| *a == b.as_str());
        if let Some(rank) = RANKS.iter().find(begins) {
            rest = &rest[rank.len()..];
            continue;
        }
        let headed = |at: usize| {
            let next = rest.get(at).map(String::as_str);
            // "Trưởng các phòng, ban"
            next.is_some_and(|word| HEADED.contains(&word) || word == "cac")
        };
        match rest {
            [first, ..] if matches!(first.as_str(), "truong" | "chanh") && headed(1) => rest = &rest[1..],
            [first, second, ..] if first == "pho" && matches!(second.as_str(), "truong" | "chanh") && headed(2) => {
                rest = &rest[2..];
            }
            _ => return rest,
        }
    }
}

/// Words for the level of a place.
const LEVELS: [&str; 11] = ["quan", "huyen", "phuong", "xa", "tinh", "thanh", "tp", "q", "h", "thi", "dac"];

/// How far a written name is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Word for word, abbreviations read as their words.
    Whole,
    /// One of them goes on with the place it belongs to.
    ButPlace,
}

/// Whether a written name means a full one; `around` are the words of the units above, where a place behind the name is
/// looked up.
pub(super) fn fit(written: &[String], full: &[String], around: &str) -> Option<Fit> {
    let mut best = None;
    align(written, full, &mut |rest, left| {
        let found = match (rest, left) {
            ([], []) => Some(Fit::Whole),
            (tail, []) => is_place(tail, around).then_some(Fit::ButPlace),
            ([], tail) => {
                let level_before = written.last().is_some_and(|word| LEVELS.contains(&word.as_str()));
                let goes_on = level_before || tail.first().is_some_and(|word| LEVELS.contains(&word.as_str()));
                (goes_on && tail.len() <= 5).then_some(Fit::ButPlace)
            }
            _ => None,
        };
        if let Some(found) = found {
            best = Some(best.map_or(found, |best: Fit| best.min(found)));
        }
    });
    best
}

/// "quận", or "quận Gò Vấp" where a unit above is called so.
fn is_place(tail: &[String], around: &str) -> bool {
    let Some((level, name)) = tail.split_first() else { return false };
    if !LEVELS.contains(&level.as_str()) || tail.len() > 6 {
        return false;
    }
    let name = if level == "thanh" || level == "thi" || level == "dac" { name.get(1..).unwrap_or_default() } else { name };
    name.is_empty() || around.contains(&format!(" {} ", name.join(" ")))
}

/// Reads one name along the other as far as it goes, in every way, and tells what is left of both.
fn align<'a>(written: &'a [String], full: &'a [String], tell: &mut impl FnMut(&'a [String], &'a [String])) {
    match (written, full) {
        ([], _) | (_, []) => {
            tell(written, full);
            // An abbreviation never begins with what was left.
        }
        ([token, rest @ ..], [word, left @ ..]) => {
            if token == word || is_initial(token, word) {
                align(rest, left, tell);
            } else if token == "va" {
                align(rest, full, tell);
            } else if word == "va" {
                align(written, left, tell);
            }
            for taken in initials(token, full) {
                align(rest, &full[taken..], tell);
            }
        }
    }
}

fn is_initial(token: &str, word: &str) -> bool {
    matches!(
        (token, word),
        ("p", "phong" | "phuong") | ("q", "quan") | ("h", "huyen") | ("x", "xa") | ("s", "so") | ("t", "tinh")
    )
}

/// How many words those letters are the initials of, with and without an "và" among them.
fn initials(token: &str, full: &[String]) -> Vec<usize> {
    if token.len() < 2 || token.len() > 8 || !token.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Vec::new();
    }
    let begins = |letter: u8, word: &String| word.as_bytes().first() == Some(&letter);
    let (mut plain, mut spoken) = (Some(0), Some(0));
    for letter in token.bytes() {
        plain = plain.and_then(|at: usize| full.get(at).filter(|word| begins(letter, word)).map(|_| at + 1));
        spoken = spoken.and_then(|at: usize| {
            let at = at + usize::from(full.get(at).is_some_and(|word| word == "va") && letter != b'v');
            full.get(at).filter(|word| begins(letter, word)).map(|_| at + 1)
        });
    }
    let mut found: Vec<usize> = plain.into_iter().chain(spoken).collect();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(written: &str, full: &str) -> Option<Fit> {
        let (written, full) = (words(written), written_out(words(full)));
        let plain = fit(without_rank(&written), &full, " uy ban nhan dan quan go vap ");
        plain.or_else(|| fit(without_rank(&written_out(written.clone())), &full, " uy ban nhan dan quan go vap "))
    }

    #[test]
    fn abbreviations_are_read_as_their_words() {
        for (written, full) in [
            ("UBND phường 5", "Ủy ban nhân dân Phường 5"),
            ("UBND P05", "Ủy ban nhân dân Phường 5"),
            ("P. Nội vụ", "Phòng Nội vụ"),
            ("Phòng GD&ĐT", "Phòng Giáo dục và Đào tạo"),
            ("P.GDĐT", "Phòng Giáo dục và Đào tạo"),
            ("Phòng TC-KH", "Phòng Tài chính - Kế hoạch"),
            ("Phòng LĐ-TB&XH", "Phòng Lao động - Thương binh và Xã hội"),
            ("Phòng Giáo dục - Đào tạo", "Phòng Giáo dục và Đào tạo"),
            ("VP HĐND và UBND quận", "Văn phòng HĐND và UBND quận"),
            ("UBMTTQ Việt Nam quận", "Ủy ban Mặt trận Tổ quốc Việt Nam quận"),
            ("Trưởng phòng Nội vụ", "Phòng Nội vụ"),
            ("Chánh Văn phòng HĐND và UBND quận", "Văn phòng HĐND và UBND quận"),
            ("Chủ tịch UBND phường 5", "Ủy ban nhân dân Phường 5"),
            ("Hiệu trưởng Trường THCS Gò Vấp 2", "Trường Trung học cơ sở Gò Vấp 2"),
            ("Đồng chí Giám đốc Sở Nội vụ", "Sở Nội vụ"),
        ] {
            assert_eq!(fits(written, full), Some(Fit::Whole), "{written}");
        }
    }

    #[test]
    fn a_place_behind_a_name_is_looked_up_above_it() {
        assert_eq!(fits("Phòng Nội vụ quận", "Phòng Nội vụ"), Some(Fit::ButPlace));
        assert_eq!(fits("Phòng Nội vụ quận Gò Vấp", "Phòng Nội vụ"), Some(Fit::ButPlace));
        assert_eq!(fits("UBND quận", "Ủy ban nhân dân quận Gò Vấp"), Some(Fit::ButPlace));
        assert_eq!(fits("Phòng Nội vụ quận Tân Bình", "Phòng Nội vụ"), None);
        assert_eq!(fits("UBND phường 1", "Ủy ban nhân dân Phường 15"), None);
        assert_eq!(fits("Phòng Tư pháp", "Phòng Nội vụ"), None);
    }
}

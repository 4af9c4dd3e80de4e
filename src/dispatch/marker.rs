//! What a clause begins with: `II.`, `3.`, `2.1.`, `b)`, `-`, `Điều 4.`.

use std::ops::Range;

/// The kind of a marker, and so its place in the order of levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// "Phần thứ nhất", "Phần I", "A.".
    Part,
    /// "II.".
    Roman,
    /// "Điều 4.".
    Article,
    /// "3.".
    Number,
    /// "2.1."
    Number2,
    /// "2.1.3." and deeper.
    Number3,
    /// "b)".
    Letter,
    /// "-", "•".
    Dash,
    /// "+".
    Plus,
}

/// A marker at the beginning of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Its level.
    pub level: Level,
    /// Its name without stops and brackets; empty for dashes.
    pub name: String,
    /// The bytes of the marker, with the blank behind it.
    pub range: Range<usize>,
}

/// The letters that may mark a point, in the order of the Vietnamese alphabet.
pub const LETTERS: &str = "abcdđeghiklmnopqrstuvxy";

/// The letter after that one.
pub fn letter_after(letter: char) -> Option<char> {
    LETTERS.chars().skip_while(|one| *one != letter).nth(1)
}

/// The marker a line begins with.
pub fn marker_of(text: &str) -> Option<Marker> {
    let lead = text.len() - text.trim_start().len();
    let rest = &text[lead..];
    let (level, name, len) = dash(rest)
        .or_else(|| worded(rest))
        .or_else(|| bracketed(rest))
        .or_else(|| dotted(rest))
        .or_else(|| roman(rest))
        .or_else(|| letter(rest))?;
    let blank = rest.get(len..).map_or(0, |behind| behind.len() - behind.trim_start().len());
    Some(Marker { level, name, range: lead..lead + len + blank })
}

type Found = (Level, String, usize);

fn dash(text: &str) -> Option<Found> {
    let first = text.chars().next()?;
    let level = match first {
        '-' | '–' | '•' | '*' | '>' | '✓' | '➢' => Level::Dash,
        '+' => Level::Plus,
        _ => return None,
    };
    let behind = text[first.len_utf8()..].trim_start_matches(first).trim_start();
    let stands_for_text =
        behind.chars().next().is_some_and(|letter| letter.is_alphabetic() || matches!(letter, '"' | '“' | '(' | '['));
    // "2017" at the end of a line and "- 2020" at the beginning of the next is a period; "- 100% các trường" is a clause.
    let number = behind.bytes().take_while(u8::is_ascii_digit).count();
    let counted = number > 0 && (number != 4 || behind[number..].trim_start().starts_with('%'));
    (stands_for_text || counted).then(|| (level, String::new(), text.len() - behind.len()))
}

/// "Điều 4.", "Phần II", "Mục 3.", "Nhiệm vụ 1:", "Câu 2."
fn worded(text: &str) -> Option<Found> {
    let words = [
        ("Điều ", Level::Article),
        ("ĐIỀU ", Level::Article),
        ("Nhiệm vụ ", Level::Number),
        ("Phần ", Level::Part),
        ("PHẦN ", Level::Part),
        ("Mục ", Level::Roman),
        ("MỤC ", Level::Roman),
    ];
    let (word, level) = words.into_iter().find(|(word, _)| text.starts_with(word))?;
    let rest = &text[word.len()..];
    let name_len = rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let name = &rest[..name_len];
    let counted = name.bytes().all(|byte| byte.is_ascii_digit()) || name.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X'));
    let behind = rest[name_len..].trim_start();
    let stops = behind.is_empty() || behind.starts_with(['.', ':', ')']) || level == Level::Part;
    if name.is_empty() || name.len() > 5 || !counted || !stops {
        return None;
    }
    let stop = behind.chars().next().filter(|letter| matches!(letter, '.' | ':' | ')')).map_or(0, char::len_utf8);
    let blanks = rest[name_len..].len() - behind.len();
    let len = word.len() + name_len + if stop > 0 { blanks + stop } else { 0 };
    let name = match level {
        Level::Article => format!("Điều {name}"),
        Level::Part => format!("Phần {name}"),
        Level::Roman => format!("Mục {name}"),
        _ => name.to_owned(),
    };
    Some((level, name, len))
}

/// What some papers write behind a number instead of a stop: "1 . ", "1.- ", "1: ". A capital letter has to follow.
fn odd_stop(text: &str, stopped: &mut bool) -> usize {
    const STOPS: [&str; 6] = [" . ", "- ", ".- ", ": ", " - ", " / "];
    let found =
        STOPS.iter().find(|stop| text.starts_with(**stop) && text[stop.len()..].trim_start().starts_with(char::is_uppercase));
    let taken = found.filter(|stop| !*stopped || **stop == "- ");
    *stopped |= taken.is_some();
    taken.map_or(0, |stop| stop.len())
}

/// "(1) ", "(a) ", "(ii) ".
fn bracketed(text: &str) -> Option<Found> {
    let (inner, behind) = text.strip_prefix('(')?.split_once(") ")?;
    let len = inner.len() + 2;
    let digits = (1..=2).contains(&inner.len()) && inner.bytes().all(|byte| byte.is_ascii_digit());
    let mut letters = inner.chars();
    let single = letters.next().is_some_and(|letter| LETTERS.contains(letter)) && letters.as_str().is_empty();
    let small_roman = inner.len() > 1 && inner.bytes().all(|byte| matches!(byte, b'i' | b'v' | b'x'));
    if !behind.trim_start().starts_with(char::is_alphabetic) {
        return None;
    }
    match (digits, single || small_roman) {
        (true, _) => Some((Level::Number, inner.to_owned(), len)),
        (_, true) => Some((Level::Letter, inner.to_owned(), len)),
        _ => None,
    }
}

/// "3.", "3)", "2.1.", "2.1 Các", "1.Các".
fn dotted(text: &str) -> Option<Found> {
    let mut numbers: Vec<&str> = Vec::new();
    let mut at = 0;
    let mut stopped = false;
    loop {
        let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || digits > 2 || numbers.len() == 5 {
            break;
        }
        numbers.push(&text[at..at + digits]);
        at += digits;
        stopped = text[at..].starts_with('.');
        if !stopped {
            break;
        }
        at += 1;
    }
    if numbers.is_empty() || text[at..].starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    if !stopped && text[at..].starts_with([')', '/']) && numbers.len() == 1 {
        // "3)" is a marker, "3/" too in old papers; "3/2020" is a date.
        at += if text[at..].starts_with("/.") { 2 } else { 1 };
        // A wrapped line may begin with "45/QĐ-UBND".
        let is_symbol = text[..at].ends_with('/') && text[at..].split_whitespace().next().is_some_and(|word| word.contains('-'));
        stopped = !is_symbol && !text[at..].starts_with(|letter: char| letter.is_ascii_digit());
    }
    if !stopped && numbers.len() == 1 && (text[at..].starts_with("- ") || text[at..].starts_with("-\t")) {
        at += 1;
        stopped = text[at..].trim_start().starts_with(char::is_uppercase);
    }
    if numbers.len() == 1 {
        at += odd_stop(&text[at..], &mut stopped);
    }
    let rest = text[at..].trim_start();
    let blank = rest.len() < text[at..].len();
    let upper = rest.chars().next().is_some_and(|letter| letter.is_uppercase() || matches!(letter, '"' | '“' | '(' | '['));
    let holds = match numbers.len() {
        1 => stopped && (blank || upper || rest.is_empty()),
        _ if stopped => blank || upper || rest.is_empty(),
        _ => blank && upper,
    };
    let sensible = numbers.iter().all(|number| number.parse().is_ok_and(|value: u32| (1..=60).contains(&value)));
    let level = match numbers.len() {
        1 => Level::Number,
        2 => Level::Number2,
        _ => Level::Number3,
    };
    (holds && sensible).then(|| (level, numbers.join("."), at))
}

fn roman(text: &str) -> Option<Found> {
    let len = text.bytes().take_while(|byte| matches!(byte, b'I' | b'V' | b'X')).count();
    let rest = &text[len..];
    let stop =
        rest.starts_with(['.', ')', '/', ':']) || rest.starts_with(" -") || rest.starts_with(" –") || rest.starts_with("- ");
    if (1..=6).contains(&len) && stop {
        let dots = rest.trim_start().chars().next().map_or(0, char::len_utf8) + (rest.len() - rest.trim_start().len());
        let behind = rest[dots..].trim_start();
        let sound =
            behind.is_empty() || behind.chars().next().is_some_and(|letter| letter.is_uppercase() || !letter.is_alphanumeric());
        return (sound && roman_value(&text[..len]).is_some()).then(|| (Level::Roman, text[..len].to_owned(), len + dots));
    }
    None
}

/// The value of a Roman number up to 39; `None` for what is none.
pub fn roman_value(text: &str) -> Option<u32> {
    let mut total = 0;
    let mut last = 0;
    for letter in text.bytes().rev() {
        let value = match letter {
            b'I' => 1,
            b'V' => 5,
            b'X' => 10,
            _ => return None,
        };
        if value < last {
            total -= value;
        } else {
            total += value;
            last = value;
        }
    }
    (1..40).contains(&total).then_some(total)
}

/// "b)", "đ.", "a1)", "B.".
fn letter(text: &str) -> Option<Found> {
    let mut letters = text.chars();
    let first = letters.next()?;
    let mut len = first.len_utf8();
    let digits = text[len..].bytes().take_while(u8::is_ascii_digit).count().min(2);
    let deeper = if text[len..].starts_with('.') && digits == 0 {
        text[len + 1..].bytes().take_while(u8::is_ascii_digit).count().min(2)
    } else {
        0
    };
    let mut name = first.to_string();
    if digits > 0 {
        name.push_str(&text[len..len + digits]);
        len += digits;
    } else if deeper > 0 {
        name.push_str(&text[len..=len + deeper]);
        len += 1 + deeper;
    }
    let stop = text[len..].chars().next()?;
    let dashed = text[len..].starts_with("- ") && text[len + 2..].trim_start().starts_with(char::is_uppercase);
    let stops = matches!(stop, ')' | '.' | '/') || dashed && first.is_lowercase();
    if !stops {
        return None;
    }
    len += if text[len..].starts_with("/.") { 2 } else { 1 };
    let behind = &text[len..];
    let blank = behind.is_empty() || behind.starts_with(char::is_whitespace);
    let upper = behind.chars().next().is_some_and(char::is_uppercase);
    if first.is_uppercase() && first.is_alphabetic() && stop == '.' {
        return (blank && "ABCDEGH".contains(first) && digits == 0).then_some((Level::Part, name, len));
    }
    let known = LETTERS.contains(first) || matches!(first, 'f' | 'j' | 'w' | 'z');
    (known && (blank || (upper && stop == ')'))).then_some((Level::Letter, name, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<(Level, String)> {
        marker_of(text).map(|marker| (marker.level, marker.name))
    }

    #[test]
    fn markers_of_every_hand_are_known() {
        let number = |name: &str| Some((Level::Number, name.to_owned()));
        for text in [
            "3. Các sở",
            "3) Các sở",
            "3/ Các sở",
            "3/. Các sở",
            "3- Các sở",
            "3.- Các sở",
            "3 . Các sở",
            "3: Các sở",
            "(3) Các sở",
            "3.Các sở",
        ] {
            assert_eq!(name(text), number("3"), "{text}");
        }
        for text in ["b) rà soát", "b. Rà soát", "b/ Rà soát", "b- Rà soát", "(b) rà soát", "b)Rà soát"] {
            assert_eq!(name(text), Some((Level::Letter, "b".to_owned())), "{text}");
        }
        assert_eq!(name("đ) Công khai"), Some((Level::Letter, "đ".to_owned())));
        for text in ["II. Nội dung", "II/ Nội dung", "II- Nội dung", "II) Nội dung"] {
            assert_eq!(name(text), Some((Level::Roman, "II".to_owned())), "{text}");
        }
        assert_eq!(name("2.1. Rà soát"), Some((Level::Number2, "2.1".to_owned())));
        assert_eq!(name("2.1 Rà soát"), Some((Level::Number2, "2.1".to_owned())));
        assert_eq!(name("1.1.2.Rà soát"), Some((Level::Number3, "1.1.2".to_owned())));
        assert_eq!(name("Điều 4. Chánh Văn phòng"), Some((Level::Article, "Điều 4".to_owned())));
        assert_eq!(name("Nhiệm vụ 2: Rà soát"), number("2"));
        assert_eq!(name("B. NỘI DUNG"), Some((Level::Part, "B".to_owned())));
        assert_eq!(name("- 100% các trường").map(|found| found.0), Some(Level::Dash));
        assert_eq!(name("+ Phòng họp").map(|found| found.0), Some(Level::Plus));
    }

    #[test]
    fn dates_numbers_and_words_are_no_markers() {
        for text in [
            "17/11.",
            "31/8/2024",
            "2021.",
            "10.000 đồng",
            "1,5 triệu",
            "2020-2021",
            "- 2020",
            "24/2018/TT-BGDĐT",
            "Điều kiện thực hiện",
            "Phần mềm",
            "Mục tiêu",
            "12 trường",
            "V/v",
            "IV năm 2023",
            "a",
            "",
        ] {
            assert_eq!(marker_of(text), None, "{text}");
        }
    }

    #[test]
    fn the_alphabet_of_points_has_no_f_and_no_w() {
        assert_eq!(letter_after('d'), Some('đ'));
        assert_eq!(letter_after('e'), Some('g'));
        assert_eq!(letter_after('y'), None);
        assert_eq!((roman_value("XIV"), roman_value("A")), (Some(14), None));
    }
}

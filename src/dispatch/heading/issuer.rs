//! The issuing body: one or two lines in capital letters, made one name.

use super::{date, mark, number};
use crate::dispatch::passage::Passage;

/// Words of places that name a unit only together with their name.
const PLACES: [&str; 11] = ["TỈNH", "THÀNH PHỐ", "TP.", "TP", "QUẬN", "HUYỆN", "THỊ XÃ", "PHƯỜNG", "XÃ", "THỊ TRẤN", "ĐẶC KHU"];
/// Where a unit begins: the issuer stands on the line that begins with one.
const HEADS: [&str; 40] = [
    "ỦY BAN",
    "UỶ BAN",
    "UBND",
    "HỘI ĐỒNG",
    "HĐND",
    "SỞ",
    "PHÒNG",
    "BAN",
    "BỘ",
    "CỤC",
    "VỤ",
    "VIỆN",
    "TRUNG TÂM",
    "VĂN PHÒNG",
    "CHI CỤC",
    "TỔNG CỤC",
    "THANH TRA",
    "TRƯỜNG",
    "ĐẢNG ỦY",
    "ĐẢNG UỶ",
    "HUYỆN ỦY",
    "QUẬN ỦY",
    "TỈNH ỦY",
    "THÀNH ỦY",
    "CHÍNH PHỦ",
    "THỦ TƯỚNG",
    "CÔNG AN",
    "HỘI",
    "ĐOÀN",
    "LIÊN ĐOÀN",
    "CÔNG ĐOÀN",
    "MẶT TRẬN",
    "KHO BẠC",
    "BẢO HIỂM",
    "NGÂN HÀNG",
    "TÒA ÁN",
    "VIỆN KIỂM SÁT",
    "ĐẠI HỌC",
    "CÔNG TY",
    "TỔNG CÔNG TY",
];
/// Those of them that also stand within the name of another.
const INNER_HEADS: [&str; 12] = [
    "ỦY BAN",
    "UỶ BAN",
    "HỘI ĐỒNG",
    "MẶT TRẬN",
    "VĂN PHÒNG",
    "PHÒNG",
    "SỞ",
    "TRUNG TÂM",
    "CHÍNH PHỦ",
    "THỦ TƯỚNG",
    "TRƯỜNG",
    "TỔ QUỐC",
];
/// Short forms and what they stand for.
const LONG_FORMS: [(&str, &str); 15] = [
    ("LĐTBXH", "Lao động - Thương binh và Xã hội"),
    ("UBND", "Ủy ban nhân dân"),
    ("HĐND", "Hội đồng nhân dân"),
    ("GD&ĐT", "Giáo dục và Đào tạo"),
    ("GDĐT", "Giáo dục và Đào tạo"),
    ("GD-ĐT", "Giáo dục và Đào tạo"),
    ("GD VÀ ĐT", "Giáo dục và Đào tạo"),
    ("LĐ-TB&XH", "Lao động - Thương binh và Xã hội"),
    ("LĐTB&XH", "Lao động - Thương binh và Xã hội"),
    ("TN&MT", "Tài nguyên và Môi trường"),
    ("NN&PTNT", "Nông nghiệp và Phát triển nông thôn"),
    ("TT&TT", "Thông tin và Truyền thông"),
    ("KH&ĐT", "Kế hoạch và Đầu tư"),
    ("UBMTTQ", "Ủy ban Mặt trận Tổ quốc"),
    ("TP.", "thành phố"),
];
/// Words that stay in capital letters.
const KEPT: [&str; 10] = ["THCS", "THPT", "TH", "GDTX", "GDNN", "TNCS", "MN", "PTDTNT", "CNTT", "II"];
/// Words that begin with a capital letter wherever they stand.
const PROPER: [&str; 3] = ["VIỆT", "NAM", "ĐẢNG"];

/// The issuer of a heading.
pub fn find(lines: &[Passage], number_at: Option<usize>) -> Option<String> {
    let most = number_at.unwrap_or(8).max(4).min(lines.len());
    let names = names(&lines[..most]);
    let last =
        names.last().filter(|name| !starts_any(name, &["PHIẾU", "THÔNG TIN", "DANH SÁCH", "LỊCH", "BIỂU", "MẪU", "TÀI LIỆU"]))?;
    let mut name = cased(last);
    let party = names.iter().rev().skip(1).find(|above| is_party(above));
    if let Some(above) = party.filter(|_| !has_place(last) && last.starts_with("BAN ") || last.starts_with("VĂN PHÒNG")) {
        name = format!("{name} {}", cased(above));
    } else if !has_place(last)
        && let Some(place) = names.iter().rev().skip(1).find_map(|above| place_of(above))
        && !starts_any(last, &["BỘ ", "CHÍNH PHỦ", "THỦ TƯỚNG", "TRƯỜNG"])
    {
        name = format!("{name} {}", cased(&place));
    }
    let mut letters = name.chars();
    let first = letters.next()?;
    Some(first.to_uppercase().chain(letters).collect())
}

/// The names that stand under each other, wrapped lines joined.
fn names(lines: &[Passage]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in lines {
        let text = mark::before_motto(line.text()).trim_matches(['*', '-', '_', ' ', ':', '.', ',']);
        let skipped = mark::is_motto(text) || mark::is_mark(text) || text.is_empty();
        if number::begins_number(line.text()) || date::is_date_line(text) || mark::is_title(text) {
            if !names.is_empty() {
                break;
            }
            continue;
        }
        if skipped || !is_capital(text) {
            continue;
        }
        let text = text.to_uppercase();
        let begins = starts_any(&text, &HEADS) && !names.last().is_some_and(|last| last.ends_with(" VÀ") || last.ends_with('-'));
        match names.last_mut() {
            Some(last) if !begins => {
                last.push(' ');
                last.push_str(&text);
            }
            _ => names.push(text),
        }
        if names.len() > 4 {
            break;
        }
    }
    names
}

fn is_capital(text: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let small = text.chars().filter(|letter| letter.is_lowercase()).count();
    letters >= 2 && small * 5 <= letters && text.chars().count() <= 90
}

fn starts_any(text: &str, words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| text.strip_prefix(word).is_some_and(|rest| word.ends_with(' ') || !rest.starts_with(char::is_alphanumeric)))
}

/// Whether a name holds a place of its own.
fn has_place(name: &str) -> bool {
    place_of(name).is_some() || ["VIỆT NAM", "TRUNG ƯƠNG", "CHÍNH PHỦ"].iter().any(|word| name.contains(word))
}

/// Whether a name is that of a party committee.
fn is_party(name: &str) -> bool {
    ["TỈNH", "HUYỆN", "QUẬN", "THÀNH", "THỊ", "ĐẢNG"]
        .iter()
        .any(|level| name.starts_with(&format!("{level} ỦY")) || name.starts_with(&format!("{level} UỶ")))
}

/// The place within a name, from its word on.
fn place_of(name: &str) -> Option<String> {
    for party in ["TỈNH ỦY ", "HUYỆN ỦY ", "QUẬN ỦY ", "THÀNH ỦY ", "TỈNH UỶ ", "HUYỆN UỶ ", "THỊ ỦY "]
    {
        if let Some(rest) = name.strip_prefix(party) {
            let level = if party.starts_with("THÀNH") { "THÀNH PHỐ" } else { party.split(' ').next()? };
            return Some(format!("{level} {rest}"));
        }
    }
    let words: Vec<&str> = name.split(' ').collect();
    let at = (0..words.len()).find(|index| {
        let rest = words[*index..].join(" ");
        PLACES.iter().any(|place| rest.strip_prefix(place).is_some_and(|behind| behind.starts_with(' ') || place.ends_with('.')))
    })?;
    Some(words[at..].join(" "))
}

/// A name in the letters of running text.
fn cased(name: &str) -> String {
    let mut name = name.replace(" & ", " VÀ ").replace("LAO ĐỘNG - TB&XH", "LĐTBXH");
    for (short, long) in LONG_FORMS {
        if let Some(at) = name.find(short) {
            let borders = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
            let whole = borders(name[..at].chars().next_back())
                && (borders(name[at + short.len()..].chars().next()) || short.ends_with('.'));
            if whole {
                let gap = if short.ends_with('.') && !name[at + short.len()..].starts_with(' ') { " " } else { "" };
                name.replace_range(at..at + short.len(), &format!("{long}{gap}"));
            }
        }
    }
    let name = spelled_out(&name);
    let mut out: Vec<String> = Vec::new();
    let mut rise = true;
    let mut in_place = false;
    let words: Vec<&str> = name.split_whitespace().collect();
    for (index, word) in words.iter().enumerate() {
        let rest = words[index..].join(" ");
        let place = PLACES.iter().any(|place| rest.starts_with(&format!("{place} ")));
        let second = index > 0 && PLACES.contains(&format!("{} {word}", words[index - 1]).as_str());
        let begins = |head: &str| rest.strip_prefix(head).is_some_and(|behind| !behind.starts_with(char::is_alphanumeric));
        let office = *word == "PHÒNG" && index > 0 && matches!(words[index - 1], "VĂN" | "DỰ" | "QUỐC");
        let inner = !office && INNER_HEADS.iter().any(|head| begins(head));
        let head = !in_place && (inner || index == 0 && HEADS.iter().any(|head| begins(head)));
        let bare = word.trim_end_matches([',', '.']);
        let party = matches!(bare, "ỦY" | "UỶ") && index > 0;
        if word.chars().any(char::is_lowercase) || KEPT.contains(&bare) || bare.contains(['&']) {
            out.push((*word).to_owned());
        } else if party || place || second || matches!(bare, "VÀ" | "THUỘC" | "CÁC") {
            out.push(word.to_lowercase());
        } else if in_place || rise || head || PROPER.contains(&bare) {
            out.push(titled(word));
        } else {
            out.push(word.to_lowercase());
        }
        let council = words.get(index + 1) == Some(&"ĐỒNG");
        let unit =
            head && !council && matches!(bare, "PHÒNG" | "SỞ" | "BAN" | "BỘ" | "CỤC" | "VỤ" | "VIỆN" | "HỘI" | "ĐOÀN" | "TRƯỜNG")
                || bare == "HỌC" && index > 0 && words[index - 1] == "ĐẠI"
                || bare == "TY" && index > 0 && words[index - 1] == "CÔNG";
        rise = unit
            || word.ends_with([',', '-'])
            || bare == "VÀ"
            || *word == "-"
            || *word == "–"
            || *word == "TÂM" && index > 0 && words[index - 1] == "TRUNG";
        in_place = (in_place
            || place
            || second
            || party
            || KEPT.contains(&bare)
            || bare == "NON"
            || bare == "HỌC" && index > 0 && matches!(words[index - 1], "TIỂU"))
            && bare != "VÀ";
    }
    out.join(" ")
}

/// "GIÁO DỤC&ĐÀO TẠO" is two words with "và" between them, "TB&XH" a short form.
fn spelled_out(name: &str) -> String {
    let words = name.split(' ').map(|word| match word.split_once('&') {
        Some((left, right)) if left.chars().count() > 2 && right.chars().count() > 2 => format!("{left} VÀ {right}"),
        Some(("", right)) => format!("VÀ {right}"),
        Some((left, "")) => format!("{left} VÀ"),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn titled(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect()).unwrap_or_default()
}

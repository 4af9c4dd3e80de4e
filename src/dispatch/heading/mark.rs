//! Marks and fixed lines of a heading: urgency, secrecy, the motto, the name of the type.

use crate::dispatch::layout::Layout;
use crate::dispatch::passage::Passage;
use crate::domain::directive::{Secrecy, Urgency};

/// Without blanks, brackets and stops, in capital letters.
fn packed(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// How secret the paper is by the mark on it. A mark stands alone on its line (or in its column) in capital letters, or
/// behind "Độ mật"; the word within a sentence is none.
pub fn secrecy_of(layout: &Layout) -> Secrecy {
    let mut found = Secrecy::default();
    for line in &layout.lines {
        for part in &line.parts {
            if let Some(secrecy) = secrecy_mark(part.words.text()) {
                found = found.max(secrecy);
            }
        }
    }
    found
}

fn secrecy_mark(text: &str) -> Option<Secrecy> {
    if text.chars().count() > 40 {
        return None;
    }
    let labelled = packed(text);
    let labelled = labelled.strip_prefix("ĐỘMẬT").or_else(|| labelled.strip_prefix("MỨCĐỘMẬT"));
    let word = match labelled {
        Some(word) => word.to_owned(),
        None if text.chars().any(char::is_lowercase) => {
            let inner = text.trim_matches(['(', ')', '[', ']', ' ', '.']);
            return match inner {
                "Mật" => Some(Secrecy::Mat),
                "Tối mật" | "Tối Mật" => Some(Secrecy::ToiMat),
                "Tuyệt mật" | "Tuyệt Mật" => Some(Secrecy::TuyetMat),
                _ => None,
            };
        }
        None => packed(text),
    };
    let word =
        ["HỎATỐC", "THƯỢNGKHẨN", "KHẨN", "TÀILIỆU", "VĂNBẢN", "DẤU"].iter().fold(word, |word, mark| word.replace(mark, ""));
    match word.as_str() {
        "MẬT" => Some(Secrecy::Mat),
        "TỐIMẬT" => Some(Secrecy::ToiMat),
        "TUYỆTMẬT" => Some(Secrecy::TuyetMat),
        _ => None,
    }
}

/// The mark of urgency among the lines of a heading.
pub fn urgency_of(lines: &[Passage]) -> Urgency {
    lines.iter().filter_map(|line| urgency_mark(line.text())).max().unwrap_or_default()
}

fn urgency_mark(text: &str) -> Option<Urgency> {
    if text.chars().count() > 30 {
        return None;
    }
    let word = packed(text);
    match word.as_str() {
        "HỎATỐC" | "HOẢTỐC" | "HỎATỐCHẸNGIỜ" | "HOẢTỐCHẸNGIỜ" => Some(Urgency::HoaToc),
        "THƯỢNGKHẨN" => Some(Urgency::ThuongKhan),
        "KHẨN" => Some(Urgency::Khan),
        _ => None,
    }
}

/// Whether a line is a mark of urgency or secrecy.
pub fn is_mark(text: &str) -> bool {
    urgency_mark(text).is_some() || secrecy_mark(text).is_some()
}

/// "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "ĐẢNG CỘNG SẢN VIỆT NAM".
pub fn is_motto(text: &str) -> bool {
    let word = packed(text);
    let republic = word.starts_with("CỘNGHÒAXÃHỘI") || word.starts_with("CỘNGHOÀXÃHỘI");
    republic || word.starts_with("ĐỘCLẬPTỰDO") || word.starts_with("ĐẢNGCỘNGSẢN")
}

/// What stands on a line before the motto.
pub fn before_motto(text: &str) -> &str {
    const OPENINGS: [&str; 6] =
        ["CỘNG HÒA XÃ HỘI", "CỘNG HOÀ XÃ HỘI", "ĐẢNG CỘNG SẢN VIỆT", "Độc lập - Tự do", "Độc lập – Tự do", "CỘNG HÒA XÃ HÔI"];
    let at = OPENINGS.iter().filter_map(|opening| text.find(opening)).min().unwrap_or(text.len());
    &text[..at]
}

/// The names of types that stand above their subject.
const TITLES: [&str; 28] = [
    "THÔNG BÁO KẾT LUẬN",
    "KẾ HOẠCH LIÊN TỊCH",
    "KẾ HOẠCH",
    "CHỈ THỊ",
    "THÔNG BÁO",
    "HƯỚNG DẪN",
    "QUYẾT ĐỊNH",
    "GIẤY MỜI",
    "CÔNG ĐIỆN",
    "TỜ TRÌNH",
    "BÁO CÁO",
    "CHƯƠNG TRÌNH",
    "KẾT LUẬN",
    "NGHỊ QUYẾT",
    "QUY CHẾ",
    "QUY ĐỊNH",
    "PHƯƠNG ÁN",
    "ĐỀ ÁN",
    "DỰ ÁN",
    "THÔNG TRI",
    "GIẤY TRIỆU TẬP",
    "BIÊN BẢN",
    "THÔNG CÁO",
    "THƯ MỜI",
    "CÔNG VĂN",
    "CHƯƠNG TRÌNH HÀNH ĐỘNG",
    "CHƯƠNG TRÌNH CÔNG TÁC",
    "QUI CHẾ",
];

/// Whether a line begins with the name of a type, in capital letters.
pub fn is_title(text: &str) -> bool {
    title_len(text).is_some()
}

/// Where the subject begins when it stands on the line of the name.
pub fn behind_title(text: &str) -> Option<usize> {
    let len = title_len(text)?;
    (len < text.len()).then_some(len)
}

fn title_len(text: &str) -> Option<usize> {
    let text = text.trim_end();
    let found = TITLES.iter().filter(|title| text.starts_with(*title)).max_by_key(|title| title.len())?;
    let rest = text[found.len()..].trim_start();
    let rest = rest.trim_matches(['.', ':', ' ', ',']);
    // "QUYẾT ĐỊNH:" closes the bases; "KẾ HOẠCH CÔNG TÁC …" in capital letters is a title with its subject.
    (rest.is_empty() || rest.chars().next().is_some_and(|letter| letter.is_uppercase() || letter.is_numeric() || letter == '('))
        .then_some(found.len())
}

/// Whether a line is the office of who signs, in capital letters: "KT. GIÁM ĐỐC", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH".
pub fn is_signature(text: &str) -> bool {
    const FOR: [&str; 8] = ["KT.", "TM.", "TL.", "TUQ.", "T/M", "KT ", "Q.", "K/T"];
    const OFFICES: [&str; 22] = [
        "CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "GIÁM ĐỐC",
        "PHÓ GIÁM ĐỐC",
        "TRƯỞNG PHÒNG",
        "PHÓ TRƯỞNG PHÒNG",
        "HIỆU TRƯỞNG",
        "PHÓ HIỆU TRƯỞNG",
        "BỘ TRƯỞNG",
        "THỨ TRƯỞNG",
        "THỦ TƯỚNG",
        "PHÓ THỦ TƯỚNG",
        "BÍ THƯ",
        "PHÓ BÍ THƯ",
        "CHÁNH VĂN PHÒNG",
        "PHÓ CHÁNH VĂN PHÒNG",
        "CỤC TRƯỞNG",
        "VIỆN TRƯỞNG",
        "TRƯỞNG BAN",
        "PHÓ TRƯỞNG BAN",
        "CHÁNH THANH TRA",
        "BỘ TRƯỞNG, CHỦ NHIỆM",
    ];
    let capital = !text.chars().any(char::is_lowercase) && text.chars().count() < 60;
    capital && (FOR.iter().any(|word| text.starts_with(word)) || OFFICES.iter().any(|office| text.starts_with(office)))
}

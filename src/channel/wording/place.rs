//! Where an item stands: the dispatch by its kind, number and date, and the clause as it is quoted.

use super::date::short;
use super::period::period_words;
use super::text::{count, cut, listed};
use crate::channel::letter::{Item, Tone};
use crate::domain::rules::Language;

/// Types of document by the abbreviation in their symbol (Decree 30/2020, annex III), which a công văn has not.
const TYPES: [(&str, &str, &str); 29] = [
    ("NQ", "Nghị quyết", "Resolution"),
    ("QĐ", "Quyết định", "Decision"),
    ("CT", "Chỉ thị", "Directive"),
    ("QC", "Quy chế", "Regulation"),
    ("QyĐ", "Quy định", "Rules"),
    ("TC", "Thông cáo", "Communiqué"),
    ("TB", "Thông báo", "Notice"),
    ("HD", "Hướng dẫn", "Guidance"),
    ("CTr", "Chương trình", "Programme"),
    ("KH", "Kế hoạch", "Plan"),
    ("KHLT", "Kế hoạch liên tịch", "Joint plan"),
    ("PA", "Phương án", "Scheme"),
    ("ĐA", "Đề án", "Proposal"),
    ("DA", "Dự án", "Project"),
    ("BC", "Báo cáo", "Report"),
    ("BB", "Biên bản", "Minutes"),
    ("TTr", "Tờ trình", "Submission"),
    ("HĐ", "Hợp đồng", "Contract"),
    ("CĐ", "Công điện", "Urgent telegram"),
    ("BGN", "Bản ghi nhớ", "Memorandum"),
    ("BTT", "Bản thỏa thuận", "Agreement"),
    ("GUQ", "Giấy ủy quyền", "Authorisation"),
    ("GM", "Giấy mời", "Invitation"),
    ("GGT", "Giấy giới thiệu", "Introduction"),
    ("GNP", "Giấy nghỉ phép", "Leave note"),
    ("PG", "Phiếu gửi", "Dispatch note"),
    ("PC", "Phiếu chuyển", "Transfer note"),
    ("PB", "Phiếu báo", "Advice note"),
    ("KL", "Kết luận", "Conclusion"),
];

/// "Công văn", "Kế hoạch" …
fn kind_of(number: &str, language: Language) -> &'static str {
    let symbol = number.rsplit('/').next().unwrap_or("");
    let abbreviation = symbol.split('-').next().unwrap_or("").trim();
    let found = TYPES.iter().find(|(short, ..)| *short == abbreviation && symbol.contains('-'));
    match (found, language) {
        (Some((_, vi, _)), Language::Vi) => vi,
        (Some((.., en)), Language::En) => en,
        (None, Language::Vi) => "Công văn",
        (None, Language::En) => "Dispatch",
    }
}

/// "Công văn số 4988/UBND-CCHC ngày 05/10/2023 của UBND quận Gò Vấp"
pub(super) fn dispatch(item: &Item, language: Language) -> String {
    let kind = kind_of(&item.dispatch_number, language);
    let date = short(item.dispatch_date);
    let (number, issuer) = (cut(&item.dispatch_number, 80), &item.issuer);
    match (language, issuer.as_str()) {
        (Language::Vi, "") => format!("{kind} số {number} ngày {date}"),
        (Language::Vi, issuer) => format!("{kind} số {number} ngày {date} của {issuer}"),
        (Language::En, "") => format!("{kind} No. {number} of {date}"),
        (Language::En, issuer) => format!("{kind} No. {number} of {date} by {issuer}"),
    }
}

/// The same with what it is about: "… về việc triển khai …".
pub(super) fn dispatch_about(item: &Item, language: Language) -> String {
    let head = dispatch(item, language);
    let Some(subject) = &item.subject else { return head };
    let subject = ["V/v ", "v/v ", "Về việc ", "về việc "].iter().find_map(|word| subject.strip_prefix(word)).unwrap_or(subject);
    let subject = cut(subject, 160);
    match language {
        Language::Vi => format!("{head} về việc {subject}"),
        Language::En => format!("{head} ({subject})"),
    }
}

/// "Phòng Văn hóa – Xã hội (kế thừa Phòng Nội vụ)": the lead unit, with the one it took the duty over from.
pub(super) fn lead_unit(item: &Item, language: Language) -> String {
    let unit = &item.unit;
    match (&item.inherited_from, language) {
        (None, _) => unit.clone(),
        (Some(former), Language::Vi) => format!("{unit} (kế thừa {former})"),
        (Some(former), Language::En) => format!("{unit} (successor of {former})"),
    }
}

/// "4988/UBND-CCHC" as it is named in a line: "CV 4988/UBND-CCHC", "Kế hoạch 20/KH-UBND".
fn dispatch_short(item: &Item, language: Language) -> String {
    let number = cut(&item.dispatch_number, 60);
    match (kind_of(&number, language), language) {
        ("Công văn", _) => format!("CV {number}"),
        (kind, Language::Vi) => format!("{kind} {number}"),
        (_, Language::En) => number,
    }
}

/// The parts of a clause that is a point of a khoản: `1.e` is (`1`, `e`).
fn point(clause: &str) -> Option<(&str, &str)> {
    let (above, letter) = clause.rsplit_once('.')?;
    let one_letter = letter.chars().count() == 1 && letter.chars().all(char::is_alphabetic);
    (one_letter && !above.is_empty()).then_some((above, letter))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// "điểm e khoản 1", for sentences.
pub(super) fn clause_long(clause: &str, language: Language) -> String {
    match (language, point(clause)) {
        (Language::Vi, Some((above, letter))) => format!("điểm {letter} {}", clause_long(above, language)),
        (Language::En, Some((above, letter))) => format!("point {letter} of {}", clause_long(above, language)),
        (_, None) => match (language, clause.split_once('.')) {
            (Language::Vi, None) if is_number(clause) => format!("khoản {clause}"),
            (Language::En, None) if is_number(clause) => format!("clause {clause}"),
            (Language::Vi, Some((part, number))) if is_number(number) && !is_number(part) => format!("khoản {number} mục {part}"),
            (Language::En, Some((part, number))) if is_number(number) && !is_number(part) => {
                format!("clause {number} of part {part}")
            }
            (Language::Vi, _) => format!("mục {clause}"),
            (Language::En, _) => format!("section {clause}"),
        },
    }
}

/// "điểm 1.e", for lines.
pub(super) fn clause_short(clause: &str, language: Language) -> String {
    match (language, point(clause).is_some(), is_number(clause)) {
        (Language::Vi, true, _) => format!("điểm {clause}"),
        (Language::En, true, _) => format!("point {clause}"),
        (Language::Vi, false, true) => format!("khoản {clause}"),
        (Language::En, false, true) => format!("clause {clause}"),
        (Language::Vi, false, false) => format!("mục {clause}"),
        (Language::En, false, false) => format!("section {clause}"),
    }
}

/// "điểm 1.e, CV 4988/UBND-CCHC", of a recurring duty with its period before it.
pub(super) fn reference(item: &Item, language: Language) -> String {
    let dispatch = dispatch_short(item, language);
    match item.clauses.as_slice() {
        [] => dispatch,
        [one] => match &item.period {
            Some(line) => {
                format!("{}, {}, {dispatch}", period_words(line.period, language), clause_short(&cut(one, 40), language))
            }
            None => format!("{}, {dispatch}", clause_short(&cut(one, 40), language)),
        },
        many => match language {
            Language::Vi => format!("{} nội dung, {dispatch}", count(many.len() as u64, language)),
            Language::En => format!("{} duties, {dispatch}", many.len()),
        },
    }
}

/// "điểm 1.e, CV 4988/UBND-CCHC ngày 05/10/2023"
pub(super) fn reference_dated(item: &Item, language: Language) -> String {
    let date = short(item.dispatch_date);
    if is_bundle(item) {
        let clauses = clauses_long(item, language);
        return match language {
            Language::Vi => format!("{clauses}; văn bản ngày {date}"),
            Language::En => format!("{clauses}; dispatch of {date}"),
        };
    }
    let reference = reference(item, language);
    match language {
        Language::Vi => format!("{reference} ngày {date}"),
        Language::En => format!("{reference} of {date}"),
    }
}

/// "điểm a, b, c khoản 2", the points of one clause together.
fn clause_group(above: &str, letters: &[String], language: Language) -> String {
    let (above, letters) = (clause_long(above, language), letters.join(", "));
    match (language, letters.as_str()) {
        (_, "") => above,
        (Language::Vi, letters) => format!("điểm {letters} {above}"),
        (Language::En, letters) => format!("points {letters} of {above}"),
    }
}

/// "điểm a, b khoản 1; điểm c khoản 2", every clause of an item.
pub(super) fn clauses_long(item: &Item, language: Language) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for clause in &item.clauses {
        let clause = cut(clause, 40);
        let (above, letter) =
            point(&clause).map_or_else(|| (clause.clone(), None), |(above, letter)| (above.to_owned(), Some(letter)));
        match (groups.last_mut(), letter) {
            (Some((known, letters)), Some(letter)) if *known == above && !letters.is_empty() => letters.push(letter.to_owned()),
            (_, letter) => groups.push((above, letter.map(str::to_owned).into_iter().collect())),
        }
    }
    let all: Vec<String> = groups.iter().map(|(above, letters)| clause_group(above, letters, language)).collect();
    listed(&all, 40)
}

/// Whether the item stands for several undated duties of one dispatch.
pub(super) fn is_bundle(item: &Item) -> bool {
    item.tone == Tone::Review && item.clauses.len() > 1
}

/// The title; for a bundle "07 nội dung thường xuyên của Công văn số …".
pub(super) fn title(item: &Item, language: Language) -> String {
    if !is_bundle(item) {
        return if item.title.is_empty() { item.assignment.clone() } else { item.title.clone() };
    }
    let n = count(item.clauses.len() as u64, language);
    let kind = kind_of(&item.dispatch_number, language);
    let number = cut(&item.dispatch_number, 60);
    match language {
        Language::Vi => format!("{n} nội dung thường xuyên của {kind} số {number}"),
        Language::En => format!("{n} standing duties of {kind} No. {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_is_quoted_as_a_dispatch_quotes_it() {
        let vi = |clause| clause_long(clause, Language::Vi);
        assert_eq!(vi("1.e"), "điểm e khoản 1");
        assert_eq!(vi("3.đ"), "điểm đ khoản 3");
        assert_eq!(vi("4"), "khoản 4");
        assert_eq!(vi("3.1"), "mục 3.1");
        assert_eq!(vi("II.3"), "khoản 3 mục II");
        assert_eq!(vi("II.3.b"), "điểm b khoản 3 mục II");
        assert_eq!(clause_short("1.e", Language::Vi), "điểm 1.e");
        assert_eq!(clause_long("1.e", Language::En), "point e of clause 1");
    }

    #[test]
    fn a_symbol_without_letters_of_a_type_is_an_official_letter() {
        assert_eq!(kind_of("4988/UBND-CCHC", Language::Vi), "Công văn");
        assert_eq!(kind_of("05/BNV-VP", Language::Vi), "Công văn");
        assert_eq!(kind_of("20/KH-UBND", Language::Vi), "Kế hoạch");
        assert_eq!(kind_of("15/2024/QĐ-UBND", Language::Vi), "Quyết định");
        assert_eq!(kind_of("CT", Language::Vi), "Công văn");
    }
}

//! Tables and columns by the words people head them with, Vietnamese or English, with or without accents.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::raw::RawRow;
use super::slug::fold;

/// Rows in which headings are looked for.
const LOOK_AT_ROWS: usize = 40;

/// A table of the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Unit,
    Person,
    Appointment,
    Substitution,
    Dispatch,
    Directive,
    Figure,
    Extension,
}

/// A column: its key, its heading as the template writes it, other words (without accents).
pub(super) struct Column {
    pub(super) key: &'static str,
    pub(super) heading: &'static str,
    words: &'static [&'static str],
}

const fn column(key: &'static str, heading: &'static str, words: &'static [&'static str]) -> Column {
    Column { key, heading, words }
}

const NUMBER: Column = column(
    "number",
    "Số văn bản",
    &[
        "so",
        "so hieu",
        "so ky hieu",
        "so hieu van ban",
        "so ky hieu van ban",
        "so cong van",
        "cong van",
        "van ban",
        "van ban chi dao",
        "van ban giao",
        "van ban giao nhiem vu",
        "so van ban giao",
        "so van ban chi dao",
        "so van ban ngay ban hanh",
        "so ngay van ban",
        "dispatch",
    ],
);
const CLAUSE: Column = column("clause", "Khoản, điểm", &["diem", "khoan", "diem khoan", "muc", "khoan diem muc"]);
const UNIT: Column = column("unit", "Đơn vị", &["phong ban", "phong", "don vi cong tac", "co quan", "co quan don vi", "bo phan"]);
const FROM: Column = column("from", "Từ ngày", &["tu", "ngay bat dau", "ngay bo nhiem"]);
const TO: Column = column("to", "Đến ngày", &["den", "ngay ket thuc"]);
const SUPERVISOR: Column = column(
    "supervisor",
    "Lãnh đạo phụ trách",
    &["lanh dao", "lanh dao chi dao", "lanh dao theo doi", "lanh dao ubnd phu trach", "lanh dao phu trach chi dao"],
);
const ORDER: Column = column("", "STT", &["stt", "tt", "so tt", "so thu tu", "no"]);
const NOTE: Column = column("", "Ghi chú", &["note", "notes", "remark"]);
const ISSUER: Column = column("issuer", "Cơ quan ban hành", &["noi ban hanh", "don vi ban hanh", "co quan giao"]);
const RECEIVED: Column = column("received", "Ngày nhận", &["ngay den", "ngay van ban den"]);
const SUBJECT: Column = column("subject", "Trích yếu", &["trich yeu noi dung", "trich yeu van ban", "ve viec"]);
const DIRECTIVE: Column = column("directive", "Nhiệm vụ", &["ma nhiem vu", "ten nhiem vu", "noi dung"]);

/// Sheet and file names of each table, and its columns. The template has them in this order.
pub(super) static TABLES: [(Kind, &str, &[&str], &[Column]); 8] = [
    (
        Kind::Unit,
        "Đơn vị",
        &["unit", "units", "danh sach don vi", "cac don vi", "phong ban", "co quan don vi", "to chuc", "dm don vi"],
        &[
            column("id", "Mã đơn vị", &["ma", "ma so"]),
            column("name", "Tên đơn vị", &["ten", "don vi", "co quan", "ten co quan don vi", "co quan don vi"]),
            column("parent", "Đơn vị cấp trên", &["cap tren", "truc thuoc", "don vi quan ly"]),
            SUPERVISOR,
            column("aliases", "Tên khác", &["ten viet tat", "viet tat", "ten goi khac", "alias"]),
            FROM,
            TO,
            column("successor", "Đơn vị kế thừa", &["ke thua"]),
            ORDER,
            NOTE,
        ],
    ),
    (
        Kind::Person,
        "Cán bộ",
        &[
            "person",
            "people",
            "persons",
            "nguoi",
            "danh sach can bo",
            "nhan su",
            "can bo cong chuc",
            "danh ba",
            "danh sach nguoi",
        ],
        &[
            column("id", "Mã", &["ma can bo", "ma so", "ma nguoi"]),
            column("name", "Họ và tên", &["ho ten", "ten", "ho va ten can bo", "can bo"]),
            column("title", "Chức vụ", &["chuc danh", "chuc vu chuc danh"]),
            UNIT,
            column("email", "Email", &["e mail", "thu dien tu", "dia chi email", "hop thu", "mail", "thu dien tu cong vu"]),
            column("phone", "Điện thoại", &["so dien thoai", "di dong", "sdt", "dt", "dien thoai di dong", "mobile"]),
            column("position", "Vị trí", &["ma chuc vu"]),
            column("salutation", "Xưng hô", &["cach xung ho"]),
            column("prefer", "Kênh nhận tin", &["kenh", "uu tien"]),
            column("telegram", "Telegram", &["ma telegram"]),
            FROM,
            TO,
            column("acting", "Quyền, phụ trách", &["quyen", "phu trach", "tam quyen"]),
            column("active", "Đang công tác", &["con cong tac"]),
            ORDER,
            NOTE,
        ],
    ),
    (
        Kind::Appointment,
        "Chức vụ",
        &["appointment", "appointments", "bo nhiem", "phan cong"],
        &[
            column("person", "Họ và tên", &["nguoi", "ma nguoi", "can bo", "ho ten"]),
            UNIT,
            column("title", "Chức vụ", &["chuc danh"]),
            column("position", "Vị trí", &["ma chuc vu"]),
            FROM,
            TO,
            column("acting", "Quyền, phụ trách", &["quyen", "phu trach"]),
            ORDER,
            NOTE,
        ],
    ),
    (
        Kind::Substitution,
        "Thay thế",
        &["substitution", "substitutions", "nguoi thay", "phan cong thay", "uy quyen", "vang mat"],
        &[
            column("person", "Người vắng", &["nguoi", "ho va ten", "nguoi duoc thay", "can bo vang"]),
            column("by", "Người thay", &["nguoi thay the", "can bo thay"]),
            FROM,
            TO,
            ORDER,
            NOTE,
        ],
    ),
    (
        Kind::Dispatch,
        "Văn bản",
        &["dispatch", "dispatches", "cong van", "van ban den", "so van ban den", "danh sach van ban"],
        &[
            NUMBER,
            ISSUER,
            column("date", "Ngày ban hành", &["ngay", "ngay van ban", "ngay thang", "ngay ky", "ngay thang van ban"]),
            RECEIVED,
            column("incoming_number", "Số đến", &["so van ban den"]),
            SUBJECT,
            column("monitor", "Người theo dõi", &["can bo theo doi"]),
            column("urgency", "Độ khẩn", &["muc do khan", "khan"]),
            column("secrecy", "Độ mật", &["muc do mat", "mat"]),
            column("replaces", "Thay thế văn bản", &["thay the"]),
            column("supplements", "Bổ sung văn bản", &["bo sung"]),
            ORDER,
            NOTE,
        ],
    ),
    (
        Kind::Directive,
        "Nhiệm vụ",
        &[
            "directive",
            "directives",
            "tasks",
            "noi dung",
            "cong viec",
            "viec",
            "danh muc nhiem vu",
            "danh sach nhiem vu",
            "noi dung chi dao",
            "theo doi nhiem vu",
            "nhiem vu duoc giao",
            "nhiem vu giao",
        ],
        &[
            column("order", "STT", &["tt", "so tt", "so thu tu", "no"]),
            column(
                "title",
                "Nội dung nhiệm vụ",
                &[
                    "noi dung",
                    "nhiem vu",
                    "ten nhiem vu",
                    "noi dung cong viec",
                    "cong viec",
                    "noi dung chi dao",
                    "noi dung giao",
                    "nhiem vu duoc giao",
                    "nhiem vu giao",
                    "noi dung nhiem vu duoc giao",
                    "task",
                ],
            ),
            NUMBER,
            column(
                "date",
                "Ngày ban hành",
                &["ngay", "ngay van ban", "ngay thang", "ngay ky", "ngay thang van ban", "ngay thang nam", "ngay giao"],
            ),
            column(
                "deadline",
                "Thời hạn",
                &[
                    "han",
                    "han xu ly",
                    "han hoan thanh",
                    "thoi han hoan thanh",
                    "thoi gian hoan thanh",
                    "han thuc hien",
                    "thoi han thuc hien",
                    "thoi gian thuc hien",
                    "thoi han xu ly",
                    "due date",
                ],
            ),
            column(
                "lead",
                "Đơn vị chủ trì",
                &[
                    "chu tri",
                    "co quan chu tri",
                    "co quan don vi chu tri",
                    "don vi thuc hien",
                    "phong chu tri",
                    "lead unit",
                    "lead units",
                ],
            ),
            column(
                "coordinating",
                "Đơn vị phối hợp",
                &["phoi hop", "co quan phoi hop", "co quan don vi phoi hop", "coordinating unit", "coordinating units"],
            ),
            SUPERVISOR,
            column("progress", "Tiến độ", &["tien do thuc hien", "ty le hoan thanh", "muc do hoan thanh", "tien do"]),
            column(
                "status",
                "Trạng thái",
                &["tinh trang", "tinh hinh", "tinh trang thuc hien", "tinh hinh thuc hien", "trang thai thuc hien", "state"],
            ),
            column("result", "Kết quả", &["ket qua thuc hien", "san pham", "ket qua san pham", "ket qua dat duoc"]),
            column("note", "Ghi chú", &["notes", "remark"]),
            CLAUSE,
            ISSUER,
            SUBJECT,
            RECEIVED,
            column("done_on", "Ngày hoàn thành", &["ngay hoan thanh thuc te", "ngay bao cao"]),
            column("assignee", "Người thực hiện", &["can bo thuc hien", "chuyen vien", "chuyen vien thuc hien", "nguoi xu ly"]),
            column("target", "Chỉ tiêu", &["muc tieu", "chi tieu giao"]),
            column("text", "Nguyên văn", &["noi dung day du"]),
            column("follow", "Cách theo dõi", &["theo doi"]),
            column("deadline_set_by", "Nơi đặt hạn", &[]),
            column("clause_as_typed", "Điểm ghi trong văn bản", &[]),
            column("correction", "Đính chính", &[]),
        ],
    ),
    (
        Kind::Figure,
        "Số liệu",
        &["figure", "figures", "so lieu thang", "tien do so lieu", "giai ngan"],
        &[
            DIRECTIVE,
            NUMBER,
            CLAUSE,
            UNIT,
            column("as_of", "Ngày số liệu", &["tinh den ngay", "ngay", "den ngay", "thoi diem"]),
            column("value", "Giá trị", &["so lieu", "ket qua", "ty le"]),
            column("source", "Nguồn", &["nguon so lieu"]),
            column("year", "Năm", &[]),
            ORDER,
            NOTE,
        ],
    ),
    (
        Kind::Extension,
        "Gia hạn",
        &["extension", "extensions", "gia han nhiem vu"],
        &[
            DIRECTIVE,
            NUMBER,
            CLAUSE,
            UNIT,
            column("deadline", "Thời hạn mới", &["gia han den", "han moi", "thoi han", "gia han den ngay"]),
            column("basis", "Căn cứ", &["van ban gia han", "van ban cho gia han"]),
            column("date", "Ngày cho gia hạn", &["ngay", "ngay gia han", "ngay ban hanh"]),
            ORDER,
            NOTE,
        ],
    ),
];

type Words = HashMap<(Kind, String), &'static str>;

/// Every word of every column.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (kind, _, _, columns) in &TABLES {
        for column in *columns {
            let own = [column.key.replace('_', " "), fold(column.heading)].into_iter().filter(|word| !word.is_empty());
            for word in own.chain(column.words.iter().map(|word| (*word).to_owned())) {
                words.entry((*kind, word)).or_insert(column.key);
            }
        }
    }
    words
});

/// The key of a heading in that table; an empty one is a column nobody asks for, such as the number of the row.
pub(super) fn key_of(kind: Kind, heading: &str) -> Option<&'static str> {
    if kind == Kind::Figure && month_of(heading).is_some() {
        return Some("month");
    }
    // A hint in brackets belongs to no heading: "Thời hạn (ngày/tháng/năm)".
    let bare = heading.split('(').next().unwrap_or(heading);
    [heading, bare].iter().find_map(|text| WORDS.get(&(kind, fold(text))).copied())
}

/// The heading the template writes for a key.
pub(super) fn heading_of(kind: Kind, key: &str) -> Option<&'static str> {
    let (_, _, _, columns) = TABLES.iter().find(|(one, ..)| *one == kind)?;
    columns.iter().find(|column| column.key == key).map(|column| column.heading)
}

/// The headings of a table, for a suggestion.
pub(super) fn headings(kind: Kind) -> impl Iterator<Item = &'static str> {
    let table = TABLES.iter().filter(move |(one, ..)| *one == kind);
    table.flat_map(|(_, _, _, columns)| columns.iter()).filter(|column| !column.key.is_empty()).map(|column| column.heading)
}

/// The row in which the headings stand: the one with most known words, the first of equals; `None` when none has any.
pub(super) fn find(rows: &[RawRow]) -> Option<usize> {
    let scored = rows.iter().take(LOOK_AT_ROWS).enumerate().map(|(index, row)| (known_cells(row), index));
    scored.filter(|(known, _)| *known > 0).max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, index)| index)
}

/// How many known words the headings have.
pub(super) fn known_words(rows: &[RawRow]) -> usize {
    rows.iter().take(LOOK_AT_ROWS).map(known_cells).max().unwrap_or(0)
}

/// Of the table that knows most of them.
fn known_cells(row: &RawRow) -> usize {
    let known = |kind: Kind| row.cells.iter().filter(|(_, text)| key_of(kind, text).is_some()).count();
    TABLES.iter().map(|(kind, ..)| known(*kind)).max().unwrap_or(0)
}

/// The table a sheet or a file is named after; numbers and years in the name do not matter.
pub(super) fn kind_by_name(name: &str) -> Option<Kind> {
    let folded = fold(name);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.chars().all(|c| c.is_ascii_digit())).collect();
    let bare = words.join(" ");
    let named = TABLES.iter().find(|(_, own, others, _)| fold(own) == bare || others.contains(&bare.as_str()));
    named.map(|(kind, ..)| *kind)
}

/// The table these headings can only belong to.
pub(super) fn kind_by_headings(headings: &[&str]) -> Option<Kind> {
    let keys = |kind| headings.iter().filter_map(|heading| key_of(kind, heading)).collect::<BTreeSet<_>>();
    let has = |kind, wanted: &[&str]| wanted.iter().all(|key| keys(kind).contains(key));
    let folded: BTreeSet<String> = headings.iter().map(|heading| fold(heading)).collect();
    let says = |words: &[&str]| words.iter().any(|word| folded.contains(*word));
    if has(Kind::Directive, &["title", "lead"]) {
        Some(Kind::Directive)
    } else if keys(Kind::Figure).contains("month") || (has(Kind::Figure, &["as_of", "value"]) && !says(&["ho va ten"])) {
        Some(Kind::Figure)
    } else if says(&["nguoi thay", "nguoi thay the"]) {
        Some(Kind::Substitution)
    } else if says(&["ho va ten", "ho ten"]) {
        Some(Kind::Person)
    } else if says(&["thoi han moi", "gia han den", "han moi"]) {
        Some(Kind::Extension)
    } else if has(Kind::Dispatch, &["number", "date"]) && says(&["trich yeu", "co quan ban hanh", "noi ban hanh", "issuer"]) {
        Some(Kind::Dispatch)
    } else if says(&["ten don vi", "ma don vi", "don vi cap tren"]) {
        Some(Kind::Unit)
    } else {
        None
    }
}

/// `Tháng 1`, `T1/2023`, `01/2023`, `Tháng 01 năm 2023`: the month, and the year when it stands there.
pub(super) fn month_of(heading: &str) -> Option<(i8, Option<i16>)> {
    // A date cell in the headings reads as ISO; its day says nothing.
    if let Some(date) = heading.get(..10).and_then(|text| text.parse::<jiff::civil::Date>().ok()) {
        return Some((date.month(), Some(date.year())));
    }
    let folded = fold(heading);
    let rest = folded.strip_prefix("thang").or_else(|| folded.strip_prefix("month")).or_else(|| folded.strip_prefix('t'));
    let named = rest.is_some();
    let words: Vec<&str> = rest.unwrap_or(&folded).split(' ').filter(|word| !word.is_empty() && *word != "nam").collect();
    let (month, year) = match words[..] {
        [month] if named => (month, None),
        [month, year] => (month, Some(year)),
        _ => return None,
    };
    let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    match year {
        None => Some((month, None)),
        Some(year) => year_of(year).map(|year| (month, Some(year))),
    }
}

/// Four digits of this or a near century.
pub(super) fn year_of(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| word.len() == 4 && (1990..=2149).contains(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_both_languages_and_however_they_are_typed() {
        for (heading, key) in [
            ("Đơn vị chủ trì", "lead"),
            ("DON VI CHU TRI", "lead"),
            ("lead", "lead"),
            ("Thời hạn (ngày)", "deadline"),
            ("TT", "order"),
        ] {
            assert_eq!(key_of(Kind::Directive, heading), Some(key), "{heading}");
        }
        assert_eq!(key_of(Kind::Person, "Địa chỉ email"), Some("email"));
        assert_eq!(key_of(Kind::Person, "STT"), Some(""));
        assert_eq!(key_of(Kind::Person, "Cân nặng"), None);
    }

    #[test]
    fn a_sheet_is_known_by_its_name_else_by_its_headings() {
        for (name, kind) in [
            ("Nhiệm vụ 2023", Kind::Directive),
            ("don-vi", Kind::Unit),
            ("people", Kind::Person),
            ("nguoi", Kind::Person),
            ("VĂN BẢN", Kind::Dispatch),
        ] {
            assert_eq!(kind_by_name(name), Some(kind), "{name}");
        }
        assert_eq!(kind_by_name("Sheet1"), None);
        let list = ["STT", "Nội dung", "Chủ trì", "Hạn"];
        assert_eq!(kind_by_headings(&list), Some(Kind::Directive));
        assert_eq!(kind_by_headings(&["Mặt hàng", "Giá"]), None);
    }

    #[test]
    fn no_word_means_two_columns_of_one_table() {
        for (kind, _, _, columns) in &TABLES {
            for column in *columns {
                for word in column.words {
                    assert_eq!(fold(word), *word, "words stand without accents");
                    assert_eq!(WORDS.get(&(*kind, (*word).to_owned())), Some(&column.key), "{kind:?} {word}");
                }
            }
        }
    }

    #[test]
    fn months_are_read_as_they_are_headed() {
        for (heading, month) in [
            ("Tháng 1", (1, None)),
            ("T12/2023", (12, Some(2023))),
            ("01/2023", (1, Some(2023))),
            ("Tháng 03 năm 2024", (3, Some(2024))),
            ("2023-05-01", (5, Some(2023))),
        ] {
            assert_eq!(month_of(heading), Some(month), "{heading}");
        }
        for other in ["Tháng", "13/2023", "TT", "Tổng", "5", "T"] {
            assert_eq!(month_of(other), None, "{other}");
        }
    }
}

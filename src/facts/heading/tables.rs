//! The tables of facts and their columns, in the words people head them with.

use super::Kind;

/// A column: its key, its heading as the template writes it, other words (without accents).
pub(in crate::facts) struct Column {
    pub(in crate::facts) key: &'static str,
    pub(in crate::facts) heading: &'static str,
    pub(super) words: &'static [&'static str],
    pub(in crate::facts) place: Place,
}

/// Which workbooks have a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::facts) enum Place {
    /// The empty one to fill in, and all others.
    Anywhere,
    /// Drafts of a dispatch: what stands there comes from its reader.
    Drafts,
}

const fn column(key: &'static str, heading: &'static str, words: &'static [&'static str]) -> Column {
    Column { key, heading, words, place: Place::Anywhere }
}

const fn of_drafts(key: &'static str, heading: &'static str) -> Column {
    Column { key, heading, words: &[], place: Place::Drafts }
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
pub(in crate::facts) static TABLES: [(Kind, &str, &[&str], &[Column]); 9] = [
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
        Kind::Alias,
        "Tên khác",
        &["alias", "aliases", "ten trong van ban"],
        &[
            column("name", "Tên trong văn bản", &["ten", "ten khac", "ten goi khac"]),
            column("unit", "Là đơn vị", &["don vi", "ma don vi"]),
            column("", "Gợi ý", &[]),
            column("", "Ở các điểm", &[]),
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
            of_drafts("agreed", "Đồng ý"),
            of_drafts("deadline_wording", "Thời hạn trong văn bản"),
            of_drafts("", "Được hiểu là"),
            of_drafts("", "Nghi vấn"),
            of_drafts("", "So với đã nhập"),
            of_drafts("quote", "Trích văn bản"),
            of_drafts("quote_file", "Tệp"),
            of_drafts("quote_digest", "Mã tệp"),
            of_drafts("quote_line", "Dòng trong tệp"),
            of_drafts("quote_start", "Từ byte"),
            of_drafts("quote_end", "Đến byte"),
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

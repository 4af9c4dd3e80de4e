//! An empty workbook to fill in: a sheet for each table, its headings, one row that shows how, and a guide.

use rust_xlsxwriter::{Color, DataValidation, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::heading::{Kind, Place, TABLES};

/// Why a template could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the workbook: {0}; try again with another file name")]
pub struct TemplateError(#[from] XlsxError);

/// What the row that shows how begins with; the reader skips such rows.
const EXAMPLE: &str = "Ví dụ";
/// Rows below the headings for which a list of choices is offered.
const ROWS_TO_FILL: u32 = 2_000;

/// Values of the row that shows how, by table: key and text. The people are made up.
const EXAMPLES: [(Kind, &[(&str, &str)]); 9] = [
    (
        Kind::Unit,
        &[
            ("id", "pnv"),
            ("name", "Phòng Nội vụ"),
            ("parent", "UBND phường An Bình"),
            ("supervisor", "Lê Thị Minh"),
            ("aliases", "P. Nội vụ; Nội vụ"),
        ],
    ),
    (
        Kind::Person,
        &[
            ("id", "an"),
            ("name", "Nguyễn Văn An"),
            ("title", "Trưởng phòng Nội vụ"),
            ("unit", "Phòng Nội vụ"),
            ("email", "an@example.org"),
            ("phone", "028 0000 0000"),
        ],
    ),
    (
        Kind::Appointment,
        &[("person", "Nguyễn Văn An"), ("unit", "Phòng Nội vụ"), ("title", "Trưởng phòng Nội vụ"), ("from", "01/07/2025")],
    ),
    (Kind::Substitution, &[("person", "Nguyễn Văn An"), ("by", "Trần Thị Bình"), ("from", "20/12/2026"), ("to", "29/12/2026")]),
    (Kind::Alias, &[("name", "Phòng NV"), ("unit", "Phòng Nội vụ")]),
    (
        Kind::Dispatch,
        &[
            ("number", "12/UBND-NC"),
            ("issuer", "UBND phường An Bình"),
            ("date", "05/10/2026"),
            ("received", "06/10/2026"),
            ("subject", "V/v đẩy mạnh cải cách hành chính"),
            ("urgency", "Thường"),
        ],
    ),
    (
        Kind::Directive,
        &[
            ("title", "Rà soát thủ tục hành chính, báo cáo kết quả"),
            ("number", "12/UBND-NC"),
            ("date", "05/10/2026"),
            ("deadline", "Quý IV/2026"),
            ("lead", "Phòng Nội vụ"),
            ("coordinating", "Văn phòng; Phòng Kinh tế"),
            ("supervisor", "Lê Thị Minh"),
            ("progress", "60%"),
            ("status", "Đang thực hiện"),
            ("result", "Đã có dự thảo báo cáo"),
            ("clause", "1.e"),
            ("target", "giải ngân > 90 %"),
        ],
    ),
    (
        Kind::Figure,
        &[
            ("directive", "12/UBND-NC#4.b"),
            ("unit", "Phòng Kinh tế"),
            ("as_of", "31/10/2026"),
            ("value", "62,5"),
            ("source", "Kho bạc"),
        ],
    ),
    (
        Kind::Extension,
        &[
            ("directive", "12/UBND-NC#1.e"),
            ("unit", "Phòng Nội vụ"),
            ("deadline", "31/03/2027"),
            ("basis", "20/UBND-NC"),
            ("date", "28/12/2026"),
        ],
    ),
];

/// What the first sheet says.
const GUIDE: [&str; 17] = [
    "HƯỚNG DẪN NHẬP DỮ LIỆU CHO DONDOC",
    "",
    "1. Mỗi trang là một bảng. Chỉ điền những trang cần dùng; trang để trống không sao.",
    "2. Dòng bắt đầu bằng \"Ví dụ\" chỉ để minh họa: khi nhập, dòng đó được bỏ qua, có thể để nguyên hoặc xóa.",
    "3. Không đổi tên trang. Có thể bớt cột, đổi thứ tự cột, thêm dòng tiêu đề phía trên, gộp ô.",
    "4. Ngày: viết ngày/tháng/năm (31/12/2026) hoặc dùng ô ngày của Excel. 01/01/1970 nghĩa là không có.",
    "5. Nhiều đơn vị trong một ô ngăn cách bằng dấu chấm phẩy (;).",
    "6. Đơn vị, người: ghi tên, tên khác hoặc mã. Không có mã thì mã được đặt từ tên và giữ nguyên cho các lần nhập sau.",
    "7. Hai người trùng họ tên: ghi mã riêng cho mỗi người ở cột \"Mã\".",
    "8. Chức vụ: Trưởng, Chủ tịch, Giám đốc … là trưởng đơn vị; bắt đầu bằng Phó là phó; Quyền, Phụ trách là người tạm giữ.",
    "9. Thời hạn: một ngày, hoặc cụm từ như Quý IV/2026, trước ngày 15/12, thường xuyên. Để trống là chưa có hạn.",
    "10. Điểm, khoản của nhiệm vụ lấy ở cột \"Khoản, điểm\"; không có thì lấy STT. Đừng đổi STT của nhiệm vụ đã nhập.",
    "11. Trạng thái: Chưa thực hiện, Đã tiếp nhận, Đang thực hiện, Đã báo cáo, Hoàn thành, Không còn hiệu lực. Việc đã hoàn thành không bị đôn đốc; ghi \"Ngày hoàn thành\" để tính đúng hạn hay quá hạn.",
    "12. Số liệu theo tháng: thay hai cột \"Ngày số liệu\", \"Giá trị\" bằng các cột 01/2026, 02/2026 …",
    "13. Xem trước: dondoc import --dry-run tệp.xlsx. Nhập: dondoc import tệp.xlsx. Nhập lại chỉ thay đổi những gì khác.",
    "14. Văn bản mật không nhập vào đây: chỉ ghi mã, thời hạn, đơn vị và người.",
    "15. Ô công thức được đọc theo giá trị đang hiển thị; ô báo lỗi (#REF!) bị từ chối.",
];

/// Whether these are values of the row that shows how, and no others.
pub(super) fn shows_how<'a>(kind: Kind, mut values: impl Iterator<Item = &'a str>) -> bool {
    let own = EXAMPLES.iter().filter(|(one, _)| *one == kind).flat_map(|(_, values)| values.iter()).map(|(_, text)| *text);
    let own: Vec<&str> = own.collect();
    values.all(|value| own.contains(&value))
}

/// The workbook as bytes.
///
/// # Errors
/// When the writer of the format refuses, which no text of ours makes it do.
pub fn template() -> Result<Vec<u8>, TemplateError> {
    let mut book = Workbook::new();
    guide(book.add_worksheet())?;
    for (kind, name, _, columns) in &TABLES {
        let headings: Vec<(&str, &str)> = [("order", "STT")]
            .into_iter()
            .chain(
                columns
                    .iter()
                    .filter(|column| column.heading != "STT" && column.place == Place::Anywhere)
                    .map(|column| (column.key, column.heading)),
            )
            .collect();
        let values = EXAMPLES.iter().find(|(one, _)| one == kind).map(|(_, values)| *values).unwrap_or_default();
        table(book.add_worksheet().set_name(*name)?, &headings, values)?;
    }
    Ok(book.save_to_buffer()?)
}

fn guide(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let (title, text) = (Format::new().set_bold().set_font_size(14), Format::new().set_text_wrap());
    sheet.set_name("Hướng dẫn")?;
    sheet.set_column_width(0, 120)?;
    for (row, line) in (0_u32..).zip(GUIDE) {
        sheet.write_string_with_format(row, 0, line, if row == 0 { &title } else { &text })?;
    }
    Ok(())
}

/// How headings look.
pub(super) fn heading_format() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_background_color(Color::RGB(0x00dd_ebf7))
        .set_border(FormatBorder::Thin)
}

fn table(sheet: &mut Worksheet, headings: &[(&str, &str)], example: &[(&str, &str)]) -> Result<(), XlsxError> {
    let heading = heading_format();
    let shown = Format::new().set_italic().set_font_color(Color::RGB(0x0080_8080)).set_text_wrap();
    // Cells of dates are texts here too: a spreadsheet then leaves what is typed as it was typed.
    for (column, (key, name)) in (0_u16..).zip(headings) {
        sheet.write_string_with_format(0, column, *name, &heading)?;
        let text = if column == 0 { EXAMPLE } else { example.iter().find(|(one, _)| one == key).map_or("", |(_, text)| *text) };
        sheet.write_string_with_format(1, column, text, &shown)?;
        sheet.set_column_width(column, width(key))?;
        let choices: &[&str] = match *key {
            "status" => &["Chưa thực hiện", "Đã tiếp nhận", "Đang thực hiện", "Đã báo cáo", "Hoàn thành", "Không còn hiệu lực"],
            "urgency" => &["Thường", "Khẩn", "Thượng khẩn", "Hỏa tốc"],
            _ => continue,
        };
        // A choice is offered, another word is taken too.
        let choice = DataValidation::new().allow_list_strings(choices)?.show_error_message(false);
        sheet.add_data_validation(1, column, ROWS_TO_FILL, column, &choice)?;
    }
    sheet.set_row_height(0, 32)?;
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn width(key: &str) -> f64 {
    match key {
        "title" | "text" | "subject" => 50.0,
        "order" => 8.0,
        "name" | "lead" | "coordinating" | "issuer" | "unit" | "parent" | "result" | "note" => 26.0,
        _ => 16.0,
    }
}

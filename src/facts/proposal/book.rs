//! A proposal as a workbook to fill in.

use rust_xlsxwriter::{Color, DataValidation, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError};

use super::{Compared, Earlier, Proposal, ProposedDirective, ProposedUnit, keys, shown};
use crate::domain::directive::{Follow, Urgency};
use crate::domain::rules::Language;
use crate::facts::heading::{Kind, heading_of, name_of};
use crate::facts::template::{TemplateError, heading_format};
use crate::tree::say;

/// The sheet of units to choose from; it is not read back.
const UNITS_SHEET: &str = "Tra cứu đơn vị";
/// The most characters of a cell; the format takes 32,767.
const CELL_CHARS_MAX: usize = 20_000;

/// What the first sheet says.
const GUIDE: [&str; 14] = [
    "DỰ THẢO NHIỆM VỤ ĐỌC TỪ VĂN BẢN",
    "",
    "Chưa có nội dung nào được ghi vào hệ thống. Chỉ những dòng được đánh dấu mới được ghi.",
    "",
    "1. Trang \"Văn bản\": kiểm tra số, cơ quan ban hành, ngày, trích yếu; ô tô đỏ là ô chưa đọc được, cần điền. Ghi thêm ngày nhận nếu có hạn tính từ ngày nhận được.",
    "2. Trang \"Nhiệm vụ\": mỗi dòng là một nhiệm vụ. Đọc cột \"Trích văn bản\" và cột \"Nghi vấn\", sửa các ô chưa đúng, rồi ghi \"x\" ở cột \"Đồng ý\".",
    "3. Đơn vị: ghi tên hoặc mã, mỗi đơn vị một dòng trong ô hoặc ngăn cách bằng dấu chấm phẩy (;). Tên và mã có ở trang \"Tra cứu đơn vị\". Mỗi đơn vị chủ trì có một nhiệm vụ riêng.",
    "4. Tên chưa rõ là đơn vị nào: điền ở trang \"Tên khác\" (nếu có trang này), tên đó được nhớ cho những lần sau; hoặc sửa thẳng ở dòng nhiệm vụ.",
    "5. Thời hạn: sửa cột \"Thời hạn\" (một ngày như 31/12/2026, hoặc cụm từ như \"hằng tháng, trước ngày 20\"). Để trống là chưa có hạn, nhiệm vụ được rà soát định kỳ.",
    "6. Chỉ tiêu: viết như \"> 90 %\" hoặc \"giải ngân > 90 %\". Để trống nếu không có.",
    "7. Văn bản đã nhập trước đây: cột \"So với đã nhập\" cho biết điểm khác. Thời hạn đã thông báo mà nay ghi khác: ghi \"x\" ở cột \"Đính chính\" nếu trước đây ghi sai; nếu là gia hạn thì nhập bằng trang \"Gia hạn\" của mẫu.",
    "8. Không đổi tên trang, không sửa các cột ẩn: chúng giữ vị trí của câu chữ trong văn bản.",
    "",
    "Xem trước: dondoc import TỆP-NÀY.xlsx     Ghi vào hệ thống: dondoc import TỆP-NÀY.xlsx --confirm",
];

/// The most lines of a row: more than 409 points no spreadsheet takes.
const ROW_LINES_MAX: u16 = 27;
/// The height of a line.
const LINE_POINTS: f64 = 15.0;

/// A cell of a row of duties.
struct Column {
    key: &'static str,
    heading: &'static str,
    width: f64,
}

const fn column(key: &'static str, heading: &'static str, width: f64) -> Column {
    Column { key, heading, width }
}

/// What a duty shows, left to right; headings without a key are for people only.
const SHOWN: [Column; 14] = [
    column("agreed", "", 8.0),
    column("clause", "", 9.0),
    column("title", "", 36.0),
    column("quote", "", 60.0),
    column("lead", "", 40.0),
    column("coordinating", "", 24.0),
    column("deadline_wording", "", 22.0),
    column("deadline", "", 16.0),
    column("", "Được hiểu là", 28.0),
    column("target", "", 16.0),
    column("follow", "", 11.0),
    column("", "Nghi vấn", 40.0),
    column("", "So với đã nhập", 28.0),
    column("correction", "Đính chính", 10.0),
];

/// Columns that say something only of a dispatch that was imported before.
const OF_EARLIER: [&str; 2] = ["So với đã nhập", "Đính chính"];

/// What stands in hidden columns.
const HIDDEN: [&str; 6] = ["clause_as_typed", "quote_file", "quote_digest", "quote_line", "quote_start", "quote_end"];

struct Formats {
    heading: Format,
    text: Format,
    red: Format,
    missing: Format,
    mark: Format,
    title: Format,
}

impl Formats {
    fn new() -> Self {
        let text = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_border(FormatBorder::Hair);
        let red = Color::RGB(0x00c0_0000);
        Self {
            heading: heading_format(),
            red: text.clone().set_font_color(red),
            missing: text.clone().set_font_color(red).set_background_color(Color::RGB(0x00fd_e9e7)),
            mark: text
                .clone()
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_background_color(Color::RGB(0x00ff_f8dc))
                .set_border(FormatBorder::Thin),
            title: Format::new().set_bold().set_font_size(14),
            text,
        }
    }
}

impl Proposal {
    /// The workbook as bytes.
    ///
    /// # Errors
    /// When the writer of the format refuses, which no text of a dispatch makes it do.
    pub fn to_workbook(&self) -> Result<Vec<u8>, TemplateError> {
        let mut book = Workbook::new();
        let formats = Formats::new();
        guide(book.add_worksheet(), &formats)?;
        self.heading(book.add_worksheet(), &formats)?;
        self.duties(book.add_worksheet(), &formats)?;
        if !self.unknown.is_empty() {
            self.names(book.add_worksheet(), &formats)?;
        }
        self.directory(book.add_worksheet(), &formats)?;
        Ok(book.save_to_buffer()?)
    }

    fn heading(&self, sheet: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
        sheet.set_name(name_of(Kind::Dispatch))?;
        let dispatch = &self.dispatch;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let urgency = match dispatch.urgency {
            Urgency::Thuong => "Thường",
            Urgency::Khan => "Khẩn",
            Urgency::ThuongKhan => "Thượng khẩn",
            Urgency::HoaToc => "Hỏa tốc",
        };
        let day = |date: Option<jiff::civil::Date>| date.map(shown).unwrap_or_default();
        let mut note: Vec<String> = Vec::new();
        if let Some(typed) = dispatch.number_as_typed.as_ref().filter(|_| dispatch.number.is_none()) {
            note.push(format!("Số ghi trong văn bản: {typed}"));
        }
        if !dispatch.addressees.is_empty() {
            note.push(format!("Kính gửi: {}", dispatch.addressees.join("; ")));
        }
        if dispatch.earlier == Earlier::Recorded {
            note.push("Văn bản này đã nhập trước đây.".to_owned());
        }
        note.extend(self.doubts.iter().map(|doubt| doubt.text.clone()));
        note.extend(self.gone.iter().map(|name| format!("Đã nhập nhưng văn bản này không còn: {name}")));
        let values = [
            ("number", text(&dispatch.number), 18.0),
            ("issuer", text(&dispatch.issuer), 30.0),
            ("date", day(dispatch.date), 14.0),
            ("received", day(dispatch.received), 14.0),
            ("incoming_number", text(&dispatch.incoming_number), 10.0),
            ("subject", text(&dispatch.subject), 50.0),
            ("urgency", urgency.to_owned(), 12.0),
            ("monitor", text(&dispatch.monitor), 20.0),
            ("replaces", text(&dispatch.replaces), 16.0),
            ("supplements", text(&dispatch.supplements), 16.0),
            ("", note.join("\n"), 50.0),
        ];
        let mut lines = 1;
        for (column, (key, value, width)) in (0_u16..).zip(&values) {
            lines = lines.max(lines_of(value, *width));
            let heading = heading_of(Kind::Dispatch, key).filter(|_| !key.is_empty()).unwrap_or("Ghi chú");
            sheet.write_string_with_format(0, column, heading, &formats.heading)?;
            let missing = value.is_empty() && matches!(*key, "number" | "issuer" | "date");
            sheet.write_string_with_format(1, column, cut(value), if missing { &formats.missing } else { &formats.text })?;
            sheet.set_column_width(column, *width)?;
        }
        sheet.set_row_height(0, 32)?;
        sheet.set_row_height(1, height(lines))?;
        page(sheet)
    }

    fn duties(&self, sheet: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
        sheet.set_name(name_of(Kind::Directive))?;
        sheet.set_active(true);
        let headings = SHOWN.iter().map(|column| (column.key, column.heading)).chain(HIDDEN.map(|key| (key, "")));
        for (column, (key, heading)) in (0_u16..).zip(headings) {
            let heading = heading_of(Kind::Directive, key).filter(|_| !key.is_empty()).unwrap_or(heading);
            sheet.write_string_with_format(0, column, heading, &formats.heading)?;
            match SHOWN.get(usize::from(column)) {
                Some(shown) if OF_EARLIER.contains(&shown.heading) && self.dispatch.earlier == Earlier::New => {
                    sheet.set_column_hidden(column)?
                }
                Some(shown) => sheet.set_column_width(column, shown.width)?,
                None => sheet.set_column_hidden(column)?,
            };
        }
        for (row, directive) in (1_u32..).zip(&self.directives) {
            let mut lines = 1;
            let shown = SHOWN.iter().map(|column| if column.key.is_empty() { column.heading } else { column.key });
            for (column, key) in (0_u16..).zip(shown.chain(HIDDEN)) {
                let (value, format) = cell(directive, key, self.language, formats);
                let width = SHOWN.get(usize::from(column)).map_or(f64::MAX, |shown| shown.width);
                lines = lines.max(lines_of(&value, width));
                sheet.write_string_with_format(row, column, cut(&value), format)?;
            }
            sheet.set_row_height(row, height(lines))?;
        }
        let last = u32::try_from(self.directives.len()).unwrap_or(u32::MAX).max(1);
        choose(sheet, 0, last, &DataValidation::new().allow_list_strings(&["x"])?)?;
        choose(sheet, 10, last, &DataValidation::new().allow_list_strings(&["đôn đốc", "rà soát", "liệt kê"])?)?;
        choose(sheet, 4, last, &self.units_of_list())?;
        sheet.set_row_height(0, 32)?;
        sheet.set_freeze_panes(1, 2)?;
        page(sheet)
    }

    fn names(&self, sheet: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
        sheet.set_name(name_of(Kind::Alias))?;
        for (column, (heading, width)) in
            (0_u16..).zip([("Tên trong văn bản", 44.0), ("Là đơn vị", 34.0), ("Gợi ý", 50.0), ("Ở các điểm", 30.0)])
        {
            sheet.write_string_with_format(0, column, heading, &formats.heading)?;
            sheet.set_column_width(column, width)?;
        }
        for (row, unknown) in (1_u32..).zip(&self.unknown) {
            let near = unknown.near.iter().map(|unit| format!("{} ({})", unit.name, unit.id)).collect::<Vec<_>>().join("\n");
            sheet.write_string_with_format(row, 0, cut(&unknown.name), &formats.text)?;
            sheet.write_string_with_format(row, 1, "", &formats.missing)?;
            sheet.write_string_with_format(row, 2, cut(&near), &formats.text)?;
            sheet.write_string_with_format(row, 3, cut(&unknown.clauses.join(", ")), &formats.text)?;
            sheet.set_row_height(row, height(unknown.near.len()))?;
        }
        let last = u32::try_from(self.unknown.len()).unwrap_or(u32::MAX);
        choose(sheet, 1, last, &self.units_of_list())?;
        sheet.set_freeze_panes(1, 0)?;
        page(sheet)
    }

    fn directory(&self, sheet: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
        sheet.set_name(UNITS_SHEET)?;
        for (column, (heading, width)) in
            (0_u16..).zip([("Tên đơn vị", 50.0), ("Mã đơn vị", 16.0), ("Tên khác", 60.0), ("Đơn vị cấp trên", 16.0)])
        {
            sheet.write_string_with_format(0, column, heading, &formats.heading)?;
            sheet.set_column_width(column, width)?;
        }
        for (row, unit) in (1_u32..).zip(&self.units) {
            let others: Vec<&str> = unit.aliases.iter().chain(&unit.learned).map(String::as_str).collect();
            let cells =
                [&unit.name, &unit.id, &others.join("; "), &unit.parent.clone().unwrap_or_default()].map(|text| cut(text));
            for (column, text) in (0_u16..).zip(cells) {
                sheet.write_string_with_format(row, column, text, &formats.text)?;
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        page(sheet)
    }

    /// The names of the units sheet, to choose from.
    fn units_of_list(&self) -> DataValidation {
        let last = self.units.len().max(1) + 1;
        DataValidation::new().allow_list_formula(Formula::new(format!("='{UNITS_SHEET}'!$A$2:$A${last}")))
    }
}

fn cell<'f>(directive: &ProposedDirective, key: &str, language: Language, formats: &'f Formats) -> (String, &'f Format) {
    let plain = &formats.text;
    let quote = &directive.quote;
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let deadline = directive.deadline.as_ref();
    match key {
        "agreed" => (String::new(), &formats.mark),
        "clause" => (directive.clause.clone(), plain),
        "title" => (directive.title.clone(), plain),
        "quote" => (quote.text.clone(), plain),
        "lead" => {
            let known = directive.knows_its_lead();
            (keys(&directive.lead).join("; "), if known { plain } else { &formats.missing })
        }
        "coordinating" => {
            // Bodies outside the directory are told nothing anyway; the doubts name them.
            let known: Vec<ProposedUnit> = directive.coordinating.iter().filter(|one| !one.units.is_empty()).cloned().collect();
            (keys(&known).join("; "), plain)
        }
        "deadline_wording" => (deadline.map(|deadline| deadline.wording.clone()).unwrap_or_default(), plain),
        "deadline" => {
            let value = deadline.and_then(|deadline| deadline.value.as_deref());
            let missing = deadline.is_some() && value.is_none();
            (value.map(day_or_phrase).unwrap_or_default(), if missing { &formats.missing } else { plain })
        }
        "Được hiểu là" => (deadline.map(|deadline| deadline.understood.clone()).unwrap_or_default(), plain),
        "target" => (directive.target.clone().unwrap_or_default(), plain),
        "follow" => {
            let word = match directive.follow {
                Follow::Press => "đôn đốc",
                Follow::Review => "rà soát",
                Follow::List => "liệt kê",
            };
            // A deadline that is filled in later is pressed by itself.
            (if deadline.is_some_and(|deadline| deadline.value.is_none()) { String::new() } else { word.to_owned() }, plain)
        }
        "Nghi vấn" => (super::text::doubts(&directive.doubts, language).join("\n"), &formats.red),
        "So với đã nhập" => match &directive.compared {
            Compared::New => (String::new(), plain),
            Compared::Same => (say!(language, "không đổi", "unchanged"), plain),
            Compared::Changed(lines) => (lines.join("\n"), &formats.red),
        },
        "clause_as_typed" => (directive.clause_as_typed.clone().unwrap_or_default(), plain),
        "quote_file" => (quote.file.clone().unwrap_or_default(), plain),
        "quote_digest" => (quote.digest.clone().unwrap_or_default(), plain),
        "quote_line" => (number(quote.line), plain),
        "quote_start" => (number(quote.start), plain),
        "quote_end" => (number(quote.end), plain),
        _ => (String::new(), plain),
    }
}

/// An ISO date as people write it; anything else as it is.
fn day_or_phrase(value: &str) -> String {
    value.parse::<jiff::civil::Date>().map_or_else(|_| value.to_owned(), shown)
}

fn cut(text: &str) -> String {
    text.chars().take(CELL_CHARS_MAX).collect()
}

fn guide(sheet: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
    let text = Format::new().set_text_wrap();
    sheet.set_name("Hướng dẫn")?;
    sheet.set_column_width(0, 120)?;
    for (row, line) in (0_u32..).zip(GUIDE) {
        sheet.write_string_with_format(row, 0, line, if row == 0 { &formats.title } else { &text })?;
    }
    page(sheet)
}

/// A choice is offered, other words are taken too.
fn choose(sheet: &mut Worksheet, column: u16, last: u32, choice: &DataValidation) -> Result<(), XlsxError> {
    sheet.add_data_validation(1, column, last, column, &choice.clone().show_error_message(false))?;
    Ok(())
}

/// How many lines a text takes in a column that many characters wide.
fn lines_of(text: &str, width: f64) -> usize {
    // Letters of Vietnamese are wider than the digits a width counts.
    let per_line = (width * 1.05).max(1.0);
    let of_line = |line: &str| {
        let chars = u32::try_from(line.chars().count()).unwrap_or(u32::MAX);
        (f64::from(chars) / per_line).ceil().max(1.0)
    };
    let lines: f64 = text.lines().map(of_line).sum();
    // Whole numbers between 1 and the length of the text.
    (1..=ROW_LINES_MAX).find(|count| f64::from(*count) >= lines).map_or(usize::from(ROW_LINES_MAX), usize::from)
}

/// The height of a row in points; spreadsheets that do not fit rows themselves then show the whole.
fn height(lines: usize) -> f64 {
    f64::from(u16::try_from(lines).unwrap_or(ROW_LINES_MAX).clamp(1, ROW_LINES_MAX)) * LINE_POINTS + 3.0
}

fn page(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_landscape();
    sheet.set_paper_size(8);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

//! Word documents: the text is what stands on the paper.

use dondoc::document::Kind;

use super::archive::{archive, docx, docx_with};
use super::{code, text};

/// A paragraph of plain runs.
fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
}

fn shown(body: &str) -> String {
    text(&docx(body), Kind::Docx)
}

#[test]
fn runs_tabs_breaks_and_hyphens_are_what_one_reads() {
    let body = "<w:p><w:r><w:t>Hoàn th</w:t></w:r><w:r><w:t>ành &amp; báo c&#225;o</w:t><w:tab/><w:t>x</w:t><w:br/><w:t>CCHC</w:t>\
                <w:noBreakHyphen/><w:t>KS</w:t><w:softHyphen/><w:t>TT</w:t></w:r></w:p>";
    assert_eq!(shown(body), "Hoàn thành & báo cáo\tx\nCCHC-KSTT\n\n");
}

#[test]
fn what_was_deleted_is_not_text_and_what_was_inserted_is() {
    let body = "<w:p><w:r><w:t>trước ngày </w:t></w:r><w:del><w:r><w:delText>15</w:delText></w:r></w:del>\
                <w:ins><w:r><w:t>20</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>/9</w:t></w:r></w:moveFrom>\
                <w:moveTo><w:r><w:t>/11</w:t></w:r></w:moveTo></w:p>\
                <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>một </w:t></w:r></w:p><w:p><w:r><w:t>hai</w:t></w:r></w:p>\
                <w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>bỏ</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
    assert_eq!(shown(body), "trước ngày 20/11\n\nmột hai\n\n");
}

#[test]
fn hidden_text_is_left_out_and_capitals_are_capitals() {
    let styles = "<w:styles xmlns:w=\"w\"><w:style w:type=\"character\" w:styleId=\"an\"><w:rPr><w:vanish/></w:rPr></w:style>\
                  <w:style w:type=\"paragraph\" w:styleId=\"hoa\"><w:basedOn w:val=\"goc\"/></w:style>\
                  <w:style w:type=\"paragraph\" w:styleId=\"goc\"><w:rPr><w:caps/></w:rPr></w:style></w:styles>";
    let body = "<w:p><w:pPr><w:pStyle w:val=\"hoa\"/></w:pPr><w:r><w:t>kế hoạch</w:t></w:r>\
                <w:r><w:rPr><w:rStyle w:val=\"an\"/></w:rPr><w:t>ẩn</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>ẩn</w:t></w:r>\
                <w:r><w:rPr><w:caps w:val=\"0\"/><w:vanish w:val=\"false\"/></w:rPr><w:t> năm</w:t></w:r></w:p>";
    assert_eq!(text(&docx_with(body, &[("word/styles.xml", styles)]), Kind::Docx), "KẾ HOẠCH năm\n\n");
}

#[test]
fn a_text_box_is_read_once_and_a_footnote_not_at_all() {
    let inside = format!("<w:txbxContent>{}</w:txbxContent>", paragraph("HỎA TỐC"));
    let body = format!(
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing>{inside}</w:drawing></mc:Choice>\
         <mc:Fallback><w:pict><v:textbox>{inside}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>\
         <w:r><w:t>Nội dung</w:t></w:r><w:r><w:footnoteReference w:id=\"1\"/></w:r></w:p>"
    );
    let notes = "<w:footnotes xmlns:w=\"w\"><w:footnote><w:p><w:r><w:t>chú thích</w:t></w:r></w:p></w:footnote></w:footnotes>";
    assert_eq!(text(&docx_with(&body, &[("word/footnotes.xml", notes)]), Kind::Docx), "Nội dung\n\nHỎA TỐC\n\n");
}

#[test]
fn a_field_shows_its_result_and_a_torn_one_hides_nothing() {
    let field = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let body = format!(
        "<w:p>{}<w:r><w:t>MERGEFIELD</w:t></w:r>{}<w:r><w:t>12/11</w:t></w:r>{}</w:p><w:p>{}<w:r><w:t>DATE</w:t></w:r></w:p>{}",
        field("begin"),
        field("separate"),
        field("end"),
        field("begin"),
        paragraph("sau")
    );
    assert_eq!(shown(&body), "12/11\n\nsau\n\n");
}

#[test]
fn of_headers_only_a_mark_of_secrecy_or_urgency_is_taken() {
    let part = |text: &str| format!("<w:hdr xmlns:w=\"w\">{}</w:hdr>", paragraph(text));
    let shown = |header: &str| {
        let header = part(header);
        text(&docx_with(&paragraph("Nội dung"), &[("word/header1.xml", &header), ("word/footer1.xml", &part("2"))]), Kind::Docx)
    };
    assert_eq!(shown("Sở Nội vụ"), "Nội dung\n\n");
    assert_eq!(shown(" Tối mật. "), "TỐI MẬT\n\nNội dung\n\n");
    assert_eq!(shown("Hoả tốc hẹn giờ"), "HỎA TỐC\n\nNội dung\n\n");
    assert_eq!(shown("Bí mật nhà nước"), "Nội dung\n\n");
}

fn table(rows: &[&[&str]], properties: &str) -> String {
    let cell = |text: &&str| {
        let (properties, text) = text.split_once('~').unwrap_or(("", text));
        let lines: String = text.split('¶').map(paragraph).collect();
        format!("<w:tc><w:tcPr>{properties}</w:tcPr>{lines}</w:tc>")
    };
    let row = |cells: &&[&str]| format!("<w:tr>{}</w:tr>", cells.iter().map(cell).collect::<String>());
    format!("<w:tbl><w:tblPr>{properties}</w:tblPr>{}</w:tbl>", rows.iter().map(row).collect::<String>())
}

const LINES: &str = "<w:tblBorders><w:top w:val=\"single\"/></w:tblBorders>";

#[test]
fn a_table_with_lines_becomes_rows_and_merged_cells_hold_for_each_row() {
    let rows: [&[&str]; 4] = [
        &["TT", "Việc", "Đơn vị", "Hạn"],
        &["1", "Rà soát | lập sổ", "Phòng A¶Phòng B", "<w:vMerge w:val=\"restart\"/>~15/11"],
        &["2", "Báo cáo kết quả¶quý", "- Phòng C;¶- Phòng D", "<w:vMerge/>~"],
        &["<w:gridSpan w:val=\"3\"/>~Cộng", "<w:vMerge/>~"],
    ];
    assert_eq!(
        shown(&table(&rows, LINES)),
        "| TT | Việc | Đơn vị | Hạn |\n| --- | --- | --- | --- |\n| 1 | Rà soát / lập sổ | Phòng A; Phòng B | 15/11 |\n\
         | 2 | Báo cáo kết quả quý | - Phòng C; - Phòng D | 15/11 |\n| Cộng |  |  | 15/11 |\n\n"
    );
}

#[test]
fn the_heading_and_the_end_are_read_column_by_column() {
    let heading: [&[&str]; 2] =
        [&["ỦY BAN¶PHƯỜNG", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"], &["Số: 1/UBND", "ngày 01 tháng 02 năm 2026"]];
    assert_eq!(
        shown(&table(&heading, LINES)),
        "ỦY BAN\nPHƯỜNG\nSố: 1/UBND\n\nCỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM\nngày 01 tháng 02 năm 2026\n\n"
    );
    let end: [&[&str]; 1] = [&["Nơi nhận:¶- Như trên;", "CHỦ TỊCH"]];
    assert_eq!(shown(&table(&end, "")), "Nơi nhận:\n- Như trên;\n\nCHỦ TỊCH\n\n");
    let fields: [&[&str]; 2] = [&["Thời gian:", "01/11"], &["Địa điểm:", "hội trường"]];
    assert_eq!(shown(&table(&fields, "")), "Thời gian: 01/11\nĐịa điểm: hội trường\n\n");
}

#[test]
fn a_heading_set_by_tabs_is_read_column_by_column() {
    let line = |left: &str, right: &str| format!("<w:p><w:r><w:t>{left}</w:t><w:tab/><w:tab/><w:t>{right}</w:t></w:r></w:p>");
    let body = [
        line("ỦY BAN NHÂN DÂN", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        line("PHƯỜNG A", "Độc lập - Tự do - Hạnh phúc"),
        paragraph("Số: 5/UBND"),
        line("", "ngày 12 tháng 10 năm 2026"),
        line("Kính gửi:", "Phòng B"),
    ]
    .concat();
    let motto = "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nngày 12 tháng 10 năm 2026";
    let shown = shown(&body);
    assert!(shown.starts_with("ỦY BAN NHÂN DÂN\nPHƯỜNG A\n\nCỘNG HOÀ"), "{shown}");
    assert!(motto.lines().all(|line| shown.lines().any(|one| one == line)), "{shown}");
    assert!(shown.ends_with("Kính gửi:\t\tPhòng B\n\n"), "{shown}");
}

#[test]
fn numbers_word_draws_itself_are_written_out() {
    let level = |index: usize, format: &str, text: &str| {
        format!(
            "<w:lvl w:ilvl=\"{index}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"{text}\"/></w:lvl>"
        )
    };
    let numbering = format!(
        "<w:numbering xmlns:w=\"w\"><w:abstractNum w:abstractNumId=\"3\">{}{}</w:abstractNum>\
         <w:num w:numId=\"1\"><w:abstractNumId w:val=\"3\"/></w:num></w:numbering>",
        level(0, "decimal", "%1."),
        level(1, "lowerLetter", "%2)")
    );
    let styles = "<w:styles xmlns:w=\"w\"><w:style w:type=\"paragraph\" w:styleId=\"muc\"><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr></w:style></w:styles>";
    let item = |properties: &str, text: &str| format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>");
    let point = "<w:numPr><w:ilvl w:val=\"1\"/><w:numId w:val=\"1\"/></w:numPr>";
    let gone = format!("{point}<w:rPr><w:del/></w:rPr>");
    let none = "<w:pStyle w:val=\"muc\"/><w:numPr><w:numId w:val=\"0\"/></w:numPr>";
    let body = [
        item("<w:pStyle w:val=\"muc\"/>", "Giao A"),
        item(point, "một"),
        item(&gone, ""),
        item(point, "hai"),
        item(none, "không số"),
        item("<w:pStyle w:val=\"muc\"/>", "Giao B"),
        item(point, "ba"),
    ]
    .concat();
    let made = docx_with(&body, &[("word/numbering.xml", &numbering), ("word/styles.xml", styles)]);
    assert_eq!(text(&made, Kind::Docx), "1. Giao A\n\na) một\n\nb) hai\n\nkhông số\n\n2. Giao B\n\na) ba\n\n");
}

#[test]
fn what_is_no_word_document_is_named() {
    let zip = |name: &str| archive(&[(name, b"<a/>")]);
    assert_eq!(code(&zip("xl/workbook.xml"), Kind::Docx), "wrong-file-kind");
    assert_eq!(code(&zip("content.xml"), Kind::Docx), "wrong-file-kind");
    assert_eq!(code(&zip("anything.txt"), Kind::Docx), "document-damaged");
    assert_eq!(code(&docx("<w:p><w:r><w:drawing/></w:r></w:p>"), Kind::Docx), "no-text-layer");
    let old = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], &[0; 600][..]].concat();
    assert_eq!(code(&old, Kind::Docx), "wrong-file-kind");
    let locked = [old, "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    assert_eq!(code(&locked, Kind::Docx), "locked-file");
    let made = docx(&paragraph("Nội dung"));
    assert_eq!(code(&made[..made.len() / 2], Kind::Docx), "document-damaged");
    let torn = archive(&[("word/document.xml", b"<w:document><w:body><w:p>")]);
    assert_eq!(code(&torn, Kind::Docx), "document-damaged");
    assert_eq!(code(&docx(&paragraph("Hµ Néi, ngµy 5 th¸ng 10 n¨m 2023")), Kind::Docx), "old-font");
}

#[test]
fn bombs_are_not_opened() {
    let zeros = vec![b' '; 6 * 1024 * 1024];
    let bomb = archive(&[("word/document.xml", b"<w:document/>"), ("word/media/image1.bin", &zeros)]);
    assert!(bomb.len() < 20_000);
    assert_eq!(code(&bomb, Kind::Docx), "document-too-large");
    let deep = docx(&("<w:sdt>".repeat(5_000) + &"</w:sdt>".repeat(5_000)));
    assert_eq!(code(&deep, Kind::Docx), "document-too-large");
    let many = docx(&format!("<w:p {}/>", (0..200_000).map(|at| format!("a{at}=\"\" ")).collect::<String>()));
    assert_eq!(code(&many, Kind::Docx), "no-text-layer");
    let laughs = b"<!DOCTYPE w:document [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><w:document><w:body>&b;</w:body></w:document>";
    assert_eq!(code(&archive(&[("word/document.xml", laughs)]), Kind::Docx), "document-type");
    // A long text in a cell that is merged over many rows is not repeated without end.
    let long = "x".repeat(1_900);
    let row = |merge: &str, text: &str| {
        format!("<w:tr><w:tc><w:tcPr>{merge}</w:tcPr>{}</w:tc><w:tc>{}</w:tc></w:tr>", paragraph(text), paragraph("y"))
    };
    let rows = row("<w:vMerge w:val=\"restart\"/>", &long) + &row("<w:vMerge/>", "").repeat(1_200);
    let wide = docx(&format!("<w:tbl><w:tblPr>{LINES}</w:tblPr>{rows}</w:tbl>"));
    assert_eq!(code(&wide, Kind::Docx), "file-too-large");
}

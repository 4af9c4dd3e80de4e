//! Why a table is refused before its cells are looked at, and the mend.

use crate::archive::Fault;
use crate::diagnostic::Diagnostic;
use crate::domain::rules::Language;
use crate::tree::say;

/// Why a table file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// An .xls of before 2007, or a workbook under a password: both are other containers.
    OldOrLocked,
    /// No archive, or one without a workbook in it.
    NoWorkbook,
    /// An archive or a sheet that cannot be read to its end.
    Damaged,
    /// It declares a document type.
    DocumentType,
    /// It goes past a limit.
    TooLarge(Limit),
}

/// A limit that is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// Files in the archive.
    Entries { found: usize, max: usize },
    /// Bytes once it is inflated.
    Inflated { max: u64 },
    /// How many times larger than it is packed.
    Ratio { max: u64 },
    /// Sheets of the workbook.
    Sheets { found: usize, max: usize },
    /// A cell beyond the last row or column there is.
    Reach { rows: u32, columns: u32 },
    /// Rows of all sheets.
    Rows { max: usize },
    /// Characters of all cells.
    Text { max: usize },
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::OldOrLocked => Self::OldOrLocked,
            Fault::None => Self::NoWorkbook,
            Fault::Damaged => Self::Damaged,
            Fault::DocumentType => Self::DocumentType,
            Fault::Entries { found, max } => Self::TooLarge(Limit::Entries { found, max }),
            Fault::Inflated { max } => Self::TooLarge(Limit::Inflated { max }),
            Fault::Ratio { max } => Self::TooLarge(Limit::Ratio { max }),
        }
    }
}

impl Refusal {
    /// In words, about the file as a whole.
    pub(super) fn told(self, source: usize, language: Language) -> Diagnostic {
        let (code, message, help) = match self {
            Self::OldOrLocked => (
                "not-xlsx",
                say!(
                    language,
                    "tệp là .xls kiểu cũ hoặc được đặt mật khẩu",
                    "the file is an old .xls, or it is under a password"
                ),
                say!(
                    language,
                    "mở tệp, bỏ mật khẩu nếu có, chọn Lưu thành (Save As) loại .xlsx",
                    "open it, take the password off if there is one, and save it as .xlsx"
                ),
            ),
            Self::NoWorkbook => (
                "not-xlsx",
                say!(language, "tệp không phải bảng tính .xlsx", "the file is no .xlsx workbook"),
                say!(
                    language,
                    "mở bằng Excel hoặc LibreOffice rồi lưu thành .xlsx",
                    "open it in a spreadsheet and save it as .xlsx"
                ),
            ),
            Self::Damaged => (
                "workbook-damaged",
                say!(language, "bảng tính bị hỏng, không đọc hết được", "the workbook is damaged and cannot be read to its end"),
                say!(
                    language,
                    "mở tệp bằng Excel hoặc LibreOffice, lưu lại; hoặc chép lại từ bản gốc",
                    "open it in a spreadsheet and save it again, or copy it again"
                ),
            ),
            Self::DocumentType => (
                "document-type",
                say!(
                    language,
                    "bảng tính có khai báo DOCTYPE, tệp do Excel hay LibreOffice lưu không có",
                    "the workbook declares a DOCTYPE, which no spreadsheet writes"
                ),
                say!(language, "không mở tệp này; hỏi lại nơi gửi", "do not open this file; ask whoever sent it"),
            ),
            Self::TooLarge(limit) => (
                "table-too-large",
                limit.told(language),
                say!(
                    language,
                    "chỉ giữ các dòng cần nhập, xóa các trang, hình và định dạng thừa, hoặc chia thành nhiều tệp",
                    "keep only the rows to import, remove other sheets, pictures and formats, or split the file"
                ),
            ),
        };
        Diagnostic::error(code, message).in_source(source).with_help(help)
    }
}

impl Limit {
    fn told(self, language: Language) -> String {
        match self {
            Self::Entries { found, max } => {
                say!(language, "tệp nén có {found} tệp con, tối đa {max}", "the archive holds {found} files, at most {max}")
            }
            Self::Inflated { max } => {
                let mib = max / (1024 * 1024);
                say!(
                    language,
                    "tệp giải nén ra lớn hơn {mib} MiB nên không được mở",
                    "inflated it is larger than {mib} MiB; it is not opened"
                )
            }
            Self::Ratio { max } => say!(
                language,
                "tệp giải nén ra lớn gấp hơn {max} lần nên không được mở",
                "inflated it is more than {max} times larger; it is not opened"
            ),
            Self::Sheets { found, max } => {
                say!(language, "bảng tính có {found} trang, tối đa {max}", "the workbook has {found} sheets, at most {max}")
            }
            Self::Reach { rows, columns } => say!(
                language,
                "có ô nằm ngoài {rows} dòng, {columns} cột",
                "a cell lies beyond {rows} rows and {columns} columns"
            ),
            Self::Rows { max } => say!(language, "bảng có hơn {max} dòng", "the table has more than {max} rows"),
            Self::Text { max } => {
                let mib = max / (1024 * 1024);
                say!(language, "các ô chứa hơn {mib} MiB chữ", "the cells hold more than {mib} MiB of text")
            }
        }
    }
}

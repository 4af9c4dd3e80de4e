//! Why a file gives no text, and the mend.

use super::{FILE_BYTES_MAX, Kind, TEXT_BYTES_MAX};
use crate::archive::Fault;
use crate::diagnostic::Diagnostic;
use crate::domain::rules::Language;
use crate::tree::say;

/// Why a file gives no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// More bytes than a dispatch has.
    FileTooLarge,
    /// More text than a dispatch has.
    TextTooLong,
    /// Nothing but blanks.
    Empty,
    /// Bytes of another code page; the first line they stand in, from 1.
    NotUnicode(usize),
    /// Bytes no text has; the line, from 1.
    NotText(usize),
    /// Letters of a font of its own (`.VnTime`, VNI-Times) in place of Vietnamese ones.
    OldFont,
    /// Another kind of file than its ending says.
    WrongEnding(Looks),
    /// Under a password.
    Locked,
    /// Its owner does not let programs take the text.
    NoCopying,
    /// It breaks off, or its inside does not fit together.
    Damaged(Kind),
    /// An archive without a document in it.
    NoDocument,
    /// A document type is declared.
    DocumentType,
    /// The archive is larger inside than it may be.
    Swollen(Fault),
    /// More elements, or deeper ones, than a document has.
    Tangled,
    /// A document of pictures.
    OnlyPictures,
    /// A PDF of pictures.
    Scan,
    /// A PDF whose letters cannot be told.
    Unreadable,
    /// The child process took too long.
    TooSlow,
    /// The child process needed more memory than it may have.
    TooMuchMemory,
    /// The child process could not be started.
    NoChild,
}

/// What a file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// ZIP: .docx, .xlsx, .odt.
    Archive,
    /// A text of `LibreOffice`.
    OpenDocument,
    /// A workbook.
    Workbook,
    /// Word before 2007.
    OldOffice,
    /// Rich text.
    Rtf,
    /// PDF.
    Pdf,
    /// A photograph or a scan.
    Picture,
    /// HTML.
    WebPage,
    /// Nothing that is known.
    Nothing,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::OldOrLocked => Self::Locked,
            Fault::None | Fault::Damaged => Self::Damaged(Kind::Docx),
            Fault::DocumentType => Self::DocumentType,
            Fault::Entries { .. } | Fault::Inflated { .. } | Fault::Ratio { .. } => Self::Swollen(fault),
        }
    }
}

impl Trouble {
    /// In words, about the file as a whole.
    pub(super) fn told(self, language: Language) -> Diagnostic {
        let (code, message) = self.what(language);
        Diagnostic::error(code, message).with_help(self.mend(language))
    }

    #[expect(clippy::too_many_lines, reason = "one list: each trouble in both languages")]
    fn what(self, language: Language) -> (&'static str, String) {
        match self {
            Self::FileTooLarge => {
                let mib = FILE_BYTES_MAX / (1024 * 1024);
                let text = say!(language, "tệp quá lớn, tối đa {mib} MiB", "the file is too large, at most {mib} MiB");
                ("file-too-large", text)
            }
            Self::TextTooLong => {
                let mib = TEXT_BYTES_MAX / (1024 * 1024);
                let text = say!(language, "văn bản dài hơn {mib} MiB chữ", "the text is longer than {mib} MiB");
                ("file-too-large", text)
            }
            Self::Empty => ("empty-file", say!(language, "tệp không có chữ nào", "the file holds no text")),
            Self::NotUnicode(line) => (
                "not-unicode",
                say!(
                    language,
                    "tệp không phải văn bản Unicode (dòng {line}); có thể ở bảng mã TCVN3, VNI hoặc Windows-1258",
                    "the file is no Unicode text (line {line}); perhaps TCVN3, VNI or Windows-1258"
                ),
            ),
            Self::NotText(line) => (
                "not-text",
                say!(
                    language,
                    "tệp có byte NUL (dòng {line}) nên không phải tệp chữ",
                    "the file holds NUL bytes (line {line}) and is no text file"
                ),
            ),
            Self::OldFont => (
                "old-font",
                say!(
                    language,
                    "chữ trong tệp thuộc phông cũ (.VnTime, VNI-Times), không phải Unicode",
                    "the letters belong to an old font (.VnTime, VNI-Times) and are not Unicode"
                ),
            ),
            Self::WrongEnding(looks) => ("wrong-file-kind", looks.told(language)),
            Self::Locked => ("locked-file", say!(language, "tệp được đặt mật khẩu", "the file is under a password")),
            Self::NoCopying => (
                "locked-file",
                say!(
                    language,
                    "tệp PDF được mã hóa, không cho lấy chữ",
                    "the PDF is encrypted and does not let its text be taken"
                ),
            ),
            Self::Damaged(Kind::Pdf) => {
                ("document-damaged", say!(language, "tệp PDF bị hỏng hoặc bị cắt cụt", "the PDF is damaged or breaks off"))
            }
            Self::Damaged(_) => {
                ("document-damaged", say!(language, "tệp .docx bị hỏng hoặc bị cắt cụt", "the .docx is damaged or breaks off"))
            }
            Self::NoDocument => (
                "document-damaged",
                say!(language, "tệp nén không có văn bản Word bên trong", "the archive holds no Word document"),
            ),
            Self::DocumentType => (
                "document-type",
                say!(
                    language,
                    "văn bản có khai báo DOCTYPE, tệp do Word hay LibreOffice lưu không có",
                    "the document declares a DOCTYPE, which no word processor writes"
                ),
            ),
            Self::Swollen(fault) => ("document-too-large", swollen(fault, language)),
            Self::Tangled => (
                "document-too-large",
                say!(
                    language,
                    "văn bản có quá nhiều phần tử hoặc lồng nhau quá sâu",
                    "the document has too many elements, or nests them too deep"
                ),
            ),
            Self::OnlyPictures => {
                ("no-text-layer", say!(language, "văn bản chỉ có hình, không có chữ", "the document holds pictures and no text"))
            }
            Self::Scan => (
                "no-text-layer",
                say!(language, "tệp PDF là bản quét (scan), không có lớp chữ", "the PDF is a scan without a text layer"),
            ),
            Self::Unreadable => (
                "unreadable-text-layer",
                say!(
                    language,
                    "lớp chữ của tệp PDF không đọc ra chữ được",
                    "the text layer of the PDF does not say which letters it shows"
                ),
            ),
            Self::TooSlow => (
                "document-too-heavy",
                say!(language, "đọc tệp PDF quá lâu nên đã dừng", "reading the PDF took too long and was ended"),
            ),
            Self::TooMuchMemory => (
                "document-too-heavy",
                say!(
                    language,
                    "đọc tệp PDF cần quá nhiều bộ nhớ nên đã dừng",
                    "reading the PDF needed too much memory and was ended"
                ),
            ),
            Self::NoChild => (
                "cannot-read",
                say!(language, "không chạy được tiến trình đọc PDF", "the process that reads PDFs could not be run"),
            ),
        }
    }

    fn mend(self, language: Language) -> String {
        match self {
            Self::FileTooLarge | Self::TextTooLong | Self::Swollen(_) | Self::Tangled => say!(
                language,
                "lưu riêng phần văn bản chỉ đạo, bỏ hình và phụ lục lớn, rồi nhập lại",
                "save the dispatch alone, without pictures and large annexes, and import that"
            ),
            Self::Empty => say!(language, "kiểm tra lại tệp đã lưu", "check what was saved"),
            Self::NotUnicode(_) | Self::OldFont => say!(
                language,
                "chuyển mã sang Unicode (ví dụ bằng công cụ chuyển mã của UniKey), lưu UTF-8 hoặc .docx rồi nhập lại",
                "convert it to Unicode (the converter of UniKey does), save it as UTF-8 or .docx and import that"
            ),
            Self::NotText(_) => say!(
                language,
                "lưu thành tệp chữ UTF-8, hoặc nhập tệp .docx, .pdf gốc",
                "save it as UTF-8 text, or import the original .docx or .pdf"
            ),
            Self::WrongEnding(looks) => looks.mend(language),
            Self::Locked => say!(
                language,
                "mở tệp bằng mật khẩu, bỏ mật khẩu, lưu lại rồi nhập",
                "open it with its password, take the password off, save it and import that"
            ),
            Self::NoCopying => say!(
                language,
                "xin tệp Word (.docx) hoặc bản PDF không mã hóa từ nơi gửi",
                "ask the sender for the Word file (.docx) or a PDF that is not encrypted"
            ),
            Self::Damaged(_) | Self::NoDocument => say!(
                language,
                "tải lại tệp từ nơi gửi; hoặc mở tệp và lưu lại",
                "fetch the file again; or open it and save it anew"
            ),
            Self::DocumentType => {
                say!(language, "không mở tệp này; hỏi lại nơi gửi", "do not open this file; ask whoever sent it")
            }
            Self::OnlyPictures | Self::Scan | Self::Unreadable => say!(
                language,
                "nhận dạng chữ (OCR) rồi nhập lại, hoặc xin tệp Word (.docx) từ nơi gửi",
                "run OCR over it and import that, or ask the sender for the Word file (.docx)"
            ),
            Self::TooSlow | Self::TooMuchMemory => say!(
                language,
                "in lại thành PDF mới chỉ gồm văn bản, hoặc nhập tệp Word (.docx)",
                "print it to a new PDF of the dispatch alone, or import the Word file (.docx)"
            ),
            Self::NoChild => say!(
                language,
                "giải phóng bộ nhớ hoặc tiến trình rồi thử lại; hoặc nhập tệp .docx, .txt",
                "free some memory or processes and try again; or import a .docx or .txt"
            ),
        }
    }
}

impl Looks {
    fn told(self, language: Language) -> String {
        match self {
            Self::Archive => say!(language, "tệp thực ra là tệp nén hoặc .docx", "the file is an archive or a .docx in truth"),
            Self::OpenDocument => say!(language, "tệp là văn bản OpenDocument (.odt)", "the file is an OpenDocument text (.odt)"),
            Self::Workbook => say!(language, "tệp là bảng tính Excel", "the file is an Excel workbook"),
            Self::OldOffice => say!(language, "tệp là Word kiểu cũ (.doc)", "the file is an old Word document (.doc)"),
            Self::Rtf => say!(language, "tệp là văn bản RTF", "the file is rich text (RTF)"),
            Self::Pdf => say!(language, "tệp thực ra là PDF", "the file is a PDF in truth"),
            Self::Picture => say!(language, "tệp là hình ảnh", "the file is a picture"),
            Self::WebPage => say!(language, "tệp là trang web (HTML)", "the file is a web page (HTML)"),
            Self::Nothing => say!(language, "không biết loại tệp này", "this kind of file is not known"),
        }
    }

    fn mend(self, language: Language) -> String {
        match self {
            Self::Archive => say!(
                language,
                "nếu là văn bản Word thì đổi đuôi tệp thành .docx",
                "if it is a Word document, give it the ending .docx"
            ),
            Self::Workbook => say!(language, "đổi đuôi tệp thành .xlsx", "give it the ending .xlsx"),
            Self::Pdf => say!(language, "đổi đuôi tệp thành .pdf", "give it the ending .pdf"),
            Self::Picture => say!(
                language,
                "nhận dạng chữ (OCR) rồi nhập lại, hoặc xin tệp Word (.docx) từ nơi gửi",
                "run OCR over it and import that, or ask the sender for the Word file (.docx)"
            ),
            Self::OpenDocument | Self::OldOffice | Self::Rtf | Self::WebPage | Self::Nothing => say!(
                language,
                "mở bằng Word hoặc LibreOffice rồi lưu thành .docx",
                "open it in a word processor and save it as .docx"
            ),
        }
    }
}

fn swollen(fault: Fault, language: Language) -> String {
    match fault {
        Fault::Entries { found, max } => {
            say!(language, "tệp nén có {found} tệp con, tối đa {max}", "the archive holds {found} files, at most {max}")
        }
        Fault::Ratio { max } => say!(
            language,
            "tệp giải nén ra lớn gấp hơn {max} lần nên không được mở",
            "inflated it is more than {max} times larger; it is not opened"
        ),
        Fault::Inflated { .. } | Fault::OldOrLocked | Fault::None | Fault::Damaged | Fault::DocumentType => {
            say!(language, "tệp giải nén ra quá lớn nên không được mở", "inflated it is too large; it is not opened")
        }
    }
}

/// Pages without text among pages with text.
pub(super) fn blank_pages(pages: &[usize], language: Language) -> Option<Diagnostic> {
    let first = pages.first()?;
    let shown = pages.iter().take(10).map(usize::to_string).collect::<Vec<_>>().join(", ");
    let shown = if pages.len() > 10 { format!("{shown}, …") } else { shown };
    let count = pages.len();
    let message = if count == 1 {
        say!(language, "trang {first} không có chữ (hình hoặc bản quét)", "page {first} has no text (a picture or a scan)")
    } else {
        say!(language, "các trang {shown} không có chữ (hình hoặc bản quét)", "pages {shown} have no text (pictures or scans)")
    };
    let help = say!(
        language,
        "xem các trang đó bằng mắt; nội dung trên đó chưa được đọc",
        "look at them yourself; what stands there was not read"
    );
    Some(Diagnostic::warning("page-without-text", message).with_help(help))
}

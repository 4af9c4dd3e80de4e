//! The call of distress: what whoever runs the daemon is told when the store takes no records, and so nothing can be told any other way.

use minijinja::HtmlEscape;

use super::text::clean;
use crate::channel::letter::Worded;
use crate::domain::rules::Language;

/// What is wrong with the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreTrouble {
    /// No space left.
    Full,
    /// It can be read and not written.
    ReadOnly,
    /// The disk does not do what is asked of it.
    Disk,
    /// The file is damaged.
    Damaged,
    /// It does not answer, or somebody else keeps it.
    Away,
}

/// The words of a call of distress; always a mail.
pub fn distress(language: Language, office: &str, trouble: StoreTrouble) -> Worded {
    let (what, mend) = match language {
        Language::Vi => vietnamese(trouble),
        Language::En => english(trouble),
    };
    let office = clean(office);
    let parted = if office.is_empty() { String::new() } else { format!(", {office}") };
    let (subject, effect, close) = match language {
        Language::Vi => (
            format!("[Cảnh báo vận hành] {what}"),
            "Khi chưa ghi nhận được thì hệ thống tạm dừng gửi tin, để không gửi trùng. Khi ghi lại được, hệ thống tự gửi tiếp, không cần khởi động lại. Cảnh báo này gửi nhiều nhất mỗi giờ một lần.",
            format!("Tin tự động – Hệ thống theo dõi nhiệm vụ{parted}"),
        ),
        Language::En => (
            format!("[Operations alarm] {what}"),
            "While nothing can be recorded nothing is sent, so that nothing is sent twice. Once it can be recorded again, sending goes on by itself, without a restart. This alarm comes once an hour at most.",
            format!("Automatic message – Follow-up system{parted}"),
        ),
    };
    let text = format!("{what}.\n\n{mend}\n\n{effect}\n\n--\n{close}\n");
    let lang = match language {
        Language::Vi => "vi",
        Language::En => "en",
    };
    let [what, mend, effect, close, title] = [what, mend, effect, &close, &subject].map(HtmlEscape);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n\
         <body style=\"margin:0;padding:12px;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:22px;color:#1a1a1a;\">\n\
         <p><b>{what}.</b></p>\n<p>{mend}</p>\n<p>{effect}</p>\n<p style=\"color:#4a4a4a;font-size:13px;\">{close}</p>\n</body>\n</html>\n"
    );
    Worded { subject, text, html: Some(html), bold: Vec::new(), buttons: Vec::new() }
}

const fn vietnamese(trouble: StoreTrouble) -> (&'static str, &'static str) {
    match trouble {
        StoreTrouble::Full => {
            ("Ổ đĩa chứa cơ sở dữ liệu đã đầy", "Đề nghị giải phóng dung lượng ổ đĩa. Những gì đã ghi vẫn còn nguyên.")
        }
        StoreTrouble::ReadOnly => (
            "Cơ sở dữ liệu chỉ đọc được, không ghi được",
            "Đề nghị kiểm tra quyền ghi của người chạy dondoc đối với tệp và thư mục chứa tệp.",
        ),
        StoreTrouble::Disk => (
            "Ổ đĩa không đọc hoặc không ghi được tệp cơ sở dữ liệu",
            "Đề nghị kiểm tra ổ đĩa và hệ thống tệp (lệnh dmesg). Tệp sẽ được kiểm tra lại trước khi ghi tiếp.",
        ),
        StoreTrouble::Damaged => (
            "Tệp cơ sở dữ liệu bị hỏng",
            "Đề nghị dừng dịch vụ, giữ lại tệp và khôi phục từ bản sao lưu. Hệ thống không tự tạo tệp mới.",
        ),
        StoreTrouble::Away => {
            ("Cơ sở dữ liệu không trả lời", "Đề nghị kiểm tra máy chủ cơ sở dữ liệu, hoặc chương trình khác đang giữ tệp.")
        }
    }
}

const fn english(trouble: StoreTrouble) -> (&'static str, &'static str) {
    match trouble {
        StoreTrouble::Full => ("The disk that holds the store is full", "Please free some space. What was recorded is kept."),
        StoreTrouble::ReadOnly => (
            "The store can be read and not written",
            "Please check that the user of dondoc may write to the file and to its folder.",
        ),
        StoreTrouble::Disk => (
            "The disk does not read or write the store's file",
            "Please look at the disk and its file system (dmesg). The file is checked before anything is written.",
        ),
        StoreTrouble::Damaged => (
            "The store's file is damaged",
            "Please stop the service, keep the file and restore a backup. Nothing is created anew.",
        ),
        StoreTrouble::Away => {
            ("The store does not answer", "Please look at the database server, or at another program that keeps the file.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [StoreTrouble; 5] =
        [StoreTrouble::Full, StoreTrouble::ReadOnly, StoreTrouble::Disk, StoreTrouble::Damaged, StoreTrouble::Away];

    #[test]
    fn each_trouble_has_words_of_its_own_in_both_languages() {
        let mut subjects: Vec<String> = Vec::new();
        for language in [Language::Vi, Language::En] {
            for trouble in ALL {
                let worded = distress(language, "UBND <phường>", trouble);
                assert!(worded.html.as_deref().is_some_and(|html| html.contains("&lt;phường&gt;")), "{worded:?}");
                assert!(!worded.text.contains('!') && worded.text.contains("UBND <phường>"), "{worded:?}");
                subjects.push(worded.subject);
            }
        }
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), 2 * ALL.len());
    }
}

//! The test message of `check --send`: marked as one, asking for nothing.

use minijinja::HtmlEscape;

use super::text::clean;
use crate::channel::letter::{Addressee, Worded};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;

/// The words of a test message to that person over that channel.
pub fn probe(language: Language, office: &str, to: &Addressee, by: ChannelKind) -> Worded {
    let (office, name, channel) = (clean(office), clean(&to.name), super::trial::channel(by, language));
    let who = match language {
        Language::Vi if !to.salutation.is_empty() => format!("{} {name}", clean(&to.salutation)),
        Language::Vi | Language::En => name,
    };
    let (subject, greeting, body, close) = match language {
        Language::Vi => (
            format!("[Tin thử] Kiểm tra kênh {channel}"),
            format!("Kính gửi {who},"),
            format!(
                "Đây là tin thử để kiểm tra kênh {channel}. Tin không giao nhiệm vụ và không cần trả lời. Nhận được tin này nghĩa là kênh đã hoạt động."
            ),
            format!("Tin tự động – Hệ thống theo dõi nhiệm vụ{}", parted(&office)),
        ),
        Language::En => (
            format!("[Test] Checking {channel}"),
            format!("To {who},"),
            format!(
                "This is a test message to check {channel}. It assigns nothing and needs no answer. If you can read it, the channel works."
            ),
            format!("Automatic message – Follow-up system{}", parted(&office)),
        ),
    };
    let text = match by {
        ChannelKind::Email => format!("{greeting}\n\n{body}\n\n--\n{close}\n"),
        ChannelKind::Telegram => format!("{subject}\n\n{greeting}\n{body}\n\n{close}"),
    };
    let lang = match language {
        Language::Vi => "vi",
        Language::En => "en",
    };
    let html = (by == ChannelKind::Email).then(|| {
        let [subject, greeting, body, close] = [&subject, &greeting, &body, &close].map(|text| HtmlEscape(text.as_str()));
        format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{subject}</title>\n</head>\n\
             <body style=\"margin:0;padding:12px;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:22px;color:#1a1a1a;\">\n\
             <p><b>{greeting}</b></p>\n<p>{body}</p>\n<p style=\"color:#4a4a4a;font-size:13px;\">{close}</p>\n</body>\n</html>\n"
        )
    });
    Worded { subject, text, html, bold: Vec::new(), buttons: Vec::new() }
}

fn parted(office: &str) -> String {
    if office.is_empty() { String::new() } else { format!(", {office}") }
}

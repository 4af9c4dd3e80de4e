//! The heading of a message that went to the trial mailbox: whom it would have reached, and over which channel. It stands outside
//! the templates, so that none of them can lose it.

use minijinja::HtmlEscape;

use super::reason::with_unit;
use super::text::clean;
use crate::channel::letter::{Addressee, Worded};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;

/// The words of a mail with the heading of a trial; `meant` is the channel it would have gone over.
pub fn in_trial(language: Language, to: &Addressee, meant: ChannelKind, worded: Worded) -> Worded {
    let (name, channel) = (clean(&to.name), channel(meant, language));
    let who = who(to, language);
    let (banner, mark, sentences) = match language {
        Language::Vi => (
            "Chạy thử",
            format!("[Chạy thử – {name}, {channel}]"),
            format!(
                "Tin này chưa được gửi cho người nhận. Khi gửi thật, tin sẽ đến {who}, qua {channel}. Lần chạy thử không được tính vào hồ sơ theo dõi."
            ),
        ),
        Language::En => (
            "Trial",
            format!("[Trial – {name}, {channel}]"),
            format!(
                "This message was not sent to its recipient. For real it would reach {who}, by {channel}. The trial counts for nothing in the record."
            ),
        ),
    };
    let subject = format!("{mark} {}", worded.subject);
    let text = format!("{}\n{sentences}\n\n{}\n\n{}", banner.to_uppercase(), "-".repeat(40), worded.text);
    let html = worded.html.map(|html| headed(&html, banner, &sentences));
    Worded { subject, text, html, bold: Vec::new(), buttons: Vec::new() }
}

/// A channel in words.
pub(super) fn channel(meant: ChannelKind, language: Language) -> &'static str {
    match (meant, language) {
        (ChannelKind::Email, Language::Vi) => "thư điện tử",
        (ChannelKind::Email, Language::En) => "email",
        (ChannelKind::Telegram, _) => "Telegram",
    }
}

/// "đồng chí Nguyễn Văn An, Trưởng phòng Nội vụ"
fn who(to: &Addressee, language: Language) -> String {
    let (name, salutation) = (clean(&to.name), clean(&to.salutation));
    let office = match (&to.title, &to.unit) {
        (Some(title), Some(unit)) => Some(with_unit(&clean(title), &clean(unit))),
        (Some(one), None) | (None, Some(one)) => Some(clean(one)),
        (None, None) => None,
    };
    let name = if language == Language::En || salutation.is_empty() { name } else { format!("{salutation} {name}") };
    office.map_or_else(|| name.clone(), |office| format!("{name}, {office}"))
}

/// The heading before everything that is shown.
fn headed(html: &str, banner: &str, sentences: &str) -> String {
    let body = html.find("<body").and_then(|start| html[start..].find('>').map(|end| start + end + 1)).unwrap_or(0);
    let (before, after) = html.split_at(body);
    let sentences = HtmlEscape(sentences);
    format!(
        "{before}\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"background-color:#f2f2ef;\">\n\
         <tr><td align=\"center\" style=\"padding:12px 6px 0 6px;\">\n\
         <table role=\"presentation\" width=\"640\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"width:100%;max-width:640px;background-color:#fbf8ef;border:1px solid #a98a3c;border-left:4px solid #a98a3c;\">\n\
         <tr><td style=\"padding:10px 18px;font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px;color:#1a1a1a;\">\n\
         <b>{banner}</b><br>{sentences}\n</td></tr>\n</table>\n</td></tr>\n</table>\n{after}"
    )
}

//! `index.html`: every message of the demo on one page that needs no network.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::acts;
use super::figures::{self, Standing};
use super::replay::Played;
use super::words::{html, long_day};
use crate::store::queries::ListRow;
use crate::tree::say;

const STYLE: &str = "body{margin:0;background:#f2f2ef;color:#1a1a1a;font:16px/1.5 Arial,Helvetica,sans-serif}
main{max-width:860px;margin:0 auto;padding:16px 12px 48px}
h1{font-size:22px;line-height:1.3;color:#1f3a5f;margin:8px 0}h2{font-size:16px;color:#1f3a5f;margin:28px 0 6px;border-bottom:2px solid #1f3a5f}
.note{background:#fbf8ef;border-left:3px solid #a98a3c;padding:8px 12px}
table{border-collapse:collapse;background:#fff}td,th{border:1px solid #cfcfc8;padding:6px 14px;text-align:left}td{text-align:right}
details{background:#fff;border:1px solid #cfcfc8;border-top:0}h2+details{border-top:1px solid #cfcfc8}
summary{padding:8px 12px;cursor:pointer}summary:hover,summary:focus{background:#f6f7f9}
.who{font-weight:bold}.how{color:#4a4a4a;font-size:14px;white-space:nowrap}.what{display:block;overflow-wrap:anywhere}
.file{margin:0;padding:4px 12px 8px;font-size:14px}a{color:#1f3a5f}
iframe{display:block;width:100%;height:620px;border:0;border-top:1px solid #e2e2dc;background:#f2f2ef}
pre{margin:0;padding:12px;border-top:1px solid #e2e2dc;white-space:pre-wrap;overflow-wrap:anywhere;font:15px/1.5 Arial,Helvetica,sans-serif}
.buttons span{display:inline-block;border:1px solid #1f3a5f;border-radius:4px;padding:4px 10px;margin:0 6px 8px 0}
.buttons{padding:0 12px 4px}";

/// Writes `index.html` into the folder, and the HTML part of every mail beside its `.eml`.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(folder: &Path, played: &Played, rows: &[ListRow]) -> io::Result<()> {
    for sent in &played.sent {
        if let Some(page) = &sent.parcel.html {
            std::fs::write(folder.join("outbox").join(format!("{}.html", sent.parcel.key)), page)?;
        }
    }
    std::fs::write(folder.join("index.html"), render(played, rows))
}

fn render(played: &Played, rows: &[ListRow]) -> String {
    let rules = &played.engine.rules;
    let language = rules.language;
    let lang = say!(language, "vi", "en");
    let title = say!(
        language,
        "Công văn số 4988/UBND-CCHC: mọi tin đã gửi trong ví dụ",
        "Dispatch 4988/UBND-CCHC: every message of the example"
    );
    let note = html(&acts::opening(language).replace('\n', " "));
    let count = played.sent.len();
    let lead = say!(
        language,
        "{count} tin, xếp theo ngày. Bấm vào một tin để đọc nguyên văn.",
        "{count} messages by day. Click one to read it in full."
    );
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p class=\"note\">{note}</p>\n"
    );
    page.push_str(&table(played, rows));
    let _ = writeln!(page, "<p>{lead}</p>");
    let mut day = None;
    for sent in &played.sent {
        let today = rules.calendar.date_of(sent.at);
        if day != Some(today) {
            day = Some(today);
            let _ = writeln!(page, "<h2>{}</h2>", html(&long_day(today, language)));
        }
        let time = rules.calendar.time_zone().to_datetime(sent.at);
        let parcel = &sent.parcel;
        let key = html(&parcel.key);
        let (channel, ending) = match parcel.html {
            Some(_) => (say!(language, "thư", "mail"), "eml"),
            None => ("Telegram".to_owned(), "json"),
        };
        let _ = writeln!(
            page,
            "<details>\n<summary><span class=\"who\">{}</span> <span class=\"how\">{:02}:{:02} · {channel}</span> <span class=\"what\">{}</span></summary>",
            html(&parcel.name),
            time.hour(),
            time.minute(),
            html(&parcel.subject),
        );
        let _ = writeln!(page, "<p class=\"file\"><a href=\"outbox/{key}.{ending}\">{key}.{ending}</a></p>");
        if parcel.html.is_some() {
            let _ = writeln!(
                page,
                "<iframe loading=\"lazy\" sandbox title=\"{}\" src=\"outbox/{key}.html\"></iframe>",
                html(&parcel.subject)
            );
        } else {
            let _ = writeln!(page, "<pre>{}</pre>", html(&parcel.text));
            let buttons: Vec<String> =
                parcel.buttons.iter().flatten().map(|button| format!("<span>{}</span>", html(&button.label))).collect();
            if !buttons.is_empty() {
                let _ = writeln!(page, "<div class=\"buttons\">{}</div>", buttons.concat());
            }
        }
        page.push_str("</details>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn table(played: &Played, rows: &[ListRow]) -> String {
    let language = played.engine.rules.language;
    let count = |standing| figures::count(rows, played, standing);
    let (on_time, late) = (count(Standing::DoneOnTime), count(Standing::DoneLate));
    let (in_time, overdue) = (count(Standing::OpenInTime), count(Standing::OpenOverdue));
    say!(
        language,
        "<table>\n<tr><th>Hoàn thành</th><th>đúng hạn</th><td>{on_time}</td><th>quá hạn</th><td>{late}</td></tr>\n<tr><th>Chưa hoàn thành</th><th>trong hạn</th><td>{in_time}</td><th>quá hạn</th><td>{overdue}</td></tr>\n</table>\n",
        "<table>\n<tr><th>Completed</th><th>on time</th><td>{on_time}</td><th>late</th><td>{late}</td></tr>\n<tr><th>Not completed</th><th>in time</th><td>{in_time}</td><th>overdue</th><td>{overdue}</td></tr>\n</table>\n"
    )
}

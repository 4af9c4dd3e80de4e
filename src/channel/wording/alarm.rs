//! What the operators are told of a guard: what is kept back, since when, by whom, and how to go on. Nothing of any assignment.

use minijinja::HtmlEscape;

use super::date::moment;
use super::letterhead::{close, code_line, greeting};
use super::pen::Pen;
use super::reason;
use super::state::{NOTE_CHARS_MAX, quoted};
use super::text::{clean, cut};
use crate::channel::letter::{AlarmLine, Item, Worded};
use crate::domain::guard::{ClockNote, Guard, Turn};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;

/// The words of an alarm.
pub(super) fn word(pen: &Pen<'_>) -> Worded {
    let lines: Vec<&AlarmLine> = pen.items.iter().filter_map(|item| item.alarm.as_ref()).collect();
    let last = lines.last().map_or_else(String::new, |line| headline(line, pen.language));
    let subject = match pen.language {
        Language::Vi => format!("[Vận hành] {last}"),
        Language::En => format!("[Operation] {last}"),
    };
    let tell = |item: &Item| {
        let line = item.alarm.as_ref()?;
        let code = code_line(&item.code, pen.language);
        Some([what(line, pen), mend(line, pen.language), format!("{} {code}", reason::sentence(item, pen))])
    };
    let told: Vec<[String; 3]> = pen.items.iter().filter_map(tell).collect();
    let (greeting, close) = (greeting(pen), close(pen));
    let text = match pen.channel() {
        ChannelKind::Email => {
            let body = told.iter().map(|parts| parts.join("\n\n")).collect::<Vec<_>>().join("\n\n");
            format!("{greeting},\n\n{body}\n\n--\n{close}\n")
        }
        ChannelKind::Telegram => {
            let body = told.iter().map(|parts| parts.join("\n")).collect::<Vec<_>>().join("\n\n");
            format!("{subject}\n\n{greeting},\n{body}\n\n{close}")
        }
    };
    let html = (pen.channel() == ChannelKind::Email).then(|| html(&subject, &greeting, &told, &close, pen.language));
    Worded { subject: cut(&subject, super::subject::CHARS_MAX), text, html, bold: Vec::new(), buttons: Vec::new() }
}

fn html(subject: &str, greeting: &str, told: &[[String; 3]], close: &str, language: Language) -> String {
    let paragraphs: String = told.iter().flatten().map(|part| format!("<p>{}</p>\n", HtmlEscape(part.as_str()))).collect();
    let (subject, greeting, close) = (HtmlEscape(subject), HtmlEscape(greeting), HtmlEscape(close));
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{subject}</title>\n</head>\n\
         <body style=\"margin:0;padding:12px;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:22px;color:#1a1a1a;\">\n\
         <p><b>{greeting}</b></p>\n{paragraphs}<p style=\"color:#4a4a4a;font-size:13px;\">{close}</p>\n</body>\n</html>\n",
        super::mail::tag(language)
    )
}

fn headline(line: &AlarmLine, language: Language) -> String {
    match (line.guard, line.turn, language) {
        (Guard::Pause, Turn::Raised, Language::Vi) => "Tạm dừng gửi tin nhắc việc",
        (Guard::Pause, Turn::Raised, Language::En) => "Sending is paused",
        (Guard::Pause, Turn::Standing, Language::Vi) => "Việc gửi tin nhắc việc vẫn đang tạm dừng",
        (Guard::Pause, Turn::Standing, Language::En) => "Sending is still paused",
        (Guard::Pause, Turn::Lifted, Language::Vi) => "Tiếp tục gửi tin nhắc việc",
        (Guard::Pause, Turn::Lifted, Language::En) => "Sending goes on",
        (Guard::Clone, _, Language::Vi) => "Kho dữ liệu phục hồi hoặc sao chép đã được xác nhận",
        (Guard::Clone, _, Language::En) => "A copied or restored store was confirmed",
        (Guard::SentLog, Turn::Lifted, Language::Vi) => "Việc gửi tin được tiếp tục sau khi xác nhận",
        (Guard::SentLog, Turn::Lifted, Language::En) => "Sending goes on after a confirmation",
        (Guard::SentLog, _, Language::Vi) => "Tin nhắc việc đang được giữ, chờ xác nhận",
        (Guard::SentLog, _, Language::En) => "Reminders are held until somebody confirms",
        (Guard::Clock, Turn::Lifted, Language::Vi) => "Giờ của máy chủ đã đúng trở lại",
        (Guard::Clock, Turn::Lifted, Language::En) => "The clock is believed again",
        (Guard::Clock, _, Language::Vi) => "Giờ của máy chủ có thể sai, tin báo cáo cấp trên đang được giữ",
        (Guard::Clock, _, Language::En) => "The clock may be wrong, escalations wait",
        (Guard::Storm, Turn::Lifted, Language::Vi) => "Số tin vượt dự kiến đã được đồng ý gửi",
        (Guard::Storm, Turn::Lifted, Language::En) => "Messages beyond what was foreseen were approved",
        (Guard::Storm, _, Language::Vi) => "Số tin vượt dự kiến đang được giữ, chờ xác nhận",
        (Guard::Storm, _, Language::En) => "Messages beyond what was foreseen are held until somebody confirms",
        (Guard::Row, _, Language::Vi) => "Một nội dung chưa xử lý được",
        (Guard::Row, _, Language::En) => "Something could not be handled",
        (Guard::Token, _, Language::Vi) => "Mã kết nối Telegram đang được dùng ở nơi khác",
        (Guard::Token, _, Language::En) => "The Telegram token is used elsewhere",
        (Guard::Calendar, _, Language::Vi) => "Lịch nghỉ lễ, Tết năm tới chưa được công bố",
        (Guard::Calendar, _, Language::En) => "The holidays of next year are not announced",
    }
    .to_owned()
}

/// ", do vanthu thực hiện, lý do: “…”"
fn who(line: &AlarmLine, language: Language) -> String {
    let by = line.by.as_deref().map(|by| cut(&clean(by), 100)).filter(|by| !by.is_empty());
    let by = by.map_or_else(String::new, |by| match language {
        Language::Vi => format!(", do {by} thực hiện"),
        Language::En => format!(", by {by}"),
    });
    let word = match language {
        Language::Vi => ", lý do: ",
        Language::En => ", because: ",
    };
    let note = line.note.as_deref().map_or_else(String::new, |note| format!("{word}{}", quoted(&clean(note), NOTE_CHARS_MAX)));
    format!("{by}{note}")
}

/// Why nobody can say what has left.
fn unknown_past(line: &AlarmLine, language: Language) -> &'static str {
    match (line.note.as_deref(), language) {
        (Some("other-logs"), Language::Vi) => {
            "cơ sở dữ liệu vừa được phục hồi và tệp sent.log ghi các tin đã gửi của những tiến trình khác chưa được đọc; cần khởi động tất cả các tiến trình"
        }
        (Some("other-logs"), Language::En) => {
            "the database was restored, and the sent.log of the other replicas, which names what they sent, was not read yet: each of them has to be started"
        }
        (Some("set-back"), Language::Vi) => {
            "cơ sở dữ liệu không còn phần ghi nhận gần nhất (tệp -wal đã mất hoặc cơ sở dữ liệu bị ghi đè bằng bản cũ), nên báo cáo, phản hồi và nhiệm vụ mới nhập gần đây có thể đã mất; các tin đã gửi vẫn còn trong sent.log và sẽ không được gửi lại"
        }
        (Some("set-back"), Language::En) => {
            "the database has lost what was recorded last (its -wal file is gone, or an older copy was written over it), so recent replies and imports may be missing; what was sent stands in sent.log and is not sent again"
        }
        (_, Language::Vi) => {
            "tệp sent.log, nơi ghi các tin đã gửi, không còn, nên hệ thống không biết chắc tin nào đã gửi sau bản sao lưu gần nhất"
        }
        (_, Language::En) => {
            "sent.log, which names what was sent, is gone, so nobody can say what has left since the last backup"
        }
    }
}

/// "giờ của máy chủ may1 nhanh hơn 60 phút so với đồng hồ đếm của máy", of the note of [`Guard::Clock`].
pub fn clock_doubt(note: &str, language: Language) -> String {
    let Some(note) = ClockNote::parse(note) else {
        return match language {
            Language::Vi => "giờ của máy chủ có thể sai".to_owned(),
            Language::En => "the clock may be wrong".to_owned(),
        };
    };
    let host = cut(&clean(&note.host), 100);
    let minutes = note.ahead_secs.unsigned_abs() / 60;
    let (vi, en, count) = match minutes {
        0..180 => ("phút", "minutes", minutes),
        180..4_320 => ("giờ", "hours", minutes / 60),
        _ => ("ngày", "days", minutes / 1_440),
    };
    let count = format!("{count:02}");
    match language {
        Language::Vi => {
            let way = if note.ahead_secs < 0 { "chậm" } else { "nhanh" };
            let against = match note.against.as_str() {
                "telegram" => "máy chủ Telegram",
                "mail" => "máy chủ thư điện tử",
                _ => "đồng hồ đếm của chính máy đó",
            };
            format!("giờ của máy chủ {host} {way} hơn khoảng {count} {vi} so với {against}")
        }
        Language::En => {
            let way = if note.ahead_secs < 0 { "behind" } else { "ahead of" };
            let against = match note.against.as_str() {
                "telegram" => "that of Telegram",
                "mail" => "that of the mail server",
                _ => "the steady clock of the same machine",
            };
            format!("the clock of {host} is about {count} {en} {way} {against}")
        }
    }
}

/// What it is about.
fn place(line: &AlarmLine) -> String {
    line.note.as_deref().map_or_else(String::new, |place| cut(&clean(place), 200))
}

fn what(line: &AlarmLine, pen: &Pen<'_>) -> String {
    let language = pen.language;
    let (since, who) = (moment(pen.local(line.since), language), who(line, language));
    match (line.guard, line.turn, language) {
        (Guard::Pause, Turn::Raised, Language::Vi) => format!(
            "Việc gửi tin nhắc việc đã tạm dừng từ {since}{who}. Tin đang chuyển dở được chuyển nốt; phản hồi của các đơn vị vẫn được ghi nhận."
        ),
        (Guard::Pause, Turn::Raised, Language::En) => {
            format!("Sending has been paused since {since}{who}. What was on its way is finished; answers are still recorded.")
        }
        (Guard::Pause, Turn::Standing, Language::Vi) => {
            format!(
                "Việc gửi tin nhắc việc vẫn đang tạm dừng, từ {since}{who}. Trong thời gian này không có tin nhắc việc nào được gửi."
            )
        }
        (Guard::Pause, Turn::Standing, Language::En) => {
            format!("Sending is still paused, since {since}{who}. No reminder leaves meanwhile.")
        }
        (Guard::Pause, Turn::Lifted, Language::Vi) => format!(
            "Việc gửi tin nhắc việc đã được tiếp tục{who}; thời gian tạm dừng tính từ {since}. Phần đến hạn trong thời gian đó được gửi gộp theo quy tắc gửi bù, không gửi dồn dập."
        ),
        (Guard::Clone | Guard::SentLog, Turn::Lifted, Language::Vi) => format!(
            "Việc gửi tin nhắc việc được tiếp tục sau khi xác nhận{who}; tin được giữ từ {since}. Phần đến hạn trong thời gian đó được gửi gộp theo quy tắc gửi bù."
        ),
        (Guard::Clone | Guard::SentLog, Turn::Lifted, Language::En) => {
            format!(
                "Sending goes on after a confirmation{who}; messages had been held since {since}. What came due meanwhile is caught up together."
            )
        }
        (Guard::Clone | Guard::SentLog, _, Language::Vi) => {
            format!("Từ {since}, tin nhắc việc được giữ lại: {}.", unknown_past(line, language))
        }
        (Guard::Clone | Guard::SentLog, _, Language::En) => {
            format!("Reminders have been held since {since}: {}.", unknown_past(line, language))
        }
        (Guard::Clock, Turn::Lifted, Language::Vi) => format!(
            "Giờ của máy chủ được coi là đúng trở lại{who}; đã bị nghi ngờ từ {since}. Tin được giữ trong thời gian đó được gửi gộp theo quy tắc gửi bù."
        ),
        (Guard::Clock, Turn::Lifted, Language::En) => {
            format!(
                "The clock is believed again{who}; it had been doubted since {since}. What was held meanwhile is caught up together."
            )
        }
        (Guard::Clock, _, Language::Vi) => format!(
            "Từ {since}, {}. Tin báo cáo lên cấp trên được giữ lại; tin nhắc đơn vị thực hiện còn được gửi trong 01 giờ, sau đó cũng được giữ.",
            clock_doubt(line.note.as_deref().unwrap_or_default(), language)
        ),
        (Guard::Clock, _, Language::En) => format!(
            "Since {since} {}. Escalations are held; reminders to whoever has to act go on for an hour and are held after that.",
            clock_doubt(line.note.as_deref().unwrap_or_default(), language)
        ),
        (Guard::Storm, Turn::Lifted, Language::Vi) => format!(
            "Các tin được giữ từ {since} vì vượt dự kiến đã được đồng ý gửi{who}; phần đang chờ của mỗi người được gửi gộp trong một tin."
        ),
        (Guard::Storm, Turn::Lifted, Language::En) => {
            format!(
                "What had been held since {since}, being far more than foreseen, was approved{who}; each person gets what waits in one message."
            )
        }
        (Guard::Storm, _, Language::Vi) => format!(
            "Lúc {since}, hệ thống định gửi cho đồng chí {} nhiều tin trong một giờ hơn hẳn dự kiến. Các tin tiếp theo của người nhận này được giữ lại; tin cho những người khác vẫn được gửi bình thường.",
            place(line)
        ),
        (Guard::Storm, _, Language::En) => format!(
            "At {since} far more messages within an hour were to go to {} than was foreseen. What follows for them is held; everybody else gets theirs.",
            place(line)
        ),
        (Guard::Row, _, Language::Vi) if line.note.is_none() => format!(
            "Một lượt xử lý của hệ thống bị ngắt vì lỗi chương trình lúc {since}. Chưa rõ lỗi do nội dung nào; lượt đó được tự động thực hiện lại, không có tin nào bị mất hoặc gửi trùng."
        ),
        (Guard::Row, _, Language::En) if line.note.is_none() => format!(
            "A round of work ended at {since} because of a mistake in the program. What caused it is not known; the round is done again by itself, and no message is lost or sent twice."
        ),
        (Guard::Row, _, Language::Vi) => format!(
            "Hệ thống chưa xử lý được một nội dung lúc {since}: {}. Nội dung này được giữ lại; các nội dung khác vẫn được xử lý và gửi bình thường.",
            place(line)
        ),
        (Guard::Row, _, Language::En) => {
            format!("Something could not be handled at {since}: {}. It is held by itself; everything else goes on.", place(line))
        }
        (Guard::Token, _, Language::Vi) => format!(
            "Lúc {since}, Telegram báo có một chương trình khác đang nhận tin của cùng tài khoản bot. Phản hồi bằng nút bấm trên Telegram có thể không đến được hệ thống này, và mã kết nối (token) của bot có thể đã lộ. Tin nhắc việc vẫn được gửi bình thường."
        ),
        (Guard::Token, _, Language::En) => format!(
            "At {since} Telegram said that another program reads the updates of the same bot. Answers by button may not arrive here, and the token of the bot may be in other hands. Reminders go on leaving."
        ),
        (Guard::Calendar, _, Language::Vi) => format!(
            "Hệ thống chưa có thông báo về lịch nghỉ lễ, Tết năm {0}. Lịch làm việc năm {0} đang được tính theo quy định của pháp luật, chưa có ngày nghỉ hoán đổi và ngày làm bù; các mốc nhắc việc trong năm đó là tạm tính.",
            place(line)
        ),
        (Guard::Calendar, _, Language::En) => format!(
            "Nothing says yet that the holidays of {0} are announced. The working days of {0} are computed from the law, without swapped days; moments in that year are provisional.",
            place(line)
        ),
        (Guard::Pause, Turn::Lifted, Language::En) => format!(
            "Sending goes on{who}; it had been paused since {since}. What came due meanwhile is caught up together, not all at once."
        ),
    }
}

fn mend(line: &AlarmLine, language: Language) -> String {
    match (line.guard, line.turn, language) {
        (_, Turn::Lifted, Language::Vi) => "Không cần thực hiện gì thêm.",
        (_, Turn::Lifted, Language::En) => "Nothing more is needed.",
        (Guard::Pause, Turn::Raised | Turn::Standing, Language::Vi) => "Để tiếp tục, đề nghị chạy lệnh: dondoc resume",
        (Guard::Pause, Turn::Raised | Turn::Standing, Language::En) => "To go on, run: dondoc resume",
        (Guard::SentLog, _, Language::Vi) if line.note.as_deref() == Some("set-back") => {
            "Đề nghị xem dondoc list, nhập lại phản hồi và nhiệm vụ còn thiếu; sau đó xác nhận bằng lệnh: dondoc confirm"
        }
        (Guard::SentLog, _, Language::En) if line.note.as_deref() == Some("set-back") => {
            "Please look at dondoc list and enter again what is missing, replies and duties; then run: dondoc confirm"
        }
        (Guard::Clone | Guard::SentLog, _, Language::Vi) => {
            "Đề nghị xem tình hình bằng lệnh dondoc status. Nếu còn bản lưu của tệp sent.log, đặt lại tệp rồi khởi động lại dịch vụ; sau đó xác nhận bằng lệnh: dondoc confirm"
        }
        (Guard::Clone | Guard::SentLog, _, Language::En) => {
            "Please look at dondoc status. Where a copy of sent.log is kept, put it back and restart the service; then run: dondoc confirm"
        }
        (Guard::Clock, _, Language::Vi) => {
            "Đề nghị kiểm tra giờ của máy chủ (timedatectl). Khi giờ đúng trở lại, việc gửi tự tiếp tục. Nếu giờ hiện nay của máy chủ là đúng, xác nhận bằng lệnh: dondoc confirm clock"
        }
        (Guard::Clock, _, Language::En) => {
            "Please look at the clock of the machine (timedatectl). Sending goes on by itself when it is right again. Where it is right as it is, run: dondoc confirm clock"
        }
        (Guard::Storm, _, Language::Vi) => {
            "Đề nghị xem các tin đã gửi bằng lệnh dondoc status và dondoc list. Nếu số tin này là đúng, đồng ý gửi tiếp bằng lệnh: dondoc confirm storm. Nếu không, dừng mọi tin bằng lệnh: dondoc pause"
        }
        (Guard::Storm, _, Language::En) => {
            "Please look at what was sent with dondoc status and dondoc list. Where that many are right, run: dondoc confirm storm. Where they are not, stop everything with: dondoc pause"
        }
        (Guard::Calendar, _, Language::Vi) => {
            "Khi có thông báo chính thức, đề nghị ghi các ngày đó vào [[calendar.change]] và thêm năm vào announced của [calendar] trong tệp config.toml; kiểm tra bằng lệnh: dondoc check"
        }
        (Guard::Calendar, _, Language::En) => {
            "Once they are, please put the days in [[calendar.change]] and add the year to announced of [calendar] in config.toml; look at it with: dondoc check"
        }
        (Guard::Token, _, Language::Vi) => {
            "Đề nghị dừng chương trình đó nếu thuộc cơ quan. Nếu không rõ là chương trình nào, thu hồi mã kết nối qua @BotFather, ghi mã mới vào tệp telegram-token rồi khởi động lại dịch vụ."
        }
        (Guard::Token, _, Language::En) => {
            "Please stop that program if it is yours. Where nobody knows it, revoke the token with @BotFather, put the new one into the file telegram-token and restart the service."
        }
        (Guard::Row, _, Language::Vi) if line.note.is_none() => {
            "Đề nghị kiểm tra dữ liệu bằng lệnh dondoc verify và báo lỗi kèm nhật ký của dịch vụ."
        }
        (Guard::Row, _, Language::En) if line.note.is_none() => {
            "Please run dondoc verify, and report it with the log of the service."
        }
        (Guard::Row, _, Language::Vi) => {
            "Đề nghị thông báo cho người nhận bằng cách khác nếu cần, kiểm tra dữ liệu bằng lệnh dondoc verify và báo lỗi kèm nhật ký của dịch vụ."
        }
        (Guard::Row, _, Language::En) => {
            "Please tell the people concerned in another way where that matters, run dondoc verify, and report it with the log of the service."
        }
    }
    .to_owned()
}

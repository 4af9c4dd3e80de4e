//! What a mail looks like to somebody else's parser, whatever was in the facts.

use dondoc::channel::mime::{Sender, compose};
use dondoc::domain::delivery::Parcel;
use mail_parser::{Message, MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::mail;

fn written(parcel: &Parcel) -> String {
    let sender = Sender::new(Some("Theo dõi nhiệm vụ"), "dondoc@example.gov.vn").expect("an address");
    compose(&sender, parcel).expect("a mail").mime
}

fn parsed(mime: &str) -> Message<'_> {
    MessageParser::default().parse(mime.as_bytes()).expect("a mail")
}

/// Names of all headers, in order.
fn names(message: &Message<'_>) -> Vec<String> {
    message.headers_raw().map(|(name, _)| name.to_owned()).collect()
}

const HEADERS: [&str; 10] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Dondoc-Message",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

/// True for any mail we write, whatever was put in.
fn assert_frame(mime: &str) {
    assert!(mime.is_ascii());
    for line in mime.split("\r\n") {
        assert!(line.len() <= 78, "{} characters: {line}", line.len());
        assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
    }
    let found = names(&parsed(mime));
    assert_eq!(found, HEADERS[..found.len()], "exactly our headers");
    assert!(found.len() >= 9);
}

fn lines_of(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end_matches('\n').to_owned()
}

#[test]
fn a_mail_says_what_was_put_in() {
    let mime = written(&mail("k1", "an@example.org"));
    assert_frame(&mime);
    let message = parsed(&mime);
    assert_eq!(message.subject(), Some("[Nhắc việc 23/11] 02 quá hạn, 03 sắp đến hạn"));
    assert_eq!(message.message_id(), Some("k1@example.gov.vn"));
    assert_eq!(message.header_raw("X-Dondoc-Message").map(str::trim), Some("k1"));
    assert_eq!(message.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert_eq!(message.date().map(mail_parser::DateTime::to_timestamp), Some(1_700_701_200));
    let address = |list: Option<&mail_parser::Address<'_>>| {
        let first = list.and_then(|list| list.first()).expect("an address");
        (first.name().map(str::to_owned), first.address().map(str::to_owned))
    };
    assert_eq!(address(message.from()), (Some("Theo dõi nhiệm vụ".into()), Some("dondoc@example.gov.vn".into())));
    assert_eq!(address(message.to()), (Some("Nguyễn Văn Ân".into()), Some("an@example.org".into())));
    assert_eq!(message.to().map(|to| to.iter().count()), Some(1));
    assert!(message.content_type().is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("alternative")));
    assert_eq!(message.body_text(0).map(|text| lines_of(&text)), Some(lines_of(&mail("k1", "a@b").text)));
    assert_eq!(
        message.body_html(0).map(|html| lines_of(&html)),
        Some("<p>Kính gửi đồng chí <b>Nguyễn Văn Ân</b></p>".to_owned())
    );
}

#[test]
fn tricks_in_a_subject_stay_text() {
    for (subject, expected) in [
        ("Báo cáo\r\nBcc: x@example.org", "Báo cáo Bcc: x@example.org"),
        ("Report\nBcc: x@example.org\r\n\r\nbody", "Report Bcc: x@example.org body"),
        ("null\0byte\u{85}\u{2028}\u{7f}end", "null byte end"),
        ("=?utf-8?Q?=0D=0ABcc:_x@example.org?=", "=?utf-8?Q?=0D=0ABcc:_x@example.org?="),
        ("=?utf-8?B?QmFv?= cáo", "=?utf-8?B?QmFv?= cáo"),
        ("  hai   dấu cách  ", "hai dấu cách"),
        ("Re: \"quoted\" <tag> & (comment), semi;colon", "Re: \"quoted\" <tag> & (comment), semi;colon"),
    ] {
        let mime = written(&Parcel { subject: subject.to_owned(), ..mail("k1", "an@example.org") });
        assert_frame(&mime);
        assert_eq!(parsed(&mime).subject(), Some(expected));
    }
}

#[test]
fn tricks_in_a_name_stay_a_name() {
    for (name, expected) in [
        ("An\r\nBcc: x@example.org", "An Bcc: x@example.org"),
        ("An <x@example.org>, B", "An <x@example.org>, B"),
        ("\"An\" \\", "\"An\" \\"),
        ("=?utf-8?Q?An?=", "=?utf-8?Q?An?="),
        ("An (Phó)", "An (Phó)"),
    ] {
        let mime = written(&Parcel { name: name.to_owned(), ..mail("k1", "an@example.org") });
        assert_frame(&mime);
        let message = parsed(&mime);
        let to = message.to().expect("a recipient");
        let found: Vec<_> = to.iter().map(|one| (one.name(), one.address())).collect();
        assert_eq!(found, [(Some(expected), Some("an@example.org"))]);
    }
    let mime = written(&Parcel { name: " \r\n".to_owned(), ..mail("k1", "an@example.org") });
    assert!(mime.contains("\r\nTo: an@example.org\r\n"), "{mime}");
}

#[test]
fn tricks_in_a_body_stay_in_the_body() {
    let long = "x".repeat(3_000);
    for text in [
        ".\n..\n.x\n\n.\n",
        "--=_k1--\n--=_k1\nContent-Type: text/html\n\n<b>x</b>",
        "From here on\nFrom: x@example.org\n",
        long.as_str(),
        "trailing blanks   \nand tabs\t\n",
        "= =3D =?utf-8?Q?x?= =\n=",
        "ký tự\u{300} tổ hợp, 🂡",
    ] {
        for html in [None, Some(format!("<pre>{text}</pre>"))] {
            let mime = written(&Parcel { text: text.to_owned(), html: html.clone(), ..mail("k1", "an@example.org") });
            assert_frame(&mime);
            let message = parsed(&mime);
            assert_eq!(message.text_body_count(), 1, "{mime}");
            assert_eq!(message.body_text(0).map(|found| lines_of(&found)), Some(lines_of(text)));
            if html.is_some() {
                assert_eq!(message.body_html(0).map(|found| lines_of(&found)), html.map(|html| lines_of(&html)));
            }
        }
    }
}

/// A mark that turns the direction of text or has no width makes words look like others.
#[test]
fn what_nobody_sees_is_taken_out_of_name_subject_and_body() {
    let marked = |text: &str| text.replace('|', "\u{202e}\u{200b}\u{2066}\u{feff}");
    let (name, subject, text) = ("Trần| An", "[Nhắc việc]| 01 nhiệm vụ", "ký tự\u{300} tổ hợp, |ngược\tvà\nxuống dòng");
    let parcel = Parcel {
        name: marked(name),
        subject: marked(subject),
        text: marked(text),
        html: Some(marked(&format!("<pre>{text}</pre>"))),
        ..mail("k1", "an@example.org")
    };
    let mime = written(&parcel);
    assert_frame(&mime);
    let message = parsed(&mime);
    let plain = |text: &str| text.replace('|', "");
    assert_eq!(message.to().and_then(|to| to.first()).and_then(|one| one.name()), Some(plain(name).as_str()));
    assert_eq!(message.subject(), Some(plain(subject).as_str()));
    assert_eq!(message.body_text(0).map(|found| lines_of(&found)), Some(plain(text)));
    assert_eq!(message.body_html(0).map(|found| lines_of(&found)), Some(plain(&format!("<pre>{text}</pre>"))));
}

#[test]
fn a_body_that_knows_the_boundary_cannot_end_its_part() {
    let first = written(&mail("k1", "an@example.org"));
    let (_, rest) = first.split_once("boundary=\"").expect("a boundary");
    let (boundary, _) = rest.split_once('"').expect("a boundary");
    for text in
        [format!("a\n--{boundary}--\nb"), format!("--{boundary}\nContent-Type: text/html\n\n<b>x</b>\n{}", "đ".repeat(60))]
    {
        let mime = written(&Parcel { text: text.clone(), ..mail("k1", "an@example.org") });
        assert_eq!(mime.matches(&format!("--{boundary}")).count(), 3, "{mime}");
        assert_eq!(parsed(&mime).body_text(0).map(|found| lines_of(&found)), Some(text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_in_the_facts_the_frame_holds_and_the_text_arrives(
        subject in "\\PC{0,200}|[ -~\r\n\0=?]{0,1200}",
        name in "\\PC{0,60}|[ -~\r\n\0=?]{0,200}",
        text in "(([.\\-= a-zđ\t\u{0}\r]{0,90}|[.=a-zđ]{990,1100}|\\.)\n){0,8}",
    ) {
        let parcel = Parcel { subject: subject.clone(), name, text: text.clone(), ..mail("k1", "an@example.org") };
        let mime = written(&parcel);
        assert_frame(&mime);
        let message = parsed(&mime);
        let one_line = subject.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        prop_assert_eq!(message.subject().unwrap_or_default(), one_line);
        prop_assert_eq!(message.to().and_then(|to| to.first()).and_then(|to| to.address()), Some("an@example.org"));
        let clean = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
        prop_assert_eq!(lines_of(&message.body_text(0).expect("a text")), lines_of(&clean));
        prop_assert_eq!(mime, written(&parcel), "the same mail every time");
    }
}

//! Every kind of message in both languages as a reviewed snapshot, and the laws that hold for all of them.

#[path = "wording/english.rs"]
mod english;
#[path = "wording/facts.rs"]
mod facts;

use std::fmt::Write as _;

use dondoc::channel::letter::{Addressee, Item, Letter, LetterKind, Worded};
use dondoc::channel::wording::{Receipt, Refusal, WordingError, acknowledged_text, in_trial, probe, refusal_text, sort, word};
use dondoc::domain::policy::{ChannelKind, Role};
use dondoc::domain::rules::{BeforeDate, Language};
use facts::Scene;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use unicode_normalization::is_nfc;

const LANGUAGES: [(Language, &str); 2] = [(Language::Vi, "vi"), (Language::En, "en")];
const CHANNELS: [ChannelKind; 2] = [ChannelKind::Email, ChannelKind::Telegram];

fn worded(letter: &Letter<'_>) -> Worded {
    word(letter).expect("a letter with items is worded")
}

/// The text with its bold ranges shown as `*…*`.
fn with_bold_marks(worded: &Worded) -> String {
    let units: Vec<u16> = worded.text.encode_utf16().collect();
    let mut out: Vec<u16> = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        let marks = worded.bold.iter().filter(|(from, len)| *from as usize == at || (*from + *len) as usize == at).count();
        out.extend(std::iter::repeat_n(u16::from(b'*'), marks));
        out.push(*unit);
    }
    String::from_utf16(&out).expect("no pair is parted")
}

fn plain_of(html: &str) -> String {
    html.replace("<b>", "").replace("</b>", "").replace("&#x2f;", "/").replace("&amp;", "&")
}

#[test]
fn a_mail_to_the_trial_mailbox_says_whom_it_is_for_before_everything_else() {
    let scene = Scene::new();
    let mut told = String::new();
    for (language, _) in LANGUAGES {
        let samples = scene.samples(language, ChannelKind::Email);
        let sample = samples.iter().find(|sample| sample.name == "reminder").expect("a reminder");
        let mut to = sample.letter.to.clone();
        to.name = "An <b>& Bình</b>".into();
        let worded = worded(&sample.letter);
        let headed = in_trial(language, &to, ChannelKind::Telegram, worded.clone());
        let html = headed.html.expect("a mail");
        let heading = html.find("An &lt;b&gt;&amp; Bình").expect("escaped");
        assert!(
            heading > html.find("<body").expect("a body")
                && heading < html.find("<h").map_or(usize::MAX, |at| at.max(heading + 1))
        );
        assert!(headed.subject.ends_with(&worded.subject) && headed.text.ends_with(&worded.text), "what follows stays as it is");
        assert!(headed.buttons.is_empty() && is_nfc(&headed.text));
        let head: Vec<&str> = headed.text.lines().take(2).collect();
        let _ = writeln!(told, "{}\n{}\n", headed.subject, head.join("\n"));
    }
    insta::assert_snapshot!("trial", told);
}

#[test]
fn a_test_message_is_marked_as_one_and_asks_for_nothing() {
    let to = Addressee { name: "Nguyễn Văn An".into(), salutation: "đồng chí".into(), title: None, unit: None };
    let mut told = String::new();
    for (language, _) in LANGUAGES {
        for channel in CHANNELS {
            let worded = probe(language, "Văn phòng <phường>", &to, channel);
            assert!(worded.buttons.is_empty() && worded.html.iter().all(|html| html.contains("&lt;phường&gt;")));
            let _ = writeln!(told, "{}\n{}\n", worded.subject, worded.text);
        }
    }
    insta::assert_snapshot!("probe", told);
}

#[test]
fn every_kind_of_message_reads_as_reviewed() {
    let scene = Scene::new();
    for (language, tag) in LANGUAGES {
        for (mail, chat) in scene.samples(language, ChannelKind::Email).iter().zip(scene.samples(language, ChannelKind::Telegram))
        {
            let (mail_words, chat_words) = (worded(&mail.letter), worded(&chat.letter));
            let mut shown = format!("Subject: {}\n\n{}", mail_words.subject, mail_words.text);
            let _ = write!(shown, "\n=== chat ===\n{}\n", with_bold_marks(&chat_words));
            for row in &chat_words.buttons {
                let labels: Vec<String> = row.iter().map(|button| format!("[{}]", button.label)).collect();
                let _ = writeln!(shown, "{}", labels.join(" "));
            }
            insta::assert_snapshot!(format!("{}-{tag}", mail.name), shown);
        }
    }
}

#[test]
fn the_html_of_each_layout_reads_as_reviewed() {
    let scene = Scene::new();
    for sample in scene.samples(Language::Vi, ChannelKind::Email) {
        if ["reminder", "several", "digest", "copy", "brief"].contains(&sample.name) {
            insta::assert_snapshot!(format!("html-{}", sample.name), worded(&sample.letter).html.unwrap_or_default());
        }
    }
}

#[test]
fn every_message_carries_number_deadline_reason_and_code() {
    let scene = Scene::new();
    for (language, _) in LANGUAGES {
        for channel in CHANNELS {
            for sample in scene.samples(language, channel) {
                let words = worded(&sample.letter);
                let reason = if language == Language::Vi { "nhận tin này vì" } else { "You get this because" };
                for text in [Some(words.text.clone()), words.html.as_deref().map(plain_of)].into_iter().flatten() {
                    for item in &sample.letter.items {
                        assert!(text.contains(&item.code), "{}: code", sample.name);
                        // A brief is about units: its late items have a place of their own, in a chat the units alone.
                        if sample.letter.brief.is_some()
                            && (channel == ChannelKind::Telegram
                                || item.because[0].role == Role::Supervisor && item.digest.is_none())
                        {
                            continue;
                        }
                        // An alarm says nothing of the assignment that carries it.
                        if item.alarm.is_some() {
                            assert!(!text.contains(&item.title), "{}", sample.name);
                            continue;
                        }
                        assert!(text.contains(&item.dispatch_number), "{}: number", sample.name);
                        assert!(text.contains(&item.unit), "{}: unit", sample.name);
                        if let Some(deadline) = &item.deadline {
                            let day = deadline.last_day;
                            let day = format!("{:02}/{:02}/{}", day.day(), day.month(), day.year());
                            assert!(text.contains(&day), "{}: deadline", sample.name);
                        }
                    }
                    let reasons = if sample.letter.brief.is_some() { 1 } else { sample.letter.items.len() };
                    assert_eq!(text.matches(reason).count(), reasons, "{}: reasons", sample.name);
                }
            }
        }
    }
}

#[test]
fn no_message_scolds_or_shouts() {
    let scene = Scene::new();
    for (language, _) in LANGUAGES {
        for channel in CHANNELS {
            for sample in scene.samples(language, channel) {
                let words = worded(&sample.letter);
                let html = words.html.as_deref().map_or(String::new(), |html| html.replace("<!DOCTYPE html>", ""));
                let all = format!("{}\n{}\n{html}", words.subject, words.text);
                assert!(!all.to_lowercase().contains("phê bình"), "{}", sample.name);
                assert!(!all.contains('!'), "{}", sample.name);
                assert!(is_nfc(&all), "{}", sample.name);
                assert!(words.subject.chars().count() <= 200 && !words.subject.chars().any(char::is_control));
                assert!(!all.contains("  \n") && !all.contains(" ."), "{}: stray blanks", sample.name);
            }
        }
    }
}

#[test]
fn a_superior_is_reported_to_and_the_unit_is_asked() {
    let scene = Scene::new();
    let text = |name: &str| {
        let samples = scene.samples(Language::Vi, ChannelKind::Email);
        samples
            .iter()
            .find(|sample| sample.name == name)
            .map(|sample| worded(&sample.letter).text)
            .expect("there is such a sample")
    };
    assert!(text("escalation-to-superior").contains("kính báo cáo đồng chí"));
    assert!(text("escalation-to-superior").contains("Kính trình đồng chí"));
    assert!(text("escalation-upwards").contains("Phòng Nội vụ chưa có người đứng đầu"));
    assert!(text("escalation").contains("\nĐề nghị đồng chí chỉ đạo"));
    assert!(text("awaits-acceptance").contains("Trân trọng đề nghị đồng chí"));
    assert!(text("before-date").contains("14/12/2023") && text("before-date").contains("sau thứ Sáu, ngày 15/12/2023"));
    assert!(text("copy").contains("để biết, không yêu cầu phản hồi"));
}

#[test]
fn a_mail_shows_only_the_answer_path_that_works() {
    let scene = Scene::new();
    for sample in scene.samples(Language::Vi, ChannelKind::Email) {
        let words = worded(&sample.letter);
        assert!(words.buttons.is_empty() && !words.text.contains("nút bên dưới"), "{}", sample.name);
        assert!(!words.text.contains("http"), "{}", sample.name);
    }
    let mut samples = scene.samples(Language::Vi, ChannelKind::Telegram);
    let letter = &mut samples[0].letter;
    assert!(worded(letter).text.contains("nút bên dưới"));
    letter.replies.clear();
    let without = worded(letter);
    assert!(!without.text.contains("nút bên dưới") && without.text.contains("Phản hồi tới người theo dõi"));
    letter.kind = LetterKind::Copy;
    assert!(worded(letter).buttons.is_empty());
}

#[test]
fn several_items_are_acknowledged_together_and_one_alone() {
    let scene = Scene::new();
    let label = |name: &str| {
        let samples = scene.samples(Language::Vi, ChannelKind::Telegram);
        let sample = samples.iter().find(|sample| sample.name == name).expect("there is such a sample");
        worded(&sample.letter).buttons[0][0].label.clone()
    };
    assert_eq!(label("assignment"), "Xác nhận tiếp nhận");
    assert_eq!(label("several"), "Xác nhận tiếp nhận tất cả");
}

#[test]
fn hostile_facts_stay_inert() {
    let scene = Scene::new();
    for channel in CHANNELS {
        let mut samples = scene.samples(Language::Vi, channel);
        let letter = &mut samples[0].letter;
        letter.items[0].title = "<script>alert(1)</script>\r\nBcc: x@example.org\u{0}\u{202e}".to_owned();
        letter.to.name = "<b>An</b>".to_owned();
        let words = worded(letter);
        assert!(!words.subject.contains(['\r', '\n', '\0', '\u{202e}']));
        if let Some(html) = words.html {
            assert!(!html.contains("<script>") && !html.contains("<b>An</b>") && html.contains("&lt;script&gt;"));
        }
    }
}

#[test]
fn a_letter_without_items_is_an_error() {
    let scene = Scene::new();
    let mut samples = scene.samples(Language::Vi, ChannelKind::Email);
    samples[0].letter.items.clear();
    assert!(matches!(word(&samples[0].letter), Err(WordingError::NoItems)));
}

#[test]
fn a_strict_reading_is_late_from_the_day_itself() {
    let scene = Scene::new();
    let mut samples = scene.samples(Language::Vi, ChannelKind::Email);
    let sample = samples.iter_mut().find(|sample| sample.name == "before-date").expect("there is such a sample");
    sample.letter.now = scene.at(date(2023, 12, 15), 450);
    let line = sample.letter.items[0].deadline.as_mut().expect("it has a deadline");
    line.working_days_left = -1;
    assert!(worded(&sample.letter).subject.starts_with("[Đến hạn hôm nay]"));
    sample.letter.before_date = BeforeDate::Strict;
    assert!(worded(&sample.letter).subject.starts_with("[Quá hạn 01 ngày làm việc]"));
}

#[test]
fn an_acknowledged_message_keeps_its_text_and_adds_the_receipt() {
    let scene = Scene::new();
    let units = ["Phòng Nội vụ".to_owned(), "Phòng Nội vụ".to_owned()];
    let at = scene.at(date(2023, 12, 28), 485);
    let one = Receipt { units: &units[..1], assignments: 1, at };
    assert_eq!(
        acknowledged_text(Language::Vi, &scene.calendar, "Nội dung", &one),
        "Nội dung\n\nĐã ghi nhận: Phòng Nội vụ tiếp nhận nhiệm vụ lúc 08 giờ 05, ngày 28/12/2023. Trân trọng cảm ơn."
    );
    let several = Receipt { units: &units, assignments: 2, at };
    assert!(acknowledged_text(Language::Vi, &scene.calendar, "", &several).contains("Phòng Nội vụ tiếp nhận 02 nhiệm vụ lúc"));
}

#[test]
fn a_refusal_is_short_and_polite() {
    for (language, _) in LANGUAGES {
        for refusal in Refusal::ALL {
            let text = refusal_text(language, refusal);
            assert!(text.chars().count() <= 200 && !text.contains('!'), "{text}");
        }
    }
}

/// Letters of several planes, marks, blanks and what templates and wires would stumble over.
fn hard_text(longest: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Ủy ban nhân dân ".to_owned()),
        Just("𝕍𝔹 ".to_owned()),
        Just("e\u{0302}\u{0323}".to_owned()),
        Just("\r\n\u{2}\u{3}\u{0}".to_owned()),
        Just("{{ x }} {% y %} <i>&".to_owned()),
        "[a-z]{1,30}",
    ];
    proptest::collection::vec(piece, 1..longest).prop_map(|pieces| pieces.concat())
}

prop_compose! {
    fn hard_item(scene_items: Vec<Item>)(
        which in 0..scene_items.len(),
        code in "[A-Z0-9]{1,8}",
        title in hard_text(12),
        note in proptest::option::of(hard_text(40)),
        unit in hard_text(8),
        days in -400_i32..400,
    ) -> Item {
        let mut item = scene_items[which].clone();
        item.code = code;
        item.title = title;
        item.note = note;
        item.unit = unit;
        if let Some(line) = &mut item.deadline {
            line.working_days_left = i64::from(days);
            line.last_day = line.last_day.checked_add(jiff::Span::new().days(days)).unwrap_or(line.last_day);
        }
        item
    }
}

fn all_items() -> Vec<Item> {
    let scene = Scene::new();
    let samples = scene.samples(Language::Vi, ChannelKind::Email);
    samples.into_iter().flat_map(|sample| sample.letter.items).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn up_to_two_hundred_items_always_fit_one_chat_message(
        mut items in proptest::collection::vec(hard_item(all_items()), 1..=200),
        name in hard_text(30),
        office in hard_text(30),
        kind in prop_oneof![Just(LetterKind::Action), Just(LetterKind::Copy), Just(LetterKind::Digest)],
        language in prop_oneof![Just(Language::Vi), Just(Language::En)],
    ) {
        sort(&mut items);
        let mut scene = Scene::new();
        scene.office.name = office;
        let codes: Vec<String> = items.iter().map(|item| item.code.clone()).collect();
        let mut samples = scene.samples(language, ChannelKind::Telegram);
        let letter = &mut samples[0].letter;
        letter.items = items;
        letter.kind = kind;
        letter.to.name = name.clone();
        letter.to.title = Some(name.clone());
        let words = word(letter).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let units: Vec<u16> = words.text.encode_utf16().collect();
        prop_assert!(units.len() <= 3_500, "{} units", units.len());
        for (offset, length) in &words.bold {
            let (from, to) = (*offset as usize, (*offset + *length) as usize);
            prop_assert!(*length > 0 && to <= units.len());
            prop_assert!(String::from_utf16(&units[from..to]).is_ok(), "a range parts a pair");
        }
        for code in codes {
            prop_assert!(words.text.contains(&code));
        }
        prop_assert!(words.text.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert!(words.subject.chars().count() <= 200 && !words.subject.chars().any(char::is_control));
    }

    #[test]
    fn any_facts_make_a_mail(item in hard_item(all_items()), name in hard_text(30)) {
        let scene = Scene::new();
        let mut samples = scene.samples(Language::Vi, ChannelKind::Email);
        let letter = &mut samples[0].letter;
        letter.items = vec![item];
        letter.to.name = name;
        let words = word(letter).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(words.subject.chars().count() <= 200 && !words.subject.chars().any(char::is_control));
        prop_assert!(is_nfc(&words.subject) && is_nfc(&words.text));
        let html = words.html.unwrap_or_default();
        prop_assert!(!html.contains("<i>"), "markup of a fact came through");
        prop_assert!(html.trim_end().ends_with("</html>"));
    }

    #[test]
    fn sorting_puts_the_overdue_first_and_keeps_every_item(mut items in proptest::collection::vec(hard_item(all_items()), 1..30)) {
        let mut before: Vec<String> = items.iter().map(|item| item.code.clone()).collect();
        sort(&mut items);
        let left: Vec<i64> = items.iter().filter(|item| presses(item)).filter_map(|item| Some(item.deadline.as_ref()?.working_days_left)).collect();
        prop_assert!(left.iter().skip_while(|left| **left < 0).all(|left| *left >= 0), "{left:?}");
        let mut after: Vec<String> = items.iter().map(|item| item.code.clone()).collect();
        before.sort();
        after.sort();
        prop_assert_eq!(before, after);
        let once: Vec<Option<Date>> = items.iter().map(|item| item.deadline.as_ref().map(|line| line.last_day)).collect();
        sort(&mut items);
        let twice: Vec<Option<Date>> = items.iter().map(|item| item.deadline.as_ref().map(|line| line.last_day)).collect();
        prop_assert_eq!(once, twice);
    }
}

fn presses(item: &Item) -> bool {
    use dondoc::channel::letter::Tone;
    !matches!(item.tone, Tone::Notice(_) | Tone::Review | Tone::AwaitsAcceptance)
}

//! English is whole: no Vietnamese word of ours stands in it, every tone and notice has its letter in both languages; and no
//! fact, however strange, breaks a letter.

use dondoc::channel::letter::{HowLine, Item, Letter, Tone, WeeklyBrief};
use dondoc::channel::wording::{Receipt, Refusal, label, receipt_text, refusal_text, word};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reminder::Notice;
use dondoc::domain::reply::ReplyKind;
use dondoc::domain::rules::{Language, Office};
use jiff::civil::date;

use super::CHANNELS;
use super::facts::Scene;

/// Every fact of an item in plain ASCII, so that what is left in other letters is ours.
fn plain_item(item: &mut Item) {
    let plain = |text: &mut String| "Fact".clone_into(text);
    for text in [&mut item.title, &mut item.issuer, &mut item.unit, &mut item.step_label] {
        plain(text);
    }
    item.subject.iter_mut().chain(&mut item.waiting_for).chain(&mut item.note).chain(&mut item.replier).for_each(plain);
    item.inherited_from.iter_mut().for_each(plain);
    item.transferred_from.iter_mut().chain(&mut item.transferred_to).for_each(plain);
    if let Some(block) = &mut item.block {
        block.waits_for.iter_mut().chain(&mut block.note).for_each(plain);
    }
    item.alarm.iter_mut().for_each(|alarm| alarm.note.iter_mut().for_each(plain));
    item.coordinating.iter_mut().for_each(plain);
    "12/UBND".clone_into(&mut item.dispatch_number);
    "12/UBND#1.a@x".clone_into(&mut item.assignment);
    for clause in &mut item.clauses {
        "1.a".clone_into(clause);
    }
    if let Some(deadline) = &mut item.deadline {
        deadline.text.iter_mut().for_each(plain);
    }
    if let Some(announces) = &mut item.announces {
        announces.people.iter_mut().for_each(plain);
    }
    for because in &mut item.because {
        match &mut because.how {
            HowLine::Named => {}
            HowLine::StandsInFor(person) => plain(person),
            HowLine::Holds { title: a, unit: b }
            | HowLine::Acts { title: a, unit: b }
            | HowLine::Upwards { vacant: a, unit: b } => {
                plain(a);
                plain(b);
            }
        }
    }
}

fn plain_letter(letter: &mut Letter<'_>) {
    letter.items.iter_mut().for_each(plain_item);
    "Fact".clone_into(&mut letter.to.name);
    "Mr".clone_into(&mut letter.to.salutation);
    letter.to.title = Some("Head".to_owned());
    letter.to.unit = Some("Unit".to_owned());
    if let Some(monitor) = &mut letter.monitor {
        "Fact".clone_into(&mut monitor.name);
    }
    if let Some(WeeklyBrief { units, late, .. }) = &mut letter.brief {
        late.iter_mut().for_each(plain_item);
        for row in units {
            "Unit".clone_into(&mut row.unit);
        }
    }
}

/// Letters with a mark of Vietnamese; signs such as “ ” – … are no letters.
fn vietnamese(text: &str) -> Vec<&str> {
    text.split_whitespace().filter(|word| word.chars().any(|c| c.is_alphabetic() && !c.is_ascii())).collect()
}

#[test]
fn no_vietnamese_word_of_ours_stands_in_an_english_message() {
    let mut scene = Scene::new();
    scene.office = Office { name: "Office".to_owned(), salutation: "Mr".to_owned(), ..scene.office };
    for channel in CHANNELS {
        for mut sample in scene.samples(Language::En, channel) {
            plain_letter(&mut sample.letter);
            let words = word(&sample.letter).expect("a letter with items is worded");
            let labels: Vec<String> = words.buttons.iter().flatten().map(|button| button.label.clone()).collect();
            let html = words.html.unwrap_or_default();
            for text in [&words.subject, &words.text, &html, &labels.join(" ")] {
                assert_eq!(vietnamese(text), Vec::<&str>::new(), "{}", sample.name);
            }
        }
    }
    let units = ["Unit".to_owned()];
    let receipt = Receipt { units: &units, assignments: 2, at: scene.at(date(2023, 12, 28), 485) };
    let mut answers = vec![receipt_text(Language::En, &scene.calendar, &receipt)];
    answers.extend(Refusal::ALL.map(|refusal| refusal_text(Language::En, refusal).to_owned()));
    answers.extend(ReplyKind::ALL.into_iter().filter_map(|kind| label(kind, Language::En)).map(str::to_owned));
    assert!(answers.len() > 8);
    for answer in answers {
        assert_eq!(vietnamese(&answer), Vec::<&str>::new(), "{answer}");
        assert!(!answer.is_empty() && !answer.contains('!'), "{answer}");
    }
}

#[test]
fn every_tone_and_notice_is_among_the_letters_that_are_reviewed_in_both_languages() {
    let scene = Scene::new();
    let tones = [
        Tone::Assignment,
        Tone::Reminder,
        Tone::Overdue,
        Tone::Escalation,
        Tone::Courtesy,
        Tone::Review,
        Tone::BehindPace,
        Tone::AwaitsAcceptance,
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let samples = scene.samples(Language::En, ChannelKind::Email);
    for tone in tones.into_iter().chain(Notice::ALL.map(Tone::Notice)) {
        let of_it: Vec<_> = samples.iter().filter(|sample| sample.letter.items.iter().any(|item| item.tone == tone)).collect();
        assert!(!of_it.is_empty(), "{tone:?} has no letter");
        for sample in of_it {
            for language in ["vi", "en"] {
                let path = folder.join(format!("wording__{}-{language}.snap", sample.name));
                assert!(path.is_file(), "{}", path.display());
            }
        }
    }
}

/// 6,000 characters of what breaks markup, counting or direction.
fn hostile() -> String {
    let piece = "<b>&amp;<script>alert(1)</script> 👩‍👩‍👧 e\u{302}\u{323}\u{301} \u{202e}עברית\u{202c} {{ x }} *_`[ \u{0}\r\n";
    piece.chars().cycle().take(6_000).collect()
}

#[test]
fn six_thousand_characters_of_anything_break_no_channel() {
    let scene = Scene::new();
    for language in [Language::Vi, Language::En] {
        for channel in CHANNELS {
            for mut sample in scene.samples(language, channel) {
                let late = sample.letter.brief.iter_mut().flat_map(|brief| &mut brief.late);
                for item in sample.letter.items.iter_mut().chain(late) {
                    (item.title, item.unit, item.issuer) = (hostile(), hostile(), hostile());
                    (item.note, item.subject, item.replier) = (Some(hostile()), Some(hostile()), Some(hostile()));
                    item.dispatch_number = hostile();
                }
                for row in sample.letter.brief.iter_mut().flat_map(|brief| &mut brief.units) {
                    row.unit = hostile();
                }
                (sample.letter.to.name, sample.letter.to.title) = (hostile(), Some(hostile()));
                let words = word(&sample.letter).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
                assert!(words.subject.chars().count() <= 200 && !words.subject.chars().any(char::is_control), "{}", sample.name);
                let hidden = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
                assert!(!words.text.chars().any(hidden), "{}: a character that turns or hides text", sample.name);
                let units = words.text.encode_utf16().count();
                match &words.html {
                    None => assert!(units <= 3_500, "{}: {units}", sample.name),
                    Some(html) => assert!(!html.contains("<script>"), "{}", sample.name),
                }
                for (offset, length) in &words.bold {
                    assert!((*offset + *length) as usize <= units, "{}", sample.name);
                }
            }
        }
    }
}

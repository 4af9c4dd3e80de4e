//! Templates an administrator puts in the place of the shipped ones: tried before they hold, replaced when they fail.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use dondoc::channel::wording::{SHIPPED, Templates};
use dondoc::config::{Loaded, TemplateText, Whereabouts, load};
use dondoc::diagnostic::{Diagnostic, Paint, render};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::rules::Language;
use dondoc::engine::templates::{prepare, starting_point};
use dondoc::tree::labels;

use super::house::{HEAD, House};
use super::{messages, on_both, one_duty, told_when_assigned};

fn shipped(name: &str) -> &'static str {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text).expect("it is shipped")
}

/// A template with one place changed.
fn changed(name: &str, from: &str, to: &str) -> String {
    assert!(shipped(name).contains(from), "{name} has no {from}");
    shipped(name).replacen(from, to, 1)
}

/// A config that loads, with these templates beside it.
fn with(templates: &[(&str, String)]) -> Loaded {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("templates")).expect("a folder of our own");
    for (name, text) in templates {
        std::fs::write(folder.path().join("templates").join(name), text).expect("a folder of our own");
    }
    let config = folder.path().join("config.toml");
    std::fs::write(&config, format!("language = \"en\"\n{HEAD}{}", told_when_assigned())).expect("a folder of our own");
    let around = Whereabouts { credentials: None, state: None, language: None, today: jiff::civil::date(2023, 10, 2) };
    let mut loaded = load(&config, &around);
    assert!(loaded.config.is_some(), "{:?}", loaded.problems);
    // What stood wrong in the config itself is another test's.
    loaded.problems.retain(|problem| problem.source > 0);
    for template in &mut loaded.templates {
        template.path = format!("templates/{}", template.name);
    }
    loaded
}

/// What `check` says of these templates.
fn said(templates: &[(&str, String)], language: Language) -> (Option<Arc<Templates>>, Vec<Diagnostic>, String) {
    let loaded = Loaded { language, ..with(templates) };
    let (prepared, found) = prepare(&loaded);
    let problems: Vec<Diagnostic> = loaded.problems.iter().cloned().chain(found).collect();
    let shown = render(&problems, &loaded.sources(), Paint::Plain, labels(language));
    (prepared, problems, shown)
}

#[test]
fn the_shipped_templates_pass_as_templates_of_the_office() {
    let all: Vec<(&str, String)> = SHIPPED.map(|(name, text)| (name, format!("{text} "))).into();
    let (templates, problems, shown) = said(&all, Language::En);
    assert!(problems.is_empty(), "{shown}");
    assert_eq!(templates.expect("they hold").replaced().len(), SHIPPED.len());
}

#[test]
fn a_starting_point_counts_for_nothing_until_a_letter_of_it_is_changed() {
    let named = |(path, text): (&'static str, String)| (path.strip_prefix("templates/").expect("beside a config"), text);
    let start: Vec<(&str, String)> = starting_point().map(named).collect();
    assert!(start.iter().map(|(name, _)| *name).eq(SHIPPED.map(|(name, _)| name)));
    let unchanged = start.clone();
    let (templates, problems, shown) = said(&unchanged, Language::En);
    assert!(problems.is_empty(), "{shown}");
    assert!(templates.expect("they hold").replaced().is_empty());
    let (name, text) = &start[0];
    let changed = text.replace("{{ greeting }}", "PHƯỜNG AN NHƠN\n\n{{ greeting }}");
    let (templates, _, shown) = said(&[(*name, changed)], Language::En);
    assert_eq!(templates.expect(&shown).replaced(), ["mail.txt"]);
}

#[test]
fn each_way_to_break_a_template_is_told_with_its_place_and_its_mend() {
    let burns = "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}";
    let broken = [
        ("mail.txt", changed("mail.txt", "{% endfor %}\n\n{% if entry.state", "\n\n{% if entry.state")),
        ("mail.txt", changed("mail.txt", "   {{ entry.code }}", "   {{ entry.coed }}")),
        ("mail.txt", changed("mail.txt", "{{ entry.reason }}", "")),
        (
            "mail.txt",
            changed(
                "mail.txt",
                "{{ entry.number }}. {{ entry.title }} ({{ entry.reference }})\n   {{ entry.line.plain }}",
                "{{ entry.title }}",
            ),
        ),
        ("mail.html", changed("mail.html", "{{ fact.label }}", "{{ include_file('/etc/passwd') }}")),
        ("mail.html", changed("mail.html", "{{ greeting }}", "{% include \"/etc/passwd\" %}")),
        ("mail.html", changed("mail.html", "{{ entry.quote }}", "{{ entry.quote | safe }}")),
        ("mail.html", format!("{{% autoescape false %}}{}{{% endautoescape %}}", shipped("mail.html"))),
        ("mail.html", format!("{burns}{}", shipped("mail.html"))),
        ("mail.html", changed("mail.html", "{{ subject }}", "{{ \"x\" * 1000000000 }}")),
        (
            "mail.html",
            changed(
                "mail.html",
                "<p style=\"margin:4px 0 0 0;font-size:12px;line-height:16px;color:#4a4a4a;\">{{ entry.reason }}<br>{{ entry.code }}</p>",
                "<!-- {{ entry.reason }} {{ entry.code }} -->",
            ),
        ),
        ("mail.html", changed("mail.html", "<body ", "<!-- <body> --><body ")),
        ("brief.html", changed("brief.html", "{{ reason.codes }}", "")),
        ("brief.txt", changed("brief.txt", "{{ line.details }}", "")),
        ("parts.html", changed("parts.html", "{{ reason }}<br>", "")),
        ("parts.html", changed("parts.html", "macro small(", "macro smaller(")),
        ("mial.html", shipped("mail.html").to_owned()),
        ("README", "what is this".to_owned()),
    ];
    // Each code once in Vietnamese.
    let some = [0, 2, 6, 9, 16, 17].map(|at: usize| broken[at].clone());
    for (language, tag, broken) in [(Language::En, "en", &broken[..]), (Language::Vi, "vi", &some)] {
        let mut all = String::new();
        for (name, text) in broken {
            let (templates, problems, shown) = said(&[(*name, text.clone())], language);
            assert!(templates.is_none() && !problems.is_empty(), "{name}: {shown}");
            let placed = |problem: &Diagnostic| problem.is_error() && problem.help.is_some() && problem.source == 1;
            assert!(problems.iter().all(placed), "{name}: {shown}");
            let _ = writeln!(all, "{shown}");
        }
        insta::assert_snapshot!(format!("broken_templates_{tag}"), all);
    }
}

#[test]
fn broken_templates_are_told_at_once_and_what_cannot_be_read_with_its_place() {
    let (templates, problems, _) =
        said(&[("brief.txt", "{% if %}".to_owned()), ("mail.txt", "{{ greeting".to_owned())], Language::En);
    assert!(templates.is_none());
    assert_eq!(problems.iter().map(|problem| problem.source).collect::<Vec<_>>(), [1, 2]);

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mail.txt"), b"ab\xff").expect("a folder of our own");
    std::fs::create_dir(folder.path().join("mail.html")).expect("a folder of our own");
    for editors in [".mail.txt.swp", "mail.txt~"] {
        std::fs::write(folder.path().join(editors), b"\xff").expect("a folder of our own");
    }
    let (texts, problems) = dondoc::config::read_templates(folder.path(), Language::En);
    assert_eq!(texts.iter().map(|text| text.name.as_str()).collect::<Vec<_>>(), ["mail.html", "mail.txt"]);
    let told: Vec<(&str, usize, bool)> =
        problems.iter().map(|problem| (problem.code, problem.source, problem.span.is_some())).collect();
    assert_eq!(told, [("cannot-read", 1, false), ("not-utf8", 2, true)]);
    assert_eq!(dondoc::config::read_templates(&folder.path().join("none"), Language::En), (Vec::new(), Vec::new()));
}

#[test]
fn the_digest_of_the_rules_names_the_templates_beside_them() {
    let digest = |templates: &[(&str, String)]| with(templates).config.expect("it loads").rules.digest;
    let texts = ["", "a", "b"].map(|text| digest(&[("mail.txt", text.to_owned())]));
    let other_name = digest(&[("mail.html", "a".to_owned())]);
    let without = digest(&[]);
    let all: BTreeSet<&String> = texts.iter().chain([&other_name, &without]).collect();
    assert_eq!(all.len(), 5, "each another one");
    let loaded = with(&[("mail.txt", "a".to_owned())]);
    assert_eq!(loaded.config.clone().expect("it loads").without_templates(&loaded.text).rules.digest, without);
}

/// Where a template prints something: the bytes inside `{{ … }}`.
fn printed(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("{{ ").map(|at| from + at + 3) {
        let end = start + text[start..].find(" }}").expect("it ends");
        found.push(start..end);
        from = end;
    }
    found
}

/// What the shipped templates print that holds no fact: words of ours, numbers, codes, dates.
const WITHOUT_FACTS: [&str; 46] = [
    "mail.html: lang",
    "mail.html: system",
    "mail.html: banner",
    "mail.html: fact.label",
    "mail.html: remark_label",
    "mail.html: group.heading",
    "mail.html: entry.number",
    "mail.html: column",
    "mail.html: entry.code",
    "mail.html: entry.work",
    "mail.html: entry.timing",
    "brief.html: table.caption",
    "brief.html: table.unit",
    "brief.html: group.span",
    "brief.html: group.label",
    "brief.html: head",
    "brief.html: table.total.unit",
    "brief.html: style",
    "brief.html: cell.text",
    "brief.html: lang",
    "brief.html: subject",
    "brief.html: system",
    "brief.html: headline",
    "brief.html: period",
    "brief.html: figure.number",
    "brief.html: figure.label",
    "brief.html: change",
    "brief.html: late.caption",
    "brief.html: late.content",
    "brief.html: late.overdue",
    "brief.html: late.unit_of_days",
    "brief.html: group.count",
    "brief.html: line.code",
    "brief.html: line.number",
    "brief.html: group.rest",
    "brief.html: late.rest",
    "brief.html: others.caption",
    "brief.html: line.work",
    "brief.html: others.rest",
    "brief.html: asked",
    "brief.html: reason.codes",
    "brief.html: line",
    "parts.html: code",
    "parts.html: label",
    "parts.html: lead",
    "parts.html: caution",
];

/// The template with those of its places printed unescaped that are asked for.
fn unescaped(name: &str, which: impl Fn(&str) -> bool) -> String {
    let mut text = shipped(name).to_owned();
    for place in printed(shipped(name)).into_iter().rev() {
        if which(&format!("{name}: {}", &shipped(name)[place.clone()])) {
            text.insert_str(place.end, " | safe");
        }
    }
    text
}

#[test]
fn whatever_prints_a_fact_unescaped_is_found() {
    let pages = ["mail.html", "brief.html", "parts.html"];
    let harmless = pages.map(|name| (name, unescaped(name, |place| WITHOUT_FACTS.contains(&place))));
    assert!(harmless.iter().all(|(name, text)| text != shipped(name)));
    let (templates, _, shown) = said(&harmless, Language::En);
    assert!(templates.is_some(), "{shown}");
    for name in pages {
        for place in printed(shipped(name)) {
            let words = &shipped(name)[place];
            let place = format!("{name}: {words}");
            // What is called escapes by itself; what is chosen here is a colour.
            if WITHOUT_FACTS.contains(&place.as_str()) || words.contains(['(', '|', '"']) {
                continue;
            }
            let (templates, problems, shown) = said(&[(name, unescaped(name, |one| one == place))], Language::En);
            assert!(
                templates.is_none() && problems.iter().all(|problem| problem.code == "template-unescaped"),
                "{place}: {shown}"
            );
        }
    }
}

async fn office_mails_by(house: &mut House, name: &str, text: &str) {
    let templates = Templates::with(&[(name.to_owned(), text.to_owned())]).expect("it compiles");
    house.engine = house.engine.clone().with_templates(Some(Arc::new(templates)));
    house.engine.channels = vec![ChannelKind::Email];
    house.tick().await;
}

#[tokio::test]
async fn mails_are_laid_out_by_the_templates_of_the_office() {
    let own = changed("mail.txt", "{{ greeting }}", "UBND PHƯỜNG AN NHƠN\n\n{{ greeting }}");
    let mut house = House::new(&told_when_assigned(), &one_duty()).await;
    office_mails_by(&mut house, "mail.txt", &own).await;
    let left = house.left();
    assert!(left[0].parcel.text.starts_with("UBND PHƯỜNG AN NHƠN\n\n"), "{}", left[0].parcel.text);
    assert!(house.journal("template-failed").await.is_empty());
}

#[tokio::test]
async fn a_template_that_fails_on_one_letter_takes_no_message_back() {
    on_both(async |store| {
        // Sound when it was tried, perhaps: now it asks for what this letter lacks, or for far too much.
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        office_mails_by(&mut house, "mail.html", "{% include \"gone.html\" %}").await;
        assert_eq!(house.lines(), ["10-02 07:30 email an@example.org"]);
        assert_eq!(messages(&house).await, ["email | accepted | accepted"]);
        let told = house.journal("template-failed").await;
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("mail.html"), "{told:?}");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_template_that_never_ends_is_cut_short_and_the_shipped_one_used() {
    let endless = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
    let mut house = House::new(&told_when_assigned(), &one_duty()).await;
    office_mails_by(&mut house, "mail.txt", endless).await;
    let left = house.left();
    assert!(left[0].parcel.text.contains("Mã tra cứu: "), "{}", left[0].parcel.text);
    let told = house.journal("template-failed").await;
    assert!(told.len() == 1 && told[0].contains("fuel"), "{told:?}");
}

#[test]
fn a_template_text_says_where_it_stands() {
    let text = TemplateText { name: "mail.txt".into(), path: "templates/mail.txt".into(), text: String::new() };
    let loaded = Loaded { templates: vec![text], ..with(&[]) };
    assert_eq!(loaded.sources().iter().map(|source| source.name).skip(1).collect::<Vec<_>>(), ["templates/mail.txt"]);
}

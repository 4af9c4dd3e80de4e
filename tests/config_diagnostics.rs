//! One broken config for each mistake; what an administrator sees of it is a reviewed snapshot.

use std::path::{Path, PathBuf};

use dondoc::config::{Config, Credentials, Surroundings};
use dondoc::diagnostic::{Diagnostic, Paint, Source, render};
use dondoc::domain::rules::Language;
use dondoc::tree::labels;
use jiff::civil::date;
use proptest::prelude::*;

fn surroundings() -> Surroundings {
    Surroundings {
        folder: PathBuf::from("/etc/dondoc"),
        credentials: Credentials::default(),
        today: date(2026, 3, 2),
        language: None,
    }
}

fn configs() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs");
    let files = std::fs::read_dir(&folder).expect("tests/configs is there");
    let mut configs: Vec<(String, String)> = files
        .map(|file| {
            let path = file.expect("a readable folder").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a readable file"))
        })
        .collect();
    configs.sort();
    configs
}

fn shown(name: &str, text: &str) -> (bool, Vec<Diagnostic>, String) {
    let (config, problems) = Config::parse(text, &surroundings());
    let language = if text.contains("language = \"vi\"") { Language::Vi } else { Language::En };
    let file = format!("{name}.toml");
    let shown = render(&problems, &[Source::of_text(&file, text)], Paint::Plain, labels(language));
    (config.is_some(), problems, shown)
}

#[test]
fn each_mistake_is_shown_with_its_place_and_its_mend() {
    let configs = configs();
    assert!(configs.len() > 24, "{}", configs.len());
    let mut miscounted = Vec::new();
    for (name, text) in configs {
        let (loads, problems, shown) = shown(&name, &text);
        let mistakes = match name.as_str() {
            "sound" => 0,
            "three-mistakes" => 3,
            // The outbox says that nothing is sent, a page lacks its key as well, a trial without mail has no channel at all.
            "token-over-http" | "bad-listen" | "page-without-tls" | "trial-without-mail" => 2,
            _ => 1,
        };
        if problems.len() != mistakes {
            miscounted.push(format!("{name}: {} instead of {mistakes}\n{shown}", problems.len()));
        }
        assert!(problems.iter().all(|problem| problem.help.is_some()), "{name}:\n{shown}");
        assert_eq!(loads, !problems.iter().any(Diagnostic::is_error), "{name}:\n{shown}");
        assert!(!shown.contains("hunter2"), "{name} shows a secret:\n{shown}");
        insta::assert_snapshot!(name, shown);
    }
    assert!(miscounted.is_empty(), "{}", miscounted.join("\n"));
}

#[test]
fn three_mistakes_are_reported_at_once_and_in_file_order() {
    let (_, text) = configs().into_iter().find(|(name, _)| name == "three-mistakes").expect("it is there");
    let (_, problems, _) = shown("three-mistakes", &text);
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["unknown-key", "bad-sentence", "unknown-policy"]);
}

/// What an editor, a bad copy or a slip of the hand does to a text.
#[derive(Clone, Debug)]
enum Slip {
    Cut(usize, usize),
    Double(usize, usize),
    Put(usize, String),
}

fn slips() -> impl Strategy<Value = Vec<Slip>> {
    let piece = prop::sample::select(vec![
        "\"",
        "'''",
        "[",
        "]",
        "[[",
        "=",
        "\n",
        "{",
        "}",
        ",",
        "\0",
        "\u{feff}",
        "\r",
        "9999999999999999999",
        "policy",
        "to = []",
        "đ",
        "1e999",
        "0x",
        "-",
    ]);
    let slip = prop_oneof![
        (any::<usize>(), 0usize..40).prop_map(|(at, count)| Slip::Cut(at, count)),
        (any::<usize>(), 0usize..80).prop_map(|(at, count)| Slip::Double(at, count)),
        (any::<usize>(), piece).prop_map(|(at, piece)| Slip::Put(at, piece.to_owned())),
    ];
    prop::collection::vec(slip, 1..6)
}

fn slipped(text: &str, slips: &[Slip]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for slip in slips {
        let length = chars.len();
        let from = |at: usize| at % (length + 1);
        match slip {
            Slip::Cut(at, count) => drop(chars.drain(from(*at)..(from(*at) + count).min(length))),
            Slip::Double(at, count) => {
                let piece: Vec<char> = chars[from(*at)..(from(*at) + count).min(length)].to_vec();
                chars.splice(from(*at)..from(*at), piece);
            }
            Slip::Put(at, piece) => drop(chars.splice(from(*at)..from(*at), piece.chars()).collect::<Vec<_>>()),
        }
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_config_is_reported_and_never_panics(which in any::<prop::sample::Index>(), slips in slips()) {
        let mut texts = configs();
        texts.push(("example".to_owned(), include_str!("../config.example.toml").to_owned()));
        let (name, text) = which.get(&texts);
        let text = slipped(text, &slips);
        let (loads, problems, shown) = shown(name, &text);
        prop_assert!(loads || problems.iter().any(Diagnostic::is_error), "silent: {}", text);
        prop_assert!(problems.is_empty() == shown.is_empty());
        for problem in problems {
            let located = problem.locate(&[Source::of_text("x", &text)]);
            prop_assert!(located.line_column.is_none_or(|(line, column)| line >= 1 && column >= 1));
        }
    }
}

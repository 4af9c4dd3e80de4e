//! One broken config for each mistake; what an administrator sees of it is a reviewed snapshot.

use std::path::{Path, PathBuf};

use dondoc::config::{Config, Credentials, Surroundings};
use dondoc::diagnostic::{Diagnostic, Paint, Source, render};
use dondoc::domain::rules::Language;
use dondoc::tree::labels;
use jiff::civil::date;

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
    let broken = configs.iter().filter(|(name, text)| !shown(name, text).0).count();
    assert!(broken >= 40, "{broken} configs that do not load");
    let mut miscounted = Vec::new();
    for (name, text) in configs {
        let (loads, problems, shown) = shown(&name, &text);
        let mistakes = match name.as_str() {
            "sound" => 0,
            "three-mistakes" => 3,
            // The outbox says that nothing is sent, a page lacks its key as well, a trial without mail has no channel at all.
            "token-in-address" | "token-over-http" | "bad-listen" | "page-without-tls" | "trial-without-mail" => 2,
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

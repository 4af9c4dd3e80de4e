//! The house rules that a machine can read: floors, sizes, migrations in pairs, one door to the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every module below the crate and what it may import. Arrows point down only; siblings do not know each other.
const FLOORS: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("clock", &[]),
    ("fault", &[]),
    ("diagnostic", &[]),
    ("tree", &["domain", "diagnostic"]),
    ("archive", &[]),
    ("document", &["domain", "diagnostic", "tree", "archive"]),
    ("dispatch", &["domain", "diagnostic", "tree"]),
    ("config", &["domain", "diagnostic", "tree"]),
    ("facts", &["domain", "diagnostic", "tree", "archive"]),
    ("store", &["domain", "fault"]),
    ("channel", &["domain", "clock", "fault"]),
    ("engine", &["domain", "clock", "fault", "diagnostic", "tree", "dispatch", "config", "facts", "store", "channel"]),
    ("web", &["domain", "clock", "store", "engine"]),
    ("daemon", &["domain", "clock", "fault", "diagnostic", "dispatch", "config", "facts", "store", "channel", "engine", "web"]),
    (
        "cli",
        &[
            "domain",
            "clock",
            "diagnostic",
            "tree",
            "document",
            "dispatch",
            "config",
            "facts",
            "store",
            "channel",
            "engine",
            "web",
            "daemon",
        ],
    ),
    ("main", &["cli"]),
];

/// Dependencies, or parts of them, that stay on their floors.
const AT_HOME: [(&str, &[&str]); 9] = [
    ("anyhow::", &["daemon", "cli", "main"]),
    ("chrono::", &["daemon"]),
    ("clap::", &["cli", "main"]),
    ("lettre::", &["config", "channel", "daemon"]),
    ("reqwest::", &["channel", "daemon"]),
    ("sd_notify::", &["daemon"]),
    ("sqlx::query", &["store", "engine"]),
    ("teloxide::", &["channel", "daemon"]),
    ("tokio_cron_scheduler::", &["daemon"]),
];

/// A file that wants to be longer has found a noun that deserves its own name.
const LINES_MAX: usize = 500;

#[test]
fn floors_import_downwards_only() {
    let mut broken = Vec::new();
    for file in sources("src") {
        let floor = file.floor();
        let Some((_, may)) = FLOORS.iter().find(|(name, _)| *name == floor) else {
            assert_eq!(floor, "lib", "{}: give module {floor} its place in FLOORS", file.name);
            continue;
        };
        for used in file.crate_modules() {
            if used != floor && !may.contains(&used.as_str()) {
                broken.push(format!("{}: {floor} may not use {used}", file.name));
            }
        }
        if file.supers_max() > file.depth() {
            broken.push(format!("{}: `super` leaves module {floor}; write `crate::…`", file.name));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let file = Source {
        name: "src/engine/x.rs".into(),
        text: "use crate::store::{self, Tx};\nuse crate::{channel::Door, web};\nlet a = crate::facts::read(b); // crate::cli\n\
               //! [`crate::daemon`]\nuse super::super::super::domain;"
            .into(),
    };
    assert_eq!(file.crate_modules(), BTreeSet::from(["store", "channel", "web", "facts"].map(String::from)));
    assert_eq!(file.floor(), "engine");
    assert!(file.supers_max() > file.depth());
}

#[test]
fn no_source_file_is_longer_than_500_lines() {
    let long: Vec<String> = sources("src")
        .iter()
        .map(|file| (file.text.lines().count(), &file.name))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, name)| format!("{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_domain_knows_std_jiff_and_thiserror_only() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml");
    let dependencies = manifest["dependencies"].as_table().expect("[dependencies]");
    let strange = dependencies.keys().map(|name| name.replace('-', "_")).filter(|name| name != "jiff" && name != "thiserror");
    let doors = ["std::fs", "std::env", "std::net", "std::process", "std::time", "async fn", "Instant::now"].map(String::from);
    let forbidden: Vec<String> = strange.map(|name| format!("{name}::")).chain(doors).collect();
    let mut broken = Vec::new();
    for file in sources("src/domain") {
        for word in &forbidden {
            if has_word(&file.code(), word) {
                broken.push(format!("{}: {word}", file.name));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn dependencies_stay_on_their_floors() {
    let mut broken = Vec::new();
    for file in sources("src") {
        for (dependency, floors) in AT_HOME {
            if !floors.contains(&file.floor()) && has_word(&file.code(), dependency) {
                broken.push(format!("{}: {dependency} lives in {}", file.name, floors.join(", ")));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_domain_type_is_written_by_serde() {
    for file in sources("src") {
        let code = file.code();
        assert!(!has_word(&code, "Serialize for"), "{}: a wire type is written at its own edge", file.name);
        assert!(!code.contains("serde(remote"), "{}: a wire type is written at its own edge", file.name);
        assert!(!(file.floor() == "domain" && code.contains("erialize")), "{}: no domain type is Serialize", file.name);
    }
}

#[test]
fn only_the_clock_asks_for_the_time_of_day() {
    for file in sources("src") {
        for door in ["Timestamp::now", "Zoned::now", "SystemTime::now", "Utc::now", "Local::now", "UNIX_EPOCH.elapsed"] {
            assert!(file.name == "src/clock.rs" || !file.code().contains(door), "{}: {door}", file.name);
        }
    }
}

#[test]
fn a_reminder_changes_its_state_in_one_place() {
    // Its assignment is looked at again there.
    let changes = |file: &Source| {
        let words: Vec<&str> = file.text.split_whitespace().collect();
        let text = words.join(" ");
        text.match_indices("UPDATE reminder ").any(|(at, _)| {
            let set = text[at..].split(" WHERE ").next().unwrap_or_default();
            set.contains(" state =")
        })
    };
    let places: Vec<String> = sources("src").into_iter().filter(changes).map(|file| file.name).collect();
    assert_eq!(places, ["src/store/turns.rs"]);
}

#[test]
fn migrations_come_in_pairs_with_the_same_tables() {
    let names = |folder: &str| -> Vec<String> {
        let mut names: Vec<String> =
            files(&root().join("migrations").join(folder)).iter().map(|path| file_name(path).to_owned()).collect();
        names.sort();
        names
    };
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("postgres"));
    for name in sqlite {
        let schema = |folder: &str| schema(&read(&format!("migrations/{folder}/{name}")));
        let (ours, theirs) = (schema("sqlite"), schema("postgres"));
        assert!(!ours.is_empty(), "{name}: no table was read");
        assert_eq!(ours, theirs, "{name}");
        let built_in = read("src/store/schema.rs").matches(&format!("/{name}\"")).count();
        assert_eq!(built_in, 2, "{name} is not in the binary for both databases");
    }
}

#[test]
fn every_decision_is_listed_and_every_listed_one_exists() {
    let list = read("docs/adr/README.md");
    let listed: BTreeSet<String> =
        list.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect();
    let kept: BTreeSet<String> = files(&root().join("docs/adr"))
        .iter()
        .map(|path| file_name(path).to_owned())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(listed, kept);
}

/// A line of the matrix that names no test is a promise nobody keeps; one whose test was renamed is worse.
#[test]
fn every_test_the_fault_matrix_names_exists() {
    let matrix = read("docs/fault-matrix.md");
    let code: String = ["src", "tests"].into_iter().flat_map(sources).map(|source| source.text).collect();
    let (mut named, mut gone) = (0, Vec::new());
    for line in matrix.lines().filter(|line| line.starts_with("| F") || line.starts_with("| more")) {
        let tests = line.trim_end_matches(" |").rsplit_once(" | ").map_or("", |(_, tests)| tests);
        assert!(!tests.trim().is_empty(), "no test and no reason: {line}");
        let words = tests.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '.' | '-')));
        for word in words.map(|word| word.trim_matches('.')).filter(|word| !word.is_empty()) {
            let is_file = word.contains('/') && word.starts_with("tests");
            let is_test = !is_file && word.matches('_').count() >= 3;
            named += usize::from(is_test || is_file);
            let exists = match (is_file, is_test) {
                (true, _) => root().join(word).exists(),
                (_, true) => has_word(&code, &format!("fn {word}")) || has_word(&code, &format!("{word} =")),
                _ => true,
            };
            if !exists {
                gone.push(word.to_owned());
            }
        }
    }
    assert!(named > 100, "only {named} tests were read");
    assert!(gone.is_empty(), "named and not there: {gone:#?}");
}

#[test]
fn the_crate_documentation_tells_of_every_module() {
    let text = read("src/lib.rs");
    let modules: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("pub mod ")).map(|rest| rest.trim_end_matches(';')).collect();
    assert!(modules.contains(&"domain"));
    for module in modules {
        assert!(text.contains(&format!("[`{module}`]")), "the table of floors in src/lib.rs does not name {module}");
    }
}

#[test]
fn the_pipeline_runs_the_two_commands_of_the_readme() {
    let (readme, pipeline) = (read("README.md"), read(".ci/run"));
    let commands: Vec<&str> = readme.lines().filter(|line| line.starts_with("cargo ")).take(2).collect();
    assert_eq!(commands.len(), 2, "README.md shows two commands");
    for command in commands {
        // What was built before need not be asked for again.
        let program = command.strip_prefix("cargo run --release -- ").map(|arguments| format!("/release/dondoc\" {arguments}"));
        let runs = pipeline.contains(command) || program.is_some_and(|program| pipeline.contains(&program));
        assert!(runs, ".ci/run does not run `{command}`");
    }
}

/// One source file, named from the root of the repository.
struct Source {
    name: String,
    text: String,
}

impl Source {
    /// The top-level module it belongs to.
    fn floor(&self) -> &str {
        let path = self.name.trim_start_matches("src/");
        path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
    }

    /// How many `super` a file may write before it leaves its top-level module; one more inside `mod tests { … }`.
    fn depth(&self) -> usize {
        let folders = self.name.matches('/').count() - 1;
        let own = usize::from(folders > 0 && !self.name.ends_with("/mod.rs"));
        folders.saturating_sub(1) + own + usize::from(self.text.contains("mod tests {"))
    }

    /// The text without comments.
    fn code(&self) -> String {
        let line = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
        self.text.lines().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The modules named after `crate::`.
    fn crate_modules(&self) -> BTreeSet<String> {
        // The binary calls the library by its name.
        let code = self.code().replace("dondoc::", "crate::");
        let mut found = BTreeSet::new();
        for (_, rest) in code.match_indices("crate::").map(|(at, word)| (at, &code[at + word.len()..])) {
            match rest.strip_prefix('{') {
                Some(group) => found.extend(names_of_group(group)),
                None => found.extend(first_word(rest)),
            }
        }
        // Items that stand at the crate itself, such as macros, begin with no module of ours.
        found.retain(|name| name.chars().next().is_some_and(char::is_lowercase));
        found
    }

    /// The longest run of `super::`.
    fn supers_max(&self) -> usize {
        let code = self.code();
        let run = |at: usize| code[at..].split("super::").take_while(|between| between.is_empty()).count() - 1;
        code.match_indices("super::").map(|(at, _)| run(at)).max().unwrap_or(0)
    }
}

/// The first name of every branch of `{a::b, c::{d, e}}`, read from behind the brace.
fn names_of_group(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut begins = true;
    for (at, letter) in text.char_indices() {
        match letter {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            _ if begins && !letter.is_whitespace() => {
                names.extend(first_word(&text[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    names
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    (!word.is_empty()).then_some(word)
}

/// Whether `word` stands there without a letter before it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':')
    })
}

/// Tables with the kinds of their columns, and indexes, as far as both databases have to agree.
fn schema(sql: &str) -> BTreeMap<String, Vec<String>> {
    let text: String = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let mut found = BTreeMap::new();
    for statement in text.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        let words: Vec<&str> = statement.split_whitespace().collect();
        match words.as_slice() {
            ["CREATE", "TABLE", name, ..] => {
                let body = statement.split_once('(').map_or("", |(_, body)| body);
                let body = body.rsplit_once(')').map_or(body, |(body, _)| body);
                found.insert((*name).to_owned(), branches(body).iter().filter_map(|one| column(one)).collect());
            }
            ["ALTER", "TABLE", name, "ADD", "COLUMN", rest @ ..] => {
                found.entry(format!("+ {name}")).or_insert_with(Vec::new).extend(column(&rest.join(" ")));
            }
            _ => {
                found.insert(words.join(" "), Vec::new());
            }
        }
    }
    found
}

/// A column's name and what it holds; constraints of the whole table have no column.
fn column(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (name, kind) = (words.next()?, words.next()?);
    if ["PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "CONSTRAINT"].contains(&name) {
        return None;
    }
    let kind = if kind == "INTEGER" { "BIGINT" } else { kind };
    assert!(["BIGINT", "TEXT"].contains(&kind), "column {name}: {kind} is not in the portable subset");
    let null = if line.contains("NOT NULL") || line.contains("PRIMARY KEY") { "not null" } else { "null" };
    Some(format!("{name} {kind} {null}"))
}

/// What stands between commas outside brackets.
fn branches(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_i32;
    for letter in text.chars() {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        match parts.last_mut() {
            Some(part) if depth > 0 || letter != ',' => part.push(letter),
            _ => parts.push(String::new()),
        }
    }
    parts
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn sources(folder: &str) -> Vec<Source> {
    let mut folders = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in files(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root()).expect("below the root").display().to_string();
                found.push(Source { text: read(&name), name });
            }
        }
    }
    assert!(found.len() > 5, "{folder}: the sources were not found");
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("a readable folder").path()).collect()
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8")
}

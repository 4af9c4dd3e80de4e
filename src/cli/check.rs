//! `check`: the config, and the config against the facts.

use clap::Args;
use serde_json::json;

use super::common::{self, Form, Ground, Stores};
use super::failure::{self, Failure};
use super::import::problems_json;
use super::{Cli, print, send, words};
use crate::clock::Clock;
use crate::config::Loaded;
use crate::diagnostic::{self, Diagnostic, Source, Span};
use crate::domain::rules::Language;
use crate::engine::check::{Finding, check};
use crate::engine::templates;
use crate::store::{StoreError, Where};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Check the config: syntax, unknown keys, bad values, rules that contradict each
other. When facts were imported, also whether the units, people and positions it
names exist, every step ahead of an open assignment reaches somebody present
over a channel that works, and no ladder is longer than its directive; those are
warnings. Templates in the folder templates beside the config are tried with
sample letters of every kind in both languages. Nothing is sent and no server is
asked, unless --send names a person: then one marked test message goes over each
of their channels. It works while the daemon runs. Under [trial] it goes to the
trial mailbox, under [outbox] into the folder.

Examples:
  dondoc check
  dondoc check --config new.toml --json
  dondoc check --send an

Exit codes: 0 the rules load (there may be warnings) and no test message failed,
1 they do not or one did.";

/// `check`
#[derive(Debug, Args)]
pub struct Check {
    /// Send one test message over each channel of this person
    #[arg(long, value_name = "PERSON")]
    send: Option<String>,
}

/// Checks.
///
/// # Errors
/// When the config has an error, or a test message failed.
pub async fn run(cli: &Cli, spoken: &mut Language, args: &Check) -> Result<(), Failure> {
    let path = match common::config_path(cli) {
        Ok(path) => path,
        Err(failure) => {
            if cli.form() == Form::Json {
                let problems: Vec<Diagnostic> = failure.problem(*spoken).into_iter().collect();
                print::json(&json!({ "ok": false, "problems": problems_json(&problems, &[]) }));
            }
            return Err(failure);
        }
    };
    let now = Clock::System.now();
    let mut loaded = common::read_config(&path, cli, now);
    let language = loaded.language;
    *spoken = language;
    let (mut facts, mut facts_name) = (None, String::new());
    let (mut tried, mut replaced) = (Ok(None), Vec::new());
    if let Some(config) = loaded.config.clone() {
        let ground = Ground { path, config, language, form: cli.form(), now, stores: Stores::default() };
        facts_name = ground.place().to_string();
        facts = Some(cross_check(&ground, &mut loaded).await);
        if let Some(person) = &args.send {
            tried = send::send(&ground, person).await.map(Some);
        }
        ground.stores.close().await;
    }
    if loaded.config.is_some() {
        replaced = try_templates(&mut loaded);
    }
    diagnostic::sort(&mut loaded.problems);
    // What the rules are compared with stands after them.
    let sources: Vec<Source<'_>> = loaded.sources().into_iter().chain([Source::of_text(&facts_name, "")]).collect();
    let sent = match tried {
        Ok(sent) => sent,
        Err(failure) => {
            // Nobody was written to. People are told why in the end; for programs it is one more problem.
            if cli.form() == Form::Json {
                let problems: Vec<Diagnostic> = loaded.problems.iter().cloned().chain(failure.problem(language)).collect();
                print::json(&json!({ "ok": false, "problems": problems_json(&problems, &sources), "sent": [] }));
            }
            return Err(failure);
        }
    };
    failure::problems(&loaded.problems, &sources, language);
    let ok = loaded.config.is_some();
    if cli.form() == Form::Json {
        let mut told = json!({ "ok": ok, "problems": problems_json(&loaded.problems, &sources) });
        if let Some(sent) = &sent {
            told["sent"] = sent.iter().map(|sent| sent.to_json(language)).collect();
        }
        print::json(&told);
    } else {
        summary(&loaded, &replaced, facts);
        if let (Some(sent), Some(person)) = (&sent, &args.send) {
            send::tell(sent, person, language);
        }
    }
    let failed = sent.iter().flatten().any(send::Sent::has_failed);
    if ok && !failed { Ok(()) } else { Err(Failure::Told) }
}

/// Tries the templates beside a config that loads, and names those that hold; with one that is at fault nothing of it loads.
fn try_templates(loaded: &mut Loaded) -> Vec<String> {
    let (templates, problems) = templates::prepare(loaded);
    loaded.problems.extend(problems);
    if templates.is_none() {
        loaded.config = None;
    }
    templates.map_or_else(Vec::new, |templates| templates.replaced().to_vec())
}

/// Whether the facts were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Facts {
    Compared,
    None,
    /// A database server is not asked: `check` opens no connection.
    NotAsked,
    Unreadable,
}

async fn cross_check(ground: &Ground, loaded: &mut Loaded) -> Facts {
    if matches!(ground.place(), Where::Postgres(_)) {
        return Facts::NotAsked;
    }
    let store = match ground.open().await {
        Ok(store) => store,
        Err(Failure::Store(StoreError::Missing { .. })) => return Facts::None,
        Err(failure) => return unreadable(failure, loaded),
    };
    match check(&ground.engine(store), ground.language, ground.now).await {
        Ok(found) => {
            let of_facts = loaded.sources().len();
            let placed: Vec<Diagnostic> = found.into_iter().map(|finding| placed(finding, &loaded.text, of_facts)).collect();
            loaded.problems.extend(placed);
            Facts::Compared
        }
        Err(error) => unreadable(error.into(), loaded),
    }
}

/// The rules load all the same, so it is only a warning here.
fn unreadable(failure: Failure, loaded: &mut Loaded) -> Facts {
    let (message, help) = match failure {
        Failure::Store(error) | Failure::Engine(crate::engine::EngineError::Store(error)) => {
            words::of_store(&error, loaded.language)
        }
        Failure::Engine(error) => (error.to_string(), say!(loaded.language, "sửa tệp cấu hình", "mend the config")),
        _ => return Facts::Unreadable,
    };
    loaded.problems.push(Diagnostic::warning("store", message).with_help(help));
    Facts::Unreadable
}

/// Points at the first place where the words stand between quotes; what is about the facts alone belongs to the store.
fn placed(finding: Finding, text: &str, of_facts: usize) -> Diagnostic {
    let Finding { problem, quoted } = finding;
    let Some(words) = quoted else { return problem.in_source(of_facts) };
    let found = ['"', '\''].into_iter().find_map(|quote| text.find(&format!("{quote}{words}{quote}")));
    match found {
        Some(start) => problem.at(0, Span { start, end: start + words.len() + 2 }),
        None => problem,
    }
}

fn summary(loaded: &Loaded, replaced: &[String], facts: Option<Facts>) {
    let language = loaded.language;
    let name = &loaded.name;
    let errors = loaded.problems.iter().filter(|problem| problem.is_error()).count();
    let warnings = loaded.problems.len() - errors;
    let mut out = match &loaded.config {
        None => say!(
            language,
            "{name}: {errors} lỗi, {warnings} cảnh báo; không nạp được.\n",
            "{name}: it does not load; errors: {errors}, warnings: {warnings}.\n"
        ),
        Some(config) => {
            let (policies, steps) = config.counts();
            say!(
                language,
                "{name}: dùng được; {policies} quy tắc, {steps} bậc; {warnings} cảnh báo.\n",
                "{name}: sound; policies: {policies}, steps: {steps}, warnings: {warnings}.\n"
            )
        }
    };
    if let Some(folder) = loaded.config.as_ref().and_then(|config| config.outbox.as_ref()) {
        let folder = folder.display();
        out.push_str(&say!(
            language,
            "Đang có [outbox]: mọi tin được ghi vào {folder}, không gửi đi đâu.\n",
            "[outbox] is on: every message is written to {folder} and nothing is sent.\n"
        ));
    }
    if !replaced.is_empty() {
        let names = replaced.join(", ");
        out.push_str(&say!(
            language,
            "Mẫu thư của cơ quan, thay mẫu có sẵn: {names}.\n",
            "Templates of the office, in place of those built in: {names}.\n"
        ));
    }
    out.push_str(&match facts {
        Some(Facts::Compared) => say!(language, "Đã đối chiếu với dữ liệu đã nhập.\n", "Compared with the imported facts.\n"),
        Some(Facts::None) => say!(
            language,
            "Chưa có dữ liệu để đối chiếu: nhập bằng dondoc import TỆP.\n",
            "No facts to compare with yet: import them with `dondoc import FILE`.\n"
        ),
        Some(Facts::NotAsked) => say!(
            language,
            "Chưa đối chiếu với dữ liệu trên máy chủ PostgreSQL: check không mở kết nối.\n",
            "Not compared with the facts on the PostgreSQL server: check opens no connection.\n"
        ),
        Some(Facts::Unreadable) | None => String::new(),
    });
    print::data(&out);
}

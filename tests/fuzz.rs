//! Inputs people write, damaged in every way: read or refused with words, never a panic, never a run above a second.
//!
//! A run is one input made from one seed. What it costs is the processor time of its own thread, read from `/proc`, so that a
//! busy machine makes no run long. A watcher looks at the run under way by the same measure; one that does not end fails the
//! test with its seed. The run under way also stands in `fuzz-NAME.txt` of the target folder, for what ends the whole process.
//!
//! `DONDOC_FUZZ_TIMES=50` runs that many times as many, `DONDOC_FUZZ_FROM=SEED` begins elsewhere;
//! `DONDOC_FUZZ_FROM=SEED DONDOC_FUZZ_RUNS=1 cargo test --test fuzz NAME` replays one.

#[path = "dispatch/written.rs"]
#[expect(dead_code, reason = "here only the texts are read")]
mod written;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use dondoc::channel::wording::SHIPPED;
use dondoc::config::{Config, Credentials, Loaded, Surroundings, TemplateText};
use dondoc::diagnostic::{Diagnostic, Paint, Source, render};
use dondoc::dispatch;
use dondoc::domain::calendar::WorkingCalendar;
use dondoc::domain::rules::Language;
use dondoc::domain::{phrase, sentence, typed};
use dondoc::engine::templates::prepare;
use dondoc::facts::{self, Known, csv_cells};
use dondoc::tree::labels;
use fastrand::Rng;
use jiff::civil::{Date, date};

/// The most processor time of one run, in milliseconds; the clock of `/proc` ticks every ten.
const RUN_MS_MAX: u64 = 1_000;

/// Files grow by mutation up to so many characters, lines of text up to what a chat takes.
const FILE_CHARS_MAX: usize = 48 * 1024;
const LINE_CHARS_MAX: usize = 4_096;

const EXAMPLE: &str = include_str!("../config.example.toml");
const ORGANISATION: &str = include_str!("../examples/go-vap-2023/to-chuc.toml");
const DISPATCH: &str = include_str!("../examples/go-vap-2023/cong-van-4988.toml");
const FIGURES: &str = include_str!("../examples/go-vap-2023/so-lieu.toml");

/// What nobody expects where it turns up.
const STRANGE: [&str; 34] = [
    "\"",
    "'''",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "]]",
    "=",
    "\n",
    "\r",
    "\t",
    "{",
    "}",
    "{{",
    "}}",
    "{%",
    "%}",
    ",",
    ";",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "\u{301}",
    "đ",
    "Đ",
    "ﾃ",
    "🙂",
    "0",
    "-1",
    "9999999999999999999",
    "1e999",
    "NaN",
    "31/02/2023",
    "0000-00-00",
];

/// Reads one input, and says what is wrong with what came of it.
type Read = fn(&str) -> Result<(), String>;

/// A kind of input.
struct Subject {
    name: &'static str,
    /// How many runs a plain `cargo test` makes.
    runs: u64,
    chars_max: usize,
    corpus: Vec<String>,
    /// Words of its own, to be put where they do not belong.
    words: Vec<String>,
    read: Read,
}

/// Damages a text of the corpus, or two of them put together.
fn mutated(subject: &Subject, rng: &mut Rng) -> String {
    let pick = |rng: &mut Rng| subject.corpus[rng.usize(..subject.corpus.len())].clone();
    let mut chars: Vec<char> = pick(rng).chars().collect();
    if rng.u8(..) < 40 {
        let other: Vec<char> = pick(rng).chars().collect();
        let (at, from) = (rng.usize(..=chars.len()), rng.usize(..=other.len()));
        chars.truncate(at);
        chars.extend(&other[from..]);
    }
    for _ in 0..rng.usize(..6) {
        let at = rng.usize(..=chars.len());
        let end = (at + rng.usize(..40)).min(chars.len());
        match rng.u8(..8) {
            0 => drop(chars.drain(at..end)),
            1 => chars.truncate(at),
            2 => {
                let piece: Vec<char> = chars[at..end].to_vec();
                let times = 1 << rng.u32(..10);
                let room = subject.chars_max.saturating_sub(chars.len()) / piece.len().max(1);
                let many: Vec<char> = std::iter::repeat_n(piece, times.min(room)).flatten().collect();
                chars.splice(at..at, many);
            }
            3 => {
                let word = &subject.words[rng.usize(..subject.words.len())];
                chars.splice(at..end, word.chars());
            }
            4 | 5 => {
                let word = STRANGE[rng.usize(..STRANGE.len())];
                chars.splice(at..at, word.chars());
            }
            6 => {
                if let Some(c) = chars.get_mut(at) {
                    *c = char::from_u32(rng.u32(..0x11_0000)).unwrap_or('\u{fffd}');
                }
            }
            _ => chars[at..end].reverse(),
        }
    }
    chars.into_iter().collect()
}

/// Processor time of a thread so far, in milliseconds.
fn cpu_ms(stat: &Path) -> u64 {
    let text = std::fs::read_to_string(stat).expect("Linux tells");
    // The name of the thread, in brackets, may hold anything.
    let fields: Vec<&str> = text.rsplit(')').next().expect("a tail").split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u64>().expect("a number");
    (ticks(11) + ticks(12)) * 10
}

/// What the watcher sees of the run under way: its seed, and its thread's processor time when it began.
#[derive(Default)]
struct UnderWay {
    seed: AtomicU64,
    began_ms: AtomicU64,
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

fn fuzz(subject: Subject) {
    let times = number("DONDOC_FUZZ_TIMES").unwrap_or(1);
    let runs = number("DONDOC_FUZZ_RUNS").unwrap_or(subject.runs * times);
    let from = number("DONDOC_FUZZ_FROM").unwrap_or(20_261_125);
    let name = subject.name;
    println!("{name}: {runs} runs from seed {from}");
    let under_way = Arc::new(UnderWay::default());
    let (told, heard) = mpsc::channel();
    let shared = Arc::clone(&under_way);
    let worker = std::thread::Builder::new().name(name.to_owned());
    let worker = worker.spawn(move || work(&subject, from..from.saturating_add(runs), &shared, &told)).expect("a thread");
    let Ok(stat) = heard.recv() else { panic!("{name}: the thread did not begin") };
    loop {
        match heard.recv_timeout(Duration::from_millis(500)) {
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Ok(_) | Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        let (seed, began) = (under_way.seed.load(Ordering::SeqCst), under_way.began_ms.load(Ordering::SeqCst));
        let spent = cpu_ms(&stat).saturating_sub(began);
        // Between two looks another run may have begun: only the same one twice as old is endless.
        let ends = spent <= 10 * RUN_MS_MAX || seed != under_way.seed.load(Ordering::SeqCst);
        assert!(ends, "{name}: the run of seed {seed} has used {spent} ms and does not end");
    }
    let (slowest, seed) = worker.join().unwrap_or_else(|_| panic!("{name}: see above"));
    println!("{name}: slowest {slowest} ms (seed {seed})");
}

/// The runs, one after the other; the slowest and its seed.
fn work(subject: &Subject, seeds: std::ops::Range<u64>, under_way: &UnderWay, told: &mpsc::Sender<PathBuf>) -> (u64, u64) {
    let thread = std::fs::read_link("/proc/thread-self").expect("Linux tells");
    let stat = Path::new("/proc").join(thread).join("stat");
    told.send(stat.clone()).expect("somebody watches");
    let note = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}.txt", subject.name));
    let mut slowest = (0, 0);
    for seed in seeds {
        let text = mutated(subject, &mut Rng::with_seed(seed));
        std::fs::write(&note, format!("seed {seed}\n{text}")).expect("a folder of our own");
        let began = cpu_ms(&stat);
        under_way.began_ms.store(began, Ordering::SeqCst);
        under_way.seed.store(seed, Ordering::SeqCst);
        let outcome = catch_unwind(AssertUnwindSafe(|| (subject.read)(&text)));
        let spent = cpu_ms(&stat) - began;
        slowest = slowest.max((spent, seed));
        let wrong = match outcome {
            Ok(Ok(())) if spent <= RUN_MS_MAX => continue,
            Ok(Ok(())) => format!("it took {spent} ms"),
            Ok(Err(wrong)) => wrong,
            Err(_) => "it panicked".to_owned(),
        };
        let shown: String = text.escape_debug().take(2_000).collect();
        panic!("{}: seed {seed}: {wrong}\n{shown}", subject.name);
    }
    slowest
}

fn words_of(texts: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = texts.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

fn surroundings() -> Surroundings {
    Surroundings { folder: ".".into(), credentials: Credentials::default(), today: today(), language: None }
}

const fn today() -> Date {
    date(2026, 11, 25)
}

thread_local! {
    static CALENDAR: WorkingCalendar = {
        let (config, problems) = Config::parse(EXAMPLE, &surroundings());
        config.unwrap_or_else(|| panic!("{problems:?}")).rules.calendar
    };
}

/// Every diagnostic stands inside of its source, and can be shown.
fn can_be_told(problems: &[Diagnostic], sources: &[Source<'_>]) -> Result<(), String> {
    for problem in problems {
        let source = sources.get(problem.source).ok_or_else(|| format!("{}: of no source", problem.code))?;
        if let (Some(span), None) = (problem.span, source.cells)
            && source.text.get(span.start..span.end).is_none()
        {
            return Err(format!("{}: {span:?} is no place of a text of {} bytes", problem.code, source.text.len()));
        }
        let _ = problem.locate(sources);
    }
    for language in [Language::Vi, Language::En] {
        let shown = render(problems, sources, Paint::Plain, labels(language));
        if shown.is_empty() != problems.is_empty() {
            return Err("nothing is shown".to_owned());
        }
    }
    Ok(())
}

fn read_config(text: &str) -> Result<(), String> {
    let (config, problems) = Config::parse(text, &surroundings());
    if config.is_some() == problems.iter().any(Diagnostic::is_error) {
        return Err(format!("it loads with errors, or not without: {problems:?}"));
    }
    can_be_told(&problems, &[Source::of_text("config.toml", text)])
}

fn read_facts(text: &str) -> Result<(), String> {
    let sources = [Source::of_text("facts.toml", text)];
    let known = Known::default();
    let (_, problems) = CALENDAR.with(|calendar| facts::read(&sources, Language::Vi, calendar, &known));
    can_be_told(&problems, &sources)
}

fn read_table(text: &str) -> Result<(), String> {
    // Names of people and duties tell apart which table it is, as the name of a file may.
    let cells = match csv_cells(text.as_bytes(), 0, Language::Vi) {
        Ok(cells) => cells,
        Err(problem) => return can_be_told(&[*problem], &[Source::of_text("a.csv", text)]),
    };
    for name in ["nhiem-vu.csv", "can-bo.csv", "so-lieu.csv"] {
        let sources = [Source::of_cells(name, &cells)];
        let known = Known::default();
        let (_, problems) = CALENDAR.with(|calendar| facts::read(&sources, Language::Vi, calendar, &known));
        can_be_told(&problems, &sources)?;
    }
    Ok(())
}

fn read_sentence(text: &str) -> Result<(), String> {
    for language in [Language::Vi, Language::En] {
        match sentence::parse_when(text) {
            Ok(when) => {
                let said = sentence::describe_when(&when, language);
                let again = sentence::parse_when(&said);
                if again.as_ref() != Ok(&when) {
                    return Err(format!("{said:?} is read as {again:?}, not as {when:?}"));
                }
            }
            Err(error) => drop(error.describe(language)),
        }
        if let Ok(amount) = sentence::parse_amount(text) {
            let said = sentence::describe_amount(&amount, language);
            if sentence::parse_amount(&said) != Ok(amount) {
                return Err(format!("{said:?} is another amount"));
            }
        }
        if let Err(error) = sentence::parse_days_left(text) {
            drop(error.describe(language));
        }
    }
    Ok(())
}

fn read_phrase(text: &str) -> Result<(), String> {
    CALENDAR.with(|calendar| {
        for issued in [date(2020, 2, 29), date(2023, 10, 5), date(2036, 12, 31)] {
            match phrase::read_deadline(text, issued, calendar) {
                Ok(reading) => {
                    for flag in &reading.flags {
                        drop(flag.message(Language::Vi) + &flag.message(Language::En));
                    }
                }
                Err(error) => drop(error.to_string()),
            }
        }
        Ok(())
    })
}

fn read_typed(text: &str) -> Result<(), String> {
    let number = typed::number(text);
    if number.is_some_and(|number| !number.is_finite()) {
        return Err(format!("{number:?}"));
    }
    if let Some(percent) = typed::percent(text).filter(|percent| *percent > 100) {
        return Err(format!("{percent} %"));
    }
    CALENDAR.with(|calendar| {
        for today in [today(), date(2024, 2, 29), date(2026, 12, 31)] {
            let ahead = typed::day_ahead(text, today, calendar);
            let behind = typed::day_behind(text, today, calendar);
            if ahead.is_ok_and(|day| day < today) || behind.is_ok_and(|day| day > today) {
                return Err(format!("on {today}: ahead {ahead:?}, behind {behind:?}"));
            }
        }
        Ok(())
    })
}

/// The first line names the template.
fn read_template(text: &str) -> Result<(), String> {
    let name = SHIPPED.map(|(name, _)| name).into_iter().find(|name| text.starts_with(name)).unwrap_or("mail.txt");
    let body = text.split_once('\n').map_or(text, |(_, body)| body).to_owned();
    let templates = vec![TemplateText { name: name.to_owned(), path: name.to_owned(), text: body }];
    let loaded = Loaded {
        config: None,
        problems: Vec::new(),
        name: "config.toml".to_owned(),
        text: String::new(),
        templates,
        language: Language::Vi,
    };
    let (prepared, problems) = prepare(&loaded);
    if problems.iter().any(|problem| problem.message.contains("panic")) {
        return Err("the template engine panicked".to_owned());
    }
    if prepared.is_some() == problems.iter().any(Diagnostic::is_error) {
        return Err(format!("it holds with errors, or not without: {problems:?}"));
    }
    can_be_told(&problems, &loaded.sources())
}

/// Whatever stands there, what is quoted stands in the text, on borders of letters, and clauses come in its order.
fn read_dispatch(text: &str) -> Result<(), String> {
    let (drafts, problems) = CALENDAR.with(|calendar| dispatch::read(text, calendar, Language::Vi));
    let sources = [Source::of_text("cong-van.txt", text)];
    can_be_told(&problems, &sources)?;
    let mut last = 0;
    for draft in &drafts.directives {
        can_be_told(&draft.diagnostics, &sources)?;
        let inside = draft.deadline.iter().map(|deadline| &deadline.quote).chain(draft.target.iter().map(|target| &target.quote));
        let units = draft.lead_units.iter().chain(&draft.coordinating_units);
        for quote in std::iter::once(&draft.quote).chain(inside).chain(units).chain(&drafts.heading.addressees) {
            let words = text.get(quote.span.start..quote.span.end);
            if words.is_none_or(|words| words.trim().is_empty() != quote.text.trim().is_empty()) {
                return Err(format!("{}: {:?} is no place of {:?}", draft.clause, quote.span, quote.text));
            }
        }
        if draft.quote.span.start < last {
            return Err(format!("{} stands before the clause in front of it", draft.clause));
        }
        last = draft.quote.span.start;
    }
    Ok(())
}

#[test]
fn damaged_dispatches_are_read_or_told() {
    let corpus: Vec<String> = (1..=24).map(|seed| written::written(seed).text).collect();
    let table = "I. Nhiệm vụ\n| STT | Nội dung | Đơn vị | Thời gian |\n|---|---|---|---|\n| 1 | Rà soát hồ sơ | Phòng Nội vụ | Quý IV/2023 |\n\
                 TT\tNội dung\tThời hạn\n1\tBáo cáo kết quả\t31/12\n"
        .to_owned();
    let words = words_of(&corpus.iter().map(String::as_str).collect::<Vec<_>>());
    let corpus = corpus.into_iter().chain([table]).collect();
    fuzz(Subject { name: "dispatch", runs: 150, chars_max: FILE_CHARS_MAX, corpus, words, read: read_dispatch });
}

/// Any bytes, as text: what stands for what is no letter is read too.
#[test]
fn any_bytes_are_read_as_a_dispatch() {
    for seed in 0..200 {
        let mut rng = Rng::with_seed(seed);
        let bytes: Vec<u8> = (0..rng.usize(..4_000)).map(|_| rng.u8(..)).collect();
        let text = String::from_utf8_lossy(&bytes);
        read_dispatch(&text).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    }
}

/// Twice the text takes about twice the time, in one line and in many.
#[test]
fn the_time_of_a_reading_grows_with_the_text_only() {
    let thread = std::fs::read_link("/proc/thread-self").expect("Linux tells");
    let stat = Path::new("/proc").join(thread).join("stat");
    let duty = "Phòng Nội vụ báo cáo kết quả trước ngày 25/12/2023, tối thiểu 95% hồ sơ đúng hẹn. ";
    for (shape, piece) in
        [("one line", duty.to_owned()), ("paragraphs", format!("- {duty}\n\n")), ("numbers", "1. 2. 3/4 ".to_owned())]
    {
        let spent = |times: usize| {
            let text = format!("Số: 1/UBND-NC\n\n1. Giao Phòng Nội vụ\n\n{}", piece.repeat(times));
            let began = cpu_ms(&stat);
            let _ = CALENDAR.with(|calendar| dispatch::read(&text, calendar, Language::Vi));
            cpu_ms(&stat) - began
        };
        let (half, whole) = (spent(600), spent(1_200));
        assert!(whole <= 3 * half + 200, "{shape}: {half} ms, and {whole} ms for twice as much");
    }
}

#[test]
fn damaged_configs_are_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs");
    let files = std::fs::read_dir(folder).expect("tests/configs is there");
    let mut corpus: Vec<String> =
        files.map(|file| std::fs::read_to_string(file.expect("readable").path()).expect("a text")).collect();
    // Folders have no order; seeds need one.
    corpus.sort();
    corpus.push(EXAMPLE.to_owned());
    fuzz(Subject {
        name: "config",
        runs: 200,
        chars_max: FILE_CHARS_MAX,
        corpus,
        words: words_of(&[EXAMPLE]),
        read: read_config,
    });
}

#[test]
fn damaged_facts_are_told() {
    let small = "[[unit]]\nid = \"a\"\nname = \"A\"\n[[person]]\nid = \"p\"\nname = \"P\"\nemail = \"p@example.org\"\n\
                 [[dispatch]]\nnumber = \"1/UBND\"\nissuer = \"UBND\"\ndate = 2023-10-05\nsubject = \"S\"\n\
                 [[directive]]\ndispatch = \"1/UBND\"\nclause = \"1.e\"\ntitle = \"T\"\nlead = [\"a\"]\ndeadline = \"Quý IV/2023\"\n\
                 target = { metric = \"m\", op = \">\", value = 90, unit = \"%\", from = 2023-01-01 }\n\
                 [[figure]]\ndirective = \"1/UBND#1.e\"\nunit = \"a\"\nas_of = 2023-10-31\nvalue = 62.5\nsource = \"S\"\n\
                 [[extension]]\ndirective = \"1/UBND#1.e\"\ndeadline = 2024-03-31\nbasis = \"5120/UBND\"\ndate = 2023-12-28\n\
                 [[substitution]]\nperson = \"p\"\nby = \"p\"\nfrom = 2023-12-20\nto = 2023-12-29\n";
    let short = |text: &str| text.lines().take(120).map(|line| format!("{line}\n")).collect::<String>();
    let corpus = vec![small.to_owned(), small.to_owned(), short(ORGANISATION), short(DISPATCH), short(FIGURES)];
    let words = words_of(&[ORGANISATION, DISPATCH, FIGURES, small]);
    fuzz(Subject { name: "facts", runs: 150, chars_max: FILE_CHARS_MAX, corpus, words, read: read_facts });
}

#[test]
fn damaged_tables_are_told() {
    let texts = [
        "Mã đơn vị,Tên đơn vị,Tên khác\nubnd,UBND phường,\npnv,Phòng Nội vụ,P. Nội vụ; Nội vụ\n",
        "Họ và tên;Chức vụ;Đơn vị;Email\nTrần Thử Lan;Chủ tịch;UBND phường;lan@example.org\nNguyễn Thử An;Trưởng phòng;Nội vụ;an@example.org\n",
        "STT,Nội dung nhiệm vụ,Số văn bản,Ngày ban hành,Thời hạn,Đơn vị chủ trì,Đơn vị phối hợp,Lãnh đạo phụ trách,Tiến độ,Trạng thái,Kết quả,Ghi chú\n\
         1,Rà soát,45/UBND-NC,02/10/2023,Quý IV/2023,VP;PNV,,\"Lan, PCT\",60%,Đang thực hiện,,\n2,\"Báo cáo\ntuần\",45/UBND-NC,01/01/1970,hằng tháng,VP,,,,,,\n",
        "Nội dung;Đơn vị;Tháng 1/2023;Tháng 2/2023;Tháng 3/2023\n45/UBND-NC#1;VP;10%;20,5;1.234,5\n",
    ];
    let (corpus, words) = (texts.map(str::to_owned).into(), words_of(&texts));
    fuzz(Subject { name: "tables", runs: 150, chars_max: FILE_CHARS_MAX, corpus, words, read: read_table });
}

#[test]
fn damaged_sentences_are_told_and_whole_ones_read_back() {
    let mut texts: Vec<String> = EXAMPLE
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").strip_prefix("when = \"")?.split('"').next().map(str::to_owned))
        .collect();
    texts.extend(
        [
            "on assignment",
            "3 working days before deadline at 14:00",
            "on deadline",
            "48 hours after deadline",
            "2 working hours after assignment",
            "1 working day after step nhac-1",
            "5 working days after reported done",
            "10 working days without report",
            "5 days without figure",
            "every 15 working days while undated",
            "10 points behind target pace",
            "khi giao",
            "3 ngày làm việc trước hạn lúc 14:00",
            "đúng hạn",
            "2 giờ làm việc sau khi giao",
            "1 ngày làm việc sau bậc nhắc",
            "5 ngày làm việc sau khi báo cáo hoàn thành",
            "5 ngày làm việc không báo cáo",
            "30 phút không có số liệu",
            "15 ngày làm việc một lần khi chưa có hạn",
            "chậm 10 điểm so với tiến độ",
            "< 5 working days",
            ">= 3 ngày làm việc",
        ]
        .map(str::to_owned),
    );
    let words = words_of(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    fuzz(Subject { name: "sentences", runs: 3_000, chars_max: LINE_CHARS_MAX, corpus: texts, words, read: read_sentence });
}

#[test]
fn damaged_phrases_are_told() {
    let texts = [
        "Quý IV/2023",
        "trước ngày 25/12",
        "chậm nhất ngày 29/12/2023",
        "trong tháng 11/2023",
        "hằng tháng, trước ngày 20",
        "05 ngày làm việc kể từ ngày nhận được",
        "trong vòng 30 ngày",
        "đến hết ngày 31/12/2025",
        "cuối tháng",
        "giữa quý II",
        "trước 17 giờ 00 ngày 15/12/2023",
        "thứ Sáu hằng tuần",
        "6 tháng đầu năm",
        "trước Tết Nguyên đán",
        "ngày 30 tháng 02 năm 2023",
        "hằng quý, chậm nhất ngày 15 của tháng cuối quý",
        "ngay sau khi có hướng dẫn",
        "thường xuyên",
        "tuần 3 tháng 10",
    ];
    let (corpus, words) = (texts.map(str::to_owned).into(), words_of(&texts));
    fuzz(Subject { name: "phrases", runs: 800, chars_max: LINE_CHARS_MAX, corpus, words, read: read_phrase });
}

#[test]
fn whatever_is_typed_into_a_chat_is_a_number_a_day_or_asked_again() {
    let texts = [
        "62,5",
        "62.5 %",
        "1.234,5",
        "1.500",
        "15 bài",
        "-3",
        "20/12",
        "20/12/2023",
        "thứ Sáu",
        "thứ Sáu tuần sau",
        "ngày mai",
        "cuối tháng",
        "31/10",
        "hôm nay",
        "hôm qua",
        "29/2",
        "100%",
        "0,5",
    ];
    let (corpus, words) = (texts.map(str::to_owned).into(), words_of(&texts));
    fuzz(Subject { name: "typed", runs: 600, chars_max: LINE_CHARS_MAX, corpus, words, read: read_typed });
}

#[test]
fn damaged_templates_are_told() {
    let loops = "mail.txt\n{% for a in range(300) %}{% for b in range(300) %}{{ a * b }}{% endfor %}{% endfor %}{{ groups }}";
    let macros = "mail.txt\n{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}";
    let strings = "mail.txt\n{% set x = 'ab' * 9999 %}{{ x | upper | replace('A', x) | sort | join(x) }}{{ x ~ x ~ x }}";
    let mut corpus: Vec<String> = SHIPPED.map(|(name, text)| format!("{name}\n{text}")).into();
    corpus.extend([loops, macros, strings].map(str::to_owned));
    let words = words_of(&[SHIPPED[0].1, SHIPPED[2].1, SHIPPED[4].1, loops, macros, strings]);
    fuzz(Subject { name: "templates", runs: 60, chars_max: FILE_CHARS_MAX, corpus, words, read: read_template });
}

/// A subject that cannot stand one of its inputs.
fn unsound(read: Read) -> Subject {
    Subject { name: "unsound", runs: 20, chars_max: 10, corpus: vec!["ab".to_owned()], words: vec!["c".to_owned()], read }
}

#[test]
fn a_run_that_panics_complains_or_takes_too_long_is_found() {
    let reads: [Read; 3] = [
        |text| if text.contains('c') { panic!("a sample of what must not happen") } else { Ok(()) },
        |text| if text.contains('c') { Err("a sample".to_owned()) } else { Ok(()) },
        |text| {
            let stat = Path::new("/proc/thread-self/stat");
            let end = cpu_ms(stat) + RUN_MS_MAX + 50;
            while text.contains('c') && cpu_ms(stat) < end {}
            Ok(())
        },
    ];
    for read in reads {
        assert!(catch_unwind(AssertUnwindSafe(|| fuzz(unsound(read)))).is_err(), "it can fail");
    }
}

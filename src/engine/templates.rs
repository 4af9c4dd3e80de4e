//! Templates an administrator puts in the place of the shipped ones: all of them hold, or none.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::channel::wording::{Fault, Must, SHIPPED, TemplateFault, Templates, rehearse};
use crate::config::{Loaded, TemplateText};
use crate::diagnostic::{Diagnostic, Span, nearest, quoted};
use crate::domain::rules::Language;
use crate::tree::say;

/// The most bytes of one template; the largest shipped one has a third of it.
const BYTES_MAX: usize = 32 * 1024;

/// The stack templates are compiled on. The compiler goes as deep as an expression is long, so that the longest of a template
/// of [`BYTES_MAX`] must fit; pages that are not needed cost nothing.
const COMPILER_STACK_BYTES: usize = 512 * 1024 * 1024;

/// The words before the stamp of a starting point.
const STAMP: &str = "dondoc: chưa sửa, ";

/// Where the shipped templates stand beside a config, in the order of [`SHIPPED`].
const PATHS: [&str; SHIPPED.len()] =
    ["templates/mail.txt", "templates/mail.html", "templates/brief.txt", "templates/brief.html", "templates/parts.html"];

/// The shipped templates by their paths beside a config, each under a comment that says what changing it means. One that
/// was not changed is no template of the office: that of the build is used, also after the next update.
pub fn starting_point() -> impl Iterator<Item = (&'static str, String)> {
    PATHS.into_iter().zip(SHIPPED).map(|(path, (name, text))| {
        let stamp = stamp(text);
        let head = format!(
            "{{# {STAMP}{stamp}\n   \
             Đây là bản sao mẫu {name} có sẵn. Khi chưa sửa chữ nào dưới phần ghi chú này, dondoc dùng mẫu có sẵn trong\n   \
             chương trình, kể cả sau khi nâng cấp. Sửa một chữ là tệp này thay mẫu có sẵn: dondoc check thử trước khi dùng.\n   \
             Xóa tệp này để trở lại mẫu có sẵn. Cú pháp: minijinja (như Jinja2); không đọc được tệp nào khác.\n\n   \
             A copy of the template that is built in. Unchanged, it counts for nothing; change a letter below this comment\n   \
             and it takes the place of the one built in, once `dondoc check` finds it sound. #}}\n"
        );
        (path, head + text)
    })
}

fn stamp(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text))[..16].to_owned()
}

/// Whether everything below the comment is as a build wrote it.
fn is_unchanged(text: &str) -> bool {
    let Some((head, body)) = text.split_once("#}") else { return false };
    let found = head.strip_prefix("{#").and_then(|head| head.split_once(STAMP)).and_then(|(_, rest)| rest.get(..16));
    found.is_some_and(|found| found == stamp(body.strip_prefix('\n').unwrap_or(body)))
}

/// Compiles the templates beside a config that loads, and words a sample of every kind of letter with them. `None` when one
/// of them is at fault: then none of them may be used.
pub fn prepare(loaded: &Loaded) -> (Option<Arc<Templates>>, Vec<Diagnostic>) {
    let language = loaded.language;
    let is_unread = |source: usize| loaded.problems.iter().any(|problem| problem.source == source && problem.is_error());
    let (mut problems, mut own) = (Vec::new(), Vec::new());
    for (at, text) in loaded.templates.iter().enumerate() {
        if !SHIPPED.iter().any(|(name, _)| *name == text.name) {
            problems.push(unknown(&text.name, language).in_source(at + 1));
        } else if text.text.len() > BYTES_MAX {
            problems.push(too_large(text, language).in_source(at + 1));
        } else if !is_unread(at + 1) && !is_unchanged(&text.text) {
            own.push((text.name.clone(), text.text.clone()));
        }
    }
    let templates = match guarded(&own) {
        Ok(templates) => Some(templates),
        Err(faults) => {
            problems.extend(faults.iter().map(|fault| diagnostic(fault, &loaded.templates, language)));
            None
        }
    };
    let sound = !loaded.problems.iter().chain(&problems).any(Diagnostic::is_error);
    (templates.filter(|_| sound).map(Arc::new), problems)
}

/// A panic of the template engine is the templates' fault.
fn guarded(own: &[(String, String)]) -> Result<Templates, Vec<TemplateFault>> {
    if own.is_empty() {
        return Templates::shipped().cloned().map_err(|error| vec![broken(&error.to_string())]);
    }
    let compiled = std::thread::scope(|scope| {
        let compiler = std::thread::Builder::new().name("templates".to_owned()).stack_size(COMPILER_STACK_BYTES);
        let compiler = compiler.spawn_scoped(scope, || Templates::with(own));
        compiler.map_err(|error| error.to_string())?.join().map_err(|_| "panic".to_owned())
    });
    let templates = compiled.unwrap_or_else(|why| Err(vec![broken(&why)]))?;
    catch_unwind(AssertUnwindSafe(|| tried(templates))).unwrap_or_else(|_| Err(vec![broken("panic")]))
}

/// On the stack messages are packed on.
fn tried(templates: Templates) -> Result<Templates, Vec<TemplateFault>> {
    match rehearse(&templates) {
        Ok(faults) if faults.is_empty() => Ok(templates),
        Ok(faults) => Err(faults),
        Err(error) => Err(vec![broken(&error.to_string())]),
    }
}

fn broken(why: &str) -> TemplateFault {
    TemplateFault { name: "templates".to_owned(), range: None, line: None, what: Fault::Broken(why.to_owned()) }
}

fn too_large(text: &TemplateText, language: Language) -> Diagnostic {
    let (name, bytes, most) = (&text.name, text.text.len(), BYTES_MAX);
    let message = say!(
        language,
        "mẫu {name} quá lớn: {bytes} byte, tối đa {most}",
        "the template {name} is too large: {bytes} bytes, at most {most}"
    );
    let help = say!(language, "bỏ bớt, ví dụ ảnh nhúng trong mẫu", "take something out, such as pictures within it");
    Diagnostic::error("template-too-large", message).with_help(help)
}

fn unknown(name: &str, language: Language) -> Diagnostic {
    let names = || SHIPPED.iter().map(|(name, _)| *name);
    let shown = quoted(name);
    let message = say!(
        language,
        "thư mục templates có tệp {shown}, không phải tên của mẫu nào",
        "the folder templates holds {shown}, which is the name of no template"
    );
    let all = names().collect::<Vec<_>>().join(", ");
    let help = match nearest(name, names()) {
        Some(near) => say!(language, "có phải ý bạn là {near}?", "did you mean {near}?"),
        None => {
            say!(language, "chuyển tệp đi chỗ khác; các mẫu: {all}", "move it elsewhere; the templates are {all}")
        }
    };
    Diagnostic::error("unknown-template", message).with_help(help)
}

fn diagnostic(fault: &TemplateFault, texts: &[TemplateText], language: Language) -> Diagnostic {
    let (code, message, help) = words(fault, language);
    let problem = Diagnostic::error(code, message).with_help(help);
    let Some(at) = texts.iter().position(|text| text.name == fault.name) else { return problem };
    match place(fault, &texts[at].text) {
        Some(span) => problem.at(at + 1, span),
        None => problem.in_source(at + 1),
    }
}

fn words(fault: &TemplateFault, language: Language) -> (&'static str, String, String) {
    let name = &fault.name;
    match &fault.what {
        Fault::Broken(why) => (
            "bad-template",
            say!(language, "mẫu {name} không dùng được: {why}", "the template {name} does not work: {why}"),
            say!(
                language,
                "sửa tại đây, hoặc xóa tệp để dùng mẫu có sẵn",
                "mend it here, or delete the file to use the shipped one"
            ),
        ),
        Fault::Costly => (
            "template-costly",
            say!(
                language,
                "mẫu {name} tính toán hoặc in ra quá nhiều cho một tin",
                "the template {name} computes or prints too much for one message"
            ),
            say!(
                language,
                "bỏ vòng lặp không chạy theo nội dung của tin",
                "remove loops over anything but what the message holds"
            ),
        ),
        Fault::Lacks(must, sample) => {
            let (vi, en, from) = must_words(*must);
            (
                "template-lacks",
                say!(
                    language,
                    "mẫu {name} không in ra {vi} (tin thử: {sample})",
                    "the template {name} leaves out {en} (sample: {sample})"
                ),
                say!(language, "thêm {from} như trong mẫu có sẵn", "add {from} as the shipped template does"),
            )
        }
        Fault::Unescaped => (
            "template-unescaped",
            say!(
                language,
                "mẫu {name} in nội dung mà không mã hóa ký tự HTML",
                "the template {name} prints facts without escaping HTML"
            ),
            say!(language, "bỏ \"| safe\" và \"autoescape false\"", "remove \"| safe\" and \"autoescape false\""),
        ),
    }
}

/// Where it stands: the bytes the template engine names, else its line.
fn place(fault: &TemplateFault, text: &str) -> Option<Span> {
    if let Some(range) = fault.range.clone().filter(|range| range.end <= text.len()) {
        // The template engine counts bytes, and may stop within a letter.
        return Some(Span { start: text.floor_char_boundary(range.start), end: text.ceil_char_boundary(range.end) });
    }
    if fault.what == Fault::Unescaped {
        return unescaping(text);
    }
    let line = fault.line?.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let length = text.get(start..)?.lines().next().map_or(0, str::len);
    Some(Span { start, end: start + length })
}

/// What keeps something from being escaped, apart from the address of the page, which needs none.
fn unescaping(text: &str) -> Option<Span> {
    let words = ["autoescape false", "| safe", "|safe"];
    let of_a_link = |at: usize| text[..at].trim_end().ends_with("link");
    let found = words.iter().flat_map(|words| text.match_indices(words)).find(|(at, _)| !of_a_link(*at));
    found.map(|(at, words)| Span { start: at, end: at + words.len() })
}

/// In both languages, and where the shipped templates take it from.
const fn must_words(must: Must) -> (&'static str, &'static str, &'static str) {
    match must {
        Must::Number => ("số của văn bản", "the number of the dispatch", "entry.basis, entry.reference (line.reference)"),
        Must::Deadline => ("thời hạn", "the deadline", "entry.facts, entry.line, entry.due (line.details)"),
        Must::Reason => ("lý do người nhận nhận được tin", "why the person gets the message", "entry.reason (reason.sentence)"),
        Must::Code => ("mã tra cứu", "the code", "entry.code (line.code, reason.codes)"),
        Must::Heading => ("phần báo tin chạy thử", "the heading of a trial", "<body>"),
    }
}

//! What an import did, for people and as JSON.

use serde_json::{Value, json};

use super::Done;
use crate::cli::print;
use crate::diagnostic::{Diagnostic, Source};
use crate::domain::rules::Language;
use crate::engine::import::{Counts, ImportReport, Outcome};
use crate::tree::say;

pub(super) fn to_json(done: &Done, sources: &[Source<'_>]) -> Value {
    let report = &done.report;
    let mut told = json!({
        "added": counts(report.added),
        "changed": counts(report.changed),
        "unchanged": counts(report.unchanged),
        "problems": problems_json(&report.problems, sources),
    });
    if let Some(agreed) = done.agreed {
        told["draft"] = json!({ "agreed": agreed.yes, "left_out": agreed.no, "stored": report.outcome == Outcome::Stored });
    }
    told
}

pub(super) fn counts(counts: Counts) -> Value {
    table(counts).into_iter().map(|(key, count, _)| (key.to_owned(), json!(count))).collect::<serde_json::Map<_, _>>().into()
}

/// Keys, counts and words in the order of the facts.
fn table(counts: Counts) -> [(&'static str, usize, (&'static str, &'static str)); 10] {
    [
        ("units", counts.units, ("đơn vị", "units")),
        ("people", counts.people, ("người", "people")),
        ("appointments", counts.appointments, ("chức vụ", "appointments")),
        ("substitutions", counts.substitutions, ("thay thế", "substitutions")),
        ("dispatches", counts.dispatches, ("văn bản", "dispatches")),
        ("directives", counts.directives, ("nội dung chỉ đạo", "directives")),
        ("assignments", counts.assignments, ("nhiệm vụ của đơn vị", "assignments")),
        ("figures", counts.figures, ("số liệu", "figures")),
        ("extensions", counts.extensions, ("gia hạn", "extensions")),
        ("replies", counts.replies, ("trạng thái", "states")),
    ]
}

/// Diagnostics as JSON: one object each, with the place it points at.
pub fn problems_json(problems: &[Diagnostic], sources: &[Source<'_>]) -> Value {
    let one = |problem: &Diagnostic| {
        let place = problem.locate(sources);
        let mut told = json!({
            "code": problem.code,
            "severity": problem.severity.as_str(),
            "file": place.file,
            "line": place.line_column.map(|(line, _)| line),
            "column": place.line_column.map(|(_, column)| column),
            "message": problem.message,
            "help": problem.help,
        });
        if let Some(sheet) = place.sheet {
            told["sheet"] = json!(sheet);
        }
        told
    };
    problems.iter().map(one).collect()
}

pub(super) fn print_report(report: &ImportReport, language: Language) {
    let mut out = String::new();
    for difference in &report.differences {
        out.push_str(&difference.to_string());
        out.push('\n');
    }
    let listed = |counts: Counts| {
        let parts = table(counts).into_iter().filter(|(_, count, _)| *count > 0);
        let parts = parts.map(|(_, count, (vi, en))| match language {
            Language::Vi => format!("{count} {vi}"),
            Language::En => format!("{en} {count}"),
        });
        parts.collect::<Vec<_>>().join(", ")
    };
    let head = match report.outcome {
        Outcome::WouldBeStored => say!(language, "Chạy thử, chưa ghi gì", "Dry run, nothing recorded"),
        Outcome::Stored | Outcome::Refused => say!(language, "Đã nhập", "Imported"),
    };
    let mut parts = Vec::new();
    for (label, counts) in [
        (say!(language, "thêm", "added"), report.added),
        (say!(language, "sửa", "changed"), report.changed),
        (say!(language, "không đổi", "unchanged"), report.unchanged),
    ] {
        let listed = listed(counts);
        if !listed.is_empty() {
            parts.push(format!("{label} {listed}"));
        }
    }
    if parts.is_empty() {
        parts.push(say!(language, "tệp không có dòng nào", "the files have no rows"));
    }
    print::data(&format!("{out}{head}: {}.\n", parts.join("; ")));
}

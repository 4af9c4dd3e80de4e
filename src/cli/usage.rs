//! Wrong usage, told in Vietnamese where the command line asks for it; in English the reader of the command line tells it itself.

use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::argument::Misread;
use super::print;

/// Whether it is a mistake, and the words, which are not read yet, ask for Vietnamese. Help and version are no mistakes.
pub fn is_told_in_vietnamese(error: &clap::Error, words: &[OsString]) -> bool {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return false;
    }
    let is = |word: &OsString, text: &str| word.to_str() == Some(text);
    words.iter().any(|word| is(word, "--lang=vi")) || words.windows(2).any(|pair| is(&pair[0], "--lang") && is(&pair[1], "vi"))
}

/// Tells it, with its mend.
pub fn tell_in_vietnamese(error: &clap::Error) {
    let of = |kind: ContextKind| error.get(kind).map(listed).unwrap_or_default();
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    let mut text = format!("lỗi: {}\n", what(error.kind(), &argument, &value, &of(ContextKind::InvalidSubcommand)));
    let misread = error.source().and_then(|source| source.downcast_ref::<Misread>());
    if let Some(misread) = misread {
        text += &format!("  cách sửa: {}\n", misread.vi);
    }
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand];
    if let Some(suggestion) = suggested.into_iter().map(of).find(|text| !text.is_empty()) {
        text += &format!("  cách sửa: có phải ý bạn là {suggestion}?\n");
    }
    let valid = [of(ContextKind::ValidValue), of(ContextKind::ValidSubcommand)];
    for values in valid.iter().filter(|text| !text.is_empty()) {
        text += &format!("  các giá trị dùng được: {values}\n");
    }
    let prior = of(ContextKind::PriorArg);
    if error.kind() == ErrorKind::ArgumentConflict && !prior.is_empty() {
        text += &format!("  không dùng cùng với: {prior}\n");
    }
    let usage = of(ContextKind::Usage);
    if let Some(usage) = usage.trim().strip_prefix("Usage:") {
        text += &format!("\nCách dùng:{usage}\n");
    }
    print::note(&(text + "\nXem thêm: --help\n"));
}

fn what(kind: ErrorKind, argument: &str, value: &str, command: &str) -> String {
    match kind {
        ErrorKind::InvalidSubcommand => format!("không có lệnh \"{command}\""),
        ErrorKind::UnknownArgument => format!("không có tham số \"{argument}\" ở đây"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} cần một giá trị"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("giá trị \"{value}\" của {argument} không dùng được"),
        ErrorKind::MissingRequiredArgument => format!("thiếu {argument}"),
        ErrorKind::MissingSubcommand => "thiếu lệnh".to_owned(),
        ErrorKind::ArgumentConflict => format!("{argument} được ghi hai lần, hoặc không dùng được cùng tham số khác"),
        ErrorKind::NoEquals => format!("{argument} phải ghi dạng --tên=giá-trị"),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("số giá trị của {argument} không đúng")
        }
        ErrorKind::InvalidUtf8 => "tham số không phải văn bản UTF-8".to_owned(),
        _ => "dòng lệnh không đúng".to_owned(),
    }
}

fn listed(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(all) => all.join(", "),
        ContextValue::StyledStrs(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        ContextValue::None => String::new(),
        one => one.to_string(),
    }
}

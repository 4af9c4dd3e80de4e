//! The words of a row: ids, numbers, clauses, addresses, roles, marks.

use jiff::civil::Date;

use crate::diagnostic::{Span, nearest, quoted};
use crate::domain::policy::{ChannelKind, Role};
use crate::domain::sentence::parse_role;
use crate::tree::{At, Table, Value, say};

/// The most characters of an id.
const ID_CHARS_MAX: usize = 40;

/// Number and symbol of a dispatch without the blanks some typists put around `/` and `-` (`4352/UBND - KSTT`), and with
/// single blanks elsewhere.
pub fn normal_number(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() && !out.ends_with(['/', '-']) && !word.starts_with(['/', '-']) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whether a text can be an id: letters, digits, `-`, `_`, `.`; at most 40 characters.
fn is_id(text: &str) -> bool {
    text.chars().count() <= ID_CHARS_MAX && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// An id, checked.
pub(super) fn id_of(value: Value<'_>) -> Option<At<String>> {
    let (problems, language) = (value.problems(), value.problems().language);
    let path = value.path().to_owned();
    let id = value.str()?;
    if is_id(&id.value) {
        return Some(id);
    }
    let shown = quoted(&id.value);
    problems.error_with_help(
        "bad-id",
        id.span,
        say!(language, "\"{path}\": {shown} không dùng làm mã được", "\"{path}\": {shown} cannot be an id"),
        say!(
            language,
            "mã gồm chữ thường, chữ số, dấu - _ . và dài nhất 40 ký tự, ví dụ \"pnv\"",
            "an id has lower-case letters, digits, - _ . and at most 40 characters, e.g. \"pnv\""
        ),
    );
    None
}

/// The id under that key.
pub(super) fn id(table: &Table<'_>, key: &'static str) -> Option<At<String>> {
    id_of(table.get(key)?)
}

/// A list of ids, each once.
pub(super) fn ids(table: &Table<'_>, key: &'static str) -> Vec<At<String>> {
    let mut seen: Vec<At<String>> = Vec::new();
    for id in table.list_of(key, id_of).unwrap_or_default() {
        if seen.iter().any(|other| other.value == id.value) {
            let (problems, shown) = (table.problems(), quoted(&id.value));
            let language = problems.language;
            problems.warning(
                "listed-twice",
                id.span,
                say!(language, "\"{key}\" có {shown} hai lần", "\"{key}\" has {shown} twice"),
                say!(language, "giữ lại một lần", "keep it once"),
            );
        } else {
            seen.push(id);
        }
    }
    seen
}

/// Texts without their places.
pub(super) fn values<T>(list: Vec<At<T>>) -> Vec<T> {
    list.into_iter().map(|one| one.value).collect()
}

/// A number and symbol, in its normal form.
pub(super) fn number(table: &Table<'_>, key: &'static str) -> Option<At<String>> {
    let found = table.str(key)?.map(|text| normal_number(&text));
    if !found.value.contains(['#', '@', ':', '~']) {
        return Some(found);
    }
    let (problems, shown) = (table.problems(), quoted(&found.value));
    let language = problems.language;
    problems.error_with_help(
        "bad-number",
        found.span,
        say!(language, "\"{key}\": {shown} không phải số, ký hiệu văn bản", "\"{key}\": {shown} is no dispatch number"),
        say!(language, "viết như \"4988/UBND-CCHC\", không có # @ : ~", "write it like \"4988/UBND-CCHC\", without # @ : ~"),
    );
    None
}

/// A clause and which directive of it: `3.1` is the first, `3.1~2` the second.
pub(super) fn clause(table: &Table<'_>, key: &'static str) -> Option<(At<String>, u16)> {
    let found = table.str(key)?;
    let (name, ordinal) = match found.value.rsplit_once('~') {
        Some((name, ordinal)) => (name.trim().to_owned(), ordinal.parse().ok().filter(|ordinal| *ordinal >= 1)),
        None => (found.value.clone(), Some(1)),
    };
    let good = !name.is_empty() && name.chars().count() <= ID_CHARS_MAX && !name.contains(['#', '@', '~']);
    if let (true, Some(ordinal)) = (good, ordinal) {
        return Some((At { value: name, span: found.span }, ordinal));
    }
    let (problems, shown) = (table.problems(), quoted(&found.value));
    let language = problems.language;
    problems.error_with_help(
        "bad-clause",
        found.span,
        say!(language, "\"{key}\": {shown} không phải khoản, điểm", "\"{key}\": {shown} is no clause"),
        say!(
            language,
            "viết như \"1.e\"; nội dung thứ hai của cùng một điểm là \"1.e~2\"",
            "write it like \"1.e\"; the second directive of one clause is \"1.e~2\""
        ),
    );
    None
}

/// A mail address: something, `@`, something with no blank.
pub(super) fn email(table: &Table<'_>, key: &'static str) -> Option<String> {
    let found = table.str(key)?;
    let text = &found.value;
    let good = text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"'))
        && text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if good {
        return Some(found.value);
    }
    let language = table.problems().language;
    let shown = quoted(text);
    table.problems().error_with_help(
        "bad-address",
        found.span,
        say!(language, "{shown} không phải địa chỉ thư", "{shown} is no mail address"),
        say!(language, "viết như \"an@example.org\", không kèm tên", "write it like \"an@example.org\", without a name"),
    );
    None
}

/// The role of a leader or monitor: a position, best with its unit, or a person.
pub(super) fn role(table: &Table<'_>, key: &'static str) -> Option<At<Role>> {
    let found = table.str(key)?;
    if let Ok(role @ (Role::Position { .. } | Role::Person(_))) = parse_role(&found.value) {
        return Some(At { value: role, span: found.span });
    }
    let (problems, shown) = (table.problems(), quoted(&found.value));
    let language = problems.language;
    problems.error_with_help(
        "bad-role",
        found.span,
        say!(
            language,
            "\"{key}\": {shown} không phải một chức vụ hay một người",
            "\"{key}\": {shown} is neither a position nor a person"
        ),
        say!(language, "viết \"position:CHỨC-VỤ@ĐƠN-VỊ\" hoặc \"person:MÃ\"", "write \"position:ID@UNIT\" or \"person:ID\""),
    );
    None
}

/// Channels in order of preference.
pub(super) fn channels(table: &Table<'_>, key: &'static str) -> Vec<ChannelKind> {
    let read = |value: Value<'_>| {
        let found = value.str()?;
        let channel = ChannelKind::parse(&found.value);
        if channel.is_none() {
            unknown_word(table, key, &found, &["email", "telegram"]);
        }
        channel
    };
    let mut list: Vec<ChannelKind> = Vec::new();
    for channel in table.list_of(key, read).unwrap_or_default() {
        if !list.contains(&channel) {
            list.push(channel);
        }
    }
    list
}

/// One of a few words; the default when the key is missing or wrong.
pub(super) fn word<T>(table: &Table<'_>, key: &'static str, parse: fn(&str) -> Option<T>, known: &[&str]) -> Option<T> {
    let found = table.str(key)?;
    let value = parse(&found.value);
    if value.is_none() {
        unknown_word(table, key, &found, known);
    }
    value
}

fn unknown_word(table: &Table<'_>, key: &str, found: &At<String>, known: &[&str]) {
    let (problems, shown) = (table.problems(), quoted(&found.value));
    let language = problems.language;
    let list = known.join(", ");
    // A sign is not a slip of another sign.
    let near = nearest(&found.value, known.iter().copied()).filter(|near| near.len() > 2);
    let help = match near {
        Some(near) => {
            say!(language, "có phải ý bạn là \"{near}\"? (dùng được: {list})", "did you mean \"{near}\"? (known: {list})")
        }
        None => say!(language, "dùng một trong: {list}", "use one of: {list}"),
    };
    let message = say!(language, "\"{key}\": không có {shown}", "\"{key}\": there is no {shown}");
    problems.error_with_help("unknown-word", found.span, message, help);
}

/// Two days that follow each other, both optional.
pub(super) fn days(table: &Table<'_>) -> (Option<Date>, Option<Date>) {
    let (from, to) = (table.date("from"), table.date("to"));
    if let (Some(from), Some(to)) = (&from, &to)
        && from.value > to.value
    {
        let (problems, first, last) = (table.problems(), from.value, to.value);
        let language = problems.language;
        problems.error_with_help(
            "ends-before-it-starts",
            to.span,
            say!(language, "\"to\" {last} trước \"from\" {first}", "\"to\" {last} lies before \"from\" {first}"),
            say!(language, "đổi lại hai ngày", "swap the two days"),
        );
    }
    (from.map(|day| day.value), to.map(|day| day.value))
}

/// Reports a text that is too long, without repeating it.
pub(super) fn short(table: &Table<'_>, key: &'static str, chars_max: usize) -> Option<At<String>> {
    let found = table.str(key)?;
    let chars = found.value.chars().count();
    if chars > chars_max {
        let problems = table.problems();
        let language = problems.language;
        problems.error_with_help(
            "text-too-long",
            found.span,
            say!(
                language,
                "\"{key}\" dài {chars} ký tự, tối đa {chars_max}",
                "\"{key}\" has {chars} characters, at most {chars_max}"
            ),
            say!(language, "rút gọn; nguyên văn ghi ở khóa \"text\" nếu cần", "shorten it; the wording may stand under \"text\""),
        );
    }
    Some(found)
}

/// The span of an optional value, else the row's.
pub(super) fn spot<T>(keys: &mut Vec<(&'static str, Span)>, key: &'static str, found: Option<&At<T>>) {
    if let Some(found) = found {
        keys.push((key, found.span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_the_blanks_of_typists() {
        assert_eq!(normal_number("4352/UBND - KSTT"), "4352/UBND-KSTT");
        assert_eq!(normal_number(" 4988 / UBND-CCHC "), "4988/UBND-CCHC");
        assert_eq!(normal_number("12/UBND  VX"), "12/UBND VX");
    }

    #[test]
    fn ids_are_short_words() {
        for good in ["pnv", "p07", "đội-1", "a.b_c"] {
            assert!(is_id(good), "{good}");
        }
        for bad in ["a b", "p@1", "x#", "a/b", "2023:x", "~", &"x".repeat(41)] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}

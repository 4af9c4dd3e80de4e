//! The words of `to`, `or_else`, `copy`, `unless` and `until`.

use super::{Fault, SentenceError};
use crate::domain::policy::{Role, Unless};
use crate::domain::rules::Language;

/// The roles a step may name by a word.
const ROLES: [Role; 7] = [
    Role::Assignee,
    Role::UnitHead,
    Role::UnitDeputy,
    Role::UnitParentHead,
    Role::CoordinatingHead,
    Role::Supervisor,
    Role::Monitor,
];
const UNLESS: [Unless; 4] = [Unless::Acknowledged, Unless::Reported, Unless::Completed, Unless::Accepted];
const LANGUAGES: [Language; 2] = [Language::En, Language::Vi];

/// Lower case, single blanks.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Reads a role: a word of either language, `position:ID`, `position:ID@UNIT` or `person:ID`.
///
/// ```
/// use dondoc::domain::{policy::Role, sentence::parse_role};
/// assert_eq!(parse_role("Người  theo dõi"), Ok(Role::Monitor));
/// let head = Role::Position { position: "head".into(), unit: Some("vp".into()) };
/// assert_eq!(parse_role("position:head@vp"), Ok(head));
/// ```
pub fn parse_role(text: &str) -> Result<Role, SentenceError> {
    let word = plain(text);
    if let Some(role) = ROLES.iter().find(|role| LANGUAGES.iter().any(|language| role_label(role, *language) == word)) {
        return Ok(role.clone());
    }
    let unknown = || match text.trim() {
        "" => SentenceError::new(Fault::Unfinished, ""),
        text => SentenceError::new(Fault::NoRole, text),
    };
    // Ids keep their case: they are compared with the facts as they stand.
    let (kind, id) = text.split_once(':').ok_or_else(unknown)?;
    let id = id.trim();
    let named = |id: &str| !id.is_empty() && !id.contains(|c: char| c.is_whitespace() || c == '@' || c == ':');
    match plain(kind).as_str() {
        "person" if named(id) => Ok(Role::Person(id.to_owned())),
        "position" => match id.split_once('@') {
            None if named(id) => Ok(Role::Position { position: id.to_owned(), unit: None }),
            Some((position, unit)) if named(position) && named(unit) => {
                Ok(Role::Position { position: position.to_owned(), unit: Some(unit.to_owned()) })
            }
            _ => Err(unknown()),
        },
        _ => Err(unknown()),
    }
}

/// The role in words. [`parse_role`] takes it back, except the operators and the head of a unit waited for, whom no step names.
pub fn role_label(role: &Role, language: Language) -> String {
    let (en, vi) = match role {
        Role::Assignee => ("assignee", "người thực hiện"),
        Role::UnitHead => ("unit.head", "trưởng đơn vị"),
        Role::UnitDeputy => ("unit.deputy", "phó đơn vị"),
        Role::UnitParentHead => ("unit.parent.head", "trưởng đơn vị cấp trên"),
        Role::CoordinatingHead => ("coordinating.head", "trưởng đơn vị phối hợp"),
        Role::Supervisor => ("supervisor", "lãnh đạo phụ trách"),
        Role::Monitor => ("monitor", "người theo dõi"),
        Role::Operators => ("operators", "người vận hành"),
        Role::Blocker => ("blocker", "trưởng đơn vị được chờ"),
        Role::Position { position, unit: None } => return format!("position:{position}"),
        Role::Position { position, unit: Some(unit) } => return format!("position:{position}@{unit}"),
        Role::Person(id) => return format!("person:{id}"),
    };
    pick(language, en, vi).to_owned()
}

/// The plain roles in both languages, for "did you mean".
pub fn role_words() -> Vec<String> {
    LANGUAGES.iter().flat_map(|language| ROLES.iter().map(|role| role_label(role, *language))).collect()
}

/// Reads a word of `unless` or `until` in either language.
pub fn parse_unless(text: &str) -> Result<Unless, SentenceError> {
    let word = plain(text);
    let says = |unless: &Unless| LANGUAGES.iter().any(|language| unless_label(*unless, *language) == word);
    UNLESS.into_iter().find(says).ok_or_else(|| match text.trim() {
        "" => SentenceError::new(Fault::Unfinished, ""),
        text => SentenceError::new(Fault::NoUnless, text),
    })
}

/// The word of `unless` in that language.
pub const fn unless_label(unless: Unless, language: Language) -> &'static str {
    match unless {
        Unless::Acknowledged => pick(language, "acknowledged", "đã nhận"),
        Unless::Reported => pick(language, "reported", "đã báo cáo"),
        Unless::Completed => pick(language, "completed", "đã hoàn thành"),
        Unless::Accepted => pick(language, "accepted", "đã nghiệm thu"),
    }
}

/// The words of `unless` in both languages, for "did you mean".
pub fn unless_words() -> Vec<&'static str> {
    LANGUAGES.iter().flat_map(|language| UNLESS.iter().map(|unless| unless_label(*unless, *language))).collect()
}

const fn pick(language: Language, en: &'static str, vi: &'static str) -> &'static str {
    match language {
        Language::En => en,
        Language::Vi => vi,
    }
}

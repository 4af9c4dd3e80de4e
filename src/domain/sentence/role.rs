//! The words of `to`, `or_else`, `copy`, `unless` and `until`.

use super::{Fault, SentenceError};
use crate::domain::policy::{Role, Unless};
use crate::domain::rules::Language;

/// A plain role: English, Vietnamese.
const ROLES: [(Role, &str, &str); 7] = [
    (Role::Assignee, "assignee", "người thực hiện"),
    (Role::UnitHead, "unit.head", "trưởng đơn vị"),
    (Role::UnitDeputy, "unit.deputy", "phó đơn vị"),
    (Role::UnitParentHead, "unit.parent.head", "trưởng đơn vị cấp trên"),
    (Role::CoordinatingHead, "coordinating.head", "trưởng đơn vị phối hợp"),
    (Role::Supervisor, "supervisor", "lãnh đạo phụ trách"),
    (Role::Monitor, "monitor", "người theo dõi"),
];

const UNLESS: [(Unless, &str, &str); 4] = [
    (Unless::Acknowledged, "acknowledged", "đã nhận"),
    (Unless::Reported, "reported", "đã báo cáo"),
    (Unless::Completed, "completed", "đã hoàn thành"),
    (Unless::Accepted, "accepted", "đã nghiệm thu"),
];

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
    if let Some((role, _, _)) = ROLES.iter().find(|(_, en, vi)| *en == word || *vi == word) {
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

/// The role in words. [`parse_role`] takes it back, except the operators, whom no step names.
pub fn role_label(role: &Role, language: Language) -> String {
    match role {
        Role::Position { position, unit: None } => format!("position:{position}"),
        Role::Position { position, unit: Some(unit) } => format!("position:{position}@{unit}"),
        Role::Person(id) => format!("person:{id}"),
        Role::Operators => pick(language, "operators", "người vận hành").to_owned(),
        plain => {
            let found = ROLES.iter().find(|(role, _, _)| role == plain).expect("every other role is plain");
            pick(language, found.1, found.2).to_owned()
        }
    }
}

/// The plain roles of that language, for "did you mean".
pub fn role_words(language: Language) -> impl Iterator<Item = &'static str> {
    ROLES.iter().map(move |(_, en, vi)| pick(language, en, vi))
}

/// Reads a word of `unless` or `until` in either language.
pub fn parse_unless(text: &str) -> Result<Unless, SentenceError> {
    let word = plain(text);
    let found = UNLESS.iter().find(|(_, en, vi)| *en == word || *vi == word);
    found.map(|(unless, _, _)| *unless).ok_or_else(|| match text.trim() {
        "" => SentenceError::new(Fault::Unfinished, ""),
        text => SentenceError::new(Fault::NoUnless, text),
    })
}

/// The word of `unless` in that language.
pub fn unless_label(unless: Unless, language: Language) -> &'static str {
    let found = UNLESS.iter().find(|(one, _, _)| *one == unless).expect("every one stands in the list");
    pick(language, found.1, found.2)
}

/// The words of `unless` in that language, for "did you mean".
pub fn unless_words(language: Language) -> impl Iterator<Item = &'static str> {
    UNLESS.iter().map(move |(_, en, vi)| pick(language, en, vi))
}

const fn pick(language: Language, en: &'static str, vi: &'static str) -> &'static str {
    match language {
        Language::En => en,
        Language::Vi => vi,
    }
}

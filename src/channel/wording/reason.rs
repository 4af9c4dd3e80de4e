//! Why this person gets an item, in one sentence.

use super::pen::Pen;
use super::text::clean;
use crate::channel::letter::{Because, HowLine, Item};
use crate::domain::policy::Role;
use crate::domain::rules::Language;

/// "Đồng chí nhận tin này vì là Trưởng phòng Nội vụ, đơn vị chủ trì."
pub(super) fn sentence(item: &Item, pen: &Pen<'_>) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for (how, roles) in by_how(&item.because) {
        let reason = match pen.language {
            Language::Vi => vi(how, &roles, item, pen),
            Language::En => en(how, &roles, item),
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    match (pen.language, reasons.is_empty()) {
        (Language::Vi, false) => format!("{} nhận tin này vì {}.", pen.you_first(), reasons.join("; đồng thời vì ")),
        (Language::Vi, true) => format!("{} nhận tin này vì được nêu trong quy tắc đôn đốc.", pen.you_first()),
        (Language::En, false) => format!("You get this because {}.", reasons.join("; and because ")),
        (Language::En, true) => "You get this because the rules name you.".to_owned(),
    }
}

/// The roles a person has in one capacity, so that the capacity is said once; "assignee" says least and comes last.
fn by_how(because: &[Because]) -> Vec<(&HowLine, Vec<&Role>)> {
    let mut groups: Vec<(&HowLine, Vec<&Role>)> = Vec::new();
    for Because { role, how } in because {
        match groups.iter_mut().find(|(known, _)| *known == how) {
            Some((_, roles)) if roles.contains(&role) => {}
            Some((_, roles)) => roles.push(role),
            None => groups.push((how, vec![role])),
        }
    }
    for (_, roles) in &mut groups {
        roles.sort_by_key(|role| **role == Role::Assignee);
    }
    groups
}

fn vi(how: &HowLine, roles: &[&Role], item: &Item, pen: &Pen<'_>) -> String {
    let Some((first, more)) = roles.split_first() else { return String::new() };
    let head = match how {
        HowLine::Named => match first {
            Role::Assignee => "là người được giao thực hiện nhiệm vụ".to_owned(),
            Role::Person(_) => "được nêu tên trong quy tắc đôn đốc".to_owned(),
            role => format!("là {}", as_person_vi(role, item)),
        },
        HowLine::Holds { title, unit } => format!("là {}, {}", office_held_vi(title, unit), relation_vi(first, item)),
        HowLine::Acts { unit, .. } => format!("đang được giao phụ trách {unit}, {}", relation_vi(first, item)),
        HowLine::StandsInFor(person) => format!("đang làm thay {} {person}, {}", salutation(pen), as_person_vi(first, item)),
        HowLine::Upwards { vacant, unit } => {
            return format!("{vacant} chưa có {}, nên tin được chuyển lên {unit}", holder_vi(first));
        }
    };
    more.iter().fold(head, |text, role| format!("{text}, đồng thời là {}", as_person_vi(role, item)))
}

/// The office's word for a colleague; the recipient's own may be "Ông" or "Bà".
fn salutation(pen: &Pen<'_>) -> String {
    let word = clean(&pen.letter.office.salutation);
    if word.is_empty() { pen.you.clone() } else { word }
}

/// A role as a person, where [`relation_vi`] may name a unit.
fn as_person_vi(role: &Role, item: &Item) -> String {
    match role {
        Role::UnitHead => "người đứng đầu đơn vị chủ trì".to_owned(),
        Role::UnitDeputy => "cấp phó của người đứng đầu đơn vị chủ trì".to_owned(),
        Role::CoordinatingHead => "người đứng đầu đơn vị phối hợp".to_owned(),
        Role::Blocker => format!("người đứng đầu đơn vị được {} đề nghị giải quyết vướng mắc", item.unit),
        Role::UnitParentHead => format!("người đứng đầu cấp trên trực tiếp của {}", item.unit),
        role => relation_vi(role, item),
    }
}

fn relation_vi(role: &Role, item: &Item) -> String {
    match role {
        Role::Assignee => "người chịu trách nhiệm thực hiện".to_owned(),
        Role::UnitHead | Role::UnitDeputy => "đơn vị chủ trì".to_owned(),
        Role::UnitParentHead => format!("cấp trên trực tiếp của {}", item.unit),
        Role::CoordinatingHead => "đơn vị phối hợp".to_owned(),
        Role::Blocker => format!("đơn vị được {} đề nghị giải quyết vướng mắc", item.unit),
        Role::Supervisor => format!("lãnh đạo phụ trách {}", item.unit),
        Role::Monitor => "người theo dõi nhiệm vụ".to_owned(),
        Role::Operators => "người vận hành hệ thống".to_owned(),
        Role::Position { .. } => "chức vụ được nêu trong quy tắc đôn đốc".to_owned(),
        Role::Person(_) => "người được nêu tên trong quy tắc đôn đốc".to_owned(),
    }
}

const fn holder_vi(role: &Role) -> &'static str {
    match role {
        Role::UnitDeputy => "người giữ chức vụ cấp phó",
        Role::Supervisor => "lãnh đạo phụ trách",
        Role::Monitor => "người theo dõi",
        Role::Assignee | Role::UnitHead | Role::UnitParentHead | Role::CoordinatingHead | Role::Blocker => "người đứng đầu",
        Role::Operators | Role::Position { .. } | Role::Person(_) => "người giữ chức vụ",
    }
}

/// "Trưởng phòng Nội vụ": the title, with the unit unless the title names it; a bare position id is put into words.
pub(super) fn office_held_vi(title: &str, unit: &str) -> String {
    match title {
        "" => format!("người của {unit}"),
        "head" => format!("người đứng đầu {unit}"),
        "deputy" => format!("cấp phó của người đứng đầu {unit}"),
        "officer" => format!("chuyên viên {unit}"),
        id if is_id(id) => format!("người giữ chức vụ {id} tại {unit}"),
        title => with_unit(title, unit),
    }
}

fn is_id(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

/// Joins a title and its unit without saying a word twice: "Chánh Văn phòng" and "Văn phòng UBND quận" share one.
pub(super) fn with_unit(title: &str, unit: &str) -> String {
    let (in_title, _) = words(title);
    let (in_unit, ends) = words(unit);
    let tail = &in_unit[in_unit.len().saturating_sub(2)..];
    if tail.is_empty() || in_title.windows(tail.len()).any(|window| window == tail) {
        return title.to_owned();
    }
    // Where the title goes on after naming the body, the unit's own name would come too late.
    let body = &in_unit[..in_unit.len().min(BODY_WORDS)];
    let named = body.len() == BODY_WORDS && in_title.windows(BODY_WORDS).any(|window| window == body);
    let shared = (1..=in_title.len().min(in_unit.len())).rev().find(|n| in_title.ends_with(&in_unit[..*n]));
    match shared {
        Some(n) if n < in_unit.len() => format!("{title} {}", unit[ends[n - 1]..].trim_start()),
        _ if named => title.to_owned(),
        _ => format!("{title} {unit}"),
    }
}

/// "Ủy ban nhân dân": so many words of a unit in a title name the body.
const BODY_WORDS: usize = 4;

/// The words of a name in lower case, abbreviations written out, and where each ends in the text.
fn words(text: &str) -> (Vec<String>, Vec<usize>) {
    let mut found = (Vec::new(), Vec::new());
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, c.is_alphanumeric()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let word = text[from..at].to_lowercase();
                let whole: &[&str] = match word.as_str() {
                    "ubnd" => &["ủy", "ban", "nhân", "dân"],
                    "hđnd" => &["hội", "đồng", "nhân", "dân"],
                    word => &[word],
                };
                found.0.extend(whole.iter().map(|word| (*word).to_owned()));
                found.1.extend(whole.iter().map(|_| at));
                start = None;
            }
            _ => {}
        }
    }
    found
}

fn en(how: &HowLine, roles: &[&Role], item: &Item) -> String {
    let Some((first, more)) = roles.split_first() else { return String::new() };
    let head = match how {
        HowLine::Named => match first {
            Role::Assignee => "the task was assigned to you".to_owned(),
            Role::Person(_) => "the rules name you".to_owned(),
            role => format!("you are {}", as_person_en(role, item)),
        },
        HowLine::Holds { title, unit } => format!("you are {}, {}", office_held_en(title, unit), relation_en(first, item)),
        HowLine::Acts { unit, .. } => format!("you are acting head of {unit}, {}", relation_en(first, item)),
        HowLine::StandsInFor(person) => format!("you stand in for {person}, {}", as_person_en(first, item)),
        HowLine::Upwards { vacant, unit } => return format!("{vacant} has no {}, so this goes up to {unit}", holder_en(first)),
    };
    more.iter().fold(head, |text, role| format!("{text}, also {}", as_person_en(role, item)))
}

/// A role as a person, where [`relation_en`] may name a unit.
fn as_person_en(role: &Role, item: &Item) -> String {
    match role {
        Role::UnitHead => "the head of the lead unit".to_owned(),
        Role::UnitDeputy => "a deputy head of the lead unit".to_owned(),
        Role::CoordinatingHead => "the head of a coordinating unit".to_owned(),
        Role::Blocker => format!("the head of the unit that {} asked to clear an obstacle", item.unit),
        Role::UnitParentHead => format!("the head of the unit above {}", item.unit),
        role => relation_en(role, item),
    }
}

fn relation_en(role: &Role, item: &Item) -> String {
    match role {
        Role::Assignee => "answerable for the task".to_owned(),
        Role::UnitHead | Role::UnitDeputy => "the lead unit".to_owned(),
        Role::UnitParentHead => format!("directly above {}", item.unit),
        Role::CoordinatingHead => "a coordinating unit".to_owned(),
        Role::Blocker => format!("the unit that {} asked to clear an obstacle", item.unit),
        Role::Supervisor => format!("the leader in charge of {}", item.unit),
        Role::Monitor => "the monitor of this task".to_owned(),
        Role::Operators => "an operator of the system".to_owned(),
        Role::Position { .. } => "a position named by the rules".to_owned(),
        Role::Person(_) => "named by the rules".to_owned(),
    }
}

const fn holder_en(role: &Role) -> &'static str {
    match role {
        Role::UnitDeputy => "deputy head",
        Role::Supervisor => "leader in charge",
        Role::Monitor => "monitor",
        Role::Assignee | Role::UnitHead | Role::UnitParentHead | Role::CoordinatingHead | Role::Blocker => "head",
        Role::Operators | Role::Position { .. } | Role::Person(_) => "holder of the position",
    }
}

/// "the head of Phòng Nội vụ"
pub(super) fn office_held_en(title: &str, unit: &str) -> String {
    match title {
        "" => format!("a member of {unit}"),
        "head" => format!("the head of {unit}"),
        "deputy" => format!("a deputy head of {unit}"),
        "officer" => format!("an officer of {unit}"),
        id if is_id(id) => format!("the holder of {id} at {unit}"),
        title => with_unit(title, unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_and_its_unit_are_said_once() {
        assert_eq!(with_unit("Trưởng phòng Nội vụ", "Phòng Nội vụ"), "Trưởng phòng Nội vụ");
        assert_eq!(with_unit("Trưởng phòng", "Phòng Nội vụ"), "Trưởng phòng Nội vụ");
        assert_eq!(with_unit("Chánh Văn phòng", "Văn phòng HĐND và UBND quận"), "Chánh Văn phòng HĐND và UBND quận");
        assert_eq!(with_unit("Chủ tịch", "UBND phường 7"), "Chủ tịch UBND phường 7");
        assert_eq!(with_unit("Chủ tịch UBND Phường 7", "Ủy ban nhân dân phường 7"), "Chủ tịch UBND Phường 7");
        assert_eq!(with_unit("Chủ tịch UBND quận", "Ủy ban nhân dân quận Gò Vấp"), "Chủ tịch UBND quận Gò Vấp");
        let deputy = "Phó Chủ tịch UBND quận phụ trách đô thị";
        assert_eq!(with_unit(deputy, "Ủy ban nhân dân quận Gò Vấp"), deputy);
    }

    #[test]
    fn a_position_without_a_title_is_put_into_words() {
        assert_eq!(office_held_vi("head", "Phòng Nội vụ"), "người đứng đầu Phòng Nội vụ");
        assert_eq!(office_held_vi("pct-vx", "UBND quận"), "người giữ chức vụ pct-vx tại UBND quận");
    }
}

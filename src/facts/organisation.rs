//! Rows of units, people, appointments and substitutions.

use super::words::{channels, days, email, id, ids, role, short, spot, values};
use super::{AliasFact, AppointmentFact, PersonFact, Place, Row, SubstitutionFact, UnitFact};
use crate::diagnostic::quoted;
use crate::domain::organisation::Standing;
use crate::tree::{Table, say};

/// The most characters of a name.
const NAME_CHARS_MAX: usize = 200;

/// Where a row stands.
pub(super) fn place(table: &Table<'_>) -> Place {
    Place { source: table.problems().source, span: table.span() }
}

pub(super) fn unit(table: Table<'_>) -> Option<Row<UnitFact>> {
    table.require(&["id", "name"]);
    let at = place(&table);
    let mut keys = Vec::new();
    let own = id(&table, "id");
    let name = short(&table, "name", NAME_CHARS_MAX);
    let parent = id(&table, "parent");
    let supervisor = role(&table, "supervisor");
    let aliases = table.list_of("aliases", |value| Some(value.str()?.value)).unwrap_or_default();
    let (from, to) = days(&table);
    let successors = ids(&table, "successor");
    table.finish();
    spot(&mut keys, "id", own.as_ref());
    spot(&mut keys, "parent", parent.as_ref());
    spot(&mut keys, "supervisor", supervisor.as_ref());
    keys.extend(successors.iter().map(|one| ("successor", one.span)));
    let value = UnitFact {
        id: own?.value,
        name: name?.value,
        parent: parent.map(|one| one.value),
        supervisor: supervisor.map(|one| one.value),
        aliases,
        from,
        to,
        successors: values(successors),
        learned: Vec::new(),
    };
    Some(Row { value, at, keys })
}

pub(super) fn alias(table: Table<'_>) -> Option<Row<AliasFact>> {
    table.require(&["unit", "name"]);
    let at = place(&table);
    let mut keys = Vec::new();
    let unit = id(&table, "unit");
    let name = short(&table, "name", NAME_CHARS_MAX);
    table.finish();
    spot(&mut keys, "unit", unit.as_ref());
    spot(&mut keys, "name", name.as_ref());
    Some(Row { value: AliasFact { unit: unit?.value, name: name?.value }, at, keys })
}

pub(super) fn person(table: Table<'_>) -> Option<Row<PersonFact>> {
    table.require(&["id", "name"]);
    let at = place(&table);
    let mut keys = Vec::new();
    let own = id(&table, "id");
    let name = short(&table, "name", NAME_CHARS_MAX);
    let email = email(&table, "email");
    let phone = short(&table, "phone", 60).map(|one| one.value);
    let telegram = table.int("telegram");
    if let Some(chat) = telegram.as_ref().filter(|chat| chat.value == 0) {
        let language = table.problems().language;
        table.problems().error_with_help(
            "bad-chat",
            chat.span,
            say!(language, "\"telegram\": 0 không phải mã trò chuyện", "\"telegram\": 0 is no chat"),
            say!(
                language,
                "trò chuyện riêng là số dương; nhóm là số âm và chỉ nhận tin",
                "a private chat is positive; a group is negative and only receives"
            ),
        );
    }
    let prefer = channels(&table, "prefer");
    let salutation = short(&table, "salutation", 60).map(|one| one.value);
    let active = table.bool("active").map(|one| one.value);
    table.finish();
    spot(&mut keys, "id", own.as_ref());
    let telegram = telegram.map(|chat| chat.value);
    let value = PersonFact { id: own?.value, name: name?.value, email, phone, telegram, prefer, salutation, active };
    Some(Row { value, at, keys })
}

pub(super) fn appointment(table: Table<'_>) -> Option<Row<AppointmentFact>> {
    table.require(&["person", "unit", "position"]);
    let at = place(&table);
    let mut keys = Vec::new();
    let person = id(&table, "person");
    let unit = id(&table, "unit");
    let position = id(&table, "position");
    let title = short(&table, "title", NAME_CHARS_MAX).map(|one| one.value);
    let (from, to) = days(&table);
    let acting = table.bool("acting").is_some_and(|acting| acting.value);
    table.finish();
    spot(&mut keys, "person", person.as_ref());
    spot(&mut keys, "unit", unit.as_ref());
    let standing = if acting { Standing::Acting } else { Standing::Full };
    let value =
        AppointmentFact { person: person?.value, unit: unit?.value, position: position?.value, title, from, to, standing };
    Some(Row { value, at, keys })
}

pub(super) fn substitution(table: Table<'_>) -> Option<Row<SubstitutionFact>> {
    table.require(&["person"]);
    let at = place(&table);
    let mut keys = Vec::new();
    let person = id(&table, "person");
    let by = id(&table, "by");
    if let (Some(person), Some(by)) = (&person, &by)
        && person.value == by.value
    {
        let (problems, shown) = (table.problems(), quoted(&by.value));
        let language = problems.language;
        problems.error_with_help(
            "own-substitute",
            by.span,
            say!(language, "{shown} thay cho chính mình", "{shown} stands in for themselves"),
            say!(language, "ghi người khác, hoặc bỏ dòng \"by\" nếu chỉ vắng mặt", "name somebody else, or leave \"by\" out"),
        );
    }
    let (from, to) = days(&table);
    table.finish();
    spot(&mut keys, "person", person.as_ref());
    spot(&mut keys, "by", by.as_ref());
    let value = SubstitutionFact { person: person?.value, by: by.map(|one| one.value), from, to };
    Some(Row { value, at, keys })
}

//! A world in the words of the program: config and facts as TOML.

use std::fmt::Write as _;

use jiff::civil::{Date, Weekday};

use crate::world::{Deadline, Digest, Duty, Person, Post, Role, Rules, Step, Unless, When, World};

const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

fn list(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("{:?}", word.as_ref())).collect();
    format!("[{}]", words.join(", "))
}

/// The config under these rules, with the days off known so far.
pub fn config(world: &World, rules: &Rules, off: &[Date]) -> String {
    let calendar = &world.calendar;
    let windows = calendar.windows.iter().map(|(from, to)| format!("{}-{}", from.strftime("%H:%M"), to.strftime("%H:%M")));
    let mut text = format!(
        "timezone = \"Asia/Ho_Chi_Minh\"\n[office]\nname = \"UBND phường\"\nmonitor = \"person:{monitor}\"\n\
         operators = [\"person:{monitor}\"]\n[outbox]\nfolder = \"outbox\"\n[calendar]\nholidays = \"none\"\n\
         working_days = {days}\nhours = {hours}\n",
        monitor = world.monitor,
        days = list(calendar.working_days.iter().map(|day| weekday(*day))),
        hours = list(windows),
    );
    for day in off {
        let _ = writeln!(text, "[[calendar.change]]\ndate = {day}\nkind = \"off\"");
    }
    for day in calendar.working.iter().filter(|day| !off.contains(day)) {
        let _ = writeln!(text, "[[calendar.change]]\ndate = {day}\nkind = \"working\"");
    }
    for policy in &rules.policies {
        let _ = writeln!(text, "[[policy]]\nname = \"{}\"", policy.name);
        if policy.is_always_open {
            text.push_str("hours = \"always\"\n");
        }
        for step in &policy.steps {
            text.push_str(&step_text(step));
        }
    }
    if let Some(urgent) = rules.policies.get(1) {
        let _ = writeln!(text, "[[route]]\nwhen = {{ urgency = \"hoa-toc\" }}\npolicy = \"{}\"", urgent.name);
    }
    let _ = writeln!(text, "[[route]]\npolicy = \"{}\"", rules.policies[0].name);
    text
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Assignee => "assignee",
        Role::UnitHead => "unit.head",
        Role::UnitDeputy => "unit.deputy",
        Role::Supervisor => "supervisor",
        Role::Monitor => "monitor",
        Role::CoordinatingHead => "coordinating.head",
    }
}

fn step_text(step: &Step) -> String {
    let days = |count: u16| format!("{count} working day{}", if count == 1 { "" } else { "s" });
    let when = match step.when {
        When::OnAssignment => "on assignment".to_owned(),
        When::DaysBeforeDeadline(count) => format!("{} before deadline", days(count)),
        When::OnDeadline => "on deadline".to_owned(),
        When::DaysAfterDeadline(count) => format!("{} after deadline", days(count)),
        When::DaysAfterAssignment(count) => format!("{} after assignment", days(count)),
        When::MinutesAfterAssignment(count) => format!("{count} minutes after assignment"),
        When::DaysAfterReportedDone(count) => format!("{} after reported done", days(count)),
        When::DaysWithoutReport(count) => format!("{} without report", days(count)),
        When::EveryDaysWhileUndated(count) => format!("every {} while undated", days(count)),
    };
    let mut text = format!("[[policy.step]]\nname = \"{}\"\nwhen = \"{when}\"\n", step.name);
    for (key, roles) in [("to", &step.to), ("or_else", &step.or_else), ("copy", &step.copy)] {
        if !roles.is_empty() {
            let _ = writeln!(text, "{key} = {}", list(roles.iter().map(|one| role(*one))));
        }
    }
    let unless = match step.unless {
        Unless::Acknowledged => "acknowledged",
        Unless::Reported => "reported",
        Unless::Completed => "completed",
        Unless::Accepted => "accepted",
    };
    let _ = writeln!(text, "unless = \"{unless}\"");
    if let Some(repeat) = step.repeat {
        let _ = writeln!(text, "repeat = {{ every = \"{}\", max = {} }}", days(repeat.every_days), repeat.max);
    }
    if let Some(hours) = step.courtesy_hours {
        let _ = writeln!(text, "courtesy = \"{hours} working hours\"");
    }
    if let Some(digest) = step.digest {
        let word = if digest == Digest::Daily { "daily" } else { "weekly" };
        let _ = writeln!(text, "digest = \"{word}\"");
    }
    text
}

/// Units and people as they stand at the start.
pub fn office(world: &World) -> String {
    let mut text = String::new();
    for unit in &world.units {
        let _ = writeln!(text, "[[unit]]\nid = \"{0}\"\nname = \"Đơn vị {0}\"", unit.id);
        if let Some(parent) = &unit.parent {
            let _ = writeln!(text, "parent = \"{parent}\"");
        }
        if let Some(supervisor) = &unit.supervisor {
            let _ = writeln!(text, "supervisor = \"person:{supervisor}\"");
        }
    }
    for person in &world.people {
        text.push_str(&person_text(person));
    }
    for one in &world.posts {
        text.push_str(&post(one));
    }
    text
}

fn person_text(person: &Person) -> String {
    let mut text = format!("[[person]]\nid = \"{0}\"\nname = \"Cán bộ {0}\"\nemail = \"{0}@example.org\"\n", person.id);
    if let Some(chat) = person.telegram {
        let _ = writeln!(text, "telegram = {chat}\nprefer = [\"telegram\", \"email\"]");
    }
    text
}

/// One appointment.
pub fn post(post: &Post) -> String {
    let mut text = format!(
        "[[appointment]]\nperson = \"{}\"\nunit = \"{}\"\nposition = \"{}\"\nfrom = {}\n",
        post.person, post.unit, post.position, post.from
    );
    if let Some(to) = post.to {
        let _ = writeln!(text, "to = {to}");
    }
    if post.is_acting {
        text.push_str("acting = true\n");
    }
    text
}

/// One absence.
pub fn absence(person: &str, by: Option<&str>, from: Date, to: Date) -> String {
    let by = by.map_or_else(String::new, |by| format!("by = \"{by}\"\n"));
    format!("[[substitution]]\nperson = \"{person}\"\n{by}from = {from}\nto = {to}\n")
}

/// A dispatch with its one clause.
pub fn duty(duty: &Duty) -> String {
    let urgency = if duty.is_urgent { "urgency = \"hoa-toc\"\n" } else { "" };
    let dispatch = format!(
        "[[dispatch]]\nnumber = \"{0}\"\nissuer = \"UBND phường\"\ndate = {1}\nreceived = {1}\n{urgency}",
        duty.number, duty.date
    );
    dispatch + &directive(duty, duty.deadline, "")
}

/// Its clause, with another deadline.
pub fn correction(duty: &Duty, deadline: Date) -> String {
    directive(duty, Some(Deadline::Day(deadline)), "correction = true\n")
}

fn directive(duty: &Duty, deadline: Option<Deadline>, more: &str) -> String {
    let mut text = format!(
        "[[directive]]\ndispatch = \"{0}\"\nclause = \"1\"\ntitle = \"Việc của văn bản {0}\"\nlead = {1}\n",
        duty.number,
        list(&duty.lead)
    );
    if !duty.coordinating.is_empty() {
        let _ = writeln!(text, "coordinating = {}", list(&duty.coordinating));
    }
    match deadline {
        Some(Deadline::Day(day)) => {
            let _ = writeln!(text, "deadline = {day}");
        }
        Some(Deadline::Time(at)) => {
            let _ = writeln!(text, "deadline = {}", at.strftime("%Y-%m-%dT%H:%M:%S"));
        }
        None => {}
    }
    text + more
}

/// An extension for all its lead units.
pub fn extension(duty: &Duty, deadline: Date, on: Date) -> String {
    format!("[[extension]]\ndirective = \"{}#1\"\ndeadline = {deadline}\nbasis = \"9/UBND\"\ndate = {on}\n", duty.number)
}

//! The ledger of a sink: a line for every mail it took, written before it said so; and the judge over it.
#![allow(dead_code, reason = "not every test file keeps a ledger")]

use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a ledger of (Message-ID, recipient).
pub fn judge(due: &BTreeSet<String>, ledger: &[(String, String)], kills: usize, connections: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    let reached: BTreeSet<String> = ledger.iter().map(|(_, to)| to.clone()).collect();
    wrong.extend(due.difference(&reached).map(|to| format!("lost: {to}")));
    wrong.extend(reached.difference(due).map(|to| format!("never due: {to}")));
    let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
    let mut of_person: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (id, to) in ledger {
        *copies.entry(id).or_default() += 1;
        of_person.entry(to).or_default().insert(id);
    }
    let extra = ledger.len() - copies.len();
    if extra > kills * connections {
        wrong.push(format!("{extra} extra copies after {kills} kills of {connections} connections"));
    }
    wrong.extend(copies.iter().filter(|(_, count)| **count > 3).map(|(id, count)| format!("{id} was sent {count} times")));
    wrong.extend(of_person.iter().filter(|(_, ids)| ids.len() > 1).map(|(to, ids)| format!("{to} got {} mails", ids.len())));
    wrong
}

/// The lines `KEY MESSAGE-ID RECIPIENT` of the sink.
pub fn read(ledger: &std::path::Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(ledger).unwrap_or_default();
    let line = |line: &str| {
        let mut words = line.split(' ').skip(1).map(str::to_owned);
        Some((words.next()?, words.next()?))
    };
    text.lines().filter_map(line).collect()
}

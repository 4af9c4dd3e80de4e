//! What is remembered of visitors for minutes: wrong tokens, and which networks opened whose links. In memory only, bounded, and
//! gone with the process; what counts is in the store.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Wrong tokens of one address in a minute; the next request is turned away.
const WRONG_MAX: u32 = 20;
const WRONG_WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Wrong tokens of all in an hour that raise the alarm.
const ALARM_AT: u32 = 1_000;
const ALARM_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// How long it is remembered that a network opened somebody's link.
const OPENED_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// Other people's links a network must have opened to be one of a program that checks mails.
const OTHERS_MIN: usize = 3;

/// People remembered of one network; one more than matter.
const PEOPLE_MAX: usize = OTHERS_MIN + 1;

/// Addresses and networks remembered; beyond that the memory begins anew.
const ENTRIES_MAX: usize = 10_000;

/// The memory of the page.
#[derive(Debug, Default)]
pub struct Guard(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    wrong: HashMap<IpAddr, Count>,
    all: Option<Count>,
    opened: HashMap<IpAddr, Vec<(i64, Timestamp)>>,
}

/// How many since when.
#[derive(Clone, Copy, Debug)]
struct Count {
    since: Timestamp,
    times: u32,
}

impl Count {
    fn more(known: Option<Self>, window: SignedDuration, now: Timestamp) -> Self {
        match known {
            Some(count) if count.holds(window, now) => Self { times: count.times.saturating_add(1), ..count },
            _ => Self { since: now, times: 1 },
        }
    }

    /// A clock that was set back does not keep anybody out for longer.
    fn holds(&self, window: SignedDuration, now: Timestamp) -> bool {
        now >= self.since && now.duration_since(self.since) < window
    }
}

impl Guard {
    /// Whether a visitor from there may ask at all.
    pub(super) fn admits(&self, from: IpAddr, now: Timestamp) -> bool {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.wrong.get(&caller(from)).is_none_or(|count| count.times < WRONG_MAX || !count.holds(WRONG_WINDOW, now))
    }

    /// A wrong token came from there. Answers how many came from everywhere when that has just become alarming.
    pub(super) fn wrong(&self, from: IpAddr, now: Timestamp) -> Option<u32> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut memory.wrong, |count| count.holds(WRONG_WINDOW, now));
        let caller = caller(from);
        let count = Count::more(memory.wrong.get(&caller).copied(), WRONG_WINDOW, now);
        memory.wrong.insert(caller, count);
        let all = Count::more(memory.all, ALARM_WINDOW, now);
        memory.all = Some(all);
        (all.times == ALARM_AT).then_some(all.times)
    }

    /// Somebody's link was opened from there.
    pub(super) fn opened(&self, from: IpAddr, person: i64, now: Timestamp) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut memory.opened, |people| people.iter().any(|(_, at)| now.duration_since(*at) < OPENED_WINDOW));
        let people = memory.opened.entry(network(from)).or_default();
        people.retain(|(known, at)| *known != person && now.duration_since(*at) < OPENED_WINDOW);
        if people.len() == PEOPLE_MAX {
            people.remove(0);
        }
        people.push((person, now));
    }

    /// Whether that network opened the links of several others just now.
    pub(super) fn is_shared(&self, from: IpAddr, person: i64, now: Timestamp) -> bool {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(people) = memory.opened.get(&network(from)) else { return false };
        let others = people.iter().filter(|(known, at)| *known != person && now.duration_since(*at) < OPENED_WINDOW);
        others.count() >= OTHERS_MIN
    }
}

fn make_room<T>(entries: &mut HashMap<IpAddr, T>, still_needed: impl Fn(&T) -> bool) {
    if entries.len() >= ENTRIES_MAX {
        entries.retain(|_, entry| still_needed(entry));
    }
    if entries.len() >= ENTRIES_MAX {
        entries.clear();
    }
}

/// Who is one caller: an IPv4 address, or the IPv6 network one customer gets.
fn caller(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => masked_v6(address, 64),
    }
}

/// What counts as one network: an IPv4 /24, an IPv6 /48.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & !0xff)),
        IpAddr::V6(address) => masked_v6(address, 48),
    }
}

fn masked_v6(address: Ipv6Addr, bits: u32) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - bits))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn twenty_wrong_tokens_a_minute_close_the_door_for_that_address_and_no_other() {
        let guard = Guard::default();
        for _ in 0..19 {
            guard.wrong(ip("192.0.2.7"), at(0));
        }
        assert!(guard.admits(ip("192.0.2.7"), at(1)));
        guard.wrong(ip("192.0.2.7"), at(1));
        assert!(!guard.admits(ip("192.0.2.7"), at(2)) && !guard.admits(ip("::ffff:192.0.2.7"), at(2)));
        assert!(guard.admits(ip("192.0.2.8"), at(2)));
        assert!(guard.admits(ip("192.0.2.7"), at(60)), "a minute later");
        for host in 0..20 {
            guard.wrong(ip(&format!("2001:db8:1:2::{host:x}")), at(0));
        }
        assert!(!guard.admits(ip("2001:db8:1:2::ffff"), at(1)) && guard.admits(ip("2001:db8:1:3::1"), at(1)));
    }

    #[test]
    fn a_thousand_wrong_tokens_an_hour_raise_the_alarm_once_and_memory_stays_bounded() {
        let guard = Guard::default();
        let mut alarms = Vec::new();
        for number in 0..25_000_u32 {
            let from = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number));
            alarms.extend(guard.wrong(from, at(i64::from(number) / 100)));
            guard.opened(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + (number << 8))), 1, at(0));
        }
        assert_eq!(alarms, [1_000]);
        let memory = guard.0.lock().expect("whole");
        assert!(memory.wrong.len() <= ENTRIES_MAX && memory.opened.len() <= ENTRIES_MAX);
    }

    #[test]
    fn a_network_is_shared_after_three_other_people_within_ten_minutes() {
        let guard = Guard::default();
        for (person, from) in [(1, "192.0.2.1"), (2, "192.0.2.2"), (2, "192.0.2.9"), (3, "192.0.2.3")] {
            guard.opened(ip(from), person, at(0));
        }
        assert!(guard.is_shared(ip("192.0.2.200"), 4, at(1)), "three others");
        assert!(!guard.is_shared(ip("192.0.2.200"), 3, at(1)), "two others");
        assert!(!guard.is_shared(ip("192.0.3.200"), 4, at(1)), "another network");
        assert!(!guard.is_shared(ip("192.0.2.200"), 4, at(600)), "ten minutes later");
        guard.opened(ip("192.0.2.1"), 4, at(2));
        guard.opened(ip("192.0.2.1"), 5, at(3));
        assert!(guard.is_shared(ip("192.0.2.1"), 5, at(4)), "the memory of a network is short, yet long enough");
    }
}

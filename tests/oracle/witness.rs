//! The oracle beside a run with faults: it lives through the same year, is told what the doors answered and when nobody worked, and
//! says what must have left and did not, and what left and must not.

use super::calendar::{DAY, Minute};
use super::doors::Doors;
use super::minute;
use super::office::{Office, Twist};
use super::world::{Seen, What, World};

/// Everything that is wrong with what was seen.
pub fn judge(world: &World, seen: &[Seen]) -> Vec<String> {
    let mut office = Office::of(world, Twist::Straight);
    office.doors = Doors::Seen;
    office.telegram = world.people.iter().filter_map(|one| Some((one.id.clone(), one.telegram?))).collect();
    office.down = Minute::MAX;
    let (start, end) = (minute(world.start), minute(world.end));
    let mut witness = Witness { world, office, skew: 0, looked: start - 1 };
    let mut rest = seen;
    for now in start..end {
        // What people do at a minute comes before what is due at it; where somebody ends, it may have been due before.
        let first = rest.iter().take_while(|one| seconds(one) <= now * 60 && one.is_of_people()).count();
        witness.live_through(&rest[..first]);
        witness.tick(now * 60);
        let soon = rest[first..].iter().take_while(|one| seconds(one) < (now + 1) * 60).count();
        witness.live_through(&rest[first..first + soon]);
        rest = &rest[first + soon..];
        witness.office.overdue(witness.wall(now * 60));
    }
    witness.office.wrong
}

fn seconds(seen: &Seen) -> i64 {
    minute(seen.at) * 60 + i64::from(seen.at.second())
}

impl Seen {
    /// What the program had no part in.
    fn is_of_people(&self) -> bool {
        matches!(self.what, What::Event(_) | What::Clock { .. })
    }
}

struct Witness<'a> {
    world: &'a World,
    office: Office,
    /// What the clock on the wall shows more, in seconds.
    skew: i64,
    /// What the clock showed when it was looked for what is due.
    looked: Minute,
}

impl Witness<'_> {
    /// What the clock on the wall shows.
    fn wall(&self, second: i64) -> Minute {
        (second + self.skew).div_euclid(60)
    }

    /// Looks where something has come due since the last look.
    fn tick(&mut self, second: i64) {
        let (now, looked) = (self.wall(second), self.looked);
        self.looked = looked.max(now);
        let office = &mut self.office;
        office.second = 0;
        let is_opening = |at: Minute| {
            let of_day = at.rem_euclid(DAY);
            office.shape.hours.iter().any(|(from, _)| *from == of_day) && office.days.is_worked(at.div_euclid(DAY))
        };
        let mut is_due = (looked + 1..=now).any(is_opening);
        while office.wakes.first().is_some_and(|wake| *wake <= now) {
            office.wakes.pop_first();
            is_due = true;
        }
        if is_due {
            office.say(now);
            office.look_at_all(now);
        }
    }

    fn live_through(&mut self, seen: &[Seen]) {
        for one in seen {
            let now = self.wall(seconds(one));
            if now > self.looked && !one.is_of_people() {
                self.tick(seconds(one));
            }
            let office = &mut self.office;
            office.second = (seconds(one) + self.skew).rem_euclid(60);
            match &one.what {
                What::Event(place) => office.take(*place, &self.world.events[*place].act, now, self.world),
                What::Sent(sent) => office.leaves(sent, now),
                What::Heard { message, verdict, wait } => office.heard(*message, *verdict, *wait, now),
                What::Lost { message } => office.lost(*message, now),
                What::Dead { person } => office.dies(person),
                What::Idle => office.down = Minute::MAX,
                What::Busy => {
                    office.down = now;
                    if let Some(rules) = office.found.take() {
                        office.load(self.world, rules, now);
                    }
                    office.resume(now);
                    office.say(now);
                    office.look_at_all(now);
                }
                What::Clock { secs } => self.skew = *secs,
            }
        }
    }
}

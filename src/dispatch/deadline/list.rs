//! Several days said at once: "trong các ngày 18, 19, 20/10/2023", "trước ngày 15/6 và 15/12 hằng năm".

use jiff::civil::Date;

use super::{Candidate, Ground, Meaning};
use crate::dispatch::doubt::DoubtKind;
use crate::dispatch::words::Words;
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineRule};
use crate::domain::phrase::Reading;

/// Days of a list, at most.
const DAYS_MAX: usize = 7;

/// "trong các ngày 18, 19, 20/10/2023", "trong 02 ngày: 18/10 và 19/10/2023", "trong hai ngày 09-10/5/2022": from the first to the last.
pub(super) fn days(words: &Words<'_>, at: usize, ground: Ground<'_>) -> Option<Candidate> {
    let mut next = at + words.see(at, &["trong"])?;
    let counted = words.number(next).is_some() || words.sees(next, &["hai", "ba", "các"]);
    next += usize::from(counted);
    next += words.see(next, &["ngày"])?;
    next += usize::from(words.mark(next) == Some(':'));
    let mut first: Option<Item> = None;
    for _ in 0..DAYS_MAX {
        next += words.see(next, &["ngày"]).unwrap_or(0);
        let (item, end) = item(words, next, ground)?;
        let joined =
            words.sees(end, &[",", "-", "và"]) && words.number(end + 1 + words.see(end + 1, &["ngày"]).unwrap_or(0)).is_some();
        match (first, item) {
            (None, _) if !joined => return None,
            (None, _) => first = Some(item),
            (Some(first), Item::Whole(last)) if !joined => {
                let from = match first {
                    Item::Whole(day) => day,
                    Item::Number(day) => Date::new(last.year(), last.month(), day).ok()?,
                };
                let rule = DeadlineRule::Fixed(Deadline::within(from, last));
                let meaning = Meaning::Read(Reading { rule, flags: Vec::new() });
                return (from < last).then_some(Candidate { tokens: at..end, meaning });
            }
            (Some(_), _) if !joined => return None,
            (Some(_), _) => {}
        }
        next = end + 1;
    }
    None
}

/// One of a list: a day with its month, or its number alone.
#[derive(Clone, Copy)]
enum Item {
    Whole(Date),
    Number(i8),
}

fn item(words: &Words<'_>, at: usize, ground: Ground<'_>) -> Option<(Item, usize)> {
    let (number, digits) = words.number(at)?;
    let has_month = (words.mark(at + 1) == Some('/') && words.number(at + 2).is_some()) || words.word(at + 1) == "tháng";
    if has_month {
        let Ok(Some((Meaning::Read(reading), next))) = ground.read(words, at) else { return None };
        let DeadlineRule::Fixed(day) = reading.rule else { return None };
        return (day.kind == DeadlineKind::At).then_some((Item::Whole(day.last_day), next));
    }
    let number = i8::try_from(number).ok().filter(|number| digits <= 2 && (1..=31).contains(number))?;
    Some((Item::Number(number), at + 1))
}

/// "trước ngày 15/6 và 15/12 hằng năm": the year's cycle stands behind the last day and holds for both.
pub(super) fn of_each_year(words: &Words<'_>, first: usize, next: usize) -> Option<Candidate> {
    words.see(next, &["và", ","])?;
    let day = next + 1 + words.see(next + 1, &["ngày"]).unwrap_or(0);
    words.number(day)?;
    let month = (words.mark(day + 1) == Some('/')).then(|| words.number(day + 2)).flatten();
    month.filter(|(month, _)| (1..=12).contains(month))?;
    let end = day + 3;
    let end = end + words.see(end, &["hằng năm", "hàng năm", "mỗi năm"])?;
    Some(Candidate { tokens: first..end, meaning: Meaning::Open(DeadlineKind::Recurring, DoubtKind::SeveralDays) })
}

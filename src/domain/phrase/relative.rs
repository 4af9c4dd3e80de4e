//! Spans that run from an event: "05 ngày làm việc kể từ ngày nhận được", "24 giờ".

use super::cursor::{Cursor, Part};
use super::date::stretch;
use super::{Flag, PhraseErrorKind};
use crate::domain::amount::{Amount, Unit};
use crate::domain::deadline::{DeadlineRule, RelativeAnchor, RelativeStart, months_after, resolve_relative};

/// A span as written.
#[derive(Clone, Copy)]
enum Span {
    Amount(Amount),
    Months(u16),
}

/// The relative deadline that stands here.
pub(super) fn relative(c: &mut Cursor<'_>) -> Part<DeadlineRule> {
    let mut ahead = c.clone();
    let Some(rule) = read(&mut ahead)? else { return Ok(None) };
    c.follow(ahead);
    Ok(Some(rule))
}

fn read(c: &mut Cursor<'_>) -> Part<DeadlineRule> {
    let after = c.take_any(&["sau khoảng", "sau", "after"]);
    if !after {
        c.take_any(&["chậm nhất", "muộn nhất", "không quá", "tối đa", "no later than"]);
        c.take_any(&["trong", "sau", "within", "in"]);
        c.take_any(&["thời hạn", "thời gian", "vòng", "khoảng thời gian", "khoảng"]);
        c.take_any(&["là", "không quá", "tối đa"]);
    }
    let Some(span) = span(c)? else { return Ok(None) };
    c.mark(',');
    if !c.take_any(&["kể từ", "tính từ", "từ", "sau", "from", "after", "of"]) {
        // "chậm nhất 05 ngày trước ngày họp" waits for the meeting.
        if c.sees_any(&["trước", "before", "đầu", "giữa", "cuối"]) {
            return Err(PhraseErrorKind::Event);
        }
        c.flag(Flag::AnchorAssumed);
        return without_anchor(c, span).map(Some);
    }
    // "sau 10 ngày kể từ ngày ký" is when a text takes effect.
    if after && matches!(span, Span::Months(_) | Span::Amount(Amount { unit: Unit::Days, .. })) {
        return Err(PhraseErrorKind::EffectiveDate);
    }
    if let Some(found) = stretch(&mut c.clone())?
        && !found.is_period
    {
        stretch(c)?;
        let deadline = match span {
            Span::Months(months) => months_after(found.last, months, c.calendar),
            Span::Amount(amount) => resolve_relative(amount, RelativeStart::Day(found.last), c.calendar),
        };
        return Ok(Some(DeadlineRule::Fixed(deadline)));
    }
    match (anchor(c)?, span) {
        (anchor, Span::Amount(amount)) => Ok(Some(DeadlineRule::Relative { amount, anchor })),
        (RelativeAnchor::Issued, Span::Months(months)) => {
            Ok(Some(DeadlineRule::Fixed(months_after(c.issued, months, c.calendar))))
        }
        (RelativeAnchor::Received, span) => without_anchor(c, span).map(Some),
    }
}

/// From receipt; a month whose first day is not known is taken as thirty days (Civil Code 2015 art. 146.1).
fn without_anchor(c: &mut Cursor<'_>, span: Span) -> Result<DeadlineRule, PhraseErrorKind> {
    let amount = match span {
        Span::Amount(amount) => amount,
        Span::Months(months) => {
            c.flag(Flag::MonthsAsDays);
            amount_of(u32::from(months) * 30, Unit::Days)?
        }
    };
    Ok(DeadlineRule::Relative { amount, anchor: RelativeAnchor::Received })
}

fn span(c: &mut Cursor<'_>) -> Part<Span> {
    const COUNTS: [(&str, u32); 10] = [
        ("một", 1),
        ("hai", 2),
        ("ba", 3),
        ("bốn", 4),
        ("năm", 5),
        ("sáu", 6),
        ("bảy", 7),
        ("tám", 8),
        ("chín", 9),
        ("mười", 10),
    ];
    let Some(count) = c.number(4, u32::from(Amount::COUNT_MAX)).or_else(|| c.take_which(&COUNTS)) else { return Ok(None) };
    // "05 (năm) ngày"
    if c.peek_mark(0) == Some('(')
        && let Some(close) = (1..5).find(|&ahead| c.peek_mark(ahead) == Some(')'))
    {
        c.skip(close + 1);
    }
    let units = [
        ("ngày làm việc", Unit::WorkingDays),
        ("working days", Unit::WorkingDays),
        ("working day", Unit::WorkingDays),
        ("business days", Unit::WorkingDays),
        ("giờ làm việc", Unit::WorkingHours),
        ("working hours", Unit::WorkingHours),
        ("ngày", Unit::Days),
        ("days", Unit::Days),
        ("day", Unit::Days),
        ("tiếng", Unit::Hours),
        ("giờ", Unit::Hours),
        ("hours", Unit::Hours),
        ("hour", Unit::Hours),
        ("h", Unit::Hours),
        ("phút", Unit::Minutes),
        ("minutes", Unit::Minutes),
    ];
    if count == 0 {
        return Ok(None);
    }
    if c.take_any(&["tuần", "weeks", "week"]) {
        return amount_of(count * 7, Unit::Days).map(|amount| Some(Span::Amount(amount)));
    }
    if c.take_any(&["tháng", "months", "month"]) {
        return u16::try_from(count).map(|months| Some(Span::Months(months))).map_err(|_| PhraseErrorKind::OutOfRange);
    }
    let Some(unit) = c.take_which(&units) else { return Ok(None) };
    c.take_any(&["liên tục", "theo lịch"]);
    amount_of(count, unit).map(|amount| Some(Span::Amount(amount)))
}

fn amount_of(count: u32, unit: Unit) -> Result<Amount, PhraseErrorKind> {
    let count = u16::try_from(count).ok().filter(|count| *count <= Amount::COUNT_MAX).ok_or(PhraseErrorKind::OutOfRange)?;
    Ok(Amount { count, unit })
}

/// What the span runs from; any other event than receipt and issue has no date of its own.
fn anchor(c: &mut Cursor<'_>) -> Result<RelativeAnchor, PhraseErrorKind> {
    c.take_any(&["ngày", "khi", "thời điểm", "lúc", "the date of", "the day of", "date of"]);
    c.take("được");
    let anchors = [
        ("nhận được", RelativeAnchor::Received),
        ("tiếp nhận", RelativeAnchor::Received),
        ("nhận", RelativeAnchor::Received),
        ("receipt", RelativeAnchor::Received),
        ("receiving", RelativeAnchor::Received),
        ("ký ban hành", RelativeAnchor::Issued),
        ("kí ban hành", RelativeAnchor::Issued),
        ("ký", RelativeAnchor::Issued),
        ("ban hành", RelativeAnchor::Issued),
        ("phát hành", RelativeAnchor::Issued),
        ("issue", RelativeAnchor::Issued),
        ("issuance", RelativeAnchor::Issued),
    ];
    let Some(anchor) = c.take_which(&anchors) else { return Err(PhraseErrorKind::Event) };
    c.take_any(&["văn bản chỉ đạo", "văn bản", "công văn", "kế hoạch", "chỉ thị", "thông báo", "quyết định"]);
    c.take_any(&["nêu trên", "này", "đến"]);
    // "kể từ ngày nhận đủ hồ sơ" waits for the files, not for the dispatch.
    if c.sees_any(&["đủ", "hồ sơ", "đơn", "kết quả", "báo cáo", "ý kiến"]) {
        return Err(PhraseErrorKind::Event);
    }
    Ok(anchor)
}

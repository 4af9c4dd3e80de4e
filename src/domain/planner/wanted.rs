//! Whether what is queued may still leave.

use super::house::step_of;
use super::moment::{Slot, first_slot};
use super::pause::{Promise, block, promise};
use super::silence::{is_ladder, silenced};
use super::{AssignmentView, Context, Reason};
use crate::domain::directive::Work;
use crate::domain::reminder::{Notice, ReminderKey, StepRef};
use crate::domain::reply::{Reply, ReplyKind};

/// Whether a queued reminder may still be sent: asked again at every claim.
///
/// # Errors
/// The reason it may not.
pub fn still_wanted(view: &AssignmentView, ctx: &Context<'_>, key: &ReminderKey) -> Result<(), Reason> {
    if let StepRef::Notice(notice @ (Notice::Dispute | Notice::ExtensionAsked)) = &key.step {
        // What was accepted or withdrawn meanwhile asks nobody for a decision.
        if matches!(view.work, Work::Accepted | Work::Withdrawn) {
            return Err(Reason::Closed);
        }
        let place = view.replies.iter().position(|reply| reply.anchor() == key.anchor).ok_or(Reason::TakenBack)?;
        // Whoever has decided on a request need not be asked for it any more.
        let decides = |reply: &Reply| matches!(reply.kind, ReplyKind::Grant | ReplyKind::Refuse);
        let is_decided = *notice == Notice::ExtensionAsked && view.replies[place..].iter().any(decides);
        return if is_decided { Err(Reason::Answered) } else { Ok(()) };
    }
    let step = match step_of(ctx.policy, &key.step) {
        Some(step) => step,
        // What an act has made is told whatever comes after.
        None if matches!(key.step, StepRef::Notice(_)) => return Ok(()),
        None => return Err(Reason::StepGone),
    };
    if let Some(reason) = silenced(view, step) {
        return Err(reason);
    }
    let Slot { anchor, .. } = first_slot(view, ctx, step).ok_or(Reason::AnchorMoved)?;
    if anchor.to_string() != key.anchor {
        return Err(Reason::AnchorMoved);
    }
    if !is_ladder(&step.when.event) {
        return Ok(());
    }
    if matches!(promise(view, ctx), Promise::Holds { .. }) {
        return Err(Reason::HeldByPromise);
    }
    if view.paused_until.is_some_and(|until| until > ctx.now) {
        return Err(Reason::Paused);
    }
    if !step.is_reminder() && block(view, ctx.now).is_some() {
        return Err(Reason::HeldByBlock);
    }
    Ok(())
}

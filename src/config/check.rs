//! The last pass: what single sections cannot know of each other.

use std::collections::BTreeMap;

use super::channels::Doors;
use super::policy::{PlacedPolicy, StepPlaces};
use super::route::PlacedRoute;
use crate::diagnostic::{Diagnostic, quoted};
use crate::domain::policy::{Channels, Event, Role, Step, Unless};
use crate::domain::rules::{Conditions, Office};
use crate::domain::sentence::unless_label;
use crate::tree::{Problems, say};

/// Checks policies against each other, the office and the doors.
pub(super) fn policies(policies: &[PlacedPolicy], office: &Office, doors: &Doors, problems: &Problems) {
    let language = problems.language;
    if problems.is_well_formed() && policies.is_empty() && !problems.has_errors() {
        let message = say!(language, "chưa có quy tắc nào, nên không ai được nhắc", "there is no policy, so nobody is reminded");
        let help =
            say!(language, "thêm [[policy]], [[policy.step]] và [[route]]", "add [[policy]], [[policy.step]] and [[route]]");
        problems.push(Diagnostic::warning("no-policy", message).in_source(problems.source).with_help(help));
    }
    if problems.is_well_formed() && !policies.is_empty() && doors.open.is_empty() {
        let message = say!(language, "chưa có kênh gửi nào", "there is no channel to send by");
        let help = say!(language, "thêm [email], [telegram] hoặc [outbox]", "add [email], [telegram] or [outbox]");
        problems.push(Diagnostic::warning("no-channel", message).in_source(problems.source).with_help(help));
    }
    for (index, placed) in policies.iter().enumerate() {
        let name = quoted(&placed.policy.name);
        if policies[..index].iter().any(|other| other.policy.name == placed.policy.name) {
            let message = say!(language, "quy tắc {name} đã có ở trên", "the policy {name} stands above already");
            let help = say!(language, "đặt tên khác", "give it another name");
            problems.error_with_help("duplicate-policy", placed.name_span, message, help);
        }
        if placed.step_names.is_empty() && !problems.has_errors() {
            let message = say!(language, "quy tắc {name} không có bậc nào", "the policy {name} has no step");
            let help = say!(language, "thêm [[policy.step]]", "add [[policy.step]]");
            problems.warning("no-step", placed.name_span, message, help);
        }
        steps(placed, office, doors, problems);
    }
}

fn steps(placed: &PlacedPolicy, office: &Office, doors: &Doors, problems: &Problems) {
    let language = problems.language;
    let steps = &placed.policy.steps;
    for (index, (step, places)) in steps.iter().zip(&placed.places).enumerate() {
        if steps[..index].iter().any(|other| other.name == step.name) {
            let name = quoted(&step.name);
            let message = say!(
                language,
                "bậc {name} đã có ở trên trong quy tắc này",
                "the step {name} stands above already in this policy"
            );
            let help = say!(language, "mỗi bậc trong một quy tắc có tên riêng", "give each step of a policy a name of its own");
            problems.error_with_help("duplicate-step", places.name, message, help);
        }
        after_step(placed, step, places, problems);
        never_fires(step, places, problems);
        courtesy(step, places, problems);
        channels(step, places, doors, problems);
    }
    let asks_monitor =
        |step: &Step| [&step.to, &step.or_else, &step.copy].into_iter().any(|roles| roles.contains(&Role::Monitor));
    if let Some((_, places)) = steps.iter().zip(&placed.places).find(|(step, _)| asks_monitor(step))
        && office.monitor.is_none()
        && !office.name.is_empty()
    {
        let message = say!(
            language,
            "bậc này gửi cho người theo dõi, nhưng [office] không có monitor",
            "this step tells the monitor, but [office] names none"
        );
        let help = say!(
            language,
            "thêm monitor = \"position:head@vp\" vào [office]; văn bản không nêu người theo dõi sẽ dùng mặc định này",
            "add monitor = \"position:head@vp\" to [office]; it holds for dispatches that name none",
        );
        problems.warning("no-monitor", places.name, message, help);
    }
}

/// `after step NAME`: it exists, and the way back ends somewhere.
fn after_step(placed: &PlacedPolicy, step: &Step, places: &StepPlaces, problems: &Problems) {
    let Event::AfterStep(_, name) = &step.when.event else { return };
    let language = problems.language;
    let shown = quoted(name);
    if !placed.step_names.contains(name) {
        if problems.is_well_formed() {
            let message = say!(language, "quy tắc này không có bậc {shown}", "this policy has no step {shown}");
            let names = placed.step_names.join(", ");
            let otherwise = say!(language, "các bậc của quy tắc: {names}", "the steps of this policy: {names}");
            let help = problems.did_you_mean(name, placed.step_names.iter().map(String::as_str), otherwise);
            problems.error_with_help("unknown-step", places.when, message, help);
        }
        return;
    }
    let known: BTreeMap<&str, &Step> = placed.policy.steps.iter().map(|step| (step.name.as_str(), step)).collect();
    let mut way = vec![step.name.as_str()];
    let mut next = name.as_str();
    while let Some(Event::AfterStep(_, name)) = known.get(next).map(|step| &step.when.event) {
        if next == step.name {
            break;
        }
        // A ring this step only leads into is reported at its own members.
        if way.contains(&next) {
            return;
        }
        way.push(next);
        next = name;
    }
    if next == step.name {
        way.push(next);
        let way = way.join(" → ");
        let message = say!(language, "các bậc chờ nhau vòng tròn: {way}", "the steps wait for each other in a ring: {way}");
        let help = say!(
            language,
            "để một bậc tính từ khi giao hoặc từ thời hạn",
            "let one of them count from the assignment or the deadline"
        );
        problems.error_with_help("circular-steps", places.when, message, help);
    }
}

/// What was reported done is an answer, a report and completed; only acceptance comes after it.
fn never_fires(step: &Step, places: &StepPlaces, problems: &Problems) {
    let Some(span) =
        places.unless.filter(|_| matches!(step.when.event, Event::AfterReportedDone(_)) && step.unless != Unless::Accepted)
    else {
        return;
    };
    let language = problems.language;
    let (unless, accepted) = (unless_label(step.unless, language), unless_label(Unless::Accepted, language));
    let message = say!(
        language,
        "bậc này không bao giờ gửi: khi đã báo cáo hoàn thành thì \"{unless}\" luôn đúng",
        "this step never fires: once reported done, \"{unless}\" always holds",
    );
    let help = say!(language, "viết unless = \"{accepted}\"", "write unless = \"{accepted}\"");
    problems.warning("never-fires", span, message, help);
}

fn courtesy(step: &Step, places: &StepPlaces, problems: &Problems) {
    let Some(span) = places.courtesy.filter(|_| step.is_reminder()) else { return };
    let language = problems.language;
    let message = say!(
        language,
        "không có báo trước: bậc này gửi cho chính người thực hiện",
        "there is no courtesy: this step tells the assignee anyway"
    );
    let help = say!(language, "bỏ dòng courtesy", "leave the line out");
    problems.warning("courtesy-skipped", span, message, help);
}

fn channels(step: &Step, places: &StepPlaces, doors: &Doors, problems: &Problems) {
    let (Channels::Listed(listed), Some(span)) = (&step.channels, places.channels) else { return };
    let language = problems.language;
    for kind in listed.iter().filter(|kind| !doors.open.contains(kind)) {
        let word = kind.as_str();
        let message = say!(
            language,
            "bậc này gửi qua {word}, nhưng không có mục [{word}]",
            "this step goes by {word}, but there is no [{word}]"
        );
        let help =
            say!(language, "thêm mục [{word}], hoặc bỏ {word} khỏi channels", "add [{word}], or take {word} out of channels");
        problems.warning("channel-not-open", span, message, help);
    }
}

/// Checks the routing table: known policies, a last route that always holds, none hidden behind it.
pub(super) fn routes(routes: &[PlacedRoute], policies: &[PlacedPolicy], problems: &Problems) {
    let language = problems.language;
    if !problems.is_well_formed() {
        return;
    }
    let names = || policies.iter().map(|placed| placed.policy.name.as_str());
    let open = routes.iter().position(|placed| placed.unconditional);
    for (index, placed) in routes.iter().enumerate() {
        let name = &placed.route.policy;
        if !names().any(|known| known == name) {
            let shown = quoted(name);
            let message = say!(language, "không có quy tắc {shown}", "unknown policy {shown}");
            let all = names().collect::<Vec<_>>().join(", ");
            let otherwise = say!(language, "các quy tắc đã có: {all}", "the policies are: {all}");
            let help = problems.did_you_mean(name, names(), otherwise);
            problems.error_with_help("unknown-policy", placed.policy_span, message, help);
        }
        if open.is_some_and(|open| open < index) {
            let message = say!(
                language,
                "không nhiệm vụ nào đến được tuyến này: một tuyến ở trên nhận tất cả",
                "nothing reaches this route: one above takes everything"
            );
            let help =
                say!(language, "chuyển tuyến không có điều kiện xuống cuối", "move the route without conditions to the end");
            problems.warning("unreachable-route", placed.header, message, help);
        }
    }
    unreached(routes, policies, problems);
    match routes.last() {
        Some(last) if open.is_none() => {
            let message = say!(
                language,
                "tuyến cuối cùng có điều kiện: nhiệm vụ không khớp sẽ không có quy tắc",
                "the last route has a condition: what matches none would have no policy"
            );
            let help = say!(language, "thêm một [[route]] không có when ở cuối", "add a [[route]] without when at the end");
            problems.error_with_help("no-default-route", last.header, message, help);
        }
        None if !policies.is_empty() && !problems.has_errors() => {
            let message =
                say!(language, "chưa có tuyến nào, nên không quy tắc nào được dùng", "there is no route, so no policy is used");
            let help = say!(language, "thêm [[route]] với policy = \"…\"", "add [[route]] with policy = \"…\"");
            problems.push(Diagnostic::warning("no-route", message).in_source(problems.source).with_help(help));
        }
        _ => {}
    }
}

/// Policies no route leads to, and steps that cannot come by what the routes send there.
fn unreached(routes: &[PlacedRoute], policies: &[PlacedPolicy], problems: &Problems) {
    if problems.has_errors() || routes.is_empty() {
        return;
    }
    let language = problems.language;
    for placed in policies {
        let name = &placed.policy.name;
        if !routes.iter().any(|one| one.route.policy == *name) {
            let shown = quoted(name);
            let message = say!(language, "không tuyến nào dẫn đến quy tắc {shown}", "no route leads to the policy {shown}");
            let help = say!(
                language,
                "thêm [[route]] với policy = {shown}, hoặc bỏ quy tắc này",
                "add a [[route]] with policy = {shown}, or take the policy out"
            );
            problems.warning("unreached-policy", placed.name_span, message, help);
            continue;
        }
        let comes = Coming { dated: is_sent(routes, name, false), undated: is_sent(routes, name, true) };
        if !comes.dated && !comes.undated {
            // Every route to it is hidden behind another one, which is told there.
            continue;
        }
        let steps = placed.policy.steps.iter().zip(&placed.places);
        for (_, places) in steps.filter(|(step, _)| !comes.may_fire(&placed.policy.steps, step)) {
            let message = if comes.undated {
                say!(
                    language,
                    "bậc này không bao giờ gửi: quy tắc {name} chỉ nhận nhiệm vụ chưa có hạn",
                    "this step never fires: only undated duties are sent to the policy {name}"
                )
            } else {
                say!(
                    language,
                    "bậc này không bao giờ gửi: quy tắc {name} chỉ nhận nhiệm vụ có hạn",
                    "this step never fires: only dated duties are sent to the policy {name}"
                )
            };
            let help = say!(
                language,
                "bỏ bậc này, hoặc sửa điều kiện undated, days_left của các [[route]]",
                "take the step out, or mend undated and days_left of the [[route]]s"
            );
            problems.warning("never-fires", places.when, message, help);
        }
    }
}

/// Whether any duty with or without a deadline is sent to that policy.
fn is_sent(routes: &[PlacedRoute], policy: &str, undated: bool) -> bool {
    for PlacedRoute { route, .. } in routes {
        let when = &route.when;
        // Without a deadline no time is left.
        if when.undated.is_some_and(|wanted| wanted != undated) || (undated && when.days_left.is_some()) {
            continue;
        }
        if route.policy == policy {
            return true;
        }
        // It takes all of them, so that nothing comes further.
        if *when == (Conditions { undated: when.undated, ..Conditions::default() }) {
            return false;
        }
    }
    false
}

/// Which duties the routes send to a policy.
#[derive(Clone, Copy, Debug)]
struct Coming {
    dated: bool,
    undated: bool,
}

impl Coming {
    /// Whether a step may come for one of them; one that counts from another step comes only after that.
    fn may_fire(self, steps: &[Step], step: &Step) -> bool {
        let mut event = &step.when.event;
        // Rings are errors; no way is longer than the ladder.
        for _ in steps {
            let Event::AfterStep(_, before) = event else { break };
            let Some(before) = steps.iter().find(|step| step.name == *before) else { return true };
            event = &before.when.event;
        }
        match event {
            Event::BeforeDeadline(_) | Event::OnDeadline | Event::AfterDeadline(_) => self.dated,
            Event::EveryWhileUndated(_) => self.undated,
            _ => true,
        }
    }
}

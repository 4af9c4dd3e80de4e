//! Scenarios: facts, rules and a timeline in, messages and states out. Each goes through the whole engine on both
//! databases and, where nobody answers, through simulation too; all must say the same.

#[path = "scenarios/after_tet.rs"]
mod after_tet;
#[path = "scenarios/briefs.rs"]
mod briefs;
#[path = "scenarios/laws.rs"]
mod laws;
#[path = "scenarios/periods.rs"]
mod periods;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/scenario.rs"]
mod scenario;

use std::sync::Arc;

use dondoc::engine::simulate::{self, Range};
use dondoc::fault::{self, Mutant};
use dondoc::store::{Store, Where};
use scenario::{CHANNELS, EXAMPLE, Office, Scenario, accepted, assert_laws, line, local, rules_of, shown, take_in, told};

async fn through_the_engine(text: &str) -> String {
    let scenario = Scenario::parse(text);
    let store = Store::scratch().await.expect("a scratch store");
    let office = Office::play(&scenario, store).await;
    assert_laws(&office.engine).await;
    if scenario.is_undisturbed() {
        assert_same(&accepted(&office.engine).await, &through_simulation(&scenario).await);
    }
    told(&office).await
}

async fn through_simulation(scenario: &Scenario) -> Vec<simulate::Simulated> {
    let store = Store::scratch().await.expect("a scratch store");
    let rules = scenario.rules("");
    take_in(&store, &rules, &scenario.texts(""), scenario.start()).await;
    let to = rules.calendar.date_of(scenario.end());
    let range = Range { from: None, to: Some(to) };
    let mut said = simulate::simulate(&store, &rules, &CHANNELS, range, scenario.start()).await.expect("a simulation");
    said.retain(|said| said.at < scenario.end());
    said
}

fn assert_same(engine: &[simulate::Simulated], simulated: &[simulate::Simulated]) {
    let lines = |list: &[simulate::Simulated]| list.iter().map(|said| line(said, "")).collect::<Vec<_>>();
    assert_eq!(lines(engine), lines(simulated), "left: the engine, right: the simulation");
}

macro_rules! scenarios {
    ($($name:ident = $file:literal,)*) => {
        const ALL: &[(&str, &str)] = &[$(($file, include_str!(concat!("scenarios/", $file, ".txt"))),)*];
        $(
            #[tokio::test]
            async fn $name() {
                let text = include_str!(concat!("scenarios/", $file, ".txt"));
                let told = through_the_engine(text).await;
                insta::with_settings!({ snapshot_path => "scenarios", prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!($file, told);
                });
            }
        )*
    };
}

scenarios! {
    the_ladder_around_31_12_2023_falls_on_the_days_of_the_interface = "ladder",
    an_arrival_after_the_deadline_is_told_once_and_reported_day_by_day = "arrival-after-deadline",
    an_arrival_in_rest_time_waits_for_the_opening = "arrival-in-rest-time",
    downtime_over_several_steps_is_no_flood = "downtime",
    a_pause_keeps_everything_but_alarms_and_is_caught_up_as_after_a_downtime = "pause",
    what_was_ready_when_a_pause_began_is_made_anew_after_it = "pause-ready",
    reminders_of_one_opening_are_one_message = "two-reminders-one-message",
    a_digest_that_could_not_leave_and_the_next_one_leave_as_one_message = "digest-left-over",
    digests_carry_an_item_until_it_is_done = "digests",
    a_brief_comes_every_week_also_when_nothing_is_late = "brief-weeks",
    a_brief_counts_by_unit_what_is_done_and_what_is_late = "brief-cells",
    undated_duties_come_up_for_review_together = "review-bundle",
    figures_behind_the_pace_are_pressed_until_they_catch_up = "pace",
    before_a_date_is_late_after_that_date_when_tolerant = "before-date-tolerant",
    before_a_date_is_late_from_that_date_on_when_strict = "before-date-strict",
    a_deadline_with_a_time_counts_from_its_time = "date-time-deadline",
    what_is_urgent_leaves_on_the_night_of_tet = "always-over-tet",
    what_is_urgent_waits_a_quarter_of_the_time_left_after_a_downtime = "always-after-downtime",
    a_year_without_announcement_keeps_tet_closed = "provisional-year",
    a_granted_extension_arms_the_ladder_anew = "extension",
    a_refused_extension_leaves_the_ladder_as_it_is = "extension-refused",
    a_request_decided_before_the_office_opens_is_asked_of_nobody = "extension-decided-early",
    an_extension_that_is_imported_arms_the_ladder_anew = "extension-by-facts",
    a_correction_that_outlasts_an_extension_holds_and_says_so = "extension-outlasted",
    a_promise_that_is_kept_holds_the_ladder = "promise-kept",
    a_broken_promise_brings_the_next_step_at_once = "promise-broken",
    a_promise_broken_before_any_moment_brings_the_next_step_early = "promise-broken-early",
    a_promise_that_answers_a_courtesy_is_no_answer_once_it_is_broken = "promise-broken-courtesy",
    a_returned_result_starts_the_ladder_again = "returned",
    what_is_pressed_again_and_again_goes_on_after_a_return = "returned-repeats",
    not_ours_pauses_the_ladder_and_mutes_the_person = "not-ours",
    a_weak_answer_stops_nothing_until_a_second_signal = "weak-answer",
    an_answered_courtesy_keeps_the_step_from_being_sent = "courtesy",
    a_repeat_ends_at_its_max = "repeat-max",
    a_repeat_ends_at_a_report = "repeat-until",
    a_newer_rule_is_not_retroactive = "rule-edit",
    an_edit_of_repeat_courtesy_or_digest_leaves_the_step_as_old_as_it_is = "rule-edit-manner",
    who_left_gets_nothing_and_the_acting_holder_takes_over = "person-leaves",
    who_stands_in_gets_what_is_due_in_these_days = "substitution",
    a_vacancy_goes_one_unit_up_and_the_monitor_is_told_once = "vacancy",
    a_step_whose_people_know_already_goes_to_or_else = "or-else",
    a_step_may_choose_its_channels = "channels",
    before_and_on_a_rest_day_move_back = "rest-days",
    a_refused_chat_goes_over_mail_at_once = "telegram-refused",
    a_deferred_mail_is_tried_again_by_the_curve = "email-deferred",
    a_refused_mail_without_another_channel_is_told_to_the_operators = "email-refused",
    a_crash_with_a_message_on_the_wire_sends_the_same_message_again = "crash",
    a_report_starts_the_clock_of_the_monitor = "monitors-clock",
    silence_is_counted_from_the_last_report = "without-report",
    who_the_duty_is_handed_to_is_told_anew = "handed-on",
    a_merged_unit_hands_its_duties_over_and_their_names_stay = "unit-merged",
    a_split_unit_shares_its_duties_between_its_successors = "unit-split",
    a_split_unit_shares_its_recurring_duties_too = "unit-split-recurring",
    a_renamed_unit_says_whom_it_succeeds = "unit-renamed",
    facts_that_end_a_unit_hand_its_duties_to_its_one_successor = "unit-ended-by-facts",
    a_merged_ladder_goes_on_where_it_stood = "unit-merged-mid-ladder",
    a_chain_of_stand_ins_is_followed = "stand-in-chain",
    a_circle_of_stand_ins_leads_one_unit_up = "stand-in-circle",
    a_stand_in_who_has_left_is_passed_over = "stand-in-left",
    who_is_away_without_a_stand_in_is_passed_over = "away-alone",
    an_acting_holder_counts_only_without_a_full_one = "acting-holder",
    who_leaves_after_packing_is_not_written_to = "leaves-before-claim",
    a_position_that_falls_empty_again_is_told_again = "vacancy-again",
    a_reminder_that_reached_one_of_its_people_stays_delivered = "partly-delivered",
    whom_no_channel_reaches_is_told_to_the_operators_once_while_others_of_the_step_are_reached = "one-without-channel",
    each_period_of_a_recurring_duty_is_pressed_on_its_own = "recurring-monthly",
    periods_are_named_and_opened_by_their_cycle = "recurring-cycles",
    periods_missed_in_a_year_of_downtime_are_recorded_and_no_flood = "recurring-downtime",
    a_period_is_extended_done_corrected_and_the_series_replaced = "recurring-acts",
    a_relative_deadline_is_pressed_for_and_starts_with_the_acknowledgement = "relative-waits",
    a_day_of_receipt_that_comes_later_starts_the_clock = "relative-received",
    a_duty_is_pressed_reviewed_or_only_listed = "follow",
    the_monitor_is_asked_to_judge_an_undated_duty_too = "undated-done",
    what_is_urgent_goes_over_all_channels_in_a_holiday_night = "urgent-night",
    an_answer_over_one_channel_stops_the_other = "urgent-answered",
    a_period_goes_to_who_took_the_place_of_its_unit = "recurring-succession",
    where_nobody_holds_a_position_the_monitor_is_told_and_nothing_runs_in_circles = "nobody-answers",
    a_trial_shows_the_whole_ladder_to_its_mailbox_only = "trial-all",
    who_belongs_to_a_live_and_a_trial_unit_gets_one_real_and_one_trial_message = "trial-one-live",
    a_unit_that_becomes_live_mid_ladder_starts_as_if_nothing_had_been_sent = "trial-goes-live",
    what_waits_for_the_trial_mailbox_does_not_leave_once_the_trial_is_removed = "trial-removed",
    a_unit_put_back_into_trial_gets_nothing_more_and_what_was_real_still_counts = "trial-put-back",
    a_trial_mailbox_that_refuses_is_told_to_the_operators_and_uses_no_other_channel = "trial-mailbox-refused",
    who_is_waited_for_is_told_again_until_the_block_is_lifted = "blocked-by-unit",
    the_escalations_of_a_blocked_unit_wait_for_the_time_of_the_policy = "blocked-pause-ends",
    an_obstacle_without_a_unit_is_told_to_the_monitor_once = "blocked-monitor",
    an_obstacle_is_reported_by_the_unit_about_another_one = "blocked-refused",
    a_transferred_duty_is_another_units_with_its_deadline = "transfer",
    a_duty_that_comes_back_is_announced_anew = "transfer-back",
    a_duty_goes_to_no_unit_that_has_it_and_facts_do_not_fight_it = "transfer-refused",
    a_hold_pauses_the_ladder_through_its_day = "hold",
    a_withdrawn_duty_is_told_to_the_unit = "withdrawn",
    who_was_never_told_of_a_duty_is_not_told_that_it_is_gone = "withdrawn-before-told",
    coordinating_units_are_informed_once = "coordinating",
    an_extension_for_all_moves_none_back_and_leaves_out_the_withdrawn = "extension-for-all",
    deadlines_that_have_passed_at_the_import_are_one_notice_and_no_storm = "past-at-import",
    a_deadline_edited_while_a_message_is_on_the_wire_skips_and_repeats_no_rung = "edited-on-the-wire",
    an_extension_asked_a_minute_before_the_step_does_not_stop_it = "extension-asked-late",
    the_same_duty_written_another_way_is_the_same_assignment = "imported-again",
    two_roles_of_one_person_are_one_message = "two-roles",
    retries_that_would_outlive_the_deadline_take_the_other_channel_then_a_person = "retries-outlive",
}

const ORGANISATION: &str = include_str!("../examples/go-vap-2023/to-chuc.toml");
const DISPATCH: &str = include_str!("../examples/go-vap-2023/cong-van-4988.toml");
const FIGURES: &str = include_str!("../examples/go-vap-2023/so-lieu.toml");

/// The example as it would have been: every figure becomes known on the working day after its day.
async fn the_example_lived_through(store: Store) -> Office {
    let rules = Arc::new(rules_of(EXAMPLE));
    let mut office = Office::open(store, Arc::clone(&rules), local("2023-10-01 00:00")).await;
    let mut figures = FIGURES.split("[[figure]]").skip(1).map(|figure| format!("[[figure]]{figure}"));
    let first = figures.next().expect("figures");
    office.run_before(local("2023-10-05 07:30")).await;
    take_in(&office.engine.store, &rules, &[ORGANISATION, DISPATCH, &first], local("2023-10-05 07:30")).await;
    for (figure, day) in figures.zip(["2023-11-01 07:30", "2023-12-01 07:30", "2024-01-02 07:30"]) {
        office.run_before(local(day)).await;
        take_in(&office.engine.store, &rules, &[&figure], local(day)).await;
    }
    office.run_before(local("2024-02-01 00:00")).await;
    office
}

#[tokio::test]
async fn the_example_sends_what_simulation_says() {
    let office = the_example_lived_through(Store::scratch().await.expect("a scratch store")).await;
    assert_laws(&office.engine).await;
    let store = Store::scratch().await.expect("a scratch store");
    let (rules, today) = (Arc::new(rules_of(EXAMPLE)), local("2026-03-02 09:00"));
    take_in(&store, &rules, &[ORGANISATION, DISPATCH, FIGURES], today).await;
    let day = |text: &str| Some(text.parse().expect("a date"));
    let range = Range { from: day("2023-10-01"), to: day("2024-01-31") };
    let simulated = simulate::simulate(&store, &rules, &CHANNELS, range, today).await.expect("a simulation");
    assert_same(&accepted(&office.engine).await, &simulated);
    let new_year = local("2024-01-01 00:00");
    assert!(!simulated.iter().any(|said| said.at >= new_year && said.at < local("2024-01-02 00:00")), "nobody works then");
    let mut moments = std::collections::BTreeMap::<_, usize>::new();
    for said in &simulated {
        *moments.entry(shown(said.at)).or_default() += 1;
    }
    let summary = moments.iter().map(|(at, count)| format!("{at}: {count}\n")).collect::<Vec<_>>().concat();
    insta::with_settings!({ snapshot_path => "scenarios", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("go-vap-2023", summary);
    });
}

#[tokio::test]
async fn three_hundred_duties_of_one_opening_are_one_message() {
    // The head of one unit reads mail, the other's chat has room for two hundred.
    let duties = (1..=300)
        .map(|number| {
            let lead = if number <= 150 { "\"pnv\", \"kt\"" } else { "\"kt\"" };
            format!("[[directive]]\ndispatch = \"1/VP\"\nclause = \"{number}\"\ntitle = \"Việc số {number}\"\nlead = [{lead}]\ndeadline = 2023-12-29\n")
        })
        .collect::<Vec<_>>()
        .concat();
    let text = format!("=== facts\n{duties}=== timeline\n2023-10-05 07:30 import\n2024-01-09 00:00 end\n");
    let scenario = Scenario::parse(&text);
    let office = Office::play(&scenario, Store::scratch().await.expect("a scratch store")).await;
    assert_laws(&office.engine).await;
    let sent = accepted(&office.engine).await;
    let counts: Vec<(&str, usize)> = sent.iter().map(|said| (said.to.as_str(), said.reminders.len())).collect();
    assert_eq!(counts[..4], [("an", 150), ("dung", 300), ("an", 150), ("dung", 300)]);
    assert_same(&sent, &through_simulation(&scenario).await);
}

#[tokio::test]
async fn both_reasons_of_one_person_stand_in_the_one_message() {
    let scenario = Scenario::parse(include_str!("scenarios/two-roles.txt"));
    let office = Office::play(&scenario, Store::scratch().await.expect("a scratch store")).await;
    let to_an: Vec<String> = office.letters().into_iter().filter(|text| text.contains("Nguyễn Thử An,")).collect();
    let [one] = to_an.as_slice() else { panic!("one message to the head: {to_an:#?}") };
    assert!(one.contains("đơn vị chủ trì, đồng thời là người chịu trách nhiệm thực hiện"), "{one}");
}

#[tokio::test]
async fn what_officials_read_names_what_the_deadline_rests_on() {
    let mut text = String::new();
    for in_language in [std::convert::identity as fn(Scenario) -> Scenario, Scenario::in_english] {
        let scenario = in_language(Scenario::parse(include_str!("scenarios/extension-outlasted.txt")));
        let office = Office::play(&scenario, Store::scratch().await.expect("a scratch store")).await;
        // What came before the extension names no day of that month.
        let since = office.letters().into_iter().filter(|letter| letter.contains("/01/2024"));
        text.extend(since.map(|letter| format!("===\n{letter}\n")));
    }
    insta::with_settings!({ snapshot_path => "scenarios", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("extension-outlasted-letters", text);
    });
}

#[tokio::test]
async fn five_hundred_moments_before_a_newer_rule_send_nothing() {
    let step = |name: &str, when: &str| format!("[[policy.step]]\nname = \"{name}\"\nwhen = \"{when}\"\nto = [\"assignee\"]\n");
    let policy = |steps: &str| format!("[[policy]]\nname = \"p\"\n{steps}[[route]]\npolicy = \"p\"\n");
    let last = step("nhac-1", "1 working days before deadline");
    let finer: String =
        (10..20).map(|days| step(&format!("nhac-{days}"), &format!("{days} working days before deadline"))).collect();
    let duties: String = (1..=50)
        .map(|number| {
            format!("[[directive]]\ndispatch = \"1/VP\"\nclause = \"{number}\"\ntitle = \"Việc số {number}\"\nlead = [\"kt\"]\ndeadline = 2023-12-29\n")
        })
        .collect();
    let text = format!(
        "=== config\n{}=== config moi\n{}=== facts\n{duties}=== timeline\n2023-10-05 07:30 import\n2023-12-20 09:00 rules moi\n2024-01-09 00:00 end\n",
        policy(&last),
        policy(&format!("{finer}{last}"))
    );
    let scenario = Scenario::parse(&text);
    let office = Office::play(&scenario, Store::scratch().await.expect("a scratch store")).await;
    assert_laws(&office.engine).await;
    let sent = accepted(&office.engine).await;
    let steps: Vec<&str> = sent.iter().flat_map(|said| &said.reminders).map(|one| one.step.as_str()).collect();
    assert_eq!(steps, ["nhac-1"; 50], "the rule that holds since ever, and nothing of the newer ones");
    let missed = "SELECT COUNT(*) FROM reminder WHERE state = 'missed'";
    let missed: i64 = sqlx::query_scalar(missed).fetch_one(office.engine.store.read()).await.expect("a count");
    assert_eq!(missed, 500, "each is recorded with its reason");
}

#[tokio::test]
async fn postgresql_says_the_same_in_every_scenario() {
    // Keeps the server running from one scenario to the next.
    let Some(_kept) = postgres::database() else { return };
    for (name, text) in ALL {
        let Some(database) = postgres::database() else { return };
        let scenario = Scenario::parse(text);
        let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
        let office = Office::play(&scenario, store).await;
        assert_laws(&office.engine).await;
        let on_postgres = told(&office).await;
        office.engine.store.close().await;
        let office = Office::play(&scenario, Store::scratch().await.expect("a scratch store")).await;
        assert_eq!(told(&office).await, on_postgres, "{name}");
    }
}

/// What a scenario tells while a rule of the protocol is broken.
async fn told_without(rule: Option<Mutant>, file: &str) -> String {
    let text = ALL.iter().find(|(name, _)| *name == file).expect("a scenario of the list").1;
    let _broken = rule.map(fault::mutate);
    let store = Store::scratch().await.expect("a scratch store");
    told(&Office::play(&Scenario::parse(text), store).await).await
}

/// Rules that need a message between its packing and its claim, or a post or rules that change: each with a scenario that tells
/// something else without it.
const NOTICED: [(Mutant, &str); 6] = [
    (Mutant::RevisionStays, "partly-delivered"),
    (Mutant::CheckStays, "monitors-clock"),
    (Mutant::UnpackedStays, "leaves-before-claim"),
    (Mutant::ActingPassedOver, "acting-holder"),
    (Mutant::RungsDoNotWait, "date-time-deadline"),
    (Mutant::RulesOfYesterday, "rule-edit"),
];

#[tokio::test]
async fn each_broken_rule_changes_what_its_scenario_tells() {
    for (rule, file) in NOTICED {
        assert_ne!(told_without(Some(rule), file).await, told_without(None, file).await, "{} is not noticed", rule.as_str());
    }
}

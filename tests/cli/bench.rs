//! `bench`: each measure runs, and counts what it must count. No time is judged here.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::postgres;

/// Starts `dondoc bench …`; the measures wait most of their time, so they run side by side.
fn start(words: &str) -> (String, Child) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dondoc"));
    command.arg("bench").args(words.split(' ')).arg("--json").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    (words.to_owned(), command.spawn().expect("the binary"))
}

#[track_caller]
fn told((words, child): (String, Child)) -> Value {
    let output = child.wait_with_output().expect("it ends by itself");
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn every_measure_of_channels_and_kills_runs() {
    let burst = start("burst --messages 20");
    let kill = start("kill --messages 60 --kills 2 --connections 2");
    let apart = start("apart --messages 20 --chats 3 --rounds 1");
    let chats = start("chats --messages 60");

    let burst = told(burst);
    assert!(burst["mails_per_s"].as_f64() > Some(0.0) && burst["mail_bytes"].as_f64() > Some(1_000.0), "{burst}");
    let kill = told(kill);
    assert_eq!((&kill["lost"], &kill["again_after_all"], &kill["kills"]), (&0.0.into(), &0.0.into(), &2.0.into()), "{kill}");
    assert!(kill["copies"].as_f64() <= Some(4.0), "one for each connection and kill: {kill}");
    let apart = told(apart);
    for key in ["mails_telegram_waits", "mails_one_hangs", "chats_mail_server_hangs"] {
        assert!(apart[key].as_f64() > Some(0.0), "nothing left beside a channel in trouble: {apart}");
    }
    let chats = told(chats);
    assert_eq!((&chats["refused"], &chats["broken"]), (&0.0.into(), &0.0.into()), "{chats}");
}

#[test]
fn every_measure_of_several_replicas_runs() {
    let databases: Option<Vec<_>> = (0..4).map(|_| postgres::database()).collect();
    let Some(databases) = databases else { return };
    let [claims, failover, rest, burst] = [
        "claims --messages 300 --batch 20",
        "failover --kills 1 --rate 10",
        "rest --open 50 --secs 1 --replicas 2",
        "burst --messages 20 --replicas 2",
    ];
    let started: Vec<_> = [claims, failover, rest, burst]
        .iter()
        .zip(&databases)
        .map(|(words, database)| start(&format!("{words} --store {}", database.url)))
        .collect();
    let [claims, failover, rest, burst] = started.try_into().expect("four");
    let claims = told(claims);
    assert_eq!((&claims["messages"], &claims["double_claims"]), (&300.0.into(), &0.0.into()), "{claims}");
    let failover = told(failover);
    assert_eq!(failover["lost"], 0.0, "{failover}");
    assert!(failover["held"].as_f64() > Some(0.0), "it was killed with nothing in its hands: {failover}");
    assert!(failover["copies"].as_f64() <= Some(8.0), "one for each connection: {failover}");
    assert!(told(rest)["memory_mib"].as_f64() > Some(0.0));
    assert_eq!(told(burst)["mails"], 20.0);
}

#[test]
fn every_measure_of_a_still_house_runs() {
    let tick = start("tick --open 50");
    let rest = start("rest --open 50 --secs 1");
    let replan = start("replan --open 600");
    let lone = start("lone --rate 20 --secs 1 --open 600 --replan");
    assert!(told(tick)["tick_us"].as_f64() > Some(0.0));
    let rest = told(rest);
    assert!(rest["start_ms"].as_f64() > Some(0.0) && rest["bytes_per_open"].as_f64() > Some(0.0), "{rest}");
    let replan = told(replan);
    assert!(replan["plans_per_s"].as_f64() > Some(0.0) && replan["replan_s"].as_f64() > Some(0.0), "{replan}");
    assert!(told(lone)["max_ms"].as_f64() > Some(0.0));
}

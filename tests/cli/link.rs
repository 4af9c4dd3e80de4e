//! `link`.

use serde_json::json;

use super::office::{Office, keys};
use super::support::botapi::BotApi;

const TOKEN: &str = "123456:AA-canary-token";

/// An office whose bot is that server.
fn office(api_url: &str) -> Office {
    let office = Office::with_facts();
    office.configure_telegram(api_url, TOKEN);
    office
}

#[test]
fn a_code_is_printed_with_the_name_of_the_bot_and_kept_nowhere() {
    let api = BotApi::start(TOKEN);
    let office = office(&api.url());
    let made = office.run(&["link", "an", "--json"]).json(0);
    assert_eq!(keys(&made), ["bot", "code", "command", "expires_at", "link", "person"]);
    let code = made["code"].as_str().expect("a text");
    assert_eq!((code.len(), &made["bot"]), (22, &json!("don_doc_bot")));
    assert_eq!(made["link"], json!(format!("https://t.me/don_doc_bot?start={code}")));
    assert_eq!(made["command"], json!(format!("/start {code}")));
    let shown = office.run(&["link", "an"]);
    assert!(shown.out.contains("https://t.me/don_doc_bot?start=") && shown.out.contains('█'), "{}", shown.out);
    assert!(!shown.out.contains(code), "every code is a new one");
    assert!(!shown.out.contains(TOKEN) && !shown.err.contains(TOKEN));
    let store = std::fs::read(office.store_file()).expect("a store");
    assert!(!store.windows(22).any(|window| window == code.as_bytes()), "only its SHA-256 is kept");
}

#[test]
fn without_the_bots_name_the_code_alone_is_printed() {
    let office = office("http://127.0.0.1:9");
    let ran = office.run(&["link", "an"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("/start ") && !ran.out.contains("t.me"), "{}", ran.out);
    assert!(ran.err.contains("name could not be asked"), "{}", ran.err);
    assert_eq!(office.run(&["link", "an", "--json"]).json(0)["link"], json!(null));
}

#[test]
fn without_a_bot_or_a_person_it_is_refused() {
    let plain = Office::with_facts();
    assert!(plain.run(&["link", "an"]).refused(1).contains("has no Telegram bot"));
    let office = office("http://127.0.0.1:9");
    assert!(office.run(&["link", "ai"]).refused(1).contains("there is no person"));
    assert_eq!(office.run(&["link"]).code, 2);
}

#[test]
fn a_link_is_ended_once() {
    let office = office("http://127.0.0.1:9");
    let before = office.run(&["link", "an", "--revoke", "--json"]).json(0);
    assert_eq!(before["person"], "an");
    let again = office.run(&["link", "an", "--revoke"]);
    assert!(again.out.contains("nothing changed"), "{}", again.out);
}

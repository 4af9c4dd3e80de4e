//! The Bot API: every answer it knows, and those of whoever stands before it.

use std::time::Duration;

use dondoc::channel::telegram::{Callback, Settings, Telegram, Timeouts, Trouble};
use dondoc::channel::{Channel, SetupError};
use dondoc::domain::delivery::{Binding, Verdict};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::support::botapi::{Act, BotApi};
use super::support::dead_port;
use super::support::socks::Socks;
use super::{accepted, channel_fault, chat, deferred, refused, uncertain};

const TOKEN: &str = "123456:AA-canary-token";
const SEND: &str = "sendMessage";

fn settings(url: &str) -> Settings {
    Settings {
        api_url: url.to_owned(),
        proxy: None,
        token: SecretString::from(TOKEN),
        // The connections below are refused or made at once; answers have all the time a busy machine may need.
        timeouts: Timeouts { connect: Duration::from_secs(5), answer: Duration::from_mins(1) },
    }
}

/// Gives up early: for servers that hang.
fn impatient(api: &BotApi) -> Telegram {
    let settings = settings(&api.url());
    let timeouts = Timeouts { answer: Duration::from_millis(200), ..settings.timeouts };
    Telegram::new(Settings { timeouts, ..settings }).expect("good settings")
}

fn bot(api: &BotApi) -> Telegram {
    Telegram::new(settings(&api.url())).expect("good settings")
}

/// One message to a server that does this.
async fn verdict_when(act: Act) -> (Verdict, BotApi) {
    let api = BotApi::start(TOKEN);
    let hangs = matches!(act, Act::Hang | Act::DoAndHang | Act::Drip(_));
    api.always(SEND, act);
    let mut bot = if hangs { impatient(&api) } else { bot(&api) };
    let verdict = bot.send(&chat("k1", "1001")).await;
    (verdict, api)
}

#[tokio::test]
async fn a_message_carries_entities_and_buttons_and_never_a_parse_mode() {
    let api = BotApi::start(TOKEN);
    assert_eq!(accepted(bot(&api).send(&chat("k1", "-1001")).await), Some("1".to_owned()));
    assert_eq!(
        api.bodies(SEND),
        [json!({
            "chat_id": -1001,
            "text": "Đôn đốc: báo cáo *quý IV* <b>gấp</b>",
            "entities": [{ "type": "bold", "offset": 0, "length": 7 }],
            "link_preview_options": { "is_disabled": true },
            "reply_markup": { "inline_keyboard": [[{ "text": "Xác nhận tiếp nhận", "callback_data": "v1AAAAAAAAAAAAAAAAAAAAAA" }]] },
        })]
    );
}

#[tokio::test]
async fn a_trailing_slash_and_a_path_in_the_url_do_not_matter() {
    let api = BotApi::start(TOKEN);
    for end in ["", "/", "//", "/telegram", "/telegram/"] {
        let mut bot = Telegram::new(settings(&(api.url() + end))).expect("good settings");
        accepted(bot.send(&chat("k1", "1001")).await);
    }
}

#[tokio::test]
async fn messages_share_one_connection() {
    let api = BotApi::start(TOKEN);
    let mut bot = bot(&api);
    for number in 0..10 {
        accepted(bot.send(&chat(&format!("k{number}"), "1001")).await);
    }
    assert_eq!(api.connections(), 1);
}

#[tokio::test]
async fn a_throttled_message_waits_exactly_as_long_as_asked() {
    for (secs, wait_ms) in [(3, 3_000), (10_072, 10_072_000)] {
        let (verdict, _api) = verdict_when(Act::retry_after(secs)).await;
        assert_eq!(deferred(verdict).1, Some(wait_ms));
    }
}

#[tokio::test]
async fn a_blocked_bot_or_a_chat_that_is_gone_is_a_dead_binding() {
    for (code, description) in [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (400, "Bad Request: chat not found"),
    ] {
        let (verdict, api) = verdict_when(Act::refuse(code, description)).await;
        let (reason, binding) = refused(verdict);
        assert_eq!(reason, format!("the chat cannot be reached by the bot ({code} {description})"));
        assert_eq!(binding, Binding::Dead);
        assert_eq!(api.calls().len(), 1, "no retry");
    }
}

#[tokio::test]
async fn a_group_that_moved_says_where_to() {
    let (verdict, _api) = verdict_when(Act::moved_to(-1_001_234)).await;
    assert_eq!(refused(verdict), ("the chat has moved".to_owned(), Binding::MovedTo(-1_001_234)));
}

#[tokio::test]
async fn another_bad_request_is_refused_and_the_address_stays_good() {
    let (verdict, _api) = verdict_when(Act::refuse(400, "Bad Request: BUTTON_DATA_INVALID")).await;
    assert_eq!(refused(verdict), ("refused (400 Bad Request: BUTTON_DATA_INVALID)".to_owned(), Binding::Kept));
}

#[tokio::test]
async fn a_text_telegram_cannot_take_is_sent_plain_once() {
    for description in ["Bad Request: message is too long", "Bad Request: can't parse entities: unsupported offset"] {
        let api = BotApi::start(TOKEN);
        api.next(SEND, Act::refuse(400, description));
        let mut parcel = chat("k1", "1001");
        parcel.text = "đ".repeat(4_200);
        accepted(bot(&api).send(&parcel).await);
        let plain = &api.bodies(SEND)[1];
        assert_eq!(plain["text"].as_str().map(|text| text.encode_utf16().count()), Some(3_500));
        assert_eq!(plain["entities"], Value::Null);
        assert_ne!(plain["reply_markup"], Value::Null);

        let (verdict, api) = verdict_when(Act::refuse(400, description)).await;
        assert_eq!(refused(verdict).1, Binding::Kept);
        assert_eq!(api.calls().len(), 2, "once and no more");
    }
}

#[tokio::test]
async fn a_wrong_token_is_the_channels_fault_and_is_not_repeated() {
    let api = BotApi::start("654321:another");
    assert_eq!(channel_fault(bot(&api).send(&chat("k1", "1001")).await), "the bot token was rejected (401)");
    let (verdict, _api) = verdict_when(Act::refuse(404, "Not Found")).await;
    assert_eq!(channel_fault(verdict), "the bot token was rejected (404)");
}

#[tokio::test]
async fn a_service_that_does_not_work_is_the_channels_fault_at_once() {
    let page = || "<html>blocked by policy</html>".to_owned();
    for act in [
        Act::bad_gateway(),
        Act::refuse(500, "Internal Server Error"),
        Act::refuse(409, "Conflict: terminated by other getUpdates request"),
        Act::Answer(403, page()),
        Act::Answer(404, page()),
        Act::Answer(200, page()),
        Act::Answer(302, page()),
        Act::BreakOff(502, page()),
    ] {
        // teloxide's own call would sleep ten seconds on a 5xx.
        let answered = tokio::time::timeout(Duration::from_secs(5), verdict_when(act.clone())).await;
        let (verdict, api) = answered.unwrap_or_else(|_| panic!("{act:?} took too long"));
        channel_fault(verdict);
        assert_eq!(api.calls().len(), 1, "{act:?}");
    }
}

#[tokio::test]
async fn no_connection_is_the_channels_fault() {
    let mut bot = Telegram::new(settings(&format!("http://127.0.0.1:{}", dead_port()))).expect("good settings");
    assert_eq!(channel_fault(bot.send(&chat("k1", "1001")).await), "the Bot API does not work: no connection");
    let mut bot = Telegram::new(settings("http://no-such-host.invalid")).expect("good settings");
    channel_fault(bot.send(&chat("k1", "1001")).await);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_uncertain() {
    let half = || json!({ "ok": true }).to_string();
    for act in [Act::DoAndHang, Act::DoAndHangUp, Act::Hang, Act::HangUp, Act::BreakOff(200, half())] {
        let (verdict, _api) = verdict_when(act.clone()).await;
        let reason = uncertain(verdict);
        assert!(reason.starts_with("the request was sent and its answer was lost: "), "{act:?}: {reason}");
    }
}

#[tokio::test]
async fn a_chat_id_that_is_no_number_is_refused_without_a_call() {
    let api = BotApi::start(TOKEN);
    assert_eq!(refused(bot(&api).send(&chat("k1", "@an")).await), ("the chat id is not a number".to_owned(), Binding::Kept));
    assert!(api.calls().is_empty());
}

#[tokio::test]
async fn calls_go_through_the_proxy_and_only_there() {
    let (api, socks) = (BotApi::start(TOKEN), Socks::start());
    let mut bot = Telegram::new(Settings { proxy: Some(socks.url()), ..settings(&api.url()) }).expect("good settings");
    accepted(bot.send(&chat("k1", "1001")).await);
    accepted(bot.send(&chat("k2", "1001")).await);
    assert_eq!(socks.targets(), [api.url().replace("http://", "")], "one connection for both");
    assert_eq!(api.calls().len(), 2);

    let dead = Some(format!("socks5://127.0.0.1:{}", dead_port()));
    let mut bot = Telegram::new(Settings { proxy: dead, ..settings(&api.url()) }).expect("good settings");
    channel_fault(bot.send(&chat("k3", "1001")).await);
    assert_eq!(api.calls().len(), 2, "never around the proxy");
}

#[tokio::test]
async fn an_http_proxy_works_too() {
    // A proxy for http URLs is a server that gets the whole URL; the API stands in for it.
    let api = BotApi::start(TOKEN);
    let settings = Settings { proxy: Some(api.url()), ..settings("http://api.example.invalid") };
    accepted(Telegram::new(settings).expect("good settings").send(&chat("k1", "1001")).await);
    assert_eq!(api.calls().len(), 1);
}

#[test]
fn settings_that_cannot_work_are_told_before_the_first_message() {
    for url in ["", "api.telegram.org", "ftp://api.telegram.org"] {
        assert!(matches!(Telegram::new(settings(url)).err(), Some(SetupError::ApiUrl)), "{url}");
    }
    for proxy in ["", "127.0.0.1:1080", "socks4://127.0.0.1:1080"] {
        let settings = Settings { proxy: Some(proxy.to_owned()), ..settings("http://127.0.0.1") };
        assert!(matches!(Telegram::new(settings).err(), Some(SetupError::Proxy)), "{proxy}");
    }
}

#[tokio::test]
async fn updates_come_once_they_happen_and_go_once_they_are_confirmed() {
    let api = BotApi::start(TOKEN);
    let bot = bot(&api);
    assert_eq!(bot.get_updates(0, Duration::ZERO).await, Ok(Vec::new()));
    let (polled, ()) = tokio::join!(bot.get_updates(0, Duration::from_secs(5)), async {
        tokio::task::yield_now().await;
        api.press(7, 1001, 3, "v1AAAA");
    });
    let polled = polled.expect("an update");
    let callback =
        Callback { id: "cb7".to_owned(), from_id: 1001, chat_id: Some(1001), message_id: Some(3), data: "v1AAAA".to_owned() };
    assert_eq!((polled[0].update_id, polled[0].callback.clone()), (7, Some(callback)));
    assert_eq!(bot.get_updates(7, Duration::ZERO).await.map(|again| again.len()), Ok(1), "not confirmed, so it comes again");
    api.inject(json!({ "update_id": 8, "message": { "text": "/start CODE", "chat": { "id": 1002 } } }));
    let rest = bot.get_updates(8, Duration::ZERO).await.expect("an update");
    assert_eq!((rest.len(), rest[0].callback.is_none()), (1, true));
    assert_eq!(rest[0].raw["message"]["text"], "/start CODE");
}

#[tokio::test]
async fn the_poller_learns_what_is_wrong() {
    let api = BotApi::start(TOKEN);
    let bot = bot(&api);
    let poll = || bot.get_updates(0, Duration::ZERO);
    api.next("getUpdates", Act::refuse(409, "Conflict: terminated by other getUpdates request"));
    assert_eq!(poll().await, Err(Trouble::Conflict));
    api.next("getUpdates", Act::retry_after(5));
    assert_eq!(poll().await, Err(Trouble::RetryAfter { wait_ms: Some(5_000) }));
    api.next("getUpdates", Act::bad_gateway());
    assert!(matches!(poll().await, Err(Trouble::Unreachable(_))));
    api.next("getUpdates", Act::refuse(401, "Unauthorized"));
    assert_eq!(poll().await, Err(Trouble::Unauthorized(401)));
    api.next("getUpdates", Act::Hang);
    let polled = impatient(&api).get_updates(0, Duration::ZERO).await;
    assert!(matches!(polled, Err(Trouble::Unclear(_))));
}

#[tokio::test]
async fn callbacks_are_answered_and_messages_edited() {
    let api = BotApi::start(TOKEN);
    let bot = bot(&api);
    assert_eq!(bot.answer_callback("cb7", "Đã ghi nhận").await, Ok(()));
    assert_eq!(bot.edit_text(1001, 3, "Đã ghi nhận", &[(0, 3)], &[]).await, Ok(()));
    assert_eq!(bot.say(1001, "Liên kết với: An?", &[], &[]).await, Ok(()));
    assert_eq!(api.bodies("answerCallbackQuery"), [json!({ "callback_query_id": "cb7", "text": "Đã ghi nhận" })]);
    let edit = json!({
        "chat_id": 1001, "message_id": 3, "text": "Đã ghi nhận",
        "entities": [{ "type": "bold", "offset": 0, "length": 3 }], "link_preview_options": { "is_disabled": true },
    });
    assert_eq!(api.bodies("editMessageText"), [edit]);
}

#[tokio::test]
async fn what_comes_too_late_is_told_apart() {
    let api = BotApi::start(TOKEN);
    let bot = bot(&api);
    api.always(
        "answerCallbackQuery",
        Act::refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
    );
    assert!(matches!(bot.answer_callback("cb7", "x").await, Err(Trouble::Stale(_))));
    for description in [
        "Bad Request: message is not modified: specified new message content is the same",
        "Bad Request: message to edit not found",
    ] {
        api.next("editMessageText", Act::refuse(400, description));
        assert!(matches!(bot.edit_text(1001, 3, "x", &[], &[]).await, Err(Trouble::Stale(_))), "{description}");
    }
}

#[tokio::test]
async fn no_reason_carries_the_token_a_chat_or_a_text() {
    let echo = format!("Bad Request: {TOKEN} 1001 \"Đôn đốc\" báo cáo");
    let mut verdicts = Vec::new();
    for code in [400, 401, 403, 404, 409, 413, 429, 500] {
        verdicts.push(verdict_when(Act::refuse(code, &echo)).await.0);
    }
    for act in [Act::Hang, Act::HangUp, Act::bad_gateway(), Act::BreakOff(200, echo.clone()), Act::Answer(200, echo)] {
        verdicts.push(verdict_when(act).await.0);
    }
    for url in [format!("http://127.0.0.1:{}", dead_port()), "http://no-such-host.invalid".to_owned()] {
        let bot = Telegram::new(settings(&url)).expect("good settings");
        verdicts.push(bot.clone().send(&chat("k1", "1001")).await);
        let trouble = format!("{:?}", bot.get_updates(0, Duration::ZERO).await);
        assert!(!trouble.contains("canary") && !trouble.contains("invalid"), "{trouble}");
    }
    for verdict in verdicts {
        let text = format!("{verdict:?}");
        for secret in ["canary", "123456", "1001", "Đôn", "báo", "127.0.0.1", "invalid"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn f29b_a_body_that_drips_is_given_up_in_time() {
    let (verdict, _api) = verdict_when(Act::Drip(200)).await;
    assert!(matches!(verdict, Verdict::Uncertain { .. }), "{verdict:?}");
    let (verdict, _api) = verdict_when(Act::Drip(502)).await;
    channel_fault(verdict);
}

#[tokio::test]
async fn f29b_a_name_nobody_knows_and_a_server_without_tls_are_the_channels_fault() {
    let api = BotApi::start(TOKEN);
    for url in ["http://nobody.invalid", &api.url().replace("http://", "https://")] {
        let mut bot = Telegram::new(settings(url)).expect("good settings");
        channel_fault(bot.send(&chat("k1", "1001")).await);
    }
    assert_eq!(api.calls().len(), 0, "nothing goes in clear instead");
}

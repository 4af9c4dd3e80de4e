//! What the Bot API can answer besides a result, and what that means.

use serde::Deserialize;
use serde_json::Value;

/// Why a call to the Bot API gave no result. No text of it carries the token, a chat id or a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// 409: somebody else reads the updates of this bot, or a webhook is set. Also a sign of a stolen token.
    #[error("another program uses this bot token (409)")]
    Conflict,
    /// 429
    #[error("too many messages for now (429)")]
    RetryAfter {
        /// The wait asked for, in milliseconds; Telegram always gives one.
        wait_ms: Option<i64>,
    },
    /// 401 or 404: every call would fail.
    #[error("the bot token was rejected ({0})")]
    Unauthorized(u16),
    /// The bot may not write there any more: blocked, deactivated, kicked, or the chat does not exist.
    #[error("the chat cannot be reached by the bot ({0})")]
    Gone(String),
    /// The group became a supergroup with this id.
    #[error("the chat has moved")]
    Moved(i64),
    /// The callback is too old to be answered, or the message to edit is gone or unchanged: nothing is to be done about it.
    #[error("too late or nothing to change ({0})")]
    Stale(String),
    /// The text or its entities were refused.
    #[error("the text was refused ({0})")]
    Text(String),
    /// Refused for good for another reason.
    #[error("refused ({0})")]
    Rejected(String),
    /// Nothing was done: no connection, or the service does not work.
    #[error("the Bot API does not work: {0}")]
    Unreachable(String),
    /// The request left and its answer is lost.
    #[error("the request was sent and its answer was lost: {0}")]
    Unclear(&'static str),
}

/// The envelope of every answer. Unknown fields are Telegram's business: it adds some every month.
#[derive(Deserialize)]
struct Answer {
    ok: bool,
    result: Option<Value>,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    migrate_to_chat_id: Option<i64>,
    retry_after: Option<i64>,
}

/// Reads an answer that arrived whole. `retry_after_secs` is the HTTP header, for a proxy that throttles on its own.
pub(super) fn read(status: u16, retry_after_secs: Option<i64>, body: &[u8]) -> Result<Value, Trouble> {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else { return Err(not_telegram(status, retry_after_secs)) };
    if answer.ok {
        // Some servers of the same protocol leave out a result that only says true.
        return Ok(answer.result.unwrap_or(Value::Bool(true)));
    }
    let code = answer.error_code.unwrap_or(status);
    let (moved, wait) = answer.parameters.map_or((None, None), |found| (found.migrate_to_chat_id, found.retry_after));
    if let Some(chat) = moved {
        return Err(Trouble::Moved(chat));
    }
    let description = answer.description.unwrap_or_default();
    let said = format!("{code}{}", safe(&description));
    Err(match code {
        400 => of_bad_request(&description.to_lowercase(), said),
        401 | 404 => Trouble::Unauthorized(code),
        403 => Trouble::Gone(said),
        409 => Trouble::Conflict,
        429 => Trouble::RetryAfter { wait_ms: wait.or(retry_after_secs).map(|secs| secs.saturating_mul(1_000)) },
        500.. => Trouble::Unreachable(said),
        _ => Trouble::Rejected(said),
    })
}

/// A page of some proxy, load balancer or captive portal: whoever wrote it is not the Bot API, so nothing was decided about the
/// message, whatever its status says.
fn not_telegram(status: u16, retry_after_secs: Option<i64>) -> Trouble {
    match status {
        429 => Trouble::RetryAfter { wait_ms: retry_after_secs.map(|secs| secs.saturating_mul(1_000)) },
        _ => Trouble::Unreachable(format!("HTTP {status} with an answer that is not the Bot API's")),
    }
}

fn of_bad_request(description: &str, said: String) -> Trouble {
    let says = |any: &[&str]| any.iter().any(|words| description.contains(words));
    if says(&[
        "chat not found",
        "user not found",
        "chat was deleted",
        "peer_id_invalid",
        "user is deactivated",
        "have no rights to send",
        "not enough rights",
    ]) {
        Trouble::Gone(said)
    } else if says(&[
        "query is too old",
        "query id is invalid",
        "message is not modified",
        "message to edit not found",
        "message can't be edited",
    ]) {
        Trouble::Stale(said)
    } else if says(&["entit", "too long", "text_too_long", "text must be encoded"]) {
        Trouble::Text(said)
    } else {
        Trouble::Rejected(said)
    }
}

/// Telegram's own words, without anything that could come from us: what stands in quotation marks and every word with a digit or
/// a sign beyond plain English falls out.
fn safe(description: &str) -> String {
    let own = description.split(['"', '<']).next().unwrap_or_default();
    let is_plain =
        |word: &&str| word.len() <= 24 && word.bytes().all(|byte| byte.is_ascii_alphabetic() || b"',:-._".contains(&byte));
    let words: Vec<&str> = own.split_whitespace().filter(is_plain).take(20).collect();
    if words.is_empty() { String::new() } else { format!(" {}", words.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(status: u16, body: &str) -> Trouble {
        read(status, None, body.as_bytes()).expect_err("no result")
    }

    fn refusal(code: u16, description: &str) -> Trouble {
        trouble(code, &format!(r#"{{"ok":false,"error_code":{code},"description":{description:?}}}"#))
    }

    #[test]
    fn what_is_not_telegrams_decides_nothing() {
        for status in [200, 400, 401, 403, 404, 502] {
            for body in ["<html>403 Forbidden</html>", "", "{}", "[1]"] {
                assert!(matches!(trouble(status, body), Trouble::Unreachable(_)), "{status} {body}");
            }
        }
    }

    #[test]
    fn the_description_decides_between_kinds_of_bad_requests() {
        assert!(matches!(refusal(400, "Bad Request: chat not found"), Trouble::Gone(_)));
        assert!(matches!(refusal(400, "Bad Request: message is not modified: x"), Trouble::Stale(_)));
        assert!(matches!(
            refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
            Trouble::Stale(_)
        ));
        assert!(matches!(refusal(400, "Bad Request: can't parse entities: x"), Trouble::Text(_)));
        assert!(matches!(refusal(400, "Bad Request: message is too long"), Trouble::Text(_)));
        assert!(matches!(refusal(400, "Bad Request: BUTTON_DATA_INVALID"), Trouble::Rejected(_)));
    }

    #[test]
    fn only_telegrams_own_words_are_repeated() {
        let text =
            refusal(400, "Bad Request: chat -1001234 of an@example.org has \"Báo cáo mật\" in it, token 12:AAfoo").to_string();
        assert_eq!(text, "refused (400 Bad Request: chat of has)");
    }

    #[test]
    fn a_wait_is_kept_to_the_millisecond() {
        let body =
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3","parameters":{"retry_after":3}}"#;
        assert_eq!(trouble(429, body), Trouble::RetryAfter { wait_ms: Some(3_000) });
    }
}

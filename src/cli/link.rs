//! `link`: a code by which a person links their Telegram account, as text, address and QR code.

use std::time::Duration;

use clap::Args;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::json;

use super::common::{Form, Ground};
use super::failure::Failure;
use super::list::find_person;
use super::row::rfc3339;
use super::{os_user, print};
use crate::channel::telegram::{Settings, Telegram, Timeouts};
use crate::config::TelegramSettings;
use crate::domain::organisation::Person;
use crate::engine::chat::link::{CODE_HOLDS, make_code, revoke};
use crate::store::{directory, poke};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Make a code by which a person links their Telegram account with the bot, and
print it: as an address to open on the telephone, as a QR code of that address,
and as the text to send to the bot. A code works once, within 10 minutes; the
store keeps only its SHA-256. The bot asks the account whose it is before it
links, and tells the account that was linked before. The daemon need not run
while the code is made, but it is the daemon that answers the account.

With --revoke the account that is linked gets nothing any more. A link also ends
by itself with the last appointment of its person, or with `active = false`; who
comes back links anew. The journal names the operating-system user.

Examples:
  dondoc link an
  dondoc link an --json
  dondoc link an --revoke

Exit codes: 0 done, 1 refused, 2 wrong usage.";

/// How long the bot's name is asked for.
const NAME_WITHIN: Duration = Duration::from_secs(5);

/// `link`
#[derive(Debug, Args)]
pub struct LinkArgs {
    /// Whose account, by their id
    #[arg(value_name = "PERSON")]
    person: String,
    /// End the link instead
    #[arg(long)]
    revoke: bool,
}

/// Makes a code, or ends the link.
///
/// # Errors
/// When there is no store, no bot, no such person, or they have left.
pub async fn run(ground: &Ground, args: &LinkArgs) -> Result<(), Failure> {
    let language = ground.language;
    let store = ground.open().await?;
    let directory = directory::load(&mut *store.read().acquire().await?).await?;
    let person = find_person(&directory, &args.person, language)?;
    let engine = ground.engine(store.clone());
    if args.revoke {
        let ended = revoke(&engine, person.id, &os_user::name(), ground.now).await?;
        if ended {
            poke(&ground.place()).await;
        }
        tell_revoked(ground, person, ended);
        return Ok(());
    }
    let Some(settings) = &ground.config.telegram else {
        let message = say!(language, "cấu hình chưa có bot Telegram", "the config has no Telegram bot");
        let help = say!(
            language,
            "thêm mục [telegram] và tệp credentials/telegram-token",
            "add [telegram] and the file credentials/telegram-token"
        );
        return Err(Failure::refused(message, help));
    };
    if directory.has_left(person.id, ground.config.rules.calendar.date_of(ground.now)) {
        let name = &person.name;
        let message = say!(language, "{name} không còn giữ chức vụ nào", "{name} holds no position any more");
        let help = say!(
            language,
            "nhập [[appointment]] mới của người này rồi liên kết lại",
            "import a new [[appointment]] of theirs, then link again"
        );
        return Err(Failure::refused(message, help));
    }
    let code = make_code(&engine, person.id, &os_user::name(), ground.now).await?;
    let bot = bot_name(settings).await;
    if let Err(reason) = &bot {
        print::note(&say!(
            language,
            "chú ý: không hỏi được tên của bot ({reason}); chỉ in mã\n",
            "note: the bot's name could not be asked ({reason}); only the code is printed\n"
        ));
    }
    tell(ground, person, &code, bot.ok().as_deref());
    Ok(())
}

/// Asks Telegram for the name of the bot; why not, in words without secrets.
async fn bot_name(settings: &TelegramSettings) -> Result<String, String> {
    let bot = Telegram::new(Settings {
        api_url: settings.api_url.clone(),
        proxy: settings.proxy.clone(),
        token: settings.token.clone(),
        timeouts: Timeouts { connect: NAME_WITHIN, answer: NAME_WITHIN },
    });
    let bot = bot.map_err(|error| error.to_string())?;
    bot.name().await.map_err(|trouble| trouble.to_string())
}

fn tell(ground: &Ground, person: &Person, code: &str, bot: Option<&str>) {
    let language = ground.language;
    let expires_at = ground.now + CODE_HOLDS;
    let link = bot.map(|bot| format!("https://t.me/{bot}?start={code}"));
    if ground.form == Form::Json {
        print::json(&json!({
            "person": person.code,
            "code": code,
            "command": format!("/start {code}"),
            "bot": bot,
            "link": link,
            "expires_at": rfc3339(expires_at, ground.config.rules.calendar.time_zone()),
        }));
        return;
    }
    let (name, id) = (&person.name, &person.code);
    let until = ground.config.rules.calendar.time_zone().to_datetime(expires_at).strftime("%H:%M").to_string();
    let mut text = say!(
        language,
        "Liên kết Telegram cho {name} ({id}); mã dùng được một lần, đến {until}.\n",
        "Link of Telegram for {name} ({id}); the code works once, until {until}.\n"
    );
    if let (Some(link), Some(bot)) = (&link, bot) {
        text += &say!(language, "Mở trên điện thoại:  {link}\n", "Open on the telephone: {link}\n");
        text += &say!(language, "Hoặc nhắn cho @{bot}:  /start {code}\n", "Or send to @{bot}:   /start {code}\n");
        // A QR code holds far longer addresses than this one.
        if let Ok(picture) = QrCode::new(link) {
            // Light on dark: most terminals are dark.
            let picture = picture.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
            text += &format!("\n{picture}\n");
        }
    } else {
        text += &say!(language, "Nhắn cho bot:  /start {code}\n", "Send to the bot:  /start {code}\n");
    }
    print::data(&text);
}

fn tell_revoked(ground: &Ground, person: &Person, ended: bool) {
    if ground.form == Form::Json {
        return print::json(&json!({ "person": person.code, "revoked": ended }));
    }
    let name = &person.name;
    print::data(&match (ended, ground.language) {
        (true, language) => {
            say!(language, "Đã hủy liên kết Telegram của {name}.\n", "The Telegram account of {name} is no longer linked.\n")
        }
        (false, language) => {
            say!(
                language,
                "{name} chưa liên kết Telegram; không có gì thay đổi.\n",
                "{name} has no linked account; nothing changed.\n"
            )
        }
    });
}

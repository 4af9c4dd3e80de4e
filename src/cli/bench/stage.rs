//! The folder a measure works in: a config, and a store filled for it.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bot;
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::config::{self, Whereabouts};
use crate::domain::rules::Language;
use crate::engine::{Engine, rules};
use crate::store::stock::{self, Stock};
use crate::store::{Store, Where};

/// How messages leave.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// Host and port of a mail server on this machine.
    pub(super) smtp: String,
    pub(super) connections: u8,
    /// A Bot API on this machine.
    pub(super) telegram: Option<String>,
}

/// Folder, config and store; removed with it unless it was asked for.
pub(super) struct Stage {
    folder: PathBuf,
    pub(super) engine: Engine,
    /// Where its store is.
    pub(super) place: Where,
    is_kept: bool,
}

impl Stage {
    /// Makes the folder, writes the config, creates and fills the store.
    pub(super) async fn set(
        folder: Option<&Path>,
        store: Option<&str>,
        way: &Way,
        stock: &Stock,
        language: Language,
    ) -> Result<Self, Failure> {
        let is_kept = folder.is_some();
        let folder =
            folder.map_or_else(|| std::env::temp_dir().join(format!("dondoc-bench-{}", uuid::Uuid::new_v4())), Path::to_owned);
        std::fs::create_dir_all(&folder).map_err(|error| refused(&folder, &error))?;
        let file = folder.join("config.toml");
        std::fs::write(&file, text(store.unwrap_or("sqlite:state/dondoc.db"), way)).map_err(|error| refused(&file, &error))?;
        if way.telegram.is_some() {
            write_token(&folder).map_err(|error| refused(&folder, &error))?;
        }
        let now = Clock::System.now();
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let around = Whereabouts { credentials: None, state: None, language: Some(language), today };
        let mut loaded = config::load(&file, &around);
        let Some(config) = loaded.config.take() else { return Err(Failure::Config(Box::new(loaded))) };
        let place = match &config.store {
            config::StoreSettings::Sqlite(file) => Where::Sqlite(file.clone()),
            config::StoreSettings::Postgres(url) => Where::Postgres(url.clone()),
        };
        let store = Store::create(&place).await?;
        let engine = Engine::new(store, Arc::new(config.rules.clone()), config.channels());
        rules::apply_unasked(&engine, now).await.map_err(Failure::Engine)?;
        stock::fill(&engine.store, stock).await?;
        Ok(Self { folder, engine, place, is_kept })
    }

    pub(super) fn config(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// How large the store is once nothing in it is free, bytes; nothing is known of PostgreSQL's.
    ///
    /// # Errors
    /// When it cannot be copied beside itself.
    pub(super) async fn packed_bytes(&self) -> Result<Option<f64>, Failure> {
        let packed = self.path("packed.db");
        let mut connection = self.engine.store.own_connection().await?;
        let bytes = stock::packed_bytes(&mut connection, &packed).await?;
        if bytes.is_some() {
            std::fs::remove_file(&packed).map_err(|error| refused(&packed, &error))?;
        }
        Ok(bytes.map(|bytes| f64::from(u32::try_from(bytes).unwrap_or(u32::MAX))))
    }

    /// The size of the store's file.
    pub(super) fn kib(&self) -> f64 {
        let bytes = std::fs::metadata(self.folder.join("state").join("dondoc.db")).map_or(0, |file| file.len());
        f64::from(u32::try_from(bytes / 1_024).unwrap_or(u32::MAX))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed lies among temporary files.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

pub(super) fn refused(path: &Path, error: &std::io::Error) -> Failure {
    Failure::refused(format!("{}: {error}", path.display()), "name another --folder")
}

fn write_token(folder: &Path) -> std::io::Result<()> {
    let credentials = folder.join("credentials");
    std::fs::create_dir_all(&credentials)?;
    let file = credentials.join("telegram-token");
    std::fs::write(&file, bot::TOKEN)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))
}

/// No rest times, so that a measure does not depend on the hour; one step for what is due, the ladder of the example for what
/// is only open.
fn text(store: &str, way: &Way) -> String {
    let mut text = String::from(
        "language = \"vi\"\n[office]\nname = \"Văn phòng HĐND và UBND phường An Nhơn\"\nmonitor = \"person:p1\"\n\
         [calendar]\nholidays = \"vn\"\nworking_days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\n\
         hours = [\"07:30-11:30\", \"13:00-17:00\"]\n",
    );
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "[store]\nurl = \"{store}\"\n[email]\nserver = \"smtp://{}\"\nfrom = \"Theo dõi nhiệm vụ <dondoc@example.org>\"\n\
         connections = {}\n",
        way.smtp, way.connections
    );
    if let Some(url) = &way.telegram {
        let _ = write!(text, "[telegram]\napi_url = \"{url}\"\n");
    }
    text.push_str(
        "[[policy]]\nname = \"hoa-toc\"\nhours = \"always\"\n\
         [[policy.step]]\nname = \"giao-ngay\"\nlabel = \"Nhiệm vụ hỏa tốc\"\nwhen = \"khi giao\"\nto = [\"người thực hiện\"]\n\
         [[policy]]\nname = \"tieu-chuan\"\n\
         [[policy.step]]\nname = \"nhac-3\"\nlabel = \"Nhắc việc\"\nwhen = \"3 ngày làm việc trước hạn\"\nto = [\"người thực hiện\"]\n\
         [[policy.step]]\nname = \"don-doc\"\nlabel = \"Đôn đốc\"\nwhen = \"1 ngày làm việc sau hạn\"\nto = [\"trưởng đơn vị\"]\n\
         repeat = { every = \"5 ngày làm việc\", max = 6 }\n\
         [[policy.step]]\nname = \"nghiem-thu\"\nlabel = \"Chờ nghiệm thu\"\nwhen = \"2 ngày làm việc sau khi báo cáo hoàn thành\"\n\
         to = [\"người theo dõi\"]\nunless = \"đã nghiệm thu\"\n\
         [[route]]\nwhen = { urgency = \"hoa-toc\" }\npolicy = \"hoa-toc\"\n[[route]]\npolicy = \"tieu-chuan\"\n",
    );
    text
}

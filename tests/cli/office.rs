//! A folder with a config and facts, and the binary that works in it.

use std::path::PathBuf;

use assert_cmd::Command;
use dondoc::clock::Clock;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A ladder of two rungs, in English, with everything written to a folder.
pub const CONFIG: &str = r#"timezone = "Asia/Ho_Chi_Minh"
language = "en"

[store]
url = "sqlite:dondoc.db"

[office]
name = "Văn phòng"
monitor = "position:head@vp"

[calendar]
holidays = "vn"
announced = [2027, 2028, 2029, 2030]

[outbox]
folder = "outbox"

[[policy]]
name = "standard"

[[policy.step]]
name = "remind"
when = "3 working days before deadline"
to = ["assignee", "unit.head"]

[[policy.step]]
name = "escalate"
when = "1 working day after deadline"
to = ["supervisor"]
copy = ["monitor"]

[[route]]
policy = "standard"
"#;

/// Two units under a third, their heads, and three duties: due on Sunday 31/12/2023, undated, with a target.
pub const FACTS: &str = r#"[[unit]]
id = "ubnd"
name = "Ủy ban nhân dân phường"

[[unit]]
id = "pnv"
name = "Phòng Nội vụ"
parent = "ubnd"
supervisor = "position:head@ubnd"

[[unit]]
id = "vp"
name = "Văn phòng"
parent = "ubnd"

[[person]]
id = "lan"
name = "Trần Thị Lan"
email = "lan@example.org"

[[person]]
id = "an"
name = "Nguyễn Văn An"
email = "an@example.org"

[[person]]
id = "binh"
name = "Lê Văn Bình"
email = "binh@example.org"

[[person]]
id = "chi"
name = "Phạm Thị Chi"
email = "chi@example.org"

[[appointment]]
person = "lan"
unit = "ubnd"
position = "head"

[[appointment]]
person = "an"
unit = "pnv"
position = "head"

[[appointment]]
person = "chi"
unit = "pnv"
position = "officer"

[[appointment]]
person = "binh"
unit = "vp"
position = "head"

[[dispatch]]
number = "12/UBND-VP"
issuer = "UBND phường"
date = 2023-10-05
subject = "Cải cách hành chính"

[[directive]]
dispatch = "12/UBND-VP"
clause = "1"
title = "Báo cáo năm"
lead = ["pnv"]
deadline = 2023-12-31

[[directive]]
dispatch = "12/UBND-VP"
clause = "2"
title = "Công khai thủ tục"
lead = ["pnv", "vp"]

[[directive]]
dispatch = "12/UBND-VP"
clause = "3"
title = "Giải ngân trên 90 %"
lead = ["vp"]
deadline = "trước 17 giờ 00 ngày 29/12/2023"
target = { metric = "disbursement", op = ">", value = 90, unit = "%" }
"#;

/// What a run of the binary left.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output as JSON, after an exit with that code.
    pub fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{} {}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Nothing on standard output, words on standard error, and that exit code.
    pub fn refused(&self, code: i32) -> &str {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        &self.err
    }
}

/// A folder of its own.
pub struct Office {
    pub folder: tempfile::TempDir,
}

impl Office {
    /// With a config and no store.
    pub fn new() -> Self {
        let office = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        office.write("config.toml", CONFIG);
        office
    }

    /// With the facts imported.
    pub fn with_facts() -> Self {
        let office = Self::new();
        office.write("facts.toml", FACTS);
        let ran = office.run(&["import", "facts.toml"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        office
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a writable folder");
    }

    /// Changes the config.
    pub fn edit(&self, old: &str, new: &str) {
        assert!(CONFIG.contains(old), "{old}");
        self.write("config.toml", &CONFIG.replace(old, new));
    }

    /// With a bot behind that address, and nothing in a folder.
    pub fn configure_telegram(&self, api_url: &str, token: &str) {
        self.edit("[outbox]\nfolder = \"outbox\"\n", &format!("[telegram]\napi_url = \"{api_url}\"\n"));
        std::fs::create_dir_all(self.path("credentials")).expect("a writable folder");
        self.write("credentials/telegram-token", token);
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(self.path("credentials/telegram-token"), private).expect("its own file");
    }

    pub fn store_file(&self) -> PathBuf {
        self.path("dondoc.db")
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[], "")
    }

    /// With these variables, and that on standard input.
    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_dondoc"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("CREDENTIALS_DIRECTORY")
            .env_remove("STATE_DIRECTORY")
            .envs(variables.iter().copied())
            .write_stdin(input)
            .output()
            .expect("the binary runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ran { code: output.status.code().expect("it ended by itself"), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The day it is in the office.
pub fn today() -> Date {
    TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled").to_datetime(Clock::System.now()).date()
}

/// The keys of a JSON object.
pub fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

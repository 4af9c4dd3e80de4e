//! A dispatch on its way to facts: shown as it was read, written as a draft to fill in, or edited and recorded in one go.

mod edit;
mod source;
mod table;

use std::path::Path;

use super::common::{self, Ground};
use super::failure::{self, Failure};
use super::{Cli, drafts, import, print};
use crate::diagnostic::{Diagnostic, Source};
use crate::dispatch;
use crate::domain::directive::Secrecy;
use crate::domain::rules::Language;
use crate::engine::import::known_facts;
use crate::engine::propose::{Origin, propose, recorded, recorded_dispatch};
use crate::facts::{self, Known, Proposal};
use crate::store::{Store, StoreError};
use crate::tree::say;

/// What is wished of a dispatch.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish<'a> {
    /// To see what was read.
    Show,
    /// The same, whether or not there is a config.
    DryRun,
    /// A file to fill in.
    Draft(&'a Path),
    /// To edit and record it at once.
    Edit,
}

/// Reads a dispatch and does what is wished; `language` becomes the config's when there is one.
///
/// # Errors
/// When the file cannot be read or bears a secrecy mark, or what was edited is refused.
pub(super) async fn run(cli: &Cli, language: &mut Language, path: &Path, wish: Wish<'_>) -> Result<(), Failure> {
    let ground = match (Ground::load(cli), wish) {
        (Ok(ground), _) => Some(ground),
        // Looking at a dispatch asks for no config.
        (Err(_), Wish::DryRun) | (Err(Failure::NoConfig), Wish::Show | Wish::Draft(_)) => None,
        (Err(failure), _) => return Err(failure),
    };
    *language = ground.as_ref().map_or_else(|| common::language(cli), |ground| ground.language);
    let done = review(cli, ground.as_ref(), (path, wish), *language).await;
    if let Some(ground) = ground {
        ground.stores.close().await;
    }
    done
}

async fn review(cli: &Cli, ground: Option<&Ground>, (path, wish): (&Path, Wish<'_>), language: Language) -> Result<(), Failure> {
    let calendar = ground.map_or_else(source::usual_calendar, |ground| ground.config.rules.calendar.clone());
    let name = path.display().to_string();
    let read = match source::read(path, language) {
        Ok(read) => read,
        Err(problem) => {
            failure::problems(&[*problem], &[Source::of_text(&name, "")], language);
            return Err(Failure::Told);
        }
    };
    let (found, of_text) = dispatch::read(&read.text, &calendar, language);
    let problems: Vec<Diagnostic> = read.doubts.iter().cloned().chain(of_text).collect();
    if found.heading.secrecy >= Secrecy::Mat {
        return Err(secret(language));
    }
    if cli.json && matches!(wish, Wish::Show | Wish::DryRun) {
        print::json(&drafts::to_json(&found, &problems, &read.text));
        return Ok(());
    }
    let (mut known, mut held) = (Known::default(), std::collections::BTreeMap::new());
    if let Some(store) = store_of(ground, wish).await? {
        known = known_facts(&store).await?;
        if let Some(earlier) = recorded_dispatch(&found.heading, &known) {
            if earlier.secrecy >= Secrecy::Mat {
                return Err(secret(language));
            }
            held = recorded(&mut *store.read().acquire().await?, earlier).await?;
        }
    }
    let origin = Origin { file: &read.file, digest: &read.digest, text: &read.text };
    let proposal = propose(&found, &problems, origin, &known, &held, &calendar, language);
    match wish {
        Wish::Show | Wish::DryRun => {
            print::data(&table::render(&proposal, &known));
            print::note(&next_steps(&name, &proposal, &known));
            Ok(())
        }
        Wish::Draft(file) => write_draft(file, &proposal),
        Wish::Edit => match ground {
            Some(ground) => edit::run(ground, &proposal).await,
            None => Err(Failure::NoConfig),
        },
    }
}

/// The store, when there is one. A draft may be looked at without.
async fn store_of(ground: Option<&Ground>, wish: Wish<'_>) -> Result<Option<Store>, Failure> {
    let Some(ground) = ground else { return Ok(None) };
    match (ground.try_open().await, wish) {
        (Ok(store), _) => Ok(Some(store)),
        (Err(StoreError::Missing { .. }), _) | (Err(_), Wish::DryRun) => Ok(None),
        (Err(error), _) => Err(error.into()),
    }
}

/// The refusal, and nothing of the dispatch.
fn secret(language: Language) -> Failure {
    Failure::refused(
        say!(
            language,
            "văn bản có dấu chỉ độ mật (từ Mật trở lên) hoặc đã nhập là văn bản mật: không đọc, không in, không ghi nội dung nào",
            "the dispatch bears a secrecy mark (mật or above), or is recorded as secret: nothing of it is read, shown or stored"
        ),
        say!(
            language,
            "chỉ ghi mã, thời hạn, đơn vị và người thành [[dispatch]], [[directive]] trong tệp .toml với secrecy = \"mat\"",
            "write only a code, the deadline, units and people as [[dispatch]] and [[directive]] into a .toml file with secrecy = \"mat\""
        ),
    )
}

fn write_draft(path: &Path, proposal: &Proposal) -> Result<(), Failure> {
    let language = proposal.language;
    let shown = path.display();
    let bytes = match facts::ending_of(path).as_str() {
        "xlsx" => proposal.to_workbook().map_err(|error| Failure::refused(error.to_string(), ""))?,
        "toml" => proposal.to_toml().into_bytes(),
        _ => {
            let message = say!(
                language,
                "bản dự thảo là tệp .xlsx hoặc .toml, không phải {shown}",
                "a draft is a .xlsx or .toml file, not {shown}"
            );
            return Err(Failure::usage(message, say!(language, "viết: --draft du-thao.xlsx", "write: --draft draft.xlsx")));
        }
    };
    import::write_new(path, &bytes, language)?;
    let count = proposal.directives.len();
    print::note(&say!(
        language,
        "Đã ghi {shown} với {count:02} nhiệm vụ, chưa ghi gì vào hệ thống.\n  1. Mở tệp, sửa chỗ chưa đúng, ghi \"x\" ở cột \"Đồng ý\" (trong .toml: agreed = true).\n  2. Xem trước: dondoc import {shown}\n  3. Ghi các dòng đã đồng ý: dondoc import {shown} --confirm\n",
        "Wrote {shown} with {count} duties; nothing is recorded.\n  1. Open it, mend what is wrong, write \"x\" under \"Đồng ý\" (in .toml: agreed = true).\n  2. See what would be recorded: dondoc import {shown}\n  3. Record what is agreed to: dondoc import {shown} --confirm\n"
    ));
    Ok(())
}

/// What to do with what was shown.
fn next_steps(name: &str, proposal: &Proposal, known: &Known) -> String {
    let language = proposal.language;
    let mut out = say!(
        language,
        "Chưa ghi gì vào hệ thống. Tiếp theo:\n  dondoc import {name} --draft du-thao.xlsx      điền, đánh dấu \"Đồng ý\" từng nhiệm vụ\n  dondoc import du-thao.xlsx --confirm           ghi các nhiệm vụ đã đồng ý\n  hoặc: dondoc import {name} --edit              sửa và ghi ngay bằng $EDITOR\n",
        "Nothing is recorded. Next:\n  dondoc import {name} --draft draft.xlsx        to fill in, and to agree duty by duty\n  dondoc import draft.xlsx --confirm             records what is agreed to\n  or: dondoc import {name} --edit                to edit and record at once in $EDITOR\n"
    );
    if known.units.is_empty() {
        out += &say!(
            language,
            "Chưa có danh mục đơn vị (chưa nhập, hoặc không thấy cấu hình), nên tên đơn vị chưa được đối chiếu.\n",
            "There is no directory of units (none imported, or no config found), so the names of units were not looked up.\n"
        );
    }
    out
}

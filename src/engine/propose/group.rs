//! Groups of units as dispatches name them: "16 phường", "Thủ trưởng các cơ quan, đơn vị thuộc quận", "các phòng, ban".

use super::directory::{Known, Meaning, Units};
use super::name::{without_rank, words, written_out};
use crate::facts::UnitFact;

/// A group that was looked up.
pub(super) struct Group<'u> {
    /// Its units in the directory.
    pub(super) units: Vec<&'u UnitFact>,
    /// How many the dispatch says there are.
    pub(super) counted: Option<usize>,
    /// How sure the reading is.
    pub(super) sureness: Sureness,
}

/// How sure a group was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sureness {
    /// Its kind is in the names of its units.
    ByName,
    /// What belongs to it is a matter of the office: to be looked through.
    ToBeChecked,
}

/// Levels a commune may have.
const COMMUNES: [&str; 4] = ["phuong", "xa", "thi tran", "dac khu"];
/// Bodies beside the administration, which no "cơ quan, đơn vị thuộc" means.
const BESIDE: [&str; 7] = ["uy ban mat tran", "mat tran", "hoi ", "lien doan", "doan ", "dang uy", "cong doan"];

/// Reads a group; `None` when the name is no group. `issuer` is who speaks: what belongs to it stands below its unit.
pub(super) fn group<'u>(written: &str, units: &Units<'u>, issuer: Option<&str>) -> Option<Group<'u>> {
    let all = written_out(words(written));
    let mut rest = without_rank(&all);
    let nhan_dan = ["uy", "ban", "nhan", "dan"];
    if rest.len() > 4 && rest.iter().zip(nhan_dan).all(|(a, b)| a == b) {
        rest = &rest[4..];
    }
    let mut counted = None;
    let mut plural = false;
    while let Some((first, behind)) = rest.split_first() {
        match first.as_str() {
            "cac" | "nhung" | "toan" | "the" | "tat" | "ca" => plural = true,
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => counted = number.parse().ok(),
            _ => break,
        }
        rest = behind;
    }
    if !plural && counted.is_none() || rest.is_empty() {
        return None;
    }
    let text = format!(" {} ", rest.join(" "));
    let says = |word: &str| text.contains(&format!(" {word} "));
    let nobody = Group { units: Vec::new(), counted, sureness: Sureness::ToBeChecked };
    if says("lien quan") {
        return Some(nobody);
    }
    let communes: Vec<&str> =
        COMMUNES.into_iter().filter(|kind| text.starts_with(&format!(" {kind} ")) || said_among(&text, kind)).collect();
    let (found, sureness): (Vec<&UnitFact>, _) = if !communes.is_empty() {
        (pick(units, |known| kind_of(known).is_some_and(|kind| communes.contains(&kind))), Sureness::ByName)
    } else if says("truong") && !says("don vi") {
        (pick(units, |known| begins(known, "truong") && has_level_of_school(known, &text)), Sureness::ToBeChecked)
    } else if says("co quan") || says("don vi") {
        let root = root(units, issuer);
        let below = |known: &Known<'u>| {
            let beside = BESIDE.iter().any(|word| begins(known, word.trim()));
            known.fact.parent.as_deref() == root && root.is_some() && kind_of(known).is_none() && !beside
        };
        (pick(units, below), Sureness::ToBeChecked)
    } else if says("phong") {
        let also = says("ban") || says("chuyen mon");
        let is_one = |known: &Known<'u>| {
            begins(known, "phong") || also && ["ban", "van phong", "thanh tra"].iter().any(|word| begins(known, word))
        };
        let sureness = if also { Sureness::ToBeChecked } else { Sureness::ByName };
        (pick(units, is_one), sureness)
    } else if says("so") {
        let also = says("ban") || says("nganh");
        (pick(units, |known| begins(known, "so") || also && begins(known, "ban")), Sureness::ToBeChecked)
    } else {
        (Vec::new(), Sureness::ToBeChecked)
    };
    Some(Group { units: found, counted, sureness })
}

/// "xã, phường": one kind among others, before anything else is said.
fn said_among(text: &str, kind: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        if rest == kind || rest.starts_with(&format!("{kind} ")) {
            return true;
        }
        let Some(next) = COMMUNES.iter().find_map(|other| rest.strip_prefix(other)) else { return false };
        rest = next.trim_start().trim_start_matches("va ").trim_start();
    }
    false
}

fn pick<'u>(units: &Units<'u>, wanted: impl Fn(&Known<'u>) -> bool) -> Vec<&'u UnitFact> {
    units.present.iter().filter(|known| wanted(known)).map(|known| known.fact).collect()
}

fn begins(known: &Known<'_>, word: &str) -> bool {
    known.own.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// The level of a commune's unit: of "Ủy ban nhân dân Phường 5" it is `phuong`.
fn kind_of(known: &Known<'_>) -> Option<&'static str> {
    let name = known.own.strip_prefix("uy ban nhan dan ").unwrap_or(&known.own);
    COMMUNES.into_iter().find(|kind| name.strip_prefix(kind).is_some_and(|rest| rest.starts_with(' ')))
}

/// "các trường mầm non, tiểu học": a school of one of the levels, when any is named.
fn has_level_of_school(known: &Known<'_>, text: &str) -> bool {
    const LEVELS: [&str; 4] = ["mam non", "tieu hoc", "trung hoc co so", "trung hoc pho thong"];
    let named: Vec<&str> = LEVELS.into_iter().filter(|level| text.contains(level)).collect();
    named.is_empty() || named.iter().any(|level| known.own.contains(level))
}

/// The unit that speaks; without it the one with most units below.
fn root<'u>(units: &Units<'u>, issuer: Option<&str>) -> Option<&'u str> {
    if let Some(Meaning::One(unit)) = issuer.map(|issuer| units.find(issuer)) {
        return Some(&unit.id);
    }
    let below = |id: &str| units.present.iter().filter(|known| known.fact.parent.as_deref() == Some(id)).count();
    let tops = units.present.iter().map(|known| known.fact).filter(|unit| unit.parent.is_none());
    tops.map(|unit| (below(&unit.id), unit.id.as_str())).filter(|(count, _)| *count > 0).max().map(|(_, id)| id)
}

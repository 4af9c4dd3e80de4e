//! Who is meant by a name: units and people by id, name or other name, of this import and of what is recorded.

use std::collections::{BTreeMap, BTreeSet};

use super::slug::{accented_slug, fold, plain, slug};
use crate::diagnostic::nearest;

/// Names and whom they mean.
#[derive(Default)]
pub(super) struct Register {
    /// Every id, with the name first given for it.
    ids: BTreeMap<String, String>,
    /// By name with its accents.
    exact: BTreeMap<String, BTreeSet<String>>,
    /// By name without accents and signs.
    folded: BTreeMap<String, BTreeSet<String>>,
}

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This one.
    One(String),
    /// One of several.
    Several(Vec<String>),
    /// Nobody; a name that looks like it.
    Nobody(Option<String>),
}

/// Words before a name that belong to nobody.
const TITLES: [&str; 9] = ["đồng chí ", "đ/c ", "đc ", "đ.c ", "ông ", "bà ", "anh ", "chị ", "đ/c. "];

impl Register {
    /// One more name of an id.
    pub(super) fn add(&mut self, id: &str, name: &str) {
        self.ids.entry(id.to_owned()).or_insert_with(|| name.to_owned());
        for (map, key) in [(&mut self.exact, plain(name)), (&mut self.folded, fold(name))] {
            if !key.is_empty() {
                map.entry(key).or_default().insert(id.to_owned());
            }
        }
    }

    /// Whether an id is taken.
    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// The ids of exactly that name; accents count.
    pub(super) fn named(&self, name: &str) -> Vec<String> {
        self.exact.get(&plain(name)).into_iter().flatten().cloned().collect()
    }

    /// An id for a new name, which no other name has; `None` when there is none to be made.
    pub(super) fn id_for(&self, name: &str) -> Option<String> {
        [slug(name), accented_slug(name)].into_iter().find(|id| !id.is_empty() && !self.has(id))
    }

    /// Whom a cell means: an id, a name, another name, a name without its accents.
    pub(super) fn find(&self, text: &str) -> Found {
        if self.has(text) {
            return Found::One(text.to_owned());
        }
        let (plain, folded) = (plain(text), fold(text));
        let found = self.exact.get(&plain).or_else(|| self.folded.get(&folded));
        match found.map(|ids| ids.iter().cloned().collect::<Vec<_>>()) {
            Some(ids) => match <[String; 1]>::try_from(ids) {
                Ok([id]) => Found::One(id),
                Err(ids) => Found::Several(ids),
            },
            None => Found::Nobody(nearest(text, self.ids.values().map(String::as_str)).map(ToOwned::to_owned)),
        }
    }

    /// The same for people, who stand with their title: "đồng chí An", "PCT Lê Văn An", "Lê Văn An, Phó Chủ tịch".
    pub(super) fn find_person(&self, text: &str) -> Found {
        let whole = self.find(text);
        if !matches!(whole, Found::Nobody(_)) {
            return whole;
        }
        let lower = text.to_lowercase();
        let bare = TITLES.iter().find(|title| lower.starts_with(**title)).map_or(text, |title| {
            let chars = title.chars().count();
            text.char_indices().nth(chars).map_or(text, |(at, _)| &text[at..])
        });
        let bare = bare.split([',', '(', '–']).next().unwrap_or(bare).trim();
        let found = self.find(bare);
        if !matches!(found, Found::Nobody(_)) {
            return found;
        }
        // The title stands before the name; the longest name at the end is meant.
        let words: Vec<&str> = bare.split_whitespace().collect();
        let tails = (1..words.len().saturating_sub(1)).map(|from| words[from..].join(" "));
        let known = tails.filter_map(|tail| match self.find(&tail) {
            Found::Nobody(_) => None,
            found => Some(found),
        });
        known.into_iter().next().unwrap_or(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register() -> Register {
        let mut register = Register::default();
        for (id, name) in [("pnv", "Phòng Nội vụ"), ("pnv", "P. Nội vụ"), ("ba", "Lê Văn Ba"), ("ba2", "Lê Văn Bá")]
        {
            register.add(id, name);
        }
        register
    }

    #[test]
    fn a_name_is_found_by_id_name_other_name_and_without_accents() {
        for text in ["pnv", "phòng nội vụ", "P. Nội vụ", "Phong Noi vu", "PHÒNG  NỘI VỤ"] {
            assert_eq!(register().find(text), Found::One("pnv".into()), "{text}");
        }
        assert_eq!(register().find("Phòng Nộ vụ"), Found::Nobody(Some("Phòng Nội vụ".into())));
    }

    #[test]
    fn accents_tell_people_apart_and_without_them_both_are_meant() {
        assert_eq!(register().find("Lê Văn Bá"), Found::One("ba2".into()));
        assert_eq!(register().find("Le Van Ba"), Found::Several(vec!["ba".into(), "ba2".into()]));
    }

    #[test]
    fn people_stand_with_their_titles() {
        for text in ["đồng chí Lê Văn Bá", "PCT UBND Lê Văn Bá", "Ông Lê Văn Bá, Phó Chủ tịch", "Lê Văn Bá (PCT)"]
        {
            assert_eq!(register().find_person(text), Found::One("ba2".into()), "{text}");
        }
    }

    #[test]
    fn a_taken_id_is_not_given_to_another_name() {
        let mut register = Register::default();
        register.add("le-van-ba", "Lê Văn Ba");
        assert_eq!(register.id_for("Lê Văn Bá").as_deref(), Some("lê-văn-bá"));
        register.add("lê-văn-bá", "Lê Văn Bá");
        assert_eq!(register.id_for("Lê Văn Bá"), None);
    }
}

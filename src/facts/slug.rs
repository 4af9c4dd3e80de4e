//! Words without their accents, to compare what people type, and ids made from names.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters of an id that is made.
const ID_CHARS_MAX: usize = 40;
/// What is left of a long name in front of its mark.
const LONG_CHARS_MAX: usize = 33;

/// Lower case, without accents, with single blanks for everything that is no letter or digit: `Họ và tên (*)` is
/// `ho va ten`.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        let letter = if letter == 'đ' { 'd' } else { letter };
        if letter.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(letter);
        } else {
            gap = true;
        }
    }
    out
}

/// Lower case with single blanks; accents stay, so that Ba and Bá are two names.
pub(super) fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The id of a name: `Phòng Nội vụ` is `phong-noi-vu`. The same name gives the same id on every machine and in every order.
/// A name too long for an id is cut and keeps a mark of the whole. Empty for a name without letters.
pub(super) fn slug(name: &str) -> String {
    bounded(fold(name).replace(' ', "-"), name)
}

/// The id with its accents, for a name whose plain one belongs to another name.
pub(super) fn accented_slug(name: &str) -> String {
    let words = plain(name);
    let kept = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    bounded(kept.collect::<Vec<_>>().join("-"), name)
}

fn bounded(id: String, name: &str) -> String {
    if id.chars().count() <= ID_CHARS_MAX {
        return id;
    }
    let kept: String = id.chars().take(LONG_CHARS_MAX).collect();
    format!("{}-{:06x}", kept.trim_end_matches('-'), mark(name))
}

/// FNV-1a over the plain name, 24 bits of it.
fn mark(name: &str) -> u64 {
    let hash = plain(name)
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash & 0x00ff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_signs_do_not_matter() {
        assert_eq!(fold(" Họ  và TÊN (*)"), "ho va ten");
        assert_eq!(fold("ĐƠN VỊ CHỦ TRÌ"), "don vi chu tri");
        assert_eq!(fold("Cho\u{0309}i"), "choi");
    }

    #[test]
    fn a_name_has_one_id_and_near_names_have_different_ones() {
        assert_eq!(slug("Phòng Nội vụ"), "phong-noi-vu");
        assert_eq!(slug("P. Tài chính – Kế hoạch"), "p-tai-chinh-ke-hoach");
        assert_eq!(accented_slug("Lê Văn Bá"), "lê-văn-bá");
        let long = |number: u8| slug(&format!("Trung tâm Phục vụ hành chính công phường An Nhơn {number}"));
        assert_ne!(long(1), long(2));
        assert!(long(1).chars().count() <= ID_CHARS_MAX && long(1).starts_with("trung-tam-phuc-vu-hanh-chinh"), "{}", long(1));
        assert_eq!(slug("–"), "");
    }
}

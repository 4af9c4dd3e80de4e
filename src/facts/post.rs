//! The position a title means: "Phó Trưởng phòng" is a deputy, "Q. Chủ tịch" an acting head.

use super::slug::fold;

/// What a title says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Post {
    /// `head`, `deputy` or `officer`.
    pub(super) position: &'static str,
    /// "Quyền", "phụ trách".
    pub(super) is_acting: bool,
    /// Whether the title is one of those that are known.
    pub(super) is_known: bool,
}

/// How titles of those who head a unit begin.
const HEADS: [&str; 14] = [
    "truong",
    "chu tich",
    "giam doc",
    "chanh van phong",
    "chanh thanh tra",
    "bi thu",
    "chu nhiem",
    "hieu truong",
    "doi truong",
    "to truong",
    "chi huy truong",
    "vien truong",
    "tong giam doc",
    "head",
];
/// How titles of officers begin.
const OFFICERS: [&str; 14] = [
    "chuyen vien",
    "cong chuc",
    "vien chuc",
    "can bo",
    "nhan vien",
    "van thu",
    "ke toan",
    "thu ky",
    "can su",
    "thanh tra vien",
    "tro ly",
    "officer",
    "uy vien",
    "lai xe",
];

/// Tells the position from the title.
pub(super) fn post_of(title: &str) -> Post {
    let folded = fold(title);
    let acting = ["quyen ", "q ", "phu trach ", "tam quyen "].iter().find_map(|word| folded.strip_prefix(word));
    let text = acting.unwrap_or(&folded);
    let begins = |words: &[&str]| words.iter().any(|word| text == *word || text.starts_with(&format!("{word} ")));
    let position = if begins(&["pho", "deputy", "pct", "pgd"]) {
        Some("deputy")
    } else if begins(&HEADS) {
        Some("head")
    } else if begins(&OFFICERS) {
        Some("officer")
    } else {
        // "Phụ trách Phòng Kinh tế": they stand where its head would.
        acting.map(|_| "head")
    };
    Post { position: position.unwrap_or("officer"), is_acting: acting.is_some(), is_known: position.is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_told_from_its_title() {
        for (title, position, is_acting) in [
            ("Trưởng phòng Nội vụ", "head", false),
            ("Chủ tịch UBND phường", "head", false),
            ("Phó Chủ tịch phụ trách văn xã", "deputy", false),
            ("Q. Trưởng phòng", "head", true),
            ("Phụ trách Phòng Kinh tế", "head", true),
            ("Quyền Giám đốc", "head", true),
            ("Kế toán trưởng", "officer", false),
            ("Chuyên viên", "officer", false),
            ("Chánh Văn phòng", "head", false),
        ] {
            let expected = Post { position, is_acting, is_known: true };
            assert_eq!(post_of(title), expected, "{title}");
        }
        assert!(!post_of("Điều phối viên").is_known);
    }
}

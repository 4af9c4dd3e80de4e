//! Reading facts, before any store.

use dondoc::domain::rules::Language;
use dondoc::facts;

use super::office::{SMALL, codes, read};

#[test]
fn every_bad_row_is_told_at_once_with_its_place_and_its_mend() {
    let bad = r#"
[[unit]]
id = "pnv"
nmae = "Phòng Nội vụ"

[[unit]]
id = "p 01"
name = "Phường 1"

[[unit]]
id = "ptp"
name = "Phòng Tư pháp"

[[unit]]
id = "ptp"
name = "Phòng Tư pháp"
supervisor = "người theo dõi"

[[person]]
name = "Không có mã"

[[person]]
id = "an"
name = "An"
email = "an at example.org"
prefer = ["zalo"]
telegram = 0

[[appointment]]
person = "an"
unit = "ptp"
position = "head"
from = 2023-02-01
to = 2023-01-01

[[dispatch]]
number = "12/UBND"
issuer = "UBND"
date = "2023-02-30"

[[dispatch]]
number = "13/UBND"
issuer = "UBND"
date = 2023-10-02
urgency = "gấp"

[[directive]]
dispatch = "13/UBNT"
clause = "1"
title = "Việc"
lead = ["ptp"]

[[directive]]
dispatch = "13/UBND"
clause = "2"
title = "Việc"
lead = []
deadline = "khi nào rảnh"

[[directive]]
dispatch = "13/UBND"
clause = "3"
title = "Việc định kỳ"
lead = ["ptp"]
deadline = "hằng tuần, trước 15 giờ thứ Năm"
cutoff = 14
target = { metric = "m", op = "~", value = "90" }

[[directive]]
dispatch = "13/UBND"
clause = "3~2"
title = "Việc một lần"
lead = ["ptp"]
deadline = 2023-12-29
until = 2024-12-31

[[extension]]
directive = "13/UBND#3"
period = "2023-13"
deadline = 2023-12-29

[[figure]]
directive = "13/UBND"
unit = "ptp"
as_of = 2023-10-31
value = 1
"#;
    let bad = bad.to_owned()
        + &format!(
            "\n[[directive]]\ndispatch = \"13/UBND\"\nclause = \"4\"\ntitle = \"{}\"\nlead = [\"ptp\"]\n",
            "x".repeat(161)
        );
    let (_, problems, shown) = read(&[("sai.toml", &bad)], Language::Vi);
    assert!(problems.iter().all(|problem| problem.help.is_some()), "{shown}");
    insta::assert_snapshot!(shown);
    let (_, in_english, shown) = read(&[("bad.toml", &bad)], Language::En);
    assert_eq!(codes(&in_english), codes(&problems));
    assert!(shown.contains("is longer") || shown.contains("has 161 characters"), "{shown}");
}

#[test]
fn a_file_too_large_and_an_import_with_too_many_rows_are_refused() {
    let large = format!("# {}\n", "x".repeat(facts::FILE_BYTES_MAX));
    let (_, problems, _) = read(&[("lon.toml", &large)], Language::Vi);
    assert_eq!(codes(&problems), ["file-too-large"]);
    let row = "[[person]]\n";
    let many = row.repeat(facts::ROWS_MAX + 1);
    let (_, problems, _) = read(&[("nhieu.toml", &many)], Language::Vi);
    assert!(codes(&problems).contains(&"too-many-rows"));
}

#[test]
fn the_second_directive_of_a_clause_says_so_and_a_copy_is_a_mistake() {
    let one = |clause: &str| {
        format!("[[directive]]\ndispatch = \"12/UBND-VP\"\nclause = \"{clause}\"\ntitle = \"Việc\"\nlead = [\"vp\"]\n")
    };
    let (facts, problems, _) = read(&[("a.toml", &format!("{SMALL}{}", one("1~2")))], Language::Vi);
    assert_eq!(codes(&problems), Vec::<&str>::new());
    assert_eq!(facts.directives.last().map(|row| (row.value.clause.as_str(), row.value.ordinal)), Some(("1", 2)));
    let (_, problems, _) = read(&[("a.toml", SMALL), ("b.toml", &one("1"))], Language::Vi);
    assert_eq!(codes(&problems), ["duplicate-directive"]);
    assert_eq!(problems[0].source, 1);
}

#[test]
fn a_deadline_is_a_date_an_instant_or_words_and_they_mean_the_same() {
    let forms = [
        "2023-12-31",
        "\"2023-12-31\"",
        "2023-12-31T17:00:00",
        "\"2023-12-31T17:00\"",
        "2023-12-31T10:00:00Z",
        "\"Quý IV/2023\"",
    ];
    let read_one = |form: &str| {
        let (facts, problems, shown) = read(&[("a.toml", &SMALL.replace("2023-12-29", form))], Language::Vi);
        assert_eq!(codes(&problems), Vec::<&str>::new(), "{shown}");
        let deadline = facts.directives[0].value.deadline.clone().expect("a deadline");
        let dondoc::domain::deadline::DeadlineRule::Fixed(day) = deadline.rule else { panic!("{form} is a day") };
        format!("{} {} {:?}", deadline.text, day.last_day, day.time.map(|time| (time.hour(), time.minute())))
    };
    let read: Vec<String> = forms.into_iter().map(read_one).collect();
    assert_eq!(
        read,
        [
            "2023-12-31 2023-12-31 None",
            "2023-12-31 2023-12-31 None",
            "2023-12-31T17:00 2023-12-31 Some((17, 0))",
            "2023-12-31T17:00 2023-12-31 Some((17, 0))",
            "2023-12-31T17:00 2023-12-31 Some((17, 0))",
            "Quý IV/2023 2023-12-31 None",
        ]
    );
}

/// A name that is written from right to left, or has a blank without width in it, looks like another one.
#[test]
fn what_nobody_sees_is_refused_in_facts_with_its_place() {
    for mark in ["\u{202e}", "\u{2066}", "\u{200b}", "\u{200f}", "\u{feff}", "\u{2060}"] {
        let text = format!("[[unit]]\nid = \"pnv\"\nname = \"Phòng {mark}Nội vụ\"\n");
        let (_, problems, shown) = read(&[("facts.toml", &text)], Language::En);
        assert_eq!(codes(&problems), ["hidden-character"], "{mark:?}: {shown}");
        assert!(shown.contains("facts.toml:3:8") && shown.contains("help: type this value anew"), "{shown}");
    }
}

//! Whole dispatches of our own writing, with the kinds of dirt that real ones have.

use jiff::tz::TimeZone;

use super::{Drafts, read};
use crate::diagnostic::Diagnostic;
use crate::domain::calendar::{CalendarRules, WorkingCalendar};
use crate::domain::deadline::DeadlineRule;
use crate::domain::directive::Secrecy;
use crate::domain::rules::Language;

fn reading(text: &str) -> (Drafts, Vec<Diagnostic>) {
    let zone = TimeZone::get(CalendarRules::TIME_ZONE).expect("a zone of the bundled database");
    read(text, &WorkingCalendar::new(CalendarRules::usual(zone)), Language::En)
}

/// `clause | lead; lead + helper | deadline → last day | target`, one for each draft.
fn told(text: &str) -> Vec<String> {
    let (drafts, _) = reading(text);
    let one = |draft: &super::Draft| {
        let texts = |quotes: &[super::Quote]| quotes.iter().map(|quote| quote.text.clone()).collect::<Vec<_>>().join("; ");
        let helpers = texts(&draft.coordinating_units);
        let helpers = if helpers.is_empty() { helpers } else { format!(" + {helpers}") };
        let deadline = draft.deadline.as_ref().map_or(String::new(), |deadline| {
            let day = match &deadline.rule {
                Some(DeadlineRule::Fixed(fixed)) => fixed.last_day.to_string(),
                Some(_) => deadline.kind.as_str().to_owned(),
                None => "open".to_owned(),
            };
            format!(" | {} → {day}", deadline.quote.text)
        });
        let target = draft.target.as_ref().map_or(String::new(), |target| format!(" | {}", target.quote.text));
        format!("{} | {}{helpers}{deadline}{target}", draft.clause, texts(&draft.lead_units))
    };
    drafts.directives.iter().map(one).collect()
}

/// The heading that stands above most of the texts below.
const HEADING: &str = "\
UBND HUYỆN SƠN HẢI
PHÒNG GIÁO DỤC&ĐÀO TẠO

Số: 112/PGD&ĐT
V/v chuẩn bị năm học mới
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc

Sơn Hải, ngày 05 tháng 8 năm 2024

Kính gửi: Hiệu trưởng các trường trực thuộc.

";

fn with_heading(body: &str) -> String {
    format!("{HEADING}{body}\n\nNơi nhận:\n- Như trên;\n- Lưu: VT.\nTRƯỞNG PHÒNG\n\nTrần Thị Bình\n")
}

#[test]
fn a_heading_of_two_lines_is_made_one_name_with_its_place() {
    let (drafts, problems) = reading(&with_heading("1. Rà soát cơ sở vật chất."));
    let heading = drafts.heading;
    assert_eq!(heading.number.as_deref(), Some("112/PGD&ĐT"));
    assert_eq!(heading.issuer.as_deref(), Some("Phòng Giáo dục và Đào tạo huyện Sơn Hải"));
    assert_eq!(heading.date, Some(jiff::civil::date(2024, 8, 5)));
    assert_eq!(heading.subject.as_deref(), Some("chuẩn bị năm học mới"));
    assert_eq!(heading.addressees.len(), 1);
    assert_eq!(problems, []);
}

#[test]
fn two_columns_side_by_side_are_read_one_after_the_other() {
    let text = "\
     ỦY BAN NHÂN DÂN                     CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
     TỈNH TRUNG HẢI                           Độc lập - Tự do - Hạnh phúc
   Số:        /UBND-KT                    Trung Hải, ngày       tháng 3 năm 2024
   V/v phòng, chống hạn

        Kính gửi:
                 - Các sở, ban, ngành;
                 - Ủy ban nhân dân các huyện.
     Yêu cầu Sở Nông nghiệp tổng hợp trước ngày 20/4/2024./.
     Nơi nhận:                                    TM. ỦY BAN NHÂN DÂN
";
    let (drafts, problems) = reading(text);
    assert_eq!(drafts.heading.issuer.as_deref(), Some("Ủy ban nhân dân tỉnh Trung Hải"));
    assert_eq!((drafts.heading.number.as_deref(), drafts.heading.date), (None, None));
    assert_eq!(drafts.heading.number_as_typed.map(|typed| typed.text).as_deref(), Some("/UBND-KT"));
    assert_eq!(drafts.heading.addressees.len(), 2);
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["number-blank", "date-blank"]);
    assert_eq!(told(text), ["(kết) | Sở Nông nghiệp | trước ngày 20/4/2024 → 2024-04-19"]);
}

#[test]
fn a_stamped_number_and_day_fill_the_blanks_and_are_told_of() {
    let text = with_heading("1. Nộp báo cáo trước ngày 20/8/2024.\n317\n09           8\n\n2\n2. Rà soát hồ sơ.")
        .replace("112/PGD", "     /PGD")
        .replace("ngày 05 tháng 8", "ngày      tháng    ");
    let (drafts, problems) = reading(&text);
    assert_eq!(drafts.heading.number.as_deref(), Some("317/PGD&ĐT"));
    assert_eq!(drafts.heading.date, Some(jiff::civil::date(2024, 8, 9)));
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["heading-from-stamp"]);
    assert_eq!(drafts.directives.len(), 2);
}

#[test]
fn letters_follow_the_vietnamese_alphabet_and_a_repeated_one_is_named_by_its_place() {
    let text = with_heading(
        "1. Giao Phòng Nội vụ\na) Rà soát biên chế.\nb) Tham mưu quy chế.\nd) Kiểm tra công vụ.\nd) Công khai kết quả.\ne) Tổng hợp báo cáo.",
    );
    let (drafts, _) = reading(&text);
    let names: Vec<(&str, &str)> =
        drafts.directives.iter().map(|draft| (draft.clause.as_str(), draft.clause_as_typed.as_str())).collect();
    assert_eq!(names, [("1.a", "1.a"), ("1.b", "1.b"), ("1.d", "1.d"), ("1.đ", "1.d"), ("1.e", "1.e")]);
    assert!(drafts.directives[3].diagnostics.iter().any(|doubt| doubt.code == "marker-repeated"));
    assert!(told(&text).iter().all(|line| line.contains("| Phòng Nội vụ")));
}

#[test]
fn a_second_section_one_makes_both_of_them_numbered() {
    let text = with_heading(
        "I. Nhiệm vụ chung\n1. Triển khai kế hoạch năm học.\nI. Nhiệm vụ riêng\n1. Tổ chức tập huấn trước ngày 30/8/2024.",
    );
    let lead = "Hiệu trưởng các trường trực thuộc";
    assert_eq!(reading(&text).1.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["marker-repeated"]);
    assert_eq!(told(&text), [format!("I(1).1 | {lead}"), format!("I(2).1 | {lead} | trước ngày 30/8/2024 → 2024-08-29")]);
}

#[test]
fn dashes_belong_to_their_clause_and_the_last_paragraph_to_none() {
    let text = with_heading(
        "1. Nội dung thực hiện\n- Các trường rà soát sĩ số, gửi về Phòng trước ngày 10/8/2024;\n- Cập nhật dữ liệu chậm nhất ngày 12/8/2024.\n\
         2. Phòng Tài chính - Kế hoạch: bố trí kinh phí trong tháng 8/2024.\nPhòng Giáo dục và Đào tạo yêu cầu Hiệu trưởng các trường nghiêm túc thực hiện./.",
    );
    assert_eq!(
        told(&text),
        [
            "1 | Các trường | trước ngày 10/8/2024 → 2024-08-09",
            "1 | Các trường | chậm nhất ngày 12/8/2024 → 2024-08-12",
            "2 | Phòng Tài chính - Kế hoạch | trong tháng 8/2024 → 2024-08-31",
            "(kết) | Hiệu trưởng các trường",
        ]
    );
}

#[test]
fn a_sentence_cut_by_a_page_break_and_words_torn_apart_come_together() {
    let text = with_heading(
        "1. Tăng cường kiểm tra việc thực hiện nội quy, quy chế tại các đơn vị trường học góp phần\n\n2\n\nnâng cao chất lượng giáo dục toàn diện của\nhuyện.\n\
         2. Danh sách gửi\nđồng\nchí\nLan\nnhận\ntheo\nđịa\nchỉ\n[thư điện tử] trước 9h00, ngày 13 tháng 8 năm 2024.",
    );
    let (drafts, _) = reading(&text);
    assert!(drafts.directives[0].quote.text.ends_with("góp phần nâng cao chất lượng giáo dục toàn diện của huyện."));
    assert_eq!(drafts.directives.len(), 2, "{:?}", told(&text));
    assert!(drafts.directives[1].quote.text.contains("đồng chí Lan nhận theo địa chỉ [thư điện tử] trước 9h00"));
}

#[test]
fn every_quote_lies_where_it_says() {
    let text = with_heading("1. Các trường  lập **kế\nhoạch** gửi về Phòng trƣớc ngày 10/8/2024.");
    let (drafts, _) = reading(&text);
    let deadline = drafts.directives[0].deadline.as_ref().expect("a day");
    assert_eq!(deadline.quote.text, "trước ngày 10/8/2024");
    assert_eq!(&text[deadline.quote.span.start..deadline.quote.span.end], "trƣớc ngày 10/8/2024");
    let clause = drafts.directives[0].quote.span;
    assert_eq!(&text[clause.start..clause.end], "Các trường  lập **kế\nhoạch** gửi về Phòng trƣớc ngày 10/8/2024.");
    assert_eq!(drafts.directives[0].quote.text, "Các trường lập kế hoạch gửi về Phòng trước ngày 10/8/2024.");
}

#[test]
fn rows_of_a_table_are_duties_with_the_units_and_days_of_their_columns() {
    let rows = [
        ("1", "Kiểm kê thiết bị", "Phòng Nội vụ", "Văn phòng", "30/9/2024"),
        ("2", "Sửa phòng học", "Các trường", "", "Quý IV/2024"),
    ];
    let markdown: String =
        rows.iter().map(|(n, what, who, with, when)| format!("| {n} | {what} | {who} | {with} | {when} |\n")).collect();
    let head = "| STT | Nội dung | Đơn vị chủ trì | Đơn vị phối hợp | Thời gian hoàn thành |\n|---|---|---|---|---|\n";
    let set: String =
        rows.iter().map(|(n, what, who, with, when)| format!(" {n:<4} {what:<24} {who:<20} {with:<20} {when}\n")).collect();
    let title = format!(
        " {:<4} {:<24} {:<20} {:<20} {}\n",
        "TT", "Nội dung", "Đơn vị chủ trì", "Đơn vị phối hợp", "Thời gian hoàn thành"
    );
    let expected = ["II.1 | Phòng Nội vụ + Văn phòng | 30/9/2024 → 2024-09-30", "II.2 | Các trường | Quý IV/2024 → 2024-12-31"];
    assert_eq!(told(&with_heading(&format!("II. NHIỆM VỤ CỤ THỂ\n\n{head}{markdown}"))), expected);
    assert_eq!(told(&with_heading(&format!("II. NHIỆM VỤ CỤ THỂ\n\n{title}{set}"))), expected);
    let bare: String = format!("{}{markdown}", head.split_inclusive('\n').next().unwrap_or_default())
        .lines()
        .map(|line| format!("{}\n", line.trim_matches(['|', ' '])))
        .collect();
    assert_eq!(told(&with_heading(&format!("II. NHIỆM VỤ CỤ THỂ\n\n{bare}"))), expected);
}

#[test]
fn a_heading_hands_its_days_and_its_units_down() {
    let text = with_heading(
        "1. Những việc cần làm ngay trong tháng 9/2024\na) Công an huyện tuần tra các cổng trường.\nb) Kiểm tra bếp ăn trước ngày 15/9/2024.\n\
         2. Đối với các trường mầm non\n- Công khai thực đơn.",
    );
    assert_eq!(
        told(&text),
        [
            "1.a | Công an huyện | ngay trong tháng 9/2024 → 2024-09-30",
            "1.b | Hiệu trưởng các trường trực thuộc | trước ngày 15/9/2024 → 2024-09-14",
            "2 | các trường mầm non",
        ]
    );
}

#[test]
fn two_days_of_one_clause_are_two_drafts_each_with_its_own_units() {
    let text =
        with_heading("1. Giao Thanh tra huyện phúc tra trước ngày 20/8/2024; Phòng Nội vụ tổng hợp, báo cáo trong Quý III/2024.");
    assert_eq!(
        told(&text),
        ["1 | Thanh tra huyện | trước ngày 20/8/2024 → 2024-08-19", "1 | Phòng Nội vụ | trong Quý III/2024 → 2024-09-30"]
    );
}

#[test]
fn who_leads_in_brackets_leads_and_the_others_help() {
    let text = with_heading("1. Phòng Xây dựng (chủ trì) và UBND các xã kiểm tra công trình trước ngày 20/8/2024.");
    assert_eq!(told(&text), ["1 | Phòng Xây dựng + UBND các xã | trước ngày 20/8/2024 → 2024-08-19"]);
    let text = with_heading("1. Kiểm tra hồ sơ tổ chuyên môn trước ngày 20/8/2024 (Ban giám hiệu).")
        .replace("Kính gửi: Hiệu trưởng các trường trực thuộc.\n", "");
    assert_eq!(told(&text), ["1 | Ban giám hiệu | trước ngày 20/8/2024 → 2024-08-19"]);
}

#[test]
fn coordinating_units_stand_behind_their_words_and_a_council_is_one_unit() {
    let text =
        with_heading("1. Văn phòng HĐND và UBND huyện chủ trì, phối hợp với Phòng Tư pháp và Công an huyện rà soát văn bản.");
    assert_eq!(told(&text), ["1 | Văn phòng HĐND và UBND huyện + Phòng Tư pháp; Công an huyện"]);
}

#[test]
fn facts_bases_and_difficulties_are_no_duties() {
    let text = with_heading(
        "Căn cứ Công văn số 15/SGDĐT ngày 01/8/2024 của Sở;\nThực hiện Kế hoạch số 7/KH-UBND ngày 02/8/2024,\n1. Kết quả đạt được\n- Các trường đã hoàn thành tuyển sinh.\n\
         2. Kinh phí: từ nguồn ngân sách.\nTrong quá trình thực hiện, nếu có vướng mắc, các trường kịp thời phản ánh về Phòng./.",
    );
    assert_eq!(told(&text), [""; 0]);
}

#[test]
fn a_plan_attached_to_a_decision_and_an_annex_are_read_too() {
    let text = "\
ỦY BAN NHÂN DÂN
XÃ AN PHÚ
Số: 9/QĐ-UBND
An Phú, ngày 03 tháng 02 năm 2025

QUYẾT ĐỊNH
Về việc ban hành Kế hoạch trồng cây

CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ

Căn cứ Luật Lâm nghiệp;

QUYẾT ĐỊNH:

Điều 1. Ban hành kèm theo Quyết định này Kế hoạch trồng cây.
Điều 2. Giao Phòng Kinh tế theo dõi, báo cáo trước ngày 30/6/2025.

Nơi nhận:
- Như Điều 2.
CHỦ TỊCH

KẾ HOẠCH
Trồng cây năm 2025
(Ban hành kèm theo Quyết định số 9/QĐ-UBND)

I. NHIỆM VỤ
1. Các thôn chuẩn bị đất trước ngày 10/3/2025.

PHỤ LỤC
1. Trạm Khuyến nông cấp cây giống trong tháng 3/2025.
";
    assert_eq!(
        told(text),
        [
            "Điều 2 | Phòng Kinh tế | trước ngày 30/6/2025 → 2025-06-29",
            "I.1 | Các thôn | trước ngày 10/3/2025 → 2025-03-09",
            "PL.1 | Trạm Khuyến nông | trong tháng 3/2025 → 2025-03-31",
        ]
    );
}

#[test]
fn a_secret_dispatch_gives_its_mark_and_nothing_else() {
    let text = with_heading("1. Các trường nộp báo cáo trước ngày 10/8/2024.").replace("Kính gửi", "TỐI MẬT\n\nKính gửi");
    let (drafts, problems) = reading(&text);
    assert_eq!(drafts.heading.secrecy, Secrecy::ToiMat);
    assert_eq!(
        drafts,
        Drafts { heading: super::Heading { secrecy: Secrecy::ToiMat, ..super::Heading::default() }, ..Drafts::default() }
    );
    let shown = format!("{problems:?}");
    assert!(problems[0].is_error() && problems.len() == 1 && !shown.contains("Sơn Hải") && !shown.contains("112"), "{shown}");
    let (word, _) = reading(&with_heading("1. Bảo vệ bí mật nhà nước, quản lý văn bản mật."));
    assert_eq!(word.heading.secrecy, Secrecy::default());
}

#[test]
fn what_an_earlier_paper_ordered_is_history_where_a_later_paragraph_orders() {
    let text = "Trước đó, ngày 13/9/2023, UBND tỉnh có Văn bản số 48/UBND-TH giao Sở Xây dựng báo cáo trước ngày 22/9/2023.\n\n\
                Tuy nhiên, đến nay Sở Xây dựng chưa báo cáo.\n\nUBND tỉnh đề nghị Sở Xây dựng báo cáo chậm nhất ngày 29/9/2023.\n";
    assert_eq!(told(text), ["(kết) | Sở Xây dựng | chậm nhất ngày 29/9/2023 → 2023-09-29"]);
}

#[test]
fn what_was_ordered_before_is_history_and_what_the_paper_orders_thereby_is_not() {
    let text = "Ngày 14/6/2021, Chủ tịch UBND tỉnh ban hành Công văn số 34/UBND-NC. Theo đó, yêu cầu Công an tỉnh báo cáo trước ngày 01/7/2021.\n\n\
                Trước đó, ngày 20/5/2021, UBND tỉnh đã có Công văn số 28/UBND-NC yêu cầu Công an tỉnh hoàn thành trước ngày 05/6/2021, tuy nhiên kết quả còn thấp.\n";
    assert_eq!(told(text), ["(kết) | Công an tỉnh | trước ngày 01/7/2021 → 2021-06-30"]);
}

#[test]
fn a_label_before_a_colon_names_who() {
    let text = with_heading("1. Các trường có thư viện chưa đạt chuẩn: xây dựng lộ trình trước ngày 20/8/2024.");
    assert_eq!(told(&text), ["1 | Các trường có thư viện chưa đạt chuẩn | trước ngày 20/8/2024 → 2024-08-19"]);
}

#[test]
fn a_dispatch_told_of_in_the_news_gives_its_number_and_day() {
    let text = "UBND tỉnh có ý kiến như sau:\nGiao Sở Xây dựng chủ trì kiểm tra; hoàn thành trước ngày 10/12/2023./.\n(Theo Công văn số 77/UBND-KT, ngày 23/11/2023)\n";
    let (drafts, _) = reading(text);
    assert_eq!(drafts.heading.number.as_deref(), Some("77/UBND-KT"));
    assert_eq!(drafts.heading.date, Some(jiff::civil::date(2023, 11, 23)));
    assert_eq!(told(text), ["(kết) | Sở Xây dựng | hoàn thành trước ngày 10/12/2023 → 2023-12-09"]);
}

#[test]
fn a_paragraph_without_end_costs_a_bounded_number_of_drafts() {
    let text = with_heading(&format!(
        "1. Các trường nộp báo cáo {}",
        "trước ngày 10/8/2024, từ ngày 1/9/2024 đến ngày 2/9/2024, ".repeat(500)
    ));
    let (drafts, _) = reading(&text);
    let longest = drafts.directives.iter().map(|draft| draft.quote.text.len()).max().unwrap_or(0);
    assert!(drafts.directives.len() < 50 && longest <= 16 * 1_024, "{} {longest}", drafts.directives.len());
}

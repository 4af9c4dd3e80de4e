//! The kinds of targets in sentences, and the numbers that are none.

use super::*;

/// `words | op value unit firmness`
fn found(text: &str) -> Vec<String> {
    let told = |one: &FoundTarget| {
        let op = match one.op {
            None => "-",
            Some(Compare::Less) => "<",
            Some(Compare::AtMost) => "<=",
            Some(Compare::Equal) => "=",
            Some(Compare::AtLeast) => ">=",
            Some(Compare::More) => ">",
        };
        let value = one.value.map_or("-".to_owned(), |value| value.to_string());
        let firmness = match one.firmness {
            Firmness::Firm => "",
            Firmness::Soft => " soft",
            Firmness::Approximate => " approximate",
            Firmness::Change => " change",
        };
        format!("{} | {op} {value} {}{firmness}", &text[one.range.clone()], one.unit)
    };
    find(text).iter().map(told).collect()
}

fn assert_found(table: &[(&str, &[&str])]) {
    let wrong: Vec<String> = table
        .iter()
        .filter(|(text, expected)| found(text) != *expected)
        .map(|(text, expected)| format!("{text}\n    is   {:?}\n    want {expected:?}", found(text)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_kind_of_target_is_found_in_its_sentence() {
    assert_found(&[
        // T1
        ("Giải ngân vốn bảo đảm tỷ lệ đạt trên 90%.", &["bảo đảm tỷ lệ đạt trên 90% | > 90 %"]),
        // T2
        ("Số hồ sơ trực tuyến đạt từ 80% trở lên.", &["đạt từ 80% trở lên | >= 80 %"]),
        // T3
        ("Tối thiểu 95% hồ sơ được trả đúng hẹn.", &["Tối thiểu 95% hồ sơ được trả đúng hẹn | >= 95 %"]),
        ("Tỷ lệ hài lòng không dưới 95%.", &["không dưới 95% | >= 95 %"]),
        // T4
        ("Cập nhật cho 100% hộ gia đình, đúng mẫu.", &["cho 100% hộ gia đình | = 100 %"]),
        // T5
        ("Phấn đấu đạt 95% trẻ được tiêm chủng.", &["Phấn đấu đạt 95% trẻ được tiêm chủng | >= 95 % soft"]),
        // T6
        ("Tỷ lệ hồ sơ trễ hẹn dưới 5%.", &["dưới 5% | < 5 %"]),
        ("Tỷ lệ sai sót không quá 2,5%.", &["không quá 2,5% | <= 2.5 %"]),
        // T7
        ("Giảm ít nhất 10% số vụ so với năm 2022.", &["Giảm ít nhất 10% số vụ so với năm 2022 | - 10 % change"]),
        // T8
        ("Chỉ số cải cách hành chính tăng 3 bậc.", &["tăng 3 bậc | - 3 bậc change"]),
        // T9
        ("Thu ngân sách đạt và vượt chỉ tiêu được giao.", &["đạt và vượt chỉ tiêu được giao | - -  change"]),
        // T10
        ("Mỗi trường chọn ít nhất 01 bài dự thi.", &["ít nhất 01 bài dự thi | >= 1 bài"]),
        // T11
        ("Băng thông tối thiểu đạt tỷ lệ 0,25 Mbps/01 học sinh.", &["tối thiểu đạt tỷ lệ 0,25 Mbps/01 học sinh | >= 0.25 Mbps"]),
        ("Trồng tối thiểu 1.250 cây xanh.", &["tối thiểu 1.250 cây xanh | >= 1250 cây"]),
        // T12
        ("Phấn đấu khoảng 50% thôn có nhà văn hóa.", &["Phấn đấu khoảng 50% thôn có nhà văn hóa | >= 50 % approximate"]),
    ]);
}

#[test]
fn numbers_that_are_no_targets_are_passed_over() {
    assert_found(&[
        ("Đến nay toàn huyện đã đạt 75% kế hoạch.", &[]),
        ("Kiểm tra trên địa bàn 16 phường, trên 16 tuyến đường.", &[]),
        ("Gửi trước ít nhất 03 ngày, hồ sơ không quá 05 trang.", &[]),
        ("Công văn số 12/UBND-VX ngày 6/9/2023, điện thoại 024.39369802.", &[]),
        ("Chương trình 4.0 giai đoạn 2021-2025.", &[]),
    ]);
}

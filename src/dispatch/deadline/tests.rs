//! What is a deadline in a clause, and what is none.

use std::collections::BTreeSet;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::*;
use crate::domain::calendar::{CalendarRules, HolidayTable, Window};

const ISSUED: Date = jiff::civil::date(2023, 10, 5);

thread_local! {
    static CALENDAR: WorkingCalendar = WorkingCalendar::new(CalendarRules {
        time_zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone of the bundled database"),
        holidays: HolidayTable::Vn,
        announced: BTreeSet::new(),
        working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
        hours: vec![Window { start_min: 450, end_min: 690 }, Window { start_min: 780, end_min: 1020 }],
        changes: Vec::new(),
    });
}

/// `words | kind [from..]last [time]`, one after the other.
fn told(text: &str, findings: &Findings) -> Vec<String> {
    let rule = |rule: &Option<DeadlineRule>| match rule {
        None => "open".to_owned(),
        Some(DeadlineRule::Fixed(deadline)) => {
            let from = deadline.from.map_or(String::new(), |from| format!("{from}.."));
            let time = deadline.time.map_or(String::new(), |time| format!(" {:02}:{:02}", time.hour(), time.minute()));
            format!("{from}{}{time}", deadline.last_day)
        }
        Some(DeadlineRule::Relative { amount, anchor }) => format!("{} {:?} {anchor:?}", amount.count, amount.unit),
        Some(DeadlineRule::Recurring(cycle)) => {
            let bound = if cycle.exclusive { "<" } else { "" };
            format!("{:?} {bound}{:?}", cycle.cycle, cycle.day)
        }
    };
    findings.found.iter().map(|one| format!("{} | {} {}", &text[one.range.clone()], one.kind.as_str(), rule(&one.rule))).collect()
}

fn found(text: &str) -> Vec<String> {
    CALENDAR.with(|calendar| told(text, &find(text, Ground { issued: Some(ISSUED), calendar })))
}

fn assert_found(table: &[(&str, &[&str])]) {
    let wrong: Vec<String> = table
        .iter()
        .filter(|(text, expected)| found(text) != *expected)
        .map(|(text, expected)| format!("{text}\n    is   {:?}\n    want {expected:?}", found(text)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// One sentence of a dispatch for each line of the catalogue of deadline phrases, in its order: the days.
#[test]
fn the_days_of_the_catalogue_are_found_in_sentences() {
    assert_found(&[
        // 1
        (
            "1. Phòng Tư pháp lập danh mục hồ sơ, gửi Văn phòng trước ngày 25/12/2023.",
            &["trước ngày 25/12/2023 | before 2023-12-24"],
        ),
        // 2
        ("b) Lắp đặt biển báo xong trước 25/12/2023.", &["xong trước 25/12/2023 | before 2023-12-24"]),
        // 3
        (
            "Công an huyện hoàn thành trước ngày 10/12/2023 việc thu hồi con dấu cũ.",
            &["hoàn thành trước ngày 10/12/2023 | before 2023-12-09"],
        ),
        // 4
        ("Các xã nộp biên bản kiểm kê chậm nhất ngày 20/11/2023.", &["chậm nhất ngày 20/11/2023 | by 2023-11-20"]),
        // 5
        ("Báo cáo gửi về Phòng chậm nhất vào ngày 31/12/2023.", &["chậm nhất vào ngày 31/12/2023 | by 2023-12-31"]),
        // 6
        (
            "Báo cáo được gửi chậm nhất là ngày 20 của tháng cuối kỳ báo cáo.",
            &["chậm nhất là ngày 20 của tháng cuối kỳ báo cáo | recurring Quarterly OfLastMonth(20)"],
        ),
        // 7
        ("Bàn giao mặt bằng muộn nhất ngày 30/11/2023.", &["muộn nhất ngày 30/11/2023 | by 2023-11-30"]),
        ("Trả lời kiến nghị chậm nhất đến ngày 30/11/2023.", &["chậm nhất đến ngày 30/11/2023 | by 2023-11-30"]),
        // 8
        ("Trình phê duyệt chậm nhất trước ngày 15/11/2023.", &["chậm nhất trước ngày 15/11/2023 | before 2023-11-14"]),
        // 9
        ("Nhận phiếu đăng ký của các đội đến ngày 30/11/2023.", &["đến ngày 30/11/2023 | by 2023-11-30"]),
        // 10
        ("Tiếp nhận ý kiến góp ý đến hết ngày 15 tháng 11 năm 2023.", &["đến hết ngày 15 tháng 11 năm 2023 | by 2023-11-15"]),
        // 11: a cut-off of figures is none.
        ("Số liệu tính đến hết ngày 14/12/2023.", &[]),
        ("Thời gian báo cáo: hết ngày 14/12/2023.", &["Thời gian báo cáo: hết ngày 14/12/2023 | by 2023-12-14"]),
        // 12
        ("Nộp bản giấy tại bộ phận văn thư vào ngày 28/11/2023.", &["vào ngày 28/11/2023 | at 2023-11-28"]),
        ("Lễ phát động diễn ra vào ngày 28/11/2023.", &[]),
        // 13
        ("Báo cáo kết quả trước 17 giờ 00 ngày 25/12/2023.", &["trước 17 giờ 00 ngày 25/12/2023 | before 2023-12-25 17:00"]),
        // 14
        (
            "Gửi ý kiến qua hộp thư trước 9h00, ngày 13 tháng 10 năm 2023.",
            &["trước 9h00, ngày 13 tháng 10 năm 2023 | before 2023-10-13 09:00"],
        ),
        // 15
        (
            "Gửi danh sách chậm nhất trước 10 giờ 30 phút, ngày 26 tháng 10 năm 2023 (thứ Hai).",
            &["chậm nhất trước 10 giờ 30 phút, ngày 26 tháng 10 năm 2023 (thứ Hai) | before 2023-10-26 10:30"],
        ),
        // 16
        ("Nhận bài dự thi: đến 10h, ngày 16 tháng 11 năm 2023", &["đến 10h, ngày 16 tháng 11 năm 2023 | by 2023-11-16 10:00"]),
        // 17
        ("Phản hồi về Văn phòng trước 16 giờ cùng ngày.", &["trước 16 giờ cùng ngày | before 2023-10-05 16:00"]),
        ("Khắc phục sự cố và báo cáo ngay trong ngày.", &["ngay trong ngày | within 2023-10-05..2023-10-05"]),
        // 18
        (
            "Hoàn thiện hồ sơ trong buổi sáng ngày 12/10/2023.",
            &["trong buổi sáng ngày 12/10/2023 | within 2023-10-12..2023-10-12 11:30"],
        ),
    ]);
}

/// The same: the periods.
#[test]
fn the_periods_of_the_catalogue_are_found_in_sentences() {
    assert_found(&[
        // 19
        (
            "Tổ chức lấy phiếu khảo sát từ ngày 09/10/2023 đến ngày 15/10/2023.",
            &["từ ngày 09/10/2023 đến ngày 15/10/2023 | within 2023-10-09..2023-10-15"],
        ),
        // 20
        (
            "Thời gian thực hiện: từ tháng 11 đến tháng 12 năm 2023.",
            &["Thời gian thực hiện: từ tháng 11 đến tháng 12 năm 2023 | within 2023-11-01..2023-12-31"],
        ),
        // 21
        ("Tổng kiểm tra hồ đập trong tháng 11/2023.", &["trong tháng 11/2023 | within 2023-11-01..2023-11-30"]),
        ("Niêm yết lại bảng giá trong tháng 11.", &["trong tháng 11 | within 2023-11-01..2023-11-30"]),
        // 22
        ("Thanh toán dứt điểm nợ cũ trong tháng này.", &["trong tháng này | within 2023-10-01..2023-10-31"]),
        // 23
        ("Nghiệm thu công trình chậm nhất cuối tháng 11.", &["chậm nhất cuối tháng 11 | by 2023-11-30"]),
        // 24
        ("Tổ chức ra quân trong hạ tuần tháng 11/2023.", &["trong hạ tuần tháng 11/2023 | within 2023-11-21..2023-11-30"]),
        // 25
        ("Làm việc với nhà thầu trong tuần tới.", &["trong tuần tới | within 2023-10-09..2023-10-13"]),
        // 26
        ("Họp rút kinh nghiệm trong tuần thứ 2 tháng 11.", &["trong tuần thứ 2 tháng 11 | within open"]),
        // 27
        ("Hoàn thành số hóa sổ hộ tịch trong Quý IV/2023.", &["trong Quý IV/2023 | within 2023-10-01..2023-12-31"]),
        ("Trình đề án, thời hạn hoàn thành: quý 4/2023.", &["thời hạn hoàn thành: quý 4/2023 | within 2023-10-01..2023-12-31"]),
        // 28
        ("Đối chiếu công nợ chậm nhất cuối quý IV/2023.", &["chậm nhất cuối quý IV/2023 | by 2023-12-31"]),
        // 29
        (
            "Gửi báo cáo trước ngày 15 của tháng cuối quý.",
            &["trước ngày 15 của tháng cuối quý | recurring Quarterly <OfLastMonth(15)"],
        ),
        // 30
        (
            "Gửi báo cáo trước ngày 05 tháng cuối cùng của mỗi quý.",
            &["trước ngày 05 tháng cuối cùng của mỗi quý | recurring Quarterly <OfLastMonth(5)"],
        ),
        // 31
        (
            "Rà soát ít nhất 05 quy trình trong 6 tháng đầu năm 2024.",
            &["trong 6 tháng đầu năm 2024 | within 2024-01-01..2024-06-30"],
        ),
        // 32
        ("Giải ngân dứt điểm trong 9 tháng đầu năm 2024.", &["trong 9 tháng đầu năm 2024 | within 2024-01-01..2024-09-30"]),
        // 33
        ("Hoàn thành việc cắm mốc trong năm 2023.", &["trong năm 2023 | within 2023-01-01..2023-12-31"]),
        ("Thực hiện Kế hoạch kiểm tra công vụ năm 2023.", &[]),
        // 34
        ("Phấn đấu đến hết năm 2025 xóa toàn bộ nhà tạm.", &["đến hết năm 2025 | by 2025-12-31"]),
        // 35: the period of a programme is none.
        ("Tinh giản biên chế theo lộ trình giai đoạn 2023 - 2026.", &[]),
        // 36
        ("Trong năm học 2023-2024, mỗi tổ thực hiện 02 chuyên đề.", &["Trong năm học 2023-2024 | within open"]),
        ("Trang bị sách cho thư viện ngay từ đầu năm học.", &["ngay từ đầu năm học | relative open"]),
    ]);
}

/// The same: feasts, spans and events.
#[test]
fn the_spans_and_events_of_the_catalogue_are_found_in_sentences() {
    assert_found(&[
        // 37
        ("Chi trả trợ cấp cho đối tượng trước Tết Nguyên đán.", &["trước Tết Nguyên đán | before 2024-02-08"]),
        // 38
        ("Từ nay đến hết tháng 01/2024, tuần tra ban đêm.", &["Từ nay đến hết tháng 01/2024 | within 2023-10-05..2024-01-31"]),
        // 39
        ("Tập trung thu nợ thuế từ nay đến cuối năm.", &["từ nay đến cuối năm | within 2023-10-05..2023-12-31"]),
        // 40
        (
            "Trả lời bằng văn bản trong thời hạn 05 ngày làm việc kể từ ngày nhận được văn bản này.",
            &["trong thời hạn 05 ngày làm việc kể từ ngày nhận được văn bản này | relative 5 WorkingDays Received"],
        ),
        // 41
        (
            "Công khai quyết định trong thời hạn 10 ngày kể từ ngày ký ban hành.",
            &["trong thời hạn 10 ngày kể từ ngày ký ban hành | relative 10 Days Issued"],
        ),
        // 42
        ("Báo tin về cơ quan thường trực trong vòng 24 giờ.", &["trong vòng 24 giờ | relative 24 Hours Received"]),
        // 43
        ("Quyết định có hiệu lực sau 10 ngày kể từ ngày ký.", &[]),
        // 44
        ("Gửi tài liệu chậm nhất 05 ngày trước ngày họp.", &["chậm nhất 05 ngày trước ngày họp | relative open"]),
        // 45
        (
            "Nộp hồ sơ trước ngày 10 tháng liền kề trước tháng đoàn kiểm tra đến, gồm tờ trình.",
            &["trước ngày 10 tháng liền kề trước tháng đoàn kiểm tra đến | relative open"],
        ),
        // 46: an event is waited for.
        ("Cấp mã định danh theo quy định (khi tỉnh triển khai).", &[]),
        // 47
        ("Báo cáo kết quả cùng với báo cáo tổng kết ngành.", &["cùng với báo cáo tổng kết ngành | relative open"]),
        (
            "Kết quả lồng ghép vào báo cáo công tác tư pháp năm 2023.",
            &["lồng ghép vào báo cáo công tác tư pháp năm 2023 | relative open"],
        ),
        // 48, 49: the day stands elsewhere.
        ("Giải quyết hồ sơ theo thời gian quy định.", &[]),
        ("Triển khai theo tiến độ tại Kế hoạch số 12/KH-UBND ngày 05/01/2023.", &[]),
    ]);
}

/// The same: cycles, manner and the rest.
#[test]
fn the_cycles_of_the_catalogue_are_found_in_sentences() {
    assert_found(&[
        // 50
        (
            "Báo cáo định kỳ hằng tháng, trước ngày 20.",
            &["định kỳ hằng tháng, trước ngày 20 | recurring Monthly <OfLastMonth(20)"],
        ),
        // 51
        ("Giao ban hằng tuần, trước 15 giờ thứ Năm.", &["hằng tuần, trước 15 giờ thứ Năm | recurring Weekly Weekday(Thursday)"]),
        ("Gửi lịch công tác vào chiều thứ Sáu hằng tuần.", &["vào chiều thứ Sáu hằng tuần | recurring Weekly Weekday(Friday)"]),
        // 52
        ("Hằng quý, rà soát danh sách hộ vay.", &["Hằng quý | recurring Quarterly Last"]),
        // 53
        (
            "Gửi kế hoạch năm sau trước ngày 20/11 hàng năm.",
            &["trước ngày 20/11 hàng năm | recurring Yearly <OfYear { month: 11, day: 20 }"],
        ),
        // 54
        ("Định kỳ 6 tháng và hằng năm, báo cáo Sở Nội vụ.", &["Định kỳ 6 tháng và hằng năm | recurring HalfYearly Last"]),
        // 55
        ("Báo cáo định kỳ và đột xuất khi có yêu cầu.", &[]),
        // 56 to 58: manner.
        ("Thường xuyên kiểm tra, nhắc nhở.", &[]),
        ("Tiếp tục tăng cường, đẩy mạnh tuyên truyền.", &[]),
        ("Khẩn trương, kịp thời xử lý trong thời gian sớm nhất.", &[]),
        // 59, 60
        ("HỎA TỐC", &[]),
        ("Trước mắt, ổn định tổ chức; trong thời gian tới bổ sung nhân lực.", &[]),
        // 61
        ("II. Những việc cần làm ngay trong tháng 12/2025", &["ngay trong tháng 12/2025 | within 2025-12-01..2025-12-31"]),
        // 62
        (
            "Sửa chữa trụ sở; thời gian hoàn thành: Quý IV/2023.",
            &["thời gian hoàn thành: Quý IV/2023 | within 2023-10-01..2023-12-31"],
        ),
        ("Thời hạn: 30/11/2023.", &["Thời hạn: 30/11/2023 | by 2023-11-30"]),
        // 63
        ("Đồng ý gia hạn đến ngày 31/3/2024.", &["gia hạn đến ngày 31/3/2024 | by 2024-03-31"]),
        // 64
        ("Nhiệm vụ đã quá hạn từ ngày 01/9/2023.", &[]),
        ("Đến ngày 20/9/2023 vẫn chưa nhận được báo cáo của 05 đơn vị.", &[]),
        // 65
        ("Quá thời hạn nêu trên, đơn vị không có ý kiến coi như thống nhất.", &[]),
        // 66
        (
            "Các xã báo cáo trước ngày 10/11/2023 để Phòng Nội vụ tổng hợp trước ngày 15/11/2023.",
            &["trước ngày 10/11/2023 | before 2023-11-09", "trước ngày 15/11/2023 | before 2023-11-14"],
        ),
        // 67
        (
            "Cấp xã hoàn thành trước ngày 10/11/2023; cấp huyện hoàn thành trước ngày 14/11/2023.",
            &["hoàn thành trước ngày 10/11/2023 | before 2023-11-09", "hoàn thành trước ngày 14/11/2023 | before 2023-11-13"],
        ),
    ]);
}

#[test]
fn days_that_bind_a_duty_are_found_in_their_sentence() {
    assert_found(&[
        ("Các phòng gửi danh sách về Văn phòng trước ngày 25/12/2023.", &["trước ngày 25/12/2023 | before 2023-12-24"]),
        ("Xây dựng kế hoạch của đơn vị xong trước 01/11/2023.", &["xong trước 01/11/2023 | before 2023-10-31"]),
        (
            "Rà soát hồ sơ, thời gian hoàn thành Quý IV/2023; tăng cường tuyên truyền.",
            &["thời gian hoàn thành Quý IV/2023 | within 2023-10-01..2023-12-31"],
        ),
        ("Hằng năm, đơn vị lập bản cam kết với cấp trên.", &["Hằng năm | recurring Yearly Last"]),
    ]);
}

#[test]
fn dates_that_bind_no_duty_are_passed_over() {
    let none = [
        // Bases and papers.
        "Căn cứ Công văn số 352/UBND-KT ngày 08 tháng 9 năm 2023 của Ủy ban nhân dân;",
        "Thực hiện nghiêm Quyết định 550/QĐ-UBND ngày 6/9/2017 về quy chế phối hợp.",
        "Theo Thông tư số 26/2019/TT-BGDĐT ngày 30 tháng 12 năm 2019 của Bộ trưởng.",
        "Căn cứ Luật Tổ chức chính quyền địa phương năm 2015 và Luật sửa đổi năm 2019;",
        "Thay thế Công văn số 1020/UBND-SNV ngày 03 tháng 3 năm 2009.",
        // Names with years.
        "Hoàn thành các mục tiêu tại Kế hoạch cải cách hành chính năm 2023.",
        "Báo cáo tổng kết công tác năm 2023 và phương hướng năm 2024.",
        "Tổ chức Ngày hội Đại đoàn kết 18/11 tại khu dân cư.",
        "Chào mừng ngày Nhà giáo Việt Nam 20/11/2023.",
        "Chiến lược phát triển đến năm 2030, tầm nhìn đến năm 2045.",
        "Đề án phổ cập bơi giai đoạn 2021-2025, định hướng đến năm 2030.",
        "Nâng thứ hạng của đơn vị, góp phần cải thiện chỉ số của huyện trong năm 2023.",
        "Kế hoạch hoạt động năm học 2023-2024 của nhà trường.",
        // Starts and effective dates.
        "Quy định có hiệu lực kể từ ngày 01/01/2024.",
        "Áp dụng biểu mẫu mới từ ngày 15/11/2023.",
        "Kết nối thử đường truyền từ 16h00, ngày 13/10/2023.",
        // Cut-offs.
        "Số liệu lấy từ ngày 15/12/2022 đến ngày 14/11/2023.",
        "Thông tin được tính đến hết năm học 2022-2023.",
        "Số liệu tính đến ngày 30/9/2023.",
        // Conditions.
        "Đơn vị nào đã lập báo cáo xong trước ngày 30/10/2023 phải cập nhật lại.",
        "Trường hợp nộp trước ngày 30/10/2023 thì được xét ngay.",
        "Người sinh trước ngày 01/01/2005 mang theo giấy tờ tùy thân.",
        "Viên chức được tuyển dụng trước ngày 01/7/2020 giữ nguyên ngạch.",
        "Rà soát văn bản được ban hành trước ngày 01/7/2023.",
        // States and histories.
        "Đến ngày 20/9/2023 vẫn chưa nhận được báo cáo.",
        "Tính đến ngày 01/10/2023, có 12/18 đơn vị đã gửi kế hoạch.",
        "Ngày 11/9/2023, Phòng đã có văn bản đề nghị báo cáo trước ngày 20/9/2023.",
        "Trong tháng 9/2023 đã xảy ra 03 vụ cháy.",
        "Trong 9 tháng đầu năm 2023, số thu đã đạt 85% dự toán.",
        "Trong 05 năm qua, phong trào có nhiều chuyển biến.",
        "Trước đó, ngày 13/9, Sở đã có Văn bản số 12 yêu cầu báo cáo trước ngày 22/9.",
        "Phòng nhận được Công văn số 81/UBND (trong đó yêu cầu báo cáo trước ngày 20/11/2023).",
        "Thẻ có giá trị đến ngày 30/9/2024.",
        "Chi trả đợt 1 (từ 01/10/2023 đến 31/12/2023) cho người lao động.",
        "Giao chỉ tiêu hoàn thành năm 2024 cho từng xã.",
        "Nộp kèm Quyết định số 12/QĐ-UBND ngày 18/10/2023.",
        // Events.
        "Thời gian: 7 giờ 30 phút, ngày 14 tháng 10 năm 2023 (thứ Bảy).",
        "Thời gian tổ chức: 14 giờ 00 ngày 20/10/2023, tại Hội trường tầng 2.",
        "Hội nghị diễn ra từ 7 giờ 30 đến 11 giờ 30 ngày 20/10/2023.",
        "Buổi lễ tổ chức vào ngày 20/10/2023.",
        // Manner, budgets, numbers.
        "Kinh phí bố trí trong dự toán chi ngân sách nhà nước hàng năm.",
        "Cập nhật tin bài hàng ngày, hàng tuần, hàng tháng, tăng cường bài viết gương tốt.",
        "Kiểm tra định kỳ, đột xuất các cơ sở kinh doanh.",
        "Thẩm định hồ sơ trước khi trình Chủ tịch.",
        "Điện thoại: 024.39369802, máy lẻ 12/11.",
        "Trang 3/12.",
        "2023.03.27 14:26:14 +07:00",
    ];
    assert_found(&none.map(|text| (text, &[] as &[&str])));
}

#[test]
fn lists_of_days_are_one_deadline_or_each_its_own() {
    assert_found(&[
        (
            "Ra quân dọn vệ sinh trong các ngày 18, 19, 20/10/2023.",
            &["trong các ngày 18, 19, 20/10/2023 | within 2023-10-18..2023-10-20"],
        ),
        ("Kiểm kê trong hai ngày 09-10/12/2023.", &["trong hai ngày 09-10/12/2023 | within 2023-12-09..2023-12-10"]),
        (
            "Đối chiếu trong 02 ngày: 18/10/2023 và 19/10/2023.",
            &["trong 02 ngày: 18/10/2023 và 19/10/2023 | within 2023-10-18..2023-10-19"],
        ),
        ("Báo cáo trước ngày 15/6 và 15/12 hằng năm.", &["trước ngày 15/6 và 15/12 hằng năm | recurring open"]),
        (
            "Báo cáo trước ngày 20/10/2023 và ngày 20/12/2023.",
            &["trước ngày 20/10/2023 | before 2023-10-19", "ngày 20/12/2023 | before 2023-12-19"],
        ),
        ("Nộp phiếu tại bộ phận một cửa ngày 18/10/2023.", &["ngày 18/10/2023 | at 2023-10-18"]),
        ("Thời hạn nhận bài sẽ là 31/01/2024.", &["Thời hạn nhận bài sẽ là 31/01/2024 | by 2024-01-31"]),
    ]);
}

#[test]
fn fields_hold_bare_days_and_periods() {
    let field = |text: &str| {
        CALENDAR.with(|calendar| told(text, &read_field(text, Ground { issued: Some(ISSUED), calendar })).join("; "))
    };
    let table = [
        ("Quý IV/2023", "Quý IV/2023 | within 2023-10-01..2023-12-31"),
        ("Quý II, Quý III/2024", "Quý II, Quý III/2024 | within 2024-04-01..2024-09-30"),
        ("31/12", "31/12 | by 2023-12-31"),
        ("30/11/2023", "30/11/2023 | by 2023-11-30"),
        ("Trước 30/11", "Trước 30/11 | before 2023-11-29"),
        ("Tháng 11/2023", "Tháng 11/2023 | within 2023-11-01..2023-11-30"),
        ("Tháng 11-12/2023", "Tháng 11-12/2023 | within 2023-11-01..2023-12-31"),
        ("12/2023", "12/2023 | within 2023-12-01..2023-12-31"),
        ("Năm 2024", "Năm 2024 | within 2024-01-01..2024-12-31"),
        ("2024-2025", "2024-2025 | within 2024-01-01..2025-12-31"),
        ("Thường xuyên", "Thường xuyên | recurring open"),
        ("Hàng tháng", "Hàng tháng | recurring Monthly Last"),
        ("Hàng quý, trước ngày 15", "Hàng quý, trước ngày 15 | recurring Quarterly <OfLastMonth(15)"),
        ("Theo quy định", "Theo quy định | relative open"),
        ("Sau khi có hướng dẫn của tỉnh", "Sau khi có hướng dẫn của tỉnh | relative open"),
        ("Năm học 2023-2024", "Năm học 2023-2024 | within open"),
        ("Cả năm", "Cả năm | recurring open"),
        ("Phòng Nội vụ", ""),
        ("", ""),
    ];
    let wrong: Vec<String> = table
        .iter()
        .filter(|(text, expected)| field(text) != *expected)
        .map(|(text, expected)| format!("{text}\n    is   {}\n    want {expected}", field(text)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn without_a_day_of_issue_only_what_hangs_on_it_is_left_open() {
    let read = |text: &str| CALENDAR.with(|calendar| told(text, &find(text, Ground { issued: None, calendar })).join("; "));
    assert_eq!(read("Gửi về Phòng trước ngày 25/12/2023."), "trước ngày 25/12/2023 | before 2023-12-24");
    assert_eq!(read("Gửi về Phòng trước ngày 25/12."), "trước ngày 25/12 | before open");
    assert_eq!(read("Xử lý xong trong tuần này."), "xong trong tuần này | within open");
    assert_eq!(read("Hằng quý, báo cáo Sở."), "Hằng quý | recurring Quarterly Last");
}

#[test]
fn doubts_name_their_place() {
    let doubts = |text: &str| {
        let findings = CALENDAR.with(|calendar| find(text, Ground { issued: Some(ISSUED), calendar }));
        let all = findings.found.iter().flat_map(|one| &one.doubts).chain(&findings.doubts);
        all.map(|doubt| format!("{} [{}]", doubt.code(), &text[doubt.range.clone()])).collect::<Vec<_>>()
    };
    assert_eq!(
        doubts("Nộp chậm nhất ngày 26/11/2023 (thứ Hai)."),
        ["weekday-contradicts", "falls-on-rest-day"].map(|code| format!("{code} [chậm nhất ngày 26/11/2023 (thứ Hai)]"))
    );
    assert_eq!(
        doubts("Nộp trước ngày 10/10/2022."),
        ["deadline-before-issue", "falls-on-rest-day"].map(|code| format!("{code} [trước ngày 10/10/2022]"))
    );
    assert_eq!(doubts("Nộp trước ngày 31/11/2023."), ["no-such-day [trước ngày 31/11/2023]"]);
    assert_eq!(doubts("Chứng thực bản sao (khi Thành phố triển khai)."), ["waits-for-event [khi Thành phố triển khai]"]);
    assert_eq!(doubts("Giải quyết hồ sơ đúng thời hạn."), ["day-in-another-paper [đúng thời hạn]"]);
    assert_eq!(doubts("Trực ban, báo cáo hằng ngày, trước 16 giờ 30."), ["cycle-not-known [hằng ngày, trước 16 giờ 30]"]);
}

//! Dispatches written from a known structure: what the reader is to give back, and the dirt it is to see through.

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::Date;

/// A duty as it was written, and what is to be read of it.
#[derive(Clone, Debug)]
pub struct Duty {
    /// `1.a`
    pub clause: String,
    /// Units that answer for it.
    pub leads: Vec<&'static str>,
    /// Kind and last day, when the sentence has a deadline.
    pub deadline: Option<(&'static str, Option<Date>)>,
    /// The number to reach.
    pub target: Option<f64>,
}

/// A dispatch.
#[derive(Clone, Debug)]
pub struct Written {
    pub text: String,
    pub number: String,
    pub issued: Date,
    pub duties: Vec<Duty>,
}

const UNITS: [&str; 8] = [
    "Phòng Nội vụ",
    "Phòng Tư pháp",
    "Phòng Tài chính - Kế hoạch",
    "Phòng Văn hóa và Thông tin",
    "Công an huyện",
    "Thanh tra huyện",
    "Văn phòng Ủy ban nhân dân huyện",
    "Phòng Giáo dục và Đào tạo",
];

const WORKS: [&str; 14] = [
    "Rà soát hồ sơ lưu trữ còn tồn đọng tại các cơ quan",
    "Tổ chức tập huấn nghiệp vụ cho công chức tiếp nhận hồ sơ",
    "Kiểm tra việc niêm yết công khai thủ tục tại bộ phận một cửa",
    "Xây dựng phương án sửa chữa trụ sở làm việc đã xuống cấp",
    "Tham mưu Ủy ban nhân dân huyện kiện toàn ban chỉ đạo",
    "Chủ trì đối chiếu danh sách hộ kinh doanh trên địa bàn",
    "Phối hợp với các xã, thị trấn nạo vét kênh mương nội đồng",
    "Báo cáo Ủy ban nhân dân huyện kết quả xử lý đơn thư",
    "Triển khai phần mềm quản lý văn bản đến từng bộ phận",
    "Tăng cường tuyên truyền phòng cháy tại khu dân cư",
    "Hướng dẫn các trường cập nhật hồ sơ học sinh",
    "Đôn đốc các đơn vị quyết toán kinh phí sự nghiệp",
    "Tổng hợp nhu cầu đào tạo của viên chức",
    "Theo dõi, kiểm tra việc chấp hành nội quy cơ quan",
];

/// What stands in a sentence with a day or a number and is neither deadline nor target.
const TRAPS: [&str; 8] = [
    " theo Quyết định số 45/QĐ-UBND ngày 06/9/2017",
    " theo Kế hoạch số 12/KH-UBND ngày 15 tháng 01 năm 2021 của Ủy ban nhân dân tỉnh",
    " thuộc chương trình giai đoạn 2021 - 2025",
    " tại Kế hoạch cải cách hành chính năm 2023",
    " quy định tại Thông tư số 02/2019/TT-BNV ngày 24 tháng 01 năm 2019 của Bộ Nội vụ",
    " đã được phê duyệt",
    " tại 16 xã, thị trấn",
    "",
];

/// One duty of that clause: its sentence without the letter before it.
fn duty(rng: &mut Rng, issued: Date, clause: String, leads: Vec<&'static str>) -> (String, Duty) {
    let mut sentence = rng.choice(WORKS).unwrap_or_default().to_owned();
    sentence.push_str(rng.choice(TRAPS).unwrap_or_default());
    let target = (rng.u8(..4) == 0).then(|| target(rng));
    if let Some((words, _)) = &target {
        sentence.push_str(", ");
        sentence.push_str(words);
    }
    let deadline = (rng.u8(..5) < 3).then(|| deadline(rng, issued));
    if let Some((words, ..)) = &deadline {
        sentence.push_str(if rng.bool() { ", " } else { " và gửi kết quả về Phòng Nội vụ " });
        sentence.push_str(words);
    }
    let deadline = deadline.map(|(_, kind, day)| (kind, day));
    (sentence, Duty { clause, leads, deadline, target: target.map(|(_, value)| value) })
}

fn target(rng: &mut Rng) -> (String, f64) {
    let number = rng.u32(2..99);
    let value = f64::from(number);
    match rng.u8(..7) {
        0 => (format!("bảo đảm trên {number}% hồ sơ được giải quyết đúng hẹn"), value),
        1 => (format!("phấn đấu đạt {number}% số hộ tham gia"), value),
        2 => (format!("tối thiểu {number:02} mô hình"), value),
        3 => (format!("đạt từ {number}% trở lên"), value),
        4 => ("bảo đảm 100% hồ sơ được số hóa".to_owned(), 100.0),
        5 => (format!("tỷ lệ hồ sơ trễ hẹn không quá {number},5%"), value + 0.5),
        _ => (format!("ít nhất 1.{number:03} lượt người tham dự"), 1000.0 + value),
    }
}

/// A day in one of the forms of dispatches.
fn written_day(rng: &mut Rng, day: Date) -> String {
    let (d, m, y) = (day.day(), day.month(), day.year());
    match rng.u8(..5) {
        0 => format!("{d:02} tháng {m:02} năm {y}"),
        1 => format!("{d}-{m}-{y}"),
        2 => format!("{d:02}.{m:02}.{y}"),
        3 => format!("{d}/{m}/{y}"),
        _ => format!("{d:02}/{m:02}/{y}"),
    }
}

/// Words, kind, last day.
fn deadline(rng: &mut Rng, issued: Date) -> (String, &'static str, Option<Date>) {
    let day = issued.saturating_add(rng.i32(6..400).days());
    let words = written_day(rng, day);
    let (month, year) = (day.month(), day.year());
    let quarter = (month + 2) / 3;
    let ends = |month: i8| Date::new(year, month, 1).map(Date::last_of_month).ok();
    match rng.u8(..14) {
        0 | 1 => (format!("trước ngày {words}"), "before", day.yesterday().ok()),
        2 => (format!("chậm nhất ngày {words}"), "by", Some(day)),
        3 => (format!("đến hết ngày {words}"), "by", Some(day)),
        4 => (format!("trước 16 giờ 30 ngày {words}"), "before", Some(day)),
        5 => (format!("trong tháng {month:02}/{year}"), "within", ends(month)),
        6 => (
            format!("thời gian hoàn thành Quý {}/{year}", ["I", "II", "III", "IV"][usize::from(quarter.unsigned_abs()) - 1]),
            "within",
            ends(quarter * 3),
        ),
        7 => (format!("hoàn thành trong năm {year}"), "within", ends(12)),
        8 => (format!("xong trước ngày {words}"), "before", day.yesterday().ok()),
        9 => (format!("muộn nhất là ngày {words}"), "by", Some(day)),
        10 => ("định kỳ hằng tháng, trước ngày 20".to_owned(), "recurring", None),
        11 => ("trong thời hạn 05 ngày làm việc kể từ ngày nhận được văn bản này".to_owned(), "relative", None),
        12 => ("trước ngày 15 của tháng cuối quý".to_owned(), "recurring", None),
        _ => (format!("từ ngày {} đến ngày {words}", written_day(rng, issued)), "within", Some(day)),
    }
}

/// A dispatch made from that seed, with its dirt.
pub fn written(seed: u64) -> Written {
    let mut rng = Rng::with_seed(seed);
    let issued = Date::constant(2023, 1, 2).saturating_add(rng.i32(0..900).days());
    let number = format!("{}/UBND-{}", rng.u32(10..4_000), rng.choice(["NC", "VX", "KT", "NV"]).unwrap_or_default());
    let mut duties = Vec::new();
    let mut paragraphs = vec![
        format!(
            "Căn cứ Công văn số {}/UBND-TH ngày 08 tháng 9 năm 2022 của Ủy ban nhân dân tỉnh về việc tăng cường kỷ luật, kỷ cương;",
            rng.u32(10..999)
        ),
        "Để thực hiện tốt các nội dung nêu trên, Ủy ban nhân dân huyện yêu cầu các cơ quan, đơn vị thực hiện các nội dung sau:"
            .to_owned(),
    ];
    for section in 1..=rng.usize(1..=4) {
        let unit = *rng.choice(&UNITS).unwrap_or(&UNITS[0]);
        paragraphs.push(format!("{section}. {}{unit}", if rng.bool() { "Giao " } else { "" }));
        for letter in ["a", "b", "c", "d", "đ", "e", "g", "h"].iter().take(rng.usize(1..=8)) {
            let (sentence, duty) = duty(&mut rng, issued, format!("{section}.{letter}"), vec![unit]);
            paragraphs.push(format!("{letter}) {sentence}{}", if rng.bool() { "." } else { ";" }));
            duties.push(duty);
        }
    }
    let text = laid_out(&mut rng, &number, issued, &paragraphs);
    Written { text, number, issued, duties }
}

/// Heading, paragraphs and signature as a printer, a stamp and an extractor of text leave them.
fn laid_out(rng: &mut Rng, number: &str, issued: Date, paragraphs: &[String]) -> String {
    let (day, month, year) = (issued.day(), issued.month(), issued.year());
    let bold = rng.u8(..4) == 0;
    let mark = if bold { "**" } else { "" };
    let (head, symbol) = number.split_once('/').unwrap_or((number, ""));
    let mut text = format!(
        "{mark}ỦY BAN NHÂN DÂN\nHUYỆN ĐỒNG THỬ{mark}\n\n{mark}CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc{mark}\n\n\
         Số: {mark}{head}{mark}/{symbol}\nV/v chấn chỉnh công tác hành chính\ntrên địa bàn huyện\n\n\
         Đồng Thử, ngày {day:02} tháng {month:02} năm {year}\n\nKính gửi:\n\n- Các cơ quan, đơn vị thuộc huyện;\n\
         - Ủy ban nhân dân các xã, thị trấn.\n\n"
    );
    let width = rng.usize(70..100);
    let blank = rng.bool();
    let every = rng.usize(18..30);
    let mut lines = 0;
    let mut page = 1;
    for paragraph in paragraphs {
        for line in wrapped(paragraph, width) {
            text.push_str(&line);
            text.push('\n');
            lines += 1;
            // The foot of a page: its number, at times below the day a stamp has left.
            if lines % every == 0 {
                page += 1;
                text.push_str(&format!("\n{page}\n\n"));
            }
        }
        if blank {
            text.push('\n');
        }
    }
    text.push_str("\nNơi nhận:\n- Như trên;\n- Lưu: VT, NC.\n\nCHỦ TỊCH\n\n\n\nNguyễn Thử Nghiệm\n");
    dirtied(rng, text)
}

/// Lines of at most that many letters, broken at blanks.
fn wrapped(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in paragraph.split(' ') {
        let last = lines.last_mut().expect("one line at least");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// What typing and fonts do: letters in pieces, wrong code points, blanks that are none, endings of another system.
fn dirtied(rng: &mut Rng, text: String) -> String {
    let text = if rng.u8(..4) == 0 { apart(&text) } else { text };
    let text = if rng.u8(..4) == 0 { text.replace("trước", "trƣớc").replace("được", "đƣợc") } else { text };
    let text = if rng.u8(..4) == 0 { text.replace(" ngày ", " \u{a0}ngày  ") } else { text };
    let text = if rng.u8(..4) == 0 { text.replace(") ", ")") } else { text };
    if rng.u8(..4) == 0 { text.replace('\n', "\r\n") } else { text }
}

/// Each letter and its marks as code points of their own.
fn apart(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfd().collect()
}

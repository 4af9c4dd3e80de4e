//! Which clause is a duty, and which states a fact, a goal, a rule or a title.

use super::lexicon::{MODALS, VERBS};
use super::unit::{Duty, Named};
use super::words::Words;

/// What a section is about, told from its heading: it decides what its clauses can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Topic {
    /// Duties.
    #[default]
    Duties,
    /// Goals, aims, principles: only what has a number or a day counts.
    Goals,
    /// What was found, results, bases, who takes part, where: nothing counts.
    Facts,
    /// Days by which something is to be handed in: every item with a day is a duty.
    Dates,
    /// When and where something takes place.
    Event,
}

/// The topic a heading announces; `None` when it says nothing about it.
pub fn topic_of(words: &Words<'_>) -> Option<Topic> {
    let at = usize::from(words.sees(0, &["về", "một"]));
    let table: [(&[&str], Topic); 5] = [
        (
            &[
                "thời gian nộp",
                "thời gian gửi",
                "thời gian báo cáo",
                "thời gian nhận",
                "thời gian hoàn thành",
                "thời hạn",
                "hạn nộp",
                "thời gian và hình thức nộp",
                "thời gian đăng ký",
                "thời gian tiếp nhận",
                "thời gian thực hiện và",
                "tiến độ thực hiện",
                "lịch",
                "thời gian, hình thức nộp",
            ],
            Topic::Dates,
        ),
        (
            &[
                "thời gian tổ chức",
                "thời gian, địa điểm",
                "thời gian và địa điểm",
                "địa điểm",
                "thành phần",
                "hình thức và địa điểm",
            ],
            Topic::Event,
        ),
        (&["mục đích", "mục tiêu", "yêu cầu", "quan điểm", "nguyên tắc", "phương châm", "chỉ tiêu", "định hướng"], Topic::Goals),
        (
            &[
                "căn cứ và",
                "căn cứ pháp lý",
                "tình hình",
                "kết quả đạt được",
                "kết quả thực hiện",
                "đánh giá chung",
                "tồn tại",
                "hạn chế",
                "nguyên nhân",
                "thực trạng",
                "khắc phục một số tồn tại",
                "những kết quả",
                "ưu điểm",
                "khuyết điểm",
                "đối tượng",
                "phạm vi",
                "đánh giá kết quả",
                "đánh giá tình hình",
                "bối cảnh",
                "đặc điểm",
            ],
            Topic::Facts,
        ),
        (&["nhiệm vụ", "giải pháp", "nội dung", "tổ chức thực hiện", "phân công", "trách nhiệm", "công tác"], Topic::Duties),
    ];
    table.iter().find(|(openings, _)| words.sees(at, openings)).map(|(_, topic)| *topic)
}

/// Whether a text tells of an earlier paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// It does not, or what it tells is the order itself: "Theo đó, yêu cầu …".
    None,
    /// "Ngày 13/9, UBND tỉnh ban hành Văn bản số … giao …": history when "Tuy nhiên" follows.
    Told,
    /// "Trước đó, …", or "…, tuy nhiên đến nay …" within it: history.
    Past,
}

/// What a text tells.
pub fn story_of(words: &Words<'_>) -> Story {
    const ISSUED: &[&str] = &["ban hành", "có văn bản", "có công văn", "có thông báo", "đã có", "đã ký"];
    let all = 0..words.len();
    if words.has(all.clone(), &["theo đó", "nêu rõ", "cụ thể", "như sau"]) {
        return Story::None;
    }
    let earlier = words.sees(0, &["trước đó"]);
    if !earlier && !words.sees(0, &["ngày", "vừa qua", "tại công văn", "tại văn bản"])
        || !words.has(0..words.len().min(45), ISSUED)
    {
        return Story::None;
    }
    if earlier || words.has(all, &["tuy nhiên"]) { Story::Past } else { Story::Told }
}

/// Whether a text asks for something.
pub fn asks(words: &Words<'_>, named: &Named) -> bool {
    if words.sees(0, &["trong quá trình", "quá trình", "nếu có vướng mắc"])
        && words.has(0..words.len(), &["vướng mắc", "khó khăn", "phát sinh"])
    {
        // Whoever meets difficulties is to say so: nobody follows that.
        return words.has(0..words.len(), &["báo cáo kết quả"]);
    }
    if remarks(words) {
        return named.duty == Duty::Asked && words.has(0..words.len(), &["yêu cầu", "đề nghị", "giao"]);
    }
    named.duty > Duty::None || begins_with_verb(words)
}

/// "Lưu ý:", "Chú ý:", "Ghi chú:".
fn remarks(words: &Words<'_>) -> bool {
    words.sees(0, &["lưu ý", "chú ý", "ghi chú", "chú thích", "ghi nhận", "ví dụ"])
}

/// Whether one of its sentences begins with the verb of a duty.
fn begins_with_verb(words: &Words<'_>) -> bool {
    let mut at = 0;
    while at < words.len() {
        let end = words.sentence_end(at, usize::MAX / 2);
        if commands(words, at, end) {
            return true;
        }
        at = end.max(at + 1);
    }
    false
}

fn commands(words: &Words<'_>, start: usize, end: usize) -> bool {
    let mut at = start;
    while at < end && words.mark(at).is_some() {
        at += 1;
    }
    if words.sees(at, &["ban hành kèm theo", "ban hành theo quyết định này"]) {
        return false;
    }
    let doubtful = words.sees(at, &["căn cứ", "theo", "ghi", "thu", "in", "có", "nhận", "làm"]);
    if let Some(length) = VERBS.see(words, at).filter(|length| !doubtful || *length > 1) {
        return !words.sees(at + length, &["không", "chưa", "sai", "còn", "chậm", "của", "là", ":"])
            && !is_noun(words, at, length);
    }
    if words.sees(at, &["không được", "không để", "không cho", "phải", "cần"]) {
        return true;
    }
    let circumstance = words.sees(
        at,
        &[
            "căn cứ",
            "trên cơ sở",
            "trong",
            "trước",
            "sau",
            "định kỳ",
            "hằng",
            "hàng",
            "khi",
            "từ",
            "để",
            "nhằm",
            "ngay",
            "theo",
            "chậm nhất",
            "đến",
            "đối với",
            "ngoài ra",
            "bên cạnh",
            "vào",
            "đồng thời",
            "riêng",
            "với",
        ],
    );
    circumstance
        && (at + 1..end.min(at + 60)).any(|index| {
            let follows = words.mark(index - 1) == Some(',') || words.mark(index - 1) == Some(':');
            follows && !words.is_capital(index) && (VERBS.sees(words, index) || MODALS.sees(words, index))
        })
}

/// "Báo cáo tự đánh giá (01 bản in)", "Kế hoạch": the name of a paper.
fn is_noun(words: &Words<'_>, at: usize, length: usize) -> bool {
    let paper =
        words.sees(at, &["báo cáo", "quyết định", "đề xuất", "dự toán", "hợp đồng", "thông báo", "hướng dẫn", "đánh giá"]);
    let counted = (at..words.len().min(at + 30)).any(|index| words.mark(index) == Some('(') && words.number(index + 1).is_some());
    paper && (counted || words.sees(at + length, &["số"]))
}

/// Whether a text is the title of what stands below it rather than a duty.
pub fn is_title(text: &str) -> bool {
    let long = text.chars().count() > 140;
    let sentences = text.trim_end_matches(['.', ':', ';', ' ']).contains(". ");
    !long && !sentences && !text.ends_with(';')
}

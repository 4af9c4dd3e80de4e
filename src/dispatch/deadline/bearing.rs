//! Whether a date binds a duty: conditions, states of things, cut-offs, names and histories do not.

use super::opener::Bound;
use super::{Candidate, Ground, Meaning};
use crate::dispatch::words::Words;
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineRule};
use crate::domain::phrase::{Flag, Reading};
use crate::domain::recurrence::CycleDay;

/// How far the words around a date are looked at, in tokens.
const REACH: usize = 40;

/// What is asked for.
const DUTY: [&str; 16] = [
    "báo cáo",
    "gửi",
    "nộp",
    "trình",
    "hoàn thành",
    "xong",
    "yêu cầu",
    "đề nghị",
    "ban hành",
    "tham mưu",
    "tổng hợp",
    "đăng ký",
    "cung cấp",
    "cập nhật",
    "triển khai",
    "thực hiện",
];

/// Whether the date that was read there binds a duty.
pub(super) fn bears(words: &Words<'_>, bound: Bound, one: &Candidate, ground: Ground<'_>) -> bool {
    let context = Context::new(words, one);
    let reading = match &one.meaning {
        Meaning::Open(..) if one.meaning.is_school_year() => return context.school_year(bound, one),
        Meaning::Open(..) if bound == Bound::At => return context.before(&DUTY) && !context.has_event(),
        Meaning::Open(..) => return !context.is_condition() && bound != Bound::Bare,
        Meaning::Read(reading) => reading,
    };
    match &reading.rule {
        DeadlineRule::Recurring(recurrence) => context.recurring(bound, recurrence.day != CycleDay::Last),
        DeadlineRule::Relative { .. } => context.span(bound),
        DeadlineRule::Fixed(deadline) => context.day(bound, deadline, ground, reading),
    }
}

/// Whether a labelled day is one that has passed and is only told of.
pub(super) fn is_told(words: &Words<'_>, one: &Candidate, ground: Ground<'_>) -> bool {
    match &one.meaning {
        Meaning::Read(Reading { rule: DeadlineRule::Fixed(deadline), .. }) => match Age::of(deadline, ground) {
            Age::Open => false,
            Age::Slip => Context::new(words, one).is_history(),
            Age::Past => true,
        },
        _ => false,
    }
}

/// How the day lies to the issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    /// Before it, and told of.
    Past,
    /// Before it as mistakes are: by a few days, as when the signing took longer, or with last year's number.
    Slip,
    /// On it or later.
    Open,
}

impl Age {
    fn of(deadline: &Deadline, ground: Ground<'_>) -> Self {
        const SIGNING_DAYS: i32 = 5;
        const LAST_YEAR_DAYS: std::ops::RangeInclusive<i32> = 120..=366;
        let Some(issued) = ground.issued.filter(|issued| deadline.last_day < *issued) else { return Self::Open };
        let days = (issued - deadline.last_day).get_days();
        let is_whole = deadline.kind == DeadlineKind::Within;
        if !is_whole && (days <= SIGNING_DAYS || LAST_YEAR_DAYS.contains(&days)) { Self::Slip } else { Self::Past }
    }
}

/// The words around a date.
struct Context<'a> {
    words: &'a Words<'a>,
    /// First token of the sentence, as far as it is looked at.
    start: usize,
    /// First token of the part between commas.
    part: usize,
    first: usize,
    next: usize,
    /// Token after the last of the sentence, as far as it is looked at.
    end: usize,
}

impl<'a> Context<'a> {
    fn new(words: &'a Words<'a>, one: &Candidate) -> Self {
        let (first, next) = (one.tokens.start, one.tokens.end);
        Self {
            words,
            start: words.sentence_start(first, REACH),
            part: words.part_start(first, REACH),
            first,
            next,
            end: words.sentence_end(first, REACH + next - first).max(next),
        }
    }

    /// Whether one of these stands before the date in its sentence.
    fn before(&self, choices: &[&str]) -> bool {
        self.words.has(self.start..self.first, choices)
    }

    /// Whether one of these stands before the date in its part of the sentence.
    fn part_has(&self, choices: &[&str]) -> bool {
        self.words.has(self.part..self.first, choices)
    }

    /// Whether one of these stands behind the date within so many tokens.
    fn behind(&self, tokens: usize, choices: &[&str]) -> bool {
        self.words.has(self.next..self.end.min(self.next + tokens), choices)
    }

    fn right_before(&self, choices: &[&str]) -> bool {
        self.words.follows(self.first, choices)
    }

    fn opens(&self) -> bool {
        self.words.opens_sentence(self.first)
    }

    /// "Cơ sở nào đã … xong trước ngày", "trường hợp nộp trước ngày", "sinh trước ngày".
    fn is_condition(&self) -> bool {
        if self.part_has(&["nào đã", "nếu", "trường hợp"]) && !self.part_has(&["nếu có", "phải", "đề nghị", "yêu cầu"])
        {
            return true;
        }
        // "tuyển sinh trước ngày" is no birthday.
        let is_born = self.right_before(&["sinh"])
            && !self.words.follows(
                self.first - 1,
                &["tuyển", "học", "vệ", "thí", "dân", "hộ", "phát", "thủy", "ký", "khai", "nữ", "nam", "phục", "môi"],
            );
        if is_born
            || self.right_before(&[
                "tuyển dụng",
                "đã tốt nghiệp",
                "hiệu lực",
                "phát sinh",
                "được ban hành",
                "đã ban hành",
                "được ký",
                "đã ký",
                "được cấp",
                "đã cấp",
                "nhập ngũ",
                "vào ngành",
                "lao động ký",
                "hợp đồng ký",
                "giá trị",
                "thời hạn",
                "giá trị sử dụng",
                "tồn tại",
                "xảy ra",
                "được xây dựng",
                "được thành lập",
            ])
        {
            return true;
        }
        // A verb in the past, unless it only describes what is to be handed in.
        (self.part..self.first).any(|at| {
            self.words.word(at) == "đã"
                && self.first - at <= 12
                && !self.words.has(
                    at + 1..self.first,
                    &[
                        "khẩn trương",
                        "yêu cầu",
                        "đề nghị",
                        "phải",
                        "cần",
                        "nhưng",
                        "bổ sung",
                        "và gửi",
                        "và nộp",
                        "và báo cáo",
                        "và trình",
                        "và hoàn thành",
                    ],
                )
                && !self
                    .words
                    .sees(at + 1, &["được", "nêu", "đề", "giao", "ban", "ký", "phân", "đăng", "có", "phê", "chỉ", "cam"])
        })
    }

    /// "đến ngày 20/9 vẫn chưa nhận được", "có 12 đơn vị đã".
    fn is_state(&self) -> bool {
        // "(trong đó yêu cầu huyện báo cáo trước ngày …)" tells what another paper asked.
        let quotes = self.words.mark(self.part.wrapping_sub(1)) == Some('(')
            && self.words.sees(self.part, &["trong đó yêu cầu", "trong đó đề nghị", "trong đó giao", "theo đó"]);
        quotes
            || self.behind(
                10,
                &[
                    "vẫn chưa",
                    "mới đạt",
                    "chưa nhận",
                    "chưa có",
                    "mới có",
                    "đã có",
                    "còn có",
                    "vẫn còn",
                    "chưa gửi",
                    "chưa báo cáo",
                ],
            )
            || self.right_before(&["quá hạn", "đã quá hạn"])
            || self.before(&["quá hạn từ"])
    }

    /// "số liệu từ ngày … đến ngày …", "tính đến hết ngày".
    fn is_cut_off(&self) -> bool {
        self.right_before(&["tính", "số liệu", "số liệu lấy", "kỳ báo cáo", "thông tin", "chốt", "lấy", "thời kỳ", "giai đoạn"])
            || self.part_has(&[
                "số liệu tính",
                "lấy số liệu",
                "chốt số liệu",
                "niên độ",
                "kỳ báo cáo tính",
                "được tính",
                "mốc thời gian",
                "lịch nghỉ",
                "thời gian nghỉ",
                "nghỉ lễ",
                "nghỉ tết",
                "dự báo",
            ])
            || self.behind(4, &["là thời điểm chốt"])
    }

    /// An old day that is told and not asked for.
    fn is_history(&self) -> bool {
        self.before(&["đã", "trước đó", "vừa qua", "căn cứ", "theo công văn", "tại công văn", "thực hiện công văn", "theo đó"])
            || self.behind(12, &["đã", "vẫn", "chưa"])
    }

    fn has_event(&self) -> bool {
        self.before(&[
            "tổ chức",
            "họp",
            "diễn ra",
            "khai mạc",
            "bắt đầu",
            "hội nghị",
            "tập trung",
            "có mặt",
            "tham dự",
            "tham gia",
            "phát sóng",
            "khai giảng",
            "xuất phát",
            "làm việc",
        ])
    }

    fn is_completed(&self) -> bool {
        self.before(&["hoàn thành", "xong", "kết thúc", "phấn đấu", "dứt điểm"])
    }

    fn day(&self, bound: Bound, deadline: &Deadline, ground: Ground<'_>, reading: &Reading) -> bool {
        let age = Age::of(deadline, ground);
        if self.is_condition() || self.is_state() {
            return false;
        }
        let is_years = deadline.from.is_some_and(|from| from.month() == 1 && from.day() == 1)
            && deadline.last_day.month() == 12
            && deadline.last_day.day() == 31;
        // "trước ngày" with nothing behind it.
        let ends_bare = self.words.word(self.next - 1) == "ngày" && !self.words.follows(self.next, &["cùng ngày", "trong ngày"]);
        if ends_bare && bound != Bound::Within {
            return false;
        }
        match bound {
            Bound::Before | Bound::Latest | Bound::Extension => match age {
                Age::Open => !self.is_told_without_year(reading, ground),
                Age::Slip => !self.is_history(),
                Age::Past => false,
            },
            Bound::Span => self.span(bound),
            Bound::Until => {
                let named = self.right_before(&["định hướng", "tầm nhìn", "giai đoạn"])
                    || self.words.has(self.phrase_start()..self.first, &["từ ngày", "từ tháng", "từ năm", "giai đoạn"])
                    || self.is_from_hour();
                let by_year = self.is_by_year(reading);
                age == Age::Open
                    && !named
                    && !self.is_cut_off()
                    && (!by_year || self.is_completed() || (self.opens() && !self.behind(12, &["tầm nhìn", "định hướng"])))
            }
            Bound::FromTo => {
                let is_hours = deadline.from == Some(deadline.last_day);
                age == Age::Open
                    && !self.is_cut_off()
                    && !is_hours
                    && !is_years
                    && !self.is_instalment()
                    && !self.words.has(self.phrase_start()..self.first, &["giai đoạn"])
            }
            Bound::Within if is_years => {
                age == Age::Open
                    && (self.before(&["hoàn thành", "xong", "dứt điểm", "kết thúc"])
                        || (self.opens() && !self.behind(14, &["đã"])))
            }
            Bound::Within => {
                // "trong ngày" alone tells how fast; "ngay trong ngày" when.
                let is_meant = self.words.see(self.first, &["trong ngày"]) != Some(self.next - self.first);
                age == Age::Open && is_meant && !self.is_cut_off() && !self.right_before(&["tình hình", "phát sinh"])
            }
            Bound::At => age == Age::Open && self.before(&DUTY) && !self.has_event() && !self.is_cut_off(),
            Bound::Cycle => false,
            Bound::Bare => {
                let is_done = !self.words.follows(self.first.saturating_sub(2), &["chỉ tiêu"])
                    && self.right_before(&["hoàn thành", "xong", "hoàn thành xong", "thời gian hoàn thành", "hoàn thành vào"]);
                let in_brackets = deadline.kind == DeadlineKind::Within
                    && self.words.mark(self.first.wrapping_sub(1)) == Some('(')
                    && self.words.mark(self.next) == Some(')')
                    && !is_years;
                age == Age::Open && (is_done || in_brackets || self.is_scheduled(deadline) || self.is_handed_in(deadline))
            }
        }
    }

    /// "Chi trả đợt 1 (từ … đến …)": the days of what is paid or counted.
    fn is_instalment(&self) -> bool {
        let bracket = self.first.wrapping_sub(1);
        self.words.mark(bracket) == Some('(')
            && (bracket.saturating_sub(3)..bracket).any(|at| matches!(self.words.word(at), "đợt" | "kỳ" | "quý"))
            && !self.words.opens_sentence(bracket.saturating_sub(2))
    }

    /// "Nộp hồ sơ tại bộ phận một cửa ngày 18/10/2023.": handed in on that day, and no paper is dated by it.
    fn is_handed_in(&self, deadline: &Deadline) -> bool {
        let papers = ["số", "công văn", "văn bản", "quyết định", "kế hoạch", "thông báo", "tờ trình", "biên bản"];
        let ends = self.next >= self.end || self.words.mark(self.next).is_some();
        deadline.kind == DeadlineKind::At && ends && self.part_has(&["nộp"]) && !self.part_has(&papers) && !self.has_event()
    }

    /// "đã có Văn bản số … báo cáo trước ngày 22/9": of a told day without a year the next one is not meant.
    fn is_told_without_year(&self, reading: &Reading, ground: Ground<'_>) -> bool {
        const FAR_DAYS: i32 = 150;
        let (Some(issued), DeadlineRule::Fixed(deadline)) = (ground.issued, &reading.rule) else { return false };
        let assumed = reading.flags.iter().any(|flag| matches!(flag, Flag::YearAssumed { year } if *year > issued.year()));
        let is_far = (deadline.last_day - issued).get_days() > FAR_DAYS;
        let tells = ["đã", "có văn bản số", "có công văn số", "ban hành văn bản", "ban hành công văn", "trước đó"];
        assumed && is_far && self.before(&tells)
    }

    /// "Quý I/2024: khảo sát", "Ngày 20/11/2023: nộp báo cáo": the sentence begins with when.
    fn is_scheduled(&self, deadline: &Deadline) -> bool {
        if !self.opens() || self.words.mark(self.next) != Some(':') {
            return false;
        }
        deadline.kind == DeadlineKind::Within || self.behind(5, &["nộp", "gửi", "báo cáo", "hoàn thành", "trình"])
    }

    /// Where the words begin that a "đến" may belong to: at the last comma or "và" not far back.
    fn phrase_start(&self) -> usize {
        let start = self.first.saturating_sub(10);
        (start..self.first).rev().find(|&at| self.words.mark(at) == Some(',') || self.words.word(at) == "và").unwrap_or(start)
    }

    /// "đến năm 2025": the whole year.
    fn is_by_year(&self, reading: &Reading) -> bool {
        let DeadlineRule::Fixed(deadline) = &reading.rule else { return false };
        let said = self.first..self.next;
        deadline.last_day.month() == 12
            && deadline.last_day.day() == 31
            && self.words.has(said.clone(), &["năm"])
            && !self.words.has(said, &["ngày", "tháng", "quý", "cuối"])
    }

    /// "từ 7 giờ 30 đến 11 giờ 30 ngày …"
    fn is_from_hour(&self) -> bool {
        let from = self.first.saturating_sub(6)..self.first;
        from.into_iter().any(|at| self.words.word(at) == "từ" && self.words.number(at + 1).is_some())
    }

    fn recurring(&self, bound: Bound, names_day: bool) -> bool {
        if self.is_condition() {
            return false;
        }
        if names_day {
            return true;
        }
        let cycles =
            ["hằng năm", "hàng năm", "hằng ngày", "hàng ngày", "hằng tuần", "hàng tuần", "hằng tháng", "hàng tháng", "hằng quý"];
        let is_listed =
            self.words.mark(self.first.wrapping_sub(1)) == Some(',') && self.words.follows(self.first.wrapping_sub(1), &cycles);
        // "Mỗi năm gửi 04 báo cáo" says how many.
        let counts =
            self.words.sees(self.first, &["mỗi"]) && (self.next..self.next + 4).any(|at| self.words.number(at).is_some());
        if is_listed || counts || bound == Bound::Bare {
            return false;
        }
        if self.opens() || self.words.sees(self.first, &["định kỳ", "định kì"]) {
            return !self.right_before(&["chế độ báo cáo", "báo cáo thống kê"]);
        }
        self.part == self.first && self.words.mark(self.next) != Some(',')
    }

    fn span(&self, bound: Bound) -> bool {
        let said = self.first..self.next;
        let is_working =
            self.words.has(said.clone(), &["ngày làm việc", "giờ làm việc", "kể từ", "tính từ", "sau khi", "từ ngày"]);
        let is_past = self.behind(3, &["qua", "gần đây", "đầu năm", "liên tiếp", "trở lên", "vừa"]);
        !is_past
            && !self.right_before(&["sau", "trước"])
            && !self.is_condition()
            && match bound {
                Bound::Latest => true,
                Bound::Span => is_working || self.words.sees(self.first, &["trong thời hạn", "trong vòng", "trong thời gian"]),
                _ => is_working,
            }
    }

    fn school_year(&self, bound: Bound, one: &Candidate) -> bool {
        let Meaning::Open(kind, _) = one.meaning else { return false };
        if kind == DeadlineKind::Relative {
            let announces = bound == Bound::At && self.part_has(&["sẽ"]);
            return !announces
                && !matches!(bound, Bound::Bare | Bound::FromTo | Bound::Until)
                && !self.is_condition()
                && !self.is_cut_off();
        }
        let promises = ["phấn đấu", "tối thiểu", "ít nhất", "100 %", "hoàn thành", "đạt", "%"];
        match bound {
            Bound::Within => self.before(&["hoàn thành", "xong"]) || (self.opens() && !self.behind(16, &["đã", "sẽ"])),
            Bound::Bare => self.opens() && self.behind(12, &promises) && !self.behind(12, &["đã"]),
            _ => false,
        }
    }
}

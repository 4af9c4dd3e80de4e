//! What reading a dispatch costs: one of thirty pages written here, or a text of one's own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use jiff::tz::TimeZone;

use super::{Figure, middle_us};
use crate::cli::failure::{self, Failure};
use crate::cli::paper;
use crate::diagnostic::Source;
use crate::dispatch;
use crate::domain::calendar::{CalendarRules, WorkingCalendar};
use crate::domain::rules::Language;
use crate::tree::say;

/// Readings of one measure.
const READINGS: usize = 41;

/// Lines of a printed page, and pages of the dispatch that is written.
const PAGE_LINES: usize = 38;
const PAGES: usize = 30;

/// What reading takes.
#[derive(Debug, Args)]
pub(super) struct ReadArgs {
    /// A dispatch: .txt, .md, .docx, .pdf [default: one of 30 pages, written by this command]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// The text of a dispatch into drafts, again and again.
pub(super) fn read(args: &ReadArgs, language: Language) -> Result<Vec<Figure>, Failure> {
    let text = match &args.file {
        Some(path) => text_of(path, language)?,
        None => written(),
    };
    let zone = TimeZone::get(CalendarRules::TIME_ZONE).unwrap_or(TimeZone::UTC);
    let calendar = WorkingCalendar::new(CalendarRules::usual(zone));
    let (drafts, _) = dispatch::read(&text, &calendar, language);
    let mut times: Vec<Duration> = Vec::with_capacity(READINGS);
    for _ in 0..READINGS {
        let began = Instant::now();
        std::hint::black_box(dispatch::read(std::hint::black_box(&text), &calendar, language));
        times.push(began.elapsed());
    }
    let slowest = times.iter().max().map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let dated = drafts.directives.iter().filter(|draft| draft.deadline.is_some()).count();
    Ok(vec![
        Figure::new("kib", say!(language, "văn bản", "text"), count(text.len()) / 1_024.0, "KiB"),
        Figure::new("directives", say!(language, "nhiệm vụ đọc được", "directives read"), count(drafts.directives.len()), ""),
        Figure::new("dated", say!(language, "trong đó có thời hạn", "of them with a deadline"), count(dated), ""),
        Figure::new("read_ms", say!(language, "một lần đọc, trung vị", "one reading, median"), middle_us(times) / 1_000.0, "ms"),
        Figure::new("slowest_ms", say!(language, "lần đọc chậm nhất", "the slowest reading"), slowest, "ms"),
    ])
}

/// The text of a file as `import` takes it; taking it out of Word or PDF is no part of the measure.
fn text_of(path: &Path, language: Language) -> Result<String, Failure> {
    let read = paper::bytes_of(path, language).and_then(|bytes| paper::text_of(path, &bytes, language));
    let document = read.map_err(|problem| {
        let name = path.display().to_string();
        failure::problems(&[*problem], &[Source::of_text(&name, "")], language);
        Failure::Told
    })?;
    Ok(document.text)
}

/// A dispatch of thirty pages: wrapped lines, page numbers, points with days, numbers, papers and years.
fn written() -> String {
    let mut text = "ỦY BAN NHÂN DÂN\nHUYỆN ĐỒNG THỬ\n\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n\n\
                    Số: 218/UBND-VX\nV/v phân công nhiệm vụ cải cách hành chính\n\nĐồng Thử, ngày 05 tháng 10 năm 2023\n\n\
                    Kính gửi: Các cơ quan, đơn vị thuộc huyện.\n\n"
        .to_owned();
    let units = ["Phòng Nội vụ", "Phòng Tư pháp", "Phòng Tài chính - Kế hoạch", "Văn phòng Ủy ban nhân dân huyện"];
    let works = [
        "Rà soát, thống kê hồ sơ lưu trữ còn tồn đọng tại các cơ\nquan theo Quyết định số 45/QĐ-UBND ngày 06/9/2017 của Ủy ban nhân\n\
         dân tỉnh, bảo đảm trên 90% hồ sơ được chỉnh lý trước ngày 25/12/2023;",
        "Chủ trì, phối hợp với các xã, thị trấn tuyên truyền, hướng dẫn\nngười dân nộp hồ sơ trực tuyến; nâng cao tinh thần, thái độ phục vụ\n\
         của công chức tại bộ phận một cửa trong chương trình giai đoạn 2021 - 2025.",
        "Tham mưu Ủy ban nhân dân huyện kiện toàn ban chỉ đạo, phân công\ncông chức theo dõi từng lĩnh vực; báo cáo định kỳ hằng tháng, trước\n\
         ngày 20, gửi kèm số liệu theo biểu mẫu của Sở Nội vụ.",
        "Tổ chức tập huấn cho công chức tiếp nhận hồ sơ, mỗi xã cử ít nhất\n02 người tham dự, hoàn thành trong quý IV năm 2023 theo Kế hoạch số\n\
         12/KH-UBND ngày 15 tháng 01 năm 2023 của Ủy ban nhân dân tỉnh.",
    ];
    let letters = ["a", "b", "c", "d", "đ", "e", "g", "h"];
    let (mut lines, mut section) = (0, 0);
    while lines < PAGES * PAGE_LINES {
        section += 1;
        text.push_str(&format!("{section}. Giao {}\n", units[section % units.len()]));
        lines += 1;
        for (place, letter) in letters.iter().enumerate() {
            let work = works[(section + place) % works.len()];
            text.push_str(&format!("{letter}) {work}\n"));
            let before = lines / PAGE_LINES;
            lines += work.lines().count();
            if lines / PAGE_LINES > before {
                text.push_str(&format!("\n{}\n\n", lines / PAGE_LINES + 1));
            }
        }
    }
    text.push_str("\nNơi nhận:\n- Như trên;\n- Lưu: VT.\n\nCHỦ TỊCH\n\n\nNguyễn Thử Nghiệm\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_dispatch_has_its_pages_and_is_read() {
        let text = written();
        assert!(text.lines().count() >= PAGES * PAGE_LINES);
        let Ok(figures) = read(&ReadArgs { file: None }, Language::En) else { panic!("it cannot be refused") };
        let of = |key: &str| figures.iter().find(|figure| figure.key == key).map_or(0.0, |figure| figure.value);
        assert!(of("directives") >= 300.0 && of("dated") >= 200.0, "{} {}", of("directives"), of("dated"));
    }
}

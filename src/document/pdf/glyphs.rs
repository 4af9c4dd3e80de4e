//! Letters with their places on the page, set in lines again: what stands side by side stays side by side.

use pdf_extract::{MediaBox, OutputDev, OutputError, Transform};

/// The most letters of one page; a page of a dispatch has three thousand.
const PAGE_GLYPHS_MAX: usize = 200_000;
/// The most columns of blanks.
const COLUMNS_MAX: f64 = 200.0;

/// One letter, in points from the lower left corner.
#[derive(Clone, Debug)]
struct Glyph {
    x: f64,
    y: f64,
    width: f64,
    size: f64,
    text: String,
}

/// The pages as they are drawn.
#[derive(Debug, Default)]
pub(super) struct Pages {
    text: String,
    glyphs: Vec<Glyph>,
}

impl Pages {
    /// The text, with a form feed after each page.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn set(&mut self) {
        let mut glyphs = std::mem::take(&mut self.glyphs);
        glyphs.sort_by(|a, b| b.y.total_cmp(&a.y).then(a.x.total_cmp(&b.x)));
        let left = glyphs.iter().map(|glyph| glyph.x).fold(f64::INFINITY, f64::min);
        let mut sizes: Vec<f64> = glyphs.iter().map(|glyph| glyph.size).collect();
        sizes.sort_by(f64::total_cmp);
        let size = sizes.get(sizes.len() / 2).copied().unwrap_or(10.0).max(1.0);
        let mut line: Vec<Glyph> = Vec::new();
        let mut last_y = f64::INFINITY;
        for glyph in glyphs {
            let base = line.first().map_or(f64::NAN, |first| first.y);
            // A raised figure belongs to its line.
            if !line.is_empty() && base - glyph.y > 0.5 * size {
                self.text.push_str(if last_y - base > 1.9 * size { "\n" } else { "" });
                last_y = base;
                self.text.push_str(&set_line(std::mem::take(&mut line), left, size));
            }
            line.push(glyph);
        }
        let base = line.first().map_or(f64::NAN, |first| first.y);
        if last_y - base > 1.9 * size {
            self.text.push('\n');
        }
        self.text.push_str(&set_line(line, left, size));
        self.text.push('\u{c}');
    }
}

/// One line: a gap as wide as a letter is a blank, a wide one as many blanks as letters would fit.
fn set_line(mut line: Vec<Glyph>, left: f64, size: f64) -> String {
    line.sort_by(|a, b| a.x.total_cmp(&b.x));
    // Narrower than most letters, so that what stands below each other does so whatever stands before it.
    let column_of = |x: f64| ((x - left) / (0.36 * size)).clamp(0.0, COLUMNS_MAX);
    let mut out = String::new();
    let mut columns = 0.0_f64;
    let mut end: Option<f64> = None;
    // Where blanks are drawn as letters, a gap between letters is none: justified lines are full of them.
    let blanks = line.iter().filter(|glyph| glyph.text == " ").count();
    let (blank_from, column_from) = if blanks * 15 > line.len() { (0.6, 0.6) } else { (0.15, 1.2) };
    for glyph in line {
        let gap = end.map_or(f64::INFINITY, |end| glyph.x - end);
        if gap > column_from * glyph.size {
            let least = if end.is_some() { columns + 3.0 } else { 0.0 };
            while columns < column_of(glyph.x).max(least) {
                out.push(' ');
                columns += 1.0;
            }
        } else if gap > blank_from * glyph.size && !out.ends_with(' ') && glyph.text != " " {
            out.push(' ');
            columns += 1.0;
        }
        out.push_str(&glyph.text);
        columns += 1.0;
        end = Some(glyph.x + glyph.width);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

impl OutputDev for Pages {
    fn begin_page(&mut self, _: u32, _: &MediaBox, _: Option<(f64, f64, f64, f64)>) -> Result<(), OutputError> {
        self.glyphs.clear();
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        self.set();
        Ok(())
    }

    fn output_character(&mut self, trm: &Transform, width: f64, _: f64, font_size: f64, text: &str) -> Result<(), OutputError> {
        let across = (trm.m11.powi(2) + trm.m12.powi(2)).sqrt() * font_size;
        let is_upright = trm.m12.abs() < 0.1 * trm.m11.abs() && trm.m11 > 0.0;
        let is_placed = [trm.m31, trm.m32, across, width].iter().all(|number| number.is_finite() && number.abs() < 1e6);
        // Letters that lie on their side are a stamp or a watermark.
        if is_upright && is_placed && !text.is_empty() && self.glyphs.len() < PAGE_GLYPHS_MAX {
            self.glyphs.push(Glyph { x: trm.m31, y: trm.m32, width: width * across, size: across, text: text.to_owned() });
        }
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

//! A heading whose two columns are set by tabs and not by a table: ours on the left, the motto and the date on the right.

use crate::tree::nfc;

/// How many blocks a heading takes at most.
const BLOCKS_MAX: usize = 12;

/// Sets the columns one after the other, when there are such.
pub(super) fn parted(blocks: &mut Vec<String>) {
    let heading = &blocks[..blocks.len().min(BLOCKS_MAX)];
    let Some(last) = heading.iter().rposition(|block| block.contains('\t') && is_right(block)) else { return };
    let mut columns = [Vec::new(), Vec::new()];
    for line in heading[..=last].iter().flat_map(|block| block.lines()) {
        match line.split_once('\t') {
            Some((left, right)) => {
                columns[0].push(left.trim().to_owned());
                columns[1].push(right.trim().to_owned());
            }
            None => columns[usize::from(is_right(line))].push(line.to_owned()),
        }
    }
    let columns = columns.map(|lines| lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"));
    blocks.splice(..=last, columns.into_iter().filter(|column| !column.is_empty()));
}

/// Whether a line holds what stands on the right.
fn is_right(line: &str) -> bool {
    let line = nfc(line).to_uppercase().replace("HOÀ", "HÒA");
    let is_date = line.contains("NGÀY") && line.contains("THÁNG") && line.contains("NĂM") && line.chars().count() < 120;
    line.contains("CỘNG HÒA XÃ HỘI") || line.contains("ĐỘC LẬP") || is_date
}

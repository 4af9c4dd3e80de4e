//! CSV that spreadsheets read as it is meant: UTF-8 with its mark, and no cell that is taken for a formula.

/// So that a spreadsheet reads Vietnamese.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A table with its header.
pub fn table<const N: usize>(header: &[&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    line(&mut text, header.iter().copied());
    for row in rows {
        line(&mut text, row.iter().map(String::as_str));
    }
    text
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (at, one) in cells.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&cell(one));
    }
    text.push_str("\r\n");
}

/// One cell: what begins like a formula gets an apostrophe, what holds a separator is quoted, NUL is left out.
fn cell(text: &str) -> String {
    let mut safe: String = text.chars().filter(|c| *c != '\0').collect();
    if safe.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        safe.insert(0, '\'');
    }
    if safe.contains([',', ';', '"', '\n', '\r', '\t']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_begins_with_an_apostrophe() {
        for formula in ["=1+1", "+84 28", "-1", "@SUM(A1)", "\tx", "\rx", "\0=1"] {
            let safe = cell(formula);
            assert!(safe.trim_start_matches('"').starts_with('\''), "{formula:?} became {safe:?}");
        }
        assert_eq!(cell("Phòng Nội vụ"), "Phòng Nội vụ");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(table(&["a", "b"], [["1".to_owned(), "x\ny".to_owned()]]), "\u{feff}a,b\r\n1,\"x\ny\"\r\n");
    }

    proptest! {
        /// Read back by the reader of tables, a cell is what it was, or that with its apostrophe; never a formula.
        #[test]
        fn a_cell_comes_back_and_is_no_formula(text in "[=+@\\-\t\r\n\0\"',;a-zđ ]{0,12}") {
            let line = format!("{},x\r\n", cell(&text));
            let mut reader = csv_reader(&line);
            let back = reader.remove(0);
            let plain: String = text.chars().filter(|c| *c != '\0').collect();
            prop_assert!(back == plain || back == format!("'{plain}"), "{text:?} came back as {back:?}");
            prop_assert!(!back.starts_with(['=', '+', '-', '@', '\t', '\r']), "{back:?}");
        }
    }

    /// The cells of the first record, by the letter of RFC 4180.
    fn csv_reader(text: &str) -> Vec<String> {
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        let mut letters = text.chars().peekable();
        while let Some(c) = letters.next() {
            match c {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    cell.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(std::mem::take(&mut cell)),
                '\r' if !quoted && letters.peek() == Some(&'\n') => break,
                c => cell.push(c),
            }
        }
        cells.push(cell);
        cells
    }
}

//! Layout for terminals: tables, lines and wrapped paragraphs in plain text without control sequences.

use crate::sanitise::mended;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use std::fmt::Write;

/// Narrowest width the text is laid out for.
pub(crate) const NARROWEST: u16 = 40;
/// One line under the heads, none between rows.
const LINES: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Writes a titled table for a terminal of this many columns; the same input gives the same bytes.
///
/// The first column stands on the left, the others on the right; a short row ends in blanks. Control
/// characters of any cell are replaced, so that a label from a data file cannot rule the terminal.
///
/// ```
/// let rows = vec![vec!["France".to_owned(), "87".to_owned()]];
/// let shown = guildhall_report::text_table("Customers", &["Country", "Customers"], &rows, 80);
/// assert!(shown.starts_with("Customers\n") && shown.contains("France"));
/// ```
pub fn text_table(title: &str, headers: &[&str], rows: &[Vec<String>], width: u16) -> String {
    let headers: Vec<String> = headers.iter().map(|head| mended(head)).collect();
    let heads: Vec<&str> = headers.iter().map(String::as_str).collect();
    filled(table(&heads, width.max(NARROWEST)), title, rows)
}

/// The same for words: every column stands on the left and is wrapped where the line is too short.
pub fn word_table(title: &str, headers: &[&str], rows: &[Vec<String>], width: u16) -> String {
    let mut table = Table::new();
    table.load_style(LINES).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width.max(NARROWEST)).set_header(headers.iter().map(|head| mended(head)));
    filled(table, title, rows)
}

fn filled(mut table: Table, title: &str, rows: &[Vec<String>]) -> String {
    for row in rows {
        table.add_row(row.iter().map(|cell| mended(cell)));
    }
    let mut out = String::new();
    if !title.is_empty() {
        line(&mut out, &mended(title));
    }
    out + &trimmed(&table)
}

/// An empty table of this width: the first column on the left, numbers on the right.
pub(crate) fn table(heads: &[&str], width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(LINES).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width).set_header(heads);
    for (index, column) in table.column_iter_mut().enumerate().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
        if index > 1 {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table
}

/// The lines of a table without blanks at their ends.
pub(crate) fn trimmed(table: &Table) -> String {
    table.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

/// One line; a line break before or after it is kept.
pub(crate) fn line(out: &mut String, text: &str) {
    let (start, end) = (text.starts_with('\n'), text.ends_with('\n'));
    let body = text.trim_matches('\n');
    // Writing to a string does not fail.
    let _ = writeln!(out, "{}{}{}", if start { "\n" } else { "" }, body.trim_end(), if end { "\n" } else { "" });
}

/// One paragraph, wrapped at spaces.
pub(crate) fn paragraph(out: &mut String, text: &str, width: u16) {
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        let gap = match used {
            0 => "",
            used if used + 1 + length > usize::from(width) => {
                out.push('\n');
                ""
            }
            _ => " ",
        };
        used = if gap.is_empty() { length } else { used + 1 + length };
        out.push_str(gap);
        out.push_str(word);
    }
    out.push('\n');
}

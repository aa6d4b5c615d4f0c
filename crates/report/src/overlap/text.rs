//! The counts as text for a terminal.

use super::Overlap;
use super::page::what;
use crate::number::Signs;
use crate::terminal::text_table;

/// Writes the counts for a terminal of so many columns; the same counts give the same bytes.
pub fn overlap_text(overlap: &Overlap, width: u16) -> String {
    let overlap = overlap.sanitised();
    let rows: Vec<Vec<String>> = overlap
        .figures
        .iter()
        .map(|figure| {
            let mut cells = vec![what(figure.kind).to_owned(), overlap.names(figure)];
            match figure.shown {
                Some(shown) => {
                    let count = |value| Signs::PLAIN.count(value);
                    cells.extend([count(shown.value), format!("{} to {}", count(shown.low), count(shown.high))]);
                }
                None => cells.push(overlap.hidden()),
            }
            cells
        })
        .collect();
    let protection = &overlap.protection;
    let title = format!("{} (noise added: every customer is hidden, epsilon {})", overlap.title, protection.epsilon);
    let mut text = text_table(&title, &["what", "members", "customers", "95 % range"], &rows, width);
    text.push_str(&format!("\n{}: epsilon {} of {} spent.\n", overlap.data_set, protection.spent, protection.limit));
    text.push_str("What is not protected:\n");
    protection.not_protected.iter().for_each(|line| text.push_str(&format!("  - {line}\n")));
    text
}

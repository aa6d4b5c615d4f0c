//! Tables whose columns are set apart by spaces, as many old exports of figures are.
//!
//! Taken for running text, such lines would look like telephone numbers in groups. Only tables of figures are meant: the
//! same number of fields in every line, most of them numbers, and below a line of names or with decimals in one column,
//! so that a list of telephone numbers stays a text.

use super::{Sink, open};
use crate::text::Fault;
use std::io::{BufRead, BufReader, Read};

/// Fewest fields of a line, and fewest lines, that make a table.
const NARROWEST: usize = 3;
const FEWEST: usize = 3;
/// Lines that are looked at to tell.
const LOOKED_AT: usize = 50;
/// Longest line.
const LONGEST: u64 = 1 << 20;

fn figure(field: &str) -> bool {
    let digits = field.bytes().filter(u8::is_ascii_digit).count();
    digits > 0 && field.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b':'))
}

fn decimal(field: &str) -> bool {
    field.rsplit_once('.').is_some_and(|(whole, cents)| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits(whole.trim_start_matches('-')) && digits(cents)
    })
}

/// Whether the beginning of a text is such a table.
pub(super) fn looks_like_table(head: &str) -> bool {
    let whole = head.rfind('\n').map_or(head, |end| &head[..end]);
    let lines = || whole.lines().filter(|line| !line.trim().is_empty()).take(LOOKED_AT);
    let Some(first) = lines().next() else { return false };
    let width = first.split_ascii_whitespace().count();
    let named = !first.split_ascii_whitespace().any(figure);
    let body = || lines().skip(usize::from(named));
    let (rows, fields) = (body().count(), || body().flat_map(str::split_ascii_whitespace));
    let even = lines().all(|line| line.split_ascii_whitespace().count() == width);
    let figures = fields().filter(|field| figure(field)).count() * 10 >= fields().count() * 8;
    let decimals =
        (0..width).any(|place| body().all(|line| line.split_ascii_whitespace().nth(place).is_some_and(decimal)));
    width >= NARROWEST && rows >= FEWEST && even && figures && (named || decimals)
}

/// Reads such a table into a sink.
pub(super) fn read(text: impl Read, sink: &mut dyn Sink) -> Result<(), Fault> {
    let mut reader = BufReader::with_capacity(256 << 10, text);
    let mut line = Vec::new();
    let mut table = None;
    loop {
        line.clear();
        let got =
            reader.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(|error| Fault::from_io(error, false))?;
        sink.progress(got as u64);
        if got == 0 {
            return Ok(());
        }
        let shown = String::from_utf8_lossy(&line);
        let cells: Vec<&str> = shown.split_ascii_whitespace().collect();
        if cells.is_empty() {
            continue;
        }
        match table {
            Some(table) => sink.row(table, &cells)?,
            None => table = Some(open("", &cells, sink)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_figures_and_lists_of_numbers() {
        assert!(looks_like_table(
            " id  date n  value\n 00001 19970101  1  11.77\n 00002 19970112  5  77.00\n 3 19970112  5  77.00\n 4 1"
        ));
        assert!(looks_like_table("1 19970101 2 29.33\n2 19970101 2 29.33\n3 19970101 2 29.33\n"));
        assert!(!looks_like_table("06 12 34 56 78\n06 12 34 56 79\n06 12 34 56 80\n"), "telephone numbers");
        assert!(!looks_like_table("4111 1111 1111 1111\n4111 1111 1111 1111\n4111 1111 1111 1111\n"), "cards");
        assert!(!looks_like_table("call me on 0171\nplease do so today\nor write at once\nthank you very much\n"));
        assert!(!looks_like_table("") && !looks_like_table("a b c\n"));
    }
}

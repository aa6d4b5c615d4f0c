//! What anonymising does to the figures people look at: count, sum and mean of a column, by group, before and after.

use crate::{Error, Release, Table};
use std::collections::BTreeMap;

/// Count, sum and mean of a column in one group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Rows with a number.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
}

impl Tally {
    /// The mean; none of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    fn add(&mut self, number: f64) {
        self.count += 1;
        self.sum += number;
    }
}

/// One group before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The group, as it is written; `None` for all rows together.
    pub group: Option<String>,
    /// All rows of the input.
    pub before: Tally,
    /// The rows that are written; `None` where the column is no longer made of numbers.
    pub after: Option<Tally>,
}

/// Compares a column of numbers before and after, over all rows and in each group of `by`.
///
/// Groups are those that are written; a row that is left out counts in the group it would be written in. Empty fields
/// are no numbers.
///
/// # Errors
/// If a column is not there, or holds something that is not a number.
pub fn compare(
    input: &Table,
    rows: usize,
    release: &Release,
    column: &str,
    by: Option<&str>,
) -> Result<Vec<Compared>, Error> {
    let numbers = parsed(input.column(column)?)?;
    let written = release.table().column(column).ok();
    let after = written.and_then(|column| parsed(column).ok().map(|numbers| (column, numbers)));
    let old = |row: usize| numbers.get(*input.column(column).ok()?.codes().get(row)? as usize).copied().flatten();
    let mut whole = Compared { group: None, before: Tally::default(), after: after.as_ref().map(|_| Tally::default()) };
    (0..rows).filter_map(old).for_each(|number| whole.before.add(number));
    let mut groups: BTreeMap<String, (Tally, Tally)> = BTreeMap::new();
    if let Some(by) = by {
        let names = written_names(input, release, by)?;
        for (row, name) in names.into_iter().enumerate().take(rows) {
            old(row).into_iter().for_each(|number| groups.entry(name.clone()).or_default().0.add(number));
        }
    }
    if let Some((column, numbers)) = &after {
        let by = by.and_then(|by| release.table().column(by).ok());
        for (row, code) in column.codes().iter().enumerate() {
            let Some(number) = numbers.get(*code as usize).copied().flatten() else { continue };
            whole.after.iter_mut().for_each(|tally| tally.add(number));
            by.iter().for_each(|by| groups.entry(by.value(row).to_owned()).or_default().1.add(number));
        }
    }
    let kept = after.is_some();
    let parts = groups.into_iter().map(|(group, (before, after))| Compared {
        group: Some(group),
        before,
        after: kept.then_some(after),
    });
    Ok([whole].into_iter().chain(parts).collect())
}

/// For each value of a column its number, nothing for an empty one.
fn parsed(column: &crate::Column) -> Result<Vec<Option<f64>>, Error> {
    let number = |(at, text): (usize, &String)| match text.trim() {
        "" => Ok(None),
        text => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(column.refused(at, "a number such as 42 or 12.5")),
        },
    };
    column.values().iter().enumerate().map(number).collect()
}

/// For each row of the input, the group it is written in, or would be if it were not left out.
fn written_names(input: &Table, release: &Release, by: &str) -> Result<Vec<String>, Error> {
    let (old, new) = (input.column(by)?, release.table().column(by)?);
    let name = |code: &u32| {
        let value = old.values().get(*code as usize).map_or("", String::as_str);
        release.text_of(by, *code).unwrap_or(value).to_owned()
    };
    let mut of: Vec<String> = old.codes().iter().map(name).collect();
    // Local recoding writes one value in several ways, and leaves no row out.
    for (at, row) in release.input_rows().iter().enumerate() {
        of[*row as usize] = new.value(at).to_owned();
    }
    Ok(of)
}

//! How the values of a column become coarser, level by level.
//!
//! Level 0 is the value itself; every further level is a coarsening of the one before, which is verified for files and
//! follows from the rules for intervals, first characters and dates. The format of files is ARX's: the value, then one
//! column for each level. Not here: which level is chosen.

mod dates;
mod file;
mod intervals;
mod keep;

pub use dates::{DateLevel, DateOrder};
pub use intervals::Width;

use crate::{Column, Error};
use rustc_hash::FxHashMap;

/// What stands for every value.
pub(crate) const ANY: &str = "*";

/// One level: the group of each value of the column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Level {
    /// For each code of the column, its group.
    pub(crate) of: Vec<u32>,
    /// The text that is written for each group.
    pub(crate) labels: Vec<String>,
    /// For each group, the share of all values of the hierarchy that it may stand for.
    pub(crate) share: Vec<f64>,
}

/// The levels of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Hierarchy {
    levels: Vec<Level>,
    /// How many values the hierarchy knows; at least those of the column.
    domain: usize,
    /// The column's values as numbers, where levels are intervals.
    numbers: Option<Vec<f64>>,
}

impl Hierarchy {
    /// The value, or nothing: two levels.
    pub fn all_or_nothing(column: &Column) -> Self {
        Self::build(column, Vec::new())
    }

    /// The value only.
    pub fn unchanged(column: &Column) -> Self {
        let mut hierarchy = Self::build(column, Vec::new());
        hierarchy.levels.truncate(1);
        hierarchy
    }

    /// Reads levels in ARX's format: a line for each value, separated by `;` or `,`.
    ///
    /// # Errors
    /// With the line: a value twice, a line of another width, a group that a coarser level splits; or if a value of
    /// the column has no line.
    pub fn from_file(column: &Column, bytes: &[u8]) -> Result<Self, Error> {
        file::read(column, bytes)
    }

    /// Intervals of these widths, each a whole multiple of the one before; a top level `*` is added.
    ///
    /// # Errors
    /// If a value is not a number, or the widths do not nest.
    pub fn from_widths(column: &Column, widths: &[Width]) -> Result<Self, Error> {
        let labels = intervals::labels(column, widths)?;
        let mut hierarchy = Self::build(column, labels);
        hierarchy.numbers = Some(intervals::numbers(column));
        Ok(hierarchy)
    }

    /// So many first characters, fewer at each level; a top level `*` is added.
    ///
    /// # Errors
    /// If the numbers do not fall.
    pub fn from_keep(column: &Column, keep: &[u32]) -> Result<Self, Error> {
        Ok(Self::build(column, keep::labels(column, keep)?))
    }

    /// Parts of dates written in this order of day, month and year, each coarser than the one before; a top level `*` is added.
    ///
    /// # Errors
    /// If a value is not a date in this order, or the parts are not in order.
    pub fn from_dates(column: &Column, order: DateOrder, parts: &[DateLevel]) -> Result<Self, Error> {
        Ok(Self::build(column, dates::labels(column, order, parts)?))
    }

    /// How many levels there are, the value itself included.
    pub const fn levels(&self) -> usize {
        self.levels.len()
    }

    /// The text written for a value at a level.
    pub fn label(&self, level: usize, code: u32) -> &str {
        let level = self.levels.get(level).or(self.levels.last());
        let label = level.and_then(|level| level.labels.get(*level.of.get(code as usize)? as usize));
        label.map_or(ANY, String::as_str)
    }

    /// How many different texts a level writes for the values of the column.
    pub fn groups(&self, level: usize) -> usize {
        self.levels.get(level).map_or(1, |level| level.labels.len())
    }

    pub(crate) fn at(&self, level: usize) -> &Level {
        &self.levels[level.min(self.levels.len() - 1)]
    }

    pub(crate) const fn domain(&self) -> usize {
        self.domain
    }

    pub(crate) fn numbers(&self) -> Option<&[f64]> {
        self.numbers.as_deref()
    }

    /// Levels from the labels of each value, below a top level where the last one has several groups.
    fn build(column: &Column, labels: Vec<Vec<String>>) -> Self {
        let values = column.values();
        let mut levels = vec![level(values.iter().map(String::as_str))];
        levels.extend(labels.iter().map(|labels| level(labels.iter().map(String::as_str))));
        if levels.len() == 1 || levels.last().is_some_and(|top| top.labels.len() > 1) {
            levels.push(level(values.iter().map(|_| ANY)));
        }
        Self { levels, domain: values.len(), numbers: None }
    }
}

/// A level from the label of each value; the domain is the values themselves.
fn level<'a>(labels: impl Iterator<Item = &'a str>) -> Level {
    let mut known: FxHashMap<&str, u32> = FxHashMap::default();
    let (mut of, mut texts, mut leaves) = (Vec::new(), Vec::new(), Vec::new());
    for label in labels {
        let group = *known.entry(label).or_insert_with(|| {
            texts.push(label.to_owned());
            leaves.push(0.0);
            texts.len() as u32 - 1
        });
        leaves[group as usize] += 1.0;
        of.push(group);
    }
    let all = of.len().max(1) as f64;
    Level { of, labels: texts, share: leaves.into_iter().map(|leaves| leaves / all).collect() }
}

#[cfg(test)]
mod tests;

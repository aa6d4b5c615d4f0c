//! The rows that are written, and what they lack.
//!
//! Rows are sorted by what is written, so that their order tells nothing of the input's.

use crate::loss::spared;
use crate::search::Part;
use crate::task::Task;
use crate::{Classes, Error, Table, TableBuilder};
use std::collections::BTreeMap;

/// Rows made coarser, ready to be written.
#[derive(Clone, Debug)]
pub struct Release {
    table: Table,
    /// The input's row of each written row.
    rows: Vec<u32>,
    suppressed: u64,
    quasi: Vec<String>,
    /// For all written rows and quasi-identifiers, the sum of the shares of other values their texts may stand for.
    lost: f64,
    /// Where one level was chosen for whole columns: for each quasi-identifier the text of each of its values.
    texts: Vec<Vec<String>>,
}

/// What the written rows lack.
#[derive(Clone, Debug, PartialEq)]
pub struct Utility {
    /// Mean share of other values a field may stand for, from 0 (nothing lost) to 1; rows left out count as lost.
    pub loss: f64,
    /// Sum of the squares of the class sizes; each row left out counts as alike to all rows.
    pub discernibility: f64,
    /// Rows per class.
    pub average_class: f64,
    /// Mean height of the levels used, from 1 (values as they were) to 0 (all at the top); one level per column only.
    pub precision: Option<f64>,
    /// Bits that the written texts lack, given how frequent values are; rows left out lack all of theirs.
    pub entropy_bits: f64,
    /// The same as a share of all bits of the quasi-identifiers, 0 (nothing lost) to 1.
    pub entropy_share: f64,
}

impl Release {
    /// Writes each quasi-identifier at its level and leaves out classes that break a rule.
    ///
    /// `columns` names the columns to write, in order.
    ///
    /// # Errors
    /// If a column is not there, or every row would be left out.
    pub fn at_levels(table: &Table, task: &Task<'_>, levels: &[usize], columns: &[&str]) -> Result<Self, Error> {
        let finest = task.finest();
        let (mut classes, grouping) = finest.coarser(&task.digits(levels));
        classes.spreads = finest.spreads.iter().map(|spread| spread.merged(&grouping)).collect();
        let rows: Vec<u32> = (0..task.rows as u32).collect();
        let class_of = crate::group::group(&rows, &task.digits(levels));
        // Both groupings number classes by the first row, populations behind the data included.
        let keeps: Vec<bool> = (0..class_of.len()).map(|class| classes.keeps(class, task)).collect();
        let kept: Vec<u32> = rows.into_iter().filter(|row| keeps[class_of.of[*row as usize] as usize]).collect();
        let text = |at: usize, row: u32| {
            let (column, hierarchy) = task.quasi[at];
            hierarchy.label(levels[at], column.codes()[row as usize]).to_owned()
        };
        let lost = |row: &u32| -> f64 {
            let fields = task.quasi.iter().zip(levels).map(|((column, hierarchy), level)| {
                let level = hierarchy.at(*level);
                spared(level.share[level.of[column.codes()[*row as usize] as usize] as usize], hierarchy.domain())
            });
            fields.sum()
        };
        let lost = kept.iter().map(lost).sum();
        let texts = task.quasi.iter().zip(levels).map(|((column, hierarchy), level)| {
            (0..column.values().len() as u32).map(|code| hierarchy.label(*level, code).to_owned()).collect()
        });
        let texts = texts.collect();
        Ok(Self { texts, ..Self::of(table, task, columns, &kept, &text, lost)? })
    }

    /// Writes what each part says.
    ///
    /// # Errors
    /// If a column is not there, or there is no part.
    pub fn of_parts(table: &Table, task: &Task<'_>, parts: &[Part], columns: &[&str]) -> Result<Self, Error> {
        let mut part_of = vec![0; task.rows];
        let mut lost = 0.0;
        for (at, part) in parts.iter().enumerate() {
            part.rows.iter().for_each(|row| part_of[*row as usize] = at);
            let fields = part.shares.iter().zip(&task.quasi).map(|(share, (_, tree))| spared(*share, tree.domain()));
            lost += fields.sum::<f64>() * part.rows.len() as f64;
        }
        let rows: Vec<u32> = (0..task.rows as u32).collect();
        let text = |at: usize, row: u32| parts[part_of[row as usize]].labels[at].clone();
        Self::of(table, task, columns, &rows, &text, lost)
    }

    fn of(
        table: &Table,
        task: &Task<'_>,
        columns: &[&str],
        kept: &[u32],
        text: &dyn Fn(usize, u32) -> String,
        lost: f64,
    ) -> Result<Self, Error> {
        let quasi: Vec<String> = task.names().map(str::to_owned).collect();
        let sources = table.select(columns)?;
        let places: Vec<Option<usize>> =
            columns.iter().map(|name| quasi.iter().position(|quasi| quasi == name)).collect();
        let field = |(at, source): (&Option<usize>, &&crate::Column), row: u32| match at {
            Some(at) => text(*at, row),
            None => source.value(row as usize).to_owned(),
        };
        let mut written: Vec<(Vec<String>, u32)> = kept
            .iter()
            .map(|row| (places.iter().zip(&sources).map(|pair| field(pair, *row)).collect(), *row))
            .collect();
        if written.is_empty() {
            return Err(Error::NothingLeft);
        }
        written.sort_unstable();
        let mut builder = TableBuilder::new(columns.iter().map(|name| (*name).to_owned()));
        for (fields, _) in &written {
            builder.push(fields.iter().map(String::as_str))?;
        }
        let rows: Vec<u32> = written.into_iter().map(|(_, row)| row).collect();
        let suppressed = (task.rows - rows.len()) as u64;
        Ok(Self { table: builder.build()?, rows, suppressed, quasi, lost, texts: Vec::new() })
    }

    /// The written rows.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// For each written row, the row of the input it was, counted from 0; not to be published.
    pub fn input_rows(&self) -> &[u32] {
        &self.rows
    }

    /// What a value of a quasi-identifier is written as, also where its rows are left out; not known of local recoding.
    pub(crate) fn text_of(&self, column: &str, code: u32) -> Option<&str> {
        let at = self.quasi.iter().position(|quasi| quasi == column)?;
        self.texts.get(at)?.get(code as usize).map(String::as_str)
    }

    /// How many rows were left out.
    pub const fn suppressed(&self) -> u64 {
        self.suppressed
    }

    /// The classes of the written rows.
    ///
    /// # Errors
    /// If a quasi-identifier is not among the written columns.
    pub fn classes(&self) -> Result<Classes, Error> {
        Classes::of(&self.table, &self.quasi)
    }

    /// What the written rows lack, compared with the input.
    ///
    /// # Errors
    /// If a quasi-identifier is not among the written columns.
    pub fn utility(&self, task: &Task<'_>, levels: Option<&[usize]>) -> Result<Utility, Error> {
        let classes = self.classes()?;
        let (all, columns) = (task.rows as f64, task.quasi.len() as f64);
        let squares: f64 = classes.sizes().iter().map(|size| (*size as f64).powi(2)).sum();
        let precision = levels.map(|levels| {
            let height = |(level, (_, tree)): (&usize, &(&crate::Column, &crate::Hierarchy))| {
                *level as f64 / tree.levels().saturating_sub(1).max(1) as f64
            };
            1.0 - levels.iter().zip(&task.quasi).map(height).sum::<f64>() / columns
        });
        let (entropy_bits, most) = self.entropy(task)?;
        Ok(Utility {
            loss: (self.lost + self.suppressed as f64 * columns) / (all * columns),
            discernibility: squares + self.suppressed as f64 * all,
            average_class: classes.risk().average_class(),
            precision,
            entropy_bits,
            entropy_share: if most > 0.0 { entropy_bits / most } else { 0.0 },
        })
    }

    /// Bits lacking, and bits there were.
    fn entropy(&self, task: &Task<'_>) -> Result<(f64, f64), Error> {
        let (mut lacking, mut all) = (0.0, 0.0);
        for (column, _) in &task.quasi {
            let mut counts = vec![0u64; column.values().len()];
            column.codes().iter().take(task.rows).for_each(|code| counts[*code as usize] += 1);
            let bits = |code: u32| (task.rows as f64 / counts[code as usize] as f64).log2();
            let written = self.table.column(column.name())?;
            let mut pairs: BTreeMap<(u32, u32), u64> = BTreeMap::new();
            let codes = self.rows.iter().map(|row| column.codes()[*row as usize]);
            codes.zip(written.codes()).for_each(|(old, new)| *pairs.entry((*new, old)).or_default() += 1);
            let groups = written.counts();
            lacking += pairs
                .iter()
                .map(|((new, _), count)| *count as f64 * (groups[*new as usize] as f64 / *count as f64).log2())
                .sum::<f64>();
            let mut kept = vec![false; task.rows];
            self.rows.iter().for_each(|row| kept[*row as usize] = true);
            let left_out = (0..task.rows).filter(|row| !kept[*row]);
            lacking += left_out.map(|row| bits(column.codes()[row])).sum::<f64>();
            all += counts
                .iter()
                .enumerate()
                .filter(|(_, count)| **count > 0)
                .map(|(code, count)| *count as f64 * bits(code as u32))
                .sum::<f64>();
        }
        Ok((lacking, all))
    }
}

//! Collects the contributions while the loader types and checks the rows: no second copy of the table.

use super::policy::{Cut, Policy};
use guildhall_data::{Answer, ColumnSpec, Engine, Error, Query, Value};
use guildhall_dp::disclosure::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Dimensions, holding, period: one sum each.
type Key = (Vec<String>, String, String);

/// The contributions of the rows seen so far, summed per cell, holding and period.
pub(super) struct Rows<'p> {
    policy: &'p Policy,
    /// Positions of the dimensions' columns, then holding, period and value.
    dimensions: Vec<(usize, Cut)>,
    holding: usize,
    period: Option<usize>,
    /// The column that is summed, and what a ratio divides by.
    values: Vec<usize>,
    sums: BTreeMap<Key, [i64; 2]>,
}

impl<'p> Rows<'p> {
    /// None yet.
    pub(super) fn new(policy: &'p Policy) -> Self {
        let at = |name: &str| policy.data.columns.iter().position(|c| c.name == name).unwrap_or(usize::MAX);
        Self {
            dimensions: policy.dimensions.iter().map(|d| (at(&d.column), d.cut)).collect(),
            holding: at(&policy.holding),
            period: policy.period.as_deref().map(at),
            values: std::iter::once(&policy.value).chain(&policy.denominator).map(|value| at(&value.column)).collect(),
            policy,
            sums: BTreeMap::new(),
        }
    }

    /// The lowest categories of a dimension that occur, sorted.
    pub(super) fn categories(&self, dimension: usize) -> BTreeSet<&str> {
        self.sums.keys().filter_map(|(labels, _, _)| labels.get(dimension)).map(String::as_str).collect()
    }

    /// One contribution per cell, holding and period: to what is summed (0), or to what a ratio divides by (1).
    pub(super) fn entries(&self, which: usize) -> Vec<Entry> {
        let entry = |((categories, holding, period), values): (&Key, &[i64; 2])| Entry {
            categories: categories.clone(),
            holding: holding.clone(),
            period: period.clone(),
            value: values.get(which).copied().unwrap_or_default(),
        };
        self.sums.iter().map(entry).collect()
    }
}

impl Engine for Rows<'_> {
    fn create(&mut self, _: &[ColumnSpec]) -> Result<(), Error> {
        Ok(())
    }

    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        // An empty figure is no contribution; every other column was declared never empty.
        let amount = |at: &usize| if let Some(Value::Integer(value)) = row.get(*at) { Some(*value) } else { None };
        let values: Vec<Option<i64>> = self.values.iter().map(amount).collect();
        if values.iter().all(Option::is_none) {
            return Ok(());
        }
        let label = |at: usize, cut: Cut| cut.of(&text(row.get(at)));
        let labels = self.dimensions.iter().map(|(at, cut)| label(*at, *cut)).collect();
        let period = self.period.map_or_else(|| self.policy.window.clone(), |at| label(at, Cut::Whole));
        let sums = self.sums.entry((labels, label(self.holding, Cut::Whole), period)).or_default();
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.checked_add(value.unwrap_or_default()).ok_or(Error::Overflow)?;
        }
        Ok(())
    }

    fn seal(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn select(&self, _: &Query, _: &mut dyn FnMut(&[Answer<'_>]) -> Result<(), Error>) -> Result<(), Error> {
        let message = "contributions are collected, not queried".to_owned();
        Err(Error::Engine { doing: "collecting contributions", message })
    }
}

fn text(value: Option<&Value<'_>>) -> String {
    match value {
        Some(Value::Text(text)) => text.trim().to_owned(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Null) | None => String::new(),
    }
}

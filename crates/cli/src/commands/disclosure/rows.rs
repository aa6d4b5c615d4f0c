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
    value: usize,
    sums: BTreeMap<Key, i64>,
}

impl<'p> Rows<'p> {
    /// None yet.
    pub(super) fn new(policy: &'p Policy) -> Self {
        let at = |name: &str| policy.data.columns.iter().position(|c| c.name == name).unwrap_or(usize::MAX);
        Self {
            dimensions: policy.dimensions.iter().map(|d| (at(&d.column), d.cut)).collect(),
            holding: at(&policy.holding),
            period: policy.period.as_deref().map(at),
            value: at(&policy.value),
            policy,
            sums: BTreeMap::new(),
        }
    }

    /// The lowest categories of a dimension that occur, sorted.
    pub(super) fn categories(&self, dimension: usize) -> BTreeSet<&str> {
        self.sums.keys().filter_map(|(labels, _, _)| labels.get(dimension)).map(String::as_str).collect()
    }

    /// One contribution per cell, holding and period.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        let entry = |((categories, holding, period), value)| Entry { categories, holding, period, value };
        self.sums.into_iter().map(entry).collect()
    }
}

impl Engine for Rows<'_> {
    fn create(&mut self, _: &[ColumnSpec]) -> Result<(), Error> {
        Ok(())
    }

    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        // An empty figure is no contribution; every other column was declared never empty.
        let Some(Value::Integer(value)) = row.get(self.value) else { return Ok(()) };
        let label = |at: usize, cut: Cut| cut.of(&text(row.get(at)));
        let labels = self.dimensions.iter().map(|(at, cut)| label(*at, *cut)).collect();
        let period = self.period.map_or_else(|| self.policy.window.clone(), |at| label(at, Cut::Whole));
        let sum = self.sums.entry((labels, label(self.holding, Cut::Whole), period)).or_default();
        *sum = sum.checked_add(*value).ok_or(Error::Overflow)?;
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

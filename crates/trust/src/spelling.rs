//! Ids that are probably the same customer, written in several ways.
//!
//! `A1`, `a1` and `A 1` are three customers to every count and bound: whoever is behind them is hidden three times less
//! well. Nothing is joined here, for the data may mean it; the analyst is told how many there are.

use crate::Error;
use crate::spec::Spec;
use guildhall_data::{Engine, UnitQuery, units};
use std::collections::HashMap;

/// The number of units whose id differs from another one's only in case or spaces: exact, never to be published.
///
/// # Errors
/// If the data cannot be read.
pub fn spelled_alike(engine: &dyn Engine, spec: &Spec) -> Result<u64, Error> {
    let Some(column) = spec.unit.kind.column() else { return Ok(0) };
    let unit = Some(column.to_owned());
    let query = UnitQuery { unit, window: None, every: None, key: None, fields: Vec::new() };
    let mut spellings: HashMap<String, u64> = HashMap::new();
    units(engine, &query, &mut |row| {
        let plain = row.unit.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        *spellings.entry(plain).or_default() += 1;
        Ok(())
    })?;
    Ok(spellings.into_values().filter(|count| *count > 1).sum())
}

/// What the analyst is told; nothing where every id is written in one way.
pub fn spelling_note(alike: u64, spec: &Spec) -> Option<String> {
    let unit = spec.unit.kind.name();
    (alike > 0).then(|| {
        format!(
            "{alike} {unit} ids differ from another one only in case or spaces, such as A1 and a1; each counts as a \
             {unit} of its own. If they are the same {unit}, mend the export first: one {unit} under two ids is hidden \
             less well than stated"
        )
    })
}

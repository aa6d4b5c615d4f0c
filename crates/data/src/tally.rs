//! How many rows answer alike, counted by the engine: for a unit of privacy that is the row.
//!
//! Where every row is a unit of its own, nothing of one unit has to be brought together and bounded. The engine counts
//! rows with the same answers, or adds clipped values up, and hands over as many rows as there are different answers
//! instead of as many as the table has.
//!
//! # Privacy
//! Every row counts exactly once: in the tally of its own period, key and answers.
//!
//! Not here: several rows of one unit ([`crate::units`]), noise.

use crate::engine::{Answer, Engine, Query};
use crate::extract::label;
use crate::period::Every;
use crate::problem::Error;
use crate::sql::{Checked, RowKind};
use crate::units::{UnitAnswer, UnitField, UnitWindow, answered, filter, of_row, period_key, value};

/// How much of a row's answer is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Every row by itself, for answers of which hardly two are the same.
    Each,
    /// Rows that answer alike are counted together.
    Alike,
    /// The one field is a number, and rows are counted together that lie between the same steps.
    ///
    /// The answer is the step `low + n * step` at or below the value; `high` from there on; `low - 1` below `low`.
    Steps {
        /// The first step.
        low: i64,
        /// The last step.
        high: i64,
        /// From one step to the next; positive, and it divides `high - low`.
        step: i64,
    },
    /// The one field is a number; the answer is the sum of the values, each clipped to `low..=high`.
    Sum {
        /// Lower values count as this.
        low: i64,
        /// Higher values count as this.
        high: i64,
    },
}

/// What is asked of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyQuery {
    /// The rows that count; where absent, all.
    pub window: Option<UnitWindow>,
    /// Tallies by period of the window's dates; where absent, over all of it.
    pub every: Option<Every>,
    /// Tallies by the value of this expression over a row.
    pub key: Option<(Checked, RowKind)>,
    /// The fields, as a unit of one row answers them.
    pub fields: Vec<UnitField>,
    /// How much of the answers is told apart.
    pub grain: Grain,
}

/// Rows that answer alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The label of the period; `all` where the query names no periods.
    pub period: String,
    /// The value of the query's key, or nothing.
    pub key: Option<String>,
    /// The answers, in the order of the fields; one sum for [`Grain::Sum`].
    pub fields: Vec<UnitAnswer>,
    /// How many rows they are; for [`Grain::Sum`], how many have a value.
    pub rows: u64,
}

/// Hands over the tallies, in no order.
///
/// # Errors
/// [`Error::Study`] if the window is not usable; [`Error::Overflow`] if a sum leaves 64 bits; what `each` returns;
/// [`Error::Engine`] if the engine fails, or if a grain that wants one field is given another number of them.
pub fn tallies(
    engine: &dyn Engine,
    query: &TallyQuery,
    each: &mut dyn FnMut(Tally) -> Result<(), Error>,
) -> Result<(), Error> {
    engine.select(&statement(query)?, &mut |row| {
        let ([period, key, answers @ ..], Some(Answer::Integer(rows))) = (row, row.last()) else { return Ok(()) };
        let fields = query.fields.iter().zip(answers).map(|(field, answer)| answered(field, answer, false));
        each(Tally {
            period: label(period).unwrap_or_default(),
            key: label(key),
            fields: fields.collect::<Result<_, _>>()?,
            rows: u64::try_from(*rows).unwrap_or(0),
        })
    })
}

fn statement(query: &TallyQuery) -> Result<Query, Error> {
    let (filter, params) = filter(query.window.as_ref())?;
    // What is the same for all rows is no key: engines group by fewer columns faster.
    let mut places = Vec::new();
    let mut key = |place: usize, sql: Option<String>, constant: &str| {
        places.extend(sql.is_some().then(|| place.to_string()));
        sql.unwrap_or_else(|| constant.to_owned())
    };
    let period = query.every.zip(query.window.as_ref()).map(|(every, window)| period_key(every, &window.column));
    let mut columns = vec![key(1, period, "'all'"), key(2, query.key.as_ref().map(value), "NULL")];
    let fields: Vec<String> = query.fields.iter().map(of_row).collect();
    match (query.grain, fields.as_slice()) {
        (Grain::Each, fields) => {
            columns.extend(fields.iter().cloned().chain(["1".to_owned()]));
            places.clear();
        }
        (Grain::Alike, fields) => {
            places.extend((3..fields.len() + 3).map(|place| place.to_string()));
            columns.extend(fields.iter().cloned().chain(["count(*)".to_owned()]));
        }
        (Grain::Steps { low, high, step }, [value]) => {
            places.push("3".to_owned());
            columns.extend([stepped(value, low, high, step), "count(*)".to_owned()]);
        }
        (Grain::Sum { low, high }, [value]) => {
            let tests = format!("WHEN {value} < {low} THEN {low} WHEN {value} > {high} THEN {high}");
            columns.extend([format!("sum(CASE {tests} ELSE {value} END)"), format!("count({value})")]);
        }
        (_, fields) => {
            let message = format!("{} fields where one number is wanted", fields.len());
            return Err(Error::Engine { doing: "preparing a query", message });
        }
    }
    let group = if places.is_empty() { String::new() } else { format!(" GROUP BY {}", places.join(", ")) };
    let sql = format!("SELECT {} FROM data{filter}{group}", columns.join(", "));
    Ok(Query { sql, params, width: columns.len() })
}

/// The step at or below a value.
fn stepped(value: &str, low: i64, high: i64, step: i64) -> String {
    let below = low.saturating_sub(1);
    let within = format!("{low} + ({value} - ({low})) / {step} * {step}");
    format!("CASE WHEN {value} < {low} THEN {below} WHEN {value} >= {high} THEN {high} ELSE {within} END")
}

#[cfg(test)]
mod tests;

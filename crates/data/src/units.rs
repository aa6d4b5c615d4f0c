//! One row per unit of privacy: all rows of a customer become one answer per field before anything is counted.
//!
//! The engine groups by unit (and period); what it is given is portable SQL that [`crate::check_row`] understood, put
//! inside `min`, `max`, `sum` or `count`. The first or last response is the least or greatest text
//! `date TAB value`, so that ties on one date are broken the same way on every engine: the least value is the first,
//! the greatest the last. Numbers stand in such texts so that their order as texts is that of numbers.
//!
//! # Privacy
//! What comes out depends for each unit on its own rows alone. That is what makes a bound on one unit's
//! contribution possible; the bound itself is set by whoever reads these rows.
//!
//! Not here: bounds, noise, metrics.

use crate::codes;
use crate::date::Day;
use crate::engine::{Answer, Engine, Query};
use crate::extract::{data, label};
use crate::period::{Every, day_of};
use crate::problem::{Error, Flaw};
use crate::sql::{Checked, RowKind, quote_name};

/// Which of the values in a unit's rows counts, or what is made of them. Rows without a value count for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitTake {
    /// The value of the earliest date, the least of several; without a date column the least value.
    First,
    /// The value of the latest date, the greatest of several; without a date column the greatest value.
    Last,
    /// The sum of all values.
    Sum,
    /// The number of values.
    Count,
    /// The number of different values.
    CountDistinct,
    /// The least value.
    Least,
    /// The greatest value.
    Greatest,
}

/// One field of a unit: an expression over a row, and what becomes of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitField {
    /// The expressions, each with its kind; several stay together, so that they come from the same row.
    pub parts: Vec<(Checked, RowKind)>,
    /// Which value counts.
    pub take: UnitTake,
}

/// The rows that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitWindow {
    /// The column with the date; never empty.
    pub column: String,
    /// The first day, month or year of the window.
    pub from: Option<String>,
    /// The first day, month or year after the window.
    pub until: Option<String>,
}

/// What is added to a number in a text, and the numbers to which it may be added: all sums have 19 digits.
const SHIFT: i64 = 5_000_000_000_000_000_000;
const SHIFTED: i64 = 3_999_999_999_999_999_999;

/// What is asked for every unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitQuery {
    /// The column that identifies the unit; where absent, every row is a unit of its own.
    pub unit: Option<String>,
    /// The rows that count; where absent, all.
    pub window: Option<UnitWindow>,
    /// One answer per unit and period of the window's dates; where absent, one per unit.
    pub every: Option<Every>,
    /// One answer per unit, period and value of this expression over a row; where absent, one per unit and period.
    pub key: Option<(Checked, RowKind)>,
    /// The fields.
    pub fields: Vec<UnitField>,
}

/// The answer to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitAnswer {
    /// No row of the unit has a value.
    None,
    /// A whole number; truth is 1 and falsehood 0.
    Integer(i64),
    /// Text, or several parts that come from one row.
    Parts(Vec<String>),
}

/// One unit, or one unit in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRow {
    /// The unit; where every row is a unit, its number in the answer.
    pub unit: String,
    /// The label of the period; `all` where the query names no periods.
    pub period: String,
    /// The value of the query's key, or nothing.
    pub key: Option<String>,
    /// The answers, in the order of the fields.
    pub fields: Vec<UnitAnswer>,
}

/// Hands over one row per unit (and period), sorted by unit, period and key.
///
/// # Errors
/// [`Error::Study`] if the window is not usable; [`Error::Data`] if a row has no unit; [`Error::Overflow`] if a
/// sum leaves 64 bits; what `each` returns; [`Error::Engine`] if the engine fails.
pub fn units(
    engine: &dyn Engine,
    query: &UnitQuery,
    each: &mut dyn FnMut(UnitRow) -> Result<(), Error>,
) -> Result<(), Error> {
    let statement = statement(query)?;
    let mut number = 0u64;
    engine.select(&statement, &mut |row| {
        number += 1;
        let [unit, period, key, answers @ ..] = row else { return Ok(()) };
        let unit = match query.unit {
            None => number.to_string(),
            Some(_) => label(unit).ok_or_else(|| nobody(query))?,
        };
        let period = label(period).unwrap_or_default();
        let dated = query.unit.is_some() && query.window.is_some();
        let fields = query.fields.iter().zip(answers).map(|(field, answer)| answered(field, answer, dated));
        each(UnitRow { unit, period, key: label(key), fields: fields.collect::<Result<_, _>>()? })
    })
}

/// The number of rows in the window.
///
/// # Errors
/// As [`units`].
pub fn count_rows(engine: &dyn Engine, window: Option<&UnitWindow>) -> Result<u64, Error> {
    let (filter, params) = filter(window)?;
    let mut count = 0;
    engine.select(&Query { sql: format!("SELECT count(*) FROM data{filter}"), params, width: 1 }, &mut |row| {
        if let [Answer::Integer(n)] = row {
            count = u64::try_from(*n).unwrap_or(0);
        }
        Ok(())
    })?;
    Ok(count)
}

fn nobody(query: &UnitQuery) -> Error {
    let message = "a row does not say whose it is, so nobody's share in the result could be bounded";
    let remedy = "name a skip rule for such rows, e.g. when = \"CustomerID is null\"";
    data(Flaw::new(codes::EMPTY_FIELD, message, remedy), query.unit.as_deref())
}

fn statement(query: &UnitQuery) -> Result<Query, Error> {
    let unit = query.unit.as_ref().map_or_else(|| "0".to_owned(), |name| quote_name(name));
    let dates = query.window.as_ref().map(|window| quote_name(&window.column));
    let period = match (query.every, &query.window) {
        (Some(every), Some(window)) => period_key(every, &window.column),
        _ => "'all'".to_owned(),
    };
    let fields: String =
        query.fields.iter().map(|field| format!(", {}", column(query, field, dates.as_deref()))).collect();
    let (filter, params) = filter(query.window.as_ref())?;
    let key = query.key.as_ref().map_or_else(|| "NULL".to_owned(), value);
    let group = match (&query.unit, &query.key) {
        (None, _) => "",
        (Some(_), None) => " GROUP BY 1, 2 ORDER BY 1, 2",
        (Some(_), Some(_)) => " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    };
    let sql = format!("SELECT {unit}, {period}, {key}{fields} FROM data{filter}{group}");
    Ok(Query { sql, params, width: query.fields.len() + 3 })
}

pub(crate) fn period_key(every: Every, column: &str) -> String {
    crate::PeriodSpec { column: column.to_owned(), every, from: None, to: None }.key()
}

/// The SQL of one field.
fn column(query: &UnitQuery, field: &UnitField, dates: Option<&str>) -> String {
    if query.unit.is_none() {
        return of_row(field);
    }
    let plain = plain(field);
    let dated = |function: &str| match (dates, field.parts.as_slice()) {
        (Some(date), [only]) => format!("{function}({date} || '\t' || {})", in_text(only)),
        (Some(date), _) => format!("{function}({date} || '\t' || {plain})"),
        (None, _) => format!("{function}({plain})"),
    };
    match field.take {
        UnitTake::First => dated("min"),
        UnitTake::Last => dated("max"),
        UnitTake::Sum => format!("sum({plain})"),
        UnitTake::Count => format!("count({plain})"),
        UnitTake::CountDistinct => format!("count(DISTINCT {plain})"),
        UnitTake::Least => format!("min({plain})"),
        UnitTake::Greatest => format!("max({plain})"),
    }
}

/// The answer of a row that is a unit of its own.
pub(crate) fn of_row(field: &UnitField) -> String {
    let plain = plain(field);
    match field.take {
        UnitTake::Count | UnitTake::CountDistinct => format!("CASE WHEN {plain} IS NULL THEN 0 ELSE 1 END"),
        _ => plain,
    }
}

/// One value per row: a number, text, or several joined by tabs; NULL where any of them is.
fn plain(field: &UnitField) -> String {
    match field.parts.as_slice() {
        [only] => value(only),
        parts => {
            let texts: Vec<String> = parts.iter().map(in_text).collect();
            format!("({})", texts.join(" || '\t' || "))
        }
    }
}

/// A value as text; a number in as many digits as every other, so that 9 comes before 10 and -3 before -1.
fn in_text(part: &(Checked, RowKind)) -> String {
    let value = value(part);
    match part.1 {
        RowKind::Number => format!(
            "(CASE WHEN {value} >= -{SHIFTED} AND {value} <= {SHIFTED} THEN CAST({value} + {SHIFT} AS TEXT) \
             WHEN {value} IS NOT NULL THEN 'too large' END)"
        ),
        _ => format!("CAST({value} AS TEXT)"),
    }
}

/// The number that [`in_text`] wrote.
fn from_text(text: &str) -> Result<i64, Error> {
    text.parse().ok().and_then(|number: i64| number.checked_sub(SHIFT)).ok_or(Error::Overflow)
}

/// The SQL of an expression; truth becomes 1 or 0 on every engine.
pub(crate) fn value((checked, kind): &(Checked, RowKind)) -> String {
    match kind {
        RowKind::Truth => format!("(CASE WHEN {0} THEN 1 WHEN NOT {0} THEN 0 END)", checked.sql()),
        _ => checked.sql().to_owned(),
    }
}

/// ` WHERE ...` for the rows of the window, and its parameters.
pub(crate) fn filter(window: Option<&UnitWindow>) -> Result<(String, Vec<String>), Error> {
    let Some(window) = window else { return Ok((String::new(), Vec::new())) };
    let column = quote_name(&window.column);
    let mut params = Vec::new();
    let mut tests = Vec::new();
    for (end, compare) in [(&window.from, ">="), (&window.until, "<")] {
        let Some(text) = end else { continue };
        let day = first_day(text).ok_or_else(|| {
            let message = format!("{text:?} is not a day, month or year");
            Error::Study(
                Flaw::new(codes::WINDOW, message, "write 2017, 2017-05 or 2017-05-31").at("study", None, None).into(),
            )
        })?;
        params.push(day);
        tests.push(format!("{column} {compare} ?{}", params.len()));
    }
    let sql = if tests.is_empty() { String::new() } else { format!(" WHERE {}", tests.join(" AND ")) };
    Ok((sql, params))
}

/// The answer to a field; a first or last one begins with its date where answers are `dated`.
pub(crate) fn answered(field: &UnitField, answer: &Answer<'_>, dated: bool) -> Result<UnitAnswer, Error> {
    match answer {
        Answer::Null => Ok(UnitAnswer::None),
        Answer::Integer(number) => Ok(UnitAnswer::Integer(*number)),
        Answer::Real(_) => Err(Error::Overflow),
        Answer::Text(text) => {
            let dated = dated && matches!(field.take, UnitTake::First | UnitTake::Last);
            let text = if dated { text.split_once('\t').map_or(*text, |(_, value)| value) } else { text };
            parts(field, text)
        }
    }
}

fn parts(field: &UnitField, text: &str) -> Result<UnitAnswer, Error> {
    match field.parts.as_slice() {
        [(_, RowKind::Number)] => from_text(text).map(UnitAnswer::Integer),
        [(_, RowKind::Truth)] => text.parse().map(UnitAnswer::Integer).map_err(|_| Error::Overflow),
        [_] => Ok(UnitAnswer::Parts(vec![text.to_owned()])),
        several => several
            .iter()
            .zip(text.splitn(several.len(), '\t'))
            .map(part)
            .collect::<Result<_, _>>()
            .map(UnitAnswer::Parts),
    }
}

fn part(((_, kind), text): (&(Checked, RowKind), &str)) -> Result<String, Error> {
    match kind {
        RowKind::Number => Ok(from_text(text)?.to_string()),
        _ => Ok(text.to_owned()),
    }
}

/// The first day of a day, month or year, as ISO text; `None` if the text is none of them.
pub fn first_day(text: &str) -> Option<String> {
    crate::period::span(text).map(|window| window.from.to_string())
}

/// Days from 1970-01-01 to the day an ISO text begins with.
///
/// The formula is the civil calendar of Hinnant, "chrono-compatible low-level date algorithms" (2013).
pub fn day_number(text: &str) -> Option<i64> {
    day_of(text).map(|Day { year, month, day }| {
        let (month, day) = (i64::from(month), i64::from(day));
        let year = i64::from(year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    })
}

/// Months from 1970-01 to the month an ISO text such as `2017-05` begins with.
pub fn month_number(text: &str) -> Option<i64> {
    let day = day_of(&format!("{}-01", text.get(..7)?))?;
    Some((i64::from(day.year) - 1970) * 12 + i64::from(day.month) - 1)
}

/// The labels of the periods from one day, month or year to before another, none left out.
///
/// With `whole` the window must begin and end with whole periods; else its first and last one may be partial.
///
/// # Errors
/// [`Error::Study`] if the window is not usable, cuts a period in two or has too many.
pub fn period_labels(every: Every, from: &str, until: &str, whole: bool) -> Result<Vec<String>, Error> {
    let study = |flaw: Flaw| Error::Study(flaw.at("study", None, None).into());
    let bad = || study(Flaw::new(codes::WINDOW, "the window has no usable ends", "write 2017, 2017-05 or 2017-05-31"));
    let day = |text: &str| crate::period::span(text).map(|window| window.from).ok_or_else(bad);
    let window = crate::period::Window { from: day(from)?, until: day(until)? };
    if window.from >= window.until {
        return Err(bad());
    }
    if whole && every != Every::Whole && [window.from, window.until].into_iter().any(|day| every.start(day) != day) {
        let message = "the window cuts a period in two";
        return Err(study(Flaw::new(codes::WINDOW, message, "begin and end the window with whole periods")));
    }
    crate::PeriodSpec { column: String::new(), every, from: None, to: None }.labels(window).map_err(study)
}

#[cfg(test)]
mod tests;

//! Rows of a table as answers of a poll, handed on while the loader checks them.

use super::file::yes::Yes;
use super::file::{Columns, PollFile};
use crate::Place;
use guildhall_data::{Answer as Asked, ColumnSpec, Engine, Error, Query, Value};
use guildhall_he::{Answer, HeError, Kind, Row};
use std::path::Path;

/// Turns every row into answers and hands it on; keeps the first error, with where it is.
pub(super) struct Rows<'p, F> {
    file: &'p PollFile,
    take: F,
    /// Where the row at hand stands.
    place: Place,
    pub(super) error: Option<(HeError, Place)>,
}

impl<'p, F: FnMut(&Row) -> Result<(), HeError>> Rows<'p, F> {
    /// Hands rows to `take`.
    pub(super) fn new(file: &'p PollFile, take: F) -> Self {
        Self { file, take, place: Place::file(Path::new("")), error: None }
    }

    /// Where an error is: the line of the file, and the column if the metric has one of its own.
    fn placed(&self, error: &HeError) -> Place {
        let HeError::Answer { metric, .. } = error else { return self.place.clone() };
        let metric = self.file.poll.metrics.iter().position(|one| one.name == *metric);
        let column = metric.and_then(|at| self.file.columns.get(at)).filter(|columns| columns.at.len() == 1);
        let column = column.and_then(|columns| self.file.table.columns.get(*columns.at.first()?));
        Place { column: column.map(|column| column.name.clone()), ..self.place.clone() }
    }
}

impl<F: FnMut(&Row) -> Result<(), HeError>> Engine for Rows<'_, F> {
    fn create(&mut self, _: &[ColumnSpec]) -> Result<(), Error> {
        Ok(())
    }

    fn at(&mut self, file: &str, line: u64) {
        self.place = Place { line: Some(line), ..Place::file(Path::new(file)) };
    }

    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        let stop = || Error::Engine { doing: "encrypting answers", message: "an answer was refused".to_owned() };
        as_row(self.file, row).and_then(|row| (self.take)(&row)).map_err(|error| {
            let place = self.placed(&error);
            self.error.get_or_insert((error, place));
            stop()
        })
    }

    fn seal(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn select(&self, _: &Query, _: &mut dyn FnMut(&[Asked<'_>]) -> Result<(), Error>) -> Result<(), Error> {
        let message = "answers are encrypted, not queried".to_owned();
        Err(Error::Engine { doing: "encrypting answers", message })
    }
}

fn as_row(file: &PollFile, row: &[Value<'_>]) -> Result<Row, HeError> {
    // The library counts answers; here the place says which row it is.
    let refuse = |metric: &str, what: String| HeError::Answer { row: 0, metric: metric.to_owned(), what };
    let group = file.group.map_or(Ok(0), |at| {
        let text = text(row.get(at));
        let group = file.poll.groups.iter().position(|group| *group == text);
        group.ok_or_else(|| refuse("the row", format!("its group {text:?} is none of the poll's values")))
    })?;
    let answers = file
        .poll
        .metrics
        .iter()
        .zip(&file.columns)
        .map(|(metric, from)| answer(&metric.kind, from, row).map_err(|what| refuse(&metric.name, what)));
    Ok(Row { group, answers: answers.collect::<Result<_, _>>()? })
}

fn answer(kind: &Kind, from: &Columns, row: &[Value<'_>]) -> Result<Answer, String> {
    let cells: Vec<&Value<'_>> = from.at.iter().filter_map(|at| row.get(*at)).collect();
    if cells.is_empty() || cells.contains(&&Value::Null) {
        return Ok(Answer::Missing);
    }
    let first = cells.first().copied();
    Ok(match (kind, &from.yes) {
        (Kind::Rate(_), Some(Yes::Bool)) => Answer::Yes(first == Some(&Value::Integer(1))),
        (Kind::Rate(_), yes) => {
            let text = text(first);
            let meant = yes.as_ref().and_then(|yes| yes.of(&text));
            Answer::Yes(meant.ok_or_else(|| format!("{text:?} is neither among the texts of yes nor of no"))?)
        }
        (Kind::Histogram { bins }, _) => {
            let text = text(first);
            let bin = bins.iter().position(|bin| *bin == text);
            Answer::Bin(bin.ok_or_else(|| format!("{text:?} is not among the bins"))?)
        }
        (Kind::TrustIndex { .. }, _) => Answer::Items(cells.into_iter().map(number).collect()),
        _ => Answer::Number(first.map_or(i64::MIN, number)),
    })
}

/// A text where a number belongs becomes one that no metric allows.
fn number(value: &Value<'_>) -> i64 {
    match value {
        Value::Integer(number) => *number,
        Value::Text(text) => text.trim().parse().unwrap_or(i64::MIN),
        Value::Null => i64::MIN,
    }
}

fn text(value: Option<&Value<'_>>) -> String {
    match value {
        Some(Value::Text(text)) => text.trim().to_owned(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Null) | None => String::new(),
    }
}

//! A whole column at once, into the type an engine keeps; the same values as row by row.

use super::cell::{self, civil};
use crate::codes;
use crate::fusion::{Column, stored};
use crate::problem::Flaw;
use crate::spec::{ColumnSpec, Format, Kind};
use crate::value;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewBuilder};
use datafusion::arrow::compute::{CastOptions, cast_with_options, kernels::cmp, nullif};
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// How a column of a file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) column: ColumnSpec,
    /// Every value is kept as the file has it.
    pub(crate) plain: bool,
}

impl Hash for Reading {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.column.name.as_str(), self.plain).hash(state);
    }
}

impl Reading {
    /// Converts a column, or says what is wrong with it.
    pub(crate) fn convert(&self, array: &ArrayRef) -> Result<ArrayRef, Flaw> {
        match (self.column.kind, array.data_type()) {
            (Kind::Integer, DataType::Int64) | (Kind::Bool, DataType::Boolean) => Ok(Arc::clone(array)),
            (Kind::Integer, data) if data.is_integer() => steps(array, 0),
            (Kind::Decimal { decimals, .. }, data) if data.is_integer() => steps(array, decimals),
            (Kind::Decimal { decimals, .. }, DataType::Decimal128(_, scale)) => match u8::try_from(*scale) {
                Ok(scale) if scale <= decimals => money(array, decimals - scale),
                _ => self.one_by_one(array),
            },
            (Kind::Text, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => text(array),
            (Kind::Date { .. }, DataType::Date32) => dates(array),
            _ => self.one_by_one(array),
        }
    }

    fn one_by_one(&self, array: &ArrayRef) -> Result<ArrayRef, Flaw> {
        let format = Format::default();
        let mut out = Column::new(self.column.kind);
        for row in 0..array.len() {
            let cell = cell::cell(array, row);
            if !out.push(&value::read(&self.column, &cell, &format)?) {
                return Err(Flaw::new(codes::COLUMN_TYPE, "a value is of another kind", "convert the column"));
            }
        }
        Ok(out.finish())
    }
}

fn range() -> Flaw {
    let remedy = "use fewer decimals in the study, or check the file";
    Flaw::new(codes::NUMBER_RANGE, "a number does not fit into 64 bits", remedy)
}

/// Whole numbers of any width, as steps of a decimal.
fn steps(array: &ArrayRef, decimals: u8) -> Result<ArrayRef, Flaw> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let whole = cast_with_options(array, &DataType::Int64, &options).map_err(|_| range())?;
    if decimals == 0 {
        return Ok(whole);
    }
    let factor = 10i64.checked_pow(u32::from(decimals)).ok_or_else(range)?;
    let scaled =
        whole.as_primitive::<Int64Type>().try_unary::<_, Int64Type, Flaw>(|n| n.checked_mul(factor).ok_or_else(range));
    Ok(Arc::new(scaled?))
}

/// Exact decimals, as steps of a finer decimal.
fn money(array: &ArrayRef, finer: u8) -> Result<ArrayRef, Flaw> {
    let factor = 10i128.checked_pow(u32::from(finer)).ok_or_else(range)?;
    let values = array.as_primitive::<Decimal128Type>();
    let step = |value: i128| value.checked_mul(factor).and_then(|v| i64::try_from(v).ok()).ok_or_else(range);
    let scaled: Int64Array = values.try_unary::<_, Int64Type, Flaw>(step)?;
    Ok(Arc::new(scaled))
}

/// Text as it is; empty text is no value, as in every other kind of file.
fn text(array: &ArrayRef) -> Result<ArrayRef, Flaw> {
    let failed = |error| Flaw::new(codes::COLUMN_TYPE, format!("{error}"), "write the column as text");
    let views = cast_with_options(array, &stored(Kind::Text), &CastOptions::default()).map_err(failed)?;
    if views.as_string_view().iter().all(|text| text != Some("")) {
        return Ok(views);
    }
    let empty = cmp::eq(&views, &datafusion::arrow::array::StringViewArray::new_scalar("")).map_err(failed)?;
    nullif(&views, &empty).map_err(failed)
}

fn dates(array: &ArrayRef) -> Result<ArrayRef, Flaw> {
    let days = array.as_primitive::<Date32Type>();
    let mut out = StringViewBuilder::with_capacity(days.len());
    for day in days {
        match day.map(|day| civil(i64::from(day))) {
            None => out.append_null(),
            Some((year @ 1900..=2199, month, day)) => out.append_value(format!("{year:04}-{month:02}-{day:02}")),
            Some((year, ..)) => {
                let message = format!("a date lies in the year {year}, not between 1900 and 2199");
                return Err(Flaw::new(codes::CELL_KIND, message, "correct the field"));
            }
        }
    }
    Ok(Arc::new(out.finish()))
}

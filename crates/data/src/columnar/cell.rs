//! One value of a Parquet column as a cell, and which types of column fit which kind.

use crate::spec::Kind;
use crate::value::Cell;
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, TimeUnit,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use std::borrow::Cow;

const fn is_text(data: &DataType) -> bool {
    matches!(data, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_number(data: &DataType) -> bool {
    data.is_integer()
        || matches!(data, DataType::Float32 | DataType::Float64 | DataType::Decimal128(..) | DataType::Decimal256(..))
}

/// Whether a column of this type can hold values of this kind.
pub(super) fn fits(kind: Kind, data: &DataType) -> bool {
    match kind {
        Kind::Text => is_text(data),
        Kind::Integer | Kind::Decimal { .. } => is_number(data),
        Kind::Bool => matches!(data, DataType::Boolean),
        Kind::Date { .. } => {
            is_text(data) || matches!(data, DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None))
        }
    }
}

/// A type in plain words.
pub(super) fn words(data: &DataType) -> String {
    match data {
        data if is_text(data) => "text".to_owned(),
        data if data.is_integer() => "whole numbers".to_owned(),
        DataType::Float32 | DataType::Float64 => "floating-point numbers".to_owned(),
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => format!("numbers with {scale} decimals"),
        DataType::Boolean => "true or false".to_owned(),
        DataType::Date32 | DataType::Date64 => "dates".to_owned(),
        DataType::Timestamp(_, None) => "dates with times".to_owned(),
        DataType::Timestamp(_, Some(_)) => "moments in UTC".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "bytes".to_owned(),
        other => format!("values of the type {other}"),
    }
}

/// What a kind asks for, in plain words.
pub(super) const fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Integer => "whole numbers",
        Kind::Decimal { .. } => "decimal numbers",
        Kind::Bool => "true or false",
        Kind::Date { .. } => "dates",
    }
}

/// How to mend a column of the wrong type.
pub(super) const fn remedy(kind: Kind, data: &DataType) -> &'static str {
    match (kind, data) {
        (Kind::Date { .. }, DataType::Timestamp(_, Some(_))) => {
            "write local dates, or times without a zone: the day of a business is its local day"
        }
        (_, DataType::Binary | DataType::LargeBinary | DataType::BinaryView) => "write the column as text (UTF8)",
        _ => "change the column's kind in the study, or convert the column where the file is written",
    }
}

/// One value; exact numbers stay exact.
pub(super) fn cell(array: &ArrayRef, row: usize) -> Cell<'_> {
    if array.is_null(row) {
        return Cell::Empty;
    }
    match array.data_type() {
        DataType::Utf8 => Cell::Text(Cow::Borrowed(array.as_string::<i32>().value(row))),
        DataType::LargeUtf8 => Cell::Text(Cow::Borrowed(array.as_string::<i64>().value(row))),
        DataType::Utf8View => Cell::Text(Cow::Borrowed(array.as_string_view().value(row))),
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Float64 => Cell::Number(array.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => Cell::Number(shortest(array.as_primitive::<Float32Type>().value(row))),
        DataType::Decimal128(..) => Cell::Digits(trimmed(array.as_primitive::<Decimal128Type>().value_as_string(row))),
        DataType::Decimal256(..) => Cell::Digits(trimmed(array.as_primitive::<Decimal256Type>().value_as_string(row))),
        DataType::Date32 => moment(i64::from(array.as_primitive::<Date32Type>().value(row)) * 86_400),
        DataType::Date64 => moment(array.as_primitive::<Date64Type>().value(row).div_euclid(1_000)),
        DataType::Timestamp(unit, _) => timestamp(array, *unit, row),
        _ => shown(array, row),
    }
}

/// A single-precision number as it is written, `0.1`, and not as it is stored.
fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

/// The scale of a column says nothing about a value: zeros at the end do not count.
fn trimmed(digits: String) -> String {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits }
}

/// Whole numbers of every width, as digits.
fn shown(array: &ArrayRef, row: usize) -> Cell<'static> {
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(array, &options).and_then(|f| f.value(row).try_to_string());
    text.map_or_else(|error| Cell::Error(error.to_string()), Cell::Digits)
}

fn timestamp(array: &ArrayRef, unit: TimeUnit, row: usize) -> Cell<'static> {
    use datafusion::arrow::datatypes as types;
    let (value, per_second) = match unit {
        TimeUnit::Second => (array.as_primitive::<types::TimestampSecondType>().value(row), 1),
        TimeUnit::Millisecond => (array.as_primitive::<types::TimestampMillisecondType>().value(row), 1_000),
        TimeUnit::Microsecond => (array.as_primitive::<types::TimestampMicrosecondType>().value(row), 1_000_000),
        TimeUnit::Nanosecond => (array.as_primitive::<types::TimestampNanosecondType>().value(row), 1_000_000_000),
    };
    moment(value.div_euclid(per_second))
}

/// Seconds since 1970 as a moment; one outside the years that count becomes year 0, which no date has.
pub(super) fn moment(seconds: i64) -> Cell<'static> {
    let small = |number: i64| u8::try_from(number).unwrap_or(0);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let year = u16::try_from(year).unwrap_or(0);
    Cell::Moment(year, month, day, small(second / 3_600), small(second / 60 % 60), small(second % 60))
}

/// Days since 1970 as year, month and day (H. Hinnant, chrono-compatible low-level date algorithms, `civil_from_days`).
pub(super) fn civil(days: i64) -> (i64, u8, u8) {
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(0), u8::try_from(day).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        let cases = [(0, (1970, 1, 1)), (-25_567, (1900, 1, 1)), (16_860, (2016, 2, 29)), (11_016, (2000, 2, 29))];
        for (days, want) in cases {
            assert_eq!(civil(days), want);
        }
        assert_eq!(moment(-1), Cell::Moment(1969, 12, 31, 23, 59, 59));
        assert_eq!(moment(i64::MAX), Cell::Moment(0, 12, 4, 15, 30, 7), "no date has year 0");
    }

    #[test]
    fn zeros_at_the_end_do_not_count() {
        for (digits, want) in [("12.500", "12.5"), ("-1.00", "-1"), ("100", "100"), ("0.070", "0.07")] {
            assert_eq!(trimmed(digits.to_owned()), want);
        }
        assert_eq!(shortest(0.1), 0.1);
    }
}

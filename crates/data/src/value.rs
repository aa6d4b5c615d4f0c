//! From a cell as a file has it to a value as the study wants it.

use crate::codes;
use crate::date::{self, Day};
use crate::number;
use crate::problem::{Flaw, quoted};
use crate::spec::{ColumnSpec, DateForm, Empty, Excess, Format, Kind};
use std::borrow::Cow;

/// A typed value, as an engine stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A whole number: also decimals in steps, and yes or no as 1 or 0.
    Integer(i64),
    /// Text: also dates in ISO form.
    Text(Cow<'a, str>),
}

/// A cell as the file has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    /// A binary number of a workbook.
    Number(f64),
    /// An exact number in plain digits, `-12.5`, of a file that knows decimals.
    #[cfg_attr(not(feature = "datafusion"), expect(dead_code, reason = "only Parquet files have them"))]
    Digits(String),
    Bool(bool),
    /// A workbook's date: year, month, day, hour, minute, second.
    Moment(u16, u8, u8, u8, u8, u8),
    /// A workbook's duration, or a time without a day.
    Duration,
    /// A formula error, e.g. `#REF!`.
    Error(String),
}

impl Cell<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    /// The cell as a person reads it, for messages and headers.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone().into_owned(),
            Self::Number(number) => number.to_string(),
            Self::Digits(digits) => digits.clone(),
            Self::Bool(value) => value.to_string(),
            Self::Moment(year, month, day, ..) => format!("{year:04}-{month:02}-{day:02}"),
            Self::Duration => "a time without a day".to_owned(),
            Self::Error(error) => error.clone(),
        }
    }
}

/// Reads one cell as its column wants it.
pub(crate) fn read<'a>(column: &ColumnSpec, cell: &'a Cell<'_>, format: &Format) -> Result<Value<'a>, Flaw> {
    match cell {
        cell if cell.is_empty() => absent(column),
        Cell::Text(text) if column.kind != Kind::Text && text.trim_matches([' ', '\t']).is_empty() => absent(column),
        Cell::Text(text) => from_text(column.kind, text, format),
        Cell::Number(number) => from_number(column.kind, *number),
        Cell::Digits(digits) => match column.kind {
            Kind::Integer => integer(digits, 0, Excess::Refuse, &Format::default()),
            Kind::Decimal { decimals, excess } => integer(digits, decimals, excess, &Format::default()),
            _ => Err(unfit(cell, column.kind)),
        },
        Cell::Bool(value) if column.kind == Kind::Bool => Ok(Value::Integer(i64::from(*value))),
        Cell::Moment(year, month, day, hour, minute, second) if matches!(column.kind, Kind::Date { .. }) => {
            moment((*year, *month, *day), (*hour, *minute, *second)).ok_or_else(|| unfit(cell, column.kind))
        }
        Cell::Error(error) => Err(Flaw::new(
            codes::FORMULA,
            format!("the cell shows the formula error {error}"),
            "mend the formula, or paste its values",
        )),
        _ => Err(unfit(cell, column.kind)),
    }
}

fn absent(column: &ColumnSpec) -> Result<Value<'static>, Flaw> {
    match column.empty {
        Empty::Null => Ok(Value::Null),
        Empty::Refuse => Err(Flaw::new(
            codes::EMPTY_FIELD,
            "the field is empty",
            "fill it in, allow `empty = \"null\"` for the column, or name a skip rule for such rows",
        )),
    }
}

fn from_text<'a>(kind: Kind, text: &'a str, format: &Format) -> Result<Value<'a>, Flaw> {
    match kind {
        Kind::Text => clean(text).map(|text| Value::Text(Cow::Borrowed(text))),
        Kind::Integer => integer(text, 0, Excess::Refuse, format),
        Kind::Decimal { decimals, excess } => integer(text, decimals, excess, format),
        Kind::Date { form } => date::iso(text, form).map(|iso| Value::Text(Cow::Owned(iso))).ok_or_else(|| {
            Flaw::new(
                codes::NOT_DATE,
                format!("{} is not a date {}", quoted(text), example(form)),
                "set the column's `form`, or correct the field",
            )
        }),
        Kind::Bool => boolean(text),
    }
}

fn integer(text: &str, decimals: u8, excess: Excess, format: &Format) -> Result<Value<'static>, Flaw> {
    number::scaled(text, decimals, excess, format)
        .map(Value::Integer)
        .map_err(|refusal| number::explain(text, refusal, decimals, format))
}

fn boolean(text: &str) -> Result<Value<'static>, Flaw> {
    let text = text.trim_matches([' ', '\t']);
    let is = |names: &[&str]| names.iter().any(|name| text.eq_ignore_ascii_case(name));
    if is(&["true", "yes", "1"]) {
        return Ok(Value::Integer(1));
    }
    if is(&["false", "no", "0"]) {
        return Ok(Value::Integer(0));
    }
    Err(Flaw::new(codes::NOT_BOOL, format!("{} is not yes or no", quoted(text)), "use true/false, yes/no or 1/0"))
}

/// Text as it is, unless it holds characters nobody sees.
fn clean(text: &str) -> Result<&str, Flaw> {
    let hidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{fffd}')
    };
    if text.is_ascii() || !text.chars().any(hidden) {
        return Ok(text);
    }
    Err(Flaw::new(
        codes::CONTROL,
        format!("{} holds an invisible character or one that was lost in an earlier conversion", quoted(text)),
        "retype the field, or export it again in the right encoding",
    ))
}

const fn example(form: DateForm) -> &'static str {
    match form {
        DateForm::Iso | DateForm::IsoLocal => "such as 2017-05-31",
        DateForm::DayFirst => "such as 31.05.2017",
        DateForm::MonthFirst => "such as 05/31/2017",
        DateForm::Compact => "such as 20170531",
    }
}

fn moment((year, month, day): (u16, u8, u8), (hour, minute, second): (u8, u8, u8)) -> Option<Value<'static>> {
    let day = Day::new(year, month, day)?;
    let text = match (hour, minute, second) {
        (0, 0, 0) => day.to_string(),
        _ => format!("{day} {hour:02}:{minute:02}:{second:02}"),
    };
    Some(Value::Text(Cow::Owned(text)))
}

/// Reads a binary number of a workbook, to the 15 significant digits that spreadsheets show and keep.
///
/// A sum such as 0.1+0.2 is stored as 0.30000000000000004 and shown as 0.3; the 15 digits are what was meant.
fn from_number<'a>(kind: Kind, number: f64) -> Result<Value<'a>, Flaw> {
    let digits = fifteen_digits(number);
    let whole = number.abs() < 1e15 && number.fract() == 0.0;
    match (kind, digits) {
        (Kind::Text, Some(digits)) if whole => Ok(Value::Text(Cow::Owned(digits))),
        (Kind::Integer, Some(digits)) => integer(&digits, 0, Excess::Refuse, &Format::default()),
        (Kind::Decimal { decimals, excess }, Some(digits)) => integer(&digits, decimals, excess, &Format::default()),
        (Kind::Bool, Some(digits)) => boolean(&digits),
        _ => Err(unfit(&Cell::Number(number), kind)),
    }
}

/// A number in plain digits, rounded to 15 significant ones; `None` where that is not exact enough.
fn fifteen_digits(number: f64) -> Option<String> {
    if !number.is_finite() || number.abs() >= 1e15 {
        return None;
    }
    if number == 0.0 {
        return Some("0".to_owned());
    }
    let exponent: i32 = format!("{number:.14e}").split_once('e')?.1.parse().ok()?;
    let decimals = usize::try_from((14 - exponent).max(0)).ok()?;
    let text = format!("{number:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    Some(text.to_owned())
}

fn unfit(cell: &Cell<'_>, kind: Kind) -> Flaw {
    let shown = quoted(&cell.shown());
    let (wanted, remedy) = match kind {
        Kind::Text => ("text", "format the column as text, or describe it as a date or number"),
        Kind::Integer => ("a whole number", "format the column as a number without decimals, below 10^15"),
        Kind::Decimal { .. } => ("a number", "format the column as a number, below 10^15"),
        Kind::Date { .. } => ("a date between 1900 and 2199", "format the column as a date"),
        Kind::Bool => ("yes or no", "use TRUE and FALSE"),
    };
    Flaw::new(codes::CELL_KIND, format!("the cell holds {shown}, not {wanted}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_numbers_are_read_as_shown() {
        let cents = Kind::Decimal { decimals: 2, excess: Excess::Refuse };
        for (number, want) in [
            (0.1 + 0.2, Some(30)),
            (1.1 * 3.0, Some(330)),
            (1234.56, Some(123_456)),
            (-0.07, Some(-7)),
            (1e-7, None),
            (0.125, None),
            (9_007_199_254_740_993.0, None),
            (f64::NAN, None),
            (999_999_999_999_999.0, Some(99_999_999_999_999_900)),
            (9_999_999_999_999.99, Some(999_999_999_999_999)),
        ] {
            let got = from_number(cents, number).ok();
            assert_eq!(got, want.map(Value::Integer), "{number}");
        }
        assert_eq!(from_number(Kind::Text, 78701.0), Ok(Value::Text("78701".into())));
        assert!(from_number(Kind::Text, 0.5).is_err());
        assert!(from_number(Kind::Date { form: DateForm::Iso }, 42860.0).is_err());
    }

    #[test]
    fn every_cent_survives_a_workbook() {
        for cents in (0i64..5_000_000).step_by(37).chain([9_999_999_999_999, -1, 7]) {
            let number = cents as f64 / 100.0;
            let kind = Kind::Decimal { decimals: 2, excess: Excess::Refuse };
            assert_eq!(from_number(kind, number), Ok(Value::Integer(cents)), "{number}");
        }
    }
}

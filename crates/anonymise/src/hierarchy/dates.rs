//! Parts of ISO dates.

use crate::{Column, Error};

const WANT: &str = "a date such as 2017-05-31 or 2017-05";

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateLevel {
    /// `2017-05`
    Month,
    /// `2017-Q2`
    Quarter,
    /// `2017`
    Year,
    /// `2010s`
    Decade,
}

/// For each level, the label of each value; an empty field stays one.
pub(super) fn labels(column: &Column, parts: &[DateLevel]) -> Result<Vec<Vec<String>>, Error> {
    if parts.windows(2).any(|pair| pair[1] <= pair[0]) {
        let want = "month, quarter, year, decade in this order";
        return Err(Error::Parameter { what: "a part of a date", value: f64::NAN, want });
    }
    let mut parsed = Vec::with_capacity(column.values().len());
    for (at, text) in column.values().iter().enumerate() {
        let date = month_of(text.trim());
        if date.is_none() && !text.trim().is_empty() {
            return Err(column.refused(at, WANT));
        }
        parsed.push(date);
    }
    let label = |part: DateLevel, date: Option<(u16, u8)>| match (part, date) {
        (_, None) => String::new(),
        (DateLevel::Month, Some((year, month))) => format!("{year:04}-{month:02}"),
        (DateLevel::Quarter, Some((year, month))) => format!("{year:04}-Q{}", month.div_ceil(3)),
        (DateLevel::Year, Some((year, _))) => format!("{year:04}"),
        (DateLevel::Decade, Some((year, _))) => format!("{:04}s", year / 10 * 10),
    };
    Ok(parts.iter().map(|part| parsed.iter().map(|date| label(*part, *date)).collect()).collect())
}

/// Year and month of `YYYY-MM`, `YYYY-MM-DD`, or that and a time.
fn month_of(text: &str) -> Option<(u16, u8)> {
    let bytes = text.as_bytes();
    let digits =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten();
    let (year, month) = (digits(text.get(..4)?)?, digits(text.get(5..7)?)?);
    let rest = match bytes.get(7) {
        None => true,
        Some(b'-') => {
            let day = text.get(8..10).and_then(digits).is_some_and(|day| (1..=31).contains(&day));
            day && matches!(bytes.get(10), None | Some(b' ' | b'T'))
        }
        Some(_) => false,
    };
    let sound = bytes.get(4) == Some(&b'-') && (1..=12).contains(&month) && rest;
    sound.then_some((year, u8::try_from(month).ok()?))
}

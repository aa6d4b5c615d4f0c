//! Parts of dates, in the order of day, month and year that the caller declares: it is never guessed from the values.

use crate::{Column, Error};

/// How the days of a column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// Year, month, day: `2017-05-31`, also `2017-05`, `2017/05/31`, `2017.05.31`
    #[default]
    Ymd,
    /// Day, month, year: `31.05.2017`, also `31/5/2017`, `31-05-2017`
    Dmy,
    /// Month, day, year: `05/31/2017`, also `5-31-2017`
    Mdy,
}

impl DateOrder {
    const fn want(self) -> &'static str {
        match self {
            Self::Ymd => "a date such as 2017-05-31 or 2017-05 (year, month, day)",
            Self::Dmy => "a date such as 31.05.2017 or 31/05/2017 (day, month, year)",
            Self::Mdy => "a date such as 05/31/2017 (month, day, year)",
        }
    }

    /// Year and month of a day, with or without a time after it.
    fn month_of(self, text: &str) -> Option<(u16, u8)> {
        let day = text.split_once(['T', ' ']).map_or(text, |(day, _)| day);
        match self {
            Self::Ymd => year_first(text),
            Self::Dmy => year_last(day).and_then(|(day, month, year)| sound(year, month, day)),
            Self::Mdy => year_last(day).and_then(|(month, day, year)| sound(year, month, day)),
        }
    }
}

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
pub(super) fn labels(column: &Column, order: DateOrder, parts: &[DateLevel]) -> Result<Vec<Vec<String>>, Error> {
    if parts.windows(2).any(|pair| pair[1] <= pair[0]) {
        let want = "month, quarter, year, decade in this order";
        return Err(Error::Parameter { what: "a part of a date", value: f64::NAN, want });
    }
    let mut parsed = Vec::with_capacity(column.values().len());
    for (at, text) in column.values().iter().enumerate() {
        let date = order.month_of(text.trim());
        if date.is_none() && !text.trim().is_empty() {
            return Err(column.refused(at, order.want()));
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

/// Year and month of `YYYY-MM`, `YYYY-MM-DD`, or that and a time; with `/` or `.` instead of both `-` too.
fn year_first(text: &str) -> Option<(u16, u8)> {
    let bytes = text.as_bytes();
    let mark = bytes.get(4).filter(|mark| b"-/.".contains(mark))?;
    let (year, month) = (digits(text.get(..4)?)?, digits(text.get(5..7)?)?);
    let rest = match bytes.get(7) {
        None => true,
        Some(next) if next == mark => {
            let day = text.get(8..10).and_then(digits).is_some_and(|day| (1..=31).contains(&day));
            day && matches!(bytes.get(10), None | Some(b' ' | b'T'))
        }
        Some(_) => false,
    };
    let sound = (1..=12).contains(&month) && rest;
    sound.then_some((year, u8::try_from(month).ok()?))
}

/// Two numbers of one or two digits and a year of four, with the same mark between them.
fn year_last(day: &str) -> Option<(u16, u16, u16)> {
    let mark = day.chars().find(|c| !c.is_ascii_digit()).filter(|mark| matches!(mark, '.' | '/' | '-'))?;
    let mut parts = day.split(mark);
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    let short = |part: &str| (1..=2).contains(&part.len());
    let sound = parts.next().is_none() && short(first) && short(second) && year.len() == 4;
    sound.then_some((digits(first)?, digits(second)?, digits(year)?))
}

fn sound(year: u16, month: u16, day: u16) -> Option<(u16, u8)> {
    let sound = (1..=12).contains(&month) && (1..=31).contains(&day);
    sound.then_some((year, u8::try_from(month).ok()?))
}

fn digits(part: &str) -> Option<u16> {
    part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
}

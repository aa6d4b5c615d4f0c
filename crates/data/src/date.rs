//! Dates and times as ISO text, which sorts by time and needs no date type in the engine.
//!
//! Years 1900 to 2199. Fractions of a second are cut. Not here: time zones; the day of a business is its local day.

use crate::spec::DateForm;

/// A calendar date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

impl Day {
    /// The date, if it exists.
    pub(crate) fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists = (1900..=2199).contains(&year) && (1..=12).contains(&month) && day >= 1;
        (exists && day <= length(year, month)).then_some(Self { year, month, day })
    }

    /// The day after; `None` at the end of the range.
    pub(crate) fn next(self) -> Option<Self> {
        Self::new(self.year, self.month, self.day + 1).or_else(|| self.next_month())
    }

    /// The first day of the month after.
    pub(crate) fn next_month(self) -> Option<Self> {
        if self.month == 12 { Self::new(self.year + 1, 1, 1) } else { Self::new(self.year, self.month + 1, 1) }
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Days of a month.
fn length(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Reads a date, or a date and time, as ISO text.
pub(crate) fn iso(text: &str, form: DateForm) -> Option<String> {
    let text = text.trim_matches([' ', '\t']);
    let split = text.find(['T', ' ']);
    let (date, time) = split.map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])));
    let day = match form {
        DateForm::Iso | DateForm::IsoLocal => iso_day(date, time.is_none())?,
        DateForm::DayFirst => {
            ordered(date, &['.', '/', '-']).and_then(|[d, m, y]| Day::new(y, short(m)?, short(d)?))?
        }
        DateForm::MonthFirst => ordered(date, &['/', '-']).and_then(|[m, d, y]| Day::new(y, short(m)?, short(d)?))?,
        DateForm::Compact => compact(date)?,
    };
    match time {
        None => Some(day.to_string()),
        Some(time) => clock(time, form == DateForm::IsoLocal).map(|time| format!("{day} {time}")),
    }
}

fn short(number: u16) -> Option<u8> {
    u8::try_from(number).ok()
}

/// `digits` as a number if it has one of the wanted lengths and nothing but digits.
fn number(digits: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<u16> {
    let plain = lengths.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn iso_day(text: &str, month_suffices: bool) -> Option<Day> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4..=4)?;
    let month = number(parts.next()?, 2..=2)?;
    let day = match parts.next() {
        Some(day) => number(day, 2..=2)?,
        None if month_suffices => 1,
        None => return None,
    };
    parts.next().is_none().then(|| Day::new(year, short(month)?, short(day)?))?
}

/// Three numbers with one separator, the last of them a year of four digits.
fn ordered(text: &str, separators: &[char]) -> Option<[u16; 3]> {
    let separator = text.chars().find(|c| separators.contains(c))?;
    let mut parts = text.split(separator);
    let first = number(parts.next()?, 1..=2)?;
    let second = number(parts.next()?, 1..=2)?;
    let year = number(parts.next()?, 4..=4)?;
    parts.next().is_none().then_some([first, second, year])
}

fn compact(text: &str) -> Option<Day> {
    if text.len() != 8 || !text.is_ascii() {
        return None;
    }
    Day::new(number(&text[..4], 4..=4)?, short(number(&text[4..6], 2..=2)?)?, short(number(&text[6..], 2..=2)?)?)
}

/// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f`, an offset where allowed.
fn clock(text: &str, offset: bool) -> Option<String> {
    let text = if offset { without_offset(text)? } else { text };
    let text = match text.split_once('.') {
        Some((seconds, fraction)) if fraction.bytes().all(|b| b.is_ascii_digit()) && seconds.len() == 8 => seconds,
        Some(_) => return None,
        None => text,
    };
    let mut parts = text.split(':');
    let hour = number(parts.next()?, 1..=2).filter(|h| *h < 24)?;
    let minute = number(parts.next()?, 2..=2).filter(|m| *m < 60)?;
    let second = parts.next().map_or(Some(0), |s| number(s, 2..=2).filter(|s| *s < 60))?;
    parts.next().is_none().then(|| format!("{hour:02}:{minute:02}:{second:02}"))
}

fn without_offset(text: &str) -> Option<&str> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let Some(at) = text.rfind(['+', '-']) else { return Some(text.trim_end()) };
    let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
    let fits = matches!(digits.len(), 2 | 4) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text[..at].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_strict() {
        use DateForm::{Compact, DayFirst, Iso, IsoLocal, MonthFirst};
        let cases = [
            (Iso, "2017-05", Some("2017-05-01")),
            (Iso, "2016-02-29", Some("2016-02-29")),
            (Iso, "2017-02-29", None),
            (Iso, "1900-02-29", None),
            (Iso, "2010-12-01 08:26:00", Some("2010-12-01 08:26:00")),
            (Iso, "2010-12-01T08:26", Some("2010-12-01 08:26:00")),
            (Iso, "2010-12-01T08:26:59.123", Some("2010-12-01 08:26:59")),
            (Iso, "2010-12-01T08:26:00Z", None),
            (Iso, "2010-12-01 24:00", None),
            (Iso, "2017-5-1", None),
            (Iso, "17-05-01", None),
            (Iso, "2017-13-01", None),
            (Iso, "2017-05-01x", None),
            (Iso, "42860", None),
            (IsoLocal, "2023-01-05 13:00:00 -0500", Some("2023-01-05 13:00:00")),
            (IsoLocal, "2023-01-05T13:00:00+01:00", Some("2023-01-05 13:00:00")),
            (IsoLocal, "2023-01-05T13:00:00Z", Some("2023-01-05 13:00:00")),
            (DayFirst, "31.05.2017", Some("2017-05-31")),
            (DayFirst, "31/5/2017 8:05", Some("2017-05-31 08:05:00")),
            (DayFirst, "05/31/2017", None),
            (DayFirst, "31.05.17", None),
            (MonthFirst, "05/31/2017", Some("2017-05-31")),
            (MonthFirst, "31/05/2017", None),
            (Compact, "19970101", Some("1997-01-01")),
            (Compact, "1997011", None),
            (Compact, "1997\u{e9}1", None),
        ];
        for (form, text, want) in cases {
            assert_eq!(iso(text, form).as_deref(), want, "{text} as {form:?}");
        }
    }

    #[test]
    fn days_follow_each_other() {
        let day = Day::new(2016, 2, 28).expect("exists");
        assert_eq!(day.next().map(|d| d.to_string()).as_deref(), Some("2016-02-29"));
        let year = Day::new(2016, 12, 31).expect("exists");
        assert_eq!(year.next().map(|d| d.to_string()).as_deref(), Some("2017-01-01"));
    }
}

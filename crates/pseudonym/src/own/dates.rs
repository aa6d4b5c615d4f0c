//! Dates moved by a number of days that is secret and the same for all dates of one subject.
//!
//! The offset is uniform over `-days ..= days`: the first of HMAC-SHA-256(key, version, domain, subject, counter) for
//! counter 0, 1, ... whose leading 64 bits fall below the largest multiple of `2 days + 1`, so that none is likelier.
//! The column is not part of it, or the days between two columns of dates would not stay. The subject is brought into one
//! spelling first, as for a keyed hash, so that all dates of one customer move alike.

use super::context::VERSION;
use super::{Context, Method, OwnError, OwnKey, Spelling};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use time::{Date, Duration, Month};
use zeroize::Zeroizing;

/// Most days a date is moved, either way.
pub const MAX_DAYS: u32 = 3_650;

/// Moves dates.
pub struct DateShift {
    mac: Hmac<Sha256>,
    domain: String,
    days: u32,
    spelling: Spelling,
}

impl DateShift {
    /// Takes the key of a domain, the most days a date moves, either way, and how its subject is spelt.
    ///
    /// # Errors
    /// If it is another method's key, or the days are none or too many.
    pub fn new(key: &OwnKey, context: &Context, days: u32, spelling: Spelling) -> Result<Self, OwnError> {
        key.of(Method::DateShift)?;
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(OwnError::Days { found: days });
        }
        let domain = context.domain().to_owned();
        Ok(Self { mac: key.mac(&[VERSION, domain.as_bytes()]), domain, days, spelling })
    }

    /// The date `2024-03-31`, with or without a time of day behind it, moved by its subject's days.
    ///
    /// # Errors
    /// If it is no date, has no subject or one that is none of its kind, or leaves the calendar.
    pub fn replace(&self, value: &str, subject: &str) -> Result<String, OwnError> {
        self.moved(value, self.offset(subject)?)
    }

    /// The true date of a moved one.
    ///
    /// # Errors
    /// As [`Self::replace`].
    pub fn restore(&self, value: &str, subject: &str) -> Result<String, OwnError> {
        self.moved(value, -self.offset(subject)?)
    }

    /// Uniform over `-days ..= days`.
    fn offset(&self, subject: &str) -> Result<i64, OwnError> {
        if subject.trim().is_empty() {
            return Err(OwnError::NoSubject);
        }
        let subject = match self.spelling {
            Spelling::Canonical(rules) => rules.apply(subject).map_err(OwnError::Subject)?.frame(&self.domain),
            Spelling::AsItStands => Zeroizing::new(subject.as_bytes().to_vec()),
        };
        let values = u64::from(2 * self.days + 1);
        let below = values * (u64::MAX / values);
        let drawn = (0u32..).map(|counter| self.draw(&subject, counter)).find(|draw| *draw < below);
        let offset = drawn.unwrap_or_default() % values;
        Ok(i64::try_from(offset).unwrap_or_default() - i64::from(self.days))
    }

    fn draw(&self, subject: &[u8], counter: u32) -> u64 {
        let mut mac = self.mac.clone();
        mac.update(&counter.to_be_bytes());
        mac.update(subject);
        let hash = mac.finalize().into_bytes();
        hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn moved(&self, value: &str, offset: i64) -> Result<String, OwnError> {
        let (date, rest) = parsed(value).ok_or(OwnError::NotADate)?;
        let moved = date.checked_add(Duration::days(offset)).filter(|date| (1..=9999).contains(&date.year()));
        let (year, month, day) = moved.ok_or(OwnError::DateRange)?.to_calendar_date();
        Ok(format!("{year:04}-{:02}-{day:02}{rest}", u8::from(month)))
    }
}

/// A date, and the time of day behind it as it stands.
fn parsed(value: &str) -> Option<(Date, &str)> {
    let (date, rest) = value.split_at_checked(10)?;
    let number = |from: usize, to: usize| -> Option<u16> {
        let digits = date.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse().ok()
    };
    let dashes = date.bytes().enumerate().all(|(place, byte)| (byte == b'-') == matches!(place, 4 | 7));
    let month = Month::try_from(u8::try_from(number(5, 7)?).ok()?).ok()?;
    let (year, day) = (number(0, 4)?, u8::try_from(number(8, 10)?).ok()?);
    let found = Date::from_calendar_date(year.into(), month, day).ok().filter(|_| dashes && year > 0)?;
    time_of_day(rest).then_some((found, rest))
}

/// Nothing, or a space or T and then digits and what separates them: no other text passes unseen.
fn time_of_day(rest: &str) -> bool {
    let Some(time) = rest.strip_prefix(['T', ' ']) else { return rest.is_empty() };
    let fits = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'Z' | b'+' | b'-');
    (4..=32).contains(&time.len()) && time.starts_with(|c: char| c.is_ascii_digit()) && time.bytes().all(fits)
}

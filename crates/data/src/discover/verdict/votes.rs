//! How many of the distinct values of a column fit which kind.

use super::role;
use crate::discover::Kind;
use crate::discover::check::{card, date, digits, national, phone, postal};
use crate::discover::dictionary;
use crate::discover::profile::Profile;
use crate::discover::scanner::{self, Finding};
use std::collections::BTreeMap;

/// How many telephone numbers are looked up in numbering plans; each takes tens of microseconds for each region.
const LOOKED_UP: u32 = 50;

/// How many distinct values fit which kind.
pub(super) struct Votes {
    /// The kind that the header names.
    pub(super) named: Option<Kind>,
    pub(super) looked_at: u64,
    pub(super) fitting: BTreeMap<Kind, u64>,
    pub(super) regions: [u32; phone::VOTES],
    /// Numbers that were looked up in the plans of the regions.
    pub(super) voted: u32,
    /// Telephone numbers with a country code, and those of them that are valid in it.
    pub(super) international: (u64, u64),
    pub(super) countries: [u32; postal::VOTES],
    pub(super) letters: u64,
    pub(super) numbers: u64,
    pub(super) long_digits: u64,
    /// Amounts and small numbers.
    pub(super) amounts: u64,
    /// Numbers with decimals; whole numbers; values with a digit and no decimals.
    pub(super) decimals: u64,
    pub(super) wholes: u64,
    pub(super) codes: u64,
    /// The smallest and the largest whole number.
    pub(super) span: Option<(u64, u64)>,
    /// Days of the calendar, and the orders of day, month and year that fit all values.
    dates: (u64, date::Orders),
    /// Values of several words written as names are.
    pub(super) full: u64,
    /// Values written as names are; those of them with a frequent name; and values with words of things.
    pub(super) shaped: u64,
    pub(super) known: u64,
    pub(super) things: u64,
}

impl Votes {
    pub(super) fn of(profile: &Profile, named: Option<Kind>) -> Self {
        let mut votes = Self {
            named,
            looked_at: 0,
            fitting: BTreeMap::new(),
            regions: [0; phone::VOTES],
            voted: 0,
            international: (0, 0),
            countries: [0; postal::VOTES],
            letters: 0,
            numbers: 0,
            long_digits: 0,
            amounts: 0,
            decimals: 0,
            wholes: 0,
            codes: 0,
            span: None,
            dates: (0, date::Orders::ANY),
            full: 0,
            shaped: 0,
            known: 0,
            things: 0,
        };
        let mut found = Vec::new();
        for value in profile.sample() {
            votes.looked_at += 1;
            votes.look(profile, value, &mut found);
        }
        votes
    }

    fn add(&mut self, kind: Kind) {
        *self.fitting.entry(kind).or_default() += 1;
    }

    fn look(&mut self, profile: &Profile, value: &str, found: &mut Vec<Finding>) {
        scanner::find_into(value, profile.hints, found);
        let whole =
            found.iter().find(|finding| finding.end - finding.start + 2 >= value.len()).map(|finding| finding.kind);
        whole
            .filter(|kind| *kind != Kind::Phone && *kind != Kind::PostalCode && *kind != Kind::BirthDate)
            .into_iter()
            .for_each(|kind| self.add(kind));
        for kind in national::KINDS.into_iter().filter(|kind| Some(*kind) != whole) {
            // Any nine digits pass as an SSN, so those need the header, or the form that the scanner knows.
            let telling = !matches!(kind, Kind::Ssn | Kind::Itin) || self.named == Some(kind);
            if telling && national::valid(kind, value) {
                self.add(kind);
            }
        }
        if whole != Some(Kind::Card)
            && self.named == Some(Kind::Card)
            && digits::<19>(value).is_some_and(|d| card::luhn(d.as_slice()))
        {
            self.add(Kind::Card);
        }
        self.phone(value, whole == Some(Kind::Phone));
        if postal::vote(value, &mut self.countries) {
            self.add(Kind::PostalCode);
        }
        let day = date::parse(value);
        self.dates.0 += u64::from(day.is_some());
        self.dates.1.take(value);
        if day.is_some_and(date::Day::birthlike) {
            self.add(Kind::BirthDate);
        }
        self.words(value);
        self.statistics(value);
    }

    fn phone(&mut self, value: &str, formed: bool) {
        if let Some(valid) = phone::international(value) {
            self.international.0 += 1;
            self.international.1 += u64::from(valid);
        } else if formed && self.voted < LOOKED_UP {
            self.voted += 1;
            phone::vote(value, &mut self.regions);
        }
        if formed {
            self.add(Kind::Phone);
        }
    }

    fn words(&mut self, value: &str) {
        dictionary::special(value).into_iter().for_each(|kind| self.add(kind));
        dictionary::place(value).into_iter().for_each(|kind| self.add(kind));
        if let Some((known, words)) = dictionary::first_names(value).filter(|(known, _)| *known > 0) {
            self.add(if words > known || known > 1 { Kind::Name } else { Kind::FirstName });
        }
        if dictionary::street(value) {
            self.add(Kind::Street);
        }
        let like = dictionary::likeness(value);
        self.shaped += u64::from(like.shaped);
        self.known += u64::from(like.known);
        self.things += u64::from(like.thing);
        self.full += u64::from(like.shaped && !like.thing && value.contains([' ', ',']));
    }

    fn statistics(&mut self, value: &str) {
        let number = value.trim_start_matches(['-', '+']);
        let numeric =
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
        self.numbers += u64::from(numeric);
        self.amounts += u64::from(role::amount(value));
        let decimals = role::with_decimals(value);
        self.decimals += u64::from(decimals);
        self.codes += u64::from(!decimals && value.bytes().any(|byte| byte.is_ascii_digit()));
        if let Ok(whole) = value.parse::<u64>() {
            self.wholes += 1;
            self.span = Some(self.span.map_or((whole, whole), |(least, most)| (least.min(whole), most.max(whole))));
        }
        let letters = value.chars().filter(|c| c.is_alphabetic()).count();
        self.letters += u64::from(letters * 10 >= value.chars().count() * 6);
        self.long_digits += u64::from(value.bytes().filter(u8::is_ascii_digit).count() >= 6);
    }

    pub(super) fn fitting(&self, kind: Kind) -> u64 {
        let names = || {
            self.fitting.get(&Kind::Name).copied().unwrap_or(0)
                + self.fitting.get(&Kind::FirstName).copied().unwrap_or(0)
        };
        match kind {
            Kind::Name | Kind::FirstName => names(),
            Kind::Address => self.fitting.get(&Kind::Street).copied().unwrap_or(0),
            _ => self.fitting.get(&kind).copied().unwrap_or(0),
        }
    }

    /// The order in which days are written, if half the values are days, in digits and separators.
    pub(super) fn date_order(&self) -> Option<date::DateOrder> {
        let (days, orders) = self.dates;
        (days > 0 && days * 2 >= self.looked_at && self.wholes < self.looked_at).then(|| orders.verdict())
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a sample are far below 2^52")]
    pub(super) fn share(&self, count: u64) -> f64 {
        if self.looked_at == 0 { 0.0 } else { count as f64 / self.looked_at as f64 }
    }
}

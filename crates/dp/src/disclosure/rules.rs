//! The rules for one cell: minimum frequency, (n,k) dominance, p% and (p,q), with their protection levels.
//!
//! Source: SDC Handbook, chapter 4 "Magnitude tabular data"; its table of rules.
//! All comparisons are exact, in integers.
//!
//! Decisions:
//! - Contributions are summed per holding first; a contribution of zero is not counted.
//! - A cell unsafe by frequency alone must not be known exactly ([`Rules::range`] may ask for more).
//! - Waivers: the rule protects the largest contribution *without* a waiver, against the largest others, with or
//!   without one. That is stricter than leaving all waived contributions out, and holds against a waived competitor.
//! - Below zero, x1 >= x2 >= ... says nothing about who dominates: such a cell is refused, or judged by frequency alone.
//!
//! Assumption: an intruder is an outsider, or at most [`Rules::coalition`] other contributors who pool what they know.
//! Not here: what follows from other cells ([`super::protect`]).

use super::{Contributors, DisclosureError};
use guildhall_kpi::Rational;
use serde::{Deserialize, Serialize};

/// Parameters beyond this would not fit the exact comparisons.
const MOST: u64 = 1_000_000_000;

/// A rule about how much of a cell its largest contributors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "rule", deny_unknown_fields)]
pub enum Concentration {
    /// (n,k): unsafe if the `n` largest make up more than `k` percent.
    Dominance {
        /// How many.
        n: u32,
        /// Percent.
        k: Rational,
    },
    /// p%: unsafe if a competitor can estimate the largest contribution to within `p` percent.
    Percent {
        /// Percent.
        p: Rational,
    },
    /// (p,q): as p%, if everyone knows every contribution to within `q` percent beforehand.
    PriorPosterior {
        /// Percent afterwards.
        p: Rational,
        /// Percent beforehand.
        q: Rational,
    },
}

/// What to do with contributions below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Negatives {
    /// The table is refused.
    #[default]
    Refuse,
    /// A cell with one is judged by its number of firms alone, and nothing is assumed about the sign of any cell.
    FrequencyOnly,
}

/// The rules of a table, fixed before anyone sees figures.
///
/// # Privacy
/// Parameters are confidential: knowing them narrows what a hidden cell can be. Neither `Debug` nor any error nor any
/// protected table shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Rules {
    pub(super) frequency: u32,
    pub(super) range: Rational,
    pub(super) coalition: u32,
    pub(super) negatives: Negatives,
    pub(super) concentration: Vec<Concentration>,
}

/// Why a cell is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Why {
    /// Fewer contributors than the minimum frequency.
    TooFew,
    /// The largest contributors are too much of it.
    Dominated,
    /// It is safe, but with it an unsafe cell could be worked out.
    Secondary,
}

impl Why {
    /// The reason in plain words, as a reader of the table sees it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::TooFew => "too few firms",
            Self::Dominated => "one firm is most of it",
            Self::Secondary => "hidden so that others cannot be worked out",
        }
    }
}

/// How far an intruder's interval must reach beyond the true value, in steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Upper protection level.
    pub up: i128,
    /// Lower protection level, at most the value itself.
    pub down: i128,
}

/// The verdict on an unsafe cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsafe {
    /// The first rule it breaks.
    pub why: Why,
    /// The protection it needs.
    pub level: Level,
}

impl Rules {
    /// At least `frequency` contributors per cell, and a cell hidden for it must not be known exactly.
    ///
    /// # Errors
    /// [`DisclosureError::Parameter`] unless 2 <= frequency <= 1,000,000. Statistical offices use 3; 5 suits consortia.
    pub fn new(frequency: u32) -> Result<Self, DisclosureError> {
        let fits = (2..=1_000_000).contains(&frequency);
        let rules = Self {
            frequency,
            range: Rational::ZERO,
            coalition: 1,
            negatives: Negatives::Refuse,
            concentration: vec![],
        };
        check(fits, "minimum frequency", "a whole number from 2 to 1000000").map(|()| rules)
    }

    /// A cell hidden for its frequency must stay uncertain by this percentage of its value.
    ///
    /// # Errors
    /// [`DisclosureError::Parameter`] above 100 percent.
    pub fn range(mut self, percent: Rational) -> Result<Self, DisclosureError> {
        check(small(percent) && percent <= whole(100), "frequency range", "a percentage from 0 to 100")?;
        self.range = percent;
        Ok(self)
    }

    /// How many contributors may pool what they know; 1 unless stated.
    ///
    /// # Errors
    /// [`DisclosureError::Parameter`] unless it is at least 1 and below the minimum frequency.
    pub fn coalition(mut self, size: u32) -> Result<Self, DisclosureError> {
        let fits = (1..self.frequency).contains(&size);
        check(fits, "coalition", "a whole number of at least 1, below the minimum frequency")?;
        self.coalition = size;
        Ok(self)
    }

    /// What to do with contributions below zero; refused unless stated.
    pub const fn negatives(mut self, negatives: Negatives) -> Self {
        self.negatives = negatives;
        self
    }

    /// Adds a concentration rule.
    ///
    /// # Errors
    /// [`DisclosureError::Parameter`] if a percentage is outside its range.
    pub fn with(mut self, rule: Concentration) -> Result<Self, DisclosureError> {
        match rule {
            Concentration::Dominance { n, k } => {
                check((1..=1000).contains(&n), "n of dominance", "a whole number from 1 to 1000")?;
                check(small(k) && !k.is_zero() && k < whole(100), "k of dominance", "a percentage above 0, below 100")?;
            }
            Concentration::Percent { p } => {
                check(small(p) && !p.is_zero() && p <= whole(1000), "p of p%", "a percentage above 0, at most 1000")?;
            }
            Concentration::PriorPosterior { p, q } => {
                check(small(p) && !p.is_zero() && p < q, "p of (p,q)", "a percentage above 0, below q")?;
                check(small(q) && q <= whole(1000), "q of (p,q)", "a percentage of at most 1000")?;
            }
        }
        self.concentration.push(rule);
        Ok(self)
    }

    /// The verdict on a cell: `None` if every rule allows it to be shown.
    pub fn assess(&self, cell: &Contributors) -> Option<Unsafe> {
        let largest = self.concentration.iter().filter(|_| !cell.has_negative());
        let need = largest.filter_map(|rule| rule.need(cell, self.coalition)).max();
        let few = self.too_few(cell).then(|| self.frequency_need(cell));
        let up = need.into_iter().chain(few).max()?;
        let why = if few.is_some() { Why::TooFew } else { Why::Dominated };
        let down = if cell.has_negative() { up } else { up.min(cell.total()) };
        Some(Unsafe { why, level: Level { up, down } })
    }

    fn too_few(&self, cell: &Contributors) -> bool {
        let count = cell.count();
        count > 0 && count < self.frequency as usize && !cell.all_waived()
    }

    /// One step at least: the value must not be the only one possible.
    fn frequency_need(&self, cell: &Contributors) -> i128 {
        let part = i128::from(self.range.numerator()) * cell.total().abs();
        ceil(part, 100 * i128::from(self.range.denominator())).max(1)
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rules(confidential)")
    }
}

impl Concentration {
    /// The upper protection level, if the cell is unsafe by this rule.
    fn need(&self, cell: &Contributors, coalition: u32) -> Option<i128> {
        let total = cell.total();
        match self {
            Self::Dominance { n, .. } => {
                let (a, b) = self.fraction();
                let top: i128 = cell.largest_unwaived().take(*n as usize).sum();
                (top * b > a * total).then(|| ceil(top * b, a) - total)
            }
            Self::Percent { .. } | Self::PriorPosterior { .. } => {
                let (a, b) = self.fraction();
                let (target, rest) = cell.target_and_rest(coalition)?;
                (rest * b < a * target).then(|| ceil(a * target, b) - rest)
            }
        }
        .map(|need| need.max(1))
    }

    /// `k/100`, `p/100` or `p/q` as numerator and denominator.
    pub(super) fn fraction(&self) -> (i128, i128) {
        let percent = |x: Rational| (i128::from(x.numerator()), 100 * i128::from(x.denominator()));
        match self {
            Self::Dominance { k: x, .. } | Self::Percent { p: x } => percent(*x),
            Self::PriorPosterior { p, q } => (
                i128::from(p.numerator()) * i128::from(q.denominator()),
                i128::from(p.denominator()) * i128::from(q.numerator()),
            ),
        }
    }
}

/// Division rounded up; the divisor is above zero.
const fn ceil(value: i128, by: i128) -> i128 {
    value.div_euclid(by) + if value.rem_euclid(by) == 0 { 0 } else { 1 }
}

fn small(x: Rational) -> bool {
    x.numerator() <= MOST && x.denominator() <= MOST
}

fn whole(n: u64) -> Rational {
    Rational::new(n, 1).unwrap_or(Rational::ZERO)
}

fn check(fits: bool, name: &'static str, expected: &'static str) -> Result<(), DisclosureError> {
    if fits { Ok(()) } else { Err(DisclosureError::Parameter { name, expected }) }
}

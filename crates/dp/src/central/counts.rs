//! (H) Disjoint histograms: how many rows of each group gave each answer.
//!
//! One unit changes each of its groups' counts by at most its rows there, in one answer each: the joint
//! L1 sensitivity over all answers and groups is `rows * groups`, so that epsilon is not split.

use super::bounding::{Bounds, Kept};
use super::noise::Noise;
use super::noisy::NoisyTable;
use super::price::{Account, Mechanism, Unit};
use crate::Error;
use num_rational::BigRational;
use num_traits::Zero;

/// Exact counts of bounded rows by group and answer.
///
/// # Privacy
/// In the clear: no `Debug`, no `Clone`; only [`BoundedCounts::release`] makes a result of it.
pub struct BoundedCounts {
    unit: Unit,
    bounds: Bounds,
    answers: usize,
    counts: Vec<u64>,
    kept: Kept,
}

impl BoundedCounts {
    /// Counts of rows that an engine has aggregated, group by group; the unit is the row.
    ///
    /// Every row is counted once by construction; nothing is known about whose rows they are.
    ///
    /// # Errors
    /// If the counts are not one per group and answer.
    pub fn of_rows(groups: usize, answers: usize, counts: Vec<u64>) -> Result<Self, Error> {
        if counts.is_empty() || groups.checked_mul(answers) != Some(counts.len()) {
            return Err(Error::TableSize { groups, columns: answers });
        }
        let kept = Kept { rows: counts.iter().fold(0, |sum: u64, n| sum.saturating_add(*n)), ..Kept::default() };
        Ok(Self::bounded(Unit::Row, Bounds::once(), answers, counts, kept))
    }

    pub(crate) const fn bounded(unit: Unit, bounds: Bounds, answers: usize, counts: Vec<u64>, kept: Kept) -> Self {
        Self { unit, bounds, answers, counts, kept }
    }

    /// What bounding kept and dropped, in the clear: never to be published.
    pub const fn kept(&self) -> Kept {
        self.kept
    }

    /// Whom a release would hide.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// Charges the account, then adds noise and returns the result.
    ///
    /// # Errors
    /// If the noise cannot be calibrated, a count overflows, or the account refuses; nothing is released then.
    pub fn release<A: Account>(&self, mechanism: Mechanism, account: &mut A) -> Result<NoisyCounts, A::Error> {
        let noise = Noise::new(mechanism, self.bounds.sensitivity(1))?;
        let exact = self.vector()?;
        account.charge(&mechanism.price(self.unit))?;
        Ok(NoisyCounts::new(self.unit, noise.add(&exact)?, self.answers, noise))
    }

    /// The numbers that get noise.
    pub(crate) fn vector(&self) -> Result<Vec<i64>, Error> {
        let fits = |n: &u64| i64::try_from(*n).ok().filter(|n| *n < 1 << 62);
        self.counts.iter().map(fits).collect::<Option<_>>().ok_or(Error::Overflow)
    }
}

/// Counts with noise: raw values, possibly negative, and everything an estimate needs.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisyCounts {
    unit: Unit,
    table: NoisyTable,
}

impl NoisyCounts {
    pub(crate) fn new(unit: Unit, raw: Vec<i64>, answers: usize, noise: Noise) -> Self {
        Self { unit, table: NoisyTable::new(raw, answers, noise) }
    }

    /// The noisy counts of a group, one per answer; `None` beyond the last group.
    pub fn raw(&self, group: usize) -> Option<&[i64]> {
        self.table.raw(group)
    }

    /// The number of groups.
    pub fn groups(&self) -> usize {
        self.table.groups()
    }

    /// The number of answers.
    pub const fn answers(&self) -> usize {
        self.table.columns()
    }

    /// Whom the release hides.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// The noise on every count of the original groups.
    pub const fn noise(&self) -> &Noise {
        self.table.noise()
    }

    /// The variance of each count of a group; zero beyond the last group.
    pub fn variance(&self, group: usize) -> f64 {
        self.table.variance(group)
    }

    pub(crate) fn draws(&self, group: usize) -> u32 {
        self.table.draws(group)
    }

    /// Adds groups up into the `parents` of a hierarchy; `parent_of` names each group's parent.
    ///
    /// The one way up a hierarchy: parents are sums of their noisy leaves, so that they agree with them and
    /// cost nothing further.
    ///
    /// # Errors
    /// If a group has no parent or a parent beyond the last, or a sum overflows.
    pub fn rolled_up(&self, parent_of: &[usize], parents: usize) -> Result<Self, Error> {
        Ok(Self { unit: self.unit, table: self.table.rolled_up(parent_of, parents)? })
    }
}

/// A share of a mechanism's strength, for releases made of several parts: epsilons and rhos both add up.
pub(crate) fn split(mechanism: Mechanism, numerator: u64, denominator: u64) -> Result<Mechanism, Error> {
    let share = |value: guildhall_kpi::Rational| {
        let den = value.denominator().checked_mul(denominator);
        let num = value.numerator().checked_mul(numerator);
        num.zip(den).and_then(|(num, den)| guildhall_kpi::Rational::new(num, den)).ok_or(Error::TooFine)
    };
    Ok(match mechanism {
        Mechanism::Laplace { epsilon } => Mechanism::Laplace { epsilon: share(epsilon)? },
        Mechanism::Gaussian { rho } => Mechanism::Gaussian { rho: share(rho)? },
    })
}

/// Whether the parts of a release cost no more than the whole.
pub(crate) fn within(parts: &[Mechanism], whole: Mechanism) -> bool {
    parts.iter().fold(BigRational::zero(), |sum, part| sum + part.strength()) <= whole.strength()
}

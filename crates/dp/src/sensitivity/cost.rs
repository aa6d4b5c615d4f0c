//! What a round costs one unit, per period of its figures and in all.
//!
//! Pure epsilons add up, zero-concentrated losses add up; the latter are turned into epsilon once, over everything the
//! unit touches (notes, section 3.5). A round costs a member what protects members, and a customer that *and* what
//! protects customers: the two accounts are kept apart and added for customers.

use super::{ColumnGroup, column_groups};
use crate::{Error, Loss, Rho, gaussian, truncation};
use guildhall_kpi::{Noise, PrivacyUnit, Rational, Schema};
use num_rational::BigRational;
use std::collections::BTreeMap;

/// Zero-concentrated losses are stated as `(epsilon, 2^-24)`: sixteen rounds fit the ledger's limit of `2^-20`.
pub const CONVERSION_DELTA_BITS: u32 = 24;

/// The largest number of opened cells that contain one member, by what is opened with noise in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Cells with histograms.
    pub histograms: u32,
    /// Cells with sums: all of them.
    pub sums: u32,
}

/// What one unit loses, kind by kind; exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodCost {
    /// Sum of pure epsilons.
    pub pure: Loss,
    /// Sum of zero-concentrated losses of Gaussian noise.
    pub rho: Rho,
    /// Noisy columns counted for delta.
    pub coordinates: u64,
}

/// What a round costs one unit that changes as much as it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundCost {
    /// Total epsilon over all figures and cells.
    pub epsilon: Rational,
    /// Total delta is at most `2^-delta_bits`; [`Loss::NO_DELTA_BITS`] where nothing is noisy.
    pub delta_bits: u32,
    /// Noisy columns counted for delta.
    pub coordinates: u64,
    /// Pure part of the loss.
    pub pure: Loss,
    /// Zero-concentrated part of the loss, before its conversion.
    pub rho: Rho,
    /// The same by the period of the figures.
    pub periods: BTreeMap<String, PeriodCost>,
    loss: Loss,
}

impl RoundCost {
    /// The cost as the accountant charges it.
    pub const fn loss(&self) -> &Loss {
        &self.loss
    }

    /// Everything it costs as one zero-concentrated loss, without a conversion.
    ///
    /// # Errors
    /// If its pure part cannot be written as a fraction.
    pub fn concentrated(&self) -> Result<Rho, Error> {
        Ok(self.rho.and(&Rho::of_pure(self.pure.epsilon()?)))
    }
}

impl PeriodCost {
    /// No loss.
    pub fn none() -> Self {
        Self { pure: Loss::none(), rho: Rho::none(), coordinates: 0 }
    }

    /// The loss of suffering both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            pure: self.pure.and(&other.pure),
            rho: self.rho.and(&other.rho),
            coordinates: self.coordinates.saturating_add(other.coordinates),
        }
    }

    /// As `(epsilon, delta)`: pure epsilons, the converted rho, and the delta of bounded shares.
    ///
    /// # Errors
    /// If the zero-concentrated part is too large to convert or to bound.
    pub fn loss(&self) -> Result<Loss, Error> {
        Ok(self.pure_loss().and(&self.gaussian_loss()?.map(|(loss, _)| loss).unwrap_or_else(Loss::none)))
    }

    /// The pure part, with the delta of bounded shares unless Gaussian noise bears it.
    pub fn pure_loss(&self) -> Loss {
        if self.rho == Rho::none() { self.pure.and(&self.cut()) } else { self.pure.clone() }
    }

    /// The part of Gaussian noise as `(epsilon, delta)`, and the rho that it stands for; none without such noise.
    ///
    /// # Errors
    /// If it is too large to convert or to bound.
    pub fn gaussian_loss(&self) -> Result<Option<(Loss, Rho)>, Error> {
        if self.rho == Rho::none() {
            return Ok(None);
        }
        let converted = self.rho.to_approx(CONVERSION_DELTA_BITS)?;
        if converted.exact_epsilon() > &BigRational::from_integer(gaussian::MOST_EPSILON.into()) {
            let epsilon = converted.epsilon()?;
            return Err(Error::EpsilonTooLarge { epsilon, limit: gaussian::MOST_EPSILON });
        }
        Ok(Some((converted.and(&self.cut()), self.rho.clone())))
    }

    fn cut(&self) -> Loss {
        Loss::of(Rational::ZERO, self.coordinates, truncation::DELTA_BITS)
    }

    fn of(group: &ColumnGroup, cells: u32) -> Result<Self, Error> {
        let coordinates = u64::from(group.columns.count()) * u64::from(cells);
        let times = |loss: Rational| loss.checked_mul(cells.into()).ok_or(Error::TooFine);
        Ok(match group.noise {
            Noise::Laplace { epsilon } => Self { pure: Loss::of(times(epsilon)?, 0, 1), rho: Rho::none(), coordinates },
            Noise::Gaussian { rho } => Self { pure: Loss::none(), rho: Rho::of(times(rho)?), coordinates },
        })
    }
}

/// What the noisy columns that protect `unit` cost it, over all cells that contain its member.
///
/// `most_periods` is the largest number of periods in which one customer counts, where members' software sees to it.
/// Replacing a figure changes two bins; all bins are counted for delta, to be safe.
///
/// # Errors
/// If the schema is invalid, the total is not a ratio of 64-bit integers, or its Gaussian part is beyond bounds.
pub fn round_cost(
    schema: &Schema,
    unit: PrivacyUnit,
    cells: Cells,
    most_periods: Option<u32>,
) -> Result<RoundCost, Error> {
    let mut periods: BTreeMap<String, PeriodCost> = BTreeMap::new();
    let of_unit = |group: &ColumnGroup| group.columns.unit() == unit && group.cells(cells) > 0;
    for group in column_groups(schema)?.into_iter().filter(of_unit) {
        let cells = group.cells(cells);
        let period = schema.figures.get(group.figure).map(|figure| figure.period.clone()).unwrap_or_default();
        let cost = PeriodCost::of(&group, cells)?;
        periods.entry(period).and_modify(|so_far| *so_far = so_far.and(&cost)).or_insert(cost);
    }
    let total = worst(&periods, most_periods)?;
    let loss = total.loss()?;
    let (epsilon, delta_bits) = (loss.epsilon()?, loss.delta_bits());
    let PeriodCost { pure, rho, coordinates } = total;
    Ok(RoundCost { epsilon, delta_bits, coordinates, pure, rho, periods, loss })
}

/// The largest cost of a unit that counts in at most so many periods: each kind of loss at its worst.
fn worst(periods: &BTreeMap<String, PeriodCost>, most: Option<u32>) -> Result<PeriodCost, Error> {
    let most = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    let mut pure: Vec<&BigRational> = periods.values().map(|cost| cost.pure.exact_epsilon()).collect();
    let mut rho: Vec<&Rho> = periods.values().map(|cost| &cost.rho).collect();
    let mut coordinates: Vec<u64> = periods.values().map(|cost| cost.coordinates).collect();
    pure.sort_unstable_by(|a, b| b.cmp(a));
    rho.sort_unstable_by(|a, b| b.cmp(a));
    coordinates.sort_unstable_by(|a, b| b.cmp(a));
    let pure: BigRational = pure.into_iter().take(most).sum();
    Ok(PeriodCost {
        pure: Loss::exact(pure, BigRational::from_integer(0.into()))?,
        rho: rho.into_iter().take(most).cloned().sum(),
        coordinates: coordinates.into_iter().take(most).fold(0, u64::saturating_add),
    })
}

impl ColumnGroup {
    const fn cells(&self, cells: Cells) -> u32 {
        match self.columns {
            super::Columns::Sum { .. } => cells.sums,
            super::Columns::Histogram { .. } | super::Columns::Squares { .. } => cells.histograms,
        }
    }
}

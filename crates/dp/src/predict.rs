//! What a noisy histogram will be worth, before anything is spent.
//!
//! Draws cohorts from an ideal lognormal figure on log-spaced bins, adds the noise of the round, and
//! lets the report's own estimator ([`NoisyHistogram`](guildhall_kpi::NoisyHistogram), the
//! projection on the exact number of members) find the quantiles. The error of a quantile is how
//! many percentage points of the cohort lie between it and the place it should have.
//!
//! Assumptions: figures are roughly lognormal and the bins cover six standard deviations of them;
//! data that crowd into fewer bins fare worse inside a bin. The generator here is seeded and its noise uses floats: it predicts, and
//! never enters a round. Not here: the error of exact counts, sums and means, which is zero.

mod simulate;

use crate::{ColumnGroup, Columns, Error, NoisePlan};
use guildhall_kpi::{Noise, Rational};
use std::fmt;

/// Quartile errors up to this many percentage points are useful.
const USEFUL: f64 = 3.0;
/// Quartile errors up to this many percentage points are rough; above, useless.
const ROUGH: f64 = 8.0;
/// No advice asks for an epsilon above this.
const LARGEST_EPSILON: u64 = 8;

/// What is planned for one histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Members expected to report the figure in the cell.
    pub members: u64,
    /// Epsilon of this histogram.
    pub epsilon: Rational,
    /// L1 change when one member's figure is replaced: 2 for a histogram.
    pub sensitivity: u64,
    /// Bins of the histogram.
    pub bins: u32,
    /// Noise shares that enter each sum: the quorum `u`.
    pub shares: u32,
    /// Noise shares that already give the full noise: `h = u - f_p`.
    pub honest: u32,
}

/// Mean absolute rank error in percentage points of the cohort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankErrors {
    /// Of the tenth percentile.
    pub p10: f64,
    /// Of the lower quartile.
    pub p25: f64,
    /// Of the median.
    pub p50: f64,
    /// Of the upper quartile.
    pub p75: f64,
    /// Of the ninetieth percentile.
    pub p90: f64,
}

/// How far the predicted figures can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every quartile lands within 3 percentage points of its place on average.
    Useful,
    /// Within 8 percentage points: the direction is right, ranks are not.
    Rough,
    /// Worse: nothing a member could act on.
    Useless,
}

/// One change that alone would make the quartiles useful, or at least better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// More members.
    MoreMembers {
        /// About this many suffice.
        about: u64,
    },
    /// A larger epsilon, which protects members less.
    LargerEpsilon {
        /// This one suffices.
        at_least: Rational,
    },
    /// Another number of bins: every bin carries noise, and too few blur the quartiles.
    Bins {
        /// This many suit the members and epsilon.
        bins: u32,
    },
    /// The mean and the count, which are exact and cost no epsilon.
    ExactMeans,
}

/// The predicted errors, what to think of them and what would help.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Errors of the quantiles a report shows.
    pub errors: RankErrors,
    /// What to think of them.
    pub verdict: Verdict,
    /// What would help, most effective first; empty where nothing is needed.
    pub advice: Vec<Advice>,
}

impl Setting {
    /// The setting of a group of columns, if it is a histogram.
    pub const fn of(group: &ColumnGroup, members: u64, shares: u32, honest: u32) -> Option<Self> {
        let (Columns::Histogram { bins }, Noise::Laplace { epsilon }) = (group.columns, group.noise) else {
            return None;
        };
        // 2 by definition, whatever the bins.
        let sensitivity = group.sensitivity() as u64;
        Some(Self { members, epsilon, sensitivity, bins, shares, honest })
    }

    /// Predicts the error of the quantiles, says whether they are useful and what would help.
    ///
    /// The same setting always gives the same prediction. Cohorts above 20,000 members are simulated
    /// as 20,000, which overstates their error.
    ///
    /// # Errors
    /// If there is no member, no histogram, or its noise could not be drawn.
    pub fn predict(&self) -> Result<Prediction, Error> {
        let errors = self.rank_errors()?;
        let verdict = Verdict::of(errors.worst_quartile());
        let useful = verdict == Verdict::Useful;
        let advice = if useful { Vec::new() } else { self.advise(errors.worst_quartile(), verdict)? };
        Ok(Prediction { errors, verdict, advice })
    }

    fn rank_errors(&self) -> Result<RankErrors, Error> {
        if self.members == 0 || !(2..=256).contains(&self.bins) {
            return Err(Error::NothingToPredict { members: self.members, bins: self.bins });
        }
        if self.shares < self.honest {
            return Err(Error::TooFewShares { shares: self.shares, honest: self.honest });
        }
        let plan = NoisePlan::for_epsilon(self.epsilon, self.sensitivity, self.honest)?;
        Ok(simulate::rank_errors(&plan, self.members, self.bins, self.shares))
    }

    fn worst_quartile(&self) -> Result<f64, Error> {
        self.rank_errors().map(|errors| errors.worst_quartile())
    }

    fn advise(&self, error: f64, verdict: Verdict) -> Result<Vec<Advice>, Error> {
        let bins = self.better_bins(error)?.map(|bins| Advice::Bins { bins });
        let members = self.more_members(error)?.map(|about| Advice::MoreMembers { about });
        let epsilon = self.larger_epsilon(error)?.map(|at_least| Advice::LargerEpsilon { at_least });
        let mut advice: Vec<Advice> = [bins, members, epsilon].into_iter().flatten().collect();
        if verdict == Verdict::Useless || advice.is_empty() {
            advice.push(Advice::ExactMeans);
        }
        Ok(advice)
    }

    /// The rule of thumb, where it asks for another number of bins and the simulation agrees.
    fn better_bins(&self, error: f64) -> Result<Option<u32>, Error> {
        let bins = suggested_bins(self.members, self.epsilon, self.sensitivity);
        let better = Self { bins, ..*self }.worst_quartile()? < 0.95 * error;
        Ok(better.then_some(bins))
    }

    /// Errors fall as 1/members: starts from that and grows until the simulation agrees.
    fn more_members(&self, error: f64) -> Result<Option<u64>, Error> {
        let mut about = self.members as f64 * error / USEFUL;
        while about <= simulate::MOST_MEMBERS as f64 {
            let members = two_digits_up(about);
            if (Self { members, ..*self }).worst_quartile()? <= USEFUL {
                return Ok(Some(members));
            }
            about *= 1.15;
        }
        Ok(None)
    }

    /// Errors fall as 1/epsilon: starts from that and grows until the simulation agrees.
    fn larger_epsilon(&self, error: f64) -> Result<Option<Rational>, Error> {
        let mut tenths = (self.epsilon.to_f64() * 10.0 * error / USEFUL).ceil();
        while tenths <= (10 * LARGEST_EPSILON) as f64 {
            let Some(epsilon) = Rational::new(tenths as u64, 10) else { break };
            if (Self { epsilon, ..*self }).worst_quartile()? <= USEFUL {
                return Ok(Some(epsilon));
            }
            tenths = (tenths * 1.1).ceil();
        }
        Ok(None)
    }
}

impl RankErrors {
    /// The largest error of the two quartiles and the median.
    pub const fn worst_quartile(&self) -> f64 {
        self.p25.max(self.p50).max(self.p75)
    }
}

/// Bins that suit a cohort: `members * epsilon / (4 sensitivity)`, at least 8 and at most 64.
pub fn suggested_bins(members: u64, epsilon: Rational, sensitivity: u64) -> u32 {
    let share = u128::from(members) * u128::from(epsilon.numerator());
    let bins = share / (u128::from(epsilon.denominator()) * u128::from(sensitivity.max(1)) * 4);
    u32::try_from(bins.clamp(8, 64)).unwrap_or(64)
}

impl Verdict {
    /// The verdict on a rank error in percentage points.
    fn of(error: f64) -> Self {
        match error {
            error if error <= USEFUL => Self::Useful,
            error if error <= ROUGH => Self::Rough,
            _ => Self::Useless,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Useful => "useful: quartiles come out close to where they are",
            Self::Rough => "rough: quartiles show the direction, not the exact rank",
            Self::Useless => "useless: the noise would hide the quartiles",
        })
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MoreMembers { about } => write!(f, "about {about} members would make the quartiles useful"),
            Self::LargerEpsilon { at_least } => {
                write!(f, "an epsilon of {at_least} would make the quartiles useful, and protect members less")
            }
            Self::Bins { bins } => write!(f, "{bins} bins would bring a smaller error"),
            Self::ExactMeans => f.write_str("open the mean and the count instead: they are exact and cost no epsilon"),
        }
    }
}

fn two_digits_up(value: f64) -> u64 {
    let unit = 10f64.powf(value.max(10.0).log10().floor() - 1.0).round().max(1.0);
    ((value / unit).ceil() * unit) as u64
}

#[cfg(test)]
mod tests;

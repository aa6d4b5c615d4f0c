//! Events that may tell two neighbouring data sets apart: a statistic of an output beyond a threshold.
//!
//! No single statistic finds every flaw. The log ratio is the strongest against a wrong scale, the
//! difference of two figures finds noise used twice, and the last bits of a float find noise that was
//! computed rather than drawn (Mironov, 2012).

use super::learned::Learned;
use super::{Outputs, Side};
use std::fmt;

/// Octaves whose last bits are looked at, as powers of two; the data sets of the attack are 0 and 1.
pub(crate) const OCTAVES: std::ops::RangeInclusive<i32> = -8..=0;

/// Figures beyond this many are looked at alone, not in pairs.
const PAIRED: usize = 8;

/// The logarithm of the ratio of an output's probabilities on the second data set and on the first.
pub type LogRatio = dyn Fn(&[f64]) -> f64 + Send + Sync;

/// What statistics of the whole output rest on.
pub(crate) struct Ratios<'a> {
    /// The log ratio that the mechanism's probabilities give, where they are stated.
    pub(crate) claimed: Option<&'a LogRatio>,
    /// The one learned from the first half.
    pub(crate) learned: Learned,
}

/// A function of one output whose large or small values may favour one data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Statistic {
    /// The logarithm of the ratio of the probabilities claimed on the two data sets, over all figures.
    LogRatio,
    /// The same, learned from the first half of the outputs figure by figure.
    LearnedRatio,
    /// One figure of the output, counted from 0.
    Figure(usize),
    /// The difference of two figures, counted from 0.
    Difference(usize, usize),
    /// 1 if the first figure lies between `2^octave` and `2^(octave+1)` in magnitude and is not a multiple of
    /// twice the float spacing there, else 0.
    FineBits(i32),
}

impl Statistic {
    /// The statistics to try on outputs of this width.
    pub(crate) fn family(width: usize, with_ratio: bool, with_bits: bool) -> Vec<Self> {
        let mut family = if with_ratio { vec![Self::LogRatio] } else { Vec::new() };
        family.push(Self::LearnedRatio);
        family.extend((0..width).map(Self::Figure));
        let paired = width.min(PAIRED);
        family.extend((0..paired).flat_map(|i| (i + 1..paired).map(move |j| Self::Difference(i, j))));
        if with_bits {
            family.extend(Self::bits());
        }
        family
    }

    /// The statistics of the float attack.
    pub(crate) fn bits() -> impl Iterator<Item = Self> {
        OCTAVES.map(Self::FineBits)
    }

    /// Its value for every run.
    pub(crate) fn values(self, outputs: &Outputs, ratios: &Ratios) -> Vec<f64> {
        outputs.iter().map(|run| self.value(run, ratios)).collect()
    }

    fn value(self, run: &[f64], ratios: &Ratios) -> f64 {
        let figure = |i: usize| run.get(i).copied().unwrap_or_default();
        match self {
            Self::LogRatio => ratios.claimed.map_or(0.0, |ratio| ratio(run)),
            Self::LearnedRatio => ratios.learned.of(run),
            Self::Figure(i) => figure(i),
            Self::Difference(i, j) => figure(i) - figure(j),
            Self::FineBits(octave) => f64::from(u8::from(has_fine_bits(figure(0), octave))),
        }
    }
}

/// Whether the last bit of the mantissa is set, in this octave.
fn has_fine_bits(figure: f64, octave: i32) -> bool {
    let low = f64::from(octave).exp2();
    let magnitude = figure.abs();
    low < magnitude && magnitude < 2.0 * low && magnitude.to_bits() & 1 == 1
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogRatio => f.write_str("the claimed log ratio"),
            Self::LearnedRatio => f.write_str("the learned log ratio"),
            Self::Figure(i) => write!(f, "figure {}", i + 1),
            Self::Difference(i, j) => write!(f, "figure {} less figure {}", i + 1, j + 1),
            Self::FineBits(octave) => write!(f, "a last bit set between 2^{octave} and 2^{}", octave + 1),
        }
    }
}

/// On which side of its threshold an event lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// At the threshold or above it.
    AtLeast,
    /// At the threshold or below it.
    AtMost,
}

impl Direction {
    /// Both.
    pub(crate) const BOTH: [Self; 2] = [Self::AtLeast, Self::AtMost];

    /// The values with signs such that the event lies at the threshold or above it.
    pub(crate) const fn oriented(self, value: f64) -> f64 {
        match self {
            Self::AtLeast => value,
            Self::AtMost => -value,
        }
    }
}

/// An event: how it reads, and the data set it favours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// What is looked at.
    pub statistic: Statistic,
    /// Where the event lies.
    pub direction: Direction,
    /// Its border, which belongs to it.
    pub threshold: f64,
    /// The data set on which it is the likelier.
    pub favours: Side,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.statistic, Statistic::FineBits(_)) && self.threshold > 0.0 {
            return self.statistic.fmt(f);
        }
        let word = if self.direction == Direction::AtLeast { "at least" } else { "at most" };
        write!(f, "{} {word} {:.4}", self.statistic, self.threshold)
    }
}

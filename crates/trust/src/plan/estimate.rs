//! From raw noisy answers to a value with its two intervals, or the reason why there is none.
//!
//! Totals over groups are sums of their noisy parts, so that they agree and cost nothing. Values with too few units
//! (a noisy count below 20 times the width of the noise) are withheld, docs/metrics.md.

use super::publish::Noisy;
use crate::pass::Layout;
use crate::question::{Line, Read};
use guildhall_dp::central::{Clipping, Estimate, Interval, LEAST_UNITS, Noise, NoisyCounts, NoisySums, Withheld};
use guildhall_kpi::{ReleaseOutcome, ReleaseValue, Suppression};

/// Two-sided 95 % of sampling noise.
const SAMPLING: f64 = 1.96;
/// Two-sided 95 % of any sum of Laplace draws in standard deviations: a single draw is the widest.
const NOISE: f64 = 2.12;

/// The value of a line over the sum of some groups.
pub(crate) fn outcome(line: &Line, noisy: &Noisy, layout: Layout, parts: &[usize]) -> ReleaseOutcome {
    let estimate = match (parts, noisy) {
        ([], _) => return suppressed("the window does not reach this far"),
        ([_, _, ..], Noisy::Quantile(_)) => {
            return suppressed("quantiles of groups do not add up to one of all; ask for it without a split");
        }
        (_, Noisy::Counts(counts)) => summed(parts, layout, counts, NoisyCounts::rolled_up)
            .ok_or(Withheld::NoSuchGroup)
            .and_then(|(counts, group)| from_counts(line, &counts, group)),
        (_, Noisy::Sums(sums)) => summed(parts, layout, sums, NoisySums::rolled_up)
            .ok_or(Withheld::NoSuchGroup)
            .and_then(|(sums, group)| from_sums(line, &sums, group)),
        ([group], Noisy::Quantile(quantiles)) => {
            let factor = if let Read::Quantile { factor } = line.read { factor } else { 1.0 };
            quantiles.quantile(*group, 0).map(|estimate| scaled(&estimate, factor))
        }
    };
    match estimate {
        Ok(value) => ReleaseOutcome::Shown(widened(value)),
        Err(Withheld::TooFew { fewer_than, .. }) => {
            ReleaseOutcome::Suppressed(Suppression::TooFew { least: fewer_than })
        }
        Err(other) => suppressed(&other.to_string()),
    }
}

/// Fewest units for which a value is shown; a noisy number of them decides.
pub(crate) fn least(noisy: &Noisy) -> f64 {
    f64::from(LEAST_UNITS)
        * match noisy {
            Noisy::Counts(counts) => width(counts.noise()),
            Noisy::Sums(sums) => width(sums.noise()) / sums.bounds().high.abs_diff(sums.bounds().low) as f64,
            Noisy::Quantile(quantiles) => width(quantiles.noise()),
        }
}

/// The scale of Laplace noise that is as wide: its variance is twice its scale squared.
fn width(noise: &Noise) -> f64 {
    (noise.variance() / 2.0).sqrt()
}

/// The interval for the population holds the one for this customer base: chance never makes a value surer.
fn widened(mut value: ReleaseValue) -> ReleaseValue {
    value.population.low = value.population.low.min(value.base.low);
    value.population.high = value.population.high.max(value.base.high);
    value
}

fn suppressed(reason: &str) -> ReleaseOutcome {
    ReleaseOutcome::Suppressed(Suppression::Other { reason: reason.to_owned() })
}

/// The sum of the parts as a release of its own, and the group it is in.
fn summed<T: Clone>(
    parts: &[usize],
    layout: Layout,
    noisy: &T,
    rolled_up: impl Fn(&T, &[usize], usize) -> Result<T, guildhall_dp::Error>,
) -> Option<(T, usize)> {
    if let [only] = parts {
        return Some((noisy.clone(), *only));
    }
    let parents: Vec<usize> = (0..layout.groups()).map(|group| usize::from(!parts.contains(&group))).collect();
    rolled_up(noisy, &parents, 2).ok().map(|sum| (sum, 0))
}

fn from_counts(line: &Line, counts: &NoisyCounts, group: usize) -> Result<ReleaseValue, Withheld> {
    match &line.read {
        Read::Share { of, among } if among.len() == counts.answers() => {
            counts.rate(group, of).map(|estimate| scaled(&estimate, 100.0))
        }
        Read::Share { of, among } => share_among(counts, group, of, among),
        Read::Balance { plus, minus } => {
            let weight = |bin: usize| 100 * (i64::from(bin == *plus) - i64::from(bin == *minus));
            let weights: Vec<i64> = (0..counts.answers()).map(weight).collect();
            counts.score(group, &weights).map(|estimate| scaled(&estimate, 1.0))
        }
        Read::ScaleMean { first } => {
            let weights: Vec<i64> = (*first..).take(counts.answers()).collect();
            counts.score(group, &weights).map(|estimate| scaled(&estimate, 1.0))
        }
        Read::Mean { .. } | Read::Quantile { .. } => Err(Withheld::NoSuchGroup),
    }
}

fn from_sums(line: &Line, sums: &NoisySums, group: usize) -> Result<ReleaseValue, Withheld> {
    let Read::Mean { factor, clips, cap } = line.read else { return Err(Withheld::NoSuchGroup) };
    let clipping = match (clips, cap) {
        (false, _) => Clipping::None,
        (true, None) => Clipping::Unbounded,
        // Nothing is known of how many lie above the clip: all might.
        (true, Some(cap)) => Clipping::Capped { cap, share: 1.0 },
    };
    sums.mean(group, None, clipping).map(|estimate| scaled(&estimate, factor))
}

/// A share among some of the answers: Agresti and Coull's centre, with the noise of the cells that take part.
fn share_among(counts: &NoisyCounts, group: usize, of: &[usize], among: &[usize]) -> Result<ReleaseValue, Withheld> {
    let raw = counts.raw(group).ok_or(Withheld::NoSuchGroup)?;
    let sum = |wanted: bool| {
        let cells = among.iter().filter(|bin| of.contains(bin) == wanted);
        cells.filter_map(|bin| raw.get(*bin)).fold((0.0, 0.0), |(sum, cells), n| (sum + *n as f64, cells + 1.0))
    };
    let ((x, x_cells), (y, y_cells)) = (sum(true), sum(false));
    let (n, variance) = (x + y, counts.variance(group));
    let least = f64::from(LEAST_UNITS) * width(counts.noise());
    if n < least.max(1.0) {
        return Err(Withheld::TooFew { fewer_than: least.ceil().max(1.0) as u64, unit: counts.unit() });
    }
    let interval = |add: f64, z_noise: f64, sampling: f64| {
        let (total, share) = (n + 2.0 * add, ((x + add) / (n + 2.0 * add)).clamp(0.0, 1.0));
        let noise = variance * ((1.0 - share).powi(2) * x_cells + share * share * y_cells) / (total * total);
        let half = (z_noise * z_noise * noise + sampling * sampling * share * (1.0 - share) / total).sqrt();
        Interval { value: share, low: (share - half).max(0.0), high: (share + half).min(1.0) }
    };
    let base = interval(0.0, NOISE, 0.0);
    let population = Interval { value: base.value, ..interval(2.0, SAMPLING, SAMPLING) };
    Ok(scaled(&Estimate { n, base, population, at_least: false }, 100.0))
}

fn scaled(estimate: &Estimate, factor: f64) -> ReleaseValue {
    let scale = |interval: Interval| guildhall_kpi::Estimate {
        value: interval.value * factor,
        low: interval.low * factor,
        high: interval.high * factor,
    };
    let n = estimate.n.round() as i64;
    ReleaseValue { base: scale(estimate.base), population: scale(estimate.population), n }
}

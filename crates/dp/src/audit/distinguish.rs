//! The distinguisher: chooses an event on the first half of the outputs, bounds its odds on the second.
//!
//! For every event `E` an `(epsilon, delta)` private mechanism satisfies
//! `P(E | one data set) <= e^epsilon P(E | its neighbour) + delta`, both ways. So
//! `ln((p - delta) / q)` is a lower bound on epsilon, with `p` bounded below and `q` above. The second half is
//! independent of the choice of `E`, so that the bounds hold whatever was tried on the first half.

use super::bound;
use super::event::{Direction, Event, LogRatio, Ratios, Statistic};
use super::learned::Learned;
use super::{Claim, Outputs, Side};
use crate::Error;
use rayon::prelude::*;

/// Fewest runs per data set that are worth an audit.
const FEWEST_RUNS: usize = 100;

/// Thresholds tried per statistic and direction.
const THRESHOLDS: u32 = 60;

/// What an audit found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// The lower bound on epsilon; zero where nothing tells the data sets apart.
    pub epsilon: f64,
    /// The event it rests on, if any event was likelier on one side.
    pub event: Option<Event>,
    /// How often the event was seen on the data set it favours, in the second half.
    pub hits: u64,
    /// How often on the other data set.
    pub others: u64,
    /// Runs of each data set in the second half.
    pub trials: u64,
    /// A sound mechanism exceeds its epsilon at most once in this many audits.
    pub once_in: u64,
}

impl Finding {
    /// Whether the claim is contradicted. If not, it is not thereby proved.
    pub fn refutes(&self, claim: &Claim) -> bool {
        self.epsilon > claim.epsilon.to_f64()
    }
}

/// Bounds epsilon from below by the outputs on two neighbouring data sets, over every statistic at hand.
///
/// `ratio` is the logarithm of the ratio of an output's probability on the second data set to that on the
/// first, as claimed, where it is known. A sound mechanism is refuted at most once in `once_in` audits.
///
/// # Errors
/// If there are fewer than 100 runs, or not equally many or equally wide ones on both sides.
pub fn distinguish(
    first: &Outputs,
    second: &Outputs,
    claim: &Claim,
    ratio: Option<&LogRatio>,
    once_in: u64,
) -> Result<Finding, Error> {
    let with_bits = !(first.are_integers() && second.are_integers());
    let family = Statistic::family(first.width(), ratio.is_some(), with_bits);
    over(&family, [first, second], claim, ratio, once_in)
}

/// The float attack alone: are some outputs only possible, in their last bits, on one of the data sets?
///
/// Meant for a mechanism that adds noise of scale about 1 to the counts 0 and 1.
///
/// # Errors
/// As [`distinguish`].
pub fn granularity(first: &Outputs, second: &Outputs, claim: &Claim, once_in: u64) -> Result<Finding, Error> {
    over(&Statistic::bits().collect::<Vec<_>>(), [first, second], claim, None, once_in)
}

pub(super) fn over(
    family: &[Statistic],
    outputs: [&Outputs; 2],
    claim: &Claim,
    claimed: Option<&LogRatio>,
    once_in: u64,
) -> Result<Finding, Error> {
    check(outputs)?;
    let half = outputs[0].runs() / 2;
    let ratios = Ratios { claimed, learned: Learned::from(outputs, half) };
    let merit = Merit { half: half as f64, delta: claim.delta.to_f64(), errors: (2.0 * (once_in as f64).ln()).sqrt() };
    let tried: Vec<Option<Candidate>> = family
        .par_iter()
        .map(|statistic| best(*statistic, outputs.map(|side| statistic.values(side, &ratios)), half, &merit))
        .collect();
    let chosen = tried.into_iter().flatten().reduce(|best, next| if next.score > best.score { next } else { best });
    let nothing = Finding { epsilon: 0.0, event: None, hits: 0, others: 0, trials: 0, once_in };
    Ok(chosen.map_or(nothing, |chosen| chosen.finding(merit.delta, once_in)))
}

fn check([first, second]: [&Outputs; 2]) -> Result<(), Error> {
    let (runs, width) = ((first.runs(), second.runs()), (first.width(), second.width()));
    if runs.0 != runs.1 || width.0 != width.1 {
        return Err(Error::UnequalOutputs { runs, width });
    }
    if runs.0 < FEWEST_RUNS {
        return Err(Error::TooFewRuns { runs: runs.0, fewest: FEWEST_RUNS });
    }
    Ok(())
}

/// An event with its merit on the first half and its counts on the second.
struct Candidate {
    score: f64,
    event: Event,
    hits: u64,
    others: u64,
    trials: u64,
}

impl Candidate {
    fn finding(&self, delta: f64, once_in: u64) -> Finding {
        // Half of the chance for each of the two limits.
        let error = 0.5 / once_in.max(2) as f64;
        let likely = bound::lower(self.hits, self.trials, error) - delta;
        let unlikely = bound::upper(self.others, self.trials, error);
        let epsilon = if likely > unlikely { (likely / unlikely).ln() } else { 0.0 };
        let Self { event, hits, others, trials, .. } = *self;
        Finding { epsilon, event: (epsilon > 0.0).then_some(event), hits, others, trials, once_in }
    }
}

/// The best threshold event of one statistic.
fn best(statistic: Statistic, values: [Vec<f64>; 2], half: usize, merit: &Merit) -> Option<Candidate> {
    let mut best: Option<(f64, Event)> = None;
    for direction in Direction::BOTH {
        let [first, second] = [0, 1].map(|side: usize| sorted(&values[side][..half], direction));
        for (favours, likely, unlikely) in [(Side::Second, &second, &first), (Side::First, &first, &second)] {
            for threshold in thresholds(likely) {
                let score = merit.of(share_from(likely, threshold), share_from(unlikely, threshold));
                if score > best.map_or(f64::NEG_INFINITY, |(score, _)| score) {
                    let threshold = direction.oriented(threshold);
                    best = Some((score, Event { statistic, direction, threshold, favours }));
                }
            }
        }
    }
    let (score, event) = best?;
    let count = |side: usize| values[side][half..].iter().filter(|value| contains(&event, **value)).count() as u64;
    let (hits, others) = if event.favours == Side::First { (count(0), count(1)) } else { (count(1), count(0)) };
    Some(Candidate { score, event, hits, others, trials: (values[0].len() - half) as u64 })
}

fn contains(event: &Event, value: f64) -> bool {
    event.direction.oriented(value) >= event.direction.oriented(event.threshold)
}

fn sorted(values: &[f64], direction: Direction) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().map(|value| direction.oriented(*value)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Distinct values from the median of a sorted list to its 99.9 % quantile.
fn thresholds(sorted: &[f64]) -> Vec<f64> {
    let at = |i: u32| {
        let level = 0.5 + 0.499 * f64::from(i) / f64::from(THRESHOLDS - 1);
        sorted.get((level * sorted.len() as f64) as usize).copied()
    };
    let mut thresholds: Vec<f64> = (0..THRESHOLDS).filter_map(at).collect();
    thresholds.dedup();
    thresholds
}

/// The share of a sorted list at a threshold or above it.
fn share_from(sorted: &[f64], threshold: f64) -> f64 {
    let below = sorted.partition_point(|value| *value < threshold);
    (sorted.len() - below) as f64 / sorted.len() as f64
}

/// How events are compared on the first half: by about the bound that each would give on the second.
struct Merit {
    half: f64,
    delta: f64,
    /// Standard errors between a frequency and its limit.
    errors: f64,
}

impl Merit {
    /// The merit of an event of these frequencies; never NaN.
    fn of(&self, likely: f64, unlikely: f64) -> f64 {
        let unlikely = unlikely + 1.0 / self.half;
        if likely <= self.delta {
            return f64::NEG_INFINITY;
        }
        let error = |frequency: f64| self.errors / (frequency * self.half).sqrt();
        ((likely - self.delta) / unlikely).ln() - error(likely) - error(unlikely)
    }
}

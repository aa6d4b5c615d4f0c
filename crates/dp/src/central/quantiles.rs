//! Quantiles over public candidates, with an interval from a histogram around the answer.
//!
//! The answer is OpenDP's noisy maximum (permute-and-flip for pure epsilon, the exponential mechanism for
//! rho; McKenna and Sheldon, 2020) over scores `|rank of the candidate - probability * rows|` (Smith,
//! 2011). Half of the strength goes there. The other half releases the counts of a few dozen cells whose edges
//! spread geometrically from the answer, a disjoint histogram chosen adaptively; the interval is
//! Woodruff's (1952): the edges whose noisy rank is distinguishable from the probability.
//!
//! Works on binned counts: an engine can aggregate them. The answer is one of the candidates, within a
//! step of the quantile; use 200 or more. Not here: values outside the candidates; they count as the ends.

use super::bounding::{Bounds, Kept};
use super::counts::{split, within};
use super::estimate::{Estimate, Interval, Withheld, enough};
use super::forecast::Forecast;
use super::noise::{Noise, root_up};
use super::price::{Account, Mechanism, Unit};
use crate::Error;
use crate::account::float_up;
use guildhall_kpi::Rational;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use opendp::domains::{AtomDomain, VectorDomain};
use opendp::measurements::{TopKMeasure, make_noisy_max};
use opendp::measures::{MaxDivergence, ZeroConcentratedDivergence};
use opendp::metrics::LInfDistance;

/// A probability's denominator is at most this, so that scores fit 64 bits.
const LARGEST_DENOMINATOR: u64 = 10_000;

/// Two-sided 95 %, with a little more for the tails of Laplace noise.
const Z: f64 = 2.1;

/// Exact counts of bounded rows between public candidates, by group.
///
/// # Privacy
/// In the clear: no `Debug`, no `Clone`; only [`BoundedBins::release`] makes a result of it.
pub struct BoundedBins {
    unit: Unit,
    bounds: Bounds,
    candidates: Vec<i64>,
    /// Per group: rows below the first candidate, then from each candidate up to the next.
    counts: Vec<u64>,
    kept: Kept,
}

impl BoundedBins {
    /// Binned counts that an engine has aggregated; the unit is the row.
    ///
    /// Per group: rows below the first candidate, then from each candidate up to the next, the last one open.
    ///
    /// # Errors
    /// If candidates do not rise strictly, or counts are not one more than the candidates per group.
    pub fn of_rows(candidates: Vec<i64>, groups: usize, counts: Vec<u64>) -> Result<Self, Error> {
        let bins = candidates.len() + 1;
        if counts.is_empty() || groups.checked_mul(bins) != Some(counts.len()) {
            return Err(Error::TableSize { groups, columns: bins });
        }
        let kept = Kept { rows: counts.iter().fold(0, |sum: u64, n| sum.saturating_add(*n)), ..Kept::default() };
        Self::bounded(Unit::Row, Bounds::once(), candidates, counts, kept)
    }

    pub(crate) fn bounded(
        unit: Unit,
        bounds: Bounds,
        candidates: Vec<i64>,
        counts: Vec<u64>,
        kept: Kept,
    ) -> Result<Self, Error> {
        if candidates.len() < 2 || candidates.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Error::Candidates);
        }
        if counts.iter().try_fold(0u64, |sum, n| sum.checked_add(*n)).is_none_or(|rows| rows >= 1 << 48) {
            return Err(Error::Overflow);
        }
        Ok(Self { unit, bounds, candidates, counts, kept })
    }

    /// What bounding kept and dropped, in the clear: never to be published.
    pub const fn kept(&self) -> Kept {
        self.kept
    }

    /// Whom a release would hide.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// Charges the account, then selects and returns the quantiles of every group.
    ///
    /// # Errors
    /// If a probability is not between 0 and 1, the noise cannot be calibrated, or the account refuses; nothing is
    /// released then.
    pub fn release<A: Account>(&self, query: &QuantileQuery, account: &mut A) -> Result<NoisyQuantiles, A::Error> {
        let plan = Plan::new(query, self.bounds)?;
        account.charge(&query.mechanism.price(self.unit))?;
        let mut answers = Vec::new();
        for counts in self.counts.chunks(self.candidates.len() + 1) {
            for probability in &query.probabilities {
                answers.push(plan.answer(*probability, counts)?);
            }
        }
        let Plan { noise, .. } = plan;
        let (unit, candidates) = (self.unit, self.candidates.clone());
        Ok(NoisyQuantiles { unit, candidates, probabilities: query.probabilities.clone(), answers, noise })
    }

    /// The numbers that get noise: the counts themselves; scores are sums of them.
    #[cfg(test)]
    pub(crate) fn vector(&self) -> &[u64] {
        &self.counts
    }
}

/// Which quantiles, and at what price in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantileQuery {
    /// The probabilities, such as 1/2 for the median.
    pub probabilities: Vec<Rational>,
    /// The mechanism and its strength, over all probabilities.
    pub mechanism: Mechanism,
}

impl QuantileQuery {
    /// What the quantiles of a group of `n` rows will be worth, in shares of the rows, and the width of the noise.
    pub(crate) fn forecast(&self, bounds: Bounds, n: u64, candidates: usize) -> Result<(f64, Vec<Forecast>), Error> {
        let plan = Plan::new(self, bounds)?;
        let cells = edges_around(candidates / 2, candidates).len() as f64 + 1.0;
        let rows = n.max(1) as f64;
        let forecast = |probability: &Rational| {
            let p = probability.to_f64();
            let scale = plan.selection_scale(plan.change(*probability)).to_f64().unwrap_or(f64::INFINITY);
            let noise = plan.noise.variance() * cells * (p * p + (1.0 - p) * (1.0 - p)) / 2.0;
            let width = |variance: f64| 2.0 * Z * variance.sqrt() / rows;
            Forecast {
                error: scale / probability.denominator() as f64 / rows,
                base_width: width(noise),
                population_width: width(noise + rows * p * (1.0 - p)),
            }
        };
        Ok((plan.noise.width(), self.probabilities.iter().map(forecast).collect()))
    }
}

/// How the strength is spent.
struct Plan {
    selection: Mechanism,
    bounds: Bounds,
    noise: Noise,
}

impl Plan {
    fn new(query: &QuantileQuery, bounds: Bounds) -> Result<Self, Error> {
        let parts = query.probabilities.len() as u64;
        let sound = |p: &Rational| p.numerator() < p.denominator() && p.denominator() <= LARGEST_DENOMINATOR;
        if parts == 0 || !query.probabilities.iter().all(|p| sound(p) && !p.is_zero()) {
            return Err(Error::Probability);
        }
        let half = split(query.mechanism, 1, 2 * parts)?;
        if !within(&vec![half; 2 * query.probabilities.len()], query.mechanism) {
            return Err(Error::Calibration);
        }
        let noise = Noise::new(half, bounds.sensitivity(1))?;
        let selection = split(half, 1, bounds.groups_per_unit.into())?;
        Ok(Self { selection, bounds, noise })
    }

    fn answer(&self, probability: Rational, counts: &[u64]) -> Result<Answer, Error> {
        let place = self.select(probability, counts)?;
        let edges = edges_around(place, counts.len() - 1);
        let cells = self.noise.add(&cells(counts, &edges)?)?;
        Ok(Answer { place, edges, cells })
    }

    /// The index of the chosen candidate.
    fn select(&self, probability: Rational, counts: &[u64]) -> Result<usize, Error> {
        let change = self.change(probability);
        let scores = scores(probability, counts);
        match self.selection {
            Mechanism::Laplace { .. } => self.noisy_max(MaxDivergence, change, &scores),
            Mechanism::Gaussian { .. } => self.noisy_max(ZeroConcentratedDivergence, change, &scores),
        }
    }

    /// How much one unit moves a score.
    fn change(&self, probability: Rational) -> u64 {
        let weight = probability.numerator().max(probability.denominator() - probability.numerator());
        u64::from(self.bounds.rows_per_unit) * weight
    }

    fn noisy_max<M: TopKMeasure>(&self, measure: M, change: u64, scores: &Vec<u64>) -> Result<usize, Error> {
        let scale = float_up(&self.selection_scale(change)).ok_or(Error::Calibration)?;
        let domain = VectorDomain::new(AtomDomain::<u64>::default()).with_size(scores.len());
        let choice = make_noisy_max(domain, LInfDistance::default(), measure, scale, true);
        let choice = choice.map_err(|_| Error::Calibration)?;
        let price = float_up(&self.selection.strength()).unwrap_or(0.0);
        // Directed rounding in OpenDP's map may lift an exact bound by a few last bits.
        if choice.map(&change).is_ok_and(|stated| stated <= price * (1.0 + 1e-12)) {
            return choice.invoke(scores).map_err(|_| Error::Randomness);
        }
        Err(Error::Calibration)
    }

    /// Scores of two candidates move apart by at most `2 change`; `2 change / scale` is the epsilon,
    /// `(2 change / scale)^2 / 8` the rho of one selection.
    fn selection_scale(&self, change: u64) -> BigRational {
        let apart = BigRational::from_integer(BigInt::from(change) * 2);
        match self.selection {
            Mechanism::Laplace { .. } => apart / self.selection.strength(),
            Mechanism::Gaussian { .. } => root_up(&(&apart * &apart / (self.selection.strength() * BigInt::from(8)))),
        }
    }
}

/// `|rows below the candidate * (den - num) - rows from it on * num|` for every candidate.
fn scores(probability: Rational, counts: &[u64]) -> Vec<u64> {
    let (num, den) = (probability.numerator(), probability.denominator());
    let rows: u64 = counts.iter().sum();
    let below = counts.iter().scan(0, |below, count| {
        *below += count;
        Some(*below)
    });
    below.take(counts.len() - 1).map(|below| (below * (den - num)).abs_diff((rows - below) * num)).collect()
}

/// Candidate indices at 0, 1, 2, 3, 4, 5, 7, 9, 12, 16, ... steps on both sides of `place`.
fn edges_around(place: usize, candidates: usize) -> Vec<usize> {
    let mut steps = vec![0usize];
    while let Some(last) = steps.last().filter(|last| **last < candidates) {
        steps.push(last + 1 + last / 4);
    }
    let down = steps.iter().rev().filter_map(|step| place.checked_sub(*step));
    let up = steps.iter().skip(1).map(|step| place + step).filter(|edge| *edge < candidates);
    down.chain(up).collect()
}

/// Rows below the first edge, between edges, and from the last edge on.
fn cells(counts: &[u64], edges: &[usize]) -> Result<Vec<i64>, Error> {
    let mut cells = vec![0u64; edges.len() + 1];
    for (bin, count) in counts.iter().enumerate() {
        // Bin b lies above the candidates before b.
        let cell = edges.partition_point(|edge| *edge < bin);
        if let Some(sum) = cells.get_mut(cell) {
            *sum += count;
        }
    }
    cells.into_iter().map(i64::try_from).collect::<Result<_, _>>().map_err(|_| Error::Overflow)
}

#[derive(Clone, Debug, PartialEq)]
struct Answer {
    place: usize,
    edges: Vec<usize>,
    cells: Vec<i64>,
}

impl Answer {
    fn rows(&self) -> f64 {
        self.cells.iter().map(|cell| *cell as f64).sum()
    }

    /// Indices of the edges that enclose the quantile; `None` where no edge is surely beyond it.
    fn enclosing(&self, probability: f64, variance: f64, sampling: bool) -> (Option<usize>, Option<usize>) {
        let rows = self.rows().max(1.0);
        let drawn = if sampling { rows * probability * (1.0 - probability) } else { 0.0 };
        let mut below = 0.0;
        let (mut low, mut rising, mut high) = (None, true, None);
        for (cells, (edge, count)) in self.edges.iter().zip(&self.cells).enumerate() {
            below += *count as f64;
            let left = (cells + 1) as f64;
            let right = self.cells.len() as f64 - left;
            let noise = variance * (left * (1.0 - probability).powi(2) + right * probability.powi(2));
            let beyond = (below - probability * rows) / (noise + drawn).sqrt();
            rising &= beyond < -Z;
            if rising {
                low = Some(*edge);
            }
            // The lowest edge from which on all edges are surely above.
            high = if beyond > Z { high.or(Some(*edge)) } else { None };
        }
        (low, high)
    }
}

/// Quantiles with noise.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisyQuantiles {
    unit: Unit,
    candidates: Vec<i64>,
    probabilities: Vec<Rational>,
    answers: Vec<Answer>,
    noise: Noise,
}

impl NoisyQuantiles {
    /// The candidate chosen for a group and probability, by index; `None` beyond the last.
    pub fn raw(&self, group: usize, probability: usize) -> Option<i64> {
        self.answer(group, probability).and_then(|answer| self.candidates.get(answer.place)).copied()
    }

    /// The noise on the counts from which intervals are computed.
    pub const fn noise(&self) -> &Noise {
        &self.noise
    }

    /// The quantile of a group with its intervals, in the steps of the candidates.
    ///
    /// Ends that no edge bounds are the first or last candidate.
    ///
    /// # Errors
    /// If there are too few units, or no such group or probability.
    pub fn quantile(&self, group: usize, probability: usize) -> Result<Estimate, Withheld> {
        let answer = self.answer(group, probability).ok_or(Withheld::NoSuchGroup)?;
        let p = self.probabilities.get(probability).ok_or(Withheld::NoSuchGroup)?.to_f64();
        let n = enough(answer.rows(), self.noise.width(), self.unit)?;
        let at = |place: Option<usize>, end: Option<&i64>| {
            place.and_then(|place| self.candidates.get(place)).or(end).map_or(0.0, |value| *value as f64)
        };
        let interval = |sampling| {
            let (low, high) = answer.enclosing(p, self.noise.variance(), sampling);
            let value = at(Some(answer.place), None);
            let (low, high) = (at(low, self.candidates.first()), at(high, self.candidates.last()));
            Interval { value, low: low.min(value), high: high.max(value) }
        };
        Ok(Estimate { n, base: interval(false), population: interval(true), at_least: false })
    }

    fn answer(&self, group: usize, probability: usize) -> Option<&Answer> {
        let per_group = self.probabilities.len();
        let index = group.checked_mul(per_group)?.checked_add(probability)?;
        self.answers.get(index).filter(|_| probability < per_group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_spread_from_the_place_within_the_candidates() {
        assert_eq!(edges_around(3, 8), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(edges_around(0, 12), [0, 1, 2, 3, 4, 6, 8, 11]);
        assert!(edges_around(25_000, 50_000).len() < 90);
    }

    #[test]
    fn parts_add_up_to_the_price_over_groups_and_probabilities() {
        let rational = |text: &str| text.parse::<Rational>().expect("a rational");
        let bounds = Bounds::once().groups(3).rows(2);
        let probabilities = vec![rational("1/4"), rational("1/2")];
        let mechanism = Mechanism::Laplace { epsilon: rational("1") };
        let plan =
            Plan::new(&QuantileQuery { probabilities: probabilities.clone(), mechanism }, bounds).expect("sound");
        // A half over two probabilities, of which each of three groups selects with its share.
        assert_eq!(plan.selection, Mechanism::Laplace { epsilon: rational("1/12") });
        assert_eq!(plan.noise.scale(), &BigRational::from_integer(24.into())); // 2 rows * 3 groups / (1/4)
        assert_eq!(plan.selection_scale(2 * 3), BigRational::from_integer(144.into())); // 2 * 6 / (1/12)
        let mechanism = Mechanism::Gaussian { rho: rational("6") };
        let plan = Plan::new(&QuantileQuery { probabilities, mechanism }, bounds).expect("sound");
        assert_eq!(plan.selection, Mechanism::Gaussian { rho: rational("1/2") });
        assert_eq!(plan.selection_scale(6), BigRational::from_integer(6.into())); // (2 * 6 / 6)^2 / 8 = 1/2
    }

    #[test]
    fn scores_are_distances_of_ranks() {
        let half = "1/2".parse().expect("a rational");
        // 1 below the first of three candidates, then 2, 3 and 4.
        assert_eq!(scores(half, &[1, 2, 3, 4]), [8, 4, 2]);
        assert_eq!(cells(&[1, 2, 3, 4], &[1]), Ok(vec![3, 7]));
    }
}

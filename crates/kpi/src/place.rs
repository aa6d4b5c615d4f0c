//! A member's own place among the published figures, computed on the member's machine.
//!
//! Pure: one published [`Row`] and the member's own value in, a [`Place`] out. The share of members
//! below comes from the published histogram ([`NoisyHistogram::share_below`]); its interval covers
//! the noise and what a bin leaves open. The member is itself one of the members counted.
//!
//! Not here: where the own value comes from, sentences, charts.

use crate::{Benchmark, Estimate, KpiLine, NoisyHistogram, Outcome, Row, Statistics};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Largest value or edge, in tenth powers of the unit, that a schema admits.
const LIMIT: f64 = (1u64 << 56) as f64;
/// Largest count per bin taken as meant; a benchmark from a file may claim anything.
const MOST_PER_BIN: u64 = 1 << 48;

/// Where a member's own value lies in one row of a benchmark.
///
/// # Privacy
/// Holds the member's own figure: `Debug` shows none of it. Keep it on the member's machine.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Index into [`Benchmark::kpis`].
    pub kpi: usize,
    /// The period, e.g. `2017-05`.
    pub period: String,
    /// Index into [`Benchmark::cells`].
    pub cell: usize,
    /// The own value, in the KPI's unit.
    pub value: f64,
    /// Share of members below, 0 to 1; `None` where no histogram was opened or the row is hidden.
    pub below: Option<Estimate>,
    /// Distance from the middle; `None` where the row is hidden.
    pub against: Option<Against>,
}

/// What an own value is compared with.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Against {
    /// Which middle.
    pub middle: Middle,
    /// Its value and 95 % interval; the mean is exact unless the sum was opened with noise.
    pub reference: Estimate,
    /// Own value minus the reference, in the unit.
    pub difference: f64,
    /// The difference in percent of the reference; `None` where the reference is zero.
    pub percent: Option<f64>,
    /// Which side of the middle the own value is on.
    pub side: Side,
}

/// The middle of a group: the median where quartiles are opened, otherwise the mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Middle {
    /// Half of the members lie below.
    Median,
    /// The sum over the number of members.
    Mean,
}

/// Which side of the middle a value is on, as far as the interval allows to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Above the interval of the middle.
    Above,
    /// Inside the interval of the middle: too close to say.
    Close,
    /// Below the interval of the middle.
    Below,
}

impl Place {
    /// The place of `value`, in the KPI's unit, in this row.
    ///
    /// A hidden row, an unknown KPI or a value that is not a number yields a place without comparison.
    pub fn of(benchmark: &Benchmark, row: &Row, value: f64) -> Self {
        let bare = Self { kpi: row.kpi, period: row.period.clone(), cell: row.cell, value, below: None, against: None };
        match (&row.outcome, benchmark.kpis.get(row.kpi)) {
            (Outcome::Shown(statistics), Some(kpi)) if value.is_finite() => {
                let below = below(kpi, statistics, value);
                Self { below, against: Some(Against::of(statistics, value)), ..bare }
            }
            _ => bare,
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("kpi", &self.kpi).field("period", &self.period).finish_non_exhaustive()
    }
}

impl Against {
    fn of(statistics: &Statistics, value: f64) -> Self {
        let exact = Estimate { value: statistics.mean, low: statistics.mean, high: statistics.mean };
        let mean = statistics.noisy.map_or(exact, |noisy| noisy.mean);
        let (middle, reference) = match statistics.p50 {
            Some(median) => (Middle::Median, median),
            None => (Middle::Mean, mean),
        };
        let difference = value - reference.value;
        let percent = (reference.value != 0.0).then(|| 100.0 * difference / reference.value.abs());
        let side = match value {
            v if v > reference.high => Side::Above,
            v if v < reference.low => Side::Below,
            _ => Side::Close,
        };
        Self { middle, reference, difference, percent, side }
    }
}

/// Share of members below `value` from the published bins; `None` where they cannot be read as a histogram.
fn below(kpi: &KpiLine, statistics: &Statistics, value: f64) -> Option<Estimate> {
    let power = 10f64.powi(i32::from(kpi.decimals));
    let fine = |v: f64| (v * power).round().clamp(-LIMIT, LIMIT) as i64;
    let edges: Vec<i64> = kpi.edges.iter().map(|edge| fine(*edge)).collect();
    let rising = edges.windows(2).all(|pair| pair[0] < pair[1]);
    let plausible = statistics.bins.iter().all(|count| count.unsigned_abs() < MOST_PER_BIN);
    if !rising || !plausible || statistics.bins.len() > 256 {
        return None;
    }
    let histogram = NoisyHistogram::new(&edges, &statistics.bins, statistics.n, statistics.bin_variance)?;
    let (value, low, high) = histogram.share_below(fine(value));
    Some(Estimate { value, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Direction, Hidden, Provenance, Rational, Spending};
    use proptest::prelude::*;

    fn benchmark(edges: Vec<f64>, decimals: u8, statistics: Statistics) -> Benchmark {
        let kpi = KpiLine {
            id: "basket".into(),
            label: "Average basket".into(),
            unit: "EUR".into(),
            decimals,
            direction: Direction::Higher,
            edges,
        };
        let row = |outcome| Row { kpi: 0, period: "2017-05".into(), cell: 0, outcome };
        let hidden = Outcome::Hidden(Hidden::TooFew { fewer_than: 5 });
        Benchmark {
            schema: Benchmark::SCHEMA.into(),
            provenance: provenance(),
            spending: Spending {
                unit: String::new(),
                epsilon: Rational::ZERO,
                delta_bits: 40,
                window_epsilon: Rational::ZERO,
                exact: String::new(),
                noise_shares: 1,
                honest_shares: 1,
                customers: None,
            },
            kpis: vec![kpi],
            cells: vec![],
            rows: vec![row(Outcome::Shown(Box::new(statistics))), row(hidden)],
        }
    }

    fn provenance() -> Provenance {
        Provenance {
            title: String::new(),
            study: String::new(),
            round: 1,
            window: String::new(),
            charter: String::new(),
            manifest: String::new(),
            set: String::new(),
            trustees: vec![],
            threshold: 3,
            quorum: 4,
            agreeing: vec![],
            dissenting: vec![],
            silent: vec![],
            invited: 40,
            counted: 40,
            least_members: 5,
        }
    }

    fn statistics(bins: Vec<i64>, p50: Option<Estimate>, bin_variance: f64) -> Statistics {
        let n = bins.iter().sum::<i64>().unsigned_abs();
        let (sum, mean, exact_bins) = ("800.00".to_owned(), 20.0, bin_variance == 0.0);
        Statistics {
            n,
            sum,
            mean,
            noisy: None,
            sd: None,
            p10: None,
            p25: None,
            p50,
            p75: None,
            p90: None,
            bins,
            exact_bins,
            bin_variance,
        }
    }

    const EDGES: [f64; 5] = [0.0, 0.1, 0.2, 0.3, 0.4];

    #[test]
    fn known_share_and_difference() {
        let median = Estimate { value: 0.2, low: 0.1, high: 0.29 };
        let exact = benchmark(EDGES.to_vec(), 2, statistics(vec![10; 4], Some(median), 0.0));
        let place = Place::of(&exact, &exact.rows[0], 0.15);
        let below = place.below.expect("a histogram was opened");
        assert!((below.value - 0.375).abs() < 1e-12, "{}", below.value);
        assert_eq!((below.low, below.high), (0.25, 0.5));
        let against = place.against.expect("the row is shown");
        assert_eq!((against.middle, against.side), (Middle::Median, Side::Close));
        assert!((against.difference + 0.05).abs() < 1e-12);
        assert!((against.percent.expect("the median is not zero") + 25.0).abs() < 1e-9);
        let high = Place::of(&exact, &exact.rows[0], 0.3).against.expect("shown");
        assert_eq!(high.side, Side::Above);
    }

    #[test]
    fn mean_where_no_quartile_is_opened() {
        let sums_only = benchmark(vec![], 2, statistics(vec![], None, 0.0));
        let place = Place::of(&sums_only, &sums_only.rows[0], 10.0);
        let against = place.against.expect("the row is shown");
        assert_eq!((against.middle, against.side, against.percent), (Middle::Mean, Side::Below, Some(-50.0)));
        assert_eq!(place.below, None);
    }

    #[test]
    fn hidden_rows_and_non_numbers_compare_with_nothing() {
        let exact = benchmark(EDGES.to_vec(), 2, statistics(vec![10; 4], None, 0.0));
        let hidden = Place::of(&exact, &exact.rows[1], 0.15);
        assert!(hidden.below.is_none() && hidden.against.is_none());
        assert!(Place::of(&exact, &exact.rows[0], f64::NAN).against.is_none());
    }

    #[test]
    fn debug_does_not_show_the_own_value() {
        let exact = benchmark(EDGES.to_vec(), 2, statistics(vec![10; 4], None, 0.0));
        let shown = format!("{:?}", Place::of(&exact, &exact.rows[0], 0.1234));
        assert!(!shown.contains("0.1234") && !shown.contains("0.3"), "{shown}");
    }

    #[test]
    fn malformed_histograms_are_refused_not_a_panic() {
        for edges in [vec![0.0, 0.0, 0.0, 0.0, 0.0], vec![0.4, 0.3, 0.2, 0.1, 0.0], vec![f64::NAN; 5], vec![1e300; 5]] {
            let odd = benchmark(edges, 9, statistics(vec![10; 4], None, 0.0));
            assert_eq!(Place::of(&odd, &odd.rows[0], 1.0).below, None);
        }
        let mut huge = statistics(vec![10; 4], None, 0.0);
        huge.bins = vec![i64::MAX, i64::MAX, i64::MIN, 1];
        let odd = benchmark(EDGES.to_vec(), 2, huge);
        assert_eq!(Place::of(&odd, &odd.rows[0], 1.0).below, None);
    }

    proptest! {
        #[test]
        fn the_share_rises_with_the_value_and_lies_in_its_interval(
            bins in prop::collection::vec(0i64..50, 4), variance in 0.0f64..100.0, a in -1.0f64..1.0, b in -1.0f64..1.0,
        ) {
            prop_assume!(bins.iter().sum::<i64>() > 0);
            let made = benchmark(EDGES.to_vec(), 2, statistics(bins, None, variance));
            let share = |v: f64| Place::of(&made, &made.rows[0], v).below.expect("a histogram was opened");
            let (lower, upper) = (share(a.min(b)), share(a.max(b)));
            prop_assert!(lower.value <= upper.value + 1e-12);
            for s in [lower, upper] {
                prop_assert!(0.0 <= s.low && s.low <= s.value + 1e-12 && s.value <= s.high + 1e-12 && s.high <= 1.0);
            }
        }

        #[test]
        fn any_value_and_any_bins_are_survived(value in any::<f64>(), edges in prop::collection::vec(any::<f64>(), 0..6),
                                               bins in prop::collection::vec(any::<i64>(), 0..6), n in any::<u64>()) {
            let mut odd = statistics(vec![1], None, 1.0);
            (odd.bins, odd.n) = (bins, n);
            let made = benchmark(edges, 9, odd);
            let _ = Place::of(&made, &made.rows[0], value);
        }
    }
}

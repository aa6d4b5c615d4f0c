//! Predicts the error of each statistic before anybody sends anything.
//!
//! Rank errors of quartiles come from the crate `dp`. The standard deviation is predicted here in the
//! same manner: lognormal cohorts whose six standard deviations the bins cover, the noise of the round
//! in its continuous form, and the report's own estimator.
//!
//! Assumption: figures are roughly lognormal. Not here: noise of a round; this generator is seeded, and
//! the same study always gets the same prediction.

use super::convert;
use super::model::{Histogram, Kpi, Study};
use super::sums::MeanError;
use guildhall_dp::{Advice, Prediction, Setting, Verdict};
use guildhall_kpi::{NoisyHistogram, PrivacyUnit, Rational};
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Gamma, LogNormal};

/// What is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// Count, sum and mean.
    Mean,
    /// Quartiles and median: mean error of the worst of them, in percentage points of rank.
    Quartiles,
    /// Standard deviation: mean error in percent of its value.
    Sd,
}

/// The expected error of one statistic of one KPI over all members.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Id of the KPI.
    pub kpi: String,
    /// The statistic.
    pub statistic: Statistic,
    /// Periods it is opened for.
    pub periods: usize,
    /// Epsilon of each period and cell; none where it is exact.
    pub epsilon: Option<Rational>,
    /// Bins of the histogram it is read from; 0 where there is none.
    pub bins: usize,
    /// Mean error in percent; none where it is exact or cannot be predicted.
    pub error: Option<f64>,
    /// What to think of it.
    pub verdict: Verdict,
    /// What would help.
    pub advice: Vec<String>,
    /// Members a cell needs before it is useful; none where it is exact or beyond reach.
    pub members_needed: Option<u64>,
}

/// Cohorts drawn to predict a standard deviation.
const COHORTS: u32 = 60;
/// Larger cohorts are drawn at this size, which overstates their error.
const MOST_MEMBERS: u64 = 5_000;
/// Errors of a standard deviation up to these percentages are useful, and rough.
const USEFUL_SD: f64 = 10.0;
const ROUGH_SD: f64 = 30.0;

impl Study {
    /// The expected error of every statistic of every KPI over all members expected.
    pub fn predict(&self) -> Vec<Expected> {
        let periods = self.periods().len();
        self.kpis.iter().flat_map(|kpi| self.of_kpi(kpi, periods)).collect()
    }

    fn of_kpi(&self, kpi: &Kpi, periods: usize) -> Vec<Expected> {
        let mut expected = vec![self.of_sum(kpi, periods)];
        if let Some(histogram) = &kpi.histogram {
            let wanted = [(histogram.quartiles, Statistic::Quartiles), (histogram.sd, Statistic::Sd)];
            let wanted = wanted.into_iter().filter(|(wanted, _)| *wanted);
            expected.extend(wanted.map(|(_, statistic)| self.of_histogram(kpi, histogram, statistic)));
        }
        expected
    }

    /// Count, sum and mean: exact, or as wide as the noise on the sum.
    fn of_sum(&self, kpi: &Kpi, periods: usize) -> Expected {
        let plain = exact(kpi, Statistic::Mean, periods, 0);
        let Some(privacy) = &self.privacy else { return plain };
        let mut errors = self.sum_errors().into_iter().filter(|errors| errors.kpi == kpi.id);
        let error = errors.next().and_then(|errors| match privacy.unit {
            PrivacyUnit::Customer => errors.customers,
            PrivacyUnit::Member => errors.members,
        });
        let verdict = error.map_or(Verdict::Useless, MeanError::verdict);
        let advice = match (privacy.unit, verdict) {
            (_, Verdict::Useful) => vec![],
            (PrivacyUnit::Member, _) => vec![
                "protect customers instead (unit = \"customer\" with a customer_bound), or open means exactly (leave \
                 [privacy] out)"
                    .to_owned(),
            ],
            (PrivacyUnit::Customer, _) => {
                vec!["a smaller customer_bound, fewer periods or kinds of cells, or a larger epsilon".to_owned()]
            }
        };
        let error = error.map(|error| error.percent);
        Expected { epsilon: Some(privacy.epsilon), error, verdict, advice, ..plain }
    }

    fn of_histogram(&self, kpi: &Kpi, histogram: &Histogram, statistic: Statistic) -> Expected {
        let bins = convert::edges(kpi).bins();
        let plain = exact(kpi, statistic, histogram.periods.len(), bins);
        let Some(epsilon) = histogram.epsilon else { return plain };
        let setting = self.setting(epsilon, bins);
        let (error, verdict, advice, members_needed) = match statistic {
            Statistic::Sd => sd(kpi, &setting),
            _ => quartiles(&setting, self.policy.least_members + self.policy.colluding),
        };
        Expected { epsilon: Some(epsilon), error, verdict, advice, members_needed, ..plain }
    }

    fn setting(&self, epsilon: Rational, bins: usize) -> Setting {
        Setting {
            members: self.expected_members,
            epsilon,
            sensitivity: 2,
            bins: u32::try_from(bins).unwrap_or(u32::MAX),
            shares: self.trustees.threshold.u().into(),
            honest: self.trustees.threshold.honest_noise().into(),
        }
    }
}

fn exact(kpi: &Kpi, statistic: Statistic, periods: usize, bins: usize) -> Expected {
    Expected {
        kpi: kpi.id.clone(),
        statistic,
        periods,
        epsilon: None,
        bins,
        error: None,
        verdict: Verdict::Useful,
        advice: Vec::new(),
        members_needed: None,
    }
}

type Outlook = (Option<f64>, Verdict, Vec<String>, Option<u64>);

fn quartiles(setting: &Setting, least: u64) -> Outlook {
    match setting.predict() {
        Err(error) => (None, Verdict::Useless, vec![error.to_string()], None),
        Ok(prediction) => {
            let advice = prediction.advice.iter().map(ToString::to_string).collect();
            (
                Some(prediction.errors.worst_quartile()),
                prediction.verdict,
                advice,
                members_needed(setting, &prediction, least),
            )
        }
    }
}

/// About how many members make the quartiles of a cell useful; none if no number within reach does.
fn members_needed(setting: &Setting, prediction: &Prediction, least: u64) -> Option<u64> {
    if prediction.verdict != Verdict::Useful {
        return prediction.advice.iter().find_map(|advice| match advice {
            Advice::MoreMembers { about } => Some(*about),
            _ => None,
        });
    }
    let mut needed = setting.members;
    while needed > least {
        let members = (needed * 4 / 5).max(least);
        let smaller = Setting { members, ..*setting }.predict().ok()?;
        if smaller.verdict != Verdict::Useful {
            break;
        }
        needed = members;
    }
    Some(needed)
}

fn sd(kpi: &Kpi, setting: &Setting) -> Outlook {
    let error = sd_error(kpi, setting);
    let (verdict, advice) = match error {
        Some(error) if error <= USEFUL_SD => (Verdict::Useful, vec![]),
        Some(error) if error <= ROUGH_SD => (Verdict::Rough, sd_advice()),
        _ => (Verdict::Useless, sd_advice()),
    };
    (error, verdict, advice, None)
}

fn sd_advice() -> Vec<String> {
    vec![
        "a smaller range (`high`), which the noise of the top bins grows with, or more members; quartiles suffer less"
            .into(),
    ]
}

/// Mean error of the standard deviation in percent of its value.
fn sd_error(kpi: &Kpi, setting: &Setting) -> Option<f64> {
    let edges = convert::edges(kpi);
    let [first, .., last] = edges.as_slice().get(1..)? else { return None };
    let (bottom, top) = (((first - kpi.low) as f64).ln(), ((last - kpi.low) as f64).ln());
    let cohort = LogNormal::new((bottom + top) / 2.0, (top - bottom) / 6.0).ok()?;
    let scale = 2.0 / setting.epsilon.to_f64();
    let noise = Gamma::new(f64::from(setting.shares) / f64::from(setting.honest.max(1)), scale).ok()?;
    let variance = 2.0 * scale * scale * f64::from(setting.shares) / f64::from(setting.honest.max(1));
    let members = setting.members.min(MOST_MEMBERS);
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    let mut total = 0.0;
    for _ in 0..COHORTS {
        let draw = |rng: &mut ChaCha12Rng| (kpi.low + cohort.sample(rng) as i64).clamp(kpi.low, kpi.high);
        let values: Vec<i64> = (0..members).map(|_| draw(&mut rng)).collect();
        let (mean, truth) = mean_and_sd(&values);
        let mut bins: Vec<i64> = vec![0; edges.bins()];
        for bin in values.iter().filter_map(|value| edges.bin_of(*value)) {
            *bins.get_mut(bin)? += 1;
        }
        for bin in &mut bins {
            *bin += (noise.sample(&mut rng) - noise.sample(&mut rng)).round() as i64;
        }
        let (estimate, ..) =
            NoisyHistogram::new(edges.as_slice(), &bins, members, variance)?.with_sum(values.iter().sum()).sd(mean);
        total += (estimate - truth).abs() / truth.max(1.0);
    }
    Some(100.0 * total / f64::from(COHORTS))
}

fn mean_and_sd(values: &[i64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|value| *value as f64).sum::<f64>() / n;
    let squares = values.iter().map(|value| (*value as f64 - mean).powi(2)).sum::<f64>();
    (mean, (squares / n).sqrt())
}

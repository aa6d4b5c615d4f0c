//! The benchmark: the statistics a report shows, derived from totals by anyone who holds them.

use crate::{
    Direction, Figure, FigureTotals, Hidden, Kpi, Noise, NoisyHistogram, Opened, Opening, PrivacyUnit, Rational,
    Schema, Totals,
};
use serde::{Deserialize, Serialize};

/// Statistics per KPI, period and cell, with what is needed to read and to trust them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// Version of this JSON format.
    pub schema: String,
    /// Who computed it and how to check it.
    pub provenance: Provenance,
    /// What it cost in privacy.
    pub spending: Spending,
    /// The KPIs.
    pub kpis: Vec<KpiLine>,
    /// The cells, the first one being all members.
    pub cells: Vec<CellLine>,
    /// One row per KPI, period and cell.
    pub rows: Vec<Row>,
}

/// One KPI as the report names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KpiLine {
    /// Short name.
    pub id: String,
    /// Name people read.
    pub label: String,
    /// Unit of the values.
    pub unit: String,
    /// Decimals of a value in that unit.
    pub decimals: u8,
    /// Whether higher is better.
    pub direction: Direction,
    /// Histogram edges in the unit; empty where no histogram is opened in any period.
    pub edges: Vec<f64>,
}

/// One cell as the report names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellLine {
    /// Name people read.
    pub label: String,
}

/// One KPI in one period in one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Index into [`Benchmark::kpis`].
    pub kpi: usize,
    /// The period, e.g. `2017-05`.
    pub period: String,
    /// Index into [`Benchmark::cells`].
    pub cell: usize,
    /// The statistics, or why there are none.
    pub outcome: Outcome,
}

/// Shown or hidden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The statistics.
    Shown(Box<Statistics>),
    /// Why nothing is shown.
    Hidden(Hidden),
}

/// A value with the interval that holds it at least 95 times in 100, in the KPI's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Point estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// The statistics of one row. Minimum, maximum and order are never part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// Members that reported: exact.
    pub n: u64,
    /// Sum in the unit as decimal text; exact unless `noisy` is there.
    pub sum: String,
    /// Mean in the unit: exact up to the last bit of a double, unless `noisy` is there.
    pub mean: f64,
    /// Sum and mean with their intervals, where the sum was opened with noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noisy: Option<NoisyTotal>,
    /// Standard deviation.
    pub sd: Option<Estimate>,
    /// A tenth of the members lie below; only where enough members lie beyond.
    pub p10: Option<Estimate>,
    /// A quarter of the members lie below.
    pub p25: Option<Estimate>,
    /// Half of the members lie below.
    pub p50: Option<Estimate>,
    /// Three quarters of the members lie below.
    pub p75: Option<Estimate>,
    /// Nine tenths of the members lie below; only where enough members lie beyond.
    pub p90: Option<Estimate>,
    /// Opened counts per bin; empty where no histogram is opened.
    pub bins: Vec<i64>,
    /// Whether the histogram is exact by consent (`true`) or noisy (`false`).
    pub exact_bins: bool,
    /// Variance of the noise on each bin.
    pub bin_variance: f64,
}

/// A sum and a mean opened with noise. Values are as the noise left them: nothing is rounded or cut to the range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoisyTotal {
    /// Whom the noise protects.
    pub unit: PrivacyUnit,
    /// The sum.
    pub sum: Estimate,
    /// The sum over the exact number of members.
    pub mean: Estimate,
    /// Most that one customer counts with, in the unit, where members' software leaves out what is beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<f64>,
}

/// What noise on sums costs a customer of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerSpending {
    /// Epsilon of this round, everything noisy that one customer touches together, histograms included.
    pub epsilon: Rational,
    /// Delta of this round is at most `2^-delta_bits`.
    pub delta_bits: u32,
    /// Epsilon spent on the same data window so far, this round included.
    pub window_epsilon: Rational,
    /// Whether members' software bounds what one customer adds; otherwise the study only declares it.
    pub enforced: bool,
    /// The bound per KPI, in words.
    pub bounds: Vec<String>,
}

/// Who computed a benchmark and how to check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Title of the study.
    pub title: String,
    /// Identifier of the study.
    pub study: String,
    /// Number of the round.
    pub round: u32,
    /// The data window, e.g. `2016-10 to 2017-09`.
    pub window: String,
    /// Fingerprint of the charter.
    pub charter: String,
    /// Hash of the manifest.
    pub manifest: String,
    /// Hash of the certified set.
    pub set: String,
    /// Names of the trustees.
    pub trustees: Vec<String>,
    /// Shares needed to open.
    pub threshold: u8,
    /// Trustees that must sign and agree.
    pub quorum: u8,
    /// Trustees whose sum shares agree.
    pub agreeing: Vec<String>,
    /// Trustees whose sum share disagrees, assuming at most `quorum - threshold` wrong ones.
    pub dissenting: Vec<String>,
    /// Trustees that sent no sum share.
    pub silent: Vec<String>,
    /// Members invited.
    pub invited: u64,
    /// Members whose figures are in the sums.
    pub counted: u64,
    /// Least number of members a figure is shown for.
    pub least_members: u64,
}

/// What a benchmark cost in privacy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spending {
    /// What is protected: the neighbouring relation in words.
    pub unit: String,
    /// Epsilon of this round, all figures and cells of one member together.
    pub epsilon: Rational,
    /// Delta of this round is at most `2^-delta_bits`.
    pub delta_bits: u32,
    /// Epsilon spent on the same data window so far, this round included.
    pub window_epsilon: Rational,
    /// What differential privacy does not cover here.
    pub exact: String,
    /// Noise shares that enter each sum.
    pub noise_shares: u32,
    /// Noise shares that already suffice for the stated epsilon.
    pub honest_shares: u32,
    /// What it cost a member's customer, where sums carry noise that protects customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<CustomerSpending>,
}

impl Spending {
    /// Variance of the noise on one bin at this epsilon: `2 (Delta/epsilon)^2` per full Laplace,
    /// times the surplus of shares. An upper bound that needs no transcendental function.
    pub fn bin_variance(&self, epsilon: Rational) -> f64 {
        let scale = 2.0 * epsilon.denominator() as f64 / epsilon.numerator() as f64;
        2.0 * scale * scale * f64::from(self.noise_shares) / f64::from(self.honest_shares.max(1))
    }
}

impl Benchmark {
    /// Version of the JSON format.
    pub const SCHEMA: &'static str = "guildhall/benchmark/v1";

    /// Derives every statistic from opened totals. Pure: the same totals give the same bytes.
    pub fn from_totals(schema: &Schema, totals: &Totals, provenance: Provenance, spending: Spending) -> Self {
        let mut rows = Vec::new();
        for (cell, opened) in totals.cells.iter().enumerate() {
            for (index, (figure, total)) in schema.figures.iter().zip(&opened.figures).enumerate() {
                let Some(kpi) = schema.kpi_of(index) else { continue };
                let outcome = match total {
                    FigureTotals::Hidden(why) => Outcome::Hidden(why.clone()),
                    FigureTotals::Opened(sums) => {
                        let statistics = Statistics::derive(kpi, figure, sums, &spending, provenance.least_members);
                        Outcome::Shown(Box::new(statistics))
                    }
                };
                rows.push(Row { kpi: figure.kpi, period: figure.period.clone(), cell, outcome });
            }
        }
        let kpis = schema.kpis.iter().enumerate().map(|(index, kpi)| KpiLine::of(schema, index, kpi)).collect();
        let cells = totals.cells.iter().map(|c| CellLine { label: c.cell.label.clone() }).collect();
        Self { schema: Self::SCHEMA.to_owned(), provenance, spending, kpis, cells, rows }
    }
}

impl KpiLine {
    fn of(schema: &Schema, index: usize, kpi: &Kpi) -> Self {
        let opened = schema.figures.iter().any(|f| f.kpi == index && f.histogram.is_some());
        let edges = if opened { kpi.edges.as_slice() } else { &[] };
        Self {
            id: kpi.id.clone(),
            label: kpi.label.clone(),
            unit: kpi.unit.clone(),
            decimals: kpi.resolution.decimals(),
            direction: kpi.direction,
            edges: edges.iter().map(|edge| kpi.resolution.to_f64(*edge as f64)).collect(),
        }
    }
}

impl Statistics {
    fn derive(kpi: &Kpi, figure: &Figure, sums: &Opened, spending: &Spending, least: u64) -> Self {
        let mean_steps = if sums.count == 0 { 0.0 } else { sums.sum as f64 / sums.count as f64 };
        let exact_bins = figure.histogram.is_some_and(|h| h.opening == Opening::ExactByConsent);
        let bin_variance = figure.epsilon().map_or(0.0, |epsilon| spending.bin_variance(epsilon));
        let histogram = NoisyHistogram::new(kpi.edges.as_slice(), &sums.bins, sums.count, bin_variance)
            .map(|histogram| if sums.deviation.is_some() { histogram } else { histogram.with_sum(sums.sum) });
        let unit = |steps: f64| kpi.resolution.to_f64(steps);
        let at = |fraction: f64| {
            histogram.as_ref().map(|h| {
                let q = h.quantile(fraction);
                Estimate { value: unit(q.value as f64), low: unit(q.low as f64), high: unit(q.high as f64) }
            })
        };
        let tails = sums.count >= least.saturating_mul(10);
        let sd = histogram.as_ref().map(|h| {
            let (value, low, high) = h.sd(mean_steps);
            Estimate { value: unit(value), low: unit(low), high: unit(high) }
        });
        Self {
            n: sums.count,
            sum: kpi.resolution.format(i128::from(sums.sum)),
            mean: unit(mean_steps),
            noisy: NoisyTotal::of(kpi, figure, sums, spending),
            sd,
            p10: at(0.10).filter(|_| tails),
            p25: at(0.25),
            p50: at(0.50),
            p75: at(0.75),
            p90: at(0.90).filter(|_| tails),
            bins: sums.bins.clone(),
            exact_bins,
            bin_variance,
        }
    }
}

impl NoisyTotal {
    /// Deviations of noise of each law within which 95 in 100 draws lie.
    ///
    /// For Laplace noise 2.12, as for a single one (`ln(20) / sqrt(2)`); sums of more than one have lighter tails.
    const fn spread(noise: Noise) -> f64 {
        match noise {
            Noise::Laplace { .. } => 2.12,
            Noise::Gaussian { .. } => 1.96,
        }
    }

    fn of(kpi: &Kpi, figure: &Figure, sums: &Opened, spending: &Spending) -> Option<Self> {
        let (noise, deviation) = figure.sum.zip(sums.deviation)?;
        let half = Self::spread(noise.noise) * deviation as f64;
        let estimate = |over: f64| {
            let at = |steps: f64| kpi.resolution.to_f64(steps / over);
            let sum = sums.sum as f64;
            Estimate { value: at(sum), low: at(sum - half), high: at(sum + half) }
        };
        let cut = spending.customers.as_ref().is_some_and(|customers| customers.enforced);
        let most = cut.then(|| kpi.resolution.to_f64(noise.bound as f64));
        Some(Self { unit: noise.unit, sum: estimate(1.0), mean: estimate(sums.count.max(1) as f64), most })
    }
}

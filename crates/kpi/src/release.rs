//! A release: what an analyst publishes about customers with differential privacy.
//!
//! Shape after published official releases (Wikimedia pageviews 2023, US Census 2020): the unit of
//! privacy and its bounds, the budget, every mechanism with its scale and its raw noisy output, values
//! with intervals, what was suppressed and why, and what is not protected. Everything here is public.
//!
//! Not here: how values are computed (`trust`), how noise is drawn (`dp`), how it is drawn on a page.

use crate::{Direction, Estimate, Rational};
use serde::{Deserialize, Serialize};

/// A published result with everything a reader needs to judge it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Version of this JSON format: [`Release::SCHEMA`].
    pub schema: String,
    /// Short name of the release.
    pub id: String,
    /// Title people read.
    pub title: String,
    /// The data set, as the budget's ledger names it.
    pub data_set: String,
    /// Which data, e.g. `2010-12 to 2011-12`.
    pub window: String,
    /// What is protected, how, and at what cost.
    pub protection: Protection,
    /// The metrics.
    pub metrics: Vec<MetricLine>,
    /// The groups (segments), the first one being all units; one entry where nothing is segmented.
    pub groups: Vec<String>,
    /// The periods or cohort ages, in order; one entry where nothing is split by time.
    pub periods: Vec<String>,
    /// One row per metric, group and period.
    pub rows: Vec<ReleaseRow>,
    /// Noisy values as the mechanisms gave them, before any post-processing.
    pub queries: Vec<QueryLine>,
    /// Remarks on reading and cleaning that hold no private counts.
    pub notes: Vec<String>,
}

impl Release {
    /// Version of the JSON format.
    pub const SCHEMA: &'static str = "guildhall/release/v1";
}

/// What a release protects and what that cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protection {
    /// Whose presence is hidden: `row`, `customer` or `member`.
    pub unit: String,
    /// The neighbouring relation in plain words, e.g. "all rows of one customer added or removed".
    pub neighbours: String,
    /// The bounds on one unit's contribution, each in plain words.
    pub bounds: Vec<String>,
    /// Epsilon of this release.
    pub epsilon: Rational,
    /// Delta of this release is at most `2^-delta_bits`; absent where it is pure.
    pub delta_bits: Option<u32>,
    /// Zero-concentrated cost of this release, where Gaussian noise is used.
    pub rho: Option<Rational>,
    /// Which noise is used and why, in plain words.
    pub noise: String,
    /// Epsilon spent on this data set and unit so far, this release included.
    pub spent: Rational,
    /// Most epsilon that may ever be spent on it.
    pub limit: Rational,
    /// Place of the charge in the ledger.
    pub ledger_index: u64,
    /// Hash of the charge's entry in the ledger.
    pub ledger_entry: String,
    /// What this release does not protect, each in plain words.
    pub not_protected: Vec<String>,
}

/// One metric as the report names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricLine {
    /// Short name, unique in the release.
    pub id: String,
    /// Which metric of `docs/metrics.md` it is, e.g. `repeat-purchase-rate`.
    pub metric: String,
    /// Name people read.
    pub label: String,
    /// Unit of the values, e.g. `%`, `points`, `GBP`.
    pub unit: String,
    /// Decimals worth showing.
    pub decimals: u8,
    /// Whether higher is better.
    pub direction: Direction,
    /// What the value means, in one sentence.
    pub definition: String,
    /// What an interval covers beyond noise, e.g. that clipping lowers the mean by an unknown amount.
    pub caveat: Option<String>,
}

/// One metric in one group and period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRow {
    /// Index into [`Release::metrics`].
    pub metric: usize,
    /// Index into [`Release::groups`].
    pub group: usize,
    /// Index into [`Release::periods`].
    pub period: usize,
    /// The value, or why there is none.
    pub outcome: ReleaseOutcome,
}

/// Shown or suppressed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseOutcome {
    /// The value.
    Shown(ReleaseValue),
    /// Why nothing is shown.
    Suppressed(Suppression),
}

/// A value with its two intervals, in the metric's unit. Intervals hold the truth about 95 times in 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseValue {
    /// The value with the interval for these very customers: noise and clipping only.
    pub base: Estimate,
    /// The interval for the population the customers come from: sampling, noise and clipping.
    pub population: Estimate,
    /// Noisy number of units behind the value; may be off by a few and is never exact.
    pub n: i64,
}

/// Why a value is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suppression {
    /// The noisy count is so small that noise would drown the value.
    TooFew {
        /// Least noisy count a value is shown for.
        least: u64,
    },
    /// The group's own name might reveal somebody: too few units share it.
    UnknownGroup,
    /// Another reason, in plain words.
    Other {
        /// The reason.
        reason: String,
    },
}

/// One query to the data: its mechanism, its cost and its raw noisy output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryLine {
    /// Short name.
    pub id: String,
    /// Mechanism in words, e.g. `discrete Laplace`.
    pub mechanism: String,
    /// Scale of the noise as an exact fraction, in units of the raw values.
    pub scale: String,
    /// Joint sensitivity the scale is calibrated to, in units of the raw values.
    pub sensitivity: String,
    /// Epsilon it cost; zero where it cost rho.
    pub epsilon: Rational,
    /// Zero-concentrated cost, where the noise is Gaussian.
    pub rho: Option<Rational>,
    /// Indices into [`Release::metrics`] of what is derived from it.
    pub metrics: Vec<usize>,
    /// Labels of the raw values: group, period and answer, e.g. `France / all / promoter`.
    pub labels: Vec<String>,
    /// The raw noisy values, one per label; may be negative.
    pub values: Vec<i64>,
}

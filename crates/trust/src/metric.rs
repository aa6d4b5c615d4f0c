//! The named metrics: what each one means, needs and is computed with.
//!
//! Definitions and sources are those of `docs/metrics.md`, which has one section per entry of [`ALL`]; a test keeps
//! the two together. Not here: how they are computed (`question`), and what is wrong with a spec (`check`).

mod advanced;
mod intermediate;
mod simple;

use guildhall_kpi::Direction;

/// A named metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name in a spec.
    pub name: &'static str,
    /// Name people read.
    pub title: &'static str,
    /// How it is estimated.
    pub kind: Kind,
    /// The meanings it needs: one of these sets, complete.
    pub needs: &'static [&'static [Meaning]],
    /// Its parameters.
    pub parameters: &'static [ParameterInfo],
    /// What the value means, in one sentence.
    pub definition: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// Whether higher is better.
    pub direction: Direction,
}

/// How a metric is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From the counts of disjoint answers.
    Share,
    /// From complementary sums of bounded whole numbers, or from counts of a short scale.
    Mean,
    /// Mean from complementary sums, quantiles from noisy maxima over public candidates.
    MeanAndQuantiles,
    /// Computed in the clear only; never released.
    ClearOnly,
}

/// What a metric needs from a row.
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    /// Its name in a spec. A name that ends in `.` is followed by a name of the analyst's: `item.quality`.
    pub name: &'static str,
    /// What it must hold.
    pub holds: Holds,
    /// What it is, in a few words.
    pub what: &'static str,
}

/// What a column must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A number.
    Number,
    /// Yes or no.
    Truth,
    /// A date.
    Date,
    /// Text.
    Text,
    /// Anything that can be told apart.
    Any,
}

impl Holds {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Truth => "true or false",
            Self::Date => "a date",
            Self::Text => "text",
            Self::Any => "any value",
        }
    }
}

/// A parameter of a metric.
#[derive(Clone, Copy, Debug)]
pub struct ParameterInfo {
    /// Its name in a spec.
    pub name: &'static str,
    /// What it holds.
    pub holds: Form,
    /// Its value where the spec says nothing; `None` where it must say something, or where nothing is a value too.
    pub default: Option<&'static str>,
    /// Whether the spec must say it.
    pub needed: bool,
    /// What it is.
    pub what: &'static str,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A number.
    Number,
    /// A whole number from 1 on.
    Count,
    /// Several numbers.
    Numbers,
    /// A date.
    Date,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Whole weights by item.
    Weights,
}

/// Every metric, in the order of `docs/metrics.md`.
pub const ALL: &[Metric] = &[
    simple::NPS,
    simple::CSAT,
    simple::RETENTION_RATE,
    simple::REVIEW_RATING,
    simple::REFERRAL_RATE,
    intermediate::LIFETIME_VALUE,
    intermediate::CHURN_RATE,
    intermediate::REPEAT_PURCHASE_RATE,
    intermediate::CUSTOMER_EFFORT_SCORE,
    intermediate::SENTIMENT,
    advanced::BRAND_TRUST_INDEX,
    advanced::ADVOCACY_RATIO,
    advanced::PERCEIVED_PRIVACY,
    advanced::PERCEIVED_SECURITY,
    advanced::OPT_IN_RATE,
    advanced::OPT_OUT_RATE,
    advanced::TRANSPARENCY,
    advanced::AUTHENTICITY,
    advanced::TRUST_RECOVERY_RATE,
    advanced::COMPLAINT_RESOLUTION_TIME,
    intermediate::BG_NBD,
    intermediate::GAMMA_GAMMA,
];

/// The metric of that name.
pub fn find(name: &str) -> Option<&'static Metric> {
    ALL.iter().find(|metric| metric.name == name)
}

impl Metric {
    /// The meaning behind a key of [`crate::MetricSpec::columns`], e.g. `item.` for `item.quality`.
    pub fn meaning(&self, key: &str) -> Option<&'static Meaning> {
        let family = key.split_once('.').filter(|(_, item)| !item.is_empty()).map(|(family, _)| family);
        self.needs.iter().copied().flatten().find(|meaning| match meaning.name.strip_suffix('.') {
            Some(name) => family == Some(name),
            None => meaning.name == key,
        })
    }

    /// The parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&'static ParameterInfo> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

const fn meaning(name: &'static str, holds: Holds, what: &'static str) -> Meaning {
    Meaning { name, holds, what }
}

const fn given(name: &'static str, holds: Form, default: &'static str, what: &'static str) -> ParameterInfo {
    ParameterInfo { name, holds, default: Some(default), needed: false, what }
}

const fn optional(name: &'static str, holds: Form, what: &'static str) -> ParameterInfo {
    ParameterInfo { name, holds, default: None, needed: false, what }
}

const fn needed(name: &'static str, holds: Form, what: &'static str) -> ParameterInfo {
    ParameterInfo { name, holds, default: None, needed: true, what }
}

const SHOW: ParameterInfo = given(
    "show",
    Form::Word(&["both", "share", "mean"]),
    "both",
    "what is shown: the share of high answers, the mean, or both from one query over all answers",
);

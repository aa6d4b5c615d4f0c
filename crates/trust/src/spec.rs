//! What an analyst asks for: plain structures that a file format is read into.
//!
//! Nothing here is checked by construction; [`crate::Spec::check`] finds every mistake with its place. Not here: the
//! file format, which belongs to the program.

use guildhall_data::{Every, TableSpec};
use guildhall_dp::Ceiling;
use guildhall_kpi::Rational;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Metrics over one table, and what may be told about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Short name of the release.
    pub id: String,
    /// Title people read.
    pub title: String,
    /// The data set, as the budget's ledger names it.
    pub data_set: String,
    /// Epsilon of this release, all metrics together.
    pub epsilon: Rational,
    /// Most that may ever be spent on the data set, in epsilon or in rho.
    pub limit: Ceiling,
    /// Delta of this release is at most `2^-delta_bits`; needed where segments are not declared, and for Gaussian noise.
    pub delta_bits: Option<u32>,
    /// Which noise may be used.
    pub noise: NoiseChoice,
    /// Whose presence is hidden.
    pub unit: UnitSpec,
    /// The table.
    pub table: TableSpec,
    /// The rows that count; where absent, all.
    pub window: Option<Window>,
    /// The groups that are compared.
    pub segments: Option<Segments>,
    /// Length of the periods, by the window's column; needs both ends of the window.
    pub periods: Option<Every>,
    /// Cohorts by the month of the first row in the window; needs both ends of the window.
    pub cohorts: Option<Cohorts>,
    /// The metrics.
    pub metrics: Vec<MetricSpec>,
}

/// Which noise a release may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoiseChoice {
    /// Whichever has the smaller predicted error; Gaussian noise only where a delta is stated.
    #[default]
    Smaller,
    /// Discrete Laplace noise: pure epsilon.
    Laplace,
    /// Discrete Gaussian noise: zero-concentrated, stated as epsilon and delta.
    Gaussian,
}

/// The unit of privacy and its bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitSpec {
    /// Whose rows belong together.
    pub kind: UnitKind,
    /// Most groups (segments times periods) in which one unit counts per metric; further ones are left out. Where
    /// absent, all periods, which costs as many times the noise.
    pub groups: Option<u32>,
}

/// Whose rows belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// Every row is somebody.
    Row,
    /// A customer.
    Customer {
        /// The column that identifies it.
        column: String,
    },
    /// A member of a consortium, with all its customers.
    Member {
        /// The column that identifies it.
        column: String,
    },
}

impl UnitKind {
    /// `row`, `customer` or `member`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Customer { .. } => "customer",
            Self::Member { .. } => "member",
        }
    }

    /// The column that identifies the unit.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Row => None,
            Self::Customer { column } | Self::Member { column } => Some(column),
        }
    }
}

/// The rows that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The column with the date.
    pub column: String,
    /// The first day, month or year: `2010-12`.
    pub from: Option<String>,
    /// The first day, month or year after the window: `2011-12-10`.
    pub until: Option<String>,
}

/// The groups that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segments {
    /// The column, or an SQL expression over one row.
    pub column: String,
    /// Which groups there are.
    pub keys: Keys,
    /// Which group a unit belongs to when its rows say several.
    pub take: Choice,
}

/// Which groups there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// These, known without looking at the data.
    Declared {
        /// Their names, in the order of the report.
        values: Vec<String>,
        /// Name of the group for all others.
        other: String,
    },
    /// Those that enough units share, found with noise; costs a query and the delta of the release.
    Unknown {
        /// Name of the group for all others.
        other: String,
        /// Share of the epsilon that finding them gets, as a weight beside those of the metrics.
        weight: u32,
    },
}

/// Which of several values of one unit counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Choice {
    /// The one of the earliest date.
    First,
    /// The one of the latest date.
    #[default]
    Last,
    /// Each of them, up to [`UnitSpec::groups`], which must be given. For segments only; they then do not add up.
    Each,
}

/// Cohorts: units by the month of their first row in the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohorts {
    /// The ages in months that are shown, from 1 on. Each adds to what one unit contributes.
    pub ages: Vec<u32>,
}

/// One metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricSpec {
    /// Its name in [`crate::metric::ALL`].
    pub name: String,
    /// Short name, unique in the release; where absent, the metric's name.
    pub id: Option<String>,
    /// Name people read; where absent, the metric's title.
    pub label: Option<String>,
    /// Meaning to column, or to an SQL expression over one row. Declared items are written `item.quality`.
    pub columns: BTreeMap<String, String>,
    /// Parameters by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// Which response of a unit counts when its rows hold several.
    pub take: Choice,
    /// Share of the release's epsilon, as a weight beside those of the other metrics.
    pub weight: u32,
    /// How the metric is split.
    pub split: Split,
}

/// How a metric is split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// Not at all.
    #[default]
    All,
    /// By segment.
    Segments,
    /// By period.
    Periods,
    /// By segment and period.
    SegmentsAndPeriods,
    /// By cohort and age.
    Cohorts,
}

impl Split {
    /// Whether segments take part.
    pub const fn by_segment(self) -> bool {
        matches!(self, Self::Segments | Self::SegmentsAndPeriods)
    }

    /// Whether periods take part.
    pub const fn by_period(self) -> bool {
        matches!(self, Self::Periods | Self::SegmentsAndPeriods)
    }
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// A number.
    Number(Fixed),
    /// Text, e.g. a date or a choice.
    Text(String),
    /// Several numbers.
    Numbers(Vec<Fixed>),
    /// Weights by item.
    Weights(BTreeMap<String, u32>),
}

/// A decimal number, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    digits: i64,
    decimals: u8,
}

impl Fixed {
    /// A whole number.
    pub const fn whole(number: i64) -> Self {
        Self { digits: number, decimals: 0 }
    }

    /// The number in steps of the given decimals; `None` if it is finer than that or does not fit.
    pub fn steps(self, decimals: u8) -> Option<i64> {
        if self.decimals <= decimals {
            return self.digits.checked_mul(10i64.checked_pow(u32::from(decimals - self.decimals))?);
        }
        let divisor = 10i64.checked_pow(u32::from(self.decimals - decimals))?;
        (self.digits % divisor == 0).then(|| self.digits / divisor)
    }

    /// The nearest `f64`, for estimates only.
    pub fn to_f64(self) -> f64 {
        self.digits as f64 / 10f64.powi(i32::from(self.decimals))
    }
}

impl FromStr for Fixed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is not a number such as 12, -3 or 0.25 with at most 9 decimals");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let unsigned = whole.strip_prefix('-').unwrap_or(whole);
        let digits = format!("{unsigned}{fraction}");
        let dangling = fraction.is_empty() && text.contains('.');
        let plain =
            !unsigned.is_empty() && !dangling && fraction.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
        let number: i64 = if plain { digits.parse().map_err(|_| bad())? } else { return Err(bad()) };
        let decimals = u8::try_from(fraction.len()).map_err(|_| bad())?;
        Ok(Self { digits: if whole.starts_with('-') { -number } else { number }, decimals })
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let (digits, divisor) = (self.digits.unsigned_abs(), 10u64.pow(u32::from(self.decimals)));
        write!(f, "{sign}{}", digits / divisor)?;
        if self.decimals > 0 {
            write!(f, ".{:0width$}", digits % divisor, width = usize::from(self.decimals))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let fixed = |text: &str| text.parse::<Fixed>();
        assert_eq!(fixed("500.00").map(|f| f.steps(2)), Ok(Some(50_000)));
        assert_eq!(
            fixed("-0.25").map(|f| (f.steps(3), f.steps(1), f.to_string())),
            Ok((Some(-250), None, "-0.25".into()))
        );
        assert_eq!(fixed("1.10").map(|f| f.steps(1)), Ok(Some(11)));
        assert_eq!(fixed("9223372036854775807").map(|f| f.steps(1)), Ok(None));
        for bad in ["", ".", "-", "1e3", "NaN", "1.", "--1", "+1", "0.1234567890", "99999999999999999999"] {
            assert!(fixed(bad).is_err(), "{bad}");
        }
    }
}

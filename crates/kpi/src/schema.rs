//! The schema of a round: which KPIs, for which periods, on which integer scale.

use crate::{Rational, Step};
use serde::{Deserialize, Serialize};

/// Whether a larger value is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Higher is better, e.g. sales.
    Higher,
    /// Lower is better, e.g. days of stock.
    Lower,
    /// Neither is better, e.g. opening hours.
    Neither,
}

/// One KPI: a figure every member computes the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    /// Short name, unique in the schema, e.g. `receipts`.
    pub id: String,
    /// What people read, e.g. `Monthly receipts`.
    pub label: String,
    /// Unit of the value, e.g. `USD`.
    pub unit: String,
    /// Whether higher is better.
    pub direction: Direction,
    /// Size of one step of the integer scale.
    pub resolution: Step,
    /// Smallest value, in steps.
    pub low: i64,
    /// Largest value, in steps.
    pub high: i64,
    /// Bin edges for quartiles and standard deviation; a single bin where neither is wanted.
    pub edges: Edges,
}

/// Histogram edges `E_0 < E_1 < ... < E_B` in steps: bin `j` holds `E_j ..= E_{j+1} - 1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Edges(Vec<i64>);

impl Edges {
    /// One bin over the whole range `low ..= high`.
    pub fn single(low: i64, high: i64) -> Self {
        Self(vec![low, high + 1])
    }

    /// Edges as given; the first must be the KPI's `low`, the last its `high + 1`, strictly rising.
    pub const fn new(edges: Vec<i64>) -> Self {
        Self(edges)
    }

    /// All `B + 1` edges.
    pub fn as_slice(&self) -> &[i64] {
        &self.0
    }

    /// The number of bins `B`.
    pub fn bins(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// The bin a value falls in; `None` outside the range.
    pub fn bin_of(&self, value: i64) -> Option<usize> {
        let above = self.0.partition_point(|edge| *edge <= value);
        (above > 0 && above < self.0.len()).then(|| above - 1)
    }

    /// `bins` log-spaced bins over `low ..= high`, the first one from `low` up to `first`.
    ///
    /// Edges are whole steps; where rounding would make two equal they are merged, so the result
    /// may have fewer bins. Choose `first` from public knowledge, never from the members' data.
    pub fn log_spaced(low: i64, first: i64, high: i64, bins: usize) -> Self {
        let mut edges = vec![low];
        let inner = bins.saturating_sub(1).max(1);
        let span = ((high + 1 - low) as f64 / (first - low).max(1) as f64).ln();
        for j in 0..inner {
            let offset = (first - low).max(1) as f64 * (span * j as f64 / inner as f64).exp();
            let edge = low.saturating_add(offset.round() as i64);
            if edges.last().is_some_and(|last| edge > *last) && edge <= high {
                edges.push(edge);
            }
        }
        edges.push(high + 1);
        Self(edges)
    }
}

/// How a histogram is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "mode", deny_unknown_fields)]
pub enum Opening {
    /// With differential privacy at this epsilon per figure, when one member's figures are replaced.
    Noisy {
        /// Privacy loss of this one histogram.
        epsilon: Rational,
    },
    /// Exact and coarse, because the consortium's charter says so: labelled "exact by consent".
    ExactByConsent,
}

/// That, and how, a figure's histogram is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histogram {
    /// The mode of opening.
    pub opening: Opening,
}

/// Whom noise protects: whose figures may change without anyone being able to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivacyUnit {
    /// A member: all its figures replaced by any others.
    Member,
    /// One customer of one member: everything it adds to that member's figures added or removed.
    Customer,
}

/// The law of the noise on one opened sum, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "law", deny_unknown_fields)]
pub enum Noise {
    /// Discrete Laplace at this epsilon: for units that touch few sums.
    Laplace {
        /// Pure loss of one sum in one cell.
        epsilon: Rational,
    },
    /// Sums of discrete Gaussians at this zero-concentrated loss: for units that touch many sums.
    Gaussian {
        /// Zero-concentrated loss of one sum in one cell.
        rho: Rational,
    },
}

/// A sum that is opened with noise instead of exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoisySum {
    /// Whom the noise protects.
    pub unit: PrivacyUnit,
    /// Most that one unit can change the sum in one cell, in steps: a member's range, or a customer's bound.
    pub bound: u64,
    /// Law and loss of the noise.
    pub noise: Noise,
}

impl Noise {
    /// The loss, whatever its kind.
    pub const fn loss(self) -> Rational {
        match self {
            Self::Laplace { epsilon } => epsilon,
            Self::Gaussian { rho } => rho,
        }
    }
}

/// One KPI in one period: one entry of a member's vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Index into [`Schema::kpis`].
    pub kpi: usize,
    /// Label of the period, e.g. `2017-05`.
    pub period: String,
    /// Whether quartiles and standard deviation are opened, and how; count and sum always are.
    pub histogram: Option<Histogram>,
    /// Noise on the sum; none where it is opened exactly. The count is exact in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<NoisySum>,
    /// Whether the sum of squares is opened too (never exactly).
    #[serde(default)]
    pub squares: Option<Rational>,
}

/// What a round compares: the KPIs and the figures (KPI by period) of a member's vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The KPIs.
    pub kpis: Vec<Kpi>,
    /// The figures, in the order of a member's vector.
    pub figures: Vec<Figure>,
}

/// What is wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// No figure at all.
    #[error("the schema has no figure")]
    Empty,
    /// Two KPIs share an id.
    #[error("two KPIs are called {id:?}")]
    DuplicateKpi {
        /// The shared id.
        id: String,
    },
    /// Low above high, or beyond what the circuit carries.
    #[error("KPI {id:?}: the range must satisfy low <= high and span fewer than 2^48 steps within +-2^56")]
    Range {
        /// The KPI's id.
        id: String,
    },
    /// Edges do not cover the range or do not rise.
    #[error("KPI {id:?}: edges must rise strictly from the low end to one step above the high end, at most 256 bins")]
    Edges {
        /// The KPI's id.
        id: String,
    },
    /// A figure refers to a KPI that does not exist, or repeats one.
    #[error("figure {index} does not name a KPI, or repeats a KPI and period")]
    Figure {
        /// Index of the figure.
        index: usize,
    },
    /// A noisy sum without a loss or a bound, or a member's bound that is not its range.
    #[error(
        "figure {index}: noise on a sum needs a loss above zero and a bound of at least one step; \
         where it protects members, the bound is the whole range of the KPI"
    )]
    NoisySum {
        /// Index of the figure.
        index: usize,
    },
    /// Exact results beside noisy sums would undo what the noise is for.
    #[error(
        "figure {index}: once a sum carries noise, every sum must, for the same unit, and no histogram may be exact; \
         an exact result beside it would tell what the noise hides"
    )]
    ExactBesideNoise {
        /// Index of the first figure that differs.
        index: usize,
    },
    /// A privacy parameter is zero.
    #[error("figure {index}: epsilon must be above zero")]
    Epsilon {
        /// Index of the figure.
        index: usize,
    },
}

impl Schema {
    /// The KPI of figure `index`; `None` beyond the last figure.
    pub fn kpi_of(&self, index: usize) -> Option<&Kpi> {
        self.figures.get(index).and_then(|figure| self.kpis.get(figure.kpi))
    }

    /// The bins of figure `index` as opened: the KPI's edges, or none where no histogram is opened.
    pub fn bins(&self, index: usize) -> usize {
        match (self.figures.get(index), self.kpi_of(index)) {
            (Some(figure), Some(kpi)) if figure.histogram.is_some() => kpi.edges.bins(),
            _ => 0,
        }
    }

    /// Checks every rule a schema must satisfy before anything is computed with it.
    ///
    /// # Errors
    /// The first rule that is broken, naming the KPI or figure.
    pub fn check(&self) -> Result<(), SchemaError> {
        if self.figures.is_empty() {
            return Err(SchemaError::Empty);
        }
        for (index, kpi) in self.kpis.iter().enumerate() {
            kpi.check()?;
            if self.kpis.iter().take(index).any(|other| other.id == kpi.id) {
                return Err(SchemaError::DuplicateKpi { id: kpi.id.clone() });
            }
        }
        self.figures.iter().enumerate().try_for_each(|(index, figure)| self.check_figure(index, figure))?;
        self.check_sums()
    }

    /// Whom the noise on the sums protects; none where sums are exact.
    pub fn unit_of_sums(&self) -> Option<PrivacyUnit> {
        self.figures.iter().find_map(|figure| figure.sum).map(|sum| sum.unit)
    }

    fn check_sums(&self) -> Result<(), SchemaError> {
        let Some(unit) = self.unit_of_sums() else { return Ok(()) };
        for (index, figure) in self.figures.iter().enumerate() {
            let exact_bins = figure.histogram.is_some_and(|histogram| histogram.opening == Opening::ExactByConsent);
            let Some(sum) = figure.sum.filter(|sum| sum.unit == unit && !exact_bins) else {
                return Err(SchemaError::ExactBesideNoise { index });
            };
            let range = self.kpi_of(index).map(|kpi| kpi.high.abs_diff(kpi.low));
            let fits = unit == PrivacyUnit::Customer || range == Some(sum.bound);
            if sum.bound == 0 || sum.noise.loss().is_zero() || !fits {
                return Err(SchemaError::NoisySum { index });
            }
        }
        Ok(())
    }

    fn check_figure(&self, index: usize, figure: &Figure) -> Result<(), SchemaError> {
        let same = |other: &Figure| other.kpi == figure.kpi && other.period == figure.period;
        if figure.kpi >= self.kpis.len() || self.figures.iter().take(index).any(same) {
            return Err(SchemaError::Figure { index });
        }
        let epsilons = [figure.squares, figure.epsilon()];
        if epsilons.iter().flatten().any(Rational::is_zero) {
            return Err(SchemaError::Epsilon { index });
        }
        Ok(())
    }
}

impl Figure {
    /// The epsilon of a noisy histogram, if one is opened.
    pub fn epsilon(&self) -> Option<Rational> {
        match self.histogram {
            Some(Histogram { opening: Opening::Noisy { epsilon } }) => Some(epsilon),
            _ => None,
        }
    }
}

impl Kpi {
    /// Writes a whole number of steps with the unit, e.g. `12.50 USD`.
    pub fn format(&self, steps: i128) -> String {
        format!("{} {}", self.resolution.format(steps), self.unit)
    }

    fn check(&self) -> Result<(), SchemaError> {
        let limit = 1i64 << 56;
        let fits = self.low > -limit && self.high < limit && self.low <= self.high && self.high - self.low < 1 << 48;
        if !fits {
            return Err(SchemaError::Range { id: self.id.clone() });
        }
        let edges = self.edges.as_slice();
        let rising = edges.windows(2).all(|pair| pair[0] < pair[1]);
        let covers = edges.first() == Some(&self.low) && edges.last() == Some(&(self.high + 1));
        if !rising || !covers || self.edges.bins() > 256 {
            return Err(SchemaError::Edges { id: self.id.clone() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_spaced_edges_cover_the_range() {
        let edges = Edges::log_spaced(0, 10_000, 200_000_000, 32);
        assert_eq!(edges.bins(), 32);
        assert_eq!(edges.as_slice().first(), Some(&0));
        assert_eq!(edges.as_slice().last(), Some(&200_000_001));
        assert_eq!(edges.bin_of(0), Some(0));
        assert_eq!(edges.bin_of(200_000_000), Some(31));
        assert_eq!(edges.bin_of(200_000_001), None);
        assert_eq!(edges.bin_of(-1), None);
        assert_eq!(edges.bin_of(10_000), Some(1));
    }
}

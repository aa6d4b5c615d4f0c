//! What a round opens: sums per cell and figure, and nothing else.

use crate::{Cell, Rational};
use serde::{Deserialize, Serialize};

/// The opened sums of one figure in one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// How many members reported the figure: exact.
    pub count: u64,
    /// Sum of the figure over those members, in steps: exact unless `deviation` says otherwise.
    pub sum: i64,
    /// Standard deviation of the noise on the sum in whole steps, rounded up; none where the sum is exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<u64>,
    /// Members per bin, where a histogram is opened; noisy counts may be negative.
    pub bins: Vec<i64>,
    /// Noisy sum of squares of (value - low), where it is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub squares: Option<String>,
}

/// Why a figure of a cell is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "why", deny_unknown_fields)]
pub enum Hidden {
    /// Fewer members than the policy allows.
    TooFew {
        /// The least number of members the policy shows.
        fewer_than: u64,
    },
    /// Showing it would let someone subtract other results and single members out.
    WouldSingleOut,
    /// The totals do not prove that no member is most of it, as the charter's rules want proved.
    MayBeDominated,
    /// It would be safe by itself, but with it a withheld cell could be worked out.
    WouldReveal,
}

/// One figure of one cell: shown or hidden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FigureTotals {
    /// The sums.
    Opened(Opened),
    /// The reason.
    Hidden(Hidden),
}

/// All figures of one cell, in the order of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellTotals {
    /// The cell.
    pub cell: Cell,
    /// Its figures.
    pub figures: Vec<FigureTotals>,
}

/// What a round opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// One entry per cell of the manifest.
    pub cells: Vec<CellTotals>,
    /// Privacy loss of a member whose figures are all replaced, pure part, all cells together.
    pub epsilon: Rational,
    /// Truncation probability, as a power of two: the loss is `(epsilon, 2^-delta_bits)`.
    pub delta_bits: u32,
}

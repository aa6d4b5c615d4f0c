//! Why a release cannot be drawn.

use guildhall_kpi::Rational;

/// What is wrong with a release that was to be reported.
///
/// A release that contradicts itself is refused whole: leaving out the part that is wrong could hide a
/// value, or what it cost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another format than the one this program reads.
    #[error(
        "the release says its format is {found:?}; this program reports {expected:?}: use a program of its version"
    )]
    Format {
        /// What the release says.
        found: String,
        /// What is read here.
        expected: &'static str,
    },
    /// The unit of privacy is none that a report can name.
    #[error(
        "the release protects {found:?}; a report can name \"row\", \"customer\" or \"member\": write the release again"
    )]
    Unit {
        /// What the release says.
        found: String,
    },
    /// A row or a query points to something the release does not have.
    #[error("{place} refers to {what} number {index}, but the release has {known}: write the release again")]
    Dangling {
        /// Which row or query, counted from 0.
        place: String,
        /// `metric`, `group` or `period`.
        what: &'static str,
        /// Where it points, counted from 0.
        index: usize,
        /// How many there are.
        known: usize,
    },
    /// Two rows speak of the same metric, group and period.
    #[error("row {row} speaks of the same metric, group and period as row {earlier}: keep one of them")]
    Repeated {
        /// The later row, counted from 0.
        row: usize,
        /// The earlier row.
        earlier: usize,
    },
    /// A value or an end of an interval is not a number, or the interval is upside down.
    #[error("row {row} has no interval from a lower to a higher number: write the release again")]
    Interval {
        /// The row, counted from 0.
        row: usize,
    },
    /// A query's raw values and their labels do not match.
    #[error("query {query:?} has {values} raw values but {labels} labels: write the release again")]
    Unlabelled {
        /// Short name of the query.
        query: String,
        /// How many values.
        values: usize,
        /// How many labels.
        labels: usize,
    },
    /// More budget is spent than may ever be.
    #[error("epsilon {spent} is spent of at most {limit}: this release must not be published; check the ledger")]
    Overspent {
        /// Spent so far.
        spent: Rational,
        /// Most that may ever be spent.
        limit: Rational,
    },
}

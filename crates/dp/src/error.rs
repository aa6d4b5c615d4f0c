//! What can go wrong, and how to mend it.

use guildhall_kpi::{Rational, SchemaError};

/// Why a privacy computation was refused. Carries no figure and no noise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An epsilon of zero would need infinite noise.
    #[error("epsilon is zero, which no amount of noise reaches; give an epsilon above zero, such as \"1\" or \"1/2\"")]
    EpsilonZero,
    /// A sensitivity of zero needs no noise.
    #[error("the sensitivity is zero: one member cannot change this column, so it needs no noise; open it exactly")]
    SensitivityZero,
    /// Nobody honest adds noise.
    #[error("no honest noise share is left (u - f_p = 0); choose a quorum u above the number f_p of bad trustees")]
    NoHonestShare,
    /// Fewer shares in the sum than must be honest.
    #[error("{shares} noise shares cannot contain {honest} honest ones; use at least {honest} shares per sum")]
    TooFewShares {
        /// Shares that enter a sum.
        shares: u32,
        /// Shares that must be honest.
        honest: u32,
    },
    /// The noise would be so wide that it cannot be sampled in reasonable time.
    #[error(
        "noise of sensitivity {sensitivity} at epsilon {epsilon} has a scale above {limit} steps, too wide to sample \
         exactly; use a coarser resolution, a larger epsilon, or a histogram instead of squares"
    )]
    ScaleTooLarge {
        /// L1 sensitivity in steps.
        sensitivity: u128,
        /// Epsilon of the column group.
        epsilon: Rational,
        /// Largest scale that is sampled.
        limit: u32,
    },
    /// Shares would not fit the integers the round computes with.
    #[error(
        "noise shares for sensitivity {sensitivity} at epsilon {epsilon} may exceed 2^{bits}; use a coarser resolution"
    )]
    BoundTooLarge {
        /// L1 sensitivity in steps.
        sensitivity: u128,
        /// Epsilon of the column group.
        epsilon: Rational,
        /// Largest magnitude of a share, as a power of two.
        bits: u32,
    },
    /// A zero-concentrated loss so small that no noise of this kind reaches it.
    #[error(
        "a zero-concentrated loss of {rho} with {honest} honest noise shares needs more noise than a share can carry; \
         use a larger epsilon, a smaller bound per customer, fewer figures or a coarser resolution"
    )]
    RhoTooSmall {
        /// The loss asked for.
        rho: Rational,
        /// Shares that must be honest.
        honest: u32,
    },
    /// A loss beyond which the cost of bounded Gaussian shares is not proven, and that protects nobody.
    #[error("noise that costs epsilon {epsilon} protects nobody; a round with Gaussian noise may cost at most {limit}")]
    EpsilonTooLarge {
        /// Epsilon of the round.
        epsilon: Rational,
        /// The most it may be.
        limit: u64,
    },
    /// The random number generator failed; nothing was sampled.
    #[error("the random number generator failed, so no noise was drawn; check the operating system's entropy source")]
    Randomness,
    /// The schema breaks a rule of its own.
    #[error("the schema cannot be priced: {0}")]
    Schema(#[from] SchemaError),
    /// An exact total does not fit a ratio of two 64-bit integers.
    #[error("the total epsilon is not a ratio of two 64-bit integers; write every epsilon with a common denominator")]
    TooFine,
    /// A charge would exceed the limit; nothing was charged.
    #[error(
        "this costs epsilon {asked}, but {spent} of {limit} is already spent on this data window; lower the \
         epsilons, open fewer figures or cells, or agree on a higher limit"
    )]
    EpsilonExhausted {
        /// Epsilon of the refused charge.
        asked: Box<num_rational::BigRational>,
        /// Epsilon charged before.
        spent: Box<num_rational::BigRational>,
        /// Agreed limit.
        limit: Box<num_rational::BigRational>,
    },
    /// A charge would exceed the limit on delta; nothing was charged.
    #[error(
        "this would bring delta above 2^-{limit_bits} for this data window; open fewer noisy columns or agree on a \
         higher limit"
    )]
    DeltaExhausted {
        /// The limit on delta is `2^-limit_bits`.
        limit_bits: u32,
    },
    /// A charge would exceed the limit in zero-concentrated privacy; nothing was charged.
    #[error(
        "this costs rho {asked}, but {spent} of {limit} is already spent on this data window; lower rho, release less, \
         or agree on a higher limit"
    )]
    RhoExhausted {
        /// Rho of the refused charge, pure parts counted as epsilon^2 / 2.
        asked: Box<num_rational::BigRational>,
        /// Rho charged before.
        spent: Box<num_rational::BigRational>,
        /// Agreed limit.
        limit: Box<num_rational::BigRational>,
    },
    /// A privacy parameter below zero.
    #[error("{value} is below zero; privacy parameters are never negative, give zero or more")]
    NegativeParameter {
        /// The value.
        value: Box<num_rational::BigRational>,
    },
    /// A conversion between privacy measures at a delta that has no use.
    #[error("cannot convert at delta 2^-{bits}; give a delta between 2^-1 and 2^-1000, such as 2^-40")]
    ConversionDelta {
        /// The delta asked for is `2^-bits`.
        bits: u32,
    },
    /// A rho so large that no epsilon is worth stating.
    #[error("rho {rho} gives no protection worth stating as an epsilon; use a rho below {limit}")]
    RhoTooLarge {
        /// The rho.
        rho: Box<num_rational::BigRational>,
        /// Largest rho that is converted.
        limit: u32,
    },
    /// Noise wider than 64-bit results allow.
    #[error("the noise would be wider than 2^{bits} steps; use a narrower range, a coarser step or a larger epsilon")]
    NoiseTooWide {
        /// The largest scale, as a power of two.
        bits: u32,
    },
    /// The mechanism's own privacy map contradicts the price: a defect, so nothing is released.
    #[error("the noise does not keep the privacy that was priced, so nothing was released; please report this defect")]
    Calibration,
    /// Bounds under which nothing can be contributed.
    #[error(
        "rows and groups per unit must be 1 to 65536 together, and the range {low}..{high} must rise by less than 2^48 \
         steps; choose the range from public knowledge"
    )]
    Bounds {
        /// Low end of the range.
        low: i64,
        /// High end of the range.
        high: i64,
    },
    /// Bounds other than one where the unit is the row.
    #[error("a row is one row in one group; name the customer or member as unit to bound more than that")]
    RowsAreOnce,
    /// A group beyond those declared.
    #[error("a row names group {group}, but {groups} groups are declared; declare it, or map it to \"other\"")]
    NoSuchGroup {
        /// The group's index.
        group: usize,
        /// Groups declared.
        groups: usize,
    },
    /// An answer beyond those declared.
    #[error("a row gives answer {answer}, but {answers} answers are declared, counted from 0; drop or map the row")]
    NoSuchAnswer {
        /// The answer.
        answer: i64,
        /// Answers declared.
        answers: usize,
    },
    /// A table without cells, with too many, or with another number of cells than its groups and columns say.
    #[error("{groups} groups with {columns} numbers each do not fit the table; give 1 to 2^26 numbers in all")]
    TableSize {
        /// Groups.
        groups: usize,
        /// Numbers per group.
        columns: usize,
    },
    /// A sum that no clipped values can have.
    #[error("group {group}: the sum lies outside count times range; clip every value to the range before summing")]
    NotClipped {
        /// The group's index.
        group: usize,
    },
    /// A sum beyond the integers the release computes with.
    #[error("a count or sum exceeds 2^62; use a coarser step, or release parts of the table")]
    Overflow,
    /// A group of a hierarchy without parent.
    #[error("each of the {groups} groups needs one of the {parents} parents")]
    NoParent {
        /// Groups.
        groups: usize,
        /// Parents.
        parents: usize,
    },
    /// Candidates of a quantile that do not rise.
    #[error("candidates must be at least two values that rise strictly; use 200 or more from public knowledge")]
    Candidates,
    /// A probability that no quantile has.
    #[error("give quantiles as probabilities between 0 and 1, such as 1/2, with denominators up to 10000")]
    Probability,
    /// A key declared twice.
    #[error("the group {key:?} is declared twice")]
    KeyTwice {
        /// The key.
        key: String,
    },
    /// No threshold makes unknown keys private enough.
    #[error("no threshold keeps keys of single units hidden; give a delta between 0 and 1 such as 1/1000000")]
    KeyDelta,
    /// A threshold was searched for other bounds than the data have.
    #[error("the threshold for unknown keys was searched for other bounds; plan the query with the bounds of the data")]
    OtherBounds,
    /// Too few members, or a number of bins no histogram has.
    #[error("nothing to predict for {members} members and {bins} bins; give at least one member and 2 to 256 bins")]
    NothingToPredict {
        /// Members expected.
        members: u64,
        /// Bins of the histogram.
        bins: u32,
    },
    /// The outputs to audit do not divide into runs.
    #[error("{figures} figures do not divide into runs of {width}; give every run equally many figures, at least one")]
    RaggedOutputs {
        /// Figures in all.
        figures: usize,
        /// Figures per run.
        width: usize,
    },
    /// An output to audit is NaN or infinite.
    #[error("figure {figure} of run {run} is not a finite number; leave such runs out on both sides, or report them")]
    OutputNotFinite {
        /// The run, counted from 1.
        run: usize,
        /// The figure in it, counted from 1.
        figure: usize,
    },
    /// The two sides of an audit cannot be compared.
    #[error(
        "the two data sets have {} and {} runs of {} and {} figures; give equally many of both", runs.0, runs.1, width.0,
        width.1
    )]
    UnequalOutputs {
        /// Runs on each side.
        runs: (usize, usize),
        /// Figures per run on each side.
        width: (usize, usize),
    },
    /// Too few runs for an audit to say anything.
    #[error("{runs} runs are too few for an audit; give at least {fewest}, better 100,000")]
    TooFewRuns {
        /// Runs given.
        runs: usize,
        /// Fewest that are accepted.
        fewest: usize,
    },
}

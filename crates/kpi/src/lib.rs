//! What Guildhall compares, and nothing about how it is kept private.
//!
//! The walk of the main job starts and ends here: a member's rows become a [`KpiVector`] under a
//! [`Schema`], a round opens [`Totals`] for the cells of its cohort, and [`Benchmark::from_totals`]
//! turns those into the statistics a report shows.
//!
//! Every value before the report is an integer: a number of *steps* of the KPI's [`Step`]. Floating
//! point appears only in [`Benchmark`], and there only through operations that IEEE 754 rounds
//! exactly, so that two machines derive the same bytes.
//!
//! Not here: cryptography, noise, files, networks.

mod benchmark;
mod cell;
mod place;
mod quantile;
mod rational;
mod release;
mod schema;
mod step;
mod totals;
mod vector;

pub use benchmark::{
    Benchmark, CellLine, CustomerSpending, Estimate, KpiLine, NoisyTotal, Outcome, Provenance, Row, Spending,
    Statistics,
};
pub use cell::{Cell, Segment};
pub use place::{Against, Middle, Place, Side};
pub use quantile::{NoisyHistogram, Quantile};
pub use rational::{Rational, RationalError};
pub use release::{MetricLine, Protection, QueryLine, Release, ReleaseOutcome, ReleaseRow, ReleaseValue, Suppression};
pub use schema::{
    Direction, Edges, Figure, Histogram, Kpi, Noise, NoisySum, Opening, PrivacyUnit, Schema, SchemaError,
};
pub use step::{Step, StepError};
pub use totals::{CellTotals, FigureTotals, Hidden, Opened, Totals};
pub use vector::{KpiVector, VectorError};

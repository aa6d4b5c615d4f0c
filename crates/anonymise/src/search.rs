//! Finding out how coarse each column or each group of rows must be.

mod lattice;
mod mondrian;
mod snapshots;

pub use lattice::{MOST_NODES, NodeReport, Solution, explore, optimum};
pub use mondrian::{Part, mondrian};

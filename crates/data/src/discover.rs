//! Finds personal data in text and in tables, and says how likely it is and why.

#![allow(dead_code, reason = "columns come next")]

mod check;
mod kind;
mod likelihood;
mod mask;
mod scanner;

pub use kind::{Kind, Role, Sensitivity};
pub use likelihood::Likelihood;
pub use scanner::{Finding, Hints, find};

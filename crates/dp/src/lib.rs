//! The differential privacy of a round: how trustees draw noise, what it costs a member, what it
//! does to a result. Where one curator holds the rows, [`central`] releases from them.
//!
//! The walk: a [`Schema`](guildhall_kpi::Schema) says what is opened with noise;
//! [`column_groups`] gives the sensitivity of each group of columns when one member's figures are
//! replaced, or one customer's part of a sum is taken out; [`ColumnGroup::plan`] turns it into a
//! [`SharePlan`], Laplace or Gaussian; each trustee draws one [`NoiseBlock`] per opened cell and
//! column group; [`round_cost`] is what the manifest states and the certificate charges, for members
//! and for customers. Before any of that, [`Setting::predict`] says whether
//! anything useful would come out.
//!
//! Privacy parameters are exact rationals from the text a person wrote to the ledger entry. No
//! function takes an epsilon as a float, so that NaN, infinity and negative values cannot be
//! expressed. Floats appear only in predictions of error and in the recomputation of known answers.
//!
//! Assumptions: at least `h` of the noise shares in a sum come from trustees that follow the
//! protocol and keep them secret; the operating system seeds OpenSSL's generator.
//!
//! Not here: how shares are summed without being seen and how their range is proved (`mpc`), when a
//! charge becomes durable (`ledger`).

mod account;
pub mod audit;
pub mod central;
pub mod disclosure;
mod error;
pub mod gaussian;
mod noise;
mod polya;
mod predict;
mod sensitivity;
pub mod truncation;

pub use account::{Budget, Ceiling, Charge, Filter, Limit, Loss, Measure, Odometer, Rho};
pub use error::Error;
pub use gaussian::GaussianPlan;
pub use noise::{NoiseBlock, NoisePlan, NoiseScale, SharePlan};
pub use predict::{Advice, Prediction, RankErrors, Setting, Verdict, suggested_bins};
pub use sensitivity::{
    CONVERSION_DELTA_BITS, Cells, ColumnGroup, Columns, LAPLACE_SUMS, Law, PeriodCost, RoundCost, column_groups,
    even_noise, round_cost, suitable_law,
};

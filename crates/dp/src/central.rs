//! The central model: one trusted curator holds the rows and releases noisy results.
//!
//! The walk: rows enter [`UnitRows`] (or [`KeyRows`] where groups are not declared), which bounds what a
//! unit contributes and yields [`BoundedCounts`], [`BoundedSums`], [`BoundedBins`] or [`BoundedKeys`];
//! these have a price, and `release` charges it to an [`Account`], draws the noise and returns
//! [`NoisyCounts`], [`NoisySums`], [`NoisyQuantiles`] or [`NoisyKeys`]. Estimates with intervals are computed from
//! the raw noisy values, at no further cost.
//!
//! Sources: disjoint histograms (parallel composition; McSherry 2009) and complementary sums, in which one
//! unit moves both sums by the span in all; the noise is OpenDP's exact discrete Laplace and discrete Gaussian (Canonne, Kamath and
//! Steinke, 2020) over integers, with its privacy map checked against the price.
//!
//! # Privacy
//! Neighbouring data sets differ by all rows of one [`Unit`], added or removed. The unit, not the row,
//! is what a release hides. The bounds are enforced on the way in: no mechanism accepts anything but a
//! `Bounded...` value, and only this module makes them. A release without a charge does not compile:
//!
//! ```compile_fail,E0061
//! # use guildhall_dp::central::*;
//! # let data = BoundedCounts::of_rows(1, 2, vec![80, 920]).unwrap();
//! data.release(Mechanism::Laplace { epsilon: "1".parse().unwrap() });
//! ```
//!
//! Assumptions: the curator is trusted, the operating system seeds OpenSSL's generator, groups and
//! candidates are public. Not here: durable budgets (`ledger`), what a metric means (`trust`), results
//! of a secure sum (the rest of this crate).
//!
//! ```
//! use guildhall_dp::central::{Bounds, Mechanism, Unit, UnitRows};
//! use guildhall_dp::{Filter, Limit, Loss};
//!
//! let mut rows = UnitRows::new(Unit::Customer, Bounds::once())?;
//! for customer in 0..1000u32 {
//!     let left = u32::from(customer % 12 == 0);
//!     rows.push(&customer.to_le_bytes(), 0, left.into());
//! }
//! let counts = rows.counts(1, 2)?;
//!
//! let loss = Loss::of("2".parse()?, 0, 0);
//! let mut budget = Filter::new(Limit::Approx { loss, delta_bits: 40 })?;
//! let noisy = counts.release(Mechanism::Laplace { epsilon: "1".parse()? }, &mut budget)?;
//! let churn = noisy.rate(0, &[1])?;
//! assert!(churn.population.low < 0.0834 && 0.0834 < churn.population.high);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bounding;
mod counts;
mod estimate;
mod forecast;
mod keys;
mod mean;
mod noise;
mod noisy;
mod price;
mod quantiles;
mod simulate;
mod sums;

pub use bounding::{Bounds, Kept, KeyRows, UnitRows};
pub use counts::{BoundedCounts, NoisyCounts};
pub use estimate::{Estimate, Interval, LEAST_UNITS, Withheld};
pub use forecast::{Expected, Forecast};
pub use keys::{BoundedKeys, DeclaredKeys, KeyPlan, KeyQuery, NoisyKeys};
pub use mean::Clipping;
pub use noise::Noise;
pub use price::{Account, Mechanism, Price, Unit};
pub use quantiles::{BoundedBins, NoisyQuantiles, QuantileQuery};
pub use sums::{BoundedSums, GroupSum, NoisySums};

#[cfg(test)]
mod tests;

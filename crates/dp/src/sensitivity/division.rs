//! How the epsilon of a round is divided over the noisy sums one unit touches, and which law their noise gets.
//!
//! Source: notes, section 4.1. Laplace noise costs a pure epsilon and is best for few sums; its width grows with their
//! number. That of Gaussian noise grows with the root of their number, at the price of a delta. Up to eight sums are
//! given Laplace noise where its shares can be drawn; exact Polya shares take time in proportion to their width.

use super::CONVERSION_DELTA_BITS;
use crate::{Error, NoisePlan, Rho};
use guildhall_kpi::{Noise, Rational};

/// Most sums of one unit that get Laplace noise unless a study asks for it.
pub const LAPLACE_SUMS: u64 = 8;

/// The law of noise on sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// Discrete Laplace.
    Laplace,
    /// Sums of discrete Gaussians.
    Gaussian,
}

/// The noise of each of `sums` sums that together cost one unit at most `epsilon`.
///
/// # Errors
/// If an exact share of the loss cannot be written with 64-bit integers, or nothing is left for each.
pub fn even_noise(epsilon: Rational, sums: u64, law: Law) -> Result<Noise, Error> {
    let sums = sums.max(1);
    let share = |loss: Rational| {
        let denominator = loss.denominator().checked_mul(sums).ok_or(Error::TooFine)?;
        Rational::new(loss.numerator(), denominator).filter(|share| !share.is_zero()).ok_or(Error::EpsilonZero)
    };
    match law {
        Law::Laplace => Ok(Noise::Laplace { epsilon: share(epsilon)? }),
        Law::Gaussian => {
            let rho = Rho::largest_for(epsilon, CONVERSION_DELTA_BITS)?.rational()?;
            Ok(Noise::Gaussian { rho: share(rho)? })
        }
    }
}

/// The law that suits `sums` sums of one unit, the widest of which it changes by up to `bound` steps.
pub fn suitable_law(epsilon: Rational, sums: u64, bound: u64, honest: u32) -> Law {
    let drawable = || match even_noise(epsilon, sums, Law::Laplace) {
        Ok(Noise::Laplace { epsilon }) => NoisePlan::for_epsilon(epsilon, bound, honest).is_ok(),
        _ => false,
    };
    if sums <= LAPLACE_SUMS && drawable() { Law::Laplace } else { Law::Gaussian }
}

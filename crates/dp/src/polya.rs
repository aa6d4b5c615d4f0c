//! Exact draws of the difference of two Polya (negative binomial) variables.
//!
//! Source: the sum of `h` independent differences `X - Y` with `X, Y ~ NB(1/h, a)`,
//! `a = exp(-1/scale)`, is discrete Laplace noise of that scale (Goryczka and Xiong, 2015;
//! Balle, Bell, Gascon and Nissim, 2020). `NB(1/h, a)` has
//! `P(k) = (1-a)^(1/h) a^k prod_{j=1..k} (1 + h (j-1)) / (h j)`, every factor at most 1, so a geometric
//! proposal accepted with that product is exact: only rational coin flips, no floats, no logarithms.
//! A geometric variable is a discrete Laplace variable `k` folded at zero: `k` if it is not negative,
//! `-k - 1` if it is, for both halves fall by the same factor `a` per step.
//!
//! Randomness and the two samplers are OpenDP's (Canonne, Kamath and Steinke, 2020).
//! Expected proposals per draw: `(1-a)^-(1-1/h)`, at most about the scale.

use crate::Error;
use dashu::integer::UBig;
use dashu::rational::RBig;
use opendp::traits::samplers::{sample_bernoulli_rational, sample_discrete_laplace};

/// Draws `X - Y`; `None` where it does not fit 64 bits, which a caller that bounds it redraws.
pub(crate) fn sample_difference(scale: &RBig, honest: u32) -> Result<Option<i64>, Error> {
    if honest == 1 {
        let noise = sample_discrete_laplace(scale.clone()).map_err(|_| Error::Randomness)?;
        return Ok(i64::try_from(noise).ok());
    }
    let (plus, minus) = (sample_polya(scale, honest)?, sample_polya(scale, honest)?);
    Ok(plus.checked_sub(minus))
}

/// Draws from `NB(1/honest, exp(-1/scale))`.
pub(crate) fn sample_polya(scale: &RBig, honest: u32) -> Result<i64, Error> {
    loop {
        let proposal = sample_geometric(scale)?;
        if accepts(proposal, honest)? {
            return Ok(proposal);
        }
    }
}

/// Draws from `P(k) = (1-a) a^k`; a draw beyond 63 bits (probability below `exp(-2^50)`) is redrawn.
fn sample_geometric(scale: &RBig) -> Result<i64, Error> {
    loop {
        let noise = sample_discrete_laplace(scale.clone()).map_err(|_| Error::Randomness)?;
        if let Ok(noise) = i64::try_from(noise) {
            return Ok(if noise < 0 { !noise } else { noise });
        }
    }
}

/// Flips [`coin`] for `j = 1..=value`, stopping at the first failure.
fn accepts(value: i64, honest: u32) -> Result<bool, Error> {
    for j in 1..=value.unsigned_abs() {
        if !sample_bernoulli_rational(coin(j, honest)).map_err(|_| Error::Randomness)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The exact probability `(1 + h (j-1)) / (h j)`, for `j` from 1.
fn coin(j: u64, honest: u32) -> RBig {
    let denominator = UBig::from(honest) * UBig::from(j);
    let numerator = &denominator + UBig::ONE - UBig::from(honest);
    RBig::from_parts(numerator.into(), denominator)
}

#[cfg(test)]
mod tests;

//! The mechanisms of this crate as subjects of an audit, each by the code path that releases use.
//!
//! Randomness is OpenDP's, from the operating system: it cannot be seeded, and every audit is a fresh one.

use super::{Claim, Law, Side, Subject};
use crate::{Error, NoisePlan};
use dashu::rational::RBig;
use guildhall_kpi::Rational;
use opendp::traits::samplers::sample_discrete_gaussian;

/// Shares that must be honest.
const HONEST: u32 = 3;

/// Every mechanism of this crate, calibrated to this epsilon.
///
/// # Errors
/// If epsilon is zero or too small to sample for.
pub fn shipped(epsilon: Rational) -> Result<Vec<Subject>, Error> {
    Ok(vec![laplace(epsilon)?, shares(epsilon)?, block(epsilon)?, gaussian(epsilon)?])
}

/// Discrete Laplace noise on a count, through a plan of one honest share.
fn laplace(epsilon: Rational) -> Result<Subject, Error> {
    let plan = NoisePlan::for_epsilon(epsilon, 1, 1)?;
    let subject = Subject::new(
        "laplace",
        "discrete Laplace noise on a count; one unit added",
        bounded(epsilon, 1, &plan),
        1,
        move |side, _, figures| {
            figures.push((count(side) + plan.sample_share()?) as f64);
            Ok(())
        },
    );
    Ok(subject.with_law(Law::discrete_laplace(plan.scale()), vec![0], vec![1]))
}

/// The sum of the honest trustees' shares of the noise on a count; more shares are further independent noise.
fn shares(epsilon: Rational) -> Result<Subject, Error> {
    let plan = NoisePlan::for_epsilon(epsilon, 1, HONEST)?;
    let subject = Subject::new(
        "noise-shares",
        "three honest noise shares on a count; one unit added",
        bounded(epsilon, 1, &plan),
        1,
        move |side, _, figures| {
            let noise: i64 = plan.sample_block(HONEST as usize)?.into_shares().iter().sum();
            figures.push((count(side) + noise) as f64);
            Ok(())
        },
    );
    Ok(subject.with_law(Law::noise_shares(plan.scale(), HONEST, HONEST), vec![0], vec![1]))
}

/// A histogram of two bins with a block of noise shares from each honest trustee; a unit changes its bin.
fn block(epsilon: Rational) -> Result<Subject, Error> {
    let plan = NoisePlan::for_epsilon(epsilon, 2, HONEST)?;
    let bins = |side: Side| if side == Side::First { [1i64, 0] } else { [0, 1] };
    let subject = Subject::new(
        "noise-blocks",
        "a histogram with blocks of noise shares; one unit changes its bin",
        bounded(epsilon, 2, &plan),
        2,
        move |side, _, figures| {
            let mut noisy = bins(side);
            for _ in 0..HONEST {
                let block = plan.sample_block(noisy.len())?.into_shares();
                noisy.iter_mut().zip(block.iter()).for_each(|(bin, share)| *bin += share);
            }
            figures.extend(noisy.map(|bin| bin as f64));
            Ok(())
        },
    );
    let law = Law::discrete_laplace(plan.scale());
    Ok(subject.with_law(law, bins(Side::First).to_vec(), bins(Side::Second).to_vec()))
}

/// OpenDP's discrete Gaussian on a count, at the least sigma in quarters that keeps delta at `1e-5`.
fn gaussian(epsilon: Rational) -> Result<Subject, Error> {
    if epsilon.is_zero() {
        return Err(Error::EpsilonZero);
    }
    let delta = Rational::new(1, 100_000).unwrap_or(Rational::ZERO);
    let quarters = quarters_of_sigma(epsilon.to_f64(), delta.to_f64());
    let sigma = f64::from(quarters) / 4.0;
    let scale = RBig::from_parts(quarters.into(), 4u8.into());
    let subject = Subject::new(
        "gaussian",
        "discrete Gaussian noise on a count; one unit added",
        Claim { epsilon, delta },
        1,
        move |side, _, figures| {
            let noise = sample_discrete_gaussian(scale.clone()).map_err(|_| Error::Randomness)?;
            figures.push(count(side) as f64 + noise.to_f64().value());
            Ok(())
        },
    );
    Ok(subject.with_law(Law::discrete_gaussian(sigma), vec![0], vec![1]))
}

fn quarters_of_sigma(epsilon: f64, delta: f64) -> u32 {
    let enough = |quarters: u32| Law::discrete_gaussian(f64::from(quarters) / 4.0).delta(epsilon, 1) <= delta;
    let mut high = 1;
    while !enough(high) && high < 1 << 14 {
        high *= 2;
    }
    let (mut low, mut high) = (high / 2, high);
    while high - low > 1 {
        let middle = low.midpoint(high);
        if enough(middle) { high = middle } else { low = middle }
    }
    high
}

/// The exact count on each side.
const fn count(side: Side) -> i64 {
    match side {
        Side::First => 0,
        Side::Second => 1,
    }
}

/// The claim of a plan whose shares are bounded, for a unit that touches so many coordinates.
fn bounded(epsilon: Rational, coordinates: u64, plan: &NoisePlan) -> Claim {
    let delta = Rational::new(coordinates, 1 << plan.delta_bits_per_coordinate()).unwrap_or(Rational::ZERO);
    Claim { epsilon, delta }
}

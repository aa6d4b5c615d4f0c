//! The mechanisms of this crate as subjects of an audit, each by the code path that releases use.
//!
//! Randomness is OpenDP's, from the operating system: it cannot be seeded, and every audit is a fresh one.

mod central;

use super::{Claim, Law, Side, Subject};
use crate::{Error, GaussianPlan, NoisePlan, Rho, gaussian};
use guildhall_kpi::Rational;

/// Shares that must be honest.
const HONEST: u32 = 3;

/// Gaussian noise is claimed with a delta of `2^-DELTA_BITS`, and what cutting its shares costs.
const DELTA_BITS: u32 = 20;

/// Every mechanism of this crate, calibrated to this epsilon.
///
/// # Errors
/// If epsilon is zero or too small to sample for.
pub fn shipped(epsilon: Rational) -> Result<Vec<Subject>, Error> {
    let distributed = vec![laplace(epsilon)?, shares(epsilon)?, block(epsilon)?, gaussian_shares(epsilon)?];
    Ok(distributed.into_iter().chain(central::subjects(epsilon)?).collect())
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

/// Discrete Gaussian noise shares on two figures, both of which the unit changes.
fn gaussian_shares(epsilon: Rational) -> Result<Subject, Error> {
    const FIGURES: usize = 2;
    let rho = Rho::largest_for(epsilon, DELTA_BITS)?.rational()?;
    let each = rho.denominator().checked_mul(FIGURES as u64).and_then(|den| Rational::new(rho.numerator(), den));
    let plan = GaussianPlan::new(each.ok_or(Error::TooFine)?, 1, HONEST)?;
    let cut = Rational::new(FIGURES as u64, 1 << gaussian::DELTA_BITS);
    let delta = Rational::new(1, 1 << DELTA_BITS).zip(cut).and_then(|(delta, cut)| delta.checked_add(cut));
    let claim = Claim { epsilon, delta: delta.ok_or(Error::TooFine)? };
    let subject = Subject::new(
        "gaussian-shares",
        "three honest Gaussian noise shares on each of two counts; one unit added to both",
        claim,
        FIGURES,
        move |side, _, figures| {
            let mut noisy = [count(side); FIGURES];
            for _ in 0..HONEST {
                let block = plan.sample_block(FIGURES)?.into_shares();
                noisy.iter_mut().zip(block.iter()).for_each(|(figure, share)| *figure += share);
            }
            figures.extend(noisy.map(|figure| figure as f64));
            Ok(())
        },
    );
    let law = Law::discrete_gaussian(plan.sum_variance(HONEST).sqrt());
    Ok(subject.with_law(law, vec![0; FIGURES], vec![1; FIGURES]))
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

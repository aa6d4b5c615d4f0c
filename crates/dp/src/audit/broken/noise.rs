//! Seeded noise through floats, for broken mechanisms only.

use rand::Rng;
use rand::RngExt;
use rand_distr::{Distribution, Gamma, Geometric, Poisson};

/// Discrete Laplace noise: the difference of two geometric variables.
pub(super) fn discrete_laplace(scale: f64, random: &mut impl Rng) -> f64 {
    polya_difference(scale, 1.0, random)
}

/// The difference of two negative binomial variables of this shape; shape 1 is discrete Laplace noise.
pub(super) fn polya_difference(scale: f64, shape: f64, random: &mut impl Rng) -> f64 {
    let a = (-1.0 / scale).exp();
    if shape == 1.0 {
        let Ok(geometric) = Geometric::new(1.0 - a) else { return 0.0 };
        return geometric.sample(random) as f64 - geometric.sample(random) as f64;
    }
    let Ok(rate) = Gamma::new(shape, a / (1.0 - a)) else { return 0.0 };
    let mut one = || Poisson::new(rate.sample(random)).map_or(0.0, |law| law.sample(random));
    one() - one()
}

/// Laplace noise by inversion in floats, as many libraries once did it.
pub(super) fn naive_laplace(scale: f64, random: &mut impl Rng) -> f64 {
    let uniform: f64 = random.random::<f64>() - 0.5;
    -scale * uniform.signum() * (1.0 - 2.0 * uniform.abs()).max(f64::MIN_POSITIVE).ln()
}

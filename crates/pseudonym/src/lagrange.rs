//! Interpolation over trustees' numbers, which are small: so are its coefficients, up to one common divisor.

use crate::key::NodeId;
use curve25519_dalek::traits::Identity;
use curve25519_dalek::{RistrettoPoint, Scalar};

/// The coefficients with which the values at `nodes` give the value at `at`.
pub(crate) fn coefficients(nodes: &[NodeId], at: u8) -> Vec<Scalar> {
    let at = Scalar::from(at);
    let of = |node: &NodeId| {
        let own = Scalar::from(node.number());
        let others = nodes.iter().filter(|other| *other != node).map(|other| Scalar::from(other.number()));
        let (above, below) = others
            .fold((Scalar::ONE, Scalar::ONE), |(above, below), other| (above * (at - other), below * (own - other)));
        above * below.invert()
    };
    nodes.iter().map(of).collect()
}

/// Interpolation at zero, with whole numbers where they are small enough.
pub(crate) enum AtZero {
    /// The sum of `weight * value`, divided by the divisor, is the value at zero.
    Small(Vec<i64>, Scalar),
    /// The same with full coefficients and no divisor.
    Full(Vec<Scalar>),
}

impl AtZero {
    pub(crate) fn new(nodes: &[NodeId]) -> Self {
        small(nodes).map_or_else(|| Self::Full(coefficients(nodes, 0)), |(weights, d)| Self::Small(weights, d.into()))
    }

    /// What [`Self::combined`] must still be divided by.
    pub(crate) const fn divisor(&self) -> Scalar {
        match self {
            Self::Small(_, divisor) => *divisor,
            Self::Full(_) => Scalar::ONE,
        }
    }

    /// The weighted sum of points. Variable time: points and weights are public.
    pub(crate) fn combined(&self, points: &[RistrettoPoint]) -> RistrettoPoint {
        match self {
            Self::Small(weights, _) => small_sum(weights, points),
            Self::Full(weights) => {
                use curve25519_dalek::traits::VartimeMultiscalarMul;
                RistrettoPoint::vartime_multiscalar_mul(weights, points)
            }
        }
    }
}

/// Whole weights and their common divisor: `lambda_i = prod_j j / (j - i)` over a common denominator.
fn small(nodes: &[NodeId]) -> Option<(Vec<i64>, u64)> {
    let fraction = |node: &NodeId| {
        let own = i128::from(node.number());
        let others = nodes.iter().filter(|other| *other != node).map(|other| i128::from(other.number()));
        others.into_iter().try_fold((1i128, 1i128), |(above, below), other| {
            let (above, below) = (above.checked_mul(other)?, below.checked_mul(other - own)?);
            let shared = common(above, below);
            Some((above / shared, below / shared))
        })
    };
    let fractions: Vec<(i128, i128)> = nodes.iter().map(fraction).collect::<Option<_>>()?;
    let divisor =
        fractions.iter().try_fold(1i128, |all, (_, below)| (all / common(all, *below)).checked_mul(below.abs()))?;
    let weight = |(above, below): &(i128, i128)| i64::try_from(above.checked_mul(divisor / below)?).ok();
    let weights = fractions.iter().map(weight).collect::<Option<_>>()?;
    Some((weights, u64::try_from(divisor).ok()?))
}

fn common(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// Doubles and adds over all points at once, from the highest bit of the largest weight.
fn small_sum(weights: &[i64], points: &[RistrettoPoint]) -> RistrettoPoint {
    let widest = weights.iter().map(|weight| weight.unsigned_abs()).max().unwrap_or(0);
    let mut sum = RistrettoPoint::identity();
    for bit in (0..u64::BITS - widest.leading_zeros()).rev() {
        sum += sum;
        for (weight, point) in weights.iter().zip(points).filter(|(weight, _)| weight.unsigned_abs() >> bit & 1 == 1) {
            if *weight < 0 {
                sum -= point;
            } else {
                sum += point;
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every quorum interpolates a random polynomial rightly, by whole numbers and by full coefficients.
    #[test]
    fn small_weights_interpolate_as_full_ones() {
        for (nodes, threshold) in [(3u8, 2u32), (5, 3), (10, 7), (32, 20)] {
            let secret: Vec<Scalar> = (0..threshold).map(|_| crate::random::scalar().expect("random")).collect();
            let value = |x: u8| secret.iter().rev().fold(Scalar::ZERO, |sum, c| sum * Scalar::from(x) + c);
            let ids: Vec<NodeId> =
                (1..=nodes).rev().take(threshold as usize).map(|n| NodeId::new(n).expect("id")).collect();
            let points: Vec<RistrettoPoint> =
                ids.iter().map(|n| RistrettoPoint::mul_base(&value(n.number()))).collect();
            let joint = RistrettoPoint::mul_base(&secret[0]);
            let at_zero = AtZero::new(&ids);
            assert_eq!(at_zero.combined(&points) * at_zero.divisor().invert(), joint, "{threshold} of {nodes}");
            assert_eq!(AtZero::Full(coefficients(&ids, 0)).combined(&points), joint);
            assert!(nodes > 10 || matches!(at_zero, AtZero::Small(..)), "{nodes}");
        }
    }
}

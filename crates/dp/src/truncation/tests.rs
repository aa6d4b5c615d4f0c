use super::*;
use guildhall_kpi::Rational;

fn scale(numerator: u64, denominator: u64) -> NoiseScale {
    let epsilon = Rational::new(denominator, 1).expect("non-zero");
    NoiseScale::new(numerator.into(), epsilon).expect("samplable")
}

fn bits(delta: f64) -> f64 {
    -delta.log2()
}

/// Cosine inversion of the characteristic function `((1-a)^2 / (1 - 2a cos t + a^2))^(1/h)`: an independent route.
fn by_inversion(scale: f64, honest: u32, d: usize) -> f64 {
    let a = (-1.0 / scale).exp();
    let points = 1 << 12;
    let angle = |j: usize| std::f64::consts::TAU * j as f64 / points as f64;
    let value = |t: f64| ((1.0 - a).powi(2) / (1.0 - 2.0 * a * t.cos() + a * a)).powf(1.0 / f64::from(honest));
    (0..points).map(|j| value(angle(j)) * (angle(j) * d as f64).cos()).sum::<f64>() / points as f64
}

#[test]
fn share_probabilities_agree_with_the_characteristic_function() {
    for (width, honest) in [(1.0, 1), (1.0, 3), (2.0, 2), (4.0, 3), (10.0, 20), (0.5, 4)] {
        let law = share_probabilities(width, honest, 60);
        for (d, p) in law.iter().enumerate() {
            assert!((p - by_inversion(width, honest, d)).abs() < 1e-13, "scale {width}, h {honest}, d {d}");
        }
    }
}

/// Oracle: h-fold convolution of NB(1/h, a) is geometric, the difference of two geometrics discrete Laplace.
#[test]
fn all_shares_together_are_discrete_laplace() {
    for (width, honest) in [(1.0f64, 3), (2.0, 5), (2.0, 20)] {
        let (a, last) = ((-1.0 / width).exp(), 150);
        let share = mirrored(&share_probabilities(width, honest, last));
        let sum = (1..honest).fold(share.clone(), |sum, _| convolve(&sum, &share, last));
        for k in 0..40i32 {
            let laplace = (1.0 - a) / (1.0 + a) * a.powi(k);
            assert!((sum[last + k as usize] - laplace).abs() < 1e-13, "scale {width}, h {honest}, k {k}");
        }
    }
}

/// The table of the review's amendment A11, epsilon 1, sensitivity 1 (its last entry lost a digit to
/// cancellation: 8.1e-15 without).
#[test]
fn truncation_table_to_two_digits() {
    let table = [(2, [2.0e-3, 1.0e-5, 5.7e-8, 3.4e-10, 1.3e-14]), (3, [1.6e-3, 7.6e-6, 4.0e-8, 2.3e-10, 8.2e-15])];
    for (honest, row) in table {
        for (scales, known) in [5, 10, 15, 20, 30].into_iter().zip(row) {
            let delta = delta_per_coordinate(scale(1, 1), 1, honest, scales);
            assert!((delta / known - 1.0).abs() < 0.03, "h {honest}, B {scales}: {delta:e} against {known:e}");
        }
    }
}

/// One share alone: delta is the mass of the topmost `shift` points, known in closed form.
#[test]
fn one_share_in_closed_form() {
    for (width, shift, bound) in [(1u64, 1u64, 10u64), (4, 2, 60), (3, 3, 40)] {
        let a = (-1.0 / width as f64).exp();
        let point = |k: u64| (1.0 - a) / (1.0 + a) * a.powi(k as i32);
        let kept = 1.0 - 2.0 * point(bound + 1) / (1.0 - a);
        let known = (bound - shift + 1..=bound).map(point).sum::<f64>() / kept;
        let delta = delta_per_coordinate(scale(width, 1), shift, 1, bound);
        assert!((delta / known - 1.0).abs() < 1e-9, "{delta:e} against {known:e}");
    }
}

/// The shipped bound keeps 2^-40 at every epsilon from 1/4 to 20; without the added sensitivity it would not.
#[test]
fn shipped_bound_keeps_forty_bits() {
    for (numerator, denominator) in [(2, 1), (2, 2), (2, 3), (2, 20), (1, 1), (8, 1), (2, 4), (5, 15), (6, 30)] {
        for honest in [1, 2, 3, 5] {
            let (width, sensitivity) = (scale(numerator, denominator), numerator);
            let shipped = bound(width, sensitivity.into()).expect("small");
            let delta = bits(delta_per_coordinate(width, sensitivity, honest, shipped));
            assert!(delta >= f64::from(DELTA_BITS), "scale {width}, h {honest}: 2^-{delta:.2}");
        }
    }
    let bare = |epsilon| bits(delta_per_coordinate(scale(6, epsilon), 6, 1, scale(6, epsilon).ceil_times(29) as u64));
    assert!(bare(1) > 40.0 && bare(3) < 40.0 && bare(5) < 40.0, "{} {} {}", bare(1), bare(3), bare(5));
}

//! Minimises a smooth function of few variables: the simplex of Nelder and Mead (Computer Journal 7(4), 1965).
//!
//! Written out because the crates that offer it bring an unmaintained dependency (`argmin`: `paste`) or unsafe code,
//! for sixty lines. Coefficients are the usual 1, 2, 1/2, 1/2; a second start at the optimum guards against a
//! collapsed simplex. Not here: constraints; callers minimise over logarithms.

/// Most evaluations per start.
const MOST: usize = 4_000;
/// Relative spread of values at which a start ends.
const CLOSE: f64 = 1e-13;

/// The minimum found from `start`, and its value; `None` if no finite value was found.
pub(crate) fn minimise<const N: usize>(f: impl Fn(&[f64; N]) -> f64, start: [f64; N]) -> Option<([f64; N], f64)> {
    let (first, _) = descend(&f, start, 0.5);
    let (second, value) = descend(&f, first, 0.05);
    value.is_finite().then_some((second, value))
}

fn descend<const N: usize>(f: &impl Fn(&[f64; N]) -> f64, start: [f64; N], step: f64) -> ([f64; N], f64) {
    // NaN ranks above everything, so that it is never kept.
    let score = |point: &[f64; N]| Some(f(point)).filter(|value| !value.is_nan()).unwrap_or(f64::INFINITY);
    let mut simplex: Vec<([f64; N], f64)> = vec![(start, score(&start))];
    for axis in 0..N {
        let mut point = start;
        if let Some(coordinate) = point.get_mut(axis) {
            *coordinate += step;
        }
        simplex.push((point, score(&point)));
    }
    for _ in 0..MOST {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (Some(best), Some(worst)) = (simplex.first().copied(), simplex.pop()) else { break };
        if (worst.1 - best.1).abs() <= CLOSE * (1.0 + best.1.abs()) {
            return best;
        }
        let centre = centre(&simplex);
        let along = |t: f64| {
            let mut point = centre;
            point.iter_mut().zip(&worst.0).for_each(|(c, w)| *c += t * (*c - w));
            (point, score(&point))
        };
        let second = simplex.last().map_or(best.1, |last| last.1);
        let reflected = along(1.0);
        let next = if reflected.1 < best.1 {
            let expanded = along(2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < second {
            reflected
        } else if reflected.1 < worst.1 {
            along(0.5)
        } else {
            along(-0.5)
        };
        if next.1 < worst.1.min(reflected.1.max(second)) || next.1 < second {
            simplex.push(next);
            continue;
        }
        simplex.push(worst);
        for (point, value) in simplex.iter_mut().skip(1) {
            point.iter_mut().zip(&best.0).for_each(|(p, b)| *p = b + 0.5 * (*p - b));
            *value = score(point);
        }
    }
    simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
    simplex.first().copied().unwrap_or((start, f64::INFINITY))
}

fn centre<const N: usize>(points: &[([f64; N], f64)]) -> [f64; N] {
    let mut centre = [0.0; N];
    for (point, _) in points {
        centre.iter_mut().zip(point).for_each(|(c, p)| *c += p / points.len() as f64);
    }
    centre
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_valley_of_rosenbrock() {
        let f = |p: &[f64; 2]| (1.0 - p[0]).powi(2) + 100.0 * (p[1] - p[0] * p[0]).powi(2);
        let (point, value) = minimise(f, [-1.2, 1.0]).expect("finite");
        assert!(value < 1e-10 && (point[0] - 1.0).abs() < 1e-4 && (point[1] - 1.0).abs() < 1e-4, "{point:?} {value}");
        assert!(minimise(|_: &[f64; 1]| f64::NAN, [0.0]).is_none());
    }
}

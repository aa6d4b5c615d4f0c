//! A linear axis with round ticks.

use super::{anchor, coordinate};
use crate::number::Writer;

/// Beyond this no axis is drawn; far above any range a schema admits.
const LIMIT: f64 = 1e18;

/// A linear axis from one round value to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

/// A tick with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    /// Position.
    pub(crate) at: String,
    /// What it says.
    pub(crate) label: String,
    /// Alignment of the label.
    pub(crate) anchor: &'static str,
}

impl Axis {
    /// The axis that holds all values; from zero unless that would press them into a small part of it.
    ///
    /// `None` without a value.
    pub(crate) fn over(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let sane = values.into_iter().filter(|v| v.abs() < LIMIT);
        let (low, high) = sane.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if low > high {
            return None;
        }
        let low = if low > 0.0 && low < 0.7 * high { 0.0 } else { low };
        let (low, high) = if high - low > 1e-9 * high.abs().max(1e-9) { (low, high) } else { (low - 1.0, high + 1.0) };
        let step = round_step((high - low) / 4.0);
        Some(Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step })
    }

    /// Where a value lies, 0 to 1.
    pub(crate) fn fraction(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Where a value lies across the figure, in percent, with a margin at both ends.
    pub(crate) fn percent(&self, value: f64) -> f64 {
        1.0 + 98.0 * self.fraction(value)
    }

    /// The values of the ticks.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> + '_ {
        let count = ((self.high - self.low) / self.step).round().clamp(1.0, 12.0) as u32;
        (0..=count).map(|index| self.low + f64::from(index) * self.step)
    }

    /// Ticks across the figure.
    pub(crate) fn across(&self, writer: &Writer<'_>) -> Vec<Tick> {
        let tick = |value: f64| {
            let percent = self.percent(value);
            Tick { at: coordinate(percent), label: writer.tick(value, self.step), anchor: anchor(percent) }
        };
        self.values().map(tick).collect()
    }

    /// The label of a tick.
    pub(crate) fn label(&self, value: f64, writer: &Writer<'_>) -> String {
        writer.tick(value, self.step)
    }
}

/// The next of 1, 2, 5 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = (-12..19).map(|e| 10f64.powi(e)).take_while(|p| *p <= rough).last().unwrap_or(1e-12);
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= rough * 0.999_999).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn axes_are_round_and_start_at_zero_when_that_is_fair() {
        let wide = Axis::over([12_000.0, 71_000.0]).expect("values");
        assert_eq!(wide.values().collect::<Vec<_>>(), [0.0, 20_000.0, 40_000.0, 60_000.0, 80_000.0]);
        let narrow = Axis::over([95.0, 103.0]).expect("values");
        assert!(narrow.fraction(95.0) < 0.2 && narrow.low > 90.0);
        assert_eq!(Axis::over([]), None);
        assert_eq!(Axis::over([f64::NAN, f64::INFINITY]), None);
    }

    proptest! {
        #[test]
        fn every_value_has_a_place(values in prop::collection::vec(-1e12f64..1e12, 1..20)) {
            let axis = Axis::over(values.iter().copied()).expect("values");
            prop_assert!((2..=13).contains(&axis.values().count()));
            for v in values {
                let true_place = (v - axis.low) / (axis.high - axis.low);
                prop_assert!((-1e-9..=1.0 + 1e-9).contains(&true_place));
            }
        }
    }
}

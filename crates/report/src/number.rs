//! Numbers as people read them in any country: groups of three set apart by a space, a point for
//! decimals, the decimals of the KPI, and no digit that the uncertainty does not support.

use guildhall_kpi::{Estimate, KpiLine, Statistics};

/// The signs numbers are written with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signs {
    /// Between groups of three digits.
    group: &'static str,
    /// Between number and unit.
    space: &'static str,
    /// Before a negative number.
    minus: &'static str,
}

impl Signs {
    /// For pages: spaces that do not break, a true minus.
    pub(crate) const PAGE: Self = Self { group: "\u{202f}", space: "\u{a0}", minus: "\u{2212}" };
    /// For terminals: what a keyboard can search for.
    pub(crate) const PLAIN: Self = Self { group: " ", space: " ", minus: "-" };

    /// A whole number.
    pub(crate) fn count(self, value: u64) -> String {
        self.decimal(&value.to_string())
    }

    /// A number already written in decimal digits, such as an exact sum.
    pub(crate) fn decimal(self, digits: &str) -> String {
        let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
        let negative = negative && digits.bytes().any(|b| b.is_ascii_digit() && b != b'0');
        let mut out = String::from(if negative { self.minus } else { "" });
        let length = whole.chars().count();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (length - index).is_multiple_of(3) {
                out.push_str(self.group);
            }
            out.push(digit);
        }
        if let Some(fraction) = fraction {
            out.push('.');
            out.push_str(fraction);
        }
        out
    }

    /// A value with this many decimals; below zero decimals, rounded to tens, hundreds and so on.
    fn rounded(self, value: f64, decimals: i32) -> String {
        if !value.is_finite() {
            return "unknown".to_owned();
        }
        let places = usize::try_from(decimals).unwrap_or(0);
        let coarse = if decimals < 0 { (value / ten_to(-decimals)).round() * ten_to(-decimals) } else { value };
        self.decimal(&format!("{coarse:.places$}"))
    }
}

/// Writes the values of one KPI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    signs: Signs,
    unit: &'a str,
    decimals: i32,
}

/// An uncertain value with its interval, in writing and without the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Point estimate.
    pub(crate) value: String,
    /// Lower end, rounded down.
    pub(crate) low: String,
    /// Upper end, rounded up.
    pub(crate) high: String,
}

impl Written {
    fn certain(value: String) -> Self {
        Self { low: value.clone(), high: value.clone(), value }
    }

    /// `low to high`, or nothing where both ends read like the value.
    pub(crate) fn range(&self) -> Option<String> {
        let exact = self.low == self.value && self.high == self.value;
        (!exact).then(|| format!("{} to {}", self.low, self.high))
    }

    /// The same with a dash, for narrow columns; never between negative numbers.
    pub(crate) fn dashed(&self) -> Option<String> {
        let positive = self.low.starts_with(|first: char| first.is_ascii_digit());
        self.range().map(|range| if positive { range.replace(" to ", "\u{2013}") } else { range })
    }
}

impl<'a> Writer<'a> {
    /// For the values of this KPI.
    pub(crate) fn new(kpi: &'a KpiLine, signs: Signs) -> Self {
        Self::of(&kpi.unit, kpi.decimals, signs)
    }

    /// For values in this unit with this many decimals.
    pub(crate) fn of(unit: &'a str, decimals: u8, signs: Signs) -> Self {
        Self { signs, unit, decimals: i32::from(decimals.min(9)) }
    }

    /// An exact value with the KPI's decimals.
    pub(crate) fn value(&self, value: f64) -> String {
        self.signs.rounded(value, self.decimals)
    }

    /// A mean as it is known: exactly, or with the interval that noise on the sum left.
    pub(crate) fn mean(&self, statistics: &Statistics) -> Written {
        match &statistics.noisy {
            Some(noisy) => self.estimate(&noisy.mean),
            None => Written::certain(self.value(statistics.mean)),
        }
    }

    /// A total as it is known.
    pub(crate) fn total(&self, statistics: &Statistics) -> Written {
        match &statistics.noisy {
            Some(noisy) => self.estimate(&noisy.sum),
            None => Written::certain(self.sum(&statistics.sum)),
        }
    }

    /// An exact value for running text: from a thousand on, whole units are enough.
    pub(crate) fn brief(&self, value: f64) -> String {
        self.signs.rounded(value, if value.abs() >= 1000.0 { 0 } else { self.decimals })
    }

    /// An exact value for running text, where an interval is looked for.
    pub(crate) fn exact(&self, value: f64) -> Written {
        let value = self.brief(value);
        Written { low: value.clone(), high: value.clone(), value }
    }

    /// An axis label for a tick distance.
    pub(crate) fn tick(&self, value: f64, step: f64) -> String {
        let needed = (0..self.decimals).find(|d| (step * ten_to(*d)).fract().abs() < 1e-6).unwrap_or(self.decimals);
        self.signs.rounded(value, needed)
    }

    /// An exact sum given as decimal text.
    pub(crate) fn sum(&self, digits: &str) -> String {
        self.signs.decimal(digits)
    }

    /// An uncertain value: two digits of its uncertainty at most, ends rounded outwards.
    pub(crate) fn estimate(&self, estimate: &Estimate) -> Written {
        // A wide interval must not round the value itself away: two of its digits always stand.
        let decimals = supported((estimate.high - estimate.low) / 2.0, self.decimals)
            .max(supported(estimate.value.abs(), self.decimals));
        let grain = ten_to(-decimals);
        let outwards = |x: f64, up: bool| {
            let steps = x / grain;
            let near = steps.round();
            // A value on the grain stays there, whatever the last bit of the division says.
            let kept = if (steps - near).abs() < 1e-6 {
                near
            } else if up {
                steps.ceil()
            } else {
                steps.floor()
            };
            self.signs.rounded(kept * grain, decimals)
        };
        Written {
            value: self.signs.rounded(estimate.value, decimals),
            low: outwards(estimate.low, false),
            high: outwards(estimate.high, true),
        }
    }

    /// `64.1 to 67.0%`, `€12 to €14`: an interval with its unit, said once where the unit follows the number.
    pub(crate) fn interval(&self, written: &Written) -> String {
        match self.unit {
            "€" | "$" | "£" | "¥" => format!("{} to {}", self.unit(&written.low), self.unit(&written.high)),
            _ => format!("{} to {}", written.low, self.unit(&written.high)),
        }
    }

    /// Puts the unit to a written number: `€12`, `12%`, `12 days`.
    pub(crate) fn unit(&self, number: &str) -> String {
        let Self { signs, unit, .. } = self;
        match *unit {
            "" => number.to_owned(),
            "%" => format!("{number}%"),
            "€" | "$" | "£" | "¥" => match number.strip_prefix(signs.minus) {
                Some(rest) => format!("{}{unit}{rest}", signs.minus),
                None => format!("{unit}{number}"),
            },
            unit => format!("{number}{}{unit}", signs.space),
        }
    }
}

/// Decimals that a value with this half-width supports: two digits of the half-width, at most the KPI's.
fn supported(half: f64, decimals: i32) -> i32 {
    if !half.is_finite() || half <= 0.0 {
        return decimals;
    }
    let magnitude = (-9..18).rev().find(|e| ten_to(*e) <= half).unwrap_or(-9);
    match (1 - magnitude).min(decimals) {
        // Money has two decimals or none.
        1 if decimals == 2 => 2,
        supported => supported,
    }
}

fn ten_to(power: i32) -> f64 {
    10f64.powi(power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall_kpi::Direction;
    use proptest::prelude::*;

    fn line(unit: &str, decimals: u8) -> KpiLine {
        let (id, label) = ("x".to_owned(), "X".to_owned());
        KpiLine { id, label, unit: unit.to_owned(), decimals, direction: Direction::Neither, edges: vec![] }
    }

    #[test]
    fn groups_and_signs() {
        assert_eq!(Signs::PLAIN.decimal("63324707.07"), "63 324 707.07");
        assert_eq!(Signs::PLAIN.decimal("-1234567"), "-1 234 567");
        assert_eq!(Signs::PLAIN.decimal("4200"), "4 200");
        assert_eq!(Signs::PLAIN.decimal("-0.00"), "0.00");
        assert_eq!(Signs::PAGE.decimal("-12345.6"), "\u{2212}12\u{202f}345.6");
        assert_eq!(Signs::PLAIN.count(0), "0");
    }

    #[test]
    fn units_before_and_after() {
        let (euro, percent, days) = (line("€", 2), line("%", 1), line("days", 1));
        assert_eq!(Writer::new(&euro, Signs::PLAIN).unit("-31.40"), "-€31.40");
        assert_eq!(Writer::new(&percent, Signs::PLAIN).unit("4.2"), "4.2%");
        assert_eq!(Writer::new(&days, Signs::PLAIN).unit("4.2"), "4.2 days");
    }

    #[test]
    fn uncertain_values_lose_their_meaningless_digits() {
        let cents = line("USD", 2);
        let writer = Writer::new(&cents, Signs::PLAIN);
        let noisy = writer.estimate(&Estimate { value: 41_237.18, low: 38_912.44, high: 45_001.01 });
        assert_eq!((&*noisy.value, &*noisy.low, &*noisy.high), ("41 200", "38 900", "45 100"));
        let tight = writer.estimate(&Estimate { value: 12.3456, low: 12.34, high: 12.35 });
        assert_eq!((&*tight.value, &*tight.low, &*tight.high), ("12.35", "12.34", "12.35"));
        let exact = writer.estimate(&Estimate { value: 12.5, low: 12.5, high: 12.5 });
        assert_eq!((exact.value.as_str(), exact.range()), ("12.50", None));
        assert_eq!(writer.value(f64::NAN), "unknown");
        let wide = writer.estimate(&Estimate { value: 61.0, low: 40.0, high: 100_000.0 });
        assert_eq!((&*wide.value, &*wide.low), ("61", "40"));
    }

    #[test]
    fn ticks_show_only_needed_decimals() {
        let cents = line("USD", 2);
        let writer = Writer::new(&cents, Signs::PLAIN);
        assert_eq!(writer.tick(20_000.0, 20_000.0), "20 000");
        assert_eq!(writer.tick(2.5, 0.5), "2.5");
        assert_eq!(writer.tick(0.25, 0.25), "0.25");
    }

    proptest! {
        #[test]
        fn written_intervals_hold_the_true_ones(value in -1e7f64..1e7, below in 0.0f64..1e5, above in 0.0f64..1e5) {
            let cents = line("USD", 2);
            let written = Writer::new(&cents, Signs::PLAIN)
                .estimate(&Estimate { value, low: value - below, high: value + above });
            let number = |text: &str| text.replace(' ', "").parse::<f64>().expect("a plain number");
            prop_assert!(number(&written.low) <= value - below + 1e-4);
            prop_assert!(number(&written.high) >= value + above - 1e-4);
        }

        #[test]
        fn grouping_loses_no_digit(value in any::<i64>()) {
            prop_assert_eq!(Signs::PLAIN.decimal(&value.to_string()).replace(' ', ""), value.to_string());
        }
    }
}

//! Who computed the benchmark, what it cost in privacy, and how to check it.

use crate::words;
use guildhall_kpi::{Provenance, Spending};

/// One trustee and what became of its part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trustee<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// A sign beside the words.
    pub(crate) sign: &'static str,
    /// What became of its part.
    pub(crate) status: &'static str,
}

/// Every trustee, in the order of the charter.
pub(crate) fn trustees(provenance: &Provenance) -> Vec<Trustee<'_>> {
    let status = |name: &String| {
        if provenance.dissenting.contains(name) {
            ("✗", "disagreed: its part differs from the others' and was left out")
        } else if provenance.agreeing.contains(name) {
            ("✓", "agreed")
        } else if provenance.silent.contains(name) {
            ("–", "silent: sent no part")
        } else {
            ("–", "not needed or not recorded")
        }
    };
    let line = |name| {
        let (sign, status) = status(name);
        Trustee { name, sign, status }
    };
    provenance.trustees.iter().map(line).collect()
}

/// What identifies the round.
pub(crate) fn fingerprints(provenance: &Provenance) -> [(&'static str, &str); 4] {
    [
        ("Study", &provenance.study),
        ("Charter", &provenance.charter),
        ("Manifest", &provenance.manifest),
        ("Set of contributions", &provenance.set),
    ]
}

/// What the benchmark cost in privacy, in words.
#[derive(Debug)]
pub(crate) struct Cost<'a> {
    /// Whether anything noisy was opened.
    pub(crate) spent: bool,
    /// Epsilon of the round.
    pub(crate) epsilon: String,
    /// Epsilon on the same window so far.
    pub(crate) window: String,
    /// Delta as a power of two.
    pub(crate) delta_bits: u32,
    /// Delta in decimal.
    pub(crate) delta: String,
    /// What it cost a member's customer; empty where no sum protects customers.
    pub(crate) customers: Vec<String>,
    /// What is protected.
    pub(crate) unit: &'a str,
    /// What is exact.
    pub(crate) exact: &'a str,
    /// Noise shares in each sum, and those that suffice.
    pub(crate) noise_shares: u32,
    /// Noise shares that suffice.
    pub(crate) honest_shares: u32,
}

impl<'a> Cost<'a> {
    pub(crate) fn of(spending: &'a Spending) -> Self {
        Self {
            spent: !spending.epsilon.is_zero() || spending.customers.is_some(),
            epsilon: rational(spending.epsilon),
            window: rational(spending.window_epsilon),
            delta_bits: spending.delta_bits,
            delta: delta(spending.delta_bits),
            customers: words::customers(spending),
            unit: &spending.unit,
            exact: &spending.exact,
            noise_shares: spending.noise_shares,
            honest_shares: spending.honest_shares,
        }
    }
}

/// `0.333 (1/3)`, `0.5`, `2`.
pub(crate) fn rational(value: guildhall_kpi::Rational) -> String {
    if value.denominator() == 1 {
        return value.to_string();
    }
    let decimal = format!("{:.3}", value.to_f64());
    let decimal = decimal.trim_end_matches('0').trim_end_matches('.');
    if 1000 % value.denominator() == 0 { decimal.to_owned() } else { format!("{decimal} ({value})") }
}

/// `9.1 × 10⁻¹³` for 40 bits.
pub(crate) fn delta(bits: u32) -> String {
    let Some(value) = i32::try_from(bits).ok().filter(|bits| *bits <= 1000).map(|bits| 0.5f64.powi(bits)) else {
        return "practically zero".to_owned();
    };
    let written = format!("{value:.1e}");
    match written.split_once('e') {
        Some((digits, power)) => format!("{digits} × 10{}", superscript(power)),
        None => written,
    }
}

fn superscript(power: &str) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = |sign: char| match sign {
        '-' => Some('⁻'),
        digit => DIGITS.get(digit.to_digit(10)? as usize).copied(),
    };
    power.chars().filter_map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privacy_numbers_in_words() {
        assert_eq!(delta(40), "9.1 × 10⁻¹³");
        assert_eq!(delta(0), "1.0 × 10⁰");
        assert_eq!(delta(u32::MAX), "practically zero");
        assert_eq!(rational("1/3".parse().expect("valid")), "0.333 (1/3)");
        assert_eq!(rational("0.5".parse().expect("valid")), "0.5");
        assert_eq!(rational("2".parse().expect("valid")), "2");
    }
}

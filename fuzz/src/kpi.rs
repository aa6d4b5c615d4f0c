//! Numbers as people and files write them.

use guildhall_kpi::{Rational, Step};

/// A rational number, a step, and a value in it.
pub fn number(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(rational) = text.parse::<Rational>() {
        assert_eq!(rational.to_string().parse::<Rational>(), Ok(rational));
        let _ = (rational.checked_add(rational), rational.to_f64());
    }
    let (step, value) = text.split_once(' ').unwrap_or((text, "1"));
    if let Ok(step) = step.parse::<Step>()
        && let Some(steps) = step.parse(value)
    {
        assert_eq!(step.parse(&step.format(i128::from(steps))), Some(steps));
    }
}

/// Numbers of every kind.
pub fn number_seeds() -> Vec<Vec<u8>> {
    ["1/3", "20", "0.01 -12.50", "100 4200", "0.000000001 9.223372036854775807", "-1/2", "0.5"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}

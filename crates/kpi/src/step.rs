//! The step: how large one unit of the integer scale of a KPI is.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The resolution of a KPI: one step is `mantissa * 10^-decimals` of its unit.
///
/// Money in cents has the step `0.01`; a figure kept in whole hundreds has the step `100`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Step {
    mantissa: u64,
    decimals: u8,
}

/// Why a text is not a [`Step`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a resolution such as \"0.01\", \"1\" or \"100\" (at most 9 decimals)")]
pub struct StepError(pub String);

impl Step {
    /// One step is one unit.
    pub const ONE: Self = Self { mantissa: 1, decimals: 0 };

    /// How many decimals a value written in the unit has.
    pub const fn decimals(self) -> u8 {
        self.decimals
    }

    /// The digits of the step without its decimal point.
    pub const fn mantissa(self) -> u64 {
        self.mantissa
    }

    /// The value of `steps` steps in the unit, for display and charts only.
    pub fn to_f64(self, steps: f64) -> f64 {
        steps * self.mantissa as f64 / 10f64.powi(i32::from(self.decimals))
    }

    /// Writes a whole number of steps exactly, e.g. `-12.50`.
    pub fn format(self, steps: i128) -> String {
        let scaled = steps * i128::from(self.mantissa);
        if self.decimals == 0 {
            return scaled.to_string();
        }
        let power = 10i128.pow(u32::from(self.decimals));
        let sign = if scaled < 0 { "-" } else { "" };
        let digits = usize::from(self.decimals);
        format!("{sign}{}.{:0digits$}", (scaled / power).abs(), (scaled % power).abs())
    }

    /// Reads a value written in the unit as a whole number of steps; `None` if it is not one.
    pub fn parse(self, text: &str) -> Option<i64> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits_only = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) {
            return None;
        }
        let decimals = usize::from(self.decimals);
        let (kept, rest) = fraction.split_at(fraction.len().min(decimals));
        if rest.bytes().any(|b| b != b'0') {
            return None;
        }
        let scaled: i64 = format!("{whole}{kept}{:0<width$}", "", width = decimals - kept.len()).parse().ok()?;
        let mantissa = i64::try_from(self.mantissa).ok()?;
        (scaled % mantissa == 0).then(|| if negative { -scaled / mantissa } else { scaled / mantissa })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format(1))
    }
}

impl FromStr for Step {
    type Err = StepError;

    fn from_str(text: &str) -> Result<Self, StepError> {
        let bad = || StepError(text.to_owned());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all = format!("{whole}{fraction}");
        let decimals = u8::try_from(fraction.len()).ok().filter(|d| *d <= 9).ok_or_else(bad)?;
        if whole.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let mantissa: u64 = all.parse().map_err(|_| bad())?;
        if mantissa == 0 || mantissa > 1_000_000_000_000 {
            return Err(bad());
        }
        Ok(Self { mantissa, decimals })
    }
}

impl TryFrom<String> for Step {
    type Error = StepError;

    fn try_from(text: String) -> Result<Self, StepError> {
        text.parse()
    }
}

impl From<Step> for String {
    fn from(step: Step) -> Self {
        step.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_and_hundreds() {
        let cent: Step = "0.01".parse().expect("valid");
        assert_eq!(cent.format(-1250), "-12.50");
        assert_eq!(cent.format(-5), "-0.05");
        assert_eq!(cent.parse("12.5"), Some(1250));
        assert_eq!(cent.parse("12.505"), None);
        assert_eq!(cent.parse("-0.05"), Some(-5));
        let hundred: Step = "100".parse().expect("valid");
        assert_eq!(hundred.parse("4200"), Some(42));
        assert_eq!(hundred.parse("4250"), None);
        assert_eq!(hundred.format(42), "4200");
        for bad in ["0", "", "-1", "1e2", ".5", "0.0000000001"] {
            assert!(bad.parse::<Step>().is_err(), "{bad}");
        }
    }
}

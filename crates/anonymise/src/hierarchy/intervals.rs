//! Intervals of numbers, in exact decimal arithmetic.

use crate::{Column, Error};

/// Most digits after the point of a value.
const MOST_DECIMALS: usize = 9;
const WANT: &str = "a number such as 42 or 12.5 (at most 18 digits, 9 of them after the point)";

/// The width of an interval: a positive fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    num: u64,
    den: u64,
}

impl Width {
    /// `num / den`; `None` unless both are above zero and below 2^32.
    pub fn new(num: u64, den: u64) -> Option<Self> {
        let fits = |part: u64| part > 0 && u32::try_from(part).is_ok();
        (fits(num) && fits(den)).then_some(Self { num, den })
    }

    const fn is_whole(self) -> bool {
        self.num.is_multiple_of(self.den)
    }

    /// Whether this is a whole multiple of another width, and larger.
    const fn holds(self, other: Self) -> bool {
        let (over, under) = (self.num as u128 * other.den as u128, self.den as u128 * other.num as u128);
        over > under && over.is_multiple_of(under)
    }

    /// The interval a decimal lies in: `floor(value / width)`.
    fn interval(self, value: Decimal) -> i128 {
        let over = value.units * i128::from(self.den);
        over.div_euclid(10i128.pow(value.decimals) * i128::from(self.num))
    }

    /// Where the interval with this number begins, as text.
    fn start(self, interval: i128) -> String {
        let start = interval * i128::from(self.num);
        if self.is_whole() {
            return (start / i128::from(self.den)).to_string();
        }
        let text = format!("{:.6}", start as f64 / self.den as f64);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// A number as it was written: so many units of its last decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal {
    units: i128,
    decimals: u32,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        if whole.trim_start_matches('0').len() + fraction.len() > 18 || fraction.len() > MOST_DECIMALS {
            return None;
        }
        let units: i128 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self { units: if negative { -units } else { units }, decimals: fraction.len() as u32 })
    }
}

/// For each level, the label of each value; an empty field stays one.
pub(super) fn labels(column: &Column, widths: &[Width]) -> Result<Vec<Vec<String>>, Error> {
    for pair in widths.windows(2) {
        if !pair[1].holds(pair[0]) {
            let value = pair[1].num as f64 / pair[1].den as f64;
            return Err(Error::Parameter {
                what: "a width",
                value,
                want: "a multiple of the width before, such as 5, 10, 20",
            });
        }
    }
    let mut parsed = Vec::with_capacity(column.values().len());
    for (at, text) in column.values().iter().enumerate() {
        let decimal = Decimal::parse(text);
        if decimal.is_none() && !text.trim().is_empty() {
            return Err(column.refused(at, WANT));
        }
        parsed.push(decimal);
    }
    let whole = parsed.iter().flatten().all(|value| value.decimals == 0);
    let label = |width: Width, value: Option<Decimal>| {
        let Some(value) = value else { return String::new() };
        let interval = width.interval(value);
        let (start, end) = (width.start(interval), width.start(interval + 1));
        match end.parse::<i128>() {
            Ok(end) if whole && width.is_whole() => format!("{start} to {}", end - 1),
            _ => format!("{start} to below {end}"),
        }
    };
    Ok(widths.iter().map(|width| parsed.iter().map(|value| label(*width, *value)).collect()).collect())
}

/// The values as numbers, an empty one below all.
pub(super) fn numbers(column: &Column) -> Vec<f64> {
    column.values().iter().map(|text| text.trim().parse().unwrap_or(f64::NEG_INFINITY)).collect()
}

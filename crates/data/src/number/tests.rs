use super::*;
use num_bigint::BigInt;
use proptest::prelude::*;

fn plain() -> Format {
    Format::default()
}

fn european() -> Format {
    Format { decimal_comma: true, thousands: Some('.'), ..Format::default() }
}

#[test]
fn known_answers() {
    use Refusal::{Decimals, Grammar, Range};
    let cases = [
        ("0.0", Ok(0)),
        ("12.5", Ok(1250)),
        ("-12.50", Ok(-1250)),
        (" 7 ", Ok(700)),
        ("007", Ok(700)),
        ("-0", Ok(0)),
        ("92233720368547758.07", Ok(i64::MAX)),
        ("-92233720368547758.08", Ok(i64::MIN)),
        ("92233720368547758.08", Err(Range)),
        ("99999999999999999999999999999999999999999999", Err(Range)),
        ("1.234", Err(Decimals)),
        ("1.500", Err(Decimals)),
        ("1e5", Err(Grammar)),
        ("1,234", Err(Grammar)),
        ("1,5", Err(Grammar)),
        ("$1", Err(Grammar)),
        ("+5", Err(Grammar)),
        ("5.", Err(Grammar)),
        (".5", Err(Grammar)),
        ("--5", Err(Grammar)),
        ("- 5", Err(Grammar)),
        ("5-", Err(Grammar)),
        ("(5)", Err(Grammar)),
        ("'5", Err(Grammar)),
        ("5%", Err(Grammar)),
        ("0x10", Err(Grammar)),
        ("1_000", Err(Grammar)),
        ("1 000", Err(Grammar)),
        ("NaN", Err(Grammar)),
        ("inf", Err(Grammar)),
        ("-", Err(Grammar)),
        ("", Err(Grammar)),
        ("\u{2212}5", Err(Grammar)),
        ("\u{661}", Err(Grammar)),
        ("5\u{200b}", Err(Grammar)),
        ("1.2.3", Err(Grammar)),
    ];
    for (text, want) in cases {
        assert_eq!(scaled(text, 2, Excess::Refuse, &plain()), want, "{text:?}");
    }
}

#[test]
fn separators_are_strict() {
    let blank = Format { thousands: Some(' '), decimal_comma: true, ..Format::default() };
    let cases = [
        (european(), "1.234,50", Ok(123_450)),
        (european(), "1.234.567", Ok(123_456_700)),
        (european(), "1234,5", Ok(123_450)),
        (european(), "12.34", Err(Refusal::Grammar)),
        (european(), "1.2345,00", Err(Refusal::Grammar)),
        (european(), "1,234", Err(Refusal::Decimals)),
        (european(), ".123", Err(Refusal::Grammar)),
        (blank.clone(), "1 234,50", Ok(123_450)),
        (blank.clone(), "1\u{a0}234,50", Ok(123_450)),
        (blank, "1\u{202f}234,50", Ok(123_450)),
        (Format { thousands: Some(','), ..Format::default() }, "1,234.50", Ok(123_450)),
        (Format { thousands: Some(','), ..Format::default() }, "1,5", Err(Refusal::Grammar)),
    ];
    for (format, text, want) in cases {
        assert_eq!(scaled(text, 2, Excess::Refuse, &format), want, "{text:?}");
    }
}

#[test]
fn rounding_only_where_named() {
    for (text, want) in [("1.005", 101), ("-1.005", -101), ("1.004999", 100), ("0.995", 100), ("-0.004", 0)] {
        assert_eq!(scaled(text, 2, Excess::Round, &plain()), Ok(want), "{text}");
        assert_eq!(scaled(text, 2, Excess::Refuse, &plain()), Err(Refusal::Decimals), "{text}");
    }
}

/// Independent reading: digits as one big integer, shifted by powers of ten, rounded by doubling.
fn reference(negative: bool, whole: &str, fraction: &str, decimals: u32, round: bool) -> Result<i64, Refusal> {
    let digits: BigInt = format!("{whole}{fraction}").parse().expect("digits");
    let length = u32::try_from(fraction.len()).expect("short");
    if length > decimals && !round {
        return Err(Refusal::Decimals);
    }
    let scaled = if length <= decimals {
        digits * BigInt::from(10).pow(decimals - length)
    } else {
        let unit = BigInt::from(10).pow(length - decimals);
        (digits * 2 + &unit) / (unit * 2)
    };
    let signed = if negative { -scaled } else { scaled };
    i64::try_from(signed).map_err(|_| Refusal::Range)
}

proptest! {
    #[test]
    fn agrees_with_big_integers(
        negative: bool, whole in "[0-9]{1,24}", fraction in "[0-9]{0,12}", decimals in 0u8..=9, round: bool, comma: bool,
    ) {
        let mark = if fraction.is_empty() { "" } else if comma { "," } else { "." };
        let text = format!("{}{whole}{mark}{fraction}", if negative { "-" } else { "" });
        let excess = if round { Excess::Round } else { Excess::Refuse };
        let format = Format { decimal_comma: comma, ..Format::default() };
        let want = reference(negative, &whole, &fraction, u32::from(decimals), round);
        prop_assert_eq!(scaled(&text, decimals, excess, &format), want);
    }

    #[test]
    fn grouping_changes_nothing(value in -9_000_000_000_000i64..9_000_000_000_000) {
        let digits = value.unsigned_abs().to_string();
        let mut grouped = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        let sign = if value < 0 { "-" } else { "" };
        prop_assert_eq!(scaled(&format!("{sign}{grouped}"), 0, Excess::Refuse, &european()), Ok(value));
    }

    #[test]
    fn never_panics(text in "\\PC{0,40}", decimals in 0u8..=9) {
        let _ = scaled(&text, decimals, Excess::Round, &plain()).map_err(|r| explain(&text, r, decimals, &plain()));
        let _ = scaled(&text, decimals, Excess::Refuse, &european());
    }
}

//! Numbers as exact integers of their last decimal.
//!
//! One grammar: an optional minus sign, digits (in groups of three where the study names a separator), an optional
//! decimal mark with digits. No exponent, currency, percent, plus sign or parentheses: the study says what a column
//! holds, and a reader that guesses turns `1.234` into two different amounts.

use crate::codes;
use crate::problem::{Flaw, quoted};
use crate::spec::{Excess, Format};
use std::borrow::Cow;

/// Why a text is not a number of the wanted form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Grammar,
    Decimals,
    Range,
}

/// Reads a number as an integer of its `decimals`-th decimal.
pub(crate) fn scaled(text: &str, decimals: u8, excess: Excess, format: &Format) -> Result<i64, Refusal> {
    let text = text.trim_matches([' ', '\t']);
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mark = if format.decimal_comma { ',' } else { '.' };
    let (whole, fraction) = text.split_once(mark).map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    if fraction.is_some_and(|f| !digits(f)) {
        return Err(Refusal::Grammar);
    }
    let whole = ungrouped(whole, format.thousands).ok_or(Refusal::Grammar)?;
    let fraction = fraction.unwrap_or("");
    let (kept, rest) = fraction.split_at(fraction.len().min(usize::from(decimals)));
    if !rest.is_empty() && excess == Excess::Refuse {
        return Err(Refusal::Decimals);
    }
    let padding = std::iter::repeat_n(b'0', usize::from(decimals) - kept.len());
    let value = join(whole.bytes().chain(kept.bytes()).chain(padding)).ok_or(Refusal::Range)?;
    let up = rest.bytes().next().is_some_and(|b| b >= b'5');
    let value = value + i128::from(up);
    i64::try_from(if negative { -value } else { value }).map_err(|_| Refusal::Range)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The number that digits spell, if it is below 2^100.
fn join(mut digits: impl Iterator<Item = u8>) -> Option<i128> {
    digits.try_fold(0i128, |sum, b| Some(sum * 10 + i128::from(b - b'0')).filter(|next| *next < 1 << 100))
}

/// The digits before the decimal mark; `None` if something else stands there.
fn ungrouped(whole: &str, thousands: Option<char>) -> Option<Cow<'_, str>> {
    match thousands {
        _ if digits(whole) => Some(Cow::Borrowed(whole)),
        Some(separator) => ungroup(whole, separator).map(Cow::Owned),
        None => None,
    }
}

/// Removes group separators, if every group but the first has exactly three digits.
fn ungroup(whole: &str, separator: char) -> Option<String> {
    let blank = |c: char| separator == ' ' && matches!(c, '\u{a0}' | '\u{202f}');
    let mut groups = whole.split(|c: char| c == separator || blank(c));
    let first = groups.next()?;
    if first.len() > 3 || !digits(first) {
        return None;
    }
    let mut joined = first.to_owned();
    for group in groups {
        if group.len() != 3 || !digits(group) {
            return None;
        }
        joined.push_str(group);
    }
    Some(joined)
}

/// Says in words why a text was refused, and what would help.
pub(crate) fn explain(text: &str, refusal: Refusal, decimals: u8, format: &Format) -> Flaw {
    let shown = quoted(text);
    match refusal {
        Refusal::Range => Flaw::new(
            codes::NUMBER_RANGE,
            format!("{shown} does not fit into 64 bits"),
            "check the field; a larger unit or fewer decimals may be meant",
        ),
        Refusal::Decimals if decimals == 0 => Flaw::new(
            codes::DECIMALS,
            format!("{shown} has decimals, but the column holds whole numbers"),
            "make the column a decimal with as many decimals, or write whole numbers in the file",
        ),
        Refusal::Decimals => Flaw::new(
            codes::DECIMALS,
            format!("{shown} has more than {decimals} decimals"),
            "raise the column's decimals, name `excess = \"round\"`, or set the decimal and thousands marks",
        ),
        Refusal::Grammar if decimals == 0 => {
            Flaw::new(codes::NOT_WHOLE, format!("{shown} is not a whole number"), remedy(text, format))
        }
        Refusal::Grammar => Flaw::new(codes::NOT_DECIMAL, format!("{shown} is not a number"), remedy(text, format)),
    }
}

/// Whether a text is a number such as `1.5E+06`.
fn scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.trim().split_once(['e', 'E']) else { return false };
    let mantissa = mantissa.trim_start_matches(['+', '-']);
    digits(exponent.trim_start_matches(['+', '-']))
        && mantissa.starts_with(|c: char| c.is_ascii_digit())
        && mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
}

fn remedy(text: &str, format: &Format) -> String {
    let other = if format.decimal_comma { '.' } else { ',' };
    let has = |set: &[char]| text.contains(set);
    let advice = if has(&['$', '\u{20ac}', '\u{a3}', '\u{a5}']) {
        "export the column without the currency sign"
    } else if has(&['%']) {
        "export the column as a plain number without the percent sign"
    } else if text.trim_start().starts_with('\'') {
        "remove the leading apostrophe (in a spreadsheet: convert text to numbers)"
    } else if has(&['(', ')']) || text.trim_end().ends_with('-') {
        "write negative amounts with a leading minus sign"
    } else if has(&['\u{2212}', '\u{2013}']) {
        "write the minus sign as the plain hyphen -"
    } else if scientific(text) {
        "export the column in full, not in scientific notation"
    } else if text.trim_start().starts_with('=') {
        "export the value of the formula, not the formula"
    } else if text.chars().any(char::is_alphabetic) {
        "export the column as plain numbers without words or units, or name a skip rule for such rows in the study"
    } else if has(&[other, '.', ',']) {
        "set `decimal_comma` and `thousands` as the file has them"
    } else if has(&[' ', '\u{a0}', '\u{202f}']) {
        "set `thousands = \" \"` if blanks separate thousands"
    } else {
        "correct the field, or name a skip rule for such rows in the study"
    };
    advice.to_owned()
}

#[cfg(test)]
mod tests;

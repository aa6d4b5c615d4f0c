//! What a column is to somebody who wants to protect it.
//!
//! What was not understood is not taken for harmless: a column counts as neither personal nor sensitive only if it holds
//! amounts, or few values that many rows share. Anything else without a kind is unclear, and left for people to decide.

use super::{Holding, Likelihood, Profile, Role, Votes};

/// Most different values of a column whose values say little of a single row.
const CATEGORIES: u64 = 100;
/// Rows that share a value of such a column, on average.
const SHARED: u64 = 3;
/// Digits from which a whole number is rather a number of something than a quantity.
const NUMBERED: usize = 5;

/// The role of a column with these findings, most likely first.
pub(super) fn role(profile: &Profile, votes: &Votes, holds: &[Holding]) -> Role {
    let leading = holds.first().filter(|holding| holding.likelihood >= Likelihood::Possible);
    match leading {
        _ if profile.running_text() && !leading.is_some_and(covers) => Role::FreeText,
        Some(holding) => holding.kind.role(),
        None if understood(profile, votes) => Role::Other,
        None => Role::Unclear,
    }
}

fn covers(holding: &Holding) -> bool {
    holding.fitting * 2 > holding.looked_at && holding.kind.role() != Role::Sensitive
}

/// Whether the values are amounts, or few and shared by many rows.
fn understood(profile: &Profile, votes: &Votes) -> bool {
    let (distinct, filled) = (profile.distinct().0, profile.filled());
    let amounts = votes.share(votes.amounts) >= 0.9;
    let shared = distinct <= CATEGORIES && distinct * SHARED <= filled;
    filled == 0 || amounts || shared || (distinct == 1 && filled > 1)
}

/// Whether a value is a number with decimals, a small whole number, or an amount of money.
pub(super) fn amount(value: &str) -> bool {
    let sign = |c: char| matches!(c, '%' | '€' | '$' | '£' | '¥' | ' ' | '\u{a0}');
    let number = value.trim_start_matches(sign).trim_end_matches(|c: char| sign(c) || c.is_alphabetic());
    if value.chars().filter(|c| c.is_alphabetic()).count() > 3 {
        return false;
    }
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let plain = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | '\'' | '\u{a0}'));
    let signs = number.rfind(['-', '+']).is_none_or(|place| place == 0);
    plain && signs && digits > 0 && (digits < NUMBERED || decimals(number))
}

/// Whether the last separator starts one to four decimals.
fn decimals(number: &str) -> bool {
    number.rsplit_once(['.', ',']).is_some_and(|(whole, after)| {
        let other = whole.contains(['.', ',']);
        (1..=4).contains(&after.len())
            && (after.len() != 3 || other || whole.len() > 3)
            && (!other || number.matches(['.', ',']).count() < 6)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for value in ["12", "-3", "12,50", "1.250,00", "1,234.5", "99.90 EUR", "€ 7", "15 %", "0.1234", "1'250.00"] {
            assert!(amount(value), "{value}");
        }
        for value in ["536365", "2026-01-05", "K-4711", "12 monkeys", "", "1.2.3.4.5.6.7", "abc", "10115"] {
            assert!(!amount(value), "{value}");
        }
    }
}

//! What a column is to somebody who wants to protect it.
//!
//! What was not understood is not taken for harmless: a column counts as neither personal nor sensitive only if it holds
//! amounts, or few values that many rows share, and neither its header nor its values speak of people. A column whose
//! values are nearly each row's own is kept only as decimals below the header of an amount. Anything else without a kind
//! is unclear, and left for people to decide.

use super::{Holding, Likelihood, Profile, Role, Votes};
use crate::discover::Kind;
use crate::discover::dictionary::{self, Company, Heading};

/// Most different values of a column whose values say little of a single row.
const CATEGORIES: u64 = 100;
/// Rows that share a value of such a column, on average.
const SHARED: u64 = 3;
/// Digits from which a whole number is rather a number of something than a quantity.
const NUMBERED: usize = 5;
/// Different values from which a column can single out rows.
const HANDFUL: u64 = 4;
/// Different values from which numbers without gaps are a sequence.
const SEQUENCE: u64 = 20;

/// The role of a column with these findings, most likely first.
pub(super) fn role(
    profile: &Profile,
    votes: &Votes,
    heading: Option<Heading>,
    company: Company,
    holds: &[Holding],
) -> Role {
    let leading = holds.first().filter(|holding| holding.likelihood >= Likelihood::Possible);
    match leading {
        _ if dictionary::remark(&profile.header) => Role::FreeText,
        _ if profile.running_text() && !leading.is_some_and(covers) => Role::FreeText,
        Some(holding) if verbatim(profile, heading, holding) => Role::FreeText,
        Some(holding) => holding.kind.role(),
        None if numbered(profile, votes) => Role::Identifier,
        None if understood(profile, votes) => of_people(votes, heading, company).unwrap_or(Role::Other),
        None => match of_people(votes, heading, company) {
            Some(Role::Identifier) => Role::Identifier,
            _ => Role::Unclear,
        },
    }
}

fn covers(holding: &Holding) -> bool {
    holding.fitting * 2 > holding.looked_at && holding.kind.role() != Role::Sensitive
}

/// Whether something sensitive was found by its words alone, in values of several words: they would be kept as they are.
fn verbatim(profile: &Profile, heading: Option<Heading>, holding: &Holding) -> bool {
    let named = heading.is_some_and(|heading| heading.kind == holding.kind);
    holding.kind.role() == Role::Sensitive && !named && profile.wordy * 5 >= profile.filled()
}

/// Whether the values are numbers of customers, orders or rows: the header says so, or they are a sequence.
fn numbered(profile: &Profile, votes: &Votes) -> bool {
    let (distinct, _) = profile.distinct();
    let codes = votes.share(votes.codes) >= 0.5 && distinct > 2;
    let sequence = distinct > SEQUENCE
        && votes.share(votes.wholes) >= 0.95
        && votes.span.is_some_and(|(least, most)| most - least <= distinct + distinct / 10)
        && each_row_its_own(profile);
    codes && dictionary::numbering(&profile.header) || sequence
}

/// Whether nearly every row has a value of its own.
fn each_row_its_own(profile: &Profile) -> bool {
    let (distinct, filled) = (profile.distinct().0, profile.filled());
    distinct >= HANDFUL && distinct * 10 > filled * 9
}

/// Whether the values are amounts, or few and shared by many rows.
fn understood(profile: &Profile, votes: &Votes) -> bool {
    let (distinct, filled) = (profile.distinct().0, profile.filled());
    let shared = distinct <= CATEGORIES && distinct * SHARED <= filled;
    if filled == 0 || shared || (distinct == 1 && filled > 1) {
        return true;
    }
    let decimals = votes.share(votes.decimals) >= 0.5;
    let header = dictionary::amount(&profile.header);
    let kept = if each_row_its_own(profile) { decimals && header } else { decimals || header };
    kept && votes.share(votes.amounts) >= 0.9
}

/// What a column is that would be harmless by its numbers, if its header or its values speak of people.
fn of_people(votes: &Votes, heading: Option<Heading>, company: Company) -> Option<Role> {
    let numbers = votes.share(votes.codes) >= 0.5;
    let decimals = votes.share(votes.decimals) >= 0.5;
    let by_header = heading.filter(|_| votes.looked_at > 0).and_then(|Heading { kind, strong }| match kind.role() {
        Role::QuasiIdentifier if strong => Some(Role::QuasiIdentifier),
        Role::Identifier if strong && numbers && kind != Kind::Url => Some(Role::Identifier),
        Role::Identifier if strong && !decimals && !numbers => Some(Role::Unclear),
        Role::Identifier if !numbers && !decimals && company != Company::Things => Some(Role::Unclear),
        _ => None,
    });
    let telling = |kind: &Kind| matches!(kind.role(), Role::Identifier | Role::Sensitive);
    let fits = |kind: &Kind| telling(kind) && votes.share(votes.fitting(*kind)) >= 0.3;
    let by_values = || {
        let names = votes.share(votes.known) >= 0.3 || company == Company::People && votes.share(votes.full) >= 0.6;
        (names || Kind::ALL.iter().any(fits)).then_some(Role::Unclear)
    };
    by_header.or_else(by_values)
}

/// Whether a value is a number with decimals, a small whole number, or an amount of money.
pub(super) fn amount(value: &str) -> bool {
    number_of(value)
        .is_some_and(|number| number.bytes().filter(u8::is_ascii_digit).count() < NUMBERED || decimals(number))
}

/// Whether a value is an amount with decimals.
pub(super) fn with_decimals(value: &str) -> bool {
    number_of(value).is_some_and(decimals)
}

/// The number that a value is, without a currency or a unit.
fn number_of(value: &str) -> Option<&str> {
    let sign = |c: char| matches!(c, '%' | '€' | '$' | '£' | '¥' | ' ' | '\u{a0}');
    let number = value.trim_start_matches(sign).trim_end_matches(|c: char| sign(c) || c.is_alphabetic());
    let plain = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | '\'' | '\u{a0}'));
    let signs = number.rfind(['-', '+']).is_none_or(|place| place == 0);
    let words = value.chars().filter(|c| c.is_alphabetic()).count() > 3;
    (!words && plain && signs && number.contains(|c: char| c.is_ascii_digit())).then_some(number)
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

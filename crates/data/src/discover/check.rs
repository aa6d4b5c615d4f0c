//! Whether a value is of a kind: check digits, lengths, ranges. Each takes the value as people write it.
//!
//! Existing validators do what exists kept up: `iban_validate` (ISO 13616), `phonenumber` (ITU E.164 and the numbering
//! plans of libphonenumber), `tld` (IANA root zone), `std::net`. National numbers have none, so they are here.

pub(crate) mod card;
pub(crate) mod date;
pub(crate) mod national;
pub(crate) mod network;
pub(crate) mod phone;
pub(crate) mod postal;

/// The digits of a value, if it consists of at most `N` digits and separators.
pub(crate) fn digits<const N: usize>(value: &str) -> Option<Digits<N>> {
    let mut digits = Digits { values: [0; N], length: 0 };
    for c in value.chars() {
        match c {
            '0'..='9' => digits.push(c as u8 - b'0')?,
            c if separator(c) => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// What people put between groups of digits.
pub(crate) const fn separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '/' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' | '\u{2010}'..='\u{2013}')
}

/// A few digits, without an allocation.
#[derive(Clone, Copy)]
pub(crate) struct Digits<const N: usize> {
    values: [u8; N],
    length: usize,
}

impl<const N: usize> Digits<N> {
    pub(crate) const fn new() -> Self {
        Self { values: [0; N], length: 0 }
    }

    pub(crate) fn push(&mut self, digit: u8) -> Option<()> {
        *self.values.get_mut(self.length)? = digit;
        self.length += 1;
        Some(())
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.values[..self.length]
    }
}

/// Digits as a number.
pub(crate) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum: u64, digit| sum.wrapping_mul(10).wrapping_add(u64::from(*digit)))
}

/// Whether all digits are the same.
pub(crate) fn uniform(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

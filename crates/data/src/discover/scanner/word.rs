//! Numbers with letters: IBAN, Italian fiscal code, Spanish DNI and NIE, UK national insurance, Corsican NIR.

use super::Finding;
use super::edge::{closes, opens};
use super::run::glued;
use crate::discover::check::national;
use crate::discover::{Kind, Likelihood};

/// A place where the digits of a word start.
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    pub(super) digit: usize,
}

impl Word<'_> {
    /// Numbers that start with letters: IBAN, Italian code, Spanish NIE, UK NINO.
    pub(super) fn read(&self, letters: usize) -> Option<Finding> {
        let bytes = self.text.as_bytes();
        let spaced = letters == 0 && bytes[..self.digit].ends_with(b" ");
        let gap = usize::from(spaced);
        let letters = if spaced {
            bytes[..self.digit - 1].iter().rev().take(7).take_while(|b| b.is_ascii_alphabetic()).count()
        } else {
            letters
        };
        let start = self.digit.checked_sub(letters + gap)?;
        if letters == 0 {
            return self.trailing_letter();
        }
        if !opens(self.text, start) {
            return None;
        }
        match (letters, spaced) {
            (2, false) => self.iban(start).or_else(|| self.lettered(Kind::Nino, start, 9)),
            (2, true) => self.lettered(Kind::Nino, start, 9),
            (6, false) => self.lettered(Kind::ItalianCode, start, 16),
            (1, false) => self.lettered(Kind::SpanishDni, start, 9),
            _ => None,
        }
    }

    /// Numbers with a letter at the end or inside: Spanish DNI, Corsican NIR.
    fn trailing_letter(&self) -> Option<Finding> {
        if glued(self.text, self.digit) {
            return None;
        }
        let lettered = |kind, length| self.lettered(kind, self.digit, length);
        // A small letter after a space is a word of its own.
        let tight = |finding: &Finding| {
            !self.text[..finding.end - 1].ends_with(' ') || !self.text[..finding.end].ends_with(char::is_lowercase)
        };
        lettered(Kind::SpanishDni, 9).filter(tight).or_else(|| {
            let corsican = self.text.get(self.digit..self.digit + 12)?.contains(['A', 'B', 'a', 'b']);
            corsican.then(|| lettered(Kind::FrenchNir, 15)).flatten()
        })
    }

    /// The IBAN that starts here, in one piece or in groups, of the length its country has.
    fn iban(&self, start: usize) -> Option<Finding> {
        let mut compact = [0u8; 34];
        let mut length = 0;
        let mut best = None;
        for (offset, c) in self.text[start..].char_indices() {
            let digit_or_letter = u8::try_from(c).ok().filter(u8::is_ascii_alphanumeric);
            match digit_or_letter {
                Some(byte) if length < 34 => {
                    compact[length] = byte.to_ascii_uppercase();
                    length += 1;
                    let end = start + offset + 1;
                    let whole = !self.text[end..].chars().next().is_some_and(char::is_alphanumeric);
                    if whole
                        && length >= 15
                        && str::from_utf8(&compact[..length]).is_ok_and(|s| s.parse::<iban::Iban>().is_ok())
                    {
                        best = Some(end);
                    }
                }
                None if matches!(c, ' ' | '-' | '.' | '\u{a0}' | '\u{202f}') && offset < 48 => {}
                _ => break,
            }
        }
        best.map(|end| Finding { kind: Kind::Iban, start, end, likelihood: Likelihood::VeryLikely })
    }

    /// A number of letters and digits of a fixed length that starts here.
    fn lettered(&self, kind: Kind, start: usize, length: usize) -> Option<Finding> {
        let end = compact_end(self.text, start, length)?;
        let likelihood = if kind == Kind::ItalianCode { Likelihood::VeryLikely } else { Likelihood::Likely };
        national::valid(kind, &self.text[start..end]).then_some(Finding { kind, start, end, likelihood })
    }
}

/// Where `length` letters and digits end that start here, single separators not counted.
fn compact_end(text: &str, start: usize, length: usize) -> Option<usize> {
    let mut left = length;
    let mut gap = false;
    for (offset, c) in text[start..].char_indices() {
        match c {
            c if c.is_ascii_alphanumeric() => {
                (left, gap) = (left - 1, false);
                if left == 0 {
                    let end = start + offset + 1;
                    return closes(text, end).then_some(end);
                }
            }
            ' ' | '-' | '.' if !gap => gap = true,
            _ => return None,
        }
    }
    None
}

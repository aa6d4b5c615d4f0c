//! The written form of a pseudonym: `crm.12.AASUU34UXHPAQLKSO6OMDZQQGU.S2`.
//!
//! Domain, epoch, the first 16 bytes of the function's output in base32 (RFC 4648), two check characters. The check
//! finds every single wrong character and every exchange of two (a test tries them all), and other mistakes but one in
//! a thousand. It protects against slips, not against people.
//!
//! 16 bytes: among a thousand million customers two share a pseudonym with probability below 2^-69.

use crate::key::{Domain, Epoch};
use crate::oprf::Output;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;

/// Bytes of the output that are kept.
const KEPT: usize = 16;
/// Most bytes of a written pseudonym.
const MAX_BYTES: usize = 96;
/// The largest prime that two base32 characters can write; 10 generates its multiplicative group.
const PRIME: u32 = 1021;
const ROOT: u32 = 10;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A pseudonym.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pseudonym {
    domain: Domain,
    epoch: Epoch,
    value: [u8; KEPT],
}

/// Why a text is no pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PseudonymError {
    /// Its form is wrong.
    #[error("this is no pseudonym: it has the form domain.epoch.26 characters.2 characters")]
    Form,
    /// Its check characters do not fit.
    #[error("a character of the pseudonym is wrong or two are exchanged: its check characters do not fit")]
    Check,
}

impl Pseudonym {
    /// The pseudonym an output stands for.
    pub fn new(domain: Domain, epoch: Epoch, output: &Output) -> Self {
        let mut value = [0; KEPT];
        value.iter_mut().zip(output).for_each(|(to, from)| *to = *from);
        Self { domain, epoch, value }
    }

    /// Its domain.
    pub const fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Its epoch.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn body(&self) -> String {
        format!("{}.{}.{}", self.domain, self.epoch, BASE32_NOPAD.encode(&self.value))
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body();
        let check = check(&body);
        let letter = |value: u32| char::from(ALPHABET[value as usize % ALPHABET.len()]);
        write!(f, "{body}.{}{}", letter(check / 32), letter(check % 32))
    }
}

impl FromStr for Pseudonym {
    type Err = PseudonymError;

    fn from_str(text: &str) -> Result<Self, PseudonymError> {
        let form = PseudonymError::Form;
        if text.len() > MAX_BYTES || !text.is_ascii() {
            return Err(form);
        }
        let (body, given) = text.rsplit_once('.').ok_or(form)?;
        let mut parts = body.split('.');
        let (Some(domain), Some(epoch), Some(value), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(form);
        };
        let value = BASE32_NOPAD.decode(value.as_bytes()).ok().and_then(|value| value.try_into().ok()).ok_or(form)?;
        let epoch = epoch.parse().ok().and_then(|number| Epoch::new(number).ok()).ok_or(form)?;
        let pseudonym = Self { domain: domain.parse().map_err(|_| form)?, epoch, value };
        // One spelling only: no leading zeros, no plus sign.
        if pseudonym.body() != body || given.len() != 2 || !given.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Err(form);
        }
        if pseudonym.to_string() == text { Ok(pseudonym) } else { Err(PseudonymError::Check) }
    }
}

/// A weighted sum modulo a prime. Weights are distinct powers of a root, so that no wrong character and no exchange of
/// two different ones leaves it unchanged.
fn check(body: &str) -> u32 {
    body.bytes()
        .fold((0, 1), |(sum, weight), byte| {
            let weight = weight * ROOT % PRIME;
            ((sum + u32::from(byte) * weight) % PRIME, weight)
        })
        .0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(domain: &str) -> Pseudonym {
        let output: Output = std::array::from_fn(|i| (i * 37 % 251) as u8);
        Pseudonym::new(domain.parse().expect("a name"), Epoch::new(12).expect("an epoch"), &output)
    }

    #[test]
    fn what_was_written_reads_back() {
        for domain in ["c", "crm", "a-very-long-name-of-a-domain-32b"] {
            let text = sample(domain).to_string();
            assert_eq!(text.parse(), Ok(sample(domain)), "{text}");
            assert!(text.len() <= MAX_BYTES);
        }
        assert_eq!(sample("crm").to_string(), "crm.12.AASUU34UXHPAQLKSO6OMDZQQGU.S2");
    }

    /// All single wrong characters and all exchanges of two, of the body and of the check.
    #[test]
    fn every_wrong_character_and_every_exchange_is_found() {
        let text = sample("crm").to_string();
        let good = text.as_bytes();
        for at in 0..good.len() {
            for byte in 0x20..0x7f {
                let mut bad = good.to_vec();
                bad[at] = byte;
                let bad = String::from_utf8(bad).expect("ASCII");
                assert!(bad == text || bad.parse::<Pseudonym>().is_err(), "{bad}");
            }
            for other in 0..at {
                let mut bad = good.to_vec();
                bad.swap(at, other);
                let bad = String::from_utf8(bad).expect("ASCII");
                assert!(bad == text || bad.parse::<Pseudonym>().is_err(), "{bad}");
            }
        }
    }

    #[test]
    fn what_is_no_pseudonym_is_refused() {
        for bad in
            ["", ".", "...", "crm.1", "crm.0.AASUU34UXHPAQLKSO6OMDZQQGU.S2", "crm.012.AASUU34UXHPAQLKSO6OMDZQQGU.S2"]
        {
            assert_eq!(bad.parse::<Pseudonym>(), Err(PseudonymError::Form), "{bad}");
        }
        assert!("x".repeat(1000).parse::<Pseudonym>().is_err());
    }
}

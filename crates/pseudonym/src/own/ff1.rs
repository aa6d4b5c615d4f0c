//! Format-preserving encryption: FF1 with AES-256 (NIST SP 800-38G), by the crate `fpe`.
//!
//! The tweak is version, domain and column. Values of fewer than 1,000,000 possibilities are refused, as revision 1 of
//! the standard demands: so few can be tried out (Hoang, Tessaro and Trieu, 2018). FF3 is not offered; it is broken.

use super::{Context, Method, OwnError, OwnKey};
use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};
use std::collections::HashMap;

/// Fewest possible values of a length.
pub const LEAST_VALUES: u64 = 1_000_000;
/// Most characters of an alphabet.
const MAX_RADIX: usize = 1024;
/// Most characters of a value.
const MAX_LENGTH: usize = 256;

/// The characters values of a column are made of, in the order in which they count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alphabet {
    characters: Vec<char>,
    places: HashMap<char, u16>,
}

impl Alphabet {
    /// Declares an alphabet; the order matters, since another order gives other pseudonyms.
    ///
    /// # Errors
    /// If a character is there twice or is a control character, or there are fewer than 2 or more than 1024.
    pub fn new(characters: &str) -> Result<Self, OwnError> {
        let characters: Vec<char> = characters.chars().take(MAX_RADIX + 1).collect();
        let places: HashMap<char, u16> = characters.iter().copied().zip(0..).collect();
        let fits = (2..=MAX_RADIX).contains(&characters.len()) && places.len() == characters.len();
        if !fits || characters.iter().any(|c| c.is_control()) {
            return Err(OwnError::Alphabet);
        }
        Ok(Self { characters, places })
    }

    /// How many characters there are.
    pub const fn radix(&self) -> usize {
        self.characters.len()
    }

    /// The shortest value that is taken: `radix ^ length >= 1,000,000`.
    pub fn least_length(&self) -> usize {
        let values = (1..=20).map(|length| (self.radix() as u64).saturating_pow(length));
        1 + values.take_while(|values| *values < LEAST_VALUES).count()
    }

    fn numerals(&self, value: &str) -> Result<Vec<u16>, OwnError> {
        let place = |(index, c): (usize, char)| {
            self.places.get(&c).copied().ok_or(OwnError::OutsideAlphabet { position: index + 1 })
        };
        let numerals: Vec<u16> = value.chars().take(MAX_LENGTH + 1).enumerate().map(place).collect::<Result<_, _>>()?;
        let (length, least) = (numerals.len(), self.least_length());
        if length < least {
            return Err(OwnError::TooShort { length, radix: self.radix(), least });
        }
        if length > MAX_LENGTH {
            return Err(OwnError::TooLong { found: value.len(), limit: MAX_LENGTH });
        }
        Ok(numerals)
    }

    fn text(&self, numerals: Vec<u16>) -> String {
        numerals.into_iter().filter_map(|numeral| self.characters.get(usize::from(numeral))).collect()
    }
}

/// Replaces values by others of the same length and alphabet.
pub struct Ff1 {
    cipher: FF1<Aes256>,
    alphabet: Alphabet,
    tweak: Vec<u8>,
}

impl Ff1 {
    /// Takes the key of a column and its alphabet.
    ///
    /// # Errors
    /// If it is another method's key.
    pub fn new(key: &OwnKey, context: &Context, alphabet: Alphabet) -> Result<Self, OwnError> {
        key.of(Method::Ff1)?;
        let (first, _) = key.expose_bytes().split_first_chunk().ok_or(OwnError::NotAKey)?;
        Self::with(first, context.frame(), alphabet)
    }

    pub(super) fn with(key: &[u8; 32], tweak: Vec<u8>, alphabet: Alphabet) -> Result<Self, OwnError> {
        let radix = u32::try_from(alphabet.radix()).map_err(|_| OwnError::Alphabet)?;
        let cipher = FF1::<Aes256>::new(key, radix).map_err(|_| OwnError::Alphabet)?;
        Ok(Self { cipher, alphabet, tweak })
    }

    /// The pseudonym of a value.
    ///
    /// # Errors
    /// If a character is outside the alphabet, or the value is too short or too long.
    pub fn replace(&self, value: &str) -> Result<String, OwnError> {
        let numerals = FlexibleNumeralString::from(self.alphabet.numerals(value)?);
        let replaced = self.cipher.encrypt(&self.tweak, &numerals).map_err(|_| self.too_short(value))?;
        Ok(self.alphabet.text(replaced.into()))
    }

    /// The value of a pseudonym. Any text of the right form gives one: FF1 does not notice alterations.
    ///
    /// # Errors
    /// As [`Self::replace`].
    pub fn restore(&self, pseudonym: &str) -> Result<String, OwnError> {
        let numerals = FlexibleNumeralString::from(self.alphabet.numerals(pseudonym)?);
        let restored = self.cipher.decrypt(&self.tweak, &numerals).map_err(|_| self.too_short(pseudonym))?;
        Ok(self.alphabet.text(restored.into()))
    }

    fn too_short(&self, value: &str) -> OwnError {
        let least = self.alphabet.least_length();
        OwnError::TooShort { length: value.chars().count(), radix: self.alphabet.radix(), least }
    }
}

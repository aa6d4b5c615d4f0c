//! One spelling per identifier, so that two members map the same customer to the same pseudonym.
//!
//! Source: Unicode Normalization Form KC (UAX 15), IDNA as in UTS 46 for the domain of an e-mail address, E.164 for
//! phone numbers (after libphonenumber's metadata). The rules have a version, which is part of what is hashed: a new
//! version gives new pseudonyms and never silently other ones.
//!
//! Assumption: all members of a domain use the same rules; they are therefore stated once, where the domain is.
//!
//! Not here: whether an address is in use, spelling variants of names, and fuzzy matching.

mod email;
mod phone;
#[cfg(test)]
mod tests;

pub use phone::Region;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Version of the rules; part of every frame.
pub const VERSION: u8 = 1;
/// Most bytes of an identifier as it stands in a file.
pub const MAX_RAW_BYTES: usize = 1024;
/// Most bytes of a canonical identifier.
pub const MAX_BYTES: usize = 1024;

/// What is done with the part of an e-mail address before the @.
///
/// The standards let the receiving server decide whether case matters. Most do not care, so most groups choose
/// [`Self::Lower`]; nobody chooses by accident, since there is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalPart {
    /// Kept as it is: `Ann@x.org` and `ann@x.org` are two people.
    Keep,
    /// In lower case: they are one.
    Lower,
    /// In lower case and without what follows the first `+`: `ann+shop@x.org` is the same one, too.
    LowerUntagged,
}

/// How identifiers of one kind are spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rules {
    /// An e-mail address.
    Email(LocalPart),
    /// A phone number; numbers without a country's prefix belong to this region.
    Phone(Region),
    /// Any other identifier, taken as it is after normalisation.
    Plain,
}

/// Why a text is no identifier of its kind. No message contains the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// Nothing is left after trimming.
    #[error("the identifier is empty")]
    Empty,
    /// It is too long.
    #[error("the identifier has {found} bytes; at most {MAX_RAW_BYTES} are taken")]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// It holds a character nobody sees.
    #[error("the identifier holds a control or invisible character at character {position}; remove it")]
    Invisible {
        /// Which character, counted from 1.
        position: usize,
    },
    /// It is not an e-mail address.
    #[error("this is no e-mail address: {reason}")]
    Email {
        /// Why.
        reason: &'static str,
    },
    /// It is not a phone number of the region.
    #[error("this is no phone number: {reason}")]
    Phone {
        /// Why.
        reason: &'static str,
    },
    /// The region is not known.
    #[error("{found:?} is no region; write two capital letters such as DE")]
    Region {
        /// What was given, at most 8 characters of it.
        found: [char; 2],
    },
}

/// A canonical identifier.
///
/// # Privacy
/// Personal data in the clear: wiped on drop, and neither shown, compared nor serialised by accident.
pub struct Identifier {
    kind: u8,
    value: Zeroizing<String>,
}

impl Rules {
    /// Spells a text as the rules say.
    ///
    /// # Errors
    /// If it is no identifier of this kind. The error does not contain it.
    pub fn apply(&self, raw: &str) -> Result<Identifier, CanonicalError> {
        let text = normalised(raw)?;
        let value = match self {
            Self::Email(local) => email::canonical(&text, *local)?,
            Self::Phone(region) => phone::canonical(&text, *region)?,
            Self::Plain => text,
        };
        if value.len() > MAX_BYTES {
            return Err(CanonicalError::TooLong { found: value.len() });
        }
        Ok(Identifier { kind: self.kind(), value })
    }

    /// The kind's number in a frame. Numbers are never used again for something else.
    ///
    /// The region of a phone number is not part of it: `+49 30 1` is the same customer everywhere.
    const fn kind(&self) -> u8 {
        match self {
            Self::Email(LocalPart::Keep) => 1,
            Self::Email(LocalPart::Lower) => 2,
            Self::Email(LocalPart::LowerUntagged) => 3,
            Self::Phone(_) => 4,
            Self::Plain => 5,
        }
    }
}

impl Identifier {
    /// The canonical text.
    pub fn expose_value(&self) -> &str {
        &self.value
    }

    /// What is hashed: `len(rest) || version || kind || len(domain) || domain || len(value) || value`, with lengths of
    /// four and two bytes, big-endian. No two identifiers share a frame, and none is the beginning of another.
    pub fn frame(&self, domain: &str) -> Zeroizing<Vec<u8>> {
        let rest = 2 + 2 + domain.len() + 2 + self.value.len();
        let mut frame = Zeroizing::new(Vec::with_capacity(4 + rest));
        // A value has at most 1024 bytes; a domain's name is far shorter.
        frame.extend_from_slice(&u32::try_from(rest).unwrap_or(u32::MAX).to_be_bytes());
        frame.extend_from_slice(&[VERSION, self.kind]);
        for part in [domain, &self.value] {
            frame.extend_from_slice(&u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
            frame.extend_from_slice(part.as_bytes());
        }
        frame
    }
}

/// NFKC without surrounding white space; refuses what is empty, too long, or holds what nobody sees.
fn normalised(raw: &str) -> Result<Zeroizing<String>, CanonicalError> {
    if raw.len() > MAX_RAW_BYTES {
        return Err(CanonicalError::TooLong { found: raw.len() });
    }
    let mut text = Zeroizing::new(String::with_capacity(raw.len() * 3));
    text.extend(raw.nfkc());
    let text = Zeroizing::new(text.trim().to_owned());
    if text.is_empty() {
        return Err(CanonicalError::Empty);
    }
    match text.chars().position(invisible) {
        Some(index) => Err(CanonicalError::Invisible { position: index + 1 }),
        None => Ok(text),
    }
}

/// Control characters, and those that take no room or turn the direction of writing: two texts that look the same must
/// not be two customers.
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e0fff}')
}

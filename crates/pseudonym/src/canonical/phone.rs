//! Phone numbers as E.164, by the metadata of libphonenumber (crate `phonenumber`).

use super::CanonicalError;
use phonenumber::Mode;
use phonenumber::country::Id;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// The region to which a number without a country's prefix belongs: two capital letters (ISO 3166).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(Id);

impl FromStr for Region {
    type Err = CanonicalError;

    fn from_str(text: &str) -> Result<Self, CanonicalError> {
        let mut chars = text.chars();
        let found = [chars.next().unwrap_or(' '), chars.next().unwrap_or(' ')];
        let capital = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let id = capital.then(|| Id::from_str(text).ok()).flatten();
        id.map(Self).ok_or(CanonicalError::Region { found })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_ref())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}

/// The E.164 form of a number that is normalised already.
pub(super) fn canonical(text: &str, region: Region) -> Result<Zeroizing<String>, CanonicalError> {
    let refused = |reason| CanonicalError::Phone { reason };
    // The parser would read letters as on a keypad, and an extension is another line.
    if text.chars().any(char::is_alphabetic) {
        return Err(refused("it holds letters; write an extension in another column"));
    }
    let once = e164(text, region)?;
    // The parser drops what it takes for a prefix; what is left may be another number, or none.
    match e164(&once, region) {
        Ok(again) if again == once => Ok(once),
        _ => Err(refused("its prefix can be read in two ways; write it as + and the country's number")),
    }
}

fn e164(text: &str, region: Region) -> Result<Zeroizing<String>, CanonicalError> {
    let refused = |reason| CanonicalError::Phone { reason };
    let number = phonenumber::parse(Some(region.0), text).map_err(|_| refused("its form is not that of a number"))?;
    if number.extension().is_some() {
        return Err(refused("it holds an extension; write it in another column"));
    }
    if !number.is_valid() {
        return Err(refused("no such number exists in its region's numbering plan"));
    }
    Ok(Zeroizing::new(number.format().mode(Mode::E164).to_string()))
}

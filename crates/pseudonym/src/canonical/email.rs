//! E-mail addresses: the domain by IDNA, the local part by a stated policy.
//!
//! Source: RFC 5321 and 6531 for the form, UTS 46 (crate `idna`) for the domain. Quoted local parts and address
//! literals such as `[192.0.2.1]` are refused: nobody's customer file holds them on purpose.

use super::{CanonicalError, LocalPart};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Most bytes of a local part (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Most bytes of a domain.
const MAX_DOMAIN: usize = 253;

/// The canonical form of an address that is normalised already.
pub(super) fn canonical(text: &str, policy: LocalPart) -> Result<Zeroizing<String>, CanonicalError> {
    let refused = |reason| CanonicalError::Email { reason };
    let (local, domain) = text.rsplit_once('@').ok_or(refused("there is no @"))?;
    check_local(local)?;
    let domain = idna::domain_to_ascii_strict(domain.trim_end_matches('.'))
        .map_err(|_| refused("the part after the @ is no domain name"))?;
    if domain.len() > MAX_DOMAIN || !domain.contains('.') || domain.split('.').any(str::is_empty) {
        return Err(refused("the part after the @ is no domain name"));
    }
    let local = local_part(local, policy)?;
    Ok(Zeroizing::new(format!("{}@{domain}", local.as_str())))
}

fn check_local(local: &str) -> Result<(), CanonicalError> {
    let refused = |reason| Err(CanonicalError::Email { reason });
    if local.is_empty() || local.len() > MAX_LOCAL {
        return refused("the part before the @ is empty or longer than 64 bytes");
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return refused("the part before the @ has a dot at its end or two in a row");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
    if !local.chars().all(|c| plain(c) || (!c.is_ascii() && c.is_alphanumeric())) {
        return refused("the part before the @ holds a character that no address has");
    }
    Ok(())
}

fn local_part(local: &str, policy: LocalPart) -> Result<Zeroizing<String>, CanonicalError> {
    let kept = match policy {
        LocalPart::Keep => return Ok(Zeroizing::new(local.to_owned())),
        LocalPart::Lower => local,
        LocalPart::LowerUntagged => local.split_once('+').map_or(local, |(name, _)| name),
    };
    if kept.is_empty() {
        return Err(CanonicalError::Email { reason: "nothing stands before the +" });
    }
    // Lower case may compose anew, and İ becomes two characters, of which one alone is no letter.
    let lower = Zeroizing::new(kept.to_lowercase().nfkc().collect::<String>());
    check_local(&lower)?;
    Ok(lower)
}

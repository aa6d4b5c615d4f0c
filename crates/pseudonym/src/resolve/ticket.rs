//! Tickets: what is to be opened, for what, by whom, until when; and who approved it.
//!
//! Source: Ed25519 (RFC 8032), verified strictly. Signatures cover a tag and the whole request, of which sixteen bytes
//! are random, so that no two tickets are alike.

use super::{MAX_VALIDITY, Panel, ResolveError};
use crate::capsule::{Capsule, Purpose};
use crate::key::KeyError;
use crate::random;
use crate::wire::{DecodeError, Reader, put};
use ed25519_dalek::{Signature, Signer, SigningKey};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

const WHAT: &str = "a ticket";
const TAG: &[u8; 8] = b"gh-ptk-1";
const MAX_BYTES: usize = 16 << 10;
const MAX_APPROVALS: usize = 64;
const ASKED: &[u8] = b"guildhall/pseudonym/ticket/asked/v1";
const APPROVED: &[u8] = b"guildhall/pseudonym/ticket/approved/v1";

/// A person's name as the panel has it: 1 to 64 letters, digits, dots, hyphens or underscores.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Person(String);

/// A person's signing key.
///
/// # Security
/// Whoever has it approves in that person's name. Wiped on drop.
pub struct PersonKey(SigningKey);

/// A ticket that everybody needed has signed.
pub struct Ticket {
    request: Request,
    asked: Signature,
    approvals: BTreeMap<Person, Signature>,
}

/// A ticket as it is passed around, with the signatures it has so far.
pub struct UnverifiedTicket(Ticket);

struct Request {
    capsule: [u8; 32],
    purpose: Purpose,
    requester: Person,
    expires: u64,
    nonce: [u8; 16],
}

impl FromStr for Person {
    type Err = NotAPerson;

    fn from_str(text: &str) -> Result<Self, NotAPerson> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPerson)
        }
    }
}

/// A text that is no person's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a person's name has 1 to 64 letters, digits, dots, hyphens or underscores")]
pub struct NotAPerson;

impl Person {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PersonKey {
    /// A new key.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        random::fill(seed.as_mut_slice())?;
        Ok(Self::from_bytes(&seed))
    }

    /// A key from its 32 bytes.
    pub fn from_bytes(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The key's bytes.
    ///
    /// # Security
    /// For the person's own key file only.
    pub fn expose_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key, for the panel.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }
}

impl Request {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = TAG.to_vec();
        bytes.extend_from_slice(&self.capsule);
        put(&mut bytes, self.purpose.as_str().as_bytes());
        put(&mut bytes, self.requester.as_str().as_bytes());
        bytes.extend_from_slice(&self.expires.to_be_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes
    }

    fn signed(&self, tag: &[u8]) -> Vec<u8> {
        [tag, &self.encode()].concat()
    }
}

impl Ticket {
    /// Its id: a hash of the request without signatures. One id is good for one resolution.
    pub fn id(&self) -> [u8; 32] {
        Sha256::digest(self.request.encode()).into()
    }

    /// What is logged: a hash of the request and of all signatures.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.encode()).into()
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = self.request.encode();
        bytes.extend_from_slice(&self.asked.to_bytes());
        bytes.push(u8::try_from(self.approvals.len()).unwrap_or(u8::MAX));
        for (name, signature) in &self.approvals {
            put(&mut bytes, name.as_str().as_bytes());
            bytes.extend_from_slice(&signature.to_bytes());
        }
        bytes
    }
}

impl UnverifiedTicket {
    /// Asks for a capsule to be opened.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn ask(
        capsule: &Capsule,
        purpose: Purpose,
        requester: Person,
        key: &PersonKey,
        expires: u64,
    ) -> Result<Self, ResolveError> {
        let mut nonce = [0; 16];
        random::fill(&mut nonce).map_err(KeyError::from)?;
        let request = Request { capsule: capsule.digest(), purpose, requester, expires, nonce };
        let asked = key.0.sign(&request.signed(ASKED));
        Ok(Self(Ticket { request, asked, approvals: BTreeMap::new() }))
    }

    /// Adds the approval of a person of the panel.
    ///
    /// # Errors
    /// [`ResolveError::SelfApproval`] if that person asked, [`ResolveError::Unknown`] if it is not of the panel,
    /// [`ResolveError::Signature`] if the panel knows it by another key.
    pub fn approve(&mut self, panel: &Panel, name: Person, key: &PersonKey) -> Result<(), ResolveError> {
        if name == self.0.request.requester {
            return Err(ResolveError::SelfApproval { name });
        }
        if panel.key(&name)?.to_bytes() != key.public() {
            return Err(ResolveError::Signature { name });
        }
        self.add(name, key);
        Ok(())
    }

    fn add(&mut self, name: Person, key: &PersonKey) {
        let signature = key.0.sign(&self.0.request.signed(APPROVED));
        self.0.approvals.insert(name, signature);
    }

    /// The ticket as bytes.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// What is logged.
    pub fn digest(&self) -> [u8; 32] {
        self.0.digest()
    }

    /// SHA-256 of the capsule that is to be opened.
    pub const fn capsule(&self) -> &[u8; 32] {
        &self.0.request.capsule
    }

    /// For what.
    pub const fn purpose(&self) -> &Purpose {
        &self.0.request.purpose
    }

    /// Who asks.
    pub const fn requester(&self) -> &Person {
        &self.0.request.requester
    }

    /// Until when, seconds since 1970.
    pub const fn expires(&self) -> u64 {
        self.0.request.expires
    }

    /// The people of the panel whose approvals count: signed with their keys, and not the requester's.
    pub fn approvers<'t>(&'t self, panel: &Panel) -> impl Iterator<Item = &'t Person> {
        let requester = self.requester();
        self.0.approvals.keys().filter(move |name| *name != requester && self.approved_by(panel, name))
    }

    /// The names under which an approval stands that nobody of the panel gave; they do not count and stop nothing.
    pub fn bogus(&self, panel: &Panel) -> Vec<Person> {
        self.0.approvals.keys().filter(|name| !self.approved_by(panel, name)).cloned().collect()
    }

    /// Takes the approvals out that nobody of the panel gave; returns their names.
    pub fn drop_bogus(&mut self, panel: &Panel) -> Vec<Person> {
        let bogus = self.bogus(panel);
        self.0.approvals.retain(|name, _| !bogus.contains(name));
        bogus
    }

    /// Whether an approval under this name is signed with the key the panel knows.
    fn approved_by(&self, panel: &Panel, name: &Person) -> bool {
        let Some(signature) = self.0.approvals.get(name) else { return false };
        check(panel, name, &self.0.request.signed(APPROVED), signature).is_ok()
    }

    /// Reads a ticket.
    ///
    /// # Errors
    /// If it is not encoded as [`Self::encode`] does.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(WHAT, TAG, MAX_BYTES, bytes)?;
        let capsule = reader.array()?;
        let purpose = reader.text()?.parse().map_err(|_| reader.wrong("its purpose is none"))?;
        let requester = person(&mut reader)?;
        let (expires, nonce) = (reader.u64()?, reader.array()?);
        let asked = Signature::from_bytes(&reader.array()?);
        let count = usize::from(reader.u8()?);
        if count > MAX_APPROVALS {
            return Err(reader.wrong("it has more than 64 approvals"));
        }
        let mut approvals = BTreeMap::new();
        for _ in 0..count {
            let name = person(&mut reader)?;
            if approvals.last_key_value().is_some_and(|(last, _)| *last >= name) {
                return Err(reader.wrong("its approvals are not in order, or a person stands there twice"));
            }
            approvals.insert(name, Signature::from_bytes(&reader.array()?));
        }
        reader.end()?;
        let request = Request { capsule, purpose, requester, expires, nonce };
        Ok(Self(Ticket { request, asked, approvals }))
    }

    /// Checks all but the number of approvals: that the ticket names this capsule and its purpose, is valid now, was
    /// signed by who asks, and not approved by the same person. People check with it before they sign, trustees before
    /// they decrypt.
    ///
    /// # Errors
    /// The reason as a variant of its own.
    pub fn check(&self, panel: &Panel, capsule: &Capsule, now: u64) -> Result<(), ResolveError> {
        check_fits(self, capsule)?;
        let Ticket { request, asked, .. } = &self.0;
        let Request { requester, expires, .. } = request;
        if now >= *expires {
            return Err(ResolveError::Expired { expires: *expires, now });
        }
        if expires - now > MAX_VALIDITY {
            return Err(ResolveError::TooLong { expires: *expires });
        }
        check(panel, requester, &request.signed(ASKED), asked)?;
        if self.approved_by(panel, requester) {
            return Err(ResolveError::SelfApproval { name: requester.clone() });
        }
        Ok(())
    }

    /// Verifies it, and that enough people other than the requester approved. Approvals that are nobody's do not count.
    ///
    /// # Errors
    /// The reason as a variant of its own.
    pub fn verify(self, panel: &Panel, capsule: &Capsule, needed: usize, now: u64) -> Result<Ticket, ResolveError> {
        self.check(panel, capsule, now)?;
        let found = self.approvers(panel).count();
        if found < needed {
            return Err(ResolveError::TooFewApprovals { found, needed, bogus: self.bogus(panel) });
        }
        Ok(self.0)
    }
}

#[cfg(test)]
impl UnverifiedTicket {
    /// Adds an approval without asking whose it is.
    pub(super) fn forced_for_tests(&mut self, name: Person, key: &PersonKey) {
        self.add(name, key);
    }
}

fn check_fits(ticket: &UnverifiedTicket, capsule: &Capsule) -> Result<(), ResolveError> {
    if *ticket.capsule() != capsule.digest() {
        return Err(ResolveError::OtherCapsule);
    }
    let (sealed, asked) = (&capsule.label().purpose, ticket.purpose());
    if sealed == asked {
        return Ok(());
    }
    Err(ResolveError::OtherPurpose { sealed: sealed.clone(), asked: asked.clone() })
}

fn check(panel: &Panel, name: &Person, message: &[u8], signature: &Signature) -> Result<(), ResolveError> {
    let fits = panel.key(name)?.verify_strict(message, signature);
    fits.map_err(|_| ResolveError::Signature { name: name.clone() })
}

fn person(reader: &mut Reader<'_>) -> Result<Person, DecodeError> {
    reader.text()?.parse().map_err(|_| reader.wrong("a person's name is none"))
}

//! Step 1: what a run is about. Everybody computes the terms from the same messages.

use super::{LEAST_MEMBERS, LEAST_SET, MAX_MEMBERS, MAX_NAME_BYTES, MAX_PURPOSE_BYTES, MAX_SET};
use super::{OverlapError, SetCommitment, member::Route};
use crate::random;
use curve25519_dalek::RistrettoPoint;
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha256};
use std::fmt;

const TERMS_TAG: &[u8] = b"guildhall/overlap-terms/v2";

/// A member's first message: who it is, how large its set is, and the commitment to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    pub(super) name: String,
    pub(super) size: u32,
    pub(super) commitment: SetCommitment,
    pub(super) nonce: [u8; 32],
}

impl Enrolment {
    /// The member.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many customers it has.
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// The commitment to them.
    pub const fn commitment(&self) -> &SetCommitment {
        &self.commitment
    }
}

/// The comparing party's first message: who it is, and the key of this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparerKey {
    pub(super) name: String,
    pub(super) key: CompressedRistretto,
    pub(super) nonce: [u8; 32],
}

impl ComparerKey {
    /// The comparing party.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The point, if it is one that hides anything.
    pub(super) fn point(&self) -> Result<RistrettoPoint, OverlapError> {
        self.key.decompress().filter(|point| !point.is_identity()).ok_or(OverlapError::Key)
    }
}

/// The hash of all terms. It holds a fresh nonce of every party, so that no two runs have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TermsDigest([u8; 32]);

impl TermsDigest {
    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for TermsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a run is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    purpose: String,
    least: u32,
    members: Vec<Enrolment>,
    comparer: ComparerKey,
    digest: TermsDigest,
}

impl Terms {
    /// Makes the terms of a purpose, a least size of sets, and what the parties sent, in the order of the way.
    ///
    /// # Errors
    /// If there are too few or too many members, two are the same, a set is too small, the comparing party is a member,
    /// or its key is invalid.
    pub fn agree(
        purpose: &str,
        least: u32,
        members: Vec<Enrolment>,
        comparer: ComparerKey,
    ) -> Result<Self, OverlapError> {
        checked_purpose(purpose)?;
        if least < LEAST_SET {
            return Err(OverlapError::LeastTooLow { found: least });
        }
        if !(LEAST_MEMBERS..=MAX_MEMBERS).contains(&members.len()) {
            return Err(OverlapError::Members { found: members.len() });
        }
        comparer.point()?;
        members.iter().enumerate().try_for_each(|(index, member)| check(member, &members[..index], least))?;
        checked_name(&comparer.name)?;
        if members.iter().any(|member| member.name == comparer.name) {
            return Err(OverlapError::ComparerIsMember { name: comparer.name });
        }
        let digest = digest(purpose, least, &members, &comparer);
        Ok(Self { purpose: purpose.to_owned(), least, members, comparer, digest })
    }

    /// What the counts are for.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Fewest customers of a set.
    pub const fn least(&self) -> u32 {
        self.least
    }

    /// The members, in the order in which sets pass them.
    pub fn members(&self) -> &[Enrolment] {
        &self.members
    }

    /// The comparing party's key.
    pub const fn comparer(&self) -> &ComparerKey {
        &self.comparer
    }

    /// The hash of all of it, the run's name.
    pub const fn digest(&self) -> &TermsDigest {
        &self.digest
    }

    /// Whether a set that has come so far can only have come from this sender, as the channel names it.
    pub(super) fn check_sender(&self, route: Route, sender: &str) -> Result<(), OverlapError> {
        let before = usize::from(route.owner) + usize::from(route.hops).saturating_sub(1);
        let expected = self.members.get(before % self.members.len().max(1)).map(Enrolment::name);
        if expected == Some(sender) {
            return Ok(());
        }
        let owner = self.member(route.owner).map(|member| member.name.clone()).unwrap_or_default();
        Err(OverlapError::WrongSender {
            owner,
            hops: route.hops,
            sender: sender.chars().take(MAX_NAME_BYTES).collect(),
        })
    }

    /// The member at a place.
    pub(super) fn member(&self, index: u8) -> Option<&Enrolment> {
        self.members.get(usize::from(index))
    }
}

fn check(member: &Enrolment, before: &[Enrolment], least: u32) -> Result<(), OverlapError> {
    let name = || member.name.clone();
    checked_name(&member.name)?;
    if before.iter().any(|other| other.name == member.name) {
        return Err(OverlapError::SameName { name: name() });
    }
    if before.iter().any(|other| other.commitment == member.commitment) {
        return Err(OverlapError::SameCommitment { name: name() });
    }
    if member.size < least {
        return Err(OverlapError::TooFew { name: name(), least });
    }
    if member.size > MAX_SET {
        return Err(OverlapError::TooMany { name: name() });
    }
    Ok(())
}

fn digest(purpose: &str, least: u32, members: &[Enrolment], comparer: &ComparerKey) -> TermsDigest {
    let mut hash = Sha256::new_with_prefix(TERMS_TAG);
    let mut text = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    text(purpose);
    members.iter().for_each(|member| text(&member.name));
    text(&comparer.name);
    hash.update(least.to_be_bytes());
    hash.update((members.len() as u64).to_be_bytes());
    for member in members {
        hash.update(member.size.to_be_bytes());
        hash.update(member.commitment.as_bytes());
        hash.update(member.nonce);
    }
    hash.update(comparer.key.as_bytes());
    hash.update(comparer.nonce);
    TermsDigest(hash.finalize().into())
}

/// 256 fresh bits of a party.
pub(super) fn nonce() -> Result<[u8; 32], OverlapError> {
    let mut nonce = [0; 32];
    random::fill(&mut nonce)?;
    Ok(nonce)
}

pub(super) fn checked_purpose(purpose: &str) -> Result<(), OverlapError> {
    if printable(purpose, MAX_PURPOSE_BYTES) { Ok(()) } else { Err(OverlapError::Purpose) }
}

pub(super) fn checked_name(name: &str) -> Result<(), OverlapError> {
    if printable(name, MAX_NAME_BYTES) { Ok(()) } else { Err(OverlapError::Name) }
}

fn printable(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.len() <= most && !text.contains(char::is_control)
}

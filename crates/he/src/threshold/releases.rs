//! What a key share has released, and what others have seen of it.
//!
//! A release is a tally, named by the key and by everything it says ([`UnverifiedTally::release`]: the set of uploads, and
//! every sum), opened for a quorum. It is counted once, however often it is asked for, by whichever evaluator's signature:
//! the record holds the share itself, and gives the same bytes again. Another tally under the key is another release and is
//! refused; so are more than three quorums. A share covers every metric of the poll, so the count is that of every metric.
//!
//! The record is a chain: every share is signed, carries its number and names the one before. Whoever puts back an older
//! copy of the record makes two shares with one number: [`Seen`] finds them as soon as both reach one honest party, or one of
//! them comes back to the party itself. A record put back whose second share only a dishonest combiner sees is not found.

use super::KeyShare;
use super::opening::OpeningShare;
use crate::HeError;
#[cfg(doc)]
use crate::UnverifiedTally;
use crate::keys::PublicKey;
use crate::poll::ATTEMPTS;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const MAGIC: [u8; 8] = *b"GHHR\x01\0\0\0";
/// Longest record: three shares of the largest layout.
const LONGEST: usize = 1 << 16;

/// The opening shares a key share has made. Must be durable before one is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releases {
    key: [u8; 32],
    party: u8,
    /// Each with its bytes.
    shares: Vec<(OpeningShare, Vec<u8>)>,
}

/// Opening shares seen so far, of any party.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen(BTreeMap<(u8, u8), OpeningShare>);

impl KeyShare {
    /// The record of a key share that has made no opening share.
    pub fn no_releases(&self) -> Releases {
        Releases { key: self.binding().key, party: self.index(), shares: vec![] }
    }
}

impl Releases {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.head().to_vec();
        for (_, share) in &self.shares {
            bytes.extend((share.len() as u32).to_le_bytes());
            bytes.extend(share);
        }
        bytes
    }

    /// Reads [`Self::encode`] as the record of this key share.
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::Mismatch`], [`HeError::NotAuthentic`].
    pub fn decode(bytes: &[u8], share: &KeyShare) -> Result<Self, HeError> {
        let wrong = || HeError::Malformed { what: "record of openings", why: "its form does not fit" };
        let mut record = share.no_releases();
        if bytes.len() > LONGEST {
            return Err(wrong());
        }
        let (head, mut rest) = bytes.split_first_chunk::<41>().ok_or_else(wrong)?;
        if *head != record.head() {
            return Err(HeError::Mismatch { what: "the record of openings", other: "key or party" });
        }
        while let Some((length, after)) = rest.split_first_chunk() {
            let length = u32::from_le_bytes(*length) as usize;
            let (one, after) = after.split_at_checked(length).ok_or_else(wrong)?;
            record = record.with(one, share)?;
            rest = after;
        }
        if rest.is_empty() { Ok(record) } else { Err(wrong()) }
    }

    /// With one more share, if it continues the chain.
    pub(super) fn with(&self, bytes: &[u8], by: &KeyShare) -> Result<Self, HeError> {
        let mut parties = vec![[0; 32]; usize::from(self.party)];
        if let Some(own) = parties.last_mut() {
            *own = by.identity().public();
        }
        let share = OpeningShare::read(bytes, by.binding(), &parties)?;
        if (share.number, share.previous) != self.next() || self.given(&share.release, share.quorum)?.is_some() {
            return Err(HeError::NotAuthentic { what: "the record of openings" });
        }
        let mut record = self.clone();
        record.shares.push((share, bytes.to_vec()));
        Ok(record)
    }

    /// The share given for this release and quorum before, if there is one; nothing if a new one may be made.
    ///
    /// # Errors
    /// [`HeError::Spent`].
    pub(super) fn given(&self, release: &[u8; 32], quorum: u16) -> Result<Option<&[u8]>, HeError> {
        let refuse = |what| Err(HeError::Spent { what });
        if self.shares.iter().any(|(before, _)| before.release != *release) {
            return refuse("this key share has opened another tally; two of them could be subtracted");
        }
        if let Some((_, bytes)) = self.shares.iter().find(|(before, _)| before.quorum == quorum) {
            return Ok(Some(bytes));
        }
        if self.shares.len() as u64 >= ATTEMPTS {
            return refuse("this key share has answered three quorums");
        }
        Ok(None)
    }

    /// Number of the next share, and the name of the last.
    pub(super) fn next(&self) -> (u8, [u8; 32]) {
        let start =
            || Sha256::new_with_prefix(b"guildhall-he/v1/releases\0").chain_update(self.head()).finalize().into();
        (self.shares.len() as u8, self.shares.last().map_or_else(start, |(share, _)| share.id))
    }

    /// Quorums for which a release was answered; each metric of it counts as often.
    pub fn count(&self, release: &[u8; 32]) -> usize {
        self.shares.iter().filter(|(share, _)| share.release == *release).count()
    }

    /// Whether the record knows every share of its own party that others have seen.
    ///
    /// # Errors
    /// [`HeError::SetBack`].
    pub fn covers(&self, seen: &Seen) -> Result<(), HeError> {
        let own = seen.0.values().filter(|share| share.party == self.party);
        let known = |share: &OpeningShare| self.shares.iter().any(|(before, _)| before.id == share.id);
        if own.into_iter().all(known) { Ok(()) } else { Err(HeError::SetBack { party: self.party }) }
    }

    fn head(&self) -> [u8; 41] {
        let mut head = [0; 41];
        let parts = MAGIC.iter().chain(&self.key).chain([&self.party]);
        head.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        head
    }
}

impl Seen {
    /// Takes note of an opening share of any party of a key, for any tally.
    ///
    /// # Errors
    /// [`HeError::SetBack`] if its maker has made another share with the same number, or names another one before it;
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::Mismatch`].
    pub fn add(&mut self, bytes: &[u8], key: &PublicKey) -> Result<(), HeError> {
        self.note(OpeningShare::read(bytes, key.binding(), key.parties())?)
    }

    /// The same for one that is read already.
    ///
    /// # Errors
    /// [`HeError::SetBack`].
    pub fn note(&mut self, share: OpeningShare) -> Result<(), HeError> {
        let (party, number) = (share.party, share.number);
        let at = |number: Option<u8>| number.and_then(|number| self.0.get(&(party, number)));
        let same = at(Some(number)).is_none_or(|other| other.id == share.id);
        let after = at(number.checked_sub(1)).is_none_or(|before| before.id == share.previous);
        let before = at(number.checked_add(1)).is_none_or(|after| after.previous == share.id);
        if !(same && after && before) {
            return Err(HeError::SetBack { party });
        }
        self.0.insert((party, number), share);
        Ok(())
    }
}

//! Resolving a pseudonym: only by a quorum of trustees, for a ticket that enough people signed and that was logged.
//!
//! ```text
//! Ticket::ask -> approve (each person) -> logged by the caller's log -> Trustee::resolve (each) -> Share
//!   -> open (verify shares, name the bad ones, combine) -> the identifier
//! ```
//!
//! A trustee decrypts nothing unless, in this order: the capsule's proof fits; the ticket names this very capsule and
//! its purpose; it is not expired; its requester signed it; as many different people as the key's threshold, and not
//! the requester, approved it; it is in the log; it was not used before, which is recorded durably first. The epoch of
//! the pseudonym must be in use. An approval that nobody of the panel gave is named and does not count: it cannot stop
//! a ticket that enough people signed.
//!
//! Assumption: each person has one key that the trustees know; the log is witnessed.
//!
//! Not here: the log (the caller gives a [`TicketLog`]), and whether the purpose is lawful, which the people decide.

mod share;
#[cfg(test)]
mod tests;
mod ticket;

pub use share::{Share, UnverifiedShare, open};
pub use ticket::{Person, PersonKey, Ticket, UnverifiedTicket};

use crate::capsule::{CapsuleError, Purpose, UnverifiedCapsule};
use crate::evaluate::{EvaluateError, Trustee};
use crate::key::{Domain, KeyError, KeyId, NodeId};
use crate::store::{Recorded, Store, StoreError};
use crate::when::utc;
use crate::wire::DecodeError;
use ed25519_dalek::VerifyingKey;
use std::collections::BTreeMap;

/// The longest a ticket may be valid, in seconds: 90 days.
pub const MAX_VALIDITY: u64 = 90 * 86_400;

/// Why nothing was resolved. Each reason has its own variant; no message contains an identifier.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// A message cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The capsule is not one, was altered, or cannot be opened.
    #[error(transparent)]
    Capsule(#[from] CapsuleError),
    /// The trustee has no such key, or cannot use it.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The ticket is for another capsule.
    #[error("the ticket approves another capsule; ask for approval of this one")]
    OtherCapsule,
    /// The capsule was sealed for another purpose.
    #[error("the capsule may be opened for {sealed} only, and the ticket says {asked}")]
    OtherPurpose {
        /// The capsule's purpose.
        sealed: Purpose,
        /// The ticket's.
        asked: Purpose,
    },
    /// The ticket is not valid any more.
    #[error("the ticket expired at {}, and now it is {}; ask for a new one", utc(*expires), utc(*now))]
    Expired {
        /// When it expired.
        expires: u64,
        /// Now.
        now: u64,
    },
    /// The ticket would be valid for too long.
    #[error("the ticket is valid until {}; tickets last for 90 days at most", utc(*expires))]
    TooLong {
        /// When it would expire.
        expires: u64,
    },
    /// Somebody is not known to the trustees of this domain.
    #[error("{name} is not one of the people who decide in this domain")]
    Unknown {
        /// Who.
        name: Person,
    },
    /// A signature is not that person's over this ticket.
    #[error("the signature of {name} does not fit this ticket; have {name} sign it again")]
    Signature {
        /// Whose.
        name: Person,
    },
    /// The requester approved the request.
    #[error("{name} asked for this and cannot approve it; have somebody else sign")]
    SelfApproval {
        /// Who.
        name: Person,
    },
    /// Too few people approved.
    #[error("{found} people approved, and {needed} must{}", uncounted(bogus))]
    TooFewApprovals {
        /// How many did.
        found: usize,
        /// How many must.
        needed: usize,
        /// Names under which an approval stands that nobody of the panel gave.
        bogus: Vec<Person>,
    },
    /// The ticket is not proved to be in the log.
    #[error("the ticket is not proved to be in the log; log it, and send the receipt along")]
    NotLogged,
    /// The ticket was used.
    #[error("the ticket was used before; each is good for one resolution. Ask for a new one")]
    Replayed,
    /// The trustees of the key are no more than those who make pseudonyms.
    #[error("{id} needs only {threshold} trustees, and making pseudonyms {other}; resolving must need more")]
    Threshold {
        /// The resolution key.
        id: KeyId,
        /// Its threshold.
        threshold: u8,
        /// That of the key for pseudonyms.
        other: u8,
    },
    /// Too few valid shares came.
    #[error("{good} of the {needed} trustees needed gave a valid share; trustees {bad:?} gave invalid ones")]
    TooFew {
        /// Valid shares.
        good: usize,
        /// Needed.
        needed: usize,
        /// Whose were invalid.
        bad: Vec<NodeId>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Two people share a key, or there are too few.
    #[error("the people who decide must be at least {needed}, each with a key of their own")]
    Panel {
        /// How many there must be.
        needed: usize,
    },
}

/// Which approvals were not counted, in words.
fn uncounted(bogus: &[Person]) -> String {
    if bogus.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = bogus.iter().map(Person::as_str).collect();
    format!("; not counted, since the panel does not know the signature: {}", names.join(", "))
}

impl From<KeyError> for ResolveError {
    fn from(error: KeyError) -> Self {
        Self::Evaluate(error.into())
    }
}

/// The people who may ask and approve, each with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    people: BTreeMap<Person, VerifyingKey>,
}

/// A log in which tickets stand, as the caller keeps it.
pub trait TicketLog {
    /// Whether the receipt proves that this digest is in the log.
    fn proves(&self, digest: &[u8; 32], receipt: &[u8]) -> bool;
}

impl Panel {
    /// A panel of people with their public keys (Ed25519, 32 bytes).
    ///
    /// # Errors
    /// If a key is none, or two people have the same.
    pub fn new(people: BTreeMap<Person, [u8; 32]>) -> Result<Self, ResolveError> {
        let mut panel = BTreeMap::new();
        for (name, bytes) in people {
            let key = VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak());
            let key = key.ok_or_else(|| ResolveError::Signature { name: name.clone() })?;
            if panel.values().any(|known| *known == key) {
                return Err(ResolveError::Panel { needed: panel.len() + 1 });
            }
            panel.insert(name, key);
        }
        Ok(Self { people: panel })
    }

    fn key(&self, name: &Person) -> Result<&VerifyingKey, ResolveError> {
        self.people.get(name).ok_or_else(|| ResolveError::Unknown { name: name.clone() })
    }
}

impl<S: Store> Trustee<S> {
    /// This trustee's share of opening a capsule, if the ticket allows it. The ticket is used up durably first.
    ///
    /// # Errors
    /// One of [`ResolveError`] for each reason to refuse.
    pub fn resolve(
        &mut self,
        panel: &Panel,
        log: &impl TicketLog,
        ticket: &[u8],
        receipt: &[u8],
        capsule: &[u8],
        now: u64,
    ) -> Result<Share, ResolveError> {
        let capsule = UnverifiedCapsule::decode(capsule)?;
        let id = capsule.label().key();
        self.check_served(&id, now)?;
        self.check_thresholds(&id)?;
        let share = self.load(&id)?;
        let needed = usize::from(share.public().quorum().threshold());
        let capsule = capsule.verify(share.public())?;
        let ticket = UnverifiedTicket::decode(ticket)?;
        let ticket = ticket.verify(panel, &capsule, needed, now)?;
        if !log.proves(&ticket.digest(), receipt) {
            return Err(ResolveError::NotLogged);
        }
        self.use_up(&id.domain, &ticket)?;
        Ok(share::of(self.load(&id)?, &capsule)?)
    }

    fn check_served(&self, id: &KeyId, now: u64) -> Result<(), ResolveError> {
        let unknown = || EvaluateError::NoKey { node: self.node(), id: id.clone() };
        Ok(self.life(id).ok_or_else(unknown)?.check(id, now)?)
    }

    /// Resolving must need more trustees than making pseudonyms.
    fn check_thresholds(&mut self, id: &KeyId) -> Result<(), ResolveError> {
        let threshold = self.load(id)?.public().quorum().threshold();
        let other = KeyId::pseudonyms(id.domain.clone(), id.epoch);
        let other = self.load(&other)?.public().quorum().threshold();
        if threshold > other { Ok(()) } else { Err(ResolveError::Threshold { id: id.clone(), threshold, other }) }
    }

    /// Records that the ticket is used before anything is decrypted for it.
    fn use_up(&mut self, domain: &Domain, ticket: &Ticket) -> Result<(), ResolveError> {
        let id: String = ticket.id().iter().map(|byte| format!("{byte:02x}")).collect();
        match self.record(&format!("ticket/{domain}/{id}"), &ticket.digest()) {
            Ok(Recorded::New) => Ok(()),
            Ok(Recorded::Same) | Err(StoreError::Conflict { .. }) => Err(ResolveError::Replayed),
            Err(error) => Err(error.into()),
        }
    }
}

//! What can go wrong in a run. No message contains a customer or a point.

use super::{LEAST_MEMBERS, LEAST_SET, MAX_MEMBERS, MAX_SET};
use crate::NoRandomness;

/// Why a run is refused or stops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OverlapError {
    /// A name cannot be used.
    #[error("a member's name has 1 to 64 bytes and no control characters")]
    Name,
    /// A purpose cannot be used.
    #[error("a purpose has 1 to 200 bytes and no control characters")]
    Purpose,
    /// There are too few or too many members.
    #[error("{found} members cannot be compared; {LEAST_MEMBERS} to {MAX_MEMBERS} can")]
    Members {
        /// How many there are.
        found: usize,
    },
    /// Two members have one name.
    #[error("two members are called {name:?}; give each a name of its own")]
    SameName {
        /// The name.
        name: String,
    },
    /// Two members sent the same commitment.
    #[error("{name:?} sent the commitment of another member; each commits to its own set with a salt of its own")]
    SameCommitment {
        /// The second one.
        name: String,
    },
    /// A set is too small.
    #[error(
        "the set of {name:?} has too few customers (fewer than {least}): counts over it would be about single people"
    )]
    TooFew {
        /// Whose set.
        name: String,
        /// The least.
        least: u32,
    },
    /// A set is too large.
    #[error("the set of {name:?} has more than {MAX_SET} customers")]
    TooMany {
        /// Whose set.
        name: String,
    },
    /// The least size is no protection.
    #[error("sets of {found} customers cannot be allowed; the least is {LEAST_SET}")]
    LeastTooLow {
        /// What was asked for.
        found: u32,
    },
    /// The terms do not contain what the party sent.
    #[error("the terms do not contain what this party sent; it does not take part")]
    NotEnrolled,
    /// A message is not of its form.
    #[error("this is no {what} of a run over shared customers")]
    Malformed {
        /// Which message was expected.
        what: &'static str,
    },
    /// A point is not one, or not written in the one way.
    #[error("point {index} of the set of {owner:?} is invalid")]
    Point {
        /// Whose set.
        owner: String,
        /// Which entry, counted from 0.
        index: usize,
    },
    /// The comparing party's key is not one.
    #[error("the comparing party's key is invalid")]
    Key,
    /// The comparing party is one of the members.
    #[error("{name:?} is a member and the comparing party: it would learn whose customers the others' are")]
    ComparerIsMember {
        /// Who.
        name: String,
    },
    /// A key or set came from somebody else than it must.
    #[error("the set of {owner:?} after {hops} members came from {sender:?}, who does not have it then")]
    WrongSender {
        /// Whose set.
        owner: String,
        /// How many members it has passed.
        hops: u8,
        /// From whom it came.
        sender: String,
    },
    /// The key of a comparing party came from somebody else.
    #[error("the key of the comparing party {name:?} came from {sender:?}")]
    ForeignKey {
        /// Whose key it says it is.
        name: String,
        /// From whom it came.
        sender: String,
    },
    /// The message belongs to another run.
    #[error("the message belongs to a run with other terms")]
    OtherTerms,
    /// The message belongs to another party, or comes at another point of the way.
    #[error("the set of {owner:?} after {hops} members does not come here")]
    WrongPlace {
        /// Whose set.
        owner: String,
        /// How many members it has passed.
        hops: u8,
    },
    /// The set came before.
    #[error(
        "the set of {owner:?} came here before; each passes once, so that nobody can have points multiplied at will"
    )]
    SeenBefore {
        /// Whose set.
        owner: String,
    },
    /// A set does not have the size its owner committed to.
    #[error("the set of {owner:?} has {found} entries and not the {committed} its owner committed to")]
    Size {
        /// Whose set.
        owner: String,
        /// Entries found.
        found: u32,
        /// Entries committed to.
        committed: u32,
    },
    /// Entries are not in strictly ascending order.
    #[error("the entries of the set of {owner:?} are not in order, or one is there twice")]
    Order {
        /// Whose set.
        owner: String,
    },
    /// A set has a customer twice.
    #[error("the set of {owner:?} holds a customer more than once: {owner:?}, or a member it passed, broke the rules")]
    Repeated {
        /// Whose set.
        owner: String,
    },
    /// Sets are missing.
    #[error("the set of {owner:?} has not arrived")]
    Missing {
        /// The first one.
        owner: String,
    },
    /// The operating system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

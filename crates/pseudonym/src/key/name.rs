//! Names of keys and of those who share them.

use super::KeyError;
use crate::wire::{DecodeError, Reader, put};
use std::fmt;
use std::num::{NonZeroU8, NonZeroU32};
use std::str::FromStr;
use std::sync::Arc;

/// Most trustees of a key.
const MAX_NODES: u8 = 32;
/// Most bytes of a domain's name.
const MAX_DOMAIN: usize = 32;

/// A pseudonymisation domain: within it the same customer has the same pseudonym, across domains never.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(Arc<str>);

/// A period of one key within a domain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(NonZeroU32);

/// What a key is for. A share made for one use does not answer for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    /// Making pseudonyms.
    Pseudonyms,
    /// Resolving them; its threshold is higher.
    Resolution,
}

/// Which key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    /// The domain.
    pub domain: Domain,
    /// What for.
    pub key_use: KeyUse,
    /// The epoch.
    pub epoch: Epoch,
}

/// One trustee: a number from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(NonZeroU8);

/// How many trustees there are, and how many of them act together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorum {
    threshold: u8,
    nodes: u8,
}

impl FromStr for Domain {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let letter = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if letter && text.len() <= MAX_DOMAIN && text.bytes().all(fits) && !text.ends_with('-') {
            Ok(Self(text.into()))
        } else {
            Err(KeyError::Domain)
        }
    }
}

impl Domain {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Epoch {
    /// The epoch of this number.
    ///
    /// # Errors
    /// If it is zero.
    pub const fn new(number: u32) -> Result<Self, KeyError> {
        match NonZeroU32::new(number) {
            Some(number) => Ok(Self(number)),
            None => Err(KeyError::Epoch),
        }
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0.get()
    }

    /// The one after it.
    ///
    /// # Errors
    /// After four thousand million epochs.
    pub const fn next(self) -> Result<Self, KeyError> {
        match self.0.checked_add(1) {
            Some(number) => Ok(Self(number)),
            None => Err(KeyError::Epoch),
        }
    }
}

impl KeyUse {
    const fn code(self) -> u8 {
        match self {
            Self::Pseudonyms => 1,
            Self::Resolution => 2,
        }
    }
}

impl KeyId {
    /// The key for making the pseudonyms of an epoch.
    pub const fn pseudonyms(domain: Domain, epoch: Epoch) -> Self {
        Self { domain, key_use: KeyUse::Pseudonyms, epoch }
    }

    /// The key for resolving those of an epoch.
    pub const fn resolution(domain: Domain, epoch: Epoch) -> Self {
        Self { domain, key_use: KeyUse::Resolution, epoch }
    }

    /// The context in which proofs about this key stand.
    pub(crate) fn context(&self) -> Vec<u8> {
        let mut context = b"GuildhallPseudonymV1-".to_vec();
        self.encode(&mut context);
        context
    }

    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.domain.0.as_bytes());
        bytes.push(self.key_use.code());
        bytes.extend_from_slice(&self.epoch.number().to_be_bytes());
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let domain = reader.text()?.parse().map_err(|_| reader.wrong("its domain is no name"))?;
        let key_use = match reader.u8()? {
            1 => KeyUse::Pseudonyms,
            2 => KeyUse::Resolution,
            _ => return Err(reader.wrong("its key has an unknown use")),
        };
        let epoch = Epoch::new(reader.u32()?).map_err(|_| reader.wrong("its epoch is zero"))?;
        Ok(Self { domain, key_use, epoch })
    }
}

impl NodeId {
    /// The trustee of this number.
    ///
    /// # Errors
    /// If it is zero or above 32.
    pub fn new(number: u8) -> Result<Self, KeyError> {
        let fits = NonZeroU8::new(number).filter(|number| number.get() <= MAX_NODES);
        fits.map(Self).ok_or(KeyError::Quorum { threshold: 0, nodes: number })
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0.get()
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::new(reader.u8()?).map_err(|_| reader.wrong("its trustee's number is not from 1 to 32"))
    }
}

impl Quorum {
    /// `threshold` of `nodes`.
    ///
    /// # Errors
    /// Unless 2 <= `threshold` < `nodes` <= 32: a threshold of 1 would let each trustee alone run through a phone book,
    /// and all of them would make one failure the end of the domain.
    pub const fn new(threshold: u8, nodes: u8) -> Result<Self, KeyError> {
        if threshold < 2 || threshold >= nodes || nodes > MAX_NODES {
            return Err(KeyError::Quorum { threshold, nodes });
        }
        Ok(Self { threshold, nodes })
    }

    /// How many act together.
    pub const fn threshold(self) -> u8 {
        self.threshold
    }

    /// How many there are.
    pub const fn nodes(self) -> u8 {
        self.nodes
    }

    /// All of them, in order.
    pub fn ids(self) -> impl Iterator<Item = NodeId> {
        (1..=self.nodes).filter_map(|number| NodeId::new(number).ok())
    }

    pub(crate) const fn contains(self, node: NodeId) -> bool {
        node.number() <= self.nodes
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.key_use {
            KeyUse::Pseudonyms => "pseudonyms",
            KeyUse::Resolution => "resolution",
        };
        write!(f, "{what} of {}, epoch {}", self.domain, self.epoch)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

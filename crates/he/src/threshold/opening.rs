//! Opening a tally with a quorum: shares drowned in fresh noise, and their sum.
//!
//! A key opens one tally, so that no two openings can be subtracted, for at most three quorums, each once: every share of
//! the same output with fresh noise counts against the key's releases. The quorum is fixed in every share.

use super::subsets::{contains, excluded, held_by, mask_of, responsible};
use crate::HeError;
use crate::evaluate::{Folded, Tally};
use crate::frame::{Binding, Cursor, FileKind, Frame, Identity, UnverifiedFrame, malformed, seal};
use crate::keys::{PublicKey, pack_poly, poly_len, unpack_poly};
use crate::open::decode;
use crate::poll::{ATTEMPTS, Mode, Parties, Plan, Poll};
use crate::random::Stream;
use crate::ring::Ring;
use num_bigint::BigUint;
use zeroize::{Zeroize, Zeroizing};

/// A party's share of a joint key. No `Debug`, no `Clone`; wiped on drop.
pub struct KeyShare {
    index: u8,
    identity: Identity,
    binding: Binding,
    /// One polynomial per set this party is not in, in order.
    shares: Vec<Zeroizing<Vec<u64>>>,
}

/// What a key share was already used for; must be durable before a share is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spent {
    tally: Option<[u8; 32]>,
    quorums: Vec<u16>,
}

/// A party's share of one opening, signature checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningShare {
    /// Who made it.
    pub party: u8,
    /// The tally it opens.
    pub tally: [u8; 32],
    quorum: u16,
    words: Vec<u64>,
}

impl Spent {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.tally.unwrap_or_default().to_vec();
        self.quorums.iter().for_each(|quorum| bytes.extend(quorum.to_le_bytes()));
        bytes
    }

    /// From its bytes.
    ///
    /// # Errors
    /// [`HeError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, HeError> {
        let wrong = HeError::Malformed { what: "record of openings", why: "its length does not fit" };
        let (tally, quorums) = bytes.split_at_checked(32).ok_or_else(|| wrong.clone())?;
        let (quorums, rest) = quorums.as_chunks::<2>();
        if !rest.is_empty() || quorums.is_empty() || quorums.len() as u64 > ATTEMPTS {
            return Err(wrong);
        }
        let tally = tally.try_into().map_err(|_| wrong)?;
        Ok(Self { tally: Some(tally), quorums: quorums.iter().map(|q| u16::from_le_bytes(*q)).collect() })
    }

    /// With one more opening.
    fn with(&self, tally: [u8; 32], quorum: u16) -> Result<Self, HeError> {
        let refuse = |what| Err(HeError::Spent { what });
        if self.tally.is_some_and(|before| before != tally) {
            return refuse("this key share has opened another tally; two of them could be subtracted");
        }
        if self.quorums.contains(&quorum) {
            return refuse("this key share has answered this quorum; fresh noise would average out");
        }
        if self.quorums.len() as u64 >= ATTEMPTS {
            return refuse("this key share has answered three quorums");
        }
        let quorums = self.quorums.iter().copied().chain([quorum]).collect();
        Ok(Self { tally: Some(tally), quorums })
    }
}

impl KeyShare {
    pub(super) const fn new(index: u8, identity: Identity, binding: Binding, shares: Vec<Zeroizing<Vec<u64>>>) -> Self {
        Self { index, identity, binding, shares }
    }

    /// The party's number.
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// What it belongs to.
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }

    /// The identity that signs for the party.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The file that holds it: secret.
    pub fn expose_file(&self) -> Zeroizing<Vec<u8>> {
        let ring = self.binding.set.ring();
        let mut body = Zeroizing::new(vec![self.index]);
        body.extend_from_slice(self.identity.expose_secret());
        self.shares.iter().for_each(|share| pack_poly(&ring, ring.n(), share, &mut body));
        Zeroizing::new(seal(&self.identity, FileKind::KeyShare, &self.binding, &body))
    }

    /// Reads [`Self::expose_file`] as a share of this poll's key.
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::Mismatch`].
    pub fn decode(bytes: &[u8], poll: &Poll) -> Result<Self, HeError> {
        let (parties, plan) = super::ceremony::joint(poll)?;
        let frame = UnverifiedFrame::decode(bytes, FileKind::KeyShare)?.verify()?;
        let expected = crate::keys::binding_of(poll, &plan, frame.binding.key);
        let Frame { binding, signer, mut body, .. } = frame.expect("the key share", &expected)?;
        let parsed = Self::parse(&parties, binding, signer, &body);
        body.zeroize();
        parsed.ok_or(malformed(FileKind::KeyShare, "its content does not fit"))
    }

    fn parse(parties: &Parties, binding: Binding, signer: [u8; 32], body: &[u8]) -> Option<Self> {
        let ring = binding.set.ring();
        let mut rest = Cursor(body);
        let [index] = rest.array()?;
        let identity = Identity::from_secret(&Zeroizing::new(rest.array()?));
        let held = (1..=parties.count).contains(&index).then(|| held_by(parties, index))?;
        let poly = |rest: &mut Cursor<'_>| {
            Some(Zeroizing::new(unpack_poly(&ring, ring.n(), rest.bytes(poly_len(&ring, ring.n()))?)?))
        };
        let shares = held.iter().map(|_| poly(&mut rest)).collect::<Option<_>>()?;
        let own = rest.is_done() && identity.public() == signer;
        own.then_some(Self { index, identity, binding, shares })
    }

    /// This party's share of opening a tally with a quorum that contains it, and what must be durable before it is sent.
    ///
    /// # Errors
    /// [`HeError::Mismatch`] for another poll's tally or a quorum without this party, [`HeError::TooFew`],
    /// [`HeError::Spent`], [`HeError::NoRandomness`].
    pub fn open(
        &self,
        poll: &Poll,
        plan: &Plan,
        tally: &Tally,
        quorum: &[u8],
        spent: &Spent,
    ) -> Result<(Vec<u8>, Spent), HeError> {
        let Mode::Quorum(parties) = &poll.mode else {
            return Err(HeError::Mismatch { what: "the key share", other: "kind of poll" });
        };
        if tally.binding != self.binding {
            return Err(HeError::Mismatch { what: "the tally", other: "poll or key" });
        }
        let mask = quorum_mask(parties, quorum)?;
        if !contains(mask, self.index) {
            return Err(HeError::Mismatch { what: "the quorum", other: "party" });
        }
        let spent = spent.with(tally.id, mask)?;
        let ring = plan.set.ring();
        let part = self.part(&ring, parties, mask);
        let mut stream = Stream::fresh()?;
        let mut body = [&tally.id[..], &[self.index], &mask.to_le_bytes()].concat();
        for folded in &tally.outputs {
            let mut words = ring.inner_wide(&folded.mask, &part);
            ring.add_wide(&mut words, stream.flood(plan.flood_bits.unwrap_or_default()));
            words.iter().for_each(|word| body.extend(word.to_le_bytes()));
        }
        Ok((seal(&self.identity, FileKind::OpeningShare, &self.binding, &body), spent))
    }

    /// The sum of the parts this party is responsible for in a quorum.
    fn part(&self, ring: &Ring, parties: &Parties, quorum: u16) -> Zeroizing<Vec<u64>> {
        let mut part = Zeroizing::new(vec![0; ring.words()]);
        let held = held_by(parties, self.index).into_iter().zip(&self.shares);
        held.filter(|(set, _)| responsible(quorum, *set) == self.index)
            .for_each(|(_, share)| ring.add(&mut part, share));
        part
    }
}

impl OpeningShare {
    /// Reads a share of opening this tally.
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::Mismatch`].
    pub fn decode(bytes: &[u8], plan: &Plan, key: &PublicKey, tally: &Tally) -> Result<Self, HeError> {
        let frame = UnverifiedFrame::decode(bytes, FileKind::OpeningShare)?.verify()?;
        let frame = frame.expect("the opening share", &key.binding)?;
        let wrong = || malformed(FileKind::OpeningShare, "its content does not fit");
        let mut rest = Cursor(&frame.body);
        let (named, [party], quorum) = rest
            .array::<32>()
            .zip(rest.array::<1>())
            .zip(rest.array().map(u16::from_le_bytes))
            .map(|((named, party), quorum)| (named, party, quorum))
            .ok_or_else(wrong)?;
        if named != tally.id {
            return Err(HeError::Mismatch { what: "the opening share", other: "tally" });
        }
        if key.parties().get(usize::from(party).wrapping_sub(1)) != Some(&frame.signer) {
            return Err(HeError::Mismatch { what: "the opening share", other: "party" });
        }
        let ring = plan.set.ring();
        let words: Vec<u64> = std::iter::from_fn(|| rest.number()).collect();
        let bounds = ring.primes().map(|m| m.value()).collect::<Vec<_>>();
        let below = words.iter().zip(bounds.iter().cycle()).all(|(word, bound)| word < bound);
        if words.len() != tally.outputs.len() * ring.limbs() || !rest.is_done() || !below {
            return Err(wrong());
        }
        Ok(Self { party, tally: named, quorum, words })
    }
}

/// Adds the shares of one quorum and decodes the sums of all outputs.
///
/// # Errors
/// [`HeError::TooFew`], [`HeError::Twice`], [`HeError::Mismatch`] for shares of another quorum or tally,
/// [`HeError::NotAuthentic`] if the noise is larger than honest shares make it.
pub fn open_with_shares(poll: &Poll, plan: &Plan, tally: &Tally, shares: &[OpeningShare]) -> Result<Vec<i64>, HeError> {
    let Mode::Quorum(parties) = &poll.mode else {
        return Err(HeError::Mismatch { what: "the opening share", other: "kind of poll" });
    };
    let first = shares.first().ok_or(HeError::TooFew { found: 0, needed: usize::from(parties.threshold) })?;
    if shares.iter().any(|share| share.quorum != first.quorum || share.tally != tally.id) {
        return Err(HeError::Mismatch { what: "an opening share", other: "quorum or tally" });
    }
    let given: Vec<u8> = shares.iter().map(|share| share.party).collect();
    let mask = mask_of(&given, parties.count).ok_or(HeError::Twice { what: "an opening share of a party" })?;
    let needed = first.quorum.count_ones() as usize;
    if mask != first.quorum || mask.count_ones() < u32::from(parties.threshold) {
        return Err(HeError::TooFew { found: shares.len(), needed: needed.max(usize::from(parties.threshold)) });
    }
    let ring = plan.set.ring();
    let flood = BigUint::from(shares.len()) << plan.flood_bits.unwrap_or_default();
    let noise = BigUint::from(plan.noise) + flood;
    let open = |(at, folded): (usize, &Folded)| {
        let mut phase = folded.body.clone();
        for share in shares {
            let words = share.words.get(at * ring.limbs()..(at + 1) * ring.limbs()).unwrap_or_default();
            ring.subtract(&mut phase, words);
        }
        decode(&ring, plan, &phase, noise.clone())
    };
    tally.outputs.iter().enumerate().map(open).collect()
}

fn quorum_mask(parties: &Parties, quorum: &[u8]) -> Result<u16, HeError> {
    let mask =
        mask_of(quorum, parties.count).ok_or(HeError::Mismatch { what: "the quorum", other: "set of parties" })?;
    let needed = usize::from(parties.threshold);
    debug_assert!(excluded(parties).iter().all(|set| quorum.len() < needed || mask & !set != 0));
    if quorum.len() < needed { Err(HeError::TooFew { found: quorum.len(), needed }) } else { Ok(mask) }
}

#[cfg(test)]
impl KeyShare {
    /// What this party adds in a quorum.
    pub(crate) fn part_for_tests(&self, parties: &Parties, quorum: &[u8]) -> Vec<u64> {
        let mask = mask_of(quorum, parties.count).expect("a quorum");
        self.part(&self.binding.set.ring(), parties, mask).to_vec()
    }

    /// All parts that two parties hold between them, each once.
    pub(crate) fn everything_with(&self, other: &Self, parties: &Parties) -> Vec<u64> {
        let ring = self.binding.set.ring();
        let (own, others) = (held_by(parties, self.index), held_by(parties, other.index));
        let mut all = vec![0; ring.words()];
        own.iter().zip(&self.shares).for_each(|(_, share)| ring.add(&mut all, share));
        let new = others.iter().zip(&other.shares).filter(|(set, _)| !own.contains(set));
        new.for_each(|(_, share)| ring.add(&mut all, share));
        all
    }
}

#[cfg(test)]
impl OpeningShare {
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }
}

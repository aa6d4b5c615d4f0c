//! Opening a tally with a quorum: shares drowned in fresh noise, and their sum.
//!
//! A key opens one tally, so that no two openings can be subtracted, for at most three quorums: [`Releases`] counts. The
//! quorum is fixed in every share, and so is the share before it, so that a party whose record was set back is found out.

use super::releases::Releases;
use super::subsets::{contains, excluded, held_by, mask_of, responsible};
use crate::HeError;
use crate::frame::{Binding, Cursor, FileKind, Frame, Identity, UnverifiedFrame, malformed, seal};
use crate::keys::{PublicKey, pack_poly, poly_len, unpack_poly};
use crate::open::decode;
use crate::poll::{Mode, Parties, Plan, Poll};
use crate::random::Stream;
use crate::ring::Ring;
use crate::tally::{Folded, Grounds, Tally, UnverifiedTally, allowed};
use num_bigint::BigUint;
use zeroize::Zeroizing;

/// A party's share of a joint key. No `Debug`, no `Clone`; wiped on drop.
pub struct KeyShare {
    index: u8,
    identity: Identity,
    binding: Binding,
    /// One polynomial per set this party is not in, in order.
    shares: Vec<Zeroizing<Vec<u64>>>,
}

/// A party's share of one opening, signature checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningShare {
    /// Who made it.
    pub party: u8,
    /// What it opens: [`UnverifiedTally::release`].
    pub release: [u8; 32],
    /// Why its maker took the tally for the sum of the uploads.
    pub grounds: Grounds,
    pub(super) quorum: u16,
    /// How many shares of another quorum its maker made before.
    pub(super) number: u8,
    /// Names the share before it, or the empty record.
    pub(super) previous: [u8; 32],
    /// Names it.
    pub(super) id: [u8; 32],
    words: Vec<u64>,
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
        let room = 33 + self.shares.len() * poly_len(&ring, ring.n());
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        body.push(self.index);
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
        let Frame { binding, signer, body, .. } = frame.expect("the key share", &expected)?;
        let parsed = Self::parse(&parties, binding, signer, &body);
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
    /// Asked again for the same tally and quorum it gives the same bytes, which counts once.
    ///
    /// # Errors
    /// [`HeError::Mismatch`] for another poll's tally or a quorum without this party, [`HeError::TooFew`],
    /// [`HeError::Spent`], [`HeError::TrustRefused`], [`HeError::NoRandomness`].
    pub fn open(
        &self,
        poll: &Poll,
        plan: &Plan,
        tally: &Tally,
        quorum: &[u8],
        releases: &Releases,
    ) -> Result<(Vec<u8>, Releases), HeError> {
        let Mode::Quorum(parties) = &poll.mode else {
            return Err(HeError::Mismatch { what: "the key share", other: "kind of poll" });
        };
        let said = tally.said();
        if said.binding != self.binding {
            return Err(HeError::Mismatch { what: "the tally", other: "poll or key" });
        }
        allowed(poll, tally.grounds())?;
        let mask = quorum_mask(parties, quorum)?;
        if !contains(mask, self.index) {
            return Err(HeError::Mismatch { what: "the quorum", other: "party" });
        }
        if let Some(before) = releases.given(&said.release, mask)? {
            return Ok((before.to_vec(), releases.clone()));
        }
        let (number, previous) = releases.next();
        let mut body = [&said.release[..], &[self.index], &mask.to_le_bytes()].concat();
        body.extend([u8::from(tally.grounds() == Grounds::EvaluatorTrusted), number]);
        body.extend(previous);
        let ring = plan.set.ring();
        let part = self.part(&ring, parties, mask);
        let mut stream = Stream::fresh()?;
        for folded in &said.outputs {
            let mut words = ring.inner_wide(&folded.mask, &part);
            ring.add_wide(&mut words, stream.flood(plan.flood_bits.unwrap_or_default()));
            words.iter().for_each(|word| body.extend(word.to_le_bytes()));
        }
        let share = seal(&self.identity, FileKind::OpeningShare, &self.binding, &body);
        let releases = releases.with(&share, self)?;
        Ok((share, releases))
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
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::NotSignedBy`], [`HeError::Mismatch`].
    pub fn decode(bytes: &[u8], plan: &Plan, key: &PublicKey, tally: &UnverifiedTally) -> Result<Self, HeError> {
        let share = Self::read(bytes, &key.binding, key.parties())?;
        if share.release != tally.release {
            return Err(HeError::Mismatch { what: "the opening share", other: "tally" });
        }
        let ring = plan.set.ring();
        let bounds = ring.primes().map(|m| m.value()).collect::<Vec<_>>();
        let below = share.words.iter().zip(bounds.iter().cycle()).all(|(word, bound)| word < bound);
        if share.words.len() != tally.outputs.len() * ring.limbs() || !below {
            return Err(malformed(FileKind::OpeningShare, "its content does not fit"));
        }
        Ok(share)
    }

    /// Reads a share of whatever tally under this key, by one of its parties.
    pub(super) fn read(bytes: &[u8], key: &Binding, parties: &[[u8; 32]]) -> Result<Self, HeError> {
        let frame = UnverifiedFrame::decode(bytes, FileKind::OpeningShare)?.verify()?;
        let frame = frame.expect("the opening share", key)?;
        let share = Self::parse(&frame).ok_or_else(|| malformed(FileKind::OpeningShare, "its content does not fit"))?;
        if parties.get(usize::from(share.party).wrapping_sub(1)) != Some(&frame.signer) {
            return Err(HeError::NotSignedBy { what: "opening share", party: share.party });
        }
        Ok(share)
    }

    fn parse(frame: &Frame) -> Option<Self> {
        let mut rest = Cursor(&frame.body);
        let release = rest.array()?;
        let [party] = rest.array()?;
        let quorum = u16::from_le_bytes(rest.array()?);
        let [trusted, number] = rest.array()?;
        let grounds = match trusted {
            0 => Grounds::Recomputed,
            1 => Grounds::EvaluatorTrusted,
            _ => return None,
        };
        let previous = rest.array()?;
        let words = std::iter::from_fn(|| rest.number()).collect();
        rest.is_done().then_some(Self { party, release, grounds, quorum, number, previous, id: frame.id, words })
    }

    /// The parties that open together.
    pub fn quorum(&self) -> Vec<u8> {
        (1..=16).filter(|party| contains(self.quorum, *party)).collect()
    }
}

/// Adds the shares of one quorum and decodes the sums of all outputs.
///
/// # Errors
/// [`HeError::TooFew`], [`HeError::Twice`], [`HeError::Mismatch`] for shares of another quorum or tally,
/// [`HeError::TrustRefused`] where a party did not compute the tally again and the poll demands it,
/// [`HeError::NotAuthentic`] if the noise is larger than honest shares make it.
pub fn open_with_shares(
    poll: &Poll,
    plan: &Plan,
    tally: &UnverifiedTally,
    shares: &[OpeningShare],
) -> Result<Vec<i64>, HeError> {
    let Mode::Quorum(parties) = &poll.mode else {
        return Err(HeError::Mismatch { what: "the opening share", other: "kind of poll" });
    };
    let first = shares.first().ok_or(HeError::TooFew {
        what: "opening shares",
        found: 0,
        needed: usize::from(parties.threshold),
    })?;
    if shares.iter().any(|share| share.quorum != first.quorum || share.release != tally.release) {
        return Err(HeError::Mismatch { what: "an opening share", other: "quorum or tally" });
    }
    shares.iter().try_for_each(|share| allowed(poll, share.grounds))?;
    let given: Vec<u8> = shares.iter().map(|share| share.party).collect();
    let mask = mask_of(&given, parties.count).ok_or(HeError::Twice { what: "an opening share of a party" })?;
    let needed = first.quorum.count_ones() as usize;
    if mask != first.quorum || mask.count_ones() < u32::from(parties.threshold) {
        let needed = needed.max(usize::from(parties.threshold));
        return Err(HeError::TooFew { what: "opening shares", found: shares.len(), needed });
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
    if quorum.len() < needed {
        Err(HeError::TooFew { what: "parties of the quorum", found: quorum.len(), needed })
    } else {
        Ok(mask)
    }
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

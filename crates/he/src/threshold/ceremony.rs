//! Making the joint key: cards, commitments, deals.
//!
//! ```text
//! 1 card        signing and sealing key of each party; the roster is all of them, compared by its fingerprint
//! 2 commitment  hash of the party's deal, before any deal is seen
//! 3 deal        its part b_i of the public key, proof of possession, hashes of all parts, parts sealed to their holders
//! 4 finish      every commitment, proof and hash is checked; parts are added up
//! ```
//!
//! The common polynomial follows from the poll's public randomness. A party's secret exists only inside [`Party::prepare`].
//! Seeds stand for all parts but that of the first set.

use super::opening::KeyShare;
use super::proof::{Statement, proof_len};
use super::subsets::{excluded, held_by};
use crate::HeError;
use crate::frame::{Binding, Cursor, FileKind, Frame, Identity, UnverifiedFrame, malformed, seal};
use crate::keys::{
    PublicKey, binding_of, draw_secret, expand, key_id, pack_poly, poly_len, public_body, public_part, unpack_poly,
};
use crate::poll::{Mode, Parties, Plan, Poll};
use crate::random::{SEED, fresh};
use crate::ring::Ring;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Encapsulated key and tag.
const SEALED: usize = 32 + 16;

/// The parties' cards, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// Fingerprint to compare by another way before going on.
    pub id: [u8; 32],
    signers: Vec<[u8; 32]>,
    seals: Vec<[u8; 32]>,
}

/// A party's own secrets while the key is made. No `Debug`, no `Clone`; wiped on drop.
pub struct Party {
    index: u8,
    identity: Identity,
    seal: Zeroizing<[u8; 32]>,
    binding: Binding,
    parties: Parties,
    plan: Plan,
}

/// A deal that waits for everybody's commitment. Keep it to yourself until then. No `Debug`, no `Clone`.
pub struct PreparedDeal {
    /// The cards it was made for.
    roster: [u8; 32],
    body: Vec<u8>,
}

impl Roster {
    /// Checks the cards of all parties of a poll.
    ///
    /// # Errors
    /// [`HeError::Poll`], [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::Mismatch`], [`HeError::TooFew`],
    /// [`HeError::Twice`].
    pub fn new(poll: &Poll, cards: &[Vec<u8>]) -> Result<Self, HeError> {
        let (parties, plan) = joint(poll)?;
        let frames = collect(&parties, cards, FileKind::PartyCard, None, &binding_of(poll, &plan, [0; 32]))?;
        let mut hash = Sha256::new_with_prefix(b"guildhall-he/v1/roster\0");
        let mut roster = Self { id: [0; 32], signers: vec![], seals: vec![] };
        for frame in frames {
            hash.update(frame.id);
            let wrong = || malformed(FileKind::PartyCard, "its content does not fit");
            let bytes: &[u8; 33] = frame.body.as_slice().try_into().map_err(|_| wrong())?;
            let seal = <[u8; 32]>::try_from(bytes.split_at(1).1).map_err(|_| wrong())?;
            if roster.signers.contains(&frame.signer) || roster.seals.contains(&seal) {
                return Err(HeError::Twice { what: "a party's key" });
            }
            roster.signers.push(frame.signer);
            roster.seals.push(seal);
        }
        roster.id = hash.finalize().into();
        Ok(roster)
    }
}

impl Party {
    /// A new party of a poll, counted from 1, and its card.
    ///
    /// # Errors
    /// [`HeError::Poll`], [`HeError::TooLarge`], [`HeError::NoRandomness`].
    pub fn new(poll: &Poll, index: u8) -> Result<(Self, Vec<u8>), HeError> {
        let (parties, plan) = joint(poll)?;
        if !(1..=parties.count).contains(&index) {
            let what = format!("there is no party {index} of {}", parties.count);
            return Err(HeError::Poll { what, remedy: "count parties from 1" });
        }
        let binding = binding_of(poll, &plan, [0; 32]);
        let party = Self { index, identity: Identity::generate()?, seal: fresh()?, binding, parties, plan };
        let card = party.card();
        Ok((party, card))
    }

    /// Step 1: its card, the same whenever it is asked for.
    pub fn card(&self) -> Vec<u8> {
        let content = [&[self.index][..], &self.seal_public()].concat();
        seal(&self.identity, FileKind::PartyCard, &self.binding, &content)
    }

    /// Its number, from 1.
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// The file that holds it: secret.
    pub fn expose_file(&self) -> Zeroizing<Vec<u8>> {
        let mut body = Zeroizing::new(Vec::with_capacity(65));
        body.push(self.index);
        body.extend_from_slice(self.identity.expose_secret());
        body.extend_from_slice(self.seal.as_slice());
        Zeroizing::new(seal(&self.identity, FileKind::PartySecret, &self.binding, &body))
    }

    /// Reads [`Self::expose_file`].
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::Mismatch`].
    pub fn decode(bytes: &[u8], poll: &Poll) -> Result<Self, HeError> {
        let (parties, plan) = joint(poll)?;
        let binding = binding_of(poll, &plan, [0; 32]);
        let frame = UnverifiedFrame::decode(bytes, FileKind::PartySecret)?.verify()?;
        let Frame { signer, body, .. } = frame.expect("the party's secret", &binding)?;
        let wrong = malformed(FileKind::PartySecret, "its content does not fit");
        let mut rest = Cursor(&body);
        let index = rest.array::<1>().map(|[index]| index).filter(|index| (1..=parties.count).contains(index));
        let (identity, seal) = (rest.array().map(Zeroizing::new), rest.array().map(Zeroizing::new));
        let (Some(index), Some(identity), Some(seal), true) = (index, identity, seal, rest.is_done()) else {
            return Err(wrong);
        };
        let identity = Identity::from_secret(&identity);
        if identity.public() != signer {
            return Err(wrong);
        }
        Ok(Self { index, identity, seal, binding, parties, plan })
    }

    /// Step 2: draws the secret, splits and seals it. Store the deal before anything of it is sent.
    ///
    /// # Errors
    /// [`HeError::Mismatch`] if this party's card is not in the roster, [`HeError::NoRandomness`].
    pub fn prepare(&self, roster: &Roster) -> Result<PreparedDeal, HeError> {
        let own = usize::from(self.index) - 1;
        if roster.signers.get(own) != Some(&self.identity.public())
            || roster.seals.get(own) != Some(&self.seal_public())
        {
            return Err(HeError::Mismatch { what: "the roster", other: "party" });
        }
        let ring = self.plan.set.ring();
        let a = expand(&ring, &common_seed(&self.binding.poll));
        let secret = draw_secret(&self.plan)?;
        let (b, noise) = public_part(&ring, &a, &secret, &self.plan)?;
        let prepared = ring.prepare(&a);
        let context = context(roster, self.index);
        let statement = Statement { ring: &ring, a: &prepared, b: &b, context: &context };
        let mut body = vec![self.index];
        pack_poly(&ring, ring.n(), &b, &mut body);
        body.extend(statement.prove(&secret, &noise)?);
        self.split(&ring, roster, &secret, &mut body)?;
        Ok(PreparedDeal { roster: roster.id, body })
    }

    /// Step 2, once the deal is stored: the commitment to it, the same whenever it is asked for.
    ///
    /// # Errors
    /// [`HeError::Mismatch`] if the deal was made for other cards.
    pub fn commitment(&self, roster: &Roster, deal: &PreparedDeal) -> Result<Vec<u8>, HeError> {
        if deal.roster != roster.id {
            return Err(HeError::Mismatch { what: "the prepared deal", other: "set of cards" });
        }
        let binding = Binding { key: roster.id, ..self.binding };
        let content = [&[self.index][..], &deal_hash(&deal.body)].concat();
        Ok(seal(&self.identity, FileKind::Commitment, &binding, &content))
    }

    /// Both parts of step 2, where nothing is stored in between.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub fn commit(&self, roster: &Roster) -> Result<(PreparedDeal, Vec<u8>), HeError> {
        let deal = self.prepare(roster)?;
        let commitment = self.commitment(roster, &deal)?;
        Ok((deal, commitment))
    }

    /// Step 3: the deal, once everybody has committed.
    ///
    /// # Errors
    /// As [`Roster::new`]; [`HeError::Mismatch`] if this party's commitment among them is to another deal.
    pub fn deal(&self, roster: &Roster, commitments: &[Vec<u8>], deal: &PreparedDeal) -> Result<Vec<u8>, HeError> {
        let (hashes, id) = self.committed(roster, commitments)?;
        if hashes.get(usize::from(self.index) - 1) != Some(&deal_hash(&deal.body)) {
            return Err(HeError::Mismatch { what: "the prepared deal", other: "commitment" });
        }
        Ok(seal(&self.identity, FileKind::Deal, &Binding { key: id, ..self.binding }, &deal.body))
    }

    /// Step 4: checks all deals and adds them up. The public key's id must be the same at every party.
    ///
    /// # Errors
    /// [`HeError::Party`] naming who dealt wrongly, besides those of [`Self::deal`].
    pub fn finish(
        self,
        roster: &Roster,
        commitments: &[Vec<u8>],
        deals: &[Vec<u8>],
    ) -> Result<(KeyShare, PublicKey), HeError> {
        let (hashes, id) = self.committed(roster, commitments)?;
        let binding = Binding { key: id, ..self.binding };
        let frames = collect(&self.parties, deals, FileKind::Deal, Some(roster), &binding)?;
        let ring = self.plan.set.ring();
        let seed = common_seed(&self.binding.poll);
        let a = ring.prepare(&expand(&ring, &seed));
        let mut b = vec![0; ring.words()];
        let mut shares = vec![Zeroizing::new(vec![0; ring.words()]); held_by(&self.parties, self.index).len()];
        for ((dealer, frame), hash) in (1u8..).zip(&frames).zip(&hashes) {
            let blame = |what| HeError::Party { party: dealer, what };
            if deal_hash(&frame.body) != *hash {
                return Err(blame("its deal is not the one it committed to"));
            }
            let deal = Deal::parse(&ring, &self.parties, &frame.body).ok_or(blame("its deal is malformed"))?;
            let context = context(roster, dealer);
            let statement = Statement { ring: &ring, a: &a, b: &deal.b, context: &context };
            if !statement.holds(deal.proof) {
                return Err(blame("its proof of possession does not hold"));
            }
            ring.add(&mut b, &deal.b);
            self.take(&ring, roster, dealer, &deal, &mut shares)?;
        }
        let body = [public_body(&ring, &seed, &b), roster.signers.concat()].concat();
        let binding = Binding { key: key_id(&body), ..self.binding };
        let public = PublicKey::new(binding, self.identity.public(), body)?;
        Ok((KeyShare::new(self.index, self.identity, binding, shares), public))
    }

    fn seal_public(&self) -> [u8; 32] {
        X25519HkdfSha256::derive_keypair(self.seal.as_slice()).1.to_bytes().into()
    }

    fn committed(&self, roster: &Roster, commitments: &[Vec<u8>]) -> Result<(Vec<[u8; 32]>, [u8; 32]), HeError> {
        let binding = Binding { key: roster.id, ..self.binding };
        let frames = collect(&self.parties, commitments, FileKind::Commitment, Some(roster), &binding)?;
        let mut id = Sha256::new_with_prefix(b"guildhall-he/v1/commitments\0");
        let mut hashes = Vec::new();
        for (party, frame) in (1u8..).zip(frames) {
            let Some(hash) = frame.body.get(1..).and_then(|hash| hash.try_into().ok()) else {
                return Err(HeError::Party { party, what: "its commitment is malformed" });
            };
            id.update(frame.id);
            hashes.push(hash);
        }
        Ok((hashes, id.finalize().into()))
    }

    /// Splits the secret: hashes of all parts, then one box per party.
    fn split(&self, ring: &Ring, roster: &Roster, secret: &[i8], body: &mut Vec<u8>) -> Result<(), HeError> {
        let sets = excluded(&self.parties);
        let seeds: Vec<Zeroizing<[u8; SEED]>> = sets.iter().skip(1).map(|_| fresh()).collect::<Result<_, _>>()?;
        let mut first = Zeroizing::new(ring.lift(secret));
        for seed in &seeds {
            ring.subtract(&mut first, &Zeroizing::new(expand(ring, seed)));
        }
        let mut packed = Zeroizing::new(Vec::new());
        pack_poly(ring, ring.n(), &first, &mut packed);
        let parts: Vec<&[u8]> =
            std::iter::once(packed.as_slice()).chain(seeds.iter().map(|seed| seed.as_slice())).collect();
        for (set, part) in sets.iter().zip(&parts) {
            body.extend(part_hash(self.index, *set, part));
        }
        let mut rng = ChaCha20Rng::from_seed(*fresh()?);
        for (holder, key) in (1u8..).zip(&roster.seals) {
            let held = sets.iter().zip(&parts).filter(|(set, _)| !super::subsets::contains(**set, holder));
            let plain = Zeroizing::new(held.flat_map(|(_, part)| part.iter().copied()).collect::<Vec<u8>>());
            let aad = [context(roster, self.index).as_slice(), &[holder]].concat();
            body.extend(
                seal_to(key, &aad, &plain, &mut rng)
                    .ok_or(HeError::Party { party: holder, what: "its card holds no usable key" })?,
            );
        }
        Ok(())
    }

    /// Opens the own box of a deal, checks every part against its hash and adds it.
    fn take(
        &self,
        ring: &Ring,
        roster: &Roster,
        dealer: u8,
        deal: &Deal<'_>,
        shares: &mut [Zeroizing<Vec<u64>>],
    ) -> Result<(), HeError> {
        let blame = || HeError::Party { party: dealer, what: "what it sealed to this party is not what it published" };
        let sealed = deal.boxes.get(usize::from(self.index) - 1).ok_or_else(blame)?;
        let aad = [context(roster, dealer).as_slice(), &[self.index]].concat();
        let plain = self.open_box(&aad, sealed).ok_or_else(blame)?;
        let mut rest = Cursor(&plain);
        let sets = excluded(&self.parties);
        for (set, share) in held_by(&self.parties, self.index).into_iter().zip(shares) {
            let at = sets.iter().position(|other| *other == set).ok_or_else(blame)?;
            let part = rest.bytes(part_len(ring, at)).ok_or_else(blame)?;
            if deal.hashes.get(at) != Some(&part_hash(dealer, set, part)) {
                return Err(blame());
            }
            let words = match <[u8; SEED]>::try_from(part) {
                Ok(seed) if at > 0 => expand(ring, &seed),
                _ => unpack_poly(ring, ring.n(), part).ok_or_else(blame)?,
            };
            ring.add(share, &Zeroizing::new(words));
        }
        if rest.is_done() { Ok(()) } else { Err(blame()) }
    }

    fn open_box(&self, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (encapped, ciphertext) = sealed.split_at_checked(32)?;
        let (private, _) = X25519HkdfSha256::derive_keypair(self.seal.as_slice());
        let encapped = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapped).ok()?;
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &private,
            &encapped,
            INFO,
            ciphertext,
            aad,
        );
        opened.ok().map(Zeroizing::new)
    }
}

impl PreparedDeal {
    /// Its bytes, to be stored until everybody has committed.
    pub fn expose_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([self.roster.as_slice(), &self.body].concat())
    }

    /// From stored bytes; [`Party::deal`] compares them with the commitment.
    ///
    /// # Errors
    /// [`HeError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeError> {
        let wrong = malformed(FileKind::Deal, "it is too short");
        let (roster, body) = bytes.split_first_chunk().filter(|(_, body)| !body.is_empty()).ok_or(wrong)?;
        Ok(Self { roster: *roster, body: body.to_vec() })
    }
}

/// A deal's parts.
struct Deal<'d> {
    b: Vec<u64>,
    proof: &'d [u8],
    hashes: Vec<[u8; 32]>,
    boxes: Vec<&'d [u8]>,
}

impl<'d> Deal<'d> {
    fn parse(ring: &Ring, parties: &Parties, body: &'d [u8]) -> Option<Self> {
        let mut rest = Cursor(body);
        rest.array::<1>()?;
        let b = unpack_poly(ring, ring.n(), rest.bytes(poly_len(ring, ring.n()))?)?;
        let proof = rest.bytes(proof_len(ring))?;
        let sets = excluded(parties);
        let hashes = sets.iter().map(|_| rest.array()).collect::<Option<_>>()?;
        let box_len = |holder: u8| {
            let held = sets.iter().enumerate().filter(|(_, set)| !super::subsets::contains(**set, holder));
            SEALED + held.map(|(at, _)| part_len(ring, at)).sum::<usize>()
        };
        let boxes = (1..=parties.count).map(|holder| rest.bytes(box_len(holder))).collect::<Option<_>>()?;
        rest.is_done().then_some(Self { b, proof, hashes, boxes })
    }
}

const INFO: &[u8] = b"guildhall-he/v1/part";

/// The parties and the plan of a poll with a joint key.
pub(super) fn joint(poll: &Poll) -> Result<(Parties, Plan), HeError> {
    let plan = poll.plan()?;
    match &poll.mode {
        Mode::Quorum(parties) => Ok((parties.clone(), plan)),
        Mode::Owner | Mode::Respondents => {
            Err(HeError::Poll { what: "it has one decryptor".to_owned(), remedy: "make its keys without parties" })
        }
    }
}

/// One file of every party, in order; the first byte of each body is the party's number. What a party's key has not signed
/// says nothing about that party.
fn collect(
    parties: &Parties,
    files: &[Vec<u8>],
    kind: FileKind,
    roster: Option<&Roster>,
    binding: &Binding,
) -> Result<Vec<Frame>, HeError> {
    let mut found: Vec<Option<Frame>> = (0..parties.count).map(|_| None).collect();
    for file in files {
        let frame = UnverifiedFrame::decode(file, kind)?.verify()?;
        let party = frame.body.first().copied().unwrap_or(0);
        let at = usize::from(party).wrapping_sub(1);
        let place = found.get_mut(at).ok_or(malformed(kind, "no such party"))?;
        if roster.is_some_and(|roster| roster.signers.get(at) != Some(&frame.signer)) {
            return Err(HeError::NotSignedBy { what: kind.name(), party });
        }
        let frame = frame.expect(kind.name(), binding)?;
        if place.replace(frame).is_some() {
            return Err(HeError::Twice { what: kind.name() });
        }
    }
    let there: Vec<Frame> = found.into_iter().flatten().collect();
    let (found, needed) = (there.len(), usize::from(parties.count));
    if found < needed { Err(HeError::TooFew { what: kind.plural(), found, needed }) } else { Ok(there) }
}

/// The seed of the common polynomial.
fn common_seed(poll: &[u8; 32]) -> [u8; SEED] {
    let hash = Sha256::new_with_prefix(b"guildhall-he/v1/common\0").chain_update(poll).finalize();
    let mut seed = [0; SEED];
    seed.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    seed
}

fn context(roster: &Roster, party: u8) -> Vec<u8> {
    [roster.id.as_slice(), &[party]].concat()
}

fn deal_hash(body: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(b"guildhall-he/v1/deal\0").chain_update(body).finalize().into()
}

fn part_hash(dealer: u8, set: u16, part: &[u8]) -> [u8; 32] {
    let hash = Sha256::new_with_prefix(b"guildhall-he/v1/part\0");
    hash.chain_update([dealer]).chain_update(set.to_le_bytes()).chain_update(part).finalize().into()
}

fn part_len(ring: &Ring, at: usize) -> usize {
    if at == 0 { poly_len(ring, ring.n()) } else { SEED }
}

fn seal_to(key: &[u8; 32], aad: &[u8], plain: &[u8], rng: &mut ChaCha20Rng) -> Option<Vec<u8>> {
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(key).ok()?;
    let (encapped, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        INFO,
        plain,
        aad,
        rng,
    )
    .ok()?;
    Some([&encapped.to_bytes()[..], &ciphertext].concat())
}

#[cfg(test)]
impl Party {
    pub(crate) const fn identity_for_tests(&self) -> &Identity {
        &self.identity
    }

    /// Commits to a deal in which one byte is changed.
    pub(crate) fn commit_to_for_tests(
        &self,
        roster: &Roster,
        deal: &PreparedDeal,
        at: usize,
    ) -> (PreparedDeal, Vec<u8>) {
        let mut body = deal.body.clone();
        body[at] ^= 1;
        let binding = Binding { key: roster.id, ..self.binding };
        let content = [&[self.index][..], &deal_hash(&body)].concat();
        (PreparedDeal { roster: roster.id, body }, seal(&self.identity, FileKind::Commitment, &binding, &content))
    }

    pub(crate) fn committed_for_tests(&self, roster: &Roster, commitments: &[Vec<u8>]) -> Result<(), HeError> {
        self.committed(roster, commitments).map(|_| ())
    }
}

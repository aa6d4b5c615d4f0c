//! Keys of a single decryptor: the secret polynomial, and the public key respondents encrypt under.
//!
//! Public key: `b = a s + e` with `a` expanded from a seed that is fresh and public. A key belongs to one poll. Keys whose
//! secret or noise would weigh more than twice the average in an output are drawn again: the noise budget counts on it.
//! Drawing again keeps well over half of all keys, which costs an attacker's estimate at most one bit.

use crate::HeError;
use crate::fold::fold_square;
use crate::frame::{Binding, Cursor, FileKind, Frame, Identity, UnverifiedFrame, malformed, seal};
use crate::pack::{pack, packed_len, unpack};
use crate::poll::{Mode, Plan, Poll};
use crate::random::{SEED, Stream, fresh};
use crate::ring::{Prepared, Ring};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Mean square of a ternary coefficient and of noise, both times 6.
const SIXFOLD: [u128; 2] = [4, 63];

/// The secret key of one business for one poll. No `Debug`, no `Clone`; wiped on drop.
pub struct SecretKey {
    identity: Identity,
    binding: Binding,
    secret: Zeroizing<Vec<i8>>,
    /// The body of the public key, which the key's id is the hash of.
    public: Vec<u8>,
}

/// What uploads and results are bound to, and what respondents encrypt under.
pub struct PublicKey {
    pub(crate) binding: Binding,
    signer: [u8; 32],
    body: Vec<u8>,
    /// `b` and `a`, ready to multiply; none in the owner's mode.
    pub(crate) pair: Option<Pair>,
    parties: Vec<[u8; 32]>,
}

/// The two polynomials of a public key, prepared.
pub(crate) struct Pair {
    pub(crate) b: Prepared,
    pub(crate) a: Prepared,
}

/// The binding of everything under a key.
pub(crate) fn binding_of(poll: &Poll, plan: &Plan, key: [u8; 32]) -> Binding {
    let slots = u32::try_from(plan.used_slots()).unwrap_or(u32::MAX);
    Binding { set: plan.set, poll: poll.digest(), key, slots, bound: plan.value_bound() }
}

/// The id of a key: SHA-256 of its public body.
pub(crate) fn key_id(body: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(b"guildhall-he/v1/key\0").chain_update(body).finalize().into()
}

impl SecretKey {
    /// Makes the keys of a poll with one decryptor.
    ///
    /// # Errors
    /// [`HeError::Poll`], [`HeError::TooLarge`], [`HeError::NoRandomness`].
    pub fn generate(poll: &Poll) -> Result<(Self, PublicKey), HeError> {
        let plan = poll.plan()?;
        if matches!(poll.mode, Mode::Quorum(_)) {
            let remedy = "make it with the other parties";
            return Err(HeError::Poll { what: "its key is a joint key".to_owned(), remedy });
        }
        let ring = plan.set.ring();
        let identity = Identity::generate()?;
        let secret = draw_secret(&plan)?;
        let body = match poll.mode {
            Mode::Owner => fresh::<SEED>()?.to_vec(),
            Mode::Respondents | Mode::Quorum(_) => {
                let seed = *fresh::<SEED>()?;
                let (b, _) = public_part(&ring, &expand(&ring, &seed), &secret, &plan)?;
                public_body(&ring, &seed, &b)
            }
        };
        let binding = binding_of(poll, &plan, key_id(&body));
        let public = PublicKey::new(binding, identity.public(), body.clone())?;
        Ok((Self { identity, binding, secret, public: body }, public))
    }

    /// The public key that belongs to it.
    ///
    /// # Errors
    /// [`HeError::Malformed`] if the file it was read from held another.
    pub fn public(&self) -> Result<PublicKey, HeError> {
        PublicKey::new(self.binding, self.identity.public(), self.public.clone())
    }

    /// What it belongs to.
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }

    /// The identity that signs for the business.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn expose_secret(&self) -> &[i8] {
        &self.secret
    }

    /// The file that holds it: secret.
    pub fn expose_file(&self) -> Zeroizing<Vec<u8>> {
        let mut body = Zeroizing::new(Vec::with_capacity(32 + self.secret.len() + self.public.len()));
        body.extend_from_slice(self.identity.expose_secret());
        body.extend(self.secret.iter().map(|s| (s + 1) as u8));
        body.extend_from_slice(&self.public);
        Zeroizing::new(seal(&self.identity, FileKind::SecretKey, &self.binding, &body))
    }

    /// Reads [`Self::expose_file`].
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`].
    pub fn decode(bytes: &[u8]) -> Result<Self, HeError> {
        let Frame { binding, signer, body, .. } = UnverifiedFrame::decode(bytes, FileKind::SecretKey)?.verify()?;
        let wrong = malformed(FileKind::SecretKey, "its content has the wrong length or range");
        let (identity, secret) = body.split_at_checked(32).ok_or_else(|| wrong.clone())?;
        let identity = Identity::from_secret(&Zeroizing::new(identity.try_into().map_err(|_| wrong.clone())?));
        let slots = binding.set.parameters().slots;
        let (secret, public) = secret.split_at_checked(slots).ok_or_else(|| wrong.clone())?;
        let secret = Zeroizing::new(secret.iter().map(|s| (*s as i8).wrapping_sub(1)).collect::<Vec<_>>());
        let fits = key_id(public) == binding.key && secret.iter().all(|s| (-1..=1).contains(s));
        if !fits || identity.public() != signer {
            return Err(wrong);
        }
        Ok(Self { identity, binding, secret, public: public.to_vec() })
    }
}

impl PublicKey {
    pub(crate) fn new(binding: Binding, signer: [u8; 32], body: Vec<u8>) -> Result<Self, HeError> {
        let ring = binding.set.ring();
        let wrong = malformed(FileKind::PublicKey, "its content has the wrong length or range");
        let (pair, parties) = if binding.set.is_seeded() {
            (None, if body.len() == SEED { vec![] } else { return Err(wrong) })
        } else {
            let (pair, parties) = Self::parse(&ring, &body).ok_or(wrong)?;
            (Some(pair), parties)
        };
        if key_id(&body) != binding.key {
            return Err(HeError::NotAuthentic { what: "the public key's id" });
        }
        Ok(Self { binding, signer, body, pair, parties })
    }

    /// Seed, `b`, and the parties' signing keys.
    fn parse(ring: &Ring, body: &[u8]) -> Option<(Pair, Vec<[u8; 32]>)> {
        let mut rest = Cursor(body);
        let seed = rest.array()?;
        let b = unpack_poly(ring, ring.n(), rest.bytes(poly_len(ring, ring.n()))?)?;
        let pair = Pair { b: ring.prepare(&b), a: ring.prepare(&expand(ring, &seed)) };
        let parties = std::iter::from_fn(|| rest.array()).collect();
        rest.is_done().then_some((pair, parties))
    }

    /// The signing keys of the parties of a joint key, in order.
    pub fn parties(&self) -> &[[u8; 32]] {
        &self.parties
    }

    /// What it belongs to; its `key` is the fingerprint to compare by another way.
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Who signed it.
    pub const fn signer(&self) -> &[u8; 32] {
        &self.signer
    }

    /// The file that holds it, signed by `identity`, whose key becomes [`Self::signer`] of what is read back.
    pub fn encode(&self, identity: &Identity) -> Vec<u8> {
        seal(identity, FileKind::PublicKey, &self.binding, &self.body)
    }

    /// Reads [`Self::encode`] as the key of this poll.
    ///
    /// # Security
    /// Whoever can replace the file can replace the key: compare its id, or pin it with `pinned`.
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::Mismatch`].
    pub fn decode(bytes: &[u8], poll: &Poll, pinned: Option<&[u8; 32]>) -> Result<Self, HeError> {
        let plan = poll.plan()?;
        let frame = UnverifiedFrame::decode(bytes, FileKind::PublicKey)?.verify()?;
        let key = pinned.copied().unwrap_or(frame.binding.key);
        let frame = frame.expect("the public key", &binding_of(poll, &plan, key))?;
        let key = Self::new(frame.binding, frame.signer, frame.body.to_vec())?;
        let parties = match &poll.mode {
            Mode::Quorum(parties) => usize::from(parties.count),
            Mode::Owner | Mode::Respondents => 0,
        };
        if key.parties.len() != parties {
            return Err(malformed(FileKind::PublicKey, "it names another number of parties"));
        }
        Ok(key)
    }
}

/// A ternary secret that weighs no more than twice the average in any output.
pub(crate) fn draw_secret(plan: &Plan) -> Result<Zeroizing<Vec<i8>>, HeError> {
    draw(plan, 0, |stream, n| stream.ternary(n))
}

/// `b = a s + e` and `e`.
pub(crate) fn public_part(
    ring: &Ring,
    a: &[u64],
    secret: &[i8],
    plan: &Plan,
) -> Result<(Vec<u64>, Zeroizing<Vec<i8>>), HeError> {
    let noise = draw(plan, 1, |stream, n| stream.noises(n))?;
    let mut b = a.to_vec();
    ring.multiply(&mut b, &ring.prepare_small(secret));
    ring.add(&mut b, &Zeroizing::new(ring.lift(&noise)));
    Ok((b, noise))
}

/// Small polynomials are drawn until the sum of squares in every output is at most [`crate::poll`]'s slack times the mean.
fn draw(
    plan: &Plan,
    which: usize,
    sample: impl Fn(&mut Stream, usize) -> Zeroizing<Vec<i8>>,
) -> Result<Zeroizing<Vec<i8>>, HeError> {
    let n = plan.set.parameters().slots;
    let [secret, noise] = SIXFOLD;
    loop {
        let small = sample(&mut Stream::fresh()?, n);
        let light = plan.layout.outputs.iter().all(|output| {
            let runs = plan.ranges(output);
            let squares: u128 =
                runs.iter().map(|(from, to, w)| (to - from) as u128 * u128::from(w.unsigned_abs()).pow(2)).sum();
            let mean = squares * n as u128 * if which == 0 { secret } else { noise };
            fold_square(&small, &runs) * 6 <= mean * crate::poll::KEY_SLACK
        });
        if light || plan.set.is_seeded() {
            return Ok(small);
        }
    }
}

/// The uniform polynomial of a seed.
pub(crate) fn expand(ring: &Ring, seed: &[u8; SEED]) -> Vec<u64> {
    let mut a = vec![0; ring.words()];
    let mut stream = Stream::new(seed);
    ring.primes().zip(a.chunks_exact_mut(ring.n())).for_each(|(modulus, a)| stream.uniform(modulus, a));
    a
}

/// The body of a public key.
pub(crate) fn public_body(ring: &Ring, seed: &[u8; SEED], b: &[u64]) -> Vec<u8> {
    let mut body = seed.to_vec();
    pack_poly(ring, ring.n(), b, &mut body);
    body
}

/// Bytes of `count` coefficients per limb.
pub(crate) fn poly_len(ring: &Ring, count: usize) -> usize {
    ring.bits().into_iter().map(|bits| packed_len(bits, count)).sum()
}

/// Appends `count` reduced coefficients per limb.
pub(crate) fn pack_poly(ring: &Ring, count: usize, a: &[u64], out: &mut Vec<u8>) {
    ring.bits().into_iter().zip(a.chunks(count.max(1))).for_each(|(bits, a)| pack(bits, a, out));
}

/// Reads exactly `count` coefficients per limb.
pub(crate) fn unpack_poly(ring: &Ring, count: usize, bytes: &[u8]) -> Option<Vec<u64>> {
    let mut a = vec![0; count * ring.limbs()];
    let mut rest = Cursor(bytes);
    let bounds: Vec<u64> = match ring.power() {
        Some(bits) => vec![1 << bits],
        None => ring.primes().map(|m| m.value()).collect(),
    };
    for ((bits, below), a) in ring.bits().into_iter().zip(bounds).zip(a.chunks_exact_mut(count.max(1))) {
        unpack(bits, rest.bytes(packed_len(bits, count))?, a, below)?;
    }
    rest.is_done().then_some(a)
}

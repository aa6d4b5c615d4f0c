//! What comes out: masked places for the members, order statistics for everybody.

use super::words::{self, SPACE, STEP};
use super::{CompareError, OpeningKey, Plan, guarded};
use rand::TryRng;
use tfhe::shortint::Ciphertext;
use zeroize::ZeroizeOnDrop;

/// A member's pads: uniform modulo 32, used once, never leave the member in the clear.
///
/// # Security
/// No `Debug`, no `Clone`, wiped on drop.
#[derive(ZeroizeOnDrop)]
pub struct Pads {
    below: u8,
    above: u8,
}

impl Pads {
    /// From the operating system's randomness.
    pub(super) fn draw() -> Result<Self, CompareError> {
        let mut bytes = [0; 2];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(|_| CompareError::Library("the system's randomness"))?;
        Ok(Self { below: bytes[0] % SPACE as u8, above: bytes[1] % SPACE as u8 })
    }

    pub(super) fn messages(&self) -> impl Iterator<Item = u64> {
        [self.below % 16, self.below / 16, self.above % 16, self.above / 16].into_iter().map(u64::from)
    }

    /// The two numbers, to be kept by the member until the results are there.
    pub const fn expose_bytes(&self) -> [u8; 2] {
        [self.below, self.above]
    }

    /// Reads [`expose_bytes`](Self::expose_bytes).
    ///
    /// # Errors
    /// A number of 32 or more.
    pub fn from_bytes(bytes: [u8; 2]) -> Result<Self, CompareError> {
        match bytes.iter().all(|&pad| u64::from(pad) < SPACE) {
            true => Ok(Self { below: bytes[0], above: bytes[1] }),
            false => Err(CompareError::OutOfRange("a pad")),
        }
    }

    /// Takes the pads off.
    ///
    /// # Errors
    /// The numbers do not fit the number of members: pads of another comparison.
    pub fn unmask(&self, place: MaskedPlace, members: usize) -> Result<Place, CompareError> {
        let off = |masked: u8, pad: u8| usize::from((masked + SPACE as u8 - pad) % SPACE as u8);
        let place = Place { below: off(place.below, self.below), above: off(place.above, self.above), members };
        if place.below + place.above < members { Ok(place) } else { Err(CompareError::OutOfRange("a place")) }
    }
}

/// A member's place under its own pads: uniform to everybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskedPlace {
    /// How many are below, plus the pad, modulo 32.
    pub below: u8,
    /// How many are above, plus the pad, modulo 32.
    pub above: u8,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Members whose figure is smaller.
    pub below: usize,
    /// Members whose figure is larger.
    pub above: usize,
    /// All members, this one included.
    pub members: usize,
}

impl Place {
    /// The rank counted from the largest figure, 1 the largest; equal figures share the better rank.
    pub const fn rank(&self) -> usize {
        self.above + 1
    }

    /// How many others have the same figure.
    pub const fn equal(&self) -> usize {
        self.members - 1 - self.below - self.above
    }
}

/// The evaluator's results, still encrypted.
pub struct Results {
    pub(super) plan: Plan,
    /// Masked numbers below and above for every member, then digits of every order statistic.
    pub(super) ciphertexts: Vec<Ciphertext>,
}

/// Opened results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// One masked place a member, in the order of the uploads.
    pub places: Vec<MaskedPlace>,
    /// Order statistics in the order of [`Plan::orders`].
    pub orders: Vec<u64>,
}

impl Results {
    /// Words of all ciphertexts.
    pub fn to_bytes(&self) -> Vec<u8> {
        words::write(self.ciphertexts.iter().flat_map(|ciphertext| ciphertext.ct.as_ref()))
    }

    /// Reads [`to_bytes`](Self::to_bytes): every word is valid.
    ///
    /// # Errors
    /// Wrong length for the plan.
    pub fn from_bytes(bytes: &[u8], plan: Plan) -> Result<Self, CompareError> {
        let size = words::dimension().to_lwe_size().0;
        let words = words::read("the results", bytes, size * words::results(&plan))?;
        let ciphertexts = words.chunks(size).map(|words| words::ciphertext(words.to_vec())).collect();
        Ok(Self { plan, ciphertexts })
    }

    /// Opens them.
    ///
    /// # Errors
    /// An order statistic outside the figures' width: a malformed upload, or the wrong key.
    pub fn open(&self, key: &OpeningKey) -> Result<Opened, CompareError> {
        let all: Vec<u8> = guarded("the results", || self.ciphertexts.iter().map(|one| opened(key, one)).collect())?;
        let (places, digits) = all.split_at(2 * self.plan.members());
        let places = places.chunks(2).map(|pair| MaskedPlace { below: pair[0], above: pair[1] }).collect();
        let orders = digits.chunks(self.plan.width().selectors()).map(|digits| self.figure(digits));
        Ok(Opened { places, orders: orders.collect::<Result<_, _>>()? })
    }

    fn figure(&self, digits: &[u8]) -> Result<u64, CompareError> {
        let figure =
            digits.iter().rev().try_fold(0, |figure: u64, &digit| (digit < 8).then_some(figure * 8 + u64::from(digit)));
        let fits = |figure: &u64| figure >> self.plan.width().bits() == 0;
        figure.filter(fits).ok_or(CompareError::OutOfRange("an order statistic"))
    }
}

/// The message of a ciphertext modulo 32, the padding bit taken as part of it.
fn opened(key: &OpeningKey, ciphertext: &Ciphertext) -> u8 {
    let torus = key.key.decrypt_no_decode(ciphertext).0;
    (torus.wrapping_add(1 << (STEP - 1)) >> STEP) as u8
}

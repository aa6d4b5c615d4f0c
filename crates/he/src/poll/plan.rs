//! Parameter set, plaintext bits and noise budget of a poll.
//!
//! Source: `docs/he.md`, "Noise". Statistical bound: 13 standard deviations, about 2^-122 per output. A key's own noise
//! and secret enter every ciphertext, so their part is not averaged over: key generation refuses keys whose part of an
//! output is more than twice as large as on average, and parties' parts are taken to add up in the worst way.
//! Assumption: encryptors are honest (statistical), or at least inside the ranges (worst case).

use super::{Flood, Layout, Mode, Output, Packing, Poll};
use crate::random::FLOOD_BITS;
use crate::{HeError, SetId};
use num_bigint::BigUint;

/// How many coefficients a joint key may release in its life; the statistical distance holds for all together.
pub const RELEASES: u64 = 1 << 10;
/// Openings of one result by different quorums.
pub(crate) const ATTEMPTS: u64 = 3;
/// A key's part of an output has at most this many times its mean square.
pub(crate) const KEY_SLACK: u128 = 4;
/// Most outputs of a poll.
const OUTPUTS: usize = 4096;

/// What follows from a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The parameter set.
    pub set: SetId,
    /// Plaintext bits, sign included.
    pub bits: u32,
    /// Answers per ciphertext.
    pub per_ciphertext: usize,
    /// Most ciphertexts that are ever added.
    pub most_ciphertexts: u64,
    /// Largest magnitude of the noise of any output.
    pub noise: u128,
    /// Each party's flood is uniform up to two to this; none without a quorum.
    pub flood_bits: Option<u32>,
    /// Fields and outputs.
    pub layout: Layout,
}

impl Plan {
    pub(super) fn new(poll: &Poll) -> Result<Self, HeError> {
        let layout = poll.layout();
        let most = match poll.mode {
            Mode::Quorum(_) => (RELEASES / ATTEMPTS) as usize,
            Mode::Owner | Mode::Respondents => OUTPUTS,
        };
        if layout.outputs.len() > most {
            let what = format!("{} sums would be opened, but at most {most} may be", layout.outputs.len());
            return Err(HeError::Poll { what, remedy: "use fewer groups, categories or metrics" });
        }
        let candidates: &[SetId] = match &poll.mode {
            Mode::Owner => &[SetId::S3, SetId::S1, SetId::S2, SetId::S4],
            Mode::Respondents => &[SetId::P1, SetId::P2],
            Mode::Quorum(parties) => match parties.flood {
                Flood::Forty => &[SetId::T1, SetId::T2],
                Flood::SixtyFour => &[SetId::T3, SetId::T4],
                Flood::SixtyFourWorstCase => &[SetId::T4],
            },
        };
        let bits = plaintext_bits(poll, &layout)?;
        let fits = candidates.iter().find_map(|set| Self::with(poll, &layout, *set, bits));
        fits.ok_or_else(|| {
            let last = candidates.last().map_or(0, |set| set.parameters().slots);
            let per = per_ciphertext(poll, &layout, last).max(1);
            HeError::TooLarge { bits, values: most_ciphertexts(poll, per).saturating_mul(per as u64) }
        })
    }

    /// The plan with one set, if everything fits.
    fn with(poll: &Poll, layout: &Layout, set: SetId, bits: u32) -> Option<Self> {
        let slots = set.parameters().slots;
        let per = per_ciphertext(poll, layout, slots);
        let ciphertexts = most_ciphertexts(poll, per);
        let noise = layout.outputs.iter().map(|o| noise(poll, o, slots, ciphertexts, per)).max()??;
        let flood_bits = match &poll.mode {
            Mode::Quorum(parties) => Some(flood_bits(parties.flood, noise)),
            Mode::Owner | Mode::Respondents => None,
        };
        let floods = match (&poll.mode, flood_bits) {
            (Mode::Quorum(parties), Some(b)) => BigUint::from(parties.count) << b,
            _ => BigUint::ZERO,
        };
        let room = set.ring().step(bits) / 2u8;
        let plan = Self {
            set,
            bits,
            per_ciphertext: per,
            most_ciphertexts: ciphertexts,
            noise,
            flood_bits,
            layout: layout.clone(),
        };
        (per > 0 && flood_bits.is_none_or(|b| b <= FLOOD_BITS) && BigUint::from(noise) + floods < room).then_some(plan)
    }

    /// Slots of a ciphertext that are used and sent.
    pub fn used_slots(&self) -> usize {
        self.per_ciphertext * self.layout.fields.len()
    }

    /// The largest magnitude of one answer in any field: the value bound in every envelope.
    pub fn value_bound(&self) -> u64 {
        self.layout.fields.iter().map(|f| f.low.unsigned_abs().max(f.high.unsigned_abs())).max().unwrap_or(0)
    }

    /// The slots of an output's fields: first, end and weight.
    pub(crate) fn ranges(&self, output: &Output) -> Vec<(usize, usize, i64)> {
        let per = self.per_ciphertext;
        output.terms.iter().map(|(field, weight)| (field * per, (field + 1) * per, *weight)).collect()
    }
}

/// Sign and magnitude of the largest sum.
fn plaintext_bits(poll: &Poll, layout: &Layout) -> Result<u32, HeError> {
    let largest = layout.outputs.iter().map(|o| o.low.unsigned_abs().max(o.high.unsigned_abs())).max().unwrap_or(1);
    let sum = u128::from(largest) * u128::from(poll.most_answers);
    let bits = 128 - sum.leading_zeros() + 1;
    if bits > 62 { Err(HeError::TooLarge { bits, values: poll.most_answers }) } else { Ok(bits) }
}

fn per_ciphertext(poll: &Poll, layout: &Layout, slots: usize) -> usize {
    match poll.packing {
        Packing::Full => slots / layout.fields.len().max(1),
        Packing::One => usize::from(layout.fields.len() <= slots),
    }
}

/// Full ciphertexts, and one that is not full per upload.
fn most_ciphertexts(poll: &Poll, per: usize) -> u64 {
    match poll.packing {
        Packing::One => poll.most_answers,
        Packing::Full => poll.most_answers.div_ceil(per.max(1) as u64).saturating_add(poll.most_uploads),
    }
}

/// The bound on one output's noise; `None` if it is beyond all reason.
fn noise(poll: &Poll, output: &Output, slots: usize, ciphertexts: u64, per: usize) -> Option<u128> {
    let values = u128::from(ciphertexts).checked_mul(per as u128)?;
    let n = slots as u128;
    let squares: u128 = output.terms.iter().map(|(_, w)| u128::from(w.unsigned_abs()).pow(2)).sum();
    let weights: u128 = output.terms.iter().map(|(_, w)| u128::from(w.unsigned_abs())).sum();
    let parties = match &poll.mode {
        Mode::Owner => 0,
        Mode::Respondents => 1,
        Mode::Quorum(parties) => u128::from(parties.count),
    };
    let worst = values.checked_mul(weights)?.checked_mul(21 * (1 + 2 * parties * n))?;
    if matches!(&poll.mode, Mode::Quorum(p) if p.flood == Flood::SixtyFourWorstCase) {
        return Some(worst);
    }
    // Twice the variance of one value: the fresh noise, and the key's noise and secret times the ephemerals.
    let doubled = 21 + 28 * n * KEY_SLACK * parties * parties;
    let square = values.checked_mul(squares)?.checked_mul(doubled)?.checked_mul(169)?.div_ceil(2);
    Some((square.isqrt() + 1).min(worst))
}

/// Wide enough that a shift by the noise, in every released coefficient, changes what is seen by 2^-lambda in all.
fn flood_bits(flood: Flood, noise: u128) -> u32 {
    let lambda = match flood {
        Flood::Forty => 40,
        Flood::SixtyFour | Flood::SixtyFourWorstCase => 64,
    };
    (128 - noise.leading_zeros()) + RELEASES.ilog2() + lambda - 1
}

//! Opening a tally with the secret key, and decoding noisy sums.

use crate::HeError;
use crate::keys::SecretKey;
use crate::poll::Plan;
use crate::ring::Ring;
use crate::tally::{Folded, Tally};
use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, ToPrimitive};

impl Tally {
    /// The sums of all outputs, in the order of the layout.
    ///
    /// # Errors
    /// [`HeError::Mismatch`] for the key of another poll, [`HeError::NotAuthentic`] if the noise is larger than any honest
    /// evaluation makes it.
    pub fn open(&self, plan: &Plan, key: &SecretKey) -> Result<Vec<i64>, HeError> {
        let said = self.said();
        if *key.binding() != said.binding {
            return Err(HeError::Mismatch { what: "the secret key", other: "poll or key" });
        }
        let ring = plan.set.ring();
        let open = |folded: &Folded| {
            let mut phase = folded.body.clone();
            ring.subtract(&mut phase, &inner(&ring, &folded.mask, key.expose_secret()));
            decode(&ring, plan, &phase, BigUint::from(plan.noise))
        };
        said.outputs.iter().map(open).collect()
    }
}

/// The inner product of a mask with a ternary secret, one reduced word per limb.
pub(crate) fn inner(ring: &Ring, mask: &[u64], secret: &[i8]) -> Vec<u64> {
    // Positive and negative terms apart, by bit masks: no branch on the secret.
    let of = |sign: i8| -> Vec<u64> {
        let sum = |mask: &[u64]| -> u128 {
            let terms = mask.iter().zip(secret).map(|(x, s)| u128::from(x & u64::from(*s == sign).wrapping_neg()));
            terms.sum()
        };
        let sums: Vec<u128> = mask.chunks_exact(ring.n()).map(sum).collect();
        ring.cut_wide(&sums)
    };
    let mut out = of(1);
    ring.subtract(&mut out, &of(-1));
    out
}

/// The plaintext nearest to a phase, if the rest is within the noise.
///
/// # Errors
/// [`HeError::NotAuthentic`].
pub(crate) fn decode(ring: &Ring, plan: &Plan, phase: &[u64], most_noise: BigUint) -> Result<i64, HeError> {
    let step = BigInt::from(ring.step(plan.bits));
    let x = ring.centred(phase);
    let half = &step / 2;
    let shifted: BigInt = &x + if x.is_negative() { -&half } else { half };
    let value: BigInt = shifted / &step;
    let noise = (x - &value * &step).abs();
    let unreadable = HeError::NotAuthentic { what: "the noise of an opened sum" };
    if noise.to_biguint().is_none_or(|noise| noise > most_noise) {
        return Err(unreadable);
    }
    value.to_i64().ok_or(unreadable)
}

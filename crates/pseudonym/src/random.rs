//! Randomness from the operating system, the only source of it in this crate.

use curve25519_dalek::Scalar;
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

/// The operating system gave no random bytes, without which nothing secret may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no randomness; try again after the machine has finished starting")]
pub struct NoRandomness;

/// Fills a buffer.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    SysRng.try_fill_bytes(bytes).map_err(|_| NoRandomness)
}

/// A uniform scalar other than zero.
pub(crate) fn scalar() -> Result<Scalar, NoRandomness> {
    let mut wide = Zeroizing::new([0; 64]);
    loop {
        fill(wide.as_mut_slice())?;
        let scalar = Scalar::from_bytes_mod_order_wide(&wide);
        if scalar != Scalar::ZERO {
            return Ok(scalar);
        }
    }
}

/// Uniform scalars other than zero, with one request for randomness.
pub(crate) fn scalars(count: usize) -> Result<Zeroizing<Vec<Scalar>>, NoRandomness> {
    let mut wide = Zeroizing::new(vec![0; count * 64]);
    fill(&mut wide)?;
    let (chunks, _) = wide.as_chunks::<64>();
    let scalars = Zeroizing::new(chunks.iter().map(Scalar::from_bytes_mod_order_wide).collect::<Vec<_>>());
    // One in 2^252: better refused than used.
    if scalars.contains(&Scalar::ZERO) { Err(NoRandomness) } else { Ok(scalars) }
}

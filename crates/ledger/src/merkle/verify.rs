//! Verification of proofs, without the log.

use super::ProofError;
use super::log::node_hash;
use crate::Hash;

/// Checks that `leaf` is entry `index` of the log with this size and root (RFC 9162, 2.1.3.2).
///
/// # Errors
/// [`ProofError::NoSuchEntry`], [`ProofError::Length`], [`ProofError::Root`].
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> Result<(), ProofError> {
    // 1. Compare the index with the tree size.
    if index >= size {
        return Err(ProofError::NoSuchEntry { index, size });
    }
    let wrong_length = ProofError::Length { found: proof.len() };
    // 2. and 3. Set fn to the index, sn to the last index, r to the leaf hash.
    let (mut node, mut last, mut computed) = (index, size - 1, leaf);
    // 4. For each value in the path:
    for sibling in proof {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            computed = node_hash(sibling, &computed);
            climb_to_right_child(&mut node, &mut last);
        } else {
            computed = node_hash(&computed, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    // 5. Compare sn to 0 and r with the root.
    if last != 0 {
        return Err(wrong_length);
    }
    if computed != root {
        return Err(ProofError::Root { computed, claimed: root });
    }
    Ok(())
}

/// Checks that the log of `older` entries is a prefix of the log of `newer` entries (RFC 9162, 2.1.4.2).
///
/// # Errors
/// [`ProofError::EmptyOlder`], [`ProofError::Shrunk`], [`ProofError::Length`], [`ProofError::OlderRoot`], [`ProofError::Root`].
pub fn verify_consistency(
    older: u64,
    newer: u64,
    proof: &[Hash],
    older_root: Hash,
    newer_root: Hash,
) -> Result<(), ProofError> {
    let wrong_length = ProofError::Length { found: proof.len() };
    match (older, proof) {
        (0, _) => return Err(ProofError::EmptyOlder),
        _ if older > newer => return Err(ProofError::Shrunk { older, newer }),
        (_, []) if older == newer => return expect_roots((older_root, older_root), (older_root, newer_root)),
        (_, []) => return Err(wrong_length),
        _ if older == newer => return Err(wrong_length),
        _ => {}
    }
    // 2. If the older size is a power of two, its root is the first element of the path.
    let (first, rest) = if older.is_power_of_two() {
        (older_root, proof)
    } else {
        proof.split_first().map(|(first, rest)| (*first, rest)).ok_or(wrong_length.clone())?
    };
    // 3. and 4. Skip the levels on which both trees have the same right edge.
    let skip = (older - 1).trailing_ones();
    let (mut node, mut last) = ((older - 1) >> skip, (newer - 1) >> skip);
    // 5. and 6. Climb both trees at once.
    let (mut old, mut new) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            (old, new) = (node_hash(sibling, &old), node_hash(sibling, &new));
            climb_to_right_child(&mut node, &mut last);
        } else {
            new = node_hash(&new, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    // 7. Compare both roots, and sn to 0.
    if last != 0 {
        return Err(wrong_length);
    }
    expect_roots((old, new), (older_root, newer_root))
}

/// "If LSB(fn) is not set, right-shift both until LSB(fn) is set or fn is 0."
fn climb_to_right_child(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        (*node, *last) = (*node >> 1, *last >> 1);
    }
}

fn expect_roots(computed: (Hash, Hash), claimed: (Hash, Hash)) -> Result<(), ProofError> {
    if computed.0 != claimed.0 {
        return Err(ProofError::OlderRoot { computed: computed.0, claimed: claimed.0 });
    }
    if computed.1 != claimed.1 {
        return Err(ProofError::Root { computed: computed.1, claimed: claimed.1 });
    }
    Ok(())
}

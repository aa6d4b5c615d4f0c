//! The log against known answers, a second implementation, and planted faults.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use guildhall_ledger::{Hash, Log, ProofError, leaf_hash, verify_consistency, verify_inclusion};
use proptest::prelude::*;
use sha2::Sha256;

/// The eight leaves of the Certificate Transparency reference tests and the roots after each.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hash(text: &str) -> Hash {
    text.parse().expect("64 hexadecimal digits")
}

fn reference_log() -> Log {
    let mut log = Log::new();
    for leaf in LEAVES {
        log.append(&hex::decode(leaf).expect("hexadecimal"));
    }
    log
}

fn numbers(size: u64) -> Log {
    let mut log = Log::new();
    (0..size).for_each(|leaf| {
        log.append(&leaf.to_be_bytes());
    });
    log
}

#[test]
fn roots_of_the_reference_tests() {
    let log = reference_log();
    for (size, root) in (0..).zip(ROOTS) {
        assert_eq!(log.root_at(size), Ok(hash(root)), "size {size}");
    }
    assert_eq!(log.root(), hash(ROOTS[8]));
    assert_eq!(log.root_at(9), Err(ProofError::NoSuchSize { size: 9, have: 8 }));
}

#[test]
fn proofs_of_the_reference_tests() {
    let log = reference_log();
    let inclusion = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert_eq!(log.inclusion_proof(0, 8), Ok(inclusion.map(hash).to_vec()));
    let consistency = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(log.consistency_proof(6, 8), Ok(consistency.map(hash).to_vec()));
    assert_eq!(log.consistency_proof(8, 8), Ok(vec![]));
    assert_eq!(log.consistency_proof(0, 8), Err(ProofError::EmptyOlder));
    assert_eq!(log.consistency_proof(7, 6), Err(ProofError::Shrunk { older: 7, newer: 6 }));
    assert_eq!(log.inclusion_proof(6, 6), Err(ProofError::NoSuchEntry { index: 6, size: 6 }));
}

#[test]
fn every_proof_up_to_size_70_verifies() {
    let log = numbers(70);
    for newer in 1..=70 {
        let root = log.root_at(newer).expect("in range");
        for index in 0..newer {
            let proof = log.inclusion_proof(index, newer).expect("in range");
            let leaf = log.leaf_hash(index).expect("in range");
            assert_eq!(leaf, leaf_hash(&index.to_be_bytes()));
            assert_eq!(verify_inclusion(leaf, index, newer, &proof, root), Ok(()), "{index} of {newer}");
        }
        for older in 1..=newer {
            let proof = log.consistency_proof(older, newer).expect("in range");
            let older_root = log.root_at(older).expect("in range");
            assert_eq!(verify_consistency(older, newer, &proof, older_root, root), Ok(()), "{older} to {newer}");
        }
    }
}

#[test]
fn extreme_sizes_are_answered_and_do_not_panic() {
    let root = leaf_hash(b"");
    let proof = vec![root; 64];
    let sizes = [0, 1, 2, 3, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];
    for a in sizes {
        for b in sizes {
            for length in [0, 1, 2, 62, 63, 64] {
                let proof = &proof[..length];
                assert_eq!(verify_inclusion(root, a, b, proof, root).is_ok(), (a, b, length) == (0, 1, 0));
                let consistent = verify_consistency(a, b, proof, root, root).is_ok();
                assert_eq!(consistent, a == b && a > 0 && length == 0, "{a} {b} {length}");
            }
        }
    }
}

proptest! {
    #[test]
    fn agrees_with_ct_merkle(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..130), pick in any::<(u64, u64)>()) {
        let (mut ours, mut theirs) = (Log::new(), MemoryBackedTree::<Sha256, Vec<u8>>::new());
        let older = pick.0 % leaves.len() as u64 + 1;
        for (index, leaf) in (0..).zip(&leaves) {
            prop_assert_eq!(ours.append(leaf), index);
            theirs.push(leaf.clone());
        }
        let size = ours.size();
        let (root, expected) = (ours.root(), theirs.root());
        prop_assert_eq!(root.as_bytes().as_slice(), expected.as_bytes().as_slice());
        let index = pick.1 % size;
        let inclusion = ours.inclusion_proof(index, size).expect("in range");
        let expected = theirs.prove_inclusion(usize::try_from(index).expect("small"));
        prop_assert_eq!(inclusion.iter().flat_map(|h| *h.as_bytes()).collect::<Vec<_>>(), expected.as_bytes());
        let consistency = ours.consistency_proof(older, size).expect("in range");
        let expected = theirs.prove_consistency(usize::try_from(size - older).expect("small"));
        prop_assert_eq!(consistency.iter().flat_map(|h| *h.as_bytes()).collect::<Vec<_>>(), expected.as_bytes());
    }

    #[test]
    fn one_flipped_bit_breaks_a_proof(size in 2u64..200, pick in any::<(u64, usize, u8)>()) {
        let log = numbers(size);
        let index = pick.0 % size;
        let (leaf, root) = (log.leaf_hash(index).expect("in range"), log.root());
        let flip = |hash: Hash| {
            let mut bytes = *hash.as_bytes();
            bytes[usize::from(pick.2) / 8] ^= 1 << (pick.2 % 8);
            Hash::new(bytes)
        };
        let mut proof = log.inclusion_proof(index, size).expect("in range");
        prop_assert!(verify_inclusion(flip(leaf), index, size, &proof, root).is_err());
        prop_assert!(verify_inclusion(leaf, index, size, &proof, flip(root)).is_err());
        let other = (index + 1) % size;
        prop_assert!(verify_inclusion(leaf, other, size, &proof, root).is_err());
        let at = pick.1 % proof.len();
        proof[at] = flip(proof[at]);
        prop_assert!(verify_inclusion(leaf, index, size, &proof, root).is_err());

        let older = index + 1;
        let older_root = log.root_at(older).expect("in range");
        let mut proof = log.consistency_proof(older, size).expect("in range");
        prop_assert!(verify_consistency(older, size, &proof, flip(older_root), root).is_err());
        prop_assert!(verify_consistency(older, size, &proof, older_root, flip(root)).is_err());
        if !proof.is_empty() {
            let at = pick.1 % proof.len();
            proof[at] = flip(proof[at]);
            prop_assert!(verify_consistency(older, size, &proof, older_root, root).is_err());
            proof.pop();
            prop_assert!(verify_consistency(older, size, &proof, older_root, root).is_err());
        }
    }
}

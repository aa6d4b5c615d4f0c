//! The inclusion and consistency vectors of transparency-dev/merkle, good and bad ones, where present.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_ledger::{Hash, HashError, ProofError, leaf_hash, verify_consistency, verify_inclusion};
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Proof(#[from] ProofError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

impl Inclusion {
    fn run(&self) -> Result<(), Refusal> {
        let (root, leaf, proof) = (hash(&self.root)?, hash(&self.leaf_hash)?, hashes(self.proof.as_deref())?);
        Ok(verify_inclusion(leaf, self.leaf_idx, self.tree_size, &proof, root)?)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

impl Consistency {
    fn run(&self) -> Result<(), Refusal> {
        let (root1, root2, proof) = (hash(&self.root1)?, hash(&self.root2)?, hashes(self.proof.as_deref())?);
        Ok(verify_consistency(self.size1, self.size2, &proof, root1, root2)?)
    }
}

/// Empty hashes are errors. Placeholders such as "dont care 1" stand for some hash: equal ones for the same.
fn hash(text: &str) -> Result<Hash, HashError> {
    let bytes = STANDARD.decode(text).expect("vectors are base64");
    if (1..32).contains(&bytes.len()) { Ok(leaf_hash(&bytes)) } else { Hash::try_from(bytes.as_slice()) }
}

fn hashes(texts: Option<&[String]>) -> Result<Vec<Hash>, HashError> {
    texts.unwrap_or_default().iter().map(|text| hash(text)).collect()
}

fn files(kind: &str) -> Option<Vec<(PathBuf, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/known_answers/merkle/testdata");
    if !root.is_dir() {
        println!("skipped: ../shared/data/known_answers/merkle is absent");
        return None;
    }
    let (mut open, mut found) = (vec![root.join(kind)], Vec::new());
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).expect("readable folder") {
            let path = entry.expect("readable folder").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = std::fs::read_to_string(&path).expect("readable vector");
                found.push((path, text));
            }
        }
    }
    Some(found)
}

#[test]
fn inclusion_vectors() {
    let Some(files) = files("inclusion") else { return };
    assert_eq!(files.len(), 98);
    for (path, text) in files {
        let vector: Inclusion = serde_json::from_str(&text).expect("known fields");
        let outcome = vector.run();
        assert_eq!(outcome.is_err(), vector.want_err, "{path:?} ({}): {outcome:?}", vector.desc);
    }
}

#[test]
fn consistency_vectors() {
    let Some(files) = files("consistency") else { return };
    assert_eq!(files.len(), 98);
    for (path, text) in files {
        let vector: Consistency = serde_json::from_str(&text).expect("known fields");
        let outcome = vector.run();
        assert_eq!(outcome.is_err(), vector.want_err, "{path:?} ({}): {outcome:?}", vector.desc);
    }
}

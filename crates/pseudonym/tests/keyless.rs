//! No identifier is ever hashed without a key: a hash of a phone number is undone by trying all numbers.
//!
//! Whatever hashes at all is listed here with what it hashes. A new place must be looked at and added.

use std::fs;
use std::path::Path;

/// Files that use a hash, and why that is no hash of an identifier alone.
const KNOWN: [(&str, &str); 10] = [
    ("capsule.rs", "capsules, which are ciphertext"),
    ("evaluate/trustee.rs", "public keys of trustees"),
    ("evaluate/message.rs", "requests, which hold blinded elements"),
    ("group.rs", "into the group, before a secret factor or key is applied"),
    ("key/dkg.rs", "messages of key generation"),
    ("oprf/batch.rs", "the end of the function, over an element multiplied by the key"),
    ("oprf/dleq.rs", "statements of proofs"),
    ("oprf/tests.rs", "the same, in tests"),
    ("resolve/ticket.rs", "tickets"),
    ("own/", "with a key: HMAC, AES-SIV; checks of key files"),
];

#[test]
fn whatever_hashes_is_known_and_hashes_no_identifier_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &root, &mut found);
    let hashing = |text: &str| {
        ["Sha256", "Sha512", "Sha1", "Md5", "Blake", "DefaultHasher"].iter().any(|name| text.contains(name))
    };
    let overlap = |name: &str| name.starts_with("overlap");
    for (name, text) in found.iter().filter(|(name, text)| hashing(text) && !overlap(name)) {
        assert!(KNOWN.iter().any(|(known, _)| name.starts_with(known)), "{name} hashes something: say what, and why");
        assert!(name == "canonical.rs" || !text.contains("expose_value()") || name.as_str() == "capsule.rs", "{name}");
    }
    assert!(found.len() > 20, "the sources were not read");
    assert!(hashing(&found.iter().find(|(name, _)| name == "group.rs").expect("there").1));
}

fn sources(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("inside").to_string_lossy().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).expect("text")));
        }
    }
}

//! Whole transcripts with changed files: a change is found, and nothing panics behind the first check either.

use crate::world::{identity, rounds};
use guildhall_federation::statement::{self, encode};
use guildhall_federation::transcript::{Files, Publication, file_id, name, verify};

/// Reads edits of five bytes: file, position (two), kind, value; the first byte chooses round and whether the
/// coordinator itself publishes what was changed.
pub fn run(bytes: &[u8]) {
    let Some((mode, edits)) = bytes.split_first() else { return };
    let original = &rounds()[usize::from(mode & 1)];
    let mut files = original.clone();
    edits.as_chunks::<5>().0.iter().take(8).for_each(|edit| apply(&mut files, *edit));
    let changed = files != *original;
    let republished = mode & 2 == 2 && republish(&mut files);
    let verified = verify(&files, None);
    match (changed, republished) {
        (false, _) => assert!(verified.is_ok(), "an untouched transcript verifies"),
        (true, false) => assert!(verified.is_err(), "a change was not found"),
        // The coordinator may leave out what nobody counts; whatever it publishes, the totals stand.
        (true, true) => {
            if let Ok(round) = verified {
                assert_eq!(encode(&round.opened), original[name::TOTALS]);
            }
        }
    }
}

fn apply(files: &mut Files, [file, high, low, kind, value]: [u8; 5]) {
    let Some(name) = files.keys().nth(usize::from(file) % files.len().max(1)).cloned() else { return };
    let Some(bytes) = files.get_mut(&name) else { return };
    let at = usize::from(u16::from_be_bytes([high, low])) % bytes.len().max(1);
    match (kind % 5, bytes.get_mut(at)) {
        (0, Some(byte)) => *byte ^= value,
        (1, Some(byte)) => *byte = value,
        (2, _) => bytes.insert(at, value),
        (3, Some(_)) => drop(bytes.remove(at)),
        (4, _) if value == 0 => drop(files.remove(&name)),
        _ => bytes.truncate(at),
    }
}

/// The coordinator signs the changed files as published; false if it cannot.
fn republish(files: &mut Files) -> bool {
    let Some(bytes) = files.get(name::PUBLICATION) else { return false };
    let Ok(mut publication) = statement::decode::<Publication>(bytes) else { return false };
    publication.files = files
        .iter()
        .filter(|(name, _)| *name != name::PUBLICATION && *name != name::PUBLICATION_NOTE)
        .map(|(name, bytes)| (name.clone(), file_id(bytes)))
        .collect();
    let bytes = encode(&publication);
    let Ok(note) = statement::sign::<Publication>(&bytes, &identity("coordinator")) else { return false };
    files.insert(name::PUBLICATION.to_owned(), bytes);
    files.insert(name::PUBLICATION_NOTE.to_owned(), note.encode().into_bytes());
    true
}

/// No edit, and one of each kind to each file, published and not.
pub fn run_seeds() -> Vec<Vec<u8>> {
    let count = u8::try_from(rounds()[0].len()).expect("few files");
    let edits = (0..count).flat_map(|file| (0..5).map(move |kind| [file, 0, 40, kind, 1]));
    let mut seeds: Vec<Vec<u8>> = (0..4).map(|mode| vec![mode]).collect();
    seeds.extend(edits.flat_map(|edit| (0..4u8).map(move |mode| [&[mode][..], &edit].concat())));
    seeds
}

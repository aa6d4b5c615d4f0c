//! Files of a comparison: who may send what, and what damage does.

use super::*;
use crate::Identity;
use crate::compare::file::{self, Kind};

struct World {
    opener: Identity,
    evaluator: Identity,
    members: Vec<Identity>,
    comparison: Comparison,
    keys: KeyFiles,
}

fn identity() -> Identity {
    Identity::generate().unwrap()
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let (opener, evaluator): (Identity, Identity) = (identity(), identity());
        let members: Vec<Identity> = (0..3).map(|_| identity()).collect();
        let comparison = named("margins", &opener, &evaluator, &members, [1]).unwrap();
        let keys = comparison.keys(&opener).unwrap();
        World { opener, evaluator, members, comparison, keys }
    })
}

fn named(
    title: &str,
    opener: &Identity,
    evaluator: &Identity,
    members: &[Identity],
    orders: [usize; 1],
) -> Result<Comparison, CompareError> {
    let plan = Plan::new(members.len(), Width::new(4)?, orders)?;
    let roster = members.iter().map(Identity::public).collect();
    Comparison::new(title, plan, opener.public(), evaluator.public(), roster)
}

fn figure(value: u64) -> Figure {
    Figure::new(value, Width::new(4).unwrap()).unwrap()
}

fn encrypted(figures: &[u64]) -> Vec<MemberFiles> {
    let World { members, comparison, keys, .. } = world();
    let one =
        |(member, &value): (&Identity, &u64)| comparison.encrypt(member, &keys.encryption, &figure(value)).unwrap();
    members.iter().zip(figures).map(one).collect()
}

/// What the evaluator does with files it is handed.
fn evaluated(files: &[MemberFiles]) -> Vec<u8> {
    let World { comparison, keys, evaluator, .. } = world();
    let (key, id) = comparison.evaluation_key(&keys.evaluation).unwrap();
    let uploads: Vec<Upload> = files.iter().map(|one| comparison.upload(&one.upload, &id).unwrap().1).collect();
    let results = Evaluator::new(&key).unwrap().evaluate(comparison.plan(), &uploads, |_| ()).unwrap();
    comparison.sign(evaluator, &id, &results).unwrap()
}

#[test]
fn three_members_learn_their_places_and_all_the_median() {
    let World { comparison, keys, .. } = world();
    let files = encrypted(&[9, 3, 9]);
    let results = evaluated(&files);
    let opened = comparison.open_results(&keys.opening, &results).unwrap();
    assert_eq!(opened.orders, [9]);
    let places: Vec<Place> = files.iter().map(|own| comparison.place(&own.pads, &opened).unwrap()).collect();
    assert_eq!(places.iter().map(Place::rank).collect::<Vec<_>>(), [1, 3, 1]);
    assert_eq!(places.iter().map(Place::equal).collect::<Vec<_>>(), [1, 0, 1]);
    damage(Kind::Results, &results);
}

#[test]
fn parties_must_be_the_ones_named() {
    let World { comparison, keys, opener, evaluator, members } = world();
    let stranger = identity();
    assert!(matches!(comparison.keys(evaluator), Err(CompareError::Mismatch(_))));
    assert!(matches!(
        comparison.encrypt(&stranger, &keys.encryption, &figure(1)),
        Err(CompareError::NotOnRoster(key)) if key == hex::encode(stranger.public())
    ));
    assert!(matches!(named("margins", opener, opener, members, [1]), Err(CompareError::Parties(_))));
    let twice = [
        identity(),
        Identity::from_secret(members[0].expose_secret()),
        Identity::from_secret(members[0].expose_secret()),
    ];
    assert!(matches!(named("margins", opener, evaluator, &twice, [1]), Err(CompareError::Parties(_))));
    // A key that somebody else than the opener made is not used, whatever it says.
    let forged = file::seal(&stranger, Kind::EncryptionKey, comparison.digest(), &[0; 32], &[0; 8]);
    assert!(matches!(comparison.encrypt(&members[0], &forged, &figure(1)), Err(CompareError::Mismatch(_))));
}

#[test]
fn files_of_another_comparison_are_refused() {
    let World { comparison, keys, opener, evaluator, members } = world();
    let other = named("margins", opener, evaluator, members, [2]).unwrap();
    assert_ne!(other.digest(), comparison.digest());
    assert!(matches!(other.encrypt(&members[0], &keys.encryption, &figure(1)), Err(CompareError::Mismatch(_))));
    assert!(matches!(other.evaluation_key(&keys.evaluation), Err(CompareError::Mismatch(_))));
    let mine = comparison.encrypt(&members[0], &keys.encryption, &figure(1)).unwrap();
    assert!(matches!(other.upload(&mine.upload, &[0; 32]), Err(CompareError::Mismatch(_))));
    // Of this comparison, but under another key.
    assert!(matches!(comparison.upload(&mine.upload, &[0; 32]), Err(CompareError::Mismatch(_))));
    assert!(matches!(comparison.open_results(&keys.opening, &mine.upload), Err(CompareError::Damaged(_))));
}

/// Flips 10,000 bits of a file, or all it has, and cuts and pads it: an error each time.
fn damage(kind: Kind, bytes: &[u8]) {
    let digest = world().comparison.digest();
    assert!(file::open(bytes, kind, digest).is_ok());
    crate::tests::envelopes::flips(bytes, |bit, damaged| {
        assert!(file::open(damaged, kind, digest).is_err(), "{kind:?}: bit {bit}");
    });
    assert!(file::open(&bytes[..bytes.len() - 1], kind, digest).is_err());
    assert!(file::open(&[bytes, &[0]].concat(), kind, digest).is_err());
    assert!(file::open(&[], kind, digest).is_err());
}

#[test]
fn no_flipped_bit_gets_through() {
    let World { keys, .. } = world();
    let files = encrypted(&[1, 2, 3]);
    damage(Kind::OpeningKey, &keys.opening);
    damage(Kind::Pads, &files[0].pads);
    damage(Kind::Upload, &files[0].upload);
    damage(Kind::EncryptionKey, &keys.encryption);
    // The envelope of an evaluation key around its first bytes: to hash all 60 MB of it takes too long for 10,000 flips.
    let World { comparison, opener, .. } = world();
    let body = &keys.evaluation[176..4_176];
    damage(Kind::EvaluationKey, &file::seal(opener, Kind::EvaluationKey, comparison.digest(), &[7; 32], body));
    let mut whole = keys.evaluation.clone();
    for byte in (0..whole.len()).step_by(whole.len() / 20) {
        whole[byte] ^= 4;
        assert!(file::open(&whole, Kind::EvaluationKey, comparison.digest()).is_err(), "byte {byte}");
        whole[byte] ^= 4;
    }
}

/// Behind the signature: whatever the opener signs, the library's decoder must not take the evaluator down.
#[test]
fn a_damaged_evaluation_key_is_an_error_not_a_crash() {
    let (key, _) = world().comparison.evaluation_key(&world().keys.evaluation).unwrap();
    let bytes = key.to_bytes().unwrap();
    assert!(EvaluationKey::from_bytes(&bytes).is_ok());
    assert!(EvaluationKey::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    assert!(EvaluationKey::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    // The first bytes hold lengths and parameters; what passes must also expand without a panic.
    for byte in (0..64).step_by(8) {
        let mut damaged = bytes.clone();
        damaged[byte] ^= 0x80;
        if let Ok(key) = EvaluationKey::from_bytes(&damaged) {
            let _ = key.expanded();
        }
    }
}

//! Contributions, boxes and sum shares.
//!
//! The round and the trustees' keys are new in every process, so that a contribution which an earlier process left in
//! the corpus cannot be valid. The round's hash is written into every input, or such entries would not even decode.

use guildhall_mpc::circuit::{Form, FormLayout};
use guildhall_mpc::{
    Author, Contribution, Pending, Role, Round, SealKeyPair, SealPublicKey, Seed, Shape, SumShare, Threshold,
    UnverifiedBody, contribute,
};
use std::ops::Range;
use std::sync::OnceLock;

struct World {
    round: Round,
    form: Form,
    shape: Shape,
    keys: Vec<SealKeyPair>,
    made: Vec<Contribution>,
}

/// 32 bytes that no other process has.
fn fresh() -> Seed {
    let bytes = SealKeyPair::generate().expect("randomness").public();
    Seed::new(*bytes.as_bytes())
}

/// Where a body names its round.
const ROUND: Range<usize> = 4..36;

/// The input as bytes of this process's round.
fn of_this_round(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(named) = bytes.get_mut(ROUND) {
        named.copy_from_slice(&world().round.manifest);
    }
    bytes
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let threshold = Threshold::new(3, 2, 3).expect("safe");
        let round = Round { manifest: *fresh().expose_bytes(), threshold };
        let schema = crate::world::schema(true);
        let layout = FormLayout::new(&schema);
        let form = Form::new(layout.clone(), vec![true]).expect("fits");
        let shape = Shape::new(threshold, &form, 1);
        let keys: Vec<SealKeyPair> = (0..3).map(|_| SealKeyPair::from_seed(fresh())).collect();
        let public: Vec<SealPublicKey> = keys.iter().map(SealKeyPair::public).collect();
        let made = [3, 40].map(|value| {
            let figures = guildhall_kpi::KpiVector::new(&schema, vec![Some(value)]).expect("in range");
            let author = Author { role: Role::Member, index: 0, sequence: 1 };
            contribute(&round, &form, author, &[true], &layout.encode(&figures), &public).expect("valid")
        });
        World { round, form, shape, keys, made: made.into() }
    })
}

/// Whatever decodes is written back the same, and is verified only if it is what the seeds' author made.
pub fn body(bytes: &[u8]) {
    let world = world();
    let bytes = &of_this_round(bytes);
    let Ok(body) = UnverifiedBody::decode(bytes, &world.round, &world.shape) else { return };
    assert_eq!(body.as_bytes(), bytes);
    let own = world.made.iter().find(|made| made.body.id() == body.id());
    let pending = Pending::open(&world.round, body, 1, own.map(|made| made.boxes[0].as_slice()), &world.keys[0]);
    let verified = matches!(pending.verify(&world.round, &world.form), Ok(Some(_)));
    assert_eq!(verified, own.is_some());
}

/// Bodies as members made them.
pub fn body_seeds() -> Vec<Vec<u8>> {
    world().made.iter().map(|made| made.body.as_bytes().to_vec()).collect()
}

/// Body and boxes in one string, opened by every trustee.
pub fn contribution(bytes: &[u8]) {
    let world = world();
    let bytes = &of_this_round(bytes);
    let Ok((body, boxes)) = Contribution::decode(bytes, &world.round, &world.shape) else { return };
    assert_eq!([body.as_bytes(), &boxes.concat()].concat(), *bytes);
    for (j, (sealed, key)) in (1..).zip(boxes.iter().zip(&world.keys)) {
        let pending = Pending::open(&world.round, body.clone(), j, Some(sealed), key);
        if matches!(pending.verify(&world.round, &world.form), Ok(Some(_))) {
            let proved = proved(&world.round, body.as_bytes());
            assert!(world.made.iter().any(|made| self::proved(&world.round, made.body.as_bytes()) == proved));
        }
    }
}

/// What the proof binds: all but the hashes of the boxes at the end. They are in the id, which the author signs, and
/// only say what is delivered.
fn proved<'a>(round: &Round, body: &'a [u8]) -> &'a [u8] {
    body.split_at(body.len() - 32 * usize::from(round.threshold.k())).0
}

/// Contributions as they are uploaded.
pub fn contribution_seeds() -> Vec<Vec<u8>> {
    world().made.iter().map(Contribution::encode).collect()
}

/// Any bytes as a box of any length: it opens only if it is the one that was sealed.
pub fn boxes(bytes: &[u8]) {
    let world = world();
    let opened = guildhall_mpc::open_bytes(&world.keys[0], b"info", b"aad", bytes);
    assert!(opened.is_err(), "nothing was ever sealed in this context");
    for made in &world.made {
        let Ok(body) = UnverifiedBody::decode(made.body.as_bytes(), &world.round, &world.shape) else { return };
        let pending = Pending::open(&world.round, body, 1, Some(bytes), &world.keys[0]);
        assert_eq!(pending.missing(&world.round).is_empty(), bytes == made.boxes[0]);
    }
}

/// Boxes as they were sealed.
pub fn boxes_seeds() -> Vec<Vec<u8>> {
    world().made.iter().flat_map(|made| made.boxes.clone()).collect()
}

/// Sum shares of any number of columns.
pub fn sum_share(bytes: &[u8]) {
    for columns in [0, 1, 4, bytes.len() / 16, usize::MAX / 16, usize::MAX] {
        if let Some(share) = SumShare::decode(bytes, columns) {
            assert_eq!((share.encode().as_slice(), share.columns()), (bytes, columns));
        }
    }
}

/// Shares of zeros, of the largest element, and one beyond it.
pub fn sum_share_seeds() -> Vec<Vec<u8>> {
    let modulus = 0u128.wrapping_sub(7 << 66).wrapping_add(1);
    [0, 1, modulus - 1, modulus].map(|v: u128| v.to_le_bytes().repeat(4)).into()
}

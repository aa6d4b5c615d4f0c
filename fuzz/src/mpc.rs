//! Contributions, boxes and sum shares.

use guildhall_mpc::circuit::{Form, FormLayout};
use guildhall_mpc::{
    Author, Contribution, Pending, Role, Round, SealKeyPair, SealPublicKey, Seed, Shape, SumShare, Threshold,
    UnverifiedBody, contribute,
};
use std::sync::OnceLock;

struct World {
    round: Round,
    form: Form,
    shape: Shape,
    made: Vec<Contribution>,
}

fn key(j: u8) -> SealKeyPair {
    SealKeyPair::from_seed(Seed::new([j; 32]))
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let threshold = Threshold::new(3, 2, 3).expect("safe");
        let round = Round { manifest: [7; 32], threshold };
        let schema = crate::world::schema(true);
        let layout = FormLayout::new(&schema);
        let form = Form::new(layout.clone(), vec![true]).expect("fits");
        let shape = Shape::new(threshold, &form, 1);
        let keys: Vec<SealPublicKey> = (1..=3).map(|j| key(j).public()).collect();
        let made = [3, 40].map(|value| {
            let figures = guildhall_kpi::KpiVector::new(&schema, vec![Some(value)]).expect("in range");
            let author = Author { role: Role::Member, index: 0, sequence: 1 };
            contribute(&round, &form, author, &[true], &layout.encode(&figures), &keys).expect("valid")
        });
        World { round, form, shape, made: made.into() }
    })
}

/// Whatever decodes is written back the same, and is verified only if it is what the seeds' author made.
pub fn body(bytes: &[u8]) {
    let world = world();
    let Ok(body) = UnverifiedBody::decode(bytes, &world.round, &world.shape) else { return };
    assert_eq!(body.as_bytes(), bytes);
    let own = world.made.iter().find(|made| made.body.id() == body.id());
    let pending = Pending::open(&world.round, body, 1, own.map(|made| made.boxes[0].as_slice()), &key(1));
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
    let Ok((body, boxes)) = Contribution::decode(bytes, &world.round, &world.shape) else { return };
    assert_eq!([body.as_bytes(), &boxes.concat()].concat(), bytes);
    for (j, sealed) in (1..).zip(&boxes) {
        let pending = Pending::open(&world.round, body.clone(), j, Some(sealed), &key(j));
        let verified = matches!(pending.verify(&world.round, &world.form), Ok(Some(_)));
        assert!(!verified || world.made.iter().any(|made| made.body.id() == body.id()));
    }
}

/// Contributions as they are uploaded.
pub fn contribution_seeds() -> Vec<Vec<u8>> {
    world().made.iter().map(Contribution::encode).collect()
}

/// Any bytes as a box of any length: it opens only if it is the one that was sealed.
pub fn boxes(bytes: &[u8]) {
    let world = world();
    for made in &world.made {
        let opened = guildhall_mpc::open_bytes(&key(1), b"info", b"aad", bytes);
        assert!(opened.is_err() || bytes.len() > 48);
        let Ok(body) = UnverifiedBody::decode(made.body.as_bytes(), &world.round, &world.shape) else { return };
        let pending = Pending::open(&world.round, body, 1, Some(bytes), &key(1));
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

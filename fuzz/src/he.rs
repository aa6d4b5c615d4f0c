//! Files of the linear layer of encrypted answers.
//!
//! Keys are new in every process: what an earlier process left in the corpus belongs to another key and is refused,
//! except identities, which belong to nothing and are written back byte for byte.

use guildhall_he::{
    Answer, Encryptor, Evaluation, Flood, Identity, KeyShare, Kind, Metric, Mode, OpeningShare, Packing, Parties,
    Party, Plan, Poll, PublicKey, Releases, Roster, Row, SecretKey, Seen, UnverifiedFrame, UnverifiedTally,
    UploadBuilder, check_file,
};
use std::sync::OnceLock;

struct World {
    poll: Poll,
    plan: Plan,
    secret: SecretKey,
    public: PublicKey,
    identity: Identity,
    upload: Vec<u8>,
    tally: Vec<u8>,
}

/// A joint key of two, with everything its making leaves.
struct Joint {
    poll: Poll,
    plan: Plan,
    public: PublicKey,
    share: KeyShare,
    tally: UnverifiedTally,
    record: Vec<u8>,
    party: Party,
    roster: Roster,
    cards: Vec<Vec<u8>>,
    commitments: Vec<Vec<u8>>,
    deals: Vec<Vec<u8>>,
    opening: Vec<u8>,
}

fn poll(mode: Mode) -> Poll {
    let metric = Metric { name: "nps".into(), kind: Kind::Nps, optional: false };
    let packing = Packing::Full;
    Poll {
        id: "fuzz".into(),
        mode,
        most_answers: 100,
        most_uploads: 10,
        packing,
        groups: vec![],
        metrics: vec![metric],
        reading: vec![],
    }
}

fn uploaded(poll: &Poll, plan: &Plan, encryptor: Encryptor<'_>, public: &PublicKey) -> Vec<u8> {
    let mut builder = UploadBuilder::new(poll, plan, encryptor, public.binding());
    for score in [0, 8, 10] {
        builder.push(&Row { group: 0, answers: vec![Answer::Number(score)] }).expect("in range");
    }
    builder.finish(&Identity::generate().expect("randomness")).expect("not empty")
}

fn evaluated(poll: &Poll, plan: &Plan, public: &PublicKey, upload: &[u8]) -> Vec<u8> {
    let mut evaluation = Evaluation::new(poll, plan, public, None);
    evaluation.add(&mut &*upload).expect("genuine");
    evaluation.finish(&Identity::generate().expect("randomness")).expect("not empty")
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let poll = poll(Mode::Owner);
        let plan = poll.plan().expect("valid");
        let (secret, public) = SecretKey::generate(&poll).expect("valid");
        let upload = uploaded(&poll, &plan, Encryptor::secret(&plan, &secret).expect("its key"), &public);
        let tally = evaluated(&poll, &plan, &public, &upload);
        World { identity: Identity::generate().expect("randomness"), poll, plan, secret, public, upload, tally }
    })
}

fn joint() -> &'static Joint {
    static JOINT: OnceLock<Joint> = OnceLock::new();
    JOINT.get_or_init(|| {
        let poll = poll(Mode::Quorum(Parties {
            count: 2,
            threshold: 2,
            flood: Flood::Forty,
            beacon: "fuzz".into(),
            may_trust_evaluator: false,
        }));
        let plan = poll.plan().expect("valid");
        let made = [1, 2].map(|index| Party::new(&poll, index).expect("valid"));
        let (parties, cards): (Vec<Party>, Vec<Vec<u8>>) = made.into_iter().unzip();
        let roster = Roster::new(&poll, &cards).expect("both cards");
        let committed: Vec<_> = parties.iter().map(|party| party.commit(&roster).expect("listed")).collect();
        let (prepared, commitments): (Vec<_>, Vec<_>) = committed.into_iter().unzip();
        let deals = parties.iter().zip(&prepared);
        let deals: Vec<_> = deals.map(|(p, d)| p.deal(&roster, &commitments, d).expect("committed")).collect();
        let again = Party::decode(&parties[0].expose_file(), &poll).expect("its own file");
        let mut finished: Vec<_> =
            parties.into_iter().map(|p| p.finish(&roster, &commitments, &deals).expect("honest")).collect();
        let (share, public) = finished.remove(0);
        let upload = uploaded(&poll, &plan, Encryptor::public(&plan, &public).expect("public"), &public);
        let bytes = evaluated(&poll, &plan, &public, &upload);
        let read = || UnverifiedTally::decode(&bytes, &poll, &plan, public.binding()).expect("genuine");
        let mut own = Evaluation::new(&poll, &plan, &public, None);
        own.add(&mut upload.as_slice()).expect("genuine");
        let believed = read().recomputed(own).expect("the same sums");
        let (opening, releases) = share.open(&poll, &plan, &believed, &[1, 2], &share.no_releases()).expect("a quorum");
        let (tally, record) = (read(), releases.encode());
        Joint { poll, plan, public, share, tally, record, party: again, roster, cards, commitments, deals, opening }
    })
}

/// Any frame: what is signed was made by code that knew the key.
pub fn frame(bytes: &[u8]) {
    if let Ok(frame) = UnverifiedFrame::read(&mut &*bytes) {
        let _ = (frame.binding(), frame.signer(), frame.body_len(), frame.kind());
    }
    let _ = check_file(bytes);
}

/// One file of every kind.
pub fn frame_seeds() -> Vec<Vec<u8>> {
    let (world, joint) = (world(), joint());
    let secrets = [world.identity.expose_file(), world.secret.expose_file(), joint.party.expose_file()];
    let public = [world.upload.clone(), world.tally.clone(), joint.opening.clone(), joint.cards[0].clone()];
    secrets.iter().map(|file| file.to_vec()).chain(public).collect()
}

/// Only the upload that was made is added.
pub fn upload(bytes: &[u8]) {
    let world = world();
    let mut evaluation = Evaluation::new(&world.poll, &world.plan, &world.public, None);
    if evaluation.add(&mut &*bytes).is_ok() {
        assert!(bytes.starts_with(&world.upload));
    } else {
        assert_eq!(evaluation.counts(), (0, 0, 0));
    }
}

/// An upload as it is sent.
pub fn upload_seeds() -> Vec<Vec<u8>> {
    vec![world().upload.clone()]
}

/// Only the tally that was signed for this key is read.
pub fn tally(bytes: &[u8]) {
    let world = world();
    if let Ok(tally) = UnverifiedTally::decode(bytes, &world.poll, &world.plan, world.public.binding()) {
        assert!(bytes == world.tally);
        let tally = tally.trusting_the_evaluator(&world.poll).expect("one decryptor");
        assert_eq!(tally.open(&world.plan, &world.secret), Ok(vec![0]));
    }
}

/// A tally as it is sent.
pub fn tally_seeds() -> Vec<Vec<u8>> {
    vec![world().tally.clone()]
}

/// Keys are written back byte for byte.
pub fn keys(bytes: &[u8]) {
    let (world, joint) = (world(), joint());
    if let Ok(identity) = Identity::decode(bytes) {
        assert!(*identity.expose_file() == bytes);
    }
    if let Ok(key) = SecretKey::decode(bytes) {
        assert!(*key.expose_file() == bytes);
    }
    if let Ok(share) = KeyShare::decode(bytes, &joint.poll) {
        assert!(*share.expose_file() == bytes);
    }
    if let Ok(party) = Party::decode(bytes, &joint.poll) {
        assert!(*party.expose_file() == bytes);
    }
    for poll in [&world.poll, &joint.poll] {
        if let Ok(key) = PublicKey::decode(bytes, poll, None) {
            let _ = (key.binding(), key.signer(), key.parties());
        }
    }
    if let Ok(releases) = Releases::decode(bytes, &joint.share) {
        assert!(releases.encode() == bytes);
    }
}

/// Files of keys.
pub fn keys_seeds() -> Vec<Vec<u8>> {
    let (world, joint) = (world(), joint());
    let secret = [world.identity.expose_file(), world.secret.expose_file(), joint.share.expose_file()];
    let public = [world.public.encode(&world.identity), joint.public.encode(&world.identity), joint.record.clone()];
    secret.iter().map(|file| file.to_vec()).chain(public).collect()
}

/// The other party's card, commitment or deal, damaged: the key is made only from what it sent.
pub fn ceremony(bytes: &[u8]) {
    let joint = joint();
    let with = |files: &[Vec<u8>]| vec![files[0].clone(), bytes.to_vec()];
    if let Ok(roster) = Roster::new(&joint.poll, &with(&joint.cards)) {
        // Another card of party 2 under the same poll: a key of its own, as any stranger could make.
        assert!(bytes == joint.cards[1] || roster != joint.roster);
    }
    let again = || Party::decode(&joint.party.expose_file(), &joint.poll).expect("its own file");
    let finished = again().finish(&joint.roster, &with(&joint.commitments), &joint.deals);
    assert!(finished.is_err() || bytes == joint.commitments[1]);
    let finished = again().finish(&joint.roster, &joint.commitments, &with(&joint.deals));
    assert!(finished.is_err() || bytes == joint.deals[1]);
}

/// What the other party sends.
pub fn ceremony_seeds() -> Vec<Vec<u8>> {
    let joint = joint();
    vec![joint.cards[1].clone(), joint.commitments[1].clone(), joint.deals[1].clone()]
}

/// Only the share that was made is read.
pub fn opening(bytes: &[u8]) {
    let joint = joint();
    if let Ok(share) = OpeningShare::decode(bytes, &joint.plan, &joint.public, &joint.tally) {
        assert!(bytes == joint.opening && share.party == 1);
    }
    assert!(Seen::default().add(bytes, &joint.public).is_err() || bytes == joint.opening);
}

/// An opening share as it is sent.
pub fn opening_seeds() -> Vec<Vec<u8>> {
    vec![joint().opening.clone()]
}

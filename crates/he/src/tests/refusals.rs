//! Mistakes are refused before work is done.

use crate::frame::{FileKind, UnverifiedFrame, seal};
use crate::tests::world::{Lcg, World, kinds, parties, poll, row};
use crate::{Answer, Encryptor, HeError, Identity, Kind, Mode, Packing, Poll, PublicKey, Row, UploadBuilder};
use std::collections::BTreeSet;

fn world(mode: Mode) -> World {
    World::new(poll(mode, Packing::Full, 0, 1_000))
}

fn rows(world: &World, count: usize) -> Vec<Row> {
    let rng = &mut Lcg(5);
    (0..count).map(|_| row(&world.poll, rng)).collect()
}

#[test]
fn a_poll_that_breaks_a_rule_is_refused() {
    let breaks: [fn(&mut Poll); 10] = [
        |p| p.id.clear(),
        |p| p.metrics.clear(),
        |p| p.metrics[1].name = "nps".into(),
        |p| p.groups = vec!["a".into(), "a".into()],
        |p| p.most_answers = 0,
        |p| p.metrics[1].kind = Kind::Csat { low: 1, high: 5, satisfied: 6 },
        |p| p.metrics[2].kind = Kind::Ces { low: 3, high: 3 },
        |p| p.metrics[6].kind = Kind::TrustIndex { low: 1, high: 7, weights: vec![1, 0] },
        |p| p.metrics[7].kind = Kind::Histogram { bins: vec!["a".into(), "a".into()] },
        |p| p.mode = crate::tests::world::parties(3, 4),
    ];
    let good = poll(Mode::Owner, Packing::Full, 0, 1_000);
    assert!(good.plan().is_ok());
    for (at, change) in breaks.into_iter().enumerate() {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(matches!(bad.plan(), Err(HeError::Poll { .. })), "rule {at}: {:?}", bad.plan());
    }
    let mut wide = good;
    wide.most_answers = 1 << 32;
    wide.metrics[5].kind = Kind::Sum { low: 0, high: 1 << 20 };
    assert!(matches!(wide.plan(), Err(HeError::TooLarge { .. })), "sums beyond every plaintext space");
}

#[test]
fn answers_outside_their_range_are_refused_with_row_and_metric() {
    let world = world(Mode::Owner);
    let good = rows(&world, 1).remove(0);
    let bad = [
        (0, Answer::Number(11)),
        (1, Answer::Number(0)),
        (2, Answer::Number(8)),
        (3, Answer::Number(1)),
        (5, Answer::Number(20_001)),
        (6, Answer::Items(vec![1, 2])),
        (6, Answer::Items(vec![1, 2, 8])),
        (7, Answer::Bin(3)),
        (0, Answer::Missing),
    ];
    for (at, answer) in bad {
        let mut row = good.clone();
        row.answers[at] = answer;
        let mut builder = UploadBuilder::new(&world.poll, &world.plan, world.encryptor(), world.public.binding());
        builder.push(&good).expect("valid");
        match builder.push(&row) {
            Err(HeError::Answer { row: 2, metric, .. }) => assert_eq!(metric, world.poll.metrics[at].name),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn too_many_answers_uploads_and_ciphertexts_are_refused_before_they_are_added() {
    let mut poll = poll(Mode::Owner, Packing::Full, 0, 10);
    poll.most_uploads = 2;
    let world = World::new(poll);
    let mut builder = UploadBuilder::new(&world.poll, &world.plan, world.encryptor(), world.public.binding());
    let all = rows(&world, 11);
    all[..10].iter().for_each(|row| builder.push(row).expect("fits"));
    assert!(matches!(builder.push(&all[10]), Err(HeError::TooMany { what: "answers", found: 11, most: 10 })));
    let mut evaluation = world.evaluation();
    let six = world.upload(&all[..6]);
    evaluation.add(&mut six.as_slice()).expect("fits");
    let error = evaluation.add(&mut world.upload(&all[..6]).as_slice());
    assert!(matches!(error, Err(HeError::TooMany { what: "answers", found: 12, most: 10 })), "{error:?}");
    evaluation.add(&mut world.upload(&all[..2]).as_slice()).expect("fits");
    let error = evaluation.add(&mut world.upload(&all[..1]).as_slice());
    assert!(matches!(error, Err(HeError::TooMany { what: "uploads", .. })), "{error:?}");
    assert_eq!(evaluation.counts(), (8, 2, 2));
}

#[test]
fn each_uploader_counts_once_and_only_if_on_the_roster() {
    let world = world(Mode::Respondents);
    let (known, stranger) = (Identity::generate().expect("random"), Identity::generate().expect("random"));
    let roster = BTreeSet::from([known.public()]);
    let mut evaluation = crate::Evaluation::new(&world.poll, &world.plan, &world.public, Some(&roster));
    let upload = world.upload_as(&rows(&world, 3), &known);
    evaluation.add(&mut upload.as_slice()).expect("on the roster");
    assert!(matches!(evaluation.add(&mut upload.as_slice()), Err(HeError::Twice { .. })), "the same bytes");
    let again = world.upload_as(&rows(&world, 2), &known);
    assert!(matches!(evaluation.add(&mut again.as_slice()), Err(HeError::Twice { .. })), "the same uploader");
    let other = world.upload_as(&rows(&world, 2), &stranger);
    assert!(matches!(evaluation.add(&mut other.as_slice()), Err(HeError::NotOnRoster { .. })));
    assert_eq!(evaluation.counts().2, 1);
}

/// The same payload under another signature.
fn resigned(upload: &[u8], identity: &Identity) -> Vec<u8> {
    let mut rest = upload;
    let frame = UnverifiedFrame::read(&mut rest).expect("a frame").verify().expect("signed");
    [seal(identity, FileKind::Upload, &frame.binding, &frame.body).as_slice(), rest].concat()
}

/// Two signers over the same ciphertexts: the mask would be used twice.
#[test]
fn a_mask_is_added_once() {
    let world = world(Mode::Owner);
    let (one, two) = (Identity::generate().expect("random"), Identity::generate().expect("random"));
    let mut builder = UploadBuilder::new(&world.poll, &world.plan, world.encryptor(), world.public.binding());
    rows(&world, 3).iter().for_each(|row| builder.push(row).expect("valid"));
    let first = builder.finish(&one).expect("not empty");
    let second = resigned(&first, &two);
    let mut evaluation = world.evaluation();
    evaluation.add(&mut first.as_slice()).expect("fresh");
    assert!(matches!(evaluation.add(&mut second.as_slice()), Err(HeError::Twice { what: "a mask" })));
}

/// Somebody else's ciphertext, signed again: its mask names it where there is no seed.
#[test]
fn a_copied_answer_is_refused() {
    let world = world(Mode::Respondents);
    let (one, two) = (Identity::generate().expect("random"), Identity::generate().expect("random"));
    let mut builder = UploadBuilder::new(&world.poll, &world.plan, world.encryptor(), world.public.binding());
    rows(&world, 1).iter().for_each(|row| builder.push(row).expect("valid"));
    let first = builder.finish(&one).expect("not empty");
    let mut evaluation = world.evaluation();
    evaluation.add(&mut first.as_slice()).expect("fresh");
    let error = evaluation.add(&mut resigned(&first, &two).as_slice());
    assert!(matches!(error, Err(HeError::Twice { what: "a mask" })));
}

#[test]
fn wrong_keys_and_wrong_polls_are_refused_before_work_is_done() {
    let (ours, theirs) = (world(Mode::Respondents), world(Mode::Respondents));
    let upload = theirs.upload(&rows(&theirs, 3));
    let error = ours.evaluation().add(&mut upload.as_slice());
    assert_eq!(error, Err(HeError::Mismatch { what: "the upload", other: "key" }));
    let tally = theirs.evaluate(&[upload]);
    assert_eq!(ours.open(&tally), Err(HeError::Mismatch { what: "the tally", other: "key" }));
    let error = theirs.tally(&tally).expect("theirs").believed_for_tests().open(&ours.plan, &ours.secret);
    assert_eq!(error, Err(HeError::Mismatch { what: "the secret key", other: "poll or key" }));
    let mut poll = ours.poll.clone();
    poll.id = "autumn".into();
    let file = ours.public.encode(ours.secret.identity());
    let error = PublicKey::decode(&file, &poll, None).err();
    assert_eq!(error, Some(HeError::Mismatch { what: "the public key", other: "poll" }));
    let pinned = theirs.public.binding().key;
    let error = PublicKey::decode(&file, &ours.poll, Some(&pinned)).err();
    assert_eq!(error, Some(HeError::Mismatch { what: "the public key", other: "key" }));
    assert!(PublicKey::decode(&file, &ours.poll, Some(&ours.public.binding().key)).is_ok());
    let owner = world(Mode::Owner);
    assert!(Encryptor::public(&owner.plan, &owner.public).is_err(), "an owner's poll has no public encryption");
    assert!(Encryptor::secret(&ours.plan, &ours.secret).is_err(), "respondents do not hold the secret key");
    assert!(Encryptor::secret(&owner.plan, &ours.secret).is_err(), "another parameter set");
}

/// One promoter too many, or one answer counted twice: the totals say so.
#[test]
fn histogram_totals_are_checked_against_the_declared_counts() {
    let mut poll = poll(Mode::Respondents, Packing::One, 0, 100);
    poll.metrics = kinds().into_iter().filter(|m| m.name == "nps").collect();
    let world = World::new(poll);
    // A dishonest client writes the slots itself: three promoters in one answer.
    let mut builder = UploadBuilder::new(&world.poll, &world.plan, world.encryptor(), world.public.binding());
    builder.push_raw(&[3, 0, 0]).expect("random");
    let cheat = builder.finish(&Identity::generate().expect("random")).expect("not empty");
    let honest = world.uploads(&rows(&world, 5));
    let tally = world.evaluate(&[honest, vec![cheat]].concat());
    match world.open(&tally) {
        Err(HeError::Contradiction { metric, what }) => {
            assert_eq!(metric, "nps");
            assert!(what.contains("8 answers are in the sums, but the uploads declare 6"), "{what}");
        }
        other => panic!("{other:?}"),
    }
}

/// Whatever fixes how an answer is encoded, bounded or opened is in the digest that everything is bound to.
type Change = dyn Fn(&mut Poll);

#[test]
fn a_poll_that_differs_in_anything_has_another_digest() {
    let good = poll(parties(5, 3), Packing::Full, 2, 1_000);
    let quorum = |poll: &mut Poll, change: &dyn Fn(&mut crate::Parties)| {
        if let Mode::Quorum(parties) = &mut poll.mode {
            change(parties);
        }
    };
    let kind = |at: usize, kind: Kind| move |poll: &mut Poll| poll.metrics[at].kind = kind.clone();
    let changes: Vec<Box<Change>> = vec![
        Box::new(|p| p.id = "autumn".into()),
        Box::new(|p| p.mode = Mode::Owner),
        Box::new(|p| p.mode = Mode::Respondents),
        Box::new(move |p| quorum(p, &|q| q.count = 6)),
        Box::new(move |p| quorum(p, &|q| q.threshold = 2)),
        Box::new(move |p| quorum(p, &|q| q.flood = crate::Flood::SixtyFour)),
        Box::new(move |p| quorum(p, &|q| q.beacon.push('1'))),
        Box::new(move |p| quorum(p, &|q| q.may_trust_evaluator = true)),
        Box::new(|p| p.most_answers += 1),
        Box::new(|p| p.most_uploads += 1),
        Box::new(|p| p.packing = Packing::One),
        Box::new(|p| p.groups.reverse()),
        Box::new(|p| p.groups[0].push('x')),
        Box::new(|p| p.metrics.reverse()),
        Box::new(|p| p.metrics[0].name.push('x')),
        Box::new(|p| p.metrics[0].optional = true),
        Box::new(kind(0, Kind::Rate(crate::Share::Other))),
        Box::new(kind(1, Kind::Csat { low: 1, high: 5, satisfied: 3 })),
        Box::new(kind(2, Kind::Ces { low: 0, high: 7 })),
        Box::new(kind(3, Kind::Rate(crate::Share::Retention))),
        Box::new(kind(5, Kind::Sum { low: -5_000, high: 20_001 })),
        Box::new(kind(6, Kind::TrustIndex { low: 1, high: 7, weights: vec![3, 2, 1] })),
        Box::new(kind(7, Kind::Histogram { bins: ["web", "shop", "phone"].map(str::to_owned).into() })),
        Box::new(|p| p.reading.push("decimal(2)".into())),
        Box::new(|p| p.reading = vec!["decimal".into(), "(2)".into()]),
    ];
    let mut digests = std::collections::BTreeSet::from([good.digest()]);
    for (at, change) in changes.iter().enumerate() {
        let mut other = good.clone();
        change(&mut other);
        assert!(digests.insert(other.digest()), "change {at}");
    }
}

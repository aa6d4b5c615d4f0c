//! Joint keys: every quorum opens, fewer never, and what is refused.

use crate::frame::{FileKind, UnverifiedFrame, seal};
use crate::tests::envelopes::flips;
use crate::tests::world::{Lcg, clear, metric, parties, poll, row};
use crate::{
    Encryptor, Evaluation, Flood, HeError, Identity, KeyShare, Kind, Mode, OpeningShare, Packing, Parties, Party, Plan,
    Poll, PublicKey, Roster, Row, SetId, UnverifiedTally, UploadBuilder, metrics, open_with_shares,
};
use num_bigint::BigInt;
use proptest::prelude::*;

pub(super) struct Joint {
    pub(super) poll: Poll,
    pub(super) plan: Plan,
    pub(super) public: PublicKey,
    pub(super) shares: Vec<KeyShare>,
}

pub(super) struct Ceremony {
    poll: Poll,
    parties: Vec<Party>,
    roster: Roster,
    commitments: Vec<Vec<u8>>,
    deals: Vec<Vec<u8>>,
}

impl Ceremony {
    pub(super) fn new(poll: Poll) -> Self {
        let Mode::Quorum(Parties { count, .. }) = poll.mode else { panic!("a joint key") };
        let made: Vec<_> = (1..=count).map(|index| Party::new(&poll, index).expect("valid")).collect();
        let (parties, cards): (Vec<Party>, Vec<Vec<u8>>) = made.into_iter().unzip();
        let roster = Roster::new(&poll, &cards).expect("all cards");
        let committed: Vec<_> = parties.iter().map(|party| party.commit(&roster).expect("on the roster")).collect();
        let (prepared, commitments): (Vec<_>, Vec<_>) = committed.into_iter().unzip();
        let deals = parties.iter().zip(&prepared);
        let deals = deals.map(|(p, deal)| p.deal(&roster, &commitments, deal).expect("all committed")).collect();
        Self { poll, parties, roster, commitments, deals }
    }

    pub(super) fn finish(self) -> Joint {
        let Self { poll, parties, roster, commitments, deals } = self;
        let finish = |party: Party| party.finish(&roster, &commitments, &deals).expect("all dealt honestly");
        let (shares, mut publics): (Vec<_>, Vec<_>) = parties.into_iter().map(finish).unzip();
        let public = publics.pop().expect("at least two");
        assert!(publics.iter().all(|other| other.binding() == public.binding()), "one key for all");
        Joint { plan: poll.plan().expect("valid"), poll, public, shares }
    }

    /// What party 1 says when something was changed.
    fn first(self) -> Result<(), HeError> {
        let first = self.parties.into_iter().next().expect("at least two");
        first.finish(&self.roster, &self.commitments, &self.deals).map(|_| ())
    }
}

impl Joint {
    pub(super) fn tally(&self, rows: &[Row]) -> Vec<u8> {
        let mut evaluation = Evaluation::new(&self.poll, &self.plan, &self.public, None);
        let each = if self.poll.packing == Packing::One { 1 } else { 50 };
        for rows in rows.chunks(each) {
            let encryptor = Encryptor::public(&self.plan, &self.public).expect("public");
            let mut builder = UploadBuilder::new(&self.poll, &self.plan, encryptor, self.public.binding());
            rows.iter().for_each(|row| builder.push(row).expect("valid"));
            let upload = builder.finish(&Identity::generate().expect("random")).expect("not empty");
            evaluation.add(&mut upload.as_slice()).expect("accepted");
        }
        evaluation.finish(&Identity::generate().expect("random")).expect("not empty")
    }

    pub(super) fn read(&self, tally: &[u8]) -> UnverifiedTally {
        UnverifiedTally::decode(tally, &self.poll, &self.plan, self.public.binding()).expect("a tally")
    }

    pub(super) fn share(&self, tally: &UnverifiedTally, party: u8, quorum: &[u8]) -> Vec<u8> {
        let share = &self.shares[usize::from(party) - 1];
        let tally = tally.believed_for_tests();
        share.open(&self.poll, &self.plan, &tally, quorum, &share.no_releases()).expect("in the quorum").0
    }

    pub(super) fn decode(&self, tally: &UnverifiedTally, share: &[u8]) -> Result<OpeningShare, HeError> {
        OpeningShare::decode(share, &self.plan, &self.public, tally)
    }

    pub(super) fn shares(&self, tally: &UnverifiedTally, quorum: &[u8]) -> Vec<OpeningShare> {
        quorum.iter().map(|p| self.decode(tally, &self.share(tally, *p, quorum)).expect("genuine")).collect()
    }

    pub(super) fn open(&self, tally: &UnverifiedTally, shares: &[OpeningShare]) -> Result<Vec<i64>, HeError> {
        open_with_shares(&self.poll, &self.plan, tally, shares)
    }
}

pub(super) fn rows(poll: &Poll, count: usize) -> Vec<Row> {
    let rng = &mut Lcg(11);
    (0..count).map(|_| row(poll, rng)).collect()
}

pub(super) fn small(count: u8, threshold: u8) -> Poll {
    let mut poll = poll(parties(count, threshold), Packing::Full, 0, 1_000);
    poll.metrics.truncate(2);
    poll
}

fn quorums(count: u8, size: usize) -> Vec<Vec<u8>> {
    let members = |mask: u16| (1..=count).filter(|p| mask & (1 << (p - 1)) != 0).collect::<Vec<u8>>();
    (0..1u16 << count).map(members).filter(|quorum| quorum.len() == size).collect()
}

#[test]
fn every_quorum_of_three_of_five_opens_every_metric_exactly() {
    let joint = Ceremony::new(poll(parties(5, 3), Packing::Full, 2, 10_000)).finish();
    let rows = rows(&joint.poll, 120);
    let bytes = joint.tally(&rows);
    let tally = joint.read(&bytes);
    for quorum in quorums(5, 3) {
        let sums = joint.open(&tally, &joint.shares(&tally, &quorum)).expect("opens");
        assert_eq!(metrics(&joint.poll, &joint.plan, &tally, &sums), Ok(clear(&joint.poll, &rows)), "{quorum:?}");
    }
    // A quorum larger than needed opens too.
    let all = joint.open(&tally, &joint.shares(&tally, &[1, 2, 3, 4, 5])).expect("opens");
    assert_eq!(metrics(&joint.poll, &joint.plan, &tally, &all), Ok(clear(&joint.poll, &rows)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn any_threshold_opens_with_any_quorum(count in 2u8..7, below in 0u8..5, pick in any::<usize>(), one in any::<bool>()) {
        let threshold = count.saturating_sub(below).max(2);
        let mut poll = small(count, threshold);
        poll.packing = if one { Packing::One } else { Packing::Full };
        let joint = Ceremony::new(poll).finish();
        let rows = rows(&joint.poll, 12);
        let tally = joint.read(&joint.tally(&rows));
        let all = quorums(count, threshold.into());
        let sums = joint.open(&tally, &joint.shares(&tally, &all[pick % all.len()])).expect("opens");
        prop_assert_eq!(metrics(&joint.poll, &joint.plan, &tally, &sums), Ok(clear(&joint.poll, &rows)));
    }
}

#[test]
fn every_threshold_set_opens_at_its_widest_sums() {
    let wide = |flood, high, most_answers| {
        let mode =
            Mode::Quorum(Parties { count: 3, threshold: 2, flood, beacon: "draw".into(), may_trust_evaluator: false });
        let mut poll = poll(mode, Packing::Full, 0, most_answers);
        poll.metrics = vec![metric("value", Kind::Sum { low: 0, high })];
        poll.most_uploads = 8;
        poll
    };
    let cases = [
        (wide(Flood::Forty, 10, 100_000), SetId::T1),
        (wide(Flood::Forty, 1 << 19, 1 << 19), SetId::T2),
        (wide(Flood::SixtyFour, 1 << 19, 1 << 19), SetId::T3),
        (wide(Flood::SixtyFourWorstCase, 1 << 19, 1 << 18), SetId::T4),
    ];
    for (poll, set) in cases {
        let joint = Ceremony::new(poll).finish();
        assert_eq!(joint.plan.set, set, "{:?}", joint.plan);
        let rows = rows(&joint.poll, 40);
        let tally = joint.read(&joint.tally(&rows));
        let sums = joint.open(&tally, &joint.shares(&tally, &[1, 3])).expect("opens");
        assert_eq!(metrics(&joint.poll, &joint.plan, &tally, &sums), Ok(clear(&joint.poll, &rows)), "{set:?}");
    }
}

#[test]
fn fewer_than_the_threshold_never_open() {
    let joint = Ceremony::new(small(4, 3)).finish();
    let rows = rows(&joint.poll, 30);
    let tally = joint.read(&joint.tally(&rows));
    let share = &joint.shares[0];
    let believed = tally.believed_for_tests();
    let two = share.open(&joint.poll, &joint.plan, &believed, &[1, 2], &share.no_releases());
    assert_eq!(
        two.err(),
        Some(HeError::TooFew { what: "parties of the quorum", found: 2, needed: 3 }),
        "a holder refuses"
    );
    let shares = joint.shares(&tally, &[1, 2, 3]);
    for pair in [[0, 1], [0, 2], [1, 2]] {
        let some: Vec<_> = pair.iter().map(|i| shares[*i].clone()).collect();
        assert_eq!(joint.open(&tally, &some), Err(HeError::TooFew { what: "opening shares", found: 2, needed: 3 }));
    }
    // Two parties that ignore the rule and add all they hold still lack the part of the set they form: the phase they get
    // is uniform, so its top bits tell nothing. Over 60 outputs the sum of signs is within five standard deviations.
    let ring = joint.plan.set.ring();
    let mut positive = 0;
    for seed in 0..60u8 {
        let mask = crate::keys::expand(&ring, &[seed; 16]);
        let known = joint.shares[0].everything_with(&joint.shares[1], &small_parties(&joint.poll));
        let phase = ring.centred(&ring.inner_wide(&mask, &known));
        let real = ring.centred(&ring.inner_wide(&mask, &joint.secret()));
        positive += i32::from((phase - real) % BigInt::from(ring.modulus().clone()) > BigInt::from(0));
    }
    assert!((positive - 30).abs() < 20, "{positive} of 60");
}

fn small_parties(poll: &Poll) -> Parties {
    match &poll.mode {
        Mode::Quorum(parties) => parties.clone(),
        _ => panic!("a joint key"),
    }
}

impl Joint {
    /// The joint secret, which only a test ever adds up.
    fn secret(&self) -> Vec<u64> {
        let parties = small_parties(&self.poll);
        let ring = self.plan.set.ring();
        let mut all = vec![0; ring.words()];
        let quorum: Vec<u8> = (1..=parties.threshold).collect();
        for party in &quorum {
            ring.add(&mut all, &self.shares[usize::from(*party) - 1].part_for_tests(&parties, &quorum));
        }
        all
    }
}

/// Each party floods: what is left after the plaintext is far larger than any noise, and differs every time.
#[test]
fn shares_are_drowned_in_fresh_noise_far_larger_than_the_noise() {
    let joint = Ceremony::new(small(3, 2)).finish();
    let tally = joint.read(&joint.tally(&rows(&joint.poll, 30)));
    let ring = joint.plan.set.ring();
    let flood_bits = joint.plan.flood_bits.expect("a joint key");
    let noise_bits = 128 - joint.plan.noise.leading_zeros();
    assert!(flood_bits >= noise_bits + 40 - 1 + 10, "lambda 40 over 1,024 releases");
    let phase = |word: &[u64]| ring.centred(word);
    let once: Vec<_> =
        (0..20).map(|_| joint.decode(&tally, &joint.share(&tally, 1, &[1, 2])).expect("genuine")).collect();
    let mut wide = 0;
    for (a, b) in once.iter().zip(once.iter().skip(1)) {
        let mut difference = a.words()[..ring.limbs()].to_vec();
        ring.subtract(&mut difference, &b.words()[..ring.limbs()]);
        let size = phase(&difference).magnitude().bits();
        assert!(size <= u64::from(flood_bits) + 1, "{size} bits");
        wide += u32::from(size + 8 > u64::from(flood_bits));
    }
    assert!(wide >= 15, "only {wide} of 19 differences are wide");
}

#[test]
fn shares_of_another_tally_quorum_or_party_and_replayed_ones_are_refused() {
    let joint = Ceremony::new(small(4, 2)).finish();
    let all = rows(&joint.poll, 30);
    let (tally, other) = (joint.read(&joint.tally(&all)), joint.read(&joint.tally(&all[1..])));
    let shares = joint.shares(&tally, &[1, 2]);
    // A share for another tally; the tally under a share swapped for another.
    let foreign = joint.share(&other, 2, &[1, 2]);
    assert_eq!(joint.decode(&tally, &foreign), Err(HeError::Mismatch { what: "the opening share", other: "tally" }));
    assert!(matches!(joint.open(&other, &shares), Err(HeError::Mismatch { .. })), "a swapped ciphertext");
    // The same share twice; a share made for another quorum.
    let twice = [shares[0].clone(), shares[0].clone()];
    assert_eq!(joint.open(&tally, &twice), Err(HeError::Twice { what: "an opening share of a party" }));
    let mixed = [shares[0].clone(), joint.shares(&tally, &[1, 3]).remove(1)];
    assert!(matches!(joint.open(&tally, &mixed), Err(HeError::Mismatch { .. })));
    // A party signs as another.
    let share = joint.share(&tally, 1, &[1, 2]);
    let frame = UnverifiedFrame::decode(&share, FileKind::OpeningShare).and_then(UnverifiedFrame::verify).expect("own");
    let mut body = frame.body.to_vec();
    body[32] = 2;
    let forged = seal(joint.shares[0].identity(), FileKind::OpeningShare, &frame.binding, &body);
    assert_eq!(joint.decode(&tally, &forged), Err(HeError::NotSignedBy { what: "opening share", party: 2 }));
}

#[test]
fn parties_that_cheat_in_making_the_key_are_named() {
    let blamed = |change: &dyn Fn(&mut Ceremony)| {
        let mut ceremony = Ceremony::new(small(3, 2));
        change(&mut ceremony);
        ceremony.first()
    };
    let resealed = |ceremony: &Ceremony, party: usize, at: usize| {
        let frame = UnverifiedFrame::decode(&ceremony.deals[party], FileKind::Deal).and_then(UnverifiedFrame::verify);
        let frame = frame.expect("genuine");
        let mut body = frame.body.to_vec();
        body[at] ^= 1;
        seal(ceremony.parties[party].identity_for_tests(), FileKind::Deal, &frame.binding, &body)
    };
    // A part of the key chosen after the others were seen.
    let error = blamed(&|c| c.deals[1] = resealed(c, 1, 20));
    assert_eq!(error, Err(HeError::Party { party: 2, what: "its deal is not the one it committed to" }));
    // Somebody else signs a deal or a commitment in its name: nothing is said of the party, whatever it is bound to.
    let stranger = Identity::generate().expect("randomness");
    let forged = |bytes: &[u8], kind: FileKind, key: Option<[u8; 32]>| {
        let frame = UnverifiedFrame::decode(bytes, kind).and_then(UnverifiedFrame::verify).expect("genuine");
        let key = key.unwrap_or(frame.binding.key);
        seal(&stranger, kind, &crate::Binding { key, ..frame.binding }, &frame.body)
    };
    for key in [None, Some([7; 32])] {
        let error = blamed(&|c| c.deals[1] = forged(&c.deals[1], FileKind::Deal, key));
        assert_eq!(error, Err(HeError::NotSignedBy { what: "deal", party: 2 }));
        let error = blamed(&|c| c.commitments[1] = forged(&c.commitments[1], FileKind::Commitment, key));
        assert_eq!(error, Err(HeError::NotSignedBy { what: "commitment", party: 2 }));
        assert!(error.is_err_and(|error| error.culprits().is_empty()));
    }
    // A deal of another party under its own name, a missing one, one twice.
    assert!(matches!(blamed(&|c| c.deals[1] = c.deals[2].clone()), Err(HeError::Twice { .. })));
    assert!(matches!(blamed(&|c| drop(c.deals.pop())), Err(HeError::TooFew { what: "deals", found: 2, needed: 3 })));
    assert!(matches!(blamed(&|c| drop(c.commitments.pop())), Err(HeError::TooFew { .. })));
    // Committed to from the start, but wrong: proof, part of the key, sealed parts.
    for (at, what) in [
        (1 + 2 * 26_624 + 5, "its proof of possession does not hold"),
        (20, "its proof of possession does not hold"),
        (1 + 2 * 26_624 + 32 + 8 * 4_096 + 32 + 3, "what it sealed to this party is not what it published"),
        (1 + 2 * 26_624 + 32 + 8 * 4_096 + 3 * 32 + 40, "what it sealed to this party is not what it published"),
    ] {
        let error = committed_wrong(at);
        assert_eq!(error, Err(HeError::Party { party: 2, what }), "byte {at}");
        assert_eq!(error.map_err(|e| e.culprits()), Err(vec![2]));
    }
    let mut ceremony = Ceremony::new(small(3, 2));
    let cards_of_others = Ceremony::new(small(3, 2));
    ceremony.roster = cards_of_others.roster.clone();
    let error = ceremony.first();
    assert_eq!(error, Err(HeError::NotSignedBy { what: "commitment", party: 1 }), "other cards");
}

/// Party 2 changes a byte of its deal before it commits.
fn committed_wrong(at: usize) -> Result<(), HeError> {
    let poll = small(3, 2);
    let made: Vec<_> = (1..=3).map(|index| Party::new(&poll, index).expect("valid")).collect();
    let (parties, cards): (Vec<Party>, Vec<Vec<u8>>) = made.into_iter().unzip();
    let roster = Roster::new(&poll, &cards).expect("all cards");
    let mut prepared = Vec::new();
    let mut commitments = Vec::new();
    for party in &parties {
        let (deal, commitment) = party.commit(&roster).expect("on the roster");
        if party.index() == 2 {
            let (deal, commitment) = party.commit_to_for_tests(&roster, &deal, at);
            prepared.push(deal);
            commitments.push(commitment);
        } else {
            prepared.push(deal);
            commitments.push(commitment);
        }
    }
    let deals = parties.iter().zip(&prepared);
    let deals: Vec<_> = deals.map(|(p, d)| p.deal(&roster, &commitments, d).expect("as committed")).collect();
    let first = parties.into_iter().next().expect("three");
    first.finish(&roster, &commitments, &deals).map(|_| ())
}

#[test]
fn ten_thousand_flips_in_files_of_a_joint_key_are_refused() {
    let poll = small(2, 2);
    let ceremony = Ceremony::new(poll.clone());
    let (party, card) = Party::new(&poll, 1).expect("valid");
    let other = Party::new(&poll, 2).expect("valid").1;
    let file = party.expose_file();
    assert!(Party::decode(&file, &poll).is_ok());
    flips(&file, |bit, damaged| assert!(Party::decode(damaged, &poll).is_err(), "party secret, bit {bit}"));
    assert!(Roster::new(&poll, &[card.clone(), other.clone()]).is_ok());
    flips(&card, |bit, damaged| {
        assert!(Roster::new(&poll, &[damaged.to_vec(), other.clone()]).is_err(), "card, bit {bit}");
    });
    let first = &ceremony.parties[0];
    flips(&ceremony.commitments[1], |bit, damaged| {
        let all = [ceremony.commitments[0].clone(), damaged.to_vec()];
        assert!(first.committed_for_tests(&ceremony.roster, &all).is_err(), "commitment, bit {bit}");
    });
    flips(&ceremony.deals[1], |bit, damaged| {
        let deal = UnverifiedFrame::decode(damaged, FileKind::Deal).and_then(UnverifiedFrame::verify);
        assert!(deal.is_err(), "deal, bit {bit}");
    });
    let joint = ceremony.finish();
    let file = joint.shares[0].expose_file();
    assert!(KeyShare::decode(&file, &poll).is_ok());
    flips(&file, |bit, damaged| assert!(KeyShare::decode(damaged, &poll).is_err(), "key share, bit {bit}"));
    let public = joint.public.encode(joint.shares[0].identity());
    flips(&public, |bit, damaged| {
        assert!(PublicKey::decode(damaged, &poll, None).is_err(), "joint public key, bit {bit}")
    });
    let tally = joint.read(&joint.tally(&rows(&poll, 5)));
    let share = joint.share(&tally, 1, &[1, 2]);
    assert!(joint.decode(&tally, &share).is_ok());
    flips(&share, |bit, damaged| assert!(joint.decode(&tally, damaged).is_err(), "opening share, bit {bit}"));
}

/// Stored and read again, keys open as before.
#[test]
fn key_shares_and_public_keys_survive_their_files() {
    let joint = Ceremony::new(small(3, 2)).finish();
    let all = rows(&joint.poll, 10);
    let file = joint.public.encode(joint.shares[0].identity());
    let public = PublicKey::decode(&file, &joint.poll, Some(&joint.public.binding().key)).expect("the same key");
    let reread = |share: &KeyShare| KeyShare::decode(&share.expose_file(), &joint.poll).expect("own file");
    let again = Joint {
        shares: joint.shares.iter().map(reread).collect(),
        public,
        poll: joint.poll.clone(),
        plan: joint.plan.clone(),
    };
    let tally = again.read(&again.tally(&all));
    let sums = again.open(&tally, &again.shares(&tally, &[2, 3])).expect("opens");
    assert_eq!(metrics(&again.poll, &again.plan, &tally, &sums), Ok(clear(&again.poll, &all)));
}

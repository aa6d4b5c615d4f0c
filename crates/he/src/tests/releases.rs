//! What a joint key releases: each release once, other tallies never, and records that were set back.

use crate::tests::quorum::{Ceremony, Joint, rows, small};
use crate::{Grounds, HeError, Mode, Poll, Releases, Seen, UnverifiedTally};

fn joint(parties: u8) -> (Joint, UnverifiedTally, UnverifiedTally) {
    let joint = Ceremony::new(small(parties, 2)).finish();
    let all = rows(&joint.poll, 30);
    let (tally, other) = (joint.read(&joint.tally(&all)), joint.read(&joint.tally(&all[1..])));
    (joint, tally, other)
}

impl Joint {
    fn release(
        &self,
        tally: &UnverifiedTally,
        quorum: &[u8],
        before: &Releases,
    ) -> Result<(Vec<u8>, Releases), HeError> {
        self.shares[0].open(&self.poll, &self.plan, &tally.believed_for_tests(), quorum, before)
    }
}

#[test]
fn a_key_opens_one_tally_for_three_quorums() {
    let (joint, tally, other) = joint(4);
    let open = |tally: &UnverifiedTally, quorum: &[u8], before: &Releases| {
        joint.release(tally, quorum, before).map(|(_, releases)| releases)
    };
    let none = joint.shares[0].no_releases();
    let first = open(&tally, &[1, 2], &none).expect("the first");
    assert!(matches!(open(&other, &[1, 2], &first), Err(HeError::Spent { .. })), "two tallies could be subtracted");
    let second = open(&tally, &[1, 3], &first).expect("another quorum");
    let third = open(&tally, &[1, 4], &second).expect("a third quorum");
    assert_eq!((third.count(&tally.release), third.count(&other.release)), (3, 0));
    assert!(matches!(open(&tally, &[1, 2, 3], &third), Err(HeError::Spent { .. })), "three quorums at most");
    assert!(matches!(open(&tally, &[2, 3], &none), Err(HeError::Mismatch { .. })), "not a member");
}

/// An opening share that got lost is asked for again: the same bytes, with no fresh noise, and nothing more is counted.
/// That another evaluator signed the same sums changes nothing.
#[test]
fn an_honest_retry_gives_the_same_share_and_counts_once() {
    let (joint, tally, _) = joint(3);
    let (share, once) = joint.release(&tally, &[1, 2], &joint.shares[0].no_releases()).expect("the first");
    let reread = Releases::decode(&once.encode(), &joint.shares[0]).expect("its own record");
    let mut again = tally.clone();
    (again.id, again.evaluator) = ([1; 32], [2; 32]);
    let (retried, twice) = joint.release(&again, &[2, 1], &reread).expect("the same release");
    assert!(retried == share && twice == once, "the same bytes, the same record");
    assert_eq!(twice.count(&tally.release), 1);
    let (other, _) = joint.release(&tally, &[1, 3], &twice).expect("another quorum");
    assert!(other != share);
}

/// Records are chains of signed shares: nothing can be taken out of the middle, changed or brought from elsewhere.
#[test]
fn a_record_is_whole_and_its_own() {
    let (joint, tally, _) = joint(3);
    let (own, other) = (&joint.shares[0], &joint.shares[1]);
    let (_, first) = joint.release(&tally, &[1, 2], &own.no_releases()).expect("the first");
    let (_, second) = joint.release(&tally, &[1, 3], &first).expect("the second");
    let bytes = second.encode();
    assert!(Releases::decode(&bytes, own) == Ok(second));
    assert!(matches!(Releases::decode(&bytes, other), Err(HeError::Mismatch { .. })), "another party's");
    let (head, length) = (own.no_releases().encode().len(), first.encode().len());
    let without_first = [&bytes[..head], &bytes[length..]].concat();
    assert!(Releases::decode(&without_first, own).is_err(), "the first share is gone");
    let twice = [&bytes[..], &bytes[head..length]].concat();
    assert!(Releases::decode(&twice, own).is_err(), "a share twice");
    for cut in (0..bytes.len()).filter(|cut| ![head, length].contains(cut)).step_by(7) {
        assert!(Releases::decode(&bytes[..cut], own).is_err(), "cut at {cut}");
    }
    crate::tests::envelopes::flips(&bytes, |bit, damaged| {
        assert!(Releases::decode(damaged, own).is_err(), "bit {bit}");
    });
}

/// A party puts an older record back and answers again: whoever sees both shares knows, and so does the record itself when a
/// share it knows nothing of comes back. What nobody but the combiner sees stays unseen.
#[test]
fn a_record_that_was_set_back_is_found_by_what_others_saw() {
    let (joint, tally, other) = joint(3);
    let none = joint.shares[0].no_releases();
    let (first, record) = joint.release(&tally, &[1, 2], &none).expect("the first");
    let (second, longer) = joint.release(&tally, &[1, 3], &record).expect("the second");
    let (again, set_back) = joint.release(&other, &[1, 3], &none).expect("the record was set back");
    let seen = |shares: &[&Vec<u8>]| {
        let mut seen = Seen::default();
        shares.iter().try_for_each(|share| seen.add(share, &joint.public)).map(|()| seen)
    };
    let honest = seen(&[&second, &first, &first]).expect("a chain");
    assert_eq!(seen(&[&first, &again]), Err(HeError::SetBack { party: 1 }), "two shares with one number");
    assert_eq!(seen(&[&again, &second]), Err(HeError::SetBack { party: 1 }), "the second names another first");
    assert_eq!(longer.covers(&honest), Ok(()));
    assert_eq!(record.covers(&honest), Err(HeError::SetBack { party: 1 }), "an older copy of the record");
    assert_eq!(set_back.covers(&honest), Err(HeError::SetBack { party: 1 }));
    // Shares of other parties say nothing about this one's record.
    let theirs = joint.share(&tally, 2, &[1, 2]);
    assert_eq!(none.covers(&seen(&[&theirs]).expect("one share")), Ok(()));
}

/// Who did not compute the tally again says so in its share, and may do so only where the key's poll allows it.
#[test]
fn trusting_the_evaluator_needs_the_polls_leave_and_is_told() {
    let (joint, tally, _) = joint(3);
    assert_eq!(tally.clone().trusting_the_evaluator(&joint.poll), Err(HeError::TrustRefused));
    let lenient = |poll: &Poll| {
        let mut poll = poll.clone();
        let Mode::Quorum(parties) = &mut poll.mode else { panic!("a joint key") };
        parties.may_trust_evaluator = true;
        poll
    };
    assert!(lenient(&joint.poll).digest() != joint.poll.digest(), "the key is bound to its policy");
    // A party that goes by another poll file all the same: its share is refused.
    let poll = lenient(&joint.poll);
    let trusted = tally.clone().trusting_the_evaluator(&poll).expect("allowed");
    assert_eq!(trusted.grounds(), Grounds::EvaluatorTrusted);
    let first = &joint.shares[0];
    let error = first.open(&joint.poll, &joint.plan, &trusted, &[1, 2], &first.no_releases()).err();
    assert_eq!(error, Some(HeError::TrustRefused));
    let (share, _) = first.open(&poll, &joint.plan, &trusted, &[1, 2], &first.no_releases()).expect("its own rules");
    let shares = [joint.decode(&tally, &share).expect("signed"), joint.shares(&tally, &[1, 2]).remove(1)];
    assert_eq!(shares.each_ref().map(|share| share.grounds), [Grounds::EvaluatorTrusted, Grounds::Recomputed]);
    assert_eq!(joint.open(&tally, &shares), Err(HeError::TrustRefused));
    assert!(crate::open_with_shares(&poll, &joint.plan, &tally, &shares).is_ok());
}

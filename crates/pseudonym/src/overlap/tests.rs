use super::points::CIPHERTEXT_BYTES;
use super::*;
use crate::Rules;
use curve25519_dalek::ristretto::CompressedRistretto;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};

/// Where the entries of a pass begin.
const HEADER: usize = 43;
const NAMES: [&str; 5] = ["anna", "bert", "carl", "dora", "emil"];

fn set(ids: impl IntoIterator<Item = u32>) -> CustomerSet {
    CustomerSet::new(ids.into_iter().map(|id| Rules::Plain.apply(&format!("customer-{id}")).expect("an identifier")))
}

fn salt(member: usize) -> SetSalt {
    SetSalt::kept([member as u8 + 1; 32])
}

/// A run as far as the first messages.
struct Run {
    members: Vec<Passing>,
    comparing: Comparing,
    first: Vec<Outgoing>,
    hellos: Vec<Vec<u8>>,
}

fn begun(sets: Vec<CustomerSet>, purpose: &str) -> Run {
    let enrol = |(place, set)| Enrolled::new(NAMES[place], set, &salt(place), purpose).expect("enrolled");
    let enrolled: Vec<Enrolled> = sets.into_iter().enumerate().map(enrol).collect();
    let comparer = Comparer::new("chamber").expect("a key");
    let sent: Vec<Vec<u8>> = enrolled.iter().map(|member| member.enrolment().encode()).collect();
    let received = sent.iter().zip(NAMES).map(|(bytes, name)| {
        UnverifiedEnrolment::decode(bytes).and_then(|enrolment| enrolment.verify(name)).expect("an enrolment")
    });
    let key = comparer.key().encode();
    let received_key = UnverifiedComparerKey::decode(&key).and_then(|key| key.verify("chamber")).expect("a key");
    let terms = Terms::agree(purpose, LEAST_SET, received.collect(), received_key).expect("terms");
    let begin = |member: Enrolled| member.begin(terms.clone()).expect("begun");
    let (members, first) = enrolled.into_iter().map(begin).unzip();
    let comparing = comparer.begin(terms).expect("begun");
    Run { members, comparing, first, hellos: sent.into_iter().chain([key]).collect() }
}

/// Who sends a set that has come so far.
fn sender(message: &[u8], members: usize) -> &'static str {
    let (owner, hops) = (usize::from(message[37]), usize::from(message[38]));
    NAMES[(owner + hops.saturating_sub(1)) % members]
}

impl Run {
    /// A member passes a message on that came from who must send it.
    fn pass(&mut self, place: usize, message: &[u8]) -> Result<Outgoing, OverlapError> {
        let sender = sender(message, self.members.len());
        self.members[place].pass(sender, message)
    }

    fn receive(&mut self, message: &[u8]) -> Result<(), OverlapError> {
        self.comparing.receive(sender(message, self.members.len()), message)
    }

    /// Carries every message to where it goes; all that was sent.
    fn carried(mut self) -> (Result<Regions, OverlapError>, Vec<Vec<u8>>) {
        let mut sent = std::mem::take(&mut self.hellos);
        let mut waiting = std::mem::take(&mut self.first);
        while let Some(Outgoing { to, message }) = waiting.pop() {
            match to {
                Recipient::Member(place) => match self.pass(place, &message) {
                    Ok(outgoing) => waiting.push(outgoing),
                    Err(error) => return (Err(error), sent),
                },
                Recipient::Comparer => {
                    if let Err(error) = self.receive(&message) {
                        return (Err(error), sent);
                    }
                }
            }
            sent.push(message);
        }
        assert!(self.members.iter().all(|member| member.is_done() && member.scalar().is_none()));
        (self.comparing.count(), sent)
    }
}

fn counts(sets: Vec<CustomerSet>) -> Vec<u64> {
    begun(sets, "test").carried().0.expect("counted").expose_counts().to_vec()
}

/// What a plain comparison of the sets gives.
fn expected(sets: &[BTreeSet<u32>]) -> Vec<u64> {
    let all: BTreeSet<u32> = sets.iter().flatten().copied().collect();
    let mut counts = vec![0; (1 << sets.len()) - 1];
    for id in all {
        let combination: usize = sets.iter().enumerate().map(|(bit, set)| usize::from(set.contains(&id)) << bit).sum();
        counts[combination - 1] += 1;
    }
    counts
}

#[test]
fn overlaps_of_three_sets_of_ten_thousand_are_exact() {
    let sets = [
        (0..10_000).collect(),
        (7_000..17_000).collect(),
        (0..3_000).chain(9_000..12_000).chain(20_000..24_000).collect(),
    ];
    let found = counts(sets.iter().map(|ids: &BTreeSet<u32>| set(ids.iter().copied())).collect());
    assert_eq!(found, expected(&sets));
    let figure = |figure: Figure| -> u64 {
        found.iter().enumerate().filter(|(index, _)| figure.counts(*index)).map(|(_, count)| count).sum()
    };
    let values: Vec<u64> = figures(3).into_iter().map(figure).collect();
    assert_eq!(values, [10_000, 10_000, 10_000, 3_000, 4_000, 3_000, 1_000, 21_000]);
}

#[test]
fn two_to_five_members_are_counted_exactly() {
    for members in 2..=5u32 {
        let ids = |member: u32| (0..60).filter(|id| !(id / 3 + member * id).is_multiple_of(member + 2)).collect();
        let sets: Vec<BTreeSet<u32>> = (0..members).map(ids).collect();
        assert_eq!(counts(sets.iter().map(|ids| set(ids.iter().copied())).collect()), expected(&sets), "{members}");
    }
}

/// The same sets, salts and purpose: every string of 32 bytes at every place.
#[test]
fn two_runs_over_the_same_sets_share_no_string_of_32_bytes() {
    let passes = |purpose: &str| {
        let (counted, sent) = begun((0..3).map(|n| set(n * 40..n * 40 + 100)).collect(), purpose).carried();
        counted.expect("counted");
        sent
    };
    let windows = |sent: &[Vec<u8>]| -> HashSet<[u8; 32]> {
        sent.iter().flat_map(|message| message.windows(32).map(|w| w.try_into().expect("32 bytes"))).collect()
    };
    let (first, second) = (passes("spring"), passes("spring"));
    // The commitments are meant to be the same; they are in the first messages alone.
    assert!(windows(&first[4..]).is_disjoint(&windows(&second[4..])));
    let other = passes("autumn");
    assert!(windows(&first).is_disjoint(&windows(&other)), "for another purpose not even the commitments are shared");
    assert!(windows(&first).len() > 50_000);
}

#[test]
fn keys_and_sets_count_only_from_who_must_send_them() {
    let mut run = begun((0..3).map(|n| set(n * 10..n * 10 + 50)).collect(), "test");
    let key = UnverifiedComparerKey::decode(&run.hellos[3]).expect("a key");
    let foreign = key.verify("anna").err();
    assert_eq!(foreign, Some(OverlapError::ForeignKey { name: "chamber".into(), sender: "anna".into() }));
    // The set of anna comes to bert from anna alone, and bert's customers are not multiplied for anybody else.
    let message = &run.first[0].message;
    for (stranger, owner) in [("carl", "anna"), ("chamber", "anna"), ("", "anna")] {
        let refused = run.members[1].pass(stranger, message).err();
        let expected = OverlapError::WrongSender { owner: owner.into(), hops: 1, sender: stranger.into() };
        assert_eq!(refused, Some(expected));
    }
    let second = run.members[1].pass("anna", message).expect("from its owner").message;
    let third = run.members[2].pass("bert", &second).expect("from the member before").message;
    assert!(matches!(run.comparing.receive("bert", &third), Err(OverlapError::WrongSender { hops: 3, .. })));
    run.comparing.receive("carl", &third).expect("from the last member");
}

#[test]
fn a_member_is_not_the_comparing_party() {
    let enrol = |place: usize| Enrolled::new(NAMES[place], set(0..50), &salt(place), "test").expect("enrolled");
    let members = vec![enrol(0).enrolment().clone(), enrol(1).enrolment().clone()];
    let key = Comparer::new("bert").expect("a key").key().clone();
    let refused = Terms::agree("test", LEAST_SET, members, key).err();
    assert_eq!(refused, Some(OverlapError::ComparerIsMember { name: "bert".into() }));
}

#[test]
fn sets_of_one_customer_are_refused() {
    let refused = |ids| Enrolled::new("anna", set(ids), &salt(0), "test").err();
    assert_eq!(refused(0..1), Some(OverlapError::TooFew { name: "anna".into(), least: LEAST_SET }));
    assert!(refused(0..LEAST_SET - 1).is_some() && refused(0..LEAST_SET).is_none());
    assert_eq!(Enrolled::new("anna", set(std::iter::repeat_n(7, 100)), &salt(0), "test").err(), refused(0..1));
}

/// A member whose own program does not check.
#[test]
fn the_others_refuse_a_set_of_one_customer() {
    let enrol = |place: usize| Enrolled::new(NAMES[place], set(0..50), &salt(place), "test").expect("enrolled");
    let key = Comparer::new("chamber").expect("a key").key().clone();
    let mut members: Vec<Enrolment> = (0..3).map(|place| enrol(place).enrolment().clone()).collect();
    assert!(Terms::agree("test", 50, members.clone(), key.clone()).is_ok());
    assert_eq!(
        Terms::agree("test", 51, members.clone(), key.clone()),
        Err(OverlapError::TooFew { name: "anna".into(), least: 51 })
    );
    members[1].size = 1;
    assert_eq!(
        Terms::agree("test", LEAST_SET, members.clone(), key.clone()),
        Err(OverlapError::TooFew { name: "bert".into(), least: LEAST_SET })
    );
    assert_eq!(Terms::agree("test", 1, members, key.clone()), Err(OverlapError::LeastTooLow { found: 1 }));
}

#[test]
fn terms_that_do_not_fit_are_refused() {
    let enrol = |name: &str, place: usize| {
        Enrolled::new(name, set(0..50), &salt(place), "test").expect("enrolled").enrolment().clone()
    };
    let key = Comparer::new("chamber").expect("a key").key().clone();
    let agree = |members| Terms::agree("test", 20, members, key.clone()).err();
    assert_eq!(agree(vec![enrol("a", 0)]), Some(OverlapError::Members { found: 1 }));
    let nine = (0..9).map(|n| enrol(&format!("m{n}"), n)).collect();
    assert_eq!(agree(nine), Some(OverlapError::Members { found: 9 }));
    assert_eq!(agree(vec![enrol("a", 0), enrol("a", 1)]), Some(OverlapError::SameName { name: "a".into() }));
    assert_eq!(agree(vec![enrol("a", 0), enrol("b", 0)]), Some(OverlapError::SameCommitment { name: "b".into() }));
    let none = ComparerKey { name: "chamber".into(), key: CompressedRistretto([0; 32]), nonce: [0; 32] };
    let members = vec![enrol("a", 0), enrol("b", 1)];
    assert_eq!(Terms::agree("test", 20, members.clone(), none).err(), Some(OverlapError::Key));
    assert_eq!(Terms::agree("", 20, members.clone(), key.clone()).err(), Some(OverlapError::Purpose));
    let terms = Terms::agree("test", 20, members, key.clone()).expect("terms");
    let stranger = Enrolled::new("a", set(0..50), &salt(0), "test").expect("enrolled");
    assert_eq!(stranger.begin(terms.clone()).err(), Some(OverlapError::NotEnrolled), "the nonce is another");
    assert_eq!(Comparer::new("chamber").expect("a key").begin(terms).err(), Some(OverlapError::NotEnrolled));
}

#[test]
fn a_member_is_not_brought_to_another_purpose() {
    let enrolled: Vec<Enrolled> =
        (0..2).map(|n| Enrolled::new(NAMES[n], set(0..50), &salt(n), "prices").expect("enrolled")).collect();
    let key = Comparer::new("chamber").expect("a key").key().clone();
    let members = enrolled.iter().map(|member| member.enrolment().clone()).collect();
    let terms = Terms::agree("something else", 20, members, key).expect("terms");
    let refused = enrolled.into_iter().map(|member| member.begin(terms.clone()).err());
    assert!(refused.into_iter().all(|error| error == Some(OverlapError::NotEnrolled)));
}

#[test]
fn a_set_with_a_customer_twice_is_found_and_its_owner_named() {
    for repeats in [1, 5, 40] {
        let sets = vec![set(0..50), set(20..70).with_repeats(repeats), set(0..40)];
        let (counted, _) = begun(sets, "test").carried();
        assert_eq!(counted.err(), Some(OverlapError::Repeated { owner: "bert".into() }), "{repeats}");
    }
}

/// Entries by hand: one ciphertext twice, none in order, one too few, one that is no point, one that hides nothing.
#[test]
fn sets_that_were_tampered_with_are_refused() {
    let tampered = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut run = begun(vec![set(0..30), set(10..40)], "test");
        let mut message = run.first.remove(0).message;
        change(&mut message);
        run.pass(1, &message).err()
    };
    let entry = |index: usize| HEADER + index * CIPHERTEXT_BYTES..HEADER + (index + 1) * CIPHERTEXT_BYTES;
    let owner = || "anna".to_owned();
    assert_eq!(tampered(&|_| ()), None);
    let twice = tampered(&|message| message.copy_within(entry(3), entry(4).start));
    assert_eq!(twice, Some(OverlapError::Order { owner: owner() }));
    let swapped = tampered(&|message| {
        let first = message[entry(0)].to_vec();
        message.copy_within(entry(1), HEADER);
        message[entry(1)].copy_from_slice(&first);
    });
    assert_eq!(swapped, Some(OverlapError::Order { owner: owner() }));
    let short = tampered(&|message| {
        message.truncate(message.len() - CIPHERTEXT_BYTES);
        message[HEADER - 1] -= 1;
    });
    assert_eq!(short, Some(OverlapError::Size { owner: owner(), found: 29, committed: 30 }));
    let no_point = tampered(&|message| message[entry(29)].fill(0xff));
    assert_eq!(no_point, Some(OverlapError::Point { owner: owner(), index: 29 }));
    let identity = tampered(&|message| message[entry(0)].fill(0));
    assert_eq!(identity, Some(OverlapError::Point { owner: owner(), index: 0 }));
    let cut = tampered(&|message| message.truncate(message.len() - 1));
    assert_eq!(cut, Some(OverlapError::Malformed { what: "set on its way" }));
    let other = tampered(&|message| message[10] ^= 1);
    assert_eq!(other, Some(OverlapError::OtherTerms));
}

/// A ciphertext whose halves cancel, which no scalar of the run moves from the identity.
#[test]
fn an_entry_that_opens_to_nothing_is_refused() {
    let mut run = begun(vec![set(0..30), set(10..40)], "test");
    let Outgoing { message, .. } = run.pass(1, &run.first[0].message.clone()).expect("passed");
    let key = UnverifiedComparerKey::decode(&run.hellos[2]).and_then(|key| key.verify("chamber")).expect("a key");
    let (one, mask) = (curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED, key.key);
    let empty: Vec<u8> = [one.as_bytes().as_slice(), mask.as_bytes()].concat();
    let mut entries: Vec<Vec<u8>> = message[HEADER..].chunks(CIPHERTEXT_BYTES).map(<[u8]>::to_vec).collect();
    entries[0] = empty;
    entries.sort();
    let forged = [message[..HEADER].to_vec(), entries.concat()].concat();
    assert_eq!(run.receive(&forged), Err(OverlapError::Repeated { owner: "anna".into() }));
}

#[test]
fn nobody_can_have_points_multiplied_at_will() {
    let mut run = begun(vec![set(0..30), set(10..40), set(5..35)], "test");
    let message = run.first[0].message.clone();
    run.pass(1, &message).expect("once");
    let again = run.pass(1, &message).err();
    assert_eq!(again, Some(OverlapError::SeenBefore { owner: "anna".into() }));
    let astray = run.pass(2, &message).err();
    assert_eq!(astray, Some(OverlapError::WrongPlace { owner: "anna".into(), hops: 1 }));
    let own = run.pass(0, &message).err();
    assert_eq!(own, Some(OverlapError::SeenBefore { owner: "anna".into() }));
    let early = run.receive(&message).err();
    assert_eq!(early, Some(OverlapError::WrongPlace { owner: "anna".into(), hops: 1 }));
    assert_eq!(run.comparing.count().err(), Some(OverlapError::Missing { owner: "anna".into() }));
}

/// The first and the last member before an honest one: the set of the first comes back to the last under the honest
/// member's key, beside the honest member's own.
#[test]
fn two_members_together_cannot_compare_a_third_ones_customers() {
    let mut run = begun(vec![set(0..40), set(0..40), set(0..40)], "test");
    let colluding = *run.members[2].scalar().expect("its own");
    let returned = run.pass(0, &run.first[2].message.clone()).expect("passed on").message;
    let halves = |message: &[u8]| -> Vec<CompressedRistretto> {
        message[HEADER..].chunks(32).map(|bytes| CompressedRistretto::from_slice(bytes).expect("32 bytes")).collect()
    };
    let theirs: HashSet<[u8; 32]> = halves(&returned).iter().map(CompressedRistretto::to_bytes).collect();
    let under_both = |point: &CompressedRistretto| {
        let point = point.decompress().expect("a point") * colluding;
        (point + point).compress().to_bytes()
    };
    let found = halves(&run.first[0].message).iter().map(under_both).filter(|bytes| theirs.contains(bytes)).count();
    assert_eq!(found, 0, "all 40 customers are shared, and none may be recognised");
}

#[test]
fn passing_on_changes_the_order_and_every_string() {
    let mut run = begun(vec![set(0..200), set(0..200)], "test");
    let before = &run.first[0].message.clone();
    let after = run.pass(1, before).expect("passed").message;
    let entries = |message: &[u8]| -> Vec<Vec<u8>> { message[HEADER..].chunks(32).map(<[u8]>::to_vec).collect() };
    let known: HashSet<Vec<u8>> = entries(before).into_iter().collect();
    assert!(entries(&after).iter().all(|entry| !known.contains(entry)));
    assert!(after[HEADER..].chunks(CIPHERTEXT_BYTES).is_sorted());
}

#[test]
fn a_commitment_binds_the_set_the_salt_and_the_purpose() {
    let commit = |ids: std::ops::Range<u32>, member, purpose| {
        *salt(member).commit(&set(ids), purpose).expect("committed").as_bytes()
    };
    let one = commit(0..50, 0, "a");
    assert_eq!(one, commit(0..50, 0, "a"));
    let others = [commit(0..51, 0, "a"), commit(1..51, 0, "a"), commit(0..50, 1, "a"), commit(0..50, 0, "b")];
    assert!(others.iter().all(|other| *other != one));
    let mixed = CustomerSet::new(
        (0..50).rev().chain(0..9).map(|id| Rules::Plain.apply(&format!("customer-{id}")).expect("an identifier")),
    );
    assert_eq!((mixed.size(), mixed.repeated()), (50, 9));
    assert_eq!(*salt(0).commit(&mixed, "a").expect("committed").as_bytes(), one);
}

#[test]
fn no_error_names_a_customer() {
    let mut sets = vec![set(0..50), set(20..70).with_repeats(3), set(0..1), set(0..30)];
    let small = Enrolled::new("anna", sets.remove(2), &salt(0), "test").err().expect("too small");
    let (counted, _) = begun(sets, "test").carried();
    for error in [small, counted.err().expect("a repeat")] {
        assert!(!format!("{error} {error:?}").contains("customer-"), "{error:?}");
    }
}

/// A point for every number, as far as the comparing party's counting is concerned.
fn points(ids: &BTreeSet<u32>) -> Vec<[u8; 32]> {
    let point = |id: &u32| {
        let mut point = [1; 32];
        point[..4].copy_from_slice(&id.to_be_bytes());
        point
    };
    ids.iter().map(point).collect()
}

fn values(regions: &Regions) -> Vec<u64> {
    let counts = regions.expose_counts();
    let value = |figure: Figure| {
        counts.iter().enumerate().filter(|(index, _)| figure.counts(*index)).map(|(_, count)| count).sum()
    };
    figures(regions.members()).into_iter().map(value).collect()
}

/// What set operations give.
fn by_hand(sets: &[BTreeSet<u32>]) -> Vec<u64> {
    let shared = |figure: Figure| -> u64 {
        let chosen: Vec<&BTreeSet<u32>> = figure.members().into_iter().map(|place| &sets[place]).collect();
        let all: BTreeSet<u32> = chosen.iter().flat_map(|set| set.iter().copied()).collect();
        let common = |id: &&u32| figure.kind() == FigureKind::Reach || chosen.iter().all(|set| set.contains(id));
        all.iter().filter(common).count() as u64
    };
    figures(sets.len()).into_iter().map(shared).collect()
}

fn of(sets: &[BTreeSet<u32>]) -> Regions {
    Regions::of(&sets.iter().map(points).collect::<Vec<_>>())
}

/// How many of each kind changed; none may change by more than one.
fn changed(before: &[BTreeSet<u32>], after: &[BTreeSet<u32>]) -> Change {
    let (old, new) = (of(before), of(after));
    let moved: Vec<u64> = values(&old).iter().zip(values(&new)).map(|(a, b)| a.abs_diff(b)).collect();
    assert!(moved.iter().all(|moved| *moved <= 1), "{moved:?}");
    let kinds = figures(before.len());
    let sum = |kind| kinds.iter().zip(&moved).filter(|(figure, _)| figure.kind() == kind).map(|(_, moved)| moved).sum();
    let regions = old.expose_counts().iter().zip(new.expose_counts()).map(|(a, b)| a.abs_diff(*b)).sum();
    Change {
        sizes: sum(FigureKind::Size),
        pairs: sum(FigureKind::Pair),
        triples: sum(FigureKind::Triple),
        reach: sum(FigureKind::Reach),
        figures: moved.iter().sum(),
        regions,
    }
}

fn within(found: Change, stated: Change) -> bool {
    found.sizes <= stated.sizes
        && found.pairs <= stated.pairs
        && found.triples <= stated.triples
        && found.reach <= stated.reach
        && found.figures <= stated.figures
        && found.regions <= stated.regions
}

/// The stated changes are reached, so they are not larger than need be.
#[test]
fn the_stated_changes_are_the_largest_there_are() {
    for members in 2..=6usize {
        let stated = Change::of_one_membership(members as u64);
        let all_but_one: Vec<BTreeSet<u32>> = (0..members).map(|m| (0..u32::from(m > 0)).collect()).collect();
        let all: Vec<BTreeSet<u32>> = vec![BTreeSet::from([0]); members];
        let none: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); members];
        let one: Vec<BTreeSet<u32>> = (0..members).map(|m| (0..u32::from(m == 0)).collect()).collect();
        let (joined, appeared) = (changed(&all_but_one, &all), changed(&none, &one));
        assert_eq!((joined.pairs, joined.triples, joined.regions), (stated.pairs, stated.triples, stated.regions));
        assert_eq!((appeared.reach, appeared.sizes), (1, 1));
        assert_eq!(joined.figures.max(appeared.figures), stated.figures, "{members}");
        assert_eq!(changed(&none, &all), Change::of_a_customer(members as u64), "{members}");
    }
    let three = Change { sizes: 1, pairs: 2, triples: 1, reach: 1, figures: 4, regions: 2 };
    assert_eq!(Change::of_one_membership(3), three);
    let five = Change { sizes: 5, pairs: 10, triples: 10, reach: 1, figures: 26, regions: 1 };
    assert_eq!(Change::of_a_customer(5), five);
}

fn random_sets() -> impl Strategy<Value = Vec<BTreeSet<u32>>> {
    proptest::collection::vec(proptest::collection::btree_set(0u32..30, 0..25), 2..=6)
}

proptest! {
    #[test]
    fn figures_of_regions_are_those_of_the_sets(sets in random_sets()) {
        prop_assert_eq!(values(&of(&sets)), by_hand(&sets));
        prop_assert_eq!(of(&sets).expose_counts().to_vec(), expected(&sets));
    }

    #[test]
    fn one_membership_changes_no_more_than_stated(sets in random_sets(), member in 0usize..6, id in 0u32..30) {
        let mut after = sets.clone();
        let place = member % sets.len();
        if !after[place].remove(&id) {
            after[place].insert(id);
        }
        let change = changed(&sets, &after);
        prop_assert!(within(change, Change::of_one_membership(sets.len() as u64)), "{:?}", change);
    }

    #[test]
    fn whatever_a_customer_does_two_regions_change(sets in random_sets(), id in 0u32..30, combination in 0usize..64) {
        let mut after = sets.clone();
        for (place, set) in after.iter_mut().enumerate() {
            if combination >> place & 1 == 1 { set.insert(id); } else { set.remove(&id); }
        }
        let change = changed(&sets, &after);
        prop_assert!(change.regions <= REGION_CHANGE);
        prop_assert!(change.figures <= Change::of_a_customer(sets.len() as u64).figures);
    }

    #[test]
    fn no_message_makes_a_decoder_panic(magic in 0usize..4, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let start: &[u8] = [b"GHOE\x01".as_slice(), b"GHOK\x01", b"GHOP\x01", b""][magic];
        let message = [start, &bytes].concat();
        if let Ok(pass) = UnverifiedPass::decode(&message) {
            prop_assert_eq!(pass.encode(), message.clone());
        }
        if let Ok(key) = UnverifiedComparerKey::decode(&message).and_then(|key| key.verify("chamber")) {
            prop_assert_eq!(key.encode(), message.clone());
        }
        let _ = UnverifiedEnrolment::decode(&message).and_then(|enrolment| enrolment.verify("anna"));
    }

    #[test]
    fn an_enrolment_is_read_as_it_was_written(name in "[a-zäöü ]{1,20}", size: u32, nonce: [u8; 32]) {
        prop_assume!(!name.trim().is_empty());
        let enrolment = Enrolment { name: name.clone(), size, commitment: SetCommitment::new([3; 32]), nonce };
        let read = UnverifiedEnrolment::decode(&enrolment.encode()).and_then(|read| read.verify(&name));
        prop_assert_eq!(read, Ok(enrolment.clone()));
        let other = UnverifiedEnrolment::decode(&enrolment.encode()).and_then(|read| read.verify("somebody else"));
        prop_assert_eq!(other, Err(OverlapError::NotEnrolled));
    }
}

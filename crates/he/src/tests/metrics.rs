//! Every metric on ciphertexts equals the clear computation.

use crate::tests::world::{Lcg, World, clear, poll, row};
use crate::{Kind, Metric, Mode, Packing, Row, SetId};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_metric_equals_the_clear_computation(
        seed in any::<u64>(), owner in any::<bool>(), full in any::<bool>(), groups in 0usize..4, count in 1usize..120,
        optional in any::<bool>()
    ) {
        let mode = if owner { Mode::Owner } else { Mode::Respondents };
        let packing = if full { Packing::Full } else { Packing::One };
        let mut poll = poll(mode, packing, groups, 100_000);
        poll.metrics.iter_mut().for_each(|m| m.optional = optional);
        let rng = &mut Lcg(seed);
        let rows: Vec<Row> = (0..count).map(|_| row(&poll, rng)).collect();
        let world = World::new(poll);
        let opened = world.open(&world.evaluate(&world.uploads(&rows)));
        prop_assert_eq!(opened, Ok(clear(&world.poll, &rows)));
    }
}

/// The largest sums the poll allows, reached exactly: no bit to spare is needed.
#[test]
fn the_largest_and_the_lowest_sum_are_exact() {
    for value in [-1_000_000, 1_000_000] {
        let mut poll = poll(Mode::Owner, Packing::Full, 0, 4_096);
        poll.metrics = vec![Metric {
            name: "value".into(),
            kind: Kind::Sum { low: -1_000_000, high: 1_000_000 },
            optional: false,
        }];
        let world = World::new(poll);
        let rows = vec![Row { group: 0, answers: vec![crate::Answer::Number(value)] }; 4_096];
        let opened = world.open(&world.evaluate(&[world.upload(&rows)])).expect("opens");
        assert_eq!(opened[0].total, Some(value * 4_096));
    }
}

/// As many answers as are declared, in one upload: all the noise that was planned for is there, and none of it is refused.
/// With one value too few in its variance, as without the key's own noise, nearly every tally would be.
#[test]
fn the_noise_of_exactly_what_is_declared_is_within_its_bound() {
    for mode in [Mode::Owner, Mode::Respondents] {
        let mut poll = poll(mode, Packing::Full, 0, 300);
        poll.most_uploads = 1;
        let rng = &mut Lcg(3);
        let rows: Vec<Row> = (0..300).map(|_| row(&poll, rng)).collect();
        for _ in 0..3 {
            let world = World::new(poll.clone());
            assert_eq!(world.open(&world.evaluate(&[world.upload(&rows)])), Ok(clear(&poll, &rows)));
        }
    }
}

/// Every set that a single decryptor can get: chosen by what is declared.
#[test]
fn the_parameter_set_follows_from_the_declaration() {
    let set = |mode: Mode, most: u64, high: i64| {
        let mut poll = poll(mode, Packing::Full, 0, most);
        poll.most_uploads = 1;
        poll.metrics = vec![crate::tests::world::metric("value", Kind::Sum { low: 0, high })];
        poll.plan().map(|plan| (plan.set, plan.bits))
    };
    assert_eq!(set(Mode::Owner, 1_000, 1), Ok((SetId::S3, 11)));
    assert_eq!(set(Mode::Owner, 1_000_000, 1), Ok((SetId::S1, 21)));
    assert_eq!(set(Mode::Owner, 1_000_000, 10), Ok((SetId::S2, 25)));
    assert_eq!(set(Mode::Owner, 10_000_000, 10), Ok((SetId::S2, 28)));
    assert_eq!(set(Mode::Owner, 1_000_000, 1_000_000), Ok((SetId::S4, 41)));
    assert_eq!(set(Mode::Respondents, 1_000_000, 10), Ok((SetId::P1, 25)));
    assert_eq!(set(Mode::Respondents, 1_000_000, 100_000), Ok((SetId::P2, 38)));
    assert!(set(Mode::Owner, 1_000_000_000, 1 << 30).is_err());
}

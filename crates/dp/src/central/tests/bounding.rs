//! Removing one unit changes what gets noise by at most the declared sensitivity.

use crate::Error;
use crate::central::{Bounds, KeyRows, Unit, UnitRows};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Random data sets per estimator.
const DATA_SETS: usize = 100_000;
const GROUPS: usize = 3;
const KEYS: [&str; GROUPS] = ["north", "south", ""];

type Row = (u8, u32, i64);

fn bounds(random: &mut ChaCha8Rng) -> Bounds {
    let range = Bounds::once().within(random.random_range(-5..5), random.random_range(6..60));
    range.rows(random.random_range(1..4)).groups(random.random_range(1..4))
}

/// Up to 14 rows of up to 4 units; figures of all magnitudes, both signs.
fn rows(random: &mut ChaCha8Rng, figures: bool) -> Vec<Row> {
    let figure = |random: &mut ChaCha8Rng| {
        if figures { random.random::<i64>() >> random.random_range(0..64) } else { random.random_range(0..3) }
    };
    let count = random.random_range(1..15);
    (0..count).map(|_| (random.random_range(0..4), random.random_range(0..GROUPS as u32), figure(random))).collect()
}

fn filled(bounds: Bounds, rows: &[Row]) -> UnitRows {
    let mut table = UnitRows::new(Unit::Customer, bounds).expect("sound bounds");
    rows.iter().for_each(|(unit, group, value)| table.push(&[*unit], *group, *value));
    table
}

/// Checks `DATA_SETS` data sets and returns how often the L1 bound was reached exactly.
fn check(
    seed: u64,
    figures: bool,
    change: impl Fn(Bounds) -> u64,
    vector: impl Fn(Bounds, &[Row]) -> Vec<i64>,
) -> usize {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut reached = 0;
    for _ in 0..DATA_SETS {
        let (bounds, mut data) = (bounds(&mut random), rows(&mut random, figures));
        let with = vector(bounds, &data);
        data.reverse();
        let middle = data.len() / 2;
        data.rotate_left(middle);
        assert_eq!(vector(bounds, &data), with, "the order of rows must not matter: {data:?}");
        let removed = data.first().map_or(0, |row| row.0);
        data.retain(|row| row.0 != removed);
        let without = vector(bounds, &data);
        let declared = bounds.sensitivity(change(bounds));
        let moved = || with.iter().zip(&without).map(|(a, b)| u128::from(a.abs_diff(*b)));
        assert!(moved().sum::<u128>() <= declared.l1, "L1 of {bounds:?}: {data:?}");
        assert!(moved().map(|d| d * d).sum::<u128>() <= declared.l2_squared, "L2 of {bounds:?}: {data:?}");
        reached += usize::from(moved().sum::<u128>() == declared.l1);
    }
    reached
}

#[test]
fn histograms_move_by_rows_times_groups() {
    let counts = |bounds: Bounds, rows: &[Row]| {
        filled(bounds, rows).counts(GROUPS, 3).and_then(|counts| counts.vector()).expect("declared")
    };
    assert!(check(1, false, |_| 1, counts) > 1000, "the bound should be reached, or it is too loose");
}

#[test]
fn complementary_sums_move_by_the_span() {
    let span = |bounds: Bounds| bounds.high.abs_diff(bounds.low);
    let sums = |bounds: Bounds, rows: &[Row]| filled(bounds, rows).sums(GROUPS).expect("small").vector().to_vec();
    assert!(check(2, true, span, sums) > 1000);
}

#[test]
fn binned_counts_move_by_rows_times_groups() {
    let bins = |bounds: Bounds, rows: &[Row]| {
        let bins = filled(bounds, rows).bins(GROUPS, &[-10, 0, 1, 1000]).expect("rising");
        bins.vector().iter().map(|count| *count as i64).collect()
    };
    assert!(check(3, true, |_| 1, bins) > 1000);
}

#[test]
fn counts_by_unknown_key_move_by_rows_times_groups() {
    let keys = |bounds: Bounds, rows: &[Row]| {
        let mut table = KeyRows::new(Unit::Customer, bounds).expect("sound bounds");
        rows.iter().for_each(|(unit, group, _)| table.push(&[*unit], KEYS[*group as usize]));
        let keys = table.keys().expect("fits");
        KEYS.iter().map(|key| keys.vector().get(*key).map_or(0, |count| *count as i64)).collect()
    };
    assert!(check(4, false, |_| 1, keys) > 1000);
}

#[test]
fn what_was_dropped_and_clipped_is_counted_in_the_clear() {
    let bounds = Bounds::once().within(0, 10).groups(2);
    let rows: &[Row] = &[(1, 0, 5), (1, 0, 6), (1, 1, 99), (1, 2, -7), (2, 0, 10)];
    let sums = filled(bounds, rows).sums(GROUPS).expect("small");
    let kept = sums.kept();
    assert_eq!((kept.rows + kept.dropped, kept.rows), (5, 3));
    let all = filled(bounds.groups(3).rows(2), rows).sums(GROUPS).expect("small");
    assert_eq!((all.kept().rows, all.kept().dropped, all.kept().clipped), (5, 0, 2));
    assert_eq!(all.vector(), [21, 9, 10, 0, 0, 10]);
}

#[test]
fn units_keep_different_groups() {
    // A choice by hash spreads units over the groups; the first group would take them all.
    let mut table = UnitRows::new(Unit::Customer, Bounds::once()).expect("sound bounds");
    for unit in 0..3000u32 {
        (0..3).for_each(|group| table.push(&unit.to_le_bytes(), group, 0));
    }
    let counts = table.counts(3, 1).expect("declared").vector().expect("fits");
    assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    assert_eq!(counts.iter().sum::<i64>(), 3000);
}

#[test]
fn rows_of_a_row_unit_are_never_joined() {
    let mut table = UnitRows::new(Unit::Row, Bounds::once()).expect("sound bounds");
    (0..5).for_each(|_| table.push(b"same", 0, 0));
    assert_eq!(table.counts(1, 1).expect("declared").vector(), Ok(vec![5]));
    assert!(matches!(UnitRows::new(Unit::Row, Bounds::once().groups(2)), Err(Error::RowsAreOnce)));
}

#[test]
fn unsound_bounds_and_undeclared_groups_are_refused() {
    for bounds in [
        Bounds::once().rows(0),
        Bounds::once().groups(0),
        Bounds::once().rows(70_000),
        Bounds::once().within(5, 5),
        Bounds::once().within(6, 5),
        Bounds::once().within(i64::MIN, i64::MAX),
    ] {
        assert!(matches!(UnitRows::new(Unit::Customer, bounds), Err(Error::Bounds { .. })), "{bounds:?}");
    }
    let one = |group, value| filled(Bounds::once(), &[(1, group, value)]);
    assert_eq!(one(3, 0).counts(3, 2).err(), Some(Error::NoSuchGroup { group: 3, groups: 3 }));
    assert_eq!(one(0, 2).counts(3, 2).err(), Some(Error::NoSuchAnswer { answer: 2, answers: 2 }));
    assert_eq!(one(0, -1).counts(3, 2).err(), Some(Error::NoSuchAnswer { answer: -1, answers: 2 }));
    assert!(one(0, 0).counts(usize::MAX, 2).is_err());
    assert!(one(0, 0).sums(0).is_err());
    assert_eq!(one(0, 0).bins(1, &[3, 3]).err(), Some(Error::Candidates));
}

#[test]
fn splitting_a_table_into_groups_moves_no_row() {
    // The same rows in one group or in three: the totals agree, and noise is not drawn from them.
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for _ in 0..200 {
        let rows = rows(&mut random, true);
        let mut sizes = BTreeMap::new();
        rows.iter().for_each(|row| *sizes.entry(row.0).or_insert(0u32) += 1);
        let most = sizes.values().copied().max().unwrap_or(1);
        let bounds = Bounds::once().within(0, 100).rows(most).groups(3);
        let split = filled(bounds, &rows).sums(GROUPS).expect("small");
        let joined: Vec<Row> = rows.iter().map(|row| (row.0, 0, row.2)).collect();
        let whole = filled(bounds, &joined).sums(1).expect("small");
        let total = |column: usize| split.vector().iter().skip(column).step_by(2).sum::<i64>();
        assert_eq!(whole.vector(), [total(0), total(1)]);
    }
}

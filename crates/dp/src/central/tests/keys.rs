//! Thresholds for unknown keys, against the exact probabilities.

use super::{Purse, gaussian, laplace, rational};
use crate::Error;
use crate::central::keys::Threshold;
use crate::central::{BoundedKeys, Bounds, DeclaredKeys, KeyQuery, KeyRows, Unit};
use std::collections::BTreeMap;

fn query(epsilon: &str, delta: &str) -> KeyQuery {
    KeyQuery { mechanism: laplace(epsilon), delta: rational(delta) }
}

/// The probability that some key of one unit alone is published, from the pmf of discrete Laplace noise.
fn singleton_probability(tau: u64, epsilon: f64, groups: u32) -> f64 {
    let a = (-epsilon / f64::from(groups)).exp();
    let tail = a.powf((tau - 1) as f64) / (1.0 + a);
    1.0 - (1.0 - tail).powf(f64::from(groups))
}

/// The table that an independent implementation prints.
#[test]
fn thresholds_are_the_least_that_keep_delta() {
    for (epsilon, groups, tau) in [
        ("0.1", 1, 133),
        ("0.1", 3, 429),
        ("0.5", 1, 28),
        ("0.5", 3, 87),
        ("1", 1, 15),
        ("1", 3, 45),
        ("2", 1, 8),
        ("2", 3, 23),
    ] {
        let got = Threshold::new(&query(epsilon, "1/1000000"), Bounds::once().groups(groups)).expect("possible").tau;
        assert_eq!(got, tau, "epsilon {epsilon}, {groups} groups");
        let epsilon = rational(epsilon).to_f64();
        assert!(singleton_probability(got, epsilon, groups) <= 1e-6);
        assert!(singleton_probability(got - 1, epsilon, groups) > 1e-6);
    }
}

#[test]
fn gaussian_thresholds_keep_delta_too() {
    let query = KeyQuery { mechanism: gaussian("1/8"), delta: rational("1/1000000") };
    let tau = Threshold::new(&query, Bounds::once()).expect("possible").tau;
    // Standard deviation 2: P(1 + N >= tau) with the discrete probabilities.
    let mass = |k: f64| (-k * k / 8.0).exp();
    let all: f64 = (-100..=100).map(|k| mass(f64::from(k))).sum();
    let tail = |tau: u64| (tau - 1..200).map(|k| mass(k as f64)).sum::<f64>() / all;
    assert!(tail(tau) <= 1e-6 && tail(tau - 2) > 1e-6, "{tau}");
}

#[test]
fn keys_of_single_units_appear_as_seldom_as_stated() {
    let singles: BTreeMap<String, u64> = (0..20_000).map(|key| (format!("town {key}"), 1)).collect();
    let noisy = BoundedKeys::of_rows(singles).release(&query("1", "1/20"), &mut Purse::of(1)).expect("paid");
    let want = singleton_probability(noisy.threshold(), 1.0, 1);
    assert!(want <= 0.05);
    let seen = noisy.counts().len() as f64 / 20_000.0;
    assert!((seen - want).abs() < 6.0 * (want / 20_000.0).sqrt(), "{seen} against {want}");
    assert!(noisy.counts().values().all(|count| *count >= noisy.threshold() as i64));
}

#[test]
fn large_keys_are_published_and_the_price_names_delta() {
    let mut rows = KeyRows::new(Unit::Customer, Bounds::once()).expect("sound");
    for customer in 0..3000u32 {
        rows.push(&customer.to_le_bytes(), ["Austin", "Dallas", "El Paso"][customer as usize % 3]);
    }
    rows.push(b"the only one", "Marfa");
    let query = query("1", "1/1000000000");
    let mut purse = Purse::of(1);
    let noisy = rows.keys().expect("fits").release(&query, &mut purse).expect("paid");
    let names: Vec<&str> = noisy.counts().keys().map(String::as_str).collect();
    assert_eq!(names, ["Austin", "Dallas", "El Paso"]);
    assert!(noisy.counts().values().all(|count| (900..1100).contains(count)));
    assert_eq!(purse.paid.first(), Some(&query.price(Unit::Customer)));
    assert_eq!(query.price(Unit::Customer).to_string(), "epsilon 1, delta 1/1000000000 per customer");
    let said = noisy.describe();
    assert!(said.ends_with("groups with a noisy count of customers below 22 are not shown"), "{said}");
}

#[test]
fn a_key_that_nobody_has_is_never_published() {
    let nobody: BTreeMap<String, u64> = (0..2000).map(|key| (format!("town {key}"), 0)).collect();
    let noisy = BoundedKeys::of_rows(nobody).release(&query("1/10", "1/3"), &mut Purse::of(1)).expect("paid");
    assert!(noisy.counts().is_empty(), "a zero would tell that the key was looked for");
}

/// The threshold is searched once; a plan is of no use for data that are bounded otherwise.
#[test]
fn one_plan_serves_many_releases_of_its_own_bounds_only() {
    let query = query("1", "1/1000000");
    let plan = query.plan(Bounds::once()).expect("possible");
    assert_eq!(plan.threshold(), 15);
    let data = BoundedKeys::of_rows([("Austin".to_owned(), 500)].into());
    let mut purse = Purse::of(3);
    for _ in 0..3 {
        assert_eq!(data.release_as(&plan, &mut purse).expect("paid").threshold(), plan.threshold());
    }
    assert!(data.release_as(&plan, &mut purse).is_err(), "each release is paid for");
    let wider = query.plan(Bounds::once().groups(2)).expect("possible");
    let mut purse = Purse::of(1);
    assert_eq!(data.release_as(&wider, &mut purse).err().map(|e| e.to_string()), Some(Error::OtherBounds.to_string()));
    assert!(purse.paid.is_empty(), "nothing was charged");
}

#[test]
fn impossible_deltas_are_refused() {
    for delta in ["0", "1", "2"] {
        let refused = Threshold::new(&query("1", delta), Bounds::once()).err();
        assert_eq!(refused, Some(Error::KeyDelta), "{delta}");
    }
}

#[test]
fn declared_keys_leave_a_place_for_everything_else() {
    let keys = DeclaredKeys::new(vec!["north".into(), "south".into()]).expect("distinct");
    assert_eq!((keys.groups(), keys.group("south"), keys.group("moon")), (3, 1, 2));
    assert_eq!((keys.name(0), keys.name(2)), (Some("north"), None));
    let twice = DeclaredKeys::new(vec!["a".into(), "b".into(), "a".into()]);
    assert_eq!(twice, Err(Error::KeyTwice { key: "a".into() }));
}

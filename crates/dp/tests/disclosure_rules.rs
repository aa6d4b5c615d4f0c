//! The rules for one cell and the gate for secure sums, against the handbook's examples and recorded oracle runs.

use guildhall_dp::disclosure::{Concentration, Contributors, DisclosureError, Rules, Why};
use guildhall_kpi::Rational;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;

fn number(text: impl ToString) -> Rational {
    text.to_string().parse().expect("a rational")
}

fn percent(p: impl ToString) -> Concentration {
    Concentration::Percent { p: number(p) }
}

fn dominance(n: u32, k: impl ToString) -> Concentration {
    Concentration::Dominance { n, k: number(k) }
}

/// Minimum frequency 2 stands in for "no frequency rule" where the example has none: all cells have more.
fn only(rule: Concentration) -> Rules {
    Rules::new(2).and_then(|rules| rules.with(rule)).expect("valid parameters")
}

fn firms(values: &[i64]) -> Contributors {
    waived(values, &[])
}

fn waived(values: &[i64], who: &[usize]) -> Contributors {
    let names: Vec<String> = (0..values.len()).map(|i| format!("firm {i}")).collect();
    let who: BTreeSet<String> = who.iter().map(|i| format!("firm {i}")).collect();
    Contributors::new(names.iter().map(String::as_str).zip(values.iter().copied()), &who).expect("small values")
}

fn level(rules: &Rules, values: &[i64]) -> Option<(i128, i128)> {
    rules.assess(&firms(values)).map(|verdict| (verdict.level.up, verdict.level.down))
}

#[test]
fn handbook_example_1_dominance_of_one_misses_the_second_contributor() {
    let cell = firms(&[50_000, 49_000, 1_000]);
    assert_eq!(only(dominance(1, 90)).assess(&cell), None);
    assert_eq!(only(percent(10)).assess(&cell).map(|v| v.why), Some(Why::Dominated));
}

#[test]
fn handbook_example_2_dominance_of_two_overprotects() {
    let cell = firms(&[52_000, 50_000, 4_000, 4_000]);
    assert_eq!(only(percent(10)).assess(&cell), None);
    assert!(only(dominance(2, "1000/11")).assess(&cell).is_some(), "k = 100 * 100 / 110");
}

#[test]
fn handbook_example_4_protection_levels() {
    // 100/85 * 300 - 330 = 22.94.., a whole step up; p% at 10: 30 - 10 = 20.
    assert_eq!(level(&only(dominance(1, 85)), &[300, 20, 10]), Some((23, 23)));
    assert_eq!(level(&only(percent(10)), &[300, 20, 10]), Some((20, 20)));
    // The same in cents: 35294.1.. - 33000.
    assert_eq!(level(&only(dominance(1, 85)), &[30_000, 2_000, 1_000]), Some((2_295, 2_295)));
}

#[test]
fn handbook_example_5_at_the_upper_level_the_estimate_is_p_percent_off() {
    for (values, p) in [([300i128, 20, 10], 10), ([400, 12, 9], 15), ([50_000, 49_000, 1_000], 10)] {
        let (up, _) = level(&only(percent(p)), &values.map(|v| v as i64)).expect("unsafe");
        let estimate = values.iter().sum::<i128>() + up - values[1];
        assert_eq!(100 * estimate, (100 + p) * values[0]);
    }
}

#[test]
fn one_percent_rule_less_than_the_edge_is_safe() {
    // X - x1 - x2 = 30 = 10 % of 300: not less, hence safe; one step less is unsafe.
    assert_eq!(level(&only(percent(10)), &[300, 50, 30]), None);
    assert_eq!(level(&only(percent(10)), &[300, 50, 29]), Some((1, 1)));
    assert_eq!(level(&only(dominance(1, 75)), &[300, 100]), None);
    assert!(level(&only(dominance(1, 75)), &[300, 99]).is_some());
}

#[test]
fn frequency_zeros_and_range() {
    let rules = Rules::new(3).expect("valid");
    let few = rules.assess(&firms(&[70, 30])).expect("two firms");
    assert_eq!((few.why, few.level.up, few.level.down), (Why::TooFew, 1, 1));
    assert!(rules.assess(&firms(&[70, 30, 0, 0])).is_some(), "a contribution of zero does not count");
    assert_eq!(rules.assess(&firms(&[0, 0])), None, "nothing to hide in a cell of zeros");
    assert_eq!(rules.assess(&firms(&[70, 30, 1])), None);
    let wide = rules.range(number("7.5")).expect("valid");
    assert_eq!(level(&wide, &[70, 30]), Some((8, 8)), "7.5 % of 100, rounded up");
}

#[test]
fn several_rules_need_the_widest_interval_and_name_frequency_first() {
    let rules = Rules::new(3).and_then(|r| r.with(percent(10))).and_then(|r| r.with(dominance(1, 85)));
    let verdict = rules.expect("valid").assess(&firms(&[300, 20])).expect("unsafe");
    assert_eq!((verdict.why, verdict.level.up), (Why::TooFew, 33), "33 = 30/85 of 300 - 320 rounded up; p% needs 30");
}

#[test]
fn shops_of_one_holding_are_one_contributor() {
    let shops = [("a", 100), ("b", 90), ("c", 80)];
    let held = [("holding", 100), ("holding", 90), ("c", 80)];
    let of = |list: &[(&str, i64)]| Contributors::new(list.iter().copied(), &BTreeSet::new()).expect("small");
    let rules = Rules::new(3).expect("valid");
    assert_eq!(rules.assess(&of(&shops)), None);
    assert_eq!(rules.assess(&of(&held)).map(|v| v.why), Some(Why::TooFew));
    assert!(only(percent(10)).assess(&of(&held)).is_some());
}

#[test]
fn a_coalition_is_stronger_than_one_firm() {
    let values = [100, 50, 50, 8];
    assert_eq!(level(&only(percent(10)), &values), None);
    let pair = Rules::new(3).and_then(|r| r.coalition(2)).and_then(|r| r.with(percent(10))).expect("valid");
    assert_eq!(level(&pair, &values), Some((2, 2)));
}

#[test]
fn waivers_free_the_waived_and_protect_the_others_from_them() {
    let rules = only(percent(10));
    assert!(rules.assess(&waived(&[1_000, 50, 10], &[])).is_some());
    assert_eq!(
        rules.assess(&waived(&[1_000, 50, 10], &[0])),
        None,
        "the largest agreed; 10 of 50 is left for the next"
    );
    assert!(rules.assess(&waived(&[1_000, 100, 1], &[0])).is_some(), "the waived firm could work out the second");
    assert_eq!(rules.assess(&waived(&[1_000, 100, 1], &[0, 1, 2])), None);
    let few = Rules::new(3).expect("valid");
    assert!(few.assess(&waived(&[70, 30], &[0])).is_some(), "the other did not agree");
    assert_eq!(few.assess(&waived(&[70, 30], &[0, 1])), None);
}

#[test]
fn parameters_outside_their_range_are_refused_and_never_shown() {
    let rules = || Rules::new(5).expect("valid");
    assert!(Rules::new(1).is_err());
    assert!(rules().coalition(0).is_err() && rules().coalition(5).is_err());
    for bad in
        [percent(0), percent(1001), dominance(0, 80), dominance(2, 100), dominance(2, 0), percent("1/3000000000")]
    {
        assert!(matches!(rules().with(bad), Err(DisclosureError::Parameter { .. })), "{bad:?}");
    }
    let swapped = Concentration::PriorPosterior { p: number(50), q: number(20) };
    assert!(rules().with(swapped).is_err());
    let secret = rules().with(percent("17.25")).expect("valid");
    assert!(!format!("{secret:?}").contains("17"));
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/disclosure.json")).expect("valid JSON")
}

fn list(value: &Value) -> Vec<i64> {
    value.as_array().expect("a list").iter().map(|v| v.as_i64().expect("a whole number")).collect()
}

/// 300 random cells judged by an independent implementation: the rules broken and the protection levels.
#[test]
fn agrees_with_the_recorded_oracle_on_300_cells() {
    for cell in vectors()["cells"].as_array().expect("a list") {
        let values = list(&cell["x"]);
        let (nk, pq) = (list(&cell["nk"]), list(&cell["pq"]));
        let broken: Vec<&str> = cell["unsafe"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        let few = Rules::new(cell["frequency"].as_u64().expect("a number") as u32).expect("valid");
        assert_eq!(few.assess(&firms(&values)).is_some(), broken.contains(&"freq"), "{cell}");
        let rules = [
            ("p%", percent(&cell["p"]), "upl_p"),
            ("nk", dominance(nk[0] as u32, nk[1]), "upl_nk"),
            ("pq", Concentration::PriorPosterior { p: number(pq[0]), q: number(pq[1]) }, "upl_pq"),
        ];
        for (name, rule, upl) in rules {
            // A lone firm also breaks the frequency rule of 2; its level is 1 and never the largest.
            let verdict = only(rule).assess(&firms(&values));
            assert_eq!(
                verdict.is_some() && values.len() > 1,
                broken.contains(&name) && values.len() > 1,
                "{name} {cell}"
            );
            if let Some(verdict) = verdict.filter(|_| broken.contains(&name)) {
                let wanted = cell[upl].as_f64().expect("a number").max(1.0);
                assert!((verdict.level.up as f64 - wanted).abs() < 1.0 + 1e-6, "{name} {} {cell}", verdict.level.up);
                assert!(verdict.level.up as f64 >= wanted - 1e-6, "never less than the oracle: {cell}");
            }
        }
    }
}

fn sums(values: &[i64]) -> (u64, u128) {
    (values.iter().sum::<i64>() as u64, values.iter().map(|v| u128::from(v.unsigned_abs()).pow(2)).sum())
}

/// 300 random cells through an independent implementation: the gate's verdicts are the same.
#[test]
fn the_gate_agrees_with_the_recorded_oracle() {
    let mut rejected = 0;
    for cell in vectors()["gates"].as_array().expect("a list") {
        let values = list(&cell["x"]);
        let (sum, squares) = sums(&values);
        assert_eq!(Some(percent(15).proved_by_sums(1, sum, squares)), cell["p15"].as_bool(), "{cell}");
        assert_eq!(Some(dominance(2, 85).proved_by_sums(1, sum, squares)), cell["nk2_85"].as_bool(), "{cell}");
        rejected += i32::from(cell["safe_p15"] == true && cell["p15"] == false);
    }
    assert_eq!(rejected, 16, "of the safe cells, as the oracle counts them: the gate is sufficient, not necessary");
}

#[test]
fn the_gate_is_exact_at_its_threshold() {
    // p = 100: H <= 1/5. Five equal contributions: H = 1/5 exactly.
    assert!(percent(100).proved_by_sums(1, 5, 5));
    assert!(!percent(100).proved_by_sums(1, 5_000_000_000, 5_000_000_000_000_000_001));
    assert!(dominance(1, 50).proved_by_sums(1, u64::MAX, u128::from(u64::MAX).pow(2) / 4));
    assert!(!dominance(1, 50).proved_by_sums(1, u64::MAX, u128::from(u64::MAX).pow(2) / 4 + 1));
    let rules = Rules::new(5).and_then(|r| r.with(percent(100))).expect("valid");
    assert!(rules.proved_by_sums(5, 5, 5) && !rules.proved_by_sums(4, 5, 5));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// What the gate passes is safe, for every rule and coalition.
    #[test]
    fn the_gate_never_passes_an_unsafe_cell(
        values in prop::collection::vec((0u32..40).prop_map(|bits| 1i64 << (bits / 2)), 3..30),
        p in 1u32..300, n in 1u32..4, k in 1u32..100, coalition in 1u32..3,
    ) {
        let (sum, squares) = sums(&values);
        for rule in [percent(p), dominance(n, k), Concentration::PriorPosterior { p: number(p), q: number(301) }] {
            let rules = Rules::new(3).and_then(|r| r.coalition(coalition)).and_then(|r| r.with(rule)).expect("valid");
            if rule.proved_by_sums(coalition, sum, squares) {
                prop_assert_eq!(rules.assess(&firms(&values)), None);
            }
        }
    }

    /// A safe cell stays safe when it is joined with another safe one: totals of safe cells need no own protection.
    #[test]
    fn safe_cells_of_different_firms_join_safely(
        a in prop::collection::vec(1i64..1000, 3..9), b in prop::collection::vec(1i64..1000, 3..9), p in 1u32..40,
    ) {
        let rules = Rules::new(3).and_then(|r| r.with(percent(p))).expect("valid");
        if rules.assess(&firms(&a)).is_none() && rules.assess(&firms(&b)).is_none() {
            prop_assert_eq!(rules.assess(&firms(&[a, b].concat())), None);
        }
    }
}

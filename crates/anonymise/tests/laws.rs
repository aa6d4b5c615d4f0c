//! What must hold on any table, against slow and obvious computations over texts.

use guildhall_anonymise::{
    Classes, Column, Demand, Error, Hierarchy, Loss, PopulationRule, Release, Rule, Table, Task, Width, compare,
    mondrian, optimum,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A row: zip code, age, sensitive number.
type Row = (u8, u8, u8);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0u8..6, 0u8..9, 0u8..4), 4..40)
}

struct Made {
    table: Table,
    trees: [Hierarchy; 2],
}

const NAMES: [&str; 3] = ["zip", "age", "illness"];

fn made(rows: &[Row]) -> Made {
    let texts: Vec<[String; 3]> = rows
        .iter()
        .map(|(zip, age, illness)| [format!("{}{}", zip / 3, zip % 3), age.to_string(), illness.to_string()])
        .collect();
    let table = Table::of(&NAMES, texts.iter().map(|row| row.iter().map(String::as_str))).expect("a table");
    let zip = Hierarchy::from_keep(&table.columns()[0], &[1]).expect("falling");
    let widths = [2, 4].map(|width| Width::new(width, 1).expect("above zero"));
    let age = Hierarchy::from_widths(&table.columns()[1], &widths).expect("numbers");
    Made { table, trees: [zip, age] }
}

impl Made {
    fn task(&self, k: u64, allowed: u64, rules: &[Rule]) -> Task<'_> {
        let quasi = [("zip", &self.trees[0]), ("age", &self.trees[1])];
        let task = Task::new(&self.table, &quasi, k, allowed).expect("a task");
        task.sensitive(&self.table, "illness", rules.to_vec(), Some(&self.illnesses())).expect("rules")
    }

    /// 0 and 1 are alike, 2 and 3 are alike.
    fn illnesses(&self) -> Hierarchy {
        Hierarchy::from_file(self.illness(), b"0;low;*\n1;low;*\n2;high;*\n3;high;*\n").expect("a hierarchy")
    }

    fn illness(&self) -> &Column {
        self.table.column("illness").expect("there")
    }

    /// The illnesses of each class at some levels, by texts.
    fn classes(&self, levels: &[usize]) -> Vec<Vec<u8>> {
        let mut classes: BTreeMap<Vec<String>, Vec<u8>> = BTreeMap::new();
        for row in 0..self.table.rows() {
            let text = |at: usize| {
                let column = &self.table.columns()[at];
                self.trees[at].label(levels[at], column.codes()[row]).to_owned()
            };
            let illness = self.illness().value(row).parse().expect("a digit");
            classes.entry(vec![text(0), text(1)]).or_default().push(illness);
        }
        classes.into_values().collect()
    }
}

/// The figure of a rule in a class, from its definition.
fn figure(rule: Rule, class: &[u8], all: &[u8]) -> f64 {
    let share = |values: &[u8], value: u8| values.iter().filter(|v| **v == value).count() as f64 / values.len() as f64;
    let (p, q) = (|value| share(class, value), |value| share(all, value));
    let present: BTreeSet<u8> = class.iter().copied().collect();
    let domain: BTreeSet<u8> = all.iter().copied().collect();
    let gain = |value: u8| (p(value) - q(value)) / q(value);
    match rule {
        Rule::DistinctL(_) => present.len() as f64,
        Rule::EntropyL(_) => present.iter().map(|v| -p(*v) * p(*v).ln()).sum::<f64>().exp(),
        Rule::RecursiveL { l, .. } => {
            let mut counts: Vec<usize> =
                present.iter().map(|v| class.iter().filter(|other| *other == v).count()).collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            let tail: usize = counts.iter().skip(l as usize - 1).sum();
            counts[0] as f64 / tail as f64
        }
        Rule::EqualT(_) => domain.iter().map(|v| (p(*v) - q(*v)).abs()).sum::<f64>() / 2.0,
        Rule::OrderedT(_) => {
            let steps = domain.len().max(2) - 1;
            let upto = |last: u8| domain.iter().filter(|v| **v <= last).map(|v| p(*v) - q(*v)).sum::<f64>();
            domain.iter().map(|v| upto(*v).abs()).sum::<f64>() / steps as f64
        }
        Rule::HierarchicalT(_) => {
            // Within low or high the cost is a half, between them one: what must cross, and what is settled inside.
            let extra = |values: &[u8]| values.iter().map(|v| p(*v) - q(*v)).collect::<Vec<f64>>();
            let positive = |extras: &[f64]| extras.iter().filter(|e| **e > 0.0).sum::<f64>();
            let (low, high) = (extra(&[0, 1]), extra(&[2, 3]));
            let crossing = low.iter().sum::<f64>().abs();
            let moved = positive(&low) + positive(&high);
            0.5 * (moved - crossing) + crossing
        }
        Rule::Alpha(_) => present.iter().map(|v| p(*v)).fold(0.0, f64::max),
        Rule::Beta(_) => present.iter().map(|v| gain(*v)).fold(0.0, f64::max),
        Rule::EnhancedBeta(_) => present.iter().map(|v| gain(*v).min(-q(*v).ln())).fold(0.0, f64::max),
        Rule::Delta(_) => present.iter().map(|v| (p(*v) / q(*v)).ln().abs()).fold(0.0, f64::max),
        _ => unreachable!("every rule of this version"),
    }
}

fn holds(rule: Rule, class: &[u8], all: &[u8]) -> bool {
    let found = figure(rule, class, all);
    const SLACK: f64 = 1e-9;
    match rule {
        Rule::DistinctL(l) => found >= f64::from(l),
        Rule::EntropyL(l) => found >= l - SLACK,
        Rule::RecursiveL { c, .. } => found < c,
        Rule::EqualT(t) | Rule::OrderedT(t) | Rule::HierarchicalT(t) => found <= t + SLACK,
        Rule::Alpha(limit) | Rule::Beta(limit) | Rule::Delta(limit) => found <= limit + SLACK,
        Rule::EnhancedBeta(limit) => class.iter().all(|value| {
            let share = |values: &[u8]| values.iter().filter(|v| *v == value).count() as f64 / values.len() as f64;
            let gain = (share(class) - share(all)) / share(all);
            gain <= SLACK || gain <= limit.min(-share(all).ln()) + SLACK
        }),
        _ => unreachable!("every rule of this version"),
    }
}

fn rule() -> impl Strategy<Value = Rule> {
    prop_oneof![
        (2u32..4).prop_map(Rule::DistinctL),
        (1.1f64..3.0).prop_map(Rule::EntropyL),
        (0.6f64..4.0, 2u32..4).prop_map(|(c, l)| Rule::RecursiveL { c, l }),
        (0.05f64..0.9).prop_map(Rule::EqualT),
        (0.05f64..0.9).prop_map(Rule::OrderedT),
        (0.05f64..0.9).prop_map(Rule::HierarchicalT),
        (0.3f64..1.0).prop_map(Rule::Alpha),
        (0.1f64..3.0).prop_map(Rule::Beta),
        (0.1f64..3.0).prop_map(Rule::EnhancedBeta),
        (0.2f64..2.0).prop_map(Rule::Delta),
    ]
}

fn loss() -> impl Strategy<Value = Loss> {
    prop_oneof![
        Just(Loss::Loss),
        Just(Loss::Discernibility),
        Just(Loss::AverageClassSize),
        Just(Loss::NonUniformEntropy)
    ]
}

/// The loss of a node from its definition, over texts.
fn naive_loss(made: &Made, levels: &[usize], loss: Loss, k: u64, broken: &dyn Fn(&[u8]) -> bool) -> f64 {
    let classes = made.classes(levels);
    match loss {
        Loss::Discernibility => classes.iter().map(|class| (class.len() * class.len()) as f64).sum(),
        Loss::AverageClassSize => made.table.rows() as f64 / (classes.len() as f64 * k as f64),
        Loss::NonUniformEntropy => (0..2).map(|at| entropy(made, at, levels[at])).sum(),
        Loss::Loss => {
            let mut written: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
            for row in 0..made.table.rows() {
                let label =
                    |at: usize| made.trees[at].label(levels[at], made.table.columns()[at].codes()[row]).to_owned();
                written.entry(vec![label(0), label(1)]).or_default().push(row);
            }
            let mut lost = 0.0;
            for (labels, rows) in written {
                let class: Vec<u8> =
                    rows.iter().map(|row| made.illness().value(*row).parse().expect("digit")).collect();
                for at in 0..2 {
                    let values = made.table.columns()[at].values();
                    let alike = (0..values.len() as u32).filter(|c| made.trees[at].label(levels[at], *c) == labels[at]);
                    let share =
                        if values.len() > 1 { (alike.count() - 1) as f64 / (values.len() - 1) as f64 } else { 0.0 };
                    lost += rows.len() as f64 * if broken(&class) { 1.0 } else { share };
                }
            }
            lost / (2.0 * made.table.rows() as f64)
        }
        _ => unreachable!("every loss of this version"),
    }
}

fn entropy(made: &Made, at: usize, level: usize) -> f64 {
    let column = &made.table.columns()[at];
    let label = |row: usize| made.trees[at].label(level, column.codes()[row]);
    let bits = |row: usize| {
        let same = |other: &usize| column.value(*other) == column.value(row);
        let alike = |other: &usize| label(*other) == label(row);
        let rows = || 0..made.table.rows();
        (rows().filter(alike).count() as f64 / rows().filter(same).count() as f64).log2()
    };
    (0..made.table.rows()).map(bits).sum()
}

fn written(release: &Release) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let table = release.table();
    writer.write_record(table.columns().iter().map(Column::name)).expect("in memory");
    for row in 0..table.rows() {
        writer.write_record(table.columns().iter().map(|column| column.value(row))).expect("in memory");
    }
    writer.into_inner().expect("in memory")
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_optimum_is_that_of_looking_at_every_combination(
        rows in rows(), k in 1u64..5, share in 0.0f64..0.5, rules in prop::collection::vec(rule(), 0..3), loss in loss(),
    ) {
        let made = made(&rows);
        let allowed = (rows.len() as f64 * share) as u64;
        let all: Vec<u8> = rows.iter().map(|row| row.2).collect();
        let broken = |class: &[u8]| (class.len() as u64) < k || rules.iter().any(|rule| !holds(*rule, class, &all));
        let mut best: Option<f64> = None;
        for zip in 0..made.trees[0].levels() {
            for age in 0..made.trees[1].levels() {
                let suppressed: usize = made.classes(&[zip, age]).iter().filter(|c| broken(c)).map(Vec::len).sum();
                if suppressed as u64 <= allowed && suppressed < rows.len() {
                    let found = naive_loss(&made, &[zip, age], loss, k, &broken);
                    best = Some(best.map_or(found, |best| best.min(found)));
                }
            }
        }
        let task = made.task(k, allowed, &rules);
        match (optimum(&task, loss), best) {
            (Ok(found), Some(best)) => {
                prop_assert!(near(found.loss, best), "{} found, {} is best", found.loss, best);
                let again: usize = made.classes(&found.levels).iter().filter(|c| broken(c)).map(Vec::len).sum();
                prop_assert_eq!(found.suppressed, again as u64);
            }
            (Err(Error::NoSolution { .. }), None) => {}
            (found, best) => prop_assert!(false, "{found:?} found, {best:?} is best"),
        }
    }

    #[test]
    fn figures_are_those_of_the_definitions(rows in rows()) {
        let made = made(&rows);
        let all: Vec<u8> = rows.iter().map(|row| row.2).collect();
        let classes = made.classes(&[0, 0]);
        let found = Classes::of(&made.table, &["zip", "age"]).expect("columns");
        let figures = found.sensitive(&made.table, "illness", Some(&made.illnesses())).expect("a column");
        let worst = |rule: Rule| classes.iter().map(|class| figure(rule, class, &all)).fold(0.0, f64::max);
        let least = |rule: Rule| classes.iter().map(|class| figure(rule, class, &all)).fold(f64::INFINITY, f64::min);
        prop_assert_eq!(found.k() as usize, classes.iter().map(Vec::len).min().expect("a class"));
        prop_assert!(near(figures.distinct_l as f64, least(Rule::DistinctL(2))));
        prop_assert!(near(figures.entropy_l, least(Rule::EntropyL(2.0))));
        prop_assert!(near(figures.equal_t, worst(Rule::EqualT(0.0))));
        prop_assert!(near(figures.ordered_t.expect("numbers"), worst(Rule::OrderedT(0.0))));
        prop_assert!(near(figures.hierarchical_t.expect("a tree"), worst(Rule::HierarchicalT(0.0))));
        prop_assert!(near(figures.alpha, worst(Rule::Alpha(1.0))));
        prop_assert!(near(figures.basic_beta, worst(Rule::Beta(1.0))));
        prop_assert!(near(figures.enhanced_beta, worst(Rule::EnhancedBeta(1.0))));
        prop_assert!(near(figures.delta, worst(Rule::Delta(1.0))));
        for (l, c) in figures.recursive_c {
            let definition = worst(Rule::RecursiveL { c: 1.0, l });
            prop_assert!(near(c, definition));
        }
    }

    #[test]
    fn what_is_written_is_verified_by_other_code(
        rows in rows(), k in 2u64..5, share in 0.0f64..0.5, rules in prop::collection::vec(rule(), 0..3), local in any::<bool>(),
    ) {
        let made = made(&rows);
        let allowed = if local { 0 } else { (rows.len() as f64 * share) as u64 };
        let task = made.task(k, allowed, &rules);
        let release = if local {
            mondrian(&task).and_then(|parts| Release::of_parts(&made.table, &task, &parts, &NAMES))
        } else {
            optimum(&task, Loss::Loss).and_then(|best| Release::at_levels(&made.table, &task, &best.levels, &NAMES))
        };
        let Ok(release) = release else { return Ok(()) };
        let demand = Demand::new(&NAMES, &["zip", "age"], k, rows.len() as u64, allowed);
        let demand = demand.sensitive(made.illness(), &rules, Some(&made.illnesses()));
        let text = written(&release);
        let verified = demand.verify(text.as_slice(), b',');
        prop_assert!(verified.is_ok(), "{verified:?}");
        // The same text under a demand it cannot meet.
        let smallest = release.classes().expect("columns").k();
        let stricter = Demand::new(&NAMES, &["zip", "age"], smallest + 1, rows.len() as u64, allowed);
        let refused = |demand: Demand| matches!(demand.verify(text.as_slice(), b','), Err(Error::Broken { .. }));
        prop_assert!(refused(stricter));
        prop_assert!(refused(Demand::new(&NAMES, &["zip", "age"], k, rows.len() as u64 + allowed + 1, allowed)));
        prop_assert!(refused(Demand::new(&["age", "zip", "illness"], &["zip", "age"], k, rows.len() as u64, allowed)));
    }

    #[test]
    fn both_ways_of_judging_a_rule_agree(rows in rows(), rule in rule()) {
        let made = made(&rows);
        let all: Vec<u8> = rows.iter().map(|row| row.2).collect();
        let demand = Demand::new(&NAMES, &["zip", "age"], 1, rows.len() as u64, 0);
        let demand = demand.sensitive(made.illness(), &[rule], Some(&made.illnesses()));
        let task = made.task(1, rows.len() as u64, &[]);
        let release = Release::at_levels(&made.table, &task, &[0, 0], &NAMES).expect("columns");
        let kept = made.classes(&[0, 0]).iter().all(|class| holds(rule, class, &all));
        prop_assert_eq!(demand.verify(written(&release).as_slice(), b',').is_ok(), kept);
    }

    #[test]
    fn every_row_is_written_coarser_or_left_out(rows in rows(), k in 2u64..5) {
        let made = made(&rows);
        let task = made.task(k, 0, &[]);
        let Ok(parts) = mondrian(&task) else { return Ok(()) };
        let mut seen: Vec<u32> = parts.iter().flat_map(|part| part.rows.clone()).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..rows.len() as u32).collect::<Vec<u32>>());
        let release = Release::of_parts(&made.table, &task, &parts, &NAMES).expect("columns");
        for (at, row) in release.input_rows().iter().enumerate() {
            let (old, new) = (&made.table.columns()[1], &release.table().columns()[1]);
            let age: u8 = old.value(*row as usize).parse().expect("a number");
            let ends: Vec<u8> = new.value(at).split(" to ").map(|end| end.parse().expect("a number")).collect();
            prop_assert!(ends[0] <= age && age <= ends[ends.len() - 1]);
            prop_assert_eq!(made.illness().value(*row as usize), release.table().columns()[2].value(at));
        }
        let texts: Vec<Vec<&str>> =
            (0..release.table().rows()).map(|row| release.table().columns().iter().map(|c| c.value(row)).collect()).collect();
        prop_assert!(texts.is_sorted(), "the input's order does not show");
    }

    #[test]
    fn people_behind_the_rows_are_counted_at_every_level(rows in rows(), sample in 2usize..20, k in 2u64..6) {
        let sample = sample.min(rows.len() - 1);
        // Everybody of the sample is of the population as well.
        let joined: Vec<Row> = rows[..sample].iter().chain(&rows).copied().collect();
        let made = made(&joined);
        let quasi = [("zip", &made.trees[0]), ("age", &made.trees[1])];
        let task = |rules: Vec<PopulationRule>| {
            Task::new(&made.table, &quasi, 1, 0).expect("a task").population(sample, rules).expect("a population")
        };
        let found = optimum(&task(vec![PopulationRule::KMap(k)]), Loss::NonUniformEntropy);
        let risk = |levels: &[usize]| task(Vec::new()).population_risk(levels).expect("of the population").expect("some");
        if let Ok(best) = found {
            prop_assert!(risk(&best.levels).smallest >= k);
        } else {
            prop_assert!((rows.len() as u64) < k);
        }
        let top = risk(&[made.trees[0].levels() - 1, made.trees[1].levels() - 1]);
        prop_assert!(near(top.presence.1, sample as f64 / rows.len() as f64));
        prop_assert!(near(top.highest, 1.0 / rows.len() as f64));
        let high = PopulationRule::Presence { low: 0.0, high: 0.6 };
        if let Ok(best) = optimum(&task(vec![high]), Loss::NonUniformEntropy) {
            prop_assert!(risk(&best.levels).presence.1 <= 0.6);
        }
    }
}

/// The rare value of the second class becomes rarer still beside the nine of the first.
#[test]
fn delta_may_be_kept_by_a_finer_combination_and_broken_by_a_coarser() {
    let class = |name, illness, rows| std::iter::repeat_n([name, illness], rows);
    let rows = class("1", "a", 9).chain(class("2", "a", 1)).chain(class("2", "b", 1)).chain(class("3", "b", 10));
    let table = Table::of(&["class", "illness"], rows).expect("a table");
    let tree = Hierarchy::from_file(&table.columns()[0], b"1;12;*\n2;12;*\n3;3;*\n").expect("a hierarchy");
    let task = Task::new(&table, &[("class", &tree)], 1, 0).expect("a task");
    let task = task.sensitive(&table, "illness", vec![Rule::Delta(1.0)], None).expect("a rule");
    assert_eq!(optimum(&task, Loss::NonUniformEntropy).expect("an optimum").levels, [0]);
}

#[test]
fn figures_are_compared_in_the_groups_that_are_written() {
    let rows = [["1", "a", "10"], ["2", "a", "20"], ["3", "b", "5"], ["1", "a", ""], ["2", "b", "1.5"]];
    let table = Table::of(&["zip", "kind", "spent"], rows).expect("a table");
    let tree = Hierarchy::from_file(&table.columns()[0], b"1;12;*\n2;12;*\n3;3;*\n").expect("a hierarchy");
    let task = Task::new(&table, &[("zip", &tree)], 2, 1).expect("a task");
    let release = Release::at_levels(&table, &task, &[1], &["zip", "kind", "spent"]).expect("columns");
    let compared = compare(&table, 5, &release, "spent", Some("zip")).expect("numbers");
    let shown: Vec<(Option<&str>, u64, f64, Option<u64>)> = compared
        .iter()
        .map(|c| (c.group.as_deref(), c.before.count, c.before.sum, c.after.as_ref().map(|after| after.count)))
        .collect();
    assert_eq!(shown, [(None, 4, 36.5, Some(3)), (Some("12"), 3, 31.5, Some(3)), (Some("3"), 1, 5.0, Some(0))]);
    assert_eq!(compared[1].after.expect("numbers").mean(), Some(10.5));
    assert!(compare(&table, 5, &release, "kind", None).is_err());
}

//! Secondary suppression against an independent attacker: the oracle's tables and 1,000 random ones.

use guildhall_dp::disclosure::{
    Bounds, Cell, Concentration, Contributors, Cost, Dimension, DisclosureError, Entry, Grid, Negatives, Protected,
    Relation, Rules, Shown, Table, Why, attack, audit, protect,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/disclosure.json")).expect("valid JSON")
}

fn rules(frequency: u32, p: &str) -> Rules {
    let p = p.parse().expect("a rational");
    Rules::new(frequency).and_then(|rules| rules.with(Concentration::Percent { p })).expect("valid")
}

fn entry(categories: &[&str], holding: &str, value: i64) -> Entry {
    let categories = categories.iter().map(|c| (*c).to_owned()).collect();
    Entry { categories, holding: holding.to_owned(), period: "2026".into(), value }
}

fn labels(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{prefix}{i}")).collect()
}

fn flat(name: &str, labels: &[String]) -> Dimension {
    Dimension::flat(name, "total", labels.iter().map(String::as_str)).expect("distinct labels")
}

/// A table of two dimensions from the firms of each inner cell; every firm in one cell only.
fn of_firms(cells: &[Vec<Vec<i64>>]) -> (Table, Vec<Vec<usize>>) {
    let (rows, columns) = (labels("r", cells.len()), labels("c", cells[0].len()));
    let grid = Grid::new(vec![flat("row", &rows), flat("column", &columns)]).expect("two dimensions");
    let mut entries = Vec::new();
    for (row, label) in cells.iter().zip(&rows) {
        for (firms, column) in row.iter().zip(&columns) {
            let each = firms.iter().enumerate();
            entries.extend(each.map(|(i, x)| entry(&[label, column], &format!("{label} {column} {i}"), *x)));
        }
    }
    // The total comes first in every dimension: inner cell (i, j) has the number (i + 1) * (columns + 1) + j + 1.
    let width = columns.len() + 1;
    let number = (0..cells.len()).map(|i| (0..columns.len()).map(|j| (i + 1) * width + j + 1).collect()).collect();
    (grid.table(&entries, &BTreeSet::new()).expect("a table"), number)
}

/// The oracle numbers cells row by row with totals last; ours come first.
fn ours(oracle: usize, rows: usize, columns: usize) -> usize {
    let (i, j) = (oracle / (columns + 1), oracle % (columns + 1));
    ((i + 1) % (rows + 1)) * (columns + 1) + (j + 1) % (columns + 1)
}

fn close(found: Option<f64>, wanted: Option<f64>, scale: f64) -> bool {
    match (found, wanted) {
        (None, None) => true,
        (Some(found), Some(wanted)) => (found - wanted).abs() <= 1e-6 * scale,
        _ => false,
    }
}

/// Example 3 of the handbook's chapter 4: four hidden cells, X11 lies in [3, 6].
#[test]
fn handbook_example_3() {
    let (table, at) = of_firms(&[vec![vec![5], vec![2]], vec![vec![1], vec![2]], vec![vec![3], vec![3]]]);
    let mut hidden = vec![false; table.cells().len()];
    for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        hidden[at[i][j]] = true;
    }
    let found = attack(&table, &hidden, &[], at[0][0]).expect("hidden");
    assert!(close(found.low, Some(3.0), 1.0) && close(found.high, Some(6.0), 1.0), "{found:?}");
    assert_eq!(attack(&table, &hidden, &[], at[2][0]), None, "it is shown");
}

/// 200 random tables attacked by an independent implementation (scipy's HiGHS): every interval of every hidden cell is the same.
#[test]
fn the_attacker_agrees_with_the_recorded_oracle_on_200_tables() {
    for case in vectors()["attacks"].as_array().expect("a list") {
        let inner: Vec<Vec<i64>> = serde_json::from_value(case["inner"].clone()).expect("numbers");
        let (rows, columns) = (inner.len(), inner[0].len());
        let (table, _) = of_firms(&inner.iter().map(|row| row.iter().map(|x| vec![*x]).collect()).collect::<Vec<_>>());
        let mut hidden = vec![false; table.cells().len()];
        for cell in case["hidden"].as_array().expect("a list") {
            hidden[ours(cell.as_u64().expect("a number") as usize, rows, columns)] = true;
        }
        for interval in case["intervals"].as_array().expect("a list") {
            let cell = ours(interval[0].as_u64().expect("a number") as usize, rows, columns);
            let found = attack(&table, &hidden, &[], cell).expect("hidden");
            let same = close(found.low, interval[1].as_f64(), 1e4) && close(found.high, interval[2].as_f64(), 1e4);
            assert!(same, "{found:?} instead of {interval} in {case}");
        }
    }
}

/// The oracle's own table of 4 segments x 3 regions: the same two cells are unsafe, two more are hidden.
#[test]
fn the_sample_table_is_protected_by_two_secondary_suppressions() {
    let sample = &vectors()["sample"];
    let cells: Vec<Vec<Vec<i64>>> = serde_json::from_value(sample["contributions"].clone()).expect("numbers");
    let (table, at) = of_firms(&cells);
    let protected = protect(&table, &rules(3, "15"), Cost::Value).expect("protected");
    let place = |pair: &Value| at[pair[0].as_u64().expect("row") as usize][pair[1].as_u64().expect("column") as usize];
    let expected: BTreeSet<usize> = ["primary", "secondary"]
        .iter()
        .flat_map(|kind| sample[kind].as_array().expect("a list").iter().map(place))
        .collect();
    let hidden: BTreeSet<usize> = (0..table.cells().len()).filter(|cell| protected.pattern()[*cell]).collect();
    assert_eq!(hidden, expected);
    for (number, primary) in sample["primary"].as_array().expect("a list").iter().enumerate() {
        let found = attack(&table, &protected.pattern(), &[], place(primary)).expect("hidden");
        let wanted = &sample["intervals"][number];
        assert!(close(found.low, wanted[0].as_f64(), 1e4) && close(found.high, wanted[1].as_f64(), 1e4), "{found:?}");
    }
}

/// What every attacker must not be able to conclude, recomputed here from the definitions alone.
fn assert_outside(table: &Table, rules: &Rules, coalition: usize, protected: &Protected, context: &str) {
    let hidden = protected.pattern();
    for (number, cell) in table.cells().iter().enumerate() {
        if rules.assess(cell.contributors()).is_some() {
            assert!(hidden[number], "{context}: unsafe cell {} is shown", cell.title());
            if let Some(breach) = breach(table, rules, coalition, &hidden, number) {
                panic!("{context}: {} lies open: {breach}", cell.title());
            }
        }
    }
}

/// How some attacker gets inside the protection interval of an unsafe cell, if one does.
fn breach(table: &Table, rules: &Rules, coalition: usize, hidden: &[bool], number: usize) -> Option<String> {
    let cell = &table.cells()[number];
    let verdict = rules.assess(cell.contributors()).expect("unsafe");
    let attackers = knowledge(table, hidden, coalition);
    attackers.iter().filter(|(_, known)| !known.contains(&number)).find_map(|(who, known)| {
        let found = attack(table, hidden, known, number).expect("hidden and solved");
        let (mut up, mut down) = (verdict.level.up, verdict.level.down);
        if who.iter().any(|firm| firms_of(table, number).contains_key(firm)) {
            // An insider sees the others' part: that part as a cell of its own, and never more than everybody's level.
            let others = firms_of(table, number).into_iter().filter(|(firm, _)| !who.contains(firm));
            let others: Vec<(String, i64)> = others.collect();
            let listed = others.iter().map(|(firm, value)| (firm.as_str(), *value));
            let reduced = Contributors::new(listed, &BTreeSet::new()).expect("small");
            up = rules.assess(&reduced).map_or(1, |verdict| verdict.level.up).min(up);
            down = down.min(up).min(reduced.total());
        }
        let (value, tolerance) = (cell.value() as f64, 1e-6 * (1.0 + cell.value() as f64));
        let high = found.high.is_some_and(|high| high < value + up as f64 - tolerance);
        let low = found.low.is_some_and(|low| low > value - down as f64 + tolerance);
        (high || low).then(|| format!("{who:?} knowing {known:?} finds {found:?}, needed {up} and {down}"))
    })
}

/// Whether the attacker gets too close to the cell even if everything but public zeros is hidden.
fn hopeless(table: &Table, rules: &Rules, coalition: usize, title: &str) -> bool {
    let everything: Vec<bool> = table.cells().iter().map(|cell| cell.value() != 0).collect();
    let number = table.cells().iter().position(|cell| cell.title() == title).expect("a cell of the table");
    breach(table, rules, coalition, &everything, number).is_some()
}

/// Nobody, and the holdings of each hidden cell that has few, with all hidden cells these fill alone.
fn knowledge(table: &Table, hidden: &[bool], coalition: usize) -> BTreeSet<(BTreeSet<String>, Vec<usize>)> {
    let who = |number: usize| -> BTreeSet<String> { firms_of(table, number).into_keys().collect() };
    let few = |number: &usize| hidden[*number] && (1..=coalition).contains(&who(*number).len());
    let small: Vec<usize> = (0..hidden.len()).filter(few).collect();
    let mut sets: BTreeSet<BTreeSet<String>> = small.iter().map(|number| who(*number)).collect();
    let pairs: Vec<BTreeSet<String>> = sets.iter().flat_map(|a| sets.iter().map(move |b| a | b)).collect();
    sets.extend(pairs.into_iter().filter(|both| both.len() <= coalition));
    let filled = |of: &BTreeSet<String>| small.iter().copied().filter(|number| who(*number).is_subset(of)).collect();
    let insiders: BTreeSet<_> = sets.iter().map(|of| (of.clone(), filled(of))).collect();
    std::iter::once((BTreeSet::new(), Vec::new())).chain(insiders).collect()
}

type Firms = BTreeMap<String, i64>;

/// The firms of a cell, kept aside when the table was made.
fn firms_of(table: &Table, number: usize) -> Firms {
    FIRMS.with_borrow(|firms| firms.get(&table.cells()[number].title()).cloned().unwrap_or_default())
}

thread_local! {
    static FIRMS: std::cell::RefCell<BTreeMap<String, Firms>> = const { std::cell::RefCell::new(BTreeMap::new()) };
}

fn remember(grid: &Grid, entries: &[Entry]) {
    FIRMS.with_borrow_mut(|firms| {
        firms.clear();
        for entry in entries.iter().filter(|entry| entry.value != 0) {
            for cell in grid.cells_of(entry).expect("a cell") {
                let firms = firms.entry(grid.name_of(cell).join(" / ")).or_default();
                *firms.entry(entry.holding.clone()).or_default() += entry.value;
            }
        }
    });
}

/// A tree of two to three regions with one to three districts each.
fn random_tree(rng: &mut impl Rng) -> (Dimension, Vec<String>) {
    let mut above: Vec<(String, String)> = Vec::new();
    let mut leaves = Vec::new();
    for region in 0..rng.random_range(2..=3) {
        above.push((format!("region {region}"), "total".into()));
        for district in 0..rng.random_range(1..=2) {
            leaves.push(format!("district {region}.{district}"));
            above.push((format!("district {region}.{district}"), format!("region {region}")));
        }
    }
    let pairs = above.iter().map(|(child, parent)| (child.as_str(), parent.as_str()));
    (Dimension::tree("region", "total", pairs).expect("a tree"), leaves)
}

/// A hierarchy by a flat dimension, now and then a third; sparse and dense cells, chains with several shops.
fn random_table(rng: &mut impl Rng) -> (Grid, Vec<Entry>) {
    let (tree, leaves) = random_tree(rng);
    let trades = labels("trade ", rng.random_range(2..=3));
    let years = labels("year ", if rng.random_bool(0.1) { 2 } else { 1 });
    let mut dimensions = vec![tree, flat("trade", &trades)];
    if years.len() > 1 {
        dimensions.push(flat("year", &years));
    }
    let grid = Grid::new(dimensions).expect("2 or 3 dimensions");
    let mut entries = Vec::new();
    for leaf in &leaves {
        for trade in &trades {
            let firms = if rng.random_bool(0.2) { rng.random_range(0..3) } else { rng.random_range(3..9) };
            for firm in 0..firms {
                let chain = rng.random_bool(0.1);
                let holding = if chain { "chain".to_owned() } else { format!("{leaf} {trade} {firm}") };
                let size = 10f64.powf(rng.random_range(1.0..4.0));
                for year in &years {
                    let value = (size * rng.random_range(0.8..1.2)) as i64;
                    let place = [leaf.as_str(), trade, year];
                    entries.push(entry(&place[..grid.dimensions().len()], &holding, value));
                }
            }
        }
    }
    (grid, entries)
}

/// Issue: on 1,000 random tables, hierarchies included, the attacker never gets inside a protection interval.
#[test]
fn a_thousand_random_tables_hold_against_the_attacker() {
    let mut rng = ChaCha8Rng::seed_from_u64(20_261_122);
    let (mut primaries, mut secondaries, mut refused) = (0, 0, 0);
    for number in 0..1_000 {
        let (grid, entries) = random_table(&mut rng);
        let table = grid.table(&entries, &BTreeSet::new()).expect("a table");
        let coalition = if number % 5 == 0 { 2 } else { 1 };
        let rules = rules(3, "15").coalition(coalition).expect("below 3");
        let cost = if number % 2 == 0 { Cost::Value } else { Cost::Count };
        remember(&grid, &entries);
        match protect(&table, &rules, cost) {
            Ok(protected) => {
                assert_outside(&table, &rules, coalition as usize, &protected, &format!("table {number}"));
                secondaries += protected.hidden(Why::Secondary);
                primaries += protected.hidden(Why::TooFew) + protected.hidden(Why::Dominated);
            }
            Err(DisclosureError::Unprotectable { cell }) => {
                assert!(
                    hopeless(&table, &rules, coalition as usize, &cell),
                    "table {number}: {cell} could be protected"
                );
                refused += 1;
            }
            Err(other) => panic!("table {number}: {other}"),
        }
    }
    println!("{primaries} unsafe cells, {secondaries} hidden beside them, {refused} tables refused");
    assert!(primaries > 2_000 && secondaries > 1_000, "the tables are worth attacking: {primaries}, {secondaries}");
    assert!(refused < 50, "almost every table can be protected: {refused} were refused");
    assert!(secondaries < 3 * primaries, "{secondaries} cells hidden for {primaries} unsafe ones is too many");
}

fn one_row(cells: &[&[(&str, i64)]]) -> (Grid, Vec<Entry>) {
    let columns = labels("c", cells.len());
    let grid = Grid::new(vec![flat("column", &columns)]).expect("one dimension");
    let firms = |(label, firms): (&String, &&[(&str, i64)])| {
        firms.iter().map(|(holding, value)| entry(&[label], holding, *value)).collect::<Vec<_>>()
    };
    (grid, columns.iter().zip(cells).flat_map(firms).collect())
}

/// Two cells of one firm each: to outsiders they hide each other, but each firm would see the other's figure.
#[test]
fn two_singletons_never_protect_each_other() {
    let (grid, entries) = one_row(&[
        &[("a", 500)],
        &[("b", 400)],
        &[("x", 300), ("y", 290), ("z", 280)],
        &[("u", 900), ("v", 890), ("w", 880)],
    ]);
    let table = grid.table(&entries, &BTreeSet::new()).expect("a table");
    let rules = rules(3, "10");
    let pair = [false, true, true, false, false];
    let outsider = attack(&table, &pair, &[], 1).expect("hidden");
    assert!(outsider.low == Some(0.0) && outsider.high == Some(900.0), "to outsiders both are wide open: {outsider:?}");
    assert_eq!(audit(&table, &rules, &pair), Err(DisclosureError::Exposed { cell: "c1".into() }));
    let protected = protect(&table, &rules, Cost::Value).expect("protected");
    assert_eq!(protected.pattern(), [false, true, true, true, false], "the smallest safe cell is hidden beside them");
    // The same firm in both cells learns nothing new: nothing more has to be hidden.
    let (grid, entries) = one_row(&[&[("a", 500)], &[("a", 400)], &[("x", 300), ("y", 290), ("z", 280)]]);
    let table = grid.table(&entries, &BTreeSet::new()).expect("a table");
    assert!(audit(&table, &rules, &[false, true, true, false]).is_ok());
}

/// Two firms that pool what they know fill two cells; the third cell must not hide behind these alone.
#[test]
fn coalitions_pool_their_cells() {
    let (grid, entries) =
        one_row(&[&[("a", 500)], &[("b", 400)], &[("c", 300)], &[("x", 99), ("y", 98), ("z", 97), ("w", 96)]]);
    let table = grid.table(&entries, &BTreeSet::new()).expect("a table");
    let three = [false, true, true, true, false];
    assert!(audit(&table, &rules(3, "10"), &three).is_ok());
    let pair = rules(3, "10").coalition(2).expect("below 3");
    assert!(matches!(audit(&table, &pair, &three), Err(DisclosureError::Exposed { .. })));
    let protected = protect(&table, &pair, Cost::Value).expect("protected").pattern();
    assert_eq!(protected, [false, true, true, true, true]);
}

/// A hidden total is bounded by its parts: without that knowledge the attacker would look weaker than it is.
#[test]
fn public_bounds_count_for_totals_too() {
    let cell = |name: &str, values: &[i64]| {
        let names = labels(name, values.len());
        let firms = Contributors::new(names.iter().map(String::as_str).zip(values.iter().copied()), &BTreeSet::new());
        Cell::new(vec![name.to_owned()], firms.expect("small"))
    };
    // unsafe + other = total: the total may not exceed 1,300, as everyone knows, hence nor may the unsafe part.
    let cells = |high| {
        let total = cell("total", &[1000, 5, 80, 70, 60]);
        let total = if high { total.within(Bounds { low: Some(0), high: Some(1_300) }) } else { total };
        vec![total, cell("unsafe", &[1000, 5]), cell("other", &[80, 70, 60])]
    };
    let table = |high| Table::new(cells(high), vec![Relation::sum(0, [1, 2])]).expect("balanced");
    let hidden = [true, true, false];
    assert!(audit(&table(false), &rules(2, "10"), &hidden).is_ok());
    assert_eq!(attack(&table(true), &hidden, &[], 1).expect("hidden").high, Some(1_090.0));
    let refused = audit(&table(true), &rules(2, "10"), &hidden);
    assert_eq!(refused, Err(DisclosureError::Exposed { cell: "unsafe".into() }), "it needs 1,105");
}

/// Firm a fills most of the region: from a, only the small rest must stay hidden, and its own part protects nothing.
#[test]
fn an_insider_subtracts_its_own_part_first() {
    let cells: [&[(&str, i64)]; 3] = [&[("a", 9_000)], &[("b", 10)], &[("x", 800), ("y", 790), ("z", 780)]];
    let (_, entries) = one_row(&cells);
    let above = [("region", "total"), ("c0", "region"), ("c1", "region"), ("c2", "total")];
    let grid = Grid::new(vec![Dimension::tree("column", "total", above).expect("a tree")]).expect("a grid");
    let table = grid.table(&entries, &BTreeSet::new()).expect("a table");
    // Against everybody the region needs 900 up and down; firm a knows all but firm b's 10 of it.
    let protected = protect(&table, &rules(3, "10"), Cost::Value).expect("protected");
    assert_eq!(protected.pattern(), [false, true, true, true, true]);
    let open = audit(&table, &rules(3, "10"), &[false, true, true, true, false]);
    assert!(matches!(open, Err(DisclosureError::Exposed { .. })));
}

/// The audit asks for exactly the protection level: one step less is refused.
#[test]
fn the_upper_level_is_needed_to_the_last_step() {
    // p% at 10: x1 = 1000, rest 0, level 100. The hidden partner can give up 100, or only 99.
    for (partner, holds) in [([40i64, 30, 30], true), ([40, 30, 29], false)] {
        let firms = ["x", "y", "z"];
        let partner: Vec<(&str, i64)> = firms.into_iter().zip(partner).collect();
        let (grid, entries) = one_row(&[&[("a", 1000), ("b", 5)], &partner, &[("u", 70), ("v", 70), ("w", 70)]]);
        let table = grid.table(&entries, &BTreeSet::new()).expect("a table");
        let verdict = audit(&table, &rules(2, "10"), &[false, true, true, false]);
        assert_eq!(verdict.is_ok(), holds, "{verdict:?}");
    }
}

#[test]
fn published_cells_cannot_be_hidden_again() {
    let (grid, entries) =
        one_row(&[&[("a", 500)], &[("x", 300), ("y", 290), ("z", 280)], &[("u", 900), ("v", 890), ("w", 880)]]);
    let mut table = grid.table(&entries, &BTreeSet::new()).expect("a table");
    let free = protect(&table, &rules(3, "10"), Cost::Value).expect("protected");
    assert_eq!(free.pattern(), [false, true, true, false]);
    table.mark_public(|cell| ["c1", "total"].contains(&cell.title().as_str()));
    let bound = protect(&table, &rules(3, "10"), Cost::Value).expect("protected");
    assert_eq!(bound.pattern(), [false, true, false, true]);
    table.mark_public(|cell| cell.title() == "c2");
    let none = protect(&table, &rules(3, "10"), Cost::Value);
    assert_eq!(none, Err(DisclosureError::Unprotectable { cell: "c0".into() }));
}

#[test]
fn past_periods_and_linked_tables_are_relations_like_any_other() {
    // The sum of one and two was published before: only two can hide one, and not three, the cheaper partner.
    let firm = |names: [&str; 3], values: [i64; 3]| {
        Contributors::new(names.into_iter().zip(values), &BTreeSet::new()).expect("small")
    };
    let cells = vec![
        Cell::new(
            vec!["total".into()],
            Contributors::new(
                [("a", 500), ("x", 300), ("y", 290), ("z", 280), ("u", 200), ("v", 190), ("w", 180)],
                &BTreeSet::new(),
            )
            .expect("small"),
        ),
        Cell::new(vec!["one".into()], Contributors::new([("a", 500)], &BTreeSet::new()).expect("small")),
        Cell::new(vec!["two".into()], firm(["x", "y", "z"], [300, 290, 280])),
        Cell::new(vec!["three".into()], firm(["u", "v", "w"], [200, 190, 180])),
        Cell::public(vec!["one and two, published before".into()], 1_370),
    ];
    let sum = Relation::sum(0, [1, 2, 3]);
    let linked = Relation::new(vec![(1, 1), (2, 1), (4, -1)]);
    let table = |relations| Table::new(cells.clone(), relations).expect("balanced");
    let alone = protect(&table(vec![sum.clone()]), &rules(3, "10"), Cost::Value).expect("protected");
    assert_eq!(alone.pattern(), [false, true, false, true, false]);
    let both = protect(&table(vec![sum, linked]), &rules(3, "10"), Cost::Value).expect("protected");
    assert_eq!(both.pattern(), [false, true, true, false, false]);
}

#[test]
fn coefficients_beyond_one_are_proved_in_whole_numbers() {
    // 2 a + 3 b = 5 c, all hidden but c: a moves in threes, b in twos.
    let firms = |name: &str, values: &[i64]| {
        let names = labels(name, values.len());
        Contributors::new(names.iter().map(String::as_str).zip(values.iter().copied()), &BTreeSet::new())
            .expect("small")
    };
    let cells = vec![
        Cell::new(vec!["a".into()], firms("a", &[1_000])),
        Cell::new(vec!["b".into()], firms("b", &[500, 300, 200])),
        Cell::public(vec!["c".into()], 1_000),
    ];
    let table = Table::new(cells, vec![Relation::new(vec![(0, 2), (1, 3), (2, -5)])]).expect("balanced");
    let protected = protect(&table, &rules(3, "10"), Cost::Value).expect("protected");
    assert_eq!(protected.pattern(), [true, true, false]);
}

#[test]
fn negative_contributions_are_refused_or_judged_by_their_number() {
    let (grid, entries) = one_row(&[
        &[("a", -500), ("b", 20), ("c", 10)],
        &[("x", 300), ("y", 290)],
        &[("u", 900), ("v", 890), ("w", 880)],
    ]);
    let table = grid.table(&entries, &BTreeSet::new()).expect("a table");
    let strict = protect(&table, &rules(3, "10"), Cost::Value);
    assert_eq!(strict, Err(DisclosureError::Negative { cell: "total".into() }));
    let counted = rules(3, "10").negatives(Negatives::FrequencyOnly);
    let protected = protect(&table, &counted, Cost::Value).expect("protected");
    assert_eq!(protected.get(&["c1".to_owned()]), Some(&Shown::Hidden(Why::TooFew)));
    let at = |name: &str| protected.get(&[name.to_owned()]).cloned();
    assert!([at("c0"), at("c2")].contains(&Some(Shown::Hidden(Why::Secondary))));
}

#[test]
fn hidden_cells_and_parameters_are_nowhere_in_what_is_published() {
    let (grid, entries) = one_row(&[
        &[("a", 51_234)],
        &[("x", 30_001), ("y", 29_002), ("z", 28_003)],
        &[("u", 90_004), ("v", 89_005), ("w", 88_006)],
    ]);
    let table = grid.table(&entries, &BTreeSet::new()).expect("a table");
    let protected = protect(&table, &rules(3, "13.75"), Cost::Value).expect("protected");
    let shown = format!("{protected:?}");
    for secret in ["51234", "87006", "30001", "13.75", "55/4"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("267015") && !format!("{table:?} {entries:?}", entries = entries.len()).contains("51234"));
}

#[test]
fn ratios_show_only_what_both_parts_show() {
    let (grid, spend) =
        one_row(&[&[("a", 500)], &[("x", 300), ("y", 290), ("z", 280)], &[("u", 90), ("v", 89), ("w", 88)]]);
    let staff: Vec<Entry> = spend.iter().map(|e| Entry { value: 7, ..e.clone() }).collect();
    let protected = |entries: &[Entry]| {
        let table = grid.table(entries, &BTreeSet::new()).expect("a table");
        protect(&table, &rules(3, "10"), Cost::Value).expect("protected")
    };
    let ratios = protected(&spend).ratios(&protected(&staff));
    let of = |name: &str| ratios.iter().find(|ratio| ratio.name[0] == name).expect("there").parts;
    assert_eq!(of("total"), Ok((1_637, 49)));
    assert_eq!(of("c0"), Err(Why::TooFew));
    assert_eq!(of("c2"), Err(Why::Secondary));
}

//! Real sets: encrypted, added and opened, they give the known answers.

use crate::tests::world::{World, metric, poll};
use crate::{Answer, Kind, Mode, Opened, Packing, Row, Share};
use std::collections::{BTreeMap, BTreeSet};

/// A data file beside the project; without it the test is skipped, with a word.
fn shared(name: &str) -> Option<String> {
    let path = format!("{}/../../../shared/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: {name} is not beside the project (../shared/data)");
    }
    text
}

fn column(header: &str, name: &str) -> usize {
    header.split(',').position(|column| column == name).expect("the column")
}

#[test]
fn telco_churn_by_contract_is_the_known_one() {
    let Some(text) = shared("telco_churn/wa_churn.csv") else { return };
    let (header, lines) = text.split_once('\n').expect("a header");
    let (churn, contract) = (column(header, "churn"), column(header, "contract"));
    let names = ["Month-to-month", "One year", "Two year"];
    let rows: Vec<Row> = lines
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let group = names.iter().position(|name| *name == cells[contract]).expect("a contract");
            Row { group, answers: vec![Answer::Yes(cells[churn] == "Yes")] }
        })
        .collect();
    for mode in [Mode::Owner, Mode::Respondents] {
        let mut poll = poll(mode, Packing::Full, 3, 10_000);
        poll.groups = names.map(str::to_owned).into();
        poll.metrics = vec![metric("churn", Kind::Rate(Share::Churn))];
        let world = World::new(poll);
        let opened = world.open(&world.evaluate(&[world.upload(&rows)])).expect("opens");
        let found: Vec<(Option<i64>, i64)> = opened.iter().map(|o| (o.total, o.answers)).collect();
        assert_eq!(found, [(Some(1655), 3875), (Some(166), 1473), (Some(48), 1695)]);
    }
}

#[test]
fn cdnow_repeat_purchase_and_spend_are_the_known_ones_to_the_cent() {
    let Some(text) = shared("cdnow/CDNOW_master.txt") else { return };
    let mut customers: BTreeMap<&str, (BTreeSet<&str>, i64)> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let cents: i64 = cells[3].replace('.', "").parse().expect("cents");
        let customer = customers.entry(cells[0]).or_default();
        customer.0.insert(cells[1]);
        customer.1 += cents;
    }
    let rows: Vec<Row> = customers
        .values()
        .map(|(days, cents)| Row {
            group: 0,
            answers: vec![Answer::Yes(days.len() > 1), Answer::Number(*cents), Answer::Bin(days.len().min(10) - 1)],
        })
        .collect();
    let mut poll = poll(Mode::Owner, Packing::Full, 0, 30_000);
    poll.metrics = vec![
        metric("repeat purchase", Kind::Rate(Share::RepeatPurchase)),
        metric("spent, cents", Kind::Sum { low: 0, high: 2_000_000 }),
        metric("days", Kind::Histogram { bins: (1..=10).map(|n| n.to_string()).collect() }),
    ];
    let world = World::new(poll);
    let opened = world.open(&world.evaluate(&[world.upload(&rows)])).expect("opens");
    let [repeat, spent, days] = &opened[..] else { panic!("three metrics") };
    assert_eq!(repeat.answers, 23_570);
    assert_eq!(repeat.total.map(|t| format!("{:.8}", t as f64 / 23_570.0)), Some("0.48858719".to_owned()));
    assert_eq!(spent.total, Some(250_031_563));
    assert_eq!(repeat.total, Some(days.bins[1..].iter().sum()));
}

/// Five stars by tenure: a stand-in for ratings on real rows, compared with counting in the clear.
#[test]
fn stars_and_satisfaction_items_of_real_customers_equal_the_clear_counts() {
    let Some(text) = shared("telco_churn/wa_churn.csv") else { return };
    let (header, lines) = text.split_once('\n').expect("a header");
    let (tenure, charges) = (column(header, "tenure"), column(header, "monthly_charges"));
    let mut poll = poll(Mode::Respondents, Packing::Full, 0, 10_000);
    poll.metrics = vec![
        metric("stars", Kind::Csat { low: 1, high: 5, satisfied: 4 }),
        metric("items", Kind::TrustIndex { low: 1, high: 5, weights: vec![2, 3] }),
        metric("nps", Kind::Nps),
    ];
    let rows: Vec<Row> = lines
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let months: i64 = cells[tenure].parse().expect("months");
            let dollars: f64 = cells[charges].parse().expect("dollars");
            let (stars, price) = ((1 + months / 15).min(5), 5 - (dollars / 25.0) as i64);
            let items = Answer::Items(vec![stars, price.max(1)]);
            Row { group: 0, answers: vec![Answer::Number(stars), items, Answer::Number((months / 7).min(10))] }
        })
        .collect();
    let want: Vec<Opened> = crate::tests::world::clear(&poll, &rows);
    let world = World::new(poll);
    assert_eq!(world.open(&world.evaluate(&[world.upload(&rows)])), Ok(want));
}

//! Twenty bars of Austin, twelve months: places and quartiles on ciphertexts equal those in the clear.
//!
//! ```sh
//! cargo test --release -p guildhall-he --features tfhe --test austin -- --ignored --nocapture
//! ```
#![cfg(feature = "tfhe")]
#![allow(clippy::unwrap_used, reason = "tests")]

use cpu_time::ProcessTime;
use guildhall_he::compare::{EncryptionKey, Evaluator, Figure, OpeningKey, Pads, Plan, Upload, Width};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

const MEMBERS: usize = 20;

/// Receipts in whole dollars by month, one a member: the first twenty permits with all twelve months.
fn months() -> Option<Vec<(String, Vec<u64>)>> {
    let file = "../../../shared/data/tx_mixbev/tx_mixbev_austin_2016-10_2017-09.csv";
    let mut reader = csv::Reader::from_path(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).ok()?;
    let mut members: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let dollars = row[5].split('.').next().unwrap().parse().unwrap();
        members.entry(row[0].to_owned()).or_default().insert(row[1].to_owned(), dollars);
    }
    let whole: Vec<_> = members.into_values().filter(|months| months.len() == 12).take(MEMBERS).collect();
    assert_eq!(whole.len(), MEMBERS);
    let month = |name: &String| (name.clone(), whole.iter().map(|months| months[name]).collect());
    Some(whole[0].keys().map(month).collect())
}

struct Keys {
    open: OpeningKey,
    encrypt: EncryptionKey,
    evaluate: Evaluator,
}

impl Keys {
    fn new() -> Self {
        let open = OpeningKey::generate().unwrap();
        let encrypt = open.encryption_key().unwrap();
        let evaluate = Evaluator::new(&open.evaluation_key().unwrap()).unwrap();
        Self { open, encrypt, evaluate }
    }

    /// Places of all and the quartiles, compared with those in the clear.
    fn compare(&self, month: &str, figures: &[u64]) {
        let width = Width::of_range(*figures.iter().max().unwrap()).unwrap();
        let plan = Plan::new(MEMBERS, width, [1, 2, 3].map(|n| Plan::nearest_rank(MEMBERS, n, 4))).unwrap();
        let sealed = |&figure: &u64| Upload::encrypt(&self.encrypt, &Figure::new(figure, width).unwrap()).unwrap();
        let (uploads, pads): (Vec<Upload>, Vec<Pads>) = figures.iter().map(sealed).unzip();
        let (cpu, wall, before) = (ProcessTime::now(), Instant::now(), self.evaluate.bootstraps());
        let results = self.evaluate.evaluate(&plan, &uploads, |_| ()).unwrap();
        println!(
            "{month}: {} bits, {} bootstraps, {:.1} s CPU, {:.1} s wall",
            width.bits(),
            self.evaluate.bootstraps() - before,
            cpu.elapsed().as_secs_f64(),
            wall.elapsed().as_secs_f64()
        );
        let opened = results.open(&self.open).unwrap();
        let mut sorted = figures.to_vec();
        sorted.sort_unstable();
        assert_eq!(opened.orders, [4, 9, 14].map(|order| sorted[order]), "{month}");
        for ((own, pads), masked) in figures.iter().zip(&pads).zip(opened.places) {
            let place = pads.unmask(masked, MEMBERS).unwrap();
            assert_eq!(place.below, figures.iter().filter(|other| *other < own).count(), "{month}");
            assert_eq!(place.above, figures.iter().filter(|other| *other > own).count(), "{month}");
        }
    }
}

/// Real figures in every run: the first month, in steps of which 15 reach the largest receipts, so that it takes seconds.
#[test]
fn a_month_of_twenty_bars_in_coarse_steps_equals_the_clear_places_and_quartiles() {
    let Some(months) = months() else {
        println!("skipped: the Austin receipts are not here");
        return;
    };
    let (month, figures) = &months[0];
    let step = figures.iter().max().unwrap() / 15 + 1;
    Keys::new().compare(month, &figures.iter().map(|figure| figure / step).collect::<Vec<_>>());
}

#[test]
#[ignore = "minutes in a release build, an hour in another: twelve comparisons of twenty members"]
fn twelve_months_of_twenty_bars_equal_the_clear_places_and_quartiles() {
    let Some(months) = months() else {
        println!("skipped: the Austin receipts are not here");
        return;
    };
    let keys = Keys::new();
    months.iter().for_each(|(month, figures)| keys.compare(month, figures));
}

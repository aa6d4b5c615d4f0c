//! Comparisons of 16-bit figures: ours and the integers of TFHE-rs, with the same parameters, in one run.
//!
//! ```sh
//! cargo run --release --manifest-path benches/peers/tfhe/Cargo.toml
//! ```
//!
//! CPU time of all threads, least of several repetitions; keys, encryption and opening are outside the clock.

use cpu_time::ProcessTime;
use guildhall_he::compare::{Evaluator, Figure, OpeningKey, Plan, Upload, Width};
use std::hint::black_box;
use tfhe::prelude::{FheDecrypt, FheEncrypt, FheMax, FheOrd};
use tfhe::{ClientKey, Config, ConfigBuilder, FheUint16, ServerKey, set_server_key};

const FIGURES: [u64; 5] = [41_700, 980, 41_700, 65_535, 12_345];

/// Milliseconds, the least of several runs.
fn least(runs: usize, mut work: impl FnMut()) -> f64 {
    let once = |()| {
        let start = ProcessTime::now();
        work();
        start.elapsed().as_secs_f64() * 1e3
    };
    std::iter::repeat_n((), runs).map(once).fold(f64::INFINITY, f64::min)
}

/// Ours: members, order statistics that are selected; CPU milliseconds and bootstraps.
fn ours(members: usize, orders: &[usize]) -> (f64, usize) {
    let width = Width::new(16).expect("a width");
    let plan = Plan::new(members, width, orders).expect("a plan");
    let key = OpeningKey::generate().expect("a key");
    let public = key.encryption_key().expect("a key");
    let evaluator = Evaluator::new(&key.evaluation_key().expect("a key")).expect("an evaluator");
    let sealed =
        |figure: &u64| Upload::encrypt(&public, &Figure::new(*figure, width).expect("fits")).expect("encrypted");
    let (uploads, _pads): (Vec<_>, Vec<_>) = FIGURES.iter().take(members).map(sealed).unzip();
    let time = least(3, || drop(black_box(evaluator.evaluate(&plan, &uploads, |_| ()).expect("evaluated"))));
    (time, plan.bootstraps())
}

fn main() {
    let config: Config = ConfigBuilder::default().build();
    let client = ClientKey::generate(config);
    set_server_key(ServerKey::new(&client));
    let sealed: Vec<FheUint16> = FIGURES.iter().map(|figure| FheUint16::encrypt(*figure as u16, &client)).collect();
    let (first, second) = (&sealed[0], &sealed[1]);
    let gt = least(5, || drop(black_box(first.gt(second))));
    let max = least(3, || drop(black_box(first.max(second))));
    let largest = || sealed.iter().skip(1).fold(sealed[0].clone(), |largest, next| largest.max(next));
    let opened: u16 = largest().decrypt(&client);
    assert_eq!(u64::from(opened), 65_535);
    let max_of_five = least(2, || drop(black_box(largest())));
    let (pair, pair_bootstraps) = ours(2, &[]);
    let (places, places_bootstraps) = ours(5, &[]);
    let (with_largest, with_largest_bootstraps) = ours(5, &[4]);
    let one = places / places_bootstraps as f64;
    println!("one bootstrap of ours: {one:.1} ms");
    println!("TFHE-rs FheUint16 gt:               {gt:8.0} ms, as long as {:.1} bootstraps", gt / one);
    println!("TFHE-rs FheUint16 max:              {max:8.0} ms, as long as {:.1} bootstraps", max / one);
    println!("TFHE-rs largest of 5 by max:        {max_of_five:8.0} ms");
    println!("ours, one pair, larger and smaller: {pair:8.0} ms, {pair_bootstraps} bootstraps");
    println!("ours, places of 5:                  {places:8.0} ms, {places_bootstraps} bootstraps");
    println!("ours, places and largest of 5:      {with_largest:8.0} ms, {with_largest_bootstraps} bootstraps");
}

//! How fast the scanner is: `cargo bench -p guildhall-data --bench discover`.
//!
//! Running text without and with personal data, and a table whose every column holds some; CPU time of one thread.
//! With a file as argument (`-- FILE`), that file instead, so that `benches/peers/discover.py` compares on the same text.

use guildhall_data::discover::{Hints, ScanOptions, find, scan};
use std::hint::black_box;
use std::time::Duration;

/// Median of this many turns.
const TURNS: usize = 9;

fn main() {
    let file = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if let Some(text) = file.and_then(|file| std::fs::read_to_string(file).ok()) {
        report("the file", text.len(), || text.lines().map(|line| find(line, Hints::default()).len()).sum());
        return;
    }
    let prose = "The committee met on Tuesday and agreed, after a long discussion, to send the draft to all members. "
        .repeat(40_000);
    report("prose", prose.len(), || find(&prose, Hints::default()).len());
    let mixed = mixed();
    report("text with personal data", mixed.len(), || find(&mixed, Hints::default()).len());
    let folder = std::env::temp_dir().join(format!("guildhall-discover-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    let path = folder.join("customers.csv");
    let table = table();
    std::fs::write(&path, &table).expect("the temporary folder can be written");
    let files = [path];
    report("table of customers", table.len(), || {
        scan(&files, &ScanOptions::default(), &mut |_| {}).map_or(0, |scan| scan.files.len())
    });
    std::fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
}

fn mixed() -> String {
    (0..20_000)
        .map(|n| format!("Line {n}: Jo Smith <jo{n}@example.org> called from +44 20 7946 0{:03} about card 4111 1111 1111 1111; see https://example.org/{n} or ask the desk again on 2026-05-0{}.\n", n % 1000, 1 + n % 9))
        .collect()
}

fn table() -> String {
    let mut table = String::from("id,email,phone,birth date,street,postcode,iban,ip,amount,note\n");
    for n in 0..60_000u32 {
        table.push_str(&format!("{n},c{n}@example.org,020 7946 {:04},19{:02}-0{}-1{},High Street {},SW1A {}AA,GB82WEST12345698765432,192.0.{}.{},{}.50,nothing to add about order {n}\n", n % 10_000, n % 90 + 10, n % 9 + 1, n % 9, n % 200, n % 9, n % 250, n % 250, n % 1000));
    }
    table
}

fn report(what: &str, bytes: usize, mut turn: impl FnMut() -> usize) {
    let mut times: Vec<Duration> = (0..TURNS)
        .map(|_| {
            let start = cpu_time::ThreadTime::now();
            black_box(turn());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let median = times[TURNS / 2];
    println!(
        "{what:<28} {:>8.1} MB {:>8.1} ms {:>8.1} MB/s",
        bytes as f64 / 1e6,
        median.as_secs_f64() * 1e3,
        bytes as f64 / 1e6 / median.as_secs_f64()
    );
}

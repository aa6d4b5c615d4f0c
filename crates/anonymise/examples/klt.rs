//! CPU seconds of k, l and t of a table, for the comparison in `benches/peers/anonymity.py`.
//!
//! Usage: `klt FILE DELIMITER SENSITIVE QUASI...`; the best of seven turns, parsing apart.

use cpu_time::ThreadTime;
use guildhall_anonymise::{Classes, Table};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, delimiter, sensitive, quasi @ ..] = args.as_slice() else {
        return Err("usage: klt FILE DELIMITER SENSITIVE QUASI...".into());
    };
    let start = ThreadTime::now();
    let delimiter = delimiter.bytes().next().unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_path(file)?;
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
    let table = Table::of(&names, rows.iter().map(|row| row.iter()))?;
    let parse = start.elapsed().as_secs_f64();
    let mut best = f64::INFINITY;
    let mut found = (0, 0, 0.0);
    for _ in 0..7 {
        let start = ThreadTime::now();
        let classes = Classes::of(&table, quasi)?;
        let figures = classes.sensitive(&table, sensitive, None)?;
        best = best.min(start.elapsed().as_secs_f64());
        found = (classes.k(), figures.distinct_l, figures.equal_t);
    }
    println!("{{\"k\": {}, \"l\": {}, \"t\": {}, \"cpu_s\": {best}, \"parse_s\": {parse}}}", found.0, found.1, found.2);
    Ok(())
}

//! CPU seconds of the scanner on the lines of a text, for the comparison in `benches/peers/discover.py`.
//!
//! Usage: `findings FILE LINES`; the first so many lines, one by one, the best of seven turns, reading apart.

use cpu_time::ThreadTime;
use guildhall_data::discover::{Hints, find};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(lines)) = (args.next(), args.next()) else {
        return Err("usage: findings FILE LINES".into());
    };
    let text = std::fs::read_to_string(file)?;
    let lines: Vec<&str> = text.split('\n').take(lines.parse()?).collect();
    let (mut best, mut found) = (f64::INFINITY, 0);
    for _ in 0..7 {
        let start = ThreadTime::now();
        found = lines.iter().map(|line| find(line, Hints::default()).len()).sum();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{{\"found\": {found}, \"cpu_s\": {best}}}");
    Ok(())
}

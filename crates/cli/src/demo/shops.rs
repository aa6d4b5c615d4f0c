//! The generated town: market stalls with realistic skew, seasons, gaps and a few dirty rows.
//!
//! Everything follows from the seed. A stall's size is lognormal (sigma 0.7: the largest of 200 sells
//! about forty times what the smallest does), its baskets are lognormal around a level of its own, its
//! months follow the season of its trade, and it stays closed in about one month of thirty. Six
//! rows are dirty: amounts that are missing or no number, and returned goods.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Trades with the strength of each month, in percent of an average one.
const TRADES: [(&str, [u32; 12]); 5] = [
    ("bread", [95, 95, 100, 100, 100, 95, 90, 85, 100, 105, 110, 125]),
    ("flowers", [70, 110, 105, 120, 160, 115, 90, 80, 90, 80, 80, 100]),
    ("books", [85, 80, 85, 90, 95, 95, 90, 90, 95, 100, 120, 175]),
    ("clothing", [85, 75, 105, 115, 105, 95, 85, 80, 110, 115, 105, 125]),
    ("cheese", [90, 90, 95, 105, 100, 95, 90, 90, 100, 105, 110, 130]),
];
const DIRTY_ROWS: usize = 6;

/// A town: the file its stalls export, and the truth behind it.
pub(crate) struct Town {
    /// One CSV file with the receipts of all stalls.
    pub(crate) csv: Vec<u8>,
    /// Figures per stall in the order of the study: sales, basket, regulars, each by month.
    pub(crate) figures: BTreeMap<String, Vec<Option<i64>>>,
    /// Trade of each stall.
    pub(crate) trades: BTreeMap<String, &'static str>,
}

/// Receipts of one stall in one month.
#[derive(Default)]
struct Month {
    cents: i64,
    receipts: i64,
    regulars: i64,
}

impl Town {
    /// The town of this many stalls that the seed stands for.
    pub(crate) fn new(stalls: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut csv = String::from("date,shop,trade,receipt,amount,regular\n");
        let mut town = Self { csv: Vec::new(), figures: BTreeMap::new(), trades: BTreeMap::new() };
        for stall in 1..=stalls {
            let name = format!("stall-{stall:04}");
            let (trade, season) = TRADES[rng.random_range(0..TRADES.len())];
            let months = open_stall(&mut rng, &mut csv, &name, trade, season);
            if stall <= DIRTY_ROWS {
                dirty(&mut csv, &name, trade, stall);
            }
            town.figures.insert(name.clone(), figures(&months));
            town.trades.insert(name, trade);
        }
        town.csv = csv.into_bytes();
        town
    }

    /// The clear figures of the stalls for which `counts` holds, one figure of the study.
    pub(crate) fn clear(&self, figure: usize, counts: impl Fn(&str, &str) -> bool) -> Vec<i64> {
        let of = |(name, figures): (&String, &Vec<Option<i64>>)| {
            let trade = self.trades.get(name)?;
            figures.get(figure).copied().flatten().filter(|_| counts(name, trade))
        };
        let mut values: Vec<i64> = self.figures.iter().filter_map(of).collect();
        values.sort_unstable();
        values
    }
}

/// A year of one stall: rows into the file, totals back.
fn open_stall(
    rng: &mut ChaCha8Rng,
    csv: &mut String,
    name: &str,
    trade: &str,
    season: [u32; 12],
) -> Vec<Option<Month>> {
    let size = sample(rng, 14f64.ln(), 0.7);
    let level = sample(rng, 24f64.ln(), 0.45);
    let loyal = rng.random_range(0.15..0.75);
    (1..=12usize)
        .zip(season)
        .map(|(month, strength)| {
            if rng.random_bool(1.0 / 30.0) {
                return None;
            }
            let receipts = (size * f64::from(strength) / 100.0 * sample(rng, 0.0, 0.15)).round().clamp(1.0, 400.0);
            let mut total = Month::default();
            for receipt in 1..=receipts as u32 {
                let cents = (sample(rng, level.ln(), 0.5) * 100.0).round().clamp(50.0, 100_000.0) as i64;
                let regular = rng.random_bool(loyal);
                let day = rng.random_range(1..=28);
                let (euros, rest) = (cents / 100, cents % 100);
                let yes = u8::from(regular);
                let _ = writeln!(
                    csv,
                    "2025-{month:02}-{day:02},{name},{trade},{month:02}{receipt:04},{euros}.{rest:02},{yes}"
                );
                total.cents += cents;
                total.receipts += 1;
                total.regulars += i64::from(yes);
            }
            Some(total)
        })
        .collect()
}

/// Rows that a real export has too; the study says to skip them, and the report counts them.
fn dirty(csv: &mut String, name: &str, trade: &str, kind: usize) {
    let amount = ["", "n/a", "-12.50", "12,50 EUR", "-3.00", "?"].get((kind - 1) % DIRTY_ROWS).unwrap_or(&"");
    let quoted = if amount.contains(',') { format!("\"{amount}\"") } else { (*amount).to_owned() };
    let _ = writeln!(csv, "2025-06-15,{name},{trade},x{kind},{quoted},0");
}

/// Sales by month, then basket by month, then regulars by month, as the study's SQL has them.
fn figures(months: &[Option<Month>]) -> Vec<Option<i64>> {
    let each = |f: fn(&Month) -> i64| months.iter().map(move |m| m.as_ref().map(f));
    let sales = each(|m| m.cents);
    let basket = each(|m| m.cents / m.receipts);
    let regulars = each(|m| 1000 * m.regulars / m.receipts);
    sales.chain(basket).chain(regulars).collect()
}

fn sample(rng: &mut ChaCha8Rng, mu: f64, sigma: f64) -> f64 {
    // A lognormal with finite, non-negative sigma always exists.
    LogNormal::new(mu, sigma).map_or(1.0, |law| law.sample(rng))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides_everything() {
        assert_eq!(Town::new(20, 7).csv, Town::new(20, 7).csv);
        assert_ne!(Town::new(20, 7).csv, Town::new(20, 8).csv);
    }

    #[test]
    fn sales_are_skewed_and_some_months_are_missing() {
        let town = Town::new(200, 1);
        let december = town.clear(11, |_, _| true);
        let (median, largest) = (december[december.len() / 2], december[december.len() - 1]);
        assert!(largest > 4 * median, "{largest} against a median of {median}");
        assert!(december.len() < 200 && december.len() > 180);
    }
}

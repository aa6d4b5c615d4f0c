//! Statistical disclosure control: tables of exact figures in which nobody's own figure can be worked out.
//!
//! # Order of decisions
//! 1. Contributions are summed per holding; contributions below zero are refused unless the rules say otherwise.
//! 2. Minimum frequency, then concentration ([`Rules`]): unsafe cells get a protection level, the largest that any
//!    broken rule asks for, and the reason of the first.
//! 3. Secondary suppression ([`protect`]) over all relations, for every attacker, then showing again what was hidden
//!    in vain. The audit makes the [`Protected`] table; hidden cells are not in it.
//! 4. Differencing ([`Release::check`]) against every earlier release; the release is logged before it is published.
//!
//! Source: SDC Handbook (Hundepool et al.), chapter 4. Independent implementations of the rules, the attacker and the
//! gate gave the recorded answers among the tests.
//!
//! # Privacy
//! This is not differential privacy: it bounds how closely a contribution can be estimated, by intruders who know
//! what is stated in [`Bounds`] and no more, and the choice of hidden cells depends on the figures. Where noise is
//! used, it comes between steps 2 and 3.
//!
//! ```
//! use guildhall_dp::disclosure::{Concentration, Cost, Dimension, Entry, Grid, Rules, Shown, Why, protect};
//! use std::collections::BTreeSet;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let grid = Grid::new(vec![
//!     Dimension::flat("region", "all", ["east", "west"])?,
//!     Dimension::flat("trade", "all", ["bar", "hotel", "shop"])?,
//! ])?;
//! let mut entries = Vec::new();
//! for (region, trade, figures) in [
//!     ("east", "bar", [900, 20, 10]), // one firm is most of it
//!     ("east", "hotel", [80, 70, 60]),
//!     ("east", "shop", [200, 190, 150]),
//!     ("west", "bar", [90, 85, 80]),
//!     ("west", "hotel", [300, 290, 280]),
//!     ("west", "shop", [150, 140, 130]),
//! ] {
//!     for (number, value) in figures.into_iter().enumerate() {
//!         entries.push(Entry {
//!             categories: vec![region.into(), trade.into()],
//!             holding: format!("{region} {trade} {number}"),
//!             period: "2026".into(),
//!             value,
//!         });
//!     }
//! }
//! let table = grid.table(&entries, &BTreeSet::new())?;
//! let rules = Rules::new(3)?.with(Concentration::Percent { p: "10".parse()? })?;
//! let protected = protect(&table, &rules, Cost::Value)?;
//!
//! let name = |region: &str, trade: &str| [region.to_owned(), trade.to_owned()];
//! assert_eq!(protected.get(&name("east", "bar")), Some(&Shown::Hidden(Why::Dominated)));
//! assert_eq!(protected.get(&name("all", "all")), Some(&Shown::Value(3_225)));
//! assert_eq!(protected.hidden(Why::Secondary), 3); // one more per row and column
//! # Ok(())
//! # }
//! ```
//!
//! Not here: microdata, rounding, cell keys; reading files and keeping the log (the command line does both).

mod audit;
mod contributors;
mod error;
mod gate;
mod goals;
mod grid;
mod lp;
mod release;
mod rules;
mod suppress;
mod table;
#[cfg(test)]
mod tests;
mod window;
mod witness;

pub use audit::{Protected, Ratio, Shown};
pub use contributors::Contributors;
pub use error::DisclosureError;
pub use gate::Sums;
pub use grid::{Dimension, Entry, Grid};
pub use lp::{Interval, attack};
pub use release::{Release, ReleasedCell};
pub use rules::{Concentration, Level, Negatives, Rules, Unsafe, Why};
pub use suppress::{Cost, audit, protect};
pub use table::{Bounds, Cell, MAX_CELLS, Relation, Table};

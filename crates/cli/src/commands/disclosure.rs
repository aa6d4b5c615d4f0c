//! `guildhall disclosure check` and `guildhall disclosure protect`: a table of exact figures without anyone's own.
//!
//! Files are read by the same strict loader as a study's; rules and attacker are `guildhall_dp::disclosure`. The log
//! of releases is durable before a table is written: a crash may log what was never published, never the reverse.

mod log;
mod output;
mod policy;
mod rows;

use crate::ui::Ui;
use crate::{Failure, Place, Problem, round};
use clap::{Args, Subcommand};
use guildhall_data::{Import, Input, Limits, load};
use guildhall_dp::disclosure::{DisclosureError, Entry, Grid, Protected, Release, Table, protect};
use log::ReleaseLog;
use policy::{Amount, Policy};
use rows::Rows;
use std::path::{Path, PathBuf};

/// What to do with a table of figures.
#[derive(Debug, Subcommand)]
pub(crate) enum Disclosure {
    /// Show what would be hidden and why; for your own eyes
    ///
    /// The answer names hidden cells with their number of firms and largest contributions. Do not pass it on.
    Check(Check),
    /// Hide what gives firms away, and write the table to publish
    ///
    /// The release is compared with every earlier one in the log, and logged before anything is written. The log
    /// lists who contributed what: keep it as secret as the data, and for as long as releases are published.
    Protect(Protect),
}

/// Shows what would be hidden and why, without logging or writing anything.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall disclosure check policy.toml --data contributions.csv
  guildhall disclosure check policy.toml --data contributions.csv --log releases.log")]
pub(crate) struct Check {
    /// The policy file: columns, dimensions, rules
    policy: PathBuf,
    /// The contributions: CSV (also .gz) or XLSX, appended in this order
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Compare with the releases in this log as well
    #[arg(long)]
    log: Option<PathBuf>,
}

/// Hides what gives firms away, checks against earlier releases, and writes the table.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall disclosure protect policy.toml --data contributions.csv --log releases.log --out table
  guildhall disclosure protect policy.toml --data q1.csv q2.csv --log releases.log --out table --json")]
pub(crate) struct Protect {
    /// The policy file: columns, dimensions, rules
    policy: PathBuf,
    /// The contributions: CSV (also .gz) or XLSX, appended in this order
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// The log of all releases of these data: secret, made if it is not there
    #[arg(long)]
    log: PathBuf,
    /// Where to write table.html, table.csv and table.json; a folder that is new or empty
    #[arg(long)]
    out: PathBuf,
}

/// Finds every mistake in the text of a policy.
///
/// # Errors
/// Every mistake, with line, column and remedy.
pub(crate) fn check_policy(path: &Path, text: &str) -> Result<(), Failure> {
    Policy::parse(path, text).map(drop)
}

impl Disclosure {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        match self {
            Self::Check(check) => check.run(ui),
            Self::Protect(protect) => protect.run(ui),
        }
    }
}

impl Check {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let policy = Policy::read(&self.policy)?;
        let log = self.log.as_deref().map(ReleaseLog::existing).transpose()?;
        log.as_ref().map(|log| log.check_data_set(&policy.data_set)).transpose()?;
        let earlier = log.map(|log| log.releases()).transpose()?;
        let made = Made::of(&self.policy, policy, &self.data, &earlier.unwrap_or_default())?;
        made.notes(ui);
        let checked: Vec<_> = made.parts.iter().map(|part| output::Checked { policy: &made.policy, part }).collect();
        ui.out(&if ui.json() { output::checked_json(&checked) } else { output::checked_text(&checked) })
    }
}

impl Protect {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        round::check_free(&self.out)?;
        let mut log = ReleaseLog::open(&self.log)?;
        let made = loop {
            let (earlier, policy) = (log.releases()?, Policy::read(&self.policy)?);
            log.check_data_set(&policy.data_set)?;
            let made = Made::of(&self.policy, policy, &self.data, &earlier)?;
            log.bind(&made.policy.data_set)?;
            // Another publisher may have been faster: then everything is compared again with what it logged.
            if made.log(&mut log, earlier)? {
                break made;
            }
        };
        made.notes(ui);
        let table = output::Published { policy: &made.policy, parts: &made.parts };
        round::write_folder(&self.out, &table.files())?;
        ui.note(&format!(
            "wrote {}; logged as {:?} in {} (secret; keep it)",
            self.out.display(),
            made.policy.id,
            self.log.display()
        ));
        ui.out(&if ui.json() { table.json() } else { table.text() })
    }
}

/// Protected tables that may be published beside the earlier releases, and how they came about: one, or the numerator
/// and the denominator of a ratio.
struct Made {
    policy: Policy,
    parts: Vec<Part>,
    import: Import,
}

/// One table of sums.
pub(crate) struct Part {
    amount: Amount,
    table: Table,
    protected: Protected,
    release: Release,
}

impl Made {
    fn of(path: &Path, policy: Policy, data: &[PathBuf], earlier: &[Release]) -> Result<Self, Failure> {
        let inputs: Vec<Input> = data.iter().map(|path| Input::Path(path.clone())).collect();
        let mut rows = Rows::new(&policy);
        let import = load(&policy.data, &inputs, &Limits::default(), &mut rows).map_err(round::data_failure)?;
        let refused = |error: DisclosureError| refusal(path, &error);
        let grid = Grid::new(policy.dimensions(&rows).map_err(refused)?).map_err(refused)?;
        let mut parts = Vec::new();
        for (which, amount) in std::iter::once(&policy.value).chain(&policy.denominator).enumerate() {
            let part = Part::of(&policy, &grid, &rows.entries(which), amount, which, earlier);
            parts.push(part.map_err(refused)?);
        }
        Ok(Self { policy, parts, import })
    }

    /// Logs every part, all before anything is written; `false` if someone else appended first.
    fn log(&self, log: &mut ReleaseLog, mut earlier: Vec<Release>) -> Result<bool, Failure> {
        for part in &self.parts {
            let known = earlier.iter().any(|other| other.name == part.release.name);
            if !log.append(&earlier, &part.release)? {
                return Ok(false);
            }
            if !known {
                earlier.push(part.release.clone());
            }
        }
        Ok(true)
    }

    fn notes(&self, ui: &Ui) {
        let Import { rows_read, rows_kept, skipped, notes, .. } = &self.import;
        ui.note(&format!("{rows_read} rows read, {rows_kept} used"));
        skipped
            .iter()
            .filter(|s| s.rows > 0)
            .for_each(|s| ui.note(&format!("note: {} rows left out: {}", s.rows, s.reason)));
        notes.iter().for_each(|note| ui.note(&format!("note: {note}")));
    }
}

impl Part {
    fn of(
        policy: &Policy,
        grid: &Grid,
        entries: &[Entry],
        amount: &Amount,
        which: usize,
        earlier: &[Release],
    ) -> Result<Self, DisclosureError> {
        // The denominator is a release of its own; no id of a table ends so.
        let suffix = if which == 0 { "" } else { DENOMINATOR };
        let name = format!("{}{suffix}", policy.id);
        let variable = if which == 0 { &policy.variable } else { &amount.column };
        // The release of this very name is itself, written again; with other content the log refuses it.
        let earlier: Vec<Release> = earlier.iter().filter(|other| other.name != name).cloned().collect();
        let mut table = grid.table(entries, &policy.waived)?;
        let known = Release::every_cell(&name, variable, grid, entries)?.knows(&earlier);
        table.mark_public(|cell| known.contains(cell.name()));
        let protected = protect(&table, &policy.rules, policy.cost)?;
        let release = Release::of(&name, variable, grid, entries, &protected)?;
        release.check(&earlier, &policy.rules, &policy.waived)?;
        Ok(Self { amount: amount.clone(), table, protected, release })
    }
}

/// Ends the name of a denominator's release.
const DENOMINATOR: &str = " / denominator";

/// A refusal with its code.
fn refusal(policy: &Path, error: &DisclosureError) -> Failure {
    let (code, remedy) = match error {
        DisclosureError::Difference { .. } => ("P0622", "publish the same groups as before, or wait for new data"),
        DisclosureError::Unprotectable { .. } | DisclosureError::Exposed { .. } => {
            ("P0621", "merge categories, leave out a dimension, or publish totals only")
        }
        DisclosureError::Parameter { .. } => ("S0501", "mend [rules] as the message says"),
        _ => ("S0502", "mend what the message names, in the policy or in the files"),
    };
    Problem::new(code, error.to_string()).remedy(remedy).at(Place::file(policy)).into()
}

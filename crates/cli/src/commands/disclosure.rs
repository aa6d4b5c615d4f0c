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
use guildhall_dp::disclosure::{DisclosureError, Grid, Protected, Release, Table, protect};
use log::ReleaseLog;
use policy::Policy;
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
    /// Where to write table.csv and table.json; a folder that is new or empty
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
        let earlier = self.log.as_deref().map(|path| ReleaseLog::existing(path)?.releases()).transpose()?;
        let made = Made::of(&self.policy, &self.data, &earlier.unwrap_or_default())?;
        made.notes(ui);
        let checked = output::Checked { policy: &made.policy, table: &made.table, protected: &made.protected };
        ui.out(&if ui.json() { checked.json() } else { checked.text() })
    }
}

impl Protect {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        round::check_free(&self.out)?;
        let mut log = ReleaseLog::open(&self.log)?;
        let made = loop {
            let earlier = log.releases()?;
            let made = Made::of(&self.policy, &self.data, &earlier)?;
            // Another publisher may have been faster: then everything is compared again with what it logged.
            if log.append(&earlier, &made.release)? {
                break made;
            }
        };
        made.notes(ui);
        let files = output::files(&made.policy, &made.protected);
        round::write_folder(&self.out, &files)?;
        ui.note(&format!(
            "wrote {}; logged as {:?} in {} (secret; keep it)",
            self.out.display(),
            made.policy.id,
            self.log.display()
        ));
        ui.out(&if ui.json() {
            output::json(&made.policy, &made.protected)
        } else {
            output::text(&made.policy, &made.protected)
        })
    }
}

/// A protected table that may be published beside the earlier releases, and how it came about.
struct Made {
    policy: Policy,
    table: Table,
    protected: Protected,
    release: Release,
    import: Import,
}

impl Made {
    fn of(path: &Path, data: &[PathBuf], earlier: &[Release]) -> Result<Self, Failure> {
        let policy = Policy::read(path)?;
        // The release of this very name is itself, written again; with other content the log refuses it.
        let earlier: Vec<Release> = earlier.iter().filter(|other| other.name != policy.id).cloned().collect();
        let inputs: Vec<Input> = data.iter().map(|path| Input::Path(path.clone())).collect();
        let mut rows = Rows::new(&policy);
        let import = load(&policy.data, &inputs, &Limits::default(), &mut rows).map_err(round::data_failure)?;
        let refused = |error: DisclosureError| refusal(path, &error);
        let grid = Grid::new(policy.dimensions(&rows).map_err(refused)?).map_err(refused)?;
        let entries = rows.into_entries();
        let mut table = grid.table(&entries, &policy.waived).map_err(refused)?;
        let every = Release::every_cell(&policy.id, &policy.variable, &grid, &entries).map_err(refused)?;
        let known = every.knows(&earlier);
        table.mark_public(|cell| known.contains(cell.name()));
        let protected = protect(&table, &policy.rules, policy.cost).map_err(refused)?;
        let release = Release::of(&policy.id, &policy.variable, &grid, &entries, &protected).map_err(refused)?;
        release.check(&earlier, &policy.rules, &policy.waived).map_err(refused)?;
        Ok(Self { policy, table, protected, release, import })
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

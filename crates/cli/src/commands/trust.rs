//! `guildhall trust measure` and `guildhall trust publish`.

mod clear;
mod preview;

use super::study::write_new;
use crate::Failure;
use crate::round;
use crate::trust::{self, Publisher, Table};
use crate::ui::Ui;
use clap::{Args, Subcommand};
use guildhall_federation::transcript::Files;
use guildhall_kpi::Release;
use guildhall_report::{release_csv, release_html, release_json, release_text};
use guildhall_trust::{Plan, Spec};
use std::path::{Path, PathBuf};

/// What to do with a trust specification.
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    /// Write a commented specification to start from
    New(New),
    /// Compute customer-trust metrics in the clear, for your own eyes
    Measure(Measure),
    /// Release customer-trust metrics with differential privacy
    Publish(Publish),
}

/// Writes a commented specification; it has no mistake as it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall trust new
  guildhall trust new - | less")]
pub(crate) struct New {
    /// Where to write it; - for stdout
    #[arg(default_value = "trust.toml")]
    path: PathBuf,
    /// Overwrite the file if it exists
    #[arg(long)]
    force: bool,
}

/// Computes every metric exactly; nothing is protected, so keep the result to yourself.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall trust measure trust.toml --data survey.csv
  guildhall trust measure trust.toml --data 2016.csv 2017.csv --json")]
pub(crate) struct Measure {
    /// The specification: which columns mean what, and which metrics are wanted
    spec: PathBuf,
    /// The files: CSV (also .gz) or XLSX, appended in this order
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
}

/// Releases every metric with noise that hides any one customer, and charges the data set's budget for it.
///
/// The charge is durable before noise is drawn. If the program is stopped in between, the budget is spent
/// and nothing is published; that is the safe side.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall trust publish trust.toml --data survey.csv --ledger shop.ledger --dry-run
  guildhall trust publish trust.toml --data survey.csv --ledger shop.ledger --out spring
  guildhall budget verify shop.ledger --release spring/release.json")]
pub(crate) struct Publish {
    /// The specification: which columns mean what, which metrics are released, at what cost
    spec: PathBuf,
    /// The files: CSV (also .gz) or XLSX, appended in this order
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// The ledger of privacy budgets; one file for all releases of a data set, created if it is not there
    #[arg(long)]
    ledger: PathBuf,
    /// Where to write the release; a folder that is new or empty
    #[arg(long, required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Say what would be asked, what it would cost and how exact it would be; charge and publish nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Publish under an id that was charged before, and pay once more
    #[arg(long)]
    again: bool,
}

impl Trust {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        match self {
            Self::New(new) => new.run(ui),
            Self::Measure(measure) => measure.run(ui),
            Self::Publish(publish) => publish.run(ui),
        }
    }
}

impl New {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        if self.path == Path::new("-") {
            return ui.out(trust::TEMPLATE);
        }
        write_new(&self.path, trust::TEMPLATE, self.force)?;
        ui.note(&format!("wrote {path}; next: guildhall trust measure {path} --data FILE", path = self.path.display()));
        Ok(())
    }
}

impl Measure {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let spec = trust::read(&self.spec)?;
        let table = Table::load(&spec, &self.data)?;
        ui.note(&table.notes.summary());
        let clear = guildhall_trust::measure(table.engine.as_ref(), &spec)?;
        ui.note("exact figures, protected by nothing: they are for your own eyes");
        if ui.json() {
            return ui.out(&format!("{:#}\n", clear::json(&clear)));
        }
        ui.out(&clear::text(&clear))
    }
}

impl Publish {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let spec = trust::read(&self.spec)?;
        let plan = guildhall_trust::plan(&spec)?;
        if let Some(out) = &self.out {
            round::check_free(out)?;
        }
        let table = Table::load(&spec, &self.data)?;
        ui.note(&table.notes.summary());
        let Some(out) = self.out.as_deref().filter(|_| !self.dry_run) else {
            return preview::show(ui, &plan, &table, &self.ledger);
        };
        let mut publisher = Publisher::open(&spec, &self.ledger)?.again(self.again);
        publisher.check_unit()?;
        publisher.check_new()?;
        let reserved = round::reserve_folder(out)?;
        warnings(&spec, &plan, &table)?.iter().for_each(|warning| ui.note(&format!("warning: {warning}")));
        // Where nothing was charged nothing is left behind; a folder that holds something stays.
        let release = released(plan, &table, &mut publisher).inspect_err(|_| drop(std::fs::remove_dir(out)))?;
        ui.note(&format!("{}: {}", publisher.subject(), publisher.words()));
        let files = files(&release)?;
        publisher.seal(&files)?;
        round::write_folder(out, &files)?;
        drop(reserved);
        let (folder, ledger) = (out.display(), self.ledger.display());
        ui.note(&format!("wrote {folder}; open {folder}/release.html; the charge is in {ledger}: keep it"));
        if ui.json() {
            return ui.out(&rendered(release_json(&release))?);
        }
        ui.out(&rendered(release_text(&release, 100))?)
    }
}

/// What an analyst should know before the budget is spent.
fn warnings(spec: &Spec, plan: &Plan, table: &Table) -> Result<Vec<String>, Failure> {
    let alike = guildhall_trust::spelled_alike(table.engine.as_ref(), spec)?;
    Ok(plan.warning().into_iter().chain(guildhall_trust::spelling_note(alike, spec)).collect())
}

/// Reads, charges, draws noise.
fn released(plan: Plan, table: &Table, publisher: &mut Publisher<'_>) -> Result<Release, Failure> {
    let mut release = plan.release(table.engine.as_ref(), publisher)?;
    publisher.state(&mut release)?;
    Ok(release)
}

/// The files of a release.
fn files(release: &Release) -> Result<Files, Failure> {
    let texts = [
        ("release.html", rendered(release_html(release))?),
        ("release.csv", rendered(release_csv(release))?),
        ("release.json", rendered(release_json(release))?),
    ];
    Ok(texts.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect())
}

fn rendered(text: Result<String, guildhall_report::Error>) -> Result<String, Failure> {
    text.map_err(|error| crate::Problem::new("U0009", "the release cannot be drawn").why(error.to_string()).into())
}

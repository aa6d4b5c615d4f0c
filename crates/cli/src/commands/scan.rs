//! `guildhall scan`: where personal data lies in files, folders and databases.
//!
//! Reading and judging is `guildhall_data::discover`; here are options, the words for people, JSON, the page, and the
//! proposed policy. No value of a file passes through here: what the crate gives out holds none.

mod output;
mod proposal;

use super::anonymise::{check_distinct, check_targets};
use super::study::write_new;
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_data::discover::{Likelihood, Scan as Scanned, ScanOptions, SkippedFile, list, scan, shown_path};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::{Path, PathBuf};

/// Finds personal data, and says how likely and how sensitive it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall scan customers.csv                         columns with personal data, likelihood, evidence
  guildhall scan exports/ --html map.html              a map of every file in a folder
  guildhall scan crm.csv --policy crm.policy.toml      propose a policy for pseudonym and anonymise
  guildhall scan shop.sqlite                           every table of a database
  guildhall scan orders.csv crm.csv --sql \"SELECT c.* FROM crm c JOIN orders o ON o.customer = c.id\"
  guildhall scan mails.txt --passages 1000 --json      every passage by line and characters")]
pub(crate) struct Scan {
    /// Files or folders: CSV, TSV, XLSX, JSON, JSON lines, text, logs, SQL dumps, SQLite (text also .gz)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Look at the answer of this query instead; every file is a table named like it, without its ending
    #[arg(long, value_name = "SELECT")]
    sql: Option<String>,
    /// Show columns from this likelihood on
    #[arg(long, value_enum, default_value_t = Level::Possible)]
    from: Level,
    /// List up to so many passages of each file by place (row, first and last character), in the JSON
    #[arg(long, value_name = "MOST")]
    passages: Option<usize>,
    /// Write a data map: a page with every file and column
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a proposed data policy for `pseudonym apply` and `anonymise`; for one table
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

/// A likelihood, as an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Level {
    VeryUnlikely,
    Unlikely,
    Possible,
    Likely,
    VeryLikely,
}

impl Level {
    const fn likelihood(self) -> Likelihood {
        match self {
            Self::VeryUnlikely => Likelihood::VeryUnlikely,
            Self::Unlikely => Likelihood::Unlikely,
            Self::Possible => Likelihood::Possible,
            Self::Likely => Likelihood::Likely,
            Self::VeryLikely => Likelihood::VeryLikely,
        }
    }
}

impl Scan {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let files = list(&self.paths).map_err(|problem| failed(&problem))?;
        if files.is_empty() {
            return Err(Problem::new("D003", "there is no file to look through")
                .remedy("name files or folders that hold some")
                .into());
        }
        self.check_outputs(&files)?;
        let scanned = self.look(ui, &files)?;
        self.complete(&scanned, files.len())?;
        let from = self.from.likelihood();
        if let Some(path) = &self.policy {
            write_new(path, &proposal::policy(&scanned)?, self.force)?;
            ui.note(&format!("wrote {}: a proposal; read it, and decide where it asks", path.display()));
            if let Some(note) = proposal::unread(&scanned) {
                ui.note(&note);
            }
        }
        proposal::recode(&scanned).iter().for_each(|note| ui.note(note));
        if let Some(path) = &self.html {
            write_new(path, &guildhall_report::data_map_html(&output::map(&scanned, from)), self.force)?;
            ui.note(&format!("wrote {}", path.display()));
        }
        if !scanned.failed.is_empty() {
            ui.note(&format!("{} files could not be read; nothing is known about them", scanned.failed.len()));
        }
        ui.out(&if ui.json() { output::json(&scanned) } else { output::text(&scanned, from) })
    }

    /// Refuses outputs that cannot be written, before anything is looked through.
    fn check_outputs(&self, files: &[PathBuf]) -> Result<(), Failure> {
        let outputs: Vec<&Path> = self.policy.iter().chain(&self.html).map(PathBuf::as_path).collect();
        check_distinct(&outputs)?;
        outputs.iter().try_for_each(|out| spare(out, files))?;
        if self.force { Ok(()) } else { check_targets(&outputs, &[]) }
    }

    fn look(&self, ui: &Ui, files: &[PathBuf]) -> Result<Scanned, Failure> {
        let options = ScanOptions { sql: self.sql.clone(), passages: self.passages };
        let bytes = files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|meta| meta.len()).sum();
        let bar = bar(ui, bytes);
        let scanned = scan(files, &options, &mut |bytes| bar.inc(bytes));
        bar.finish_and_clear();
        scanned.map_err(|problem| failed(&problem))
    }

    /// A file that was named and could not be looked through is an error; one found in a folder is told beside the
    /// result.
    fn complete(&self, scanned: &Scanned, files: usize) -> Result<(), Failure> {
        let named = |name: &str| self.paths.iter().filter(|path| path.is_file()).any(|path| shown_path(path) == name);
        let failed = scanned.failed.iter().filter(|problem| files == scanned.failed.len() || named(&problem.file));
        let skipped = scanned.skipped.iter().filter(|skipped| named(&skipped.name)).map(left_out);
        match Failure::of(failed.map(problem_of).chain(skipped).collect()) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }
}

/// A file that was asked for by name and holds nothing that can be looked through.
fn left_out(skipped: &SkippedFile) -> Problem {
    let message = format!("nothing in the file can be looked through: {}", skipped.reason);
    let place = Place { file: skipped.name.clone(), line: None, column: None, source: None };
    let remedy = "export it as CSV, XLSX, JSON or text; in a folder such files are counted and left out";
    Problem::new(skipped.code, message).remedy(remedy).at(place)
}

/// Refuses an output that is one of the files looked through, `--force` or not.
fn spare(out: &Path, files: &[PathBuf]) -> Result<(), Failure> {
    let Ok(out_file) = out.canonicalize() else { return Ok(()) };
    if files.iter().any(|file| file.canonicalize().is_ok_and(|file| file == out_file)) {
        let problem = Problem::new("U0008", "the output would destroy an input");
        return Err(problem.remedy("write it somewhere else").at(Place::file(out)).into());
    }
    Ok(())
}

fn bar(ui: &Ui, bytes: u64) -> ProgressBar {
    let target = if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(bytes), target);
    let style = ProgressStyle::with_template("looking [{bar:30}] {bytes}/{total_bytes}, {eta} left");
    bar.with_style(style.unwrap_or(ProgressStyle::default_bar()).progress_chars("=> "))
}

fn failed(problem: &guildhall_data::Problem) -> Failure {
    problem_of(problem).into()
}

fn problem_of(problem: &guildhall_data::Problem) -> Problem {
    let place = Place { file: problem.file.clone(), line: problem.row, column: problem.column.clone(), source: None };
    Problem::new(problem.code, problem.message.clone()).at(place).remedy(problem.remedy.clone())
}

//! `guildhall run`: a whole round over real files, all roles in one process.

use crate::consortium::found;
use crate::round::{self, Progress};
use crate::study::Study;
use crate::ui::Ui;
use crate::{Failure, Problem};
use clap::Args;
use guildhall_data::Input;
use guildhall_federation::local::Faults;
use std::path::{Path, PathBuf};

/// Plays a whole round over real files in this process and writes report, benchmark and transcript.
///
/// All roles run here, so this protects no member from whoever runs the command: it is for trying a
/// study on data that one party holds anyway, and for checking what a consortium would see.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall run --study study.toml --data sales.csv --out round-1
  guildhall run --study study.toml --data q1.csv q2.csv --dry-run
  guildhall verify round-1")]
pub(crate) struct Run {
    /// The study file
    #[arg(long)]
    study: PathBuf,
    /// The members' files: CSV (also .gz) or XLSX, appended in this order
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Where to write the round; a folder that is new or empty
    #[arg(long, required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Keys, signed rounds and privacy ledger of the study; kept from round to round
    #[arg(long)]
    state: Option<PathBuf>,
    /// Read the files and say what would be computed, but play no round and charge nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

impl Run {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let text = std::fs::read_to_string(&self.study).unwrap_or_default();
        let study = Study::read(&self.study)?;
        if let Some(out) = &self.out {
            round::check_free(out)?;
        }
        let inputs: Vec<Input> = self.data.iter().map(|path| Input::Path(path.clone())).collect();
        let prepared = round::prepare(&study, &inputs)?;
        ui.note(&format!("{} members; {}", prepared.members.len(), prepared.notes.summary()));
        let Some(out) = self.out.as_deref().filter(|_| !self.dry_run) else {
            return preview(ui, &study, prepared.members.len());
        };
        let state = self.state.unwrap_or_else(|| beside(&self.study, &study.id));
        let parties = found(&state, &study)?;
        let progress = Progress::new(ui.shows_progress());
        let observe = |event| progress.observe(event);
        let none = round::FirstVersions::new();
        let outcome = round::play_study(&study, prepared.members, parties, &Faults::default(), &none, &observe)?;
        let benchmark = outcome.benchmark.clone();
        let files = round::publish(outcome, &text, &prepared.notes)?;
        round::write_folder(out, &files)?;
        let folder = out.display();
        ui.note(&format!("wrote {folder}; open {folder}/report.html; check it with: guildhall verify {folder}"));
        if ui.json() {
            return ui.out(&guildhall_report::json(&benchmark));
        }
        ui.out(&guildhall_report::text(&round::document(&benchmark, Some(&prepared.notes)), 100))
    }
}

/// Where a study's state lies unless the user says otherwise: beside the study file.
fn beside(study: &Path, id: &str) -> PathBuf {
    study.parent().unwrap_or(Path::new("")).join(format!("{id}.state"))
}

fn preview(ui: &Ui, study: &Study, members: usize) -> Result<(), Failure> {
    let schema = study.schema();
    let histograms = schema.figures.iter().filter(|figure| figure.histogram.is_some()).count();
    let threshold = study.trustees.threshold;
    let smallest = study.policy.least_members + study.policy.colluding;
    if (members as u64) < smallest {
        let problem = Problem::new("R0502", format!("{members} members, but nothing is opened below {smallest}"));
        return Err(problem.remedy("check the member column, or bring more members").into());
    }
    ui.out(&format!(
        "Would play round over {members} members: {} figures each, {histograms} of them with histograms; \
         {} trustees, {} can open, {} must agree.\nNothing was played, charged or written.\n",
        schema.figures.len(),
        threshold.k(),
        threshold.t(),
        threshold.u()
    ))
}

//! `guildhall run`: a whole round over real files, all roles in one process.

mod preview;

use crate::Failure;
use crate::consortium::found;
use crate::member_ledgers::{MemberLedgers, Price};
use crate::round::{self, Progress};
use crate::study::Study;
use crate::ui::Ui;
use clap::Args;
use guildhall_data::Input;
use guildhall_federation::local::Faults;
use std::path::{Path, PathBuf};

/// Plays a whole round over real files in this process and writes report, benchmark and transcript.
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
    /// Keys, signed rounds and privacy ledger of the study: secret, and kept from round to round;
    /// the folder ID.state beside the study file if left out
    #[arg(long)]
    state: Option<PathBuf>,
    /// Each member's own ledger of what was sent: secret, and shared with releases of the same data;
    /// the folder DATA-SET.ledgers beside the study file if left out, or the state folder where the study
    /// names no data set
    #[arg(long)]
    ledgers: Option<PathBuf>,
    /// Read the files and say what would be computed and whether budget and cell audit allow it, but play no round
    /// and charge nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

impl Run {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        // Read once: what is published beside the round is what the round was played with.
        let text = Study::text(&self.study)?;
        let study = Study::parse(&self.study, &text)?;
        if let Some(out) = &self.out {
            round::check_free(out)?;
        }
        let inputs: Vec<Input> = self.data.iter().map(|path| Input::Path(path.clone())).collect();
        let prepared = round::prepare(&study, &inputs)?;
        ui.note(&format!("{} members; {}", prepared.members.len(), prepared.notes.summary()));
        prepared.notes.remarks().iter().for_each(|remark| ui.note(&format!("note: {remark}")));
        round::check_figures(&study, &prepared.members)?;
        let state = self.state.unwrap_or_else(|| beside(&self.study, &study.id));
        let folder = self.ledgers.unwrap_or_else(|| MemberLedgers::folder(&study, &self.study, &state));
        let ledgers = MemberLedgers::new(&study, folder);
        let Some(out) = self.out.as_deref().filter(|_| !self.dry_run) else {
            return preview::show(ui, &study, prepared, &state, &ledgers);
        };
        let parties = found(&state, &study)?;
        // Durable before anything of the round exists: whatever dies from here on has been paid for.
        preview::enough_members(&study, prepared.members.len())?;
        let members: Vec<String> = prepared.members.iter().map(|member| member.id.clone()).collect();
        ledgers.charge(&Price::of(&study)?, parties.round, &members)?;
        let progress = Progress::new(ui.shows_progress());
        let observe = |event| progress.observe(event);
        let none = round::FirstVersions::new();
        let outcome = round::play_study(&study, prepared.members, parties, &Faults::default(), &none, &observe)?;
        let benchmark = outcome.benchmark.clone();
        let notes = prepared.notes.published(&study);
        let files = round::publish(outcome, &text, &notes)?;
        round::write_folder(out, &files)?;
        ui.note(&farewell(out, &state));
        if ui.json() {
            return ui.out(&guildhall_report::json(&benchmark));
        }
        ui.out(&guildhall_report::text(&round::document(&benchmark, Some(&notes)), 100))
    }
}

/// What was written where, and which of it is secret.
fn farewell(out: &Path, state: &Path) -> String {
    let (folder, state) = (out.display(), state.display());
    format!(
        "wrote {folder}; open {folder}/report.html; check it with: guildhall verify {folder}\n\
         keys and privacy ledger: {state} (secret; keep it)"
    )
}

/// Where a study's state lies unless the user says otherwise: beside the study file.
pub(super) fn beside(study: &Path, id: &str) -> PathBuf {
    study.parent().unwrap_or(Path::new("")).join(format!("{id}.state"))
}

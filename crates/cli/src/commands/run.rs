//! `guildhall run`: a whole round over real files, all roles in one process.

mod preview;

use crate::consortium::{Paid, found, found_again};
use crate::member_ledgers::{MemberLedgers, Price};
use crate::round::{self, Progress};
use crate::study::Study;
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_data::{Input, MemberFigures};
use guildhall_federation::local::{Faults, Outcome};
use guildhall_federation::transcript::Files;
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
        preview::enough_members(&study, prepared.members.len())?;
        let reserved = round::reserve_folder(out)?;
        // Where nothing was played nothing is left behind; a folder that holds something stays.
        let outcome =
            play(ui, &study, prepared.members, &state, &ledgers).inspect_err(|_| drop(std::fs::remove_dir(out)))?;
        let benchmark = outcome.benchmark.clone();
        let notes = prepared.notes.published(&study);
        let files = round::publish(outcome, &text, &notes)?;
        written(out, &state, &files)?;
        drop(reserved);
        ui.note(&farewell(out, &state));
        if ui.json() {
            return ui.out(&guildhall_report::json(&benchmark));
        }
        ui.out(&guildhall_report::text(&round::document(&benchmark, Some(&notes)), 100))
    }
}

/// Asks everybody who could refuse the round, charges the members' ledgers, then plays it.
fn play(
    ui: &Ui,
    study: &Study,
    figures: Vec<MemberFigures>,
    state: &Path,
    ledgers: &MemberLedgers<'_>,
) -> Result<Outcome, Failure> {
    let mut parties = found(state, study)?;
    let price = Price::of(study)?;
    let members: Vec<String> = figures.iter().map(|member| member.id.clone()).collect();
    let paid = Paid::of(state, &study.id, &parties, &price.digest())?;
    let assembled = round::assemble(study, figures, &parties, &round::FirstVersions::new())?;
    let lock = parties._lock.take();
    round::rehearsed(parties, &assembled)?;
    let parties = found_again(state, study, lock)?;
    paid.keep(state)?;
    // Durable before anything of the round exists: whatever dies from here on has been paid for.
    ledgers.charge(&price, &paid, &members)?;
    let progress = Progress::new(ui.shows_progress());
    let played = round::played(parties, assembled, &Faults::default(), &|event| progress.observe(event));
    played.map_err(|failure| if price.is_free() { failure } else { failure.also(charged(state, study, &paid)) })
}

/// What became of the charge of a round that did not end.
fn charged(state: &Path, study: &Study, paid: &Paid) -> Problem {
    let signed = found(state, study).and_then(|parties| parties.signed_any(&study.id, paid.round..parties.round));
    let message = "the members' ledgers were charged for this round and stay charged";
    let problem = Problem::new("R0754", message).at(Place::file(state));
    match signed {
        Ok(false) => problem
            .why("no trustee had signed a set of members, so nothing was opened")
            .remedy("repeat the same command: the round is played under the same charge, nobody pays twice"),
        _ => problem
            .why("a trustee may have signed its set, so its totals count as opened")
            .remedy("a repeated command is a new round with a charge of its own; ask with --dry-run whether it fits"),
    }
}

/// Writes the round, beside the state where its own place fails: what was opened and paid for is not lost.
fn written(out: &Path, state: &Path, files: &Files) -> Result<(), Failure> {
    round::write_folder(out, files).map_err(|failure| {
        let spare = state.join("unwritten-round");
        let problem = Problem::new("R0754", "the round was opened and its charge stands");
        match round::write_folder(&spare, files) {
            Ok(()) => failure
                .also(problem.at(Place::file(&spare)).remedy("the whole round is here; move it where it belongs")),
            Err(_) => failure
                .also(problem.remedy("free the disk; a repeated command is a new round with a charge of its own")),
        }
    })
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

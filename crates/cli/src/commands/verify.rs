//! `guildhall verify`: rechecks a finished round offline.

use crate::round::{self, IMPORT, ImportFile, REPORT};
use crate::study::Study;
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_federation::Id;
use guildhall_federation::transcript::{self, Files, VerifiedRound};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Rechecks a finished round from its folder alone: signatures, log, certificate, sum shares, figures.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall verify round-1
  guildhall verify round-1 --charter \"1f2e 3d4c ...\"   fingerprint you got from the trustees themselves")]
pub(crate) struct Verify {
    /// The round's folder
    folder: PathBuf,
    /// Fingerprint of the charter, obtained outside the coordinator (spaces do not matter)
    #[arg(long)]
    charter: Option<String>,
}

impl Verify {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let files = round::read_folder(&self.folder)?;
        let pinned = self.charter.as_deref().map(fingerprint).transpose()?;
        let verified = verified(&self.folder, &files, pinned.as_ref())?;
        if pinned.is_none() {
            ui.note(&unpinned(&verified));
        }
        if ui.json() {
            let provenance = &verified.benchmark.provenance;
            let object = json!({
                "schema": "guildhall/verify/v1",
                "ok": true,
                "study": provenance.study,
                "round": provenance.round,
                "charter": provenance.charter,
                "charter_pinned": pinned.is_some(),
                "checks": verified.checks,
            });
            return ui.out(&format!("{object}\n"));
        }
        let mut text = String::new();
        for check in &verified.checks {
            text.push_str(&format!("ok  {check}\n"));
        }
        text.push_str("The round verifies.\n");
        ui.out(&text)
    }
}

/// What to say where no fingerprint was given: the answer is only about the charter in the folder.
pub(super) fn unpinned(round: &VerifiedRound) -> String {
    let found = &round.benchmark.provenance.charter;
    format!("no --charter given: compare this fingerprint with one you got from the trustees themselves: {found}")
}

/// A folder whose transcript and report hold.
///
/// # Errors
/// The first file that does not, with exit code 7.
pub(super) fn verified(folder: &Path, files: &Files, pinned: Option<&Id>) -> Result<VerifiedRound, Failure> {
    let mut round = transcript::verify(files, pinned).map_err(|error| {
        let code = if matches!(*error.source, guildhall_federation::FederationError::OtherCharter { .. }) {
            "K0401"
        } else {
            "V0701"
        };
        let foreign = round::published_names(files).is_some_and(|names| !names.contains(&error.file));
        let place = Place::file(&folder.join(&error.file));
        if foreign && files.contains_key(&error.file) {
            let problem = Problem::new(code, "this file is not part of the round").why(error.source.to_string());
            return problem.remedy("move it elsewhere").at(place);
        }
        let problem = Problem::new(code, error.source.to_string());
        problem.remedy("get the folder again from its publisher; if it still fails, tell the trustees").at(place)
    })?;
    check_study(folder, files, &mut round)?;
    check_report(folder, files, &mut round)?;
    Ok(round)
}

/// The study published beside the round is the one whose figures the manifest lists.
fn check_study(folder: &Path, files: &Files, round: &mut VerifiedRound) -> Result<(), Failure> {
    let Some(bytes) = files.get(round::STUDY) else { return Ok(()) };
    let path = folder.join(round::STUDY);
    let text = std::str::from_utf8(bytes).ok();
    let study = text.and_then(|text| Study::parse(&path, text).ok());
    if study.is_none_or(|study| study.schema() != round.plan.manifest.schema) {
        let problem = Problem::new("V0701", "the study file is not the one the manifest was made from");
        return Err(problem.remedy("get the folder again from its publisher").at(Place::file(&path)).into());
    }
    round.checks.push("study.toml describes the figures of the manifest".to_owned());
    Ok(())
}

/// The report is a pure function of the benchmark and the import notes: render it again and compare.
fn check_report(folder: &Path, files: &Files, round: &mut VerifiedRound) -> Result<(), Failure> {
    let wrong = |file: &str, what: &str| -> Failure {
        let problem = Problem::new("V0701", what.to_owned());
        problem.remedy("get the folder again from its publisher").at(Place::file(&folder.join(file))).into()
    };
    let Some(report) = files.get(REPORT) else { return Ok(()) };
    let notes = match files.get(IMPORT) {
        None => None,
        Some(bytes) => Some(ImportFile::decode(bytes).map_err(|e| wrong(IMPORT, &e.to_string()))?),
    };
    if round::render(&round.benchmark, notes.as_ref()).as_bytes() != report {
        return Err(wrong(REPORT, "the report does not follow from the benchmark"));
    }
    round.checks.push("report.html is what the benchmark renders to".to_owned());
    Ok(())
}

/// Reads a fingerprint as people copy it.
///
/// # Errors
/// If it is not 64 hexadecimal digits.
pub(super) fn fingerprint(text: &str) -> Result<Id, Failure> {
    let hex: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    serde_json::from_value(json!(hex.to_ascii_lowercase())).map_err(|_| {
        let problem = Problem::new("U0007", "--charter is not a fingerprint of 64 hexadecimal digits");
        problem.remedy("copy it from the charter the trustees published").into()
    })
}

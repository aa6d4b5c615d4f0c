//! `guildhall compare`: a member's own place, computed and drawn on its own machine.
//!
//! The member's file is read with the study published in the round's folder and with no other: only
//! that one is covered by the round's signatures, so only with it are two figures the same figure.

mod copy;

use super::verify::{fingerprint, unpinned, verified};
use crate::round::{self, IMPORT, ImportFile};
use crate::study::Study;
use crate::ui::Ui;
use crate::{Failure, Place as Where, Problem};
use clap::Args;
use guildhall_data::{Input, MemberFigures};
use guildhall_federation::manifest::RosterMember;
use guildhall_federation::plan::Plan;
use guildhall_federation::transcript::Files;
use guildhall_kpi::{Benchmark, Place};
use guildhall_report::{Document, Own};
use std::path::{Path, PathBuf};

/// Computes your own place among the published figures; nothing leaves this machine.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall compare round-1 --data mine.csv
  guildhall compare round-1 --data all.csv --member \"MB 123\" --report mine.html
  guildhall compare round-1 --data mine.csv --charter \"1f2e 3d4c ...\"   fingerprint you got from the trustees")]
pub(crate) struct Compare {
    /// The round's folder
    folder: PathBuf,
    /// Your own files
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Which member you are, if the files hold several
    #[arg(long)]
    member: Option<String>,
    /// Fingerprint of the charter, obtained outside the coordinator (spaces do not matter)
    #[arg(long)]
    charter: Option<String>,
    /// Write your own copy of the report here: a new file outside the round's folder
    #[arg(long)]
    report: Option<PathBuf>,
    /// Replace the file named by --report if it exists
    #[arg(long, requires = "report")]
    force: bool,
}

impl Compare {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let pinned = self.charter.as_deref().map(fingerprint).transpose()?;
        let files = round::read_folder(&self.folder)?;
        if let Some(report) = &self.report {
            copy::check(report, self.force, &self.folder, &self.data)?;
        }
        let verified = verified(&self.folder, &files, pinned.as_ref())?;
        if pinned.is_none() {
            ui.note(&unpinned(&verified));
        }
        let study = published_study(&self.folder, &files)?;
        let inputs: Vec<Input> = self.data.iter().map(|path| Input::Path(path.clone())).collect();
        let prepared = round::prepare(&study, &inputs)?;
        let own = pick(prepared.members, self.member.as_deref())?;
        let places = places(&verified.benchmark, &verified.plan, invited(&verified.plan, &own)?, &own);
        let notes: Option<ImportFile> = files.get(IMPORT).and_then(|bytes| ImportFile::decode(bytes).ok());
        let published = round::document(&verified.benchmark, notes.as_ref());
        let document = Document { own: Some(Own { label: own.name.clone(), places }), ..published };
        show(ui, &document, pinned.is_some())?;
        if let Some(path) = &self.report {
            copy::write(path, self.force, &guildhall_report::html(&document))?;
            ui.note(&format!("wrote {}; it holds your own figures, do not pass it on", path.display()));
        }
        Ok(())
    }
}

fn show(ui: &Ui, document: &Document, pinned: bool) -> Result<(), Failure> {
    let Some(own) = document.own.as_ref().filter(|_| ui.json()) else {
        return ui.out(&guildhall_report::text(document, 100));
    };
    let object = serde_json::json!({
        "schema": "guildhall/compare/v1",
        "charter": document.benchmark.provenance.charter,
        "charter_pinned": pinned,
        "member": own.label,
        "places": own.places,
    });
    ui.out(&format!("{object}\n"))
}

/// The study in the round's folder, from the bytes that were verified.
fn published_study(folder: &Path, files: &Files) -> Result<Study, Failure> {
    let path = folder.join(round::STUDY);
    let Some(text) = files.get(round::STUDY).and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
        let problem = Problem::new("R0304", "the round was published without the study it was played with");
        return Err(problem
            .why("your figures must be computed as every member's were, and study.toml says how")
            .remedy("ask the publisher for a round that holds its study.toml")
            .at(Where::file(&path))
            .into());
    };
    Study::parse(&path, text)
}

/// The roster's entry of a member: whoever was not invited has no place in the round.
fn invited<'p>(plan: &'p Plan, own: &MemberFigures) -> Result<&'p RosterMember, Failure> {
    let entry = plan.manifest.roster.iter().find(|member| member.id == own.id);
    entry.ok_or_else(|| {
        let message = format!("{:?} was not a member of round {}", own.id, plan.manifest.round);
        let problem = Problem::new("R0306", message).why("the round's manifest lists every member by its identifier");
        problem.remedy("name yourself as the manifest does, or compare with a round you took part in").into()
    })
}

fn pick(mut members: Vec<MemberFigures>, wanted: Option<&str>) -> Result<MemberFigures, Failure> {
    let none = |message: String, remedy: &str| -> Failure { Problem::new("R0305", message).remedy(remedy).into() };
    match wanted {
        Some(id) => {
            let found = members.iter().position(|member| member.id == id);
            found.map(|at| members.swap_remove(at)).ok_or_else(|| {
                none(format!("the files hold no member {id:?}"), "write the identifier as the files have it")
            })
        }
        None if members.len() == 1 => members.pop().ok_or_else(|| none(String::new(), "")),
        None => {
            let message = format!("the files hold {} members, so it is not clear which one is yours", members.len());
            Err(none(message, "name yourself with --member"))
        }
    }
}

/// One place per row of the benchmark that this member has a figure for and, by the roster, belongs to.
fn places(benchmark: &Benchmark, plan: &Plan, member: &RosterMember, own: &MemberFigures) -> Vec<Place> {
    let schema = &plan.manifest.schema;
    let attributes = || member.attributes.iter().map(|(a, v)| (a.as_str(), v.as_str()));
    let belongs: Vec<bool> = plan.cells().map(|cell| cell.holds(attributes())).collect();
    let figures = schema.figures.len().max(1);
    let rows = benchmark.rows.iter().enumerate().filter(|(_, row)| belongs.get(row.cell).copied().unwrap_or(false));
    rows.filter_map(|(index, row)| {
        let steps = own.expose_figures().get(index % figures).copied().flatten()?;
        let value = schema.kpi_of(index % figures)?.resolution.to_f64(steps as f64);
        Some(Place::of(benchmark, row, value))
    })
    .collect()
}

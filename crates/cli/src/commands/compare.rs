//! `guildhall compare`: a member's own place, computed and drawn on its own machine.

use super::verify::verified;
use crate::round::{self, IMPORT, ImportFile};
use crate::study::Study;
use crate::ui::Ui;
use crate::{Failure, Place as Where, Problem};
use clap::Args;
use guildhall_data::{Input, MemberFigures};
use guildhall_federation::plan::Plan;
use guildhall_kpi::{Benchmark, Place};
use guildhall_report::{Document, Own};
use std::path::PathBuf;

/// Computes your own place among the published figures; nothing leaves this machine.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall compare round-1 --data mine.csv
  guildhall compare round-1 --data all.csv --member \"MB 123\" --report mine.html")]
pub(crate) struct Compare {
    /// The round's folder
    folder: PathBuf,
    /// The study file, which says how your own file is to be read; the one in the round's folder if left out
    #[arg(long)]
    study: Option<PathBuf>,
    /// Your own files
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Which member you are, if the files hold several
    #[arg(long)]
    member: Option<String>,
    /// Write your own copy of the report here
    #[arg(long)]
    report: Option<PathBuf>,
}

impl Compare {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let files = round::read_folder(&self.folder)?;
        let verified = verified(&self.folder, &files, None)?;
        let path = self.study.clone().unwrap_or_else(|| self.folder.join(round::STUDY));
        let study = Study::read(&path)?;
        if study.schema() != verified.plan.manifest.schema {
            let problem = Problem::new("R0304", "the study file is not the one this round was played with");
            return Err(problem.remedy("use the study file the round was played with").at(Where::file(&path)).into());
        }
        let inputs: Vec<Input> = self.data.iter().map(|path| Input::Path(path.clone())).collect();
        let prepared = round::prepare(&study, &inputs)?;
        let own = pick(prepared.members, self.member.as_deref())?;
        let places = places(&verified.benchmark, &verified.plan, &own);
        let notes: Option<ImportFile> = files.get(IMPORT).and_then(|bytes| serde_json::from_slice(bytes).ok());
        let own = Own { label: own.name.clone(), places };
        if ui.json() {
            let object =
                serde_json::json!({ "schema": "guildhall/compare/v1", "member": own.label, "places": own.places });
            ui.out(&format!("{object}\n"))?;
        }
        let published = round::document(&verified.benchmark, notes.as_ref());
        let document = Document { own: Some(own), ..published };
        if !ui.json() {
            ui.out(&guildhall_report::text(&document, 100))?;
        }
        if let Some(path) = &self.report {
            std::fs::write(path, guildhall_report::html(&document)).map_err(|error| {
                let problem = Problem::new("U0005", "the report cannot be written").why(error.to_string());
                problem.remedy("choose another --report").at(Where::file(path))
            })?;
            ui.note(&format!("wrote {}; it holds your own figures, do not pass it on", path.display()));
        }
        Ok(())
    }
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

/// One place per row of the benchmark that this member has a figure for and belongs to.
fn places(benchmark: &Benchmark, plan: &Plan, own: &MemberFigures) -> Vec<Place> {
    let schema = &plan.manifest.schema;
    let belongs: Vec<bool> =
        plan.cells().map(|cell| cell.holds(own.attributes.iter().map(|(a, v)| (a.as_str(), v.as_str())))).collect();
    let figures = schema.figures.len().max(1);
    let rows = benchmark.rows.iter().enumerate().filter(|(_, row)| belongs.get(row.cell).copied().unwrap_or(false));
    rows.filter_map(|(index, row)| {
        let steps = own.expose_figures().get(index % figures).copied().flatten()?;
        let value = schema.kpi_of(index % figures)?.resolution.to_f64(steps as f64);
        Some(Place::of(benchmark, row, value))
    })
    .collect()
}

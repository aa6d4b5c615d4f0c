//! `guildhall anonymise`: a table made coarser until it keeps the rules of its policy, checked again before it is put in place.
//!
//! policy -> rows -> levels -> search -> release -> text in a new file -> read back and verified -> renamed. A file that
//! does not keep every promise never gets its name.

mod failure;
mod outcome;
mod output;
mod place;
mod plan;
pub(super) mod rows;

use crate::data_policy::DataPolicy;
use crate::staged::Whole;
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_anonymise::Verified;
use guildhall_report::risk_html;
use outcome::Outcome;
use plan::Plan;
use std::path::{Path, PathBuf};

pub(super) use failure::{data_fits, refused, refused_by};
pub(super) use output::{report_of, sensitive_reports};
pub(super) use place::{check_distinct, check_targets, write_new};
pub(super) use plan::{levels_of, rule};

/// Makes a table coarser until it keeps the rules of its policy.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall anonymise --policy policy.toml --data people.csv --dry-run
  guildhall anonymise --policy policy.toml --data people.csv --out published.csv
  guildhall anonymise --policy policy.toml --data people.csv --out published.csv --html risk.html --json

k-anonymity is not differential privacy: it hides which row is a person's, not what is true of that person.")]
pub(crate) struct Anonymise {
    /// The data policy: roles of the columns, levels, rules; `guildhall scan` proposes one
    #[arg(long)]
    policy: PathBuf,
    /// The rows: CSV (also .gz) or XLSX
    #[arg(long)]
    data: PathBuf,
    /// Where to write the rows; a new file, gzipped if its name ends in .gz
    #[arg(long, required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Keep columns that have a pseudonym in the policy: the file is the output of `guildhall pseudonym apply`
    #[arg(long)]
    keep_pseudonyms: bool,
    /// Also write a risk report of the written rows as a page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Anonymise {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let out = self.out.as_deref().filter(|_| !self.dry_run);
        let policy = DataPolicy::read(&self.policy)?;
        let targets: Vec<&Path> = out.into_iter().chain(self.html.as_deref()).collect();
        self.half_done(out)?;
        check_targets(&targets, &[&self.policy, &self.data])?;
        let plan = Plan::of(policy, &self.policy, &self.data, self.keep_pseudonyms)?;
        plan.notes(ui);
        let bar = place::spinner(ui, "searching");
        let outcome = Outcome::of(&plan);
        bar.finish_and_clear();
        let outcome = outcome?;
        let text = output::csv(outcome.release.table(), plan.delimiter())?;
        let verified = match out {
            Some(out) => self.write(out, &text, &plan, &outcome)?,
            None => plan.verify(text.as_slice(), &outcome)?,
        };
        self.tell(ui, out);
        let shown = output::Shown { plan: &plan, outcome: &outcome, verified: &verified, written: out };
        ui.out(&if ui.json() { shown.json()? } else { shown.text()? })
    }

    /// Puts the page in place and then the rows, both whole on the disk before: where the rows are, nothing is missing.
    fn write(&self, out: &Path, text: &[u8], plan: &Plan, outcome: &Outcome<'_>) -> Result<Verified, Failure> {
        let page = |html: &PathBuf| {
            let page = risk_html(&output::report_of_release(plan, outcome)?);
            place::whole(html, page.as_bytes())
        };
        let page = self.html.as_ref().map(page).transpose()?;
        let mut placed = false;
        let done = place::put(out, text, |written| {
            let verified = plan.verify(written, outcome)?;
            placed = page.map(Whole::place).transpose()?.is_some();
            Ok(verified)
        });
        if let (Err(_), true, Some(html)) = (&done, placed, &self.html) {
            // The rows did not get their name, so the page about them goes; where even that fails, the next run says so.
            let _ = std::fs::remove_file(html);
        }
        done
    }

    /// Says what to do where a run was interrupted after the page and before the rows.
    fn half_done(&self, out: Option<&Path>) -> Result<(), Failure> {
        match (out, &self.html) {
            (Some(out), Some(html)) if html.exists() && !out.exists() => {
                let message = "the page is there already, and the rows are not";
                let remedy = "it may be what an interrupted run left: delete it, or choose another name for --html";
                Err(Problem::new("U0003", message).remedy(remedy).at(Place::file(html)).into())
            }
            _ => Ok(()),
        }
    }

    fn tell(&self, ui: &Ui, out: Option<&Path>) {
        match out {
            Some(out) => ui.note(&format!("wrote {}, read back and verified", out.display())),
            None => ui.note("dry run: nothing was written"),
        }
    }
}

/// A file that cannot be written.
pub(super) fn unwritable(path: &Path, why: &str) -> Failure {
    let problem = Problem::new("U0005", "the file cannot be written").why(why.to_owned());
    problem.remedy("choose another place; nothing was written").at(Place::file(path)).into()
}

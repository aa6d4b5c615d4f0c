//! `guildhall overlap`: how many customers members share, with noise and a charge.
//!
//! All roles of a run play here, in one process, over the same encoded messages that would travel. The order is: refuse
//! what can be refused, log the commitments, charge, count, draw noise, keep the noisy counts in the ledger, write. If the
//! program stops after the charge, the same command goes on: kept counts are written as they are, without noise or charge;
//! counts that were not kept were seen by nobody, and a new run draws new keys and is charged again.

mod account;
mod figures;
mod plan;
mod preview;
mod run;
mod sets;
#[cfg(test)]
mod tests;

use crate::ui::Ui;
use crate::{Failure, Place, Problem, round};
use account::{Budget, Counts, Earlier, Paid};
use clap::Args;
use guildhall_federation::transcript::Files;
use guildhall_pseudonym::overlap::{CustomerSet, Enrolled, OverlapError};
use guildhall_report::{overlap_html, overlap_json, overlap_text};
use plan::Plan;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Width of the text on stdout.
const WIDTH: u16 = 100;

/// Counts customers that members share; publishes the counts with noise and charges a budget for them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall overlap overlap.toml --member north=north.csv --member south=south.csv --ledger shops.ledger --dry-run
  guildhall overlap overlap.toml --member north=north.csv --member south=south.csv --ledger shops.ledger --out shared
  guildhall budget show shops.ledger")]
pub(crate) struct Overlap {
    /// The plan: members, what names a customer, purpose, cost
    plan: PathBuf,
    /// A member and its file: CSV (also .gz) or XLSX; once for each member
    #[arg(long = "member", required = true, value_name = "NAME=FILE")]
    members: Vec<MemberFile>,
    /// The ledger of privacy budgets, created if it is not there; it also holds the members' salts: keep it secret
    #[arg(long)]
    ledger: PathBuf,
    /// Where to write the counts; a folder that is new or empty
    #[arg(long, required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Say what it would cost and how exact it would be; compare, charge and publish nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// A member and its file, `north=north.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MemberFile {
    name: String,
    file: PathBuf,
}

impl FromStr for MemberFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').ok_or("write NAME=FILE, such as north=north.csv")?;
        Ok(Self { name: name.to_owned(), file: file.into() })
    }
}

impl Overlap {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let plan = Plan::read(&self.plan)?;
        if let Some(out) = self.out.as_deref().filter(|_| !self.dry_run) {
            round::check_free(out)?;
        }
        let files = self.files(&plan)?;
        let sets = files.iter().map(|file| sets::read(ui, &plan, file)).collect::<Result<Vec<_>, _>>()?;
        sets.iter().zip(&plan.members).try_for_each(|(set, name)| large_enough(&plan, name, set))?;
        let Some(out) = self.out.as_deref().filter(|_| !self.dry_run) else {
            return preview::show(ui, &plan, &self.ledger);
        };
        check_writable(out)?;
        let mut budget = Budget::open(&plan, &self.ledger)?;
        let alone = budget.alone()?;
        let enrolled = enrol(&plan, &mut budget, sets)?;
        let earlier = budget.earlier(&enrolled)?;
        let (run, counts) = match earlier.kept {
            Some(kept) => {
                ui.note("these sets were compared and charged before, and the run was stopped: its counts follow, at no charge");
                kept
            }
            None => {
                budget.would_grant()?;
                told(ui, &earlier);
                publish(ui, &plan, &mut budget, run::Run::agree(&plan, enrolled)?)?
            }
        };
        round::write_folder(out, &written(&counts)).map_err(kept)?;
        budget.shown(&run)?;
        drop(alone);
        let (folder, ledger) = (out.display(), self.ledger.display());
        ui.note(&format!("wrote {folder}; open {folder}/overlap.html; the charge is in {ledger}: keep it"));
        ui.out(if ui.json() { &counts.json } else { &counts.text })
    }

    /// The members' files in the order of the plan.
    fn files(&self, plan: &Plan) -> Result<Vec<&MemberFile>, Failure> {
        let wrong = |message: String| {
            let remedy = format!("give --member NAME=FILE once for each of: {}", plan.members.join(", "));
            Failure::from(Problem::new("U0031", message).remedy(remedy))
        };
        if let Some(unknown) = self.members.iter().find(|member| !plan.members.contains(&member.name)) {
            return Err(wrong(format!("the plan has no member {:?}", unknown.name)));
        }
        let file_of = |name: &String| {
            let mut own = self.members.iter().filter(|member| member.name == *name);
            match (own.next(), own.next()) {
                (Some(file), None) => Ok(file),
                (None, _) => Err(wrong(format!("member {name:?} has no file"))),
                (Some(_), Some(_)) => Err(wrong(format!("member {name:?} has two files"))),
            }
        };
        let files = plan.members.iter().map(file_of).collect::<Result<Vec<_>, _>>()?;
        for (at, member) in files.iter().enumerate() {
            if let Some(other) = files[..at].iter().find(|other| same_file(&other.file, &member.file)) {
                return Err(wrong(format!("members {:?} and {:?} have the same file", other.name, member.name)));
            }
        }
        Ok(files)
    }
}

/// Whether two paths lead to one file, by links as well.
fn same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let place = |path: &Path| std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        if place(one).is_some_and(|place_of_one| Some(place_of_one) == place(other)) {
            return true;
        }
    }
    let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    place(one) == place(other)
}

/// Refuses a set that is too small before anything is logged.
fn large_enough(plan: &Plan, name: &str, set: &CustomerSet) -> Result<(), Failure> {
    let small = || OverlapError::TooFew { name: name.to_owned(), least: plan.least };
    if set.size() < plan.least as usize { Err(failure(&small())) } else { Ok(()) }
}

/// Every member commits itself to its set with its own salt.
fn enrol(plan: &Plan, budget: &mut Budget<'_>, sets: Vec<CustomerSet>) -> Result<Vec<Enrolled>, Failure> {
    let enrol = |(name, set): (&String, CustomerSet)| {
        let salt = budget.salt(name)?;
        Enrolled::new(name, set, &salt, &plan.purpose).map_err(|error| failure(&error))
    };
    plan.members.iter().zip(sets).map(enrol).collect()
}

/// Logs, charges, counts, draws noise, and keeps what comes of it before anybody sees it.
fn publish(ui: &Ui, plan: &Plan, budget: &mut Budget<'_>, run: run::Run) -> Result<(String, Counts), Failure> {
    let terms = run.terms.clone();
    budget.log(&terms)?;
    let charge = budget.charge(&terms)?;
    let regions = run.play(ui)?;
    let noisy = figures::release(plan, &regions, &mut Paid::new(plan)?)?;
    let made = figures::published(plan, &terms, &noisy, &charge, &budget.spent()?)?;
    let counts = Counts {
        members: plan.members.clone(),
        html: overlap_html(&made),
        json: overlap_json(&made),
        text: overlap_text(&made, WIDTH),
    };
    let name = terms.digest().to_string();
    budget.keep(&name, &counts)?;
    Ok((name, counts))
}

/// What became of an earlier run, before a new one is charged.
fn told(ui: &Ui, earlier: &Earlier) {
    if earlier.attempts == 0 {
        return;
    }
    let spent = if earlier.charged { "; its charge stays spent" } else { "; it was not charged" };
    ui.note(&format!(
        "an earlier run over these sets was stopped before its counts were drawn up: nobody saw them{spent}"
    ));
    ui.note("this is a new run, with new keys and a charge of its own");
}

/// Counts that are kept can still be written.
fn kept(failure: Failure) -> Failure {
    let remedied = |problem: &Problem| {
        problem.clone().remedy("repeat the command with another --out: the counts are kept, and cost nothing more")
    };
    Failure::of(failure.problems().iter().map(remedied).collect()).unwrap_or(failure)
}

/// Finds out before the charge whether anything can be written beside the output folder.
fn check_writable(out: &Path) -> Result<(), Failure> {
    let parent = round::parent(out);
    let probed = std::fs::create_dir_all(parent).and_then(|()| tempfile::tempfile_in(parent));
    probed.map(drop).map_err(|error| {
        let problem = Problem::new("U0005", "the folder cannot be written").why(error.to_string());
        problem.remedy("choose another --out; nothing was charged").at(Place::file(parent)).into()
    })
}

fn written(counts: &Counts) -> Files {
    let texts = [("overlap.html", &counts.html), ("overlap.json", &counts.json)];
    texts.into_iter().map(|(name, text)| (name.to_owned(), text.clone().into_bytes())).collect()
}

/// An error of a run with its code.
fn failure(error: &OverlapError) -> Failure {
    let (code, remedy) = match error {
        OverlapError::TooFew { .. } | OverlapError::LeastTooLow { .. } => {
            ("P0651", "leave the member out, or wait until it has more customers")
        }
        OverlapError::Name
        | OverlapError::ComparerIsMember { .. }
        | OverlapError::Purpose
        | OverlapError::Members { .. }
        | OverlapError::SameName { .. }
        | OverlapError::TooMany { .. } => ("S0611", "mend the plan"),
        OverlapError::Randomness(_) => ("K0403", "repeat the command"),
        _ => ("V0751", "find out which member did not keep to the protocol before anything is repeated"),
    };
    Problem::new(code, error.to_string()).remedy(remedy).into()
}

/// A problem with a member's file, its column named.
fn in_column(file: &MemberFile, plan: &Plan) -> Place {
    Place { column: Some(plan.column.clone()), ..Place::file(&file.file) }
}

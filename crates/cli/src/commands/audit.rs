//! `guildhall audit`: does a mechanism reveal more than it claims?

mod numbers;
mod recorded;
mod table;

use crate::ui::Ui;
use crate::{Failure, Problem};
use clap::Args;
use guildhall_dp::audit::{Claim, Finding, Flaw, Side, Subject, granularity, latency_correlation, shipped};
use guildhall_kpi::Rational;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::PathBuf;

/// If every claim is true, the whole command refutes one at most once in so many times.
const ONCE_IN: u64 = 1000;

/// Runs on each data set, and independent audits, of a full audit.
const FULL: (u32, u32) = (100_000, 20);

/// Runs whose time is taken with --timing.
const TIMED: u32 = 20_000;

/// Runs mechanisms on two data sets that differ in one unit and bounds epsilon from below by what tells them apart.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall audit                       every mechanism that guildhall ships (several minutes)
  guildhall audit laplace --seeds 5     five independent audits of one
  guildhall audit --broken all          what a refuted mechanism looks like
  guildhall audit --samples d0.csv d1.csv --epsilon 1      outputs of another library, recorded
  guildhall audit --samples d0.csv d1.csv --granularity    only the last bits of floats

Recorded outputs: a file for each of two neighbouring data sets, equally many lines, a run a line, figures
separated by commas, numbers written in full (17 digits where they are floats).
An audit only gives a lower bound on epsilon. 'Not refuted' is not 'proved'. Exit code 7 if a claim is refuted.")]
pub(crate) struct Audit {
    /// A mechanism by name, or all
    #[arg(default_value = "all", conflicts_with_all = ["broken", "samples"])]
    mechanism: String,
    /// List the mechanisms and the broken ones
    #[arg(long)]
    list: bool,
    /// Audit a mechanism that is broken on purpose, by name, or all of them
    #[arg(long, value_name = "NAME", conflicts_with = "samples")]
    broken: Option<String>,
    /// Audit recorded outputs on two neighbouring data sets
    #[arg(long, num_args = 2, value_names = ["D0", "D1"], conflicts_with_all = ["n", "seeds", "full", "timing"])]
    samples: Option<Vec<PathBuf>>,
    /// Runs on each of the two data sets
    #[arg(long, default_value_t = FULL.0, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    n: u32,
    /// Independent audits of each mechanism
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: u32,
    /// 100,000 runs and 20 audits of each mechanism (about an hour on two cores)
    #[arg(long, conflicts_with_all = ["n", "seeds"])]
    full: bool,
    /// The epsilon that is claimed
    #[arg(long, default_value = "1", value_parser = numbers::rational)]
    epsilon: Rational,
    /// The delta that is claimed of recorded outputs
    #[arg(long, default_value = "0", requires = "samples", value_parser = numbers::rational)]
    delta: Rational,
    /// Look only at the last bits of floats
    #[arg(long)]
    granularity: bool,
    /// Also report how the time of a run goes with the size of its noise
    #[arg(long)]
    timing: bool,
}

/// The audit of one mechanism: the highest bound of all its seeds.
pub(crate) struct Audited {
    name: String,
    about: String,
    claim: Claim,
    runs: u64,
    worst: Finding,
    timing: Option<f64>,
}

impl Audited {
    fn refuted(&self) -> bool {
        self.worst.refutes(&self.claim)
    }
}

impl Audit {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        if self.list {
            return ui.out(&table::list(ui.json())?);
        }
        let audited = match &self.samples {
            Some(files) => vec![self.recorded(files)?],
            None => self.drawn(ui)?,
        };
        ui.out(&if ui.json() { table::json(&audited) } else { table::text(&audited) })?;
        refusal(&audited).map_or(Ok(()), Err)
    }

    fn recorded(&self, files: &[PathBuf]) -> Result<Audited, Failure> {
        let claim = Claim { epsilon: self.epsilon, delta: self.delta };
        let (outputs, about) = recorded::read(files)?;
        let [first, second] = &outputs;
        let found = if self.granularity {
            granularity(first, second, &claim, ONCE_IN)
        } else {
            guildhall_dp::audit::distinguish(first, second, &claim, None, ONCE_IN)
        };
        let worst = found.map_err(|error| recorded::refused(files, &error))?;
        Ok(Audited { name: "recorded".to_owned(), about, claim, runs: first.runs() as u64, worst, timing: None })
    }

    fn drawn(&self, ui: &Ui) -> Result<Vec<Audited>, Failure> {
        let subjects = self.subjects()?;
        let (runs, seeds) = if self.full { FULL } else { (self.n, self.seeds) };
        let audits = subjects.len() as u64 * u64::from(seeds);
        let bar = bar(ui, audits * u64::from(runs) * 2);
        let once_in = ONCE_IN * audits;
        let audited: Result<Vec<Audited>, Failure> = subjects
            .iter()
            .map(|subject| {
                bar.set_message(subject.name().to_owned());
                self.audited(subject, runs, seeds, once_in, &bar)
            })
            .collect();
        bar.finish_and_clear();
        audited
    }

    fn audited(
        &self,
        subject: &Subject,
        runs: u32,
        seeds: u32,
        once_in: u64,
        bar: &ProgressBar,
    ) -> Result<Audited, Failure> {
        let mut worst: Option<Finding> = None;
        for seed in 0..seeds {
            let tick = |runs| bar.inc(runs);
            let outputs = |side| subject.outputs(side, runs as usize, seed.into(), &tick);
            let found = if self.granularity {
                granularity(
                    &outputs(Side::First).map_err(impossible)?,
                    &outputs(Side::Second).map_err(impossible)?,
                    subject.claim(),
                    once_in,
                )
            } else {
                subject.audit(runs as usize, seed.into(), once_in, &tick)
            };
            let found = found.map_err(impossible)?;
            worst = worst.filter(|worst| worst.epsilon >= found.epsilon).or(Some(found));
        }
        let timing = self.timing.then(|| latency_correlation(subject, runs.min(TIMED) as usize)).transpose();
        let timing = timing.map_err(impossible)?;
        let nothing = Problem::new("U0021", "there is nothing to audit").remedy("--seeds 1");
        let worst = worst.ok_or(nothing)?;
        let (name, about) = (subject.name().to_owned(), subject.about().to_owned());
        Ok(Audited { name, about, claim: *subject.claim(), runs: runs.into(), worst, timing })
    }

    fn subjects(&self) -> Result<Vec<Subject>, Failure> {
        let subjects = match &self.broken {
            None => shipped(self.epsilon),
            Some(_) => Flaw::ALL.iter().map(|flaw| flaw.subject(self.epsilon)).collect(),
        };
        let subjects = subjects.map_err(impossible)?;
        let asked = self.broken.as_deref().unwrap_or(&self.mechanism);
        if asked == "all" {
            return Ok(subjects);
        }
        let known: Vec<String> = subjects.iter().map(|subject| subject.name().to_owned()).collect();
        let chosen: Vec<Subject> = subjects.into_iter().filter(|subject| subject.name() == asked).collect();
        if chosen.is_empty() { Err(unknown(asked, &known)) } else { Ok(chosen) }
    }
}

fn bar(ui: &Ui, length: u64) -> ProgressBar {
    let target = if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    let style = ProgressStyle::with_template("{msg:20} [{bar:30}] {human_pos}/{human_len} runs, {eta} left");
    bar.with_style(style.unwrap_or(ProgressStyle::default_bar()).progress_chars("=> "))
}

/// What exit code 7 says; nothing where no claim is refuted.
fn refusal(audited: &[Audited]) -> Option<Failure> {
    let refuted = audited.iter().filter(|audited| audited.refuted());
    Failure::of(
        refuted
            .map(|audited| {
                let found = audited.worst.epsilon;
                let claimed = audited.claim.epsilon;
                let message = format!("{}: epsilon is at least {found:.3}, not {claimed} as claimed", audited.name);
                Problem::new("V0710", message)
                    .why(audited.about.clone())
                    .remedy("do not release anything with it; repeat the audit to rule out chance")
            })
            .collect(),
    )
}

fn unknown(asked: &str, known: &[String]) -> Failure {
    let near = known.iter().max_by(|x, y| strsim::jaro(asked, x).total_cmp(&strsim::jaro(asked, y)));
    let hint = near.map_or_else(String::new, |near| format!("{near}; "));
    Problem::new("U0020", format!("there is no mechanism {asked:?}"))
        .remedy(format!("{hint}guildhall audit --list (names them all)"))
        .into()
}

/// A mechanism that cannot be built or run with what was asked.
fn impossible(error: guildhall_dp::Error) -> Failure {
    Problem::new("U0021", error.to_string()).remedy("--epsilon 1, or another value that releases would use").into()
}

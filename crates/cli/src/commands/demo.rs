//! `guildhall demo`: a whole round with faults, no configuration, no network, checked by itself.

use crate::consortium::found;
use crate::demo::{Check, STUDY, Town, compare, sentences, tell};
use crate::round::{self, FirstVersions, Progress};
use crate::study::Study;
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_data::Input;
use guildhall_federation::charter::Charter;
use guildhall_federation::local::{Event, Faults, Outcome, Stage};
use guildhall_federation::statement;
use guildhall_federation::transcript::{Files, name};
use std::path::{Path, PathBuf};

/// Plays a round over generated stalls while trustees fail and members cheat, and checks the result.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall demo
  guildhall demo --members 50 --seed 7 --out demo-50
  guildhall verify guildhall-demo")]
pub(crate) struct Demo {
    /// Number of generated stalls
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(10..=5000))]
    members: u32,
    /// Seed of the generated figures; cryptography and noise are never seeded
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to write report, benchmark and transcript; replaced if it holds an earlier demo and nothing else
    #[arg(long, default_value = "guildhall-demo")]
    out: PathBuf,
}

/// The id of the demonstration's study.
const DEMO: &str = "demo-stalls";
/// The trustee that stops, and the one that lies.
const STOPPED: u8 = 3;
const LIAR: u8 = 6;

impl Demo {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let earlier = earlier_demo(&self.out)?;
        let study = Study::parse(Path::new("the demonstration's study"), STUDY)?;
        let members = usize::try_from(self.members).unwrap_or(usize::MAX);
        let town = Town::new(members, self.seed);
        ui.note(&format!("{members} stalls, {} kB of receipts (seed {})", town.csv.len() / 1000, self.seed));
        let input = Input::Bytes { name: "stalls.csv".to_owned(), bytes: town.csv.clone() };
        let prepared = round::prepare(&study, &[input])?;
        ui.note(&prepared.notes.summary());
        let (forger, corrector) = (members / 3, members / 2);
        let faults = Faults {
            stopped: [(STOPPED, Stage::Ready)].into(),
            wrong_shares: [LIAR].into(),
            forging: [u32::try_from(forger).unwrap_or(0)].into(),
            ..Faults::default()
        };
        let mistake = vec![Some(1); study.schema().figures.len()];
        let first = FirstVersions::from([(corrector, mistake)]);
        let state = tempfile::tempdir()
            .map_err(|error| Problem::new("U0005", "no temporary folder can be made").why(error.to_string()))?;
        let parties = found(state.path(), &study)?;
        let progress = Progress::new(ui.shows_progress());
        let observe = |event| progress.observe(event);
        let assembled = round::assemble(&study, prepared.members, &parties, &first)?;
        let outcome = round::played(parties, assembled, &faults, &observe)?;
        let events = progress.into_events();
        let mut checks = compare(&outcome, &town);
        checks.extend(faults_seen(&outcome, forger, corrector));
        let story = tell(&outcome, &events);
        let (benchmark, notes) = (outcome.benchmark.clone(), prepared.notes);
        let files = round::publish(outcome, STUDY, &notes)?;
        checks.push(verifies(&self.out, &files));
        remove_earlier_demo(&self.out, &earlier)?;
        round::write_folder(&self.out, &files)?;
        let text = guildhall_report::text(&round::document(&benchmark, Some(&notes)), 100);
        self.tell(ui, &story, &text, &events, &checks)
    }

    fn tell(&self, ui: &Ui, story: &str, table: &str, events: &[Event], checks: &[Check]) -> Result<(), Failure> {
        let folder = self.out.display();
        if ui.json() {
            let object = serde_json::json!({
                "schema": "guildhall/demo/v1",
                "ok": checks.iter().all(|check| check.ok),
                "members": self.members,
                "seed": self.seed,
                "out": self.out,
                "story": sentences(events),
                "checks": checks,
            });
            ui.out(&format!("{object}\n"))?;
        } else {
            let mut text = format!("{table}\n{story}\nChecked\n");
            for check in checks {
                let mark = if check.ok { "ok  " } else { "FAIL" };
                text.push_str(&format!("  {mark} {} ({})\n", check.what, check.seen));
            }
            text.push_str(&format!("\nWrote {folder}/report.html, benchmark.json and the public transcript.\n"));
            text.push_str(&format!("Next: open {folder}/report.html, or run: guildhall verify {folder}\n"));
            ui.out(&text)?;
        }
        match checks.iter().find(|check| !check.ok) {
            None => Ok(()),
            Some(failed) => Err(Problem::new("R0101", format!("the demonstration's check failed: {}", failed.what))
                .why(failed.seen.clone())
                .remedy("send the makers the seed and this message")
                .into()),
        }
    }
}

/// The forger is out, the correction counts, the liar and the stopped trustee are shown.
fn faults_seen(outcome: &Outcome, forger: usize, corrector: usize) -> Vec<Check> {
    let entry = |index: usize| outcome.set.members.iter().find(|entry| usize::try_from(entry.member) == Ok(index));
    let sequence = entry(corrector).map_or(0, |entry| entry.sequence);
    let opened = &outcome.opened;
    vec![
        Check::new("the forged contribution is not counted", entry(forger).is_none(), format!("member {}", forger + 1)),
        Check::new("the correction counts", sequence == 2, format!("version {sequence} of member {}", corrector + 1)),
        Check::new(
            "the lying trustee is shown, and only it",
            opened.dissenting == [LIAR] && opened.silent == [STOPPED],
            format!("dissenting: {:?}, silent: {:?}", opened.dissenting, opened.silent),
        ),
    ]
}

fn verifies(folder: &Path, files: &Files) -> Check {
    match super::verify::verified(folder, files, None) {
        Ok(round) => {
            Check::new("the transcript verifies from its files alone", true, format!("{} checks", round.checks.len()))
        }
        Err(failure) => Check::new("the transcript verifies from its files alone", false, failure.to_string()),
    }
}

/// The files of an earlier demonstration that may be replaced; none where the folder is new or empty.
///
/// # Errors
/// If the folder holds anything else: a file that the earlier demonstration did not publish, another round.
fn earlier_demo(folder: &Path) -> Result<Vec<String>, Failure> {
    let files = round::read_folder(folder).unwrap_or_default();
    let charter: Option<Charter> = files.get(name::CHARTER).and_then(|bytes| statement::decode(bytes).ok());
    let names = round::published_names(&files).unwrap_or_default();
    let exactly = names.len() == files.len() && names.iter().all(|name| files.contains_key(name));
    if charter.is_some_and(|charter| charter.study == DEMO) && exactly {
        return Ok(names);
    }
    round::check_free(folder).map(|()| Vec::new())
}

/// Removes the files of an earlier demonstration one by one, and nothing else.
fn remove_earlier_demo(folder: &Path, names: &[String]) -> Result<(), Failure> {
    let removed = names.iter().try_for_each(|name| std::fs::remove_file(folder.join(name)));
    removed.map_err(|error| {
        let problem = Problem::new("U0005", "the earlier demonstration cannot be replaced").why(error.to_string());
        problem.remedy("choose another --out").at(Place::file(folder)).into()
    })
}

//! `guildhall he rank`: members' figures compared without anyone seeing them.
//!
//! Five people's steps: everybody makes an identity; the opener makes keys; members encrypt; the evaluator computes and
//! holds no secret; the opener opens; every member reads its own place. Each step is a command on files that are handed
//! over by whatever means.

mod files;
mod plan;

use crate::ui::Ui;
use crate::{Failure, Problem};
use clap::{Args, Subcommand};
use files::Folder;
use guildhall_he::Identity;
use guildhall_he::compare::{CompareError, Evaluator, Figure, MaskedPlace, Opened, Upload};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plan::Named;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::path::PathBuf;

/// The steps.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall he rank identity --out bakery.identity
  guildhall he rank keygen comparison.toml --identity opener.identity --out keys
  guildhall he rank encrypt comparison.toml --identity bakery.identity --key keys/encryption.key --figure 417 --out sent
  guildhall he rank evaluate comparison.toml --identity evaluator.identity --key keys/evaluation.key --out results sent/*.figure
  guildhall he rank open comparison.toml --key keys/opening.key results > opened.json
  guildhall he rank place comparison.toml --pads sent/bakery.pads opened.json")]
pub(crate) struct Rank {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Everybody: make an identity, print its public key for the comparison's file
    Identity(MakeIdentity),
    /// Opener: make the three keys of a comparison
    Keygen(Keygen),
    /// Member: encrypt one figure; keep the pads
    Encrypt(Encrypt),
    /// Evaluator: compare all encrypted figures; holds no secret
    Evaluate(Evaluate),
    /// Opener: open the order statistics and the masked places, as JSON
    Open(Open),
    /// Member: read the own place
    Place(ReadPlace),
}

#[derive(Debug, Args)]
struct MakeIdentity {
    /// Where to write the identity: secret
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Keygen {
    /// The comparison's file
    comparison: PathBuf,
    /// The opener's identity
    #[arg(long)]
    identity: PathBuf,
    /// Where to write opening.key (secret), encryption.key and evaluation.key; a folder that is new or empty
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Encrypt {
    /// The comparison's file
    comparison: PathBuf,
    /// The member's identity
    #[arg(long)]
    identity: PathBuf,
    /// The opener's encryption.key
    #[arg(long)]
    key: PathBuf,
    /// The figure, in whole steps
    #[arg(long)]
    figure: u64,
    /// Folder for NAME.figure, which goes to the evaluator, and NAME.pads, which stays
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Evaluate {
    /// The comparison's file
    comparison: PathBuf,
    /// The evaluator's identity
    #[arg(long)]
    identity: PathBuf,
    /// The opener's evaluation.key
    #[arg(long)]
    key: PathBuf,
    /// Where to write the encrypted results
    #[arg(long)]
    out: PathBuf,
    /// Every member's encrypted figure, in any order
    #[arg(required = true)]
    figures: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct Open {
    /// The comparison's file
    comparison: PathBuf,
    /// opening.key
    #[arg(long)]
    key: PathBuf,
    /// The evaluator's results
    results: PathBuf,
}

#[derive(Debug, Args)]
struct ReadPlace {
    /// The comparison's file
    comparison: PathBuf,
    /// The pads the member kept
    #[arg(long)]
    pads: PathBuf,
    /// What the opener published
    opened: PathBuf,
}

/// What the opener publishes: everybody may see it, each member can read its own place from it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    schema: String,
    title: String,
    /// Digest of the comparison's file, in hexadecimal.
    comparison: String,
    order_statistics: Vec<OrderStatistic>,
    masked_places: Vec<PublishedPlace>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderStatistic {
    name: String,
    /// Counted from 1, the smallest.
    number: usize,
    figure: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedPlace {
    member: String,
    below: u8,
    above: u8,
}

const SCHEMA: &str = "guildhall-comparison-v1";

impl Rank {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        match self.step {
            Step::Identity(step) => step.run(ui),
            Step::Keygen(step) => step.run(ui),
            Step::Encrypt(step) => step.run(ui),
            Step::Evaluate(step) => step.run(ui),
            Step::Open(step) => step.run(ui),
            Step::Place(step) => step.run(ui),
        }
    }
}

impl MakeIdentity {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let identity = Identity::generate().map_err(|error| Problem::new("K0403", error.to_string()))?;
        files::write_secret(&self.out, &identity.expose_file())?;
        ui.note(&format!("wrote {} (secret); its public key, for the comparison's file:", self.out.display()));
        ui.out(&format!("{}\n", hex::encode(identity.public())))
    }
}

impl Keygen {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let named = Named::read(&self.comparison)?;
        let identity = files::identity(&self.identity)?;
        let folder = Folder::free(&self.out)?;
        let keys = named.comparison.keys(&identity).map_err(|error| refused(&error))?;
        files::write_secret(&folder.file("opening.key"), &keys.opening)?;
        files::write(&folder.file("encryption.key"), &keys.encryption)?;
        files::write(&folder.file("evaluation.key"), &keys.evaluation)?;
        ui.note(&format!(
            "wrote {}: opening.key stays here (secret: with the encrypted figures it opens every one), encryption.key \
             goes to the members, evaluation.key to the evaluator",
            self.out.display()
        ));
        Ok(())
    }
}

impl Encrypt {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let named = Named::read(&self.comparison)?;
        named.check(self.figure)?;
        let identity = files::identity(&self.identity)?;
        let key = files::read(&self.key)?;
        let figure = Figure::new(self.figure, named.comparison.plan().width()).map_err(|error| refused(&error))?;
        let made = named.comparison.encrypt(&identity, &key, &figure).map_err(|error| at(&self.key, &error))?;
        let (folder, name) = (Folder::any(&self.out)?, named.name(&identity.public()));
        let (pads, upload) = (folder.file(&format!("{name}.pads")), folder.file(&format!("{name}.figure")));
        files::write_secret(&pads, &made.pads)?;
        files::write(&upload, &made.upload)?;
        ui.note(&format!("{} goes to the evaluator; {} stays here (secret)", upload.display(), pads.display()));
        Ok(())
    }
}

impl Evaluate {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let named = Named::read(&self.comparison)?;
        let plan = named.comparison.plan();
        let identity = files::identity(&self.identity)?;
        files::check_new(&self.out)?;
        let (key, id) =
            named.comparison.evaluation_key(&files::read(&self.key)?).map_err(|error| at(&self.key, &error))?;
        let uploads = self.uploads(&named, &id)?;
        let evaluator = Evaluator::new(&key).map_err(|error| at(&self.key, &error))?;
        let bar = bar(ui, plan.bootstraps());
        let results = evaluator
            .evaluate(plan, &uploads, |done| bar.set_position(done as u64))
            .map_err(|error| refused(&error))?;
        bar.finish_and_clear();
        let signed = named.comparison.sign(&identity, &id, &results).map_err(|error| refused(&error))?;
        files::write(&self.out, &signed)?;
        ui.note(&format!("{} bootstraps; {} goes to the opener", evaluator.bootstraps(), self.out.display()));
        Ok(())
    }

    /// Every member's figure, in the order of the roster.
    fn uploads(&self, named: &Named, key: &[u8; 32]) -> Result<Vec<Upload>, Failure> {
        let mut slots: Vec<Option<Upload>> = named.comparison.roster().iter().map(|_| None).collect();
        for path in &self.figures {
            let (member, upload) =
                named.comparison.upload(&files::read(path)?, key).map_err(|error| at(path, &error))?;
            let slot = slots.get_mut(member).filter(|slot| slot.is_none());
            let twice = || Problem::new("C1001", format!("{} is there twice", named.members[member]));
            *slot.ok_or_else(|| files::placed(path, twice().remedy("leave one of the two out")))? = Some(upload);
        }
        let missing =
            slots.iter().zip(&named.members).filter(|(slot, _)| slot.is_none()).map(|(_, name)| name.as_str());
        let missing: Vec<&str> = missing.collect();
        if missing.is_empty() {
            return Ok(slots.into_iter().flatten().collect());
        }
        let problem = Problem::new("C1006", format!("no encrypted figure of {}", missing.join(", ")));
        Err(problem.remedy("get the missing files, or make a new comparison without these members").into())
    }
}

impl Open {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let named = Named::read(&self.comparison)?;
        let (key, results) = (files::read_secret(&self.key)?, files::read(&self.results)?);
        let opened = named.comparison.open_results(&key, &results).map_err(|error| at(&self.results, &error))?;
        files::opened_once(&self.key, &results)?;
        let published = published(&named, &opened);
        ui.note(&text(&published));
        let json = serde_json::to_string_pretty(&published).map_err(|e| Problem::new("U0006", e.to_string()))?;
        ui.out(&format!("{json}\n"))
    }
}

impl ReadPlace {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let named = Named::read(&self.comparison)?;
        let text = crate::study::text_of_file(&self.opened, 1 << 20)?;
        let unreadable = |why: String| {
            let problem = Problem::new("C1002", "this is not what the opener published").why(why);
            files::placed(&self.opened, problem.remedy("get the file that `guildhall he rank open` printed"))
        };
        let published: Published = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        if published.schema != SCHEMA || published.comparison != hex::encode(named.comparison.digest()) {
            return Err(unreadable("it is of another comparison".to_owned()));
        }
        let places = published.masked_places.iter();
        let places = places.map(|place| MaskedPlace { below: place.below, above: place.above }).collect();
        let opened = Opened { places, orders: Vec::new() };
        let pads = files::read_secret(&self.pads)?;
        let place = named.comparison.place(&pads, &opened).map_err(|error| at(&self.pads, &error))?;
        if ui.json() {
            let (rank, members, equal) = (place.rank(), place.members, place.equal());
            let json = serde_json::json!({
                "schema": "guildhall-place-v1", "title": published.title, "rank": rank, "members": members,
                "below": place.below, "above": place.above, "equal": equal,
            });
            return ui.out(&format!("{json:#}\n"));
        }
        let mut text = format!(
            "{}: rank {} of {}, counted from the largest ({} larger, {} smaller",
            published.title,
            place.rank(),
            place.members,
            place.above,
            place.below
        );
        let _ = match place.equal() {
            0 => writeln!(text, ")"),
            equal => writeln!(text, ", {equal} equal)"),
        };
        ui.out(&text)
    }
}

fn published(named: &Named, opened: &Opened) -> Published {
    let figures = named.comparison.plan().orders().iter().zip(&opened.orders);
    let order = |(&order, &figure): (&usize, &u64)| {
        let name = named.questions.iter().filter(|(_, asked)| *asked == order).map(|(name, _)| name.as_str());
        OrderStatistic { name: name.collect::<Vec<_>>().join(", "), number: order + 1, figure }
    };
    let place = |(name, place): (&String, &MaskedPlace)| PublishedPlace {
        member: name.clone(),
        below: place.below,
        above: place.above,
    };
    Published {
        schema: SCHEMA.to_owned(),
        title: named.comparison.title().to_owned(),
        comparison: hex::encode(named.comparison.digest()),
        order_statistics: figures.map(order).collect(),
        masked_places: named.members.iter().zip(&opened.places).map(place).collect(),
    }
}

/// The order statistics for people; places are masked and say nothing.
fn text(published: &Published) -> String {
    let lines = published.order_statistics.iter().map(|order| format!("  {}: {}\n", order.name, order.figure));
    format!(
        "{}\n{}Each member reads its own place with `guildhall he rank place`.",
        published.title,
        lines.collect::<String>()
    )
}

fn bar(ui: &Ui, bootstraps: usize) -> ProgressBar {
    let target = if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(bootstraps as u64), target);
    let style = ProgressStyle::with_template("Comparing [{bar:30}] {pos}/{len} bootstraps, {eta} left");
    bar.set_style(style.unwrap_or(ProgressStyle::default_bar()).progress_chars("=> "));
    bar
}

/// An error of the comparison with its code.
fn refused(error: &CompareError) -> Failure {
    problem(error).into()
}

/// The same, about a file.
fn at(path: &std::path::Path, error: &CompareError) -> Failure {
    files::placed(path, problem(error))
}

fn problem(error: &CompareError) -> Problem {
    let (code, remedy) = match error {
        CompareError::Damaged(_)
        | CompareError::Length { .. }
        | CompareError::Library(_)
        | CompareError::OutOfRange(_) => ("C1002", "get the file again from whoever made it"),
        CompareError::Mismatch(_) => ("C1002", "check that everybody has the same comparison file and keys"),
        CompareError::NotOnRoster(_) => ("C1003", "use the identity whose public key stands in the comparison's file"),
        _ => ("C1001", "mend what the message names"),
    };
    Problem::new(code, error.to_string()).remedy(remedy)
}

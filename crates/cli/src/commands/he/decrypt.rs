//! `guildhall he decrypt`: opens a tally with the secret key, or with the shares of a quorum.

use super::result::{self, Checked};
use super::uploads::{Uploads, listed};
use super::{At, file::PollFile, keygen::hex, store};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_he::{
    Grounds, KeyShare, OpeningShare, PublicKey, Releases, SecretKey, Seen, Tally, UnverifiedTally, metrics,
    open_with_shares,
};
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Opens the sums of a poll.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall he decrypt poll.toml --public public.key --tally tally --uploads inbox --secret keys/secret.key
  guildhall he decrypt poll.toml --public public.key --tally tally --uploads inbox --share party-2/share.key --quorum 1,2,4 --out 2.opening
  guildhall he decrypt poll.toml --public public.key --tally tally --openings 1.opening 2.opening 4.opening

The tally is computed again from the uploads before anything is opened: an evaluator could otherwise have chosen what is
opened. A share of a joint key opens one tally, for at most three quorums; what it opened is recorded beside it before
anything is written, and asked again it gives the same share.")]
pub(crate) struct Decrypt {
    /// The poll file
    poll: PathBuf,
    /// The public key
    #[arg(long)]
    public: PathBuf,
    /// The tally
    #[arg(long)]
    tally: PathBuf,
    #[command(flatten)]
    uploads: Uploads,
    /// DANGER: open what the evaluator chose, without computing the tally again; a joint key refuses unless its poll allows it
    #[arg(long, conflicts_with_all = ["paths", "roster", "skip_refused", "openings"])]
    trust_evaluator: bool,
    /// The secret key of a single decryptor
    #[arg(long, conflicts_with_all = ["share", "openings"])]
    secret: Option<PathBuf>,
    /// Your share of a joint key: makes an opening share
    #[arg(long, requires = "quorum", requires = "out", conflicts_with = "openings")]
    share: Option<PathBuf>,
    /// The parties that open together, agreed before
    #[arg(long, value_delimiter = ',', requires = "share")]
    quorum: Vec<u8>,
    /// Where to write the opening share
    #[arg(long, requires = "share")]
    out: Option<PathBuf>,
    /// Opening shares of all parties of the quorum
    #[arg(long, num_args = 1..)]
    openings: Vec<PathBuf>,
    /// Opening shares of this key seen before, files or folders: shows whether a party's record was set back
    #[arg(long, num_args = 1.., conflicts_with = "secret")]
    seen: Vec<PathBuf>,
}

impl Decrypt {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let file = PollFile::read(&self.poll)?;
        let public = PublicKey::decode(&store::read(&self.public)?, &file.poll, None).at(&self.public)?;
        let bytes = store::read(&self.tally)?;
        let said = UnverifiedTally::decode(&bytes, &file.poll, &file.plan, public.binding()).at(&self.tally)?;
        match (&self.secret, &self.share, self.openings.as_slice()) {
            (Some(secret), ..) => {
                let key = SecretKey::decode(&store::read_secret(secret)?).at(secret)?;
                let tally = self.checked(ui, &file, &public, said)?;
                let sums = tally.open(&file.plan, &key).at(secret)?;
                let checked = Checked { grounds: tally.grounds(), trusting: vec![] };
                self.show(ui, &file, tally.said(), &sums, &checked)
            }
            (None, Some(share), _) => {
                let seen = self.seen(&public)?;
                let tally = self.checked(ui, &file, &public, said)?;
                self.make_share(ui, &file, &tally, share, &seen)
            }
            (None, None, []) => {
                let problem = Problem::new("U0043", "nothing was given to open the tally with");
                Err(problem.remedy("add --secret, --share with --quorum and --out, or --openings").into())
            }
            (None, None, openings) => self.combine(ui, &file, &public, said, openings),
        }
    }

    /// The tally, computed again, or taken as it is where that was asked for.
    fn checked(&self, ui: &Ui, file: &PollFile, public: &PublicKey, said: UnverifiedTally) -> Result<Tally, Failure> {
        if self.trust_evaluator {
            let tally = said.trusting_the_evaluator(&file.poll).at(&self.tally)?;
            ui.note("EVALUATOR TRUSTED: the tally is not computed again; what is opened is what the evaluator chose");
            return Ok(tally);
        }
        if !self.uploads.are_given() {
            let problem =
                Problem::new("U0044", "the uploads are needed, to compute the tally again before it is opened");
            let why = "an evaluator could have sent one person's answer as the sum";
            return Err(problem.why(why).remedy("add --uploads with their files or folders").into());
        }
        let roster = self.uploads.roster()?;
        let (own, _) = self.uploads.add(ui, file, public, roster.as_ref())?;
        let tally = said.recomputed(own).at(&self.tally)?;
        ui.note("the tally follows from the uploads");
        if roster.is_none() {
            ui.note("no roster was given: whoever evaluated could have sent all but one of the uploads itself");
        }
        Ok(tally)
    }

    /// Every opening share seen before, of whatever party.
    fn seen(&self, public: &PublicKey) -> Result<Seen, Failure> {
        let mut seen = Seen::default();
        for path in listed(&self.seen)? {
            seen.add(&store::read(&path)?, public).at(&path)?;
        }
        Ok(seen)
    }

    fn combine(
        &self,
        ui: &Ui,
        file: &PollFile,
        public: &PublicKey,
        said: UnverifiedTally,
        openings: &[PathBuf],
    ) -> Result<(), Failure> {
        let (mut seen, mut shares) = (self.seen(public)?, Vec::new());
        for path in openings {
            let share = OpeningShare::decode(&store::read(path)?, &file.plan, public, &said).at(path)?;
            seen.note(share.clone()).at(path)?;
            shares.push(share);
        }
        let sums = open_with_shares(&file.poll, &file.plan, &said, &shares).at(&self.tally)?;
        let trusting = shares.iter().filter(|share| share.grounds == Grounds::EvaluatorTrusted);
        let trusting: Vec<u8> = trusting.map(|share| share.party).collect();
        let recomputed = trusting.is_empty() || self.uploads.are_given();
        let said = if self.uploads.are_given() { self.checked(ui, file, public, said)?.said().clone() } else { said };
        let grounds = if recomputed { Grounds::Recomputed } else { Grounds::EvaluatorTrusted };
        self.show(ui, file, &said, &sums, &Checked { grounds, trusting })
    }

    fn show(
        &self,
        ui: &Ui,
        file: &PollFile,
        tally: &UnverifiedTally,
        sums: &[i64],
        checked: &Checked,
    ) -> Result<(), Failure> {
        let opened = metrics(&file.poll, &file.plan, tally, sums).at(&self.tally)?;
        let shown = if ui.json() { result::json } else { result::text };
        ui.out(&shown(file, tally, &opened, checked))
    }

    fn make_share(&self, ui: &Ui, file: &PollFile, tally: &Tally, path: &Path, seen: &Seen) -> Result<(), Failure> {
        let share = KeyShare::decode(&store::read_secret(path)?, &file.poll).at(path)?;
        let record = path.with_extension("releases");
        let lock = locked(path)?;
        let before = releases(&record, &share)?;
        before.covers(seen).at(&record)?;
        let (opening, after) = share.open(&file.poll, &file.plan, tally, &self.quorum, &before).at(path)?;
        // Durable before the share exists anywhere else: a crash in between loses nothing, for asked again it is the same.
        let repeated = after == before;
        if !repeated {
            store::replace(&record, &after.encode())?;
        }
        let out = self.out.as_deref().unwrap_or(path);
        store::write(out, &opening)?;
        drop(lock);
        ui.note(&format!("wrote {}; recorded in {} (keep it with the share)", out.display(), record.display()));
        let (said, counted) = (tally.said(), after.count(&tally.said().release));
        if repeated {
            ui.note("this is the share that was given before: no fresh noise, and nothing more is counted");
        }
        if ui.json() {
            let object = json!({
                "schema": "guildhall/he-opening/v1",
                "ok": true,
                "poll": file.poll.id,
                "tally": hex(&said.id),
                "release": hex(&said.release),
                "evaluation": tally.grounds().name(),
                "party": share.index(),
                "quorum": self.quorum,
                "counted": counted,
                "repeated": repeated,
            });
            return ui.out(&format!("{object}\n"));
        }
        ui.out(&format!("opening share of party {} for tally {}\n", share.index(), hex(&said.id)))
    }
}

/// What the share opened so far. A record that is not there, or cannot be read, is an error and never an unused share.
fn releases(path: &Path, share: &KeyShare) -> Result<Releases, Failure> {
    if let Ok(false) = path.try_exists() {
        let problem = Problem::new("P0643", "the record of what this key share opened is missing");
        let remedy = "put back the newest copy, which stood beside the share; without it make a new poll";
        return Err(problem.remedy(remedy).at(Place::file(path)).into());
    }
    Releases::decode(&store::read(path)?, share).at(path)
}

/// Two openings of one share at a time would both count as the first.
fn locked(path: &Path) -> Result<File, Failure> {
    let busy = |why: String| -> Failure {
        let problem = Problem::new("R0762", "this share is in use").why(why);
        problem.remedy("try again when the other command has ended").at(Place::file(path)).into()
    };
    let file = File::open(path).map_err(|error| busy(error.to_string()))?;
    file.try_lock().map_err(|error| busy(error.to_string()))?;
    Ok(file)
}

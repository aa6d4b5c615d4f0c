//! `guildhall he decrypt`: opens a tally with the secret key, or with the shares of a quorum.

use super::{At, file::PollFile, keygen::hex, result, store};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_he::{KeyShare, OpeningShare, PublicKey, SecretKey, Spent, Tally, metrics, open_with_shares};
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Opens the sums of a poll.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall he decrypt poll.toml --public public.key --tally tally --secret keys/secret.key
  guildhall he decrypt poll.toml --public public.key --tally tally --share party-2/share.key --quorum 1,2,4 --out 2.opening
  guildhall he decrypt poll.toml --public public.key --tally tally --openings 1.opening 2.opening 4.opening

A share of a joint key opens one tally, for at most three quorums; what it was used for is recorded beside it before
anything is written.")]
pub(crate) struct Decrypt {
    /// The poll file
    poll: PathBuf,
    /// The public key
    #[arg(long)]
    public: PathBuf,
    /// The tally
    #[arg(long)]
    tally: PathBuf,
    /// The secret key of a single decryptor
    #[arg(long, conflicts_with_all = ["share", "openings"])]
    secret: Option<PathBuf>,
    /// Your share of a joint key: makes an opening share
    #[arg(long, requires = "quorum", requires = "out", conflicts_with = "openings")]
    share: Option<PathBuf>,
    /// The parties that open together, agreed before
    #[arg(long, value_delimiter = ',')]
    quorum: Vec<u8>,
    /// Where to write the opening share
    #[arg(long)]
    out: Option<PathBuf>,
    /// Opening shares of all parties of the quorum
    #[arg(long, num_args = 1..)]
    openings: Vec<PathBuf>,
}

impl Decrypt {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let file = PollFile::read(&self.poll)?;
        let public = PublicKey::decode(&store::read(&self.public)?, &file.poll, None).at(&self.public)?;
        let bytes = store::read(&self.tally)?;
        let tally = Tally::decode(&bytes, &file.poll, &file.plan, public.binding()).at(&self.tally)?;
        match (&self.secret, &self.share, self.openings.as_slice()) {
            (Some(secret), ..) => {
                let key = SecretKey::decode(&Zeroizing::new(store::read(secret)?)).at(secret)?;
                let sums = tally.open(&file.plan, &key).at(secret)?;
                self.show(ui, &file, &tally, &sums)
            }
            (None, Some(share), _) => self.make_share(ui, &file, &tally, share),
            (None, None, []) => {
                let problem = Problem::new("U0043", "nothing was given to open the tally with");
                Err(problem.remedy("add --secret, --share with --quorum and --out, or --openings").into())
            }
            (None, None, openings) => {
                let read =
                    |path: &PathBuf| OpeningShare::decode(&store::read(path)?, &file.plan, &public, &tally).at(path);
                let shares = openings.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
                let sums = open_with_shares(&file.poll, &file.plan, &tally, &shares).at(&self.tally)?;
                self.show(ui, &file, &tally, &sums)
            }
        }
    }

    fn show(&self, ui: &Ui, file: &PollFile, tally: &Tally, sums: &[i64]) -> Result<(), Failure> {
        let opened = metrics(&file.poll, &file.plan, tally, sums).at(&self.tally)?;
        ui.out(&if ui.json() { result::json(file, tally, &opened) } else { result::text(file, tally, &opened) })
    }

    fn make_share(&self, ui: &Ui, file: &PollFile, tally: &Tally, path: &Path) -> Result<(), Failure> {
        let share = KeyShare::decode(&Zeroizing::new(store::read(path)?), &file.poll).at(path)?;
        let record = path.with_extension("spent");
        let lock = locked(path)?;
        // A record that cannot be looked at is an error, never a share that was not used.
        let spent = match record.try_exists() {
            Ok(false) => Spent::default(),
            _ => Spent::decode(&store::read(&record)?).at(&record)?,
        };
        let (opening, spent) = share.open(&file.poll, &file.plan, tally, &self.quorum, &spent).at(path)?;
        // Durable before the share exists anywhere: a crash in between loses one opening, never the count.
        store::replace(&record, &spent.encode())?;
        let out = self.out.as_deref().unwrap_or(path);
        store::write(out, &opening)?;
        drop(lock);
        ui.note(&format!("wrote {}; recorded in {} (keep it with the share)", out.display(), record.display()));
        if ui.json() {
            let object = json!({
                "schema": "guildhall/he-opening/v1",
                "ok": true,
                "poll": file.poll.id,
                "tally": hex(&tally.id),
                "party": share.index(),
                "quorum": self.quorum,
            });
            return ui.out(&format!("{object}\n"));
        }
        ui.out(&format!("opening share of party {} for tally {}\n", share.index(), hex(&tally.id)))
    }
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

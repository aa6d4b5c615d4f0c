//! `guildhall he keygen`: keys of one business, or a joint key step by step through a shared folder.

use super::{At, file::PollFile, store};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_he::{Binding, HeError, KeyShare, Mode, Party, PreparedDeal, PublicKey, Roster, SecretKey};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Makes the keys of a poll.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall he keygen poll.toml --out keys
  guildhall he keygen poll.toml --party 2 --shared ceremony --out party-2   again until it says the key is made

A joint key is made in four steps through a folder that all parties see. The same command does the next step that is
due, and ends with exit 75 while it waits for other parties; after a crash run it again. Compare the fingerprints it prints by another way.")]
pub(crate) struct Keygen {
    /// The poll file
    poll: PathBuf,
    /// Where your keys are written: secret, only for you
    #[arg(long)]
    out: PathBuf,
    /// Your number among the parties of a joint key, from 1
    #[arg(long, requires = "shared")]
    party: Option<u8>,
    /// The folder all parties see
    #[arg(long, requires = "party")]
    shared: Option<PathBuf>,
}

impl Keygen {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let file = PollFile::read(&self.poll)?;
        match (&file.poll.mode, self.party, &self.shared) {
            (Mode::Quorum(_), Some(party), Some(shared)) => {
                Ceremony { file: &file, path: &self.poll, party, shared, out: &self.out }.next(ui)
            }
            (Mode::Quorum(_), ..) => {
                let problem = Problem::new("U0041", "this poll has a joint key: say which party you are");
                Err(problem.remedy("add --party 1 --shared FOLDER").at(Place::file(&self.poll)).into())
            }
            (_, None, _) => self.alone(ui, &file),
            _ => {
                let problem = Problem::new("U0041", "this poll has one decryptor, not parties");
                Err(problem.remedy("leave out --party and --shared").at(Place::file(&self.poll)).into())
            }
        }
    }

    fn alone(&self, ui: &Ui, file: &PollFile) -> Result<(), Failure> {
        let (secret_path, public_path) = (self.out.join("secret.key"), self.out.join("public.key"));
        store::check_free(&public_path)?;
        store::secret_folder(&self.out)?;
        if secret_path.symlink_metadata().is_ok() {
            return rebuilt(ui, file, &secret_path, &public_path);
        }
        let (secret, public) = SecretKey::generate(&file.poll).at(&self.poll)?;
        // The public key comes last: where it is missing, it follows from the secret one.
        store::write_secret(&secret_path, &secret.expose_file())?;
        store::write(&public_path, &public.encode(secret.identity()))?;
        let place = self.out.display();
        ui.note(&format!(
            "wrote {place}/secret.key (keep it to yourself) and {place}/public.key (give it to uploaders)"
        ));
        made(ui, file, public.binding())
    }
}

/// Goes on where a run was stopped between the two keys.
fn rebuilt(ui: &Ui, file: &PollFile, secret_path: &Path, public_path: &Path) -> Result<(), Failure> {
    let secret = SecretKey::decode(&store::read_secret(secret_path)?).at(secret_path)?;
    if secret.binding().poll != file.poll.digest() {
        return Err(super::failure(secret_path, &HeError::Mismatch { what: "the secret key", other: "poll" }));
    }
    let public = secret.public().at(secret_path)?;
    store::write(public_path, &public.encode(secret.identity()))?;
    ui.note(&format!("wrote {}: it follows from the secret key that is there", public_path.display()));
    made(ui, file, public.binding())
}

fn made(ui: &Ui, file: &PollFile, binding: &Binding) -> Result<(), Failure> {
    let set = binding.set.parameters();
    let weakest = set.estimate.iter().min().copied().unwrap_or_default();
    if ui.json() {
        let object = json!({
            "schema": "guildhall/he-keygen/v1",
            "ok": true,
            "poll": file.poll.id,
            "key": hex(&binding.key),
            "parameters": format!("{:?}", binding.set),
            "security_bits": f64::from(weakest) / 10.0,
        });
        return ui.out(&format!("{object}\n"));
    }
    ui.out(&format!(
        "key {}\nparameters {:?}, {:.1} bits; at most {} answers\n",
        hex(&binding.key),
        binding.set,
        f64::from(weakest) / 10.0,
        file.poll.most_answers
    ))
}

/// The party's secrets, needed until the key is made.
const SECRET: &str = "party.secret";
/// The deal that waits for everybody's commitment.
const DEAL: &str = "deal.secret";
/// The share of the joint key.
const SHARE: &str = "share.key";
/// What the share opened so far.
const RELEASES: &str = "share.releases";

/// One party's view of making a joint key.
struct Ceremony<'c> {
    file: &'c PollFile,
    path: &'c Path,
    party: u8,
    shared: &'c Path,
    out: &'c Path,
}

impl Ceremony<'_> {
    /// Does every step that is due. What a party decided is durable before anything of it is shown, and every file follows
    /// from what is stored, so that a crash anywhere is mended by running the same command again.
    fn next(&self, ui: &Ui) -> Result<(), Failure> {
        store::secret_folder(self.out)?;
        store::folder(self.shared)?;
        if self.out.join(SHARE).exists() {
            return self.finished(ui);
        }
        let party = self.party()?;
        self.publish(ui, "card", &party.card(), 1)?;
        let roster = Roster::new(&self.file.poll, &self.all("card")?).at(self.shared)?;
        ui.note(&format!("fingerprint of the parties: {}", hex(&roster.id)));
        let deal = self.deal(&party, &roster)?;
        let commitment = party.commitment(&roster, &deal).at(&self.out.join(DEAL))?;
        self.publish(ui, "commitment", &commitment, 2)?;
        let commitments = self.all("commitment")?;
        self.publish(ui, "deal", &party.deal(&roster, &commitments, &deal).map_err(|error| self.placed(&error))?, 3)?;
        let deals = self.all("deal")?;
        let (share, public) = party.finish(&roster, &commitments, &deals).map_err(|error| self.placed(&error))?;
        store::write_once(&self.out.join("public.key"), &public.encode(share.identity()))?;
        store::write_secret_once(&self.out.join(RELEASES), &share.no_releases().encode())?;
        // The share comes last: where it is, everything is.
        store::write_secret(&self.out.join(SHARE), &share.expose_file())?;
        self.finished(ui)
    }

    /// The key is made: what was only needed to make it is wiped.
    fn finished(&self, ui: &Ui) -> Result<(), Failure> {
        let (path, public) = (self.out.join(SHARE), self.out.join("public.key"));
        let share = KeyShare::decode(&store::read_secret(&path)?, &self.file.poll).at(&path)?;
        self.is_own(share.index(), &path)?;
        let pinned = Some(&share.binding().key);
        PublicKey::decode(&store::read(&public)?, &self.file.poll, pinned).at(&public)?;
        store::wipe(&self.out.join(SECRET))?;
        store::wipe(&self.out.join(DEAL))?;
        ui.note("step 4 of 4: the key is made; compare its fingerprint with the other parties' before use");
        made(ui, self.file, share.binding())
    }

    fn party(&self) -> Result<Party, Failure> {
        let path = self.out.join(SECRET);
        if !path.exists() {
            let (party, _) = Party::new(&self.file.poll, self.party).at(self.path)?;
            store::write_secret(&path, &party.expose_file())?;
            return Ok(party);
        }
        let party = Party::decode(&store::read_secret(&path)?, &self.file.poll).at(&path)?;
        self.is_own(party.index(), &path)?;
        Ok(party)
    }

    fn deal(&self, party: &Party, roster: &Roster) -> Result<PreparedDeal, Failure> {
        let path = self.out.join(DEAL);
        if !path.exists() {
            let deal = party.prepare(roster).at(self.shared)?;
            store::write_secret(&path, &deal.expose_bytes())?;
            return Ok(deal);
        }
        PreparedDeal::from_bytes(&store::read_secret(&path)?).at(&path)
    }

    fn is_own(&self, index: u8, path: &Path) -> Result<(), Failure> {
        if index == self.party {
            return Ok(());
        }
        let problem = Problem::new("K0442", format!("this folder belongs to party {index}"));
        Err(problem.remedy("use another --out").at(Place::file(path)).into())
    }

    /// Puts the own file of a step into the shared folder, or makes sure that it is still what it was.
    fn publish(&self, ui: &Ui, what: &str, bytes: &[u8], step: u8) -> Result<(), Failure> {
        let path = self.own(what);
        if !path.exists() {
            store::write(&path, bytes)?;
            ui.note(&format!("step {step} of 4: your {what} is in the shared folder"));
        } else if store::read(&path)? != bytes {
            let problem = Problem::new("V0741", format!("this {what} is not the one that this party made"));
            let remedy =
                "find out who replaced it; if your own folder was lost, all parties start over with a new poll";
            return Err(problem.remedy(remedy).at(Place::file(&path)).into());
        }
        Ok(())
    }

    /// An error at the file of the party that it is about, where it is about one.
    fn placed(&self, error: &HeError) -> Failure {
        match error {
            HeError::NotSignedBy { what, party } => super::failure(&self.of(*party, what), error),
            _ => super::failure(self.shared, error),
        }
    }

    fn own(&self, what: &str) -> PathBuf {
        self.of(self.party, what)
    }

    fn of(&self, party: u8, what: &str) -> PathBuf {
        self.shared.join(format!("party-{party}.{what}"))
    }

    /// Everybody's files of a step; exit 75 while some are missing.
    fn all(&self, what: &str) -> Result<Vec<Vec<u8>>, Failure> {
        let Mode::Quorum(parties) = &self.file.poll.mode else { return Ok(vec![]) };
        let missing: Vec<String> =
            (1..=parties.count).filter(|p| !self.of(*p, what).exists()).map(|p| p.to_string()).collect();
        if !missing.is_empty() {
            let problem = Problem::new("R0761", format!("waiting for the {what} of party {}", missing.join(", ")));
            return Err(problem.remedy("run the same command again later").at(Place::file(self.shared)).into());
        }
        (1..=parties.count).map(|party| store::read(&self.of(party, what))).collect()
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! `guildhall he keygen`: keys of one business, or a joint key step by step through a shared folder.

use super::{At, file::PollFile, store};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_he::{Binding, Mode, Party, PreparedDeal, Roster, SecretKey};
use serde_json::json;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Makes the keys of a poll.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall he keygen poll.toml --out keys
  guildhall he keygen poll.toml --party 2 --shared ceremony --out party-2   again until it says the key is made

A joint key is made in four steps through a folder that all parties see. The same command does the next step that is
due, and ends with exit 75 while it waits for other parties. Compare the fingerprints it prints by another way.")]
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
        let (secret, public) = SecretKey::generate(&file.poll).at(&self.poll)?;
        store::folder(&self.out)?;
        store::write_secret(&self.out.join("secret.key"), &secret.expose_file())?;
        store::write(&self.out.join("public.key"), &public.encode(secret.identity()))?;
        let place = self.out.display();
        ui.note(&format!(
            "wrote {place}/secret.key (keep it to yourself) and {place}/public.key (give it to uploaders)"
        ));
        made(ui, file, public.binding())
    }
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

/// One party's view of making a joint key.
struct Ceremony<'c> {
    file: &'c PollFile,
    path: &'c Path,
    party: u8,
    shared: &'c Path,
    out: &'c Path,
}

impl Ceremony<'_> {
    /// Does every step that is due.
    fn next(&self, ui: &Ui) -> Result<(), Failure> {
        store::folder(self.out)?;
        store::folder(self.shared)?;
        let secret = self.out.join("party.secret");
        if !secret.exists() {
            let (party, card) = Party::new(&self.file.poll, self.party).at(self.path)?;
            store::write_secret(&secret, &party.expose_file())?;
            store::write(&self.own("card"), &card)?;
            ui.note("step 1 of 4: your card is in the shared folder");
        }
        let party = Party::decode(&Zeroizing::new(store::read(&secret)?), &self.file.poll).at(&secret)?;
        if party.index() != self.party {
            let problem = Problem::new("K0442", format!("this folder belongs to party {}", party.index()));
            return Err(problem.remedy("use another --out").at(Place::file(&secret)).into());
        }
        let roster = Roster::new(&self.file.poll, &self.all("card")?).at(self.shared)?;
        ui.note(&format!("fingerprint of the parties: {}", hex(&roster.id)));
        let prepared = self.out.join("deal.secret");
        if !self.own("commitment").exists() {
            let (deal, commitment) = party.commit(&roster).at(self.shared)?;
            store::write_secret(&prepared, deal.expose_bytes())?;
            store::write(&self.own("commitment"), &commitment)?;
            ui.note("step 2 of 4: your commitment is in the shared folder");
        }
        let commitments = self.all("commitment")?;
        if !self.own("deal").exists() {
            let deal = PreparedDeal::from_bytes(&store::read(&prepared)?);
            store::write(&self.own("deal"), &party.deal(&roster, &commitments, &deal).at(self.shared)?)?;
            ui.note("step 3 of 4: your deal is in the shared folder");
        }
        let deals = self.all("deal")?;
        let (share, public) = party.finish(&roster, &commitments, &deals).at(self.shared)?;
        let share_file = self.out.join("share.key");
        if !share_file.exists() {
            store::write_secret(&share_file, &share.expose_file())?;
            store::write(&self.out.join("public.key"), &public.encode(share.identity()))?;
        }
        ui.note("step 4 of 4: the key is made; compare its fingerprint with the other parties' before use");
        made(ui, self.file, public.binding())
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

//! `guildhall pseudonym resolve`: ask, approve, log, open.

use super::domain::Agreement;
use super::failure;
use super::log::{self, ReceiptCheck};
use super::setup::{now, read_person};
use super::state::{State, replace};
use crate::staged::{check_free, unpacked};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use guildhall_pseudonym::resolve::open;
use guildhall_pseudonym::{Capsule, Domain, Person, Pseudonym, PublicKeys, UnverifiedCapsule, UnverifiedTicket};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const DAY: u64 = 86_400;
/// Most bytes of a ticket or receipt file.
const LONGEST: u64 = 64 << 10;

/// The steps of resolving a pseudonym.
#[derive(Debug, Subcommand)]
pub(crate) enum Resolve {
    /// Ask for one pseudonym to be resolved, for one purpose
    Ask(Ask),
    /// Approve what somebody else asked for
    Approve(Approve),
    /// Put the ticket, with its approvals, into the log
    Log(Log),
    /// Have the trustees open the capsule; the identifier goes to stdout
    Open(Open),
}

/// Writes a ticket that names the capsule, the purpose, who asks and until when.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  guildhall pseudonym resolve ask crm.1.AASU....S2 --capsules capsules.csv --state crm.state --purpose fraud-report \\
      --as rita --key crm.state/people/rita.key --out ticket.txt")]
pub(crate) struct Ask {
    /// The pseudonym
    pseudonym: String,
    /// The capsules that `pseudonym apply --capsules` wrote
    #[arg(long)]
    capsules: PathBuf,
    /// The folder of the trustees
    #[arg(long)]
    state: PathBuf,
    /// What for; the capsule must have been sealed for it
    #[arg(long)]
    purpose: String,
    /// Who asks
    #[arg(long = "as")]
    person: String,
    /// That person's key file
    #[arg(long)]
    key: PathBuf,
    /// For how many days the ticket is valid
    #[arg(long, default_value = "7", value_parser = clap::value_parser!(u64).range(1..=90))]
    days: u64,
    /// Where to write the ticket
    #[arg(long)]
    out: PathBuf,
}

/// Adds a person's signature to a ticket, after the checks that trustees make before they open anything.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  guildhall pseudonym resolve approve ticket.txt --pseudonym crm.1.AASU....S2 --capsules capsules.csv --state crm.state \\
      --as anna --key crm.state/people/anna.key")]
pub(crate) struct Approve {
    /// The ticket
    ticket: PathBuf,
    /// The pseudonym it is about, so that whoever approves knows
    #[arg(long)]
    pseudonym: String,
    /// The capsules that `pseudonym apply --capsules` wrote
    #[arg(long)]
    capsules: PathBuf,
    /// The folder of the trustees
    #[arg(long)]
    state: PathBuf,
    /// Who approves
    #[arg(long = "as")]
    person: String,
    /// That person's key file
    #[arg(long)]
    key: PathBuf,
}

/// Logs a ticket; approvals added later are not covered.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// The ticket
    ticket: PathBuf,
    /// The folder of the trustees
    #[arg(long)]
    state: PathBuf,
    /// Where to write the log's receipt
    #[arg(long)]
    out: PathBuf,
}

/// Opens a capsule. A ticket is used up by this, also if it fails half-way.
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// The ticket
    ticket: PathBuf,
    /// The log's receipt
    #[arg(long)]
    receipt: PathBuf,
    /// The pseudonym
    #[arg(long)]
    pseudonym: String,
    /// The capsules that `pseudonym apply --capsules` wrote
    #[arg(long)]
    capsules: PathBuf,
    /// The folder of the trustees
    #[arg(long)]
    state: PathBuf,
}

impl Resolve {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        match self {
            Self::Ask(ask) => ask.run(ui),
            Self::Approve(approve) => approve.run(ui),
            Self::Log(log) => log.run(ui),
            Self::Open(open) => open.run(ui),
        }
    }
}

impl Ask {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        check_free(&self.out)?;
        let pseudonym = parsed(&self.pseudonym)?;
        let person: Person = failure::read_argument(&self.person)?;
        let purpose = failure::read_argument(&self.purpose)?;
        let (agreement, keys) = agreed(&State::open(&self.state)?, &pseudonym)?;
        let capsule = verified(&find(&self.capsules, &pseudonym)?, &keys)?;
        let expires = now().saturating_add(self.days * DAY);
        let ticket = UnverifiedTicket::ask(&capsule, purpose, person, &read_person(&self.key)?, expires);
        let ticket = ticket.map_err(|error| failure::resolve(&error))?;
        check(&ticket, &agreement, &capsule)?;
        write_ticket(&self.out, &ticket)?;
        ui.note(&format!("wrote {}; have {} people approve it", self.out.display(), keys.quorum().threshold()));
        Ok(())
    }
}

impl Approve {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let person: Person = failure::read_argument(&self.person)?;
        let pseudonym = parsed(&self.pseudonym)?;
        let (agreement, keys) = agreed(&State::open(&self.state)?, &pseudonym)?;
        let capsule = verified(&find(&self.capsules, &pseudonym)?, &keys)?;
        let mut ticket = read_ticket(&self.ticket)?;
        check(&ticket, &agreement, &capsule)?;
        let panel = agreement.panel()?;
        ticket.approve(&panel, person, &read_person(&self.key)?).map_err(|error| failure::resolve(&error))?;
        for name in ticket.drop_bogus(&panel) {
            ui.note(&format!("took an approval by {name} out: it is not signed with a key the domain knows"));
        }
        write_ticket(&self.ticket, &ticket)?;
        ui.note(&format!("{} asks to resolve {pseudonym} for {}", ticket.requester(), ticket.purpose()));
        let names: Vec<&str> = ticket.approvers(&panel).map(Person::as_str).collect();
        let needed = keys.quorum().threshold();
        ui.note(&format!("approved by {}; {} of {needed} needed", names.join(", "), names.len()));
        Ok(())
    }
}

impl Log {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        check_free(&self.out)?;
        let state = State::open(&self.state)?;
        let ticket = read_ticket(&self.ticket)?;
        replace(&self.out, &log::open(&state)?.append(ticket.digest())?)?;
        ui.note(&format!("logged; the receipt is in {}", self.out.display()));
        Ok(())
    }
}

impl Open {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let pseudonym = parsed(&self.pseudonym)?;
        let state = State::open(&self.state)?;
        let (agreement, keys) = agreed(&state, &pseudonym)?;
        let bytes = find(&self.capsules, &pseudonym)?;
        let ticket = read_ticket(&self.ticket)?;
        let receipt = failure::text_of(&self.receipt, LONGEST)?;
        let (panel, check) = (agreement.panel()?, ReceiptCheck::new(agreement.file.log.as_deref())?);
        let (mut shares, mut refusal) = (BTreeMap::new(), None);
        for node in keys.quorum().ids() {
            let mut trustee = state.trustee(node, pseudonym.domain())?;
            match trustee.resolve(&panel, &check, &ticket.encode(), receipt.as_bytes(), &bytes, now()) {
                Ok(share) => drop(shares.insert(node, share.encode())),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        if let Some(error) = refusal.filter(|_| shares.len() < usize::from(keys.quorum().threshold())) {
            return Err(failure::resolve(&error));
        }
        let identifier = open(&verified(&bytes, &keys)?, &keys, &shares).map_err(|error| failure::resolve(&error))?;
        for name in ticket.bogus(&panel) {
            ui.note(&format!("the approval by {name} did not count: it is not signed with a key the domain knows"));
        }
        let leaf = guildhall_mpc::digest("pseudonym resolved", &[&ticket.digest()]);
        log::open(&state)?.append(leaf)?;
        ui.note(&format!(
            "resolved for {} at the request of {}; that is in the log",
            ticket.purpose(),
            ticket.requester()
        ));
        if ui.json() {
            let object = json!({
                "schema": "guildhall/pseudonym-resolved/v1",
                "pseudonym": pseudonym.to_string(),
                "identifier": identifier.as_str(),
                "purpose": ticket.purpose().as_str(),
                "requester": ticket.requester().as_str(),
                "approved_by": ticket.approvers(&panel).map(Person::as_str).collect::<Vec<_>>(),
            });
            return ui.out(&format!("{object:#}\n"));
        }
        ui.out(&format!("{}\n", identifier.as_str()))
    }
}

fn parsed(text: &str) -> Result<Pseudonym, Failure> {
    text.parse().map_err(|error| {
        let problem = Problem::new("U0032", format!("{error}"));
        problem.remedy("copy it again from the file").into()
    })
}

/// The agreement on a pseudonym's domain, and the keys to resolve it with.
fn agreed(state: &State, pseudonym: &Pseudonym) -> Result<(Agreement, PublicKeys), Failure> {
    let domain: &Domain = pseudonym.domain();
    let agreement = Agreement::read(&state.agreement(domain), domain)?;
    let keys = agreement.entry(Some(pseudonym.epoch().number()), now())?.resolution_keys()?;
    Ok((agreement, keys))
}

/// What trustees check before they open anything, but for the number of approvals.
fn check(ticket: &UnverifiedTicket, agreement: &Agreement, capsule: &Capsule) -> Result<(), Failure> {
    ticket.check(&agreement.panel()?, capsule, now()).map_err(|error| failure::resolve(&error))
}

fn verified(bytes: &[u8], keys: &PublicKeys) -> Result<Capsule, Failure> {
    let capsule = UnverifiedCapsule::decode(bytes).map_err(|error| failure::capsule(&error.into()))?;
    capsule.verify(keys).map_err(|error| failure::capsule(&error))
}

/// The capsule of a pseudonym, from a file of capsules.
fn find(path: &Path, pseudonym: &Pseudonym) -> Result<Vec<u8>, Failure> {
    crate::staged::check_plain(path)?;
    let unreadable = |error: csv::Error| failure::file("U0004", &std::io::Error::other(error), path);
    let mut reader = csv::Reader::from_reader(unpacked(path).map_err(|error| failure::file("U0004", &error, path))?);
    let wanted = pseudonym.to_string();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        if row.get(0) == Some(&wanted) {
            let bytes = row.get(1).and_then(|text| STANDARD.decode(text).ok());
            let damaged = || Problem::new("V0781", "a capsule is damaged").at(Place::file(path));
            return bytes.ok_or_else(|| damaged().remedy("fetch the file again").into());
        }
    }
    let problem = Problem::new("K0411", "there is no capsule for this pseudonym");
    Err(problem.remedy("name the file of the member that made the pseudonym").at(Place::file(path)).into())
}

fn read_ticket(path: &Path) -> Result<UnverifiedTicket, Failure> {
    let text = failure::text_of(path, LONGEST)?;
    let damaged = || Problem::new("V0781", "this is no ticket").at(Place::file(path)).remedy("fetch it again");
    let bytes = STANDARD.decode(text.trim()).map_err(|_| damaged())?;
    UnverifiedTicket::decode(&bytes).map_err(|error| failure::decode(error, path))
}

fn write_ticket(path: &Path, ticket: &UnverifiedTicket) -> Result<(), Failure> {
    replace(path, &format!("{}\n", STANDARD.encode(ticket.encode())))
}

//! `guildhall pseudonym setup`.

use super::domain::{Agreement, DomainFile, EpochEntry, LOCAL_PARTS, epoch, hexadecimal};
use super::state::{State, check_private};
use super::{ceremony, failure, log};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_pseudonym::{KeyId, PersonKey};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// Makes a domain: the trustees generate its keys, of which each keeps a share and nobody the whole.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall pseudonym setup crm --state crm.state --trustees 3 --threshold 2 --member shop --quota 100000
  guildhall pseudonym setup crm --state crm.state --trustees 5 --threshold 3 --member shop --quota 100000 \\
      --email-local lower --resolution-threshold 4 --person rita --person anna --person ben --person cara --person dora")]
pub(crate) struct Setup {
    /// The domain: small letters, digits, hyphens. Pseudonyms of two domains cannot be linked
    domain: String,
    /// The folder of the trustees; made if it is not there. Keep it secret
    #[arg(long)]
    state: PathBuf,
    /// How many trustees there are
    #[arg(long)]
    trustees: u8,
    /// How many of them make a pseudonym together; fewer learn nothing
    #[arg(long)]
    threshold: u8,
    /// A member that may ask; once for each
    #[arg(long = "member", required = true)]
    members: Vec<String>,
    /// How many evaluations each member gets per window
    #[arg(long)]
    quota: NonZeroU32,
    /// Length of a window in hours
    #[arg(long, default_value = "24")]
    window_hours: NonZeroU32,
    /// What is done with the part of an e-mail address before the @: keep, lower, lower-untagged. Needed for e-mail
    #[arg(long)]
    email_local: Option<String>,
    /// How many trustees, and how many people, it takes to resolve a pseudonym; without it nobody ever can
    #[arg(long, requires = "people")]
    resolution_threshold: Option<u8>,
    /// A person who may ask for or approve resolving; once for each, one more than the resolution threshold
    #[arg(long = "person", id = "people", requires = "resolution_threshold")]
    people: Vec<String>,
}

impl Setup {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let mut agreement = self.check().and_then(|()| Agreement::new(self.file()?)).map_err(failure::argument)?;
        self.names().map_err(failure::argument)?;
        let state = State::create(&self.state)?;
        let left = state.settle_all(agreement.domain())?;
        let path = state.agreement(agreement.domain());
        if path.exists() {
            let problem = Problem::new("R0804", format!("the domain {} is there already", agreement.domain()));
            let remedy = "begin a new epoch with `guildhall pseudonym rotate`, or choose another name";
            return Err(problem.remedy(remedy).at(Place::file(&path)).into());
        }
        if let Some(copy) = state.orphan(agreement.domain()) {
            let problem = Problem::new("R0804", format!("the domain {} is gone from domains/", agreement.domain()));
            let remedy = format!("trustees hold its keys: put {} back as {}", copy.display(), path.display());
            return Err(problem.remedy(remedy).at(Place::file(&path)).into());
        }
        state.prepare(agreement.nodes())?;
        let id = KeyId::pseudonyms(agreement.domain().clone(), epoch(1)?);
        let first =
            agreement.nodes().next().map(|node| state.bare(node)?.holds(&id).map_err(|e| failure::evaluate(&e)));
        if left.is_some() || first.transpose()?.unwrap_or_default() {
            ui.note(
                "an earlier setup was stopped before its keys were agreed: nothing of it is used, and it is dropped",
            );
        }
        if self.resolution_threshold.is_some() {
            agreement.file.people = people(&state, &self.people)?;
            agreement.file.log = Some(log::create(&state)?.verifier());
        }
        let entry = new_epoch(&state, &agreement, 1, now())?;
        agreement.file.epochs.push(entry);
        let agreement = Agreement::new(agreement.file)?;
        state.agree(&agreement)?;
        self.say(ui, &agreement);
        if ui.json() { ui.out(&agreement.to_text()) } else { Ok(()) }
    }

    fn check(&self) -> Result<(), Failure> {
        let refuse = |message: String| -> Result<(), Failure> { Err(failure::name(&message)) };
        if let Some(needed) = self.resolution_threshold {
            if needed <= self.threshold {
                return refuse(format!("--resolution-threshold must be above --threshold {}", self.threshold));
            }
            if self.people.len() <= usize::from(needed) {
                return refuse(format!(
                    "{needed} people must approve what another one asks: name {} at least",
                    needed + 1
                ));
            }
        }
        match &self.email_local {
            Some(word) if !LOCAL_PARTS.iter().any(|(known, _)| known == word) => {
                refuse(format!("--email-local is keep, lower or lower-untagged, not {word:?}"))
            }
            _ => Ok(()),
        }
    }

    /// Everything else that is said, before anything is made.
    fn names(&self) -> Result<(), Failure> {
        for name in &self.people {
            name.parse::<guildhall_pseudonym::Person>().map_err(|error| failure::name(&error))?;
        }
        let different: std::collections::BTreeSet<&String> = self.people.iter().collect();
        if different.len() < self.people.len() {
            return Err(failure::name(&"--person names somebody twice"));
        }
        match self.resolution_threshold.filter(|needed| *needed >= self.trustees) {
            Some(_) => {
                Err(failure::name(&format!("--resolution-threshold must be below --trustees {}", self.trustees)))
            }
            None => Ok(()),
        }
    }

    fn file(&self) -> Result<DomainFile, Failure> {
        let window_seconds = self.window_hours.checked_mul(NonZeroU32::new(3600).unwrap_or(NonZeroU32::MIN));
        let window_seconds = window_seconds.ok_or_else(|| failure::name(&"--window-hours is too large"))?;
        Ok(DomainFile {
            schema: String::new(),
            domain: self.domain.clone(),
            trustees: self.trustees,
            threshold: self.threshold,
            resolution_threshold: self.resolution_threshold,
            members: self.members.iter().cloned().collect(),
            quota: self.quota,
            window_seconds,
            email_local: self.email_local.clone(),
            people: BTreeMap::new(),
            log: None,
            epochs: Vec::new(),
        })
    }

    fn say(&self, ui: &Ui, agreement: &Agreement) {
        let (domain, t, k) = (agreement.domain(), self.threshold, self.trustees);
        ui.note(&format!("made the domain {domain}: {t} of {k} trustees make a pseudonym, fewer learn nothing"));
        ui.note(&format!(
            "all {k} trustees lie in {}: whoever reads that folder can do alone what takes {t} of them",
            self.state.display()
        ));
        match self.resolution_threshold {
            Some(needed) => ui.note(&format!("{needed} trustees and the approval of {needed} people resolve one")),
            None => ui.note("nobody can resolve a pseudonym of this domain"),
        }
        ui.note(&format!(
            "next: guildhall pseudonym apply FILE --policy POLICY --state {} --member {} --out OUT --dry-run",
            self.state.display(),
            self.members.first().map_or("NAME", String::as_str)
        ));
    }
}

/// Makes the keys of an epoch.
pub(super) fn new_epoch(state: &State, agreement: &Agreement, number: u32, from: u64) -> Result<EpochEntry, Failure> {
    let (domain, epoch) = (agreement.domain(), epoch(number)?);
    let pseudonyms = ceremony::generate(state, &KeyId::pseudonyms(domain.clone(), epoch), agreement.quorum())?;
    let resolution = match agreement.resolution()? {
        Some(quorum) => Some(ceremony::generate(state, &KeyId::resolution(domain.clone(), epoch), quorum)?),
        None => None,
    };
    Ok(EpochEntry {
        epoch: number,
        from,
        until: None,
        destroyed: false,
        pseudonyms: hexadecimal(&pseudonyms.encode()),
        resolution: resolution.map(|keys| hexadecimal(&keys.encode())),
    })
}

/// Each person's key: taken up if it is there, else made.
fn people(state: &State, names: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let folder = state.subfolder("people")?;
    let mut people = BTreeMap::new();
    for name in names {
        let path = folder.join(format!("{name}.key"));
        let key = if path.exists() { read_person(&path)? } else { make_person(&path)? };
        people.insert(name.clone(), hexadecimal(&key.public()));
    }
    Ok(people)
}

fn make_person(path: &Path) -> Result<PersonKey, Failure> {
    let key = PersonKey::generate().map_err(|error| failure::key(&error))?;
    crate::consortium::write_secret(path, key.expose_bytes().as_slice())
        .map_err(|error| failure::file("U0005", &error, path))?;
    Ok(key)
}

/// A person's key file.
pub(super) fn read_person(path: &Path) -> Result<PersonKey, Failure> {
    check_private(path)?;
    let bytes =
        std::fs::read(path).map(zeroize::Zeroizing::new).map_err(|error| failure::file("U0004", &error, path))?;
    let seed: Option<&[u8; 32]> = bytes.as_slice().try_into().ok();
    let damaged = || Problem::new("K0402", "this is no person's key file").at(Place::file(path));
    seed.map(PersonKey::from_bytes).ok_or_else(|| damaged().remedy("restore it from its backup").into())
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

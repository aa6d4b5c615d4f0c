//! The parties of a study on one machine: keys, charter and durable stores in a folder.
//!
//! `guildhall run` plays all roles, so this folder holds every secret key at once: it protects nobody
//! from whoever can read it. A real consortium keeps one trustee's part on that trustee's machine.

use crate::study::Study;
use crate::{Failure, Place, Problem};
use guildhall_federation::charter::{Charter, Party};
use guildhall_federation::local::Consortium;
use guildhall_federation::{Id, statement, trustee};
use guildhall_ledger::{Records, SigningIdentity, SqliteRecords};
use guildhall_mpc::digest;
use rand::rngs::SysRng;
use rand::{SeedableRng, TryRng};
use rand_chacha::ChaCha20Rng;
use std::fs;
use std::path::Path;
use zeroize::Zeroizing;

/// A study's parties, found or founded in a folder.
pub(crate) struct Found {
    /// The parties, ready to play a round.
    pub(crate) parties: Consortium<SqliteRecords>,
    /// Number of the next round.
    pub(crate) round: u32,
    /// Hash of the last round's manifest.
    pub(crate) previous: Option<Id>,
    /// From which every member's key is derived: a member has the same key in every round.
    members: Zeroizing<[u8; 32]>,
}

impl Found {
    /// The key of a member, the same in every round of this study.
    ///
    /// # Errors
    /// If a key cannot be made.
    pub(crate) fn member_identity(&self, id: &str) -> Result<SigningIdentity, Failure> {
        let seed = Zeroizing::new(digest("member key", &[self.members.as_slice(), id.as_bytes()]));
        let name = digest("member name", &[id.as_bytes()]);
        let name: String = name.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        SigningIdentity::from_secret(&format!("member-{name}"), &seed)
            .map_err(|error| Problem::new("K0402", "a signing key cannot be made").why(error.to_string()).into())
    }
}

/// A fresh signing key from operating-system randomness.
///
/// # Errors
/// If the system gives no randomness or the name cannot stand in a signature.
fn fresh_identity(name: &str) -> Result<SigningIdentity, Failure> {
    let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng).map_err(no_randomness)?;
    SigningIdentity::generate(name, &mut rng)
        .map_err(|error| Problem::new("K0402", "a signing key cannot be made").why(error.to_string()).into())
}

/// Founds the consortium of a study, or takes up the one whose keys the folder holds.
///
/// # Errors
/// If the folder cannot be used or holds the charter of another study.
pub(crate) fn found(folder: &Path, study: &Study) -> Result<Found, Failure> {
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    let organiser = key(folder, "organiser")?;
    let coordinator = key(folder, "coordinator")?;
    let mut trustees = Vec::new();
    for (number, name) in (1u8..).zip(&study.trustees.names) {
        let identity = key(folder, &slug(name))?;
        trustees.push((identity, records(&folder.join(format!("trustee-{number}.db")))?));
    }
    let charter = charter(study, &organiser, &coordinator, trustees.iter().map(|(identity, _)| identity));
    let bytes = statement::encode(&charter);
    pin(folder, &bytes)?;
    let mut last = None;
    for (_, records) in &trustees {
        last = last.max(last_round(records, &study.id)?);
    }
    let round = last.map_or(1, |(number, _)| number + 1);
    let parties = Consortium { charter: bytes, coordinator, trustees };
    Ok(Found { parties, round, previous: last.map(|(_, id)| id), members: member_secret(folder)? })
}

/// The charter that a study and its parties' keys amount to.
fn charter<'a>(
    study: &Study,
    organiser: &SigningIdentity,
    coordinator: &SigningIdentity,
    trustees: impl Iterator<Item = &'a SigningIdentity>,
) -> Charter {
    let party = |identity: &SigningIdentity, operator: &str| Party {
        name: identity.name().to_owned(),
        operator: operator.to_owned(),
        key: identity.verifier().to_string(),
    };
    let threshold = &study.trustees.threshold;
    Charter {
        study: study.id.clone(),
        title: study.title.clone(),
        organiser: party(organiser, "Organiser"),
        coordinator: party(coordinator, "Coordinator"),
        trustees: trustees.zip(&study.trustees.names).map(|(identity, name)| party(identity, name)).collect(),
        threshold: threshold.t(),
        quorum: threshold.u(),
        least_members: study.policy.least_members,
        colluding: study.policy.colluding,
        budget: study.policy.budget,
        exact_histograms: study.policy.exact_histograms,
    }
}

/// A name as it can stand in a key and a file name.
fn slug(name: &str) -> String {
    let kept = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    kept.take(60).collect()
}

/// The secret from which members' keys are derived, made the first time.
fn member_secret(folder: &Path) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let path = folder.join("members.secret");
    if let Ok(bytes) = fs::read(&path) {
        let damaged = || Problem::new("K0402", "the secret of the members' keys is damaged").at(Place::file(&path));
        return Ok(Zeroizing::new(bytes.try_into().map_err(|_| damaged())?));
    }
    let mut secret = Zeroizing::new([0u8; 32]);
    SysRng.try_fill_bytes(secret.as_mut_slice()).map_err(no_randomness)?;
    write_secret(&path, secret.as_slice()).map_err(|error| cannot(&path, &error))?;
    Ok(secret)
}

fn no_randomness(error: impl std::fmt::Display) -> Problem {
    Problem::new("K0403", "the operating system gives no randomness").why(error.to_string())
}

fn last_round(records: &impl Records, study: &str) -> Result<Option<(u32, Id)>, Failure> {
    trustee::last_round(records, study).map_err(|error| crate::round::failure(&error))
}

fn records(path: &Path) -> Result<SqliteRecords, Failure> {
    SqliteRecords::open(path).map_err(|error| {
        let problem = Problem::new("R0752", "a trustee's durable store cannot be opened");
        problem
            .why(error.to_string())
            .remedy("free the file, or move --state to a local disk")
            .at(Place::file(path))
            .into()
    })
}

/// Reads a party's key, or makes it the first time; only the owner may read the file.
fn key(folder: &Path, name: &str) -> Result<SigningIdentity, Failure> {
    let path = folder.join(format!("{name}.key"));
    if path.exists() {
        let text = fs::read_to_string(&path).map_err(|error| cannot(&path, &error))?;
        return SigningIdentity::decode_text(text.trim()).map_err(|error| {
            let problem = Problem::new("K0402", "a key file cannot be used").why(error.to_string());
            problem
                .remedy("restore the file from a backup, or start a new --state folder")
                .at(Place::file(&path))
                .into()
        });
    }
    let identity = fresh_identity(name)?;
    write_secret(&path, identity.expose_text().as_bytes()).map_err(|error| cannot(&path, &error))?;
    Ok(identity)
}

#[cfg(unix)]
fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all())
}

#[cfg(not(unix))]
fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::write(path, bytes)
}

/// Keeps the charter; a study whose rules changed needs a new charter, not a silent replacement.
fn pin(folder: &Path, charter: &[u8]) -> Result<(), Failure> {
    let path = folder.join("charter.json");
    match fs::read(&path) {
        Ok(pinned) if pinned == charter => Ok(()),
        Ok(_) => Err(Problem::new("K0404", "the study's charter differs from the one its parties agreed on")
            .why("title, trustees, threshold, least members and budget are part of the charter")
            .remedy(NEW_STATE)
            .at(Place::file(&path))
            .into()),
        Err(_) => fs::write(&path, charter).map_err(|error| cannot(&path, &error)),
    }
}

/// What to do about a changed charter, and what that costs.
const NEW_STATE: &str = "take the change back, or give the study a new id and a new --state folder; beware: a new folder \
                         starts with an empty budget and history, so what members spent before is no longer counted";

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    let problem = Problem::new("U0005", "the file or folder cannot be used").why(error.to_string());
    problem.remedy("choose another place").at(Place::file(path)).into()
}

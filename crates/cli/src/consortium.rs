//! The parties of a study on one machine: keys, charter and durable stores in a folder.
//!
//! `guildhall run` plays all roles, so this folder holds every secret key at once: it protects nobody
//! from whoever can read it. A real consortium keeps one trustee's part on that trustee's machine.

use crate::study::Study;
use crate::{Failure, Place, Problem};
use guildhall_federation::charter::{Charter, Party};
use guildhall_federation::local::Consortium;
use guildhall_federation::{FederationError, Id, statement, trustee};
use guildhall_ledger::{MemoryRecords, Records, SigningIdentity, SqliteRecords};
use guildhall_mpc::digest;
use rand::rngs::SysRng;
use rand::{SeedableRng, TryRng};
use rand_chacha::ChaCha20Rng;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

mod paid;

pub(crate) use paid::Paid;

/// The charter's file in a state folder.
const CHARTER: &str = "charter.json";

/// A study's parties, found or founded in a folder.
pub(crate) struct Found<R = SqliteRecords> {
    /// The parties, ready to play a round.
    pub(crate) parties: Consortium<R>,
    /// Number of the next round.
    pub(crate) round: u32,
    /// Hash of the last round's manifest.
    pub(crate) previous: Option<Id>,
    /// From which every member's key is derived: a member has the same key in every round.
    members: Zeroizing<[u8; 32]>,
    /// Held as long as the parties are used; `None` for parties of no folder.
    pub(crate) _lock: Option<File>,
}

impl<R: Records> Found<R> {
    /// Whether any trustee signed a set of one of these rounds: its totals may have been opened.
    ///
    /// # Errors
    /// If a store cannot be read.
    pub(crate) fn signed_any(&self, study: &str, mut rounds: std::ops::Range<u32>) -> Result<bool, Failure> {
        let one = |round| -> Result<bool, FederationError> {
            let mut stores = self.parties.trustees.iter();
            stores.try_fold(false, |any, (_, records)| Ok(any | trustee::signed_set(records, study, round)?))
        };
        let any: Result<bool, FederationError> = rounds.try_fold(false, |any, round| Ok(any | one(round)?));
        any.map_err(|error| crate::round::failure(&error))
    }
}

impl<R> Found<R> {
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
pub(crate) fn fresh_identity(name: &str) -> Result<SigningIdentity, Failure> {
    let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng).map_err(no_randomness)?;
    SigningIdentity::generate(name, &mut rng)
        .map_err(|error| Problem::new("K0402", "a signing key cannot be made").why(error.to_string()).into())
}

/// Whether a folder holds the consortium of a study: its charter is pinned last, when everything else is there.
pub(crate) fn is_founded(folder: &Path) -> bool {
    folder.join(CHARTER).exists()
}

/// The consortium that a study would found, with keys of no further use and nothing on disk.
///
/// # Errors
/// If the system gives no randomness.
pub(crate) fn imagined(study: &Study) -> Result<Found<MemoryRecords>, Failure> {
    let identity = |name: &str| fresh_identity(&slug(name));
    let (organiser, coordinator) = (identity("organiser")?, identity("coordinator")?);
    let trustees = study.trustees.names.iter().map(|name| Ok((identity(name)?, MemoryRecords::new())));
    let trustees = trustees.collect::<Result<Vec<_>, Failure>>()?;
    let charter = charter(study, &organiser, &coordinator, trustees.iter().map(|(identity, _)| identity));
    let mut members = Zeroizing::new([0u8; 32]);
    SysRng.try_fill_bytes(members.as_mut_slice()).map_err(no_randomness)?;
    let parties = Consortium { charter: statement::encode(&charter), coordinator, trustees };
    Ok(Found { parties, round: 1, previous: None, members, _lock: None })
}

/// Founds the consortium of a study, or takes up the one whose keys the folder holds.
///
/// # Errors
/// If the folder cannot be used, is in use, lacks a store, or holds the charter of another study.
pub(crate) fn found(folder: &Path, study: &Study) -> Result<Found, Failure> {
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    let lock = lock(folder)?;
    found_again(folder, study, Some(lock))
}

/// As [`found`], for whoever holds the folder's lock already.
///
/// # Errors
/// As [`found`].
pub(crate) fn found_again(folder: &Path, study: &Study, lock: Option<File>) -> Result<Found, Failure> {
    check_stores(folder, study)?;
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
    Ok(Found { parties, round, previous: last.map(|(_, id)| id), members: member_secret(folder)?, _lock: lock })
}

/// One command at a time plays the parties of a folder: a second one would find their stores changed under it.
fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| cannot(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let problem = Problem::new("R0753", "another guildhall is using this --state folder");
            Err(problem.remedy("wait until it has ended, then repeat").at(Place::file(folder)).into())
        }
        Err(TryLockError::Error(error)) => Err(cannot(&path, &error)),
    }
}

/// A store that is gone would come back empty, and with it the budget and what was opened before.
fn check_stores(folder: &Path, study: &Study) -> Result<(), Failure> {
    let stores = (1..=study.trustees.names.len()).map(|number| folder.join(format!("trustee-{number}.db")));
    let gone = |path: &PathBuf| fs::metadata(path).map_or(true, |file| file.len() == 0);
    match stores.filter(|_| is_founded(folder)).find(gone) {
        None => Ok(()),
        Some(path) => {
            let problem = Problem::new("R0701", "a trustee's durable store is missing or empty");
            let why = "it says what the trustee signed and what members have spent; an empty one would forget both";
            Err(problem.why(why).remedy(NEW_STATE).at(Place::file(&path)).into())
        }
    }
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
        budget: study.policy.budget.epsilon(),
        budget_rho: study.policy.budget.rho(),
        exact_histograms: study.policy.exact_histograms,
        concentration: study.policy.concentration.clone(),
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

/// Fills a buffer with randomness of the operating system.
///
/// # Errors
/// If it gives none.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), Failure> {
    Ok(SysRng.try_fill_bytes(bytes).map_err(no_randomness)?)
}

fn no_randomness(error: impl std::fmt::Display) -> Problem {
    Problem::new("K0403", "the operating system gives no randomness").why(error.to_string())
}

fn last_round(records: &impl Records, study: &str) -> Result<Option<(u32, Id)>, Failure> {
    trustee::last_round(records, study).map_err(|error| crate::round::failure(&error))
}

fn records(path: &Path) -> Result<SqliteRecords, Failure> {
    SqliteRecords::open(path).map_err(|error| {
        let (code, remedy) = crate::round::record_code(&error);
        let problem = Problem::new(code, "a trustee's durable store cannot be opened");
        problem.why(error.to_string()).remedy(remedy).at(Place::file(path)).into()
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

/// Writes a new file that only its owner can read, durably.
///
/// # Errors
/// If it is there already or cannot be written.
#[cfg(unix)]
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all())
}

/// Writes a file.
///
/// # Errors
/// If it cannot be written.
#[cfg(not(unix))]
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::write(path, bytes)
}

/// Keeps the charter; a study whose rules changed needs a new charter, not a silent replacement.
fn pin(folder: &Path, charter: &[u8]) -> Result<(), Failure> {
    let path = folder.join(CHARTER);
    match fs::read(&path) {
        Ok(pinned) if pinned == charter => Ok(()),
        Ok(_) => Err(Problem::new("K0404", "the study's charter differs from the one its parties agreed on")
            .why("title, trustees, threshold, least members, budget and the rules of [disclosure] are part of the charter")
            .remedy(NEW_STATE)
            .at(Place::file(&path))
            .into()),
        Err(_) => fs::write(&path, charter).map_err(|error| cannot(&path, &error)),
    }
}

/// What to do about a changed charter or a lost store, and what that costs.
const NEW_STATE: &str = "take the change back, or give the study a new id and a new --state folder; beware: a new folder \
                         starts with an empty budget and history, so what members spent before is no longer counted";

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    let problem = Problem::new("U0005", "the file or folder cannot be used").why(error.to_string());
    problem.remedy("choose another place").at(Place::file(path)).into()
}

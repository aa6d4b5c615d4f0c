//! The folder of a consortium for pseudonyms: trustees side by side, each with its own store and its own copy of what
//! was agreed on a domain.

use super::domain::Agreement;
use super::failure;
use crate::{Failure, Place, Problem};
use guildhall_ledger::{RecordError, Records as _, SqliteRecords};
use guildhall_pseudonym::{Domain, NodeId, Recorded, Store, StoreError, Trustee};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What a trustee must not forget, in its own folder.
const STORE: &str = "trustee.records";

/// What the domains of a state folder need.
#[derive(Default)]
pub(super) struct Served {
    /// Trustees one to this have a store.
    pub(super) trustees: u8,
    /// There is a log of tickets.
    pub(super) log: bool,
}

/// A state folder that no other command uses meanwhile.
pub(super) struct State {
    folder: PathBuf,
    _lock: File,
}

/// A trustee's durable store.
pub(super) struct Records(SqliteRecords);

impl State {
    /// Opens the folder, or makes it.
    pub(super) fn create(folder: &Path) -> Result<Self, Failure> {
        make_folder(folder)?;
        Self::open(folder)
    }

    /// Opens a folder that is there.
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("lock");
        let file = File::options().create(folder.is_dir()).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| {
            let problem = Problem::new("K0411", "there is no folder of trustees").why(error.to_string());
            problem.remedy("name the --state folder of `guildhall pseudonym setup`").at(Place::file(folder))
        })?;
        file.try_lock().map_err(|_| {
            let problem = Problem::new("R0753", "another guildhall is using the state folder");
            problem.remedy("wait until it is done").at(Place::file(folder))
        })?;
        Ok(Self { folder: folder.to_owned(), _lock: file })
    }

    /// Where everybody's copy of the agreement on a domain lies.
    pub(super) fn agreement(&self, domain: &Domain) -> PathBuf {
        agreement_in(&self.folder, domain)
    }

    /// Makes the store of each trustee of a new domain. One that another domain uses must be there already.
    pub(super) fn prepare(&self, nodes: impl IntoIterator<Item = NodeId>) -> Result<(), Failure> {
        let served = self.served()?;
        for node in nodes {
            let path = self.subfolder(&format!("trustee-{node}"))?.join(STORE);
            if node.number() <= served.trustees {
                check_store(&path)?;
            }
            SqliteRecords::open(&path).map_err(|error| failure::records(&error, &path))?;
        }
        Ok(())
    }

    /// What the domains of the folder need: so many trustees' stores, and the log if one of them has one.
    pub(super) fn served(&self) -> Result<Served, Failure> {
        let mut served = Served::default();
        let folder = self.folder.join("domains");
        let Ok(entries) = fs::read_dir(&folder) else { return Ok(served) };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "json") {
                let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
                let domain = name.parse().map_err(|error| failure::key(&error))?;
                let agreement = Agreement::read(&path, &domain)?;
                served.trustees = served.trustees.max(agreement.file.trustees);
                served.log |= agreement.file.log.is_some();
            }
        }
        Ok(served)
    }

    /// A subfolder, made if need be, that only its owner can read.
    pub(super) fn subfolder(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.folder.join(name);
        make_folder(&folder)?;
        Ok(folder)
    }

    /// A trustee's own copy of the agreement on a domain.
    pub(super) fn copy(&self, node: NodeId, domain: &Domain) -> PathBuf {
        self.folder.join(format!("trustee-{node}")).join(format!("{domain}.json"))
    }

    /// What a trustee was proposed and is not known to be decided.
    pub(super) fn proposal(&self, node: NodeId, domain: &Domain) -> PathBuf {
        self.folder.join(format!("trustee-{node}")).join(format!("{domain}.next.json"))
    }

    /// A trustee that serves nobody.
    pub(super) fn bare(&self, node: NodeId) -> Result<Trustee<Records>, Failure> {
        let path = self.folder.join(format!("trustee-{node}")).join(STORE);
        check_store(&path)?;
        let records = SqliteRecords::open(&path).map_err(|error| failure::records(&error, &path))?;
        Ok(Trustee::new(node, Records(records)))
    }

    /// A trustee, going by its own copy of the agreement; without one it serves nobody.
    pub(super) fn trustee(&self, node: NodeId, domain: &Domain) -> Result<Trustee<Records>, Failure> {
        let mut trustee = self.bare(node)?;
        self.settle(node, domain)?;
        let own = self.copy(node, domain);
        if own.exists() {
            let agreement = Agreement::read(&own, domain)?;
            trustee.admit(domain.clone(), agreement.access()?);
            agreement.keys()?.into_iter().for_each(|keys| trustee.go_by(keys));
        }
        Ok(trustee)
    }

    /// Several trustees.
    pub(super) fn trustees(
        &self,
        nodes: impl IntoIterator<Item = NodeId>,
        domain: &Domain,
    ) -> Result<Vec<Trustee<Records>>, Failure> {
        nodes.into_iter().map(|node| self.trustee(node, domain)).collect()
    }
}

/// Where everybody's copy of the agreement on a domain lies in a state folder.
pub(super) fn agreement_in(folder: &Path, domain: &Domain) -> PathBuf {
    folder.join("domains").join(format!("{domain}.json"))
}

/// Refuses a store that is gone, empty, or open to others: a new one in its place would have forgotten what was counted,
/// which tickets were used, and the shares of every key.
pub(super) fn check_store(path: &Path) -> Result<(), Failure> {
    let damaged = |message: &str| {
        let why = "it says what was counted, which tickets were used, and holds the shares of keys; with a new one in its \
                   place all that would be forgotten";
        let remedy = "find the file; never put a backup or a new one in its place, which would count anew. Until then leave \
                      this trustee out with --ask";
        Problem::new("R0701", message).why(why).remedy(remedy).at(Place::file(path))
    };
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(damaged("the durable store of this place is no file").into()),
        Ok(found) if found.len() == 0 => Err(damaged("the durable store of this place is empty").into()),
        Ok(_) => check_private(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(damaged("the durable store of this place is gone").into())
        }
        Err(error) => Err(failure::file("U0004", &error, path)),
    }
}

/// Refuses a secret file that others on the machine may read or write.
pub(crate) fn check_private(path: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        let found = fs::metadata(path).map_err(|error| failure::file("U0004", &error, path))?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            let message = format!("this secret file can be read or written by others (mode {mode:03o})");
            let remedy =
                format!("run chmod 600 {} if they have not done so; else what it holds is no secret", path.display());
            return Err(Problem::new("K0402", message).remedy(remedy).at(Place::file(path)).into());
        }
    }
    Ok(())
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| failure::file("U0005", &error, folder))
}

/// Stands before everything that changes the disk, so that tests can stop a run there.
#[cfg(not(test))]
pub(super) const fn writing() -> std::io::Result<()> {
    Ok(())
}

/// Stands before everything that changes the disk, so that tests can stop a run there.
#[cfg(test)]
pub(super) use super::agreeing::tests::writing;

/// Replaces a file as a whole, durably.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || {
        writing()?;
        let mut file = tempfile::NamedTempFile::new_in(crate::round::parent(path))?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(crate::round::parent(path))?.sync_all()
    };
    write().map_err(|error| failure::file("U0005", &error, path))
}

impl Store for Records {
    fn record(&mut self, key: &str, value: &[u8]) -> Result<Recorded, StoreError> {
        writing().map_err(|error| StoreError::Failed(Box::new(error)))?;
        let made = self.0.record_once(key, value).map_err(failed)?;
        Ok(if made == guildhall_ledger::Recorded::New { Recorded::New } else { Recorded::Same })
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key).map_err(failed)
    }

    fn last(&self, prefix: &str) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        Ok(self.0.list(prefix).map_err(failed)?.pop())
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.0.list(prefix).map_err(failed)?.into_iter().map(|(key, _)| key).collect())
    }

    fn erase(&mut self, key: &str) -> Result<bool, StoreError> {
        writing().map_err(|error| StoreError::Failed(Box::new(error)))?;
        self.0.erase(key).map_err(failed)
    }
}

fn failed(error: RecordError) -> StoreError {
    match error {
        RecordError::Conflict { key } | RecordError::Erased { key } => StoreError::Conflict { key },
        other => StoreError::Failed(Box::new(other)),
    }
}

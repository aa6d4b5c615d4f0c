//! What was agreed on a domain: a JSON file that trustees and members have. It holds no secret.

use super::failure;
use crate::{Failure, Place, Problem};
use guildhall_pseudonym::key::UnverifiedPublicKeys;
use guildhall_pseudonym::{
    Access, Domain, Epoch, Life, LocalPart, MemberName, NodeId, Panel, Person, PublicKeys, Quorum, Quota,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;

const SCHEMA: &str = "guildhall/pseudonym-domain/v1";
const LONGEST: u64 = 4 << 20;

pub(super) use crate::data_policy::LOCAL_PARTS;

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DomainFile {
    pub(super) schema: String,
    pub(super) domain: String,
    pub(super) trustees: u8,
    pub(super) threshold: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resolution_threshold: Option<u8>,
    pub(super) members: BTreeSet<String>,
    pub(super) quota: NonZeroU32,
    pub(super) window_seconds: NonZeroU32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_local: Option<String>,
    pub(super) people: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<String>,
    pub(super) epochs: Vec<EpochEntry>,
}

/// One epoch of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EpochEntry {
    pub(super) epoch: u32,
    pub(super) from: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<u64>,
    pub(super) destroyed: bool,
    pub(super) pseudonyms: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resolution: Option<String>,
}

/// The file, checked.
pub(super) struct Agreement {
    domain: Domain,
    quorum: Quorum,
    pub(super) file: DomainFile,
}

impl Agreement {
    /// Checks what a file says.
    pub(super) fn new(mut file: DomainFile) -> Result<Self, Failure> {
        SCHEMA.clone_into(&mut file.schema);
        let domain = file.domain.parse().map_err(|error| failure::key(&error))?;
        let quorum = Quorum::new(file.threshold, file.trustees).map_err(|error| failure::key(&error))?;
        let agreement = Self { domain, quorum, file };
        agreement.access()?;
        agreement.panel()?;
        agreement.local_part()?;
        Ok(agreement)
    }

    /// Reads the agreement on a domain.
    pub(super) fn read(path: &Path, domain: &Domain) -> Result<Self, Failure> {
        if !path.exists() {
            let problem = Problem::new("K0411", format!("there is no domain {:?}", domain.as_str()));
            let remedy = "make it with `guildhall pseudonym setup`, or name one that is there; there is no default";
            return Err(problem.remedy(remedy).at(Place::file(path)).into());
        }
        let damaged = |why: String| -> Failure {
            let problem = Problem::new("S0694", "the agreement on the domain cannot be used").why(why);
            problem.remedy("fetch it again from a trustee").at(Place::file(path)).into()
        };
        let text = failure::text_of(path, LONGEST)?;
        let file: DomainFile = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        if file.schema != SCHEMA || file.domain != domain.as_str() {
            return Err(damaged("it is another domain's, or of a newer version".to_owned()));
        }
        let agreement = Self::new(file)?;
        if agreement.file.epochs.is_empty() {
            return Err(damaged("it has no epoch".to_owned()));
        }
        Ok(agreement)
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string_pretty(&self.file).unwrap_or_default() + "\n"
    }

    pub(super) const fn domain(&self) -> &Domain {
        &self.domain
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        self.quorum.ids()
    }

    pub(super) const fn quorum(&self) -> Quorum {
        self.quorum
    }

    /// The quorum for resolving, if the domain has one.
    pub(super) fn resolution(&self) -> Result<Option<Quorum>, Failure> {
        let of = |threshold| Quorum::new(threshold, self.file.trustees).map_err(|error| failure::key(&error));
        self.file.resolution_threshold.map(of).transpose()
    }

    /// What a trustee goes by.
    pub(super) fn access(&self) -> Result<Access, Failure> {
        let members = self.file.members.iter().map(|name| name.parse::<MemberName>());
        let members = members.collect::<Result<_, _>>().map_err(|error| failure::name(&error))?;
        let life = |entry: &EpochEntry| Ok((epoch(entry.epoch)?, Life { from: entry.from, until: entry.until }));
        let epochs = self.file.epochs.iter().map(life).collect::<Result<_, Failure>>()?;
        let quota = Quota { evaluations: self.file.quota, window: self.file.window_seconds };
        Ok(Access { members, quota, epochs })
    }

    /// The keys of every epoch whose shares are not destroyed.
    pub(super) fn keys(&self) -> Result<Vec<PublicKeys>, Failure> {
        let mut keys = Vec::new();
        for entry in self.file.epochs.iter().filter(|entry| !entry.destroyed) {
            keys.push(entry.pseudonym_keys()?);
            if entry.resolution.is_some() {
                keys.push(entry.resolution_keys()?);
            }
        }
        Ok(keys)
    }

    /// The people who decide on resolving.
    pub(super) fn panel(&self) -> Result<Panel, Failure> {
        let person = |(name, key): (&String, &String)| -> Result<(Person, [u8; 32]), Failure> {
            let name = name.parse::<Person>().map_err(|error| failure::name(&error))?;
            Ok((name, bytes(key)?.try_into().map_err(|_| damaged_key())?))
        };
        let people = self.file.people.iter().map(person).collect::<Result<_, _>>()?;
        Panel::new(people).map_err(|error| failure::resolve(&error))
    }

    /// The rule for e-mail addresses, if one was agreed.
    pub(super) fn local_part(&self) -> Result<Option<LocalPart>, Failure> {
        let Some(word) = &self.file.email_local else { return Ok(None) };
        let known = LOCAL_PARTS.iter().find(|(known, _)| known == word);
        let unknown = || failure::name(&"email_local is keep, lower or lower-untagged");
        known.map(|(_, part)| Some(*part)).ok_or_else(unknown)
    }

    /// The entry of an epoch, or of the newest one that has begun.
    pub(super) fn entry(&self, number: Option<u32>, now: u64) -> Result<&EpochEntry, Failure> {
        let mut entries = self.file.epochs.iter().rev();
        let entry = entries.find(|entry| number.map_or(entry.from <= now, |number| entry.epoch == number));
        entry.ok_or_else(|| {
            let problem = Problem::new("K0411", format!("the domain {} has no such epoch", self.domain));
            problem.remedy("name one that was set up").into()
        })
    }
}

impl EpochEntry {
    /// The keys for making pseudonyms.
    pub(super) fn pseudonym_keys(&self) -> Result<PublicKeys, Failure> {
        keys(&self.pseudonyms)
    }

    /// The keys for resolving them.
    pub(super) fn resolution_keys(&self) -> Result<PublicKeys, Failure> {
        let missing = || {
            let problem = Problem::new("K0411", "this domain was set up without a way to resolve pseudonyms");
            problem.remedy("set a domain up with --resolution-threshold and --person")
        };
        keys(self.resolution.as_deref().ok_or_else(missing)?)
    }
}

/// The epoch of a number.
pub(super) fn epoch(number: u32) -> Result<Epoch, Failure> {
    Epoch::new(number).map_err(|error| failure::key(&error))
}

fn keys(text: &str) -> Result<PublicKeys, Failure> {
    let keys = UnverifiedPublicKeys::decode(&bytes(text)?).map_err(|_| damaged_key())?;
    keys.verify().map_err(|error| failure::key(&error))
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(text: &str) -> Result<Vec<u8>, Failure> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let whole = text.len().is_multiple_of(2) && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    whole.then(|| pairs.map(byte).collect::<Option<_>>()).flatten().ok_or_else(damaged_key)
}

fn damaged_key() -> Failure {
    let problem = Problem::new("S0694", "a key in the agreement on the domain is damaged");
    problem.remedy("fetch the file again from a trustee").into()
}

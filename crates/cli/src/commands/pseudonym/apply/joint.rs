//! Joint pseudonyms of one domain: what is known already, what trustees are asked, capsules.

use super::super::domain::{Agreement, EpochEntry, epoch};
use super::super::failure;
use super::super::setup::now;
use super::super::state::{Records, State};
use super::columns::{Kind, Wrong};
use super::need::Need;
use super::output::Account;
use crate::staged::{Staged, Whole};
use crate::{Failure, Problem};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_mpc::digest;
use guildhall_pseudonym::when::utc;
use guildhall_pseudonym::{
    Allowance, Asking, Capsule, Domain, Epoch, EvaluateError, Identifier, Label, LocalPart, MemberName, NodeId,
    Pseudonym, PublicKeys, Purpose, Trustee,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use zeroize::Zeroizing;

/// Customers whose pseudonyms are remembered, so that rows of the same customer ask once.
pub(super) const REMEMBERED: usize = 1 << 17;

/// A domain with the trustees that are asked.
pub(super) struct Joint {
    domain: Domain,
    epoch: Epoch,
    keys: PublicKeys,
    local: Option<LocalPart>,
    member: MemberName,
    trustees: Vec<Trustee<Records>>,
    /// Makes what is remembered meaningless outside this run.
    salt: Zeroizing<[u8; 32]>,
    known: HashMap<[u8; 32], String>,
    evaluations: u64,
    bad: BTreeSet<NodeId>,
    entry: EpochEntry,
    sealing: Option<Sealing>,
}

/// Where capsules go.
pub(super) struct Sealing {
    path: PathBuf,
    purpose: Purpose,
    keys: PublicKeys,
    writer: csv::Writer<Staged>,
}

impl Sealing {
    /// A new file that only its owner can read; it appears when it is whole.
    fn new(path: &Path, purpose: Purpose, keys: PublicKeys) -> Result<Self, Failure> {
        let writer = csv::Writer::from_writer(Staged::create(path)?);
        let mut sealing = Self { path: path.to_owned(), purpose, keys, writer };
        sealing.put(&["pseudonym", "capsule"])?;
        Ok(sealing)
    }

    fn put(&mut self, fields: &[&str]) -> Result<(), Failure> {
        let written = self.writer.write_record(fields);
        written.map_err(|error| failure::file("U0005", &std::io::Error::other(error), &self.path))
    }

    fn seal(&mut self, pseudonym: &Pseudonym, member: &MemberName, identifier: &Identifier) -> Result<(), Failure> {
        let label = Label { pseudonym: pseudonym.clone(), member: member.clone(), purpose: self.purpose.clone() };
        let capsule = Capsule::seal(&self.keys, label, identifier).map_err(|error| failure::capsule(&error))?;
        self.put(&[&pseudonym.to_string(), &STANDARD.encode(capsule.encode())])
    }
}

impl Joint {
    /// Opens a domain.
    pub(super) fn open(
        state: &State,
        domain: &Domain,
        member: &MemberName,
        number: Option<u32>,
        ask: &[u8],
    ) -> Result<Self, Failure> {
        let agreement = Agreement::read(&state.agreement(domain), domain)?;
        let entry = agreement.entry(number, now())?;
        let nodes = chosen(&agreement, ask, entry.pseudonym_keys()?.quorum().threshold())?;
        let mut salt = Zeroizing::new([0; 32]);
        crate::consortium::fill_random(salt.as_mut_slice())?;
        Ok(Self {
            domain: domain.clone(),
            epoch: epoch(entry.epoch)?,
            keys: entry.pseudonym_keys()?,
            local: agreement.local_part()?,
            member: member.clone(),
            trustees: state.trustees(nodes, domain)?,
            salt,
            known: HashMap::new(),
            evaluations: 0,
            bad: BTreeSet::new(),
            entry: entry.clone(),
            sealing: None,
        })
    }

    /// Seals a capsule for each customer from now on.
    pub(super) fn seal_into(&mut self, path: &Path, purpose: Purpose) -> Result<(), Failure> {
        self.sealing = Some(Sealing::new(path, purpose, self.entry.resolution_keys()?)?);
        Ok(())
    }

    /// How its e-mail addresses are spelt, if that was agreed.
    pub(super) const fn local(&self) -> Option<LocalPart> {
        self.local
    }

    /// The pseudonyms of cells, empty for empty and invalid ones; and which are invalid.
    pub(super) fn replace(&mut self, cells: &[&str], kind: Kind) -> Result<(Vec<String>, Vec<Wrong>), Failure> {
        let rules = kind.rules(self.local);
        let (mut wrong, mut keys, mut unknown) = (Vec::new(), Vec::with_capacity(cells.len()), BTreeMap::new());
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        for (index, cell) in cells.iter().enumerate() {
            let applied = if cell.trim().is_empty() { None } else { Some(rules.apply(cell)) };
            let key = match applied {
                None => None,
                Some(Ok(identifier)) => {
                    let frame = identifier.frame(self.domain.as_str());
                    let key = digest("remembered", &[self.salt.as_slice(), &frame]);
                    if !self.known.contains_key(&key) {
                        unknown.insert(key, identifier);
                    }
                    Some(key)
                }
                Some(Err(error)) => {
                    wrong.push((index, error.to_string()));
                    None
                }
            };
            keys.push(key);
        }
        self.learn(unknown)?;
        let done = keys.iter().map(|key| key.and_then(|key| self.known.get(&key).cloned()).unwrap_or_default());
        Ok((done.collect(), wrong))
    }

    /// Asks the trustees about identifiers that are not known yet.
    fn learn(&mut self, unknown: BTreeMap<[u8; 32], Identifier>) -> Result<(), Failure> {
        if unknown.is_empty() {
            return Ok(());
        }
        let (keys, identifiers): (Vec<_>, Vec<_>) = unknown.into_iter().unzip();
        let asking = Asking::new(&self.keys, &identifiers).map_err(|error| failure::evaluate(&error))?;
        // Before they are asked: whatever stops this later, as many may have been counted.
        super::super::COUNTED.fetch_add(identifiers.len() as u64, Ordering::Relaxed);
        let outputs = self.asked(&asking).map_err(|error| failure::evaluate(&error))?;
        self.evaluations += identifiers.len() as u64;
        for ((key, identifier), output) in keys.into_iter().zip(&identifiers).zip(&outputs) {
            let pseudonym = Pseudonym::new(self.domain.clone(), self.epoch, output);
            if let Some(sealing) = &mut self.sealing {
                sealing.seal(&pseudonym, &self.member, identifier)?;
            }
            self.known.insert(key, pseudonym.to_string());
        }
        Ok(())
    }

    /// Asks one trustee after the other until enough valid answers are there.
    fn asked(&mut self, asking: &Asking) -> Result<Vec<guildhall_pseudonym::oprf::Output>, EvaluateError> {
        let request = asking.request().encode();
        let needed = usize::from(self.keys.quorum().threshold());
        let (mut replies, mut refusal) = (BTreeMap::new(), None);
        let now = now();
        for trustee in &mut self.trustees {
            match trustee.evaluate(&self.member, &request, now) {
                Ok(reply) => drop(replies.insert(trustee.node(), reply.encode())),
                Err(error) => refusal = refusal.or(Some(error)),
            }
            if replies.len() < needed {
                continue;
            }
            match asking.combine(&replies) {
                Ok(outcome) => {
                    self.bad.extend(outcome.bad);
                    return Ok(outcome.outputs);
                }
                Err(EvaluateError::TooFew { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        match refusal {
            Some(error) => Err(error),
            None => asking.combine(&replies).map(|outcome| outcome.outputs),
        }
    }

    /// Refuses what the trustees' counts leave no room for, before anything is asked. Says what is needed and left.
    pub(super) fn check_room(&self, need: &Need) -> Result<String, Failure> {
        let allowed = self.trustees.iter().map(|trustee| trustee.allowance(&self.domain, &self.member, now()));
        let allowed = allowed.collect::<Result<Vec<_>, _>>().map_err(|error| failure::evaluate(&error))?;
        let mut allowed: Vec<Allowance> = allowed.into_iter().flatten().collect();
        let (enough, needed) = (usize::from(self.keys.quorum().threshold()), need.evaluations());
        let left: Vec<u32> = allowed.iter().map(|allowance| allowance.left).collect();
        let fits = need.fits(&left, enough);
        allowed.sort_by_key(|allowance| std::cmp::Reverse(allowance.left));
        // Who serves too few trustees' member, or none, is told so by the first of them that is asked.
        let Some(Allowance { left, limit, until }) = allowed.get(enough - 1) else { return Ok(String::new()) };
        let (domain, member, until) = (&self.domain, &self.member, utc(*until));
        let said = format!("{member} needs {needed} evaluations in {domain}; {left} of {limit} are left until {until}");
        if fits {
            return Ok(said);
        }
        let problem = Problem::new("P0681", said).why("nothing was asked and nothing counted");
        let remedy = "wait until then, take a file with fewer customers, or have the trustees agree on a larger quota";
        Err(problem.remedy(remedy).into())
    }

    /// What this run asked, and what is left of the quota.
    pub(super) fn account(&self) -> Result<Account, Failure> {
        let left = self.trustees.iter().map(|trustee| trustee.left(&self.domain, &self.member, now()));
        let left = left.collect::<Result<Vec<_>, _>>().map_err(|error| failure::evaluate(&error))?;
        Ok(Account {
            domain: self.domain.to_string(),
            epoch: self.epoch.number(),
            threshold: self.keys.quorum().threshold(),
            trustees: self.keys.quorum().nodes(),
            evaluations: self.evaluations,
            left: left.into_iter().min().unwrap_or_default(),
            bad: self.bad.iter().map(|node| node.number()).collect(),
        })
    }

    /// Brings the capsules to the disk, not yet under their name.
    pub(super) fn whole_capsules(&mut self) -> Result<Option<Whole>, Failure> {
        let Some(Sealing { path, writer, .. }) = self.sealing.take() else { return Ok(None) };
        let staged = writer.into_inner().map_err(|error| failure::file("U0005", &error.into_error(), &path))?;
        staged.whole().map(Some)
    }
}

/// The trustees that --ask names, or all of them.
fn chosen(agreement: &Agreement, ask: &[u8], threshold: u8) -> Result<Vec<NodeId>, Failure> {
    let refused = |message: String| Err(failure::argument(failure::name(&message)));
    let (domain, trustees) = (agreement.domain(), agreement.file.trustees);
    if ask.is_empty() {
        return Ok(agreement.nodes().collect());
    }
    if let Some(stranger) = ask.iter().find(|number| !(1..=trustees).contains(number)) {
        return refused(format!("--ask names trustee {stranger}, and {domain} has trustees 1 to {trustees}"));
    }
    if let Some((_, twice)) = ask.iter().enumerate().find(|(at, number)| ask[..*at].contains(number)) {
        return refused(format!("--ask names trustee {twice} twice; each counts once"));
    }
    if ask.len() < usize::from(threshold) {
        return refused(format!("--ask names {} trustees, and {domain} needs {threshold}", ask.len()));
    }
    Ok(agreement.nodes().filter(|node| ask.contains(&node.number())).collect())
}

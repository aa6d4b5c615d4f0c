//! How the trustees of a folder take over an agreement with its keys: in two phases, so that a run may be stopped at
//! any point.
//!
//! 1. Every trustee keeps its new shares beside the old ones, and then what is proposed, `trustee-N/DOMAIN.next.json`.
//! 2. Replacing `domains/DOMAIN.json` decides, for all keys at once.
//! 3. Every trustee destroys its other shares and takes the proposal over as its agreement.
//!
//! What lies between is settled when a trustee is next used: it takes a proposal over if it was decided, and drops it
//! otherwise. Whatever the state of that, a trustee uses the shares that its agreement names, and no others.
//!
//! Assumption: a file is replaced as a whole or not at all.

use super::domain::Agreement;
use super::failure;
use super::state::{State, replace, writing};
use crate::{Failure, Place, Problem};
use guildhall_pseudonym::{Domain, NodeId};
use std::fs;
use std::path::{Path, PathBuf};

/// Most trustees there can be.
const MOST: u8 = 32;

/// What an earlier run had left to do, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Settled {
    /// It was not decided, and is dropped.
    Dropped,
    /// It was decided, and is done now.
    Finished,
}

impl State {
    /// Agrees on what the trustees hold shares for already.
    pub(super) fn agree(&self, agreement: &Agreement) -> Result<(), Failure> {
        let (text, domain) = (agreement.to_text(), agreement.domain());
        for node in agreement.nodes() {
            self.subfolder(&format!("trustee-{node}"))?;
            replace(&self.proposal(node, domain), &text)?;
        }
        self.subfolder("domains")?;
        replace(&self.agreement(domain), &text)?;
        agreement.nodes().try_for_each(|node| self.settle(node, domain).map(drop))
    }

    /// Settles what an earlier run left at any trustee.
    pub(super) fn settle_all(&self, domain: &Domain) -> Result<Option<Settled>, Failure> {
        let mut settled = None;
        for number in 1..=MOST {
            let node = NodeId::new(number).map_err(|error| failure::key(&error))?;
            settled = settled.max(self.settle(node, domain)?);
        }
        Ok(settled)
    }

    /// A trustee's copy of an agreement that everybody's folder does not have, if there is one.
    pub(super) fn orphan(&self, domain: &Domain) -> Option<PathBuf> {
        let copies = (1..=MOST).filter_map(|number| Some(self.copy(NodeId::new(number).ok()?, domain)));
        copies.filter(|_| !self.agreement(domain).exists()).find(|path| path.exists())
    }

    /// Takes a proposal over if it was decided, with its shares, and drops it otherwise.
    pub(super) fn settle(&self, node: NodeId, domain: &Domain) -> Result<Option<Settled>, Failure> {
        let (copy, proposal) = (self.copy(node, domain), self.proposal(node, domain));
        if !proposal.exists() {
            return Ok(None);
        }
        let (before, proposed) = (epochs(&copy, domain)?, epochs(&proposal, domain)?);
        let decided = epochs(&self.agreement(domain), domain)?;
        if decided == proposed {
            let mut trustee = self.bare(node)?;
            for keys in Agreement::read(&proposal, domain)?.keys()? {
                trustee.destroy_others(&keys).map_err(|error| failure::evaluate(&error))?;
            }
            renamed(&proposal, &copy)?;
            return Ok(Some(Settled::Finished));
        }
        if decided == before {
            removed(&proposal)?;
            return Ok(Some(Settled::Dropped));
        }
        let problem = Problem::new("R0804", format!("trustee {node} and domains/{domain}.json name other keys"))
            .why("an earlier run was stopped, and the agreement was replaced since; no share was destroyed")
            .remedy("put the agreement back that domains/ had when that run was stopped");
        Err(problem.at(Place::file(&proposal)).into())
    }
}

/// The epochs of an agreement and their keys, if there is one.
fn epochs(path: &Path, domain: &Domain) -> Result<Option<Vec<super::domain::EpochEntry>>, Failure> {
    if path.exists() { Ok(Some(Agreement::read(path, domain)?.file.epochs)) } else { Ok(None) }
}

fn renamed(from: &Path, to: &Path) -> Result<(), Failure> {
    let rename = || writing().and_then(|()| fs::rename(from, to)).and_then(|()| synced(to));
    rename().map_err(|error| failure::file("U0005", &error, to))
}

fn removed(path: &Path) -> Result<(), Failure> {
    let remove = || writing().and_then(|()| fs::remove_file(path)).and_then(|()| synced(path));
    remove().map_err(|error| failure::file("U0005", &error, path))
}

fn synced(path: &Path) -> std::io::Result<()> {
    if cfg!(unix) { fs::File::open(crate::round::parent(path))?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
pub(super) mod tests;

//! Key generation among the trustees of a folder, every message through its bytes.

use super::failure;
use super::state::State;
use crate::Failure;
use guildhall_pseudonym::key::dkg::{self, Broadcast, Confirmation, Private, Round1};
use guildhall_pseudonym::key::refresh;
use guildhall_pseudonym::{Domain, KeyError, KeyId, KeyShare, NodeId, PublicKeys, Quorum};
use std::collections::BTreeMap;

/// Makes a key; each trustee keeps its share durably.
pub(super) fn generate(state: &State, id: &KeyId, quorum: Quorum) -> Result<PublicKeys, Failure> {
    let begin = |node| dkg::begin(id.clone(), quorum, node);
    let begun = quorum.ids().map(begin).collect::<Result<_, _>>().map_err(|error| failure::key(&error))?;
    keep(state, &id.domain, play(begun, quorum).map_err(|error| failure::key(&error))?)
}

/// Renews the shares of a key. Each trustee keeps the new one beside the old one until the new ones are agreed.
pub(super) fn renew(state: &State, keys: &PublicKeys) -> Result<PublicKeys, Failure> {
    let (id, quorum, mut begun) = (keys.id(), keys.quorum(), Vec::new());
    for node in quorum.ids() {
        let mut trustee = state.trustee(node, &id.domain)?;
        trustee.go_by(keys.clone());
        let share = trustee.take(id).map_err(|error| failure::evaluate(&error))?;
        begun.push(refresh::begin(share).map_err(|error| failure::key(&error))?);
    }
    keep(state, &id.domain, play(begun, quorum).map_err(|error| failure::key(&error))?)
}

fn keep(state: &State, domain: &Domain, shares: Vec<KeyShare>) -> Result<PublicKeys, Failure> {
    let mut public = None;
    for share in shares {
        public = Some(share.public().clone());
        let mut trustee = state.trustee(share.node(), domain)?;
        trustee.keep(share).map_err(|error| failure::evaluate(&error))?;
    }
    public.ok_or_else(|| failure::key(&KeyError::Domain))
}

/// The three steps and the confirmation; messages cross as bytes.
fn play(begun: Vec<(Round1, Broadcast)>, quorum: Quorum) -> Result<Vec<KeyShare>, KeyError> {
    let sent: Vec<(NodeId, Vec<u8>)> =
        quorum.ids().zip(&begun).map(|(node, (_, first))| (node, first.encode())).collect();
    let mut inboxes: BTreeMap<NodeId, BTreeMap<NodeId, Private>> = BTreeMap::new();
    let mut second = Vec::new();
    for (node, (round, _)) in quorum.ids().zip(begun) {
        let others = sent.iter().filter(|(from, _)| *from != node);
        let others =
            others.map(|(from, bytes)| Ok((*from, Broadcast::decode(bytes)?))).collect::<Result<_, KeyError>>()?;
        let (round, messages) = round.next(others)?;
        for (to, message) in messages {
            inboxes.entry(to).or_default().insert(node, Private::decode(&message.expose_encoded())?);
        }
        second.push((node, round));
    }
    let mut candidates = Vec::new();
    let mut confirmations: BTreeMap<NodeId, Confirmation> = BTreeMap::new();
    for (node, round) in second {
        let (candidate, confirmation) = round.finish(&inboxes.remove(&node).unwrap_or_default())?;
        confirmations.insert(node, confirmation);
        candidates.push(candidate);
    }
    candidates.into_iter().map(|candidate| candidate.confirm(&confirmations)).collect()
}

//! The member's side.

use super::message::{Request, UnverifiedReply};
use super::{EvaluateError, KeyError};
use crate::canonical::Identifier;
use crate::key::{KeyUse, NodeId, PublicKeys};
use crate::lagrange::AtZero;
use crate::oprf::{self, Blind, Encoded, Mode, Output};
use curve25519_dalek::RistrettoPoint;
use rayon::prelude::*;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Identifiers that were asked about and are not answered yet.
///
/// # Privacy
/// Holds the identifiers and what hides them; both are wiped on drop.
pub struct Asking {
    keys: PublicKeys,
    inputs: Vec<Zeroizing<Vec<u8>>>,
    blinds: Vec<Blind>,
    blinded: Vec<Encoded>,
    points: Vec<RistrettoPoint>,
}

/// What came of it.
pub struct Outcome {
    /// One output per identifier, in order.
    pub outputs: Vec<Output>,
    /// Trustees whose answers were invalid and not used. Tell the others.
    pub bad: Vec<NodeId>,
}

impl Asking {
    /// Hides identifiers, each behind a fresh random factor.
    ///
    /// # Errors
    /// If there are none or more than [`oprf::MAX_BATCH`], the keys are not for pseudonyms, or there is no randomness.
    pub fn new(keys: &PublicKeys, identifiers: &[Identifier]) -> Result<Self, EvaluateError> {
        if keys.id().key_use != KeyUse::Pseudonyms {
            return Err(KeyError::Contradiction { id: keys.id().clone() }.into());
        }
        let domain = keys.id().domain.as_str();
        let inputs: Vec<_> = identifiers.iter().map(|identifier| identifier.frame(domain)).collect();
        let (blinds, blinded) = oprf::blind(Mode::Oprf, &inputs)?;
        let points = oprf::decoded(&blinded)?;
        Ok(Self { keys: keys.clone(), inputs, blinds, blinded, points })
    }

    /// What is sent to every trustee that is asked.
    pub fn request(&self) -> Request {
        Request { id: self.keys.id().clone(), blinded: self.blinded.clone() }
    }

    /// Verifies replies until as many are valid as the threshold says, and puts them together.
    ///
    /// Who sent a reply is what the channel says.
    ///
    /// # Errors
    /// [`EvaluateError::TooFew`] with the trustees whose replies were invalid.
    pub fn combine(&self, replies: &BTreeMap<NodeId, Vec<u8>>) -> Result<Outcome, EvaluateError> {
        let needed = usize::from(self.keys.quorum().threshold());
        let (mut good, mut bad) = (BTreeMap::new(), Vec::new());
        for (node, bytes) in replies {
            if good.len() == needed {
                break;
            }
            match self.verified(*node, bytes) {
                Some(points) => drop(good.insert(*node, points)),
                None => bad.push(*node),
            }
        }
        if good.len() < needed {
            return Err(EvaluateError::TooFew { good: good.len(), needed, bad });
        }
        let (nodes, partials): (Vec<NodeId>, Vec<_>) = good.into_iter().unzip();
        Ok(Outcome { outputs: self.interpolated(&nodes, &partials), bad })
    }

    fn verified(&self, node: NodeId, bytes: &[u8]) -> Option<Vec<RistrettoPoint>> {
        let reply = UnverifiedReply::decode(bytes).ok()?;
        reply.verify(&self.keys, node, &self.blinded, &self.points)
    }

    /// Interpolates with whole weights; their common divisor goes away with the blinds, at no cost.
    fn interpolated(&self, nodes: &[NodeId], partials: &[Vec<RistrettoPoint>]) -> Vec<Output> {
        let at_zero = AtZero::new(nodes);
        let one = |index: usize| {
            let parts: Vec<RistrettoPoint> =
                partials.iter().filter_map(|partial| partial.get(index)).copied().collect();
            at_zero.combined(&parts)
        };
        let whole: Vec<RistrettoPoint> = (0..self.inputs.len()).into_par_iter().with_min_len(64).map(one).collect();
        oprf::unblinded(&self.inputs, &self.blinds, &whole, &at_zero.divisor())
    }
}

#[cfg(test)]
impl Asking {
    /// What comes out if the threshold is not heeded.
    pub(super) fn forced_for_tests(&self, replies: &BTreeMap<NodeId, Vec<u8>>) -> Vec<Output> {
        let nodes: Vec<NodeId> = replies.keys().copied().collect();
        let partials: Vec<_> = replies.iter().filter_map(|(node, bytes)| self.verified(*node, bytes)).collect();
        self.interpolated(&nodes, &partials)
    }
}

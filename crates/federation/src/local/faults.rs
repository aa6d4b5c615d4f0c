//! Faults on request: stopped and lying trustees, forging members, lost boxes.

use crate::charter::Charter;
use crate::member::{CONTRIBUTION_TAG, Invited, SignedContribution};
use crate::statement;
use crate::trustee::{SumShareStatement, Trustee};
use crate::{FederationError, Id};
use guildhall_ledger::{Note, Records, SigningIdentity};
use guildhall_mpc::{Contribution, Field128, SumShare};
use std::collections::{BTreeMap, BTreeSet};

/// A point of the round at which a trustee can stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Before it takes a single contribution.
    Collecting,
    /// After checking, before it says what it verified.
    Ready,
    /// After saying it is ready, before it signs.
    Signing,
    /// After signing, before it sends its sum share.
    Opening,
}

/// What goes wrong in a round; nothing by default.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Trustees that stop, and where.
    pub stopped: BTreeMap<u8, Stage>,
    /// Trustees that send a wrong sum share.
    pub wrong_shares: BTreeSet<u8>,
    /// Members (by roster index) that send an out-of-range figure with a proof that cannot hold.
    pub forging: BTreeSet<u32>,
    /// Boxes that get lost: (member, trustee).
    pub lost_boxes: BTreeSet<(u32, u8)>,
}

/// The trustees, and second copies of the liars' keys so that they can sign their lies.
pub(super) struct Liars<R> {
    pub(super) trustees: Vec<Trustee<R>>,
    pub(super) identities: BTreeMap<u8, SigningIdentity>,
}

impl Faults {
    pub(super) fn copies_of_liars<R: Records>(
        &self,
        charter: &Charter,
        parties: impl Iterator<Item = (u8, (SigningIdentity, R))>,
    ) -> Result<Liars<R>, FederationError> {
        let mut identities = BTreeMap::new();
        let mut trustees = Vec::new();
        for (number, (identity, records)) in parties {
            if self.wrong_shares.contains(&number) {
                let copy = SigningIdentity::decode_text(&identity.expose_text())
                    .map_err(|source| FederationError::Signature { what: "the sum share", source })?;
                identities.insert(number, copy);
            }
            trustees.push(Trustee::new(number, charter.clone(), identity, records));
        }
        Ok(Liars { trustees, identities })
    }

    pub(super) fn has_stopped(&self, trustee: u8, stage: Stage) -> bool {
        self.stopped.get(&trustee).is_some_and(|at| *at <= stage)
    }
}

/// A contribution whose first figure was raised by a million after it was proved: properly signed,
/// properly logged, and no trustee's share satisfies its proof.
pub(super) fn forge(invited: &Invited, honest: &SignedContribution) -> Option<SignedContribution> {
    let plan = invited.plan();
    let shape = plan.member_shape();
    let mut bytes = honest.bytes.clone();
    let at = shape.masked_input_start();
    let element: [u8; 16] = bytes.get(at..at + 16)?.try_into().ok()?;
    let raised = SumShare::decode(&element, 1).map(|mut sum| {
        sum.add(0, &[Field128::from(1_000_000u128)]);
        sum.encode()
    })?;
    bytes.get_mut(at..at + 16)?.copy_from_slice(&raised);
    let (body, _) = Contribution::decode(&bytes, plan.round(), &shape).ok()?;
    let signature = invited.identity.sign_statement(CONTRIBUTION_TAG, &body.id());
    Some(SignedContribution { bytes, signature, id: Id::new(body.id()), sequence: honest.sequence })
}

/// The same sum share with its first column one too high, signed again.
pub(super) fn lie(honest: &[u8], identity: &SigningIdentity) -> Option<(Vec<u8>, Note)> {
    let mut said: SumShareStatement = statement::decode(honest).ok()?;
    let bytes = hex::decode(&said.share).ok()?;
    let mut share = SumShare::decode(&bytes, bytes.len() / 16)?;
    share.add(0, &[Field128::from(1u128)]);
    said.share = hex::encode(share.encode());
    let bytes = statement::encode(&said);
    let note = statement::sign::<SumShareStatement>(&bytes, identity).ok()?;
    Some((bytes, note))
}

//! The member's side: accept a round, contribute once, correct until the deadline (steps 1 and 2).
//!
//! `sent` holds the member's own ledger of what it sent for which data, independent of what trustees charge.

mod sent;

use crate::charter::Charter;
use crate::manifest::Manifest;
use crate::plan::Plan;
use crate::statement::{self, Statement};
use crate::{FederationError, Id};
use guildhall_dp::Ceiling;
use guildhall_kpi::{KpiVector, Rational};
use guildhall_ledger::SigningIdentity;
use guildhall_mpc::{Author, Contribution, Role, SealPublicKey, contribute};
use std::sync::Arc;

/// Tag under which a contribution's id is signed.
pub(crate) const CONTRIBUTION_TAG: &str = "guildhall/contribution/v1";

/// What a member's own client insists on, whatever a manifest says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floors {
    /// Least number of trustees needed to open.
    pub threshold: u8,
    /// Least quorum.
    pub quorum: u8,
    /// Least members a figure is opened for.
    pub least_members: u64,
    /// Most epsilon one round may cost.
    pub most_epsilon: Rational,
    /// Most that all rounds together may cost over one data window, by this member's own ledger.
    pub budget: Ceiling,
}

/// A round that this machine has checked against the pinned charter and its own floors.
pub struct Invitation {
    plan: Arc<Plan>,
    seal_keys: Arc<Vec<SealPublicKey>>,
    budget: Ceiling,
}

/// A member that may contribute to a checked round.
pub struct Invited {
    plan: Arc<Plan>,
    seal_keys: Arc<Vec<SealPublicKey>>,
    budget: Ceiling,
    index: u32,
    pub(crate) identity: SigningIdentity,
}

/// A contribution with its author's signature, as it is uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedContribution {
    /// Body and boxes.
    pub bytes: Vec<u8>,
    /// The author's signature over the id.
    pub signature: [u8; 64],
    /// The id, for the author's own record and receipt.
    pub id: Id,
    /// Sequence number.
    pub sequence: u32,
}

impl Invitation {
    /// Accepts a round: pinned charter, signed manifest, own floors.
    ///
    /// # Errors
    /// Before any figure is encoded, if anything is not as agreed.
    pub fn open(
        charter: &[u8],
        pinned: &Id,
        manifest: &[u8],
        note: &[u8],
        floors: &Floors,
    ) -> Result<Self, FederationError> {
        let charter = Charter::open(charter, pinned)?;
        let id = statement::id_of::<Manifest>(manifest);
        let manifest = Manifest::open(&charter, manifest, note)?;
        floors.check(&charter, &manifest)?;
        let seal_keys = Arc::new(manifest.seal_keys()?);
        Ok(Self { plan: Arc::new(Plan::new(charter, manifest, id)?), seal_keys, budget: floors.budget })
    }

    /// Takes the place in the roster that belongs to this key.
    ///
    /// # Errors
    /// If the key is not in the roster.
    pub fn member(&self, identity: SigningIdentity) -> Result<Invited, FederationError> {
        let own = identity.verifier().to_string();
        let found = (0u32..).zip(&self.plan.manifest.roster).find(|(_, member)| member.key == own);
        let (index, _) = found.ok_or_else(|| rule("this member's key is not in the roster".to_owned()))?;
        Ok(Invited { plan: self.plan.clone(), seal_keys: self.seal_keys.clone(), budget: self.budget, index, identity })
    }
}

impl Invited {
    /// This member's index in the roster.
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// What the round compares, for a preview of what would be sent.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Turns figures into one signed contribution. A correction has a higher `sequence`.
    ///
    /// # Errors
    /// If the figures do not fit the round or randomness is missing; nothing is sent then.
    pub fn contribute(&self, figures: &KpiVector, sequence: u32) -> Result<SignedContribution, FederationError> {
        let plan = &self.plan;
        let presence = figures.presence();
        let circuit = plan.member_circuit(&presence).ok_or_else(|| rule("the figures do not fit".to_owned()))?;
        let author = Author { role: Role::Member, index: self.index, sequence };
        let input = plan.form().encode(figures);
        let made = contribute(plan.round(), &circuit, author, &presence, &input, &self.seal_keys)?;
        Ok(SignedContribution::sign(&made, &self.identity))
    }
}

impl SignedContribution {
    pub(crate) fn sign(made: &Contribution, identity: &SigningIdentity) -> Self {
        let id = made.body.id();
        let signature = identity.sign_statement(CONTRIBUTION_TAG, &id);
        Self { bytes: made.encode(), signature, id: Id::new(id), sequence: made.body.author().sequence }
    }

    /// A recorded noise contribution, signed again: Ed25519 gives the same signature for the same id.
    pub(crate) fn resend(plan: &Plan, bytes: Vec<u8>, identity: &SigningIdentity) -> Option<Self> {
        let (body, _) = Contribution::decode(&bytes, plan.round(), &plan.noise_shape()).ok()?;
        let signature = identity.sign_statement(CONTRIBUTION_TAG, &body.id());
        Some(Self { bytes, signature, id: Id::new(body.id()), sequence: body.claimed_author().sequence })
    }

    /// Bytes that leave the machine.
    pub fn upload_len(&self) -> usize {
        self.bytes.len() + self.signature.len()
    }
}

impl Floors {
    fn check(&self, charter: &Charter, manifest: &Manifest) -> Result<(), FederationError> {
        if charter.threshold < self.threshold || charter.quorum < self.quorum {
            return Err(rule(format!(
                "{} trustees can open and {} must agree; this client insists on {} and {}",
                charter.threshold, charter.quorum, self.threshold, self.quorum
            )));
        }
        if charter.least_members < self.least_members {
            return Err(rule(format!(
                "figures are opened for {} members; this client insists on {}",
                charter.least_members, self.least_members
            )));
        }
        let customers = manifest.customers.map_or(Rational::ZERO, |customers| customers.epsilon);
        let asked = manifest.epsilon.checked_add(customers);
        if asked.is_none_or(|asked| asked > self.most_epsilon) {
            let stated = asked.map_or_else(|| "beyond counting".to_owned(), |asked| asked.to_string());
            return Err(rule(format!("the round costs epsilon {stated}; this client allows {}", self.most_epsilon)));
        }
        Ok(())
    }
}

fn rule(rule: String) -> FederationError {
    FederationError::Rule { what: Manifest::NAME, rule }
}

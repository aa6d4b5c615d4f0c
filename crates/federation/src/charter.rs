//! The charter: who computes, agreed and pinned outside the coordinator (`docs/protocol.md`, step 0.1).

use crate::statement::{self, Statement};
use crate::{FederationError, Id};
use guildhall_dp::Ceiling;
use guildhall_dp::disclosure::{Concentration, Rules};
use guildhall_kpi::Rational;
use guildhall_ledger::VerifierKey;
use guildhall_mpc::Threshold;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a consortium agrees on before its first round.
///
/// # Security
/// Manifest signatures mean nothing to a member that got the keys from the coordinator. A member
/// accepts a charter only against a fingerprint it obtained elsewhere; there is no trust on first use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// Identifier of the study.
    pub study: String,
    /// Title people read.
    pub title: String,
    /// Who opens rounds and publishes.
    pub organiser: Party,
    /// Who relays and logs.
    pub coordinator: Party,
    /// The trustees, numbered from 1 in this order.
    pub trustees: Vec<Party>,
    /// Trustees needed to open.
    pub threshold: u8,
    /// Trustees that must sign a set and agree on its sums.
    pub quorum: u8,
    /// Least members a figure is opened for, colluders not counted.
    pub least_members: u64,
    /// Members assumed to pool their figures against others.
    pub colluding: u64,
    /// Epsilon a member may lose per data window; where the limit is in rho, what that means in epsilon.
    pub budget: Rational,
    /// Rho a member may lose per data window, where losses are counted so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_rho: Option<Rational>,
    /// Whether coarse histograms may be opened exactly; a consortium of at least 20 may say so.
    pub exact_histograms: bool,
    /// What must be proved of every total before it is shown: how little of it its largest members are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub concentration: Vec<Concentration>,
}

/// A named party with its long-term key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Name as it stands in signatures.
    pub name: String,
    /// Who runs it: two parties of one operator count as one.
    pub operator: String,
    /// Verifier key, `name+id+base64`.
    pub key: String,
}

/// Most concentration rules of a charter.
const MOST_RULES: usize = 8;

impl Statement for Charter {
    const TAG: &'static str = "guildhall/charter/v1";
    const NAME: &'static str = "the charter";
    const LIMIT: usize = 64 << 10;
}

impl Party {
    /// The decoded key; its name must be the party's.
    ///
    /// # Errors
    /// If the key is malformed or belongs to another name.
    pub fn verifier(&self) -> Result<VerifierKey, FederationError> {
        let key = VerifierKey::decode(&self.key)
            .map_err(|source| FederationError::Signature { what: Charter::NAME, source })?;
        if key.name() != self.name {
            return Err(rule(format!("the key of {:?} carries the name {:?}", self.name, key.name())));
        }
        Ok(key)
    }
}

impl Charter {
    /// Reads a charter and checks it against the pinned fingerprint.
    ///
    /// # Errors
    /// If the fingerprint differs or a rule is broken.
    pub fn open(bytes: &[u8], pinned: &Id) -> Result<Self, FederationError> {
        let found = Self::fingerprint(bytes);
        if found != *pinned {
            return Err(FederationError::OtherCharter { found: found.grouped(), pinned: pinned.grouped() });
        }
        let charter: Self = statement::decode(bytes)?;
        charter.check()?;
        Ok(charter)
    }

    /// The fingerprint to compare outside the coordinator.
    pub fn fingerprint(bytes: &[u8]) -> Id {
        statement::id_of::<Self>(bytes)
    }

    /// The safe threshold it states.
    ///
    /// # Errors
    /// If the triple is unsafe.
    pub fn threshold(&self) -> Result<Threshold, FederationError> {
        let k = u8::try_from(self.trustees.len()).unwrap_or(u8::MAX);
        Ok(Threshold::new(k, self.threshold, self.quorum)?)
    }

    /// Keys of the trustees, in order of their numbers.
    ///
    /// # Errors
    /// If a key is malformed.
    pub fn trustee_keys(&self) -> Result<Vec<VerifierKey>, FederationError> {
        self.trustees.iter().map(Party::verifier).collect()
    }

    /// Who runs trustee `number`, for people.
    pub fn trustee_name(&self, number: u8) -> &str {
        let index = usize::from(number).checked_sub(1);
        index.and_then(|i| self.trustees.get(i)).map_or("unknown trustee", |party| party.operator.as_str())
    }

    /// Least members an opened figure must have: the policy's number plus the colluders.
    pub const fn smallest_cell(&self) -> u64 {
        self.least_members.saturating_add(self.colluding)
    }

    /// The concentration rules against as many pooling members as are provided for, at least one; none where none are agreed.
    ///
    /// # Errors
    /// If a parameter is out of its range.
    pub fn rules(&self) -> Result<Option<Rules>, FederationError> {
        if self.concentration.is_empty() {
            return Ok(None);
        }
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let rules = Rules::new(small(self.smallest_cell()))
            .and_then(|rules| rules.coalition(small(self.colluding.max(1))))
            .and_then(|rules| self.concentration.iter().try_fold(rules, |rules, one| rules.with(*one)));
        rules.map(Some).map_err(|error| rule(error.to_string()))
    }

    /// Checks every rule that does not need a manifest.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), FederationError> {
        self.threshold()?;
        if self.least_members < 5 {
            return Err(rule("at least 5 members per figure are required".to_owned()));
        }
        let parties: Vec<&Party> = self.trustees.iter().chain([&self.organiser, &self.coordinator]).collect();
        let mut keys = BTreeSet::new();
        for party in &parties {
            if !keys.insert(party.verifier()?.public_bytes()) {
                return Err(rule("two parties have the same key: they would count as one".to_owned()));
            }
        }
        let names: BTreeSet<&str> = parties.iter().map(|p| p.name.as_str()).collect();
        if names.len() != parties.len() {
            return Err(rule("two parties have the same name".to_owned()));
        }
        let operators: BTreeSet<&str> = self.trustees.iter().map(|p| p.operator.as_str()).collect();
        if operators.len() != self.trustees.len() {
            return Err(rule("two trustees have the same operator: they would count as one".to_owned()));
        }
        let ceiling = self.ceiling()?;
        if ceiling.is_zero() {
            return Err(rule("the privacy budget is zero".to_owned()));
        }
        if ceiling.epsilon() != self.budget {
            let means = ceiling.epsilon();
            return Err(rule(format!("its budget in rho means epsilon {means}, but it states {}", self.budget)));
        }
        if self.concentration.len() > MOST_RULES {
            return Err(rule(format!("a charter has at most {MOST_RULES} concentration rules")));
        }
        self.rules().map(|_| ())
    }
}

impl Charter {
    /// The limit of the accounts, in the measure in which they are counted.
    ///
    /// # Errors
    /// If a rho is too large to be converted.
    pub fn ceiling(&self) -> Result<Ceiling, FederationError> {
        Ok(self.budget_rho.map_or_else(|| Ok(self.budget.into()), Ceiling::of_rho)?)
    }
}

fn rule(rule: String) -> FederationError {
    FederationError::Rule { what: Charter::NAME, rule }
}

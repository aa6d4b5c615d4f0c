//! The manifest: one round, described completely before any figure is encoded (step 0.2).

use crate::charter::Charter;
use crate::statement::{self, Statement};
use crate::{FederationError, Id};
use guildhall_kpi::{Cell, Opening, Rational, Schema};
use guildhall_ledger::VerifierKey;
use guildhall_mpc::SealPublicKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Everything a round is about. Its hash is in every hash, signature and sealed box of the round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Identifier of the study.
    pub study: String,
    /// Number of the round, from 1.
    pub round: u32,
    /// Fingerprint of the charter.
    pub charter: Id,
    /// Hash of the previous round's manifest.
    pub previous: Option<Id>,
    /// The data window the figures are about, e.g. `2016-10 to 2017-09`.
    pub window: String,
    /// KPIs and figures.
    pub schema: Schema,
    /// Every cell whose totals may be opened; the first one holds all members.
    pub cells: Vec<PlannedCell>,
    /// What to do where opening a cell would single members out.
    pub unsafe_cells: UnsafeCells,
    /// The members invited, in the order of their indices.
    pub roster: Vec<RosterMember>,
    /// One key per trustee for this round, in order of trustee numbers.
    pub keys: Vec<RoundKey>,
    /// Epsilon charged to the data window if this round's set is signed.
    pub epsilon: Rational,
    /// What customers of members are promised, where sums carry noise that protects them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<Customers>,
    /// Contributions are taken up to this second (Unix time); sets are signed from then on.
    pub deadline: u64,
}

/// What the noise on sums promises a member's customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customers {
    /// Epsilon of the sums, charged to the customers' own account of the data window.
    pub epsilon: Rational,
    /// Whether members' software bounds what one customer adds; if not, the bound is only declared.
    pub enforced: bool,
    /// Most periods of the window in which one customer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_periods: Option<u32>,
}

/// A cell and what is opened of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedCell {
    /// The cell.
    pub cell: Cell,
    /// Whether histograms (hence quartiles and sd) are opened besides count and sum.
    pub histograms: bool,
}

/// What happens to cells that fail the audit on the actual set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnsafeCells {
    /// No trustee signs; the round ends without result.
    Refuse,
    /// Further cells are hidden, smallest first, until the audit passes.
    Hide,
}

/// A member as the roster shows it. Who takes part is public; figures are not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterMember {
    /// Identifier, unique in the roster; the same in every round.
    pub id: String,
    /// Legal entity: members of one entity count once.
    pub entity: String,
    /// Verifier key, `name+id+base64`.
    pub key: String,
    /// Public attributes, by which segments are formed.
    pub attributes: Vec<(String, String)>,
}

/// A trustee's sealing key for one round, vouched for by its long-term key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundKey {
    /// The X25519 public key, hex.
    #[serde(with = "hex::serde")]
    pub key: [u8; 32],
    /// The trustee's signature over (study, round, key), hex.
    #[serde(with = "hex::serde")]
    pub signature: [u8; 64],
}

impl Statement for Manifest {
    const TAG: &'static str = "guildhall/manifest/v1";
    const NAME: &'static str = "the manifest";
    const LIMIT: usize = 64 << 20;
}

/// Most figures of a round.
const MOST_FIGURES: usize = 4_096;
/// Most members of a round.
const MOST_MEMBERS: usize = 100_000;
/// Most cells of a round.
const MOST_CELLS: usize = 1_000;

/// Tag of the statement by which a trustee vouches for its round key.
pub(crate) const ROUND_KEY_TAG: &str = "guildhall/round-key/v1";

/// The bytes of that statement.
pub(crate) fn round_key_statement(study: &str, round: u32, key: &[u8; 32]) -> Vec<u8> {
    [&(study.len() as u64).to_le_bytes()[..], study.as_bytes(), &round.to_le_bytes(), key].concat()
}

impl RosterMember {
    /// The decoded key.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn verifier(&self) -> Result<VerifierKey, FederationError> {
        VerifierKey::decode(&self.key).map_err(|source| FederationError::Signature { what: "the roster", source })
    }
}

impl Manifest {
    /// Reads a manifest that the coordinator and at least `u` trustees have signed, and checks it.
    ///
    /// # Errors
    /// If signatures are missing or a rule is broken.
    pub fn open(charter: &Charter, bytes: &[u8], note: &[u8]) -> Result<Self, FederationError> {
        // Signatures first: the rules below cost work that nobody unsigned may ask for.
        let trustees = charter.trustee_keys()?;
        let coordinator = charter.coordinator.verifier()?;
        let mut keys = trustees.clone();
        keys.push(coordinator.clone());
        let signed = statement::verify::<Self>(bytes, note, &keys, 1)?;
        let by_trustees = trustees.iter().filter(|key| signed.is_signed_by(key)).count();
        if !signed.is_signed_by(&coordinator) || by_trustees < usize::from(charter.quorum) {
            let rule = format!(
                "signed by {by_trustees} trustees; the coordinator and {} trustees must have signed",
                charter.quorum
            );
            return Err(FederationError::Rule { what: Self::NAME, rule });
        }
        Self::read(charter, bytes)
    }

    /// Reads a manifest and checks everything but its signatures.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn read(charter: &Charter, bytes: &[u8]) -> Result<Self, FederationError> {
        let manifest: Self = statement::decode(bytes)?;
        manifest.check(charter)?;
        Ok(manifest)
    }

    /// The sealing keys of the trustees.
    ///
    /// # Errors
    /// If one is not a valid key.
    pub fn seal_keys(&self) -> Result<Vec<SealPublicKey>, FederationError> {
        self.keys.iter().map(|key| Ok(SealPublicKey::from_bytes(key.key)?)).collect()
    }

    /// The members of a cell, as indices into the roster.
    pub fn members_of(&self, cell: &Cell) -> Vec<u32> {
        let holds = |m: &RosterMember| cell.holds(m.attributes.iter().map(|(a, v)| (a.as_str(), v.as_str())));
        (0u32..).zip(&self.roster).filter(|(_, member)| holds(member)).map(|(index, _)| index).collect()
    }

    fn check(&self, charter: &Charter) -> Result<(), FederationError> {
        if self.schema.figures.len() > MOST_FIGURES || self.schema.kpis.len() > MOST_FIGURES {
            return Err(rule(format!("a round has at most {MOST_FIGURES} figures")));
        }
        if self.roster.len() > MOST_MEMBERS || self.cells.len() > MOST_CELLS {
            return Err(rule(format!("a round has at most {MOST_MEMBERS} members and {MOST_CELLS} cells")));
        }
        self.schema.check().map_err(|error| rule(error.to_string()))?;
        self.check_identity(charter)?;
        self.check_cells(charter)?;
        self.check_roster()?;
        self.check_keys(charter)
    }

    fn check_identity(&self, charter: &Charter) -> Result<(), FederationError> {
        if self.study != charter.study {
            return Err(rule(format!("it is about study {:?}, the charter about {:?}", self.study, charter.study)));
        }
        if self.charter != Charter::fingerprint(&statement::encode(charter)) {
            return Err(rule("it names another charter".to_owned()));
        }
        if self.round == 0 || (self.round == 1) != self.previous.is_none() {
            return Err(rule("rounds are numbered from 1, and each but the first names the one before".to_owned()));
        }
        Ok(())
    }

    fn check_cells(&self, charter: &Charter) -> Result<(), FederationError> {
        if self.cells.first().map(|planned| &planned.cell) != Some(&Cell::all()) {
            return Err(rule("the first cell must be the one of all members".to_owned()));
        }
        let segments: BTreeSet<_> = self.cells.iter().map(|planned| &planned.cell.segment).collect();
        if segments.len() != self.cells.len() {
            return Err(rule("cells must differ from each other".to_owned()));
        }
        let by_consent = self
            .schema
            .figures
            .iter()
            .any(|figure| figure.histogram.is_some_and(|histogram| histogram.opening == Opening::ExactByConsent));
        if by_consent && (!charter.exact_histograms || self.roster.len() < 20) {
            return Err(rule("exact histograms need a charter that allows them and at least 20 members".to_owned()));
        }
        Ok(())
    }

    fn check_roster(&self) -> Result<(), FederationError> {
        let ids: BTreeSet<&str> = self.roster.iter().map(|member| member.id.as_str()).collect();
        let keys: BTreeSet<&str> = self.roster.iter().map(|member| member.key.as_str()).collect();
        if ids.len() != self.roster.len() || keys.len() != self.roster.len() {
            return Err(rule("two members share an identifier or a key".to_owned()));
        }
        Ok(())
    }

    fn check_keys(&self, charter: &Charter) -> Result<(), FederationError> {
        if self.keys.len() != charter.trustees.len() {
            return Err(rule(format!(
                "{} round keys for {} trustees: a missing key means no round",
                self.keys.len(),
                charter.trustees.len()
            )));
        }
        let distinct: BTreeSet<[u8; 32]> = self.keys.iter().map(|key| key.key).collect();
        if distinct.len() != self.keys.len() {
            return Err(rule("two trustees have the same round key".to_owned()));
        }
        for (party, key) in charter.trustees.iter().zip(&self.keys) {
            let said = round_key_statement(&self.study, self.round, &key.key);
            party
                .verifier()?
                .verify_statement(ROUND_KEY_TAG, &said, &key.signature)
                .map_err(|_| rule(format!("the round key of {} is not signed by its long-term key", party.name)))?;
        }
        self.seal_keys().map(|_| ())
    }
}

fn rule(rule: String) -> FederationError {
    FederationError::Rule { what: Manifest::NAME, rule }
}

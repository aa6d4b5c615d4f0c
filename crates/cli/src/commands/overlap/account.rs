//! What a run writes into the ledger file: the members' salts, the commitments, the charge.
//!
//! A commitment is recorded once for a purpose; a second run over the same set for it finds the record and is refused.

use super::plan::Plan;
use crate::account::{LedgerFile, OVERLAP_PREFIX, State, exact};
use crate::trust::DELTA_LIMIT_BITS;
use crate::{Failure, Place, Problem};
use guildhall_dp::central::{Account, Mechanism, Price, Unit};
use guildhall_kpi::Rational;
use guildhall_ledger::{Charge, Limit, NO_DELTA};
use guildhall_pseudonym::overlap::{REGION_CHANGE, SetSalt, Terms};
use std::path::{Path, PathBuf};

/// The charge of a run, as the ledger holds it.
pub(super) struct Charged {
    pub(super) index: u64,
    pub(super) entry: String,
}

/// The budget of a plan's data set.
pub(super) struct Budget<'p> {
    plan: &'p Plan,
    path: PathBuf,
    file: LedgerFile,
}

impl<'p> Budget<'p> {
    /// Opens the ledger, or creates it.
    ///
    /// # Errors
    /// If it is no ledger, or does not verify.
    pub(super) fn open(plan: &'p Plan, path: &Path) -> Result<Self, Failure> {
        Ok(Self { plan, path: path.to_owned(), file: LedgerFile::open(path)? })
    }

    /// Whether the ledger would grant the cost now.
    ///
    /// # Errors
    /// Why it would not.
    pub(super) fn would_grant(&self) -> Result<(), Failure> {
        self.file.would_grant(&self.charge_of("dry-run"), &self.limit())
    }

    /// What is left, in words.
    pub(super) fn words(&self) -> String {
        let account = self.file.ledger().account(&self.subject(), "all");
        account.map_or_else(|| fresh(self.plan), |account| State::of(account).words())
    }

    /// What was spent, exactly.
    ///
    /// # Errors
    /// If the fraction is too fine to be written.
    pub(super) fn spent(&self) -> Result<Rational, Failure> {
        let parts = self.file.ledger().spent(&self.subject(), "all").epsilon_parts();
        let spent = parts.and_then(|(numerator, denominator)| Rational::new(numerator, denominator));
        spent.ok_or_else(|| guildhall_dp::Error::TooFine.into())
    }

    /// A member's salt, drawn at its first run and kept.
    ///
    /// # Errors
    /// If there is no randomness, or the file fails.
    pub(super) fn salt(&mut self, member: &str) -> Result<SetSalt, Failure> {
        let key = format!("{OVERLAP_PREFIX}salt/{}/{}", self.plan.data_set, hex(member.as_bytes()));
        let kept = |bytes: Vec<u8>| bytes.try_into().ok().map(SetSalt::kept);
        if let Some(bytes) = self.file.recorded(&key)? {
            return kept(bytes).ok_or_else(|| self.damaged());
        }
        let drawn = SetSalt::draw().map_err(|error| super::failure(&error))?;
        // Another process may have been faster; then what it recorded stands.
        if self.file.record_new(&[(key.clone(), drawn.expose_bytes().to_vec())])? {
            return Ok(drawn);
        }
        self.file.recorded(&key)?.and_then(kept).ok_or_else(|| self.damaged())
    }

    /// Refuses sets that were compared for this purpose before.
    ///
    /// # Errors
    /// With exit code 6, naming the member.
    pub(super) fn check_new(&self, terms: &Terms) -> Result<(), Failure> {
        for member in terms.members() {
            if self.file.recorded(&commitment_key(member.commitment().as_bytes()))?.is_some() {
                return Err(self.again(member.name()));
            }
        }
        Ok(())
    }

    /// Logs the commitments of a run, durably and before it begins.
    ///
    /// # Errors
    /// If one was logged before, or the file fails.
    pub(super) fn log(&mut self, terms: &Terms) -> Result<(), Failure> {
        let run = format!("{} {}", self.plan.id, terms.digest());
        let record = |member: &guildhall_pseudonym::overlap::Enrolment| {
            (commitment_key(member.commitment().as_bytes()), run.clone().into_bytes())
        };
        let batch: Vec<_> = terms.members().iter().map(record).collect();
        if self.file.record_new(&batch)? { Ok(()) } else { Err(self.again("a member")) }
    }

    /// Charges the run, durably and before it begins.
    ///
    /// # Errors
    /// If the limit does not allow it, with exit code 6; if the file fails.
    pub(super) fn charge(&mut self, terms: &Terms) -> Result<Charged, Failure> {
        let (charge, limit) = (self.charge_of(&terms.digest().to_string()), self.limit());
        let entry = self.file.charge(charge, &limit)?;
        Ok(Charged { index: entry.index(), entry: entry.hash().to_string() })
    }

    /// The same as for other releases about the same customers, so that all of them add up.
    fn subject(&self) -> String {
        format!("{}/{}", self.plan.data_set, Unit::Customer)
    }

    fn limit(&self) -> Limit {
        Limit { epsilon: exact(self.plan.limit), delta_bits: DELTA_LIMIT_BITS, rho: None }
    }

    fn charge_of(&self, run: &str) -> Charge {
        Charge {
            id: format!("{}/{run}", self.plan.id),
            subject: self.subject(),
            window: "all".to_owned(),
            epsilon: exact(self.plan.epsilon),
            delta_bits: NO_DELTA,
            rho: None,
            purpose: self.plan.purpose.clone(),
        }
    }

    fn again(&self, member: &str) -> Failure {
        let message = format!("the set of {member:?} was compared for this purpose before");
        let problem = Problem::new("P0652", message).at(Place::file(&self.path));
        problem
            .why("comparing one set again and again lets the noise be averaged out, or single customers be asked about")
            .remedy("use the counts that were published, or compare new sets")
            .into()
    }

    fn damaged(&self) -> Failure {
        let problem = Problem::new("V0703", "the ledger holds a salt that is none").at(Place::file(&self.path));
        problem.remedy("restore the file from where it was last verified").into()
    }
}

/// The words for a budget nobody charged yet.
pub(super) fn fresh(plan: &Plan) -> String {
    format!("epsilon 0 of {} spent", plan.limit)
}

/// Noise that was paid for: [`Budget::charge`] came first.
///
/// The mechanism counts rows that are added or taken away. Whatever a customer does takes one row from a combination and
/// adds one to another, which is [`REGION_CHANGE`] such steps: each of them is drawn at that part of epsilon.
pub(super) struct Paid {
    share: Rational,
    used: bool,
}

impl Paid {
    /// The noise a plan pays for.
    ///
    /// # Errors
    /// If epsilon is too fine a fraction.
    pub(super) fn new(plan: &Plan) -> Result<Self, Failure> {
        Ok(Self { share: share(plan)?, used: false })
    }
}

/// Epsilon of one step.
pub(super) fn share(plan: &Plan) -> Result<Rational, Failure> {
    let parts = plan.epsilon.denominator().checked_mul(REGION_CHANGE);
    let share = parts.and_then(|denominator| Rational::new(plan.epsilon.numerator(), denominator));
    share.ok_or_else(|| guildhall_dp::Error::TooFine.into())
}

impl Account for Paid {
    type Error = Failure;

    fn charge(&mut self, price: &Price) -> Result<(), Failure> {
        let paid = Mechanism::Laplace { epsilon: self.share }.price(Unit::Row);
        if self.used || *price != paid {
            return Err(Problem::new("U0009", "noise was asked for that was not paid for").into());
        }
        self.used = true;
        Ok(())
    }
}

fn commitment_key(commitment: &[u8]) -> String {
    format!("{OVERLAP_PREFIX}set/{}", hex(commitment))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

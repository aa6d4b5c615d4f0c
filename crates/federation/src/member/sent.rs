//! A member's own ledger: what it sent for which data, and what that may have cost it and its customers.
//!
//! Trustees keep ledgers too, but a member need not believe them: its client answers one manifest per round number and
//! charges every period before anything leaves the machine, up to a limit of its own. What was charged stays charged,
//! also if the contribution never arrives: the client cannot know.
//!
//! Assumption: the store keeps what it confirmed; one restored from a backup forgets what was sent since.

use super::{Invited, SignedContribution};
use crate::accounts::{self, WindowSpent};
use crate::{FederationError, manifest::Manifest};
use guildhall_kpi::KpiVector;
use guildhall_ledger::{RecordError, Records};

impl Invited {
    /// As [`Invited::contribute`], entered in the member's own ledger first.
    ///
    /// Durable before a byte is returned. A correction, and anything repeated after a crash, costs nothing more.
    ///
    /// # Errors
    /// If the member's own budget for these periods does not allow the round, another manifest of the same round number
    /// was answered before, or the store fails; nothing is sent then.
    pub fn contribute_recorded(
        &self,
        records: &mut dyn Records,
        figures: &KpiVector,
        sequence: u32,
    ) -> Result<SignedContribution, FederationError> {
        let (plan, name) = (&self.plan, self.record_name());
        let before = records.get(&name)?;
        if before.as_ref().is_some_and(|id| id[..] != plan.id.as_bytes()[..]) {
            return Err(self.answered_another());
        }
        let charged = before.is_some() && accounts::is_charged(records, plan)?;
        if !charged {
            accounts::within(records, plan, self.budget)?;
            match records.record_once(&name, plan.id.as_bytes()) {
                Err(RecordError::Conflict { .. }) => return Err(self.answered_another()),
                other => other.map(|_| ())?,
            }
            accounts::charge(records, plan, self.budget)?;
        }
        self.contribute(figures, sequence)
    }

    /// What the member's own ledger says was spent on the periods of this round.
    ///
    /// # Errors
    /// If the store fails.
    pub fn spent(&self, records: &dyn Records) -> Result<WindowSpent, FederationError> {
        accounts::spent(records, &self.plan)
    }

    fn record_name(&self) -> String {
        format!("sent/{}/{:010}", self.plan.manifest.study, self.plan.manifest.round)
    }

    fn answered_another(&self) -> FederationError {
        let rule = format!(
            "another manifest of round {} was answered from here already; ask the trustees which one they signed",
            self.plan.manifest.round
        );
        FederationError::Rule { what: <Manifest as crate::statement::Statement>::NAME, rule }
    }
}

//! Earlier rounds and the budget: what a trustee must know before it signs another set (step 5.2).
//!
//! Two certified sets share an honest signer, but three need not have one that knows both others. So a
//! trustee signs in round `r` only if it knows how every earlier round ended: it holds the certificate,
//! or statements of `u` trustees that they signed no set and never will. It then has every earlier set in
//! its history and in its ledger, whether it signed it or was shown it.

use super::{AbandonStatement, Collecting, Trustee};
use crate::accounts::{self, WindowSpent};
use crate::manifest::Manifest;
use crate::plan::Plan;
use crate::set::{self, SetStatement, opened_cells};
use crate::statement;
use crate::{FederationError, Id, Refused};
use guildhall_ledger::{Note, RecordError, Records};

/// What stands in place of a set where a round was abandoned.
pub(super) const ABANDONED: &[u8] = b"abandoned";

impl<R: Records> Trustee<R> {
    /// Earlier rounds of which this trustee does not know how they ended.
    ///
    /// # Errors
    /// If the store fails.
    pub fn unsettled(&self, before: u32) -> Result<Vec<u32>, FederationError> {
        let mut unsettled = Vec::new();
        for round in 1..before {
            if self.records.get(&self.record_name("settled", round))?.is_none() {
                unsettled.push(round);
            }
        }
        Ok(unsettled)
    }

    /// The set this trustee signed in a round, and its signature on it again.
    ///
    /// # Errors
    /// If the store fails.
    pub fn signed_set(&self, round: u32) -> Result<Option<(Id, Note)>, FederationError> {
        let Some(bytes) = self.records.get(&self.record_name("set", round))? else { return Ok(None) };
        let Ok(id) = <[u8; 32]>::try_from(bytes) else { return Ok(None) };
        let id = Id::new(id);
        Ok(Some((id, statement::sign_id::<SetStatement>(&id, &self.identity)?)))
    }

    /// Takes note that the set it signed in a round was certified.
    ///
    /// # Errors
    /// If fewer than `u` trustees signed it, or this trustee signed another one or none.
    pub fn accept_certificate(&mut self, round: u32, set: &Id, note: &Note) -> Result<(), FederationError> {
        let (keys, need) = (self.charter.trustee_keys()?, usize::from(self.charter.quorum));
        statement::verify_id::<SetStatement>(set, note.encode().as_bytes(), &keys, need)?;
        if self.records.get(&self.record_name("set", round))?.as_deref() != Some(&set.as_bytes()[..]) {
            return Err(rule("this trustee signed another set: it must be shown the certified one"));
        }
        self.settle(round, set.as_bytes())
    }

    /// Is shown a certified round it had no part in: audited as history, charged, and settled.
    ///
    /// # Errors
    /// If manifest, set or certificate do not hold.
    pub fn catch_up(
        &mut self,
        manifest: (&[u8], &[u8]),
        set: &[u8],
        certificate: &Note,
    ) -> Result<(), FederationError> {
        let id = statement::id_of::<Manifest>(manifest.0);
        let plan = Plan::new(self.charter.clone(), Manifest::open(&self.charter, manifest.0, manifest.1)?, id)?;
        let (keys, need) = (self.charter.trustee_keys()?, usize::from(self.charter.quorum));
        statement::verify::<SetStatement>(set, certificate.encode().as_bytes(), &keys, need)?;
        let shown: SetStatement = statement::decode(set)?;
        set::check_form(&plan, &shown)?;
        let round = plan.manifest.round;
        let history = serde_json::to_vec(&opened_cells(&plan, &shown)).unwrap_or_default();
        self.records.record_once(&format!("{}{round:010}-shown", self.history_prefix()), &history)?;
        self.charge(&plan)?;
        self.settle(round, statement::id_of::<SetStatement>(set).as_bytes())
    }

    /// Gives a round up in which this trustee has signed no set: it never will, and its key is destroyed.
    ///
    /// # Errors
    /// If it signed a set, or the store fails.
    pub fn abandon(&mut self, round: u32) -> Result<Note, FederationError> {
        self.records.record_once(&self.record_name("set", round), ABANDONED)?;
        for what in ["round-key", "noise"] {
            self.records.erase(&self.record_name(what, round))?;
        }
        statement::sign::<AbandonStatement>(&self.abandoned(round), &self.identity)
    }

    /// Takes note that `u` trustees abandoned a round, so that no set of it can ever be certified.
    ///
    /// # Errors
    /// If fewer did.
    pub fn accept_abandoned(&mut self, round: u32, note: &Note) -> Result<(), FederationError> {
        let (keys, need) = (self.charter.trustee_keys()?, usize::from(self.charter.quorum));
        statement::verify::<AbandonStatement>(&self.abandoned(round), note.encode().as_bytes(), &keys, need)?;
        self.settle(round, ABANDONED)
    }

    fn abandoned(&self, round: u32) -> Vec<u8> {
        statement::encode(&AbandonStatement { study: self.charter.study.clone(), round })
    }

    pub(super) fn settle(&mut self, round: u32, how: &[u8]) -> Result<(), FederationError> {
        self.records.record_once(&self.record_name("settled", round), how)?;
        Ok(())
    }

    /// The budget holds for all periods of a round together, whatever window they were part of before.
    pub(crate) fn within_budget(&self, plan: &Plan) -> Result<(), Refused> {
        Ok(accounts::within(&self.records, plan, self.charter.ceiling()?)?)
    }

    /// Charges every period of the round, all or none, durable before anything is signed.
    pub(super) fn charge(&mut self, plan: &Plan) -> Result<(), FederationError> {
        accounts::charge(&mut self.records, plan, self.charter.ceiling()?)
    }

    /// Epsilon charged so far to the periods of a round.
    pub(crate) fn spent(&self, plan: &Plan) -> Result<WindowSpent, FederationError> {
        accounts::spent(&self.records, plan)
    }

    /// Records signature and history together: all or nothing.
    pub(super) fn record_set(&mut self, plan: &Plan, id: &Id, set: &SetStatement) -> Result<(), Refused> {
        let round = plan.manifest.round;
        let history = serde_json::to_vec(&opened_cells(plan, set)).unwrap_or_default();
        let past = format!("{}{round:010}", self.history_prefix());
        let batch = [(self.record_name("set", round), id.as_bytes().to_vec()), (past, history)];
        match self.records.record_all(&batch) {
            Ok(_) => Ok(()),
            Err(RecordError::Conflict { .. }) => Err(Refused::SignedAnother),
            Err(other) => Err(Refused::Records(other)),
        }
    }
}

impl<R: Records> Collecting<R> {
    /// Gives the round up before signing: key and shares go, and no set of it will ever be signed here.
    ///
    /// # Errors
    /// If the store fails.
    pub fn abandon(mut self) -> Result<(Trustee<R>, Note), FederationError> {
        let note = self.trustee.abandon(self.plan.manifest.round)?;
        Ok((self.trustee, note))
    }
}

fn rule(rule: &str) -> FederationError {
    FederationError::Rule { what: "an earlier round", rule: rule.to_owned() }
}

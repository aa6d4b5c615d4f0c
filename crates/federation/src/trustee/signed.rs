//! Signed and released: one sum share over everything opened, then the round's secrets go (step 6).

use super::{ClosingStatement, Released, Signed, Step, SumShareStatement, Trustee};
use crate::FederationError;
use crate::accounts::WindowSpent;
use crate::coordinator::Certificate;
use crate::set::{MemberEntry, SetStatement};
use crate::statement::{self, Statement};
use guildhall_ledger::{Note, Records};
use guildhall_mpc::{SumShare, VerifiedShare};
use std::collections::BTreeMap;

impl<R: Records> Signed<R> {
    /// Number of the trustee.
    pub const fn number(&self) -> u8 {
        self.collecting.trustee.number
    }

    /// Epsilon charged to this round's data window so far, this round included.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn window_epsilon(&self) -> Result<WindowSpent, FederationError> {
        self.collecting.window_epsilon()
    }

    /// Releases the sum share for a certified set: all cells in one message, never a single one (step 6.1).
    ///
    /// # Errors
    /// If the certificate is not for the set this trustee signed, or lacks signatures.
    pub fn release(mut self, certificate: &Certificate) -> Step<(Released<R>, Vec<u8>, Note), Self, FederationError> {
        let (study, round) = (self.set.study.clone(), self.set.round);
        let set = statement::id_of::<SetStatement>(&self.bytes);
        let settled = self.sum(certificate).and_then(|sent| {
            self.collecting.trustee.settle(round, set.as_bytes())?;
            Ok(sent)
        });
        match settled {
            Ok((bytes, note)) => {
                // Seeds, shares and the sealing key are wiped as `collecting` is dropped here.
                Ok((Released { trustee: self.collecting.trustee, study, round }, bytes, note))
            }
            Err(error) => Err((Box::new(self), Box::new(error))),
        }
    }

    fn sum(&self, certificate: &Certificate) -> Result<(Vec<u8>, Note), FederationError> {
        let plan = &self.collecting.plan;
        if certificate.set != self.bytes {
            let rule = "the certificate is for another set than the one signed here".to_owned();
            return Err(FederationError::Rule { what: SetStatement::NAME, rule });
        }
        let keys = plan.charter.trustee_keys()?;
        let need = usize::from(plan.charter.quorum);
        statement::verify::<SetStatement>(&certificate.set, certificate.note.encode().as_bytes(), &keys, need)?;
        let share = self.sum_columns();
        let said = SumShareStatement {
            study: self.set.study.clone(),
            round: self.set.round,
            set: statement::id_of::<SetStatement>(&self.bytes),
            trustee: self.collecting.number(),
            share: hex::encode(share.encode()),
        };
        let bytes = statement::encode(&said);
        let note = statement::sign::<SumShareStatement>(&bytes, &self.collecting.trustee.identity)?;
        Ok((bytes, note))
    }

    /// Cell by cell: the members' columns, plus the cell's own noise blocks and no others.
    fn sum_columns(&self) -> SumShare {
        let plan = &self.collecting.plan;
        let by_member: BTreeMap<u32, &MemberEntry> = self.set.members.iter().map(|m| (m.member, m)).collect();
        let columns = crate::opening::Columns::of(plan, &self.set);
        let mut sum = SumShare::zeros(columns.total());
        for opened in columns.figures() {
            for member in plan.members(opened.cell).iter().filter_map(|m| by_member.get(m)) {
                let share = self.collecting.verified.get(&member.id).map(VerifiedShare::expose_columns);
                sum.add(opened.at, share.and_then(|s| s.get(opened.columns.clone())).unwrap_or_default());
            }
            for block in plan.blocks().iter().filter(|b| b.cell == opened.cell && b.figure == opened.figure) {
                for noise in &self.set.noise {
                    let share = self.collecting.verified.get(&noise.id).map(VerifiedShare::expose_columns);
                    let start = opened.at + block.columns.start - opened.columns.start;
                    sum.add(start, share.and_then(|s| s.get(block.noise.clone())).unwrap_or_default());
                }
            }
        }
        sum
    }
}

impl<R: Records> Released<R> {
    /// Destroys the round's key and says so; the trustee is ready for the next round (step 6.4).
    ///
    /// # Errors
    /// If the store fails.
    pub fn close(mut self) -> Result<(Trustee<R>, Vec<u8>, Note), FederationError> {
        // The key first: without it nothing of the round can be begun anew.
        for what in ["round-key", "noise"] {
            let name = self.trustee.record_name(what, self.round);
            self.trustee.records.erase(&name)?;
        }
        let said = ClosingStatement {
            study: self.study,
            round: self.round,
            trustee: self.trustee.number,
            destroyed: "round key, seeds, shares".to_owned(),
        };
        let bytes = statement::encode(&said);
        let note = statement::sign::<ClosingStatement>(&bytes, &self.trustee.identity)?;
        Ok((self.trustee, bytes, note))
    }
}

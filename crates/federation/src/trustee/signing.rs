//! Signing: one set per round, which this trustee has verified itself, element by element (step 5.2).

use super::{Collecting, SetSignature, Signed, Step};
use crate::coordinator::highest_sequences;
use crate::set::{self, SetStatement, check_openings, presence_text};
use crate::{Id, Refused, statement};
use guildhall_ledger::{Log, LogEntry, Note, Records};
use guildhall_mpc::{Author, Role};
use std::collections::{BTreeMap, BTreeSet};

impl<R: Records> Collecting<R> {
    /// Signs a set if this trustee has verified every element of it (step 5.2).
    ///
    /// The budget is charged and the signature recorded durably before it is returned. On refusal the
    /// trustee stays as it was.
    ///
    /// # Errors
    /// The rule the set breaks.
    pub fn sign(
        mut self,
        bytes: &[u8],
        entries: &[LogEntry],
        now: u64,
    ) -> Step<(Signed<R>, SetSignature), Self, Refused> {
        match self.check_and_record(bytes, entries, now) {
            Ok((set, note)) => {
                let signature = SetSignature { trustee: self.number(), note };
                Ok((Signed { collecting: self, set, bytes: bytes.to_vec() }, signature))
            }
            Err(refused) => Err((Box::new(self), Box::new(refused))),
        }
    }

    fn check_and_record(
        &mut self,
        bytes: &[u8],
        entries: &[LogEntry],
        now: u64,
    ) -> Result<(SetStatement, Note), Refused> {
        let set: SetStatement = statement::decode(bytes)?;
        set::check_form(&self.plan, &set)?;
        if now < self.plan.manifest.deadline {
            return Err(Refused::Set("the deadline has not passed by this trustee's clock".to_owned()));
        }
        self.check_log(&set, entries)?;
        self.check_superseded(&set, entries)?;
        self.check_elements(&set, entries)?;
        let round = set.round;
        let name = self.trustee.record_name("set", round);
        let id = statement::id_of::<SetStatement>(bytes);
        // Resending the same signature after a restart needs no second look at the history it is part of.
        if self.trustee.records.get(&name).map_err(Refused::Records)?.as_deref() != Some(&id.as_bytes()[..]) {
            let unsettled = self.trustee.unsettled(round)?;
            if !unsettled.is_empty() {
                return Err(Refused::Unsettled(unsettled));
            }
            check_openings(&self.plan, &set, &self.history()?)?;
            self.trustee.within_budget(&self.plan)?;
        }
        self.trustee.charge(&self.plan)?;
        self.trustee.record_set(&self.plan, &id, &set)?;
        Ok((set, statement::sign::<SetStatement>(bytes, &self.trustee.identity)?))
    }

    /// The log the set was taken from is the one shown, and every id in it is accounted for.
    fn check_log(&self, set: &SetStatement, entries: &[LogEntry]) -> Result<(), Refused> {
        let mut log = Log::new();
        entries.iter().for_each(|entry| {
            log.append(&entry.leaf());
        });
        if log.size() != set.log_size || log.root().as_bytes() != set.log_root.as_bytes() {
            return Err(Refused::Set("it was taken from another log than the one shown".to_owned()));
        }
        let logged: BTreeSet<Id> = entries.iter().map(|entry| Id::new(*entry.id.as_bytes())).collect();
        let mut named: BTreeSet<Id> = set.excluded.iter().map(|e| e.id).collect();
        named.extend(set.members.iter().map(|m| m.id));
        named.extend(set.noise.iter().map(|n| n.id));
        let count = set.excluded.len() + set.members.len() + set.noise.len();
        if named != logged || count != logged.len() {
            return Err(Refused::Set("it does not account for every logged contribution exactly once".to_owned()));
        }
        // Whoever verifies the transcript sees sequence numbers in the log only: they must be those of the set.
        let members = set.members.iter().map(|m| (m.id, m.sequence));
        let counted: BTreeMap<Id, u32> = members.chain(set.noise.iter().map(|n| (n.id, n.sequence))).collect();
        let other = |e: &LogEntry| {
            counted.get(&Id::new(*e.id.as_bytes())).is_some_and(|sequence| u64::from(*sequence) != e.sequence)
        };
        if entries.iter().any(other) {
            return Err(Refused::Set("the log states another sequence number for a contribution it counts".to_owned()));
        }
        Ok(())
    }

    /// No element is superseded by a contribution whose seeds are withheld, or that is not shown at all.
    ///
    /// Whoever withholds a correction can leave its author out, but not have the earlier figures counted.
    fn check_superseded(&self, set: &SetStatement, entries: &[LogEntry]) -> Result<(), Refused> {
        let logged: BTreeSet<Id> = entries.iter().map(|entry| Id::new(*entry.id.as_bytes())).collect();
        if let Some(id) = logged.iter().find(|id| !self.pending.contains_key(id)) {
            return Err(Refused::Set(format!("the logged contribution {id} was never shown to this trustee")));
        }
        let mut latest: BTreeMap<(Role, u32), u32> = BTreeMap::new();
        for (_, waiting) in self.waiting().filter(|(id, _)| logged.contains(id)) {
            let author = waiting.author();
            let sequence = latest.entry((author.role, author.index)).or_default();
            *sequence = author.sequence.max(*sequence);
        }
        let members = set.members.iter().map(|m| ((Role::Member, m.member), m.sequence, m.id));
        let noise = set.noise.iter().map(|n| ((Role::Noise, u32::from(n.trustee)), n.sequence, n.id));
        match members.chain(noise).find(|(author, sequence, _)| latest.get(author).is_some_and(|s| s > sequence)) {
            Some((_, _, id)) => {
                Err(Refused::Set(format!("{id} is superseded by a contribution whose seeds are missing")))
            }
            None => Ok(()),
        }
    }

    /// This trustee has verified every element itself, and none is superseded.
    fn check_elements(&self, set: &SetStatement, entries: &[LogEntry]) -> Result<(), Refused> {
        let logged: BTreeSet<Id> = entries.iter().map(|entry| Id::new(*entry.id.as_bytes())).collect();
        let verified: BTreeSet<Id> = self.verified.keys().filter(|id| logged.contains(id)).copied().collect();
        let authors = self.verified.iter().filter(|(id, _)| verified.contains(id)).map(|(id, s)| (*id, s.author()));
        let (counting, _) = highest_sequences(authors, &verified);
        for entry in &set.members {
            let share = self.verified.get(&entry.id).ok_or(Refused::NotVerified(entry.id))?;
            let author = Author { role: Role::Member, index: entry.member, sequence: entry.sequence };
            self.check_element(&counting, author, entry.id)?;
            if presence_text(share.presence()) != entry.presence {
                return Err(Refused::Set("it misstates which figures are present".to_owned()));
            }
        }
        for entry in &set.noise {
            let author = Author { role: Role::Noise, index: u32::from(entry.trustee), sequence: entry.sequence };
            self.check_element(&counting, author, entry.id)?;
        }
        if (set.members.len() as u64) < self.plan.charter.smallest_cell() {
            return Err(Refused::Set("too few members contributed".to_owned()));
        }
        Ok(())
    }

    fn check_element(&self, counting: &BTreeMap<Author, Id>, author: Author, id: Id) -> Result<(), Refused> {
        if !self.verified.contains_key(&id) {
            return Err(Refused::NotVerified(id));
        }
        if counting.get(&author) != Some(&id) {
            return Err(Refused::Set(format!("{id} is not the latest contribution of its author")));
        }
        Ok(())
    }
}

//! The stages of a round played in one process, in order.

use super::faults::{Faults, Stage, forge, lie};
use super::{Event, LocalMember, Observer};
use crate::accounts::WindowSpent;
use crate::charter::Charter;
use crate::coordinator::{Certificate, Coordinator};
use crate::manifest::Manifest;
use crate::member::{Invitation, Invited, SignedContribution};
use crate::opening::{self, Columns, OpenedRound};
use crate::plan::Plan;
use crate::set::{Exclusion, SetStatement};
use crate::statement;
use crate::transcript::{Files, PublishedLog, name};
use crate::trustee::{Collecting, SeedRequest, Signed, Trustee};
use crate::{FederationError, Id};
use guildhall_kpi::KpiVector;
use guildhall_ledger::{Note, Records, SigningIdentity};
use guildhall_mpc::{Role, SumShare};
use rayon::prelude::*;
use std::collections::BTreeMap;

pub(super) struct Stages<'a> {
    pub(super) charter: Charter,
    pub(super) manifest: Vec<u8>,
    pub(super) note: Note,
    pub(super) faults: &'a Faults,
    pub(super) observer: Observer<'a>,
    pub(super) liars: BTreeMap<u8, SigningIdentity>,
}

impl Stages<'_> {
    pub(super) fn coordinator(&self, identity: SigningIdentity) -> Result<Coordinator, FederationError> {
        let manifest = Manifest::open(&self.charter, &self.manifest, self.note.encode().as_bytes())?;
        let id = statement::id_of::<Manifest>(&self.manifest);
        Ok(Coordinator::new(Plan::new(self.charter.clone(), manifest, id)?, identity))
    }

    /// Steps 1 and 2: every member contributes on its own; corrections follow in a second batch.
    pub(super) fn contribute(
        &self,
        coordinator: &mut Coordinator,
        invitation: &Invitation,
        members: Vec<LocalMember>,
    ) -> Result<(), FederationError> {
        let now = coordinator.plan().manifest.deadline;
        (self.observer)(Event::Begins { what: "members prove and share their figures", of: members.len() as u64 });
        let made: Vec<Vec<SignedContribution>> = members
            .into_par_iter()
            .map(|member| {
                let versions = self.versions(invitation, member);
                (self.observer)(Event::Advances(1));
                versions
            })
            .collect::<Result<_, _>>()?;
        (self.observer)(Event::Ends);
        if let Some(first) = made.iter().flatten().next() {
            (self.observer)(Event::Uploaded { bytes: first.upload_len() });
        }
        for version in 0..made.iter().map(Vec::len).max().unwrap_or(0) {
            for contribution in made.iter().filter_map(|versions| versions.get(version)) {
                coordinator.receive(contribution, now)?;
            }
            coordinator.log_batch()?;
        }
        Ok(())
    }

    fn versions(
        &self,
        invitation: &Invitation,
        member: LocalMember,
    ) -> Result<Vec<SignedContribution>, FederationError> {
        let LocalMember { identity, figures, corrected_from, .. } = member;
        let invited: Invited = invitation.member(identity)?;
        let sent: Vec<KpiVector> = corrected_from.into_iter().chain([figures]).collect();
        let versions = (1u32..).zip(&sent).map(|(sequence, figures)| {
            let honest = invited.contribute(figures, sequence)?;
            let forged = self.faults.forging.contains(&invited.index()).then(|| forge(&invited, &honest)).flatten();
            Ok(forged.unwrap_or(honest))
        });
        versions.collect()
    }

    /// Steps 3 and 4: noise, deliveries, checks, and seeds that got lost.
    pub(super) fn collect<R: Records + Send>(
        &self,
        coordinator: &mut Coordinator,
        trustees: Vec<Trustee<R>>,
        names: &[String],
    ) -> Result<Vec<Collecting<R>>, FederationError> {
        let note = self.note.encode();
        let now = coordinator.plan().manifest.deadline;
        let mut collecting = Vec::new();
        for trustee in trustees {
            if self.faults.has_stopped(trustee.number(), Stage::Collecting) {
                self.stopped(trustee.number(), Stage::Collecting);
                continue;
            }
            let mut state = trustee.collect(&self.manifest, note.as_bytes())?;
            if let Some(noise) = state.contribute_noise()? {
                coordinator.receive(&noise, now)?;
            }
            collecting.push(state);
        }
        coordinator.log_batch()?;
        self.deliver(coordinator, &mut collecting);
        self.report_refusals(coordinator, &collecting, names);
        let ready = |state: &Collecting<R>| !self.stops_at(state.number(), Stage::Ready);
        Ok(collecting.into_iter().filter(ready).collect())
    }

    fn deliver<R: Records + Send>(&self, coordinator: &Coordinator, collecting: &mut [Collecting<R>]) {
        let of = collecting.len() as u64 * coordinator.entries().len() as u64;
        (self.observer)(Event::Begins { what: "trustees check every contribution", of });
        let mut requests: Vec<SeedRequest> = Vec::new();
        for state in collecting.iter_mut() {
            let number = state.number();
            let mut deliveries = coordinator.deliveries(number);
            for delivery in &mut deliveries {
                let author = delivery.body.claimed_author();
                let lost = author.role == Role::Member && self.faults.lost_boxes.contains(&(author.index, number));
                delivery.sealed = delivery.sealed.take().filter(|_| !lost);
            }
            for chunk in deliveries.chunks(64) {
                requests.extend(state.receive(chunk.to_vec()));
                (self.observer)(Event::Advances(chunk.len() as u64));
            }
        }
        (self.observer)(Event::Ends);
        self.recover_seeds(collecting, requests);
    }

    fn recover_seeds<R: Records>(&self, collecting: &mut [Collecting<R>], mut requests: Vec<SeedRequest>) {
        requests.sort_by_key(|r| (r.requester, r.id, r.subset));
        requests.dedup();
        let mut recovered = 0;
        for request in requests {
            let Some(answer) = collecting.iter_mut().find_map(|holder| holder.answer(&request)) else { continue };
            if let Some(requester) = collecting.iter_mut().find(|state| state.number() == request.requester) {
                requester.supply(&answer);
                recovered += 1;
            }
        }
        if recovered > 0 {
            (self.observer)(Event::SeedsRecovered(recovered));
        }
    }

    fn report_refusals<R: Records>(&self, coordinator: &Coordinator, collecting: &[Collecting<R>], names: &[String]) {
        let mut refused: BTreeMap<Id, (usize, String)> = BTreeMap::new();
        for (id, refusal) in collecting.iter().flat_map(Collecting::refused) {
            let entry = refused.entry(*id).or_insert_with(|| (0, refusal.to_string()));
            entry.0 += 1;
        }
        for (id, (by, why)) in refused {
            let author = coordinator.author(&id).map_or_else(String::new, |author| match author.role {
                Role::Member => {
                    usize::try_from(author.index).ok().and_then(|i| names.get(i)).cloned().unwrap_or_default()
                }
                Role::Noise => format!("noise of trustee {}", author.index),
            });
            (self.observer)(Event::Refused { author, by, why });
        }
    }

    /// Step 5: ready poll, proposal, signatures, certificate.
    pub(super) fn sign<R: Records>(
        &self,
        coordinator: &Coordinator,
        collecting: Vec<Collecting<R>>,
        files: &mut Files,
    ) -> Result<(Vec<Signed<R>>, Certificate), FederationError> {
        let ready: Vec<_> = collecting.iter().map(Collecting::ready).collect();
        let history = collecting.first().map(Collecting::history).transpose()?.unwrap_or_default();
        let set = coordinator.propose(&ready, &history)?;
        let now = coordinator.plan().manifest.deadline;
        let (mut signed, mut signatures, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
        for state in collecting {
            if self.stops_at(state.number(), Stage::Signing) {
                continue;
            }
            match state.sign(&set, coordinator.entries(), now) {
                Ok((state, signature)) => {
                    signed.push(state);
                    signatures.push(signature);
                }
                Err((state, refused)) => refusals.push((state.number(), *refused)),
            }
        }
        if signatures.len() < usize::from(self.charter.quorum)
            && let Some((number, refused)) = refusals.into_iter().next()
        {
            let name = self.charter.trustee_name(number);
            return Err(super::refusal_error(name, refused));
        }
        let certificate = coordinator.certify(&set, &signatures)?;
        files.insert(name::SET.to_owned(), set.clone());
        files.insert(name::CERTIFICATE.to_owned(), certificate.note.encode().into_bytes());
        let log = PublishedLog {
            entries: coordinator.entries().iter().map(|e| (Id::new(*e.id.as_bytes()), e.sequence)).collect(),
            checkpoints: coordinator.checkpoints().iter().map(guildhall_ledger::SignedCheckpoint::encode).collect(),
        };
        files.insert(name::LOG.to_owned(), statement::encode(&log));
        self.report_corrections(coordinator, &set)?;
        Ok((signed, certificate))
    }

    fn report_corrections(&self, coordinator: &Coordinator, set: &[u8]) -> Result<(), FederationError> {
        let set: SetStatement = statement::decode(set)?;
        for excluded in set.excluded.iter().filter(|e| e.why == Exclusion::Corrected) {
            let index = coordinator.author(&excluded.id).and_then(|a| usize::try_from(a.index).ok());
            let member = index.and_then(|i| coordinator.plan().manifest.roster.get(i));
            (self.observer)(Event::Corrected { member: member.map_or_else(String::new, |m| m.id.clone()) });
        }
        Ok(())
    }

    /// Epsilon charged to the data window, as the signing trustees have it: the largest any of them has on its books.
    pub(super) fn window_epsilon<R: Records>(
        &self,
        signed: &[Signed<R>],
        coordinator: &Coordinator,
    ) -> Result<WindowSpent, FederationError> {
        let manifest = &coordinator.plan().manifest;
        let customers = manifest.customers.map(|customers| customers.epsilon);
        let mut most = WindowSpent { members: manifest.epsilon, customers };
        for state in signed {
            let spent = state.window_epsilon()?;
            most.members = most.members.max(spent.members);
            most.customers = most.customers.max(spent.customers);
        }
        Ok(most)
    }

    /// Step 6: sum shares, agreement, closing.
    pub(super) fn open<R: Records>(
        &self,
        coordinator: &Coordinator,
        signed: Vec<Signed<R>>,
        certificate: &Certificate,
        files: &mut Files,
    ) -> Result<(OpenedRound, SetStatement), FederationError> {
        let plan = coordinator.plan();
        let set: SetStatement = statement::decode(&certificate.set)?;
        let set_id = statement::id_of::<SetStatement>(&certificate.set);
        let columns = Columns::of(plan, &set).total();
        let mut shares: BTreeMap<u8, SumShare> = BTreeMap::new();
        for state in signed {
            let number = state.number();
            if self.stops_at(number, Stage::Opening) {
                continue;
            }
            let (released, honest, note) = state.release(certificate).map_err(|(_, error)| *error)?;
            let lied = self.liars.get(&number).and_then(|identity| lie(&honest, identity));
            let (bytes, note) = lied.unwrap_or((honest, note));
            let note = note.encode().into_bytes();
            let (number, share) = opening::read_share(&self.charter, columns, &set_id, &bytes, &note)?;
            shares.insert(number, share);
            files.insert(name::share(number), bytes);
            files.insert(name::share_note(number), note);
            let (_, bytes, note) = released.close()?;
            files.insert(name::closing(number), bytes);
            files.insert(name::closing_note(number), note.encode().into_bytes());
        }
        let opened = opening::open(plan, &set, set_id, &shares)?;
        for number in &opened.dissenting {
            (self.observer)(Event::Dissents { trustee: self.charter.trustee_name(*number).to_owned() });
        }
        Ok((opened, set))
    }

    fn stops_at(&self, trustee: u8, stage: Stage) -> bool {
        let stops = self.faults.has_stopped(trustee, stage);
        if stops {
            self.stopped(trustee, stage);
        }
        stops
    }

    fn stopped(&self, trustee: u8, stage: Stage) {
        (self.observer)(Event::Stopped { trustee: self.charter.trustee_name(trustee).to_owned(), stage });
    }
}

//! `guildhall pseudonym rotate`.

use super::agreeing::Settled;
use super::domain::{Agreement, epoch, hexadecimal};
use super::setup::{new_epoch, now};
use super::state::State;
use super::{ceremony, failure};
use crate::Failure;
use crate::ui::Ui;
use clap::Args;
use guildhall_pseudonym::{Domain, KeyId};
use std::path::PathBuf;

const DAY: u64 = 86_400;

/// Begins a new epoch with new keys, under which every customer gets another pseudonym.
///
/// The old epoch stays in use for the days of the overlap, so that members can replace their files; then its shares are
/// destroyed with --finish, and nobody can make or resolve its pseudonyms ever again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall pseudonym rotate crm --state crm.state --overlap-days 30
  guildhall pseudonym rotate crm --state crm.state --finish
  guildhall pseudonym rotate crm --state crm.state --renew-shares")]
pub(crate) struct Rotate {
    /// The domain
    domain: String,
    /// The folder of the trustees
    #[arg(long)]
    state: PathBuf,
    /// For how many days the old epoch stays in use
    #[arg(long, required_unless_present_any = ["renew_shares", "finish"], conflicts_with_all = ["renew_shares", "finish"])]
    overlap_days: Option<u16>,
    /// Keep the keys, and give every trustee a new share: shares stolen before are worth nothing then
    #[arg(long, conflicts_with = "finish")]
    renew_shares: bool,
    /// Destroy the shares of every epoch that is over
    #[arg(long)]
    finish: bool,
}

impl Rotate {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let domain: Domain = failure::read_argument(&self.domain)?;
        let state = State::open(&self.state)?;
        let settled = state.settle_all(&domain)?;
        let mut agreement = Agreement::read(&state.agreement(&domain), &domain)?;
        settle(ui, &state, &agreement, settled)?;
        if self.finish {
            finish(ui, &state, &mut agreement)?;
        } else if self.renew_shares {
            renew(ui, &state, &mut agreement)?;
        } else {
            begin(ui, &state, &mut agreement, u64::from(self.overlap_days.unwrap_or_default()))?;
        }
        if ui.json() { ui.out(&agreement.to_text()) } else { Ok(()) }
    }
}

fn begin(ui: &Ui, state: &State, agreement: &mut Agreement, days: u64) -> Result<(), Failure> {
    let now = now();
    let last = agreement.file.epochs.iter().map(|entry| entry.epoch).max().unwrap_or_default();
    let next = epoch(last.max(1))?.next().map_err(|error| failure::key(&error))?.number();
    let entry = new_epoch(state, agreement, next, now)?;
    let until = now.saturating_add(days * DAY);
    agreement.file.epochs.iter_mut().filter(|entry| entry.until.is_none()).for_each(|entry| entry.until = Some(until));
    agreement.file.epochs.push(entry);
    state.agree(agreement)?;
    ui.note(&format!("epoch {next} has begun; epoch {last} stays in use for {days} days"));
    ui.note("then: guildhall pseudonym rotate --finish, which destroys its shares for good");
    Ok(())
}

fn renew(ui: &Ui, state: &State, agreement: &mut Agreement) -> Result<(), Failure> {
    let mut renewed = 0;
    for entry in agreement.file.epochs.iter_mut().filter(|entry| !entry.destroyed) {
        entry.pseudonyms = hexadecimal(&ceremony::renew(state, &entry.pseudonym_keys()?)?.encode());
        renewed += 1;
        if entry.resolution.is_some() {
            entry.resolution = Some(hexadecimal(&ceremony::renew(state, &entry.resolution_keys()?)?.encode()));
            renewed += 1;
        }
    }
    // The old shares go once this is agreed and not before: whatever stops this in between, no key is lost.
    state.agree(agreement)?;
    ui.note(&format!("every trustee has new shares of {renewed} keys; the old ones are destroyed"));
    Ok(())
}

/// Drops what an earlier run made and nobody agreed on, and says what became of that run.
fn settle(ui: &Ui, state: &State, agreement: &Agreement, settled: Option<Settled>) -> Result<(), Failure> {
    let (keys, last) = (agreement.keys()?, agreement.file.epochs.iter().map(|entry| entry.epoch).max());
    let next = epoch(last.unwrap_or_default().saturating_add(1))?;
    let next = KeyId::pseudonyms(agreement.domain().clone(), next);
    let mut dropped = settled == Some(Settled::Dropped);
    for node in agreement.nodes() {
        let mut trustee = state.trustee(node, agreement.domain())?;
        for keys in &keys {
            dropped |= trustee.destroy_others(keys).map_err(|error| failure::evaluate(&error))? > 0;
        }
        dropped |= trustee.holds(&next).map_err(|error| failure::evaluate(&error))?;
    }
    if settled == Some(Settled::Finished) {
        ui.note("an earlier run was stopped after its keys were agreed: it is finished now");
    } else if dropped {
        ui.note("an earlier run was stopped before its keys were agreed: nothing of it is used, and it is dropped");
    }
    Ok(())
}

fn finish(ui: &Ui, state: &State, agreement: &mut Agreement) -> Result<(), Failure> {
    let (domain, now) = (agreement.domain().clone(), now());
    let mut destroyed = std::collections::BTreeSet::new();
    for node in agreement.nodes() {
        let mut trustee = state.trustee(node, &domain)?;
        destroyed.extend(trustee.destroy_expired(&domain, now).map_err(|error| failure::evaluate(&error))?);
    }
    for entry in &mut agreement.file.epochs {
        entry.destroyed |= entry.until.is_some_and(|until| until <= now);
    }
    state.agree(agreement)?;
    let words: Vec<String> = destroyed.iter().map(ToString::to_string).collect();
    if words.is_empty() {
        ui.note("no epoch is over; nothing was destroyed");
    } else {
        ui.note(&format!(
            "destroyed every share of epoch {}: its pseudonyms can be neither made nor resolved",
            words.join(", ")
        ));
    }
    Ok(())
}

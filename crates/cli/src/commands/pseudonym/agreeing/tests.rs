//! Runs that are stopped before each single write, and what is left of the keys then.

use super::super::domain::Agreement;
use super::super::rotate::Rotate;
use super::super::setup::Setup;
use super::super::state::State;
use crate::Failure;
use crate::ui::Ui;
use clap::Parser;
use guildhall_pseudonym::{Asking, Domain, Rules};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

thread_local! {
    /// How many more writes there may be.
    static LEFT: Cell<u32> = const { Cell::new(u32::MAX) };
}

/// Fails, and goes on failing, once as many writes as [`stopped_after`] says were made.
pub(in super::super) fn writing() -> std::io::Result<()> {
    LEFT.with(|left| match left.get() {
        0 => Err(std::io::Error::other("stopped")),
        u32::MAX => Ok(()),
        some => {
            left.set(some - 1);
            Ok(())
        }
    })
}

/// Runs until so many writes were made; says whether it came to its end.
fn stopped_after(writes: u32, run: impl FnOnce() -> Result<(), Failure>) -> bool {
    LEFT.with(|left| left.set(writes));
    let done = run();
    LEFT.with(|left| left.set(u32::MAX));
    done.is_ok()
}

#[derive(Parser)]
struct Line<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

fn setup(folder: &Path) -> Result<(), Failure> {
    let words = "x crm --trustees 4 --threshold 2 --member north --quota 100000 --resolution-threshold 3 \
                 --person rita --person anna --person ben --person cara --state";
    let line = words.split_whitespace().map(Into::into).chain([folder.as_os_str().to_owned()]);
    Line::<Setup>::parse_from(line).args.run(&Ui::from_raw(&["x".into(), "--quiet".into()]))
}

fn rotate(folder: &Path, how: &str) -> Result<(), Failure> {
    let line = ["x".into(), "crm".into(), "--state".into(), folder.as_os_str().to_owned()];
    let line = line.into_iter().chain(how.split_whitespace().map(Into::into));
    Line::<Rotate>::parse_from(line).args.run(&Ui::from_raw(&["x".into(), "--quiet".into()]))
}

fn domain() -> Domain {
    "crm".parse().expect("a name")
}

/// The newest epoch that all agreed on, and what its trustees make of an identifier: every pair of them the same. Every
/// trustee's share for resolving fits what was agreed, too.
fn output(folder: &Path, epoch: u32) -> Vec<u8> {
    let state = State::open(folder).expect("a folder");
    let agreement = Agreement::read(&state.agreement(&domain()), &domain()).expect("agreed");
    let entry = agreement.entry(Some(epoch), u64::MAX).expect("an epoch");
    let (keys, resolution) = (entry.pseudonym_keys().expect("keys"), entry.resolution_keys().expect("keys"));
    let asking = Asking::new(&keys, &[Rules::Plain.apply("customer").expect("an id")]).expect("asks");
    let mut replies = Vec::new();
    for mut trustee in state.trustees(agreement.nodes(), &domain()).expect("trustees") {
        let member = "north".parse().expect("a name");
        let now = super::super::setup::now();
        let reply = trustee.evaluate(&member, &asking.request().encode(), now).expect("answers");
        replies.push((trustee.node(), reply.encode()));
        assert_eq!(trustee.take(resolution.id()).expect("a share").public(), &resolution);
    }
    let of = |pair: &[(_, Vec<u8>)]| {
        let outcome = asking.combine(&BTreeMap::from_iter(pair.iter().cloned())).expect("a quorum");
        assert!(outcome.bad.is_empty());
        outcome.outputs[0].to_vec()
    };
    let first = of(&replies[..2]);
    assert!(replies.windows(2).all(|pair| of(pair) == first));
    first
}

/// How many shares a trustee holds of both keys of an epoch, and whether something is left to settle.
fn shares(folder: &Path, epoch: u32) -> Vec<usize> {
    use guildhall_ledger::Records as _;
    let state = State::open(folder).expect("a folder");
    let agreement = Agreement::read(&state.agreement(&domain()), &domain()).expect("agreed");
    let of = |node| {
        assert!(!state.proposal(node, &domain()).exists());
        let path = folder.join(format!("trustee-{node}/trustee.records"));
        let records = guildhall_ledger::SqliteRecords::open(path).expect("a store");
        ["pseudonyms", "resolution"]
            .map(|what| records.list(&format!("share/crm/{what}/{epoch:010}/")).expect("keys").len())
            .into_iter()
            .sum()
    };
    agreement.nodes().map(of).collect()
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &place)
        } else {
            assert!(std::fs::copy(entry.path(), place).is_ok());
        }
    }
}

#[test]
fn a_renewal_that_stops_before_any_write_loses_no_key_and_a_rerun_ends_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole");
    setup(&whole).expect("a domain");
    let before = output(&whole, 1);
    let mut writes = 0;
    loop {
        let state = folder.path().join(format!("s{writes}"));
        copied(&whole, &state);
        let ended = stopped_after(writes, || rotate(&state, "--renew-shares"));
        assert_eq!(output(&state, 1), before, "after {writes} writes");
        rotate(&state, "--renew-shares").expect("the rerun");
        assert_eq!(output(&state, 1), before, "rerun after {writes} writes");
        assert_eq!(shares(&state, 1), [2; 4], "old shares are destroyed; {writes} writes");
        if ended {
            break;
        }
        writes += 1;
    }
    // Two keys at four trustees: kept, proposed, decided, the old ones erased, taken over.
    assert_eq!(writes, 8 + 4 + 1 + 8 + 4);
}

#[test]
fn a_new_epoch_that_stops_before_any_write_blocks_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole");
    setup(&whole).expect("a domain");
    let before = output(&whole, 1);
    for writes in 0.. {
        let state = folder.path().join(format!("s{writes}"));
        copied(&whole, &state);
        let ended = stopped_after(writes, || rotate(&state, "--overlap-days 3"));
        assert_eq!(output(&state, 1), before, "after {writes} writes");
        rotate(&state, "--overlap-days 3").expect("the rerun");
        // Decided or not, the newest epoch works, and of what was dropped no share is left.
        let newest = Agreement::read(&state.join("domains/crm.json"), &domain()).expect("agreed").file.epochs.len();
        let newest = u32::try_from(newest).expect("few");
        assert_ne!(output(&state, newest), before);
        assert_eq!(shares(&state, newest), [2; 4], "{writes} writes");
        if ended {
            break;
        }
    }
}

#[test]
fn a_setup_that_stops_before_any_write_can_be_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    for writes in 0.. {
        let state = folder.path().join(format!("s{writes}"));
        let ended = stopped_after(writes, || setup(&state));
        let decided = state.join("domains/crm.json").exists();
        assert_eq!(setup(&state).is_err(), decided, "a domain that is there is not made again");
        output(&state, 1);
        assert_eq!(shares(&state, 1), [2; 4], "{writes} writes");
        if ended {
            break;
        }
    }
}

#[test]
fn a_domain_of_which_only_the_trustees_know_is_not_made_again() {
    let folder = tempfile::tempdir().expect("a folder");
    setup(folder.path()).expect("a domain");
    let path = folder.path().join("domains/crm.json");
    let text = std::fs::read(&path).expect("there");
    std::fs::remove_file(&path).expect("removed");
    let refused = setup(folder.path()).expect_err("it is gone").render();
    assert!(refused.contains("R0804") && refused.contains("put"), "{refused}");
    std::fs::write(path, text).expect("put back");
    output(folder.path(), 1);
}

#[test]
fn an_agreement_that_was_replaced_meanwhile_destroys_no_share() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    setup(&one).expect("a domain");
    copied(&one, &two);
    rotate(&two, "--renew-shares").expect("renewed");
    // Proposed at every trustee, and not decided; then somebody brings the other folder's agreement.
    assert!(!stopped_after(8 + 4, || rotate(&one, "--renew-shares")));
    let path = one.join("domains/crm.json");
    let own = std::fs::read(&path).expect("there");
    std::fs::copy(two.join("domains/crm.json"), &path).expect("copied");
    assert!(rotate(&one, "--renew-shares").expect_err("other keys").render().contains("R0804"));
    std::fs::write(path, own).expect("put back");
    rotate(&one, "--renew-shares").expect("goes on");
    output(&one, 1);
}

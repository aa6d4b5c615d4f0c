//! Transcripts that dishonest parties signed: what anyone finds although every signature holds.

use super::fixtures::{charter, figures, identity, member, play_with};
use super::harness::{World, exact_draft};
use crate::FederationError;
use crate::local::Faults;
use crate::manifest::Manifest;
use crate::opening::{self, Columns, OpenedRound};
use crate::plan::Plan;
use crate::set::{Excluded, Exclusion, SetStatement};
use crate::statement::{self, Statement};
use crate::transcript::{Files, Publication, PublishedLog, file_id, name, verify};
use crate::trustee::SumShareStatement;
use guildhall_kpi::{FigureTotals, Rational};
use guildhall_mpc::{Field128, SumShare};
use std::collections::BTreeMap;

fn finished() -> Files {
    let (outcome, _) = play_with(5, 3, 4, (0..20).map(member).collect(), &Faults::default());
    outcome.expect("nothing goes wrong").publish(Files::new()).expect("signed")
}

fn signed<T: Statement>(said: &T, names: &[&str]) -> (Vec<u8>, Vec<u8>) {
    let bytes = statement::encode(said);
    let mut notes = names.iter().map(|name| statement::sign::<T>(&bytes, &identity(name)).expect("a plain name"));
    let first = notes.next().expect("one signer");
    let note = notes.fold(first, |mut all, note| {
        all.merge(&note).expect("one text");
        all
    });
    (bytes, note.encode().into_bytes())
}

fn read<T: Statement>(files: &Files, name: &str) -> T {
    statement::decode(&files[name]).expect("canonical")
}

/// The coordinator publishes the files as they are now.
fn publish(files: &mut Files, edit: impl FnOnce(&mut Publication)) {
    let mut publication: Publication = read(files, name::PUBLICATION);
    let listed = |file: &&String| *file != name::PUBLICATION && *file != name::PUBLICATION_NOTE;
    publication.files = files.keys().filter(listed).map(|file| (file.clone(), file_id(&files[file]))).collect();
    edit(&mut publication);
    let (bytes, note) = signed(&publication, &["coordinator"]);
    files.insert(name::PUBLICATION.to_owned(), bytes);
    files.insert(name::PUBLICATION_NOTE.to_owned(), note);
}

const TRUSTEES: [&str; 5] = ["trustee-1", "trustee-2", "trustee-3", "trustee-4", "trustee-5"];

/// All trustees and the coordinator collude: a changed set, signed, with shares and totals that name it.
fn with_set(edit: impl FnOnce(&mut SetStatement)) -> Files {
    let mut files = finished();
    let mut set: SetStatement = read(&files, name::SET);
    edit(&mut set);
    let (bytes, note) = signed(&set, &TRUSTEES);
    let id = statement::id_of::<SetStatement>(&bytes);
    files.insert(name::SET.to_owned(), bytes);
    files.insert(name::CERTIFICATE.to_owned(), note);
    for j in 1..=5u8 {
        let mut share: SumShareStatement = read(&files, &name::share(j));
        share.set = id;
        let (bytes, note) = signed(&share, &[TRUSTEES[usize::from(j) - 1]]);
        files.insert(name::share(j), bytes);
        files.insert(name::share_note(j), note);
    }
    let mut opened: OpenedRound = read(&files, name::TOTALS);
    opened.set = id;
    files.insert(name::TOTALS.to_owned(), statement::encode(&opened));
    let plan = plan(&files);
    let publication: Publication = read(&files, name::PUBLICATION);
    let benchmark = opening::benchmark(&plan, &set, &opened, publication.spent());
    let mut bytes = serde_json::to_vec_pretty(&benchmark).expect("JSON");
    bytes.push(b'\n');
    files.insert(name::BENCHMARK.to_owned(), bytes);
    publish(&mut files, |_| ());
    files
}

fn plan(files: &Files) -> Plan {
    let charter = charter(5, 3, 4);
    let manifest = Manifest::read(&charter, &files[name::MANIFEST]).expect("valid");
    Plan::new(charter, manifest, statement::id_of::<Manifest>(&files[name::MANIFEST])).expect("sound")
}

fn refusal(files: &Files) -> String {
    verify(files, None).err().expect("refused").to_string()
}

#[test]
fn the_collusion_itself_verifies_where_nothing_is_changed() {
    assert!(verify(&with_set(|_| ()), None).is_ok());
}

/// Whatever all trustees sign, the set must account for the log the coordinator signed checkpoints of.
#[test]
fn a_set_that_does_not_account_for_the_log_is_found() {
    let dropped = with_set(|set| set.excluded.truncate(set.excluded.len() - 1));
    assert!(refusal(&dropped).starts_with("set.json"), "{}", refusal(&dropped));
    let made_up = with_set(|set| {
        set.excluded.push(Excluded { id: crate::Id::new([255; 32]), why: Exclusion::NotVerified });
    });
    assert!(refusal(&made_up).starts_with("set.json"));
    let foreign = with_set(|set| set.members[3].id = crate::Id::new([7; 32]));
    assert!(refusal(&foreign).starts_with("set.json"));
    let renumbered = with_set(|set| set.members[3].sequence = 2);
    assert!(refusal(&renumbered).starts_with("set.json"));
    let elsewhere = with_set(|set| set.log_root = crate::Id::new([7; 32]));
    assert!(refusal(&elsewhere).starts_with("log.json"));
}

/// The certified presence and the opened counts must agree, whoever signed both.
#[test]
fn a_set_that_counts_other_members_than_were_summed_is_found() {
    let fewer = with_set(|set| set.members[3].presence = "00".to_owned());
    assert!(refusal(&fewer).contains("contradict the certified set"), "{}", refusal(&fewer));
}

/// A coordinator that publishes other totals than the shares give, and a benchmark that follows from them.
#[test]
fn published_totals_that_do_not_follow_from_the_shares_are_found() {
    let mut files = finished();
    let set: SetStatement = read(&files, name::SET);
    let mut opened: OpenedRound = read(&files, name::TOTALS);
    match &mut opened.totals.cells[0].figures[0] {
        FigureTotals::Opened(sums) => sums.sum += 1,
        hidden => panic!("all members are shown: {hidden:?}"),
    }
    files.insert(name::TOTALS.to_owned(), statement::encode(&opened));
    let publication: Publication = read(&files, name::PUBLICATION);
    let benchmark = opening::benchmark(&plan(&files), &set, &opened, publication.spent());
    let mut bytes = serde_json::to_vec_pretty(&benchmark).expect("JSON");
    bytes.push(b'\n');
    files.insert(name::BENCHMARK.to_owned(), bytes);
    publish(&mut files, |_| ());
    assert!(refusal(&files).contains("do not follow from the sum shares"), "{}", refusal(&files));
}

/// A log whose entries differ from the signed checkpoints.
#[test]
fn a_rewritten_log_is_found() {
    let mut files = finished();
    let mut log: PublishedLog = read(&files, name::LOG);
    log.entries.swap(0, 1);
    files.insert(name::LOG.to_owned(), statement::encode(&log));
    publish(&mut files, |_| ());
    assert!(refusal(&files).contains("the log was rewritten"));
}

/// Spending that cannot be right: less than the round itself, or more than the charter allows.
#[test]
fn a_stated_spending_that_cannot_be_right_is_found() {
    let published = |spent: u64| {
        let mut files = finished();
        let window = Rational::new(spent, 1).expect("whole");
        publish(&mut files, |publication| publication.window_epsilon = window);
        verify(&files, None).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(published(2), "", "what the round costs");
    // Where it is possible, only the benchmark, which states another one, contradicts it.
    assert!(published(20).starts_with("benchmark.json"));
    for impossible in [1, 21] {
        assert!(published(impossible).starts_with("publication.json"), "{}", published(impossible));
    }
}

/// Agreement of all five trustees is not enough: counts, ranges and the certified set bound what is published.
#[test]
fn totals_that_cannot_be_right_are_refused_although_all_shares_agree() {
    let mut world = World::new(20, exact_draft());
    world.log_all();
    world.deliver(|_, _| ());
    let (set, bytes) = (world.proposal(), world.propose().expect("a set"));
    let id = statement::id_of::<SetStatement>(&bytes);
    let columns = Columns::of(world.plan(), &set).total();
    let open = |values: [u128; 4]| {
        let mut share = SumShare::zeros(columns);
        share.add(0, &values.map(Field128::from));
        let shares: BTreeMap<u8, SumShare> = (1..=5).map(|j| (j, share.clone())).collect();
        opening::open(world.plan(), &set, id, &shares)
    };
    let sales: i64 = (0..20).filter_map(|i| figures(i)[0]).sum();
    // Sums are counted from the low end: margins reach from 0 to 99 above -50.
    let right = [20, sales as u128, 18, 18 * 50];
    assert!(open(right).is_ok());
    for (what, wrong) in [
        ("one member more than certified", [21, right[1], 18, right[3]]),
        ("one member fewer", [20, right[1], 17, right[3]]),
        ("a sum above the range", [20, 20 * 999 + 1, 18, right[3]]),
        ("a sum of margins above the range", [20, right[1], 18, 18 * 99 + 1]),
        ("a negative sum", [20, u128::from(-Field128::from(1u128)), 18, right[3]]),
        ("a sum beyond 64 bits", [20, 1 << 100, 18, right[3]]),
    ] {
        assert!(matches!(open(wrong), Err(FederationError::Rule { .. })), "{what}");
    }
}

/// A sum share signed for another set, or by another trustee, is no share of this one.
#[test]
fn a_share_of_another_set_is_refused() {
    let files = finished();
    let plan = plan(&files);
    let set: SetStatement = read(&files, name::SET);
    let columns = Columns::of(&plan, &set).total();
    let id = statement::id_of::<SetStatement>(&files[name::SET]);
    let read_share = |share: &SumShareStatement, by: &str| {
        let (bytes, note) = signed(share, &[by]);
        opening::read_share(&plan.charter, columns, &id, &bytes, &note).is_ok()
    };
    let share: SumShareStatement = read(&files, &name::share(2));
    assert!(read_share(&share, "trustee-2") && !read_share(&share, "trustee-3"));
    for edit in [
        |s: &mut SumShareStatement| s.set = crate::Id::new([0; 32]),
        |s: &mut SumShareStatement| s.trustee = 0,
        |s: &mut SumShareStatement| s.trustee = 6,
        |s: &mut SumShareStatement| s.share.truncate(32),
        |s: &mut SumShareStatement| s.share.replace_range(16..32, &"f".repeat(16)),
    ] {
        let mut bad = share.clone();
        edit(&mut bad);
        assert!(!read_share(&bad, "trustee-2"));
    }
}

/// A note with a line by somebody who is not asked: refused, so that a note has one reading.
#[test]
fn foreign_signature_lines_are_refused() {
    let files = finished();
    let keys = charter(5, 3, 4).trustee_keys().expect("keys");
    let set = &files[name::SET];
    let accepted = |names: &[&str]| {
        let set: SetStatement = statement::decode(set).expect("canonical");
        let (bytes, note) = signed(&set, names);
        statement::verify::<SetStatement>(&bytes, &note, &keys, 4).is_ok()
    };
    assert!(accepted(&TRUSTEES) && accepted(&TRUSTEES[1..]));
    assert!(!accepted(&TRUSTEES[2..]));
    assert!(!accepted(&[&TRUSTEES[..], &["stranger"]].concat()));
}

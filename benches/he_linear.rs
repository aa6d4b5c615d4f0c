//! What encrypting, adding and opening cost, in CPU time per value, next to the time to read the same memory.
//!
//! Run with `cargo bench -p guildhall-he --bench he_linear`; peers by `benches/peers/he_tenseal.py`. A value is one slot of a
//! ciphertext. Each line is the least of several repetitions; the answers opened are compared with the clear sums.

use cpu_time::ProcessTime;
use guildhall_he::{
    Answer, Encryptor, Evaluation, Flood, Identity, KeyShare, Kind, Metric, Mode, OpeningShare, Packing, Parties,
    Party, Plan, Poll, PublicKey, Roster, Row, SecretKey, Sum, UnverifiedTally, UploadBuilder, open_with_shares,
};
use std::hint::black_box;

fn main() {
    let expanded = memory();
    println!("\nlinear layer, CPU ns per value");
    for (name, kind, answers) in [
        ("S1, one-hot or signed", Kind::Nps, 1 << 20),
        ("S2, scores 0 to 10", Kind::Ces { low: 0, high: 10 }, 1 << 20),
        ("S4, cents to 10,000", Kind::Sum { low: 0, high: 1_000_000 }, 1 << 18),
    ] {
        single(name, Mode::Owner, kind, answers);
    }
    single("P1, scores 0 to 10", Mode::Respondents, Kind::Ces { low: 0, high: 10 }, 1 << 18);
    joint();
    nps(100_000);
    if std::env::args().any(|arg| arg == "--ten-million") {
        nps(10_000_000);
    }
    println!("\nserver addition of expanded ciphertexts / reading them: {:.2} (target 1.3)", expanded);
}

/// The least CPU nanoseconds per value of several repetitions.
fn least<T>(repetitions: usize, values: usize, mut run: impl FnMut() -> T) -> f64 {
    let time = |_| {
        let start = ProcessTime::now();
        black_box(run());
        start.elapsed().as_secs_f64() * 1e9 / values as f64
    };
    (0..repetitions).map(time).fold(f64::INFINITY, f64::min)
}

fn line(what: &str, nanoseconds: f64) {
    println!("{what:<58} {nanoseconds:>12.3} ns");
}

fn poll(mode: Mode, kind: Kind, answers: u64) -> Poll {
    let metric = Metric { name: "value".into(), kind, optional: false };
    let packing = Packing::Full;
    Poll {
        id: "bench".into(),
        mode,
        most_answers: answers,
        most_uploads: 1,
        packing,
        groups: vec![],
        metrics: vec![metric],
        reading: vec![],
    }
}

/// 2,048 expanded ciphertexts of 2,048 slots: 64 MiB, more than the last-level cache.
fn memory() -> f64 {
    let plan = poll(Mode::Owner, Kind::Ces { low: 0, high: 10 }, 1 << 20).plan().expect("valid");
    let mut sum = Sum::new(&plan);
    let words = sum.expanded_words();
    let data: Vec<u64> = (0..2048 * words as u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    let rows: Vec<&[u64]> = data.chunks_exact(words).collect();
    let values = 2048 * words / 2;
    println!("expanded ciphertexts, {} of {} words, {} MiB", rows.len(), words, data.len() >> 17);
    let (mut read, mut add) = (f64::INFINITY, f64::INFINITY);
    // In turns, so that other work on the machine meets both alike.
    for _ in 0..15 {
        let one = least(1, values, || black_box(&data).iter().fold(0u64, |s, x| s.wrapping_add(*x)));
        read = read.min(one);
        add = add.min(least(1, values, || sum.add_all_expanded(black_box(&rows))));
    }
    line("read every word once", read);
    line("add every ciphertext", add);
    add / read
}

fn rows(kind: &Kind, answers: u64) -> Vec<Row> {
    let high = match kind {
        Kind::Sum { high, .. } => *high as u64 + 1,
        _ => 11,
    };
    let number = |i: u64| Answer::Number(((i.wrapping_mul(6_364_136_223_846_793_005) >> 20) % high) as i64);
    (0..answers).map(|i| Row { group: 0, answers: vec![number(i)] }).collect()
}

fn clear(kind: &Kind, rows: &[Row]) -> i64 {
    let of = |row: &Row| match (&row.answers[0], kind) {
        (Answer::Number(x), Kind::Nps) => i64::from(*x >= 9) - i64::from(*x <= 6),
        (Answer::Number(x), _) => *x,
        _ => 0,
    };
    rows.iter().map(of).sum()
}

fn upload(poll: &Poll, plan: &Plan, encryptor: Encryptor<'_>, public: &PublicKey, rows: &[Row]) -> Vec<u8> {
    let mut builder = UploadBuilder::new(poll, plan, encryptor, public.binding());
    rows.iter().for_each(|row| builder.push(row).expect("valid"));
    builder.finish(&Identity::generate().expect("random")).expect("not empty")
}

fn single(name: &str, mode: Mode, kind: Kind, answers: u64) {
    let poll = poll(mode, kind.clone(), answers);
    let plan = poll.plan().expect("valid");
    let (secret, public) = SecretKey::generate(&poll).expect("valid");
    let encryptor = || match poll.mode {
        Mode::Owner => Encryptor::secret(&plan, &secret).expect("its key"),
        _ => Encryptor::public(&plan, &public).expect("its key"),
    };
    let rows = rows(&kind, answers);
    let (used, values) = (plan.used_slots(), rows.len());
    println!("\n{name}: set {:?}, {} slots used", plan.set, used);
    let (one, slots) = (encryptor(), vec![7i64; used]);
    let mut bytes = Vec::with_capacity(1 << 17);
    let encrypt = least(60, used, || {
        bytes.clear();
        one.encrypt(&slots, &mut bytes)
    });
    line("encrypt one ciphertext", encrypt);
    let mut made = Vec::new();
    line(
        "encode, encrypt and sign an upload",
        least(3, values, || made = upload(&poll, &plan, encryptor(), &public, &rows)),
    );
    println!("{:<58} {:>12.3} B", "bytes per value", made.len() as f64 / values as f64);
    let mut sum = Sum::new(&plan);
    line("expand and add one ciphertext", least(300, used, || sum.add_packed(&bytes).expect("valid")));
    let mut tally = Vec::new();
    let ingest = least(9, values, || {
        let mut evaluation = Evaluation::new(&poll, &plan, &public, None);
        evaluation.add(&mut made.as_slice()).expect("genuine");
        tally = evaluation.finish(&Identity::generate().expect("random")).expect("not empty");
    });
    line("ingest: authenticate, expand, add, fold, sign", ingest);
    let tally = UnverifiedTally::decode(&tally, &poll, &plan, public.binding()).expect("genuine");
    let tally = tally.trusting_the_evaluator(&poll).expect("one decryptor");
    let opening = least(9, 1, || tally.open(&plan, &secret));
    line("open (per output)", opening);
    assert_eq!(tally.open(&plan, &secret).expect("opens")[0], clear(&kind, &rows), "the clear sum");
}

fn joint() {
    let parties =
        Parties { count: 5, threshold: 3, flood: Flood::Forty, beacon: "bench".into(), may_trust_evaluator: false };
    let kind = Kind::Ces { low: 0, high: 10 };
    let poll = poll(Mode::Quorum(parties), kind.clone(), 1 << 15);
    let plan = poll.plan().expect("valid");
    println!("\njoint key, 3 of 5: set {:?}", plan.set);
    let (mut shares, public) = ceremony(&poll);
    let rows = rows(&kind, 1 << 15);
    let encryptor = || Encryptor::public(&plan, &public).expect("its key");
    let mut made = Vec::new();
    line(
        "encode, encrypt and sign an upload",
        least(3, rows.len(), || made = upload(&poll, &plan, encryptor(), &public, &rows)),
    );
    println!("{:<58} {:>12.3} B", "bytes per value", made.len() as f64 / rows.len() as f64);
    let mut tally = Vec::new();
    let ingest = least(5, rows.len(), || {
        let mut evaluation = Evaluation::new(&poll, &plan, &public, None);
        evaluation.add(&mut made.as_slice()).expect("genuine");
        tally = evaluation.finish(&Identity::generate().expect("random")).expect("not empty");
    });
    line("ingest: authenticate, unpack, add, fold, sign", ingest);
    let read = || UnverifiedTally::decode(&tally, &poll, &plan, public.binding()).expect("genuine");
    let mut own = Evaluation::new(&poll, &plan, &public, None);
    own.add(&mut made.as_slice()).expect("genuine");
    let (said, tally) = (read(), read().recomputed(own).expect("the same sums"));
    let quorum = [1, 3, 4];
    let open =
        |share: &KeyShare| share.open(&poll, &plan, &tally, &quorum, &share.no_releases()).expect("in the quorum").0;
    line("one party's opening share of two outputs", least(9, 1, || open(&shares[0])));
    let all: Vec<OpeningShare> = quorum
        .iter()
        .map(|p| OpeningShare::decode(&open(&shares[usize::from(*p) - 1]), &plan, &public, &said).expect("genuine"))
        .collect();
    let sums = open_with_shares(&poll, &plan, &said, &all).expect("opens");
    assert_eq!(sums[0], clear(&kind, &rows), "the clear sum");
    shares.clear();
}

fn ceremony(poll: &Poll) -> (Vec<KeyShare>, PublicKey) {
    let start = ProcessTime::now();
    let (all, cards): (Vec<Party>, Vec<Vec<u8>>) = (1..=5).map(|i| Party::new(poll, i).expect("valid")).unzip();
    let roster = Roster::new(poll, &cards).expect("cards");
    let (prepared, commitments): (Vec<_>, Vec<_>) = all.iter().map(|p| p.commit(&roster).expect("listed")).unzip();
    let deals: Vec<_> =
        all.iter().zip(&prepared).map(|(p, deal)| p.deal(&roster, &commitments, deal).expect("committed")).collect();
    let finish = |party: Party| party.finish(&roster, &commitments, &deals).expect("honest");
    let (shares, mut public): (Vec<_>, Vec<_>) = all.into_iter().map(finish).unzip();
    line("making the key, per party", start.elapsed().as_secs_f64() * 1e9 / 5.0);
    (shares, public.pop().expect("five"))
}

/// The whole way of a Net Promoter Score.
fn nps(answers: u64) {
    let poll = poll(Mode::Owner, Kind::Nps, answers);
    let plan = poll.plan().expect("valid");
    let (secret, public) = SecretKey::generate(&poll).expect("valid");
    let rows = rows(&Kind::Nps, answers);
    println!("\nNPS over {answers} answers: set {:?}", plan.set);
    let repetitions = if answers > 1_000_000 { 1 } else { 9 };
    let mut made = Vec::new();
    let encryptor = || Encryptor::secret(&plan, &secret).expect("its key");
    let client = least(repetitions, 1, || made = upload(&poll, &plan, encryptor(), &public, &rows)) / 1e6;
    let mut tally = Vec::new();
    let server = least(repetitions, 1, || {
        let mut evaluation = Evaluation::new(&poll, &plan, &public, None);
        evaluation.add(&mut made.as_slice()).expect("genuine");
        tally = evaluation.finish(&Identity::generate().expect("random")).expect("not empty");
    }) / 1e6;
    let tally = UnverifiedTally::decode(&tally, &poll, &plan, public.binding()).expect("genuine");
    let tally = tally.trusting_the_evaluator(&poll).expect("one decryptor");
    assert_eq!(tally.open(&plan, &secret).expect("opens")[0], clear(&Kind::Nps, &rows), "the clear sum");
    println!("client {client:.3} ms, server {server:.3} ms, upload {} bytes", made.len());
}

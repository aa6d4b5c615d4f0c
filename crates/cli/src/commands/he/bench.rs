//! `guildhall he bench`: what one answer costs by each technique, on this machine, and how exact each is.
//!
//! Every way computes the Net Promoter Score of the same generated answers; CPU time of this process. Sampled ways encrypt
//! or prove a few answers and are given per answer, which is what a respondent and a platform pay. TFHE does not add: its
//! row is the places and the median of five members, per member, and is there if the program was built with it.

use super::{page, store};
use crate::ui::Ui;
use crate::{Failure, Problem};
use clap::Args;
use cpu_time::ProcessTime;
use guildhall_he::{
    Answer, Encryptor, Evaluation, Flood, HeError, Identity, Kind, Metric, Mode, Packing, Parties, Party, Plan, Poll,
    PublicKey, Roster, Row, SecretKey, UnverifiedTally, UploadBuilder, metrics,
};
use guildhall_kpi::{Direction, Edges, Figure, Kpi, KpiVector, Schema, Step};
use guildhall_mpc::circuit::{Form, FormLayout};
use guildhall_mpc::{
    Author, Pending, Role, Round, SealKeyPair, SealPublicKey, Shape, Threshold, UnverifiedBody, contribute,
};
use serde_json::json;
use std::hint::black_box;
use std::path::PathBuf;

/// Compares what an answer costs in the clear, by secure sum, and encrypted.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall he bench
  guildhall he bench --answers 1000000 --out costs      also writes costs/costs.html and costs/costs.svg with charts")]
pub(crate) struct Bench {
    /// Answers where one party encrypts many
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    answers: u64,
    /// Answers where each is encrypted or proved alone
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    alone: u64,
    /// A new folder for a page with charts
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What one technique costs per answer.
pub(super) struct Cost {
    pub(super) technique: &'static str,
    pub(super) answers: u64,
    /// Microseconds of the one who answers.
    pub(super) client: f64,
    /// Microseconds of the ones who add.
    pub(super) server: f64,
    pub(super) bytes: f64,
    /// Expected error of the score, in points, at the number of answers of the run.
    pub(super) error: f64,
}

impl Bench {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let failed = |error: HeError| super::failure(std::path::Path::new("benchmark"), &error);
        let scores: Vec<u8> =
            (0..self.answers).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8 % 11).collect();
        let alone = scores.get(..self.alone.min(self.answers) as usize).unwrap_or_default();
        let mut costs = vec![in_the_clear(&scores)];
        ui.note("clear: done; now the secure sum, then three kinds of encryption");
        costs.push(secure_sum(alone)?);
        costs.push(encrypted("encrypted, owner's key", Mode::Owner, Packing::Full, &scores).map_err(failed)?);
        costs.push(encrypted("encrypted, each alone", Mode::Respondents, Packing::One, alone).map_err(failed)?);
        costs.push(encrypted("encrypted, 3 of 5 open", quorum(), Packing::One, alone).map_err(failed)?);
        compare(ui, &mut costs)?;
        let private = private_error(1.0, self.answers);
        if let Some(folder) = &self.out {
            store::folder(folder)?;
            let html = page::html(&costs, private, self.answers);
            store::write(&folder.join("costs.html"), html.as_bytes())?;
            store::write(&folder.join("costs.svg"), page::svg(&costs, private, self.answers).as_bytes())?;
            ui.note(&format!("wrote costs.html and costs.svg in {}", folder.display()));
        }
        ui.out(&if ui.json() { as_json(&costs, private, self.answers) } else { as_text(&costs, private, self.answers) })
    }
}

/// Adds what a comparison by TFHE costs.
#[cfg(feature = "tfhe")]
fn compare(ui: &Ui, costs: &mut Vec<Cost>) -> Result<(), Failure> {
    ui.note("encrypted sums: done; now a comparison by TFHE, some seconds");
    let cost = super::compared::cost();
    costs.push(cost.map_err(|error| Problem::new("U0009", format!("the comparison cannot be timed: {error}")))?);
    Ok(())
}

/// Says how to get the row that is missing.
#[cfg(not(feature = "tfhe"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
fn compare(ui: &Ui, _: &mut Vec<Cost>) -> Result<(), Failure> {
    ui.note("no row for comparisons by TFHE: build the program with `--features tfhe` to have it");
    Ok(())
}

fn quorum() -> Mode {
    let beacon = "benchmark only".to_owned();
    Mode::Quorum(Parties { count: 5, threshold: 3, flood: Flood::Forty, beacon, may_trust_evaluator: false })
}

fn microseconds(since: ProcessTime, answers: usize) -> f64 {
    since.elapsed().as_secs_f64() * 1e6 / answers.max(1) as f64
}

fn net(score: u8) -> i64 {
    i64::from(score >= 9) - i64::from(score <= 6)
}

fn in_the_clear(scores: &[u8]) -> Cost {
    let start = ProcessTime::now();
    let rounds = 20;
    for _ in 0..rounds {
        black_box(black_box(scores).iter().map(|score| net(*score)).sum::<i64>());
    }
    let server = microseconds(start, scores.len() * rounds);
    Cost { technique: "in the clear", answers: scores.len() as u64, client: 0.0, server, bytes: 1.0, error: 0.0 }
}

/// One figure per member, proved in range, checked by each of five trustees.
fn secure_sum(scores: &[u8]) -> Result<Cost, Failure> {
    let failed = |what: &str| Failure::from(Problem::new("U0009", format!("the secure sum cannot be timed: {what}")));
    let threshold = Threshold::new(5, 3, 4).map_err(|e| failed(&e.to_string()))?;
    let round = Round { manifest: [7; 32], threshold };
    let kpi = Kpi {
        id: "net".to_owned(),
        label: "Net promoter".to_owned(),
        unit: String::new(),
        direction: Direction::Higher,
        resolution: Step::ONE,
        low: -1,
        high: 1,
        edges: Edges::single(-1, 1),
    };
    let figure = Figure { kpi: 0, period: "now".to_owned(), histogram: None, sum: None, squares: None };
    let schema = Schema { kpis: vec![kpi], figures: vec![figure] };
    let layout = FormLayout::new(&schema);
    let form = Form::new(layout.clone(), vec![true]).ok_or_else(|| failed("no form"))?;
    let shape = Shape::new(threshold, &form, 1);
    let keys =
        (0..5).map(|_| SealKeyPair::generate()).collect::<Result<Vec<_>, _>>().map_err(|e| failed(&e.to_string()))?;
    let public: Vec<SealPublicKey> = keys.iter().map(SealKeyPair::public).collect();
    let (mut client, mut server, mut bytes) = (0.0, 0.0, 0);
    for (index, score) in (0u32..).zip(scores) {
        let author = Author { role: Role::Member, index, sequence: 1 };
        let vector = KpiVector::new(&schema, vec![Some(net(*score))]).map_err(|e| failed(&e.to_string()))?;
        let start = ProcessTime::now();
        let made = contribute(&round, &form, author, &[true], &layout.encode(&vector), &public);
        client += start.elapsed().as_secs_f64();
        let made = made.map_err(|e| failed(&e.to_string()))?;
        bytes += made.encode().len();
        let start = ProcessTime::now();
        let body = UnverifiedBody::decode(made.body.as_bytes(), &round, &shape).map_err(|e| failed(&e.to_string()))?;
        for ((j, key), sealed) in (1u8..).zip(&keys).zip(&made.boxes) {
            let pending = Pending::open(&round, body.clone(), j, Some(sealed), key);
            if !matches!(pending.verify(&round, &form), Ok(Some(_))) {
                return Err(failed("a contribution does not verify"));
            }
        }
        server += start.elapsed().as_secs_f64();
    }
    let per = 1e6 / scores.len() as f64;
    Ok(Cost {
        technique: "secure sum, 5 trustees",
        answers: scores.len() as u64,
        client: client * per,
        server: server * per,
        bytes: bytes as f64 / scores.len() as f64,
        error: 0.0,
    })
}

/// Encrypts, adds and opens, and compares with the clear sum.
fn encrypted(technique: &'static str, mode: Mode, packing: Packing, scores: &[u8]) -> Result<Cost, HeError> {
    let answers = scores.len() as u64;
    let metric = Metric { name: "nps".to_owned(), kind: Kind::Nps, optional: false };
    let poll = Poll {
        id: "benchmark".to_owned(),
        mode,
        most_answers: answers,
        most_uploads: answers,
        packing,
        groups: vec![],
        metrics: vec![metric],
        reading: vec![],
    };
    let poll = if packing == Packing::Full { Poll { most_uploads: 1, ..poll } } else { poll };
    let plan = poll.plan()?;
    let keys = Keys::make(&poll)?;
    let start = ProcessTime::now();
    let uploads = uploads(&poll, &plan, &keys, scores)?;
    let client = microseconds(start, scores.len());
    let start = ProcessTime::now();
    let mut evaluation = Evaluation::new(&poll, &plan, &keys.public, None);
    for upload in &uploads {
        evaluation.add(&mut upload.as_slice())?;
    }
    let tally = evaluation.finish(&Identity::generate()?)?;
    let server = microseconds(start, scores.len());
    if let Some(secret) = &keys.secret {
        let tally = UnverifiedTally::decode(&tally, &poll, &plan, keys.public.binding())?;
        let tally = tally.trusting_the_evaluator(&poll)?;
        let opened = metrics(&poll, &plan, tally.said(), &tally.open(&plan, secret)?)?;
        let want: i64 = scores.iter().map(|score| net(*score)).sum();
        if opened.first().and_then(|one| one.total) != Some(want) {
            return Err(HeError::Contradiction { metric: "nps".into(), what: "the sum is not the clear one".into() });
        }
    }
    let bytes = uploads.iter().map(Vec::len).sum::<usize>() as f64 / scores.len() as f64;
    Ok(Cost { technique, answers, client, server, bytes, error: 0.0 })
}

struct Keys {
    public: PublicKey,
    secret: Option<SecretKey>,
}

impl Keys {
    fn make(poll: &Poll) -> Result<Self, HeError> {
        let Mode::Quorum(parties) = &poll.mode else {
            let (secret, public) = SecretKey::generate(poll)?;
            return Ok(Self { public, secret: Some(secret) });
        };
        let made = (1..=parties.count).map(|i| Party::new(poll, i)).collect::<Result<Vec<_>, _>>()?;
        let (all, cards): (Vec<Party>, Vec<Vec<u8>>) = made.into_iter().unzip();
        let roster = Roster::new(poll, &cards)?;
        let committed = all.iter().map(|party| party.commit(&roster)).collect::<Result<Vec<_>, _>>()?;
        let (prepared, commitments): (Vec<_>, Vec<_>) = committed.into_iter().unzip();
        let dealt = all.iter().zip(&prepared).map(|(party, deal)| party.deal(&roster, &commitments, deal));
        let deals = dealt.collect::<Result<Vec<_>, _>>()?;
        let first = all.into_iter().next().ok_or(HeError::TooFew { what: "parties", found: 0, needed: 1 })?;
        Ok(Self { public: first.finish(&roster, &commitments, &deals)?.1, secret: None })
    }
}

/// One upload, or one per answer, each signed.
fn uploads(poll: &Poll, plan: &Plan, keys: &Keys, scores: &[u8]) -> Result<Vec<Vec<u8>>, HeError> {
    let each = if poll.packing == Packing::One { 1 } else { scores.len() };
    let one = |scores: &[u8]| {
        let encryptor = match &keys.secret {
            Some(secret) if poll.mode == Mode::Owner => Encryptor::secret(plan, secret)?,
            _ => Encryptor::public(plan, &keys.public)?,
        };
        let mut builder = UploadBuilder::new(poll, plan, encryptor, keys.public.binding());
        for score in scores {
            builder.push(&Row { group: 0, answers: vec![Answer::Number(i64::from(*score))] })?;
        }
        builder.finish(&Identity::generate()?)
    };
    scores.chunks(each).map(one).collect()
}

/// The mean error of the score, in points, with discrete Laplace noise on the net number of promoters, one answer of which
/// changes by at most 2: E|X| = 2 q / (1 - q^2) with q = exp(-epsilon / 2). A formula, not a run.
fn private_error(epsilon: f64, answers: u64) -> f64 {
    let q = (-epsilon / 2.0).exp();
    100.0 * 2.0 * q / (1.0 - q * q) / answers as f64
}

fn as_text(costs: &[Cost], private: f64, answers: u64) -> String {
    let rows: Vec<Vec<String>> = costs
        .iter()
        .map(|c| {
            let time = |us: f64| if us >= 1.0 { format!("{us:.1} us") } else { format!("{:.2} ns", us * 1e3) };
            let figures = [time(c.client), time(c.server), format!("{:.1}", c.bytes), "exact".to_owned()];
            [vec![c.technique.to_owned(), c.answers.to_string()], figures.to_vec()].concat()
        })
        .collect();
    let heads = ["technique", "answers", "client, each", "servers, each", "bytes each", "score"];
    let table = guildhall_report::text_table("Net Promoter Score, CPU time per answer", &heads, &rows, 110);
    format!(
        "{table}With differential privacy (epsilon 1) on top, any of them is off by {private:.5} points on average at \
         {answers} answers (by formula).\n"
    )
}

fn as_json(costs: &[Cost], private: f64, answers: u64) -> String {
    let one = |c: &Cost| {
        json!({
            "technique": c.technique,
            "answers": c.answers,
            "client_us": c.client,
            "server_us": c.server,
            "bytes": c.bytes,
            "error_points": c.error,
        })
    };
    let object = json!({
        "schema": "guildhall/he-bench/v1",
        "ok": true,
        "answers": answers,
        "costs": costs.iter().map(one).collect::<Vec<_>>(),
        "private_error_points": private,
    });
    format!("{object}\n")
}

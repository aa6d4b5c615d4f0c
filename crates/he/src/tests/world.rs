//! Polls, rows, the clear computation, and whole runs.

use crate::{
    Answer, Encryptor, Evaluation, Flood, HeError, Identity, Kind, Metric, Mode, Opened, Packing, Parties, Plan, Poll,
    PublicKey, Row, SecretKey, Share, UnverifiedTally, UploadBuilder, metrics,
};

/// A small generator for tests: the same rows on every run.
pub(super) struct Lcg(pub(super) u64);

impl Lcg {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % bound
    }

    pub(super) fn from(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }
}

pub(super) fn metric(name: &str, kind: Kind) -> Metric {
    Metric { name: name.to_owned(), kind, optional: false }
}

/// Every kind of metric.
pub(super) fn kinds() -> Vec<Metric> {
    vec![
        metric("nps", Kind::Nps),
        metric("csat", Kind::Csat { low: 1, high: 5, satisfied: 4 }),
        metric("ces", Kind::Ces { low: 1, high: 7 }),
        metric("churn", Kind::Rate(Share::Churn)),
        metric("repeat", Kind::Rate(Share::RepeatPurchase)),
        metric("value", Kind::Sum { low: -5_000, high: 20_000 }),
        metric("trust", Kind::TrustIndex { low: 1, high: 7, weights: vec![3, 1, 2] }),
        metric("channel", Kind::Histogram { bins: ["shop", "web", "phone"].map(str::to_owned).into() }),
    ]
}

pub(super) fn poll(mode: Mode, packing: Packing, groups: usize, most_answers: u64) -> Poll {
    let groups = (0..groups).map(|g| format!("group {g}")).collect();
    Poll {
        id: "spring".into(),
        mode,
        most_answers,
        most_uploads: 200,
        packing,
        groups,
        metrics: kinds(),
        reading: vec![],
    }
}

pub(super) fn parties(count: u8, threshold: u8) -> Mode {
    let beacon = "lottery 2026-11-21: 3 9 17 22 40".into();
    Mode::Quorum(Parties { count, threshold, flood: Flood::Forty, beacon, may_trust_evaluator: false })
}

/// A random row for any poll.
pub(super) fn row(poll: &Poll, rng: &mut Lcg) -> Row {
    let group = rng.below(poll.groups.len().max(1) as u64) as usize;
    let answer = |metric: &Metric, rng: &mut Lcg| match &metric.kind {
        _ if metric.optional && rng.below(4) == 0 => Answer::Missing,
        Kind::Nps => Answer::Number(rng.from(0, 10)),
        Kind::Csat { low, high, .. } | Kind::Ces { low, high } | Kind::Sum { low, high } => {
            Answer::Number(rng.from(*low, *high))
        }
        Kind::Rate(_) => Answer::Yes(rng.below(3) == 0),
        Kind::TrustIndex { low, high, weights } => {
            Answer::Items(weights.iter().map(|_| rng.from(*low, *high)).collect())
        }
        Kind::Histogram { bins } => Answer::Bin(rng.below(bins.len() as u64) as usize),
    };
    Row { group, answers: poll.metrics.iter().map(|m| answer(m, rng)).collect() }
}

/// What the metrics are, computed in the clear from the definitions.
pub(super) fn clear(poll: &Poll, rows: &[Row]) -> Vec<Opened> {
    let mut all = Vec::new();
    for group in 0..poll.groups.len().max(1) {
        for (metric, Metric { kind, .. }) in poll.metrics.iter().enumerate() {
            let answers = rows.iter().filter(|r| r.group == group).map(|r| &r.answers[metric]);
            let given: Vec<&Answer> = answers.filter(|a| **a != Answer::Missing).collect();
            let total: i64 = given.iter().map(|answer| in_clear(kind, answer)).sum();
            let bins = match kind {
                Kind::Histogram { bins } => (0..bins.len())
                    .map(|bin| given.iter().filter(|a| ***a == Answer::Bin(bin)).count() as i64)
                    .collect(),
                _ => vec![],
            };
            let total = bins.is_empty().then_some(total);
            all.push(Opened { metric, group, total, answers: given.len() as i64, bins });
        }
    }
    all
}

fn in_clear(kind: &Kind, answer: &Answer) -> i64 {
    match (kind, answer) {
        (Kind::Nps, Answer::Number(9..)) => 1,
        (Kind::Nps, Answer::Number(..=6)) => -1,
        (Kind::Csat { satisfied, .. }, Answer::Number(x)) => i64::from(x >= satisfied),
        (Kind::Ces { .. } | Kind::Sum { .. }, Answer::Number(x)) => *x,
        (Kind::Rate(_), Answer::Yes(yes)) => i64::from(*yes),
        (Kind::TrustIndex { weights, .. }, Answer::Items(items)) => items.iter().zip(weights).map(|(x, w)| x * w).sum(),
        _ => 0,
    }
}

/// A poll with a single decryptor, its keys, and the way uploads are made.
pub(super) struct World {
    pub(super) poll: Poll,
    pub(super) plan: Plan,
    pub(super) secret: SecretKey,
    pub(super) public: PublicKey,
}

impl World {
    pub(super) fn new(poll: Poll) -> Self {
        let (secret, public) = SecretKey::generate(&poll).expect("a valid poll");
        Self { plan: poll.plan().expect("a valid poll"), poll, secret, public }
    }

    pub(super) fn encryptor(&self) -> Encryptor<'_> {
        match self.poll.mode {
            Mode::Owner => Encryptor::secret(&self.plan, &self.secret),
            _ => Encryptor::public(&self.plan, &self.public),
        }
        .expect("the right key")
    }

    pub(super) fn upload(&self, rows: &[Row]) -> Vec<u8> {
        self.upload_as(rows, &Identity::generate().expect("randomness"))
    }

    pub(super) fn upload_as(&self, rows: &[Row], identity: &Identity) -> Vec<u8> {
        let mut builder = UploadBuilder::new(&self.poll, &self.plan, self.encryptor(), self.public.binding());
        rows.iter().for_each(|row| builder.push(row).expect("a valid row"));
        builder.finish(identity).expect("not empty")
    }

    /// One upload per row where everyone encrypts alone, else one for every hundred rows.
    pub(super) fn uploads(&self, rows: &[Row]) -> Vec<Vec<u8>> {
        let each = if self.poll.packing == Packing::One { 1 } else { 100 };
        rows.chunks(each).map(|rows| self.upload(rows)).collect()
    }

    pub(super) fn evaluation(&self) -> Evaluation<'_> {
        Evaluation::new(&self.poll, &self.plan, &self.public, None)
    }

    pub(super) fn evaluate(&self, uploads: &[Vec<u8>]) -> Vec<u8> {
        let mut evaluation = self.evaluation();
        for upload in uploads {
            evaluation.add(&mut upload.as_slice()).expect("accepted");
        }
        evaluation.finish(&Identity::generate().expect("randomness")).expect("not empty")
    }

    pub(super) fn tally(&self, bytes: &[u8]) -> Result<UnverifiedTally, HeError> {
        UnverifiedTally::decode(bytes, &self.poll, &self.plan, self.public.binding())
    }

    pub(super) fn open(&self, tally: &[u8]) -> Result<Vec<Opened>, HeError> {
        let tally = self.tally(tally)?.trusting_the_evaluator(&self.poll)?;
        let sums = tally.open(&self.plan, &self.secret)?;
        metrics(&self.poll, &self.plan, tally.said(), &sums)
    }
}

//! The operations that are compared: who does what, on which input.

use guildhall_kpi::{Direction, Edges, Figure, Histogram, Kpi, KpiVector, Opening, Rational, Schema, Step};
use guildhall_mpc::circuit::{Form, FormLayout};
use guildhall_mpc::{
    Author, Contribution, Field128, FieldSecret, Pending, Role, Round, SealKeyPair, SealPublicKey, Shape, SumShare,
    Threshold, UnverifiedBody, contribute, open_sums,
};
use prio::codec::Encode;
use prio::flp::Type;
use prio::flp::gadgets::{Mul, ParallelSum};
use prio::flp::types::SumVec;
use prio::vdaf::prio3::{Prio3, Prio3Histogram, Prio3SumVec, optimal_chunk_length};
use prio::vdaf::xof::XofTurboShake128;
use prio::vdaf::{Aggregator, Client};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

/// One thing that is timed.
pub(crate) struct Operation {
    /// `workload/who`.
    pub(crate) name: String,
    /// Does it once.
    pub(crate) run: Box<dyn FnMut()>,
    /// Bytes a member uploads; 0 where nothing is uploaded.
    pub(crate) upload: usize,
}

/// 1,000 columns of 16 bits.
pub(crate) const COLUMNS: &str = "1000 columns x 16 bits";
/// The linked form, and Prio3 over vectors of its encoded length.
pub(crate) const FORM: &str = "40 KPIs x 32 bins";
/// Members of the round that is opened.
pub(crate) const MEMBERS: usize = 10_000;

pub(crate) type Bits = SumVec<Field128, ParallelSum<Field128, Mul>>;
const LENGTH: usize = 1000;
const MAXIMUM: u128 = 0xffff;

/// Everything the table compares.
pub(crate) fn all() -> Vec<Operation> {
    let five = Threshold::FIVE;
    let three = Threshold::new(3, 2, 3).expect("a safe triple");
    let mut operations = columns(&[three, five]);
    operations.extend(form(five));
    operations.push(opening(five));
    operations
}

fn columns(thresholds: &[Threshold]) -> Vec<Operation> {
    let values: Vec<u128> = (0..LENGTH as u128).map(|i| i * 65 % (MAXIMUM + 1)).collect();
    let chunk = optimal_chunk_length(16 * LENGTH);
    let prio = Prio3SumVec::new_sum_vec(2, MAXIMUM, LENGTH, chunk).expect("valid parameters");
    let mut operations = prio3(COLUMNS, "Prio3 SumVec", prio, &values);
    for threshold in thresholds {
        let circuit = bits();
        let input = FieldSecret::new(circuit.encode_measurement(&values).expect("values fit"));
        operations.extend(ours(COLUMNS, *threshold, circuit, vec![], input));
    }
    operations
}

/// The crate's own circuit for them.
pub(crate) fn bits() -> Bits {
    Bits::new(MAXIMUM, LENGTH, optimal_chunk_length(16 * LENGTH)).expect("valid parameters")
}

fn form(threshold: Threshold) -> Vec<Operation> {
    let world = FormWorld::new();
    let encoded = world.layout.input_len();
    let chunk = optimal_chunk_length(encoded);
    let sum_vec = Prio3SumVec::new_sum_vec(2, 1, encoded, chunk).expect("valid parameters");
    let histogram = Prio3Histogram::new_histogram(2, encoded, chunk).expect("valid parameters");
    let mut operations = prio3(FORM, "Prio3 SumVec", sum_vec, &vec![1; encoded]);
    operations.extend(prio3(FORM, "Prio3 Histogram", histogram, &(encoded / 2)));
    operations.extend(ours(FORM, threshold, world.circuit(), world.presence(), world.encode()));
    operations
}

/// A member's shard and a helper's verification.
fn prio3<T: Type<Field = Field128> + 'static>(
    workload: &str,
    name: &str,
    vdaf: Prio3<T, XofTurboShake128, 32>,
    value: &T::Measurement,
) -> Vec<Operation> {
    let (vdaf, value, nonce) = (Rc::new(vdaf), value.clone(), [7; 16]);
    let (public, shares) = vdaf.shard(b"bench", &value, &nonce).expect("a valid value");
    let bytes = |encoded: Result<Vec<u8>, _>| encoded.map_or(0, |bytes| bytes.len());
    let upload = bytes(public.get_encoded()) + shares.iter().map(|share| bytes(share.get_encoded())).sum::<usize>();
    let member = {
        let vdaf = vdaf.clone();
        move || drop(black_box(vdaf.shard(b"bench", &value, &nonce).expect("a valid value")))
    };
    let trustee = move || {
        let made = vdaf.verify_init(&[1; 32], b"bench", 1, &(), &nonce, &public, &shares[1]);
        drop(black_box(made.expect("a valid share")));
    };
    vec![
        Operation { name: format!("{workload}/{name}/member"), run: Box::new(member), upload },
        Operation { name: format!("{workload}/{name}/trustee"), run: Box::new(trustee), upload: 0 },
    ]
}

/// A member's contribution, a trustee's check of it, and what a trustee does in all from the bytes.
fn ours<C: Type<Field = Field128> + 'static>(
    workload: &str,
    threshold: Threshold,
    circuit: C,
    presence: Vec<bool>,
    input: FieldSecret,
) -> Vec<Operation> {
    let post = Rc::new(Post::new(threshold, circuit, presence));
    let made = post.contribute(&input);
    let upload = made.upload_len();
    let bytes = made.body.as_bytes().to_vec();
    let pending = post.open(&bytes, &made.boxes[0]);
    let (member, check) = (post.clone(), post.clone());
    let checks = move || assert!(pending.verify(&check.round, &check.circuit).is_ok_and(|share| share.is_some()));
    let all = move || {
        let pending = post.open(&bytes, &made.boxes[0]);
        assert!(pending.verify(&post.round, &post.circuit).is_ok_and(|share| share.is_some()));
    };
    let name = |who: &str| format!("{workload}/({}, {}, {})/{who}", threshold.k(), threshold.t(), threshold.u());
    vec![
        Operation { name: name("member"), run: Box::new(move || drop(black_box(member.contribute(&input)))), upload },
        Operation { name: name("trustee"), run: Box::new(checks), upload: 0 },
        Operation { name: name("trustee with decoding and box"), run: Box::new(all), upload: 0 },
    ]
}

/// A round with its keys and circuit.
pub(crate) struct Post<C> {
    round: Round,
    circuit: C,
    presence: Vec<bool>,
    keys: Vec<SealKeyPair>,
    public: Vec<SealPublicKey>,
    shape: Shape,
}

impl<C: Type<Field = Field128>> Post<C> {
    pub(crate) fn new(threshold: Threshold, circuit: C, presence: Vec<bool>) -> Self {
        let generate = |_| SealKeyPair::generate().expect("the system gives randomness");
        let keys: Vec<SealKeyPair> = threshold.trustees().map(generate).collect();
        let public = keys.iter().map(SealKeyPair::public).collect();
        let shape = Shape::new(threshold, &circuit, presence.len());
        Self { round: Round { manifest: [7; 32], threshold }, circuit, presence, keys, public, shape }
    }

    pub(crate) fn contribute(&self, input: &FieldSecret) -> Contribution {
        let author = Author { role: Role::Member, index: 1, sequence: 1 };
        contribute(&self.round, &self.circuit, author, &self.presence, input, &self.public).expect("a valid input")
    }

    /// Trustee 1 decodes a body and opens its box.
    fn open(&self, bytes: &[u8], sealed: &[u8]) -> Pending {
        let body = UnverifiedBody::decode(bytes, &self.round, &self.shape).expect("canonical bytes");
        Pending::open(&self.round, body, 1, Some(sealed), &self.keys[0])
    }

    /// The whole work of trustee 1 on one contribution.
    pub(crate) fn check(&self, contribution: &Contribution) {
        let pending = self.open(contribution.body.as_bytes(), &contribution.boxes[0]);
        assert!(pending.verify(&self.round, &self.circuit).is_ok_and(|share| share.is_some()));
    }
}

/// 40 KPIs with 32 bins each, the widest of almost 2^40 steps.
pub(crate) struct FormWorld {
    pub(crate) layout: Arc<FormLayout>,
    vector: KpiVector,
}

impl FormWorld {
    pub(crate) fn new() -> Self {
        let high = (1 << 40) - 1;
        let kpi = |index: usize| Kpi {
            id: format!("kpi{index}"),
            label: format!("KPI {index}"),
            unit: "EUR".to_owned(),
            direction: Direction::Higher,
            resolution: Step::ONE,
            low: 0,
            high,
            edges: Edges::log_spaced(0, 10_000, high, 32),
        };
        let histogram = Some(Histogram { opening: Opening::Noisy { epsilon: Rational::new(1, 1).expect("one") } });
        let figure = |kpi| Figure { kpi, period: "2026-01".to_owned(), histogram, sum: None, squares: None };
        let schema = Schema { kpis: (0..40).map(kpi).collect(), figures: (0..40).map(figure).collect() };
        schema.check().expect("a valid schema");
        let figures = (0..40).map(|i| Some(1_000_003 << (i % 20))).collect();
        let vector = KpiVector::new(&schema, figures).expect("figures fit");
        Self { layout: FormLayout::new(&schema), vector }
    }

    pub(crate) fn presence(&self) -> Vec<bool> {
        self.vector.presence()
    }

    pub(crate) fn circuit(&self) -> Form {
        Form::new(self.layout.clone(), self.presence()).expect("the presence fits")
    }

    pub(crate) fn encode(&self) -> FieldSecret {
        self.layout.encode(&self.vector)
    }
}

/// Sum shares of all trustees over all members of a round of the form, and their opening.
///
/// The members' columns are as many different vectors as do not fit the cache, so that they are read
/// from memory as in a real round.
fn opening(threshold: Threshold) -> Operation {
    let columns = FormWorld::new().layout.output_len();
    let vectors: Vec<Vec<Field128>> = (0..MEMBERS / 5).map(|m| vec![Field128::from(m as u128); columns]).collect();
    let run = move || {
        let shares: BTreeMap<u8, SumShare> = threshold.trustees().map(|j| (j, sum(&vectors, columns))).collect();
        let opened = open_sums(&threshold, &shares).expect("the shares agree");
        assert_eq!(opened.agreeing.len(), usize::from(threshold.k()));
        drop(black_box(opened));
    };
    Operation { name: format!("{FORM}/opening of {MEMBERS} members"), run: Box::new(run), upload: 0 }
}

fn sum(vectors: &[Vec<Field128>], columns: usize) -> SumShare {
    let mut share = SumShare::zeros(columns);
    for vector in vectors.iter().cycle().take(MEMBERS) {
        share.add(0, vector);
    }
    share
}

//! 10,000 mutated contributions, of which none is verified by a single trustee, next to 10,000 honest ones, all counted.
//!
//! A mutation is made by a member: it is signed with the member's own key, and delivered to every trustee past the
//! coordinator's checks. What only a relay changes carries no valid signature, and is counted as a kind of its own.

use super::fixtures::{charter, draft, figures, identity};
use super::harness::{Blind, NOW, World, disks};
use crate::coordinator::Delivery;
use crate::local::Draft;
use crate::member::{CONTRIBUTION_TAG, SignedContribution};
use crate::{Id, statement};
use guildhall_kpi::{Edges, KpiVector, Rational};
use guildhall_mpc::circuit::{Form, FormLayout};
use guildhall_mpc::{Author, Contribution, Field128, FieldSecret, Role, UnverifiedBody, contribute};
use guildhall_testkit::faults::Disk;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const ROUNDS: u64 = 10;
const MEMBERS: u32 = 1000;
/// Layout of the draft: sales 4 bins, 10 and 10 bits; margin 1 bin, 7 and 7 bits, square.
const OFFSET: usize = 4;
const SLACK: usize = 14;
const MARGIN: usize = 24;
const SQUARE: usize = 39;

/// The fixture with squares of the margin, and one cell.
fn with_squares() -> Draft {
    let mut draft = draft();
    draft.cells.truncate(1);
    draft.schema.figures[1].squares = Rational::new(5, 1);
    draft
}

/// Everyone reports both figures, so that every kind of lie is one.
fn honest_figures(i: u32) -> Vec<Option<i64>> {
    vec![figures(i)[0], Some(i64::from(i % 60) - 20)]
}

type Lie = fn(&mut Vec<Field128>);

fn n(value: u128) -> Field128 {
    Field128::from(value)
}

fn hot(x: &[Field128]) -> usize {
    x.iter().take(4).position(|b| *b == n(1)).expect("a bin")
}

/// Lies of the circuit, by name.
const LIES: [(&str, Lie); 14] = [
    ("value outside its bin", |x| {
        let at = hot(x);
        x[at] = n(0);
        x[(at + 1) % 4] = n(1);
    }),
    ("two-hot", |x| {
        let at = (hot(x) + 1) % 4;
        x[at] = n(1);
    }),
    ("no bin", |x| {
        let at = hot(x);
        x[at] = n(0);
    }),
    ("bin counts a million times", |x| {
        let at = hot(x);
        x[at] = n(1_000_000);
    }),
    ("bins +1, +1, -1", |x| {
        let at = hot(x);
        x[(at + 1) % 4] = n(1);
        x[(at + 2) % 4] = -n(1);
    }),
    ("offset bit of two", |x| x[OFFSET + 3] = n(2)),
    ("offset bit of minus one", |x| x[OFFSET] = -n(1)),
    ("slack bit of two", |x| x[SLACK + 1] = n(2)),
    ("offset one off", |x| x[OFFSET] = n(1) - x[OFFSET]),
    ("offset two up, slack two down", |x| {
        x[OFFSET] += n(2);
        x[SLACK] -= n(2);
    }),
    ("out of range", |x| x[OFFSET + 9] += n(1_000_000_007)),
    ("wrong square", |x| x[SQUARE] += n(1)),
    ("square of another value", |x| x[SQUARE] = n(99 * 99 + 1)),
    ("absent although present", |x| x[MARGIN..].fill(n(0))),
];

/// Changes of bytes by the author, who signs again.
const EDITS: [&str; 13] = [
    "presence flag",
    "nonce",
    "commitment",
    "masked input",
    "masked proof",
    "verifier polynomial",
    "role",
    "sequence",
    "manifest",
    "element beyond the modulus",
    "two commitments swapped",
    "boxes rotated",
    "boxes of another member",
];

/// What is done with whole contributions.
const WHOLE: [&str; 8] = [
    "another member's bytes, signed by this one",
    "another member's bytes under this one's index",
    "a contribution of another round",
    "a contribution of another round under this manifest",
    "other edges of the same length",
    "one byte shorter",
    "one byte longer",
    "a byte changed by a relay",
];

/// A round with the material of another one for replays.
struct Campaign<'a> {
    world: World<Disk>,
    other: &'a World<Disk>,
    other_layout: std::sync::Arc<FormLayout>,
}

fn world(deadline: u64) -> World<Disk> {
    World::over(charter(5, 3, 4), 0..MEMBERS, with_squares(), disks(5), |m| m.deadline = deadline)
}

impl Campaign<'_> {
    fn kinds() -> usize {
        LIES.len() + EDITS.len() + WHOLE.len()
    }

    /// Mutation number `kind` by member `i`: bytes and a signature, and what to call it.
    fn mutate(&self, kind: usize, i: u32, rng: &mut StdRng) -> (&'static str, Vec<u8>, [u8; 64]) {
        if let Some((name, lie)) = LIES.get(kind) {
            let made = self.lied(i, *lie);
            return (name, made.bytes, made.signature);
        }
        let kind = kind - LIES.len();
        if let Some(name) = EDITS.get(kind) {
            let bytes = self.edited(name, i, rng);
            let signature = self.sign(i, &bytes);
            return (name, bytes, signature);
        }
        let name = WHOLE[kind - EDITS.len()];
        let (bytes, signature) = self.whole(name, i, rng);
        (name, bytes, signature)
    }

    fn input(&self, i: u32) -> Vec<Field128> {
        let vector = KpiVector::new(&self.world.plan().manifest.schema, honest_figures(i)).expect("in range");
        self.world.plan().form().encode(&vector).expose_elements().to_vec()
    }

    fn lied(&self, i: u32, lie: Lie) -> SignedContribution {
        let mut input = self.input(i);
        lie(&mut input);
        self.world.made(Role::Member, i, 2, &[true; 2], &FieldSecret::new(input))
    }

    fn correction(&self, i: u32) -> SignedContribution {
        self.world.honest_with(i, 2, honest_figures(i))
    }

    /// A signature by member `i` on whatever id the bytes have, if they have one.
    fn sign(&self, i: u32, bytes: &[u8]) -> [u8; 64] {
        let id = self.world.decode(bytes).map(|(body, _)| body.id()).unwrap_or_default();
        identity(&format!("m{i:03}")).sign_statement(CONTRIBUTION_TAG, &id)
    }

    fn edited(&self, name: &str, i: u32, rng: &mut StdRng) -> Vec<u8> {
        let shape = self.world.plan().member_shape();
        let (commitments, input) = (62usize, shape.masked_input_start());
        let boxes = shape.body_len() - 160;
        let proof = input + 16 * self.world.plan().form().input_len();
        let verifier = boxes - 3 * 16 * verifier_len(&self.world);
        let mut bytes = self.correction(i).bytes;
        let mut flip = |range: std::ops::Range<usize>, bits: std::ops::Range<u32>| {
            bytes[rng.random_range(range)] ^= 1 << rng.random_range(bits);
        };
        match name {
            "presence flag" => flip(61..62, 0..2),
            "nonce" => flip(45..61, 0..8),
            "commitment" => flip(commitments..input, 0..8),
            "masked input" => flip(input..proof, 0..8),
            "masked proof" => flip(proof..verifier, 0..8),
            "verifier polynomial" => flip(verifier..boxes, 0..8),
            "role" => bytes[36] = 2,
            "sequence" => flip(41..45, 0..8),
            "manifest" => flip(4..36, 0..8),
            "element beyond the modulus" => {
                let element = rng.random_range(input / 16 + 1..boxes / 16 - 1) * 16 + input % 16;
                bytes[element..element + 16].fill(0xff);
            }
            "two commitments swapped" => {
                let (a, b) = (rng.random_range(0..5), rng.random_range(5..10));
                (0..32).for_each(|at| bytes.swap(commitments + 32 * a + at, commitments + 32 * b + at));
            }
            "boxes rotated" => {
                let made = SignedContribution { bytes, ..self.correction(i) };
                return self.world.with_boxes(&made, |boxes| boxes.rotate_left(1)).bytes;
            }
            _ => {
                let others = self.world.decode(&self.correction((i + 1) % MEMBERS).bytes).expect("well formed").1;
                let made = SignedContribution { bytes, ..self.correction(i) };
                return self.world.with_boxes(&made, |boxes| boxes.clone_from(&others)).bytes;
            }
        }
        bytes
    }

    fn whole(&self, name: &str, i: u32, rng: &mut StdRng) -> (Vec<u8>, [u8; 64]) {
        let neighbour = (i + 1) % MEMBERS;
        let mut bytes = match name {
            "another member's bytes, signed by this one" | "another member's bytes under this one's index" => {
                self.correction(neighbour).bytes
            }
            "a contribution of another round" | "a contribution of another round under this manifest" => {
                self.other.honest_with(i, 2, honest_figures(i)).bytes
            }
            "other edges of the same length" => self.other_edges(i),
            _ => self.correction(i).bytes,
        };
        match name {
            "another member's bytes under this one's index" => bytes[37..41].copy_from_slice(&i.to_le_bytes()),
            "a contribution of another round under this manifest" => {
                bytes[4..36].copy_from_slice(self.world.plan().id.as_bytes());
            }
            "one byte shorter" => drop(bytes.pop()),
            "one byte longer" => bytes.push(0),
            "a byte changed by a relay" => {
                let signature = self.sign(i, &bytes);
                let body = self.world.plan().member_shape().body_len();
                bytes[rng.random_range(0..body)] ^= 1 << rng.random_range(0..8u32);
                return (bytes, signature);
            }
            _ => {}
        }
        let signature = self.sign(i, &bytes);
        (bytes, signature)
    }

    /// Figures encoded for bins that the manifest does not have; lengths are equal.
    fn other_edges(&self, i: u32) -> Vec<u8> {
        let plan = self.world.plan();
        let vector = KpiVector::new(&plan.manifest.schema, vec![Some(15), Some(1)]).expect("in range");
        let input = self.other_layout.encode(&vector);
        let form = Form::new(self.other_layout.clone(), vec![true; 2]).expect("fits");
        let author = Author { role: Role::Member, index: i, sequence: 2 };
        let keys = plan.manifest.seal_keys().expect("valid");
        contribute(plan.round(), &Blind(form), author, &[true; 2], &input, &keys).expect("made").encode()
    }
}

fn verifier_len(world: &World<Disk>) -> usize {
    use prio::flp::Flp;
    world.plan().member_circuit(&[true; 2]).expect("fits").verifier_len()
}

fn other_layout(world: &World<Disk>) -> std::sync::Arc<FormLayout> {
    let mut schema = world.plan().manifest.schema.clone();
    schema.kpis[0].edges = Edges::new(vec![0, 20, 100, 300, 1000]);
    let layout = FormLayout::new(&schema);
    assert_eq!(layout.input_len(), world.plan().form().input_len());
    layout
}

/// The bytes as any trustee decodes them, of either role's shape.
fn decoded(world: &World<Disk>, bytes: &[u8]) -> Option<(UnverifiedBody, Vec<Vec<u8>>)> {
    let plan = world.plan();
    let shapes = [plan.member_shape(), plan.noise_shape()];
    shapes.iter().find_map(|shape| Contribution::decode(bytes, plan.round(), shape).ok())
}

/// Counts per kind how many were made and how many decode at all.
type Tally = BTreeMap<&'static str, (usize, usize)>;

fn campaign(seed: u64, other: &World<Disk>, tally: &mut Tally) {
    let world = world(NOW);
    let layout = other_layout(&world);
    let mut campaign = Campaign { world, other, other_layout: layout };
    let honest: Vec<_> =
        (0..MEMBERS).into_par_iter().map(|i| campaign.world.honest_with(i, 1, honest_figures(i))).collect();
    let mutated: Vec<_> = (0..MEMBERS)
        .into_par_iter()
        .map(|i| {
            let mut rng = StdRng::seed_from_u64(seed * 1_000_003 + u64::from(i));
            campaign.mutate((seed as usize + i as usize) % Campaign::kinds(), i, &mut rng)
        })
        .collect();
    campaign.world.log(&honest);
    campaign.world.log_noise();
    assert!(campaign.world.deliver(|_, _| ()).is_empty(), "an honest contribution lacks nothing");
    let world = &mut campaign.world;
    let mut bad: BTreeMap<Id, &str> = BTreeMap::new();
    let mut deliveries: [Vec<Delivery>; 5] = Default::default();
    for (name, bytes, signature) in &mutated {
        let entry = tally.entry(*name).or_default();
        entry.0 += 1;
        let Some((body, boxes)) = decoded(world, bytes) else { continue };
        entry.1 += 1;
        bad.insert(Id::new(body.id()), name);
        for (to, sealed) in deliveries.iter_mut().zip(boxes) {
            to.push(Delivery { body: body.clone(), signature: *signature, sealed: Some(sealed) });
        }
    }
    for (trustee, deliveries) in world.trustees.iter_mut().zip(deliveries) {
        trustee.receive(deliveries);
        let verified = trustee.ready().verified;
        let slipped: Vec<_> = verified.iter().filter_map(|id| bad.get(id)).collect();
        assert!(slipped.is_empty(), "trustee {} verified {slipped:?}", trustee.number());
        assert_eq!(verified.len(), honest.len() + 5, "trustee {} refused an honest one", trustee.number());
    }
    let set: crate::set::SetStatement = statement::decode(&world.propose().expect("a set")).expect("canonical");
    let counted: BTreeSet<Id> = set.members.iter().map(|m| m.id).collect();
    assert_eq!(counted, honest.iter().map(|c| c.id).collect(), "all honest ones, and nothing else");
    let bytes = statement::encode(&set);
    assert_eq!(campaign.world.sign(&bytes).signatures.len(), 5);
}

/// Issue 2; `secure-sum.md` 8.2.
#[test]
fn none_of_10_000_mutated_contributions_is_verified_and_none_of_10_000_honest_ones_refused() {
    let other = world(NOW + 1);
    let mut tally = Tally::new();
    for seed in 0..ROUNDS {
        campaign(seed, &other, &mut tally);
    }
    let (made, decodable) = tally.values().fold((0, 0), |(m, d), (made, decoded)| (m + made, d + decoded));
    for (name, (made, decoded)) in &tally {
        println!("{made:>6} {decoded:>6} decodable  {name}");
    }
    println!("{made:>6} {decodable:>6} decodable  in all");
    assert_eq!((made, tally.len()), (10_000, Campaign::kinds()));
    assert!(decodable > 7_000, "only {decodable} reached a trustee's check");
}

//! Honest contributions pass and add up; every kind of lie is refused by every trustee.

use super::fixtures::{World, number};
use crate::contribute::contribute_with;
use crate::{Author, ContributeError, Field128, FieldSecret, Role, Threshold, open_sums};
use prio::field::FieldElement;
use std::collections::BTreeMap;

const TRIPLES: [(u8, u8, u8); 5] = [(3, 2, 3), (4, 2, 3), (5, 3, 4), (7, 3, 5), (7, 4, 6)];

#[test]
fn every_u_subset_of_trustees_opens_the_exact_total() {
    for (k, t, u) in TRIPLES {
        let world = World::new(Threshold::new(k, t, u).expect("safe"));
        let contributions = [
            world.contribute(0, &[Some(5), Some(-50), Some(3_999)]),
            world.contribute(1, &[Some(99_999), Some(59), None]),
            world.contribute(2, &[None, Some(7), Some(0)]),
        ];
        let shares: BTreeMap<u8, _> =
            world.round.threshold.trustees().map(|j| (j, world.sum_share(&contributions, j))).collect();
        let opened = open_sums(&world.round.threshold, &shares).expect("agreement");
        // sales: count, sum, 4 bins; margin: count, sum of (v + 50), 5 bins, squares; days: count, sum.
        let want = [2, 100_004, 1, 0, 0, 1, 3, 166, 1, 0, 0, 1, 1, 109 * 109 + 57 * 57, 2, 3_999];
        let want: Vec<Field128> = want.into_iter().map(number).collect();
        assert_eq!(opened.values, want, "({k},{t},{u})");
        assert_eq!(opened.agreeing.len(), usize::from(k));
    }
}

#[test]
fn values_at_every_bin_edge_pass() {
    let world = World::new(Threshold::FIVE);
    for value in [-50, -11, -10, -1, 0, 6, 7, 8, 59] {
        let contribution = world.contribute(3, &[Some(0), Some(value), Some(1)]);
        assert!(matches!(world.verify(&contribution, 2), Ok(Some(_))), "{value}");
    }
}

/// The five lies of the linked circuit, and bits that are not bits: positions follow the layout of the
/// fixture: sales 4 bins + 17 + 17 bits, margin 5 bins + 6 + 6 bits + square, days 1 bin + 12 + 12 bits.
#[test]
fn the_five_lies_are_refused_by_the_client_and_by_every_trustee() {
    let world = World::new(Threshold::FIVE);
    let honest = [Some(500), Some(3), Some(40)];
    let two = number(2);
    let one = Field128::one();
    type Lie = (&'static str, fn(&mut Vec<Field128>, Field128, Field128));
    let lies: [Lie; 7] = [
        ("value outside its bin", |x, one, _| {
            x[2] = Field128::zero();
            x[3] = one;
        }),
        ("two bins at once", |x, one, _| x[0] = one),
        ("no bin although present", |x, _, _| x[2] = Field128::zero()),
        ("a bit that is two", |x, _, two| x[5] = two),
        ("wrong square", |x, one, _| {
            let q = 4 + 17 + 17 + 5 + 6 + 6;
            x[q] += one;
        }),
        ("value present although absent", |x, _, _| {
            let days = 4 + 17 + 17 + 5 + 6 + 6 + 1;
            x[days] = Field128::zero();
        }),
        ("a bin of a million", |x, one, two| x[1] = (one + two) * number(333_333)),
    ];
    for (name, lie) in lies {
        let vector = world.vector(&honest);
        let mut input = world.layout.encode(&vector).into_inner();
        lie(&mut input, one, two);
        let input = FieldSecret::new(input);
        let refused = world.contribute_encoded(9, &[true; 3], &input);
        assert_eq!(refused.err(), Some(ContributeError::Invalid), "{name}: the client must not send it");
        let forged = super::forgery::contribute_unchecked(&world, 9, &[true; 3], &input);
        for trustee in 1..=5 {
            assert!(world.verify(&forged, trustee).is_err(), "{name}: trustee {trustee} accepted");
        }
    }
}

#[test]
fn figures_hidden_by_the_header_are_refused() {
    let world = World::new(Threshold::FIVE);
    let vector = world.vector(&[Some(500), Some(3), Some(40)]);
    let input = world.layout.encode(&vector);
    let forged = super::forgery::contribute_unchecked(&world, 9, &[true, true, false], &input);
    assert!((1..=5).all(|j| world.verify(&forged, j).is_err()));
}

#[test]
fn any_changed_byte_of_the_body_is_refused_or_undelivered() {
    let world = World::new(Threshold::FIVE);
    let contribution = world.contribute(4, &[Some(500), None, Some(40)]);
    let bytes = contribution.body.as_bytes();
    let shape = crate::Shape::new(world.round.threshold, &world.form(&[true; 3]), 3);
    for at in (0..bytes.len()).step_by(97) {
        let mut altered = bytes.to_vec();
        altered[at] ^= 1;
        let Ok(body) = crate::UnverifiedBody::decode(&altered, &world.round, &shape) else { continue };
        assert_ne!(body.id(), contribution.body.id());
        let trustees = 1..=5u8;
        let accepting = trustees.filter(|j| {
            let at = usize::from(*j) - 1;
            let sealed = Some(contribution.boxes[at].as_slice());
            let pending = crate::Pending::open(&world.round, body.clone(), *j, sealed, &world.keys[at]);
            matches!(pending.verify(&world.round, &world.form(pending.presence())), Ok(Some(_)))
        });
        // Only a changed box hash leaves the proof intact; it concerns a single trustee's delivery, and
        // the id, which every signature names, is another one.
        let boxes_start = bytes.len() - 5 * 32;
        assert!(if at < boxes_start { accepting.count() == 0 } else { accepting.count() == 4 }, "byte {at}");
    }
}

#[test]
fn a_noise_contribution_opens_to_its_values_and_is_bounded() {
    use crate::circuit::{NoiseForm, NoiseLayout};
    let world = World::new(Threshold::FIVE);
    let layout = NoiseLayout::new(vec![58, 3, 1, 1000]);
    assert!(layout.encode(&[59, 0, 0, 0]).is_none());
    assert!(layout.encode(&[0, 0, 0]).is_none());
    let circuit = NoiseForm::new(layout.clone());
    let author = Author { role: Role::Noise, index: 2, sequence: 1 };
    for noise in [[58i64, -3, 1, -1000], [-58, 3, -1, 1000], [0, 0, 0, 17]] {
        let input = layout.encode(&noise).expect("in bounds");
        let made = contribute_with(&world.round, &circuit, author, &[], &input, &world.public(), &[3; 32]);
        let made = made.expect("valid noise");
        let shares: BTreeMap<u8, _> = (1..=5u8)
            .map(|j| {
                let verified = world.open(&made, j).verify(&world.round, &circuit).expect("valid").expect("seeds");
                let mut sum = crate::SumShare::zeros(4);
                sum.add(0, verified.expose_columns());
                (j, sum)
            })
            .collect();
        let opened = open_sums(&world.round.threshold, &shares).expect("agreement");
        let want: Vec<Field128> =
            noise.iter().zip(layout.bounds()).map(|(e, b)| number(i128::from(*e) + i128::from(*b))).collect();
        assert_eq!(opened.values, want);
    }
}

/// Whatever bits a trustee chooses, its noise stays within the bound: all zeros are -B, all ones are B.
#[test]
fn no_bit_string_is_noise_beyond_the_bound() {
    use crate::circuit::{NoiseForm, NoiseLayout};
    use prio::flp::Type;
    let bounds = [1u64, 2, 3, 58, 63, 64, 1000, (1 << 52) - 1];
    for bound in bounds {
        let layout = NoiseLayout::new(vec![bound]);
        let open = |bit: Field128| NoiseForm::new(layout.clone()).truncate(vec![bit; layout.input_len()]);
        assert_eq!(open(Field128::zero()).expect("fits"), [number(0)]);
        assert_eq!(open(Field128::one()).expect("fits"), [number(2 * i128::from(bound))], "bound {bound}");
    }
}

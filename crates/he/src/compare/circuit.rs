//! The circuit: signs of digits, pairs, ranks, selection.
//!
//! A ciphertext holds 4 bits under a padding bit. A bootstrap reads all 5 bits through a table that is negacyclic:
//! what stands 16 further on comes out negated. An odd function, such as the sign, therefore needs no offset, and one
//! bootstrap gives the sign of the difference of two 4-bit digits. Noise: fresh ciphertexts have almost none, so their
//! weights are free; bootstrapped ones may be combined up to norm 5.

use super::plan::TABLE;
use super::pool::{Expanded, Upload};
use super::words::{self, STEP};
use super::{CompareError, EvaluationKey, Plan, Results, guarded};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tfhe::core_crypto::prelude::{
    Cleartext, Plaintext, lwe_ciphertext_add_assign, lwe_ciphertext_cleartext_mul_assign,
    lwe_ciphertext_plaintext_add_assign, lwe_ciphertext_sub_assign,
};
use tfhe::shortint::Ciphertext;
use tfhe::shortint::ServerKey;
use tfhe::shortint::server_key::{LookupTableOwned, ManyLookupTableOwned};

/// Whoever computes: holds every ciphertext and no secret.
pub struct Evaluator {
    key: ServerKey,
    sign: LookupTableOwned,
    pair: ManyLookupTableOwned,
    select: LookupTableOwned,
    bootstraps: AtomicUsize,
}

/// Comparison of one pair: whether the first is greater, whether it is less.
struct Pair {
    greater: Ciphertext,
    less: Ciphertext,
}

/// The weighted sum of up to three signs, -7 to 7, is shifted by this to stand from 0 to 14.
const SHIFT: u64 = 7;

/// Entries of each of the two tables that share a bootstrap.
const HALF: u64 = 8;

impl Evaluator {
    /// Expands the key (about 180 MB) and prepares the tables.
    ///
    /// # Errors
    /// The library stopped.
    pub fn new(key: &EvaluationKey) -> Result<Self, CompareError> {
        let key = key.expanded()?;
        guarded("the evaluation key", move || Self {
            sign: key.generate_lookup_table(|z| u64::from(z > 0)),
            pair: key.generate_many_lookup_table(&[&|_| 0, &|z| u64::from(z < HALF - 1)]),
            select: key.generate_lookup_table(|z| (z & 1) * (z >> 1)),
            bootstraps: AtomicUsize::new(0),
            key,
        })
    }

    /// Bootstraps done so far.
    pub fn bootstraps(&self) -> usize {
        self.bootstraps.load(Ordering::Relaxed)
    }

    /// Ranks every upload and selects the order statistics of the plan; `done` hears of every finished bootstrap.
    ///
    /// # Errors
    /// Uploads that do not fit the plan, or the library stopped.
    pub fn evaluate(
        &self,
        plan: &Plan,
        uploads: &[Upload],
        done: impl Fn(usize) + Sync,
    ) -> Result<Results, CompareError> {
        if uploads.len() != plan.members() || uploads.iter().any(|upload| upload.width() != plan.width()) {
            return Err(CompareError::Mismatch("a list of uploads"));
        }
        let inputs = uploads.iter().map(Upload::expand).collect::<Result<Vec<_>, _>>()?;
        guarded("an upload", || self.results(plan, &inputs, &done))
    }

    fn results(&self, plan: &Plan, inputs: &[Expanded], done: &(impl Fn(usize) + Sync)) -> Results {
        let compared: Vec<_> = plan
            .pairs()
            .into_par_iter()
            .map(|(first, second)| {
                let pair = self.pair(&inputs[first].compare, &inputs[second].compare);
                done(self.bootstraps());
                (first, second, pair)
            })
            .collect();
        let mut ciphertexts: Vec<Ciphertext> = Vec::with_capacity(words::results(plan));
        for (member, input) in inputs.iter().enumerate() {
            ciphertexts.push(masked(count(&compared, member, |pair| &pair.less, |pair| &pair.greater), &input.below));
            ciphertexts.push(masked(count(&compared, member, |pair| &pair.greater, |pair| &pair.less), &input.above));
        }
        for &order in plan.orders() {
            ciphertexts.extend(self.order_statistic(plan, order, &compared, inputs));
            done(self.bootstraps());
        }
        Results { plan: plan.clone(), ciphertexts }
    }

    /// Compares two figures, most significant digit first.
    ///
    /// The last table reads three signs and gives two bits. Its 16 entries are 8 zeros, 7 ones, a zero; 16 further on they
    /// come out negated. Read at `z + 7` it is 1 exactly where `z > 0`; read 8 further on, where the second of two tables
    /// would stand, exactly where `z < 0`.
    fn pair(&self, first: &[Ciphertext], second: &[Ciphertext]) -> Pair {
        let mut signs: Vec<Ciphertext> = first.iter().zip(second).map(|(a, b)| self.sign(minus(a, b))).collect();
        while signs.len() > 3 {
            let rest = signs.split_off(3);
            signs = std::iter::once(self.sign(weighted(&signs))).chain(rest).collect();
        }
        let mut input = weighted(&signs);
        add(&mut input, SHIFT);
        self.bootstraps.fetch_add(1, Ordering::Relaxed);
        let mut bits = self.key.apply_many_lookup_table(&input, &self.pair).into_iter();
        match (bits.next(), bits.next()) {
            (Some(greater), Some(less)) => Pair { greater, less },
            _ => unreachable!("a table of two functions gives two ciphertexts"),
        }
    }

    fn sign(&self, input: Ciphertext) -> Ciphertext {
        self.bootstrap(&input, &self.sign)
    }

    fn bootstrap(&self, input: &Ciphertext, table: &LookupTableOwned) -> Ciphertext {
        self.bootstraps.fetch_add(1, Ordering::Relaxed);
        self.key.apply_lookup_table(input, table)
    }

    /// The digits of the figure with this many below it, equal figures taken in the order of the uploads.
    fn order_statistic(
        &self,
        plan: &Plan,
        order: usize,
        compared: &[(usize, usize, Pair)],
        inputs: &[Expanded],
    ) -> Vec<Ciphertext> {
        let at = self.key.generate_lookup_table(|z| u64::from(z == (order % TABLE) as u64));
        let wanted = if order < TABLE { 2 } else { 0 };
        let sure = self.key.generate_lookup_table(|z| u64::from(z == wanted));
        let selected: Vec<Vec<Ciphertext>> = inputs
            .par_iter()
            .enumerate()
            .map(|(member, input)| {
                let mut here = self.bootstrap(&rank(compared, member), &at);
                if plan.ambiguous(order) {
                    add(&mut here, 1);
                    here = self.bootstrap(&here, &sure);
                }
                input.select.iter().map(|digit| self.selected(&here, digit)).collect()
            })
            .collect();
        (0..plan.width().selectors()).map(|digit| sum(selected.iter().map(|digits| &digits[digit]))).collect()
    }

    /// The digit where the bit is 1, and 0 where it is 0.
    fn selected(&self, bit: &Ciphertext, digit: &Ciphertext) -> Ciphertext {
        let mut input = digit.clone();
        times(&mut input, 2);
        lwe_ciphertext_add_assign(&mut input.ct, &bit.ct);
        self.bootstrap(&input, &self.select)
    }
}

/// How many pairs speak for a member: one bit where it is the first of the pair, the other where it is the second.
fn count<'p>(
    compared: &'p [(usize, usize, Pair)],
    member: usize,
    second: impl Fn(&'p Pair) -> &'p Ciphertext,
    first: impl Fn(&'p Pair) -> &'p Ciphertext,
) -> Ciphertext {
    sum(compared.iter().filter_map(|(a, b, pair)| match (*a == member, *b == member) {
        (true, _) => Some(first(pair)),
        (_, true) => Some(second(pair)),
        _ => None,
    }))
}

/// The rank from 0, equal figures in the order of the uploads: who comes later in a pair is above unless it is less.
fn rank(compared: &[(usize, usize, Pair)], member: usize) -> Ciphertext {
    let mut rank = words::ciphertext(vec![0; words::dimension().to_lwe_size().0]);
    for (first, second, pair) in compared {
        if *first == member {
            lwe_ciphertext_add_assign(&mut rank.ct, &pair.greater.ct);
        } else if *second == member {
            lwe_ciphertext_sub_assign(&mut rank.ct, &pair.greater.ct);
            add(&mut rank, 1);
        }
    }
    rank
}

/// Adds a pad: its low 4 bits, and the bit above at 16 times its weight.
fn masked(mut count: Ciphertext, pad: &[Ciphertext]) -> Ciphertext {
    for (part, weight) in pad.iter().zip([1, 16]) {
        let mut part = part.clone();
        times(&mut part, weight);
        lwe_ciphertext_add_assign(&mut count.ct, &part.ct);
    }
    count
}

/// One, two or three signs with weights 4, 2, 1 from the least significant up.
fn weighted(signs: &[Ciphertext]) -> Ciphertext {
    sum_owned(signs.iter().rev().enumerate().map(|(place, sign)| {
        let mut sign = sign.clone();
        times(&mut sign, 1 << place);
        sign
    }))
}

fn minus(first: &Ciphertext, second: &Ciphertext) -> Ciphertext {
    let mut difference = first.clone();
    lwe_ciphertext_sub_assign(&mut difference.ct, &second.ct);
    difference
}

fn times(ciphertext: &mut Ciphertext, factor: u64) {
    lwe_ciphertext_cleartext_mul_assign(&mut ciphertext.ct, Cleartext(factor));
}

fn add(ciphertext: &mut Ciphertext, message: u64) {
    lwe_ciphertext_plaintext_add_assign(&mut ciphertext.ct, Plaintext(message << STEP));
}

fn sum<'c>(ciphertexts: impl Iterator<Item = &'c Ciphertext>) -> Ciphertext {
    sum_owned(ciphertexts.cloned())
}

fn sum_owned(ciphertexts: impl Iterator<Item = Ciphertext>) -> Ciphertext {
    let zero = words::ciphertext(vec![0; words::dimension().to_lwe_size().0]);
    ciphertexts.fold(zero, |mut sum, one| {
        lwe_ciphertext_add_assign(&mut sum.ct, &one.ct);
        sum
    })
}

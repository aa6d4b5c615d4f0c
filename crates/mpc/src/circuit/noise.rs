//! The circuit of a trustee's noise contribution (`docs/protocol.md`, step 4 and "Circuit").
//!
//! One block per opened (cell, noisy column), each an integer `e + B` in `0 ..= 2B`, encoded in bits
//! whose last weight is chosen so that every bit string is in range. A block belongs to exactly one
//! (cell, column): its position in the layout is its only name, so no block can serve two totals.

use super::{Chunks, Product, bit_length, push_bits, sum_products};
use crate::secret::FieldSecret;
use crate::soundness::Soundness;
use prio::field::{Field128, FieldElement};
use prio::flp::{Flp, FlpError, Gadget, Type};
use std::sync::Arc;

/// The bounds of all noise blocks of a round, in the order of its opened noisy columns.
#[derive(Debug, PartialEq, Eq)]
pub struct NoiseLayout {
    bounds: Vec<u64>,
    input_len: usize,
    chunks: Chunks,
}

impl NoiseLayout {
    /// One block per bound `B`; a block holds `e + B` with `|e| <= B`.
    pub fn new(bounds: Vec<u64>) -> Arc<Self> {
        let input_len = bounds.iter().map(|b| bit_length(2 * b)).sum();
        Arc::new(Self { bounds, input_len, chunks: Chunks::for_products(input_len) })
    }

    /// The bound of every block.
    pub fn bounds(&self) -> &[u64] {
        &self.bounds
    }

    /// Elements of an encoded noise contribution.
    pub const fn input_len(&self) -> usize {
        self.input_len
    }

    /// Soundness of one proof over this layout.
    pub const fn soundness(&self) -> Soundness {
        Soundness::of_parallel_sum(self.chunks.length, self.chunks.calls, 1)
    }

    /// Encodes noise values, one per block; `None` if the count differs or one exceeds its bound.
    pub fn encode(&self, noise: &[i64]) -> Option<FieldSecret> {
        if noise.len() != self.bounds.len() {
            return None;
        }
        let mut out = Vec::with_capacity(self.input_len);
        for (e, bound) in noise.iter().zip(&self.bounds) {
            let shifted =
                u64::try_from(i64::try_from(*bound).ok()?.checked_add(*e)?).ok().filter(|s| *s <= 2 * bound)?;
            let (bits, last) = (bit_length(2 * bound), last_weight(*bound));
            if bits == 0 {
                continue;
            }
            let high = shifted > (1 << (bits - 1)) - 1;
            push_bits(&mut out, shifted - if high { last } else { 0 }, bits - 1);
            push_bits(&mut out, u64::from(high), 1);
        }
        Some(FieldSecret::new(out))
    }
}

/// Weight of a block's last bit: `2B - (2^(bits-1) - 1)`.
const fn last_weight(bound: u64) -> u64 {
    let bits = bit_length(2 * bound);
    if bits == 0 { 0 } else { 2 * bound - ((1 << (bits - 1)) - 1) }
}

/// The circuit of one noise contribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoiseForm(Arc<NoiseLayout>);

impl NoiseForm {
    /// For a layout.
    pub const fn new(layout: Arc<NoiseLayout>) -> Self {
        Self(layout)
    }
}

impl Flp for NoiseForm {
    type Field = Field128;

    fn gadget(&self) -> Vec<Box<dyn Gadget<Field128>>> {
        self.0.chunks.gadget()
    }

    fn num_gadgets(&self) -> usize {
        1
    }

    fn valid(
        &self,
        gadgets: &mut Vec<Box<dyn Gadget<Field128>>>,
        input: &[Field128],
        joint_rand: &[Field128],
        num_shares: usize,
    ) -> Result<Vec<Field128>, FlpError> {
        self.valid_call_check(input, joint_rand)?;
        let one = Field128::from(num_shares as u128).inv();
        let gadget = gadgets.first_mut().ok_or_else(|| FlpError::Gadget("no gadget".into()))?;
        let bits = input.iter().map(|x| Product::Bit(*x));
        sum_products(gadget, self.0.chunks, bits, joint_rand, one).map(|out| vec![out])
    }

    fn input_len(&self) -> usize {
        self.0.input_len
    }

    fn proof_len(&self) -> usize {
        self.0.chunks.proof_len()
    }

    fn verifier_len(&self) -> usize {
        self.0.chunks.verifier_len()
    }

    fn joint_rand_len(&self) -> usize {
        self.0.chunks.calls
    }

    fn eval_output_len(&self) -> usize {
        1
    }

    fn prove_rand_len(&self) -> usize {
        self.0.chunks.length * 2
    }
}

impl Type for NoiseForm {
    type Measurement = Vec<Field128>;
    type AggregateResult = Vec<Field128>;

    fn encode_measurement(&self, encoded: &Vec<Field128>) -> Result<Vec<Field128>, FlpError> {
        Ok(encoded.clone())
    }

    fn truncate(&self, input: Vec<Field128>) -> Result<Vec<Field128>, FlpError> {
        self.truncate_call_check(&input)?;
        // The share of the input goes no further: wiped when this returns.
        let input = FieldSecret::new(input);
        let mut rest = input.expose_elements();
        let mut out = Vec::with_capacity(self.0.bounds.len());
        for bound in &self.0.bounds {
            let (block, after) = rest.split_at(bit_length(2 * bound));
            rest = after;
            let (last, low) = block.split_last().map_or((Field128::zero(), &[][..]), |(l, b)| (*l, b));
            out.push(super::weigh_bits(low) + last * Field128::from(u128::from(last_weight(*bound))));
        }
        Ok(out)
    }

    fn decode_result(&self, data: &[Field128], _: usize) -> Result<Vec<Field128>, FlpError> {
        Ok(data.to_vec())
    }

    fn output_len(&self) -> usize {
        self.0.bounds.len()
    }
}

//! Validity circuits over Field128, all of one `ParallelSum<Mul>` gadget.
//!
//! [`form`] is a member's contribution: value, bin, square and presence of every figure tied together.
//! [`noise`] is a trustee's noise contribution: every block within its bound. Both only use `prio`'s
//! gadgets; multi-gadget circuits are not used because `prio` marks their construction as unanalysed.

pub mod form;
pub mod noise;

pub use form::{Form, FormLayout};
pub use noise::{NoiseForm, NoiseLayout};

use prio::field::{Field128, FieldElement};
use prio::flp::gadgets::{Mul, ParallelSum, ParallelSumGadget};
use prio::flp::{FlpError, Gadget};
use subtle::{Choice, ConditionallySelectable};

/// Chunking of the products a circuit needs into gadget calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunks {
    /// Products per gadget call.
    pub(crate) length: usize,
    /// Gadget calls.
    pub(crate) calls: usize,
}

impl Chunks {
    /// The chunking with the shortest proof for this many products.
    pub(crate) fn for_products(products: usize) -> Self {
        let length = prio::vdaf::prio3::optimal_chunk_length(products);
        Self { length, calls: products.div_ceil(length).max(1) }
    }

    pub(crate) fn gadget(self) -> Vec<Box<dyn Gadget<Field128>>> {
        vec![Box::new(ParallelSum::<Field128, Mul>::new(Mul::new(self.calls), self.length))]
    }

    pub(crate) const fn proof_len(self) -> usize {
        self.length * 2 + 2 * ((1 + self.calls).next_power_of_two() - 1) + 1
    }

    pub(crate) const fn verifier_len(self) -> usize {
        2 + self.length * 2
    }
}

/// One product the gadget sums: a bit check `x (x - 1)` or a square `v * v`.
pub(crate) enum Product {
    Bit(Field128),
    Square(Field128),
}

/// `sum_i r_i * product_i` over all gadget calls; zero for all bits valid when no squares occur.
pub(crate) fn sum_products(
    gadget: &mut Box<dyn Gadget<Field128>>,
    chunks: Chunks,
    products: impl Iterator<Item = Product>,
    joint_rand: &[Field128],
    one: Field128,
) -> Result<Field128, FlpError> {
    let mut products = products.fuse();
    let mut wires = vec![Field128::zero(); 2 * chunks.length];
    let mut output = Field128::zero();
    for r in joint_rand {
        let mut power = *r;
        for pair in wires.chunks_exact_mut(2) {
            let (left, right) = match products.next() {
                Some(Product::Bit(x)) => (power * x, x - one),
                Some(Product::Square(v)) => (power * v, v),
                None => (Field128::zero(), Field128::zero()),
            };
            if let [a, b] = pair {
                (*a, *b) = (left, right);
            }
            power *= *r;
        }
        output += gadget.eval(&wires)?;
    }
    Ok(output)
}

/// Bits of `value` as field elements, least significant first, without a branch on them.
pub(crate) fn push_bits(out: &mut Vec<Field128>, value: u64, bits: usize) {
    let (zero, one) = (Field128::zero(), Field128::one());
    out.extend((0..bits).map(|i| Field128::conditional_select(&zero, &one, Choice::from((value >> i & 1) as u8))));
}

/// `sum_i 2^i x_i`.
pub(crate) fn weigh_bits(bits: &[Field128]) -> Field128 {
    bits.iter().rev().fold(Field128::zero(), |sum, bit| sum + sum + *bit)
}

/// Bits needed for values up to `max`.
pub(crate) const fn bit_length(max: u64) -> usize {
    (u64::BITS - max.leading_zeros()) as usize
}

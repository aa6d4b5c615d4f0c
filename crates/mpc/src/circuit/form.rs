//! The linked circuit of a member's contribution (`docs/protocol.md`, step 2.2 and "Circuit").
//!
//! Per figure: one-hot bins `b_0..b_{B-1}`, offset bits `o`, slack bits `s`, and the square `q` where
//! it is opened. With bin edges `E_j` (relative to the low end) and widths `W_j` the circuit shows
//!
//! * every `b_j` and every bit is 0 or 1,
//! * `sum b_j = p`, the public presence of the figure,
//! * `sum b_j (W_j - 1) - o - s = 0`, so the offset lies inside the bin,
//! * `q = v^2` for the value `v = sum b_j E_j + o`, which is defined and not encoded.
//!
//! Absence forces `v = q = 0`. Bin, value, square and presence cannot contradict each other.

use super::{Chunks, Product, bit_length, push_bits, sum_products, weigh_bits};
use crate::secret::FieldSecret;
use crate::soundness::Soundness;
use guildhall_kpi::{KpiVector, Schema};
use prio::field::{Field128, FieldElement};
use prio::flp::{Flp, FlpError, Gadget, Type};
use std::ops::Range;
use std::sync::Arc;
use subtle::{Choice, ConditionallySelectable, ConstantTimeGreater};

/// Where each figure stands in the encoded vector and in the opened columns.
#[derive(Debug, PartialEq, Eq)]
pub struct FormLayout {
    figures: Vec<FigureLayout>,
    input_len: usize,
    output_len: usize,
    chunks: Chunks,
}

#[derive(Debug, PartialEq, Eq)]
struct FigureLayout {
    bins: Vec<Bin>,
    bits: usize,
    low: i64,
    squares: bool,
    opens_bins: bool,
    input: usize,
    output: usize,
}

/// One bin, as numbers for the encoder and as field elements for the circuit.
#[derive(Debug, PartialEq, Eq)]
struct Bin {
    /// Lower edge `E_j`, relative to the low end of the range.
    lower: u64,
    /// `W_j - 1`.
    slack: u64,
    lower_element: Field128,
    slack_element: Field128,
}

impl Bin {
    fn new(lower: u64, slack: u64) -> Self {
        let [lower_element, slack_element] = [lower, slack].map(|number| Field128::from(u128::from(number)));
        Self { lower, slack, lower_element, slack_element }
    }

    /// Whether an offset from the low end lies in this bin, without a branch on it.
    fn holds(&self, relative: u64) -> Choice {
        !self.lower.ct_gt(&relative) & !relative.ct_gt(&(self.lower + self.slack))
    }
}

impl FormLayout {
    /// The layout of a schema that has passed [`Schema::check`].
    pub fn new(schema: &Schema) -> Arc<Self> {
        let (mut input_len, mut output_len) = (0, 0);
        let mut figures = Vec::with_capacity(schema.figures.len());
        for (index, figure) in schema.figures.iter().enumerate() {
            let Some(kpi) = schema.kpi_of(index) else { continue };
            let opens_bins = figure.histogram.is_some();
            let edges = if opens_bins { kpi.edges.clone() } else { guildhall_kpi::Edges::single(kpi.low, kpi.high) };
            let layout = FigureLayout::new(edges.as_slice(), kpi.low, figure.squares.is_some(), opens_bins)
                .at(input_len, output_len);
            input_len += layout.input_len();
            output_len += layout.output_len();
            figures.push(layout);
        }
        let products = input_len;
        Arc::new(Self { figures, input_len, output_len, chunks: Chunks::for_products(products) })
    }

    /// Columns a contribution adds to the totals: per figure count, sum, bins (if opened), square (if opened).
    pub const fn output_len(&self) -> usize {
        self.output_len
    }

    /// Elements of an encoded contribution.
    pub const fn input_len(&self) -> usize {
        self.input_len
    }

    /// The columns of one figure within the output.
    pub fn columns(&self, figure: usize) -> Range<usize> {
        self.figures.get(figure).map_or(0..0, |f| f.output..f.output + f.output_len())
    }

    /// Soundness of one proof over this layout.
    pub const fn soundness(&self) -> Soundness {
        Soundness::of_parallel_sum(self.chunks.length, self.chunks.calls, 1 + 2 * self.figures.len())
    }

    /// Encodes a member's figures; the result is as secret as they are.
    ///
    /// The vector must belong to the schema of this layout, which [`KpiVector::new`] has checked.
    pub fn encode(&self, vector: &KpiVector) -> FieldSecret {
        let mut out = Vec::with_capacity(self.input_len);
        for (layout, value) in self.figures.iter().zip(vector.expose_figures()) {
            layout.encode(*value, &mut out);
        }
        FieldSecret::new(out)
    }
}

impl FigureLayout {
    fn new(edges: &[i64], low: i64, squares: bool, opens_bins: bool) -> Self {
        let bin = |pair: &[i64]| Bin::new(pair[0].abs_diff(low), pair[1].abs_diff(pair[0]) - 1);
        let bins: Vec<Bin> = edges.windows(2).map(bin).collect();
        let bits = bit_length(bins.iter().map(|bin| bin.slack).max().unwrap_or(0));
        Self { bins, bits, low, squares, opens_bins, input: 0, output: 0 }
    }

    const fn at(mut self, input: usize, output: usize) -> Self {
        self.input = input;
        self.output = output;
        self
    }

    const fn input_len(&self) -> usize {
        self.bins.len() + 2 * self.bits + self.squares as usize
    }

    const fn output_len(&self) -> usize {
        2 + self.squares as usize + if self.opens_bins { self.bins.len() } else { 0 }
    }

    /// Branches on the presence of the figure, which is public, and never on its value.
    fn encode(&self, value: Option<i64>, out: &mut Vec<Field128>) {
        let present = Choice::from(u8::from(value.is_some()));
        let relative = value.unwrap_or(self.low).wrapping_sub(self.low).cast_unsigned();
        let (mut lower, mut room) = (0, 0);
        for bin in &self.bins {
            let inside = bin.holds(relative) & present;
            out.push(Field128::conditional_select(&Field128::zero(), &Field128::one(), inside));
            lower.conditional_assign(&bin.lower, inside);
            room.conditional_assign(&bin.slack, inside);
        }
        let offset = relative.wrapping_sub(lower);
        push_bits(out, offset, self.bits);
        push_bits(out, room.wrapping_sub(offset), self.bits);
        if self.squares {
            let v = Field128::from(u128::from(relative));
            out.push(v * v);
        }
    }

    fn split<'a>(&self, input: &'a [Field128]) -> Parts<'a> {
        let mine = input.get(self.input..self.input + self.input_len()).unwrap_or_default();
        let (bins, rest) = mine.split_at(self.bins.len());
        let (offset, rest) = rest.split_at(self.bits);
        let (slack, square) = rest.split_at(self.bits);
        Parts { bins, offset, slack, square: square.first().copied() }
    }

    fn value(&self, parts: &Parts<'_>) -> Field128 {
        dot(parts.bins, self.bins.iter().map(|bin| bin.lower_element)) + weigh_bits(parts.offset)
    }
}

struct Parts<'a> {
    bins: &'a [Field128],
    offset: &'a [Field128],
    slack: &'a [Field128],
    square: Option<Field128>,
}

fn dot(elements: &[Field128], weights: impl Iterator<Item = Field128>) -> Field128 {
    elements.iter().zip(weights).fold(Field128::zero(), |sum, (e, w)| sum + *e * w)
}

fn total(elements: &[Field128]) -> Field128 {
    elements.iter().fold(Field128::zero(), |sum, e| sum + *e)
}

/// The circuit of one contribution: a layout and the public presence of each figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    layout: Arc<FormLayout>,
    presence: Vec<bool>,
}

impl Form {
    /// For a header that declares this presence; `None` if its length does not fit the layout.
    pub fn new(layout: Arc<FormLayout>, presence: Vec<bool>) -> Option<Self> {
        (presence.len() == layout.figures.len()).then_some(Self { layout, presence })
    }
}

impl Flp for Form {
    type Field = Field128;

    fn gadget(&self) -> Vec<Box<dyn Gadget<Field128>>> {
        self.layout.chunks.gadget()
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
        let layout = &*self.layout;
        let parts: Vec<Parts<'_>> = layout.figures.iter().map(|f| f.split(input)).collect();
        let products = layout.figures.iter().zip(&parts).flat_map(|(figure, p)| {
            let bits = p.bins.iter().chain(p.offset).chain(p.slack).map(|x| Product::Bit(*x));
            bits.chain(p.square.map(|_| Product::Square(figure.value(p))))
        });
        let products = sum_products(gadget, layout.chunks, products, joint_rand, one)?;
        let mut outputs = vec![products - weigh_squares(layout, &parts, joint_rand)];
        for ((figure, p), present) in layout.figures.iter().zip(&parts).zip(&self.presence) {
            outputs.push(total(p.bins) - if *present { one } else { Field128::zero() });
            let room = dot(p.bins, figure.bins.iter().map(|bin| bin.slack_element));
            outputs.push(room - weigh_bits(p.offset) - weigh_bits(p.slack));
        }
        Ok(outputs)
    }

    fn input_len(&self) -> usize {
        self.layout.input_len
    }

    fn proof_len(&self) -> usize {
        self.layout.chunks.proof_len()
    }

    fn verifier_len(&self) -> usize {
        self.layout.chunks.verifier_len()
    }

    fn joint_rand_len(&self) -> usize {
        self.layout.chunks.calls
    }

    fn eval_output_len(&self) -> usize {
        1 + 2 * self.layout.figures.len()
    }

    fn prove_rand_len(&self) -> usize {
        self.layout.chunks.length * 2
    }
}

/// `sum_i r_i q_i` over the encoded squares, with the weights [`sum_products`] gives their products.
fn weigh_squares(layout: &FormLayout, parts: &[Parts<'_>], joint_rand: &[Field128]) -> Field128 {
    let mut sum = Field128::zero();
    for (figure, p) in layout.figures.iter().zip(parts) {
        if let Some(q) = p.square {
            let position = figure.input + figure.input_len() - 1;
            let r = joint_rand.get(position / layout.chunks.length).copied().unwrap_or(Field128::zero());
            let power = (0..position % layout.chunks.length).fold(r, |power, _| power * r);
            sum += power * q;
        }
    }
    sum
}

impl Type for Form {
    type Measurement = Vec<Field128>;
    type AggregateResult = Vec<Field128>;

    fn encode_measurement(&self, encoded: &Vec<Field128>) -> Result<Vec<Field128>, FlpError> {
        Ok(encoded.clone())
    }

    fn truncate(&self, input: Vec<Field128>) -> Result<Vec<Field128>, FlpError> {
        self.truncate_call_check(&input)?;
        // The share of the input goes no further: wiped when this returns.
        let input = FieldSecret::new(input);
        let mut out = Vec::with_capacity(self.layout.output_len);
        for figure in &self.layout.figures {
            let parts = figure.split(input.expose_elements());
            out.push(total(parts.bins));
            out.push(figure.value(&parts));
            if figure.opens_bins {
                out.extend_from_slice(parts.bins);
            }
            out.extend(parts.square);
        }
        Ok(out)
    }

    fn decode_result(&self, data: &[Field128], _: usize) -> Result<Vec<Field128>, FlpError> {
        Ok(data.to_vec())
    }

    fn output_len(&self) -> usize {
        self.layout.output_len
    }
}

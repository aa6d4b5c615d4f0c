//! Opening: at least `u` sum shares must lie on one polynomial of degree `t - 1` in every coordinate.

use crate::contribute::challenge;
use crate::contribution::encode_elements;
use crate::digest::digest;
use crate::params::Threshold;
use prio::codec::Decode;
use prio::field::{Field128, FieldElement};
use std::collections::BTreeMap;

/// One trustee's sum over all opened columns of all cells: public once it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumShare(Vec<Field128>);

/// Opened sums and who stands behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedSums {
    /// The sums, in the order of the columns.
    pub values: Vec<Field128>,
    /// Trustees whose shares agree, at least `u`.
    pub agreeing: Vec<u8>,
    /// Trustees whose share disagrees in some coordinate, assuming at most `u - t` wrong ones.
    pub dissenting: Vec<u8>,
}

/// Why nothing is opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Fewer than `u` shares were sent.
    #[error("{got} sum shares where {want} are needed")]
    TooFew {
        /// Shares received.
        got: usize,
        /// Shares needed.
        want: usize,
    },
    /// A share by a number that is no trustee's; at 0 it would be the total itself.
    #[error("there is no trustee {trustee}")]
    Unknown {
        /// The number.
        trustee: u8,
    },
    /// A share has another length than the others.
    #[error("trustee {trustee}: a sum share of {got} columns where {want} are opened")]
    Length {
        /// The trustee.
        trustee: u8,
        /// Columns in its share.
        got: usize,
        /// Columns opened.
        want: usize,
    },
    /// No total is backed by `u` agreeing shares.
    #[error("no total is backed by {want} agreeing sum shares")]
    NoAgreement {
        /// Shares needed.
        want: usize,
    },
}

impl SumShare {
    /// An empty sum over `columns` columns.
    pub fn zeros(columns: usize) -> Self {
        Self(vec![Field128::zero(); columns])
    }

    /// From canonical bytes of exactly `columns` elements.
    pub fn decode(bytes: &[u8], columns: usize) -> Option<Self> {
        if bytes.len() != columns.checked_mul(16)? {
            return None;
        }
        let elements = bytes.as_chunks::<16>().0.iter().map(|chunk| Field128::get_decoded(chunk).ok());
        elements.collect::<Option<Vec<_>>>().map(Self)
    }

    /// Canonical bytes, 16 per column.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() * 16);
        encode_elements(&self.0, &mut out);
        out
    }

    /// Adds `addend` to the columns from `start` on.
    pub fn add(&mut self, start: usize, addend: &[Field128]) {
        for (sum, a) in self.0.iter_mut().skip(start).zip(addend) {
            *sum += *a;
        }
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.0.len()
    }
}

/// Opens sums from the shares of trustees `1..=k` (`docs/protocol.md`, step 6).
///
/// A random combination, fixed by all shares, finds who agrees; the result is then checked
/// deterministically in every coordinate. At most one polynomial can have `u` agreeing shares,
/// because `2u - k >= t`.
///
/// # Errors
/// If no polynomial of degree `t - 1` is backed by `u` shares.
pub fn open_sums(threshold: &Threshold, shares: &BTreeMap<u8, SumShare>) -> Result<OpenedSums, OpenError> {
    let want = usize::from(threshold.u());
    if let Some(trustee) = shares.keys().find(|j| **j == 0 || **j > threshold.k()) {
        return Err(OpenError::Unknown { trustee: *trustee });
    }
    if shares.len() < want {
        return Err(OpenError::TooFew { got: shares.len(), want });
    }
    let columns = shares.values().next().map_or(0, SumShare::columns);
    if let Some((trustee, share)) = shares.iter().find(|(_, share)| share.columns() != columns) {
        return Err(OpenError::Length { trustee: *trustee, got: share.columns(), want: columns });
    }
    let compressed = compress(shares, columns);
    let responders: Vec<u8> = shares.keys().copied().collect();
    for base in combinations(&responders, usize::from(threshold.t())) {
        let line = Lagrange::through(&base);
        let agrees = |j: &&u8| line.combine(&compressed, **j) == compressed.get(*j).copied();
        let candidates: Vec<u8> = responders.iter().filter(agrees).copied().collect();
        if candidates.len() < want {
            continue;
        }
        let agreeing: Vec<u8> = candidates.into_iter().filter(|j| line.fits(shares, *j, columns)).collect();
        if agreeing.len() >= want {
            let values = line.value_at(shares, 0, columns);
            let dissenting = responders.into_iter().filter(|j| !agreeing.contains(j)).collect();
            return Ok(OpenedSums { values, agreeing, dissenting });
        }
    }
    Err(OpenError::NoAgreement { want })
}

/// One element per trustee: the inner product with weights that all shares together determine.
fn compress(shares: &BTreeMap<u8, SumShare>, columns: usize) -> BTreeMap<u8, Field128> {
    let encoded: Vec<Vec<u8>> = shares.iter().map(|(j, share)| [&[*j][..], &share.encode()].concat()).collect();
    let fields: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
    let weights = challenge("open", &digest("open", &fields), columns);
    let dot = |share: &SumShare| share.0.iter().zip(&weights).fold(Field128::zero(), |sum, (s, w)| sum + *s * *w);
    shares.iter().map(|(j, share)| (*j, dot(share))).collect()
}

/// Interpolation through a base of `t` trustees.
struct Lagrange {
    base: Vec<u8>,
}

impl Lagrange {
    fn through(base: &[u8]) -> Self {
        Self { base: base.to_vec() }
    }

    fn weights(&self, at: u8) -> Vec<Field128> {
        let x = Field128::from(u128::from(at));
        let weight = |i: &u8| {
            let xi = Field128::from(u128::from(*i));
            self.base.iter().filter(|m| *m != i).fold(Field128::one(), |w, m| {
                let xm = Field128::from(u128::from(*m));
                w * (x - xm) * (xi - xm).inv()
            })
        };
        self.base.iter().map(weight).collect()
    }

    fn combine(&self, points: &BTreeMap<u8, Field128>, at: u8) -> Option<Field128> {
        let weights = self.weights(at);
        self.base.iter().zip(weights).try_fold(Field128::zero(), |sum, (j, w)| points.get(j).map(|p| sum + *p * w))
    }

    fn value_at(&self, shares: &BTreeMap<u8, SumShare>, at: u8, columns: usize) -> Vec<Field128> {
        let mut value = vec![Field128::zero(); columns];
        for (j, weight) in self.base.iter().zip(self.weights(at)) {
            let share = shares.get(j).map(|share| share.0.as_slice()).unwrap_or_default();
            crate::sharing::add_scaled(&mut value, weight, share);
        }
        value
    }

    fn fits(&self, shares: &BTreeMap<u8, SumShare>, trustee: u8, columns: usize) -> bool {
        self.base.contains(&trustee)
            || shares.get(&trustee).is_some_and(|share| share.0 == self.value_at(shares, trustee, columns))
    }
}

/// All `size`-subsets of `items`, in order.
fn combinations(items: &[u8], size: usize) -> Vec<Vec<u8>> {
    match (size, items.split_first()) {
        (0, _) => vec![Vec::new()],
        (_, None) => Vec::new(),
        (_, Some((first, rest))) => {
            let with = combinations(rest, size - 1).into_iter().map(|c| [&[*first][..], &c].concat());
            with.chain(combinations(rest, size)).collect()
        }
    }
}

/// The integer nearest to zero that a field element stands for: sums of offsets decode to negative totals.
pub fn centred(element: Field128) -> Option<i128> {
    let half = prime() / 2;
    let value = u128::from(element);
    if value <= half { i128::try_from(value).ok() } else { i128::try_from(prime() - value).ok().map(|v| -v) }
}

/// The modulus of Field128.
fn prime() -> u128 {
    u128::from(Field128::zero() - Field128::one()) + 1
}

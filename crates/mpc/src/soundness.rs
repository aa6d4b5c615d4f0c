//! What it costs to forge a proof: the work against both Fiat-Shamir rounds, ground separately.
//!
//! `docs/protocol.md`, "Soundness"; Attema, Fehr, Klooss (TCC 2022) for parallel repetition.

/// A manifest whose circuits fall below this is refused.
pub const MINIMUM_SOUNDNESS_BITS: f64 = 112.0;

/// The parameters of one proof that decide its soundness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Soundness {
    /// Degree in the joint randomness `J`: the chunk length.
    pub joint_degree: usize,
    /// Degree in the query point `Q`: `2 (P - 1)`, `P` the power of two above the gadget calls.
    pub query_degree: usize,
    /// Size of the field in bits.
    pub field_bits: f64,
    /// Number of proofs over the same input.
    pub proofs: u32,
    /// Whether the circuit has more than one output.
    pub many_outputs: bool,
}

impl Soundness {
    /// For a `ParallelSum<Mul>` circuit over Field128 with one proof.
    pub const fn of_parallel_sum(chunk: usize, calls: usize, outputs: usize) -> Self {
        let p = (1 + calls).next_power_of_two();
        Self { joint_degree: chunk, query_degree: 2 * (p - 1), field_bits: 128.0, proofs: 1, many_outputs: outputs > 1 }
    }

    /// Base-2 logarithm of the hashes needed to forge:
    /// `min over a of max(1 / (C(m,a) e1^a), 1 / e2^(m-a))`.
    pub fn bits(&self) -> f64 {
        let joint_error = (self.joint_degree as f64).log2() - self.field_bits;
        let numerator = self.query_degree as f64 + if self.many_outputs { 1.0 } else { 0.0 };
        let query_error = numerator.log2() - self.field_bits;
        (0..=self.proofs)
            .map(|a| {
                let joint_work = -binomial(self.proofs, a).log2() - f64::from(a) * joint_error;
                let query_work = -f64::from(self.proofs - a) * query_error;
                joint_work.max(query_work)
            })
            .fold(f64::INFINITY, f64::min)
    }
}

fn binomial(n: u32, k: u32) -> f64 {
    (0..k).fold(1.0, |value, i| value * f64::from(n - i) / f64::from(i + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(joint_degree: usize, query_degree: usize, field_bits: f64, proofs: u32) -> f64 {
        Soundness { joint_degree, query_degree, field_bits, proofs, many_outputs: false }.bits()
    }

    #[test]
    fn known_answers() {
        let close = |got: f64, want: f64| assert!((got - want).abs() < 0.06, "{got} is not {want}");
        close(bits(126, 254, 128.0, 1), 120.0);
        close(bits(126, 254, 64.0, 2), 56.0);
        close(bits(126, 254, 64.0, 3), 112.0);
        close(bits(63, 126, 32.0, 2), 25.0);
        close(bits(1260, 2046, 128.0, 1), 117.0);
        let sum_vec = Soundness::of_parallel_sum(126, 127, 1);
        assert_eq!((sum_vec.joint_degree, sum_vec.query_degree), (126, 254));
    }
}

//! Which noise a release uses, and what of its price each question gets.
//!
//! Laplace: epsilon is split by weight. Gaussian: the release has the largest rho that is `(epsilon, delta)` private
//! (Canonne, Kamath and Steinke, 2020), and a question that had `epsilon` in `g` groups gets a share of it proportional to
//! `epsilon^2 / g`. Laplace noise grows with `g / epsilon`, Gaussian noise with the root of `g / rho`, so that every
//! metric keeps its accuracy in proportion to the others, and one number says which noise is smaller for all.
//!
//! # Privacy
//! The choice follows from the spec alone, never from the data.

use super::Plan;
use crate::Error;
use crate::question::Output;
use crate::spec::{NoiseChoice, Split};
use guildhall_dp::Rho;
use guildhall_dp::central::{Bounds, Expected, KeyQuery, Mechanism};
use guildhall_kpi::Rational;

/// The price of a release, spread.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Strengths {
    /// The whole.
    pub(crate) whole: Mechanism,
    /// Each question's part.
    pub(crate) questions: Vec<Mechanism>,
    /// What finding unknown segments gets.
    pub(crate) keys: Option<KeyQuery>,
    /// Which noise, and why.
    pub(crate) why: String,
}

impl Strengths {
    /// Pure epsilon, already split.
    pub(crate) fn laplace(epsilon: Rational, questions: &[Rational], keys: Option<KeyQuery>) -> Self {
        let questions = questions.iter().map(|epsilon| Mechanism::Laplace { epsilon: *epsilon }).collect();
        Self { whole: Mechanism::Laplace { epsilon }, questions, keys, why: String::new() }
    }
}

impl Plan {
    /// Decides between the Laplace noise that is planned and Gaussian noise.
    pub(super) fn settled(mut self) -> Result<Self, Error> {
        let choice = self.spec.noise;
        let Some(bits) = self.conversion_bits().filter(|_| choice != NoiseChoice::Laplace) else {
            let reason = match choice {
                NoiseChoice::Laplace => "the specification asks for it",
                _ => "the release states no delta, without which Gaussian noise has no epsilon",
            };
            self.strengths.why = format!("discrete Laplace noise: {reason}");
            return Ok(self);
        };
        let gaussian = self.gaussian(bits)?;
        let ratio = self.ratio(&gaussian)?;
        let numbers = self.touched();
        let (smaller, other) = if ratio < 1.0 { (ratio, "Laplace") } else { (1.0 / ratio, "Gaussian") };
        let reason = format!(
            "one {unit} counts in up to {numbers} groups over all queries, and at epsilon {epsilon} and delta \
             2^-{delta} the predicted error is {smaller:.2} times that of discrete {other} noise",
            unit = self.spec.unit.kind.name(),
            epsilon = self.spec.epsilon,
            delta = self.spec.delta_bits.unwrap_or(bits),
        );
        if ratio < 1.0 || choice == NoiseChoice::Gaussian {
            self.strengths = gaussian;
            let asked =
                format!("the specification asks for it; its predicted error is {ratio:.2} times that of Laplace");
            let reason = if ratio < 1.0 { reason } else { asked };
            self.strengths.why = format!("discrete Gaussian noise: {reason}");
        } else {
            self.strengths.why = format!("discrete Laplace noise: {reason}");
        }
        Ok(self)
    }

    /// Delta at which rho is converted is `2^-bits`; half of the release's delta where unknown segments need one too.
    pub fn conversion_bits(&self) -> Option<u32> {
        self.spec.delta_bits.map(|bits| bits + u32::from(self.strengths.keys.is_some()))
    }

    /// Groups in which one unit counts, over all questions.
    fn touched(&self) -> u64 {
        self.compiled.questions.iter().map(|question| u64::from(self.contribution(question.split))).sum()
    }

    fn gaussian(&self, bits: u32) -> Result<Strengths, Error> {
        let rho = Rho::largest_for(self.spec.epsilon, bits)?;
        let epsilon = |mechanism: &Mechanism| {
            let (Mechanism::Laplace { epsilon } | Mechanism::Gaussian { rho: epsilon }) = *mechanism;
            epsilon
        };
        let questions = self.strengths.questions.iter().zip(&self.compiled.questions);
        let parts = questions.map(|(part, question)| (epsilon(part), self.contribution(question.split)));
        let keys = self.strengths.keys.map(|keys| (epsilon(&keys.mechanism), self.contribution(Split::Segments)));
        let mut shares = rho.shares(&parts.chain(keys).collect::<Vec<_>>())?.into_iter();
        let gaussian = |rho| Mechanism::Gaussian { rho };
        let questions = shares.by_ref().take(self.compiled.questions.len()).map(gaussian).collect();
        let delta = Rational::new(1, 1 << bits.min(61)).unwrap_or(Rational::ZERO);
        let keys = shares.next().map(|rho| KeyQuery { mechanism: gaussian(rho), delta });
        Ok(Strengths { whole: gaussian(rho.rational()?), questions, keys, why: String::new() })
    }

    /// The predicted error under other strengths, in those of this plan: the geometric mean over its questions.
    fn ratio(&self, other: &Strengths) -> Result<f64, Error> {
        let mut logs = 0.0;
        for (index, question) in self.compiled.questions.iter().enumerate() {
            let error = |strengths: &Strengths| {
                let mechanism = strengths.questions.get(index).copied().unwrap_or(strengths.whole);
                let bounds = self.enforced(question);
                error_of_a_number(mechanism, bounds, &question.output)
            };
            logs += (error(other)? / error(&self.strengths)?).ln();
        }
        Ok((logs / self.compiled.questions.len().max(1) as f64).exp())
    }
}

fn error_of_a_number(mechanism: Mechanism, bounds: Bounds, output: &Output) -> Result<f64, guildhall_dp::Error> {
    let unit = guildhall_dp::central::Unit::Customer;
    let expected = Expected { unit, mechanism, bounds, n: 1, parts: 1 };
    let change = match output {
        Output::Sums { low, high } => high.abs_diff(*low),
        Output::Bins(_) | Output::Quantile { .. } => 1,
    };
    expected.error_of_a_number(change)
}

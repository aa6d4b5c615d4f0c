//! Audits of mechanisms: do the outputs on two neighbouring data sets differ more than is claimed?
//!
//! The walk: a [`Subject`] is a mechanism with a [`Claim`] and two neighbouring data sets built in;
//! [`Subject::outputs`] draws it many times on each; [`distinguish`] chooses the event that tells the two
//! data sets apart best on the first half of the outputs and bounds its odds on the second half
//! ([`Finding`]). Outputs of another library's mechanism enter as [`Outputs`] made from a file.
//! [`Law`] does without sampling where the probabilities of the noise are known.
//!
//! Source: statistical auditing of privacy claims (Ding et al. 2018; Jagielski et al. 2020). The table of an independent
//! implementation is among the tests. Bounds are those of Clopper and Pearson (1934).
//!
//! An audit only ever gives a *lower* bound on epsilon: "not refuted" means that this much sampling
//! found no contradiction on this pair of data sets, never that the claim is proved. With events chosen on
//! data that the bounds do not use, a sound mechanism is refuted at most once in as many audits as stated.
//!
//! [`shipped`] lists the mechanisms of this crate, [`Flaw`] broken ones that every audit must refute.
//! Not here: proofs, the search for the worst pair of data sets, the time a mechanism takes (but see
//! [`latency_correlation`]).

mod bound;
mod broken;
mod distinguish;
mod event;
mod latency;
mod law;
mod learned;
mod outputs;
mod shipped;
mod subject;

pub use broken::Flaw;
pub use distinguish::{Finding, distinguish, granularity};
pub use event::{Direction, Event, LogRatio, Statistic};
pub use latency::latency_correlation;
pub use law::Law;
pub use outputs::{Outputs, Side};
pub use shipped::shipped;
pub use subject::{Claim, Subject};

#[cfg(test)]
mod tests;

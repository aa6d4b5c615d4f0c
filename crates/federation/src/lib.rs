//! The roles of one round as state machines without I/O: member, trustee, coordinator, verifier.
//!
//! A round walks through these modules in order; the numbers are the steps of `docs/protocol.md`.
//!
//! | step | module | what happens |
//! |---|---|---|
//! | 0 | [`charter`], [`manifest`] | who computes, what, for whom, under which rules |
//! | 1, 2 | [`member`] | figures become one signed contribution |
//! | 1-5 | [`coordinator`] | logs contributions, proposes a set, collects signatures |
//! | 3-6 | [`trustee`] | checks every contribution alone, signs one set, releases one sum share |
//! | 5 | [`set`], [`audit`] | what a signature on a set means; which cells may be opened |
//! | 6 | [`opening`] | agreeing sum shares become totals and a benchmark |
//! | 5, 6 | [`evidence`] | what a party signed twice and may sign once |
//! | 7 | [`transcript`] | anyone rechecks a finished round |
//!
//! [`local`] plays all roles in one process, with faults on request; tests and the command line use
//! the same messages over it that a network would carry.
//!
//! Assumptions: those of `guildhall_mpc` and `guildhall_ledger`; at most `f_p` trustees collude
//! against privacy and at most `f_i` against correctness.
//!
//! Not here: files, networks, clocks. Callers pass the time and a durable [`guildhall_ledger::Records`].

mod accounts;
pub mod audit;
pub mod charter;
mod concentration;
pub mod coordinator;
mod error;
pub mod evidence;
mod id;
pub mod local;
pub mod manifest;
pub mod member;
pub mod opening;
pub mod plan;
pub mod set;
pub mod statement;
pub mod transcript;
pub mod trustee;

pub use accounts::WindowSpent;
pub use error::{FederationError, Refused};
pub use id::Id;

#[cfg(test)]
mod tests;

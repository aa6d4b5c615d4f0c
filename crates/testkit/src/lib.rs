//! What the tests of several crates share: stores that fail on request, and known answers as files.
//!
//! | module | what it offers |
//! |---|---|
//! | [`faults`] | durable stores that crash before or after a write, or forget what was recorded |
//! | [`vectors`] | the one runner of `tests/vectors/<scheme>/{ok,bad}_*.json` |
//!
//! A dev-dependency only. It uses no crate whose inner tests use it, except for `ledger`, so that the types a
//! crate tests are those of its own build.

pub mod faults;
pub mod vectors;

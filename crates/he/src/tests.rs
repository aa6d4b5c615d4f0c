//! The linear layer through its public functions.

mod envelopes;
mod metrics;
mod refusals;
mod world;

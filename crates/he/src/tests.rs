//! The linear layer through its public functions.

mod envelopes;
mod metrics;
mod quorum;
mod refusals;
mod world;

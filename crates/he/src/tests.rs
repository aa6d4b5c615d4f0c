//! The linear layer through its public functions.

pub(crate) mod envelopes;
mod metrics;
mod quorum;
mod real_data;
mod recomputed;
mod refusals;
mod releases;
mod secrets;
mod world;

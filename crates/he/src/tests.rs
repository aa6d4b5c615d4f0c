//! The linear layer through its public functions.

mod envelopes;
mod metrics;
mod quorum;
mod real_data;
mod refusals;
mod world;

//! Tests of the roles together: whole rounds, and one file per kind of attack over the harness.

mod cells;
mod concentration;
mod corrections;
mod crash;
mod customers;
mod fixtures;
mod forged;
mod harness;
mod manifests;
mod mutated;
mod noise;
mod rounds;
mod seeds;
mod sent;
mod split;
mod statements;
mod transcripts;

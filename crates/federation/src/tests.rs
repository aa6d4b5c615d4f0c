//! Tests of the roles together: whole rounds, and one file per kind of attack over the harness.

mod corrections;
mod fixtures;
mod harness;
mod manifests;
mod rounds;
mod seeds;
mod split;

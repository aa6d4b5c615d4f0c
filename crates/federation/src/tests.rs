//! Tests of the roles together: whole rounds, and one file per kind of attack over the harness.

mod fixtures;
mod harness;
mod rounds;
mod seeds;
mod split;

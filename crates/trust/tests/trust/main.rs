//! Tests of the crate as its users see it: specs, real data, releases.

mod cdnow;
mod documents;
mod mistakes;
mod noise;
mod online_retail;
mod release;
mod support;
mod survey;
mod telco;

//! In-crate tests: they need fixed entropy, which no caller can supply.

mod binding;
mod fixtures;
mod forgery;
mod opening;
mod randomness;
mod small_field;
mod validity;
mod vectors;

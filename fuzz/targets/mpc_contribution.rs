#![no_main]

use guildhall_fuzz::{mpc, seed};

libfuzzer_sys::fuzz_target!(init: seed("mpc_contribution", mpc::contribution_seeds()), |bytes: &[u8]| mpc::contribution(bytes));

#![no_main]

use guildhall_fuzz::{mpc, seed};

libfuzzer_sys::fuzz_target!(init: seed("mpc_body", mpc::body_seeds()), |bytes: &[u8]| mpc::body(bytes));

#![no_main]

use guildhall_fuzz::{seed, transcript};

libfuzzer_sys::fuzz_target!(init: seed("transcript", transcript::run_seeds()), |bytes: &[u8]| transcript::run(bytes));

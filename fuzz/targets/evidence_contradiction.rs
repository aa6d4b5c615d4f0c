#![no_main]

use guildhall_fuzz::{evidence, seed};

libfuzzer_sys::fuzz_target!(init: seed("evidence_contradiction", evidence::contradiction_seeds()), |bytes: &[u8]| evidence::contradiction(bytes));

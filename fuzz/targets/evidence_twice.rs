#![no_main]

use guildhall_fuzz::{evidence, seed};

libfuzzer_sys::fuzz_target!(init: seed("evidence_twice", evidence::twice_seeds()), |bytes: &[u8]| evidence::twice(bytes));

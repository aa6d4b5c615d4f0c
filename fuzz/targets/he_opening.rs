#![no_main]

use guildhall_fuzz::{he, seed};

libfuzzer_sys::fuzz_target!(init: seed("he_opening", he::opening_seeds()), |bytes: &[u8]| he::opening(bytes));

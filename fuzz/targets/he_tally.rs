#![no_main]

use guildhall_fuzz::{he, seed};

libfuzzer_sys::fuzz_target!(init: seed("he_tally", he::tally_seeds()), |bytes: &[u8]| he::tally(bytes));

#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_opening", pseudonym::opening_seeds()), |bytes: &[u8]| pseudonym::opening(bytes));

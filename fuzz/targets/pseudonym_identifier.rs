#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_identifier", pseudonym::identifier_seeds()), |bytes: &[u8]| pseudonym::identifier(bytes));

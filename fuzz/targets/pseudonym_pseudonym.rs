#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_pseudonym", pseudonym::pseudonym_seeds()), |bytes: &[u8]| pseudonym::pseudonym(bytes));

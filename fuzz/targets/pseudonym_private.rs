#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_private", pseudonym::private_seeds()), |bytes: &[u8]| pseudonym::private(bytes));

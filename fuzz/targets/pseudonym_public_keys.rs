#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_public_keys", pseudonym::public_keys_seeds()), |bytes: &[u8]| pseudonym::public_keys(bytes));

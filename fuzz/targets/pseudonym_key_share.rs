#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_key_share", pseudonym::key_share_seeds()), |bytes: &[u8]| pseudonym::key_share(bytes));

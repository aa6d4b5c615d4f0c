#![no_main]

use guildhall_fuzz::{he, seed};

libfuzzer_sys::fuzz_target!(init: seed("he_keys", he::keys_seeds()), |bytes: &[u8]| he::keys(bytes));

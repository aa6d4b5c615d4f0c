#![no_main]

use guildhall_fuzz::{he, seed};

libfuzzer_sys::fuzz_target!(init: seed("he_ceremony", he::ceremony_seeds()), |bytes: &[u8]| he::ceremony(bytes));

#![no_main]

use guildhall_fuzz::{anonymise, seed};

libfuzzer_sys::fuzz_target!(init: seed("anonymise_hierarchy", anonymise::hierarchy_seeds()), |bytes: &[u8]| anonymise::hierarchy(bytes));

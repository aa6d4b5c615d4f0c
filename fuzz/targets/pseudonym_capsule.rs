#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_capsule", pseudonym::capsule_seeds()), |bytes: &[u8]| pseudonym::capsule(bytes));

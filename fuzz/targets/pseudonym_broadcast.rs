#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_broadcast", pseudonym::broadcast_seeds()), |bytes: &[u8]| pseudonym::broadcast(bytes));

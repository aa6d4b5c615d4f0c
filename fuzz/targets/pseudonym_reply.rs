#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_reply", pseudonym::reply_seeds()), |bytes: &[u8]| pseudonym::reply(bytes));

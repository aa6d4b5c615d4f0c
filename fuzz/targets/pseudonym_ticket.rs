#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_ticket", pseudonym::ticket_seeds()), |bytes: &[u8]| pseudonym::ticket(bytes));

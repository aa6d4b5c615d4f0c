#![no_main]

use guildhall_fuzz::{data, seed};

libfuzzer_sys::fuzz_target!(init: seed("data_discover", data::discover_seeds()), |bytes: &[u8]| data::discover(bytes));

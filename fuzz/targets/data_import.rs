#![no_main]

use guildhall_fuzz::{data, seed};

libfuzzer_sys::fuzz_target!(init: seed("data_import", data::import_seeds()), |bytes: &[u8]| data::import(bytes));

#![no_main]

use guildhall_fuzz::{data, seed};

libfuzzer_sys::fuzz_target!(init: seed("data_sql", data::sql_seeds()), |bytes: &[u8]| data::sql(bytes));

#![no_main]

use guildhall_fuzz::{cli, seed};

libfuzzer_sys::fuzz_target!(init: seed("cli_data_policy", cli::data_policy_seeds()), |bytes: &[u8]| cli::data_policy(bytes));

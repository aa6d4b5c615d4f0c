//! The program `guildhall`; everything it does is in the library of this package.

fn main() -> std::process::ExitCode {
    guildhall_cli::main(std::env::args_os())
}

//! The relay as a program.

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "a program's last word to the person who started it")]
fn main() -> ExitCode {
    eprintln!(
        "enginus-relay does nothing yet. Devices meet without it: directly, through a shared bucket, or by a bundle file."
    );
    ExitCode::FAILURE
}

//! The relay, when there is one. It is not built yet: this program only says so.
//!
//! Nothing needs it: devices meet directly, through a shared bucket, or by a file. See `relay/README.md`.

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "a program's last word to the person who started it")]
fn main() -> ExitCode {
    eprintln!(
        "enginus-relay does nothing yet. Devices meet without it: directly, through a shared bucket, or by a bundle file."
    );
    ExitCode::FAILURE
}

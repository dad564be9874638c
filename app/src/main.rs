//! One binary: the desktop with no argument, the command line with any.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[cfg(feature = "desktop")]
    let desktop: Option<enginus_cli::Desktop> = Some(enginus_desktop::run);
    #[cfg(not(feature = "desktop"))]
    let desktop: Option<enginus_cli::Desktop> = None;
    enginus_cli::run(std::env::args_os(), desktop)
}

//! The real binary while the machine treats it badly: killed at any moment, and on a disk that is full.
//!
//! A ledger keeps what the program said it had done. After each round both homes are opened again and held against it: what was
//! acknowledged is there with its bytes, what was not happened whole or not at all, and a rebuild changes nothing.
//!
//! - `ENGINUS_CRASH_ROUNDS`: how many rounds of kills (25), `ENGINUS_FULL_ROUNDS`: of full disks.
//! - `ENGINUS_CRASH_SEED`, `ENGINUS_FULL_SEED`: the seed that a run printed, to do the same again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test")]
#![allow(clippy::print_stdout, reason = "a failing run says its seed")]

mod chance;
#[cfg(target_os = "linux")]
mod full;
mod ledger;
mod process;
mod rounds;
#[allow(dead_code, reason = "shared with the tests of the command line")]
#[path = "../commandline/stand.rs"]
mod stand;
mod world;

//! The binary as a person or a script uses it: processes, exit codes, what is printed, and what happens when one is killed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test")]

mod access;
mod buckets;
mod json;
mod keyring;
mod keys;
mod kill;
mod processes;
mod said;
mod stand;

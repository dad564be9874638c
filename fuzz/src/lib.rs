//! What a fuzzer does with bytes: each module takes what it is given into one format or machine and fails where a promise breaks.
//!
//! Every `run` answers whether the bytes got through to what lies behind the form, so that seeds can be held to be good ones. The
//! same functions are run on what was found before, by an ordinary test (`tests/tests/fuzzed.rs`). This crate deliberately does not
//! know who calls it: a fuzzer, or that test.
#![allow(missing_docs, unreachable_pub, reason = "one entry each, named after what it takes")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a broken promise has to be loud")]

pub mod bundle;
pub mod change;
pub mod contact;
pub mod envelope;
pub mod from;
pub mod number;
pub mod record;
pub mod sealed_file;
pub mod seeds;
pub mod snapshot;
pub mod statement;
pub mod sync;
pub mod template;
pub mod ticket;

/// What takes bytes, and answers whether they got through.
type Run = fn(&[u8]) -> bool;

/// Every target by name.
pub const TARGETS: [(&str, Run); 12] = [
    ("bundle", bundle::run),
    ("change", change::run),
    ("contact", contact::run),
    ("envelope", envelope::run),
    ("number", number::run),
    ("record", record::run),
    ("sealed_file", sealed_file::run),
    ("snapshot", snapshot::run),
    ("statement", statement::run),
    ("sync", sync::run),
    ("template", template::run),
    ("ticket", ticket::run),
];

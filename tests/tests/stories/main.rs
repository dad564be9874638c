//! The main job, end to end, through the engine's public interface: devices on loopback, bundles, buckets, and what goes wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test")]

mod bad_files;
mod blind;
mod bucket;
mod bucket_faults;
mod bundle;
mod convergence;
mod devices;
mod let_go;
mod live;
mod one_home;
mod proved;
mod real_drawings;
mod relay;
mod relayed;
mod restored;
mod revocation;
mod rights;
mod snapshot;
mod strangers;
mod tickets;
mod two_devices;

//! What the end-to-end stories are told with: devices on loopback, drawings, and waiting for what is to happen.
//!
//! A story uses the product as a window does, through [`enginus_engine::Engine`]; it deliberately does not know stores, keys or
//! connections (relays apart, which are programs of their own). What it cannot see there is not promised to anybody.
//!
//! ```
//! use enginus_tests::{Device, Stage};
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let stage = Stage::new();
//! let owner = Device::owner(&stage, &[]).await;
//! owner.add("Projects", &[stage.drawing("A-001_SITE LAYOUT-P01.pdf", 1)]).await;
//! assert_eq!(owner.numbers().await, ["A-001"]);
//! owner.close().await;
//! # });
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails here is the test")]

pub mod canary;
mod device;
mod drawing;
mod nats;
mod relay;
mod stage;

pub use device::{Device, PATIENCE_MS};
pub use drawing::drawing;
pub use nats::Nats;
pub use relay::Relay;
pub use stage::{Stage, copy_folder, files_under};

/// The seven folders of the `ges` template.
pub const FOLDERS: [&str; 7] = [
    "Connection Assessment",
    "Projects",
    "Project Supporting Documents",
    "Materials",
    "Site Control Forms",
    "General Control",
    "Payment Requests",
];

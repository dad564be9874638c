//! The desktop window: what a person sees of a home, and how they ask for more.
//!
//! Views borrow immutable snapshots and say what a person wants; the shell turns that into commands of the engine. It deliberately does
//! not know stores, keys, envelopes or networks, never waits for any of them, and reads or writes files only beside the window.
//!
//! ```
//! # #[cfg(feature = "desktop")] {
//! use enginus_desktop::Texts;
//! use enginus_model::Language;
//! let texts = Texts::new(Language::En, jiff::tz::TimeZone::UTC);
//! assert_eq!(texts.number(100_000), "100,000");
//! # }
//! ```
#![cfg(feature = "desktop")]

mod action;
mod backend;
mod desk;
mod desktop;
mod dialogs;
mod host;
mod intents;
mod outcomes;
mod parts;
mod scene;
mod settings;
mod shell;
mod snapshots;
mod tasks;
mod texts;
mod theme;
mod views;
mod worker;

pub use action::Action;
pub use backend::{Backend, Work};
pub use desk::FoundFile;
pub use desktop::{Desktop, Opened, Opener};
pub use host::{Host, run};
pub use scene::Place;
pub use settings::Settings;
pub use texts::Texts;
pub use theme::{Theme, ThemeChoice, Tokens};

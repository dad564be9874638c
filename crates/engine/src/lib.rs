//! The only composer: commands in, answers and immutable snapshots out.
//!
//! It joins the pure crates (what may count, what merges, what is missing) with the store, the vault and the network. A window
//! holds an [`Engine`]; a script uses a [`Client`], which works through whatever process has the home open. It deliberately
//! does not know windows, terminals or arguments.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use enginus_engine::api::{Answer, Command};
//! use enginus_engine::{Engine, NetworkOptions, Options};
//! # let home = tempfile::tempdir().unwrap();
//! let options = Options { home: home.path().to_owned(), network: NetworkOptions::default() };
//! let engine = Engine::open(options).await.unwrap();
//! let init = Command::Init { name: "Owner".into(), organisation: None, email: None };
//! assert!(matches!(engine.run(init).finish().await, Ok(Answer::Identity(Some(_)))));
//! engine.close().await;
//! # });
//! ```

mod ambient;
pub mod api;
mod commands;
mod engine;
mod failures;
mod home;
mod identity;
mod locking;
mod network;
mod pairing;
mod project;
mod running;
#[cfg(feature = "simulation")]
pub mod simulation;
mod socket;

pub use engine::{Engine, NetworkOptions, Options};
pub use running::Running;
pub use socket::Client;

//! The only composer: commands in, answers and immutable snapshots out.
//!
//! It joins the pure crates (what may count, what merges, what is missing) with the store, the vault and the network. It
//! deliberately does not know windows, terminals or arguments.

mod ambient;
pub mod api;
mod identity;

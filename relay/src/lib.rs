//! The relay: a server that devices meet on, which keeps what they sealed and passes it on, and learns nothing of it.
//!
//! Three things in one program: an iroh relay, through which devices behind any NAT find each other; a *mailbox*, which stores the
//! envelopes and sealed objects of the projects its operator admits and gives them to the devices that the project's own access list
//! names; and an HTTP side for its operator. Everything it does, devices check again.
//!
//! It deliberately does not know what is inside an envelope, a file or a snapshot, what anything is called, or who people are: it
//! holds no key of a project.

pub mod admission;
pub mod census;
pub mod clock;
pub mod config;
pub mod http;
pub mod identity;
pub mod mailbox;
pub mod maintain;
pub mod members;
pub mod metered;
pub mod metrics;
pub mod nat;
pub mod run;
pub mod storage;
#[cfg(test)]
mod storage_in_memory;

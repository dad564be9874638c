//! HTTP: the operator's side ([`operator`]), and the one address that devices ask ([`public`]).
//!
//! The operator's side has an address of its own that nobody else should reach: health, metrics and a status page that shows counts
//! and nothing of what is kept. Devices ask for one thing over HTTP, an address of one object in the operator's bucket.

pub mod bucket;
mod guard;
pub mod operator;
pub mod presign;
pub mod public;
mod serve;
mod status;
pub mod token;

pub use guard::Guard;
pub use serve::{HttpError, Listening, ServeLimits, listen};

#[cfg(test)]
mod tests;

//! How two holders of one project become equal: the exchange between two devices, the file on a USB stick, and what is missing in a
//! bucket.
//!
//! # The exchange
//! A [`Link`] is one side of a conversation with one peer about one project. Each side states a digest of its clock (the tips of
//! all its logs, over the domains both may pull). Where the digests differ both list their tips; whoever lacks something asks
//! for ranges of logs, in the order keys, authority, settings, directory, folders. What becomes durable is stated at once: such a
//! statement is an acknowledgement and an offer in one. New envelopes are pushed without being asked for. Both are *in sync* when
//! each has stated the same digest and has seen the other state it.
//!
//! A log that forked (a copied home) has several tips. Where a peer's tip lies beside what is held, one probe finds the newest
//! entry both hold, and what follows is fetched; all branches are kept.
//!
//! Every message can be lost, repeated or overtaken: what is missing is asked for again, and while digests differ and nothing moves
//! both lists are exchanged again.
//!
//! # Driving a link
//! Make one per connection and call [`Link::handle`]:
//! - with [`Event::Opened`] first, then [`Event::Received`] for each frame, [`Event::Tick`] about once a second;
//! - with [`Event::Stored`] on *every* link of the project after any envelope became durable, whoever wrote it;
//! - with [`Event::ScopeChanged`] when statements or keys changed who may pull what;
//! - with [`Event::Drained`] after an [`Effect::MoreToSend`], once everything so far was handed to the network.
//!
//! Do the effects in order. Answers to frames should not wait for the network: put [`Effect::Send`] into a queue that another task
//! writes out (its size is bounded, by [`limits::SEND_WINDOW_BYTES`] and one answer), or two peers that only write would block each other.
//!
//! # What this crate deliberately does not know
//! What is inside an envelope, who may write, whether a signature holds (the engine checks what an [`Effect::Take`] hands it), how
//! anything is stored, and over what the frames travel. It does no IO, reads no clock and no randomness, and never panics on what a
//! peer sends: a peer that breaks a rule, floods or falls silent ends in [`Effect::Close`] with a [`Reason`].
//!
//! ```
//! use enginus_envelope::DomainTip;
//! use enginus_model::{DomainId, Hash, Instant, LogId, ProjectId};
//! use enginus_sync::{Cursor, Effect, Event, Holdings, Link, Reason};
//! # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//!
//! /// A device that holds nothing yet.
//! struct Nothing;
//! impl Holdings for Nothing {
//!     fn tips(&self) -> Vec<DomainTip> { vec![] }
//!     fn hashes_at(&self, _: &LogId, _: u64) -> Vec<Hash> { vec![] }
//!     fn range(&self, _: &DomainId, _: &LogId, _: Cursor, _: usize) -> Vec<Vec<u8>> { vec![] }
//!     fn may_send(&self, _: &DomainId) -> bool { true }
//!     fn may_take(&self, _: &DomainId) -> bool { true }
//! }
//!
//! # let mut rng = ChaCha20Rng::from_seed([7; 32]);
//! let mut link = Link::new(ProjectId([1; 32]));
//! let effects = link.handle(Instant(0), &mut rng, Event::Opened { credentials: vec![] }, &Nothing);
//! let [Effect::Send(hello)] = effects.as_slice() else { panic!() };
//!
//! let mut elsewhere = Link::new(ProjectId([2; 32]));
//! elsewhere.handle(Instant(0), &mut rng, Event::Opened { credentials: vec![] }, &Nothing);
//! let effects = elsewhere.handle(Instant(1), &mut rng, Event::Received(hello.clone()), &Nothing);
//! assert_eq!(effects.last(), Some(&Effect::Close(Reason::WrongProject)));
//! ```

pub mod bundle;
mod event;
mod frame;
mod holdings;
mod join;
pub mod limits;
mod link;
mod outbox;
mod own;
mod peer;
pub mod plan;
mod pull;
mod serve;
#[cfg(test)]
mod simulation;

pub use event::{Effect, Event, Farewell, Reason};
pub use holdings::{Cursor, Holdings, SnapshotOffer};
pub use join::SnapshotQuestion;
pub use link::Link;

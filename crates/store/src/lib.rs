//! One redb file behind one batching writer: where envelopes become durable, and where everything derived from them is cached.
//!
//! - A [`Batch`] is all or nothing. [`Store::commit`] returns after it is on the disk; batches that wait together share one
//!   transaction and one sync, and a batch whose precondition fails is refused alone.
//! - A [`Reader`] sees one consistent state, whatever is written meanwhile.
//! - The newest entries of a log are a *set*: an entry nothing follows is a tip. A log that was written twice at one place
//!   (a copied home) simply has two.
//!
//! What it deliberately does **not** know: what an envelope says, who may write what, Automerge, the network, a clock. It is told
//! the key of an envelope and the hash before it, and keeps the rest as bytes. (The one exception is
//! [`Reader::tips_with_devices`], which reads the headers of the newest entries.) Nothing outside this crate names redb.
//!
//! After a failed write redb refuses the file until it is opened again. The store does that by itself: readers go on at once, from an
//! overlay that writes nothing where the disk takes no byte at all, and the next commit tries the disk again.
//!
//! ```
//! use enginus_envelope::Tip;
//! use enginus_model::{DomainId, Hash, Instant, LogId};
//! use enginus_store::{Batch, EnvelopeKey, Store};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Store::in_memory()?;
//! let key = EnvelopeKey { domain: DomainId::from_bytes([1; 16]), log: LogId([2; 16]), seq: 1, hash: Hash::of(b"entry 1") };
//! let mut batch = Batch::new();
//! batch.expect_tip(key.log, None); // a place in an own log is never written twice
//! batch.put_envelope(key, Hash::ZERO, Instant(0), b"signed and sealed");
//! batch.put_meta("greeting", b"hello");
//! store.commit(batch)?;
//!
//! let reader = store.read()?;
//! assert_eq!(reader.tips(&key.domain)?, [Tip { log: key.log, seq: 1, hash: key.hash }]);
//! assert_eq!(reader.envelope(&key)?.as_deref(), Some(&b"signed and sealed"[..]));
//! # Ok(()) }
//! ```

mod apply;
mod batch;
mod error;
mod keys;
mod medium;
mod overlay;
mod queue;
mod reader;
mod shared;
pub mod simulated;
mod store;
mod tables;
mod writer;

pub use batch::{Batch, ENVELOPE_BYTES_MAX, KEY_BYTES_MAX, Receipt, VALUE_BYTES_MAX};
pub use error::{CommitError, OpenError, ReadError, Refusal};
pub use keys::{EnvelopeKey, ShardKey};
pub use queue::{QUEUE_BATCHES_MAX, QUEUE_BYTES_MAX};
pub use reader::{LogEntry, Reader, Record};
pub use store::{Busy, Options, Store};
pub use tables::FORMAT_VERSION;

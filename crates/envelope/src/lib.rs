//! The bytes that are signed, sealed, stored and sent: envelopes, the keys that sign and open them, and the shape of the logs
//! they form.
//!
//! A device keeps one append-only **log** per domain and incarnation. An entry is an [`Envelope`]: a [`Header`] in clear that names
//! the previous entry by hash, one signature over it, and a sealed body. Anyone can check that an entry belongs where it
//! stands ([`Envelope::verify`], [`classify`]); only a holder of the domain's [`EpochSecret`] can read it ([`Envelope::open`]).
//!
//! This crate deliberately does not know what a change means, who may do what, how anything is stored or sent. It reads no
//! clock and no randomness: a random source is always an argument.
//!
//! ```
//! use enginus_envelope::{Draft, Envelope, EpochSecret, Keypair, Parts, Payload};
//! use enginus_model::{DomainId, Hash, Lane, ProjectId};
//! # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! # let mut rng = ChaCha20Rng::from_seed([7; 32]); // in the product: the operating system's randomness
//! let device = Keypair::generate(&mut rng);
//! let secret = EpochSecret::generate(&mut rng);
//! let draft = Draft {
//!     project: ProjectId([1; 32]),
//!     domain: DomainId::from_bytes([2; 16]),
//!     lane: Lane::Records,
//!     incarnation: [3; 16],
//!     seq: 1,
//!     prev: Hash::ZERO,
//!     authority: vec![],
//! };
//! let payload = Payload { salt: [4; 16], parts: Parts::Changes(vec![]), gained: vec![] };
//! let envelope = Envelope::seal(draft, &payload, Some(&secret), &device, &mut rng)?;
//!
//! let received = Envelope::decode(&envelope.encode())?;
//! received.verify()?;
//! assert_eq!(received.open(Some(&secret))?, payload);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aead;
pub mod blob;
mod chain;
mod clock;
mod envelope;
mod epoch;
mod header;
mod keys;
mod payload;
mod snapshot;

pub use aead::{AeadError, aead_open, aead_seal};
pub use chain::{HeldLog, Placement, advance, classify};
pub use clock::{DomainTip, Tip, digest};
pub use envelope::{DecodeError, Draft, Envelope, OpenError, SealError, VerifyError};
pub use epoch::{DedupSecret, EpochSecret};
pub use header::{Header, log_id};
pub use keys::{BadSignature, Keypair, PublicKey, SealToError, Signature, UnsealError, seal_to, verify};
pub use payload::{Parts, Payload, PayloadError, ShardChanges};
pub use snapshot::{SNAPSHOT_SEALING_BYTES, SnapshotKey, SnapshotPlace};

/// The longest body (nonce, sealed payload and tag) one envelope may carry, in bytes.
pub const MAX_BODY_BYTES: usize = 8 << 20;
/// The longest encoded envelope, in bytes: the body and a header of bounded size.
pub const MAX_ENVELOPE_BYTES: usize = MAX_BODY_BYTES + 4096;
/// The most authority heads one header may name.
pub const MAX_AUTHORITY_HEADS: usize = 32;
/// The most shards, statements or key records one payload may carry.
pub const MAX_PARTS: usize = 4096;
/// The most changes one payload may carry for one shard.
pub const MAX_CHANGES: usize = 65_536;
/// The most tips one payload may say its author gained.
pub const MAX_GAINED: usize = 4096;

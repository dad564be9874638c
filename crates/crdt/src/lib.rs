//! Documents that several people edit at once, offline, and that come out equal everywhere.
//!
//! The unit is a [`Shard`]: a lane of a domain, in one generation, holding up to [`SHARD_ROW_LIMIT`] documents or entries.
//! It is an [Automerge](automerge) document behind a gate. Automerge merges well and trusts everybody: well-formed hostile
//! changes panic it, or make it save what it cannot load. So nothing reaches it that an honest device could not have made
//! ([`Quarantine`] lists the rules), and a verdict depends on a change and its own past only, so that every device comes to the
//! same one. Who wrote something is read off the change that carries it, never off a field.
//!
//! A shard is a cache of its envelopes. A local [`Edit`] becomes one change for one envelope and is [confirmed](Shard::confirm) once that is
//! durable. Changes of others are [received](Shard::receive) in any order, any number of times.
//!
//! This crate deliberately does not know redb, keys, signatures, or who may do what: the caller hands it the content of envelopes whose
//! signature and authority were checked. It reads no clock and no randomness.
//!
//! ```
//! use enginus_crdt::{Edit, Incoming, NewRevision, Shard, ShardId};
//! use enginus_model::{DocumentId, DomainId, Hash, Instant, Lane, LogId, RevisionId};
//!
//! let id = ShardId { domain: DomainId::from_bytes([1; 16]), lane: Lane::Records, generation: 0 };
//! let (mut here, mut there) = (Shard::new(id), Shard::new(id));
//!
//! let log = LogId([2; 16]);
//! let actor = id.actor(&log, &[3; 6]); // six random bytes, once per process start
//! let document = DocumentId::new(1_700_000_000_000, &[4; 10]);
//! let edit = Edit::AddDocument {
//!     id: document,
//!     number: "GES-EL-DR-001".into(),
//!     title: "Single line diagram".into(),
//!     path: String::new(),
//!     fields: Default::default(),
//!     revision: Some(NewRevision {
//!         id: RevisionId::new(1_700_000_000_000, &[5; 10]),
//!         code: "P01".into(),
//!         status: "S0".into(),
//!         reason: "first issue".into(),
//!         files: vec![],
//!     }),
//! };
//! let pending = here.edit(actor, log, Instant(1_700_000_000_000), &[edit])?;
//! // … seal pending.changes into an envelope, store it, then:
//! here.confirm(pending.id);
//!
//! let envelope = Incoming { log, envelope: Hash::of(b"header"), received: Instant(1_700_000_001_000), changes: pending.changes };
//! let received = there.receive(vec![envelope]);
//! assert!(received.touched.documents.contains(&document));
//! assert_eq!(here.heads(), there.heads());
//! assert_eq!(there.document(&document).map(|d| (d.title, d.author)), Some(("Single line diagram".into(), log)));
//! # Ok::<(), enginus_crdt::EditError>(())
//! ```

mod change;
mod columns;
mod edit;
mod foreign;
mod graph;
mod history;
mod id;
mod layout;
mod limits;
mod places;
mod prevalidate;
mod quarantine;
mod receive;
mod record;
mod save;
mod shard;

pub use edit::{Edit, EditError, NewRevision};
pub use id::{ACTOR_NONCE_BYTES, Actor, ShardId};
pub use layout::{Field, ParseFieldError, RevisionField};
pub use limits::*;
pub use prevalidate::Touched;
pub use quarantine::Quarantine;
pub use receive::{Incoming, Received, change_hashes};
pub use record::{DocumentRecord, EntryRecord, FieldConflict, Loser, Removal, RevisionRecord};
pub use save::LoadError;
pub use shard::{EditId, PendingEdit, Shard};

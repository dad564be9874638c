//! What the relay keeps, behind one trait.
//!
//! Per project it keeps a **journal**: [`Record`]s in the order in which they arrived, each once. The journal is the truth; what
//! sessions ask ([`ProjectView`]) is an index over it. And it keeps **objects**: sealed bytes under the BLAKE3 of themselves.
//!
//! Whoever calls has checked what it hands in (signatures, places in logs, limits, who may): storage believes it.

use std::sync::Arc;

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DomainId, Hash, Instant, LogId, ProjectId};
use enginus_sync::{Cursor, SnapshotOffer};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// One thing kept of a project. Its encoding begins with a version byte and is what both engines store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// The project's genesis record: the first of its journal.
    Opened {
        /// Its bytes; the project's id is their hash.
        genesis: Vec<u8>,
        /// When it was admitted, by the relay's clock.
        at: Instant,
    },
    /// An envelope's bytes.
    Envelope(Vec<u8>),
    /// A signed statement of the access list.
    Statement(Vec<u8>),
    /// A snapshot of a shard that stands among the objects under `offer.id`.
    Snapshot {
        /// Of which domain.
        domain: DomainId,
        /// What it is and covers.
        offer: SnapshotOffer,
        /// When it came, by the relay's clock.
        at: Instant,
    },
    /// A device stated that it holds all up to these tips (of its domains), durably.
    Acknowledged {
        /// Which device.
        device: enginus_model::DeviceId,
        /// What it holds.
        tips: Vec<DomainTip>,
        /// When, by the relay's clock.
        at: Instant,
    },
    /// Envelopes that a snapshot covers were let go: all of these logs up to these tips.
    LetGo {
        /// Up to and with these.
        up_to: Vec<DomainTip>,
    },
}

/// How much a project takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Envelopes held.
    pub envelopes: u64,
    /// Bytes of envelopes, statements and their like.
    pub journal_bytes: u64,
    /// Objects held.
    pub objects: u64,
    /// Bytes of objects.
    pub object_bytes: u64,
}

/// Why storage could not do something.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// No room. Reading goes on.
    #[error("the relay's storage is full: {0}; free some space, or let projects go")]
    Full(String),
    /// The other end of the storage does not answer.
    #[error("the relay's storage cannot be reached: {0}; it is tried again")]
    Unreachable(String),
    /// What is stored is not what was stored.
    #[error("the relay's storage is damaged: {0}; restore a backup")]
    Damaged(String),
    /// The project is not kept here.
    #[error("the project is not kept here")]
    NoProject,
    /// Written by a newer version.
    #[error("the relay's storage is in format {found}, which this version does not know; update the relay")]
    NewerVersion {
        /// The version that was found.
        found: u8,
    },
    /// Anything else.
    #[error("the relay's storage failed: {0}")]
    Failed(String),
}

/// An engine that keeps projects. One conformance suite holds for all of them.
pub trait Storage: Send + Sync + 'static {
    /// Adds records to a project's journal, in this order, all or none where the engine can. They are durable when this answers; what
    /// is there already (the same envelope, statement or offer) is not added again and no failure. A project comes to be by
    /// [`Record::Opened`]; anything else for one that is not here is [`StorageError::NoProject`].
    fn append(&self, project: ProjectId, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>>;
    /// The project with everything in view that any relay had been told is durable before this was called. Views of one project
    /// share their index and follow the journal as long as one of them is held.
    fn view(&self, project: ProjectId) -> BoxFuture<'_, Result<Arc<dyn ProjectView>, StorageError>>;
    /// The projects kept, ascending.
    fn projects(&self) -> BoxFuture<'_, Result<Vec<ProjectId>, StorageError>>;
    /// Keeps an object under its name; at once where it is there. The caller checked that `name` is the bytes' hash.
    fn put_object(&self, project: ProjectId, name: Hash, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StorageError>>;
    /// An object's bytes; `None` where it is not kept. What does not hash to its name is not given but dropped and logged.
    fn object(&self, project: ProjectId, name: Hash) -> BoxFuture<'_, Result<Option<Vec<u8>>, StorageError>>;
    /// Lets an object go; no failure where it is gone.
    fn remove_object(&self, project: ProjectId, name: Hash) -> BoxFuture<'_, Result<(), StorageError>>;
    /// The objects kept of a project, with their bytes' count and when each was last asked for or put, in no order.
    fn objects(&self, project: ProjectId) -> BoxFuture<'_, Result<Vec<StoredObject>, StorageError>>;
    /// Lets a project go with all that is kept of it. Views of it end.
    fn delete(&self, project: ProjectId) -> BoxFuture<'_, Result<(), StorageError>>;
    /// Whether it can be written to now: what `/readyz` asks.
    fn ready(&self) -> BoxFuture<'_, Result<(), StorageError>>;
}

/// An object as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredObject {
    /// Its name: the BLAKE3 of its bytes.
    pub name: Hash,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it was last put or asked for, to the minute, by the relay's clock.
    pub used: Instant,
}

/// A project as a session sees it. Answers come from memory or one local read: they may be asked for from a session's own task.
pub trait ProjectView: Send + Sync {
    /// Rises with every record that comes into view. Closed when the project is let go.
    fn arrivals(&self) -> watch::Receiver<u64>;
    /// The newest arrival in view.
    fn newest(&self) -> u64;
    /// The tips of envelopes that came into view after arrival `after`, up to `max`, and the arrival up to which that is so.
    fn arrived(&self, after: u64, max: usize) -> Result<(Vec<Tip>, u64), StorageError>;
    /// The genesis record.
    fn genesis(&self) -> Result<Vec<u8>, StorageError>;
    /// The statements of the access list in order of arrival, without the first `skip`.
    fn statements(&self, skip: usize) -> Result<Vec<Vec<u8>>, StorageError>;
    /// The tips of every log, all branches.
    fn tips(&self) -> Result<Vec<DomainTip>, StorageError>;
    /// The hashes of the entries held at `seq` of `log`.
    fn hashes_at(&self, log: &LogId, seq: u64) -> Result<Vec<Hash>, StorageError>;
    /// Encoded envelopes of `log` strictly after `after`, ordered by (seq, hash): as many as fit into `max_bytes` and at least one
    /// where there is one.
    fn range(
        &self,
        domain: &DomainId,
        log: &LogId,
        after: Cursor,
        max_bytes: usize,
    ) -> Result<Vec<Vec<u8>>, StorageError>;
    /// The newest snapshots of a domain, one of each shard label.
    fn snapshots(&self, domain: &DomainId) -> Result<Vec<SnapshotOffer>, StorageError>;
    /// What each device last acknowledged, and when.
    fn acknowledged(&self) -> Result<Vec<(enginus_model::DeviceId, Vec<DomainTip>, Instant)>, StorageError>;
    /// How much it takes.
    fn usage(&self) -> Result<Usage, StorageError>;
}

//! What a link may ask the device it runs on.

use enginus_envelope::{DomainTip, Tip, blob};
use enginus_model::{DomainId, Hash, LogId};
use serde::{Deserialize, Serialize};

/// A place in a log whose entries are ordered by (seq, hash); forks put several at one seq. It means "everything after this".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// The seq of the last entry that is not meant.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Cursor {
    /// Before the first entry.
    pub const START: Self = Self { seq: 0, hash: Hash([0xFF; 32]) };

    /// After every entry at `seq`, whatever its hash.
    #[must_use]
    pub const fn after_seq(seq: u64) -> Self {
        Self { seq, hash: Hash([0xFF; 32]) }
    }
}

/// A snapshot of one shard that a joining device may take instead of replaying the shard's envelopes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotOffer {
    /// BLAKE3 of its bytes.
    pub id: Hash,
    /// How many bytes it has.
    pub size: u64,
    /// Which shard it is of, in words of the engine; opaque here.
    #[serde(with = "blob::one")]
    pub label: Vec<u8>,
    /// The tips of every log whose entries it includes.
    pub covers: Vec<Tip>,
}

/// What this device holds of the project, and what the peer of *this link* may have of it. Only durable things count.
///
/// Called often: answers should come from memory or one read transaction, and stay consistent within one call of
/// [`Link::handle`](crate::Link::handle).
pub trait Holdings {
    /// The tips of every log, all branches, in every domain.
    fn tips(&self) -> Vec<DomainTip>;
    /// The hashes of the entries held at `seq` of `log`.
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash>;
    /// Encoded envelopes of `log` strictly after `after`, ordered by (seq, hash): as many as fit into `max_bytes` and at least one
    /// where there is one.
    fn range(&self, domain: &DomainId, log: &LogId, after: Cursor, max_bytes: usize) -> Vec<Vec<u8>>;
    /// Whether the peer may pull this domain.
    fn may_send(&self, domain: &DomainId) -> bool;
    /// Whether this device may and wants to pull this domain. True for `keys` and `authority` from the first moment of joining.
    fn may_take(&self, domain: &DomainId) -> bool;
    /// The snapshots this device can give of a domain; none unless it makes some.
    fn snapshots(&self, _domain: &DomainId) -> Vec<SnapshotOffer> {
        Vec::new()
    }
    /// At most `max_bytes` of a snapshot from `offset` on; none where it is gone.
    fn snapshot_bytes(&self, _domain: &DomainId, _id: &Hash, _offset: u64, _max_bytes: usize) -> Vec<u8> {
        Vec::new()
    }
}

/// The rank of folders: what is not one of the four that a project is made of.
pub(crate) const FOLDER_RANK: u8 = 4;

/// Where a domain stands in the order in which domains are fetched: a joining device needs keys to open anything, then authority to
/// know what it may have, then the folders' names.
pub(crate) fn rank(project: &enginus_model::ProjectId, domain: &DomainId) -> u8 {
    let order = [
        DomainId::keys(project),
        DomainId::authority(project),
        DomainId::settings(project),
        DomainId::directory(project),
    ];
    order.iter().position(|special| special == domain).map_or(FOLDER_RANK, |at| at as u8)
}

/// Whether an entry is durable here.
pub(crate) fn holds(holdings: &impl Holdings, log: &LogId, seq: u64, hash: &Hash) -> bool {
    holdings.hashes_at(log, seq).contains(hash)
}

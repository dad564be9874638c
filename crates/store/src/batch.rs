//! What is to become durable together.

use enginus_envelope::Tip;
use enginus_model::{DocumentId, DomainId, Hash, Instant, LogId};

use crate::keys::{EnvelopeKey, ShardKey};

/// Largest envelope taken, in bytes.
pub const ENVELOPE_BYTES_MAX: usize = 16 << 20;
/// Largest value of anything else, in bytes: a cached shard is by far the largest.
pub const VALUE_BYTES_MAX: usize = 64 << 20;
/// Longest key of a record or a meta entry, in bytes.
pub const KEY_BYTES_MAX: usize = 1024;
/// Bytes of one batch at most: it is held in memory, and a transaction cannot be split.
pub(crate) const BATCH_BYTES_MAX: usize = 256 << 20;
/// What an operation costs besides its bytes, roughly.
const OPERATION_BYTES: usize = 128;

/// Changes that become durable together or not at all, applied in the order they were added.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    pub(crate) expected: Vec<(LogId, Option<Tip>)>,
    pub(crate) operations: Vec<Operation>,
    bytes: usize,
    too_large: Option<TooLarge>,
}

/// A part of a batch that passes a limit; it is remembered and refused when the batch is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge {
    pub(crate) what: &'static str,
    pub(crate) bytes: usize,
    pub(crate) limit: usize,
}

#[derive(Debug, Clone)]
pub(crate) enum Operation {
    PutMeta { key: String, value: Vec<u8> },
    DelMeta { key: String },
    PutEnvelope { key: EnvelopeKey, prev: Hash, received: Instant, value: Vec<u8> },
    Hold { key: EnvelopeKey, reason: Vec<u8> },
    Release { key: EnvelopeKey },
    PutShard { key: ShardKey, watermark: u64, value: Vec<u8> },
    DelShard { key: ShardKey },
    ClearShards { domain: Option<DomainId> },
    PutRow { domain: DomainId, document: DocumentId, value: Vec<u8> },
    DelRow { domain: DomainId, document: DocumentId },
    ClearRows { domain: Option<DomainId> },
    PutRecord { kind: u8, key: Vec<u8>, value: Vec<u8> },
    DelRecord { kind: u8, key: Vec<u8> },
}

/// What a durable batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// For each [`Batch::put_envelope`] in order: the arrival number it was given now, or `None` where it was here before.
    pub arrivals: Vec<Option<u64>>,
}

impl Batch {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// True when committing it would change nothing and check nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.expected.is_empty()
    }

    /// What it weighs in memory, in bytes, roughly.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The whole batch is refused unless, when it is applied, the tips of `log` are exactly `tip` (or none). For own logs, so
    /// that no place is ever written twice. Earlier batches count, also those of the same transaction.
    pub fn expect_tip(&mut self, log: LogId, tip: Option<Tip>) {
        self.bytes += OPERATION_BYTES;
        self.expected.push((log, tip));
    }

    /// Keeps `value` under a name.
    pub fn put_meta(&mut self, key: &str, value: &[u8]) {
        self.measure("key", key.len(), KEY_BYTES_MAX);
        self.measure("value", value.len(), VALUE_BYTES_MAX);
        self.push(Operation::PutMeta { key: key.to_owned(), value: value.to_owned() });
    }

    /// Forgets a name.
    pub fn del_meta(&mut self, key: &str) {
        self.measure("key", key.len(), KEY_BYTES_MAX);
        self.push(Operation::DelMeta { key: key.to_owned() });
    }

    /// Keeps an envelope under its key, gives it the next arrival number and moves the tips of its log. `prev` is the hash of
    /// the entry before it ([`Hash::ZERO`] at place 1), `received` is when this device got it. An envelope that is here already
    /// stays as it is, its first arrival too.
    pub fn put_envelope(&mut self, key: EnvelopeKey, prev: Hash, received: Instant, envelope: &[u8]) {
        self.measure("envelope", envelope.len(), ENVELOPE_BYTES_MAX);
        self.push(Operation::PutEnvelope { key, prev, received, value: envelope.to_owned() });
    }

    /// Marks an envelope as stored but not counting, with the reason. It replaces an earlier reason.
    pub fn hold(&mut self, key: EnvelopeKey, reason: &[u8]) {
        self.measure("value", reason.len(), VALUE_BYTES_MAX);
        self.push(Operation::Hold { key, reason: reason.to_owned() });
    }

    /// Takes the mark of [`Batch::hold`] away.
    pub fn release(&mut self, key: EnvelopeKey) {
        self.push(Operation::Release { key });
    }

    /// Caches a shard: its saved form, which covers every arrival of its domain up to and including `watermark`.
    pub fn put_shard(&mut self, key: ShardKey, watermark: u64, saved: &[u8]) {
        self.measure("cached shard", saved.len(), VALUE_BYTES_MAX);
        self.push(Operation::PutShard { key, watermark, value: saved.to_owned() });
    }

    /// Drops one shard's cache.
    pub fn del_shard(&mut self, key: ShardKey) {
        self.push(Operation::DelShard { key });
    }

    /// Drops the caches of a domain's shards, or of all.
    pub fn clear_shards(&mut self, domain: Option<DomainId>) {
        self.push(Operation::ClearShards { domain });
    }

    /// Keeps what is shown of a document.
    pub fn put_row(&mut self, domain: DomainId, document: DocumentId, row: &[u8]) {
        self.measure("row", row.len(), VALUE_BYTES_MAX);
        self.push(Operation::PutRow { domain, document, value: row.to_owned() });
    }

    /// Drops what is shown of a document.
    pub fn del_row(&mut self, domain: DomainId, document: DocumentId) {
        self.push(Operation::DelRow { domain, document });
    }

    /// Drops the rows of a domain, or all.
    pub fn clear_rows(&mut self, domain: Option<DomainId>) {
        self.push(Operation::ClearRows { domain });
    }

    /// Keeps one record of a kind the caller numbers (peers, objects, uploads, notices …).
    pub fn put_record(&mut self, kind: u8, key: &[u8], value: &[u8]) {
        self.measure("key", key.len(), KEY_BYTES_MAX);
        self.measure("value", value.len(), VALUE_BYTES_MAX);
        self.push(Operation::PutRecord { kind, key: key.to_owned(), value: value.to_owned() });
    }

    /// Drops one record.
    pub fn del_record(&mut self, kind: u8, key: &[u8]) {
        self.measure("key", key.len(), KEY_BYTES_MAX);
        self.push(Operation::DelRecord { kind, key: key.to_owned() });
    }

    /// The first part that passes a limit, or the whole.
    pub(crate) fn too_large(&self) -> Option<TooLarge> {
        let whole = TooLarge { what: "batch", bytes: self.bytes, limit: BATCH_BYTES_MAX };
        self.too_large.or((self.bytes > BATCH_BYTES_MAX).then_some(whole))
    }

    fn measure(&mut self, what: &'static str, bytes: usize, limit: usize) {
        self.bytes += bytes;
        if bytes > limit && self.too_large.is_none() {
            self.too_large = Some(TooLarge { what, bytes, limit });
        }
    }

    fn push(&mut self, operation: Operation) {
        self.bytes += OPERATION_BYTES;
        self.operations.push(operation);
    }
}

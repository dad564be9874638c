//! What one transaction gathers while envelopes are taken in or written, and what came of it.

use std::collections::{BTreeSet, HashMap};

use enginus_envelope::{DomainTip, Envelope, Header, Tip};
use enginus_model::{Hash, LogId};
use enginus_store::Batch;

/// What an intake did.
#[derive(Debug, Default, Clone)]
pub(crate) struct Received {
    /// Tips that are durable now and were not before.
    pub(crate) tips: Vec<DomainTip>,
    /// Envelopes new to this device.
    pub(crate) new: u64,
    /// Envelopes that were not taken: unreadable, badly signed, foreign, or out of order.
    pub(crate) refused: u64,
    /// Those of them whose signature or content is not what their header says.
    pub(crate) forged: Vec<Tip>,
}

impl Received {
    pub(super) fn refuse(&mut self, why: &dyn std::fmt::Display) {
        tracing::warn!("an envelope was refused: {why}");
        self.refused += 1;
    }
}

/// What one transaction gathers.
#[derive(Default)]
pub(super) struct Intake {
    pub(super) batch: Batch,
    pub(super) fresh: Vec<Envelope>,
    hashes: HashMap<(LogId, u64), Vec<Hash>>,
    prevs: HashMap<Hash, Hash>,
    /// Held in this transaction, so not all of them are in the store yet.
    pub(super) held: HashMap<Hash, Envelope>,
    /// Entries past a cutoff that count because somebody whose work counts built on them.
    pub(super) needed: BTreeSet<Hash>,
    pub(super) reincarnate: bool,
    pub(super) received: Received,
}

impl Intake {
    /// An envelope is about to be durable.
    pub(super) fn admitted(&mut self, header: &Header, hash: Hash) {
        self.hashes.entry((header.log(), header.seq)).or_default().push(hash);
        self.prevs.insert(hash, header.prev);
    }

    pub(super) fn is_needed(&self, envelope: &Hash) -> bool {
        self.needed.contains(envelope)
    }

    pub(super) fn hashes_at(&self, log: &LogId, seq: u64) -> &[Hash] {
        self.hashes.get(&(*log, seq)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn prev_of(&self, hash: &Hash) -> Option<Hash> {
        self.prevs.get(hash).copied()
    }
}

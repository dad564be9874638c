//! Projects and envelopes to try engines with. Signatures are not made: storage believes its callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use enginus_envelope::{DomainTip, Envelope, Header, Signature, Tip};
use enginus_model::{DeviceId, DomainId, EpochId, Hash, Instant, Lane, LogId, ProjectId};

use super::{Clock, Record, Storage};

/// A fresh project in an engine: one of its own for every test, so that tests share a server.
pub(crate) async fn project(storage: &dyn Storage) -> ProjectId {
    let (id, opened) = unopened();
    storage.append(id, vec![opened]).await.unwrap();
    id
}

/// A project that was not opened yet, and the record that does it.
pub(crate) fn unopened() -> (ProjectId, Record) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut genesis = b"genesis ".to_vec();
    genesis.extend(NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    genesis.extend(std::process::id().to_be_bytes());
    (ProjectId(Hash::of(&genesis).0), Record::Opened { genesis, at: Instant(1) })
}

pub(crate) fn domain(number: u8) -> DomainId {
    DomainId::from_bytes([number; 16])
}

/// A clock that a test sets.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn clock(&self) -> Clock {
        let now = self.0.clone();
        Arc::new(move || Instant(now.load(Ordering::Relaxed)))
    }

    pub(crate) fn set(&self, now: i64) {
        self.0.store(now, Ordering::Relaxed);
    }
}

/// The end of a log that is being written.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) project: ProjectId,
    pub(crate) domain: DomainId,
    pub(crate) device: u8,
    seq: u64,
    prev: Hash,
}

/// One entry: its place and the bytes that are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) tip: Tip,
    pub(crate) domain: DomainId,
    pub(crate) bytes: Vec<u8>,
}

impl Entry {
    pub(crate) fn record(&self) -> Record {
        Record::Envelope(self.bytes.clone())
    }

    pub(crate) fn domain_tip(&self) -> DomainTip {
        DomainTip { domain: self.domain, tip: self.tip }
    }
}

impl Log {
    pub(crate) fn new(project: ProjectId, domain: DomainId, device: u8) -> Self {
        Self { project, domain, device, seq: 0, prev: Hash::ZERO }
    }

    pub(crate) fn id(&self) -> LogId {
        enginus_envelope::log_id(&DeviceId([self.device; 32]), &self.domain, &[9; 16])
    }

    /// The next entry, with a body of `bytes` bytes that all are `content`.
    pub(crate) fn next(&mut self, content: u8, bytes: usize) -> Entry {
        let body = vec![content; bytes];
        let header = Header {
            project: self.project,
            domain: self.domain,
            lane: Lane::Records,
            device: DeviceId([self.device; 32]),
            incarnation: [9; 16],
            seq: self.seq + 1,
            prev: self.prev,
            authority: vec![],
            epoch: EpochId([1; 32]),
            ciphertext: Hash::of(&body),
            commitment: Hash([content; 32]),
        };
        let envelope = Envelope { header, signature: Signature([7; 64]), body };
        let tip = envelope.tip();
        self.seq += 1;
        self.prev = tip.hash;
        Entry { tip, domain: self.domain, bytes: envelope.encode() }
    }

    pub(crate) fn entries(&mut self, count: usize, content: u8) -> Vec<Entry> {
        (0..count).map(|_| self.next(content, 40)).collect()
    }
}

pub(crate) fn records(entries: &[Entry]) -> Vec<Record> {
    entries.iter().map(Entry::record).collect()
}

pub(crate) fn bytes(entries: &[Entry]) -> Vec<Vec<u8>> {
    entries.iter().map(|entry| entry.bytes.clone()).collect()
}

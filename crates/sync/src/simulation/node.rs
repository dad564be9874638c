//! One simulated device: envelopes in memory, and what each other device may pull.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::{
    DomainTip, Draft, Envelope, EpochSecret, HeldLog, Keypair, Parts, Payload, Placement, ShardChanges, Tip, advance,
    classify,
};
use enginus_model::{DomainId, Hash, Lane, LogId, ProjectId};
use rand_chacha::ChaCha20Rng;

use crate::{Cursor, Holdings, SnapshotOffer};

pub(crate) const PROJECT: ProjectId = ProjectId([1; 32]);

pub(crate) fn folder(n: u8) -> DomainId {
    DomainId::from_bytes([n; 16])
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pub(crate) entries: BTreeMap<LogId, BTreeMap<(u64, Hash), Vec<u8>>>,
    pub(crate) tips: BTreeMap<LogId, BTreeSet<Tip>>,
    pub(crate) domain_of: BTreeMap<LogId, DomainId>,
}

impl HeldLog for Held {
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        let Some(entries) = self.entries.get(log) else { return vec![] };
        entries.range((seq, Hash([0; 32]))..=(seq, Hash([0xFF; 32]))).map(|((_, hash), _)| *hash).collect()
    }
    fn tips_of(&self, log: &LogId) -> BTreeSet<Tip> {
        self.tips.get(log).cloned().unwrap_or_default()
    }
}

impl Held {
    /// Stores what a link handed over; a gap would break the promise of `Effect::Take`.
    pub(crate) fn store(&mut self, bytes: &[u8]) -> Tip {
        let envelope = Envelope::decode(bytes).unwrap();
        envelope.verify().unwrap();
        let tip = envelope.tip();
        match classify(&envelope.header, self) {
            Placement::Duplicate => {}
            Placement::Gap { have } => panic!("taken before its predecessor: {tip:?}, have {have}"),
            Placement::Next | Placement::Fork { .. } => {
                self.entries.entry(tip.log).or_default().insert((tip.seq, tip.hash), bytes.to_vec());
                self.domain_of.insert(tip.log, envelope.header.domain);
                advance(self.tips.entry(tip.log).or_default(), &envelope.header);
            }
        }
        tip
    }

    pub(crate) fn clock(&self) -> BTreeSet<DomainTip> {
        let tips = self.tips.values().flatten();
        tips.map(|tip| DomainTip { domain: self.domain_of[&tip.log], tip: *tip }).collect()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) key: Keypair,
    pub(crate) held: Held,
    /// The domains this device may pull.
    pub(crate) reads: BTreeSet<DomainId>,
    pub(crate) snapshots: BTreeMap<DomainId, Vec<u8>>,
}

impl Node {
    pub(crate) fn new(seed: u8, reads: impl IntoIterator<Item = DomainId>) -> Self {
        Self {
            key: Keypair::from_seed(&[seed; 32]),
            held: Held::default(),
            reads: reads.into_iter().collect(),
            snapshots: BTreeMap::new(),
        }
    }

    /// Writes one envelope with `size` bytes of content and makes it durable.
    pub(crate) fn write(&mut self, domain: DomainId, size: usize, rng: &mut ChaCha20Rng) -> Tip {
        let log = enginus_envelope::log_id(&self.key.device_id(), &domain, &[1; 16]);
        let own = self.held.tips_of(&log);
        let last = own.iter().max().copied();
        let draft = Draft {
            project: PROJECT,
            domain,
            lane: Lane::Records,
            incarnation: [1; 16],
            seq: last.map_or(1, |tip| tip.seq + 1),
            prev: last.map_or(Hash::ZERO, |tip| tip.hash),
            authority: vec![],
        };
        let shard = ShardChanges { generation: 0, actor: [0; 16], previous: None, changes: vec![vec![7; size]] };
        let keys = domain == DomainId::keys(&PROJECT);
        let parts = if keys { Parts::Keys(vec![vec![7; size]]) } else { Parts::Changes(vec![shard]) };
        let payload = Payload { salt: [0; 16], parts, gained: vec![] };
        let secret = EpochSecret::from_bytes([1; 32]);
        let envelope = Envelope::seal(draft, &payload, (!keys).then_some(&secret), &self.key, rng).unwrap();
        self.held.store(&envelope.encode())
    }
}

/// What one device answers its link with one peer.
pub(crate) struct View<'a> {
    pub(crate) me: &'a Node,
    pub(crate) peer_reads: &'a BTreeSet<DomainId>,
}

impl Holdings for View<'_> {
    fn tips(&self) -> Vec<DomainTip> {
        self.me.held.clock().into_iter().collect()
    }
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        self.me.held.hashes_at(log, seq)
    }
    fn range(&self, domain: &DomainId, log: &LogId, after: Cursor, max_bytes: usize) -> Vec<Vec<u8>> {
        if self.me.held.domain_of.get(log) != Some(domain) {
            return vec![];
        }
        let mut out = Vec::new();
        let mut bytes = 0;
        for (&(seq, hash), envelope) in &self.me.held.entries[log] {
            if (Cursor { seq, hash }) <= after {
                continue;
            }
            bytes += envelope.len();
            if bytes > max_bytes && !out.is_empty() {
                break;
            }
            out.push(envelope.clone());
        }
        out
    }
    fn may_send(&self, domain: &DomainId) -> bool {
        self.peer_reads.contains(domain)
    }
    fn may_take(&self, domain: &DomainId) -> bool {
        self.me.reads.contains(domain)
    }
    fn snapshots(&self, domain: &DomainId) -> Vec<SnapshotOffer> {
        let offer = |bytes: &Vec<u8>| SnapshotOffer {
            id: Hash::of(bytes),
            size: bytes.len() as u64,
            label: vec![1],
            covers: self.me.held.clock().iter().filter(|tip| tip.domain == *domain).map(|tip| tip.tip).collect(),
        };
        self.me.snapshots.get(domain).iter().map(|bytes| offer(bytes)).collect()
    }
    fn snapshot_bytes(&self, domain: &DomainId, _: &Hash, offset: u64, max_bytes: usize) -> Vec<u8> {
        let Some(bytes) = self.me.snapshots.get(domain) else { return vec![] };
        bytes.iter().skip(offset as usize).take(max_bytes).copied().collect()
    }
}

//! What one device holds, in memory.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::{
    DomainTip, Draft, Envelope, EpochSecret, HeldLog, Keypair, Parts, Payload, Placement, ShardChanges, Tip, advance,
    classify, log_id,
};
use enginus_model::{DomainId, Hash, Lane, LogId, ProjectId};
use enginus_sync::{Cursor, Holdings};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// Envelopes by log.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    pub entries: BTreeMap<LogId, BTreeMap<(u64, Hash), Vec<u8>>>,
    tips: BTreeMap<LogId, BTreeSet<Tip>>,
    domains: BTreeMap<LogId, DomainId>,
    /// Domains that are taken; all where none is named.
    pub reads: Option<BTreeSet<DomainId>>,
}

impl HeldLog for Shelf {
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        let Some(entries) = self.entries.get(log) else { return vec![] };
        entries.range((seq, Hash([0; 32]))..=(seq, Hash([0xFF; 32]))).map(|((_, hash), _)| *hash).collect()
    }
    fn tips_of(&self, log: &LogId) -> BTreeSet<Tip> {
        self.tips.get(log).cloned().unwrap_or_default()
    }
}

impl Shelf {
    /// Stores an envelope whose signature holds.
    pub fn store(&mut self, bytes: &[u8]) -> Tip {
        let envelope = Envelope::decode(bytes).unwrap();
        envelope.verify().unwrap();
        self.put(bytes)
    }

    /// Stores whatever has the form.
    pub fn put(&mut self, bytes: &[u8]) -> Tip {
        let envelope = Envelope::decode(bytes).unwrap();
        let tip = envelope.tip();
        if matches!(classify(&envelope.header, self), Placement::Next | Placement::Fork { .. }) {
            self.entries.entry(tip.log).or_default().insert((tip.seq, tip.hash), bytes.to_vec());
            self.domains.insert(tip.log, envelope.header.domain);
            advance(self.tips.entry(tip.log).or_default(), &envelope.header);
        }
        tip
    }

    /// Writes one envelope of a device's, with this text sealed in it.
    pub fn write(&mut self, project: ProjectId, device: &Keypair, domain: DomainId, text: &[u8]) -> Tip {
        let bytes = self.seal(project, device, domain, text).encode();
        self.store(&bytes)
    }

    pub fn seal(&self, project: ProjectId, device: &Keypair, domain: DomainId, text: &[u8]) -> Envelope {
        let log = log_id(&device.device_id(), &domain, &[1; 16]);
        let last = self.tips_of(&log).iter().max().copied();
        let draft = Draft {
            project,
            domain,
            lane: Lane::Records,
            incarnation: [1; 16],
            seq: last.map_or(1, |tip| tip.seq + 1),
            prev: last.map_or(Hash::ZERO, |tip| tip.hash),
            authority: vec![],
        };
        let shard = ShardChanges { generation: 0, actor: [0; 16], previous: None, changes: vec![text.to_vec()] };
        let (salt, keys) = ([0; 16], domain == DomainId::keys(&project));
        let parts = if keys { Parts::Keys(vec![text.to_vec()]) } else { Parts::Changes(vec![shard]) };
        let (payload, secret) = (Payload { salt, parts, gained: vec![] }, EpochSecret::from_bytes([1; 32]));
        let mut rng = ChaCha20Rng::seed_from_u64(draft.seq);
        Envelope::seal(draft, &payload, (!keys).then_some(&secret), device, &mut rng).unwrap()
    }

    pub fn count(&self) -> usize {
        self.entries.values().map(BTreeMap::len).sum()
    }

    pub fn count_in(&self, domain: DomainId) -> usize {
        let logs = self.entries.iter().filter(|(log, _)| self.domains.get(log) == Some(&domain));
        logs.map(|(_, entries)| entries.len()).sum()
    }
}

impl Holdings for Shelf {
    fn tips(&self) -> Vec<DomainTip> {
        let tips = self.tips.values().flatten();
        tips.map(|tip| DomainTip { domain: self.domains[&tip.log], tip: *tip }).collect()
    }
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        HeldLog::hashes_at(self, log, seq)
    }
    fn range(&self, domain: &DomainId, log: &LogId, after: Cursor, max_bytes: usize) -> Vec<Vec<u8>> {
        if self.domains.get(log) != Some(domain) {
            return vec![];
        }
        let (mut out, mut bytes) = (Vec::new(), 0);
        for (_, envelope) in
            self.entries[log].iter().filter(|((seq, hash), _)| (Cursor { seq: *seq, hash: *hash }) > after)
        {
            bytes += envelope.len();
            if bytes > max_bytes && !out.is_empty() {
                break;
            }
            out.push(envelope.clone());
        }
        out
    }
    fn may_send(&self, _: &DomainId) -> bool {
        true
    }
    fn may_take(&self, domain: &DomainId) -> bool {
        self.reads.as_ref().is_none_or(|reads| reads.contains(domain))
    }
}

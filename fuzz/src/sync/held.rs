//! What one device holds in memory, and everything anybody may speak of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use enginus_envelope::{
    DomainTip, Draft, Envelope, HeldLog, Parts, Payload, Placement, ShardChanges, Tip, advance, classify,
};
use enginus_model::{DomainId, Hash, Lane, LogId, ProjectId};
use enginus_sync::{Cursor, Holdings, SnapshotOffer};
use rand_chacha::ChaCha20Rng;

use super::super::envelope::{PROJECT, secret};
use super::super::from::{key, rng};

pub const SNAPSHOT: &[u8] = &[7; 3000];

/// What one device holds in memory.
#[derive(Clone, Default)]
pub struct Held {
    pub entries: BTreeMap<LogId, BTreeMap<(u64, Hash), Vec<u8>>>,
    pub tips: BTreeMap<LogId, BTreeSet<Tip>>,
    pub domain_of: BTreeMap<LogId, DomainId>,
    pub sends: Vec<DomainId>,
    pub takes: Vec<DomainId>,
}

impl HeldLog for Held {
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        let Some(entries) = self.entries.get(log) else { return Vec::new() };
        entries.range((seq, Hash([0; 32]))..=(seq, Hash([0xFF; 32]))).map(|((_, hash), _)| *hash).collect()
    }
    fn tips_of(&self, log: &LogId) -> BTreeSet<Tip> {
        self.tips.get(log).cloned().unwrap_or_default()
    }
}

impl Holdings for Held {
    fn tips(&self) -> Vec<DomainTip> {
        let tips = self.tips.values().flatten();
        tips.map(|tip| DomainTip { domain: self.domain_of[&tip.log], tip: *tip }).collect()
    }
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        HeldLog::hashes_at(self, log, seq)
    }
    fn range(&self, domain: &DomainId, log: &LogId, after: Cursor, max_bytes: usize) -> Vec<Vec<u8>> {
        let (mut out, mut bytes) = (Vec::new(), 0);
        if self.domain_of.get(log) == Some(domain) {
            for (&(seq, hash), envelope) in &self.entries[log] {
                bytes += if (Cursor { seq, hash }) > after { envelope.len() } else { continue };
                if bytes > max_bytes && !out.is_empty() {
                    break;
                }
                out.push(envelope.clone());
            }
        }
        out
    }
    fn may_send(&self, domain: &DomainId) -> bool {
        self.sends.contains(domain)
    }
    fn may_take(&self, domain: &DomainId) -> bool {
        self.takes.contains(domain)
    }
    fn snapshots(&self, domain: &DomainId) -> Vec<SnapshotOffer> {
        let covers = self.tips().into_iter().filter(|tip| tip.domain == *domain).map(|tip| tip.tip).collect();
        vec![SnapshotOffer { id: Hash::of(SNAPSHOT), size: SNAPSHOT.len() as u64, label: vec![1], covers }]
    }
    fn snapshot_bytes(&self, _: &DomainId, id: &Hash, offset: u64, max_bytes: usize) -> Vec<u8> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = SNAPSHOT.get(from..).filter(|_| *id == Hash::of(SNAPSHOT)).unwrap_or_default();
        rest[..rest.len().min(max_bytes)].to_vec()
    }
}

impl Held {
    /// Stores what may be stored: it hangs on something that is here.
    pub fn store(&mut self, envelope: &Envelope) {
        let tip = envelope.tip();
        match classify(&envelope.header, self) {
            Placement::Duplicate => {}
            Placement::Gap { have } => panic!("taken before its predecessor: {tip:?}, have {have}"),
            Placement::Next | Placement::Fork { .. } => {
                self.entries.entry(tip.log).or_default().insert((tip.seq, tip.hash), envelope.encode());
                self.domain_of.insert(tip.log, envelope.header.domain);
                advance(self.tips.entry(tip.log).or_default(), &envelope.header);
            }
        }
    }
}

/// Everything anybody may speak of.
pub struct Pool {
    pub domains: Vec<DomainId>,
    /// Chains of several authors, one of them forked, and envelopes of another project and in the wrong domain.
    pub envelopes: Vec<Envelope>,
    pub own: Held,
}

fn write(
    author: u8,
    domain: DomainId,
    project: ProjectId,
    before: Option<Tip>,
    size: usize,
    rng: &mut ChaCha20Rng,
) -> Envelope {
    let (seq, prev) = before.map_or((1, Hash::ZERO), |tip| (tip.seq + 1, tip.hash));
    let draft = Draft { project, domain, lane: Lane::Records, incarnation: [1; 16], seq, prev, authority: Vec::new() };
    let keys = domain == DomainId::keys(&project);
    let shard = ShardChanges { generation: 0, actor: [0; 16], previous: None, changes: vec![vec![7; size]] };
    let parts = if keys { Parts::Keys(vec![vec![7; size]]) } else { Parts::Changes(vec![shard]) };
    let payload = Payload { salt: [0; 16], parts, gained: Vec::new() };
    Envelope::seal(draft, &payload, (!keys).then(secret).as_ref(), &key(author), rng).unwrap()
}

pub static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let mut rng = rng();
    let folder = |n| DomainId::from_bytes([n; 16]);
    let domains = vec![folder(1), folder(2), folder(3), DomainId::keys(&PROJECT), DomainId::directory(&PROJECT)];
    let mut own = Held { sends: domains.clone(), takes: domains.clone(), ..Held::default() };
    let mut envelopes = Vec::new();
    for (author, domain, count, size) in
        [(1, 0, 4, 20_000), (1, 3, 2, 10), (2, 0, 4, 10), (2, 1, 2, 300_000), (3, 3, 3, 10), (4, 0, 300, 1)]
    {
        let mut before: Option<Tip> = None;
        for n in 0..count {
            let envelope = write(author, domains[domain], PROJECT, before, size, &mut rng);
            if author == 2 && n == 2 {
                // The other branch of a copied home.
                envelopes.push(write(author, domains[domain], PROJECT, before, size + 1, &mut rng));
            }
            before = Some(envelope.tip());
            if author == 1 {
                own.store(&envelope);
            }
            envelopes.push(envelope);
        }
    }
    envelopes.push(write(5, domains[0], ProjectId([9; 32]), None, 10, &mut rng));
    Pool { domains, envelopes, own }
});

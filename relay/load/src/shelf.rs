//! What one simulated device holds, in memory.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use enginus_envelope::{
    DomainTip, Draft, Envelope, EpochSecret, HeldLog, Keypair, Parts, Payload, Placement, ShardChanges, Tip, advance,
    classify, log_id,
};
use enginus_model::{DomainId, Hash, Lane, LogId, ProjectId};
use enginus_sync::{Cursor, Holdings};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

const INCARNATION: [u8; 16] = [1; 16];
/// What signing and sealing add to the bytes sealed here, but for a few.
const AROUND_BYTES: usize = 377;

/// Envelopes by log.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    entries: BTreeMap<LogId, BTreeMap<(u64, Hash), Vec<u8>>>,
    tips: BTreeMap<LogId, BTreeSet<Tip>>,
    domains: BTreeMap<LogId, DomainId>,
    count: usize,
    bytes: usize,
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
    /// Takes an envelope in as a device does: read, verified, in its place.
    pub(crate) fn store(&mut self, bytes: &[u8]) -> anyhow::Result<Tip> {
        let envelope = Envelope::decode(bytes)?;
        envelope.verify()?;
        Ok(self.put(&envelope, bytes))
    }

    /// Takes in what the device itself wrote before.
    pub(crate) fn put_own(&mut self, bytes: &[u8]) -> anyhow::Result<Tip> {
        Ok(self.put(&Envelope::decode(bytes)?, bytes))
    }

    fn put(&mut self, envelope: &Envelope, bytes: &[u8]) -> Tip {
        let tip = envelope.tip();
        if matches!(classify(&envelope.header, self), Placement::Next | Placement::Fork { .. }) {
            self.entries.entry(tip.log).or_default().insert((tip.seq, tip.hash), bytes.to_vec());
            self.domains.insert(tip.log, envelope.header.domain);
            advance(self.tips.entry(tip.log).or_default(), &envelope.header);
            self.count += 1;
            self.bytes += bytes.len();
        }
        tip
    }

    /// Writes one envelope of a device's, sealed and signed, of so many bytes or a few more or less; none is shorter than 377.
    pub(crate) fn write(
        &mut self,
        project: ProjectId,
        device: &Keypair,
        domain: DomainId,
        bytes: usize,
    ) -> anyhow::Result<()> {
        let log = log_id(&device.device_id(), &domain, &INCARNATION);
        let last = self.tips_of(&log).last().copied();
        let draft = Draft {
            project,
            domain,
            lane: Lane::Records,
            incarnation: INCARNATION,
            seq: last.map_or(1, |tip| tip.seq + 1),
            prev: last.map_or(Hash::ZERO, |tip| tip.hash),
            authority: vec![],
        };
        let changes = vec![vec![7; bytes.saturating_sub(AROUND_BYTES)]];
        let change = ShardChanges { generation: 1, actor: [0; 16], previous: None, changes };
        let payload = Payload { salt: [0; 16], parts: Parts::Changes(vec![change]), gained: vec![] };
        let (secret, mut rng) = (EpochSecret::from_bytes([1; 32]), ChaCha20Rng::seed_from_u64(draft.seq));
        let envelope =
            Envelope::seal(draft, &payload, Some(&secret), device, &mut rng).context("sealing an envelope")?;
        let encoded = envelope.encode();
        self.put(&envelope, &encoded);
        Ok(())
    }

    /// Everything in it, each log in its order.
    pub(crate) fn into_envelopes(self) -> impl Iterator<Item = Vec<u8>> {
        self.entries.into_values().flat_map(BTreeMap::into_values)
    }

    /// How many envelopes it holds.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Their bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Holdings for Shelf {
    fn tips(&self) -> Vec<DomainTip> {
        let tips = self.tips.values().flatten();
        tips.filter_map(|tip| Some(DomainTip { domain: *self.domains.get(&tip.log)?, tip: *tip })).collect()
    }
    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        HeldLog::hashes_at(self, log, seq)
    }
    fn range(&self, domain: &DomainId, log: &LogId, after: Cursor, max_bytes: usize) -> Vec<Vec<u8>> {
        let Some(entries) = self.entries.get(log).filter(|_| self.domains.get(log) == Some(domain)) else {
            return vec![];
        };
        let (mut out, mut bytes) = (Vec::new(), 0);
        let later = entries.range((after.seq, Hash::ZERO)..);
        for (_, envelope) in later.filter(|((seq, hash), _)| (Cursor { seq: *seq, hash: *hash }) > after) {
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
    fn may_take(&self, _: &DomainId) -> bool {
        true
    }
}

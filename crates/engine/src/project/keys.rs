//! Epoch secrets: which this device can open, which it writes under, and sealing them to others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use enginus_access::EpochRecord;
use enginus_envelope::{EpochSecret, Keypair, PublicKey};
use enginus_model::{DomainId, EpochId, Hash, ProjectId};

use crate::ambient;

/// The epochs of every domain that this device knows of.
#[derive(Default)]
pub(crate) struct Epochs {
    domains: HashMap<DomainId, DomainEpochs>,
    /// Records already read, by hash, so that a record is opened once.
    seen: BTreeSet<Hash>,
}

#[derive(Default)]
struct DomainEpochs {
    secrets: BTreeMap<EpochId, EpochSecret>,
    /// Epoch → the one before it, as its records say.
    previous: BTreeMap<EpochId, Option<EpochId>>,
    /// Who can open which epoch already, so that nobody is sealed to twice.
    sealed_to: BTreeMap<EpochId, BTreeSet<[u8; 32]>>,
}

impl Epochs {
    /// Takes a record in and tries every key of this device on it. True when a secret became known.
    pub(crate) fn learn(&mut self, project: &ProjectId, record: &EpochRecord, keys: &[&Keypair]) -> bool {
        if record.project != *project || record.verify().is_err() || !self.seen.insert(Hash::of(&record.encode())) {
            return false;
        }
        let domain = self.domains.entry(record.domain).or_default();
        domain.previous.entry(record.epoch).or_insert(record.previous.as_ref().map(|(epoch, _)| *epoch));
        domain.sealed_to.entry(record.epoch).or_default().extend(record.seals.iter().map(|(to, _)| *to));
        if domain.secrets.contains_key(&record.epoch) {
            return false;
        }
        let Some(secret) = keys.iter().find_map(|key| record.open(key)) else { return false };
        domain.secrets.insert(record.epoch, secret);
        true
    }

    pub(crate) fn secret(&self, domain: &DomainId, epoch: &EpochId) -> Option<&EpochSecret> {
        self.domains.get(domain)?.secrets.get(epoch)
    }

    /// The epoch to write under: the longest chain, and among equals the same one on every device.
    pub(crate) fn current(&self, domain: &DomainId) -> Option<&EpochSecret> {
        let epochs = self.domains.get(domain)?;
        let depth = |epoch: &EpochId| {
            let (mut depth, mut at) = (0u32, *epoch);
            while let Some(Some(previous)) = epochs.previous.get(&at) {
                depth += 1;
                at = *previous;
                if depth > 10_000 {
                    break;
                }
            }
            depth
        };
        epochs.secrets.iter().max_by_key(|(epoch, _)| (depth(epoch), **epoch)).map(|(_, secret)| secret)
    }

    /// The domains whose secret is known.
    pub(crate) fn known_domains(&self) -> impl Iterator<Item = &DomainId> {
        self.domains.iter().filter(|(_, epochs)| !epochs.secrets.is_empty()).map(|(domain, _)| domain)
    }

    /// Records that give every known epoch of `domain` to those of `readers` who lack it.
    pub(crate) fn seal_for(
        &self,
        project: &ProjectId,
        domain: &DomainId,
        readers: &[PublicKey],
        device: &Keypair,
    ) -> Vec<EpochRecord> {
        let Some(epochs) = self.domains.get(domain) else { return Vec::new() };
        let mut records = Vec::new();
        for (epoch, secret) in &epochs.secrets {
            let have = epochs.sealed_to.get(epoch);
            let lacking: Vec<PublicKey> = readers
                .iter()
                .filter(|reader| !have.is_some_and(|have| have.contains(&reader.seal)))
                .copied()
                .collect();
            if lacking.is_empty() {
                continue;
            }
            match EpochRecord::seal(*project, *domain, secret, None, &lacking, device, &mut ambient::rng()) {
                Ok(record) => records.push(record),
                Err(error) => tracing::error!("a key could not be sealed to a reader: {error}"),
            }
        }
        records
    }
}

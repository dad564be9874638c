//! Epoch secrets: which this device can open, which it writes under, and sealing them to others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use enginus_access::{Authority, EpochKeys, EpochRecord, Purpose, Reader, lacking};
use enginus_envelope::{EpochSecret, Keypair, SnapshotKey};
use enginus_model::{DeviceId, DomainId, EpochId, Hash, ProjectId};

use crate::ambient;

/// Longest chain of epochs followed; a project rotates its keys a few times a year.
const DEPTH_MAX: u32 = 10_000;

/// The epochs of every domain that this device knows of.
#[derive(Default)]
pub(crate) struct Epochs {
    domains: HashMap<DomainId, DomainEpochs>,
    /// Records already read, by hash, so that a record is opened once.
    seen: BTreeSet<Hash>,
}

#[derive(Default)]
struct DomainEpochs {
    keys: BTreeMap<EpochId, EpochKeys>,
    records: BTreeMap<EpochId, Vec<EpochRecord>>,
}

impl Epochs {
    /// Takes a record in and tries every key of this device on it. True when a secret became known.
    pub(crate) fn learn(&mut self, record: EpochRecord, keys: &[&Keypair]) -> bool {
        if !self.seen.insert(Hash::of(&record.encode())) {
            return false;
        }
        let domain = self.domains.entry(record.domain).or_default();
        let opened = keys.iter().find_map(|key| record.open(key).ok());
        let epoch = record.epoch;
        domain.records.entry(epoch).or_default().push(record);
        opened.is_some_and(|opened| domain.know(epoch, opened)) | domain.follow_links()
    }

    pub(crate) fn secret(&self, domain: &DomainId, epoch: &EpochId) -> Option<&EpochSecret> {
        self.domains.get(domain)?.keys.get(epoch).map(|keys| &keys.secret)
    }

    /// Every epoch of a domain whose secret is known.
    pub(crate) fn known(&self, domain: &DomainId) -> Vec<EpochId> {
        self.domains.get(domain).map_or_else(Vec::new, |epochs| epochs.keys.keys().copied().collect())
    }

    /// The key of snapshots for those who hold all of `epochs`; `None` where this device does not, or there are none.
    pub(crate) fn snapshot_key(&self, domain: &DomainId, epochs: &[EpochId]) -> Option<SnapshotKey> {
        let secrets: Option<Vec<&EpochSecret>> = epochs.iter().map(|epoch| self.secret(domain, epoch)).collect();
        secrets.filter(|secrets| !secrets.is_empty()).map(SnapshotKey::of)
    }

    /// The epoch to write under: of those that a writer opened and of which no key of `barred` holds the secret, the longest chain,
    /// and among equals the same on every device. `None` where a new one has to be opened first.
    pub(crate) fn current(
        &self,
        domain: &DomainId,
        authority: &Authority,
        barred: &BTreeSet<[u8; 32]>,
    ) -> Option<&EpochKeys> {
        let epochs = self.domains.get(domain)?;
        epochs
            .keys
            .iter()
            .filter(|(epoch, _)| epochs.opening(epoch).any(|record| authority.accepts(record)))
            .filter(|(epoch, _)| !epochs.is_held_by(epoch, authority, barred))
            .max_by_key(|(epoch, _)| (epochs.depth(epoch), **epoch))
            .map(|(_, keys)| keys)
    }

    /// The known epochs that no other known one follows: what a new one follows.
    pub(crate) fn heads(&self, domain: &DomainId) -> Vec<EpochKeys> {
        let Some(epochs) = self.domains.get(domain) else { return Vec::new() };
        let followed: BTreeSet<EpochId> = epochs
            .keys
            .keys()
            .flat_map(|epoch| epochs.opening(epoch).flat_map(|record| record.previous.iter().copied()))
            .collect();
        epochs.keys.iter().filter(|(epoch, _)| !followed.contains(epoch)).map(|(_, keys)| keys.clone()).collect()
    }

    /// Whether any secret of a domain is known.
    pub(crate) fn knows_domain(&self, domain: &DomainId) -> bool {
        self.domains.get(domain).is_some_and(|epochs| !epochs.keys.is_empty())
    }

    /// Which of `readers` have no seal of this epoch, and whether this device opened it.
    pub(crate) fn without(&self, domain: &DomainId, epoch: &EpochId, readers: &[Reader]) -> Vec<Reader> {
        let Some(epochs) = self.domains.get(domain) else { return Vec::new() };
        lacking(readers, epochs.records.get(epoch).into_iter().flatten())
    }

    /// Whether everybody among `readers` has the epoch: sealed to them, or through the link of an epoch that follows it.
    pub(crate) fn leads_to_all(&self, domain: &DomainId, epoch: &EpochId, readers: &[Reader]) -> bool {
        let Some(epochs) = self.domains.get(domain) else { return false };
        let mut leading = BTreeSet::from([*epoch]);
        loop {
            let more: Vec<EpochId> = epochs
                .records
                .iter()
                .filter(|(id, _)| !leading.contains(*id))
                .filter(|(_, records)| {
                    records.iter().any(|record| record.previous.iter().any(|before| leading.contains(before)))
                })
                .map(|(id, _)| *id)
                .collect();
            if more.is_empty() {
                break;
            }
            leading.extend(more);
        }
        let records = leading.iter().filter_map(|epoch| epochs.records.get(epoch)).flatten();
        lacking(readers, records).is_empty()
    }

    /// Whether somebody who may not read any more holds an epoch.
    pub(crate) fn is_held_by(
        &self,
        domain: &DomainId,
        epoch: &EpochId,
        authority: &Authority,
        barred: &BTreeSet<[u8; 32]>,
    ) -> bool {
        self.domains.get(domain).is_some_and(|epochs| epochs.is_held_by(epoch, authority, barred))
    }

    /// Whether any record seals an epoch to `key`.
    #[cfg(test)]
    pub(crate) fn is_sealed_to(&self, domain: &DomainId, epoch: &EpochId, key: &[u8; 32]) -> bool {
        let records = self.domains.get(domain).and_then(|epochs| epochs.records.get(epoch));
        records.into_iter().flatten().any(|record| record.seals.iter().any(|seal| seal.key == *key))
    }

    /// Whether `device` opened this epoch.
    pub(crate) fn opened_by(&self, domain: &DomainId, epoch: &EpochId, device: &DeviceId) -> bool {
        let epochs = self.domains.get(domain);
        epochs.is_some_and(|epochs| epochs.opening(epoch).any(|record| record.issuer == *device))
    }

    /// The domains of which any secret is known.
    pub(crate) fn known_domains(&self) -> Vec<DomainId> {
        let mut known: Vec<DomainId> =
            self.domains.iter().filter(|(_, epochs)| !epochs.keys.is_empty()).map(|(domain, _)| *domain).collect();
        known.sort_unstable();
        known
    }

    /// Records that give the epochs of `domain` to those of `readers` who lack them: every known one to readers of the past, the
    /// `newest` alone to the others.
    pub(crate) fn share(
        &self,
        project: ProjectId,
        domain: DomainId,
        newest: Option<EpochId>,
        readers: &[Reader],
        device: &Keypair,
    ) -> Vec<EpochRecord> {
        let Some(epochs) = self.domains.get(&domain) else { return Vec::new() };
        let mut records = Vec::new();
        for (epoch, keys) in &epochs.keys {
            let mut without = lacking(readers, epochs.records.get(epoch).into_iter().flatten());
            without.retain(|reader| reader.history || Some(*epoch) == newest);
            if !without.is_empty() {
                let sealed = EpochRecord::share_epoch(project, domain, keys, &without, device, &mut ambient::rng());
                records.extend(sealed.records.into_iter().filter(|record| !record.seals.is_empty()));
            }
        }
        records
    }
}

impl DomainEpochs {
    fn know(&mut self, epoch: EpochId, keys: EpochKeys) -> bool {
        match self.keys.get_mut(&epoch) {
            Some(known) => {
                let more = known.history.is_none() && keys.history.is_some();
                if more {
                    known.history = keys.history;
                }
                more
            }
            None => {
                self.keys.insert(epoch, keys);
                true
            }
        }
    }

    /// Whether somebody who shared or opened the epoch by right sealed it to one of `keys`.
    fn is_held_by(&self, epoch: &EpochId, authority: &Authority, keys: &BTreeSet<[u8; 32]>) -> bool {
        let records = self.records.get(epoch).into_iter().flatten();
        !keys.is_empty()
            && records
                .filter(|record| record.seals.iter().any(|seal| keys.contains(&seal.key)))
                .any(|record| authority.accepts(record))
    }

    fn opening(&self, epoch: &EpochId) -> impl Iterator<Item = &EpochRecord> {
        self.records.get(epoch).into_iter().flatten().filter(|record| record.purpose == Purpose::Opens)
    }

    /// Opens what earlier epochs the known ones lead to.
    fn follow_links(&mut self) -> bool {
        let mut learnt = false;
        loop {
            let linked: Vec<EpochKeys> = self
                .keys
                .iter()
                .flat_map(|(epoch, keys)| self.opening(epoch).filter_map(|record| record.open_link(keys).ok()))
                .flatten()
                .collect();
            let mut more = false;
            for keys in linked {
                more |= self.know(keys.secret.id(), keys);
            }
            learnt |= more;
            if !more {
                return learnt;
            }
        }
    }

    /// How many epochs came before.
    fn depth(&self, epoch: &EpochId) -> u32 {
        let (mut depth, mut at) = (0, *epoch);
        while depth < DEPTH_MAX
            && let Some(previous) = self.opening(&at).flat_map(|record| record.previous.iter()).max()
        {
            depth += 1;
            at = *previous;
        }
        depth
    }
}

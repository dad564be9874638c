//! Epoch secrets: which this device can open, which it writes under, and sealing them to others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use enginus_access::{Authority, EpochKeys, EpochRecord, Purpose, Reader, lacking};
use enginus_envelope::{EpochSecret, Keypair, SnapshotKey};
use enginus_model::{DeviceId, DomainId, EpochId, Hash};

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
    keys: BTreeMap<EpochId, EpochKeys>,
    records: BTreeMap<EpochId, Vec<EpochRecord>>,
    /// What an epoch follows, as far as its link opened here: whoever made that link knew the secrets of both.
    linked: BTreeMap<EpochId, BTreeSet<EpochId>>,
    /// Whose seals of an epoch opened here: they knew its secret.
    sealed_by: BTreeMap<EpochId, BTreeSet<DeviceId>>,
    /// Who opened an epoch, and which envelopes about access they knew of then.
    opened_knowing: BTreeMap<EpochId, BTreeSet<(DeviceId, Vec<Hash>)>>,
}

impl Epochs {
    /// Takes a record in and tries every key of this device on it. True when a secret became known.
    pub(crate) fn learn(&mut self, record: EpochRecord, keys: &[&Keypair]) -> bool {
        if !self.seen.insert(Hash::of(&record.encode())) {
            return false;
        }
        let domain = self.domains.entry(record.domain).or_default();
        let epoch = record.epoch;
        let opened =
            if domain.gains_nothing_from(&record) { None } else { keys.iter().find_map(|key| record.open(key).ok()) };
        let learnt = opened.is_some_and(|opened| {
            domain.sealed_by.entry(epoch).or_default().insert(record.issuer);
            domain.know(epoch, opened)
        });
        let further = domain.follow_link(&record);
        domain.records.entry(epoch).or_default().push(record);
        learnt | domain.follow_links(learnt.then_some(epoch).into_iter().chain(further).collect())
    }

    /// Remembers what whoever opened an epoch knew about access then. What others pass on says nothing of that.
    pub(crate) fn opened_knowing(&mut self, record: &EpochRecord, author: &DeviceId, known: &[Hash]) {
        if record.purpose == Purpose::Opens && record.issuer == *author {
            let domain = self.domains.entry(record.domain).or_default();
            domain.opened_knowing.entry(record.epoch).or_default().insert((*author, known.to_vec()));
        }
    }

    /// The epochs of a domain that were opened knowing what is not `here` yet: a removal, perhaps, that this device has not heard of.
    pub(crate) fn ahead(
        &self,
        domain: &DomainId,
        authority: &Authority,
        here: impl Fn(&Hash) -> bool,
    ) -> BTreeSet<EpochId> {
        let Some(epochs) = self.domains.get(domain) else { return BTreeSet::new() };
        let is_understood = |epoch: &EpochId| {
            let openers: BTreeSet<DeviceId> =
                epochs.opening(epoch).filter(|record| authority.accepts(record)).map(|record| record.issuer).collect();
            // Whoever was removed since opened it by right then: that they knew its secret shows that it was them.
            let knew = epochs.sealed_by.get(epoch);
            let opened = |device: &DeviceId| openers.contains(device) || knew.is_some_and(|knew| knew.contains(device));
            let knowing = epochs.opened_knowing.get(epoch).into_iter().flatten();
            knowing.into_iter().any(|(opener, known)| opened(opener) && known.iter().all(&here))
        };
        epochs.keys.keys().filter(|epoch| !is_understood(epoch)).copied().collect()
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

    /// The epoch to write under: of the newest ones, one that a writer opened and of which no key of `barred` holds the secret, and
    /// among several the same on every device. `None` where a new one has to be opened first: nobody goes back to an older one, which
    /// those who came since may not have.
    pub(crate) fn current(
        &self,
        domain: &DomainId,
        authority: &Authority,
        barred: &BTreeSet<[u8; 32]>,
    ) -> Option<&EpochKeys> {
        let epochs = self.domains.get(domain)?;
        let newest = epochs.newest(authority, &BTreeSet::new()).into_iter().rev();
        newest
            .filter(|epoch| epochs.opening(epoch).any(|record| authority.accepts(record)))
            .find(|epoch| !epochs.is_held_by(epoch, authority, barred))
            .and_then(|epoch| epochs.keys.get(&epoch))
    }

    /// The newest known epochs beside `except`: what a new one follows. Its link opens them to everybody it is sealed to.
    pub(crate) fn newest(
        &self,
        domain: &DomainId,
        authority: &Authority,
        except: &BTreeSet<EpochId>,
    ) -> Vec<EpochKeys> {
        let Some(epochs) = self.domains.get(domain) else { return Vec::new() };
        epochs.newest(authority, except).iter().filter_map(|epoch| epochs.keys.get(epoch)).cloned().collect()
    }

    /// Whether any secret of a domain is known.
    pub(crate) fn knows_domain(&self, domain: &DomainId) -> bool {
        self.domains.get(domain).is_some_and(|epochs| !epochs.keys.is_empty())
    }

    /// Which of `readers` have no seal of this epoch that `device` may rely on.
    pub(crate) fn without(
        &self,
        domain: &DomainId,
        epoch: &EpochId,
        readers: &[Reader],
        (authority, device): (&Authority, &DeviceId),
    ) -> Vec<Reader> {
        let Some(epochs) = self.domains.get(domain) else { return Vec::new() };
        authority.lacking(device, domain, readers, epochs.records.get(epoch).into_iter().flatten())
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
    /// `newest` alone to the others, none of `except`.
    pub(crate) fn share(
        &self,
        authority: &Authority,
        domain: DomainId,
        newest: Option<EpochId>,
        readers: &[Reader],
        device: &Keypair,
        except: &BTreeSet<EpochId>,
    ) -> Vec<EpochRecord> {
        let Some(epochs) = self.domains.get(&domain) else { return Vec::new() };
        let mut records = Vec::new();
        for (epoch, keys) in epochs.keys.iter().filter(|(epoch, _)| !except.contains(*epoch)) {
            let mut without = self.without(&domain, epoch, readers, (authority, &device.device_id()));
            without.retain(|reader| reader.history || Some(*epoch) == newest);
            if !without.is_empty() {
                let project = *authority.project();
                let sealed = EpochRecord::share_epoch(project, domain, keys, &without, device, &mut ambient::rng());
                records.extend(sealed.records.into_iter().filter(|record| !record.seals.is_empty()));
            }
        }
        records
    }
}

impl DomainEpochs {
    /// Whether everything that opening a record could tell is known: the secret, the past, and that its maker knew them.
    fn gains_nothing_from(&self, record: &EpochRecord) -> bool {
        self.keys.get(&record.epoch).is_some_and(|keys| keys.history.is_some())
            && self.sealed_by.get(&record.epoch).is_some_and(|makers| makers.contains(&record.issuer))
    }

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

    /// Opens what earlier epochs these lead to. True when a secret became known.
    fn follow_links(&mut self, mut from: Vec<EpochId>) -> bool {
        let mut learnt = false;
        while let Some(epoch) = from.pop() {
            learnt = true;
            let records: Vec<EpochRecord> =
                self.opening(&epoch).filter(|record| !record.link.is_empty()).cloned().collect();
            from.extend(records.iter().flat_map(|record| self.follow_link(record)));
        }
        learnt
    }

    /// Opens what one record leads to, and answers what became known by it.
    fn follow_link(&mut self, record: &EpochRecord) -> Vec<EpochId> {
        let Some(keys) = self.keys.get(&record.epoch).filter(|_| record.purpose == Purpose::Opens) else {
            return Vec::new();
        };
        let before = record.open_link(keys).unwrap_or_default();
        let mut learnt = Vec::new();
        for keys in before {
            let id = keys.secret.id();
            self.linked.entry(record.epoch).or_default().insert(id);
            if self.know(id, keys) {
                learnt.push(id);
            }
        }
        learnt
    }

    /// What an epoch is known to follow: what its link says that opened here, and what a writer says of it who knew its secret. What
    /// anybody else says counts for nothing, or any member could choose the epoch that all others write under.
    fn followed_by(&self, epoch: &EpochId, authority: &Authority) -> BTreeSet<EpochId> {
        let mut before = self.linked.get(epoch).cloned().unwrap_or_default();
        if let Some(who) = self.sealed_by.get(epoch) {
            let said = self.opening(epoch).filter(|record| who.contains(&record.issuer) && authority.accepts(record));
            before.extend(said.flat_map(|record| &record.previous));
        }
        before.remove(epoch);
        before
    }

    /// The known epochs beside `except` that no other of them follows. Where all follow each other in a circle, as somebody who knows
    /// their secrets can have it, those that nothing outside of their own circle follows.
    fn newest(&self, authority: &Authority, except: &BTreeSet<EpochId>) -> BTreeSet<EpochId> {
        let known = || self.keys.keys().filter(|epoch| !except.contains(epoch)).copied();
        let before: BTreeMap<EpochId, BTreeSet<EpochId>> =
            known().map(|epoch| (epoch, self.followed_by(&epoch, authority))).collect();
        let followed: BTreeSet<&EpochId> = before.values().flatten().collect();
        let newest: BTreeSet<EpochId> = known().filter(|epoch| !followed.contains(epoch)).collect();
        if !newest.is_empty() {
            return newest;
        }
        let reached: BTreeMap<EpochId, BTreeSet<EpochId>> =
            before.keys().map(|epoch| (*epoch, reached_from(*epoch, &before))).collect();
        let is_behind = |epoch: &EpochId| {
            reached.iter().any(|(other, passed)| passed.contains(epoch) && !reached[epoch].contains(other))
        };
        before.keys().filter(|epoch| !is_behind(epoch)).copied().collect()
    }
}

/// Everything before an epoch, however far.
fn reached_from(epoch: EpochId, before: &BTreeMap<EpochId, BTreeSet<EpochId>>) -> BTreeSet<EpochId> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![epoch]);
    while let Some(at) = next.pop() {
        let more = before.get(&at).into_iter().flatten().filter(|epoch| before.contains_key(epoch));
        next.extend(more.filter(|epoch| reached.insert(**epoch)).copied());
    }
    reached
}

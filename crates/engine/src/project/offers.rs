//! Snapshots this device offers to a joiner: the caches of a folder's shards, sealed for those who may read all of it.
//!
//! A snapshot's label is a version byte and postcard of [`Label`]. Its content, once open, is a version byte, postcard of the devices
//! whose logs it comes from, and the shard as [`enginus_crdt::Shard::save`] wrote it. Who takes one in: see [`super::preview`].

use std::collections::BTreeMap;

use enginus_envelope::{Envelope, SnapshotKey, SnapshotPlace, Tip, log_id};
use enginus_model::{DeviceId, DomainId, EpochId, Hash, Lane, LogId, ProjectId};
use enginus_store::{EnvelopeKey, Reader, ShardKey};
use enginus_sync::SnapshotOffer;
use enginus_sync::limits::{MAX_SNAPSHOT_BYTES, SNAPSHOT_THRESHOLD};
use serde::{Deserialize, Serialize};

use super::{Project, internal};
use crate::api::Failure;

const LABEL_VERSION: u8 = 1;
const CONTENT_VERSION: u8 = 1;
/// Epochs one label names at most; with more, envelopes alone are exchanged.
const EPOCHS_MAX: usize = 200;

/// Which shard a snapshot is of, and which epochs one has to know to open it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Label {
    pub(super) lane: Lane,
    pub(super) generation: u32,
    pub(super) epochs: Vec<EpochId>,
}

impl Label {
    fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![LABEL_VERSION]).unwrap_or_default()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first() {
            Some((&LABEL_VERSION, body)) => postcard::from_bytes(body).ok(),
            _ => None,
        }
    }
}

/// A log's device and incarnation. The log's id follows from them, so that nobody can claim a log for another device.
type Writer = (DeviceId, [u8; 16]);

/// The content of a snapshot from its parts.
fn content(writers: &[Writer], saved: &[u8]) -> Vec<u8> {
    let mut content = postcard::to_extend(writers, vec![CONTENT_VERSION]).unwrap_or_default();
    content.extend_from_slice(saved);
    content
}

/// The parts of a snapshot's content: the device of each log, and the saved shard.
pub(super) fn parts_of<'a>(domain: &DomainId, content: &'a [u8]) -> Option<(BTreeMap<LogId, DeviceId>, &'a [u8])> {
    let (&CONTENT_VERSION, body) = content.split_first()? else { return None };
    let (writers, saved): (Vec<Writer>, _) = postcard::take_from_bytes(body).ok()?;
    let devices = writers.iter().map(|(device, incarnation)| (log_id(device, domain, incarnation), *device));
    Some((devices.collect(), saved))
}

/// What snapshots of a folder are made from, as it is at one moment: the same bytes are made again later, whoever wrote or opened
/// epochs meanwhile, unless the cache itself was written anew. Making them needs no lock.
pub(crate) struct SnapshotSource {
    project: ProjectId,
    domain: DomainId,
    epochs: Vec<EpochId>,
    key: SnapshotKey,
    tips: Vec<Tip>,
}

impl Project {
    /// What snapshots of a domain can be made from; `None` where it is no folder, or small enough to be fetched at once.
    pub(crate) fn snapshot_source(&self, domain: &DomainId) -> Result<Option<SnapshotSource>, Failure> {
        let tips: Vec<Tip> =
            self.state.clock.get(domain).into_iter().flat_map(BTreeMap::values).flatten().copied().collect();
        let envelopes = tips.iter().fold(0u64, |sum, tip| sum.saturating_add(tip.seq));
        let epochs = self.state.epochs.known(domain);
        if !self.state.settings.folders.contains_key(domain)
            || envelopes < SNAPSHOT_THRESHOLD
            || epochs.len() > EPOCHS_MAX
        {
            return Ok(None);
        }
        let Some(key) = self.state.epochs.snapshot_key(domain, &epochs) else { return Ok(None) };
        Ok(Some(SnapshotSource { project: self.place.id, domain: *domain, epochs, key, tips }))
    }
}

impl SnapshotSource {
    /// The folder.
    pub(crate) const fn domain(&self) -> &DomainId {
        &self.domain
    }

    /// What can be offered. Each has to be sealed once to be named, and is sealed again when it is asked for: the same bytes.
    pub(crate) fn offers(&self, reader: &Reader) -> Result<Vec<(u32, SnapshotOffer)>, Failure> {
        let caches = reader.shards(&self.domain)?;
        let arrivals = reader.arrivals_after(0, &self.domain)?;
        let arrivals: Vec<(u64, EnvelopeKey)> = arrivals.into_iter().map(|(arrival, key, _)| (arrival, key)).collect();
        let mut offers = Vec::new();
        for generation in caches.iter().filter(|key| key.lane == Lane::Records).map(|key| key.generation) {
            let Some((watermark, bytes)) = self.sealed_with_watermark(reader, generation)? else { continue };
            if bytes.len() as u64 <= MAX_SNAPSHOT_BYTES {
                let (id, size) = (Hash::of(&bytes), bytes.len() as u64);
                let covers = self.covers(reader, &arrivals, watermark)?;
                offers.push((generation, SnapshotOffer { id, size, label: self.label(generation).encode(), covers }));
            }
        }
        Ok(offers)
    }

    /// The snapshot of one generation; `None` where its cache is gone.
    pub(crate) fn sealed(&self, reader: &Reader, generation: u32) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.sealed_with_watermark(reader, generation)?.map(|(_, bytes)| bytes))
    }

    fn label(&self, generation: u32) -> Label {
        Label { lane: Lane::Records, generation, epochs: self.epochs.clone() }
    }

    fn sealed_with_watermark(&self, reader: &Reader, generation: u32) -> Result<Option<(u64, Vec<u8>)>, Failure> {
        let key = ShardKey { domain: self.domain, lane: Lane::Records, generation };
        let Some((watermark, saved)) = reader.shard(&key)? else { return Ok(None) };
        Ok(Some((watermark, self.seal(reader, generation, &saved)?)))
    }

    fn seal(&self, reader: &Reader, generation: u32, saved: &[u8]) -> Result<Vec<u8>, Failure> {
        let label = self.label(generation).encode();
        let place = SnapshotPlace { project: self.project, domain: self.domain, label: &label };
        Ok(self.key.seal(place, &content(&self.writers(reader)?, saved)))
    }

    /// A snapshot that says whatever its maker likes.
    #[cfg(test)]
    pub(crate) fn forge(&self, reader: &Reader, generation: u32, saved: &[u8]) -> super::SealedSnapshot {
        let bytes = self.seal(reader, generation, saved).unwrap();
        let (id, size, covers) = (Hash::of(&bytes), bytes.len() as u64, self.tips.clone());
        let offer = SnapshotOffer { id, size, label: self.label(generation).encode(), covers };
        super::SealedSnapshot { domain: self.domain, offer, bytes }
    }

    fn writers(&self, reader: &Reader) -> Result<Vec<Writer>, Failure> {
        let mut writers = BTreeMap::new();
        for tip in &self.tips {
            if let Some(entry) = reader.entry(tip)? {
                let header = Envelope::decode(&entry.envelope)
                    .map_err(|error| internal("reading a stored envelope", error))?
                    .header;
                writers.insert(tip.log, (header.device, header.incarnation));
            }
        }
        Ok(writers.into_values().collect())
    }

    /// The newest entries of each log among the first `watermark` arrivals. Of a log that forked it may name earlier ones.
    fn covers(&self, reader: &Reader, arrivals: &[(u64, EnvelopeKey)], watermark: u64) -> Result<Vec<Tip>, Failure> {
        let later = &arrivals[arrivals.partition_point(|(arrival, _)| *arrival <= watermark)..];
        let mut first_later: BTreeMap<LogId, u64> = BTreeMap::new();
        for (_, key) in later {
            let first = first_later.entry(key.log).or_insert(key.seq);
            *first = (*first).min(key.seq);
        }
        let mut covers: Vec<Tip> =
            self.tips.iter().filter(|tip| !first_later.contains_key(&tip.log)).copied().collect();
        for (log, first) in first_later {
            let seq = first.saturating_sub(1);
            covers.extend(reader.hashes_at(&log, seq)?.into_iter().map(|hash| Tip { log, seq, hash }));
        }
        Ok(covers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_survives_and_other_bytes_are_none() {
        let label = Label { lane: Lane::Records, generation: 3, epochs: vec![EpochId([1; 32]), EpochId([2; 32])] };
        let bytes = label.encode();
        assert_eq!(Label::decode(&bytes), Some(label));
        assert_eq!(Label::decode(&[2, 0, 0]), None);
        assert!((0..bytes.len()).all(|end| Label::decode(&bytes[..end]).is_none()));
    }

    #[test]
    fn a_log_belongs_to_the_device_it_follows_from() {
        let (domain, device) = (DomainId::from_bytes([1; 16]), DeviceId([2; 32]));
        let content = content(&[(device, [3; 16])], b"saved");
        let (devices, saved) = parts_of(&domain, &content).unwrap();
        assert_eq!(devices, BTreeMap::from([(log_id(&device, &domain, &[3; 16]), device)]));
        assert_eq!(saved, b"saved");
        assert!(parts_of(&domain, &[]).is_none() && parts_of(&domain, &[2, 0]).is_none());
    }
}

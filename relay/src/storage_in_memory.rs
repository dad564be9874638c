//! A storage in maps, for tests of everything that goes through the trait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use enginus_envelope::{DomainTip, Envelope, Tip};
use enginus_model::{DeviceId, DomainId, Hash, Instant, LogId, ProjectId};
use enginus_sync::{Cursor, SnapshotOffer};
use futures::future::{BoxFuture, FutureExt, ready};
use tokio::sync::watch;

use crate::storage::{ProjectView, Record, Storage, StorageError, StoredObject, Usage};

type Objects = BTreeMap<Hash, (Vec<u8>, Instant)>;

#[derive(Clone, Default)]
struct Project {
    records: Vec<Record>,
    objects: Objects,
}

/// Projects in maps.
#[derive(Default)]
pub(crate) struct InMemory {
    projects: Mutex<BTreeMap<ProjectId, Project>>,
    /// What `ready` says when it is not ready.
    pub(crate) unready: Mutex<Option<StorageError>>,
}

impl InMemory {
    fn with<T>(&self, run: impl FnOnce(&mut BTreeMap<ProjectId, Project>) -> T) -> T {
        run(&mut self.projects.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn project<T>(&self, id: ProjectId, run: impl FnOnce(&mut Project) -> T) -> Result<T, StorageError> {
        self.with(|projects| projects.get_mut(&id).map(run).ok_or(StorageError::NoProject))
    }

    /// Keeps bytes under a name that is not theirs, as a damaged disk would.
    pub(crate) fn damage(&self, project: ProjectId, name: Hash, used: Instant) {
        self.project(project, |p| p.objects.insert(name, (b"damaged".to_vec(), used))).unwrap();
    }

    /// An object that was used at a given time.
    pub(crate) fn put_used(&self, project: ProjectId, bytes: &[u8], used: Instant) -> Hash {
        let name = Hash::of(bytes);
        self.project(project, |p| p.objects.insert(name, (bytes.to_vec(), used))).unwrap();
        name
    }
}

impl Storage for InMemory {
    fn append(&self, id: ProjectId, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>> {
        if matches!(records.first(), Some(Record::Opened { .. })) {
            self.with(|projects| {
                projects.entry(id).or_default();
            });
        }
        let done = self.project(id, |project| {
            for record in records {
                let opened = |r: &Record| matches!(r, Record::Opened { .. });
                let again = opened(&record) && project.records.iter().any(opened);
                if !again && !project.records.contains(&record) {
                    project.records.push(record);
                }
            }
        });
        ready(done).boxed()
    }

    fn view(&self, id: ProjectId) -> BoxFuture<'_, Result<Arc<dyn ProjectView>, StorageError>> {
        let view = self.project(id, |project| Arc::new(View(project.clone())) as Arc<dyn ProjectView>);
        ready(view).boxed()
    }

    fn projects(&self) -> BoxFuture<'_, Result<Vec<ProjectId>, StorageError>> {
        ready(Ok(self.with(|projects| projects.keys().copied().collect()))).boxed()
    }

    fn put_object(&self, id: ProjectId, name: Hash, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StorageError>> {
        ready(self.project(id, |p| drop(p.objects.insert(name, (bytes, crate::clock::now()))))).boxed()
    }

    fn object(&self, id: ProjectId, name: Hash) -> BoxFuture<'_, Result<Option<Vec<u8>>, StorageError>> {
        let whole = |p: &mut Project| p.objects.get(&name).map(|o| o.0.clone()).filter(|b| Hash::of(b) == name);
        ready(self.project(id, whole)).boxed()
    }

    fn remove_object(&self, id: ProjectId, name: Hash) -> BoxFuture<'_, Result<(), StorageError>> {
        ready(self.project(id, |p| drop(p.objects.remove(&name)))).boxed()
    }

    fn objects(&self, id: ProjectId) -> BoxFuture<'_, Result<Vec<StoredObject>, StorageError>> {
        let list = |p: &mut Project| {
            let objects = p.objects.iter();
            objects.map(|(name, (b, used))| StoredObject { name: *name, bytes: b.len() as u64, used: *used }).collect()
        };
        ready(self.project(id, list)).boxed()
    }

    fn delete(&self, id: ProjectId) -> BoxFuture<'_, Result<(), StorageError>> {
        self.with(|projects| projects.remove(&id));
        ready(Ok(())).boxed()
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), StorageError>> {
        let unready = self.unready.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ready(unready.map_or(Ok(()), Err)).boxed()
    }
}

struct View(Project);

impl View {
    fn envelopes(&self) -> Vec<(Envelope, &[u8])> {
        let bytes = self.0.records.iter().filter_map(|r| match r {
            Record::Envelope(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        bytes.filter_map(|bytes| Some((Envelope::decode(bytes).ok()?, bytes))).collect()
    }
}

impl ProjectView for View {
    fn arrivals(&self) -> watch::Receiver<u64> {
        watch::channel(0).1
    }
    fn newest(&self) -> u64 {
        self.0.records.len() as u64
    }
    fn arrived(&self, after: u64, _max: usize) -> Result<(Vec<Tip>, u64), StorageError> {
        Ok((vec![], after))
    }
    fn genesis(&self) -> Result<Vec<u8>, StorageError> {
        match self.0.records.first() {
            Some(Record::Opened { genesis, .. }) => Ok(genesis.clone()),
            _ => Err(StorageError::Damaged("no genesis".into())),
        }
    }
    fn statements(&self, after: u64) -> Result<Vec<(u64, Vec<u8>)>, StorageError> {
        let found = self.0.records.iter().zip(1u64..).filter_map(|(record, arrival)| match record {
            Record::Statement(bytes) if arrival > after => Some((arrival, bytes.clone())),
            _ => None,
        });
        Ok(found.collect())
    }
    fn tips(&self) -> Result<Vec<DomainTip>, StorageError> {
        let mut newest: BTreeMap<LogId, DomainTip> = BTreeMap::new();
        for (envelope, _) in self.envelopes() {
            let found = DomainTip { domain: envelope.header.domain, tip: envelope.tip() };
            let known = newest.entry(found.tip.log).or_insert(found);
            if known.tip.seq < found.tip.seq {
                *known = found;
            }
        }
        Ok(newest.into_values().collect())
    }
    fn hashes_at(&self, _log: &LogId, _seq: u64) -> Result<Vec<Hash>, StorageError> {
        Ok(vec![])
    }
    fn range(&self, _: &DomainId, log: &LogId, after: Cursor, _: usize) -> Result<Vec<Vec<u8>>, StorageError> {
        let mut found: Vec<_> = self.envelopes();
        found.retain(|(e, _)| e.header.log() == *log && (e.header.seq, e.hash()) > (after.seq, after.hash));
        found.sort_by_key(|(e, _)| (e.header.seq, e.hash()));
        Ok(found.into_iter().take(2).map(|(_, bytes)| bytes.to_vec()).collect())
    }
    fn snapshots(&self, of: &DomainId) -> Result<Vec<SnapshotOffer>, StorageError> {
        let found = self.0.records.iter().filter_map(|r| match r {
            Record::Snapshot { domain, offer, .. } if domain == of => Some(offer.clone()),
            _ => None,
        });
        Ok(found.collect())
    }
    fn acknowledged(&self) -> Result<Vec<(DeviceId, Vec<DomainTip>, Instant)>, StorageError> {
        let found = self.0.records.iter().filter_map(|r| match r {
            Record::Acknowledged { device, tips, at } => Some((*device, tips.clone(), *at)),
            _ => None,
        });
        Ok(found.collect())
    }
    fn usage(&self) -> Result<Usage, StorageError> {
        Ok(Usage {
            envelopes: self.envelopes().len() as u64,
            journal_bytes: self.envelopes().iter().map(|(_, b)| b.len() as u64).sum(),
            objects: self.0.objects.len() as u64,
            object_bytes: self.0.objects.values().map(|o| o.0.len() as u64).sum(),
        })
    }
}

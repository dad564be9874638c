//! A project as the index shows it.

use std::sync::Arc;

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DeviceId, DomainId, Hash, Instant, LogId, ProjectId};
use enginus_sync::{Cursor, SnapshotOffer};
use tokio::sync::watch;

use super::error::Cause;
use super::shared::Shared;
use super::{ProjectView, StorageError, Usage, read};

/// One project of the index.
pub(crate) struct IndexView {
    shared: Arc<Shared>,
    project: ProjectId,
    arrivals: watch::Receiver<u64>,
    /// What has to live as long as the view does.
    _held: Option<Arc<dyn Send + Sync>>,
}

impl IndexView {
    pub(crate) fn new(shared: Arc<Shared>, project: ProjectId, arrivals: watch::Receiver<u64>) -> Self {
        Self { shared, project, arrivals, _held: None }
    }

    /// The view, which keeps `held` alive.
    pub(crate) fn holding(self, held: Arc<dyn Send + Sync>) -> Self {
        Self { _held: Some(held), ..self }
    }

    fn read<T>(&self, work: impl Fn(&read::Project<'_>) -> Result<T, Cause>) -> Result<T, StorageError> {
        Ok(self.shared.read(|txn| work(&read::Project::open(txn, &self.project)?))?)
    }
}

impl ProjectView for IndexView {
    fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.clone()
    }

    fn newest(&self) -> u64 {
        *self.arrivals.borrow()
    }

    fn arrived(&self, after: u64, max: usize) -> Result<(Vec<Tip>, u64), StorageError> {
        self.read(|project| project.arrived(after, max))
    }

    fn genesis(&self) -> Result<Vec<u8>, StorageError> {
        self.read(|project| project.genesis())
    }

    fn statements(&self, after: u64) -> Result<Vec<(u64, Vec<u8>)>, StorageError> {
        self.read(|project| project.statements(after))
    }

    fn tips(&self) -> Result<Vec<DomainTip>, StorageError> {
        self.read(|project| project.tips())
    }

    fn hashes_at(&self, log: &LogId, seq: u64) -> Result<Vec<Hash>, StorageError> {
        self.read(|project| project.hashes_at(log, seq))
    }

    fn range(
        &self,
        domain: &DomainId,
        log: &LogId,
        after: Cursor,
        max_bytes: usize,
    ) -> Result<Vec<Vec<u8>>, StorageError> {
        self.read(|project| project.range(domain, log, after, max_bytes))
    }

    fn snapshots(&self, domain: &DomainId) -> Result<Vec<SnapshotOffer>, StorageError> {
        self.read(|project| project.snapshots(domain))
    }

    fn acknowledged(&self) -> Result<Vec<(DeviceId, Vec<DomainTip>, Instant)>, StorageError> {
        self.read(|project| project.acknowledged())
    }

    fn usage(&self) -> Result<Usage, StorageError> {
        self.read(|project| Ok(project.row.usage))
    }
}

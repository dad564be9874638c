//! The index over journals: one redb file for all projects, many readers, one writer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use enginus_model::ProjectId;
use redb::ReadTransaction;
use tokio::sync::watch;

use super::StorageError;
use super::change::Change;
use super::error::Cause;
use super::medium::Medium;
use super::read;
use super::shared::Shared;
use super::tables::ProjectRow;
use super::view::IndexView;
use super::writer::Queue;

/// Who is told when something of a project comes into view.
#[derive(Default)]
pub(crate) struct Watchers(Mutex<HashMap<ProjectId, watch::Sender<u64>>>);

impl Watchers {
    fn lock(&self) -> MutexGuard<'_, HashMap<ProjectId, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe(&self, project: ProjectId) -> watch::Receiver<u64> {
        self.lock().entry(project).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    /// Tells of a newer arrival, and forgets those whom nobody listens to any more.
    pub(crate) fn rise(&self, project: &ProjectId, newest: u64) {
        let mut senders = self.lock();
        let Some(sender) = senders.get(project) else { return };
        if sender.receiver_count() == 0 {
            senders.remove(project);
            return;
        }
        sender.send_if_modified(|shown| {
            let risen = newest > *shown;
            *shown = newest.max(*shown);
            risen
        });
    }

    /// The project is gone: its receivers see the channel closed.
    pub(crate) fn end(&self, project: &ProjectId) {
        self.lock().remove(project);
    }
}

/// A handle to the index; clones share it.
#[derive(Clone)]
pub(crate) struct Index {
    shared: Arc<Shared>,
    watchers: Arc<Watchers>,
    queue: Arc<Queue>,
}

impl Index {
    pub(crate) fn open(medium: Medium, cache_bytes: usize, retry_after: Duration) -> Result<Self, StorageError> {
        let shared = Arc::new(Shared::start(medium, cache_bytes, retry_after)?);
        let watchers = Arc::new(Watchers::default());
        let queue = Arc::new(Queue::start(shared.clone(), watchers.clone())?);
        Ok(Self { shared, watchers, queue })
    }

    /// Makes changes to a project durable, all or none, and answers its newest arrival.
    pub(crate) async fn write(&self, project: ProjectId, changes: Vec<Change>) -> Result<u64, StorageError> {
        self.queue.submit(project, changes).await
    }

    /// Runs `work` on the newest durable state; it may be run twice.
    pub(crate) fn read<T>(&self, work: impl Fn(&ReadTransaction) -> Result<T, Cause>) -> Result<T, StorageError> {
        Ok(self.shared.read(work)?)
    }

    /// Runs `work` on a project that is here.
    pub(crate) fn project<T>(
        &self,
        project: &ProjectId,
        work: impl Fn(&read::Project<'_>) -> Result<T, Cause>,
    ) -> Result<T, StorageError> {
        self.read(|txn| work(&read::Project::open(txn, project)?))
    }

    /// Where a project stands; `None` where nothing of it is here.
    pub(crate) fn row(&self, project: &ProjectId) -> Result<Option<ProjectRow>, StorageError> {
        self.read(|txn| read::row(txn, project))
    }

    /// A view of a project, which is here or comes to be.
    pub(crate) fn view(&self, project: ProjectId) -> Result<IndexView, StorageError> {
        // First the ear, then the state: what comes in between is heard.
        let arrivals = self.watchers.subscribe(project);
        let newest = self.row(&project)?.map_or(0, |row| row.newest);
        self.watchers.rise(&project, newest);
        Ok(IndexView::new(self.shared.clone(), project, arrivals))
    }
}

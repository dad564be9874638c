//! A storage that is measured: how long it takes and what it cannot do stand in the metrics, whichever engine it is.

use std::sync::Arc;

use enginus_model::{Hash, ProjectId};
use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::metrics::{Metrics, StorageCall};
use crate::storage::{ProjectView, Record, Storage, StorageError, StoredObject};

/// A storage with a stopwatch.
pub struct Metered {
    inner: Arc<dyn Storage>,
    metrics: Arc<Metrics>,
}

impl Metered {
    /// Measures `inner`.
    pub fn new(inner: Arc<dyn Storage>, metrics: Arc<Metrics>) -> Self {
        Self { inner, metrics }
    }

    fn timed<'a, T: 'a>(
        &'a self,
        call: StorageCall,
        run: BoxFuture<'a, Result<T, StorageError>>,
    ) -> BoxFuture<'a, Result<T, StorageError>> {
        Box::pin(async move {
            let began = Instant::now();
            let done = run.await;
            // That a project is not here is an answer, not a failure.
            let answered = matches!(done, Ok(_) | Err(StorageError::NoProject));
            self.metrics.storage(call, began.elapsed(), answered);
            done
        })
    }
}

impl Storage for Metered {
    fn append(&self, project: ProjectId, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>> {
        self.timed(StorageCall::Append, self.inner.append(project, records))
    }
    fn view(&self, project: ProjectId) -> BoxFuture<'_, Result<Arc<dyn ProjectView>, StorageError>> {
        self.timed(StorageCall::View, self.inner.view(project))
    }
    fn projects(&self) -> BoxFuture<'_, Result<Vec<ProjectId>, StorageError>> {
        self.inner.projects()
    }
    fn put_object(&self, project: ProjectId, name: Hash, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StorageError>> {
        self.timed(StorageCall::PutObject, self.inner.put_object(project, name, bytes))
    }
    fn object(&self, project: ProjectId, name: Hash) -> BoxFuture<'_, Result<Option<Vec<u8>>, StorageError>> {
        self.timed(StorageCall::GetObject, self.inner.object(project, name))
    }
    fn remove_object(&self, project: ProjectId, name: Hash) -> BoxFuture<'_, Result<(), StorageError>> {
        self.inner.remove_object(project, name)
    }
    fn objects(&self, project: ProjectId) -> BoxFuture<'_, Result<Vec<StoredObject>, StorageError>> {
        self.inner.objects(project)
    }
    fn delete(&self, project: ProjectId) -> BoxFuture<'_, Result<(), StorageError>> {
        self.inner.delete(project)
    }
    fn ready(&self) -> BoxFuture<'_, Result<(), StorageError>> {
        self.timed(StorageCall::Ready, self.inner.ready())
    }
}

//! The engine of one machine: one redb file for all projects, and a folder of objects.
//!
//! One file, because what costs is making things durable: a single writer merges what all sessions of all projects hand in into one
//! transaction and one wait for the disk, so projects share that wait instead of queueing for it, readers wait for nobody, and a
//! thousand projects open one file. What a project holds is a range of every table; letting one go takes it out of the list at
//! once and removes its rows in small steps when nobody waits.
//!
//! The journal is not kept a second time beside the index: envelopes and statements lie in the index's tables, in order of arrival.
//! What is acknowledged is on the disk; a crash leaves at worst files that no row names, which the next start removes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use enginus_model::{Hash, Instant, ProjectId};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::change::Change;
use super::error::io_error;
use super::index::Index;
use super::medium::Medium;
use super::objects::ObjectFiles;
use super::{Clock, ProjectView, Record, Storage, StorageError, StoredObject, read};

/// The index, in the relay's folder.
const INDEX_FILE: &str = "relay.redb";
/// The objects, in the relay's folder.
const OBJECT_FOLDER: &str = "objects";
/// Objects whose names begin alike are put and removed one after the other; this many beginnings are told apart.
const OBJECT_LOCKS: usize = 64;
/// When something was used is kept to the minute.
const USED_MS: i64 = 60_000;

/// How the embedded engine is opened.
#[derive(Clone)]
pub struct EmbeddedOptions {
    /// The relay's folder, which is made where it is missing.
    pub folder: PathBuf,
    /// Memory for pages of the index, in bytes.
    pub cache_bytes: usize,
    /// How long a disk that refused a write is left alone before it is tried again.
    pub retry_after: Duration,
    /// The relay's clock.
    pub clock: Clock,
}

impl EmbeddedOptions {
    /// The usual options for a folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, clock: Clock) -> Self {
        Self { folder: folder.into(), cache_bytes: 64 << 20, retry_after: Duration::from_secs(5), clock }
    }
}

/// The engine of one machine.
#[derive(Clone)]
pub struct Embedded(Arc<Inner>);

struct Inner {
    index: Index,
    files: ObjectFiles,
    locks: Vec<Mutex<()>>,
    clock: Clock,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedded")
    }
}

impl Embedded {
    /// Opens the folder. After a crash the index is recovered, which reads all of it.
    ///
    /// # Errors
    /// [`StorageError`]; nothing in what is damaged or newer is changed.
    pub fn open(options: &EmbeddedOptions) -> Result<Self, StorageError> {
        std::fs::create_dir_all(&options.folder).map_err(|error| io_error("making the relay's folder", &error))?;
        Self::on(Medium::File(options.folder.join(INDEX_FILE)), options)
    }

    pub(super) fn on(medium: Medium, options: &EmbeddedOptions) -> Result<Self, StorageError> {
        let index = Index::open(medium, options.cache_bytes, options.retry_after)?;
        let files = ObjectFiles::open(options.folder.join(OBJECT_FOLDER));
        let files = files.map_err(|error| io_error("opening the objects", &error))?;
        let kept = index.read(read::projects)?;
        files.clean(&kept).map_err(|error| io_error("looking through the objects", &error))?;
        let locks = (0..OBJECT_LOCKS).map(|_| Mutex::new(())).collect();
        Ok(Self(Arc::new(Inner { index, files, locks, clock: options.clock.clone() })))
    }

    #[cfg(test)]
    pub(super) fn files(&self) -> &ObjectFiles {
        &self.0.files
    }
}

impl Inner {
    fn lock(&self, name: &Hash) -> &Mutex<()> {
        &self.locks[usize::from(name.0[0]) % OBJECT_LOCKS]
    }

    fn minute(&self) -> Instant {
        let now = (self.clock)().0;
        Instant(now - now.rem_euclid(USED_MS))
    }

    async fn put(self: Arc<Self>, project: ProjectId, name: Hash, bytes: Vec<u8>) -> Result<(), StorageError> {
        let _alone = self.lock(&name).lock().await;
        let used = self.minute();
        match self.index.project(&project, |project| project.object(&name))? {
            Some(held) if held.used == used => return Ok(()),
            Some(_) => {
                self.index.write(project, vec![Change::UseObject { name, used }]).await?;
                return Ok(());
            }
            None => {}
        }
        let size = bytes.len() as u64;
        let inner = self.clone();
        blocking(move || {
            inner.files.put(&project, &name, &bytes).map_err(|error| io_error("writing an object", &error))
        })
        .await?;
        self.index.write(project, vec![Change::KeepObject { name, bytes: size, used }]).await?;
        Ok(())
    }

    async fn get(self: Arc<Self>, project: ProjectId, name: Hash) -> Result<Option<Vec<u8>>, StorageError> {
        let Some(held) = self.index.project(&project, |project| project.object(&name))? else { return Ok(None) };
        let inner = self.clone();
        let bytes = blocking(move || {
            let bytes = inner.files.get(&project, &name).map_err(|error| io_error("reading an object", &error))?;
            Ok(bytes.filter(|bytes| Hash::of(bytes) == name))
        })
        .await?;
        if bytes.is_none() {
            return self.mend(project, name).await;
        }
        let used = self.minute();
        if held.used != used
            && let Err(error) = self.index.write(project, vec![Change::UseObject { name, used }]).await
        {
            // A full disk takes no note of it; the object is given all the same.
            tracing::debug!("when object {} was used is not noted: {error}", name.short());
        }
        Ok(bytes)
    }

    /// Drops an object whose file is missing or not what its name says, unless it was put or removed meanwhile.
    async fn mend(self: &Arc<Self>, project: ProjectId, name: Hash) -> Result<Option<Vec<u8>>, StorageError> {
        let _alone = self.lock(&name).lock().await;
        let inner = self.clone();
        let bytes =
            blocking(move || inner.files.get(&project, &name).map_err(|error| io_error("reading an object", &error)))
                .await?;
        if bytes.as_deref().is_some_and(|bytes| Hash::of(bytes) == name) {
            return Ok(bytes);
        }
        if self.index.project(&project, |project| project.object(&name))?.is_some() {
            tracing::error!("object {} of project {} is damaged and dropped", name.short(), project.short());
            self.drop_object(project, name).await?;
        }
        Ok(None)
    }

    async fn remove(self: Arc<Self>, project: ProjectId, name: Hash) -> Result<(), StorageError> {
        let _alone = self.lock(&name).lock().await;
        self.drop_object(project, name).await
    }

    /// First the row, so that no row ever names a file that is gone. The object's lock is held.
    async fn drop_object(self: &Arc<Self>, project: ProjectId, name: Hash) -> Result<(), StorageError> {
        self.index.write(project, vec![Change::DropObject { name }]).await?;
        let inner = self.clone();
        blocking(move || inner.files.remove(&project, &name).map_err(|error| io_error("removing an object", &error)))
            .await
    }

    async fn delete(self: Arc<Self>, project: ProjectId) -> Result<(), StorageError> {
        self.index.write(project, vec![Change::Forget]).await?;
        let inner = self.clone();
        blocking(move || {
            let removed = inner.files.remove_project(&project);
            removed.map_err(|error| io_error("removing a project's objects", &error))
        })
        .await
    }
}

impl Storage for Embedded {
    fn append(&self, project: ProjectId, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>> {
        async move {
            let changes = records.into_iter().map(Change::of).collect::<Result<Vec<_>, _>>()?;
            self.0.index.write(project, changes).await.map(drop)
        }
        .boxed()
    }

    fn view(&self, project: ProjectId) -> BoxFuture<'_, Result<Arc<dyn ProjectView>, StorageError>> {
        async move {
            let view = self.0.index.view(project)?;
            // Asks whether it is here, after the view listens.
            self.0.index.project(&project, |_| Ok(()))?;
            Ok(Arc::new(view) as Arc<dyn ProjectView>)
        }
        .boxed()
    }

    fn projects(&self) -> BoxFuture<'_, Result<Vec<ProjectId>, StorageError>> {
        async move { self.0.index.read(read::projects) }.boxed()
    }

    fn put_object(&self, project: ProjectId, name: Hash, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StorageError>> {
        detached(self.0.clone().put(project, name, bytes))
    }

    fn object(&self, project: ProjectId, name: Hash) -> BoxFuture<'_, Result<Option<Vec<u8>>, StorageError>> {
        detached(self.0.clone().get(project, name))
    }

    fn remove_object(&self, project: ProjectId, name: Hash) -> BoxFuture<'_, Result<(), StorageError>> {
        detached(self.0.clone().remove(project, name))
    }

    fn objects(&self, project: ProjectId) -> BoxFuture<'_, Result<Vec<StoredObject>, StorageError>> {
        async move { self.0.index.project(&project, |project| project.objects()) }.boxed()
    }

    fn delete(&self, project: ProjectId) -> BoxFuture<'_, Result<(), StorageError>> {
        detached(self.0.clone().delete(project))
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), StorageError>> {
        async move { self.0.index.write(ProjectId([0; 32]), vec![Change::Probe]).await.map(drop) }.boxed()
    }
}

/// What has files and rows is not left half-way because whoever asked has gone.
fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, StorageError>> + Send + 'static,
) -> BoxFuture<'static, Result<T, StorageError>> {
    async move { ended(tokio::spawn(work).await) }.boxed()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    ended(tokio::task::spawn_blocking(work).await)
}

fn ended<T>(result: Result<Result<T, StorageError>, tokio::task::JoinError>) -> Result<T, StorageError> {
    result.unwrap_or_else(|error| Err(StorageError::Failed(format!("a task of the storage ended: {error}"))))
}

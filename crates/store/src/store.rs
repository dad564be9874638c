//! The handle others hold.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::{JoinHandle, ThreadId};

use redb::backends::InMemoryBackend;

use crate::batch::{Batch, Receipt};
use crate::error::{CommitError, OpenError, ReadError};
use crate::medium::{Medium, Touch};
use crate::queue::{Job, NotTaken, Queue, Wait};
use crate::reader::Reader;
use crate::shared::Shared;
use crate::{simulated, tables, writer};

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Make the file where it is missing. Off for a store that must be there.
    pub create: bool,
    /// Memory for pages read and not yet written, in bytes.
    pub cache_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { create: true, cache_bytes: 16 << 20 }
    }
}

/// The queue is full: try again later, or wait with [`Store::commit`]. The batch comes back; its callback is dropped.
#[derive(Debug, thiserror::Error)]
#[error("the store has too many changes waiting to be written")]
pub struct Busy(pub Batch);

/// One open store: any number of readers, one writer. Dropping it writes what waits, then closes the file.
pub struct Store {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    writer: Option<JoinHandle<()>>,
    writer_id: ThreadId,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens the file at `path`. After a crash it is recovered, which reads all of it.
    ///
    /// # Errors
    /// [`OpenError`]; a damaged file is an error, never a panic, and is left as it is.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let medium = Medium::File(path.to_owned());
        match std::fs::metadata(path) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && options.create => {
                medium.create(tables::FORMAT_VERSION).map_err(|cause| cause.into_open(path.to_owned()))?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(OpenError::Missing { path: path.to_owned() });
            }
            Err(source) => return Err(OpenError::Io { path: path.to_owned(), source }),
        }
        Self::start(medium, &options)
    }

    /// A store that is gone when it is dropped; for tests and simulations.
    ///
    /// # Errors
    /// [`OpenError::Io`] when no thread can be started.
    pub fn in_memory() -> Result<Self, OpenError> {
        let medium = Medium::Memory(Arc::new(InMemoryBackend::new()));
        medium.create(tables::FORMAT_VERSION).map_err(|cause| cause.into_open(medium.path()))?;
        Self::start(medium, &Options::default())
    }

    /// A store on a simulated disk, which can be full, or lose its power; for tests and simulations.
    ///
    /// # Errors
    /// [`OpenError`], as the simulated disk has it.
    pub fn on_disk(disk: &simulated::Disk) -> Result<Self, OpenError> {
        let medium = Medium::Simulated(disk.clone());
        if disk.is_empty() {
            medium.create(tables::FORMAT_VERSION).map_err(|cause| cause.into_open(medium.path()))?;
        }
        Self::start(medium, &Options::default())
    }

    fn start(medium: Medium, options: &Options) -> Result<Self, OpenError> {
        let path = medium.path();
        let database =
            medium.open(options.cache_bytes, Touch::ReadWrite).map_err(|cause| cause.into_open(path.clone()))?;
        medium.check_version(&database)?;
        let shared = Arc::new(Shared::new(medium, options.cache_bytes, database));
        let queue = Arc::new(Queue::default());
        let writer = std::thread::Builder::new()
            .name("enginus-store".to_owned())
            .spawn({
                let (shared, queue) = (shared.clone(), queue.clone());
                move || writer::run(&shared, &queue)
            })
            .map_err(|source| OpenError::Io { path, source })?;
        let writer_id = writer.thread().id();
        Ok(Self { shared, queue, writer: Some(writer), writer_id })
    }

    /// A view of the newest durable state, which later commits do not change.
    ///
    /// # Errors
    /// [`ReadError::Closed`] while the file cannot be opened again after a failure.
    pub fn read(&self) -> Result<Reader, ReadError> {
        self.shared.read()
    }

    /// Makes `batch` durable and returns then. Waits for room in the queue.
    ///
    /// # Errors
    /// [`CommitError`]; the batch does not count as saved.
    pub fn commit(&self, batch: Batch) -> Result<Receipt, CommitError> {
        if std::thread::current().id() == self.writer_id {
            return Err(CommitError::InCallback);
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        let done = move |result| {
            let _ = sender.send(result);
        };
        self.hand_in(batch, Box::new(done), Wait::Yes).map_err(|_| CommitError::Closed(None))?;
        receiver.recv().unwrap_or(Err(CommitError::Closed(None)))
    }

    /// Makes `batch` durable in the background; `done` is told on the writer's thread and must be quick. Never waits.
    /// Batches become durable in the order they were handed in.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full; `done` is not called then.
    pub fn submit(
        &self,
        batch: Batch,
        done: impl FnOnce(Result<Receipt, CommitError>) + Send + 'static,
    ) -> Result<(), Busy> {
        self.hand_in(batch, Box::new(done), Wait::No)
    }

    fn hand_in(&self, batch: Batch, done: crate::queue::Done, wait: Wait) -> Result<(), Busy> {
        if let Some(found) = batch.too_large() {
            done(Err(CommitError::TooLarge { what: found.what, bytes: found.bytes, limit: found.limit }));
            return Ok(());
        }
        match self.queue.push(Job { batch, done }, wait) {
            Ok(()) => Ok(()),
            Err(NotTaken::Full(job)) => Err(Busy(job.batch)),
            Err(NotTaken::Closed(job)) => {
                (job.done)(Err(CommitError::Closed(None)));
                Ok(())
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            // The last handle may be dropped inside a callback, where waiting for the writer would wait for itself.
            if std::thread::current().id() != self.writer_id {
                let _ = writer.join();
            }
        }
        self.shared.close();
    }
}

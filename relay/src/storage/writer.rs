//! The one thread that writes: it merges what waits, of all projects, into one durable transaction.

use std::sync::Arc;
use std::thread::JoinHandle;

use enginus_model::ProjectId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::StorageError;
use super::apply::Tables;
use super::change::Change;
use super::error::Cause;
use super::index::Watchers;
use super::shared::Shared;

/// Jobs that may wait.
const QUEUE_JOBS_MAX: usize = 1024;
/// Memory that waiting jobs may hold, in KiB: what the permits of [`Queue`] count.
const QUEUE_KIB_MAX: u32 = 128 << 10;
/// Jobs that share one transaction at most.
const GROUP_JOBS_MAX: usize = 512;
/// Bytes of one transaction at most, unless its first job alone has more.
const GROUP_BYTES_MAX: usize = 32 << 20;
/// Rows of projects that were let go which one transaction removes.
const SWEEP_ROWS: usize = 2000;

/// One caller's changes to one project: all or none.
struct Job {
    project: ProjectId,
    changes: Vec<Change>,
    bytes: usize,
    done: oneshot::Sender<Result<u64, StorageError>>,
    /// Its room in the queue.
    _room: OwnedSemaphorePermit,
}

/// The way to the writer. Bounded: who hands in more than is written waits.
pub(crate) struct Queue {
    /// There until it is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    room: Arc<Semaphore>,
    writer: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Queue {
    /// Starts the writer.
    pub(crate) fn start(shared: Arc<Shared>, watchers: Arc<Watchers>) -> Result<Self, StorageError> {
        let (jobs, waiting) = mpsc::channel(QUEUE_JOBS_MAX);
        let writer = std::thread::Builder::new()
            .name("relay-storage".to_owned())
            .spawn({
                let shared = shared.clone();
                move || run(&shared, &watchers, waiting)
            })
            .map_err(|error| StorageError::Failed(format!("no thread for writing: {error}")))?;
        let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX as usize));
        Ok(Self { jobs: Some(jobs), room, writer: Some(writer), shared })
    }

    /// Makes changes durable and answers the project's newest arrival then.
    pub(crate) async fn submit(&self, project: ProjectId, changes: Vec<Change>) -> Result<u64, StorageError> {
        let bytes: usize = changes.iter().map(Change::bytes).sum();
        // What alone is more than may wait takes all the room there is.
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(QUEUE_KIB_MAX).min(QUEUE_KIB_MAX);
        let closed = || StorageError::Failed("the storage is closed".to_owned());
        let room = self.room.clone().acquire_many_owned(kib).await.map_err(|_| closed())?;
        let (done, answer) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(closed)?;
        jobs.send(Job { project, changes, bytes, done, _room: room }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

/// What waits is still written, then the file is closed.
impl Drop for Queue {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the storage panicked");
        }
        self.shared.close();
    }
}

fn run(shared: &Shared, watchers: &Watchers, mut waiting: mpsc::Receiver<Job>) {
    // What an earlier run did not get to remove.
    let mut sweeping = true;
    let mut put_aside = None;
    loop {
        let first = match put_aside.take() {
            Some(job) => Some(job),
            None if sweeping => match waiting.try_recv() {
                Ok(job) => Some(job),
                Err(mpsc::error::TryRecvError::Empty) => None,
                Err(mpsc::error::TryRecvError::Disconnected) => return,
            },
            None => match waiting.blocking_recv() {
                Some(job) => Some(job),
                None => return,
            },
        };
        let Some(first) = first else {
            // Nobody waits. A failure here is met again, and told, by whoever writes next.
            sweeping = shared.write(|txn| Tables::open(txn)?.sweep(SWEEP_ROWS)).unwrap_or(false);
            continue;
        };
        let mut group = vec![first];
        let mut bytes = group.iter().map(|job| job.bytes).sum::<usize>();
        while group.len() < GROUP_JOBS_MAX
            && let Ok(next) = waiting.try_recv()
        {
            if bytes + next.bytes > GROUP_BYTES_MAX {
                put_aside = Some(next);
                break;
            }
            bytes += next.bytes;
            group.push(next);
        }
        sweeping |= group.iter().any(|job| matches!(job.changes.as_slice(), [Change::Forget | Change::Renew(_)]));
        write_group(shared, watchers, group);
    }
}

/// All jobs in one transaction. One for a project that is not here gets its own refusal before anything of it is done; any other
/// failure is everybody's, since the transaction is gone with it.
fn write_group(shared: &Shared, watchers: &Watchers, group: Vec<Job>) {
    let results = shared.write(|txn| {
        let mut tables = Tables::open(txn)?;
        let apply = |job: &Job| match tables.apply(&job.project, &job.changes) {
            Err(Cause::Said(refusal @ StorageError::NoProject)) => Ok(Err(refusal)),
            other => other.map(Ok),
        };
        group.iter().map(apply).collect::<Result<Vec<_>, _>>()
    });
    let results = match results {
        Ok(results) => results,
        Err(cause) => vec![Err(StorageError::from(cause)); group.len()],
    };
    for (job, result) in group.into_iter().zip(results) {
        if let Ok(newest) = result {
            match job.changes.as_slice() {
                [Change::Forget] => watchers.end(&job.project),
                _ => watchers.rise(&job.project, newest),
            }
        }
        // Whoever asked may have gone meanwhile.
        let _ = job.done.send(result);
    }
}

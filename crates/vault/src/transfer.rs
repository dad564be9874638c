//! Moving objects and envelopes between this device and a bucket: a few at a time, skipping what is proved to be there, and able
//! to stop at any moment. What was proved before an interruption is not moved again.

use bytes::Bytes;
use enginus_envelope::DedupSecret;
use enginus_model::FileRef;
use futures::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;

use crate::bucket::{Bucket, BucketError, BucketErrorKind, EnvelopeName, Stored};
use crate::cache::{CacheError, Held, Vault};
use crate::open::OpenError;
use crate::{ObjectInfo, OnProgress, Progress};

/// Objects in flight at the same time; each holds up to two times 4 MiB of memory.
pub const TRANSFERS_AT_ONCE: usize = 4;
/// Envelopes in flight at the same time; they are small, so waiting is what costs.
const ENVELOPES_AT_ONCE: usize = 16;

/// What an upload did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadReport {
    /// Proved to be in the bucket, whether sent now or there before.
    pub proved: Vec<ObjectInfo>,
    /// How many of them were sent now.
    pub sent: usize,
    /// How many of those replaced a damaged one.
    pub mended: usize,
    /// Not on this device (any more), so they were not sent.
    pub missing: Vec<ObjectInfo>,
}

/// What a download did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DownloadReport {
    /// On this device now and checked, whether fetched now or here before.
    pub held: Vec<ObjectInfo>,
    /// How many of them were fetched now.
    pub fetched: usize,
    /// Not in the bucket.
    pub missing: Vec<ObjectInfo>,
    /// Damaged in the bucket.
    pub damaged: Vec<ObjectInfo>,
}

impl DownloadReport {
    /// Whether everything asked for is here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.damaged.is_empty()
    }
}

/// What sending envelopes did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvelopeReport {
    /// Proved to be in the bucket.
    pub proved: Vec<EnvelopeName>,
}

/// A transfer that stopped before its end; what it had done until then stays done.
#[derive(Debug, thiserror::Error)]
#[error("the transfer stopped before its end")]
pub struct TransferError<R: std::fmt::Debug> {
    /// Why it stopped.
    #[source]
    pub problem: TransferProblem,
    /// What was done before.
    pub done: R,
}

/// Why a transfer stopped.
#[derive(Debug, thiserror::Error)]
pub enum TransferProblem {
    /// The bucket could not do its part.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// This device could not do its part.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The file's manifest does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The caller asked to stop, or the program is ending.
    #[error("the transfer was cancelled")]
    Cancelled,
}

impl TransferProblem {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Bucket(e) => e.hint(),
            Self::Cache(e) => e.hint(),
            Self::Open(e) => e.hint(),
            Self::Cancelled => "start it again whenever you like; it goes on where it stopped",
        }
    }
}

/// Sends objects of `vault` that `bucket` does not hold yet, and proves each. Progress counts bytes proved. An object that is not
/// on this device stops nothing: it is reported.
///
/// # Errors
/// [`TransferError`] with what was proved until then.
pub async fn upload(
    vault: &Vault,
    bucket: &Bucket,
    objects: &[ObjectInfo],
    progress: OnProgress<'_>,
    cancel: &CancellationToken,
) -> Result<UploadReport, TransferError<UploadReport>> {
    let mut report = UploadReport::default();
    let mut count = Counter::new(objects.iter().map(|o| o.size).sum(), progress);
    let work = futures::stream::iter(objects.iter().copied())
        .map(|object| async move { send(vault, bucket, object).await.map(|sent| (object, sent)) })
        .buffer_unordered(TRANSFERS_AT_ONCE);
    let end = drain(work, cancel, |(object, sent)| {
        match sent {
            Sent::Missing => report.missing.push(object),
            Sent::WasThere => report.proved.push(object),
            Sent::Now(stored) => {
                report.proved.push(object);
                report.sent += 1;
                report.mended += usize::from(stored.mended);
            }
        }
        count.add(object.size);
    });
    match end.await {
        Ok(()) => Ok(report),
        Err(problem) => Err(TransferError { problem, done: report }),
    }
}

enum Sent {
    Missing,
    WasThere,
    Now(Stored),
}

async fn send(vault: &Vault, bucket: &Bucket, object: ObjectInfo) -> Result<Sent, TransferProblem> {
    match bucket.prove_object(&object).await {
        Ok(true) => return Ok(Sent::WasThere),
        Ok(false) => {}
        // Putting it mends it.
        Err(e) if e.kind() == BucketErrorKind::Damaged => {}
        Err(e) => return Err(e.into()),
    }
    match blocking(vault, move |vault| vault.get(&object.name)).await? {
        Ok(Some(bytes)) => Ok(Sent::Now(bucket.put_object(&object.name, &Bytes::from(bytes)).await?)),
        Ok(None) | Err(CacheError::Damaged { .. }) => Ok(Sent::Missing),
        Err(e) => Err(e.into()),
    }
}

/// Fetches objects that `vault` does not hold whole. Progress counts bytes checked here. One that the bucket lacks or holds damaged
/// stops nothing: it is reported.
///
/// # Errors
/// [`TransferError`] with what is held until then.
pub async fn download(
    bucket: &Bucket,
    vault: &Vault,
    objects: &[ObjectInfo],
    progress: OnProgress<'_>,
    cancel: &CancellationToken,
) -> Result<DownloadReport, TransferError<DownloadReport>> {
    let mut report = DownloadReport::default();
    let mut count = Counter::new(objects.iter().map(|o| o.size).sum(), progress);
    let work = futures::stream::iter(objects.iter().copied())
        .map(|object| async move { fetch(bucket, vault, object).await.map(|fetched| (object, fetched)) })
        .buffer_unordered(TRANSFERS_AT_ONCE);
    let end = drain(work, cancel, |(object, fetched)| {
        match fetched {
            Fetched::Missing => report.missing.push(object),
            Fetched::Damaged => report.damaged.push(object),
            Fetched::WasHere => report.held.push(object),
            Fetched::Now => {
                report.held.push(object);
                report.fetched += 1;
            }
        }
        count.add(object.size);
    });
    match end.await {
        Ok(()) => Ok(report),
        Err(problem) => Err(TransferError { problem, done: report }),
    }
}

enum Fetched {
    Missing,
    Damaged,
    WasHere,
    Now,
}

async fn fetch(bucket: &Bucket, vault: &Vault, object: ObjectInfo) -> Result<Fetched, TransferProblem> {
    if let Held::Intact { .. } = blocking(vault, move |vault| vault.check(&object.name)).await?? {
        return Ok(Fetched::WasHere);
    }
    match bucket.get_object(&object.name).await {
        Ok(bytes) => {
            blocking(vault, move |vault| vault.put(&object.name, &bytes)).await??;
            Ok(Fetched::Now)
        }
        Err(e) if e.kind() == BucketErrorKind::NotFound => Ok(Fetched::Missing),
        Err(e) if e.kind() == BucketErrorKind::Damaged => Ok(Fetched::Damaged),
        Err(e) => Err(e.into()),
    }
}

/// Fetches everything a file consists of: first its manifest, then the objects it names. Where the manifest is not to be had, it
/// alone is reported missing or damaged.
///
/// # Errors
/// [`TransferError`] with what is held until then.
pub async fn fetch_file(
    bucket: &Bucket,
    vault: &Vault,
    file: &FileRef,
    secret: &DedupSecret,
    progress: OnProgress<'_>,
    cancel: &CancellationToken,
) -> Result<DownloadReport, TransferError<DownloadReport>> {
    let manifest = ObjectInfo { name: file.manifest.object, size: 0 };
    let first = download(bucket, vault, &[manifest], &|_| (), cancel).await?;
    if !first.is_complete() {
        return Ok(first);
    }
    let (reference, secret) = (file.manifest, secret.clone());
    let opened = match blocking(vault, move |vault| vault.objects_of(&reference, &secret)).await {
        Ok(opened) => opened.map_err(TransferProblem::from),
        Err(stopped) => Err(stopped),
    };
    match opened {
        Ok(objects) => {
            let mut report = download(bucket, vault, &objects, progress, cancel).await?;
            report.fetched += first.fetched;
            Ok(report)
        }
        Err(problem) => Err(TransferError { problem, done: first }),
    }
}

/// Stores envelopes in a bucket and proves each; they are begun in the given order, so that an interruption leaves few gaps. An
/// envelope that is already there costs reading it.
///
/// # Errors
/// [`TransferError`] with what was proved until then.
pub async fn upload_envelopes(
    bucket: &Bucket,
    envelopes: Vec<(EnvelopeName, Bytes)>,
    cancel: &CancellationToken,
) -> Result<EnvelopeReport, TransferError<EnvelopeReport>> {
    let mut report = EnvelopeReport::default();
    let work = futures::stream::iter(envelopes)
        .map(|(name, bytes)| async move {
            bucket.put_envelope(&name, &bytes).await.map(|_| name).map_err(TransferProblem::from)
        })
        .buffered(ENVELOPES_AT_ONCE);
    match drain(work, cancel, |name| report.proved.push(name)).await {
        Ok(()) => Ok(report),
        Err(problem) => Err(TransferError { problem, done: report }),
    }
}

/// Takes every result until the end, the first problem, or a cancel; what is in flight then is dropped.
async fn drain<T>(
    work: impl Stream<Item = Result<T, TransferProblem>>,
    cancel: &CancellationToken,
    mut each: impl FnMut(T),
) -> Result<(), TransferProblem> {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(TransferProblem::Cancelled),
            next = work.next() => match next {
                Some(result) => each(result?),
                None => return Ok(()),
            },
        }
    }
}

/// Does something with the vault off the asynchronous threads.
async fn blocking<T: Send + 'static>(
    vault: &Vault,
    work: impl FnOnce(&Vault) -> T + Send + 'static,
) -> Result<T, TransferProblem> {
    let vault = vault.clone();
    // It fails only when the runtime is shutting down or the work panicked; either way nothing was done.
    tokio::task::spawn_blocking(move || work(&vault)).await.map_err(|_| TransferProblem::Cancelled)
}

struct Counter<'a> {
    now: Progress,
    progress: OnProgress<'a>,
}

impl<'a> Counter<'a> {
    fn new(total_bytes: u64, progress: OnProgress<'a>) -> Self {
        Self { now: Progress { done_bytes: 0, total_bytes }, progress }
    }

    fn add(&mut self, bytes: u64) {
        self.now.done_bytes += bytes;
        (self.progress)(self.now);
    }
}

//! The storage library behind one policy: every request has a deadline, passing failures are tried again a bounded number of
//! times, and every failure has a meaning.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{Error as StoreError, GetResult, ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use super::error::meaning;
use super::place::Place;
use super::watch::{SameSha256, watched};
use super::{BucketError, BucketErrorKind, BucketOptions, Limits};
use crate::disk;

/// What came of a put.
#[derive(Debug)]
pub(crate) enum Put {
    /// Done; `proved` when the provider answered with the SHA-256 of what was sent.
    Done { proved: bool },
    /// Something is already there; nothing was written.
    Exists,
}

#[derive(Clone)]
pub(crate) struct Store {
    pub(super) inner: Arc<dyn ObjectStore>,
    pub(super) shown: Arc<str>,
    pub(super) limits: Limits,
    /// The folder of a bucket that is one.
    pub(super) folder: Option<PathBuf>,
    /// Nothing in the environment looks like a credential for this kind of bucket.
    pub(super) no_credentials: bool,
}

impl fmt::Debug for Store {
    /// The address alone: clients carry settings that nobody wants in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.shown)
    }
}

impl Store {
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.folder.is_some()
    }

    pub(crate) fn error(&self, kind: BucketErrorKind, path: &Path) -> BucketError {
        BucketError::new(kind, &self.shown, path.as_ref()).without_credentials(self.no_credentials)
    }

    /// Opens a folder or sets up a client; of a cloud bucket nothing is asked yet.
    pub(crate) async fn connect(address: &str, options: &BucketOptions, create: bool) -> Result<Self, BucketError> {
        let place = Place::parse(address)?;
        let shown: Arc<str> = place.shown.as_str().into();
        let (limits, options) = (options.limits, options.clone());
        // A folder on a network drive that hangs must not hang the caller.
        let opening = tokio::task::spawn_blocking(move || super::connect::connect(&place, &options, create));
        match tokio::time::timeout(limits.answer, opening).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(stopped)) => Err(BucketError::new(BucketErrorKind::Other, &shown, "").because(stopped)),
            Err(elapsed) => Err(BucketError::new(BucketErrorKind::TimedOut, &shown, "").because(elapsed)),
        }
    }

    /// Runs `operation` until it succeeds, fails for good, was tried often enough, or its time is up.
    async fn run<T, F>(&self, path: &Path, bytes: u64, mut operation: impl FnMut() -> F) -> Result<T, BucketError>
    where
        F: Future<Output = object_store::Result<T>>,
    {
        let attempts = async {
            let mut attempt = 0;
            loop {
                let (answer, status) = watched(operation()).await;
                let error = match answer {
                    Ok(value) => return Ok(value),
                    Err(error) => error,
                };
                let kind = meaning(&error, status);
                attempt += 1;
                // A time-out has used up its patience already.
                let again = matches!(kind, BucketErrorKind::Unreachable | BucketErrorKind::Failing);
                if !again || attempt > self.limits.retries {
                    return Err(self.error(kind, path).because(error));
                }
                tracing::debug!(%path, ?kind, attempt, "a bucket did not answer well; trying again");
                tokio::time::sleep(self.limits.pause(attempt)).await;
            }
        };
        match tokio::time::timeout(self.limits.deadline(bytes), attempts).await {
            Ok(result) => result,
            Err(elapsed) => Err(self.error(BucketErrorKind::TimedOut, path).because(elapsed)),
        }
    }

    /// Reads an object of at most `max_bytes`; a longer one is damaged.
    pub(crate) async fn get(&self, path: &Path, max_bytes: usize) -> Result<Bytes, BucketError> {
        let read = || async {
            // A large object may take long, but not to begin.
            let answer = tokio::time::timeout(self.limits.answer, self.inner.get(path)).await;
            self.collect(answer.map_err(|_| timed_out())??, max_bytes).await
        };
        match self.run(path, max_bytes as u64, read).await? {
            Some(bytes) => Ok(bytes),
            None => Err(self.error(BucketErrorKind::Damaged, path)),
        }
    }

    async fn collect(&self, answer: GetResult, max_bytes: usize) -> object_store::Result<Option<Bytes>> {
        if answer.meta.size > max_bytes as u64 {
            return Ok(None);
        }
        let size = answer.meta.size;
        let mut pieces = answer.into_stream();
        let mut collected = BytesMut::with_capacity(usize::try_from(size).unwrap_or(max_bytes));
        loop {
            let next = tokio::time::timeout(self.limits.answer, pieces.try_next()).await;
            match next.map_err(|_| timed_out())?? {
                Some(piece) if collected.len() + piece.len() > max_bytes => return Ok(None),
                Some(piece) => collected.extend_from_slice(&piece),
                None => return Ok(Some(collected.freeze())),
            }
        }
    }

    /// The size of an object in bytes; `None` when it is not there.
    pub(crate) async fn size(&self, path: &Path) -> Result<Option<u64>, BucketError> {
        match self.run(path, 0, || self.inner.head(path)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(e) if e.kind() == BucketErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Writes an object unless one is there. Providers and file systems that cannot promise that in one step are asked in two:
    /// what is stored here is named by its content, so two writers at once write the same.
    pub(crate) async fn create(&self, path: &Path, bytes: &Bytes) -> Result<Put, BucketError> {
        let payload = PutPayload::from(bytes.clone());
        let put = || async {
            match self.inner.put_opts(path, payload.clone(), PutMode::Create.into()).await {
                Ok(result) => Ok(Some(done(&result))),
                Err(StoreError::AlreadyExists { .. }) => Ok(Some(Put::Exists)),
                Err(e) if self.cannot_create(&e) => Ok(None),
                Err(e) => Err(e),
            }
        };
        if let Some(put) = self.run(path, bytes.len() as u64, put).await? {
            return Ok(put);
        }
        match self.size(path).await? {
            Some(_) => Ok(Put::Exists),
            None => self.overwrite(path, bytes.clone()).await,
        }
    }

    /// Whether the error may say that writing only what is not there yet cannot be done here. A folder does it by a hard link, which
    /// drives formatted for Windows and some network drives refuse.
    fn cannot_create(&self, error: &StoreError) -> bool {
        let unsupported = matches!(error, StoreError::NotImplemented { .. } | StoreError::NotSupported { .. });
        unsupported || (self.is_folder() && !matches!(meaning(error, None), BucketErrorKind::Full))
    }

    /// Writes an object over whatever is there.
    pub(crate) async fn overwrite(&self, path: &Path, bytes: Bytes) -> Result<Put, BucketError> {
        let payload = PutPayload::from(bytes.clone());
        let put = || self.inner.put_opts(path, payload.clone(), PutMode::Overwrite.into());
        self.run(path, bytes.len() as u64, put).await.map(|result| done(&result))
    }

    /// The objects below `prefix`, sorted; only those behind `after`; at most `at_most`, the first ones.
    pub(crate) async fn list(
        &self,
        prefix: &Path,
        after: Option<&Path>,
        at_most: usize,
    ) -> Result<Vec<Path>, BucketError> {
        Ok(self.list_sizes(prefix, after, at_most).await?.into_iter().map(|(path, _)| path).collect())
    }

    /// Every object below `prefix` with its size, sorted. Each part of the listing has its own deadline.
    pub(crate) async fn list_all(&self, prefix: &Path) -> Result<Vec<(Path, u64)>, BucketError> {
        let mut all: Vec<(Path, u64)> = Vec::new();
        loop {
            let after = all.last().map(|(path, _)| path.clone());
            let part = self.list_sizes(prefix, after.as_ref(), LISTED_AT_ONCE).await?;
            let last = part.len() < LISTED_AT_ONCE;
            all.extend(part);
            if last {
                return Ok(all);
            }
        }
    }

    async fn list_sizes(
        &self,
        prefix: &Path,
        after: Option<&Path>,
        at_most: usize,
    ) -> Result<Vec<(Path, u64)>, BucketError> {
        let list = || async {
            let mut found = Vec::new();
            let mut pages = match after {
                Some(after) => self.inner.list_with_offset(Some(prefix), after),
                None => self.inner.list(Some(prefix)),
            };
            loop {
                let next = tokio::time::timeout(self.limits.answer, pages.try_next()).await;
                let Some(meta) = next.map_err(|_| timed_out())?? else { break };
                found.push((meta.location, meta.size));
                // A folder is listed in no order, so its first ones are known only at the end.
                if !self.is_folder() && found.len() >= at_most {
                    break;
                }
            }
            Ok(found)
        };
        let mut found = self.run(prefix, LISTING_BYTES, list).await?;
        found.sort_unstable();
        found.truncate(at_most);
        Ok(found)
    }

    /// The folders directly in `prefix`, sorted.
    pub(crate) async fn folders(&self, prefix: &Path) -> Result<Vec<Path>, BucketError> {
        let mut found =
            self.run(prefix, FOLDERS_BYTES, || self.inner.list_with_delimiter(Some(prefix))).await?.common_prefixes;
        found.sort_unstable();
        Ok(found)
    }
}

/// Names in one part of a long listing.
const LISTED_AT_ONCE: usize = 100_000;
/// What a long listing may weigh, to give it time: some 100,000 names.
const LISTING_BYTES: u64 = 1 << 20;
/// What a listing of folders may weigh.
const FOLDERS_BYTES: u64 = 64 << 10;

fn done(result: &object_store::PutResult) -> Put {
    Put::Done { proved: result.extensions.get::<SameSha256>().is_some() }
}

fn timed_out() -> StoreError {
    StoreError::Generic { store: "bucket", source: Box::new(std::io::Error::from(std::io::ErrorKind::TimedOut)) }
}

/// Makes the names on the way to a new folder durable, as far as the system allows.
pub(super) fn make_folder(folder: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for ancestor in folder.ancestors() {
        // A folder above may not be ours to open; then it was there before.
        let _ = disk::sync_dir(ancestor);
    }
    Ok(())
}

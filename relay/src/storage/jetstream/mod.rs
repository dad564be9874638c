//! The engine past one machine: NATS JetStream keeps everything, and any number of relays stand in front of it.
//!
//! A project is a stream and a bucket. One append is **one message**, which the servers store whole or not at all; one that is longer
//! than a message may be goes to the bucket first and the message names it. So an append is all or none, always. It is answered
//! when the servers said that the message is stored: on a majority of `replicas` servers where there are several; of a single
//! server, which writes to its disk when it sees fit, a power cut may take the last moments. An append that failed with
//! [`StorageError::Unreachable`] may be stored all the same; handing it in again does no harm: the servers drop a message they
//! remember by its id, and every index drops a record it holds.
//!
//! Each relay keeps a **replica** of the projects somebody views: the same index as the embedded engine's, filled from the stream in
//! its order, and disposable. It knows which stream it is of, where that begins and how far it is; where one of these does not fit
//! (a purge, a removed message, a stream made anew) it is emptied and filled again. Limits of a stream refuse what is new and
//! never drop what is old. Letting envelopes go removes them from replicas; the stream keeps their bytes.

mod bucket;
mod follower;
mod link;
mod message;
mod options;
mod replica;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use enginus_model::{Hash, Instant, ProjectId};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::sync::Mutex;

pub use self::options::{JetStreamCredentials, JetStreamOptions, JetStreamTls};

use self::bucket::{Bucket, Kind};
use self::link::{Link, deleted, identity, of_any};
use self::message::Message;
use self::replica::Replica;
use super::change::{self, Change};
use super::error::io_error;
use super::index::Index;
use super::medium::Medium;
use super::{ProjectView, Record, Storage, StorageError, StoredObject};

/// The replicas, in the cache folder.
const CACHE_FILE: &str = "replicas.redb";
/// How long a full cache disk is left alone.
const CACHE_RETRY_AFTER: Duration = Duration::from_secs(5);
/// The most bytes of records in one append.
const APPEND_BYTES_MAX: usize = 64 << 20;
/// When something was used is kept to the minute.
const USED_MS: i64 = 60_000;

/// The engine past one machine.
pub struct JetStream {
    link: Arc<Link>,
    index: Index,
    replicas: Mutex<HashMap<ProjectId, Weak<Replica>>>,
}

impl std::fmt::Debug for JetStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JetStream")
    }
}

impl JetStream {
    /// Opens the cache and begins to connect; answers before the servers are reached.
    ///
    /// # Errors
    /// [`StorageError`] where the options make no sense or the cache cannot be opened.
    pub async fn open(options: JetStreamOptions) -> Result<Self, StorageError> {
        let medium = match &options.cache {
            None => Medium::memory(),
            Some(folder) => {
                std::fs::create_dir_all(folder).map_err(|error| io_error("making the cache folder", &error))?;
                Medium::File(folder.join(CACHE_FILE))
            }
        };
        let index = open_cache(medium, &options)?;
        let link = Arc::new(Link::open(options).await?);
        Ok(Self { link, index, replicas: Mutex::default() })
    }

    fn minute(&self) -> Instant {
        let now = (self.link.options.clock)().0;
        Instant(now - now.rem_euclid(USED_MS))
    }

    async fn add(&self, project: ProjectId, records: Vec<Record>) -> Result<(), StorageError> {
        if records.is_empty() {
            return self.link.bounded(self.link.stream(&project)).await.map(drop);
        }
        records.iter().try_for_each(change::check)?;
        let message = Message::of(&records)?;
        if matches!(records.first(), Some(Record::Opened { .. })) {
            // The bucket first: a project is here once its stream is.
            self.link.bounded(Bucket::make(&self.link, &project)).await?;
            self.link.bounded(self.link.make_stream(&project)).await?;
        }
        let mut payload = message.encode()?;
        if payload.len() > APPEND_BYTES_MAX {
            return Err(StorageError::Failed(format!(
                "an append has {} bytes, more than the {APPEND_BYTES_MAX} allowed",
                payload.len()
            )));
        }
        if payload.len() > self.link.payload_bytes_max() {
            let name = Hash::of(&payload);
            let putting = async {
                let bucket = Bucket::open(&self.link, &project).await?;
                bucket.put(Kind::Append, &name, &payload, Instant(0)).await
            };
            self.link.bounded(putting).await?;
            payload = Message::Elsewhere(name).encode()?;
        }
        let id = hex::encode(Hash::of(&payload).as_bytes());
        self.link.publish(&project, &id, payload).await
    }

    /// The replica of a project, followed from now on if it was not. What nobody views any more leaves the memory.
    async fn replica(&self, project: ProjectId) -> Result<Arc<Replica>, StorageError> {
        let mut replicas = self.replicas.lock().await;
        if let Some(replica) = replicas.get(&project).and_then(Weak::upgrade)
            && !replica.has_ended()
        {
            return Ok(replica);
        }
        let unseen = replicas.extract_if(|other, replica| *other != project && replica.strong_count() == 0);
        for (unseen, _) in unseen.collect::<Vec<_>>() {
            if self.link.options.cache.is_none() {
                self.index.write(unseen, vec![Change::Forget]).await?;
            }
        }
        let replica = Arc::new(Replica::start(self.link.clone(), self.index.clone(), project));
        replicas.insert(project, Arc::downgrade(&replica));
        Ok(replica)
    }

    async fn look(&self, project: ProjectId) -> Result<Arc<dyn ProjectView>, StorageError> {
        let stream = self.link.bounded(self.link.stream(&project)).await?;
        let info = stream.cached_info();
        let replica = self.replica(project).await?;
        replica.reaches(identity(info), info.state.last_sequence, self.link.options.timeout).await?;
        let view = self.index.view(project)?.holding(replica);
        view.genesis()?;
        Ok(Arc::new(view))
    }

    /// Tells all relays of an object. Unlike an append it may come again in the same words, so its id is new each time.
    async fn tell(&self, project: ProjectId, message: Message) -> Result<(), StorageError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| StorageError::Failed(format!("no randomness: {error}")))?;
        self.link.publish(&project, &hex::encode(id), message.encode()?).await
    }

    async fn keep(&self, project: ProjectId, name: Hash, bytes: Vec<u8>) -> Result<(), StorageError> {
        let used = self.minute();
        let putting = async {
            let bucket = Bucket::open(&self.link, &project).await?;
            bucket.put(Kind::Object, &name, &bytes, used).await
        };
        if self.link.bounded(putting).await? {
            self.tell(project, Message::ObjectKept { name, bytes: bytes.len() as u64, used }).await?;
        }
        Ok(())
    }

    async fn give(&self, project: ProjectId, name: Hash) -> Result<Option<Vec<u8>>, StorageError> {
        let used = self.minute();
        let getting = async {
            let bucket = Bucket::open(&self.link, &project).await?;
            bucket.get(Kind::Object, &name, used).await
        };
        match self.link.bounded(getting).await {
            Err(StorageError::Damaged(why)) => {
                tracing::error!("an object of project {} is dropped: {why}", project.short());
                self.forget(project, name).await?;
                Ok(None)
            }
            other => other,
        }
    }

    async fn forget(&self, project: ProjectId, name: Hash) -> Result<(), StorageError> {
        let removing = async {
            let bucket = Bucket::open(&self.link, &project).await?;
            bucket.remove(Kind::Object, &name).await
        };
        if self.link.bounded(removing).await? {
            self.tell(project, Message::ObjectDropped { name }).await?;
        }
        Ok(())
    }

    async fn let_project_go(&self, project: ProjectId) -> Result<(), StorageError> {
        let removing = async {
            let context = &self.link.context;
            deleted(context.delete_stream(self.link.stream_name(&project)).await)?;
            // A bucket is a stream of this name.
            deleted(context.delete_stream(format!("OBJ_{}", self.link.bucket_name(&project))).await)
        };
        self.link.bounded(removing).await?;
        self.replicas.lock().await.remove(&project);
        self.index.write(project, vec![Change::Forget]).await.map(drop)
    }

    async fn names(&self) -> Result<Vec<ProjectId>, StorageError> {
        let mut names = self.link.context.stream_names();
        let mut projects = Vec::new();
        while let Some(name) = names.next().await {
            projects.extend(self.link.project_of(&name.map_err(|error| of_any(&error))?));
        }
        projects.sort();
        projects.dedup();
        Ok(projects)
    }
}

/// A cache that does not open is as good as none.
fn open_cache(medium: Medium, options: &JetStreamOptions) -> Result<Index, StorageError> {
    let path = match &medium {
        Medium::File(path) => Some(path.clone()),
        _ => None,
    };
    match Index::open(medium, options.cache_bytes, CACHE_RETRY_AFTER) {
        Err(error @ (StorageError::Damaged(_) | StorageError::NewerVersion { .. })) => {
            let Some(path) = path else { return Err(error) };
            tracing::warn!("the cache is made anew: {error}");
            std::fs::remove_file(&path).map_err(|error| io_error("removing the cache", &error))?;
            Index::open(Medium::File(path), options.cache_bytes, CACHE_RETRY_AFTER)
        }
        other => other,
    }
}

impl Storage for JetStream {
    fn append(&self, project: ProjectId, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>> {
        self.add(project, records).boxed()
    }

    fn view(&self, project: ProjectId) -> BoxFuture<'_, Result<Arc<dyn ProjectView>, StorageError>> {
        self.look(project).boxed()
    }

    fn projects(&self) -> BoxFuture<'_, Result<Vec<ProjectId>, StorageError>> {
        self.link.bounded(self.names()).boxed()
    }

    fn put_object(&self, project: ProjectId, name: Hash, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), StorageError>> {
        self.keep(project, name, bytes).boxed()
    }

    fn object(&self, project: ProjectId, name: Hash) -> BoxFuture<'_, Result<Option<Vec<u8>>, StorageError>> {
        self.give(project, name).boxed()
    }

    fn remove_object(&self, project: ProjectId, name: Hash) -> BoxFuture<'_, Result<(), StorageError>> {
        self.forget(project, name).boxed()
    }

    fn objects(&self, project: ProjectId) -> BoxFuture<'_, Result<Vec<StoredObject>, StorageError>> {
        let listing = async move { Bucket::open(&self.link, &project).await?.list().await };
        self.link.bounded(listing).boxed()
    }

    fn delete(&self, project: ProjectId) -> BoxFuture<'_, Result<(), StorageError>> {
        self.let_project_go(project).boxed()
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), StorageError>> {
        // A stream that never is: an answer that it is not there is one.
        let asking = async move {
            match self.link.stream(&ProjectId([0; 32])).await {
                Err(StorageError::NoProject) => Ok(()),
                other => other.map(drop),
            }
        };
        self.link.bounded(asking).boxed()
    }
}

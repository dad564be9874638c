//! Brings what a project's stream says into the index, message by message, and notices where the stream is not what it was.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use enginus_model::{Instant, ProjectId};
use futures::StreamExt;
use tokio::sync::{Notify, watch};

use super::super::StorageError;
use super::super::change::Change;
use super::super::index::Index;
use super::super::tables::Position;
use super::bucket::{Bucket, Kind};
use super::link::{Link, identity, of_any, unreachable};
use super::message::Message;
use super::options::backoff;
use super::replica::Followed;

/// Messages that go into the index together at most.
const TOGETHER_MAX: usize = 256;
/// Bytes of changes that go into the index together.
const TOGETHER_BYTES: usize = 8 << 20;
/// How often a quiet stream is looked at: it may have been purged, made anew, or gone.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a stream may be ahead without anything coming of it until it is asked anew.
const STILL_MAX: Duration = Duration::from_secs(1);
/// The longest wait between attempts.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Why following a stream began anew.
enum Ended {
    /// Something changed that has to be looked at from the beginning.
    Changed,
    Failed(StorageError),
}

impl From<StorageError> for Ended {
    fn from(error: StorageError) -> Self {
        Self::Failed(error)
    }
}

/// Whoever fills a replica.
pub(super) struct Follower {
    link: Arc<Link>,
    index: Index,
    project: ProjectId,
    told: watch::Sender<Followed>,
    look: Arc<Notify>,
    /// The next beginning makes everything anew: something is missing that was in the stream.
    renew: bool,
    /// What goes into the index next.
    pending: Vec<Change>,
    pending_bytes: usize,
    /// When something last came.
    moved: tokio::time::Instant,
}

impl Follower {
    pub(super) fn new(
        link: Arc<Link>,
        index: Index,
        project: ProjectId,
        told: watch::Sender<Followed>,
        look: Arc<Notify>,
    ) -> Self {
        let moved = tokio::time::Instant::now();
        Self { link, index, project, told, look, renew: false, pending: Vec::new(), pending_bytes: 0, moved }
    }

    /// Follows until the stream is gone.
    pub(super) async fn run(mut self) {
        let mut failures = 0;
        loop {
            match self.follow(&mut failures).await {
                Ended::Changed => failures = 0,
                Ended::Failed(StorageError::NoProject) => {
                    if let Err(error) = self.index.write(self.project, vec![Change::Forget]).await {
                        tracing::warn!("the replica of a project that is gone stays a while: {error}");
                    }
                    return;
                }
                Ended::Failed(error) => {
                    tracing::debug!("following project {} failed: {error}", self.project.short());
                    self.told.send_modify(|followed| followed.trouble = Some(error));
                    failures += 1;
                    tokio::time::sleep(backoff(failures, WAIT_MAX)).await;
                }
            }
        }
    }

    /// Follows the stream until something is not as it was.
    async fn follow(&mut self, failures: &mut usize) -> Ended {
        self.pending.clear();
        self.pending_bytes = 0;
        match self.try_follow(failures).await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn try_follow(&mut self, failures: &mut usize) -> Result<std::convert::Infallible, Ended> {
        let Beginning { stream, mut position, last, holes_up_to } = self.begin().await?;
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: position.sequence + 1 },
            ..pull::OrderedConfig::default()
        };
        let creating = async { stream.create_consumer(config).await.map_err(|error| of_any(&error)) };
        let consumer = self.link.bounded(creating).await?;
        if consumer.cached_info().num_pending == 0 && last > position.sequence && self.is_gone(&stream, last).await? {
            // The last ones were removed one by one: there is nothing to wait for.
            let from = position;
            position.sequence = last;
            self.flush(from, position).await?;
        }
        self.tell(position);
        *failures = 0;
        self.moved = tokio::time::Instant::now();
        let opening = async { consumer.messages().await.map_err(|error| of_any(&error)) };
        let mut messages = self.link.bounded(opening).await?.ready_chunks(TOGETHER_MAX);
        loop {
            tokio::select! {
                chunk = messages.next() => {
                    let mut from = position;
                    for message in chunk.ok_or(Ended::Changed)? {
                        let message = message.map_err(|error| of_any(&error))?;
                        self.take(&message, &mut position, holes_up_to).await?;
                        if self.pending_bytes >= TOGETHER_BYTES {
                            self.flush(from, position).await?;
                            from = position;
                        }
                    }
                    self.flush(from, position).await?;
                }
                () = self.look.notified() => self.check(&position).await?,
                () = tokio::time::sleep(LOOK_EVERY) => self.check(&position).await?,
            }
        }
    }

    /// Whether the servers hold this message no more. A server that was started again gives nothing until it has caught up, which
    /// looks the same to whoever follows: the one that leads the stream knows.
    async fn is_gone(&self, stream: &Stream, sequence: u64) -> Result<bool, Ended> {
        let asking = async {
            match stream.get_raw_message(sequence).await {
                Ok(_) => Ok(false),
                Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => Ok(true),
                Err(error) => Err(of_any(&error)),
            }
        };
        Ok(self.link.bounded(asking).await?)
    }

    /// Finds out where to go on, and empties the replica where what it holds is not what the stream said.
    async fn begin(&mut self) -> Result<Beginning, Ended> {
        let stream = self.link.bounded(self.link.stream(&self.project)).await?;
        let info = stream.cached_info();
        let (stream_id, first, last) = (identity(info), info.state.first_sequence.max(1), info.state.last_sequence);
        let start = Position { stream: stream_id, first, sequence: first - 1 };
        let held = self.index.row(&self.project)?.map(|row| row.position);
        let goes_on = |held: &Position| held.stream == stream_id && held.first == first && held.sequence <= last;
        let (position, holes_up_to) = match held {
            Some(held) if goes_on(&held) && !self.renew => (held, 0),
            Some(_) => {
                tracing::warn!("the stream of project {} is not what it was: it is read anew", self.project.short());
                self.index.write(self.project, vec![Change::Renew(start)]).await?;
                (start, last)
            }
            None => {
                self.index.write(self.project, vec![Change::Follow(start)]).await?;
                (start, last)
            }
        };
        self.renew = false;
        Ok(Beginning { stream, position, last, holes_up_to })
    }

    /// Takes one message. Holes are as the stream is up to where it was when everything was read anew; one behind that is news.
    async fn take(
        &mut self,
        message: &async_nats::jetstream::Message,
        position: &mut Position,
        holes_up_to: u64,
    ) -> Result<(), Ended> {
        let sequence = message.info().map_err(unreachable)?.stream_sequence;
        if sequence <= position.sequence {
            return Ok(());
        }
        if sequence != position.sequence + 1 && sequence > holes_up_to {
            self.renew = true;
            return Err(Ended::Changed);
        }
        let changes = match Message::decode(&message.payload)? {
            Message::Elsewhere(name) => {
                let fetching = async {
                    let bucket = Bucket::open(&self.link, &self.project).await?;
                    bucket.get(Kind::Append, &name, Instant(i64::MIN)).await
                };
                let bytes = self.link.bounded(fetching).await?;
                let missing = || StorageError::Damaged("an append that lies in the bucket is missing".to_owned());
                Message::decode(&bytes.ok_or_else(missing)?)?.changes()?
            }
            other => other.changes()?,
        };
        self.pending_bytes += changes.iter().map(Change::bytes).sum::<usize>();
        self.pending.extend(changes);
        position.sequence = sequence;
        Ok(())
    }

    /// Puts what came into the index, with how far that is, and tells those who wait.
    async fn flush(&mut self, from: Position, to: Position) -> Result<(), Ended> {
        if from == to {
            return Ok(());
        }
        self.pending_bytes = 0;
        self.pending.insert(0, Change::Advance(from, to));
        match self.index.write(self.project, std::mem::take(&mut self.pending)).await {
            Ok(_) => {}
            // Somebody emptied it meanwhile: what is there now says where to go on.
            Err(StorageError::NoProject) => return Err(Ended::Changed),
            Err(error) => return Err(error.into()),
        }
        self.moved = tokio::time::Instant::now();
        self.tell(to);
        Ok(())
    }

    fn tell(&self, position: Position) {
        self.told.send_replace(Followed { position, trouble: None });
    }

    /// Looks whether the stream is what it was and nothing of it fails to come.
    async fn check(&mut self, position: &Position) -> Result<(), Ended> {
        let stream = self.link.bounded(self.link.stream(&self.project)).await?;
        let info = stream.cached_info();
        let same = identity(info) == position.stream && info.state.first_sequence.max(1) == position.first;
        let still = info.state.last_sequence > position.sequence && self.moved.elapsed() >= STILL_MAX;
        if !same || info.state.last_sequence < position.sequence || still {
            return Err(Ended::Changed);
        }
        Ok(())
    }
}

/// Where following begins.
struct Beginning {
    stream: Stream,
    position: Position,
    /// The stream's last sequence then.
    last: u64,
    /// Up to here holes are no news.
    holes_up_to: u64,
}

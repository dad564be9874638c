//! The mailbox: what devices of admitted projects put and get.
//!
//! A device opens a stream for each of its projects and says hello. The project's access list ([`enginus_access::AccessList`]) decides
//! what it may have; what it puts is checked as far as somebody without keys can check it (form, place in its log, signature, who may
//! put), stored, and passed on to everybody else. Objects have streams of their own.
//!
//! Whether an author was *allowed* to write something is for devices to judge: they do, each by itself. What the list does not let an
//! author put (somebody it does not know yet, somebody who was removed) is therefore taken too, in small amounts.

mod gate;
mod holdings;
mod intake;
mod limits;
mod meter;
mod objects;
mod project;
mod quota;
mod session;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use enginus_access::{AccessList, Genesis, SignedStatement};
use enginus_model::{DeviceId, ProjectId};
use enginus_net::{Hello, Node, Notice, Peer, StreamError, StreamKind};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use gate::{Admission, AdmitAll};
pub use limits::Limits;
pub use meter::{Happened, Meter, Unmetered};

use crate::storage::{Record, Storage, StorageError};
use project::Open;
use quota::Quotas;

/// Streams served for one connection at a time.
const STREAMS_PER_CONNECTION: usize = 64;
/// What one permit of the queue's budget stands for.
const QUEUE_UNIT_BYTES: usize = 1024;

/// The mailbox of a relay.
pub struct Mailbox {
    storage: Arc<dyn Storage>,
    admission: Arc<dyn Admission>,
    meter: Arc<dyn Meter>,
    limits: Limits,
    quotas: Quotas,
    /// Projects with a session, or with one a moment ago.
    open: Mutex<HashMap<ProjectId, Weak<Open>>>,
    /// Opening and creating projects, one at a time.
    opening: tokio::sync::Mutex<()>,
    /// Places for sessions with devices that the list does not name.
    strangers: Arc<Semaphore>,
    /// Bytes that may wait to be read by devices, in units.
    queue: Arc<Semaphore>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Mailbox {
    /// A mailbox over a storage.
    #[must_use]
    pub fn new(
        storage: Arc<dyn Storage>,
        admission: Arc<dyn Admission>,
        meter: Arc<dyn Meter>,
        limits: Limits,
    ) -> Arc<Self> {
        Arc::new(Self {
            storage,
            admission,
            meter,
            quotas: Quotas::new(&limits),
            open: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
            strangers: Arc::new(Semaphore::new(limits.strangers)),
            queue: Arc::new(Semaphore::new(limits.queue_bytes / QUEUE_UNIT_BYTES)),
            limits,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    /// Serves whoever connects until [`Mailbox::drain`] is called or the node ends; then closes the node.
    pub async fn serve(self: Arc<Self>, mut node: Node) {
        let relay = node.device();
        let mut forget = tokio::time::interval(quota::FORGET_EVERY);
        loop {
            let peer = tokio::select! {
                () = self.stop.cancelled() => break,
                _ = forget.tick() => {
                    self.quotas.forget_idle();
                    continue;
                }
                peer = node.accept() => match peer {
                    Some(peer) => peer,
                    None => break,
                },
            };
            self.meter.happened(Happened::Connected);
            let mailbox = self.clone();
            self.tasks.spawn(async move {
                mailbox.serve_peer(&peer, relay).await;
                mailbox.meter.happened(Happened::Disconnected);
            });
        }
        self.tasks.close();
        self.tasks.wait().await;
        node.close().await;
    }

    /// Tells every session that the relay is being stopped, and ends them. What was acknowledged is durable in any case.
    pub fn drain(&self) {
        self.stop.cancel();
    }

    async fn serve_peer(self: &Arc<Self>, peer: &Peer, relay: enginus_model::DeviceId) {
        let streams = Arc::new(Semaphore::new(STREAMS_PER_CONNECTION));
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => {
                    // Sessions say goodbye first; the node ends the connection.
                    break;
                }
                accepted = peer.accept_stream() => accepted,
            };
            let (kind, stream) = match accepted {
                Ok(accepted) => accepted,
                Err(StreamError::Lost(_)) => break,
                Err(error) => {
                    tracing::debug!(device = %peer.device().short(), "a stream is not understood: {error}");
                    continue;
                }
            };
            let Ok(place) = streams.clone().try_acquire_owned() else { continue };
            let (mailbox, device) = (self.clone(), peer.device());
            self.tasks.spawn(async move {
                match kind {
                    StreamKind::Sync => session::run(&mailbox, device, stream).await,
                    StreamKind::Objects => objects::give(&mailbox, device, relay, stream).await,
                    StreamKind::Deposits => objects::take(&mailbox, device, stream).await,
                    // A mailbox lets no device into a person's own.
                    StreamKind::Pairing => {}
                }
                drop(place);
            });
        }
    }

    /// Whether what waits to be read by slow devices leaves little room for others.
    fn needs_room(&self) -> bool {
        self.queue.available_permits() < self.limits.queue_bytes / QUEUE_UNIT_BYTES / 4
    }

    /// A project that has a session now.
    fn is_open(&self, project: &ProjectId) -> Option<Arc<Open>> {
        self.opened().get(project).and_then(Weak::upgrade)
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Weak<Open>>> {
        // A table of weak references cannot be left half changed.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The project of a hello. It begins to be kept here where the operator admits it and a device of its owner asks: nobody else could
    /// put anyone on its access list, and what the owner had erased does not come back by somebody who has not heard of it.
    async fn project(self: &Arc<Self>, device: &DeviceId, hello: &Hello) -> Result<Arc<Open>, Notice> {
        if self.admission.is_barred(&hello.project) {
            return Err(Notice::NotAdmitted);
        }
        if let Some(open) = self.is_open(&hello.project) {
            return Ok(open);
        }
        let genesis = Genesis::decode(&hello.genesis).map_err(|_| Notice::NotThisProject)?;
        if genesis.project_id() != hello.project {
            return Err(Notice::NotThisProject);
        }
        let _one_at_a_time = self.opening.lock().await;
        if let Some(open) = self.is_open(&hello.project) {
            return Ok(open);
        }
        let view = match self.storage.view(hello.project).await {
            Ok(view) => view,
            Err(StorageError::NoProject) => {
                let introduced = hello.statements.iter().filter_map(|bytes| SignedStatement::decode(bytes).ok());
                if !AccessList::new(&genesis, &introduced.collect::<Vec<_>>()).is_owner(device) {
                    return Err(Notice::NotKept);
                }
                if !self.admission.admits(&hello.project, hello.code.as_deref()) {
                    return Err(Notice::NotAdmitted);
                }
                let opened = Record::Opened { genesis: hello.genesis.clone(), at: crate::clock::now() };
                self.storage.append(hello.project, vec![opened]).await.map_err(|error| told(&error))?;
                tracing::info!(project = %short(&hello.project), "a project is kept from now on");
                self.storage.view(hello.project).await.map_err(|error| told(&error))?
            }
            Err(error) => return Err(told(&error)),
        };
        let open = Open::new(self, hello.project, genesis, view).map_err(|error| told(&error))?;
        let mut opened = self.opened();
        opened.retain(|_, open| open.strong_count() > 0);
        opened.insert(hello.project, Arc::downgrade(&open));
        Ok(open)
    }
}

impl Mailbox {
    /// Lets go of everything that is kept of a project. Its sessions end by themselves: what they look at is gone.
    async fn erase(&self, project: &ProjectId) -> Result<(), Notice> {
        let _one_at_a_time = self.opening.lock().await;
        self.storage.delete(*project).await.map_err(|error| told(&error))?;
        self.opened().remove(project);
        tracing::info!(project = %short(project), "a project was let go at its owner's word");
        Ok(())
    }
}

/// What a device is told of a storage that failed; the operator reads the rest in the log.
fn told(error: &StorageError) -> Notice {
    tracing::warn!("{error}");
    match error {
        StorageError::Full(_) => Notice::StorageFull,
        StorageError::NoProject => Notice::LetGo,
        _ => Notice::Unavailable,
    }
}

/// A project in a log: enough to tell two apart, not enough to name one.
pub(crate) fn short(project: &ProjectId) -> String {
    hex::encode(&project.as_bytes()[..4])
}

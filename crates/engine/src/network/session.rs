//! One project with one peer, over one stream: frames in and out of a link.
//!
//! A frame begins with what it is: a [greeting](super::greeting) (once, first), a frame of the link, or whether this side has fetched the files it
//! keeps.

use std::sync::Arc;
use std::time::Duration;

use enginus_access::{Authority, SignedStatement};
use enginus_model::{DeviceId, DomainId, ProjectId};
use enginus_net::{FrameSender, FrameStream, Peer};
use enginus_sync::{Effect, Event, Link, SnapshotQuestion};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use super::giving::Giving;
use super::greeting::{Greeting, read_greeting};
use super::view::{PeerView, may_pull};
use super::{Network, SessionState};
use crate::ambient;
use crate::api::{Failure, FailureKind};
use crate::engine::{SharedProject, blocking, lock};
use crate::project::{Project, SealedSnapshot};

const LINK: u8 = 1;
const FILES: u8 = 2;
const TICK: Duration = Duration::from_secs(1);
/// How long the other side may take to read the last frames and end its side.
const GOODBYE: Duration = Duration::from_secs(2);
/// Frames that wait to be written; the link's own window bounds their bytes.
const OUTGOING_MAX: usize = 1024;

enum Outgoing {
    Frame(Vec<u8>),
    /// Tells when everything before it was handed to the network.
    Mark,
}

/// Runs a session until either side ends it. `greeted` is the peer's greeting, where it spoke first.
pub(super) async fn run(
    network: Arc<Network>,
    project: SharedProject,
    peer: Peer,
    mut stream: FrameStream,
    greeted: Option<Greeting>,
) {
    let (id, device) = {
        let project = project.clone();
        let id = blocking(move || Ok(lock(&project).id())).await;
        match id {
            Ok(id) => (id, peer.device()),
            Err(_) => return,
        }
    };
    let own = Greeting { project: id, addresses: network.addresses() };
    if stream.send(&own.encode()).await.is_err() {
        return;
    }
    let greeting = match greeted {
        Some(greeting) => greeting,
        None => match read_greeting(&mut stream).await {
            Some(greeting) if greeting.project == id => greeting,
            _ => return,
        },
    };
    greeting.remember(&project, device).await;
    // Where the program ended between a join and the card.
    if let Err(failure) = super::once::introduce(&network.engine, &project).await {
        tracing::warn!("this person's card could not be written: {failure}");
    }
    let state = network.session_started(id, device);
    let ended = Session::start(&network, project.clone(), device, stream, state.clone()).await;
    if let Err(failure) = ended {
        tracing::info!("the exchange with device {} ended: {failure}", device.short());
        state.update(|status| status.problem = Some(failure.to_string()));
    }
    network.session_ended(id, device);
}

struct Session {
    network: Arc<Network>,
    project: SharedProject,
    id: ProjectId,
    device: DeviceId,
    link: Option<Link>,
    guest: Arc<Guest>,
    giving: Arc<std::sync::Mutex<Giving>>,
    outgoing: mpsc::Sender<Outgoing>,
    state: Arc<SessionState>,
    /// The pass of the file worker after which this side has what it keeps of what came so far.
    files_after: u64,
}

/// The access table as a joiner's credentials extend it.
#[derive(Default)]
struct Guest(std::sync::Mutex<(Vec<SignedStatement>, Option<Authority>)>);

impl Session {
    async fn start(
        network: &Arc<Network>,
        project: SharedProject,
        device: DeviceId,
        stream: FrameStream,
        state: Arc<SessionState>,
    ) -> Result<(), Failure> {
        let (sender, mut receiver) = stream.split();
        let (outgoing, queue) = mpsc::channel(OUTGOING_MAX);
        let (drained, mut drains) = mpsc::channel(1);
        let gone = CancellationToken::new();
        let writer = tokio::spawn(write(sender, queue, drained, gone.clone()));
        let (mut tips, mut scope, credentials, id) = {
            let project = project.clone();
            blocking(move || {
                let project = lock(&project);
                Ok((project.watch_tips(), project.watch_scope(), project.credentials()?, project.id()))
            })
            .await?
        };
        let mut session = Self {
            network: network.clone(),
            project,
            id,
            device,
            link: Some(Link::new(id)),
            guest: Arc::default(),
            giving: Arc::default(),
            outgoing,
            state,
            files_after: network.want_files(id),
        };
        let mut files = network.watch_files(id);
        let mut tick = tokio::time::interval(TICK);
        let stop = network.stopping();
        let mut event = Some(Event::Opened { credentials });
        let result = loop {
            if let Some(event) = event.take()
                && let Err(failure) = session.handle(event).await
            {
                break Err(failure);
            }
            tokio::select! {
                () = stop.cancelled() => break Ok(()),
                () = gone.cancelled() => break Ok(()),
                frame = receiver.recv() => match frame {
                    Ok(Some(frame)) => event = session.read(frame).await?,
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(Failure::new(FailureKind::Unreachable, error.to_string())),
                },
                stored = tips.recv() => event = Some(match stored {
                    Ok(stored) => Event::Stored { tips: stored.into_iter().map(|tip| tip.tip).collect() },
                    Err(broadcast::error::RecvError::Lagged(_)) => session.everything().await?,
                    Err(broadcast::error::RecvError::Closed) => break Ok(()),
                }),
                changed = scope.changed() => match changed {
                    Ok(()) => event = Some(Event::ScopeChanged),
                    Err(_) => break Ok(()),
                },
                Some(()) = drains.recv() => event = Some(Event::Drained),
                _ = tick.tick() => event = Some(Event::Tick),
                Ok(()) = files.changed() => {
                    let done = *files.borrow_and_update() >= session.files_after;
                    session.tell_files(done).await;
                }
            }
        };
        // The link is not told: what both had proved of each other stays true after the connection.
        drop(session);
        let _ = writer.await;
        if result.is_ok() {
            // Ending the connection at once would lose what the other side has not read yet: it ends its side when it has.
            let _ = tokio::time::timeout(GOODBYE, async { while let Ok(Some(_)) = receiver.recv().await {} }).await;
        }
        result
    }

    /// Everything held, after falling too far behind to know what is new.
    async fn everything(&self) -> Result<Event, Failure> {
        let project = self.project.clone();
        let tips = blocking(move || Ok(lock(&project).tips())).await?;
        Ok(Event::Stored { tips: tips.into_iter().map(|tip| tip.tip).collect() })
    }

    async fn read(&mut self, mut frame: Vec<u8>) -> Result<Option<Event>, Failure> {
        Ok(match frame.first() {
            Some(&LINK) => {
                frame.remove(0);
                Some(Event::Received(frame))
            }
            Some(&FILES) => {
                let done = frame.get(1) == Some(&1);
                self.state.update(|status| status.peer_has_files = done);
                if done && self.state.status().in_sync {
                    let (project, device) = (self.project.clone(), self.device);
                    blocking(move || lock(&project).prove_kept_by(&device)).await?;
                    self.network.project_changed();
                }
                None
            }
            _ => None,
        })
    }

    async fn tell_files(&mut self, done: bool) {
        self.state.update(|status| status.files_done = done);
        let _ = self.outgoing.send(Outgoing::Frame(vec![FILES, u8::from(done)])).await;
    }

    /// Gives the link an event, under the project's lock, then does what it says.
    async fn handle(&mut self, event: Event) -> Result<(), Failure> {
        let Some(mut link) = self.link.take() else { return Ok(()) };
        let (project, guest, device) = (self.project.clone(), self.guest.clone(), self.device);
        let giving = self.giving.clone();
        let scope_changed = event == Event::ScopeChanged;
        let (link, effects, given) = blocking(move || {
            let mut giving = lock(&giving);
            if let Event::Received(frame) = &event
                && let Some(question) = SnapshotQuestion::of(frame)
            {
                let may = |project: &Project, domain: &DomainId| {
                    may_pull(project, lock(&guest.0).1.as_ref(), &device, domain)
                };
                if let Err(failure) = giving.prepare(&project, question, may) {
                    tracing::warn!("a snapshot could not be made: {failure}");
                }
            }
            let project = lock(&project);
            let mut guest = lock(&guest.0);
            if scope_changed && !guest.0.is_empty() {
                guest.1 = Some(project.authority().with(&guest.0));
            }
            let view = PeerView::new(&project, device, guest.1.as_ref(), &giving)?;
            let effects = link.handle(ambient::now(), &mut ambient::rng(), event, &view);
            Ok((link, effects, view.given()))
        })
        .await?;
        self.link = Some(link);
        if given > 0 {
            self.state.update(|status| status.sent += given);
        }
        for effect in effects {
            Box::pin(self.carry_out(effect)).await?;
        }
        Ok(())
    }

    async fn carry_out(&mut self, effect: Effect) -> Result<(), Failure> {
        match effect {
            Effect::Send(frame) => {
                let mut bytes = Vec::with_capacity(frame.len() + 1);
                bytes.push(LINK);
                bytes.extend_from_slice(&frame);
                self.send(Outgoing::Frame(bytes)).await
            }
            Effect::MoreToSend => self.send(Outgoing::Mark).await,
            Effect::Take { envelopes } => self.take(envelopes).await,
            Effect::Credentials(statements) => {
                self.admit_guest(statements).await?;
                self.handle(Event::ScopeChanged).await
            }
            // What both hold is what `InSync` says; who holds what is not shown.
            Effect::PeerHolds(_) => Ok(()),
            Effect::InSync(in_sync) => {
                if in_sync {
                    *lock(&self.giving) = Giving::default();
                    let project = self.project.clone();
                    blocking(move || {
                        lock(&project).end_previews();
                        Ok(())
                    })
                    .await?;
                    // Only now does the other side know for certain what this device may have: ask again for what it did not
                    // give before.
                    self.files_after = self.network.want_files(self.id);
                    self.tell_files(false).await;
                }
                self.state.update(|status| status.in_sync = in_sync);
                self.network.show_peer(self.id, self.device, in_sync);
                Ok(())
            }
            Effect::Snapshot { domain, offer, bytes } => self.preview(SealedSnapshot { domain, offer, bytes }).await,
            Effect::Close(reason) => Err(Failure::new(FailureKind::Unreachable, reason.to_string())),
        }
    }

    async fn send(&self, outgoing: Outgoing) -> Result<(), Failure> {
        self.outgoing
            .send(outgoing)
            .await
            .map_err(|_| Failure::new(FailureKind::Unreachable, "the connection was lost"))
    }

    async fn take(&mut self, envelopes: Vec<Vec<u8>>) -> Result<(), Failure> {
        let project = self.project.clone();
        let (received, joined) = blocking(move || {
            let mut project = lock(&project);
            let waited = !project.is_active();
            let received = project.receive(&envelopes)?;
            Ok((received, waited && project.is_active()))
        })
        .await?;
        if joined {
            super::once::introduce(&self.network.engine, &self.project).await?;
        }
        self.state.update(|status| status.received += received.new);
        self.network.project_changed();
        if received.new > 0 {
            self.files_after = self.network.want_files(self.id);
            self.tell_files(false).await;
        }
        if received.forged.is_empty() {
            return Ok(());
        }
        Box::pin(self.handle(Event::Refused { tips: received.forged })).await
    }

    /// Shows a folder from a snapshot until its envelopes are here. What cannot be used is passed over: the envelopes come anyway.
    async fn preview(&self, snapshot: SealedSnapshot) -> Result<(), Failure> {
        let project = self.project.clone();
        blocking(move || {
            let opener = lock(&project).snapshot_opener(&snapshot)?;
            if let Some(opened) = opener.and_then(|opener| opener.open(snapshot)) {
                lock(&project).take_preview(opened)?;
            }
            Ok(())
        })
        .await?;
        self.network.project_changed();
        Ok(())
    }

    async fn admit_guest(&self, statements: Vec<Vec<u8>>) -> Result<(), Failure> {
        let (project, guest) = (self.project.clone(), self.guest.clone());
        blocking(move || {
            let shown: Vec<SignedStatement> =
                statements.iter().filter_map(|bytes| SignedStatement::decode(bytes).ok()).collect();
            let authority = lock(&project).authority().with(&shown);
            *lock(&guest.0) = (shown, Some(authority));
            Ok(())
        })
        .await
    }
}

async fn write(
    mut sender: FrameSender,
    mut queue: mpsc::Receiver<Outgoing>,
    drained: mpsc::Sender<()>,
    gone: CancellationToken,
) {
    while let Some(outgoing) = queue.recv().await {
        match outgoing {
            Outgoing::Frame(frame) => {
                if sender.send(&frame).await.is_err() {
                    gone.cancel();
                    return;
                }
            }
            Outgoing::Mark => {
                let _ = drained.try_send(());
            }
        }
    }
    sender.finish().await;
}

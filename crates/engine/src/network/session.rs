//! One project with one peer, over one stream: frames in and out of an exchange.
//!
//! A frame begins with what it is: a greeting (once, first; see [`super::greeting`]), a frame of the link, or whether this side has fetched
//! the files it keeps.

mod effects;

use std::sync::Arc;
use std::time::Duration;

use enginus_envelope::DomainTip;
use enginus_model::{DeviceId, ProjectId};
use enginus_net::{FrameReceiver, FrameStream, Peer};
use enginus_sync::Event;
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::exchange::Exchange;
use super::files::Finished;
use super::greeting::{Greeting, read_greeting};
use super::relay::{self, Mailbox};
use super::sessions::SessionState;
use super::wire::{Outgoing, say_goodbye, write};
use super::{Network, proofs};
use crate::api::{Failure, FailureKind};
use crate::engine::{SharedProject, blocking, lock};

const LINK: u8 = 1;
const FILES: u8 = 2;
const TICK: Duration = Duration::from_secs(1);
/// How long a device may be connected before it has shown whose it is.
const STRANGER: Duration = Duration::from_secs(15);
/// Frames that wait to be written; the link's own window bounds their bytes.
const OUTGOING_MAX: usize = 1024;

/// Runs a session until either side ends it. `greeted` is the peer's greeting, where it spoke first.
pub(super) async fn run(
    network: Arc<Network>,
    project: SharedProject,
    peer: Peer,
    mut stream: FrameStream,
    greeted: Option<Greeting>,
) {
    let device = peer.device();
    let met = {
        let project = project.clone();
        blocking(move || {
            let project = lock(&project);
            Ok((project.id(), project.is_known(&device)))
        })
        .await
    };
    let Ok((id, known)) = met else { return };
    // Whoever has yet to show whose device it is finds a bounded number of places.
    let place = if known { None } else { Some(network.strangers.clone().try_acquire_owned()) };
    let Ok(place) = place.transpose() else { return };
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
    // Where the program ended between a join and the card.
    if let Err(failure) = super::joining::introduce(&network.engine, &project).await {
        tracing::warn!("this person's card could not be written: {failure}");
    }
    let state = network.session_started(id, device);
    let opening = Opening::Device(greeting, place);
    let ended = Session::start(&network, project.clone(), device, stream, state.clone(), opening).await;
    if let Err(failure) = ended {
        tracing::info!("the exchange with device {} ended: {failure}", device.short());
        state.update(|status| status.problem = Some(failure.to_string()));
    }
    network.session_ended(id, device);
}

/// Who is at the other end, and what was said so far.
pub(super) enum Opening {
    /// Another device; and the place it takes where nobody knows whose it is.
    Device(Greeting, Option<OwnedSemaphorePermit>),
    /// A relay.
    Mailbox(Box<Mailbox>),
}

pub(super) struct Session {
    pub(super) network: Arc<Network>,
    pub(super) project: SharedProject,
    pub(super) id: ProjectId,
    pub(super) device: DeviceId,
    /// What is known of the relay, where the other side is one.
    pub(super) mailbox: Option<Box<Mailbox>>,
    exchange: Option<Exchange>,
    /// Since when, and on which place, it is not known whose device the other side is.
    stranger: Option<(Instant, OwnedSemaphorePermit)>,
    outgoing: mpsc::Sender<Outgoing>,
    pub(super) state: Arc<SessionState>,
    /// Where the other side says it can be reached, until it is written down.
    addresses: Option<Vec<String>>,
    /// The pass of the file worker after which this side has what it keeps of what came so far.
    files_after: u64,
}

/// What a session listens to.
struct Ears {
    receiver: FrameReceiver,
    tips: broadcast::Receiver<Vec<DomainTip>>,
    scope: watch::Receiver<u64>,
    drains: mpsc::Receiver<()>,
    files: watch::Receiver<Finished>,
    /// Nothing more can be written.
    gone: CancellationToken,
}

impl Session {
    pub(super) async fn start(
        network: &Arc<Network>,
        project: SharedProject,
        device: DeviceId,
        stream: FrameStream,
        state: Arc<SessionState>,
        opening: Opening,
    ) -> Result<(), Failure> {
        let (sender, receiver) = stream.split();
        let (outgoing, queue) = mpsc::channel(OUTGOING_MAX);
        let (drained, drains) = mpsc::channel(1);
        let gone = CancellationToken::new();
        let writer = tokio::spawn(write(sender, queue, drained, gone.clone()));
        let shared = project.clone();
        let (tips, scope, credentials, id) = blocking(move || {
            let project = lock(&shared);
            Ok((project.watch_tips(), project.watch_scope(), project.proof_for(&device)?, project.id()))
        })
        .await?;
        let (mailbox, addresses, place) = match opening {
            Opening::Device(greeting, place) => (None, Some(greeting.addresses), place),
            Opening::Mailbox(mailbox) => (Some(mailbox), None, None),
        };
        let exchange = if mailbox.is_some() { Exchange::with_relay(id, device) } else { Exchange::new(id, device) };
        let mut session = Self {
            network: network.clone(),
            project,
            id,
            device,
            mailbox,
            exchange: Some(exchange),
            stranger: place.map(|place| (Instant::now(), place)),
            outgoing,
            state,
            addresses,
            files_after: network.want_files(id),
        };
        let files = network.watch_files(id);
        let mut ears = Ears { receiver, tips, scope, drains, files, gone };
        // A relay passes nothing on before its list names this device.
        let opens = session.mailbox.as_ref().is_none_or(|mailbox| mailbox.is_open());
        let first = opens.then_some(Event::Opened { credentials });
        let result = session.listen(&mut ears, first).await;
        drop(session);
        say_goodbye(writer, &mut ears.receiver, result.is_ok()).await;
        result
    }

    /// Takes what happens, one thing at a time, until either side ends the session.
    async fn listen(&mut self, ears: &mut Ears, first: Option<Event>) -> Result<(), Failure> {
        self.remember().await?;
        self.begin_with_relay().await?;
        let mut tick = tokio::time::interval(TICK);
        let stop = self.network.stopping();
        let mut event = first;
        loop {
            if let Some(event) = event.take() {
                self.handle(event).await?;
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = ears.gone.cancelled() => return Ok(()),
                frame = ears.receiver.recv() => match frame {
                    Ok(Some(frame)) => event = self.read(frame).await?,
                    Ok(None) => return Ok(()),
                    Err(error) => return Err(Failure::new(FailureKind::Unreachable, error.to_string())),
                },
                stored = ears.tips.recv() => event = Some(match stored {
                    Ok(stored) => Event::Stored { tips: stored.into_iter().map(|tip| tip.tip).collect() },
                    Err(broadcast::error::RecvError::Lagged(_)) => self.everything().await?,
                    Err(broadcast::error::RecvError::Closed) => return Ok(()),
                }),
                changed = ears.scope.changed() => match changed {
                    Ok(()) => {
                        self.tell_list().await?;
                        self.ask_for_list().await?;
                        event = Some(Event::ScopeChanged);
                    }
                    Err(_) => return Ok(()),
                },
                Some(()) = ears.drains.recv() => event = Some(Event::Drained),
                () = self.state.confirm.notified() => event = Some(Event::Confirm),
                _ = tick.tick() => {
                    if self.stranger.as_ref().is_some_and(|(since, _)| since.elapsed() > STRANGER) {
                        return Err(Failure::new(FailureKind::NotAllowed, "the other device is no member's"));
                    }
                    event = Some(Event::Tick);
                }
                Ok(()) = ears.files.changed() => {
                    let finished = *ears.files.borrow_and_update();
                    self.tell_files(finished.number >= self.files_after && finished.missing == 0).await;
                }
            }
        }
    }

    /// Everything held, after falling too far behind to know what is new.
    async fn everything(&self) -> Result<Event, Failure> {
        let project = self.project.clone();
        let tips = blocking(move || Ok(lock(&project).tips())).await?;
        Ok(Event::Stored { tips: tips.into_iter().map(|tip| tip.tip).collect() })
    }

    async fn read(&mut self, mut frame: Vec<u8>) -> Result<Option<Event>, Failure> {
        self.state.heard();
        if self.mailbox.is_some() {
            return self.relay_said(frame).await;
        }
        Ok(match frame.first() {
            Some(&LINK) => {
                frame.remove(0);
                Some(Event::Received(frame))
            }
            Some(&FILES) => {
                let done = frame.get(1) == Some(&1);
                self.state.update(|status| status.peer_has_files = done);
                self.look_for_proofs();
                None
            }
            _ => None,
        })
    }

    async fn tell_files(&mut self, done: bool) {
        self.state.update(|status| status.files_done = done);
        if self.mailbox.is_some() {
            return self.look_for_proofs();
        }
        let _ = self.outgoing.send(Outgoing::Frame(vec![FILES, u8::from(done)])).await;
        self.look_for_proofs();
    }

    /// The other side says that it has the files it keeps: it is asked to prove it.
    fn look_for_proofs(&self) {
        if let Some(mailbox) = &self.mailbox {
            if !mailbox.keeps_objects() {
                self.state.update(|status| status.peer_has_files = true);
            } else if self.state.status().in_sync {
                relay::give_files(&self.network, &self.project, self.id, self.device, &self.state);
            }
            return;
        }
        if self.state.status().settled() {
            proofs::look(&self.network, &self.project, self.id, self.device);
        }
    }

    /// Gives the link an event, then does what it says.
    async fn handle(&mut self, event: Event) -> Result<(), Failure> {
        let (project, now) = (self.project.clone(), self.network.clock());
        let Some(said) = self.with_exchange(move |exchange| exchange.happened(&project, now, event)).await? else {
            return Ok(());
        };
        if said.is_known {
            self.stranger = None;
        }
        if said.given > 0 {
            self.state.update(|status| status.traffic.sent += said.given);
        }
        for effect in said.effects {
            Box::pin(self.carry_out(effect)).await?;
        }
        Ok(())
    }

    /// Runs `work` on the exchange, off the async threads. `None` where an earlier failure ended it.
    async fn with_exchange<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Exchange) -> Result<T, Failure> + Send + 'static,
    ) -> Result<Option<T>, Failure> {
        let Some(mut exchange) = self.exchange.take() else { return Ok(None) };
        let (exchange, done) = blocking(move || {
            let done = work(&mut exchange)?;
            Ok((exchange, done))
        })
        .await?;
        self.exchange = Some(exchange);
        Ok(Some(done))
    }
}

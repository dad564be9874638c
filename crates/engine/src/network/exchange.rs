//! What one side of a conversation does, without the conversation: a link, what the peer showed, what it is being given.
//!
//! Nothing here waits or knows a socket: a session feeds it from a stream, a simulation from a queue. The project's lock is taken
//! for as long as something is read or stored, and not while snapshots are sealed or opened.

use enginus_model::{DeviceId, Instant, ProjectId};
use enginus_sync::{Effect, Event, Link, Reason, SnapshotOffer, SnapshotQuestion};

use super::giving::Giving;
use super::guest::Guest;
use super::view::{PeerView, may_pull};
use crate::ambient;
use crate::api::Failure;
use crate::engine::{SharedProject, lock};
use crate::project::{Project, SealedSnapshot};

/// One side of a conversation with one peer.
pub(crate) struct Exchange {
    peer: DeviceId,
    /// Whether the peer is a relay, which keeps everything and reads nothing.
    is_relay: bool,
    link: Link,
    guest: Guest,
    giving: Giving,
}

/// What a link said to something that happened.
pub(crate) struct Said {
    /// What to do, in this order; see [`Exchange::carry_out`].
    pub(crate) effects: Vec<Effect>,
    /// Envelopes handed out.
    pub(crate) given: u64,
    /// Whether anybody knows whose device the peer is.
    pub(crate) is_known: bool,
}

/// What is left to do outside the project.
pub(crate) enum Output {
    /// Send this frame.
    Send(Vec<u8>),
    /// Tell the link once everything so far was handed to the network.
    MoreToSend,
    /// Envelopes were taken in.
    Taken {
        /// How many were new.
        new: u64,
        /// Whether the project has become active by them.
        joined: bool,
    },
    /// Whether both are equal.
    InSync(bool),
    /// What is shown changed.
    Shown,
    /// Nothing.
    Nothing,
    /// End the connection.
    Close(Reason),
}

impl Exchange {
    /// Before the connection stands.
    pub(crate) fn new(project: ProjectId, peer: DeviceId) -> Self {
        let (guest, giving) = (Guest::default(), Giving::default());
        Self { peer, is_relay: false, link: Link::new(project), guest, giving }
    }

    /// The same with a relay.
    pub(crate) fn with_relay(project: ProjectId, relay: DeviceId) -> Self {
        Self { is_relay: true, ..Self::new(project, relay) }
    }

    /// Gives the link an event, with the project as the peer may see it. `now` is any clock that runs forward.
    pub(crate) fn happened(&mut self, shared: &SharedProject, now: Instant, event: Event) -> Result<Said, Failure> {
        if let Event::Received(frame) = &event
            && let Some(question) = SnapshotQuestion::of(frame)
        {
            let (guest, peer) = (self.guest.authority(), &self.peer);
            let is_relay = self.is_relay;
            let may = |project: &Project, domain: &_| is_relay || may_pull(project, guest, peer, domain);
            if let Err(failure) = self.giving.prepare(shared, question, may) {
                tracing::warn!("a snapshot could not be made: {failure}");
            }
        }
        let mut project = lock(shared);
        if event == Event::ScopeChanged {
            self.guest.refresh(project.authority(), ambient::now());
        }
        let mut view = PeerView::new(&project, self.peer, self.guest.authority(), &self.giving)?;
        if self.is_relay {
            view = view.of_relay();
        }
        let effects = self.link.handle(now, &mut ambient::rng(), event, &view);
        let said = Said { effects, given: view.given(), is_known: view.is_known() };
        if said.effects.contains(&Effect::InSync(true)) {
            drop(view);
            project.confirm(Some(self.peer), self.link.shared());
        }
        Ok(said)
    }

    /// Does what an effect means for the project. Answers what is left to do, and what the link is to be told of it.
    pub(crate) fn carry_out(
        &mut self,
        shared: &SharedProject,
        effect: Effect,
    ) -> Result<(Output, Option<Event>), Failure> {
        Ok(match effect {
            Effect::Send(frame) => (Output::Send(frame), None),
            Effect::MoreToSend => (Output::MoreToSend, None),
            Effect::Take { envelopes } => take(shared, &envelopes)?,
            Effect::Credentials(statements) => {
                let project = lock(shared);
                self.guest.show(project.authority(), &statements, ambient::now());
                // Where it showed nothing that was not known, nothing changed.
                (Output::Nothing, self.guest.authority().is_some().then_some(Event::ScopeChanged))
            }
            // What both hold is what `InSync` says; who holds what is not shown.
            Effect::PeerHolds(_) => (Output::Nothing, None),
            Effect::InSync(in_sync) => {
                if in_sync {
                    self.giving = Giving::default();
                    lock(shared).end_previews();
                }
                (Output::InSync(in_sync), None)
            }
            Effect::Snapshot { domain, offer, bytes } => {
                preview(shared, domain, offer, bytes)?;
                (Output::Shown, None)
            }
            Effect::Close(reason) => (Output::Close(reason), None),
        })
    }
}

fn take(shared: &SharedProject, envelopes: &[Vec<u8>]) -> Result<(Output, Option<Event>), Failure> {
    let mut project = lock(shared);
    let waited = !project.is_active();
    let received = project.receive(envelopes)?;
    let joined = waited && project.is_active();
    let refused = (!received.forged.is_empty()).then_some(Event::Refused { tips: received.forged });
    Ok((Output::Taken { new: received.new, joined }, refused))
}

/// Shows a folder from a snapshot until its envelopes are here. What cannot be used is passed over: the envelopes come anyway.
fn preview(
    shared: &SharedProject,
    domain: enginus_model::DomainId,
    offer: SnapshotOffer,
    bytes: Vec<u8>,
) -> Result<(), Failure> {
    let snapshot = SealedSnapshot { domain, offer, bytes };
    let opener = lock(shared).snapshot_opener(&snapshot)?;
    if let Some(opened) = opener.and_then(|opener| opener.open(snapshot)) {
        lock(shared).take_preview(opened)?;
    }
    Ok(())
}

//! Exchanging through the relays of a project.
//!
//! A relay is a peer that may have everything and reads nothing. A session with one is an ordinary session, apart from what is said first
//! and beside the exchange: the device introduces itself to the relay's access list, redeems its invitation there, and, where it
//! manages the project, brings that list up to what the project says.

mod deposits;
mod erase;
mod listing;

pub(super) use deposits::look as give_files;
pub(crate) use erase::{erase, may_erase};

use std::sync::Arc;
use std::time::Duration;

use enginus_access::{AccessList, SignedStatement};
use enginus_model::ProjectId;
use enginus_net::{FrameStream, Hello, MailboxFrame, Notice, Peer, RelayAddress, Standing, Welcome};
use enginus_sync::Event;
use tokio::time::timeout;

use super::Network;
use super::session::{Opening, Session};
use super::wire::Outgoing;
use crate::api::{Failure, FailureKind};
use crate::engine::{SharedProject, blocking, lock};

/// How long a relay may take to answer the hello.
const WELCOME: Duration = Duration::from_secs(10);

/// What a session knows of the relay at its other end.
pub(super) struct Mailbox {
    /// How the relay's list stands to this device.
    standing: Standing,
    /// Whether it keeps sealed objects.
    keeps_objects: bool,
    /// What was told of the access list so far, while it is being told.
    gathering: Vec<SignedStatement>,
    /// The access list, once it was told whole.
    list: Option<AccessList>,
    /// Whether it was asked for.
    asked: bool,
    /// What this device has to say first.
    first: Vec<Vec<u8>>,
}

/// Runs a session with a relay until either side ends it.
pub(super) async fn run(
    network: Arc<Network>,
    project: SharedProject,
    address: RelayAddress,
    peer: &Peer,
    mut stream: FrameStream,
) -> Result<(), Failure> {
    let (shared, relay) = (project.clone(), address.clone());
    let hello = blocking(move || lock(&shared).relay_hello(&relay)).await?;
    let id = hello.project;
    let state = network.session_started(id, peer.device());
    let welcomed = match greet(&mut stream, &hello).await {
        Ok(welcome) => opening(&project, welcome).await,
        Err(failure) => Err(failure),
    };
    let ended = match welcomed {
        Ok(mailbox) => {
            network.show_relay_problem(id, peer.device(), None);
            let opening = Opening::Mailbox(Box::new(mailbox));
            Session::start(&network, project, peer.device(), stream, state.clone(), opening).await
        }
        Err(failure) => Err(failure),
    };
    // Where the relay said why it ends the session, it is asked again later and later.
    let ended = ended.and_then(|()| match state.status().problem {
        Some(problem) => Err(Failure::new(FailureKind::Unreachable, problem)),
        None => Ok(()),
    });
    if let Err(failure) = &ended {
        tracing::info!("the exchange with the relay {} ended: {failure}", address.host);
        state.update(|status| status.problem = Some(failure.to_string()));
    }
    network.session_ended(id, peer.device());
    ended
}

async fn greet(stream: &mut FrameStream, hello: &Hello) -> Result<Welcome, Failure> {
    let lost = |error: enginus_net::StreamError| Failure::new(FailureKind::Unreachable, error.to_string());
    stream.send(&MailboxFrame::Hello(hello.clone()).encode()).await.map_err(lost)?;
    let answer = timeout(WELCOME, stream.recv()).await;
    let answer = answer.map_err(|_| Failure::new(FailureKind::Unreachable, "the relay did not answer in time"))?;
    match answer.map_err(lost)?.and_then(MailboxFrame::decode) {
        Some(MailboxFrame::Welcome(welcome)) => Ok(welcome),
        Some(MailboxFrame::Notice(notice)) => Err(refusal(notice)),
        _ => Err(Failure::new(FailureKind::Unreachable, "the relay answered something that is not understood")
            .hint("bring this device and the relay to the same version")),
    }
}

async fn opening(project: &SharedProject, welcome: Welcome) -> Result<Mailbox, Failure> {
    let shared = project.clone();
    blocking(move || {
        let first = if welcome.standing == Standing::Unknown {
            lock(&shared).redeem_on_list(&welcome.chains)?
        } else {
            Vec::new()
        };
        Ok(Mailbox {
            standing: welcome.standing,
            keeps_objects: welcome.keeps_objects,
            gathering: Vec::new(),
            list: None,
            asked: false,
            first,
        })
    })
    .await
}

impl Mailbox {
    /// Whether the exchange can begin.
    pub(super) fn is_open(&self) -> bool {
        self.standing != Standing::Unknown
    }

    /// Whether it keeps sealed objects of this device.
    pub(super) fn keeps_objects(&self) -> bool {
        self.keeps_objects && self.standing == Standing::Member
    }
}

impl Session {
    /// What this device says to a relay before anything else.
    pub(super) async fn begin_with_relay(&mut self) -> Result<(), Failure> {
        let Some(mailbox) = &mut self.mailbox else { return Ok(()) };
        let first = std::mem::take(&mut mailbox.first);
        let known = mailbox.standing;
        if !first.is_empty() {
            self.send(Outgoing::Frame(MailboxFrame::Statements(first).encode())).await?;
        } else if known == Standing::Unknown {
            self.tell_problem(unknown());
        }
        self.ask_for_list().await
    }

    /// A frame of a relay: what the link is to be told of it.
    pub(super) async fn relay_said(&mut self, frame: Vec<u8>) -> Result<Option<Event>, Failure> {
        let Some(mailbox) = &mut self.mailbox else { return Ok(None) };
        match MailboxFrame::decode(frame) {
            Some(MailboxFrame::Link(frame)) => return Ok(Some(Event::Received(frame))),
            Some(MailboxFrame::Statements(statements)) => self.relay_listed(statements).await?,
            Some(MailboxFrame::ListEnd) => self.list_told().await?,
            Some(MailboxFrame::Notice(Notice::Standing(standing))) => {
                let was_open = mailbox.is_open();
                mailbox.standing = standing;
                self.tell_standing(standing);
                self.ask_for_list().await?;
                let opens = !was_open && standing != Standing::Unknown;
                return Ok(Some(if opens { Event::Opened { credentials: Vec::new() } } else { Event::ScopeChanged }));
            }
            Some(MailboxFrame::Notice(notice)) => match told(notice) {
                Some(problem) => self.tell_problem(problem),
                None => self.forget_problem(),
            },
            Some(MailboxFrame::Hello(_) | MailboxFrame::Welcome(_) | MailboxFrame::AskList | MailboxFrame::Erase)
            | None => {
                return Err(Failure::new(FailureKind::Unreachable, "the relay said something that is not understood"));
            }
        }
        Ok(None)
    }

    fn tell_standing(&self, standing: Standing) {
        match standing {
            Standing::Member => self.forget_problem(),
            Standing::Unknown => self.tell_problem(unknown()),
            Standing::Former => self.tell_problem("the relay's access list says that this device was removed"),
        }
    }

    fn tell_problem(&self, problem: &str) {
        tracing::info!("{problem}");
        self.state.update(|status| status.problem = Some(problem.to_owned()));
        self.network.show_relay_problem(self.id, self.device, Some(problem.to_owned()));
    }

    fn forget_problem(&self) {
        self.state.update(|status| status.problem = None);
        self.network.show_relay_problem(self.id, self.device, None);
    }
}

const fn unknown() -> &'static str {
    "the relay's access list does not name this device yet; it will once a manager's device has reached the relay"
}

/// Why a relay turned this device away.
fn refusal(notice: Notice) -> Failure {
    let said = told(notice).unwrap_or("the relay turned this device away");
    let failure = Failure::new(FailureKind::Unreachable, said);
    match notice {
        Notice::NotAdmitted => failure.hint("ask whoever operates it to admit the project"),
        Notice::NotUnderstood => failure.hint("bring this device and the relay to the same version"),
        _ => failure,
    }
}

/// What a notice means for a person; `None` where all is well.
const fn told(notice: Notice) -> Option<&'static str> {
    Some(match notice {
        Notice::NotAdmitted => "the relay does not serve this project",
        Notice::NotThisProject => "the relay says that the project's first record is not this project's",
        Notice::NotUnderstood => "the relay does not understand this device",
        Notice::ProjectFull => "the project has used up its room on the relay; nothing more is put there",
        Notice::StorageFull => "the relay's disk is full; nothing more is put there for now",
        Notice::ListFull => "the relay's access list of this project is full",
        Notice::Unavailable => "the relay's storage does not answer at the moment",
        Notice::Stopping => "the relay is being stopped",
        Notice::LetGo => "the relay does not keep this project any more",
        Notice::NotKept => {
            "the relay does not keep this project yet; it will once a device of the project's owner has reached it"
        }
        Notice::TooFast | Notice::RoomAgain | Notice::Standing(_) => return None,
    })
}

/// Puts what this device holds into the project's relays, so that a ticket made just now works while it is off. Answers the relays
/// that have it, and those that could not be reached in time.
pub(crate) async fn push_to_relays(
    engine: &crate::Engine,
    project: &SharedProject,
) -> Result<(Vec<String>, Vec<String>), Failure> {
    let shared = project.clone();
    let (id, relays): (ProjectId, Vec<RelayAddress>) = blocking(move || {
        let project = lock(&shared);
        Ok((project.id(), project.relays()))
    })
    .await?;
    if relays.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let network = engine.network().await?;
    let since = network.ask_again();
    network.dial_everybody();
    let deadline = tokio::time::Instant::now() + PUSH;
    let mut activity = network.activity.subscribe();
    loop {
        let heard = network.heard_since(id, &since);
        let has =
            |relay: &RelayAddress| heard.get(&relay.device).is_some_and(|(_, status)| status.in_sync && status.listed);
        if relays.iter().all(has) || tokio::time::Instant::now() >= deadline {
            let (reached, missed): (Vec<_>, Vec<_>) = relays.iter().partition(|relay| has(relay));
            let names = |relays: Vec<&RelayAddress>| relays.into_iter().map(|relay| relay.host.clone()).collect();
            return Ok((names(reached), names(missed)));
        }
        super::once::wait_for(&mut activity, deadline).await;
    }
}

/// How long a new invitation is tried to be put onto the relays.
const PUSH: Duration = Duration::from_secs(10);

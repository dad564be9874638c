//! One device with one project: the list first, then the exchange of two links.

use std::sync::Arc;
use std::time::Duration;

use enginus_access::Listed;
use enginus_model::{DeviceId, DomainId, Hash};
use enginus_net::{FrameReceiver, FrameSender, FrameStream, Hello, MailboxFrame, Notice, Standing, Welcome};
use enginus_sync::{Effect, Event, Link, SnapshotOffer, SnapshotQuestion};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::holdings::Seen;
use super::project::Open;
use super::wire::{Unread, Writer};
use super::{Happened, Mailbox, intake, told};
use crate::storage::Record;

/// How long a device may take to say hello.
const HELLO: Duration = Duration::from_secs(10);
/// How long a device may be connected before the list names it.
const STRANGER: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_secs(1);
/// How often it is looked whether there is room again.
const ROOM_EVERY: Duration = Duration::from_secs(10);
/// Tips of arrivals that are told a link at once.
const ARRIVALS_MAX: usize = 10_000;
/// Statements that a device which the list does not name may have said and that wait until they count.
const OFFERED_MAX: usize = 16;
/// Statements in one frame: each has at most 64 KiB, most a few hundred bytes.
const STATEMENTS_BYTES: usize = 512 << 10;

/// Runs a session until either side ends it.
pub(super) async fn run(mailbox: &Arc<Mailbox>, device: DeviceId, stream: FrameStream) {
    let (mut sender, mut receiver) = stream.split();
    let hello = match timeout(HELLO, receiver.recv()).await {
        Ok(Ok(Some(frame))) => match MailboxFrame::decode(frame) {
            Some(MailboxFrame::Hello(hello)) => hello,
            _ => return turn_away(mailbox, &mut sender, Notice::NotUnderstood).await,
        },
        _ => return,
    };
    let open = match mailbox.project(&device, &hello).await {
        Ok(open) => open,
        Err(notice) => return turn_away(mailbox, &mut sender, notice).await,
    };
    mailbox.meter.happened(Happened::SessionBegan);
    let (drained, drains) = mpsc::channel(1);
    let gone = CancellationToken::new();
    let writer = Writer::new(mailbox, sender, drained, gone.clone());
    let ears = Ears { receiver, arrivals: open.view.arrivals(), grown: open.grown(), drains, gone };
    let link = Link::new(open.id);
    let mut session = Session {
        mailbox: mailbox.clone(),
        open,
        device,
        link,
        is_linked: false,
        listed: Listed::Unknown,
        stranger: None,
        takes: true,
        room_asked: Instant::now(),
        room_needed: 0,
        seen: 0,
        offered: Vec::new(),
        told_list: None,
        giving: None,
        began: Instant::now(),
        writer,
    };
    let _ = session.start(&hello, ears).await;
    session.writer.finish().await;
    mailbox.meter.happened(Happened::SessionEnded);
}

async fn turn_away(mailbox: &Mailbox, sender: &mut FrameSender, notice: Notice) {
    mailbox.meter.happened(Happened::TurnedAway(reason(notice)));
    let _ = timeout(HELLO, sender.send(&MailboxFrame::Notice(notice).encode())).await;
}

const fn reason(notice: Notice) -> &'static str {
    match notice {
        Notice::NotAdmitted => "not_admitted",
        Notice::NotThisProject => "not_this_project",
        Notice::NotKept => "not_kept",
        Notice::NotUnderstood => "not_understood",
        Notice::StorageFull => "storage_full",
        _ => "unavailable",
    }
}

/// Either side ended the session, or nothing more can be written.
struct End;

impl From<Unread> for End {
    fn from(_: Unread) -> Self {
        Self
    }
}

struct Session {
    mailbox: Arc<Mailbox>,
    open: Arc<Open>,
    device: DeviceId,
    link: Link,
    /// Whether the link has been told that the connection stands.
    is_linked: bool,
    listed: Listed,
    /// Since when, and on which place, the list does not name the device.
    stranger: Option<(Instant, OwnedSemaphorePermit)>,
    /// Whether there is room for what it puts.
    takes: bool,
    room_asked: Instant,
    /// How many bytes there was no room for.
    room_needed: u64,
    /// The arrival up to which the link was told.
    seen: u64,
    /// What it said of itself while the list did not name it: its certificate counts once its person does.
    offered: Vec<Vec<u8>>,
    /// Up to which arrival the device was told the list, where it asked for it.
    told_list: Option<u64>,
    /// The snapshot that is being given to the device.
    giving: Option<(Hash, Vec<u8>)>,
    began: Instant,
    writer: Writer,
}

/// What a session listens to.
struct Ears {
    receiver: FrameReceiver,
    arrivals: watch::Receiver<u64>,
    grown: watch::Receiver<u64>,
    drains: mpsc::Receiver<()>,
    gone: CancellationToken,
}

impl Session {
    async fn start(&mut self, hello: &Hello, ears: Ears) -> Result<(), End> {
        self.add(hello.statements.clone()).await?;
        self.listed = self.open.list().listed(&self.device, crate::clock::now());
        let list = self.open.list();
        let chains = hello.invites.iter().flat_map(|invite| list.chain_to(invite));
        let welcome = Welcome {
            standing: standing(self.listed),
            chains: chains.map(|signed| signed.bytes().to_vec()).collect(),
            keeps_objects: self.mailbox.limits.object_bytes > 0,
        };
        if self.listed == Listed::Unknown {
            let Ok(place) = self.mailbox.strangers.clone().try_acquire_owned() else {
                self.mailbox.meter.happened(Happened::TurnedAway("strangers"));
                return Ok(());
            };
            self.stranger = Some((Instant::now(), place));
        }
        self.say(MailboxFrame::Welcome(welcome)).await?;
        self.listen(ears).await
    }

    async fn listen(&mut self, mut ears: Ears) -> Result<(), End> {
        let mut tick = tokio::time::interval(TICK);
        let stop = self.mailbox.stop.clone();
        self.link_if_known().await?;
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    self.say(MailboxFrame::Notice(Notice::Stopping)).await?;
                    return Ok(());
                }
                () = ears.gone.cancelled() => return Ok(()),
                frame = ears.receiver.recv() => match frame {
                    Ok(Some(frame)) => self.read(frame).await?,
                    Ok(None) | Err(_) => return Ok(()),
                },
                arrived = ears.arrivals.changed() => {
                    if arrived.is_err() {
                        self.say(MailboxFrame::Notice(Notice::LetGo)).await?;
                        return Ok(());
                    }
                    self.arrived().await?;
                }
                Ok(()) = ears.grown.changed() => self.list_grew().await?,
                Some(()) = ears.drains.recv() => self.handle(Event::Drained).await?,
                _ = tick.tick() => self.tick().await?,
            }
        }
    }

    async fn say(&self, frame: MailboxFrame) -> Result<(), End> {
        Ok(self.writer.send(frame.encode()).await?)
    }

    async fn read(&mut self, frame: Vec<u8>) -> Result<(), End> {
        self.mailbox.meter.happened(Happened::Received { bytes: frame.len() as u64 });
        match MailboxFrame::decode(frame) {
            Some(MailboxFrame::Link(frame)) if self.is_linked => {
                self.prepare(&frame).await;
                self.handle(Event::Received(frame)).await
            }
            // It believed to be known: what it sends before it hears otherwise is lost, and said again.
            Some(MailboxFrame::Link(_)) => Ok(()),
            Some(MailboxFrame::Statements(statements)) => {
                self.add(statements).await?;
                self.list_grew().await
            }
            Some(MailboxFrame::AskList) if self.listed == Listed::Member => {
                self.told_list = Some(0);
                self.tell_list().await?;
                self.say(MailboxFrame::ListEnd).await
            }
            Some(MailboxFrame::AskList) => Ok(()),
            Some(MailboxFrame::Erase) if self.open.list().is_owner(&self.device) => {
                let notice = match self.mailbox.erase(&self.open.id).await {
                    Ok(()) => Notice::LetGo,
                    Err(notice) => notice,
                };
                self.say(MailboxFrame::Notice(notice)).await?;
                Err(End)
            }
            _ => {
                self.mailbox.meter.happened(Happened::TurnedAway("not_understood"));
                self.say(MailboxFrame::Notice(Notice::NotUnderstood)).await?;
                Err(End)
            }
        }
    }

    /// Adds what counts of these to the list, with what was offered before.
    async fn add(&mut self, statements: Vec<Vec<u8>>) -> Result<(), End> {
        let mut all = std::mem::take(&mut self.offered);
        all.extend(statements);
        if let Err(notice) = self.open.add(&self.mailbox, &all).await {
            self.say(MailboxFrame::Notice(notice)).await?;
        }
        if self.open.list().listed(&self.device, crate::clock::now()) == Listed::Unknown {
            all.truncate(OFFERED_MAX);
            self.offered = all;
        }
        Ok(())
    }

    /// Tells a device that asked for the list what of it it was not told yet.
    async fn tell_list(&mut self) -> Result<(), End> {
        let Some(told_before) = self.told_list else { return Ok(()) };
        let more = match self.open.view.statements(told_before) {
            Ok(more) => more,
            Err(error) => {
                told(&error);
                return Ok(());
            }
        };
        self.told_list = Some(more.last().map_or(told_before, |(newest, _)| *newest));
        let (mut frame, mut bytes) = (Vec::new(), 0);
        for (_, statement) in more {
            bytes += statement.len();
            frame.push(statement);
            if bytes >= STATEMENTS_BYTES || frame.len() == enginus_net::MAX_STATEMENTS {
                self.say(MailboxFrame::Statements(std::mem::take(&mut frame))).await?;
                bytes = 0;
            }
        }
        if frame.is_empty() { Ok(()) } else { self.say(MailboxFrame::Statements(frame)).await }
    }

    /// The list has more statements: how it stands to this device may be another now.
    async fn list_grew(&mut self) -> Result<(), End> {
        let before = self.listed;
        if before == Listed::Unknown && !self.offered.is_empty() {
            self.add(Vec::new()).await?;
        }
        self.listed = self.open.list().listed(&self.device, crate::clock::now());
        if self.listed != before {
            self.say(MailboxFrame::Notice(Notice::Standing(standing(self.listed)))).await?;
        }
        self.link_if_known().await?;
        if self.listed == Listed::Member {
            self.tell_list().await?;
        }
        self.handle(Event::ScopeChanged).await
    }

    /// Begins the exchange once the list names the device.
    async fn link_if_known(&mut self) -> Result<(), End> {
        if self.is_linked || self.listed == Listed::Unknown {
            return Ok(());
        }
        self.stranger = None;
        self.is_linked = true;
        self.seen = self.open.view.newest();
        self.handle(Event::Opened { credentials: Vec::new() }).await
    }

    async fn arrived(&mut self) -> Result<(), End> {
        if !self.is_linked {
            return Ok(());
        }
        loop {
            match self.open.view.arrived(self.seen, ARRIVALS_MAX) {
                Ok((_, up_to)) if up_to == self.seen => return Ok(()),
                Ok((tips, up_to)) => {
                    self.seen = up_to;
                    if !tips.is_empty() {
                        self.handle(Event::Stored { tips }).await?;
                    }
                }
                Err(error) => {
                    told(&error);
                    return Ok(());
                }
            }
        }
    }

    async fn tick(&mut self) -> Result<(), End> {
        if let Some((since, _)) = &self.stranger
            && since.elapsed() > STRANGER
        {
            self.mailbox.meter.happened(Happened::TurnedAway("unknown"));
            return Err(End);
        }
        if !self.takes && self.room_asked.elapsed() > ROOM_EVERY {
            self.room_asked = Instant::now();
            self.takes = self.has_room().await;
            if self.takes {
                self.say(MailboxFrame::Notice(Notice::RoomAgain)).await?;
                self.handle(Event::ScopeChanged).await?;
            }
        }
        self.handle(Event::Tick).await
    }

    async fn has_room(&self) -> bool {
        let used = self.open.view.usage().map_or(u64::MAX, |usage| usage.journal_bytes);
        used.saturating_add(self.room_needed) <= self.mailbox.limits.project_bytes
            && self.mailbox.storage.ready().await.is_ok()
    }

    /// Gives the link an event and does what it says, and what comes of that.
    async fn handle(&mut self, event: Event) -> Result<(), End> {
        if !self.is_linked {
            return Ok(());
        }
        let mut events = std::collections::VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.step(event) {
                match effect {
                    Effect::Send(frame) => self.writer.send(MailboxFrame::link(&frame)).await?,
                    Effect::MoreToSend => self.writer.mark().await?,
                    Effect::Take { envelopes } => events.extend(self.take(envelopes).await?),
                    Effect::Close(reason) => {
                        tracing::debug!(device = %self.device.short(), "an exchange ended: {reason}");
                        return Err(End);
                    }
                    Effect::Snapshot { domain, offer, bytes } => self.keep_snapshot(domain, offer, bytes).await,
                    Effect::Credentials(_) | Effect::PeerHolds(_) | Effect::InSync(_) => {}
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, event: Event) -> Vec<Effect> {
        let now = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let seen = Seen {
            open: &self.open,
            device: self.device,
            listed: self.listed,
            takes: self.takes,
            giving: self.giving.as_ref(),
            now: crate::clock::now(),
        };
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        self.link.handle(enginus_model::Instant(now), &mut rng, event, &seen)
    }

    /// Where the device asks for a part of a snapshot, brings that here first.
    async fn prepare(&mut self, frame: &[u8]) {
        let Some(SnapshotQuestion::Part { domain, id }) = SnapshotQuestion::of(frame) else { return };
        if self.giving.as_ref().is_some_and(|(given, _)| *given == id) {
            return;
        }
        self.giving = None;
        let offered = self.open.view.snapshots(&domain).unwrap_or_default();
        if offered.iter().any(|offer| offer.id == id) {
            match self.mailbox.storage.object(self.open.id, id).await {
                Ok(found) => self.giving = found.map(|bytes| (id, bytes)),
                Err(error) => drop(told(&error)),
            }
        }
    }

    /// Keeps a snapshot for devices that join later. It is sealed: whether it is any good they see themselves.
    async fn keep_snapshot(&mut self, domain: DomainId, offer: SnapshotOffer, bytes: Vec<u8>) {
        let has_room = self.open.view.usage().is_ok_and(|usage| {
            usage.object_bytes.saturating_add(bytes.len() as u64) <= self.mailbox.limits.object_bytes
        });
        if self.listed != Listed::Member || !has_room {
            return;
        }
        let record = Record::Snapshot { domain, offer: offer.clone(), at: crate::clock::now() };
        let kept = async {
            self.mailbox.storage.put_object(self.open.id, offer.id, bytes).await?;
            self.mailbox.storage.append(self.open.id, vec![record]).await
        };
        if let Err(error) = kept.await {
            told(&error);
        }
    }

    async fn take(&mut self, envelopes: Vec<Vec<u8>>) -> Result<Option<Event>, End> {
        let taken = intake::take(&self.mailbox, &self.open, (self.device, self.listed), envelopes).await;
        if !taken.forged.is_empty() {
            return Ok(Some(Event::Refused { tips: taken.forged }));
        }
        if taken.waited {
            self.say(MailboxFrame::Notice(Notice::TooFast)).await?;
        }
        if let Some((notice, bytes)) = taken.problem {
            self.takes = false;
            self.room_needed = bytes;
            self.room_asked = Instant::now();
            self.say(MailboxFrame::Notice(notice)).await?;
            if notice == Notice::Unavailable {
                // The link takes these for being stored and would not ask for them for a while; that of the next session does.
                return Err(End);
            }
            return Ok(Some(Event::ScopeChanged));
        }
        Ok(None)
    }
}

const fn standing(listed: Listed) -> Standing {
    match listed {
        Listed::Member => Standing::Member,
        Listed::Former => Standing::Former,
        Listed::Unknown => Standing::Unknown,
    }
}

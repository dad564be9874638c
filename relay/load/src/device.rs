//! A simulated device: keys, an endpoint of its own, and a session with the relay as the product's devices have it.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use enginus_access::{AccessList, DeviceCertificate, Genesis, SignedStatement, Statement};
use enginus_envelope::{DomainTip, Keypair, Tip};
use enginus_model::Instant;
use enginus_net::{
    FrameStream, Hello, MailboxFrame, Node, NodeConfig, Notice, Peer, RelayAddress, Standing, StreamKind,
};
use enginus_sync::{Effect, Event, Link};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use tokio::time::{Instant as Moment, timeout};

use crate::shelf::Shelf;

/// How long a relay may take over one thing.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two ticks of a link that waits for something.
const TICK: Duration = Duration::from_millis(500);
/// Between two ticks of a link that has nothing to do; a sign of life is due every 15 s.
const IDLE_TICK: Duration = Duration::from_secs(5);

/// A person at one device.
pub(crate) struct Device {
    pub(crate) person: Keypair,
    pub(crate) device: Keypair,
    node: Node,
}

impl Device {
    /// The `n`th device of a run; all of them have other keys, and those of another run have others still: what storage outlives a run
    /// holds nothing of the next one.
    pub(crate) async fn new(n: u32) -> anyhow::Result<Self> {
        let seed = |kind: u8| {
            let mut seed = [kind; 32];
            seed[..4].copy_from_slice(&n.to_be_bytes());
            seed[4..8].copy_from_slice(&std::process::id().to_be_bytes());
            seed
        };
        let (person, device) = (Keypair::from_seed(&seed(1)), Keypair::from_seed(&seed(2)));
        let config = NodeConfig { seed: seed(2), port: 0, bind: Ipv4Addr::LOCALHOST.into(), mdns: false };
        Ok(Self { person, device, node: Node::bind(config).await? })
    }

    /// What makes the device its person's.
    pub(crate) fn certificate(&self) -> anyhow::Result<SignedStatement> {
        let certificate = DeviceCertificate::new(self.person.public(), &self.device, "load", Instant(0));
        Ok(Statement::Device(certificate).sign(&self.person)?)
    }

    /// Connects, says hello, and has a session.
    pub(crate) async fn meet(&self, relay: &RelayAddress, genesis: &Genesis) -> anyhow::Result<Talk> {
        let address: SocketAddr = relay.place().parse().context("a relay on this machine")?;
        let peer = self.node.dialler().connect_to_mailbox(relay.device, &[address], PATIENCE).await?;
        let mut stream = peer.open(StreamKind::Sync).await?;
        let introduction = AccessList::introduce(&self.person, &self.device)?;
        let hello = Hello {
            project: genesis.project_id(),
            genesis: genesis.encode(),
            invites: Vec::new(),
            code: None,
            statements: vec![introduction.bytes().to_vec()],
        };
        stream.send(&MailboxFrame::Hello(hello).encode()).await?;
        loop {
            match hear(&mut stream).await? {
                MailboxFrame::Welcome(welcome) if welcome.standing == Standing::Member => break,
                MailboxFrame::Notice(Notice::Standing(Standing::Member)) => break,
                // The list is read behind what was just added to it, where storage is another program's.
                MailboxFrame::Welcome(_) | MailboxFrame::Statements(_) => {}
                other => bail!("the relay turned a device away: {other:?}"),
            }
        }
        let (link, rng) = (Link::new(genesis.project_id()), ChaCha20Rng::seed_from_u64(1));
        Ok(Talk { peer, stream, link, rng, began: Moment::now(), is_open: false })
    }

    pub(crate) async fn close(self) {
        self.node.close().await;
    }
}

/// A session.
pub(crate) struct Talk {
    peer: Peer,
    stream: FrameStream,
    link: Link,
    rng: ChaCha20Rng,
    began: Moment,
    /// Whether the link was told that the connection stands.
    is_open: bool,
}

/// What a session has told its device since it asked the last time.
pub(crate) struct News {
    /// Whether both sides have stated that they hold the same.
    pub(crate) in_sync: bool,
    /// What the relay has confirmed as durable.
    pub(crate) confirmed: Vec<DomainTip>,
}

/// What the device does next.
pub(crate) enum Next {
    Listen,
    /// It wrote these, which are in its shelf.
    Wrote(Vec<Tip>),
    End,
}

impl Talk {
    /// Exchanges until both are in sync. It holds what the relay holds then, and the relay has confirmed what it put as durable.
    pub(crate) async fn sync(&mut self, shelf: &mut Shelf) -> anyhow::Result<()> {
        self.run(shelf, TICK, |_, news| if news.in_sync { Next::End } else { Next::Listen }).await
    }

    /// Stays connected as a device on which nobody works. Never ends well.
    pub(crate) async fn stay(&mut self, shelf: &mut Shelf) -> anyhow::Result<()> {
        self.run(shelf, IDLE_TICK, |_, _| Next::Listen).await
    }

    /// Exchanges, and puts what `next` writes meanwhile, until it has it end.
    pub(crate) async fn put(
        &mut self,
        shelf: &mut Shelf,
        next: impl FnMut(&mut Shelf, News) -> Next,
    ) -> anyhow::Result<()> {
        self.run(shelf, TICK, next).await
    }

    async fn run(
        &mut self,
        shelf: &mut Shelf,
        tick: Duration,
        mut next: impl FnMut(&mut Shelf, News) -> Next,
    ) -> anyhow::Result<()> {
        let mut events = VecDeque::new();
        if !std::mem::replace(&mut self.is_open, true) {
            events.push_back(Event::Opened { credentials: vec![] });
        }
        loop {
            let mut confirmed = Vec::new();
            while let Some(event) = events.pop_front() {
                confirmed.extend(self.handle(event, shelf, &mut events).await?);
            }
            match next(shelf, News { in_sync: self.link.is_in_sync(), confirmed }) {
                Next::End => return Ok(()),
                Next::Wrote(tips) => events.push_back(Event::Stored { tips }),
                Next::Listen => events.push_back(self.listen(tick).await?),
            }
        }
    }

    /// Gives the link an event and does what it says. What comes of that is added to `events`; what was confirmed, answered.
    async fn handle(
        &mut self,
        event: Event,
        shelf: &mut Shelf,
        events: &mut VecDeque<Event>,
    ) -> anyhow::Result<Vec<DomainTip>> {
        let (now, mut confirmed) = (Instant(i64::try_from(self.began.elapsed().as_millis())?), Vec::new());
        for effect in self.link.handle(now, &mut self.rng, event, shelf) {
            match effect {
                Effect::Send(frame) => self.stream.send(&MailboxFrame::link(&frame)).await?,
                Effect::MoreToSend => events.push_back(Event::Drained),
                Effect::Take { envelopes } => {
                    let tips = envelopes.iter().map(|bytes| shelf.store(bytes)).collect::<Result<_, _>>()?;
                    events.push_back(Event::Stored { tips });
                }
                Effect::PeerHolds(tips) => confirmed.extend(tips),
                Effect::Close(reason) => bail!("the exchange ended: {reason}"),
                _ => {}
            }
        }
        Ok(confirmed)
    }

    /// What the relay says next to the link, or that time passed.
    async fn listen(&mut self, tick: Duration) -> anyhow::Result<Event> {
        loop {
            let Ok(frame) = timeout(tick, self.stream.recv()).await else { return Ok(Event::Tick) };
            match frame?.and_then(MailboxFrame::decode) {
                Some(MailboxFrame::Link(frame)) => return Ok(Event::Received(frame)),
                Some(_) => {}
                None => bail!("the relay ended the session"),
            }
        }
    }

    /// Says something besides the link.
    pub(crate) async fn say(&mut self, frame: &MailboxFrame) -> anyhow::Result<()> {
        Ok(self.stream.send(&frame.encode()).await?)
    }

    pub(crate) async fn hear(&mut self) -> anyhow::Result<MailboxFrame> {
        hear(&mut self.stream).await
    }

    pub(crate) fn end(self) {
        self.peer.close("done");
    }
}

async fn hear(stream: &mut FrameStream) -> anyhow::Result<MailboxFrame> {
    let frame = timeout(PATIENCE, stream.recv()).await.context("the relay does not answer")??;
    frame.and_then(MailboxFrame::decode).context("the relay ended the session")
}

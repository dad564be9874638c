//! A simulated device: keys, an endpoint of its own, and a session with the relay as the product's devices have it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use enginus_access::{AccessList, DeviceCertificate, Genesis, SignedStatement, Statement};
use enginus_envelope::Keypair;
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
/// Between two ticks of a link.
const TICK: Duration = Duration::from_millis(500);

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
        Ok(Talk { peer, stream, link: Link::new(genesis.project_id()), rng: ChaCha20Rng::seed_from_u64(1) })
    }

    pub(crate) async fn close(self) {
        self.node.close().await;
    }
}

/// A session.
pub(crate) struct Talk {
    peer: Peer,
    pub(crate) stream: FrameStream,
    link: Link,
    rng: ChaCha20Rng,
}

impl Talk {
    /// Exchanges until both are in sync. It holds what the relay holds then, and the relay has confirmed what it put as durable.
    pub(crate) async fn sync(&mut self, shelf: &mut Shelf) -> anyhow::Result<()> {
        let began = Moment::now();
        let mut events = std::collections::VecDeque::from([Event::Opened { credentials: vec![] }]);
        loop {
            while let Some(event) = events.pop_front() {
                let now = Instant(i64::try_from(began.elapsed().as_millis())?);
                for effect in self.link.handle(now, &mut self.rng, event, shelf) {
                    match effect {
                        Effect::Send(frame) => self.stream.send(&MailboxFrame::link(&frame)).await?,
                        Effect::MoreToSend => events.push_back(Event::Drained),
                        Effect::Take { envelopes } => {
                            let tips = envelopes.iter().map(|bytes| shelf.store(bytes)).collect::<Result<_, _>>()?;
                            events.push_back(Event::Stored { tips });
                        }
                        Effect::Close(reason) => bail!("the exchange ended: {reason}"),
                        _ => {}
                    }
                }
            }
            if self.link.is_in_sync() {
                return Ok(());
            }
            match timeout(TICK, self.stream.recv()).await {
                Err(_) => events.push_back(Event::Tick),
                Ok(frame) => match frame?.and_then(MailboxFrame::decode) {
                    Some(MailboxFrame::Link(frame)) => events.push_back(Event::Received(frame)),
                    Some(_) => {}
                    None => bail!("the relay ended the session"),
                },
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

//! A device that speaks with a relay.

use std::time::Instant as Moment;

use enginus_access::{AccessList, DeviceCertificate, Genesis, SignedStatement, Statement};
use enginus_envelope::Keypair;
use enginus_model::{DeviceId, Instant, ProjectId};
use enginus_net::{FrameStream, Hello, MailboxFrame, Node, Notice, Peer, Standing, StreamKind, Welcome};
use enginus_sync::{Effect, Event, Link, Reason};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use tokio::time::timeout;

use super::{PATIENCE, Relay, Shelf, keypair, local};

/// A person's device.
pub struct TestDevice {
    pub person: Keypair,
    pub device: Keypair,
    pub node: Node,
    pub shelf: Shelf,
}

impl TestDevice {
    pub async fn new(person: u8, n: u8) -> Self {
        let (person, device) = (keypair(person, 0), keypair(person, n));
        let node = Node::bind(local(*device.seed())).await.unwrap();
        Self { person, device, node, shelf: Shelf::default() }
    }

    pub fn id(&self) -> DeviceId {
        self.device.device_id()
    }

    pub fn certificate(&self) -> SignedStatement {
        let certificate = DeviceCertificate::new(self.person.public(), &self.device, "site laptop", Instant(1));
        Statement::Device(certificate).sign(&self.person).unwrap()
    }

    pub fn introduction(&self) -> SignedStatement {
        AccessList::introduce(&self.person, &self.device).unwrap()
    }

    pub async fn connect(&self, relay: &Relay) -> Peer {
        self.node.dialler().connect_to_mailbox(relay.device, &relay.addresses, PATIENCE).await.unwrap()
    }

    /// Says hello on a connection of its own, with these statements besides its introduction.
    pub async fn hello(&self, relay: &Relay, genesis: &Genesis, more: &[SignedStatement]) -> Talk {
        let mut statements = vec![self.introduction().bytes().to_vec()];
        statements.extend(more.iter().map(|signed| signed.bytes().to_vec()));
        let hello = Hello {
            project: genesis.project_id(),
            genesis: genesis.encode(),
            invites: Vec::new(),
            code: None,
            statements,
        };
        self.say_hello(relay, hello).await
    }

    pub async fn say_hello(&self, relay: &Relay, hello: Hello) -> Talk {
        Self::say_hello_on(self.connect(relay).await, hello).await
    }

    /// The same on a connection that stands.
    pub async fn say_hello_on(peer: Peer, hello: Hello) -> Talk {
        let mut stream = peer.open(StreamKind::Sync).await.unwrap();
        stream.send(&MailboxFrame::Hello(hello.clone()).encode()).await.unwrap();
        let mut talk = Talk { peer, stream, project: hello.project, welcome: None, notices: Vec::new() };
        match talk.hear().await {
            Some(MailboxFrame::Welcome(welcome)) => talk.welcome = Some(welcome),
            Some(MailboxFrame::Notice(notice)) => talk.notices.push(notice),
            other => panic!("{other:?}"),
        }
        talk
    }

    /// Says hello and exchanges until both are in sync.
    pub async fn sync(&mut self, relay: &Relay, genesis: &Genesis) {
        let mut talk = self.hello(relay, genesis, &[]).await;
        assert_eq!(talk.standing(), Some(Standing::Member), "{:?}", talk.notices);
        let ended = talk.exchange(&mut self.shelf, |_, in_sync| in_sync).await;
        assert_eq!(ended, Ended::AsWanted);
        talk.end().await;
    }
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    AsWanted,
    Closed,
    ByLink(Reason),
}

/// A session with a relay.
pub struct Talk {
    pub peer: Peer,
    pub stream: FrameStream,
    project: ProjectId,
    pub welcome: Option<Welcome>,
    pub notices: Vec<Notice>,
}

impl Talk {
    pub fn standing(&self) -> Option<Standing> {
        self.welcome.as_ref().map(|welcome| welcome.standing)
    }

    pub async fn hear(&mut self) -> Option<MailboxFrame> {
        let frame = timeout(PATIENCE, self.stream.recv()).await.expect("the relay says something").ok()??;
        Some(MailboxFrame::decode(frame).expect("the relay is understood"))
    }

    pub async fn say(&mut self, frame: MailboxFrame) {
        self.stream.send(&frame.encode()).await.unwrap();
    }

    /// The next notice; what comes before it is passed over.
    pub async fn notice(&mut self) -> Option<Notice> {
        loop {
            match self.hear().await? {
                MailboxFrame::Notice(notice) => return Some(notice),
                _ => continue,
            }
        }
    }

    /// Asks for the list.
    pub async fn list(&mut self, genesis: &Genesis) -> AccessList {
        self.say(MailboxFrame::AskList).await;
        let mut told = Vec::new();
        loop {
            match self.hear().await.expect("the list") {
                MailboxFrame::Statements(statements) => {
                    told.extend(statements.iter().map(|bytes| SignedStatement::decode(bytes).unwrap()));
                }
                MailboxFrame::ListEnd => return AccessList::new(genesis, &told),
                _ => {}
            }
        }
    }

    /// Adds statements, and waits until the relay tells them back.
    pub async fn tell(&mut self, statements: &[SignedStatement]) {
        if statements.is_empty() {
            return;
        }
        self.say(MailboxFrame::Statements(statements.iter().map(|signed| signed.bytes().to_vec()).collect())).await;
        loop {
            if let MailboxFrame::Statements(told) = self.hear().await.expect("they are told back")
                && told.iter().any(|bytes| bytes == statements[statements.len() - 1].bytes())
            {
                return;
            }
        }
    }

    /// Runs a link over the session until `done` says so, or either side ends it.
    pub async fn exchange(&mut self, shelf: &mut Shelf, done: impl Fn(&Shelf, bool) -> bool) -> Ended {
        let (mut link, mut rng, began) = (Link::new(self.project), ChaCha20Rng::seed_from_u64(9), Moment::now());
        let mut in_sync = false;
        let mut events = std::collections::VecDeque::from([Event::Opened { credentials: vec![] }]);
        loop {
            while let Some(event) = events.pop_front() {
                let now = Instant(i64::try_from(began.elapsed().as_millis()).unwrap());
                for effect in link.handle(now, &mut rng, event, shelf) {
                    match effect {
                        Effect::Send(frame) if self.stream.send(&MailboxFrame::link(&frame)).await.is_err() => {
                            return Ended::Closed;
                        }
                        Effect::MoreToSend => events.push_back(Event::Drained),
                        Effect::Take { envelopes } => {
                            let tips = envelopes.iter().map(|bytes| shelf.store(bytes)).collect();
                            events.push_back(Event::Stored { tips });
                        }
                        Effect::InSync(now) => in_sync = now,
                        Effect::Close(reason) => return Ended::ByLink(reason),
                        _ => {}
                    }
                }
            }
            if done(shelf, in_sync) {
                return Ended::AsWanted;
            }
            assert!(began.elapsed() < PATIENCE, "the exchange does not come to its end; {} held", shelf.count());
            match timeout(std::time::Duration::from_millis(500), self.stream.recv()).await {
                Err(_) => events.push_back(Event::Tick),
                Ok(Ok(Some(frame))) => match MailboxFrame::decode(frame).expect("the relay is understood") {
                    MailboxFrame::Link(frame) => events.push_back(Event::Received(frame)),
                    MailboxFrame::Notice(notice) => self.notices.push(notice),
                    _ => {}
                },
                Ok(Ok(None) | Err(_)) => return Ended::Closed,
            }
        }
    }

    pub async fn end(self) {
        drop(self.stream);
        self.peer.close("done");
        self.peer.closed().await;
    }
}

//! A relay on loopback and devices of one project, which speak with it as the product's devices do, or worse.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test")]

mod device;
mod shelf;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use enginus_access::{AccessList, Authority, DomainScope, Genesis, LaneSet, Offer, ScopeEntry, SignedStatement, grant};
use enginus_envelope::Keypair;
use enginus_model::{DeviceId, DomainId, Instant, Lane, ProjectId};
use enginus_net::{Bounds, Node, NodeConfig};
use enginus_relay::mailbox::{Admission, AdmitAll, Happened, Limits, Mailbox, Meter};
use enginus_relay::storage::{Embedded, EmbeddedOptions, Storage};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub use device::{Talk, TestDevice};
pub use shelf::Shelf;

/// Long enough for a busy machine; nothing waits this long unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn local(seed: [u8; 32]) -> NodeConfig {
    NodeConfig { seed, port: 0, bind: Ipv4Addr::LOCALHOST.into(), mdns: false }
}

/// The embedded engine in a folder.
pub fn storage(folder: &tempfile::TempDir) -> Arc<dyn Storage> {
    let options = EmbeddedOptions::new(folder.path(), Arc::new(|| Instant(0)));
    Arc::new(Embedded::open(&options).unwrap())
}

pub fn folder(n: u8) -> DomainId {
    DomainId::from_bytes([n; 16])
}

/// Counts what happened, by its first word.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<String, u64>>);

impl Meter for Counts {
    fn happened(&self, what: Happened) {
        let (name, count) = match what {
            Happened::Stored { envelopes, .. } => ("Stored".to_owned(), envelopes),
            Happened::Refused { envelopes, reason } => (format!("Refused {reason}"), envelopes),
            Happened::TurnedAway(reason) => (format!("TurnedAway {reason}"), 1),
            Happened::QuotaReached(quota) => (format!("QuotaReached {quota}"), 1),
            Happened::Received { .. } | Happened::Sent { .. } => return,
            other => (format!("{other:?}").split([' ', '{']).next().unwrap().to_owned(), 1),
        };
        *self.0.lock().unwrap().entry(name).or_default() += count;
    }
}

impl Counts {
    pub fn of(&self, name: &str) -> u64 {
        self.0.lock().unwrap().get(name).copied().unwrap_or_default()
    }
}

/// A relay on loopback.
pub struct Relay {
    pub device: DeviceId,
    pub addresses: Vec<SocketAddr>,
    pub counts: Arc<Counts>,
    pub storage: Arc<dyn Storage>,
    mailbox: Arc<Mailbox>,
    serving: tokio::task::JoinHandle<()>,
}

impl Relay {
    pub async fn start(storage: Arc<dyn Storage>, limits: Limits) -> Self {
        Self::start_with(storage, limits, Arc::new(AdmitAll)).await
    }

    pub async fn start_with(storage: Arc<dyn Storage>, limits: Limits, admission: Arc<dyn Admission>) -> Self {
        let bounds = Bounds { connections: 64, per_device: 4, handshakes: 64 };
        let node = Node::bind_mailbox(local([200; 32]), bounds).await.unwrap();
        let (device, addresses, counts) = (node.device(), node.addresses(), Arc::new(Counts::default()));
        let mailbox = Mailbox::new(storage.clone(), admission, counts.clone(), limits);
        let serving = tokio::spawn(mailbox.clone().serve(node));
        Self { device, addresses, counts, storage, mailbox, serving }
    }

    /// Stops it as an operator does.
    pub async fn stop(self) {
        self.mailbox.drain();
        self.serving.await.unwrap();
    }
}

/// A project with its owner: what its real access says, and the list made from it.
pub struct Project {
    pub genesis: Genesis,
    pub owner: TestDevice,
    pub real: Authority,
    rng: ChaCha20Rng,
}

impl Project {
    pub async fn new(seed: u8) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(u64::from(seed));
        let owner = TestDevice::new(seed, 1).await;
        let genesis = Genesis::new(owner.person.public(), Instant(1), &mut rng);
        let real = Authority::evaluate(&genesis, [&owner.certificate()]);
        Self { genesis, owner, real, rng }
    }

    pub fn id(&self) -> ProjectId {
        self.genesis.project_id()
    }

    /// Gives somebody a scope.
    pub fn grant(&mut self, to: &TestDevice, rank: u32, scope: Vec<ScopeEntry>) {
        let offer = Offer {
            role: "contractor".into(),
            rank,
            scope,
            not_after: None,
            history: true,
            despite: vec![],
            at: Instant(2),
        };
        let acting = self.real.acting_for(&self.owner.person.person_id(), &offer).unwrap();
        let granted = grant(&self.owner.person, &acting, to.person.public(), &offer, &mut self.rng).unwrap();
        self.real = self.real.with([&granted, &to.certificate()]);
    }

    pub fn writer(&mut self, to: &TestDevice, folders: &[u8]) {
        let lanes = LaneSet::of(&[Lane::Records, Lane::Comments]);
        let scope = folders.iter().map(|n| ScopeEntry::write(DomainScope::One(folder(*n)), lanes)).collect();
        self.grant(to, 30, scope);
    }

    pub fn remove(&mut self, whom: &TestDevice) {
        let target = enginus_access::Target::Person(whom.person.person_id());
        let acting = self.real.acting_against(&self.owner.person.person_id(), &target).unwrap();
        let removal =
            enginus_access::Removal { target, cutoffs: vec![], keeps: vec![], reason: "left".into(), at: Instant(3) };
        let revoked = enginus_access::revoke(&self.owner.person, &acting, removal, &mut self.rng).unwrap();
        self.real = self.real.with([&revoked]);
    }

    /// What the owner has to tell a relay that knows `told`.
    pub fn updates(&mut self, told: &AccessList) -> Vec<SignedStatement> {
        told.updates(&self.real, &self.owner.person, &mut self.rng)
    }

    pub fn empty_list(&self) -> AccessList {
        AccessList::new(&self.genesis, [])
    }

    /// Connects the owner and tells the relay who is a member.
    pub async fn tell(&mut self, relay: &Relay) {
        let mut talk = self.owner.hello(relay, &self.genesis, &[]).await;
        assert_eq!(talk.standing(), Some(enginus_net::Standing::Member));
        let list = talk.list(&self.genesis).await;
        let updates = self.updates(&list);
        talk.tell(&updates).await;
        talk.end().await;
    }
}

/// Every file below a folder.
pub fn files_under(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_under(&path)) } else { files.push(path) }
    }
    files
}

pub fn keypair(person: u8, n: u8) -> Keypair {
    Keypair::from_seed(&std::array::from_fn(|at| if at == 0 { person } else { n.wrapping_add(at as u8) }))
}

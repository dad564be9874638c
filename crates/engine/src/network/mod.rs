//! The project among others: connections to devices, exchange with buckets, files on their way.

mod bring;
mod buckets;
mod connections;
mod exchange;
mod files;
mod giving;
mod greeting;
mod guest;
mod joining;
mod once;
mod pairing;
mod peers;
mod place;
#[cfg(test)]
mod preview_tests;
mod proofs;
mod relay;
mod serving;
mod session;
mod sessions;
mod sleep;
mod sources;
#[cfg(test)]
mod stranger_tests;
mod view;
mod wire;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use enginus_model::{DeviceId, Instant, ProjectId};
use enginus_net::{BindError, Dialler, Node, NodeConfig, Peer};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use bring::{bring_files, doubt_files};
#[cfg(feature = "simulation")]
pub(crate) use buckets::{Shelf, exchange_envelopes};
#[cfg(feature = "simulation")]
pub(crate) use exchange::{Exchange, Output};
pub(crate) use joining::{JoinEnd, after_arrival, complete_join, look_into_buckets, push_to_buckets};
pub(crate) use once::sync_once;
pub(crate) use relay::{erase as erase_from_relay, may_erase, push_to_relays};
pub(crate) use sources::WantedFile;
pub(crate) use view::has_now;

use crate::api::{Failure, FailureKind};
use crate::{Engine, NetworkOptions};

/// Sessions at a time with devices of which it is not known yet whose they are.
const STRANGERS_MAX: usize = 16;

/// Where a device with these options and this port can be reached once it listens.
pub(crate) fn expected_addresses(options: &NetworkOptions, port: u16) -> Vec<String> {
    enginus_net::expected_addresses(options.bind, port).iter().map(SocketAddr::to_string).collect()
}

/// This device on the network.
pub(crate) struct Network {
    engine: Engine,
    dialler: Dialler,
    device: DeviceId,
    addresses: Vec<SocketAddr>,
    connections: Mutex<Connections>,
    files: Mutex<HashMap<ProjectId, Arc<files::Passes>>>,
    /// What is known of the buckets' contents.
    shelves: Mutex<buckets::Shelves>,
    /// Where devices were met.
    met: peers::AddressBook,
    /// Devices that are being asked to prove what they have.
    proving: Mutex<BTreeSet<(ProjectId, DeviceId)>>,
    /// Places for sessions with devices of which nobody knows yet whose they are.
    strangers: Arc<Semaphore>,
    started: tokio::time::Instant,
    /// Wakes the dialler before its time.
    dial_now: Notify,
    /// Rises whenever a session or its state changed.
    activity: watch::Sender<u64>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Default)]
struct Connections {
    peers: BTreeMap<DeviceId, Peer>,
    /// How many sessions are open, and what the newest of them, or the last, has come to.
    sessions: BTreeMap<(ProjectId, DeviceId), (usize, Arc<sessions::SessionState>)>,
    /// The relays that were met: they are nobody's devices.
    relays: BTreeSet<DeviceId>,
    /// Attempts under way.
    dialling: BTreeSet<(ProjectId, DeviceId)>,
    /// When a device was last tried in vain.
    failed: BTreeMap<DeviceId, connections::Failed>,
}

impl Network {
    /// Begins to listen and to look for the projects' devices.
    pub(crate) async fn start(engine: &Engine) -> Result<Arc<Self>, Failure> {
        let (seed, port) = engine
            .with_home(|home| home.required_identity().map(|(keys, profile)| (*keys.device.seed(), profile.port)))
            .await?;
        let options = engine.inner().options.network;
        let config = NodeConfig { seed, port, bind: options.bind, mdns: options.mdns };
        let node = match Node::bind(config.clone()).await {
            Err(BindError::Address { address, why }) if port != 0 => {
                tracing::warn!("{address} cannot be used ({why}); another port is taken, tickets made before may not reach this device");
                Node::bind(NodeConfig { port: 0, ..config }).await
            }
            other => other,
        }
        .map_err(|error| {
            Failure::new(FailureKind::Unreachable, error.to_string()).hint("check the network, or choose another --bind address")
        })?;
        let network = Arc::new(Self {
            engine: engine.clone(),
            dialler: node.dialler(),
            device: node.device(),
            addresses: node.addresses(),
            connections: Mutex::default(),
            files: Mutex::default(),
            shelves: Mutex::default(),
            met: peers::AddressBook::default(),
            proving: Mutex::default(),
            strangers: Arc::new(Semaphore::new(STRANGERS_MAX)),
            started: tokio::time::Instant::now(),
            dial_now: Notify::new(),
            activity: watch::Sender::new(0),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        network.tasks.spawn(connections::accept(network.clone(), node));
        network.tasks.spawn(connections::dial(network.clone()));
        network.tasks.spawn(buckets::keep_up(network.clone()));
        Ok(network)
    }

    /// Where this device can be reached.
    pub(crate) fn addresses(&self) -> Vec<String> {
        self.addresses.iter().map(SocketAddr::to_string).collect()
    }

    fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Ends sessions and connections, telling the others.
    pub(crate) async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.dialler.close().await;
    }

    /// A clock that only runs forward, for what goes on between devices: people set the other one.
    fn clock(&self) -> Instant {
        Instant(i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    fn project_changed(&self) {
        self.engine.inner().changed();
    }
}

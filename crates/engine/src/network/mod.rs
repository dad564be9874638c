//! The project among others: connections to devices, exchange with buckets, files on their way.

mod buckets;
mod connections;
mod files;
mod giving;
mod greeting;
mod once;
mod peers;
#[cfg(test)]
mod preview_tests;
mod session;
mod view;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use enginus_model::{DeviceId, ProjectId};
use enginus_net::{BindError, Dialler, Node, NodeConfig, Peer};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use files::WantedFile;
pub(crate) use once::{JoinEnd, after_arrival, bring_files, complete_join, push_to_buckets, sync_once};

use crate::api::{Failure, FailureKind, PeerState};
use crate::engine::lock;
use crate::{Engine, NetworkOptions, ambient};

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
    sessions: BTreeMap<(ProjectId, DeviceId), (usize, Arc<SessionState>)>,
    /// Attempts under way.
    dialling: std::collections::BTreeSet<(ProjectId, DeviceId)>,
    /// When a device was last tried in vain.
    failed: BTreeMap<DeviceId, connections::Failed>,
}

/// How one project stands with one peer.
pub(crate) struct SessionState {
    status: Mutex<Status>,
    activity: watch::Sender<u64>,
}

#[derive(Debug, Clone, Default)]
struct Status {
    in_sync: bool,
    received: u64,
    sent: u64,
    objects_received: u64,
    objects_sent: u64,
    /// This side has fetched what it keeps.
    files_done: bool,
    /// The other side said so of itself.
    peer_has_files: bool,
    problem: Option<String>,
}

impl Status {
    fn settled(&self) -> bool {
        self.in_sync && self.files_done && self.peer_has_files
    }
}

impl SessionState {
    fn update(&self, change: impl FnOnce(&mut Status)) {
        change(&mut lock(&self.status));
        self.activity.send_modify(|count| *count += 1);
    }

    fn status(&self) -> Status {
        lock(&self.status).clone()
    }
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

    fn session_started(&self, project: ProjectId, device: DeviceId) -> Arc<SessionState> {
        let mut connections = lock(&self.connections);
        let entry = connections.sessions.entry((project, device)).or_insert_with(|| {
            let state = SessionState { status: Mutex::default(), activity: self.activity.clone() };
            (0, Arc::new(state))
        });
        entry.0 += 1;
        let state = entry.1.clone();
        drop(connections);
        state.update(|status| status.problem = None);
        self.show_peer(project, device, false);
        state
    }

    fn session_ended(&self, project: ProjectId, device: DeviceId) {
        let last = {
            let mut connections = lock(&self.connections);
            connections.sessions.get_mut(&(project, device)).and_then(|(open, state)| {
                *open = open.saturating_sub(1);
                (*open == 0).then(|| state.clone())
            })
        };
        if let Some(state) = last {
            // A side that ends once both are equal has what it keeps.
            state.update(|status| status.peer_has_files |= status.in_sync && status.files_done);
        }
        self.hide_peer(project, device);
        self.activity.send_modify(|count| *count += 1);
    }

    fn session_state(&self, project: ProjectId, device: DeviceId) -> Option<Arc<SessionState>> {
        lock(&self.connections).sessions.get(&(project, device)).map(|(_, state)| state.clone())
    }

    fn is_open(&self, project: ProjectId, device: DeviceId) -> bool {
        lock(&self.connections).sessions.get(&(project, device)).is_some_and(|(open, _)| *open > 0)
    }

    fn session_states(&self, project: ProjectId) -> Vec<(DeviceId, bool, Status)> {
        lock(&self.connections)
            .sessions
            .iter()
            .filter(|((id, _), _)| *id == project)
            .map(|((_, device), (open, state))| (*device, *open > 0, state.status()))
            .collect()
    }

    fn show_peer(&self, project: ProjectId, device: DeviceId, in_sync: bool) {
        self.change_peer(project, device, |peer| {
            peer.connected = true;
            peer.in_sync = in_sync;
            if in_sync {
                peer.last_in_sync = Some(ambient::now());
            }
        });
    }

    fn hide_peer(&self, project: ProjectId, device: DeviceId) {
        let open = self.is_open(project, device);
        self.change_peer(project, device, |peer| peer.connected = open);
    }

    fn change_peer(&self, project: ProjectId, device: DeviceId, change: impl FnOnce(&mut PeerState)) {
        let Some(published) = self.engine.published(&project) else { return };
        let name = published.device_name(&device);
        published.surroundings(|surroundings| {
            let peer = surroundings.peers.entry(device).or_insert_with(|| PeerState {
                device,
                name: name.clone(),
                connected: false,
                in_sync: false,
                last_in_sync: None,
            });
            peer.name = name;
            change(peer);
        });
        self.engine.inner().changed();
    }

    fn project_changed(&self) {
        self.engine.inner().changed();
    }
}

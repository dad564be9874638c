//! Accepting devices and dialling them.

use std::sync::Arc;
use std::time::Duration;

use enginus_model::{DeviceId, ProjectId};
use enginus_net::{Node, Peer, StreamError, StreamKind};
use tokio::time::Instant;

use super::greeting::read_greeting;
use super::place::Place;
use super::sleep::Clocks;
use super::{Network, relay, serving, session};
use crate::ambient;
use crate::engine::{SharedProject, blocking, lock};

/// Between two looks at who is missing.
const DIAL_EVERY: Duration = Duration::from_secs(1);
/// A device that was not reached is tried again after this, doubled each time up to the longest.
const AGAIN_FIRST: Duration = Duration::from_secs(1);
const AGAIN_LONGEST: Duration = Duration::from_secs(60);
/// Streams served for one connection at a time.
const STREAMS_MAX: usize = 64;

/// A device that was not reached.
pub(super) struct Failed {
    pub(super) attempts: u32,
    pub(super) why: String,
    again: Instant,
}

/// Takes in every device that connects.
pub(super) async fn accept(network: Arc<Network>, mut node: Node) {
    let stop = network.stopping();
    loop {
        let peer = tokio::select! {
            () = stop.cancelled() => break,
            peer = node.accept() => match peer {
                Some(peer) => peer,
                None => break,
            },
        };
        connected(&network, peer);
    }
    node.close().await;
}

/// A connection stands, whoever made it: its streams are served until it ends.
fn connected(network: &Arc<Network>, peer: Peer) {
    {
        let mut connections = lock(&network.connections);
        connections.failed.remove(&peer.device());
        connections.peers.insert(peer.device(), peer.clone());
    }
    network.tasks.spawn(serve(network.clone(), peer));
}

async fn serve(network: Arc<Network>, peer: Peer) {
    let stop = network.stopping();
    let streams = Arc::new(tokio::sync::Semaphore::new(STREAMS_MAX));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = peer.accept_stream() => accepted,
        };
        let (kind, stream) = match accepted {
            Ok(accepted) => accepted,
            Err(StreamError::Lost(_)) => break,
            Err(error) => {
                tracing::debug!("device {} opened a stream that is not understood: {error}", peer.device().short());
                continue;
            }
        };
        let Ok(permit) = streams.clone().try_acquire_owned() else { continue };
        let (network, peer) = (network.clone(), peer.clone());
        network.tasks.clone().spawn(async move {
            match kind {
                StreamKind::Sync => answer(network, peer, stream).await,
                StreamKind::Objects => serving::serve(network, peer.device(), stream).await,
                // Only on connections made for it, which come in by another door.
                StreamKind::Pairing => {}
                // A device is no mailbox.
                StreamKind::Deposits => {}
            }
            drop(permit);
        });
    }
    let mut connections = lock(&network.connections);
    if connections.peers.get(&peer.device()).is_some_and(Peer::is_closed) {
        connections.peers.remove(&peer.device());
    }
}

/// The other side opened an exchange: it says of which project.
async fn answer(network: Arc<Network>, peer: Peer, mut stream: enginus_net::FrameStream) {
    let Some(greeting) = read_greeting(&mut stream).await else { return };
    let Some(project) = network.engine.project_by_id(&greeting.project) else { return };
    // Two devices that dial each other at the same moment keep one exchange: the one that the smaller id began.
    if network.is_dialling(greeting.project, peer.device()) && network.device < peer.device() {
        return;
    }
    session::run(network, project, peer, stream, Some(greeting)).await;
}

/// Keeps a session open with every device of every project that can be reached.
pub(super) async fn dial(network: Arc<Network>) {
    let stop = network.stopping();
    let mut clocks = Clocks::now();
    loop {
        if clocks.slept() {
            network.wake().await;
        }
        for (id, project, device, place) in missing(&network).await {
            let network = network.clone();
            network.tasks.clone().spawn(async move { reach(network, id, project, device, place).await });
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = network.dial_now.notified() => {}
            () = tokio::time::sleep(DIAL_EVERY) => {}
        }
    }
}

type Missing = (ProjectId, SharedProject, DeviceId, Place);

/// The devices without a session whose time has come.
async fn missing(network: &Arc<Network>) -> Vec<Missing> {
    let projects = network.engine.projects();
    let shared = network.clone();
    let found = blocking(move || {
        let mut found = Vec::new();
        for project in projects {
            let (id, sides) = {
                let project = lock(&project);
                (project.id(), project.known_sides(&shared.met)?)
            };
            found.extend(sides.into_iter().map(|(device, place)| (id, project.clone(), device, place)));
        }
        Ok(found)
    })
    .await;
    // What cannot be read now is looked at again in a moment; until then nothing changes.
    let Ok(found) = found else { return Vec::new() };
    network.be_found(found.iter().map(|(.., place)| place)).await;
    let mdns = network.engine.inner().options.network.mdns;
    let now = Instant::now();
    let mut connections = lock(&network.connections);
    let mut missing = Vec::new();
    for (id, project, device, place) in found {
        let open = connections.sessions.get(&(id, device)).is_some_and(|(open, _)| *open > 0);
        let waiting = connections.failed.get(&device).is_some_and(|failed| failed.again > now);
        let dialling = !connections.dialling.insert((id, device));
        if dialling {
            continue;
        }
        let reachable = place.may_be_found() || mdns || connections.peers.contains_key(&device);
        if open || waiting || !reachable {
            connections.dialling.remove(&(id, device));
            continue;
        }
        missing.push((id, project, device, place));
    }
    missing
}

async fn reach(network: Arc<Network>, id: ProjectId, project: SharedProject, device: DeviceId, place: Place) {
    if matches!(place, Place::Relay(_)) {
        lock(&network.connections).relays.insert(device);
    }
    let known = lock(&network.connections).peers.get(&device).filter(|peer| !peer.is_closed()).cloned();
    let peer = match known {
        Some(peer) => Ok(peer),
        None => {
            let stop = network.stopping();
            let dialled = tokio::select! {
                // Whoever closes this device does not wait for one that cannot be reached.
                () = stop.cancelled() => return,
                dialled = network.connect(device, &place) => dialled,
            };
            dialled.inspect(|peer| connected(&network, peer.clone()))
        }
    };
    let opened = match peer {
        Ok(peer) => peer.open(StreamKind::Sync).await.map(|stream| (peer, stream)).map_err(|error| error.to_string()),
        Err(why) => Err(why),
    };
    let ended = match (opened, place) {
        (Ok((peer, stream)), Place::Device { .. }) => {
            session::run(network.clone(), project, peer, stream, None).await;
            Ok(())
        }
        (Ok((peer, stream)), Place::Relay(address)) => {
            let ended = relay::run(network.clone(), project, address, &peer, stream).await;
            ended.map_err(|failure| failure.to_string())
        }
        (Err(why), _) => Err(why),
    };
    if let Err(why) = ended {
        network.show_relay_problem(id, device, Some(why.clone()));
        network.failed_to_reach(device, why);
    }
    // Until here nobody else dials: a session that is being greeted is not open yet.
    lock(&network.connections).dialling.remove(&(id, device));
    network.activity.send_modify(|count| *count += 1);
}

impl Network {
    /// Somebody was not reached, or turned this device away: they are tried again later, and later each time.
    fn failed_to_reach(&self, device: DeviceId, why: String) {
        let mut connections = lock(&self.connections);
        let attempts = connections.failed.get(&device).map_or(0, |failed| failed.attempts) + 1;
        let longest = AGAIN_FIRST.saturating_mul(1 << attempts.min(6)).min(AGAIN_LONGEST);
        // Spread, so that many devices do not come back to one relay at the same moment.
        let wait = longest.mul_f64(0.5 + f64::from(ambient::random::<1>()[0]) / 510.0);
        let again = Instant::now() + wait;
        connections.failed.insert(device, Failed { attempts, why, again });
    }

    /// Whether this device is about to open an exchange with a device.
    fn is_dialling(&self, project: ProjectId, device: DeviceId) -> bool {
        let connections = lock(&self.connections);
        let open = connections.sessions.get(&(project, device)).is_some_and(|(open, _)| *open > 0);
        !open && connections.dialling.contains(&(project, device))
    }

    /// Tries everybody again now, whatever came before.
    pub(super) fn dial_everybody(&self) {
        lock(&self.connections).failed.clear();
        self.dial_now.notify_one();
    }
}

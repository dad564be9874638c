//! How each project stands with each device: what the newest session proved, and what a window shows of it.
//!
//! What an earlier session proved is gone when the next one begins, and a command that asks for proof counts only what happened
//! since it began: a connection that stands may have nobody at its other end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use enginus_model::{DeviceId, ProjectId};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::Network;
use crate::ambient;
use crate::api::{PeerState, ProjectState};
use crate::engine::lock;
use crate::project::RelayLink;

/// One session with one device, also after its end.
pub(super) struct SessionState {
    status: Mutex<Status>,
    activity: watch::Sender<u64>,
    /// Somebody wants it proved again that both are equal.
    pub(super) confirm: Notify,
}

/// How one project stands with one device.
#[derive(Debug, Clone)]
pub(super) struct Status {
    /// Both have stated equal clocks.
    pub(super) in_sync: bool,
    /// This side has fetched what it keeps.
    pub(super) files_done: bool,
    /// The other side said so of itself.
    pub(super) peer_has_files: bool,
    /// Of a relay: its access list says what the project says, as far as that is this device's to tell.
    pub(super) listed: bool,
    /// When the other side was last heard.
    pub(super) heard: Instant,
    pub(super) traffic: Traffic,
    pub(super) problem: Option<String>,
}

/// What went to and fro since the program began.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traffic {
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) objects_received: u64,
    pub(super) objects_sent: u64,
}

impl Traffic {
    /// What of it came after `before`.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            received: self.received.saturating_sub(before.received),
            sent: self.sent.saturating_sub(before.sent),
            objects_received: self.objects_received.saturating_sub(before.objects_received),
            objects_sent: self.objects_sent.saturating_sub(before.objects_sent),
        }
    }
}

impl Status {
    fn new(traffic: Traffic) -> Self {
        let heard = Instant::now();
        Self { in_sync: false, files_done: false, peer_has_files: false, listed: false, heard, traffic, problem: None }
    }

    /// Both are equal, and each has the files it keeps.
    pub(super) fn settled(&self) -> bool {
        self.in_sync && self.files_done && self.peer_has_files
    }

    fn forget_proofs(&mut self) {
        self.in_sync = false;
        self.files_done = false;
        self.peer_has_files = false;
    }
}

impl SessionState {
    pub(super) fn update(&self, change: impl FnOnce(&mut Status)) {
        change(&mut lock(&self.status));
        self.activity.send_modify(|count| *count += 1);
    }

    /// Something was heard from the other side.
    pub(super) fn heard(&self) {
        lock(&self.status).heard = Instant::now();
    }

    pub(super) fn status(&self) -> Status {
        lock(&self.status).clone()
    }
}

/// What counts for one command: what happened since it began.
pub(super) struct Since {
    began: Instant,
    before: BTreeMap<(ProjectId, DeviceId), Traffic>,
}

impl Network {
    /// From now on only what is proved anew counts: whoever is connected is asked to state again what it holds.
    pub(super) fn ask_again(&self) -> Since {
        let sessions: Vec<_> =
            lock(&self.connections).sessions.iter().map(|(key, (open, state))| (*key, *open, state.clone())).collect();
        let mut since = Since { began: Instant::now(), before: BTreeMap::new() };
        for (key, open, state) in sessions {
            since.before.insert(key, state.status().traffic);
            if open > 0 {
                state.update(Status::forget_proofs);
                state.confirm.notify_one();
            }
        }
        since
    }

    /// The sessions of a project in which something was heard since a command began: whether each is still open, and how it stands.
    pub(super) fn heard_since(&self, project: ProjectId, since: &Since) -> BTreeMap<DeviceId, (bool, Status)> {
        let sessions: Vec<_> = {
            let connections = lock(&self.connections);
            let ours = connections.sessions.iter().filter(|((id, _), _)| *id == project);
            ours.map(|((_, device), (open, state))| (*device, *open > 0, state.clone())).collect()
        };
        let mut heard = BTreeMap::new();
        for (device, open, state) in sessions {
            let mut status = state.status();
            if status.heard >= since.began {
                let before = since.before.get(&(project, device)).copied().unwrap_or_default();
                status.traffic = status.traffic.since(before);
                heard.insert(device, (open, status));
            }
        }
        heard
    }

    pub(super) fn session_started(&self, project: ProjectId, device: DeviceId) -> Arc<SessionState> {
        let mut connections = lock(&self.connections);
        let earlier = connections.sessions.get(&(project, device));
        let (open, traffic) = earlier.map_or((0, Traffic::default()), |(open, state)| (*open, state.status().traffic));
        let status = Mutex::new(Status::new(traffic));
        let state = Arc::new(SessionState { status, activity: self.activity.clone(), confirm: Notify::new() });
        connections.sessions.insert((project, device), (open + 1, state.clone()));
        drop(connections);
        self.activity.send_modify(|count| *count += 1);
        self.show_peer(project, device, false);
        state
    }

    /// What was proved stays known for the command that asked for it; of devices that are nobody's nothing is kept.
    pub(super) fn session_ended(&self, project: ProjectId, device: DeviceId) {
        let shown = self.is_shown(project, device);
        let mut connections = lock(&self.connections);
        if let Some((open, _)) = connections.sessions.get_mut(&(project, device)) {
            *open = open.saturating_sub(1);
            if *open == 0 && !shown {
                connections.sessions.remove(&(project, device));
            }
        }
        drop(connections);
        self.hide_peer(project, device);
        self.activity.send_modify(|count| *count += 1);
    }

    pub(super) fn session_state(&self, project: ProjectId, device: DeviceId) -> Option<Arc<SessionState>> {
        lock(&self.connections).sessions.get(&(project, device)).map(|(_, state)| state.clone())
    }

    pub(super) fn is_open(&self, project: ProjectId, device: DeviceId) -> bool {
        lock(&self.connections).sessions.get(&(project, device)).is_some_and(|(open, _)| *open > 0)
    }

    pub(super) fn show_peer(&self, project: ProjectId, device: DeviceId, in_sync: bool) {
        self.change_relay(project, device, |relay| {
            relay.connected = true;
            relay.in_sync = in_sync;
        });
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
        self.change_relay(project, device, |relay| {
            relay.connected = open;
            relay.in_sync &= open;
        });
        self.change_peer(project, device, |peer| {
            peer.connected = open;
            // Nobody is there who could say so; when it last was the window shows too.
            peer.in_sync &= open;
        });
    }

    /// Whether a device is somebody's, and no relay: while a join waits that cannot be told, and everybody who is met is shown.
    fn is_shown(&self, project: ProjectId, device: DeviceId) -> bool {
        if lock(&self.connections).relays.contains(&device) {
            return false;
        }
        self.engine.published(&project).is_some_and(|published| {
            let snapshot = published.snapshot();
            let is_theirs = |(known, _): &(DeviceId, String)| *known == device;
            matches!(snapshot.state, ProjectState::Pending { .. })
                || snapshot.members.iter().any(|member| member.devices.iter().any(is_theirs))
        })
    }

    /// What is wrong with a relay, or that nothing is any more.
    pub(super) fn show_relay_problem(&self, project: ProjectId, device: DeviceId, problem: Option<String>) {
        self.change_relay(project, device, |relay| relay.problem = problem);
    }

    fn change_relay(&self, project: ProjectId, device: DeviceId, change: impl FnOnce(&mut RelayLink)) {
        if !lock(&self.connections).relays.contains(&device) {
            return;
        }
        let Some(published) = self.engine.published(&project) else { return };
        published.surroundings(|surroundings| change(surroundings.relays.entry(device).or_default()));
        self.engine.inner().changed();
    }

    fn change_peer(&self, project: ProjectId, device: DeviceId, change: impl FnOnce(&mut PeerState)) {
        let Some(published) = self.engine.published(&project).filter(|_| self.is_shown(project, device)) else {
            return;
        };
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
}

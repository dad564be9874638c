//! What letting a device in needs of the network.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use enginus_model::{DeviceId, ProjectId};
use enginus_net::Pairings;
use tokio::time::{Instant, sleep_until};

use super::Network;
use super::sessions::Status;
use crate::api::Failure;
use crate::engine::lock;
use crate::project::Project;

impl Network {
    /// Opens the door to devices that nobody knows yet, until what is answered is dropped.
    pub(crate) fn pairings(&self) -> Pairings {
        self.dialler.pairings()
    }

    /// The devices of a project whose addresses are known, with them.
    pub(crate) fn reachable(&self, project: &Project) -> Result<Vec<(DeviceId, Vec<String>)>, Failure> {
        let known = project.known_peers(&self.met)?;
        let reachable = known.into_iter().filter(|(_, addresses)| !addresses.is_empty());
        Ok(reachable.map(|(device, found)| (device, found.iter().map(SocketAddr::to_string).collect())).collect())
    }

    /// Ends the connection to a device that was removed.
    pub(crate) fn turn_away(&self, device: DeviceId) {
        if let Some(peer) = lock(&self.connections).peers.get(&device) {
            peer.close("this device was removed");
        }
    }

    /// Waits until a device has what it is to have of these projects. One that does not come within `patience` is not waited for.
    pub(crate) async fn settle_with(self: &Arc<Self>, device: DeviceId, projects: &[ProjectId], patience: Duration) {
        let mut activity = self.activity.subscribe();
        let mut last_seen = Instant::now();
        loop {
            let states: Vec<_> = projects.iter().filter_map(|id| self.session_state(*id, device)).collect();
            if states.len() == projects.len() && states.iter().all(|state| Status::settled(&state.status())) {
                return;
            }
            if projects.iter().any(|id| self.is_open(*id, device)) {
                last_seen = Instant::now();
            }
            let until = last_seen + patience;
            if Instant::now() >= until {
                return;
            }
            tokio::select! {
                _ = activity.changed() => {}
                () = sleep_until(until) => {}
            }
        }
    }
}

//! The devices a project is known to be on, and where they were reached.

use std::collections::BTreeMap;

use enginus_model::{DeviceId, Instant};
use enginus_store::Batch;
use serde::{Deserialize, Serialize};

use crate::api::Failure;
use crate::project::Project;

/// Record kind of a peer: key = device id.
const PEER_RECORD: u8 = 3;
const VERSION: u8 = 1;

/// What is kept of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PeerRecord {
    pub(super) addresses: Vec<String>,
    pub(super) seen: Instant,
}

impl Project {
    /// Keeps where a device says it can be reached.
    pub(super) fn remember_peer(&mut self, device: DeviceId, record: &PeerRecord) -> Result<(), Failure> {
        let mut bytes = vec![VERSION];
        bytes.extend(postcard::to_allocvec(record).unwrap_or_default());
        let mut batch = Batch::new();
        batch.put_record(PEER_RECORD, device.as_bytes(), &bytes);
        self.store().commit(batch)?;
        Ok(())
    }

    /// When this device last met another.
    pub(crate) fn last_seen(&self, device: &DeviceId) -> Option<Instant> {
        let reader = self.store().read().ok()?;
        match reader.record(PEER_RECORD, device.as_bytes()).ok()??.split_first() {
            Some((&VERSION, body)) => postcard::from_bytes::<PeerRecord>(body).ok().map(|record| record.seen),
            _ => None,
        }
    }

    /// Every device of the project but this one, with the addresses known: from meetings, and from the ticket of a join that waits.
    /// Devices of members without any address are among them, since they may be found on the local network; strangers who were
    /// met are not, unless this device is a stranger itself so far.
    pub(super) fn known_peers(&self) -> Result<BTreeMap<DeviceId, Vec<String>>, Failure> {
        let mut peers: BTreeMap<DeviceId, Vec<String>> = BTreeMap::new();
        for member in self.authority().members() {
            for device in member.devices.iter().filter(|device| !device.removed) {
                peers.entry(device.device.device_id()).or_default();
            }
        }
        for (key, bytes) in self.store().read()?.records(PEER_RECORD)? {
            let device: Option<[u8; 32]> = key.try_into().ok();
            let record = match bytes.split_first() {
                Some((&VERSION, body)) => postcard::from_bytes::<PeerRecord>(body).ok(),
                _ => None,
            };
            if let (Some(device), Some(record)) = (device, record)
                && (peers.contains_key(&DeviceId(device)) || !self.is_active())
            {
                peers.entry(DeviceId(device)).or_default().extend(record.addresses);
            }
        }
        if let Some(ticket) = self.pending_ticket() {
            peers.entry(ticket.device).or_default().extend(ticket.addresses);
        }
        peers.remove(&self.identity().device.device_id());
        Ok(peers)
    }

    /// The person a device belongs to, by name; the start of its key where nobody is known.
    pub(super) fn device_owner(&self, device: &DeviceId) -> String {
        self.authority().author_of(device).map_or_else(|| device.short(), |person| self.person_name(&person))
    }
}

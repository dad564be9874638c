//! The devices a project is known to be on, and where they were reached.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Mutex;

use enginus_model::{DeviceId, Instant, ProjectId};
use enginus_net::MAX_ADDRESSES;
use enginus_store::Batch;
use serde::{Deserialize, Serialize};

use super::place::Place;
use crate::ambient;
use crate::api::Failure;
use crate::engine::lock;
use crate::project::Project;

/// Record kind of a peer: key = device id.
const PEER_RECORD: u8 = 3;
const VERSION: u8 = 1;
/// Devices of which addresses are kept while a join waits: who is a member cannot be told yet.
const MET_WHILE_JOINING_MAX: usize = 32;
/// When a device was met that was only heard of.
const NEVER: Instant = Instant(0);

/// What is kept of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PeerRecord {
    addresses: Vec<String>,
    seen: Instant,
}

impl PeerRecord {
    fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first() {
            Some((&VERSION, body)) => postcard::from_bytes(body).ok(),
            _ => None,
        }
    }

    fn put(batch: &mut Batch, device: &DeviceId, addresses: &[SocketAddr], seen: Instant) {
        let record = Self { addresses: addresses.iter().map(SocketAddr::to_string).collect(), seen };
        let mut bytes = vec![VERSION];
        bytes.extend(postcard::to_allocvec(&record).unwrap_or_default());
        batch.put_record(PEER_RECORD, device.as_bytes(), &bytes);
    }
}

/// A project, and whether its join waits: what is known then is another page than what stands once it is finished.
type Page = (ProjectId, bool);

/// Addresses of devices by project, as the stores have them: they are asked for every second, and change seldom.
#[derive(Debug, Default)]
pub(super) struct AddressBook(Mutex<HashMap<Page, BTreeMap<DeviceId, Vec<SocketAddr>>>>);

/// The addresses in what a device says of itself, a bounded number.
fn read_addresses<'a>(said: impl IntoIterator<Item = &'a String>) -> Vec<SocketAddr> {
    let mut addresses: Vec<SocketAddr> = Vec::new();
    let usable = said.into_iter().filter_map(|text| text.parse::<SocketAddr>().ok());
    for address in usable.filter(|address| address.port() != 0 && !address.ip().is_unspecified()) {
        if addresses.len() < MAX_ADDRESSES && !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

impl Project {
    /// Keeps where a device says it can be reached, and that it was met, where it is a member's. Of strangers nothing is kept. Answers
    /// whether it was.
    pub(super) fn remember_peer(
        &mut self,
        book: &AddressBook,
        device: DeviceId,
        addresses: &[String],
    ) -> Result<bool, Failure> {
        if !self.is_known(&device) {
            return Ok(false);
        }
        let addresses = read_addresses(addresses);
        let mut met = self.met(book)?;
        if !self.is_active() && met.len() >= MET_WHILE_JOINING_MAX && !met.contains_key(&device) {
            return Ok(false);
        }
        let mut batch = Batch::new();
        PeerRecord::put(&mut batch, &device, &addresses, ambient::now());
        self.store().commit(batch)?;
        met.insert(device, addresses);
        lock(&book.0).insert(self.page(), met);
        Ok(true)
    }

    /// Keeps where a ticket said that devices are, in the batch that ends the join: a project that came by file met none of them, and
    /// would find nobody afterwards.
    pub(crate) fn remember_introductions(&self, batch: &mut Batch) -> Result<(), Failure> {
        let reader = self.store().read()?;
        for (device, addresses) in self.waiting().map_or(&[][..], |waiting| &waiting.devices) {
            if reader.record(PEER_RECORD, device.as_bytes())?.is_none() {
                PeerRecord::put(batch, device, &read_addresses(addresses), NEVER);
            }
        }
        Ok(())
    }

    fn page(&self) -> Page {
        (self.id(), self.waiting().is_some())
    }

    /// When this device last met another.
    pub(crate) fn last_seen(&self, device: &DeviceId) -> Option<Instant> {
        let reader = self.store().read().ok()?;
        PeerRecord::decode(&reader.record(PEER_RECORD, device.as_bytes()).ok()??)
            .map(|record| record.seen)
            .filter(|seen| *seen != NEVER)
    }

    /// Every device of the project but this one, with the addresses known: from meetings, and from the ticket of the join.
    /// Devices of members without any address are among them, since they may be found on the local network; strangers who were
    /// met are not, unless this device is a stranger itself so far.
    pub(super) fn known_peers(&self, book: &AddressBook) -> Result<BTreeMap<DeviceId, Vec<SocketAddr>>, Failure> {
        let mut peers: BTreeMap<DeviceId, Vec<SocketAddr>> = BTreeMap::new();
        for member in self.authority().members() {
            for device in member.devices.iter().filter(|device| !device.removed) {
                peers.entry(device.device.device_id()).or_default();
            }
        }
        for (device, addresses) in self.met(book)? {
            if peers.contains_key(&device) || !self.is_active() {
                peers.entry(device).or_default().extend(addresses);
            }
        }
        for (device, addresses) in self.waiting().map_or(&[][..], |waiting| &waiting.devices) {
            peers.entry(*device).or_default().extend(read_addresses(addresses));
        }
        peers.remove(&self.identity().device.device_id());
        for addresses in peers.values_mut() {
            addresses.sort_unstable();
            addresses.dedup();
        }
        Ok(peers)
    }

    /// Everybody to exchange with: the devices of [`Self::known_peers`], and the project's relays.
    pub(super) fn known_sides(&self, book: &AddressBook) -> Result<BTreeMap<DeviceId, Place>, Failure> {
        let relays = self.relays();
        let through: Vec<String> = relays.iter().filter_map(|relay| relay.web.clone()).collect();
        let peer = |addresses| Place::Device { addresses, through: through.clone() };
        let peers = self.known_peers(book)?.into_iter().map(|(device, addresses)| (device, peer(addresses)));
        let relays = relays.into_iter().map(|relay| (relay.device, Place::Relay(relay)));
        Ok(peers.chain(relays).collect())
    }

    /// The addresses kept; the store is read once.
    fn met(&self, book: &AddressBook) -> Result<BTreeMap<DeviceId, Vec<SocketAddr>>, Failure> {
        if let Some(met) = lock(&book.0).get(&self.page()) {
            return Ok(met.clone());
        }
        let mut met = BTreeMap::new();
        for (key, bytes) in self.store().read()?.records(PEER_RECORD)? {
            let device: Option<[u8; 32]> = key.try_into().ok();
            if let (Some(device), Some(record)) = (device, PeerRecord::decode(&bytes)) {
                met.insert(DeviceId(device), read_addresses(&record.addresses));
            }
        }
        lock(&book.0).insert(self.page(), met.clone());
        Ok(met)
    }

    /// The person a device belongs to, by name; the start of its key where nobody is known.
    pub(super) fn device_owner(&self, device: &DeviceId) -> String {
        self.authority().author_of(device).map_or_else(|| device.short(), |person| self.person_name(&person))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_a_device_says_a_bounded_number_of_usable_addresses_is_kept() {
        let many: Vec<String> = (1..100).map(|port| format!("10.0.0.1:{port}")).collect();
        assert_eq!(read_addresses(&many).len(), MAX_ADDRESSES);
        let odd = ["x".repeat(1 << 16), "0.0.0.0:5".to_owned(), "10.0.0.1:0".to_owned(), "10.0.0.1:7".to_owned()];
        assert_eq!(read_addresses(odd.iter().chain(&odd)), ["10.0.0.1:7".parse().unwrap()]);
    }
}

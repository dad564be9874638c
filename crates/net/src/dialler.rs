//! Connecting to other devices.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use enginus_model::DeviceId;
use iroh::endpoint::{ConnectError as IrohError, ConnectWithOptsError, ConnectingError, ConnectionError};
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayConfig, RelayUrl};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::pairing::Doorway;
use crate::{ALPN, ConnectError, MAILBOX_ALPN, PAIRING_ALPN, Pairings, Peer};

/// QUIC's code for TLS alert 120, "no application protocol": the other side speaks none of ours.
const NO_COMMON_PROTOCOL: u64 = 0x100 + 120;

/// Connects to other devices. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dialler {
    endpoint: Endpoint,
    device: DeviceId,
    doorway: Doorway,
    /// The relays this device is found through.
    found_through: Arc<Mutex<BTreeSet<RelayUrl>>>,
}

impl Dialler {
    pub(crate) fn new(endpoint: Endpoint, doorway: Doorway) -> Self {
        let device = DeviceId(*endpoint.id().as_bytes());
        Self { endpoint, device, doorway, found_through: Arc::default() }
    }

    pub(crate) const fn device(&self) -> DeviceId {
        self.device
    }

    /// Connects to a device at any of `addresses`, or where mDNS finds it. Takes at most `within`, and does not try again.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(
        &self,
        device: DeviceId,
        addresses: &[SocketAddr],
        within: Duration,
    ) -> Result<Peer, ConnectError> {
        self.connect_as(ALPN, device, addresses, within).await
    }

    /// Connects to a device at any of `addresses`, or through the relays with these web addresses where it is found there: packets pass
    /// the relay, which cannot read them, until both have found a way without it. Otherwise like [`Dialler::connect`].
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect_through(
        &self,
        device: DeviceId,
        (addresses, relays): (&[SocketAddr], &[String]),
        within: Duration,
    ) -> Result<Peer, ConnectError> {
        let relays = relays.iter().filter_map(|web| read_web(web));
        let address = relays.fold(self.address_of(device, addresses)?, EndpointAddr::with_relay_url);
        self.connect_at(ALPN, address, device, within).await
    }

    /// Lets this device be found through the relays with these web addresses ([`RelayAddress::web`](crate::RelayAddress::web)), and
    /// through no others. What is no web address is passed over.
    pub async fn be_found_through(&self, relays: &BTreeSet<String>) {
        let wanted: BTreeSet<RelayUrl> = relays.iter().filter_map(|web| read_web(web)).collect();
        let mut known = self.found_through.lock().await;
        for gone in known.difference(&wanted) {
            self.endpoint.remove_relay(gone).await;
        }
        for new in wanted.difference(&known) {
            // What tells a device how it looks from outside needs the relay's certificate.
            let has_certificate = new.scheme() == "https";
            let config =
                if has_certificate { RelayConfig::from(new.clone()) } else { RelayConfig::new(new.clone(), None) };
            self.endpoint.insert_relay(new.clone(), Arc::new(config)).await;
        }
        *known = wanted;
    }

    /// The network may be another one: after sleep, or elsewhere.
    pub async fn look_around(&self) {
        self.endpoint.network_change().await;
    }

    /// Connects, as a device that is not known yet, to one that lets it in. Only streams of
    /// [`StreamKind::Pairing`](crate::StreamKind::Pairing) make sense on it.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect_to_pair(
        &self,
        device: DeviceId,
        addresses: &[SocketAddr],
        within: Duration,
    ) -> Result<Peer, ConnectError> {
        self.connect_as(PAIRING_ALPN, device, addresses, within).await
    }

    /// Connects to the mailbox of a relay, whose key is `relay`.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect_to_mailbox(
        &self,
        relay: DeviceId,
        addresses: &[SocketAddr],
        within: Duration,
    ) -> Result<Peer, ConnectError> {
        self.connect_as(MAILBOX_ALPN, relay, addresses, within).await
    }

    /// Opens the door to devices that connect with [`Dialler::connect_to_pair`], until what is answered is dropped. Opening it again
    /// closes it for whoever opened it before.
    #[must_use]
    pub fn pairings(&self) -> Pairings {
        self.doorway.open()
    }

    async fn connect_as(
        &self,
        alpn: &[u8],
        device: DeviceId,
        addresses: &[SocketAddr],
        within: Duration,
    ) -> Result<Peer, ConnectError> {
        let address = self.address_of(device, addresses)?;
        self.connect_at(alpn, address, device, within).await
    }

    fn address_of(&self, device: DeviceId, addresses: &[SocketAddr]) -> Result<EndpointAddr, ConnectError> {
        if device == self.device {
            return Err(ConnectError::Myself);
        }
        let id = EndpointId::from_bytes(device.as_bytes()).map_err(|_| ConnectError::NotADevice(device))?;
        Ok(addresses.iter().fold(EndpointAddr::new(id), |address, at| address.with_ip_addr(*at)))
    }

    async fn connect_at(
        &self,
        alpn: &[u8],
        address: EndpointAddr,
        device: DeviceId,
        within: Duration,
    ) -> Result<Peer, ConnectError> {
        let connected = timeout(within, self.endpoint.connect(address, alpn)).await;
        let connection = connected.map_err(|_| ConnectError::TimedOut)?.map_err(|error| explain(device, error))?;
        Ok(Peer::new(connection))
    }

    /// Ends all connections, telling the others.
    pub async fn close(&self) {
        self.endpoint.close().await;
    }
}

fn read_web(web: &str) -> Option<RelayUrl> {
    web.parse().ok()
}

fn explain(device: DeviceId, error: IrohError) -> ConnectError {
    let failed = format!("{error:#}");
    match error {
        IrohError::Connect { source: ConnectWithOptsError::NoAddress { .. }, .. } => ConnectError::NoAddress(device),
        IrohError::Connect { source: ConnectWithOptsError::EndpointClosed { .. }, .. } => ConnectError::Closed,
        IrohError::Connecting { source: ConnectingError::ConnectionError { source, .. }, .. }
        | IrohError::Connection { source, .. } => match source {
            ConnectionError::TimedOut => ConnectError::TimedOut,
            ConnectionError::LocallyClosed => ConnectError::Closed,
            ConnectionError::VersionMismatch => ConnectError::Foreign(device),
            ConnectionError::ConnectionClosed(close) if u64::from(close.error_code) == NO_COMMON_PROTOCOL => {
                ConnectError::Foreign(device)
            }
            ConnectionError::ConnectionClosed(close) => ConnectError::Refused(close.to_string()),
            ConnectionError::ApplicationClosed(close) => {
                ConnectError::Refused(String::from_utf8_lossy(&close.reason).into_owned())
            }
            _ => ConnectError::Failed(failed),
        },
        _ => ConnectError::Failed(failed),
    }
}

//! Connecting to other devices.

use std::net::SocketAddr;
use std::time::Duration;

use enginus_model::DeviceId;
use iroh::endpoint::{ConnectError as IrohError, ConnectWithOptsError, ConnectingError, ConnectionError};
use iroh::{Endpoint, EndpointAddr, EndpointId};
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
}

impl Dialler {
    pub(crate) fn new(endpoint: Endpoint, doorway: Doorway) -> Self {
        let device = DeviceId(*endpoint.id().as_bytes());
        Self { endpoint, device, doorway }
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
        if device == self.device {
            return Err(ConnectError::Myself);
        }
        let id = EndpointId::from_bytes(device.as_bytes()).map_err(|_| ConnectError::NotADevice(device))?;
        let address = addresses.iter().fold(EndpointAddr::new(id), |address, at| address.with_ip_addr(*at));
        let connected = timeout(within, self.endpoint.connect(address, alpn)).await;
        let connection = connected.map_err(|_| ConnectError::TimedOut)?.map_err(|error| explain(device, error))?;
        Ok(Peer::new(connection))
    }

    /// Ends all connections, telling the others.
    pub async fn close(&self) {
        self.endpoint.close().await;
    }
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

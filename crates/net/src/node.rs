//! This device on the network.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use enginus_model::DeviceId;
use iroh::endpoint::{Connection, Incoming, presets};
use iroh::{Endpoint, EndpointAddr, EndpointId, SecretKey};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::{ALPN, BindError, ConnectError, Peer, expected_addresses};

/// Connections that were accepted and not yet taken.
const ACCEPTED_WAITING_MAX: usize = 32;
/// How long a caller may take to prove who it is.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Callers that may be proving who they are at the same time.
const HANDSHAKES_MAX: usize = 64;

/// How a device listens.
#[derive(Clone)]
pub struct NodeConfig {
    /// The device's secret: its public key is the device id.
    pub seed: [u8; 32],
    /// UDP port; 0 takes any free one.
    pub port: u16,
    /// Local address; unspecified listens on all interfaces.
    pub bind: IpAddr,
    /// Announce this device in the local network and look for others there.
    pub mdns: bool,
}

/// This device on the network. Close it; dropping it leaves the others waiting for a timeout.
#[derive(Debug)]
pub struct Node {
    endpoint: Endpoint,
    device: DeviceId,
    bind: IpAddr,
    accepted: mpsc::Receiver<Peer>,
}

impl Node {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`BindError`].
    pub async fn bind(config: NodeConfig) -> Result<Self, BindError> {
        let address = SocketAddr::new(config.bind, config.port);
        let refused = |why: String| BindError::Address { address, why };
        let endpoint = Endpoint::builder(presets::Minimal)
            .secret_key(SecretKey::from_bytes(&config.seed))
            .alpns(vec![ALPN.to_vec()])
            .clear_ip_transports()
            .bind_addr(address)
            .map_err(|error| refused(error.to_string()))?
            .bind()
            .await
            .map_err(|error| refused(format!("{error:#}")))?;
        if config.mdns {
            start_mdns(&endpoint)?;
        }
        let (sender, accepted) = mpsc::channel(ACCEPTED_WAITING_MAX);
        tokio::spawn(accept(endpoint.clone(), sender));
        let device = DeviceId(*endpoint.id().as_bytes());
        Ok(Self { endpoint, device, bind: config.bind, accepted })
    }

    /// This device's id.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Where this device can be reached, for tickets and for other devices.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let port = self.endpoint.bound_sockets().first().map_or(0, SocketAddr::port);
        expected_addresses(self.bind, port)
    }

    /// The next device that connects; `None` once closed.
    pub async fn accept(&mut self) -> Option<Peer> {
        self.accepted.recv().await
    }

    /// Something that connects, for other tasks than the one that accepts.
    #[must_use]
    pub fn dialler(&self) -> Dialler {
        Dialler { endpoint: self.endpoint.clone(), device: self.device }
    }

    /// Connects to a device, see [`Dialler::connect`].
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(
        &self,
        device: DeviceId,
        addresses: &[SocketAddr],
        within: Duration,
    ) -> Result<Peer, ConnectError> {
        self.dialler().connect(device, addresses, within).await
    }

    /// Ends all connections, telling the others.
    pub async fn close(self) {
        self.endpoint.close().await;
    }
}

/// Connects to other devices.
#[derive(Debug, Clone)]
pub struct Dialler {
    endpoint: Endpoint,
    device: DeviceId,
}

impl Dialler {
    /// Connects to a device at any of `addresses`, or where mDNS finds it. Takes at most `within`.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(
        &self,
        device: DeviceId,
        addresses: &[SocketAddr],
        within: Duration,
    ) -> Result<Peer, ConnectError> {
        if device == self.device {
            return Err(ConnectError::Myself);
        }
        let id = EndpointId::from_bytes(device.as_bytes()).map_err(|_| ConnectError::NotADevice(device))?;
        let address = addresses.iter().fold(EndpointAddr::new(id), |address, at| address.with_ip_addr(*at));
        let connected = timeout(within, self.endpoint.connect(address, ALPN)).await;
        let connection = connected
            .map_err(|_| ConnectError::TimedOut)?
            .map_err(|error| ConnectError::Failed(format!("{error:#}")))?;
        Ok(Peer::new(connection))
    }

    /// Ends all connections, telling the others.
    pub async fn close(&self) {
        self.endpoint.close().await;
    }
}

fn start_mdns(endpoint: &Endpoint) -> Result<(), BindError> {
    let refused = |why: String| BindError::Mdns { why };
    let mdns = iroh_mdns_address_lookup::MdnsAddressLookup::builder()
        .build(endpoint.id())
        .map_err(|error| refused(error.to_string()))?;
    endpoint.address_lookup().map_err(|error| refused(error.to_string()))?.add(mdns);
    Ok(())
}

async fn accept(endpoint: Endpoint, accepted: mpsc::Sender<Peer>) {
    let handshakes = std::sync::Arc::new(tokio::sync::Semaphore::new(HANDSHAKES_MAX));
    while let Some(incoming) = endpoint.accept().await {
        let Ok(permit) = handshakes.clone().try_acquire_owned() else {
            incoming.refuse();
            continue;
        };
        let accepted = accepted.clone();
        tokio::spawn(async move {
            match timeout(HANDSHAKE, handshake(incoming)).await {
                Ok(Ok(connection)) => {
                    let _ = accepted.send(Peer::new(connection)).await;
                }
                Ok(Err(error)) => tracing::debug!("a caller did not complete the handshake: {error}"),
                Err(_) => tracing::debug!("a caller took too long for the handshake"),
            }
            drop(permit);
        });
    }
}

async fn handshake(incoming: Incoming) -> Result<Connection, String> {
    incoming.accept().map_err(|error| error.to_string())?.await.map_err(|error| error.to_string())
}

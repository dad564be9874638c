//! This device on the network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use enginus_model::DeviceId;
use iroh::endpoint::{BindOpts, Builder, IdleTimeout, QuicTransportConfig, VarInt, presets};
use iroh::{Endpoint, RelayMap, RelayMode, SecretKey};
use tokio::sync::mpsc;

use crate::addresses::reachable;
use crate::door::{Bounds, TurnedAway};
use crate::limits::{CONNECTION_WINDOW_BYTES, MAILBOX_WINDOW_BYTES, MAX_ACCEPTED_WAITING, MAX_STREAMS, SILENCE_MS};
use crate::pairing::Doorway;
use crate::{ALPN, BindError, ConnectError, Dialler, MAILBOX_ALPN, PAIRING_ALPN, Peer, accept};

/// The name under which devices find each other in a local network.
const MDNS_SERVICE: &str = "enginus1";

/// How a device listens.
#[derive(Clone)]
pub struct NodeConfig {
    /// The device's secret: its public key is the device id.
    pub seed: [u8; 32],
    /// UDP port; 0 takes any free one.
    pub port: u16,
    /// Local address; unspecified listens on all interfaces, IPv4 and, where the system has it, IPv6.
    pub bind: IpAddr,
    /// Announce this device in the local network and look for others there.
    pub mdns: bool,
}

impl Drop for NodeConfig {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.seed);
    }
}

/// This device on the network. Close it: dropping it leaves the others waiting until they miss its signs of life.
#[derive(Debug)]
pub struct Node {
    endpoint: Endpoint,
    dialler: Dialler,
    bind: IpAddr,
    accepted: mpsc::Receiver<Peer>,
    turned_away: TurnedAway,
}

impl Node {
    /// Begins to listen. Must be called within a tokio runtime. Where mDNS is asked for and cannot start (a network without multicast),
    /// the device listens without it, and a warning is logged.
    ///
    /// # Errors
    /// [`BindError::Address`] where the port is taken or the address is not this machine's; the caller may try another.
    pub async fn bind(config: NodeConfig) -> Result<Self, BindError> {
        let alpns = vec![ALPN.to_vec(), PAIRING_ALPN.to_vec()];
        Self::listen(config, alpns, CONNECTION_WINDOW_BYTES, Bounds::DEVICE).await
    }

    /// Begins to listen as a mailbox, which lets in as many as `bounds` say and speaks with devices alone. Otherwise like
    /// [`Node::bind`].
    ///
    /// # Errors
    /// [`BindError`].
    pub async fn bind_mailbox(config: NodeConfig, bounds: Bounds) -> Result<Self, BindError> {
        Self::listen(config, vec![MAILBOX_ALPN.to_vec()], MAILBOX_WINDOW_BYTES, bounds).await
    }

    async fn listen(
        config: NodeConfig,
        alpns: Vec<Vec<u8>>,
        window_bytes: u32,
        bounds: Bounds,
    ) -> Result<Self, BindError> {
        let address = SocketAddr::new(config.bind, config.port);
        let builder = Endpoint::builder(presets::Minimal)
            .secret_key(SecretKey::from_bytes(&config.seed))
            .alpns(alpns)
            .transport_config(transport(window_bytes))
            // None for now: those of the projects come later.
            .relay_mode(RelayMode::Custom(RelayMap::empty()))
            .clear_ip_transports();
        let builder = sockets(builder, address).map_err(BindError::Network)?;
        let endpoint = builder.bind().await.map_err(|error| refused(address, error))?;
        if config.mdns
            && !config.bind.is_loopback()
            && let Err(why) = start_mdns(&endpoint)
        {
            tracing::warn!("devices on the local network are not looked for: {why}");
        }
        let (sender, accepted) = mpsc::channel(MAX_ACCEPTED_WAITING);
        let doorway = Doorway::default();
        let turned_away = TurnedAway::default();
        tokio::spawn(accept::run(endpoint.clone(), sender, doorway.clone(), (bounds, turned_away.clone())));
        let dialler = Dialler::new(endpoint.clone(), doorway);
        Ok(Self { endpoint, dialler, bind: config.bind, accepted, turned_away })
    }

    /// This device's id.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.dialler.device()
    }

    /// Where this device can be reached, for tickets and for other devices: at most [`MAX_ADDRESSES`](crate::MAX_ADDRESSES), the most useful
    /// first. Interfaces come and go: ask again for each ticket.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let bound = self.endpoint.bound_sockets();
        let port = |v4: bool| bound.iter().find(|address| address.is_ipv4() == v4).map(SocketAddr::port);
        reachable(self.bind, port(true), port(false))
    }

    /// The next device that connects; `None` once closed. May be dropped and called again without losing anything.
    pub async fn accept(&mut self) -> Option<Peer> {
        self.accepted.recv().await
    }

    /// How many were not let in.
    #[must_use]
    pub fn turned_away(&self) -> TurnedAway {
        self.turned_away.clone()
    }

    /// Something that connects, for other tasks than the one that accepts.
    #[must_use]
    pub fn dialler(&self) -> Dialler {
        self.dialler.clone()
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
        self.dialler.connect(device, addresses, within).await
    }

    /// Ends all connections, telling the others; takes some seconds at most.
    pub async fn close(self) {
        self.endpoint.close().await;
    }
}

/// No lookup and no port mapping: the preset has none, and none is added.
fn sockets(builder: Builder, address: SocketAddr) -> Result<Builder, String> {
    let text = |error: iroh::endpoint::InvalidSocketAddr| error.to_string();
    if !address.ip().is_unspecified() {
        return builder.bind_addr(address).map_err(text);
    }
    let (v4, v6) = (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    builder
        .bind_addr(SocketAddr::new(v4, address.port()))
        .map_err(text)?
        .bind_addr_with_opts(SocketAddr::new(v6, address.port()), BindOpts::default().set_is_required(false))
        .map_err(text)
}

fn transport(window_bytes: u32) -> QuicTransportConfig {
    QuicTransportConfig::builder()
        .max_concurrent_bidi_streams(VarInt::from_u32(MAX_STREAMS))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .receive_window(VarInt::from_u32(window_bytes))
        .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(SILENCE_MS))))
        .build()
}

fn refused(address: SocketAddr, error: iroh::endpoint::BindError) -> BindError {
    use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    let iroh::endpoint::BindError::Sockets { source, .. } = error else {
        return BindError::Network(format!("{error:#}"));
    };
    let why = match source.kind() {
        AddrInUse => "another program uses this port; end it, or choose another port".to_owned(),
        AddrNotAvailable => {
            "this machine does not have the address; choose one of its own, or 0.0.0.0 for all".to_owned()
        }
        PermissionDenied => "the system does not allow it; choose a port above 1023".to_owned(),
        _ => source.to_string(),
    };
    BindError::Address { address, why }
}

fn start_mdns(endpoint: &Endpoint) -> Result<(), String> {
    let mdns = iroh_mdns_address_lookup::MdnsAddressLookup::builder()
        .service_name(MDNS_SERVICE)
        .build(endpoint.id())
        .map_err(|error| format!("{error:#}"))?;
    endpoint.address_lookup().map_err(|error| error.to_string())?.add(mdns);
    Ok(())
}

//! Addresses, certificates and places on disk.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Size, Span};

/// Every address of this machine, at `port`.
pub(super) fn any(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)
}

/// Addresses, names and certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// The folder of the relay's own things: its key, the list of allowed projects and, unless said otherwise, the store.
    pub data: PathBuf,
    /// The name or address under which devices reach this relay. Empty: the address line names the address bound.
    pub host: String,
    /// The mailbox: UDP (QUIC).
    pub mailbox: SocketAddr,
    /// The iroh relay over plain HTTP: TCP. With certificates it serves the captive portal probe only.
    pub relay: SocketAddr,
    /// `host:port` of the mailbox as devices reach it, where a port is forwarded. Empty: `host` and the port of `mailbox`.
    pub public_mailbox: String,
    /// `http(s)://host:port` of the iroh relay as devices reach it, where a port is forwarded or a proxy speaks TLS. Empty: made of
    /// `host` and the port bound.
    pub public_web: String,
    /// How long a shutdown may take to tell sessions to end and to write what is open.
    pub drain: Span,
    /// Certificates.
    pub tls: Tls,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            data: "/var/lib/enginus-relay".into(),
            host: String::new(),
            mailbox: any(4430),
            relay: any(4431),
            public_mailbox: String::new(),
            public_web: String::new(),
            drain: Span::seconds(20),
            tls: Tls::default(),
        }
    }
}

/// Certificates of the iroh relay and of `/v1/presign`. The mailbox needs none: its key is its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tls {
    /// Where certificates come from.
    pub mode: TlsMode,
    /// HTTPS: TCP. ACME needs it to be reached at port 443 from outside.
    pub bind: SocketAddr,
    /// With `files`: the certificate chain in PEM. Read again every day.
    pub cert: PathBuf,
    /// With `files`: its private key in PEM.
    pub key: PathBuf,
    /// With `acme`: the names to get certificates for.
    pub domains: Vec<String>,
    /// With `acme`: the e-mail address of the account.
    pub contact: String,
    /// With `acme`: where certificates are kept. Empty: `acme` in the data folder.
    pub cache: PathBuf,
    /// With `acme`: false asks Let's Encrypt's staging service, whose certificates nobody trusts.
    pub production: bool,
    /// Whether devices may ask here how their address looks from outside; only where there are certificates.
    pub discovery: bool,
    /// Where they ask: UDP (QUIC).
    pub discovery_bind: SocketAddr,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            mode: TlsMode::None,
            bind: any(4432),
            cert: PathBuf::new(),
            key: PathBuf::new(),
            domains: Vec::new(),
            contact: String::new(),
            cache: PathBuf::new(),
            production: true,
            discovery: true,
            discovery_bind: any(7842),
        }
    }
}

/// Where certificates come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// There are none: plain HTTP, for loopback or behind a proxy that speaks TLS.
    #[default]
    None,
    /// From `cert` and `key`.
    Files,
    /// From Let's Encrypt, for `domains`.
    Acme,
}

/// Where and how what devices sent is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Storage {
    /// Which engine.
    pub engine: Engine,
    /// With `embedded`: its folder. Empty: `store` in the data folder.
    pub path: PathBuf,
    /// How many bytes of indexes of projects may be held in memory.
    pub cache_bytes: Size,
    /// With `nats`: how to reach it.
    pub nats: Nats,
}

impl Default for Storage {
    fn default() -> Self {
        Self { engine: Engine::Embedded, path: PathBuf::new(), cache_bytes: Size::mib(256), nats: Nats::default() }
    }
}

/// How what devices sent is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// One file on this machine.
    #[default]
    Embedded,
    /// Streams of NATS JetStream: several machines, several relays.
    Nats,
}

/// How NATS is reached. Credentials come from `ENGINUS_RELAY_NATS_CREDENTIALS` or `ENGINUS_RELAY_NATS_TOKEN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Nats {
    /// Its servers, several separated by commas: `nats://one:4222,nats://two:4222`; `tls://` for TLS.
    pub url: String,
    /// On how many of its servers everything is kept: 1, 3 or 5.
    pub replicas: u8,
    /// The folder of the index in front of it. Empty: `nats-cache` in the data folder.
    pub cache: PathBuf,
}

impl Default for Nats {
    fn default() -> Self {
        Self { url: "nats://127.0.0.1:4222".into(), replicas: 3, cache: PathBuf::new() }
    }
}

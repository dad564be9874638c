//! Devices on loopback.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::net::Ipv4Addr;
use std::time::Duration;

use enginus_model::DeviceId;
use enginus_net::{FrameStream, Node, NodeConfig, Peer, StreamKind};
use iroh::endpoint::{Connection, presets};
use iroh::{Endpoint, EndpointAddr, EndpointId, SecretKey};

/// Long enough for a busy machine; nothing waits this long unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn local(seed: u8) -> NodeConfig {
    NodeConfig { seed: [seed; 32], port: 0, bind: Ipv4Addr::LOCALHOST.into(), mdns: false }
}

pub async fn node(seed: u8) -> Node {
    Node::bind(local(seed)).await.expect("a free port")
}

/// Two connected devices: each one's node and its side of the connection.
pub async fn pair(seeds: [u8; 2]) -> [(Node, Peer); 2] {
    let (a, mut b) = (node(seeds[0]).await, node(seeds[1]).await);
    let to_b = a.connect(b.device(), &b.addresses(), PATIENCE).await.expect("b answers");
    let to_a = b.accept().await.expect("a has connected");
    [(a, to_b), (b, to_a)]
}

/// Both ends of a stream of a kind. The one who opens it speaks first, since an unused stream is not seen by the other side.
pub async fn stream(from: &Peer, to: &Peer, kind: StreamKind) -> (FrameStream, FrameStream) {
    let mut ours = from.open(kind).await.expect("a stream");
    ours.send(b"first").await.expect("a frame");
    let (accepted, mut theirs) = to.accept_stream().await.expect("the stream");
    assert_eq!(accepted, kind);
    assert_eq!(theirs.recv().await.expect("a frame"), Some(b"first".to_vec()));
    (ours, theirs)
}

/// A program that is not ours, at the level of bytes.
pub struct Stranger(pub Endpoint);

impl Stranger {
    pub async fn new(seed: u8, alpn: &[u8]) -> Self {
        let endpoint = Endpoint::builder(presets::Minimal)
            .secret_key(SecretKey::from_bytes(&[seed; 32]))
            .alpns(vec![alpn.to_vec()])
            .clear_ip_transports()
            .bind_addr("127.0.0.1:0")
            .expect("an address")
            .bind()
            .await
            .expect("a free port");
        Self(endpoint)
    }

    pub async fn connect(&self, node: &Node, alpn: &[u8]) -> Result<Connection, String> {
        let id = EndpointId::from_bytes(node.device().as_bytes()).expect("a key");
        let address = node.addresses().into_iter().fold(EndpointAddr::new(id), EndpointAddr::with_ip_addr);
        self.0.connect(address, alpn).await.map_err(|error| format!("{error:#}"))
    }

    pub fn device(&self) -> DeviceId {
        DeviceId(*self.0.id().as_bytes())
    }
}

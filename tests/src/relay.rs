//! A relay on loopback.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use enginus_model::Instant;
use enginus_net::{Bounds, Node, NodeConfig};
use enginus_relay::mailbox::{AdmitAll, Limits, Mailbox, Unmetered};
use enginus_relay::storage::{Embedded, EmbeddedOptions, JetStream, JetStreamOptions, Storage};

use crate::Nats;

/// A relay that runs.
pub struct Relay {
    mailbox: Arc<Mailbox>,
    serving: tokio::task::JoinHandle<()>,
    port: u16,
    key: [u8; 32],
    address: String,
}

impl Relay {
    /// Starts one over the embedded engine.
    pub async fn start(folder: &Path) -> Self {
        let options = EmbeddedOptions::new(PathBuf::from(folder), Arc::new(|| Instant(0)));
        Self::over(Arc::new(Embedded::open(&options).unwrap()), 0).await
    }

    /// Starts one over NATS.
    pub async fn over_nats(nats: &Nats) -> Self {
        let options = JetStreamOptions::new(nats.urls(), Arc::new(|| Instant(0)));
        Self::over(Arc::new(JetStream::open(options).await.unwrap()), 0).await
    }

    /// Starts one over a storage, on a port.
    pub async fn over(storage: Arc<dyn Storage>, port: u16) -> Self {
        let key = [0x5e; 32];
        let config = NodeConfig { seed: key, port, bind: Ipv4Addr::LOCALHOST.into(), mdns: false };
        let bounds = Bounds { connections: 256, per_device: 8, handshakes: 64 };
        let node = Node::bind_mailbox(config, bounds).await.unwrap();
        let (device, port) = (node.device(), node.addresses()[0].port());
        let digits: String = device.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let mailbox = Mailbox::new(storage, Arc::new(AdmitAll), Arc::new(Unmetered), Limits::default());
        let serving = tokio::spawn(mailbox.clone().serve(node));
        Self { mailbox, serving, port, key, address: format!("relay://{digits}@127.0.0.1:{port}") }
    }

    /// What a project names it by.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Stops it, and starts it again over another storage under the same address.
    pub async fn again_over(self, folder: &Path) -> Self {
        let (port, key) = (self.port, self.key);
        assert_eq!(key, [0x5e; 32]);
        self.stop().await;
        let options = EmbeddedOptions::new(PathBuf::from(folder), Arc::new(|| Instant(0)));
        Self::over(Arc::new(Embedded::open(&options).unwrap()), port).await
    }

    /// Stops it as its operator does.
    pub async fn stop(self) {
        self.mailbox.drain();
        self.serving.await.unwrap();
    }
}

//! Encrypted connections between devices: an adapter around iroh.
//!
//! A [`Node`] is a device on the network. Its secret key is the device's key, so the other side of a connection *is* the device it
//! says it is, proved by TLS. A [`Peer`] is a connection to one; it carries streams of frames, each for one [`StreamKind`].
//! There is no relay and no discovery service unless asked for: addresses come from tickets and from earlier meetings, and, where
//! it is switched on, from mDNS in the local network.
//!
//! It deliberately does not know what frames mean, who may have what, or when to connect again: that is the engine's.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use enginus_net::{Node, NodeConfig, StreamKind};
//! let local = |seed| NodeConfig { seed, port: 0, bind: std::net::Ipv4Addr::LOCALHOST.into(), mdns: false };
//! let (a, mut b) = (Node::bind(local([1; 32])).await.unwrap(), Node::bind(local([2; 32])).await.unwrap());
//! let peer = a.connect(b.device(), &b.addresses(), std::time::Duration::from_secs(5)).await.unwrap();
//! let mut stream = peer.open(StreamKind::Sync).await.unwrap();
//! stream.send(b"hello").await.unwrap();
//! let other = b.accept().await.unwrap();
//! assert_eq!(other.device(), a.device());
//! let (kind, mut stream) = other.accept_stream().await.unwrap();
//! assert_eq!(kind, StreamKind::Sync);
//! assert_eq!(stream.recv().await.unwrap().unwrap(), b"hello");
//! a.close().await;
//! b.close().await;
//! # });
//! ```

mod accept;
mod addresses;
mod deposits;
mod dialler;
mod door;
mod error;
mod frames;
mod guests;
mod limits;
mod mailbox;
mod node;
mod objects;
mod pairing;
mod peer;
mod relay_address;

pub use addresses::{MAX_ADDRESSES, expected_addresses};
pub use deposits::{Answer, DepositQuestion, Deposits, answer_deposit, deposited, next_deposit};
pub use dialler::Dialler;
pub use door::{Bounds, TurnedAway};
pub use error::{BindError, ConnectError, StreamError};
pub use frames::{FrameReceiver, FrameSender, FrameStream};
pub use limits::{MAX_OBJECT_BYTES, MAX_PAIRING_FRAME_BYTES, MAX_STREAMS, MAX_SYNC_FRAME_BYTES};
pub use mailbox::{Hello, MAX_CODE_BYTES, MAX_INVITES, MAX_STATEMENTS, MailboxFrame, Notice, Standing, Welcome};
pub use node::{Node, NodeConfig};
pub use objects::{ObjectQuestion, ObjectRequests, answer_object, next_object_request, proof_of};
pub use pairing::Pairings;
pub use peer::{Peer, StreamKind};
pub use relay_address::RelayAddress;

/// The protocol spoken; another version would be another name.
pub(crate) const ALPN: &[u8] = b"enginus/1";
/// What a device that nobody knows yet speaks with the one that lets it in.
pub(crate) const PAIRING_ALPN: &[u8] = b"enginus-pair/1";
/// What a device speaks with the mailbox of a relay.
pub(crate) const MAILBOX_ALPN: &[u8] = b"enginus/mailbox/1";

//! What can go wrong, by operation.

use std::net::SocketAddr;

use enginus_model::DeviceId;

/// Why a device could not begin to listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be used: taken by another program, or not this machine's.
    #[error("this device cannot listen on {address}: {why}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        why: String,
    },
    /// mDNS could not be started.
    #[error("devices on the local network cannot be looked for: {why}")]
    Mdns {
        /// What the system said.
        why: String,
    },
}

/// Why a device could not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// It is this device.
    #[error("that is this device")]
    Myself,
    /// The id is no key.
    #[error("{} is no device id", .0.short())]
    NotADevice(DeviceId),
    /// Nothing answered in time.
    #[error("nothing answered in time")]
    TimedOut,
    /// Something answered and refused, or was another device.
    #[error("the connection failed: {0}")]
    Failed(String),
}

/// Why a stream ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The connection is gone.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// A frame was announced that is longer than any may be.
    #[error("a frame of {bytes} bytes was announced; {max} are allowed")]
    TooLong {
        /// Announced bytes.
        bytes: usize,
        /// Allowed bytes.
        max: usize,
    },
    /// The other side said something that is not the protocol.
    #[error("the other side broke the protocol: {0}")]
    Protocol(&'static str),
}

impl StreamError {
    pub(crate) fn lost(error: impl std::fmt::Display) -> Self {
        Self::Lost(error.to_string())
    }
}

//! What can go wrong, by operation. Every message can be shown to a person: what happened, and what to do where something can be
//! done.

use std::net::SocketAddr;

use enginus_model::DeviceId;

/// Why a device could not begin to listen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// The address cannot be used: taken by another program, or not this machine's.
    #[error("this device cannot listen on {address}: {why}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why not, and what to do about it.
        why: String,
    },
    /// The network cannot be used at all.
    #[error("the network cannot be used: {0}")]
    Network(String),
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
    /// No address is known and it was not found on the local network.
    #[error("no address of device {} is known", .0.short())]
    NoAddress(DeviceId),
    /// Nothing answered in time.
    #[error("nothing answered in time; is the other device switched on, and may this one reach it?")]
    TimedOut,
    /// It answered in a protocol that this device does not speak.
    #[error("device {} speaks another version of the protocol; bring both devices to the same version of ENGINUS", .0.short())]
    Foreign(DeviceId),
    /// It was reached and turned the connection away, saying why.
    #[error("the other device turned the connection away: {0}")]
    Refused(String),
    /// Something answered that could not prove to be the device, or answered nonsense.
    #[error("the connection failed: {0}")]
    Failed(String),
    /// This device has stopped listening.
    #[error("this device is no longer on the network")]
    Closed,
}

/// Why a stream ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The connection is gone.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// The other side neither reads nor answers, though the connection stands.
    #[error("the other device has not answered for {seconds} s")]
    Stalled {
        /// How long was waited.
        seconds: u64,
    },
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

//! How much each may use and how much may go on at once.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::{Size, Span};

/// How much each may use. What goes past is refused with a reason, and counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quota {
    /// Projects kept here, all together.
    pub projects: u32,
    /// Bytes of one project's envelopes, statements and objects.
    pub project_bytes: Size,
    /// Envelopes of one project.
    pub project_envelopes: u64,
    /// Envelopes a second that one device may put, on average.
    pub device_envelopes_per_second: u32,
    /// Envelopes that one device may put at once before that average counts.
    pub device_envelopes_burst: u32,
    /// Bytes a second that one device may put, on average.
    pub device_bytes_per_second: Size,
    /// Bytes that one device may put at once before that average counts.
    pub device_bytes_burst: Size,
    /// Bytes that a removed device may still put, so that its unsent work reaches the project's review list.
    pub removed_device_bytes: Size,
    /// Bytes of objects kept for devices to fetch, all projects together. Past it, `gc` lets those go that were used longest ago.
    pub cache_bytes: Size,
    /// How long an object is kept that nobody asks for. `gc` lets it go.
    pub object_unused: Span,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            projects: 1000,
            project_bytes: Size::gib(50),
            project_envelopes: 20_000_000,
            device_envelopes_per_second: 200,
            device_envelopes_burst: 5000,
            device_bytes_per_second: Size::mib(8),
            device_bytes_burst: Size::mib(64),
            removed_device_bytes: Size::mib(1),
            cache_bytes: Size::gib(200),
            object_unused: Span::seconds(180 * 86_400),
        }
    }
}

/// How much may go on at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Connections to the mailbox, all together.
    pub connections: u32,
    /// Connections of one device.
    pub connections_per_device: u32,
    /// Connections from one network address.
    pub connections_per_address: u32,
    /// Connections whose handshake is not finished.
    pub half_open: u32,
    /// How long a handshake may take.
    pub handshake: Span,
    /// How long a connection may be silent.
    pub idle: Span,
    /// Bytes of one object.
    pub object_bytes: Size,
    /// Bytes that wait to be sent to one session.
    pub session_queue: Size,
    /// How long a session may leave a full queue unread before it is ended.
    pub slow_reader: Span,
    /// Bytes a second that one device may pass through the iroh relay, on average; at least 1 B, at most 4095 MiB.
    pub relay_bytes_per_second: Size,
    /// Bytes that it may pass at once before that average counts; the same bounds.
    pub relay_bytes_burst: Size,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_device: 4,
            connections_per_address: 256,
            half_open: 512,
            handshake: Span::seconds(10),
            idle: Span::seconds(60),
            object_bytes: Size::mib(16),
            session_queue: Size::mib(4),
            slow_reader: Span::seconds(30),
            relay_bytes_per_second: Size::mib(4),
            relay_bytes_burst: Size::mib(16),
        }
    }
}

/// The operator's own HTTP side: health, metrics, status. Never to be reached from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Http {
    /// Where it is served.
    pub bind: SocketAddr,
    /// Connections at once, here and at `/v1/presign` each.
    pub connections: u32,
    /// Bytes of a request's body.
    pub request_bytes: Size,
    /// How long a request's head may take to arrive.
    pub head: Span,
    /// How long a request may take.
    pub request: Span,
    /// How long storage may take to say that it is ready.
    pub ready: Span,
    /// How often projects and what they use are counted for metrics and the status page.
    pub census: Span,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 4434)),
            connections: 64,
            request_bytes: Size(16 << 10),
            head: Span::seconds(5),
            request: Span::seconds(10),
            ready: Span::seconds(2),
            census: Span::seconds(300),
        }
    }
}

//! How much each may use and how much may go on at once.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::{Size, Span};

/// How much each may use. What goes past is refused with a reason, and counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quota {
    /// Bytes of one project's envelopes and statements.
    pub project_bytes: Size,
    /// Bytes of one project's sealed objects; `0 B` keeps none.
    pub project_object_bytes: Size,
    /// Envelopes a second that one device may put, over time.
    pub device_envelopes_per_second: u32,
    /// Envelopes that one device may put at once before the rate counts.
    pub device_envelopes_burst: u32,
    /// Envelopes an hour that are taken of an author whom the project's list does not let put: of somebody removed, so that unsent
    /// work reaches the project's review list, and of somebody not known yet.
    pub stranger_envelopes_per_hour: u32,
    /// Statements of one project's access list.
    pub list_statements: u32,
    /// Bytes of one of them.
    pub list_statement_bytes: Size,
    /// Bytes of objects kept, all projects together. Past it, `gc` lets those go that were used longest ago.
    pub cache_bytes: Size,
    /// How long an object is kept that nobody asks for. Then `gc` lets it go.
    pub object_unused: Span,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            project_bytes: Size::gib(10),
            project_object_bytes: Size::gib(50),
            device_envelopes_per_second: 500,
            device_envelopes_burst: 20_000,
            stranger_envelopes_per_hour: 200,
            list_statements: 50_000,
            list_statement_bytes: Size(64 << 10),
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
    /// Connections whose other side is still proving who it is. From half of it on, it has to prove first where it is.
    pub half_open: u32,
    /// Sessions at once with devices that no list names.
    pub strangers: u32,
    /// Branches of one log: copied homes make a few, a hostile device many.
    pub log_branches: u32,
    /// Bytes that may wait in memory to be read by slow devices, all together.
    pub queue_bytes: Size,
    /// How long a device may read nothing while others need the room; to the second.
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
            half_open: 512,
            strangers: 256,
            log_branches: 16,
            queue_bytes: Size::mib(256),
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

//! How many may come in: a device lets a few in, a mailbox many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::{MAX_CONNECTIONS, MAX_CONNECTIONS_PER_DEVICE, MAX_HANDSHAKES};

/// How many connections others may hold here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// From all of them together.
    pub connections: usize,
    /// From one device.
    pub per_device: usize,
    /// Callers that may be proving who they are at the same time. From half of it on, a caller has to prove first that it is where it
    /// says it is, which costs this side nothing.
    pub handshakes: usize,
}

impl Bounds {
    pub(crate) const DEVICE: Self =
        Self { connections: MAX_CONNECTIONS, per_device: MAX_CONNECTIONS_PER_DEVICE, handshakes: MAX_HANDSHAKES };
}

/// How many were not let in since the start, by reason. Shared: it goes on counting.
#[derive(Debug, Clone, Default)]
pub struct TurnedAway(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    handshakes: AtomicU64,
    unproved: AtomicU64,
    connections: AtomicU64,
}

impl TurnedAway {
    /// Callers beyond [`Bounds::handshakes`].
    #[must_use]
    pub fn too_many_at_once(&self) -> u64 {
        self.0.handshakes.load(Ordering::Relaxed)
    }

    /// Callers that did not prove who they are, or not in time.
    #[must_use]
    pub fn unproved(&self) -> u64 {
        self.0.unproved.load(Ordering::Relaxed)
    }

    /// Devices beyond [`Bounds::connections`] or [`Bounds::per_device`].
    #[must_use]
    pub fn too_many_connections(&self) -> u64 {
        self.0.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn count_handshake(&self) {
        self.0.handshakes.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_unproved(&self) {
        self.0.unproved.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_connection(&self) {
        self.0.connections.fetch_add(1, Ordering::Relaxed);
    }
}

//! What the mailbox tells whoever counts.

use std::time::Duration;

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// A device connected.
    Connected,
    /// Its connection ended.
    Disconnected,
    /// A device's session with a project began.
    SessionBegan,
    /// It ended.
    SessionEnded,
    /// A hello was turned away, for this reason.
    TurnedAway(&'static str),
    /// Envelopes became durable.
    Stored {
        /// How many.
        envelopes: u64,
        /// Their bytes.
        bytes: u64,
        /// How long storing took.
        took: Duration,
    },
    /// Envelopes were not taken, for this reason.
    Refused {
        /// How many.
        envelopes: u64,
        /// In one word.
        reason: &'static str,
    },
    /// A quota of this kind was reached.
    QuotaReached(&'static str),
    /// Frames were received.
    Received {
        /// Their bytes.
        bytes: u64,
    },
    /// Frames were sent.
    Sent {
        /// Their bytes.
        bytes: u64,
    },
    /// A statement was added to an access list.
    ListGrew,
    /// A sealed object was given.
    ObjectGiven {
        /// Its bytes.
        bytes: u64,
    },
    /// A sealed object was taken.
    ObjectTaken {
        /// Its bytes.
        bytes: u64,
    },
    /// A device that read too slowly was let go.
    SlowReader,
    /// The storage failed.
    StorageFailed,
}

/// Whoever counts.
pub trait Meter: Send + Sync + 'static {
    /// Something happened. Called often and from many tasks: count and return.
    fn happened(&self, what: Happened);
}

/// Nobody counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unmetered;

impl Meter for Unmetered {
    fn happened(&self, _: Happened) {}
}

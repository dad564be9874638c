//! What goes into a link and what comes out.

use enginus_envelope::{DomainTip, Tip};
use enginus_model::DomainId;

use crate::SnapshotOffer;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The connection stands. `credentials` are the encoded statements a device that just joined shows, so that the peer learns what it
    /// may have; empty for everybody else.
    Opened {
        /// Encoded signed statements.
        credentials: Vec<Vec<u8>>,
    },
    /// A frame arrived.
    Received(Vec<u8>),
    /// Envelopes became durable here: taken from this peer, from another one, or written on this device. Naming each of them or only the
    /// newest of each branch does equally well.
    Stored {
        /// What became durable.
        tips: Vec<Tip>,
    },
    /// Envelopes of an [`Effect::Take`] were not genuine. An honest peer checks what it keeps, so the link ends.
    Refused {
        /// Which ones.
        tips: Vec<Tip>,
    },
    /// What the peer may pull, or what this device may, may have changed.
    ScopeChanged,
    /// Somebody wants to know whether both are equal *now*: what the peer stated before no longer counts, and it is asked to state
    /// it again. [`Effect::InSync`] follows once it has.
    Confirm,
    /// Everything this link asked to send was handed to the network, after an [`Effect::MoreToSend`].
    Drained,
    /// Time passed. Once a second is enough.
    Tick,
    /// The connection is gone.
    Closed,
}

/// Something to do, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send this frame.
    Send(Vec<u8>),
    /// Call again with [`Event::Drained`] once every frame so far has been handed to the network; more is waiting. Without it a slow
    /// peer would fill this device's memory.
    MoreToSend,
    /// Check these envelopes (signature, authority) and store them, then report [`Event::Stored`] on every link of the project.
    /// Their form, project, domain and place in their logs are right: each one's predecessor is durable here, or comes before it in
    /// this or an earlier `Take`.
    Take {
        /// Encoded envelopes, in an order in which they can be stored.
        envelopes: Vec<Vec<u8>>,
    },
    /// The peer is new and shows these statements; should they be good, store them and report [`Event::ScopeChanged`].
    Credentials(Vec<Vec<u8>>),
    /// The peer states that it durably holds these.
    PeerHolds(Vec<DomainTip>),
    /// Whether both sides have stated, and acknowledged, equal clocks over the domains both may pull. False until first told.
    InSync(bool),
    /// A snapshot this device may work with while the envelopes it covers are still being fetched. Its hash is right; its content is
    /// not trusted.
    Snapshot {
        /// The domain.
        domain: DomainId,
        /// What was offered.
        offer: SnapshotOffer,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// End the connection. Nothing follows, and the link answers nothing more.
    Close(Reason),
}

/// Why a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The other side speaks a version this one does not know.
    #[error(
        "the other device speaks sync version {theirs}, which this one does not know; update ENGINUS on the older of the two"
    )]
    Version {
        /// Their version byte.
        theirs: u8,
    },
    /// An envelope in a newer format.
    #[error("the other device holds entries in a newer format; update ENGINUS on this device to receive them")]
    NewerEnvelope,
    /// Another project.
    #[error("the other device opened a different project on this connection; connect again for the right one")]
    WrongProject,
    /// Bytes that are no frame, or a frame that breaks a rule.
    #[error("the other device broke the sync protocol ({rule}); the connection is closed, nothing it sent was kept")]
    Broken {
        /// Which rule.
        rule: &'static str,
    },
    /// More questions or claims than anybody needs.
    #[error("the other device sent more {what} than allowed; the connection is closed")]
    Flooded {
        /// Of what, in the plural.
        what: &'static str,
    },
    /// Envelopes that are not genuine.
    #[error("the other device sent entries that are not genuine; the connection is closed and they were not kept")]
    Forged,
    /// Nothing was received for too long.
    #[error("the other device has not answered for a while; the connection is closed and will be tried again")]
    Silent,
    /// The other side ended it and said why.
    #[error("the other device ended the connection: {why}")]
    Theirs {
        /// Their reason.
        why: Farewell,
    },
}

/// Why the other side said it ended the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum Farewell {
    /// It does not know our version.
    #[error("it does not know this version; update ENGINUS there")]
    Version,
    /// It has another project open.
    #[error("it expected a different project")]
    WrongProject,
    /// It found our frames faulty.
    #[error("it found faults in what it was sent")]
    Broken,
}

impl Reason {
    /// What the other side is told, where telling it helps.
    pub(crate) fn farewell(self) -> Option<Farewell> {
        match self {
            Self::Version { .. } | Self::NewerEnvelope => Some(Farewell::Version),
            Self::WrongProject => Some(Farewell::WrongProject),
            Self::Broken { .. } | Self::Flooded { .. } | Self::Forged => Some(Farewell::Broken),
            Self::Silent | Self::Theirs { .. } => None,
        }
    }
}

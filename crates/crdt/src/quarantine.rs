//! Why a received change was put aside.

/// Why an envelope's changes do not count here. Nothing is lost: [`Received`](crate::Received) hands the envelope back with the reason,
/// and every device that holds the same envelopes comes to the same verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Quarantine {
    /// The bytes are not a change as this project's devices write them.
    #[error("the change is damaged: {0}")]
    Malformed(&'static str),
    /// Something is larger than any honest change.
    #[error("the change has too much of one thing: {what} may be at most {limit}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit it passed.
        limit: u64,
    },
    /// The checksum in the bytes does not match them.
    #[error("the change is damaged: its checksum does not match")]
    Checksum,
    /// The content could be written in fewer or other bytes, so that saving it would not give these bytes back.
    #[error("the change is not written in its one canonical form")]
    NotCanonical,
    /// It carries bytes behind its operations: the library's author footer, which would name a foreign author.
    #[error("the change carries an author footer, which no device of this project writes")]
    AuthorFooter,
    /// It was made for another generation.
    #[error("the changes are for generation {found}, this is generation {expected}")]
    Generation {
        /// This shard's.
        expected: u32,
        /// The envelope's.
        found: u32,
    },
    /// The envelope's actor was not made for its log.
    #[error("the actor in the envelope does not belong to the log it came in")]
    ForeignActor,
    /// A change names another actor than its envelope.
    #[error("the change was made by another actor than its envelope says")]
    OtherActor,
    /// It skips or repeats a number of its actor although everything before it is here.
    #[error("the change is number {found} of its actor where {expected} was due")]
    SequenceGap {
        /// The number that was due.
        expected: u64,
        /// The number it carries.
        found: u64,
    },
    /// Its actor already has another change of this number: the home was copied, or its author tells two stories. Rebuild the shard
    /// from all envelopes in one [`receive`](crate::Shard::receive): that picks the same branch on every device.
    #[error("its actor has two different changes of number {seq}; the home it came from was probably copied")]
    ActorForked {
        /// The number that exists twice.
        seq: u64,
    },
    /// It does not build on its actor's own previous change, or not on the one its envelope names.
    #[error("the change does not build on its author's own previous change")]
    NotOnOwnPast,
    /// It builds on nothing, not even on the empty shard.
    #[error("the change names no past")]
    NoPast,
    /// Its operations are not numbered from the end of its past.
    #[error("the operations start at number {found} where {expected} was due")]
    StartOp {
        /// The number that was due.
        expected: u64,
        /// The number it carries.
        found: u64,
    },
    /// An operation names an actor, object or value that does not exist in the change's past.
    #[error("an operation refers to {0} that does not exist in the change's past")]
    UnknownReference(&'static str),
    /// An operation that no version of this program makes.
    #[error("an operation is not allowed: {0}")]
    NotAllowed(&'static str),
    /// Something that only a later version understands. It counts after an update.
    #[error("the change was made by a newer version ({0}); update this program, then it counts")]
    NewerVersion(&'static str),
    /// Too many envelopes wait for their past. It counts when offered again after the past arrived.
    #[error("too many changes wait for others that have not arrived; it is looked at again when they have")]
    WaitingRoomFull,
    /// The document library refused it although it passed every check: a defect, reported with its words.
    #[error("the document library refused the change: {0}")]
    Refused(String),
}

impl Quarantine {
    /// Whether offering the same envelope again later can have another outcome: after an update, or after more arrived.
    #[must_use]
    pub const fn may_heal(&self) -> bool {
        matches!(self, Self::NewerVersion(_) | Self::WaitingRoomFull | Self::Refused(_))
    }
}

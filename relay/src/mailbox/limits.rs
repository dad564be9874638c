//! Every bound of the mailbox that an operator may change, with its default.

/// Bounds of the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of envelopes and statements that one project may keep.
    pub project_bytes: u64,
    /// Bytes of sealed objects that one project may keep; 0 keeps none.
    pub object_bytes: u64,
    /// Envelopes that one device may put in a second, over time.
    pub envelopes_per_second: u32,
    /// Envelopes that one device may put at once, before the rate counts.
    pub envelopes_burst: u32,
    /// Envelopes of one author whom the list does not let put (removed, or not known yet) that are taken in an hour.
    pub allowance_per_hour: u32,
    /// Statements that an access list may hold.
    pub statements: usize,
    /// Bytes of one statement of it.
    pub statement_bytes: usize,
    /// Branches of one log: copied homes make a few, a hostile device many.
    pub branches: usize,
    /// Devices at a time that no list names.
    pub strangers: usize,
    /// Bytes that may wait in memory to be read by slow devices, all together.
    pub queue_bytes: usize,
    /// How long a device may read nothing while others need the room, in seconds.
    pub slow_reader_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            project_bytes: 10 << 30,
            object_bytes: 50 << 30,
            envelopes_per_second: 500,
            envelopes_burst: 20_000,
            allowance_per_hour: 200,
            statements: 50_000,
            statement_bytes: 64 << 10,
            branches: 16,
            strangers: 256,
            queue_bytes: 256 << 20,
            slow_reader_seconds: 30,
        }
    }
}

//! A promise that was broken.

/// The promises, as design.md names them.
pub mod promise {
    /// Nothing fails that had what it needs.
    pub const NO_FAILURE: &str = "nothing fails that has power and room";
    /// Promise 1.
    pub const SAVED: &str = "saved means saved: nothing leaves a device before it is durable";
    /// Promise 2.
    pub const NOTHING_LOST: &str = "nothing is lost: no acknowledged act, ever";
    /// Promise 2, after a crash.
    pub const OWN_LOGS: &str = "own logs are without gap or fork after a crash";
    /// Promise 2, after a restored backup or a copy.
    pub const NEW_LIFE: &str = "a restored or copied home goes on in a new incarnation";
    /// Promise 3.
    pub const CONVERGENCE: &str =
        "convergence: the same set gives the same accepted set, heads, authority and projection";
    /// Promise 3, in time.
    pub const EQUAL_SOON: &str = "honest devices are equal within so many rounds once faults stop";
    /// Promise 4.
    pub const ONLY_ALLOWED: &str = "only what is allowed counts";
    /// Promise 4, for readers.
    pub const REMOVED_READ_NOTHING: &str = "removed devices decrypt nothing later";
    /// Promise 5.
    pub const BLIND: &str = "relay and bucket are blind";
    /// Promise 8.
    pub const REBUILT: &str = "everything can be rebuilt: the engine equals an oracle that takes everything in anew";
    /// The document library.
    pub const SHARDS: &str = "every shard survives being saved and loaded";
}

/// Which promise, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// One of [`promise`].
    pub promise: &'static str,
    /// What was found.
    pub what: String,
}

/// A check that may find a broken promise.
pub type Checked = Result<(), Broken>;

impl Broken {
    pub(crate) fn new(promise: &'static str, what: impl std::fmt::Display) -> Self {
        Self { promise, what: what.to_string() }
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.promise, self.what)
    }
}

impl std::error::Error for Broken {}

//! One error per operation. A message says what happened and why; [`OpenError::hint`] and its like say what to do next.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use enginus_envelope::Tip;
use enginus_model::LogId;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another handle of this one, has it open.
    #[error("{} is in use by another running copy of the program", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is not there, and was not to be made.
    #[error("{} is not there", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is cut short, overwritten, or not a store at all.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// A newer program wrote it.
    #[error("{} was written by a newer version (format {found}; this program knows up to {known})", path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// The version found in it.
        found: u64,
        /// The newest version this program reads.
        known: u64,
    },
    /// The disk has no room even to open it.
    #[error("{} cannot be opened: the disk is full", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{} cannot be opened: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    /// What a person can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "close the other copy, or let it do the work",
            Self::Missing { .. } => "restore it from a backup, or join the project again",
            Self::Damaged { .. } => {
                "keep the file aside, then restore it from a backup, or join the project again: other members, the bucket and \
                 bundles hold the same entries"
            }
            Self::NewerVersion { .. } => "install the newer version of the program",
            Self::Full { .. } => "free some space on the disk and try again",
            Self::Io { .. } => "look at the permissions of the folder and at the disk",
        }
    }
}

/// Why something could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The store was closed, or opened again after a failed write, since this reader was made.
    #[error("the store was closed or opened again meanwhile")]
    Stale,
    /// What was read is not what was written.
    #[error("the store is damaged: {detail}")]
    Damaged {
        /// What was found.
        detail: String,
    },
    /// The store cannot be opened again after a failed write.
    #[error("the store is closed: {0}")]
    Closed(Arc<OpenError>),
    /// The system refused.
    #[error("the store cannot be read: {0}")]
    Io(#[source] Arc<io::Error>),
}

impl ReadError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Stale => "try again",
            Self::Damaged { .. } => "restore the store from a backup, or join the project again",
            Self::Closed(why) => why.hint(),
            Self::Io(_) => "look at the disk that holds the store",
        }
    }
}

/// A precondition that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The log.
    pub log: LogId,
    /// What the batch expected its only tip to be.
    pub expected: Option<Tip>,
    /// Its tips.
    pub found: Vec<Tip>,
}

/// Why a batch was not acknowledged. Except for [`CommitError::Refused`], [`CommitError::TooLarge`] and [`CommitError::InCallback`]
/// it may have reached the disk all the same, whole: read again before writing again. It never counts as saved.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// The disk is full. What is stored stays readable; a later commit works once there is room.
    #[error("the change is not saved: the disk is full")]
    Full,
    /// A precondition did not hold; other batches are not affected.
    #[error("the change is not saved: log {} was written to by somebody else meanwhile", .0.log.short())]
    Refused(Box<Refusal>),
    /// Something in the batch passes a limit.
    #[error("the change is not saved: a {what} of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// What was too large.
        what: &'static str,
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The file is not what was written.
    #[error("the change is not saved: the store is damaged: {detail}")]
    Damaged {
        /// What was found.
        detail: String,
    },
    /// The store is closed, or cannot be opened again after a failed write.
    #[error("the change is not saved: the store is closed{}", .0.as_ref().map(|why| format!(": {why}")).unwrap_or_default())]
    Closed(Option<Arc<OpenError>>),
    /// A blocking commit from inside a callback of the writer would wait for itself.
    #[error("the change is not saved: it was committed from inside another commit's callback")]
    InCallback,
    /// The system refused.
    #[error("the change is not saved: {0}")]
    Io(#[source] Arc<io::Error>),
}

impl CommitError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Full => "free some space on the disk and try again",
            Self::Refused(_) => "try again",
            Self::TooLarge { .. } => "split it into smaller changes",
            Self::Damaged { .. } => "restore the store from a backup, or join the project again",
            Self::Closed(why) => why.as_ref().map_or("open the store again", |why| why.hint()),
            Self::InCallback => "commit from another thread",
            Self::Io(_) => "look at the disk that holds the store, then try again",
        }
    }
}

/// What redb said, by what it means to the caller.
#[derive(Debug, Clone)]
pub(crate) enum Cause {
    Full,
    InUse,
    /// This opening of the file was closed.
    Stale,
    /// An earlier error: nothing more is answered until the file is opened again.
    Failed,
    Damaged(String),
    Io(Arc<io::Error>),
}

impl From<redb::Error> for Cause {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(source) => source.into(),
            redb::Error::PreviousIo => Self::Failed,
            redb::Error::DatabaseClosed => Self::Stale,
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::InUse,
            redb::Error::Corrupted(detail) => Self::Damaged(detail),
            redb::Error::Backend(source) => Self::Io(Arc::new(io::Error::other(source))),
            redb::Error::Unsupported => Self::Io(Arc::new(io::ErrorKind::Unsupported.into())),
            // Wrong tables or types, a poisoned lock: the file or the process is not what it should be.
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Self::Full,
            io::ErrorKind::UnexpectedEof => Self::Damaged("it ends too early".to_owned()),
            io::ErrorKind::InvalidData => Self::Damaged("it does not begin like a store".to_owned()),
            _ => Self::Io(Arc::new(error)),
        }
    }
}

impl Cause {
    /// What an unwinding thread left behind.
    pub(crate) fn of_panic(panic: &(dyn std::any::Any + Send)) -> Self {
        let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::Damaged(format!("its structure makes no sense ({})", said.unwrap_or("no detail")))
    }

    pub(crate) fn into_open(self, path: PathBuf) -> OpenError {
        match self {
            Self::Full => OpenError::Full { path },
            Self::InUse => OpenError::InUse { path },
            Self::Stale | Self::Failed => {
                OpenError::Io { path, source: io::Error::other("the disk failed while it was being opened") }
            }
            Self::Damaged(detail) => OpenError::Damaged { path, detail },
            Self::Io(source) => OpenError::Io { path, source: io::Error::new(source.kind(), source) },
        }
    }

    pub(crate) fn into_read(self) -> ReadError {
        match self {
            Self::Stale | Self::Failed | Self::InUse => ReadError::Stale,
            Self::Damaged(detail) => ReadError::Damaged { detail },
            Self::Full => ReadError::Io(Arc::new(io::ErrorKind::StorageFull.into())),
            Self::Io(source) => ReadError::Io(source),
        }
    }

    pub(crate) fn into_commit(self) -> CommitError {
        match self {
            Self::Full => CommitError::Full,
            Self::Stale | Self::Failed | Self::InUse => {
                CommitError::Io(Arc::new(io::Error::other("the disk failed earlier")))
            }
            Self::Damaged(detail) => CommitError::Damaged { detail },
            Self::Io(source) => CommitError::Io(source),
        }
    }
}

/// Runs `work` so that a damaged file, which redb may answer with a panic, is an error like any other.
pub(crate) fn guarded<T, E: Into<redb::Error>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, Cause> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| error.into().into()),
        Err(panic) => Err(Cause::of_panic(panic.as_ref())),
    }
}

//! From what redb and the disk say to what a caller can do something about.

use std::io;

use super::StorageError;

/// Why something with the file failed, before it is told to a caller.
#[derive(Debug, Clone)]
pub(crate) enum Cause {
    /// No room on the disk.
    Full,
    /// Another process has it.
    InUse,
    /// redb gave up on an earlier failure, or the file was closed: it is opened again.
    Stale,
    /// The content makes no sense.
    Damaged(String),
    /// The disk or the system.
    Io(String),
    /// Already in words for a caller.
    Said(StorageError),
}

impl From<redb::Error> for Cause {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(source) => Self::of_io(&source),
            redb::Error::PreviousIo | redb::Error::DatabaseClosed => Self::Stale,
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::InUse,
            redb::Error::Corrupted(detail) => Self::Damaged(detail),
            redb::Error::Backend(source) => Self::Io(source.to_string()),
            // Wrong tables or types, a poisoned lock: the file or the process is not what it should be.
            other => Self::Damaged(other.to_string()),
        }
    }
}

macro_rules! from_redb {
    ($($kind:ident),+) => {
        $(impl From<redb::$kind> for Cause {
            fn from(error: redb::$kind) -> Self {
                redb::Error::from(error).into()
            }
        })+
    };
}
from_redb!(StorageError, TableError, TransactionError, CommitError, DatabaseError, SetDurabilityError);

impl Cause {
    pub(crate) fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Self::Full,
            io::ErrorKind::UnexpectedEof => Self::Damaged("the file ends too early".to_owned()),
            io::ErrorKind::InvalidData => Self::Damaged("the file does not begin like a store".to_owned()),
            _ => Self::Io(error.to_string()),
        }
    }

    fn of_panic(panic: &(dyn std::any::Any + Send)) -> Self {
        let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::Damaged(format!("its structure makes no sense ({})", said.unwrap_or("no detail")))
    }

    /// Whether redb has to open the file anew before it answers again.
    pub(crate) fn needs_reopening(&self) -> bool {
        !matches!(self, Self::Said(_))
    }
}

impl From<Cause> for StorageError {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Full => Self::Full("the disk takes no more".to_owned()),
            Cause::InUse => Self::Failed("another running relay uses the same folder; stop one of them".to_owned()),
            Cause::Stale => Self::Failed("the disk failed a moment ago; it is tried again".to_owned()),
            Cause::Damaged(detail) => Self::Damaged(detail),
            Cause::Io(detail) => Self::Failed(detail),
            Cause::Said(error) => error,
        }
    }
}

/// An error of the disk, with what was being done.
pub(crate) fn io_error(doing: &str, error: &io::Error) -> StorageError {
    match Cause::of_io(error) {
        Cause::Full => Cause::Full.into(),
        _ => StorageError::Failed(format!("{doing}: {error}")),
    }
}

/// Runs `work`, turning redb's panics over damaged pages into [`Cause::Damaged`]: a damaged file is an error, never the end of the relay.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Cause>) -> Result<T, Cause> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => Err(Cause::of_panic(panic.as_ref())),
    }
}

//! The open database, and how it is opened again after redb gave it up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::{Database, ReadableDatabase};

use crate::error::{Cause, CommitError, OpenError, ReadError, guarded};
use crate::medium::{Medium, Touch};
use crate::reader::Reader;

/// A database as it was opened once.
pub(crate) struct Opened {
    pub(crate) database: Database,
    /// Set by whoever met an error after which redb answers nothing until the file is opened again. Every opening has its own, so
    /// that a reader of an earlier one condemns nothing.
    failed: Arc<AtomicBool>,
}

impl Opened {
    fn new(database: Database) -> Self {
        Self { database, failed: Arc::default() }
    }

    fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
}

/// What can be done with the file right now.
pub(crate) enum State {
    Open(Opened),
    /// The disk takes no byte: reading goes on from an overlay.
    ReadOnly(Opened, Cause),
    /// Nothing, and why; without a reason the owner closed it.
    Closed(Option<Arc<OpenError>>),
}

/// What somebody is about to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Read,
    Write,
}

pub(crate) struct Shared {
    medium: Medium,
    cache_bytes: usize,
    state: RwLock<State>,
}

impl Shared {
    pub(crate) fn new(medium: Medium, cache_bytes: usize, database: Database) -> Self {
        Self { medium, cache_bytes, state: RwLock::new(State::Open(Opened::new(database))) }
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, held still while it is used.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A reader of the newest durable state.
    pub(crate) fn read(&self) -> Result<Reader, ReadError> {
        self.recover(Need::Read);
        match self.try_read() {
            Err(ReadError::Stale | ReadError::Io(_)) => {
                self.recover(Need::Read);
                self.try_read()
            }
            result => result,
        }
    }

    fn try_read(&self) -> Result<Reader, ReadError> {
        match &*self.state() {
            State::Open(opened) | State::ReadOnly(opened, _) => {
                let txn = guarded(|| opened.database.begin_read()).map_err(|cause| {
                    opened.failed.store(true, Ordering::Release);
                    cause.into_read()
                })?;
                Ok(Reader::new(txn, opened.failed.clone()))
            }
            State::Closed(Some(why)) => Err(ReadError::Closed(why.clone())),
            State::Closed(None) => Err(ReadError::Stale),
        }
    }

    /// Notes that a transaction failed, so that the file is opened again before its next use.
    pub(crate) fn failed(&self) {
        if let State::Open(opened) | State::ReadOnly(opened, _) = &*self.state() {
            opened.failed.store(true, Ordering::Release);
        }
    }

    /// Opens the file again where `need` cannot be met as it is.
    pub(crate) fn recover(&self, need: Need) {
        let unmet = |state: &State| match state {
            State::Open(opened) => opened.has_failed(),
            State::ReadOnly(opened, _) => opened.has_failed() || need == Need::Write,
            State::Closed(why) => why.is_some(),
        };
        if !unmet(&self.state()) {
            return;
        }
        let mut state = self.write();
        // Somebody else may have done it while this waited for the lock.
        if unmet(&state) {
            close_quietly(std::mem::replace(&mut *state, State::Closed(None)));
            *state = self.open_again();
        }
    }

    fn open_again(&self) -> State {
        let cause = match self.medium.open(self.cache_bytes, Touch::ReadWrite) {
            Ok(database) => return State::Open(Opened::new(database)),
            Err(cause) => cause,
        };
        tracing::warn!(?cause, "the store cannot be opened for writing again");
        if let Cause::Full | Cause::Io(_) | Cause::Failed = cause
            && let Ok(database) = self.medium.open(self.cache_bytes, Touch::ReadOnly)
        {
            return State::ReadOnly(Opened::new(database), cause);
        }
        State::Closed(Some(Arc::new(cause.into_open(self.medium.path()))))
    }

    /// Makes sure that a transaction can be tried, opening the file again where an earlier failure closed it.
    pub(crate) fn ensure_writable(&self) -> Result<(), CommitError> {
        self.recover(Need::Write);
        match &*self.state() {
            State::Open(_) => Ok(()),
            State::ReadOnly(_, cause) => Err(cause.clone().into_commit()),
            State::Closed(Some(why)) if matches!(**why, OpenError::Full { .. }) => Err(CommitError::Full),
            State::Closed(why) => Err(CommitError::Closed(why.clone())),
        }
    }

    /// Closes the file for good, so that it can be opened elsewhere even while old readers linger.
    pub(crate) fn close(&self) {
        let mut state = self.write();
        close_quietly(std::mem::replace(&mut *state, State::Closed(None)));
    }
}

/// Closing a damaged file may panic inside redb; nothing is left to be done about it then.
fn close_quietly(state: State) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(state))).is_err() {
        tracing::error!("closing the store failed; it is recovered when it is next opened");
    }
}

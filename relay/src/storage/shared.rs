//! The open database, and how it is opened again after redb gave it up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

use redb::{Database, Durability, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::StorageError;
use super::error::{Cause, guarded};
use super::medium::{Medium, Touch};

/// A database as it was opened once.
struct Opened {
    database: Database,
    /// Set by whoever met an error after which redb answers nothing until the file is opened again. Every opening has its own, so
    /// that a reader of an earlier one condemns nothing.
    failed: Arc<AtomicBool>,
}

enum State {
    Open(Opened),
    /// The disk takes no byte: reading goes on from an overlay.
    ReadOnly(Opened, Cause),
    /// Nothing, and why.
    Closed(Cause),
    /// Nothing any more: its owner closed it.
    Ended,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Read,
    Write,
}

pub(crate) struct Shared {
    medium: Medium,
    cache_bytes: usize,
    /// How long a disk that refused is left alone: opening the file again may read all of it.
    retry_after: Duration,
    refused: Mutex<Option<Instant>>,
    state: RwLock<State>,
}

impl Shared {
    pub(crate) fn start(medium: Medium, cache_bytes: usize, retry_after: Duration) -> Result<Self, Cause> {
        let opened = Opened { database: medium.start(cache_bytes)?, failed: Arc::default() };
        let state = RwLock::new(State::Open(opened));
        Ok(Self { medium, cache_bytes, retry_after, refused: Mutex::default(), state })
    }

    /// Runs `work` on the newest durable state.
    pub(crate) fn read<T>(&self, work: impl Fn(&ReadTransaction) -> Result<T, Cause>) -> Result<T, Cause> {
        self.recover(Need::Read);
        match self.try_read(&work) {
            Err(Cause::Stale | Cause::Io(_)) => {
                self.recover(Need::Read);
                self.try_read(&work)
            }
            result => result,
        }
    }

    fn try_read<T>(&self, work: impl Fn(&ReadTransaction) -> Result<T, Cause>) -> Result<T, Cause> {
        let (txn, failed) = match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Open(opened) | State::ReadOnly(opened, _) => {
                let txn = guarded(|| Ok(opened.database.begin_read()?));
                (note(&opened.failed, txn)?, opened.failed.clone())
            }
            State::Closed(why) => return Err(why.clone()),
            State::Ended => return Err(ended()),
        };
        note(&failed, guarded(|| work(&txn)))
    }

    /// Runs `work` in one transaction that is durable when this answers. What `work` says goes to nobody unless it is.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&WriteTransaction) -> Result<T, Cause>) -> Result<T, Cause> {
        self.recover(Need::Write);
        let result = match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Open(opened) => {
                let result = guarded(|| {
                    let mut txn = opened.database.begin_write()?;
                    txn.set_durability(Durability::Immediate)?;
                    let done = work(&txn)?;
                    txn.commit()?;
                    Ok(done)
                });
                note(&opened.failed, result)
            }
            State::ReadOnly(_, why) | State::Closed(why) => return Err(why.clone()),
            State::Ended => return Err(ended()),
        };
        if let Err(cause) = &result {
            tracing::warn!(?cause, "a transaction of the index failed");
            // At once, so that readers do not wait for the next write.
            self.recover(Need::Read);
        }
        result
    }

    /// Closes the file for good, so that it can be opened elsewhere even while old views linger.
    pub(crate) fn close(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        close_quietly(std::mem::replace(&mut *state, State::Ended));
    }

    /// Opens the file again where `need` cannot be met as it is.
    fn recover(&self, need: Need) {
        if !self.unmet(&self.state.read().unwrap_or_else(PoisonError::into_inner), need) {
            return;
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have done it while this waited for the lock.
        if self.unmet(&state, need) {
            self.open_again(&mut state);
        }
    }

    fn unmet(&self, state: &State, need: Need) -> bool {
        match state {
            State::Open(opened) => opened.failed.load(Ordering::Acquire),
            State::ReadOnly(opened, _) => {
                opened.failed.load(Ordering::Acquire) || (need == Need::Write && self.may_try_again())
            }
            State::Closed(_) => self.may_try_again(),
            State::Ended => false,
        }
    }

    fn may_try_again(&self) -> bool {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.is_none_or(|at| at.elapsed() >= self.retry_after)
    }

    fn open_again(&self, state: &mut RwLockWriteGuard<'_, State>) {
        close_quietly(std::mem::replace(&mut **state, State::Closed(Cause::Stale)));
        **state = match self.medium.open(self.cache_bytes, Touch::ReadWrite) {
            Ok(database) => State::Open(Opened { database, failed: Arc::default() }),
            Err(cause) => {
                tracing::warn!(?cause, "the index cannot be opened for writing again");
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                match self.medium.open(self.cache_bytes, Touch::ReadOnly) {
                    Ok(database) if !matches!(cause, Cause::Damaged(_) | Cause::InUse) => {
                        State::ReadOnly(Opened { database, failed: Arc::default() }, cause)
                    }
                    _ => State::Closed(cause),
                }
            }
        };
    }
}

fn ended() -> Cause {
    Cause::Said(StorageError::Failed("it was closed".to_owned()))
}

/// Notes a failure after which redb gives nothing more.
fn note<T>(failed: &AtomicBool, result: Result<T, Cause>) -> Result<T, Cause> {
    if let Err(cause) = &result
        && cause.needs_reopening()
    {
        failed.store(true, Ordering::Release);
    }
    result
}

/// Closing a damaged file may panic inside redb; nothing is left to be done about it then.
fn close_quietly(state: State) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(state))).is_err() {
        tracing::error!("closing the index failed; it is recovered when it is next opened");
    }
}

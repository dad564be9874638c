//! The bounded queue between those who commit and the one who writes.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::batch::{Batch, Receipt};
use crate::error::CommitError;

/// Batches that may wait.
pub const QUEUE_BATCHES_MAX: usize = 1024;
/// Bytes of batches that may wait; one batch alone always may.
pub const QUEUE_BYTES_MAX: usize = 256 << 20;
/// Batches that share one transaction at most.
const GROUP_BATCHES_MAX: usize = 256;
/// Bytes of one transaction at most, unless its first batch alone has more.
const GROUP_BYTES_MAX: usize = 32 << 20;

/// Told once, from the writer's thread.
pub(crate) type Done = Box<dyn FnOnce(Result<Receipt, CommitError>) + Send>;

pub(crate) struct Job {
    pub(crate) batch: Batch,
    pub(crate) done: Done,
}

/// Why a job was not taken; it comes back.
pub(crate) enum NotTaken {
    Full(Job),
    Closed(Job),
}

/// Whether to wait for room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    Yes,
    No,
}

#[derive(Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    filled: Condvar,
    drained: Condvar,
}

#[derive(Default)]
struct Inner {
    jobs: VecDeque<Job>,
    bytes: usize,
    closed: bool,
}

impl Inner {
    fn has_room_for(&self, bytes: usize) -> bool {
        self.jobs.is_empty() || (self.jobs.len() < QUEUE_BATCHES_MAX && self.bytes + bytes <= QUEUE_BYTES_MAX)
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, job: Job, wait: Wait) -> Result<(), NotTaken> {
        let bytes = job.batch.bytes();
        let mut inner = self.lock();
        while !inner.closed && !inner.has_room_for(bytes) {
            if wait == Wait::No {
                return Err(NotTaken::Full(job));
            }
            inner = self.drained.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        if inner.closed {
            return Err(NotTaken::Closed(job));
        }
        inner.bytes += bytes;
        inner.jobs.push_back(job);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for work and takes what may share a transaction; `None` once the queue is closed and empty.
    pub(crate) fn next_group(&self) -> Option<Vec<Job>> {
        let mut inner = self.lock();
        while inner.jobs.is_empty() {
            if inner.closed {
                return None;
            }
            inner = self.filled.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        let mut group = Vec::new();
        let mut bytes = 0;
        while let Some(job) = inner.jobs.front() {
            let next = job.batch.bytes();
            if !group.is_empty() && (group.len() == GROUP_BATCHES_MAX || bytes + next > GROUP_BYTES_MAX) {
                break;
            }
            bytes += next;
            inner.bytes -= next;
            group.extend(inner.jobs.pop_front());
        }
        self.drained.notify_all();
        Some(group)
    }

    /// Takes nothing more; what waits is still written.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.drained.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(bytes: usize) -> Job {
        let mut batch = Batch::new();
        batch.put_meta("k", &vec![0; bytes]);
        Job { batch, done: Box::new(|_| {}) }
    }

    #[test]
    fn a_full_queue_refuses_and_gives_the_batch_back() {
        let queue = Queue::default();
        for _ in 0..QUEUE_BATCHES_MAX {
            assert!(queue.push(job(1), Wait::No).is_ok());
        }
        match queue.push(job(77), Wait::No) {
            Err(NotTaken::Full(back)) => assert_eq!(back.batch.bytes(), job(77).batch.bytes()),
            _ => panic!("the queue took more than its limit"),
        }
        assert_eq!(queue.next_group().unwrap().len(), GROUP_BATCHES_MAX);
        assert!(queue.push(job(1), Wait::No).is_ok());
    }

    #[test]
    fn bytes_are_bounded_but_one_large_batch_passes() {
        let queue = Queue::default();
        assert!(queue.push(job(GROUP_BYTES_MAX + 1), Wait::No).is_ok());
        assert!(queue.push(job(1), Wait::No).is_ok());
        assert!(queue.push(job(1), Wait::No).is_ok());
        assert_eq!(queue.next_group().unwrap().len(), 1);
        assert_eq!(queue.next_group().unwrap().len(), 2);
        assert_eq!(queue.lock().bytes, 0);
    }

    #[test]
    fn a_closed_queue_hands_out_what_waits_and_takes_no_more() {
        let queue = Queue::default();
        assert!(queue.push(job(1), Wait::Yes).is_ok());
        queue.close();
        assert!(matches!(queue.push(job(1), Wait::Yes), Err(NotTaken::Closed(_))));
        assert_eq!(queue.next_group().unwrap().len(), 1);
        assert!(queue.next_group().is_none());
    }
}

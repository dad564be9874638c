//! A command on its way, and the handle its maker keeps.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::api::{Answer, Failure, FailureKind, Update};

/// Updates that may wait unread; a slow reader slows the command, it does not fill memory.
const UPDATES_WAITING_MAX: usize = 256;

/// A command that is being carried out.
#[derive(Debug)]
pub struct Running {
    updates: mpsc::Receiver<Update>,
    cancel: CancellationToken,
}

impl Running {
    pub(crate) fn new() -> (Self, Reporter) {
        let (sender, updates) = mpsc::channel(UPDATES_WAITING_MAX);
        let cancel = CancellationToken::new();
        (Self { updates, cancel: cancel.clone() }, Reporter { sender, cancel })
    }

    /// The next update if there is one now.
    pub fn try_next(&mut self) -> Option<Update> {
        self.updates.try_recv().ok()
    }

    /// The next update; `None` after the end.
    pub async fn next(&mut self) -> Option<Update> {
        self.updates.recv().await
    }

    /// Waits for the end and ignores what comes before it.
    ///
    /// # Errors
    /// What the command failed with.
    pub async fn finish(mut self) -> Result<Answer, Failure> {
        while let Some(update) = self.updates.recv().await {
            if let Update::Done(result) = update {
                return result;
            }
        }
        Err(Failure::new(FailureKind::Internal, "the command ended without an answer"))
    }

    /// Asks it to stop as soon as nothing can be half done.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }
}

/// Where a command reports to.
#[derive(Debug, Clone)]
pub(crate) struct Reporter {
    sender: mpsc::Sender<Update>,
    cancel: CancellationToken,
}

impl Reporter {
    /// A note on the way. A reader that went away is no reason to stop.
    pub(crate) async fn say(&self, update: Update) {
        let _ = self.sender.send(update).await;
    }

    /// Progress, dropped when the reader is behind: the next one says more.
    pub(crate) fn progress(&self, what: &str, done: u64, total: u64) {
        let _ = self.sender.try_send(Update::Progress { what: what.to_owned(), done, total });
    }

    pub(crate) fn token(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Fails with `Cancelled` once the person asked to stop.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.cancel.is_cancelled() { Err(Failure::new(FailureKind::Cancelled, "stopped as asked")) } else { Ok(()) }
    }
}

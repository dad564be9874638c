//! Writing to a device that may read slowly, with a bound on what waits for all of them together.

use std::sync::Arc;
use std::time::Duration;

use enginus_net::FrameSender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Happened, Mailbox, QUEUE_UNIT_BYTES};

/// Frames that wait to be written to one device; the link's own window bounds their bytes.
const FRAMES_MAX: usize = 256;
/// How long the last frames may take.
const GOODBYE: Duration = Duration::from_secs(2);

enum Outgoing {
    Frame(Vec<u8>, OwnedSemaphorePermit),
    /// Tells when everything before it was handed to the network.
    Mark,
}

/// The sending side of a session.
pub(super) struct Writer {
    frames: mpsc::Sender<Outgoing>,
    queue: Arc<Semaphore>,
    patience: Duration,
    task: tokio::task::JoinHandle<()>,
}

/// The device does not read, or is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// Its connection ended.
    Gone,
    /// It reads nothing while others need the room.
    Slow,
}

impl Writer {
    /// Begins to write; `drained` hears of each mark, `gone` is cancelled when nothing more can be written.
    pub(super) fn new(
        mailbox: &Arc<Mailbox>,
        sender: FrameSender,
        drained: mpsc::Sender<()>,
        gone: CancellationToken,
    ) -> Self {
        let (frames, waiting) = mpsc::channel(FRAMES_MAX);
        let task = tokio::spawn(write(mailbox.clone(), sender, waiting, drained, gone));
        let patience = Duration::from_secs(mailbox.limits.slow_reader_seconds);
        Self { frames, queue: mailbox.queue.clone(), patience, task }
    }

    /// Queues a frame. Waits while there is no room, as long as a slow reader is waited for.
    pub(super) async fn send(&self, frame: Vec<u8>) -> Result<(), Unread> {
        let units = u32::try_from(frame.len().div_ceil(QUEUE_UNIT_BYTES)).unwrap_or(u32::MAX);
        let queue = async {
            let room = self.queue.clone().acquire_many_owned(units).await.map_err(|_| Unread::Gone)?;
            self.frames.send(Outgoing::Frame(frame, room)).await.map_err(|_| Unread::Gone)
        };
        timeout(self.patience, queue).await.unwrap_or(Err(Unread::Slow))
    }

    /// Asks to be told once everything so far was handed to the network.
    pub(super) async fn mark(&self) -> Result<(), Unread> {
        let mark = self.frames.send(Outgoing::Mark);
        timeout(self.patience, mark).await.map_err(|_| Unread::Slow)?.map_err(|_| Unread::Gone)
    }

    /// Writes what waits, for a moment, and ends the stream.
    pub(super) async fn finish(self) {
        let Self { frames, mut task, .. } = self;
        drop(frames);
        if timeout(GOODBYE, &mut task).await.is_err() {
            task.abort();
        }
    }
}

async fn write(
    mailbox: Arc<Mailbox>,
    mut sender: FrameSender,
    mut waiting: mpsc::Receiver<Outgoing>,
    drained: mpsc::Sender<()>,
    gone: CancellationToken,
) {
    while let Some(outgoing) = waiting.recv().await {
        match outgoing {
            Outgoing::Frame(frame, room) => {
                if sender.send(&frame).await.is_err() {
                    gone.cancel();
                    return;
                }
                mailbox.meter.happened(Happened::Sent { bytes: frame.len() as u64 });
                drop(room);
            }
            Outgoing::Mark => {
                let _ = drained.try_send(());
            }
        }
    }
    sender.finish().await;
}

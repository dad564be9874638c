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
    gone: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

/// Nothing more can be written: the connection ended, or the device reads nothing while others need the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unread;

impl Writer {
    /// Begins to write; `drained` hears of each mark, `gone` is cancelled when nothing more can be written.
    pub(super) fn new(
        mailbox: &Arc<Mailbox>,
        sender: FrameSender,
        drained: mpsc::Sender<()>,
        gone: CancellationToken,
    ) -> Self {
        let (frames, waiting) = mpsc::channel(FRAMES_MAX);
        let task = tokio::spawn(write(mailbox.clone(), sender, waiting, drained, gone.clone()));
        Self { frames, queue: mailbox.queue.clone(), gone, task }
    }

    /// Queues a frame. Waits while there is no room: it is others who read too slowly then, and they are let go.
    pub(super) async fn send(&self, frame: Vec<u8>) -> Result<(), Unread> {
        let units = u32::try_from(frame.len().div_ceil(QUEUE_UNIT_BYTES)).unwrap_or(u32::MAX);
        tokio::select! {
            () = self.gone.cancelled() => Err(Unread),
            room = self.queue.clone().acquire_many_owned(units) => {
                self.queue(Outgoing::Frame(frame, room.map_err(|_| Unread)?)).await
            }
        }
    }

    /// Asks to be told once everything so far was handed to the network.
    pub(super) async fn mark(&self) -> Result<(), Unread> {
        self.queue(Outgoing::Mark).await
    }

    async fn queue(&self, outgoing: Outgoing) -> Result<(), Unread> {
        tokio::select! {
            () = self.gone.cancelled() => Err(Unread),
            queued = self.frames.send(outgoing) => queued.map_err(|_| Unread),
        }
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
                if !write_frame(&mailbox, &mut sender, &frame).await {
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

/// Writes one frame. False where the connection ended, and where the device reads nothing of it for long while the room that waits for
/// all devices together is nearly used up.
async fn write_frame(mailbox: &Mailbox, sender: &mut FrameSender, frame: &[u8]) -> bool {
    let patience = Duration::from_secs(mailbox.limits.slow_reader_seconds);
    let mut sending = std::pin::pin!(sender.send(frame));
    loop {
        match timeout(patience, &mut sending).await {
            Ok(sent) => return sent.is_ok(),
            Err(_) if mailbox.needs_room() => {
                mailbox.meter.happened(Happened::SlowReader);
                return false;
            }
            Err(_) => {}
        }
    }
}

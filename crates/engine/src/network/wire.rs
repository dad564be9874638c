//! The stream of a session: writing frames, and ending it.

use std::time::Duration;

use enginus_net::{FrameReceiver, FrameSender};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long the other side may take to read the last frames, and then to end its side.
const GOODBYE: Duration = Duration::from_secs(2);

/// What waits to be written.
pub(super) enum Outgoing {
    Frame(Vec<u8>),
    /// Tells when everything before it was handed to the network.
    Mark,
}

/// Ending the connection at once would lose what the other side has not read yet: it ends its side when it has. Whoever does not read
/// is not waited for.
pub(super) async fn say_goodbye(mut writer: JoinHandle<()>, receiver: &mut FrameReceiver, friendly: bool) {
    if timeout(GOODBYE, &mut writer).await.is_err() {
        writer.abort();
        return;
    }
    if friendly {
        let _ = timeout(GOODBYE, async { while let Ok(Some(_)) = receiver.recv().await {} }).await;
    }
}

pub(super) async fn write(
    mut sender: FrameSender,
    mut queue: mpsc::Receiver<Outgoing>,
    drained: mpsc::Sender<()>,
    gone: CancellationToken,
) {
    while let Some(outgoing) = queue.recv().await {
        match outgoing {
            Outgoing::Frame(frame) => {
                if sender.send(&frame).await.is_err() {
                    gone.cancel();
                    return;
                }
            }
            Outgoing::Mark => {
                let _ = drained.try_send(());
            }
        }
    }
    sender.finish().await;
}

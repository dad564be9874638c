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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use enginus_net::{MAX_SYNC_FRAME_BYTES, Node, NodeConfig, StreamKind};
    use tokio::time::Instant;

    use super::*;

    async fn node(seed: u8) -> Node {
        let config = NodeConfig { seed: [seed; 32], port: 0, bind: Ipv4Addr::LOCALHOST.into(), mdns: false };
        Node::bind(config).await.unwrap()
    }

    #[tokio::test]
    async fn a_device_that_does_not_read_holds_nobody_up() {
        let (a, mut b) = (node(1).await, node(2).await);
        let to_b = a.connect(b.device(), &b.addresses(), Duration::from_secs(10)).await.unwrap();
        let (sender, mut receiver) = to_b.open(StreamKind::Sync).await.unwrap().split();
        let (outgoing, queue) = mpsc::channel(64);
        let (drained, _drains) = mpsc::channel(1);
        let writer = tokio::spawn(write(sender, queue, drained, CancellationToken::new()));
        // More than the other side takes unread.
        for _ in 0..32 {
            outgoing.send(Outgoing::Frame(vec![7; MAX_SYNC_FRAME_BYTES])).await.unwrap();
        }
        let to_a = b.accept().await.unwrap();
        let _unread = to_a.accept_stream().await.unwrap();
        drop(outgoing);
        let began = Instant::now();
        say_goodbye(writer, &mut receiver, true).await;
        assert!(began.elapsed() < 5 * GOODBYE, "{:?}", began.elapsed());
        a.close().await;
        b.close().await;
    }
}

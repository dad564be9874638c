//! A connection to one device.

use enginus_model::DeviceId;
use iroh::endpoint::{Connection, VarInt};
use tokio::time::timeout;

use crate::limits::{MAX_OBJECT_BYTES, MAX_PAIRING_FRAME_BYTES, MAX_SYNC_FRAME_BYTES, OPENING};
use crate::{FrameStream, StreamError};

/// What a stream is for. Its first byte is the version of this list, its second the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// Envelopes, between two links of the sync crate.
    Sync,
    /// Sealed objects, asked for by name.
    Objects,
    /// A new device and the one that lets it in; on connections made for it alone.
    Pairing,
    /// Sealed objects for a mailbox to keep.
    Deposits,
}

const VERSION: u8 = 1;
/// The code of an ordinary end.
const CLOSED: VarInt = VarInt::from_u32(0);

impl StreamKind {
    const ALL: [Self; 4] = [Self::Sync, Self::Objects, Self::Pairing, Self::Deposits];

    const fn byte(self) -> u8 {
        match self {
            Self::Sync => 1,
            Self::Objects => 2,
            Self::Pairing => 3,
            Self::Deposits => 4,
        }
    }

    const fn max_frame_bytes(self) -> usize {
        match self {
            Self::Sync => MAX_SYNC_FRAME_BYTES,
            Self::Pairing => MAX_PAIRING_FRAME_BYTES,
            Self::Objects | Self::Deposits => MAX_OBJECT_BYTES + crate::objects::ANSWER_HEAD_BYTES,
        }
    }
}

/// A connection to one device, which proved with its key that it is that device. Cheap to clone; it stands until either side closes
/// it or the other side gives no sign of life for 20 s.
#[derive(Debug, Clone)]
pub struct Peer {
    connection: Connection,
    device: DeviceId,
}

impl Peer {
    pub(crate) fn new(connection: Connection) -> Self {
        let device = DeviceId(*connection.remote_id().as_bytes());
        Self { connection, device }
    }

    /// Who is at the other end.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Opens a stream of a kind. Waits while [`MAX_STREAMS`](crate::MAX_STREAMS) are open, ten seconds at most.
    ///
    /// # Errors
    /// [`StreamError::Lost`]; [`StreamError::Stalled`] where the other side lets no stream begin.
    pub async fn open(&self, kind: StreamKind) -> Result<FrameStream, StreamError> {
        let opening = async {
            let (mut send, receive) = self.connection.open_bi().await.map_err(StreamError::lost)?;
            send.write_all(&[VERSION, kind.byte()]).await.map_err(StreamError::lost)?;
            Ok(FrameStream::new(send, receive, kind.max_frame_bytes()))
        };
        timeout(OPENING, opening).await.map_err(|_| StreamError::Stalled { seconds: OPENING.as_secs() })?
    }

    /// The next stream the other side opens.
    ///
    /// # Errors
    /// [`StreamError::Lost`] when the connection ends; [`StreamError::Protocol`] for a stream of an unknown kind, after which the
    /// caller may go on accepting.
    pub async fn accept_stream(&self) -> Result<(StreamKind, FrameStream), StreamError> {
        let (send, mut receive) = self.connection.accept_bi().await.map_err(StreamError::lost)?;
        let mut opening = [0u8; 2];
        match timeout(OPENING, receive.read_exact(&mut opening)).await {
            Ok(Ok(())) => {}
            _ if self.is_closed() => return Err(StreamError::lost("it ended at the beginning of a stream")),
            _ => return Err(StreamError::Protocol("a stream without a beginning")),
        }
        let [version, byte] = opening;
        let kind = StreamKind::ALL.into_iter().find(|kind| version == VERSION && kind.byte() == byte);
        let kind = kind.ok_or(StreamError::Protocol("a stream of an unknown kind"))?;
        Ok((kind, FrameStream::new(send, receive, kind.max_frame_bytes())))
    }

    /// Ends the connection, saying why in a few words.
    pub fn close(&self, why: &str) {
        self.connection.close(CLOSED, why.as_bytes());
    }

    /// Waits until the connection is gone.
    pub async fn closed(&self) {
        self.connection.closed().await;
    }

    /// Whether the connection is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.connection.close_reason().is_some()
    }
}

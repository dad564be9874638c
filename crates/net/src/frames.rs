//! Frames on a stream: a length of four bytes, big-endian, then the bytes.

use std::time::Duration;

use iroh::endpoint::{RecvStream, SendStream, VarInt};
use tokio::time::timeout;

use crate::StreamError;
use crate::limits::{FINISH_PATIENCE, ROOM_AHEAD_BYTES, SEND_PATIENCE, SMALL_FRAME_BYTES};

const LENGTH_BYTES: usize = 4;
/// What the other side is told of a stream that is given up.
const GIVEN_UP: VarInt = VarInt::from_u32(1);

/// Both directions of a stream.
#[derive(Debug)]
pub struct FrameStream {
    sender: FrameSender,
    receiver: FrameReceiver,
}

/// The sending direction. Dropping it ends the stream for the other side, after what was sent.
#[derive(Debug)]
pub struct FrameSender {
    stream: SendStream,
    max_bytes: usize,
    /// A frame was begun and not ended: nothing that follows could be understood.
    cut: bool,
}

/// The receiving direction. Dropping it tells the other side to stop.
#[derive(Debug)]
pub struct FrameReceiver {
    stream: RecvStream,
    max_bytes: usize,
    length: [u8; LENGTH_BYTES],
    length_read: usize,
    frame: Vec<u8>,
    /// What ended the stream: said again to whoever goes on asking.
    failed: Option<StreamError>,
}

impl FrameStream {
    pub(crate) fn new(send: SendStream, receive: RecvStream, max_bytes: usize) -> Self {
        let sender = FrameSender { stream: send, max_bytes, cut: false };
        let receiver = FrameReceiver {
            stream: receive,
            max_bytes,
            length: [0; LENGTH_BYTES],
            length_read: 0,
            frame: Vec::new(),
            failed: None,
        };
        Self { sender, receiver }
    }

    /// See [`FrameSender::send`].
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), StreamError> {
        self.sender.send(frame).await
    }

    /// See [`FrameReceiver::recv`].
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn recv(&mut self) -> Result<Option<Vec<u8>>, StreamError> {
        self.receiver.recv().await
    }

    pub(crate) async fn recv_within(&mut self, patience: Duration) -> Result<Option<Vec<u8>>, StreamError> {
        self.receiver.recv_within(patience).await
    }

    /// The two directions, for two tasks.
    #[must_use]
    pub fn split(self) -> (FrameSender, FrameReceiver) {
        (self.sender, self.receiver)
    }
}

impl FrameSender {
    /// Sends a frame; waits while the other side reads slowly. When the future is dropped before it is done, the stream is broken and
    /// every later frame is refused: give a stream's frames to one task.
    ///
    /// # Errors
    /// [`StreamError::TooLong`], after which the stream is as it was; [`StreamError::Lost`]; [`StreamError::Stalled`] where the other
    /// side reads nothing for two minutes.
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), StreamError> {
        self.send_parts(&[frame]).await
    }

    /// Sends one frame that is kept in parts.
    pub(crate) async fn send_parts(&mut self, parts: &[&[u8]]) -> Result<(), StreamError> {
        let bytes = parts.iter().map(|part| part.len()).sum::<usize>();
        let too_long = || StreamError::TooLong { bytes, max: self.max_bytes };
        let length = u32::try_from(bytes).ok().filter(|_| bytes <= self.max_bytes).ok_or_else(too_long)?;
        if self.cut {
            return Err(StreamError::Lost("an earlier frame was left unfinished".into()));
        }
        self.cut = true;
        // A small frame is one datagram rather than two.
        if bytes <= SMALL_FRAME_BYTES {
            let mut whole = Vec::with_capacity(LENGTH_BYTES + bytes);
            whole.extend_from_slice(&length.to_be_bytes());
            whole.extend(parts.iter().copied().flatten());
            self.write(&whole).await?;
        } else {
            self.write(&length.to_be_bytes()).await?;
            for part in parts {
                self.write(part).await?;
            }
        }
        self.cut = false;
        Ok(())
    }

    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), StreamError> {
        while !bytes.is_empty() {
            let written = timeout(SEND_PATIENCE, self.stream.write(bytes))
                .await
                .map_err(|_| StreamError::Stalled { seconds: SEND_PATIENCE.as_secs() })?
                .map_err(StreamError::lost)?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Says that nothing follows, and waits until the other side has everything or is gone, ten seconds at most.
    pub async fn finish(mut self) {
        if self.cut {
            let _ = self.stream.reset(GIVEN_UP);
        } else if self.stream.finish().is_ok() {
            let _ = timeout(FINISH_PATIENCE, self.stream.stopped()).await;
        }
    }
}

impl Drop for FrameSender {
    fn drop(&mut self) {
        // Otherwise the half frame would look like a whole stream that broke off.
        if self.cut {
            let _ = self.stream.reset(GIVEN_UP);
        }
    }
}

impl FrameReceiver {
    /// The next frame; `None` where the other side finished. May be dropped and called again without losing anything, as in
    /// `tokio::select!`.
    ///
    /// # Errors
    /// [`StreamError::TooLong`], before any of the frame is taken in; [`StreamError::Lost`], also where the stream ends within a
    /// frame. A stream that failed keeps failing.
    pub async fn recv(&mut self) -> Result<Option<Vec<u8>>, StreamError> {
        self.next(None).await
    }

    /// The same; fails where nothing at all arrives for so long.
    pub(crate) async fn recv_within(&mut self, patience: Duration) -> Result<Option<Vec<u8>>, StreamError> {
        self.next(Some(patience)).await
    }

    async fn next(&mut self, patience: Option<Duration>) -> Result<Option<Vec<u8>>, StreamError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.gather(patience).await;
        if let Err(error) = &result {
            self.failed = Some(error.clone());
            let _ = self.stream.stop(GIVEN_UP);
        }
        result
    }

    /// Everything read stands in `self` before the next wait.
    async fn gather(&mut self, patience: Option<Duration>) -> Result<Option<Vec<u8>>, StreamError> {
        while self.length_read < LENGTH_BYTES {
            match read(&mut self.stream, &mut self.length[self.length_read..], patience).await? {
                Some(count) => self.length_read += count,
                None if self.length_read == 0 => return Ok(None),
                None => return Err(StreamError::lost("it ended within a frame")),
            }
        }
        let length = u32::from_be_bytes(self.length) as usize;
        if length > self.max_bytes {
            return Err(StreamError::TooLong { bytes: length, max: self.max_bytes });
        }
        if self.frame.is_empty() {
            // The rest grows with what arrives, so that memory follows bytes and not announcements.
            self.frame.reserve_exact(length.min(ROOM_AHEAD_BYTES));
        }
        while self.frame.len() < length {
            let missing = length - self.frame.len();
            let chunk = within(patience, self.stream.read_chunk(missing)).await?.map_err(StreamError::lost)?;
            let chunk = chunk.ok_or_else(|| StreamError::lost("it ended within a frame"))?;
            self.frame.extend_from_slice(&chunk);
        }
        self.length_read = 0;
        Ok(Some(std::mem::take(&mut self.frame)))
    }
}

async fn read(
    stream: &mut RecvStream,
    into: &mut [u8],
    patience: Option<Duration>,
) -> Result<Option<usize>, StreamError> {
    within(patience, stream.read(into)).await?.map_err(StreamError::lost)
}

async fn within<T>(patience: Option<Duration>, what: impl Future<Output = T>) -> Result<T, StreamError> {
    match patience {
        None => Ok(what.await),
        Some(patience) => {
            timeout(patience, what).await.map_err(|_| StreamError::Stalled { seconds: patience.as_secs() })
        }
    }
}

//! Frames on a stream: a length of four bytes, big-endian, then the bytes.

use iroh::endpoint::{RecvStream, SendStream};

use crate::StreamError;

/// The longest frame: a sealed object of 4 MiB with room for what sealing adds.
pub const MAX_FRAME_BYTES: usize = 8 << 20;

/// Both directions of a stream.
#[derive(Debug)]
pub struct FrameStream {
    sender: FrameSender,
    receiver: FrameReceiver,
}

/// The sending direction.
#[derive(Debug)]
pub struct FrameSender(SendStream);

/// The receiving direction.
#[derive(Debug)]
pub struct FrameReceiver(RecvStream);

impl FrameStream {
    pub(crate) fn new(send: SendStream, receive: RecvStream) -> Self {
        Self { sender: FrameSender(send), receiver: FrameReceiver(receive) }
    }

    /// Sends a frame; waits while the other side reads slowly.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), StreamError> {
        self.sender.send(frame).await
    }

    /// The next frame; `None` where the other side finished.
    ///
    /// # Errors
    /// [`StreamError`]; a frame that is too long is not read.
    pub async fn recv(&mut self) -> Result<Option<Vec<u8>>, StreamError> {
        self.receiver.recv().await
    }

    /// The two directions, for two tasks.
    #[must_use]
    pub fn split(self) -> (FrameSender, FrameReceiver) {
        (self.sender, self.receiver)
    }
}

impl FrameSender {
    /// Sends a frame; waits while the other side reads slowly.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), StreamError> {
        let too_long = || StreamError::TooLong { bytes: frame.len(), max: MAX_FRAME_BYTES };
        let length = u32::try_from(frame.len()).ok().filter(|_| frame.len() <= MAX_FRAME_BYTES).ok_or_else(too_long)?;
        self.0.write_all(&length.to_be_bytes()).await.map_err(StreamError::lost)?;
        self.0.write_all(frame).await.map_err(StreamError::lost)
    }

    /// Says that nothing follows, and waits until the other side has everything or is gone.
    pub async fn finish(mut self) {
        if self.0.finish().is_ok() {
            let _ = self.0.stopped().await;
        }
    }
}

impl FrameReceiver {
    /// The next frame; `None` where the other side finished.
    ///
    /// # Errors
    /// [`StreamError`]; a frame that is too long is not read.
    pub async fn recv(&mut self) -> Result<Option<Vec<u8>>, StreamError> {
        let mut length = [0u8; 4];
        match self.0.read(&mut length).await.map_err(StreamError::lost)? {
            None | Some(0) => return Ok(None),
            Some(read) => self.0.read_exact(&mut length[read..]).await.map_err(StreamError::lost)?,
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > MAX_FRAME_BYTES {
            return Err(StreamError::TooLong { bytes: length, max: MAX_FRAME_BYTES });
        }
        let mut frame = vec![0; length];
        self.0.read_exact(&mut frame).await.map_err(StreamError::lost)?;
        Ok(Some(frame))
    }
}

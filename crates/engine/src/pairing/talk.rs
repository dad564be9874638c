//! Frames of the conversation.

use enginus_net::FrameStream;

use super::PairError;

/// Every frame begins with it.
const VERSION: u8 = 1;

/// Says one thing.
pub(super) async fn say(stream: &mut FrameStream, what: &[u8]) -> Result<(), PairError> {
    Ok(stream.send(&[&[VERSION], what].concat()).await?)
}

/// The next thing the other side says, of at most so many bytes.
pub(super) async fn hear(stream: &mut FrameStream, bytes_max: usize) -> Result<Vec<u8>, PairError> {
    let mut frame = stream.recv().await?.ok_or_else(|| PairError::Lost("it has nothing more to say".to_owned()))?;
    if frame.first() != Some(&VERSION) {
        return Err(PairError::Protocol("another version"));
    }
    if frame.len() > bytes_max {
        return Err(PairError::Protocol("more than it should"));
    }
    frame.remove(0);
    Ok(frame)
}

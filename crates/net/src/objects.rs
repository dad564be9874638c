//! Asking for sealed objects by name. Request: version, project, name. Answer: version and 0 for "not here or not for you", or
//! version and 1 and the bytes. Whether the asker may have it is the engine's question.

use enginus_model::{Hash, ProjectId};

use crate::{FrameReceiver, FrameSender, FrameStream, Peer, StreamError, StreamKind};

const VERSION: u8 = 1;
const REQUEST_BYTES: usize = 1 + 32 + 32;
const MISSING: u8 = 0;
const FOUND: u8 = 1;

/// A stream on which this device asks; one question at a time.
#[derive(Debug)]
pub struct ObjectRequests(FrameStream);

impl ObjectRequests {
    /// Opens the stream.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn open(peer: &Peer) -> Result<Self, StreamError> {
        peer.open(StreamKind::Objects).await.map(Self)
    }

    /// Asks for an object; `None` where the other side does not have it or may not give it. The bytes are checked against the
    /// name.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn get(&mut self, project: &ProjectId, name: &Hash) -> Result<Option<Vec<u8>>, StreamError> {
        let mut request = Vec::with_capacity(REQUEST_BYTES);
        request.push(VERSION);
        request.extend_from_slice(project.as_bytes());
        request.extend_from_slice(name.as_bytes());
        self.0.send(&request).await?;
        let answer = self.0.recv().await?.ok_or(StreamError::Protocol("a question without an answer"))?;
        match answer.as_slice() {
            [VERSION, MISSING] => Ok(None),
            [VERSION, FOUND, bytes @ ..] if Hash::of(bytes) == *name => Ok(Some(bytes.to_vec())),
            [VERSION, FOUND, ..] => Err(StreamError::Protocol("an object that is not the one asked for")),
            _ => Err(StreamError::Protocol("an answer of an unknown form")),
        }
    }
}

/// The next question on a stream that the other side opened; `None` at its end.
///
/// # Errors
/// [`StreamError`].
pub async fn next_object_request(receiver: &mut FrameReceiver) -> Result<Option<(ProjectId, Hash)>, StreamError> {
    let Some(request) = receiver.recv().await? else { return Ok(None) };
    let bytes: [u8; REQUEST_BYTES] =
        request.try_into().map_err(|_| StreamError::Protocol("a question of an unknown form"))?;
    if bytes[0] != VERSION {
        return Err(StreamError::Protocol("a question of an unknown version"));
    }
    let (mut project, mut name) = ([0u8; 32], [0u8; 32]);
    project.copy_from_slice(&bytes[1..33]);
    name.copy_from_slice(&bytes[33..]);
    Ok(Some((ProjectId(project), Hash(name))))
}

/// Answers a question.
///
/// # Errors
/// [`StreamError`].
pub async fn answer_object(sender: &mut FrameSender, object: Option<&[u8]>) -> Result<(), StreamError> {
    let mut answer = vec![VERSION, MISSING];
    if let Some(bytes) = object {
        answer[1] = FOUND;
        answer.extend_from_slice(bytes);
    }
    sender.send(&answer).await
}

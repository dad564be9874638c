//! Asking for sealed objects by name.
//!
//! A question: version, project, name. An answer: version and 0 for "not here or not for you" (which of the two is nobody's business),
//! or version and 1 and the bytes. Whether the asker may have an object is the engine's question. One stream carries one question
//! at a time; who wants more at once opens more streams.

use enginus_model::{Hash, ProjectId};

use crate::limits::{ANSWER_PATIENCE, MAX_OBJECT_BYTES};
use crate::{FrameReceiver, FrameSender, FrameStream, Peer, StreamError, StreamKind};

const VERSION: u8 = 1;
const REQUEST_BYTES: usize = 1 + 32 + 32;
/// Bytes of an answer before the object's own.
pub(crate) const ANSWER_HEAD_BYTES: usize = 2;
const MISSING: u8 = 0;
const FOUND: u8 = 1;

/// A stream on which this device asks; one question at a time.
#[derive(Debug)]
pub struct ObjectRequests {
    stream: FrameStream,
    /// A question stands without its answer having been taken: the next answer would be taken for another's.
    waiting: bool,
}

impl ObjectRequests {
    /// Opens the stream.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn open(peer: &Peer) -> Result<Self, StreamError> {
        Ok(Self { stream: peer.open(StreamKind::Objects).await?, waiting: false })
    }

    /// Asks for an object; `None` where the other side does not have it or may not give it. The bytes are checked against the
    /// name. After an error, or when the future is dropped before it is done, the stream is of no more use: open another.
    ///
    /// # Errors
    /// [`StreamError`]; [`StreamError::Stalled`] where nothing of the answer arrives for 30 s.
    pub async fn get(&mut self, project: &ProjectId, name: &Hash) -> Result<Option<Vec<u8>>, StreamError> {
        if self.waiting {
            return Err(StreamError::Protocol("a question before the answer to the last one"));
        }
        self.waiting = true;
        self.stream.send(&question(project, name)).await?;
        let answer = self.stream.recv_within(ANSWER_PATIENCE).await?;
        let object = read_answer(answer.ok_or(StreamError::Protocol("a question without an answer"))?, name)?;
        self.waiting = false;
        Ok(object)
    }
}

fn question(project: &ProjectId, name: &Hash) -> Vec<u8> {
    let mut question = Vec::with_capacity(REQUEST_BYTES);
    question.push(VERSION);
    question.extend_from_slice(project.as_bytes());
    question.extend_from_slice(name.as_bytes());
    question
}

fn read_answer(mut answer: Vec<u8>, name: &Hash) -> Result<Option<Vec<u8>>, StreamError> {
    match answer.as_slice() {
        [VERSION, MISSING] => Ok(None),
        [VERSION, FOUND, bytes @ ..] if Hash::of(bytes) == *name => {
            answer.drain(..ANSWER_HEAD_BYTES);
            Ok(Some(answer))
        }
        [VERSION, FOUND, ..] => Err(StreamError::Protocol("an object that is not the one asked for")),
        _ => Err(StreamError::Protocol("an answer of an unknown form")),
    }
}

fn read_question(question: Vec<u8>) -> Result<(ProjectId, Hash), StreamError> {
    let bytes: [u8; REQUEST_BYTES] =
        question.try_into().map_err(|_| StreamError::Protocol("a question of an unknown form"))?;
    if bytes[0] != VERSION {
        return Err(StreamError::Protocol("a question of an unknown version"));
    }
    let (mut project, mut name) = ([0u8; 32], [0u8; 32]);
    project.copy_from_slice(&bytes[1..33]);
    name.copy_from_slice(&bytes[33..]);
    Ok((ProjectId(project), Hash(name)))
}

/// The next question on a stream that the other side opened; `None` at its end. May be dropped and called again without losing
/// anything.
///
/// # Errors
/// [`StreamError`].
pub async fn next_object_request(receiver: &mut FrameReceiver) -> Result<Option<(ProjectId, Hash)>, StreamError> {
    receiver.recv().await?.map(read_question).transpose()
}

/// Answers a question: with the object, or with `None` where it is not here or not for the asker.
///
/// # Errors
/// [`StreamError`]; [`StreamError::TooLong`] for an object over [`MAX_OBJECT_BYTES`], after which the question still waits.
pub async fn answer_object(sender: &mut FrameSender, object: Option<&[u8]>) -> Result<(), StreamError> {
    match object {
        Some(bytes) if bytes.len() > MAX_OBJECT_BYTES => {
            Err(StreamError::TooLong { bytes: bytes.len(), max: MAX_OBJECT_BYTES })
        }
        Some(bytes) => sender.send_parts(&[&[VERSION, FOUND], bytes]).await,
        None => sender.send(&[VERSION, MISSING]).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_as_it_was_asked() {
        let asked = (ProjectId([3; 32]), Hash::of(b"object"));
        assert_eq!(read_question(question(&asked.0, &asked.1)), Ok(asked));
    }

    #[test]
    fn questions_of_another_form_are_refused() {
        let good = question(&ProjectId([3; 32]), &Hash::of(b"object"));
        let mut newer = good.clone();
        newer[0] = VERSION + 1;
        let mut longer = good.clone();
        longer.push(0);
        for bad in [Vec::new(), good[..good.len() - 1].to_vec(), longer, newer] {
            assert!(matches!(read_question(bad), Err(StreamError::Protocol(_))));
        }
    }

    #[test]
    fn answers_of_another_form_are_refused() {
        let name = Hash::of(b"object");
        assert_eq!(read_answer(vec![VERSION, MISSING], &name), Ok(None));
        assert_eq!(
            read_answer([&[VERSION, FOUND], b"object".as_slice()].concat(), &name),
            Ok(Some(b"object".to_vec()))
        );
        let altered = [&[VERSION, FOUND], b"0bject".as_slice()].concat();
        for bad in
            [vec![], vec![VERSION], vec![VERSION, MISSING, 0], vec![VERSION, 2], vec![VERSION + 1, MISSING], altered]
        {
            assert!(matches!(read_answer(bad, &name), Err(StreamError::Protocol(_))));
        }
    }
}

//! Asking for sealed objects by name, and for proof that they are there.
//!
//! A question: version, project, name; who wants a proof and not the object adds 32 random bytes. An answer: version and 0 for "not here
//! or not for you" (which of the two is nobody's business), or version and 1 and the bytes; a proof is the hash, keyed
//! with the random bytes, of the answering device's id and the object, which nobody can say without having the whole object at hand. Whether the asker may have an
//! object is the engine's question. One stream carries one question at a time; who wants more at once opens more streams.

use enginus_model::{DeviceId, Hash, ProjectId};

use crate::limits::{ANSWER_PATIENCE, MAX_OBJECT_BYTES};
use crate::{FrameReceiver, FrameSender, FrameStream, Peer, StreamError, StreamKind};

const VERSION: u8 = 1;
const REQUEST_BYTES: usize = 1 + 32 + 32;
const PROOF_REQUEST_BYTES: usize = REQUEST_BYTES + 32;
/// Bytes of an answer before the object's own.
pub(crate) const ANSWER_HEAD_BYTES: usize = 2;
const MISSING: u8 = 0;
const FOUND: u8 = 1;

/// What another device asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectQuestion {
    /// The project.
    pub project: ProjectId,
    /// The object's name.
    pub name: Hash,
    /// Where a proof is wanted and not the object: the key of the hash.
    pub proof: Option<[u8; 32]>,
}

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
        let answer = self.ask(&ObjectQuestion { project: *project, name: *name, proof: None }).await?;
        let object = read_answer(answer, |bytes| Hash::of(bytes) == *name)?;
        self.waiting = false;
        Ok(object)
    }

    /// Asks for the proof that the other side has an object: the hash, keyed with `key`, of its device id and the object, for
    /// the caller to compare. `None` where it does not have it or may not say so. Otherwise like [`Self::get`].
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn prove(
        &mut self,
        project: &ProjectId,
        name: &Hash,
        key: [u8; 32],
    ) -> Result<Option<Hash>, StreamError> {
        let answer = self.ask(&ObjectQuestion { project: *project, name: *name, proof: Some(key) }).await?;
        let proof = read_answer(answer, |bytes| bytes.len() == 32)?;
        self.waiting = false;
        Ok(proof.and_then(|bytes| bytes.try_into().ok()).map(Hash))
    }

    async fn ask(&mut self, asked: &ObjectQuestion) -> Result<Vec<u8>, StreamError> {
        if self.waiting {
            return Err(StreamError::Protocol("a question before the answer to the last one"));
        }
        self.waiting = true;
        self.stream.send(&question(asked)).await?;
        let answer = self.stream.recv_within(ANSWER_PATIENCE).await?;
        answer.ok_or(StreamError::Protocol("a question without an answer"))
    }
}

/// What proves that `device` has an object at hand: its id is part of it, so that nobody can pass on another's answer as their own.
#[must_use]
pub fn proof_of(key: &[u8; 32], device: &DeviceId, object: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(device.as_bytes());
    hasher.update(object);
    Hash(*hasher.finalize().as_bytes())
}

fn question(asked: &ObjectQuestion) -> Vec<u8> {
    let mut question = Vec::with_capacity(PROOF_REQUEST_BYTES);
    question.push(VERSION);
    question.extend_from_slice(asked.project.as_bytes());
    question.extend_from_slice(asked.name.as_bytes());
    question.extend(asked.proof.iter().flatten());
    question
}

fn read_answer(mut answer: Vec<u8>, is_right: impl Fn(&[u8]) -> bool) -> Result<Option<Vec<u8>>, StreamError> {
    match answer.as_slice() {
        [VERSION, MISSING] => Ok(None),
        [VERSION, FOUND, bytes @ ..] if is_right(bytes) => {
            answer.drain(..ANSWER_HEAD_BYTES);
            Ok(Some(answer))
        }
        [VERSION, FOUND, ..] => Err(StreamError::Protocol("an object that is not the one asked for")),
        _ => Err(StreamError::Protocol("an answer of an unknown form")),
    }
}

fn read_question(question: &[u8]) -> Result<ObjectQuestion, StreamError> {
    const FORM: StreamError = StreamError::Protocol("a question of an unknown form");
    let Some((&version, rest)) = question.split_first() else { return Err(FORM) };
    if version != VERSION {
        return Err(StreamError::Protocol("a question of an unknown version"));
    }
    let (project, rest) = rest.split_first_chunk().ok_or(FORM)?;
    let (name, rest) = rest.split_first_chunk().ok_or(FORM)?;
    let proof = if rest.is_empty() { None } else { Some(rest.try_into().map_err(|_| FORM)?) };
    Ok(ObjectQuestion { project: ProjectId(*project), name: Hash(*name), proof })
}

/// The next question on a stream that the other side opened; `None` at its end. May be dropped and called again without losing
/// anything.
///
/// # Errors
/// [`StreamError`].
pub async fn next_object_request(receiver: &mut FrameReceiver) -> Result<Option<ObjectQuestion>, StreamError> {
    receiver.recv().await?.map(|question| read_question(&question)).transpose()
}

/// Answers a question: with the object or the proof, or with `None` where it is not here or not for the asker.
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
        for proof in [None, Some([9; 32])] {
            let asked = ObjectQuestion { project: ProjectId([3; 32]), name: Hash::of(b"object"), proof };
            assert_eq!(read_question(&question(&asked)), Ok(asked));
        }
    }

    #[test]
    fn questions_of_another_form_are_refused() {
        let asked = ObjectQuestion { project: ProjectId([3; 32]), name: Hash::of(b"object"), proof: None };
        let good = question(&asked);
        let mut newer = good.clone();
        newer[0] = VERSION + 1;
        let mut longer = good.clone();
        longer.push(0);
        let mut longest = question(&ObjectQuestion { proof: Some([0; 32]), ..asked });
        longest.push(0);
        for bad in [Vec::new(), good[..good.len() - 1].to_vec(), longer, longest, newer] {
            assert!(matches!(read_question(&bad), Err(StreamError::Protocol(_))));
        }
    }

    #[test]
    fn answers_of_another_form_are_refused() {
        let right = |bytes: &[u8]| bytes == b"object";
        assert_eq!(read_answer(vec![VERSION, MISSING], right), Ok(None));
        assert_eq!(
            read_answer([&[VERSION, FOUND], b"object".as_slice()].concat(), right),
            Ok(Some(b"object".to_vec()))
        );
        let altered = [&[VERSION, FOUND], b"0bject".as_slice()].concat();
        for bad in
            [vec![], vec![VERSION], vec![VERSION, MISSING, 0], vec![VERSION, 2], vec![VERSION + 1, MISSING], altered]
        {
            assert!(matches!(read_answer(bad, right), Err(StreamError::Protocol(_))));
        }
    }
}

//! Giving a mailbox sealed objects to keep.
//!
//! A question: version, project, name, and the number of bytes (four, big-endian). An answer: version and an [`Answer`]. Where the
//! answer is "send it", the object follows as one frame, and a second answer says whether it is kept. Whether a name is the hash of the
//! bytes the mailbox checks; whether the device may put is the mailbox's question.

use enginus_model::{Hash, ProjectId};

use crate::limits::{ANSWER_PATIENCE, MAX_OBJECT_BYTES};
use crate::{FrameReceiver, FrameSender, FrameStream, Peer, StreamError, StreamKind};

const VERSION: u8 = 1;
const QUESTION_BYTES: usize = 1 + 32 + 32 + 4;

/// What a mailbox says to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is kept.
    Kept,
    /// Send it.
    Send,
    /// There is no room for it.
    Full,
    /// Not from this device, or not of this project, or no objects at all.
    Refused,
}

impl Answer {
    const ALL: [Self; 4] = [Self::Kept, Self::Send, Self::Full, Self::Refused];

    const fn byte(self) -> u8 {
        match self {
            Self::Kept => 0,
            Self::Send => 1,
            Self::Full => 2,
            Self::Refused => 3,
        }
    }
}

/// What a device wants to deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepositQuestion {
    /// The project.
    pub project: ProjectId,
    /// The object's name.
    pub name: Hash,
    /// How many bytes it has.
    pub bytes: usize,
}

/// A stream on which this device gives objects, one at a time.
#[derive(Debug)]
pub struct Deposits {
    stream: FrameStream,
}

impl Deposits {
    /// Opens the stream.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn open(mailbox: &Peer) -> Result<Self, StreamError> {
        Ok(Self { stream: mailbox.open(StreamKind::Deposits).await? })
    }

    /// Gives one object, unless it is kept already. Never [`Answer::Send`]. After an error, or when the future is dropped before it is
    /// done, the stream is of no more use: open another.
    ///
    /// # Errors
    /// [`StreamError`]; [`StreamError::TooLong`] for an object over [`MAX_OBJECT_BYTES`].
    pub async fn put(&mut self, project: &ProjectId, name: &Hash, bytes: &[u8]) -> Result<Answer, StreamError> {
        let too_long = StreamError::TooLong { bytes: bytes.len(), max: MAX_OBJECT_BYTES };
        let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= MAX_OBJECT_BYTES).ok_or(too_long)?;
        let question = [&[VERSION][..], project.as_bytes(), name.as_bytes(), &length.to_be_bytes()].concat();
        self.stream.send(&question).await?;
        match self.answer().await? {
            Answer::Send => {
                self.stream.send(bytes).await?;
                match self.answer().await? {
                    Answer::Send => Err(StreamError::Protocol("an object asked for twice")),
                    answer => Ok(answer),
                }
            }
            answer => Ok(answer),
        }
    }

    async fn answer(&mut self) -> Result<Answer, StreamError> {
        let answer = self.stream.recv_within(ANSWER_PATIENCE).await?;
        let read = match answer.as_deref() {
            Some([VERSION, byte]) => Answer::ALL.into_iter().find(|answer| answer.byte() == *byte),
            _ => None,
        };
        read.ok_or(StreamError::Protocol("an answer of an unknown form"))
    }
}

/// The next question on a stream that a device opened; `None` at its end.
///
/// # Errors
/// [`StreamError`].
pub async fn next_deposit(receiver: &mut FrameReceiver) -> Result<Option<DepositQuestion>, StreamError> {
    receiver.recv().await?.map(|question| read_question(&question)).transpose()
}

/// Answers a question. After [`Answer::Send`] the object is to be read with [`deposited`].
///
/// # Errors
/// [`StreamError`].
pub async fn answer_deposit(sender: &mut FrameSender, answer: Answer) -> Result<(), StreamError> {
    sender.send(&[VERSION, answer.byte()]).await
}

/// The object that was asked for: its bytes, as many as were announced and of the hash that is its name.
///
/// # Errors
/// [`StreamError::Protocol`] for anything else; [`StreamError::Stalled`] where nothing of it arrives for 30 s.
pub async fn deposited(receiver: &mut FrameReceiver, asked: &DepositQuestion) -> Result<Vec<u8>, StreamError> {
    let object = receiver.recv_within(ANSWER_PATIENCE).await?.unwrap_or_default();
    if object.len() == asked.bytes && Hash::of(&object) == asked.name {
        Ok(object)
    } else {
        Err(StreamError::Protocol("an object that is not the one announced"))
    }
}

fn read_question(question: &[u8]) -> Result<DepositQuestion, StreamError> {
    const FORM: StreamError = StreamError::Protocol("a question of an unknown form");
    let rest = match question {
        [VERSION, rest @ ..] if question.len() == QUESTION_BYTES => rest,
        _ => return Err(FORM),
    };
    let (project, rest) = rest.split_first_chunk().ok_or(FORM)?;
    let (name, rest) = rest.split_first_chunk().ok_or(FORM)?;
    let length: [u8; 4] = rest.try_into().map_err(|_| FORM)?;
    let bytes = u32::from_be_bytes(length) as usize;
    if bytes > MAX_OBJECT_BYTES {
        return Err(StreamError::TooLong { bytes, max: MAX_OBJECT_BYTES });
    }
    Ok(DepositQuestion { project: ProjectId(*project), name: Hash(*name), bytes })
}

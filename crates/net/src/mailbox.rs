//! What a device and a mailbox say to each other on a stream of [`StreamKind::Sync`](crate::StreamKind).
//!
//! The device speaks first, with [`Hello`]; the mailbox answers with [`Welcome`] or with a [`Notice`] and the end. From then on both
//! send frames of two links of the sync crate, and in between statements of the project's access list, which this crate does not read.
//! A frame is a byte that says what it is, then its content; a hello begins with the version of all of this.

use enginus_model::ProjectId;
use serde::{Deserialize, Serialize};

/// The version of what is said here.
const VERSION: u8 = 1;
/// Statements that one frame may carry.
pub const MAX_STATEMENTS: usize = 4096;
/// Invite keys that a hello may name.
pub const MAX_INVITES: usize = 8;
/// Characters of an admission code.
pub const MAX_CODE_BYTES: usize = 128;

const HELLO: u8 = 0;
const LINK: u8 = 1;
const STATEMENTS: u8 = 2;
const WELCOME: u8 = 3;
const ASK_LIST: u8 = 4;
const LIST_END: u8 = 5;
const NOTICE: u8 = 6;
const ERASE: u8 = 7;

/// What a device says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The project.
    pub project: ProjectId,
    /// Its genesis record, whose hash is the project's id.
    pub genesis: Vec<u8>,
    /// Public keys of invitations whose secret the device holds.
    pub invites: Vec<[u8; 32]>,
    /// What the operator gave out for admitting a project, where one did.
    pub code: Option<String>,
    /// Statements by which the device introduces itself to the access list.
    pub statements: Vec<Vec<u8>>,
}

/// How the project's access list stands to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// A member's.
    Member,
    /// Not named on it (yet).
    Unknown,
    /// Removed or expired: what it still has to hand over is taken, up to a limit.
    Former,
}

/// What a mailbox answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// How the list stands to the device now.
    pub standing: Standing,
    /// The chains of grants down to the invitations that the hello named.
    pub chains: Vec<Vec<u8>>,
    /// Whether it keeps sealed objects that are deposited.
    pub keeps_objects: bool,
}

/// Something a mailbox has to say about what it does or does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Notice {
    /// The operator does not admit this project.
    NotAdmitted,
    /// The genesis record is not this project's.
    NotThisProject,
    /// The hello cannot be read, or is of another version.
    NotUnderstood,
    /// How the list stands to the device changed.
    Standing(Standing),
    /// The project has taken the room it may take. What is here is still given.
    ProjectFull,
    /// The relay's disk is full. What is here is still given.
    StorageFull,
    /// More came at once than may; it goes on by itself.
    TooFast,
    /// There is room again.
    RoomAgain,
    /// A statement exceeds what the list may hold.
    ListFull,
    /// The storage behind the relay does not answer; it is tried again.
    Unavailable,
    /// The relay is being stopped: try another one, or the same in a while.
    Stopping,
    /// The project was let go by its owner or the operator.
    LetGo,
    /// It is not kept: only a device of the project's owner has it begin.
    NotKept,
}

/// One frame of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxFrame {
    /// From the device, first.
    Hello(Hello),
    /// From the mailbox, first.
    Welcome(Welcome),
    /// A frame of the link, from either.
    Link(Vec<u8>),
    /// Statements of the access list: from a device to be added, from the mailbox because they were added or asked for.
    Statements(Vec<Vec<u8>>),
    /// From the device: tell me the whole list.
    AskList,
    /// From the mailbox: that was all of it.
    ListEnd,
    /// From the mailbox.
    Notice(Notice),
    /// From a device of the owner: let go of everything that is kept of the project.
    Erase,
}

impl MailboxFrame {
    /// The bytes of a frame of the link, without copying them into a value first.
    #[must_use]
    pub fn link(frame: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(frame.len() + 1);
        bytes.push(LINK);
        bytes.extend_from_slice(frame);
        bytes
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (head, body) = match self {
            Self::Hello(hello) => (vec![HELLO, VERSION], postcard::to_allocvec(hello)),
            Self::Welcome(welcome) => (vec![WELCOME], postcard::to_allocvec(welcome)),
            Self::Link(frame) => return Self::link(frame),
            Self::Statements(statements) => (vec![STATEMENTS], postcard::to_allocvec(statements)),
            Self::AskList => return vec![ASK_LIST],
            Self::ListEnd => return vec![LIST_END],
            Self::Erase => return vec![ERASE],
            Self::Notice(notice) => (vec![NOTICE], postcard::to_allocvec(notice)),
        };
        // Plain data always encodes into memory.
        [head, body.unwrap_or_default()].concat()
    }

    /// Reads [`MailboxFrame::encode`]; `None` for anything else, also what exceeds a limit.
    #[must_use]
    pub fn decode(mut frame: Vec<u8>) -> Option<Self> {
        let (kind, body) = frame.split_first()?;
        Some(match *kind {
            HELLO => match body {
                [VERSION, body @ ..] => Self::Hello(read::<Hello>(body).filter(Hello::keeps_limits)?),
                _ => return None,
            },
            WELCOME => Self::Welcome(read::<Welcome>(body).filter(|said| said.chains.len() <= MAX_STATEMENTS)?),
            LINK => {
                frame.remove(0);
                Self::Link(frame)
            }
            STATEMENTS => Self::Statements(read::<Vec<Vec<u8>>>(body).filter(|said| said.len() <= MAX_STATEMENTS)?),
            ASK_LIST if body.is_empty() => Self::AskList,
            LIST_END if body.is_empty() => Self::ListEnd,
            ERASE if body.is_empty() => Self::Erase,
            NOTICE => Self::Notice(read(body)?),
            _ => return None,
        })
    }
}

impl Hello {
    fn keeps_limits(&self) -> bool {
        self.invites.len() <= MAX_INVITES
            && self.statements.len() <= MAX_STATEMENTS
            && self.code.as_ref().is_none_or(|code| code.len() <= MAX_CODE_BYTES)
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Option<T> {
    postcard::take_from_bytes(body).ok().filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames() -> Vec<MailboxFrame> {
        let hello = Hello {
            project: ProjectId([1; 32]),
            genesis: vec![1, 2, 3],
            invites: vec![[2; 32]],
            code: Some("code".to_owned()),
            statements: vec![vec![4; 300]],
        };
        let welcome = Welcome { standing: Standing::Former, chains: vec![vec![5; 10]], keeps_objects: true };
        vec![
            MailboxFrame::Hello(hello),
            MailboxFrame::Welcome(welcome),
            MailboxFrame::Link(vec![0, 1, 2]),
            MailboxFrame::Statements(vec![vec![9; 40], Vec::new()]),
            MailboxFrame::AskList,
            MailboxFrame::ListEnd,
            MailboxFrame::Notice(Notice::Standing(Standing::Member)),
        ]
    }

    #[test]
    fn what_is_said_is_heard() {
        for frame in frames() {
            assert_eq!(MailboxFrame::decode(frame.encode()), Some(frame));
        }
    }

    #[test]
    fn what_is_cut_extended_or_of_another_version_is_not_understood() {
        for frame in frames().into_iter().filter(|frame| !matches!(frame, MailboxFrame::Link(_))) {
            let bytes = frame.encode();
            for end in 0..bytes.len() {
                assert_eq!(MailboxFrame::decode(bytes[..end].to_vec()), None, "{frame:?} cut at {end}");
            }
            assert_eq!(MailboxFrame::decode([bytes.as_slice(), &[0]].concat()), None, "{frame:?} extended");
        }
        let mut newer = frames()[0].encode();
        newer[1] = VERSION + 1;
        assert_eq!(MailboxFrame::decode(newer), None);
        assert_eq!(MailboxFrame::decode(vec![77]), None);
    }

    #[test]
    fn a_hello_beyond_its_limits_is_not_understood() {
        let [MailboxFrame::Hello(hello), ..] = &frames()[..] else { unreachable!() };
        let many = Hello { invites: vec![[0; 32]; MAX_INVITES + 1], ..hello.clone() };
        let long = Hello { code: Some("x".repeat(MAX_CODE_BYTES + 1)), ..hello.clone() };
        for hello in [many, long] {
            assert_eq!(MailboxFrame::decode(MailboxFrame::Hello(hello).encode()), None);
        }
    }
}

//! What a person, a script or a window may ask, and what it is told: plain data, the same in a process and over the local socket.

mod access;
mod answer;
mod command;
mod failure;
mod secret;
mod session;
mod snapshot;

pub use access::{
    AccessAnswer, AccessChange, AccessCommand, AccessEvent, AccessView, DeviceAccess, FolderAccess, InvitationEntry,
    MemberAccess, RemovedInfo, ReviewEntry,
};
pub use answer::{
    AddedDocument, Answer, ConflictInfo, DocumentInfo, DocumentListing, FetchedFile, FileInfo, IdentityInfo,
    InvitationInfo, JoinState, MemberInfo, PeerReport, ProjectInfo, ProjectStatus, ProjectSummary, RevisionInfo,
    StatusInfo, SyncReport, Update,
};
pub use command::{Command, FileToAdd, InviteTerms, NewDocument, Selector};
pub use failure::{Failure, FailureKind};
pub use secret::Secret;
pub use session::{DeviceInfo, LockState, SessionAnswer, SessionCommand, SessionState};
pub use snapshot::{
    FileState, FolderSnapshot, HomeSnapshot, Notice, NoticeKind, PeerState, ProjectSnapshot, ProjectState, RelayState,
    SyncState,
};

//! What a window shows: immutable, cheap to clone, replaced whole when something changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use enginus_model::{DeviceId, DomainId, Hash, Instant, Language, PersonId, ProjectId};
use enginus_query::FolderView;

use super::{IdentityInfo, MemberInfo, ProjectSummary};

/// The home at a glance.
#[derive(Debug, Clone, Default)]
pub struct HomeSnapshot {
    /// Who, when known.
    pub identity: Option<IdentityInfo>,
    /// The projects, in order of name.
    pub projects: Vec<ProjectSummary>,
    /// Addresses this device can be reached at.
    pub addresses: Vec<String>,
    /// Whether the keys are protected and open, and whether the 24 words were confirmed.
    pub session: super::SessionState,
}

/// Whether the project can be worked in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectState {
    /// It is here.
    Active,
    /// A ticket was redeemed; nothing arrived yet.
    Pending {
        /// What is being waited for.
        why: String,
    },
    /// This person or this device was removed: what was here stays readable, nothing can be changed.
    Removed(super::RemovedInfo),
}

/// Where a file's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Only on this device as far as it knows.
    HereOnly,
    /// Here, and proved in a bucket or on another device.
    HereAndElsewhere,
    /// Not here; fetched when asked.
    Elsewhere,
    /// On its way.
    Fetching {
        /// 0–100.
        percent: u8,
    },
}

/// A connection to another device, as far as this project goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerState {
    /// Which device.
    pub device: DeviceId,
    /// The person's name or the device's short key.
    pub name: String,
    /// Connected now.
    pub connected: bool,
    /// It stated the heads this device holds.
    pub in_sync: bool,
    /// When it last did.
    pub last_in_sync: Option<Instant>,
}

/// How a project stands with one of its relays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayState {
    /// The relay's key.
    pub device: DeviceId,
    /// Its address as the project's settings name it.
    pub address: String,
    /// Its host and port.
    pub host: String,
    /// Connected now.
    pub connected: bool,
    /// It stated the heads this device holds.
    pub in_sync: bool,
    /// When it last did, also before the program was started.
    pub last_in_sync: Option<Instant>,
    /// What is wrong, where something is.
    pub problem: Option<String>,
}

/// How far the project is shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncState {
    /// Devices known.
    pub peers: Vec<PeerState>,
    /// The project's relays, in the order of their addresses.
    pub relays: Vec<RelayState>,
    /// Buckets: address, and the problem where there is one.
    pub buckets: Vec<(String, Option<String>)>,
    /// Envelopes of this device that nobody else has stated yet; 0 where there is nobody else.
    pub unsent: u64,
    /// When another device, a relay or a bucket last had everything it may have, and so this device everything it had: what is known of
    /// the members is as of then.
    pub confirmed: Option<Instant>,
    /// Files on their way in either direction.
    pub transfers: u64,
}

/// What sort of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Harmful changes were put aside.
    Quarantine,
    /// The home was copied or restored.
    Fork,
    /// Something waits for a key, a right or another envelope.
    Waiting,
    /// Storage, bucket or network trouble.
    Trouble,
}

/// Something a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Kind.
    pub kind: NoticeKind,
    /// What, why, and what to do.
    pub text: String,
    /// When it was noticed.
    pub at: Instant,
}

/// A folder of a project.
#[derive(Debug, Clone)]
pub struct FolderSnapshot {
    /// Its domain.
    pub domain: DomainId,
    /// Its id in the template.
    pub slug: String,
    /// Its name by language code (`en`, `tr`).
    pub names: BTreeMap<String, String>,
    /// Its rows.
    pub view: FolderView,
    /// The rows come from a snapshot, and so many entries are still being fetched and checked; none where all are here.
    pub arriving: Option<u64>,
    /// Whether this person may add and change documents in it.
    pub may_write: bool,
}

/// A project, complete.
#[derive(Debug, Clone)]
pub struct ProjectSnapshot {
    /// Its id.
    pub id: ProjectId,
    /// Rises with every change.
    pub generation: u64,
    /// Its name.
    pub name: String,
    /// Its own language.
    pub language: Language,
    /// Whether it can be worked in.
    pub state: ProjectState,
    /// The folders this person may read, in order.
    pub folders: Vec<FolderSnapshot>,
    /// Suitability codes offered: code, label by language.
    pub statuses: Vec<(String, BTreeMap<String, String>)>,
    /// Role ids offered in invitations: id, name by language.
    pub roles: Vec<(String, BTreeMap<String, String>)>,
    /// Whether this person may invite.
    pub may_invite: bool,
    /// The members.
    pub members: Arc<Vec<MemberInfo>>,
    /// Who may do what, for the members view.
    pub access: Arc<super::AccessView>,
    /// Names of persons.
    pub people: Arc<BTreeMap<PersonId, String>>,
    /// How far it is shared.
    pub sync: SyncState,
    /// States of files by manifest object; a file not listed is `Elsewhere`.
    pub files: imbl::HashMap<Hash, FileState>,
    /// What a person should know, newest first.
    pub notices: Vec<Notice>,
}

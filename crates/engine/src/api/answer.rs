//! Answers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use enginus_model::{DeviceId, DocumentId, Hash, Instant, PersonId, ProjectId, RevisionId, Sha256};
use serde::{Deserialize, Serialize};

use super::{Failure, Secret};

/// What a running command says: any number of notes, then one `Done`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Update {
    /// How far it is.
    Progress {
        /// What is being done: a file's name, "uploading" …
        what: String,
        /// Units done.
        done: u64,
        /// Units in all; 0 where unknown.
        total: u64,
    },
    /// One document is durable on this device, with its file.
    Added(AddedDocument),
    /// One file of several was refused; the others go on.
    Refused {
        /// Which.
        file: PathBuf,
        /// Why.
        failure: Failure,
    },
    /// `DeviceAdd`: what the new device is given within its time, as text or picture. Whoever has it becomes this person's device.
    DeviceCode {
        /// The code.
        code: Secret,
        /// When it ends, by this device's clock.
        expires: Instant,
    },
    /// The end.
    Done(Result<Answer, Failure>),
}

/// The end of a command that went well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// `Init`, `Identity`.
    Identity(Option<IdentityInfo>),
    /// `ProjectCreate`, `ProjectShow`.
    Project(Box<ProjectInfo>),
    /// `ProjectList`.
    Projects(Vec<ProjectSummary>),
    /// `Invite`.
    Invitation(InvitationInfo),
    /// `Join`.
    Joined(JoinState),
    /// `MemberList`.
    Members(Vec<MemberInfo>),
    /// To a [`super::AccessCommand`].
    Access(super::AccessAnswer),
    /// To a [`super::SessionCommand`].
    Session(super::SessionAnswer),
    /// `DocAdd`, `DocPlan`, `DevGenerate`: how many were added and how many refused.
    Added {
        /// Added.
        added: u64,
        /// Refused, each told before.
        refused: u64,
    },
    /// `DocRevise`, `DocShow`, `DocEdit`, `DocSettle`, `DocRemove`, `DocRestore`.
    Document(Box<DocumentInfo>),
    /// `DocList`.
    Documents(Vec<DocumentListing>),
    /// `DocGet`.
    Fetched(Vec<FetchedFile>),
    /// `LogExport`: rows written.
    Exported {
        /// Where.
        path: PathBuf,
        /// Rows of the first sheet, headings not counted.
        rows: u64,
    },
    /// `BundleExport`, `BundleImport`.
    Bundle {
        /// The project in it.
        project: String,
        /// Envelopes written, or new to this device.
        envelopes: u64,
        /// Sealed objects written, or new to this device.
        objects: u64,
        /// True when this device reads the project (it may have waited for exactly this bundle).
        joined: bool,
    },
    /// `SyncOnce`.
    Synced(SyncReport),
    /// `Status`.
    Status(StatusInfo),
    /// `Rebuild`: documents projected, and whether the projection was identical before and after.
    Rebuilt {
        /// Documents.
        documents: u64,
        /// Whether nothing changed.
        identical: bool,
    },
}

/// The person and device of a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityInfo {
    /// The person's key.
    pub person: PersonId,
    /// The device's key.
    pub device: DeviceId,
    /// The person's name.
    pub name: String,
    /// Their organisation.
    pub organisation: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// The UDP port this device listens on.
    pub port: u16,
}

/// A project in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSummary {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// `active`, `pending` (joined, not arrived yet).
    pub state: String,
    /// This person's roles in it.
    pub roles: Vec<String>,
    /// Documents that are not removed.
    pub documents: u64,
}

/// A project in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectInfo {
    /// As in the list.
    #[serde(flatten)]
    pub summary: ProjectSummary,
    /// Template id.
    pub template: String,
    /// Its own language.
    pub language: String,
    /// Folders in order: id, name in the project's language, documents.
    pub folders: Vec<(String, String, u64)>,
    /// Bucket addresses.
    pub buckets: Vec<String>,
    /// Relay addresses.
    #[serde(default)]
    pub relays: Vec<String>,
    /// Number of members.
    pub members: u64,
    /// Where the home of this device lies.
    pub home: PathBuf,
}

/// A fresh invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationInfo {
    /// The ticket to hand over.
    pub ticket: String,
    /// Role id.
    pub role: String,
    /// Folders it is narrowed to, by name; empty for all.
    pub folders: Vec<String>,
    /// When it expires.
    pub expires: Option<Instant>,
    /// The addresses in it.
    pub addresses: Vec<String>,
    /// The project's buckets that have it: it can be redeemed there while this device is off.
    #[serde(default)]
    pub in_buckets: Vec<String>,
    /// Those that could not be reached; the next exchange brings it there.
    #[serde(default)]
    pub not_in_buckets: Vec<String>,
    /// The project's relays that have it, by host.
    #[serde(default)]
    pub on_relays: Vec<String>,
    /// Those that could not be reached.
    #[serde(default)]
    pub not_on_relays: Vec<String>,
}

/// How a join stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinState {
    /// The project is here.
    Joined {
        /// Its id.
        id: ProjectId,
        /// Its name.
        name: String,
    },
    /// The ticket is kept; the project arrives with the first device, bucket or bundle that brings it.
    Pending {
        /// Its id.
        id: ProjectId,
        /// Its name.
        name: String,
        /// Why nothing came yet.
        why: String,
    },
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberInfo {
    /// The person's key.
    pub person: PersonId,
    /// Name as they gave it.
    pub name: String,
    /// Organisation.
    pub organisation: String,
    /// E-mail address.
    pub email: String,
    /// Role ids.
    pub roles: Vec<String>,
    /// Devices: key and name.
    pub devices: Vec<(DeviceId, String)>,
    /// Whether this is the asking person.
    pub is_me: bool,
}

/// What `doc add` acknowledges for each file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedDocument {
    /// The file it came from.
    pub file: PathBuf,
    /// The document's id.
    pub id: DocumentId,
    /// Folder name.
    pub folder: String,
    /// Number.
    pub number: String,
    /// Title.
    pub title: String,
    /// Revision code.
    pub revision: String,
    /// Bytes.
    pub size: u64,
    /// Digest.
    pub sha256: Sha256,
    /// Another document of the folder has this number already.
    pub number_clash: bool,
}

/// One line of `doc list`: shared facts only, so that two devices in sync print the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentListing {
    /// The document's id.
    pub id: DocumentId,
    /// Folder name in the project's language.
    pub folder: String,
    /// Subfolder.
    pub path: String,
    /// Number.
    pub number: String,
    /// Title.
    pub title: String,
    /// Current revision code.
    pub revision: String,
    /// Its suitability.
    pub status: String,
    /// Why it was added.
    pub reason: String,
    /// By whom.
    pub added_by: String,
    /// When (RFC 3339, UTC).
    pub added_at: String,
    /// Primary file's name.
    pub file: Option<String>,
    /// Its bytes.
    pub size: Option<u64>,
    /// Its digest.
    pub sha256: Option<Sha256>,
    /// Number of revisions.
    pub revision_count: u64,
    /// Something about it waits for a person.
    pub conflict: bool,
    /// It is removed.
    pub removed: bool,
    /// Further columns.
    pub fields: BTreeMap<String, String>,
}

/// One file of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Digest.
    pub sha256: Sha256,
    /// Whether the bytes are on this device.
    pub here: bool,
}

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionInfo {
    /// Its id.
    pub id: RevisionId,
    /// Code.
    pub revision: String,
    /// Suitability.
    pub status: String,
    /// Why.
    pub reason: String,
    /// By whom.
    pub added_by: String,
    /// When (RFC 3339, UTC).
    pub added_at: String,
    /// Digest of the primary file.
    pub sha256: Option<Sha256>,
    /// All files, the primary one first.
    pub files: Vec<FileInfo>,
    /// Another revision carries the same code.
    pub in_conflict: bool,
}

/// One document in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentInfo {
    /// As in the list.
    #[serde(flatten)]
    pub listing: DocumentListing,
    /// All revisions, oldest first.
    #[serde(rename = "revisions")]
    pub all_revisions: Vec<RevisionInfo>,
    /// Concurrent edits that wait for a person.
    pub conflicts: Vec<ConflictInfo>,
    /// Another document of the folder has the same number.
    pub number_clash: bool,
}

/// A field that several people changed at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictInfo {
    /// Which: `number`, `title`, `path` …
    pub field: String,
    /// The value shown meanwhile, the same on every device.
    pub shown: String,
    /// What else was written: value and author's name.
    pub others: Vec<(String, String)>,
}

/// A file written out by `doc get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchedFile {
    /// Where.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Digest, checked.
    pub sha256: Sha256,
}

/// One side `sync` talked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerReport {
    /// Project name.
    pub project: String,
    /// A device's name or key, or a bucket's address.
    pub with: String,
    /// `device` or `bucket`.
    pub kind: String,
    /// Whether it answered.
    pub reachable: bool,
    /// Whether both sides stated equal heads, files included.
    pub in_sync: bool,
    /// Envelopes received.
    pub received: u64,
    /// Envelopes sent.
    pub sent: u64,
    /// Sealed objects received.
    pub objects_received: u64,
    /// Sealed objects sent.
    pub objects_sent: u64,
    /// Why not, where something is wrong.
    pub problem: Option<String>,
}

/// What `sync` did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncReport {
    /// Each side.
    pub sides: Vec<PeerReport>,
    /// Somebody was reached, every reachable side has equal heads, and this device has every file that it keeps.
    pub in_sync: bool,
    /// Files this device keeps by rule but does not have yet.
    pub files_missing: u64,
}

/// How a device stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusInfo {
    /// Who.
    pub identity: Option<IdentityInfo>,
    /// Where.
    pub home: PathBuf,
    /// Whether a desktop or agent is running on the home, and the network is up.
    pub running: bool,
    /// Addresses this device can be reached at, while running.
    pub addresses: Vec<String>,
    /// Each project: summary, clock digest, envelopes, held, quarantined, files here, files missing.
    pub projects: Vec<ProjectStatus>,
}

/// A project's part of `status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectStatus {
    /// As in the list.
    #[serde(flatten)]
    pub summary: ProjectSummary,
    /// Digest over every tip this device holds.
    pub heads: Hash,
    /// Envelopes held.
    pub envelopes: u64,
    /// Some folders are shown from a snapshot, and so many envelopes are still being fetched and checked; none where all are here.
    #[serde(default)]
    pub arriving: Option<u64>,
    /// Envelopes that wait for a key, a right or another envelope.
    pub waiting: u64,
    /// Envelopes put aside as harmful.
    pub quarantined: u64,
    /// Envelopes of removed members that wait for a manager.
    #[serde(default)]
    pub for_review: u64,
    /// Documents that wait for a person: a conflict, a clash of numbers.
    #[serde(default)]
    pub attention: u64,
    /// Files the device keeps by rule and has.
    pub files_here: u64,
    /// Files the device keeps by rule and lacks.
    pub files_missing: u64,
    /// What a person should know.
    pub notices: Vec<String>,
}

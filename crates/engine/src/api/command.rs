//! Commands.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{AccessCommand, SessionCommand};

/// Which project is meant: its name, its id or the start of it; `None` where a home has only one.
pub type Selector = Option<String>;

/// One file of a `DocAdd`, with what the person said of it; what is `None` comes from the file's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileToAdd {
    /// Absolute path on this device.
    pub path: PathBuf,
    /// Subfolder inside the project folder, `/` between names.
    pub subfolder: String,
    /// Document number.
    pub number: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Revision code.
    pub revision: Option<String>,
    /// Suitability code.
    pub status: Option<String>,
    /// Further columns by name.
    pub fields: Vec<(String, String)>,
}

/// A document planned before any file exists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDocument {
    /// Document number.
    pub number: String,
    /// Title.
    pub title: String,
    /// Subfolder inside the project folder.
    pub subfolder: String,
    /// Further columns by name.
    pub fields: Vec<(String, String)>,
}

/// What an invitation says beyond role, folders and expiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteTerms {
    /// The contact card of the one person it is for; otherwise whoever carries the ticket.
    pub to: Option<String>,
    /// How many persons may join with it.
    pub uses: u32,
    /// Seconds until the access itself ends; `None` for no end.
    pub access_seconds: Option<i64>,
    /// Whether the past of the folders is open too; otherwise only what is added from now on.
    pub history: bool,
}

impl Default for InviteTerms {
    /// One person, whoever carries the ticket, without an end, with the past.
    fn default() -> Self {
        Self { to: None, uses: 1, access_seconds: None, history: true }
    }
}

/// Everything the engine can be asked to do. One command is one person's action: it is done whole or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Makes this home a device of a new person. Refused where an identity exists.
    Init {
        /// The person's name.
        name: String,
        /// Their organisation.
        organisation: Option<String>,
        /// Their e-mail address.
        email: Option<String>,
    },
    /// Who this device belongs to.
    Identity,
    /// Creates a project whose owner is this person.
    ProjectCreate {
        /// Its name.
        name: String,
        /// Template id: `ges`, `engineering`.
        template: String,
        /// Bucket addresses, none to several.
        buckets: Vec<String>,
        /// Relay addresses, none to several.
        relays: Vec<String>,
        /// The project's own language: `en` or `tr`.
        language: String,
    },
    /// Has a project use a relay from now on, or no longer. Answers the project.
    ProjectRelay {
        /// Which.
        project: Selector,
        /// The relay's address; to take one away its host is enough where only one is on it.
        address: String,
        /// Whether it is used.
        used: bool,
    },
    /// Has a relay delete everything it keeps of a project, and the project use it no longer. The owner alone may. Answers the project.
    RelayErase {
        /// Which.
        project: Selector,
        /// The relay's address; its host is enough where only one is on it.
        address: String,
    },
    /// The projects of this home.
    ProjectList,
    /// One project.
    ProjectShow {
        /// Which.
        project: Selector,
    },
    /// Takes a project off this device that is still on its way to it; the ticket is thrown away. Answers the projects that are left.
    ProjectForget {
        /// Which.
        project: Selector,
    },
    /// Makes a ticket.
    Invite {
        /// Which project.
        project: Selector,
        /// Role id.
        role: String,
        /// Only these folders, when any.
        folders: Vec<String>,
        /// Seconds until the ticket expires.
        expires_seconds: Option<i64>,
        /// Who and how else.
        #[serde(default)]
        terms: InviteTerms,
    },
    /// Asks about members and their access, or changes them.
    Access(AccessCommand),
    /// Redeems a ticket. Answers `JoinState::Pending` when nobody could be reached within `wait_ms`.
    Join {
        /// The ticket's text.
        ticket: String,
        /// How long to try, in milliseconds.
        wait_ms: u64,
    },
    /// Asks about this person's keys and devices, or changes them.
    Session(SessionCommand),
    /// The members.
    MemberList {
        /// Which project.
        project: Selector,
    },
    /// Adds documents, each acknowledged alone through `Update::Added`.
    DocAdd {
        /// Which project.
        project: Selector,
        /// Folder name in any of the project's languages, or id.
        folder: String,
        /// The files.
        files: Vec<FileToAdd>,
        /// Why; never empty.
        reason: String,
    },
    /// Plans documents that have no file yet, as one change.
    DocPlan {
        /// Which project.
        project: Selector,
        /// Folder.
        folder: String,
        /// The documents.
        documents: Vec<NewDocument>,
        /// Why.
        reason: String,
    },
    /// Adds a revision to a document.
    DocRevise {
        /// Which project.
        project: Selector,
        /// `NUMBER`, `FOLDER/NUMBER` or a document id.
        number: String,
        /// The files, the primary one first.
        files: Vec<PathBuf>,
        /// The code; `None` takes the next.
        revision: Option<String>,
        /// Suitability; `None` keeps the current one.
        status: Option<String>,
        /// Why; never empty.
        reason: String,
    },
    /// Changes fields of a document: `number`, `title`, `path`, or any further column.
    DocEdit {
        /// Which project.
        project: Selector,
        /// `NUMBER`, `FOLDER/NUMBER` or a document id.
        number: String,
        /// Field and new value.
        fields: Vec<(String, String)>,
    },
    /// Settles a concurrent edit by keeping one of the values.
    DocSettle {
        /// Which project.
        project: Selector,
        /// `NUMBER`, `FOLDER/NUMBER` or a document id.
        number: String,
        /// The field in conflict.
        field: String,
        /// The value that stays.
        keep: String,
    },
    /// The register, of one folder or all.
    DocList {
        /// Which project.
        project: Selector,
        /// Folder.
        folder: Option<String>,
        /// Removed documents too.
        removed: bool,
    },
    /// One document.
    DocShow {
        /// Which project.
        project: Selector,
        /// `NUMBER`, `FOLDER/NUMBER` or a document id.
        number: String,
    },
    /// Writes a revision's files out, hash-checked.
    DocGet {
        /// Which project.
        project: Selector,
        /// `NUMBER`, `FOLDER/NUMBER` or a document id.
        number: String,
        /// The code, or the start of a revision id; `None` takes the current revision.
        revision: Option<String>,
        /// Absolute file or folder to write to.
        output: PathBuf,
        /// How long other devices may be asked, in milliseconds.
        wait_ms: u64,
    },
    /// Removes a document from the register; it can be restored.
    DocRemove {
        /// Which project.
        project: Selector,
        /// `NUMBER`, `FOLDER/NUMBER` or a document id.
        number: String,
        /// Why.
        reason: String,
    },
    /// Takes a removal back.
    DocRestore {
        /// Which project.
        project: Selector,
        /// `NUMBER`, `FOLDER/NUMBER` or a document id.
        number: String,
        /// Why.
        reason: String,
    },
    /// Writes a folder's log as a workbook.
    LogExport {
        /// Which project.
        project: Selector,
        /// Folder.
        folder: String,
        /// Absolute path of the workbook.
        output: PathBuf,
    },
    /// Writes a project into one file, for a device without a network.
    BundleExport {
        /// Which project.
        project: Selector,
        /// Absolute path of the bundle.
        output: PathBuf,
        /// The files of current revisions too.
        files: bool,
    },
    /// Takes a bundle in.
    BundleImport {
        /// Absolute path of the bundle.
        input: PathBuf,
    },
    /// Exchanges with every device and bucket that can be reached, until equal.
    SyncOnce {
        /// Which project; `None` is all of them.
        project: Selector,
        /// How long to try, in milliseconds.
        wait_ms: u64,
    },
    /// How this device stands.
    Status {
        /// Which project; `None` is all of them.
        project: Selector,
    },
    /// Recreates every cache of a project from its envelopes.
    Rebuild {
        /// Which project.
        project: Selector,
    },
    /// Adds generated documents, for trying out large projects. Not in the help.
    DevGenerate {
        /// Which project.
        project: Selector,
        /// Folder.
        folder: String,
        /// How many.
        count: u32,
    },
}

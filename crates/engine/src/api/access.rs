//! Who may do what: what can be asked about it, and what is told.

use std::collections::BTreeMap;

use enginus_model::{DeviceId, Hash, Instant, PersonId, RoleTemplate};
use serde::{Deserialize, Serialize};

use super::Selector;

/// Asks about members and their access, or changes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessCommand {
    /// Removes a member: what they wrote so far stays, nothing later counts, and they read nothing new.
    Revoke {
        /// Which project.
        project: Selector,
        /// Name, e-mail address or the start of an id.
        who: String,
        /// Why; never empty.
        reason: String,
        /// Only tell what it would do.
        preview: bool,
    },
    /// Gives a member another role in place of the roles they have.
    Role {
        /// Which project.
        project: Selector,
        /// Name, e-mail address or the start of an id.
        who: String,
        /// The new role's id.
        role: String,
        /// Only these folders, when any.
        folders: Vec<String>,
        /// Seconds until the access ends; `None` for no end.
        expires_seconds: Option<i64>,
        /// Why.
        reason: String,
        /// Only tell what it would do.
        preview: bool,
    },
    /// The invitations that can still bring somebody in.
    Invitations {
        /// Which project.
        project: Selector,
    },
    /// Cancels an invitation; whoever came with it already stays.
    CancelInvitation {
        /// Which project.
        project: Selector,
        /// The start of the invitation's id.
        invitation: String,
        /// Why.
        reason: String,
    },
    /// What is held for review: written by removed members past what their removal let stand.
    Review {
        /// Which project.
        project: Selector,
    },
    /// Accepts held entries after all, with what they build on.
    Accept {
        /// Which project.
        project: Selector,
        /// The starts of the entries' ids; none for all.
        entries: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Every decision about access, oldest first.
    History {
        /// Which project.
        project: Selector,
    },
    /// The project's roles.
    Roles {
        /// Which project.
        project: Selector,
    },
    /// Adds or changes a role. Grants made before stay as they are.
    SaveRole {
        /// Which project.
        project: Selector,
        /// The role.
        role: Box<RoleTemplate>,
    },
}

/// Answers to an [`AccessCommand`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessAnswer {
    /// A removal or a change of role, done or only looked at.
    Changed(AccessChange),
    /// Open invitations, oldest first.
    Invitations(Vec<InvitationEntry>),
    /// One invitation was cancelled.
    Cancelled(InvitationEntry),
    /// What waits for review, oldest first.
    Review(Vec<ReviewEntry>),
    /// How many entries count from now on.
    Accepted {
        /// How many.
        entries: u64,
    },
    /// Decisions, oldest first.
    History(Vec<AccessEvent>),
    /// The roles in order of rank.
    Roles(Vec<RoleTemplate>),
}

/// What a change of access does, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessChange {
    /// Whom it concerns.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Whether it was done; otherwise this is what it would do.
    pub done: bool,
    /// Their devices.
    pub devices: Vec<String>,
    /// Folders they can read no more of what is written from now on, by name.
    pub loses_reading: Vec<String>,
    /// Folders they can write no more, by name.
    pub loses_writing: Vec<String>,
    /// Folders they gain, by name.
    pub gains: Vec<String>,
    /// How many of their entries stay as they are.
    pub entries_kept: u64,
    /// How many of their entries that are here wait for review already.
    pub entries_held: u64,
    /// When one of their devices was last heard of; anything it wrote since then is held for review when it arrives.
    pub last_seen: Option<Instant>,
    /// Members and invitations that came through them, who stay.
    pub brought_in: Vec<String>,
    /// Keys that are made anew, counted in folders and project-wide domains.
    pub keys_renewed: u64,
}

/// An open invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationEntry {
    /// Its id.
    pub id: Hash,
    /// The role it gives.
    pub role: String,
    /// The folders it is narrowed to, by name; empty for all the role reads.
    pub folders: Vec<String>,
    /// Who invites.
    pub by: String,
    /// When, as they say.
    pub at: Instant,
    /// When the ticket ends.
    pub expires: Option<Instant>,
    /// Whether that is past by this device's clock.
    pub expired: bool,
    /// How many persons it can still bring in.
    pub uses_left: u32,
    /// Who came with it.
    pub joined: Vec<String>,
}

/// One entry that is held for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewEntry {
    /// Its id.
    pub id: Hash,
    /// Who wrote it.
    pub by: String,
    /// With which device.
    pub device: DeviceId,
    /// The folder, by name.
    pub folder: String,
    /// When it arrived here.
    pub received: Instant,
    /// The numbers of the documents it adds or changes, as far as this device can open it.
    pub documents: Vec<String>,
    /// Whether this person may accept it.
    pub may_accept: bool,
}

/// One decision about access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessEvent {
    /// The statement's id.
    pub id: Hash,
    /// `grant`, `invitation`, `joined`, `device`, `removal`, `role-change`, `cancellation`, `device-removal`, `acceptance`.
    pub kind: String,
    /// Who decided.
    pub by: String,
    /// Whom it concerns.
    pub about: String,
    /// The role it gives, where it gives one.
    pub role: String,
    /// Why, where somebody said.
    pub reason: String,
    /// When, as they say.
    pub at: Instant,
    /// Why it does not count, where it does not.
    pub refused: Option<String>,
    /// The signing key, in hexadecimal: whoever has the statement checks the signature with it.
    pub signer: String,
}

/// What a member may do in one folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderAccess {
    /// Reads it.
    pub read: bool,
    /// Adds and changes documents.
    pub records: bool,
    /// Comments.
    pub comments: bool,
    /// Decides about revisions.
    pub reviews: bool,
    /// Gives access to others.
    pub manage: bool,
}

/// A member, past or present, as the window shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAccess {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their organisation.
    pub organisation: String,
    /// Role ids, highest first.
    pub roles: Vec<String>,
    /// 0 is the owner.
    pub rank: u32,
    /// By folder slug.
    pub folders: BTreeMap<String, FolderAccess>,
    /// Their devices.
    pub devices: Vec<DeviceAccess>,
    /// Who brought them in.
    pub invited_by: Option<String>,
    /// Since when.
    pub since: Instant,
    /// When their access ends, where it does.
    pub not_after: Option<Instant>,
    /// When one of their devices was last heard of.
    pub last_seen: Option<Instant>,
    /// Whether they were removed.
    pub former: bool,
    /// Whether this is the person of this device.
    pub is_me: bool,
    /// Whether this person may change or remove them.
    pub may_change: bool,
}

/// A device of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAccess {
    /// Which.
    pub device: DeviceId,
    /// What its person calls it.
    pub name: String,
    /// Since when.
    pub since: Instant,
    /// Whether it was removed.
    pub removed: bool,
    /// When it was last heard of.
    pub last_seen: Option<Instant>,
}

/// How a project ended for this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedInfo {
    /// Who removed the person or the device.
    pub by: String,
    /// When, as they say.
    pub at: Instant,
    /// Why.
    pub reason: String,
}

/// What the members view of a window shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessView {
    /// Present members by rank, then former ones.
    pub members: Vec<MemberAccess>,
    /// Open invitations.
    pub invitations: Vec<InvitationEntry>,
    /// How many entries wait for review.
    pub waiting_for_review: u64,
    /// Whether this person may accept any of them.
    pub may_review: bool,
}

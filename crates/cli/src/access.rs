//! Verbs about members and their access: grammar, commands, answers.

use std::path::PathBuf;

use clap::Subcommand;
use enginus_engine::api::{AccessAnswer, AccessChange, AccessCommand, Command, Failure, FailureKind, InvitationEntry};

use crate::args::parse_duration;
use crate::show::{json_line, line, minute};
use crate::texts::Texts;

/// A role's file is at most this long.
const ROLE_FILE_BYTES_MAX: u64 = 64 * 1024;

/// `member …`
#[derive(Debug, Subcommand)]
pub(crate) enum MemberVerb {
    /// List the members with their roles and devices
    List,
    /// Remove a member: what they wrote stays, nothing later counts, and they read nothing new
    Revoke {
        /// Name, e-mail address or the start of an id
        who: String,
        /// Why
        #[arg(long, required_unless_present = "preview", default_value = "")]
        reason: String,
        /// Only tell what it would do
        #[arg(long)]
        preview: bool,
    },
    /// Give a member another role in place of the one they have
    Role {
        /// Name, e-mail address or the start of an id
        who: String,
        /// The new role
        role: String,
        /// Only this folder (repeat for several)
        #[arg(long = "folder", value_name = "FOLDER")]
        folders: Vec<String>,
        /// When the access ends: 12h, 30d, 52w; never if left out
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        until: Option<i64>,
        /// Why
        #[arg(long, required_unless_present = "preview", default_value = "")]
        reason: String,
        /// Only tell what it would do
        #[arg(long)]
        preview: bool,
    },
    /// Every decision about access, with who made it and why
    History,
}

/// `invite …` beside making a ticket
#[derive(Debug, Subcommand)]
pub(crate) enum InviteVerb {
    /// List the invitations that can still be used
    List,
    /// Cancel an invitation; whoever came with it stays
    Cancel {
        /// The start of its id
        id: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// `review …`
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewVerb {
    /// What removed members wrote past their removal, held until a manager decides
    List,
    /// Accept held entries, with what they build on
    Accept {
        /// The starts of their ids; all of them if left out
        ids: Vec<String>,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// `role …`
#[derive(Debug, Subcommand)]
pub(crate) enum RoleVerb {
    /// List the project's roles
    List,
    /// Add or change a role from a JSON file in the form that `role list --json` prints
    Set {
        /// The file
        file: PathBuf,
    },
}

pub(crate) fn member(project: Option<String>, verb: MemberVerb) -> Command {
    Command::Access(match verb {
        MemberVerb::List => return Command::MemberList { project },
        MemberVerb::Revoke { who, reason, preview } => AccessCommand::Revoke { project, who, reason, preview },
        MemberVerb::Role { who, role, folders, until, reason, preview } => {
            AccessCommand::Role { project, who, role, folders, expires_seconds: until, reason, preview }
        }
        MemberVerb::History => AccessCommand::History { project },
    })
}

pub(crate) fn invitation(project: Option<String>, verb: InviteVerb) -> Command {
    Command::Access(match verb {
        InviteVerb::List => AccessCommand::Invitations { project },
        InviteVerb::Cancel { id, reason } => AccessCommand::CancelInvitation { project, invitation: id, reason },
    })
}

pub(crate) fn review(project: Option<String>, verb: ReviewVerb) -> Command {
    Command::Access(match verb {
        ReviewVerb::List => AccessCommand::Review { project },
        ReviewVerb::Accept { ids, reason } => AccessCommand::Accept { project, entries: ids, reason },
    })
}

pub(crate) fn role(project: Option<String>, verb: RoleVerb) -> Result<Command, Failure> {
    Ok(Command::Access(match verb {
        RoleVerb::List => AccessCommand::Roles { project },
        RoleVerb::Set { file } => {
            let unreadable = |why: &dyn std::fmt::Display| {
                Failure::new(FailureKind::BadInput, format!("{} is no role: {why}", file.display()))
                    .hint("begin with what `enginus role list --json` prints")
            };
            let length = std::fs::metadata(&file).map_err(|error| unreadable(&error))?.len();
            if length > ROLE_FILE_BYTES_MAX {
                return Err(unreadable(&"it is far too long"));
            }
            let text = std::fs::read_to_string(&file).map_err(|error| unreadable(&error))?;
            let role = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
            AccessCommand::SaveRole { project, role: Box::new(role) }
        }
    }))
}

/// An answer as JSON.
pub(crate) fn show_json(answer: &AccessAnswer) {
    match answer {
        AccessAnswer::Changed(change) => json_line(change),
        AccessAnswer::Invitations(invitations) => json_line(invitations),
        AccessAnswer::Cancelled(invitation) => json_line(invitation),
        AccessAnswer::Review(entries) => json_line(entries),
        AccessAnswer::Accepted { entries } => json_line(&serde_json::json!({ "accepted": entries })),
        AccessAnswer::History(events) => json_line(events),
        AccessAnswer::Roles(roles) => json_line(roles),
    }
}

/// An answer as text.
pub(crate) fn show_text(texts: &Texts, answer: &AccessAnswer) {
    match answer {
        AccessAnswer::Changed(change) => change_text(texts, change),
        AccessAnswer::Invitations(invitations) => {
            if invitations.is_empty() {
                line(texts.say("invitations-none", &[]));
            }
            for invitation in invitations {
                invitation_text(texts, invitation);
            }
        }
        AccessAnswer::Cancelled(invitation) => {
            line(texts.say("invitation-cancelled", &[("role", invitation.role.clone().into())]));
        }
        AccessAnswer::Review(entries) => {
            if entries.is_empty() {
                line(texts.say("review-none", &[]));
            }
            for entry in entries {
                let documents = entry.documents.join(", ");
                line(format!(
                    "{}  {}  {}  {}  {documents}",
                    entry.id.short(),
                    day(entry.received),
                    entry.by,
                    entry.folder
                ));
            }
        }
        AccessAnswer::Accepted { entries } => line(texts.say("review-accepted", &[("count", (*entries).into())])),
        AccessAnswer::History(events) => {
            for event in events {
                let kind = texts.say(&format!("access-{}", event.kind), &[]);
                let about = [event.about.as_str(), event.role.as_str()].join(" ");
                let refused =
                    event.refused.as_ref().map_or_else(String::new, |why| format!("  ! {}", texts.phrase(why)));
                let reason = if event.reason.is_empty() { String::new() } else { format!(": {}", event.reason) };
                line(format!("{}  {}  {kind} {}{reason}{refused}", minute(event.at), event.by, about.trim()));
            }
        }
        AccessAnswer::Roles(roles) => {
            for role in roles {
                let name = role.name.by_code().get(texts.language()).cloned().unwrap_or_default();
                line(format!("{:<22} {:>4}  {name}", role.id, role.rank));
            }
        }
    }
}

fn change_text(texts: &Texts, change: &AccessChange) {
    let id = if change.done { "access-changed" } else { "access-would-change" };
    line(texts.say(id, &[("name", change.name.clone().into())]));
    let tell = |id: &str, names: &[String]| {
        if !names.is_empty() {
            line(format!("  {}", texts.say(id, &[("names", names.join(", ").into())])));
        }
    };
    tell("access-devices", &change.devices);
    tell("access-loses-reading", &change.loses_reading);
    tell("access-loses-writing", &change.loses_writing);
    tell("access-gains", &change.gains);
    tell("access-brought-in", &change.brought_in);
    line(format!("  {}", texts.say("access-entries-kept", &[("count", change.entries_kept.into())])));
    if change.entries_held > 0 {
        line(format!("  {}", texts.say("access-entries-held", &[("count", change.entries_held.into())])));
    }
    if let Some(seen) = change.last_seen {
        line(format!("  {}", texts.say("access-last-seen", &[("when", minute(seen).into())])));
    }
    if change.keys_renewed > 0 {
        line(format!("  {}", texts.say("access-keys", &[("count", change.keys_renewed.into())])));
    }
}

fn invitation_text(texts: &Texts, invitation: &InvitationEntry) {
    let expires = match invitation.expires {
        Some(_) if invitation.expired => texts.say("invitation-expired", &[]),
        Some(end) => texts.say("invitation-until", &[("when", minute(end).into())]),
        None => String::new(),
    };
    let joined = invitation.joined.join(", ");
    line(format!(
        "{}  {:<22} {}  {}  {expires}  {joined}",
        invitation.id.short(),
        invitation.role,
        invitation.by,
        texts.say("invitation-uses", &[("count", invitation.uses_left.into())]),
    ));
}

fn day(at: enginus_model::Instant) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}

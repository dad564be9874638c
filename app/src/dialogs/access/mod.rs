//! Changes of access: each shows what it will do before it is done, and keeps why.

mod accept;
mod cancel;
mod preview;
mod revoke;
mod role;

use enginus_engine::api::MemberAccess;

pub(crate) use accept::AcceptDialog;
pub(crate) use cancel::CancelInvitationDialog;
pub(crate) use revoke::RevokeDialog;
pub(crate) use role::RoleDialog;

/// A member's name, or the start of their key where they gave none.
#[must_use]
pub(crate) fn member_name(member: &MemberAccess) -> String {
    if member.name.is_empty() { member.person.short() } else { member.name.clone() }
}

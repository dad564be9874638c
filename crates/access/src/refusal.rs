//! Why a statement that was signed properly does not count. Told to people; nothing is dropped silently.

use crate::capability::Widening;

/// Why a statement does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// It speaks of another project.
    #[error("it belongs to another project")]
    AnotherProject,
    /// It exceeds a limit or contradicts itself.
    #[error("it exceeds a limit or contradicts itself")]
    Malformed,
    /// The grant it hangs on is not here (yet).
    #[error("the grant it refers to is not known here; it may still arrive")]
    UnknownIssuer,
    /// The grant it hangs on does not count itself.
    #[error("the grant it refers to does not count itself")]
    IssuerRefused,
    /// It is signed by somebody else than the holder of the grant it names.
    #[error("its signer does not hold the grant it refers to")]
    NotTheHolder,
    /// The grant it hangs on was revoked, and this was not among what was kept.
    #[error("its issuer's access was revoked, and this was not kept")]
    IssuerRevoked,
    /// The invitation was cancelled, and this was not among what was kept.
    #[error("the invitation was cancelled before it was known here")]
    InvitationCancelled,
    /// More than its issuer may give.
    #[error("{0}")]
    Widened(#[from] Widening),
    /// Access given to oneself.
    #[error("nobody can give access to themselves")]
    SelfGrant,
    /// Access given to somebody it came from.
    #[error("it gives access back to somebody it came from")]
    Cycle,
    /// A chain of grants longer than any honest one.
    #[error("the chain of grants is too long")]
    TooDeep,
    /// A redemption that differs from its invitation.
    #[error("it is not exactly what the invitation holds")]
    NotAsInvited,
    /// Others used the invitation up.
    #[error("the invitation was used up by others")]
    UsedUp,
    /// A device of somebody who was never a member.
    #[error("its person is not a member of the project")]
    NotAMember,
    /// A device that already speaks for somebody else.
    #[error("the device already belongs to another member")]
    DeviceTaken,
    /// The revoker does not stand above whom it revokes.
    #[error("its issuer does not rank above the one it concerns")]
    NotOutranked,
    /// The endorser does not manage a domain it names.
    #[error("its issuer does not manage every folder it concerns")]
    NotAManager,
}

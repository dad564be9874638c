//! A grant: who may do how much where, from whom, under which grant of theirs. A grant only ever narrows the one it hangs on.

use enginus_envelope::PublicKey;
use enginus_model::{Hash, Instant, ProjectId};
use serde::{Deserialize, Serialize};

use crate::genesis::Genesis;
use crate::scope::{Access, DomainScope, LaneSet, ScopeEntry, reach, stated};

/// Entries a scope may have: a project with more folders than this narrows by roles on all of it.
pub const MAX_SCOPE_ENTRIES: usize = 1024;
/// Bytes of a role id.
pub const MAX_ROLE_BYTES: usize = 64;
/// Persons one invitation may bring in.
pub const MAX_INVITE_USES: u32 = 10_000;
/// Earlier removals one grant may set aside.
pub const MAX_DESPITE: usize = 64;

/// Whom a capability is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// A person known by their public key.
    Person(PublicKey),
    /// Whoever holds the secret half of a key made for the purpose.
    Invite(InviteKey),
}

impl Subject {
    /// The key that acts for the subject.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        match self {
            Self::Person(key) => key,
            Self::Invite(invite) => &invite.key,
        }
    }
    /// Whether it is an invitation.
    #[must_use]
    pub const fn is_invite(&self) -> bool {
        matches!(self, Self::Invite(_))
    }
}

/// The terms of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InviteKey {
    /// The key that the ticket carries the secret of.
    pub key: PublicKey,
    /// Distinct persons it may bring in; at least 1.
    pub uses: u32,
    /// When it stops being accepted by those who serve the project. Evaluation does not look at it.
    pub redeem_before: Option<Instant>,
}

/// A grant as it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capability {
    /// The project; a grant counts nowhere else.
    pub project: ProjectId,
    /// Who receives it.
    pub subject: Subject,
    /// What it reaches.
    pub scope: Vec<ScopeEntry>,
    /// 0 is the founding owner; larger is lower. Each grant is ranked below the one it hangs on.
    pub rank: u32,
    /// The role id it was expanded from, for people; it decides nothing.
    pub role: String,
    /// When sessions under it end. It never rewrites history.
    pub not_after: Option<Instant>,
    /// Whether what was written before the grant may be read.
    pub history: bool,
    /// Removals of the same subject that the issuer knew and sets aside by this grant: so a person can come back.
    pub despite: Vec<Hash>,
    /// The signing key of the person or invitation that grants.
    pub issuer: [u8; 32],
    /// The grant that it narrows: a statement's hash, or the project id for grants of the founding owner.
    pub parent: Hash,
    /// Makes two equal grants differ.
    pub nonce: [u8; 16],
    /// When the issuer says it was made.
    pub at: Instant,
}

/// Why a grant is more than the one it hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Widening {
    /// The rank is not lower than the issuer's.
    #[error("it gives a rank that is not below the issuer's")]
    Rank,
    /// The issuer does not manage a domain it speaks of.
    #[error("its issuer does not manage every folder it speaks of")]
    NotManaged,
    /// A lane the issuer may not give.
    #[error("it gives writing that its issuer may not give")]
    Lanes,
    /// It lasts longer than the issuer's own access.
    #[error("it lasts longer than its issuer's own access")]
    Expiry,
    /// It opens a past that the issuer was not given.
    #[error("it gives a history that its issuer was not given")]
    History,
}

impl Capability {
    /// What the founding owner holds: all of the project, at rank 0.
    #[must_use]
    pub fn root(genesis: &Genesis) -> Self {
        let project = genesis.project_id();
        Self {
            project,
            subject: Subject::Person(genesis.owner),
            scope: vec![ScopeEntry::manage(DomainScope::All, LaneSet::ALL, LaneSet::ALL)],
            rank: 0,
            role: "owner".to_owned(),
            not_after: None,
            history: true,
            despite: Vec::new(),
            issuer: genesis.owner.sign,
            parent: Hash(project.0),
            nonce: genesis.nonce,
            at: genesis.at,
        }
    }

    /// Whether it says something at all, within every limit.
    pub(crate) fn is_well_formed(&self) -> bool {
        let invite_ok = match &self.subject {
            Subject::Person(_) => true,
            Subject::Invite(invite) => (1..=MAX_INVITE_USES).contains(&invite.uses),
        };
        invite_ok
            && !self.scope.is_empty()
            && self.scope.len() <= MAX_SCOPE_ENTRIES
            && self.scope.iter().all(ScopeEntry::is_well_formed)
            && self.rank > 0
            && self.role.len() <= MAX_ROLE_BYTES
            && self.despite.len() <= MAX_DESPITE
    }

    /// Whether a holder manages every domain that `scope` speaks of.
    pub(crate) fn manages(&self, scope: &[ScopeEntry]) -> bool {
        scope.iter().all(|entry| stated(&self.scope, &entry.domain).access == Access::Manage)
    }

    /// Whether a holder may revoke `other`: manages all it reaches and stands strictly above it.
    pub(crate) fn outranks(&self, other: &Self) -> bool {
        self.rank < other.rank && !self.subject.is_invite() && self.manages(&other.scope)
    }
}

/// Whether `child` gives nothing beyond `parent`, so that its holder may grant it.
///
/// Only what is managed can be given on; lanes come from what the parent may delegate, not from what it writes itself.
///
/// # Errors
/// The first [`Widening`] found.
pub fn attenuates(child: &Capability, parent: &Capability) -> Result<(), Widening> {
    if child.rank <= parent.rank {
        return Err(Widening::Rank);
    }
    for entry in &child.scope {
        let held = match &entry.domain {
            DomainScope::All => stated(&parent.scope, &DomainScope::All),
            // What the holder really has there: in project-wide domains that is not what their entries say of folders.
            DomainScope::One(domain) => reach(&parent.scope, domain, &parent.project),
        };
        if held.access != Access::Manage {
            return Err(Widening::NotManaged);
        }
        if !entry.lanes.within(held.delegable) || !entry.delegable.within(held.delegable) {
            return Err(Widening::Lanes);
        }
    }
    if let Some(end) = parent.not_after
        && child.not_after.is_none_or(|child_end| child_end > end)
    {
        return Err(Widening::Expiry);
    }
    if child.history && !parent.history {
        return Err(Widening::History);
    }
    Ok(())
}

/// Whether `redemption` gives exactly what the invitation holds, to a person.
pub(crate) fn redeems(redemption: &Capability, invite: &Capability) -> bool {
    !redemption.subject.is_invite()
        && redemption.scope == invite.scope
        && redemption.rank == invite.rank
        && redemption.role == invite.role
        && redemption.not_after == invite.not_after
        && redemption.history == invite.history
        && redemption.despite.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::keypair;
    use enginus_model::{DomainId, Lane};

    fn capability(rank: u32, scope: Vec<ScopeEntry>) -> Capability {
        let genesis = Genesis { owner: keypair(1).public(), nonce: [0; 16], at: Instant(0) };
        Capability { rank, scope, ..Capability::root(&genesis) }
    }

    fn folder(n: u8) -> DomainId {
        DomainId::from_bytes([n; 16])
    }

    #[test]
    fn each_way_of_widening_is_named() {
        let records = LaneSet::of(&[Lane::Records]);
        let mut parent = capability(1, vec![ScopeEntry::manage(DomainScope::One(folder(1)), records, records)]);
        let good = capability(2, vec![ScopeEntry::write(DomainScope::One(folder(1)), records)]);
        assert_eq!(attenuates(&good, &parent), Ok(()));

        let same_rank = Capability { rank: 1, ..good.clone() };
        assert_eq!(attenuates(&same_rank, &parent), Err(Widening::Rank));
        let elsewhere = capability(2, vec![ScopeEntry::read(DomainScope::One(folder(2)))]);
        assert_eq!(attenuates(&elsewhere, &parent), Err(Widening::NotManaged));
        let everywhere = capability(2, vec![ScopeEntry::read(DomainScope::All)]);
        assert_eq!(attenuates(&everywhere, &parent), Err(Widening::NotManaged));
        let lanes = capability(2, vec![ScopeEntry::write(DomainScope::One(folder(1)), LaneSet::ALL)]);
        assert_eq!(attenuates(&lanes, &parent), Err(Widening::Lanes));
        let hands_on = capability(2, vec![ScopeEntry::manage(DomainScope::One(folder(1)), records, LaneSet::ALL)]);
        assert_eq!(attenuates(&hands_on, &parent), Err(Widening::Lanes));

        parent.not_after = Some(Instant(50));
        assert_eq!(attenuates(&good, &parent), Err(Widening::Expiry));
        let longer = Capability { not_after: Some(Instant(51)), ..good.clone() };
        assert_eq!(attenuates(&longer, &parent), Err(Widening::Expiry));
        let shorter = Capability { not_after: Some(Instant(50)), ..good };
        assert_eq!(attenuates(&shorter, &parent), Ok(()));
        parent.history = false;
        assert_eq!(attenuates(&shorter, &parent), Err(Widening::History));
    }

    #[test]
    fn a_writer_cannot_grant() {
        let parent = capability(1, vec![ScopeEntry::write(DomainScope::All, LaneSet::ALL)]);
        let child = capability(2, vec![ScopeEntry::pull(DomainScope::One(folder(1)))]);
        assert_eq!(attenuates(&child, &parent), Err(Widening::NotManaged));
    }
}

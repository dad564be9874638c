//! The rules for one statement, given what stands above it.

use enginus_model::{Hash, PersonId, ProjectId};

use crate::capability::{Capability, Subject, Widening, attenuates, redeems};
use crate::evaluate::MAX_CHAIN;
use crate::refusal::Refusal;
use crate::revocation::Endorsement;
use crate::scope::{Access, reach};
use crate::statement::Statement;
use crate::table::{Grants, Held, Statements, grant_of};

/// What is known when a statement is judged.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) project: ProjectId,
    pub(crate) statements: &'a Statements,
    pub(crate) held: &'a Grants,
}

impl<'a> Known<'a> {
    /// Whether it concerns this project and keeps to the limits.
    pub(crate) fn admits(&self, statement: &Statement) -> Result<(), Refusal> {
        if statement.project().is_some_and(|project| *project != self.project) {
            return Err(Refusal::AnotherProject);
        }
        if statement.is_well_formed() { Ok(()) } else { Err(Refusal::Malformed) }
    }

    /// The rank at which something under `acting` is judged.
    pub(crate) fn claimed_rank(&self, acting: &Hash) -> Result<u32, Refusal> {
        if acting.0 == self.project.0 {
            return Ok(0);
        }
        grant_of(self.statements, acting).map(|capability| capability.rank).ok_or(Refusal::UnknownIssuer)
    }

    fn find(&self, hash: &Hash) -> Result<&'a Held, Refusal> {
        let unknown =
            || if self.statements.contains_key(hash) { Refusal::IssuerRefused } else { Refusal::UnknownIssuer };
        self.held.get(hash).map(AsRef::as_ref).ok_or_else(unknown)
    }

    /// A grant by a person. The depth of its chain, or why it does not count.
    pub(crate) fn judge_grant(&self, hash: &Hash, capability: &Capability) -> Result<u32, Refusal> {
        if let Some(parent) = grant_of(self.statements, &capability.parent)
            && capability.rank <= parent.rank
        {
            // Its parent has not had its turn yet, and never may decide here.
            return Err(Widening::Rank.into());
        }
        let parent = self.find(&capability.parent)?;
        if parent.capability.subject.key().sign != capability.issuer {
            return Err(Refusal::NotTheHolder);
        }
        if !parent.vouches_for(hash) {
            return Err(Refusal::IssuerRevoked);
        }
        attenuates(capability, &parent.capability)?;
        self.check_chain(capability, parent)
    }

    /// A redemption of an invitation that counts, apart from how often that may be used.
    pub(crate) fn judge_redemption(&self, hash: &Hash, capability: &Capability, invite: &Held) -> Result<u32, Refusal> {
        if invite.capability.subject.key().sign != capability.issuer {
            return Err(Refusal::NotTheHolder);
        }
        if !redeems(capability, &invite.capability) {
            return Err(Refusal::NotAsInvited);
        }
        if !invite.vouches_for(hash) {
            return Err(Refusal::InvitationCancelled);
        }
        self.check_chain(capability, invite)
    }

    /// Nobody may stand twice in one chain, and no chain is longer than [`MAX_CHAIN`].
    fn check_chain(&self, capability: &Capability, parent: &Held) -> Result<u32, Refusal> {
        let subject = capability.subject.key().sign;
        if subject == capability.issuer {
            return Err(Refusal::SelfGrant);
        }
        let depth = parent.depth + 1;
        if depth > MAX_CHAIN {
            return Err(Refusal::TooDeep);
        }
        let mut above = Some(parent);
        while let Some(held) = above {
            if held.capability.subject.key().sign == subject {
                return Err(Refusal::Cycle);
            }
            above = if held.depth == 0 { None } else { self.held.get(&held.capability.parent).map(AsRef::as_ref) };
        }
        Ok(depth)
    }

    /// The capability that the signer of a statement that takes back or endorses acts under, if they hold it and it still
    /// vouches for the statement.
    pub(crate) fn judge_acting(
        &self,
        hash: &Hash,
        acting: &Hash,
        issuer: &[u8; 32],
    ) -> Result<&'a Capability, Refusal> {
        let held = self.find(acting)?;
        match &held.capability.subject {
            Subject::Person(person) if person.sign == *issuer => {}
            Subject::Person(_) | Subject::Invite(_) => return Err(Refusal::NotTheHolder),
        }
        if held.vouches_for(hash) { Ok(&held.capability) } else { Err(Refusal::IssuerRevoked) }
    }

    /// An endorsement: its issuer manages every domain it names.
    pub(crate) fn judge_endorsement(&self, hash: &Hash, endorsement: &Endorsement) -> Result<(), Refusal> {
        let acting = self.judge_acting(hash, &endorsement.acting, &endorsement.issuer)?;
        let mut domains = endorsement.envelopes.iter().map(|tip| &tip.domain);
        if domains.all(|domain| reach(&acting.scope, domain, &self.project).access == Access::Manage) {
            Ok(())
        } else {
            Err(Refusal::NotAManager)
        }
    }

    /// Whether a removal is set aside by a grant that names it: made by whoever made the removal, or by somebody above them.
    pub(crate) fn may_set_aside(&self, capability: &Capability, revoker: PersonId, revoker_rank: u32) -> bool {
        let issuer_rank = self.held.get(&capability.parent).map_or(u32::MAX, |held| held.capability.rank);
        capability.issuer == revoker.0 || issuer_rank < revoker_rank
    }
}

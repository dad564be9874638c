//! Under which grant somebody may act, and what hangs on it.

use std::collections::BTreeSet;

use enginus_model::{DomainId, Hash, PersonId};

use crate::authority::Authority;
use crate::capability::{Capability, Widening, attenuates};
use crate::invite::{Acting, Offer};
use crate::revocation::Target;
use crate::scope::{Access, reach};
use crate::statement::{SignedStatement, Statement};
use crate::table::Held;

impl Authority {
    /// The grant under which `person` may give `offer`.
    ///
    /// # Errors
    /// What would be too much under their highest grant; [`Widening::NotManaged`] for somebody without any.
    pub fn acting_for(&self, person: &PersonId, offer: &Offer) -> Result<Acting, Widening> {
        let mut first = None;
        for (parent, capability) in self.live(person) {
            match attenuates(&offer.to_capability(self.project, capability), capability) {
                Ok(()) => return Ok(Acting { project: self.project, parent, rank: capability.rank }),
                Err(widening) => first = first.or(Some(widening)),
            }
        }
        Err(first.unwrap_or(Widening::NotManaged))
    }

    /// The grant under which `person` may take back everything `target` names; `None` when they may not.
    #[must_use]
    pub fn acting_against(&self, person: &PersonId, target: &Target) -> Option<Acting> {
        if let Target::Device(device) = target
            && self.author_of(device) == Some(*person)
        {
            return Some(Acting { project: self.project, parent: Hash(self.project.0), rank: 0 });
        }
        let concerned: Vec<&Capability> = match target {
            Target::Person(subject) => self.live(subject).map(|(_, capability)| capability).collect(),
            Target::Device(device) => {
                let person = self.author_of(device)?;
                self.grants(&person).map(|(_, held)| &held.capability).collect()
            }
            Target::Grants(grants) => grants.iter().map(|grant| self.capability(grant)).collect::<Option<_>>()?,
        };
        if concerned.is_empty() {
            return None;
        }
        self.live(person)
            .find(|(_, acting)| concerned.iter().all(|capability| acting.outranks(capability)))
            .map(|(parent, acting)| Acting { project: self.project, parent, rank: acting.rank })
    }

    /// The grant under which `person` manages every one of `domains`, to accept what is held there; `None` when they do not.
    #[must_use]
    pub fn acting_over(&self, person: &PersonId, domains: &BTreeSet<DomainId>) -> Option<Acting> {
        self.live(person)
            .find(|(_, capability)| {
                domains.iter().all(|domain| reach(&capability.scope, domain, &self.project).access == Access::Manage)
            })
            .map(|(parent, capability)| Acting { project: self.project, parent, rank: capability.rank })
    }

    /// What a removal of `person` would void unless it keeps it: everything that counts and was made under their grants, what
    /// was redeemed from invitations made under them, and their removals of their own devices. Their invitations themselves close with their grants.
    #[must_use]
    pub fn made_by(&self, person: &PersonId) -> Vec<Hash> {
        let grants: BTreeSet<Hash> = self.grants(person).map(|(hash, _)| hash).collect();
        let parent = |held: &Held| (held.depth > 0).then_some(held.capability.parent);
        let is_given = |held: &Held| parent(held).is_some_and(|parent| grants.contains(&parent));
        let invitation = |held: &Held| {
            parent(held).and_then(|parent| self.held.get(&parent)).filter(|above| above.capability.subject.is_invite())
        };
        let given =
            self.held.iter().filter(|(_, held)| is_given(held) || invitation(held).is_some_and(|held| is_given(held)));
        let own = |hash: &Hash| match self.statement(hash).map(SignedStatement::statement) {
            Some(Statement::Revoke(revocation)) => {
                revocation.issuer == person.0 && matches!(revocation.target, Target::Device(_))
            }
            _ => false,
        };
        let acts = self.acts.iter().filter(|(hash, acting)| grants.contains(*acting) || own(hash));
        given.map(|(hash, _)| *hash).chain(acts.map(|(hash, _)| *hash)).collect()
    }

    /// The redemptions of an invitation that count: what a cancellation keeps, so that it removes nobody.
    #[must_use]
    pub fn redemptions(&self, invitation: &Hash) -> Vec<Hash> {
        let of = |capability: &Capability| capability.parent == *invitation && capability.rank > 0;
        self.held.iter().filter(|(_, held)| of(&held.capability)).map(|(hash, _)| *hash).collect()
    }
}

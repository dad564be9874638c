//! What was decided about access, by whom and why: told to people, and to a removed member in particular.

use std::collections::BTreeSet;

use enginus_model::{DeviceId, Hash, Instant, PersonId};

use crate::authority::Authority;
use crate::capability::{Capability, Subject};
use crate::refusal::Refusal;
use crate::revocation::{Revocation, Target};
use crate::statement::Statement;
use crate::table::Cut;

/// The revocation that removed somebody or something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalMade {
    /// The revocation.
    pub statement: Hash,
    /// Who made it.
    pub issuer: PersonId,
    /// Why, in their words.
    pub reason: String,
    /// When, as they say.
    pub at: Instant,
}

/// What kind of decision a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionKind {
    /// Access given to a known person.
    Grant,
    /// Access given to an invite key.
    Invitation,
    /// Somebody came by an invitation.
    Joined,
    /// A device certified by its person.
    Device,
    /// A person removed.
    Removal,
    /// Grants of a person taken back, as a change of role does.
    GrantsRevoked,
    /// An invitation cancelled.
    Cancellation,
    /// A device removed.
    DeviceRemoval,
    /// Entries held for review accepted.
    Endorsement,
}

/// Whom or what a decision concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionSubject {
    /// A person.
    Person(PersonId),
    /// A device, with its person where that is known.
    Device(DeviceId, Option<PersonId>),
    /// An invitation, by the hash of its grant.
    Invitation(Hash),
    /// Grants of which nothing is known here.
    Grants(Vec<Hash>),
    /// So many held entries.
    Entries(usize),
}

/// One statement as an access log shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The statement; [`Authority::statement`] has its bytes and its signer.
    pub statement: Hash,
    /// What kind of decision it is.
    pub kind: DecisionKind,
    /// Who decided. For somebody who came by an invitation: who invited, or they themselves while that is not known here.
    pub issuer: PersonId,
    /// Whom it concerns.
    pub subject: DecisionSubject,
    /// The role id that it gives; empty for everything but grants.
    pub role: String,
    /// Why, where somebody said.
    pub reason: String,
    /// When, as the issuer says.
    pub at: Instant,
    /// Why it does not count, where it does not.
    pub refusal: Option<Refusal>,
}

impl Authority {
    /// The removal of a person without any live grant: the newest by its own date of those that took back all of theirs, else the
    /// newest that took back one of their grants. `None` for members, and for somebody never known.
    #[must_use]
    pub fn removal_of(&self, person: &PersonId) -> Option<RemovalMade> {
        if self.live(person).next().is_some() {
            return None;
        }
        self.newest_of(self.grants(person).filter_map(|(_, held)| held.cut.as_ref()))
    }

    /// The removal of a device itself; its person may have been removed apart from it.
    #[must_use]
    pub fn removal_of_device(&self, device: &DeviceId) -> Option<RemovalMade> {
        self.newest_of(self.devices.get(device).and_then(|device| device.cut.as_ref()).into_iter())
    }

    /// The removals of a person that count, in order of hashes: what a grant that brings them back sets aside
    /// ([`crate::Capability::despite`]).
    #[must_use]
    pub fn removals_of(&self, person: &PersonId) -> Vec<Hash> {
        let by = self.grants(person).filter_map(|(_, held)| held.cut.as_ref()).flat_map(|cut| &cut.by);
        let of_person = by.filter(|hash| {
            self.revocation(hash).is_some_and(|revocation| revocation.target == Target::Person(*person))
        });
        of_person.copied().collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn newest_of<'a>(&self, cuts: impl Iterator<Item = &'a Cut>) -> Option<RemovalMade> {
        let revocations = cuts.flat_map(|cut| &cut.by).filter_map(|hash| Some((*hash, self.revocation(hash)?)));
        let (statement, revocation) = revocations
            .max_by_key(|(hash, revocation)| (!matches!(revocation.target, Target::Grants(_)), revocation.at, *hash))?;
        let Revocation { issuer, reason, at, .. } = revocation.clone();
        Some(RemovalMade { statement, issuer: PersonId(issuer), reason, at })
    }

    fn revocation(&self, hash: &Hash) -> Option<&Revocation> {
        match self.statement(hash)?.statement() {
            Statement::Revoke(revocation) => Some(revocation),
            _ => None,
        }
    }

    /// Every statement, counting or refused, by its claimed time and then its hash: the same list on every device that holds the
    /// same statements. Claimed times are what their issuers say.
    #[must_use]
    pub fn history(&self) -> Vec<Decision> {
        let mut decisions: Vec<Decision> = self
            .statements()
            .map(|signed| {
                let statement = signed.hash();
                Decision { refusal: self.refusal(&statement), ..self.decision(statement, signed.statement()) }
            })
            .collect();
        decisions.sort_by_key(|decision| (decision.at, decision.statement));
        decisions
    }

    fn decision(&self, statement: Hash, said: &Statement) -> Decision {
        let decision = |kind, issuer: [u8; 32], subject, reason: &str, at| Decision {
            statement,
            kind,
            issuer: PersonId(issuer),
            subject,
            role: String::new(),
            reason: reason.to_owned(),
            at,
            refusal: None,
        };
        match said {
            Statement::Grant(capability) => {
                let (kind, issuer, subject) = self.giving(statement, capability);
                let decision = decision(kind, issuer.0, subject, "", capability.at);
                Decision { role: capability.role.clone(), ..decision }
            }
            Statement::Device(certificate) => {
                let subject = DecisionSubject::Device(certificate.device_id(), Some(certificate.person_id()));
                decision(DecisionKind::Device, certificate.person.sign, subject, "", certificate.at)
            }
            Statement::Revoke(revocation) => {
                let (kind, subject) = self.taking(&revocation.target);
                decision(kind, revocation.issuer, subject, &revocation.reason, revocation.at)
            }
            Statement::Endorse(endorsement) => {
                let subject = DecisionSubject::Entries(endorsement.envelopes.len());
                decision(DecisionKind::Endorsement, endorsement.issuer, subject, &endorsement.reason, endorsement.at)
            }
        }
    }

    fn giving(&self, statement: Hash, capability: &Capability) -> (DecisionKind, PersonId, DecisionSubject) {
        let issuer = PersonId(capability.issuer);
        let person = match &capability.subject {
            Subject::Invite(_) => return (DecisionKind::Invitation, issuer, DecisionSubject::Invitation(statement)),
            Subject::Person(person) => person.person_id(),
        };
        match self.statement(&capability.parent).and_then(|parent| parent.grant()) {
            Some(invitation) if invitation.subject.is_invite() => {
                (DecisionKind::Joined, PersonId(invitation.issuer), DecisionSubject::Person(person))
            }
            _ => (DecisionKind::Grant, issuer, DecisionSubject::Person(person)),
        }
    }

    fn taking(&self, target: &Target) -> (DecisionKind, DecisionSubject) {
        match target {
            Target::Person(person) => (DecisionKind::Removal, DecisionSubject::Person(*person)),
            Target::Device(device) => {
                (DecisionKind::DeviceRemoval, DecisionSubject::Device(*device, self.author_of(device)))
            }
            Target::Grants(grants) => {
                let known = grants.iter().find_map(|hash| Some((*hash, self.statement(hash)?.grant()?)));
                match known {
                    Some((hash, Capability { subject: Subject::Invite(_), .. })) => {
                        (DecisionKind::Cancellation, DecisionSubject::Invitation(hash))
                    }
                    Some((_, Capability { subject: Subject::Person(person), .. })) => {
                        (DecisionKind::GrantsRevoked, DecisionSubject::Person(person.person_id()))
                    }
                    None => (DecisionKind::GrantsRevoked, DecisionSubject::Grants(grants.clone())),
                }
            }
        }
    }
}

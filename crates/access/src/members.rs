//! The authority table as people ask for it: members, invitations, chains of grants.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::{Keypair, PublicKey};
use enginus_model::{DeviceId, Hash, Instant, PersonId};

use crate::authority::Authority;
use crate::capability::{Capability, InviteKey, Subject};
use crate::statement::{SignedStatement, Statement};

/// A device of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberDevice {
    /// Its key.
    pub device: PublicKey,
    /// What its person calls it.
    pub name: String,
    /// When it was certified, as its person says.
    pub since: Instant,
    /// Whether it was removed.
    pub removed: bool,
}

/// A member, without names: those live in the directory, where members keep them themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their key.
    pub person: PublicKey,
    /// The role ids of their grants, highest rank first, each once.
    pub roles: Vec<String>,
    /// Their highest rank; 0 is the founding owner.
    pub rank: u32,
    /// Their devices, in order of ids.
    pub devices: Vec<MemberDevice>,
    /// Their grants, highest rank first: live ones of a member, revoked ones of a former member.
    pub grants: Vec<Hash>,
    /// Who brought them in; `None` for the founding owner.
    pub invited_by: Option<PersonId>,
    /// When they were brought in, as the grant says.
    pub since: Instant,
    /// When the last of their grants ends; `None` when one has no end.
    pub not_after: Option<Instant>,
}

/// An invitation that can still bring somebody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The grant to the invite key; cancelled by naming it.
    pub statement: Hash,
    /// The invite key and its terms.
    pub terms: InviteKey,
    /// The role it gives.
    pub role: String,
    /// The rank it gives.
    pub rank: u32,
    /// When the access it gives ends.
    pub not_after: Option<Instant>,
    /// Who invites.
    pub invited_by: Option<PersonId>,
    /// When, as the inviter says.
    pub at: Instant,
    /// Who came with it so far.
    pub redeemed_by: Vec<PersonId>,
}

impl Invitation {
    /// Whether those who serve the project stop accepting it at `now`.
    #[must_use]
    pub fn expired(&self, now: Instant) -> bool {
        self.terms.redeem_before.is_some_and(|end| now > end)
    }
}

impl Authority {
    /// Everybody with a live grant, in order of rank, then id.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        self.list(|live| live)
    }

    /// Everybody whose grants were all revoked.
    #[must_use]
    pub fn former_members(&self) -> Vec<Member> {
        self.list(|live| !live)
    }

    fn list(&self, wanted: impl Fn(bool) -> bool) -> Vec<Member> {
        let mut devices: BTreeMap<PersonId, Vec<MemberDevice>> = BTreeMap::new();
        for device in self.devices.values() {
            devices.entry(device.person).or_default().push(MemberDevice {
                device: device.key,
                name: device.name.clone(),
                since: device.at,
                removed: device.cut.is_some(),
            });
        }
        let mut members: Vec<Member> = self
            .persons
            .keys()
            .filter_map(|person| {
                let live = self.live(person).next().is_some();
                if wanted(live) { self.member(person, live, devices.remove(person).unwrap_or_default()) } else { None }
            })
            .collect();
        members.sort_by_key(|member| (member.rank, member.person.sign));
        members
    }

    fn member(&self, person: &PersonId, live: bool, devices: Vec<MemberDevice>) -> Option<Member> {
        let grants: Vec<(Hash, &Capability)> = self
            .grants(person)
            .filter(|(_, held)| held.cut.is_none() == live)
            .map(|(hash, held)| (hash, &held.capability))
            .collect();
        let (_, first) = grants.first()?;
        let mut roles: Vec<String> = Vec::new();
        for (_, capability) in &grants {
            if !roles.contains(&capability.role) {
                roles.push(capability.role.clone());
            }
        }
        let ends: Option<Vec<Instant>> = grants.iter().map(|(_, capability)| capability.not_after).collect();
        Some(Member {
            person: self.key_of(person).unwrap_or(*first.subject.key()),
            roles,
            rank: first.rank,
            devices,
            invited_by: self.granted_by(first),
            since: first.at,
            not_after: ends.and_then(|ends| ends.into_iter().max()),
            grants: grants.into_iter().map(|(hash, _)| hash).collect(),
        })
    }

    fn key_of(&self, person: &PersonId) -> Option<PublicKey> {
        self.persons.get(person).and_then(|person| person.own_key)
    }

    /// The person behind a grant: of one redeemed from an invitation, who invited.
    pub(crate) fn granted_by(&self, capability: &Capability) -> Option<PersonId> {
        if capability.rank == 0 {
            return None;
        }
        let parent = &self.held.get(&capability.parent)?.capability;
        match parent.subject {
            Subject::Person(person) => Some(person.person_id()),
            Subject::Invite(_) => Some(PersonId(parent.issuer)),
        }
    }

    /// Invitations that can still bring somebody in, expired ones included, in order of their dates.
    #[must_use]
    pub fn invitations(&self) -> Vec<Invitation> {
        let mut redeemed: BTreeMap<Hash, BTreeSet<PersonId>> = BTreeMap::new();
        for held in self.held.values() {
            if let Subject::Person(person) = &held.capability.subject {
                redeemed.entry(held.capability.parent).or_default().insert(person.person_id());
            }
        }
        let mut invitations: Vec<Invitation> = self
            .held
            .iter()
            .filter(|(_, held)| held.cut.is_none())
            .filter_map(|(hash, held)| {
                let capability = &held.capability;
                let Subject::Invite(terms) = capability.subject else { return None };
                let redeemed_by: Vec<PersonId> = redeemed.remove(hash).unwrap_or_default().into_iter().collect();
                (redeemed_by.len() < usize::try_from(terms.uses).unwrap_or(usize::MAX)).then(|| Invitation {
                    statement: *hash,
                    terms,
                    role: capability.role.clone(),
                    rank: capability.rank,
                    not_after: capability.not_after,
                    invited_by: self.granted_by(capability),
                    at: capability.at,
                    redeemed_by,
                })
            })
            .collect();
        invitations.sort_by_key(|invitation| (invitation.at, invitation.statement));
        invitations
    }

    /// The statements that prove a grant, from the genesis down, itself last. Empty for the founding owner's own standing and
    /// for an unknown grant.
    #[must_use]
    pub fn chain(&self, grant: &Hash) -> Vec<&SignedStatement> {
        let mut chain = Vec::new();
        let mut at = *grant;
        while let Some(held) = self.held.get(&at).filter(|held| held.depth > 0) {
            chain.extend(self.statement(&at));
            at = held.capability.parent;
        }
        chain.reverse();
        chain
    }

    /// The newest certificate of a device that counts.
    #[must_use]
    pub fn certificate(&self, device: &DeviceId) -> Option<&SignedStatement> {
        let entry = self.devices.get(device)?;
        self.statements().find(|signed| match signed.statement() {
            Statement::Device(certificate) => {
                certificate.device == entry.key
                    && certificate.person_id() == entry.person
                    && certificate.at == entry.at
                    && certificate.name == entry.name
            }
            _ => false,
        })
    }

    /// The capability of a grant that counts or once did.
    #[must_use]
    pub fn capability(&self, grant: &Hash) -> Option<&Capability> {
        self.held.get(grant).map(|held| &held.capability)
    }

    /// Whether somebody who may has closed a grant or an invitation: who came by it was settled then.
    #[must_use]
    pub fn is_closed(&self, grant: &Hash) -> bool {
        self.held.get(grant).is_some_and(|held| held.cut.is_some())
    }

    /// Whether `key` can still redeem an invitation of this project.
    #[must_use]
    pub fn is_open_invitation(&self, key: &Keypair) -> bool {
        self.invitations().iter().any(|invitation| invitation.terms.key == key.public())
    }
}

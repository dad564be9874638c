//! Whose keys the secrets of a domain are sealed to, and whose they must not be sealed to any more.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::PublicKey;
use enginus_model::{DeviceId, DomainId, Hash, Lane, PersonId};

use crate::authority::Authority;
use crate::capability::{Capability, Subject};
use crate::epoch_record::{EpochRecord, Purpose};
use crate::refusal::Refusal;
use crate::revocation::Target;
use crate::scope::{Access, reach};
use crate::statement::{SignedStatement, Statement};

/// Whose key a secret is sealed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A device of a member.
    Device(PersonId, DeviceId),
    /// A member's identity key, which their 24 words bring back.
    Recovery(PersonId),
    /// An invitation not used up yet, by the hash of its grant.
    Invitation(Hash),
}

/// A key that the secrets of a domain are sealed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// The key.
    pub key: PublicKey,
    /// Whose.
    pub holder: Holder,
    /// Whether they may read what was written before they came.
    pub history: bool,
}

impl Authority {
    /// The keys that the secret of `domain` is sealed to, in order, each once: the devices and the recovery key of everybody who
    /// may read it, and the invitations that may. No clock is read, so an expired invitation is among them until it is cancelled.
    /// An invitation is not, once somebody came by it who may not read the domain any more: they still have its key.
    #[must_use]
    pub fn readers(&self, domain: &DomainId) -> Vec<Reader> {
        let mut devices: BTreeMap<PersonId, Vec<(DeviceId, PublicKey)>> = BTreeMap::new();
        for (id, device) in self.devices.iter().filter(|(_, device)| device.cut.is_none()) {
            devices.entry(device.person).or_default().push((*id, device.key));
        }
        let mut readers: BTreeMap<[u8; 32], Reader> = BTreeMap::new();
        let mut add = |reader: Reader| {
            readers.entry(reader.key.seal).and_modify(|known| known.history |= reader.history).or_insert(reader);
        };
        for (id, person) in &self.persons {
            let reading = self.reading(id, domain);
            if reading.is_empty() {
                continue;
            }
            let history = reading.iter().any(|capability| capability.history);
            for (device, key) in devices.remove(id).unwrap_or_default() {
                add(Reader { key, holder: Holder::Device(*id, device), history });
            }
            match person.own_key {
                Some(key) => add(Reader { key, holder: Holder::Recovery(*id), history }),
                // Not confirmed by themselves yet: only a grantor who may read this domain anyway is believed about the key.
                None => reading.iter().for_each(|capability| {
                    let key = *capability.subject.key();
                    add(Reader { key, holder: Holder::Recovery(*id), history: capability.history });
                }),
            }
        }
        for invitation in self.invitations() {
            if let Some(held) = self.held.get(&invitation.statement)
                && reach(&held.capability.scope, domain, &self.project).access >= Access::Read
                && invitation.redeemed_by.iter().all(|person| !self.reading(person, domain).is_empty())
            {
                let holder = Holder::Invitation(invitation.statement);
                add(Reader { key: invitation.terms.key, holder, history: held.capability.history });
            }
        }
        readers.into_values().collect()
    }

    /// The live grants by which a person may read a domain.
    fn reading(&self, person: &PersonId, domain: &DomainId) -> Vec<&Capability> {
        self.live(person)
            .map(|(_, capability)| capability)
            .filter(|capability| reach(&capability.scope, domain, &self.project).access >= Access::Read)
            .collect()
    }

    /// The X25519 keys that must not open what is written in `domain` from now on: whoever writes under an epoch that is sealed
    /// to one of them opens a new epoch first.
    ///
    /// These are the keys of every device and person that any statement names, counting or not, and of every invitation that
    /// was closed, except those among [`Authority::readers`]. An invitation that is used up and not closed yet is not among
    /// them as long as who made it and everybody who came by it may read the domain. An epoch sealed to exactly the readers
    /// is never barred, so nobody can make others open epochs without end.
    #[must_use]
    pub fn barred(&self, domain: &DomainId) -> BTreeSet<[u8; 32]> {
        let readers: BTreeSet<[u8; 32]> = self.readers(domain).iter().map(|reader| reader.key.seal).collect();
        let reading = self.persons.keys().filter(|person| !self.reading(person, domain).is_empty());
        let reading: BTreeSet<PersonId> = reading.copied().collect();
        let grants = self.statements().filter_map(SignedStatement::grant);
        let outside = grants.filter(|grant| !reading.contains(&PersonId(grant.subject.key().sign)));
        // What somebody who may not read came by, or tried to.
        let outside: BTreeSet<Hash> = outside.map(|grant| grant.parent).collect();
        let mut barred = BTreeSet::new();
        let mut bar = |key: [u8; 32]| {
            if !readers.contains(&key) {
                barred.insert(key);
            }
        };
        for signed in self.statements() {
            match signed.statement() {
                Statement::Device(certificate) => {
                    bar(certificate.device.seal);
                    bar(certificate.person.seal);
                }
                Statement::Grant(capability) => match &capability.subject {
                    Subject::Person(person) => bar(person.seal),
                    Subject::Invite(invite) => {
                        let hash = signed.hash();
                        let known = outside.contains(&hash) || !reading.contains(&PersonId(capability.issuer));
                        if self.is_void(&hash) || known && self.held.contains_key(&hash) {
                            bar(invite.key.seal);
                        }
                    }
                },
                Statement::Revoke(_) | Statement::Endorse(_) => {}
            }
        }
        barred
    }

    /// Whether an invitation was closed, or never counted: its key may be in anybody's hands.
    fn is_void(&self, invitation: &Hash) -> bool {
        match self.held.get(invitation) {
            Some(held) => held.cut.is_some(),
            // What it hangs on may still arrive.
            None => self.refusal(invitation) != Some(Refusal::UnknownIssuer),
        }
    }

    /// The invitations that are used up and that `person` may close by cancelling them with [`Authority::redemptions`] kept. It
    /// settles who came: until then somebody else with the ticket who dates their redemption earlier takes a place in it.
    #[must_use]
    pub fn invitations_to_close(&self, person: &PersonId) -> Vec<Hash> {
        let used_up = self.held.iter().filter(|(hash, held)| match &held.capability.subject {
            Subject::Invite(terms) => {
                let uses = usize::try_from(terms.uses).unwrap_or(usize::MAX);
                held.cut.is_none() && self.index.came_by(hash).count() >= uses
            }
            Subject::Person(_) => false,
        });
        let may_close = |hash: &Hash| self.acting_against(person, &Target::Grants(vec![*hash])).is_some();
        used_up.map(|(hash, _)| *hash).filter(|hash| may_close(hash)).collect()
    }

    /// The open invitations whose key `person` has, because they came by them: to be cancelled with the person's removal, lest
    /// they come back by the same ticket under another name. (The invitations that they made themselves close by the removal.)
    #[must_use]
    pub fn open_invitations_of(&self, person: &PersonId) -> Vec<Hash> {
        let theirs = self.invitations().into_iter().filter(|invitation| invitation.redeemed_by.contains(person));
        theirs.map(|invitation| invitation.statement).collect()
    }
}

impl Authority {
    /// Whether a record may be used for what is written from now on: its issuer's device may write in the domain (to open an
    /// epoch) or read it (to share one). Reading what was sealed before asks no such thing.
    #[must_use]
    pub fn accepts(&self, record: &EpochRecord) -> bool {
        record.project == *self.project()
            && match record.purpose {
                Purpose::Opens => Lane::ALL.iter().any(|lane| self.may_write(&record.issuer, &record.domain, *lane)),
                Purpose::Shares => self.may_read(&record.issuer, &record.domain),
            }
    }

    /// The readers that none of these records of one epoch of `domain` reliably has a seal for, as `device` sees it: nobody can say
    /// of a seal for somebody else whether it opens, so only those count that `device` itself made, a manager of the domain, or
    /// another device of the same person. [`lacking`] believes everybody.
    #[must_use]
    pub fn lacking<'a>(
        &self,
        device: &DeviceId,
        domain: &DomainId,
        readers: &[Reader],
        records: impl IntoIterator<Item = &'a EpochRecord>,
    ) -> Vec<Reader> {
        let mut sealed: BTreeMap<[u8; 32], BTreeSet<DeviceId>> = BTreeMap::new();
        for record in records {
            for seal in &record.seals {
                sealed.entry(seal.key).or_default().insert(record.issuer);
            }
        }
        let counts = |issuer: &DeviceId, reader: &Reader| {
            let own = match reader.holder {
                Holder::Device(person, _) | Holder::Recovery(person) => self.author_of(issuer) == Some(person),
                Holder::Invitation(_) => false,
            };
            own || issuer == device || self.may_manage(issuer, domain)
        };
        let has = |reader: &Reader| {
            sealed.get(&reader.key.seal).is_some_and(|issuers| issuers.iter().any(|issuer| counts(issuer, reader)))
        };
        readers.iter().filter(|reader| !has(reader)).copied().collect()
    }
}

/// The readers that none of these records of one epoch has a seal for, whoever made it.
#[must_use]
pub fn lacking<'a>(readers: &[Reader], records: impl IntoIterator<Item = &'a EpochRecord>) -> Vec<Reader> {
    let sealed: BTreeSet<[u8; 32]> =
        records.into_iter().flat_map(|record| record.seals.iter().map(|seal| seal.key)).collect();
    readers.iter().filter(|reader| !sealed.contains(&reader.key.seal)).copied().collect()
}

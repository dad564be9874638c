//! The table from nothing: the pass over grants and revocations, then devices and endorsements.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use enginus_model::{DeviceId, Hash, Instant, PersonId};
use imbl::{OrdMap, OrdSet};

use crate::authority::Authority;
use crate::capability::Subject;
use crate::device::DeviceCertificate;
use crate::evaluate::Pass;
use crate::genesis::Genesis;
use crate::judge::Known;
use crate::refusal::Refusal;
use crate::revocation::{Revocation, Target};
use crate::statement::Statement;
use crate::table::{Device, Index, Statements, is_invite, persons_of};

/// Refusals by statement.
type Refused = BTreeMap<Hash, Refusal>;

impl Authority {
    /// Evaluates a set of statements at once.
    pub(crate) fn build(genesis: Genesis, statements: Statements) -> Self {
        let Pass { held, mut refused, revocations, .. } = Pass::run(&genesis, &statements);
        let mut authority = Self {
            project: genesis.project_id(),
            genesis,
            statements,
            persons: persons_of(&held),
            held,
            devices: OrdMap::new(),
            acts: revocations.into_iter().collect(),
            endorsed: OrdSet::new(),
            refused: Arc::default(),
            index: Index::default(),
        };
        authority.judge_certificates(&mut refused);
        authority.judge_device_removals(&mut refused);
        authority.judge_endorsements(&mut refused);
        authority.make_index(&refused);
        authority.refused = Arc::new(refused.into_iter().collect());
        authority
    }

    pub(crate) const fn known(&self) -> Known<'_> {
        Known { project: self.project, statements: &self.statements, held: &self.held }
    }

    /// A device belongs to the member who first certified it; the newest of their certificates names it. Where it consented to
    /// several, one who was removed comes first: so no accomplice with an early date takes over what a removed member's device
    /// wrote.
    fn judge_certificates(&mut self, refused: &mut Refused) {
        let statements = self.statements.clone();
        let mut by_device: BTreeMap<DeviceId, Vec<(Instant, Hash, &DeviceCertificate)>> = BTreeMap::new();
        for (hash, signed) in &statements {
            if let Statement::Device(certificate) = signed.statement() {
                if self.persons.contains_key(&certificate.person_id()) {
                    by_device.entry(certificate.device_id()).or_default().push((certificate.at, *hash, certificate));
                } else {
                    refused.insert(*hash, Refusal::NotAMember);
                }
            }
        }
        for certificates in by_device.values_mut() {
            let member = |person: PersonId| self.live(&person).next().is_some();
            certificates.sort_by_cached_key(|(at, hash, said)| (member(said.person_id()), *at, *hash));
            let Some((_, _, first)) = certificates.first() else { continue };
            let (device, person) = (first.device_id(), first.person_id());
            let claimants = certificates.iter().map(|(.., certificate)| certificate.person_id()).collect();
            for (_, hash, certificate) in certificates {
                if certificate.person_id() == person {
                    self.certify(certificate);
                } else {
                    refused.insert(*hash, Refusal::DeviceTaken);
                }
            }
            if let Some(device) = self.devices.get_mut(&device) {
                device.claimants = claimants;
            }
        }
    }

    /// Takes in a certificate that counts, newer than those before.
    pub(crate) fn certify(&mut self, certificate: &DeviceCertificate) {
        let person = certificate.person_id();
        let (key, name, at) = (certificate.device, certificate.name.clone(), certificate.at);
        self.devices.insert(
            certificate.device_id(),
            Device { person, key, name, at, cut: None, claimants: BTreeSet::from([person]) },
        );
        if let Some(entry) = self.persons.get_mut(&person) {
            entry.own_key = Some(entry.own_key.map_or(certificate.person, |key| key.min(certificate.person)));
        }
    }

    fn judge_device_removals(&mut self, refused: &mut Refused) {
        let statements = self.statements.clone();
        for (hash, signed) in &statements {
            if let Statement::Revoke(revocation) = signed.statement()
                && let Target::Device(device) = revocation.target
                && !refused.contains_key(hash)
                && let Err(refusal) = self.remove_device(hash, revocation, &device)
            {
                refused.insert(*hash, refusal);
            }
        }
    }

    /// Judges the removal of a device, and cuts it if that counts. Its own person removes it as long as they are a member, or
    /// where their removal keeps that: else a removed member could take back what stands of their work.
    pub(crate) fn remove_device(
        &mut self,
        hash: &Hash,
        revocation: &Revocation,
        device: &DeviceId,
    ) -> Result<(), Refusal> {
        let entry = self.devices.get(device).ok_or(Refusal::NotAMember)?;
        let (person, issuer) = (entry.person, PersonId(revocation.issuer));
        if entry.claimants.contains(&issuer) {
            if !self.grants(&issuer).any(|(_, held)| held.vouches_for(hash)) {
                return Err(Refusal::IssuerRevoked);
            }
        } else {
            let acting = self.known().judge_acting(hash, &revocation.acting, &revocation.issuer)?;
            if !self.grants(&person).all(|(_, held)| acting.outranks(&held.capability)) {
                return Err(Refusal::NotOutranked);
            }
        }
        self.acts.insert(*hash, revocation.acting);
        if let Some(entry) = self.devices.get_mut(device) {
            entry.cut.get_or_insert_default().merge(*hash, revocation);
        }
        Ok(())
    }

    fn judge_endorsements(&mut self, refused: &mut Refused) {
        let statements = self.statements.clone();
        for (hash, signed) in &statements {
            let Statement::Endorse(endorsement) = signed.statement() else { continue };
            if refused.contains_key(hash) {
                continue;
            }
            match self.known().judge_endorsement(hash, endorsement) {
                Ok(()) => {
                    self.acts.insert(*hash, endorsement.acting);
                    self.endorsed.extend(endorsement.envelopes.iter().copied());
                }
                Err(refusal) => drop(refused.insert(*hash, refusal)),
            }
        }
    }

    fn make_index(&mut self, refused: &Refused) {
        let mut index = Index::default();
        for (hash, signed) in &self.statements {
            let statement = signed.statement();
            match refused.get(hash) {
                Some(Refusal::AnotherProject | Refusal::Malformed) => {
                    index.add_void(*hash, statement);
                    continue;
                }
                Some(Refusal::NotAMember) => index.name(*statement.signer()),
                Some(Refusal::DeviceTaken) => {
                    if let Statement::Device(certificate) = statement {
                        let taken = self.devices.get(&certificate.device_id());
                        taken.iter().flat_map(|device| &device.claimants).for_each(|c| index.hangs_on(c, *hash));
                    }
                }
                _ => {}
            }
            index.add(*hash, statement, &self.statements, &self.devices);
        }
        for held in self.held.values() {
            if let Subject::Person(person) = &held.capability.subject
                && is_invite(&self.statements, &held.capability.parent)
            {
                index.came(held.capability.parent, person.person_id());
            }
        }
        self.index = index;
    }
}

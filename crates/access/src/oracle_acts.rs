//! The oracle's word on removals, devices and endorsements.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::DomainTip;
use enginus_model::{DeviceId, Hash, PersonId};

use crate::oracle::{Oracle, OracleDevice, OracleGrant, Outcome, cut_by, vouches};
use crate::{Access, Authority, Capability, Refusal, Statement, Target, reach};

impl Oracle<'_> {
    pub(crate) fn takings(
        &self,
        grants: &BTreeMap<Hash, OracleGrant>,
        refused: &mut BTreeMap<Hash, Refusal>,
    ) -> BTreeMap<Hash, Hash> {
        let mut acts = BTreeMap::new();
        for (by, revocation) in self.revocations() {
            let met = match &revocation.target {
                Target::Device(_) => continue,
                Target::Person(person) => grants.values().any(|g| g.capability.subject.key().sign == person.0),
                Target::Grants(named) => named.iter().any(|grant| grants.contains_key(grant)),
            };
            if revocation.acting != self.root() && self.said(&revocation.acting).is_none() {
                refused.insert(by, Refusal::UnknownIssuer);
                continue;
            }
            let does = grants
                .iter()
                .any(|(hash, grant)| self.against(hash, &grant.capability).iter().any(|(other, ..)| *other == by));
            match self.acting(&by, &revocation.acting, &revocation.issuer) {
                Err(refusal) => drop(refused.insert(by, refusal)),
                Ok(_) if met && !does => drop(refused.insert(by, Refusal::NotOutranked)),
                Ok(_) => drop(acts.insert(by, revocation.acting)),
            }
        }
        acts
    }

    pub(crate) fn devices(
        &self,
        grants: &BTreeMap<Hash, OracleGrant>,
        acts: &mut BTreeMap<Hash, Hash>,
        refused: &mut BTreeMap<Hash, Refusal>,
    ) -> BTreeMap<DeviceId, OracleDevice> {
        let of = |person: PersonId| {
            grants
                .values()
                .map(|grant| &grant.capability)
                .filter(move |capability| !capability.subject.is_invite() && capability.subject.key().sign == person.0)
        };
        let mut certificates: BTreeMap<DeviceId, Vec<_>> = BTreeMap::new();
        for (hash, signed) in &self.statements {
            let Statement::Device(certificate) = signed.statement() else { continue };
            if of(certificate.person_id()).next().is_none() {
                refused.insert(*hash, Refusal::NotAMember);
            } else {
                certificates.entry(certificate.device_id()).or_default().push((certificate.at, *hash, certificate));
            }
        }
        let mut devices = BTreeMap::new();
        for (device, mut all) in certificates {
            let removed = |person: PersonId| {
                !grants.values().any(|g| g.capability.subject.key().sign == person.0 && g.cut.is_none())
            };
            all.sort_by_key(|(at, hash, said)| (!removed(said.person_id()), *at, *hash));
            let person = all[0].2.person_id();
            let claimants: BTreeSet<[u8; 32]> = all.iter().map(|(.., said)| said.person.sign).collect();
            let (theirs, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|c| c.2.person_id() == person);
            refused.extend(others.into_iter().map(|(_, hash, _)| (hash, Refusal::DeviceTaken)));
            let (at, _, newest) = theirs[theirs.len() - 1];
            let mut removals = Vec::new();
            for (by, revocation) in self.revocations().filter(|(_, r)| r.target == Target::Device(device)) {
                let own = claimants.contains(&revocation.issuer);
                let theirs = grants.values().filter(|grant| grant.capability.subject.key().sign == revocation.issuer);
                if own && !theirs.clone().any(|grant| vouches(grant, &by)) {
                    refused.insert(by, Refusal::IssuerRevoked);
                    continue;
                }
                match self.acting(&by, &revocation.acting, &revocation.issuer) {
                    Err(refusal) if !own => drop(refused.insert(by, refusal)),
                    Ok(acting) if !own && !of(person).all(|capability| acting.outranks(capability)) => {
                        refused.insert(by, Refusal::NotOutranked);
                    }
                    _ => {
                        acts.insert(by, revocation.acting);
                        removals.push((by, revocation));
                    }
                }
            }
            devices.insert(device, (person, newest.name.clone(), at, cut_by(removals.into_iter())));
        }
        for (by, revocation) in self.revocations() {
            if let Target::Device(device) = revocation.target
                && !devices.contains_key(&device)
            {
                refused.insert(by, Refusal::NotAMember);
            }
        }
        devices
    }

    pub(crate) fn endorsements(
        &self,
        acts: &mut BTreeMap<Hash, Hash>,
        refused: &mut BTreeMap<Hash, Refusal>,
    ) -> BTreeSet<DomainTip> {
        let mut endorsed = BTreeSet::new();
        for (hash, signed) in &self.statements {
            let Statement::Endorse(endorsement) = signed.statement() else { continue };
            if self.fits(signed.statement()).is_err() {
                continue;
            }
            let manages = |acting: &Capability, tip: &DomainTip| {
                reach(&acting.scope, &tip.domain, &self.genesis.project_id()).access == Access::Manage
            };
            match self.acting(hash, &endorsement.acting, &endorsement.issuer) {
                Err(refusal) => drop(refused.insert(*hash, refusal)),
                Ok(acting) if endorsement.envelopes.iter().all(|tip| manages(&acting, tip)) => {
                    acts.insert(*hash, endorsement.acting);
                    endorsed.extend(endorsement.envelopes.iter().copied());
                }
                Ok(_) => drop(refused.insert(*hash, Refusal::NotAManager)),
            }
        }
        endorsed
    }
}

/// What an authority says, in the oracle's words.
pub(crate) fn told(authority: &Authority) -> Outcome {
    let cut = |cut: &Option<crate::table::Cut>| {
        cut.as_ref().map(|cut| (cut.by.clone(), cut.keeps.clone(), cut.tips.iter().copied().collect()))
    };
    Outcome {
        grants: authority
            .held
            .iter()
            .map(|(hash, held)| {
                let grant = OracleGrant { capability: held.capability.clone(), depth: held.depth, cut: cut(&held.cut) };
                (*hash, grant)
            })
            .collect(),
        devices: authority
            .devices
            .iter()
            .map(|(id, device)| (*id, (device.person, device.name.clone(), device.at, cut(&device.cut))))
            .collect(),
        endorsed: authority.endorsed.iter().copied().collect(),
        acts: authority.acts.iter().map(|(hash, acting)| (*hash, *acting)).collect(),
        refused: authority.refused().iter().copied().collect(),
    }
}

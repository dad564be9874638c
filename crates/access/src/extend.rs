//! One more statement, without judging all of them again.
//!
//! Most statements decide about nothing but themselves: a grant that nothing refers to yet, a new device, a redemption of an
//! invitation with uses left, a removal of somebody under whose grants nothing was made that it does not keep. They are judged
//! by the same rules against the table as it stands. Everything else is left to the pass over all statements. The index says
//! which is which; it errs on the side of the pass.

use std::collections::BTreeSet;
use std::sync::Arc;

use enginus_model::{Hash, PersonId};

use crate::authority::Authority;
use crate::capability::{Capability, Subject};
use crate::device::DeviceCertificate;
use crate::refusal::Refusal;
use crate::revocation::{Endorsement, Revocation, Target};
use crate::statement::{SignedStatement, Statement};
use crate::table::{Held, Person, is_invite, redeemed};

/// What a statement comes to, or `None` where it may change what was decided about others.
type Verdict = Option<Result<(), Refusal>>;

/// Where a statement stands in a batch, so that what it hangs on comes before it: giving before taking back.
pub(crate) fn turn(signed: &SignedStatement) -> (u8, u32, bool) {
    match signed.statement() {
        Statement::Grant(capability) => (0, capability.rank, !capability.subject.is_invite()),
        Statement::Device(_) => (1, 0, false),
        Statement::Revoke(_) => (2, 0, false),
        Statement::Endorse(_) => (3, 0, false),
    }
}

impl Authority {
    /// Takes in one more statement and answers `true`, or answers `false` where all have to be judged anew: then the table is of
    /// no more use.
    pub(crate) fn extend_by(&mut self, signed: &Arc<SignedStatement>) -> bool {
        let (hash, statement) = (signed.hash(), signed.statement());
        if self.index.refers_to(&hash) {
            return false;
        }
        let admitted = self.known().admits(statement);
        let verdict = match (admitted, statement) {
            (Err(refusal), _) => Some(Err(refusal)),
            (Ok(()), Statement::Grant(capability)) => self.extend_by_grant(hash, capability),
            (Ok(()), Statement::Device(certificate)) => self.extend_by_device(certificate),
            (Ok(()), Statement::Revoke(revocation)) => self.extend_by_revocation(&hash, revocation),
            (Ok(()), Statement::Endorse(endorsement)) => Some(self.extend_by_endorsement(&hash, endorsement)),
        };
        let Some(verdict) = verdict else { return false };
        self.statements.insert(hash, Arc::clone(signed));
        if admitted.is_ok() {
            self.index.add(hash, statement, &self.statements, &self.devices);
        } else {
            self.index.add_void(hash, statement);
        }
        if let Err(refusal) = verdict {
            if refusal == Refusal::NotAMember {
                self.index.name(*statement.signer());
            }
            let refused = Arc::make_mut(&mut self.refused);
            let place = refused.partition_point(|(other, _)| *other < hash);
            refused.insert(place, (hash, refusal));
        }
        true
    }

    fn extend_by_grant(&mut self, hash: Hash, capability: &Capability) -> Verdict {
        let known = self.known();
        if !is_invite(&self.statements, &capability.parent) {
            return match known.judge_grant(&hash, capability) {
                Ok(depth) => self.hold(hash, capability, depth),
                Err(refusal) => Some(Err(refusal)),
            };
        }
        let Some(invite) = self.held.get(&capability.parent) else { return Some(Err(Refusal::IssuerRefused)) };
        let depth = match known.judge_redemption(&hash, capability, invite) {
            Ok(depth) => depth,
            Err(refusal) => return Some(Err(refusal)),
        };
        let (Subject::Invite(terms), Subject::Person(person)) = (&invite.capability.subject, &capability.subject)
        else {
            return None;
        };
        let person = person.person_id();
        if !self.index.may_come(&capability.parent, terms.uses, &person) {
            return None;
        }
        let verdict = self.hold(hash, capability, depth);
        if verdict.is_some() {
            self.index.came(capability.parent, person);
        }
        verdict
    }

    /// Takes in a grant that counts and that no revocation speaks of.
    fn hold(&mut self, hash: Hash, capability: &Capability, depth: u32) -> Verdict {
        if self.index.names(&capability.subject.key().sign) {
            return None;
        }
        if let Subject::Person(person) = &capability.subject {
            let id = person.person_id();
            let rank = |grant: &Hash| self.held.get(grant).map_or(u32::MAX, |held| held.capability.rank);
            let mut person = self.persons.get(&id).cloned().unwrap_or(Person { own_key: None, grants: Vec::new() });
            let place = person.grants.partition_point(|grant| (rank(grant), *grant) < (capability.rank, hash));
            person.grants.insert(place, hash);
            self.persons.insert(id, person);
        }
        self.held.insert(hash, Arc::new(Held { capability: capability.clone(), depth, cut: None }));
        Some(Ok(()))
    }

    fn extend_by_device(&mut self, certificate: &DeviceCertificate) -> Verdict {
        if !self.persons.contains_key(&certificate.person_id()) {
            return Some(Err(Refusal::NotAMember));
        }
        let device = certificate.device_id();
        if self.devices.contains_key(&device) || self.index.names(&device.0) {
            return None;
        }
        self.certify(certificate);
        Some(Ok(()))
    }

    fn extend_by_endorsement(&mut self, hash: &Hash, endorsement: &Endorsement) -> Result<(), Refusal> {
        self.known().judge_endorsement(hash, endorsement)?;
        self.acts.insert(*hash, endorsement.acting);
        self.endorsed.extend(endorsement.envelopes.iter().copied());
        Ok(())
    }

    fn extend_by_revocation(&mut self, hash: &Hash, revocation: &Revocation) -> Verdict {
        if let Target::Device(device) = &revocation.target {
            return Some(self.remove_device(hash, revocation, device));
        }
        let known = self.known();
        let acting = known
            .claimed_rank(&revocation.acting)
            .and_then(|_| known.judge_acting(hash, &revocation.acting, &revocation.issuer));
        let acting = match acting {
            Ok(acting) => acting,
            Err(refusal) => return Some(Err(refusal)),
        };
        let (concerned, met) = self.concerned(&revocation.target)?;
        let held = concerned.iter().filter_map(|grant| Some((*grant, self.held.get(grant)?)));
        let outranked: Vec<Hash> =
            held.filter(|(_, held)| acting.outranks(&held.capability)).map(|(grant, _)| grant).collect();
        if !outranked.iter().all(|grant| self.is_cut_alone(grant, revocation)) {
            return None;
        }
        if outranked.is_empty() && met {
            return Some(Err(Refusal::NotOutranked));
        }
        for grant in outranked {
            if let Some(held) = self.held.get_mut(&grant) {
                Arc::make_mut(held).cut.get_or_insert_default().merge(*hash, revocation);
            }
        }
        self.acts.insert(*hash, revocation.acting);
        Some(Ok(()))
    }

    /// The grants that a revocation speaks of, and whether it met anything known here.
    fn concerned(&self, target: &Target) -> Option<(BTreeSet<Hash>, bool)> {
        let of = |person: &PersonId| self.persons.get(person).map(|person| &person.grants);
        match target {
            Target::Device(_) => None,
            Target::Person(person) => Some((of(person)?.iter().copied().collect(), true)),
            Target::Grants(grants) => {
                let met = grants.iter().any(|grant| self.held.contains_key(grant));
                let mut concerned = BTreeSet::new();
                for grant in grants {
                    match redeemed(&self.statements, grant) {
                        Some((invitation, person)) => {
                            let theirs = of(&person).into_iter().flatten().copied();
                            concerned.extend(theirs.filter(|grant| {
                                self.held.get(grant).is_some_and(|held| held.capability.parent == invitation)
                            }));
                        }
                        None => drop(concerned.insert(*grant)),
                    }
                }
                Some((concerned, met))
            }
        }
    }

    /// Whether cutting a grant leaves all that was made under it as it is: it keeps everything, or there is nothing.
    fn is_cut_alone(&self, grant: &Hash, revocation: &Revocation) -> bool {
        let Some(held) = self.held.get(grant) else { return true };
        let holder = Hash(held.capability.subject.key().sign);
        let mut under = self.index.under(grant).chain(self.index.under(&holder)).peekable();
        if held.cut.is_some() {
            return under.peek().is_none();
        }
        if held.capability.subject.is_invite() {
            return under.all(|made| revocation.keeps.contains(made) && self.held.contains_key(made));
        }
        // An invitation closes though it is kept, and a device that several claim may change hands.
        let stays = |hash: &Hash| match self.statement(hash).map(SignedStatement::statement) {
            Some(Statement::Grant(capability)) => !capability.subject.is_invite(),
            Some(Statement::Revoke(_) | Statement::Endorse(_)) => true,
            Some(Statement::Device(_)) | None => false,
        };
        under.all(|made| revocation.keeps.contains(made) && stays(made))
    }
}

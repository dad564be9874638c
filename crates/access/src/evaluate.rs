//! The one pass that turns a set of statements into what counts.
//!
//! Statements are judged in the order of the rank they act at, highest first. A grant needs its parent, which ranks strictly
//! higher; a revocation touches only grants that rank strictly lower than the one it acts under. So when a statement's turn
//! comes, everything that can decide about it is decided, and the outcome depends on the set alone, never on arrival.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use enginus_model::{Hash, Instant, PersonId, ProjectId};

use crate::capability::{Capability, Subject};
use crate::genesis::Genesis;
use crate::judge::Known;
use crate::refusal::Refusal;
use crate::revocation::{Revocation, Target};
use crate::statement::Statement;
use crate::table::{Cut, Grants, Held, Statements, grant_of, is_invite, redeemed};

/// Grants between the genesis and the longest chain's end.
pub const MAX_CHAIN: u32 = 16;

/// The rank a statement acts at, whether it takes back (which comes after giving), and its hash.
type Turn = (u32, bool, Hash);
/// Redemptions by invitation.
type Redemptions = BTreeMap<Hash, Vec<Hash>>;

/// The state of the pass.
pub(crate) struct Pass<'a> {
    project: ProjectId,
    statements: &'a Statements,
    pub(crate) held: Grants,
    pub(crate) refused: BTreeMap<Hash, Refusal>,
    /// Revocations of grants that count, with the grant they act under.
    pub(crate) revocations: BTreeMap<Hash, Hash>,
    by_person: BTreeMap<PersonId, Vec<Hash>>,
    by_grant: BTreeMap<Hash, Vec<Hash>>,
    by_redemption: BTreeMap<(Hash, PersonId), Vec<Hash>>,
    effective: BTreeSet<Hash>,
}

impl<'a> Pass<'a> {
    /// Judges every grant and every revocation of grants. Devices and endorsements are judged after it, see `build`.
    pub(crate) fn run(genesis: &Genesis, statements: &'a Statements) -> Self {
        let project = genesis.project_id();
        let root = Held { capability: Capability::root(genesis), depth: 0, cut: None };
        let mut pass = Self {
            project,
            statements,
            held: Grants::unit(Hash(project.0), Arc::new(root)),
            refused: BTreeMap::new(),
            revocations: BTreeMap::new(),
            by_person: BTreeMap::new(),
            by_grant: BTreeMap::new(),
            by_redemption: BTreeMap::new(),
            effective: BTreeSet::new(),
        };
        let (order, redemptions) = pass.order();
        for (_, _, hash) in order {
            match statements.get(&hash).map(|signed| signed.statement()) {
                Some(Statement::Grant(capability)) => match pass.known().judge_grant(&hash, capability) {
                    Ok(depth) => {
                        pass.hold(hash, capability.clone(), depth);
                        if let Some(redemptions) = redemptions.get(&hash) {
                            pass.redeem(&hash, redemptions);
                        }
                    }
                    Err(refusal) => drop(pass.refused.insert(hash, refusal)),
                },
                Some(Statement::Revoke(revocation)) => {
                    match pass.known().judge_acting(&hash, &revocation.acting, &revocation.issuer) {
                        Ok(_) => pass.register(hash, revocation),
                        Err(refusal) => drop(pass.refused.insert(hash, refusal)),
                    }
                }
                _ => {}
            }
        }
        pass.close(redemptions);
        pass
    }

    fn known(&self) -> Known<'_> {
        Known { project: self.project, statements: self.statements, held: &self.held }
    }

    /// What is judged one by one, in order, and the redemptions per invitation, which are judged together with it.
    fn order(&mut self) -> (Vec<Turn>, Redemptions) {
        let mut order = Vec::new();
        let mut redemptions = Redemptions::new();
        for (hash, signed) in self.statements {
            let statement = signed.statement();
            if let Err(refusal) = self.known().admits(statement) {
                self.refused.insert(*hash, refusal);
                continue;
            }
            match statement {
                Statement::Grant(capability) if is_invite(self.statements, &capability.parent) => {
                    redemptions.entry(capability.parent).or_default().push(*hash);
                }
                Statement::Grant(capability) => order.push((capability.rank, false, *hash)),
                Statement::Revoke(revocation) if !matches!(revocation.target, Target::Device(_)) => {
                    match self.known().claimed_rank(&revocation.acting) {
                        Ok(rank) => order.push((rank, true, *hash)),
                        Err(refusal) => drop(self.refused.insert(*hash, refusal)),
                    }
                }
                Statement::Revoke(_) | Statement::Device(_) | Statement::Endorse(_) => {}
            }
        }
        order.sort_unstable();
        (order, redemptions)
    }

    fn hold(&mut self, hash: Hash, capability: Capability, depth: u32) {
        let mut cut = self.cut_of(&hash, &capability);
        if capability.subject.is_invite()
            && let Some(above) = self.held.get(&capability.parent).and_then(|parent| parent.cut.as_ref())
        {
            // Whoever made an invitation has its key: with the grant it was made under, it closes too.
            cut.get_or_insert_default().inherit(above);
        }
        self.held.insert(hash, Arc::new(Held { capability, depth, cut }));
    }

    /// What the revocations known by now, which all rank above, leave of a grant.
    fn cut_of(&mut self, hash: &Hash, capability: &Capability) -> Option<Cut> {
        let mut candidates: BTreeSet<Hash> = self.by_grant.get(hash).into_iter().flatten().copied().collect();
        if let Subject::Person(person) = &capability.subject {
            let person = person.person_id();
            candidates.extend(self.by_person.get(&person).into_iter().flatten());
            candidates.extend(self.by_redemption.get(&(capability.parent, person)).into_iter().flatten());
        }
        let mut cut: Option<Cut> = None;
        for candidate in candidates {
            let Some((revocation, acting)) = self.revocation(&candidate) else { continue };
            let (outranks, rank) = (acting.capability.outranks(capability), acting.capability.rank);
            if !outranks {
                continue;
            }
            self.effective.insert(candidate);
            let revoker = PersonId(revocation.issuer);
            if capability.despite.contains(&candidate) && self.known().may_set_aside(capability, revoker, rank) {
                continue;
            }
            cut.get_or_insert_default().merge(candidate, revocation);
        }
        cut
    }

    fn revocation(&self, hash: &Hash) -> Option<(&'a Revocation, &Held)> {
        match self.statements.get(hash)?.statement() {
            Statement::Revoke(revocation) => Some((revocation, self.held.get(&revocation.acting)?)),
            _ => None,
        }
    }

    fn register(&mut self, hash: Hash, revocation: &'a Revocation) {
        self.revocations.insert(hash, revocation.acting);
        match &revocation.target {
            Target::Person(person) => self.by_person.entry(*person).or_default().push(hash),
            Target::Grants(grants) => {
                for grant in grants {
                    match redeemed(self.statements, grant) {
                        Some(key) => self.by_redemption.entry(key).or_default().push(hash),
                        None => self.by_grant.entry(*grant).or_default().push(hash),
                    }
                }
            }
            Target::Device(_) => {}
        }
    }

    /// Judges all redemptions of an invitation that counts: of one that was closed, only those that the closing keeps do. Among
    /// more persons than it has uses the earliest by their own dates come first, then by hash: the same choice on every device.
    fn redeem(&mut self, invite: &Hash, redemptions: &[Hash]) {
        let Some(held) = self.held.get(invite).cloned() else { return };
        let Subject::Invite(terms) = held.capability.subject else { return };
        let mut firsts: BTreeMap<PersonId, (Instant, Hash)> = BTreeMap::new();
        let mut good = Vec::new();
        for hash in redemptions {
            let Some(capability) = grant_of(self.statements, hash) else { continue };
            match self.known().judge_redemption(hash, capability, &held) {
                Ok(depth) => {
                    let key = (capability.at, *hash);
                    let person = PersonId(capability.subject.key().sign);
                    firsts.entry(person).and_modify(|first| *first = key.min(*first)).or_insert(key);
                    good.push((*hash, capability, person, depth));
                }
                Err(refusal) => drop(self.refused.insert(*hash, refusal)),
            }
        }
        let mut persons: Vec<_> = firsts.into_iter().map(|(person, key)| (key, person)).collect();
        persons.sort_unstable();
        let uses = usize::try_from(terms.uses).unwrap_or(usize::MAX);
        let chosen: BTreeSet<PersonId> = persons.into_iter().take(uses).map(|(_, person)| person).collect();
        for (hash, capability, person, depth) in good {
            if chosen.contains(&person) {
                self.hold(hash, capability.clone(), depth);
            } else {
                self.refused.insert(hash, Refusal::UsedUp);
            }
        }
    }

    /// Names a reason for what is left.
    fn close(&mut self, redemptions: Redemptions) {
        for hash in redemptions.into_values().flatten() {
            if !self.held.contains_key(&hash) {
                self.refused.entry(hash).or_insert(Refusal::IssuerRefused);
            }
        }
        let persons: BTreeSet<[u8; 32]> = self.held.values().map(|held| held.capability.subject.key().sign).collect();
        for hash in self.revocations.keys().filter(|hash| !self.effective.contains(hash)) {
            let Some((revocation, _)) = self.revocation(hash) else { continue };
            // One that concerns nothing known here may have come early; one that met its target and did nothing may not act.
            let met = match &revocation.target {
                Target::Person(person) => persons.contains(&person.0),
                Target::Grants(grants) => grants.iter().any(|grant| self.held.contains_key(grant)),
                Target::Device(_) => false,
            };
            if met {
                self.refused.insert(*hash, Refusal::NotOutranked);
            }
        }
        self.revocations.retain(|hash, _| !self.refused.contains_key(hash));
    }
}

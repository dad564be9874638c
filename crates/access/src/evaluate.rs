//! The one pass that turns a set of statements into what counts.
//!
//! Statements are judged in the order of the rank they act at, highest first. A grant needs its parent, which ranks strictly
//! higher; a revocation touches only grants that rank strictly lower than the one it acts under. So when a statement's turn
//! comes, everything that can decide about it is decided, and the outcome depends on the set alone, never on arrival.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use enginus_envelope::Tip;
use enginus_model::{Hash, Instant, PersonId, ProjectId};

use crate::capability::{Capability, Subject, attenuates, redeems};
use crate::genesis::Genesis;
use crate::refusal::Refusal;
use crate::revocation::{Revocation, Target, merge_tips};
use crate::statement::{SignedStatement, Statement};

/// Grants between the genesis and the longest chain's end.
pub const MAX_CHAIN: u32 = 16;

/// The rank a statement acts at, whether it takes back (which comes after giving), and its hash.
type Turn = (u32, bool, Hash);
/// Redemptions by invitation.
type Redemptions = BTreeMap<Hash, Vec<Hash>>;

/// Statements by hash.
pub(crate) type Statements = BTreeMap<Hash, Arc<SignedStatement>>;

/// What a revocation left of something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The statements made under it that still count.
    pub(crate) keeps: BTreeSet<Hash>,
    /// The newest entries that still count, of every log that has any.
    pub(crate) tips: Vec<Tip>,
    /// The revocations, in order of their hashes.
    pub(crate) by: Vec<Hash>,
}

impl Cut {
    pub(crate) fn merge(&mut self, hash: Hash, revocation: &Revocation) {
        self.keeps.extend(revocation.keeps.iter().copied());
        merge_tips(&mut self.tips, &revocation.cutoffs);
        self.by.push(hash);
    }

    /// What closes an invitation when the grant it was made under is cut: who came and is kept stays.
    fn inherit(&mut self, above: &Self) {
        self.keeps.extend(above.keeps.iter().copied());
        self.by.extend(above.by.iter().copied());
        self.by.sort_unstable();
        self.by.dedup();
    }
}

/// A grant that counts, or once did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) capability: Capability,
    /// Grants between it and the genesis.
    pub(crate) depth: u32,
    /// What a revocation left of it; `None` while it is live.
    pub(crate) cut: Option<Cut>,
}

impl Held {
    /// Whether something made under it, with this hash, still counts.
    pub(crate) fn vouches_for(&self, hash: &Hash) -> bool {
        self.cut.as_ref().is_none_or(|cut| cut.keeps.contains(hash))
    }
}

fn find<'h>(held: &'h BTreeMap<Hash, Held>, statements: &Statements, hash: &Hash) -> Result<&'h Held, Refusal> {
    held.get(hash)
        .ok_or_else(|| if statements.contains_key(hash) { Refusal::IssuerRefused } else { Refusal::UnknownIssuer })
}

/// The capability that the signer of a statement that takes back or endorses acts under, if they hold it and it still
/// vouches for the statement.
pub(crate) fn judge_acting<'h>(
    held: &'h BTreeMap<Hash, Held>,
    statements: &Statements,
    hash: &Hash,
    acting: &Hash,
    issuer: &[u8; 32],
) -> Result<&'h Capability, Refusal> {
    let held = find(held, statements, acting)?;
    match &held.capability.subject {
        Subject::Person(person) if person.sign == *issuer => {}
        Subject::Person(_) | Subject::Invite(_) => return Err(Refusal::NotTheHolder),
    }
    if held.vouches_for(hash) { Ok(&held.capability) } else { Err(Refusal::IssuerRevoked) }
}

/// The state of the pass. Every map is ordered, so that no outcome hangs on a hasher.
pub(crate) struct Pass<'a> {
    project: ProjectId,
    statements: &'a Statements,
    pub(crate) held: BTreeMap<Hash, Held>,
    pub(crate) refused: BTreeMap<Hash, Refusal>,
    /// Revocations of grants that count, with the grant they act under.
    pub(crate) revocations: BTreeMap<Hash, Hash>,
    by_person: BTreeMap<PersonId, Vec<Hash>>,
    by_grant: BTreeMap<Hash, Vec<Hash>>,
    by_redemption: BTreeMap<(Hash, PersonId), Vec<Hash>>,
    effective: BTreeSet<Hash>,
}

impl<'a> Pass<'a> {
    /// Judges every grant and every revocation of grants. Devices and endorsements are judged after it, see `authority`.
    pub(crate) fn run(genesis: &Genesis, statements: &'a Statements) -> Self {
        let project = genesis.project_id();
        let root = Held { capability: Capability::root(genesis), depth: 0, cut: None };
        let mut pass = Self {
            project,
            statements,
            held: BTreeMap::from([(Hash(project.0), root)]),
            refused: BTreeMap::new(),
            revocations: BTreeMap::new(),
            by_person: BTreeMap::new(),
            by_grant: BTreeMap::new(),
            by_redemption: BTreeMap::new(),
            effective: BTreeSet::new(),
        };
        let (order, redemptions) = pass.order();
        for (_, _, hash) in order {
            match pass.statements[&hash].statement() {
                Statement::Grant(capability) => match pass.judge_grant(&hash, capability) {
                    Ok(depth) => {
                        pass.hold(hash, capability.clone(), depth);
                        if let Some(redemptions) = redemptions.get(&hash) {
                            pass.redeem(&hash, redemptions);
                        }
                    }
                    Err(refusal) => drop(pass.refused.insert(hash, refusal)),
                },
                Statement::Revoke(revocation) => {
                    match judge_acting(&pass.held, statements, &hash, &revocation.acting, &revocation.issuer) {
                        Ok(_) => pass.register(hash, revocation),
                        Err(refusal) => drop(pass.refused.insert(hash, refusal)),
                    }
                }
                Statement::Device(_) | Statement::Endorse(_) => {}
            }
        }
        pass.close(redemptions);
        pass
    }

    /// What is judged one by one, in order, and the redemptions per invitation, which are judged together with it.
    fn order(&mut self) -> (Vec<Turn>, Redemptions) {
        let mut order = Vec::new();
        let mut redemptions = Redemptions::new();
        for (hash, signed) in self.statements {
            let statement = signed.statement();
            if statement.project().is_some_and(|project| *project != self.project) {
                self.refused.insert(*hash, Refusal::AnotherProject);
                continue;
            }
            if !statement.is_well_formed() {
                self.refused.insert(*hash, Refusal::Malformed);
                continue;
            }
            match statement {
                Statement::Grant(capability) if self.is_invite(&capability.parent) => {
                    redemptions.entry(capability.parent).or_default().push(*hash);
                }
                Statement::Grant(capability) => order.push((capability.rank, false, *hash)),
                Statement::Revoke(revocation) if !matches!(revocation.target, Target::Device(_)) => {
                    match self.claimed_rank(&revocation.acting) {
                        Some(rank) => order.push((rank, true, *hash)),
                        None => drop(self.refused.insert(*hash, Refusal::UnknownIssuer)),
                    }
                }
                Statement::Revoke(_) | Statement::Device(_) | Statement::Endorse(_) => {}
            }
        }
        order.sort_unstable();
        (order, redemptions)
    }

    fn grant(&self, hash: &Hash) -> Option<&'a Capability> {
        self.statements.get(hash).and_then(|signed| signed.grant())
    }

    fn is_invite(&self, hash: &Hash) -> bool {
        self.grant(hash).is_some_and(|capability| capability.subject.is_invite())
    }

    fn claimed_rank(&self, hash: &Hash) -> Option<u32> {
        if hash.0 == self.project.0 { Some(0) } else { self.grant(hash).map(|capability| capability.rank) }
    }

    /// A grant by a person. The depth of its chain, or why it does not count.
    fn judge_grant(&self, hash: &Hash, capability: &Capability) -> Result<u32, Refusal> {
        if let Some(parent) = self.grant(&capability.parent)
            && capability.rank <= parent.rank
        {
            // Its parent has not had its turn yet, and never may decide here.
            return Err(crate::capability::Widening::Rank.into());
        }
        let parent = find(&self.held, self.statements, &capability.parent)?;
        if parent.capability.subject.key().sign != capability.issuer {
            return Err(Refusal::NotTheHolder);
        }
        if !parent.vouches_for(hash) {
            return Err(Refusal::IssuerRevoked);
        }
        attenuates(capability, &parent.capability)?;
        self.check_chain(capability, parent)
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
            above = if held.depth == 0 { None } else { self.held.get(&held.capability.parent) };
        }
        Ok(depth)
    }

    fn hold(&mut self, hash: Hash, capability: Capability, depth: u32) {
        let mut cut = self.cut_of(&hash, &capability);
        if capability.subject.is_invite()
            && let Some(above) = self.held.get(&capability.parent).and_then(|parent| parent.cut.as_ref())
        {
            // Whoever made an invitation has its key: with the grant it was made under, it closes too.
            cut.get_or_insert_default().inherit(above);
        }
        self.held.insert(hash, Held { capability, depth, cut });
    }

    /// What the revocations known by now, which all rank above, leave of a grant.
    fn cut_of(&mut self, hash: &Hash, capability: &Capability) -> Option<Cut> {
        let mut candidates: Vec<Hash> = self.by_grant.get(hash).cloned().unwrap_or_default();
        if let Subject::Person(person) = &capability.subject {
            let person = person.person_id();
            candidates.extend(self.by_person.get(&person).into_iter().flatten());
            candidates.extend(self.by_redemption.get(&(capability.parent, person)).into_iter().flatten());
        }
        candidates.sort_unstable();
        candidates.dedup();
        let mut cut: Option<Cut> = None;
        for candidate in candidates {
            let Some((revocation, acting)) = self.revocation(&candidate) else { continue };
            if !acting.outranks(capability) {
                continue;
            }
            self.effective.insert(candidate);
            if capability.despite.contains(&candidate) && self.may_set_aside(capability, revocation, acting.rank) {
                continue;
            }
            cut.get_or_insert_default().merge(candidate, revocation);
        }
        cut
    }

    fn revocation(&self, hash: &Hash) -> Option<(&'a Revocation, Capability)> {
        match self.statements.get(hash)?.statement() {
            Statement::Revoke(revocation) => Some((revocation, self.held.get(&revocation.acting)?.capability.clone())),
            _ => None,
        }
    }

    /// A removal is set aside by whoever made it, or by somebody above them.
    fn may_set_aside(&self, capability: &Capability, revocation: &Revocation, revoker_rank: u32) -> bool {
        let issuer_rank = self.held.get(&capability.parent).map_or(u32::MAX, |held| held.capability.rank);
        capability.issuer == revocation.issuer || issuer_rank < revoker_rank
    }

    fn register(&mut self, hash: Hash, revocation: &'a Revocation) {
        self.revocations.insert(hash, revocation.acting);
        match &revocation.target {
            Target::Person(person) => self.by_person.entry(*person).or_default().push(hash),
            Target::Grants(grants) => {
                for grant in grants {
                    let redeemed = self
                        .grant(grant)
                        .filter(|capability| self.is_invite(&capability.parent))
                        .map(|capability| (capability.parent, PersonId(capability.subject.key().sign)));
                    match redeemed {
                        Some(key) => self.by_redemption.entry(key).or_default().push(hash),
                        None => self.by_grant.entry(*grant).or_default().push(hash),
                    }
                }
            }
            Target::Device(_) => {}
        }
    }

    /// Judges all redemptions of an invitation that counts. Among more persons than it has uses, those whom a cancellation
    /// keeps come first, then the earliest by their own dates, then by hash: the same choice on every device.
    fn redeem(&mut self, invite: &Hash, redemptions: &[Hash]) {
        let Some(held) = self.held.get(invite).cloned() else { return };
        let Subject::Invite(terms) = held.capability.subject else { return };
        let mut firsts: BTreeMap<PersonId, (bool, Instant, Hash)> = BTreeMap::new();
        let mut good = Vec::new();
        for hash in redemptions {
            let Some(capability) = self.grant(hash) else { continue };
            match self.judge_redemption(hash, capability, &held) {
                Ok(depth) => {
                    let kept = held.cut.as_ref().is_some_and(|cut| cut.keeps.contains(hash));
                    let key = (!kept, capability.at, *hash);
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

    fn judge_redemption(&self, hash: &Hash, capability: &Capability, invite: &Held) -> Result<u32, Refusal> {
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

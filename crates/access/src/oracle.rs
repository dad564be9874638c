//! The rules of access once more, as slowly and plainly as they can be said: each question is answered by asking about what it
//! depends on, from nothing, over all statements. It shares no code with the pass or with taking in one more statement.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DeviceId, Hash, Instant, PersonId};

use crate::{
    Capability, Genesis, MAX_CHAIN, Refusal, Revocation, SignedStatement, Statement, Subject, Target, Widening,
    attenuates,
};

/// What revocations left: which, what they keep, how far work stands.
pub(crate) type OracleCut = (BTreeSet<Hash>, BTreeSet<Hash>, BTreeSet<Tip>);

/// A grant that counts or once did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OracleGrant {
    pub(crate) capability: Capability,
    pub(crate) depth: u32,
    pub(crate) cut: Option<OracleCut>,
}

type Verdict = Result<OracleGrant, Refusal>;
/// Whose a device is, its name, its date and its cut.
pub(crate) type OracleDevice = (PersonId, String, Instant, Option<OracleCut>);

/// Everything the table says, in the oracle's words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) grants: BTreeMap<Hash, OracleGrant>,
    pub(crate) devices: BTreeMap<DeviceId, OracleDevice>,
    pub(crate) endorsed: BTreeSet<DomainTip>,
    pub(crate) acts: BTreeMap<Hash, Hash>,
    pub(crate) refused: BTreeMap<Hash, Refusal>,
}

pub(crate) struct Oracle<'a> {
    pub(crate) genesis: &'a Genesis,
    pub(crate) statements: BTreeMap<Hash, &'a SignedStatement>,
    known: RefCell<BTreeMap<Hash, Verdict>>,
}

impl<'a> Oracle<'a> {
    pub(crate) fn outcome(genesis: &'a Genesis, statements: impl IntoIterator<Item = &'a SignedStatement>) -> Outcome {
        let statements = statements.into_iter().map(|signed| (signed.hash(), signed)).collect();
        Self { genesis, statements, known: RefCell::default() }.all()
    }

    pub(crate) fn root(&self) -> Hash {
        Hash(self.genesis.project_id().0)
    }

    pub(crate) fn fits(&self, statement: &Statement) -> Result<(), Refusal> {
        match statement.project() {
            Some(project) if project.0 != self.root().0 => Err(Refusal::AnotherProject),
            _ if !statement.is_well_formed() => Err(Refusal::Malformed),
            _ => Ok(()),
        }
    }

    pub(crate) fn said(&self, hash: &Hash) -> Option<&'a Capability> {
        self.statements.get(hash)?.grant()
    }

    fn invitation(&self, hash: &Hash) -> Option<&'a Capability> {
        self.said(hash).filter(|capability| capability.subject.is_invite())
    }

    /// The invitation a grant was redeemed from, and by whom.
    fn redeemed(&self, hash: &Hash) -> Option<(Hash, [u8; 32])> {
        let capability = self.said(hash)?;
        self.invitation(&capability.parent).map(|_| (capability.parent, capability.subject.key().sign))
    }

    fn grant(&self, hash: &Hash) -> Verdict {
        if let Some(known) = self.known.borrow().get(hash) {
            return known.clone();
        }
        let verdict = self.judge(hash);
        self.known.borrow_mut().insert(*hash, verdict.clone());
        verdict
    }

    /// What somebody hangs something on.
    fn above(&self, hash: &Hash) -> Verdict {
        if *hash != self.root() && !self.statements.contains_key(hash) {
            return Err(Refusal::UnknownIssuer);
        }
        self.grant(hash).map_err(|_| Refusal::IssuerRefused)
    }

    fn judge(&self, hash: &Hash) -> Verdict {
        if *hash == self.root() {
            return Ok(OracleGrant { capability: Capability::root(self.genesis), depth: 0, cut: None });
        }
        let signed = self.statements.get(hash).ok_or(Refusal::UnknownIssuer)?;
        self.fits(signed.statement())?;
        let capability = signed.grant().ok_or(Refusal::IssuerRefused)?;
        let depth = match self.invitation(&capability.parent) {
            Some(invitation) => {
                let depth = self.redemption(hash, capability)?;
                let Subject::Invite(terms) = invitation.subject else { unreachable!() };
                let came = self.who_came_first(&capability.parent);
                let uses = usize::try_from(terms.uses).unwrap();
                if !came.iter().take(uses).any(|person| *person == capability.subject.key().sign) {
                    return Err(Refusal::UsedUp);
                }
                depth
            }
            None => self.given(hash, capability)?,
        };
        Ok(OracleGrant { cut: self.cut(hash, capability), capability: capability.clone(), depth })
    }

    fn given(&self, hash: &Hash, capability: &Capability) -> Result<u32, Refusal> {
        if self.said(&capability.parent).is_some_and(|parent| parent.rank >= capability.rank) {
            return Err(Refusal::Widened(Widening::Rank));
        }
        let parent = self.above(&capability.parent)?;
        if parent.capability.subject.key().sign != capability.issuer {
            return Err(Refusal::NotTheHolder);
        }
        if !vouches(&parent, hash) {
            return Err(Refusal::IssuerRevoked);
        }
        attenuates(capability, &parent.capability)?;
        self.depth(capability)
    }

    fn redemption(&self, hash: &Hash, capability: &Capability) -> Result<u32, Refusal> {
        let invite = self.grant(&capability.parent).map_err(|_| Refusal::IssuerRefused)?;
        let held = &invite.capability;
        if held.subject.key().sign != capability.issuer {
            return Err(Refusal::NotTheHolder);
        }
        let same = (&held.scope, held.rank, &held.role, held.not_after, held.history)
            == (&capability.scope, capability.rank, &capability.role, capability.not_after, capability.history);
        if !same || capability.subject.is_invite() || !capability.despite.is_empty() {
            return Err(Refusal::NotAsInvited);
        }
        if !vouches(&invite, hash) {
            return Err(Refusal::InvitationCancelled);
        }
        self.depth(capability)
    }

    /// Everybody with a good redemption: kept ones first, then by their earliest date, then by hash.
    fn who_came_first(&self, invitation: &Hash) -> Vec<[u8; 32]> {
        let invite = self.grant(invitation).unwrap();
        let of = self.statements.iter().filter_map(|(hash, signed)| Some((hash, signed.grant()?)));
        let mut came: Vec<_> = of
            .filter(|(hash, capability)| {
                capability.parent == *invitation
                    && self.fits(self.statements[*hash].statement()).is_ok()
                    && self.redemption(hash, capability).is_ok()
            })
            .map(|(hash, capability)| {
                let kept = invite.cut.as_ref().is_some_and(|(_, keeps, _)| keeps.contains(hash));
                (!kept, capability.at, *hash, capability.subject.key().sign)
            })
            .collect();
        came.sort_unstable();
        let mut persons = Vec::new();
        for (.., person) in came {
            if !persons.contains(&person) {
                persons.push(person);
            }
        }
        persons
    }

    fn depth(&self, capability: &Capability) -> Result<u32, Refusal> {
        if capability.subject.key().sign == capability.issuer {
            return Err(Refusal::SelfGrant);
        }
        let mut above = vec![self.grant(&capability.parent).unwrap()];
        while let Some(last) = above.last().filter(|last| last.depth > 0) {
            let next = self.grant(&last.capability.parent).unwrap();
            above.push(next);
        }
        if above.len() > usize::try_from(MAX_CHAIN).unwrap() {
            return Err(Refusal::TooDeep);
        }
        if above.iter().any(|grant| grant.capability.subject.key().sign == capability.subject.key().sign) {
            return Err(Refusal::Cycle);
        }
        Ok(u32::try_from(above.len()).unwrap())
    }

    pub(crate) fn revocations(&self) -> impl Iterator<Item = (Hash, &'a Revocation)> {
        let fitting = self.statements.iter().filter(|(_, signed)| self.fits(signed.statement()).is_ok());
        fitting.filter_map(|(hash, signed)| match signed.statement() {
            Statement::Revoke(revocation) => Some((*hash, revocation)),
            _ => None,
        })
    }

    /// Whether a revocation speaks of a grant.
    fn speaks_of(&self, revocation: &Revocation, hash: &Hash, capability: &Capability) -> bool {
        match &revocation.target {
            Target::Device(_) => false,
            Target::Person(person) => !capability.subject.is_invite() && capability.subject.key().sign == person.0,
            Target::Grants(grants) => grants.iter().any(|grant| match self.redeemed(grant) {
                Some(redeemed) => !capability.subject.is_invite() && self.redeemed(hash) == Some(redeemed),
                None => grant == hash,
            }),
        }
    }

    /// The grant somebody takes back or endorses under.
    pub(crate) fn acting(&self, hash: &Hash, acting: &Hash, issuer: &[u8; 32]) -> Result<Capability, Refusal> {
        let above = self.above(acting)?;
        if above.capability.subject.is_invite() || above.capability.subject.key().sign != *issuer {
            return Err(Refusal::NotTheHolder);
        }
        if vouches(&above, hash) { Ok(above.capability) } else { Err(Refusal::IssuerRevoked) }
    }

    /// The revocations that rank above a grant and speak of it, and whether each is set aside by it.
    pub(crate) fn against(&self, hash: &Hash, capability: &Capability) -> Vec<(Hash, &'a Revocation, bool)> {
        let mut against = Vec::new();
        for (by, revocation) in self.revocations() {
            let claimed = if revocation.acting == self.root() {
                Some(0)
            } else {
                self.said(&revocation.acting).map(|acting| acting.rank)
            };
            if !self.speaks_of(revocation, hash, capability) || claimed.is_none_or(|rank| rank >= capability.rank) {
                continue;
            }
            let Ok(acting) = self.acting(&by, &revocation.acting, &revocation.issuer) else { continue };
            if acting.outranks(capability) {
                let issuer_rank = self.grant(&capability.parent).map_or(u32::MAX, |parent| parent.capability.rank);
                let may = capability.issuer == revocation.issuer || issuer_rank < acting.rank;
                against.push((by, revocation, may && capability.despite.contains(&by)));
            }
        }
        against
    }

    fn cut(&self, hash: &Hash, capability: &Capability) -> Option<OracleCut> {
        let mut cut =
            cut_by(self.against(hash, capability).into_iter().filter(|(.., aside)| !aside).map(|(by, r, _)| (by, r)));
        if capability.subject.is_invite()
            && let Ok(OracleGrant { cut: Some((by, keeps, _)), .. }) = self.grant(&capability.parent)
        {
            let cut = cut.get_or_insert_default();
            cut.0.extend(by);
            cut.1.extend(keeps);
        }
        cut
    }

    fn all(&self) -> Outcome {
        let (mut grants, mut refused) = (BTreeMap::new(), BTreeMap::new());
        grants.insert(self.root(), self.grant(&self.root()).unwrap());
        for (hash, _) in self.statements.iter().filter(|(_, signed)| signed.grant().is_some()) {
            match self.grant(hash) {
                Ok(grant) => drop(grants.insert(*hash, grant)),
                Err(refusal) => drop(refused.insert(*hash, refusal)),
            }
        }
        for (hash, signed) in &self.statements {
            if let Err(refusal) = self.fits(signed.statement()) {
                refused.insert(*hash, refusal);
            }
        }
        let mut acts = self.takings(&grants, &mut refused);
        let devices = self.devices(&grants, &mut acts, &mut refused);
        let endorsed = self.endorsements(&mut acts, &mut refused);
        Outcome { grants, devices, endorsed, acts, refused }
    }
}

pub(crate) fn vouches(grant: &OracleGrant, hash: &Hash) -> bool {
    grant.cut.as_ref().is_none_or(|(_, keeps, _)| keeps.contains(hash))
}

pub(crate) fn cut_by<'a>(revocations: impl Iterator<Item = (Hash, &'a Revocation)>) -> Option<OracleCut> {
    let mut cut: Option<OracleCut> = None;
    for (by, revocation) in revocations {
        let cut = cut.get_or_insert_default();
        cut.0.insert(by);
        cut.1.extend(revocation.keeps.iter().copied());
        cut.2.extend(revocation.cutoffs.iter().copied());
    }
    cut
}

//! The authority table: who is a member, with which devices, and what each may do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use enginus_envelope::{DomainTip, PublicKey, Tip};
use enginus_model::{DeviceId, DomainId, Hash, Instant, Lane, PersonId, ProjectId};

use crate::capability::{Capability, Subject};
use crate::device::DeviceCertificate;
use crate::evaluate::{Cut, Held, Pass, Statements, judge_acting};
use crate::genesis::Genesis;
use crate::refusal::Refusal;
use crate::revocation::{Revocation, Standing, Target};
use crate::scope::{Access, Reach, reach};
use crate::statement::{SignedStatement, Statement};

/// What a set of statements comes to. A pure function of the set: order, repetition and the way it arrived do not matter, and
/// no clock is read.
///
/// ```
/// use enginus_access::{Authority, DeviceCertificate, Genesis, Statement};
/// use enginus_envelope::Keypair;
/// use enginus_model::{DomainId, Instant, Lane};
/// # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
/// # let mut rng = ChaCha20Rng::from_seed([7; 32]); // in the product: the operating system's randomness
/// let (owner, laptop) = (Keypair::generate(&mut rng), Keypair::generate(&mut rng));
/// let genesis = Genesis::new(owner.public(), Instant(0), &mut rng);
/// let certificate = DeviceCertificate::new(owner.public(), &laptop, "laptop", Instant(0));
/// let signed = Statement::Device(certificate).sign(&owner)?;
///
/// let authority = Authority::evaluate(&genesis, [&signed]);
/// let folder = DomainId::from_bytes([1; 16]);
/// assert_eq!(authority.person_of(&laptop.device_id()), Some(owner.person_id()));
/// assert!(authority.may_write(&laptop.device_id(), &folder, Lane::Records));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    pub(crate) genesis: Genesis,
    pub(crate) project: ProjectId,
    pub(crate) statements: Statements,
    pub(crate) held: BTreeMap<Hash, Held>,
    pub(crate) persons: BTreeMap<PersonId, Person>,
    pub(crate) devices: BTreeMap<DeviceId, Device>,
    /// Revocations and endorsements that count, with the grant each acts under.
    pub(crate) acts: BTreeMap<Hash, Hash>,
    endorsed: BTreeSet<DomainTip>,
    refused: Vec<(Hash, Refusal)>,
}

/// Everybody who holds or held a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// Their key, as they signed it themselves in a device's certificate.
    pub(crate) own_key: Option<PublicKey>,
    /// Their grants, highest rank first.
    pub(crate) grants: Vec<Hash>,
}

/// A certified device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) person: PersonId,
    pub(crate) key: PublicKey,
    pub(crate) name: String,
    pub(crate) at: Instant,
    pub(crate) cut: Option<Cut>,
}

impl Authority {
    /// Evaluates `statements` in the project that `genesis` founds. Time and memory grow linearly with what is given, up to
    /// a logarithm.
    pub fn evaluate<'a>(genesis: &Genesis, statements: impl IntoIterator<Item = &'a SignedStatement>) -> Self {
        let statements = statements.into_iter().map(|signed| (signed.hash(), Arc::new(signed.clone()))).collect();
        Self::build(genesis.clone(), statements)
    }

    /// The same with more statements. Equal to evaluating all of them at once.
    #[must_use]
    pub fn with<'a>(&self, more: impl IntoIterator<Item = &'a SignedStatement>) -> Self {
        let mut statements = self.statements.clone();
        for signed in more {
            statements.entry(signed.hash()).or_insert_with(|| Arc::new(signed.clone()));
        }
        if statements.len() == self.statements.len() {
            return self.clone();
        }
        Self::build(self.genesis.clone(), statements)
    }

    fn build(genesis: Genesis, statements: Statements) -> Self {
        let Pass { held, mut refused, revocations, .. } = Pass::run(&genesis, &statements);
        let mut authority = Self {
            project: genesis.project_id(),
            genesis,
            statements: Statements::new(),
            persons: persons_of(&held),
            held,
            devices: BTreeMap::new(),
            acts: revocations,
            endorsed: BTreeSet::new(),
            refused: Vec::new(),
        };
        authority.judge_certificates(&statements, &mut refused);
        authority.judge_device_removals(&statements, &mut refused);
        authority.judge_endorsements(&statements, &mut refused);
        authority.statements = statements;
        authority.refused = refused.into_iter().collect();
        authority
    }

    /// A device belongs to the member who first certified it; the newest of their certificates names it.
    fn judge_certificates(&mut self, statements: &Statements, refused: &mut BTreeMap<Hash, Refusal>) {
        let mut by_device: BTreeMap<DeviceId, Vec<(Instant, Hash, &DeviceCertificate)>> = BTreeMap::new();
        for (hash, signed) in statements {
            if let Statement::Device(certificate) = signed.statement() {
                if self.persons.contains_key(&certificate.person_id()) {
                    by_device.entry(certificate.device_id()).or_default().push((certificate.at, *hash, certificate));
                } else {
                    refused.insert(*hash, Refusal::NotAMember);
                }
            }
        }
        for (device, mut certificates) in by_device {
            certificates.sort_unstable_by_key(|(at, hash, _)| (*at, *hash));
            let Some(person) = certificates.first().map(|(_, _, first)| first.person_id()) else { continue };
            for (at, hash, certificate) in certificates {
                if certificate.person_id() != person {
                    refused.insert(hash, Refusal::DeviceTaken);
                    continue;
                }
                let (key, name) = (certificate.device, certificate.name.clone());
                self.devices.insert(device, Device { person, key, name, at, cut: None });
                if let Some(entry) = self.persons.get_mut(&person) {
                    entry.own_key = Some(entry.own_key.map_or(certificate.person, |key| key.min(certificate.person)));
                }
            }
        }
    }

    fn judge_device_removals(&mut self, statements: &Statements, refused: &mut BTreeMap<Hash, Refusal>) {
        for (hash, signed) in statements {
            let Statement::Revoke(revocation) = signed.statement() else { continue };
            let Target::Device(device) = revocation.target else { continue };
            if refused.contains_key(hash) {
                continue;
            }
            match self.judge_device_removal(statements, hash, revocation, &device) {
                Ok(()) => {
                    self.acts.insert(*hash, revocation.acting);
                    if let Some(entry) = self.devices.get_mut(&device) {
                        entry.cut.get_or_insert_default().merge(*hash, revocation);
                    }
                }
                Err(refusal) => drop(refused.insert(*hash, refusal)),
            }
        }
    }

    fn judge_device_removal(
        &self,
        statements: &Statements,
        hash: &Hash,
        revocation: &Revocation,
        device: &DeviceId,
    ) -> Result<(), Refusal> {
        let entry = self.devices.get(device).ok_or(Refusal::NotAMember)?;
        if entry.person.0 == revocation.issuer {
            return Ok(());
        }
        let acting = judge_acting(&self.held, statements, hash, &revocation.acting, &revocation.issuer)?;
        let grants = self.persons.get(&entry.person).map(|person| person.grants.as_slice()).unwrap_or_default();
        let outranks =
            grants.iter().filter_map(|grant| self.held.get(grant)).all(|held| acting.outranks(&held.capability));
        if outranks { Ok(()) } else { Err(Refusal::NotOutranked) }
    }

    fn judge_endorsements(&mut self, statements: &Statements, refused: &mut BTreeMap<Hash, Refusal>) {
        for (hash, signed) in statements {
            let Statement::Endorse(endorsement) = signed.statement() else { continue };
            if refused.contains_key(hash) {
                continue;
            }
            let verdict = judge_acting(&self.held, statements, hash, &endorsement.acting, &endorsement.issuer)
                .and_then(|acting| {
                    let manages =
                        |tip: &DomainTip| reach(&acting.scope, &tip.domain, &self.project).access == Access::Manage;
                    if endorsement.envelopes.iter().all(manages) { Ok(()) } else { Err(Refusal::NotAManager) }
                });
            match verdict {
                Ok(()) => {
                    self.acts.insert(*hash, endorsement.acting);
                    self.endorsed.extend(endorsement.envelopes.iter().copied());
                }
                Err(refusal) => drop(refused.insert(*hash, refusal)),
            }
        }
    }

    /// The project.
    #[must_use]
    pub const fn project(&self) -> &ProjectId {
        &self.project
    }
    /// The record it was founded by.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }
    /// The statements that do not count, by hash, and why.
    #[must_use]
    pub fn refused(&self) -> &[(Hash, Refusal)] {
        &self.refused
    }
    /// Every statement given, whether it counts or not, in order of hashes.
    pub fn statements(&self) -> impl Iterator<Item = &SignedStatement> {
        self.statements.values().map(Arc::as_ref)
    }
    /// One statement.
    #[must_use]
    pub fn statement(&self, hash: &Hash) -> Option<&SignedStatement> {
        self.statements.get(hash).map(Arc::as_ref)
    }

    /// Whose device it is; `None` for an unknown or removed device. The person may have been removed: what they may still do
    /// is another question.
    #[must_use]
    pub fn person_of(&self, device: &DeviceId) -> Option<PersonId> {
        self.devices.get(device).filter(|device| device.cut.is_none()).map(|device| device.person)
    }

    /// Who wrote something, for people: also for removed devices.
    #[must_use]
    pub fn author_of(&self, device: &DeviceId) -> Option<PersonId> {
        self.devices.get(device).map(|device| device.person)
    }

    /// What a person has in a domain now: the highest word of their live grants.
    #[must_use]
    pub fn access(&self, person: &PersonId, domain: &DomainId) -> Access {
        self.reach(person, domain, None).access
    }

    /// The same counting only grants that have not expired at `now`: for gating a session, never for judging what was written.
    #[must_use]
    pub fn access_at(&self, person: &PersonId, domain: &DomainId, now: Instant) -> Access {
        self.reach(person, domain, Some(now)).access
    }

    /// Access word and lanes of a person in a domain now.
    #[must_use]
    pub fn reach_of(&self, person: &PersonId, domain: &DomainId) -> Reach {
        self.reach(person, domain, None)
    }

    fn reach(&self, person: &PersonId, domain: &DomainId, now: Option<Instant>) -> Reach {
        self.live(person)
            .filter(|(_, capability)| match (now, capability.not_after) {
                (Some(now), Some(end)) => now <= end,
                _ => true,
            })
            .map(|(_, capability)| reach(&capability.scope, domain, &self.project))
            .fold(Reach::default(), Reach::union)
    }

    /// The live grants of a person, highest rank first.
    pub(crate) fn live(&self, person: &PersonId) -> impl Iterator<Item = (Hash, &Capability)> {
        self.grants(person).filter(|(_, held)| held.cut.is_none()).map(|(hash, held)| (hash, &held.capability))
    }

    /// All grants of a person that count or once did.
    pub(crate) fn grants(&self, person: &PersonId) -> impl Iterator<Item = (Hash, &Held)> {
        let grants = self.persons.get(person).map(|person| person.grants.as_slice()).unwrap_or_default();
        grants.iter().filter_map(|hash| self.held.get(hash).map(|held| (*hash, held)))
    }

    /// Whether a device may hold and pass on the sealed bytes of a domain.
    #[must_use]
    pub fn may_pull(&self, device: &DeviceId, domain: &DomainId) -> bool {
        self.device_access(device, domain) >= Access::Pull
    }
    /// Whether a device may have the keys of a domain.
    #[must_use]
    pub fn may_read(&self, device: &DeviceId, domain: &DomainId) -> bool {
        self.device_access(device, domain) >= Access::Read
    }
    /// Whether a device may write to a lane of a domain.
    #[must_use]
    pub fn may_write(&self, device: &DeviceId, domain: &DomainId, lane: Lane) -> bool {
        self.person_of(device).is_some_and(|person| self.reach(&person, domain, None).lanes.contains(lane))
    }
    /// Whether a device's person manages a domain.
    #[must_use]
    pub fn may_manage(&self, device: &DeviceId, domain: &DomainId) -> bool {
        self.device_access(device, domain) == Access::Manage
    }

    fn device_access(&self, device: &DeviceId, domain: &DomainId) -> Access {
        self.person_of(device).map_or(Access::None, |person| self.access(&person, domain))
    }

    /// The highest rank a person holds (0 is the founding owner); `None` without a live grant.
    #[must_use]
    pub fn rank(&self, person: &PersonId) -> Option<u32> {
        self.live(person).map(|(_, capability)| capability.rank).min()
    }

    /// The newest entries that still count of a removed person, all logs together; `None` while no grant of theirs is revoked.
    #[must_use]
    pub fn cutoffs(&self, person: &PersonId) -> Option<Vec<Tip>> {
        union_of(self.grants(person).filter_map(|(_, held)| held.cut.as_ref()))
    }

    /// The newest entries that still count of a removed device; `None` while it is not removed itself.
    #[must_use]
    pub fn device_cutoffs(&self, device: &DeviceId) -> Option<Vec<Tip>> {
        union_of(self.devices.get(device).and_then(|device| device.cut.as_ref()).into_iter())
    }

    /// Whether the entry `tip` that `device` wrote to `lane` of `domain` counts.
    ///
    /// A live grant carries everything its holder wrote where it allows writing, so coming back from a removal brings back
    /// the work in between. A revoked one carries what lies before its cutoffs.
    #[must_use]
    pub fn standing(&self, device: &DeviceId, domain: &DomainId, lane: Lane, tip: &Tip) -> Standing {
        if self.endorsed.contains(&DomainTip { domain: *domain, tip: *tip }) {
            return Standing::Accepted;
        }
        let Some(entry) = self.devices.get(device) else { return Standing::Unknown };
        let mut allowed = false;
        let mut limits: Vec<&Cut> = Vec::new();
        for (_, held) in self.grants(&entry.person) {
            if !reach(&held.capability.scope, domain, &self.project).lanes.contains(lane) {
                continue;
            }
            match &held.cut {
                None => allowed = true,
                Some(cut) => limits.push(cut),
            }
        }
        if !allowed && limits.is_empty() {
            return Standing::NotAllowed;
        }
        let person_limit = if allowed { None } else { Some(bounds(&limits, tip)) };
        let device_limit = entry.cut.as_ref().map(|cut| bounds(&[cut], tip));
        match (person_limit, device_limit) {
            (None, None) => Standing::Accepted,
            (Some(one), None) | (None, Some(one)) => judged(one, tip),
            (Some(one), Some(other)) => judged(lower(&one, &other), tip),
        }
    }
}

/// The tips of `cuts` that may lie at or after `tip` in the same log.
fn bounds(cuts: &[&Cut], tip: &Tip) -> Vec<Tip> {
    let mut tips: Vec<Tip> =
        cuts.iter().flat_map(|cut| &cut.tips).filter(|cut| cut.log == tip.log && cut.seq >= tip.seq).copied().collect();
    tips.sort_unstable();
    tips.dedup();
    tips
}

/// Where two limits hold at once: of each pair the earlier one.
fn lower(one: &[Tip], other: &[Tip]) -> Vec<Tip> {
    let mut tips: Vec<Tip> =
        one.iter().flat_map(|a| other.iter().map(move |b| if a.seq <= b.seq { *a } else { *b })).collect();
    tips.sort_unstable();
    tips.dedup();
    tips
}

fn judged(bounds: Vec<Tip>, tip: &Tip) -> Standing {
    if bounds.contains(tip) {
        return Standing::Accepted;
    }
    let after: Vec<Tip> = bounds.into_iter().filter(|bound| bound.seq > tip.seq).collect();
    if after.is_empty() { Standing::BeyondCutoff } else { Standing::IfBefore(after) }
}

fn union_of<'a>(cuts: impl Iterator<Item = &'a Cut>) -> Option<Vec<Tip>> {
    let mut all: Option<Vec<Tip>> = None;
    for cut in cuts {
        crate::revocation::merge_tips(all.get_or_insert_default(), &cut.tips);
    }
    all
}

fn persons_of(held: &BTreeMap<Hash, Held>) -> BTreeMap<PersonId, Person> {
    let mut persons: BTreeMap<PersonId, Vec<(u32, Hash)>> = BTreeMap::new();
    for (hash, held) in held {
        if let Subject::Person(person) = &held.capability.subject {
            persons.entry(person.person_id()).or_default().push((held.capability.rank, *hash));
        }
    }
    persons
        .into_iter()
        .map(|(person, mut grants)| {
            grants.sort_unstable();
            let grants = grants.into_iter().map(|(_, hash)| hash).collect();
            (person, Person { own_key: None, grants })
        })
        .collect()
}

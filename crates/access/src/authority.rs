//! The authority table: who is a member, with which devices, and what each may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use enginus_envelope::DomainTip;
use enginus_model::{DeviceId, DomainId, Hash, Instant, Lane, PersonId, ProjectId};
use imbl::{OrdMap, OrdSet};

use crate::capability::Capability;
use crate::extend::turn;
use crate::genesis::Genesis;
use crate::refusal::Refusal;
use crate::scope::{Access, Reach, reach};
use crate::statement::SignedStatement;
use crate::table::{Device, Grants, Held, Index, Person, Statements};

/// Statements that come together and are still taken in one by one; many at once are cheaper judged anew.
const FEW: usize = 16;

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
    pub(crate) held: Grants,
    pub(crate) persons: OrdMap<PersonId, Person>,
    pub(crate) devices: OrdMap<DeviceId, Device>,
    /// Revocations and endorsements that count, with the grant each acts under.
    pub(crate) acts: OrdMap<Hash, Hash>,
    pub(crate) endorsed: OrdSet<DomainTip>,
    pub(crate) refused: Arc<Vec<(Hash, Refusal)>>,
    pub(crate) index: Index,
}

impl Authority {
    /// Evaluates `statements` in the project that `genesis` founds. Time and memory grow linearly with what is given, up to
    /// a logarithm.
    pub fn evaluate<'a>(genesis: &Genesis, statements: impl IntoIterator<Item = &'a SignedStatement>) -> Self {
        let statements = statements.into_iter().map(|signed| (signed.hash(), Arc::new(signed.clone()))).collect();
        Self::build(genesis.clone(), statements)
    }

    /// The same with more statements. Equal to evaluating all of them at once; a few that decide about nothing but themselves
    /// cost no more than their own judging. Cloning an authority shares what it holds.
    #[must_use]
    pub fn with<'a>(&self, more: impl IntoIterator<Item = &'a SignedStatement>) -> Self {
        let fresh = more.into_iter().filter(|signed| !self.statements.contains_key(&signed.hash()));
        let fresh: BTreeMap<Hash, &SignedStatement> = fresh.map(|signed| (signed.hash(), signed)).collect();
        if fresh.is_empty() {
            return self.clone();
        }
        let mut fresh: Vec<Arc<SignedStatement>> = fresh.into_values().cloned().map(Arc::new).collect();
        if fresh.len() <= FEW {
            fresh.sort_by_key(|signed| turn(signed));
            let mut extended = self.clone();
            if fresh.iter().all(|signed| extended.extend_by(signed)) {
                return extended;
            }
        }
        let mut statements = self.statements.clone();
        statements.extend(fresh.into_iter().map(|signed| (signed.hash(), signed)));
        Self::build(self.genesis.clone(), statements)
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
    /// Why one statement does not count; `None` where it counts or is not known here.
    #[must_use]
    pub fn refusal(&self, hash: &Hash) -> Option<Refusal> {
        let place = self.refused.binary_search_by(|(refused, _)| refused.cmp(hash)).ok()?;
        self.refused.get(place).map(|(_, refusal)| *refusal)
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
        grants.iter().filter_map(|hash| self.held.get(hash).map(|held| (*hash, held.as_ref())))
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
}

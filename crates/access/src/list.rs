//! A project's access list: what a relay is told of who may have what, without a word of why or of whom.
//!
//! The list is an authority of its own. Its root is the project's owner, its statements are ordinary grants, certificates and
//! revocations, and it is evaluated by the same rules; but it belongs to a project id of its own, so that no statement of the one
//! counts in the other, and everything meant for people (roles, names, reasons) is left empty. Nobody writes it by hand: whoever
//! manages the project compares it with the project's real access ([`AccessList::updates`]) and adds what is missing. It is
//! therefore never the truth about anything, and a relay that lost it is told it again.
//!
//! A grant of the list carries a nonce made of the real grant's hash. That is how the two are compared; whoever does not know the
//! real one learns nothing from it.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::Keypair;
use enginus_model::{DeviceId, DomainId, Hash, Instant, Lane, PersonId, ProjectId};
use rand_core::CryptoRng;

use crate::authority::Authority;
use crate::capability::{Capability, Subject};
use crate::device::DeviceCertificate;
use crate::genesis::Genesis;
use crate::invite::{Offer, Removal, redemption, revoke};
use crate::revocation::{MAX_KEEPS, Target};
use crate::scope::{Access, Reach, reach};
use crate::statement::{SignedStatement, Statement, StatementError};

/// Statements that one comparison may ask to add: what is left comes with the next.
pub const MAX_LIST_UPDATES: usize = 512;

/// How the list stands to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listed {
    /// It names the device nowhere.
    Unknown,
    /// It is a member's.
    Member,
    /// It was a member's, and it or its person was removed or has expired.
    Former,
}

/// The access list of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessList {
    /// The project it is the list of.
    project: ProjectId,
    authority: Authority,
}

impl AccessList {
    /// The list of the project that `genesis` founds, with these statements.
    #[must_use]
    pub fn new<'a>(genesis: &Genesis, statements: impl IntoIterator<Item = &'a SignedStatement>) -> Self {
        let own = genesis_of_list(genesis);
        Self { project: genesis.project_id(), authority: Authority::evaluate(&own, statements) }
    }

    /// The same with more statements.
    #[must_use]
    pub fn with<'a>(&self, more: impl IntoIterator<Item = &'a SignedStatement>) -> Self {
        Self { project: self.project, authority: self.authority.with(more) }
    }

    /// The project it is the list of.
    #[must_use]
    pub const fn project(&self) -> &ProjectId {
        &self.project
    }

    /// Whether a statement belongs to this list and counts in it: anything else is of no use to whoever keeps the list.
    #[must_use]
    pub fn counts(&self, statement: &SignedStatement) -> bool {
        self.authority.statement(&statement.hash()).is_some() && self.authority.refusal(&statement.hash()).is_none()
    }

    /// Whether a statement says nothing that is meant for people: only such belong on a list.
    #[must_use]
    pub fn is_silent(statement: &SignedStatement) -> bool {
        match statement.statement() {
            Statement::Grant(capability) => capability.role.is_empty(),
            Statement::Device(certificate) => certificate.name.is_empty(),
            Statement::Revoke(revocation) => revocation.reason.is_empty() && revocation.cutoffs.is_empty(),
            Statement::Endorse(_) => false,
        }
    }

    /// Whether it has a statement, whether that counts or not.
    #[must_use]
    pub fn has(&self, statement: &Hash) -> bool {
        self.authority.statement(statement).is_some()
    }

    /// Its statements, in order of their hashes.
    pub fn statements(&self) -> impl Iterator<Item = &SignedStatement> {
        self.authority.statements()
    }

    /// How a device stands at `now`.
    #[must_use]
    pub fn listed(&self, device: &DeviceId, now: Instant) -> Listed {
        if self.authority.author_of(device).is_none() {
            return Listed::Unknown;
        }
        let live = self.authority.person_of(device).is_some_and(|person| self.is_live(&person, now));
        if live { Listed::Member } else { Listed::Former }
    }

    /// Whether a device may be given the sealed bytes of a domain at `now`.
    #[must_use]
    pub fn may_get(&self, device: &DeviceId, domain: &DomainId, now: Instant) -> bool {
        self.reach(device, domain, now).access >= Access::Pull
    }

    /// Whether what a device wrote into a lane of a domain may be put there at `now` without being counted as a stranger's.
    #[must_use]
    pub fn may_put(&self, author: &DeviceId, domain: &DomainId, lane: Lane, now: Instant) -> bool {
        self.reach(author, domain, now).lanes.contains(lane)
    }

    /// Whether a device's person manages all of the project: who may let the project go.
    #[must_use]
    pub fn is_owner(&self, device: &DeviceId) -> bool {
        self.authority.person_of(device).is_some_and(|person| self.authority.rank(&person) == Some(0))
    }

    /// Whether an invitation to this key can still be redeemed at `now`.
    #[must_use]
    pub fn is_open(&self, invite: &[u8; 32], now: Instant) -> bool {
        let mut invitations = self.authority.invitations().into_iter();
        invitations.any(|invitation| invitation.terms.key.sign == *invite && !invitation.expired(now))
    }

    /// Whether an invitation to this key ever stood on it.
    #[must_use]
    pub fn knows_invite(&self, invite: &[u8; 32]) -> bool {
        let mut grants = self.authority.held.values().map(|held| &held.capability.subject);
        grants.any(|subject| subject.is_invite() && subject.key().sign == *invite)
    }

    /// What whoever holds the invite key `invite` needs to redeem it: the chain of grants down to the invitation, the invitation last.
    /// Empty where there is none that is open.
    #[must_use]
    pub fn chain_to(&self, invite: &[u8; 32]) -> Vec<SignedStatement> {
        let mut invitations = self.authority.invitations().into_iter();
        let Some(found) = invitations.find(|invitation| invitation.terms.key.sign == *invite) else {
            return Vec::new();
        };
        self.authority.chain(&found.statement).into_iter().cloned().collect()
    }

    fn is_live(&self, person: &PersonId, now: Instant) -> bool {
        self.live_at(person, now).next().is_some()
    }

    fn live_at(&self, person: &PersonId, now: Instant) -> impl Iterator<Item = &Capability> {
        let grants = self.authority.live(person).map(|(_, capability)| capability);
        grants.filter(move |capability| capability.not_after.is_none_or(|end| now <= end))
    }

    fn reach(&self, device: &DeviceId, domain: &DomainId, now: Instant) -> Reach {
        let Some(person) = self.authority.person_of(device) else { return Reach::default() };
        let reaches = self.live_at(&person, now).map(|capability| reach(&capability.scope, domain, &self.project));
        reaches.fold(Reach::default(), Reach::union)
    }

    // ---- what members add ---------------------------------------------------------------------------------------------------

    /// What a member's device says of itself. The same bytes each time, so that saying it again changes nothing.
    ///
    /// # Errors
    /// [`StatementError`]; it does not happen for keys that fit each other.
    pub fn introduce(person: &Keypair, device: &Keypair) -> Result<SignedStatement, StatementError> {
        let certificate = DeviceCertificate::new(person.public(), device, "", Instant(0));
        Statement::Device(certificate).sign(person)
    }

    /// Redeems an invitation of the list for `person`, who redeemed the real one by the statement `real`.
    ///
    /// # Errors
    /// [`StatementError::NotTheIssuer`] where `invitation` is not one to the key `invite`.
    pub fn redeem(
        invite: &Keypair,
        invitation: &SignedStatement,
        person: &Keypair,
        real: &Hash,
    ) -> Result<SignedStatement, StatementError> {
        redemption(invite, invitation, person.public(), counterpart(real), Instant(0))
    }

    /// What `manager` has to add so that the list says what `real` says, as far as they may; at most [`MAX_LIST_UPDATES`].
    ///
    /// Only what the real access is known to have taken back is taken back here: what it does not know yet may be what another
    /// manager has just given.
    #[must_use]
    pub fn updates(&self, real: &Authority, manager: &Keypair, rng: &mut impl CryptoRng) -> Vec<SignedStatement> {
        let mut updates = self.taken_back(real, manager, rng);
        let after = self.with(&updates);
        updates.extend(after.missing(real, manager));
        updates.truncate(MAX_LIST_UPDATES);
        updates
    }

    fn missing(&self, real: &Authority, manager: &Keypair) -> Vec<SignedStatement> {
        let have: BTreeSet<([u8; 16], Subject)> =
            self.live_grants().map(|(_, capability)| (capability.nonce, capability.subject)).collect();
        let me = manager.public().person_id();
        let mut missing = Vec::new();
        for (hash, given) in live_grants(real) {
            let nonce = counterpart(&hash);
            if have.contains(&(nonce, given.subject)) || missing.len() == MAX_LIST_UPDATES {
                continue;
            }
            let offer = Offer {
                role: String::new(),
                rank: given.rank,
                scope: given.scope.clone(),
                not_after: given.not_after,
                history: given.history,
                despite: Vec::new(),
                at: Instant(0),
            };
            // Whom this manager does not stand above is another one's to add.
            let Ok(acting) = self.authority.acting_for(&me, &offer) else { continue };
            let capability = offer.capability(&acting, manager.public().sign, given.subject, nonce);
            missing.extend(Statement::Grant(capability).sign(manager));
        }
        let after = self.with(&missing);
        missing.retain(|signed| after.counts(signed));
        missing
    }

    fn taken_back(&self, real: &Authority, manager: &Keypair, rng: &mut impl CryptoRng) -> Vec<SignedStatement> {
        let state: BTreeMap<[u8; 16], bool> =
            real.held.iter().map(|(hash, held)| (counterpart(hash), held.cut.is_none())).collect();
        let is_over = |capability: &Capability| {
            let former = match &capability.subject {
                Subject::Person(person) => {
                    let person = person.person_id();
                    real.persons.contains_key(&person) && real.live(&person).next().is_none()
                }
                Subject::Invite(_) => false,
            };
            former || state.get(&capability.nonce) == Some(&false)
        };
        let mut targets: Vec<(Target, Vec<Hash>)> = Vec::new();
        for (hash, capability) in self.live_grants().filter(|(_, capability)| is_over(capability)) {
            let keeps = match &capability.subject {
                Subject::Person(person) => self.authority.made_by(&person.person_id()),
                Subject::Invite(_) => self.authority.redemptions(&hash),
            };
            targets.push((Target::Grants(vec![hash]), keeps));
        }
        let removed = real.devices.iter().filter(|(_, device)| device.cut.is_some()).map(|(id, _)| *id);
        let here = removed.filter(|id| self.authority.person_of(id).is_some());
        targets.extend(here.map(|id| (Target::Device(id), Vec::new())));
        let mut signed = Vec::new();
        for (target, keeps) in targets.into_iter().take(MAX_LIST_UPDATES) {
            signed.extend(self.take_back(manager, &target, &keeps, rng));
        }
        signed
    }

    fn take_back(
        &self,
        manager: &Keypair,
        target: &Target,
        keeps: &[Hash],
        rng: &mut impl CryptoRng,
    ) -> Vec<SignedStatement> {
        let me = manager.public().person_id();
        let Some(acting) = self.authority.acting_against(&me, target) else { return Vec::new() };
        // What several revocations of one grant keep is kept together.
        let parts: Vec<&[Hash]> = if keeps.is_empty() { vec![&[]] } else { keeps.chunks(MAX_KEEPS).collect() };
        let removals = parts.into_iter().map(|keeps| Removal {
            target: target.clone(),
            cutoffs: Vec::new(),
            keeps: keeps.to_vec(),
            reason: String::new(),
            at: Instant(0),
        });
        removals.filter_map(|removal| revoke(manager, &acting, removal, rng).ok()).collect()
    }

    fn live_grants(&self) -> impl Iterator<Item = (Hash, &Capability)> {
        live_grants(&self.authority)
    }
}

/// Every grant and open invitation that counts now, but for what the founding owner holds by being it.
fn live_grants(authority: &Authority) -> impl Iterator<Item = (Hash, &Capability)> {
    let live = authority.held.iter().filter(|(_, held)| held.cut.is_none() && held.capability.rank > 0);
    live.map(|(hash, held)| (*hash, &held.capability))
}

/// The record that the list of a project begins with: the same owner, and an id that nobody else's statements name.
fn genesis_of_list(genesis: &Genesis) -> Genesis {
    let hash = blake3::derive_key("enginus 1 access list", &genesis.encode());
    let mut nonce = [0; 16];
    nonce.copy_from_slice(&hash[..16]);
    Genesis { owner: genesis.owner, nonce, at: Instant(0) }
}

/// The nonce of the list's grant for a real one.
fn counterpart(real: &Hash) -> [u8; 16] {
    let hash = blake3::derive_key("enginus 1 access list grant", &real.0);
    let mut nonce = [0; 16];
    nonce.copy_from_slice(&hash[..16]);
    nonce
}

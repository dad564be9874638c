//! Giving access: directly to a known person, or to an invite key that whoever is given it redeems.

use enginus_envelope::{Keypair, PublicKey, Tip};
use enginus_model::{Hash, Instant, ProjectId};
use rand_core::CryptoRng;

use crate::capability::{Capability, InviteKey, Subject};
use crate::device::DeviceCertificate;
use crate::revocation::{Revocation, Target};
use crate::scope::ScopeEntry;
use crate::statement::{SignedStatement, Statement, StatementError};

/// The grant a person acts under, see [`crate::Authority::acting_for`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acting {
    /// The project.
    pub project: ProjectId,
    /// The grant's hash, or the project id for the founding owner.
    pub parent: Hash,
    /// Its rank.
    pub rank: u32,
}

/// What somebody is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The role id it comes from, for people.
    pub role: String,
    /// The role's rank; the grant gets this or, when the granter is not above it, one below the granter.
    pub rank: u32,
    /// What it reaches, see [`crate::expand`].
    pub scope: Vec<ScopeEntry>,
    /// When sessions under it end.
    pub not_after: Option<Instant>,
    /// Whether the past is open too.
    pub history: bool,
    /// Removals of the same person that it sets aside.
    pub despite: Vec<Hash>,
    /// When it is made.
    pub at: Instant,
}

impl Offer {
    /// What is granted under `acting`: the offer, ranked below whoever gives it.
    pub(crate) fn capability(
        &self,
        acting: &Acting,
        issuer: [u8; 32],
        subject: Subject,
        nonce: [u8; 16],
    ) -> Capability {
        Capability {
            project: acting.project,
            subject,
            scope: self.scope.clone(),
            rank: self.rank.max(acting.rank.saturating_add(1)),
            role: self.role.clone(),
            not_after: self.not_after,
            history: self.history,
            despite: self.despite.clone(),
            issuer,
            parent: acting.parent,
            nonce,
            at: self.at,
        }
    }

    /// The offer as if it were given under `parent`, to see whether it may be.
    pub(crate) fn to_capability(&self, project: ProjectId, parent: &Capability) -> Capability {
        let acting = Acting { project, parent: Hash::ZERO, rank: parent.rank };
        self.capability(&acting, parent.subject.key().sign, parent.subject, [0; 16])
    }
}

/// How an invitation may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Distinct persons it brings in; at least 1.
    pub uses: u32,
    /// When it stops being accepted.
    pub redeem_before: Option<Instant>,
}

fn nonce(rng: &mut impl CryptoRng) -> [u8; 16] {
    let mut nonce = [0; 16];
    rng.fill_bytes(&mut nonce);
    nonce
}

/// Gives `offer` to a person whose public key is known.
///
/// # Errors
/// [`StatementError`] when the offer exceeds a limit. Whether `issuer` may give it is what `acting` was asked for.
pub fn grant(
    issuer: &Keypair,
    acting: &Acting,
    person: PublicKey,
    offer: &Offer,
    rng: &mut impl CryptoRng,
) -> Result<SignedStatement, StatementError> {
    let capability = offer.capability(acting, issuer.public().sign, Subject::Person(person), nonce(rng));
    Statement::Grant(capability).sign(issuer)
}

/// Makes an invitation: a fresh key, and the grant of `offer` to it. Whoever has the key redeems it with nobody else online.
///
/// # Errors
/// [`StatementError`] when the offer or the terms exceed a limit.
pub fn invite(
    issuer: &Keypair,
    acting: &Acting,
    offer: &Offer,
    terms: Terms,
    rng: &mut impl CryptoRng,
) -> Result<(Keypair, SignedStatement), StatementError> {
    let key = Keypair::generate(rng);
    let subject =
        Subject::Invite(InviteKey { key: key.public(), uses: terms.uses, redeem_before: terms.redeem_before });
    let capability = offer.capability(acting, issuer.public().sign, subject, nonce(rng));
    let statement = Statement::Grant(capability).sign(issuer)?;
    Ok((key, statement))
}

/// What a joiner publishes: the invitation's capability for `person`, and the certificate of their device.
///
/// # Errors
/// [`StatementError::NotTheIssuer`] when `invitation` is not a grant to `invite`'s key.
pub fn redeem(
    invite: &Keypair,
    invitation: &SignedStatement,
    person: &Keypair,
    device: &Keypair,
    device_name: &str,
    at: Instant,
    rng: &mut impl CryptoRng,
) -> Result<[SignedStatement; 2], StatementError> {
    let granted = redemption(invite, invitation, person.public(), nonce(rng), at)?;
    let certificate = DeviceCertificate::new(person.public(), device, device_name, at);
    Ok([granted, Statement::Device(certificate).sign(person)?])
}

/// The invitation's capability for `person`, signed by the invite key.
pub(crate) fn redemption(
    invite: &Keypair,
    invitation: &SignedStatement,
    person: PublicKey,
    nonce: [u8; 16],
    at: Instant,
) -> Result<SignedStatement, StatementError> {
    let held = invitation
        .grant()
        .filter(|capability| capability.subject.is_invite() && *capability.subject.key() == invite.public())
        .ok_or(StatementError::NotTheIssuer)?;
    let capability = Capability {
        subject: Subject::Person(person),
        issuer: invite.public().sign,
        parent: invitation.hash(),
        despite: Vec::new(),
        nonce,
        at,
        ..held.clone()
    };
    Statement::Grant(capability).sign(invite)
}

/// What is taken back, and what of it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Whom or what.
    pub target: Target,
    /// The newest entry that still counts of every log of theirs.
    pub cutoffs: Vec<Tip>,
    /// Their own statements that still count, see [`crate::Authority::made_by`].
    pub keeps: Vec<Hash>,
    /// Why, for people.
    pub reason: String,
    /// When it is made.
    pub at: Instant,
}

/// Takes back what `removal` names.
///
/// # Errors
/// [`StatementError`] when it exceeds a limit. Whether `issuer` may is what [`crate::Authority::acting_against`] answers.
pub fn revoke(
    issuer: &Keypair,
    acting: &Acting,
    removal: Removal,
    rng: &mut impl CryptoRng,
) -> Result<SignedStatement, StatementError> {
    let Removal { target, cutoffs, keeps, reason, at } = removal;
    let revocation = Revocation {
        project: acting.project,
        target,
        cutoffs,
        keeps,
        reason,
        issuer: issuer.public().sign,
        acting: acting.parent,
        nonce: nonce(rng),
        at,
    };
    Statement::Revoke(revocation).sign(issuer)
}

//! Taking back: what is revoked, up to where the subject's work stands, and which of its own statements stand.

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DeviceId, Hash, Instant, PersonId, ProjectId};
use serde::{Deserialize, Serialize};

/// Cutoffs one revocation may name; a larger removal is several revocations, which merge by union.
pub const MAX_CUTOFFS: usize = 4096;
/// Statements one revocation may keep.
pub const MAX_KEEPS: usize = 4096;
/// Grants one revocation may name.
pub const MAX_REVOKED_GRANTS: usize = 256;
/// Envelopes one endorsement may name.
pub const MAX_ENDORSED: usize = 4096;
/// Bytes of a reason.
pub const MAX_REASON_BYTES: usize = 1024;

/// What is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// Every grant of a person that the revoker outranks, those not yet seen included, except grants that set this
    /// revocation aside ([`crate::Capability::despite`]). A removal.
    Person(PersonId),
    /// These grants: a role change (with a new grant beside it), or a cancelled invitation. A grant redeemed from an
    /// invitation stands for every redemption of that invitation by that person.
    Grants(Vec<Hash>),
    /// One device: by its own person, or by a manager who outranks that person.
    Device(DeviceId),
}

/// A revocation as it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The project.
    pub project: ProjectId,
    /// What is taken back.
    pub target: Target,
    /// Per log of the revoked subject, the newest entry that still counts. A log not named here has none.
    pub cutoffs: Vec<Tip>,
    /// Statements made under the revoked grants that still count; all others are void, however they are dated.
    pub keeps: Vec<Hash>,
    /// Why, for people.
    pub reason: String,
    /// The signing key of the revoking person.
    pub issuer: [u8; 32],
    /// The grant it acts under: a statement's hash, or the project id for the founding owner. For one's own device: the
    /// project id.
    pub acting: Hash,
    /// Makes two equal revocations differ.
    pub nonce: [u8; 16],
    /// When the issuer says it was made.
    pub at: Instant,
}

impl Revocation {
    pub(crate) fn is_well_formed(&self) -> bool {
        let target_ok = match &self.target {
            Target::Grants(grants) => !grants.is_empty() && grants.len() <= MAX_REVOKED_GRANTS,
            Target::Person(_) | Target::Device(_) => true,
        };
        target_ok
            && self.cutoffs.len() <= MAX_CUTOFFS
            && self.keeps.len() <= MAX_KEEPS
            && self.reason.len() <= MAX_REASON_BYTES
    }
}

/// A manager accepts single envelopes that a revocation holds back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endorsement {
    /// The project.
    pub project: ProjectId,
    /// Exactly these envelopes, by domain, log, sequence and hash.
    pub envelopes: Vec<DomainTip>,
    /// Why, for people.
    pub reason: String,
    /// The signing key of the endorsing person.
    pub issuer: [u8; 32],
    /// The grant it acts under, which must manage every domain named.
    pub acting: Hash,
    /// When the issuer says it was made.
    pub at: Instant,
}

impl Endorsement {
    pub(crate) fn is_well_formed(&self) -> bool {
        !self.envelopes.is_empty() && self.envelopes.len() <= MAX_ENDORSED && self.reason.len() <= MAX_REASON_BYTES
    }
}

/// Whether one envelope counts, as far as authority can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Accepted,
    /// It counts if it is an ancestor of one of these entries of its own log, which the log's chain of hashes shows.
    /// (A lower sequence number alone proves nothing: a removed device can sign old numbers anew.)
    IfBefore(Vec<Tip>),
    /// It was written past what a revocation let stand: hold it for review.
    BeyondCutoff,
    /// Its author is or was a member, and was never allowed to write there.
    NotAllowed,
    /// Nothing here says who its author is; a statement still to come may.
    Unknown,
}

/// Adds `tip` to tips of which none repeats, in order.
pub(crate) fn merge_tips(into: &mut Vec<Tip>, tips: &[Tip]) {
    into.extend_from_slice(tips);
    into.sort();
    into.dedup();
}

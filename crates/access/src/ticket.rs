//! An invitation to carry: where to connect, the key, and the whole proof that the key holds what it promises.

use std::fmt;
use std::str::FromStr;

use enginus_envelope::{Keypair, PublicKey};
use enginus_model::{DeviceId, Hash, Instant, ProjectId};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::authority::Authority;
use crate::capability::{Capability, Subject};
use crate::genesis::Genesis;
use crate::refusal::Refusal;
use crate::statement::{SignedStatement, StatementError};
use crate::ticket_text::{TicketTextError, from_text, to_text};
use crate::wire::{self, FormatError};

/// Bytes of a ticket before it becomes text.
pub const MAX_TICKET_BYTES: usize = 32 * 1024;
/// Addresses a ticket may name.
pub const MAX_ADDRESSES: usize = 32;
/// Buckets a ticket may name.
pub const MAX_BUCKETS: usize = 8;
/// Relays a ticket may name.
pub const MAX_RELAYS: usize = 8;
/// Statements a ticket may carry: the chain and the inviter's certificate.
pub const MAX_TICKET_STATEMENTS: usize = 64;
/// Bytes of the project's name, an address or a bucket.
const MAX_TEXT_BYTES: usize = 1024;

/// The secret of an invite key. Wiped from memory when dropped, and never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct InviteSeed([u8; 32]);

impl InviteSeed {
    /// The seed of an invite key.
    #[must_use]
    pub fn of(key: &Keypair) -> Self {
        Self(*key.seed())
    }
    /// The key.
    #[must_use]
    pub fn keypair(&self) -> Keypair {
        Keypair::from_seed(&self.0)
    }
}

impl fmt::Debug for InviteSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteSeed(hidden)")
    }
}

/// Whom a ticket lets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketKey {
    /// Whoever carries it.
    Bearer(InviteSeed),
    /// This person alone, to whom the grant was made directly.
    Person(PublicKey),
}

/// A ticket. Its text is made by `Display` and read by `FromStr`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The project's genesis record.
    pub genesis: Vec<u8>,
    /// The project's name, for people before anything is there.
    pub project_name: String,
    /// The inviter.
    pub inviter: PublicKey,
    /// The inviter's device, to connect to.
    pub device: DeviceId,
    /// Where it can be reached: `ip:port`.
    pub addresses: Vec<String>,
    /// The project's buckets, as URLs without credentials.
    pub buckets: Vec<String>,
    /// The project's relays, as addresses.
    pub relays: Vec<String>,
    /// Whom it lets in.
    pub key: TicketKey,
    /// The inviter's grants from the genesis down, the certificate of the inviter's device, and the invitation itself.
    pub statements: Vec<Vec<u8>>,
}

/// Why a readable ticket proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketCheckError {
    /// Its genesis record is damaged.
    #[error("the ticket's project record is not readable: {0}")]
    Genesis(FormatError),
    /// A statement of its chain is damaged or forged.
    #[error("the ticket's proof does not hold: {0}; ask for a new ticket")]
    Statement(#[from] StatementError),
    /// A statement of another project.
    #[error("the ticket mixes two projects; ask for a new ticket")]
    AnotherProject,
    /// A link of the chain does not count.
    #[error("the ticket's proof does not hold: {0}; ask for a new ticket")]
    Broken(Refusal),
    /// Nothing in it is given to its key.
    #[error("the ticket gives nothing to whoever carries it; ask for a new ticket")]
    NoInvitation,
    /// The device it names is not the inviter's.
    #[error("the ticket names a device that does not belong to the inviter; ask for a new ticket")]
    NotTheInvitersDevice,
}

/// A ticket whose whole chain was verified, offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedTicket {
    /// The project's genesis.
    pub genesis: Genesis,
    /// The project.
    pub project: ProjectId,
    /// The statement that gives access to the key.
    pub invitation: SignedStatement,
    /// All of its statements.
    pub statements: Vec<SignedStatement>,
    /// What these statements come to: enough to redeem the ticket and to know the inviter.
    pub authority: Authority,
    /// The key, if whoever carries it may join.
    pub bearer: Option<InviteSeed>,
}

impl CheckedTicket {
    /// What it gives.
    ///
    /// `None` never happens for a ticket made by [`Ticket::check`].
    #[must_use]
    pub fn capability(&self) -> Option<&Capability> {
        self.invitation.grant()
    }

    /// Whether it is no longer accepted at `now`, by this device's clock. A hint, since clocks are wrong: who serves the project
    /// decides.
    #[must_use]
    pub fn expired(&self, now: Instant) -> bool {
        self.capability().is_some_and(|capability| match &capability.subject {
            Subject::Invite(terms) => terms.redeem_before.is_some_and(|end| now > end),
            Subject::Person(_) => capability.not_after.is_some_and(|end| now > end),
        })
    }
}

impl Ticket {
    /// The project it leads to, before anything else of it is verified.
    ///
    /// # Errors
    /// [`TicketCheckError::Genesis`].
    pub fn project(&self) -> Result<ProjectId, TicketCheckError> {
        Genesis::decode(&self.genesis).map(|genesis| genesis.project_id()).map_err(TicketCheckError::Genesis)
    }

    /// Whether it keeps to the limits; a ticket that does not is never read back.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let short = |text: &String| text.len() <= MAX_TEXT_BYTES;
        self.addresses.len() <= MAX_ADDRESSES
            && self.buckets.len() <= MAX_BUCKETS
            && self.relays.len() <= MAX_RELAYS
            && self.statements.len() <= MAX_TICKET_STATEMENTS
            && short(&self.project_name)
            && self.addresses.iter().all(short)
            && self.buckets.iter().all(short)
            && self.relays.iter().all(short)
            && wire::encode(self).len() <= MAX_TICKET_BYTES
    }

    /// Verifies everything that can be verified offline: the genesis, every signature, every link of the chain, that the key is
    /// given something, and that the device to connect to is the inviter's.
    ///
    /// # Errors
    /// [`TicketCheckError`].
    pub fn check(&self) -> Result<CheckedTicket, TicketCheckError> {
        let genesis = Genesis::decode(&self.genesis).map_err(TicketCheckError::Genesis)?;
        let project = genesis.project_id();
        let statements: Vec<SignedStatement> =
            self.statements.iter().map(|bytes| SignedStatement::decode(bytes)).collect::<Result<_, _>>()?;
        if statements.iter().any(|signed| signed.statement().project().is_some_and(|named| *named != project)) {
            return Err(TicketCheckError::AnotherProject);
        }
        let authority = Authority::evaluate(&genesis, &statements);
        let (key, bearer) = match &self.key {
            TicketKey::Bearer(seed) => (seed.keypair().public(), Some(seed.clone())),
            TicketKey::Person(person) => (*person, None),
        };
        let given = |signed: &&SignedStatement| {
            signed.grant().is_some_and(|capability| {
                *capability.subject.key() == key && capability.subject.is_invite() == bearer.is_some()
            })
        };
        let invitation = statements.iter().rfind(given).ok_or(TicketCheckError::NoInvitation)?.clone();
        if let Some((_, refusal)) = authority.refused().first() {
            return Err(TicketCheckError::Broken(*refusal));
        }
        if authority.capability(&invitation.hash()).is_none() {
            return Err(TicketCheckError::NoInvitation);
        }
        if authority.person_of(&self.device) != Some(self.inviter.person_id()) {
            return Err(TicketCheckError::NotTheInvitersDevice);
        }
        Ok(CheckedTicket { genesis, project, invitation, statements, authority, bearer })
    }

    /// The statements a ticket needs for `invitation`, made by the person with `device`: what [`Ticket::statements`] holds.
    #[must_use]
    pub fn proof(authority: &Authority, invitation: &Hash, device: &DeviceId) -> Vec<Vec<u8>> {
        let certificate = authority.certificate(device).into_iter();
        certificate.chain(authority.chain(invitation)).map(|signed| signed.bytes().to_vec()).collect()
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_text(&wire::encode(self)))
    }
}

impl FromStr for Ticket {
    type Err = TicketTextError;

    fn from_str(text: &str) -> Result<Self, TicketTextError> {
        let payload = from_text(text)?;
        let ticket: Self = wire::decode(&payload, MAX_TICKET_BYTES).map_err(|error| match error {
            FormatError::NewerVersion { found, .. } => TicketTextError::NewerVersion { found },
            _ => TicketTextError::Damaged,
        })?;
        if ticket.is_well_formed() { Ok(ticket) } else { Err(TicketTextError::Damaged) }
    }
}

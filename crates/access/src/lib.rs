//! Who may do what, decided by signatures that every device checks alone, offline, with the same answer everywhere.
//!
//! A project begins with a [`Genesis`], whose hash is the project's id. Everything else is a [`Statement`]: a grant that narrows
//! the grant it hangs on, a device's certificate, a revocation with cutoffs, an endorsement. [`Authority::evaluate`] turns a
//! *set* of them into a table of what counts; statements that do not count are kept with the reason
//! ([`Authority::refused`]). [`EpochRecord`] carries a domain's secrets to those who may read it, and [`Ticket`] carries an
//! invitation with the proof of it.
//!
//! This crate deliberately does not know what documents are, how statements are stored or sent, in which envelope one
//! arrived, or what time it is: expiry is a question one asks with a time in hand, and never rewrites history.
//!
//! ```
//! use enginus_access::{Authority, DomainScope, Genesis, LaneSet, Offer, ScopeEntry, Terms, invite, redeem};
//! use enginus_envelope::Keypair;
//! use enginus_model::{DomainId, Instant, Lane};
//! # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! # let mut rng = ChaCha20Rng::from_seed([7; 32]); // in the product: the operating system's randomness
//! let owner = Keypair::generate(&mut rng);
//! let genesis = Genesis::new(owner.public(), Instant(0), &mut rng);
//! let authority = Authority::evaluate(&genesis, []);
//! let folder = DomainId::from_bytes([1; 16]);
//! let offer = Offer {
//!     role: "contractor".into(),
//!     rank: 30,
//!     scope: vec![ScopeEntry::write(DomainScope::One(folder), LaneSet::of(&[Lane::Records]))],
//!     not_after: None,
//!     history: true,
//!     despite: vec![],
//!     at: Instant(1),
//! };
//! let acting = authority.acting_for(&owner.person_id(), &offer)?;
//! let terms = Terms { uses: 1, redeem_before: None };
//! let (key, invitation) = invite(&owner, &acting, &offer, terms, &mut rng)?;
//!
//! // Somewhere else, later, with nobody else online:
//! let (person, device) = (Keypair::generate(&mut rng), Keypair::generate(&mut rng));
//! let joined = redeem(&key, &invitation, &person, &device, "site laptop", Instant(2), &mut rng)?;
//! let authority = authority.with([&invitation]).with(&joined);
//! assert!(authority.may_write(&device.device_id(), &folder, Lane::Records));
//! assert!(!authority.may_write(&device.device_id(), &folder, Lane::Reviews));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acting;
mod authority;
mod build;
mod capability;
mod contact;
mod device;
mod epoch_keys;
mod epoch_record;
mod evaluate;
mod extend;
mod genesis;
mod history;
mod invite;
mod judge;
mod list;
mod members;
mod readers;
mod refusal;
mod revocation;
mod role;
mod scope;
mod standing;
mod statement;
mod table;
mod ticket;
mod ticket_text;
mod wire;

#[cfg(test)]
mod acts;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod attacks_bytes;
#[cfg(test)]
mod attacks_keys;
#[cfg(test)]
mod attacks_removals;
#[cfg(test)]
mod attacks_tickets;
#[cfg(test)]
mod authority_tests;
#[cfg(test)]
mod epoch_tests;
#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod oracle_acts;
#[cfg(test)]
mod permutations;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod readers_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod ticket_tests;

pub use authority::Authority;
pub use capability::{
    Capability, InviteKey, MAX_DESPITE, MAX_INVITE_USES, MAX_ROLE_BYTES, MAX_SCOPE_ENTRIES, Subject, Widening,
    attenuates,
};
pub use contact::{CONTACT_PREFIX, Contact, ContactError, MAX_CONTACT_NAME_BYTES};
pub use device::{DeviceCertificate, MAX_DEVICE_NAME_BYTES};
pub use epoch_keys::{EpochKeys, EpochOpenError, EpochRecordError, HistoryKey};
pub use epoch_record::{
    EpochRecord, MAX_EPOCH_RECORD_BYTES, MAX_PREVIOUS, MAX_SEALED_BYTES, MAX_SEALS, Purpose, Seal, Sealed,
};
pub use evaluate::MAX_CHAIN;
pub use genesis::{Genesis, MAX_GENESIS_BYTES};
pub use history::{Decision, DecisionKind, DecisionSubject, RemovalMade};
pub use invite::{Acting, Offer, Removal, Terms, grant, invite, redeem, revoke};
pub use list::{AccessList, Listed, MAX_LIST_UPDATES};
pub use members::{Invitation, Member, MemberDevice};
pub use readers::{Holder, Reader, lacking};
pub use refusal::Refusal;
pub use revocation::{
    Endorsement, MAX_CUTOFFS, MAX_ENDORSED, MAX_KEEPS, MAX_REASON_BYTES, MAX_REVOKED_GRANTS, Revocation, Standing,
    Target,
};
pub use role::{ExpandError, expand};
pub use scope::{Access, DomainScope, LaneSet, Reach, ScopeEntry, reach};
pub use statement::{MAX_STATEMENT_BYTES, SignedStatement, Statement, StatementError};
pub use ticket::{
    CheckedTicket, InviteSeed, MAX_ADDRESSES, MAX_BUCKETS, MAX_TICKET_BYTES, MAX_TICKET_STATEMENTS, Ticket,
    TicketCheckError, TicketKey,
};
pub use ticket_text::{TICKET_PREFIX, TicketTextError};
pub use wire::FormatError;

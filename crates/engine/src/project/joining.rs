//! A project that is on its way to this device: what it waits with, what it shows to whoever serves it, and how it becomes a member.
//!
//! Three ways lead here. A ticket brings a new person, with the invite key or with a grant of their own. The person's key, after the
//! 24 words or from another of their devices, needs neither: this device's certificate by a member is enough.

use std::collections::BTreeSet;

use enginus_access::{
    CheckedTicket, DeviceCertificate, EpochRecord, Genesis, InviteSeed, SignedStatement, Statement, Ticket,
};
use enginus_envelope::{Keypair, Parts, PublicKey};
use enginus_model::{DeviceId, DomainId, Hash};
use enginus_store::{Batch, Reader};
use serde::{Deserialize, Serialize};

use super::gathered::Intake;
use super::open::{CREDENTIALS_KEY, GENESIS_KEY, INVITE_KEY, SPENT_INVITE_KEY, TICKET_KEY, domain_envelopes};
use super::{Place, Project, internal};
use crate::ambient;
use crate::api::{Failure, FailureKind, NoticeKind};

/// The store's key of [`Waiting`]: a version byte, then postcard. It is there exactly as long as the project is on its way.
const WAITING_KEY: &str = "waiting";
const VERSION: u8 = 1;

/// What is known of a project before anything of it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// Its name, as whoever let this device in says.
    pub(crate) name: String,
    /// Where it may be found.
    pub(crate) buckets: Vec<String>,
    pub(crate) relays: Vec<String>,
    /// Devices that may bring it, with their addresses.
    pub(crate) devices: Vec<(DeviceId, Vec<String>)>,
}

impl Waiting {
    /// What a ticket says.
    pub(crate) fn of_ticket(ticket: &Ticket) -> Self {
        Self {
            name: ticket.project_name.clone(),
            buckets: ticket.buckets.clone(),
            relays: Vec::new(),
            devices: vec![(ticket.device, ticket.addresses.clone())],
        }
    }

    /// What a store waits with; `None` where the project has arrived.
    pub(super) fn load(reader: &Reader) -> Result<Option<Self>, Failure> {
        if let Some(bytes) = reader.meta(WAITING_KEY)? {
            return match bytes.split_first() {
                Some((&VERSION, body)) => postcard::from_bytes(body).map(Some).map_err(|error| unreadable(&error)),
                _ => Err(unreadable(&"another version")),
            };
        }
        // Kept by the first program that could join.
        let ticket = reader.meta(TICKET_KEY)?.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(ticket.and_then(|text| text.parse::<Ticket>().ok()).map(|ticket| Self::of_ticket(&ticket)))
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> Failure {
    internal("reading what the project waits with", error)
}

/// Keeps what a project waits with.
fn put_expectation(batch: &mut Batch, waiting: &Waiting, credentials: &Credentials) {
    if let Some(invite) = &credentials.invite {
        batch.put_meta(INVITE_KEY, invite.keypair().seed());
    }
    batch.put_meta(WAITING_KEY, &postcard::to_extend(waiting, vec![VERSION]).unwrap_or_default());
    batch.put_meta(CREDENTIALS_KEY, &postcard::to_allocvec(&credentials.statements).unwrap_or_default());
}

/// What a member's device needs to be served: its certificate, and the grant where it is new.
pub(crate) struct Credentials {
    /// Shown to whoever serves the project; published once it has arrived, as far as it is not known there.
    pub(crate) statements: Vec<Vec<u8>>,
    /// The key of a ticket for whoever carries it.
    pub(crate) invite: Option<InviteSeed>,
}

impl Credentials {
    /// What a ticket and this person's keys come to.
    fn of_ticket(ticket: &Ticket, checked: &CheckedTicket, place: &Place, device_name: &str) -> Result<Self, Failure> {
        let (person, device) = (&place.identity.person, &place.identity.device);
        let mut statements = ticket.statements.clone();
        let invite = match &checked.bearer {
            Some(seed) => {
                let key = seed.keypair();
                let (now, mut rng) = (ambient::now(), ambient::rng());
                let made =
                    enginus_access::redeem(&key, &checked.invitation, person, device, device_name, now, &mut rng)
                        .map_err(|error| {
                            Failure::new(FailureKind::BadInput, error.to_string()).hint("ask for a new ticket")
                        })?;
                statements.extend(made.iter().map(|statement| statement.bytes().to_vec()));
                Some(seed.clone())
            }
            None => {
                let theirs = checked.capability().is_some_and(|given| *given.subject.key() == person.public());
                if !theirs {
                    return Err(Failure::new(FailureKind::BadInput, "this ticket is bound to another person")
                        .hint("ask for a ticket of your own"));
                }
                statements.push(certificate(place, device_name)?.bytes().to_vec());
                None
            }
        };
        Ok(Self { statements, invite })
    }

    /// Of a device of somebody who is a member already.
    pub(crate) fn of_member(certificate: &SignedStatement) -> Self {
        Self { statements: vec![certificate.bytes().to_vec()], invite: None }
    }
}

/// The certificate of the device of `place`, by its person.
pub(crate) fn certificate(place: &Place, device_name: &str) -> Result<SignedStatement, Failure> {
    let identity = &place.identity;
    let made = DeviceCertificate::new(identity.person.public(), &identity.device, device_name, ambient::now());
    Statement::Device(made).sign(&identity.person).map_err(|error| internal("certifying this device", error))
}

impl Project {
    /// Keeps a ticket and what redeems it.
    pub(crate) fn await_ticket(
        place: Place,
        ticket: &Ticket,
        checked: &CheckedTicket,
        device_name: &str,
    ) -> Result<Self, Failure> {
        let credentials = Credentials::of_ticket(ticket, checked, &place, device_name)?;
        Self::expect(place, &checked.genesis, &Waiting::of_ticket(ticket), &credentials)
    }

    /// Keeps what leads to a project; it is opened when its envelopes arrive. What is shown is made once and kept, so that showing
    /// it twice is not redeeming twice.
    pub(crate) fn expect(
        place: Place,
        genesis: &Genesis,
        waiting: &Waiting,
        credentials: &Credentials,
    ) -> Result<Self, Failure> {
        let store = place.open_store()?;
        let mut batch = Batch::new();
        batch.put_meta(GENESIS_KEY, &genesis.encode());
        put_expectation(&mut batch, waiting, credentials);
        store.commit(batch)?;
        Self::from_store(place, store)
    }

    /// Why whoever was reached may have given nothing, while the project is on its way.
    pub(crate) fn why_nothing_is_given(&self) -> &'static str {
        if self.invite.is_some() {
            "a member or bucket was reached and gave nothing: the ticket was used or withdrawn, or its invitation has not come there yet; try later or ask for a new one"
        } else {
            "a member was reached and gave nothing; they may not know of this device yet"
        }
    }

    /// Whether the project waits with exactly this ticket.
    pub(crate) fn waits_with(&self, ticket: &Ticket, checked: &CheckedTicket) -> bool {
        let key = checked.bearer.as_ref().map(|seed| seed.keypair().public());
        self.waiting == Some(Waiting::of_ticket(ticket)) && self.invite.as_ref().map(Keypair::public) == key
    }

    /// Goes on waiting with another ticket, where the first was used up, say. Whoever is connected was shown the first: end that.
    pub(crate) fn await_another(
        &mut self,
        ticket: &Ticket,
        checked: &CheckedTicket,
        device_name: &str,
    ) -> Result<(), Failure> {
        let credentials = Credentials::of_ticket(ticket, checked, &self.place, device_name)?;
        let waiting = Waiting::of_ticket(ticket);
        let mut batch = Batch::new();
        batch.del_meta(INVITE_KEY);
        put_expectation(&mut batch, &waiting, &credentials);
        self.store.commit(batch)?;
        self.invite = credentials.invite.as_ref().map(|seed| seed.keypair());
        self.waiting = Some(waiting);
        // Keys that were sealed to the new invitation may be here already.
        self.dirty = true;
        self.ready()?;
        self.finish_join()?;
        self.publish();
        Ok(())
    }

    /// What the project waits with, until it has arrived.
    pub(crate) fn waiting(&self) -> Option<&Waiting> {
        self.waiting.as_ref()
    }

    /// What this device shows to whoever serves the project, until its statements are in the log.
    pub(crate) fn credentials(&self) -> Result<Vec<Vec<u8>>, Failure> {
        if self.waiting.is_none() {
            return Ok(Vec::new());
        }
        let bytes = self.store.read()?.meta(CREDENTIALS_KEY)?.unwrap_or_default();
        postcard::from_bytes(&bytes).map_err(|error| internal("reading the kept ticket", error))
    }

    /// Once keys, access and settings are here, this device publishes its own statements and becomes a member.
    pub(super) fn finish_join(&mut self) -> Result<(), Failure> {
        if self.waiting.is_none() || self.state.settings.folders.is_empty() {
            return Ok(());
        }
        if !self.authority().may_read(&self.device(), &DomainId::settings(&self.place.id)) {
            let text = if self.invite.is_some() {
                "the ticket of this project was used by somebody else or withdrawn; ask for a new one"
            } else {
                "you are no member of this project any more; ask its owner for a ticket"
            };
            self.notice(NoticeKind::Waiting, text);
            return Ok(());
        }
        // What an earlier ticket opened is here, what this one opens is not yet.
        if !self.state.epochs.knows_domain(&DomainId::authority(&self.place.id)) {
            return Ok(());
        }
        let own = self.unpublished_credentials()?;
        let records = self.own_epoch_shares();
        let mut intake = Intake::default();
        self.remember_introductions(&mut intake.batch)?;
        for key in [INVITE_KEY, TICKET_KEY, WAITING_KEY, CREDENTIALS_KEY] {
            intake.batch.del_meta(key);
        }
        if let Some(invite) = &self.invite {
            intake.batch.put_meta(SPENT_INVITE_KEY, invite.seed());
        }
        let mut written = Ok(());
        if !own.is_empty() {
            written = self.write_statements(&own, &mut intake);
        }
        let written = written.and_then(|()| self.write_keys(records, &mut intake));
        let (invite, waiting) = (self.invite.take(), self.waiting.take());
        if let Err(failure) = self.commit_own(written, intake) {
            (self.invite, self.waiting) = (invite, waiting);
            self.reload();
            return Err(failure);
        }
        self.spent_invite = invite;
        self.publish();
        Ok(())
    }

    /// What this device showed and the log does not have: a ticket's own statements are there already, and so is the certificate of
    /// a device that another one let in.
    fn unpublished_credentials(&self) -> Result<Vec<SignedStatement>, Failure> {
        let published: BTreeSet<Hash> = self.statements_in_log()?.into_iter().collect();
        let shown = self.credentials()?;
        let shown = shown.iter().map(|bytes| SignedStatement::decode(bytes)).collect::<Result<Vec<_>, _>>();
        let shown = shown.map_err(|error| internal("reading the kept ticket", error))?;
        Ok(shown.into_iter().filter(|statement| !published.contains(&statement.hash())).collect())
    }

    /// The hashes of all statements in the authority domain's envelopes.
    fn statements_in_log(&self) -> Result<Vec<Hash>, Failure> {
        let domain = DomainId::authority(&self.place.id);
        let mut hashes = Vec::new();
        for envelope in domain_envelopes(&self.store.read()?, &domain)? {
            let Some(secret) = self.state.epochs.secret(&domain, &envelope.header.epoch) else { continue };
            if let Ok(payload) = envelope.open(Some(secret))
                && let Parts::Statements(statements) = payload.parts
            {
                hashes.extend(statements.iter().map(|bytes| Hash::of(bytes)));
            }
        }
        Ok(hashes)
    }

    /// Every epoch known here, sealed to this person's own keys as far as they lack it.
    fn own_epoch_shares(&mut self) -> Vec<EpochRecord> {
        let identity = self.place.identity.clone();
        let mine = [identity.device.public(), identity.person.public()];
        let mut records = Vec::new();
        for domain in self.state.epochs.known_domains() {
            records.extend(self.epoch_shares(&domain, &identity.device, |key| mine.contains(key)));
        }
        records
    }

    /// Records that give a domain's epochs to those readers whose key is `wanted`, as far as they lack them.
    pub(super) fn epoch_shares(
        &mut self,
        domain: &DomainId,
        device: &Keypair,
        wanted: impl Fn(&PublicKey) -> bool,
    ) -> Vec<EpochRecord> {
        let readers: Vec<_> = self.epoch_readers(domain).into_iter().filter(|reader| wanted(&reader.key)).collect();
        let newest = self.current_epoch(domain);
        self.state.epochs.share(self.authority(), *domain, newest, &readers, device, &BTreeSet::new())
    }
}

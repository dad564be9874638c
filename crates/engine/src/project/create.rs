//! How a project comes to be on a device: created here, or joined with a ticket and finished when it arrives.

use enginus_access::{
    Capability, CheckedTicket, DeviceCertificate, EpochRecord, Genesis, SignedStatement, Statement, Ticket,
};
use enginus_envelope::{EpochSecret, Keypair, Parts, PublicKey};
use enginus_model::{DomainId, Language, Lane, Template};
use enginus_store::{Batch, Options, Store};

use super::intake::Intake;
use super::open::{GENESIS_KEY, INVITE_KEY};
use super::settings::key;
use super::write::to_json;
use super::{Card, FolderSetting, Place, Project, internal};
use crate::ambient;
use crate::api::{Failure, FailureKind};
use crate::home::{Profile, device_name};

/// What the person said of a new project.
pub(crate) struct NewProject {
    pub(crate) name: String,
    pub(crate) template: Template,
    pub(crate) language: Language,
    pub(crate) buckets: Vec<String>,
}

/// Record kind of a peer: key = device id.
pub(crate) const TICKET_KEY: &str = "ticket";

impl Project {
    /// The first record of a new project, whose hash is the project's id.
    pub(crate) fn new_genesis(owner: PublicKey) -> Genesis {
        Genesis { owner, nonce: ambient::random(), at: ambient::now() }
    }

    /// Creates a project owned by the person of `place`.
    pub(crate) fn create(place: Place, genesis: &Genesis, new: &NewProject, profile: &Profile) -> Result<Self, Failure> {
        let store = Store::open(&place.store, Options::default())?;
        let mut batch = Batch::new();
        batch.put_meta(GENESIS_KEY, &genesis.encode());
        store.commit(batch)?;
        let mut project = Self::from_store(place, store)?;
        let certificate = project.device_certificate()?;
        project.state.statements.insert(certificate.hash(), certificate.clone());
        project.evaluate_authority();
        let folders: Vec<(DomainId, FolderSetting)> = new_folders(&new.template);
        let mut domains = project.shared_domains();
        domains.extend(folders.iter().map(|(domain, _)| *domain));
        let mut intake = Intake::default();
        let written = project
            .open_epochs(&domains, &mut intake)
            .and_then(|()| project.write_statements(&[certificate], &mut intake));
        project.commit_own(written, intake)?;
        project.set_entries(DomainId::settings(&project.place.id), &settings_entries(new, &folders)?)?;
        project.write_card(profile)?;
        project.cache_shards(true)?;
        Ok(project)
    }

    /// Keeps a ticket: the project is opened when its envelopes arrive.
    pub(crate) fn await_ticket(place: Place, ticket: &Ticket, checked: &CheckedTicket) -> Result<Self, Failure> {
        let store = Store::open(&place.store, Options::default())?;
        let mut batch = Batch::new();
        batch.put_meta(GENESIS_KEY, &checked.genesis.encode());
        batch.put_meta(INVITE_KEY, ticket.invite_seed());
        batch.put_meta(TICKET_KEY, ticket.to_string().as_bytes());
        store.commit(batch)?;
        Self::from_store(place, store)
    }

    /// The ticket a pending join waits with.
    pub(crate) fn pending_ticket(&self) -> Result<Option<Ticket>, Failure> {
        if self.invite.is_none() {
            return Ok(None);
        }
        let bytes = self.store.read()?.meta(TICKET_KEY)?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| text.parse().ok()))
    }

    /// What a joiner shows to whoever serves the project, before its statements are in the log.
    pub(crate) fn credentials(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let Some(ticket) = self.pending_ticket()? else { return Ok(Vec::new()) };
        let checked = ticket.check().map_err(|error| internal("reading the kept ticket", error))?;
        let mut statements: Vec<Vec<u8>> = ticket.statements().to_vec();
        statements.extend(self.redemption(&checked)?.iter().map(SignedStatement::encode));
        Ok(statements)
    }

    fn redemption(&self, ticket: &CheckedTicket) -> Result<Vec<SignedStatement>, Failure> {
        let invite = self.invite.as_ref().ok_or_else(|| internal("redeeming the ticket", "there is none"))?;
        // The same statement every time, so that showing it twice is not redeeming twice.
        let person = self.place.identity.person.public();
        let grant = ticket.redeem(invite, &person).map_err(|error| internal("redeeming the ticket", error))?;
        Ok(vec![grant, self.device_certificate()?])
    }

    /// Whether the invite key of a pending join may pull a domain, as far as the access table here says.
    pub(super) fn invite_may_pull(&self, domain: &DomainId) -> bool {
        self.invite
            .as_ref()
            .is_some_and(|invite| self.authority().invite_may_pull(&invite.public(), domain))
    }

    /// Once keys, access and settings are here, a joiner writes its own statements and becomes a member.
    pub(super) fn finish_join(&mut self) -> Result<(), Failure> {
        if self.invite.is_none() || self.state.settings.folders.is_empty() {
            return Ok(());
        }
        let Some(ticket) = self.pending_ticket()? else { return Ok(()) };
        let checked = ticket.check().map_err(|error| internal("reading the kept ticket", error))?;
        let statements = self.redemption(&checked)?;
        for statement in &statements {
            self.state.statements.insert(statement.hash(), statement.clone());
        }
        self.evaluate_authority();
        let mut intake = Intake::default();
        let readers = [self.place.identity.device.public(), self.place.identity.person.public()];
        let known: Vec<DomainId> = self.state.epochs.known_domains().copied().collect();
        let mut records = Vec::new();
        for domain in known {
            records.extend(self.state.epochs.seal_for(&self.place.id, &domain, &readers, &self.place.identity.device));
        }
        intake.batch.del_meta(INVITE_KEY);
        intake.batch.del_meta(TICKET_KEY);
        let written = self
            .write_statements(&statements, &mut intake)
            .and_then(|()| self.write_keys(&records, &mut intake));
        let invite = self.invite.take();
        if let Err(failure) = self.commit_own(written, intake) {
            self.invite = invite;
            return Err(failure);
        }
        self.joined_now = true;
        Ok(())
    }

    /// Writes this person's card once the directory can be written.
    pub(crate) fn write_card(&mut self, profile: &Profile) -> Result<(), Failure> {
        let card = Card {
            name: profile.name.clone(),
            organisation: profile.organisation.clone().unwrap_or_default(),
            email: profile.email.clone().unwrap_or_default(),
        };
        if self.state.directory.get(&self.me()) == Some(&card) {
            return Ok(());
        }
        let entry = format!("{}{}", key::PERSON, self.me());
        self.set_entries(DomainId::directory(&self.place.id), &[(entry, to_json(&card)?)])
    }

    /// Makes an invitation and everything it needs to be redeemed by itself.
    pub(crate) fn invite(
        &mut self,
        capability: impl FnOnce(&Self, PublicKey) -> Result<Capability, Failure>,
    ) -> Result<(Keypair, SignedStatement), Failure> {
        let invite = Keypair::generate(&mut ambient::rng());
        let capability = capability(self, invite.public())?;
        let scope = capability.scope.clone();
        let statement = SignedStatement::sign(Statement::Grant(capability), &self.place.identity.person)
            .map_err(|error| internal("signing the invitation", error))?;
        self.state.statements.insert(statement.hash(), statement.clone());
        self.evaluate_authority();
        let readable: Vec<DomainId> = self
            .state
            .epochs
            .known_domains()
            .filter(|domain| {
                self.shared_domains().contains(domain)
                    || enginus_access::scope_access(&scope, domain) >= enginus_access::Access::Read
            })
            .copied()
            .collect();
        let mut records = Vec::new();
        for domain in &readable {
            let readers = [invite.public()];
            records.extend(self.state.epochs.seal_for(&self.place.id, domain, &readers, &self.place.identity.device));
        }
        let mut intake = Intake::default();
        let written = self
            .write_statements(std::slice::from_ref(&statement), &mut intake)
            .and_then(|()| self.write_keys(&records, &mut intake));
        self.commit_own(written, intake)?;
        self.publish();
        Ok((invite, statement))
    }

    /// The domains every member reads.
    fn shared_domains(&self) -> Vec<DomainId> {
        let id = &self.place.id;
        vec![DomainId::authority(id), DomainId::settings(id), DomainId::directory(id)]
    }

    fn device_certificate(&self) -> Result<SignedStatement, Failure> {
        let identity = &self.place.identity;
        let certificate = DeviceCertificate {
            person: identity.person.public(),
            device: identity.device.public(),
            name: device_name(),
            at: self.genesis.at,
        };
        SignedStatement::sign(Statement::Device(certificate), &identity.person)
            .map_err(|error| internal("certifying this device", error))
    }

    fn open_epochs(&mut self, domains: &[DomainId], intake: &mut Intake) -> Result<(), Failure> {
        let identity = self.place.identity.clone();
        let readers = [identity.device.public(), identity.person.public()];
        let mut records = Vec::new();
        for domain in domains {
            let secret = EpochSecret::generate(&mut ambient::rng());
            let sealed = EpochRecord::seal(
                self.place.id,
                *domain,
                &secret,
                None,
                &readers,
                &identity.device,
                &mut ambient::rng(),
            );
            records.push(sealed.map_err(|error| internal("sealing a key", error))?);
        }
        self.write_keys(&records, intake)
    }

    fn write_keys(&mut self, records: &[EpochRecord], intake: &mut Intake) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        for record in records {
            self.learn_key(record);
        }
        let encoded = records.iter().map(EpochRecord::encode).collect();
        self.write(DomainId::keys(&self.place.id), Lane::Records, Parts::Keys(encoded), intake)
    }

    pub(super) fn learn_key(&mut self, record: &EpochRecord) -> bool {
        let identity = &self.place.identity;
        let keys: Vec<&Keypair> = [&identity.device, &identity.person].into_iter().chain(self.invite.as_ref()).collect();
        self.state.epochs.learn(&self.place.id, record, &keys)
    }

    fn write_statements(&mut self, statements: &[SignedStatement], intake: &mut Intake) -> Result<(), Failure> {
        let encoded = statements.iter().map(SignedStatement::encode).collect();
        self.write(DomainId::authority(&self.place.id), Lane::Records, Parts::Statements(encoded), intake)
    }
}

fn new_folders(template: &Template) -> Vec<(DomainId, FolderSetting)> {
    template
        .folders
        .iter()
        .zip(1u32..)
        .map(|(folder, order)| {
            let (ms, random) = ambient::id_parts();
            let setting = FolderSetting { slug: folder.slug.clone(), order, names: folder.name.clone() };
            (DomainId::new(ms, &random), setting)
        })
        .collect()
}

fn settings_entries(
    new: &NewProject,
    folders: &[(DomainId, FolderSetting)],
) -> Result<Vec<(String, String)>, Failure> {
    if new.name.trim().is_empty() {
        return Err(Failure::new(FailureKind::Invalid, "a project needs a name"));
    }
    let mut entries = vec![
        (key::NAME.to_owned(), to_json(&new.name)?),
        (key::LANGUAGE.to_owned(), to_json(&new.language.code())?),
        (key::TEMPLATE.to_owned(), to_json(&new.template)?),
        (key::BUCKETS.to_owned(), to_json(&new.buckets)?),
    ];
    for (domain, folder) in folders {
        entries.push((format!("{}{domain}", key::FOLDER), to_json(folder)?));
    }
    Ok(entries)
}

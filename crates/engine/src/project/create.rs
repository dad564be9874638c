//! How a project begins: created here, and others let in.

use std::collections::BTreeSet;

use enginus_access::{Contact, EpochRecord, Genesis, InviteSeed, Offer, SignedStatement, Terms, Ticket, TicketKey};
use enginus_envelope::{Keypair, Parts, PublicKey};
use enginus_model::{DeviceId, DomainId, Hash, Lane, Language, Template};
use enginus_store::Batch;

use super::gathered::Intake;
use super::open::GENESIS_KEY;
use super::settings::key;
use super::write::to_json;
use super::{Card, FolderSetting, Place, Project, certificate, internal};
use crate::ambient;
use crate::api::{Failure, FailureKind};
use crate::home::Profile;

/// Key records in one envelope at most, in number and in bytes: a project with many epochs and readers takes several.
const KEYS_PER_ENVELOPE: usize = 1024;
const KEY_BYTES_PER_ENVELOPE: usize = 4 << 20;

/// What the person said of a new project.
pub(crate) struct NewProject {
    pub(crate) name: String,
    pub(crate) template: Template,
    pub(crate) language: Language,
    pub(crate) buckets: Vec<String>,
    pub(crate) relays: Vec<String>,
}

impl Project {
    /// The first record of a new project, whose hash is the project's id.
    pub(crate) fn new_genesis(owner: PublicKey) -> Genesis {
        Genesis::new(owner, ambient::now(), &mut ambient::rng())
    }

    /// Creates a project owned by the person of `place`. It is made beside its place and moved there whole, so that a crash leaves
    /// nothing that would be taken for a project.
    pub(crate) fn create(
        place: Place,
        genesis: &Genesis,
        new: &NewProject,
        profile: &Profile,
        device_name: &str,
    ) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(FailureKind::Storage, format!("{} cannot be written: {error}", place.shown()))
                .hint("look at the folder's permissions and at the free space")
        };
        let beside = place.beside().map_err(failed)?;
        drop(Self::create_at(beside.clone(), genesis, new, profile, device_name)?);
        place.take_from(&beside).map_err(failed)?;
        Self::open(place)
    }

    fn create_at(
        place: Place,
        genesis: &Genesis,
        new: &NewProject,
        profile: &Profile,
        device_name: &str,
    ) -> Result<Self, Failure> {
        let store = place.open_store()?;
        let mut batch = Batch::new();
        batch.put_meta(GENESIS_KEY, &genesis.encode());
        store.commit(batch)?;
        let mut project = Self::from_store(place, store)?;
        let certificate = certificate(&project.place, device_name)?;
        project.state.statements.insert(certificate.hash(), certificate.clone());
        project.evaluate_authority();
        let folders = new_folders(&new.template);
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

    /// Writes this person's card where it is not there yet.
    pub(crate) fn write_card(&mut self, profile: &Profile) -> Result<(), Failure> {
        // What a recovered device was not told is not taken from the card.
        let known = self.state.directory.get(&self.me()).cloned().unwrap_or_default();
        let card = Card {
            name: profile.name.clone(),
            organisation: profile.organisation.clone().unwrap_or(known.organisation),
            email: profile.email.clone().unwrap_or(known.email),
        };
        let directory = DomainId::directory(&self.place.id);
        // Who turns out to be no member has no card to write.
        let may_write = self.authority().may_write(&self.device(), &directory, Lane::Records);
        if !may_write || self.state.directory.get(&self.me()) == Some(&card) {
            return Ok(());
        }
        let entry = format!("{}{}", key::PERSON, self.me());
        self.set_entries(directory, &[(entry, to_json(&card)?)])
    }

    /// Makes an invitation and everything it needs to be redeemed with nobody else online.
    pub(crate) fn invite(&mut self, offer: &Offer, terms: Terms) -> Result<InviteMade, Failure> {
        let acting = self.acting_for(offer)?;
        let person = &self.place.identity.person;
        let (invite, statement) = enginus_access::invite(person, &acting, offer, terms, &mut ambient::rng())
            .map_err(|error| internal("signing the invitation", error))?;
        self.let_in(&statement, invite.public(), offer)?;
        let statements = Ticket::proof(self.authority(), &statement.hash(), &self.device());
        Ok(InviteMade { key: TicketKey::Bearer(InviteSeed::of(&invite)), statements })
    }

    /// Gives a role to one person, known by their contact card. Somebody who was removed before comes back by it.
    pub(crate) fn invite_person(&mut self, contact: &Contact, offer: &Offer) -> Result<InviteMade, Failure> {
        let removals = self.authority().removals_of(&contact.person.person_id());
        let offer = Offer { despite: removals, ..offer.clone() };
        let acting = self.acting_for(&offer)?;
        let person = &self.place.identity.person;
        let statement = enginus_access::grant(person, &acting, contact.person, &offer, &mut ambient::rng())
            .map_err(|error| internal("signing the grant", error))?;
        self.let_in(&statement, contact.person, &offer)?;
        let statements = Ticket::proof(self.authority(), &statement.hash(), &self.device());
        Ok(InviteMade { key: TicketKey::Person(contact.person), statements })
    }

    /// Writes a grant and seals the epochs to `key`. Where the past stays closed new epochs and new generations begin first, so
    /// that nothing older is sealed or sent to whoever comes.
    fn let_in(&mut self, statement: &SignedStatement, key: PublicKey, offer: &Offer) -> Result<(), Failure> {
        let before = self.authority().clone();
        let closed = if offer.history { Vec::new() } else { self.folders_read_by(offer) };
        self.state.statements.insert(statement.hash(), statement.clone());
        self.evaluate_authority();
        let device = self.place.identity.device.clone();
        let mut intake = Intake::default();
        let mut written = self.access_changed(&before, Vec::new(), &mut intake);
        for domain in &closed {
            written = written.and_then(|()| self.open_epoch(*domain, &mut intake));
        }
        let mut records = Vec::new();
        for domain in self.state.epochs.known_domains() {
            let invited: Vec<_> = self.epoch_readers(&domain).into_iter().filter(|reader| reader.key == key).collect();
            let newest = self.current_epoch(&domain);
            records.extend(self.state.epochs.share(
                self.authority(),
                domain,
                newest,
                &invited,
                &device,
                &BTreeSet::new(),
            ));
        }
        let written = written
            .and_then(|()| self.write_statements(std::slice::from_ref(statement), &mut intake))
            .and_then(|()| self.write_keys(records, &mut intake));
        self.commit_own(written, intake)?;
        // Under the new epochs, so that whoever comes can open what begins here.
        for domain in closed {
            self.begin_generation(domain)?;
        }
        self.publish();
        Ok(())
    }

    fn folders_read_by(&self, offer: &Offer) -> Vec<DomainId> {
        let reads = |domain: &&DomainId| {
            enginus_access::reach(&offer.scope, domain, &self.place.id).access >= enginus_access::Access::Read
        };
        self.settings().folders.keys().filter(reads).copied().collect()
    }

    /// The domains every member reads.
    pub(super) fn shared_domains(&self) -> Vec<DomainId> {
        let id = &self.place.id;
        vec![DomainId::authority(id), DomainId::settings(id), DomainId::directory(id)]
    }

    fn open_epochs(&mut self, domains: &[DomainId], intake: &mut Intake) -> Result<(), Failure> {
        let device = self.place.identity.device.clone();
        let mut records = Vec::new();
        for domain in domains {
            let readers = self.authority().readers(domain);
            let sealed = EpochRecord::open_epoch(self.place.id, *domain, &[], &readers, &device, &mut ambient::rng());
            records.extend(sealed.records);
        }
        self.write_keys(records, intake)
    }

    pub(super) fn write_keys(&mut self, records: Vec<EpochRecord>, intake: &mut Intake) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let encoded: Vec<Vec<u8>> = records.iter().map(EpochRecord::encode).collect();
        let me = self.device();
        for record in records {
            self.learn_key(record, &me, &[]);
        }
        let mut rest = encoded.into_iter().peekable();
        while rest.peek().is_some() {
            let (mut some, mut size) = (Vec::new(), 0);
            while let Some(record) = rest.next_if(|next| {
                some.len() < KEYS_PER_ENVELOPE && (some.is_empty() || size + next.len() <= KEY_BYTES_PER_ENVELOPE)
            }) {
                size += record.len();
                some.push(record);
            }
            self.write(DomainId::keys(&self.place.id), Lane::Records, Parts::Keys(some), intake)?;
        }
        Ok(())
    }

    /// Learns a record that `author` wrote who knew of the envelopes `known` about access.
    pub(super) fn learn_key(&mut self, record: EpochRecord, author: &DeviceId, known: &[Hash]) -> bool {
        if record.project != self.place.id {
            return false;
        }
        self.state.current.clear();
        self.state.is_settled = false;
        self.state.epochs.opened_knowing(&record, author, known);
        let identity = &self.place.identity;
        let keys: Vec<&Keypair> =
            [&identity.device, &identity.person].into_iter().chain(&self.invite).chain(&self.spent_invite).collect();
        self.state.epochs.learn(record, &keys)
    }

    pub(super) fn write_statements(
        &mut self,
        statements: &[SignedStatement],
        intake: &mut Intake,
    ) -> Result<(), Failure> {
        let encoded = statements.iter().map(|statement| statement.bytes().to_vec()).collect();
        self.write(DomainId::authority(&self.place.id), Lane::Records, Parts::Statements(encoded), intake)
    }
}

/// What a ticket needs of a fresh invitation.
pub(crate) struct InviteMade {
    pub(crate) key: TicketKey,
    pub(crate) statements: Vec<Vec<u8>>,
}

fn new_folders(template: &Template) -> Vec<(DomainId, FolderSetting)> {
    template
        .folders
        .iter()
        .zip(1u32..)
        .map(|(folder, order)| {
            let (ms, random) = ambient::id_parts();
            let setting = FolderSetting { slug: folder.slug.clone(), order, names: folder.name.by_code() };
            (DomainId::new(ms, &random), setting)
        })
        .collect()
}

fn settings_entries(new: &NewProject, folders: &[(DomainId, FolderSetting)]) -> Result<Vec<(String, String)>, Failure> {
    let mut entries = vec![
        (key::NAME.to_owned(), to_json(&new.name)?),
        (key::LANGUAGE.to_owned(), to_json(&new.language.code())?),
        (key::TEMPLATE.to_owned(), to_json(&new.template)?),
        (key::BUCKETS.to_owned(), to_json(&new.buckets)?),
    ];
    for relay in &new.relays {
        entries.push((format!("{}{relay}", key::RELAY), to_json(&true)?));
    }
    for (domain, folder) in folders {
        entries.push((format!("{}{domain}", key::FOLDER), to_json(folder)?));
    }
    Ok(entries)
}

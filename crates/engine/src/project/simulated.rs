//! What a simulator asks of a project and the program never does: everything at once, for comparing devices, and acts of somebody
//! with valid keys and a program of their own.

use std::collections::{BTreeMap, BTreeSet};

use enginus_access::{EpochRecord, Standing};
use enginus_crdt::{Shard, ShardId};
use enginus_envelope::{Draft, Envelope, EpochSecret, Parts, Payload};
use enginus_model::{DocumentId, DomainId, EpochId, Hash, Lane, PersonId};
use enginus_store::{Batch, EnvelopeKey};

use super::gathered::Intake;
use super::open::{CREDENTIALS_KEY, GENESIS_KEY, INVITE_KEY, SPENT_INVITE_KEY, TICKET_KEY};
use super::shards::records;
use super::{Held, Place, Project, internal};
use crate::ambient;
use crate::api::{Failure, FailureKind};

impl Project {
    /// Opens a new epoch although nobody left.
    pub(crate) fn rotate(&mut self, domain: DomainId) -> Result<(), Failure> {
        if !self.may_open_epochs(&domain) || self.is_removed() {
            return Err(Failure::new(FailureKind::NotAllowed, "this device opens no epochs here"));
        }
        let mut intake = Intake::default();
        let opened = self.open_epoch(domain, &mut intake);
        self.commit_own(opened, intake)
    }

    /// Everything stored, in the order of its arrival.
    pub(crate) fn stored(&self) -> Result<Vec<(EnvelopeKey, Hash)>, Failure> {
        let reader = self.store.read()?;
        let mut stored = Vec::new();
        for (_, key, _) in reader.all_arrivals_after(0, usize::MAX)? {
            let entry = reader.entry(&key.tip())?.ok_or_else(|| internal("reading an entry", "it is missing"))?;
            stored.push((key, entry.prev));
        }
        Ok(stored)
    }

    pub(crate) fn held_entries(&self) -> &BTreeMap<EnvelopeKey, Held> {
        &self.state.held
    }

    pub(crate) fn domains_held(&self) -> BTreeSet<DomainId> {
        self.state.clock.keys().copied().collect()
    }

    /// What is shown of a domain, as the store keeps it.
    pub(crate) fn shown_bytes(&self, domain: &DomainId) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Failure> {
        let reader = self.store.read()?;
        let mut shown = BTreeMap::new();
        reader.rows(domain, |id, bytes| {
            shown.insert(id.as_bytes().to_vec(), bytes.to_vec());
        })?;
        shown.extend(reader.records_starting(super::projection::ENTRY_RECORD, domain.as_bytes())?);
        Ok(shown)
    }

    pub(crate) fn epochs_known(&self, domain: &DomainId) -> Vec<EpochId> {
        self.state.epochs.known(domain)
    }

    /// Whether what this device holds opens an envelope.
    pub(crate) fn can_open(&self, envelope: &Envelope) -> bool {
        let secret = self.state.epochs.secret(&envelope.header.domain, &envelope.header.epoch);
        secret.is_some_and(|secret| envelope.open(Some(secret)).is_ok())
    }

    pub(crate) fn documents_in_place(&self, domain: &DomainId) -> Vec<DocumentId> {
        let mut documents: Vec<DocumentId> =
            self.state.places.keys().filter(|(of, _)| of == domain).map(|(_, id)| *id).collect();
        documents.sort_unstable();
        documents
    }

    pub(crate) fn incarnation(&self) -> [u8; 16] {
        self.own().incarnation()
    }

    /// The shards of a domain as they would be opened now.
    pub(crate) fn shards_of(&mut self, domain: DomainId) -> Result<Vec<(ShardId, Shard)>, Failure> {
        let mut ids: BTreeSet<ShardId> = self.state.shards.open_in(domain);
        let places = self.state.places.iter().filter(|((of, _), _)| *of == domain);
        ids.extend(places.map(|(_, generation)| records(domain, *generation)));
        ids.into_iter().map(|id| Ok((id, self.scratch_shard(id)?))).collect()
    }

    /// Persons who hold a grant now, and those who once did.
    pub(crate) fn persons(&self) -> (BTreeSet<PersonId>, BTreeSet<PersonId>) {
        let ids = |members: Vec<enginus_access::Member>| members.iter().map(|m| m.person.person_id()).collect();
        (ids(self.authority().members()), ids(self.authority().former_members()))
    }

    /// Entries that count although their author has no right there, and never had one.
    pub(crate) fn unlawful(&self) -> Result<Vec<EnvelopeKey>, Failure> {
        let (reader, special) = (self.store.read()?, self.domains_without_shards());
        let mut unlawful = Vec::new();
        for (_, key, _) in reader.all_arrivals_after(0, usize::MAX)? {
            if special.contains(&key.domain) || self.state.held.contains_key(&key) {
                continue;
            }
            let bytes = reader.envelope(&key)?.unwrap_or_default();
            let header = Envelope::decode(&bytes).map_err(|error| internal("reading a stored envelope", error))?.header;
            let standing = self.authority().standing(&header.device, &key.domain, header.lane, &key.tip());
            if matches!(standing, Standing::NotAllowed | Standing::Unknown) {
                unlawful.push(key);
            }
        }
        Ok(unlawful)
    }

    /// The same person's device begun anew, with nothing but what it was founded or invited by.
    pub(crate) fn begun_anew(&self, place: Place) -> Result<Self, Failure> {
        let store = place.open_store()?;
        let (reader, mut batch) = (self.store.read()?, Batch::new());
        for key in [GENESIS_KEY, INVITE_KEY, SPENT_INVITE_KEY, TICKET_KEY, CREDENTIALS_KEY] {
            if let Some(value) = reader.meta(key)? {
                batch.put_meta(key, &value);
            }
        }
        store.commit(batch)?;
        Self::from_store(place, store)
    }

    /// Takes envelopes in and writes nothing of its own, whatever follows from them.
    pub(crate) fn receive_silently(&mut self, envelopes: &[Vec<u8>]) -> Result<u64, Failure> {
        self.ready()?;
        Ok(self.receive_chunk(envelopes)?.new)
    }

    /// Writes whatever it is told to, right or not, into the own log of a domain.
    pub(crate) fn write_anything(&mut self, domain: DomainId, lane: Lane, parts: Parts) -> Result<(), Failure> {
        let mut intake = Intake::default();
        let written = self.write(domain, lane, parts, &mut intake);
        self.commit_own(written, intake)
    }

    /// Seals an entry for the next place of an own log without keeping it: the makings of a fork.
    pub(crate) fn seal_beside(&mut self, domain: DomainId, lane: Lane, parts: Parts) -> Result<Vec<u8>, Failure> {
        let keys = domain == DomainId::keys(&self.place.id);
        let secret = self.any_secret(&domain).filter(|_| !keys);
        let (seq, prev) = self.own().next(&domain);
        let (project, incarnation, authority) = (self.place.id, self.own().incarnation(), self.frontier());
        let draft = Draft { project, domain, lane, incarnation, seq, prev, authority };
        let payload = Payload { salt: ambient::random(), parts, gained: Vec::new() };
        let device = &self.place.identity.device;
        Envelope::seal(draft, &payload, secret.as_ref(), device, &mut ambient::rng())
            .map(|envelope| envelope.encode())
            .map_err(|error| internal("sealing", error))
    }

    fn any_secret(&mut self, domain: &DomainId) -> Option<EpochSecret> {
        let epoch = self.current_epoch(domain).or_else(|| self.state.epochs.known(domain).into_iter().next())?;
        self.state.epochs.secret(domain, &epoch).map(|secret| EpochSecret::from_bytes(*secret.to_bytes()))
    }

    /// Key records that no honest device makes: of an epoch that nobody but this device can open, or that is sealed to nobody.
    pub(crate) fn junk_epoch(&self, domain: DomainId, to_me: bool) -> Vec<Vec<u8>> {
        let mut readers = self.authority().readers(&domain);
        let me = self.device();
        readers.retain(|reader| to_me && reader.key.device_id() == me);
        let device = &self.place.identity.device;
        let sealed = EpochRecord::open_epoch(self.place.id, domain, &[], &readers, device, &mut ambient::rng());
        sealed.records.iter().map(EpochRecord::encode).collect()
    }

    /// A change to a folder that is as it should be, under an actor of its own.
    pub(crate) fn honest_change(
        &mut self,
        domain: DomainId,
        number: &str,
    ) -> Result<enginus_envelope::ShardChanges, Failure> {
        let generation = self.state.shards.newest_generation(&domain, Lane::Records);
        let id = records(domain, generation);
        let log = self.own().log(&domain);
        let mut shard = self.scratch_shard(id)?;
        let edit = enginus_crdt::Edit::AddDocument {
            id: super::write::new_document_id(),
            number: number.to_owned(),
            title: format!("CANARY {number}"),
            path: String::new(),
            fields: BTreeMap::new(),
            revision: None,
        };
        let edited = shard.edit(id.actor(&log, &ambient::random()), log, ambient::now(), &[edit]);
        edited.map(|pending| pending.changes).map_err(|error| internal("making a change", error))
    }
}

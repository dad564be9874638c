//! Reading a project from its store: keys, access, settings and rows, without loading Automerge.

use std::collections::BTreeSet;
use std::sync::Arc;

use enginus_access::{Authority, EpochRecord, Genesis, SignedStatement};
use enginus_envelope::{Envelope, Keypair, Parts};
use enginus_model::{DomainId, Hash};
use enginus_query::FolderView;
use enginus_store::{Batch, Options, Reader, Store};
use tokio::sync::{broadcast, watch};

use super::files::{HERE_RECORD, PROVED_RECORD};
use super::own::{INCARNATION_KEY, OwnLogs, fresh_incarnation, read_side_file, write_side_file};
use super::projection::{ENTRY_RECORD, StoredEntry, StoredRow};
use super::publish::Published;
use super::shards::records;
use super::{Held, Place, Project, State, TIPS_WAITING_MAX, internal};
use crate::api::{Failure, FailureKind};

pub(super) const GENESIS_KEY: &str = "genesis";
pub(super) const INVITE_KEY: &str = "invite";
pub(super) const TICKET_KEY: &str = "ticket";
/// A joiner's statements until they are in the log.
pub(super) const CREDENTIALS_KEY: &str = "credentials";

impl Project {
    /// Opens the project at `place`.
    pub(crate) fn open(place: Place) -> Result<Self, Failure> {
        let store = Store::open(&place.store, Options::default())?;
        Self::from_store(place, store)
    }

    pub(super) fn from_store(place: Place, store: Store) -> Result<Self, Failure> {
        let reader = store.read()?;
        let genesis = reader.meta(GENESIS_KEY)?.ok_or_else(|| {
            Failure::new(FailureKind::Storage, format!("{} holds no project", place.store.display()))
                .hint("delete the folder of this project, then join or restore it again")
        })?;
        let genesis =
            Genesis::decode(&genesis).map_err(|error| internal("reading the project's first record", error))?;
        let invite = match reader.meta(INVITE_KEY)? {
            Some(seed) => {
                let seed: [u8; 32] = seed.try_into().map_err(|_| internal("reading the invitation", "wrong length"))?;
                Some(Keypair::from_seed(&seed))
            }
            None => None,
        };
        drop(reader);
        let state = read_state(&place, &store, &genesis, invite.as_ref())?;
        let published = Arc::new(Published::new(place.id));
        let (tips, _) = broadcast::channel(TIPS_WAITING_MAX);
        let scope = watch::Sender::new(0);
        let mut project = Self { place, store, genesis, invite, state, published, tips, scope, notices: Vec::new() };
        project.check_incarnation()?;
        project.finish_join()?;
        project.show_files();
        project.publish();
        Ok(project)
    }

    /// The store and the side file must name one incarnation; otherwise one of them was restored from somewhere.
    fn check_incarnation(&mut self) -> Result<(), Failure> {
        let side = read_side_file(&self.place.incarnation_file);
        if side == Some(self.own().incarnation()) {
            return Ok(());
        }
        if self.own_envelopes() == 0 && side.is_none() {
            let incarnation = self.own().incarnation();
            return write_side_file(&self.place.incarnation_file, incarnation)
                .map_err(|error| internal("writing the incarnation's side file", error));
        }
        self.reincarnate("this home was restored or copied")
    }

    fn own_envelopes(&self) -> usize {
        self.state.clock.keys().filter(|domain| self.own().newest(domain).is_some()).count()
    }
}

/// Reads everything memory holds of a project.
pub(super) fn read_state(
    place: &Place,
    store: &Store,
    genesis: &Genesis,
    invite: Option<&Keypair>,
) -> Result<State, Failure> {
    let reader = store.read()?;
    let mut state = State { arrivals: reader.last_arrival()?, ..State::default() };
    read_clock(place, store, &reader, &mut state)?;
    for (key, reason) in reader.held()? {
        state.held.insert(key, Held::decode(&reason));
    }
    read_keys(place, &reader, &mut state, invite)?;
    read_authority(place, &reader, &mut state, genesis)?;
    for domain in [DomainId::settings(&place.id), DomainId::directory(&place.id)] {
        let mut entries = Vec::new();
        for (_, bytes) in reader.records_starting(ENTRY_RECORD, domain.as_bytes())? {
            entries.extend(StoredEntry::decode(&bytes));
        }
        state.take_entries(&domain, &place.id, &entries);
    }
    read_rows(&reader, &mut state)?;
    state.here = read_manifests(&reader, HERE_RECORD)?;
    state.proved = read_manifests(&reader, PROVED_RECORD)?;
    Ok(state)
}

fn read_clock(place: &Place, store: &Store, reader: &Reader, state: &mut State) -> Result<(), Failure> {
    let incarnation = match reader.meta(INCARNATION_KEY)? {
        Some(bytes) => bytes.try_into().map_err(|_| internal("reading the incarnation", "wrong length"))?,
        None => {
            let fresh = fresh_incarnation();
            let mut batch = Batch::new();
            batch.put_meta(INCARNATION_KEY, &fresh);
            store.commit(batch)?;
            fresh
        }
    };
    let mut own = OwnLogs::new(place.identity.device.device_id(), incarnation);
    for (domain, tip, device) in reader.tips_with_devices()? {
        state.clock.entry(domain).or_default().entry(tip.log).or_default().insert(tip);
        state.devices.insert(tip.log, device);
        if tip.log == own.log(&domain) {
            own.wrote(domain, tip);
        }
    }
    state.own = Some(own);
    Ok(())
}

fn read_keys(place: &Place, reader: &Reader, state: &mut State, invite: Option<&Keypair>) -> Result<(), Failure> {
    let identity = &place.identity;
    let keys: Vec<&Keypair> = [&identity.device, &identity.person].into_iter().chain(invite).collect();
    for envelope in domain_envelopes(reader, &DomainId::keys(&place.id))? {
        if let Ok(payload) = envelope.open(None)
            && let Parts::Keys(records) = payload.parts
        {
            // Their signatures were checked when they came.
            for record in records.iter().filter_map(|bytes| EpochRecord::decode_stored(bytes).ok()) {
                if record.project == place.id {
                    state.epochs.learn(record, &keys);
                }
            }
        }
    }
    Ok(())
}

fn read_authority(place: &Place, reader: &Reader, state: &mut State, genesis: &Genesis) -> Result<(), Failure> {
    let domain = DomainId::authority(&place.id);
    let credentials: Vec<Vec<u8>> =
        reader.meta(CREDENTIALS_KEY)?.and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default();
    for statement in credentials.iter().filter_map(|bytes| SignedStatement::decode(bytes).ok()) {
        state.statements.insert(statement.hash(), statement);
    }
    for envelope in domain_envelopes(reader, &domain)? {
        let Some(secret) = state.epochs.secret(&domain, &envelope.header.epoch) else { continue };
        if let Ok(payload) = envelope.open(Some(secret))
            && let Parts::Statements(statements) = payload.parts
        {
            for statement in statements.iter().filter_map(|bytes| SignedStatement::decode(bytes).ok()) {
                state.statements.insert(statement.hash(), statement);
            }
            state.advance_frontier(&envelope);
        }
    }
    state.authority = Some(Authority::evaluate(genesis, state.statements.values()));
    Ok(())
}

fn domain_envelopes(reader: &Reader, domain: &DomainId) -> Result<Vec<Envelope>, Failure> {
    let mut envelopes = Vec::new();
    for (_, key, _) in reader.arrivals_after(0, domain)? {
        if let Some(bytes) = reader.envelope(&key)? {
            envelopes.push(Envelope::decode(&bytes).map_err(|error| internal("reading a stored envelope", error))?);
        }
    }
    Ok(envelopes)
}

fn read_manifests(reader: &Reader, kind: u8) -> Result<BTreeSet<Hash>, Failure> {
    let records = reader.records(kind)?;
    Ok(records.into_iter().filter_map(|(key, _)| key.try_into().ok().map(Hash)).collect())
}

fn read_rows(reader: &Reader, state: &mut State) -> Result<(), Failure> {
    for domain in state.settings.folders.keys().copied().collect::<Vec<_>>() {
        let mut rows = Vec::new();
        let mut unreadable = None;
        reader.rows(&domain, |id, bytes| match StoredRow::decode(bytes) {
            Ok(stored) => {
                state.places.insert(id, (domain, stored.generation));
                state.shards.noticed_generation(&records(domain, stored.generation));
                rows.push(stored.row);
            }
            Err(error) => unreadable = Some(error),
        })?;
        if let Some(error) = unreadable {
            return Err(error);
        }
        state.folders.insert(domain, FolderView::from_rows(domain, rows));
    }
    Ok(())
}

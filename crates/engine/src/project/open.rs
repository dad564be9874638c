//! Reading a project from its store: keys, access, settings and rows, without loading Automerge.

use std::collections::BTreeSet;
use std::sync::Arc;

use enginus_access::{Authority, EpochRecord, Genesis, SignedStatement};
use enginus_envelope::{Envelope, Keypair, Parts};
use enginus_model::{DomainId, Hash};
use enginus_query::FolderBuilder;
use enginus_store::{Batch, Reader, Store};
use tokio::sync::{broadcast, watch};

use super::confirmed::Confirmed;
use super::files::{HERE_RECORD, PROVED_RECORD};
use super::own::{INCARNATION_KEY, OwnLogs, fresh_incarnation};
use super::projection::{ENTRY_RECORD, StoredEntry, StoredRow};
use super::publish::Published;
use super::shards::records;
use super::{Held, Place, Project, State, TIPS_WAITING_MAX, Waiting, internal};
use crate::api::{Failure, FailureKind};

pub(super) const GENESIS_KEY: &str = "genesis";
/// By which rules everything was judged; raised whenever a program may take in what its predecessor put aside.
const JUDGED_KEY: &str = "judged-by";
const JUDGEMENT: u8 = 1;
pub(super) const INVITE_KEY: &str = "invite";
/// The invite key of a join that is finished.
pub(super) const SPENT_INVITE_KEY: &str = "invite-spent";
pub(super) const TICKET_KEY: &str = "ticket";
/// A joiner's statements until they are in the log.
pub(super) const CREDENTIALS_KEY: &str = "credentials";

impl Project {
    /// Opens the project at `place`.
    pub(crate) fn open(place: Place) -> Result<Self, Failure> {
        let store = place.open_store()?;
        Self::from_store(place, store)
    }

    pub(super) fn from_store(place: Place, store: Store) -> Result<Self, Failure> {
        let reader = store.read()?;
        let genesis = reader.meta(GENESIS_KEY)?.ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("{} holds no project", place.shown()))
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
        let spent_invite = spent_invite(&store.read()?)?;
        let waiting = Waiting::load(&store.read()?)?;
        let published = Arc::new(Published::new(place.id));
        let (tips, _) = broadcast::channel(TIPS_WAITING_MAX);
        let scope = watch::Sender::new(0);
        let mut project = Self {
            place,
            store,
            genesis,
            invite,
            spent_invite,
            waiting,
            state,
            dirty: false,
            published,
            tips,
            scope,
            notices: Vec::new(),
        };
        project.check_incarnation()?;
        project.judge_anew()?;
        project.finish_join()?;
        project.show_files();
        project.publish();
        Ok(project)
    }

    /// What this device made of the envelopes is made again where an older program made it, which may have put aside what this one
    /// understands, or where it cannot be read.
    fn judge_anew(&mut self) -> Result<(), Failure> {
        let judged_by = self.store.read()?.meta(JUDGED_KEY)?;
        if !self.state.stale && judged_by.as_deref() == Some(&[JUDGEMENT]) {
            return self.settle_forks();
        }
        if self.state.stale || judged_by.is_some() {
            self.rebuild()?;
        }
        let mut batch = Batch::new();
        batch.put_meta(JUDGED_KEY, &[JUDGEMENT]);
        self.store.commit(batch)?;
        Ok(())
    }

    /// The store and the side file must name one incarnation; otherwise one of them was restored from somewhere.
    fn check_incarnation(&mut self) -> Result<(), Failure> {
        let side = self.place.read_incarnation();
        if side == Some(self.own().incarnation()) {
            return Ok(());
        }
        if self.own_envelopes() == 0 && side.is_none() {
            let incarnation = self.own().incarnation();
            return self
                .place
                .write_incarnation(incarnation)
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
    state.confirmed = Confirmed::read(&reader, incarnation_of(&state))?;
    state.here = read_manifests(&reader, HERE_RECORD)?;
    state.proved = read_manifests(&reader, PROVED_RECORD)?;
    Ok(state)
}

/// The incarnation of this device's own logs.
fn incarnation_of(state: &State) -> [u8; 16] {
    state.own.as_ref().map_or([0; 16], OwnLogs::incarnation)
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
    let spent = spent_invite(reader)?;
    let keys: Vec<&Keypair> = [&identity.device, &identity.person].into_iter().chain(invite).chain(&spent).collect();
    for envelope in domain_envelopes(reader, &DomainId::keys(&place.id))? {
        if let Ok(payload) = envelope.open(None)
            && let Parts::Keys(records) = payload.parts
        {
            // Their signatures were checked when they came.
            for record in records.iter().filter_map(|bytes| EpochRecord::decode_stored(bytes).ok()) {
                if record.project == place.id {
                    state.epochs.opened_knowing(&record, &envelope.header.device, &envelope.header.authority);
                    state.epochs.learn(record, &keys);
                }
            }
        }
    }
    Ok(())
}

/// The invite key of a join that is finished: whoever opened an epoch before they knew of the join sealed it to this key.
pub(super) fn spent_invite(reader: &Reader) -> Result<Option<Keypair>, Failure> {
    let seed = reader.meta(SPENT_INVITE_KEY)?.and_then(|seed| <[u8; 32]>::try_from(seed).ok());
    Ok(seed.map(|seed| Keypair::from_seed(&seed)))
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
            // Their signatures were checked when they came.
            for bytes in &statements {
                if let Ok(statement) = SignedStatement::decode_stored(bytes) {
                    state.statements.insert(statement.hash(), statement);
                }
            }
            state.authority_log.take(&envelope);
        }
    }
    state.authority = Some(Authority::evaluate(genesis, state.statements.values()));
    Ok(())
}

pub(super) fn domain_envelopes(reader: &Reader, domain: &DomainId) -> Result<Vec<Envelope>, Failure> {
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

/// The rows of every folder, also of those that the settings do not name yet: a joiner's program may end before they arrive.
fn read_rows(reader: &Reader, state: &mut State) -> Result<(), Failure> {
    let domains: BTreeSet<DomainId> = state.settings.folders.keys().chain(state.clock.keys()).copied().collect();
    for domain in domains {
        let expected = usize::try_from(reader.row_count(&domain)?).unwrap_or(0);
        if expected == 0 && !state.settings.folders.contains_key(&domain) {
            continue;
        }
        let mut folder = FolderBuilder::new(domain, expected);
        state.places.reserve(expected);
        let mut unreadable = None;
        reader.rows(&domain, |id, bytes| match StoredRow::decode(bytes, &mut state.pool) {
            Ok(stored) => {
                state.places.insert((domain, id), stored.generation);
                state.shards.noticed_generation(&records(domain, stored.generation));
                folder.push(stored.row);
            }
            Err(error) => unreadable = Some(error),
        })?;
        if let Some(error) = unreadable {
            tracing::warn!("rows of a folder are made again: {error}");
            state.stale = true;
        }
        state.folders.insert(domain, folder.build());
    }
    Ok(())
}

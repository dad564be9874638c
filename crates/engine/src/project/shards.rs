//! Automerge shards that are open: loaded when first written or merged, cached in the store now and then.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use enginus_crdt::{ACTOR_NONCE_BYTES, Actor, Incoming, Shard, ShardId};
use enginus_envelope::{Envelope, Parts};
use enginus_model::{DomainId, Lane, LogId};
use enginus_store::{Batch, ShardKey};

use super::{Held, Project, internal};
use crate::ambient;
use crate::api::Failure;

/// Changes applied since the cache was written before it is written again.
const CHANGES_BETWEEN_CACHES: u64 = 512;

/// The shard of a domain's records in one generation.
pub(super) const fn records(domain: DomainId, generation: u32) -> ShardId {
    ShardId { domain, lane: Lane::Records, generation }
}

const fn key_of(id: &ShardId) -> ShardKey {
    ShardKey { domain: id.domain, lane: id.lane, generation: id.generation }
}

/// The open shards of a project.
#[derive(Default)]
pub(crate) struct Shards {
    /// In an order, so that what is written together is always written in the same one.
    open: BTreeMap<ShardId, OpenShard>,
    /// The newest generation per domain and lane, as far as known.
    newest: HashMap<(DomainId, Lane), u32>,
    /// Domains that are being made again: until that is durable their shards begin empty instead of from the store.
    begin_empty: BTreeSet<DomainId>,
}

struct OpenShard {
    shard: Shard,
    /// The random part of the actors this process writes under.
    nonce: [u8; ACTOR_NONCE_BYTES],
    changes_since_cached: u64,
}

impl Shards {
    pub(crate) fn newest_generation(&self, domain: &DomainId, lane: Lane) -> u32 {
        self.newest.get(&(*domain, lane)).copied().unwrap_or(0)
    }

    /// A generation that nothing was written to yet: the one after the newest. Should somebody have used the last number there is, the
    /// lowest free one, so that nobody can end a folder.
    pub(crate) fn next_generation(&self, domain: &DomainId) -> u32 {
        let newest = self.newest_generation(domain, Lane::Records);
        newest.checked_add(1).unwrap_or_else(|| {
            let used: BTreeSet<u32> =
                self.open.keys().filter(|id| id.domain == *domain).map(|id| id.generation).collect();
            (1..u32::MAX).find(|generation| !used.contains(generation)).unwrap_or(newest)
        })
    }

    /// Whether a domain is being made again from its envelopes.
    pub(super) fn is_made_again(&self, domain: &DomainId) -> bool {
        self.begin_empty.contains(domain)
    }

    pub(crate) fn noticed_generation(&mut self, id: &ShardId) {
        let newest = self.newest.entry((id.domain, id.lane)).or_default();
        *newest = (*newest).max(id.generation);
    }

    /// Forgets the shards of a domain; they begin empty until [`Shards::made_again`].
    pub(super) fn forget(&mut self, domain: DomainId) {
        self.open.retain(|id, _| id.domain != domain);
        self.newest.retain(|(of, _), _| *of != domain);
        self.begin_empty.insert(domain);
    }

    /// The shards of a domain that are open.
    #[cfg(feature = "simulation")]
    pub(super) fn open_in(&self, domain: DomainId) -> BTreeSet<ShardId> {
        self.open.keys().filter(|id| id.domain == domain).copied().collect()
    }

    /// What was forgotten and made again is durable.
    pub(super) fn made_again(&mut self) {
        self.begin_empty.clear();
    }
}

impl Project {
    /// The shard, opened where it is not yet: from its cache and the envelopes that came after.
    pub(crate) fn open_shard(&mut self, id: ShardId) -> Result<&mut Shard, Failure> {
        if !self.state.shards.open.contains_key(&id) {
            let shard =
                if self.state.shards.begin_empty.contains(&id.domain) { Shard::new(id) } else { self.load_shard(id)? };
            self.state.shards.noticed_generation(&id);
            let open = OpenShard { shard, nonce: ambient::random(), changes_since_cached: 0 };
            self.state.shards.open.insert(id, open);
        }
        let open = self.state.shards.open.get_mut(&id).ok_or_else(|| internal("opening a shard", "it vanished"))?;
        open.changes_since_cached += 1;
        Ok(&mut open.shard)
    }

    /// The actor under which this process writes to a shard that is open.
    pub(crate) fn actor(&self, id: &ShardId, log: &LogId) -> Actor {
        let nonce = self.state.shards.open.get(id).map_or_else(ambient::random, |open| open.nonce);
        id.actor(log, &nonce)
    }

    fn load_shard(&self, id: ShardId) -> Result<Shard, Failure> {
        let reader = self.store.read()?;
        let (mut shard, after) = match reader.shard(&key_of(&id))? {
            Some((watermark, saved)) => match Shard::load(&saved) {
                Ok(shard) => (shard, watermark),
                Err(error) => {
                    tracing::warn!("the cache of a shard cannot be read and is rebuilt from its envelopes: {error}");
                    (Shard::new(id), 0)
                }
            },
            None => (Shard::new(id), 0),
        };
        let mut tail = Vec::new();
        for (_, key, received) in reader.arrivals_after(after, &id.domain)? {
            if self.state.held.contains_key(&key) {
                continue;
            }
            let Some(bytes) = reader.envelope(&key)? else { continue };
            let envelope = Envelope::decode(&bytes).map_err(|error| internal("reading an envelope again", error))?;
            if envelope.header.lane != id.lane {
                continue;
            }
            let Some(secret) = self.state.epochs.secret(&id.domain, &envelope.header.epoch) else { continue };
            let payload = envelope.open(Some(secret)).map_err(|error| internal("opening an envelope again", error))?;
            if let Parts::Changes(parts) = payload.parts {
                tail.extend(
                    parts.into_iter().filter(|part| part.generation == id.generation).map(|changes| Incoming {
                        log: key.log,
                        envelope: key.hash,
                        received,
                        changes,
                    }),
                );
            }
        }
        let received = shard.receive(tail);
        for (_, why) in &received.quarantined {
            tracing::error!("a change that counted is refused now: {why}");
        }
        Ok(shard)
    }

    /// A copy of a shard, to see what an entry would do.
    pub(super) fn scratch_shard(&self, id: ShardId) -> Result<Shard, Failure> {
        match self.state.shards.open.get(&id) {
            Some(open) => Ok(open.shard.clone()),
            None => self.load_shard(id),
        }
    }

    /// Writes the caches of shards that changed much, or all that changed.
    pub(crate) fn cache_shards(&mut self, all: bool) -> Result<(), Failure> {
        let mut batch = Batch::new();
        let arrivals = self.state.arrivals;
        let mut cached = false;
        for (id, open) in &mut self.state.shards.open {
            let due = if all { 1 } else { CHANGES_BETWEEN_CACHES };
            if open.changes_since_cached >= due {
                batch.put_shard(key_of(id), arrivals, &open.shard.save());
                open.changes_since_cached = 0;
                cached = true;
            }
        }
        if cached {
            self.store.commit(batch)?;
        }
        Ok(())
    }

    /// Writes the cache of one shard of a domain that changed since it was cached, or whose cache is gone; false where there is none left.
    pub(crate) fn cache_one(&mut self, domain: &DomainId) -> Result<bool, Failure> {
        let reader = self.store.read()?;
        let arrivals = self.state.arrivals;
        for (id, open) in self.state.shards.open.iter_mut().filter(|(id, _)| id.domain == *domain) {
            if open.changes_since_cached > 0 || reader.shard(&key_of(id))?.is_none() {
                let mut batch = Batch::new();
                batch.put_shard(key_of(id), arrivals, &open.shard.save());
                open.changes_since_cached = 0;
                self.store.commit(batch)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The generation that takes new rows of a folder: the newest, or the one after where that is full.
    pub(crate) fn generation_for_new(&mut self, domain: DomainId) -> Result<u32, Failure> {
        let mut generation = self.state.shards.newest_generation(&domain, Lane::Records);
        while self.open_shard(records(domain, generation))?.is_full() {
            generation = self.state.shards.next_generation(&domain);
        }
        Ok(generation)
    }

    /// How many envelopes wait for something that may still come. What was sealed before a member without the past came, and what
    /// builds on it, is not for them and not waited for; what waits for a manager is told apart.
    pub(crate) fn waiting_envelopes(&self) -> u64 {
        let me = self.device();
        let mut closed: HashMap<DomainId, bool> = HashMap::new();
        let mut past_is_closed = |domain: &DomainId| {
            *closed.entry(*domain).or_insert_with(|| {
                let mut readers = self.epoch_readers(domain).into_iter();
                readers.find(|reader| reader.key.device_id() == me).is_some_and(|reader| !reader.history)
            })
        };
        let waiting = self.state.held.iter().filter(|(key, held)| match held {
            Held::Quarantined(_) | Held::Review => false,
            Held::NoKey(_) | Held::ChangesAhead => !past_is_closed(&key.domain),
            _ => true,
        });
        waiting.count() as u64
    }

    pub(crate) fn quarantined_envelopes(&self) -> u64 {
        self.state.held.values().filter(|held| matches!(held, Held::Quarantined(_))).count() as u64
    }
}

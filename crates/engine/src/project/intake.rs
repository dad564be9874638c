//! Envelopes from elsewhere: checked, stored, and applied with all their consequences in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use enginus_access::{Authority, EpochRecord, SignedStatement};
use enginus_crdt::{Incoming, Quarantine, ShardId, Touched};
use enginus_envelope::{Envelope, Parts, Payload};
use enginus_model::{DomainId, Hash, Lane, LogId};
use enginus_store::{Batch, EnvelopeKey};

use super::gathered::{Intake, Received};
use super::own::fresh_incarnation;
use super::{Held, Project};
use crate::ambient;
use crate::api::{Failure, NoticeKind};

/// Envelopes looked at in one transaction at most; more are taken in several.
const INTAKE_MAX: usize = 4096;

impl Project {
    /// Takes envelopes in, in their order within each log.
    pub(crate) fn receive(&mut self, envelopes: &[impl AsRef<[u8]>]) -> Result<Received, Failure> {
        let mut all = Received::default();
        self.ready()?;
        for chunk in envelopes.chunks(INTAKE_MAX) {
            let received = self.receive_chunk(chunk)?;
            all.tips.extend(received.tips);
            all.new += received.new;
            all.refused += received.refused;
            all.forged.extend(received.forged);
        }
        if all.new > 0 {
            self.finish_join()?;
            self.settle()?;
            self.end_covered_previews()?;
            self.publish();
        }
        Ok(all)
    }

    /// Does what is due after others' changes of access and keys. What was taken in is taken in, whatever comes of it.
    fn settle(&mut self) -> Result<(), Failure> {
        if self.state.is_settled {
            return Ok(());
        }
        self.state.is_settled = self.is_active();
        for due in [Self::share_with_newcomers, Self::close_used_up] {
            if let Err(failure) = due(self) {
                tracing::error!("what is due after others' changes could not be done: {failure}");
                self.state.is_settled = false;
                self.ready()?;
            }
        }
        Ok(())
    }

    pub(super) fn receive_chunk(&mut self, encoded: &[impl AsRef<[u8]>]) -> Result<Received, Failure> {
        let mut intake = Intake::default();
        let mut result = Ok(());
        for (bytes, envelope, verdict) in self.verified(encoded, &mut intake)? {
            match self.admit(bytes, envelope, verdict, &mut intake) {
                Ok(envelope) => intake.fresh.extend(envelope),
                Err(failure) => {
                    result = Err(failure);
                    break;
                }
            }
        }
        if result.is_ok() && intake.fresh.is_empty() {
            return Ok(intake.received);
        }
        // In the same transaction as the entries that tell of the other life: the power may go right after it.
        let next_life = intake.reincarnate.then(fresh_incarnation);
        let result = result.and_then(|()| self.apply(&mut intake)).and_then(|()| {
            if let Some(incarnation) = next_life {
                intake.batch.put_meta(super::own::INCARNATION_KEY, &incarnation);
            }
            self.store.commit(std::mem::take(&mut intake.batch))?;
            Ok(())
        });
        if let Err(failure) = result {
            self.reload();
            return Err(failure);
        }
        self.dirty = false;
        self.state.shards.made_again();
        if let Some(incarnation) = next_life {
            let why = "this device's own entries came back from elsewhere: it was restored or copied";
            self.lives_on(incarnation, why);
        }
        self.settle_forks()?;
        let _ = self.tips.send(intake.received.tips.clone());
        Ok(intake.received)
    }

    fn apply(&mut self, intake: &mut Intake) -> Result<(), Failure> {
        let (keys, authority) = (DomainId::keys(&self.place.id), DomainId::authority(&self.place.id));
        let fresh = std::mem::take(&mut intake.fresh);
        let mut advanced = false;
        for envelope in fresh.iter().filter(|envelope| envelope.header.domain == keys) {
            advanced |= self.take_keys(envelope, intake);
        }
        let mut waiting: Vec<Envelope> = Vec::new();
        if advanced {
            waiting.extend(self.held_envelopes(intake, |_, held| matches!(held, Held::NoKey(_)))?);
        }
        waiting.extend(fresh.into_iter().filter(|envelope| envelope.header.domain != keys));
        let (statements, mut content): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|envelope| envelope.header.domain == authority);
        let mut changed = false;
        for envelope in &statements {
            changed |= self.take_statements(envelope, intake);
        }
        if changed {
            let before = self.authority().clone();
            self.evaluate_authority();
            return self.access_changed(&before, content, intake);
        }
        let grown: BTreeSet<LogId> = content.iter().map(|envelope| envelope.header.log()).collect();
        let more =
            self.held_envelopes(intake, |key, held| matches!(held, Held::CutoffAhead) && grown.contains(&key.log))?;
        add_unknown(&mut content, more);
        self.apply_content(content, intake)
    }

    /// Judges again what access decides: everything that is held for it, and whole domains where something counted that may not any
    /// more. `content` came with the change.
    pub(super) fn access_changed(
        &mut self,
        before: &Authority,
        mut content: Vec<Envelope>,
        intake: &mut Intake,
    ) -> Result<(), Failure> {
        let held = self.held_envelopes(intake, |_, held| held.is_about_access())?;
        add_unknown(&mut content, held);
        for domain in self.domains_narrowed_since(before)? {
            let stored = self.domain_envelopes(domain)?;
            self.forget_domain(domain, intake)?;
            add_unknown(&mut content, stored);
        }
        self.apply_content(content, intake)
    }

    fn take_keys(&mut self, envelope: &Envelope, intake: &mut Intake) -> bool {
        let records = match envelope.open(None) {
            Ok(Payload { parts: Parts::Keys(records), .. }) => records,
            Ok(_) => return self.quarantine(envelope, "it carries no keys", intake),
            Err(error) => return self.quarantine(envelope, &error.to_string(), intake),
        };
        let mut learnt = false;
        let header = &envelope.header;
        for bytes in &records {
            // What a device wrote into its own envelope is signed with that.
            let record = EpochRecord::decode_stored(bytes).and_then(|record| match record.issuer == header.device {
                true => Ok(record),
                false => record.verify().map(|()| record),
            });
            match record {
                Ok(record) => learnt |= self.learn_key(record, &header.device, &header.authority),
                Err(error) => tracing::warn!("a key record cannot be read: {error}"),
            }
        }
        learnt
    }

    fn take_statements(&mut self, envelope: &Envelope, intake: &mut Intake) -> bool {
        let Some(payload) = self.open_or_hold(envelope, intake) else { return false };
        let Parts::Statements(statements) = payload.parts else {
            return self.quarantine(envelope, "it carries no statements", intake);
        };
        let mut changed = false;
        for bytes in &statements {
            match SignedStatement::decode(bytes) {
                Ok(statement) => {
                    changed |= self.state.statements.insert(statement.hash(), statement).is_none();
                }
                Err(error) => tracing::warn!("a statement about access cannot be read: {error}"),
            }
        }
        self.state.authority_log.take(envelope);
        self.state.is_settled = false;
        self.release(envelope, intake);
        // Envelopes that cite this one may go on even where no statement was new.
        changed || !self.state.held.is_empty()
    }

    /// Opens an envelope, or holds it for the key it needs.
    fn open_or_hold(&mut self, envelope: &Envelope, intake: &mut Intake) -> Option<Payload> {
        let Some(secret) = self.state.epochs.secret(&envelope.header.domain, &envelope.header.epoch) else {
            self.hold(envelope, Held::NoKey(envelope.header.epoch), intake);
            return None;
        };
        match envelope.open(Some(secret)) {
            Ok(payload) => Some(payload),
            Err(error) => {
                self.quarantine(envelope, &error.to_string(), intake);
                None
            }
        }
    }

    /// Applies the envelopes of settings, directory and folders, shard by shard, until nothing more can move.
    pub(super) fn apply_content(&mut self, envelopes: Vec<Envelope>, intake: &mut Intake) -> Result<(), Failure> {
        let mut queue = envelopes;
        let mut touched: BTreeMap<ShardId, Touched> = BTreeMap::new();
        while !queue.is_empty() {
            let mut groups: BTreeMap<ShardId, Vec<Incoming>> = BTreeMap::new();
            let mut by_hash: HashMap<Hash, Envelope> = HashMap::new();
            let mut moved = BTreeSet::new();
            for envelope in queue.drain(..) {
                let place = (envelope.header.domain, envelope.header.lane);
                match self.open_if_allowed(&envelope, intake)? {
                    Opened::Yes(payload) => {
                        self.group(&envelope, *payload, &mut groups, intake);
                        by_hash.insert(envelope.hash(), envelope);
                    }
                    // Somebody whose work counts may have built on it, and wait for it.
                    Opened::ForReview => drop(moved.insert(place)),
                    Opened::No => {}
                }
            }
            for (shard, incoming) in groups {
                let missing = self.apply_group(shard, incoming, &by_hash, &mut touched, &mut moved, intake)?;
                if missing.is_empty() {
                    continue;
                }
                for envelope in self.review_entries_with(&shard, &missing, intake)? {
                    if intake.needed.insert(envelope.hash()) {
                        moved.insert((shard.domain, shard.lane));
                        queue.push(envelope);
                    }
                }
            }
            if moved.is_empty() {
                break;
            }
            let domains: BTreeSet<DomainId> = moved.iter().map(|(domain, _)| *domain).collect();
            let again = self.held_envelopes(intake, |key, held| {
                matches!(held, Held::ChangesAhead) && domains.contains(&key.domain)
            })?;
            queue.extend(again.into_iter().filter(|envelope| {
                moved.contains(&(envelope.header.domain, envelope.header.lane))
                    && (!by_hash.contains_key(&envelope.hash()) || !intake.needed.is_empty())
            }));
        }
        self.project_rows(touched, &mut intake.batch)
    }

    fn open_if_allowed(&mut self, envelope: &Envelope, intake: &mut Intake) -> Result<Opened, Failure> {
        if let Some(objection) = self.objection(envelope, intake)? {
            let reviewed = matches!(objection, Held::Review | Held::CutoffAhead);
            self.hold(envelope, objection, intake);
            return Ok(if reviewed { Opened::ForReview } else { Opened::No });
        }
        Ok(self.open_or_hold(envelope, intake).map_or(Opened::No, |payload| Opened::Yes(Box::new(payload))))
    }

    fn group(
        &mut self,
        envelope: &Envelope,
        payload: Payload,
        groups: &mut BTreeMap<ShardId, Vec<Incoming>>,
        intake: &mut Intake,
    ) {
        let Parts::Changes(parts) = payload.parts else {
            self.quarantine(envelope, "it carries no changes", intake);
            return;
        };
        // An envelope counts whole or not at all, and several shards cannot be judged before any of them is changed.
        let Ok([changes]) = <[_; 1]>::try_from(parts) else {
            self.quarantine(envelope, "it changes several parts of the register at once", intake);
            return;
        };
        let (domain, lane) = (envelope.header.domain, envelope.header.lane);
        if changes.generation != 0 && self.shared_domains().contains(&domain) {
            self.quarantine(envelope, "the settings have no such part", intake);
            return;
        }
        groups.entry(ShardId { domain, lane, generation: changes.generation }).or_default().push(Incoming {
            log: envelope.header.log(),
            envelope: envelope.hash(),
            received: ambient::now(),
            changes,
        });
    }

    fn apply_group(
        &mut self,
        shard: ShardId,
        incoming: Vec<Incoming>,
        envelopes: &HashMap<Hash, Envelope>,
        touched: &mut BTreeMap<ShardId, Touched>,
        moved: &mut BTreeSet<(DomainId, Lane)>,
        intake: &mut Intake,
    ) -> Result<BTreeSet<Hash>, Failure> {
        let all: BTreeSet<Hash> = incoming.iter().map(|incoming| incoming.envelope).collect();
        let received = self.open_shard(shard)?.receive(incoming);
        let mut stopped = BTreeSet::new();
        for waiting in received.waiting {
            if let Some(envelope) = envelopes.get(&waiting.envelope) {
                self.hold(envelope, Held::ChangesAhead, intake);
                stopped.insert(waiting.envelope);
            }
        }
        for (incoming, why) in received.quarantined {
            if let Some(envelope) = envelopes.get(&incoming.envelope) {
                let forked = matches!(why, Quarantine::ActorForked { .. });
                if forked && !self.state.shards.is_made_again(&shard.domain) {
                    self.hold(envelope, Held::Forked, intake);
                } else {
                    self.quarantine(envelope, &why.to_string(), intake);
                }
                stopped.insert(incoming.envelope);
            }
        }
        for hash in all.difference(&stopped) {
            if let Some(envelope) = envelopes.get(hash) {
                self.release(envelope, intake);
                moved.insert((shard.domain, shard.lane));
            }
        }
        if shard.lane == Lane::Records {
            touched.entry(shard).or_default().extend(received.touched);
        }
        Ok(received.missing)
    }

    fn hold(&mut self, envelope: &Envelope, why: Held, intake: &mut Intake) {
        let key = key_of(envelope);
        intake.held.insert(envelope.hash(), envelope.clone());
        if self.state.held.get(&key) != Some(&why) {
            intake.batch.hold(key, &why.encode());
            self.state.held.insert(key, why);
        }
    }

    /// Puts an envelope aside and tells the person. Always false, for the callers' convenience.
    fn quarantine(&mut self, envelope: &Envelope, why: &str, intake: &mut Intake) -> bool {
        self.hold(envelope, Held::Quarantined(why.to_owned()), intake);
        self.notice(
            NoticeKind::Quarantine,
            format!("something written by device {} was put aside: {why}", envelope.header.device.short()),
        );
        false
    }

    fn release(&mut self, envelope: &Envelope, intake: &mut Intake) {
        let key = key_of(envelope);
        if self.state.held.remove(&key).is_some() {
            intake.batch.release(key);
            // It arrived before what the caches of its domain cover, and they were written without it.
            intake.batch.clear_shards(Some(key.domain));
        }
    }

    /// The held envelopes of a kind, in the order of their logs.
    pub(super) fn held_envelopes(
        &self,
        intake: &Intake,
        wanted: impl Fn(&EnvelopeKey, &Held) -> bool,
    ) -> Result<Vec<Envelope>, Failure> {
        let reader = self.store.read()?;
        let mut found = Vec::new();
        for (key, _) in self.state.held.iter().filter(|(key, held)| wanted(key, held)) {
            if let Some(envelope) = intake.held.get(&key.hash) {
                found.push(envelope.clone());
            } else if let Some(bytes) = reader.envelope(key)?
                && let Ok(envelope) = Envelope::decode(&bytes)
            {
                found.push(envelope);
            }
        }
        Ok(found)
    }

    /// Goes on in fresh logs; the side file follows, so that a crash between the two only makes another incarnation.
    pub(super) fn reincarnate(&mut self, why: &str) -> Result<(), Failure> {
        let incarnation = fresh_incarnation();
        let mut batch = Batch::new();
        batch.put_meta(super::own::INCARNATION_KEY, &incarnation);
        self.store.commit(batch)?;
        self.lives_on(incarnation, why);
        Ok(())
    }

    /// Goes on in the incarnation that the store names. Where the side file cannot be written, the next start sees that they differ
    /// and begins yet another.
    fn lives_on(&mut self, incarnation: [u8; 16], why: &str) {
        if let Err(error) = self.place.write_incarnation(incarnation) {
            tracing::warn!("the side file of the incarnation could not be written: {error}");
        }
        if let Some(own) = &mut self.state.own {
            own.reincarnate(incarnation);
        }
        self.forget_confirmed();
        self.notice(NoticeKind::Fork, format!("{why}; it goes on in new logs, nothing is lost"));
    }
}

/// Whether an envelope is looked at further.
enum Opened {
    Yes(Box<Payload>),
    /// It is held past a removal's cutoff.
    ForReview,
    No,
}

/// Adds those of `more` that are not among `envelopes`.
fn add_unknown(envelopes: &mut Vec<Envelope>, more: Vec<Envelope>) {
    let known: BTreeSet<Hash> = envelopes.iter().map(Envelope::hash).collect();
    envelopes.extend(more.into_iter().filter(|envelope| !known.contains(&envelope.hash())));
}

fn key_of(envelope: &Envelope) -> EnvelopeKey {
    let tip = envelope.tip();
    EnvelopeKey { domain: envelope.header.domain, log: tip.log, seq: tip.seq, hash: tip.hash }
}

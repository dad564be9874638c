//! Envelopes from elsewhere: checked, stored, and applied with all their consequences in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use enginus_access::{Authority, EpochRecord, SignedStatement};
use enginus_crdt::{Incoming, Quarantine, ShardId, Touched};
use enginus_envelope::{DomainTip, Envelope, Parts, Payload, Tip};
use enginus_model::{DeviceId, DomainId, Hash, Lane, LogId};
use enginus_store::{Batch, EnvelopeKey};

use super::own::fresh_incarnation;
use super::verified::{Verdict, verify_all};
use super::{Held, Project};
use crate::ambient;
use crate::api::{Failure, NoticeKind};

/// Envelopes looked at in one transaction at most; more are taken in several.
const INTAKE_MAX: usize = 4096;

/// Logs of unknown devices kept at most, and entries in each.
const STRANGER_LOGS_MAX: usize = 256;
const STRANGER_ENTRIES_MAX: u64 = 64;

/// What an intake did.
#[derive(Debug, Default, Clone)]
pub(crate) struct Received {
    /// Tips that are durable now and were not before.
    pub(crate) tips: Vec<DomainTip>,
    /// Envelopes new to this device.
    pub(crate) new: u64,
    /// Envelopes that were not taken: unreadable, badly signed, foreign, or out of order.
    pub(crate) refused: u64,
    /// Those of them whose signature or content is not what their header says.
    pub(crate) forged: Vec<Tip>,
}

impl Received {
    fn refuse(&mut self, why: &dyn std::fmt::Display) {
        tracing::warn!("an envelope was refused: {why}");
        self.refused += 1;
    }
}

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
            self.share_with_newcomers()?;
            self.close_used_up()?;
            self.end_covered_previews()?;
            self.publish();
        }
        Ok(all)
    }

    fn receive_chunk(&mut self, encoded: &[impl AsRef<[u8]>]) -> Result<Received, Failure> {
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
        let result = result.and_then(|()| self.apply(&mut intake)).and_then(|()| {
            self.store.commit(std::mem::take(&mut intake.batch))?;
            Ok(())
        });
        if let Err(failure) = result {
            self.reload();
            return Err(failure);
        }
        self.dirty = false;
        self.state.shards.made_again();
        self.settle_forks()?;
        if intake.reincarnate {
            self.reincarnate("this device's own entries came back from elsewhere: it was restored or copied")?;
        }
        let _ = self.tips.send(intake.received.tips.clone());
        Ok(intake.received)
    }

    /// Reads envelopes, and verifies those that are new and of this project.
    fn verified<'a>(
        &self,
        encoded: &'a [impl AsRef<[u8]>],
        intake: &mut Intake,
    ) -> Result<Vec<(&'a [u8], Envelope, Verdict)>, Failure> {
        let (mut bytes, mut envelopes, mut worth) = (Vec::new(), Vec::new(), Vec::new());
        for encoded in encoded.iter().map(AsRef::as_ref) {
            let envelope = match Envelope::decode(encoded) {
                Ok(envelope) => envelope,
                Err(error) => {
                    intake.received.refuse(&error);
                    continue;
                }
            };
            let header = &envelope.header;
            let known = self.hashes_at(&header.log(), header.seq, intake)?.contains(&envelope.hash());
            let ours = header.project == self.place.id && self.may_take(&header.domain);
            worth.push(!known && ours && !self.is_flooding(header));
            bytes.push(encoded);
            envelopes.push(envelope);
        }
        let verdicts = verify_all(&envelopes, &worth);
        Ok(bytes
            .into_iter()
            .zip(envelopes)
            .zip(verdicts)
            .map(|((bytes, envelope), verdict)| (bytes, envelope, verdict))
            .collect())
    }

    /// Checks one envelope as far as it can be alone and against its log. `None` where it is known or refused.
    fn admit(
        &mut self,
        bytes: &[u8],
        envelope: Envelope,
        verdict: Verdict,
        intake: &mut Intake,
    ) -> Result<Option<Envelope>, Failure> {
        let refused = |intake: &mut Intake, why: &dyn std::fmt::Display| {
            intake.received.refuse(why);
            Ok(None)
        };
        let header = &envelope.header;
        if header.project != self.place.id {
            return refused(intake, &"it belongs to another project");
        }
        let (log, hash) = (header.log(), envelope.hash());
        let same_place = self.hashes_at(&log, header.seq, intake)?;
        if same_place.contains(&hash) {
            return Ok(None);
        }
        if header.seq > 1 && !self.hashes_at(&log, header.seq - 1, intake)?.contains(&header.prev) {
            return refused(intake, &"the entry before it is not here yet");
        }
        if !self.may_take(&header.domain) {
            return refused(intake, &"this device may not hold its domain");
        }
        if self.is_flooding(header) && !self.vouches_for_itself(&envelope) {
            return refused(intake, &"too much of devices that no member has vouched for");
        }
        if let Err(error) = verdict.unwrap_or_else(|| envelope.verify()) {
            intake.received.forged.push(envelope.tip());
            return refused(intake, &error);
        }
        if !same_place.is_empty() {
            self.notice(
                NoticeKind::Fork,
                format!(
                    "two copies of device {} wrote at the same place of one log; both are kept",
                    header.device.short()
                ),
            );
        }
        if header.device == self.device() && header.incarnation == self.own().incarnation() {
            intake.reincarnate = true;
        }
        let received = ambient::now();
        intake.batch.put_envelope(
            EnvelopeKey { domain: header.domain, log, seq: header.seq, hash },
            header.prev,
            received,
            bytes,
        );
        intake.hashes.entry((log, header.seq)).or_default().push(hash);
        intake.prevs.insert(hash, header.prev);
        self.remember(&envelope, intake);
        Ok(Some(envelope))
    }

    /// Clock, devices and counters for an envelope that is about to be durable.
    fn remember(&mut self, envelope: &Envelope, intake: &mut Intake) {
        self.dirty = true;
        let (domain, tip) = (envelope.header.domain, envelope.tip());
        let tips = self.state.clock.entry(domain).or_default().entry(tip.log).or_default();
        tips.retain(|held| held.hash != envelope.header.prev);
        tips.insert(tip);
        self.state.devices.insert(tip.log, envelope.header.device);
        self.state.arrivals += 1;
        if envelope.header.device != self.device()
            && let Some(own) = &mut self.state.own
        {
            own.noticed(domain, tip);
        }
        intake.received.tips.push(DomainTip { domain, tip });
        intake.received.new += 1;
    }

    /// Devices that no statement here knows may be joiners whose statements follow, or nobody. What is taken of them is bounded, so
    /// that it neither fills the disk nor grows the list that everybody exchanges.
    fn is_flooding(&self, header: &enginus_envelope::Header) -> bool {
        let unknown = |device: &DeviceId| self.authority().author_of(device).is_none();
        if !self.is_active() || !unknown(&header.device) {
            return false;
        }
        let known = self.state.devices.contains_key(&header.log());
        header.seq > STRANGER_ENTRIES_MAX
            || (!known && self.state.devices.values().filter(|device| unknown(device)).count() >= STRANGER_LOGS_MAX)
    }

    /// Whether an envelope carries the very statements that make its device a member's: somebody joined.
    fn vouches_for_itself(&self, envelope: &Envelope) -> bool {
        let header = &envelope.header;
        let Some(secret) = self.state.epochs.secret(&header.domain, &header.epoch) else { return false };
        let Ok(Payload { parts: Parts::Statements(statements), .. }) = envelope.open(Some(secret)) else {
            return false;
        };
        let statements: Vec<SignedStatement> =
            statements.iter().filter_map(|bytes| SignedStatement::decode(bytes).ok()).collect();
        self.authority().with(&statements).person_of(&header.device).is_some()
    }

    /// Whether this device holds a domain at all. Before the access table is here, only what leads to it.
    pub(crate) fn may_take(&self, domain: &DomainId) -> bool {
        let project = &self.place.id;
        *domain == DomainId::keys(project)
            || *domain == DomainId::authority(project)
            || self.authority().may_pull(&self.device(), domain)
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
        for domain in self.domains_narrowed_since(before) {
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
        for bytes in &records {
            match EpochRecord::decode(bytes) {
                Ok(record) => learnt |= self.learn_key(record),
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
            let again = self.held_envelopes(intake, |_, held| matches!(held, Held::ChangesAhead))?;
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
        if let Err(error) = self.place.write_incarnation(incarnation) {
            tracing::warn!("the side file of the incarnation could not be written: {error}");
        }
        if let Some(own) = &mut self.state.own {
            own.reincarnate(incarnation);
        }
        self.notice(NoticeKind::Fork, format!("{why}; it goes on in new logs, nothing is lost"));
        Ok(())
    }
}

/// Whether an envelope is looked at further.
enum Opened {
    Yes(Box<Payload>),
    /// It is held past a removal's cutoff.
    ForReview,
    No,
}

/// What one transaction gathers.
#[derive(Default)]
pub(super) struct Intake {
    pub(super) batch: Batch,
    fresh: Vec<Envelope>,
    hashes: HashMap<(LogId, u64), Vec<Hash>>,
    prevs: HashMap<Hash, Hash>,
    /// Held in this transaction, so not all of them are in the store yet.
    held: HashMap<Hash, Envelope>,
    /// Entries past a cutoff that count because somebody whose work counts built on them.
    needed: BTreeSet<Hash>,
    reincarnate: bool,
    pub(super) received: Received,
}

impl Intake {
    pub(super) fn is_needed(&self, envelope: &Hash) -> bool {
        self.needed.contains(envelope)
    }

    pub(super) fn hashes_at(&self, log: &LogId, seq: u64) -> &[Hash] {
        self.hashes.get(&(*log, seq)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn prev_of(&self, hash: &Hash) -> Option<Hash> {
        self.prevs.get(hash).copied()
    }
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

//! Getting what the peer holds and this device does not: which logs miss what, one question at a time per log.

use std::collections::{BTreeMap, BTreeSet};

use enginus_envelope::{DecodeError, Envelope, Tip};
use enginus_model::{DomainId, Hash, Instant, LogId, ProjectId};

use crate::frame::Message;
use crate::holdings::{holds, rank};
use crate::join::Join;
use crate::limits::{ANSWER_TIMEOUT_MS, MAX_BRANCHES, MAX_MISSING_LOGS, MAX_TAKEN_BYTES, MAX_WANTS, STORE_TIMEOUT_MS};
use crate::own::Own;
use crate::{Cursor, Holdings, Reason};

/// A log by the order in which logs are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    rank: u8,
    domain: DomainId,
    log: LogId,
}

/// How the place from which to ask is chosen; each next one is tried when the answers of the one before hang in the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guess {
    /// After the newest entry held: right unless the log forked.
    Newest,
    /// After the newest entry both hold, found by probing.
    Agreed,
    /// From the first entry; what is held already is passed over.
    Start,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Probing,
    Asked(u32),
}

/// What one log is missing.
#[derive(Debug)]
struct Missing {
    /// Entries the peer said it holds and this device does not.
    targets: BTreeSet<(u64, Hash)>,
    guess: Guess,
    /// Where the last answer ended.
    from: Option<Cursor>,
    stage: Stage,
    since: Instant,
}

/// Envelopes handed over for storing.
#[derive(Debug)]
struct Taken {
    since: Instant,
    bytes: usize,
}

/// One long envelope on its way in pieces.
#[derive(Debug)]
struct Assembly {
    want: u32,
    total: usize,
    bytes: Vec<u8>,
}

/// What an `Envelopes` frame came to.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// To be handed over for storing.
    pub(crate) take: Vec<Vec<u8>>,
    /// Entries the peer has shown to have, with the entry before each.
    pub(crate) shown: Vec<(Tip, Hash)>,
}

#[derive(Debug, Default)]
pub(crate) struct Pull {
    missing: BTreeMap<Place, Missing>,
    asked: BTreeMap<u32, Place>,
    probing: BTreeSet<Place>,
    taken: BTreeMap<LogId, BTreeMap<(u64, Hash), Taken>>,
    taken_bytes: usize,
    last_id: u32,
    assembly: Option<Assembly>,
    /// More logs were named than are kept in mind at once: the rest is asked for again when these are done.
    left_out: bool,
    /// Something was taken since the last list, so that another list is worth asking for.
    took: bool,
}

impl Pull {
    /// Question ids begin at a random place, so that an answer meant for an earlier connection is not taken for one of this.
    pub(crate) fn new(first_id: u32) -> Self {
        Self { last_id: first_id, ..Self::default() }
    }

    /// Nothing is being fetched or stored.
    pub(crate) fn is_idle(&self) -> bool {
        self.missing.is_empty() && self.taken.is_empty()
    }

    /// Envelopes handed over and not durable yet.
    pub(crate) fn is_storing(&self) -> bool {
        !self.taken.is_empty()
    }

    /// Domains in which something is missing, in the order in which they are fetched, with how many envelopes, at most.
    pub(crate) fn domains(&self) -> Vec<(DomainId, u64)> {
        let mut domains: Vec<(DomainId, u64)> = Vec::new();
        for (place, missing) in &self.missing {
            let envelopes = missing.targets.last().map_or(0, |(seq, _)| *seq);
            match domains.last_mut() {
                Some((domain, sum)) if *domain == place.domain => *sum = sum.saturating_add(envelopes),
                _ => domains.push((place.domain, envelopes)),
            }
        }
        domains
    }

    /// The peer holds `tip`, which is not durable here.
    pub(crate) fn add(&mut self, now: Instant, project: &ProjectId, domain: DomainId, tip: &Tip) {
        if self.is_taken(&tip.log, tip.seq, &tip.hash) {
            return;
        }
        let place = Place { rank: rank(project, &domain), domain, log: tip.log };
        if self.missing.len() >= MAX_MISSING_LOGS && !self.missing.contains_key(&place) {
            self.left_out = true;
            return;
        }
        let missing = self.missing.entry(place).or_insert_with(|| Missing {
            targets: BTreeSet::new(),
            guess: Guess::Newest,
            from: None,
            stage: Stage::Idle,
            since: now,
        });
        missing.targets.insert((tip.seq, tip.hash));
        while missing.targets.len() > MAX_BRANCHES {
            missing.targets.pop_first();
        }
    }

    /// Whether the list is to be asked for again: it was longer than what is kept in mind, and the first part of it is here. A peer
    /// whose list led to nothing is asked again only as often as anybody whose digest differs.
    pub(crate) fn next_part(&mut self) -> bool {
        if !self.left_out || !self.is_idle() {
            return false;
        }
        self.left_out = false;
        std::mem::take(&mut self.took)
    }

    /// Forgets what may not be taken any more.
    pub(crate) fn keep_takeable(&mut self, holdings: &impl Holdings) {
        self.missing.retain(|place, _| holdings.may_take(&place.domain));
        self.asked.retain(|_, place| self.missing.contains_key(place));
        self.probing.retain(|place| self.missing.contains_key(place));
    }

    /// Something became durable, perhaps from another peer.
    pub(crate) fn stored(&mut self, project: &ProjectId, own: &Own, tips: &[Tip], holdings: &impl Holdings) {
        let logs: BTreeSet<LogId> = tips.iter().map(|tip| tip.log).collect();
        for log in logs {
            if let Some(entries) = self.taken.get_mut(&log) {
                let bytes = &mut self.taken_bytes;
                entries.retain(|(seq, hash), taken| {
                    let waits = !holds(holdings, &log, *seq, hash);
                    *bytes -= if waits { 0 } else { taken.bytes };
                    waits
                });
                if entries.is_empty() {
                    self.taken.remove(&log);
                }
            }
            let Some(domain) = own.logs.get(&log).map(|own| own.domain) else { continue };
            let place = Place { rank: rank(project, &domain), domain, log };
            if let Some(missing) = self.missing.get_mut(&place) {
                missing.targets.retain(|(seq, hash)| !holds(holdings, &log, *seq, hash));
                if missing.targets.is_empty() {
                    self.forget(&place);
                }
            }
        }
    }

    /// Asks for what is missing, keys first, as far as the bounds allow. Domains that wait for their snapshots are passed over for now;
    /// those that can be used already through one come after the rest.
    pub(crate) fn questions(&mut self, now: Instant, own: &Own, join: &Join, holdings: &impl Holdings) -> Vec<Message> {
        let mut out = Vec::new();
        if !self.has_room() {
            return out;
        }
        let idle = self.missing.iter().filter(|(place, m)| m.stage == Stage::Idle && !join.waits(&place.domain));
        let mut places: Vec<Place> = idle.map(|(place, _)| *place).collect();
        places.sort_by_key(|place| join.has_snapshot(&place.domain)); // stable: the order of ranks stays
        for place in places {
            if !self.has_room() {
                break;
            }
            out.extend(self.question(now, place, own, holdings));
        }
        out
    }

    fn has_room(&self) -> bool {
        self.asked.len() + self.probing.len() < MAX_WANTS && self.taken_bytes < MAX_TAKEN_BYTES
    }

    fn question(&mut self, now: Instant, place: Place, own: &Own, holdings: &impl Holdings) -> Option<Message> {
        let newest = self.newest(&place.log, own);
        let taken = self.taken.get(&place.log);
        let missing = self.missing.get_mut(&place)?;
        missing.targets.retain(|(seq, hash)| !holds(holdings, &place.log, *seq, hash));
        if missing.targets.is_empty() {
            self.forget(&place);
            return None;
        }
        if let Some(taken) = taken
            && missing.targets.iter().all(|target| taken.contains_key(target))
        {
            return None;
        }
        missing.since = now;
        let beyond = missing.targets.last().is_some_and(|(seq, _)| *seq > newest);
        if missing.guess == Guess::Newest && missing.from.is_none() && newest > 0 && !beyond {
            // What is missing lies beside what is held: the log forked.
            missing.guess = Guess::Agreed;
        }
        if missing.guess == Guess::Agreed && missing.from.is_none() {
            missing.stage = Stage::Probing;
            self.probing.insert(place);
            return Some(Message::Probe { domain: place.domain, log: place.log, seqs: probe_seqs(newest) });
        }
        let after = match (missing.from, missing.guess) {
            (Some(from), _) => from,
            (None, Guess::Newest) => Cursor::after_seq(newest),
            (None, _) => Cursor::START,
        };
        self.last_id = self.last_id.wrapping_add(1);
        missing.stage = Stage::Asked(self.last_id);
        self.asked.insert(self.last_id, place);
        Some(Message::Want { id: self.last_id, domain: place.domain, log: place.log, after })
    }

    /// The peer told which entries it holds where.
    pub(crate) fn hashes(&mut self, log: LogId, at: &[(u64, Vec<Hash>)], holdings: &impl Holdings) {
        let agreed = at
            .iter()
            .filter(|(seq, hashes)| hashes.iter().any(|hash| self.knows(&log, *seq, hash, holdings)))
            .map(|(seq, _)| *seq)
            .max();
        let Some(place) = self.probing.iter().find(|place| place.log == log).copied() else { return };
        self.probing.remove(&place);
        let Some(missing) = self.missing.get_mut(&place) else { return };
        missing.stage = Stage::Idle;
        match agreed {
            Some(seq) => missing.from = Some(Cursor::after_seq(seq)),
            None => missing.guess = Guess::Start,
        }
    }

    /// One piece of a long envelope; answers the whole once it is there.
    pub(crate) fn piece(
        &mut self,
        want: u32,
        total: u32,
        offset: u32,
        bytes: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, Reason> {
        let (total, offset) = (total as usize, offset as usize);
        if total > enginus_envelope::MAX_ENVELOPE_BYTES {
            return Err(Reason::Broken { rule: "an envelope is too long" });
        }
        if !self.asked.contains_key(&want) {
            return Ok(None);
        }
        if offset == 0 {
            self.assembly = Some(Assembly { want, total, bytes: Vec::new() });
        }
        let Some(assembly) = &mut self.assembly else { return Ok(None) };
        if assembly.want != want || assembly.total != total || assembly.bytes.len() != offset {
            // A piece was lost or overtaken: the question is asked again later.
            return Ok(None);
        }
        if bytes.is_empty() || bytes.len() > total - offset {
            return Err(Reason::Broken { rule: "a piece does not fit its envelope" });
        }
        assembly.bytes.extend_from_slice(&bytes);
        if assembly.bytes.len() < total {
            return Ok(None);
        }
        Ok(self.assembly.take().map(|assembly| assembly.bytes))
    }

    /// Envelopes arrived, asked for or pushed.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        project: &ProjectId,
        (want, domain): (Option<u32>, DomainId),
        items: Vec<Vec<u8>>,
        holdings: &impl Holdings,
    ) -> Result<Received, Reason> {
        let place = want.and_then(|id| self.asked.remove(&id));
        if place.is_some_and(|place| place.domain != domain) {
            return Err(Reason::Broken { rule: "an answer is about another domain" });
        }
        let mut received = Received::default();
        if !holdings.may_take(&domain) {
            return Ok(received);
        }
        let empty = items.is_empty();
        let (mut gap, mut last) = (false, None);
        for bytes in items {
            let envelope = read(&bytes, project, &domain)?;
            let tip = envelope.tip();
            if place.is_some_and(|place| place.log != tip.log) {
                return Err(Reason::Broken { rule: "an answer is about another log" });
            }
            let prev = envelope.header.prev;
            if !self.knows(&tip.log, tip.seq, &tip.hash, holdings) {
                let follows = tip.seq == 1 || self.knows(&tip.log, tip.seq - 1, &prev, holdings);
                if !follows || self.taken_bytes >= MAX_TAKEN_BYTES {
                    gap = !follows;
                    if place.is_none() {
                        self.add(now, project, domain, &tip);
                    }
                    break;
                }
                self.taken_bytes += bytes.len();
                let entries = self.taken.entry(tip.log).or_default();
                entries.insert((tip.seq, tip.hash), Taken { since: now, bytes: bytes.len() });
                received.take.push(bytes);
                self.took = true;
            }
            last = Some(Cursor { seq: tip.seq, hash: tip.hash });
            received.shown.push((tip, prev));
        }
        if let Some(place) = place {
            self.answered(&place, gap || empty, last);
        }
        Ok(received)
    }

    /// A question was answered: go on behind the answer, or guess better when it led nowhere.
    fn answered(&mut self, place: &Place, nowhere: bool, last: Option<Cursor>) {
        let Some(missing) = self.missing.get_mut(place) else { return };
        missing.stage = Stage::Idle;
        if !nowhere {
            missing.from = last.or(missing.from);
            return;
        }
        missing.from = None;
        match missing.guess {
            Guess::Newest => missing.guess = Guess::Agreed,
            Guess::Agreed => missing.guess = Guess::Start,
            // It does not have what it claimed, or may not give it. Should it claim it again, it is asked again.
            Guess::Start => self.forget(place),
        }
    }

    /// Time passed: questions without an answer and envelopes that were never reported durable are asked for again.
    pub(crate) fn tick(&mut self, now: Instant, last_answer: Instant) {
        let busy: Vec<Place> = self.asked.values().chain(&self.probing).copied().collect();
        for place in busy {
            if let Some(missing) = self.missing.get_mut(&place)
                && now.0 - missing.since.0.max(last_answer.0) >= ANSWER_TIMEOUT_MS
            {
                if let Stage::Asked(id) = missing.stage {
                    self.asked.remove(&id);
                }
                self.probing.remove(&place);
                missing.stage = Stage::Idle;
            }
        }
        let bytes = &mut self.taken_bytes;
        self.taken.retain(|_, entries| {
            entries.retain(|_, taken| {
                let waits = now.0 - taken.since.0 < STORE_TIMEOUT_MS;
                *bytes -= if waits { 0 } else { taken.bytes };
                waits
            });
            !entries.is_empty()
        });
    }

    fn forget(&mut self, place: &Place) {
        self.probing.remove(place);
        if let Some(Missing { stage: Stage::Asked(id), .. }) = self.missing.remove(place) {
            self.asked.remove(&id);
        }
    }

    fn is_taken(&self, log: &LogId, seq: u64, hash: &Hash) -> bool {
        self.taken.get(log).is_some_and(|entries| entries.contains_key(&(seq, *hash)))
    }

    /// Durable here or on its way to be.
    fn knows(&self, log: &LogId, seq: u64, hash: &Hash, holdings: &impl Holdings) -> bool {
        self.is_taken(log, seq, hash) || holds(holdings, log, seq, hash)
    }

    fn newest(&self, log: &LogId, own: &Own) -> u64 {
        let durable = own.logs.get(log).map_or(0, crate::own::OwnLog::newest);
        let taken = self.taken.get(log).and_then(|entries| entries.last_key_value());
        durable.max(taken.map_or(0, |((seq, _), _)| *seq))
    }
}

/// Reads an envelope and checks that it is of this project and domain.
fn read(bytes: &[u8], project: &ProjectId, domain: &DomainId) -> Result<Envelope, Reason> {
    let envelope = Envelope::decode(bytes).map_err(|error| match error {
        DecodeError::NewerVersion { .. } => Reason::NewerEnvelope,
        _ => Reason::Broken { rule: "an envelope is malformed" },
    })?;
    if envelope.header.project != *project {
        return Err(Reason::WrongProject);
    }
    if envelope.header.domain != *domain {
        return Err(Reason::Broken { rule: "an envelope is of another domain than announced" });
    }
    Ok(envelope)
}

/// Places to compare, from the newest held backwards in growing steps: one question finds where two branches parted to within a
/// factor of two.
fn probe_seqs(newest: u64) -> Vec<u64> {
    let mut seqs = Vec::new();
    let mut back = 0;
    while back < newest && seqs.len() < crate::limits::MAX_PROBES {
        seqs.push(newest - back);
        back = back * 2 + 1;
    }
    seqs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_longer_than_what_is_kept_in_mind_is_fetched_in_parts() {
        let (project, domain) = (ProjectId([1; 32]), DomainId::from_bytes([2; 16]));
        let mut pull = Pull::new(0);
        for n in 0..=MAX_MISSING_LOGS as u64 {
            let mut log = [0; 16];
            log[..8].copy_from_slice(&n.to_le_bytes());
            pull.add(Instant(0), &project, domain, &Tip { log: LogId(log), seq: 1, hash: Hash([1; 32]) });
        }
        assert_eq!(pull.missing.len(), MAX_MISSING_LOGS);
        assert!(!pull.next_part(), "the first part is not here");
        pull.took = true;
        pull.missing.clear();
        assert!(pull.next_part());
        assert!(!pull.next_part(), "once");
        pull.left_out = true;
        assert!(!pull.next_part(), "a part that led to nothing asks for no other");
    }

    #[test]
    fn probes_reach_back_to_the_beginning_in_few_steps() {
        assert_eq!(probe_seqs(0), Vec::<u64>::new());
        assert_eq!(probe_seqs(1), [1]);
        assert_eq!(probe_seqs(10), [10, 9, 7, 3]);
        assert!(probe_seqs(u64::MAX).len() <= 64);
    }
}

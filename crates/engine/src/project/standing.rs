//! Whether an envelope counts: its author's right, how far a removal lets its log stand, and what colleagues built on.

use std::collections::BTreeSet;

use enginus_access::{Authority, Standing};
use enginus_crdt::{ShardId, change_hashes};
use enginus_envelope::{Envelope, Parts, Tip};
use enginus_model::{DeviceId, DomainId, Hash, Lane, LogId};
use enginus_store::EnvelopeKey;

use super::gathered::Intake;
use super::{Held, Project};
use crate::api::{Failure, RemovedInfo};

impl Project {
    /// Why an envelope does not count by what is known about access; `None` where it does.
    pub(super) fn objection(&self, envelope: &Envelope, intake: &Intake) -> Result<Option<Held>, Failure> {
        let header = &envelope.header;
        if !header.authority.iter().all(|cited| self.state.authority_log.contains(cited)) {
            return Ok(Some(Held::AuthorityAhead));
        }
        if intake.is_needed(&envelope.hash()) {
            return Ok(None);
        }
        if header.device == self.device() && self.is_removed() {
            // The others hold it for review. Here it is the record of what this person had.
            return Ok(None);
        }
        let tip = envelope.tip();
        Ok(match self.authority().standing(&header.device, &header.domain, header.lane, &tip) {
            Standing::Accepted => None,
            Standing::BeyondCutoff => Some(Held::Review),
            Standing::NotAllowed | Standing::Unknown => Some(Held::NotAllowed),
            Standing::IfBefore(ends) => match self.leads_to(&tip, &ends, intake)? {
                Some(true) => None,
                Some(false) => Some(Held::Review),
                None => Some(Held::CutoffAhead),
            },
        })
    }

    /// Whether `tip` is an ancestor of one of `ends` in its own log; `None` while not all of them are here to tell.
    fn leads_to(&self, tip: &Tip, ends: &[Tip], intake: &Intake) -> Result<Option<bool>, Failure> {
        let mut all_here = true;
        for end in ends {
            if !self.hashes_at(&end.log, end.seq, intake)?.contains(&end.hash) {
                all_here = false;
            } else if self.is_ancestor(tip, end, intake)? {
                return Ok(Some(true));
            }
        }
        Ok(all_here.then_some(false))
    }

    /// An entry is kept only after the one before it, so where a place holds a single entry everything later descends from it.
    /// Where a log forked, the chain of hashes is walked.
    fn is_ancestor(&self, tip: &Tip, end: &Tip, intake: &Intake) -> Result<bool, Failure> {
        if self.hashes_at(&tip.log, tip.seq, intake)?.len() == 1 {
            return Ok(true);
        }
        let reader = self.store.read()?;
        let mut at = *end;
        while at.seq > tip.seq {
            let prev = match intake.prev_of(&at.hash) {
                Some(prev) => prev,
                None => match reader.entry(&at)? {
                    Some(entry) => entry.prev,
                    None => return Ok(false),
                },
            };
            at = Tip { log: at.log, seq: at.seq - 1, hash: prev };
        }
        Ok(at == *tip)
    }

    /// The entries at one place of a log: those that are durable and those of the transaction in the making.
    pub(super) fn hashes_at(&self, log: &LogId, seq: u64, intake: &Intake) -> Result<Vec<Hash>, Failure> {
        let mut hashes = self.store.read()?.hashes_at(log, seq)?;
        hashes.extend(
            intake.hashes_at(log, seq).iter().filter(|hash| !hashes.contains(hash)).copied().collect::<Vec<_>>(),
        );
        Ok(hashes)
    }

    /// The domains in which something that counted under `before` may not count any more.
    pub(super) fn domains_narrowed_since(&self, before: &Authority) -> Result<BTreeSet<DomainId>, Failure> {
        let now = self.authority();
        let special = self.domains_without_shards();
        let mut narrowed = BTreeSet::new();
        let (is_removed, me) = (self.is_removed(), self.device());
        if !is_removed && self.was_removed(before) {
            // What stood here as the record of what this person had is judged like everybody's.
            return Ok(self.state.clock.keys().filter(|domain| !special.contains(*domain)).copied().collect());
        }
        narrowed.extend(before.endorsed().filter(|entry| !now.is_endorsed(entry)).map(|entry| entry.domain));
        narrowed.extend(self.domains_of_other_authors(before)?);
        for (domain, logs) in self.state.clock.iter().filter(|(domain, _)| !special.contains(domain)) {
            for tip in logs.values().flatten() {
                let Some(device) = self.state.devices.get(&tip.log) else { continue };
                if is_removed && *device == me {
                    // The record of what this person had.
                    continue;
                }
                // Where the ticket they came by was cancelled by somebody who did not know of them, nobody knows them any more.
                let Some(person) = now.author_of(device).or_else(|| before.author_of(device)) else { continue };
                let limits = |authority: &Authority| {
                    let all =
                        [authority.cutoffs(&person), authority.device_cutoffs(device)].into_iter().flatten().flatten();
                    all.filter(|cut| cut.log == tip.log).collect::<BTreeSet<Tip>>()
                };
                let (limited, limits) = (limits(before), limits(now));
                // Where cutoffs of a person and of their device meet, less may count than either alone lets stand.
                let newest = limited.iter().chain(&limits).chain([tip]);
                let lanes = newest.flat_map(|at| Lane::ALL.map(|lane| (at, lane)));
                let changed = lanes.into_iter().any(|(at, lane)| {
                    let stood = before.standing(device, domain, lane, at);
                    matches!(stood, Standing::Accepted | Standing::IfBefore(_))
                        && stood != now.standing(device, domain, lane, at)
                });
                if changed || !limited.is_subset(&limits) {
                    narrowed.insert(*domain);
                }
            }
        }
        Ok(narrowed)
    }

    /// The domains in which something counts whose author is taken for somebody else now than under `before`: rows name people.
    fn domains_of_other_authors(&self, before: &Authority) -> Result<BTreeSet<DomainId>, Failure> {
        let (now, special) = (self.authority(), self.domains_without_shards());
        let mut domains = BTreeSet::new();
        for (domain, logs) in self.state.clock.iter().filter(|(domain, _)| !special.contains(domain)) {
            for log in logs.keys() {
                let device = self.state.devices.get(log);
                if device.is_some_and(|device| before.author_of(device) != now.author_of(device))
                    && self.counted(domain, log)?
                {
                    domains.insert(*domain);
                    break;
                }
            }
        }
        Ok(domains)
    }

    /// Whether anything of a log counted before the transaction in the making.
    fn counted(&self, domain: &DomainId, log: &LogId) -> Result<bool, Failure> {
        let reader = self.store.read()?;
        for seq in 1.. {
            let hashes = reader.hashes_at(log, seq)?;
            if hashes.is_empty() {
                break;
            }
            let key = |hash: Hash| EnvelopeKey { domain: *domain, log: *log, seq, hash };
            if hashes.into_iter().any(|hash| !self.state.held.contains_key(&key(hash))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Entries held for review that carry one of `missing`: a colleague whose work counts has built on them, so they count too.
    pub(super) fn review_entries_with(
        &self,
        shard: &ShardId,
        missing: &BTreeSet<Hash>,
        intake: &Intake,
    ) -> Result<Vec<Envelope>, Failure> {
        let waiting = self.held_envelopes(intake, |key, held| {
            key.domain == shard.domain && matches!(held, Held::Review | Held::CutoffAhead)
        })?;
        Ok(waiting
            .into_iter()
            .filter(|envelope| envelope.header.lane == shard.lane)
            .filter(|envelope| self.changes_in(envelope).iter().any(|change| missing.contains(change)))
            .collect())
    }

    fn changes_in(&self, envelope: &Envelope) -> Vec<Hash> {
        let secret = self.state.epochs.secret(&envelope.header.domain, &envelope.header.epoch);
        match secret.map(|secret| envelope.open(Some(secret))) {
            Some(Ok(payload)) => match payload.parts {
                Parts::Changes(parts) => parts.iter().flat_map(change_hashes).collect(),
                Parts::Statements(_) | Parts::Keys(_) => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// Whether this person was a member and is none any more, or this device was removed.
    pub(crate) fn is_removed(&self) -> bool {
        self.was_removed(self.authority())
    }

    /// The same by another state of the access table.
    fn was_removed(&self, authority: &Authority) -> bool {
        self.waiting.is_none()
            && authority.author_of(&self.device()).is_some()
            && !authority.may_pull(&self.device(), &DomainId::settings(&self.place.id))
    }

    /// Who removed this person or this device, when and why.
    pub(crate) fn removed_info(&self) -> Option<RemovedInfo> {
        if !self.is_removed() {
            return None;
        }
        let authority = self.authority();
        let removal = authority.removal_of_device(&self.device()).or_else(|| authority.removal_of(&self.me()));
        Some(match removal {
            Some(removal) => {
                RemovedInfo { by: self.person_name(&removal.issuer), at: removal.at, reason: removal.reason.clone() }
            }
            None => RemovedInfo { by: String::new(), at: crate::ambient::now(), reason: String::new() },
        })
    }

    /// Whether a removed member's device is still given a domain, so that it can learn that it was removed. What follows the removal
    /// there is sealed under epochs it does not have.
    pub(crate) fn may_learn_of_removal(&self, authority: &Authority, device: &DeviceId, domain: &DomainId) -> bool {
        self.domains_without_shards().contains(domain) && authority.author_of(device).is_some()
    }

    /// Whether a folder is shown: what may be read now, or what a removed member had.
    pub(crate) fn shows(&self, domain: &DomainId) -> bool {
        self.authority().may_read(&self.device(), domain)
            || (self.is_removed() && self.state.epochs.knows_domain(domain))
    }

    /// The keys of the held entries that wait for a manager.
    pub(super) fn review_keys(&self) -> impl Iterator<Item = &EnvelopeKey> {
        self.state.held.iter().filter(|(_, held)| matches!(held, Held::Review)).map(|(key, _)| key)
    }

    /// The newest entries that count of every log of somebody's devices: what a removal made here lets stand.
    pub(super) fn counting_tips(&self, is_theirs: impl Fn(&DeviceId) -> bool) -> Result<Vec<Tip>, Failure> {
        let special = self.domains_without_shards();
        let mut tips = Vec::new();
        for (domain, logs) in self.state.clock.iter().filter(|(domain, _)| !special.contains(domain)) {
            for (log, branches) in logs {
                if self.state.devices.get(log).is_some_and(&is_theirs) {
                    for tip in branches {
                        tips.extend(self.newest_counting(*domain, *tip)?);
                    }
                }
            }
        }
        tips.sort_unstable();
        tips.dedup();
        Ok(tips)
    }

    /// Back from `tip` past everything that access holds back.
    fn newest_counting(&self, domain: DomainId, tip: Tip) -> Result<Option<Tip>, Failure> {
        let reader = self.store.read()?;
        let mut at = tip;
        loop {
            let key = EnvelopeKey { domain, log: at.log, seq: at.seq, hash: at.hash };
            match self.state.held.get(&key) {
                Some(held) if held.is_about_access() => {}
                _ => return Ok(Some(at)),
            }
            match reader.entry(&at)? {
                Some(entry) if at.seq > 1 => at = Tip { log: at.log, seq: at.seq - 1, hash: entry.prev },
                _ => return Ok(None),
            }
        }
    }
}

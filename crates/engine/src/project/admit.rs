//! Which envelopes from elsewhere are taken at all: readable, of this project, in order within their log, genuine, and not a flood.

use std::collections::{BTreeSet, HashSet};

use enginus_access::SignedStatement;
use enginus_envelope::{DomainTip, Envelope, Header, Parts, Payload, Tip};
use enginus_model::{DeviceId, DomainId};
use enginus_store::EnvelopeKey;

use super::Project;
use super::gathered::Intake;
use super::verified::{Verdict, verify_all};
use crate::ambient;
use crate::api::{Failure, NoticeKind};

/// Logs of unknown devices kept at most, branches of each, and entries in each branch.
const STRANGER_LOGS_MAX: usize = 256;
const STRANGER_ENTRIES_MAX: u64 = 64;
const STRANGER_BRANCHES_MAX: usize = 4;

/// An envelope as it came, what it says, and whether its signature holds where that was worth finding out.
pub(super) type Verified<'a> = (&'a [u8], Envelope, Verdict);

impl Project {
    /// Reads envelopes, and verifies those that are new, of this project and in order.
    pub(super) fn verified<'a>(
        &self,
        encoded: &'a [impl AsRef<[u8]>],
        intake: &mut Intake,
    ) -> Result<Vec<Verified<'a>>, Failure> {
        let (mut bytes, mut envelopes, mut worth) = (Vec::new(), Vec::new(), Vec::new());
        let mut before = HashSet::new();
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
            // What comes before the entry it follows is refused, whoever signed it.
            let follows = header.seq == 1
                || before.contains(&header.prev)
                || self.hashes_at(&header.log(), header.seq - 1, intake)?.contains(&header.prev);
            worth.push(!known && ours && follows && !self.is_flooding(header));
            before.insert(envelope.hash());
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
    pub(super) fn admit(
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
        intake.admitted(header, hash);
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
    fn is_flooding(&self, header: &Header) -> bool {
        let unknown = |device: &DeviceId| self.authority().author_of(device).is_none();
        if !self.is_active() || !unknown(&header.device) {
            return false;
        }
        let log = header.log();
        let known = self.state.devices.contains_key(&log);
        let tips = self.state.clock.get(&header.domain).and_then(|logs| logs.get(&log));
        let is_branch = |tips: &BTreeSet<Tip>| {
            tips.len() >= STRANGER_BRANCHES_MAX && tips.iter().all(|tip| tip.hash != header.prev)
        };
        header.seq > STRANGER_ENTRIES_MAX
            || tips.is_some_and(is_branch)
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
}

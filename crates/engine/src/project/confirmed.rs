//! What others have said that they hold of this device's own work, and when they last said so.
//!
//! It is for people: nothing is decided by it. It is therefore written now and then only, and what was not written when the power went
//! is confirmed again with the next meeting.

use std::collections::BTreeMap;

use enginus_envelope::DomainTip;
use enginus_model::{DeviceId, DomainId, Instant};
use enginus_store::{Batch, Reader};
use serde::{Deserialize, Serialize};

use super::Project;
use crate::ambient;
use crate::api::Failure;

/// Record kind: key = the domain's id, or a device's id, or nothing for buckets.
const CONFIRMED_RECORD: u8 = 9;
const VERSION: u8 = 1;
/// Between two writes.
const WRITE_EVERY_MS: i64 = 60_000;

/// The value of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stored {
    /// Own entries of one incarnation up to here are held elsewhere.
    Own([u8; 16], u64),
    /// Whoever it is confirmed something then.
    At(Instant),
}

/// What is known to be confirmed.
#[derive(Debug, Default)]
pub(super) struct Confirmed {
    /// Of this device's log in a domain, the newest entry that is held elsewhere.
    own: BTreeMap<DomainId, u64>,
    /// When a device, or (`None`) a bucket, last had everything that it may have.
    at: BTreeMap<Option<DeviceId>, Instant>,
    written: Option<Instant>,
}

impl Confirmed {
    pub(super) fn read(reader: &Reader, incarnation: [u8; 16]) -> Result<Self, Failure> {
        let mut confirmed = Self::default();
        for (key, bytes) in reader.records(CONFIRMED_RECORD)? {
            let Some((&VERSION, body)) = bytes.split_first() else { continue };
            match postcard::from_bytes(body) {
                Ok(Stored::Own(life, seq)) if life == incarnation => {
                    if let Ok(id) = key.try_into() {
                        confirmed.own.insert(DomainId::from_bytes(id), seq);
                    }
                }
                Ok(Stored::At(at)) => {
                    let device = <[u8; 32]>::try_from(key).ok().map(DeviceId);
                    confirmed.at.insert(device, at);
                }
                _ => {}
            }
        }
        Ok(confirmed)
    }

    fn batch(&self, incarnation: [u8; 16]) -> Batch {
        let mut batch = Batch::new();
        let mut put = |key: &[u8], value: Stored| {
            if let Ok(bytes) = postcard::to_extend(&value, vec![VERSION]) {
                batch.put_record(CONFIRMED_RECORD, key, &bytes);
            }
        };
        for (domain, seq) in &self.own {
            put(domain.as_bytes(), Stored::Own(incarnation, *seq));
        }
        for (device, at) in &self.at {
            put(device.as_ref().map_or(&[][..], |device| device.as_bytes()), Stored::At(*at));
        }
        batch
    }
}

impl Project {
    /// A device, or (`None`) a bucket, says that it holds these entries and all before them. Those of others, and of an earlier
    /// incarnation, count for nothing here.
    pub(crate) fn confirm(&mut self, who: Option<DeviceId>, held: impl IntoIterator<Item = DomainTip>) {
        let now = ambient::now();
        for DomainTip { domain, tip } in held {
            if tip.log == self.own().log(&domain) {
                let known = self.state.confirmed.own.entry(domain).or_default();
                *known = (*known).max(tip.seq);
            }
        }
        let confirmed = &mut self.state.confirmed;
        confirmed.at.insert(who, now);
        self.publish_confirmed();
        // A clock that was set back does not keep it from being written.
        let is_due = |written: Instant| !(0..WRITE_EVERY_MS).contains(&(now.0 - written.0));
        if self.state.confirmed.written.is_none_or(is_due) {
            self.write_confirmed();
        }
    }

    /// Writes down what is confirmed.
    fn write_confirmed(&mut self) {
        let batch = self.state.confirmed.batch(self.own().incarnation());
        match self.store().commit(batch) {
            Ok(_) => self.state.confirmed.written = Some(ambient::now()),
            Err(error) => tracing::debug!("what others hold was not written down: {error}"),
        }
    }

    /// When a device last had everything that it may have of this project.
    pub(crate) fn confirmed_by(&self, device: &DeviceId) -> Option<Instant> {
        self.state.confirmed.at.get(&Some(*device)).copied()
    }

    /// When anybody last did: what this device knows of the project is as of then.
    pub(crate) fn last_confirmed(&self) -> Option<Instant> {
        self.state.confirmed.at.values().max().copied()
    }

    /// How many entries of this device nobody else has said to hold.
    pub(crate) fn unconfirmed(&self) -> u64 {
        let held = |domain: &DomainId| self.state.confirmed.own.get(domain).copied().unwrap_or(0);
        let lacking = |domain: &DomainId| self.own().newest(domain).map(|tip| tip.seq.saturating_sub(held(domain)));
        self.state.clock.keys().filter_map(lacking).sum()
    }

    /// The logs go on in another incarnation: nobody has said anything of those yet.
    pub(super) fn forget_confirmed(&mut self) {
        self.state.confirmed.own.clear();
    }
}

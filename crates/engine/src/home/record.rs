//! What a home remembers about its keys besides the keys: whether the 24 words were confirmed, when it locks itself, and how many
//! passphrases were wrong.

use enginus_model::Instant;
use enginus_store::{Batch, Store};
use serde::{Deserialize, Serialize};

use crate::ambient;
use crate::api::Failure;

const KEY: &str = "session";
const VERSION: u8 = 1;
/// The longest wait after a wrong passphrase, in seconds.
const WAIT_MAX: i64 = 60;

/// The record, in the home's store under `session`: a version byte, then postcard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionRecord {
    pub(crate) phrase_confirmed: bool,
    pub(crate) auto_lock_minutes: Option<u32>,
    /// Passphrases tried since the last right one.
    failures: u32,
    last_failure: Instant,
    /// What the person calls this device.
    pub(crate) device_name: Option<String>,
}

impl SessionRecord {
    /// Reads it; what cannot be read begins anew, since nothing in it opens anything.
    pub(crate) fn load(store: &Store) -> Result<Self, Failure> {
        let bytes = store.read()?.meta(KEY)?.unwrap_or_default();
        Ok(match bytes.split_first() {
            Some((&VERSION, body)) => postcard::from_bytes(body).unwrap_or_default(),
            _ => Self::default(),
        })
    }

    /// Keeps it durably.
    pub(crate) fn save(&self, store: &Store) -> Result<(), Failure> {
        let mut batch = Batch::new();
        self.put(&mut batch);
        store.commit(batch)?;
        Ok(())
    }

    pub(crate) fn put(&self, batch: &mut Batch) {
        let bytes = postcard::to_extend(self, vec![VERSION]).unwrap_or_default();
        batch.put_meta(KEY, &bytes);
    }

    /// Before this instant no passphrase is tried.
    pub(crate) fn wait_until(&self) -> Option<Instant> {
        self.wait_until_at(ambient::now())
    }

    fn wait_until_at(&self, now: Instant) -> Option<Instant> {
        if self.failures == 0 {
            return None;
        }
        // A clock that was set back must not turn a minute into a year.
        let since = self.last_failure.min(now);
        let until = since.plus_seconds((1i64 << (self.failures - 1).min(6)).min(WAIT_MAX));
        (until > now).then_some(until)
    }

    /// Where the clock was set back since the last wrong passphrase, the wait begins now. True when something changed.
    pub(crate) fn mind_the_clock(&mut self) -> bool {
        let now = ambient::now();
        let ahead = self.failures > 0 && self.last_failure > now;
        if ahead {
            self.last_failure = now;
        }
        ahead
    }

    /// A passphrase is about to be tried: counted before, so that ending the program does not save the wait.
    pub(crate) fn trying(&mut self) {
        self.failures = self.failures.saturating_add(1);
        self.last_failure = ambient::now();
    }

    /// It was the right one.
    pub(crate) fn right(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute() {
        let at = Instant(1_000_000);
        let waits: Vec<i64> = (0..10)
            .map(|failures| {
                let record = SessionRecord { failures, last_failure: at, ..SessionRecord::default() };
                record.wait_until_at(at).map_or(0, |until| (until.0 - at.0) / 1000)
            })
            .collect();
        assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_clock_set_back_does_not_lock_anybody_out() {
        let record = SessionRecord { failures: 3, last_failure: Instant(9_000_000), ..SessionRecord::default() };
        assert_eq!(record.wait_until_at(Instant(1_000)), Some(Instant(5_000)));
        assert_eq!(record.wait_until_at(Instant(9_004_000)), None);
    }
}

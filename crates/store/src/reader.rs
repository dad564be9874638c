//! One consistent view of the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use enginus_envelope::{DomainTip, Envelope, Tip};
use enginus_model::{DeviceId, DocumentId, DomainId, Hash, Instant, LogId};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};

use crate::error::{Cause, ReadError, guarded};
use crate::keys::{self, EnvelopeKey, ShardKey, cut};
use crate::tables::{self, ENVELOPE_PREFIX_BYTES, PREV_AT};

/// A view of the store at one moment. Cheap to make; long-lived ones keep old pages from being reused.
pub struct Reader {
    txn: ReadTransaction,
    failed: Arc<AtomicBool>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

/// One stored entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place and hash.
    pub tip: Tip,
    /// The hash of the entry before it.
    pub prev: Hash,
    /// Its number in the order of arrival on this device, from 1.
    pub arrival: u64,
    /// When this device got it.
    pub received: Instant,
    /// The envelope.
    pub envelope: Vec<u8>,
}

/// A key and its value.
pub type Record = (Vec<u8>, Vec<u8>);

impl Reader {
    pub(crate) fn new(txn: ReadTransaction, failed: Arc<AtomicBool>) -> Self {
        Self { txn, failed }
    }

    fn run<T>(&self, work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>) -> Result<T, ReadError> {
        guarded(|| work(&self.txn)).map_err(|cause| {
            if !matches!(cause, Cause::Damaged(_) | Cause::Stale) {
                // redb answers nothing more until the file is opened again; the next reader sees to that.
                self.failed.store(true, Ordering::Release);
            }
            cause.into_read()
        })
    }

    /// What [`crate::Batch::put_meta`] kept.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, ReadError> {
        self.run(|txn| Ok(txn.open_table(tables::META)?.get(key)?.map(|found| found.value().to_vec())))
    }

    /// One envelope.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn envelope(&self, key: &EnvelopeKey) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.entry(&key.tip())?.map(|entry| entry.envelope))
    }

    /// One envelope with what the store knows of it.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn entry(&self, tip: &Tip) -> Result<Option<LogEntry>, ReadError> {
        self.run(|txn| {
            let table = txn.open_table(tables::ENVELOPES)?;
            let found = table.get(&keys::entry(&tip.log, tip.seq, &tip.hash))?;
            Ok(found.map(|found| entry_of(*tip, found.value())))
        })
    }

    /// The hashes of all entries stored at one place of a log: none, one, or more where it was written twice.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn hashes_at(&self, log: &LogId, seq: u64) -> Result<Vec<Hash>, ReadError> {
        self.run(|txn| {
            let range = keys::entries_at(log, seq);
            let mut hashes = Vec::new();
            for found in txn.open_table(tables::ENVELOPES)?.range::<&keys::EntryBytes>(range.start()..=range.end())? {
                hashes.push(keys::tip_of(found?.0.value()).hash);
            }
            Ok(hashes)
        })
    }

    /// The entries of a log after place `after_seq`, in order, all branches, until `bytes_max` bytes of envelopes are reached;
    /// at least one where there is any, so that a caller always gets on.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn log_from(&self, log: &LogId, after_seq: u64, bytes_max: usize) -> Result<Vec<LogEntry>, ReadError> {
        let Some(first) = after_seq.checked_add(1) else { return Ok(Vec::new()) };
        self.run(|txn| {
            let range = keys::entries_from(log, first);
            let mut entries = Vec::new();
            let mut bytes = 0;
            for found in txn.open_table(tables::ENVELOPES)?.range::<&keys::EntryBytes>(range.start()..=range.end())? {
                let (key, value) = found?;
                bytes += value.value().len().saturating_sub(ENVELOPE_PREFIX_BYTES);
                if bytes > bytes_max && !entries.is_empty() {
                    break;
                }
                entries.push(entry_of(keys::tip_of(key.value()), value.value()));
            }
            Ok(entries)
        })
    }

    /// The tips of one log: one, more where it forked, none where nothing of it is here.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn log_tips(&self, log: &LogId) -> Result<Vec<Tip>, ReadError> {
        self.run(|txn| {
            let range = keys::entries_from(log, 0);
            let mut tips = Vec::new();
            for found in txn.open_table(tables::TIPS)?.range::<&keys::EntryBytes>(range.start()..=range.end())? {
                tips.push(keys::tip_of(found?.0.value()));
            }
            Ok(tips)
        })
    }

    /// The tips of every log of every domain, by log.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn all_tips(&self) -> Result<Vec<DomainTip>, ReadError> {
        self.run(|txn| {
            let mut tips = Vec::new();
            for found in txn.open_table(tables::TIPS)?.iter()? {
                let (key, domain) = found?;
                tips.push(DomainTip { domain: DomainId::from_bytes(*domain.value()), tip: keys::tip_of(key.value()) });
            }
            Ok(tips)
        })
    }

    /// The tips of the logs of one domain. Reads all tips, which are as many as there are devices and domains.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn tips(&self, domain: &DomainId) -> Result<Vec<Tip>, ReadError> {
        let all = self.all_tips()?;
        Ok(all.into_iter().filter(|found| found.domain == *domain).map(|found| found.tip).collect())
    }

    /// Every tip with the device its header names. It decodes the newest envelope of each log, once, at opening.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] where a stored envelope no longer decodes.
    pub fn tips_with_devices(&self) -> Result<Vec<(DomainId, Tip, DeviceId)>, ReadError> {
        let damaged = |tip: &Tip, why: &str| ReadError::Damaged {
            detail: format!("entry {} of log {} {why}", tip.seq, tip.log.short()),
        };
        let mut found = Vec::new();
        for DomainTip { domain, tip } in self.all_tips()? {
            let entry = self.entry(&tip)?.ok_or_else(|| damaged(&tip, "is missing"))?;
            let envelope = Envelope::decode(&entry.envelope).map_err(|error| damaged(&tip, &error.to_string()))?;
            found.push((domain, tip, envelope.header.device));
        }
        Ok(found)
    }

    /// The number of the newest arrival; 0 before the first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn last_arrival(&self) -> Result<u64, ReadError> {
        self.run(|txn| Ok(txn.open_table(tables::ARRIVALS)?.last()?.map_or(0, |(arrival, _)| arrival.value())))
    }

    /// What arrived in a domain after number `after`: number, key, when; in order.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn arrivals_after(&self, after: u64, domain: &DomainId) -> Result<Vec<(u64, EnvelopeKey, Instant)>, ReadError> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        self.run(|txn| {
            let arrivals = txn.open_table(tables::ARRIVALS)?;
            let (from, to) = (keys::domain_arrival(domain, first), keys::domain_arrival(domain, u64::MAX));
            let mut found = Vec::new();
            for entry in txn.open_table(tables::DOMAIN_ARRIVALS)?.range::<&keys::DomainArrivalBytes>(&from..=&to)? {
                let arrival = u64::from_be_bytes(cut(entry?.0.value(), 16));
                if let Some(bytes) = arrivals.get(arrival)? {
                    let (key, received) = keys::arrival_of(bytes.value());
                    found.push((arrival, key, Instant(received)));
                }
            }
            Ok(found)
        })
    }

    /// What arrived in any domain after number `after`, `limit` of them at most, in order.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn all_arrivals_after(&self, after: u64, limit: usize) -> Result<Vec<(u64, EnvelopeKey, Instant)>, ReadError> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        self.run(|txn| {
            let mut found = Vec::new();
            for entry in txn.open_table(tables::ARRIVALS)?.range(first..)?.take(limit) {
                let (arrival, bytes) = entry?;
                let (key, received) = keys::arrival_of(bytes.value());
                found.push((arrival.value(), key, Instant(received)));
            }
            Ok(found)
        })
    }

    /// Everything marked by [`crate::Batch::hold`], with its reason.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn held(&self) -> Result<Vec<(EnvelopeKey, Vec<u8>)>, ReadError> {
        self.run(|txn| {
            let mut held = Vec::new();
            for found in txn.open_table(tables::HELD)?.iter()? {
                let (key, value) = found?;
                let tip = keys::tip_of(key.value());
                let domain = DomainId::from_bytes(cut(value.value(), 0));
                let reason = value.value().get(16..).unwrap_or_default().to_vec();
                held.push((EnvelopeKey { domain, log: tip.log, seq: tip.seq, hash: tip.hash }, reason));
            }
            Ok(held)
        })
    }

    /// A cached shard: the arrival it covers up to, and its saved form.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn shard(&self, key: &ShardKey) -> Result<Option<(u64, Vec<u8>)>, ReadError> {
        self.run(|txn| {
            let found = txn.open_table(tables::SHARDS)?.get(&keys::shard(key))?;
            Ok(found.map(|found| {
                let bytes = found.value();
                (u64::from_be_bytes(cut(bytes, 0)), bytes.get(8..).unwrap_or_default().to_vec())
            }))
        })
    }

    /// Which shards of a domain are cached.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn shards(&self, domain: &DomainId) -> Result<Vec<ShardKey>, ReadError> {
        self.run(|txn| {
            let range = keys::shards_of(domain);
            let mut shards = Vec::new();
            for found in txn.open_table(tables::SHARDS)?.range::<&keys::ShardBytes>(range.start()..=range.end())? {
                shards.extend(keys::shard_of(found?.0.value()));
            }
            Ok(shards)
        })
    }

    /// Hands every row of a domain to `each`, by document id, without copying it.
    ///
    /// # Errors
    /// [`ReadError`], after which `each` may have seen some.
    pub fn rows(&self, domain: &DomainId, mut each: impl FnMut(DocumentId, &[u8])) -> Result<(), ReadError> {
        let bounds = keys::rows_of(domain);
        let mut range = self
            .run(|txn| Ok(txn.open_table(tables::ROWS)?.range::<&keys::RowBytes>(bounds.start()..=bounds.end())?))?;
        // Only redb's own step is guarded: a panic of the caller is the caller's.
        while let Some((key, value)) = self.run(|_| Ok(range.next().transpose()?))? {
            each(DocumentId::from_bytes(cut(key.value(), 16)), value.value());
        }
        Ok(())
    }

    /// One row.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn row(&self, domain: &DomainId, document: &DocumentId) -> Result<Option<Vec<u8>>, ReadError> {
        self.run(|txn| {
            let found = txn.open_table(tables::ROWS)?.get(&keys::row(domain, document))?;
            Ok(found.map(|found| found.value().to_vec()))
        })
    }

    /// How many rows a domain has, without reading them.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn row_count(&self, domain: &DomainId) -> Result<u64, ReadError> {
        self.run(|txn| {
            let found = txn.open_table(tables::ROW_COUNTS)?.get(domain.as_bytes())?;
            Ok(found.map_or(0, |count| count.value()))
        })
    }

    /// One record.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn record(&self, kind: u8, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        self.run(|txn| {
            let found = txn.open_table(tables::RECORDS)?.get(keys::record(kind, key).as_slice())?;
            Ok(found.map(|found| found.value().to_vec()))
        })
    }

    /// Every record of a kind, by key.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn records(&self, kind: u8) -> Result<Vec<Record>, ReadError> {
        self.records_starting(kind, &[])
    }

    /// Every record of a kind whose key starts with `prefix`, by key.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn records_starting(&self, kind: u8, prefix: &[u8]) -> Result<Vec<Record>, ReadError> {
        self.run(|txn| {
            let start = keys::record(kind, prefix);
            let mut records = Vec::new();
            for found in txn.open_table(tables::RECORDS)?.range(start.as_slice()..)? {
                let (key, value) = found?;
                if !key.value().starts_with(&start) {
                    break;
                }
                records.push((key.value()[1..].to_vec(), value.value().to_vec()));
            }
            Ok(records)
        })
    }

    /// How many envelopes are stored.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn envelope_count(&self) -> Result<u64, ReadError> {
        self.run(|txn| Ok(txn.open_table(tables::ENVELOPES)?.len()?))
    }
}

fn entry_of(tip: Tip, value: &[u8]) -> LogEntry {
    LogEntry {
        tip,
        prev: Hash(cut(value, PREV_AT)),
        arrival: u64::from_be_bytes(cut(value, 0)),
        received: Instant(i64::from_be_bytes(cut(value, 8))),
        envelope: value.get(ENVELOPE_PREFIX_BYTES..).unwrap_or_default().to_vec(),
    }
}

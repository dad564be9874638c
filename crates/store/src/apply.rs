//! One batch inside a write transaction: first its preconditions, then its operations in order.

use enginus_envelope::Tip;
use enginus_model::{DomainId, Hash, Instant, LogId};
use redb::{ReadableTable, Table, WriteTransaction};

use crate::batch::{Batch, Operation, Receipt};
use crate::error::{CommitError, Refusal};
use crate::keys::{self, ArrivalBytes, DomainArrivalBytes, EntryBytes, EnvelopeKey, RowBytes, ShardBytes, cut};
use crate::tables;

/// The tables of one write transaction.
pub(crate) struct Tables<'txn> {
    meta: Table<'txn, &'static str, &'static [u8]>,
    envelopes: Table<'txn, &'static EntryBytes, &'static [u8]>,
    arrivals: Table<'txn, u64, &'static ArrivalBytes>,
    domain_arrivals: Table<'txn, &'static DomainArrivalBytes, ()>,
    tips: Table<'txn, &'static EntryBytes, &'static [u8; 16]>,
    held: Table<'txn, &'static EntryBytes, &'static [u8]>,
    shards: Table<'txn, &'static ShardBytes, &'static [u8]>,
    rows: Table<'txn, &'static RowBytes, &'static [u8]>,
    row_counts: Table<'txn, &'static [u8; 16], u64>,
    records: Table<'txn, &'static [u8], &'static [u8]>,
    last_arrival: u64,
}

/// What became of one batch.
pub(crate) enum Applied {
    Done(Receipt),
    Refused(Refusal),
}

impl Applied {
    pub(crate) fn into_result(self) -> Result<Receipt, CommitError> {
        match self {
            Self::Done(receipt) => Ok(receipt),
            Self::Refused(refusal) => Err(CommitError::Refused(Box::new(refusal))),
        }
    }
}

impl<'txn> Tables<'txn> {
    pub(crate) fn open(txn: &'txn WriteTransaction) -> Result<Self, redb::Error> {
        let arrivals = txn.open_table(tables::ARRIVALS)?;
        let last_arrival = arrivals.last()?.map_or(0, |(arrival, _)| arrival.value());
        Ok(Self {
            meta: txn.open_table(tables::META)?,
            envelopes: txn.open_table(tables::ENVELOPES)?,
            arrivals,
            domain_arrivals: txn.open_table(tables::DOMAIN_ARRIVALS)?,
            tips: txn.open_table(tables::TIPS)?,
            held: txn.open_table(tables::HELD)?,
            shards: txn.open_table(tables::SHARDS)?,
            rows: txn.open_table(tables::ROWS)?,
            row_counts: txn.open_table(tables::ROW_COUNTS)?,
            records: txn.open_table(tables::RECORDS)?,
            last_arrival,
        })
    }

    fn tips_of(&self, log: &LogId) -> Result<Vec<Tip>, redb::Error> {
        let range = keys::entries_from(log, 0);
        let mut tips = Vec::new();
        for found in self.tips.range::<&keys::EntryBytes>(range.start()..=range.end())? {
            tips.push(keys::tip_of(found?.0.value()));
        }
        Ok(tips)
    }

    /// `None` where the envelope is here already.
    fn put_envelope(
        &mut self,
        key: &EnvelopeKey,
        prev: &Hash,
        received: Instant,
        value: &[u8],
    ) -> Result<Option<u64>, redb::Error> {
        let entry = keys::entry(&key.log, key.seq, &key.hash);
        if self.envelopes.get(&entry)?.is_some() {
            return Ok(None);
        }
        self.last_arrival += 1;
        let arrival = self.last_arrival;
        {
            let mut slot = self.envelopes.insert_reserve(&entry, tables::ENVELOPE_PREFIX_BYTES + value.len())?;
            let slot = slot.as_mut();
            slot[..8].copy_from_slice(&arrival.to_be_bytes());
            slot[8..16].copy_from_slice(&received.0.to_be_bytes());
            slot[tables::PREV_AT..tables::ENVELOPE_PREFIX_BYTES].copy_from_slice(prev.as_bytes());
            slot[tables::ENVELOPE_PREFIX_BYTES..].copy_from_slice(value);
        }
        self.arrivals.insert(arrival, &keys::arrival(key, received.0))?;
        self.domain_arrivals.insert(&keys::domain_arrival(&key.domain, arrival), ())?;
        self.move_tips(key, prev)?;
        Ok(Some(arrival))
    }

    /// A tip is an entry that nothing here follows, whatever the order of arrival.
    fn move_tips(&mut self, key: &EnvelopeKey, prev: &Hash) -> Result<(), redb::Error> {
        if let Some(before) = key.seq.checked_sub(1) {
            self.tips.remove(&keys::entry(&key.log, before, prev))?;
        }
        if let Some(after) = key.seq.checked_add(1) {
            let range = keys::entries_at(&key.log, after);
            for follower in self.envelopes.range::<&keys::EntryBytes>(range.start()..=range.end())? {
                if Hash(cut(follower?.1.value(), tables::PREV_AT)) == key.hash {
                    return Ok(());
                }
            }
        }
        self.tips.insert(&keys::entry(&key.log, key.seq, &key.hash), key.domain.as_bytes())?;
        Ok(())
    }

    fn hold(&mut self, key: &EnvelopeKey, reason: &[u8]) -> Result<(), redb::Error> {
        let mut value = key.domain.as_bytes().to_vec();
        value.extend_from_slice(reason);
        self.held.insert(&keys::entry(&key.log, key.seq, &key.hash), value.as_slice())?;
        Ok(())
    }

    fn put_row(&mut self, domain: &DomainId, key: &RowBytes, value: &[u8]) -> Result<(), redb::Error> {
        let fresh = self.rows.insert(key, value)?.is_none();
        if fresh { self.count_rows(domain, 1) } else { Ok(()) }
    }

    fn count_rows(&mut self, domain: &DomainId, change: i64) -> Result<(), redb::Error> {
        let count = self.row_counts.get(domain.as_bytes())?.map_or(0, |count| count.value());
        self.row_counts.insert(domain.as_bytes(), count.saturating_add_signed(change))?;
        Ok(())
    }

    fn clear_rows(&mut self, domain: Option<DomainId>) -> Result<(), redb::Error> {
        match domain {
            None => {
                self.rows.retain(|_, _| false)?;
                self.row_counts.retain(|_, _| false)?;
            }
            Some(domain) => {
                let range = keys::rows_of(&domain);
                self.rows.retain_in::<&RowBytes, _>(range.start()..=range.end(), |_, _| false)?;
                self.row_counts.remove(domain.as_bytes())?;
            }
        }
        Ok(())
    }

    fn clear_shards(&mut self, domain: Option<DomainId>) -> Result<(), redb::Error> {
        match domain {
            None => self.shards.retain(|_, _| false)?,
            Some(domain) => {
                let range = keys::shards_of(&domain);
                self.shards.retain_in::<&ShardBytes, _>(range.start()..=range.end(), |_, _| false)?;
            }
        }
        Ok(())
    }

    fn put_shard(&mut self, key: &ShardBytes, watermark: u64, saved: &[u8]) -> Result<(), redb::Error> {
        let mut slot = self.shards.insert_reserve(key, 8 + saved.len())?;
        let slot = slot.as_mut();
        slot[..8].copy_from_slice(&watermark.to_be_bytes());
        slot[8..].copy_from_slice(saved);
        Ok(())
    }

    fn operate(&mut self, operation: &Operation, receipt: &mut Receipt) -> Result<(), redb::Error> {
        match operation {
            Operation::PutMeta { key, value } => {
                self.meta.insert(key.as_str(), value.as_slice())?;
            }
            Operation::DelMeta { key } => {
                self.meta.remove(key.as_str())?;
            }
            Operation::PutEnvelope { key, prev, received, value } => {
                let arrival = self.put_envelope(key, prev, *received, value)?;
                receipt.arrivals.push(arrival);
            }
            Operation::Hold { key, reason } => self.hold(key, reason)?,
            Operation::Release { key } => {
                self.held.remove(&keys::entry(&key.log, key.seq, &key.hash))?;
            }
            Operation::PutShard { key, watermark, value } => self.put_shard(&keys::shard(key), *watermark, value)?,
            Operation::DelShard { key } => {
                self.shards.remove(&keys::shard(key))?;
            }
            Operation::ClearShards { domain } => self.clear_shards(*domain)?,
            Operation::PutRow { domain, document, value } => {
                self.put_row(domain, &keys::row(domain, document), value)?
            }
            Operation::DelRow { domain, document } => {
                let was_there = self.rows.remove(&keys::row(domain, document))?.is_some();
                if was_there {
                    self.count_rows(domain, -1)?;
                }
            }
            Operation::ClearRows { domain } => self.clear_rows(*domain)?,
            Operation::PutRecord { kind, key, value } => {
                self.records.insert(keys::record(*kind, key).as_slice(), value.as_slice())?;
            }
            Operation::DelRecord { kind, key } => {
                self.records.remove(keys::record(*kind, key).as_slice())?;
            }
        }
        Ok(())
    }
}

/// Applies `batch`, or touches nothing where a precondition does not hold.
pub(crate) fn apply(tables: &mut Tables<'_>, batch: &Batch) -> Result<Applied, redb::Error> {
    for (log, expected) in &batch.expected {
        let found = tables.tips_of(log)?;
        if found.as_slice() != expected.as_slice() {
            return Ok(Applied::Refused(Refusal { log: *log, expected: *expected, found }));
        }
    }
    let mut receipt = Receipt::default();
    for operation in &batch.operations {
        tables.operate(operation, &mut receipt)?;
    }
    Ok(Applied::Done(receipt))
}

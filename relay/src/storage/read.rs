//! What is asked of the index, inside a read transaction.

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DeviceId, DomainId, Hash, Instant, LogId, ProjectId};
use enginus_sync::{Cursor, SnapshotOffer};
use redb::{ReadTransaction, ReadableTable};

use super::error::Cause;
use super::keys::{self, ArrivalBytes, EntryBytes, NamedBytes, ShardBytes, cut};
use super::tables::{self, DOMAIN_AT, ENTRY_PREFIX_BYTES, ProjectRow};
use super::{StorageError, StoredObject};

/// One project in one read transaction.
pub(crate) struct Project<'txn> {
    txn: &'txn ReadTransaction,
    pub(crate) row: ProjectRow,
}

/// Where a project stands; `None` where nothing of it is here.
pub(crate) fn row(txn: &ReadTransaction, project: &ProjectId) -> Result<Option<ProjectRow>, Cause> {
    tables::row(&txn.open_table(tables::PROJECTS)?, project)
}

/// Every project, ascending.
pub(crate) fn projects(txn: &ReadTransaction) -> Result<Vec<ProjectId>, Cause> {
    let table = txn.open_table(tables::PROJECTS)?;
    table.iter()?.map(|found| Ok(ProjectId(*found?.0.value()))).collect()
}

impl<'txn> Project<'txn> {
    pub(crate) fn open(txn: &'txn ReadTransaction, project: &ProjectId) -> Result<Self, Cause> {
        let row = row(txn, project)?.ok_or(Cause::Said(StorageError::NoProject))?;
        Ok(Self { txn, row })
    }

    pub(crate) fn genesis(&self) -> Result<Vec<u8>, Cause> {
        let found = self.txn.open_table(tables::GENESIS)?.get(self.row.number)?;
        found.map(|found| found.value().to_vec()).ok_or(Cause::Said(StorageError::NoProject))
    }

    /// The tips of envelopes that arrived after `after`, up to `max`, and the arrival up to which that is so.
    pub(crate) fn arrived(&self, after: u64, max: usize) -> Result<(Vec<Tip>, u64), Cause> {
        let mut tips = Vec::new();
        let Some(first) = after.checked_add(1) else { return Ok((tips, after)) };
        let table = self.txn.open_table(tables::ARRIVALS)?;
        let (first, last) = (keys::arrival(self.row.number, first), keys::arrival(self.row.number, u64::MAX));
        let mut up_to = after;
        for found in table.range::<&ArrivalBytes>(&first..=&last)? {
            if tips.len() == max {
                return Ok((tips, up_to));
            }
            let (key, entry) = found?;
            up_to = keys::arrival_of(key.value());
            tips.push(keys::tip_of(entry.value()));
        }
        Ok((tips, self.row.newest.max(after)))
    }

    /// The statements that arrived after `after`.
    pub(crate) fn statements(&self, after: u64) -> Result<Vec<(u64, Vec<u8>)>, Cause> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        let table = self.txn.open_table(tables::STATEMENTS)?;
        let (first, last) = (keys::arrival(self.row.number, first), keys::arrival(self.row.number, u64::MAX));
        let found = table.range::<&ArrivalBytes>(&first..=&last)?;
        found
            .map(|found| {
                let (key, statement) = found?;
                Ok((keys::arrival_of(key.value()), statement.value().to_vec()))
            })
            .collect()
    }

    pub(crate) fn tips(&self) -> Result<Vec<DomainTip>, Cause> {
        let range = keys::all_of::<64>(self.row.number);
        let table = self.txn.open_table(tables::TIPS)?;
        let tips = table.range::<&EntryBytes>(range.start()..=range.end())?;
        tips.map(|found| {
            let (key, domain) = found?;
            Ok(DomainTip { domain: DomainId::from_bytes(*domain.value()), tip: keys::tip_of(key.value()) })
        })
        .collect()
    }

    pub(crate) fn hashes_at(&self, log: &LogId, seq: u64) -> Result<Vec<Hash>, Cause> {
        let range = keys::entries_at(self.row.number, log, seq);
        let table = self.txn.open_table(tables::ENTRIES)?;
        let entries = table.range::<&EntryBytes>(range.start()..=range.end())?;
        entries.map(|found| Ok(keys::tip_of(found?.0.value()).hash)).collect()
    }

    /// Branches of a fork stand at one place: the range begins inside the cursor's own, after its hash.
    pub(crate) fn range(
        &self,
        domain: &DomainId,
        log: &LogId,
        after: Cursor,
        max_bytes: usize,
    ) -> Result<Vec<Vec<u8>>, Cause> {
        let range = keys::entries_from(self.row.number, log, after.seq, after.hash);
        let table = self.txn.open_table(tables::ENTRIES)?;
        let (mut envelopes, mut bytes) = (Vec::new(), 0);
        for found in table.range::<&EntryBytes>(range.start()..=range.end())? {
            let (key, value) = found?;
            let (tip, value) = (keys::tip_of(key.value()), value.value());
            let envelope = value.get(ENTRY_PREFIX_BYTES..).unwrap_or_default();
            let is_cursor = tip.seq == after.seq && tip.hash == after.hash;
            if is_cursor || envelope.is_empty() || cut::<16>(value, DOMAIN_AT) != *domain.as_bytes() {
                continue;
            }
            bytes += envelope.len();
            if bytes > max_bytes && !envelopes.is_empty() {
                break;
            }
            envelopes.push(envelope.to_vec());
        }
        Ok(envelopes)
    }

    pub(crate) fn snapshots(&self, domain: &DomainId) -> Result<Vec<SnapshotOffer>, Cause> {
        let range = keys::shards_of(self.row.number, domain);
        let table = self.txn.open_table(tables::SNAPSHOTS)?;
        table.range::<&ShardBytes>(range.start()..=range.end())?.map(|found| tables::decode(found?.1.value())).collect()
    }

    pub(crate) fn acknowledged(&self) -> Result<Vec<(DeviceId, Vec<DomainTip>, Instant)>, Cause> {
        let range = keys::all_of::<40>(self.row.number);
        let table = self.txn.open_table(tables::ACKNOWLEDGED)?;
        let said = table.range::<&NamedBytes>(range.start()..=range.end())?;
        said.map(|found| {
            let (key, value) = found?;
            let (tips, at) = tables::decode(value.value())?;
            Ok((DeviceId(keys::name_of(key.value())), tips, at))
        })
        .collect()
    }

    pub(crate) fn object(&self, name: &Hash) -> Result<Option<StoredObject>, Cause> {
        let found = self.txn.open_table(tables::OBJECTS)?.get(&keys::hash(self.row.number, name))?;
        Ok(found.map(|found| stored(*name, found.value())))
    }

    pub(crate) fn objects(&self) -> Result<Vec<StoredObject>, Cause> {
        let range = keys::all_of::<40>(self.row.number);
        let table = self.txn.open_table(tables::OBJECTS)?;
        let objects = table.range::<&NamedBytes>(range.start()..=range.end())?;
        objects
            .map(|found| {
                let (key, value) = found?;
                Ok(stored(Hash(keys::name_of(key.value())), value.value()))
            })
            .collect()
    }
}

const fn stored(name: Hash, (bytes, used): (u64, i64)) -> StoredObject {
    StoredObject { name, bytes, used: Instant(used) }
}

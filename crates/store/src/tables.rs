//! The tables of the file, and the version it was written by.

use redb::{ReadTransaction, TableDefinition, WriteTransaction};

use crate::keys::{ArrivalBytes, DomainArrivalBytes, EntryBytes, RowBytes, ShardBytes};

/// The version of the file's tables that this program writes and reads.
pub const FORMAT_VERSION: u64 = 1;

/// Facts about the file itself.
const STORE: TableDefinition<&str, u64> = TableDefinition::new("store");
const VERSION_KEY: &str = "version";

pub(crate) const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
/// Value: arrival (8 bytes) ‖ received (8) ‖ hash before it (32) ‖ the envelope.
pub(crate) const ENVELOPES: TableDefinition<&EntryBytes, &[u8]> = TableDefinition::new("envelopes");
pub(crate) const ENVELOPE_PREFIX_BYTES: usize = 48;
pub(crate) const PREV_AT: usize = 16;
pub(crate) const ARRIVALS: TableDefinition<u64, &ArrivalBytes> = TableDefinition::new("arrivals");
pub(crate) const DOMAIN_ARRIVALS: TableDefinition<&DomainArrivalBytes, ()> = TableDefinition::new("domain arrivals");
/// Value: the domain.
pub(crate) const TIPS: TableDefinition<&EntryBytes, &[u8; 16]> = TableDefinition::new("tips");
/// Value: domain (16 bytes) ‖ the reason.
pub(crate) const HELD: TableDefinition<&EntryBytes, &[u8]> = TableDefinition::new("held");
/// Value: watermark (8 bytes) ‖ the saved shard.
pub(crate) const SHARDS: TableDefinition<&ShardBytes, &[u8]> = TableDefinition::new("shards");
pub(crate) const ROWS: TableDefinition<&RowBytes, &[u8]> = TableDefinition::new("rows");
/// Rows per domain, since counting a range reads it.
pub(crate) const ROW_COUNTS: TableDefinition<&[u8; 16], u64> = TableDefinition::new("row counts");
pub(crate) const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");

/// Makes every table and writes the version, so that readers may rely on both.
pub(crate) fn create_all(txn: &WriteTransaction, version: u64) -> Result<(), redb::Error> {
    txn.open_table(STORE)?.insert(VERSION_KEY, version)?;
    txn.open_table(META)?;
    txn.open_table(ENVELOPES)?;
    txn.open_table(ARRIVALS)?;
    txn.open_table(DOMAIN_ARRIVALS)?;
    txn.open_table(TIPS)?;
    txn.open_table(HELD)?;
    txn.open_table(SHARDS)?;
    txn.open_table(ROWS)?;
    txn.open_table(ROW_COUNTS)?;
    txn.open_table(RECORDS)?;
    Ok(())
}

/// The version the file was written by; `None` where it is not one of ours.
pub(crate) fn version(txn: &ReadTransaction) -> Result<Option<u64>, redb::Error> {
    match txn.open_table(STORE) {
        Ok(table) => Ok(table.get(VERSION_KEY)?.map(|found| found.value())),
        Err(redb::TableError::Storage(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

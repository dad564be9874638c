//! The tables of the file, and the version it was written by.

use enginus_model::ProjectId;
use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::error::Cause;
use super::keys::{ArrivalBytes, EntryBytes, NamedBytes, ShardBytes};
use super::{StorageError, Usage};

/// The format this version writes, and the newest it reads.
pub(crate) const FORMAT_VERSION: u64 = 1;

/// What holds for the whole file: its version, the next project number.
pub(crate) const STORE: TableDefinition<&str, u64> = TableDefinition::new("relay");
const VERSION_KEY: &str = "version";
/// In [`STORE`].
pub(crate) const NEXT_NUMBER_KEY: &str = "next number";
/// In [`STORE`]: how often it was tried whether writing works.
pub(crate) const PROBE_KEY: &str = "probe";
/// [`ProjectRow`]s.
pub(crate) const PROJECTS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("projects");
/// Genesis records by project number.
pub(crate) const GENESIS: TableDefinition<u64, &[u8]> = TableDefinition::new("genesis");
/// [`ENTRY_PREFIX_BYTES`] and the envelope; nothing after them where it was let go.
pub(crate) const ENTRIES: TableDefinition<&EntryBytes, &[u8]> = TableDefinition::new("entries");
/// Arrival, the hash of the entry before, the domain.
pub(crate) const ENTRY_PREFIX_BYTES: usize = 56;
/// Where the hash of the entry before stands.
pub(crate) const PREV_AT: usize = 8;
/// Where the domain stands.
pub(crate) const DOMAIN_AT: usize = 40;
/// Envelopes by arrival.
pub(crate) const ARRIVALS: TableDefinition<&ArrivalBytes, &EntryBytes> = TableDefinition::new("arrivals");
/// The newest entry of every branch, and its domain.
pub(crate) const TIPS: TableDefinition<&EntryBytes, &[u8; 16]> = TableDefinition::new("tips");
/// Statements by arrival.
pub(crate) const STATEMENTS: TableDefinition<&ArrivalBytes, &[u8]> = TableDefinition::new("statements");
/// Which statements are there.
pub(crate) const STATEMENT_HASHES: TableDefinition<&NamedBytes, ()> = TableDefinition::new("statement hashes");
/// The newest offer of each shard.
pub(crate) const SNAPSHOTS: TableDefinition<&ShardBytes, &[u8]> = TableDefinition::new("snapshots");
/// What each device last acknowledged.
pub(crate) const ACKNOWLEDGED: TableDefinition<&NamedBytes, &[u8]> = TableDefinition::new("acknowledged");
/// Objects: how long, and when last used.
pub(crate) const OBJECTS: TableDefinition<&NamedBytes, (u64, i64)> = TableDefinition::new("objects");
/// Numbers of projects that were let go and whose rows are still being removed.
pub(crate) const LEAVING: TableDefinition<u64, ()> = TableDefinition::new("leaving");

/// What the index knows of a project at a glance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProjectRow {
    /// Stands before every key of the project; never used again.
    pub(crate) number: u64,
    /// The newest arrival.
    pub(crate) newest: u64,
    pub(crate) usage: Usage,
    /// How far a replica followed its stream; of a journal of its own nothing.
    pub(crate) position: Position,
}

/// A place in a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Which stream: when it was made, in nanoseconds. One made anew under the same name is another.
    pub(crate) stream: i64,
    /// Its first sequence. Nothing of a stream is ever removed by us: where it moved, somebody purged it.
    pub(crate) first: u64,
    /// The last sequence that is in the index.
    pub(crate) sequence: u64,
}

/// Makes every table and writes the version, so that readers may rely on both.
pub(crate) fn create_all(txn: &WriteTransaction, version: u64) -> Result<(), Cause> {
    {
        let mut store = txn.open_table(STORE)?;
        store.insert(VERSION_KEY, version)?;
        store.insert(NEXT_NUMBER_KEY, 1)?;
    }
    txn.open_table(PROJECTS)?;
    txn.open_table(GENESIS)?;
    txn.open_table(ENTRIES)?;
    txn.open_table(ARRIVALS)?;
    txn.open_table(TIPS)?;
    txn.open_table(STATEMENTS)?;
    txn.open_table(STATEMENT_HASHES)?;
    txn.open_table(SNAPSHOTS)?;
    txn.open_table(ACKNOWLEDGED)?;
    txn.open_table(OBJECTS)?;
    txn.open_table(LEAVING)?;
    Ok(())
}

/// Checks that the file is ours and not newer than this version.
pub(crate) fn check_version(txn: &ReadTransaction) -> Result<(), Cause> {
    let found = match txn.open_table(STORE) {
        Ok(table) => table.get(VERSION_KEY)?.map(|found| found.value()),
        Err(redb::TableError::Storage(error)) => return Err(error.into()),
        Err(_) => None,
    };
    match found {
        Some(FORMAT_VERSION) => Ok(()),
        Some(found) if found > FORMAT_VERSION => {
            Err(Cause::Said(StorageError::NewerVersion { found: u8::try_from(found).unwrap_or(u8::MAX) }))
        }
        Some(found) => Err(Cause::Damaged(format!("it names a format {found} that never was"))),
        None => Err(Cause::Damaged("it is a database of another program".to_owned())),
    }
}

/// The row of a project.
pub(crate) fn row(
    projects: &impl ReadableTable<&'static [u8; 32], &'static [u8]>,
    project: &ProjectId,
) -> Result<Option<ProjectRow>, Cause> {
    projects.get(project.as_bytes())?.map(|found| decode(found.value())).transpose()
}

/// Reads a value of a table.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Cause> {
    postcard::from_bytes(bytes).map_err(|error| Cause::Damaged(format!("a row of the index does not read ({error})")))
}

/// Writes a value of a table.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Cause> {
    postcard::to_allocvec(value).map_err(|error| Cause::Said(StorageError::Failed(error.to_string())))
}

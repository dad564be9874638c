//! Every limit of this crate in one place. What is past one is refused (a local edit) or put aside (a received change).

/// Rows (documents or entries) after which the next generation takes new ones.
pub const SHARD_ROW_LIMIT: usize = 5_000;
/// Changes after which the next generation takes new rows.
pub const SHARD_CHANGE_LIMIT: usize = 10_000;

/// Bytes of one change after inflating it.
pub const MAX_CHANGE_BYTES: usize = 32 << 20;
/// Bytes of all changes of one envelope for one shard, after inflating them.
pub const MAX_INFLATED_BYTES: usize = 64 << 20;
/// Changes of one envelope for one shard.
pub const MAX_CHANGES_PER_ENVELOPE: usize = 4_096;
/// Operations of one change: a bulk import of a full shard's rows fits several times.
pub const MAX_OPS_PER_CHANGE: usize = 250_000;
/// Changes that one change may name as its direct past.
pub const MAX_DEPS: usize = 4_096;
/// Values that one operation may replace at once.
pub const MAX_PREDECESSORS: usize = 4_096;
/// The largest operation number. The document library stores it in 32 bits.
pub const MAX_OP_NUMBER: u64 = 2_000_000_000;
/// The earliest instant a change may carry, in UTC milliseconds: the year 1.
pub const MIN_TIME_MS: i64 = -62_135_596_800_000;
/// The latest instant a change may carry, in UTC milliseconds: the end of the year 9999.
pub const MAX_TIME_MS: i64 = 253_402_300_799_999;
/// Bytes of one key inside a shard.
pub const MAX_KEY_BYTES: usize = 1_024;
/// Bytes of one value inside a shard.
pub const MAX_VALUE_BYTES: usize = 1 << 20;
/// Envelopes that may wait for their past in one answer of [`Shard::receive`](crate::Shard::receive).
pub const WAITING_LIMIT: usize = 20_000;

/// Bytes that a saved shard from elsewhere may come to, once it is inflated and every repetition written out: forty times what 5,000
/// plain documents come to.
pub const MAX_FOREIGN_BYTES: u64 = 64 << 20;
/// Operations, and entries of any column, that a saved shard from elsewhere may claim.
pub const MAX_FOREIGN_ITEMS: u64 = 2_000_000;

/// Bytes of a document number.
pub const MAX_NUMBER_BYTES: usize = 400;
/// Bytes of a title.
pub const MAX_TITLE_BYTES: usize = 4_000;
/// Bytes of a subfolder path.
pub const MAX_PATH_BYTES: usize = 2_000;
/// Bytes of the name of a further column.
pub const MAX_FIELD_NAME_BYTES: usize = 200;
/// Bytes of a further column's value, and of a reason.
pub const MAX_TEXT_BYTES: usize = 20_000;
/// Bytes of a revision code and of a status.
pub const MAX_CODE_BYTES: usize = 100;
/// Files of one revision.
pub const MAX_FILES: usize = 200;
/// Bytes of one file's name.
pub const MAX_FILE_NAME_BYTES: usize = 1_024;
/// Bytes of an entry's key.
pub const MAX_ENTRY_KEY_BYTES: usize = 400;
/// Bytes of an entry's value.
pub const MAX_ENTRY_VALUE_BYTES: usize = 512 << 10;
/// Edits of one local change.
pub const MAX_EDITS: usize = 20_000;

//! One received change, read strictly: what our own devices write, and nothing else.
//!
//! Two steps. First our own bounded reader, which neither allocates nor loops on a claim. Then the library reads the same bytes and writes
//! them again; only what comes back byte for byte counts. That second step is what keeps `save()` loadable: a saved
//! shard holds no change bytes, loading builds them anew and compares hashes, so a change with an unknown column, unsorted
//! dependencies or any other second spelling would make the whole file unreadable.

use std::io::Read;
use std::ops::Range;

use automerge::{Change, ExpandedChange};
use enginus_model::Hash;

use crate::columns::{Deltas, Reader, Runs};
use crate::id::{Actor, hash_of};
use crate::limits::{
    MAX_CHANGE_BYTES, MAX_DEPS, MAX_KEY_BYTES, MAX_OP_NUMBER, MAX_OPS_PER_CHANGE, MAX_PREDECESSORS, MAX_TIME_MS,
    MAX_VALUE_BYTES, MIN_TIME_MS,
};
use crate::quarantine::Quarantine;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHUNK_CHANGE: u8 = 1;
const CHUNK_COMPRESSED: u8 = 2;
/// A change shorter than this is not worth compressing.
const COMPRESS_FROM_BYTES: usize = 1_024;

/// An operation as named inside one change: index into its actors (0 is its own), number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalRef {
    pub(crate) actor: usize,
    pub(crate) number: u64,
}

/// What an operation writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    Map,
    Delete,
    Text(usize),
    /// Where the bytes lie in the raw change.
    Bytes(Range<usize>),
    OtherScalar,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Op {
    pub(crate) object: LocalRef,
    pub(crate) key: Box<str>,
    pub(crate) written: Written,
    pub(crate) replaces: Vec<LocalRef>,
}

/// What a change says.
#[derive(Debug)]
pub(crate) struct Content {
    /// Its own actor first.
    pub(crate) actors: Vec<Actor>,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) time: i64,
    pub(crate) deps: Vec<Hash>,
    pub(crate) ops: Vec<Op>,
}

impl Content {
    pub(crate) fn actor(&self) -> Actor {
        self.actors.first().copied().unwrap_or_default()
    }
    pub(crate) fn max_op(&self) -> u64 {
        self.start_op + self.ops.len() as u64 - 1
    }
}

/// A change that is well formed and canonical. Whether it fits its past is the pre-validator's question.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) change: Change,
    pub(crate) hash: Hash,
    pub(crate) content: Content,
}

impl Parsed {
    pub(crate) fn raw(&self) -> &[u8] {
        self.change.raw_bytes()
    }
}

/// A change as it goes into an envelope: compressed where that is worth it.
pub(crate) fn to_envelope(change: &mut Change) -> Vec<u8> {
    if change.raw_bytes().len() < COMPRESS_FROM_BYTES {
        change.raw_bytes().to_vec()
    } else {
        change.bytes().into_owned()
    }
}

/// Reads one change; `budget` is how many inflated bytes its envelope may still have.
pub(crate) fn parse(bytes: &[u8], budget: &mut usize) -> Result<Parsed, Quarantine> {
    let raw = inflate(bytes, MAX_CHANGE_BYTES.min(*budget))?;
    *budget = budget.saturating_sub(raw.len());
    let content = read(&raw)?;
    let change =
        Change::try_from(raw.as_slice()).map_err(|_| Quarantine::Malformed("the document library cannot read it"))?;
    let rewritten = Change::from(ExpandedChange::from(&change));
    if rewritten.raw_bytes()[4..8] != raw[4..8] && rewritten.raw_bytes()[8..] == raw[8..] {
        return Err(Quarantine::Checksum);
    }
    if rewritten.raw_bytes() != raw {
        return Err(Quarantine::NotCanonical);
    }
    Ok(Parsed { hash: hash_of(&change.hash()), change, content })
}

/// Reads a change that this shard's own document gave out: its form is known to be good.
pub(crate) fn parse_own(change: Change) -> Result<Parsed, Quarantine> {
    let content = read(change.raw_bytes())?;
    Ok(Parsed { hash: hash_of(&change.hash()), change, content })
}

/// The uncompressed chunk, at most `limit` bytes of content.
fn inflate(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Quarantine> {
    let too_large = Quarantine::TooLarge { what: "bytes", limit: limit as u64 };
    let mut reader = Reader::new(bytes);
    let magic: [u8; 4] = reader.array()?;
    let checksum: [u8; 4] = reader.array()?;
    let [kind] = reader.array()?;
    let len = reader.u64()?;
    let body = reader.take(len)?;
    if magic != MAGIC || !reader.is_empty() {
        return Err(Quarantine::Malformed("it is not exactly one change"));
    }
    match kind {
        CHUNK_CHANGE if bytes.len() > limit => Err(too_large),
        CHUNK_CHANGE => Ok(bytes.to_vec()),
        CHUNK_COMPRESSED => {
            let mut inflated = Vec::new();
            flate2::bufread::DeflateDecoder::new(body)
                .take(limit as u64 + 1)
                .read_to_end(&mut inflated)
                .map_err(|_| Quarantine::Malformed("it cannot be inflated"))?;
            if inflated.len() > limit {
                return Err(too_large);
            }
            let mut raw = Vec::with_capacity(inflated.len() + 16);
            raw.extend(magic);
            raw.extend(checksum);
            raw.push(CHUNK_CHANGE);
            write_u64(&mut raw, inflated.len() as u64);
            raw.extend(inflated);
            Ok(raw)
        }
        _ => Err(Quarantine::NotAllowed("a chunk that is not a change")),
    }
}

fn write_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Where each column lies, by its number in the format. Nothing that only lists, texts or marks need may be there.
#[derive(Default)]
struct Columns {
    object_actor: Range<usize>,
    object_number: Range<usize>,
    key: Range<usize>,
    insert: Range<usize>,
    action: Range<usize>,
    value_meta: Range<usize>,
    value: Range<usize>,
    replaced_count: Range<usize>,
    replaced_actor: Range<usize>,
    replaced_number: Range<usize>,
}

impl Columns {
    fn place(&mut self, number: u64) -> Result<&mut Range<usize>, Quarantine> {
        Ok(match number {
            0x01 => &mut self.object_actor,
            0x02 => &mut self.object_number,
            0x15 => &mut self.key,
            0x34 => &mut self.insert,
            0x42 => &mut self.action,
            0x56 => &mut self.value_meta,
            0x57 => &mut self.value,
            0x70 => &mut self.replaced_count,
            0x71 => &mut self.replaced_actor,
            0x73 => &mut self.replaced_number,
            _ => {
                return Err(Quarantine::NotAllowed("a column that only lists, texts or marks need, or an unknown one"));
            }
        })
    }
}

/// Reads an uncompressed chunk.
fn read(raw: &[u8]) -> Result<Content, Quarantine> {
    let mut reader = Reader::new(raw);
    reader.array::<8>()?;
    reader.array::<1>()?;
    reader.u64()?;
    let deps = hashes(&mut reader)?;
    let own = actor(&mut reader)?;
    let seq = reader.u64()?;
    let start_op = reader.u64()?;
    let time = reader.i64()?;
    if !reader.text()?.is_empty() {
        return Err(Quarantine::NotAllowed("a message beside the operations"));
    }
    let others = count(&mut reader, 17, MAX_DEPS, "other actors")?;
    let mut actors = vec![own];
    for _ in 0..others {
        actors.push(actor(&mut reader)?);
    }
    if start_op == 0 || start_op > MAX_OP_NUMBER {
        return Err(Quarantine::TooLarge { what: "the operation number", limit: MAX_OP_NUMBER });
    }
    if !(MIN_TIME_MS..=MAX_TIME_MS).contains(&time) {
        return Err(Quarantine::NotAllowed("a time outside the calendar"));
    }
    let columns = columns(&mut reader, raw.len())?;
    if !reader.is_empty() {
        return Err(Quarantine::AuthorFooter);
    }
    let ops = operations(raw, &columns, actors.len())?;
    if start_op + ops.len() as u64 > MAX_OP_NUMBER {
        return Err(Quarantine::TooLarge { what: "the operation number", limit: MAX_OP_NUMBER });
    }
    Ok(Content { actors, seq, start_op, time, deps, ops })
}

/// A count of things of at least `each` bytes that must still be there.
fn count(reader: &mut Reader<'_>, each: usize, limit: usize, what: &'static str) -> Result<usize, Quarantine> {
    let count = usize::try_from(reader.u64()?).unwrap_or(usize::MAX);
    if count > limit {
        return Err(Quarantine::TooLarge { what, limit: limit as u64 });
    }
    if count.saturating_mul(each) > reader.len() {
        return Err(Quarantine::Malformed("it ends too early"));
    }
    Ok(count)
}

/// The direct past: sorted, each once.
fn hashes(reader: &mut Reader<'_>) -> Result<Vec<Hash>, Quarantine> {
    let count = count(reader, 32, MAX_DEPS, "direct predecessors")?;
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        out.push(Hash(reader.array()?));
    }
    if !out.is_sorted_by(|a, b| a < b) {
        return Err(Quarantine::NotCanonical);
    }
    Ok(out)
}

fn actor(reader: &mut Reader<'_>) -> Result<Actor, Quarantine> {
    if reader.u64()? != 16 {
        return Err(Quarantine::NotAllowed("an actor that is not 16 bytes"));
    }
    reader.array()
}

/// The columns behind the header. Leaves in `reader` what lies behind them.
fn columns(reader: &mut Reader<'_>, raw_len: usize) -> Result<Columns, Quarantine> {
    let count = count(reader, 2, 32, "columns")?;
    let mut sizes = Vec::with_capacity(count);
    for _ in 0..count {
        sizes.push((reader.u64()?, reader.u64()?));
    }
    if !sizes.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(Quarantine::NotCanonical);
    }
    let mut columns = Columns::default();
    for (number, len) in sizes {
        let start = raw_len - reader.len();
        let len = reader.take(len)?.len();
        *columns.place(number)? = start..start + len;
    }
    Ok(columns)
}

fn operations(raw: &[u8], columns: &Columns, actors: usize) -> Result<Vec<Op>, Quarantine> {
    let mut object_actor = Runs::<u64>::new(&raw[columns.object_actor.clone()]);
    let mut object_number = Runs::<u64>::new(&raw[columns.object_number.clone()]);
    let mut key = Runs::<&str>::new(&raw[columns.key.clone()]);
    let mut action = Runs::<u64>::new(&raw[columns.action.clone()]);
    let mut meta = Runs::<u64>::new(&raw[columns.value_meta.clone()]);
    let mut values = Reader::new(&raw[columns.value.clone()]);
    let mut replaced_count = Runs::<u64>::new(&raw[columns.replaced_count.clone()]);
    let mut replaced_actor = Runs::<u64>::new(&raw[columns.replaced_actor.clone()]);
    let mut replaced_number = Deltas::new(&raw[columns.replaced_number.clone()]);

    let mut ops = Vec::new();
    while let Some(action) = action.next()? {
        if ops.len() == MAX_OPS_PER_CHANGE {
            return Err(Quarantine::TooLarge { what: "operations", limit: MAX_OPS_PER_CHANGE as u64 });
        }
        let object = local_ref(object_actor.due()?, object_number.due()?, actors)?;
        let key = key.due()?;
        if key.len() > MAX_KEY_BYTES {
            return Err(Quarantine::TooLarge { what: "bytes of a key", limit: MAX_KEY_BYTES as u64 });
        }
        let meta = meta.due()?;
        let start = columns.value.end - values.len();
        let written = written(action, meta, values.take(meta >> 4)?, start)?;
        let count = replaced_count.due()?;
        if count > MAX_PREDECESSORS as u64 {
            return Err(Quarantine::TooLarge { what: "values replaced at once", limit: MAX_PREDECESSORS as u64 });
        }
        let mut replaces = Vec::new();
        for _ in 0..count {
            let number =
                u64::try_from(replaced_number.due()?).map_err(|_| Quarantine::Malformed("a negative number"))?;
            replaces.push(local_ref(replaced_actor.due()?, number, actors)?);
        }
        ops.push(Op { object, key: key.into(), written, replaces });
    }
    let done =
        object_actor.is_done() && object_number.is_done() && key.is_done() && meta.is_done() && values.is_empty();
    if !done || !replaced_count.is_done() || !replaced_actor.is_done() || !replaced_number.is_done() {
        return Err(Quarantine::Malformed("its columns differ in length"));
    }
    if ops.is_empty() {
        return Err(Quarantine::Malformed("it has no operations"));
    }
    let mut insert = Reader::new(&raw[columns.insert.clone()]);
    if insert.u64()? != ops.len() as u64 || !insert.is_empty() {
        return Err(Quarantine::NotAllowed("an operation on a list"));
    }
    Ok(ops)
}

fn local_ref(actor: u64, number: u64, actors: usize) -> Result<LocalRef, Quarantine> {
    let actor = usize::try_from(actor).unwrap_or(usize::MAX);
    if actor >= actors {
        return Err(Quarantine::UnknownReference("an actor"));
    }
    Ok(LocalRef { actor, number })
}

/// What an operation writes: `action` and `meta` as the format numbers them, `bytes` ending at `start + bytes.len()` of the raw change.
fn written(action: u64, meta: u64, bytes: &[u8], start: usize) -> Result<Written, Quarantine> {
    if bytes.len() > MAX_VALUE_BYTES {
        return Err(Quarantine::TooLarge { what: "bytes of a value", limit: MAX_VALUE_BYTES as u64 });
    }
    match (action, meta & 0xf) {
        (0, 0) if bytes.is_empty() => Ok(Written::Map),
        (3, 0) if bytes.is_empty() => Ok(Written::Delete),
        (1, 0..=2) if bytes.is_empty() => Ok(Written::OtherScalar),
        (1, 3..=5 | 9) => Ok(Written::OtherScalar),
        (1, 6) if std::str::from_utf8(bytes).is_ok() => Ok(Written::Text(bytes.len())),
        (1, 6) => Err(Quarantine::Malformed("a text is not UTF-8")),
        (1, 7) => Ok(Written::Bytes(start..start + bytes.len())),
        (1, _) => Err(Quarantine::NotAllowed("a counter or an unknown kind of value")),
        (0 | 3, _) => Err(Quarantine::Malformed("a value where none belongs")),
        _ => Err(Quarantine::NotAllowed("a list, a text, an increment or a mark")),
    }
}

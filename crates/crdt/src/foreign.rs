//! A saved shard that somebody else made: measured before the document library reads it.
//!
//! The library believes what a saved document claims. A few bytes can inflate to gigabytes, or state a run of 2^60 operations and
//! keep it busy for ever. So the document's columns are walked first, without building anything: everything they would become
//! once inflated and once every run is written out has to fit the limits. What it says is checked afterwards, by reading it.

use std::borrow::Cow;
use std::io::Read as _;

use crate::columns::Reader;
use crate::limits::MAX_FOREIGN_ITEMS;
use crate::save::{LoadError, damaged};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHUNK_DOCUMENT: u8 = 0;
/// The library writes about twenty.
const MAX_COLUMNS: u64 = 64;
/// A column's number: its kind in the low bits, and whether it is compressed.
const KIND: u64 = 0b0111;
const DEFLATED: u64 = 0b1000;

/// What may still come.
struct Budget {
    bytes: u64,
}

impl Budget {
    fn spend(&mut self, bytes: u64) -> Result<(), LoadError> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(|| damaged("it is too large once it is unpacked"))?;
        Ok(())
    }
}

fn cut<T>(_: T) -> LoadError {
    damaged("its columns are cut")
}

/// How many bytes the document comes to, which are `max_bytes` at most whatever it claims.
pub(crate) fn measure(document: &[u8], max_bytes: u64) -> Result<u64, LoadError> {
    let mut reader = Reader::new(document);
    let magic: [u8; 4] = reader.array().map_err(cut)?;
    let _checksum: [u8; 4] = reader.array().map_err(cut)?;
    let [kind] = reader.array().map_err(cut)?;
    let len = reader.u64().map_err(cut)?;
    let mut body = Reader::new(reader.take(len).map_err(cut)?);
    if magic != MAGIC || kind != CHUNK_DOCUMENT || !reader.is_empty() {
        return Err(damaged("it is not exactly one document"));
    }
    for _ in 0..body.u64().map_err(cut)? {
        let actor = body.u64().map_err(cut)?;
        body.take(actor).map_err(cut)?;
    }
    for _ in 0..body.u64().map_err(cut)? {
        body.take(32).map_err(cut)?;
    }
    let mut columns = column_list(&mut body)?;
    columns.extend(column_list(&mut body)?);
    let mut budget = Budget { bytes: max_bytes };
    for (spec, len) in columns {
        measure_column(spec, body.take(len).map_err(cut)?, &mut budget)?;
    }
    Ok(max_bytes - budget.bytes)
}

fn column_list(body: &mut Reader<'_>) -> Result<Vec<(u64, u64)>, LoadError> {
    let count = body.u64().map_err(cut)?;
    if count > MAX_COLUMNS {
        return Err(damaged("it has too many columns"));
    }
    (0..count).map(|_| Ok((body.u64().map_err(cut)?, body.u64().map_err(cut)?))).collect()
}

fn measure_column(spec: u64, data: &[u8], budget: &mut Budget) -> Result<(), LoadError> {
    let data = if spec & DEFLATED == 0 { Cow::Borrowed(data) } else { Cow::Owned(inflate(data, budget.bytes)?) };
    budget.spend(data.len() as u64)?;
    match spec & KIND {
        0 => measure_runs(&data, budget, Item::Group),
        1 | 2 | 6 => measure_runs(&data, budget, Item::Number),
        3 => measure_runs(&data, budget, Item::Signed),
        4 => measure_booleans(&data),
        5 => measure_runs(&data, budget, Item::Text),
        // The bytes of values, back to back: nothing repeats.
        _ => Ok(()),
    }
}

fn inflate(data: &[u8], limit: u64) -> Result<Vec<u8>, LoadError> {
    let mut inflated = Vec::new();
    let read = flate2::bufread::DeflateDecoder::new(data).take(limit.saturating_add(1)).read_to_end(&mut inflated);
    read.map_err(|_| damaged("a column cannot be inflated"))?;
    Ok(inflated)
}

/// What a run-length column is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    /// How many entries of the columns beside it belong to a row.
    Group,
    Number,
    Signed,
    Text,
}

/// Counts what a column's runs stand for. A positive count repeats the one value behind it, a negative one precedes that many values,
/// zero precedes a count of nulls.
fn measure_runs(data: &[u8], budget: &mut Budget, item: Item) -> Result<(), LoadError> {
    let mut reader = Reader::new(data);
    let mut items = 0u64;
    while !reader.is_empty() {
        let count = reader.i64().map_err(cut)?;
        let (repeats, values) = match count {
            0 => (reader.u64().map_err(cut)?, 0),
            1.. => (count.unsigned_abs(), 1),
            _ => (1, count.unsigned_abs()),
        };
        within(&mut items, if values > 1 { values } else { repeats })?;
        for _ in 0..values {
            let before = reader.len();
            let group = read_item(&mut reader, item)?;
            within(&mut items, group.saturating_mul(repeats))?;
            budget.spend(((before - reader.len()) as u64).saturating_mul(repeats))?;
        }
    }
    Ok(())
}

/// Passes over one value; answers how many entries elsewhere it stands for.
fn read_item(reader: &mut Reader<'_>, item: Item) -> Result<u64, LoadError> {
    match item {
        Item::Group => return reader.u64().map_err(cut),
        Item::Number => drop(reader.u64().map_err(cut)?),
        Item::Signed => drop(reader.i64().map_err(cut)?),
        Item::Text => drop(reader.text().map_err(cut)?),
    }
    Ok(0)
}

/// Alternating counts of "no" and "yes".
fn measure_booleans(data: &[u8]) -> Result<(), LoadError> {
    let mut reader = Reader::new(data);
    let mut items = 0;
    while !reader.is_empty() {
        within(&mut items, reader.u64().map_err(cut)?)?;
    }
    Ok(())
}

fn within(items: &mut u64, more: u64) -> Result<(), LoadError> {
    *items = items.saturating_add(more);
    if *items > MAX_FOREIGN_ITEMS { Err(damaged("it claims too many operations")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MAX_FOREIGN_BYTES, Shard, ShardId};

    fn measure(document: &[u8]) -> Result<u64, LoadError> {
        super::measure(document, MAX_FOREIGN_BYTES)
    }

    fn leb(mut value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            let byte = (value & 0x7f) as u8;
            value >>= 7;
            if value == 0 {
                out.push(byte);
                return out;
            }
            out.push(byte | 0x80);
        }
    }

    /// A document with one operations column.
    fn document(spec: u64, data: &[u8]) -> Vec<u8> {
        let body = [vec![0, 0, 0, 1], leb(spec), leb(data.len() as u64), data.to_vec()].concat();
        [MAGIC.to_vec(), vec![0; 4], vec![CHUNK_DOCUMENT], leb(body.len() as u64), body].concat()
    }

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = flate2::bufread::DeflateEncoder::new(bytes, flate2::Compression::best());
        encoder.read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn what_is_small_and_stays_small_passes() {
        assert_eq!(measure(&document(0x12, &[5, 7, 0x7e, 1, 2, 0, 9])), Ok(7 + 5 + 2));
        assert_eq!(measure(&document(0x1a, &deflated(&[5, 7]))), Ok(2 + 5));
        assert_eq!(measure(&document(0x14, &[0, 3, 2])), Ok(3));
        assert!(super::measure(&document(0x12, &[5, 7]), 6).is_err());
        let id = ShardId {
            domain: enginus_model::DomainId::from_bytes([1; 16]),
            lane: enginus_model::Lane::Records,
            generation: 0,
        };
        let saved = Shard::new(id).save();
        assert!(
            Shard::load_foreign(&saved, MAX_FOREIGN_BYTES).is_ok_and(|(shard, bytes)| shard.id() == id && bytes > 0)
        );
        assert!(Shard::load_foreign(&saved, 1).is_err());
    }

    #[test]
    fn bombs_are_refused_before_they_are_unpacked() {
        let endless = [&[0xff; 8][..], &[0x3f]].concat(); // a positive run, 2^60 long
        let number = [&endless[..], &[7]].concat();
        let group = [vec![1], leb(1 << 60)].concat();
        let text = [leb(60_000), leb(60_000), vec![b'a'; 60_000]].concat(); // 3.6 GB of keys
        let nulls = [vec![0], leb(1 << 60)].concat();
        for (what, spec, data) in [
            ("a run", 0x12, &number),
            ("differences", 0x13, &number),
            ("a group", 0x10, &group),
            ("texts", 0x15, &text),
            ("nulls", 0x12, &nulls),
            ("booleans", 0x14, &leb(1 << 60)),
            ("a deflated run", 0x1a, &deflated(&number)),
        ] {
            assert!(measure(&document(spec, data)).is_err(), "{what}");
        }
        let zeroes = deflated(&vec![0; MAX_FOREIGN_BYTES as usize + 1]);
        assert!(zeroes.len() < 1 << 20);
        assert!(measure(&document(0x1f, &zeroes)).is_err(), "inflated values");
    }

    #[test]
    fn cuts_and_what_follows_are_refused() {
        let whole = document(0x12, &[5, 7]);
        for end in 0..whole.len() {
            assert!(measure(&whole[..end]).is_err(), "cut at {end}");
        }
        assert!(measure(&[&whole[..], &[0]].concat()).is_err());
        assert!(measure(&document(0x12, &[5])).is_err());
        assert!(measure(&document(0x1a, &[0xff; 20])).is_err());
    }
}

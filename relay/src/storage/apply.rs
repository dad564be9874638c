//! Changes of one project inside a write transaction.

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DomainId, Hash, ProjectId};
use redb::{ReadableTable, ReadableTableMetadata, Table, WriteTransaction};

use super::StorageError;
use super::change::Change;
use super::error::Cause;
use super::keys::{self, ArrivalBytes, EntryBytes, NamedBytes, ShardBytes, cut};
use super::tables::{self, ENTRY_PREFIX_BYTES, PREV_AT, Position, ProjectRow};

/// The tables of a write transaction.
pub(crate) struct Tables<'txn> {
    store: Table<'txn, &'static str, u64>,
    projects: Table<'txn, &'static [u8; 32], &'static [u8]>,
    genesis: Table<'txn, u64, &'static [u8]>,
    entries: Table<'txn, &'static EntryBytes, &'static [u8]>,
    arrivals: Table<'txn, &'static ArrivalBytes, &'static EntryBytes>,
    tips: Table<'txn, &'static EntryBytes, &'static [u8; 16]>,
    statements: Table<'txn, &'static ArrivalBytes, &'static [u8]>,
    statement_hashes: Table<'txn, &'static NamedBytes, ()>,
    snapshots: Table<'txn, &'static ShardBytes, &'static [u8]>,
    acknowledged: Table<'txn, &'static NamedBytes, &'static [u8]>,
    objects: Table<'txn, &'static NamedBytes, (u64, i64)>,
    leaving: Table<'txn, u64, ()>,
}

impl<'txn> Tables<'txn> {
    pub(crate) fn open(txn: &'txn WriteTransaction) -> Result<Self, Cause> {
        Ok(Self {
            store: txn.open_table(tables::STORE)?,
            projects: txn.open_table(tables::PROJECTS)?,
            genesis: txn.open_table(tables::GENESIS)?,
            entries: txn.open_table(tables::ENTRIES)?,
            arrivals: txn.open_table(tables::ARRIVALS)?,
            tips: txn.open_table(tables::TIPS)?,
            statements: txn.open_table(tables::STATEMENTS)?,
            statement_hashes: txn.open_table(tables::STATEMENT_HASHES)?,
            snapshots: txn.open_table(tables::SNAPSHOTS)?,
            acknowledged: txn.open_table(tables::ACKNOWLEDGED)?,
            objects: txn.open_table(tables::OBJECTS)?,
            leaving: txn.open_table(tables::LEAVING)?,
        })
    }

    /// All changes to one project, in order; answers its newest arrival. [`StorageError::NoProject`] comes before anything is done.
    pub(crate) fn apply(&mut self, project: &ProjectId, changes: &[Change]) -> Result<u64, Cause> {
        match changes {
            [Change::Forget] => return self.forget(project),
            [Change::Probe] => return self.probe(),
            [Change::Renew(position)] => return self.renew(project, *position),
            _ => {}
        }
        let before = tables::row(&self.projects, project)?;
        let makes = matches!(changes.first(), Some(Change::Open { .. } | Change::Follow(_)));
        let mut row = match before {
            Some(row) => row,
            None if makes => ProjectRow { number: self.next_number()?, ..ProjectRow::default() },
            None => return Err(Cause::Said(StorageError::NoProject)),
        };
        if let Some(Change::Advance(from, _)) = changes.first()
            && *from != row.position
        {
            return Err(Cause::Said(StorageError::NoProject));
        }
        for change in changes {
            self.change(&mut row, change)?;
        }
        if before != Some(row) {
            self.projects.insert(project.as_bytes(), tables::encode(&row)?.as_slice())?;
        }
        Ok(row.newest)
    }

    fn next_number(&mut self) -> Result<u64, Cause> {
        let number = self.store.get(tables::NEXT_NUMBER_KEY)?.map_or(1, |found| found.value());
        self.store.insert(tables::NEXT_NUMBER_KEY, number + 1)?;
        Ok(number)
    }

    fn change(&mut self, row: &mut ProjectRow, change: &Change) -> Result<(), Cause> {
        match change {
            Change::Open { genesis } => self.put_genesis(row, genesis),
            Change::Envelope { tip, prev, domain, bytes } => self.put_envelope(row, tip, prev, domain, bytes),
            Change::Statement { hash, bytes } => self.put_statement(row, hash, bytes),
            Change::Snapshot { domain, offer } => {
                let offered = tables::encode(offer)?;
                let key = keys::shard(row.number, domain, &offer.label);
                let same = self.snapshots.get(&key)?.is_some_and(|found| found.value() == offered.as_slice());
                if !same {
                    row.newest += 1;
                    self.snapshots.insert(&key, offered.as_slice())?;
                }
                Ok(())
            }
            Change::Acknowledge { device, tips, at } => {
                row.newest += 1;
                let said = tables::encode(&(tips, at))?;
                self.acknowledged.insert(&keys::device(row.number, device), said.as_slice())?;
                Ok(())
            }
            Change::LetGo { up_to } => {
                row.newest += 1;
                up_to.iter().try_for_each(|tip| self.let_go(row, tip))
            }
            Change::KeepObject { name, bytes, used } => {
                let before = self.objects.insert(&keys::hash(row.number, name), (*bytes, used.0))?;
                let before = before.map(|found| found.value().0);
                row.usage.objects += u64::from(before.is_none());
                row.usage.object_bytes = (row.usage.object_bytes + bytes).saturating_sub(before.unwrap_or(0));
                Ok(())
            }
            Change::UseObject { name, used } => {
                let key = keys::hash(row.number, name);
                let held = self.objects.get(&key)?.map(|found| found.value());
                if let Some((bytes, before)) = held {
                    self.objects.insert(&key, (bytes, used.0.max(before)))?;
                }
                Ok(())
            }
            Change::DropObject { name } => {
                if let Some(found) = self.objects.remove(&keys::hash(row.number, name))? {
                    row.usage.objects = row.usage.objects.saturating_sub(1);
                    row.usage.object_bytes = row.usage.object_bytes.saturating_sub(found.value().0);
                }
                Ok(())
            }
            Change::Follow(position) | Change::Advance(_, position) => {
                row.position = *position;
                Ok(())
            }
            // Alone, and handled before a row is looked for.
            Change::Forget | Change::Probe | Change::Renew(_) => Ok(()),
        }
    }

    fn put_genesis(&mut self, row: &mut ProjectRow, genesis: &[u8]) -> Result<(), Cause> {
        if self.genesis.get(row.number)?.is_none() {
            self.genesis.insert(row.number, genesis)?;
            row.newest += 1;
            row.usage.journal_bytes += genesis.len() as u64;
        }
        Ok(())
    }

    fn put_statement(&mut self, row: &mut ProjectRow, hash: &Hash, bytes: &[u8]) -> Result<(), Cause> {
        let key = keys::hash(row.number, hash);
        if self.statement_hashes.get(&key)?.is_none() {
            row.newest += 1;
            row.usage.journal_bytes += bytes.len() as u64;
            self.statement_hashes.insert(&key, ())?;
            self.statements.insert(&keys::arrival(row.number, row.newest), bytes)?;
        }
        Ok(())
    }

    fn put_envelope(
        &mut self,
        row: &mut ProjectRow,
        tip: &Tip,
        prev: &Hash,
        domain: &DomainId,
        bytes: &[u8],
    ) -> Result<(), Cause> {
        let key = keys::entry(row.number, tip);
        if self.entries.get(&key)?.is_some() {
            return Ok(());
        }
        row.newest += 1;
        row.usage.envelopes += 1;
        row.usage.journal_bytes += bytes.len() as u64;
        self.put_entry(&key, row.newest, prev, domain, bytes)?;
        self.arrivals.insert(&keys::arrival(row.number, row.newest), &key)?;
        self.move_tips(row.number, tip, prev, domain)
    }

    fn put_entry(
        &mut self,
        key: &EntryBytes,
        arrival: u64,
        prev: &Hash,
        domain: &DomainId,
        bytes: &[u8],
    ) -> Result<(), Cause> {
        let mut slot = self.entries.insert_reserve(key, ENTRY_PREFIX_BYTES + bytes.len())?;
        let slot = slot.as_mut();
        slot[..PREV_AT].copy_from_slice(&arrival.to_be_bytes());
        slot[PREV_AT..tables::DOMAIN_AT].copy_from_slice(prev.as_bytes());
        slot[tables::DOMAIN_AT..ENTRY_PREFIX_BYTES].copy_from_slice(domain.as_bytes());
        slot[ENTRY_PREFIX_BYTES..].copy_from_slice(bytes);
        Ok(())
    }

    /// As [`enginus_envelope::advance`] does, and right as well where an entry follows its successor.
    fn move_tips(&mut self, number: u64, tip: &Tip, prev: &Hash, domain: &DomainId) -> Result<(), Cause> {
        if let Some(before) = tip.seq.checked_sub(1) {
            self.tips.remove(&keys::entry(number, &Tip { log: tip.log, seq: before, hash: *prev }))?;
        }
        if let Some(after) = tip.seq.checked_add(1) {
            let range = keys::entries_at(number, &tip.log, after);
            for follower in self.entries.range::<&EntryBytes>(range.start()..=range.end())? {
                if Hash(cut(follower?.1.value(), PREV_AT)) == tip.hash {
                    return Ok(());
                }
            }
        }
        self.tips.insert(&keys::entry(number, tip), domain.as_bytes())?;
        Ok(())
    }

    /// Lets the bytes of an entry and of all before it on its branch go. Their places stay: what was held once is not taken again,
    /// and what follows finds its predecessor.
    fn let_go(&mut self, row: &mut ProjectRow, up_to: &DomainTip) -> Result<(), Cause> {
        let mut tip = up_to.tip;
        loop {
            let key = keys::entry(row.number, &tip);
            let Some(held) = self.entries.get(&key)?.map(|found| {
                let prefix: [u8; ENTRY_PREFIX_BYTES] = cut(found.value(), 0);
                (prefix, found.value().len().saturating_sub(ENTRY_PREFIX_BYTES))
            }) else {
                // The journal may have lost what was let go, never that it was.
                if tip == up_to.tip {
                    self.put_entry(&key, row.newest, &Hash::ZERO, &up_to.domain, &[])?;
                    self.move_tips(row.number, &tip, &Hash::ZERO, &up_to.domain)?;
                }
                return Ok(());
            };
            let (prefix, bytes) = held;
            if bytes == 0 {
                return Ok(());
            }
            self.entries.insert(&key, prefix.as_slice())?;
            self.arrivals.remove(&keys::arrival(row.number, u64::from_be_bytes(cut(&prefix, 0))))?;
            row.usage.envelopes = row.usage.envelopes.saturating_sub(1);
            row.usage.journal_bytes = row.usage.journal_bytes.saturating_sub(bytes as u64);
            if tip.seq <= 1 {
                return Ok(());
            }
            tip = Tip { log: tip.log, seq: tip.seq - 1, hash: Hash(cut(&prefix, PREV_AT)) };
        }
    }

    fn probe(&mut self) -> Result<u64, Cause> {
        let count = self.store.get(tables::PROBE_KEY)?.map_or(0, |found| found.value());
        self.store.insert(tables::PROBE_KEY, count.wrapping_add(1))?;
        Ok(0)
    }

    fn renew(&mut self, project: &ProjectId, position: Position) -> Result<u64, Cause> {
        let newest = self.forget(project)?;
        let row = ProjectRow { number: self.next_number()?, newest, position, ..ProjectRow::default() };
        self.projects.insert(project.as_bytes(), tables::encode(&row)?.as_slice())?;
        Ok(newest)
    }

    fn forget(&mut self, project: &ProjectId) -> Result<u64, Cause> {
        let Some(row) = tables::row(&self.projects, project)? else { return Ok(0) };
        self.projects.remove(project.as_bytes())?;
        self.leaving.insert(row.number, ())?;
        Ok(row.newest)
    }

    /// Removes up to `max` rows of projects that were let go, so that a large one holds up nobody; answers whether some are left.
    pub(crate) fn sweep(&mut self, max: usize) -> Result<bool, Cause> {
        let Some(number) = self.leaving.first()?.map(|(number, _)| number.value()) else { return Ok(false) };
        let mut left = max;
        self.genesis.remove(number)?;
        sweep_table(&mut self.entries, number, &mut left)?;
        sweep_table(&mut self.arrivals, number, &mut left)?;
        sweep_table(&mut self.tips, number, &mut left)?;
        sweep_table(&mut self.statements, number, &mut left)?;
        sweep_table(&mut self.statement_hashes, number, &mut left)?;
        sweep_table(&mut self.snapshots, number, &mut left)?;
        sweep_table(&mut self.acknowledged, number, &mut left)?;
        sweep_table(&mut self.objects, number, &mut left)?;
        if left > 0 {
            self.leaving.remove(number)?;
        }
        Ok(!self.leaving.is_empty()?)
    }
}

fn sweep_table<const N: usize, V: redb::Value + 'static>(
    table: &mut Table<'_, &'static [u8; N], V>,
    number: u64,
    left: &mut usize,
) -> Result<(), Cause> {
    let range = keys::all_of::<N>(number);
    let mut gone: Vec<[u8; N]> = Vec::new();
    for found in table.range::<&[u8; N]>(range.start()..=range.end())?.take(*left) {
        gone.push(*found?.0.value());
    }
    for key in &gone {
        table.remove(key)?;
    }
    *left -= gone.len();
    Ok(())
}

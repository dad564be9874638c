//! A disk for tests and simulations: it can be full, lose its power between any two operations, and keeps after that what was
//! synced, with any part of the rest.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

/// What is written or lost as a whole.
const SECTOR_BYTES: usize = 512;
/// What room is given out in: a length alone takes none, as on a real disk with sparse files.
const BLOCK_BYTES: u64 = 4096;

/// A simulated disk with one file on it. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    inner: Mutex<Inner>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    current: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Unsynced>,
    allocated: BTreeSet<u64>,
    capacity_blocks: Option<u64>,
    refuse_writes: bool,
    operations_left: Option<u64>,
    syncs: u64,
    hold_syncs: bool,
    boots: u64,
}

#[derive(Debug)]
enum Unsynced {
    Length(u64),
    Write { offset: u64, data: Vec<u8> },
}

impl Disk {
    /// An empty disk without limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk that holds `bytes`, all of them synced.
    #[must_use]
    pub fn with_bytes(bytes: Vec<u8>) -> Self {
        let disk = Self::default();
        {
            let mut inner = disk.lock();
            inner.durable.clone_from(&bytes);
            inner.current = bytes;
        }
        disk
    }

    /// What a reader of the file sees now.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.lock().current.clone()
    }

    /// True while nothing was ever written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().current.is_empty()
    }

    /// Room for this many bytes more, or without a limit. A write that does not fit is cut off where the room ends and fails with
    /// [`io::ErrorKind::StorageFull`]; what was written before can be written over.
    pub fn set_room(&self, bytes: Option<u64>) {
        let mut inner = self.lock();
        inner.capacity_blocks = bytes.map(|bytes| inner.allocated.len() as u64 + bytes / BLOCK_BYTES);
    }

    /// Every write fails with [`io::ErrorKind::StorageFull`], as on a full copy-on-write disk.
    pub fn refuse_writes(&self, refuse: bool) {
        self.lock().refuse_writes = refuse;
    }

    /// The power goes after this many operations more; nothing works until [`Disk::restart`].
    pub fn power_for(&self, operations: Option<u64>) {
        self.lock().operations_left = operations;
    }

    /// Looks at what is on the disk from outside: that takes none of the operations left until the power goes. Without power it fails
    /// like anything else.
    pub fn unmetered<T>(&self, look: impl FnOnce() -> T) -> T {
        let left = self.lock().operations_left;
        if left == Some(0) {
            return look();
        }
        self.power_for(None);
        let seen = look();
        self.power_for(left);
        seen
    }

    /// Does something on the computer that is not this file's, a file beside it being written, say: it is one operation like any
    /// other.
    ///
    /// # Errors
    /// When the power is gone.
    pub fn operate(&self) -> io::Result<()> {
        let mut inner = self.lock();
        inner.operate()
    }

    /// Whether the power is still there.
    #[must_use]
    pub fn has_power(&self) -> bool {
        self.lock().operations_left != Some(0)
    }

    /// Cuts the power if it is still there, then switches on again. What was synced is there; of every later write, `choose` (any
    /// random number) decides how much is: all, nothing, or some sectors of it.
    pub fn restart(&self, mut choose: impl FnMut() -> u64) {
        let mut inner = self.lock();
        let mut image = std::mem::take(&mut inner.durable);
        for unsynced in std::mem::take(&mut inner.unsynced) {
            let fate = choose() % 4;
            match unsynced {
                Unsynced::Length(len) if fate.is_multiple_of(2) => image.resize(len as usize, 0),
                Unsynced::Length(_) => {}
                Unsynced::Write { offset, data } => {
                    for (index, sector) in data.chunks(SECTOR_BYTES).enumerate() {
                        let kept = fate == 0 || (fate >= 2 && choose().is_multiple_of(2));
                        let at = offset as usize + index * SECTOR_BYTES;
                        if kept && at < image.len() {
                            let count = sector.len().min(image.len() - at);
                            image[at..at + count].copy_from_slice(&sector[..count]);
                        }
                    }
                }
            }
        }
        inner.current.clone_from(&image);
        inner.durable = image;
        inner.operations_left = None;
        inner.boots += 1;
    }

    /// How often something was made durable.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// Makes every sync wait, or lets them all go on.
    pub fn hold_syncs(&self, hold: bool) {
        self.lock().hold_syncs = hold;
        self.0.released.notify_all();
    }

    pub(crate) fn attach(&self) -> Attached {
        Attached { disk: self.clone(), boot: self.lock().boots }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The disk as one opening of the file sees it: it ends with the power.
#[derive(Debug)]
pub(crate) struct Attached {
    disk: Disk,
    boot: u64,
}

impl Attached {
    fn powered(&self) -> io::Result<MutexGuard<'_, Inner>> {
        let mut inner = self.disk.lock();
        if inner.boots != self.boot {
            return Err(no_power());
        }
        inner.operate()?;
        Ok(inner)
    }
}

fn no_power() -> io::Error {
    io::Error::other("the simulated disk has no power")
}

impl Inner {
    fn operate(&mut self) -> io::Result<()> {
        if let Some(left) = &mut self.operations_left {
            *left = left.checked_sub(1).ok_or_else(no_power)?;
        }
        Ok(())
    }

    /// How many bytes of a write at `offset` find room; gives it to them.
    fn take_room(&mut self, offset: u64, count: usize) -> usize {
        let end = offset + count as u64;
        for block in offset / BLOCK_BYTES..end.div_ceil(BLOCK_BYTES) {
            let full = self.capacity_blocks.is_some_and(|capacity| self.allocated.len() as u64 >= capacity);
            if !self.allocated.contains(&block) {
                if full {
                    return (block * BLOCK_BYTES).saturating_sub(offset) as usize;
                }
                self.allocated.insert(block);
            }
        }
        count
    }
}

impl StorageBackend for Attached {
    fn len(&self) -> io::Result<u64> {
        Ok(self.powered()?.current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let inner = self.powered()?;
        let from = offset as usize;
        let source = inner.current.get(from..from + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(source);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut inner = self.powered()?;
        inner.current.resize(len as usize, 0);
        inner.allocated.split_off(&len.div_ceil(BLOCK_BYTES));
        inner.unsynced.push(Unsynced::Length(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut inner = self.powered()?;
        while inner.hold_syncs {
            inner = self.disk.0.released.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        let inner = &mut *inner;
        for unsynced in inner.unsynced.drain(..) {
            match unsynced {
                Unsynced::Length(len) => inner.durable.resize(len as usize, 0),
                Unsynced::Write { offset, data } => {
                    let at = offset as usize;
                    inner.durable[at..at + data.len()].copy_from_slice(&data);
                }
            }
        }
        inner.syncs += 1;
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut inner = self.powered()?;
        if inner.refuse_writes {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let fits = inner.take_room(offset, data.len());
        let at = offset as usize;
        let target = inner.current.get_mut(at..at + fits).ok_or(io::ErrorKind::UnexpectedEof)?;
        target.copy_from_slice(&data[..fits]);
        inner.unsynced.push(Unsynced::Write { offset, data: data[..fits].to_vec() });
        if fits < data.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

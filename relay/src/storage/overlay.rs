//! Reading without writing: what redb wants to write while it recovers stays in memory.
//!
//! Needed where the disk takes no byte at all (full and copy-on-write, or mounted read-only): recovery must write before
//! redb lets anybody read.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

const BLOCK_BYTES: u64 = 4096;

/// A backend whose writes never reach what lies under it.
#[derive(Debug)]
pub(crate) struct Overlay<B> {
    under: B,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    len: u64,
    /// Bytes of what lies under that still show through.
    visible: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl<B: StorageBackend> Overlay<B> {
    pub(crate) fn new(under: B) -> io::Result<Self> {
        let len = under.len()?;
        Ok(Self { under, state: Mutex::new(State { len, visible: len, blocks: BTreeMap::new() }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The block as it lies under, zeros where nothing does.
    fn load(&self, visible: u64, block: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; BLOCK_BYTES as usize];
        let start = block * BLOCK_BYTES;
        let have = visible.saturating_sub(start).min(BLOCK_BYTES) as usize;
        if have > 0 {
            self.under.read(start, &mut bytes[..have])?;
        }
        Ok(bytes)
    }
}

/// The parts of `offset..offset + len` by block: (block, where in it, where in the buffer, how many).
fn parts(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        if done == len {
            return None;
        }
        let at = offset + done as u64;
        let inside = (at % BLOCK_BYTES) as usize;
        let count = (BLOCK_BYTES as usize - inside).min(len - done);
        let part = (at / BLOCK_BYTES, inside, done, count);
        done += count;
        Some(part)
    })
}

fn check(len: u64, offset: u64, count: usize) -> io::Result<()> {
    match offset.checked_add(count as u64) {
        Some(end) if end <= len => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

impl<B: StorageBackend> StorageBackend for Overlay<B> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        check(state.len, offset, out.len())?;
        for (block, inside, done, count) in parts(offset, out.len()) {
            let target = &mut out[done..done + count];
            match state.blocks.get(&block) {
                Some(bytes) => target.copy_from_slice(&bytes[inside..inside + count]),
                None => target.copy_from_slice(&self.load(state.visible, block)?[inside..inside + count]),
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        if len < state.len {
            state.visible = state.visible.min(len);
            state.blocks.split_off(&len.div_ceil(BLOCK_BYTES));
            let inside = (len % BLOCK_BYTES) as usize;
            if let Some(bytes) = state.blocks.get_mut(&(len / BLOCK_BYTES)) {
                bytes[inside..].fill(0);
            }
        }
        state.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        check(state.len, offset, data.len())?;
        for (block, inside, done, count) in parts(offset, data.len()) {
            if !state.blocks.contains_key(&block) {
                let bytes = self.load(state.visible, block)?;
                state.blocks.insert(block, bytes);
            }
            if let Some(bytes) = state.blocks.get_mut(&block) {
                bytes[inside..inside + count].copy_from_slice(&data[done..done + count]);
            }
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.under.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.under.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.under.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.under.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.under.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.under.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.under.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redb::backends::InMemoryBackend;

    use super::*;

    proptest! {
        #[test]
        fn an_overlay_reads_like_a_file_and_changes_nothing_under_it(
            steps in proptest::collection::vec((0u64..20_000, 1usize..9_000, any::<bool>()), 1..20)
        ) {
            let under = InMemoryBackend::new();
            under.set_len(10_000).unwrap();
            StorageBackend::write(&under, 0, &[7; 10_000]).unwrap();
            let overlay = Overlay::new(under).unwrap();
            let mut model = vec![7u8; 10_000];
            for (at, count, resize) in steps {
                if resize {
                    overlay.set_len(at).unwrap();
                    model.resize(at as usize, 0);
                } else {
                    let data = vec![count as u8; count];
                    let fits = at as usize + count <= model.len();
                    prop_assert_eq!(overlay.write(at, &data).is_ok(), fits);
                    if fits {
                        model[at as usize..at as usize + count].copy_from_slice(&data);
                    }
                }
                let mut seen = vec![0; model.len()];
                overlay.read(0, &mut seen).unwrap();
                prop_assert_eq!(&seen, &model);
            }
            let mut under = vec![0; 10_000];
            StorageBackend::read(&overlay.under, 0, &mut under).unwrap();
            prop_assert_eq!(under, vec![7; 10_000]);
        }
    }
}

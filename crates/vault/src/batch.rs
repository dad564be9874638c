//! Writing several objects that belong together: durable after [`Batch::finish`]; without it, as if never written.

use std::collections::BTreeSet;
use std::path::Path;

use enginus_model::Hash;

use crate::cache::{CacheError, Inner};
use crate::disk;

/// Objects being written for one purpose. Dropped unfinished, it removes those it wrote that nobody else has come to need.
pub(crate) struct Batch<'v> {
    vault: &'v Inner,
    /// First bytes of the names written: their folders are synced once, at the end.
    shelves: BTreeSet<u8>,
    /// What this batch wrote first.
    created: Vec<Hash>,
}

impl<'v> Batch<'v> {
    pub(crate) fn new(vault: &'v Inner) -> Self {
        Self { vault, shelves: BTreeSet::new(), created: Vec::new() }
    }

    /// Writes an object whose name has been checked against `bytes`. An existing one is believed only after reading it.
    pub(crate) fn put(&mut self, name: &Hash, bytes: &[u8]) -> Result<(), CacheError> {
        let path = self.vault.path(name);
        self.shelves.insert(name.0[0]);
        // Claimed before it is read, so that the batch that wrote it cannot take it away any more.
        if self.claim(name, &path) && self.vault.read(&path)?.is_some_and(|held| Hash::of(&held) == *name) {
            return Ok(());
        }
        let shelf = self.vault.shelf(name.0[0]);
        if !shelf.is_dir() {
            std::fs::create_dir_all(&shelf).map_err(|e| CacheError::io("created", &shelf, e))?;
            disk::sync_dir(&self.vault.dir).map_err(|e| CacheError::io("written", &self.vault.dir, e))?;
        }
        let temp = disk::write_temp(&self.vault.temp_dir(), bytes).map_err(|e| CacheError::io("written", &path, e))?;
        self.publish(name, &temp, &path)
    }

    /// Whether the object is there; if so it is from now on nobody's to remove.
    fn claim(&self, name: &Hash, path: &Path) -> bool {
        let mut fresh = self.vault.fresh();
        let exists = path.exists();
        if exists && !self.created.contains(name) {
            fresh.remove(name);
        }
        exists
    }

    fn publish(&mut self, name: &Hash, temp: &Path, path: &Path) -> Result<(), CacheError> {
        let mut fresh = self.vault.fresh();
        let existed = path.exists();
        if let Err(e) = std::fs::rename(temp, path) {
            let _ = std::fs::remove_file(temp);
            return Err(CacheError::io("written", path, e));
        }
        if !existed {
            fresh.insert(*name);
            self.created.push(*name);
        } else if !self.created.contains(name) {
            fresh.remove(name);
        }
        Ok(())
    }

    /// Makes every name durable; the objects stay from here on.
    pub(crate) fn finish(mut self) -> Result<(), CacheError> {
        for first in std::mem::take(&mut self.shelves) {
            let shelf = self.vault.shelf(first);
            disk::sync_dir(&shelf).map_err(|e| CacheError::io("written", &shelf, e))?;
        }
        let mut fresh = self.vault.fresh();
        for name in self.created.drain(..) {
            fresh.remove(&name);
        }
        Ok(())
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut fresh = self.vault.fresh();
        for name in &self.created {
            if fresh.remove(name) {
                // One that stays costs only space: nothing refers to it.
                let _ = std::fs::remove_file(self.vault.path(name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vault;

    #[test]
    fn an_unfinished_batch_leaves_nothing_but_what_others_need() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let [alone, shared, before] = [b"alone", b"share", b"befor"].map(|b| (Hash::of(b), b));
        vault.put(&before.0, before.1).unwrap();

        let mut failing = Batch::new(&vault.inner);
        for (name, bytes) in [alone, shared, before] {
            failing.put(&name, bytes).unwrap();
            failing.put(&name, bytes).unwrap();
        }
        let mut other = Batch::new(&vault.inner);
        other.put(&shared.0, shared.1).unwrap();
        drop(failing);
        assert!(!vault.has(&alone.0));
        assert!(vault.has(&shared.0) && vault.has(&before.0));

        // An unfinished batch that only found an object does not take it away either.
        drop(other);
        assert!(vault.has(&shared.0));
        assert!(vault.inner.fresh().is_empty());
    }
}

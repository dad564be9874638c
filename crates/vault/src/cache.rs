//! The device's own objects: `<dir>/<2 hex>/<64 hex>`, each written whole and durable or not at all.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use enginus_model::Hash;

use crate::batch::Batch;
use crate::chunk::MAX_OBJECT_BYTES;
use crate::{ObjectInfo, disk};

/// Where half-written objects are until they are whole.
const TEMP_DIR: &str = "tmp";

/// A folder of sealed objects on this device. Cloning is cheap and gives the same vault. All methods block: call them off the
/// asynchronous runtime.
#[derive(Debug, Clone)]
pub struct Vault {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) dir: PathBuf,
    /// Objects written by a file that is still being sealed and wanted by nobody else: removed should that file fail.
    fresh: Mutex<HashSet<Hash>>,
}

/// What is known of an object after its bytes were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It is not here.
    Absent,
    /// It is here and its bytes have its name.
    Intact {
        /// Its size in bytes.
        size: u64,
    },
    /// It was here with other bytes than its name says; it has been removed, fetch it again.
    Damaged,
}

/// Why the vault could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The bytes under a name were not those it names; they have been removed.
    #[error("the stored object {} was damaged and has been removed", name.short())]
    Damaged {
        /// The object.
        name: Hash,
    },
    /// Bytes were offered under a name that is not theirs.
    #[error("the bytes offered as object {} are other bytes; they are refused", name.short())]
    NotTheObject {
        /// The name they were offered under.
        name: Hash,
    },
    /// No space is left.
    #[error("the disk that holds {} is full", path.display())]
    Full {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused.
    #[error("{} could not be {doing}", path.display())]
    Io {
        /// "read", "written" …
        doing: &'static str,
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl CacheError {
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if disk::is_full(&source) { Self::Full { path, source } } else { Self::Io { doing, path, source } }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => {
                "it is fetched again from another device or the bucket; if this repeats, check the disk"
            }
            Self::NotTheObject { .. } => "fetch it from another device or bucket",
            Self::Full { .. } => "free some space and try again; nothing was lost",
            Self::Io { .. } => "check that the folder exists and that you may read and write it",
        }
    }
}

impl Vault {
    /// Opens the folder `dir`, creating it where needed, and removes what an interrupted process left half-written; so a folder is
    /// opened once at a time, and cloned.
    ///
    /// # Errors
    /// [`CacheError::Io`] or [`CacheError::Full`] when the folder cannot be made or read.
    pub fn open(dir: &Path) -> Result<Self, CacheError> {
        let temp = dir.join(TEMP_DIR);
        std::fs::create_dir_all(&temp).map_err(|e| CacheError::io("created", &temp, e))?;
        let entries = std::fs::read_dir(&temp).map_err(|e| CacheError::io("read", &temp, e))?;
        for entry in entries.flatten() {
            // A leftover that stays costs only space.
            let _ = std::fs::remove_file(entry.path());
        }
        disk::sync_dir(dir).map_err(|e| CacheError::io("written", dir, e))?;
        Ok(Self { inner: Arc::new(Inner { dir: dir.to_owned(), fresh: Mutex::default() }) })
    }

    /// Whether a file with this name is here. Its bytes are not looked at: see [`Vault::check`].
    #[must_use]
    pub fn has(&self, name: &Hash) -> bool {
        self.size(name).is_some()
    }

    /// The size of the file with this name, in bytes; `None` when it is not here.
    #[must_use]
    pub fn size(&self, name: &Hash) -> Option<u64> {
        std::fs::metadata(self.inner.path(name)).ok().filter(std::fs::Metadata::is_file).map(|m| m.len())
    }

    /// Reads an object and checks it; `None` when it is not here.
    ///
    /// # Errors
    /// [`CacheError::Damaged`] when its bytes are not what its name says: it has then been removed, to be fetched again.
    /// [`CacheError::Io`] when it cannot be read.
    pub fn get(&self, name: &Hash) -> Result<Option<Vec<u8>>, CacheError> {
        let path = self.inner.path(name);
        let Some(bytes) = self.inner.read(&path)? else { return Ok(None) };
        if Hash::of(&bytes) == *name {
            return Ok(Some(bytes));
        }
        tracing::warn!(object = %name.short(), "a stored object was damaged and is removed");
        std::fs::remove_file(&path).map_err(|e| CacheError::io("removed", &path, e))?;
        Err(CacheError::Damaged { name: *name })
    }

    /// Reads an object to see whether it is whole. A damaged one is removed.
    ///
    /// # Errors
    /// [`CacheError::Io`] when it cannot be read.
    pub fn check(&self, name: &Hash) -> Result<Held, CacheError> {
        match self.get(name) {
            Ok(None) => Ok(Held::Absent),
            Ok(Some(bytes)) => Ok(Held::Intact { size: bytes.len() as u64 }),
            Err(CacheError::Damaged { .. }) => Ok(Held::Damaged),
            Err(e) => Err(e),
        }
    }

    /// Keeps an object, durably. One that is already here is checked, and mended if it is damaged.
    ///
    /// # Errors
    /// [`CacheError::NotTheObject`] when `bytes` do not have that name; [`CacheError::Full`]; [`CacheError::Io`].
    pub fn put(&self, name: &Hash, bytes: &[u8]) -> Result<(), CacheError> {
        if bytes.len() > MAX_OBJECT_BYTES || Hash::of(bytes) != *name {
            return Err(CacheError::NotTheObject { name: *name });
        }
        let mut batch = Batch::new(&self.inner);
        batch.put(name, bytes)?;
        batch.finish()
    }

    /// Forgets an object; that it is not here is no error. The caller knows that it is proved elsewhere or wanted nowhere.
    ///
    /// # Errors
    /// [`CacheError::Io`] when the system refuses.
    pub fn remove(&self, name: &Hash) -> Result<(), CacheError> {
        let path = self.inner.path(name);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(CacheError::io("removed", &path, e)),
            _ => Ok(()),
        }
    }

    /// Every object here by name and size, in no order; their bytes are not looked at. Files that are not objects are passed over.
    ///
    /// # Errors
    /// [`CacheError::Io`] when the folder cannot be read; each entry may fail too.
    pub fn iter(&self) -> Result<impl Iterator<Item = Result<ObjectInfo, CacheError>>, CacheError> {
        let dir = self.inner.dir.clone();
        let shelves = std::fs::read_dir(&dir).map_err(|e| CacheError::io("read", &dir, e))?;
        Ok(shelves.flatten().map(|e| e.path()).filter(|p| p.is_dir() && !p.ends_with(TEMP_DIR)).flat_map(|shelf| {
            match std::fs::read_dir(&shelf) {
                Ok(entries) => entries.filter_map(object_entry).map(Ok).collect(),
                Err(e) => vec![Err(CacheError::io("read", &shelf, e))],
            }
        }))
    }
}

/// The object a folder entry is, if it is one.
fn object_entry(entry: io::Result<std::fs::DirEntry>) -> Option<ObjectInfo> {
    let entry = entry.ok()?;
    let name = entry.file_name().to_str()?.parse().ok()?;
    let meta = entry.metadata().ok()?;
    meta.is_file().then_some(ObjectInfo { name, size: meta.len() })
}

impl Inner {
    /// The folder that holds objects whose names begin with the same byte.
    pub(crate) fn shelf(&self, first: u8) -> PathBuf {
        self.dir.join(hex::encode([first]))
    }

    pub(crate) fn path(&self, name: &Hash) -> PathBuf {
        self.shelf(name.0[0]).join(name.to_string())
    }

    pub(crate) fn temp_dir(&self) -> PathBuf {
        self.dir.join(TEMP_DIR)
    }

    pub(crate) fn fresh(&self) -> MutexGuard<'_, HashSet<Hash>> {
        // The set stays sensible whatever a panicking thread was doing with it.
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes of a file, at most one more than an object may have; `None` when it is not there.
    pub(crate) fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, CacheError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(CacheError::io("read", path, e)),
        };
        let expected = file.metadata().map_or(0, |m| m.len()).min(MAX_OBJECT_BYTES as u64 + 1);
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
        file.take(MAX_OBJECT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|e| CacheError::io("read", path, e))?;
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> (tempfile::TempDir, Vault) {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        (dir, vault)
    }

    #[test]
    fn an_object_is_kept_found_listed_and_removed() {
        let (dir, vault) = vault();
        let name = Hash::of(b"sealed");
        assert_eq!(vault.check(&name).unwrap(), Held::Absent);
        assert_eq!(vault.get(&name).unwrap(), None);
        vault.put(&name, b"sealed").unwrap();
        vault.put(&name, b"sealed").unwrap();
        assert!(vault.has(&name));
        assert_eq!(vault.get(&name).unwrap().unwrap(), b"sealed");
        std::fs::write(dir.path().join("README"), b"not an object").unwrap();
        let listed: Vec<_> = vault.iter().unwrap().map(Result::unwrap).collect();
        assert_eq!(listed, [ObjectInfo { name, size: 6 }]);
        vault.remove(&name).unwrap();
        vault.remove(&name).unwrap();
        assert!(!vault.has(&name));
        assert_eq!(std::fs::read_dir(dir.path().join(TEMP_DIR)).unwrap().count(), 0);
    }

    #[test]
    fn bytes_under_a_wrong_name_are_refused() {
        let (_dir, vault) = vault();
        let name = Hash::of(b"one");
        assert!(matches!(vault.put(&name, b"two"), Err(CacheError::NotTheObject { .. })));
        assert!(!vault.has(&name));
    }

    #[test]
    fn a_truncated_or_altered_object_is_noticed_removed_and_mended() {
        let (_dir, vault) = vault();
        let name = Hash::of(b"sealed");
        for damage in [&b"seale"[..], b"Sealed", b"", b"sealed and more"] {
            vault.put(&name, b"sealed").unwrap();
            std::fs::write(vault.inner.path(&name), damage).unwrap();
            assert!(matches!(vault.get(&name), Err(CacheError::Damaged { .. })), "{damage:?}");
            assert!(!vault.has(&name));
            // Put over a damaged one without reading it first.
            vault.put(&name, b"sealed").unwrap();
            std::fs::write(vault.inner.path(&name), damage).unwrap();
            vault.put(&name, b"sealed").unwrap();
            assert_eq!(vault.check(&name).unwrap(), Held::Intact { size: 6 });
        }
    }

    #[test]
    fn opening_clears_what_was_left_half_written() {
        let (dir, vault) = vault();
        let name = Hash::of(b"sealed");
        vault.put(&name, b"sealed").unwrap();
        let leftover = disk::write_temp(&vault.inner.temp_dir(), b"half").unwrap();
        let again = Vault::open(dir.path()).unwrap();
        assert!(!leftover.exists());
        assert!(again.has(&name));
    }

    #[cfg(unix)]
    #[test]
    fn a_full_disk_is_said_to_be_full() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let Ok(mut full) = full else { return };
        let source = io::Write::write_all(&mut full, b"x").unwrap_err();
        let error = CacheError::io("written", Path::new("objects"), source);
        assert!(matches!(error, CacheError::Full { .. }));
        assert_eq!(error.to_string(), "the disk that holds objects is full");
    }
}

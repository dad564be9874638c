//! Where the index lies: a file, memory, or a disk that a test provides.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{BackendError, Builder, Database, Durability, ReadableDatabase, StorageBackend};

use super::error::{Cause, guarded};
use super::overlay::Overlay;
use super::tables;

/// A place a database can be opened from, again and again.
pub(crate) enum Medium {
    File(PathBuf),
    Memory(Arc<InMemoryBackend>),
    /// Gives a fresh handle to the same bytes each time.
    #[cfg(test)]
    Given(Box<dyn Fn() -> Box<dyn StorageBackend> + Send + Sync>),
}

/// How much of the disk an opened database may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touch {
    /// Reads and writes.
    ReadWrite,
    /// Reads; what recovery would write stays in memory.
    ReadOnly,
}

impl Medium {
    pub(crate) fn memory() -> Self {
        Self::Memory(Arc::new(InMemoryBackend::new()))
    }

    /// Opens what lies there, recovering from an interrupted run; makes it first where there is nothing yet.
    pub(crate) fn start(&self, cache_bytes: usize) -> Result<Database, Cause> {
        match self {
            Self::File(path) if !path.try_exists().map_err(|error| Cause::of_io(&error))? => create_file(path)?,
            Self::File(_) => {}
            Self::Memory(memory) => initialise(SharedMemory(memory.clone()))?,
            #[cfg(test)]
            Self::Given(backend) => {
                if backend().len().map_err(|error| Cause::of_io(&error))? == 0 {
                    initialise(Boxed(backend()))?;
                }
            }
        }
        let database = self.open(cache_bytes, Touch::ReadWrite)?;
        guarded(|| tables::check_version(&database.begin_read()?))?;
        Ok(database)
    }

    /// Opens what lies there.
    pub(crate) fn open(&self, cache_bytes: usize, touch: Touch) -> Result<Database, Cause> {
        let mut builder = Builder::new();
        builder.set_cache_size(cache_bytes);
        match self {
            Self::File(path) => {
                let file =
                    OpenOptions::new().read(true).write(true).open(path).map_err(|error| Cause::of_io(&error))?;
                if file.metadata().map_err(|error| Cause::of_io(&error))?.len() == 0 {
                    // redb would take an empty file for a new one, and everything that was in it for never written.
                    return Err(Cause::Damaged("the file is empty".to_owned()));
                }
                let backend = guarded(|| Ok(FileBackend::new(file)?))?;
                open_backend(&builder, backend, touch)
            }
            Self::Memory(memory) => open_backend(&builder, SharedMemory(memory.clone()), touch),
            #[cfg(test)]
            Self::Given(backend) => open_backend(&builder, Boxed(backend()), touch),
        }
    }
}

fn open_backend(builder: &Builder, backend: impl StorageBackend, touch: Touch) -> Result<Database, Cause> {
    match touch {
        Touch::ReadWrite => guarded(|| Ok(builder.create_with_backend(backend)?)),
        Touch::ReadOnly => {
            let overlay = Overlay::new(backend).map_err(|error| Cause::of_io(&error))?;
            guarded(|| Ok(builder.create_with_backend(overlay)?))
        }
    }
}

fn initialise(backend: impl StorageBackend) -> Result<(), Cause> {
    guarded(|| {
        let database = Builder::new().create_with_backend(backend)?;
        let mut txn = database.begin_write()?;
        txn.set_durability(Durability::Immediate)?;
        tables::create_all(&txn, tables::FORMAT_VERSION)?;
        txn.commit()?;
        database.close()?;
        Ok(())
    })
}

/// The file appears under its name only once it is whole, so that a crash never leaves half an index to be judged damaged.
fn create_file(path: &Path) -> Result<(), Cause> {
    let unfinished = path.with_extension("new");
    let make = || -> io::Result<File> {
        if unfinished.exists() {
            // What an interrupted creation left holds nothing yet.
            std::fs::remove_file(&unfinished)?;
        }
        OpenOptions::new().read(true).write(true).create_new(true).open(&unfinished)
    };
    let file = make().map_err(|error| Cause::of_io(&error))?;
    initialise(guarded(|| Ok(FileBackend::new(file)?))?)?;
    std::fs::rename(&unfinished, path).and_then(|()| sync_folder_of(path)).map_err(|error| Cause::of_io(&error))
}

/// Makes the new name itself survive a power cut; other systems than Unix have no such call and order it themselves.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Memory that outlives the database opened on it, so that it can be opened again.
#[derive(Debug)]
struct SharedMemory(Arc<InMemoryBackend>);

impl StorageBackend for SharedMemory {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        StorageBackend::read(&*self.0, offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        StorageBackend::write(&*self.0, offset, data)
    }
    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }
}

#[cfg(test)]
#[derive(Debug)]
struct Boxed(Box<dyn StorageBackend>);

#[cfg(test)]
impl StorageBackend for Boxed {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}

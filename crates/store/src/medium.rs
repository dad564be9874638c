//! Where the bytes lie: a file, memory, or a simulated disk.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{BackendError, Builder, Database, Durability, ReadableDatabase, StorageBackend};

use crate::error::{Cause, OpenError, guarded};
use crate::overlay::Overlay;
use crate::{simulated, tables};

/// A place a database can be opened from, again and again.
#[derive(Debug)]
pub(crate) enum Medium {
    File(PathBuf),
    Memory(Arc<InMemoryBackend>),
    Simulated(simulated::Disk),
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
    /// The file's name in messages.
    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Memory(_) => PathBuf::from("the store in memory"),
            Self::Simulated(_) => PathBuf::from("the simulated store"),
        }
    }

    /// Opens what lies there, recovering from an interrupted run.
    pub(crate) fn open(&self, cache_bytes: usize, touch: Touch) -> Result<Database, Cause> {
        let mut builder = Builder::new();
        builder.set_cache_size(cache_bytes);
        match self {
            Self::File(path) => {
                let file = OpenOptions::new().read(true).write(true).open(path)?;
                if file.metadata()?.len() == 0 {
                    // redb would take an empty file for a new one, and everything that was in it for never written.
                    return Err(Cause::Damaged("it is empty".to_owned()));
                }
                let backend = guarded(|| FileBackend::new(file))?;
                open_backend(&builder, backend, touch)
            }
            Self::Memory(memory) => open_backend(&builder, SharedMemory(memory.clone()), touch),
            Self::Simulated(disk) => open_backend(&builder, disk.attach(), touch),
        }
    }

    /// Makes an empty store of format `version` there.
    pub(crate) fn create(&self, version: u64) -> Result<(), Cause> {
        match self {
            Self::File(path) => create_file(path, version),
            Self::Memory(memory) => initialise(SharedMemory(memory.clone()), version),
            Self::Simulated(disk) => initialise(disk.attach(), version),
        }
    }

    /// Reads the version and checks it.
    pub(crate) fn check_version(&self, database: &Database) -> Result<(), OpenError> {
        let found =
            guarded(|| tables::version(&database.begin_read()?)).map_err(|cause| cause.into_open(self.path()))?;
        match found {
            Some(found) if found > tables::FORMAT_VERSION => {
                Err(OpenError::NewerVersion { path: self.path(), found, known: tables::FORMAT_VERSION })
            }
            Some(tables::FORMAT_VERSION) => Ok(()),
            Some(older) => Err(OpenError::Damaged {
                path: self.path(),
                detail: format!("it names a format {older} that never was"),
            }),
            None => Err(OpenError::Damaged {
                path: self.path(),
                detail: "it is a database of another program, without a version record".to_owned(),
            }),
        }
    }
}

fn open_backend(builder: &Builder, backend: impl StorageBackend, touch: Touch) -> Result<Database, Cause> {
    match touch {
        Touch::ReadWrite => guarded(|| builder.create_with_backend(backend)),
        Touch::ReadOnly => {
            let overlay = Overlay::new(backend)?;
            guarded(|| builder.create_with_backend(overlay))
        }
    }
}

fn initialise(backend: impl StorageBackend, version: u64) -> Result<(), Cause> {
    guarded(|| -> Result<(), redb::Error> {
        let database = Builder::new().create_with_backend(backend)?;
        let mut txn = database.begin_write()?;
        txn.set_durability(Durability::Immediate)?;
        tables::create_all(&txn, version)?;
        txn.commit()?;
        database.close()?;
        Ok(())
    })
}

/// The file appears under its name only once it is whole, so that a crash never leaves half a store to be judged damaged.
fn create_file(path: &Path, version: u64) -> Result<(), Cause> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let unfinished = path.with_file_name(name);
    let file = private_file(&unfinished)?;
    let started = guarded(|| FileBackend::new(file)).and_then(|backend| initialise(backend, version));
    match started {
        Ok(()) => {}
        // What an interrupted creation left holds nothing yet.
        Err(Cause::Damaged(_)) => {
            std::fs::remove_file(&unfinished)?;
            let file = private_file(&unfinished)?;
            guarded(|| FileBackend::new(file)).and_then(|backend| initialise(backend, version))?;
        }
        Err(other) => return Err(other),
    }
    if path.exists() {
        std::fs::remove_file(&unfinished)?;
        return Ok(());
    }
    std::fs::rename(&unfinished, path)?;
    sync_folder(path)?;
    Ok(())
}

/// Rows are in clear, so the file is its owner's alone.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the new name itself survive a power cut; other systems than Unix have no such call and order it themselves.
fn sync_folder(path: &Path) -> io::Result<()> {
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

//! Small things about disks: what is durable, where temporary files live, when a disk is full.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Attempts to find a free temporary name; a name can be taken only by a leftover of an earlier process with the same id.
const MAX_TEMP_ATTEMPTS: usize = 1000;

static TEMP_COUNTER: AtomicU64 = AtomicU64::new(0);

/// A new file in `dir` that nobody else has, and its path.
pub(crate) fn new_temp(dir: &Path) -> io::Result<(File, PathBuf)> {
    for _ in 0..MAX_TEMP_ATTEMPTS {
        let number = TEMP_COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = dir.join(format!(".enginus-{}-{number}.part", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, "no free name for a temporary file"))
}

/// Writes `bytes` to a new temporary file in `dir`, durably; the caller renames or removes it.
pub(crate) fn write_temp(dir: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let (mut file, path) = new_temp(dir)?;
    if let Err(e) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        drop(file);
        let _ = std::fs::remove_file(&path);
        return Err(e);
    }
    Ok(path)
}

/// Makes the names in `dir` durable. Where folders cannot be synced (Windows) the file system does it by itself.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Whether the error says that no space is left, on the disk or in the person's quota.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

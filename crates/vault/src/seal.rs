//! Taking a file in: one pass that hashes, cuts, seals and keeps it, with at most three chunks in memory.

use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use enginus_envelope::DedupSecret;
use enginus_model::{EpochId, FileRef, ManifestRef, Sha256};
use sha2::Digest;
use tokio_util::sync::CancellationToken;

use crate::batch::Batch;
use crate::cache::{CacheError, Vault};
use crate::chunk::{self, CHUNK_BYTES, Kind};
use crate::manifest::{ChunkRef, MAX_FILE_BYTES, Manifest};
use crate::{ObjectInfo, OnProgress, Progress};

/// Space that must stay free on the disk after a file was taken in, in bytes: the store and the system need some.
const SPARE_BYTES: u64 = 32 << 20;

/// A file taken in: durable in the vault, to be named in a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// What a revision says of it. Its name is the path's last part as the system gave it; the caller cleans it.
    pub file: FileRef,
    /// Its objects, the manifest first, each once.
    pub objects: Vec<ObjectInfo>,
}

/// Why a file was not taken in. Nothing of it stays in the vault.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// There is no such file, or no longer.
    #[error("{} is not there, or was removed while it was being added", path.display())]
    Vanished {
        /// The file.
        path: PathBuf,
    },
    /// Somebody wrote to it meanwhile.
    #[error("{} changed while it was being added", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// It has no bytes.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder.
    #[error("{} is a folder", path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// It is a device, a socket or a pipe.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The system does not let this person read it.
    #[error("{} may not be read by you", path.display())]
    Denied {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is larger than the vault takes.
    #[error("{} has {size} bytes; a file may have at most {} GiB", path.display(), MAX_FILE_BYTES >> 30)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        size: u64,
    },
    /// The disk of the vault has no room for it.
    #[error("{} has {size} bytes and does not fit on the disk, which has {free} bytes free", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        size: u64,
        /// Bytes free on the vault's disk.
        free: u64,
    },
    /// The caller asked to stop.
    #[error("adding {} was cancelled", path.display())]
    Cancelled {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read.
    #[error("{} could not be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The vault could not keep it.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl SealError {
    fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::NotFound => Self::Vanished { path },
            ErrorKind::PermissionDenied => Self::Denied { path, source },
            _ => Self::Io { path, source },
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Vanished { .. } => "check the name and add it again",
            Self::Changed { .. } => "close the program that writes to it, then add it again",
            Self::Empty { .. } => "an empty file is usually a failed export: export it again, then add it",
            Self::Directory { .. } => "choose files, or add the folder with --recursive",
            Self::NotAFile { .. } => "copy its content into a file and add that",
            Self::Denied { .. } => "ask for the right to read it, or copy it to a place of yours",
            Self::TooLarge { .. } => "split or compress it, or keep it elsewhere and add a note that says where",
            Self::Full { .. } => "free some space on the disk that holds ENGINUS, then add it again",
            Self::Cancelled { .. } => "add it again whenever you like; nothing of it was kept",
            Self::Io { .. } => "check the disk or the network drive it lies on, then add it again",
            Self::Cache(e) => e.hint(),
        }
    }
}

impl Vault {
    /// Reads the file at `path` once, seals it in chunks under `secret`, and keeps the chunks and a manifest here, durably. Progress
    /// counts the bytes of the file. Blocks; memory does not grow with the file.
    ///
    /// `epoch` is the one whose dedup secret is given; it goes into the [`ManifestRef`], so that the right secret is found again.
    ///
    /// # Errors
    /// [`SealError`]; what was written of the file is removed again.
    pub fn seal_file(
        &self,
        path: &Path,
        secret: &DedupSecret,
        epoch: EpochId,
        progress: OnProgress<'_>,
        cancel: &CancellationToken,
    ) -> Result<Sealed, SealError> {
        let (mut file, before) = self.admit(path)?;
        let mut batch = Batch::new(&self.inner);
        let manifest = {
            let mut reading = Reading { path, secret, size: before.len(), progress, cancel };
            reading.seal_chunks(&mut file, &mut batch)?
        };
        let after = std::fs::metadata(path).map_err(|e| SealError::reading(path, e))?;
        if manifest.size != before.len() || !same_state(&before, &after) {
            return Err(SealError::Changed { path: path.to_owned() });
        }

        let sealed = chunk::seal(Kind::Manifest, secret, &manifest.encode());
        batch.put(&sealed.name, &sealed.bytes)?;
        batch.finish()?;
        let mut objects = vec![ObjectInfo { name: sealed.name, size: sealed.bytes.len() as u64 }];
        objects.extend(manifest.objects());
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let manifest_ref = ManifestRef { object: sealed.name, content: sealed.content, epoch };
        Ok(Sealed {
            file: FileRef { name, size: manifest.size, sha256: manifest.sha256, manifest: manifest_ref },
            objects,
        })
    }

    /// Opens the file if it is one that can be taken in.
    fn admit(&self, path: &Path) -> Result<(File, Metadata), SealError> {
        // Looked at before it is opened: opening a pipe would wait for its writer.
        let meta = std::fs::metadata(path).map_err(|e| SealError::reading(path, e))?;
        let (size, path_buf) = (meta.len(), path.to_owned());
        if meta.is_dir() {
            return Err(SealError::Directory { path: path_buf });
        }
        if !meta.is_file() {
            return Err(SealError::NotAFile { path: path_buf });
        }
        let file = File::open(path).map_err(|e| SealError::reading(path, e))?;
        if size == 0 {
            return Err(SealError::Empty { path: path_buf });
        }
        if size > MAX_FILE_BYTES {
            return Err(SealError::TooLarge { path: path_buf, size });
        }
        // Where the system cannot say how much is free, the writes will.
        match fs4::available_space(&self.inner.dir) {
            Ok(free) if !fits(space_needed(&meta), free) => Err(SealError::Full { path: path_buf, size, free }),
            _ => Ok((file, meta)),
        }
    }
}

/// The space a file takes at most, in bytes. A hole in it takes none: its equal chunks are kept once.
fn space_needed(meta: &Metadata) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        const SECTOR_BYTES: u64 = 512; // what `blocks` counts in, whatever the file system
        meta.len().min(meta.blocks().saturating_mul(SECTOR_BYTES))
    }
    #[cfg(not(unix))]
    meta.len()
}

/// Whether `size` bytes can be taken in with `free` bytes left on the disk.
const fn fits(size: u64, free: u64) -> bool {
    size.saturating_add(SPARE_BYTES) <= free
}

/// Whether nothing wrote to the file, as far as the file system tells.
fn same_state(before: &Metadata, after: &Metadata) -> bool {
    before.len() == after.len() && before.modified().ok() == after.modified().ok()
}

/// One pass over one file.
struct Reading<'a> {
    path: &'a Path,
    secret: &'a DedupSecret,
    size: u64,
    progress: OnProgress<'a>,
    cancel: &'a CancellationToken,
}

impl Reading<'_> {
    fn seal_chunks(&mut self, file: &mut File, batch: &mut Batch<'_>) -> Result<Manifest, SealError> {
        let mut buffer = Vec::with_capacity(usize::try_from(self.size).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES) + 1);
        let mut sha256 = sha2::Sha256::new();
        let mut kept = HashSet::new();
        let (mut chunks, mut done) = (Vec::new(), 0u64);
        loop {
            if self.cancel.is_cancelled() {
                return Err(SealError::Cancelled { path: self.path.to_owned() });
            }
            buffer.clear();
            file.take(CHUNK_BYTES as u64).read_to_end(&mut buffer).map_err(|e| SealError::reading(self.path, e))?;
            if buffer.is_empty() {
                break;
            }
            done += buffer.len() as u64;
            if done > self.size {
                return Err(SealError::Changed { path: self.path.to_owned() });
            }
            sha256.update(&buffer);
            let sealed = chunk::seal(Kind::Chunk, self.secret, &buffer);
            if kept.insert(sealed.name) {
                batch.put(&sealed.name, &sealed.bytes)?;
            }
            chunks.push(ChunkRef { content: sealed.content, object: sealed.name, size: buffer.len() as u32 });
            (self.progress)(Progress { done_bytes: done, total_bytes: self.size });
        }
        Ok(Manifest { size: done, sha256: Sha256(sha256.finalize().into()), chunks })
    }
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;

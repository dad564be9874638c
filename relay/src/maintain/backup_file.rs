//! A backup as a file: a line that says what it is, framed entries, and the BLAKE3 of everything before it at the end.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use enginus_model::{Hash, ProjectId};
use serde::{Deserialize, Serialize};

use super::backup::BackupError;
use crate::storage::Record;

const MAGIC: &[u8] = b"ENGINUS RELAY BACKUP 1\n";
/// Bytes of the hash at the end.
const HASH_BYTES: u64 = 32;
/// The longest entry: an object or a batch of records.
const MAX_ENTRY: u32 = 64 << 20;

/// One entry.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Entry {
    /// What follows is this project's.
    Project(ProjectId),
    /// Records of its journal.
    Records(Vec<Record>),
    /// An object of it.
    Object { name: Hash, bytes: Vec<u8> },
}

/// Writes beside the final name and takes it only when everything is on disk.
pub(super) struct Writer {
    out: BufWriter<File>,
    hasher: blake3::Hasher,
    new: PathBuf,
    path: PathBuf,
}

impl Writer {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if path.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let new = PathBuf::from(name);
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let out = BufWriter::new(options.open(&new)?);
        let mut writer = Self { out, hasher: blake3::Hasher::new(), new, path: path.to_owned() };
        writer.put(MAGIC)?;
        Ok(writer)
    }

    pub(super) fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        let bytes = postcard::to_allocvec(entry).map_err(io::Error::other)?;
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= MAX_ENTRY);
        let length = length.ok_or_else(|| io::Error::other("an entry is too large for a backup"))?;
        self.put(&length.to_le_bytes())?;
        self.put(&bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(self.hasher.finalize().as_bytes())?;
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        std::fs::rename(&self.new, &self.path)
    }
}

/// Reads a backup whose whole hash was checked first.
pub(super) struct Reader {
    input: BufReader<io::Take<File>>,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, BackupError> {
        let unreadable = |source| BackupError::Io { path: path.to_owned(), source };
        let length = std::fs::metadata(path).map_err(unreadable)?.len();
        let content = length.checked_sub(HASH_BYTES).ok_or(BackupError::NotABackup)?;
        let file = File::open(path).map_err(unreadable)?;
        let mut hasher = blake3::Hasher::new();
        let mut checked = BufReader::with_capacity(1 << 16, file.take(content));
        io::copy(&mut checked, &mut hasher).map_err(unreadable)?;
        let mut stated = [0; HASH_BYTES as usize];
        let mut file = checked.into_inner().into_inner();
        file.read_exact(&mut stated).map_err(unreadable)?;
        let mut input = BufReader::new(File::open(path).map_err(unreadable)?.take(content));
        let mut magic = [0; MAGIC.len()];
        input.read_exact(&mut magic).map_err(|_| BackupError::NotABackup)?;
        if magic != MAGIC {
            return Err(BackupError::NotABackup);
        }
        if blake3::Hash::from_bytes(stated) != hasher.finalize() {
            return Err(BackupError::Damaged);
        }
        Ok(Self { input })
    }

    pub(super) fn next(&mut self) -> Result<Option<Entry>, BackupError> {
        let mut length = [0; 4];
        match self.input.read_exact(&mut length) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(_) => return Err(BackupError::Damaged),
        }
        let length = u32::from_le_bytes(length);
        if length > MAX_ENTRY {
            return Err(BackupError::Damaged);
        }
        let mut bytes = vec![0; length as usize];
        self.input.read_exact(&mut bytes).map_err(|_| BackupError::Damaged)?;
        postcard::from_bytes(&bytes).map(Some).map_err(|_| BackupError::Damaged)
    }
}

//! The key file: both secrets, open or sealed under a passphrase or a key in the system's key ring, readable by its owner alone.
//!
//! ```text
//! "ENGINUSK"  8 bytes
//! version     1 byte: 1
//! protection  1 byte: 0 none, 1 passphrase, 2 key ring of the system
//! body        postcard: 0 → the person's seed, the device's seed
//!                       1 → person id, device id, argon2id memory in KiB, passes, lanes, salt (16), nonce (24), and both seeds
//!                           under XChaCha20-Poly1305, bound to everything before them
//!                       2 → person id, device id, nonce (24), and both seeds under XChaCha20-Poly1305, bound likewise
//! sum         BLAKE3 of the body: tells a damaged file from a wrong passphrase
//! ```

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::keyring::{InKeyring, KeyringError};
use super::seal::Sealed;
use super::{Effort, Identity, UnsealKeysError, Whose};

const MAGIC: &[u8; 8] = b"ENGINUSK";
const VERSION: u8 = 1;
const PROTECTION_NONE: u8 = 0;
const PROTECTION_PASSPHRASE: u8 = 1;
const PROTECTION_KEYRING: u8 = 2;
const SUM_BYTES: usize = 32;
const MAX_FILE_BYTES: u64 = 4096;

/// Why a key file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    /// The file system refused.
    #[error("the key file {path} could not be {doing}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a key file, or was altered.
    #[error("{path} is not a key file of ENGINUS, or it was damaged")]
    Damaged {
        /// Where.
        path: PathBuf,
    },
    /// It was written by a newer program.
    #[error("the key file {path} was written by a newer version (format {found}, this program knows {VERSION})")]
    NewerVersion {
        /// Where.
        path: PathBuf,
        /// Its format.
        found: u8,
    },
    /// Trying a passphrase was to cost more, or less, than can be spent.
    #[error("a passphrase cannot be tried with {memory_kib} KiB of memory")]
    Effort {
        /// What was asked for.
        memory_kib: u32,
    },
    /// The key ring refused.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// What is to keep the keys from whoever reads the disk.
pub(crate) enum Protection<'a> {
    /// The file's permissions.
    None,
    /// A passphrase.
    Passphrase(&'a str, Effort),
    /// A key in the system's key ring.
    Keyring,
}

/// What keeps the keys from whoever reads the disk, beside the file's permissions.
#[derive(Debug, Clone)]
pub(crate) enum AtRest {
    /// Nothing.
    Open,
    /// A passphrase.
    Passphrase(SealedKeys),
    /// A key in the system's key ring.
    Keyring(InKeyring),
}

/// The keys of a home as they were found.
pub(crate) enum KeyFile {
    /// Without a passphrase.
    Open(Box<Identity>),
    /// Under a passphrase.
    Sealed(SealedKeys),
    /// Under a key in the system's key ring.
    InKeyring(InKeyring),
}

/// Keys under a passphrase.
#[derive(Debug, Clone)]
pub(crate) struct SealedKeys(Sealed);

impl SealedKeys {
    /// Whose they are.
    pub(crate) fn whose(&self) -> Whose {
        self.0.head.whose
    }

    /// What changing the passphrase keeps unless told otherwise.
    pub(crate) fn effort(&self) -> Effort {
        self.0.head.effort
    }

    /// Opens them; takes a while by design.
    pub(crate) fn open(&self, passphrase: &str) -> Result<Identity, UnsealKeysError> {
        self.0.open(passphrase)
    }
}

#[derive(Serialize, Deserialize, zeroize::Zeroize)]
struct Secrets {
    person: [u8; 32],
    device: [u8; 32],
}

impl KeyFile {
    /// Reads the key file; `None` where there is none.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>, IdentityError> {
        // What a crash left half written may hold open keys beside a sealed file.
        if path.exists() {
            let _ = std::fs::remove_file(path.with_extension("new"));
        }
        let read = |source| IdentityError::Io { path: path.to_owned(), doing: "read", source };
        let damaged = || IdentityError::Damaged { path: path.to_owned() };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(read(error)),
            Ok(meta) if meta.len() > MAX_FILE_BYTES => return Err(damaged()),
            Ok(_) => {}
        }
        let bytes = Zeroizing::new(std::fs::read(path).map_err(read)?);
        let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or_else(damaged)?;
        let [version, protection, body @ ..] = rest else { return Err(damaged()) };
        if *version > VERSION {
            return Err(IdentityError::NewerVersion { path: path.to_owned(), found: *version });
        }
        let (body, sum) = body.split_last_chunk::<SUM_BYTES>().ok_or_else(damaged)?;
        if *version != VERSION || sum_of(*protection, body) != *sum {
            return Err(damaged());
        }
        match *protection {
            PROTECTION_NONE => {
                let secrets: Zeroizing<Secrets> = Zeroizing::new(postcard::from_bytes(body).map_err(|_| damaged())?);
                Ok(Some(Self::Open(Box::new(Identity::from_seeds(&secrets.person, &secrets.device)))))
            }
            PROTECTION_PASSPHRASE => {
                Ok(Some(Self::Sealed(SealedKeys(postcard::from_bytes(body).map_err(|_| damaged())?))))
            }
            PROTECTION_KEYRING => Ok(Some(Self::InKeyring(postcard::from_bytes(body).map_err(|_| damaged())?))),
            _ => Err(damaged()),
        }
    }
}

/// Without protection the sum is over the body alone, as it always was; otherwise over the protection, too, so that it cannot be
/// taken for another.
fn sum_of(protection: u8, body: &[u8]) -> [u8; SUM_BYTES] {
    let mut hasher = blake3::Hasher::new();
    if protection != PROTECTION_NONE {
        hasher.update(&[protection]);
    }
    *hasher.update(body).finalize().as_bytes()
}

impl Identity {
    /// Writes a new key file without protection; never replaces one.
    pub(crate) fn save(&self, path: &Path) -> Result<(), IdentityError> {
        write(path, &self.open_file(), false)
    }

    /// Replaces the key file by one with this protection, in one durable step.
    pub(crate) fn protect(&self, path: &Path, protection: &Protection<'_>) -> Result<AtRest, IdentityError> {
        match *protection {
            Protection::None => write(path, &self.open_file(), true).map(|()| AtRest::Open),
            Protection::Passphrase(passphrase, effort) => {
                let sealed = Sealed::new(self, passphrase, effort)
                    .ok_or(IdentityError::Effort { memory_kib: effort.memory_kib })?;
                let body = postcard::to_allocvec(&sealed).unwrap_or_default();
                write(path, &file(PROTECTION_PASSPHRASE, &body), true)?;
                Ok(AtRest::Passphrase(SealedKeys(sealed)))
            }
            Protection::Keyring => {
                let sealed = InKeyring::new(self)?;
                let body = postcard::to_allocvec(&sealed).unwrap_or_default();
                write(path, &file(PROTECTION_KEYRING, &body), true)?;
                Ok(AtRest::Keyring(sealed))
            }
        }
    }

    fn open_file(&self) -> Zeroizing<Vec<u8>> {
        let secrets = Zeroizing::new(Secrets { person: *self.person.seed(), device: *self.device.seed() });
        file(PROTECTION_NONE, &Zeroizing::new(postcard::to_allocvec(&*secrets).unwrap_or_default()))
    }
}

fn file(protection: u8, body: &[u8]) -> Zeroizing<Vec<u8>> {
    // As large as needed from the start: growing would leave a copy of the secrets behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAGIC.len() + 2 + body.len() + SUM_BYTES));
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[VERSION, protection]);
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(&sum_of(protection, body));
    bytes
}

fn write(path: &Path, bytes: &[u8], replace: bool) -> Result<(), IdentityError> {
    write_private(path, bytes, replace).map_err(|source| IdentityError::Io {
        path: path.to_owned(),
        doing: "written",
        source,
    })
}

/// Writes a file that only its owner may read, durably, under its final name in one step.
fn write_private(path: &Path, bytes: &[u8], replace: bool) -> std::io::Result<()> {
    let staged = path.with_extension("new");
    // One that a crash left behind may have other permissions.
    let _ = std::fs::remove_file(&staged);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let put = || {
        let mut file = options.open(&staged)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if !replace && path.exists() {
            return Err(std::io::ErrorKind::AlreadyExists.into());
        }
        std::fs::rename(&staged, path)
    };
    let put = put();
    if put.is_err() {
        // It may hold open keys beside a sealed file.
        let _ = std::fs::remove_file(&staged);
    }
    put?;
    sync_directory(path.parent())
}

/// Makes a rename durable where the system lets a directory be synced.
pub(crate) fn sync_directory(directory: Option<&Path>) -> std::io::Result<()> {
    if cfg!(unix)
        && let Some(directory) = directory
    {
        std::fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

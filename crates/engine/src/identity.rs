//! The keys of a home: the person's and the device's, in a file readable by its owner alone.

use std::path::{Path, PathBuf};

use enginus_envelope::Keypair;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::ambient;

const MAGIC: &[u8; 8] = b"ENGINUSK";
const VERSION: u8 = 1;
/// How the secrets that follow are protected; a passphrase will be another number.
const PROTECTION_NONE: u8 = 0;
const MAX_FILE_BYTES: u64 = 4096;

/// Why a key file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
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
}

/// The person's and this device's keys.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) person: Keypair,
    pub(crate) device: Keypair,
}

#[derive(Serialize, Deserialize, zeroize::Zeroize)]
struct Secrets {
    person: [u8; 32],
    device: [u8; 32],
}

impl Identity {
    /// A new person on a new device.
    pub(crate) fn generate() -> Self {
        let mut rng = ambient::rng();
        Self { person: Keypair::generate(&mut rng), device: Keypair::generate(&mut rng) }
    }

    /// Reads the key file; `None` where there is none.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>, IdentityError> {
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
        if *version != VERSION || *protection != PROTECTION_NONE || body.len() < 32 {
            return Err(damaged());
        }
        let (body, sum) = body.split_at(body.len() - 32);
        if blake3::hash(body).as_bytes() != sum {
            return Err(damaged());
        }
        let secrets: Zeroizing<Secrets> = Zeroizing::new(postcard::from_bytes(body).map_err(|_| damaged())?);
        Ok(Some(Self { person: Keypair::from_seed(&secrets.person), device: Keypair::from_seed(&secrets.device) }))
    }

    /// Writes a new key file; never replaces one.
    pub(crate) fn save(&self, path: &Path) -> Result<(), IdentityError> {
        let secrets = Zeroizing::new(Secrets { person: *self.person.seed(), device: *self.device.seed() });
        let body = Zeroizing::new(postcard::to_allocvec(&*secrets).unwrap_or_default());
        let mut bytes = Zeroizing::new(MAGIC.to_vec());
        bytes.extend_from_slice(&[VERSION, PROTECTION_NONE]);
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(blake3::hash(&body).as_bytes());
        write_private(path, &bytes).map_err(|source| IdentityError::Io {
            path: path.to_owned(),
            doing: "written",
            source,
        })
    }
}

/// Writes a file that only its owner may read, durably, under its final name in one step; refuses to replace one.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let staged = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&staged)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if path.exists() {
        let _ = std::fs::remove_file(&staged);
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(&staged, path)?;
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
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_and_a_flipped_byte_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity.key");
        assert!(Identity::load(&path).unwrap().is_none());
        let identity = Identity::generate();
        identity.save(&path).unwrap();
        let back = Identity::load(&path).unwrap().unwrap();
        assert_eq!(back.person.person_id(), identity.person.person_id());
        assert_eq!(back.device.device_id(), identity.device.device_id());
        assert!(identity.save(&path).is_err(), "a key file is never replaced");
        let good = std::fs::read(&path).unwrap();
        for i in 0..good.len() {
            let mut bad = good.clone();
            bad[i] ^= 0x10;
            std::fs::write(&path, &bad).unwrap();
            assert!(Identity::load(&path).is_err(), "byte {i} was altered and not noticed");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_key_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity.key");
        Identity::generate().save(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

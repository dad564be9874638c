//! Giving a file back: every chunk and the whole are checked before the file has its name.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use enginus_envelope::DedupSecret;
use enginus_model::{FileRef, Hash, ManifestRef, Sha256};
use sha2::Digest;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::cache::{CacheError, Vault};
use crate::chunk::{self, Kind, UnsealError};
use crate::manifest::{BadManifest, Manifest};
use crate::{ObjectInfo, OnProgress, Progress, disk};

/// Why a file could not be given back. No file was written or replaced.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Objects of the file are not on this device (a damaged one counts as not there: it has been removed).
    #[error("{} of the file's parts are not on this device yet", objects.len())]
    Missing {
        /// The first ones found missing; the manifest's size is not known beforehand and stands as 0.
        objects: Vec<ObjectInfo>,
    },
    /// An object is whole but does not open: the secret is another epoch's, or its writer sealed something else.
    #[error("the file's part {} does not open with this folder's key", object.short())]
    NotOurs {
        /// The object.
        object: Hash,
    },
    /// The parts do not make up the file that the revision names.
    #[error("the file's parts do not make up the file that was added; it is not opened")]
    Mismatch,
    /// Sealed by a version this one does not know.
    #[error("the file was sealed by a newer version of ENGINUS")]
    NewerVersion,
    /// A folder stands where the file should go.
    #[error("{} is a folder", path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// No space is left where the file should go.
    #[error("the disk that should hold {} is full", path.display())]
    Full {
        /// Where it should go.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be written there.
    #[error("{} could not be written", path.display())]
    Io {
        /// Where it should go.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The caller asked to stop.
    #[error("opening the file was cancelled")]
    Cancelled,
    /// The vault could not be read.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl OpenError {
    fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if disk::is_full(&source) { Self::Full { path, source } } else { Self::Io { path, source } }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "connect to a device or bucket that has it; it is fetched by itself",
            Self::NotOurs { .. } | Self::Mismatch => "tell whoever added it: add the file again as a new revision",
            Self::NewerVersion => "update ENGINUS on this device",
            Self::Directory { .. } => "give the name of a file in that folder",
            Self::Full { .. } => "free some space there, or choose another place",
            Self::Io { .. } => "check that the folder exists and that you may write there",
            Self::Cancelled => "open it again whenever you like",
            Self::Cache(e) => e.hint(),
        }
    }
}

/// Hashes what is written to it.
struct HashingWriter(sha2::Sha256);

impl Write for HashingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl From<BadManifest> for OpenError {
    fn from(bad: BadManifest) -> Self {
        match bad {
            BadManifest::NewerVersion => Self::NewerVersion,
            BadManifest::Malformed => Self::Mismatch,
        }
    }
}

impl Vault {
    /// The objects a file consists of, the manifest first, each once.
    ///
    /// # Errors
    /// [`OpenError::Missing`] with the manifest alone when it is not here; [`OpenError::NotOurs`], [`OpenError::Mismatch`],
    /// [`OpenError::NewerVersion`] when it does not open.
    pub fn objects_of(&self, manifest: &ManifestRef, secret: &DedupSecret) -> Result<Vec<ObjectInfo>, OpenError> {
        let size = self.size(&manifest.object).unwrap_or(0);
        let opened = self.manifest(manifest, secret)?;
        let mut objects = vec![ObjectInfo { name: manifest.object, size }];
        objects.extend(opened.objects());
        Ok(objects)
    }

    /// Writes the file in clear to `dest`, replacing a file that is there, and makes it durable. Every chunk's hash, the whole
    /// SHA-256 and the size are checked before `dest` is touched. Progress counts the file's bytes. Blocks.
    ///
    /// # Errors
    /// [`OpenError`]; `dest` is then as it was.
    pub fn open_file(
        &self,
        file: &FileRef,
        secret: &DedupSecret,
        dest: &Path,
        progress: OnProgress<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), OpenError> {
        if dest.is_dir() {
            return Err(OpenError::Directory { path: dest.to_owned() });
        }
        let manifest = self.manifest(&file.manifest, secret)?;
        if manifest.size != file.size || manifest.sha256 != file.sha256 {
            return Err(OpenError::Mismatch);
        }
        let dir = match dest.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let (mut out, temp) = disk::new_temp(dir).map_err(|e| OpenError::writing(dest, e))?;
        let written = self.write_chunks(&manifest, secret, &mut out, dest, progress, cancel).and_then(|()| {
            out.sync_all().and_then(|()| std::fs::rename(&temp, dest)).map_err(|e| OpenError::writing(dest, e))
        });
        if written.is_err() {
            let _ = std::fs::remove_file(&temp);
            return written;
        }
        disk::sync_dir(dir).map_err(|e| OpenError::writing(dest, e))
    }

    /// Whether `path` holds what `file` names, by size and SHA-256; also false where that cannot be read. Blocks.
    #[must_use]
    pub fn is_copy(&self, file: &FileRef, path: &Path) -> bool {
        let read = || -> io::Result<bool> {
            let mut there = File::open(path)?;
            if there.metadata()?.len() != file.size {
                return Ok(false);
            }
            let mut sha256 = HashingWriter(sha2::Sha256::new());
            io::copy(&mut there, &mut sha256)?;
            Ok(Sha256(sha256.0.finalize().into()) == file.sha256)
        };
        read().unwrap_or(false)
    }

    fn write_chunks(
        &self,
        manifest: &Manifest,
        secret: &DedupSecret,
        out: &mut File,
        dest: &Path,
        progress: OnProgress<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), OpenError> {
        let (mut sha256, mut done) = (sha2::Sha256::new(), 0);
        for part in &manifest.chunks {
            if cancel.is_cancelled() {
                return Err(OpenError::Cancelled);
            }
            let clear = self.unseal(Kind::Chunk, secret, &part.content, &part.object_info())?;
            if clear.len() != part.size as usize {
                return Err(OpenError::Mismatch);
            }
            sha256.update(&*clear);
            out.write_all(&clear).map_err(|e| OpenError::writing(dest, e))?;
            done += clear.len() as u64;
            progress(Progress { done_bytes: done, total_bytes: manifest.size });
        }
        // The pair of the check in `adds_up`: what was written, not what was promised.
        if done != manifest.size || Sha256(sha256.finalize().into()) != manifest.sha256 {
            return Err(OpenError::Mismatch);
        }
        Ok(())
    }

    fn manifest(&self, reference: &ManifestRef, secret: &DedupSecret) -> Result<Manifest, OpenError> {
        let object = ObjectInfo { name: reference.object, size: 0 };
        let clear = self.unseal(Kind::Manifest, secret, &reference.content, &object)?;
        Ok(Manifest::decode(&clear)?)
    }

    fn unseal(
        &self,
        kind: Kind,
        secret: &DedupSecret,
        content: &Hash,
        object: &ObjectInfo,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let sealed = match self.get(&object.name) {
            Ok(Some(sealed)) => sealed,
            Ok(None) | Err(CacheError::Damaged { .. }) => return Err(OpenError::Missing { objects: vec![*object] }),
            Err(e) => return Err(e.into()),
        };
        chunk::open(kind, secret, content, &sealed).map_err(|e| match e {
            UnsealError::NewerVersion => OpenError::NewerVersion,
            UnsealError::NotOurs => OpenError::NotOurs { object: object.name },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;

    use crate::chunk::CHUNK_BYTES;
    use crate::seal::Sealed;
    use enginus_envelope::EpochSecret;
    use enginus_model::EpochId;

    struct Place {
        dir: tempfile::TempDir,
        vault: Vault,
        secret: DedupSecret,
        content: Vec<u8>,
        sealed: Sealed,
    }

    impl Place {
        /// A vault with one file of two chunks.
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let vault = Vault::open(&dir.path().join("objects")).unwrap();
            let secret = EpochSecret::from_bytes([5; 32]).dedup_secret();
            let mut content = vec![1; CHUNK_BYTES + 100];
            content[CHUNK_BYTES..].fill(2);
            let path = dir.path().join("in.pdf");
            std::fs::write(&path, &content).unwrap();
            let sealed = vault.seal_file(&path, &secret, EpochId([1; 32]), &|_| (), &CancellationToken::new()).unwrap();
            Self { dir, vault, secret, content, sealed }
        }

        fn open(&self, file: &FileRef, secret: &DedupSecret) -> Result<Vec<u8>, OpenError> {
            let dest = self.dir.path().join("out.pdf");
            std::fs::write(&dest, b"what was there").unwrap();
            let result = self.vault.open_file(file, secret, &dest, &|_| (), &CancellationToken::new());
            let found = std::fs::read(&dest).unwrap();
            let files: Vec<_> = std::fs::read_dir(self.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
            assert_eq!(files.len(), 3, "nothing half-written stays: {files:?}");
            if result.is_err() {
                assert_eq!(found, b"what was there");
            }
            result.map(|()| found)
        }
    }

    #[test]
    fn what_went_in_comes_out() {
        let place = Place::new();
        assert_eq!(place.open(&place.sealed.file, &place.secret).unwrap(), place.content);
        assert_eq!(place.vault.objects_of(&place.sealed.file.manifest, &place.secret).unwrap(), place.sealed.objects);
    }

    #[test]
    fn a_missing_or_damaged_part_is_named_and_no_wrong_file_is_left() {
        let place = Place::new();
        for (i, object) in place.sealed.objects.clone().into_iter().enumerate() {
            let kept = place.vault.get(&object.name).unwrap().unwrap();
            std::fs::write(place.vault.inner.path(&object.name), &kept[..kept.len() - 1]).unwrap();
            for _ in ["damaged", "then gone"] {
                let missing = place.open(&place.sealed.file, &place.secret).unwrap_err();
                let OpenError::Missing { objects } = missing else { unreachable!("{missing}") };
                assert_eq!(objects[0].name, object.name);
                assert_eq!(objects[0].size, if i == 0 { 0 } else { object.size });
            }
            place.vault.put(&object.name, &kept).unwrap();
        }
        assert!(place.open(&place.sealed.file, &place.secret).is_ok());
    }

    #[test]
    fn another_key_or_another_file_does_not_open() {
        let place = Place::new();
        let other = EpochSecret::from_bytes([6; 32]).dedup_secret();
        assert!(matches!(place.open(&place.sealed.file, &other), Err(OpenError::NotOurs { .. })));
        let good = place.sealed.file.clone();
        let wrong_hash = FileRef { sha256: Sha256([0; 32]), ..good.clone() };
        assert!(matches!(place.open(&wrong_hash, &place.secret), Err(OpenError::Mismatch)));
        let wrong_size = FileRef { size: good.size + 1, ..good.clone() };
        assert!(matches!(place.open(&wrong_size, &place.secret), Err(OpenError::Mismatch)));
        let chunk = place.sealed.objects[1].name;
        let not_a_manifest = FileRef { manifest: ManifestRef { object: chunk, ..good.manifest }, ..good };
        assert!(matches!(place.open(&not_a_manifest, &place.secret), Err(OpenError::NotOurs { .. })));
    }

    /// Stores a manifest that a hostile member sealed with the folder's key.
    fn hostile(place: &Place, alter: impl FnOnce(&mut Manifest)) -> FileRef {
        let mut manifest = place.vault.manifest(&place.sealed.file.manifest, &place.secret).unwrap();
        alter(&mut manifest);
        let sealed = chunk::seal(Kind::Manifest, &place.secret, &manifest.encode());
        place.vault.put(&sealed.name, &sealed.bytes).unwrap();
        let manifest_ref = ManifestRef { object: sealed.name, content: sealed.content, epoch: EpochId([1; 32]) };
        FileRef { size: manifest.size, sha256: manifest.sha256, manifest: manifest_ref, name: "x".into() }
    }

    #[test]
    fn a_manifest_that_lies_gives_no_file() {
        let place = Place::new();
        let lies: [fn(&mut Manifest); 3] = [
            |m| m.sha256 = Sha256([0; 32]),
            |m| m.size -= 1,
            |m| {
                m.chunks[1].size -= 1;
                m.size -= 1;
            },
        ];
        for lie in lies {
            let file = hostile(&place, lie);
            assert!(matches!(place.open(&file, &place.secret), Err(OpenError::Mismatch)));
        }
        let newer = chunk::seal(Kind::Manifest, &place.secret, &[2, 0]);
        place.vault.put(&newer.name, &newer.bytes).unwrap();
        let manifest = ManifestRef { object: newer.name, content: newer.content, epoch: EpochId([1; 32]) };
        assert!(matches!(place.vault.objects_of(&manifest, &place.secret), Err(OpenError::NewerVersion)));
    }

    #[test]
    fn a_bad_destination_or_a_cancel_says_so() {
        let place = Place::new();
        let (file, never) = (&place.sealed.file, CancellationToken::new());
        let nowhere = place.dir.path().join("no folder/out.pdf");
        let error = place.vault.open_file(file, &place.secret, &nowhere, &|_| (), &never).unwrap_err();
        assert!(matches!(error, OpenError::Io { source, .. } if source.kind() == ErrorKind::NotFound));
        let error = place.vault.open_file(file, &place.secret, place.dir.path(), &|_| (), &never).unwrap_err();
        assert!(matches!(error, OpenError::Directory { .. }));
        let dest = place.dir.path().join("cancelled.pdf");
        never.cancel();
        assert!(matches!(
            place.vault.open_file(file, &place.secret, &dest, &|_| (), &never),
            Err(OpenError::Cancelled)
        ));
        assert!(!dest.exists());
    }
}

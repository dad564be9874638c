use super::*;
use std::sync::atomic::{AtomicU64, Ordering};

use enginus_envelope::EpochSecret;
use enginus_model::Hash;

struct Place {
    dir: tempfile::TempDir,
    vault: Vault,
    secret: EpochSecret,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("objects")).unwrap();
        Self { dir, vault, secret: EpochSecret::from_bytes([5; 32]) }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn seal(&self, path: &Path) -> Result<Sealed, SealError> {
        self.seal_watched(path, &|_| (), &CancellationToken::new())
    }

    fn seal_watched(
        &self,
        path: &Path,
        progress: OnProgress<'_>,
        cancel: &CancellationToken,
    ) -> Result<Sealed, SealError> {
        self.vault.seal_file(path, &self.secret.dedup_secret(), self.secret.id(), progress, cancel)
    }

    fn object_count(&self) -> usize {
        self.vault.iter().unwrap().count()
    }
}

/// Bytes that differ from chunk to chunk.
fn bytes(count: usize) -> Vec<u8> {
    (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn a_file_becomes_a_manifest_and_its_chunks() {
    let place = Place::new();
    for (size, chunks) in [(1, 1), (CHUNK_BYTES, 1), (CHUNK_BYTES + 1, 2), (2 * CHUNK_BYTES, 2)] {
        let content = bytes(size);
        let sealed = place.seal(&place.file("drawing.pdf", &content)).unwrap();
        assert_eq!(sealed.file.name, "drawing.pdf");
        assert_eq!(sealed.file.size, size as u64);
        assert_eq!(sealed.file.sha256.0[..], sha2::Sha256::digest(&content)[..]);
        assert_eq!(sealed.file.manifest.epoch, place.secret.id());
        assert_eq!(sealed.objects.len(), 1 + chunks, "{size}");
        assert_eq!(sealed.objects[0].name, sealed.file.manifest.object);
        for object in &sealed.objects {
            assert_eq!(place.vault.get(&object.name).unwrap().unwrap().len() as u64, object.size);
        }
    }
}

#[test]
fn equal_content_is_kept_once_within_an_epoch() {
    let place = Place::new();
    let one = place.seal(&place.file("a.pdf", b"same")).unwrap();
    let two = place.seal(&place.file("b.pdf", b"same")).unwrap();
    assert_eq!(one.objects, two.objects);
    assert_eq!(place.object_count(), 2);
    // A file of zeros, three chunks long, needs one chunk object.
    let zeros = place.seal(&place.file("zeros", &vec![0; 3 * CHUNK_BYTES])).unwrap();
    assert_eq!(zeros.objects.len(), 2);
    assert_eq!(zeros.file.size, 3 * CHUNK_BYTES as u64);
}

#[test]
fn no_byte_in_clear_reaches_the_objects() {
    let place = Place::new();
    let canary = b"CANARY single line diagram CANARY";
    let sealed = place.seal(&place.file("canary-name.pdf", canary)).unwrap();
    for object in sealed.objects {
        let stored = place.vault.get(&object.name).unwrap().unwrap();
        for secret in [&canary[..], b"canary-name", &sealed.file.sha256.0, &sealed.file.manifest.content.0] {
            assert!(!stored.windows(secret.len()).any(|w| w == secret));
        }
    }
}

#[test]
fn a_damaged_chunk_in_the_vault_is_mended_by_adding_the_file_again() {
    let place = Place::new();
    let path = place.file("a.pdf", b"content");
    let sealed = place.seal(&path).unwrap();
    let chunk = sealed.objects[1].name;
    std::fs::write(place.vault.inner.path(&chunk), b"damage").unwrap();
    assert_eq!(place.seal(&path).unwrap(), sealed);
    assert_eq!(Hash::of(&place.vault.get(&chunk).unwrap().unwrap()), chunk);
}

#[test]
fn what_is_not_a_readable_file_with_content_is_refused_with_its_reason() {
    let place = Place::new();
    let missing = place.dir.path().join("missing");
    assert!(matches!(place.seal(&missing), Err(SealError::Vanished { path }) if path == missing));
    assert!(matches!(place.seal(&place.file("empty", b"")), Err(SealError::Empty { .. })));
    assert!(matches!(place.seal(place.dir.path()), Err(SealError::Directory { .. })));
    let error = place.seal(&place.file("empty", b"")).unwrap_err();
    assert!(error.to_string().ends_with("is empty") && error.hint().contains("export"));
    let large = place.file("large", b"");
    File::options().write(true).open(&large).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
    assert!(matches!(place.seal(&large), Err(SealError::TooLarge { size, .. }) if size == MAX_FILE_BYTES + 1));
    assert_eq!(place.object_count(), 0);
}

#[cfg(unix)]
#[test]
fn a_device_is_no_file() {
    assert!(matches!(Place::new().seal(Path::new("/dev/null")), Err(SealError::NotAFile { .. })));
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let path = place.file("locked", b"x");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        // Whoever runs this may read everything; what the system would have said is still classified.
        let denied = SealError::reading(&path, io::Error::from(ErrorKind::PermissionDenied));
        assert!(matches!(denied, SealError::Denied { .. }));
        return;
    }
    assert!(matches!(place.seal(&path), Err(SealError::Denied { .. })));
}

/// Seals a two-chunk file, doing `meddle` after its first chunk.
fn meddled(meddle: impl Fn(&Path) + Send + Sync) -> (Place, SealError) {
    let place = Place::new();
    let path = place.file("a.dwg", &bytes(CHUNK_BYTES + 10));
    let error = place
        .seal_watched(
            &path,
            &|p| {
                if p.done_bytes == CHUNK_BYTES as u64 {
                    meddle(&path);
                }
            },
            &CancellationToken::new(),
        )
        .unwrap_err();
    (place, error)
}

#[test]
fn a_file_that_changes_or_vanishes_while_it_is_read_is_not_kept() {
    let open = |path: &Path| File::options().append(true).open(path).unwrap();
    let (place, longer) = meddled(|path| io::Write::write_all(&mut open(path), b"more").unwrap());
    assert!(matches!(longer, SealError::Changed { .. }), "{longer}");
    assert_eq!(place.object_count(), 0);
    let (place, shorter) = meddled(|path| open(path).set_len(CHUNK_BYTES as u64 + 2).unwrap());
    assert!(matches!(shorter, SealError::Changed { .. }), "{shorter}");
    assert_eq!(place.object_count(), 0);
    let (place, touched) = meddled(|path| open(path).set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap());
    assert!(matches!(touched, SealError::Changed { .. }), "{touched}");
    assert_eq!(place.object_count(), 0);
    let (place, vanished) = meddled(|path| std::fs::remove_file(path).unwrap());
    assert!(matches!(vanished, SealError::Vanished { .. }), "{vanished}");
    assert_eq!(place.object_count(), 0);
}

#[test]
fn a_cancelled_file_is_not_kept_and_progress_is_counted() {
    let place = Place::new();
    let path = place.file("a.dwg", &bytes(2 * CHUNK_BYTES + 10));
    let (cancel, done) = (CancellationToken::new(), AtomicU64::new(0));
    let error = place.seal_watched(
        &path,
        &|p| {
            done.store(p.done_bytes, Ordering::Relaxed);
            assert_eq!(p.total_bytes, 2 * CHUNK_BYTES as u64 + 10);
            cancel.cancel();
        },
        &cancel,
    );
    assert!(matches!(error, Err(SealError::Cancelled { .. })));
    assert_eq!(done.into_inner(), CHUNK_BYTES as u64);
    assert_eq!(place.object_count(), 0);
    assert!(place.seal(&path).is_ok());
}

#[test]
fn a_file_fits_only_with_space_to_spare() {
    assert!(fits(100, 100 + SPARE_BYTES));
    assert!(!fits(101, 100 + SPARE_BYTES));
    assert!(!fits(u64::MAX, u64::MAX - 1));
}

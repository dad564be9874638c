//! Real files: made whole, held by one, judged when they are damaged or from the future.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use enginus_model::{DomainId, Hash, Instant, LogId};
use enginus_store::simulated::Disk;
use enginus_store::{Batch, EnvelopeKey, FORMAT_VERSION, OpenError, Options, Store};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Enough to have inner pages.
fn fill(store: &Store) {
    let mut batch = Batch::new();
    for seq in 1..=300u64 {
        let key = EnvelopeKey {
            domain: DomainId::from_bytes([1; 16]),
            log: LogId([2; 16]),
            seq,
            hash: Hash::of(&seq.to_be_bytes()),
        };
        batch.put_envelope(key, Hash::ZERO, Instant(0), &[seq as u8; 500]);
    }
    store.commit(batch).unwrap();
}

fn filled(path: &Path) {
    fill(&Store::open(path, Options::default()).unwrap());
}

fn read_file(path: &Path) -> Result<usize, String> {
    read_all(Store::open(path, Options::default()))
}

fn read_image(bytes: &[u8]) -> Result<usize, String> {
    read_all(Store::on_disk(&Disk::with_bytes(bytes.to_vec())))
}

/// Reads everything and writes something; what matters is that it is an answer and not a panic.
fn read_all(store: Result<Store, OpenError>) -> Result<usize, String> {
    let store = store.map_err(|error| error.to_string())?;
    let reader = store.read().map_err(|error| error.to_string())?;
    let mut bytes = 0;
    for (_, key, _) in reader.all_arrivals_after(0, usize::MAX).map_err(|error| error.to_string())? {
        bytes += reader.envelope(&key).map_err(|error| error.to_string())?.map_or(0, |envelope| envelope.len());
    }
    let mut batch = Batch::new();
    batch.put_meta("written", b"afterwards");
    store.commit(batch).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[test]
fn a_store_keeps_what_it_was_given() {
    let folder = folder();
    let path = folder.path().join("project.redb");
    filled(&path);
    assert_eq!(read_file(&path), Ok(300 * 500));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["project.redb"], "nothing is left lying about");
}

#[cfg(unix)]
#[test]
fn a_store_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join("project.redb");
    filled(&path);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_interrupted_creation_is_begun_again() {
    let folder = folder();
    let path = folder.path().join("project.redb");
    std::fs::write(folder.path().join("project.redb.new"), b"half a head").unwrap();
    filled(&path);
    assert_eq!(read_file(&path), Ok(300 * 500));
}

#[test]
fn a_missing_store_is_made_only_when_asked() {
    let folder = folder();
    let path = folder.path().join("project.redb");
    let options = Options { create: false, ..Options::default() };
    assert!(matches!(Store::open(&path, options), Err(OpenError::Missing { .. })));
    assert!(!path.exists());
}

#[test]
fn one_at_a_time() {
    let folder = folder();
    let path = folder.path().join("project.redb");
    let first = Store::open(&path, Options::default()).unwrap();
    let error = Store::open(&path, Options::default()).unwrap_err();
    assert!(matches!(&error, OpenError::InUse { path: named } if *named == path), "{error:?}");
    // A reader that outlives its store does not keep the file.
    let reader = first.read().unwrap();
    drop(first);
    assert!(Store::open(&path, Options::default()).is_ok());
    drop(reader);
}

#[test]
fn a_newer_version_is_named_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("project.redb");
    filled(&path);
    {
        let database = redb::Database::open(&path).unwrap();
        let txn = database.begin_write().unwrap();
        let version = redb::TableDefinition::<&str, u64>::new("store");
        txn.open_table(version).unwrap().insert("version", FORMAT_VERSION + 6).unwrap();
        txn.commit().unwrap();
    }
    match Store::open(&path, Options::default()) {
        Err(OpenError::NewerVersion { found, known, .. }) => {
            assert_eq!((found, known), (FORMAT_VERSION + 6, FORMAT_VERSION))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = folder();
    let path = folder.path().join("project.redb");
    drop(redb::Database::create(&path).unwrap());
    let error = Store::open(&path, Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
}

#[test]
fn junk_and_nothing_are_damage() {
    let folder = folder();
    let path = folder.path().join("project.redb");
    for junk in [&b""[..], b"x", b"PK\x03\x04 a workbook that was saved here by mistake", &[0; 70_000], &[0xff; 4096]] {
        std::fs::write(&path, junk).unwrap();
        let error = Store::open(&path, Options::default()).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{} bytes: {error:?}", junk.len());
        assert!(!error.hint().is_empty());
        assert_eq!(std::fs::read(&path).unwrap(), junk, "a damaged file is left as it is");
    }
}

/// The bytes of a filled store: after a clean close, and as a killed process leaves them.
fn images() -> [Vec<u8>; 2] {
    let disk = Disk::new();
    let store = Store::on_disk(&disk).unwrap();
    fill(&store);
    let killed = disk.bytes();
    drop(store);
    let images = [disk.bytes(), killed];
    for image in &images {
        assert_eq!(read_image(image), Ok(300 * 500));
    }
    images
}

#[test]
fn a_file_cut_short_is_damage_at_every_length() {
    for whole in images() {
        for cut in (1..64).chain((64..whole.len()).step_by(1021)) {
            match Store::on_disk(&Disk::with_bytes(whole[..cut].to_vec())) {
                Err(OpenError::Damaged { .. }) => {}
                other => panic!("cut to {cut} of {} bytes: {other:?}", whole.len()),
            }
        }
    }
    let folder = folder();
    let path = folder.path().join("project.redb");
    filled(&path);
    let whole = std::fs::metadata(&path).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(whole / 2).unwrap();
    assert!(matches!(Store::open(&path, Options::default()), Err(OpenError::Damaged { .. })));
}

#[test]
fn flipped_bytes_are_answered_and_never_panic() {
    let mut noticed = 0;
    for whole in images() {
        // Every byte of the head, then a sample of everything else; stretches of junk as well.
        for at in (0..320).chain((320..whole.len()).step_by(1499)) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x5a;
            noticed += usize::from(read_image(&bytes).is_err());
        }
        for at in (0..whole.len()).step_by(8192) {
            let mut bytes = whole.clone();
            let end = (at + 4096).min(bytes.len());
            bytes[at..end].fill(0xa5);
            noticed += usize::from(read_image(&bytes).is_err());
        }
    }
    assert!(noticed > 100, "only {noticed} were noticed: the test no longer damages what is read");
}

//! The suite on the embedded engine, and what only it has: a folder that can be full, damaged, newer, or left by a crash.

use std::io::{self, BufRead};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use enginus_model::Hash;
use enginus_sync::Cursor;
use redb::{Database, StorageBackend, TableDefinition};

use super::fixtures::{Log, TestClock, bytes, domain, project, records};
use super::medium::Medium;
use super::{Embedded, EmbeddedOptions, Storage, StorageError, conformance};

fn options(folder: &Path) -> EmbeddedOptions {
    EmbeddedOptions { retry_after: Duration::ZERO, ..EmbeddedOptions::new(folder, TestClock::default().clock()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_engine_conforms() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let storage = Embedded::open(&EmbeddedOptions::new(folder.path(), clock.clock())).unwrap();
    conformance::suite(Arc::new(storage), &clock).await;
}

#[tokio::test]
async fn what_was_answered_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Embedded::open(&options(folder.path())).unwrap();
    let id = project(&storage).await;
    let mut log = Log::new(id, domain(1), 1);
    let entries = log.entries(50, 1);
    storage.append(id, records(&entries)).await.unwrap();
    storage.put_object(id, Hash::of(b"x"), b"x".to_vec()).await.unwrap();
    let lingering = storage.view(id).await.unwrap();
    drop(storage);
    assert!(matches!(lingering.tips(), Err(StorageError::Failed(_))));
    let storage = Embedded::open(&options(folder.path())).unwrap();
    let view = storage.view(id).await.unwrap();
    assert_eq!(view.newest(), 51);
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::START, usize::MAX).unwrap(), bytes(&entries));
    assert_eq!(storage.object(id, Hash::of(b"x")).await.unwrap().as_deref(), Some(&b"x"[..]));
    let second = Embedded::open(&options(folder.path()));
    assert!(matches!(second, Err(StorageError::Failed(_))), "two relays do not share a folder: {second:?}");
}

#[tokio::test]
async fn a_damaged_object_is_not_given_but_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Embedded::open(&options(folder.path())).unwrap();
    let id = project(&storage).await;
    let name = Hash::of(b"x");
    storage.put_object(id, name, b"x".to_vec()).await.unwrap();
    storage.files().damage(&id, &name);
    assert_eq!(storage.object(id, name).await.unwrap(), None);
    assert!(storage.objects(id).await.unwrap().is_empty());
    storage.put_object(id, name, b"x".to_vec()).await.unwrap();
    assert_eq!(storage.object(id, name).await.unwrap().as_deref(), Some(&b"x"[..]));
}

#[test]
fn a_newer_file_and_another_programs_file_are_left_alone() {
    for (version, newer) in [(Some(7u64), true), (None, false)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.redb");
        let database = Database::create(&path).unwrap();
        let txn = database.begin_write().unwrap();
        if let Some(version) = version {
            let table = TableDefinition::<&str, u64>::new("relay");
            txn.open_table(table).unwrap().insert("version", version).unwrap();
        }
        txn.commit().unwrap();
        drop(database);
        let answer = Embedded::open(&options(folder.path()));
        let expected = match &answer {
            Err(StorageError::NewerVersion { found: 7 }) => newer,
            Err(StorageError::Damaged(_)) => !newer,
            _ => false,
        };
        assert!(expected, "{answer:?}");
        let again = Embedded::open(&options(folder.path()));
        assert_eq!(format!("{again:?}"), format!("{answer:?}"), "nothing was made of it");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("relay.redb"), b"").unwrap();
    assert!(matches!(Embedded::open(&options(folder.path())), Err(StorageError::Damaged(_))));
}

#[tokio::test]
async fn what_a_crash_left_of_objects_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Embedded::open(&options(folder.path())).unwrap();
    let id = project(&storage).await;
    storage.put_object(id, Hash::of(b"x"), b"x".to_vec()).await.unwrap();
    drop(storage);
    let objects = folder.path().join("objects");
    let shard = std::fs::read_dir(objects.join(id.to_string())).unwrap().next().unwrap().unwrap().path();
    let (unfinished, orphan) = (shard.join("ab.0.new"), objects.join("00ff"));
    std::fs::write(&unfinished, b"half").unwrap();
    std::fs::create_dir(&orphan).unwrap();
    let storage = Embedded::open(&options(folder.path())).unwrap();
    assert!(!unfinished.exists() && !orphan.exists());
    assert!(storage.object(id, Hash::of(b"x")).await.unwrap().is_some());
}

/// Bytes that can be opened again and again, on a disk that can be full.
#[derive(Debug, Clone, Default)]
struct Disk {
    bytes: Arc<Mutex<Vec<u8>>>,
    full: Arc<AtomicBool>,
}

impl Disk {
    fn room(&self) -> io::Result<()> {
        if self.full.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        out.copy_from_slice(&self.bytes.lock().unwrap()[offset as usize..offset as usize + out.len()]);
        Ok(())
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.room()?;
        self.bytes.lock().unwrap().resize(len as usize, 0);
        Ok(())
    }
    fn sync_data(&self) -> io::Result<()> {
        self.room()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.room()?;
        self.bytes.lock().unwrap()[offset as usize..offset as usize + data.len()].copy_from_slice(data);
        Ok(())
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_serves_reads_and_recovers() {
    let (folder, disk) = (tempfile::tempdir().unwrap(), Disk::default());
    let given = disk.clone();
    let medium = Medium::Given(Box::new(move || Box::new(given.clone())));
    let storage = Embedded::on(medium, &options(folder.path())).unwrap();
    let id = project(&storage).await;
    let mut log = Log::new(id, domain(1), 1);
    let entries = log.entries(4, 1);
    storage.append(id, records(&entries[..2])).await.unwrap();
    let view = storage.view(id).await.unwrap();
    for _ in 0..2 {
        disk.full.store(true, Ordering::SeqCst);
        for _ in 0..3 {
            let answer = storage.append(id, records(&entries[2..])).await;
            assert!(matches!(answer, Err(StorageError::Full(_))), "{answer:?}");
            assert!(matches!(storage.ready().await, Err(StorageError::Full(_))));
            assert_eq!(view.range(&domain(1), &log.id(), Cursor::START, 1 << 20).unwrap(), bytes(&entries[..2]));
            assert_eq!(storage.view(id).await.unwrap().newest(), 3);
        }
        disk.full.store(false, Ordering::SeqCst);
        storage.ready().await.unwrap();
    }
    storage.append(id, records(&entries[2..])).await.unwrap();
    assert_eq!(view.newest(), 5);
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::START, 1 << 20).unwrap(), bytes(&entries));
}

/// Names the folder that the process started by the next test writes to.
const CHILD: &str = "ENGINUS_STORAGE_TEST_FOLDER";

/// No test of its own: appends and says so until it is killed.
#[tokio::test]
async fn child_that_appends_until_it_is_killed() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let storage = Embedded::open(&options(Path::new(&folder))).unwrap();
    let id = project(&storage).await;
    println!("\nproject {id}");
    let mut log = Log::new(id, domain(1), 1);
    loop {
        let entry = log.next(1, 3000);
        storage.append(id, vec![entry.record()]).await.unwrap();
        println!("appended {}", entry.tip.seq);
    }
}

#[tokio::test]
async fn nothing_that_was_answered_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "storage::embedded_tests::child_that_appends_until_it_is_killed"])
        .env(CHILD, folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = io::BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let id = lines.find_map(|line| line.strip_prefix("project ").map(str::to_owned)).unwrap().parse().unwrap();
    let appended = |line: String| line.strip_prefix("appended ").map(|seq| seq.parse::<u64>().unwrap());
    let mut last = lines.by_ref().filter_map(appended).nth(40).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    last = lines.filter_map(appended).last().unwrap_or(last);
    let storage = Embedded::open(&options(folder.path())).unwrap();
    let view = storage.view(id).await.unwrap();
    let tip = view.tips().unwrap()[0].tip;
    assert!(tip.seq >= last, "{} of {last}", tip.seq);
    assert_eq!(view.range(&domain(1), &tip.log, Cursor::START, usize::MAX).unwrap().len() as u64, tip.seq);
}

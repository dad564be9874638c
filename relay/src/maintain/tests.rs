use std::sync::Arc;

use enginus_access::Genesis;
use enginus_envelope::{DomainTip, Draft, Envelope, EpochSecret, Keypair, Parts, Payload, Tip};
use enginus_model::{DomainId, Hash, Instant, Lane, ProjectId};
use enginus_sync::{Cursor, SnapshotOffer};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::walk::logs;
use super::{backup, check, gc};
use crate::config::{Quota, Size};
use crate::storage::{Embedded, EmbeddedOptions, ProjectView, Record, Storage};
use crate::storage_in_memory::InMemory;

const NOW: Instant = Instant(1_800_000_000_000);
const DOMAIN: DomainId = DomainId::from_bytes([2; 16]);

/// A project with three envelopes, a snapshot on offer and one other object.
async fn project(storage: &InMemory, seed: u8) -> ProjectId {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let device = Keypair::generate(&mut rng);
    let genesis = Genesis::new(device.public(), NOW, &mut rng);
    let project = genesis.project_id();
    let secret = EpochSecret::generate(&mut rng);
    let payload = Payload { salt: [4; 16], parts: Parts::Changes(vec![]), gained: vec![] };
    let mut records = vec![Record::Opened { genesis: genesis.encode(), at: NOW }];
    let mut prev = Hash::ZERO;
    for seq in 1..=3 {
        let (domain, lane, incarnation) = (DOMAIN, Lane::Records, [3; 16]);
        let draft = Draft { project, domain, lane, incarnation, seq, prev, authority: vec![] };
        let envelope = Envelope::seal(draft, &payload, Some(&secret), &device, &mut rng).unwrap();
        prev = envelope.hash();
        records.push(Record::Envelope(envelope.encode()));
    }
    let snapshot = b"a sealed snapshot".to_vec();
    let (id, size) = (Hash::of(&snapshot), snapshot.len() as u64);
    let offer = SnapshotOffer { id, size, label: vec![1], covers: vec![] };
    records.push(Record::Snapshot { domain: DOMAIN, offer, at: NOW });
    records.push(Record::Acknowledged { device: device.device_id(), tips: vec![], at: NOW });
    storage.append(project, records).await.unwrap();
    storage.put_used(project, &snapshot, NOW);
    storage.put_used(project, b"a sealed chunk", NOW);
    project
}

#[tokio::test]
async fn a_sound_storage_is_found_sound() {
    let storage = InMemory::default();
    project(&storage, 1).await;
    project(&storage, 2).await;
    let report = check::check(&storage).await.unwrap();
    assert_eq!((report.projects, report.envelopes, report.objects, report.faults), (2, 6, 4, 0), "{report}");
}

#[tokio::test]
async fn every_fault_is_told_with_a_hash_of_its_project_only() {
    let storage = InMemory::default();
    let id = project(&storage, 1).await;
    storage.damage(id, Hash::of(b"a sealed chunk"), NOW);
    let snapshot = Hash::of(b"a sealed snapshot");
    storage.remove_object(id, snapshot).await.unwrap();
    let wrong = ProjectId([9; 32]);
    storage.append(wrong, vec![Record::Opened { genesis: b"rubbish".to_vec(), at: NOW }]).await.unwrap();
    storage.append(wrong, vec![Record::Statement(b"rubbish".to_vec())]).await.unwrap();
    let report = check::check(&storage).await.unwrap();
    let said = report.to_string();
    assert_eq!(report.faults, 4, "{said}");
    for part in ["is damaged or gone", &snapshot.short(), "genesis record", "statement", "Restore a backup"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(!said.contains(&id.to_string()));
}

#[tokio::test]
async fn a_backup_restores_everything_and_twice_is_as_good_as_once() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (InMemory::default(), InMemory::default());
    let ids = [project(&from, 1).await, project(&from, 2).await];
    let file = backup::file_at(dir.path(), NOW);
    let written = backup::write(&from, None, &file, NOW).await.unwrap();
    assert_eq!((written.projects, written.objects), (2, 4));
    for _ in 0..2 {
        assert_eq!(backup::restore(&to, &file).await.unwrap(), written);
    }
    assert_eq!(check::check(&to).await.unwrap(), check::check(&from).await.unwrap());
    for id in ids {
        let (a, b) = (from.view(id).await.unwrap(), to.view(id).await.unwrap());
        assert_eq!((a.tips().unwrap(), a.usage().unwrap()), (b.tips().unwrap(), b.usage().unwrap()));
        assert_eq!(a.snapshots(&DOMAIN).unwrap(), b.snapshots(&DOMAIN).unwrap());
        assert_eq!(a.acknowledged().unwrap(), b.acknowledged().unwrap());
    }
    assert!(backup::write(&from, None, &file, NOW).await.is_err(), "no backup is written over another");
}

#[tokio::test]
async fn the_embedded_engine_takes_a_backup_and_gives_the_same_one() {
    let dir = tempfile::tempdir().unwrap();
    let from = InMemory::default();
    let id = project(&from, 1).await;
    let file = dir.path().join("a.backup");
    let written = backup::write(&from, None, &file, NOW).await.unwrap();
    let options = EmbeddedOptions::new(dir.path().join("store"), Arc::new(|| NOW));
    let engine = Embedded::open(&options).unwrap();
    backup::restore(&engine, &file).await.unwrap();
    backup::restore(&engine, &file).await.unwrap();
    let found = check::check(&engine).await.unwrap();
    assert_eq!(found, check::check(&from).await.unwrap(), "{found}");
    let again = dir.path().join("b.backup");
    assert_eq!(backup::write(&engine, None, &again, NOW).await.unwrap(), written);
    let tips = engine.view(id).await.unwrap().tips().unwrap();
    assert_eq!(tips, from.view(id).await.unwrap().tips().unwrap());
}

#[tokio::test]
async fn what_was_let_go_is_restored_as_let_go() {
    let dir = tempfile::tempdir().unwrap();
    let open = |name: &str| Embedded::open(&EmbeddedOptions::new(dir.path().join(name), Arc::new(|| NOW))).unwrap();
    let (from, to) = (open("from"), open("to"));
    let source = InMemory::default();
    let id = project(&source, 1).await;
    let first = dir.path().join("first.backup");
    backup::write(&source, None, &first, NOW).await.unwrap();
    backup::restore(&from, &first).await.unwrap();
    let (domain, log) = logs(&from.view(id).await.unwrap().tips().unwrap())[0];
    let second = from.view(id).await.unwrap().hashes_at(&log, 2).unwrap()[0];
    let tip = DomainTip { domain, tip: Tip { log, seq: 2, hash: second } };
    from.append(id, vec![Record::LetGo { up_to: vec![tip] }]).await.unwrap();
    let file = dir.path().join("later.backup");
    backup::write(&from, None, &file, NOW).await.unwrap();
    backup::restore(&to, &file).await.unwrap();
    let (a, b) = (from.view(id).await.unwrap(), to.view(id).await.unwrap());
    assert_eq!(a.tips().unwrap(), b.tips().unwrap());
    let left = |view: &dyn ProjectView| view.range(&domain, &log, Cursor::START, 1 << 20).unwrap();
    assert_eq!(left(&*a), left(&*b));
    assert_eq!(left(&*b).len(), 1);
}

#[tokio::test]
async fn one_project_can_be_written_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (InMemory::default(), InMemory::default());
    let ids = [project(&from, 1).await, project(&from, 2).await];
    let file = dir.path().join("one.backup");
    backup::write(&from, Some(&ids[..1]), &file, NOW).await.unwrap();
    backup::restore(&to, &file).await.unwrap();
    assert_eq!(to.projects().await.unwrap(), ids[..1]);
}

#[tokio::test]
async fn a_damaged_backup_restores_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let from = InMemory::default();
    project(&from, 1).await;
    let file = dir.path().join("a.backup");
    backup::write(&from, None, &file, NOW).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    for at in [0, 23, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        let to = InMemory::default();
        assert!(backup::restore(&to, &file).await.is_err(), "byte {at}");
        assert_eq!(to.projects().await.unwrap(), []);
    }
    std::fs::write(&file, b"short").unwrap();
    assert!(backup::restore(&InMemory::default(), &file).await.is_err());
}

#[tokio::test]
async fn what_nobody_uses_goes_and_then_the_least_used_but_never_a_snapshot_on_offer() {
    let storage = InMemory::default();
    let id = project(&storage, 1).await;
    let long_ago = NOW.plus_seconds(-200 * 86_400);
    storage.put_used(id, b"a sealed snapshot", long_ago);
    let old = storage.put_used(id, b"old", long_ago);
    let older = storage.put_used(id, &[1; 1000], NOW.plus_seconds(-60));
    let quota = Quota { cache_bytes: Size(100), ..Quota::default() };
    let dry = gc::collect(&storage, &quota, NOW, true).await.unwrap();
    assert_eq!((dry.unused, dry.beyond), (1, 1), "{dry}");
    assert_eq!(storage.objects(id).await.unwrap().len(), 4, "a dry run removes nothing");
    let done = gc::collect(&storage, &quota, NOW, false).await.unwrap();
    assert_eq!(gc::Report { dry_run: true, ..done }, dry);
    let left: Vec<Hash> = storage.objects(id).await.unwrap().iter().map(|object| object.name).collect();
    assert!(!left.contains(&old) && !left.contains(&older));
    assert!(left.contains(&Hash::of(b"a sealed snapshot")) && left.contains(&Hash::of(b"a sealed chunk")));
}

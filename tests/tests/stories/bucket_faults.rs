//! A bucket that lost something, holds something rotten, or is shared by a device and its own restored backup. No two engines are
//! ever open together.

use std::collections::BTreeSet;
use std::path::PathBuf;

use enginus_engine::api::{PeerReport, SyncReport};
use enginus_tests::{Device, PATIENCE_MS, Stage, copy_folder, drawing, files_under};

/// Asks the bucket alone: the other devices are closed, so that nobody answers.
async fn meet(device: &Device) -> SyncReport {
    device.sync_for(PATIENCE_MS).await
}

fn bucket(report: &SyncReport) -> &PeerReport {
    report.sides.iter().find(|side| side.kind == "bucket").unwrap()
}

async fn meet_well(device: &Device) {
    let report = meet(device).await;
    assert!(bucket(&report).in_sync && report.files_missing == 0, "{report:?}");
}

fn everything(stage: &Stage) -> BTreeSet<PathBuf> {
    files_under(&stage.path("bucket")).into_iter().collect()
}

/// An owner with a bucket, and a contractor who joined through it; both are closed.
async fn apart(stage: &Stage) -> (PathBuf, PathBuf) {
    std::fs::create_dir(stage.path("bucket")).unwrap();
    let owner = Device::owner(stage, &[stage.bucket("bucket")]).await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let ticket = owner.invite("contractor", &[]).await;
    meet_well(&owner).await;
    let owner = owner.close().await;
    let contractor = Device::new(stage, "Contractor").await;
    contractor.join(&ticket, 5_000).await.unwrap();
    meet_well(&contractor).await;
    (owner, contractor.close().await)
}

/// What an act of the device adds to the bucket.
async fn acted(stage: &Stage, home: &std::path::Path, folder: &str, name: &str, seed: u32) -> Vec<PathBuf> {
    let before = everything(stage);
    let device = Device::open(home, false).await;
    device.add(folder, &[stage.drawing(name, seed)]).await;
    meet_well(&device).await;
    device.close().await;
    everything(stage).difference(&before).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_device_that_shares_only_a_bucket_comes_together_with_the_rest() {
    let stage = Stage::new();
    let (owner, contractor) = apart(&stage).await;
    copy_folder(&owner, &stage.path("backup"));
    for (number, seed) in [("SP-002", 2), ("SP-003", 3), ("SP-004", 4)] {
        acted(&stage, &owner, "Projects", &format!("{number}_SINCE-P01.pdf"), seed).await;
    }
    let first = Device::open(&contractor, false).await;
    meet_well(&first).await;
    let contractor = first.close().await;

    // The disk fails. The backup takes its place and goes on writing where it stood, before it meets the bucket again.
    std::fs::remove_dir_all(&owner).unwrap();
    copy_folder(&stage.path("backup"), &owner);
    acted(&stage, &owner, "Projects", "SP-005_AFTER THE RESTORE-P01.pdf", 5).await;
    let owner = Device::open(&owner, false).await;
    meet_well(&owner).await;
    let all = ["SP-001", "SP-002", "SP-003", "SP-004", "SP-005"];
    assert_eq!(owner.numbers().await, all);
    let ours = owner.register().await;
    let heads = owner.status().await.heads;
    owner.close().await;
    let contractor = Device::open(&contractor, false).await;
    meet_well(&contractor).await;
    assert_eq!(contractor.numbers().await, all, "the shorter branch too");
    assert_eq!((contractor.register().await, contractor.status().await.heads), (ours, heads));
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_rotten_entry_keeps_nothing_else_out_and_is_told() {
    let stage = Stage::new();
    let (owner, contractor) = apart(&stage).await;
    let rotten = acted(&stage, &owner, "Projects", "SP-002_ROTTEN-P01.pdf", 2).await;
    let newer = acted(&stage, &owner, "Materials", "SP-003_NEWER-P01.pdf", 3).await;
    acted(&stage, &owner, "General Control", "SP-004_GOOD-P01.pdf", 4).await;
    let entry =
        |added: &[PathBuf]| added.iter().find(|path| path.components().any(|part| part.as_os_str() == "log")).cloned();
    std::fs::write(entry(&rotten).unwrap(), b"garbage").unwrap();
    let mut bytes = std::fs::read(entry(&newer).unwrap()).unwrap();
    bytes[0] += 1;
    std::fs::write(entry(&newer).unwrap(), &bytes).unwrap();

    let contractor = Device::open(&contractor, false).await;
    contractor.add("Projects", &[stage.drawing("SP-005_OWN-P01.pdf", 5)]).await;
    let report = meet(&contractor).await;
    let side = bucket(&report);
    assert!(side.reachable && !side.in_sync && side.problem.is_some(), "{report:?}");
    assert!(contractor.window().sync.buckets[0].1.is_some(), "the window shows it");
    let numbers: BTreeSet<_> = contractor.numbers().await.into_iter().collect();
    assert_eq!(numbers, ["SP-001", "SP-004", "SP-005"].map(ToOwned::to_owned).into());
    let contractor = contractor.close().await;

    let owner = Device::open(&owner, false).await;
    meet(&owner).await;
    assert!(owner.numbers().await.contains(&"SP-005".to_owned()), "what others give is given");
    assert_eq!(owner.get("SP-005", None, 0).await.unwrap(), drawing("SP-005_OWN-P01.pdf", 5));
    // Once the rotten ones are gone whoever has them gives them again.
    std::fs::remove_file(entry(&rotten).unwrap()).unwrap();
    std::fs::remove_file(entry(&newer).unwrap()).unwrap();
    meet_well(&owner).await;
    let ours = owner.register().await;
    owner.close().await;
    let contractor = Device::open(&contractor, false).await;
    meet_well(&contractor).await;
    assert_eq!(contractor.register().await, ours);
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bucket_lost_is_given_again() {
    let stage = Stage::new();
    let (owner, contractor) = apart(&stage).await;
    let added = acted(&stage, &owner, "Projects", "SP-002_CABLES-P01.pdf", 2).await;
    let whole = everything(&stage);
    for path in &added {
        std::fs::remove_file(path).unwrap();
    }
    let owner = Device::open(&owner, false).await;
    let report = meet(&owner).await;
    assert!(bucket(&report).in_sync, "{report:?}");
    assert_eq!(everything(&stage), whole);
    let again = meet(&owner).await;
    assert!(bucket(&again).sent == 0 && bucket(&again).objects_sent == 0, "{again:?}");
    owner.close().await;
    let contractor = Device::open(&contractor, false).await;
    meet_well(&contractor).await;
    assert_eq!(contractor.get("SP-002", None, 0).await.unwrap(), drawing("SP-002_CABLES-P01.pdf", 2));
    contractor.close().await;
}

//! Two devices that share only a bucket, and a bucket that is not what it should be. No two engines are ever open together.

use enginus_engine::api::{FailureKind, JoinState};
use enginus_tests::{Device, PATIENCE_MS, Stage, drawing, files_under};

/// Asks the bucket alone: the other devices are closed, so that nobody answers.
async fn meet_the_bucket(device: &Device) {
    let report = device.sync_for(PATIENCE_MS).await;
    let bucket = report.sides.iter().find(|side| side.kind == "bucket").unwrap();
    assert!(bucket.reachable && bucket.in_sync && report.files_missing == 0, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_that_are_never_on_together_meet_in_the_bucket() {
    let stage = Stage::new();
    std::fs::create_dir(stage.path("bucket")).unwrap();
    let owner = Device::owner(&stage, &[stage.bucket("bucket")]).await;
    owner
        .add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1), stage.drawing("SP-002_CABLES-P01.pdf", 2)])
        .await;
    let ticket = owner.invite("contractor", &[]).await;
    meet_the_bucket(&owner).await;
    let owner = owner.close().await;

    let contractor = Device::new(&stage, "Contractor").await;
    let state = contractor.join(&ticket, 5_000).await.unwrap();
    assert!(matches!(state, JoinState::Joined { .. }), "{state:?}");
    assert_eq!(contractor.get("SP-002", None, 0).await.unwrap(), drawing("SP-002_CABLES-P01.pdf", 2));
    contractor.revise("SP-001", stage.drawing("layout.pdf", 3), "moved the road").await;
    contractor.add("Materials", &[stage.drawing("SP-003_MODULES-P01.pdf", 4)]).await;
    meet_the_bucket(&contractor).await;
    let theirs = contractor.register().await;
    let contractor = contractor.close().await;

    let owner = Device::open(&owner, false).await;
    owner.edit("SP-001", "title", "SITE LAYOUT").await;
    meet_the_bucket(&owner).await;
    assert_eq!(owner.get("SP-001", None, 0).await.unwrap(), drawing("layout.pdf", 3));
    assert_eq!(owner.get("SP-003", None, 0).await.unwrap(), drawing("SP-003_MODULES-P01.pdf", 4));
    let ours = owner.register().await;
    assert!(ours.len() == theirs.len() && ours != theirs);
    owner.rebuild().await;
    owner.close().await;

    let contractor = Device::open(&contractor, false).await;
    meet_the_bucket(&contractor).await;
    assert_eq!(contractor.register().await, ours);
    assert_eq!(contractor.members().await.len(), 2);
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_folder_is_never_taken_for_the_bucket() {
    let stage = Stage::new();
    std::fs::create_dir(stage.path("bucket")).unwrap();
    let owner = Device::owner(&stage, &[stage.bucket("bucket")]).await;
    let ticket = owner.invite("contractor", &[]).await;
    meet_the_bucket(&owner).await;
    // The drive is not mounted here: an empty folder stands in its place.
    std::fs::rename(stage.path("bucket"), stage.path("drive")).unwrap();
    std::fs::create_dir(stage.path("bucket")).unwrap();
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let report = owner.sync_for(300).await;
    let bucket = &report.sides[0];
    assert!(!bucket.reachable && !report.in_sync, "{report:?}");
    assert!(bucket.problem.as_ref().is_some_and(|problem| problem.contains("bucket")), "{bucket:?}");
    assert!(owner.window().sync.buckets[0].1.is_some(), "the window shows it");
    owner.close().await;
    let contractor = Device::new(&stage, "Contractor").await;
    assert!(matches!(contractor.join(&ticket, 300).await.unwrap(), JoinState::Pending { .. }));
    assert_eq!(files_under(&stage.path("bucket")), Vec::<std::path::PathBuf>::new());

    // The drive is back: nothing was lost in the meantime.
    std::fs::remove_dir(stage.path("bucket")).unwrap();
    std::fs::rename(stage.path("drive"), stage.path("bucket")).unwrap();
    contractor.sync_for(300).await;
    assert_eq!(contractor.status().await.summary.state, "active");
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_cannot_be_used_costs_nothing() {
    let stage = Stage::new();
    let owner = Device::new(&stage, "Owner").await;
    let file = stage.file("a file", b"not a folder");
    for wrong in [format!("file://{}", file.display()), "ftp://plans".to_owned(), "no address".to_owned()] {
        let refused = owner.create("Sample Plant", std::slice::from_ref(&wrong)).await.unwrap_err();
        assert!(refused.hint.is_some(), "{wrong}: {refused}");
        assert!(owner.engine().home().projects.is_empty(), "{wrong}");
    }
    owner.create("Sample Plant", &[]).await.unwrap();
    let twice = owner.create("Sample Plant", &[]).await.unwrap_err();
    assert_eq!(twice.kind, FailureKind::Conflict);
    owner.close().await;
}

//! What is told of others is proved: that they are equal now, and that their files are whole.

use std::path::{Path, PathBuf};

use enginus_engine::api::{FileState, ProjectSnapshot};
use enginus_tests::{Device, PATIENCE_MS, Stage, drawing, files_under};

/// The current files of the document `number` and where their bytes are, as the window shows it.
fn files(shown: &ProjectSnapshot, number: &str) -> Vec<Option<FileState>> {
    let rows = shown.folders.iter().flat_map(|folder| folder.view.numbered(number));
    let current = rows.filter_map(|row| row.current());
    current.flat_map(|revision| &revision.files).map(|file| shown.files.get(&file.manifest.object).copied()).collect()
}

/// An owner and a contractor who joined, both online and equal.
async fn pair(stage: &Stage) -> (Device, Device) {
    let owner = Device::owner(stage, &[]).await.online().await;
    let contractor = Device::new(stage, "Contractor").await;
    contractor.join_now(&owner.invite("contractor", &[]).await).await;
    contractor.sync().await;
    (owner, contractor)
}

fn objects(device: &Device) -> Vec<PathBuf> {
    files_under(&device.home().join("objects"))
}

/// While a file stands where half-written objects go nothing can be kept, whoever runs this.
fn block_writing(home: &Path) {
    let temp = home.join("objects/tmp");
    std::fs::remove_dir_all(&temp).unwrap();
    std::fs::write(&temp, b"in the way").unwrap();
}

fn let_write(home: &Path) {
    let temp = home.join("objects/tmp");
    std::fs::remove_file(&temp).unwrap();
    std::fs::create_dir(&temp).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_did_not_arrive_is_not_told_to_be_elsewhere_and_is_fetched_when_it_can_be() {
    let stage = Stage::new();
    let (owner, contractor) = pair(&stage).await;
    block_writing(owner.home());
    contractor.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    owner.see("the row", |shown| !files(shown, "SP-001").is_empty()).await;
    let report = contractor.sync_for(3_000).await;
    assert!(!report.in_sync && report.files_missing == 0, "{report:?}");
    assert_eq!(files(&contractor.window(), "SP-001"), [Some(FileState::HereOnly)], "the other side could not keep it");
    let theirs = owner.sync_for(1_000).await;
    assert!(!theirs.in_sync && theirs.files_missing == 1, "{theirs:?}");

    let_write(owner.home());
    // Nobody asks: it is tried again by itself.
    owner.see("the file", |shown| files(shown, "SP-001") == [Some(FileState::HereAndElsewhere)]).await;
    contractor.see("its proof", |shown| files(shown, "SP-001") == [Some(FileState::HereAndElsewhere)]).await;
    contractor.sync().await;
    assert_eq!(owner.get("SP-001", None, 0).await.unwrap(), drawing("SP-001_LAYOUT-P01.pdf", 1));
    owner.close().await;
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_equal_who_is_not_there() {
    let stage = Stage::new();
    let (owner, contractor) = pair(&stage).await;
    // Both go on running: asked again, they prove it again.
    let report = contractor.sync().await;
    assert!(report.sides[0].received == 0 && report.sides[0].sent == 0, "since the last time: {report:?}");

    let home = owner.close().await;
    contractor.see("that the owner is gone", |shown| shown.sync.peers.iter().all(|peer| !peer.connected)).await;
    assert!(contractor.window().sync.peers.iter().all(|peer| !peer.in_sync && peer.last_in_sync.is_some()));
    let report = contractor.sync_for(500).await;
    assert!(!report.in_sync && report.sides.iter().all(|side| !side.reachable && !side.in_sync), "{report:?}");

    contractor.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    assert!(!contractor.sync_for(500).await.in_sync, "what was written since is nowhere else");
    let owner = Device::open(&home, true).await;
    contractor.sync().await;
    assert_eq!(owner.register().await, contractor.register().await);
    owner.close().await;
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_vanished_from_the_disk_are_fetched_again() {
    let stage = Stage::new();
    let (owner, contractor) = pair(&stage).await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    contractor.see("the file", |shown| files(shown, "SP-001") == [Some(FileState::HereAndElsewhere)]).await;
    let home = contractor.close().await;
    for object in files_under(&home.join("objects")) {
        std::fs::remove_file(object).unwrap();
    }
    let contractor = Device::open(&home, true).await;
    let report = contractor.sync().await;
    assert_eq!(report.files_missing, 0, "{report:?}");
    assert_eq!(contractor.get("SP-001", None, 0).await.unwrap(), drawing("SP-001_LAYOUT-P01.pdf", 1));

    // While it runs too: whoever wants to know for certain learns it.
    for object in objects(&contractor) {
        std::fs::remove_file(object).unwrap();
    }
    contractor.sync().await;
    assert_eq!(contractor.get("SP-001", None, 0).await.unwrap(), drawing("SP-001_LAYOUT-P01.pdf", 1));

    // With nobody there it is not said to be here.
    owner.close().await;
    for object in objects(&contractor) {
        std::fs::remove_file(object).unwrap();
    }
    assert_eq!(contractor.sync_for(500).await.files_missing, 1);
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_had_from_elsewhere_when_it_is_wanted() {
    let stage = Stage::new();
    let (owner, contractor) = pair(&stage).await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    contractor.see("the file", |shown| files(shown, "SP-001") == [Some(FileState::HereAndElsewhere)]).await;
    for object in objects(&contractor) {
        let mut bytes = std::fs::read(&object).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&object, bytes).unwrap();
    }
    let bytes = contractor.get("SP-001", None, PATIENCE_MS).await.unwrap();
    assert_eq!(bytes, drawing("SP-001_LAYOUT-P01.pdf", 1));
    owner.close().await;
    contractor.close().await;
}

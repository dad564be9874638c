//! Two running devices: what happens on one is seen on the other without asking.

use enginus_engine::api::{FileState, ProjectSnapshot, ProjectState};
use enginus_tests::{Device, Stage, drawing};

/// The current files of the document `number` and where their bytes are, as the window shows it.
fn files(shown: &ProjectSnapshot, number: &str) -> Vec<Option<FileState>> {
    let rows = shown.folders.iter().flat_map(|folder| folder.view.numbered(number));
    let current = rows.filter_map(|row| row.current());
    current.flat_map(|revision| &revision.files).map(|file| shown.files.get(&file.manifest.object).copied()).collect()
}

/// The current revision codes of the document `number`.
fn current(shown: &ProjectSnapshot, number: &str) -> Vec<String> {
    let rows = shown.folders.iter().flat_map(|folder| folder.view.numbered(number));
    rows.filter_map(|row| row.current()).map(|revision| revision.code.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_appears_on_the_other_device_without_asking() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&owner.invite("contractor", &[]).await).await;
    assert_eq!(contractor.window().state, ProjectState::Active);
    let both_connected = |shown: &ProjectSnapshot| shown.sync.peers.iter().any(|peer| peer.connected && peer.in_sync);
    owner.see("the contractor, connected", both_connected).await;
    owner.see("the contractor's name", |shown| shown.sync.peers.iter().any(|peer| peer.name == "Contractor")).await;

    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    contractor.see("the drawing", |shown| !files(shown, "SP-001").is_empty()).await;
    contractor.see("its file", |shown| files(shown, "SP-001") == [Some(FileState::HereAndElsewhere)]).await;
    assert_eq!(contractor.get("SP-001", None, 0).await.unwrap(), drawing("SP-001_LAYOUT-P01.pdf", 1));

    contractor.edit("SP-001", "title", "SITE LAYOUT").await;
    owner
        .see("the new title", |shown| {
            shown.folders.iter().flat_map(|folder| folder.view.numbered("SP-001")).any(|row| row.title == "SITE LAYOUT")
        })
        .await;
    contractor.revise("SP-001", stage.drawing("layout.pdf", 2), "moved the road").await;
    owner.see("the revision", |shown| current(shown, "SP-001") == ["P02"]).await;
    owner.see("the revision's file", |shown| files(shown, "SP-001") == [Some(FileState::HereAndElsewhere)]).await;
    assert_eq!(owner.get("SP-001", Some("P02"), 0).await.unwrap(), drawing("layout.pdf", 2));

    // One goes away and comes back: what happened meanwhile follows by itself.
    let contractor = contractor.offline().await;
    owner.see("the contractor, gone", |shown| shown.sync.peers.iter().all(|peer| !peer.connected)).await;
    owner.add("Projects", &[stage.drawing("SP-002_CABLES-P01.pdf", 3)]).await;
    let contractor = contractor.online().await;
    contractor.see("what was missed", |shown| files(shown, "SP-002") == [Some(FileState::HereAndElsewhere)]).await;
    owner.see("the contractor, equal again", both_connected).await;
    owner.close().await;
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_away_while_others_invite_and_work() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let controller = Device::new(&stage, "Controller").await;
    controller.join_now(&owner.invite("document-controller", &[]).await).await;
    let owner = owner.close().await;

    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&controller.invite("contractor", &[]).await).await;
    assert_eq!(contractor.get("SP-001", None, 0).await.unwrap(), drawing("SP-001_LAYOUT-P01.pdf", 1));
    contractor.add("Projects", &[stage.drawing("SP-002_CABLES-P01.pdf", 2)]).await;
    let here = |shown: &ProjectSnapshot| files(shown, "SP-002") == [Some(FileState::HereAndElsewhere)];
    controller.see("the contractor's drawing", here).await;
    contractor.close().await;

    // The owner meets the contractor's work, and that there is a contractor, by way of the controller.
    let owner = Device::open(&owner, true).await;
    owner.see("the drawing", here).await;
    assert_eq!(owner.get("SP-002", None, 0).await.unwrap(), drawing("SP-002_CABLES-P01.pdf", 2));
    assert_eq!(owner.register().await, controller.register().await);
    assert_eq!(owner.members().await.len(), 3);
    owner.close().await;
    controller.close().await;
}

//! A restored backup and a copied home: the same device twice. Nothing is lost and nobody is stuck.

use enginus_engine::api::NoticeKind;
use enginus_tests::{Device, Stage, copy_folder};

fn told_of_a_fork(device: &Device) -> bool {
    device.window().notices.iter().any(|notice| notice.kind == NoticeKind::Fork)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_loses_nothing() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&owner.invite("contractor", &[]).await).await;
    owner.add("Projects", &[stage.drawing("SP-001_BEFORE-P01.pdf", 1)]).await;
    owner.sync().await;

    let home = owner.close().await;
    copy_folder(&home, &stage.path("backup"));
    let owner = Device::open(&home, true).await;
    owner.add("Projects", &[stage.drawing("SP-002_SINCE THE BACKUP-P01.pdf", 2)]).await;
    owner.edit("SP-001", "title", "EDITED SINCE THE BACKUP").await;
    owner.sync().await;

    // The disk fails; the backup takes its place, and work goes on before anybody is met.
    let home = owner.close().await;
    std::fs::remove_dir_all(&home).unwrap();
    copy_folder(&stage.path("backup"), &home);
    let owner = Device::open(&home, false).await;
    owner.add("Projects", &[stage.drawing("SP-003_AFTER THE RESTORE-P01.pdf", 3)]).await;
    owner.edit("SP-001", "path", "site").await;
    let owner = owner.online().await;
    owner.sync().await;
    owner.add("Projects", &[stage.drawing("SP-004_AFTER THE MEETING-P01.pdf", 4)]).await;
    owner.sync().await;

    assert_eq!(owner.numbers().await, ["SP-001", "SP-002", "SP-003", "SP-004"]);
    let first = owner.show("SP-001").await.listing;
    assert_eq!((first.title.as_str(), first.path.as_str()), ("EDITED SINCE THE BACKUP", "site"));
    assert_eq!(owner.register().await, contractor.register().await);
    assert_eq!(owner.status().await.heads, contractor.status().await.heads);
    assert_eq!(owner.status().await.quarantined + owner.status().await.waiting, 0);
    assert!(told_of_a_fork(&owner) && told_of_a_fork(&contractor));
    for device in [owner, contractor] {
        device.rebuild().await;
        let device = device.offline().await;
        device.rebuild().await;
        device.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_of_one_home_both_count() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&owner.invite("contractor", &[]).await).await;
    contractor.add("Projects", &[stage.drawing("SP-001_BEFORE-P01.pdf", 1)]).await;
    contractor.sync().await;
    let original = contractor.close().await;
    let copy = stage.path("copy of the home");
    copy_folder(&original, &copy);

    for (home, seed) in [(&original, 2), (&copy, 3)] {
        let twin = Device::open(home, false).await;
        twin.add("Projects", &[stage.drawing(&format!("SP-00{seed}_TWIN-P01.pdf"), seed)]).await;
        twin.edit("SP-001", "title", &format!("AS TWIN {seed} SAYS")).await;
        twin.close().await;
    }
    // One device key cannot be in two places at once, so they meet the owner one after the other.
    for _ in 0..2 {
        for home in [&original, &copy] {
            let twin = Device::open(home, true).await;
            twin.sync().await;
            twin.close().await;
        }
    }
    let (original, copy) = (Device::open(&original, false).await, Device::open(&copy, false).await);
    let register = owner.register().await;
    assert_eq!(owner.numbers().await, ["SP-001", "SP-002", "SP-003"]);
    let retitled = owner.show("SP-001").await;
    let titles = [&retitled.conflicts[0].shown, &retitled.conflicts[0].others[0].0];
    assert!(["AS TWIN 2 SAYS", "AS TWIN 3 SAYS"].iter().all(|title| titles.iter().any(|shown| shown == title)));
    for twin in [&original, &copy] {
        assert_eq!(twin.register().await, register);
        assert_eq!(twin.status().await.quarantined, 0);
    }
    original.add("Projects", &[stage.drawing("SP-004_LATER-P01.pdf", 4)]).await;
    let original = original.online().await;
    original.sync().await;
    assert_eq!(owner.register().await, original.register().await);
    for device in [owner, original, copy] {
        device.rebuild().await;
        device.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_store_restored_begins_anew_before_it_writes() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    owner.add("Projects", &[stage.drawing("SP-001_BEFORE-P01.pdf", 1)]).await;
    let home = owner.close().await;
    // The side file outside the store no longer says what the store says.
    let incarnations: Vec<_> =
        std::fs::read_dir(home.join("incarnations")).unwrap().map(|e| e.unwrap().path()).collect();
    std::fs::write(&incarnations[0], [7u8; 16]).unwrap();
    let owner = Device::open(&home, false).await;
    assert!(told_of_a_fork(&owner));
    owner.add("Projects", &[stage.drawing("SP-002_AFTER-P01.pdf", 2)]).await;
    let owner = owner.offline().await;
    assert!(!told_of_a_fork(&owner), "once is enough");
    assert_eq!(owner.numbers().await, ["SP-001", "SP-002"]);
    owner.close().await;
}

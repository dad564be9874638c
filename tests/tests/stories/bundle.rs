//! A site without any network: the project travels in files. Only one engine is ever open at a time, and none listens.

use enginus_engine::api::{Command, FailureKind, JoinState};
use enginus_tests::{Device, FOLDERS, Stage, drawing, files_under};

/// Carries everything from one device to the other.
async fn carry(stage: &Stage, from: &Device, to: &Device) -> (bool, u64) {
    let bundle = stage.path("stick.enginus");
    from.export(&bundle).await;
    to.import(&bundle).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_brings_the_project_and_takes_the_work_back() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    for (seed, folder) in (1..).zip(FOLDERS) {
        owner.add(folder, &[stage.drawing(&format!("SP-00{seed}_SHEET-P01.pdf"), seed)]).await;
    }
    let ticket = owner.invite("contractor", &[]).await;
    owner.export(&stage.path("there.enginus")).await;
    let owner = owner.close().await;

    let contractor = Device::new(&stage, "Contractor").await;
    let waiting = contractor.join(&ticket, 0).await.unwrap();
    assert!(matches!(waiting, JoinState::Pending { .. }), "{waiting:?}");
    assert_eq!(contractor.status().await.summary.state, "pending");
    let (joined, new) = contractor.import(&stage.path("there.enginus")).await.unwrap();
    assert!(joined && new > 0);
    assert_eq!(contractor.import(&stage.path("there.enginus")).await.unwrap(), (true, 0), "twice is once");
    for seed in 1..=7 {
        let bytes = contractor.get(&format!("SP-00{seed}"), None, 0).await.unwrap();
        assert_eq!(bytes, drawing(&format!("SP-00{seed}_SHEET-P01.pdf"), seed));
    }
    contractor.revise("SP-002", stage.drawing("new.pdf", 30), "as built").await;
    contractor.add("Materials", &[stage.drawing("SP-050_DELIVERY-P01.pdf", 31)]).await;
    let theirs = contractor.register().await;
    contractor.export(&stage.path("back.enginus")).await;
    contractor.close().await;

    let owner = Device::open(&owner, false).await;
    owner.import(&stage.path("back.enginus")).await.unwrap();
    assert_eq!(owner.register().await, theirs);
    assert_eq!(owner.get("SP-002", None, 0).await.unwrap(), drawing("new.pdf", 30));
    assert_eq!(owner.get("SP-050", None, 0).await.unwrap(), drawing("SP-050_DELIVERY-P01.pdf", 31));
    let names: Vec<_> = owner.members().await.into_iter().map(|member| member.name).collect();
    assert_eq!(names, ["Owner", "Contractor"]);
    owner.rebuild().await;
    owner.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_bundle_changes_nothing() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    owner.add("Projects", &[stage.drawing("SP-001_SHEET-P01.pdf", 1)]).await;
    let ticket = owner.invite("contractor", &[]).await;
    let whole = stage.path("whole.enginus");
    owner.export(&whole).await;
    owner.close().await;
    let whole = std::fs::read(whole).unwrap();

    let contractor = Device::new(&stage, "Contractor").await;
    let foreign = contractor.import(&stage.file("bundle", &whole)).await.unwrap_err();
    assert_eq!(foreign.kind, FailureKind::NotAllowed, "{foreign}");
    contractor.join(&ticket, 0).await.unwrap();
    let before = (contractor.status().await, files_under(&contractor.home().join("objects")));
    let lengths = (0..whole.len()).step_by(whole.len() / 60);
    let cut = lengths.clone().map(|length| whole[..length].to_vec());
    let flipped = lengths.map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
    for (case, bytes) in cut.chain(flipped).enumerate() {
        let refused = contractor.import(&stage.file("bundle", &bytes)).await.unwrap_err();
        assert!(matches!(refused.kind, FailureKind::BadInput | FailureKind::NotAllowed), "{case}: {refused}");
        assert!(refused.hint.is_some(), "{case}: {refused}");
        let after = (contractor.status().await, files_under(&contractor.home().join("objects")));
        assert_eq!(after, before, "{case}");
    }
    assert!(contractor.import(&stage.file("bundle", &whole)).await.unwrap().0);
    assert_eq!(contractor.numbers().await, ["SP-001"]);
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_people_pass_sticks_around_in_any_order() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let (one, two) = (owner.invite("contractor", &[]).await, owner.invite("consultant", &[]).await);
    let (contractor, consultant) = (Device::new(&stage, "Contractor").await, Device::new(&stage, "Consultant").await);
    contractor.join(&one, 0).await.unwrap();
    consultant.join(&two, 0).await.unwrap();
    carry(&stage, &owner, &contractor).await;
    contractor.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    // The consultant never meets the owner: the contractor's stick brings the whole project.
    assert!(carry(&stage, &contractor, &consultant).await.0);
    consultant.add("General Control", &[stage.drawing("SP-002_PUNCH LIST-P01.pdf", 2)]).await;
    carry(&stage, &consultant, &owner).await;
    owner.revise("SP-001", stage.drawing("layout.pdf", 3), "after the site visit").await;
    carry(&stage, &owner, &contractor).await;
    carry(&stage, &contractor, &consultant).await;
    let register = owner.register().await;
    assert_eq!(register.len(), 2);
    for device in [owner, contractor, consultant] {
        assert_eq!(device.register().await, register);
        assert_eq!(device.members().await.len(), 3);
        device.rebuild().await;
        device.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beside_a_bundle_stays_as_it_is() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let neighbour = stage.file("stick.part", b"somebody's download");
    owner.export(&stage.path("stick.enginus")).await;
    assert_eq!(std::fs::read(&neighbour).unwrap(), b"somebody's download");
    let nowhere = stage.path("no such folder/stick.enginus");
    let export = Command::BundleExport { project: None, output: nowhere, files: false };
    assert!(owner.ask(export).await.is_err());
    let beside: Vec<_> = std::fs::read_dir(stage.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(beside.iter().all(|name| !name.to_string_lossy().contains(".part") || name == "stick.part"), "{beside:?}");
    owner.close().await;
}
